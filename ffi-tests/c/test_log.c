/* The audit log: append, read, query, verify, prove, and what becomes of it when
   its files are damaged. */
#include "check.h"

#include <unistd.h>

enum { RECORDS = 5 };

static signet_keypair *agent;
static signet_public_key *key;

/* A home folder of its own for each test. */
static const char *new_home(void) {
  static char home[64];
  strcpy(home, "/tmp/signet-test-XXXXXX");
  CHECK(mkdtemp(home) != NULL);
  return home;
}

static void remove_home(const char *home) {
  char command[100];
  snprintf(command, sizeof command, "rm -rf %s", home);
  CHECK(system(command) == 0);
}

static signet_log *open_log(const char *home, const signet_keypair *log_key) {
  signet_log *log = NULL;
  CHECK_STATUS(SIGNET_OK, signet_log_open(TEXT(home), NULL, log_key, NULL, &log, NULL));
  return log;
}

static signet_receipt *call_of(const char *tool, int number) {
  char action[100];
  snprintf(action, sizeof action, "{\"tool\":\"%s\",\"params\":{\"n\":%d}}", tool, number);
  return fixed_receipt(agent, action);
}

/* Appends calls of "read" and "write" in turn. */
static void fill(const signet_log *log, signet_log_entry entries[RECORDS]) {
  uint64_t before = signet_log_len(log);
  for (int number = 0; number < RECORDS; number++) {
    size_t len;
    signet_receipt *receipt = call_of(number % 2 ? "write" : "read", number);
    const uint8_t *json = signet_receipt_json(receipt, &len);
    CHECK_STATUS(SIGNET_OK, signet_log_append(log, json, len, &entries[number], NULL));
    CHECK(entries[number].index == before + (uint64_t)number && entries[number].durable == 1);
    signet_receipt_free(receipt);
  }
}

/* A log with all records, closed; answers the path of its day file. */
static const char *closed_log(const char *home) {
  static char path[200];
  signet_log_entry entries[RECORDS];
  signet_log_record *record = NULL;
  size_t len;
  signet_log *log = open_log(home, NULL);
  fill(log, entries);
  CHECK_STATUS(SIGNET_OK, signet_log_read(log, 0, &record, NULL));
  const uint8_t *file = signet_log_record_file(record, &len);
  snprintf(path, sizeof path, "%s/audit/%.*s", home, (int)len, (const char *)file);
  signet_log_record_free(record);
  CHECK_STATUS(SIGNET_OK, signet_log_close(log, NULL));
  signet_log_free(log);
  return path;
}

static int32_t count(const signet_log_record *record, void *user_data) {
  UNUSED(record);
  return ++*(int *)user_data < 2 ? 0 : 1;
}

static int32_t count_all(const signet_log_record *record, void *user_data) {
  size_t len;
  const uint8_t *receipt = signet_log_record_receipt(record, &len);
  CHECK(contains(receipt, len, "\"tool\":\"write\""));
  ++*(int *)user_data;
  return 0;
}

