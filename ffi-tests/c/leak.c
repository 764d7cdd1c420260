/* Forgets handles. A checker that says nothing about this program does not look
   for leaks. */
#include "check.h"

int main(void) {
  for (int round = 0; round < 100; round++) (void)rfc_keypair();
  return 0;
}
