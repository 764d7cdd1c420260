/* Malformed input, row by row: each gets its status, a message that names what
   was wrong, untouched outputs, and leaks nothing. */
#include "check.h"

enum call {
  CANONICALIZE, /* signet_json_canonicalize(input) */
  SIGN,         /* signet_receipt_sign(action = input) */
  REQUEST,      /* signet_action_from_tools_call(request = input) */
  RECEIPT,      /* signet_receipt_parse(input), then verify */
  EDIT,         /* the same with a sound receipt in which `input` becomes `edit` */
  KEY_TEXT,     /* signet_public_key_parse(input) */
  EXPIRY,       /* signet_receipt_sign(options.expires_at = input) */
  NAME,         /* signet_receipt_sign(name = input) */
  TARGET,       /* signet_action_from_tools_call(target = input) */
};

/* A string literal and its length, so that it may hold zeros. */
#define INPUT(text) text, sizeof(text) - 1
#define SAME_EDIT NULL

static const struct row {
  enum call call;
  const char *input;
  size_t len;
  const char *edit;
  int32_t status;
  const char *names; /* what the message must say */
} rows[] = {
    /* Texts that are not JSON. */
    {CANONICALIZE, INPUT(""), SAME_EDIT, SIGNET_ERR_JSON_SYNTAX, "byte 0"},
    {CANONICALIZE, INPUT(" "), SAME_EDIT, SIGNET_ERR_JSON_SYNTAX, "byte 1"},
    {CANONICALIZE, INPUT("{"), SAME_EDIT, SIGNET_ERR_JSON_SYNTAX, "byte 1"},
    {CANONICALIZE, INPUT("{\"a\""), SAME_EDIT, SIGNET_ERR_JSON_SYNTAX, "byte 4"},
    {CANONICALIZE, INPUT("{\"a\":}"), SAME_EDIT, SIGNET_ERR_JSON_SYNTAX, "byte 5"},
    {CANONICALIZE, INPUT("{\"a\":1,}"), SAME_EDIT, SIGNET_ERR_JSON_SYNTAX, "byte 7"},
    {CANONICALIZE, INPUT("{a:1}"), SAME_EDIT, SIGNET_ERR_JSON_SYNTAX, "byte 1"},
    {CANONICALIZE, INPUT("{1:1}"), SAME_EDIT, SIGNET_ERR_JSON_SYNTAX, "byte 1"},
    {CANONICALIZE, INPUT("[1 2]"), SAME_EDIT, SIGNET_ERR_JSON_SYNTAX, "byte 3"},
    {CANONICALIZE, INPUT("[1,]"), SAME_EDIT, SIGNET_ERR_JSON_SYNTAX, "byte 3"},
    {CANONICALIZE, INPUT("]"), SAME_EDIT, SIGNET_ERR_JSON_SYNTAX, "byte 0"},
    {CANONICALIZE, INPUT("[1}"), SAME_EDIT, SIGNET_ERR_JSON_SYNTAX, "byte 2"},
    {CANONICALIZE, INPUT("1 1"), SAME_EDIT, SIGNET_ERR_JSON_SYNTAX, "byte 2"},
    {CANONICALIZE, INPUT("nul"), SAME_EDIT, SIGNET_ERR_JSON_SYNTAX, "byte 0"},
    {CANONICALIZE, INPUT("True"), SAME_EDIT, SIGNET_ERR_JSON_SYNTAX, "byte 0"},
    {CANONICALIZE, INPUT("'a'"), SAME_EDIT, SIGNET_ERR_JSON_SYNTAX, "byte 0"},
    {CANONICALIZE, INPUT("// no\n1"), SAME_EDIT, SIGNET_ERR_JSON_SYNTAX, "byte 0"},
    {CANONICALIZE, INPUT("\"a"), SAME_EDIT, SIGNET_ERR_JSON_SYNTAX, "JSON"},
    {CANONICALIZE, INPUT("\"\\x41\""), SAME_EDIT, SIGNET_ERR_JSON_SYNTAX, "JSON"},
    {CANONICALIZE, INPUT("\"\\u12g4\""), SAME_EDIT, SIGNET_ERR_JSON_SYNTAX, "JSON"},
    {CANONICALIZE, INPUT("\"a\nb\""), SAME_EDIT, SIGNET_ERR_JSON_SYNTAX, "JSON"},
    {CANONICALIZE, INPUT("\"a\0b\""), SAME_EDIT, SIGNET_ERR_JSON_SYNTAX, "JSON"},
    {CANONICALIZE, INPUT("1\0"), SAME_EDIT, SIGNET_ERR_JSON_SYNTAX, "byte 1"},
    {CANONICALIZE, INPUT("01"), SAME_EDIT, SIGNET_ERR_JSON_SYNTAX, "byte 0"},
    {CANONICALIZE, INPUT("+1"), SAME_EDIT, SIGNET_ERR_JSON_SYNTAX, "byte 0"},
    {CANONICALIZE, INPUT("1."), SAME_EDIT, SIGNET_ERR_JSON_SYNTAX, "JSON"},
    {CANONICALIZE, INPUT(".5"), SAME_EDIT, SIGNET_ERR_JSON_SYNTAX, "byte 0"},
    {CANONICALIZE, INPUT("1e"), SAME_EDIT, SIGNET_ERR_JSON_SYNTAX, "JSON"},
    {CANONICALIZE, INPUT("0x10"), SAME_EDIT, SIGNET_ERR_JSON_SYNTAX, "byte 1"},
    /* JSON that two parsers could read differently. */
    {CANONICALIZE, INPUT("NaN"), SAME_EDIT, SIGNET_ERR_JSON_NUMBER, "NaN"},
    {CANONICALIZE, INPUT("-Infinity"), SAME_EDIT, SIGNET_ERR_JSON_NUMBER, "infinities"},
    {CANONICALIZE, INPUT("1e999"), SAME_EDIT, SIGNET_ERR_JSON_NUMBER, "number"},
    {CANONICALIZE, INPUT("{\"a\":1,\"a\":1}"), SAME_EDIT, SIGNET_ERR_JSON_DUPLICATE_MEMBER, "\"a\""},
    {CANONICALIZE, INPUT("{\"a\":1,\"\\u0061\":1}"), SAME_EDIT, SIGNET_ERR_JSON_DUPLICATE_MEMBER, "\"a\""},
    {CANONICALIZE, INPUT("\"\\ud800\""), SAME_EDIT, SIGNET_ERR_JSON_LONE_SURROGATE, "JSON"},
    {CANONICALIZE, INPUT("\"\\udc00\\ud800\""), SAME_EDIT, SIGNET_ERR_JSON_LONE_SURROGATE, "JSON"},
    {CANONICALIZE, INPUT("\xef\xbb\xbf" "1"), SAME_EDIT, SIGNET_ERR_JSON_ENCODING, "byte order mark"},
    {CANONICALIZE, INPUT("\"\xff\""), SAME_EDIT, SIGNET_ERR_JSON_ENCODING, "byte 1"},
    {CANONICALIZE, INPUT("\"\xc0\xaf\""), SAME_EDIT, SIGNET_ERR_JSON_ENCODING, "byte 1"},
    {CANONICALIZE, INPUT("\"\xed\xa0\x80\""), SAME_EDIT, SIGNET_ERR_JSON_ENCODING, "byte 1"},
    {CANONICALIZE, INPUT("1\0\0\0"), SAME_EDIT, SIGNET_ERR_JSON_SYNTAX, "byte 1"},
    /* Actions. */
    {SIGN, INPUT(""), SAME_EDIT, SIGNET_ERR_JSON_SYNTAX, "action"},
    {SIGN, INPUT("[]"), SAME_EDIT, SIGNET_ERR_RECEIPT_INVALID, "action"},
    {SIGN, INPUT("{}"), SAME_EDIT, SIGNET_ERR_RECEIPT_INVALID, "\"tool\""},
    {SIGN, INPUT("{\"tool\":1}"), SAME_EDIT, SIGNET_ERR_RECEIPT_INVALID, "\"tool\""},
    {SIGN, INPUT("{\"tool\":null}"), SAME_EDIT, SIGNET_ERR_RECEIPT_INVALID, "\"tool\""},
    {SIGN, INPUT("{\"tool\":\"t\",\"target\":[]}"), SAME_EDIT, SIGNET_ERR_RECEIPT_INVALID, "\"target\""},
    {SIGN, INPUT("{\"tool\":\"t\",\"session\":1}"), SAME_EDIT, SIGNET_ERR_RECEIPT_INVALID, "\"session\""},
    {SIGN, INPUT("{\"tool\":\"t\",\"params_hash\":\"md5:00\"}"), SAME_EDIT, SIGNET_ERR_RECEIPT_INVALID, "params_hash"},
    {SIGN, INPUT("{\"tool\":\"t\",\"param\":1}"), SAME_EDIT, SIGNET_ERR_UNKNOWN_MEMBER, "\"param\""},
    {SIGN, INPUT("{\"tool\":\"t\",\"tool\":\"u\"}"), SAME_EDIT, SIGNET_ERR_JSON_DUPLICATE_MEMBER, "\"tool\""},
    {SIGN, INPUT("{\"tool\":\"t\",\"params\":{\"a\":NaN}}"), SAME_EDIT, SIGNET_ERR_JSON_NUMBER, "action"},
    {NAME, INPUT("\xff"), SAME_EDIT, SIGNET_ERR_INVALID_ARGUMENT, "name"},
    {NAME, INPUT("a\xe2\x82"), SAME_EDIT, SIGNET_ERR_INVALID_ARGUMENT, "name"},
    {EXPIRY, INPUT("tomorrow"), SAME_EDIT, SIGNET_ERR_TIMESTAMP_INVALID, "expiry"},
    {EXPIRY, INPUT("2026-02-30T00:00:00Z"), SAME_EDIT, SIGNET_ERR_TIMESTAMP_INVALID, "expiry"},
    {EXPIRY, INPUT("2026-01-01T00:00:00"), SAME_EDIT, SIGNET_ERR_TIMESTAMP_INVALID, "expiry"},
    {EXPIRY, INPUT("\xff\xfe"), SAME_EDIT, SIGNET_ERR_INVALID_ARGUMENT, "expires_at"},
    /* MCP requests. */
    {REQUEST, INPUT("{"), SAME_EDIT, SIGNET_ERR_JSON_SYNTAX, "request"},
    {REQUEST, INPUT("[]"), SAME_EDIT, SIGNET_ERR_INVALID_ARGUMENT, "\"method\""},
    {REQUEST, INPUT("{\"method\":\"tools/list\"}"), SAME_EDIT, SIGNET_ERR_INVALID_ARGUMENT, "\"method\""},
    {REQUEST, INPUT("{\"method\":\"tools/call\"}"), SAME_EDIT, SIGNET_ERR_INVALID_ARGUMENT, "\"params\""},
    {REQUEST, INPUT("{\"method\":\"tools/call\",\"params\":{}}"), SAME_EDIT, SIGNET_ERR_INVALID_ARGUMENT, "\"params.name\""},
    {TARGET, INPUT("\x80"), SAME_EDIT, SIGNET_ERR_INVALID_ARGUMENT, "target"},
    /* Receipts. */
    {RECEIPT, INPUT(""), SAME_EDIT, SIGNET_ERR_JSON_SYNTAX, "receipt"},
    {RECEIPT, INPUT("null"), SAME_EDIT, SIGNET_ERR_RECEIPT_INVALID, "receipt"},
    {RECEIPT, INPUT("{}"), SAME_EDIT, SIGNET_ERR_RECEIPT_INVALID, "\"v\""},
    {RECEIPT, INPUT("{\"v\":1}"), SAME_EDIT, SIGNET_ERR_RECEIPT_INVALID, "\"action\""},
    {RECEIPT, INPUT("{\"v\":99}"), SAME_EDIT, SIGNET_ERR_RECEIPT_VERSION, "receipt"},
    {EDIT, INPUT("\"v\":1"), "\"v\":\"1\"", SIGNET_ERR_RECEIPT_INVALID, "\"v\""},
    {EDIT, INPUT("\"v\":1"), "\"v\":1.5", SIGNET_ERR_RECEIPT_INVALID, "\"v\""},
    {EDIT, INPUT("\"v\":1"), "\"v\":1,\"v\":1", SIGNET_ERR_JSON_DUPLICATE_MEMBER, "\"v\""},
    {EDIT, INPUT("\"tool\":\"t\","), "", SIGNET_ERR_RECEIPT_INVALID, "\"tool\""},
    {EDIT, INPUT("\"tool\":\"t\""), "\"tool\":null", SIGNET_ERR_RECEIPT_INVALID, "\"tool\""},
    {EDIT, INPUT("\"tool\":\"t\""), "\"tool\":\"u\"", SIGNET_ERR_SIGNATURE_INVALID, "signature"},
    {EDIT, INPUT("\"a\":1"), "\"a\":9007199254740993", SIGNET_ERR_JSON_INEXACT_NUMBER, "receipt"},
    {EDIT, INPUT("\"owner\":\"ops\""), "\"owner\":\"ops\",\"role\":\"root\"", SIGNET_ERR_UNKNOWN_MEMBER, "\"role\""},
    {EDIT, INPUT("{\"action\""), "{\"x\":0,\"action\"", SIGNET_ERR_UNKNOWN_MEMBER, "\"x\""},
    {EDIT, INPUT("\"sig\":\"ed25519:"), "\"sig\":\"ed448:", SIGNET_ERR_RECEIPT_INVALID, "\"sig\""},
    {EDIT, INPUT("CQ==\""), "CQ=\"", SIGNET_ERR_RECEIPT_INVALID, "\"sig\""},
    {EDIT, INPUT("CQ==\""), "CR==\"", SIGNET_ERR_RECEIPT_INVALID, "\"sig\""},
    {EDIT, INPUT("CQ==\""), "\"", SIGNET_ERR_RECEIPT_INVALID, "\"sig\""},
    {EDIT, INPUT("\"id\":\"rec_d"), "\"id\":\"rec_e", SIGNET_ERR_ID_MISMATCH, "\"id\""},
    {EDIT, INPUT("ed25519:11qY"), "ed25519:AAAA", SIGNET_ERR_KEY_MISMATCH, "signer"},
    {EDIT, INPUT("ed25519:11qY"), "ed25519:!!!!", SIGNET_ERR_RECEIPT_INVALID, "\"pubkey\""},
    {EDIT, INPUT("\"signer\":{"), "\"signer\":[{", SIGNET_ERR_JSON_SYNTAX, "receipt"},
    {EDIT, INPUT("\"ts\":\"2026"), "\"ts\":\"2027", SIGNET_ERR_SIGNATURE_INVALID, "signature"},
    /* Keys. */
    {KEY_TEXT, INPUT(""), SAME_EDIT, SIGNET_ERR_KEY_INVALID, "public key"},
    {KEY_TEXT, INPUT("ed25519:"), SAME_EDIT, SIGNET_ERR_KEY_INVALID, "base64"},
    {KEY_TEXT, INPUT("ed25519:11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo"), SAME_EDIT, SIGNET_ERR_KEY_INVALID, "base64"},
    {KEY_TEXT, INPUT("ed25519:11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo="), SAME_EDIT, SIGNET_ERR_KEY_INVALID, "base64"},
    {KEY_TEXT, INPUT("ed25519: 11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="), SAME_EDIT, SIGNET_ERR_KEY_INVALID, "base64"},
    {KEY_TEXT, INPUT("ed25519:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="), SAME_EDIT, SIGNET_ERR_KEY_WEAK, "small order"},
    {KEY_TEXT, INPUT("ed25519:AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="), SAME_EDIT, SIGNET_ERR_KEY_WEAK, "small order"},
    {KEY_TEXT, INPUT("did:key:"), SAME_EDIT, SIGNET_ERR_KEY_INVALID, "public key"},
    {KEY_TEXT, INPUT("did:key:z6Mk0"), SAME_EDIT, SIGNET_ERR_KEY_INVALID, "did:key"},
    {KEY_TEXT, INPUT("did:web:example.com"), SAME_EDIT, SIGNET_ERR_KEY_INVALID, "public key"},
    {KEY_TEXT, INPUT("\xff\xff"), SAME_EDIT, SIGNET_ERR_INVALID_ARGUMENT, "text"},
};

