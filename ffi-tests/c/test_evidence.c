/* Evidence that leaves the house: encrypted params for an auditor who was lent the
   key, and bundles that verify without the log. */
#include "check.h"

#include <unistd.h>

#define PIN "{\"tool\":\"pay\",\"params\":{\"pin\":\"4711\"}}"
/* The key pair of check.h, under both of its uses. */
#define TRUST                                                                       \
  "version: 1\nbundle_id: t\norg: o\nenv: e\ngenerated_at: 2026-01-01T00:00:00Z\n"  \
  "agents:\n  - id: a\n    name: bot\n    owner: ops\n"                             \
  "    pubkey: \"ed25519:11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\"\n"          \
  "    created_at: 2025-01-01T00:00:00Z\n    status: active\n"

static char home[] = "/tmp/signet-test-XXXXXX";
static signet_keypair *agent, *exporter;
static signet_public_key *key, *exporter_key;
static signet_params_key *params_key;
static signet_trust_bundle *trust;
static signet_log *log_;

static const char *path_of(const char *name) {
  static char path[100];
  snprintf(path, sizeof path, "%s/%s", home, name);
  return path;
}

static int buffer_has(const signet_buffer *buffer, const char *fragment) {
  size_t len;
  const uint8_t *text = signet_buffer_data(buffer, &len);
  if (text != NULL && contains(text, len, fragment)) return 1;
  fprintf(stderr, "%.*s\n", (int)len, text ? (const char *)text : "");
  return 0;
}

static void what_is_sealed_opens_to_the_same_receipt(void) {
  signet_receipt *receipt = fixed_receipt(agent, PIN), *read = NULL;
  signet_buffer *sealed = NULL, *opened = NULL;
  signet_log_entry entry;
  size_t len, sealed_len, opened_len;
  const uint8_t *json = signet_receipt_json(receipt, &len);
  CHECK_STATUS(SIGNET_OK, signet_params_key_seal(params_key, json, len, &sealed, NULL));
  const uint8_t *record = signet_buffer_data(sealed, &sealed_len);
  CHECK(contains(record, sealed_len, "params_encrypted") && !contains(record, sealed_len, "4711"));
  CHECK_STATUS(SIGNET_OK, signet_log_append(log_, record, sealed_len, &entry, NULL));
  CHECK_STATUS(SIGNET_OK, signet_params_key_open(params_key, record, sealed_len, &opened, NULL));
  const uint8_t *text = signet_buffer_data(opened, &opened_len);
  CHECK(opened_len == len && memcmp(text, json, len) == 0);
  const signet_public_key *trusted[] = {key};
  CHECK_STATUS(SIGNET_OK, signet_receipt_parse(text, opened_len, NULL, &read, NULL));
  CHECK_STATUS(SIGNET_OK, signet_receipt_verify(read, trusted, 1, NULL, NULL));
  signet_receipt_free(read), signet_receipt_free(receipt);
  signet_buffer_free(sealed), signet_buffer_free(opened);
}

static void an_auditor_reads_with_the_bytes_that_were_lent(void) {
  uint8_t lent[SIGNET_PARAMS_KEY_LEN], seed[SIGNET_SEED_LEN];
  signet_params_key *auditor = NULL, *other = NULL;
  signet_log_record *record = NULL;
  signet_buffer *opened = NULL;
  signet_error *error = NULL;
  size_t len;
  CHECK(signet_params_key_len() == SIGNET_PARAMS_KEY_LEN);
  CHECK_STATUS(SIGNET_OK, signet_params_key_export(params_key, lent, NULL));
  CHECK_STATUS(SIGNET_OK, signet_keypair_export_seed(agent, seed, NULL));
  CHECK(memcmp(lent, seed, sizeof seed) != 0);
  CHECK_STATUS(SIGNET_OK, signet_params_key_from_bytes(key, lent, &auditor, NULL));
  CHECK_STATUS(SIGNET_OK, signet_log_read(log_, 0, &record, NULL));
  const uint8_t *text = signet_log_record_receipt(record, &len);
  CHECK_STATUS(SIGNET_OK, signet_params_key_open(auditor, text, len, &opened, NULL));
  CHECK(buffer_has(opened, "4711"));
  signet_buffer_free(opened);
  /* The wrong bytes, and another signer's key. */
  lent[0] ^= 1;
  CHECK_STATUS(SIGNET_OK, signet_params_key_from_bytes(key, lent, &other, NULL));
  CHECK_ERROR(SIGNET_ERR_SEALED_PARAMS_ALTERED, "sealed params",
              signet_params_key_open(other, text, len, &opened, &error), error);
  signet_params_key_free(other);
  CHECK_STATUS(SIGNET_OK, signet_params_key_derive(exporter, &other, NULL));
  CHECK_ERROR(SIGNET_ERR_KEY_MISMATCH, "sealed params",
              signet_params_key_open(other, text, len, &opened, &error), error);
  CHECK(opened == NULL);
  CHECK_ERROR(SIGNET_ERR_SEALED_PARAMS_INVALID, "sealed params",
              signet_params_key_open(auditor, TEXT("{\"v\":1,\"action\":{}}"), &opened, &error),
              error);
  signet_params_key_free(other), signet_params_key_free(auditor);
  signet_log_record_free(record);
}