static void records_are_read_back_one_by_one_and_by_query(void) {
  const char *home = new_home();
  signet_log_entry entries[RECORDS], many[2];
  signet_log *log = open_log(home, NULL);
  fill(log, entries);
  signet_receipt *receipts[2] = {call_of("write", 10), call_of("write", 11)};
  const uint8_t *texts[2];
  size_t lens[2], len;
  for (int at = 0; at < 2; at++) texts[at] = signet_receipt_json(receipts[at], &lens[at]);
  CHECK_STATUS(SIGNET_OK, signet_log_append_many(log, texts, lens, 2, many, NULL));
  CHECK(many[0].index == RECORDS && many[1].index == RECORDS + 1);
  CHECK(signet_log_len(log) == RECORDS + 2);

  signet_log_record *record = NULL;
  uint8_t hash[SIGNET_HASH_LEN], computed[SIGNET_HASH_LEN];
  CHECK_STATUS(SIGNET_OK, signet_log_read(log, RECORDS, &record, NULL));
  const uint8_t *text = signet_log_record_receipt(record, &len);
  CHECK(len == lens[0] && memcmp(text, texts[0], len) == 0);
  CHECK_STATUS(SIGNET_OK, signet_log_record_hash(record, hash, NULL));
  text = signet_log_record_line(record, &len);
  CHECK_STATUS(SIGNET_OK, signet_record_hash(text, len, computed, NULL));
  CHECK(memcmp(hash, computed, sizeof hash) == 0);
  CHECK(memcmp(hash, many[0].record_hash, sizeof hash) == 0);
  signet_log_record_free(record);

  signet_error *error = NULL;
  CHECK_ERROR(SIGNET_ERR_RECORD_NOT_FOUND, "log", signet_log_read(log, 99, &record, &error),
              error);
  CHECK(record == NULL);
  int seen = 0;
  CHECK_STATUS(SIGNET_ERR_STOPPED, signet_log_visit(log, 0, count, &seen, NULL));
  CHECK(seen == 2);
  seen = 0;
  CHECK_STATUS(SIGNET_OK, signet_log_query(log, TEXT("{\"tool\":\"wri\",\"limit\":3}"), count_all,
                                           &seen, NULL));
  CHECK(seen == 3);
  CHECK_ERROR(SIGNET_ERR_UNKNOWN_MEMBER, "query",
              signet_log_query(log, TEXT("{\"tol\":\"x\"}"), count_all, &seen, &error), error);
  CHECK_STATUS(SIGNET_OK, signet_log_close(log, NULL));
  CHECK_ERROR(SIGNET_ERR_LOG_CLOSED, "log",
              signet_log_append(log, texts[0], lens[0], many, &error), error);
  signet_log_free(log);
  signet_receipt_free(receipts[0]), signet_receipt_free(receipts[1]);
  remove_home(home);
}

struct told {
  int findings;
  int32_t kind;
  uint64_t index, line;
  int hashes;
};

static int32_t tell(const signet_log_finding *finding, void *user_data) {
  struct told *told = user_data;
  if (told->findings++ == 0) {
    told->kind = finding->kind, told->index = finding->index, told->line = finding->line;
    told->hashes = finding->expected_hash != NULL && finding->actual_hash != NULL;
    CHECK(well_written(finding->detail, finding->detail_len));
  }
  return 0;
}

static signet_status verify(const char *home, const signet_public_key *trusted,
                            signet_log_report *report, struct told *told) {
  char folder[100];
  signet_log_verify_options options = SIGNET_LOG_VERIFY_OPTIONS_INIT;
  options.flags = SIGNET_LOG_VERIFY_SIGNATURES;
  memset(told, 0, sizeof *told);
  snprintf(folder, sizeof folder, "%s/audit", home);
  return signet_log_verify_folder(TEXT(folder), &trusted, 1, &options, tell, NULL, told, report,
                                  NULL);
}

/* Changes the first `from` in a file into `to`. */
static void edit(const char *path, const char *from, char to) {
  static char text[65536];
  FILE *file = fopen(path, "r+");
  size_t len = fread(text, 1, sizeof text - 1, file);
  text[len] = 0;
  char *place = strstr(text, from);
  CHECK(place != NULL);
  fseek(file, place - text + (long)strlen(from) - 1, SEEK_SET);
  fputc(to, file), fclose(file);
}

static void a_changed_byte_is_tampering_and_its_record_is_named(void) {
  const char *home = new_home(), *path = closed_log(home);
  signet_log_report report;
  struct told told;
  CHECK_STATUS(SIGNET_OK, verify(home, key, &report, &told));
  CHECK(report.records == RECORDS && report.signatures_valid == RECORDS);
  CHECK(report.first_bad == SIGNET_NO_POSITION && told.findings == 0);
  edit(path, "\"n\":3", '4');
  CHECK_STATUS(SIGNET_ERR_LOG_TAMPERED, verify(home, key, &report, &told));
  CHECK(report.first_bad == 3 && report.signatures_failed == 1);
  CHECK(told.index == 3 && told.line == 4 && told.kind == SIGNET_FINDING_HASH_MISMATCH);
  CHECK(told.hashes && report.findings == (uint64_t)told.findings);
  edit(path, "\"n\":4", '3');
  CHECK_STATUS(SIGNET_OK, verify(home, key, &report, &told));
  remove_home(home);
}

