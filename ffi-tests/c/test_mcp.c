/* MCP messages: signed on their way out, verified on their way in, both ways, and
   otherwise left as they are. */
#include "check.h"

#define CALL(id, arguments) \
  "{\"jsonrpc\":\"2.0\",\"id\":" id ",\"method\":\"tools/call\",\"params\":{\"name\":\"read\"," \
  "\"arguments\":" arguments "}}"
#define RESULT "{\"content\":[{\"type\":\"text\",\"text\":\"hello\"}]}"

static signet_keypair *agent, *server;
static signet_public_key *agent_key, *server_key;
static signet_verifier *verifier, *client;

static signet_mcp_signed *signed_as(const char *message, const signet_mcp_request_options *options) {
  signet_mcp_signed *signed_message = NULL;
  CHECK_STATUS(SIGNET_OK, signet_mcp_sign_request(agent, TEXT(message), TEXT("bot"), TEXT("ops"),
                                                  options, &signed_message, NULL));
  return signed_message;
}

static signet_mcp_call *call_of(const signet_mcp_signed *signed_message, size_t index) {
  signet_mcp_call *call = NULL;
  CHECK_STATUS(SIGNET_OK, signet_mcp_signed_call(signed_message, index, &call, NULL));
  return call;
}

/* What the server makes of a signed message: the call, if it is fine. */
static signet_mcp_call *verified(const uint8_t *message, size_t len, signet_status expected) {
  signet_report *report = NULL;
  signet_mcp_call *call = NULL;
  signet_status status =
      signet_mcp_verify_request(verifier, message, len, SIGNET_NOW, &report, &call, NULL);
  CHECK_STATUS(expected, status);
  CHECK_STATUS(expected, signet_report_status(report));
  CHECK((call != NULL) == (expected == SIGNET_OK));
  signet_report_free(report);
  return call;
}

static int has_id(const signet_mcp_call *call, const char *expected) {
  size_t len;
  const uint8_t *id = signet_mcp_call_id(call, &len);
  return expected ? same(id, len, expected) : id == NULL;
}

static void a_call_goes_there_and_its_answer_back(void) {
  signet_mcp_request_options options = SIGNET_MCP_REQUEST_OPTIONS_INIT;
  options.target = (const uint8_t *)"mcp://files", options.target_len = 11;
  options.session = (const uint8_t *)"s1", options.session_len = 2;
  signet_mcp_signed *sent = signed_as(CALL("7", "{\"n\":9007199254740993}"), &options);
  size_t len, id_len;
  const uint8_t *message = signet_mcp_signed_message(sent, &len);
  CHECK(signet_mcp_signed_len(sent) == 1);
  CHECK(contains(message, len, "\"params\":{\"_meta\":{\"_signet\":{\"action\":{\"call_id\":\"n:7\","));
  CHECK(contains(message, len, "\"name\":\"read\",\"arguments\":{\"n\":9007199254740993}}}"));
  signet_mcp_call *asked = call_of(sent, 0), *got = verified(message, len, SIGNET_OK);
  CHECK(has_id(asked, "7") && has_id(got, "7"));
  signet_receipt *receipt = NULL;
  CHECK_STATUS(SIGNET_OK, signet_mcp_call_receipt(got, &receipt, NULL));
  const uint8_t *text = signet_receipt_text(receipt, SIGNET_FIELD_SESSION, &id_len);
  CHECK(same(text, id_len, "s1"));
  signet_receipt_free(receipt);
  CHECK(verified(message, len, SIGNET_ERR_REPLAYED) == NULL);

  signet_buffer *response = NULL, *stripped = NULL;
  signet_report *report = NULL;
  int32_t embedded = 7;
  const char *answer = "{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":" RESULT "}";
  CHECK_STATUS(SIGNET_OK, signet_mcp_sign_response(server, got, TEXT(answer), TEXT("files"), NULL,
                                                   &response, &receipt, &embedded, NULL));
  CHECK(embedded == 1 && signet_receipt_version(receipt) == 3);
  const uint8_t *bytes = signet_buffer_data(response, &len);
  CHECK(contains(bytes, len, "\"result\":{\"_meta\":{\"_signet_bilateral\":{\"agent_receipt\":"));
  CHECK_STATUS(SIGNET_OK, signet_mcp_verify_response(client, asked, bytes, len, SIGNET_NOW, &report,
                                                     &stripped, NULL));
  text = signet_buffer_data(stripped, &id_len);
  CHECK(same(text, id_len, answer));
  CHECK(signet_report_party_is_trusted(report, SIGNET_PARTY_SERVER) == 1);
  signet_buffer_free(stripped), signet_report_free(report);

  /* The same once more, and with another text. */
  CHECK_STATUS(SIGNET_ERR_REPLAYED, signet_mcp_verify_response(client, asked, bytes, len, SIGNET_NOW,
                                                               &report, &stripped, NULL));
  CHECK(stripped == NULL && report != NULL);
  signet_report_free(report);
  char *forged = replaced(bytes, len, "hello", "hallo");
  CHECK_STATUS(SIGNET_ERR_CONTENT_HASH_MISMATCH,
               signet_mcp_verify_response(client, asked, TEXT(forged), SIGNET_NOW, &report, &stripped, NULL));
  free(forged), signet_report_free(report);
  /* Signing it again would replace what was signed. */
  signet_buffer *again = NULL;
  signet_receipt *second = NULL;
  CHECK_STATUS(SIGNET_ERR_ALREADY_SIGNED,
               signet_mcp_sign_response(server, got, bytes, len, TEXT("files"), NULL, &again, &second,
                                        &embedded, NULL));
  CHECK(again == NULL && second == NULL && embedded == 1);
  signet_buffer_free(response), signet_receipt_free(receipt);
  signet_mcp_call_free(asked), signet_mcp_call_free(got), signet_mcp_signed_free(sent);
}

