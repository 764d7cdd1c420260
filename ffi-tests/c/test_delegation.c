/* Delegations, chains, and receipts that rest on them. Each way in which a chain
   can be wrong has its status, and the index of the link. */
#include "check.h"

#define ALL "{\"max_depth\":2,\"targets\":[\"*\"],\"tools\":[\"*\"]}"
#define READ "{\"max_depth\":1,\"targets\":[\"mcp://files\"],\"tools\":[\"read\",\"list\"]}"
#define LEAF "{\"max_depth\":0,\"targets\":[\"mcp://files\"],\"tools\":[\"read\"]}"
#define ACTION "{\"tool\":\"read\",\"target\":\"mcp://files\",\"params\":{\"path\":\"/x\"}}"

static signet_keypair *root, *team, *agent, *stranger;
static signet_public_key *root_key, *team_key, *agent_key, *stranger_key;

static signet_delegation *delegated(const signet_keypair *from, const signet_public_key *to,
                                    const char *scope) {
  signet_delegation *delegation = NULL;
  signet_delegation_options say = SIGNET_DELEGATION_OPTIONS_INIT;
  say.flags = SIGNET_SIGN_AT | SIGNET_SIGN_FIXED_NONCE, say.now_unix_ms = NOW;
  CHECK_STATUS(SIGNET_OK, signet_delegation_sign(from, TEXT("from"), to, TEXT("to"), TEXT(scope),
                                                 &say, &delegation, NULL));
  return delegation;
}

/* The chain of two links; takes them. */
static char *joined(signet_delegation *first, signet_delegation *second) {
  const signet_delegation *links[] = {first, second};
  signet_buffer *chain = NULL;
  size_t len;
  CHECK_STATUS(SIGNET_OK, signet_chain_join(links, second ? 2 : 1, &chain, NULL));
  const uint8_t *text = signet_buffer_data(chain, &len);
  char *made = calloc(1, len + 1);
  memcpy(made, text, len);
  signet_buffer_free(chain), signet_delegation_free(first), signet_delegation_free(second);
  return made;
}

static signet_verify_options at(int64_t unix_ms) {
  signet_verify_options judge = SIGNET_VERIFY_OPTIONS_INIT;
  judge.flags = SIGNET_VERIFY_AT, judge.now_unix_ms = unix_ms;
  return judge;
}

static int has_text(const signet_delegation *delegation, int32_t field, const char *expected) {
  size_t len;
  const uint8_t *text = signet_delegation_text(delegation, field, &len);
  return expected ? same(text, len, expected) : text == NULL && len == 0;
}