static void any_number_of_threads_gives_the_same_answer(void) {
  static const uint64_t numbers[] = {0, 1, 2, 300, UINT64_MAX};
  const signet_public_key *trusted[] = {key};
  const char *home = new_home();
  char folder[100];
  closed_log(home);
  snprintf(folder, sizeof folder, "%s/audit", home);
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
    signet_log_verify_options options = SIGNET_LOG_VERIFY_OPTIONS_INIT;
    signet_log_report report;
    options.flags = SIGNET_LOG_VERIFY_SIGNATURES, options.threads = numbers[i];
    CHECK_STATUS(SIGNET_OK, signet_log_verify_folder(TEXT(folder), trusted, 1, &options, NULL,
                                                     NULL, NULL, &report, NULL));
    CHECK(report.records == RECORDS && report.signatures_valid == RECORDS);
  }
  remove_home(home);
}

static void a_strangers_signature_does_not_count(void) {
  const char *home = new_home();
  closed_log(home);
  signet_keypair *other = NULL;
  signet_public_key *stranger = NULL;
  signet_log_report report;
  struct told told;
  CHECK_STATUS(SIGNET_OK, signet_keypair_generate(&other, NULL));
  CHECK_STATUS(SIGNET_OK, signet_keypair_public_key(other, &stranger, NULL));
  CHECK_STATUS(SIGNET_ERR_LOG_TAMPERED, verify(home, stranger, &report, &told));
  CHECK(told.kind == SIGNET_FINDING_SIGNER_UNTRUSTED && told.findings == RECORDS);
  signet_public_key_free(stranger), signet_keypair_free(other);
  remove_home(home);
}

static signet_buffer *plan_of(const char *home) {
  char folder[100];
  signet_buffer *plan = NULL;
  snprintf(folder, sizeof folder, "%s/audit", home);
  CHECK_STATUS(SIGNET_OK, signet_log_plan_repair(TEXT(folder), &plan, NULL));
  return plan;
}

static void check_plan(const char *home, const char *fragment) {
  size_t len;
  signet_buffer *plan = plan_of(home);
  const uint8_t *text = signet_buffer_data(plan, &len);
  if (!contains(text, len, fragment)) fprintf(stderr, "%.*s\n", (int)len, (const char *)text);
  CHECK(contains(text, len, fragment));
  signet_buffer_free(plan);
}

static void a_torn_end_is_planned_shown_and_set_aside(void) {
  const char *home = new_home(), *path = closed_log(home);
  check_plan(home, "\"set_aside\":0,");
  check_plan(home, "\"verdict\":\"OK\"");
  FILE *file = fopen(path, "a");
  fputs("{\"receipt\":{\"v\"", file), fclose(file);
  check_plan(home, "\"index\":5,");
  check_plan(home, "\"set_aside\":15,");
  check_plan(home, "\"verdict\":\"TORN\"");

  signet_log_options options = SIGNET_LOG_OPTIONS_INIT;
  signet_log *log = NULL;
  signet_error *error = NULL;
  options.flags = SIGNET_LOG_NO_REPAIR;
  CHECK_ERROR(SIGNET_ERR_LOG_DAMAGED, "",
              signet_log_open(TEXT(home), NULL, NULL, &options, &log, &error), error);
  CHECK(log == NULL);
  check_plan(home, "\"set_aside\":15,"); /* nothing was changed */

  log = open_log(home, NULL);
  signet_buffer *recovery = NULL;
  size_t len;
  CHECK_STATUS(SIGNET_OK, signet_log_recovery(log, &recovery, NULL));
  const uint8_t *json = signet_buffer_data(recovery, &len);
  CHECK(contains(json, len, "\"verdict\":\"TORN\""));
  CHECK(contains(json, len, "\"quarantine_len\":15"));
  signet_buffer_free(recovery), signet_log_free(log);
  check_plan(home, "\"set_aside\":0,");
  check_plan(home, "\"verdict\":\"OK\"");
  /* What was set aside is told of from then on; nothing is wrong with the log. */
  signet_log_report report;
  struct told told;
  CHECK_STATUS(SIGNET_OK, verify(home, key, &report, &told));
  CHECK(report.signatures_valid == RECORDS && told.kind == SIGNET_FINDING_INCIDENT);
  CHECK_ERROR(SIGNET_ERR_IO, "", signet_log_plan_repair(TEXT("/nonexistent"), &recovery, &error),
              error);
  remove_home(home);
}

