/* Writes a log, and evidence about it, for other programs to check.
   usage: write_log HOME EVIDENCE */
#include "check.h"

static const char *evidence;

/* Writes EVIDENCE/<name> and frees the buffer. */
static void save(const char *name, signet_buffer *buffer) {
  char path[4096];
  size_t len;
  const uint8_t *data = signet_buffer_data(buffer, &len);
  snprintf(path, sizeof path, "%s/%s", evidence, name);
  FILE *file = fopen(path, "wb");
  CHECK(file != NULL && fwrite(data, 1, len, file) == len && fclose(file) == 0);
  signet_buffer_free(buffer);
}

static signet_keypair *pair_of(uint8_t fill) {
  uint8_t seed[SIGNET_SEED_LEN];
  signet_keypair *pair = NULL;
  memset(seed, fill, sizeof seed);
  CHECK_STATUS(SIGNET_OK, signet_keypair_from_secret(seed, sizeof seed, &pair, NULL));
  return pair;
}

/* Appends calls until the log has so many records, many with one write. */
static void grow(const signet_log *log, const signet_keypair *agent, uint64_t size) {
  enum { BATCH = 64 };
  while (signet_log_len(log) < size) {
    uint64_t have = signet_log_len(log), left = size - have;
    size_t count = left < BATCH ? (size_t)left : BATCH;
    signet_receipt *receipts[BATCH];
    const uint8_t *records[BATCH];
    size_t lens[BATCH];
    signet_log_entry entries[BATCH];
    for (size_t at = 0; at < count; at++) {
      char action[200];
      snprintf(action, sizeof action,
               "{\"tool\":\"write\",\"params\":{\"n\":%llu,\"text\":\"<\\u00e9&\\ud83d\\ude00>\"}}",
               (unsigned long long)(have + at));
      CHECK_STATUS(SIGNET_OK, signet_receipt_sign(agent, TEXT(action), TEXT("bot"), TEXT("ops"),
                                                  NULL, &receipts[at], NULL));
      records[at] = signet_receipt_json(receipts[at], &lens[at]);
    }
    CHECK_STATUS(SIGNET_OK, signet_log_append_many(log, records, lens, count, entries, NULL));
    for (size_t at = 0; at < count; at++) signet_receipt_free(receipts[at]);
  }
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  evidence = argv[2];
  signet_keypair *agent = pair_of(1), *log_key = pair_of(2);
  signet_log_options options = SIGNET_LOG_OPTIONS_INIT;
  options.origin = (const uint8_t *)"example.com/audit";
  options.origin_len = strlen("example.com/audit");
  signet_log *log = NULL;
  CHECK_STATUS(SIGNET_OK, signet_log_open(TEXT(argv[1]), NULL, log_key, &options, &log, NULL));
  signet_buffer *buffer = NULL;
  CHECK_STATUS(SIGNET_OK, signet_log_verifier_key(log, &buffer, NULL));
  save("vkey", buffer);

  /* Around the edges of a tile, and with a tree of two levels of them. */
  static const uint64_t sizes[] = {1, 2, 3, 255, 256, 257, 511, 512, 600};
  char name[64];
  for (size_t at = 0; at < sizeof sizes / sizeof *sizes; at++) {
    grow(log, agent, sizes[at]);
    CHECK_STATUS(SIGNET_OK, signet_log_checkpoint(log, &buffer, NULL));
    snprintf(name, sizeof name, "checkpoint.%llu", (unsigned long long)sizes[at]);
    save(name, buffer);
    for (size_t old = 0; old < at; old++) {
      CHECK_STATUS(SIGNET_OK, signet_log_prove_consistency(log, sizes[old], &buffer, NULL));
      snprintf(name, sizeof name, "consistency.%llu.%llu", (unsigned long long)sizes[old],
               (unsigned long long)sizes[at]);
      save(name, buffer);
    }
  }
  for (uint64_t index = 0; index < signet_log_len(log); index++) {
    CHECK_STATUS(SIGNET_OK, signet_log_prove(log, index, &buffer, NULL));
    snprintf(name, sizeof name, "proof.%llu", (unsigned long long)index);
    save(name, buffer);
  }
  CHECK_STATUS(SIGNET_OK, signet_log_close(log, NULL));
  signet_log_free(log), signet_keypair_free(log_key), signet_keypair_free(agent);
  return failures != 0;
}
