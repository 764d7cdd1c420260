/* Makes and verifies what every language reads: see README.md. */
#include <signet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT(text) (const uint8_t *)(text), strlen(text)
#define ACTION "{\"tool\":\"echo\",\"target\":\"mcp://cross\",\"params\":{\"n\":1,\"text\":\"gr\303\274\303\237e\"}}"
#define SCOPE "{\"tools\":[\"echo\"],\"targets\":[\"mcp://cross\"],\"max_depth\":0}"

static const char *folder;
static signet_error *error;
static char text[1 << 20];

static void check(signet_status status) {
  if (status == SIGNET_OK) return;
  size_t len;
  const char *words = (const char *)signet_error_message(error, &len);
  fprintf(stderr, "%s: %.*s\n", signet_status_name(status), (int)len, words);
  exit(1);
}

static const char *path_of(const char *name) {
  static char path[4096];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  return path;
}

static void put(const char *name, const uint8_t *data, size_t len) {
  FILE *file = fopen(path_of(name), "wb");
  if (!file || fwrite(data, 1, len, file) != len || fclose(file)) exit(1);
}

static void put_buffer(const char *name, signet_buffer *buffer) {
  size_t len;
  const uint8_t *data = signet_buffer_data(buffer, &len);
  put(name, data, len);
  signet_buffer_free(buffer);
}

/* Reads into `text`, or into what follows it. */
static const uint8_t *get(const char *name, size_t *len, size_t from) {
  FILE *file = fopen(path_of(name), "rb");
  if (!file) exit(1);
  *len = fread(text + from, 1, sizeof text - from, file);
  fclose(file);
  return (const uint8_t *)text + from;
}

static void make(void) {
  signet_keystore *keystore;
  signet_keypair *agent, *helper, *log_key;
  signet_public_key *helper_key;
  signet_receipt *receipt;
  signet_delegation *delegation;
  signet_buffer *buffer;
  signet_log *log;
  signet_log_record *record;
  signet_log_entry entry;
  size_t len;
  check(signet_keystore_open(TEXT(folder), NULL, &keystore, &error));
  check(signet_keystore_create(keystore, TEXT("agent"), TEXT("c"), TEXT("cross"), 0, &agent, &error));
  check(signet_keystore_create(keystore, TEXT("helper"), TEXT("c"), NULL, 0,
                               SIGNET_KEY_UNENCRYPTED, &helper, &error));
  check(signet_keypair_public_key(helper, &helper_key, &error));

  check(signet_receipt_sign(agent, TEXT(ACTION), TEXT("agent"), TEXT("c"), NULL, &receipt, &error));
  const uint8_t *json = signet_receipt_json(receipt, &len);
  put("receipt.json", json, len);
  signet_receipt_free(receipt);

  check(signet_delegation_sign(agent, TEXT("agent"), helper_key, TEXT("helper"), TEXT(SCOPE), NULL,
                               &delegation, &error));
  const signet_delegation *links[] = {delegation};
  check(signet_chain_join(links, 1, &buffer, &error));
  const uint8_t *chain = signet_buffer_data(buffer, &len);
  check(signet_receipt_sign_authorized(helper, TEXT(ACTION), TEXT("helper"), chain, len, NULL,
                                       &receipt, &error));
  put_buffer("chain.json", buffer);
  json = signet_receipt_json(receipt, &len);
  put("authorized.json", json, len);
  signet_receipt_free(receipt), signet_delegation_free(delegation);

  check(signet_keypair_generate(&log_key, &error));
  check(signet_log_open(TEXT(folder), NULL, log_key, NULL, &log, &error));
  for (int i = 0; i < 3; i++) {
    check(signet_receipt_sign(agent, TEXT(ACTION), TEXT("agent"), TEXT("c"), NULL, &receipt, &error));
    json = signet_receipt_json(receipt, &len);
    check(signet_log_append(log, json, len, &entry, &error));
    signet_receipt_free(receipt);
  }
  check(signet_log_prove(log, 1, &buffer, &error));
  put_buffer("proof", buffer);
  check(signet_log_verifier_key(log, &buffer, &error));
  put_buffer("vkey", buffer);
  check(signet_log_read(log, 1, &record, &error));
  json = signet_log_record_line(record, &len);
  put("record", json, len);
  signet_log_record_free(record);
  check(signet_log_close(log, &error));
  signet_log_free(log), signet_public_key_free(helper_key), signet_keystore_free(keystore);
  signet_keypair_free(agent), signet_keypair_free(helper), signet_keypair_free(log_key);
}

