/* The table of behaviour as C data: what `generate` writes. */
#ifndef CASES_H
#define CASES_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { VALUE_NULL, VALUE_FLAG, VALUE_NUMBER, VALUE_TEXT, VALUE_LIST, VALUE_OBJECT };

struct value {
  const char *name; /* of the member that it is; NULL in a list */
  int kind;
  int64_t number;    /* of numbers and flags */
  const char *bytes; /* of texts; else the JSON text, but for objects */
  size_t len;
  const struct value *items; /* of lists and objects */
  size_t count;
};

struct behaviour_case {
  const char *file, *name, *operation, *status;
  struct value input, output;
};

extern const struct behaviour_case cases[];
extern const size_t cases_len;

#ifdef __cplusplus
}
#endif

#endif
