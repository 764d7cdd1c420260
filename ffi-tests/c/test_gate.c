/* The gate: what goes on, what is answered, what is kept, message by message. */
#include "check.h"

#include <unistd.h>

#define OF(id, tool) \
  "{\"jsonrpc\":\"2.0\",\"id\":" id ",\"method\":\"tools/call\",\"params\":{\"name\":\"" tool "\"}}"
#define PING "{\"jsonrpc\":\"2.0\",\"id\":9,\"method\":\"ping\"}"

static const char rules[] =
    "version: 1\ndefault_action: allow\nrules:\n"
    "  - {id: no, match: {tool: rm}, action: deny, reason: never}\n"
    "  - {id: ask, match: {tool: pay}, action: require_approval, reason: ask first}\n"
    "  - {id: once, match: {tool: mail}, action: allow, rate_limit: {max_calls: 1, window_seconds: 60}}\n";

static signet_keypair *agent;
static signet_public_key *agent_key;
static signet_policy *policy;

static signet_verifier *new_verifier(void) {
  signet_verifier *verifier = NULL;
  const signet_public_key *agents[] = {agent_key};
  signet_verifier_options options = SIGNET_VERIFIER_OPTIONS_INIT;
  options.trusted_keys = agents, options.trusted_keys_len = 1;
  CHECK_STATUS(SIGNET_OK, signet_verifier_new(NULL, 0, &options, &verifier, NULL));
  return verifier;
}

static signet_gate *new_gate(const char *json, const signet_verifier *verifier,
                             const signet_keypair *keypair, const signet_policy *under) {
  signet_gate *gate = NULL;
  CHECK_STATUS(SIGNET_OK, signet_gate_new(TEXT(json), verifier, keypair, under, &gate, NULL));
  return gate;
}

static signet_verdict *judged(const signet_gate *gate, const char *text, signet_evidence_callback keep,
                              void *user_data) {
  signet_verdict *verdict = NULL;
  CHECK_STATUS(SIGNET_OK,
               signet_gate_judge(gate, TEXT(text), SIGNET_NOW, keep, user_data, &verdict, NULL));
  return verdict;
}

static int forwards(const signet_verdict *verdict, const char *expected) {
  size_t len;
  const uint8_t *text = signet_verdict_forward(verdict, &len);
  return expected ? same(text, len, expected) : text == NULL && len == 0;
}

static int answers(const signet_verdict *verdict, const char *expected) {
  size_t len;
  const uint8_t *text = signet_verdict_answer(verdict, &len);
  return expected ? same(text, len, expected) : text == NULL && len == 0;
}

/* What a callback was given, and what it says to it. */
struct kept {
  int calls, receipts, violations;
  int32_t answer;
};

static int32_t keep(const signet_evidence *evidence, size_t count, void *user_data) {
  struct kept *kept = user_data;
  kept->calls++;
  CHECK(count > 0);
  for (size_t at = 0; at < count; at++) {
    signet_receipt *receipt = NULL;
    CHECK(evidence[at].reserved == 0);
    if (evidence[at].kind == SIGNET_EVIDENCE_RECEIPT) {
      kept->receipts++;
      /* The library may be used from inside. */
      CHECK_STATUS(SIGNET_OK,
                   signet_receipt_parse(evidence[at].json, evidence[at].json_len, NULL, &receipt, NULL));
    } else {
      CHECK(evidence[at].kind == SIGNET_EVIDENCE_VIOLATION);
      CHECK(contains(evidence[at].json, evidence[at].json_len, "\"type\":\"policy_violation\""));
      kept->violations++;
    }
    signet_receipt_free(receipt);
  }
  return kept->answer;
}

