/* The table of behaviour through the C API: usage: runner FOLDER (empty) */
#define _POSIX_C_SOURCE 200809L /* mkdir */
#include "table.h"

#define B(bytes) (bytes).data, (bytes).len

/* What inputs are parsed into. */

static int is_text(struct bytes text, const char *other) {
  return text.len == strlen(other) && memcmp(text.data, other, text.len) == 0;
}

struct keys {
  const signet_public_key *items[64];
  size_t len;
};

static signet_status parse_key(const struct value *text, signet_public_key **key) {
  struct bytes bytes = bytes_of(text);
  return signet_public_key_parse(B(bytes), key, NULL);
}

static signet_status in_keys(const char *name, struct keys *keys) {
  const struct value *list = in(name);
  signet_status status = SIGNET_OK;
  keys->len = 0;
  for (size_t i = 0; list && status == SIGNET_OK && i < list->count; i++) {
    signet_public_key *key = NULL;
    if (keys->len == sizeof keys->items / sizeof *keys->items) abort();
    status = parse_key(&list->items[i], &key);
    if (status == SIGNET_OK) keys->items[keys->len++] = key;
  }
  return status;
}

static void free_keys(struct keys *keys) {
  while (keys->len) signet_public_key_free((signet_public_key *)keys->items[--keys->len]);
}

static signet_status in_secret(signet_keypair **keypair) {
  struct bytes secret = in_hex("secret");
  return signet_keypair_from_secret(B(secret), keypair, NULL);
}

static signet_status parse_receipt(const char *name, signet_receipt **receipt) {
  struct bytes json = in_bytes(name);
  signet_parse_options options = SIGNET_PARSE_OPTIONS_INIT;
  if (in_flag("forensic")) options.flags = SIGNET_PARSE_FORENSIC;
  return signet_receipt_parse(B(json), &options, receipt, NULL);
}

static signet_sign_options sign_options(void) {
  signet_sign_options options = SIGNET_SIGN_OPTIONS_INIT;
  struct bytes expires = in_bytes("expires_at");
  options.flags = SIGNET_SIGN_FIXED_NONCE;
  memcpy(options.nonce, in_array("nonce", SIGNET_NONCE_LEN), SIGNET_NONCE_LEN);
  if (in("at")) options.flags |= SIGNET_SIGN_AT, options.now_unix_ms = in_number("at");
  if (in_flag("hash_only")) options.flags |= SIGNET_SIGN_HASH_ONLY;
  options.expires_at = expires.data, options.expires_at_len = expires.len;
  return options;
}

/* What a case expects of a verification, but the keys. */
static signet_verify_options verify_options(void) {
  signet_verify_options options = SIGNET_VERIFY_OPTIONS_INIT;
  struct bytes session = in_bytes("session"), call_id = in_bytes("call_id");
  struct bytes response = in_bytes("response");
  if (in_flag("ignore_expiry")) options.flags |= SIGNET_VERIFY_IGNORE_EXPIRY;
  if (in_flag("any_agent")) options.flags |= SIGNET_VERIFY_ANY_AGENT;
  if (in_flag("no_skew")) options.flags |= SIGNET_VERIFY_NO_SKEW;
  if (in("at")) options.flags |= SIGNET_VERIFY_AT, options.now_unix_ms = in_number("at");
  options.window_seconds = (uint64_t)in_number("window_seconds");
  if (in_flag("any_window")) options.window_seconds = SIGNET_ANY_WINDOW;
  options.max_age_seconds = (uint64_t)in_number("max_age_seconds");
  options.skew_seconds = (uint64_t)in_number("skew_seconds");
  options.max_links = (size_t)in_number("max_links");
  options.session = session.data, options.session_len = session.len;
  options.call_id = call_id.data, options.call_id_len = call_id.len;
  options.response = response.data, options.response_len = response.len;
  return options;
}

static void out_buffer(const char *name, signet_buffer *buffer) {
  size_t len;
  const uint8_t *data = signet_buffer_data(buffer, &len);
  out_text(name, data ? (const void *)data : "", len);
  signet_buffer_free(buffer);
}

static signet_status out_receipt(signet_status status, signet_receipt *receipt) {
  size_t len;
  const uint8_t *json = signet_receipt_json(receipt, &len);
  if (status == SIGNET_OK) out_text("receipt", json, len);
  signet_receipt_free(receipt);
  return status;
}

