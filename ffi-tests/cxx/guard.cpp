// The C++ wrapper at work: verifiers, MCP messages, the gate, a log that is shortened.
#include <signet.hpp>

#include <cstdio>
#include <cstdlib>
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

static const char call_text[] =
    R"({"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"read","arguments":{"n":1}}})";

static signet::verifier verifier_of(const signet::public_key &agent,
                                    const signet::public_key *server = nullptr) {
  std::string json = R"({"trusted_keys":[")" + std::string(agent.text()) + "\"]";
  if (server) json += R"(,"trusted_servers":[")" + std::string(server->text()) + "\"]";
  return signet::verifier(json + "}");
}

static void judging() {
  const auto agent = signet::keypair::generate();
  const auto key = agent.public_key();
  const auto store = signet::replay_store::in_memory();
  signet_verifier_options options = SIGNET_VERIFIER_OPTIONS_INIT;
  const signet::key_list trusted{&key};
  options.trusted_keys = trusted.data(), options.trusted_keys_len = trusted.size();
  options.replay_store = store.get();
  const signet::verifier verifier("", &options);
  const auto receipt = signet::receipt::sign(agent, R"({"tool":"read","params":{"n":1}})", "bot");
  const auto fine = verifier.check_call("read", R"({"n":1})", receipt.json());
  fine.require_ok();
  require(fine.ok() && fine.is_trusted() && fine.age_ms().value_or(-1) >= 0, "fine");
  require(fine.party(SIGNET_PARTY_AGENT, SIGNET_PARTY_KEY) == key.text(), "its key");
  require(!fine.party(SIGNET_PARTY_SERVER, SIGNET_PARTY_KEY), "no server");
  require(fine.party_is_trusted(SIGNET_PARTY_AGENT), "trusted");
  require(fine.axis(SIGNET_AXIS_REPLAY) == SIGNET_CHECK_PASSED, "replay");
  require(fine.receipt()->json() == receipt.json(), "the receipt");
  require(fine.json().find(R"("ok":true)") != std::string::npos, "json");
  const auto again = verifier.check_call("read", R"({"n":1})", receipt.json());
  require(!again.ok() && again.status() == SIGNET_ERR_REPLAYED && !again.message().empty(), "again");
  require(again.axis_status(SIGNET_AXIS_REPLAY) == SIGNET_ERR_REPLAYED, "its axis");
  require(again.axis_code(SIGNET_AXIS_REPLAY) == "replayed", "its code");
  require(!again.axis_message(SIGNET_AXIS_REPLAY).empty(), "its message");
  refuses(SIGNET_ERR_REPLAYED, [&] { again.require_ok(); });
  require(verifier.check_call("read", {}, {}).status() == SIGNET_ERR_UNSIGNED, "unsigned");
  require(!verifier.check_call("read", {}, {}).receipt(), "no receipt");
  require(verifier.check_evidence(receipt.json(), 4102444800000).ok(), "evidence");
  require(verifier.check_receipt(receipt.json()).status() == SIGNET_ERR_REPLAYED, "received");
  require(store.size() == 1, "one nonce");
  store.use_once("n", 1000, &key);
  refuses(SIGNET_ERR_REPLAYED, [&] { store.use_once("n", 1000); });
  refuses(SIGNET_ERR_UNSUPPORTED, [&] { store.export_published(); });
  refuses(SIGNET_ERR_INVALID_ARGUMENT, [] { signet::verifier(R"({"max_age":1})"); });
}