static void a_batch_is_decided_message_by_message(void) {
  signet_gate *gate =
      new_gate("{\"name\":\"bot\",\"owner\":\"ops\",\"target\":\"mcp://files\"}", NULL, agent, policy);
  struct kept kept = {0, 0, 0, 0};
  signet_verdict *verdict = judged(
      gate, "[" OF("1", "ls") "," OF("2", "rm") "," PING "," OF("3", "pay") ",7]", keep, &kept);
  CHECK(signet_verdict_ruling(verdict) == SIGNET_RULING_REFUSE && signet_verdict_len(verdict) == 5);
  CHECK(kept.calls == 1 && kept.receipts == 1 && kept.violations == 2);
  static const struct {
    int32_t ruling;
    signet_status status;
    const char *text, *evaluation;
    int has_call;
  } rows[] = {
      {SIGNET_RULING_FORWARD, SIGNET_OK, NULL, "\"decision\":\"allow\"", 1},
      {SIGNET_RULING_REFUSE, SIGNET_ERR_POLICY_DENIED, "never", "\"winning_rule\":\"no\"", 0},
      {SIGNET_RULING_FORWARD, SIGNET_OK, NULL, NULL, 0},
      {SIGNET_RULING_ASK_HUMAN, SIGNET_ERR_APPROVAL_REQUIRED, "ask first", "\"winning_rule\":\"ask\"", 0},
      {SIGNET_RULING_REFUSE, SIGNET_ERR_MESSAGE_INVALID, "object", NULL, 0},
  };
  size_t len;
  const uint8_t *text;
  for (size_t at = 0; at < 5; at++) {
    signet_mcp_call *call = NULL;
    signet_report *report = NULL;
    CHECK(signet_verdict_message_ruling(verdict, at) == rows[at].ruling);
    CHECK_STATUS(rows[at].status, signet_verdict_message_status(verdict, at));
    text = signet_verdict_message_text(verdict, at, &len);
    CHECK(rows[at].text ? well_written(text, len) && contains(text, len, rows[at].text) : text == NULL);
    text = signet_verdict_message_evaluation(verdict, at, &len);
    CHECK(rows[at].evaluation ? contains(text, len, rows[at].evaluation) : text == NULL);
    CHECK_STATUS(SIGNET_OK, signet_verdict_message_call(verdict, at, &call, NULL));
    CHECK((call != NULL) == rows[at].has_call);
    CHECK_STATUS(SIGNET_OK, signet_verdict_message_report(verdict, at, &report, NULL));
    CHECK(report == NULL);
    signet_mcp_call_free(call);
  }
  text = signet_verdict_forward(verdict, &len);
  CHECK(contains(text, len, "\"call_id\":\"n:1\"") && contains(text, len, PING) &&
        !contains(text, len, "\"rm\"") && !contains(text, len, "\"pay\""));
  CHECK(answers(verdict,
                "[{\"error\":{\"code\":-32600,\"message\":\"policy violation: never\"},\"id\":2,"
                "\"jsonrpc\":\"2.0\"},{\"error\":{\"code\":-32600,\"message\":\"requires approval: ask "
                "first\"},\"id\":3,\"jsonrpc\":\"2.0\"},{\"error\":{\"code\":-32600,\"message\":\"it must be "
                "an object\"},\"id\":null,\"jsonrpc\":\"2.0\"}]"));
  /* Beyond the last message. */
  signet_mcp_call *call = NULL;
  signet_error *error = NULL;
  signet_status status = signet_verdict_message_call(verdict, 5, &call, &error);
  CHECK_ERROR(SIGNET_ERR_INVALID_ARGUMENT, "index", status, error);
  CHECK(signet_verdict_message_ruling(verdict, 5) == 0);
  CHECK_STATUS(SIGNET_ERR_INVALID_ARGUMENT, signet_verdict_message_status(verdict, 5));
  CHECK(signet_verdict_message_text(verdict, 5, &len) == NULL && len == 0);
  signet_verdict_free(verdict);

  /* Limits count in the handle of the policy. */
  verdict = judged(gate, OF("1", "mail"), NULL, NULL);
  CHECK(signet_verdict_ruling(verdict) == SIGNET_RULING_FORWARD);
  signet_verdict_free(verdict);
  signet_decision *decision = NULL;
  CHECK_STATUS(SIGNET_OK, signet_policy_evaluate(policy, TEXT("{\"tool\":\"mail\"}"), TEXT("bot"), SIGNET_NOW,
                                                 0, &decision, NULL));
  CHECK(signet_decision_verdict(decision) == SIGNET_VERDICT_DENY);
  signet_decision_free(decision), signet_gate_free(gate);
}

