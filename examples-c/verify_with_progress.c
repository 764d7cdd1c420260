/* Verifying a large log: thousands of signatures at a time, on several threads, with a
   callback for progress that can stop it, and one for what is found.

   usage: verify_with_progress FOLDER   (new or empty) */
#include <signet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT(text) (const uint8_t *)(text), strlen(text)
enum { RECORDS = 3000, SOMEBODY_ELSE = 1234 };

static signet_error *error;

static void check(signet_status status) {
  if (status == SIGNET_OK) return;
  size_t len;
  const char *words = (const char *)signet_error_message(error, &len);
  fprintf(stderr, "%s: %.*s\n", signet_status_name(status), (int)len, words);
  exit(1);
}

/* Both callbacks get the same pointer: what they are to remember. */
struct watch {
  uint64_t seen;
  uint64_t stop_at; /* 0: never */
};

/* Is told how many records have been looked at, now and then. */
static int32_t progress(uint64_t records, void *user_data) {
  struct watch *watch = user_data;
  watch->seen = records; /* a progress bar would be drawn here */
  return watch->stop_at != 0 && records >= watch->stop_at; /* 0: go on */
}

/* Is told each finding, in the order of the log. */
static int32_t finding(const signet_log_finding *found, void *user_data) {
  (void)user_data;
  printf("finding:  record %d, line %d: %s\n", (int)found->index, (int)found->line,
         found->kind == SIGNET_FINDING_SIGNER_UNTRUSTED ? "its signer is not trusted" : "damage");
  return 0;
}

int main(int argc, char **argv) {
  static signet_receipt *receipts[RECORDS];
  static const uint8_t *records[RECORDS];
  static size_t lens[RECORDS];
  static signet_log_entry entries[RECORDS];
  signet_keypair *agent, *somebody;
  signet_public_key *key;
  signet_log *log;
  signet_log_report report;
  if (argc != 2) return 2;
  check(signet_keypair_generate(&agent, &error));
  check(signet_keypair_generate(&somebody, &error));
  check(signet_keypair_public_key(agent, &key, &error));

  /* Many records at once are one write: faster, and all of them or none. */
  for (int i = 0; i < RECORDS; i++) {
    char action[60];
    snprintf(action, sizeof action, "{\"tool\":\"read\",\"params\":{\"page\":%d}}", i);
    check(signet_receipt_sign(i == SOMEBODY_ELSE ? somebody : agent, TEXT(action), TEXT("bot"),
                              NULL, 0, NULL, &receipts[i], &error));
    records[i] = signet_receipt_json(receipts[i], &lens[i]);
  }
  check(signet_log_open(TEXT(argv[1]), NULL, NULL, NULL, &log, &error));
  check(signet_log_append_many(log, records, lens, RECORDS, entries, &error));
  for (int i = 0; i < RECORDS; i++) signet_receipt_free(receipts[i]);

  const signet_public_key *trusted[] = {key};
  signet_log_verify_options options = SIGNET_LOG_VERIFY_OPTIONS_INIT;
  options.flags = SIGNET_LOG_VERIFY_SIGNATURES | SIGNET_LOG_VERIFY_BATCH;
  options.threads = 2; /* they end with the call */
  struct watch watch = {0, 0};
  signet_status status = signet_log_verify(log, trusted, 1, &options, finding, progress, &watch,
                                           &report, NULL);
  printf("verdict:  %s\n", signet_status_name(status));
  printf("report:   %d records, %d signatures hold, %d do not, first at %d\n", (int)report.records,
         (int)report.signatures_valid, (int)report.signatures_failed, (int)report.first_bad);
  printf("progress: up to %d\n", (int)watch.seen);

  /* Stopping is a status of its own: it is not a verdict. */
  watch.stop_at = 100;
  status = signet_log_verify(log, trusted, 1, &options, NULL, progress, &watch, &report, NULL);
  printf("stopped:  %s, %s\n", signet_status_name(status),
         watch.seen < RECORDS ? "before the end" : "too late");

  check(signet_log_close(log, &error));
  signet_log_free(log), signet_public_key_free(key);
  signet_keypair_free(agent), signet_keypair_free(somebody);
  return 0;
}
