/* Forgets a handle. A checker that says nothing about this program does not
   look for leaks. */
#include "check.h"

int main(void) {
  signet_keypair *keypair = rfc_keypair();
  keypair = NULL;
  return keypair != NULL;
}