static signet_keypair *keypair;
static signet_public_key *key;
static const uint8_t *sound;
static size_t sound_len;

/* The sound receipt with one place changed. */
static char *edited(const struct row *row, size_t *len_out) {
  size_t edit_len = strlen(row->edit);
  for (size_t at = 0; at + row->len <= sound_len; at++) {
    if (memcmp(sound + at, row->input, row->len) != 0) continue;
    char *text = malloc(sound_len + edit_len);
    memcpy(text, sound, at);
    memcpy(text + at, row->edit, edit_len);
    memcpy(text + at + edit_len, sound + at + row->len, sound_len - at - row->len);
    *len_out = sound_len - row->len + edit_len;
    return text;
  }
  fprintf(stderr, "the receipt has no %s\n", row->input);
  failures++;
  *len_out = 0;
  return calloc(1, 1);
}

static signet_status read_and_verify(const uint8_t *json, size_t len, signet_error **error_out) {
  const signet_public_key *trusted[] = {key};
  uint8_t there;
  signet_receipt *receipt = (signet_receipt *)&there;
  signet_status status = signet_receipt_parse(json, len, NULL, &receipt, error_out);
  if (status != SIGNET_OK) {
    CHECK(receipt == NULL);
    return status;
  }
  status = signet_receipt_verify(receipt, trusted, 1, NULL, error_out);
  signet_receipt_free(receipt);
  return status;
}

