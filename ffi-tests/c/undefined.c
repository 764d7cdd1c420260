/* Overflows a signed integer. A checker that says nothing about this program
   does not look for undefined behaviour. */
#include <limits.h>
#include <stdio.h>

int main(int count, char **arguments) {
  (void)arguments;
  int big = INT_MAX - 1 + count;
  printf("%d\n", big + count);
  return 0;
}