static void what_was_signed_on_one_side_is_verified_on_the_other(void) {
  signet_verifier *verifier = new_verifier();
  signet_gate *out = new_gate("{\"name\":\"bot\"}", NULL, agent, NULL);
  signet_gate *in = new_gate("", verifier, NULL, NULL);
  signet_verifier_free(verifier);
  signet_verdict *sent = judged(out, OF("\"a\"", "ls") "\n", NULL, NULL);
  size_t len, id_len;
  const uint8_t *message = signet_verdict_forward(sent, &len);
  CHECK(message[len - 1] == '\n' && answers(sent, NULL));
  signet_verdict *got = NULL;
  CHECK_STATUS(SIGNET_OK, signet_gate_judge(in, message, len, SIGNET_NOW, NULL, NULL, &got, NULL));
  const uint8_t *forwarded = signet_verdict_forward(got, &id_len);
  CHECK(id_len == len && memcmp(forwarded, message, len) == 0);
  signet_mcp_call *call = NULL;
  signet_report *report = NULL;
  CHECK_STATUS(SIGNET_OK, signet_verdict_message_call(got, 0, &call, NULL));
  CHECK_STATUS(SIGNET_OK, signet_verdict_message_report(got, 0, &report, NULL));
  /* They outlive the verdict and the gate. */
  signet_verdict_free(got), signet_gate_free(out);
  const uint8_t *id = signet_mcp_call_id(call, &id_len);
  CHECK(same(id, id_len, "\"a\"") && signet_report_is_trusted(report) == 1);
  signet_mcp_call_free(call), signet_report_free(report);

  CHECK_STATUS(SIGNET_OK, signet_gate_judge(in, message, len, SIGNET_NOW, NULL, NULL, &got, NULL));
  CHECK(signet_verdict_ruling(got) == SIGNET_RULING_REFUSE && forwards(got, NULL));
  CHECK_STATUS(SIGNET_ERR_REPLAYED, signet_verdict_message_status(got, 0));
  CHECK_STATUS(SIGNET_OK, signet_verdict_message_report(got, 0, &report, NULL));
  CHECK_STATUS(SIGNET_ERR_REPLAYED, signet_report_status(report));
  signet_report_free(report), signet_verdict_free(got), signet_verdict_free(sent);

  got = judged(in, OF("1", "ls"), NULL, NULL);
  CHECK(answers(got, "{\"error\":{\"code\":-32600,\"data\":{\"code\":\"unsigned\"},\"message\":\"call: it "
                     "carries no receipt, and one is required\"},\"id\":1,\"jsonrpc\":\"2.0\"}"));
  signet_verdict_free(got);
  got = judged(in, PING, NULL, NULL);
  CHECK(forwards(got, PING) && answers(got, NULL));
  signet_verdict_free(got);
  got = judged(in, "{\"jsonrpc\":\"2.0\",\n\"id\":9,\"method\":\"ping\"}", NULL, NULL);
  CHECK_STATUS(SIGNET_ERR_MESSAGE_INVALID, signet_verdict_message_status(got, 0));
  CHECK(signet_verdict_len(got) == 1 && forwards(got, NULL));
  signet_verdict_free(got), signet_gate_free(in);
}

