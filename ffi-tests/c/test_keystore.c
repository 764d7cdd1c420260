/* Keystores: identities on disk, sealed, never overwritten, and refused when
   they are damaged. */
#include "check.h"

#include <sys/stat.h>
#include <unistd.h>

#define PASSPHRASE TEXT("correct horse")

static char home[] = "/tmp/signet-test-XXXXXX";
static signet_keystore *store;

/* The path of a key's file. */
static const char *path_of(const char *name, const char *suffix) {
  static char path[200];
  snprintf(path, sizeof path, "%s/keys/%s%s", home, name, suffix);
  return path;
}

static void write_file(const char *path, const char *text) {
  FILE *file = fopen(path, "w");
  CHECK(file != NULL && fputs(text, file) >= 0 && fclose(file) == 0);
  CHECK(chmod(path, 0600) == 0);
}

static size_t read_file(const char *path, char *text, size_t room) {
  FILE *file = fopen(path, "r");
  size_t len = file ? fread(text, 1, room - 1, file) : 0;
  CHECK(file != NULL && len > 0);
  if (file) fclose(file);
  text[len] = 0;
  return len;
}

static void create(const char *name, uint32_t flags) {
  signet_keypair *keypair = NULL;
  CHECK_STATUS(SIGNET_OK,
               signet_keystore_create(store, TEXT(name), TEXT("ops"),
                                      (const uint8_t *)(flags ? "" : "correct horse"),
                                      flags ? 0 : 13, flags, &keypair, NULL));
  signet_keypair_free(keypair);
}

static void an_identity_comes_back_as_it_was_created(void) {
  signet_keypair *created = NULL, *loaded = NULL;
  signet_public_key *key = NULL;
  signet_buffer *text = NULL;
  uint8_t seed[32], again[32], bytes[32], public_bytes[32];
  mode_t before = umask(0);
  CHECK_STATUS(SIGNET_OK, signet_keystore_create(store, TEXT("bot"), TEXT("ops"), PASSPHRASE, 0,
                                                 &created, NULL));
  umask(before);
  CHECK_STATUS(SIGNET_OK, signet_keystore_load(store, TEXT("bot"), PASSPHRASE, &loaded, NULL));
  CHECK_STATUS(SIGNET_OK, signet_keypair_export_seed(created, seed, NULL));
  CHECK_STATUS(SIGNET_OK, signet_keypair_export_seed(loaded, again, NULL));
  CHECK(memcmp(seed, again, 32) == 0);
  CHECK_STATUS(SIGNET_OK, signet_keystore_public_key(store, TEXT("bot"), &key, NULL));
  CHECK_STATUS(SIGNET_OK, signet_public_key_bytes(key, bytes, NULL));
  CHECK_STATUS(SIGNET_OK, signet_keypair_public_bytes(loaded, public_bytes, NULL));
  CHECK(memcmp(bytes, public_bytes, 32) == 0);
  CHECK_STATUS(SIGNET_OK, signet_keystore_export_public(store, TEXT("bot"), &text, NULL));
  CHECK(signet_buffer_len(text) > 0);

  struct stat file;
  CHECK(stat(path_of("bot", ".key"), &file) == 0 && (file.st_mode & 0777) == 0600);
  CHECK(stat(path_of("", ""), &file) == 0 && (file.st_mode & 0777) == 0700);
  signet_keypair_free(created), signet_keypair_free(loaded);
  signet_public_key_free(key), signet_buffer_free(text);
}

static void nothing_is_overwritten(void) {
  char before[4096], after[4096];
  signet_keypair *keypair = (signet_keypair *)before;
  signet_error *error = NULL;
  size_t len = read_file(path_of("bot", ".key"), before, sizeof before);
  CHECK_ERROR(SIGNET_ERR_KEY_EXISTS, "bot",
              signet_keystore_create(store, TEXT("bot"), NULL, 0, PASSPHRASE, 0, &keypair, &error),
              error);
  CHECK(keypair == NULL);
  CHECK_ERROR(SIGNET_ERR_KEY_EXISTS, "bot",
              signet_keystore_import(store, TEXT("bot"), NULL, 0, rfc_seed, 32, PASSPHRASE, 0,
                                     &keypair, &error), error);
  CHECK(read_file(path_of("bot", ".key"), after, sizeof after) == len);
  CHECK(memcmp(before, after, len) == 0);
}

static void a_wrong_passphrase_is_no_damage(void) {
  signet_keypair *keypair = NULL;
  signet_error *error = NULL;
  CHECK_ERROR(SIGNET_ERR_WRONG_PASSPHRASE, "bot",
              signet_keystore_load(store, TEXT("bot"), TEXT("hunter2"), &keypair, &error), error);
  CHECK_ERROR(SIGNET_ERR_PASSPHRASE_REQUIRED, "passphrase",
              signet_keystore_load(store, TEXT("bot"), NULL, 0, &keypair, &error), error);
  CHECK_ERROR(SIGNET_ERR_WRONG_PASSPHRASE, "bot",
              signet_keystore_change_passphrase(store, TEXT("bot"), TEXT("hunter2"), PASSPHRASE, 0,
                                                &error), error);
  CHECK(keypair == NULL);
}