static void every_field_is_readable(void) {
  signet_delegation *delegation = NULL, *read = NULL;
  signet_delegation_options say = SIGNET_DELEGATION_OPTIONS_INIT;
  say.flags = SIGNET_SIGN_AT | SIGNET_SIGN_FIXED_NONCE, say.now_unix_ms = NOW;
#define SAY(member, text) say.member = (const uint8_t *)(text), say.member##_len = strlen(text)
  SAY(delegator_principal, "org://example.com");
  SAY(delegate_principal, "agent://example.com/bot");
  SAY(unsigned_budget, "{\"calls\": 3}");
  SAY(unsigned_constraints, "[{\"type\":\"call_count\",\"max_calls\":3}]");
  SAY(unsigned_correlation_id, "a\"b");
  SAY(parent_scope, ALL);
  const char *scope = "{\"tools\":[\"read\"],\"targets\":[\"*\"],\"max_depth\":0,"
                      "\"expires\":\"2026-02-01T00:00:00Z\"}";
  CHECK_STATUS(SIGNET_OK, signet_delegation_sign(root, TEXT("root"), agent_key, TEXT("b\no\nt"),
                                                 TEXT(scope), &say, &delegation, NULL));
  size_t len;
  const uint8_t *json = signet_delegation_json(delegation, &len);
  CHECK_STATUS(SIGNET_OK, signet_delegation_parse(json, len, NULL, &read, NULL));
  signet_delegation_free(delegation);
  const uint8_t *id = signet_delegation_text(read, SIGNET_DELEGATION_ID, &len);
  CHECK(len == 36 && memcmp(id, "del_", 4) == 0);
  size_t key_len;
  const uint8_t *key = signet_public_key_text(root_key, SIGNET_KEY_TEXT_PREFIXED, &key_len);
  const uint8_t *text = signet_delegation_text(read, SIGNET_DELEGATION_DELEGATOR_KEY, &len);
  CHECK(len == key_len && memcmp(text, key, len) == 0);
  key = signet_public_key_text(agent_key, SIGNET_KEY_TEXT_PREFIXED, &key_len);
  text = signet_delegation_text(read, SIGNET_DELEGATION_DELEGATE_KEY, &len);
  CHECK(len == key_len && memcmp(text, key, len) == 0);
  CHECK(has_text(read, SIGNET_DELEGATION_DELEGATOR_NAME, "root"));
  CHECK(has_text(read, SIGNET_DELEGATION_DELEGATOR_PRINCIPAL, "org://example.com"));
  CHECK(has_text(read, SIGNET_DELEGATION_DELEGATE_NAME, "b\no\nt"));
  CHECK(has_text(read, SIGNET_DELEGATION_DELEGATE_PRINCIPAL, "agent://example.com/bot"));
  CHECK(has_text(read, SIGNET_DELEGATION_ISSUED_AT, "2026-01-01T00:00:00.000Z"));
  CHECK(has_text(read, SIGNET_DELEGATION_EXPIRES, "2026-02-01T00:00:00Z"));
  CHECK(has_text(read, SIGNET_DELEGATION_NONCE, "rnd_00000000000000000000000000000000"));
  CHECK(has_text(read, SIGNET_DELEGATION_SCOPE,
                 "{\"expires\":\"2026-02-01T00:00:00Z\",\"max_depth\":0,\"targets\":[\"*\"],"
                 "\"tools\":[\"read\"]}"));
  CHECK(has_text(read, SIGNET_DELEGATION_UNSIGNED_BUDGET, "{\"calls\":3}"));
  CHECK(has_text(read, SIGNET_DELEGATION_UNSIGNED_CONSTRAINTS,
                 "[{\"max_calls\":3,\"type\":\"call_count\"}]"));
  CHECK(has_text(read, SIGNET_DELEGATION_UNSIGNED_CORRELATION_ID, "\"a\\\"b\""));
  CHECK(has_text(read, 0, NULL) && has_text(read, INT32_MAX, NULL));
  signet_delegation_free(read);

  signet_delegation *plain = delegated(root, agent_key, LEAF);
  CHECK(has_text(plain, SIGNET_DELEGATION_EXPIRES, NULL));
  CHECK(has_text(plain, SIGNET_DELEGATION_DELEGATOR_PRINCIPAL, NULL));
  CHECK(has_text(plain, SIGNET_DELEGATION_UNSIGNED_BUDGET, NULL));
  signet_delegation_free(plain);
}

