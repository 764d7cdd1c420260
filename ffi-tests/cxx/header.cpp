// The header alone, twice, before anything else.
#include <signet.h>
#include <signet.h>

bool uses_the_header(const signet_receipt *receipt);

bool uses_the_header(const signet_receipt *receipt) {
  signet_verify_options options = SIGNET_VERIFY_OPTIONS_INIT;
  signet_status status = signet_receipt_verify(receipt, nullptr, 0, &options, nullptr);
  return status == SIGNET_OK;
}
