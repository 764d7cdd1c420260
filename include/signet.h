/*
 * libsignet: evidence for what AI agents do.
 *
 * Every agent gets an Ed25519 identity, every tool call is signed into a
 * receipt (RFC 8785 canonical JSON), and everything verifies offline.
 *
 * Generated from src/ffi by `make header`; do not edit.
 *
 * CONVENTIONS
 *
 * Status. A function that can fail returns a signet_status: SIGNET_OK is 0,
 * errors are positive. A failed verification is a status too, so
 * `if (signet_receipt_verify(...))` reads "if it failed". The numbers never
 * change; signet_status_name() gives a status its name.
 *
 * Errors. The last parameter of such a function is `signet_error **error_out`.
 * Pass NULL if the status is enough; nothing is then allocated. Otherwise it is
 * set to NULL on success, and on failure to an error that you own: read it with
 * signet_error_message() and release it with signet_error_free(). An error
 * belongs to its call; there is no thread-local or global error.
 *
 * Inputs are a pointer and a length, never NUL-terminated, and borrowed for the
 * call. NULL with length 0 is an empty input. Texts are UTF-8.
 *
 * Outputs. What comes out of a parameter named ..._out is yours: release each
 * handle with the _free function of its type. A pointer that is a function's
 * return value is borrowed from the handle it came from and lives until that
 * handle is freed. When a call fails, handle outputs are NULL, and arrays and
 * numbers of yours are untouched, except where a function says otherwise.
 *
 * Handles are opaque. _free(NULL) does nothing. Handles may be freed in any
 * order. Using a handle after its _free, or a pointer that never was a handle,
 * is undefined. NULL is the one bad pointer that is detected: a pointer that
 * must not be NULL gives SIGNET_ERR_NULL_ARGUMENT, or, in functions that return
 * no status, the empty answer that they document.
 *
 * Threads. Any handle may be used by any number of threads at once. The library
 * keeps no global state, needs no initialisation, reads no environment, installs
 * no signal handlers, and may be used after fork; only a log has to be opened
 * again in the child. It starts no threads, but for those that the options of a
 * verification ask for, which end with the call. Callbacks run on the calling
 * thread, during the call.
 *
 * Option structs start with their size, so that they can grow. Initialise them
 * with SIGNET_..._OPTIONS_INIT or signet_..._options_init(). NULL means all
 * defaults.
 *
 * Memory comes from the system's allocator and is only ever released by the
 * library. Secrets are wiped when their handle is freed.
 *
 * EXAMPLE
 *
 *   #include <signet.h>
 *   #include <stdio.h>
 *   #include <string.h>
 *
 *   int main(void) {
 *     static const char action[] = "{\"tool\":\"rm\",\"params\":{\"path\":\"/tmp/x\"}}";
 *     signet_keypair *agent = NULL;
 *     signet_public_key *key = NULL;
 *     signet_receipt *receipt = NULL;
 *     signet_error *error = NULL;
 *     signet_status status = signet_keypair_generate(&agent, &error);
 *     if (!status) status = signet_keypair_public_key(agent, &key, &error);
 *     if (!status)
 *       status = signet_receipt_sign(agent, (const uint8_t *)action, strlen(action),
 *                                    (const uint8_t *)"bot", 3, NULL, 0, NULL, &receipt, &error);
 *     const signet_public_key *trusted[] = {key};
 *     if (!status) status = signet_receipt_verify(receipt, trusted, 1, NULL, &error);
 *     size_t len = 0;
 *     const uint8_t *text = status ? signet_error_message(error, &len)
 *                                  : signet_receipt_json(receipt, &len);
 *     printf("%s: %.*s\n", signet_status_name(status), (int)len, (const char *)text);
 *     signet_error_free(error), signet_receipt_free(receipt);
 *     signet_public_key_free(key), signet_keypair_free(agent);
 *     return status != SIGNET_OK;
 *   }
 */


#ifndef SIGNET_H
#define SIGNET_H

#include <stddef.h>
#include <stdint.h>

/* The version of this header; compare with signet_version_number(). */
#define SIGNET_VERSION_MAJOR 0
#define SIGNET_VERSION_MINOR 1
#define SIGNET_VERSION_PATCH 0
#define SIGNET_VERSION_STRING "0.1.0"
#define SIGNET_VERSION_NUMBER \
  (SIGNET_VERSION_MAJOR * 1000000 + SIGNET_VERSION_MINOR * 1000 + SIGNET_VERSION_PATCH)

#if !defined(SIGNET_EXPORT)
#if defined(_WIN32) && defined(SIGNET_SHARED)
#define SIGNET_EXPORT __declspec(dllimport)
#else
#define SIGNET_EXPORT
#endif
#endif

/* The result says whether the call did what it was asked to: look at it. */
#if !defined(SIGNET_NODISCARD)
#if defined(__cplusplus) && __cplusplus >= 201703L
#define SIGNET_NODISCARD [[nodiscard]]
#elif defined(__STDC_VERSION__) && __STDC_VERSION__ >= 202311L
#define SIGNET_NODISCARD [[nodiscard]]
#elif defined(__GNUC__)
#define SIGNET_NODISCARD __attribute__((warn_unused_result))
#elif defined(_MSC_VER)
#define SIGNET_NODISCARD _Check_return_
#else
#define SIGNET_NODISCARD
#endif
#endif

/* Marks what stays only for old programs. */
#if !defined(SIGNET_DEPRECATED)
#if defined(__GNUC__)
#define SIGNET_DEPRECATED(note) __attribute__((deprecated(note)))
#elif defined(_MSC_VER)
#define SIGNET_DEPRECATED(note) __declspec(deprecated(note))
#else
#define SIGNET_DEPRECATED(note)
#endif
#endif

/* Initialisers of the option structs: all defaults. */
#define SIGNET_PARSE_OPTIONS_INIT {sizeof(signet_parse_options), 0, 0, 0, 0}
#define SIGNET_KEYSTORE_OPTIONS_INIT {sizeof(signet_keystore_options), 0, 0, 0, 0, 0}
#define SIGNET_LOG_OPTIONS_INIT \
  {sizeof(signet_log_options), 0, SIGNET_LOG_SYNC, 0, 0, 0, NULL, 0, 0, 0, 0}
#define SIGNET_LOG_VERIFY_OPTIONS_INIT \
  {sizeof(signet_log_verify_options), 0, 0, 0, 0, NULL, 0, NULL, 0, NULL, NULL, 0, NULL, 0, \
   NULL, 0, NULL, 0, 0, 0, NULL, 0}
#define SIGNET_BUNDLE_OPTIONS_INIT {sizeof(signet_bundle_options), 0, 0, NULL, 0, NULL}
#define SIGNET_BUNDLE_VERIFY_OPTIONS_INIT \
  {sizeof(signet_bundle_verify_options), 0, NULL, NULL, 0}
#define SIGNET_SIGN_OPTIONS_INIT \
  {sizeof(signet_sign_options), 0, 0, NULL, 0, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 0}
#define SIGNET_VERIFY_OPTIONS_INIT \
  {sizeof(signet_verify_options), 0, 0, 0, 0, 0, NULL, 0, NULL, 0, NULL, 0, NULL, 0, NULL, 0, \
   NULL, 0}
#define SIGNET_CO_SIGN_OPTIONS_INIT \
  {sizeof(signet_co_sign_options), 0, 0, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 0, \
   NULL, 0}
#define SIGNET_DELEGATION_OPTIONS_INIT \
  {sizeof(signet_delegation_options), 0, 0, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, \
   NULL, 0, NULL, 0, NULL, 0, NULL, 0, NULL, 0, NULL, 0}
#define SIGNET_REPLAY_STORE_OPTIONS_INIT \
  {sizeof(signet_replay_store_options), 0, 0, 0, SIGNET_NONCES_RUST_PYTHON, 0}
#define SIGNET_VERIFIER_OPTIONS_INIT \
  {sizeof(signet_verifier_options), 0, NULL, 0, NULL, 0, NULL, 0, NULL, 0, NULL, NULL, NULL}
#define SIGNET_CHECK_OPTIONS_INIT \
  {sizeof(signet_check_options), 0, NULL, 0, NULL, 0, NULL, 0, NULL, 0, NULL, 0}
#define SIGNET_MCP_REQUEST_OPTIONS_INIT \
  {sizeof(signet_mcp_request_options), 0, 0, 0, 0, 0, NULL, 0, NULL, 0, NULL, 0, NULL, 0, \
   NULL, 0, NULL, 0, NULL, NULL, 0}
#define SIGNET_MCP_RESPONSE_OPTIONS_INIT \
  {sizeof(signet_mcp_response_options), 0, 0, 0, 0, 0, NULL, 0}


/**
 * The version of the binary interface. It is raised only when a program that
 * was compiled against an older header would break.
 */
#define SIGNET_ABI_VERSION 0

/**
 * The answer of signet_error_position() when there is no position.
 */
#define SIGNET_NO_POSITION UINT64_MAX

/**
 * The system clock, where a function asks for a time in milliseconds since
 * 1970-01-01T00:00:00Z.
 */
#define SIGNET_NOW INT64_MIN

/**
 * A document is JSON when it reads as JSON, otherwise YAML.
 */
#define SIGNET_FORMAT_ANY 0

/**
 * A document is JSON.
 */
#define SIGNET_FORMAT_JSON 1

/**
 * A document is YAML 1.2 with the core schema.
 */
#define SIGNET_FORMAT_YAML 2

/**
 * Read evidence as laxly as the published Signet does: unknown members are
 * dropped, the last of duplicate members counts, and ids and hashes are not
 * checked. For forensic work only.
 */
#define SIGNET_PARSE_FORENSIC 1

/**
 * The length of a SHA-256 hash in bytes.
 */
#define SIGNET_HASH_LEN 32

/**
 * The length in bytes of the text of a hash: "sha256:" and 64 hex digits.
 */
#define SIGNET_HASH_TEXT_LEN 71

/**
 * The content is a JSON text.
 */
#define SIGNET_CONTENT_JSON 0

/**
 * The content is a text, UTF-8, and stands for the JSON string of it.
 */
#define SIGNET_CONTENT_TEXT 1

/**
 * The length of a public key in bytes.
 */
#define SIGNET_PUBLIC_KEY_LEN 32

/**
 * The length of a signature in bytes.
 */
#define SIGNET_SIGNATURE_LEN 64

/**
 * "ed25519:" and the standard base64 of the 32 bytes, as in receipts.
 */
#define SIGNET_KEY_TEXT_PREFIXED 1

/**
 * The standard base64 of the 32 bytes, as in .pub files.
 */
#define SIGNET_KEY_TEXT_BARE 2

/**
 * The did:key identifier, "did:key:z6Mk…".
 */
#define SIGNET_KEY_TEXT_DID 3

/**
 * The key id: the RFC 7638 thumbprint of the key as a JWK, base64url.
 */
#define SIGNET_KEY_TEXT_ID 4

/**
 * The length of a secret seed in bytes.
 */
#define SIGNET_SEED_LEN 32

/**
 * Load unencrypted keys that other users can read or replace, instead of
 * refusing them as SIGNET_ERR_KEY_EXPOSED.
 */
#define SIGNET_KEYSTORE_ALLOW_EXPOSED 1

/**
 * Write the secret without encryption: whoever can read the file has it.
 */
#define SIGNET_KEY_UNENCRYPTED 1

/**
 * Keep only the hash of the params in the receipt.
 */
#define SIGNET_SIGN_HASH_ONLY 1

/**
 * Sign as of now_unix_ms instead of the system clock.
 */
#define SIGNET_SIGN_AT 2

/**
 * Use `nonce` instead of random bytes: for reproducible tests only, because a
 * nonce that is used twice hides replays.
 */
#define SIGNET_SIGN_FIXED_NONCE 4

/**
 * The length of a nonce in bytes.
 */
#define SIGNET_NONCE_LEN 16

/**
 * "id": "rec_" and 32 hex digits derived from the signature.
 */
#define SIGNET_FIELD_ID 1

/**
 * "action.tool": the name of the tool that was called.
 */
#define SIGNET_FIELD_TOOL 2

/**
 * "action.params_hash": "sha256:" and the hash of the canonical params.
 */
#define SIGNET_FIELD_PARAMS_HASH 3

/**
 * "action.target": the server or resource that the call went to.
 */
#define SIGNET_FIELD_TARGET 4

/**
 * "action.transport": how it went there, for example "stdio".
 */
#define SIGNET_FIELD_TRANSPORT 5

/**
 * "action.session": the session that the call belongs to.
 */
#define SIGNET_FIELD_SESSION 6

/**
 * "action.call_id": the call's id within its session.
 */
#define SIGNET_FIELD_CALL_ID 7

/**
 * "action.response_hash": the hash of the response.
 */
#define SIGNET_FIELD_RESPONSE_HASH 8

/**
 * "action.trace_id": the trace that the call belongs to.
 */
#define SIGNET_FIELD_TRACE_ID 9

/**
 * "action.parent_receipt_id": the receipt of the call that caused this one.
 */
#define SIGNET_FIELD_PARENT_RECEIPT_ID 10

/**
 * "signer.name": the name that the signer gives itself.
 */
#define SIGNET_FIELD_SIGNER_NAME 11

/**
 * "signer.owner": whom the signer says it works for.
 */
#define SIGNET_FIELD_SIGNER_OWNER 12

/**
 * "signer.pubkey": "ed25519:" and the base64 of the signer's public key.
 */
#define SIGNET_FIELD_SIGNER_PUBLIC_KEY 13

/**
 * "ts": when it was signed, an RFC 3339 date-time.
 */
#define SIGNET_FIELD_TIME 14

/**
 * "exp": when it expires, an RFC 3339 date-time.
 */
#define SIGNET_FIELD_EXPIRY 15

/**
 * "nonce": "rnd_" and 32 hex digits.
 */
#define SIGNET_FIELD_NONCE 16

/**
 * "sig": "ed25519:" and the base64 of the signature.
 */
#define SIGNET_FIELD_SIGNATURE 17

/**
 * "ts_response": when the response came (version 2), or when the server signed
 * (version 3), an RFC 3339 date-time.
 */
#define SIGNET_FIELD_RESPONSE_TIME 18

/**
 * "response.content_hash": "sha256:" and the hash of the canonical response.
 */
#define SIGNET_FIELD_CONTENT_HASH 19

/**
 * "response.outcome.status": "verified", "rejected", "requires_approval",
 * "executed" or "failed".
 */
#define SIGNET_FIELD_OUTCOME_STATUS 20

/**
 * "response.outcome.reason": why it was rejected or needs approval.
 */
#define SIGNET_FIELD_OUTCOME_REASON 21

/**
 * "response.outcome.error": how it failed.
 */
#define SIGNET_FIELD_OUTCOME_ERROR 22

/**
 * "server.name": the name that the co-signing server gives itself.
 */
#define SIGNET_FIELD_SERVER_NAME 23

/**
 * "server.pubkey": "ed25519:" and the base64 of the server's public key.
 */
#define SIGNET_FIELD_SERVER_PUBLIC_KEY 24

/**
 * "policy.decision": what the attested policy decided.
 */
#define SIGNET_FIELD_POLICY_DECISION 25

/**
 * "authorization.chain_hash": "sha256:" and the hash of the delegations.
 */
#define SIGNET_FIELD_CHAIN_HASH 26

/**
 * "authorization.root_pubkey": the key that the delegations start from.
 */
#define SIGNET_FIELD_ROOT_PUBLIC_KEY 27

/**
 * "action.params" as they travel; no text. See signet_receipt_params().
 */
#define SIGNET_FIELD_PARAMS 28

/**
 * "policy": the attestation of a policy's decision, an object; no text.
 */
#define SIGNET_FIELD_POLICY 29

/**
 * "authz_decision": the decision of an authority, an object; no text.
 */
#define SIGNET_FIELD_AUTHORIZATION_DECISION 30

/**
 * "authorization.chain": the delegations, an array; no text.
 */
#define SIGNET_FIELD_CHAIN 31

/**
 * "agent_receipt": the receipt that a server co-signed, an object; no text.
 */
#define SIGNET_FIELD_AGENT_RECEIPT 32

/**
 * "extensions": what the server added, any value; no text. NO SIGNATURE COVERS
 * IT: anybody on the way may have written it.
 */
#define SIGNET_FIELD_UNSIGNED_EXTENSIONS 33

/**
 * Every section.
 */
#define SIGNET_SECTION_ALL 0

/**
 * The keys that may delegate: the start of a chain.
 */
#define SIGNET_SECTION_ROOTS 1

/**
 * The keys that may sign receipts.
 */
#define SIGNET_SECTION_AGENTS 2

/**
 * The keys that may co-sign receipts.
 */
#define SIGNET_SECTION_SERVERS 3

/**
 * "bundle_id": what the bundle calls itself.
 */
#define SIGNET_TRUST_BUNDLE_ID 1

/**
 * "org": the organisation.
 */
#define SIGNET_TRUST_BUNDLE_ORG 2

/**
 * "env": the environment, for example "prod".
 */
#define SIGNET_TRUST_BUNDLE_ENV 3

/**
 * "generated_at": when it was made, in UTC with milliseconds.
 */
#define SIGNET_TRUST_BUNDLE_GENERATED_AT 4

/**
 * "description", where there is one.
 */
#define SIGNET_TRUST_BUNDLE_DESCRIPTION 5

/**
 * "source": where it comes from, where it says so.
 */
#define SIGNET_TRUST_BUNDLE_SOURCE 6

/**
 * "sha256:" and the hash of signet_trust_bundle_json(): the same for every
 * spelling of one document, in JSON or YAML.
 */
#define SIGNET_TRUST_BUNDLE_HASH 7

/**
 * Do not judge the expiry of receipts: evidence keeps its worth after it. That
 * of keys and delegations is always judged.
 */
#define SIGNET_VERIFY_IGNORE_EXPIRY 1

/**
 * Judge as of now_unix_ms instead of the system clock. For old evidence: a time
 * at which it is known to have existed, such as that of its log record. What
 * the receipt says of its own time is only its signer's word.
 */
#define SIGNET_VERIFY_AT 2

/**
 * In a receipt that a trusted server co-signed, take any agent whose signature
 * holds under the key that it names itself; "agent_trusted" in the answer of
 * signet_receipt_verify_signers() tells whether it is a trusted one.
 */
#define SIGNET_VERIFY_ANY_AGENT 4

/**
 * Tolerate no difference between clocks.
 */
#define SIGNET_VERIFY_NO_SKEW 8

/**
 * As window_seconds: any time.
 */
#define SIGNET_ANY_WINDOW UINT64_MAX

/**
 * "id": "del_" and 32 hex digits derived from the signature.
 */
#define SIGNET_DELEGATION_ID 1

/**
 * "delegator.pubkey": "ed25519:" and the base64 of the key that delegates.
 */
#define SIGNET_DELEGATION_DELEGATOR_KEY 2

/**
 * "delegator.name": the name that it gives itself.
 */
#define SIGNET_DELEGATION_DELEGATOR_NAME 3

/**
 * "delegator.principal": whom it claims to speak for.
 */
#define SIGNET_DELEGATION_DELEGATOR_PRINCIPAL 4

/**
 * "delegate.pubkey": "ed25519:" and the base64 of the key delegated to.
 */
#define SIGNET_DELEGATION_DELEGATE_KEY 5

/**
 * "delegate.name": the name that the delegator gives it.
 */
#define SIGNET_DELEGATION_DELEGATE_NAME 6

/**
 * "delegate.principal": whom the delegator takes it for.
 */
#define SIGNET_DELEGATION_DELEGATE_PRINCIPAL 7

/**
 * "issued_at": when it was issued, an RFC 3339 date-time.
 */
#define SIGNET_DELEGATION_ISSUED_AT 8

/**
 * "scope.expires": its last instant, an RFC 3339 date-time.
 */
#define SIGNET_DELEGATION_EXPIRES 9

/**
 * "nonce": "rnd_" and 32 hex digits.
 */
#define SIGNET_DELEGATION_NONCE 10

/**
 * "scope", as far as it is signed, as JSON: {"tools", "targets", "max_depth",
 * "expires"?}.
 */
#define SIGNET_DELEGATION_SCOPE 11

/**
 * "scope.budget", as JSON. NO SIGNATURE COVERS IT: it limits nobody.
 */
#define SIGNET_DELEGATION_UNSIGNED_BUDGET 12

/**
 * "scope.constraints", as JSON. NO SIGNATURE COVERS IT: it limits nobody.
 */
#define SIGNET_DELEGATION_UNSIGNED_CONSTRAINTS 13

/**
 * "correlation_id", as JSON with its quotes. NO SIGNATURE COVERS IT.
 */
#define SIGNET_DELEGATION_UNSIGNED_CORRELATION_ID 14

/**
 * Look without counting: the call is only asked about, and no rate limit is
 * used up.
 */
#define SIGNET_EVALUATE_DRY_RUN 1

/**
 * The call may be signed.
 */
#define SIGNET_VERDICT_ALLOW 1

/**
 * A human must approve it first.
 */
#define SIGNET_VERDICT_REQUIRE_APPROVAL 2

/**
 * It must not happen.
 */
#define SIGNET_VERDICT_DENY 3

/**
 * A record is on the disk before the append answers (the default).
 */
#define SIGNET_LOG_SYNC 0

/**
 * A record is on the disk with the first append after interval_ms, or
 * signet_log_sync(): until then it survives the process, not a loss of power.
 */
#define SIGNET_LOG_INTERVAL 1

/**
 * A record is on the disk when the operating system likes, or at
 * signet_log_sync().
 */
#define SIGNET_LOG_NONE 2

/**
 * Do not set a torn end aside when the log is opened or appended to: fail with
 * SIGNET_ERR_LOG_DAMAGED instead.
 */
#define SIGNET_LOG_NO_REPAIR 1

/**
 * Nobody but this library appends to the folder, so that a segment that is full is
 * left for "YYYY-MM-DD.s0001.jsonl" and so on. The published Signet reads and
 * verifies those in their place, but must not append beside them.
 */
#define SIGNET_LOG_ALONE 2

/**
 * Sign only those checkpoints that are asked for.
 */
#define SIGNET_LOG_NO_CHECKPOINTS 4

/**
 * The folder may lie on a file system of another machine (NFS, SMB and the like).
 * Then nothing is promised against writers on other machines, nor against a loss of
 * power over there.
 */
#define SIGNET_LOG_ALLOW_NETWORK 8

/**
 * As checkpoint_records or checkpoint_ms: never for that reason.
 */
#define SIGNET_NEVER UINT64_MAX

/**
 * The length of a params key in bytes.
 */
#define SIGNET_PARAMS_KEY_LEN 32

/**
 * Verify the signature of every receipt too, strictly, one by one. So is done where
 * trusted keys or a trust bundle are given.
 */
#define SIGNET_LOG_VERIFY_SIGNATURES 1

/**
 * With SIGNET_LOG_VERIFY_SIGNATURES: accept any signer, holding each receipt to
 * the key that it names itself. That proves integrity, not who signed.
 */
#define SIGNET_LOG_VERIFY_ANY_SIGNER 2

/**
 * With SIGNET_LOG_VERIFY_SIGNATURES: verify those of versions 1 and 2 some hundreds
 * at a time, and each by itself where some of them are wrong. The answers are the
 * same; it is faster.
 */
#define SIGNET_LOG_VERIFY_BATCH 4

/**
 * With SIGNET_LOG_VERIFY_BATCH: use the cofactored equation (RFC 8032). Faster still,
 * but it accepts signatures that strict verification refuses, which only the holder
 * of a key can make.
 */
#define SIGNET_LOG_VERIFY_COFACTORED 8

/**
 * Judge the age of the newest checkpoint as of now_unix_ms instead of the system
 * clock.
 */
#define SIGNET_LOG_VERIFY_AT 16

/**
 * Judge the age of the newest checkpoint as of the latest time that a record without
 * one states: for evidence of the past.
 */
#define SIGNET_LOG_VERIFY_AT_LAST_RECORD 32

/**
 * The record names another predecessor than the one before it.
 */
#define SIGNET_FINDING_LINK_BROKEN 1

/**
 * The record names the predecessor of an earlier record.
 */
#define SIGNET_FINDING_FORKED 2

/**
 * The record does not have the hash that it states.
 */
#define SIGNET_FINDING_HASH_MISMATCH 3

/**
 * The line is no record.
 */
#define SIGNET_FINDING_UNPARSABLE 4

/**
 * The last line has no line feed.
 */
#define SIGNET_FINDING_TORN 5

/**
 * Records are missing from the end.
 */
#define SIGNET_FINDING_TRUNCATED 6

/**
 * The last record is not the one that is remembered.
 */
#define SIGNET_FINDING_REPLACED 7

/**
 * The line has members that no hash covers; the record itself is sound.
 */
#define SIGNET_FINDING_UNAUTHENTICATED 8

/**
 * An object in the line has two members of one name.
 */
#define SIGNET_FINDING_AMBIGUOUS 9

/**
 * The signature, or something that derives from it, is wrong.
 */
#define SIGNET_FINDING_SIGNATURE_INVALID 10

/**
 * The signature is by a key that is not trusted.
 */
#define SIGNET_FINDING_SIGNER_UNTRUSTED 11

/**
 * The signature cannot be judged: an unknown version.
 */
#define SIGNET_FINDING_SIGNATURE_UNVERIFIABLE 12

/**
 * Something that was found and noted when the log was open.
 */
#define SIGNET_FINDING_INCIDENT 13

/**
 * The params are encrypted and no key opens them, so the signature cannot be
 * judged.
 */
#define SIGNET_FINDING_PARAMS_SEALED 14

/**
 * The delegation that the record rests on does not hold, or does not allow the
 * action.
 */
#define SIGNET_FINDING_DELEGATION_INVALID 15

/**
 * The delegation holds, but no roots are trusted that it could lead from.
 */
#define SIGNET_FINDING_DELEGATION_UNVERIFIABLE 16

/**
 * Records before the first one were removed, and a signed record of the log says
 * so. The log is fine.
 */
#define SIGNET_FINDING_PRUNED 17

/**
 * Whole segments are missing from the beginning, and no record explains it.
 */
#define SIGNET_FINDING_BEGINNING_MISSING 18

/**
 * The newest checkpoint is older than was promised.
 */
#define SIGNET_FINDING_STALE 19

/**
 * Records before the first one are missing, and the record that says that they were
 * removed is signed by a key that may not speak for the log.
 */
#define SIGNET_FINDING_REMOVAL_UNTRUSTED 20

/**
 * State that the bundle is made at now_unix_ms instead of the system clock's time.
 */
#define SIGNET_BUNDLE_AT 1

/**
 * Do not make a use durable before it is answered: a crash of the machine may
 * then bring back what was used just before.
 */
#define SIGNET_REPLAY_NO_SYNC 1

/**
 * Write the nonce file before every answer, for published programs that use it at
 * the same time. It costs as much as there are nonces.
 */
#define SIGNET_REPLAY_SHARE_AT_ONCE 2

/**
 * A nonce file of the published Rust and Python packages.
 */
#define SIGNET_NONCES_RUST_PYTHON 0

/**
 * A nonce file of the published TypeScript packages.
 */
#define SIGNET_NONCES_TYPESCRIPT 1

/**
 * The nonce was not used before, and is used now.
 */
#define SIGNET_NONCE_FRESH 0

/**
 * The nonce was used as often as it may be.
 */
#define SIGNET_NONCE_REPLAYED 1

/**
 * There is no room to remember it.
 */
#define SIGNET_NONCE_NO_ROOM 2

/**
 * There is a receipt, it has the right form, and does not contradict itself.
 */
#define SIGNET_AXIS_STRUCTURE 0

/**
 * Every signature holds under the key that the receipt names.
 */
#define SIGNET_AXIS_SIGNATURE 1

/**
 * The signers are trusted, at the time in question.
 */
#define SIGNET_AXIS_TRUST 2

/**
 * The receipt was signed within the time allowed and has not expired.
 */
#define SIGNET_AXIS_TIME 3

/**
 * The delegations lead from a trusted root to the signer and cover the action.
 */
#define SIGNET_AXIS_DELEGATION 4

/**
 * The receipt is for this target, session and call.
 */
#define SIGNET_AXIS_TARGET 5