static void say(const char *kind, signet_status status) {
  printf("%s %s%s\n", kind, status ? "refused: " : "ok", status ? signet_status_name(status) : "");
}

static signet_status verify_key(const signet_keystore *keystore) {
  signet_keypair *agent = NULL, *helper = NULL;
  signet_status status = signet_keystore_load(keystore, TEXT("agent"), TEXT("cross"), &agent, NULL);
  if (!status) status = signet_keystore_load(keystore, TEXT("helper"), NULL, 0, &helper, NULL);
  signet_keypair_free(agent), signet_keypair_free(helper);
  return status;
}

static signet_status verify_receipt(const signet_public_key *agent) {
  signet_receipt *receipt = NULL;
  size_t len;
  const uint8_t *json = get("receipt.json", &len, 0);
  signet_status status = signet_receipt_parse(json, len, NULL, &receipt, NULL);
  if (!status) status = signet_receipt_verify(receipt, &agent, 1, NULL, NULL);
  signet_receipt_free(receipt);
  return status;
}

static signet_status verify_delegation(const signet_public_key *agent) {
  signet_buffer *scope = NULL;
  signet_receipt *receipt = NULL;
  signet_verify_options options = SIGNET_VERIFY_OPTIONS_INIT;
  size_t len;
  options.roots = &agent, options.roots_len = 1;
  const uint8_t *json = get("chain.json", &len, 0);
  signet_status status = signet_chain_verify(json, len, &agent, 1, NULL, &scope, NULL);
  json = get("authorized.json", &len, 0);
  if (!status) status = signet_receipt_parse(json, len, NULL, &receipt, NULL);
  if (!status) status = signet_receipt_verify(receipt, NULL, 0, &options, NULL);
  signet_buffer_free(scope), signet_receipt_free(receipt);
  return status;
}

static signet_status verify_log(const signet_public_key *agent) {
  signet_log_verify_options options = SIGNET_LOG_VERIFY_OPTIONS_INIT;
  signet_log_report report;
  options.flags = SIGNET_LOG_VERIFY_SIGNATURES;
  signet_status status = signet_log_verify_folder(TEXT(path_of("audit")), &agent, 1, &options,
                                                  NULL, NULL, NULL, &report, NULL);
  return !status && report.signatures_valid != 3 ? SIGNET_ERR_LOG_UNVERIFIABLE : status;
}

static signet_status verify_proof(void) {
  uint8_t hash[SIGNET_HASH_LEN];
  uint64_t index = 0, size;
  size_t line_len, proof_len, vkey_len;
  const uint8_t *line = get("record", &line_len, 0), *proof = get("proof", &proof_len, line_len);
  const uint8_t *vkey = get("vkey", &vkey_len, line_len + proof_len);
  signet_status status = signet_record_hash(line, line_len, hash, NULL);
  if (!status)
    status = signet_proof_verify(proof, proof_len, hash, vkey, vkey_len, &index, &size, NULL);
  return !status && index != 1 ? SIGNET_ERR_PROOF_INVALID : status;
}

static void verify(void) {
  signet_keystore *keystore;
  signet_public_key *agent;
  check(signet_keystore_open(TEXT(folder), NULL, &keystore, &error));
  check(signet_keystore_public_key(keystore, TEXT("agent"), &agent, &error));
  say("key", verify_key(keystore));
  say("receipt", verify_receipt(agent));
  say("delegation", verify_delegation(agent));
  say("log", verify_log(agent));
  if (fopen(path_of("proof"), "rb")) say("proof", verify_proof());
  signet_keystore_free(keystore), signet_public_key_free(agent);
}