/* The operations. */

static signet_status json_canonicalize(void) {
  struct bytes json = in_bytes("json");
  signet_parse_options options = SIGNET_PARSE_OPTIONS_INIT;
  signet_buffer *canonical = NULL;
  options.max_depth = (uint32_t)in_number("max_depth");
  options.max_len = (uint64_t)in_number("max_len");
  signet_status status = signet_json_canonicalize(B(json), &options, &canonical, NULL);
  if (status == SIGNET_OK) out_buffer("canonical", canonical);
  return status;
}

static signet_status json_hash(void) {
  struct bytes json = in_bytes("json");
  uint8_t hash[SIGNET_HASH_LEN];
  signet_status status = signet_json_hash(B(json), NULL, hash, NULL);
  if (status == SIGNET_OK) out_hash("hash", hash);
  return status;
}

static signet_status content_hash(void) {
  struct bytes content = in("json") ? in_bytes("json") : in_bytes("text");
  uint8_t text[SIGNET_HASH_TEXT_LEN];
  signet_status status = signet_content_hash(
      B(content), in("json") ? SIGNET_CONTENT_JSON : SIGNET_CONTENT_TEXT, NULL, text, NULL);
  if (status == SIGNET_OK) out_text("hash", text, sizeof text);
  return status;
}

static void out_key(const char *name, const signet_public_key *key, int32_t form) {
  size_t len;
  const uint8_t *text = signet_public_key_text(key, form, &len);
  out_text(name, text, len);
}

static signet_status public_key_parse(void) {
  signet_public_key *key = NULL;
  signet_status status = parse_key(in("text"), &key);
  if (status == SIGNET_OK) {
    out_key("prefixed", key, SIGNET_KEY_TEXT_PREFIXED);
    out_key("bare", key, SIGNET_KEY_TEXT_BARE);
    out_key("did", key, SIGNET_KEY_TEXT_DID);
    out_key("id", key, SIGNET_KEY_TEXT_ID);
  }
  signet_public_key_free(key);
  return status;
}

static signet_status public_key_from_bytes(void) {
  signet_public_key *key = NULL;
  signet_status status =
      signet_public_key_from_bytes(in_array("bytes", SIGNET_PUBLIC_KEY_LEN), &key, NULL);
  if (status == SIGNET_OK) out_key("prefixed", key, SIGNET_KEY_TEXT_PREFIXED);
  signet_public_key_free(key);
  return status;
}

static signet_status public_key_verify(void) {
  struct bytes message = in_bytes("message");
  signet_public_key *key = NULL;
  signet_status status = parse_key(in("key"), &key);
  if (status == SIGNET_OK)
    status = signet_public_key_verify(key, B(message),
                                      in_array("signature", SIGNET_SIGNATURE_LEN), NULL);
  signet_public_key_free(key);
  return status;
}

static signet_status keypair_from_secret(void) {
  signet_keypair *keypair = NULL;
  signet_public_key *key = NULL;
  signet_status status = in_secret(&keypair);
  if (status == SIGNET_OK) status = signet_keypair_public_key(keypair, &key, NULL);
  if (status == SIGNET_OK) out_key("public_key", key, SIGNET_KEY_TEXT_PREFIXED);
  signet_public_key_free(key), signet_keypair_free(keypair);
  return status;
}

static signet_status keypair_sign(void) {
  struct bytes message = in_bytes("message");
  uint8_t signature[SIGNET_SIGNATURE_LEN];
  signet_keypair *keypair = NULL;
  signet_status status = in_secret(&keypair);
  if (status == SIGNET_OK) status = signet_keypair_sign(keypair, B(message), signature, NULL);
  if (status == SIGNET_OK) out_hex("signature", signature, sizeof signature);
  signet_keypair_free(keypair);
  return status;
}

static signet_status action_from_tools_call(void) {
  struct bytes request = in_bytes("request"), target = in_bytes("target");
  struct bytes transport = in_bytes("transport");
  signet_buffer *action = NULL;
  signet_status status = signet_action_from_tools_call(B(request), B(target), B(transport), NULL,
                                                       &action, NULL);
  if (status == SIGNET_OK) out_buffer("action", action);
  return status;
}

