/* Eight threads share every handle at once: the same texts, the same bytes, one
   count of a policy's calls, and each thread its own errors. The texts of a key are made when first asked for,
   so all threads ask for them first at the same moment.

   usage: threads [ROUNDS] */
#include "check.h"

#include <pthread.h>

enum { THREADS = 8, TURNS = 60, LIMIT = 100 };

static struct {
  pthread_barrier_t start;
  signet_keypair *keypair, *signer;
  signet_public_key *key;
  signet_receipt *receipt;
  signet_error *error;
  signet_policy *policy;
} shared;

static pthread_mutex_t device = PTHREAD_MUTEX_INITIALIZER;
static int device_calls, allowed;

static int32_t sign(const uint8_t *message, size_t len, uint8_t *signature_out, void *user_data) {
  pthread_mutex_lock(&device);
  device_calls++;
  pthread_mutex_unlock(&device);
  return signet_keypair_sign((signet_keypair *)user_data, message, len, signature_out, NULL);
}

/* What must be the same in all threads goes into one text. */
static size_t observe(char *seen, size_t room) {
  size_t used = 0, len;
  for (int32_t form = 1; form <= 4; form++) {
    const uint8_t *text = signet_public_key_text(shared.key, form, &len);
    used += (size_t)snprintf(seen + used, room - used, "%.*s|", (int)len, (const char *)text);
  }
  for (int32_t field = 1; field <= 17; field++) {
    const uint8_t *text = signet_receipt_text(shared.receipt, field, &len);
    used += (size_t)snprintf(seen + used, room - used, "%.*s|", (int)len,
                             text ? (const char *)text : "");
  }
  const uint8_t *text = signet_error_message(shared.error, &len);
  used += (size_t)snprintf(seen + used, room - used, "%.*s", (int)len, (const char *)text);
  return used;
}

static void *work(void *argument) {
  size_t me = (size_t)argument, bad = 0;
  char seen[2048];
  const signet_public_key *trusted[] = {shared.key};
  pthread_barrier_wait(&shared.start);
  for (int turn = 0; turn < TURNS; turn++) {
    uint8_t message[32] = {0}, signature[64];
    message[0] = (uint8_t)me, message[1] = (uint8_t)turn;
    size_t used = observe(seen, sizeof seen);
    if (used < 500) bad++;
    signet_keypair *pair = turn % 2 ? shared.keypair : shared.signer;
    if (signet_keypair_sign(pair, message, 32, signature, NULL)) bad++;
    if (signet_public_key_verify(shared.key, message, 32, signature, NULL)) bad++;
    if (signet_receipt_verify(shared.receipt, trusted, 1, NULL, NULL)) bad++;

    /* No call too many is let through. */
    signet_decision *decision = NULL;
    if (signet_policy_evaluate(shared.policy, TEXT("{\"tool\":\"t\"}"), TEXT("bot"), NOW, 0, &decision,
                               NULL)) bad++;
    pthread_mutex_lock(&device);
    allowed += signet_decision_verdict(decision) == SIGNET_VERDICT_ALLOW;
    pthread_mutex_unlock(&device);
    signet_decision_free(decision);

    /* An error of this thread names this thread's member. */
    char json[80], name[32];
    snprintf(name, sizeof name, "\"t%zu-%d\"", me, turn);
    snprintf(json, sizeof json, "{%s:1,%s:2}", name, name);
    signet_buffer *buffer;
    signet_error *error;
    if (signet_json_canonicalize(TEXT(json), NULL, &buffer, &error) !=
        SIGNET_ERR_JSON_DUPLICATE_MEMBER) bad++;
    size_t len;
    const uint8_t *text = signet_error_message(error, &len);
    if (!contains(text, len, name)) bad++;
    signet_error_free(error);
  }
  return (void *)bad;
}

static void a_round(void) {
  uint8_t seed[32];
  signet_buffer *buffer;
  shared.keypair = rfc_keypair(), shared.key = rfc_key();
  CHECK_STATUS(SIGNET_OK, signet_keypair_export_seed(shared.keypair, seed, NULL));
  CHECK_STATUS(SIGNET_OK, signet_keypair_from_signer(shared.key, sign, shared.keypair, NULL,
                                                     &shared.signer, NULL));
  shared.receipt = fixed_receipt(shared.keypair, "{\"tool\":\"a\\nb\",\"params\":[1,2]}");
  CHECK_STATUS(SIGNET_ERR_JSON_SYNTAX,
               signet_json_canonicalize(TEXT("{"), NULL, &buffer, &shared.error));
  char policy[200];
  snprintf(policy, sizeof policy,
           "{\"version\":1,\"rules\":[{\"id\":\"r\",\"match\":{},\"action\":\"allow\","
           "\"rate_limit\":{\"max_calls\":%d,\"window_seconds\":60,\"scope\":\"global\"}}]}", LIMIT);
  CHECK_STATUS(SIGNET_OK,
               signet_policy_parse(TEXT(policy), SIGNET_FORMAT_JSON, NULL, &shared.policy, NULL));
  CHECK(pthread_barrier_init(&shared.start, NULL, THREADS) == 0);
  pthread_t threads[THREADS];
  for (size_t at = 0; at < THREADS; at++)
    CHECK(pthread_create(&threads[at], NULL, work, (void *)at) == 0);
  for (size_t at = 0; at < THREADS; at++) {
    void *bad = NULL;
    CHECK(pthread_join(threads[at], &bad) == 0);
    CHECK(bad == NULL);
  }
  pthread_barrier_destroy(&shared.start);
  signet_keypair_free(shared.signer), signet_keypair_free(shared.keypair);
  signet_public_key_free(shared.key), signet_receipt_free(shared.receipt);
  signet_error_free(shared.error), signet_policy_free(shared.policy);
}

int main(int count, char **arguments) {
  int rounds = count > 1 ? atoi(arguments[1]) : 20;
  for (int round = 0; round < rounds; round++) RUN(a_round);
  CHECK(allowed == rounds * LIMIT);
  CHECK(device_calls == rounds * THREADS * TURNS / 2);
  return check_report();
}