static void protection_is_chosen_in_so_many_words(void) {
  signet_keypair *keypair = NULL;
  signet_error *error = NULL;
  CHECK_ERROR(SIGNET_ERR_PASSPHRASE_REQUIRED, "passphrase",
              signet_keystore_create(store, TEXT("x"), NULL, 0, NULL, 0, 0, &keypair, &error), error);
  CHECK_ERROR(SIGNET_ERR_INVALID_ARGUMENT, "passphrase",
              signet_keystore_create(store, TEXT("x"), NULL, 0, PASSPHRASE, SIGNET_KEY_UNENCRYPTED,
                                     &keypair, &error), error);
  CHECK_ERROR(SIGNET_ERR_UNSUPPORTED, "flags",
              signet_keystore_create(store, TEXT("x"), NULL, 0, PASSPHRASE, 2, &keypair, &error),
              error);
  CHECK(keypair == NULL && access(path_of("x", ".key"), F_OK) != 0);
}

static void a_passphrase_changes(void) {
  signet_keypair *keypair = NULL;
  create("changing", 0);
  CHECK_STATUS(SIGNET_OK, signet_keystore_change_passphrase(store, TEXT("changing"), PASSPHRASE,
                                                            TEXT("new"), 0, NULL));
  CHECK_STATUS(SIGNET_ERR_WRONG_PASSPHRASE,
               signet_keystore_load(store, TEXT("changing"), PASSPHRASE, &keypair, NULL));
  CHECK_STATUS(SIGNET_OK, signet_keystore_load(store, TEXT("changing"), TEXT("new"), &keypair, NULL));
  signet_keypair_free(keypair);
}

static void names_cannot_leave_the_folder(void) {
  static const char *const names[] = {"", ".", "..", "../x", "a/b", "a b", "a.key", "\xc3\xa9", "a\n"};
  signet_keypair *keypair = NULL;
  signet_public_key *key = NULL;
  signet_buffer *text = NULL;
  signet_error *error = NULL;
  for (size_t at = 0; at < sizeof names / sizeof *names; at++) {
    const char *name = names[at];
    CHECK_ERROR(SIGNET_ERR_KEY_NAME_INVALID, "name",
                signet_keystore_create(store, TEXT(name), NULL, 0, PASSPHRASE, 0, &keypair, &error),
                error);
    CHECK_ERROR(SIGNET_ERR_KEY_NAME_INVALID, "name",
                signet_keystore_load(store, TEXT(name), PASSPHRASE, &keypair, &error), error);
    CHECK_ERROR(SIGNET_ERR_KEY_NAME_INVALID, "name",
                signet_keystore_public_key(store, TEXT(name), &key, &error), error);
    CHECK_ERROR(SIGNET_ERR_KEY_NAME_INVALID, "name",
                signet_keystore_export_public(store, TEXT(name), &text, &error), error);
    CHECK_ERROR(SIGNET_ERR_KEY_NAME_INVALID, "name",
                signet_keystore_delete(store, TEXT(name), &error), error);
  }
  /* A zero inside does not end a name. */
  CHECK_ERROR(SIGNET_ERR_KEY_NAME_INVALID, "name",
              signet_keystore_load(store, (const uint8_t *)"bot\0x", 5, PASSPHRASE, &keypair, &error),
              error);
  CHECK_ERROR(SIGNET_ERR_INVALID_ARGUMENT, "name",
              signet_keystore_load(store, TEXT("\xff"), PASSPHRASE, &keypair, &error), error);
  CHECK(keypair == NULL && key == NULL && text == NULL);
}

static void the_list_is_json_in_order(void) {
  signet_buffer *list = NULL, *canonical = NULL;
  size_t len;
  create("zz-last", SIGNET_KEY_UNENCRYPTED);
  create("aa-first", SIGNET_KEY_UNENCRYPTED);
  CHECK_STATUS(SIGNET_OK, signet_keystore_list(store, &list, NULL));
  const uint8_t *json = signet_buffer_data(list, &len);
  CHECK(contains(json, len, "\"aa-first\"") && contains(json, len, "\"zz-last\""));
  CHECK_STATUS(SIGNET_OK, signet_json_canonicalize(json, len, NULL, &canonical, NULL));
  signet_buffer_free(list), signet_buffer_free(canonical);
}

static void what_is_deleted_is_gone(void) {
  signet_keypair *keypair = NULL;
  signet_error *error = NULL;
  create("short-lived", SIGNET_KEY_UNENCRYPTED);
  CHECK_STATUS(SIGNET_OK, signet_keystore_delete(store, TEXT("short-lived"), NULL));
  CHECK(access(path_of("short-lived", ".key"), F_OK) != 0);
  CHECK(access(path_of("short-lived", ".pub"), F_OK) != 0);
  CHECK_ERROR(SIGNET_ERR_KEY_NOT_FOUND, "short-lived",
              signet_keystore_load(store, TEXT("short-lived"), NULL, 0, &keypair, &error), error);
  CHECK_ERROR(SIGNET_ERR_KEY_NOT_FOUND, "short-lived",
              signet_keystore_delete(store, TEXT("short-lived"), &error), error);
}

