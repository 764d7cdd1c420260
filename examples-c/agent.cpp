// An agent in C++17: an identity from the keystore, a policy that decides, receipts in
// a log, and a proof for somebody else. Handles free themselves; what fails throws.
//
// usage: agent FOLDER   (new or empty)
#include <iostream>
#include <signet.hpp>
#include <string>

namespace {

constexpr const char *rules = R"(
version: 1
name: files
default_action: deny
rules:
  - {id: read, match: {tool: read_file}, action: allow}
  - {id: write, match: {tool: write_file}, action: require_approval, reason: ask first}
)";

// Asks the policy, and keeps the answer: a receipt if the call is allowed, and a record
// of the attempt if it is not. Only the former may go on to the tool.
bool call_tool(const signet::keypair &agent, const signet::policy &policy, const signet::log &log,
               const std::string &request) {
  const std::string action = signet::action_from_tools_call(request, "mcp://files");
  const auto [decision, receipt] = policy.sign(agent, action, "reader", "ops");
  if (!receipt) {
    log.append(decision.violation().value());
    std::cout << "refused:  " << decision.reason() << "\n";
    return false;
  }
  log.append(*receipt);
  std::cout << "signed:   " << receipt->text(SIGNET_FIELD_TOOL).value() << ", "
            << receipt->params() << "\n";
  return true;
}

std::string request(int id, const std::string &tool, const std::string &path) {
  return R"({"jsonrpc":"2.0","id":)" + std::to_string(id) +
         R"(,"method":"tools/call","params":{"name":")" + tool + R"(","arguments":{"path":")" +
         path + R"("}}})";
}

void run(const std::string &home) {
  const signet::keystore keystore(home);
  const signet::keypair agent = keystore.create("reader", "ops", "correct horse");
  const signet::keypair log_key = keystore.create("log", "ops", {}, SIGNET_KEY_UNENCRYPTED);
  const signet::public_key agent_key = keystore.public_key("reader");
  const auto policy = signet::policy::parse(rules);
  signet::log log(home, nullptr, &log_key);

  call_tool(agent, policy, log, request(1, "read_file", "/etc/hosts"));
  call_tool(agent, policy, log, request(2, "write_file", "/etc/hosts"));
  call_tool(agent, policy, log, request(3, "delete_file", "/etc/hosts"));

  // A receipt that was changed is refused.
  const auto payment = signet::receipt::sign(agent, R"({"tool":"pay","params":{"eur":40}})", "bot");
  std::string forged(payment.json());
  forged.replace(forged.find("40"), 2, "99");
  try {
    signet::receipt::parse(forged).verify(agent_key);
  } catch (const signet::error &error) {
    std::cout << "forged:   " << signet_status_name(error.status()) << "\n";
  }

  // Everything in the log holds; what the policy refused has no signature by its nature.
  signet_log_verify_options options = SIGNET_LOG_VERIFY_OPTIONS_INIT;
  options.flags = SIGNET_LOG_VERIFY_SIGNATURES;
  const signet_log_report report = log.verify({&agent_key}, &options);
  std::cout << "verified: " << report.records << " records, " << report.signatures_valid
            << " signed\n";

  // Somebody without the log is shown one record, its proof, and the log's verifier key.
  const auto proved =
      signet::verify_proof(log.prove(0), signet::record_hash(log.line(0)), log.verifier_key());
  std::cout << "proof:    record " << proved.index << " of " << proved.size << "\n";
  log.close();  // says whether everything reached the disk, as a destructor could not
}

}  // namespace

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  try {
    run(argv[1]);
  } catch (const signet::error &error) {
    std::cerr << signet_status_name(error.status()) << ": " << error.what() << "\n";
    return 1;
  }
}