/**
 * The tool and the arguments, or the response, are those that were signed.
 */
#define SIGNET_AXIS_CONTENT 6

/**
 * An authority has decided for the action.
 */
#define SIGNET_AXIS_DECISION 7

/**
 * The policy allows the action.
 */
#define SIGNET_AXIS_POLICY 8

/**
 * The receipt has not been presented before.
 */
#define SIGNET_AXIS_REPLAY 9

/**
 * It was checked and holds.
 */
#define SIGNET_CHECK_PASSED 1

/**
 * It was checked and does not hold.
 */
#define SIGNET_CHECK_FAILED 2

/**
 * It was not checked: never take it for fine.
 */
#define SIGNET_CHECK_NOT_CHECKED 3

/**
 * The agent that signed.
 */
#define SIGNET_PARTY_AGENT 1

/**
 * The server that co-signed (version 3).
 */
#define SIGNET_PARTY_SERVER 2

/**
 * The root that the agent's authority comes from (version 4).
 */
#define SIGNET_PARTY_ROOT 3

/**
 * The name that the signer gives itself.
 */
#define SIGNET_PARTY_NAME 1

/**
 * The key whose signature holds, as "ed25519:" text.
 */
#define SIGNET_PARTY_KEY 2

/**
 * The name that the trust bundle gives the key, where it lists it.
 */
#define SIGNET_PARTY_TRUSTED_NAME 3

/**
 * The answer of signet_report_age_ms() when there is no age.
 */
#define SIGNET_NO_AGE INT64_MIN

/**
 * Replace the receipt that a call carries already, instead of refusing it.
 */
#define SIGNET_SIGN_REPLACE 8

/**
 * It goes on.
 */
#define SIGNET_RULING_FORWARD 1

/**
 * It stays until a human approves it.
 */
#define SIGNET_RULING_ASK_HUMAN 2

/**
 * It stays.
 */
#define SIGNET_RULING_REFUSE 3

/**
 * The receipt of a call that goes on once it is stored.
 */
#define SIGNET_EVIDENCE_RECEIPT 1

/**
 * The record of a call that a policy did not allow. No signature covers it.
 */
#define SIGNET_EVIDENCE_VIOLATION 2

/**
 * What every fallible function returns: SIGNET_OK or what the caller can do
 * something about. The numbers are stable; new ones are only added.
 */
enum signet_status
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * The call did what it was asked to. For a verification: it passed.
   */
  SIGNET_OK = 0,
  /**
   * A pointer that must not be NULL was NULL.
   */
  SIGNET_ERR_NULL_ARGUMENT = 1,
  /**
   * An argument has a value that the function cannot use.
   */
  SIGNET_ERR_INVALID_ARGUMENT = 2,
  /**
   * A buffer of the caller is too small for the result.
   */
  SIGNET_ERR_BUFFER_TOO_SMALL = 3,
  /**
   * What was asked for is well-formed but not in this version of the library.
   */
  SIGNET_ERR_UNSUPPORTED = 4,
  /**
   * A callback of the caller asked to stop.
   */
  SIGNET_ERR_STOPPED = 5,
  /**
   * The function was called from inside its own callback.
   */
  SIGNET_ERR_REENTERED = 6,
  /**
   * The operating system refused a file operation.
   */
  SIGNET_ERR_IO = 7,
  /**
   * The system's random number generator failed.
   */
  SIGNET_ERR_RANDOMNESS = 8,
  /**
   * The input is larger than the limit in force.
   */
  SIGNET_ERR_TOO_LARGE = 9,
  /**
   * A bug in the library. The call had no effect; other handles still work.
   */
  SIGNET_ERR_INTERNAL = 10,
  /**
   * The text is not JSON (RFC 8259).
   */
  SIGNET_ERR_JSON_SYNTAX = 20,
  /**
   * The text is not UTF-8, or starts with a byte order mark.
   */
  SIGNET_ERR_JSON_ENCODING = 21,
  /**
   * An object has two members of one name.
   */
  SIGNET_ERR_JSON_DUPLICATE_MEMBER = 22,
  /**
   * A string escapes half of a surrogate pair.
   */
  SIGNET_ERR_JSON_LONE_SURROGATE = 23,
  /**
   * A number is NaN, infinite, or overflows a double.
   */
  SIGNET_ERR_JSON_NUMBER = 24,
  /**
   * Arrays and objects are nested deeper than the limit.
   */
  SIGNET_ERR_JSON_TOO_DEEP = 25,
  /**
   * A number in a signed text denotes another value than its canonical form.
   */
  SIGNET_ERR_JSON_INEXACT_NUMBER = 26,
  /**
   * Bytes or a text that do not encode an Ed25519 key.
   */
  SIGNET_ERR_KEY_INVALID = 40,
  /**
   * A public key of small order, under which anybody can forge.
   */
  SIGNET_ERR_KEY_WEAK = 41,
  /**
   * No key of that name is in the keystore.
   */
  SIGNET_ERR_KEY_NOT_FOUND = 42,
  /**
   * A key of that name is already in the keystore.
   */
  SIGNET_ERR_KEY_EXISTS = 43,
  /**
   * A key name that is empty, too long, or not of letters, digits, '-' and '_'.
   */
  SIGNET_ERR_KEY_NAME_INVALID = 44,
  /**
   * The passphrase does not open the key file, or its sealed part was altered.
   */
  SIGNET_ERR_WRONG_PASSPHRASE = 45,
  /**
   * The key file is encrypted and no passphrase was given.
   */
  SIGNET_ERR_PASSPHRASE_REQUIRED = 46,
  /**
   * The key file is damaged or contradicts itself.
   */
  SIGNET_ERR_KEY_FILE_CORRUPT = 47,
  /**
   * The key file asks for more key-derivation work than is allowed.
   */
  SIGNET_ERR_KDF_LIMIT = 48,
  /**
   * A signer callback failed, or its signature does not verify.
   */
  SIGNET_ERR_SIGNER_FAILED = 49,
  /**
   * An unencrypted key file can be read or replaced by other users.
   */
  SIGNET_ERR_KEY_EXPOSED = 50,
  /**
   * A member of a signed object is missing or has the wrong form.
   */
  SIGNET_ERR_RECEIPT_INVALID = 60,
  /**
   * A receipt of a version that this library does not know.
   */
  SIGNET_ERR_RECEIPT_VERSION = 61,
  /**
   * A signed object has a member that the signature does not cover.
   */
  SIGNET_ERR_UNKNOWN_MEMBER = 62,
  /**
   * The signature does not verify under the key.
   */
  SIGNET_ERR_SIGNATURE_INVALID = 63,
  /**
   * The object names another key than the one it was checked against.
   */
  SIGNET_ERR_KEY_MISMATCH = 64,
  /**
   * An id does not derive from its signature.
   */
  SIGNET_ERR_ID_MISMATCH = 65,
  /**
   * params_hash is not the hash of the params.
   */
  SIGNET_ERR_PARAMS_HASH_MISMATCH = 66,
  /**
   * The evidence has passed its expiry time.
   */
  SIGNET_ERR_EXPIRED = 67,
  /**
   * A timestamp is not an RFC 3339 date-time.
   */
  SIGNET_ERR_TIMESTAMP_INVALID = 68,
  /**
   * The signer is not among the trusted keys.
   */
  SIGNET_ERR_SIGNER_UNTRUSTED = 69,
  /**
   * A timestamp lies outside the window that was allowed.
   */
  SIGNET_ERR_TIME_OUT_OF_WINDOW = 70,
  /**
   * A session or call is not the expected one.
   */
  SIGNET_ERR_BINDING_MISMATCH = 71,
  /**
   * Agent and server have the same key, so nobody else has seen the call.
   */
  SIGNET_ERR_SAME_SIGNER = 72,
  /**
   * content_hash is not the hash of the response.
   */
  SIGNET_ERR_CONTENT_HASH_MISMATCH = 73,
  /**
   * A proof does not lead from the leaf to the root.
   */
  SIGNET_ERR_PROOF_INVALID = 80,
  /**
   * A signed note, checkpoint or proof file has the wrong form.
   */
  SIGNET_ERR_NOTE_INVALID = 81,
  /**
   * No signature on a note is by a trusted key.
   */
  SIGNET_ERR_NOTE_UNSIGNED = 82,
  /**
   * A stored tile is missing, cut short or not part of the tree: rebuild it.
   */
  SIGNET_ERR_TILE_INVALID = 83,
  /**
   * The bytes are not a record that a log can hold or read back.
   */
  SIGNET_ERR_RECORD_INVALID = 90,
  /**
   * The log has no record of that index.
   */
  SIGNET_ERR_RECORD_NOT_FOUND = 91,
  /**
   * Another writer has held a lock of the log for too long.
   */
  SIGNET_ERR_LOG_BUSY = 92,
  /**
   * The log is damaged where it would have to be changed, and that was not allowed.
   */
  SIGNET_ERR_LOG_DAMAGED = 93,
  /**
   * The disk did not confirm the records: they may be in the log or not.
   */
  SIGNET_ERR_SYNC_FAILED = 94,
  /**
   * The log is closed, or was opened by another process before a fork.
   */
  SIGNET_ERR_LOG_CLOSED = 95,
  /**
   * The folder of the log lies on a file system of another machine, such as NFS or SMB.
   */
  SIGNET_ERR_NETWORK_FILE_SYSTEM = 96,
  /**
   * A policy document that is not YAML or JSON, or says what the format does not define.
   */
  SIGNET_ERR_POLICY_INVALID = 100,
  /**
   * The policy denies the action.
   */
  SIGNET_ERR_POLICY_DENIED = 101,
  /**
   * The policy lets the action through only with a human's approval.
   */
  SIGNET_ERR_APPROVAL_REQUIRED = 102,
  /**
   * A trust bundle that is not YAML or JSON, or breaks a rule of the format.
   */
  SIGNET_ERR_TRUST_BUNDLE_INVALID = 110,
  /**
   * The key was disabled at the time in question.
   */
  SIGNET_ERR_KEY_DISABLED = 111,
  /**
   * The key was revoked at the time in question.
   */
  SIGNET_ERR_KEY_REVOKED = 112,
  /**
   * The key had expired at the time in question.
   */
  SIGNET_ERR_KEY_EXPIRED = 113,
  /**
   * A delegation token or scope has the wrong shape, or grants nothing that could be meant.
   */
  SIGNET_ERR_DELEGATION_INVALID = 120,
  /**
   * A principal is not of the form `scheme://domain/path`.
   */
  SIGNET_ERR_PRINCIPAL_INVALID = 121,
  /**
   * A delegation had expired at the time in question.
   */
  SIGNET_ERR_DELEGATION_EXPIRED = 122,
  /**
   * A delegation had not been issued yet at the time in question.
   */
  SIGNET_ERR_DELEGATION_NOT_YET_VALID = 123,
  /**
   * A delegation grants more than the one it rests on.
   */
  SIGNET_ERR_SCOPE_WIDENED = 124,
  /**
   * More delegations follow than the delegation's depth allows.
   */
  SIGNET_ERR_DELEGATION_DEPTH_EXCEEDED = 125,
  /**
   * A delegation chain without a link.
   */
  SIGNET_ERR_CHAIN_EMPTY = 126,
  /**
   * A delegation chain with more links than the limit in force.
   */
  SIGNET_ERR_CHAIN_TOO_LONG = 127,
  /**
   * The first delegator of a chain is not a trusted root.
   */
  SIGNET_ERR_CHAIN_ROOT_UNTRUSTED = 128,
  /**
   * A link of a chain is not by the key that the link before it names.
   */
  SIGNET_ERR_CHAIN_BROKEN = 129,
  /**
   * The last delegate of a chain is not the key that acts.
   */
  SIGNET_ERR_CHAIN_DELEGATE_MISMATCH = 130,
  /**
   * The action's tool or target is outside the delegated scope.
   */
  SIGNET_ERR_SCOPE_VIOLATION = 131,
  /**
   * The chain_hash of a receipt is not the hash of the chain it carries.
   */
  SIGNET_ERR_CHAIN_HASH_MISMATCH = 132,
  /**
   * The root that a receipt names is not the first delegator of its chain.
   */
  SIGNET_ERR_CHAIN_ROOT_MISMATCH = 133,
  /**
   * Verdict: the end of the log was cut by a crash.
   */
  SIGNET_ERR_LOG_TORN = 150,
  /**
   * Verdict: a record that was durable is another one now, or is no record.
   */
  SIGNET_ERR_LOG_TAMPERED = 151,
  /**
   * Verdict: records that were durable are missing from the end of the log.
   */
  SIGNET_ERR_LOG_TRUNCATED = 152,
  /**
   * Verdict: two records of the log name the same predecessor.
   */
  SIGNET_ERR_LOG_FORKED = 153,
  /**
   * Verdict: something in the log cannot be judged.
   */
  SIGNET_ERR_LOG_UNVERIFIABLE = 154,
  /**
   * Verdict: the log has no checkpoint within the promised time.
   */
  SIGNET_ERR_LOG_STALE = 155,
  /**
   * Encrypted params of a log record have the wrong form, name another key than
   * the signer's, or stand beside params in clear.
   */
  SIGNET_ERR_SEALED_PARAMS_INVALID = 160,
  /**
   * Encrypted params, or the receipt they belong to, are not what was sealed.
   */
  SIGNET_ERR_SEALED_PARAMS_ALTERED = 161,
  /**
   * An evidence bundle lacks a file, or a file of it cannot be read.
   */
  SIGNET_ERR_BUNDLE_INVALID = 162,
  /**
   * Verdict: an evidence bundle is not what its manifest says.
   */
  SIGNET_ERR_BUNDLE_TAMPERED = 163,
  /**
   * Verdict: something in an evidence bundle cannot be judged: no signature of a
   * trusted exporter, no trusted keys, or params that nobody here can open.
   */
  SIGNET_ERR_BUNDLE_UNVERIFIABLE = 164,
  /**
   * A call carries no receipt where one is required.
   */
  SIGNET_ERR_UNSIGNED = 170,
  /**
   * The nonce was used before: somebody presents a receipt again.
   */
  SIGNET_ERR_REPLAYED = 171,
  /**
   * There is no room to remember another nonce, and none may be forgotten yet.
   */
  SIGNET_ERR_REPLAY_STORE_FULL = 172,
  /**
   * The replay store cannot be read, written or relied on.
   */
  SIGNET_ERR_REPLAY_STORE_FAILED = 173,
  /**
   * A receipt was signed too long ago to be acted on.
   */
  SIGNET_ERR_TOO_OLD = 174,
  /**
   * A receipt is dated after the verifier's time.
   */
  SIGNET_ERR_FROM_FUTURE = 175,
  /**
   * A receipt was signed for another target than the one it was presented to.
   */
  SIGNET_ERR_TARGET_MISMATCH = 176,
  /**
   * A receipt was signed for another tool than the one that is called.
   */
  SIGNET_ERR_TOOL_MISMATCH = 177,
  /**
   * A receipt was signed for other arguments than those of the call.
   */
  SIGNET_ERR_ARGUMENTS_MISMATCH = 178,
  /**
   * A receipt holds only the hash of its params, which was not allowed.
   */
  SIGNET_ERR_ARGUMENTS_HIDDEN = 179,
  /**
   * A receipt rests on no delegation where one is required.
   */
  SIGNET_ERR_DELEGATION_REQUIRED = 180,
  /**
   * An authority's decision has the wrong form or contradicts itself.
   */
  SIGNET_ERR_DECISION_INVALID = 181,
  /**
   * An authority's decision is about another action or another agent.
   */
  SIGNET_ERR_DECISION_MISMATCH = 182,
  /**
   * A receipt carries no decision of a trusted authority where one is required.
   */
  SIGNET_ERR_DECISION_REQUIRED = 183,
  /**
   * An authority's decision has been used as often as it may be.
   */
  SIGNET_ERR_DECISION_USED_UP = 184,
  /**
   * A delegation or a decision was revoked at the time in question.
   */
  SIGNET_ERR_REVOKED = 185,
  /**
   * No JSON-RPC 2.0 message, or one that two readers could take for different ones.
   */
  SIGNET_ERR_MESSAGE_INVALID = 190,
  /**
   * A message carries a receipt already, which signing would replace.
   */
  SIGNET_ERR_ALREADY_SIGNED = 191,
  /**
   * The evidence of a call could not be stored, so the call was not let through.
   */
  SIGNET_ERR_EVIDENCE_NOT_STORED = 192,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum signet_status signet_status;
#else
typedef int32_t signet_status;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * Bytes that a function made. Immutable; any thread may read it at any time.
 * Owned by the caller.
 */
typedef struct signet_buffer signet_buffer;

/**
 * What a policy says about one call, and why. Immutable; any thread may use it
 * at any time. Owned by the caller.
 */
typedef struct signet_decision signet_decision;

/**
 * A signed statement that one key lets another act within a scope. Having one
 * says that its shape is right; only signet_delegation_verify() says that its
 * signature is, and only signet_chain_verify() that there was anything to
 * delegate. Immutable; any thread may use it at any time. Owned by the caller.
 */
typedef struct signet_delegation signet_delegation;

/**
 * What went wrong in one call: a status, a message, and where. Immutable; any
 * thread may read it at any time. Owned by the caller.
 */
typedef struct signet_error signet_error;

/**
 * Stands between the two sides of an MCP connection: verifies the tool calls that
 * come in, signs those that go out, or both, and forwards nothing that it did not
 * read strictly and decide about. Any thread may use it at any time. Owned by the
 * caller.
 */
typedef struct signet_gate signet_gate;

/**
 * An Ed25519 key pair: a secret held in memory that is wiped on free, or a
 * signer of the caller. Immutable; any thread may use it at any time. Owned by
 * the caller.
 */
typedef struct signet_keypair signet_keypair;

/**
 * The identities of one home folder: "<home>/keys/<name>.key" and ".pub", in
 * the formats of the published Signet. Any thread may use it at any time, and
 * so may other processes on the same folder. Owned by the caller.
 */
typedef struct signet_keystore signet_keystore;

/**
 * The audit log of a home folder, open for appending and reading:
 * "<home>/audit/YYYY-MM-DD.jsonl", a hash chain in the format of the published
 * Signet, whose programs may append to the same folder at the same time. Any
 * number of threads may use it at once, and any number of processes may open
 * it; a handle does not survive fork. Owned by the caller.
 */
typedef struct signet_log signet_log;

/**
 * A record of the audit log: a receipt, and its place in the hash chain.
 * Reading it says nothing about its signature: see signet_receipt_parse() and
 * signet_receipt_verify(), or signet_log_verify() for all. Immutable; any
 * thread may use it at any time. Owned by the caller, unless it is shown to a
 * callback.
 */
typedef struct signet_log_record signet_log_record;

/**
 * A tool call that has been signed or verified and waits for its response, which
 * is held to its id and its receipt. One side keeps it from signing the call to
 * verifying the response, the other from verifying the call to signing the
 * response. Immutable; any thread may use it at any time. Owned by the caller.
 */
typedef struct signet_mcp_call signet_mcp_call;

/**
 * A message with its receipts. Immutable; any thread may use it at any time. Owned
 * by the caller.
 */
typedef struct signet_mcp_signed signet_mcp_signed;

/**
 * The key that encrypts one signer's params in the log, and opens them again. It
 * derives from the signing key and cannot sign, so it can be lent to an auditor.
 *
 * Who has it can read the params of every record of that signer and verify these
 * records like any others. It makes no receipt: params that are changed or put
 * under another record no longer fit the signature.
 *
 * What it does not hide: the tool, the target, the time and "params_hash", which
 * is an unsalted hash. Params that can be guessed, such as a PIN, can be
 * confirmed by anybody who sees the log; a random member beside the secret one
 * in the params prevents that. Whoever holds the signing key can read, now and
 * later: there is no key for each record.
 *
 * Immutable; any thread may use it at any time. Owned by the caller.
 */
typedef struct signet_params_key signet_params_key;

/**
 * A policy, and how often the rules with a rate limit have been used. The counts
 * live with the handle: they begin at nothing, and no log is read for them. Any thread
 * may use it at any time; decisions about such rules come one after the other.
 * Owned by the caller.
 */
typedef struct signet_policy signet_policy;

/**
 * Which segments of a log would be removed: whole ones, the oldest. Immutable; any
 * thread may use it at any time. Owned by the caller.
 */
typedef struct signet_prune_plan signet_prune_plan;

/**
 * An Ed25519 public key (RFC 8032) that has been checked to be a canonical
 * point of full order. Immutable; any thread may use it at any time. Owned by
 * the caller.
 */
typedef struct signet_public_key signet_public_key;

/**
 * A signed statement that a tool call was made. Version 1 is the agent's own;
 * version 2 adds the hash of the response; version 3 is a receipt that a server
 * co-signed; version 4 rests on delegations. Having one says that its shape is
 * right; only signet_receipt_verify() says that its signatures are. Immutable;
 * any thread may use it at any time. Owned by the caller.
 */
typedef struct signet_receipt signet_receipt;

/**
 * A memory of used nonces, for verifiers and for whoever checks nonces himself.
 * Several verifiers may share one. It never forgets what could still be
 * presented: when it has no room it refuses. Any thread may use it at any time;
 * uses come one after the other. Owned by the caller.
 */
typedef struct signet_replay_store signet_replay_store;

/**
 * What a verifier found about a call or a receipt. Every axis has passed, has
 * failed or was not checked, and what was not checked must never be taken for
 * fine. Immutable; any thread may use it at any time. Owned by the caller.
 */
typedef struct signet_report signet_report;

/**
 * A set of keys that are trusted to delegate (roots), to sign (agents) and to
 * co-sign (servers), each within its time. The bundle itself is not signed:
 * whoever hands it over decides what is trusted. It serves wherever the options
 * of a verification have a member "bundle". Immutable; any thread may use it at
 * any time. Owned by the caller.
 */
typedef struct signet_trust_bundle signet_trust_bundle;

/**
 * What a gate decided about a text, as a whole and about each of its messages.
 * Immutable; any thread may use it at any time. Owned by the caller.
 */
typedef struct signet_verdict signet_verdict;

/**
 * Stands in front of tools: judges whether a call may be made, and whether a
 * receipt can be relied on. It remembers what was used, so that a receipt passes
 * once. Any thread may use it at any time. Owned by the caller.
 */
typedef struct signet_verifier signet_verifier;

/**
 * How to read a text. Initialise with SIGNET_PARSE_OPTIONS_INIT or
 * signet_parse_options_init(); NULL means all defaults.
 */
typedef struct {
  /**
   * sizeof(signet_parse_options).
   */
  uint32_t struct_size;
  /**
   * SIGNET_PARSE_… bits.
   */
  uint32_t flags;
  /**
   * The deepest nesting of arrays and objects; 0 means 127.
   */
  uint32_t max_depth;
  /**
   * Must be 0.
   */
  uint32_t reserved;
  /**
   * The largest text in bytes; 0 means 16 MiB.
   */
  uint64_t max_len;
} signet_parse_options;

/**
 * Signs for a key pair whose secret is elsewhere (an HSM, a TPM, a key agent,
 * a cloud KMS).
 *
 * It is called on the thread that needs the signature, during that call, and
 * from several threads at once if the key pair is used by several. It must not
 * unwind. What it writes is verified before it is used.
 *
 * @param message        the bytes to sign, as they are (pure Ed25519)
 * @param message_len    their length
 * @param signature_out  SIGNET_SIGNATURE_LEN bytes to write
 * @param user_data      what was given with the callback
 * @return 0 when it has signed; anything else fails the call with
 *         SIGNET_ERR_SIGNER_FAILED, and the number stands in the message
 */
typedef int32_t (*signet_sign_callback)(const uint8_t *message,
                                        size_t message_len,
                                        uint8_t *signature_out,
                                        void *user_data);

/**
 * Releases what a callback was given. Called once, on whatever thread frees
 * the last use of it. It must not unwind.
 */
typedef void (*signet_free_callback)(void *user_data);

/**
 * How a keystore writes, and what it is willing to read. Initialise with
 * SIGNET_KEYSTORE_OPTIONS_INIT or signet_keystore_options_init(); NULL means
 * all defaults.
 */
typedef struct {
  /**
   * sizeof(signet_keystore_options).
   */
  uint32_t struct_size;
  /**
   * SIGNET_KEYSTORE_… bits.
   */
  uint32_t flags;
  /**
   * Argon2id passes of the keys that are written; 0 means 3.
   */
  uint32_t kdf_passes;
  /**
   * Argon2id memory in KiB of the keys that are written; 0 means 65536.
   */
  uint32_t kdf_memory_kib;
  /**
   * The most Argon2id memory in KiB that a key file may ask for; 0 means
   * 1048576.
   */
  uint32_t max_memory_kib;
  /**
   * The most Argon2id passes that a key file may ask for; 0 means 64.
   */
  uint32_t max_passes;
} signet_keystore_options;

/**
 * What may be said about a signature besides the action. Initialise with
 * SIGNET_SIGN_OPTIONS_INIT or signet_sign_options_init(); NULL means all
 * defaults.
 */
typedef struct {
  /**
   * sizeof(signet_sign_options).
   */
  uint32_t struct_size;
  /**
   * SIGNET_SIGN_… bits.
   */
  uint32_t flags;
  /**
   * With SIGNET_SIGN_AT: milliseconds since 1970-01-01T00:00:00Z.
   */
  int64_t now_unix_ms;
  /**
   * When the receipt expires, an RFC 3339 date-time; borrowed for the call.
   * NULL with length 0: never.
   */
  const uint8_t *expires_at;
  /**
   * The length of expires_at in bytes.
   */
  size_t expires_at_len;
  /**
   * With SIGNET_SIGN_FIXED_NONCE: the nonce.
   */
  uint8_t nonce[SIGNET_NONCE_LEN];
  /**
   * The largest action text in bytes; 0 means 16 MiB.
   */
  uint64_t max_len;
} signet_sign_options;

/**
 * What a server may say besides. Initialise with SIGNET_CO_SIGN_OPTIONS_INIT or
 * signet_co_sign_options_init(); NULL means all defaults.
 */
typedef struct {
  /**
   * sizeof(signet_co_sign_options).
   */
  uint32_t struct_size;
  /**
   * SIGNET_SIGN_AT, SIGNET_SIGN_FIXED_NONCE.
   */
  uint32_t flags;
  /**
   * With SIGNET_SIGN_AT: milliseconds since 1970-01-01T00:00:00Z.
   */
  int64_t now_unix_ms;
  /**
   * With SIGNET_SIGN_FIXED_NONCE: the nonce.
   */
  uint8_t nonce[SIGNET_NONCE_LEN];
  /**
   * The largest response text in bytes; 0 means 16 MiB.
   */
  uint64_t max_len;
  /**
   * Anything to add as "extensions", as JSON text; borrowed for the call. NO
   * SIGNATURE COVERS IT. NULL with length 0: nothing.
   */
  const uint8_t *unsigned_extensions;
  /**
   * Its length in bytes.
   */
  size_t unsigned_extensions_len;
} signet_co_sign_options;

/**
 * What is trusted and expected besides the agents' keys. Initialise with
 * SIGNET_VERIFY_OPTIONS_INIT or signet_verify_options_init(); NULL means all
 * defaults: no servers, no roots, not expired by the system clock. What is
 * pointed to is borrowed for the call.
 */
