/* The execution boundary: what a verifier lets through, what each refusal is called,
   and what is remembered of it. */
#include "check.h"

#include <sys/stat.h>
#include <unistd.h>

#define TOOL "read"
#define ARGUMENTS "{\"path\":\"/tmp/x\"}"
#define ACTION \
  "{\"tool\":\"" TOOL "\",\"params\":" ARGUMENTS ",\"target\":\"mcp://files\",\"session\":\"s1\"}"

static signet_keypair *agent, *server, *stranger;
static signet_public_key *agent_key, *server_key;
static int serial;

/* A receipt with a nonce of its own. */
static signet_receipt *receipt_at(const signet_keypair *keypair, const char *action, int64_t at,
                                  uint32_t flags) {
  signet_receipt *receipt = NULL;
  signet_sign_options options = SIGNET_SIGN_OPTIONS_INIT;
  options.flags = SIGNET_SIGN_AT | SIGNET_SIGN_FIXED_NONCE | flags, options.now_unix_ms = at;
  options.nonce[0] = (uint8_t)++serial, options.nonce[1] = (uint8_t)(serial >> 8);
  CHECK_STATUS(SIGNET_OK, signet_receipt_sign(keypair, TEXT(action), TEXT("bot"), TEXT("ops"),
                                              &options, &receipt, NULL));
  return receipt;
}

/* A verifier that trusts the agent. */
static signet_verifier *verifier_of(const char *json, signet_verifier_options options) {
  signet_verifier *verifier = NULL;
  const signet_public_key *trusted[] = {agent_key};
  options.trusted_keys = trusted, options.trusted_keys_len = 1;
  CHECK_STATUS(SIGNET_OK, signet_verifier_new(TEXT(json), &options, &verifier, NULL));
  return verifier;
}

static signet_verifier *plain_verifier(const char *json) {
  signet_verifier_options none = SIGNET_VERIFIER_OPTIONS_INIT;
  return verifier_of(json, none);
}

/* What becomes of a call with this receipt, which is taken; the report says it too. */
static signet_status checked(const signet_verifier *verifier, signet_receipt *receipt,
                             const char *tool, const char *arguments) {
  signet_report *report = NULL;
  signet_error *error = NULL;
  size_t len = 0, message_len, said_len;
  const uint8_t *json = signet_receipt_json(receipt, &len);
  signet_status status = signet_verifier_check_call(verifier, TEXT(tool), TEXT(arguments), json,
                                                    len, NOW, NULL, &report, &error);
  CHECK(report != NULL && signet_report_status(report) == status);
  const uint8_t *message = signet_error_message(error, &message_len);
  const uint8_t *said = signet_report_message(report, &said_len);
  CHECK(message_len == said_len && (said_len == 0 || memcmp(message, said, said_len) == 0));
  CHECK(status == SIGNET_OK ? said == NULL : well_written(said, said_len));
  signet_error_free(error), signet_report_free(report), signet_receipt_free(receipt);
  return status;
}