static void damaged_files_are_refused_and_named(void) {
  char sealed[4096];
  signet_keypair *keypair = (signet_keypair *)sealed;
  signet_error *error = NULL;
  create("damaged", 0);
  size_t len = read_file(path_of("damaged", ".key"), sealed, sizeof sealed);
  static const char *const broken[] = {"", "{", "{}", "[]", "null", "{\"v\":99}"};
  for (size_t at = 0; at < sizeof broken / sizeof *broken; at++) {
    write_file(path_of("damaged", ".key"), broken[at]);
    signet_status status =
        signet_keystore_load(store, TEXT("damaged"), PASSPHRASE, &keypair, &error);
    CHECK(status == SIGNET_ERR_KEY_FILE_CORRUPT || status == SIGNET_ERR_UNSUPPORTED);
    CHECK_ERROR(status, "damaged", status, error);
    CHECK(keypair == NULL);
  }
  /* Cut anywhere, the file is not a key. */
  for (size_t end = 1; end < len - 1; end += 37) {
    char cut[4096];
    memcpy(cut, sealed, end), cut[end] = 0;
    write_file(path_of("damaged", ".key"), cut);
    CHECK_ERROR(SIGNET_ERR_KEY_FILE_CORRUPT, "damaged",
                signet_keystore_load(store, TEXT("damaged"), PASSPHRASE, &keypair, &error), error);
  }
  write_file(path_of("damaged", ".key"), sealed);
  CHECK_STATUS(SIGNET_OK, signet_keystore_load(store, TEXT("damaged"), PASSPHRASE, &keypair, NULL));
  signet_keypair_free(keypair);
}

static void a_key_that_others_may_read_is_refused(void) {
  signet_keypair *keypair = NULL;
  signet_error *error = NULL;
  CHECK(chmod(path_of("aa-first", ".key"), 0644) == 0);
  CHECK_ERROR(SIGNET_ERR_KEY_EXPOSED, "aa-first",
              signet_keystore_load(store, TEXT("aa-first"), NULL, 0, &keypair, &error), error);
  signet_keystore_options options = SIGNET_KEYSTORE_OPTIONS_INIT;
  signet_keystore *lax = NULL;
  options.flags = SIGNET_KEYSTORE_ALLOW_EXPOSED;
  CHECK_STATUS(SIGNET_OK, signet_keystore_open(TEXT(home), &options, &lax, NULL));
  CHECK_STATUS(SIGNET_OK, signet_keystore_load(lax, TEXT("aa-first"), NULL, 0, &keypair, NULL));
  signet_keypair_free(keypair), signet_keystore_free(lax);
}

static void a_home_that_is_none_is_refused(void) {
  signet_keystore *opened = (signet_keystore *)home;
  signet_error *error = NULL;
  CHECK_ERROR(SIGNET_ERR_INVALID_ARGUMENT, "home",
              signet_keystore_open(NULL, 0, NULL, &opened, &error), error);
  CHECK(opened == NULL);
  CHECK_ERROR(SIGNET_ERR_INVALID_ARGUMENT, "home",
              signet_keystore_open(TEXT("\xff"), NULL, &opened, &error), error);
  signet_keystore_options options = SIGNET_KEYSTORE_OPTIONS_INIT;
  options.flags = 2;
  CHECK_ERROR(SIGNET_ERR_UNSUPPORTED, "flags",
              signet_keystore_open(TEXT(home), &options, &opened, &error), error);
}

int main(void) {
  signet_keystore_options options;
  signet_keystore_options_init(&options);
  options.kdf_passes = 5, options.kdf_memory_kib = 7 * 1024; /* as cheap as is allowed */
  CHECK(mkdtemp(home) != NULL);
  CHECK_STATUS(SIGNET_OK, signet_keystore_open(TEXT(home), &options, &store, NULL));
  RUN(an_identity_comes_back_as_it_was_created);
  RUN(nothing_is_overwritten);
  RUN(a_wrong_passphrase_is_no_damage);
  RUN(protection_is_chosen_in_so_many_words);
  RUN(a_passphrase_changes);
  RUN(names_cannot_leave_the_folder);
  RUN(the_list_is_json_in_order);
  RUN(what_is_deleted_is_gone);
  RUN(damaged_files_are_refused_and_named);
  RUN(a_key_that_others_may_read_is_refused);
  RUN(a_home_that_is_none_is_refused);
  signet_keystore_free(store);
  char command[100];
  snprintf(command, sizeof command, "rm -r %s", home);
  CHECK(system(command) == 0);
  return check_report();
}
