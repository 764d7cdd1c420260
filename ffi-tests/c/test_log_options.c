/* What may be asked of a log beyond the defaults: when it signs checkpoints, how it is
   split and shortened, and whose signatures count when it is verified. */
#include "check.h"

#include <stddef.h>
#include <unistd.h>

static signet_keypair *agent, *log_key, *root, *server;
static signet_public_key *agent_key, *root_key, *server_key;

static const char *new_home(void) {
  static char home[64];
  strcpy(home, "/tmp/signet-test-XXXXXX");
  CHECK(mkdtemp(home) != NULL);
  return home;
}

static void remove_home(const char *home) {
  char command[100];
  snprintf(command, sizeof command, "rm -rf %s", home);
  CHECK(system(command) == 0);
}

static signet_log *opened(const char *home, const signet_log_options *options) {
  signet_log *log = NULL;
  CHECK_STATUS(SIGNET_OK, signet_log_open(TEXT(home), agent, log_key, options, &log, NULL));
  return log;
}

/* Appends a receipt, which is taken. */
static uint64_t append(const signet_log *log, signet_receipt *receipt) {
  signet_log_entry entry = {0};
  size_t len;
  const uint8_t *json = signet_receipt_json(receipt, &len);
  CHECK_STATUS(SIGNET_OK, signet_log_append(log, json, len, &entry, NULL));
  signet_receipt_free(receipt);
  return entry.index;
}

static signet_receipt *receipt_by(const signet_keypair *keypair) {
  signet_receipt *receipt = NULL;
  CHECK_STATUS(SIGNET_OK, signet_receipt_sign(keypair, TEXT("{\"tool\":\"read\"}"), TEXT("bot"), NULL, 0,
                                              NULL, &receipt, NULL));
  return receipt;
}

/* The status of a verification that trusts the agent, where signatures are verified. */
static signet_status verified(const signet_log *log, const signet_log_verify_options *options) {
  const signet_public_key *agents[] = {agent_key};
  const int signatures = options && options->flags & SIGNET_LOG_VERIFY_SIGNATURES;
  signet_log_report report;
  return signet_log_verify(log, agents, signatures, options, NULL, NULL, NULL, &report, NULL);
}

/* Or somebody who forgets the flag would take forged receipts for verified ones. */
static void what_would_not_be_looked_at_is_refused(void) {
  const char *home = new_home();
  signet_log *log = opened(home, NULL);
  const signet_public_key *agents[] = {agent_key}, *strangers[] = {server_key};
  const signet_key_cutoff cutoff = {0, agent_key};
  signet_log_report report;
  append(log, receipt_by(agent));
  /* Keys alone have the signatures verified. */
  CHECK_STATUS(SIGNET_OK, signet_log_verify(log, agents, 1, NULL, NULL, NULL, NULL, &report, NULL));
  CHECK(report.signatures_valid == 1);
  CHECK_STATUS(SIGNET_ERR_LOG_TAMPERED,
               signet_log_verify(log, strangers, 1, NULL, NULL, NULL, NULL, &report, NULL));
  CHECK(report.signatures_failed == 1);
  for (int what = 0; what < 8; what++) {
    signet_log_verify_options judge = SIGNET_LOG_VERIFY_OPTIONS_INIT;
    if (what == 0) judge.flags = SIGNET_LOG_VERIFY_ANY_SIGNER;
    if (what == 1) judge.flags = SIGNET_LOG_VERIFY_BATCH;
    if (what == 2) judge.flags = SIGNET_LOG_VERIFY_SIGNATURES | SIGNET_LOG_VERIFY_COFACTORED;
    if (what == 3) judge.flags = SIGNET_LOG_VERIFY_AT | SIGNET_LOG_VERIFY_AT_LAST_RECORD;
    if (what == 4) judge.servers = agents, judge.servers_len = 1;
    if (what == 5) judge.roots = agents, judge.roots_len = 1;
    if (what == 6) judge.cutoffs = &cutoff, judge.cutoffs_len = 1;
    if (what == 7) judge.control_keys = agents, judge.control_keys_len = 1;
    CHECK_STATUS(SIGNET_ERR_INVALID_ARGUMENT, verified(log, &judge));
  }
  CHECK_STATUS(SIGNET_OK, verified(log, NULL));
  signet_log_free(log);
  remove_home(home);
}

