/* Receipts: sign, read, verify, refuse. */
#include "check.h"

#define ACTION                                                                     \
  "{\"tool\":\"delete_file\",\"params\":{\"path\":\"/tmp/x\",\"n\":1.0},"          \
  "\"target\":\"mcp://files\",\"transport\":\"http\",\"session\":\"s1\","          \
  "\"call_id\":\"c1\",\"trace_id\":\"t1\",\"parent_receipt_id\":\"rec_0\","        \
  "\"response_hash\":\"sha256:00\"}"

static void every_field_is_readable(void) {
  signet_keypair *keypair = rfc_keypair();
  signet_receipt *receipt = fixed_receipt(keypair, ACTION);
  static const struct {
    int32_t field;
    const char *text;
  } fields[] = {
      {SIGNET_FIELD_TOOL, "delete_file"},
      {SIGNET_FIELD_TARGET, "mcp://files"},
      {SIGNET_FIELD_TRANSPORT, "http"},
      {SIGNET_FIELD_SESSION, "s1"},
      {SIGNET_FIELD_CALL_ID, "c1"},
      {SIGNET_FIELD_RESPONSE_HASH, "sha256:00"},
      {SIGNET_FIELD_TRACE_ID, "t1"},
      {SIGNET_FIELD_PARENT_RECEIPT_ID, "rec_0"},
      {SIGNET_FIELD_SIGNER_NAME, "bot"},
      {SIGNET_FIELD_SIGNER_OWNER, "ops"},
      {SIGNET_FIELD_SIGNER_PUBLIC_KEY, "ed25519:11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="},
      {SIGNET_FIELD_TIME, "2026-01-01T00:00:00.000Z"},
      {SIGNET_FIELD_NONCE, "rnd_00000000000000000000000000000000"},
  };
  size_t len;
  for (size_t at = 0; at < sizeof fields / sizeof *fields; at++) {
    const uint8_t *text = signet_receipt_text(receipt, fields[at].field, &len);
    CHECK(same(text, len, fields[at].text));
  }
  const uint8_t *id = signet_receipt_text(receipt, SIGNET_FIELD_ID, &len);
  CHECK(len == 36 && memcmp(id, "rec_", 4) == 0);
  CHECK(signet_receipt_text(receipt, SIGNET_FIELD_PARAMS_HASH, &len) != NULL && len == 71);
  CHECK(signet_receipt_text(receipt, SIGNET_FIELD_SIGNATURE, &len) != NULL && len == 96);
  len = 7;
  CHECK(signet_receipt_text(receipt, SIGNET_FIELD_EXPIRY, &len) == NULL && len == 0);
  CHECK(signet_receipt_text(receipt, 0, NULL) == NULL);
  CHECK(signet_receipt_text(receipt, INT32_MAX, NULL) == NULL);
  const uint8_t *params = signet_receipt_params(receipt, &len);
  CHECK(same(params, len, "{\"n\":1,\"path\":\"/tmp/x\"}"));
  CHECK(signet_receipt_version(receipt) == 1);

  int64_t unix_ms = 0;
  uint8_t key[32], signature[64], hash[32];
  CHECK_STATUS(SIGNET_OK, signet_receipt_time(receipt, &unix_ms, NULL));
  CHECK(unix_ms == 1767225600000);
  CHECK_STATUS(SIGNET_OK, signet_receipt_signer_key(receipt, key, NULL));
  CHECK(memcmp(key, rfc_public, 32) == 0);
  CHECK_STATUS(SIGNET_OK, signet_receipt_signature(receipt, signature, NULL));
  CHECK_STATUS(SIGNET_OK, signet_json_hash(params, len, NULL, hash, NULL));
  signet_receipt_free(receipt), signet_keypair_free(keypair);
}

static void a_receipt_travels_as_its_own_text(void) {
  signet_keypair *keypair = rfc_keypair();
  signet_public_key *key = rfc_key();
  const signet_public_key *trusted[] = {key};
  signet_receipt *receipt = fixed_receipt(keypair, ACTION), *read = NULL;
  size_t len, read_len;
  const uint8_t *json = signet_receipt_json(receipt, &len);
  CHECK_STATUS(SIGNET_OK, signet_receipt_parse(json, len, NULL, &read, NULL));
  const uint8_t *again = signet_receipt_json(read, &read_len);
  CHECK(len == read_len && memcmp(json, again, len) == 0);
  signet_receipt_free(receipt), signet_keypair_free(keypair);
  CHECK_STATUS(SIGNET_OK, signet_receipt_verify(read, trusted, 1, NULL, NULL));
  signet_receipt_free(read), signet_public_key_free(key);
}