static void what_could_only_be_a_mistake_is_not_signed(void) {
  static const struct {
    const char *name, *scope, *parent, *principal;
    int32_t status;
    const char *says;
  } rows[] = {
      {"", ALL, NULL, NULL, SIGNET_ERR_DELEGATION_INVALID, "names"},
      {"a", "{", NULL, NULL, SIGNET_ERR_JSON_SYNTAX, "scope"},
      {"a", "{}", NULL, NULL, SIGNET_ERR_DELEGATION_INVALID, "scope"},
      {"a", "{\"max_depth\":0,\"targets\":[\"*\"],\"tools\":[]}", NULL, NULL,
       SIGNET_ERR_DELEGATION_INVALID, "tools"},
      {"a", "{\"max_depth\":0,\"targets\":[\"*\",\"x\"],\"tools\":[\"*\"]}", NULL, NULL,
       SIGNET_ERR_DELEGATION_INVALID, "wildcard"},
      {"a", "{\"max_depth\":1.0,\"targets\":[\"*\"],\"tools\":[\"*\"]}", NULL, NULL,
       SIGNET_ERR_DELEGATION_INVALID, "max_depth"},
      {"a", "{\"max_depth\":0,\"targets\":[\"*\"],\"tools\":[\"*\"],\"expires\":\"soon\"}", NULL, NULL,
       SIGNET_ERR_DELEGATION_INVALID, "expires"},
      {"a", "{\"budget\":1,\"max_depth\":0,\"targets\":[\"*\"],\"tools\":[\"*\"]}", NULL, NULL,
       SIGNET_ERR_UNKNOWN_MEMBER, "budget"},
      {"a", ALL, READ, NULL, SIGNET_ERR_SCOPE_WIDENED, "tool"},
      {"a", LEAF, LEAF, NULL, SIGNET_ERR_DELEGATION_DEPTH_EXCEEDED, "max_depth"},
      {"a", LEAF, "[]", NULL, SIGNET_ERR_DELEGATION_INVALID, "parent"},
      {"a", LEAF, NULL, "nobody", SIGNET_ERR_PRINCIPAL_INVALID, "principal"},
  };
  for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
    signet_delegation *delegation = NULL;
    signet_error *error = NULL;
    signet_delegation_options say = SIGNET_DELEGATION_OPTIONS_INIT;
    if (rows[row].parent) SAY(parent_scope, rows[row].parent);
    if (rows[row].principal) SAY(delegator_principal, rows[row].principal);
    CHECK_ERROR(rows[row].status, rows[row].says,
                signet_delegation_sign(root, TEXT(rows[row].name), agent_key, TEXT("b"),
                                       TEXT(rows[row].scope), &say, &delegation, &error), error);
    CHECK(delegation == NULL);
  }
}

static void a_delegation_is_read_strictly(void) {
  signet_delegation *delegation = delegated(root, agent_key, LEAF), *read = NULL;
  signet_error *error = NULL;
  size_t len;
  const uint8_t *json = signet_delegation_json(delegation, &len);
  static const struct {
    const char *from, *to;
    int32_t status;
    const char *says;
  } rows[] = {
      {"\"v\":1", "\"v\":2", SIGNET_ERR_UNSUPPORTED, "version"},
      {"\"v\":1", "\"v\":1,\"w\":1", SIGNET_ERR_UNKNOWN_MEMBER, "w"},
      {"\"v\":1", "\"v\":1,\"v\":1", SIGNET_ERR_JSON_DUPLICATE_MEMBER, "v"},
      {"\"issued_at\":\"2026", "\"issued_at\":\"x", SIGNET_ERR_TIMESTAMP_INVALID, "issued_at"},
      {"\"tools\":[\"read\"]", "\"tools\":\"read\"", SIGNET_ERR_DELEGATION_INVALID, "tools"},
      {"\"pubkey\":\"ed25519:", "\"pubkey\":\"", SIGNET_ERR_KEY_INVALID, "delegate"},
  };
  for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
    char *text = replaced(json, len, rows[row].from, rows[row].to);
    CHECK_ERROR(rows[row].status, rows[row].says,
                signet_delegation_parse(TEXT(text), NULL, &read, &error), error);
    CHECK(read == NULL);
    free(text);
  }
  char *text = replaced(json, len, "\"v\":1", "\"v\":1,\"w\":1");
  signet_parse_options lax = SIGNET_PARSE_OPTIONS_INIT;
  lax.flags = SIGNET_PARSE_FORENSIC;
  CHECK_STATUS(SIGNET_OK, signet_delegation_parse(TEXT(text), &lax, &read, NULL));
  free(text);
  signet_verify_options judge = at(NOW);
  CHECK_STATUS(SIGNET_OK, signet_delegation_verify(read, &judge, NULL));
  signet_delegation_free(read), signet_delegation_free(delegation);
}

