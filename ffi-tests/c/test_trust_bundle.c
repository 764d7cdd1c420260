/* Trust bundles: reading, asking about keys, and as what verifications trust. */
#include "check.h"

#include <unistd.h>

/* The keys of keypair_of(1), (2) and (3) as root, agents and server. */
static char yaml[4000];
static signet_keypair *root, *agent, *server, *old_agent, *stranger;
static signet_public_key *root_key, *agent_key, *server_key, *old_key, *stranger_key;

static const char *text_of(const signet_public_key *key, char *out) {
  size_t len;
  const uint8_t *text = signet_public_key_text(key, SIGNET_KEY_TEXT_PREFIXED, &len);
  memcpy(out, text, len), out[len] = 0;
  return out;
}

static void write_bundle(void) {
  char keys[4][100];
  snprintf(yaml, sizeof yaml,
           "version: 1\nbundle_id: main\norg: Example\nenv: prod\n"
           "generated_at: 2026-03-01T00:00:00Z\ndescription: for tests\n"
           "roots:\n"
           "  - {id: r1, name: root, owner: ops, pubkey: \"%s\", status: active,\n"
           "     created_at: 2025-01-01T00:00:00Z, disabled_at: 2026-02-01T00:00:00Z}\n"
           "agents:\n"
           "  - {id: a1, name: bot, owner: ops, pubkey: \"%s\", status: active,\n"
           "     created_at: 2025-01-01T00:00:00Z, expires_at: 2026-02-01T00:00:00Z}\n"
           "  - {id: a2, name: old, owner: ops, pubkey: \"%s\", status: revoked, comment: lost,\n"
           "     created_at: 2025-01-01T00:00:00Z, revoked_at: 2026-02-01T00:00:00Z}\n"
           "servers:\n"
           "  - {id: s1, name: bank, owner: ops, pubkey: \"%s\", status: active,\n"
           "     created_at: 2025-01-01T00:00:00Z}\n",
           text_of(root_key, keys[0]), text_of(agent_key, keys[1]), text_of(old_key, keys[2]),
           text_of(server_key, keys[3]));
}

static signet_trust_bundle *parsed(const char *text) {
  signet_trust_bundle *bundle = NULL;
  CHECK_STATUS(SIGNET_OK, signet_trust_bundle_parse(TEXT(text), SIGNET_FORMAT_ANY, &bundle, NULL));
  return bundle;
}

#define FEBRUARY 1769904000000 /* 2026-02-01T00:00:00Z */

static signet_verify_options at(int64_t unix_ms, const signet_trust_bundle *bundle) {
  signet_verify_options judge = SIGNET_VERIFY_OPTIONS_INIT;
  judge.flags = SIGNET_VERIFY_AT, judge.now_unix_ms = unix_ms, judge.bundle = bundle;
  return judge;
}

static void a_bundle_says_what_it_is(void) {
  signet_trust_bundle *bundle = parsed(yaml), *again = NULL;
  static const struct {
    int32_t field;
    const char *text;
  } fields[] = {
      {SIGNET_TRUST_BUNDLE_ID, "main"},
      {SIGNET_TRUST_BUNDLE_ORG, "Example"},
      {SIGNET_TRUST_BUNDLE_ENV, "prod"},
      {SIGNET_TRUST_BUNDLE_GENERATED_AT, "2026-03-01T00:00:00.000Z"},
      {SIGNET_TRUST_BUNDLE_DESCRIPTION, "for tests"},
      {SIGNET_TRUST_BUNDLE_SOURCE, NULL},
      {0, NULL},
      {99, NULL},
  };
  size_t len, other_len;
  for (size_t row = 0; row < sizeof fields / sizeof *fields; row++) {
    const uint8_t *text = signet_trust_bundle_text(bundle, fields[row].field, &len);
    CHECK(fields[row].text ? same(text, len, fields[row].text) : text == NULL && len == 0);
  }
  const uint8_t *json = signet_trust_bundle_json(bundle, &len);
  CHECK_STATUS(SIGNET_OK, signet_trust_bundle_parse(json, len, SIGNET_FORMAT_JSON, &again, NULL));
  const uint8_t *hash = signet_trust_bundle_text(bundle, SIGNET_TRUST_BUNDLE_HASH, &len);
  const uint8_t *other = signet_trust_bundle_text(again, SIGNET_TRUST_BUNDLE_HASH, &other_len);
  CHECK(len == 71 && len == other_len && memcmp(hash, other, len) == 0);
  signet_trust_bundle_free(bundle), signet_trust_bundle_free(again);
}

