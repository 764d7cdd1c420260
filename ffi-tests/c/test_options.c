/* Option structs grow: shorter ones of old programs and longer ones of new
   programs are both understood, and what is not understood is refused. */
#include "check.h"

/* A program compiled against a later header. */
typedef struct {
  signet_parse_options known;
  uint64_t later[4];
} later_parse_options;

static signet_status canonicalize(const void *options, signet_error **error_out) {
  signet_buffer *canonical = NULL;
  signet_status status =
      signet_json_canonicalize(TEXT("[[1]]"), (const signet_parse_options *)options, &canonical, error_out);
  CHECK((status == SIGNET_OK) == (canonical != NULL));
  signet_buffer_free(canonical);
  return status;
}

static void a_longer_struct_must_end_in_zeros(void) {
  later_parse_options options;
  signet_error *error = NULL;
  memset(&options, 0, sizeof options);
  options.known.struct_size = sizeof options;
  CHECK_STATUS(SIGNET_OK, canonicalize(&options, NULL));
  uint8_t *bytes = (uint8_t *)&options;
  for (size_t at = sizeof options.known; at < sizeof options; at++) {
    bytes[at] = 1;
    CHECK_ERROR(SIGNET_ERR_UNSUPPORTED, "options", canonicalize(&options, &error), error);
    bytes[at] = 0;
  }
  /* What lies behind the stated size is not looked at. */
  memset(options.later, 0xff, sizeof options.later);
  options.known.struct_size = sizeof options.known;
  CHECK_STATUS(SIGNET_OK, canonicalize(&options, NULL));
}

/* Each size is given exactly that much memory, so that a sanitizer sees a read
   behind it. */
static void a_shorter_struct_is_extended_with_zeros(void) {
  signet_error *error = NULL;
  for (uint32_t size = 4; size <= sizeof(signet_parse_options); size++) {
    uint8_t *options = calloc(1, size);
    memcpy(options, &size, 4);
    CHECK_STATUS(SIGNET_OK, canonicalize(options, NULL));
    free(options);
  }
  /* A member counts as soon as it is within the size. */
  signet_parse_options whole = SIGNET_PARSE_OPTIONS_INIT;
  whole.max_depth = 1;
  for (uint32_t size = 4; size <= sizeof whole; size += 4) {
    uint8_t *options = malloc(size);
    whole.struct_size = size;
    memcpy(options, &whole, size);
    if (size >= offsetof(signet_parse_options, max_depth) + 4)
      CHECK_ERROR(SIGNET_ERR_JSON_TOO_DEEP, "JSON", canonicalize(options, &error), error);
    else
      CHECK_STATUS(SIGNET_OK, canonicalize(options, NULL));
    free(options);
  }
}

static void a_size_that_holds_no_size_is_refused(void) {
  signet_error *error = NULL;
  for (uint32_t size = 0; size < 4; size++) {
    signet_parse_options options = SIGNET_PARSE_OPTIONS_INIT;
    options.struct_size = size;
    CHECK_ERROR(SIGNET_ERR_INVALID_ARGUMENT, "struct_size", canonicalize(&options, &error), error);
  }
}

static void unknown_flags_are_refused(void) {
  signet_error *error = NULL;
  signet_parse_options parse = SIGNET_PARSE_OPTIONS_INIT;
  for (int bit = 0; bit < 32; bit++) {
    parse.flags = (uint32_t)1 << bit;
    CHECK_ERROR(SIGNET_ERR_UNSUPPORTED, "flags", canonicalize(&parse, &error), error);
  }
  parse.flags = 0, parse.reserved = 1;
  CHECK_ERROR(SIGNET_ERR_UNSUPPORTED, "reserved", canonicalize(&parse, &error), error);

  signet_keypair *keypair = rfc_keypair();
  signet_receipt *receipt = fixed_receipt(keypair, "{\"tool\":\"t\"}"), *another;
  signet_public_key *key = rfc_key();
  const signet_public_key *trusted[] = {key};
  signet_sign_options say = SIGNET_SIGN_OPTIONS_INIT;
  signet_verify_options judge = SIGNET_VERIFY_OPTIONS_INIT;
  for (int bit = 3; bit < 32; bit++) {
    say.flags = judge.flags = (uint32_t)1 << bit;
    CHECK_ERROR(SIGNET_ERR_UNSUPPORTED, "flags",
                signet_receipt_sign(keypair, TEXT("{\"tool\":\"t\"}"), TEXT("bot"), NULL, 0, &say,
                                    &another, &error), error);
    CHECK_ERROR(SIGNET_ERR_UNSUPPORTED, "flags",
                signet_receipt_verify(receipt, trusted, 1, &judge, &error), error);
  }
  signet_keypair_free(keypair), signet_receipt_free(receipt), signet_public_key_free(key);
}

static void a_text_in_options_follows_the_rule_for_inputs(void) {
  signet_keypair *keypair = rfc_keypair();
  signet_receipt *receipt = NULL;
  signet_error *error = NULL;
  signet_sign_options say = SIGNET_SIGN_OPTIONS_INIT;
  say.expires_at_len = 1;
  CHECK_ERROR(SIGNET_ERR_NULL_ARGUMENT, "expires_at",
              signet_receipt_sign(keypair, TEXT("{\"tool\":\"t\"}"), TEXT("bot"), NULL, 0, &say,
                                  &receipt, &error), error);
  say.expires_at = (const uint8_t *)"", say.expires_at_len = 0;
  CHECK_ERROR(SIGNET_ERR_TIMESTAMP_INVALID, "",
              signet_receipt_sign(keypair, TEXT("{\"tool\":\"t\"}"), TEXT("bot"), NULL, 0, &say,
                                  &receipt, &error), error);
  CHECK(receipt == NULL);
  signet_keypair_free(keypair);
}

int main(void) {
  RUN(a_longer_struct_must_end_in_zeros);
  RUN(a_shorter_struct_is_extended_with_zeros);
  RUN(a_size_that_holds_no_size_is_refused);
  RUN(unknown_flags_are_refused);
  RUN(a_text_in_options_follows_the_rule_for_inputs);
  return check_report();
}
