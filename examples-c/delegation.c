/* Delegation: a company lets a team act, the team lets an agent act within less, and
   a verifier that knows the company alone accepts what the agent does, and no more. */
#include <signet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT(text) (const uint8_t *)(text), strlen(text)

static signet_error *error;

static void check(signet_status status) {
  if (status == SIGNET_OK) return;
  size_t len;
  const char *words = (const char *)signet_error_message(error, &len);
  fprintf(stderr, "%s: %.*s\n", signet_status_name(status), (int)len, words);
  exit(1);
}

int main(void) {
  signet_keypair *company, *team, *agent;
  signet_public_key *company_key, *team_key, *agent_key;
  signet_delegation *to_team, *to_agent, *too_much;
  signet_buffer *chain, *scope;
  signet_receipt *receipt, *forbidden;
  size_t len;
  check(signet_keypair_generate(&company, &error));
  check(signet_keypair_generate(&team, &error));
  check(signet_keypair_generate(&agent, &error));
  check(signet_keypair_public_key(company, &company_key, &error));
  check(signet_keypair_public_key(team, &team_key, &error));
  check(signet_keypair_public_key(agent, &agent_key, &error));

  /* What one key lets another do. max_depth: how often it may be passed on. */
  static const char wide[] =
      "{\"tools\":[\"read\",\"write\"],\"targets\":[\"mcp://files\"],\"max_depth\":1}";
  static const char narrow[] =
      "{\"tools\":[\"read\"],\"targets\":[\"mcp://files\"],\"max_depth\":0}";
  check(signet_delegation_sign(company, TEXT("acme"), team_key, TEXT("team"), TEXT(wide), NULL,
                               &to_team, &error));
  /* Say what you hold yourself, and nothing wider is signed by mistake. */
  signet_delegation_options options = SIGNET_DELEGATION_OPTIONS_INIT;
  options.parent_scope = (const uint8_t *)wide, options.parent_scope_len = strlen(wide);
  check(signet_delegation_sign(team, TEXT("team"), agent_key, TEXT("bot"), TEXT(narrow), &options,
                               &to_agent, &error));
  signet_status refusal = signet_delegation_sign(
      team, TEXT("team"), agent_key, TEXT("bot"),
      TEXT("{\"tools\":[\"delete\"],\"targets\":[\"*\"],\"max_depth\":0}"), &options, &too_much,
      NULL);
  printf("passing on more:   %s\n", signet_status_name(refusal));

  /* The chain, root first, is what the agent shows with everything it signs. */
  const signet_delegation *links[] = {to_team, to_agent};
  check(signet_chain_join(links, 2, &chain, &error));
  const uint8_t *chain_json = signet_buffer_data(chain, &len);
  check(signet_receipt_sign_authorized(
      agent, TEXT("{\"tool\":\"read\",\"target\":\"mcp://files\",\"params\":{\"path\":\"/a\"}}"),
      TEXT("bot"), chain_json, len, NULL, &receipt, &error));
  refusal = signet_receipt_sign_authorized(
      agent, TEXT("{\"tool\":\"write\",\"target\":\"mcp://files\",\"params\":{\"path\":\"/a\"}}"),
      TEXT("bot"), chain_json, len, NULL, &forbidden, NULL);
  printf("outside the scope: %s\n", signet_status_name(refusal));

  /* The verifier has never heard of the agent or the team: it trusts the company. */
  const signet_public_key *roots[] = {company_key};
  signet_verify_options verify = SIGNET_VERIFY_OPTIONS_INIT;
  verify.roots = roots, verify.roots_len = 1;
  check(signet_receipt_verify(receipt, NULL, 0, &verify, &error));
  printf("the receipt:       verified\n");
  check(signet_chain_verify(chain_json, len, roots, 1, NULL, &scope, &error));
  const uint8_t *text = signet_buffer_data(scope, &len);
  printf("allows:            %.*s\n", (int)len, (const char *)text);
  roots[0] = agent_key; /* nobody can be his own root */
  printf("without the root:  %s\n",
         signet_status_name(signet_receipt_verify(receipt, NULL, 0, &verify, NULL)));

  signet_receipt_free(receipt), signet_buffer_free(scope), signet_buffer_free(chain);
  signet_delegation_free(to_team), signet_delegation_free(to_agent);
  signet_public_key_free(company_key), signet_public_key_free(team_key);
  signet_public_key_free(agent_key), signet_keypair_free(company);
  return signet_keypair_free(team), signet_keypair_free(agent), 0;
}
