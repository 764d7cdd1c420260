"""The C ABI as ctypes sees it: constants, structs, callbacks and functions.

Written from include/signet.h by `examples-python/generate`; do not edit. A test
compares the two.
"""

from __future__ import annotations

from ctypes import CFUNCTYPE, POINTER, Structure, c_char_p, c_int32, c_int64
from ctypes import c_size_t, c_uint8, c_uint32, c_uint64, c_void_p
from typing import Any, Dict, List, Tuple

SIGNET_VERSION_MAJOR = 0
SIGNET_VERSION_MINOR = 1
SIGNET_VERSION_PATCH = 0
SIGNET_ABI_VERSION = 0
SIGNET_NO_POSITION = 18446744073709551615
SIGNET_NOW = -9223372036854775808
SIGNET_FORMAT_ANY = 0
SIGNET_FORMAT_JSON = 1
SIGNET_FORMAT_YAML = 2
SIGNET_PARSE_FORENSIC = 1
SIGNET_HASH_LEN = 32
SIGNET_HASH_TEXT_LEN = 71
SIGNET_CONTENT_JSON = 0
SIGNET_CONTENT_TEXT = 1
SIGNET_PUBLIC_KEY_LEN = 32
SIGNET_SIGNATURE_LEN = 64
SIGNET_KEY_TEXT_PREFIXED = 1
SIGNET_KEY_TEXT_BARE = 2
SIGNET_KEY_TEXT_DID = 3
SIGNET_KEY_TEXT_ID = 4
SIGNET_SEED_LEN = 32
SIGNET_KEYSTORE_ALLOW_EXPOSED = 1
SIGNET_KEY_UNENCRYPTED = 1
SIGNET_SIGN_HASH_ONLY = 1
SIGNET_SIGN_AT = 2
SIGNET_SIGN_FIXED_NONCE = 4
SIGNET_NONCE_LEN = 16
SIGNET_FIELD_ID = 1
SIGNET_FIELD_TOOL = 2
SIGNET_FIELD_PARAMS_HASH = 3
SIGNET_FIELD_TARGET = 4
SIGNET_FIELD_TRANSPORT = 5
SIGNET_FIELD_SESSION = 6
SIGNET_FIELD_CALL_ID = 7
SIGNET_FIELD_RESPONSE_HASH = 8
SIGNET_FIELD_TRACE_ID = 9
SIGNET_FIELD_PARENT_RECEIPT_ID = 10
SIGNET_FIELD_SIGNER_NAME = 11
SIGNET_FIELD_SIGNER_OWNER = 12
SIGNET_FIELD_SIGNER_PUBLIC_KEY = 13
SIGNET_FIELD_TIME = 14
SIGNET_FIELD_EXPIRY = 15
SIGNET_FIELD_NONCE = 16
SIGNET_FIELD_SIGNATURE = 17
SIGNET_FIELD_RESPONSE_TIME = 18
SIGNET_FIELD_CONTENT_HASH = 19
SIGNET_FIELD_OUTCOME_STATUS = 20
SIGNET_FIELD_OUTCOME_REASON = 21
SIGNET_FIELD_OUTCOME_ERROR = 22
SIGNET_FIELD_SERVER_NAME = 23
SIGNET_FIELD_SERVER_PUBLIC_KEY = 24
SIGNET_FIELD_POLICY_DECISION = 25
SIGNET_FIELD_CHAIN_HASH = 26
SIGNET_FIELD_ROOT_PUBLIC_KEY = 27
SIGNET_FIELD_PARAMS = 28
SIGNET_FIELD_POLICY = 29
SIGNET_FIELD_AUTHORIZATION_DECISION = 30
SIGNET_FIELD_CHAIN = 31
SIGNET_FIELD_AGENT_RECEIPT = 32
SIGNET_FIELD_UNSIGNED_EXTENSIONS = 33
SIGNET_SECTION_ALL = 0
SIGNET_SECTION_ROOTS = 1
SIGNET_SECTION_AGENTS = 2
SIGNET_SECTION_SERVERS = 3
SIGNET_TRUST_BUNDLE_ID = 1
SIGNET_TRUST_BUNDLE_ORG = 2
SIGNET_TRUST_BUNDLE_ENV = 3
SIGNET_TRUST_BUNDLE_GENERATED_AT = 4
SIGNET_TRUST_BUNDLE_DESCRIPTION = 5
SIGNET_TRUST_BUNDLE_SOURCE = 6
SIGNET_TRUST_BUNDLE_HASH = 7
SIGNET_VERIFY_IGNORE_EXPIRY = 1
SIGNET_VERIFY_AT = 2
SIGNET_VERIFY_ANY_AGENT = 4
SIGNET_VERIFY_NO_SKEW = 8
SIGNET_ANY_WINDOW = 18446744073709551615
SIGNET_DELEGATION_ID = 1
SIGNET_DELEGATION_DELEGATOR_KEY = 2
SIGNET_DELEGATION_DELEGATOR_NAME = 3
SIGNET_DELEGATION_DELEGATOR_PRINCIPAL = 4
SIGNET_DELEGATION_DELEGATE_KEY = 5
SIGNET_DELEGATION_DELEGATE_NAME = 6
SIGNET_DELEGATION_DELEGATE_PRINCIPAL = 7
SIGNET_DELEGATION_ISSUED_AT = 8
SIGNET_DELEGATION_EXPIRES = 9
SIGNET_DELEGATION_NONCE = 10
SIGNET_DELEGATION_SCOPE = 11
SIGNET_DELEGATION_UNSIGNED_BUDGET = 12
SIGNET_DELEGATION_UNSIGNED_CONSTRAINTS = 13
SIGNET_DELEGATION_UNSIGNED_CORRELATION_ID = 14
SIGNET_EVALUATE_DRY_RUN = 1
SIGNET_VERDICT_ALLOW = 1
SIGNET_VERDICT_REQUIRE_APPROVAL = 2
SIGNET_VERDICT_DENY = 3
SIGNET_LOG_SYNC = 0
SIGNET_LOG_INTERVAL = 1
SIGNET_LOG_NONE = 2
SIGNET_LOG_NO_REPAIR = 1
SIGNET_LOG_ALONE = 2
SIGNET_LOG_NO_CHECKPOINTS = 4
SIGNET_LOG_ALLOW_NETWORK = 8
SIGNET_NEVER = 18446744073709551615
SIGNET_PARAMS_KEY_LEN = 32
SIGNET_LOG_VERIFY_SIGNATURES = 1
SIGNET_LOG_VERIFY_ANY_SIGNER = 2
SIGNET_LOG_VERIFY_BATCH = 4
SIGNET_LOG_VERIFY_COFACTORED = 8
SIGNET_LOG_VERIFY_AT = 16
SIGNET_LOG_VERIFY_AT_LAST_RECORD = 32
SIGNET_FINDING_LINK_BROKEN = 1
SIGNET_FINDING_FORKED = 2
SIGNET_FINDING_HASH_MISMATCH = 3
SIGNET_FINDING_UNPARSABLE = 4
SIGNET_FINDING_TORN = 5
SIGNET_FINDING_TRUNCATED = 6
SIGNET_FINDING_REPLACED = 7
SIGNET_FINDING_UNAUTHENTICATED = 8
SIGNET_FINDING_AMBIGUOUS = 9
SIGNET_FINDING_SIGNATURE_INVALID = 10
SIGNET_FINDING_SIGNER_UNTRUSTED = 11
SIGNET_FINDING_SIGNATURE_UNVERIFIABLE = 12
SIGNET_FINDING_INCIDENT = 13
SIGNET_FINDING_PARAMS_SEALED = 14
SIGNET_FINDING_DELEGATION_INVALID = 15
SIGNET_FINDING_DELEGATION_UNVERIFIABLE = 16
SIGNET_FINDING_PRUNED = 17
SIGNET_FINDING_BEGINNING_MISSING = 18
SIGNET_FINDING_STALE = 19
SIGNET_FINDING_REMOVAL_UNTRUSTED = 20
SIGNET_BUNDLE_AT = 1
SIGNET_REPLAY_NO_SYNC = 1
SIGNET_REPLAY_SHARE_AT_ONCE = 2
SIGNET_NONCES_RUST_PYTHON = 0
SIGNET_NONCES_TYPESCRIPT = 1
SIGNET_NONCE_FRESH = 0
SIGNET_NONCE_REPLAYED = 1
SIGNET_NONCE_NO_ROOM = 2
SIGNET_AXIS_STRUCTURE = 0
SIGNET_AXIS_SIGNATURE = 1
SIGNET_AXIS_TRUST = 2
SIGNET_AXIS_TIME = 3
SIGNET_AXIS_DELEGATION = 4
SIGNET_AXIS_TARGET = 5
SIGNET_AXIS_CONTENT = 6
SIGNET_AXIS_DECISION = 7
SIGNET_AXIS_POLICY = 8
SIGNET_AXIS_REPLAY = 9
SIGNET_CHECK_PASSED = 1
SIGNET_CHECK_FAILED = 2
SIGNET_CHECK_NOT_CHECKED = 3
SIGNET_PARTY_AGENT = 1
SIGNET_PARTY_SERVER = 2
SIGNET_PARTY_ROOT = 3
SIGNET_PARTY_NAME = 1
SIGNET_PARTY_KEY = 2
SIGNET_PARTY_TRUSTED_NAME = 3
SIGNET_NO_AGE = -9223372036854775808
SIGNET_SIGN_REPLACE = 8
SIGNET_RULING_FORWARD = 1
SIGNET_RULING_ASK_HUMAN = 2
SIGNET_RULING_REFUSE = 3
SIGNET_EVIDENCE_RECEIPT = 1
SIGNET_EVIDENCE_VIOLATION = 2

