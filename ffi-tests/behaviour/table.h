/* What the runners in C and in C++ share: they look up a case's input, hand in what
   came out, and run every case. An operation or a member that a runner does not know
   is a failure. */
#ifndef TABLE_H
#define TABLE_H

#include <signet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cases.h"

struct bytes {
  const uint8_t *data;
  size_t len;
};

/* What an operation does: the status of the case. `members` are those it knows. */
struct operation {
  const char *name;
  signet_status (*run)(void);
  const char *members;
};

/* The case that is running. */
static struct {
  const struct behaviour_case *now;
  void *owned[256]; /* freed after the case */
  size_t owned_len;
  uint64_t compared; /* a bit for each expected output */
  int wrong;
  char folder[512]; /* empty, and of this case alone */
} running;

static void wrong(const char *what) {
  printf("FAIL %s: %s: %s: %s\n", running.now->file, running.now->name, running.now->operation,
         what);
  running.wrong = 1;
}

static void *owned(size_t len) {
  void *made = calloc(1, len + 1);
  if (made == NULL || running.owned_len == sizeof running.owned / sizeof *running.owned) abort();
  return running.owned[running.owned_len++] = made;
}

/* Input. */

static const struct value *member_of(const struct value *object, const char *name) {
  for (size_t i = 0; i < object->count; i++)
    if (strcmp(object->items[i].name, name) == 0) return &object->items[i];
  return NULL;
}

static const struct value *in(const char *name) { return member_of(&running.now->input, name); }

/* The bytes of a text; NULL and 0 if there is none. */
static struct bytes bytes_of(const struct value *value) {
  struct bytes found = {NULL, 0};
  if (value == NULL) return found;
  if (value->kind != VALUE_TEXT) wrong("an input member is no text");
  found.data = (const uint8_t *)value->bytes, found.len = value->len;
  return found;
}

static struct bytes in_bytes(const char *name) { return bytes_of(in(name)); }

static int64_t number_of(const struct value *value, int64_t absent) {
  if (value == NULL) return absent;
  if (value->kind != VALUE_NUMBER) wrong("an input member is no number");
  return value->number;
}

static int64_t in_number(const char *name) { return number_of(in(name), 0); }

static int in_flag(const char *name) {
  const struct value *value = in(name);
  if (value == NULL) return 0;
  if (value->kind != VALUE_FLAG) wrong("an input member is no flag");
  return value->number != 0;
}

static int nibble(uint8_t digit) {
  return digit >= '0' && digit <= '9'   ? digit - '0'
         : digit >= 'a' && digit <= 'f' ? digit - 'a' + 10
                                        : -1;
}

static struct bytes unhex(struct bytes text) {
  uint8_t *made = (uint8_t *)owned(text.len / 2);
  struct bytes found = {made, text.len / 2};
  for (size_t i = 0; i < found.len; i++) {
    int high = nibble(text.data[2 * i]), low = nibble(text.data[2 * i + 1]);
    if (high < 0 || low < 0) wrong("an input member is no hex");
    made[i] = (uint8_t)(high * 16 + low);
  }
  if (text.len % 2) wrong("an input member is no hex");
  return found;
}

static struct bytes in_hex(const char *name) { return unhex(in_bytes(name)); }

/* Hex of a length that an array parameter has. */
static const uint8_t *in_array(const char *name, size_t len) {
  struct bytes found = in_hex(name);
  if (found.len != len) wrong("an input member has another length");
  return found.len == len ? found.data : (const uint8_t *)owned(len);
}

static const uint8_t *in_hash(const char *name) {
  struct bytes text = in_bytes(name);
  if (text.len != 71 || memcmp(text.data, "sha256:", 7) != 0) {
    wrong("an input member is no hash");
    return (const uint8_t *)owned(32);
  }
  text.data += 7, text.len -= 7;
  return unhex(text).data;
}

/* Output. */