static signet_status receipt_sign(void) {
  struct bytes action = in_bytes("action"), name = in_bytes("name"), owner = in_bytes("owner");
  signet_sign_options options = sign_options();
  signet_keypair *keypair = NULL;
  signet_receipt *receipt = NULL;
  signet_status status = in_secret(&keypair);
  if (status == SIGNET_OK)
    status = signet_receipt_sign(keypair, B(action), B(name), B(owner), &options, &receipt, NULL);
  signet_keypair_free(keypair);
  return out_receipt(status, receipt);
}

static signet_status receipt_sign_compound(void) {
  struct bytes action = in_bytes("action"), name = in_bytes("name"), owner = in_bytes("owner");
  struct bytes response = in_bytes("response"), outcome = in_bytes("outcome");
  struct bytes requested = in_bytes("requested_at"), responded = in_bytes("responded_at");
  signet_sign_options options = sign_options();
  signet_keypair *keypair = NULL;
  signet_receipt *receipt = NULL;
  signet_status status = in_secret(&keypair);
  if (status == SIGNET_OK)
    status = signet_receipt_sign_compound(keypair, B(action), B(response), B(outcome),
                                          B(requested), B(responded), B(name), B(owner), &options,
                                          &receipt, NULL);
  signet_keypair_free(keypair);
  return out_receipt(status, receipt);
}

static signet_status receipt_co_sign(void) {
  struct bytes response = in_bytes("response"), outcome = in_bytes("outcome");
  struct bytes name = in_bytes("name");
  signet_co_sign_options options = SIGNET_CO_SIGN_OPTIONS_INIT;
  signet_keypair *server = NULL;
  signet_receipt *agent_receipt = NULL, *receipt = NULL;
  options.flags = SIGNET_SIGN_AT | SIGNET_SIGN_FIXED_NONCE, options.now_unix_ms = in_number("at");
  memcpy(options.nonce, in_array("nonce", SIGNET_NONCE_LEN), SIGNET_NONCE_LEN);
  signet_status status = in_secret(&server);
  if (status == SIGNET_OK) status = parse_receipt("agent_receipt", &agent_receipt);
  if (status == SIGNET_OK)
    status = signet_receipt_co_sign(server, agent_receipt, B(response), B(outcome), B(name),
                                    &options, &receipt, NULL);
  signet_keypair_free(server), signet_receipt_free(agent_receipt);
  return out_receipt(status, receipt);
}

static signet_status receipt_sign_authorized(void) {
  struct bytes action = in_bytes("action"), name = in_bytes("name"), chain = in_bytes("chain");
  signet_sign_options options = sign_options();
  signet_keypair *keypair = NULL;
  signet_receipt *receipt = NULL;
  signet_status status = in_secret(&keypair);
  if (status == SIGNET_OK)
    status = signet_receipt_sign_authorized(keypair, B(action), B(name), B(chain), &options,
                                            &receipt, NULL);
  signet_keypair_free(keypair);
  return out_receipt(status, receipt);
}

static const char *verdict_name(int32_t verdict) {
  return verdict == SIGNET_VERDICT_ALLOW              ? "allow"
         : verdict == SIGNET_VERDICT_REQUIRE_APPROVAL ? "require_approval"
         : verdict == SIGNET_VERDICT_DENY             ? "deny"
                                                      : "?";
}

static signet_status receipt_sign_with_policy(void) {
  struct bytes action = in_bytes("action"), name = in_bytes("name"), owner = in_bytes("owner");
  struct bytes text = in_bytes("policy");
  signet_sign_options options = sign_options();
  signet_keypair *keypair = NULL;
  signet_policy *policy = NULL;
  signet_receipt *receipt = NULL;
  signet_decision *decision = NULL;
  size_t len;
  signet_status status = in_secret(&keypair);
  if (status == SIGNET_OK)
    status = signet_policy_parse(B(text), SIGNET_FORMAT_ANY, NULL, &policy, NULL);
  if (status == SIGNET_OK)
    status = signet_receipt_sign_with_policy(keypair, B(action), B(name), B(owner), policy,
                                             &options, &receipt, &decision, NULL);
  if (decision) {
    const char *verdict = verdict_name(signet_decision_verdict(decision));
    out_text("verdict", verdict, strlen(verdict));
    const uint8_t *violation = signet_decision_violation(decision, &len);
    out_text("violation", violation, len);
  }
  signet_decision_free(decision), signet_policy_free(policy), signet_keypair_free(keypair);
  return out_receipt(status, receipt);
}

