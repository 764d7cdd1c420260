// The C ABI as koffi sees it: constants, structs, callbacks and functions.
//
// Written from include/signet.h by `npm run generate`; do not edit. A test compares
// the two.

import type { Bytes, Pointer, Slot, Status } from "./native.js";

export const SIGNET_VERSION_MAJOR = 0;
export const SIGNET_VERSION_MINOR = 1;
export const SIGNET_VERSION_PATCH = 0;
export const SIGNET_VERSION_STRING = "0.1.0";
export const SIGNET_ABI_VERSION = 0;
export const SIGNET_NO_POSITION = 18446744073709551615n;
export const SIGNET_NOW = -9223372036854775808n;
export const SIGNET_FORMAT_ANY = 0;
export const SIGNET_FORMAT_JSON = 1;
export const SIGNET_FORMAT_YAML = 2;
export const SIGNET_PARSE_FORENSIC = 1;
export const SIGNET_HASH_LEN = 32;
export const SIGNET_HASH_TEXT_LEN = 71;
export const SIGNET_CONTENT_JSON = 0;
export const SIGNET_CONTENT_TEXT = 1;
export const SIGNET_PUBLIC_KEY_LEN = 32;
export const SIGNET_SIGNATURE_LEN = 64;
export const SIGNET_KEY_TEXT_PREFIXED = 1;
export const SIGNET_KEY_TEXT_BARE = 2;
export const SIGNET_KEY_TEXT_DID = 3;
export const SIGNET_KEY_TEXT_ID = 4;
export const SIGNET_SEED_LEN = 32;
export const SIGNET_KEYSTORE_ALLOW_EXPOSED = 1;
export const SIGNET_KEY_UNENCRYPTED = 1;
export const SIGNET_SIGN_HASH_ONLY = 1;
export const SIGNET_SIGN_AT = 2;
export const SIGNET_SIGN_FIXED_NONCE = 4;
export const SIGNET_NONCE_LEN = 16;
export const SIGNET_FIELD_ID = 1;
export const SIGNET_FIELD_TOOL = 2;
export const SIGNET_FIELD_PARAMS_HASH = 3;
export const SIGNET_FIELD_TARGET = 4;
export const SIGNET_FIELD_TRANSPORT = 5;
export const SIGNET_FIELD_SESSION = 6;
export const SIGNET_FIELD_CALL_ID = 7;
export const SIGNET_FIELD_RESPONSE_HASH = 8;
export const SIGNET_FIELD_TRACE_ID = 9;
export const SIGNET_FIELD_PARENT_RECEIPT_ID = 10;
export const SIGNET_FIELD_SIGNER_NAME = 11;
export const SIGNET_FIELD_SIGNER_OWNER = 12;
export const SIGNET_FIELD_SIGNER_PUBLIC_KEY = 13;
export const SIGNET_FIELD_TIME = 14;
export const SIGNET_FIELD_EXPIRY = 15;
export const SIGNET_FIELD_NONCE = 16;
export const SIGNET_FIELD_SIGNATURE = 17;
export const SIGNET_FIELD_RESPONSE_TIME = 18;
export const SIGNET_FIELD_CONTENT_HASH = 19;
export const SIGNET_FIELD_OUTCOME_STATUS = 20;
export const SIGNET_FIELD_OUTCOME_REASON = 21;
export const SIGNET_FIELD_OUTCOME_ERROR = 22;
export const SIGNET_FIELD_SERVER_NAME = 23;
export const SIGNET_FIELD_SERVER_PUBLIC_KEY = 24;
export const SIGNET_FIELD_POLICY_DECISION = 25;
export const SIGNET_FIELD_CHAIN_HASH = 26;
export const SIGNET_FIELD_ROOT_PUBLIC_KEY = 27;
export const SIGNET_FIELD_PARAMS = 28;
export const SIGNET_FIELD_POLICY = 29;
export const SIGNET_FIELD_AUTHORIZATION_DECISION = 30;
export const SIGNET_FIELD_CHAIN = 31;
export const SIGNET_FIELD_AGENT_RECEIPT = 32;
export const SIGNET_FIELD_UNSIGNED_EXTENSIONS = 33;
export const SIGNET_SECTION_ALL = 0;
export const SIGNET_SECTION_ROOTS = 1;
export const SIGNET_SECTION_AGENTS = 2;
export const SIGNET_SECTION_SERVERS = 3;
export const SIGNET_TRUST_BUNDLE_ID = 1;
export const SIGNET_TRUST_BUNDLE_ORG = 2;
export const SIGNET_TRUST_BUNDLE_ENV = 3;
export const SIGNET_TRUST_BUNDLE_GENERATED_AT = 4;
export const SIGNET_TRUST_BUNDLE_DESCRIPTION = 5;
export const SIGNET_TRUST_BUNDLE_SOURCE = 6;
export const SIGNET_TRUST_BUNDLE_HASH = 7;
export const SIGNET_VERIFY_IGNORE_EXPIRY = 1;
export const SIGNET_VERIFY_AT = 2;
export const SIGNET_VERIFY_ANY_AGENT = 4;
export const SIGNET_VERIFY_NO_SKEW = 8;
export const SIGNET_ANY_WINDOW = 18446744073709551615n;
export const SIGNET_DELEGATION_ID = 1;
export const SIGNET_DELEGATION_DELEGATOR_KEY = 2;
export const SIGNET_DELEGATION_DELEGATOR_NAME = 3;
export const SIGNET_DELEGATION_DELEGATOR_PRINCIPAL = 4;
export const SIGNET_DELEGATION_DELEGATE_KEY = 5;
export const SIGNET_DELEGATION_DELEGATE_NAME = 6;
export const SIGNET_DELEGATION_DELEGATE_PRINCIPAL = 7;
export const SIGNET_DELEGATION_ISSUED_AT = 8;
export const SIGNET_DELEGATION_EXPIRES = 9;
export const SIGNET_DELEGATION_NONCE = 10;
export const SIGNET_DELEGATION_SCOPE = 11;
export const SIGNET_DELEGATION_UNSIGNED_BUDGET = 12;
export const SIGNET_DELEGATION_UNSIGNED_CONSTRAINTS = 13;
export const SIGNET_DELEGATION_UNSIGNED_CORRELATION_ID = 14;
export const SIGNET_EVALUATE_DRY_RUN = 1;
export const SIGNET_VERDICT_ALLOW = 1;
export const SIGNET_VERDICT_REQUIRE_APPROVAL = 2;
export const SIGNET_VERDICT_DENY = 3;
export const SIGNET_LOG_SYNC = 0;
export const SIGNET_LOG_INTERVAL = 1;
export const SIGNET_LOG_NONE = 2;
export const SIGNET_LOG_NO_REPAIR = 1;
export const SIGNET_LOG_ALONE = 2;
export const SIGNET_LOG_NO_CHECKPOINTS = 4;
export const SIGNET_LOG_ALLOW_NETWORK = 8;
export const SIGNET_NEVER = 18446744073709551615n;
export const SIGNET_PARAMS_KEY_LEN = 32;
export const SIGNET_LOG_VERIFY_SIGNATURES = 1;
export const SIGNET_LOG_VERIFY_ANY_SIGNER = 2;
export const SIGNET_LOG_VERIFY_BATCH = 4;
export const SIGNET_LOG_VERIFY_COFACTORED = 8;
export const SIGNET_LOG_VERIFY_AT = 16;
export const SIGNET_LOG_VERIFY_AT_LAST_RECORD = 32;
export const SIGNET_FINDING_LINK_BROKEN = 1;
export const SIGNET_FINDING_FORKED = 2;
export const SIGNET_FINDING_HASH_MISMATCH = 3;
export const SIGNET_FINDING_UNPARSABLE = 4;
export const SIGNET_FINDING_TORN = 5;
export const SIGNET_FINDING_TRUNCATED = 6;
export const SIGNET_FINDING_REPLACED = 7;
export const SIGNET_FINDING_UNAUTHENTICATED = 8;
export const SIGNET_FINDING_AMBIGUOUS = 9;
export const SIGNET_FINDING_SIGNATURE_INVALID = 10;
export const SIGNET_FINDING_SIGNER_UNTRUSTED = 11;
export const SIGNET_FINDING_SIGNATURE_UNVERIFIABLE = 12;
export const SIGNET_FINDING_INCIDENT = 13;
export const SIGNET_FINDING_PARAMS_SEALED = 14;
export const SIGNET_FINDING_DELEGATION_INVALID = 15;
export const SIGNET_FINDING_DELEGATION_UNVERIFIABLE = 16;
export const SIGNET_FINDING_PRUNED = 17;
export const SIGNET_FINDING_BEGINNING_MISSING = 18;
export const SIGNET_FINDING_STALE = 19;
export const SIGNET_FINDING_REMOVAL_UNTRUSTED = 20;
export const SIGNET_BUNDLE_AT = 1;
export const SIGNET_REPLAY_NO_SYNC = 1;
export const SIGNET_REPLAY_SHARE_AT_ONCE = 2;
export const SIGNET_NONCES_RUST_PYTHON = 0;
export const SIGNET_NONCES_TYPESCRIPT = 1;
export const SIGNET_NONCE_FRESH = 0;
export const SIGNET_NONCE_REPLAYED = 1;
export const SIGNET_NONCE_NO_ROOM = 2;
export const SIGNET_AXIS_STRUCTURE = 0;
export const SIGNET_AXIS_SIGNATURE = 1;
export const SIGNET_AXIS_TRUST = 2;
export const SIGNET_AXIS_TIME = 3;
export const SIGNET_AXIS_DELEGATION = 4;
export const SIGNET_AXIS_TARGET = 5;
export const SIGNET_AXIS_CONTENT = 6;
export const SIGNET_AXIS_DECISION = 7;
export const SIGNET_AXIS_POLICY = 8;
export const SIGNET_AXIS_REPLAY = 9;
export const SIGNET_CHECK_PASSED = 1;
export const SIGNET_CHECK_FAILED = 2;
export const SIGNET_CHECK_NOT_CHECKED = 3;
export const SIGNET_PARTY_AGENT = 1;
export const SIGNET_PARTY_SERVER = 2;
export const SIGNET_PARTY_ROOT = 3;
export const SIGNET_PARTY_NAME = 1;
export const SIGNET_PARTY_KEY = 2;
export const SIGNET_PARTY_TRUSTED_NAME = 3;
export const SIGNET_NO_AGE = -9223372036854775808n;
export const SIGNET_SIGN_REPLACE = 8;
export const SIGNET_RULING_FORWARD = 1;
export const SIGNET_RULING_ASK_HUMAN = 2;
export const SIGNET_RULING_REFUSE = 3;
export const SIGNET_EVIDENCE_RECEIPT = 1;
export const SIGNET_EVIDENCE_VIOLATION = 2;