static const struct value *expected(const char *name) {
  const struct value *output = &running.now->output;
  for (size_t i = 0; i < output->count; i++)
    if (strcmp(output->items[i].name, name) == 0) {
      running.compared |= UINT64_C(1) << i;
      return &output->items[i];
    }
  return NULL;
}

static void differs(const char *name, const struct value *want, const void *got, size_t len) {
  char line[2000];
  snprintf(line, sizeof line, "%s is %.*s, expected %.*s", name, (int)(len < 900 ? len : 900),
           len ? (const char *)got : "", (int)(want->len < 900 ? want->len : 900), want->bytes);
  wrong(line);
}

static void out_of_kind(const char *name, int kind, const void *got, size_t len) {
  const struct value *want = expected(name);
  if (want == NULL) return;
  if (want->kind != kind || want->len != len || (len && memcmp(want->bytes, got, len) != 0))
    differs(name, want, got, len);
}

/* A text; NULL stands for null. */
static void out_text(const char *name, const void *text, size_t len) {
  if (text == NULL)
    out_of_kind(name, VALUE_NULL, "null", 4);
  else
    out_of_kind(name, VALUE_TEXT, text, len);
}

static void out_number(const char *name, int64_t number) {
  char text[32];
  out_of_kind(name, VALUE_NUMBER, text, (size_t)snprintf(text, sizeof text, "%lld", (long long)number));
}

static void out_flag(const char *name, int flag) {
  const char *text = flag ? "true" : "false";
  out_of_kind(name, VALUE_FLAG, text, strlen(text));
}

static size_t write_hex(char *text, const uint8_t *data, size_t len) {
  for (size_t i = 0; i < len; i++) snprintf(text + 2 * i, 3, "%02x", data[i]);
  return 2 * len;
}

static void out_hex(const char *name, const uint8_t *data, size_t len) {
  char *text = (char *)owned(2 * len);
  out_text(name, text, write_hex(text, data, len));
}

static void out_hash(const char *name, const uint8_t *hash) {
  char text[72] = "sha256:";
  out_text(name, text, 7 + write_hex(text + 7, hash, SIGNET_HASH_LEN));
}

/* A list, written as JSON while it is made. */
struct list {
  char text[8192];
  size_t len;
};

static void list_raw(struct list *list, const void *text, size_t len) {
  if (list->len + len + 2 > sizeof list->text) {
    wrong("a list is too long for the runner");
    return;
  }
  if (list->len && list->text[list->len - 1] != '[') list->text[list->len++] = ',';
  memcpy(list->text + list->len, text, len);
  list->len += len;
}

static void list_text(struct list *list, const void *text, size_t len) {
  const uint8_t *data = (const uint8_t *)text;
  char *json = (char *)owned(6 * len + 2), *end = json;
  if (text == NULL) {
    list_raw(list, "null", 4);
    return;
  }
  *end++ = '"';
  for (size_t i = 0; i < len; i++) {
    if (data[i] == '"' || data[i] == '\\')
      *end++ = '\\', *end++ = (char)data[i];
    else if (data[i] == '\n')
      *end++ = '\\', *end++ = 'n';
    else if (data[i] < 0x20)
      end += sprintf(end, "\\u%04x", data[i]);
    else
      *end++ = (char)data[i];
  }
  *end++ = '"';
  list_raw(list, json, (size_t)(end - json));
}

static void list_name(struct list *list, const char *name) {
  list_text(list, name, name ? strlen(name) : 0);
}

static void out_list(const char *name, const struct list *list) {
  char *text = (char *)owned(list->len + 2);
  text[0] = '[';
  memcpy(text + 1, list->text, list->len);
  text[list->len + 1] = ']';
  out_of_kind(name, VALUE_LIST, text, list->len + 2);
}

/* JSON that the library wrote, without white space. */

