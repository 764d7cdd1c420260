/* Key pairs whose secret is elsewhere: signers that sign, fail, and lie. */
#include "check.h"

typedef struct {
  signet_keypair *secret; /* what the "HSM" holds */
  int calls, freed;
  int answer;    /* what the callback returns */
  int lie;       /* spoil the signature */
  size_t seen;   /* bytes of the last message */
} hsm;

static int32_t sign(const uint8_t *message, size_t len, uint8_t *signature_out, void *user_data) {
  hsm *device = user_data;
  device->calls++;
  device->seen = len;
  if (device->answer) return device->answer;
  CHECK_STATUS(SIGNET_OK, signet_keypair_sign(device->secret, message, len, signature_out, NULL));
  if (device->lie) signature_out[device->lie - 1] ^= 1;
  return 0;
}

static void release(void *user_data) { ((hsm *)user_data)->freed++; }

static hsm plug_in(void) {
  hsm device = {rfc_keypair(), 0, 0, 0, 0, 0};
  return device;
}

static signet_keypair *pair_with(hsm *device) {
  signet_public_key *key = rfc_key();
  signet_keypair *keypair = NULL;
  CHECK_STATUS(SIGNET_OK, signet_keypair_from_signer(key, sign, device, release, &keypair, NULL));
  signet_public_key_free(key);
  return keypair;
}

static void a_signer_signs_like_its_secret(void) {
  hsm device = plug_in();
  signet_keypair *keypair = pair_with(&device);
  uint8_t here[64], there[64], bytes[32];
  CHECK_STATUS(SIGNET_OK, signet_keypair_sign(keypair, TEXT("message"), here, NULL));
  CHECK_STATUS(SIGNET_OK, signet_keypair_sign(device.secret, TEXT("message"), there, NULL));
  CHECK(memcmp(here, there, 64) == 0 && device.calls == 1 && device.seen == 7);
  CHECK_STATUS(SIGNET_OK, signet_keypair_public_bytes(keypair, bytes, NULL));
  CHECK(memcmp(bytes, rfc_public, 32) == 0 && device.calls == 1);
  /* The message may be empty; the callback still gets a pointer it may read. */
  CHECK_STATUS(SIGNET_OK, signet_keypair_sign(keypair, NULL, 0, here, NULL));

  signet_receipt *ours = fixed_receipt(keypair, "{\"tool\":\"t\"}");
  signet_receipt *theirs = fixed_receipt(device.secret, "{\"tool\":\"t\"}");
  size_t a, b;
  const uint8_t *one = signet_receipt_json(ours, &a), *two = signet_receipt_json(theirs, &b);
  CHECK(a == b && memcmp(one, two, a) == 0);
  CHECK(device.calls == 3 && device.freed == 0);
  signet_receipt_free(ours), signet_receipt_free(theirs), signet_keypair_free(keypair);
  CHECK(device.freed == 1);
  signet_keypair_free(device.secret);
}

static void a_failing_signer_fails_the_call_with_its_number(void) {
  hsm device = plug_in();
  signet_keypair *keypair = pair_with(&device);
  signet_receipt *receipt = (signet_receipt *)&device;
  signet_error *error = NULL;
  uint8_t signature[64];
  static const int answers[] = {1, -1, 1234567};
  static const char *const texts[] = {"returned 1", "returned -1", "returned 1234567"};
  for (int at = 0; at < 3; at++) {
    device.answer = answers[at];
    memset(signature, 0x5a, 64);
    CHECK_ERROR(SIGNET_ERR_SIGNER_FAILED, texts[at],
                signet_keypair_sign(keypair, TEXT("m"), signature, &error), error);
    for (int byte = 0; byte < 64; byte++) CHECK(signature[byte] == 0x5a);
    CHECK_ERROR(SIGNET_ERR_SIGNER_FAILED, texts[at],
                signet_receipt_sign(keypair, TEXT("{\"tool\":\"t\"}"), TEXT("bot"), NULL, 0, NULL,
                                    &receipt, &error), error);
    CHECK(receipt == NULL);
  }
  device.answer = 0;
  CHECK_STATUS(SIGNET_OK, signet_keypair_sign(keypair, TEXT("m"), signature, NULL));
  signet_keypair_free(keypair);
  CHECK(device.freed == 1);
  signet_keypair_free(device.secret);
}