typedef struct {
  /**
   * sizeof(signet_verify_options).
   */
  uint32_t struct_size;
  /**
   * SIGNET_VERIFY_… bits.
   */
  uint32_t flags;
  /**
   * With SIGNET_VERIFY_AT: milliseconds since 1970-01-01T00:00:00Z.
   */
  int64_t now_unix_ms;
  /**
   * How many whole seconds after the agent a server may have signed; 0 means
   * 300, SIGNET_ANY_WINDOW any time.
   */
  uint64_t window_seconds;
  /**
   * How old the evidence may be, in seconds: its response where it speaks of
   * one, else its signing. It must then not be dated in the future either. 0
   * means any age.
   */
  uint64_t max_age_seconds;
  /**
   * By how many seconds the clocks of signers and verifier may differ; 0 means
   * 60, unless SIGNET_VERIFY_NO_SKEW is set.
   */
  uint64_t skew_seconds;
  /**
   * The keys of servers that may co-sign (version 3).
   */
  const signet_public_key *const *servers;
  /**
   * How many there are.
   */
  size_t servers_len;
  /**
   * The keys that may delegate in the first place (version 4).
   */
  const signet_public_key *const *roots;
  /**
   * How many there are.
   */
  size_t roots_len;
  /**
   * Agents, servers and roots that are trusted besides, each as of the time
   * at which is judged; or NULL.
   */
  const signet_trust_bundle *bundle;
  /**
   * How many delegations may stand between root and agent; 0 means 16.
   */
  size_t max_links;
  /**
   * The session that the call must belong to, UTF-8. NULL with length 0: any.
   */
  const uint8_t *session;
  /**
   * Its length in bytes.
   */
  size_t session_len;
  /**
   * The id that the call must have, UTF-8. NULL with length 0: any.
   */
  const uint8_t *call_id;
  /**
   * Its length in bytes.
   */
  size_t call_id_len;
  /**
   * The response that the receipt must speak of, as JSON text. NULL with
   * length 0: it is not looked at.
   */
  const uint8_t *response;
  /**
   * Its length in bytes.
   */
  size_t response_len;
} signet_verify_options;

/**
 * What else may be said when delegating. Initialise with
 * SIGNET_DELEGATION_OPTIONS_INIT or signet_delegation_options_init(); NULL means
 * all defaults. What is pointed to is borrowed for the call.
 */
typedef struct {
  /**
   * sizeof(signet_delegation_options).
   */
  uint32_t struct_size;
  /**
   * SIGNET_SIGN_AT, SIGNET_SIGN_FIXED_NONCE.
   */
  uint32_t flags;
  /**
   * With SIGNET_SIGN_AT: milliseconds since 1970-01-01T00:00:00Z.
   */
  int64_t now_unix_ms;
  /**
   * With SIGNET_SIGN_FIXED_NONCE: the nonce.
   */
  uint8_t nonce[SIGNET_NONCE_LEN];
  /**
   * The scope that the delegator holds itself, as JSON: the new one must narrow
   * it. NULL with length 0: left to whoever verifies.
   */
  const uint8_t *parent_scope;
  /**
   * Its length in bytes.
   */
  size_t parent_scope_len;
  /**
   * The principal of who delegates ("user://domain/path"), or NULL.
   */
  const uint8_t *delegator_principal;
  /**
   * Its length in bytes.
   */
  size_t delegator_principal_len;
  /**
   * The principal of the delegate, or NULL.
   */
  const uint8_t *delegate_principal;
  /**
   * Its length in bytes.
   */
  size_t delegate_principal_len;
  /**
   * "scope.budget", any JSON text, or NULL. NO SIGNATURE COVERS IT.
   */
  const uint8_t *unsigned_budget;
  /**
   * Its length in bytes.
   */
  size_t unsigned_budget_len;
  /**
   * "scope.constraints", a JSON array, or NULL. NO SIGNATURE COVERS IT.
   */
  const uint8_t *unsigned_constraints;
  /**
   * Its length in bytes.
   */
  size_t unsigned_constraints_len;
  /**
   * "correlation_id", any text, or NULL. NO SIGNATURE COVERS IT.
   */
  const uint8_t *unsigned_correlation_id;
  /**
   * Its length in bytes.
   */
  size_t unsigned_correlation_id_len;
} signet_delegation_options;

/**
 * How to open a log. Initialise with SIGNET_LOG_OPTIONS_INIT or
 * signet_log_options_init(); NULL means all defaults.
 */
typedef struct {
  /**
   * sizeof(signet_log_options).
   */
  uint32_t struct_size;
  /**
   * SIGNET_LOG_NO_REPAIR, SIGNET_LOG_ALONE, SIGNET_LOG_NO_CHECKPOINTS,
   * SIGNET_LOG_ALLOW_NETWORK.
   */
  uint32_t flags;
  /**
   * SIGNET_LOG_SYNC, SIGNET_LOG_INTERVAL or SIGNET_LOG_NONE.
   */
  int32_t durability;
  /**
   * With SIGNET_LOG_INTERVAL: milliseconds between two syncs.
   */
  uint32_t interval_ms;
  /**
   * The largest record in bytes of JSON; 0 means the default.
   */
  uint64_t max_record_len;
  /**
   * How long to wait for other writers, in milliseconds; 0 means 30000.
   */
  uint64_t lock_timeout_ms;
  /**
   * The name of the log in its checkpoints, commonly a URL without scheme;
   * borrowed for the call. NULL with length 0: made from the log key.
   */
  const uint8_t *origin;
  /**
   * The length of origin in bytes.
   */
  size_t origin_len;
  /**
   * With SIGNET_LOG_ALONE: how long a segment may become, in bytes; 0 means 64 MiB.
   * Records that are appended together stay together, so one may become longer.
   */
  uint64_t max_segment_len;
  /**
   * With a log key: sign a checkpoint when so many records have come since the last
   * one; 0 means 256. One is signed at closing in any case.
   */
  uint64_t checkpoint_records;
  /**
   * With a log key: sign a checkpoint when anything has come and the last one is so
   * many milliseconds old; 0 means 1000. It is made by an append, by
   * signet_log_sync() or by closing, because the library has no thread of its own.
   */
  uint64_t checkpoint_ms;
} signet_log_options;

/**
 * The answer to an append. This struct never grows.
 */
typedef struct {
  /**
   * The number of the record in the log, from 0.
   */
  uint64_t index;
  /**
   * The hash that seals the record and everything before it.
   */
  uint8_t record_hash[SIGNET_HASH_LEN];
  /**
   * 1 if the record is on the disk already, else 0.
   */
  uint32_t durable;
  /**
   * 0.
   */
  uint32_t reserved;
} signet_log_entry;

/**
 * Is shown a record. The record belongs to the library and lives until the
 * callback returns. The log may be used from inside. It must not unwind.
 *
 * @param record     the record
 * @param user_data  what was given with the callback
 * @return 0 to go on; anything else stops, and the call returns
 *         SIGNET_ERR_STOPPED
 */
typedef int32_t (*signet_log_callback)(const signet_log_record *record,
                                       void *user_data);

/**
 * A key that counts up to a place in the log only, whatever times records state: who
 * has stolen a key can date back, but not write earlier. This struct never grows.
 */
typedef struct {
  /**
   * The first record, from 0, for which the key no longer counts.
   */
  uint64_t from_index;
  /**
   * The key: of an agent, a server, a root, or anybody who delegates.
   */
  const signet_public_key *key;
} signet_key_cutoff;

/**
 * What to verify. Initialise with SIGNET_LOG_VERIFY_OPTIONS_INIT or
 * signet_log_verify_options_init(); NULL means all defaults: the hash chain of
 * the whole log. What needs SIGNET_LOG_VERIFY_SIGNATURES is refused without it.
 */
typedef struct {
  /**
   * sizeof(signet_log_verify_options).
   */
  uint32_t struct_size;
  /**
   * SIGNET_LOG_VERIFY_… bits.
   */
  uint32_t flags;
  /**
   * The number of the first record to look at.
   */
  uint64_t first;
  /**
   * How many records to look at; 0 means all.
   */
  uint64_t limit;
  /**
   * How many threads may be used, for the duration of the call; 0 and 1 mean
   * the caller's own. More than 256 mean 256.
   */
  uint64_t threads;
  /**
   * A checkpoint that is trusted already, as a signed note: the log must
   * continue it. NULL with length 0: none. Borrowed for the call.
   */
  const uint8_t *checkpoint;
  /**
   * Its length in bytes.
   */
  size_t checkpoint_len;
  /**
   * The verifier key of that checkpoint, and of those that may not be too old.
   * Borrowed for the call.
   */
  const uint8_t *vkey;
  /**
   * Its length in bytes.
   */
  size_t vkey_len;
  /**
   * The keys that may sign, each as of the time of the record, so that a key
   * that is revoked today was the right one yesterday; or NULL. Counts instead
   * of the trusted keys of the call. Borrowed for the call.
   */
  const signet_trust_bundle *bundle;
  /**
   * With SIGNET_LOG_VERIFY_SIGNATURES: the keys that open encrypted params;
   * borrowed for the call. A record that none of them opens cannot be judged.
   */
  const signet_params_key *const *params_keys;
  /**
   * How many there are.
   */
  size_t params_keys_len;
  /**
   * With SIGNET_LOG_VERIFY_SIGNATURES: the keys that may co-sign (version 3);
   * borrowed for the call. None: the trusted keys of the call may.
   */
  const signet_public_key *const *servers;
  /**
   * How many there are.
   */
  size_t servers_len;
  /**
   * With SIGNET_LOG_VERIFY_SIGNATURES: the keys that may delegate (version 4);
   * borrowed for the call. None, and no bundle: a delegated action cannot be
   * judged, or else any agent could allow itself anything.
   */
  const signet_public_key *const *roots;
  /**
   * How many there are.
   */
  size_t roots_len;
  /**
   * With SIGNET_LOG_VERIFY_SIGNATURES: keys that count up to a place only;
   * borrowed for the call.
   */
  const signet_key_cutoff *cutoffs;
  /**
   * How many there are.
   */
  size_t cutoffs_len;
  /**
   * For how many milliseconds a record may be without a checkpoint by the key
   * `vkey`, or by any where that is not given: longer is SIGNET_ERR_LOG_STALE. Only
   * judged when the log is verified to its end. 0: it is not judged.
   */
  uint64_t max_checkpoint_age_ms;
  /**
   * With SIGNET_LOG_VERIFY_AT: milliseconds since 1970-01-01T00:00:00Z.
   */
  int64_t now_unix_ms;
  /**
   * With SIGNET_LOG_VERIFY_SIGNATURES: the keys that may speak for the log; borrowed
   * for the call. Only what they sign explains that records are missing from the
   * beginning (SIGNET_FINDING_REMOVAL_UNTRUSTED otherwise), and a statement of the
   * log about itself by any other key is SIGNET_FINDING_SIGNER_UNTRUSTED. They need
   * not be trusted for anything else. None: every trusted key may state a removal,
   * and the report tells which one did.
   */
  const signet_public_key *const *control_keys;
  /**
   * How many there are.
   */
  size_t control_keys_len;
} signet_log_verify_options;

/**
 * One thing that a verification found. It lives until the callback returns.
 * New members are only added at the end.
 */
typedef struct {
  /**
   * A SIGNET_FINDING_… constant.
   */
  int32_t kind;
  /**
   * 0.
   */
  uint32_t reserved;
  /**
   * The number of the record, from 0.
   */
  uint64_t index;
  /**
   * The line in the file, from 1; 0 when it is about no line.
   */
  uint64_t line;
  /**
   * The file, relative to the audit folder, UTF-8.
   */
  const uint8_t *file;
  /**
   * Its length in bytes.
   */
  size_t file_len;
  /**
   * The hash that would have been right: SIGNET_HASH_LEN bytes, or NULL.
   */
  const uint8_t *expected_hash;
  /**
   * The hash that stands there: SIGNET_HASH_LEN bytes, or NULL.
   */
  const uint8_t *actual_hash;
  /**
   * It in words, UTF-8.
   */
  const uint8_t *detail;
  /**
   * The length of the words in bytes.
   */
  size_t detail_len;
} signet_log_finding;

/**
 * Is told what a verification found. It must not unwind.
 *
 * @param finding    what was found
 * @param user_data  what was given with the callback
 * @return 0 to go on; anything else stops, and the call returns
 *         SIGNET_ERR_STOPPED
 */
typedef int32_t (*signet_finding_callback)(const signet_log_finding *finding,
                                           void *user_data);

/**
 * Is told how many records have been looked at. It must not unwind.
 *
 * @param records    how many
 * @param user_data  what was given with the callback
 * @return 0 to go on; anything else stops, and the call returns
 *         SIGNET_ERR_STOPPED
 */
typedef int32_t (*signet_progress_callback)(uint64_t records, void *user_data);

/**
 * The outcome of a verification. This struct never grows.
 */
typedef struct {
  /**
   * How many records were looked at.
   */
  uint64_t records;
  /**
   * How many findings there were, of every kind.
   */
  uint64_t findings;
  /**
   * The number of the first record with a finding that is not merely noted,
   * or SIGNET_NO_POSITION.
   */
  uint64_t first_bad;
  /**
   * How many signatures are valid and by a trusted key.
   */
  uint64_t signatures_valid;
  /**
   * How many signatures are wrong or by an untrusted key.
   */
  uint64_t signatures_failed;
  /**
   * How many signatures could not be judged.
   */
  uint64_t unverifiable;
  /**
   * How many records have no signature by their nature: denied calls.
   */
  uint64_t unsigned_records;
  /**
   * The hash of the last record that was looked at.
   */
  uint8_t last_hash[SIGNET_HASH_LEN];
  /**
   * How many records were removed from the beginning, as a signed record of the log
   * says.
   */
  uint64_t pruned;
  /**
   * How many records the trusted checkpoint covers, when one was given and the log
   * continues it; 0 otherwise. Whoever can write the log could have rewritten or
   * removed what came after them, also where the outcome is SIGNET_OK.
   */
  uint64_t anchored;
  /**
   * How many records the log's own memory covers (its head and its newest
   * checkpoint), when the log agrees with it; 0 when there is none. It lies beside
   * the log, where who changes one can change the other. Where this and `anchored`
   * are 0, nothing says that the end is the end.
   */
  uint64_t remembered;
  /**
   * The key that signed the record about the removal; zeros where `pruned` is 0.
   */
  uint8_t pruned_by[SIGNET_PUBLIC_KEY_LEN];
  /**
   * 1 where that is a control key of the options; 0 where none were given, so that
   * any agent could have removed the records and signed for it.
   */
  uint64_t pruned_by_control_key;
} signet_log_report;

/**
 * What a bundle says and holds besides the records. Initialise with
 * SIGNET_BUNDLE_OPTIONS_INIT or signet_bundle_options_init(); NULL means all
 * defaults.
 */
typedef struct {
  /**
   * sizeof(signet_bundle_options).
   */
  uint32_t struct_size;
  /**
   * SIGNET_BUNDLE_AT or 0.
   */
  uint32_t flags;
  /**
   * With SIGNET_BUNDLE_AT: milliseconds since 1970-01-01T00:00:00Z.
   */
  int64_t now_unix_ms;
  /**
   * The host that the bundle is made on, UTF-8; borrowed for the call. NULL with
   * length 0: "unknown".
   */
  const uint8_t *host;
  /**
   * The length of host in bytes.
   */
  size_t host_len;
  /**
   * A trust bundle to put in, or NULL. Borrowed for the call.
   */
  const signet_trust_bundle *bundle;
} signet_bundle_options;

/**
 * What to hold a bundle to besides its exporter. Initialise with
 * SIGNET_BUNDLE_VERIFY_OPTIONS_INIT or signet_bundle_verify_options_init(); NULL
 * means all defaults: the keys that came with the bundle, if a trusted exporter
 * signed them.
 */
typedef struct {
  /**
   * sizeof(signet_bundle_verify_options).
   */
  uint32_t struct_size;
  /**
   * Must be 0.
   */
  uint32_t flags;
  /**
   * The trust bundle that records are held to instead of the one that came with
   * them, or NULL. Borrowed for the call.
   */
  const signet_trust_bundle *bundle;
  /**
   * The keys that open encrypted params; borrowed for the call.
   */
  const signet_params_key *const *params_keys;
  /**
   * How many there are.
   */
  size_t params_keys_len;
} signet_bundle_verify_options;

/**
 * How a nonce file is kept. Initialise with SIGNET_REPLAY_STORE_OPTIONS_INIT or
 * signet_replay_store_options_init(); NULL means all defaults.
 */
typedef struct {
  /**
   * sizeof(signet_replay_store_options).
   */
  uint32_t struct_size;
  /**
   * SIGNET_REPLAY_… bits.
   */
  uint32_t flags;
  /**
   * How many nonces are remembered; 0 means 262144.
   */
  uint64_t capacity;
  /**
   * How long a nonce is remembered at least after its use, in seconds; 0 means
   * until it ends, and an hour where a file of published programs is there.
   */
  uint64_t lifetime_seconds;
  /**
   * The form of a nonce file that is not there yet: SIGNET_NONCES_RUST_PYTHON
   * or SIGNET_NONCES_TYPESCRIPT. One that is there keeps its own.
   */
  int32_t form;
  /**
   * Must be 0.
   */
  uint32_t reserved;
} signet_replay_store_options;

/**
 * Uses a nonce in a store of the caller's, such as a database, in one step: of
 * two calls for one nonce, whatever thread or machine they come from, one gets
 * SIGNET_NONCE_FRESH. It may be called from several threads at once. It must not
 * unwind.
 *
 * Where a receipt uses two nonces, its own and that of an authority's decision,
 * there are two calls, and the first one's is used up even if the second one
 * refuses. A policy has been asked before.
 *
 * @param signer              whose nonce it is: SIGNET_PUBLIC_KEY_LEN bytes, or
 *                            NULL when it counts whoever used it
 * @param nonce               the nonce, UTF-8, not terminated
 * @param nonce_len           its length in bytes
 * @param keep_until_unix_ms  until when it has to be remembered, in milliseconds
 *                            since 1970-01-01T00:00:00Z
 * @param max_uses            how often it may be used: 1 for that of a receipt
 * @param user_data           what was given with the callback
 * @return SIGNET_NONCE_FRESH, SIGNET_NONCE_REPLAYED or SIGNET_NONCE_NO_ROOM;
 *         anything else refuses with SIGNET_ERR_REPLAY_STORE_FAILED, and the
 *         number stands in the message
 */
typedef int32_t (*signet_nonce_callback)(const uint8_t *signer,
                                         const uint8_t *nonce,
                                         size_t nonce_len,
                                         int64_t keep_until_unix_ms,
                                         uint64_t max_uses,
                                         void *user_data);

/**
 * Handles that a verifier is made of, besides its options in JSON. Initialise with
 * SIGNET_VERIFIER_OPTIONS_INIT or signet_verifier_options_init(); NULL means none.
 * What is pointed to is borrowed for the call.
 */
typedef struct {
  /**
   * sizeof(signet_verifier_options).
   */
  uint32_t struct_size;
  /**
   * Must be 0.
   */
  uint32_t flags;
  /**
   * Keys that may sign, besides "trusted_keys" in JSON.
   */
  const signet_public_key *const *trusted_keys;
  /**
   * How many there are.
   */
  size_t trusted_keys_len;
  /**
   * Keys that may co-sign (version 3), besides "trusted_servers" in JSON.
   */
  const signet_public_key *const *trusted_servers;
  /**
   * How many there are.
   */
  size_t trusted_servers_len;
  /**
   * Keys that may delegate (version 4), besides "trusted_roots" in JSON.
   */
  const signet_public_key *const *trusted_roots;
  /**
   * How many there are.
   */
  size_t trusted_roots_len;
  /**
   * Keys of authorities whose decisions are believed, besides
   * "trusted_authorities" in JSON.
   */
  const signet_public_key *const *trusted_authorities;
  /**
   * How many there are.
   */
  size_t trusted_authorities_len;
  /**
   * Agents, servers and roots that are trusted, each within its time; instead of
   * "trust_bundle" in JSON. NULL: none.
   */
  const signet_trust_bundle *bundle;
  /**
   * The policy that decides about every call, and its counters, which go on
   * being those of the handle; instead of "policy" in JSON. NULL: none.
   */
  const signet_policy *policy;
  /**
   * Where used nonces are remembered, instead of "replay" in JSON. NULL: as
   * stated there.
   */
  const signet_replay_store *replay_store;
} signet_verifier_options;

/**
 * What one call or receipt is held to, besides what the verifier holds everything
 * to. Initialise with SIGNET_CHECK_OPTIONS_INIT or signet_check_options_init();
 * NULL means nothing. What is pointed to is borrowed for the call.
 */
typedef struct {
  /**
   * sizeof(signet_check_options).
   */
  uint32_t struct_size;
  /**
   * Must be 0.
   */
  uint32_t flags;
  /**
   * The target that it was presented to, UTF-8. NULL: any.
   */
  const uint8_t *target;
  /**
   * Its length in bytes.
   */
  size_t target_len;
  /**
   * The session that it must belong to, UTF-8. NULL: any.
   */
  const uint8_t *session;
  /**
   * Its length in bytes.
   */
  size_t session_len;
  /**
   * The id of the call as receipts write it ("n:7", "s:abc"). NULL: any.
   */
  const uint8_t *call_id;
  /**
   * Its length in bytes.
   */
  size_t call_id_len;
  /**
   * For receipts: the arguments that were called with, as JSON text. NULL: they
   * are not looked at.
   */
  const uint8_t *arguments;
  /**
   * Their length in bytes.
   */
  size_t arguments_len;
  /**
   * For receipts of version 2 and 3: the response, as JSON text. NULL: it is not
   * looked at.
   */
  const uint8_t *response;
  /**
   * Its length in bytes.
   */
  size_t response_len;
} signet_check_options;

/**
 * What receipts say about calls besides the calls themselves. Initialise with
 * SIGNET_MCP_REQUEST_OPTIONS_INIT or signet_mcp_request_options_init(); NULL means
 * all defaults. What is pointed to is borrowed for the call.
 */
typedef struct {
  /**
   * sizeof(signet_mcp_request_options).
   */
  uint32_t struct_size;
  /**
   * SIGNET_SIGN_HASH_ONLY, SIGNET_SIGN_AT, SIGNET_SIGN_REPLACE.
   */
  uint32_t flags;
  /**
   * With SIGNET_SIGN_AT: milliseconds since 1970-01-01T00:00:00Z.
   */
  int64_t now_unix_ms;
  /**
   * The largest message in bytes, with its receipts; 0 means 16 MiB.
   */
  uint64_t max_len;
  /**
   * The deepest nesting of arrays and objects; 0 means 127.
   */
  uint32_t max_depth;
  /**
   * How many messages a batch may hold; 0 means 1000.
   */
  uint32_t max_batch;
  /**
   * The server that the call goes to, for example "mcp://files", UTF-8. NULL:
   * empty.
   */
  const uint8_t *target;
  /**
   * Its length in bytes.
   */
  size_t target_len;
  /**
   * How it goes there, UTF-8. NULL: "stdio".
   */
  const uint8_t *transport;
  /**
   * Its length in bytes.
   */
  size_t transport_len;
  /**
   * The session that the call belongs to, UTF-8, or NULL.
   */
  const uint8_t *session;
  /**
   * Its length in bytes.
   */
  size_t session_len;
  /**
   * The trace that the call belongs to, UTF-8, or NULL.
   */
  const uint8_t *trace_id;
  /**
   * Its length in bytes.
   */
  size_t trace_id_len;
  /**
   * The id of the receipt of the call that caused this one, UTF-8, or NULL.
   */
  const uint8_t *parent_receipt_id;
  /**
   * Its length in bytes.
   */
  size_t parent_receipt_id_len;
  /**
   * When the receipts expire, an RFC 3339 date-time. NULL: never.
   */
  const uint8_t *expires_at;
  /**
   * Its length in bytes.
   */
  size_t expires_at_len;
  /**
   * The policy that must allow each call, which its receipt then says. NULL:
   * none is asked.
   */
  const signet_policy *policy;
  /**
   * The types of obligations that the caller fulfils, as a JSON array of texts: a
   * call that the policy allows only under another one is not signed. NULL: none.
   */
  const uint8_t *fulfils;
  /**
   * Its length in bytes.
   */
  size_t fulfils_len;
} signet_mcp_request_options;

/**
 * What a server says about a response besides the response itself. Initialise with
 * SIGNET_MCP_RESPONSE_OPTIONS_INIT or signet_mcp_response_options_init(); NULL means
 * all defaults. What is pointed to is borrowed for the call.
 */
typedef struct {
  /**
   * sizeof(signet_mcp_response_options).
   */
  uint32_t struct_size;
  /**
   * SIGNET_SIGN_AT or 0.
   */
  uint32_t flags;
  /**
   * With SIGNET_SIGN_AT: milliseconds since 1970-01-01T00:00:00Z.
   */
  int64_t now_unix_ms;
  /**
   * The largest message in bytes, with its receipt; 0 means 16 MiB.
   */
  uint64_t max_len;
  /**
   * The deepest nesting of arrays and objects; 0 means 127.
   */
  uint32_t max_depth;
  /**
   * Must be 0.
   */
  uint32_t reserved;
  /**
   * What became of the call, as JSON, see signet_receipt_co_sign(). NULL: as the
   * response says itself: "failed" with the error's text for an error response and
   * for a result with "isError": true, "executed" for any other.
   */
  const uint8_t *outcome;
  /**
   * Its length in bytes.
   */
  size_t outcome_len;
} signet_mcp_response_options;

/**
 * One thing to be kept. It lives until the callback returns. This struct never
 * grows.
 */
typedef struct {
  /**
   * The JSON text to be kept, UTF-8: what signet_log_append() takes.
   */
  const uint8_t *json;
  /**
   * Its length in bytes.
   */
  size_t json_len;
  /**
   * SIGNET_EVIDENCE_RECEIPT or SIGNET_EVIDENCE_VIOLATION.
   */
  int32_t kind;
  /**
   * 0.
   */
  uint32_t reserved;
} signet_evidence;

/**
 * Keeps the evidence of one text: all of it, as durably as the calls are to wait
 * for, or none. No lock of the library is held, and it may call the library. It may
 * be called from several threads at once. It must not unwind.
 *
 * @param evidence   what to keep, in order: an array
 * @param count      how many there are, at least 1
 * @param user_data  what was given with the callback
 * @return 0 when it is kept; anything else is told as
 *         SIGNET_ERR_EVIDENCE_NOT_STORED, and the number stands in the message
 */
typedef int32_t (*signet_evidence_callback)(const signet_evidence *evidence,
                                            size_t count,
                                            void *user_data);

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * The ABI version of the library that is loaded: compare it with
 * SIGNET_ABI_VERSION before anything else.
 *
 * @since 0.1
 */
SIGNET_EXPORT uint32_t signet_abi_version(void);

/**
 * The release as one number, major * 1000000 + minor * 1000 + patch: compare
 * it with SIGNET_VERSION_NUMBER.
 *
 * @since 0.1
 */
SIGNET_EXPORT uint32_t signet_version_number(void);

/**
 * The release as NUL-terminated text such as "0.1.0". It lives as long as the
 * library.
 *
 * @since 0.1
 */
SIGNET_EXPORT const char *signet_version_string(void);

/**
 * The constant's own name, NUL-terminated, for example "SIGNET_ERR_EXPIRED";
 * "SIGNET_ERR_UNKNOWN" for a number that is no status. It lives as long as the
 * library.
 *
 * @since 0.1
 */
SIGNET_EXPORT const char *signet_status_name(int32_t status);

/**
 * Every status in ascending order, for tests that must not miss one: the
 * status at `index`, or -1 past the end.
 *
 * @since 0.1
 */
SIGNET_EXPORT int32_t signet_status_at(size_t index);

/**
 * The status of the call that failed. SIGNET_OK for NULL.
 *
 * @since 0.1
 */
SIGNET_EXPORT signet_status signet_error_status(const signet_error *error);

/**
 * What was wrong with which input: UTF-8, one line, lower case, no final
 * period, never a secret. The text belongs to the error and is not terminated.
 *
 * @param error    the error; NULL gives NULL
 * @param[out] len_out  the length in bytes; may be NULL
 *
 * @since 0.1
 */
SIGNET_EXPORT
const uint8_t *signet_error_message(const signet_error *error,
                                    size_t *len_out);

/**
 * Where it went wrong: the byte offset in a text, or the index of a record or
 * of a link; SIGNET_NO_POSITION when there is no such place.
 *
 * @since 0.1
 */
SIGNET_EXPORT uint64_t signet_error_position(const signet_error *error);

/**
 * The line of a document that people write (a policy, a trust bundle) where it
 * went wrong, from 1; 0 when there is no such line, and for NULL.
 *
 * @since 0.1
 */
SIGNET_EXPORT uint32_t signet_error_line(const signet_error *error);

/**
 * The character within signet_error_line(), from 1; 0 when there is no such line,
 * and for NULL.
 *
 * @since 0.1
 */
SIGNET_EXPORT uint32_t signet_error_column(const signet_error *error);