#: Number to name.
STATUSES: Dict[int, str] = {
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
}


class signet_buffer(c_void_p):
    """A handle."""


class signet_decision(c_void_p):
    """A handle."""


class signet_delegation(c_void_p):
    """A handle."""


class signet_error(c_void_p):
    """A handle."""


class signet_gate(c_void_p):
    """A handle."""


class signet_keypair(c_void_p):
    """A handle."""


class signet_keystore(c_void_p):
    """A handle."""


class signet_log(c_void_p):
    """A handle."""


class signet_log_record(c_void_p):
    """A handle."""


class signet_mcp_call(c_void_p):
    """A handle."""


class signet_mcp_signed(c_void_p):
    """A handle."""


class signet_params_key(c_void_p):
    """A handle."""


class signet_policy(c_void_p):
    """A handle."""


class signet_prune_plan(c_void_p):
    """A handle."""


class signet_public_key(c_void_p):
    """A handle."""


class signet_receipt(c_void_p):
    """A handle."""


class signet_replay_store(c_void_p):
    """A handle."""


class signet_report(c_void_p):
    """A handle."""


class signet_trust_bundle(c_void_p):
    """A handle."""


class signet_verdict(c_void_p):
    """A handle."""


class signet_verifier(c_void_p):
    """A handle."""

signet_sign_callback = CFUNCTYPE(c_int32, c_void_p, c_size_t, c_void_p, c_void_p)
signet_free_callback = CFUNCTYPE(None, c_void_p)
signet_log_callback = CFUNCTYPE(c_int32, c_void_p, c_void_p)
signet_progress_callback = CFUNCTYPE(c_int32, c_uint64, c_void_p)
signet_nonce_callback = CFUNCTYPE(c_int32, c_void_p, c_void_p, c_size_t, c_int64, c_uint64, c_void_p)

