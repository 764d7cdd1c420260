/* Errors belong to their call, and every status has a name. */
#include "check.h"

static void an_error_belongs_to_its_call(void) {
  signet_error *first = NULL, *second = NULL;
  signet_buffer *buffer = NULL;
  CHECK_STATUS(SIGNET_ERR_JSON_SYNTAX, signet_json_canonicalize(TEXT("{"), NULL, &buffer, &first));
  size_t len, len_after;
  const uint8_t *text = signet_error_message(first, &len);
  char *kept = malloc(len);
  memcpy(kept, text, len);
  CHECK_STATUS(SIGNET_ERR_JSON_DUPLICATE_MEMBER,
               signet_json_canonicalize(TEXT("{\"a\":1,\"a\":2}"), NULL, &buffer, &second));
  CHECK(first != second);
  CHECK(signet_error_message(first, &len_after) == text && len_after == len);
  CHECK(memcmp(text, kept, len) == 0);
  CHECK(signet_error_status(first) == SIGNET_ERR_JSON_SYNTAX);
  CHECK(signet_error_status(second) == SIGNET_ERR_JSON_DUPLICATE_MEMBER);
  free(kept);
  signet_error_free(second), signet_error_free(first);
}

static void the_error_output_is_always_set(void) {
  uint8_t there;
  signet_error *error = (signet_error *)&there;
  signet_buffer *buffer = (signet_buffer *)&there;
  CHECK_STATUS(SIGNET_OK, signet_json_canonicalize(TEXT("1"), NULL, &buffer, &error));
  CHECK(error == NULL && buffer != (signet_buffer *)&there);
  signet_buffer_free(buffer);
  buffer = (signet_buffer *)&there, error = (signet_error *)&there;
  CHECK_STATUS(SIGNET_ERR_JSON_SYNTAX, signet_json_canonicalize(TEXT(""), NULL, &buffer, &error));
  CHECK(error != NULL && error != (signet_error *)&there && buffer == NULL);
  signet_error_free(error);
}

static void an_error_is_not_needed(void) {
  signet_buffer *buffer;
  for (int round = 0; round < 1000; round++)
    CHECK_STATUS(SIGNET_ERR_JSON_SYNTAX, signet_json_canonicalize(TEXT("{"), NULL, &buffer, NULL));
}

static void nothing_has_an_empty_answer(void) {
  size_t len = 9;
  CHECK(signet_error_status(NULL) == SIGNET_OK);
  CHECK(signet_error_message(NULL, &len) == NULL && len == 0);
  CHECK(signet_error_message(NULL, NULL) == NULL);
  CHECK(signet_error_position(NULL) == SIGNET_NO_POSITION);
  signet_error_free(NULL);
}

static void every_status_has_its_name(void) {
  int32_t before = -1;
  size_t count = 0;
  for (int32_t status; (status = signet_status_at(count)) >= 0; count++) {
    CHECK(status > before);
    const char *name = signet_status_name(status);
    CHECK(strncmp(name, status ? "SIGNET_ERR_" : "SIGNET_OK", status ? 11 : 10) == 0);
    CHECK(strcmp(name, "SIGNET_ERR_UNKNOWN") != 0);
    before = status;
  }
  CHECK(count > 30);
  CHECK(signet_status_at(count + 1) == -1 && signet_status_at(SIZE_MAX) == -1);
  static const int32_t unknown[] = {-1, 11, 19, 1000, INT32_MIN, INT32_MAX};
  for (size_t at = 0; at < sizeof unknown / sizeof *unknown; at++)
    CHECK(strcmp(signet_status_name(unknown[at]), "SIGNET_ERR_UNKNOWN") == 0);
}

/* A member with a name of a million characters does not make such a message. */
static void a_message_is_short_whatever_the_input(void) {
  size_t name = 1000000;
  char *json = malloc(name + 100);
  signet_receipt *receipt;
  signet_buffer *buffer;
  signet_error *error;
  strcpy(json, "{\"v\":1,\"");
  memset(json + 8, 'n', name);
  strcpy(json + 8 + name, "\":1}");
  CHECK_STATUS(SIGNET_ERR_UNKNOWN_MEMBER, signet_receipt_parse(TEXT(json), NULL, &receipt, &error));
  size_t len = 0;
  signet_error_message(error, &len);
  CHECK(len > 0 && len < 500);
  signet_error_free(error);
  free(json);

  json = malloc(2 * name + 100);
  json[0] = '{', json[1] = '"';
  memset(json + 2, 'n', name);
  strcpy(json + 2 + name, "\":1,\"");
  memset(json + 7 + name, 'n', name);
  strcpy(json + 7 + 2 * name, "\":2}");
  CHECK_STATUS(SIGNET_ERR_JSON_DUPLICATE_MEMBER,
               signet_json_canonicalize(TEXT(json), NULL, &buffer, &error));
  signet_error_message(error, &len);
  CHECK(len > 0 && len < 500);
  signet_error_free(error);
  free(json);
}

int main(void) {
  RUN(an_error_belongs_to_its_call);
  RUN(the_error_output_is_always_set);
  RUN(an_error_is_not_needed);
  RUN(nothing_has_an_empty_answer);
  RUN(every_status_has_its_name);
  RUN(a_message_is_short_whatever_the_input);
  return check_report();
}