/**
 * Releases an error. NULL is ignored.
 *
 * @since 0.1
 */
SIGNET_EXPORT void signet_error_free(signet_error *error);

/**
 * The bytes, which belong to the buffer and live until it is freed. NULL for
 * NULL. Never terminated.
 *
 * @param buffer   the buffer
 * @param[out] len_out  the length in bytes; may be NULL
 *
 * @since 0.1
 */
SIGNET_EXPORT
const uint8_t *signet_buffer_data(const signet_buffer *buffer,
                                  size_t *len_out);

/**
 * The length in bytes. 0 for NULL.
 *
 * @since 0.1
 */
SIGNET_EXPORT size_t signet_buffer_len(const signet_buffer *buffer);

/**
 * Releases a buffer and wipes its bytes, which may have been a secret. NULL is
 * ignored.
 *
 * @since 0.1
 */
SIGNET_EXPORT void signet_buffer_free(signet_buffer *buffer);

/**
 * SIGNET_HASH_LEN, for languages without a preprocessor.
 *
 * @since 0.1
 */
SIGNET_EXPORT size_t signet_hash_len(void);

/**
 * SIGNET_HASH_TEXT_LEN, for languages without a preprocessor.
 *
 * @since 0.1
 */
SIGNET_EXPORT size_t signet_hash_text_len(void);

/**
 * Fills in the defaults. NULL is ignored.
 *
 * @since 0.1
 */
SIGNET_EXPORT void signet_parse_options_init(signet_parse_options *options_out);

/**
 * Writes a JSON text in canonical form (RFC 8785). The text must be strict
 * I-JSON (RFC 7493). Numbers are rounded to doubles, as the RFC says.
 *
 * @param json         the text, UTF-8; borrowed for the call
 * @param json_len     its length in bytes
 * @param options      limits, or NULL; no flags apply
 * @param[out] canonical_out  the canonical text; owned by the caller
 * @param[out] error_out      details of a failure, or NULL if not wanted
 * @return SIGNET_OK, SIGNET_ERR_JSON_…, SIGNET_ERR_TOO_LARGE,
 *         SIGNET_ERR_UNSUPPORTED, SIGNET_ERR_NULL_ARGUMENT
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_json_canonicalize(const uint8_t *json,
                                       size_t json_len,
                                       const signet_parse_options *options,
                                       signet_buffer **canonical_out,
                                       signet_error **error_out);

/**
 * Hashes a JSON text as receipts hash params and responses: SHA-256 of its
 * canonical form. A text with a number that a double would round is hashed in
 * the "$exact" wrapper in which it would travel.
 *
 * @param json         the text, UTF-8; borrowed for the call
 * @param json_len     its length in bytes
 * @param options      limits, or NULL; no flags apply
 * @param[out] hash_out   SIGNET_HASH_LEN bytes of the caller
 * @param[out] error_out  details of a failure, or NULL if not wanted
 * @return SIGNET_OK, SIGNET_ERR_JSON_…, SIGNET_ERR_TOO_LARGE,
 *         SIGNET_ERR_UNSUPPORTED, SIGNET_ERR_NULL_ARGUMENT
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_json_hash(const uint8_t *json,
                               size_t json_len,
                               const signet_parse_options *options,
                               uint8_t *hash_out,
                               signet_error **error_out);

/**
 * Hashes a content as "response.content_hash" of receipts does, and writes the
 * hash as text: "sha256:" and 64 lower-case hex digits, not terminated.
 *
 * @param content      the content, UTF-8; borrowed for the call
 * @param content_len  its length in bytes
 * @param kind         SIGNET_CONTENT_JSON or SIGNET_CONTENT_TEXT
 * @param options      limits, or NULL; no flags apply
 * @param[out] hash_text_out  SIGNET_HASH_TEXT_LEN bytes of the caller
 * @param[out] error_out      details of a failure, or NULL if not wanted
 * @return SIGNET_OK, SIGNET_ERR_JSON_…, SIGNET_ERR_TOO_LARGE,
 *         SIGNET_ERR_INVALID_ARGUMENT, SIGNET_ERR_UNSUPPORTED,
 *         SIGNET_ERR_NULL_ARGUMENT
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_content_hash(const uint8_t *content,
                                  size_t content_len,
                                  int32_t kind,
                                  const signet_parse_options *options,
                                  uint8_t *hash_text_out,
                                  signet_error **error_out);

/**
 * SIGNET_PUBLIC_KEY_LEN, for languages without a preprocessor.
 *
 * @since 0.1
 */
SIGNET_EXPORT size_t signet_public_key_len(void);

/**
 * SIGNET_SIGNATURE_LEN, for languages without a preprocessor.
 *
 * @since 0.1
 */
SIGNET_EXPORT size_t signet_signature_len(void);

/**
 * Takes a public key from its 32 raw bytes.
 *
 * @param bytes   SIGNET_PUBLIC_KEY_LEN bytes; borrowed for the call
 * @param[out] key_out    the key; owned by the caller
 * @param[out] error_out  details of a failure, or NULL if not wanted
 * @return SIGNET_OK, SIGNET_ERR_KEY_INVALID, SIGNET_ERR_KEY_WEAK,
 *         SIGNET_ERR_NULL_ARGUMENT
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_public_key_from_bytes(const uint8_t *bytes,
                                           signet_public_key **key_out,
                                           signet_error **error_out);

/**
 * Reads a public key from text: "ed25519:<base64>", bare base64, or did:key.
 *
 * @param text      the text; borrowed for the call
 * @param text_len  its length in bytes
 * @param[out] key_out    the key; owned by the caller
 * @param[out] error_out  details of a failure, or NULL if not wanted
 * @return SIGNET_OK, SIGNET_ERR_KEY_INVALID, SIGNET_ERR_KEY_WEAK,
 *         SIGNET_ERR_INVALID_ARGUMENT, SIGNET_ERR_NULL_ARGUMENT
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_public_key_parse(const uint8_t *text,
                                      size_t text_len,
                                      signet_public_key **key_out,
                                      signet_error **error_out);

/**
 * Copies the 32 raw bytes of a key.
 *
 * @param key   the key
 * @param[out] bytes_out  SIGNET_PUBLIC_KEY_LEN bytes of the caller
 * @param[out] error_out  details of a failure, or NULL if not wanted
 * @return SIGNET_OK, SIGNET_ERR_NULL_ARGUMENT
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_public_key_bytes(const signet_public_key *key,
                                      uint8_t *bytes_out,
                                      signet_error **error_out);

/**
 * The key as text. The text belongs to the key and lives until it is freed.
 *
 * @param key   the key; NULL gives NULL
 * @param form  a SIGNET_KEY_TEXT_… constant; another number gives NULL
 * @param[out] len_out  the length in bytes; may be NULL
 *
 * @since 0.1
 */
SIGNET_EXPORT
const uint8_t *signet_public_key_text(const signet_public_key *key,
                                      int32_t form,
                                      size_t *len_out);

/**
 * Verifies a bare Ed25519 signature strictly (RFC 8032, S reduced, no
 * small-order points).
 *
 * @param key          the key
 * @param message      the signed bytes; borrowed for the call
 * @param message_len  their length
 * @param signature    SIGNET_SIGNATURE_LEN bytes; borrowed for the call
 * @param[out] error_out  details of a failure, or NULL if not wanted
 * @return SIGNET_OK, SIGNET_ERR_SIGNATURE_INVALID, SIGNET_ERR_NULL_ARGUMENT
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_public_key_verify(const signet_public_key *key,
                                       const uint8_t *message,
                                       size_t message_len,
                                       const uint8_t *signature,
                                       signet_error **error_out);

/**
 * Releases a key. NULL is ignored.
 *
 * @since 0.1
 */
SIGNET_EXPORT void signet_public_key_free(signet_public_key *key);

/**
 * SIGNET_SEED_LEN, for languages without a preprocessor.
 *
 * @since 0.1
 */
SIGNET_EXPORT size_t signet_seed_len(void);

/**
 * Makes a new key pair from the system's random number generator.
 *
 * @param[out] keypair_out  the key pair; owned by the caller
 * @param[out] error_out    details of a failure, or NULL if not wanted
 * @return SIGNET_OK, SIGNET_ERR_RANDOMNESS, SIGNET_ERR_NULL_ARGUMENT
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_keypair_generate(signet_keypair **keypair_out,
                                      signet_error **error_out);

/**
 * Takes a key pair from its secret: a 32-byte seed, or 64 bytes that are the
 * seed and the public key that belongs to it.
 *
 * @param secret      the secret; borrowed for the call, wiping it is up to the
 *                    caller
 * @param secret_len  SIGNET_SEED_LEN or 64
 * @param[out] keypair_out  the key pair; owned by the caller
 * @param[out] error_out    details of a failure, or NULL if not wanted
 * @return SIGNET_OK, SIGNET_ERR_KEY_INVALID, SIGNET_ERR_NULL_ARGUMENT
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_keypair_from_secret(const uint8_t *secret,
                                         size_t secret_len,
                                         signet_keypair **keypair_out,
                                         signet_error **error_out);

/**
 * Makes a key pair whose signatures come from a callback.
 *
 * @param public_key  the public key that the signer signs for
 * @param sign        the signer; must not be NULL
 * @param user_data   given to each call of `sign`; must stay valid and usable
 *                    from any thread until `free_user_data` is called, or, if
 *                    that is NULL, until the key pair is freed
 * @param free_user_data  called once when the key pair is released, and also
 *                    when this call fails; may be NULL
 * @param[out] keypair_out  the key pair; owned by the caller
 * @param[out] error_out    details of a failure, or NULL if not wanted
 * @return SIGNET_OK, SIGNET_ERR_NULL_ARGUMENT
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_keypair_from_signer(const signet_public_key *public_key,
                                         signet_sign_callback sign,
                                         void *user_data,
                                         signet_free_callback free_user_data,
                                         signet_keypair **keypair_out,
                                         signet_error **error_out);

/**
 * The public half of a key pair.
 *
 * @param keypair  the key pair
 * @param[out] public_key_out  the public key; owned by the caller
 * @param[out] error_out       details of a failure, or NULL if not wanted
 * @return SIGNET_OK, SIGNET_ERR_NULL_ARGUMENT
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_keypair_public_key(const signet_keypair *keypair,
                                        signet_public_key **public_key_out,
                                        signet_error **error_out);

/**
 * Copies the 32 raw bytes of the public half.
 *
 * @param keypair  the key pair
 * @param[out] bytes_out  SIGNET_PUBLIC_KEY_LEN bytes of the caller
 * @param[out] error_out  details of a failure, or NULL if not wanted
 * @return SIGNET_OK, SIGNET_ERR_NULL_ARGUMENT
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_keypair_public_bytes(const signet_keypair *keypair,
                                          uint8_t *bytes_out,
                                          signet_error **error_out);

/**
 * Copies the secret seed out of a key pair. Whoever calls this answers for
 * wiping the copy.
 *
 * @param keypair  the key pair
 * @param[out] seed_out   SIGNET_SEED_LEN bytes of the caller
 * @param[out] error_out  details of a failure, or NULL if not wanted
 * @return SIGNET_OK, SIGNET_ERR_UNSUPPORTED if the secret is with a signer
 *         callback, SIGNET_ERR_NULL_ARGUMENT
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_keypair_export_seed(const signet_keypair *keypair,
                                         uint8_t *seed_out,
                                         signet_error **error_out);

/**
 * Signs bytes with pure Ed25519 (RFC 8032). Receipts have their own function.
 *
 * @param keypair      the key pair
 * @param message      the bytes; borrowed for the call
 * @param message_len  their length
 * @param[out] signature_out  SIGNET_SIGNATURE_LEN bytes of the caller
 * @param[out] error_out      details of a failure, or NULL if not wanted
 * @return SIGNET_OK, SIGNET_ERR_SIGNER_FAILED, SIGNET_ERR_NULL_ARGUMENT
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_keypair_sign(const signet_keypair *keypair,
                                  const uint8_t *message,
                                  size_t message_len,
                                  uint8_t *signature_out,
                                  signet_error **error_out);

/**
 * Releases a key pair; a secret in memory is wiped. NULL is ignored.
 *
 * @since 0.1
 */
SIGNET_EXPORT void signet_keypair_free(signet_keypair *keypair);

/**
 * Fills in the defaults. NULL is ignored.
 *
 * @since 0.1
 */
SIGNET_EXPORT
void signet_keystore_options_init(signet_keystore_options *options_out);

/**
 * Opens the keystore of a home folder. Nothing is created before a key is.
 *
 * @param home      the folder's path, UTF-8; borrowed for the call
 * @param home_len  its length in bytes
 * @param options   options, or NULL
 * @param[out] keystore_out  the keystore; owned by the caller
 * @param[out] error_out     details of a failure, or NULL if not wanted
 * @return SIGNET_OK, SIGNET_ERR_INVALID_ARGUMENT, SIGNET_ERR_IO,
 *         SIGNET_ERR_UNSUPPORTED, SIGNET_ERR_NULL_ARGUMENT
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_keystore_open(const uint8_t *home,
                                   size_t home_len,
                                   const signet_keystore_options *options,
                                   signet_keystore **keystore_out,
                                   signet_error **error_out);

/**
 * Creates an identity with a new key. Of several callers that create one name
 * at the same time exactly one succeeds; nothing is ever overwritten.
 *
 * @param keystore        the keystore
 * @param name            letters, digits, '-' and '_'; borrowed for the call
 * @param name_len        its length in bytes
 * @param owner           whom the identity belongs to, any text or empty; borrowed
 * @param owner_len       its length in bytes
 * @param passphrase      encrypts the secret; borrowed for the call. Empty only
 *                        with SIGNET_KEY_UNENCRYPTED
 * @param passphrase_len  its length in bytes
 * @param flags           0 or SIGNET_KEY_UNENCRYPTED
 * @param[out] keypair_out  the new key pair; owned by the caller
 * @param[out] error_out    details of a failure, or NULL if not wanted
 * @return SIGNET_OK, SIGNET_ERR_KEY_EXISTS, SIGNET_ERR_KEY_NAME_INVALID,
 *         SIGNET_ERR_PASSPHRASE_REQUIRED, SIGNET_ERR_INVALID_ARGUMENT,
 *         SIGNET_ERR_UNSUPPORTED, SIGNET_ERR_IO, SIGNET_ERR_RANDOMNESS,
 *         SIGNET_ERR_NULL_ARGUMENT
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_keystore_create(const signet_keystore *keystore,
                                     const uint8_t *name,
                                     size_t name_len,
                                     const uint8_t *owner,
                                     size_t owner_len,
                                     const uint8_t *passphrase,
                                     size_t passphrase_len,
                                     uint32_t flags,
                                     signet_keypair **keypair_out,
                                     signet_error **error_out);

/**
 * Stores a secret that exists already as a new identity.
 *
 * @param keystore        the keystore
 * @param name            letters, digits, '-' and '_'; borrowed for the call
 * @param name_len        its length in bytes
 * @param owner           whom the identity belongs to, any text or empty; borrowed
 * @param owner_len       its length in bytes
 * @param secret          a 32-byte seed, or 64 bytes: seed and public key; borrowed
 * @param secret_len      its length in bytes
 * @param passphrase      encrypts the secret; borrowed for the call. Empty only
 *                        with SIGNET_KEY_UNENCRYPTED
 * @param passphrase_len  its length in bytes
 * @param flags           0 or SIGNET_KEY_UNENCRYPTED
 * @param[out] keypair_out  the key pair; owned by the caller
 * @param[out] error_out    details of a failure, or NULL if not wanted
 * @return as signet_keystore_create(), and SIGNET_ERR_KEY_INVALID
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_keystore_import(const signet_keystore *keystore,
                                     const uint8_t *name,
                                     size_t name_len,
                                     const uint8_t *owner,
                                     size_t owner_len,
                                     const uint8_t *secret,
                                     size_t secret_len,
                                     const uint8_t *passphrase,
                                     size_t passphrase_len,
                                     uint32_t flags,
                                     signet_keypair **keypair_out,
                                     signet_error **error_out);

/**
 * Loads an identity. An encrypted key is opened once, here, and never again:
 * keep the key pair.
 *
 * @param keystore        the keystore
 * @param name            the identity's name; borrowed for the call
 * @param name_len        its length in bytes
 * @param passphrase      opens an encrypted key; empty means none; borrowed
 * @param passphrase_len  its length in bytes
 * @param[out] keypair_out  the key pair; owned by the caller
 * @param[out] error_out    details of a failure, or NULL if not wanted
 * @return SIGNET_OK, SIGNET_ERR_KEY_NOT_FOUND, SIGNET_ERR_KEY_NAME_INVALID,
 *         SIGNET_ERR_WRONG_PASSPHRASE, SIGNET_ERR_PASSPHRASE_REQUIRED,
 *         SIGNET_ERR_KEY_FILE_CORRUPT, SIGNET_ERR_KEY_EXPOSED,
 *         SIGNET_ERR_KDF_LIMIT, SIGNET_ERR_UNSUPPORTED, SIGNET_ERR_IO,
 *         SIGNET_ERR_INVALID_ARGUMENT, SIGNET_ERR_NULL_ARGUMENT
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_keystore_load(const signet_keystore *keystore,
                                   const uint8_t *name,
                                   size_t name_len,
                                   const uint8_t *passphrase,
                                   size_t passphrase_len,
                                   signet_keypair **keypair_out,
                                   signet_error **error_out);

/**
 * The identities of the keystore as JSON: an array, sorted by name, of objects
 * with "name", "secret" ("missing", "unencrypted" or "encrypted"), "exposed",
 * and where known "public_key", "owner", "principal", "created_at"; or with
 * "name" and "error" when the files of one are damaged.
 *
 * @param keystore  the keystore
 * @param[out] json_out   the JSON text; owned by the caller
 * @param[out] error_out  details of a failure, or NULL if not wanted
 * @return SIGNET_OK, SIGNET_ERR_IO, SIGNET_ERR_NULL_ARGUMENT
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_keystore_list(const signet_keystore *keystore,
                                   signet_buffer **json_out,
                                   signet_error **error_out);

/**
 * The public key of an identity; no passphrase is needed.
 *
 * @param keystore  the keystore
 * @param name      the identity's name; borrowed for the call
 * @param name_len  its length in bytes
 * @param[out] public_key_out  the public key; owned by the caller
 * @param[out] error_out       details of a failure, or NULL if not wanted
 * @return SIGNET_OK, SIGNET_ERR_KEY_NOT_FOUND, SIGNET_ERR_KEY_NAME_INVALID,
 *         SIGNET_ERR_KEY_FILE_CORRUPT, SIGNET_ERR_UNSUPPORTED, SIGNET_ERR_IO,
 *         SIGNET_ERR_INVALID_ARGUMENT, SIGNET_ERR_NULL_ARGUMENT
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_keystore_public_key(const signet_keystore *keystore,
                                         const uint8_t *name,
                                         size_t name_len,
                                         signet_public_key **public_key_out,
                                         signet_error **error_out);

/**
 * The text of an identity's ".pub" file, to hand to whoever verifies.
 *
 * @param keystore  the keystore
 * @param name      the identity's name; borrowed for the call
 * @param name_len  its length in bytes
 * @param[out] text_out   the text; owned by the caller
 * @param[out] error_out  details of a failure, or NULL if not wanted
 * @return as signet_keystore_public_key()
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_keystore_export_public(const signet_keystore *keystore,
                                            const uint8_t *name,
                                            size_t name_len,
                                            signet_buffer **text_out,
                                            signet_error **error_out);

/**
 * Encrypts the secret of an identity anew: under another passphrase, under a
 * first one, or not at all. A crash leaves the old file or the new one.
 *
 * @param keystore     the keystore
 * @param name         the identity's name; borrowed for the call
 * @param name_len     its length in bytes
 * @param current      opens the key as it is; empty means none; borrowed
 * @param current_len  its length in bytes
 * @param new_passphrase      encrypts it anew; empty only with
 *                            SIGNET_KEY_UNENCRYPTED; borrowed
 * @param new_passphrase_len  its length in bytes
 * @param flags        0 or SIGNET_KEY_UNENCRYPTED
 * @param[out] error_out  details of a failure, or NULL if not wanted
 * @return as signet_keystore_load()
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_keystore_change_passphrase(const signet_keystore *keystore,
                                                const uint8_t *name,
                                                size_t name_len,
                                                const uint8_t *current,
                                                size_t current_len,
                                                const uint8_t *new_passphrase,
                                                size_t new_passphrase_len,
                                                uint32_t flags,
                                                signet_error **error_out);

/**
 * Deletes an identity: its secret and its ".pub" file.
 *
 * @param keystore  the keystore
 * @param name      the identity's name; borrowed for the call
 * @param name_len  its length in bytes
 * @param[out] error_out  details of a failure, or NULL if not wanted
 * @return SIGNET_OK, SIGNET_ERR_KEY_NOT_FOUND, SIGNET_ERR_KEY_NAME_INVALID,
 *         SIGNET_ERR_IO, SIGNET_ERR_INVALID_ARGUMENT, SIGNET_ERR_NULL_ARGUMENT
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_keystore_delete(const signet_keystore *keystore,
                                     const uint8_t *name,
                                     size_t name_len,
                                     signet_error **error_out);

/**
 * Releases a keystore; nothing on disk changes. NULL is ignored.
 *
 * @since 0.1
 */
SIGNET_EXPORT void signet_keystore_free(signet_keystore *keystore);

/**
 * SIGNET_NONCE_LEN, for languages without a preprocessor.
 *
 * @since 0.1
 */
SIGNET_EXPORT size_t signet_nonce_len(void);

/**
 * Fills in the defaults. NULL is ignored.
 *
 * @since 0.1
 */
SIGNET_EXPORT void signet_sign_options_init(signet_sign_options *options_out);

/**
 * Makes the action of an MCP "tools/call" request (JSON-RPC 2.0), ready for
 * signet_receipt_sign(): the tool is params.name, the params are
 * params.arguments byte for byte, or {} when there are none, and "call_id" is
 * the request's id ("n:7", "s:abc").
 *
 * @param request        the request; borrowed for the call
 * @param request_len    its length in bytes
 * @param target         where the call goes, for example "mcp://files"; borrowed
 * @param target_len     its length in bytes
 * @param transport      how it goes there, for example "stdio"; borrowed
 * @param transport_len  its length in bytes
 * @param options        limits, or NULL; no flags apply
 * @param[out] action_out  the action as JSON; owned by the caller
 * @param[out] error_out   details of a failure, or NULL if not wanted
 * @return SIGNET_OK; SIGNET_ERR_JSON_… or SIGNET_ERR_TOO_LARGE for the text;
 *         SIGNET_ERR_INVALID_ARGUMENT if it is another message;
 *         SIGNET_ERR_UNSUPPORTED, SIGNET_ERR_NULL_ARGUMENT
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_action_from_tools_call(const uint8_t *request,
                                            size_t request_len,
                                            const uint8_t *target,
                                            size_t target_len,
                                            const uint8_t *transport,
                                            size_t transport_len,
                                            const signet_parse_options *options,
                                            signet_buffer **action_out,
                                            signet_error **error_out);

/**
 * Signs a tool call: a receipt of version 1.
 *
 * The action is a JSON object: "tool", and any of "params" (any JSON value),
 * "target", "transport" ("stdio" when absent), "session", "call_id",
 * "response_hash", "trace_id", "parent_receipt_id" (texts). To disclose only
 * the hash of the params, set SIGNET_SIGN_HASH_ONLY, or leave "params" out and
 * give "params_hash". Numbers that a double would round are kept whole; see
 * signet_receipt_params().
 *
 * @param keypair      who signs
 * @param action       the action; borrowed for the call
 * @param action_len   its length in bytes
 * @param name         the signer's name, any text; borrowed for the call
 * @param name_len     its length in bytes
 * @param owner        whom the signer works for, any text or empty; borrowed
 * @param owner_len    its length in bytes
 * @param options      options, or NULL
 * @param[out] receipt_out  the receipt; owned by the caller
 * @param[out] error_out    details of a failure, or NULL if not wanted
 * @return SIGNET_OK; SIGNET_ERR_JSON_… or SIGNET_ERR_TOO_LARGE for the action's
 *         text; SIGNET_ERR_RECEIPT_INVALID or SIGNET_ERR_UNKNOWN_MEMBER for its
 *         members; SIGNET_ERR_TIMESTAMP_INVALID for the expiry;
 *         SIGNET_ERR_SIGNER_FAILED, SIGNET_ERR_RANDOMNESS,
 *         SIGNET_ERR_INVALID_ARGUMENT, SIGNET_ERR_UNSUPPORTED,
 *         SIGNET_ERR_NULL_ARGUMENT
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_receipt_sign(const signet_keypair *keypair,
                                  const uint8_t *action,
                                  size_t action_len,
                                  const uint8_t *name,
                                  size_t name_len,
                                  const uint8_t *owner,
                                  size_t owner_len,
                                  const signet_sign_options *options,
                                  signet_receipt **receipt_out,
                                  signet_error **error_out);

/**
 * Reads a receipt from JSON text. Its shape is checked, its signature is not.
 *
 * @param json       the text; borrowed for the call
 * @param json_len   its length in bytes
 * @param options    limits and SIGNET_PARSE_FORENSIC, or NULL
 * @param[out] receipt_out  the receipt; owned by the caller
 * @param[out] error_out    details of a failure, or NULL if not wanted
 * @return SIGNET_OK; SIGNET_ERR_JSON_… or SIGNET_ERR_TOO_LARGE for the text;
 *         SIGNET_ERR_RECEIPT_INVALID, SIGNET_ERR_RECEIPT_VERSION or
 *         SIGNET_ERR_UNKNOWN_MEMBER for its members; SIGNET_ERR_UNSUPPORTED,
 *         SIGNET_ERR_INVALID_ARGUMENT, SIGNET_ERR_NULL_ARGUMENT
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_receipt_parse(const uint8_t *json,
                                   size_t json_len,
                                   const signet_parse_options *options,
                                   signet_receipt **receipt_out,
                                   signet_error **error_out);

/**
 * The receipt as canonical JSON (RFC 8785): what to store and to send. The
 * text belongs to the receipt and lives until it is freed. NULL for NULL.
 *
 * @param receipt  the receipt
 * @param[out] len_out  the length in bytes; may be NULL
 *
 * @since 0.1
 */
SIGNET_EXPORT
const uint8_t *signet_receipt_json(const signet_receipt *receipt,
                                   size_t *len_out);

/**
 * The version of the receipt's format; 0 for NULL.
 *
 * @since 0.1
 */
SIGNET_EXPORT uint32_t signet_receipt_version(const signet_receipt *receipt);

/**
 * When the receipt says it was signed: in version 2 when the request went out,
 * in version 3 when the agent signed. See signet_receipt_response_time().
 *
 * @param receipt  the receipt
 * @param[out] unix_ms_out  milliseconds since 1970-01-01T00:00:00Z
 * @param[out] error_out    details of a failure, or NULL if not wanted
 * @return SIGNET_OK, SIGNET_ERR_TIMESTAMP_INVALID, SIGNET_ERR_NULL_ARGUMENT
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_receipt_time(const signet_receipt *receipt,
                                  int64_t *unix_ms_out,
                                  signet_error **error_out);

/**
 * Copies the public key that the receipt names as its signer's. Until
 * signet_receipt_verify() has said so, nothing proves that it is.
 *
 * @param receipt  the receipt
 * @param[out] bytes_out  SIGNET_PUBLIC_KEY_LEN bytes of the caller
 * @param[out] error_out  details of a failure, or NULL if not wanted
 * @return SIGNET_OK, SIGNET_ERR_RECEIPT_INVALID, SIGNET_ERR_NULL_ARGUMENT
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_receipt_signer_key(const signet_receipt *receipt,
                                        uint8_t *bytes_out,
                                        signet_error **error_out);

/**
 * Copies the signature of a receipt.
 *
 * @param receipt  the receipt
 * @param[out] signature_out  SIGNET_SIGNATURE_LEN bytes of the caller
 * @param[out] error_out      details of a failure, or NULL if not wanted
 * @return SIGNET_OK, SIGNET_ERR_RECEIPT_INVALID, SIGNET_ERR_NULL_ARGUMENT
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_receipt_signature(const signet_receipt *receipt,
                                       uint8_t *signature_out,
                                       signet_error **error_out);

/**
 * Releases a receipt. NULL is ignored.
 *
 * @since 0.1
 */