class signet_parse_options(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("max_depth", c_uint32),
        ("reserved", c_uint32),
        ("max_len", c_uint64),
    ]


class signet_keystore_options(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("kdf_passes", c_uint32),
        ("kdf_memory_kib", c_uint32),
        ("max_memory_kib", c_uint32),
        ("max_passes", c_uint32),
    ]


class signet_sign_options(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("now_unix_ms", c_int64),
        ("expires_at", c_void_p),
        ("expires_at_len", c_size_t),
        ("nonce", c_uint8 * 16),
        ("max_len", c_uint64),
    ]


class signet_co_sign_options(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("now_unix_ms", c_int64),
        ("nonce", c_uint8 * 16),
        ("max_len", c_uint64),
        ("unsigned_extensions", c_void_p),
        ("unsigned_extensions_len", c_size_t),
    ]


class signet_verify_options(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("now_unix_ms", c_int64),
        ("window_seconds", c_uint64),
        ("max_age_seconds", c_uint64),
        ("skew_seconds", c_uint64),
        ("servers", c_void_p),
        ("servers_len", c_size_t),
        ("roots", c_void_p),
        ("roots_len", c_size_t),
        ("bundle", c_void_p),
        ("max_links", c_size_t),
        ("session", c_void_p),
        ("session_len", c_size_t),
        ("call_id", c_void_p),
        ("call_id_len", c_size_t),
        ("response", c_void_p),
        ("response_len", c_size_t),
    ]


class signet_delegation_options(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("now_unix_ms", c_int64),
        ("nonce", c_uint8 * 16),
        ("parent_scope", c_void_p),
        ("parent_scope_len", c_size_t),
        ("delegator_principal", c_void_p),
        ("delegator_principal_len", c_size_t),
        ("delegate_principal", c_void_p),
        ("delegate_principal_len", c_size_t),
        ("unsigned_budget", c_void_p),
        ("unsigned_budget_len", c_size_t),
        ("unsigned_constraints", c_void_p),
        ("unsigned_constraints_len", c_size_t),
        ("unsigned_correlation_id", c_void_p),
        ("unsigned_correlation_id_len", c_size_t),
    ]


class signet_log_options(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("durability", c_int32),
        ("interval_ms", c_uint32),
        ("max_record_len", c_uint64),
        ("lock_timeout_ms", c_uint64),
        ("origin", c_void_p),
        ("origin_len", c_size_t),
        ("max_segment_len", c_uint64),
        ("checkpoint_records", c_uint64),
        ("checkpoint_ms", c_uint64),
    ]


class signet_log_entry(Structure):
    _fields_ = [
        ("index", c_uint64),
        ("record_hash", c_uint8 * 32),
        ("durable", c_uint32),
        ("reserved", c_uint32),
    ]


class signet_key_cutoff(Structure):
    _fields_ = [
        ("from_index", c_uint64),
        ("key", c_void_p),
    ]


class signet_log_verify_options(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("first", c_uint64),
        ("limit", c_uint64),
        ("threads", c_uint64),
        ("checkpoint", c_void_p),
        ("checkpoint_len", c_size_t),
        ("vkey", c_void_p),
        ("vkey_len", c_size_t),
        ("bundle", c_void_p),
        ("params_keys", c_void_p),
        ("params_keys_len", c_size_t),
        ("servers", c_void_p),
        ("servers_len", c_size_t),
        ("roots", c_void_p),
        ("roots_len", c_size_t),
        ("cutoffs", c_void_p),
        ("cutoffs_len", c_size_t),
        ("max_checkpoint_age_ms", c_uint64),
        ("now_unix_ms", c_int64),
        ("control_keys", c_void_p),
        ("control_keys_len", c_size_t),
    ]


class signet_log_finding(Structure):
    _fields_ = [
        ("kind", c_int32),
        ("reserved", c_uint32),
        ("index", c_uint64),
        ("line", c_uint64),
        ("file", c_void_p),
        ("file_len", c_size_t),
        ("expected_hash", c_void_p),
        ("actual_hash", c_void_p),
        ("detail", c_void_p),
        ("detail_len", c_size_t),
    ]

signet_finding_callback = CFUNCTYPE(c_int32, POINTER(signet_log_finding), c_void_p)

class signet_log_report(Structure):
    _fields_ = [
        ("records", c_uint64),
        ("findings", c_uint64),
        ("first_bad", c_uint64),
        ("signatures_valid", c_uint64),
        ("signatures_failed", c_uint64),
        ("unverifiable", c_uint64),
        ("unsigned_records", c_uint64),
        ("last_hash", c_uint8 * 32),
        ("pruned", c_uint64),
        ("anchored", c_uint64),
        ("remembered", c_uint64),
        ("pruned_by", c_uint8 * 32),
        ("pruned_by_control_key", c_uint64),
    ]


class signet_bundle_options(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("now_unix_ms", c_int64),
        ("host", c_void_p),
        ("host_len", c_size_t),
        ("bundle", c_void_p),
    ]


class signet_bundle_verify_options(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("bundle", c_void_p),
        ("params_keys", c_void_p),
        ("params_keys_len", c_size_t),
    ]


class signet_replay_store_options(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("capacity", c_uint64),
        ("lifetime_seconds", c_uint64),
        ("form", c_int32),
        ("reserved", c_uint32),
    ]