static void a_delegation_is_judged_at_a_time(void) {
  signet_delegation *delegation = delegated(
      root, agent_key,
      "{\"expires\":\"2026-01-01T01:00:00Z\",\"max_depth\":0,\"targets\":[\"*\"],\"tools\":[\"*\"]}");
  const signet_public_key *roots[] = {root_key}, *strangers[] = {stranger_key};
  signet_error *error = NULL;
  static const struct {
    int64_t after;
    uint32_t flags;
    uint64_t skew;
    int32_t status;
  } rows[] = {
      {0, 0, 0, SIGNET_OK},
      {-60000, 0, 0, SIGNET_OK},
      {-60001, 0, 0, SIGNET_ERR_DELEGATION_NOT_YET_VALID},
      {-1, SIGNET_VERIFY_NO_SKEW, 0, SIGNET_ERR_DELEGATION_NOT_YET_VALID},
      {3600000, SIGNET_VERIFY_NO_SKEW, 0, SIGNET_OK},
      {3600001, SIGNET_VERIFY_NO_SKEW, 0, SIGNET_ERR_DELEGATION_EXPIRED},
      {3660000, 0, 0, SIGNET_OK},
      {3660001, 0, 0, SIGNET_ERR_DELEGATION_EXPIRED},
      {3660001, 0, 61, SIGNET_OK},
      /* Whatever is tolerated of receipts. */
      {3660001, SIGNET_VERIFY_IGNORE_EXPIRY, 0, SIGNET_ERR_DELEGATION_EXPIRED},
  };
  for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
    signet_verify_options judge = at(NOW + rows[row].after);
    judge.flags |= rows[row].flags, judge.skew_seconds = rows[row].skew;
    CHECK_STATUS(rows[row].status, signet_delegation_verify(delegation, &judge, NULL));
    judge.roots = roots, judge.roots_len = 1;
    CHECK_STATUS(rows[row].status, signet_delegation_verify(delegation, &judge, NULL));
  }
  signet_verify_options judge = at(NOW);
  judge.roots = strangers, judge.roots_len = 1;
  CHECK_ERROR(SIGNET_ERR_CHAIN_ROOT_UNTRUSTED, "root",
              signet_delegation_verify(delegation, &judge, &error), error);
  CHECK_STATUS(SIGNET_ERR_DELEGATION_EXPIRED, signet_delegation_verify(delegation, NULL, NULL));
  signet_delegation_free(delegation);
}

/* Checks the status of a chain and the link that it is about; takes the chain. */
static void check_chain(int line, char *chain, const signet_verify_options *judge, int32_t status,
                        uint64_t link) {
  const signet_public_key *roots[] = {root_key};
  signet_buffer *scope = NULL;
  signet_error *error = NULL;
  int32_t answer = signet_chain_verify(TEXT(chain), roots, 1, judge, &scope, &error);
  if (answer != status || signet_error_position(error) != link || (scope != NULL) != (status == 0)) {
    size_t len;
    const uint8_t *text = signet_error_message(error, &len);
    failures++;
    fprintf(stderr, "line %d: %s, %.*s\n", line, signet_status_name(answer), (int)len,
            (const char *)text);
  }
  signet_buffer_free(scope), signet_error_free(error), free(chain);
}
#define CHECK_CHAIN(chain, status, link) check_chain(__LINE__, chain, &judge, status, link)