SIGNET_EXPORT void signet_receipt_free(signet_receipt *receipt);

/**
 * A field of a receipt as UTF-8 text, JSON escapes resolved. The text belongs
 * to the receipt, lives until it is freed, and may hold any character, U+0000
 * included.
 *
 * @param receipt  the receipt; NULL gives NULL
 * @param field    a SIGNET_FIELD_… constant; another number gives NULL
 * @param[out] len_out  the length in bytes; may be NULL
 * @return the text, or NULL if the receipt has no such field
 *
 * @since 0.1
 */
SIGNET_EXPORT
const uint8_t *signet_receipt_text(const signet_receipt *receipt,
                                   int32_t field,
                                   size_t *len_out);

/**
 * A field of a receipt as canonical JSON, whatever its type: texts come with
 * their quotes. The text belongs to the receipt and lives until it is freed.
 *
 * In a receipt of version 3 the fields of action and signer are those of the
 * agent's receipt; "id", "nonce" and "sig" are the server's.
 *
 * @param receipt  the receipt; NULL gives NULL
 * @param field    a SIGNET_FIELD_… constant; another number gives NULL
 * @param[out] len_out  the length in bytes; may be NULL
 * @return the JSON text, or NULL if the receipt has no such field
 *
 * @since 0.1
 */
SIGNET_EXPORT
const uint8_t *signet_receipt_value(const signet_receipt *receipt,
                                    int32_t field,
                                    size_t *len_out);

/**
 * The params that were signed, as JSON text: "null" in a hash-only receipt.
 *
 * Params with a number that a double would round travel as the text they were
 * given in, inside an object with the single member "$exact"; this is that
 * text, with every digit. The text belongs to the receipt and lives until it
 * is freed. NULL for NULL.
 *
 * @param receipt  the receipt
 * @param[out] len_out  the length in bytes; may be NULL
 *
 * @since 0.1
 */
SIGNET_EXPORT
const uint8_t *signet_receipt_params(const signet_receipt *receipt,
                                     size_t *len_out);

/**
 * When the response came, as the agent says (version 2), or when the server
 * signed, as it says (version 3).
 *
 * @param receipt  the receipt
 * @param[out] unix_ms_out  milliseconds since 1970-01-01T00:00:00Z
 * @param[out] error_out    details of a failure, or NULL if not wanted
 * @return SIGNET_OK, SIGNET_ERR_RECEIPT_VERSION (it speaks of no response),
 *         SIGNET_ERR_TIMESTAMP_INVALID, SIGNET_ERR_NULL_ARGUMENT
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_receipt_response_time(const signet_receipt *receipt,
                                           int64_t *unix_ms_out,
                                           signet_error **error_out);

/**
 * Copies the public key that a receipt of version 3 names as its server's.
 * Until signet_receipt_verify() has said so, nothing proves that it is.
 *
 * @param receipt  the receipt
 * @param[out] bytes_out  SIGNET_PUBLIC_KEY_LEN bytes of the caller
 * @param[out] error_out  details of a failure, or NULL if not wanted
 * @return SIGNET_OK, SIGNET_ERR_RECEIPT_VERSION (no server signed it),
 *         SIGNET_ERR_RECEIPT_INVALID, SIGNET_ERR_NULL_ARGUMENT
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_receipt_server_key(const signet_receipt *receipt,
                                        uint8_t *bytes_out,
                                        signet_error **error_out);

/**
 * Takes the agent's receipt out of one of version 3, as it was signed.
 *
 * @param receipt  the receipt
 * @param[out] agent_receipt_out  the receipt inside; owned by the caller
 * @param[out] error_out          details of a failure, or NULL if not wanted
 * @return SIGNET_OK, SIGNET_ERR_RECEIPT_VERSION (there is none inside),
 *         SIGNET_ERR_NULL_ARGUMENT
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_receipt_agent_receipt(const signet_receipt *receipt,
                                           signet_receipt **agent_receipt_out,
                                           signet_error **error_out);

/**
 * Fills in the defaults. NULL is ignored.
 *
 * @since 0.1
 */
SIGNET_EXPORT void signet_co_sign_options_init(signet_co_sign_options *options_out);

/**
 * Signs a tool call and its response in one: a receipt of version 2. Of the
 * response only the hash is kept.
 *
 * @param keypair           who signs
 * @param action            the action, as for signet_receipt_sign(); borrowed
 * @param action_len        its length in bytes
 * @param response          the response, any JSON text; borrowed for the call
 * @param response_len      its length in bytes
 * @param outcome           what became of the call, as JSON, see
 *                          signet_receipt_co_sign(); NULL with length 0: unsaid
 * @param outcome_len       its length in bytes
 * @param requested_at      when the request went out, an RFC 3339 date-time, kept
 *                          as given; borrowed for the call
 * @param requested_at_len  its length in bytes
 * @param responded_at      when the response came, not before the request; borrowed
 * @param responded_at_len  its length in bytes
 * @param name              the signer's name, any text; borrowed for the call
 * @param name_len          its length in bytes
 * @param owner             whom the signer works for, any text or empty; borrowed
 * @param owner_len         its length in bytes
 * @param options           options, or NULL; no expiry, and not SIGNET_SIGN_AT,
 *                          because the times are given. max_len counts for
 *                          action and response
 * @param[out] receipt_out  the receipt; owned by the caller
 * @param[out] error_out    details of a failure, or NULL if not wanted
 * @return as signet_receipt_sign(), and SIGNET_ERR_TIME_OUT_OF_WINDOW (the
 *         response came before the request)
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_receipt_sign_compound(const signet_keypair *keypair,
                                           const uint8_t *action,
                                           size_t action_len,
                                           const uint8_t *response,
                                           size_t response_len,
                                           const uint8_t *outcome,
                                           size_t outcome_len,
                                           const uint8_t *requested_at,
                                           size_t requested_at_len,
                                           const uint8_t *responded_at,
                                           size_t responded_at_len,
                                           const uint8_t *name,
                                           size_t name_len,
                                           const uint8_t *owner,
                                           size_t owner_len,
                                           const signet_sign_options *options,
                                           signet_receipt **receipt_out,
                                           signet_error **error_out);

/**
 * Co-signs an agent's receipt (version 1 or 4) together with the response and
 * what became of the call: a receipt of version 3. Of the response only the hash
 * is kept.
 *
 * The agent's receipt must be sound under the key it names, which must not be
 * the server's own. Whether that agent is to be trusted and whether its receipt
 * has expired is for the server to have decided before; a refusal is co-signed
 * too.
 *
 * The outcome is {"status", "reason"?, "error"?}, where status is "verified",
 * "rejected", "requires_approval", "executed" or "failed".
 *
 * @param server         who co-signs
 * @param agent_receipt  the agent's receipt, not read with SIGNET_PARSE_FORENSIC
 * @param response       the response, any JSON text; borrowed for the call
 * @param response_len   its length in bytes
 * @param outcome        what became of the call, as JSON; borrowed for the call.
 *                       NULL with length 0: unsaid
 * @param outcome_len    its length in bytes
 * @param name           the server's name, any text; borrowed for the call
 * @param name_len       its length in bytes
 * @param options        options, or NULL
 * @param[out] receipt_out  the receipt; owned by the caller
 * @param[out] error_out    details of a failure, or NULL if not wanted
 * @return SIGNET_OK; SIGNET_ERR_JSON_… or SIGNET_ERR_TOO_LARGE for texts;
 *         SIGNET_ERR_RECEIPT_INVALID or SIGNET_ERR_UNKNOWN_MEMBER for the
 *         outcome; SIGNET_ERR_SAME_SIGNER, SIGNET_ERR_RECEIPT_VERSION,
 *         SIGNET_ERR_TIME_OUT_OF_WINDOW (the agent's receipt is dated later), and
 *         what signet_receipt_verify() says of the agent's receipt;
 *         SIGNET_ERR_SIGNER_FAILED, SIGNET_ERR_RANDOMNESS,
 *         SIGNET_ERR_INVALID_ARGUMENT, SIGNET_ERR_UNSUPPORTED,
 *         SIGNET_ERR_NULL_ARGUMENT
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_receipt_co_sign(const signet_keypair *server,
                                     const signet_receipt *agent_receipt,
                                     const uint8_t *response,
                                     size_t response_len,
                                     const uint8_t *outcome,
                                     size_t outcome_len,
                                     const uint8_t *name,
                                     size_t name_len,
                                     const signet_co_sign_options *options,
                                     signet_receipt **receipt_out,
                                     signet_error **error_out);

/**
 * Reads a trust bundle. Every rule of the format is checked: what it means could
 * otherwise be read in two ways.
 *
 * @param text      the document; borrowed for the call
 * @param text_len  its length in bytes
 * @param format    a SIGNET_FORMAT_… constant
 * @param[out] bundle_out  the bundle; owned by the caller
 * @param[out] error_out   details of a failure, or NULL if not wanted: see
 *                         signet_error_line()
 * @return SIGNET_OK, SIGNET_ERR_TRUST_BUNDLE_INVALID, SIGNET_ERR_TOO_LARGE,
 *         SIGNET_ERR_INVALID_ARGUMENT, SIGNET_ERR_NULL_ARGUMENT
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_trust_bundle_parse(const uint8_t *text,
                                        size_t text_len,
                                        int32_t format,
                                        signet_trust_bundle **bundle_out,
                                        signet_error **error_out);

/**
 * The bundle as canonical JSON (RFC 8785), whatever it was written in. The text
 * belongs to the bundle and lives until it is freed. NULL for NULL.
 *
 * @param bundle  the bundle
 * @param[out] len_out  the length in bytes; may be NULL
 *
 * @since 0.1
 */
SIGNET_EXPORT
const uint8_t *signet_trust_bundle_json(const signet_trust_bundle *bundle,
                                        size_t *len_out);

/**
 * What the bundle says of itself, as UTF-8 text. The text belongs to the bundle
 * and lives until it is freed.
 *
 * @param bundle  the bundle; NULL gives NULL
 * @param field   a SIGNET_TRUST_BUNDLE_… constant; another number gives NULL
 * @param[out] len_out  the length in bytes; may be NULL
 * @return the text, or NULL if the bundle does not say
 *
 * @since 0.1
 */
SIGNET_EXPORT
const uint8_t *signet_trust_bundle_text(const signet_trust_bundle *bundle,
                                        int32_t field,
                                        size_t *len_out);

/**
 * Asks whether a key is trusted for something at a time. Anything but SIGNET_OK
 * means: it is not, and why.
 *
 * @param bundle      the bundle
 * @param section     SIGNET_SECTION_ROOTS, …_AGENTS or …_SERVERS
 * @param key         the key
 * @param at_unix_ms  the time in milliseconds since 1970-01-01T00:00:00Z, or
 *                    SIGNET_NOW
 * @param[out] error_out  details of a failure, or NULL if not wanted
 * @return SIGNET_OK, SIGNET_ERR_SIGNER_UNTRUSTED (it is not in the section),
 *         SIGNET_ERR_KEY_DISABLED, SIGNET_ERR_KEY_REVOKED,
 *         SIGNET_ERR_KEY_EXPIRED, SIGNET_ERR_INVALID_ARGUMENT,
 *         SIGNET_ERR_NULL_ARGUMENT
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_trust_bundle_check(const signet_trust_bundle *bundle,
                                        int32_t section,
                                        const signet_public_key *key,
                                        int64_t at_unix_ms,
                                        signet_error **error_out);

/**
 * Lists the keys of a bundle, as a JSON array of {"section", "id", "name",
 * "owner", "pubkey", "status", "created_at"} and, where there are any,
 * {"expires_at", "disabled_from", "revoked_from", "comment"}, in the order of
 * the document. "status" is what the key is worth at the time: "active",
 * "disabled", "revoked" or "expired".
 *
 * @param bundle      the bundle
 * @param section     a SIGNET_SECTION_… constant
 * @param at_unix_ms  the time in milliseconds since 1970-01-01T00:00:00Z, or
 *                    SIGNET_NOW
 * @param[out] list_out   the list; owned by the caller
 * @param[out] error_out  details of a failure, or NULL if not wanted
 * @return SIGNET_OK, SIGNET_ERR_INVALID_ARGUMENT, SIGNET_ERR_NULL_ARGUMENT
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_trust_bundle_list(const signet_trust_bundle *bundle,
                                       int32_t section,
                                       int64_t at_unix_ms,
                                       signet_buffer **list_out,
                                       signet_error **error_out);

/**
 * Releases a bundle. NULL is ignored.
 *
 * @since 0.1
 */
SIGNET_EXPORT void signet_trust_bundle_free(signet_trust_bundle *bundle);

/**
 * Fills in the defaults. NULL is ignored.
 *
 * @since 0.1
 */
SIGNET_EXPORT void signet_verify_options_init(signet_verify_options *options_out);

/**
 * Verifies a receipt of any version. Anything but SIGNET_OK means: do not
 * believe it.
 *
 * Every signature must verify strictly under the key that the receipt names,
 * and that key must be trusted: versions 1 and 2 stand on an agent among
 * `trusted`, version 3 on a server among the options' besides, version 4 on
 * delegations that lead from one of the options' roots to the agent and cover
 * its action. Keys of the options' bundle count like those. Ids must derive from
 * the signatures, hashes from what they are of; timestamps must be timestamps
 * and in order; the receipt must not have expired, and must be what else the
 * options expect. A receipt that was read with SIGNET_PARSE_FORENSIC is spared
 * what the published Signet does not check. Replays are not seen: nothing here
 * remembers.
 *
 * The position of an error about a delegation is the delegation's index,
 * counted from the root.
 *
 * @param receipt      the receipt
 * @param trusted      the keys of agents that may have signed it; borrowed for
 *                     the call
 * @param trusted_len  how many there are
 * @param options      what else is trusted and expected, or NULL
 * @param[out] error_out  details of a failure, or NULL if not wanted
 * @return SIGNET_OK; for signatures SIGNET_ERR_SIGNATURE_INVALID,
 *         SIGNET_ERR_ID_MISMATCH, SIGNET_ERR_PARAMS_HASH_MISMATCH,
 *         SIGNET_ERR_RECEIPT_INVALID; for keys SIGNET_ERR_KEY_MISMATCH (one key
 *         was given and the receipt names another),
 *         SIGNET_ERR_SIGNER_UNTRUSTED, SIGNET_ERR_KEY_DISABLED,
 *         SIGNET_ERR_KEY_REVOKED, SIGNET_ERR_KEY_EXPIRED,
 *         SIGNET_ERR_KEY_INVALID, SIGNET_ERR_KEY_WEAK, SIGNET_ERR_SAME_SIGNER;
 *         for times SIGNET_ERR_EXPIRED, SIGNET_ERR_TIMESTAMP_INVALID,
 *         SIGNET_ERR_TIME_OUT_OF_WINDOW; for what is expected
 *         SIGNET_ERR_BINDING_MISMATCH (session, call id),
 *         SIGNET_ERR_CONTENT_HASH_MISMATCH, SIGNET_ERR_RECEIPT_VERSION (it
 *         speaks of no response), SIGNET_ERR_JSON_… (of the response); for
 *         version 4 what signet_chain_verify() answers,
 *         SIGNET_ERR_CHAIN_HASH_MISMATCH, SIGNET_ERR_CHAIN_ROOT_MISMATCH,
 *         SIGNET_ERR_CHAIN_DELEGATE_MISMATCH, SIGNET_ERR_SCOPE_VIOLATION;
 *         SIGNET_ERR_INVALID_ARGUMENT, SIGNET_ERR_TOO_LARGE,
 *         SIGNET_ERR_UNSUPPORTED, SIGNET_ERR_NULL_ARGUMENT
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_receipt_verify(const signet_receipt *receipt,
                                    const signet_public_key *const *trusted,
                                    size_t trusted_len,
                                    const signet_verify_options *options,
                                    signet_error **error_out);

/**
 * Verifies a receipt as signet_receipt_verify() does, and answers who signed it
 * as JSON: {"version", "agent", "agent_trusted"}, in version 3 "server", in
 * version 4 "root", "delegations" (ids, root first) and "scope", which is what
 * the agent was allowed to do: {"tools", "targets", "max_depth", "expires"?}.
 * Keys are "ed25519:" texts.
 *
 * @param receipt      the receipt
 * @param trusted      the keys of agents that may have signed it; borrowed for
 *                     the call
 * @param trusted_len  how many there are
 * @param options      what else is trusted and expected, or NULL
 * @param[out] signers_out  who signed, as JSON; owned by the caller
 * @param[out] error_out    details of a failure, or NULL if not wanted
 * @return as signet_receipt_verify()
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_receipt_verify_signers(const signet_receipt *receipt,
                                            const signet_public_key *const *trusted,
                                            size_t trusted_len,
                                            const signet_verify_options *options,
                                            signet_buffer **signers_out,
                                            signet_error **error_out);

/**
 * Whether a response is the one that a receipt of version 2 or 3 speaks of. Says
 * nothing about signatures: see the options of signet_receipt_verify() for both.
 *
 * @param receipt       the receipt
 * @param response      the response as JSON text; borrowed for the call
 * @param response_len  its length in bytes
 * @param options       limits, or NULL; no flags apply
 * @param[out] error_out  details of a failure, or NULL if not wanted
 * @return SIGNET_OK, SIGNET_ERR_CONTENT_HASH_MISMATCH, SIGNET_ERR_RECEIPT_VERSION
 *         (it speaks of no response), SIGNET_ERR_JSON_…, SIGNET_ERR_TOO_LARGE,
 *         SIGNET_ERR_INVALID_ARGUMENT, SIGNET_ERR_UNSUPPORTED,
 *         SIGNET_ERR_NULL_ARGUMENT
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_receipt_check_response(const signet_receipt *receipt,
                                            const uint8_t *response,
                                            size_t response_len,
                                            const signet_parse_options *options,
                                            signet_error **error_out);

/**
 * Fills in the defaults. NULL is ignored.
 *
 * @since 0.1
 */
SIGNET_EXPORT
void signet_delegation_options_init(signet_delegation_options *options_out);

/**
 * Delegates: signs that another key may act within a scope.
 *
 * The scope is {"tools", "targets", "max_depth", "expires"?}: names of tools and
 * targets, compared byte for byte, where ["*"] alone means all; how many further
 * delegations may follow; and its last instant, an RFC 3339 date-time. "budget"
 * and "constraints" are refused in it, because no signature would cover them.
 *
 * @param keypair            who delegates
 * @param name               its name, not empty; borrowed for the call
 * @param name_len           its length in bytes
 * @param delegate           the key that is delegated to
 * @param delegate_name      its name, not empty; borrowed for the call
 * @param delegate_name_len  its length in bytes
 * @param scope              the scope as JSON text; borrowed for the call
 * @param scope_len          its length in bytes
 * @param options            options, or NULL
 * @param[out] delegation_out  the delegation; owned by the caller
 * @param[out] error_out       details of a failure, or NULL if not wanted
 * @return SIGNET_OK; SIGNET_ERR_JSON_… for texts; SIGNET_ERR_DELEGATION_INVALID
 *         or SIGNET_ERR_UNKNOWN_MEMBER for names and scope;
 *         SIGNET_ERR_SCOPE_WIDENED or SIGNET_ERR_DELEGATION_DEPTH_EXCEEDED when
 *         it does not narrow the parent scope; SIGNET_ERR_PRINCIPAL_INVALID,
 *         SIGNET_ERR_SIGNER_FAILED, SIGNET_ERR_RANDOMNESS, SIGNET_ERR_TOO_LARGE,
 *         SIGNET_ERR_INVALID_ARGUMENT, SIGNET_ERR_UNSUPPORTED,
 *         SIGNET_ERR_NULL_ARGUMENT
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_delegation_sign(const signet_keypair *keypair,
                                     const uint8_t *name,
                                     size_t name_len,
                                     const signet_public_key *delegate,
                                     const uint8_t *delegate_name,
                                     size_t delegate_name_len,
                                     const uint8_t *scope,
                                     size_t scope_len,
                                     const signet_delegation_options *options,
                                     signet_delegation **delegation_out,
                                     signet_error **error_out);

/**
 * Reads a delegation from JSON text. Its shape is checked, its signature is not.
 *
 * @param json      the text; borrowed for the call
 * @param json_len  its length in bytes
 * @param options   limits and SIGNET_PARSE_FORENSIC, or NULL
 * @param[out] delegation_out  the delegation; owned by the caller
 * @param[out] error_out       details of a failure, or NULL if not wanted
 * @return SIGNET_OK; SIGNET_ERR_JSON_… or SIGNET_ERR_TOO_LARGE for the text;
 *         SIGNET_ERR_DELEGATION_INVALID, SIGNET_ERR_UNKNOWN_MEMBER,
 *         SIGNET_ERR_KEY_INVALID, SIGNET_ERR_KEY_WEAK or
 *         SIGNET_ERR_TIMESTAMP_INVALID for its members;
 *         SIGNET_ERR_UNSUPPORTED, SIGNET_ERR_INVALID_ARGUMENT,
 *         SIGNET_ERR_NULL_ARGUMENT
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_delegation_parse(const uint8_t *json,
                                      size_t json_len,
                                      const signet_parse_options *options,
                                      signet_delegation **delegation_out,
                                      signet_error **error_out);

/**
 * Verifies a delegation at a time: its signature, its id, and that it has been
 * issued and has not expired. Where the options name roots or a bundle, its
 * delegator must be a trusted root; otherwise nothing says that there was
 * anything to delegate.
 *
 * @param delegation  the delegation
 * @param options     the time, the tolerated difference between clocks, and the
 *                    roots, or NULL; the other members are for receipts
 * @param[out] error_out  details of a failure, or NULL if not wanted
 * @return as signet_chain_verify()
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_delegation_verify(const signet_delegation *delegation,
                                       const signet_verify_options *options,
                                       signet_error **error_out);

/**
 * The delegation as canonical JSON (RFC 8785): what to store and to send. The
 * text belongs to the delegation and lives until it is freed. NULL for NULL.
 *
 * @param delegation  the delegation
 * @param[out] len_out  the length in bytes; may be NULL
 *
 * @since 0.1
 */
SIGNET_EXPORT
const uint8_t *signet_delegation_json(const signet_delegation *delegation,
                                      size_t *len_out);

/**
 * A field of a delegation: UTF-8 text, JSON where the constant says so. The text
 * belongs to the delegation and lives until it is freed.
 *
 * @param delegation  the delegation; NULL gives NULL
 * @param field       a SIGNET_DELEGATION_… constant; another number gives NULL
 * @param[out] len_out  the length in bytes; may be NULL
 * @return the text, or NULL if the delegation has no such field
 *
 * @since 0.1
 */
SIGNET_EXPORT
const uint8_t *signet_delegation_text(const signet_delegation *delegation,
                                      int32_t field,
                                      size_t *len_out);

/**
 * Releases a delegation. NULL is ignored.
 *
 * @since 0.1
 */
SIGNET_EXPORT void signet_delegation_free(signet_delegation *delegation);

/**
 * Makes a chain, the JSON array of delegations from the root to the agent, out
 * of its links.
 *
 * @param links      the delegations, root first; borrowed for the call
 * @param links_len  how many there are
 * @param[out] chain_out  the chain; owned by the caller
 * @param[out] error_out  details of a failure, or NULL if not wanted
 * @return SIGNET_OK, SIGNET_ERR_INVALID_ARGUMENT, SIGNET_ERR_NULL_ARGUMENT
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_chain_join(const signet_delegation *const *links,
                                size_t links_len,
                                signet_buffer **chain_out,
                                signet_error **error_out);

/**
 * Verifies a chain from a trusted root to its end, at a time: that each link
 * verifies, is by the key that the link before names, and narrows it.
 *
 * The position of an error is the index of the link, counted from the root.
 *
 * @param chain      the chain, a JSON array of delegations, root first; borrowed
 * @param chain_len  its length in bytes
 * @param roots      the keys that may delegate in the first place; borrowed. Those
 *                   of the options and of their bundle count too
 * @param roots_len  how many there are
 * @param options    the time, the tolerated difference between clocks, and the
 *                   length, or NULL; the other members are for receipts
 * @param[out] scope_out  what the key at the end may do, as JSON: {"tools",
 *                        "targets", "max_depth", "expires"?}; owned by the caller
 * @param[out] error_out  details of a failure, or NULL if not wanted
 * @return SIGNET_OK; SIGNET_ERR_CHAIN_EMPTY, SIGNET_ERR_CHAIN_TOO_LONG,
 *         SIGNET_ERR_CHAIN_ROOT_UNTRUSTED, SIGNET_ERR_CHAIN_BROKEN,
 *         SIGNET_ERR_SCOPE_WIDENED, SIGNET_ERR_DELEGATION_DEPTH_EXCEEDED; for a
 *         link SIGNET_ERR_SIGNATURE_INVALID, SIGNET_ERR_ID_MISMATCH,
 *         SIGNET_ERR_DELEGATION_EXPIRED, SIGNET_ERR_DELEGATION_NOT_YET_VALID;
 *         for a root of the bundle SIGNET_ERR_KEY_DISABLED,
 *         SIGNET_ERR_KEY_REVOKED, SIGNET_ERR_KEY_EXPIRED; for the text what
 *         signet_delegation_parse() says; SIGNET_ERR_INVALID_ARGUMENT,
 *         SIGNET_ERR_UNSUPPORTED, SIGNET_ERR_NULL_ARGUMENT
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_chain_verify(const uint8_t *chain,
                                  size_t chain_len,
                                  const signet_public_key *const *roots,
                                  size_t roots_len,
                                  const signet_verify_options *options,
                                  signet_buffer **scope_out,
                                  signet_error **error_out);

/**
 * Signs a tool call on the authority of a chain: a receipt of version 4. What
 * the chain does not allow is not signed. The owner in the receipt is the root's
 * name. Verify with signet_receipt_verify() and the roots in its options.
 *
 * @param keypair     who signs: the delegate of the last link
 * @param action      the action, as for signet_receipt_sign(); borrowed
 * @param action_len  its length in bytes
 * @param name        the signer's name, any text; borrowed for the call
 * @param name_len    its length in bytes
 * @param chain       the chain, a JSON array of delegations, root first; borrowed
 * @param chain_len   its length in bytes
 * @param options     options, or NULL; no expiry: that of the delegations counts
 * @param[out] receipt_out  the receipt; owned by the caller
 * @param[out] error_out    details of a failure, or NULL if not wanted; its
 *                          position is the index of the link
 * @return as signet_chain_verify(), and SIGNET_ERR_CHAIN_DELEGATE_MISMATCH,
 *         SIGNET_ERR_SCOPE_VIOLATION, and what signet_receipt_sign() answers;
 *         whether anybody trusts the root is not asked
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_receipt_sign_authorized(const signet_keypair *keypair,
                                             const uint8_t *action,
                                             size_t action_len,
                                             const uint8_t *name,
                                             size_t name_len,
                                             const uint8_t *chain,
                                             size_t chain_len,
                                             const signet_sign_options *options,
                                             signet_receipt **receipt_out,
                                             signet_error **error_out);

/**
 * Reads a policy. What the format does not define is refused: a misspelt rule
 * must not mean "no condition".
 *
 * @param text      the document; borrowed for the call
 * @param text_len  its length in bytes
 * @param format    a SIGNET_FORMAT_… constant
 * @param previous  a policy that this one replaces, whose counts go on for rules
 *                  of the same id; NULL: nothing is counted yet
 * @param[out] policy_out  the policy; owned by the caller
 * @param[out] error_out   details of a failure, or NULL if not wanted: see
 *                         signet_error_line()
 * @return SIGNET_OK, SIGNET_ERR_POLICY_INVALID, SIGNET_ERR_TOO_LARGE,
 *         SIGNET_ERR_INVALID_ARGUMENT, SIGNET_ERR_NULL_ARGUMENT
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_policy_parse(const uint8_t *text,
                                  size_t text_len,
                                  int32_t format,
                                  const signet_policy *previous,
                                  signet_policy **policy_out,
                                  signet_error **error_out);

/**
 * The policy as canonical JSON with every default filled in, whatever it was
 * written in. The text belongs to the policy and lives until it is freed. NULL
 * for NULL.
 *
 * @param policy  the policy
 * @param[out] len_out  the length in bytes; may be NULL
 *
 * @since 0.1
 */
