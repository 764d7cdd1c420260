/* What a user of an installed libsignet writes. */
#include <signet.h>
#include <stdio.h>
#include <string.h>

int main(void) {
  const char *action = "{\"tool\":\"t\"}";
  signet_keypair *agent = NULL;
  signet_public_key *key = NULL;
  signet_receipt *receipt = NULL;
  if (signet_abi_version() != SIGNET_ABI_VERSION) return 1;
  if (signet_keypair_generate(&agent, NULL)) return 2;
  if (signet_keypair_public_key(agent, &key, NULL)) return 3;
  if (signet_receipt_sign(agent, (const uint8_t *)action, strlen(action), NULL, 0, NULL, 0, NULL,
                          &receipt, NULL)) return 4;
  const signet_public_key *trusted[] = {key};
  if (signet_receipt_verify(receipt, trusted, 1, NULL, NULL)) return 5;
  printf("libsignet %s\n", signet_version_string());
  signet_receipt_free(receipt);
  signet_public_key_free(key);
  signet_keypair_free(agent);
  return 0;
}