static const struct {
  const char *name;
  int32_t number;
} fields[] = {
    {"id", SIGNET_FIELD_ID},
    {"tool", SIGNET_FIELD_TOOL},
    {"params_hash", SIGNET_FIELD_PARAMS_HASH},
    {"target", SIGNET_FIELD_TARGET},
    {"transport", SIGNET_FIELD_TRANSPORT},
    {"session", SIGNET_FIELD_SESSION},
    {"call_id", SIGNET_FIELD_CALL_ID},
    {"response_hash", SIGNET_FIELD_RESPONSE_HASH},
    {"trace_id", SIGNET_FIELD_TRACE_ID},
    {"parent_receipt_id", SIGNET_FIELD_PARENT_RECEIPT_ID},
    {"signer_name", SIGNET_FIELD_SIGNER_NAME},
    {"signer_owner", SIGNET_FIELD_SIGNER_OWNER},
    {"signer_public_key", SIGNET_FIELD_SIGNER_PUBLIC_KEY},
    {"time", SIGNET_FIELD_TIME},
    {"expiry", SIGNET_FIELD_EXPIRY},
    {"nonce", SIGNET_FIELD_NONCE},
    {"signature", SIGNET_FIELD_SIGNATURE},
    {"response_time", SIGNET_FIELD_RESPONSE_TIME},
    {"content_hash", SIGNET_FIELD_CONTENT_HASH},
    {"outcome_status", SIGNET_FIELD_OUTCOME_STATUS},
    {"outcome_reason", SIGNET_FIELD_OUTCOME_REASON},
    {"outcome_error", SIGNET_FIELD_OUTCOME_ERROR},
    {"server_name", SIGNET_FIELD_SERVER_NAME},
    {"server_public_key", SIGNET_FIELD_SERVER_PUBLIC_KEY},
    {"policy_decision", SIGNET_FIELD_POLICY_DECISION},
    {"chain_hash", SIGNET_FIELD_CHAIN_HASH},
    {"root_public_key", SIGNET_FIELD_ROOT_PUBLIC_KEY},
};

static signet_status receipt_parse(void) {
  signet_receipt *receipt = NULL;
  size_t len;
  int64_t time;
  signet_status status = parse_receipt("json", &receipt);
  if (status != SIGNET_OK) return status;
  for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
    const uint8_t *text = signet_receipt_text(receipt, fields[i].number, &len);
    out_text(fields[i].name, text, len);
  }
  out_number("version", signet_receipt_version(receipt));
  const uint8_t *params = signet_receipt_params(receipt, &len);
  out_text("params", params, len);
  if (signet_receipt_time(receipt, &time, NULL) == SIGNET_OK) out_number("unix_ms", time);
  if (signet_receipt_response_time(receipt, &time, NULL) == SIGNET_OK)
    out_number("response_unix_ms", time);
  return out_receipt(status, receipt);
}

static signet_status receipt_agent_receipt(void) {
  signet_receipt *receipt = NULL, *inner = NULL;
  signet_status status = parse_receipt("json", &receipt);
  if (status == SIGNET_OK) status = signet_receipt_agent_receipt(receipt, &inner, NULL);
  signet_receipt_free(receipt);
  return out_receipt(status, inner);
}

static signet_status receipt_verify(void) {
  struct bytes text = in_bytes("bundle");
  struct keys trusted = {{NULL}, 0}, servers = {{NULL}, 0}, roots = {{NULL}, 0};
  signet_verify_options options = verify_options();
  signet_receipt *receipt = NULL;
  signet_trust_bundle *bundle = NULL;
  signet_buffer *signers = NULL;
  signet_status status = parse_receipt("receipt", &receipt);
  if (status == SIGNET_OK) status = in_keys("trusted", &trusted);
  if (status == SIGNET_OK) status = in_keys("servers", &servers);
  if (status == SIGNET_OK) status = in_keys("roots", &roots);
  if (status == SIGNET_OK && text.data)
    status = signet_trust_bundle_parse(B(text), SIGNET_FORMAT_ANY, &bundle, NULL);
  if (status == SIGNET_OK) {
    options.servers = servers.items, options.servers_len = servers.len;
    options.roots = roots.items, options.roots_len = roots.len;
    options.bundle = bundle;
    status = signet_receipt_verify_signers(receipt, trusted.items, trusted.len, &options, &signers,
                                           NULL);
    if (status == SIGNET_OK) out_buffer("signers", signers);
    if (signet_receipt_verify(receipt, trusted.items, trusted.len, &options, NULL) != status)
      wrong("the two functions disagree");
  }
  signet_receipt_free(receipt), signet_trust_bundle_free(bundle);
  free_keys(&trusted), free_keys(&servers), free_keys(&roots);
  return status;
}