static void a_call_passes_once_and_its_report_says_all(void) {
  signet_verifier *verifier = plain_verifier("{\"targets\":[\"mcp://files\"]}");
  signet_receipt *receipt = receipt_at(agent, ACTION, NOW - 2500, 0), *verified = NULL;
  signet_report *report = NULL;
  signet_error *error = NULL;
  size_t len, receipt_len;
  const uint8_t *json = signet_receipt_json(receipt, &receipt_len);
  CHECK_STATUS(SIGNET_OK, signet_verifier_check_call(verifier, TEXT(TOOL), TEXT(ARGUMENTS), json,
                                                     receipt_len, NOW, NULL, &report, NULL));
  CHECK_STATUS(SIGNET_OK, signet_report_status(report));
  CHECK(signet_report_is_trusted(report) == 1 && signet_report_age_ms(report) == 2500);
  const uint8_t *text = signet_report_party(report, SIGNET_PARTY_AGENT, SIGNET_PARTY_NAME, &len);
  CHECK(same(text, len, "bot"));
  text = signet_report_party(report, SIGNET_PARTY_AGENT, SIGNET_PARTY_KEY, &len);
  CHECK(contains(text, len, "ed25519:11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="));
  CHECK(signet_report_party(report, SIGNET_PARTY_AGENT, SIGNET_PARTY_TRUSTED_NAME, &len) == NULL);
  CHECK(signet_report_party(report, SIGNET_PARTY_SERVER, SIGNET_PARTY_KEY, &len) == NULL && len == 0);
  CHECK(signet_report_party(report, 9, SIGNET_PARTY_KEY, NULL) == NULL);
  CHECK(signet_report_party_is_trusted(report, SIGNET_PARTY_AGENT) == 1);
  CHECK(signet_report_party_is_trusted(report, SIGNET_PARTY_ROOT) == 0);

  static const int32_t passed[] = {SIGNET_AXIS_STRUCTURE, SIGNET_AXIS_SIGNATURE, SIGNET_AXIS_TRUST,
                                   SIGNET_AXIS_TIME,      SIGNET_AXIS_TARGET,    SIGNET_AXIS_CONTENT,
                                   SIGNET_AXIS_REPLAY};
  for (size_t at = 0; at < sizeof passed / sizeof *passed; at++) {
    CHECK(signet_report_axis(report, passed[at]) == SIGNET_CHECK_PASSED);
    CHECK_STATUS(SIGNET_OK, signet_report_axis_status(report, passed[at]));
  }
  CHECK(signet_report_axis(report, SIGNET_AXIS_POLICY) == SIGNET_CHECK_NOT_CHECKED);
  text = signet_report_axis_code(report, SIGNET_AXIS_POLICY, &len);
  CHECK(same(text, len, "not_configured"));
  CHECK(signet_report_axis(report, -1) == 0 && signet_report_axis(report, 10) == 0);
  CHECK_STATUS(SIGNET_ERR_INVALID_ARGUMENT, signet_report_axis_status(report, 10));
  int axes = 0;
  for (const char *name; (name = signet_axis_name(axes)) != NULL; axes++) {
    char member[60];
    snprintf(member, sizeof member, "\"axis\":\"%s\"", name);
    text = signet_report_json(report, &len);
    CHECK(contains(text, len, member));
  }
  CHECK(axes == SIGNET_AXIS_REPLAY + 1 && signet_axis_name(-1) == NULL);
  CHECK_STATUS(SIGNET_OK, signet_report_receipt(report, &verified, NULL));
  text = signet_receipt_json(verified, &len);
  CHECK(len == receipt_len && memcmp(text, json, len) == 0);
  signet_report_free(report), signet_receipt_free(verified);

  /* The same once more. */
  signet_status status = signet_verifier_check_call(verifier, TEXT(TOOL), TEXT(ARGUMENTS), json,
                                                    receipt_len, NOW, NULL, &report, &error);
  CHECK_ERROR(SIGNET_ERR_REPLAYED, "used before", status, error);
  CHECK(signet_report_axis(report, SIGNET_AXIS_REPLAY) == SIGNET_CHECK_FAILED);
  CHECK_STATUS(SIGNET_ERR_REPLAYED, signet_report_axis_status(report, SIGNET_AXIS_REPLAY));
  CHECK(signet_report_is_trusted(report) == 0);
  signet_report_free(report), signet_receipt_free(receipt), signet_verifier_free(verifier);
}

