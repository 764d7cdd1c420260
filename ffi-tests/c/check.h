/* The few words that the C tests are written in. */
#ifndef CHECK_H
#define CHECK_H

#define _POSIX_C_SOURCE 200809L /* threads, fork and files, with -std=c11 */

#include <signet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A text as the pointer and the length that the library takes. */
#define TEXT(text) (const uint8_t *)(text), strlen(text)
#define BYTES(array) (const uint8_t *)(array), sizeof(array)

#define UNUSED(name) (void)(name)

static int failures;
static int tests_run;

/* Says what did not hold and goes on; check_report() makes the program fail. */
#define CHECK(condition)                                                        \
  ((condition) ? (void)0                                                        \
               : (void)(failures++, fprintf(stderr, "%s:%d: %s\n", __FILE__,    \
                                            __LINE__, #condition)))

/* Checks a status by name. */
#define CHECK_STATUS(expected, actual) \
  check_status((expected), (actual), #actual, __FILE__, __LINE__)

/* Checks a status and what its error says about the input `fragment`. */
#define CHECK_ERROR(expected, fragment, actual, error) \
  check_error((expected), (fragment), (actual), &(error), #actual, __FILE__, __LINE__)

#define RUN(test) (tests_run++, test())

static inline void check_status(int32_t expected, int32_t actual, const char *call,
                                const char *file, int line) {
  if (expected == actual) return;
  failures++;
  fprintf(stderr, "%s:%d: %s: %s where %s was expected\n", file, line, call,
          signet_status_name(actual), signet_status_name(expected));
}

/* Whether a text keeps the rules for messages: one line of UTF-8 that starts in
   lower case or with a name, and has no final period. */
static inline int well_written(const uint8_t *text, size_t len) {
  if (text == NULL || len == 0 || text[len - 1] == '.') return 0;
  for (size_t at = 0; at < len; at++)
    if (text[at] < 0x20 || text[at] == 0x7f) return 0;
  return 1;
}

static inline int contains(const uint8_t *text, size_t len, const char *fragment) {
  size_t wanted = strlen(fragment);
  for (size_t at = 0; at + wanted <= len; at++)
    if (memcmp(text + at, fragment, wanted) == 0) return 1;
  return 0;
}

/* Takes the error and frees it. It comes by its address, because C may read
   arguments before the call among them has set it. */
static inline void check_error(int32_t expected, const char *fragment, int32_t actual,
                               signet_error **slot, const char *call, const char *file,
                               int line) {
  signet_error *error = *slot;
  size_t len = 0;
  const uint8_t *text = signet_error_message(error, &len);
  check_status(expected, actual, call, file, line);
  if (error == NULL || signet_error_status(error) != actual ||
      !well_written(text, len) || !contains(text, len, fragment)) {
    failures++;
    fprintf(stderr, "%s:%d: %s: the message is \"%.*s\" where \"%s\" was expected\n",
            file, line, call, (int)len, text ? (const char *)text : "", fragment);
  }
  signet_error_free(error);
}

static inline int same(const uint8_t *text, size_t len, const char *expected) {
  return text != NULL && len == strlen(expected) && memcmp(text, expected, len) == 0;
}

static inline int check_report(void) {
  if (failures) fprintf(stderr, "%d checks failed\n", failures);
  printf("Ran %d tests\n", tests_run);
  return failures != 0;
}

/* What several tests start from: the key pair of RFC 8032 test 1. */
static const uint8_t rfc_seed[32] = {
    0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60, 0xba, 0x84, 0x4a,
    0xf4, 0x92, 0xec, 0x2c, 0xc4, 0x44, 0x49, 0xc5, 0x69, 0x7b, 0x32,
    0x69, 0x19, 0x70, 0x3b, 0xac, 0x03, 0x1c, 0xae, 0x7f, 0x60};
static const uint8_t rfc_public[32] = {
    0xd7, 0x5a, 0x98, 0x01, 0x82, 0xb1, 0x0a, 0xb7, 0xd5, 0x4b, 0xfe,
    0xd3, 0xc9, 0x64, 0x07, 0x3a, 0x0e, 0xe1, 0x72, 0xf3, 0xda, 0xa6,
    0x23, 0x25, 0xaf, 0x02, 0x1a, 0x68, 0xf7, 0x07, 0x51, 0x1a};

static inline signet_keypair *rfc_keypair(void) {
  signet_keypair *keypair = NULL;
  CHECK_STATUS(SIGNET_OK,
               signet_keypair_from_secret(rfc_seed, sizeof rfc_seed, &keypair, NULL));
  return keypair;
}

static inline signet_public_key *rfc_key(void) {
  signet_public_key *key = NULL;
  CHECK_STATUS(SIGNET_OK, signet_public_key_from_bytes(rfc_public, &key, NULL));
  return key;
}

/* Another party: a key pair that is the same at every call, and its key. */
static inline signet_keypair *keypair_of(uint8_t seed) {
  uint8_t secret[32];
  signet_keypair *keypair = NULL;
  memset(secret, seed, sizeof secret);
  CHECK_STATUS(SIGNET_OK, signet_keypair_from_secret(secret, sizeof secret, &keypair, NULL));
  return keypair;
}

static inline signet_public_key *key_of(const signet_keypair *keypair) {
  signet_public_key *key = NULL;
  CHECK_STATUS(SIGNET_OK, signet_keypair_public_key(keypair, &key, NULL));
  return key;
}

/* Whether a buffer holds a fragment; takes the buffer. */
static inline int taken_contains(signet_buffer *buffer, const char *fragment) {
  size_t len;
  const uint8_t *data = signet_buffer_data(buffer, &len);
  int found = contains(data, len, fragment);
  if (!found) fprintf(stderr, "no %s in %.*s\n", fragment, (int)len, (const char *)data);
  signet_buffer_free(buffer);
  return found;
}

/* A copy of a text in which the first `from` is `to`, terminated. */
static inline char *replaced(const uint8_t *text, size_t len, const char *from, const char *to) {
  char *made = malloc(len + strlen(to) + 1);
  size_t wanted = strlen(from), at = 0;
  while (at + wanted <= len && memcmp(text + at, from, wanted) != 0) at++;
  if (at + wanted > len) {
    failures++;
    fprintf(stderr, "no %s to edit\n", from);
    at = wanted = 0;
  }
  memcpy(made, text, at);
  strcpy(made + at, to);
  memcpy(made + at + strlen(to), text + at + wanted, len - at - wanted);
  made[len - wanted + strlen(to)] = 0;
  return made;
}

#define NOW 1767225600000 /* 2026-01-01T00:00:00.000Z */

/* A receipt that is the same at every call. */
static inline signet_receipt *fixed_receipt(const signet_keypair *keypair, const char *action) {
  signet_receipt *receipt = NULL;
  signet_sign_options options = SIGNET_SIGN_OPTIONS_INIT;
  options.flags = SIGNET_SIGN_AT | SIGNET_SIGN_FIXED_NONCE;
  options.now_unix_ms = NOW;
  CHECK_STATUS(SIGNET_OK, signet_receipt_sign(keypair, TEXT(action), TEXT("bot"), TEXT("ops"),
                                              &options, &receipt, NULL));
  return receipt;
}

#endif