static void nothing_goes_on_whose_evidence_is_not_kept(void) {
  struct kept kept = {0, 0, 0, -5};
  signet_gate *strict = new_gate("{\"name\":\"bot\"}", NULL, agent, NULL);
  signet_verdict *verdict = judged(strict, "[" OF("1", "ls") "," PING "]", keep, &kept);
  CHECK(kept.calls == 1 && signet_verdict_ruling(verdict) == SIGNET_RULING_REFUSE);
  CHECK_STATUS(SIGNET_ERR_EVIDENCE_NOT_STORED, signet_verdict_message_status(verdict, 0));
  CHECK_STATUS(SIGNET_ERR_EVIDENCE_NOT_STORED, signet_verdict_storage_status(verdict));
  size_t len;
  const uint8_t *text = signet_verdict_storage_message(verdict, &len);
  CHECK(contains(text, len, "the callback returned -5"));
  CHECK(forwards(verdict, "[" PING "]"));
  text = signet_verdict_answer(verdict, &len);
  CHECK(contains(text, len, "\"code\":-32603") && !contains(text, len, "-5\""));
  signet_verdict_free(verdict), signet_gate_free(strict);

  signet_gate *lax = new_gate("{\"name\":\"bot\",\"storage_failure\":\"forward\"}", NULL, agent, NULL);
  verdict = judged(lax, OF("1", "ls"), keep, &kept);
  CHECK(signet_verdict_ruling(verdict) == SIGNET_RULING_FORWARD);
  CHECK_STATUS(SIGNET_ERR_EVIDENCE_NOT_STORED, signet_verdict_storage_status(verdict));
  signet_verdict_free(verdict);
  kept.answer = 0;
  verdict = judged(lax, OF("1", "ls"), keep, &kept);
  CHECK_STATUS(SIGNET_OK, signet_verdict_storage_status(verdict));
  CHECK(signet_verdict_storage_message(verdict, &len) == NULL && len == 0);
  signet_verdict_free(verdict), signet_gate_free(lax);
}

static void a_log_keeps_what_goes_through(void) {
  char home[] = "/tmp/signet-test-XXXXXX", command[80];
  signet_log *log = NULL;
  signet_verdict *verdict = NULL;
  signet_log_report report;
  CHECK(mkdtemp(home) != NULL);
  CHECK_STATUS(SIGNET_OK, signet_log_open(TEXT(home), NULL, NULL, NULL, &log, NULL));
  signet_verifier *verifier = new_verifier();
  /* It verifies and signs: the receipt that came is the parent of the one that goes. */
  signet_gate *out = new_gate("{\"name\":\"bot\"}", NULL, agent, NULL);
  signet_gate *both = new_gate("{\"name\":\"proxy\"}", verifier, agent, policy);
  signet_verdict *sent = judged(out, "[" OF("1", "ls") "]", NULL, NULL);
  size_t len;
  const uint8_t *message = signet_verdict_forward(sent, &len);
  CHECK_STATUS(SIGNET_OK, signet_gate_judge_with_log(both, message, len, SIGNET_NOW, log, &verdict, NULL));
  CHECK(signet_verdict_ruling(verdict) == SIGNET_RULING_FORWARD && signet_log_len(log) == 2);
  message = signet_verdict_forward(verdict, &len);
  CHECK(contains(message, len, "\"parent_receipt_id\":\"rec_"));
  signet_verdict_free(verdict), signet_verdict_free(sent);
  sent = judged(out, OF("2", "rm"), NULL, NULL);
  message = signet_verdict_forward(sent, &len);
  CHECK_STATUS(SIGNET_OK, signet_gate_judge_with_log(both, message, len, SIGNET_NOW, log, &verdict, NULL));
  CHECK(signet_verdict_ruling(verdict) == SIGNET_RULING_REFUSE && signet_log_len(log) > 2);
  signet_verdict_free(verdict), signet_verdict_free(sent);
  signet_log_verify_options options = SIGNET_LOG_VERIFY_OPTIONS_INIT;
  options.flags = SIGNET_LOG_VERIFY_SIGNATURES;
  const signet_public_key *agents[] = {agent_key};
  CHECK_STATUS(SIGNET_OK,
               signet_log_verify(log, agents, 1, &options, NULL, NULL, NULL, &report, NULL));
  CHECK(report.signatures_valid >= 2 && report.unsigned_records == 1);
  /* A log that is closed keeps nothing, and nothing goes on. */
  CHECK_STATUS(SIGNET_OK, signet_log_close(log, NULL));
  CHECK_STATUS(SIGNET_OK,
               signet_gate_judge_with_log(out, TEXT(OF("3", "ls")), SIGNET_NOW, log, &verdict, NULL));
  CHECK_STATUS(SIGNET_ERR_EVIDENCE_NOT_STORED, signet_verdict_message_status(verdict, 0));
  CHECK_STATUS(SIGNET_ERR_LOG_CLOSED, signet_verdict_storage_status(verdict));
  signet_verdict_free(verdict), signet_log_free(log);
  signet_gate_free(out), signet_gate_free(both), signet_verifier_free(verifier);
  snprintf(command, sizeof command, "rm -r %s", home);
  CHECK(system(command) == 0);
}

