/* Policies: reading, deciding, signing under one, and what is left of a call that
   was not allowed. */
#include "check.h"

#include <unistd.h>

#define YAML                                                            \
  "version: 1\n"                                                        \
  "name: files   # a comment\n"                                         \
  "default_action: deny\n"                                              \
  "rules:\n"                                                            \
  "  - {id: read, match: {tool: read}, action: allow, reason: fine}\n"  \
  "  - id: big\n"                                                       \
  "    match: {tool: pay, params: {amount: {gt: 100}}}\n"               \
  "    action: require_approval\n"                                      \
  "    reason: |\n"                                                     \
  "      more than\n"                                                   \
  "      a hundred\n"                                                   \
  "  - {id: pay, match: {tool: pay}, action: allow}\n"                  \
  "  - id: twice\n"                                                     \
  "    match: {tool: mail}\n"                                           \
  "    action: allow\n"                                                 \
  "    rate_limit: {max_calls: 2, window_seconds: 60}\n"

#define JSON                                                                                   \
  "{\"version\":1,\"name\":\"files\",\"default_action\":\"deny\",\"rules\":["                  \
  "{\"id\":\"read\",\"match\":{\"tool\":\"read\"},\"action\":\"allow\",\"reason\":\"fine\"},"  \
  "{\"id\":\"big\",\"match\":{\"tool\":\"pay\",\"params\":{\"amount\":{\"gt\":100}}},"         \
  "\"action\":\"require_approval\",\"reason\":\"more than\\na hundred\\n\"},"                  \
  "{\"id\":\"pay\",\"match\":{\"tool\":\"pay\"},\"action\":\"allow\"},"                        \
  "{\"id\":\"twice\",\"match\":{\"tool\":\"mail\"},\"action\":\"allow\","                      \
  "\"rate_limit\":{\"max_calls\":2,\"window_seconds\":60}}]}"

static signet_policy *parsed(const char *text, const signet_policy *previous) {
  signet_policy *policy = NULL;
  CHECK_STATUS(SIGNET_OK, signet_policy_parse(TEXT(text), SIGNET_FORMAT_ANY, previous, &policy, NULL));
  return policy;
}

static int32_t verdict_at(const signet_policy *policy, const char *action, int64_t at, uint32_t flags) {
  signet_decision *decision = NULL;
  CHECK_STATUS(SIGNET_OK, signet_policy_evaluate(policy, TEXT(action), TEXT("bot"), at, flags,
                                                 &decision, NULL));
  int32_t verdict = signet_decision_verdict(decision);
  signet_decision_free(decision);
  return verdict;
}

static void yaml_and_json_are_one_policy(void) {
  signet_policy *yaml = parsed(YAML, NULL), *json = parsed(JSON, NULL), *again = NULL;
  size_t len, other_len;
  const uint8_t *hash = signet_policy_hash(yaml, &len);
  const uint8_t *other = signet_policy_hash(json, &other_len);
  CHECK(len == 71 && len == other_len && memcmp(hash, other, len) == 0);
  const uint8_t *form = signet_policy_json(yaml, &len);
  CHECK(contains(form, len, "\"default_action\":\"deny\",\"description\":\"\",\"name\":\"files\""));
  uint8_t text[SIGNET_HASH_TEXT_LEN];
  CHECK_STATUS(SIGNET_OK, signet_content_hash(form, len, SIGNET_CONTENT_JSON, NULL, text, NULL));
  CHECK(memcmp(hash, text, sizeof text) == 0);
  CHECK_STATUS(SIGNET_OK, signet_policy_parse(form, len, SIGNET_FORMAT_JSON, NULL, &again, NULL));
  signet_policy_free(yaml), signet_policy_free(json), signet_policy_free(again);
}