static void a_response_is_held_to_its_call(void) {
  signet_mcp_signed *sent = signed_as("[" CALL("1", "{}") "," CALL("\"b\"", "{}") "]", NULL);
  signet_mcp_call *first = call_of(sent, 0), *second = call_of(sent, 1), *none = NULL;
  CHECK(signet_mcp_signed_len(sent) == 2 && has_id(first, "1") && has_id(second, "\"b\""));
  signet_error *error = NULL;
  signet_status status = signet_mcp_signed_call(sent, 2, &none, &error);
  CHECK_ERROR(SIGNET_ERR_INVALID_ARGUMENT, "index", status, error);

  signet_buffer *response = NULL, *stripped = NULL;
  signet_receipt *receipt = NULL;
  signet_report *report = NULL;
  int32_t embedded;
  size_t len;
  CHECK_STATUS(SIGNET_ERR_BINDING_MISMATCH,
               signet_mcp_sign_response(server, first, TEXT("{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":{}}"),
                                        TEXT("files"), NULL, &response, &receipt, &embedded, NULL));
  CHECK_STATUS(SIGNET_ERR_MESSAGE_INVALID,
               signet_mcp_sign_response(server, first, TEXT(CALL("1", "{}")), TEXT("files"), NULL,
                                        &response, &receipt, &embedded, NULL));
  CHECK_STATUS(SIGNET_OK,
               signet_mcp_sign_response(server, first, TEXT("{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}"),
                                        TEXT("files"), NULL, &response, &receipt, &embedded, NULL));
  const uint8_t *bytes = signet_buffer_data(response, &len);
  char *moved = replaced(bytes, len, "\"id\":1", "\"id\":\"b\"");
  status = signet_mcp_verify_response(client, second, TEXT(moved), SIGNET_NOW, &report, &stripped, &error);
  CHECK_ERROR(SIGNET_ERR_BINDING_MISMATCH, "not about the call", status, error);
  CHECK(report == NULL && stripped == NULL);
  free(moved), signet_buffer_free(response), signet_receipt_free(receipt);
  CHECK_STATUS(SIGNET_ERR_UNSIGNED,
               signet_mcp_verify_response(client, first, TEXT("{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}"),
                                          SIGNET_NOW, &report, &stripped, NULL));
  /* An error has no place for a receipt: that is for the log alone. */
  const char *failed = "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":1,\"message\":\"no\"}}";
  CHECK_STATUS(SIGNET_OK, signet_mcp_sign_response(server, first, TEXT(failed), TEXT("files"), NULL,
                                                   &response, &receipt, &embedded, NULL));
  bytes = signet_buffer_data(response, &len);
  CHECK(embedded == 0 && same(bytes, len, failed));
  bytes = signet_receipt_json(receipt, &len);
  CHECK(contains(bytes, len, "\"outcome\":{\"error\":\"no\",\"status\":\"failed\"}"));
  signet_buffer_free(response), signet_receipt_free(receipt);
  signet_mcp_call_free(first), signet_mcp_call_free(second), signet_mcp_signed_free(sent);
}