/* The end of the value that starts here. */
static const char *past(const char *json, const char *end) {
  int depth = 0;
  do {
    if (*json == '"')
      for (json++; json < end && *json != '"'; json++) json += *json == '\\';
    else if (*json == '[' || *json == '{')
      depth++;
    else if (*json == ']' || *json == '}')
      depth--;
    json++;
  } while (json < end && (depth > 0 || (*json != ',' && *json != ']' && *json != '}' && *json != ':')));
  return json;
}

/* A member of an object, as it stands there; "null" if there is none. */
static struct bytes json_member(struct bytes object, const char *name) {
  const char *at = (const char *)object.data + 1, *end = at + object.len - 1;
  struct bytes none = {(const uint8_t *)"null", 4};
  while (at < end && *at == '"') {
    const char *name_end = past(at, end), *value_end = past(name_end + 1, end);
    if ((size_t)(name_end - at) == strlen(name) + 2 && memcmp(at + 1, name, strlen(name)) == 0) {
      struct bytes found = {(const uint8_t *)name_end + 1, (size_t)(value_end - name_end - 1)};
      return found;
    }
    at = value_end + 1;
  }
  return none;
}

/* Takes the first item off an array's rest; the rest is first what follows its "[". */
static int json_item(struct bytes *rest, struct bytes *item) {
  const char *at = (const char *)rest->data, *end = at + rest->len;
  if (at >= end || *at == ']') return 0;
  const char *item_end = past(at, end);
  item->data = rest->data, item->len = (size_t)(item_end - at);
  if (item_end < end && *item_end == ',') item_end++;
  rest->len = (size_t)(end - item_end), rest->data = (const uint8_t *)item_end;
  return 1;
}

/* Running. */

static int knows(const char *members, const char *name) {
  size_t len = strlen(name);
  for (const char *at = members; (at = strstr(at, name)) != NULL; at += len)
    if ((at == members || at[-1] == ' ') && (at[len] == ' ' || at[len] == 0)) return 1;
  return 0;
}

static void run_case(const struct operation *operations, const char *scratch, size_t number) {
  const struct operation *operation = operations;
  running.compared = 0, running.wrong = 0;
  snprintf(running.folder, sizeof running.folder, "%s/%d", scratch, (int)number);
  while (operation->name && strcmp(operation->name, running.now->operation) != 0) operation++;
  if (operation->name == NULL) {
    wrong("this runner does not know the operation");
    return;
  }
  for (size_t i = 0; i < running.now->input.count; i++)
    if (!knows(operation->members, running.now->input.items[i].name)) {
      wrong(running.now->input.items[i].name);
      wrong("this runner does not know an input member");
      return;
    }
  const char *status = signet_status_name(operation->run());
  if (strcmp(status, running.now->status) != 0) {
    char line[200];
    snprintf(line, sizeof line, "answered %s, expected %s", status, running.now->status);
    wrong(line);
  }
  if (running.now->output.count > 63) wrong("more outputs than the runner can count");
  if (!running.wrong && running.compared != (UINT64_C(1) << running.now->output.count) - 1)
    wrong("an expected output was not there to compare");
}

/* Runs every case; `scratch` is an empty folder. */
static int run_table(const struct operation *operations, const char *scratch) {
  int failed = 0;
  for (size_t i = 0; i < cases_len; i++) {
    running.now = &cases[i];
    run_case(operations, scratch, i);
    failed += running.wrong;
    while (running.owned_len) free(running.owned[--running.owned_len]);
  }
  if (failed) printf("%d failed\n", failed);
  printf("%d passed\n", (int)cases_len - failed);
  return failed != 0;
}

/* Writes a file into the folder of the case. */
static void put_file(const char *name, struct bytes content) {
  char path[800];
  snprintf(path, sizeof path, "%s/%s", running.folder, name);
  FILE *file = fopen(path, "wb");
  if (file == NULL || fwrite(content.data, 1, content.len, file) != content.len || fclose(file) != 0)
    wrong("a file cannot be written");
}

static void make_folder(void) {
  if (mkdir(running.folder, 0700) != 0) wrong("a folder cannot be made");
}

#endif
