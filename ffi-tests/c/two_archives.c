/* The static library and another Rust archive in one program: both bring the
   Rust runtime, and both work, panics included. */
#include "check.h"

extern uint64_t second_sum(const uint8_t *bytes, size_t len);
extern int32_t second_panic(void);

static void both_work_side_by_side(void) {
  signet_keypair *keypair = rfc_keypair();
  signet_public_key *key = rfc_key();
  const signet_public_key *trusted[] = {key};
  for (int round = 0; round < 100; round++) {
    signet_receipt *receipt = fixed_receipt(keypair, "{\"tool\":\"t\"}");
    size_t len;
    const uint8_t *json = signet_receipt_json(receipt, &len);
    uint64_t sum = 0;
    for (size_t at = 0; at < len; at++) sum += json[at];
    CHECK(second_sum(json, len) == sum);
    CHECK_STATUS(SIGNET_OK, signet_receipt_verify(receipt, trusted, 1, NULL, NULL));
    signet_receipt_free(receipt);
  }
  CHECK(second_panic() == 1);
  signet_keypair_free(keypair), signet_public_key_free(key);
}

int main(void) {
  RUN(both_work_side_by_side);
  return check_report();
}