/* What the report says of the end of the log, with and without something to go by. */
static void a_report_says_what_vouches_for_the_end(void) {
  const char *home = new_home();
  char audit[200], command[240];
  signet_log *log = opened(home, NULL);
  signet_buffer *checkpoint, *vkey;
  size_t vkey_len;
  signet_log_report report;
  signet_log_verify_options judge = SIGNET_LOG_VERIFY_OPTIONS_INIT;
  append(log, receipt_by(agent));
  CHECK_STATUS(SIGNET_OK, signet_log_checkpoint(log, &checkpoint, NULL));
  CHECK_STATUS(SIGNET_OK, signet_log_verifier_key(log, &vkey, NULL));
  append(log, receipt_by(agent));
  CHECK_STATUS(SIGNET_OK,
               signet_log_verify(log, NULL, 0, NULL, NULL, NULL, NULL, &report, NULL));
  CHECK(report.anchored == 0 && report.remembered == 2 && report.pruned == 0);
  judge.checkpoint = signet_buffer_data(checkpoint, &judge.checkpoint_len);
  judge.vkey = signet_buffer_data(vkey, &vkey_len), judge.vkey_len = vkey_len;
  CHECK_STATUS(SIGNET_OK,
               signet_log_verify(log, NULL, 0, &judge, NULL, NULL, NULL, &report, NULL));
  CHECK(report.anchored == 1 && report.remembered == 2);
  CHECK_STATUS(SIGNET_OK, signet_log_close(log, NULL));
  snprintf(audit, sizeof audit, "%s/audit", home);
  snprintf(command, sizeof command, "rm -r %s/.log", audit);
  CHECK(system(command) == 0);
  CHECK_STATUS(SIGNET_OK, signet_log_verify_folder(TEXT(audit), NULL, 0, NULL, NULL, NULL, NULL,
                                                   &report, NULL));
  CHECK(report.anchored == 0 && report.remembered == 0);
  signet_buffer_free(checkpoint), signet_buffer_free(vkey), signet_log_free(log);
  remove_home(home);
}

static int has_file(const char *home, const char *pattern) {
  char command[200];
  snprintf(command, sizeof command, "ls %s/audit/%s > /dev/null 2>&1", home, pattern);
  return system(command) == 0;
}

static void a_log_without_checkpoints_becomes_stale(void) {
  const char *home = new_home();
  signet_log_options options = SIGNET_LOG_OPTIONS_INIT;
  signet_log_verify_options judge = SIGNET_LOG_VERIFY_OPTIONS_INIT;
  signet_log_record *record = NULL;
  options.flags = SIGNET_LOG_NO_CHECKPOINTS;
  signet_log *log = opened(home, &options);
  append(log, receipt_by(agent));
  judge.max_checkpoint_age_ms = 3600000;
  CHECK_STATUS(SIGNET_OK, verified(log, &judge));
  /* An hour and a bit later by the caller's clock; never by that of the records. */
  judge.flags = SIGNET_LOG_VERIFY_AT, judge.now_unix_ms = 4102444800000;
  CHECK_STATUS(SIGNET_ERR_LOG_STALE, verified(log, &judge));
  judge.flags = SIGNET_LOG_VERIFY_AT_LAST_RECORD;
  CHECK_STATUS(SIGNET_OK, verified(log, &judge));
  /* A checkpoint by the right key, and only by that one, makes it fresh. */
  judge.flags = SIGNET_LOG_VERIFY_AT;
  signet_buffer *note = NULL, *vkey = NULL;
  size_t len;
  CHECK_STATUS(SIGNET_OK, signet_log_verifier_key(log, &vkey, NULL));
  CHECK_STATUS(SIGNET_OK, signet_log_checkpoint(log, &note, NULL));
  judge.vkey = signet_buffer_data(vkey, &len), judge.vkey_len = len;
  CHECK_STATUS(SIGNET_OK, verified(log, &judge));
  judge.vkey_len = len - 1;
  CHECK(verified(log, &judge) != SIGNET_OK);
  signet_buffer_free(note), signet_buffer_free(vkey);
  CHECK_STATUS(SIGNET_OK, signet_log_read(log, 0, &record, NULL));
  signet_log_record_free(record), signet_log_free(log);
  remove_home(home);
}