static void every_way_a_chain_is_wrong_has_its_status_and_link(void) {
  signet_verify_options judge = at(NOW + 1000);
  CHECK_CHAIN(joined(delegated(root, team_key, READ), delegated(team, agent_key, LEAF)), SIGNET_OK,
              SIGNET_NO_POSITION);
  CHECK_CHAIN(strcpy(calloc(1, 3), "[]"), SIGNET_ERR_CHAIN_EMPTY, SIGNET_NO_POSITION);
  CHECK_CHAIN(strcpy(calloc(1, 3), "{}"), SIGNET_ERR_DELEGATION_INVALID, SIGNET_NO_POSITION);
  CHECK_CHAIN(strcpy(calloc(1, 4), "[1]"), SIGNET_ERR_DELEGATION_INVALID, 0);
  CHECK_CHAIN(joined(delegated(stranger, team_key, READ), delegated(team, agent_key, LEAF)),
              SIGNET_ERR_CHAIN_ROOT_UNTRUSTED, 0);
  CHECK_CHAIN(joined(delegated(root, team_key, READ), delegated(stranger, agent_key, LEAF)),
              SIGNET_ERR_CHAIN_BROKEN, 1);
  CHECK_CHAIN(joined(delegated(root, team_key, READ), delegated(team, agent_key, ALL)),
              SIGNET_ERR_SCOPE_WIDENED, 1);
  CHECK_CHAIN(joined(delegated(root, team_key, LEAF), delegated(team, agent_key, LEAF)),
              SIGNET_ERR_DELEGATION_DEPTH_EXCEEDED, 0);
  judge.max_links = 1;
  CHECK_CHAIN(joined(delegated(root, team_key, READ), delegated(team, agent_key, LEAF)),
              SIGNET_ERR_CHAIN_TOO_LONG, SIGNET_NO_POSITION);
  judge.max_links = 0;

  const char *soon = "{\"expires\":\"2026-01-01T00:00:00Z\",\"max_depth\":0,"
                     "\"targets\":[\"mcp://files\"],\"tools\":[\"read\"]}";
  judge.now_unix_ms = NOW + 60001;
  CHECK_CHAIN(joined(delegated(root, team_key, READ), delegated(team, agent_key, soon)),
              SIGNET_ERR_DELEGATION_EXPIRED, 1);
  judge.now_unix_ms = NOW - 60001;
  CHECK_CHAIN(joined(delegated(root, team_key, READ), delegated(team, agent_key, LEAF)),
              SIGNET_ERR_DELEGATION_NOT_YET_VALID, 0);
  judge.now_unix_ms = NOW;

  char *sound = joined(delegated(root, team_key, READ), delegated(team, agent_key, LEAF));
  char *second = strstr(sound + 2, ",{\"delegate\"");
  CHECK(second != NULL);
  size_t first = (size_t)(second - sound);
  static const struct {
    const char *from, *to;
    int32_t status;
  } edits[] = {
      {"\"name\":\"to\"", "\"name\":\"TO\"", SIGNET_ERR_SIGNATURE_INVALID},
      {"\"id\":\"del_", "\"id\":\"dex_", SIGNET_ERR_ID_MISMATCH},
      {"\"v\":1", "\"v\":1,\"x\":0", SIGNET_ERR_UNKNOWN_MEMBER},
  };
  for (size_t row = 0; row < sizeof edits / sizeof *edits; row++) {
    char *tail = replaced((const uint8_t *)second, strlen(second), edits[row].from, edits[row].to);
    char *chain = malloc(first + strlen(tail) + 1);
    memcpy(chain, sound, first), strcpy(chain + first, tail);
    CHECK_CHAIN(chain, edits[row].status, 1);
    free(tail);
  }
  free(sound);
}

static signet_receipt *authorized(const char *chain, int64_t when, signet_status *status_out,
                                  const signet_keypair *by, const char *action,
                                  signet_error **error_out) {
  signet_receipt *receipt = NULL;
  signet_sign_options say = SIGNET_SIGN_OPTIONS_INIT;
  say.flags = SIGNET_SIGN_AT | SIGNET_SIGN_FIXED_NONCE, say.now_unix_ms = when;
  *status_out = signet_receipt_sign_authorized(by, TEXT(action), TEXT("bot"), TEXT(chain), &say,
                                               &receipt, error_out);
  return receipt;
}