SIGNET_EXPORT
const uint8_t *signet_policy_json(const signet_policy *policy,
                                  size_t *len_out);

/**
 * "sha256:" and the hash of signet_policy_json(), which stands in receipts. The
 * text belongs to the policy and lives until it is freed. NULL for NULL.
 *
 * @param policy  the policy
 * @param[out] len_out  the length in bytes; may be NULL
 *
 * @since 0.1
 */
SIGNET_EXPORT
const uint8_t *signet_policy_hash(const signet_policy *policy,
                                  size_t *len_out);

/**
 * Decides about a call. SIGNET_OK means that there is a decision, not that the
 * call is allowed: ask signet_decision_verdict(), or let
 * signet_decision_require_allowed() make it a status.
 *
 * A call of which only the hash of the params is known never gets a milder
 * decision than any params would.
 *
 * @param policy      the policy
 * @param action      the action, as for signet_receipt_sign(); borrowed
 * @param action_len  its length in bytes
 * @param agent       the name of the agent; borrowed for the call
 * @param agent_len   its length in bytes
 * @param at_unix_ms  the time of the call in milliseconds since
 *                    1970-01-01T00:00:00Z, or SIGNET_NOW
 * @param flags       0 or SIGNET_EVALUATE_DRY_RUN
 * @param[out] decision_out  the decision; owned by the caller
 * @param[out] error_out     details of a failure, or NULL if not wanted
 * @return SIGNET_OK; SIGNET_ERR_JSON_… or SIGNET_ERR_TOO_LARGE for the action's
 *         text; SIGNET_ERR_RECEIPT_INVALID or SIGNET_ERR_UNKNOWN_MEMBER for its
 *         members; SIGNET_ERR_INVALID_ARGUMENT, SIGNET_ERR_UNSUPPORTED,
 *         SIGNET_ERR_NULL_ARGUMENT
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_policy_evaluate(const signet_policy *policy,
                                     const uint8_t *action,
                                     size_t action_len,
                                     const uint8_t *agent,
                                     size_t agent_len,
                                     int64_t at_unix_ms,
                                     uint32_t flags,
                                     signet_decision **decision_out,
                                     signet_error **error_out);

/**
 * Decides about a call and, if it is allowed, signs it: a receipt of version 1
 * with the attestation of the decision. Params that SIGNET_SIGN_HASH_ONLY keeps
 * out of the receipt are shown to the policy.
 *
 * Unlike other outputs the decision is set whenever the policy has decided, also
 * when it did not allow: signet_decision_violation() is then what to append to
 * the log.
 *
 * @param keypair     who signs
 * @param action      the action, as for signet_receipt_sign(); borrowed
 * @param action_len  its length in bytes
 * @param name        the signer's name, by which the policy knows it; borrowed
 * @param name_len    its length in bytes
 * @param owner       whom the signer works for, any text or empty; borrowed
 * @param owner_len   its length in bytes
 * @param policy      the policy
 * @param options     options, or NULL
 * @param[out] receipt_out   the receipt; owned by the caller
 * @param[out] decision_out  the decision; owned by the caller, also on failure
 * @param[out] error_out     details of a failure, or NULL if not wanted
 * @return as signet_receipt_sign(), and SIGNET_ERR_POLICY_DENIED,
 *         SIGNET_ERR_APPROVAL_REQUIRED
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_receipt_sign_with_policy(const signet_keypair *keypair,
                                              const uint8_t *action,
                                              size_t action_len,
                                              const uint8_t *name,
                                              size_t name_len,
                                              const uint8_t *owner,
                                              size_t owner_len,
                                              const signet_policy *policy,
                                              const signet_sign_options *options,
                                              signet_receipt **receipt_out,
                                              signet_decision **decision_out,
                                              signet_error **error_out);

/**
 * Releases a policy. NULL is ignored.
 *
 * @since 0.1
 */
SIGNET_EXPORT void signet_policy_free(signet_policy *policy);

/**
 * The verdict: a SIGNET_VERDICT_… constant; 0, which is none of them, for NULL.
 *
 * @since 0.1
 */
SIGNET_EXPORT int32_t signet_decision_verdict(const signet_decision *decision);

/**
 * The verdict as a status, with the policy's reason as the message.
 *
 * @param decision  the decision
 * @param[out] error_out  details of a failure, or NULL if not wanted
 * @return SIGNET_OK (allowed), SIGNET_ERR_POLICY_DENIED,
 *         SIGNET_ERR_APPROVAL_REQUIRED, SIGNET_ERR_NULL_ARGUMENT
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_decision_require_allowed(const signet_decision *decision,
                                              signet_error **error_out);

/**
 * The decision as canonical JSON: {"decision" ("allow", "require_approval" or
 * "deny"), "matched_rules" (ids), "obligations", "policy_hash", "policy_name",
 * "reason", "winning_rule" (an id, or null for the default action)}. The text
 * belongs to the decision and lives until it is freed. NULL for NULL.
 *
 * @param decision  the decision
 * @param[out] len_out  the length in bytes; may be NULL
 *
 * @since 0.1
 */
SIGNET_EXPORT
const uint8_t *signet_decision_json(const signet_decision *decision,
                                    size_t *len_out);

/**
 * Why, for people. The text belongs to the decision and lives until it is freed.
 * NULL for NULL.
 *
 * @param decision  the decision
 * @param[out] len_out  the length in bytes; may be NULL
 *
 * @since 0.1
 */
SIGNET_EXPORT
const uint8_t *signet_decision_reason(const signet_decision *decision,
                                      size_t *len_out);

/**
 * The attestation that stands in the "policy" member of a receipt, as canonical
 * JSON. The text belongs to the decision and lives until it is freed.
 *
 * @param decision  the decision; NULL gives NULL
 * @param[out] len_out  the length in bytes; may be NULL
 * @return the attestation, or NULL unless the call is allowed
 *
 * @since 0.1
 */
SIGNET_EXPORT
const uint8_t *signet_decision_attestation(const signet_decision *decision,
                                           size_t *len_out);

/**
 * The record of a call that was not allowed, as canonical JSON: what to give to
 * signet_log_append(). No signature covers it; it is worth what the log is
 * worth. The text belongs to the decision and lives until it is freed.
 *
 * @param decision  the decision; NULL gives NULL
 * @param[out] len_out  the length in bytes; may be NULL
 * @return the record, or NULL if the call is allowed
 *
 * @since 0.1
 */
SIGNET_EXPORT
const uint8_t *signet_decision_violation(const signet_decision *decision,
                                         size_t *len_out);

/**
 * Releases a decision. NULL is ignored.
 *
 * @since 0.1
 */
SIGNET_EXPORT void signet_decision_free(signet_decision *decision);

/**
 * The receipt (or other record) in canonical JSON. The text belongs to the
 * record and lives until it is freed. NULL for NULL.
 *
 * @param record  the record
 * @param[out] len_out  the length in bytes; may be NULL
 *
 * @since 0.1
 */
SIGNET_EXPORT
const uint8_t *signet_log_record_receipt(const signet_log_record *record,
                                         size_t *len_out);

/**
 * The line as it stands in the log, without its line feed. The text belongs to
 * the record and lives until it is freed. NULL for NULL.
 *
 * @param record  the record
 * @param[out] len_out  the length in bytes; may be NULL
 *
 * @since 0.1
 */
SIGNET_EXPORT
const uint8_t *signet_log_record_line(const signet_log_record *record,
                                      size_t *len_out);

/**
 * The name of the file that holds the record, relative to the audit folder. The
 * text belongs to the record and lives until it is freed. NULL for NULL.
 *
 * @param record  the record
 * @param[out] len_out  the length in bytes; may be NULL
 *
 * @since 0.1
 */
SIGNET_EXPORT
const uint8_t *signet_log_record_file(const signet_log_record *record,
                                      size_t *len_out);

/**
 * The number of the record in the log, from 0. SIGNET_NO_POSITION for NULL.
 *
 * @since 0.1
 */
SIGNET_EXPORT uint64_t signet_log_record_index(const signet_log_record *record);

/**
 * Copies the hash of the record, which seals it and everything before it.
 *
 * @param record  the record
 * @param[out] hash_out   SIGNET_HASH_LEN bytes of the caller
 * @param[out] error_out  details of a failure, or NULL if not wanted
 * @return SIGNET_OK, SIGNET_ERR_NULL_ARGUMENT
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_log_record_hash(const signet_log_record *record,
                                     uint8_t *hash_out,
                                     signet_error **error_out);

/**
 * Releases a record. NULL is ignored. Not for records shown to a callback.
 *
 * @since 0.1
 */
SIGNET_EXPORT void signet_log_record_free(signet_log_record *record);

/**
 * Fills in the defaults. NULL is ignored.
 *
 * @since 0.1
 */
SIGNET_EXPORT void signet_log_options_init(signet_log_options *options_out);

/**
 * Opens the audit log of a home folder; the folders are made when absent. Only
 * what was written since the last head is read. A torn end is set aside, never
 * discarded; signet_log_recovery() tells.
 *
 * @param home         the folder's path, UTF-8; borrowed for the call
 * @param home_len     its length in bytes
 * @param control_key  signs the log's own records about torn ends and damage;
 *                     NULL: they are only noted beside the log
 * @param log_key      signs checkpoints; not an agent's key, because whoever acts
 *                     must not vouch for what was recorded. NULL: no checkpoints
 * @param options      options, or NULL
 * @param[out] log_out    the log; owned by the caller
 * @param[out] error_out  details of a failure, or NULL if not wanted
 * @return SIGNET_OK, SIGNET_ERR_IO, SIGNET_ERR_LOG_BUSY, SIGNET_ERR_LOG_DAMAGED,
 *         SIGNET_ERR_NETWORK_FILE_SYSTEM, SIGNET_ERR_SIGNER_FAILED,
 *         SIGNET_ERR_INVALID_ARGUMENT, SIGNET_ERR_UNSUPPORTED,
 *         SIGNET_ERR_NULL_ARGUMENT
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_log_open(const uint8_t *home,
                              size_t home_len,
                              const signet_keypair *control_key,
                              const signet_keypair *log_key,
                              const signet_log_options *options,
                              signet_log **log_out,
                              signet_error **error_out);

/**
 * Appends a receipt, or another record of the published formats.
 *
 * With SIGNET_LOG_SYNC, SIGNET_OK means that the record is on the disk. After
 * SIGNET_ERR_SYNC_FAILED it may be in the log or not; after every other error
 * it is not. Threads that append at the same time share one sync.
 *
 * @param log         the log
 * @param record      the JSON text; borrowed for the call
 * @param record_len  its length in bytes
 * @param[out] entry_out  where the record stands
 * @param[out] error_out  details of a failure, or NULL if not wanted
 * @return SIGNET_OK, SIGNET_ERR_JSON_…, SIGNET_ERR_RECORD_INVALID,
 *         SIGNET_ERR_TOO_LARGE, SIGNET_ERR_IO, SIGNET_ERR_SYNC_FAILED,
 *         SIGNET_ERR_LOG_BUSY, SIGNET_ERR_LOG_DAMAGED, SIGNET_ERR_LOG_CLOSED,
 *         SIGNET_ERR_NULL_ARGUMENT
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_log_append(const signet_log *log,
                                const uint8_t *record,
                                size_t record_len,
                                signet_log_entry *entry_out,
                                signet_error **error_out);

/**
 * Appends records next to each other, in order, with one write and one sync:
 * all of them or, on an error, none.
 *
 * @param log          the log
 * @param records      pointers to the JSON texts; borrowed for the call
 * @param record_lens  their lengths in bytes
 * @param count        how many there are
 * @param[out] entries_out  where they stand: an array of `count` entries
 * @param[out] error_out    details of a failure, or NULL if not wanted
 * @return as signet_log_append()
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_log_append_many(const signet_log *log,
                                     const uint8_t *const *records,
                                     const size_t *record_lens,
                                     size_t count,
                                     signet_log_entry *entries_out,
                                     signet_error **error_out);

/**
 * Makes everything durable that has been appended.
 *
 * @param log  the log
 * @param[out] durable_out  how many records are on the disk now
 * @param[out] error_out    details of a failure, or NULL if not wanted
 * @return SIGNET_OK, SIGNET_ERR_SYNC_FAILED, SIGNET_ERR_IO,
 *         SIGNET_ERR_LOG_CLOSED, SIGNET_ERR_NULL_ARGUMENT
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_log_sync(const signet_log *log,
                              uint64_t *durable_out,
                              signet_error **error_out);

/**
 * How many records this handle knows of; 0 for NULL. Others may have appended
 * more: see signet_log_refresh().
 *
 * @since 0.1
 */
SIGNET_EXPORT uint64_t signet_log_len(const signet_log *log);

/**
 * Takes notice of what other processes have appended.
 *
 * @param log  the log
 * @param[out] count_out  how many records there are
 * @param[out] error_out  details of a failure, or NULL if not wanted
 * @return SIGNET_OK, SIGNET_ERR_IO, SIGNET_ERR_LOG_BUSY, SIGNET_ERR_LOG_DAMAGED,
 *         SIGNET_ERR_LOG_CLOSED, SIGNET_ERR_NULL_ARGUMENT
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_log_refresh(const signet_log *log,
                                 uint64_t *count_out,
                                 signet_error **error_out);

/**
 * Reads one record by its number.
 *
 * @param log    the log
 * @param index  the number, from 0
 * @param[out] record_out  the record; owned by the caller
 * @param[out] error_out   details of a failure, or NULL if not wanted
 * @return SIGNET_OK, SIGNET_ERR_RECORD_NOT_FOUND, SIGNET_ERR_RECORD_INVALID,
 *         SIGNET_ERR_IO, SIGNET_ERR_LOG_CLOSED, SIGNET_ERR_NULL_ARGUMENT
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_log_read(const signet_log *log,
                              uint64_t index,
                              signet_log_record **record_out,
                              signet_error **error_out);

/**
 * Shows the records from one on, oldest first.
 *
 * @param log        the log
 * @param first      the number of the first record to show
 * @param visit      is shown each record; must not be NULL
 * @param user_data  given to each call
 * @param[out] error_out  details of a failure, or NULL if not wanted
 * @return SIGNET_OK, SIGNET_ERR_STOPPED, SIGNET_ERR_RECORD_INVALID,
 *         SIGNET_ERR_IO, SIGNET_ERR_LOG_CLOSED, SIGNET_ERR_NULL_ARGUMENT
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_log_visit(const signet_log *log,
                               uint64_t first,
                               signet_log_callback visit,
                               void *user_data,
                               signet_error **error_out);

/**
 * Shows the records that a query matches.
 *
 * The query is a JSON object with any of "since" and "until" (RFC 3339
 * date-times), "tool" (a part of the name), "signer", "target", "session",
 * "trace", "decision", "limit" (at most so many, the newest) and "newest_first"
 * (true or false; oldest first otherwise). An unknown member is an error. Empty
 * text matches everything.
 *
 * @param log        the log
 * @param query      the query; borrowed for the call
 * @param query_len  its length in bytes
 * @param visit      is shown each record; must not be NULL
 * @param user_data  given to each call
 * @param[out] error_out  details of a failure, or NULL if not wanted
 * @return SIGNET_OK, SIGNET_ERR_STOPPED, SIGNET_ERR_JSON_…,
 *         SIGNET_ERR_UNKNOWN_MEMBER, SIGNET_ERR_RECEIPT_INVALID,
 *         SIGNET_ERR_TIMESTAMP_INVALID, SIGNET_ERR_INVALID_ARGUMENT,
 *         SIGNET_ERR_RECORD_INVALID, SIGNET_ERR_IO, SIGNET_ERR_LOG_CLOSED,
 *         SIGNET_ERR_NULL_ARGUMENT
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_log_query(const signet_log *log,
                               const uint8_t *query,
                               size_t query_len,
                               signet_log_callback visit,
                               void *user_data,
                               signet_error **error_out);

/**
 * What opening the log, and reading what others wrote since, came upon: a JSON
 * object with "verdict" ("OK", "TORN", "TAMPERED", "TRUNCATED", "FORKED", …),
 * "index" where it is about a record, "incidents" and "rescanned".
 *
 * @param log  the log
 * @param[out] json_out   the JSON text; owned by the caller
 * @param[out] error_out  details of a failure, or NULL if not wanted
 * @return SIGNET_OK, SIGNET_ERR_NULL_ARGUMENT
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_log_recovery(const signet_log *log,
                                  signet_buffer **json_out,
                                  signet_error **error_out);

/**
 * Closes a log: what was appended is made durable (except with
 * SIGNET_LOG_NONE), and opening it again will read nothing. The handle still has
 * to be freed; freeing alone closes too, but cannot tell of a failure.
 *
 * @param log  the log
 * @param[out] error_out  details of a failure, or NULL if not wanted
 * @return SIGNET_OK, SIGNET_ERR_SYNC_FAILED, SIGNET_ERR_IO,
 *         SIGNET_ERR_LOG_CLOSED, SIGNET_ERR_NULL_ARGUMENT
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_log_close(const signet_log *log,
                               signet_error **error_out);

/**
 * Closes and releases a log. NULL is ignored.
 *
 * @since 0.1
 */
SIGNET_EXPORT void signet_log_free(signet_log *log);

/**
 * SIGNET_PARAMS_KEY_LEN, for languages without a preprocessor.
 *
 * @since 0.1
 */
SIGNET_EXPORT size_t signet_params_key_len(void);

/**
 * Derives the params key of a signer (HKDF-SHA-256 of the seed). The signing key
 * is not needed again.
 *
 * @param keypair  the signer's key pair
 * @param[out] params_key_out  the params key; owned by the caller
 * @param[out] error_out       details of a failure, or NULL if not wanted
 * @return SIGNET_OK, SIGNET_ERR_UNSUPPORTED if the secret is with a signer
 *         callback, SIGNET_ERR_NULL_ARGUMENT
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_params_key_derive(const signet_keypair *keypair,
                                       signet_params_key **params_key_out,
                                       signet_error **error_out);

/**
 * Makes a params key of the bytes that its owner has lent.
 *
 * @param signer      the public key of the signer whose params it opens
 * @param params_key  SIGNET_PARAMS_KEY_LEN bytes; borrowed for the call
 * @param[out] params_key_out  the params key; owned by the caller
 * @param[out] error_out       details of a failure, or NULL if not wanted
 * @return SIGNET_OK, SIGNET_ERR_NULL_ARGUMENT
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_params_key_from_bytes(const signet_public_key *signer,
                                           const uint8_t *params_key,
                                           signet_params_key **params_key_out,
                                           signet_error **error_out);

/**
 * Copies the secret bytes of a params key, to lend them to somebody who may
 * read. Whoever calls this answers for wiping the copy.
 *
 * @param params_key  the params key
 * @param[out] bytes_out  SIGNET_PARAMS_KEY_LEN bytes of the caller
 * @param[out] error_out  details of a failure, or NULL if not wanted
 * @return SIGNET_OK, SIGNET_ERR_NULL_ARGUMENT
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_params_key_export(const signet_params_key *params_key,
                                       uint8_t *bytes_out,
                                       signet_error **error_out);

/**
 * Encrypts the params of a receipt of version 1, 2 or 4: the record to append
 * with signet_log_append() instead of the receipt. Id, signature and
 * "params_hash" stay those of the receipt. The receipt is not verified.
 *
 * @param params_key   the params key of the receipt's signer
 * @param receipt      the receipt's JSON text; borrowed for the call
 * @param receipt_len  its length in bytes
 * @param[out] record_out  the record's JSON text; owned by the caller
 * @param[out] error_out   details of a failure, or NULL if not wanted
 * @return SIGNET_OK, SIGNET_ERR_KEY_MISMATCH if another key signed the receipt,
 *         SIGNET_ERR_SEALED_PARAMS_INVALID if it has no params in clear at its
 *         top level (version 3), SIGNET_ERR_RECORD_INVALID, SIGNET_ERR_JSON_…,
 *         SIGNET_ERR_TOO_LARGE, SIGNET_ERR_NULL_ARGUMENT
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_params_key_seal(const signet_params_key *params_key,
                                     const uint8_t *receipt,
                                     size_t receipt_len,
                                     signet_buffer **record_out,
                                     signet_error **error_out);

/**
 * Opens a record of the log and rebuilds its receipt, byte for byte the one that
 * was sealed. Opening does not verify it: see signet_receipt_parse() and
 * signet_receipt_verify().
 *
 * @param params_key  the params key of the record's signer
 * @param record      the record's JSON text (signet_log_record_receipt());
 *                    borrowed for the call
 * @param record_len  its length in bytes
 * @param[out] receipt_out  the receipt's JSON text; owned by the caller
 * @param[out] error_out    details of a failure, or NULL if not wanted
 * @return SIGNET_OK, SIGNET_ERR_KEY_MISMATCH if the params are another signer's,
 *         SIGNET_ERR_SEALED_PARAMS_ALTERED if they, or the id, the signer or the
 *         time, are not what was sealed, SIGNET_ERR_SEALED_PARAMS_INVALID if the
 *         record has the wrong form, SIGNET_ERR_UNSUPPORTED, SIGNET_ERR_JSON_…,
 *         SIGNET_ERR_NULL_ARGUMENT
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_params_key_open(const signet_params_key *params_key,
                                     const uint8_t *record,
                                     size_t record_len,
                                     signet_buffer **receipt_out,
                                     signet_error **error_out);

/**
 * Releases a params key and wipes it. NULL is ignored.
 *
 * @since 0.1
 */
SIGNET_EXPORT void signet_params_key_free(signet_params_key *params_key);

/**
 * Fills in the defaults. NULL is ignored.
 *
 * @since 0.1
 */
SIGNET_EXPORT
void signet_log_verify_options_init(signet_log_verify_options *options_out);

/**
 * Verifies an open log: every link of the chain, every hash, and on request
 * every signature. Anything but SIGNET_OK means: do not believe it as it is. That
 * records are missing from the end shows only as far as something remembers them:
 * see `anchored` and `remembered` in signet_log_report.
 *
 * Memory does not grow with the log. Callbacks run on the calling thread, in
 * the order of the log.
 *
 * @param log          the log
 * @param trusted      the keys that may sign; borrowed for the call. Where there are
 *                     some, signatures are verified whatever the options say
 * @param trusted_len  how many there are
 * @param options      options, or NULL
 * @param on_finding   is told each finding; may be NULL
 * @param on_progress  is told how far it is; may be NULL
 * @param user_data    given to each call
 * @param[out] report_out  the outcome in numbers, written whenever the
 *                     verification ran, also when it found damage
 * @param[out] error_out   details of a failure, or NULL if not wanted
 * @return SIGNET_OK; the gravest verdict: SIGNET_ERR_LOG_TAMPERED,
 *         SIGNET_ERR_LOG_TRUNCATED, SIGNET_ERR_LOG_FORKED, SIGNET_ERR_LOG_TORN,
 *         SIGNET_ERR_LOG_UNVERIFIABLE, SIGNET_ERR_LOG_STALE,
 *         SIGNET_ERR_SYNC_FAILED; SIGNET_ERR_STOPPED, SIGNET_ERR_IO,
 *         SIGNET_ERR_LOG_CLOSED, SIGNET_ERR_NOTE_INVALID and
 *         SIGNET_ERR_NOTE_UNSIGNED for the checkpoint, SIGNET_ERR_INVALID_ARGUMENT,
 *         SIGNET_ERR_UNSUPPORTED, SIGNET_ERR_NULL_ARGUMENT
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_log_verify(const signet_log *log,
                                const signet_public_key *const *trusted,
                                size_t trusted_len,
                                const signet_log_verify_options *options,
                                signet_finding_callback on_finding,
                                signet_progress_callback on_progress,
                                void *user_data,
                                signet_log_report *report_out,
                                signet_error **error_out);

/**
 * Verifies the files of an audit folder without opening it for writing: nothing
 * is created, locked or repaired. For evidence that somebody hands over.
 *
 * @param folder      the path of the audit folder ("<home>/audit"), UTF-8;
 *                    borrowed for the call
 * @param folder_len  its length in bytes
 * @param trusted      as in signet_log_verify()
 * @param trusted_len  how many there are
 * @param options      options, or NULL
 * @param on_finding   is told each finding; may be NULL
 * @param on_progress  is told how far it is; may be NULL
 * @param user_data    given to each call
 * @param[out] report_out  the outcome in numbers, written whenever the
 *                     verification ran, also when it found damage
 * @param[out] error_out   details of a failure, or NULL if not wanted
 * @return as signet_log_verify()
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_log_verify_folder(const uint8_t *folder,
                                       size_t folder_len,
                                       const signet_public_key *const *trusted,
                                       size_t trusted_len,
                                       const signet_log_verify_options *options,
                                       signet_finding_callback on_finding,
                                       signet_progress_callback on_progress,
                                       void *user_data,
                                       signet_log_report *report_out,
                                       signet_error **error_out);

/**
 * Signs the Merkle tree over all records as a checkpoint (c2sp.org/signed-note,
 * c2sp.org/tlog-checkpoint) and keeps it as the log's newest one. The log must
 * have been opened with a log key.
 *
 * @param log  the log
 * @param[out] note_out   the note's text; owned by the caller
 * @param[out] error_out  details of a failure, or NULL if not wanted
 * @return SIGNET_OK, SIGNET_ERR_INVALID_ARGUMENT (no log key),
 *         SIGNET_ERR_LOG_DAMAGED, SIGNET_ERR_SIGNER_FAILED, SIGNET_ERR_IO,
 *         SIGNET_ERR_SYNC_FAILED, SIGNET_ERR_LOG_CLOSED,
 *         SIGNET_ERR_NULL_ARGUMENT
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_log_checkpoint(const signet_log *log,
                                    signet_buffer **note_out,
                                    signet_error **error_out);

/**
 * The verifier key of the log's checkpoints and proofs
 * (c2sp.org/signed-note "vkey" text): what a verifier has to know and trust.
 *
 * @param log  the log
 * @param[out] vkey_out   the text; owned by the caller
 * @param[out] error_out  details of a failure, or NULL if not wanted
 * @return SIGNET_OK, SIGNET_ERR_INVALID_ARGUMENT (no log key),
 *         SIGNET_ERR_NULL_ARGUMENT
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_log_verifier_key(const signet_log *log,
                                      signet_buffer **vkey_out,
                                      signet_error **error_out);

/**
 * Makes the proof that a record stands in the log: one file
 * (c2sp.org/tlog-proof@v1) with the path through the tree and a checkpoint,
 * which verifies offline with signet_proof_verify() and with other tools of that
 * format.
 *
 * @param log    the log
 * @param index  the number of the record, from 0
 * @param[out] proof_out  the file's text; owned by the caller
 * @param[out] error_out  details of a failure, or NULL if not wanted
 * @return as signet_log_checkpoint(), and SIGNET_ERR_RECORD_NOT_FOUND
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_log_prove(const signet_log *log,
                               uint64_t index,
                               signet_buffer **proof_out,
                               signet_error **error_out);

/**
 * Makes the proof that the log as it was with `old_size` records is the
 * beginning of the log as it is: hashes in base64, one a line (RFC 6962 section
 * 2.1.2), to be checked with signet_consistency_verify().
 *
 * @param log       the log
 * @param old_size  how many records it had then, at least 1
 * @param[out] proof_out  the lines; owned by the caller
 * @param[out] error_out  details of a failure, or NULL if not wanted
 * @return SIGNET_OK, SIGNET_ERR_PROOF_INVALID, SIGNET_ERR_INVALID_ARGUMENT,
 *         SIGNET_ERR_IO, SIGNET_ERR_SYNC_FAILED, SIGNET_ERR_LOG_DAMAGED,
 *         SIGNET_ERR_LOG_CLOSED, SIGNET_ERR_NULL_ARGUMENT
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_log_prove_consistency(const signet_log *log,
                                           uint64_t old_size,
                                           signet_buffer **proof_out,
                                           signet_error **error_out);

/**
 * Verifies a proof file offline: that the record with this hash stands in the
 * log whose verifier key this is. Nothing else is needed.
 *
 * The hash is the record's "record_hash" (signet_log_entry, or
 * signet_record_hash() of the record's line).
 *
 * @param proof        the file's text; borrowed for the call
 * @param proof_len    its length in bytes
 * @param record_hash  SIGNET_HASH_LEN bytes; borrowed for the call
 * @param vkey         the log's verifier key; borrowed for the call
 * @param vkey_len     its length in bytes
 * @param[out] index_out  the number of the record in the log
 * @param[out] size_out   how many records the checkpoint covers
 * @param[out] error_out  details of a failure, or NULL if not wanted
 * @return SIGNET_OK, SIGNET_ERR_PROOF_INVALID, SIGNET_ERR_NOTE_INVALID,
 *         SIGNET_ERR_NOTE_UNSIGNED, SIGNET_ERR_KEY_INVALID, SIGNET_ERR_KEY_WEAK,
 *         SIGNET_ERR_SIGNATURE_INVALID, SIGNET_ERR_INVALID_ARGUMENT,
 *         SIGNET_ERR_TOO_LARGE, SIGNET_ERR_NULL_ARGUMENT
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_proof_verify(const uint8_t *proof,
                                  size_t proof_len,
                                  const uint8_t *record_hash,
                                  const uint8_t *vkey,
                                  size_t vkey_len,
                                  uint64_t *index_out,
                                  uint64_t *size_out,
                                  signet_error **error_out);

/**
 * The hash of a record's line, computed from its receipt and its predecessor:
 * what a proof is about. The line's own "record_hash" must be the same.
 *
 * @param line      the line, with or without its line feed; borrowed
 * @param line_len  its length in bytes
 * @param[out] hash_out   SIGNET_HASH_LEN bytes of the caller
 * @param[out] error_out  details of a failure, or NULL if not wanted
 * @return SIGNET_OK, SIGNET_ERR_RECORD_INVALID, SIGNET_ERR_LOG_TAMPERED if the
 *         line states another hash, SIGNET_ERR_JSON_…, SIGNET_ERR_NULL_ARGUMENT
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_record_hash(const uint8_t *line,
                                 size_t line_len,
                                 uint8_t *hash_out,
                                 signet_error **error_out);

/**
 * Verifies that one checkpoint of a log continues another: nothing that the
 * older one covers was changed or removed.
 *
 * @param old_note      the older checkpoint; borrowed for the call
 * @param old_note_len  its length in bytes
 * @param new_note      the newer checkpoint; borrowed for the call
 * @param new_note_len  its length in bytes
 * @param proof         the lines of signet_log_prove_consistency(); borrowed
 * @param proof_len     their length in bytes
 * @param vkey          the log's verifier key; borrowed for the call
 * @param vkey_len      its length in bytes
 * @param[out] error_out  details of a failure, or NULL if not wanted
 * @return as signet_proof_verify()
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_consistency_verify(const uint8_t *old_note,
                                        size_t old_note_len,
                                        const uint8_t *new_note,
                                        size_t new_note_len,
                                        const uint8_t *proof,
                                        size_t proof_len,
                                        const uint8_t *vkey,
                                        size_t vkey_len,
                                        signet_error **error_out);

/**
 * Fills in the defaults. NULL is ignored.
 *
 * @since 0.1
 */