static void each_refusal_has_its_status(void) {
  signet_verifier *verifier = plain_verifier("{\"targets\":[\"mcp://files\"],\"session\":\"s1\"}");
  CHECK_STATUS(SIGNET_ERR_TOO_OLD,
               checked(verifier, receipt_at(agent, ACTION, NOW - 400000, 0), TOOL, ARGUMENTS));
  CHECK_STATUS(SIGNET_ERR_FROM_FUTURE,
               checked(verifier, receipt_at(agent, ACTION, NOW + 40000, 0), TOOL, ARGUMENTS));
  CHECK_STATUS(SIGNET_ERR_TOOL_MISMATCH,
               checked(verifier, receipt_at(agent, ACTION, NOW, 0), "write", ARGUMENTS));
  CHECK_STATUS(SIGNET_ERR_ARGUMENTS_MISMATCH,
               checked(verifier, receipt_at(agent, ACTION, NOW, 0), TOOL, "{\"path\":\"/etc/x\"}"));
  CHECK_STATUS(SIGNET_ERR_ARGUMENTS_HIDDEN,
               checked(verifier, receipt_at(agent, ACTION, NOW, SIGNET_SIGN_HASH_ONLY), TOOL, ARGUMENTS));
  CHECK_STATUS(SIGNET_ERR_SIGNER_UNTRUSTED,
               checked(verifier, receipt_at(stranger, ACTION, NOW, 0), TOOL, ARGUMENTS));
  CHECK_STATUS(SIGNET_ERR_TARGET_MISMATCH,
               checked(verifier, receipt_at(agent, "{\"tool\":\"read\",\"session\":\"s1\"}", NOW, 0), TOOL, "{}"));
  CHECK_STATUS(SIGNET_ERR_BINDING_MISMATCH,
               checked(verifier, receipt_at(agent, "{\"tool\":\"read\",\"target\":\"mcp://files\"}", NOW, 0),
                       TOOL, "{}"));
  signet_report *report = NULL;
  signet_error *error = NULL;
  signet_status status = signet_verifier_check_call(verifier, TEXT(TOOL), TEXT(ARGUMENTS), NULL, 0,
                                                    NOW, NULL, &report, &error);
  CHECK_ERROR(SIGNET_ERR_UNSIGNED, "no receipt", status, error);
  CHECK(signet_report_age_ms(report) == SIGNET_NO_AGE);
  signet_receipt *receipt = receipt_at(agent, ACTION, NOW, 0), *none = receipt;
  CHECK_STATUS(SIGNET_OK, signet_report_receipt(report, &none, NULL));
  CHECK(none == NULL);
  signet_report_free(report);

  /* What only this call is held to. */
  size_t len;
  const uint8_t *json = signet_receipt_json(receipt, &len);
  signet_check_options options = SIGNET_CHECK_OPTIONS_INIT;
  options.call_id = (const uint8_t *)"n:7", options.call_id_len = 3;
  CHECK_STATUS(SIGNET_ERR_BINDING_MISMATCH,
               signet_verifier_check_call(verifier, TEXT(TOOL), TEXT(ARGUMENTS), json, len, NOW,
                                          &options, &report, NULL));
  signet_report_free(report);
  options.response = (const uint8_t *)"{}", options.response_len = 2;
  status = signet_verifier_check_call(verifier, TEXT(TOOL), TEXT(ARGUMENTS), json, len, NOW, &options,
                                      &report, &error);
  CHECK_ERROR(SIGNET_ERR_INVALID_ARGUMENT, "response", status, error);
  CHECK(report == NULL);
  signet_receipt_free(receipt), signet_verifier_free(verifier);

  verifier = plain_verifier("{\"require_delegation\":true}");
  CHECK_STATUS(SIGNET_ERR_DELEGATION_REQUIRED,
               checked(verifier, receipt_at(agent, ACTION, NOW, 0), TOOL, ARGUMENTS));
  signet_verifier_free(verifier);

  signet_verifier_options handles = SIGNET_VERIFIER_OPTIONS_INIT;
  const signet_public_key *authorities[] = {server_key};
  handles.trusted_authorities = authorities, handles.trusted_authorities_len = 1;
  verifier = verifier_of("{\"require_decision\":true}", handles);
  CHECK_STATUS(SIGNET_ERR_DECISION_REQUIRED,
               checked(verifier, receipt_at(agent, ACTION, NOW, 0), TOOL, ARGUMENTS));
  signet_verifier_free(verifier);
}