static void a_receipt_rests_on_a_chain(void) {
  char *chain = joined(delegated(root, team_key, READ), delegated(team, agent_key, LEAF));
  const signet_public_key *roots[] = {root_key}, *strangers[] = {stranger_key};
  signet_status status;
  signet_error *error = NULL;
  signet_buffer *signers = NULL;
  signet_receipt *receipt = authorized(chain, NOW, &status, agent, ACTION, NULL), *read = NULL;
  CHECK_STATUS(SIGNET_OK, status);
  CHECK(signet_receipt_version(receipt) == 4);
  size_t len;
  const uint8_t *json = signet_receipt_json(receipt, &len);
  CHECK_STATUS(SIGNET_OK, signet_receipt_parse(json, len, NULL, &read, NULL));
  const uint8_t *value = signet_receipt_value(read, SIGNET_FIELD_CHAIN, &len);
  CHECK(same(value, len, chain));
  const uint8_t *text = signet_receipt_text(read, SIGNET_FIELD_SIGNER_OWNER, &len);
  CHECK(same(text, len, "from"));
  CHECK(signet_receipt_text(read, SIGNET_FIELD_CHAIN_HASH, &len) != NULL && len == 71);

  signet_verify_options judge = at(NOW + 1000);
  /* Never on the agent's key alone. */
  const signet_public_key *agents[] = {agent_key};
  CHECK_ERROR(SIGNET_ERR_CHAIN_ROOT_UNTRUSTED, "root",
              signet_receipt_verify(read, agents, 1, &judge, &error), error);
  judge.roots = strangers, judge.roots_len = 1;
  CHECK_ERROR(SIGNET_ERR_CHAIN_ROOT_UNTRUSTED, "root",
              signet_receipt_verify(read, NULL, 0, &judge, &error), error);
  judge.roots = roots;
  CHECK_STATUS(SIGNET_OK, signet_receipt_verify(read, NULL, 0, &judge, NULL));
  CHECK_STATUS(SIGNET_OK, signet_receipt_verify_signers(read, NULL, 0, &judge, &signers, NULL));
  CHECK(taken_contains(signers, "\"scope\":" LEAF ",\"version\":4}"));
  judge.max_links = 1;
  CHECK_ERROR(SIGNET_ERR_CHAIN_TOO_LONG, "chain",
              signet_receipt_verify(read, NULL, 0, &judge, &error), error);
  judge.max_links = 0, judge.now_unix_ms = NOW - 60001;
  CHECK_STATUS(SIGNET_ERR_DELEGATION_NOT_YET_VALID,
               signet_receipt_verify(read, NULL, 0, &judge, NULL));
  signet_receipt_free(read), signet_receipt_free(receipt);

  /* A receipt that is dated after the time at which it is judged. */
  receipt = authorized(chain, NOW + 100000, &status, agent, ACTION, NULL);
  judge.now_unix_ms = NOW;
  CHECK_ERROR(SIGNET_ERR_TIME_OUT_OF_WINDOW, "ts",
              signet_receipt_verify(receipt, NULL, 0, &judge, &error), error);
  signet_receipt_free(receipt);

  /* Co-signed, it stands on the server and the root. */
  receipt = authorized(chain, NOW, &status, agent, ACTION, NULL);
  signet_receipt *co_signed = NULL;
  signet_co_sign_options say = SIGNET_CO_SIGN_OPTIONS_INIT;
  say.flags = SIGNET_SIGN_AT, say.now_unix_ms = NOW + 1;
  CHECK_STATUS(SIGNET_OK, signet_receipt_co_sign(team, receipt, TEXT("1"), NULL, 0, TEXT("team"), &say,
                                                 &co_signed, NULL));
  const signet_public_key *servers[] = {team_key};
  judge = at(NOW + 1000), judge.roots = roots, judge.roots_len = 1;
  CHECK_STATUS(SIGNET_ERR_SIGNER_UNTRUSTED, signet_receipt_verify(co_signed, NULL, 0, &judge, NULL));
  judge.servers = servers, judge.servers_len = 1;
  CHECK_STATUS(SIGNET_OK, signet_receipt_verify_signers(co_signed, NULL, 0, &judge, &signers, NULL));
  CHECK(taken_contains(signers, "\"version\":3}"));
  judge.roots_len = 0;
  CHECK_ERROR(SIGNET_ERR_CHAIN_ROOT_UNTRUSTED, "agent_receipt",
              signet_receipt_verify(co_signed, agents, 1, &judge, &error), error);
  signet_receipt_free(receipt), signet_receipt_free(co_signed), free(chain);
}