static void a_mistake_is_pointed_at(void) {
  static const struct {
    const char *text;
    int32_t format;
    uint32_t line, column;
    const char *says;
  } rows[] = {
      {"version: 1\nrules:\n  - {id: a, match: {tols: rm}, action: deny}\n", SIGNET_FORMAT_YAML, 3, 21,
       "tols"},
      {"version: 1\nrules:\n  - id: a\n    match: {}\n    action: dney\n", SIGNET_FORMAT_ANY, 5, 13,
       "allow"},
      {"{\"version\":1,\n \"rules\":[], \"rules\":[]}", SIGNET_FORMAT_JSON, 2, 14, "rules"},
      {"version: 2\nrules: []\n", SIGNET_FORMAT_ANY, 1, 10, "version"},
      {"version: 1\nrules: [\n", SIGNET_FORMAT_ANY, 3, 1, "policy"},
  };
  for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
    signet_policy *policy = NULL;
    signet_error *error = NULL;
    signet_status status =
        signet_policy_parse(TEXT(rows[row].text), rows[row].format, NULL, &policy, &error);
    if (signet_error_line(error) != rows[row].line || signet_error_column(error) != rows[row].column) {
      failures++;
      fprintf(stderr, "row %d: line %d column %d\n", (int)row, (int)signet_error_line(error),
              (int)signet_error_column(error));
    }
    CHECK_ERROR(SIGNET_ERR_POLICY_INVALID, rows[row].says, status, error);
    CHECK(policy == NULL);
  }
  signet_policy *policy = NULL;
  signet_error *error = NULL;
  CHECK_ERROR(SIGNET_ERR_INVALID_ARGUMENT, "format",
              signet_policy_parse(TEXT(JSON), 3, NULL, &policy, &error), error);
  CHECK_ERROR(SIGNET_ERR_POLICY_INVALID, "policy",
              signet_policy_parse(TEXT(YAML), SIGNET_FORMAT_JSON, NULL, &policy, &error), error);
  size_t much = (4u << 20) + 1;
  char *long_text = malloc(much);
  memset(long_text, ' ', much);
  CHECK_ERROR(SIGNET_ERR_TOO_LARGE, "policy",
              signet_policy_parse((const uint8_t *)long_text, much, SIGNET_FORMAT_ANY, NULL, &policy,
                                  &error), error);
  free(long_text);
  /* Errors that are about no document have no line. */
  CHECK(signet_error_line(NULL) == 0 && signet_error_column(NULL) == 0);
  signet_decision *decision = NULL;
  policy = parsed(JSON, NULL);
  CHECK_STATUS(SIGNET_ERR_JSON_SYNTAX, signet_policy_evaluate(policy, TEXT("{"), TEXT("bot"), SIGNET_NOW,
                                                              0, &decision, &error));
  CHECK(signet_error_line(error) == 0 && signet_error_column(error) == 0);
  signet_error_free(error), signet_policy_free(policy);
}