/** Number to name. */
export const STATUSES: Readonly<Record<number, string>> = {
  0: "SIGNET_OK",
  1: "SIGNET_ERR_NULL_ARGUMENT",
  2: "SIGNET_ERR_INVALID_ARGUMENT",
  3: "SIGNET_ERR_BUFFER_TOO_SMALL",
  4: "SIGNET_ERR_UNSUPPORTED",
  5: "SIGNET_ERR_STOPPED",
  6: "SIGNET_ERR_REENTERED",
  7: "SIGNET_ERR_IO",
  8: "SIGNET_ERR_RANDOMNESS",
  9: "SIGNET_ERR_TOO_LARGE",
  10: "SIGNET_ERR_INTERNAL",
  20: "SIGNET_ERR_JSON_SYNTAX",
  21: "SIGNET_ERR_JSON_ENCODING",
  22: "SIGNET_ERR_JSON_DUPLICATE_MEMBER",
  23: "SIGNET_ERR_JSON_LONE_SURROGATE",
  24: "SIGNET_ERR_JSON_NUMBER",
  25: "SIGNET_ERR_JSON_TOO_DEEP",
  26: "SIGNET_ERR_JSON_INEXACT_NUMBER",
  40: "SIGNET_ERR_KEY_INVALID",
  41: "SIGNET_ERR_KEY_WEAK",
  42: "SIGNET_ERR_KEY_NOT_FOUND",
  43: "SIGNET_ERR_KEY_EXISTS",
  44: "SIGNET_ERR_KEY_NAME_INVALID",
  45: "SIGNET_ERR_WRONG_PASSPHRASE",
  46: "SIGNET_ERR_PASSPHRASE_REQUIRED",
  47: "SIGNET_ERR_KEY_FILE_CORRUPT",
  48: "SIGNET_ERR_KDF_LIMIT",
  49: "SIGNET_ERR_SIGNER_FAILED",
  50: "SIGNET_ERR_KEY_EXPOSED",
  60: "SIGNET_ERR_RECEIPT_INVALID",
  61: "SIGNET_ERR_RECEIPT_VERSION",
  62: "SIGNET_ERR_UNKNOWN_MEMBER",
  63: "SIGNET_ERR_SIGNATURE_INVALID",
  64: "SIGNET_ERR_KEY_MISMATCH",
  65: "SIGNET_ERR_ID_MISMATCH",
  66: "SIGNET_ERR_PARAMS_HASH_MISMATCH",
  67: "SIGNET_ERR_EXPIRED",
  68: "SIGNET_ERR_TIMESTAMP_INVALID",
  69: "SIGNET_ERR_SIGNER_UNTRUSTED",
  70: "SIGNET_ERR_TIME_OUT_OF_WINDOW",
  71: "SIGNET_ERR_BINDING_MISMATCH",
  72: "SIGNET_ERR_SAME_SIGNER",
  73: "SIGNET_ERR_CONTENT_HASH_MISMATCH",
  80: "SIGNET_ERR_PROOF_INVALID",
  81: "SIGNET_ERR_NOTE_INVALID",
  82: "SIGNET_ERR_NOTE_UNSIGNED",
  83: "SIGNET_ERR_TILE_INVALID",
  90: "SIGNET_ERR_RECORD_INVALID",
  91: "SIGNET_ERR_RECORD_NOT_FOUND",
  92: "SIGNET_ERR_LOG_BUSY",
  93: "SIGNET_ERR_LOG_DAMAGED",
  94: "SIGNET_ERR_SYNC_FAILED",
  95: "SIGNET_ERR_LOG_CLOSED",
  96: "SIGNET_ERR_NETWORK_FILE_SYSTEM",
  100: "SIGNET_ERR_POLICY_INVALID",
  101: "SIGNET_ERR_POLICY_DENIED",
  102: "SIGNET_ERR_APPROVAL_REQUIRED",
  110: "SIGNET_ERR_TRUST_BUNDLE_INVALID",
  111: "SIGNET_ERR_KEY_DISABLED",
  112: "SIGNET_ERR_KEY_REVOKED",
  113: "SIGNET_ERR_KEY_EXPIRED",
  120: "SIGNET_ERR_DELEGATION_INVALID",
  121: "SIGNET_ERR_PRINCIPAL_INVALID",
  122: "SIGNET_ERR_DELEGATION_EXPIRED",
  123: "SIGNET_ERR_DELEGATION_NOT_YET_VALID",
  124: "SIGNET_ERR_SCOPE_WIDENED",
  125: "SIGNET_ERR_DELEGATION_DEPTH_EXCEEDED",
  126: "SIGNET_ERR_CHAIN_EMPTY",
  127: "SIGNET_ERR_CHAIN_TOO_LONG",
  128: "SIGNET_ERR_CHAIN_ROOT_UNTRUSTED",
  129: "SIGNET_ERR_CHAIN_BROKEN",
  130: "SIGNET_ERR_CHAIN_DELEGATE_MISMATCH",
  131: "SIGNET_ERR_SCOPE_VIOLATION",
  132: "SIGNET_ERR_CHAIN_HASH_MISMATCH",
  133: "SIGNET_ERR_CHAIN_ROOT_MISMATCH",
  150: "SIGNET_ERR_LOG_TORN",
  151: "SIGNET_ERR_LOG_TAMPERED",
  152: "SIGNET_ERR_LOG_TRUNCATED",
  153: "SIGNET_ERR_LOG_FORKED",
  154: "SIGNET_ERR_LOG_UNVERIFIABLE",
  155: "SIGNET_ERR_LOG_STALE",
  160: "SIGNET_ERR_SEALED_PARAMS_INVALID",
  161: "SIGNET_ERR_SEALED_PARAMS_ALTERED",
  162: "SIGNET_ERR_BUNDLE_INVALID",
  163: "SIGNET_ERR_BUNDLE_TAMPERED",
  164: "SIGNET_ERR_BUNDLE_UNVERIFIABLE",
  170: "SIGNET_ERR_UNSIGNED",
  171: "SIGNET_ERR_REPLAYED",
  172: "SIGNET_ERR_REPLAY_STORE_FULL",
  173: "SIGNET_ERR_REPLAY_STORE_FAILED",
  174: "SIGNET_ERR_TOO_OLD",
  175: "SIGNET_ERR_FROM_FUTURE",
  176: "SIGNET_ERR_TARGET_MISMATCH",
  177: "SIGNET_ERR_TOOL_MISMATCH",
  178: "SIGNET_ERR_ARGUMENTS_MISMATCH",
  179: "SIGNET_ERR_ARGUMENTS_HIDDEN",
  180: "SIGNET_ERR_DELEGATION_REQUIRED",
  181: "SIGNET_ERR_DECISION_INVALID",
  182: "SIGNET_ERR_DECISION_MISMATCH",
  183: "SIGNET_ERR_DECISION_REQUIRED",
  184: "SIGNET_ERR_DECISION_USED_UP",
  185: "SIGNET_ERR_REVOKED",
  190: "SIGNET_ERR_MESSAGE_INVALID",
  191: "SIGNET_ERR_ALREADY_SIGNED",
  192: "SIGNET_ERR_EVIDENCE_NOT_STORED",
};

export type SignetSignCallback = (message: bigint | null, messageLen: number | bigint, signatureOut: bigint | null, userData: bigint | null) => number;
export type SignetFreeCallback = (userData: bigint | null) => void;
export type SignetLogCallback = (record: bigint | null, userData: bigint | null) => number;
export type SignetFindingCallback = (finding: bigint | null, userData: bigint | null) => number;
export type SignetProgressCallback = (records: number | bigint, userData: bigint | null) => number;
export type SignetNonceCallback = (signer: bigint | null, nonce: bigint | null, nonceLen: number | bigint, keepUntilUnixMs: number | bigint, maxUses: number | bigint, userData: bigint | null) => number;
export type SignetEvidenceCallback = (evidence: bigint | null, count: number | bigint, userData: bigint | null) => number;

export interface SignetParseOptions {
  struct_size: number;
  flags?: number;
  max_depth?: number;
  reserved?: number;
  max_len?: number | bigint;
}

export interface SignetKeystoreOptions {
  struct_size: number;
  flags?: number;
  kdf_passes?: number;
  kdf_memory_kib?: number;
  max_memory_kib?: number;
  max_passes?: number;
}

export interface SignetSignOptions {
  struct_size: number;
  flags?: number;
  now_unix_ms?: number | bigint;
  expires_at?: Bytes | null;
  expires_at_len?: number | bigint;
  nonce?: Uint8Array;
  max_len?: number | bigint;
}

export interface SignetCoSignOptions {
  struct_size: number;
  flags?: number;
  now_unix_ms?: number | bigint;
  nonce?: Uint8Array;
  max_len?: number | bigint;
  unsigned_extensions?: Bytes | null;
  unsigned_extensions_len?: number | bigint;
}

export interface SignetVerifyOptions {
  struct_size: number;
  flags?: number;
  now_unix_ms?: number | bigint;
  window_seconds?: number | bigint;
  max_age_seconds?: number | bigint;
  skew_seconds?: number | bigint;
  servers?: BigUint64Array | null;
  servers_len?: number | bigint;
  roots?: BigUint64Array | null;
  roots_len?: number | bigint;
  bundle?: Pointer<"signet_trust_bundle"> | null;
  max_links?: number | bigint;
  session?: Bytes | null;
  session_len?: number | bigint;
  call_id?: Bytes | null;
  call_id_len?: number | bigint;
  response?: Bytes | null;
  response_len?: number | bigint;
}

export interface SignetDelegationOptions {
  struct_size: number;
  flags?: number;
  now_unix_ms?: number | bigint;
  nonce?: Uint8Array;
  parent_scope?: Bytes | null;
  parent_scope_len?: number | bigint;
  delegator_principal?: Bytes | null;
  delegator_principal_len?: number | bigint;
  delegate_principal?: Bytes | null;
  delegate_principal_len?: number | bigint;
  unsigned_budget?: Bytes | null;
  unsigned_budget_len?: number | bigint;
  unsigned_constraints?: Bytes | null;
  unsigned_constraints_len?: number | bigint;
  unsigned_correlation_id?: Bytes | null;
  unsigned_correlation_id_len?: number | bigint;
}

export interface SignetLogOptions {
  struct_size: number;
  flags?: number;
  durability?: number;
  interval_ms?: number;
  max_record_len?: number | bigint;
  lock_timeout_ms?: number | bigint;
  origin?: Bytes | null;
  origin_len?: number | bigint;
  max_segment_len?: number | bigint;
  checkpoint_records?: number | bigint;
  checkpoint_ms?: number | bigint;
}