static signet_status call(const struct row *row, const uint8_t *input, size_t len,
                          signet_error **error_out) {
  uint8_t there;
  signet_buffer *buffer = (signet_buffer *)&there;
  signet_public_key *parsed = (signet_public_key *)&there;
  signet_receipt *receipt = (signet_receipt *)&there;
  signet_sign_options options = SIGNET_SIGN_OPTIONS_INIT;
  const uint8_t *tool = (const uint8_t *)"{\"tool\":\"t\"}";
  const uint8_t *mcp = (const uint8_t *)"{\"method\":\"tools/call\",\"params\":{\"name\":\"t\"}}";
  signet_status status = SIGNET_OK;
  switch (row->call) {
    case CANONICALIZE:
      status = signet_json_canonicalize(input, len, NULL, &buffer, error_out);
      CHECK(buffer == NULL);
      break;
    case SIGN:
      status = signet_receipt_sign(keypair, input, len, TEXT("bot"), NULL, 0, NULL, &receipt, error_out);
      CHECK(receipt == NULL);
      break;
    case NAME:
      status = signet_receipt_sign(keypair, tool, 12, input, len, NULL, 0, NULL, &receipt, error_out);
      CHECK(receipt == NULL);
      break;
    case EXPIRY:
      options.expires_at = input, options.expires_at_len = len;
      status = signet_receipt_sign(keypair, tool, 12, TEXT("bot"), NULL, 0, &options, &receipt, error_out);
      CHECK(receipt == NULL);
      break;
    case REQUEST:
      status = signet_action_from_tools_call(input, len, NULL, 0, NULL, 0, NULL, &buffer, error_out);
      CHECK(buffer == NULL);
      break;
    case TARGET:
      status = signet_action_from_tools_call(mcp, strlen((const char *)mcp), input, len, NULL, 0,
                                             NULL, &buffer, error_out);
      CHECK(buffer == NULL);
      break;
    case KEY_TEXT:
      status = signet_public_key_parse(input, len, &parsed, error_out);
      CHECK(parsed == NULL);
      break;
    case RECEIPT:
    case EDIT:
      status = read_and_verify(input, len, error_out);
      break;
  }
  return status;
}