static void a_decision_says_what_and_why(void) {
  signet_policy *policy = parsed(YAML, NULL);
  signet_decision *decision = NULL;
  signet_error *error = NULL;
  size_t len;
  CHECK_STATUS(SIGNET_OK, signet_policy_evaluate(policy, TEXT("{\"tool\":\"read\"}"), TEXT("bot"), NOW, 0,
                                                 &decision, NULL));
  signet_policy_free(policy);
  CHECK(signet_decision_verdict(decision) == SIGNET_VERDICT_ALLOW);
  CHECK_STATUS(SIGNET_OK, signet_decision_require_allowed(decision, &error));
  const uint8_t *json = signet_decision_json(decision, &len);
  CHECK(contains(json, len, "{\"decision\":\"allow\",\"matched_rules\":[\"read\"],\"obligations\":[],"));
  CHECK(contains(json, len, "\"reason\":\"fine\",\"winning_rule\":\"read\"}"));
  const uint8_t *reason = signet_decision_reason(decision, &len);
  CHECK(same(reason, len, "fine"));
  const uint8_t *attestation = signet_decision_attestation(decision, &len);
  CHECK(contains(attestation, len, "\"decision\":\"allow\""));
  CHECK(signet_decision_violation(decision, &len) == NULL && len == 0);
  signet_decision_free(decision);

  policy = parsed(YAML, NULL);
  CHECK_STATUS(SIGNET_OK,
               signet_policy_evaluate(policy, TEXT("{\"tool\":\"pay\",\"params\":{\"amount\":101}}"),
                                      TEXT("bot"), NOW, 0, &decision, NULL));
  CHECK(signet_decision_verdict(decision) == SIGNET_VERDICT_REQUIRE_APPROVAL);
  CHECK_ERROR(SIGNET_ERR_APPROVAL_REQUIRED, "more than a hundred",
              signet_decision_require_allowed(decision, &error), error);
  CHECK(signet_decision_attestation(decision, &len) == NULL && len == 0);
  const uint8_t *violation = signet_decision_violation(decision, &len);
  CHECK(contains(violation, len, "\"ts\":\"2026-01-01T00:00:00.000Z\",\"type\":\"policy_violation\"}"));
  CHECK(contains(violation, len, "\"decision\":\"require_approval\""));
  signet_decision_free(decision);

  CHECK(verdict_at(policy, "{\"tool\":\"pay\",\"params\":{\"amount\":100}}", NOW, 0) ==
        SIGNET_VERDICT_ALLOW);
  CHECK(verdict_at(policy, "{\"tool\":\"rm\"}", SIGNET_NOW, 0) == SIGNET_VERDICT_DENY);
  /* Who hides the amount may have had any. */
  CHECK(verdict_at(policy,
                   "{\"tool\":\"pay\",\"params_hash\":\"sha256:"
                   "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\"}",
                   NOW, 0) == SIGNET_VERDICT_REQUIRE_APPROVAL);
  CHECK_ERROR(SIGNET_ERR_UNSUPPORTED, "flags",
              signet_policy_evaluate(policy, TEXT("{\"tool\":\"rm\"}"), TEXT("bot"), NOW, 2, &decision,
                                     &error), error);
  CHECK_ERROR(SIGNET_ERR_INVALID_ARGUMENT, "time",
              signet_policy_evaluate(policy, TEXT("{\"tool\":\"rm\"}"), TEXT("bot"), INT64_MAX, 0,
                                     &decision, &error), error);
  CHECK(decision == NULL);
  CHECK(signet_decision_verdict(NULL) == 0);
  signet_policy_free(policy);
}

static void limits_are_counted_in_the_handle(void) {
  const char *mail = "{\"tool\":\"mail\"}";
  signet_policy *policy = parsed(YAML, NULL);
  CHECK(verdict_at(policy, mail, NOW, 0) == SIGNET_VERDICT_ALLOW);
  for (int look = 0; look < 3; look++)
    CHECK(verdict_at(policy, mail, NOW, SIGNET_EVALUATE_DRY_RUN) == SIGNET_VERDICT_ALLOW);
  CHECK(verdict_at(policy, mail, NOW + 1, 0) == SIGNET_VERDICT_ALLOW);
  CHECK(verdict_at(policy, mail, NOW + 2, SIGNET_EVALUATE_DRY_RUN) == SIGNET_VERDICT_DENY);
  CHECK(verdict_at(policy, mail, NOW + 2, 0) == SIGNET_VERDICT_DENY);
  /* Loading a policy anew gives no new calls, in whatever order they are freed. */
  signet_policy *next = parsed(JSON, policy), *fresh = parsed(JSON, NULL);
  signet_policy_free(policy);
  CHECK(verdict_at(next, mail, NOW + 3, 0) == SIGNET_VERDICT_DENY);
  CHECK(verdict_at(fresh, mail, NOW + 3, 0) == SIGNET_VERDICT_ALLOW);
  CHECK(verdict_at(next, mail, NOW + 60000, 0) == SIGNET_VERDICT_ALLOW);
  signet_policy_free(next), signet_policy_free(fresh);
}

