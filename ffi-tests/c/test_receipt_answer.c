/* Receipts that speak of a response: versions 2 and 3. */
#include "check.h"

#define ACTION                                                                  \
  "{\"tool\":\"pay\",\"params\":{\"amount\":10},\"target\":\"mcp://bank\","     \
  "\"session\":\"s1\",\"call_id\":\"c1\"}"
#define ANSWER "{\"content\":[{\"text\":\"paid 10\",\"type\":\"text\"}]}"

static signet_keypair *agent, *server;
static signet_public_key *agent_key, *server_key;

static signet_receipt *co_signed_at(int64_t at, const signet_receipt *agent_receipt,
                                    const char *outcome) {
  signet_receipt *receipt = NULL;
  signet_co_sign_options say = SIGNET_CO_SIGN_OPTIONS_INIT;
  say.flags = SIGNET_SIGN_AT | SIGNET_SIGN_FIXED_NONCE, say.now_unix_ms = at;
  CHECK_STATUS(SIGNET_OK, signet_receipt_co_sign(server, agent_receipt, TEXT(ANSWER),
                                                 (const uint8_t *)outcome, outcome ? strlen(outcome) : 0,
                                                 TEXT("bank"), &say, &receipt, NULL));
  return receipt;
}

/* What a caller of today would ask, at the time of the receipts. */
static signet_verify_options asked(const signet_public_key *const *servers) {
  signet_verify_options judge = SIGNET_VERIFY_OPTIONS_INIT;
  judge.flags = SIGNET_VERIFY_AT, judge.now_unix_ms = NOW + 2000;
  judge.servers = servers, judge.servers_len = 1;
  return judge;
}

static int has_text(const signet_receipt *receipt, int32_t field, const char *expected) {
  size_t len;
  const uint8_t *text = signet_receipt_text(receipt, field, &len);
  return expected ? same(text, len, expected) : text == NULL && len == 0;
}

static int has_value(const signet_receipt *receipt, int32_t field, const char *expected) {
  size_t len;
  const uint8_t *text = signet_receipt_value(receipt, field, &len);
  return expected ? same(text, len, expected) : text == NULL && len == 0;
}

static signet_status sign_compound(const char *response, const char *outcome, const char *requested,
                                   const char *responded, const signet_sign_options *options,
                                   signet_receipt **receipt_out, signet_error **error_out) {
  return signet_receipt_sign_compound(agent, TEXT(ACTION), TEXT(response), (const uint8_t *)outcome,
                                      outcome ? strlen(outcome) : 0, TEXT(requested),
                                      TEXT(responded), TEXT("bot"), TEXT("ops"), options,
                                      receipt_out, error_out);
}

#define ASKED "2026-01-01T00:00:00.000Z"
#define ANSWERED "2026-01-01T00:00:01.500Z"