static void checkpoints_come_when_the_caller_says(void) {
  const char *home = new_home();
  signet_log_options options = SIGNET_LOG_OPTIONS_INIT;
  options.checkpoint_records = 2, options.checkpoint_ms = SIGNET_NEVER;
  signet_log *log = opened(home, &options);
  append(log, receipt_by(agent));
  CHECK(!has_file(home, ".log/checkpoint*"));
  append(log, receipt_by(agent)), append(log, receipt_by(agent));
  CHECK(has_file(home, ".log/checkpoint*"));
  signet_log_free(log);
  options.flags = 16;
  CHECK_STATUS(SIGNET_ERR_UNSUPPORTED,
               signet_log_open(TEXT(home), NULL, NULL, &options, &log, NULL));
  remove_home(home);
}

static void a_log_of_our_own_is_split(void) {
  const char *home = new_home();
  signet_log_options options = SIGNET_LOG_OPTIONS_INIT;
  int32_t rotated = 7;
  signet_error *error = NULL;
  signet_log *log = opened(home, NULL);
  signet_status status = signet_log_rotate(log, &rotated, &error);
  CHECK_ERROR(SIGNET_ERR_INVALID_ARGUMENT, "log", status, error);
  CHECK(rotated == 7);
  signet_log_free(log);
  options.flags = SIGNET_LOG_ALONE | SIGNET_LOG_ALLOW_NETWORK, options.max_segment_len = 1000;
  log = opened(home, &options);
  CHECK_STATUS(SIGNET_OK, signet_log_rotate(log, &rotated, NULL));
  CHECK(rotated == 0);
  for (int record = 0; record < 4; record++) append(log, receipt_by(agent));
  CHECK(has_file(home, "*.s0001.jsonl") && has_file(home, "*.s0002.jsonl"));
  CHECK_STATUS(SIGNET_OK, signet_log_rotate(log, &rotated, NULL));
  CHECK(rotated == 1);
  append(log, receipt_by(agent));
  CHECK_STATUS(SIGNET_OK, verified(log, NULL));
  signet_log_free(log);
  remove_home(home);
}

static void old_segments_are_removed_as_planned(void) {
  const char *home = new_home();
  char command[400];
  signet_log *log = opened(home, NULL);
  append(log, receipt_by(agent)), append(log, receipt_by(agent));
  signet_log_free(log);
  /* As if it had been written long ago. */
  snprintf(command, sizeof command, "cd %s/audit && mv 20*.jsonl 2025-01-01.jsonl && rm -r .log", home);
  CHECK(system(command) == 0);
  log = opened(home, NULL);
  append(log, receipt_by(agent));
  signet_prune_plan *plan = NULL, *none = NULL;
  signet_log_entry entry;
  signet_error *error = NULL;
  size_t len;
  CHECK_STATUS(SIGNET_OK, signet_log_plan_prune(log, NOW - 400LL * 86400000, &none, NULL));
  CHECK(signet_prune_plan_len(none) == 0);
  signet_status status = signet_log_prune(log, none, &entry, &error);
  CHECK_ERROR(SIGNET_ERR_INVALID_ARGUMENT, "plan", status, error);
  CHECK_STATUS(SIGNET_OK, signet_log_plan_prune(log, NOW, &plan, NULL));
  const uint8_t *json = signet_prune_plan_json(plan, &len);
  CHECK(signet_prune_plan_len(plan) == 1 && contains(json, len, "\"name\":\"2025-01-01.jsonl\"") &&
        contains(json, len, "\"next_index\":2"));
  CHECK_STATUS(SIGNET_OK, signet_log_prune(log, plan, &entry, NULL));
  CHECK(entry.index + 1 == signet_log_len(log) && entry.durable == 1 && !has_file(home, "2025-01-01.jsonl"));
  /* Once is enough. */
  CHECK_STATUS(SIGNET_ERR_INVALID_ARGUMENT, signet_log_prune(log, plan, &entry, NULL));
  CHECK_STATUS(SIGNET_OK, verified(log, NULL));
  signet_prune_plan_free(plan), signet_prune_plan_free(none), signet_log_free(log);
  CHECK_STATUS(SIGNET_OK, signet_log_open(TEXT(home), NULL, NULL, NULL, &log, NULL));
  CHECK_STATUS(SIGNET_OK, signet_log_plan_prune(log, 4102444800000, &plan, NULL));
  status = signet_log_prune(log, plan, &entry, &error);
  CHECK_ERROR(SIGNET_ERR_INVALID_ARGUMENT, "control key", status, error);
  signet_prune_plan_free(plan), signet_log_free(log);
  remove_home(home);
}