static void what_is_allowed_is_signed_with_its_attestation(void) {
  signet_keypair *keypair = rfc_keypair();
  signet_public_key *key = rfc_key();
  const signet_public_key *trusted[] = {key};
  signet_policy *policy = parsed(YAML, NULL);
  signet_receipt *receipt = NULL;
  signet_decision *decision = NULL;
  signet_error *error = NULL;
  signet_sign_options say = SIGNET_SIGN_OPTIONS_INIT;
  say.flags = SIGNET_SIGN_HASH_ONLY;
  CHECK_STATUS(SIGNET_OK,
               signet_receipt_sign_with_policy(
                   keypair, TEXT("{\"tool\":\"pay\",\"params\":{\"amount\":5}}"), TEXT("bot"),
                   TEXT("ops"), policy, &say, &receipt, &decision, &error));
  size_t len, attested_len;
  const uint8_t *attestation = signet_decision_attestation(decision, &len);
  const uint8_t *attested = signet_receipt_value(receipt, SIGNET_FIELD_POLICY, &attested_len);
  CHECK(len == attested_len && memcmp(attestation, attested, len) == 0);
  const uint8_t *said = signet_receipt_text(receipt, SIGNET_FIELD_POLICY_DECISION, &len);
  CHECK(same(said, len, "allow"));
  said = signet_receipt_params(receipt, &len);
  CHECK(same(said, len, "null"));
  CHECK_STATUS(SIGNET_OK, signet_receipt_verify(receipt, trusted, 1, NULL, NULL));
  signet_receipt_free(receipt), signet_decision_free(decision);

  /* The params that the receipt would have hidden were seen. */
  signet_status status = signet_receipt_sign_with_policy(
      keypair, TEXT("{\"tool\":\"pay\",\"params\":{\"amount\":500}}"), TEXT("bot"), NULL, 0, policy, &say,
      &receipt, &decision, &error);
  CHECK(receipt == NULL && signet_decision_verdict(decision) == SIGNET_VERDICT_REQUIRE_APPROVAL);
  CHECK_ERROR(SIGNET_ERR_APPROVAL_REQUIRED, "hundred", status, error);
  signet_decision_free(decision);
  /* Without a decision there is none. */
  status = signet_receipt_sign_with_policy(keypair, TEXT("{\"tool\":1}"), TEXT("bot"), NULL, 0, policy,
                                           &say, &receipt, &decision, &error);
  CHECK(receipt == NULL && decision == NULL);
  CHECK_ERROR(SIGNET_ERR_RECEIPT_INVALID, "tool", status, error);
  signet_policy_free(policy), signet_keypair_free(keypair), signet_public_key_free(key);
}

static void a_denied_call_leaves_a_record_in_the_log(void) {
  char home[] = "/tmp/signet-policy-XXXXXX";
  CHECK(mkdtemp(home) != NULL);
  signet_keypair *keypair = rfc_keypair();
  signet_policy *policy = parsed(YAML, NULL);
  signet_log *log = NULL;
  signet_receipt *receipt = NULL;
  signet_decision *decision = NULL;
  signet_error *error = NULL;
  signet_log_entry entry;
  signet_log_report report;
  CHECK_STATUS(SIGNET_OK, signet_log_open(TEXT(home), NULL, NULL, NULL, &log, NULL));
  signet_status status =
      signet_receipt_sign_with_policy(keypair, TEXT("{\"tool\":\"rm\",\"params\":{\"path\":\"/\"}}"),
                                      TEXT("bot"), NULL, 0, policy, NULL, &receipt, &decision, &error);
  CHECK_ERROR(SIGNET_ERR_POLICY_DENIED, "default action", status, error);
  size_t len;
  const uint8_t *violation = signet_decision_violation(decision, &len);
  CHECK_STATUS(SIGNET_OK, signet_log_append(log, violation, len, &entry, NULL));
  signet_log_verify_options judge = SIGNET_LOG_VERIFY_OPTIONS_INIT;
  judge.flags = SIGNET_LOG_VERIFY_SIGNATURES;
  CHECK_STATUS(SIGNET_OK, signet_log_verify(log, NULL, 0, &judge, NULL, NULL, NULL, &report, NULL));
  CHECK(report.records == 1 && report.unsigned_records == 1 && report.signatures_failed == 0);
  CHECK_STATUS(SIGNET_OK, signet_log_close(log, NULL));
  signet_log_free(log), signet_decision_free(decision);
  signet_policy_free(policy), signet_keypair_free(keypair);
  char command[80];
  snprintf(command, sizeof command, "rm -r %s", home);
  CHECK(system(command) == 0);
}

int main(void) {
  RUN(yaml_and_json_are_one_policy);
  RUN(a_mistake_is_pointed_at);
  RUN(a_decision_says_what_and_why);
  RUN(limits_are_counted_in_the_handle);
  RUN(what_is_allowed_is_signed_with_its_attestation);
  RUN(a_denied_call_leaves_a_record_in_the_log);
  return check_report();
}