export interface SignetLogEntry {
  index?: number | bigint;
  record_hash?: Uint8Array;
  durable?: number;
  reserved?: number;
}

export interface SignetKeyCutoff {
  from_index?: number | bigint;
  key?: Pointer<"signet_public_key"> | null;
}

export interface SignetLogVerifyOptions {
  struct_size: number;
  flags?: number;
  first?: number | bigint;
  limit?: number | bigint;
  threads?: number | bigint;
  checkpoint?: Bytes | null;
  checkpoint_len?: number | bigint;
  vkey?: Bytes | null;
  vkey_len?: number | bigint;
  bundle?: Pointer<"signet_trust_bundle"> | null;
  params_keys?: BigUint64Array | null;
  params_keys_len?: number | bigint;
  servers?: BigUint64Array | null;
  servers_len?: number | bigint;
  roots?: BigUint64Array | null;
  roots_len?: number | bigint;
  cutoffs?: Bytes | null;
  cutoffs_len?: number | bigint;
  max_checkpoint_age_ms?: number | bigint;
  now_unix_ms?: number | bigint;
  control_keys?: BigUint64Array | null;
  control_keys_len?: number | bigint;
}

export interface SignetLogFinding {
  kind?: number;
  reserved?: number;
  index?: number | bigint;
  line?: number | bigint;
  file?: Bytes | null;
  file_len?: number | bigint;
  expected_hash?: Bytes | null;
  actual_hash?: Bytes | null;
  detail?: Bytes | null;
  detail_len?: number | bigint;
}

export interface SignetLogReport {
  records?: number | bigint;
  findings?: number | bigint;
  first_bad?: number | bigint;
  signatures_valid?: number | bigint;
  signatures_failed?: number | bigint;
  unverifiable?: number | bigint;
  unsigned_records?: number | bigint;
  last_hash?: Uint8Array;
  pruned?: number | bigint;
  anchored?: number | bigint;
  remembered?: number | bigint;
  pruned_by?: Uint8Array;
  pruned_by_control_key?: number | bigint;
}

export interface SignetBundleOptions {
  struct_size: number;
  flags?: number;
  now_unix_ms?: number | bigint;
  host?: Bytes | null;
  host_len?: number | bigint;
  bundle?: Pointer<"signet_trust_bundle"> | null;
}

export interface SignetBundleVerifyOptions {
  struct_size: number;
  flags?: number;
  bundle?: Pointer<"signet_trust_bundle"> | null;
  params_keys?: BigUint64Array | null;
  params_keys_len?: number | bigint;
}

export interface SignetReplayStoreOptions {
  struct_size: number;
  flags?: number;
  capacity?: number | bigint;
  lifetime_seconds?: number | bigint;
  form?: number;
  reserved?: number;
}

export interface SignetVerifierOptions {
  struct_size: number;
  flags?: number;
  trusted_keys?: BigUint64Array | null;
  trusted_keys_len?: number | bigint;
  trusted_servers?: BigUint64Array | null;
  trusted_servers_len?: number | bigint;
  trusted_roots?: BigUint64Array | null;
  trusted_roots_len?: number | bigint;
  trusted_authorities?: BigUint64Array | null;
  trusted_authorities_len?: number | bigint;
  bundle?: Pointer<"signet_trust_bundle"> | null;
  policy?: Pointer<"signet_policy"> | null;
  replay_store?: Pointer<"signet_replay_store"> | null;
}

export interface SignetCheckOptions {
  struct_size: number;
  flags?: number;
  target?: Bytes | null;
  target_len?: number | bigint;
  session?: Bytes | null;
  session_len?: number | bigint;
  call_id?: Bytes | null;
  call_id_len?: number | bigint;
  arguments?: Bytes | null;
  arguments_len?: number | bigint;
  response?: Bytes | null;
  response_len?: number | bigint;
}

export interface SignetMcpRequestOptions {
  struct_size: number;
  flags?: number;
  now_unix_ms?: number | bigint;
  max_len?: number | bigint;
  max_depth?: number;
  max_batch?: number;
  target?: Bytes | null;
  target_len?: number | bigint;
  transport?: Bytes | null;
  transport_len?: number | bigint;
  session?: Bytes | null;
  session_len?: number | bigint;
  trace_id?: Bytes | null;
  trace_id_len?: number | bigint;
  parent_receipt_id?: Bytes | null;
  parent_receipt_id_len?: number | bigint;
  expires_at?: Bytes | null;
  expires_at_len?: number | bigint;
  policy?: Pointer<"signet_policy"> | null;
  fulfils?: Bytes | null;
  fulfils_len?: number | bigint;
}

export interface SignetMcpResponseOptions {
  struct_size: number;
  flags?: number;
  now_unix_ms?: number | bigint;
  max_len?: number | bigint;
  max_depth?: number;
  reserved?: number;
  outcome?: Bytes | null;
  outcome_len?: number | bigint;
}

export interface SignetEvidence {
  json?: Bytes | null;
  json_len?: number | bigint;
  kind?: number;
  reserved?: number;
}

/** Name, result, parameters. */
export const CALLBACKS: readonly (readonly [string, string, readonly string[]])[] = [
  ["signet_sign_callback","int32_t",["void *","size_t","void *","void *"]],
  ["signet_free_callback","void",["void *"]],
  ["signet_log_callback","int32_t",["void *","void *"]],
  ["signet_finding_callback","int32_t",["void *","void *"]],
  ["signet_progress_callback","int32_t",["uint64_t","void *"]],
  ["signet_nonce_callback","int32_t",["void *","void *","size_t","int64_t","uint64_t","void *"]],
  ["signet_evidence_callback","int32_t",["void *","size_t","void *"]],
];

/** Name, members, and for arrays how long they are. */
export const STRUCTS: readonly (readonly [string, readonly (readonly [string, string, number])[]])[] = [
  ["signet_parse_options",[["struct_size","uint32_t",0],["flags","uint32_t",0],["max_depth","uint32_t",0],["reserved","uint32_t",0],["max_len","uint64_t",0]]],
  ["signet_keystore_options",[["struct_size","uint32_t",0],["flags","uint32_t",0],["kdf_passes","uint32_t",0],["kdf_memory_kib","uint32_t",0],["max_memory_kib","uint32_t",0],["max_passes","uint32_t",0]]],
  ["signet_sign_options",[["struct_size","uint32_t",0],["flags","uint32_t",0],["now_unix_ms","int64_t",0],["expires_at","void *",0],["expires_at_len","size_t",0],["nonce","uint8_t",16],["max_len","uint64_t",0]]],
  ["signet_co_sign_options",[["struct_size","uint32_t",0],["flags","uint32_t",0],["now_unix_ms","int64_t",0],["nonce","uint8_t",16],["max_len","uint64_t",0],["unsigned_extensions","void *",0],["unsigned_extensions_len","size_t",0]]],
  ["signet_verify_options",[["struct_size","uint32_t",0],["flags","uint32_t",0],["now_unix_ms","int64_t",0],["window_seconds","uint64_t",0],["max_age_seconds","uint64_t",0],["skew_seconds","uint64_t",0],["servers","void *",0],["servers_len","size_t",0],["roots","void *",0],["roots_len","size_t",0],["bundle","void *",0],["max_links","size_t",0],["session","void *",0],["session_len","size_t",0],["call_id","void *",0],["call_id_len","size_t",0],["response","void *",0],["response_len","size_t",0]]],
  ["signet_delegation_options",[["struct_size","uint32_t",0],["flags","uint32_t",0],["now_unix_ms","int64_t",0],["nonce","uint8_t",16],["parent_scope","void *",0],["parent_scope_len","size_t",0],["delegator_principal","void *",0],["delegator_principal_len","size_t",0],["delegate_principal","void *",0],["delegate_principal_len","size_t",0],["unsigned_budget","void *",0],["unsigned_budget_len","size_t",0],["unsigned_constraints","void *",0],["unsigned_constraints_len","size_t",0],["unsigned_correlation_id","void *",0],["unsigned_correlation_id_len","size_t",0]]],
  ["signet_log_options",[["struct_size","uint32_t",0],["flags","uint32_t",0],["durability","int32_t",0],["interval_ms","uint32_t",0],["max_record_len","uint64_t",0],["lock_timeout_ms","uint64_t",0],["origin","void *",0],["origin_len","size_t",0],["max_segment_len","uint64_t",0],["checkpoint_records","uint64_t",0],["checkpoint_ms","uint64_t",0]]],
  ["signet_log_entry",[["index","uint64_t",0],["record_hash","uint8_t",32],["durable","uint32_t",0],["reserved","uint32_t",0]]],
  ["signet_key_cutoff",[["from_index","uint64_t",0],["key","void *",0]]],
  ["signet_log_verify_options",[["struct_size","uint32_t",0],["flags","uint32_t",0],["first","uint64_t",0],["limit","uint64_t",0],["threads","uint64_t",0],["checkpoint","void *",0],["checkpoint_len","size_t",0],["vkey","void *",0],["vkey_len","size_t",0],["bundle","void *",0],["params_keys","void *",0],["params_keys_len","size_t",0],["servers","void *",0],["servers_len","size_t",0],["roots","void *",0],["roots_len","size_t",0],["cutoffs","void *",0],["cutoffs_len","size_t",0],["max_checkpoint_age_ms","uint64_t",0],["now_unix_ms","int64_t",0],["control_keys","void *",0],["control_keys_len","size_t",0]]],
  ["signet_log_finding",[["kind","int32_t",0],["reserved","uint32_t",0],["index","uint64_t",0],["line","uint64_t",0],["file","void *",0],["file_len","size_t",0],["expected_hash","void *",0],["actual_hash","void *",0],["detail","void *",0],["detail_len","size_t",0]]],
  ["signet_log_report",[["records","uint64_t",0],["findings","uint64_t",0],["first_bad","uint64_t",0],["signatures_valid","uint64_t",0],["signatures_failed","uint64_t",0],["unverifiable","uint64_t",0],["unsigned_records","uint64_t",0],["last_hash","uint8_t",32],["pruned","uint64_t",0],["anchored","uint64_t",0],["remembered","uint64_t",0],["pruned_by","uint8_t",32],["pruned_by_control_key","uint64_t",0]]],
  ["signet_bundle_options",[["struct_size","uint32_t",0],["flags","uint32_t",0],["now_unix_ms","int64_t",0],["host","void *",0],["host_len","size_t",0],["bundle","void *",0]]],
  ["signet_bundle_verify_options",[["struct_size","uint32_t",0],["flags","uint32_t",0],["bundle","void *",0],["params_keys","void *",0],["params_keys_len","size_t",0]]],
  ["signet_replay_store_options",[["struct_size","uint32_t",0],["flags","uint32_t",0],["capacity","uint64_t",0],["lifetime_seconds","uint64_t",0],["form","int32_t",0],["reserved","uint32_t",0]]],
  ["signet_verifier_options",[["struct_size","uint32_t",0],["flags","uint32_t",0],["trusted_keys","void *",0],["trusted_keys_len","size_t",0],["trusted_servers","void *",0],["trusted_servers_len","size_t",0],["trusted_roots","void *",0],["trusted_roots_len","size_t",0],["trusted_authorities","void *",0],["trusted_authorities_len","size_t",0],["bundle","void *",0],["policy","void *",0],["replay_store","void *",0]]],
  ["signet_check_options",[["struct_size","uint32_t",0],["flags","uint32_t",0],["target","void *",0],["target_len","size_t",0],["session","void *",0],["session_len","size_t",0],["call_id","void *",0],["call_id_len","size_t",0],["arguments","void *",0],["arguments_len","size_t",0],["response","void *",0],["response_len","size_t",0]]],
  ["signet_mcp_request_options",[["struct_size","uint32_t",0],["flags","uint32_t",0],["now_unix_ms","int64_t",0],["max_len","uint64_t",0],["max_depth","uint32_t",0],["max_batch","uint32_t",0],["target","void *",0],["target_len","size_t",0],["transport","void *",0],["transport_len","size_t",0],["session","void *",0],["session_len","size_t",0],["trace_id","void *",0],["trace_id_len","size_t",0],["parent_receipt_id","void *",0],["parent_receipt_id_len","size_t",0],["expires_at","void *",0],["expires_at_len","size_t",0],["policy","void *",0],["fulfils","void *",0],["fulfils_len","size_t",0]]],
  ["signet_mcp_response_options",[["struct_size","uint32_t",0],["flags","uint32_t",0],["now_unix_ms","int64_t",0],["max_len","uint64_t",0],["max_depth","uint32_t",0],["reserved","uint32_t",0],["outcome","void *",0],["outcome_len","size_t",0]]],
  ["signet_evidence",[["json","void *",0],["json_len","size_t",0],["kind","int32_t",0],["reserved","uint32_t",0]]],
];