/* A receipt that rests on a delegation from the server's key. */
static signet_receipt *delegated(char id[64]) {
  signet_delegation *link = NULL;
  signet_delegation_options grant = SIGNET_DELEGATION_OPTIONS_INIT;
  signet_sign_options options = SIGNET_SIGN_OPTIONS_INIT;
  signet_buffer *chain = NULL;
  signet_receipt *receipt = NULL;
  size_t len;
  grant.flags = SIGNET_SIGN_AT, grant.now_unix_ms = NOW - 1000;
  options.flags = SIGNET_SIGN_AT, options.now_unix_ms = NOW;
  CHECK_STATUS(SIGNET_OK, signet_delegation_sign(
                              server, TEXT("root"), agent_key, TEXT("bot"),
                              TEXT("{\"max_depth\":0,\"targets\":[\"*\"],\"tools\":[\"read\"]}"),
                              &grant, &link, NULL));
  const uint8_t *text = signet_delegation_text(link, SIGNET_DELEGATION_ID, &len);
  snprintf(id, 64, "%.*s", (int)len, (const char *)text);
  const signet_delegation *links[] = {link};
  CHECK_STATUS(SIGNET_OK, signet_chain_join(links, 1, &chain, NULL));
  text = signet_buffer_data(chain, &len);
  CHECK_STATUS(SIGNET_OK, signet_receipt_sign_authorized(agent, TEXT(ACTION), TEXT("bot"), text, len,
                                                         &options, &receipt, NULL));
  signet_buffer_free(chain), signet_delegation_free(link);
  return receipt;
}

static void a_revoked_delegation_carries_nothing(void) {
  signet_verifier_options handles = SIGNET_VERIFIER_OPTIONS_INIT;
  const signet_public_key *roots[] = {server_key};
  char id[64], json[200];
  signet_receipt *receipt = delegated(id);
  handles.trusted_roots = roots, handles.trusted_roots_len = 1;
  snprintf(json, sizeof json, "{\"revoked\":{\"%s\":\"2025-12-31T23:59:59Z\"}}", id);
  signet_verifier *verifier = verifier_of(json, handles);
  CHECK_STATUS(SIGNET_ERR_REVOKED, checked(verifier, receipt, TOOL, ARGUMENTS));
  signet_verifier_free(verifier);
  verifier = verifier_of("", handles);
  signet_report *report = NULL;
  size_t len;
  receipt = delegated(id);
  const uint8_t *text = signet_receipt_json(receipt, &len);
  CHECK_STATUS(SIGNET_OK, signet_verifier_check_call(verifier, TEXT(TOOL), TEXT(ARGUMENTS), text, len,
                                                     NOW, NULL, &report, NULL));
  CHECK(signet_report_party_is_trusted(report, SIGNET_PARTY_ROOT) == 1);
  CHECK(signet_report_axis(report, SIGNET_AXIS_DELEGATION) == SIGNET_CHECK_PASSED);
  signet_report_free(report), signet_receipt_free(receipt), signet_verifier_free(verifier);
}