static void an_agent_signs_a_call_and_its_response(void) {
  const signet_public_key *trusted[] = {agent_key};
  signet_receipt *receipt = NULL, *read = NULL;
  signet_error *error = NULL;
  CHECK_STATUS(SIGNET_OK, sign_compound(ANSWER, NULL, ASKED, ANSWERED, NULL, &receipt, NULL));
  CHECK(signet_receipt_version(receipt) == 2);
  size_t len;
  const uint8_t *json = signet_receipt_json(receipt, &len);
  CHECK_STATUS(SIGNET_OK, signet_receipt_parse(json, len, NULL, &read, NULL));
  signet_receipt_free(receipt);
  signet_verify_options judge = SIGNET_VERIFY_OPTIONS_INIT;
  CHECK_STATUS(SIGNET_OK, signet_receipt_verify(read, trusted, 1, NULL, NULL));
  judge.response = (const uint8_t *)ANSWER, judge.response_len = strlen(ANSWER);
  CHECK_STATUS(SIGNET_OK, signet_receipt_verify(read, trusted, 1, &judge, NULL));
  judge.response_len--;
  CHECK_ERROR(SIGNET_ERR_JSON_SYNTAX, "response",
              signet_receipt_verify(read, trusted, 1, &judge, &error), error);
  judge.response = (const uint8_t *)"{}", judge.response_len = 2;
  CHECK_ERROR(SIGNET_ERR_CONTENT_HASH_MISMATCH, "response",
              signet_receipt_verify(read, trusted, 1, &judge, &error), error);

  uint8_t hash[SIGNET_HASH_TEXT_LEN];
  CHECK_STATUS(SIGNET_OK, signet_content_hash(TEXT(ANSWER), SIGNET_CONTENT_JSON, NULL, hash, NULL));
  const uint8_t *stated = signet_receipt_text(read, SIGNET_FIELD_CONTENT_HASH, &len);
  CHECK(len == sizeof hash && memcmp(stated, hash, len) == 0);
  CHECK(has_text(read, SIGNET_FIELD_TIME, ASKED));
  CHECK(has_text(read, SIGNET_FIELD_RESPONSE_TIME, ANSWERED));
  CHECK(has_text(read, SIGNET_FIELD_OUTCOME_STATUS, NULL));
  CHECK(has_text(read, SIGNET_FIELD_SERVER_NAME, NULL));
  int64_t unix_ms = 0;
  CHECK_STATUS(SIGNET_OK, signet_receipt_response_time(read, &unix_ms, NULL));
  CHECK(unix_ms == NOW + 1500);
  uint8_t key[32];
  CHECK_ERROR(SIGNET_ERR_RECEIPT_VERSION, "version 3", signet_receipt_server_key(read, key, &error),
              error);
  signet_receipt *inside = NULL;
  CHECK_ERROR(SIGNET_ERR_RECEIPT_VERSION, "version 3",
              signet_receipt_agent_receipt(read, &inside, &error), error);
  CHECK(inside == NULL);
  signet_receipt_free(read);

  CHECK_STATUS(SIGNET_OK, sign_compound("null", "{\"status\":\"failed\",\"error\":\"no\\nway\"}", ASKED,
                                        ANSWERED, NULL, &receipt, NULL));
  CHECK(has_text(receipt, SIGNET_FIELD_OUTCOME_STATUS, "failed"));
  CHECK(has_text(receipt, SIGNET_FIELD_OUTCOME_ERROR, "no\nway"));
  CHECK(has_value(receipt, SIGNET_FIELD_OUTCOME_ERROR, "\"no\\nway\""));
  CHECK_STATUS(SIGNET_OK, signet_receipt_verify(receipt, trusted, 1, NULL, NULL));
  signet_receipt_free(receipt);
}

static void what_cannot_have_happened_is_not_signed(void) {
  signet_receipt *receipt = NULL;
  signet_error *error = NULL;
  CHECK_ERROR(SIGNET_ERR_TIME_OUT_OF_WINDOW, "response",
              sign_compound(ANSWER, NULL, ANSWERED, ASKED, NULL, &receipt, &error), error);
  CHECK_ERROR(SIGNET_ERR_TIMESTAMP_INVALID, "request",
              sign_compound(ANSWER, NULL, "", ANSWERED, NULL, &receipt, &error), error);
  CHECK_ERROR(SIGNET_ERR_JSON_SYNTAX, "response",
              sign_compound("{", NULL, ASKED, ANSWERED, NULL, &receipt, &error), error);
  CHECK_ERROR(SIGNET_ERR_JSON_SYNTAX, "outcome",
              sign_compound("1", "", ASKED, ANSWERED, NULL, &receipt, &error), error);
  CHECK_ERROR(SIGNET_ERR_RECEIPT_INVALID, "status",
              sign_compound("1", "{\"status\":\"done\"}", ASKED, ANSWERED, NULL, &receipt, &error), error);
  CHECK_ERROR(SIGNET_ERR_UNKNOWN_MEMBER, "why",
              sign_compound("1", "{\"status\":\"failed\",\"why\":\"\"}", ASKED, ANSWERED, NULL, &receipt,
                            &error), error);
  signet_sign_options say = SIGNET_SIGN_OPTIONS_INIT;
  say.flags = SIGNET_SIGN_AT;
  CHECK_ERROR(SIGNET_ERR_UNSUPPORTED, "flags",
              sign_compound("1", NULL, ASKED, ANSWERED, &say, &receipt, &error), error);
  say.flags = 0, say.expires_at = (const uint8_t *)ANSWERED, say.expires_at_len = strlen(ANSWERED);
  CHECK_ERROR(SIGNET_ERR_UNSUPPORTED, "expire",
              sign_compound("1", NULL, ASKED, ANSWERED, &say, &receipt, &error), error);
  CHECK(receipt == NULL);
}