static void params_and_results_stand_alone(void) {
  signet_mcp_signed *sent = signed_as(CALL("7", "{\"n\":1}"), NULL);
  signet_mcp_call *asked = call_of(sent, 0), *got = NULL;
  signet_report *report = NULL;
  size_t len;
  const uint8_t *message = signet_mcp_signed_message(sent, &len);
  const char *start = strstr((const char *)message, "\"params\":");
  size_t params_len = len - (size_t)((const uint8_t *)start - message) - 10;
  CHECK_STATUS(SIGNET_OK, signet_mcp_verify_params(verifier, (const uint8_t *)start + 9, params_len,
                                                   SIGNET_NOW, &report, &got, NULL));
  CHECK(has_id(got, NULL));
  signet_report_free(report);
  signet_buffer *result = NULL, *stripped = NULL;
  signet_receipt *receipt = NULL;
  signet_mcp_response_options options = SIGNET_MCP_RESPONSE_OPTIONS_INIT;
  int32_t embedded;
  options.outcome = (const uint8_t *)"{\"status\":\"executed\",\"reason\":\"by hand\"}";
  options.outcome_len = strlen((const char *)options.outcome);
  CHECK_STATUS(SIGNET_OK, signet_mcp_sign_result(server, got, TEXT(RESULT), TEXT("files"), &options,
                                                 &result, &receipt, &embedded, NULL));
  const uint8_t *bytes = signet_receipt_json(receipt, &len);
  CHECK(embedded == 1 && contains(bytes, len, "\"reason\":\"by hand\""));
  bytes = signet_buffer_data(result, &len);
  CHECK(contains(bytes, len, "{\"_meta\":{\"_signet_bilateral\":{") && contains(bytes, len, "hello"));
  CHECK_STATUS(SIGNET_OK, signet_mcp_verify_result(client, asked, bytes, len, SIGNET_NOW, &report,
                                                   &stripped, NULL));
  bytes = signet_buffer_data(stripped, &len);
  CHECK(same(bytes, len, RESULT));
  signet_buffer_free(stripped), signet_report_free(report);
  signet_buffer_free(result), signet_receipt_free(receipt);
  /* A result that says so itself has failed; one that is no object has no room. */
  CHECK_STATUS(SIGNET_OK,
               signet_mcp_sign_result(server, got, TEXT("{\"content\":[],\"isError\":true}"), TEXT("files"),
                                      NULL, &result, &receipt, &embedded, NULL));
  bytes = signet_receipt_json(receipt, &len);
  CHECK(contains(bytes, len, "\"status\":\"failed\""));
  signet_buffer_free(result), signet_receipt_free(receipt);
  CHECK_STATUS(SIGNET_OK, signet_mcp_sign_result(server, got, TEXT("3"), TEXT("files"), NULL, &result,
                                                 &receipt, &embedded, NULL));
  bytes = signet_buffer_data(result, &len);
  CHECK(embedded == 0 && same(bytes, len, "3"));
  signet_buffer_free(result), signet_receipt_free(receipt);
  /* Without an id no message answers it. */
  CHECK_STATUS(SIGNET_ERR_BINDING_MISMATCH,
               signet_mcp_sign_response(server, got, TEXT("{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{}}"),
                                        TEXT("files"), NULL, &result, &receipt, &embedded, NULL));
  signet_mcp_call_free(asked), signet_mcp_call_free(got), signet_mcp_signed_free(sent);
}