static void a_receipt_is_judged_without_a_call_and_in_the_past(void) {
  signet_verifier_options handles = SIGNET_VERIFIER_OPTIONS_INIT;
  const signet_public_key *servers[] = {server_key};
  handles.trusted_servers = servers, handles.trusted_servers_len = 1;
  signet_verifier *verifier = verifier_of("{\"max_age_seconds\":10}", handles);
  signet_receipt *receipt = receipt_at(agent, ACTION, NOW - 5000, 0), *co_signed = NULL;
  signet_co_sign_options at = SIGNET_CO_SIGN_OPTIONS_INIT;
  at.flags = SIGNET_SIGN_AT, at.now_unix_ms = NOW - 1000;
  CHECK_STATUS(SIGNET_OK, signet_receipt_co_sign(server, receipt, TEXT("{\"a\":1}"), NULL, 0,
                                                 TEXT("srv"), &at, &co_signed, NULL));
  signet_report *report = NULL;
  signet_check_options options = SIGNET_CHECK_OPTIONS_INIT;
  size_t len;
  const uint8_t *json = signet_receipt_json(co_signed, &len);
  options.response = (const uint8_t *)"{\"a\":2}", options.response_len = 7;
  CHECK_STATUS(SIGNET_ERR_CONTENT_HASH_MISMATCH,
               signet_verifier_check_receipt(verifier, json, len, NOW, &options, &report, NULL));
  CHECK(signet_report_party(report, SIGNET_PARTY_SERVER, SIGNET_PARTY_NAME, NULL) != NULL);
  signet_report_free(report);
  options.response = (const uint8_t *)"{ \"a\" : 1 }", options.response_len = 11;
  CHECK_STATUS(SIGNET_OK,
               signet_verifier_check_receipt(verifier, json, len, NOW, &options, &report, NULL));
  signet_report_free(report);
  CHECK_STATUS(SIGNET_ERR_REPLAYED,
               signet_verifier_check_receipt(verifier, json, len, NOW, &options, &report, NULL));
  signet_report_free(report);
  CHECK_STATUS(SIGNET_ERR_TOO_OLD, signet_verifier_check_receipt(verifier, json, len, NOW + 60000,
                                                                 &options, &report, NULL));
  signet_report_free(report);
  /* As evidence neither age nor a second look matters. */
  for (int time = 0; time < 2; time++) {
    CHECK_STATUS(SIGNET_OK, signet_verifier_check_evidence(verifier, json, len, NOW + 86400000,
                                                           &options, &report, NULL));
    CHECK(signet_report_axis(report, SIGNET_AXIS_REPLAY) == SIGNET_CHECK_NOT_CHECKED);
    signet_report_free(report);
  }
  CHECK_STATUS(SIGNET_ERR_FROM_FUTURE, signet_verifier_check_evidence(verifier, json, len, NOW - 86400000,
                                                                      &options, &report, NULL));
  signet_report_free(report);
  CHECK_STATUS(SIGNET_ERR_JSON_SYNTAX,
               signet_verifier_check_receipt(verifier, TEXT("{"), NOW, NULL, &report, NULL));
  signet_report_free(report);
  signet_receipt_free(co_signed), signet_receipt_free(receipt), signet_verifier_free(verifier);
}

static void options_are_read_strictly(void) {
  static const struct {
    const char *json;
    signet_status status;
    const char *says;
  } rows[] = {
      {"{\"require_signatures\":true}", SIGNET_ERR_INVALID_ARGUMENT, "options.require_signatures"},
      {"[]", SIGNET_ERR_INVALID_ARGUMENT, "object"},
      {"{\"targets\":\"x\"}", SIGNET_ERR_INVALID_ARGUMENT, "options.targets"},
      {"{\"require_decision\":true}", SIGNET_ERR_INVALID_ARGUMENT, "authority"},
      {"{\"trusted_keys\":[\"ed25519:AAAA\"]}", SIGNET_ERR_KEY_INVALID, "options.trusted_keys[0]"},
      {"{\"not_before\":\"today\"}", SIGNET_ERR_TIMESTAMP_INVALID, "options.not_before"},
      {"{\"policy\":\"version: 2\"}", SIGNET_ERR_POLICY_INVALID, "version"},
      {"{\"trust_bundle\":{}}", SIGNET_ERR_TRUST_BUNDLE_INVALID, "options"},
      {"{\"replay\":{\"store\":\"file\",\"path\":\"/no/such/folder/x\"}}", SIGNET_ERR_REPLAY_STORE_FAILED,
       "/no/such/folder/x"},
      {"{\"a\":1,\"a\":2}", SIGNET_ERR_JSON_DUPLICATE_MEMBER, "options"},
  };
  for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
    signet_verifier *verifier = NULL;
    signet_error *error = NULL;
    signet_status status = signet_verifier_new(TEXT(rows[row].json), NULL, &verifier, &error);
    CHECK_ERROR(rows[row].status, rows[row].says, status, error);
    CHECK(verifier == NULL);
  }
  signet_verifier *verifier = NULL;
  signet_error *error = NULL;
  signet_policy *policy = NULL;
  signet_replay_store *store = NULL;
  signet_verifier_options handles = SIGNET_VERIFIER_OPTIONS_INIT;
  CHECK_STATUS(SIGNET_OK, signet_policy_parse(TEXT("version: 1\nrules: []\n"), SIGNET_FORMAT_ANY,
                                              NULL, &policy, NULL));
  handles.policy = policy;
  signet_status status = signet_verifier_new(TEXT("{\"policy\":{\"version\":1,\"rules\":[]}}"), &handles,
                                             &verifier, &error);
  CHECK_ERROR(SIGNET_ERR_INVALID_ARGUMENT, "policy", status, error);
  CHECK_STATUS(SIGNET_OK, signet_replay_store_new(0, &store, NULL));
  handles.policy = NULL, handles.replay_store = store;
  status = signet_verifier_new(TEXT("{\"replay\":\"off\"}"), &handles, &verifier, &error);
  CHECK_ERROR(SIGNET_ERR_INVALID_ARGUMENT, "replay store", status, error);
  handles.flags = 1;
  CHECK_STATUS(SIGNET_ERR_UNSUPPORTED, signet_verifier_new(NULL, 0, &handles, &verifier, NULL));
  signet_replay_store_free(store), signet_policy_free(policy);
}