static void a_server_co_signs(void) {
  const signet_public_key *agents[] = {agent_key}, *servers[] = {server_key};
  signet_receipt *agent_receipt = fixed_receipt(agent, ACTION), *read = NULL, *inside = NULL;
  signet_receipt *receipt =
      co_signed_at(NOW + 1000, agent_receipt, "{\"status\":\"rejected\",\"reason\":\"too much\"}");
  signet_receipt_free(agent_receipt);
  size_t len, inside_len;
  const uint8_t *json = signet_receipt_json(receipt, &len);
  CHECK_STATUS(SIGNET_OK, signet_receipt_parse(json, len, NULL, &read, NULL));
  signet_receipt_free(receipt);
  CHECK(signet_receipt_version(read) == 3);
  signet_verify_options judge = asked(servers);
  judge.session = (const uint8_t *)"s1", judge.session_len = 2;
  judge.call_id = (const uint8_t *)"c1", judge.call_id_len = 2;
  judge.response = (const uint8_t *)ANSWER, judge.response_len = strlen(ANSWER);
  judge.max_age_seconds = 10;
  CHECK_STATUS(SIGNET_OK, signet_receipt_verify(read, agents, 1, &judge, NULL));

  CHECK(has_text(read, SIGNET_FIELD_TOOL, "pay"));
  CHECK(has_text(read, SIGNET_FIELD_SIGNER_NAME, "bot"));
  CHECK(has_text(read, SIGNET_FIELD_SERVER_NAME, "bank"));
  CHECK(has_text(read, SIGNET_FIELD_OUTCOME_STATUS, "rejected"));
  CHECK(has_text(read, SIGNET_FIELD_OUTCOME_REASON, "too much"));
  CHECK(has_text(read, SIGNET_FIELD_RESPONSE_TIME, "2026-01-01T00:00:01.000Z"));
  CHECK(has_text(read, SIGNET_FIELD_AGENT_RECEIPT, NULL));
  CHECK(has_value(read, SIGNET_FIELD_PARAMS, "{\"amount\":10}"));
  CHECK(has_value(read, SIGNET_FIELD_UNSIGNED_EXTENSIONS, NULL));
  uint8_t key[32], expected[32];
  CHECK_STATUS(SIGNET_OK, signet_receipt_server_key(read, key, NULL));
  CHECK_STATUS(SIGNET_OK, signet_public_key_bytes(server_key, expected, NULL));
  CHECK(memcmp(key, expected, 32) == 0);

  CHECK_STATUS(SIGNET_OK, signet_receipt_agent_receipt(read, &inside, NULL));
  const uint8_t *value = signet_receipt_value(read, SIGNET_FIELD_AGENT_RECEIPT, &len);
  json = signet_receipt_json(inside, &inside_len);
  CHECK(len == inside_len && memcmp(value, json, len) == 0);
  CHECK(signet_receipt_version(inside) == 1);
  signet_receipt_free(read);
  CHECK_STATUS(SIGNET_OK, signet_receipt_verify(inside, agents, 1, NULL, NULL));
  signet_receipt_free(inside);
}

