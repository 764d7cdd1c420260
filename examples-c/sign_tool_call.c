/* Signs a real MCP tools/call request, verifies it, and refuses a forgery. */
#include <signet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#define TEXT(text) (const uint8_t *)(text), strlen(text)
static signet_error *error;
static void check(signet_status status) {
  if (status == SIGNET_OK) return;
  size_t len;
  const char *text = (const char *)signet_error_message(error, &len);
  fprintf(stderr, "%s: %.*s\n", signet_status_name(status), (int)len, text);
  exit(1);
}
int main(void) {
  static uint8_t bytes[65536];
  signet_keypair *agent;
  signet_public_key *key;
  signet_buffer *action;
  signet_receipt *receipt, *forged;
  size_t len = fread(bytes, 1, sizeof bytes, stdin);
  check(signet_keypair_generate(&agent, &error));
  check(signet_keypair_public_key(agent, &key, &error));
  check(signet_action_from_tools_call(bytes, len, TEXT("mcp://files"), TEXT("stdio"), NULL,
                                      &action, &error));
  const uint8_t *json = signet_buffer_data(action, &len);
  check(signet_receipt_sign(agent, json, len, TEXT("deploy-bot"), TEXT("ops"), NULL, &receipt,
                            &error));
  json = signet_receipt_json(receipt, &len);
  printf("receipt:  %.*s\n", (int)len, (const char *)json);
  const signet_public_key *trusted[] = {key};
  check(signet_receipt_verify(receipt, trusted, 1, NULL, &error));
  memcpy(bytes, json, len);
  bytes[strcspn((const char *)bytes, "/") + 1] ^= 1; /* one bit of the first path in it */
  check(signet_receipt_parse(bytes, len, NULL, &forged, &error));
  signet_status refusal = signet_receipt_verify(forged, trusted, 1, NULL, NULL);
  printf("verified: yes\nforged:   %s\n", signet_status_name(refusal));
  signet_receipt_free(forged), signet_receipt_free(receipt), signet_buffer_free(action);
  return signet_public_key_free(key), signet_keypair_free(agent), refusal == SIGNET_OK;
}