static void a_lying_signer_is_found_out(void) {
  hsm device = plug_in();
  signet_keypair *keypair = pair_with(&device);
  signet_receipt *receipt;
  signet_error *error = NULL;
  uint8_t signature[64];
  for (device.lie = 1; device.lie <= 64; device.lie += 9) {
    memset(signature, 0x5a, 64);
    CHECK_ERROR(SIGNET_ERR_SIGNER_FAILED, "does not verify",
                signet_keypair_sign(keypair, TEXT("m"), signature, &error), error);
    for (int byte = 0; byte < 64; byte++) CHECK(signature[byte] == 0x5a);
    CHECK_STATUS(SIGNET_ERR_SIGNER_FAILED,
                 signet_receipt_sign(keypair, TEXT("{\"tool\":\"t\"}"), TEXT("bot"), NULL, 0, NULL,
                                     &receipt, NULL));
    CHECK(receipt == NULL);
  }
  signet_keypair_free(keypair);
  CHECK(device.freed == 1);
  signet_keypair_free(device.secret);
}

static void user_data_is_released_when_the_call_fails(void) {
  hsm device = plug_in();
  signet_public_key *key = rfc_key();
  signet_keypair *keypair = NULL;
  signet_error *error = NULL;
  CHECK_ERROR(SIGNET_ERR_NULL_ARGUMENT, "sign",
              signet_keypair_from_signer(key, NULL, &device, release, &keypair, &error), error);
  CHECK(device.freed == 1);
  CHECK_ERROR(SIGNET_ERR_NULL_ARGUMENT, "public_key",
              signet_keypair_from_signer(NULL, sign, &device, release, &keypair, &error), error);
  CHECK(device.freed == 2);
  CHECK_ERROR(SIGNET_ERR_NULL_ARGUMENT, "keypair_out",
              signet_keypair_from_signer(key, sign, &device, release, NULL, &error), error);
  CHECK(device.freed == 3 && device.calls == 0);
  signet_public_key_free(key), signet_keypair_free(device.secret);
}

static void the_secret_of_a_signer_cannot_be_exported(void) {
  hsm device = plug_in();
  signet_keypair *keypair = pair_with(&device);
  signet_error *error = NULL;
  uint8_t seed[32];
  memset(seed, 0x5a, 32);
  CHECK_ERROR(SIGNET_ERR_UNSUPPORTED, "external signer",
              signet_keypair_export_seed(keypair, seed, &error), error);
  for (int byte = 0; byte < 32; byte++) CHECK(seed[byte] == 0x5a);
  signet_keypair_free(keypair), signet_keypair_free(device.secret);
}

static int32_t refuse(const uint8_t *message, size_t len, uint8_t *out, void *user_data) {
  UNUSED(message), UNUSED(len), UNUSED(out);
  return user_data == NULL ? 77 : 1;
}

static void user_data_and_its_release_are_optional(void) {
  signet_public_key *key = rfc_key();
  signet_keypair *keypair = NULL;
  signet_error *error = NULL;
  uint8_t signature[64];
  CHECK_STATUS(SIGNET_OK, signet_keypair_from_signer(key, refuse, NULL, NULL, &keypair, NULL));
  CHECK_ERROR(SIGNET_ERR_SIGNER_FAILED, "returned 77",
              signet_keypair_sign(keypair, TEXT("m"), signature, &error), error);
  signet_keypair_free(keypair), signet_public_key_free(key);
}

int main(void) {
  RUN(a_signer_signs_like_its_secret);
  RUN(a_failing_signer_fails_the_call_with_its_number);
  RUN(a_lying_signer_is_found_out);
  RUN(user_data_is_released_when_the_call_fails);
  RUN(the_secret_of_a_signer_cannot_be_exported);
  RUN(user_data_and_its_release_are_optional);
  return check_report();
}
