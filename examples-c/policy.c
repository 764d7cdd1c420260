/* A policy: decides before anything is signed. What it allows carries its decision in
   the receipt; what it does not allow leaves a record that it was tried. */
#include <signet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT(text) (const uint8_t *)(text), strlen(text)

/* YAML or JSON. What no rule matches gets the default action. */
static const char rules[] =
    "version: 1\n"
    "name: payments\n"
    "default_action: deny\n"
    "rules:\n"
    "  - id: look\n"
    "    match: {tool: read_invoice}\n"
    "    action: allow\n"
    "    rate_limit: {max_calls: 2, window_seconds: 60}\n"
    "  - id: large\n"
    "    match: {tool: pay, params: {amount: {gt: 1000}}}\n"
    "    action: require_approval\n"
    "    reason: more than a thousand needs a human\n"
    "  - id: small\n"
    "    match: {tool: pay}\n"
    "    action: allow\n";

static signet_error *error;

static void check(signet_status status) {
  if (status == SIGNET_OK) return;
  size_t len;
  const char *words = (const char *)signet_error_message(error, &len);
  fprintf(stderr, "%s: %.*s\n", signet_status_name(status), (int)len, words);
  exit(1);
}

/* Signs the call if the policy allows it, and says what it decided. */
static void call(const signet_keypair *agent, const signet_policy *policy, const char *action) {
  signet_receipt *receipt;
  signet_decision *decision;
  size_t len;
  signet_status status = signet_receipt_sign_with_policy(
      agent, TEXT(action), TEXT("bot"), TEXT("ops"), policy, NULL, &receipt, &decision, NULL);
  const uint8_t *reason = signet_decision_reason(decision, &len);
  printf("%s\n  %s%s%.*s\n", action, signet_status_name(status), len ? ": " : "", (int)len,
         (const char *)reason);
  if (status == SIGNET_OK) {
    /* The receipt names the policy by its hash, under the agent's signature. */
    const uint8_t *policy_json = signet_receipt_value(receipt, SIGNET_FIELD_POLICY, &len);
    printf("  the receipt says so: %s\n", policy_json ? "yes" : "no");
  } else {
    /* There is no receipt, but something to append to the log instead. */
    const uint8_t *violation = signet_decision_violation(decision, &len);
    printf("  to be logged: %s\n", violation ? "yes" : "no");
  }
  signet_decision_free(decision), signet_receipt_free(receipt);
}

int main(void) {
  signet_keypair *agent;
  signet_policy *policy, *wrong;
  size_t len;
  check(signet_keypair_generate(&agent, &error));
  check(signet_policy_parse(TEXT(rules), SIGNET_FORMAT_YAML, NULL, &policy, &error));
  const uint8_t *hash = signet_policy_hash(policy, &len);
  printf("policy %.*s\n", (int)len, (const char *)hash);

  call(agent, policy, "{\"tool\":\"pay\",\"params\":{\"amount\":40}}");
  call(agent, policy, "{\"tool\":\"pay\",\"params\":{\"amount\":4000}}");
  call(agent, policy, "{\"tool\":\"delete_invoice\",\"params\":{}}");
  /* Two in a minute; the policy counts, and a dry run would not. */
  call(agent, policy, "{\"tool\":\"read_invoice\",\"params\":{}}");
  call(agent, policy, "{\"tool\":\"read_invoice\",\"params\":{}}");
  call(agent, policy, "{\"tool\":\"read_invoice\",\"params\":{}}");

  /* A misspelt member is an error at its place, not a rule that never matches. */
  signet_status status =
      signet_policy_parse(TEXT("version: 1\nname: typo\ndefualt_action: deny\nrules: []\n"),
                          SIGNET_FORMAT_YAML, NULL, &wrong, &error);
  printf("a typo: %s in line %d\n", signet_status_name(status), (int)signet_error_line(error));
  signet_error_free(error), signet_policy_free(policy), signet_keypair_free(agent);
  return 0;
}