static signet_status receipt_check_response(void) {
  struct bytes response = in_bytes("response");
  signet_receipt *receipt = NULL;
  signet_status status = parse_receipt("receipt", &receipt);
  if (status == SIGNET_OK)
    status = signet_receipt_check_response(receipt, B(response), NULL, NULL);
  signet_receipt_free(receipt);
  return status;
}

static signet_status delegation_sign(void) {
  struct bytes name = in_bytes("name"), delegate_name = in_bytes("delegate_name");
  struct bytes scope = in_bytes("scope"), parent = in_bytes("parent_scope");
  signet_delegation_options options = SIGNET_DELEGATION_OPTIONS_INIT;
  signet_keypair *keypair = NULL;
  signet_public_key *delegate = NULL;
  signet_delegation *delegation = NULL;
  size_t len;
  options.flags = SIGNET_SIGN_AT | SIGNET_SIGN_FIXED_NONCE, options.now_unix_ms = in_number("at");
  memcpy(options.nonce, in_array("nonce", SIGNET_NONCE_LEN), SIGNET_NONCE_LEN);
  options.parent_scope = parent.data, options.parent_scope_len = parent.len;
  signet_status status = in_secret(&keypair);
  if (status == SIGNET_OK) status = parse_key(in("delegate"), &delegate);
  if (status == SIGNET_OK)
    status = signet_delegation_sign(keypair, B(name), delegate, B(delegate_name), B(scope),
                                    &options, &delegation, NULL);
  if (status == SIGNET_OK) {
    const uint8_t *json = signet_delegation_json(delegation, &len);
    out_text("delegation", json, len);
  }
  signet_delegation_free(delegation), signet_public_key_free(delegate);
  signet_keypair_free(keypair);
  return status;
}

static signet_status delegation_verify(void) {
  struct bytes json = in_bytes("delegation");
  struct keys roots = {{NULL}, 0};
  signet_verify_options options = verify_options();
  signet_delegation *delegation = NULL;
  signet_status status = signet_delegation_parse(B(json), NULL, &delegation, NULL);
  if (status == SIGNET_OK) status = in_keys("roots", &roots);
  options.roots = roots.items, options.roots_len = roots.len;
  if (status == SIGNET_OK) status = signet_delegation_verify(delegation, &options, NULL);
  signet_delegation_free(delegation), free_keys(&roots);
  return status;
}

static signet_status chain_verify(void) {
  struct bytes chain = in_bytes("chain");
  struct keys roots = {{NULL}, 0};
  signet_verify_options options = verify_options();
  signet_buffer *scope = NULL;
  signet_status status = in_keys("roots", &roots);
  if (status == SIGNET_OK)
    status = signet_chain_verify(B(chain), roots.items, roots.len, &options, &scope, NULL);
  if (status == SIGNET_OK) out_buffer("scope", scope);
  free_keys(&roots);
  return status;
}

static signet_status policy_parse(void) {
  struct bytes text = in_bytes("text"), format = in_bytes("format");
  int32_t number = format.data == NULL          ? SIGNET_FORMAT_ANY
                   : is_text(format, "json") ? SIGNET_FORMAT_JSON
                   : is_text(format, "yaml") ? SIGNET_FORMAT_YAML
                                             : -1;
  signet_policy *policy = NULL;
  signet_error *error = NULL;
  size_t len;
  signet_status status = signet_policy_parse(B(text), number, NULL, &policy, &error);
  if (status == SIGNET_OK) {
    const uint8_t *found = signet_policy_json(policy, &len);
    out_text("policy", found, len);
    found = signet_policy_hash(policy, &len);
    out_text("hash", found, len);
  } else {
    out_number("line", signet_error_line(error));
    out_number("column", signet_error_column(error));
  }
  signet_policy_free(policy), signet_error_free(error);
  return status;
}

