// The table of behaviour through signet.hpp: usage: runner FOLDER (empty)
#include <cstring>
#include <signet.hpp>
#include <string>
#include <type_traits>

#include "table.h"

namespace {

std::string_view text_of(const struct value *value) {
  const bytes found = bytes_of(value);
  return {reinterpret_cast<const char *>(found.data), found.len};
}
std::string_view text(const char *name) { return text_of(in(name)); }

void out(const char *name, std::string_view found) {
  out_text(name, found.data() ? found.data() : "", found.size());
}
void out(const char *name, const std::string &found) { out(name, std::string_view(found)); }
void out(const char *name, std::optional<std::string_view> found) {
  if (found)
    out(name, *found);
  else
    out_text(name, nullptr, 0);
}

template <std::size_t Len>
std::array<std::uint8_t, Len> array(const char *name) {
  std::array<std::uint8_t, Len> found{};
  std::memcpy(found.data(), in_array(name, Len), Len);
  return found;
}

std::vector<signet::public_key> keys(const char *name) {
  std::vector<signet::public_key> found;
  const struct value *list = in(name);
  for (std::size_t i = 0; list && i < list->count; ++i)
    found.push_back(signet::public_key::parse(text_of(&list->items[i])));
  return found;
}

signet::key_list listed(const std::vector<signet::public_key> &keys) {
  std::vector<const signet::public_key *> pointers;
  for (const auto &key : keys) pointers.push_back(&key);
  return signet::key_list(pointers);
}

signet::keypair secret() {
  const bytes found = in_hex("secret");
  return signet::keypair::from_secret({reinterpret_cast<const char *>(found.data), found.len});
}

signet::receipt parsed(const char *name) {
  signet_parse_options options = SIGNET_PARSE_OPTIONS_INIT;
  if (in_flag("forensic")) options.flags = SIGNET_PARSE_FORENSIC;
  return signet::receipt::parse(text(name), &options);
}

// The flags, time and nonce that all signing options have.
template <typename Options>
void fix(Options &options) {
  options.flags = SIGNET_SIGN_FIXED_NONCE;
  std::memcpy(options.nonce, in_array("nonce", SIGNET_NONCE_LEN), SIGNET_NONCE_LEN);
  if (in("at")) {
    options.flags |= SIGNET_SIGN_AT;
    options.now_unix_ms = in_number("at");
  }
}

signet_sign_options sign_options() {
  signet_sign_options options = SIGNET_SIGN_OPTIONS_INIT;
  fix(options);
  if (in_flag("hash_only")) options.flags |= SIGNET_SIGN_HASH_ONLY;
  const bytes expires = in_bytes("expires_at");
  options.expires_at = expires.data, options.expires_at_len = expires.len;
  return options;
}

signet_verify_options verify_options() {
  signet_verify_options options = SIGNET_VERIFY_OPTIONS_INIT;
  if (in_flag("ignore_expiry")) options.flags |= SIGNET_VERIFY_IGNORE_EXPIRY;
  if (in_flag("any_agent")) options.flags |= SIGNET_VERIFY_ANY_AGENT;
  if (in_flag("no_skew")) options.flags |= SIGNET_VERIFY_NO_SKEW;
  if (in("at")) options.flags |= SIGNET_VERIFY_AT, options.now_unix_ms = in_number("at");
  options.window_seconds = static_cast<std::uint64_t>(in_number("window_seconds"));
  if (in_flag("any_window")) options.window_seconds = SIGNET_ANY_WINDOW;
  options.max_age_seconds = static_cast<std::uint64_t>(in_number("max_age_seconds"));
  options.skew_seconds = static_cast<std::uint64_t>(in_number("skew_seconds"));
  options.max_links = static_cast<std::size_t>(in_number("max_links"));
  const bytes session = in_bytes("session"), call_id = in_bytes("call_id");
  const bytes response = in_bytes("response");
  options.session = session.data, options.session_len = session.len;
  options.call_id = call_id.data, options.call_id_len = call_id.len;
  options.response = response.data, options.response_len = response.len;
  return options;
}

// The operations.

void json_canonicalize() {
  signet_parse_options options = SIGNET_PARSE_OPTIONS_INIT;
  options.max_depth = static_cast<std::uint32_t>(in_number("max_depth"));
  options.max_len = static_cast<std::uint64_t>(in_number("max_len"));
  out("canonical", signet::canonicalize(text("json"), &options));
}

void json_hash() { out_hash("hash", signet::json_hash(text("json")).data()); }

void content_hash() {
  out("hash", in("json") ? signet::content_hash(text("json"))
                         : signet::content_hash(text("text"), SIGNET_CONTENT_TEXT));
}

void public_key_parse() {
  const auto key = signet::public_key::parse(text("text"));
  out("prefixed", key.text());
  out("bare", key.text(SIGNET_KEY_TEXT_BARE));
  out("did", key.text(SIGNET_KEY_TEXT_DID));
  out("id", key.text(SIGNET_KEY_TEXT_ID));
}

void public_key_from_bytes() {
  out("prefixed", signet::public_key::from_bytes(array<SIGNET_PUBLIC_KEY_LEN>("bytes")).text());
}

void public_key_verify() {
  signet::public_key::parse(text("key"))
      .verify(text("message"), array<SIGNET_SIGNATURE_LEN>("signature"));
}

void keypair_from_secret() { out("public_key", secret().public_key().text()); }

void keypair_sign() {
  const auto signature = secret().sign(text("message"));
  out_hex("signature", signature.data(), signature.size());
}

void action_from_tools_call() {
  out("action",
      signet::action_from_tools_call(text("request"), text("target"), text("transport")));
}

void receipt_sign() {
  const auto options = sign_options();
  out("receipt", signet::receipt::sign(secret(), text("action"), text("name"), text("owner"),
                                       &options)
                     .json());
}

void receipt_sign_compound() {
  const auto options = sign_options();
  out("receipt", signet::receipt::sign_compound(secret(), text("action"), text("response"),
                                                text("requested_at"), text("responded_at"),
                                                text("name"), text("owner"), text("outcome"),
                                                &options)
                     .json());
}

void receipt_co_sign() {
  signet_co_sign_options options = SIGNET_CO_SIGN_OPTIONS_INIT;
  fix(options);
  const auto server = secret();
  out("receipt", parsed("agent_receipt")
                     .co_sign(server, text("response"), text("name"), text("outcome"), &options)
                     .json());
}

void receipt_sign_authorized() {
  const auto options = sign_options();
  out("receipt", signet::receipt::sign_authorized(secret(), text("action"), text("name"),
                                                  text("chain"), &options)
                     .json());
}

const char *verdict_name(std::int32_t verdict) {
  return verdict == SIGNET_VERDICT_ALLOW              ? "allow"
         : verdict == SIGNET_VERDICT_REQUIRE_APPROVAL ? "require_approval"
         : verdict == SIGNET_VERDICT_DENY             ? "deny"
                                                      : "?";
}

void receipt_sign_with_policy() {
  const auto options = sign_options();
  const auto key = secret();
  const auto policy = signet::policy::parse(text("policy"));
  const auto [decision, receipt] =
      policy.sign(key, text("action"), text("name"), text("owner"), &options);
  out("verdict", std::string_view(verdict_name(decision.verdict())));
  out("violation", decision.violation());
  decision.require_allowed();
  out("receipt", receipt.value().json());
}

void receipt_parse() {
  static constexpr std::pair<const char *, std::int32_t> fields[] = {
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
  const auto receipt = parsed("json");
  for (const auto &[name, number] : fields) out(name, receipt.text(number));
  out_number("version", receipt.version());
  out("params", receipt.params());
  out("receipt", receipt.json());
  out_number("unix_ms", receipt.unix_ms());
  if (receipt.text(SIGNET_FIELD_RESPONSE_TIME))
    out_number("response_unix_ms", receipt.response_unix_ms());
}

void receipt_agent_receipt() { out("receipt", parsed("json").agent_receipt().json()); }

void receipt_verify() {
  const auto receipt = parsed("receipt");
  const auto trusted = keys("trusted"), servers = keys("servers"), roots = keys("roots");
  const auto server_list = listed(servers), root_list = listed(roots);
  auto options = verify_options();
  options.servers = server_list.data(), options.servers_len = server_list.size();
  options.roots = root_list.data(), options.roots_len = root_list.size();
  std::optional<signet::trust_bundle> bundle;
  if (in("bundle")) bundle = signet::trust_bundle::parse(text("bundle"));
  options.bundle = bundle ? bundle->get() : nullptr;
  receipt.verify(listed(trusted), &options);
  out("signers", receipt.verify_signers(listed(trusted), &options));
}

void receipt_check_response() { parsed("receipt").check_response(text("response")); }

void delegation_sign() {
  signet_delegation_options options = SIGNET_DELEGATION_OPTIONS_INIT;
  fix(options);
  const bytes parent = in_bytes("parent_scope");
  options.parent_scope = parent.data, options.parent_scope_len = parent.len;
  const auto key = secret();
  const auto delegate = signet::public_key::parse(text("delegate"));
  out("delegation", signet::delegation::sign(key, text("name"), delegate, text("delegate_name"),
                                             text("scope"), &options)
                        .json());
}

void delegation_verify() {
  const auto delegation = signet::delegation::parse(text("delegation"));
  const auto roots = keys("roots");
  const auto root_list = listed(roots);
  auto options = verify_options();
  options.roots = root_list.data(), options.roots_len = root_list.size();
  delegation.verify(&options);
}

void chain_verify() {
  const auto roots = keys("roots");
  const auto options = verify_options();
  out("scope", signet::verify_chain(text("chain"), listed(roots), &options));
}

void policy_parse() {
  const std::int32_t format = !in("format")              ? SIGNET_FORMAT_ANY
                              : text("format") == "json" ? SIGNET_FORMAT_JSON
                              : text("format") == "yaml" ? SIGNET_FORMAT_YAML
                                                         : -1;
  try {
    const auto policy = signet::policy::parse(text("text"), format);
    out("policy", policy.json());
    out("hash", policy.hash());
  } catch (const signet::error &error) {
    out_number("line", error.line());
    out_number("column", error.column());
    throw;
  }
}

void policy_evaluate() {
  const auto policy = signet::policy::parse(text("policy"));
  const struct value *calls = in("calls");
  const auto verdicts = std::make_unique<list>(), matched = std::make_unique<list>();
  const auto reasons = std::make_unique<list>();
  for (std::size_t i = 0; i < calls->count; ++i) {
    const struct value *call = &calls->items[i];
    if (call->count != 3) wrong("a call has other members");
    const auto decision =
        policy.evaluate(text_of(member_of(call, "action")), text_of(member_of(call, "agent")),
                        number_of(member_of(call, "at"), 0));
    list_name(verdicts.get(), verdict_name(decision.verdict()));
    const bytes rules =
        json_member({signet::detail::bytes(decision.json()), decision.json().size()},
                    "matched_rules");
    list_raw(matched.get(), rules.data, rules.len);
    const std::string_view reason = decision.reason();
    list_text(reasons.get(), reason.data() ? reason.data() : "", reason.size());
  }
  out_list("verdicts", verdicts.get());
  out_list("matched", matched.get());
  out_list("reasons", reasons.get());
}

void trust_bundle_check() {
  const std::int32_t section = text("section") == "roots"     ? SIGNET_SECTION_ROOTS
                               : text("section") == "agents"  ? SIGNET_SECTION_AGENTS
                               : text("section") == "servers" ? SIGNET_SECTION_SERVERS
                                                              : -1;
  const auto bundle = signet::trust_bundle::parse(text("bundle"));
  bundle.check(section, signet::public_key::parse(text("key")), in_number("at"));
}

void trust_bundle_list() {
  const std::string found =
      signet::trust_bundle::parse(text("bundle")).list(SIGNET_SECTION_ALL, in_number("at"));
  const auto keys = std::make_unique<list>();
  bytes rest = {signet::detail::bytes(found) + 1, found.size() - 1}, item;
  while (json_item(&rest, &item)) {
    std::string row = "[";
    for (const char *name : {"section", "id", "status"}) {
      const bytes member = json_member(item, name);
      if (row.size() > 1) row += ',';
      row.append(reinterpret_cast<const char *>(member.data), member.len);
    }
    row += ']';
    list_raw(keys.get(), row.data(), row.size());
  }
  out_list("keys", keys.get());
}

const char *failed_axis(const signet::report &report) {
  for (std::int32_t axis = SIGNET_AXIS_STRUCTURE; axis <= SIGNET_AXIS_REPLAY; ++axis)
    if (report.axis(axis) == SIGNET_CHECK_FAILED) return signet_axis_name(axis);
  return nullptr;
}

signet_check_options check_options(const struct value *given) {
  signet_check_options options = SIGNET_CHECK_OPTIONS_INIT;
  const bytes target = bytes_of(member_of(given, "target"));
  const bytes session = bytes_of(member_of(given, "session"));
  const bytes call_id = bytes_of(member_of(given, "call_id"));
  options.target = target.data, options.target_len = target.len;
  options.session = session.data, options.session_len = session.len;
  options.call_id = call_id.data, options.call_id_len = call_id.len;
  return options;
}

void verifier_check_call() {
  const signet::verifier verifier(text("options"));
  const struct value *calls = in("calls");
  const auto statuses = std::make_unique<list>(), trusted = std::make_unique<list>();
  const auto signers = std::make_unique<list>(), failed = std::make_unique<list>();
  for (std::size_t i = 0; i < calls->count; ++i) {
    const struct value *call = &calls->items[i];
    for (std::size_t j = 0; j < call->count; ++j)
      if (!knows("tool arguments receipt at target session call_id", call->items[j].name))
        wrong("a call has other members");
    const auto options = check_options(call);
    const auto report = verifier.check_call(
        text_of(member_of(call, "tool")), text_of(member_of(call, "arguments")),
        text_of(member_of(call, "receipt")), number_of(member_of(call, "at"), 0), &options);
    list_name(statuses.get(), signet_status_name(report.status()));
    const std::string_view flag = report.is_trusted() ? "true" : "false";
    list_raw(trusted.get(), flag.data(), flag.size());
    const auto name = report.party(SIGNET_PARTY_AGENT, SIGNET_PARTY_NAME);
    list_text(signers.get(), name ? name->data() : nullptr, name ? name->size() : 0);
    list_name(failed.get(), failed_axis(report));
  }
  out_list("statuses", statuses.get());
  out_list("trusted", trusted.get());
  out_list("signers", signers.get());
  out_list("failed", failed.get());
}

signet_status checked(signet::report (signet::verifier::*check)(std::string_view, std::int64_t,
                                                                const signet_check_options *)
                          const) {
  const signet::verifier verifier(text("options"));
  auto options = check_options(&running.now->input);
  const bytes arguments = in_bytes("arguments"), response = in_bytes("response");
  options.arguments = arguments.data, options.arguments_len = arguments.len;
  options.response = response.data, options.response_len = response.len;
  const auto report = (verifier.*check)(text("receipt"), in_number("at"), &options);
  out_flag("trusted", report.is_trusted());
  return report.status();
}

signet_status verifier_check_receipt() { return checked(&signet::verifier::check_receipt); }
signet_status verifier_check_evidence() { return checked(&signet::verifier::check_evidence); }

void replay_store_use_once() {
  const auto store =
      signet::replay_store::in_memory(static_cast<std::uint64_t>(in_number("capacity")));
  const struct value *uses = in("uses");
  const auto statuses = std::make_unique<list>();
  for (std::size_t i = 0; i < uses->count; ++i) {
    const struct value *use = &uses->items[i];
    for (std::size_t j = 0; j < use->count; ++j)
      if (!knows("nonce signer lifetime_ms at", use->items[j].name))
        wrong("a use has other members");
    std::optional<signet::public_key> signer;
    if (const struct value *key = member_of(use, "signer"))
      signer = signet::public_key::parse(text_of(key));
    signet_status status = SIGNET_OK;
    try {
      store.use_once(text_of(member_of(use, "nonce")),
                     static_cast<std::uint64_t>(number_of(member_of(use, "lifetime_ms"), 0)),
                     signer ? &*signer : nullptr, number_of(member_of(use, "at"), 0));
    } catch (const signet::error &error) {
      status = error.status();
    }
    list_name(statuses.get(), signet_status_name(status));
  }
  out_list("statuses", statuses.get());
}

void record_hash() { out_hash("hash", signet::record_hash(text("line")).data()); }

void log_append() {
  make_folder();
  signet::log log(running.folder);
  const struct value *records = in("records");
  const auto hashes = std::make_unique<list>(), indexes = std::make_unique<list>();
  for (std::size_t i = 0; i < records->count; ++i) {
    const signet_log_entry entry = log.append(text_of(&records->items[i]));
    char hash[80] = "sha256:";
    list_text(hashes.get(), hash, 7 + write_hex(hash + 7, entry.record_hash, SIGNET_HASH_LEN));
    const std::string index = std::to_string(entry.index);
    list_raw(indexes.get(), index.data(), index.size());
  }
  log.close();
  out_list("hashes", hashes.get());
  out_list("indexes", indexes.get());
}

signet_status log_verify_folder() {
  make_folder();
  const struct value *files = in("files");
  for (std::size_t i = 0; i < files->count; ++i)
    put_file(files->items[i].name, bytes_of(&files->items[i]));
  signet_log_verify_options options = SIGNET_LOG_VERIFY_OPTIONS_INIT;
  if (in_flag("signatures")) options.flags |= SIGNET_LOG_VERIFY_SIGNATURES;
  if (in_flag("any_signer")) options.flags |= SIGNET_LOG_VERIFY_ANY_SIGNER;
  const auto trusted = keys("trusted");
  signet_log_report report{};
  signet_status status = SIGNET_OK;
  try {
    signet::verify_log_folder(running.folder, listed(trusted), &options, &report);
  } catch (const signet::error &error) {
    status = error.status();
  }
  const auto number = [](const char *name, std::uint64_t count) {
    out_number(name, static_cast<std::int64_t>(count));
  };
  number("records", report.records);
  number("findings", report.findings);
  number("signatures_valid", report.signatures_valid);
  number("signatures_failed", report.signatures_failed);
  number("unverifiable", report.unverifiable);
  number("unsigned_records", report.unsigned_records);
  if (report.first_bad == SIGNET_NO_POSITION)
    out_text("first_bad", nullptr, 0);
  else
    number("first_bad", report.first_bad);
  out_hash("last_hash", report.last_hash);
  return status;
}

void proof_verify() {
  signet::hash hash{};
  std::memcpy(hash.data(), in_hash("record_hash"), hash.size());
  const auto found = signet::verify_proof(text("proof"), hash, text("vkey"));
  out_number("index", static_cast<std::int64_t>(found.index));
  out_number("size", static_cast<std::int64_t>(found.size));
}

void consistency_verify() {
  signet::verify_consistency(text("old_note"), text("new_note"), text("proof"), text("vkey"));
}

// What an operation throws is the status of the case.
template <auto Operation>
signet_status caught() {
  try {
    if constexpr (std::is_void_v<decltype(Operation())>) {
      Operation();
      return SIGNET_OK;
    } else {
      return Operation();
    }
  } catch (const signet::error &error) {
    return error.status();
  }
}

const struct operation operations[] = {
#define OPERATION(name, members) {#name, caught<name>, members},
#include "operations.h"
#undef OPERATION
    {nullptr, nullptr, nullptr},
};

}  // namespace

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  return run_table(operations, argv[1]);
}
