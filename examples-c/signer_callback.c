/* A key that never leaves its device: the library asks a function of yours for each
   signature. Here the device is a struct; yours may be an HSM, a TPM or a cloud KMS. */
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

/* The device: it has the secret, counts, and can be locked. */
struct device {
  signet_keypair *secret;
  int signatures;
  int locked;
};

/* Is called on the thread that needs the signature. 0 means that it has signed; any
   other number is told in the error's message. */
static int32_t sign(const uint8_t *message, size_t message_len, uint8_t *signature_out,
                    void *user_data) {
  struct device *device = user_data;
  if (device->locked) return 17;
  device->signatures++;
  return signet_keypair_sign(device->secret, message, message_len, signature_out, NULL);
}

/* Is called once, when the key pair is no longer used by anything. */
static void eject(void *user_data) {
  struct device *device = user_data;
  printf("ejected after %d signatures\n", device->signatures);
  signet_keypair_free(device->secret);
  free(device);
}

int main(void) {
  static const char action[] = "{\"tool\":\"pay\",\"params\":{\"amount\":40}}";
  signet_keypair *agent;
  signet_public_key *key, *other_key;
  signet_receipt *receipt;
  size_t len;

  struct device *device = calloc(1, sizeof *device);
  if (device == NULL) return 1;
  check(signet_keypair_generate(&device->secret, &error));
  check(signet_keypair_public_key(device->secret, &key, &error));

  /* From here on the device belongs to the key pair, also if the call had failed. */
  check(signet_keypair_from_signer(key, sign, device, eject, &agent, &error));

  /* Such a key pair does whatever others do, but give its secret away. */
  check(signet_receipt_sign(agent, TEXT(action), TEXT("bot"), TEXT("ops"), NULL, &receipt, &error));
  const signet_public_key *trusted[] = {key};
  check(signet_receipt_verify(receipt, trusted, 1, NULL, &error));
  printf("signed by the device, and verified\n");
  signet_receipt_free(receipt);
  uint8_t seed[SIGNET_SEED_LEN];
  printf("its secret: %s\n", signet_status_name(signet_keypair_export_seed(agent, seed, NULL)));

  /* When the device refuses, nothing is signed. */
  device->locked = 1;
  signet_status status = signet_receipt_sign(agent, TEXT(action), TEXT("bot"), TEXT("ops"), NULL,
                                             &receipt, &error);
  const uint8_t *words = signet_error_message(error, &len);
  printf("locked: %s: %.*s\n", signet_status_name(status), (int)len, (const char *)words);
  signet_error_free(error);
  device->locked = 0;

  /* A signature by another key than the one promised is found before it is used. */
  signet_keypair_free(device->secret);
  check(signet_keypair_generate(&device->secret, &error));
  check(signet_keypair_public_key(device->secret, &other_key, &error));
  status = signet_receipt_sign(agent, TEXT(action), TEXT("bot"), TEXT("ops"), NULL, &receipt, NULL);
  printf("another key: %s\n", signet_status_name(status));

  signet_public_key_free(other_key), signet_public_key_free(key);
  signet_keypair_free(agent);
  return 0;
}