SIGNET_EXPORT void signet_bundle_options_init(signet_bundle_options *options_out);

/**
 * Fills in the defaults. NULL is ignored.
 *
 * @since 0.1
 */
SIGNET_EXPORT
void signet_bundle_verify_options_init(signet_bundle_verify_options *options_out);

/**
 * Writes the records that a query matches, oldest first, into a new folder as an
 * evidence bundle: "records.jsonl", a "manifest.json" signed by the exporter,
 * "hash-summary.txt" for people and, on request, "trust-bundle.json". The folder
 * (mode 0700) is there whole or not at all. Verify it with
 * signet_bundle_verify(); a bundle without gaps, denied calls and encrypted params
 * is also one for the published Signet.
 *
 * @param log         the log
 * @param query       as for signet_log_query(); empty text means every record
 * @param query_len   its length in bytes
 * @param folder      the path of the bundle, new or empty, UTF-8; borrowed
 * @param folder_len  its length in bytes
 * @param exporter    signs the manifest; whoever verifies has to know its key
 * @param name        the name that the exporter gives itself, UTF-8; borrowed
 * @param name_len    its length in bytes
 * @param options     options, or NULL
 * @param[out] manifest_out  what was signed, a JSON text; owned by the caller
 * @param[out] error_out     details of a failure, or NULL if not wanted
 * @return SIGNET_OK, SIGNET_ERR_RECORD_NOT_FOUND if no record matches,
 *         SIGNET_ERR_LOG_TAMPERED if a record does not have the hash that it
 *         states, SIGNET_ERR_INVALID_ARGUMENT, SIGNET_ERR_SIGNER_FAILED,
 *         SIGNET_ERR_IO, SIGNET_ERR_LOG_CLOSED, SIGNET_ERR_UNSUPPORTED,
 *         SIGNET_ERR_NULL_ARGUMENT; for the query as signet_log_query()
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_log_write_bundle(const signet_log *log,
                                      const uint8_t *query,
                                      size_t query_len,
                                      const uint8_t *folder,
                                      size_t folder_len,
                                      const signet_keypair *exporter,
                                      const uint8_t *name,
                                      size_t name_len,
                                      const signet_bundle_options *options,
                                      signet_buffer **manifest_out,
                                      signet_error **error_out);

/**
 * Verifies an evidence bundle: that it is what its exporter signed, and that each
 * record is what its agent signed. Nothing is written, and no log is needed.
 *
 * A bundle cannot vouch for itself: without a trusted exporter the best answer is
 * SIGNET_ERR_BUNDLE_UNVERIFIABLE, which is also what a bundle of the published
 * Signet gets, because nobody signs those. Keys count as of the time of the
 * record. The report is a JSON object with "verdict" ("OK", "UNVERIFIABLE" or
 * "TAMPERED"), "findings" (objects with "kind", "detail" and "line"),
 * "findings_count", "exporter" (the trusted one's key), "manifest", "records",
 * "gaps", "whole_log" (whether a trusted exporter states that it is all of the
 * log), "trust" ("given", "embedded" or "none": where the keys came from),
 * "signatures_valid", "signatures_failed", "unverifiable" and "unsigned".
 *
 * @param folder         the path of the bundle, UTF-8; borrowed for the call
 * @param folder_len     its length in bytes
 * @param exporters      the keys that may sign a manifest; borrowed
 * @param exporters_len  how many there are
 * @param options        options, or NULL
 * @param[out] report_out  the report, a JSON text; owned by the caller. Also made
 *                         when the bundle is refused with one of the two
 *                         verdicts below; NULL otherwise
 * @param[out] error_out   details of a failure, or NULL if not wanted
 * @return SIGNET_OK, SIGNET_ERR_BUNDLE_TAMPERED, SIGNET_ERR_BUNDLE_UNVERIFIABLE;
 *         SIGNET_ERR_BUNDLE_INVALID if a file is missing or cannot be read,
 *         SIGNET_ERR_IO,
 *         SIGNET_ERR_INVALID_ARGUMENT, SIGNET_ERR_UNSUPPORTED,
 *         SIGNET_ERR_NULL_ARGUMENT
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_bundle_verify(const uint8_t *folder,
                                   size_t folder_len,
                                   const signet_public_key *const *exporters,
                                   size_t exporters_len,
                                   const signet_bundle_verify_options *options,
                                   signet_buffer **report_out,
                                   signet_error **error_out);

/**
 * Tells what opening a log would change, without changing anything. Only the end
 * of the last file is ever changed: a missing line feed is added, or bytes that
 * are no record are moved aside. Damage elsewhere stays, to be looked at.
 *
 * The plan is a JSON object with "verdict" ("OK", "TORN", "TAMPERED",
 * "TRUNCATED", …), "index" (the record that it is about), "segment" and "offset"
 * (where), "set_aside" (how many bytes from there would be moved into quarantine)
 * and "complete_line" (whether a line feed would be added). To carry it out, open
 * the log with signet_log_open() without SIGNET_LOG_NO_REPAIR;
 * signet_log_recovery() then tells what was done.
 *
 * @param folder      the path of the audit folder ("<home>/audit"), UTF-8;
 *                    borrowed for the call
 * @param folder_len  its length in bytes
 * @param[out] plan_out   the JSON text; owned by the caller
 * @param[out] error_out  details of a failure, or NULL if not wanted
 * @return SIGNET_OK whatever the plan says, SIGNET_ERR_IO,
 *         SIGNET_ERR_INVALID_ARGUMENT, SIGNET_ERR_NULL_ARGUMENT
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_log_plan_repair(const uint8_t *folder,
                                     size_t folder_len,
                                     signet_buffer **plan_out,
                                     signet_error **error_out);

/**
 * Begins a new segment, whatever the size of the one that is written to. It stays
 * where it is while traces of published programs are in today's, and while it is
 * empty.
 *
 * @param log  the log, opened with SIGNET_LOG_ALONE
 * @param[out] rotated_out  1 if a segment was left, else 0
 * @param[out] error_out    details of a failure, or NULL if not wanted
 * @return SIGNET_OK, SIGNET_ERR_INVALID_ARGUMENT (without SIGNET_LOG_ALONE),
 *         SIGNET_ERR_IO, SIGNET_ERR_SYNC_FAILED, SIGNET_ERR_LOG_BUSY,
 *         SIGNET_ERR_LOG_DAMAGED, SIGNET_ERR_LOG_CLOSED,
 *         SIGNET_ERR_SIGNER_FAILED, SIGNET_ERR_NULL_ARGUMENT
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_log_rotate(const signet_log *log,
                                int32_t *rotated_out,
                                signet_error **error_out);

/**
 * Tells what signet_log_prune() would remove, without changing anything: the segments
 * of days before that of a time, verified once more, and never the newest one.
 *
 * @param log             the log
 * @param before_unix_ms  the time, in milliseconds since 1970-01-01T00:00:00Z
 * @param[out] plan_out   the plan; owned by the caller
 * @param[out] error_out  details of a failure, or NULL if not wanted
 * @return SIGNET_OK, also when there is nothing to remove; SIGNET_ERR_LOG_TAMPERED
 *         (they are damaged), SIGNET_ERR_IO, SIGNET_ERR_LOG_BUSY,
 *         SIGNET_ERR_LOG_DAMAGED, SIGNET_ERR_LOG_CLOSED,
 *         SIGNET_ERR_INVALID_ARGUMENT, SIGNET_ERR_NULL_ARGUMENT
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_log_plan_prune(const signet_log *log,
                                    int64_t before_unix_ms,
                                    signet_prune_plan **plan_out,
                                    signet_error **error_out);

/**
 * Removes whole segments from the beginning of the log, for good. The numbers of the
 * records that are left do not change, and what proves them stays. A verification
 * says that records were removed, by which record of the log and by whose key; the
 * published Signet knows nothing of this and reports the first record that is left as
 * a break in the chain.
 *
 * @param log   the log, opened with a control key
 * @param plan  what to remove; it must be what would be removed now
 * @param[out] entry_out  where the signed record about it stands
 * @param[out] error_out  details of a failure, or NULL if not wanted
 * @return SIGNET_OK, SIGNET_ERR_INVALID_ARGUMENT (without a control key, or the plan
 *         is out of date or empty), SIGNET_ERR_LOG_TAMPERED, SIGNET_ERR_IO,
 *         SIGNET_ERR_SYNC_FAILED, SIGNET_ERR_LOG_BUSY, SIGNET_ERR_LOG_DAMAGED,
 *         SIGNET_ERR_LOG_CLOSED, SIGNET_ERR_SIGNER_FAILED,
 *         SIGNET_ERR_NULL_ARGUMENT
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_log_prune(const signet_log *log,
                               const signet_prune_plan *plan,
                               signet_log_entry *entry_out,
                               signet_error **error_out);

/**
 * How many segments would be removed; 0 when there is nothing to remove, and for
 * NULL.
 *
 * @since 0.1
 */
SIGNET_EXPORT size_t signet_prune_plan_len(const signet_prune_plan *plan);

/**
 * The plan as a JSON object: {"first_index", "first_kept" (a segment), "last_hash",
 * "next_index" (the first record that would be kept), "segments"}, each of these
 * {"len", "name", "records", "sha256"}. The text belongs to the plan and lives until
 * it is freed. NULL for NULL.
 *
 * @param plan  the plan
 * @param[out] len_out  the length in bytes; may be NULL
 *
 * @since 0.1
 */
SIGNET_EXPORT
const uint8_t *signet_prune_plan_json(const signet_prune_plan *plan,
                                      size_t *len_out);

/**
 * Releases a plan. NULL is ignored.
 *
 * @since 0.1
 */
SIGNET_EXPORT void signet_prune_plan_free(signet_prune_plan *plan);

/**
 * Fills in the defaults. NULL is ignored.
 *
 * @since 0.1
 */
SIGNET_EXPORT
void signet_replay_store_options_init(signet_replay_store_options *options_out);

/**
 * Makes a store in memory: for this process, until it is freed and no verifier
 * uses it. A receipt that was used just before a restart could be used once more
 * after it, unless the verifier's "not_before" is the time of its start.
 *
 * @param capacity  how many nonces there is room for, each of about 100 bytes; 0
 *                  means 262144
 * @param[out] store_out  the store; owned by the caller
 * @param[out] error_out  details of a failure, or NULL if not wanted
 * @return SIGNET_OK, SIGNET_ERR_NULL_ARGUMENT
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_replay_store_new(uint64_t capacity,
                                      signet_replay_store **store_out,
                                      signet_error **error_out);

/**
 * Opens a store in a file, for all processes that use it and across restarts.
 * Three files stand side by side: `path`, a nonce file of the published Signet,
 * where there is one; `path`.journal, which is the truth; and `path`.lock. What
 * published programs write is read; they see our nonces when `path` is written:
 * by signet_replay_store_export(), now and then, or with
 * SIGNET_REPLAY_SHARE_AT_ONCE before every answer.
 *
 * Whatever cannot be read, written or understood is a refusal, never an empty
 * store.
 *
 * @param path      the path of the nonce file, UTF-8; its folder must be there;
 *                  borrowed for the call
 * @param path_len  its length in bytes
 * @param options   options, or NULL
 * @param[out] store_out  the store; owned by the caller
 * @param[out] error_out  details of a failure, or NULL if not wanted
 * @return SIGNET_OK, SIGNET_ERR_REPLAY_STORE_FAILED, SIGNET_ERR_INVALID_ARGUMENT,
 *         SIGNET_ERR_UNSUPPORTED, SIGNET_ERR_NULL_ARGUMENT
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_replay_store_open(const uint8_t *path,
                                       size_t path_len,
                                       const signet_replay_store_options *options,
                                       signet_replay_store **store_out,
                                       signet_error **error_out);

/**
 * Makes a store of a callback.
 *
 * @param use_nonce  uses a nonce; must not be NULL
 * @param user_data  given to each call of `use_nonce`; must stay valid and usable
 *                   from any thread until `free_user_data` is called, or, if that
 *                   is NULL, until the store and every verifier with it are freed
 * @param free_user_data  called once when the last use of the store ends, and
 *                        also when this call fails; may be NULL
 * @param[out] store_out  the store; owned by the caller
 * @param[out] error_out  details of a failure, or NULL if not wanted
 * @return SIGNET_OK, SIGNET_ERR_NULL_ARGUMENT
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_replay_store_from_callback(signet_nonce_callback use_nonce,
                                                void *user_data,
                                                signet_free_callback free_user_data,
                                                signet_replay_store **store_out,
                                                signet_error **error_out);

/**
 * Uses a nonce once, for whoever checks nonces without a verifier: the first call
 * gets SIGNET_OK, every other SIGNET_ERR_REPLAYED, and of two at the same time
 * one. With a file the use is on the disk then.
 *
 * @param store        the store
 * @param signer       whose nonce it is; NULL: it counts whoever uses it
 * @param nonce        the nonce, any text; borrowed for the call
 * @param nonce_len    its length in bytes
 * @param lifetime_ms  for how many milliseconds from now on it could be presented
 *                     again; later it may be forgotten
 * @param at_unix_ms   the time in milliseconds since 1970-01-01T00:00:00Z, or
 *                     SIGNET_NOW
 * @param[out] error_out  details of a failure, or NULL if not wanted
 * @return SIGNET_OK, SIGNET_ERR_REPLAYED, SIGNET_ERR_REPLAY_STORE_FULL,
 *         SIGNET_ERR_REPLAY_STORE_FAILED, SIGNET_ERR_INVALID_ARGUMENT,
 *         SIGNET_ERR_NULL_ARGUMENT
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_replay_store_use_once(const signet_replay_store *store,
                                           const signet_public_key *signer,
                                           const uint8_t *nonce,
                                           size_t nonce_len,
                                           uint64_t lifetime_ms,
                                           int64_t at_unix_ms,
                                           signet_error **error_out);

/**
 * How many nonces are remembered, as far as this process has seen; 0 for NULL and
 * for a store of a callback.
 *
 * @since 0.1
 */
SIGNET_EXPORT uint64_t signet_replay_store_len(const signet_replay_store *store);

/**
 * Writes the nonce file of a store in a file, in the form that it has, so that
 * published programs know every nonce that still matters.
 *
 * @param store       the store
 * @param at_unix_ms  the time in milliseconds since 1970-01-01T00:00:00Z, or
 *                    SIGNET_NOW
 * @param[out] error_out  details of a failure, or NULL if not wanted
 * @return SIGNET_OK, SIGNET_ERR_REPLAY_STORE_FAILED, SIGNET_ERR_UNSUPPORTED (it is
 *         not in a file), SIGNET_ERR_INVALID_ARGUMENT, SIGNET_ERR_NULL_ARGUMENT
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_replay_store_export(const signet_replay_store *store,
                                         int64_t at_unix_ms,
                                         signet_error **error_out);

/**
 * Releases a store; a verifier that was made with it goes on using it. NULL is
 * ignored.
 *
 * @since 0.1
 */
SIGNET_EXPORT void signet_replay_store_free(signet_replay_store *store);

/**
 * The name of an axis, NUL-terminated, for example "signature"; NULL for a number
 * that is none, so that axes can be counted from 0. It lives as long as the
 * library.
 *
 * @since 0.1
 */
SIGNET_EXPORT const char *signet_axis_name(int32_t axis);

/**
 * Whether everything that was checked holds: SIGNET_OK, or the status of the first
 * axis that failed; SIGNET_ERR_NULL_ARGUMENT for NULL. The call may only be made,
 * the receipt only be relied on, after SIGNET_OK.
 *
 * @since 0.1
 */
SIGNET_EXPORT signet_status signet_report_status(const signet_report *report);

/**
 * What failed first, in a line. The text belongs to the report and lives until it
 * is freed.
 *
 * @param report  the report; NULL gives NULL
 * @param[out] len_out  the length in bytes; may be NULL
 * @return the text, or NULL if nothing failed
 *
 * @since 0.1
 */
SIGNET_EXPORT
const uint8_t *signet_report_message(const signet_report *report,
                                     size_t *len_out);

/**
 * 1 if everything that was checked holds and everybody who signed is trusted,
 * else 0; 0 for NULL. An unsigned call that was let through has no signer, and is
 * not trusted.
 *
 * @since 0.1
 */
SIGNET_EXPORT int32_t signet_report_is_trusted(const signet_report *report);

/**
 * How many milliseconds ago the receipt was signed, by its own account; negative
 * when it is dated later than it was judged; SIGNET_NO_AGE when that is not known,
 * and for NULL.
 *
 * @since 0.1
 */
SIGNET_EXPORT int64_t signet_report_age_ms(const signet_report *report);

/**
 * Who signed, as far as that is verified: nobody before the signature has been
 * found to hold. The text belongs to the report and lives until it is freed.
 *
 * @param report  the report; NULL gives NULL
 * @param party   SIGNET_PARTY_AGENT, …_SERVER or …_ROOT; another number gives NULL
 * @param field   SIGNET_PARTY_NAME, …_KEY or …_TRUSTED_NAME; another number gives
 *                NULL
 * @param[out] len_out  the length in bytes; may be NULL
 * @return the text, UTF-8, or NULL if there is none
 *
 * @since 0.1
 */
SIGNET_EXPORT
const uint8_t *signet_report_party(const signet_report *report,
                                   int32_t party,
                                   int32_t field,
                                   size_t *len_out);

/**
 * 1 if that party has signed with a key that is trusted: named by the options,
 * active in the bundle at the time in question, or led to by a delegation from a
 * trusted root; else 0. 0 for NULL.
 *
 * @param report  the report
 * @param party   SIGNET_PARTY_AGENT, …_SERVER or …_ROOT
 *
 * @since 0.1
 */
SIGNET_EXPORT
int32_t signet_report_party_is_trusted(const signet_report *report,
                                       int32_t party);

/**
 * What became of an axis: a SIGNET_CHECK_… constant; 0, which is none of them,
 * for NULL and for a number that is no axis.
 *
 * @since 0.1
 */
SIGNET_EXPORT int32_t signet_report_axis(const signet_report *report, int32_t axis);

/**
 * Why an axis has failed: its status; SIGNET_OK for one that has passed or was not
 * checked; SIGNET_ERR_NULL_ARGUMENT for NULL, SIGNET_ERR_INVALID_ARGUMENT for a
 * number that is no axis.
 *
 * @since 0.1
 */
SIGNET_EXPORT
signet_status signet_report_axis_status(const signet_report *report,
                                        int32_t axis);

/**
 * What became of an axis as a stable word: "ok", the name of its status in lower
 * case ("signer_untrusted"), or why it was not checked: "stopped" (an earlier one
 * failed), "not_present", "not_configured", "not_required", "not_for_evidence" or
 * "not_enforced". The text belongs to the report and lives until it is freed.
 *
 * @param report  the report; NULL gives NULL
 * @param axis    a SIGNET_AXIS_… constant; another number gives NULL
 * @param[out] len_out  the length in bytes; may be NULL
 *
 * @since 0.1
 */
SIGNET_EXPORT
const uint8_t *signet_report_axis_code(const signet_report *report,
                                       int32_t axis,
                                       size_t *len_out);

/**
 * What became of an axis in a line for people; empty for one that has passed. The
 * text belongs to the report and lives until it is freed.
 *
 * @param report  the report; NULL gives NULL
 * @param axis    a SIGNET_AXIS_… constant; another number gives NULL
 * @param[out] len_out  the length in bytes; may be NULL
 *
 * @since 0.1
 */
SIGNET_EXPORT
const uint8_t *signet_report_axis_message(const signet_report *report,
                                          int32_t axis,
                                          size_t *len_out);

/**
 * The whole report as canonical JSON: {"age_ms"?, "checks" (one {"axis", "code",
 * "message", "status"} an axis, where "status" is "pass", "fail" or
 * "not_checked"), "code" ("ok" or that of the first failure), "judged_at",
 * "message", "ok", "policy"? (the decision, as signet_decision_json()),
 * "receipt"? ({"id", "signed"}: what was signed and nothing else), "remarks" (what
 * must not be taken for verified), "root"?, "server"?, "signer"? (each {"key",
 * "name", "trusted", "trusted_name"?}), "trusted"}. The text belongs to the report
 * and lives until it is freed. NULL for NULL.
 *
 * @param report  the report
 * @param[out] len_out  the length in bytes; may be NULL
 *
 * @since 0.1
 */
SIGNET_EXPORT
const uint8_t *signet_report_json(const signet_report *report,
                                  size_t *len_out);

/**
 * The receipt, once its form is right and its signatures hold.
 *
 * @param report  the report
 * @param[out] receipt_out  the receipt, owned by the caller; NULL if there is none
 * @param[out] error_out    details of a failure, or NULL if not wanted
 * @return SIGNET_OK, also if there is none; SIGNET_ERR_NULL_ARGUMENT
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_report_receipt(const signet_report *report,
                                    signet_receipt **receipt_out,
                                    signet_error **error_out);

/**
 * Releases a report. NULL is ignored.
 *
 * @since 0.1
 */
SIGNET_EXPORT void signet_report_free(signet_report *report);

/**
 * Fills in the defaults. NULL is ignored.
 *
 * @since 0.1
 */
SIGNET_EXPORT
void signet_verifier_options_init(signet_verifier_options *options_out);

/**
 * Fills in the defaults. NULL is ignored.
 *
 * @since 0.1
 */
SIGNET_EXPORT void signet_check_options_init(signet_check_options *options_out);

