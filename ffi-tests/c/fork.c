/* The library works in a child of fork, even while other threads of the parent
   are inside it, and parent and child never draw the same random bytes. */
#include "check.h"

#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHILDREN = 24 };

static volatile int stop;
static signet_keypair *keypair;

static void *keep_busy(void *unused) {
  UNUSED(unused);
  while (!stop) {
    signet_keypair *fresh;
    signet_buffer *buffer;
    signet_error *error;
    if (signet_keypair_generate(&fresh, NULL)) abort();
    if (!signet_json_canonicalize(TEXT("{"), NULL, &buffer, &error)) abort();
    signet_error_free(error), signet_keypair_free(fresh);
  }
  return NULL;
}

/* Signs with the handle from before the fork; writes a nonce and a key. */
static int child(int pipe_in) {
  signet_receipt *receipt;
  signet_keypair *fresh;
  signet_public_key *key = rfc_key();
  const signet_public_key *trusted[] = {key};
  uint8_t said[36 + 32];
  size_t len;
  if (signet_receipt_sign(keypair, TEXT("{\"tool\":\"t\"}"), TEXT("bot"), NULL, 0, NULL, &receipt,
                          NULL)) return 1;
  if (signet_receipt_verify(receipt, trusted, 1, NULL, NULL)) return 2;
  const uint8_t *nonce = signet_receipt_text(receipt, SIGNET_FIELD_NONCE, &len);
  if (len != 36) return 3;
  memcpy(said, nonce, 36);
  if (signet_keypair_generate(&fresh, NULL)) return 4;
  if (signet_keypair_public_bytes(fresh, said + 36, NULL)) return 5;
  if (write(pipe_in, said, sizeof said) != (ssize_t)sizeof said) return 6;
  signet_receipt_free(receipt), signet_keypair_free(fresh), signet_public_key_free(key);
  signet_keypair_free(keypair);
  return failures;
}

static void children_work_and_differ(void) {
  static uint8_t said[CHILDREN + 1][68];
  for (int at = 0; at <= CHILDREN; at++) {
    int ends[2], state = 0;
    CHECK(pipe(ends) == 0);
    pid_t pid = fork();
    if (pid == 0) {
      alarm(60); /* a lock that was held at the fork would hang here */
      _exit(child(ends[1]));
    }
    close(ends[1]);
    CHECK(pid > 0 && read(ends[0], said[at], 68) == 68);
    close(ends[0]);
    CHECK(waitpid(pid, &state, 0) == pid);
    CHECK(WIFEXITED(state) && WEXITSTATUS(state) == 0);
    for (int other = 0; other < at; other++) {
      CHECK(memcmp(said[at], said[other], 36) != 0);
      CHECK(memcmp(said[at] + 36, said[other] + 36, 32) != 0);
    }
  }
}

int main(void) {
  pthread_t busy[2];
  keypair = rfc_keypair();
  RUN(children_work_and_differ);
  for (int at = 0; at < 2; at++) CHECK(pthread_create(&busy[at], NULL, keep_busy, NULL) == 0);
  RUN(children_work_and_differ);
  stop = 1;
  for (int at = 0; at < 2; at++) CHECK(pthread_join(busy[at], NULL) == 0);
  signet_keypair_free(keypair);
  return check_report();
}