static void a_policys_counts_are_those_of_its_handle(void) {
  static const char text[] =
      "version: 1\ndefault_action: deny\nrules:\n  - {id: twice, match: {tool: read}, action: allow, "
      "rate_limit: {max_calls: 2, window_seconds: 60}}\n  - {id: ask, match: {tool: pay}, action: "
      "require_approval}\n";
  signet_policy *policy = NULL;
  signet_decision *decision = NULL;
  signet_verifier_options handles = SIGNET_VERIFIER_OPTIONS_INIT;
  CHECK_STATUS(SIGNET_OK, signet_policy_parse(TEXT(text), SIGNET_FORMAT_YAML, NULL, &policy, NULL));
  handles.policy = policy;
  signet_verifier *verifier = verifier_of("", handles);
  CHECK_STATUS(SIGNET_OK, checked(verifier, receipt_at(agent, ACTION, NOW, 0), TOOL, ARGUMENTS));
  CHECK_STATUS(SIGNET_OK, signet_policy_evaluate(policy, TEXT(ACTION), TEXT("bot"), NOW, 0, &decision, NULL));
  CHECK(signet_decision_verdict(decision) == SIGNET_VERDICT_ALLOW);
  signet_decision_free(decision);
  CHECK_STATUS(SIGNET_ERR_POLICY_DENIED,
               checked(verifier, receipt_at(agent, ACTION, NOW, 0), TOOL, ARGUMENTS));
  CHECK_STATUS(SIGNET_ERR_APPROVAL_REQUIRED,
               checked(verifier, receipt_at(agent, "{\"tool\":\"pay\"}", NOW, 0), "pay", "{}"));
  signet_policy_free(policy);
  CHECK_STATUS(SIGNET_ERR_POLICY_DENIED,
               checked(verifier, receipt_at(agent, ACTION, NOW, 0), TOOL, ARGUMENTS));
  signet_verifier_free(verifier);
}

static void a_store_remembers_for_all_who_share_it(void) {
  signet_replay_store *store = NULL;
  signet_error *error = NULL;
  CHECK_STATUS(SIGNET_OK, signet_replay_store_new(3, &store, NULL));
  CHECK_STATUS(SIGNET_OK, signet_replay_store_use_once(store, agent_key, TEXT("n"), 1000, NOW, NULL));
  CHECK_STATUS(SIGNET_ERR_REPLAYED,
               signet_replay_store_use_once(store, agent_key, TEXT("n"), 1000, NOW, NULL));
  CHECK_STATUS(SIGNET_OK, signet_replay_store_use_once(store, server_key, TEXT("n"), 1000, NOW, NULL));
  CHECK_STATUS(SIGNET_ERR_REPLAYED, signet_replay_store_use_once(store, NULL, TEXT("n"), 1000, NOW, NULL));
  CHECK_STATUS(SIGNET_OK, signet_replay_store_use_once(store, NULL, TEXT("m"), UINT64_MAX, NOW, NULL));
  CHECK(signet_replay_store_len(store) == 3);
  /* It is full: nothing is forgotten to make room, until it may be. */
  signet_status status = signet_replay_store_use_once(store, NULL, TEXT("x"), 1000, NOW, &error);
  CHECK_ERROR(SIGNET_ERR_REPLAY_STORE_FULL, "3 nonces", status, error);
  CHECK_STATUS(SIGNET_OK, signet_replay_store_use_once(store, NULL, TEXT("x"), 1000, NOW + 60000, NULL));
  status = signet_replay_store_export(store, NOW, &error);
  CHECK_ERROR(SIGNET_ERR_UNSUPPORTED, "file", status, error);
  signet_replay_store_free(store);

  CHECK_STATUS(SIGNET_OK, signet_replay_store_new(0, &store, NULL));
  signet_verifier_options handles = SIGNET_VERIFIER_OPTIONS_INIT;
  handles.replay_store = store;
  signet_verifier *one = verifier_of("", handles), *other = verifier_of("", handles);
  signet_receipt *receipt = receipt_at(agent, ACTION, NOW, 0), *again = NULL;
  size_t len;
  const uint8_t *json = signet_receipt_json(receipt, &len);
  CHECK_STATUS(SIGNET_OK, signet_receipt_parse(json, len, NULL, &again, NULL));
  CHECK_STATUS(SIGNET_OK, checked(one, receipt, TOOL, ARGUMENTS));
  CHECK(signet_replay_store_len(store) == 1);
  signet_replay_store_free(store);
  CHECK_STATUS(SIGNET_ERR_REPLAYED, checked(other, again, TOOL, ARGUMENTS));
  signet_verifier_free(one), signet_verifier_free(other);
}

