/* Appends to a log as a C program does, for the benchmark to time. */
#include <signet.h>
#include <stdlib.h>

static signet_log *log_;
static const uint8_t *record;
static size_t record_len;

void probe_log(const uint8_t *home, size_t home_len, const uint8_t *text, size_t len,
               int32_t durability) {
  signet_log_options options = SIGNET_LOG_OPTIONS_INIT;
  options.durability = durability;
  signet_log_free(log_);
  if (signet_log_open(home, home_len, NULL, NULL, &options, &log_, NULL) != SIGNET_OK) abort();
  record = text;
  record_len = len;
}

void probe_append(uint32_t times) {
  signet_log_entry entry;
  while (times--)
    if (signet_log_append(log_, record, record_len, &entry, NULL) != SIGNET_OK) abort();
}