/* All begin together. */
static void wait_for_others(void) {
  puts("ready");
  fflush(stdout);
  if (getchar() == EOF) exit(1);
}

static void append(const char *name, int count) {
  signet_keypair *agent;
  signet_log *log;
  signet_receipt *receipt;
  signet_log_entry entry;
  size_t len;
  check(signet_keypair_generate(&agent, &error));
  check(signet_log_open(TEXT(folder), NULL, NULL, NULL, &log, &error));
  wait_for_others();
  for (int i = 0; i < count; i++) {
    check(signet_receipt_sign(agent, TEXT(ACTION), TEXT(name), NULL, 0, NULL, &receipt, &error));
    const uint8_t *json = signet_receipt_json(receipt, &len);
    check(signet_log_append(log, json, len, &entry, &error));
    printf("%d\n", (int)entry.index);
    signet_receipt_free(receipt);
  }
  check(signet_log_close(log, &error));
  signet_log_free(log), signet_keypair_free(agent);
}

static void nonces(const char *file, int count) {
  signet_replay_store *store;
  check(signet_replay_store_open(TEXT(file), NULL, &store, &error));
  wait_for_others();
  for (int i = 0; i < count; i++) {
    char nonce[20];
    snprintf(nonce, sizeof nonce, "n-%d", i);
    signet_status status = signet_replay_store_use_once(store, NULL, TEXT(nonce), 3600000,
                                                        SIGNET_NOW, &error);
    if (status == SIGNET_ERR_REPLAYED) {
      signet_error_free(error);
      continue;
    }
    check(status);
    printf("%d\n", i);
  }
  signet_replay_store_free(store);
}

/* Verifies a log and its signatures, proves every record, and verifies each proof. */
static void prove(void) {
  signet_keypair *log_key;
  signet_log *log;
  signet_buffer *vkey;
  signet_log_verify_options options = SIGNET_LOG_VERIFY_OPTIONS_INIT;
  signet_log_report report;
  size_t vkey_len;
  check(signet_keypair_generate(&log_key, &error));
  check(signet_log_open(TEXT(folder), NULL, log_key, NULL, &log, &error));
  options.flags = SIGNET_LOG_VERIFY_SIGNATURES | SIGNET_LOG_VERIFY_ANY_SIGNER;
  check(signet_log_verify(log, NULL, 0, &options, NULL, NULL, NULL, &report, &error));
  if (report.signatures_valid != signet_log_len(log)) exit(1);
  check(signet_log_verifier_key(log, &vkey, &error));
  const uint8_t *key = signet_buffer_data(vkey, &vkey_len);
  for (uint64_t i = 0; i < signet_log_len(log); i++) {
    signet_log_record *record;
    signet_buffer *proof;
    uint8_t hash[SIGNET_HASH_LEN];
    uint64_t index, size;
    size_t len;
    check(signet_log_read(log, i, &record, &error));
    const uint8_t *line = signet_log_record_line(record, &len);
    check(signet_record_hash(line, len, hash, &error));
    check(signet_log_prove(log, i, &proof, &error));
    const uint8_t *data = signet_buffer_data(proof, &len);
    check(signet_proof_verify(data, len, hash, key, vkey_len, &index, &size, &error));
    if (index != i || size != signet_log_len(log)) exit(1);
    signet_buffer_free(proof), signet_log_record_free(record);
  }
  printf("%d\n", (int)signet_log_len(log));
  check(signet_log_close(log, &error));
  signet_buffer_free(vkey), signet_log_free(log), signet_keypair_free(log_key);
}

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  folder = argv[2];
  if (!strcmp(argv[1], "make") && argc == 3)
    make();
  else if (!strcmp(argv[1], "verify") && argc == 3)
    verify();
  else if (!strcmp(argv[1], "append") && argc == 5)
    append(argv[3], atoi(argv[4]));
  else if (!strcmp(argv[1], "nonces") && argc == 4)
    nonces(argv[2], atoi(argv[3]));
  else if (!strcmp(argv[1], "prove") && argc == 3)
    prove();
  else
    return 2;
  return 0;
}
