// The C header from C++: names link as C names, and each _free is a deleter.
#include <signet.h>

#include <cstdio>
#include <memory>
#include <string>

template <typename Handle, void (*Free)(Handle *)>
struct Deleter {
  void operator()(Handle *handle) const { Free(handle); }
};

template <typename Handle, void (*Free)(Handle *)>
using Owned = std::unique_ptr<Handle, Deleter<Handle, Free>>;

static const uint8_t *bytes(const std::string &text) {
  return reinterpret_cast<const uint8_t *>(text.data());
}

int main() {
  signet_keypair *keypair = nullptr;
  signet_public_key *key = nullptr;
  signet_receipt *receipt = nullptr;
  signet_error *error = nullptr;
  if (signet_keypair_generate(&keypair, &error) != SIGNET_OK) return 1;
  Owned<signet_keypair, signet_keypair_free> agent(keypair);
  if (signet_keypair_public_key(agent.get(), &key, &error) != SIGNET_OK) return 2;
  Owned<signet_public_key, signet_public_key_free> trusted(key);
  const std::string action = R"({"tool":"t","params":{"a":1}})";
  if (signet_receipt_sign(agent.get(), bytes(action), action.size(), nullptr, 0, nullptr, 0,
                          nullptr, &receipt, &error) != SIGNET_OK) return 3;
  Owned<signet_receipt, signet_receipt_free> signed_receipt(receipt);
  const signet_public_key *keys[] = {trusted.get()};
  if (signet_receipt_verify(signed_receipt.get(), keys, 1, nullptr, &error) != SIGNET_OK) return 4;
  if (signet_receipt_verify(signed_receipt.get(), nullptr, 0, nullptr, &error) !=
      SIGNET_ERR_SIGNER_UNTRUSTED) return 5;
  Owned<signet_error, signet_error_free> refusal(error);
  if (signet_error_status(refusal.get()) != SIGNET_ERR_SIGNER_UNTRUSTED) return 6;
  std::printf("Ran 1 tests\n");
}