static void verification_asks_for_a_trusted_key(void) {
  signet_keypair *keypair = rfc_keypair(), *other = NULL;
  signet_public_key *key = rfc_key(), *stranger = NULL;
  signet_error *error = NULL;
  signet_receipt *receipt = fixed_receipt(keypair, ACTION);
  CHECK_STATUS(SIGNET_OK, signet_keypair_generate(&other, NULL));
  CHECK_STATUS(SIGNET_OK, signet_keypair_public_key(other, &stranger, NULL));
  const signet_public_key *strangers[] = {stranger, stranger}, *both[] = {stranger, key};
  CHECK_STATUS(SIGNET_OK, signet_receipt_verify(receipt, both, 2, NULL, &error));
  CHECK(error == NULL);
  CHECK_ERROR(SIGNET_ERR_KEY_MISMATCH, "signer",
              signet_receipt_verify(receipt, strangers, 1, NULL, &error), error);
  CHECK_ERROR(SIGNET_ERR_SIGNER_UNTRUSTED, "signer",
              signet_receipt_verify(receipt, strangers, 2, NULL, &error), error);
  CHECK_ERROR(SIGNET_ERR_SIGNER_UNTRUSTED, "signer",
              signet_receipt_verify(receipt, NULL, 0, NULL, &error), error);
  const signet_public_key *hole[] = {key, NULL};
  CHECK_ERROR(SIGNET_ERR_NULL_ARGUMENT, "trusted",
              signet_receipt_verify(receipt, hole, 2, NULL, &error), error);
  signet_receipt_free(receipt), signet_keypair_free(keypair), signet_keypair_free(other);
  signet_public_key_free(key), signet_public_key_free(stranger);
}

/* Whatever single bit of the text changes, the receipt is refused. */
static void every_flipped_bit_is_refused(void) {
  signet_keypair *keypair = rfc_keypair();
  signet_public_key *key = rfc_key();
  const signet_public_key *trusted[] = {key};
  signet_receipt *receipt = fixed_receipt(keypair, "{\"tool\":\"t\",\"params\":{\"a\":[1,\"\xc3\xa9\"]}}");
  size_t len, refused = 0;
  const uint8_t *json = signet_receipt_json(receipt, &len);
  uint8_t *forged = malloc(len);
  for (size_t at = 0; at < len; at++) {
    signet_receipt *read = NULL;
    memcpy(forged, json, len);
    forged[at] ^= (uint8_t)(1u << at % 7);
    signet_status status = signet_receipt_parse(forged, len, NULL, &read, NULL);
    if (status == SIGNET_OK) status = signet_receipt_verify(read, trusted, 1, NULL, NULL);
    if (status != SIGNET_OK) refused++;
    else fprintf(stderr, "accepted: %.*s\n", (int)len, (const char *)forged);
    signet_receipt_free(read);
  }
  CHECK(refused == len);
  free(forged);
  signet_receipt_free(receipt), signet_keypair_free(keypair), signet_public_key_free(key);
}

static void a_receipt_expires(void) {
  signet_keypair *keypair = rfc_keypair();
  signet_public_key *key = rfc_key();
  const signet_public_key *trusted[] = {key};
  signet_receipt *receipt = NULL;
  signet_error *error = NULL;
  const char *expiry = "2026-01-01T00:00:10.000Z";
  signet_sign_options say = SIGNET_SIGN_OPTIONS_INIT;
  say.flags = SIGNET_SIGN_AT, say.now_unix_ms = 1767225600000;
  say.expires_at = (const uint8_t *)expiry, say.expires_at_len = strlen(expiry);
  CHECK_STATUS(SIGNET_OK, signet_receipt_sign(keypair, TEXT(ACTION), TEXT("bot"), NULL, 0, &say,
                                              &receipt, NULL));
  size_t len;
  const uint8_t *text = signet_receipt_text(receipt, SIGNET_FIELD_EXPIRY, &len);
  CHECK(same(text, len, expiry));
  signet_verify_options judge = SIGNET_VERIFY_OPTIONS_INIT;
  judge.flags = SIGNET_VERIFY_AT, judge.now_unix_ms = 1767225610000;
  CHECK_STATUS(SIGNET_OK, signet_receipt_verify(receipt, trusted, 1, &judge, NULL));
  judge.now_unix_ms++;
  CHECK_ERROR(SIGNET_ERR_EXPIRED, "receipt",
              signet_receipt_verify(receipt, trusted, 1, &judge, &error), error);
  CHECK_STATUS(SIGNET_ERR_EXPIRED, signet_receipt_verify(receipt, trusted, 1, NULL, NULL));
  judge.flags = SIGNET_VERIFY_IGNORE_EXPIRY;
  CHECK_STATUS(SIGNET_OK, signet_receipt_verify(receipt, trusted, 1, &judge, NULL));
  /* The time that is given then counts for everything else. */
  judge.flags |= SIGNET_VERIFY_AT;
  CHECK_STATUS(SIGNET_OK, signet_receipt_verify(receipt, trusted, 1, &judge, NULL));
  signet_receipt_free(receipt), signet_keypair_free(keypair), signet_public_key_free(key);
}