static void what_the_chain_does_not_allow_is_not_signed(void) {
  char *chain = joined(delegated(root, team_key, READ), delegated(team, agent_key, LEAF));
  signet_status status;
  signet_error *error = NULL;
  CHECK(authorized(chain, NOW, &status, stranger, ACTION, &error) == NULL);
  CHECK(signet_error_position(error) == 1);
  CHECK_ERROR(SIGNET_ERR_CHAIN_DELEGATE_MISMATCH, "chain", status, error);
  CHECK(authorized(chain, NOW, &status, agent, "{\"tool\":\"list\",\"target\":\"mcp://files\"}",
                   &error) == NULL);
  CHECK_ERROR(SIGNET_ERR_SCOPE_VIOLATION, "list", status, error);
  CHECK(authorized(chain, NOW, &status, agent, "{\"tool\":\"read\"}", &error) == NULL);
  CHECK_ERROR(SIGNET_ERR_SCOPE_VIOLATION, "target", status, error);
  CHECK(authorized("[]", NOW, &status, agent, ACTION, &error) == NULL);
  CHECK_ERROR(SIGNET_ERR_CHAIN_EMPTY, "chain", status, error);
  CHECK(authorized("[", NOW, &status, agent, ACTION, &error) == NULL);
  CHECK_ERROR(SIGNET_ERR_JSON_SYNTAX, "chain", status, error);
  signet_sign_options say = SIGNET_SIGN_OPTIONS_INIT;
  say.expires_at = (const uint8_t *)"2027-01-01T00:00:00Z", say.expires_at_len = 20;
  signet_receipt *receipt = NULL;
  CHECK_ERROR(SIGNET_ERR_UNSUPPORTED, "expire",
              signet_receipt_sign_authorized(agent, TEXT(ACTION), TEXT("bot"), TEXT(chain), &say,
                                             &receipt, &error), error);
  CHECK(receipt == NULL);
  free(chain);
}

static void base64(const uint8_t *bytes, size_t len, char *out) {
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (size_t place = 0; place < len; place += 3) {
    uint32_t three = (uint32_t)bytes[place] << 16;
    if (place + 1 < len) three |= (uint32_t)bytes[place + 1] << 8;
    if (place + 2 < len) three |= bytes[place + 2];
    *out++ = digits[three >> 18], *out++ = digits[three >> 12 & 63];
    *out++ = place + 1 < len ? digits[three >> 6 & 63] : '=';
    *out++ = place + 2 < len ? digits[three & 63] : '=';
  }
  *out = 0;
}

/* Cuts from the start of one fragment to the start of another. */
static void cut(char *text, const char *from, const char *to) {
  char *start = strstr(text, from), *end = start ? strstr(start, to) : NULL;
  CHECK(end != NULL);
  if (end) memmove(start, end, strlen(end) + 1);
}

