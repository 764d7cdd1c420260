/* Loading and unloading: dlclose() leaves the library where it is, so that a
   thread that has used it may still end, and loading it again works.

   usage: dlclose LIBRARY */
#include "check.h"

#include <dlfcn.h>
#include <pthread.h>

static const char *library;

/* What is used of the library, found by name. */
static struct {
  signet_status (*generate)(signet_keypair **, signet_error **);
  signet_status (*sign)(const signet_keypair *, const uint8_t *, size_t, uint8_t *,
                        signet_error **);
  void (*release)(signet_keypair *);
} call;

static void find(void *loaded, const char *name, void *function_out) {
  void *symbol = dlsym(loaded, name);
  CHECK(symbol != NULL);
  memcpy(function_out, &symbol, sizeof symbol);
}

static void *load(void) {
  void *loaded = dlopen(library, RTLD_NOW | RTLD_LOCAL);
  if (!loaded) fprintf(stderr, "%s\n", dlerror());
  CHECK(loaded != NULL);
  find(loaded, "signet_keypair_generate", &call.generate);
  find(loaded, "signet_keypair_sign", &call.sign);
  find(loaded, "signet_keypair_free", &call.release);
  return loaded;
}

static void handles_outlive_dlclose(void) {
  uint8_t signature[64];
  signet_keypair *keypair = NULL;
  void *first = NULL;
  for (int round = 0; round < 50; round++) {
    void *loaded = load();
    if (!first) first = loaded;
    CHECK(loaded == first);
    if (!keypair) CHECK(call.generate(&keypair, NULL) == SIGNET_OK);
    CHECK(call.sign(keypair, TEXT("m"), signature, NULL) == SIGNET_OK);
    CHECK(dlclose(loaded) == 0);
    CHECK(call.sign(keypair, TEXT("m"), signature, NULL) == SIGNET_OK);
  }
  call.release(keypair);
}

static pthread_barrier_t used, closed;

static void *use_and_outlive(void *unused) {
  UNUSED(unused);
  signet_keypair *keypair;
  CHECK(call.generate(&keypair, NULL) == SIGNET_OK);
  call.release(keypair);
  pthread_barrier_wait(&used);
  pthread_barrier_wait(&closed);
  return NULL; /* destructors of thread-locals run after this */
}

static void a_thread_that_used_it_may_end_after_dlclose(void) {
  pthread_t thread;
  void *loaded = load();
  pthread_barrier_init(&used, NULL, 2), pthread_barrier_init(&closed, NULL, 2);
  CHECK(pthread_create(&thread, NULL, use_and_outlive, NULL) == 0);
  pthread_barrier_wait(&used);
  CHECK(dlclose(loaded) == 0);
  pthread_barrier_wait(&closed);
  CHECK(pthread_join(thread, NULL) == 0);
}

int main(int count, char **arguments) {
  if (count != 2) return 2;
  library = arguments[1];
  RUN(handles_outlive_dlclose);
  RUN(a_thread_that_used_it_may_end_after_dlclose);
  return failures ? (fprintf(stderr, "%d checks failed\n", failures), 1)
                  : (printf("Ran %d tests\n", tests_run), 0);
}