static signet_status verify_log(int with_key, int with_bundle, signet_log_report *report) {
  const signet_params_key *keys[] = {params_key};
  const signet_public_key *trusted[] = {with_bundle ? exporter_key : key};
  signet_log_verify_options options = SIGNET_LOG_VERIFY_OPTIONS_INIT;
  options.flags = SIGNET_LOG_VERIFY_SIGNATURES;
  if (with_key) options.params_keys = keys, options.params_keys_len = 1;
  if (with_bundle) options.bundle = trust;
  return signet_log_verify(log_, trusted, 1, &options, NULL, NULL, NULL, report, NULL);
}

static void sealed_records_verify_for_who_has_the_key(void) {
  signet_log_report report;
  CHECK_STATUS(SIGNET_ERR_LOG_UNVERIFIABLE, verify_log(0, 0, &report));
  CHECK(report.unverifiable == 1 && report.signatures_valid == 0);
  CHECK_STATUS(SIGNET_OK, verify_log(1, 0, &report));
  CHECK(report.signatures_valid == 1);
  /* A trust bundle counts instead of the list of keys. */
  CHECK_STATUS(SIGNET_OK, verify_log(1, 1, &report));
  CHECK_STATUS(SIGNET_ERR_LOG_UNVERIFIABLE, verify_log(0, 1, &report));
}

static signet_status write_bundle(const char *name, const char *query, signet_buffer **manifest,
                                  signet_error **error) {
  signet_bundle_options options = SIGNET_BUNDLE_OPTIONS_INIT;
  options.flags = SIGNET_BUNDLE_AT, options.now_unix_ms = 1767225600000;
  options.host = (const uint8_t *)"h1", options.host_len = 2;
  options.bundle = trust;
  return signet_log_write_bundle(log_, TEXT(query), TEXT(path_of(name)), exporter, TEXT("ops"),
                                 &options, manifest, error);
}

static signet_status verify_bundle(const char *name, int trusted, signet_buffer **report) {
  const signet_params_key *keys[] = {params_key};
  const signet_public_key *exporters[] = {exporter_key};
  signet_bundle_verify_options options = SIGNET_BUNDLE_VERIFY_OPTIONS_INIT;
  options.params_keys = keys, options.params_keys_len = 1;
  return signet_bundle_verify(TEXT(path_of(name)), exporters, trusted ? 1 : 0, &options, report,
                              NULL);
}

static void append_call(const char *action) {
  signet_receipt *receipt = fixed_receipt(agent, action);
  signet_log_entry entry;
  size_t len;
  const uint8_t *json = signet_receipt_json(receipt, &len);
  CHECK_STATUS(SIGNET_OK, signet_log_append(log_, json, len, &entry, NULL));
  signet_receipt_free(receipt);
}

static void a_bundle_verifies_without_the_log(void) {
  signet_buffer *manifest = NULL, *report = NULL;
  for (int number = 0; number < 4; number++)
    append_call(number % 2 ? "{\"tool\":\"write\"}" : "{\"tool\":\"read\"}");
  CHECK_STATUS(SIGNET_OK, write_bundle("whole", "", &manifest, NULL));
  CHECK(buffer_has(manifest, "\"generated_at\":\"2026-01-01T00:00:00.000Z\""));
  CHECK(buffer_has(manifest, "\"host\":\"h1\""));
  CHECK_STATUS(SIGNET_OK, verify_bundle("whole", 1, &report));
  CHECK(buffer_has(report, "\"verdict\":\"OK\",\"whole_log\":true"));
  CHECK(buffer_has(report, "\"trust\":\"embedded\""));
  CHECK(buffer_has(report, "\"records\":5,"));
  signet_buffer_free(report), signet_buffer_free(manifest);
  /* The sender's keys are worth what the sender's signature is worth. */
  CHECK_STATUS(SIGNET_ERR_BUNDLE_UNVERIFIABLE, verify_bundle("whole", 0, &report));
  CHECK(buffer_has(report, "\"kind\":\"EXPORTER_UNTRUSTED\""));
  CHECK(buffer_has(report, "\"kind\":\"SELF_VOUCHED\""));
  CHECK(buffer_has(report, "\"whole_log\":false"));
  signet_buffer_free(report);
}