static int file_contains(const char *path, const char *fragment) {
  static uint8_t text[10000];
  FILE *file = fopen(path, "rb");
  if (file == NULL) return 0;
  size_t len = fread(text, 1, sizeof text, file);
  fclose(file);
  return contains(text, len, fragment);
}

static void a_store_in_a_file_outlives_its_process(void) {
  char folder[] = "/tmp/signet-test-XXXXXX", path[100], command[100];
  signet_replay_store *store = NULL;
  signet_replay_store_options options = SIGNET_REPLAY_STORE_OPTIONS_INIT;
  CHECK(mkdtemp(folder) != NULL);
  snprintf(path, sizeof path, "%s/nonces.json", folder);
  CHECK_STATUS(SIGNET_OK, signet_replay_store_open(TEXT(path), NULL, &store, NULL));
  CHECK_STATUS(SIGNET_OK, signet_replay_store_use_once(store, agent_key, TEXT("n1"), 60000, NOW, NULL));
  signet_replay_store_free(store);
  CHECK_STATUS(SIGNET_OK, signet_replay_store_open(TEXT(path), NULL, &store, NULL));
  CHECK_STATUS(SIGNET_ERR_REPLAYED,
               signet_replay_store_use_once(store, agent_key, TEXT("n1"), 60000, NOW, NULL));
  CHECK(signet_replay_store_len(store) == 1 && !file_contains(path, "n1"));
  CHECK_STATUS(SIGNET_OK, signet_replay_store_export(store, NOW, NULL));
  CHECK(file_contains(path, "\"n1\":\"2026-01-01T00:00:00.000+00:00\""));
  signet_replay_store_free(store);

  /* In the form of TypeScript programs, and at once. */
  snprintf(path, sizeof path, "%s/typescript.json", folder);
  options.form = SIGNET_NONCES_TYPESCRIPT, options.flags = SIGNET_REPLAY_SHARE_AT_ONCE;
  CHECK_STATUS(SIGNET_OK, signet_replay_store_open(TEXT(path), &options, &store, NULL));
  CHECK_STATUS(SIGNET_OK, signet_replay_store_use_once(store, agent_key, TEXT("n2"), 60000, NOW, NULL));
  CHECK(file_contains(path, "\\u0000n2\":1767225660000"));
  signet_replay_store_free(store);

  /* What is not understood is a refusal. */
  FILE *file = fopen(path, "wb");
  fputs("garbage", file), fclose(file);
  signet_error *error = NULL;
  signet_status status = signet_replay_store_open(TEXT(path), &options, &store, &error);
  CHECK_ERROR(SIGNET_ERR_REPLAY_STORE_FAILED, "typescript.json", status, error);
  CHECK(store == NULL);
  options.form = 2;
  CHECK_STATUS(SIGNET_ERR_INVALID_ARGUMENT, signet_replay_store_open(TEXT(path), &options, &store, NULL));
  options.form = 0, options.flags = 4;
  CHECK_STATUS(SIGNET_ERR_UNSUPPORTED, signet_replay_store_open(TEXT(path), &options, &store, NULL));
  CHECK_STATUS(SIGNET_ERR_INVALID_ARGUMENT, signet_replay_store_open(NULL, 0, NULL, &store, NULL));
  snprintf(command, sizeof command, "rm -r %s", folder);
  CHECK(system(command) == 0);
}