static void each_expectation_is_held(void) {
  const signet_public_key *agents[] = {agent_key}, *servers[] = {server_key};
  signet_receipt *agent_receipt = fixed_receipt(agent, ACTION);
  signet_receipt *receipt = co_signed_at(NOW + 301000, agent_receipt, NULL);
  signet_error *error = NULL;
  signet_verify_options judge = asked(servers);
  judge.now_unix_ms = NOW + 302000;
  CHECK_ERROR(SIGNET_ERR_TIME_OUT_OF_WINDOW, "ts_response",
              signet_receipt_verify(receipt, agents, 1, &judge, &error), error);
  judge.window_seconds = 301;
  CHECK_STATUS(SIGNET_OK, signet_receipt_verify(receipt, agents, 1, &judge, NULL));
  judge.window_seconds = SIGNET_ANY_WINDOW;
  CHECK_STATUS(SIGNET_OK, signet_receipt_verify(receipt, agents, 1, &judge, NULL));

  /* Of age counts the response, a second old here. */
  judge.max_age_seconds = 1, judge.flags |= SIGNET_VERIFY_NO_SKEW;
  CHECK_STATUS(SIGNET_OK, signet_receipt_verify(receipt, agents, 1, &judge, NULL));
  judge.now_unix_ms++;
  CHECK_ERROR(SIGNET_ERR_TIME_OUT_OF_WINDOW, "older",
              signet_receipt_verify(receipt, agents, 1, &judge, &error), error);
  judge.flags &= ~(uint32_t)SIGNET_VERIFY_NO_SKEW;
  CHECK_STATUS(SIGNET_OK, signet_receipt_verify(receipt, agents, 1, &judge, NULL));
  judge.skew_seconds = 1, judge.now_unix_ms = NOW + 299999;
  CHECK_ERROR(SIGNET_ERR_TIME_OUT_OF_WINDOW, "after",
              signet_receipt_verify(receipt, agents, 1, &judge, &error), error);
  judge.max_age_seconds = 0;
  CHECK_STATUS(SIGNET_OK, signet_receipt_verify(receipt, agents, 1, &judge, NULL));

  judge.session = (const uint8_t *)"s2", judge.session_len = 2;
  CHECK_ERROR(SIGNET_ERR_BINDING_MISMATCH, "session",
              signet_receipt_verify(receipt, agents, 1, &judge, &error), error);
  /* Also of an agent's own receipt. */
  CHECK_ERROR(SIGNET_ERR_BINDING_MISMATCH, "session",
              signet_receipt_verify(agent_receipt, agents, 1, &judge, &error), error);
  judge.session = NULL, judge.session_len = 0;
  judge.call_id = (const uint8_t *)"", judge.call_id_len = 0;
  CHECK_ERROR(SIGNET_ERR_BINDING_MISMATCH, "call_id",
              signet_receipt_verify(receipt, agents, 1, &judge, &error), error);
  judge.call_id = NULL;
  judge.response = (const uint8_t *)"1", judge.response_len = 1;
  CHECK_ERROR(SIGNET_ERR_CONTENT_HASH_MISMATCH, "response",
              signet_receipt_verify(receipt, agents, 1, &judge, &error), error);
  CHECK_ERROR(SIGNET_ERR_RECEIPT_VERSION, "response",
              signet_receipt_verify(agent_receipt, agents, 1, &judge, &error), error);
  CHECK_ERROR(SIGNET_ERR_CONTENT_HASH_MISMATCH, "response",
              signet_receipt_check_response(receipt, TEXT("[1]"), NULL, &error), error);
  CHECK_STATUS(SIGNET_OK, signet_receipt_check_response(receipt, TEXT(" " ANSWER), NULL, NULL));
  CHECK_ERROR(SIGNET_ERR_RECEIPT_VERSION, "response",
              signet_receipt_check_response(agent_receipt, TEXT(ANSWER), NULL, &error), error);
  signet_receipt_free(agent_receipt), signet_receipt_free(receipt);
}