static int32_t count_usurped(const signet_log_finding *finding, void *count) {
  *(int *)count += finding->kind == SIGNET_FINDING_REMOVAL_UNTRUSTED;
  return 0;
}

/* The log of `agent`, who removes old records and states it, as any agent could. */
static void only_control_keys_speak_for_the_log(void) {
  const char *home = new_home();
  char command[400];
  uint8_t zeros[SIGNET_PUBLIC_KEY_LEN] = {0}, by[SIGNET_PUBLIC_KEY_LEN];
  signet_log *log = opened(home, NULL);
  append(log, receipt_by(agent)), append(log, receipt_by(agent));
  signet_log_free(log);
  snprintf(command, sizeof command, "cd %s/audit && mv 20*.jsonl 2025-01-01.jsonl && rm -r .log", home);
  CHECK(system(command) == 0);
  log = opened(home, NULL);
  append(log, receipt_by(agent));
  signet_log_report report;
  CHECK_STATUS(SIGNET_OK, signet_log_verify(log, NULL, 0, NULL, NULL, NULL, NULL, &report, NULL));
  CHECK(report.pruned == 0 && report.pruned_by_control_key == 0);
  CHECK(memcmp(report.pruned_by, zeros, sizeof zeros) == 0);
  signet_prune_plan *plan = NULL;
  signet_log_entry entry;
  CHECK_STATUS(SIGNET_OK, signet_log_plan_prune(log, NOW, &plan, NULL));
  CHECK_STATUS(SIGNET_OK, signet_log_prune(log, plan, &entry, NULL));
  signet_prune_plan_free(plan);

  /* It is believed where nobody says whose word counts, and the report says whose it is. */
  const signet_public_key *agents[] = {agent_key}, *others[] = {root_key, server_key}, *none[] = {NULL};
  signet_log_verify_options judge = SIGNET_LOG_VERIFY_OPTIONS_INIT;
  judge.flags = SIGNET_LOG_VERIFY_SIGNATURES;
  CHECK_STATUS(SIGNET_OK, signet_log_verify(log, agents, 1, &judge, NULL, NULL, NULL, &report, NULL));
  CHECK_STATUS(SIGNET_OK, signet_public_key_bytes(agent_key, by, NULL));
  CHECK(report.pruned == 2 && report.pruned_by_control_key == 0);
  CHECK(memcmp(report.pruned_by, by, sizeof by) == 0);
  judge.control_keys = agents, judge.control_keys_len = 1;
  CHECK_STATUS(SIGNET_OK, signet_log_verify(log, agents, 1, &judge, NULL, NULL, NULL, &report, NULL));
  CHECK(report.pruned == 2 && report.pruned_by_control_key == 1);
  CHECK(memcmp(report.pruned_by, by, sizeof by) == 0);
  /* The trusted agent is not who may say so, nor what the first day was. */
  int usurped = 0;
  judge.control_keys = others, judge.control_keys_len = 2;
  CHECK_STATUS(SIGNET_ERR_LOG_TAMPERED,
               signet_log_verify(log, agents, 1, &judge, count_usurped, NULL, &usurped, &report, NULL));
  CHECK(usurped == 1 && report.pruned == 0 && report.first_bad == 2 && report.signatures_failed == 2);
  CHECK(memcmp(report.pruned_by, zeros, sizeof zeros) == 0);
  judge.control_keys = none, judge.control_keys_len = 1;
  CHECK_STATUS(SIGNET_ERR_NULL_ARGUMENT, verified(log, &judge));
  /* A caller that was compiled before there were such keys names none. */
  judge.control_keys = others, judge.control_keys_len = 2;
  judge.struct_size = offsetof(signet_log_verify_options, control_keys);
  CHECK_STATUS(SIGNET_OK, verified(log, &judge));
  signet_log_free(log);
  remove_home(home);
}

