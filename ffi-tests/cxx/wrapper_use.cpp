// The C++ wrapper at work: delegations, policies, trust bundles, responses.
#include <signet.hpp>

#include <cstdio>
#include <stdexcept>

static void require(bool holds, const char *what) {
  if (!holds) throw std::runtime_error(what);
}

template <typename Call>
static void refuses(signet_status expected, Call call) {
  try {
    call();
  } catch (const signet::error &error) {
    require(error.status() == expected, error.what());
    return;
  }
  throw std::runtime_error(signet_status_name(expected));
}

static void answers() {
  const auto agent = signet::keypair::generate(), server = signet::keypair::generate();
  const auto agent_key = agent.public_key(), server_key = server.public_key();
  const auto compound = signet::receipt::sign_compound(
      agent, R"({"tool":"t"})", R"({"a":1})", "2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z", "bot");
  compound.verify(agent_key);
  require(compound.version() == 2, "version 2");
  require(compound.text(SIGNET_FIELD_CONTENT_HASH) == signet::content_hash(R"({ "a" : 1 })"), "hash");

  const auto receipt = signet::receipt::sign(agent, R"({"tool":"t"})", "bot");
  const auto co_signed = receipt.co_sign(server, "{}", "srv", R"({"status":"executed"})");
  signet_verify_options options = SIGNET_VERIFY_OPTIONS_INIT;
  const signet::key_list servers{&server_key};
  options.servers = servers.data(), options.servers_len = servers.size();
  const std::string signers = co_signed.verify_signers({&agent_key}, &options);
  require(signers.find(server_key.text()) != std::string::npos, "the server");
  co_signed.check_response("{}");
  refuses(SIGNET_ERR_CONTENT_HASH_MISMATCH, [&] { co_signed.check_response("[]"); });
  refuses(SIGNET_ERR_SIGNER_UNTRUSTED, [&] { co_signed.verify(agent_key); });
  require(co_signed.agent_receipt().json() == co_signed.value(SIGNET_FIELD_AGENT_RECEIPT), "inside");
  require(!co_signed.value(SIGNET_FIELD_UNSIGNED_EXTENSIONS), "no extensions");
}

static void delegations() {
  const auto root = signet::keypair::generate(), agent = signet::keypair::generate();
  const auto root_key = root.public_key(), agent_key = agent.public_key();
  const auto link = signet::delegation::sign(root, "root", agent_key, "bot",
                                             R"({"max_depth":0,"targets":["*"],"tools":["t"]})");
  link.verify();
  require(link.text(SIGNET_DELEGATION_DELEGATE_NAME) == "bot", "its name");
  const std::string chain = signet::join_chain({&link});
  require(signet::verify_chain(chain, {&root_key}).find("\"t\"") != std::string::npos, "scope");
  const auto receipt = signet::receipt::sign_authorized(agent, R"({"tool":"t"})", "bot", chain);
  signet_verify_options options = SIGNET_VERIFY_OPTIONS_INIT;
  const signet::key_list roots{&root_key};
  options.roots = roots.data(), options.roots_len = roots.size();
  receipt.verify(signet::key_list(), &options);
  try {
    signet::receipt::sign_authorized(agent, R"({"tool":"u"})", "bot", chain);
    require(false, "outside of the scope");
  } catch (const signet::error &error) {
    require(error.status() == SIGNET_ERR_SCOPE_VIOLATION, error.what());
  }
}

static void policies() {
  const auto agent = signet::keypair::generate();
  const auto policy = signet::policy::parse(
      "version: 1\nrules:\n  - {id: no, match: {tool: rm}, action: deny, reason: never}\n");
  require(policy.hash().size() == SIGNET_HASH_TEXT_LEN, "hash");
  require(policy.evaluate(R"({"tool":"ls"})", "bot").allowed(), "ls");
  const auto signing = policy.sign(agent, R"({"tool":"rm"})", "bot");
  const signet::decision &decision = signing.first;
  require(!signing.second && decision.verdict() == SIGNET_VERDICT_DENY, "rm");
  require(decision.reason() == "never" && decision.violation() && !decision.attestation(), "why");
  refuses(SIGNET_ERR_POLICY_DENIED, [&] { decision.require_allowed(); });
  refuses(SIGNET_ERR_POLICY_DENIED, [&] {
    signet::receipt::sign_with_policy(agent, R"({"tool":"rm"})", "bot", "", policy);
  });
  const auto allowed = signet::receipt::sign_with_policy(agent, R"({"tool":"ls"})", "bot", "", policy);
  require(allowed.text(SIGNET_FIELD_POLICY_DECISION) == "allow", "attested");
  try {
    signet::policy::parse("version: 1\nrules: nothing\n", SIGNET_FORMAT_YAML, &policy);
    require(false, "nothing");
  } catch (const signet::error &error) {
    require(error.line() == 2 && error.column() == 8, error.what());
  }
}

static void trust() {
  const auto agent = signet::keypair::generate();
  const auto key = agent.public_key();
  const auto bundle = signet::trust_bundle::parse(
      "version: 1\nbundle_id: b\norg: o\nenv: prod\ngenerated_at: 2026-01-01T00:00:00Z\n"
      "agents:\n  - {id: a, name: bot, owner: ops, pubkey: \"" + std::string(key.text()) +
      "\", status: active, created_at: 2026-01-01T00:00:00Z}\n");
  bundle.check(SIGNET_SECTION_AGENTS, key);
  refuses(SIGNET_ERR_SIGNER_UNTRUSTED, [&] { bundle.check(SIGNET_SECTION_ROOTS, key); });
  require(bundle.text(SIGNET_TRUST_BUNDLE_ID) == "b", "id");
  require(bundle.list().find("\"active\"") != std::string::npos, "list");
  signet_verify_options options = SIGNET_VERIFY_OPTIONS_INIT;
  options.bundle = bundle.get();
  signet::receipt::sign(agent, R"({"tool":"t"})", "bot").verify(signet::key_list(), &options);
}

int main() {
  try {
    answers();
    delegations();
    policies();
    trust();
  } catch (const std::exception &error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  std::printf("Ran 4 tests\n");
}
