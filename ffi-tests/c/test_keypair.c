/* Key pairs from seeds, from pairs, and from the system. */
#include "check.h"

static const uint8_t rfc_signature[64] = {
    0xe5, 0x56, 0x43, 0x00, 0xc3, 0x60, 0xac, 0x72, 0x90, 0x86, 0xe2, 0xcc, 0x80,
    0x6e, 0x82, 0x8a, 0x84, 0x87, 0x7f, 0x1e, 0xb8, 0xe5, 0xd9, 0x74, 0xd8, 0x73,
    0xe0, 0x65, 0x22, 0x49, 0x01, 0x55, 0x5f, 0xb8, 0x82, 0x15, 0x90, 0xa3, 0x3b,
    0xac, 0xc6, 0x1e, 0x39, 0x70, 0x1c, 0xf9, 0xb4, 0x6b, 0xd2, 0x5b, 0xf5, 0xf0,
    0x59, 0x5b, 0xbe, 0x24, 0x65, 0x51, 0x41, 0x43, 0x8e, 0x7a, 0x10, 0x0b};

static void a_seed_gives_the_key_pair_of_rfc_8032(void) {
  uint8_t bytes[32], seed[32], signature[64];
  signet_keypair *keypair = rfc_keypair();
  CHECK_STATUS(SIGNET_OK, signet_keypair_public_bytes(keypair, bytes, NULL));
  CHECK(memcmp(bytes, rfc_public, 32) == 0);
  CHECK_STATUS(SIGNET_OK, signet_keypair_export_seed(keypair, seed, NULL));
  CHECK(memcmp(seed, rfc_seed, 32) == 0);
  CHECK_STATUS(SIGNET_OK, signet_keypair_sign(keypair, NULL, 0, signature, NULL));
  CHECK(memcmp(signature, rfc_signature, 64) == 0);
  signet_keypair_free(keypair);
}

static void sixty_four_bytes_are_a_seed_and_its_public_key(void) {
  uint8_t pair[65], bytes[32];
  signet_keypair *keypair = NULL;
  signet_error *error = NULL;
  memcpy(pair, rfc_seed, 32), memcpy(pair + 32, rfc_public, 32), pair[64] = 0;
  CHECK_STATUS(SIGNET_OK, signet_keypair_from_secret(pair, 64, &keypair, &error));
  CHECK(error == NULL);
  CHECK_STATUS(SIGNET_OK, signet_keypair_public_bytes(keypair, bytes, NULL));
  CHECK(memcmp(bytes, rfc_public, 32) == 0);
  signet_keypair_free(keypair);

  static const size_t wrong[] = {0, 1, 31, 33, 63, 65};
  for (size_t at = 0; at < sizeof wrong / sizeof *wrong; at++) {
    keypair = (signet_keypair *)pair;
    CHECK_ERROR(SIGNET_ERR_KEY_INVALID, "secret key",
                signet_keypair_from_secret(pair, wrong[at], &keypair, &error), error);
    CHECK(keypair == NULL);
  }
  pair[40] ^= 1;
  CHECK_ERROR(SIGNET_ERR_KEY_INVALID, "second half",
              signet_keypair_from_secret(pair, 64, &keypair, &error), error);
}

static void generated_key_pairs_differ_and_sign(void) {
  signet_keypair *first, *second;
  signet_public_key *key;
  uint8_t a[32], b[32], signature[64];
  CHECK_STATUS(SIGNET_OK, signet_keypair_generate(&first, NULL));
  CHECK_STATUS(SIGNET_OK, signet_keypair_generate(&second, NULL));
  CHECK_STATUS(SIGNET_OK, signet_keypair_public_bytes(first, a, NULL));
  CHECK_STATUS(SIGNET_OK, signet_keypair_public_bytes(second, b, NULL));
  CHECK(memcmp(a, b, 32) != 0);
  CHECK_STATUS(SIGNET_OK, signet_keypair_sign(first, TEXT("message"), signature, NULL));
  CHECK_STATUS(SIGNET_OK, signet_keypair_public_key(first, &key, NULL));
  CHECK_STATUS(SIGNET_OK, signet_public_key_verify(key, TEXT("message"), signature, NULL));
  CHECK_STATUS(SIGNET_ERR_SIGNATURE_INVALID,
               signet_public_key_verify(key, TEXT("massage"), signature, NULL));
  signet_keypair_free(first), signet_keypair_free(second), signet_public_key_free(key);
}

static void a_public_key_outlives_its_key_pair(void) {
  signet_keypair *keypair = rfc_keypair();
  signet_public_key *key = NULL;
  uint8_t bytes[32];
  CHECK_STATUS(SIGNET_OK, signet_keypair_public_key(keypair, &key, NULL));
  signet_keypair_free(keypair);
  CHECK_STATUS(SIGNET_OK, signet_public_key_bytes(key, bytes, NULL));
  CHECK(memcmp(bytes, rfc_public, 32) == 0);
  signet_public_key_free(key);
}

int main(void) {
  RUN(a_seed_gives_the_key_pair_of_rfc_8032);
  RUN(sixty_four_bytes_are_a_seed_and_its_public_key);
  RUN(generated_key_pairs_differ_and_sign);
  RUN(a_public_key_outlives_its_key_pair);
  return check_report();
}
