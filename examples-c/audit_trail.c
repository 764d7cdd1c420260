/* An audit trail: two processes sign their tool calls into one log, and one of them
   is killed while it writes. Nothing that was acknowledged is lost, one call is
   proved to somebody who does not have the log, and one changed byte is found.

   usage: audit_trail FOLDER   (new or empty; it is left behind to look at) */
#define _POSIX_C_SOURCE 200809L /* fork and kill */
#include <signal.h>
#include <signet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define TEXT(text) (const uint8_t *)(text), strlen(text)
enum { CALLS = 60 };

static const char *home;
static signet_keypair *agent;   /* signs what it does */
static signet_keypair *log_key; /* vouches for the log, and does nothing else */
static signet_error *error;
static char text[1 << 22]; /* room for a file */

/* Every call of the library answers with a status; an error says what was wrong. */
static void check(signet_status status) {
  if (status == SIGNET_OK) return;
  size_t len;
  const char *words = (const char *)signet_error_message(error, &len);
  fprintf(stderr, "%s: %.*s\n", signet_status_name(status), (int)len, words);
  exit(1);
}

static void expect(int holds, const char *what) {
  if (holds) return;
  fprintf(stderr, "expected: %s\n", what);
  exit(1);
}

/* Where a file of the home folder is. */
static const char *path_of(const char *name) {
  static char path[4096];
  snprintf(path, sizeof path, "%s/%s", home, name);
  return path;
}

static size_t read_file(const char *path) {
  FILE *file = fopen(path, "rb");
  expect(file != NULL, path);
  size_t len = fread(text, 1, sizeof text - 1, file);
  fclose(file);
  text[len] = 0;
  return len;
}

/* What an MCP client sends is signed by the agent and appended. When the append has
   answered, the record is on the disk. */
static void call_tool(const signet_log *log, const char *worker, int id) {
  char request[300];
  signet_buffer *action;
  signet_receipt *receipt;
  signet_log_entry entry;
  size_t len;
  snprintf(request, sizeof request,
           "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"tools/call\",\"params\":{\"name\":\"%s\","
           "\"arguments\":{\"invoice\":\"INV-%d\",\"amount\":\"100.00\",\"currency\":\"EUR\"}}}",
           id, id % 3 ? "read_invoice" : "pay_invoice", id);
  check(signet_action_from_tools_call(TEXT(request), TEXT("mcp://billing"), TEXT("stdio"), NULL,
                                      &action, &error));
  const uint8_t *json = signet_buffer_data(action, &len);
  check(signet_receipt_sign(agent, json, len, TEXT(worker), TEXT("ops"), NULL, &receipt, &error));
  json = signet_receipt_json(receipt, &len);
  check(signet_log_append(log, json, len, &entry, &error));
  signet_receipt_free(receipt), signet_buffer_free(action);
}

/* Starts a process that makes so many calls (-1: without end) and writes a byte into
   a pipe for each one that the log has acknowledged. */
static pid_t start(const char *worker, int calls, int *acknowledged) {
  int ends[2];
  expect(pipe(ends) == 0, "a pipe");
  pid_t child = fork();
  if (child == 0) {
    signet_log *log; /* opened here: a log does not survive a fork */
    check(signet_log_open(TEXT(home), NULL, NULL, NULL, &log, &error));
    for (int id = 1; calls < 0 || id <= calls; id++) {
      call_tool(log, worker, id);
      if (write(ends[1], "+", 1) != 1) break;
    }
    check(signet_log_close(log, &error));
    signet_log_free(log), signet_keypair_free(agent), signet_keypair_free(log_key);
    exit(0);
  }
  expect(child > 0, "a process");
  close(ends[1]);
  *acknowledged = ends[0];
  return child;
}

/* Reads acknowledgements: so many, or (-1) all that there are. */
static int read_acknowledged(int from, int wanted) {
  char byte;
  int seen = 0;
  while (seen != wanted && read(from, &byte, 1) == 1) seen++;
  return seen;
}

/* What a query has found: how many records, and the number of the newest. */
struct found {
  int count;
  uint64_t index;
};

static int32_t note(const signet_log_record *record, void *user_data) {
  struct found *found = user_data;
  found->count++, found->index = signet_log_record_index(record);
  return 0; /* go on */
}

static struct found find(const signet_log *log, const char *query) {
  struct found found = {0, 0};
  check(signet_log_query(log, TEXT(query), note, &found, &error));
  return found;
}

/* Verifies the files: the hash chain, and that each receipt is the agent's. */
static signet_status verify(signet_log_report *report) {
  signet_public_key *key;
  signet_log_verify_options options = SIGNET_LOG_VERIFY_OPTIONS_INIT;
  options.flags = SIGNET_LOG_VERIFY_SIGNATURES;
  check(signet_keypair_public_key(agent, &key, &error));
  const signet_public_key *trusted[] = {key};
  signet_status verdict = signet_log_verify_folder(TEXT(path_of("audit")), trusted, 1, &options,
                                                   NULL, NULL, NULL, report, NULL);
  signet_public_key_free(key);
  return verdict;
}