static void params_may_stay_undisclosed(void) {
  signet_keypair *keypair = rfc_keypair();
  signet_public_key *key = rfc_key();
  const signet_public_key *trusted[] = {key};
  signet_receipt *shown = fixed_receipt(keypair, ACTION), *hidden = NULL;
  signet_sign_options say;
  signet_sign_options_init(&say);
  say.flags = SIGNET_SIGN_HASH_ONLY;
  CHECK_STATUS(SIGNET_OK, signet_receipt_sign(keypair, TEXT(ACTION), TEXT("bot"), NULL, 0, &say,
                                              &hidden, NULL));
  size_t len, other_len;
  const uint8_t *params = signet_receipt_params(hidden, &len);
  CHECK(same(params, len, "null"));
  const uint8_t *hash = signet_receipt_text(hidden, SIGNET_FIELD_PARAMS_HASH, &len);
  const uint8_t *other = signet_receipt_text(shown, SIGNET_FIELD_PARAMS_HASH, &other_len);
  CHECK(len == other_len && memcmp(hash, other, len) == 0);
  CHECK_STATUS(SIGNET_OK, signet_receipt_verify(hidden, trusted, 1, NULL, NULL));
  signet_receipt_free(shown), signet_receipt_free(hidden);
  signet_keypair_free(keypair), signet_public_key_free(key);
}

static void no_digit_of_a_number_is_lost(void) {
  signet_keypair *keypair = rfc_keypair();
  signet_public_key *key = rfc_key();
  const signet_public_key *trusted[] = {key};
  const char *params = "{\"id\":1234567890123456789012345678901,\"z\":0.1}";
  char action[200];
  snprintf(action, sizeof action, "{\"tool\":\"t\",\"params\":%s}", params);
  signet_receipt *receipt = fixed_receipt(keypair, action), *read = NULL;
  size_t len;
  const uint8_t *json = signet_receipt_json(receipt, &len);
  CHECK(contains(json, len, "{\"$exact\":\""));
  CHECK_STATUS(SIGNET_OK, signet_receipt_parse(json, len, NULL, &read, NULL));
  CHECK_STATUS(SIGNET_OK, signet_receipt_verify(read, trusted, 1, NULL, NULL));
  const uint8_t *text = signet_receipt_params(read, &len);
  CHECK(same(text, len, params));
  signet_receipt_free(read), signet_receipt_free(receipt);
  signet_keypair_free(keypair), signet_public_key_free(key);
}

static void a_forensic_reading_takes_unknown_members(void) {
  signet_keypair *keypair = rfc_keypair();
  signet_public_key *key = rfc_key();
  const signet_public_key *trusted[] = {key};
  signet_receipt *receipt = fixed_receipt(keypair, ACTION), *read = NULL;
  signet_error *error = NULL;
  size_t len;
  const uint8_t *json = signet_receipt_json(receipt, &len);
  char *more = malloc(len + 20);
  snprintf(more, len + 20, "%.*s,\"zzz\":1}", (int)len - 1, (const char *)json);
  CHECK_ERROR(SIGNET_ERR_UNKNOWN_MEMBER, "zzz",
              signet_receipt_parse(TEXT(more), NULL, &read, &error), error);
  CHECK(read == NULL);
  signet_parse_options lax = SIGNET_PARSE_OPTIONS_INIT;
  lax.flags = SIGNET_PARSE_FORENSIC;
  CHECK_STATUS(SIGNET_OK, signet_receipt_parse(TEXT(more), &lax, &read, NULL));
  CHECK_STATUS(SIGNET_OK, signet_receipt_verify(read, trusted, 1, NULL, NULL));
  free(more);
  signet_receipt_free(read), signet_receipt_free(receipt);
  signet_keypair_free(keypair), signet_public_key_free(key);
}

static void an_mcp_request_becomes_an_action(void) {
  signet_buffer *action = NULL;
  const char *request =
      "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"tools/call\",\"params\":"
      "{\"name\":\"rm\",\"arguments\":{ \"n\": 9007199254740993 }}}";
  CHECK_STATUS(SIGNET_OK, signet_action_from_tools_call(TEXT(request), TEXT("mcp://files"),
                                                        TEXT("stdio"), NULL, &action, NULL));
  size_t len;
  const uint8_t *text = signet_buffer_data(action, &len);
  CHECK(same(text, len,
             "{\"call_id\":\"n:7\",\"params\":{ \"n\": 9007199254740993 },"
             "\"target\":\"mcp://files\",\"tool\":\"rm\",\"transport\":\"stdio\"}"));
  signet_buffer_free(action);
}

int main(void) {
  RUN(every_field_is_readable);
  RUN(a_receipt_travels_as_its_own_text);
  RUN(verification_asks_for_a_trusted_key);
  RUN(every_flipped_bit_is_refused);
  RUN(a_receipt_expires);
  RUN(params_may_stay_undisclosed);
  RUN(no_digit_of_a_number_is_lost);
  RUN(a_forensic_reading_takes_unknown_members);
  RUN(an_mcp_request_becomes_an_action);
  return check_report();
}