static void a_filtered_bundle_says_what_is_missing(void) {
  signet_buffer *manifest = NULL, *report = NULL;
  CHECK_STATUS(SIGNET_OK, write_bundle("part", "{\"tool\":\"write\"}", &manifest, NULL));
  CHECK_STATUS(SIGNET_OK, verify_bundle("part", 1, &report));
  CHECK(buffer_has(report, "\"gaps\":1,") && buffer_has(report, "\"whole_log\":false"));
  CHECK(buffer_has(report, "\"kind\":\"GAP\",\"line\":2"));
  signet_buffer_free(report), signet_buffer_free(manifest);
}

static void a_changed_bundle_is_refused_and_the_report_says_why(void) {
  signet_buffer *report = NULL;
  signet_error *error = NULL;
  char command[200];
  const signet_public_key *exporters[] = {exporter_key};
  snprintf(command, sizeof command, "sed -i 2s/write/wrong/ %s/part/records.jsonl", home);
  CHECK(system(command) == 0);
  CHECK_ERROR(SIGNET_ERR_BUNDLE_TAMPERED, "bundle",
              signet_bundle_verify(TEXT(path_of("part")), exporters, 1, NULL, &report, &error),
              error);
  CHECK(buffer_has(report, "\"kind\":\"HASH_MISMATCH\",\"line\":2"));
  CHECK(buffer_has(report, "\"kind\":\"MISMATCH\""));
  signet_buffer_free(report);
  CHECK(unlink(path_of("part/manifest.json")) == 0);
  CHECK_ERROR(SIGNET_ERR_BUNDLE_INVALID, "manifest.json",
              signet_bundle_verify(TEXT(path_of("part")), exporters, 1, NULL, &report, &error),
              error);
  CHECK(report == NULL);
}

static void a_bundle_is_never_written_over_another(void) {
  signet_buffer *manifest = NULL;
  signet_error *error = NULL;
  CHECK_ERROR(SIGNET_ERR_INVALID_ARGUMENT, "bundle folder",
              write_bundle("whole", "", &manifest, &error), error);
  CHECK_ERROR(SIGNET_ERR_RECORD_NOT_FOUND, "bundle",
              write_bundle("none", "{\"tool\":\"nobody calls this\"}", &manifest, &error), error);
  CHECK(manifest == NULL && access(path_of("none"), F_OK) != 0);
}

int main(void) {
  CHECK(mkdtemp(home) != NULL);
  agent = rfc_keypair(), key = rfc_key();
  CHECK_STATUS(SIGNET_OK, signet_keypair_generate(&exporter, NULL));
  CHECK_STATUS(SIGNET_OK, signet_keypair_public_key(exporter, &exporter_key, NULL));
  CHECK_STATUS(SIGNET_OK, signet_params_key_derive(agent, &params_key, NULL));
  CHECK_STATUS(SIGNET_OK, signet_trust_bundle_parse(TEXT(TRUST), SIGNET_FORMAT_ANY, &trust, NULL));
  CHECK_STATUS(SIGNET_OK, signet_log_open(TEXT(home), NULL, NULL, NULL, &log_, NULL));
  RUN(what_is_sealed_opens_to_the_same_receipt);
  RUN(an_auditor_reads_with_the_bytes_that_were_lent);
  RUN(sealed_records_verify_for_who_has_the_key);
  RUN(a_bundle_verifies_without_the_log);
  RUN(a_filtered_bundle_says_what_is_missing);
  RUN(a_changed_bundle_is_refused_and_the_report_says_why);
  RUN(a_bundle_is_never_written_over_another);
  signet_log_free(log_), signet_params_key_free(params_key), signet_trust_bundle_free(trust);
  signet_public_key_free(key), signet_public_key_free(exporter_key);
  signet_keypair_free(agent), signet_keypair_free(exporter);
  char command[100];
  snprintf(command, sizeof command, "rm -rf %s", home);
  CHECK(system(command) == 0);
  return check_report();
}