static void a_key_is_judged_as_of_a_time(void) {
  signet_trust_bundle *bundle = parsed(yaml);
  const struct {
    int32_t section;
    const signet_public_key *key;
    int64_t at;
    int32_t status;
  } rows[] = {
      {SIGNET_SECTION_ROOTS, root_key, FEBRUARY - 1, SIGNET_OK},
      {SIGNET_SECTION_ROOTS, root_key, FEBRUARY, SIGNET_ERR_KEY_DISABLED},
      {SIGNET_SECTION_AGENTS, agent_key, FEBRUARY, SIGNET_OK},
      {SIGNET_SECTION_AGENTS, agent_key, FEBRUARY + 1, SIGNET_ERR_KEY_EXPIRED},
      {SIGNET_SECTION_AGENTS, old_key, FEBRUARY - 1, SIGNET_OK},
      {SIGNET_SECTION_AGENTS, old_key, SIGNET_NOW, SIGNET_ERR_KEY_REVOKED},
      {SIGNET_SECTION_AGENTS, root_key, NOW, SIGNET_ERR_SIGNER_UNTRUSTED},
      {SIGNET_SECTION_SERVERS, server_key, SIGNET_NOW, SIGNET_OK},
      {SIGNET_SECTION_ALL, server_key, NOW, SIGNET_ERR_INVALID_ARGUMENT},
      {SIGNET_SECTION_SERVERS, server_key, INT64_MAX, SIGNET_ERR_INVALID_ARGUMENT},
      {-1, server_key, NOW, SIGNET_ERR_INVALID_ARGUMENT},
  };
  for (size_t row = 0; row < sizeof rows / sizeof *rows; row++)
    CHECK_STATUS(rows[row].status, signet_trust_bundle_check(bundle, rows[row].section, rows[row].key,
                                                             rows[row].at, NULL));
  signet_error *error = NULL;
  CHECK_ERROR(SIGNET_ERR_KEY_REVOKED, "\"a2\"",
              signet_trust_bundle_check(bundle, SIGNET_SECTION_AGENTS, old_key, FEBRUARY, &error), error);

  signet_buffer *list = NULL;
  CHECK_STATUS(SIGNET_OK, signet_trust_bundle_list(bundle, SIGNET_SECTION_ALL, FEBRUARY, &list, NULL));
  size_t len;
  const uint8_t *json = signet_buffer_data(list, &len);
  CHECK(contains(json, len, "\"section\":\"roots\",\"status\":\"disabled\"}"));
  CHECK(contains(json, len, "\"section\":\"agents\",\"status\":\"active\"}"));
  CHECK(contains(json, len, "{\"comment\":\"lost\",\"created_at\":\"2025-01-01T00:00:00.000Z\",\"id\":\"a2\""));
  CHECK(contains(json, len, "\"section\":\"agents\",\"status\":\"revoked\"}"));
  CHECK(taken_contains(list, "\"section\":\"servers\",\"status\":\"active\"}]"));
  CHECK_STATUS(SIGNET_OK, signet_trust_bundle_list(bundle, SIGNET_SECTION_SERVERS, NOW, &list, NULL));
  CHECK(!contains(signet_buffer_data(list, &len), signet_buffer_len(list), "agents"));
  signet_buffer_free(list);
  CHECK_ERROR(SIGNET_ERR_INVALID_ARGUMENT, "section",
              signet_trust_bundle_list(bundle, 4, NOW, &list, &error), error);
  CHECK(list == NULL);
  signet_trust_bundle_free(bundle);
}

