/* Proofs: show somebody that one record is in the log, and that the log only ever
   grew, without handing over the log.

   usage: proof FOLDER   (new or empty) */
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

static void append(const signet_log *log, const signet_keypair *agent, int number) {
  signet_receipt *receipt;
  signet_log_entry entry;
  char action[80];
  size_t len;
  snprintf(action, sizeof action, "{\"tool\":\"pay\",\"params\":{\"invoice\":%d}}", number);
  check(signet_receipt_sign(agent, TEXT(action), TEXT("bot"), NULL, 0, NULL, &receipt, &error));
  const uint8_t *json = signet_receipt_json(receipt, &len);
  check(signet_log_append(log, json, len, &entry, &error));
  signet_receipt_free(receipt);
}

/* The other side. It has a record's line, a proof file and the log's verifier key. */
static signet_status judge(const uint8_t *line, size_t line_len, const signet_buffer *proof,
                           const signet_buffer *vkey) {
  uint8_t hash[SIGNET_HASH_LEN];
  uint64_t index, size;
  size_t proof_len, vkey_len;
  const uint8_t *proof_text = signet_buffer_data(proof, &proof_len);
  const uint8_t *vkey_text = signet_buffer_data(vkey, &vkey_len);
  /* The hash is computed from the record itself, so that a changed record is found. */
  check(signet_record_hash(line, line_len, hash, &error));
  signet_status status = signet_proof_verify(proof_text, proof_len, hash, vkey_text, vkey_len,
                                             &index, &size, NULL);
  if (status == SIGNET_OK) printf("record %d of a log of %d: ", (int)index, (int)size);
  return status;
}

int main(int argc, char **argv) {
  signet_keypair *agent, *log_key;
  signet_log *log;
  signet_log_record *record, *other;
  signet_buffer *vkey, *proof, *before, *after, *growth;
  size_t len, vkey_len, before_len, after_len, growth_len;
  int number;
  if (argc != 2) return 2;
  check(signet_keypair_generate(&agent, &error));
  check(signet_keypair_generate(&log_key, &error)); /* vouches for the log: not an agent's */
  check(signet_log_open(TEXT(argv[1]), NULL, log_key, NULL, &log, &error));
  for (number = 0; number < 10; number++) append(log, agent, number);

  /* A proof is a small text file (c2sp.org/tlog-proof); the verifier key is public and
     goes to whoever verifies, once and by another way. */
  check(signet_log_verifier_key(log, &vkey, &error));
  check(signet_log_prove(log, 7, &proof, &error));
  check(signet_log_read(log, 7, &record, &error));
  check(signet_log_read(log, 8, &other, &error));
  const uint8_t *line = signet_log_record_line(record, &len);
  printf("%s\n", signet_status_name(judge(line, len, proof, vkey)));
  line = signet_log_record_line(other, &len);
  printf("with another record: %s\n", signet_status_name(judge(line, len, proof, vkey)));

  /* A checkpoint is the log's signature under all its records so far. Who keeps an old
     one can have it proved that the new log continues the old one. */
  check(signet_log_checkpoint(log, &before, &error));
  for (; number < 15; number++) append(log, agent, number);
  check(signet_log_checkpoint(log, &after, &error));
  check(signet_log_prove_consistency(log, 10, &growth, &error));
  const uint8_t *first = signet_buffer_data(before, &before_len);
  const uint8_t *second = signet_buffer_data(after, &after_len);
  const uint8_t *steps = signet_buffer_data(growth, &growth_len);
  const uint8_t *key = signet_buffer_data(vkey, &vkey_len);
  check(signet_consistency_verify(first, before_len, second, after_len, steps, growth_len, key,
                                  vkey_len, &error));
  printf("15 records continue the 10 from before\n");
  printf("the other way round: %s\n",
         signet_status_name(signet_consistency_verify(second, after_len, first, before_len, steps,
                                                      growth_len, key, vkey_len, NULL)));
  check(signet_log_close(log, &error));
  signet_buffer_free(before), signet_buffer_free(after), signet_buffer_free(growth);
  signet_buffer_free(vkey), signet_buffer_free(proof);
  signet_log_record_free(record), signet_log_record_free(other), signet_log_free(log);
  return signet_keypair_free(agent), signet_keypair_free(log_key), 0;
}