int main(void) {
  keypair = rfc_keypair(), key = rfc_key();
  signet_receipt *receipt =
      fixed_receipt(keypair, "{\"tool\":\"t\",\"params\":{\"a\":1},\"target\":\"x\"}");
  sound = signet_receipt_json(receipt, &sound_len);
  CHECK_STATUS(SIGNET_OK, read_and_verify(sound, sound_len, NULL));

  for (size_t at = 0; at < sizeof rows / sizeof *rows; at++) {
    const struct row *row = &rows[at];
    signet_error *error = NULL;
    /* A copy of exactly the length, so that a sanitizer sees a read behind it. */
    size_t len = row->len;
    char *copy = row->call == EDIT ? edited(row, &len) : malloc(len ? len : 1);
    if (row->call != EDIT) memcpy(copy, row->input, len);
    uint8_t *input = malloc(len ? len : 1);
    memcpy(input, copy, len);
    free(copy);
    int before = failures;
    CHECK_ERROR(row->status, row->names, call(row, input, len, &error), error);
    CHECK_STATUS(row->status, call(row, input, len, NULL));
    if (failures != before) fprintf(stderr, "  in row %zu: %s\n", at, row->input);
    free(input);
    tests_run++;
  }
  CHECK(tests_run >= 60);
  signet_receipt_free(receipt), signet_keypair_free(keypair), signet_public_key_free(key);
  return check_report();
}