static signet_status policy_evaluate(void) {
  struct bytes text = in_bytes("policy");
  const struct value *calls = in("calls");
  struct list *verdicts = (struct list *)owned(sizeof *verdicts);
  struct list *matched = (struct list *)owned(sizeof *matched);
  struct list *reasons = (struct list *)owned(sizeof *reasons);
  signet_policy *policy = NULL;
  signet_status status = signet_policy_parse(B(text), SIGNET_FORMAT_ANY, NULL, &policy, NULL);
  for (size_t i = 0; status == SIGNET_OK && i < calls->count; i++) {
    const struct value *call = &calls->items[i];
    struct bytes action = bytes_of(member_of(call, "action"));
    struct bytes agent = bytes_of(member_of(call, "agent")), json;
    signet_decision *decision = NULL;
    size_t len;
    if (call->count != 3) wrong("a call has other members");
    status = signet_policy_evaluate(policy, B(action), B(agent),
                                    number_of(member_of(call, "at"), 0), 0, &decision, NULL);
    if (status == SIGNET_OK) {
      list_name(verdicts, verdict_name(signet_decision_verdict(decision)));
      json.data = signet_decision_json(decision, &json.len);
      struct bytes rules = json_member(json, "matched_rules");
      list_raw(matched, rules.data, rules.len);
      const uint8_t *reason = signet_decision_reason(decision, &len);
      list_text(reasons, reason, len);
    }
    signet_decision_free(decision);
  }
  if (status == SIGNET_OK) {
    out_list("verdicts", verdicts);
    out_list("matched", matched);
    out_list("reasons", reasons);
  }
  signet_policy_free(policy);
  return status;
}

static signet_status trust_bundle_check(void) {
  struct bytes text = in_bytes("bundle"), section = in_bytes("section");
  int32_t number = is_text(section, "roots")     ? SIGNET_SECTION_ROOTS
                   : is_text(section, "agents")  ? SIGNET_SECTION_AGENTS
                   : is_text(section, "servers") ? SIGNET_SECTION_SERVERS
                                                 : -1;
  signet_trust_bundle *bundle = NULL;
  signet_public_key *key = NULL;
  signet_status status = signet_trust_bundle_parse(B(text), SIGNET_FORMAT_ANY, &bundle, NULL);
  if (status == SIGNET_OK) status = parse_key(in("key"), &key);
  if (status == SIGNET_OK)
    status = signet_trust_bundle_check(bundle, number, key, in_number("at"), NULL);
  signet_public_key_free(key), signet_trust_bundle_free(bundle);
  return status;
}

static signet_status trust_bundle_list(void) {
  struct bytes text = in_bytes("bundle"), rest, item;
  struct list *keys = (struct list *)owned(sizeof *keys);
  signet_trust_bundle *bundle = NULL;
  signet_buffer *listed = NULL;
  signet_status status = signet_trust_bundle_parse(B(text), SIGNET_FORMAT_ANY, &bundle, NULL);
  if (status == SIGNET_OK)
    status = signet_trust_bundle_list(bundle, SIGNET_SECTION_ALL, in_number("at"), &listed, NULL);
  if (status == SIGNET_OK) {
    rest.data = signet_buffer_data(listed, &rest.len);
    rest.data++, rest.len--;
    while (json_item(&rest, &item)) {
      char row[1000];
      struct bytes section = json_member(item, "section"), id = json_member(item, "id");
      struct bytes state = json_member(item, "status");
      int len = snprintf(row, sizeof row, "[%.*s,%.*s,%.*s]", (int)section.len,
                         (const char *)section.data, (int)id.len, (const char *)id.data,
                         (int)state.len, (const char *)state.data);
      list_raw(keys, row, (size_t)len);
    }
    out_list("keys", keys);
  }
  signet_buffer_free(listed), signet_trust_bundle_free(bundle);
  return status;
}

static const char *failed_axis(const signet_report *report) {
  for (int32_t axis = SIGNET_AXIS_STRUCTURE; axis <= SIGNET_AXIS_REPLAY; axis++)
    if (signet_report_axis(report, axis) == SIGNET_CHECK_FAILED) return signet_axis_name(axis);
  return NULL;
}

static signet_check_options check_options(const struct value *given) {
  struct bytes target = bytes_of(member_of(given, "target"));
  struct bytes session = bytes_of(member_of(given, "session"));
  struct bytes call_id = bytes_of(member_of(given, "call_id"));
  signet_check_options options = SIGNET_CHECK_OPTIONS_INIT;
  options.target = target.data, options.target_len = target.len;
  options.session = session.data, options.session_len = session.len;
  options.call_id = call_id.data, options.call_id_len = call_id.len;
  return options;
}