class signet_verifier_options(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("trusted_keys", c_void_p),
        ("trusted_keys_len", c_size_t),
        ("trusted_servers", c_void_p),
        ("trusted_servers_len", c_size_t),
        ("trusted_roots", c_void_p),
        ("trusted_roots_len", c_size_t),
        ("trusted_authorities", c_void_p),
        ("trusted_authorities_len", c_size_t),
        ("bundle", c_void_p),
        ("policy", c_void_p),
        ("replay_store", c_void_p),
    ]


class signet_check_options(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("target", c_void_p),
        ("target_len", c_size_t),
        ("session", c_void_p),
        ("session_len", c_size_t),
        ("call_id", c_void_p),
        ("call_id_len", c_size_t),
        ("arguments", c_void_p),
        ("arguments_len", c_size_t),
        ("response", c_void_p),
        ("response_len", c_size_t),
    ]


class signet_mcp_request_options(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("now_unix_ms", c_int64),
        ("max_len", c_uint64),
        ("max_depth", c_uint32),
        ("max_batch", c_uint32),
        ("target", c_void_p),
        ("target_len", c_size_t),
        ("transport", c_void_p),
        ("transport_len", c_size_t),
        ("session", c_void_p),
        ("session_len", c_size_t),
        ("trace_id", c_void_p),
        ("trace_id_len", c_size_t),
        ("parent_receipt_id", c_void_p),
        ("parent_receipt_id_len", c_size_t),
        ("expires_at", c_void_p),
        ("expires_at_len", c_size_t),
        ("policy", c_void_p),
        ("fulfils", c_void_p),
        ("fulfils_len", c_size_t),
    ]


class signet_mcp_response_options(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("now_unix_ms", c_int64),
        ("max_len", c_uint64),
        ("max_depth", c_uint32),
        ("reserved", c_uint32),
        ("outcome", c_void_p),
        ("outcome_len", c_size_t),
    ]


class signet_evidence(Structure):
    _fields_ = [
        ("json", c_void_p),
        ("json_len", c_size_t),
        ("kind", c_int32),
        ("reserved", c_uint32),
    ]

signet_evidence_callback = CFUNCTYPE(c_int32, POINTER(signet_evidence), c_size_t, c_void_p)