/* A receipt that rests on a delegation by `root`. */
static signet_receipt *delegated(void) {
  signet_delegation *link = NULL;
  signet_buffer *chain = NULL;
  signet_receipt *receipt = NULL;
  size_t len;
  CHECK_STATUS(SIGNET_OK, signet_delegation_sign(
                              root, TEXT("root"), agent_key, TEXT("bot"),
                              TEXT("{\"max_depth\":0,\"targets\":[\"*\"],\"tools\":[\"read\"]}"), NULL, &link,
                              NULL));
  const signet_delegation *links[] = {link};
  CHECK_STATUS(SIGNET_OK, signet_chain_join(links, 1, &chain, NULL));
  const uint8_t *text = signet_buffer_data(chain, &len);
  CHECK_STATUS(SIGNET_OK, signet_receipt_sign_authorized(agent, TEXT("{\"tool\":\"read\"}"), TEXT("bot"), text,
                                                         len, NULL, &receipt, NULL));
  signet_buffer_free(chain), signet_delegation_free(link);
  return receipt;
}

static void every_kind_of_signer_has_a_place(void) {
  const char *home = new_home();
  signet_log *log = opened(home, NULL);
  const signet_public_key *roots[] = {root_key}, *servers[] = {server_key}, *others[] = {agent_key};
  signet_receipt *plain = receipt_by(agent), *co_signed = NULL;
  CHECK_STATUS(SIGNET_OK, signet_receipt_co_sign(server, plain, TEXT("{}"), NULL, 0, TEXT("srv"), NULL,
                                                 &co_signed, NULL));
  append(log, plain), append(log, delegated()), append(log, co_signed);
  signet_log_verify_options judge = SIGNET_LOG_VERIFY_OPTIONS_INIT;
  judge.flags = SIGNET_LOG_VERIFY_SIGNATURES;
  judge.servers = servers, judge.servers_len = 1;
  CHECK_STATUS(SIGNET_ERR_LOG_UNVERIFIABLE, verified(log, &judge));
  judge.roots = roots, judge.roots_len = 1;
  CHECK_STATUS(SIGNET_OK, verified(log, &judge));
  /* In batches the answers are the same. */
  judge.flags |= SIGNET_LOG_VERIFY_BATCH;
  CHECK_STATUS(SIGNET_OK, verified(log, &judge));
  judge.flags |= SIGNET_LOG_VERIFY_COFACTORED;
  CHECK_STATUS(SIGNET_OK, verified(log, &judge));
  judge.roots = others;
  CHECK_STATUS(SIGNET_ERR_LOG_TAMPERED, verified(log, &judge));
  judge.roots = roots, judge.servers = others;
  CHECK_STATUS(SIGNET_ERR_LOG_TAMPERED, verified(log, &judge));
  judge.servers = servers;
  /* The server's key counts for nothing from the last record on, or after it. */
  signet_key_cutoff cutoff = {3, server_key};
  judge.cutoffs = &cutoff, judge.cutoffs_len = 1;
  CHECK_STATUS(SIGNET_OK, verified(log, &judge));
  cutoff.from_index = 2;
  CHECK_STATUS(SIGNET_ERR_LOG_TAMPERED, verified(log, &judge));
  cutoff.key = NULL;
  CHECK_STATUS(SIGNET_ERR_NULL_ARGUMENT, verified(log, &judge));
  judge.cutoffs = NULL;
  CHECK_STATUS(SIGNET_ERR_NULL_ARGUMENT, verified(log, &judge));
  signet_log_free(log);
  remove_home(home);
}

int main(void) {
  agent = rfc_keypair(), log_key = keypair_of(2), root = keypair_of(3), server = keypair_of(4);
  agent_key = key_of(agent), root_key = key_of(root), server_key = key_of(server);
  RUN(a_log_without_checkpoints_becomes_stale);
  RUN(checkpoints_come_when_the_caller_says);
  RUN(a_log_of_our_own_is_split);
  RUN(old_segments_are_removed_as_planned);
  RUN(only_control_keys_speak_for_the_log);
  RUN(every_kind_of_signer_has_a_place);
  RUN(what_would_not_be_looked_at_is_refused);
  RUN(a_report_says_what_vouches_for_the_end);
  signet_public_key_free(agent_key), signet_public_key_free(root_key), signet_public_key_free(server_key);
  signet_keypair_free(agent), signet_keypair_free(log_key), signet_keypair_free(root);
  signet_keypair_free(server);
  return check_report();
}