static signet_status verifier_check_call(void) {
  struct bytes json = in_bytes("options");
  const struct value *calls = in("calls");
  struct list *statuses = (struct list *)owned(sizeof *statuses);
  struct list *trusted = (struct list *)owned(sizeof *trusted);
  struct list *signers = (struct list *)owned(sizeof *signers);
  struct list *failed = (struct list *)owned(sizeof *failed);
  signet_verifier *verifier = NULL;
  signet_status status = signet_verifier_new(B(json), NULL, &verifier, NULL);
  for (size_t i = 0; status == SIGNET_OK && i < calls->count; i++) {
    const struct value *call = &calls->items[i];
    struct bytes tool = bytes_of(member_of(call, "tool"));
    struct bytes arguments = bytes_of(member_of(call, "arguments"));
    struct bytes receipt = bytes_of(member_of(call, "receipt"));
    signet_check_options options = check_options(call);
    signet_report *report = NULL;
    size_t len;
    for (size_t j = 0; j < call->count; j++)
      if (!knows("tool arguments receipt at target session call_id", call->items[j].name))
        wrong("a call has other members");
    signet_status judged = signet_verifier_check_call(
        verifier, B(tool), B(arguments), B(receipt), number_of(member_of(call, "at"), 0), &options,
        &report, NULL);
    if (report == NULL) status = judged;
    if (report && signet_report_status(report) != judged) wrong("the report says something else");
    list_name(statuses, signet_status_name(judged));
    list_raw(trusted, signet_report_is_trusted(report) ? "true" : "false",
             signet_report_is_trusted(report) ? 4 : 5);
    const uint8_t *name = signet_report_party(report, SIGNET_PARTY_AGENT, SIGNET_PARTY_NAME, &len);
    list_text(signers, name, len);
    list_name(failed, failed_axis(report));
    signet_report_free(report);
  }
  if (status == SIGNET_OK) {
    out_list("statuses", statuses);
    out_list("trusted", trusted);
    out_list("signers", signers);
    out_list("failed", failed);
  }
  signet_verifier_free(verifier);
  return status;
}

static signet_status checked(signet_status (*check)(const signet_verifier *, const uint8_t *, size_t,
                                                    int64_t, const signet_check_options *,
                                                    signet_report **, signet_error **)) {
  struct bytes json = in_bytes("options"), receipt = in_bytes("receipt");
  struct bytes arguments = in_bytes("arguments"), response = in_bytes("response");
  signet_check_options options = check_options(&running.now->input);
  signet_verifier *verifier = NULL;
  signet_report *report = NULL;
  options.arguments = arguments.data, options.arguments_len = arguments.len;
  options.response = response.data, options.response_len = response.len;
  signet_status status = signet_verifier_new(B(json), NULL, &verifier, NULL);
  if (status == SIGNET_OK)
    status = check(verifier, B(receipt), in_number("at"), &options, &report, NULL);
  if (report) out_flag("trusted", signet_report_is_trusted(report));
  signet_report_free(report), signet_verifier_free(verifier);
  return status;
}

static signet_status verifier_check_receipt(void) { return checked(signet_verifier_check_receipt); }

static signet_status verifier_check_evidence(void) {
  return checked(signet_verifier_check_evidence);
}

static signet_status replay_store_use_once(void) {
  const struct value *uses = in("uses");
  struct list *statuses = (struct list *)owned(sizeof *statuses);
  signet_replay_store *store = NULL;
  signet_status status = signet_replay_store_new((uint64_t)in_number("capacity"), &store, NULL);
  for (size_t i = 0; status == SIGNET_OK && i < uses->count; i++) {
    const struct value *use = &uses->items[i], *text = member_of(use, "signer");
    struct bytes nonce = bytes_of(member_of(use, "nonce"));
    signet_public_key *signer = NULL;
    for (size_t j = 0; j < use->count; j++)
      if (!knows("nonce signer lifetime_ms at", use->items[j].name))
        wrong("a use has other members");
    if (text && parse_key(text, &signer) != SIGNET_OK) wrong("a signer is no key");
    list_name(statuses,
              signet_status_name(signet_replay_store_use_once(
                  store, signer, B(nonce), (uint64_t)number_of(member_of(use, "lifetime_ms"), 0),
                  number_of(member_of(use, "at"), 0), NULL)));
    signet_public_key_free(signer);
  }
  if (status == SIGNET_OK) out_list("statuses", statuses);
  signet_replay_store_free(store);
  return status;
}

