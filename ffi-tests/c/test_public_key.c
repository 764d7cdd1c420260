/* Public keys: bytes, texts, and strict verification. */
#include "check.h"

#define PREFIXED "ed25519:11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
#define DID "did:key:z6MktwupdmLXVVqTzCw4i46r4uGyosGXRnR3XjN4Zq7oMMsw"
/* The thumbprint that RFC 8037 appendix A.3 prints for this very key. */
#define THUMBPRINT "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"

static void every_text_of_a_key_reads_back(void) {
  static const struct {
    int32_t form;
    const char *text;
  } forms[] = {{SIGNET_KEY_TEXT_PREFIXED, PREFIXED},
               {SIGNET_KEY_TEXT_BARE, PREFIXED + 8},
               {SIGNET_KEY_TEXT_DID, DID},
               {SIGNET_KEY_TEXT_ID, THUMBPRINT}};
  signet_public_key *key = rfc_key();
  for (size_t at = 0; at < 4; at++) {
    size_t len = 0;
    const uint8_t *text = signet_public_key_text(key, forms[at].form, &len);
    CHECK(same(text, len, forms[at].text));
    CHECK(signet_public_key_text(key, forms[at].form, NULL) == text);
    if (forms[at].form == SIGNET_KEY_TEXT_ID) continue;
    signet_public_key *again = NULL;
    uint8_t bytes[32];
    CHECK_STATUS(SIGNET_OK, signet_public_key_parse(text, len, &again, NULL));
    CHECK_STATUS(SIGNET_OK, signet_public_key_bytes(again, bytes, NULL));
    CHECK(memcmp(bytes, rfc_public, 32) == 0);
    signet_public_key_free(again);
  }
  size_t len = 1;
  CHECK(signet_public_key_text(key, 0, &len) == NULL && len == 0);
  len = 1;
  CHECK(signet_public_key_text(key, 5, &len) == NULL && len == 0);
  CHECK(signet_public_key_text(key, INT32_MIN, NULL) == NULL);
  signet_public_key_free(key);
}

static void weak_and_malformed_points_are_refused(void) {
  uint8_t point[32] = {0};
  signet_public_key *key = NULL;
  signet_error *error = NULL;
  CHECK_ERROR(SIGNET_ERR_KEY_WEAK, "public key",
              signet_public_key_from_bytes(point, &key, &error), error);
  point[0] = 1;
  CHECK_ERROR(SIGNET_ERR_KEY_WEAK, "public key",
              signet_public_key_from_bytes(point, &key, &error), error);
  point[0] = 2;
  CHECK_ERROR(SIGNET_ERR_KEY_INVALID, "public key",
              signet_public_key_from_bytes(point, &key, &error), error);
  memset(point, 0xff, 32);
  CHECK_ERROR(SIGNET_ERR_KEY_INVALID, "public key",
              signet_public_key_from_bytes(point, &key, &error), error);
  CHECK(key == NULL);
}

static void one_flipped_bit_breaks_a_signature(void) {
  signet_keypair *keypair = rfc_keypair();
  signet_public_key *key = rfc_key();
  uint8_t signature[64], message[] = "what was done";
  CHECK_STATUS(SIGNET_OK, signet_keypair_sign(keypair, BYTES(message), signature, NULL));
  for (size_t bit = 0; bit < 8 * sizeof signature; bit += 7) {
    signature[bit / 8] ^= (uint8_t)(1u << bit % 8);
    CHECK_STATUS(SIGNET_ERR_SIGNATURE_INVALID,
                 signet_public_key_verify(key, BYTES(message), signature, NULL));
    signature[bit / 8] ^= (uint8_t)(1u << bit % 8);
  }
  signet_error *error = (signet_error *)message;
  CHECK_STATUS(SIGNET_OK, signet_public_key_verify(key, BYTES(message), signature, &error));
  CHECK(error == NULL);
  message[0] ^= 1;
  CHECK_ERROR(SIGNET_ERR_SIGNATURE_INVALID, "signature",
              signet_public_key_verify(key, BYTES(message), signature, &error), error);
  signet_keypair_free(keypair), signet_public_key_free(key);
}

int main(void) {
  RUN(every_text_of_a_key_reads_back);
  RUN(weak_and_malformed_points_are_refused);
  RUN(one_flipped_bit_breaks_a_signature);
  return check_report();
}