/** Name, result, parameters. */
export const FUNCTIONS: readonly (readonly [string, string, readonly string[]])[] = [
  ["signet_abi_version","uint32_t",[]],
  ["signet_version_number","uint32_t",[]],
  ["signet_version_string","str",[]],
  ["signet_status_name","str",["int32_t"]],
  ["signet_status_at","int32_t",["size_t"]],
  ["signet_error_status","int32_t",["void *"]],
  ["signet_error_message","void *",["void *","void *"]],
  ["signet_error_position","uint64_t",["void *"]],
  ["signet_error_line","uint32_t",["void *"]],
  ["signet_error_column","uint32_t",["void *"]],
  ["signet_error_free","void",["void *"]],
  ["signet_buffer_data","void *",["void *","void *"]],
  ["signet_buffer_len","size_t",["void *"]],
  ["signet_buffer_free","void",["void *"]],
  ["signet_hash_len","size_t",[]],
  ["signet_hash_text_len","size_t",[]],
  ["signet_parse_options_init","void",["void *"]],
  ["signet_json_canonicalize","int32_t",["void *","size_t","@signet_parse_options","void *","void *"]],
  ["signet_json_hash","int32_t",["void *","size_t","@signet_parse_options","void *","void *"]],
  ["signet_content_hash","int32_t",["void *","size_t","int32_t","@signet_parse_options","void *","void *"]],
  ["signet_public_key_len","size_t",[]],
  ["signet_signature_len","size_t",[]],
  ["signet_public_key_from_bytes","int32_t",["void *","void *","void *"]],
  ["signet_public_key_parse","int32_t",["void *","size_t","void *","void *"]],
  ["signet_public_key_bytes","int32_t",["void *","void *","void *"]],
  ["signet_public_key_text","void *",["void *","int32_t","void *"]],
  ["signet_public_key_verify","int32_t",["void *","void *","size_t","void *","void *"]],
  ["signet_public_key_free","void",["void *"]],
  ["signet_seed_len","size_t",[]],
  ["signet_keypair_generate","int32_t",["void *","void *"]],
  ["signet_keypair_from_secret","int32_t",["void *","size_t","void *","void *"]],
  ["signet_keypair_from_signer","int32_t",["void *","&signet_sign_callback","void *","&signet_free_callback","void *","void *"]],
  ["signet_keypair_public_key","int32_t",["void *","void *","void *"]],
  ["signet_keypair_public_bytes","int32_t",["void *","void *","void *"]],
  ["signet_keypair_export_seed","int32_t",["void *","void *","void *"]],
  ["signet_keypair_sign","int32_t",["void *","void *","size_t","void *","void *"]],
  ["signet_keypair_free","void",["void *"]],
  ["signet_keystore_options_init","void",["void *"]],
  ["signet_keystore_open","int32_t",["void *","size_t","@signet_keystore_options","void *","void *"]],
  ["signet_keystore_create","int32_t",["void *","void *","size_t","void *","size_t","void *","size_t","uint32_t","void *","void *"]],
  ["signet_keystore_import","int32_t",["void *","void *","size_t","void *","size_t","void *","size_t","void *","size_t","uint32_t","void *","void *"]],
  ["signet_keystore_load","int32_t",["void *","void *","size_t","void *","size_t","void *","void *"]],
  ["signet_keystore_list","int32_t",["void *","void *","void *"]],
  ["signet_keystore_public_key","int32_t",["void *","void *","size_t","void *","void *"]],
  ["signet_keystore_export_public","int32_t",["void *","void *","size_t","void *","void *"]],
  ["signet_keystore_change_passphrase","int32_t",["void *","void *","size_t","void *","size_t","void *","size_t","uint32_t","void *"]],
  ["signet_keystore_delete","int32_t",["void *","void *","size_t","void *"]],
  ["signet_keystore_free","void",["void *"]],
  ["signet_nonce_len","size_t",[]],
  ["signet_sign_options_init","void",["void *"]],
  ["signet_action_from_tools_call","int32_t",["void *","size_t","void *","size_t","void *","size_t","@signet_parse_options","void *","void *"]],
  ["signet_receipt_sign","int32_t",["void *","void *","size_t","void *","size_t","void *","size_t","@signet_sign_options","void *","void *"]],
  ["signet_receipt_parse","int32_t",["void *","size_t","@signet_parse_options","void *","void *"]],
  ["signet_receipt_json","void *",["void *","void *"]],
  ["signet_receipt_version","uint32_t",["void *"]],
  ["signet_receipt_time","int32_t",["void *","void *","void *"]],
  ["signet_receipt_signer_key","int32_t",["void *","void *","void *"]],
  ["signet_receipt_signature","int32_t",["void *","void *","void *"]],
  ["signet_receipt_free","void",["void *"]],
  ["signet_receipt_text","void *",["void *","int32_t","void *"]],
  ["signet_receipt_value","void *",["void *","int32_t","void *"]],
  ["signet_receipt_params","void *",["void *","void *"]],
  ["signet_receipt_response_time","int32_t",["void *","void *","void *"]],
  ["signet_receipt_server_key","int32_t",["void *","void *","void *"]],
  ["signet_receipt_agent_receipt","int32_t",["void *","void *","void *"]],
  ["signet_co_sign_options_init","void",["void *"]],
  ["signet_receipt_sign_compound","int32_t",["void *","void *","size_t","void *","size_t","void *","size_t","void *","size_t","void *","size_t","void *","size_t","void *","size_t","@signet_sign_options","void *","void *"]],
  ["signet_receipt_co_sign","int32_t",["void *","void *","void *","size_t","void *","size_t","void *","size_t","@signet_co_sign_options","void *","void *"]],
  ["signet_trust_bundle_parse","int32_t",["void *","size_t","int32_t","void *","void *"]],
  ["signet_trust_bundle_json","void *",["void *","void *"]],
  ["signet_trust_bundle_text","void *",["void *","int32_t","void *"]],
  ["signet_trust_bundle_check","int32_t",["void *","int32_t","void *","int64_t","void *"]],
  ["signet_trust_bundle_list","int32_t",["void *","int32_t","int64_t","void *","void *"]],
  ["signet_trust_bundle_free","void",["void *"]],
  ["signet_verify_options_init","void",["void *"]],
  ["signet_receipt_verify","int32_t",["void *","void *","size_t","@signet_verify_options","void *"]],
  ["signet_receipt_verify_signers","int32_t",["void *","void *","size_t","@signet_verify_options","void *","void *"]],
  ["signet_receipt_check_response","int32_t",["void *","void *","size_t","@signet_parse_options","void *"]],
  ["signet_delegation_options_init","void",["void *"]],
  ["signet_delegation_sign","int32_t",["void *","void *","size_t","void *","void *","size_t","void *","size_t","@signet_delegation_options","void *","void *"]],
  ["signet_delegation_parse","int32_t",["void *","size_t","@signet_parse_options","void *","void *"]],
  ["signet_delegation_verify","int32_t",["void *","@signet_verify_options","void *"]],
  ["signet_delegation_json","void *",["void *","void *"]],
  ["signet_delegation_text","void *",["void *","int32_t","void *"]],
  ["signet_delegation_free","void",["void *"]],
  ["signet_chain_join","int32_t",["void *","size_t","void *","void *"]],
  ["signet_chain_verify","int32_t",["void *","size_t","void *","size_t","@signet_verify_options","void *","void *"]],
  ["signet_receipt_sign_authorized","int32_t",["void *","void *","size_t","void *","size_t","void *","size_t","@signet_sign_options","void *","void *"]],
  ["signet_policy_parse","int32_t",["void *","size_t","int32_t","void *","void *","void *"]],
  ["signet_policy_json","void *",["void *","void *"]],
  ["signet_policy_hash","void *",["void *","void *"]],
  ["signet_policy_evaluate","int32_t",["void *","void *","size_t","void *","size_t","int64_t","uint32_t","void *","void *"]],
  ["signet_receipt_sign_with_policy","int32_t",["void *","void *","size_t","void *","size_t","void *","size_t","void *","@signet_sign_options","void *","void *","void *"]],
  ["signet_policy_free","void",["void *"]],
  ["signet_decision_verdict","int32_t",["void *"]],
  ["signet_decision_require_allowed","int32_t",["void *","void *"]],
  ["signet_decision_json","void *",["void *","void *"]],
  ["signet_decision_reason","void *",["void *","void *"]],
  ["signet_decision_attestation","void *",["void *","void *"]],
  ["signet_decision_violation","void *",["void *","void *"]],
  ["signet_decision_free","void",["void *"]],
  ["signet_log_record_receipt","void *",["void *","void *"]],
  ["signet_log_record_line","void *",["void *","void *"]],
  ["signet_log_record_file","void *",["void *","void *"]],
  ["signet_log_record_index","uint64_t",["void *"]],
  ["signet_log_record_hash","int32_t",["void *","void *","void *"]],
  ["signet_log_record_free","void",["void *"]],
  ["signet_log_options_init","void",["void *"]],
  ["signet_log_open","int32_t",["void *","size_t","void *","void *","@signet_log_options","void *","void *"]],
  ["signet_log_append","int32_t",["void *","void *","size_t","void *","void *"]],
  ["signet_log_append_many","int32_t",["void *","void *","void *","size_t","void *","void *"]],
  ["signet_log_sync","int32_t",["void *","void *","void *"]],
  ["signet_log_len","uint64_t",["void *"]],
  ["signet_log_refresh","int32_t",["void *","void *","void *"]],
  ["signet_log_read","int32_t",["void *","uint64_t","void *","void *"]],
  ["signet_log_visit","int32_t",["void *","uint64_t","&signet_log_callback","void *","void *"]],
  ["signet_log_query","int32_t",["void *","void *","size_t","&signet_log_callback","void *","void *"]],
  ["signet_log_recovery","int32_t",["void *","void *","void *"]],
  ["signet_log_close","int32_t",["void *","void *"]],
  ["signet_log_free","void",["void *"]],
  ["signet_params_key_len","size_t",[]],
  ["signet_params_key_derive","int32_t",["void *","void *","void *"]],
  ["signet_params_key_from_bytes","int32_t",["void *","void *","void *","void *"]],
  ["signet_params_key_export","int32_t",["void *","void *","void *"]],
  ["signet_params_key_seal","int32_t",["void *","void *","size_t","void *","void *"]],
  ["signet_params_key_open","int32_t",["void *","void *","size_t","void *","void *"]],
  ["signet_params_key_free","void",["void *"]],
  ["signet_log_verify_options_init","void",["void *"]],
  ["signet_log_verify","int32_t",["void *","void *","size_t","@signet_log_verify_options","&signet_finding_callback","&signet_progress_callback","void *","void *","void *"]],
  ["signet_log_verify_folder","int32_t",["void *","size_t","void *","size_t","@signet_log_verify_options","&signet_finding_callback","&signet_progress_callback","void *","void *","void *"]],
  ["signet_log_checkpoint","int32_t",["void *","void *","void *"]],
  ["signet_log_verifier_key","int32_t",["void *","void *","void *"]],
  ["signet_log_prove","int32_t",["void *","uint64_t","void *","void *"]],
  ["signet_log_prove_consistency","int32_t",["void *","uint64_t","void *","void *"]],
  ["signet_proof_verify","int32_t",["void *","size_t","void *","void *","size_t","void *","void *","void *"]],
  ["signet_record_hash","int32_t",["void *","size_t","void *","void *"]],
  ["signet_consistency_verify","int32_t",["void *","size_t","void *","size_t","void *","size_t","void *","size_t","void *"]],
  ["signet_bundle_options_init","void",["void *"]],
  ["signet_bundle_verify_options_init","void",["void *"]],
  ["signet_log_write_bundle","int32_t",["void *","void *","size_t","void *","size_t","void *","void *","size_t","@signet_bundle_options","void *","void *"]],
  ["signet_bundle_verify","int32_t",["void *","size_t","void *","size_t","@signet_bundle_verify_options","void *","void *"]],
  ["signet_log_plan_repair","int32_t",["void *","size_t","void *","void *"]],
  ["signet_log_rotate","int32_t",["void *","void *","void *"]],
  ["signet_log_plan_prune","int32_t",["void *","int64_t","void *","void *"]],
  ["signet_log_prune","int32_t",["void *","void *","void *","void *"]],
  ["signet_prune_plan_len","size_t",["void *"]],
  ["signet_prune_plan_json","void *",["void *","void *"]],
  ["signet_prune_plan_free","void",["void *"]],
  ["signet_replay_store_options_init","void",["void *"]],
  ["signet_replay_store_new","int32_t",["uint64_t","void *","void *"]],
  ["signet_replay_store_open","int32_t",["void *","size_t","@signet_replay_store_options","void *","void *"]],
  ["signet_replay_store_from_callback","int32_t",["&signet_nonce_callback","void *","&signet_free_callback","void *","void *"]],
  ["signet_replay_store_use_once","int32_t",["void *","void *","void *","size_t","uint64_t","int64_t","void *"]],
  ["signet_replay_store_len","uint64_t",["void *"]],
  ["signet_replay_store_export","int32_t",["void *","int64_t","void *"]],
  ["signet_replay_store_free","void",["void *"]],
  ["signet_axis_name","str",["int32_t"]],
  ["signet_report_status","int32_t",["void *"]],
  ["signet_report_message","void *",["void *","void *"]],
  ["signet_report_is_trusted","int32_t",["void *"]],
  ["signet_report_age_ms","int64_t",["void *"]],
  ["signet_report_party","void *",["void *","int32_t","int32_t","void *"]],
  ["signet_report_party_is_trusted","int32_t",["void *","int32_t"]],
  ["signet_report_axis","int32_t",["void *","int32_t"]],
  ["signet_report_axis_status","int32_t",["void *","int32_t"]],
  ["signet_report_axis_code","void *",["void *","int32_t","void *"]],
  ["signet_report_axis_message","void *",["void *","int32_t","void *"]],
  ["signet_report_json","void *",["void *","void *"]],
  ["signet_report_receipt","int32_t",["void *","void *","void *"]],
  ["signet_report_free","void",["void *"]],
  ["signet_verifier_options_init","void",["void *"]],
  ["signet_check_options_init","void",["void *"]],
  ["signet_verifier_new","int32_t",["void *","size_t","@signet_verifier_options","void *","void *"]],
  ["signet_verifier_check_call","int32_t",["void *","void *","size_t","void *","size_t","void *","size_t","int64_t","@signet_check_options","void *","void *"]],
  ["signet_verifier_check_receipt","int32_t",["void *","void *","size_t","int64_t","@signet_check_options","void *","void *"]],
  ["signet_verifier_check_evidence","int32_t",["void *","void *","size_t","int64_t","@signet_check_options","void *","void *"]],
  ["signet_verifier_free","void",["void *"]],
  ["signet_mcp_call_id","void *",["void *","void *"]],
  ["signet_mcp_call_receipt","int32_t",["void *","void *","void *"]],
  ["signet_mcp_call_free","void",["void *"]],
  ["signet_mcp_request_options_init","void",["void *"]],
  ["signet_mcp_sign_request","int32_t",["void *","void *","size_t","void *","size_t","void *","size_t","@signet_mcp_request_options","void *","void *"]],
  ["signet_mcp_signed_message","void *",["void *","void *"]],
  ["signet_mcp_signed_len","size_t",["void *"]],
  ["signet_mcp_signed_call","int32_t",["void *","size_t","void *","void *"]],
  ["signet_mcp_signed_free","void",["void *"]],
  ["signet_mcp_verify_request","int32_t",["void *","void *","size_t","int64_t","void *","void *","void *"]],
  ["signet_mcp_verify_params","int32_t",["void *","void *","size_t","int64_t","void *","void *","void *"]],
  ["signet_mcp_response_options_init","void",["void *"]],
  ["signet_mcp_sign_response","int32_t",["void *","void *","void *","size_t","void *","size_t","@signet_mcp_response_options","void *","void *","void *","void *"]],
  ["signet_mcp_sign_result","int32_t",["void *","void *","void *","size_t","void *","size_t","@signet_mcp_response_options","void *","void *","void *","void *"]],
  ["signet_mcp_verify_response","int32_t",["void *","void *","void *","size_t","int64_t","void *","void *","void *"]],
  ["signet_mcp_verify_result","int32_t",["void *","void *","void *","size_t","int64_t","void *","void *","void *"]],
  ["signet_verdict_ruling","int32_t",["void *"]],
  ["signet_verdict_forward","void *",["void *","void *"]],
  ["signet_verdict_answer","void *",["void *","void *"]],
  ["signet_verdict_storage_status","int32_t",["void *"]],
  ["signet_verdict_storage_message","void *",["void *","void *"]],
  ["signet_verdict_len","size_t",["void *"]],
  ["signet_verdict_message_ruling","int32_t",["void *","size_t"]],
  ["signet_verdict_message_status","int32_t",["void *","size_t"]],
  ["signet_verdict_message_text","void *",["void *","size_t","void *"]],
  ["signet_verdict_message_evaluation","void *",["void *","size_t","void *"]],
  ["signet_verdict_message_call","int32_t",["void *","size_t","void *","void *"]],
  ["signet_verdict_message_report","int32_t",["void *","size_t","void *","void *"]],
  ["signet_verdict_free","void",["void *"]],
  ["signet_gate_new","int32_t",["void *","size_t","void *","void *","void *","void *","void *"]],
  ["signet_gate_judge","int32_t",["void *","void *","size_t","int64_t","&signet_evidence_callback","void *","void *","void *"]],
  ["signet_gate_judge_with_log","int32_t",["void *","void *","size_t","int64_t","void *","void *","void *"]],
  ["signet_gate_free","void",["void *"]],
];

