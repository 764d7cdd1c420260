/* How long dlopen takes in a fresh process: prints nanoseconds of CPU time. */
#define _POSIX_C_SOURCE 199309L
#include <dlfcn.h>
#include <stdio.h>
#include <time.h>

static long long nanos(void) {
  struct timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return now.tv_sec * 1000000000LL + now.tv_nsec;
}

int main(int count, char **arguments) {
  if (count != 2) return 2;
  long long started = nanos();
  void *library = dlopen(arguments[1], RTLD_NOW);
  long long taken = nanos() - started;
  if (library == NULL) return fprintf(stderr, "%s\n", dlerror()), 1;
  return printf("%lld\n", taken) < 0;
}