static void what_cannot_be_read_in_one_way_is_refused(void) {
  static const struct {
    const char *message;
    signet_status status;
  } rows[] = {
      {"{", SIGNET_ERR_JSON_SYNTAX},
      {"{\"id\":1,\"id\":2}", SIGNET_ERR_JSON_DUPLICATE_MEMBER},
      {"{\"jsonrpc\":\"2.0\",\"id\":1,\"Method\":\"tools/call\"}", SIGNET_ERR_MESSAGE_INVALID},
      {"{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"x\"}}",
       SIGNET_ERR_MESSAGE_INVALID},
      {"[]", SIGNET_ERR_MESSAGE_INVALID},
      {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\"}", SIGNET_ERR_MESSAGE_INVALID},
  };
  for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
    signet_mcp_signed *sent = NULL;
    signet_report *report = NULL;
    signet_mcp_call *call = NULL;
    CHECK_STATUS(rows[row].status, signet_mcp_sign_request(agent, TEXT(rows[row].message), TEXT("bot"),
                                                           NULL, 0, NULL, &sent, NULL));
    CHECK_STATUS(rows[row].status, signet_mcp_verify_request(verifier, TEXT(rows[row].message), SIGNET_NOW,
                                                             &report, &call, NULL));
    CHECK(sent == NULL && report == NULL && call == NULL);
  }
  /* What is no tool call is no business of the signer's. */
  signet_mcp_signed *sent = signed_as(" {\"jsonrpc\":\"2.0\",\"method\":\"ping\",\"id\":1} ", NULL);
  size_t len;
  const uint8_t *message = signet_mcp_signed_message(sent, &len);
  CHECK(same(message, len, " {\"jsonrpc\":\"2.0\",\"method\":\"ping\",\"id\":1} "));
  CHECK(signet_mcp_signed_len(sent) == 0);
  signet_mcp_signed_free(sent);
  CHECK(verified(TEXT(CALL("1", "{}")), SIGNET_ERR_UNSIGNED) == NULL);
}

static void options_say_what_receipts_say(void) {
  signet_mcp_request_options options = SIGNET_MCP_REQUEST_OPTIONS_INIT;
  signet_mcp_signed *sent = NULL, *again = NULL;
  size_t len;
  options.flags = SIGNET_SIGN_AT | SIGNET_SIGN_HASH_ONLY, options.now_unix_ms = NOW;
#define SAY(member, text) options.member = (const uint8_t *)(text), options.member##_len = strlen(text)
  SAY(target, "mcp://files"), SAY(transport, "http"), SAY(trace_id, "t1");
  SAY(parent_receipt_id, "rec_0"), SAY(expires_at, "2026-02-01T00:00:00Z");
  sent = signed_as(CALL("7", "{\"secret\":1}"), &options);
  signet_mcp_call *call = call_of(sent, 0);
  signet_receipt *receipt = NULL;
  CHECK_STATUS(SIGNET_OK, signet_mcp_call_receipt(call, &receipt, NULL));
  const uint8_t *text = signet_receipt_json(receipt, &len);
  static const char *said[] = {"\"params\":null",          "\"transport\":\"http\"", "\"trace_id\":\"t1\"",
                               "\"parent_receipt_id\":\"rec_0\"", "\"ts\":\"2026-01-01T00:00:00.000Z\"",
                               "\"exp\":\"2026-02-01T00:00:00Z\""};
  for (size_t at = 0; at < sizeof said / sizeof *said; at++) CHECK(contains(text, len, said[at]));
  signet_receipt_free(receipt), signet_mcp_call_free(call);

  /* A receipt that is there already is not lost unasked. */
  text = signet_mcp_signed_message(sent, &len);
  signet_error *error = NULL;
  signet_status status =
      signet_mcp_sign_request(agent, text, len, TEXT("bot"), NULL, 0, NULL, &again, &error);
  CHECK_ERROR(SIGNET_ERR_ALREADY_SIGNED, "receipt already", status, error);
  options.flags = SIGNET_SIGN_REPLACE;
  CHECK_STATUS(SIGNET_OK, signet_mcp_sign_request(agent, text, len, TEXT("bot"), NULL, 0, &options, &again,
                                                  NULL));
  CHECK(signet_mcp_signed_len(again) == 1);
  signet_mcp_signed_free(again), signet_mcp_signed_free(sent);

  /* Limits hold for what goes out, too. */
  signet_mcp_request_options small = SIGNET_MCP_REQUEST_OPTIONS_INIT;
  small.max_len = 200;
  CHECK_STATUS(SIGNET_ERR_TOO_LARGE, signet_mcp_sign_request(agent, TEXT(CALL("7", "{}")), TEXT("bot"), NULL,
                                                             0, &small, &sent, NULL));
  small.max_len = 0, small.max_depth = 2;
  CHECK_STATUS(SIGNET_ERR_JSON_TOO_DEEP, signet_mcp_sign_request(agent, TEXT(CALL("7", "{}")), TEXT("bot"),
                                                                 NULL, 0, &small, &sent, NULL));
  small.max_depth = 0, small.max_batch = 1;
  CHECK_STATUS(SIGNET_ERR_TOO_LARGE, signet_mcp_sign_request(agent, TEXT("[1,2]"), TEXT("bot"), NULL, 0,
                                                             &small, &sent, NULL));
  small.flags = SIGNET_SIGN_FIXED_NONCE;
  CHECK_STATUS(SIGNET_ERR_UNSUPPORTED, signet_mcp_sign_request(agent, TEXT(CALL("7", "{}")), TEXT("bot"),
                                                               NULL, 0, &small, &sent, NULL));
  CHECK(sent == NULL);
}

