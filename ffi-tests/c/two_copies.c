/* Two copies of the library in one process: one linked statically, one loaded.
   They share nothing, and what one signs the other verifies.

   usage: two_copies LIBRARY */
#include "check.h"

#include <dlfcn.h>

static void *loaded;

static void find(const char *name, void *function_out) {
  void *symbol = dlsym(loaded, name);
  CHECK(symbol != NULL);
  memcpy(function_out, &symbol, sizeof symbol);
}

static void each_verifies_what_the_other_signed(void) {
  signet_status (*parse)(const uint8_t *, size_t, const signet_parse_options *, signet_receipt **,
                         signet_error **);
  signet_status (*verify)(const signet_receipt *, const signet_public_key *const *, size_t,
                          const signet_verify_options *, signet_error **);
  signet_status (*from_bytes)(const uint8_t *, signet_public_key **, signet_error **);
  signet_status (*from_secret)(const uint8_t *, size_t, signet_keypair **, signet_error **);
  signet_status (*sign)(const signet_keypair *, const uint8_t *, size_t, const uint8_t *, size_t,
                        const uint8_t *, size_t, const signet_sign_options *, signet_receipt **,
                        signet_error **);
  const uint8_t *(*json)(const signet_receipt *, size_t *);
  const uint8_t *(*message)(const signet_error *, size_t *);
  void (*free_receipt)(signet_receipt *), (*free_key)(signet_public_key *);
  void (*free_pair)(signet_keypair *), (*free_error)(signet_error *);
  find("signet_receipt_parse", &parse), find("signet_receipt_verify", &verify);
  find("signet_public_key_from_bytes", &from_bytes);
  find("signet_keypair_from_secret", &from_secret), find("signet_receipt_sign", &sign);
  find("signet_receipt_json", &json), find("signet_error_message", &message);
  find("signet_receipt_free", &free_receipt), find("signet_public_key_free", &free_key);
  find("signet_keypair_free", &free_pair), find("signet_error_free", &free_error);
  CHECK(parse != signet_receipt_parse && verify != signet_receipt_verify);

  signet_keypair *here = rfc_keypair(), *there = NULL;
  signet_public_key *key_here = rfc_key(), *key_there = NULL;
  CHECK_STATUS(SIGNET_OK, from_secret(rfc_seed, 32, &there, NULL));
  CHECK_STATUS(SIGNET_OK, from_bytes(rfc_public, &key_there, NULL));
  const signet_public_key *trusted_here[] = {key_here}, *trusted_there[] = {key_there};

  for (int round = 0; round < 100; round++) {
    signet_receipt *ours = NULL, *theirs = NULL, *read_there = NULL, *read_here = NULL;
    size_t len;
    CHECK_STATUS(SIGNET_OK, signet_receipt_sign(here, TEXT("{\"tool\":\"t\"}"), TEXT("bot"), NULL, 0,
                                                NULL, &ours, NULL));
    CHECK_STATUS(SIGNET_OK, sign(there, TEXT("{\"tool\":\"t\"}"), TEXT("bot"), NULL, 0, NULL,
                                 &theirs, NULL));
    const uint8_t *text = signet_receipt_json(ours, &len);
    CHECK_STATUS(SIGNET_OK, parse(text, len, NULL, &read_there, NULL));
    CHECK_STATUS(SIGNET_OK, verify(read_there, trusted_there, 1, NULL, NULL));
    text = json(theirs, &len);
    CHECK_STATUS(SIGNET_OK, signet_receipt_parse(text, len, NULL, &read_here, NULL));
    CHECK_STATUS(SIGNET_OK, signet_receipt_verify(read_here, trusted_here, 1, NULL, NULL));
    signet_receipt_free(ours), signet_receipt_free(read_here);
    free_receipt(theirs), free_receipt(read_there);
  }

  /* Each keeps its own errors. */
  signet_error *error_here = NULL, *error_there = NULL;
  signet_receipt *none = NULL;
  CHECK_STATUS(SIGNET_ERR_JSON_SYNTAX, signet_receipt_parse(TEXT("{"), NULL, &none, &error_here));
  CHECK_STATUS(SIGNET_ERR_RECEIPT_INVALID, parse(TEXT("{}"), NULL, &none, &error_there));
  size_t len;
  const uint8_t *text = signet_error_message(error_here, &len);
  CHECK(contains(text, len, "byte 1"));
  text = message(error_there, &len);
  CHECK(contains(text, len, "\"v\""));
  signet_error_free(error_here), free_error(error_there);
  signet_keypair_free(here), free_pair(there);
  signet_public_key_free(key_here), free_key(key_there);
}

int main(int count, char **arguments) {
  if (count != 2) return 2;
  loaded = dlopen(arguments[1], RTLD_NOW | RTLD_LOCAL);
  if (!loaded) fprintf(stderr, "%s\n", dlerror());
  CHECK(loaded != NULL);
  if (loaded) RUN(each_verifies_what_the_other_signed);
  return check_report();
}
