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
  signet_co_sign_options co_sign = SIGNET_CO_SIGN_OPTIONS_INIT;
  signet_delegation_options delegate = SIGNET_DELEGATION_OPTIONS_INIT;
  signet_delegation *delegation;
  for (int bit = 0; bit < 32; bit++) {
    say.flags = judge.flags = co_sign.flags = delegate.flags = (uint32_t)1 << bit;
    if (bit != 1 && bit != 2) {
      CHECK_ERROR(SIGNET_ERR_UNSUPPORTED, "flags",
                  signet_receipt_co_sign(keypair, receipt, TEXT("1"), NULL, 0, TEXT("s"), &co_sign,
                                         &another, &error), error);
      CHECK_ERROR(SIGNET_ERR_UNSUPPORTED, "flags",
                  signet_delegation_sign(keypair, TEXT("a"), key, TEXT("b"),
                                         TEXT("{\"max_depth\":0,\"targets\":[],\"tools\":[]}"),
                                         &delegate, &delegation, &error), error);
    }
    if (bit < 3) continue;
    CHECK_ERROR(SIGNET_ERR_UNSUPPORTED, "flags",
                signet_receipt_sign(keypair, TEXT("{\"tool\":\"t\"}"), TEXT("bot"), NULL, 0, &say,
                                    &another, &error), error);
    if (bit < 4) continue;
    CHECK_ERROR(SIGNET_ERR_UNSUPPORTED, "flags",
                signet_receipt_verify(receipt, trusted, 1, &judge, &error), error);
  }
  signet_keypair_free(keypair), signet_receipt_free(receipt), signet_public_key_free(key);
}

/* A program that was compiled when the options of a verification ended after
   now_unix_ms still asks for the same. */
static void what_grew_is_asked_for_as_before(void) {
  signet_keypair *keypair = rfc_keypair();
  signet_receipt *receipt = fixed_receipt(keypair, "{\"tool\":\"t\"}");
  signet_public_key *key = rfc_key();
  const signet_public_key *trusted[] = {key};
  signet_verify_options now = SIGNET_VERIFY_OPTIONS_INIT;
  now.struct_size = offsetof(signet_verify_options, window_seconds);
  now.flags = SIGNET_VERIFY_AT, now.now_unix_ms = NOW;
  uint8_t *old = malloc(now.struct_size);
  memcpy(old, &now, now.struct_size);
  CHECK_STATUS(SIGNET_OK, signet_receipt_verify(receipt, trusted, 1,
                                                (const signet_verify_options *)old, NULL));
  free(old);
  signet_keypair_free(keypair), signet_receipt_free(receipt), signet_public_key_free(key);
}

/* NULL with a length is refused wherever options point to something. */
static void what_options_point_to_must_be_there(void) {
  signet_keypair *keypair = rfc_keypair();
  signet_receipt *receipt = fixed_receipt(keypair, "{\"tool\":\"t\"}"), *another = NULL;
  signet_public_key *key = rfc_key();
  const signet_public_key *trusted[] = {key}, *hole[] = {NULL};
  signet_error *error = NULL;
  static const struct {
    const char *name;
    size_t at;
  } lengths[] = {
      {"servers", offsetof(signet_verify_options, servers_len)},
      {"roots", offsetof(signet_verify_options, roots_len)},
      {"session", offsetof(signet_verify_options, session_len)},
      {"call_id", offsetof(signet_verify_options, call_id_len)},
      {"response", offsetof(signet_verify_options, response_len)},
  };
  for (size_t row = 0; row < sizeof lengths / sizeof *lengths; row++) {
    signet_verify_options judge = SIGNET_VERIFY_OPTIONS_INIT;
    size_t one = 1, much = SIZE_MAX;
    memcpy((uint8_t *)&judge + lengths[row].at, &one, sizeof one);
    CHECK_ERROR(SIGNET_ERR_NULL_ARGUMENT, lengths[row].name,
                signet_receipt_verify(receipt, trusted, 1, &judge, &error), error);
    memcpy((uint8_t *)&judge + lengths[row].at, &much, sizeof much);
    CHECK_ERROR(SIGNET_ERR_NULL_ARGUMENT, lengths[row].name,
                signet_receipt_verify(receipt, trusted, 1, &judge, &error), error);
  }
  signet_verify_options judge = SIGNET_VERIFY_OPTIONS_INIT;
  judge.roots = hole, judge.roots_len = 1;
  CHECK_ERROR(SIGNET_ERR_NULL_ARGUMENT, "roots",
              signet_receipt_verify(receipt, trusted, 1, &judge, &error), error);
  judge.roots_len = SIZE_MAX / 2;
  CHECK_ERROR(SIGNET_ERR_INVALID_ARGUMENT, "roots",
              signet_receipt_verify(receipt, trusted, 1, &judge, &error), error);
  signet_verify_options_init(&judge);
  judge.session = (const uint8_t *)"\xff", judge.session_len = 1;
  CHECK_ERROR(SIGNET_ERR_INVALID_ARGUMENT, "session",
              signet_receipt_verify(receipt, trusted, 1, &judge, &error), error);
  judge.session_len = SIZE_MAX;
  CHECK_ERROR(SIGNET_ERR_INVALID_ARGUMENT, "session",
              signet_receipt_verify(receipt, trusted, 1, &judge, &error), error);
  signet_verify_options_init(&judge);
  judge.flags = SIGNET_VERIFY_AT, judge.now_unix_ms = INT64_MIN;
  CHECK_ERROR(SIGNET_ERR_INVALID_ARGUMENT, "time",
              signet_receipt_verify(receipt, trusted, 1, &judge, &error), error);

  signet_co_sign_options co_sign;
  signet_co_sign_options_init(&co_sign);
  co_sign.unsigned_extensions_len = 1;
  CHECK_ERROR(SIGNET_ERR_NULL_ARGUMENT, "unsigned_extensions",
              signet_receipt_co_sign(keypair, receipt, TEXT("1"), NULL, 0, TEXT("s"), &co_sign,
                                     &another, &error), error);
  static const struct {
    const char *name;
    size_t at;
  } texts[] = {
      {"parent_scope", offsetof(signet_delegation_options, parent_scope_len)},
      {"delegator_principal", offsetof(signet_delegation_options, delegator_principal_len)},
      {"delegate_principal", offsetof(signet_delegation_options, delegate_principal_len)},
      {"unsigned_budget", offsetof(signet_delegation_options, unsigned_budget_len)},
      {"unsigned_constraints", offsetof(signet_delegation_options, unsigned_constraints_len)},
      {"unsigned_correlation_id", offsetof(signet_delegation_options, unsigned_correlation_id_len)},
  };
  for (size_t row = 0; row < sizeof texts / sizeof *texts; row++) {
    signet_delegation_options delegate;
    signet_delegation *delegation = NULL;
    size_t one = 1;
    signet_delegation_options_init(&delegate);
    memcpy((uint8_t *)&delegate + texts[row].at, &one, sizeof one);
    CHECK_ERROR(SIGNET_ERR_NULL_ARGUMENT, texts[row].name,
                signet_delegation_sign(keypair, TEXT("a"), key, TEXT("b"),
                                       TEXT("{\"max_depth\":0,\"targets\":[\"*\"],\"tools\":[\"*\"]}"),
                                       &delegate, &delegation, &error), error);
    CHECK(delegation == NULL);
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
  RUN(what_grew_is_asked_for_as_before);
  RUN(what_options_point_to_must_be_there);
  RUN(a_text_in_options_follows_the_rule_for_inputs);
  return check_report();
}