static void server_and_agent_must_both_be_trusted(void) {
  signet_keypair *other = keypair_of(77);
  signet_public_key *stranger = key_of(other);
  const signet_public_key *agents[] = {agent_key}, *servers[] = {server_key},
                          *strangers[] = {stranger, stranger};
  signet_receipt *agent_receipt = fixed_receipt(agent, ACTION);
  signet_receipt *receipt = co_signed_at(NOW + 1000, agent_receipt, NULL);
  signet_error *error = NULL;
  signet_buffer *signers = NULL;
  signet_verify_options judge = asked(servers);
  CHECK_STATUS(SIGNET_OK, signet_receipt_verify_signers(receipt, agents, 1, &judge, &signers, NULL));
  CHECK(taken_contains(signers, "\"agent_trusted\":true,\"server\":\"ed25519:"));
  CHECK_ERROR(SIGNET_ERR_SIGNER_UNTRUSTED, "server",
              signet_receipt_verify(receipt, agents, 1, NULL, &error), error);
  CHECK_ERROR(SIGNET_ERR_SIGNER_UNTRUSTED, "agent_receipt",
              signet_receipt_verify(receipt, NULL, 0, &judge, &error), error);
  CHECK_ERROR(SIGNET_ERR_SIGNER_UNTRUSTED, "agent_receipt",
              signet_receipt_verify(receipt, strangers, 2, &judge, &error), error);
  CHECK_ERROR(SIGNET_ERR_KEY_MISMATCH, "agent_receipt",
              signet_receipt_verify_signers(receipt, strangers, 1, &judge, &signers, &error), error);
  CHECK(signers == NULL);
  /* A server that is trusted may speak for agents that are not, if asked. */
  judge.flags |= SIGNET_VERIFY_ANY_AGENT;
  CHECK_STATUS(SIGNET_OK, signet_receipt_verify_signers(receipt, strangers, 1, &judge, &signers, NULL));
  CHECK(taken_contains(signers, "\"agent_trusted\":false"));
  CHECK_STATUS(SIGNET_OK, signet_receipt_verify_signers(receipt, agents, 1, &judge, &signers, NULL));
  CHECK(taken_contains(signers, "\"agent_trusted\":true"));
  /* That says nothing about receipts that no server has signed. */
  CHECK_ERROR(SIGNET_ERR_KEY_MISMATCH, "signer",
              signet_receipt_verify(agent_receipt, strangers, 1, &judge, &error), error);
  judge.servers = strangers;
  CHECK_ERROR(SIGNET_ERR_KEY_MISMATCH, "server",
              signet_receipt_verify(receipt, agents, 1, &judge, &error), error);
  signet_receipt_free(agent_receipt), signet_receipt_free(receipt);
  signet_keypair_free(other), signet_public_key_free(stranger);
}

