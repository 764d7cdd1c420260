/* The header alone, twice, before anything else. */
#include <signet.h>
#include <signet.h>

int uses_the_header(const signet_receipt *receipt);

int uses_the_header(const signet_receipt *receipt) {
  signet_verify_options options = SIGNET_VERIFY_OPTIONS_INIT;
  signet_status status = signet_receipt_verify(receipt, NULL, 0, &options, NULL);
  return status == SIGNET_OK;
}