static void options_are_read_strictly(void) {
  static const struct {
    const char *json;
    signet_status status;
    const char *says;
  } rows[] = {
      {"{\"Name\":\"bot\"}", SIGNET_ERR_INVALID_ARGUMENT, "options.Name"},
      {"{\"name\":7}", SIGNET_ERR_INVALID_ARGUMENT, "options.name"},
      {"{\"existing\":\"keep\"}", SIGNET_ERR_INVALID_ARGUMENT, "options.existing"},
      {"{\"storage_failure\":true}", SIGNET_ERR_INVALID_ARGUMENT, "options.storage_failure"},
      {"{\"limits\":{\"max_width\":1}}", SIGNET_ERR_INVALID_ARGUMENT, "options.limits.max_width"},
      {"{\"fulfils\":[1]}", SIGNET_ERR_INVALID_ARGUMENT, "options.fulfils[0]"},
      {"{", SIGNET_ERR_JSON_SYNTAX, "options"},
  };
  signet_gate *gate = NULL;
  signet_error *error = NULL;
  for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
    signet_status status = signet_gate_new(TEXT(rows[row].json), NULL, agent, NULL, &gate, &error);
    CHECK_ERROR(rows[row].status, rows[row].says, status, error);
    CHECK(gate == NULL);
  }
  signet_verifier *verifier = new_verifier();
  signet_status status = signet_gate_new(TEXT("{\"name\":\"bot\"}"), verifier, NULL, NULL, &gate, &error);
  CHECK_ERROR(SIGNET_ERR_INVALID_ARGUMENT, "no key", status, error);
  status = signet_gate_new(NULL, 0, verifier, NULL, policy, &gate, &error);
  CHECK_ERROR(SIGNET_ERR_INVALID_ARGUMENT, "policy", status, error);
  status = signet_gate_new(NULL, 0, NULL, NULL, NULL, &gate, &error);
  CHECK_ERROR(SIGNET_ERR_INVALID_ARGUMENT, "verifier", status, error);
  CHECK(gate == NULL);
  signet_verifier_free(verifier);
  gate = new_gate("{\"limits\":{\"max_len\":100,\"max_depth\":3,\"max_batch\":2},\"hash_only\":true,"
                  "\"transport\":\"http\",\"session\":\"s\",\"owner\":null,\"fulfils\":[],"
                  "\"allow_line_breaks\":true,\"existing\":\"replace\"}",
                  NULL, agent, NULL);
  signet_verdict *verdict = judged(gate, "[1,2,3]", NULL, NULL);
  CHECK_STATUS(SIGNET_ERR_TOO_LARGE, signet_verdict_message_status(verdict, 0));
  signet_verdict_free(verdict), signet_gate_free(gate);
}

int main(void) {
  agent = rfc_keypair(), agent_key = rfc_key();
  CHECK_STATUS(SIGNET_OK, signet_policy_parse(TEXT(rules), SIGNET_FORMAT_YAML, NULL, &policy, NULL));
  RUN(a_batch_is_decided_message_by_message);
  RUN(what_was_signed_on_one_side_is_verified_on_the_other);
  RUN(nothing_goes_on_whose_evidence_is_not_kept);
  RUN(a_log_keeps_what_goes_through);
  RUN(options_are_read_strictly);
  signet_policy_free(policy), signet_keypair_free(agent), signet_public_key_free(agent_key);
  return check_report();
}
