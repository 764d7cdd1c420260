/* A tool server behind a guard. JSON-RPC messages come in on stdin, one a line, and a
   tool runs only if a trusted agent has signed the call: for this server, this tool and
   these arguments, just now, and for the first time. That the call came is in the log
   before the tool runs, and what it came to is co-signed.

   usage: guard_server HOME AGENT_KEY TARGET [UNIX_MS]
   UNIX_MS is the time to judge by, for a transcript of the past. */
#define _POSIX_C_SOURCE 200809L /* getline */
#include <signet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT(text) (const uint8_t *)(text), strlen(text)

static signet_keypair *server;
static signet_log *log_;
static int64_t now = SIGNET_NOW;
static signet_error *error;

/* Every call of the library answers with a status; an error says what was wrong. */
static void check(signet_status status) {
  size_t len;
  if (status == SIGNET_OK) return;
  const char *words = (const char *)signet_error_message(error, &len);
  fprintf(stderr, "%s: %.*s\n", signet_status_name(status), (int)len, words);
  exit(1);
}

static void print_line(const uint8_t *text, size_t len) {
  fwrite(text, 1, len, stdout), putchar('\n'), fflush(stdout);
}

/* The tool of this server: it gives back what it was called with. Tool and arguments
   are read from the receipt, so that what runs is what was signed. */
static char *run_tool(const signet_mcp_call *call, const signet_receipt *receipt) {
  size_t id_len, tool_len, len;
  const char *id = (const char *)signet_mcp_call_id(call, &id_len);
  const char *tool = (const char *)signet_receipt_value(receipt, SIGNET_FIELD_TOOL, &tool_len);
  const char *arguments = (const char *)signet_receipt_params(receipt, &len);
  int known = tool_len == strlen("\"echo\"") && memcmp(tool, "\"echo\"", tool_len) == 0;
  char *response = malloc(id_len + len + 200);
  if (response == NULL) exit(1);
  sprintf(response, "{\"jsonrpc\":\"2.0\",\"id\":%.*s,\"result\":", (int)id_len, id);
  if (known)
    sprintf(response + strlen(response), "{\"content\":[],\"structuredContent\":{\"said\":%.*s}}}",
            (int)len, arguments);
  else
    strcat(response, "{\"content\":[{\"type\":\"text\",\"text\":\"no such tool\"}],\"isError\":true}}");
  return response;
}

/* Runs a call that was let through, and co-signs what it came to. */
static void answer(const signet_mcp_call *call) {
  signet_receipt *receipt, *co_signed;
  signet_buffer *response;
  signet_log_entry entry;
  signet_mcp_response_options options = SIGNET_MCP_RESPONSE_OPTIONS_INIT;
  int32_t embedded;
  size_t len;
  if (now != SIGNET_NOW) options.flags = SIGNET_SIGN_AT, options.now_unix_ms = now;
  check(signet_mcp_call_receipt(call, &receipt, &error));
  char *text = run_tool(call, receipt);
  check(signet_mcp_sign_response(server, call, TEXT(text), TEXT("guard_server"), &options,
                                 &response, &co_signed, &embedded, &error));
  const uint8_t *json = signet_receipt_json(co_signed, &len);
  check(signet_log_append(log_, json, len, &entry, &error));
  const uint8_t *bytes = signet_buffer_data(response, &len);
  print_line(bytes, len);
  signet_buffer_free(response), signet_receipt_free(co_signed), signet_receipt_free(receipt);
  free(text);
}

/* The guard decides about each message of a line; what it refuses it answers itself.
   Of what goes on this server knows tool calls that want an answer, and nothing else. */
static void serve(const signet_gate *gate, const char *line, size_t len) {
  signet_verdict *verdict;
  check(signet_gate_judge_with_log(gate, (const uint8_t *)line, len, now, log_, &verdict, &error));
  for (size_t at = 0; at < signet_verdict_len(verdict); at++) {
    signet_mcp_call *call;
    check(signet_verdict_message_call(verdict, at, &call, &error));
    if (call != NULL && signet_mcp_call_id(call, NULL) != NULL) answer(call);
    signet_mcp_call_free(call);
  }
  const uint8_t *refusal = signet_verdict_answer(verdict, &len);
  if (refusal != NULL) print_line(refusal, len);
  signet_verdict_free(verdict);
}

int main(int argc, char **argv) {
  signet_public_key *agent, *key;
  signet_replay_store *nonces;
  signet_verifier *verifier;
  signet_gate *gate;
  char path[4096], options[4096];
  size_t len;
  if (argc < 4) return fprintf(stderr, "usage: guard_server HOME AGENT_KEY TARGET [UNIX_MS]\n"), 2;
  if (argc > 4) now = strtoll(argv[4], NULL, 10);

  /* What was used is remembered across restarts, what was done is kept. */
  check(signet_log_open(TEXT(argv[1]), NULL, NULL, NULL, &log_, &error));
  snprintf(path, sizeof path, "%s/nonces.json", argv[1]);
  check(signet_replay_store_open(TEXT(path), NULL, &nonces, &error));

  /* Whom to believe, and what calls must be for. */
  check(signet_public_key_parse(TEXT(argv[2]), &agent, &error));
  const signet_public_key *trusted[] = {agent};
  signet_verifier_options handles = SIGNET_VERIFIER_OPTIONS_INIT;
  handles.trusted_keys = trusted, handles.trusted_keys_len = 1;
  handles.replay_store = nonces;
  snprintf(options, sizeof options, "{\"targets\":[\"%s\"],\"max_age_seconds\":300}", argv[3]);
  check(signet_verifier_new(TEXT(options), &handles, &verifier, &error));
  check(signet_gate_new(NULL, 0, verifier, NULL, NULL, &gate, &error));

  check(signet_keypair_generate(&server, &error));
  check(signet_keypair_public_key(server, &key, &error));
  const uint8_t *name = signet_public_key_text(key, SIGNET_KEY_TEXT_PREFIXED, &len);
  fprintf(stderr, "responses are signed by %.*s\n", (int)len, (const char *)name);

  char *line = NULL;
  size_t room = 0;
  for (ssize_t read; (read = getline(&line, &room, stdin)) > 0;) serve(gate, line, (size_t)read);

  free(line);
  check(signet_log_close(log_, &error));
  signet_gate_free(gate), signet_verifier_free(verifier), signet_replay_store_free(nonces);
  signet_public_key_free(agent), signet_public_key_free(key);
  signet_log_free(log_), signet_keypair_free(server);
  return 0;
}