/* What a store of the caller's was asked, and what it answers. */
static struct {
  int32_t answer;
  int calls, freed;
  int64_t keep_until;
  int is_agents;
} told;

static int32_t use_nonce(const uint8_t *signer, const uint8_t *nonce, size_t nonce_len,
                         int64_t keep_until_unix_ms, uint64_t max_uses, void *user_data) {
  CHECK(user_data == &told && nonce != NULL && nonce_len > 0 && max_uses == 1);
  told.calls++, told.keep_until = keep_until_unix_ms;
  told.is_agents = signer != NULL && memcmp(signer, rfc_public, sizeof rfc_public) == 0;
  return told.answer;
}

static void count_freed(void *user_data) {
  CHECK(user_data == &told);
  told.freed++;
}

static void a_store_may_be_the_callers(void) {
  static const struct {
    int32_t answer;
    signet_status status;
  } rows[] = {{SIGNET_NONCE_FRESH, SIGNET_OK},
              {SIGNET_NONCE_REPLAYED, SIGNET_ERR_REPLAYED},
              {SIGNET_NONCE_NO_ROOM, SIGNET_ERR_REPLAY_STORE_FULL},
              {-7, SIGNET_ERR_REPLAY_STORE_FAILED}};
  signet_replay_store *store = NULL;
  memset(&told, 0, sizeof told);
  CHECK_STATUS(SIGNET_ERR_NULL_ARGUMENT,
               signet_replay_store_from_callback(NULL, &told, count_freed, &store, NULL));
  CHECK(told.freed == 1);
  CHECK_STATUS(SIGNET_OK, signet_replay_store_from_callback(use_nonce, &told, count_freed, &store, NULL));
  signet_verifier_options handles = SIGNET_VERIFIER_OPTIONS_INIT;
  handles.replay_store = store;
  signet_verifier *verifier = verifier_of("", handles);
  for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
    told.answer = rows[row].answer;
    CHECK_STATUS(rows[row].status,
                 checked(verifier, receipt_at(agent, ACTION, NOW, 0), TOOL, ARGUMENTS));
    CHECK_STATUS(rows[row].status,
                 signet_replay_store_use_once(store, agent_key, TEXT("n"), 5, NOW, NULL));
  }
  CHECK(told.calls == 8 && told.is_agents && told.keep_until == NOW + 5);
  CHECK(signet_replay_store_len(store) == 0);
  /* Nobody asks the store about what fails before. */
  CHECK_STATUS(SIGNET_ERR_TOOL_MISMATCH,
               checked(verifier, receipt_at(agent, ACTION, NOW, 0), "write", ARGUMENTS));
  CHECK(told.calls == 8);
  signet_replay_store_free(store);
  CHECK(told.freed == 1);
  signet_verifier_free(verifier);
  CHECK(told.freed == 2);
}

int main(void) {
  agent = rfc_keypair(), server = keypair_of(2), stranger = keypair_of(3);
  agent_key = key_of(agent), server_key = key_of(server);
  RUN(a_call_passes_once_and_its_report_says_all);
  RUN(each_refusal_has_its_status);
  RUN(a_revoked_delegation_carries_nothing);
  RUN(a_receipt_is_judged_without_a_call_and_in_the_past);
  RUN(options_are_read_strictly);
  RUN(a_policys_counts_are_those_of_its_handle);
  RUN(a_store_remembers_for_all_who_share_it);
  RUN(a_store_in_a_file_outlives_its_process);
  RUN(a_store_may_be_the_callers);
  signet_public_key_free(agent_key), signet_public_key_free(server_key);
  signet_keypair_free(agent), signet_keypair_free(server), signet_keypair_free(stranger);
  return check_report();
}
