/* The C side of the benchmark: calls libsignet.so as a C program does, and
   leaves the clock to the race (src/abi.rs). Linked to the library like any
   other program; loaded by the benchmark so that both take turns. */
#include <signet.h>
#include <stdlib.h>

static signet_keypair *pair;
static signet_public_key *key;
static const uint8_t *action;
static size_t action_len;
static signet_receipt *kept;

static void must(signet_status status) {
  if (status != SIGNET_OK) abort();
}

static signet_receipt *sign(void) {
  static const uint8_t name[] = "deploy-bot", owner[] = "ops";
  signet_receipt *receipt;
  must(signet_receipt_sign(pair, action, action_len, name, sizeof name - 1, owner,
                           sizeof owner - 1, NULL, &receipt, NULL));
  return receipt;
}

void probe_prepare(const uint8_t *seed, const uint8_t *text, size_t len) {
  if (pair == NULL) {
    must(signet_keypair_from_secret(seed, 32, &pair, NULL));
    must(signet_keypair_public_key(pair, &key, NULL));
  }
  action = text;
  action_len = len;
  signet_receipt_free(kept);
  kept = sign();
}

void probe_version(uint32_t times) {
  while (times--)
    if (signet_abi_version() != SIGNET_ABI_VERSION) abort();
}

void probe_sign(uint32_t times) {
  while (times--) signet_receipt_free(sign());
}

void probe_verify(uint32_t times) {
  const signet_public_key *trusted[] = {key};
  size_t len;
  const uint8_t *json = signet_receipt_json(kept, &len);
  while (times--) {
    signet_receipt *receipt;
    must(signet_receipt_parse(json, len, NULL, &receipt, NULL));
    must(signet_receipt_verify(receipt, trusted, 1, NULL, NULL));
    signet_receipt_free(receipt);
  }
}