#: Name, result, parameters.
FUNCTIONS: List[Tuple[str, Any, List[Any]]] = [
    ("signet_abi_version", c_uint32, []),
    ("signet_version_number", c_uint32, []),
    ("signet_version_string", c_char_p, []),
    ("signet_status_name", c_char_p, [c_int32]),
    ("signet_status_at", c_int32, [c_size_t]),
    ("signet_error_status", c_int32, [signet_error]),
    ("signet_error_message", c_void_p, [signet_error, POINTER(c_size_t)]),
    ("signet_error_position", c_uint64, [signet_error]),
    ("signet_error_line", c_uint32, [signet_error]),
    ("signet_error_column", c_uint32, [signet_error]),
    ("signet_error_free", None, [signet_error]),
    ("signet_buffer_data", c_void_p, [signet_buffer, POINTER(c_size_t)]),
    ("signet_buffer_len", c_size_t, [signet_buffer]),
    ("signet_buffer_free", None, [signet_buffer]),
    ("signet_hash_len", c_size_t, []),
    ("signet_hash_text_len", c_size_t, []),
    ("signet_parse_options_init", None, [POINTER(signet_parse_options)]),
    ("signet_json_canonicalize", c_int32, [c_char_p, c_size_t, POINTER(signet_parse_options), POINTER(signet_buffer), POINTER(signet_error)]),
    ("signet_json_hash", c_int32, [c_char_p, c_size_t, POINTER(signet_parse_options), c_void_p, POINTER(signet_error)]),
    ("signet_content_hash", c_int32, [c_char_p, c_size_t, c_int32, POINTER(signet_parse_options), c_void_p, POINTER(signet_error)]),
    ("signet_public_key_len", c_size_t, []),
    ("signet_signature_len", c_size_t, []),
    ("signet_public_key_from_bytes", c_int32, [c_char_p, POINTER(signet_public_key), POINTER(signet_error)]),
    ("signet_public_key_parse", c_int32, [c_char_p, c_size_t, POINTER(signet_public_key), POINTER(signet_error)]),
    ("signet_public_key_bytes", c_int32, [signet_public_key, c_void_p, POINTER(signet_error)]),
    ("signet_public_key_text", c_void_p, [signet_public_key, c_int32, POINTER(c_size_t)]),
    ("signet_public_key_verify", c_int32, [signet_public_key, c_char_p, c_size_t, c_char_p, POINTER(signet_error)]),
    ("signet_public_key_free", None, [signet_public_key]),
    ("signet_seed_len", c_size_t, []),
    ("signet_keypair_generate", c_int32, [POINTER(signet_keypair), POINTER(signet_error)]),
    ("signet_keypair_from_secret", c_int32, [c_char_p, c_size_t, POINTER(signet_keypair), POINTER(signet_error)]),
    ("signet_keypair_from_signer", c_int32, [signet_public_key, signet_sign_callback, c_void_p, signet_free_callback, POINTER(signet_keypair), POINTER(signet_error)]),
    ("signet_keypair_public_key", c_int32, [signet_keypair, POINTER(signet_public_key), POINTER(signet_error)]),
    ("signet_keypair_public_bytes", c_int32, [signet_keypair, c_void_p, POINTER(signet_error)]),
    ("signet_keypair_export_seed", c_int32, [signet_keypair, c_void_p, POINTER(signet_error)]),
    ("signet_keypair_sign", c_int32, [signet_keypair, c_char_p, c_size_t, c_void_p, POINTER(signet_error)]),
    ("signet_keypair_free", None, [signet_keypair]),
    ("signet_keystore_options_init", None, [POINTER(signet_keystore_options)]),
    ("signet_keystore_open", c_int32, [c_char_p, c_size_t, POINTER(signet_keystore_options), POINTER(signet_keystore), POINTER(signet_error)]),
    ("signet_keystore_create", c_int32, [signet_keystore, c_char_p, c_size_t, c_char_p, c_size_t, c_char_p, c_size_t, c_uint32, POINTER(signet_keypair), POINTER(signet_error)]),
    ("signet_keystore_import", c_int32, [signet_keystore, c_char_p, c_size_t, c_char_p, c_size_t, c_char_p, c_size_t, c_char_p, c_size_t, c_uint32, POINTER(signet_keypair), POINTER(signet_error)]),
    ("signet_keystore_load", c_int32, [signet_keystore, c_char_p, c_size_t, c_char_p, c_size_t, POINTER(signet_keypair), POINTER(signet_error)]),
    ("signet_keystore_list", c_int32, [signet_keystore, POINTER(signet_buffer), POINTER(signet_error)]),
    ("signet_keystore_public_key", c_int32, [signet_keystore, c_char_p, c_size_t, POINTER(signet_public_key), POINTER(signet_error)]),
    ("signet_keystore_export_public", c_int32, [signet_keystore, c_char_p, c_size_t, POINTER(signet_buffer), POINTER(signet_error)]),
    ("signet_keystore_change_passphrase", c_int32, [signet_keystore, c_char_p, c_size_t, c_char_p, c_size_t, c_char_p, c_size_t, c_uint32, POINTER(signet_error)]),
    ("signet_keystore_delete", c_int32, [signet_keystore, c_char_p, c_size_t, POINTER(signet_error)]),
    ("signet_keystore_free", None, [signet_keystore]),
    ("signet_nonce_len", c_size_t, []),
    ("signet_sign_options_init", None, [POINTER(signet_sign_options)]),
    ("signet_action_from_tools_call", c_int32, [c_char_p, c_size_t, c_char_p, c_size_t, c_char_p, c_size_t, POINTER(signet_parse_options), POINTER(signet_buffer), POINTER(signet_error)]),
    ("signet_receipt_sign", c_int32, [signet_keypair, c_char_p, c_size_t, c_char_p, c_size_t, c_char_p, c_size_t, POINTER(signet_sign_options), POINTER(signet_receipt), POINTER(signet_error)]),
    ("signet_receipt_parse", c_int32, [c_char_p, c_size_t, POINTER(signet_parse_options), POINTER(signet_receipt), POINTER(signet_error)]),
    ("signet_receipt_json", c_void_p, [signet_receipt, POINTER(c_size_t)]),
    ("signet_receipt_version", c_uint32, [signet_receipt]),
    ("signet_receipt_time", c_int32, [signet_receipt, POINTER(c_int64), POINTER(signet_error)]),
    ("signet_receipt_signer_key", c_int32, [signet_receipt, c_void_p, POINTER(signet_error)]),
    ("signet_receipt_signature", c_int32, [signet_receipt, c_void_p, POINTER(signet_error)]),
    ("signet_receipt_free", None, [signet_receipt]),
    ("signet_receipt_text", c_void_p, [signet_receipt, c_int32, POINTER(c_size_t)]),
    ("signet_receipt_value", c_void_p, [signet_receipt, c_int32, POINTER(c_size_t)]),
    ("signet_receipt_params", c_void_p, [signet_receipt, POINTER(c_size_t)]),
    ("signet_receipt_response_time", c_int32, [signet_receipt, POINTER(c_int64), POINTER(signet_error)]),
    ("signet_receipt_server_key", c_int32, [signet_receipt, c_void_p, POINTER(signet_error)]),
    ("signet_receipt_agent_receipt", c_int32, [signet_receipt, POINTER(signet_receipt), POINTER(signet_error)]),
    ("signet_co_sign_options_init", None, [POINTER(signet_co_sign_options)]),
    ("signet_receipt_sign_compound", c_int32, [signet_keypair, c_char_p, c_size_t, c_char_p, c_size_t, c_char_p, c_size_t, c_char_p, c_size_t, c_char_p, c_size_t, c_char_p, c_size_t, c_char_p, c_size_t, POINTER(signet_sign_options), POINTER(signet_receipt), POINTER(signet_error)]),
    ("signet_receipt_co_sign", c_int32, [signet_keypair, signet_receipt, c_char_p, c_size_t, c_char_p, c_size_t, c_char_p, c_size_t, POINTER(signet_co_sign_options), POINTER(signet_receipt), POINTER(signet_error)]),
    ("signet_trust_bundle_parse", c_int32, [c_char_p, c_size_t, c_int32, POINTER(signet_trust_bundle), POINTER(signet_error)]),
    ("signet_trust_bundle_json", c_void_p, [signet_trust_bundle, POINTER(c_size_t)]),
    ("signet_trust_bundle_text", c_void_p, [signet_trust_bundle, c_int32, POINTER(c_size_t)]),
    ("signet_trust_bundle_check", c_int32, [signet_trust_bundle, c_int32, signet_public_key, c_int64, POINTER(signet_error)]),
    ("signet_trust_bundle_list", c_int32, [signet_trust_bundle, c_int32, c_int64, POINTER(signet_buffer), POINTER(signet_error)]),
    ("signet_trust_bundle_free", None, [signet_trust_bundle]),
    ("signet_verify_options_init", None, [POINTER(signet_verify_options)]),
    ("signet_receipt_verify", c_int32, [signet_receipt, POINTER(signet_public_key), c_size_t, POINTER(signet_verify_options), POINTER(signet_error)]),
    ("signet_receipt_verify_signers", c_int32, [signet_receipt, POINTER(signet_public_key), c_size_t, POINTER(signet_verify_options), POINTER(signet_buffer), POINTER(signet_error)]),
    ("signet_receipt_check_response", c_int32, [signet_receipt, c_char_p, c_size_t, POINTER(signet_parse_options), POINTER(signet_error)]),
    ("signet_delegation_options_init", None, [POINTER(signet_delegation_options)]),
    ("signet_delegation_sign", c_int32, [signet_keypair, c_char_p, c_size_t, signet_public_key, c_char_p, c_size_t, c_char_p, c_size_t, POINTER(signet_delegation_options), POINTER(signet_delegation), POINTER(signet_error)]),
    ("signet_delegation_parse", c_int32, [c_char_p, c_size_t, POINTER(signet_parse_options), POINTER(signet_delegation), POINTER(signet_error)]),
    ("signet_delegation_verify", c_int32, [signet_delegation, POINTER(signet_verify_options), POINTER(signet_error)]),
    ("signet_delegation_json", c_void_p, [signet_delegation, POINTER(c_size_t)]),
    ("signet_delegation_text", c_void_p, [signet_delegation, c_int32, POINTER(c_size_t)]),
    ("signet_delegation_free", None, [signet_delegation]),
    ("signet_chain_join", c_int32, [POINTER(signet_delegation), c_size_t, POINTER(signet_buffer), POINTER(signet_error)]),
    ("signet_chain_verify", c_int32, [c_char_p, c_size_t, POINTER(signet_public_key), c_size_t, POINTER(signet_verify_options), POINTER(signet_buffer), POINTER(signet_error)]),
    ("signet_receipt_sign_authorized", c_int32, [signet_keypair, c_char_p, c_size_t, c_char_p, c_size_t, c_char_p, c_size_t, POINTER(signet_sign_options), POINTER(signet_receipt), POINTER(signet_error)]),
    ("signet_policy_parse", c_int32, [c_char_p, c_size_t, c_int32, signet_policy, POINTER(signet_policy), POINTER(signet_error)]),
    ("signet_policy_json", c_void_p, [signet_policy, POINTER(c_size_t)]),
    ("signet_policy_hash", c_void_p, [signet_policy, POINTER(c_size_t)]),
    ("signet_policy_evaluate", c_int32, [signet_policy, c_char_p, c_size_t, c_char_p, c_size_t, c_int64, c_uint32, POINTER(signet_decision), POINTER(signet_error)]),
    ("signet_receipt_sign_with_policy", c_int32, [signet_keypair, c_char_p, c_size_t, c_char_p, c_size_t, c_char_p, c_size_t, signet_policy, POINTER(signet_sign_options), POINTER(signet_receipt), POINTER(signet_decision), POINTER(signet_error)]),
    ("signet_policy_free", None, [signet_policy]),
    ("signet_decision_verdict", c_int32, [signet_decision]),
    ("signet_decision_require_allowed", c_int32, [signet_decision, POINTER(signet_error)]),
    ("signet_decision_json", c_void_p, [signet_decision, POINTER(c_size_t)]),
    ("signet_decision_reason", c_void_p, [signet_decision, POINTER(c_size_t)]),
    ("signet_decision_attestation", c_void_p, [signet_decision, POINTER(c_size_t)]),
    ("signet_decision_violation", c_void_p, [signet_decision, POINTER(c_size_t)]),
    ("signet_decision_free", None, [signet_decision]),
    ("signet_log_record_receipt", c_void_p, [signet_log_record, POINTER(c_size_t)]),
    ("signet_log_record_line", c_void_p, [signet_log_record, POINTER(c_size_t)]),
    ("signet_log_record_file", c_void_p, [signet_log_record, POINTER(c_size_t)]),
    ("signet_log_record_index", c_uint64, [signet_log_record]),
    ("signet_log_record_hash", c_int32, [signet_log_record, c_void_p, POINTER(signet_error)]),
    ("signet_log_record_free", None, [signet_log_record]),
    ("signet_log_options_init", None, [POINTER(signet_log_options)]),
    ("signet_log_open", c_int32, [c_char_p, c_size_t, signet_keypair, signet_keypair, POINTER(signet_log_options), POINTER(signet_log), POINTER(signet_error)]),
    ("signet_log_append", c_int32, [signet_log, c_char_p, c_size_t, POINTER(signet_log_entry), POINTER(signet_error)]),
    ("signet_log_append_many", c_int32, [signet_log, POINTER(c_char_p), POINTER(c_size_t), c_size_t, POINTER(signet_log_entry), POINTER(signet_error)]),
    ("signet_log_sync", c_int32, [signet_log, POINTER(c_uint64), POINTER(signet_error)]),
    ("signet_log_len", c_uint64, [signet_log]),
    ("signet_log_refresh", c_int32, [signet_log, POINTER(c_uint64), POINTER(signet_error)]),
    ("signet_log_read", c_int32, [signet_log, c_uint64, POINTER(signet_log_record), POINTER(signet_error)]),
    ("signet_log_visit", c_int32, [signet_log, c_uint64, signet_log_callback, c_void_p, POINTER(signet_error)]),
    ("signet_log_query", c_int32, [signet_log, c_char_p, c_size_t, signet_log_callback, c_void_p, POINTER(signet_error)]),
    ("signet_log_recovery", c_int32, [signet_log, POINTER(signet_buffer), POINTER(signet_error)]),
    ("signet_log_close", c_int32, [signet_log, POINTER(signet_error)]),
    ("signet_log_free", None, [signet_log]),
    ("signet_params_key_len", c_size_t, []),
    ("signet_params_key_derive", c_int32, [signet_keypair, POINTER(signet_params_key), POINTER(signet_error)]),
    ("signet_params_key_from_bytes", c_int32, [signet_public_key, c_char_p, POINTER(signet_params_key), POINTER(signet_error)]),
    ("signet_params_key_export", c_int32, [signet_params_key, c_void_p, POINTER(signet_error)]),
    ("signet_params_key_seal", c_int32, [signet_params_key, c_char_p, c_size_t, POINTER(signet_buffer), POINTER(signet_error)]),
    ("signet_params_key_open", c_int32, [signet_params_key, c_char_p, c_size_t, POINTER(signet_buffer), POINTER(signet_error)]),
    ("signet_params_key_free", None, [signet_params_key]),
    ("signet_log_verify_options_init", None, [POINTER(signet_log_verify_options)]),
    ("signet_log_verify", c_int32, [signet_log, POINTER(signet_public_key), c_size_t, POINTER(signet_log_verify_options), signet_finding_callback, signet_progress_callback, c_void_p, POINTER(signet_log_report), POINTER(signet_error)]),
    ("signet_log_verify_folder", c_int32, [c_char_p, c_size_t, POINTER(signet_public_key), c_size_t, POINTER(signet_log_verify_options), signet_finding_callback, signet_progress_callback, c_void_p, POINTER(signet_log_report), POINTER(signet_error)]),
    ("signet_log_checkpoint", c_int32, [signet_log, POINTER(signet_buffer), POINTER(signet_error)]),
    ("signet_log_verifier_key", c_int32, [signet_log, POINTER(signet_buffer), POINTER(signet_error)]),
    ("signet_log_prove", c_int32, [signet_log, c_uint64, POINTER(signet_buffer), POINTER(signet_error)]),
    ("signet_log_prove_consistency", c_int32, [signet_log, c_uint64, POINTER(signet_buffer), POINTER(signet_error)]),
    ("signet_proof_verify", c_int32, [c_char_p, c_size_t, c_char_p, c_char_p, c_size_t, POINTER(c_uint64), POINTER(c_uint64), POINTER(signet_error)]),
    ("signet_record_hash", c_int32, [c_char_p, c_size_t, c_void_p, POINTER(signet_error)]),
    ("signet_consistency_verify", c_int32, [c_char_p, c_size_t, c_char_p, c_size_t, c_char_p, c_size_t, c_char_p, c_size_t, POINTER(signet_error)]),
    ("signet_bundle_options_init", None, [POINTER(signet_bundle_options)]),
    ("signet_bundle_verify_options_init", None, [POINTER(signet_bundle_verify_options)]),
    ("signet_log_write_bundle", c_int32, [signet_log, c_char_p, c_size_t, c_char_p, c_size_t, signet_keypair, c_char_p, c_size_t, POINTER(signet_bundle_options), POINTER(signet_buffer), POINTER(signet_error)]),
    ("signet_bundle_verify", c_int32, [c_char_p, c_size_t, POINTER(signet_public_key), c_size_t, POINTER(signet_bundle_verify_options), POINTER(signet_buffer), POINTER(signet_error)]),
    ("signet_log_plan_repair", c_int32, [c_char_p, c_size_t, POINTER(signet_buffer), POINTER(signet_error)]),
    ("signet_log_rotate", c_int32, [signet_log, POINTER(c_int32), POINTER(signet_error)]),
    ("signet_log_plan_prune", c_int32, [signet_log, c_int64, POINTER(signet_prune_plan), POINTER(signet_error)]),
    ("signet_log_prune", c_int32, [signet_log, signet_prune_plan, POINTER(signet_log_entry), POINTER(signet_error)]),
    ("signet_prune_plan_len", c_size_t, [signet_prune_plan]),
    ("signet_prune_plan_json", c_void_p, [signet_prune_plan, POINTER(c_size_t)]),
    ("signet_prune_plan_free", None, [signet_prune_plan]),
    ("signet_replay_store_options_init", None, [POINTER(signet_replay_store_options)]),
    ("signet_replay_store_new", c_int32, [c_uint64, POINTER(signet_replay_store), POINTER(signet_error)]),
    ("signet_replay_store_open", c_int32, [c_char_p, c_size_t, POINTER(signet_replay_store_options), POINTER(signet_replay_store), POINTER(signet_error)]),
    ("signet_replay_store_from_callback", c_int32, [signet_nonce_callback, c_void_p, signet_free_callback, POINTER(signet_replay_store), POINTER(signet_error)]),
    ("signet_replay_store_use_once", c_int32, [signet_replay_store, signet_public_key, c_char_p, c_size_t, c_uint64, c_int64, POINTER(signet_error)]),
    ("signet_replay_store_len", c_uint64, [signet_replay_store]),
    ("signet_replay_store_export", c_int32, [signet_replay_store, c_int64, POINTER(signet_error)]),
    ("signet_replay_store_free", None, [signet_replay_store]),
    ("signet_axis_name", c_char_p, [c_int32]),
    ("signet_report_status", c_int32, [signet_report]),
    ("signet_report_message", c_void_p, [signet_report, POINTER(c_size_t)]),
    ("signet_report_is_trusted", c_int32, [signet_report]),
    ("signet_report_age_ms", c_int64, [signet_report]),
    ("signet_report_party", c_void_p, [signet_report, c_int32, c_int32, POINTER(c_size_t)]),
    ("signet_report_party_is_trusted", c_int32, [signet_report, c_int32]),
    ("signet_report_axis", c_int32, [signet_report, c_int32]),
    ("signet_report_axis_status", c_int32, [signet_report, c_int32]),
    ("signet_report_axis_code", c_void_p, [signet_report, c_int32, POINTER(c_size_t)]),
    ("signet_report_axis_message", c_void_p, [signet_report, c_int32, POINTER(c_size_t)]),
    ("signet_report_json", c_void_p, [signet_report, POINTER(c_size_t)]),
    ("signet_report_receipt", c_int32, [signet_report, POINTER(signet_receipt), POINTER(signet_error)]),
    ("signet_report_free", None, [signet_report]),
    ("signet_verifier_options_init", None, [POINTER(signet_verifier_options)]),
    ("signet_check_options_init", None, [POINTER(signet_check_options)]),
    ("signet_verifier_new", c_int32, [c_char_p, c_size_t, POINTER(signet_verifier_options), POINTER(signet_verifier), POINTER(signet_error)]),
    ("signet_verifier_check_call", c_int32, [signet_verifier, c_char_p, c_size_t, c_char_p, c_size_t, c_char_p, c_size_t, c_int64, POINTER(signet_check_options), POINTER(signet_report), POINTER(signet_error)]),
    ("signet_verifier_check_receipt", c_int32, [signet_verifier, c_char_p, c_size_t, c_int64, POINTER(signet_check_options), POINTER(signet_report), POINTER(signet_error)]),
    ("signet_verifier_check_evidence", c_int32, [signet_verifier, c_char_p, c_size_t, c_int64, POINTER(signet_check_options), POINTER(signet_report), POINTER(signet_error)]),
    ("signet_verifier_free", None, [signet_verifier]),
    ("signet_mcp_call_id", c_void_p, [signet_mcp_call, POINTER(c_size_t)]),
    ("signet_mcp_call_receipt", c_int32, [signet_mcp_call, POINTER(signet_receipt), POINTER(signet_error)]),
    ("signet_mcp_call_free", None, [signet_mcp_call]),
    ("signet_mcp_request_options_init", None, [POINTER(signet_mcp_request_options)]),
    ("signet_mcp_sign_request", c_int32, [signet_keypair, c_char_p, c_size_t, c_char_p, c_size_t, c_char_p, c_size_t, POINTER(signet_mcp_request_options), POINTER(signet_mcp_signed), POINTER(signet_error)]),
    ("signet_mcp_signed_message", c_void_p, [signet_mcp_signed, POINTER(c_size_t)]),
    ("signet_mcp_signed_len", c_size_t, [signet_mcp_signed]),
    ("signet_mcp_signed_call", c_int32, [signet_mcp_signed, c_size_t, POINTER(signet_mcp_call), POINTER(signet_error)]),
    ("signet_mcp_signed_free", None, [signet_mcp_signed]),
    ("signet_mcp_verify_request", c_int32, [signet_verifier, c_char_p, c_size_t, c_int64, POINTER(signet_report), POINTER(signet_mcp_call), POINTER(signet_error)]),
    ("signet_mcp_verify_params", c_int32, [signet_verifier, c_char_p, c_size_t, c_int64, POINTER(signet_report), POINTER(signet_mcp_call), POINTER(signet_error)]),
    ("signet_mcp_response_options_init", None, [POINTER(signet_mcp_response_options)]),
    ("signet_mcp_sign_response", c_int32, [signet_keypair, signet_mcp_call, c_char_p, c_size_t, c_char_p, c_size_t, POINTER(signet_mcp_response_options), POINTER(signet_buffer), POINTER(signet_receipt), POINTER(c_int32), POINTER(signet_error)]),
    ("signet_mcp_sign_result", c_int32, [signet_keypair, signet_mcp_call, c_char_p, c_size_t, c_char_p, c_size_t, POINTER(signet_mcp_response_options), POINTER(signet_buffer), POINTER(signet_receipt), POINTER(c_int32), POINTER(signet_error)]),
    ("signet_mcp_verify_response", c_int32, [signet_verifier, signet_mcp_call, c_char_p, c_size_t, c_int64, POINTER(signet_report), POINTER(signet_buffer), POINTER(signet_error)]),
    ("signet_mcp_verify_result", c_int32, [signet_verifier, signet_mcp_call, c_char_p, c_size_t, c_int64, POINTER(signet_report), POINTER(signet_buffer), POINTER(signet_error)]),
    ("signet_verdict_ruling", c_int32, [signet_verdict]),
    ("signet_verdict_forward", c_void_p, [signet_verdict, POINTER(c_size_t)]),
    ("signet_verdict_answer", c_void_p, [signet_verdict, POINTER(c_size_t)]),
    ("signet_verdict_storage_status", c_int32, [signet_verdict]),
    ("signet_verdict_storage_message", c_void_p, [signet_verdict, POINTER(c_size_t)]),
    ("signet_verdict_len", c_size_t, [signet_verdict]),
    ("signet_verdict_message_ruling", c_int32, [signet_verdict, c_size_t]),
    ("signet_verdict_message_status", c_int32, [signet_verdict, c_size_t]),
    ("signet_verdict_message_text", c_void_p, [signet_verdict, c_size_t, POINTER(c_size_t)]),
    ("signet_verdict_message_evaluation", c_void_p, [signet_verdict, c_size_t, POINTER(c_size_t)]),
    ("signet_verdict_message_call", c_int32, [signet_verdict, c_size_t, POINTER(signet_mcp_call), POINTER(signet_error)]),
    ("signet_verdict_message_report", c_int32, [signet_verdict, c_size_t, POINTER(signet_report), POINTER(signet_error)]),
    ("signet_verdict_free", None, [signet_verdict]),
    ("signet_gate_new", c_int32, [c_char_p, c_size_t, signet_verifier, signet_keypair, signet_policy, POINTER(signet_gate), POINTER(signet_error)]),
    ("signet_gate_judge", c_int32, [signet_gate, c_char_p, c_size_t, c_int64, signet_evidence_callback, c_void_p, POINTER(signet_verdict), POINTER(signet_error)]),
    ("signet_gate_judge_with_log", c_int32, [signet_gate, c_char_p, c_size_t, c_int64, signet_log, POINTER(signet_verdict), POINTER(signet_error)]),
    ("signet_gate_free", None, [signet_gate]),
]