static void messages() {
  const auto agent = signet::keypair::generate(), server = signet::keypair::generate();
  const auto agent_key = agent.public_key(), server_key = server.public_key();
  const auto at_server = verifier_of(agent_key), at_client = verifier_of(agent_key, &server_key);
  const auto sent = signet::mcp_signed::sign(agent, call_text, "bot");
  require(sent.size() == 1, "one call");
  const auto got = signet::verify_request(at_server, sent.message());
  require(got.report.ok() && got.call && got.call->id() == "7", "verified");
  require(got.call->receipt().text(SIGNET_FIELD_TOOL) == "read", "its tool");
  const auto again = signet::verify_request(at_server, sent.message());
  require(again.report.status() == SIGNET_ERR_REPLAYED && !again.call, "replayed");
  refuses(SIGNET_ERR_MESSAGE_INVALID, [&] { signet::verify_request(at_server, "{}"); });
  const std::string answer = R"({"jsonrpc":"2.0","id":7,"result":{"content":[]}})";
  const auto response = signet::sign_response(server, *got.call, answer, "srv");
  require(response.is_embedded && response.receipt.version() == 3, "co-signed");
  const auto asked = sent.call();
  const auto verified = signet::verify_response(at_client, asked, response.text);
  require(verified.report.ok() && verified.text == answer, "the answer");
  refuses(SIGNET_ERR_UNSIGNED, [&] { signet::verify_response(at_client, asked, answer); });
  const auto result = signet::sign_result(server, *got.call, R"({"content":[]})", "srv");
  require(signet::verify_result(at_client, asked, result.text).text == R"({"content":[]})", "result");
  require(!signet::verify_result(at_client, asked, result.text).text, "a replayed result");

  const std::string other(signet::mcp_signed::sign(agent, call_text, "bot").message());
  const std::size_t params = other.find(R"("params":)") + 9;
  const auto alone = signet::verify_params(at_server, other.substr(params, other.size() - params - 1));
  require(alone.report.ok() && alone.call && !alone.call->id(), "params");
}

static void gates() {
  const auto agent = signet::keypair::generate();
  const auto policy = signet::policy::parse(
      "version: 1\nrules:\n  - {id: no, match: {tool: rm}, action: deny, reason: never}\n");
  const auto verifier = verifier_of(agent.public_key());
  const signet::gate out(R"({"name":"bot"})", nullptr, &agent, &policy), in("", &verifier);
  int kept = 0;
  const signet::gate::store keep = [&](const signet_evidence *, std::size_t count) {
    kept += static_cast<int>(count);
    return true;
  };
  const std::string denied =
      R"({"jsonrpc":"2.0","id":8,"method":"tools/call","params":{"name":"rm"}})";
  const auto sent = out.judge("[" + std::string(call_text) + "," + denied + "]", keep);
  require(sent.size() == 2 && kept == 2 && sent.ruling() == SIGNET_RULING_REFUSE, "two messages");
  require(sent.ruling(0) == SIGNET_RULING_FORWARD && sent.call(0) && !sent.call(1), "one goes on");
  require(sent.status(1) == SIGNET_ERR_POLICY_DENIED, "one stays");
  require(sent.message(1).find("never") != std::string::npos && sent.message(0).empty(), "why");
  require(sent.evaluation(1)->find("\"no\"") != std::string::npos, "which rule");
  require(sent.answer()->find("policy violation") != std::string::npos, "answer");
  require(sent.storage_status() == SIGNET_OK && sent.storage_message().empty(), "kept");
  const auto got = in.judge(*sent.forward());
  require(got.ruling() == SIGNET_RULING_FORWARD && got.forward() == sent.forward(), "through");
  require(!got.answer() && got.report(0)->ok() && !got.evaluation(0), "verified");
  require(out.judge(call_text, [](const signet_evidence *, std::size_t) { return false; })
                  .status(0) == SIGNET_ERR_EVIDENCE_NOT_STORED, "not kept");

  char home[] = "/tmp/signet-test-XXXXXX";
  require(mkdtemp(home) != nullptr, "a folder");
  signet_log_options options = SIGNET_LOG_OPTIONS_INIT;
  options.flags = SIGNET_LOG_ALONE;
  {
    const signet::log log(home, &agent, nullptr, &options);
    require(out.judge(call_text, log).ruling() == SIGNET_RULING_FORWARD && log.size() == 1, "logged");
    require(log.rotate(), "a new segment");
    const auto plan = log.plan_prune(1767225600000);
    require(plan.size() == 0 && plan.json().find("\"segments\":[]") != std::string::npos, "no plan");
    refuses(SIGNET_ERR_INVALID_ARGUMENT, [&] { log.prune(plan); });
  }
  require(std::system((std::string("rm -r ") + home).c_str()) == 0, "removed");
}

int main() {
  try {
    judging();
    messages();
    gates();
  } catch (const std::exception &error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  std::printf("Ran 3 tests\n");
}
