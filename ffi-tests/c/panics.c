/* A bug in the core, which only a test build has: the call that meets it fails
   with a status, and everything goes on. Thousands of times, without a leak.

   usage: panics ROUNDS */
#include "check.h"

#define BUG "\"signet-fault: panic\""

static void a_panic_is_a_status(int rounds) {
  signet_keypair *keypair = rfc_keypair();
  signet_public_key *key = rfc_key();
  const signet_public_key *trusted[] = {key};
  uint8_t hash[32], there;
  for (int round = 0; round < rounds; round++) {
    signet_buffer *buffer = (signet_buffer *)&there;
    signet_receipt *receipt = (signet_receipt *)&there;
    signet_error *error = (signet_error *)&there;
    CHECK_ERROR(SIGNET_ERR_INTERNAL, "signet-fault: a bug in two lines",
                signet_json_canonicalize(TEXT(BUG), NULL, &buffer, &error), error);
    CHECK(buffer == NULL);
    memset(hash, 0x5a, sizeof hash);
    CHECK_ERROR(SIGNET_ERR_INTERNAL, "report this as a bug",
                signet_json_hash(TEXT(BUG), NULL, hash, &error), error);
    for (size_t at = 0; at < sizeof hash; at++) CHECK(hash[at] == 0x5a);
    CHECK_STATUS(SIGNET_ERR_INTERNAL, signet_receipt_parse(TEXT(BUG), NULL, &receipt, NULL));
    CHECK(receipt == NULL);
    receipt = (signet_receipt *)&there;
    CHECK_STATUS(SIGNET_ERR_INTERNAL, signet_receipt_sign(keypair, TEXT(BUG), TEXT("bot"), NULL, 0,
                                                          NULL, &receipt, NULL));
    CHECK(receipt == NULL);
    if (round % 100) continue;
    /* The handles from before the panics still work. */
    receipt = fixed_receipt(keypair, "{\"tool\":\"t\"}");
    CHECK_STATUS(SIGNET_OK, signet_receipt_verify(receipt, trusted, 1, NULL, NULL));
    signet_receipt_free(receipt);
  }
  signet_keypair_free(keypair), signet_public_key_free(key);
}

int main(int count, char **arguments) {
  if (count != 2) return 2;
  tests_run++;
  a_panic_is_a_status(atoi(arguments[1]));
  return check_report();
}
