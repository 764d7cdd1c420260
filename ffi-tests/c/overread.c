/* Lies about a length, so that the library reads one byte behind an allocation.
   A checker that says nothing about this program is not really there. */
#include "check.h"

int main(void) {
  size_t len = 4096;
  uint8_t *json = malloc(len);
  signet_buffer *buffer = NULL;
  memset(json, ' ', len);
  json[0] = '1';
  CHECK_STATUS(SIGNET_OK, signet_json_canonicalize(json, len + 1, NULL, &buffer, NULL));
  signet_buffer_free(buffer);
  free(json);
  return 0;
}