static void a_mistake_is_pointed_at(void) {
  static const struct {
    const char *from, *to;
    uint32_t line;
    const char *says;
  } rows[] = {
      {"env: prod", "env: Prod", 4, "lower-case"},
      {"env: prod", "env: prod\nenv: test", 5, "env"},
      {"org: Example", "org: ' '", 3, "blank"},
      {"status: revoked", "status: gone", 13, "active"},
      {"ed25519:", "ed25519:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\", x: \"", 8, ""},
  };
  for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
    signet_trust_bundle *bundle = NULL;
    signet_error *error = NULL;
    char *text = replaced((const uint8_t *)yaml, strlen(yaml), rows[row].from, rows[row].to);
    signet_status status = signet_trust_bundle_parse(TEXT(text), SIGNET_FORMAT_YAML, &bundle, &error);
    if (signet_error_line(error) != rows[row].line || signet_error_column(error) == 0) {
      failures++;
      fprintf(stderr, "row %d: line %d\n", (int)row, (int)signet_error_line(error));
    }
    CHECK_ERROR(SIGNET_ERR_TRUST_BUNDLE_INVALID, rows[row].says, status, error);
    CHECK(bundle == NULL);
    free(text);
  }
}

static void receipts_of_agents_are_trusted(void) {
  signet_trust_bundle *bundle = parsed(yaml);
  const signet_public_key *strangers[] = {stranger_key}, *listed[] = {old_key};
  signet_receipt *by_agent = fixed_receipt(agent, "{\"tool\":\"t\"}");
  signet_receipt *by_old = fixed_receipt(old_agent, "{\"tool\":\"t\"}");
  signet_receipt *by_stranger = fixed_receipt(stranger, "{\"tool\":\"t\"}");
  signet_error *error = NULL;
  signet_buffer *signers = NULL;
  signet_verify_options judge = at(NOW, bundle);
  CHECK_STATUS(SIGNET_OK, signet_receipt_verify(by_agent, NULL, 0, &judge, NULL));
  CHECK_STATUS(SIGNET_OK, signet_receipt_verify_signers(by_old, NULL, 0, &judge, &signers, NULL));
  CHECK(taken_contains(signers, "\"agent_trusted\":true"));
  CHECK_ERROR(SIGNET_ERR_SIGNER_UNTRUSTED, "trust bundle",
              signet_receipt_verify(by_stranger, NULL, 0, &judge, &error), error);
  CHECK_STATUS(SIGNET_OK, signet_receipt_verify(by_stranger, strangers, 1, &judge, NULL));
  judge = at(FEBRUARY + 1, bundle);
  CHECK_STATUS(SIGNET_ERR_KEY_EXPIRED, signet_receipt_verify(by_agent, NULL, 0, &judge, NULL));
  CHECK_STATUS(SIGNET_ERR_KEY_REVOKED, signet_receipt_verify(by_old, NULL, 0, &judge, NULL));
  /* A key that the caller lists is trusted at any time. */
  CHECK_STATUS(SIGNET_OK, signet_receipt_verify(by_old, listed, 1, &judge, NULL));
  /* Expired keys are not excused with expired receipts. */
  judge.flags |= SIGNET_VERIFY_IGNORE_EXPIRY;
  CHECK_STATUS(SIGNET_ERR_KEY_EXPIRED, signet_receipt_verify(by_agent, NULL, 0, &judge, NULL));
  /* Forensically too. */
  signet_parse_options lax = SIGNET_PARSE_OPTIONS_INIT;
  lax.flags = SIGNET_PARSE_FORENSIC;
  signet_receipt *read = NULL;
  size_t len;
  const uint8_t *json = signet_receipt_json(by_old, &len);
  CHECK_STATUS(SIGNET_OK, signet_receipt_parse(json, len, &lax, &read, NULL));
  CHECK_STATUS(SIGNET_ERR_SIGNATURE_INVALID, signet_receipt_verify(read, NULL, 0, &judge, NULL));
  judge = at(NOW, bundle);
  CHECK_STATUS(SIGNET_OK, signet_receipt_verify(read, NULL, 0, &judge, NULL));
  signet_receipt_free(by_agent), signet_receipt_free(by_old), signet_receipt_free(by_stranger);
  signet_receipt_free(read), signet_trust_bundle_free(bundle);
}

