/* Identities on disk: create one under a passphrase, find it again, sign with it,
   and see what is refused.

   usage: keystore FOLDER   (new or empty; the files are in FOLDER/keys afterwards) */
#include <signet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT(text) (const uint8_t *)(text), strlen(text)

static signet_error *error;

/* Every call of the library answers with a status; an error says what was wrong. */
static void check(signet_status status) {
  if (status == SIGNET_OK) return;
  size_t len;
  const char *words = (const char *)signet_error_message(error, &len);
  fprintf(stderr, "%s: %.*s\n", signet_status_name(status), (int)len, words);
  exit(1);
}

/* The same where a refusal is what we want to see. */
static void show(const char *what, signet_status status) {
  printf("%-20s %s\n", what, signet_status_name(status));
}

int main(int argc, char **argv) {
  signet_keystore *keystore;
  signet_keypair *agent, *nobody;
  signet_public_key *key;
  signet_buffer *list;
  uint8_t signature[SIGNET_SIGNATURE_LEN];
  size_t len;
  if (argc != 2) return 2;

  /* Opening creates nothing; the folder appears with the first key. */
  check(signet_keystore_open(TEXT(argv[1]), NULL, &keystore, &error));
  check(signet_keystore_create(keystore, TEXT("deploy-bot"), TEXT("ops"), TEXT("correct horse"), 0,
                               &agent, &error));
  signet_keypair_free(agent); /* wipes the secret from memory; the file stays */

  /* No passphrase has to be asked for explicitly: whoever reads the file has the key. */
  show("no passphrase", signet_keystore_create(keystore, TEXT("ci"), TEXT(""), NULL, 0, 0, &nobody,
                                               NULL));
  check(signet_keystore_create(keystore, TEXT("ci"), TEXT(""), NULL, 0, SIGNET_KEY_UNENCRYPTED,
                               &agent, &error));
  signet_keypair_free(agent);

  /* A name is used once. Handles are NULL after a failure, so freeing is always right. */
  show("a name in use", signet_keystore_create(keystore, TEXT("ci"), TEXT(""), TEXT("pass"), 0,
                                               &nobody, NULL));
  signet_keypair_free(nobody);
  show("a wrong passphrase", signet_keystore_load(keystore, TEXT("deploy-bot"), TEXT("wrong"),
                                                  &nobody, NULL));
  show("an unknown name", signet_keystore_load(keystore, TEXT("mallory"), NULL, 0, &nobody, NULL));

  /* Loading opens the encrypted key, which takes a moment on purpose: keep the handle. */
  check(signet_keystore_load(keystore, TEXT("deploy-bot"), TEXT("correct horse"), &agent, &error));
  check(signet_keypair_sign(agent, TEXT("hello"), signature, &error));
  /* The public half needs no passphrase: this is what verifiers get. */
  check(signet_keystore_public_key(keystore, TEXT("deploy-bot"), &key, &error));
  show("its signature", signet_public_key_verify(key, TEXT("hello"), signature, NULL));
  const uint8_t *text = signet_public_key_text(key, SIGNET_KEY_TEXT_PREFIXED, &len);
  printf("%-20s %.*s\n", "deploy-bot", (int)len, (const char *)text);

  check(signet_keystore_list(keystore, &list, &error));
  text = signet_buffer_data(list, &len);
  printf("%.*s\n", (int)len, (const char *)text);

  signet_buffer_free(list), signet_public_key_free(key);
  signet_keypair_free(agent), signet_keystore_free(keystore);
  return 0;
}