/** Every function with its types. */
export interface Functions {
  signet_abi_version(): number;
  signet_version_number(): number;
  signet_version_string(): string;
  signet_status_name(status: number): string;
  signet_status_at(index: number | bigint): number;
  signet_error_status(error: Pointer<"signet_error"> | null): Status;
  signet_error_message(
    error: Pointer<"signet_error"> | null,
    lenOut: BigUint64Array | null,
  ): bigint | null;
  signet_error_position(error: Pointer<"signet_error"> | null): number | bigint;
  signet_error_line(error: Pointer<"signet_error"> | null): number;
  signet_error_column(error: Pointer<"signet_error"> | null): number;
  signet_error_free(error: Pointer<"signet_error"> | null): void;
  signet_buffer_data(
    buffer: Pointer<"signet_buffer"> | null,
    lenOut: BigUint64Array | null,
  ): bigint | null;
  signet_buffer_len(buffer: Pointer<"signet_buffer"> | null): number | bigint;
  signet_buffer_free(buffer: Pointer<"signet_buffer"> | null): void;
  signet_hash_len(): number | bigint;
  signet_hash_text_len(): number | bigint;
  signet_parse_options_init(optionsOut: Uint8Array): void;
  signet_json_canonicalize(
    json: Bytes | null,
    jsonLen: number | bigint,
    options: SignetParseOptions | 0n | null,
    canonicalOut: Slot<"signet_buffer">,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_json_hash(
    json: Bytes | null,
    jsonLen: number | bigint,
    options: SignetParseOptions | 0n | null,
    hashOut: Uint8Array,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_content_hash(
    content: Bytes | null,
    contentLen: number | bigint,
    kind: number,
    options: SignetParseOptions | 0n | null,
    hashTextOut: Uint8Array,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_public_key_len(): number | bigint;
  signet_signature_len(): number | bigint;
  signet_public_key_from_bytes(
    bytes: Bytes | null,
    keyOut: Slot<"signet_public_key">,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_public_key_parse(
    text: Bytes | null,
    textLen: number | bigint,
    keyOut: Slot<"signet_public_key">,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_public_key_bytes(
    key: Pointer<"signet_public_key"> | null,
    bytesOut: Uint8Array,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_public_key_text(
    key: Pointer<"signet_public_key"> | null,
    form: number,
    lenOut: BigUint64Array | null,
  ): bigint | null;
  signet_public_key_verify(
    key: Pointer<"signet_public_key"> | null,
    message: Bytes | null,
    messageLen: number | bigint,
    signature: Bytes | null,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_public_key_free(key: Pointer<"signet_public_key"> | null): void;
  signet_seed_len(): number | bigint;
  signet_keypair_generate(
    keypairOut: Slot<"signet_keypair">,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_keypair_from_secret(
    secret: Bytes | null,
    secretLen: number | bigint,
    keypairOut: Slot<"signet_keypair">,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_keypair_from_signer(
    publicKey: Pointer<"signet_public_key"> | null,
    sign: SignetSignCallback | bigint | null,
    userData: bigint | null,
    freeUserData: SignetFreeCallback | bigint | null,
    keypairOut: Slot<"signet_keypair">,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_keypair_public_key(
    keypair: Pointer<"signet_keypair"> | null,
    publicKeyOut: Slot<"signet_public_key">,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_keypair_public_bytes(
    keypair: Pointer<"signet_keypair"> | null,
    bytesOut: Uint8Array,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_keypair_export_seed(
    keypair: Pointer<"signet_keypair"> | null,
    seedOut: Uint8Array,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_keypair_sign(
    keypair: Pointer<"signet_keypair"> | null,
    message: Bytes | null,
    messageLen: number | bigint,
    signatureOut: Uint8Array,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_keypair_free(keypair: Pointer<"signet_keypair"> | null): void;
  signet_keystore_options_init(optionsOut: Uint8Array): void;
  signet_keystore_open(
    home: Bytes | null,
    homeLen: number | bigint,
    options: SignetKeystoreOptions | 0n | null,
    keystoreOut: Slot<"signet_keystore">,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_keystore_create(
    keystore: Pointer<"signet_keystore"> | null,
    name: Bytes | null,
    nameLen: number | bigint,
    owner: Bytes | null,
    ownerLen: number | bigint,
    passphrase: Bytes | null,
    passphraseLen: number | bigint,
    flags: number,
    keypairOut: Slot<"signet_keypair">,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_keystore_import(
    keystore: Pointer<"signet_keystore"> | null,
    name: Bytes | null,
    nameLen: number | bigint,
    owner: Bytes | null,
    ownerLen: number | bigint,
    secret: Bytes | null,
    secretLen: number | bigint,
    passphrase: Bytes | null,
    passphraseLen: number | bigint,
    flags: number,
    keypairOut: Slot<"signet_keypair">,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_keystore_load(
    keystore: Pointer<"signet_keystore"> | null,
    name: Bytes | null,
    nameLen: number | bigint,
    passphrase: Bytes | null,
    passphraseLen: number | bigint,
    keypairOut: Slot<"signet_keypair">,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_keystore_list(
    keystore: Pointer<"signet_keystore"> | null,
    jsonOut: Slot<"signet_buffer">,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_keystore_public_key(
    keystore: Pointer<"signet_keystore"> | null,
    name: Bytes | null,
    nameLen: number | bigint,
    publicKeyOut: Slot<"signet_public_key">,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_keystore_export_public(
    keystore: Pointer<"signet_keystore"> | null,
    name: Bytes | null,
    nameLen: number | bigint,
    textOut: Slot<"signet_buffer">,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_keystore_change_passphrase(
    keystore: Pointer<"signet_keystore"> | null,
    name: Bytes | null,
    nameLen: number | bigint,
    current: Bytes | null,
    currentLen: number | bigint,
    newPassphrase: Bytes | null,
    newPassphraseLen: number | bigint,
    flags: number,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_keystore_delete(
    keystore: Pointer<"signet_keystore"> | null,
    name: Bytes | null,
    nameLen: number | bigint,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_keystore_free(keystore: Pointer<"signet_keystore"> | null): void;
  signet_nonce_len(): number | bigint;
  signet_sign_options_init(optionsOut: Uint8Array): void;
  signet_action_from_tools_call(
    request: Bytes | null,
    requestLen: number | bigint,
    target: Bytes | null,
    targetLen: number | bigint,
    transport: Bytes | null,
    transportLen: number | bigint,
    options: SignetParseOptions | 0n | null,
    actionOut: Slot<"signet_buffer">,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_receipt_sign(
    keypair: Pointer<"signet_keypair"> | null,
    action: Bytes | null,
    actionLen: number | bigint,
    name: Bytes | null,
    nameLen: number | bigint,
    owner: Bytes | null,
    ownerLen: number | bigint,
    options: SignetSignOptions | 0n | null,
    receiptOut: Slot<"signet_receipt">,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_receipt_parse(
    json: Bytes | null,
    jsonLen: number | bigint,
    options: SignetParseOptions | 0n | null,
    receiptOut: Slot<"signet_receipt">,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_receipt_json(
    receipt: Pointer<"signet_receipt"> | null,
    lenOut: BigUint64Array | null,
  ): bigint | null;
  signet_receipt_version(receipt: Pointer<"signet_receipt"> | null): number;
  signet_receipt_time(
    receipt: Pointer<"signet_receipt"> | null,
    unixMsOut: BigInt64Array,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_receipt_signer_key(
    receipt: Pointer<"signet_receipt"> | null,
    bytesOut: Uint8Array,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_receipt_signature(
    receipt: Pointer<"signet_receipt"> | null,
    signatureOut: Uint8Array,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_receipt_free(receipt: Pointer<"signet_receipt"> | null): void;
  signet_receipt_text(
    receipt: Pointer<"signet_receipt"> | null,
    field: number,
    lenOut: BigUint64Array | null,
  ): bigint | null;
  signet_receipt_value(
    receipt: Pointer<"signet_receipt"> | null,
    field: number,
    lenOut: BigUint64Array | null,
  ): bigint | null;
  signet_receipt_params(
    receipt: Pointer<"signet_receipt"> | null,
    lenOut: BigUint64Array | null,
  ): bigint | null;
  signet_receipt_response_time(
    receipt: Pointer<"signet_receipt"> | null,
    unixMsOut: BigInt64Array,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_receipt_server_key(
    receipt: Pointer<"signet_receipt"> | null,
    bytesOut: Uint8Array,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_receipt_agent_receipt(
    receipt: Pointer<"signet_receipt"> | null,
    agentReceiptOut: Slot<"signet_receipt">,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_co_sign_options_init(optionsOut: Uint8Array): void;
  signet_receipt_sign_compound(
    keypair: Pointer<"signet_keypair"> | null,
    action: Bytes | null,
    actionLen: number | bigint,
    response: Bytes | null,
    responseLen: number | bigint,
    outcome: Bytes | null,
    outcomeLen: number | bigint,
    requestedAt: Bytes | null,
    requestedAtLen: number | bigint,
    respondedAt: Bytes | null,
    respondedAtLen: number | bigint,
    name: Bytes | null,
    nameLen: number | bigint,
    owner: Bytes | null,
    ownerLen: number | bigint,
    options: SignetSignOptions | 0n | null,
    receiptOut: Slot<"signet_receipt">,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_receipt_co_sign(
    server: Pointer<"signet_keypair"> | null,
    agentReceipt: Pointer<"signet_receipt"> | null,
    response: Bytes | null,
    responseLen: number | bigint,
    outcome: Bytes | null,
    outcomeLen: number | bigint,
    name: Bytes | null,
    nameLen: number | bigint,
    options: SignetCoSignOptions | 0n | null,
    receiptOut: Slot<"signet_receipt">,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_trust_bundle_parse(
    text: Bytes | null,
    textLen: number | bigint,
    format: number,
    bundleOut: Slot<"signet_trust_bundle">,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_trust_bundle_json(
    bundle: Pointer<"signet_trust_bundle"> | null,
    lenOut: BigUint64Array | null,
  ): bigint | null;
  signet_trust_bundle_text(
    bundle: Pointer<"signet_trust_bundle"> | null,
    field: number,
    lenOut: BigUint64Array | null,
  ): bigint | null;
  signet_trust_bundle_check(
    bundle: Pointer<"signet_trust_bundle"> | null,
    section: number,
    key: Pointer<"signet_public_key"> | null,
    atUnixMs: number | bigint,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_trust_bundle_list(
    bundle: Pointer<"signet_trust_bundle"> | null,
    section: number,
    atUnixMs: number | bigint,
    listOut: Slot<"signet_buffer">,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_trust_bundle_free(bundle: Pointer<"signet_trust_bundle"> | null): void;
  signet_verify_options_init(optionsOut: Uint8Array): void;
  signet_receipt_verify(
    receipt: Pointer<"signet_receipt"> | null,
    trusted: BigUint64Array | null,
    trustedLen: number | bigint,
    options: SignetVerifyOptions | 0n | null,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_receipt_verify_signers(
    receipt: Pointer<"signet_receipt"> | null,
    trusted: BigUint64Array | null,
    trustedLen: number | bigint,
    options: SignetVerifyOptions | 0n | null,
    signersOut: Slot<"signet_buffer">,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_receipt_check_response(
    receipt: Pointer<"signet_receipt"> | null,
    response: Bytes | null,
    responseLen: number | bigint,
    options: SignetParseOptions | 0n | null,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_delegation_options_init(optionsOut: Uint8Array): void;
  signet_delegation_sign(
    keypair: Pointer<"signet_keypair"> | null,
    name: Bytes | null,
    nameLen: number | bigint,
    delegate: Pointer<"signet_public_key"> | null,
    delegateName: Bytes | null,
    delegateNameLen: number | bigint,
    scope: Bytes | null,
    scopeLen: number | bigint,
    options: SignetDelegationOptions | 0n | null,
    delegationOut: Slot<"signet_delegation">,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_delegation_parse(
    json: Bytes | null,
    jsonLen: number | bigint,
    options: SignetParseOptions | 0n | null,
    delegationOut: Slot<"signet_delegation">,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_delegation_verify(
    delegation: Pointer<"signet_delegation"> | null,
    options: SignetVerifyOptions | 0n | null,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_delegation_json(
    delegation: Pointer<"signet_delegation"> | null,
    lenOut: BigUint64Array | null,
  ): bigint | null;
  signet_delegation_text(
    delegation: Pointer<"signet_delegation"> | null,
    field: number,
    lenOut: BigUint64Array | null,
  ): bigint | null;
  signet_delegation_free(delegation: Pointer<"signet_delegation"> | null): void;
  signet_chain_join(
    links: BigUint64Array | null,
    linksLen: number | bigint,
    chainOut: Slot<"signet_buffer">,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_chain_verify(
    chain: Bytes | null,
    chainLen: number | bigint,
    roots: BigUint64Array | null,
    rootsLen: number | bigint,
    options: SignetVerifyOptions | 0n | null,
    scopeOut: Slot<"signet_buffer">,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_receipt_sign_authorized(
    keypair: Pointer<"signet_keypair"> | null,
    action: Bytes | null,
    actionLen: number | bigint,
    name: Bytes | null,
    nameLen: number | bigint,
    chain: Bytes | null,
    chainLen: number | bigint,
    options: SignetSignOptions | 0n | null,
    receiptOut: Slot<"signet_receipt">,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_policy_parse(
    text: Bytes | null,
    textLen: number | bigint,
    format: number,
    previous: Pointer<"signet_policy"> | null,
    policyOut: Slot<"signet_policy">,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_policy_json(
    policy: Pointer<"signet_policy"> | null,
    lenOut: BigUint64Array | null,
  ): bigint | null;
  signet_policy_hash(
    policy: Pointer<"signet_policy"> | null,
    lenOut: BigUint64Array | null,
  ): bigint | null;
  signet_policy_evaluate(
    policy: Pointer<"signet_policy"> | null,
    action: Bytes | null,
    actionLen: number | bigint,
    agent: Bytes | null,
    agentLen: number | bigint,
    atUnixMs: number | bigint,
    flags: number,
    decisionOut: Slot<"signet_decision">,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_receipt_sign_with_policy(
    keypair: Pointer<"signet_keypair"> | null,
    action: Bytes | null,
    actionLen: number | bigint,
    name: Bytes | null,
    nameLen: number | bigint,
    owner: Bytes | null,
    ownerLen: number | bigint,
    policy: Pointer<"signet_policy"> | null,
    options: SignetSignOptions | 0n | null,
    receiptOut: Slot<"signet_receipt">,
    decisionOut: Slot<"signet_decision">,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_policy_free(policy: Pointer<"signet_policy"> | null): void;
  signet_decision_verdict(decision: Pointer<"signet_decision"> | null): number;
  signet_decision_require_allowed(
    decision: Pointer<"signet_decision"> | null,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_decision_json(
    decision: Pointer<"signet_decision"> | null,
    lenOut: BigUint64Array | null,
  ): bigint | null;
  signet_decision_reason(
    decision: Pointer<"signet_decision"> | null,
    lenOut: BigUint64Array | null,
  ): bigint | null;
  signet_decision_attestation(
    decision: Pointer<"signet_decision"> | null,
    lenOut: BigUint64Array | null,
  ): bigint | null;
  signet_decision_violation(
    decision: Pointer<"signet_decision"> | null,
    lenOut: BigUint64Array | null,
  ): bigint | null;
  signet_decision_free(decision: Pointer<"signet_decision"> | null): void;
  signet_log_record_receipt(
    record: Pointer<"signet_log_record"> | null,
    lenOut: BigUint64Array | null,
  ): bigint | null;
  signet_log_record_line(
    record: Pointer<"signet_log_record"> | null,
    lenOut: BigUint64Array | null,
  ): bigint | null;
  signet_log_record_file(
    record: Pointer<"signet_log_record"> | null,
    lenOut: BigUint64Array | null,
  ): bigint | null;
  signet_log_record_index(record: Pointer<"signet_log_record"> | null): number | bigint;
  signet_log_record_hash(
    record: Pointer<"signet_log_record"> | null,
    hashOut: Uint8Array,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_log_record_free(record: Pointer<"signet_log_record"> | null): void;
  signet_log_options_init(optionsOut: Uint8Array): void;
  signet_log_open(
    home: Bytes | null,
    homeLen: number | bigint,
    controlKey: Pointer<"signet_keypair"> | null,
    logKey: Pointer<"signet_keypair"> | null,
    options: SignetLogOptions | 0n | null,
    logOut: Slot<"signet_log">,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_log_append(
    log: Pointer<"signet_log"> | null,
    record: Bytes | null,
    recordLen: number | bigint,
    entryOut: Uint8Array,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_log_append_many(
    log: Pointer<"signet_log"> | null,
    records: BigUint64Array,
    recordLens: BigUint64Array | null,
    count: number | bigint,
    entriesOut: Uint8Array,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_log_sync(
    log: Pointer<"signet_log"> | null,
    durableOut: BigUint64Array | null,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_log_len(log: Pointer<"signet_log"> | null): number | bigint;
  signet_log_refresh(
    log: Pointer<"signet_log"> | null,
    countOut: BigUint64Array | null,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_log_read(
    log: Pointer<"signet_log"> | null,
    index: number | bigint,
    recordOut: Slot<"signet_log_record">,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_log_visit(
    log: Pointer<"signet_log"> | null,
    first: number | bigint,
    visit: SignetLogCallback | bigint | null,
    userData: bigint | null,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_log_query(
    log: Pointer<"signet_log"> | null,
    query: Bytes | null,
    queryLen: number | bigint,
    visit: SignetLogCallback | bigint | null,
    userData: bigint | null,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_log_recovery(
    log: Pointer<"signet_log"> | null,
    jsonOut: Slot<"signet_buffer">,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_log_close(log: Pointer<"signet_log"> | null, errorOut: Slot<"signet_error">): Status;
  signet_log_free(log: Pointer<"signet_log"> | null): void;
  signet_params_key_len(): number | bigint;
  signet_params_key_derive(
    keypair: Pointer<"signet_keypair"> | null,
    paramsKeyOut: Slot<"signet_params_key">,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_params_key_from_bytes(
    signer: Pointer<"signet_public_key"> | null,
    paramsKey: Bytes | null,
    paramsKeyOut: Slot<"signet_params_key">,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_params_key_export(
    paramsKey: Pointer<"signet_params_key"> | null,
    bytesOut: Uint8Array,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_params_key_seal(
    paramsKey: Pointer<"signet_params_key"> | null,
    receipt: Bytes | null,
    receiptLen: number | bigint,
    recordOut: Slot<"signet_buffer">,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_params_key_open(
    paramsKey: Pointer<"signet_params_key"> | null,
    record: Bytes | null,
    recordLen: number | bigint,
    receiptOut: Slot<"signet_buffer">,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_params_key_free(paramsKey: Pointer<"signet_params_key"> | null): void;
  signet_log_verify_options_init(optionsOut: Uint8Array): void;
  signet_log_verify(
    log: Pointer<"signet_log"> | null,
    trusted: BigUint64Array | null,
    trustedLen: number | bigint,
    options: SignetLogVerifyOptions | 0n | null,
    onFinding: SignetFindingCallback | bigint | null,
    onProgress: SignetProgressCallback | bigint | null,
    userData: bigint | null,
    reportOut: Uint8Array,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_log_verify_folder(
    folder: Bytes | null,
    folderLen: number | bigint,
    trusted: BigUint64Array | null,
    trustedLen: number | bigint,
    options: SignetLogVerifyOptions | 0n | null,
    onFinding: SignetFindingCallback | bigint | null,
    onProgress: SignetProgressCallback | bigint | null,
    userData: bigint | null,
    reportOut: Uint8Array,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_log_checkpoint(
    log: Pointer<"signet_log"> | null,
    noteOut: Slot<"signet_buffer">,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_log_verifier_key(
    log: Pointer<"signet_log"> | null,
    vkeyOut: Slot<"signet_buffer">,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_log_prove(
    log: Pointer<"signet_log"> | null,
    index: number | bigint,
    proofOut: Slot<"signet_buffer">,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_log_prove_consistency(
    log: Pointer<"signet_log"> | null,
    oldSize: number | bigint,
    proofOut: Slot<"signet_buffer">,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_proof_verify(
    proof: Bytes | null,
    proofLen: number | bigint,
    recordHash: Bytes | null,
    vkey: Bytes | null,
    vkeyLen: number | bigint,
    indexOut: BigUint64Array | null,
    sizeOut: BigUint64Array | null,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_record_hash(
    line: Bytes | null,
    lineLen: number | bigint,
    hashOut: Uint8Array,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_consistency_verify(
    oldNote: Bytes | null,
    oldNoteLen: number | bigint,
    newNote: Bytes | null,
    newNoteLen: number | bigint,
    proof: Bytes | null,
    proofLen: number | bigint,
    vkey: Bytes | null,
    vkeyLen: number | bigint,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_bundle_options_init(optionsOut: Uint8Array): void;
  signet_bundle_verify_options_init(optionsOut: Uint8Array): void;
  signet_log_write_bundle(
    log: Pointer<"signet_log"> | null,
    query: Bytes | null,
    queryLen: number | bigint,
    folder: Bytes | null,
    folderLen: number | bigint,
    exporter: Pointer<"signet_keypair"> | null,
    name: Bytes | null,
    nameLen: number | bigint,
    options: SignetBundleOptions | 0n | null,
    manifestOut: Slot<"signet_buffer">,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_bundle_verify(
    folder: Bytes | null,
    folderLen: number | bigint,
    exporters: BigUint64Array | null,
    exportersLen: number | bigint,
    options: SignetBundleVerifyOptions | 0n | null,
    reportOut: Slot<"signet_buffer">,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_log_plan_repair(
    folder: Bytes | null,
    folderLen: number | bigint,
    planOut: Slot<"signet_buffer">,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_log_rotate(
    log: Pointer<"signet_log"> | null,
    rotatedOut: Int32Array,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_log_plan_prune(
    log: Pointer<"signet_log"> | null,
    beforeUnixMs: number | bigint,
    planOut: Slot<"signet_prune_plan">,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_log_prune(
    log: Pointer<"signet_log"> | null,
    plan: Pointer<"signet_prune_plan"> | null,
    entryOut: Uint8Array,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_prune_plan_len(plan: Pointer<"signet_prune_plan"> | null): number | bigint;
  signet_prune_plan_json(
    plan: Pointer<"signet_prune_plan"> | null,
    lenOut: BigUint64Array | null,
  ): bigint | null;
  signet_prune_plan_free(plan: Pointer<"signet_prune_plan"> | null): void;
  signet_replay_store_options_init(optionsOut: Uint8Array): void;
  signet_replay_store_new(
    capacity: number | bigint,
    storeOut: Slot<"signet_replay_store">,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_replay_store_open(
    path: Bytes | null,
    pathLen: number | bigint,
    options: SignetReplayStoreOptions | 0n | null,
    storeOut: Slot<"signet_replay_store">,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_replay_store_from_callback(
    useNonce: SignetNonceCallback | bigint | null,
    userData: bigint | null,
    freeUserData: SignetFreeCallback | bigint | null,
    storeOut: Slot<"signet_replay_store">,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_replay_store_use_once(
    store: Pointer<"signet_replay_store"> | null,
    signer: Pointer<"signet_public_key"> | null,
    nonce: Bytes | null,
    nonceLen: number | bigint,
    lifetimeMs: number | bigint,
    atUnixMs: number | bigint,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_replay_store_len(store: Pointer<"signet_replay_store"> | null): number | bigint;
  signet_replay_store_export(
    store: Pointer<"signet_replay_store"> | null,
    atUnixMs: number | bigint,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_replay_store_free(store: Pointer<"signet_replay_store"> | null): void;
  signet_axis_name(axis: number): string;
  signet_report_status(report: Pointer<"signet_report"> | null): Status;
  signet_report_message(
    report: Pointer<"signet_report"> | null,
    lenOut: BigUint64Array | null,
  ): bigint | null;
  signet_report_is_trusted(report: Pointer<"signet_report"> | null): number;
  signet_report_age_ms(report: Pointer<"signet_report"> | null): number | bigint;
  signet_report_party(
    report: Pointer<"signet_report"> | null,
    party: number,
    field: number,
    lenOut: BigUint64Array | null,
  ): bigint | null;
  signet_report_party_is_trusted(report: Pointer<"signet_report"> | null, party: number): number;
  signet_report_axis(report: Pointer<"signet_report"> | null, axis: number): number;
  signet_report_axis_status(report: Pointer<"signet_report"> | null, axis: number): Status;
  signet_report_axis_code(
    report: Pointer<"signet_report"> | null,
    axis: number,
    lenOut: BigUint64Array | null,
  ): bigint | null;
  signet_report_axis_message(
    report: Pointer<"signet_report"> | null,
    axis: number,
    lenOut: BigUint64Array | null,
  ): bigint | null;
  signet_report_json(
    report: Pointer<"signet_report"> | null,
    lenOut: BigUint64Array | null,
  ): bigint | null;
  signet_report_receipt(
    report: Pointer<"signet_report"> | null,
    receiptOut: Slot<"signet_receipt">,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_report_free(report: Pointer<"signet_report"> | null): void;
  signet_verifier_options_init(optionsOut: Uint8Array): void;
  signet_check_options_init(optionsOut: Uint8Array): void;
  signet_verifier_new(
    json: Bytes | null,
    jsonLen: number | bigint,
    options: SignetVerifierOptions | 0n | null,
    verifierOut: Slot<"signet_verifier">,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_verifier_check_call(
    verifier: Pointer<"signet_verifier"> | null,
    tool: Bytes | null,
    toolLen: number | bigint,
    args: Bytes | null,
    argumentsLen: number | bigint,
    receipt: Bytes | null,
    receiptLen: number | bigint,
    atUnixMs: number | bigint,
    options: SignetCheckOptions | 0n | null,
    reportOut: Slot<"signet_report">,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_verifier_check_receipt(
    verifier: Pointer<"signet_verifier"> | null,
    receipt: Bytes | null,
    receiptLen: number | bigint,
    atUnixMs: number | bigint,
    options: SignetCheckOptions | 0n | null,
    reportOut: Slot<"signet_report">,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_verifier_check_evidence(
    verifier: Pointer<"signet_verifier"> | null,
    receipt: Bytes | null,
    receiptLen: number | bigint,
    atUnixMs: number | bigint,
    options: SignetCheckOptions | 0n | null,
    reportOut: Slot<"signet_report">,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_verifier_free(verifier: Pointer<"signet_verifier"> | null): void;
  signet_mcp_call_id(
    call: Pointer<"signet_mcp_call"> | null,
    lenOut: BigUint64Array | null,
  ): bigint | null;
  signet_mcp_call_receipt(
    call: Pointer<"signet_mcp_call"> | null,
    receiptOut: Slot<"signet_receipt">,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_mcp_call_free(call: Pointer<"signet_mcp_call"> | null): void;
  signet_mcp_request_options_init(optionsOut: Uint8Array): void;
  signet_mcp_sign_request(
    keypair: Pointer<"signet_keypair"> | null,
    message: Bytes | null,
    messageLen: number | bigint,
    name: Bytes | null,
    nameLen: number | bigint,
    owner: Bytes | null,
    ownerLen: number | bigint,
    options: SignetMcpRequestOptions | 0n | null,
    signedOut: Slot<"signet_mcp_signed">,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_mcp_signed_message(
    signedMessage: Pointer<"signet_mcp_signed"> | null,
    lenOut: BigUint64Array | null,
  ): bigint | null;
  signet_mcp_signed_len(signedMessage: Pointer<"signet_mcp_signed"> | null): number | bigint;
  signet_mcp_signed_call(
    signedMessage: Pointer<"signet_mcp_signed"> | null,
    index: number | bigint,
    callOut: Slot<"signet_mcp_call">,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_mcp_signed_free(signedMessage: Pointer<"signet_mcp_signed"> | null): void;
  signet_mcp_verify_request(
    verifier: Pointer<"signet_verifier"> | null,
    message: Bytes | null,
    messageLen: number | bigint,
    atUnixMs: number | bigint,
    reportOut: Slot<"signet_report">,
    callOut: Slot<"signet_mcp_call">,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_mcp_verify_params(
    verifier: Pointer<"signet_verifier"> | null,
    params: Bytes | null,
    paramsLen: number | bigint,
    atUnixMs: number | bigint,
    reportOut: Slot<"signet_report">,
    callOut: Slot<"signet_mcp_call">,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_mcp_response_options_init(optionsOut: Uint8Array): void;
  signet_mcp_sign_response(
    server: Pointer<"signet_keypair"> | null,
    call: Pointer<"signet_mcp_call"> | null,
    response: Bytes | null,
    responseLen: number | bigint,
    name: Bytes | null,
    nameLen: number | bigint,
    options: SignetMcpResponseOptions | 0n | null,
    responseOut: Slot<"signet_buffer">,
    receiptOut: Slot<"signet_receipt">,
    embeddedOut: Int32Array,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_mcp_sign_result(
    server: Pointer<"signet_keypair"> | null,
    call: Pointer<"signet_mcp_call"> | null,
    result: Bytes | null,
    resultLen: number | bigint,
    name: Bytes | null,
    nameLen: number | bigint,
    options: SignetMcpResponseOptions | 0n | null,
    resultOut: Slot<"signet_buffer">,
    receiptOut: Slot<"signet_receipt">,
    embeddedOut: Int32Array,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_mcp_verify_response(
    verifier: Pointer<"signet_verifier"> | null,
    call: Pointer<"signet_mcp_call"> | null,
    response: Bytes | null,
    responseLen: number | bigint,
    atUnixMs: number | bigint,
    reportOut: Slot<"signet_report">,
    responseOut: Slot<"signet_buffer">,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_mcp_verify_result(
    verifier: Pointer<"signet_verifier"> | null,
    call: Pointer<"signet_mcp_call"> | null,
    result: Bytes | null,
    resultLen: number | bigint,
    atUnixMs: number | bigint,
    reportOut: Slot<"signet_report">,
    resultOut: Slot<"signet_buffer">,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_verdict_ruling(verdict: Pointer<"signet_verdict"> | null): number;
  signet_verdict_forward(
    verdict: Pointer<"signet_verdict"> | null,
    lenOut: BigUint64Array | null,
  ): bigint | null;
  signet_verdict_answer(
    verdict: Pointer<"signet_verdict"> | null,
    lenOut: BigUint64Array | null,
  ): bigint | null;
  signet_verdict_storage_status(verdict: Pointer<"signet_verdict"> | null): Status;
  signet_verdict_storage_message(
    verdict: Pointer<"signet_verdict"> | null,
    lenOut: BigUint64Array | null,
  ): bigint | null;
  signet_verdict_len(verdict: Pointer<"signet_verdict"> | null): number | bigint;
  signet_verdict_message_ruling(
    verdict: Pointer<"signet_verdict"> | null,
    index: number | bigint,
  ): number;
  signet_verdict_message_status(
    verdict: Pointer<"signet_verdict"> | null,
    index: number | bigint,
  ): Status;
  signet_verdict_message_text(
    verdict: Pointer<"signet_verdict"> | null,
    index: number | bigint,
    lenOut: BigUint64Array | null,
  ): bigint | null;
  signet_verdict_message_evaluation(
    verdict: Pointer<"signet_verdict"> | null,
    index: number | bigint,
    lenOut: BigUint64Array | null,
  ): bigint | null;
  signet_verdict_message_call(
    verdict: Pointer<"signet_verdict"> | null,
    index: number | bigint,
    callOut: Slot<"signet_mcp_call">,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_verdict_message_report(
    verdict: Pointer<"signet_verdict"> | null,
    index: number | bigint,
    reportOut: Slot<"signet_report">,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_verdict_free(verdict: Pointer<"signet_verdict"> | null): void;
  signet_gate_new(
    json: Bytes | null,
    jsonLen: number | bigint,
    verifier: Pointer<"signet_verifier"> | null,
    keypair: Pointer<"signet_keypair"> | null,
    policy: Pointer<"signet_policy"> | null,
    gateOut: Slot<"signet_gate">,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_gate_judge(
    gate: Pointer<"signet_gate"> | null,
    message: Bytes | null,
    messageLen: number | bigint,
    atUnixMs: number | bigint,
    keep: SignetEvidenceCallback | bigint | null,
    userData: bigint | null,
    verdictOut: Slot<"signet_verdict">,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_gate_judge_with_log(
    gate: Pointer<"signet_gate"> | null,
    message: Bytes | null,
    messageLen: number | bigint,
    atUnixMs: number | bigint,
    log: Pointer<"signet_log"> | null,
    verdictOut: Slot<"signet_verdict">,
    errorOut: Slot<"signet_error">,
  ): Status;
  signet_gate_free(gate: Pointer<"signet_gate"> | null): void;
}