static signet_status record_hash(void) {
  struct bytes line = in_bytes("line");
  uint8_t hash[SIGNET_HASH_LEN];
  signet_status status = signet_record_hash(B(line), hash, NULL);
  if (status == SIGNET_OK) out_hash("hash", hash);
  return status;
}

static signet_status log_append(void) {
  const struct value *records = in("records");
  struct list *hashes = (struct list *)owned(sizeof *hashes);
  struct list *indexes = (struct list *)owned(sizeof *indexes);
  signet_log *log = NULL;
  make_folder();
  signet_status status = signet_log_open((const uint8_t *)running.folder, strlen(running.folder),
                                         NULL, NULL, NULL, &log, NULL);
  for (size_t i = 0; status == SIGNET_OK && i < records->count; i++) {
    struct bytes record = bytes_of(&records->items[i]);
    signet_log_entry entry;
    char text[80] = "sha256:";
    status = signet_log_append(log, B(record), &entry, NULL);
    if (status == SIGNET_OK) {
      list_text(hashes, text, 7 + write_hex(text + 7, entry.record_hash, SIGNET_HASH_LEN));
      list_raw(indexes, text, (size_t)snprintf(text, sizeof text, "%d", (int)entry.index));
    }
  }
  if (status == SIGNET_OK) status = signet_log_close(log, NULL);
  if (status == SIGNET_OK) out_list("hashes", hashes), out_list("indexes", indexes);
  signet_log_free(log);
  return status;
}

static signet_status log_verify_folder(void) {
  const struct value *files = in("files");
  struct keys trusted = {{NULL}, 0};
  signet_log_verify_options options = SIGNET_LOG_VERIFY_OPTIONS_INIT;
  signet_log_report report;
  make_folder();
  for (size_t i = 0; i < files->count; i++)
    put_file(files->items[i].name, bytes_of(&files->items[i]));
  if (in_flag("signatures")) options.flags |= SIGNET_LOG_VERIFY_SIGNATURES;
  if (in_flag("any_signer")) options.flags |= SIGNET_LOG_VERIFY_ANY_SIGNER;
  memset(&report, 0xff, sizeof report);
  signet_status status = in_keys("trusted", &trusted);
  if (status == SIGNET_OK)
    status = signet_log_verify_folder((const uint8_t *)running.folder, strlen(running.folder),
                                      trusted.items, trusted.len, &options, NULL, NULL, NULL,
                                      &report, NULL);
  out_number("records", (int64_t)report.records);
  out_number("findings", (int64_t)report.findings);
  out_number("signatures_valid", (int64_t)report.signatures_valid);
  out_number("signatures_failed", (int64_t)report.signatures_failed);
  out_number("unverifiable", (int64_t)report.unverifiable);
  out_number("unsigned_records", (int64_t)report.unsigned_records);
  if (report.first_bad == SIGNET_NO_POSITION)
    out_text("first_bad", NULL, 0);
  else
    out_number("first_bad", (int64_t)report.first_bad);
  out_hash("last_hash", report.last_hash);
  free_keys(&trusted);
  return status;
}

static signet_status proof_verify(void) {
  struct bytes proof = in_bytes("proof"), vkey = in_bytes("vkey");
  uint64_t index, size;
  signet_status status =
      signet_proof_verify(B(proof), in_hash("record_hash"), B(vkey), &index, &size, NULL);
  if (status == SIGNET_OK) {
    out_number("index", (int64_t)index);
    out_number("size", (int64_t)size);
  }
  return status;
}

static signet_status consistency_verify(void) {
  struct bytes before = in_bytes("old_note"), after = in_bytes("new_note");
  struct bytes proof = in_bytes("proof"), vkey = in_bytes("vkey");
  return signet_consistency_verify(B(before), B(after), B(proof), B(vkey), NULL);
}

static const struct operation operations[] = {
#define OPERATION(name, members) {#name, name, members},
#include "operations.h"
#undef OPERATION
    {NULL, NULL, NULL},
};

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  return run_table(operations, argv[1]);
}