/* Writes the proof of a record into a file, and checks it as somebody would who has
   the record, that file and the log's verifier key, but not the log. */
static void prove(const signet_log *log, uint64_t index, const signet_log_record *record) {
  signet_buffer *proof, *vkey;
  uint8_t hash[SIGNET_HASH_LEN];
  uint64_t proved, size;
  size_t len, line_len, key_len;
  check(signet_log_prove(log, index, &proof, &error));
  check(signet_log_verifier_key(log, &vkey, &error));
  FILE *file = fopen(path_of("payment.tlog-proof"), "wb");
  const uint8_t *bytes = signet_buffer_data(proof, &len);
  expect(file && fwrite(bytes, 1, len, file) == len && fclose(file) == 0, "a proof file");
  signet_buffer_free(proof);

  len = read_file(path_of("payment.tlog-proof"));
  const uint8_t *line = signet_log_record_line(record, &line_len);
  const uint8_t *key = signet_buffer_data(vkey, &key_len);
  check(signet_record_hash(line, line_len, hash, &error));
  check(signet_proof_verify((const uint8_t *)text, len, hash, key, key_len, &proved, &size,
                            &error));
  expect(proved == index && size == signet_log_len(log), "the proof of this record");
  printf("proof:    the payment is in the log, says its proof file alone\n");
  hash[0] ^= 1; /* any other record */
  printf("          of another record: %s\n",
         signet_status_name(signet_proof_verify((const uint8_t *)text, len, hash, key, key_len,
                                                &proved, &size, NULL)));
  signet_buffer_free(vkey);
}

/* Changes the amount of a payment in the log's file: one byte. */
static void forge(const signet_log_record *record) {
  size_t line_len, name_len;
  char name[64];
  const char *line = (const char *)signet_log_record_line(record, &line_len);
  const char *file_name = (const char *)signet_log_record_file(record, &name_len);
  snprintf(name, sizeof name, "audit/%.*s", (int)name_len, file_name);
  read_file(path_of(name));
  char *place = text;
  while (place != NULL && strncmp(place, line, line_len) != 0) {
    place = strchr(place, '\n');
    if (place != NULL) place++;
  }
  if (place != NULL) place = strstr(place, "\"amount\":\"100.00\"");
  expect(place != NULL, "the payment in its file");
  FILE *file = fopen(path_of(name), "r+b");
  expect(file && fseek(file, place - text + 10, SEEK_SET) == 0 && fputc('9', file) == '9' &&
             fclose(file) == 0,
         "a changed byte");
}

int main(int argc, char **argv) {
  int from_a, from_b, status;
  signet_log *log;
  signet_log_record *record;
  signet_log_report report;
  if (argc != 2) return 2;
  home = argv[1];
  check(signet_keypair_generate(&agent, &error));
  check(signet_keypair_generate(&log_key, &error));

  pid_t worker_a = start("worker-a", CALLS, &from_a);
  pid_t worker_b = start("worker-b", -1, &from_b);
  int acknowledged_b = read_acknowledged(from_b, CALLS / 2);
  kill(worker_b, SIGKILL);
  expect(waitpid(worker_b, &status, 0) == worker_b && WIFSIGNALED(status), "a killed worker");
  acknowledged_b += read_acknowledged(from_b, -1);
  int acknowledged_a = read_acknowledged(from_a, -1);
  expect(waitpid(worker_a, &status, 0) == worker_a && status == 0, "a worker that is done");

  /* Opening sets aside what the kill may have torn. A worker can die before it hears
     that its record is safe; it never hears of one that is not. */
  check(signet_log_open(TEXT(home), NULL, log_key, NULL, &log, &error));
  struct found a = find(log, "{\"signer\":\"worker-a\"}"), b = find(log, "{\"signer\":\"worker-b\"}");
  printf("worker a: %d calls acknowledged, %d in the log\n", acknowledged_a, a.count);
  printf("worker b: killed while it wrote, %d acknowledged calls lost\n",
         b.count < acknowledged_b ? acknowledged_b - b.count : 0);
  signet_status verdict = verify(&report);
  expect(report.signatures_valid == (uint64_t)(a.count + b.count), "every signature");
  printf("log:      %s, every signature holds\n", signet_status_name(verdict));

  struct found paid = find(log, "{\"signer\":\"worker-a\",\"tool\":\"pay_invoice\"}");
  check(signet_log_read(log, paid.index, &record, &error));
  prove(log, paid.index, record);
  check(signet_log_close(log, &error));

  forge(record);
  verdict = verify(&report);
  printf("forged:   %s, %s\n", signet_status_name(verdict),
         report.first_bad == paid.index ? "and it is the payment" : "but somewhere else");
  signet_log_record_free(record), signet_log_free(log);
  signet_keypair_free(agent), signet_keypair_free(log_key);
  return verdict != SIGNET_ERR_LOG_TAMPERED;
}
