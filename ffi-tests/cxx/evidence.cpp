// The C++ wrapper at work: seal, log, prove, bundle, verify, refuse.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <signet.hpp>

#define CHECK(condition)                                                     \
  if (!(condition)) {                                                        \
    std::cerr << __FILE__ << ":" << __LINE__ << ": " << #condition << "\n"; \
    std::exit(1);                                                            \
  }

namespace {

constexpr const char *action = R"({"tool":"pay","params":{"pin":"4711"}})";

template <typename Work>
signet_status status_of(Work work) {
  try {
    work();
  } catch (const signet::error &error) {
    return error.status();
  }
  return SIGNET_OK;
}

bool has(const std::string &text, const char *part) { return text.find(part) != std::string::npos; }

void evidence(const std::string &home) {
  const signet::keypair agent = signet::keypair::generate();
  const signet::keypair exporter = signet::keypair::generate();
  const signet::public_key agent_key = agent.public_key(), exporter_key = exporter.public_key();
  const signet::receipt receipt = signet::receipt::sign(agent, action, "bot");
  const signet::params_key key(agent);
  const signet::params_key lent(agent_key, key.bytes());
  const signet::buffer sealed = key.seal(receipt.json());
  CHECK(lent.open(sealed.view()).view() == receipt.json());
  const signet::params_key other(exporter);
  CHECK(status_of([&] { (void)other.open(sealed.view()); }) == SIGNET_ERR_KEY_MISMATCH);

  signet::log log(home);
  log.append(sealed.view());
  log.append(receipt);
  CHECK(log.size() == 2);
  const std::string folder = home + "/evidence";
  CHECK(has(log.write_bundle(folder, exporter, "ops"), "\"record_count\":2"));
  log.close();
  CHECK(has(signet::plan_repair(home + "/audit"), "\"verdict\":\"OK\""));

  const std::string trust = R"({"version":1,"bundle_id":"t","org":"o","env":"e",)"
                            R"("generated_at":"2026-01-01T00:00:00Z","agents":[{"id":"a",)"
                            R"("name":"bot","owner":"o","created_at":"2020-01-01T00:00:00Z",)"
                            R"("status":"active","pubkey":")" +
                            std::string(agent_key.text()) + R"("}]})";
  const signet_params_key *keys[] = {lent.get()};
  signet_bundle_verify_options options = SIGNET_BUNDLE_VERIFY_OPTIONS_INIT;
  const auto bundle = signet::trust_bundle::parse(trust);
  options.bundle = bundle.get();
  options.params_keys = keys;
  options.params_keys_len = 1;
  std::string report;
  signet::verify_bundle(folder, {&exporter_key}, &options, &report);
  CHECK(has(report, "\"whole_log\":true"));
  CHECK(status_of([&] { signet::verify_bundle(folder, {&agent_key}, &options, &report); }) ==
        SIGNET_ERR_BUNDLE_UNVERIFIABLE);
  CHECK(has(report, "EXPORTER_UNTRUSTED"));
  std::ofstream(folder + "/records.jsonl", std::ios::app) << "{}\n";
  CHECK(status_of([&] { signet::verify_bundle(folder, {&exporter_key}, &options, &report); }) ==
        SIGNET_ERR_BUNDLE_TAMPERED);
  CHECK(has(report, "UNPARSABLE"));
  std::filesystem::remove(folder + "/manifest.json");
  CHECK(status_of([&] { signet::verify_bundle(folder, {&exporter_key}, &options, &report); }) ==
        SIGNET_ERR_BUNDLE_INVALID);
  CHECK(report.empty());
}

}  // namespace

int main() {
  char home[] = "/tmp/signet-test-XXXXXX";
  CHECK(mkdtemp(home) != nullptr);
  evidence(home);
  std::filesystem::remove_all(home);
}
