/* The audit log: append signed tool calls, read them back, search them, and verify
   that nothing was changed.

   usage: log FOLDER   (new or empty; the log is in FOLDER/audit afterwards) */
#include <signet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT(text) (const uint8_t *)(text), strlen(text)

static signet_error *error;

static void check(signet_status status) {
  if (status == SIGNET_OK) return;
  size_t len;
  const char *words = (const char *)signet_error_message(error, &len);
  fprintf(stderr, "%s: %.*s\n", signet_status_name(status), (int)len, words);
  exit(1);
}

/* Signs an action and appends the receipt. When the call returns, it is on the disk. */
static void record(const signet_log *log, const signet_keypair *agent, const char *action) {
  signet_receipt *receipt;
  signet_log_entry entry;
  size_t len;
  check(signet_receipt_sign(agent, TEXT(action), TEXT("bot"), TEXT("ops"), NULL, &receipt, &error));
  const uint8_t *json = signet_receipt_json(receipt, &len);
  check(signet_log_append(log, json, len, &entry, &error));
  printf("appended: %d, %s\n", (int)entry.index, entry.durable ? "durable" : "not durable yet");
  signet_receipt_free(receipt);
}

/* Is shown the records that a query finds. */
static int32_t show(const signet_log_record *found, void *user_data) {
  size_t len, name_len;
  signet_receipt *receipt;
  const uint8_t *json = signet_log_record_receipt(found, &len);
  check(signet_receipt_parse(json, len, NULL, &receipt, &error));
  const uint8_t *tool = signet_receipt_text(receipt, SIGNET_FIELD_TOOL, &len);
  const uint8_t *name = signet_receipt_text(receipt, SIGNET_FIELD_SIGNER_NAME, &name_len);
  printf("found:    %d, %.*s by %.*s\n", (int)signet_log_record_index(found), (int)len,
         (const char *)tool, (int)name_len, (const char *)name);
  signet_receipt_free(receipt);
  ++*(int *)user_data;
  return 0; /* go on; anything else would stop */
}

int main(int argc, char **argv) {
  signet_log *log;
  signet_keypair *agent;
  signet_public_key *key;
  signet_log_report report;
  int found = 0;
  if (argc != 2) return 2;
  check(signet_keypair_generate(&agent, &error));
  check(signet_keypair_public_key(agent, &key, &error));

  /* Two keys may be given: a control key for the log's own records, and a log key for
     checkpoints and proofs (see proof.c). Without them it is a plain hash chain. */
  check(signet_log_open(TEXT(argv[1]), NULL, NULL, NULL, &log, &error));
  record(log, agent, "{\"tool\":\"read_file\",\"params\":{\"path\":\"/etc/hosts\"}}");
  record(log, agent, "{\"tool\":\"delete_file\",\"params\":{\"path\":\"/tmp/a\"}}");
  record(log, agent, "{\"tool\":\"delete_file\",\"params\":{\"path\":\"/tmp/b\"}}");
  check(signet_log_query(log, TEXT("{\"tool\":\"delete\"}"), show, &found, &error));
  printf("found:    %d of %d\n", found, (int)signet_log_len(log));

  /* Without options only the hash chain is verified; ask for the signatures too, and
     say whose signatures count. */
  const signet_public_key *trusted[] = {key};
  signet_log_verify_options options = SIGNET_LOG_VERIFY_OPTIONS_INIT;
  options.flags = SIGNET_LOG_VERIFY_SIGNATURES;
  check(signet_log_verify(log, trusted, 1, &options, NULL, NULL, NULL, &report, &error));
  printf("verified: %d records, %d signatures\n", (int)report.records,
         (int)report.signatures_valid);

  /* Closing says whether everything reached the disk; freeing could not. */
  check(signet_log_close(log, &error));
  signet_log_free(log);

  /* It continues where it was, in this process or in another. */
  check(signet_log_open(TEXT(argv[1]), NULL, NULL, NULL, &log, &error));
  record(log, agent, "{\"tool\":\"read_file\",\"params\":{\"path\":\"/tmp/c\"}}");
  check(signet_log_close(log, &error));
  signet_log_free(log), signet_public_key_free(key), signet_keypair_free(agent);
  return 0;
}