static void servers_and_roots_are_trusted(void) {
  signet_trust_bundle *bundle = parsed(yaml);
  signet_error *error = NULL;
  signet_receipt *by_agent = fixed_receipt(agent, "{\"tool\":\"t\"}"), *co_signed = NULL;
  signet_co_sign_options say = SIGNET_CO_SIGN_OPTIONS_INIT;
  say.flags = SIGNET_SIGN_AT, say.now_unix_ms = NOW + 1;
  CHECK_STATUS(SIGNET_OK, signet_receipt_co_sign(server, by_agent, TEXT("1"), NULL, 0, TEXT("bank"), &say,
                                                 &co_signed, NULL));
  signet_verify_options judge = at(NOW + 2, bundle);
  CHECK_STATUS(SIGNET_OK, signet_receipt_verify(co_signed, NULL, 0, &judge, NULL));
  judge.now_unix_ms = FEBRUARY + 1;
  CHECK_ERROR(SIGNET_ERR_KEY_EXPIRED, "agent",
              signet_receipt_verify(co_signed, NULL, 0, &judge, &error), error);
  signet_receipt_free(co_signed);
  say.now_unix_ms = NOW + 1;
  CHECK_STATUS(SIGNET_OK, signet_receipt_co_sign(stranger, by_agent, TEXT("1"), NULL, 0, TEXT("bank"),
                                                 &say, &co_signed, NULL));
  judge.now_unix_ms = NOW + 2;
  CHECK_ERROR(SIGNET_ERR_SIGNER_UNTRUSTED, "server key",
              signet_receipt_verify(co_signed, NULL, 0, &judge, &error), error);
  signet_receipt_free(co_signed), signet_receipt_free(by_agent);

  signet_delegation *delegation = NULL;
  signet_delegation_options grant = SIGNET_DELEGATION_OPTIONS_INIT;
  grant.flags = SIGNET_SIGN_AT, grant.now_unix_ms = NOW;
  CHECK_STATUS(SIGNET_OK, signet_delegation_sign(
                              root, TEXT("root"), stranger_key, TEXT("s"),
                              TEXT("{\"max_depth\":0,\"targets\":[\"*\"],\"tools\":[\"t\"]}"), &grant,
                              &delegation, NULL));
  signet_buffer *chain = NULL, *scope = NULL;
  const signet_delegation *links[] = {delegation};
  CHECK_STATUS(SIGNET_OK, signet_chain_join(links, 1, &chain, NULL));
  size_t len;
  const uint8_t *text = signet_buffer_data(chain, &len);
  signet_receipt *receipt = NULL;
  signet_sign_options sign = SIGNET_SIGN_OPTIONS_INIT;
  sign.flags = SIGNET_SIGN_AT, sign.now_unix_ms = NOW + 1;
  CHECK_STATUS(SIGNET_OK, signet_receipt_sign_authorized(stranger, TEXT("{\"tool\":\"t\"}"), TEXT("s"),
                                                         text, len, &sign, &receipt, NULL));
  judge = at(NOW + 2, bundle);
  CHECK_STATUS(SIGNET_OK, signet_receipt_verify(receipt, NULL, 0, &judge, NULL));
  CHECK_STATUS(SIGNET_OK, signet_delegation_verify(delegation, &judge, NULL));
  CHECK_STATUS(SIGNET_OK, signet_chain_verify(text, len, NULL, 0, &judge, &scope, NULL));
  signet_buffer_free(scope);
  judge.now_unix_ms = FEBRUARY;
  CHECK_STATUS(SIGNET_ERR_KEY_DISABLED, signet_receipt_verify(receipt, NULL, 0, &judge, NULL));
  CHECK_STATUS(SIGNET_ERR_KEY_DISABLED, signet_delegation_verify(delegation, &judge, NULL));
  CHECK_STATUS(SIGNET_ERR_KEY_DISABLED,
               signet_chain_verify(text, len, NULL, 0, &judge, &scope, NULL));
  const signet_public_key *roots[] = {root_key};
  CHECK_STATUS(SIGNET_OK, signet_chain_verify(text, len, roots, 1, &judge, &scope, NULL));
  signet_buffer_free(scope), signet_buffer_free(chain);
  signet_receipt_free(receipt), signet_delegation_free(delegation), signet_trust_bundle_free(bundle);
}

