/* Canonical JSON: RFC 8785 through the ABI, limits, and where a text is wrong. */
#include "check.h"

static void canonicalises_to(const char *json, const char *expected) {
  signet_buffer *canonical = NULL;
  signet_error *error = NULL;
  CHECK_STATUS(SIGNET_OK, signet_json_canonicalize(TEXT(json), NULL, &canonical, &error));
  CHECK(error == NULL);
  size_t len = 0;
  const uint8_t *text = signet_buffer_data(canonical, &len);
  CHECK(same(text, len, expected));
  CHECK(signet_buffer_len(canonical) == len);
  CHECK(signet_buffer_data(canonical, NULL) == text);
  signet_buffer_free(canonical);
}

static void texts_become_canonical(void) {
  canonicalises_to(" { \"b\" : 1.0 , \"a\" : [ 1e2, -0, true ] } ", "{\"a\":[100,0,true],\"b\":1}");
  canonicalises_to("\"\\u20ac\\/\\u000a\"", "\"\xe2\x82\xac/\\n\"");
  canonicalises_to("333333333.33333329", "333333333.3333333");
  /* U+1F600 sorts before U+FB33 in UTF-16, after it in UTF-8. */
  canonicalises_to("{\"\xef\xac\xb3\":1,\"\xf0\x9f\x98\x80\":2}",
                   "{\"\xf0\x9f\x98\x80\":2,\"\xef\xac\xb3\":1}");
}

static void a_position_says_which_byte_is_wrong(void) {
  signet_buffer *canonical = NULL;
  signet_error *error = NULL;
  CHECK_STATUS(SIGNET_ERR_JSON_SYNTAX,
               signet_json_canonicalize(TEXT("[1, 2,]"), NULL, &canonical, &error));
  CHECK(signet_error_position(error) == 6);
  signet_error_free(error);
  CHECK_STATUS(SIGNET_ERR_TOO_LARGE, signet_json_canonicalize(
      TEXT("[1]"), &(signet_parse_options){sizeof(signet_parse_options), 0, 0, 0, 2},
      &canonical, &error));
  CHECK(signet_error_position(error) == SIGNET_NO_POSITION);
  signet_error_free(error);
  CHECK(signet_error_position(NULL) == SIGNET_NO_POSITION);
}

static void depth_and_length_are_bounded_and_adjustable(void) {
  signet_parse_options options = SIGNET_PARSE_OPTIONS_INIT;
  signet_buffer *canonical = NULL;
  signet_error *error = NULL;
  CHECK_STATUS(SIGNET_OK, signet_json_canonicalize(TEXT("[[[]]]"), &options, &canonical, &error));
  signet_buffer_free(canonical);
  options.max_depth = 2;
  CHECK_ERROR(SIGNET_ERR_JSON_TOO_DEEP, "JSON",
              signet_json_canonicalize(TEXT("[[[]]]"), &options, &canonical, &error), error);
  CHECK(canonical == NULL);
  options.max_depth = 0, options.max_len = 6;
  CHECK_STATUS(SIGNET_OK, signet_json_canonicalize(TEXT("[[[]]]"), &options, &canonical, &error));
  signet_buffer_free(canonical);
  CHECK_ERROR(SIGNET_ERR_TOO_LARGE, "7 bytes",
              signet_json_canonicalize(TEXT("[[[]]] "), &options, &canonical, &error), error);

  /* A million brackets are a status, whatever limit the caller asks for. */
  size_t len = 1000000;
  uint8_t *deep = malloc(len);
  memset(deep, '[', len);
  options.max_len = 0;
  for (options.max_depth = 0; options.max_depth < 3; options.max_depth += 2) {
    signet_parse_options asked = options;
    if (options.max_depth) asked.max_depth = UINT32_MAX;
    CHECK_ERROR(SIGNET_ERR_JSON_TOO_DEEP, "JSON",
                signet_json_canonicalize(deep, len, &asked, &canonical, &error), error);
  }
  free(deep);
}

static void a_hash_is_of_the_canonical_form(void) {
  /* printf '{"a":1}' | sha256sum */
  static const uint8_t expected[32] = {
      0x01, 0x5a, 0xbd, 0x7f, 0x5c, 0xc5, 0x7a, 0x2d, 0xd9, 0x4b, 0x75,
      0x90, 0xf0, 0x4a, 0xd8, 0x08, 0x42, 0x73, 0x90, 0x5e, 0xe3, 0x3e,
      0xc5, 0xce, 0xbe, 0xae, 0x62, 0x27, 0x6a, 0x97, 0xf8, 0x62};
  uint8_t hash[32], other[32];
  CHECK_STATUS(SIGNET_OK, signet_json_hash(TEXT("{ \"a\" : 1.0 }"), NULL, hash, NULL));
  CHECK(memcmp(hash, expected, 32) == 0);
  /* A rounded number would hash like its neighbour; these two must not. */
  CHECK_STATUS(SIGNET_OK, signet_json_hash(TEXT("9007199254740993"), NULL, hash, NULL));
  CHECK_STATUS(SIGNET_OK, signet_json_hash(TEXT("9007199254740992"), NULL, other, NULL));
  CHECK(memcmp(hash, other, 32) != 0);
  memset(hash, 0x5a, 32);
  CHECK_STATUS(SIGNET_ERR_JSON_SYNTAX, signet_json_hash(TEXT("{"), NULL, hash, NULL));
  for (size_t at = 0; at < 32; at++) CHECK(hash[at] == 0x5a);
}

int main(void) {
  RUN(texts_become_canonical);
  RUN(a_position_says_which_byte_is_wrong);
  RUN(depth_and_length_are_bounded_and_adjustable);
  RUN(a_hash_is_of_the_canonical_form);
  return check_report();
}