/**
 * Makes a verifier from options in JSON and handles.
 *
 * The JSON is an object; an unknown member is an error, because a misspelt
 * requirement would be a requirement that nobody makes. Who is trusted, nobody
 * when absent: "trusted_keys", "trusted_servers", "trusted_roots",
 * "trusted_authorities" (arrays of keys as texts), "trust_bundle" (an object, or
 * JSON or YAML in a string), "revoked" (an object from the ids of delegations and
 * decisions to the date-times since when they are). How fresh a receipt must be:
 * "max_age_seconds" (300), "clock_skew_seconds" (30), "response_window_seconds"
 * (300; 0 for any), "not_before" (an RFC 3339 date-time). What it must be for:
 * "targets" (an array), "session", "call_id". What else it must have: "require_signature" (true),
 * "require_trusted_signer" (true), "require_delegation" (false),
 * "require_decision" (false), "allow_hash_only" (false), "max_chain_links" (16).
 * "policy" is an object, or JSON or YAML in a string; "limits" is {"max_len",
 * "max_depth"}; "replay" is "memory" (the default), "off", {"store":"memory",
 * "capacity"?} or {"store":"file", "path", "capacity"?, "lifetime_seconds"?,
 * "sync"?, "share_at_once"?, "form"? ("rust_python" or "typescript")}.
 *
 * @param json      the options; borrowed for the call. NULL with length 0: all
 *                  defaults
 * @param json_len  their length in bytes
 * @param options   handles, or NULL
 * @param[out] verifier_out  the verifier; owned by the caller
 * @param[out] error_out     details of a failure, or NULL if not wanted
 * @return SIGNET_OK; SIGNET_ERR_JSON_… and SIGNET_ERR_TOO_LARGE for the text;
 *         SIGNET_ERR_INVALID_ARGUMENT for a member that is not known or has
 *         another type, for options that contradict each other, and for what is
 *         there twice; SIGNET_ERR_KEY_INVALID, SIGNET_ERR_KEY_WEAK,
 *         SIGNET_ERR_TIMESTAMP_INVALID, SIGNET_ERR_TRUST_BUNDLE_INVALID,
 *         SIGNET_ERR_POLICY_INVALID, SIGNET_ERR_REPLAY_STORE_FAILED,
 *         SIGNET_ERR_UNSUPPORTED, SIGNET_ERR_NULL_ARGUMENT
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_verifier_new(const uint8_t *json,
                                  size_t json_len,
                                  const signet_verifier_options *options,
                                  signet_verifier **verifier_out,
                                  signet_error **error_out);

/**
 * Judges a call that is about to be made. Make it only after SIGNET_OK: then the
 * receipt's nonce is used up, durably where the replay store is a file, and counts
 * for the policy's rate limits. A call that is refused leaves no trace.
 *
 * Unlike other outputs the report is set whenever the call was judged, also when it
 * is refused.
 *
 * @param verifier       the verifier
 * @param tool           the tool that is called, in MCP params.name; borrowed
 * @param tool_len       its length in bytes
 * @param arguments      the arguments as they arrived, any JSON text, in MCP
 *                       params.arguments: byte for byte what the tool will read.
 *                       NULL, "null" and "{}" mean that there are none; borrowed
 * @param arguments_len  their length in bytes
 * @param receipt        the JSON text of the receipt that came with it, in MCP
 *                       params._meta._signet. NULL: none came; borrowed
 * @param receipt_len    its length in bytes
 * @param at_unix_ms     the time in milliseconds since 1970-01-01T00:00:00Z, or
 *                       SIGNET_NOW
 * @param options        what else it is held to, or NULL; not arguments and
 *                       response
 * @param[out] report_out  what was found; owned by the caller, also on failure
 * @param[out] error_out   details of a failure, or NULL if not wanted
 * @return SIGNET_OK; the status of the first axis that failed:
 *         SIGNET_ERR_UNSIGNED, SIGNET_ERR_JSON_…, SIGNET_ERR_RECEIPT_INVALID,
 *         SIGNET_ERR_RECEIPT_VERSION, SIGNET_ERR_UNKNOWN_MEMBER,
 *         SIGNET_ERR_SIGNATURE_INVALID, SIGNET_ERR_ID_MISMATCH,
 *         SIGNET_ERR_PARAMS_HASH_MISMATCH, SIGNET_ERR_SIGNER_UNTRUSTED,
 *         SIGNET_ERR_KEY_…, SIGNET_ERR_TOO_OLD, SIGNET_ERR_FROM_FUTURE,
 *         SIGNET_ERR_EXPIRED, SIGNET_ERR_TIMESTAMP_INVALID,
 *         SIGNET_ERR_DELEGATION_…, SIGNET_ERR_CHAIN_…, SIGNET_ERR_SCOPE_…,
 *         SIGNET_ERR_REVOKED,
 *         SIGNET_ERR_TARGET_MISMATCH, SIGNET_ERR_BINDING_MISMATCH,
 *         SIGNET_ERR_TOOL_MISMATCH, SIGNET_ERR_ARGUMENTS_MISMATCH,
 *         SIGNET_ERR_ARGUMENTS_HIDDEN, SIGNET_ERR_DECISION_…,
 *         SIGNET_ERR_POLICY_DENIED, SIGNET_ERR_APPROVAL_REQUIRED,
 *         SIGNET_ERR_REPLAYED, SIGNET_ERR_REPLAY_STORE_…; without a report
 *         SIGNET_ERR_INVALID_ARGUMENT, SIGNET_ERR_UNSUPPORTED,
 *         SIGNET_ERR_NULL_ARGUMENT
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_verifier_check_call(const signet_verifier *verifier,
                                         const uint8_t *tool,
                                         size_t tool_len,
                                         const uint8_t *arguments,
                                         size_t arguments_len,
                                         const uint8_t *receipt,
                                         size_t receipt_len,
                                         int64_t at_unix_ms,
                                         const signet_check_options *options,
                                         signet_report **report_out,
                                         signet_error **error_out);

/**
 * Judges a receipt that was just received, of any version and without a call, such
 * as a server's co-signature: as signet_verifier_check_call() does, with freshness
 * and replay. A policy is not asked.
 *
 * Unlike other outputs the report is set whenever the receipt was judged, also when
 * it is refused.
 *
 * @param verifier     the verifier
 * @param receipt      the JSON text of the receipt; borrowed for the call
 * @param receipt_len  its length in bytes
 * @param at_unix_ms   the time in milliseconds since 1970-01-01T00:00:00Z, or
 *                     SIGNET_NOW
 * @param options      what else it is held to, or NULL
 * @param[out] report_out  what was found; owned by the caller, also on failure
 * @param[out] error_out   details of a failure, or NULL if not wanted
 * @return as signet_verifier_check_call(), and SIGNET_ERR_CONTENT_HASH_MISMATCH,
 *         SIGNET_ERR_TIME_OUT_OF_WINDOW, SIGNET_ERR_SAME_SIGNER
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_verifier_check_receipt(const signet_verifier *verifier,
                                            const uint8_t *receipt,
                                            size_t receipt_len,
                                            int64_t at_unix_ms,
                                            const signet_check_options *options,
                                            signet_report **report_out,
                                            signet_error **error_out);

/**
 * Judges a receipt as evidence of the past: the signers must have been trusted, the
 * receipt and its delegations valid at that time, and it must not be dated later.
 * Neither age nor replay is looked at, and nothing is recorded.
 *
 * Unlike other outputs the report is set whenever the receipt was judged, also when
 * it is refused.
 *
 * @param verifier     the verifier
 * @param receipt      the JSON text of the receipt; borrowed for the call
 * @param receipt_len  its length in bytes
 * @param at_unix_ms   a time at which the receipt is known to have existed, such as
 *                     that of its log record, in milliseconds since
 *                     1970-01-01T00:00:00Z, or SIGNET_NOW
 * @param options      what else it is held to, or NULL
 * @param[out] report_out  what was found; owned by the caller, also on failure
 * @param[out] error_out   details of a failure, or NULL if not wanted
 * @return as signet_verifier_check_receipt(), but for what is not looked at
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_verifier_check_evidence(const signet_verifier *verifier,
                                             const uint8_t *receipt,
                                             size_t receipt_len,
                                             int64_t at_unix_ms,
                                             const signet_check_options *options,
                                             signet_report **report_out,
                                             signet_error **error_out);

/**
 * Releases a verifier. NULL is ignored.
 *
 * @since 0.1
 */
SIGNET_EXPORT void signet_verifier_free(signet_verifier *verifier);

/**
 * The id of the request, byte for byte as it came: a JSON string, number or null.
 * The text belongs to the call and lives until it is freed.
 *
 * @param call  the call; NULL gives NULL
 * @param[out] len_out  the length in bytes; may be NULL
 * @return the text, or NULL in a notification, which has no response, and in
 *         params that were verified by themselves
 *
 * @since 0.1
 */
SIGNET_EXPORT
const uint8_t *signet_mcp_call_id(const signet_mcp_call *call,
                                  size_t *len_out);

/**
 * The receipt of the call.
 *
 * @param call  the call
 * @param[out] receipt_out  the receipt; owned by the caller
 * @param[out] error_out    details of a failure, or NULL if not wanted
 * @return SIGNET_OK, SIGNET_ERR_NULL_ARGUMENT
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_mcp_call_receipt(const signet_mcp_call *call,
                                      signet_receipt **receipt_out,
                                      signet_error **error_out);

/**
 * Releases a call. NULL is ignored.
 *
 * @since 0.1
 */
SIGNET_EXPORT void signet_mcp_call_free(signet_mcp_call *call);

/**
 * Fills in the defaults. NULL is ignored.
 *
 * @since 0.1
 */
SIGNET_EXPORT
void signet_mcp_request_options_init(signet_mcp_request_options *options_out);

/**
 * Signs the tool calls in a JSON-RPC message, or in a batch of messages. Each
 * request or notification with the method "tools/call" gets a receipt of version 1
 * at params._meta._signet: of the tool, the arguments as params, and the request's
 * id as "call_id". No other byte changes, and what is no tool call comes back as it
 * was given. When one call of a batch cannot be signed, none is.
 *
 * @param keypair      who signs
 * @param message      the text as it is to be sent; borrowed for the call
 * @param message_len  its length in bytes
 * @param name         the signer's name, any text; borrowed for the call
 * @param name_len     its length in bytes
 * @param owner        whom the signer works for, any text or empty; borrowed
 * @param owner_len    its length in bytes
 * @param options      options, or NULL
 * @param[out] signed_out  the message with its receipts; owned by the caller
 * @param[out] error_out   details of a failure, or NULL if not wanted
 * @return SIGNET_OK; SIGNET_ERR_JSON_…, SIGNET_ERR_TOO_LARGE and
 *         SIGNET_ERR_MESSAGE_INVALID for the message; SIGNET_ERR_ALREADY_SIGNED,
 *         SIGNET_ERR_POLICY_DENIED, SIGNET_ERR_APPROVAL_REQUIRED,
 *         SIGNET_ERR_RECEIPT_INVALID, SIGNET_ERR_TIMESTAMP_INVALID,
 *         SIGNET_ERR_SIGNER_FAILED, SIGNET_ERR_RANDOMNESS,
 *         SIGNET_ERR_INVALID_ARGUMENT, SIGNET_ERR_UNSUPPORTED,
 *         SIGNET_ERR_NULL_ARGUMENT
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_mcp_sign_request(const signet_keypair *keypair,
                                      const uint8_t *message,
                                      size_t message_len,
                                      const uint8_t *name,
                                      size_t name_len,
                                      const uint8_t *owner,
                                      size_t owner_len,
                                      const signet_mcp_request_options *options,
                                      signet_mcp_signed **signed_out,
                                      signet_error **error_out);

/**
 * The message as it is to be sent, exactly. It belongs to the handle and lives
 * until that is freed. NULL for NULL.
 *
 * @param signed_message  what signet_mcp_sign_request() made
 * @param[out] len_out    the length in bytes; may be NULL
 *
 * @since 0.1
 */
SIGNET_EXPORT
const uint8_t *signet_mcp_signed_message(const signet_mcp_signed *signed_message,
                                         size_t *len_out);

/**
 * How many calls were signed: 0 when the message has none, and for NULL.
 *
 * @since 0.1
 */
SIGNET_EXPORT size_t signet_mcp_signed_len(const signet_mcp_signed *signed_message);

/**
 * One of the calls that were signed, to be held together with its response.
 *
 * @param signed_message  what signet_mcp_sign_request() made
 * @param index           the number of the call, from 0, in the order of the
 *                        message
 * @param[out] call_out   the call; owned by the caller
 * @param[out] error_out  details of a failure, or NULL if not wanted
 * @return SIGNET_OK, SIGNET_ERR_INVALID_ARGUMENT (there are not so many),
 *         SIGNET_ERR_NULL_ARGUMENT
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_mcp_signed_call(const signet_mcp_signed *signed_message,
                                     size_t index,
                                     signet_mcp_call **call_out,
                                     signet_error **error_out);

/**
 * Releases a signed message. NULL is ignored.
 *
 * @since 0.1
 */
SIGNET_EXPORT void signet_mcp_signed_free(signet_mcp_signed *signed_message);

/**
 * Verifies one "tools/call" message as it came off the wire: its tool and its
 * arguments must be those that were signed, and else it is judged as
 * signet_verifier_check_call() says. Run the tool only after SIGNET_OK. For batches
 * there is signet_gate_judge().
 *
 * Unlike other outputs the report is set whenever the call was judged, also when it
 * is refused; a text that is not one such message leaves none.
 *
 * @param verifier     the verifier, by whose limits messages are read
 * @param message      the text; borrowed for the call
 * @param message_len  its length in bytes
 * @param at_unix_ms   the time in milliseconds since 1970-01-01T00:00:00Z, or
 *                     SIGNET_NOW
 * @param[out] report_out  what was found; owned by the caller, also on failure
 * @param[out] call_out    the call, to be held together with its response, owned by
 *                         the caller; NULL when it is refused or carries no receipt
 * @param[out] error_out   details of a failure, or NULL if not wanted
 * @return as signet_verifier_check_call(); without a report SIGNET_ERR_JSON_…,
 *         SIGNET_ERR_TOO_LARGE and SIGNET_ERR_MESSAGE_INVALID for the message,
 *         SIGNET_ERR_INVALID_ARGUMENT, SIGNET_ERR_NULL_ARGUMENT
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_mcp_verify_request(const signet_verifier *verifier,
                                        const uint8_t *message,
                                        size_t message_len,
                                        int64_t at_unix_ms,
                                        signet_report **report_out,
                                        signet_mcp_call **call_out,
                                        signet_error **error_out);

/**
 * Verifies the params of a "tools/call" request by themselves, for servers that get
 * no more than those from their framework. What the call comes to is then signed
 * with signet_mcp_sign_result().
 *
 * @param verifier    the verifier, by whose limits params are read
 * @param params      the JSON text of the params; borrowed for the call
 * @param params_len  its length in bytes
 * @param at_unix_ms  the time in milliseconds since 1970-01-01T00:00:00Z, or
 *                    SIGNET_NOW
 * @param[out] report_out  what was found; owned by the caller, also on failure
 * @param[out] call_out    the call, without an id, owned by the caller; NULL when it
 *                         is refused or carries no receipt
 * @param[out] error_out   details of a failure, or NULL if not wanted
 * @return as signet_mcp_verify_request()
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_mcp_verify_params(const signet_verifier *verifier,
                                       const uint8_t *params,
                                       size_t params_len,
                                       int64_t at_unix_ms,
                                       signet_report **report_out,
                                       signet_mcp_call **call_out,
                                       signet_error **error_out);

/**
 * Fills in the defaults. NULL is ignored.
 *
 * @since 0.1
 */
SIGNET_EXPORT
void signet_mcp_response_options_init(signet_mcp_response_options *options_out);

/**
 * Co-signs the response to a call: a receipt of version 3 at
 * result._meta._signet_bilateral. No other byte changes. An error response has no
 * place for a receipt: it comes back as it was given, and the receipt is for the
 * log alone.
 *
 * @param server        who signs for the server
 * @param call          the call, as it was verified; the response must carry its id
 * @param response      the response, one JSON-RPC message; borrowed for the call
 * @param response_len  its length in bytes
 * @param name          the name that the server gives itself, any text; borrowed
 * @param name_len      its length in bytes
 * @param options       options, or NULL
 * @param[out] response_out  the response as it is to be sent; owned by the caller
 * @param[out] receipt_out   the receipt; owned by the caller
 * @param[out] embedded_out  1 if the receipt is in the response, else 0
 * @param[out] error_out     details of a failure, or NULL if not wanted
 * @return SIGNET_OK; SIGNET_ERR_JSON_…, SIGNET_ERR_TOO_LARGE and
 *         SIGNET_ERR_MESSAGE_INVALID for the response; SIGNET_ERR_BINDING_MISMATCH
 *         (it has another id), SIGNET_ERR_ALREADY_SIGNED; what
 *         signet_receipt_co_sign() says; SIGNET_ERR_SIGNER_FAILED,
 *         SIGNET_ERR_RANDOMNESS, SIGNET_ERR_INVALID_ARGUMENT,
 *         SIGNET_ERR_UNSUPPORTED, SIGNET_ERR_NULL_ARGUMENT
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_mcp_sign_response(const signet_keypair *server,
                                       const signet_mcp_call *call,
                                       const uint8_t *response,
                                       size_t response_len,
                                       const uint8_t *name,
                                       size_t name_len,
                                       const signet_mcp_response_options *options,
                                       signet_buffer **response_out,
                                       signet_receipt **receipt_out,
                                       int32_t *embedded_out,
                                       signet_error **error_out);

/**
 * Co-signs what a response carries, where a framework hands out no more than that:
 * as signet_mcp_sign_response(), with the receipt at _meta._signet_bilateral of the
 * result. The id of the call is not looked at.
 *
 * @param server      who signs for the server
 * @param call        the call, as it was verified
 * @param result      the result of the call, as JSON text; borrowed for the call
 * @param result_len  its length in bytes
 * @param name        the name that the server gives itself, any text; borrowed
 * @param name_len    its length in bytes
 * @param options     options, or NULL
 * @param[out] result_out    the result as it is to be sent; owned by the caller
 * @param[out] receipt_out   the receipt; owned by the caller
 * @param[out] embedded_out  1 if the receipt is in the result, else 0: only an
 *                           object has a place for it
 * @param[out] error_out     details of a failure, or NULL if not wanted
 * @return as signet_mcp_sign_response()
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_mcp_sign_result(const signet_keypair *server,
                                     const signet_mcp_call *call,
                                     const uint8_t *result,
                                     size_t result_len,
                                     const uint8_t *name,
                                     size_t name_len,
                                     const signet_mcp_response_options *options,
                                     signet_buffer **result_out,
                                     signet_receipt **receipt_out,
                                     int32_t *embedded_out,
                                     signet_error **error_out);

/**
 * Verifies the response to a call: it must carry the id of the call, and a receipt
 * of version 3 over that very call and over the response. Rely on the response only
 * after SIGNET_OK.
 *
 * Unlike other outputs the report is set whenever the receipt was judged, also when
 * it is refused; a response without one, such as every error response, leaves none.
 *
 * @param verifier      the verifier, by whose limits messages are read; it must
 *                      trust the server (trusted_servers, or a bundle)
 * @param call          the call, as it was signed
 * @param response      the response, one JSON-RPC message; borrowed for the call
 * @param response_len  its length in bytes
 * @param at_unix_ms    the time in milliseconds since 1970-01-01T00:00:00Z, or
 *                      SIGNET_NOW
 * @param[out] report_out    what was found; owned by the caller, also on failure
 * @param[out] response_out  the response without the receipt, which is what was
 *                           signed; owned by the caller
 * @param[out] error_out     details of a failure, or NULL if not wanted
 * @return as signet_verifier_check_receipt(); without a report SIGNET_ERR_JSON_…,
 *         SIGNET_ERR_TOO_LARGE and SIGNET_ERR_MESSAGE_INVALID for the response,
 *         SIGNET_ERR_UNSIGNED, SIGNET_ERR_BINDING_MISMATCH (another id, or the
 *         receipt of another call), SIGNET_ERR_RECEIPT_INVALID,
 *         SIGNET_ERR_RECEIPT_VERSION, SIGNET_ERR_UNKNOWN_MEMBER,
 *         SIGNET_ERR_INVALID_ARGUMENT, SIGNET_ERR_NULL_ARGUMENT
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_mcp_verify_response(const signet_verifier *verifier,
                                         const signet_mcp_call *call,
                                         const uint8_t *response,
                                         size_t response_len,
                                         int64_t at_unix_ms,
                                         signet_report **report_out,
                                         signet_buffer **response_out,
                                         signet_error **error_out);

/**
 * Verifies what a response carries, where a framework hands out no more than that:
 * as signet_mcp_verify_response(). The id of the call is not looked at.
 *
 * @param verifier    the verifier, by whose limits results are read
 * @param call        the call, as it was signed
 * @param result      the result of the call, as JSON text; borrowed for the call
 * @param result_len  its length in bytes
 * @param at_unix_ms  the time in milliseconds since 1970-01-01T00:00:00Z, or
 *                    SIGNET_NOW
 * @param[out] report_out  what was found; owned by the caller, also on failure
 * @param[out] result_out  the result without the receipt, which is what was signed;
 *                         owned by the caller
 * @param[out] error_out   details of a failure, or NULL if not wanted
 * @return as signet_mcp_verify_response()
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_mcp_verify_result(const signet_verifier *verifier,
                                       const signet_mcp_call *call,
                                       const uint8_t *result,
                                       size_t result_len,
                                       int64_t at_unix_ms,
                                       signet_report **report_out,
                                       signet_buffer **result_out,
                                       signet_error **error_out);

/**
 * What becomes of the text: the most severe ruling on any of its messages, a
 * SIGNET_RULING_… constant; 0, which is none of them, for NULL.
 *
 * @since 0.1
 */
SIGNET_EXPORT int32_t signet_verdict_ruling(const signet_verdict *verdict);

/**
 * What to send on, exactly: of a batch those messages that go on. It belongs to the
 * verdict and lives until that is freed.
 *
 * @param verdict  the verdict; NULL gives NULL
 * @param[out] len_out  the length in bytes; may be NULL
 * @return the bytes, or NULL if nothing goes on
 *
 * @since 0.1
 */
SIGNET_EXPORT
const uint8_t *signet_verdict_forward(const signet_verdict *verdict,
                                      size_t *len_out);

/**
 * What to send back, exactly: the error responses (JSON-RPC 2.0) to what was
 * refused. It belongs to the verdict and lives until that is freed.
 *
 * @param verdict  the verdict; NULL gives NULL
 * @param[out] len_out  the length in bytes; may be NULL
 * @return the bytes, or NULL if there is nothing to say, as to a notification
 *
 * @since 0.1
 */
SIGNET_EXPORT
const uint8_t *signet_verdict_answer(const signet_verdict *verdict,
                                     size_t *len_out);

/**
 * Whether the evidence could be stored: SIGNET_OK, or why not, whether that was to
 * be forgiven or not; SIGNET_ERR_NULL_ARGUMENT for NULL.
 *
 * @since 0.1
 */
SIGNET_EXPORT
signet_status signet_verdict_storage_status(const signet_verdict *verdict);

/**
 * Why the evidence could not be stored, in a line. The text belongs to the verdict
 * and lives until it is freed.
 *
 * @param verdict  the verdict; NULL gives NULL
 * @param[out] len_out  the length in bytes; may be NULL
 * @return the text, or NULL if it was stored
 *
 * @since 0.1
 */
SIGNET_EXPORT
const uint8_t *signet_verdict_storage_message(const signet_verdict *verdict,
                                              size_t *len_out);

/**
 * How many messages the text has, in their order: a text that could not be read
 * counts as one; 0 for NULL.
 *
 * @since 0.1
 */
SIGNET_EXPORT size_t signet_verdict_len(const signet_verdict *verdict);

/**
 * What becomes of one message: a SIGNET_RULING_… constant; 0, which is none of
 * them, for NULL and for a number that is not below signet_verdict_len().
 *
 * @since 0.1
 */
SIGNET_EXPORT
int32_t signet_verdict_message_ruling(const signet_verdict *verdict,
                                      size_t index);

/**
 * Why one message does not go on; SIGNET_OK if it does. SIGNET_ERR_NULL_ARGUMENT
 * for NULL, SIGNET_ERR_INVALID_ARGUMENT for a number that is not below
 * signet_verdict_len().
 *
 * @since 0.1
 */
SIGNET_EXPORT
signet_status signet_verdict_message_status(const signet_verdict *verdict,
                                            size_t index);

/**
 * Why one message does not go on, in a line: for the operator, not for the other
 * side. The text belongs to the verdict and lives until it is freed.
 *
 * @param verdict  the verdict; NULL gives NULL
 * @param index    the number of the message, from 0; one too high gives NULL
 * @param[out] len_out  the length in bytes; may be NULL
 * @return the text, or NULL if the message goes on
 *
 * @since 0.1
 */
SIGNET_EXPORT
const uint8_t *signet_verdict_message_text(const signet_verdict *verdict,
                                           size_t index,
                                           size_t *len_out);

/**
 * What the policy of the signing side said about one message, as canonical JSON: see
 * signet_decision_json(). What the verifier's policy said is in the report. The text
 * belongs to the verdict and lives until it is freed.
 *
 * @param verdict  the verdict; NULL gives NULL
 * @param index    the number of the message, from 0; one too high gives NULL
 * @param[out] len_out  the length in bytes; may be NULL
 * @return the text, or NULL if no policy was asked
 *
 * @since 0.1
 */
SIGNET_EXPORT
const uint8_t *signet_verdict_message_evaluation(const signet_verdict *verdict,
                                                 size_t index,
                                                 size_t *len_out);

/**
 * The tool call of one message that goes on, to be held together with its response:
 * as the gate signed it, or else as it came.
 *
 * @param verdict  the verdict
 * @param index    the number of the message, from 0
 * @param[out] call_out   the call, owned by the caller; NULL if the message is no
 *                        call with a receipt, or does not go on
 * @param[out] error_out  details of a failure, or NULL if not wanted
 * @return SIGNET_OK, also if there is none; SIGNET_ERR_INVALID_ARGUMENT (there are
 *         not so many messages), SIGNET_ERR_NULL_ARGUMENT
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_verdict_message_call(const signet_verdict *verdict,
                                          size_t index,
                                          signet_mcp_call **call_out,
                                          signet_error **error_out);

/**
 * What the gate's verifier found about one message.
 *
 * @param verdict  the verdict
 * @param index    the number of the message, from 0
 * @param[out] report_out  the report, owned by the caller; NULL if the message is no
 *                         tool call, or the gate does not verify
 * @param[out] error_out   details of a failure, or NULL if not wanted
 * @return SIGNET_OK, also if there is none; SIGNET_ERR_INVALID_ARGUMENT (there are
 *         not so many messages), SIGNET_ERR_NULL_ARGUMENT
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_verdict_message_report(const signet_verdict *verdict,
                                            size_t index,
                                            signet_report **report_out,
                                            signet_error **error_out);

/**
 * Releases a verdict. NULL is ignored.
 *
 * @since 0.1
 */
SIGNET_EXPORT void signet_verdict_free(signet_verdict *verdict);

/**
 * Makes a gate. With a verifier it verifies the calls that come in, with a key pair
 * it signs the calls that go out; where it does both, it replaces the receipt by one
 * that names it as its parent.
 *
 * The JSON is an object; an unknown member is an error. How it signs, and errors
 * without a key pair: "name", "owner", "target" (texts, empty when absent),
 * "transport" ("stdio"), "session", "hash_only" (false), "existing" (what to do
 * about a call that carries a receipt and is not verified: "refuse", or
 * "replace"). How it decides: "fulfils" (an array of the types of obligations that
 * the caller fulfils; calls that a policy allows under others only are refused),
 * "allow_line_breaks" (false: on a transport with a message a line, several lines
 * are several messages to the other side), "storage_failure" ("refuse" calls whose
 * evidence cannot be stored, or "forward" them), "limits" ({"max_len" (16 MiB),
 * "max_depth" (127), "max_batch" (how many messages one batch may hold: 1000; with 0
 * batches are refused, of which MCP has none since its version of 2025-06-18)}).
 *
 * @param json      the options; borrowed for the call. NULL with length 0: all
 *                  defaults
 * @param json_len  their length in bytes
 * @param verifier  verifies; its policy decides too. NULL: nothing is verified
 * @param keypair   signs. NULL: nothing is signed
 * @param policy    must allow each call before it is signed; its counters go on being
 *                  those of the handle. NULL: none is asked
 * @param[out] gate_out   the gate; owned by the caller
 * @param[out] error_out  details of a failure, or NULL if not wanted
 * @return SIGNET_OK; SIGNET_ERR_JSON_… and SIGNET_ERR_TOO_LARGE for the text;
 *         SIGNET_ERR_INVALID_ARGUMENT for a member that is not known or has another
 *         type, without verifier and key pair, and for a policy without key pair;
 *         SIGNET_ERR_NULL_ARGUMENT
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_gate_new(const uint8_t *json,
                              size_t json_len,
                              const signet_verifier *verifier,
                              const signet_keypair *keypair,
                              const signet_policy *policy,
                              signet_gate **gate_out,
                              signet_error **error_out);

/**
 * Decides about a text off the wire: a JSON-RPC message, or a batch of them. What is
 * no tool call goes on as it came. A tool call goes on when its receipt holds, the
 * policies allow it, it could be signed, and its evidence is stored; of a batch every
 * message is decided about by itself.
 *
 * Whatever fails is a refusal in the verdict: SIGNET_OK means that there is one. Send
 * on what signet_verdict_forward() says and send back what signet_verdict_answer()
 * says, and nothing else.
 *
 * @param gate         the gate
 * @param message      the text; borrowed for the call
 * @param message_len  its length in bytes
 * @param at_unix_ms   the time in milliseconds since 1970-01-01T00:00:00Z, or
 *                     SIGNET_NOW
 * @param keep         keeps the evidence; called at most once, before there is a
 *                     verdict. NULL: no evidence is kept
 * @param user_data    given to the callback
 * @param[out] verdict_out  the verdict; owned by the caller
 * @param[out] error_out    details of a failure, or NULL if not wanted
 * @return SIGNET_OK, SIGNET_ERR_INVALID_ARGUMENT (the time),
 *         SIGNET_ERR_NULL_ARGUMENT
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_gate_judge(const signet_gate *gate,
                                const uint8_t *message,
                                size_t message_len,
                                int64_t at_unix_ms,
                                signet_evidence_callback keep,
                                void *user_data,
                                signet_verdict **verdict_out,
                                signet_error **error_out);

/**
 * The same with a log that keeps the evidence, as durably as it was opened for: what
 * goes through is in the log before it goes through.
 *
 * @param gate         the gate
 * @param message      the text; borrowed for the call
 * @param message_len  its length in bytes
 * @param at_unix_ms   the time in milliseconds since 1970-01-01T00:00:00Z, or
 *                     SIGNET_NOW
 * @param log          keeps the evidence
 * @param[out] verdict_out  the verdict; owned by the caller
 * @param[out] error_out    details of a failure, or NULL if not wanted
 * @return SIGNET_OK, SIGNET_ERR_INVALID_ARGUMENT (the time),
 *         SIGNET_ERR_NULL_ARGUMENT
 *
 * @since 0.1
 */
SIGNET_EXPORT
SIGNET_NODISCARD
signet_status signet_gate_judge_with_log(const signet_gate *gate,
                                         const uint8_t *message,
                                         size_t message_len,
                                         int64_t at_unix_ms,
                                         const signet_log *log,
                                         signet_verdict **verdict_out,
                                         signet_error **error_out);

/**
 * Releases a gate. NULL is ignored.
 *
 * @since 0.1
 */
SIGNET_EXPORT void signet_gate_free(signet_gate *gate);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* SIGNET_H */