/* A log is verified with each key as of the time of the record. */
static void a_log_is_held_to_a_bundle(void) {
  char home[] = "/tmp/signet-trust-XXXXXX";
  CHECK(mkdtemp(home) != NULL);
  signet_trust_bundle *bundle = parsed(yaml);
  signet_receipt *by_old = fixed_receipt(old_agent, "{\"tool\":\"t\"}");
  signet_log *log = NULL;
  signet_log_entry entry;
  signet_log_report report;
  size_t len;
  const uint8_t *json = signet_receipt_json(by_old, &len);
  CHECK_STATUS(SIGNET_OK, signet_log_open(TEXT(home), NULL, NULL, NULL, &log, NULL));
  CHECK_STATUS(SIGNET_OK, signet_log_append(log, json, len, &entry, NULL));
  signet_log_verify_options judge = SIGNET_LOG_VERIFY_OPTIONS_INIT;
  judge.flags = SIGNET_LOG_VERIFY_SIGNATURES;
  CHECK_STATUS(SIGNET_ERR_LOG_TAMPERED,
               signet_log_verify(log, NULL, 0, &judge, NULL, NULL, NULL, &report, NULL));
  judge.bundle = bundle;
  CHECK_STATUS(SIGNET_OK, signet_log_verify(log, NULL, 0, &judge, NULL, NULL, NULL, &report, NULL));
  CHECK(report.signatures_valid == 1);

  signet_receipt *by_stranger = fixed_receipt(stranger, "{\"tool\":\"t\"}");
  json = signet_receipt_json(by_stranger, &len);
  CHECK_STATUS(SIGNET_OK, signet_log_append(log, json, len, &entry, NULL));
  CHECK_STATUS(SIGNET_ERR_LOG_TAMPERED,
               signet_log_verify(log, NULL, 0, &judge, NULL, NULL, NULL, &report, NULL));
  CHECK(report.signatures_valid == 1 && report.signatures_failed == 1 && report.first_bad == 1);
  CHECK_STATUS(SIGNET_OK, signet_log_close(log, NULL));
  signet_log_free(log), signet_receipt_free(by_old), signet_receipt_free(by_stranger);
  signet_trust_bundle_free(bundle);
  char command[80];
  snprintf(command, sizeof command, "rm -r %s", home);
  CHECK(system(command) == 0);
}

int main(void) {
  root = keypair_of(1), agent = keypair_of(2), server = keypair_of(3);
  old_agent = keypair_of(4), stranger = keypair_of(5);
  root_key = key_of(root), agent_key = key_of(agent), server_key = key_of(server);
  old_key = key_of(old_agent), stranger_key = key_of(stranger);
  write_bundle();
  RUN(a_bundle_says_what_it_is);
  RUN(a_key_is_judged_as_of_a_time);
  RUN(a_mistake_is_pointed_at);
  RUN(receipts_of_agents_are_trusted);
  RUN(servers_and_roots_are_trusted);
  RUN(a_log_is_held_to_a_bundle);
  signet_keypair_free(root), signet_keypair_free(agent), signet_keypair_free(server);
  signet_keypair_free(old_agent), signet_keypair_free(stranger);
  signet_public_key_free(root_key), signet_public_key_free(agent_key);
  signet_public_key_free(server_key), signet_public_key_free(old_key);
  signet_public_key_free(stranger_key);
  return check_report();
}