static void a_policy_is_asked_before_anything_is_signed(void) {
  static const char text[] =
      "version: 1\ndefault_action: allow\nrules:\n"
      "  - {id: no, match: {tool: rm}, action: deny, reason: never}\n"
      "  - {id: ask, match: {tool: pay}, action: require_approval}\n"
      "  - {id: tell, match: {tool: mail}, action: allow, obligations: [{type: sandbox, version: 1, parameters: {required: true}}]}\n";
  signet_policy *policy = NULL;
  signet_mcp_signed *sent = NULL;
  signet_error *error = NULL;
  signet_mcp_request_options options = SIGNET_MCP_REQUEST_OPTIONS_INIT;
  CHECK_STATUS(SIGNET_OK, signet_policy_parse(TEXT(text), SIGNET_FORMAT_YAML, NULL, &policy, NULL));
  options.policy = policy;
#define OF(tool) "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"" tool "\"}}"
  signet_status status = signet_mcp_sign_request(agent, TEXT("[" OF("ls") "," OF("rm") "]"), TEXT("bot"),
                                                 NULL, 0, &options, &sent, &error);
  CHECK_ERROR(SIGNET_ERR_POLICY_DENIED, "never", status, error);
  CHECK(sent == NULL);
  CHECK_STATUS(SIGNET_ERR_APPROVAL_REQUIRED,
               signet_mcp_sign_request(agent, TEXT(OF("pay")), TEXT("bot"), NULL, 0, &options, &sent, NULL));
  status = signet_mcp_sign_request(agent, TEXT(OF("mail")), TEXT("bot"), NULL, 0, &options, &sent, &error);
  CHECK_ERROR(SIGNET_ERR_POLICY_DENIED, "sandbox", status, error);
  SAY(fulfils, "[\"log\", \"sandbox\"]");
  CHECK_STATUS(SIGNET_OK,
               signet_mcp_sign_request(agent, TEXT(OF("mail")), TEXT("bot"), NULL, 0, &options, &sent, NULL));
  size_t len;
  const uint8_t *message = signet_mcp_signed_message(sent, &len);
  CHECK(contains(message, len, "\"policy\":{\"decision\":\"allow\",\"matched_rules\":[\"tell\"]"));
  signet_mcp_signed_free(sent);
  SAY(fulfils, "{\"sandbox\":true}");
  status = signet_mcp_sign_request(agent, TEXT(OF("mail")), TEXT("bot"), NULL, 0, &options, &sent, &error);
  CHECK_ERROR(SIGNET_ERR_INVALID_ARGUMENT, "fulfils", status, error);
  signet_policy_free(policy);
}

int main(void) {
  agent = rfc_keypair(), server = keypair_of(2);
  agent_key = key_of(agent), server_key = key_of(server);
  const signet_public_key *agents[] = {agent_key}, *servers[] = {server_key};
  signet_verifier_options options = SIGNET_VERIFIER_OPTIONS_INIT;
  options.trusted_keys = agents, options.trusted_keys_len = 1;
  CHECK_STATUS(SIGNET_OK, signet_verifier_new(NULL, 0, &options, &verifier, NULL));
  options.trusted_servers = servers, options.trusted_servers_len = 1;
  CHECK_STATUS(SIGNET_OK, signet_verifier_new(NULL, 0, &options, &client, NULL));
  RUN(a_call_goes_there_and_its_answer_back);
  RUN(a_response_is_held_to_its_call);
  RUN(params_and_results_stand_alone);
  RUN(what_cannot_be_read_in_one_way_is_refused);
  RUN(options_say_what_receipts_say);
  RUN(a_policy_is_asked_before_anything_is_signed);
  signet_verifier_free(verifier), signet_verifier_free(client);
  signet_public_key_free(agent_key), signet_public_key_free(server_key);
  signet_keypair_free(agent), signet_keypair_free(server);
  return check_report();
}