static void a_proof_verifies_without_the_log(void) {
  const char *home = new_home();
  signet_keypair *log_key = NULL;
  signet_log_entry entries[RECORDS], later[RECORDS];
  signet_buffer *proof = NULL, *vkey = NULL, *old = NULL, *newer = NULL, *path = NULL;
  uint64_t index = 0, size = 0;
  size_t proof_len, vkey_len, old_len, new_len, path_len;
  CHECK_STATUS(SIGNET_OK, signet_keypair_generate(&log_key, NULL));
  signet_log *log = open_log(home, log_key);
  fill(log, entries);
  CHECK_STATUS(SIGNET_OK, signet_log_checkpoint(log, &old, NULL));
  fill(log, later);
  CHECK_STATUS(SIGNET_OK, signet_log_checkpoint(log, &newer, NULL));
  CHECK_STATUS(SIGNET_OK, signet_log_prove(log, 3, &proof, NULL));
  CHECK_STATUS(SIGNET_OK, signet_log_prove_consistency(log, RECORDS, &path, NULL));
  CHECK_STATUS(SIGNET_OK, signet_log_verifier_key(log, &vkey, NULL));
  signet_log_free(log), signet_keypair_free(log_key);
  remove_home(home);

  const uint8_t *file = signet_buffer_data(proof, &proof_len);
  const uint8_t *text = signet_buffer_data(vkey, &vkey_len);
  const uint8_t *old_note = signet_buffer_data(old, &old_len);
  const uint8_t *new_note = signet_buffer_data(newer, &new_len);
  const uint8_t *lines = signet_buffer_data(path, &path_len);
  CHECK_STATUS(SIGNET_OK, signet_proof_verify(file, proof_len, entries[3].record_hash, text,
                                              vkey_len, &index, &size, NULL));
  CHECK(index == 3 && size == 2 * RECORDS);
  CHECK_STATUS(SIGNET_ERR_PROOF_INVALID,
               signet_proof_verify(file, proof_len, entries[2].record_hash, text, vkey_len,
                                   &index, &size, NULL));
  CHECK_STATUS(SIGNET_OK, signet_consistency_verify(old_note, old_len, new_note, new_len, lines,
                                                    path_len, text, vkey_len, NULL));
  CHECK_STATUS(SIGNET_ERR_PROOF_INVALID,
               signet_consistency_verify(old_note, old_len, new_note, new_len, NULL, 0, text,
                                         vkey_len, NULL));
  signet_buffer_free(proof), signet_buffer_free(vkey), signet_buffer_free(old);
  signet_buffer_free(newer), signet_buffer_free(path);
}

int main(void) {
  agent = rfc_keypair(), key = rfc_key();
  RUN(records_are_read_back_one_by_one_and_by_query);
  RUN(a_changed_byte_is_tampering_and_its_record_is_named);
  RUN(any_number_of_threads_gives_the_same_answer);
  RUN(a_strangers_signature_does_not_count);
  RUN(a_torn_end_is_planned_shown_and_set_aside);
  RUN(a_proof_verifies_without_the_log);
  signet_keypair_free(agent), signet_public_key_free(key);
  return check_report();
}