/* An agent that signs for another chain or another root is found out. */
static void chain_and_root_are_those_that_were_signed(void) {
  char *chain = joined(delegated(root, agent_key, LEAF), NULL);
  const signet_public_key *roots[] = {root_key};
  signet_verify_options judge = at(NOW + 1000);
  judge.roots = roots, judge.roots_len = 1;
  signet_status status;
  signet_error *error = NULL;
  signet_receipt *receipt = authorized(chain, NOW, &status, agent, ACTION, NULL), *forged = NULL;
  size_t len, key_len;
  const uint8_t *json = signet_receipt_json(receipt, &len);
  char *text = replaced(json, len, "\"scope\":{", "\"scope\":{\"budget\":1,");
  CHECK_STATUS(SIGNET_OK, signet_receipt_parse(TEXT(text), NULL, &forged, NULL));
  CHECK_ERROR(SIGNET_ERR_CHAIN_HASH_MISMATCH, "chain_hash",
              signet_receipt_verify(forged, NULL, 0, &judge, &error), error);
  signet_receipt_free(forged), free(text);

  const uint8_t *other = signet_public_key_text(stranger_key, SIGNET_KEY_TEXT_PREFIXED, &key_len);
  char *body = calloc(1, len + 1), named[100], signed_as[140], encoded[100];
  memcpy(body, json, len);
  snprintf(named, sizeof named, "%.*s", (int)key_len, (const char *)other);
  memcpy(strstr(body, "\"root_pubkey\":\"") + 15, named, key_len);
  char *whole = calloc(1, len + 1);
  strcpy(whole, body);
  cut(body, "\"chain\":", "\"chain_hash\"");
  cut(body, "\"id\":\"rec_", "\"nonce\"");
  cut(body, "\"sig\":\"ed25519:", "\"signer\"");
  uint8_t signature[64];
  CHECK_STATUS(SIGNET_OK, signet_keypair_sign(agent, TEXT(body), signature, NULL));
  base64(signature, 64, encoded);
  snprintf(signed_as, sizeof signed_as, "\"sig\":\"ed25519:%s\",", encoded);
  char *at_end = strstr(whole, "\"sig\":\"ed25519:");
  while (strstr(at_end + 1, "\"sig\":\"ed25519:")) at_end = strstr(at_end + 1, "\"sig\":\"ed25519:");
  memcpy(at_end, signed_as, strlen(signed_as));
  /* The id is not what is looked at here. */
  signet_parse_options lax = SIGNET_PARSE_OPTIONS_INIT;
  lax.flags = SIGNET_PARSE_FORENSIC;
  CHECK_STATUS(SIGNET_OK, signet_receipt_parse(TEXT(whole), &lax, &forged, NULL));
  CHECK_ERROR(SIGNET_ERR_CHAIN_ROOT_MISMATCH, "root_pubkey",
              signet_receipt_verify(forged, NULL, 0, &judge, &error), error);
  free(body), free(whole), free(chain), signet_receipt_free(forged), signet_receipt_free(receipt);
}

int main(void) {
  root = keypair_of(1), team = keypair_of(2), agent = keypair_of(3), stranger = keypair_of(4);
  root_key = key_of(root), team_key = key_of(team);
  agent_key = key_of(agent), stranger_key = key_of(stranger);
  RUN(every_field_is_readable);
  RUN(what_could_only_be_a_mistake_is_not_signed);
  RUN(a_delegation_is_read_strictly);
  RUN(a_delegation_is_judged_at_a_time);
  RUN(every_way_a_chain_is_wrong_has_its_status_and_link);
  RUN(a_receipt_rests_on_a_chain);
  RUN(what_the_chain_does_not_allow_is_not_signed);
  RUN(chain_and_root_are_those_that_were_signed);
  signet_keypair_free(root), signet_keypair_free(team);
  signet_keypair_free(agent), signet_keypair_free(stranger);
  signet_public_key_free(root_key), signet_public_key_free(team_key);
  signet_public_key_free(agent_key), signet_public_key_free(stranger_key);
  return check_report();
}