static void what_no_verifier_would_take_is_not_co_signed(void) {
  signet_receipt *agent_receipt = fixed_receipt(agent, ACTION), *receipt = NULL, *forged = NULL;
  signet_receipt *co_signed = co_signed_at(NOW + 1000, agent_receipt, NULL);
  signet_error *error = NULL;
  CHECK_ERROR(SIGNET_ERR_SAME_SIGNER, "same key",
              signet_receipt_co_sign(agent, agent_receipt, TEXT("1"), NULL, 0, TEXT("s"), NULL,
                                     &receipt, &error), error);
  CHECK_ERROR(SIGNET_ERR_RECEIPT_VERSION, "version 1 and 4",
              signet_receipt_co_sign(server, co_signed, TEXT("1"), NULL, 0, TEXT("s"), NULL,
                                     &receipt, &error), error);
  signet_co_sign_options say = SIGNET_CO_SIGN_OPTIONS_INIT;
  say.flags = SIGNET_SIGN_AT, say.now_unix_ms = NOW - 1;
  CHECK_ERROR(SIGNET_ERR_TIME_OUT_OF_WINDOW, "before",
              signet_receipt_co_sign(server, agent_receipt, TEXT("1"), NULL, 0, TEXT("s"), &say,
                                     &receipt, &error), error);
  say.flags = 0, say.max_len = 1;
  CHECK_ERROR(SIGNET_ERR_TOO_LARGE, "response",
              signet_receipt_co_sign(server, agent_receipt, TEXT("11"), NULL, 0, TEXT("s"), &say,
                                     &receipt, &error), error);
  say.max_len = 0, say.unsigned_extensions = (const uint8_t *)"{", say.unsigned_extensions_len = 1;
  CHECK_ERROR(SIGNET_ERR_JSON_SYNTAX, "extensions",
              signet_receipt_co_sign(server, agent_receipt, TEXT("1"), NULL, 0, TEXT("s"), &say,
                                     &receipt, &error), error);
  size_t len;
  const uint8_t *json = signet_receipt_json(agent_receipt, &len);
  char *changed = replaced(json, len, "\"amount\":10", "\"amount\":99");
  CHECK_STATUS(SIGNET_OK, signet_receipt_parse(TEXT(changed), NULL, &forged, NULL));
  CHECK_ERROR(SIGNET_ERR_SIGNATURE_INVALID, "agent receipt",
              signet_receipt_co_sign(server, forged, TEXT("1"), NULL, 0, TEXT("s"), NULL, &receipt,
                                     &error), error);
  signet_receipt_free(forged);
  signet_parse_options lax = SIGNET_PARSE_OPTIONS_INIT;
  lax.flags = SIGNET_PARSE_FORENSIC;
  CHECK_STATUS(SIGNET_OK, signet_receipt_parse(json, len, &lax, &forged, NULL));
  CHECK_ERROR(SIGNET_ERR_INVALID_ARGUMENT, "forensically",
              signet_receipt_co_sign(server, forged, TEXT("1"), NULL, 0, TEXT("s"), NULL, &receipt,
                                     &error), error);
  CHECK(receipt == NULL);
  free(changed);
  signet_receipt_free(forged), signet_receipt_free(agent_receipt), signet_receipt_free(co_signed);
}

static void extensions_are_under_no_signature(void) {
  const signet_public_key *agents[] = {agent_key}, *servers[] = {server_key};
  signet_receipt *agent_receipt = fixed_receipt(agent, ACTION), *receipt = NULL, *changed = NULL;
  signet_co_sign_options say = SIGNET_CO_SIGN_OPTIONS_INIT;
  say.unsigned_extensions = (const uint8_t *)"{\"b\":1, \"a\":\"x\"}", say.unsigned_extensions_len = 16;
  CHECK_STATUS(SIGNET_OK, signet_receipt_co_sign(server, agent_receipt, TEXT(ANSWER), NULL, 0,
                                                 TEXT("bank"), &say, &receipt, NULL));
  CHECK(has_value(receipt, SIGNET_FIELD_UNSIGNED_EXTENSIONS, "{\"a\":\"x\",\"b\":1}"));
  CHECK(has_text(receipt, SIGNET_FIELD_UNSIGNED_EXTENSIONS, NULL));
  size_t len;
  const uint8_t *json = signet_receipt_json(receipt, &len);
  char *other = replaced(json, len, "\"a\":\"x\"", "\"a\":\"y\"");
  CHECK_STATUS(SIGNET_OK, signet_receipt_parse(TEXT(other), NULL, &changed, NULL));
  signet_verify_options judge = SIGNET_VERIFY_OPTIONS_INIT;
  judge.servers = servers, judge.servers_len = 1, judge.window_seconds = SIGNET_ANY_WINDOW;
  CHECK_STATUS(SIGNET_OK, signet_receipt_verify(changed, agents, 1, &judge, NULL));
  free(other);
  signet_receipt_free(agent_receipt), signet_receipt_free(receipt), signet_receipt_free(changed);
}

/* Whatever single bit changes, a co-signed receipt is refused. */
static void every_flipped_bit_is_refused(void) {
  const signet_public_key *agents[] = {agent_key}, *servers[] = {server_key};
  signet_receipt *agent_receipt = fixed_receipt(agent, "{\"tool\":\"t\"}");
  signet_receipt *receipt = co_signed_at(NOW + 1000, agent_receipt, "{\"status\":\"executed\"}");
  signet_verify_options judge = asked(servers);
  size_t len, refused = 0;
  const uint8_t *json = signet_receipt_json(receipt, &len);
  uint8_t *forged = malloc(len);
  for (size_t at = 0; at < len; at++) {
    signet_receipt *read = NULL;
    memcpy(forged, json, len);
    forged[at] ^= (uint8_t)(1u << at % 7);
    signet_status status = signet_receipt_parse(forged, len, NULL, &read, NULL);
    if (status == SIGNET_OK) status = signet_receipt_verify(read, agents, 1, &judge, NULL);
    if (status != SIGNET_OK) refused++;
    else fprintf(stderr, "accepted: %.*s\n", (int)len, (const char *)forged);
    signet_receipt_free(read);
  }
  CHECK(refused == len);
  free(forged);
  signet_receipt_free(agent_receipt), signet_receipt_free(receipt);
}

static void a_content_is_hashed_as_receipts_hash_it(void) {
  uint8_t hash[SIGNET_HASH_TEXT_LEN], other[SIGNET_HASH_TEXT_LEN];
  signet_error *error = NULL;
  CHECK(signet_hash_text_len() == sizeof hash);
  CHECK_STATUS(SIGNET_OK, signet_content_hash(TEXT("{}"), SIGNET_CONTENT_JSON, NULL, hash, NULL));
  CHECK(same(hash, sizeof hash,
             "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"));
  CHECK_STATUS(SIGNET_OK, signet_content_hash(TEXT("a\"b"), SIGNET_CONTENT_TEXT, NULL, hash, NULL));
  CHECK_STATUS(SIGNET_OK,
               signet_content_hash(TEXT(" \"a\\u0022b\""), SIGNET_CONTENT_JSON, NULL, other, NULL));
  CHECK(memcmp(hash, other, sizeof hash) == 0);
  memset(hash, 0x5a, sizeof hash);
  CHECK_ERROR(SIGNET_ERR_JSON_SYNTAX, "JSON",
              signet_content_hash(TEXT("a"), SIGNET_CONTENT_JSON, NULL, hash, &error), error);
  CHECK_ERROR(SIGNET_ERR_INVALID_ARGUMENT, "content",
              signet_content_hash(TEXT("\xff"), SIGNET_CONTENT_TEXT, NULL, hash, &error), error);
  CHECK_ERROR(SIGNET_ERR_INVALID_ARGUMENT, "kind",
              signet_content_hash(TEXT("1"), 2, NULL, hash, &error), error);
  CHECK(hash[0] == 0x5a && hash[70] == 0x5a);
}

int main(void) {
  agent = keypair_of(7), server = keypair_of(9);
  agent_key = key_of(agent), server_key = key_of(server);
  RUN(an_agent_signs_a_call_and_its_response);
  RUN(what_cannot_have_happened_is_not_signed);
  RUN(a_server_co_signs);
  RUN(each_expectation_is_held);
  RUN(server_and_agent_must_both_be_trusted);
  RUN(what_no_verifier_would_take_is_not_co_signed);
  RUN(extensions_are_under_no_signature);
  RUN(every_flipped_bit_is_refused);
  RUN(a_content_is_hashed_as_receipts_hash_it);
  signet_keypair_free(agent), signet_keypair_free(server);
  signet_public_key_free(agent_key), signet_public_key_free(server_key);
  return check_report();
}
