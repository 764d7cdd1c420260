//! Status codes: one for each kind of error of the core, with numbers that never
//! change. Decades group them by topic and leave room.

use std::ffi::{CStr, c_char};

use crate::error::ErrorKind;
use crate::ffi::boundary::quietly;

/// What every fallible function returns: SIGNET_OK or what the caller can do
/// something about. The numbers are stable; new ones are only added.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum signet_status {
    /// The call did what it was asked to. For a verification: it passed.
    SIGNET_OK = 0,

    /// A pointer that must not be NULL was NULL.
    SIGNET_ERR_NULL_ARGUMENT = 1,
    /// An argument has a value that the function cannot use.
    SIGNET_ERR_INVALID_ARGUMENT = 2,
    /// A buffer of the caller is too small for the result.
    SIGNET_ERR_BUFFER_TOO_SMALL = 3,
    /// What was asked for is well-formed but not in this version of the library.
    SIGNET_ERR_UNSUPPORTED = 4,
    /// A callback of the caller asked to stop.
    SIGNET_ERR_STOPPED = 5,
    /// The function was called from inside its own callback.
    SIGNET_ERR_REENTERED = 6,
    /// The operating system refused a file operation.
    SIGNET_ERR_IO = 7,
    /// The system's random number generator failed.
    SIGNET_ERR_RANDOMNESS = 8,
    /// The input is larger than the limit in force.
    SIGNET_ERR_TOO_LARGE = 9,
    /// A bug in the library. The call had no effect; other handles still work.
    SIGNET_ERR_INTERNAL = 10,

    /// The text is not JSON (RFC 8259).
    SIGNET_ERR_JSON_SYNTAX = 20,
    /// The text is not UTF-8, or starts with a byte order mark.
    SIGNET_ERR_JSON_ENCODING = 21,
    /// An object has two members of one name.
    SIGNET_ERR_JSON_DUPLICATE_MEMBER = 22,
    /// A string escapes half of a surrogate pair.
    SIGNET_ERR_JSON_LONE_SURROGATE = 23,
    /// A number is NaN, infinite, or overflows a double.
    SIGNET_ERR_JSON_NUMBER = 24,
    /// Arrays and objects are nested deeper than the limit.
    SIGNET_ERR_JSON_TOO_DEEP = 25,
    /// A number in a signed text denotes another value than its canonical form.
    SIGNET_ERR_JSON_INEXACT_NUMBER = 26,

    /// Bytes or a text that do not encode an Ed25519 key.
    SIGNET_ERR_KEY_INVALID = 40,
    /// A public key of small order, under which anybody can forge.
    SIGNET_ERR_KEY_WEAK = 41,
    /// No key of that name is in the keystore.
    SIGNET_ERR_KEY_NOT_FOUND = 42,
    /// A key of that name is already in the keystore.
    SIGNET_ERR_KEY_EXISTS = 43,
    /// A key name that is empty, too long, or not of letters, digits, '-' and '_'.
    SIGNET_ERR_KEY_NAME_INVALID = 44,
    /// The passphrase does not open the key file, or its sealed part was altered.
    SIGNET_ERR_WRONG_PASSPHRASE = 45,
    /// The key file is encrypted and no passphrase was given.
    SIGNET_ERR_PASSPHRASE_REQUIRED = 46,
    /// The key file is damaged or contradicts itself.
    SIGNET_ERR_KEY_FILE_CORRUPT = 47,
    /// The key file asks for more key-derivation work than is allowed.
    SIGNET_ERR_KDF_LIMIT = 48,
    /// A signer callback failed, or its signature does not verify.
    SIGNET_ERR_SIGNER_FAILED = 49,
    /// An unencrypted key file can be read or replaced by other users.
    SIGNET_ERR_KEY_EXPOSED = 50,

    /// A member of a signed object is missing or has the wrong form.
    SIGNET_ERR_RECEIPT_INVALID = 60,
    /// A receipt of a version that this library does not know.
    SIGNET_ERR_RECEIPT_VERSION = 61,
    /// A signed object has a member that the signature does not cover.
    SIGNET_ERR_UNKNOWN_MEMBER = 62,
    /// The signature does not verify under the key.
    SIGNET_ERR_SIGNATURE_INVALID = 63,
    /// The object names another key than the one it was checked against.
    SIGNET_ERR_KEY_MISMATCH = 64,
    /// An id does not derive from its signature.
    SIGNET_ERR_ID_MISMATCH = 65,
    /// params_hash is not the hash of the params.
    SIGNET_ERR_PARAMS_HASH_MISMATCH = 66,
    /// The evidence has passed its expiry time.
    SIGNET_ERR_EXPIRED = 67,
    /// A timestamp is not an RFC 3339 date-time.
    SIGNET_ERR_TIMESTAMP_INVALID = 68,
    /// The signer is not among the trusted keys.
    SIGNET_ERR_SIGNER_UNTRUSTED = 69,
    /// A timestamp lies outside the window that was allowed.
    SIGNET_ERR_TIME_OUT_OF_WINDOW = 70,
    /// A session or call is not the expected one.
    SIGNET_ERR_BINDING_MISMATCH = 71,
    /// Agent and server have the same key, so nobody else has seen the call.
    SIGNET_ERR_SAME_SIGNER = 72,
    /// content_hash is not the hash of the response.
    SIGNET_ERR_CONTENT_HASH_MISMATCH = 73,

    /// A proof does not lead from the leaf to the root.
    SIGNET_ERR_PROOF_INVALID = 80,
    /// A signed note, checkpoint or proof file has the wrong form.
    SIGNET_ERR_NOTE_INVALID = 81,
    /// No signature on a note is by a trusted key.
    SIGNET_ERR_NOTE_UNSIGNED = 82,
    /// A stored tile is missing, cut short or not part of the tree: rebuild it.
    SIGNET_ERR_TILE_INVALID = 83,
    /// The bytes are not a record that a log can hold or read back.
    SIGNET_ERR_RECORD_INVALID = 90,
    /// The log has no record of that index.
    SIGNET_ERR_RECORD_NOT_FOUND = 91,
    /// Another writer has held a lock of the log for too long.
    SIGNET_ERR_LOG_BUSY = 92,
    /// The log is damaged where it would have to be changed, and that was not allowed.
    SIGNET_ERR_LOG_DAMAGED = 93,
    /// The disk did not confirm the records: they may be in the log or not.
    SIGNET_ERR_SYNC_FAILED = 94,
    /// The log is closed, or was opened by another process before a fork.
    SIGNET_ERR_LOG_CLOSED = 95,
    /// The folder of the log lies on a file system of another machine, such as NFS or SMB.
    SIGNET_ERR_NETWORK_FILE_SYSTEM = 96,
    /// A policy document that is not YAML or JSON, or says what the format does not define.
    SIGNET_ERR_POLICY_INVALID = 100,
    /// The policy denies the action.
    SIGNET_ERR_POLICY_DENIED = 101,
    /// The policy lets the action through only with a human's approval.
    SIGNET_ERR_APPROVAL_REQUIRED = 102,
    /// A trust bundle that is not YAML or JSON, or breaks a rule of the format.
    SIGNET_ERR_TRUST_BUNDLE_INVALID = 110,
    /// The key was disabled at the time in question.
    SIGNET_ERR_KEY_DISABLED = 111,
    /// The key was revoked at the time in question.
    SIGNET_ERR_KEY_REVOKED = 112,
    /// The key had expired at the time in question.
    SIGNET_ERR_KEY_EXPIRED = 113,
    /// A delegation token or scope has the wrong shape, or grants nothing that could be meant.
    SIGNET_ERR_DELEGATION_INVALID = 120,
    /// A principal is not of the form `scheme://domain/path`.
    SIGNET_ERR_PRINCIPAL_INVALID = 121,
    /// A delegation had expired at the time in question.
    SIGNET_ERR_DELEGATION_EXPIRED = 122,
    /// A delegation had not been issued yet at the time in question.
    SIGNET_ERR_DELEGATION_NOT_YET_VALID = 123,
    /// A delegation grants more than the one it rests on.
    SIGNET_ERR_SCOPE_WIDENED = 124,
    /// More delegations follow than the delegation's depth allows.
    SIGNET_ERR_DELEGATION_DEPTH_EXCEEDED = 125,
    /// A delegation chain without a link.
    SIGNET_ERR_CHAIN_EMPTY = 126,
    /// A delegation chain with more links than the limit in force.
    SIGNET_ERR_CHAIN_TOO_LONG = 127,
    /// The first delegator of a chain is not a trusted root.
    SIGNET_ERR_CHAIN_ROOT_UNTRUSTED = 128,
    /// A link of a chain is not by the key that the link before it names.
    SIGNET_ERR_CHAIN_BROKEN = 129,
    /// The last delegate of a chain is not the key that acts.
    SIGNET_ERR_CHAIN_DELEGATE_MISMATCH = 130,
    /// The action's tool or target is outside the delegated scope.
    SIGNET_ERR_SCOPE_VIOLATION = 131,
    /// The chain_hash of a receipt is not the hash of the chain it carries.
    SIGNET_ERR_CHAIN_HASH_MISMATCH = 132,
    /// The root that a receipt names is not the first delegator of its chain.
    SIGNET_ERR_CHAIN_ROOT_MISMATCH = 133,
    /// Verdict: the end of the log was cut by a crash.
    SIGNET_ERR_LOG_TORN = 150,
    /// Verdict: a record that was durable is another one now, or is no record.
    SIGNET_ERR_LOG_TAMPERED = 151,
    /// Verdict: records that were durable are missing from the end of the log.
    SIGNET_ERR_LOG_TRUNCATED = 152,
    /// Verdict: two records of the log name the same predecessor.
    SIGNET_ERR_LOG_FORKED = 153,
    /// Verdict: something in the log cannot be judged.
    SIGNET_ERR_LOG_UNVERIFIABLE = 154,
    /// Verdict: the log has no checkpoint within the promised time.
    SIGNET_ERR_LOG_STALE = 155,
    /// Encrypted params of a log record have the wrong form, name another key than
    /// the signer's, or stand beside params in clear.
    SIGNET_ERR_SEALED_PARAMS_INVALID = 160,
    /// Encrypted params, or the receipt they belong to, are not what was sealed.
    SIGNET_ERR_SEALED_PARAMS_ALTERED = 161,
    /// An evidence bundle lacks a file, or a file of it cannot be read.
    SIGNET_ERR_BUNDLE_INVALID = 162,
    /// Verdict: an evidence bundle is not what its manifest says.
    SIGNET_ERR_BUNDLE_TAMPERED = 163,
    /// Verdict: something in an evidence bundle cannot be judged: no signature of a
    /// trusted exporter, no trusted keys, or params that nobody here can open.
    SIGNET_ERR_BUNDLE_UNVERIFIABLE = 164,
    /// A call carries no receipt where one is required.
    SIGNET_ERR_UNSIGNED = 170,
    /// The nonce was used before: somebody presents a receipt again.
    SIGNET_ERR_REPLAYED = 171,
    /// There is no room to remember another nonce, and none may be forgotten yet.
    SIGNET_ERR_REPLAY_STORE_FULL = 172,
    /// The replay store cannot be read, written or relied on.
    SIGNET_ERR_REPLAY_STORE_FAILED = 173,
    /// A receipt was signed too long ago to be acted on.
    SIGNET_ERR_TOO_OLD = 174,
    /// A receipt is dated after the verifier's time.
    SIGNET_ERR_FROM_FUTURE = 175,
    /// A receipt was signed for another target than the one it was presented to.
    SIGNET_ERR_TARGET_MISMATCH = 176,
    /// A receipt was signed for another tool than the one that is called.
    SIGNET_ERR_TOOL_MISMATCH = 177,
    /// A receipt was signed for other arguments than those of the call.
    SIGNET_ERR_ARGUMENTS_MISMATCH = 178,
    /// A receipt holds only the hash of its params, which was not allowed.
    SIGNET_ERR_ARGUMENTS_HIDDEN = 179,
    /// A receipt rests on no delegation where one is required.
    SIGNET_ERR_DELEGATION_REQUIRED = 180,
    /// An authority's decision has the wrong form or contradicts itself.
    SIGNET_ERR_DECISION_INVALID = 181,
    /// An authority's decision is about another action or another agent.
    SIGNET_ERR_DECISION_MISMATCH = 182,
    /// A receipt carries no decision of a trusted authority where one is required.
    SIGNET_ERR_DECISION_REQUIRED = 183,
    /// An authority's decision has been used as often as it may be.
    SIGNET_ERR_DECISION_USED_UP = 184,
    /// A delegation or a decision was revoked at the time in question.
    SIGNET_ERR_REVOKED = 185,
    /// No JSON-RPC 2.0 message, or one that two readers could take for different ones.
    SIGNET_ERR_MESSAGE_INVALID = 190,
    /// A message carries a receipt already, which signing would replace.
    SIGNET_ERR_ALREADY_SIGNED = 191,
    /// The evidence of a call could not be stored, so the call was not let through.
    SIGNET_ERR_EVIDENCE_NOT_STORED = 192,
}

/// The constant's own name, NUL-terminated, for example "SIGNET_ERR_EXPIRED";
/// "SIGNET_ERR_UNKNOWN" for a number that is no status. It lives as long as the
/// library.
///
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn signet_status_name(status: i32) -> *const c_char {
    quietly(std::ptr::null(), || Some(name(status).as_ptr()))
}

/// Every status in ascending order, for tests that must not miss one: the
/// status at `index`, or -1 past the end.
///
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn signet_status_at(index: usize) -> i32 {
    quietly(-1, || ALL.get(index).map(|status| *status as i32))
}

fn name(status: i32) -> &'static CStr {
    let known = ALL.iter().find(|known| **known as i32 == status);
    known.map_or(c"SIGNET_ERR_UNKNOWN", |known| known.name())
}

const ALL: &[signet_status] = &[
    signet_status::SIGNET_OK,
    signet_status::SIGNET_ERR_NULL_ARGUMENT,
    signet_status::SIGNET_ERR_INVALID_ARGUMENT,
    signet_status::SIGNET_ERR_BUFFER_TOO_SMALL,
    signet_status::SIGNET_ERR_UNSUPPORTED,
    signet_status::SIGNET_ERR_STOPPED,
    signet_status::SIGNET_ERR_REENTERED,
    signet_status::SIGNET_ERR_IO,
    signet_status::SIGNET_ERR_RANDOMNESS,
    signet_status::SIGNET_ERR_TOO_LARGE,
    signet_status::SIGNET_ERR_INTERNAL,
    signet_status::SIGNET_ERR_JSON_SYNTAX,
    signet_status::SIGNET_ERR_JSON_ENCODING,
    signet_status::SIGNET_ERR_JSON_DUPLICATE_MEMBER,
    signet_status::SIGNET_ERR_JSON_LONE_SURROGATE,
    signet_status::SIGNET_ERR_JSON_NUMBER,
    signet_status::SIGNET_ERR_JSON_TOO_DEEP,
    signet_status::SIGNET_ERR_JSON_INEXACT_NUMBER,
    signet_status::SIGNET_ERR_KEY_INVALID,
    signet_status::SIGNET_ERR_KEY_WEAK,
    signet_status::SIGNET_ERR_KEY_NOT_FOUND,
    signet_status::SIGNET_ERR_KEY_EXISTS,
    signet_status::SIGNET_ERR_KEY_NAME_INVALID,
    signet_status::SIGNET_ERR_WRONG_PASSPHRASE,
    signet_status::SIGNET_ERR_PASSPHRASE_REQUIRED,
    signet_status::SIGNET_ERR_KEY_FILE_CORRUPT,
    signet_status::SIGNET_ERR_KDF_LIMIT,
    signet_status::SIGNET_ERR_SIGNER_FAILED,
    signet_status::SIGNET_ERR_KEY_EXPOSED,
    signet_status::SIGNET_ERR_RECEIPT_INVALID,
    signet_status::SIGNET_ERR_RECEIPT_VERSION,
    signet_status::SIGNET_ERR_UNKNOWN_MEMBER,
    signet_status::SIGNET_ERR_SIGNATURE_INVALID,
    signet_status::SIGNET_ERR_KEY_MISMATCH,
    signet_status::SIGNET_ERR_ID_MISMATCH,
    signet_status::SIGNET_ERR_PARAMS_HASH_MISMATCH,
    signet_status::SIGNET_ERR_EXPIRED,
    signet_status::SIGNET_ERR_TIMESTAMP_INVALID,
    signet_status::SIGNET_ERR_SIGNER_UNTRUSTED,
    signet_status::SIGNET_ERR_TIME_OUT_OF_WINDOW,
    signet_status::SIGNET_ERR_BINDING_MISMATCH,
    signet_status::SIGNET_ERR_SAME_SIGNER,
    signet_status::SIGNET_ERR_CONTENT_HASH_MISMATCH,
    signet_status::SIGNET_ERR_PROOF_INVALID,
    signet_status::SIGNET_ERR_NOTE_INVALID,
    signet_status::SIGNET_ERR_NOTE_UNSIGNED,
    signet_status::SIGNET_ERR_TILE_INVALID,
    signet_status::SIGNET_ERR_RECORD_INVALID,
    signet_status::SIGNET_ERR_RECORD_NOT_FOUND,
    signet_status::SIGNET_ERR_LOG_BUSY,
    signet_status::SIGNET_ERR_LOG_DAMAGED,
    signet_status::SIGNET_ERR_SYNC_FAILED,
    signet_status::SIGNET_ERR_LOG_CLOSED,
    signet_status::SIGNET_ERR_NETWORK_FILE_SYSTEM,
    signet_status::SIGNET_ERR_POLICY_INVALID,
    signet_status::SIGNET_ERR_POLICY_DENIED,
    signet_status::SIGNET_ERR_APPROVAL_REQUIRED,
    signet_status::SIGNET_ERR_TRUST_BUNDLE_INVALID,
    signet_status::SIGNET_ERR_KEY_DISABLED,
    signet_status::SIGNET_ERR_KEY_REVOKED,
    signet_status::SIGNET_ERR_KEY_EXPIRED,
    signet_status::SIGNET_ERR_DELEGATION_INVALID,
    signet_status::SIGNET_ERR_PRINCIPAL_INVALID,
    signet_status::SIGNET_ERR_DELEGATION_EXPIRED,
    signet_status::SIGNET_ERR_DELEGATION_NOT_YET_VALID,
    signet_status::SIGNET_ERR_SCOPE_WIDENED,
    signet_status::SIGNET_ERR_DELEGATION_DEPTH_EXCEEDED,
    signet_status::SIGNET_ERR_CHAIN_EMPTY,
    signet_status::SIGNET_ERR_CHAIN_TOO_LONG,
    signet_status::SIGNET_ERR_CHAIN_ROOT_UNTRUSTED,
    signet_status::SIGNET_ERR_CHAIN_BROKEN,
    signet_status::SIGNET_ERR_CHAIN_DELEGATE_MISMATCH,
    signet_status::SIGNET_ERR_SCOPE_VIOLATION,
    signet_status::SIGNET_ERR_CHAIN_HASH_MISMATCH,
    signet_status::SIGNET_ERR_CHAIN_ROOT_MISMATCH,
    signet_status::SIGNET_ERR_LOG_TORN,
    signet_status::SIGNET_ERR_LOG_TAMPERED,
    signet_status::SIGNET_ERR_LOG_TRUNCATED,
    signet_status::SIGNET_ERR_LOG_FORKED,
    signet_status::SIGNET_ERR_LOG_UNVERIFIABLE,
    signet_status::SIGNET_ERR_LOG_STALE,
    signet_status::SIGNET_ERR_SEALED_PARAMS_INVALID,
    signet_status::SIGNET_ERR_SEALED_PARAMS_ALTERED,
    signet_status::SIGNET_ERR_BUNDLE_INVALID,
    signet_status::SIGNET_ERR_BUNDLE_TAMPERED,
    signet_status::SIGNET_ERR_BUNDLE_UNVERIFIABLE,
    signet_status::SIGNET_ERR_UNSIGNED,
    signet_status::SIGNET_ERR_REPLAYED,
    signet_status::SIGNET_ERR_REPLAY_STORE_FULL,
    signet_status::SIGNET_ERR_REPLAY_STORE_FAILED,
    signet_status::SIGNET_ERR_TOO_OLD,
    signet_status::SIGNET_ERR_FROM_FUTURE,
    signet_status::SIGNET_ERR_TARGET_MISMATCH,
    signet_status::SIGNET_ERR_TOOL_MISMATCH,
    signet_status::SIGNET_ERR_ARGUMENTS_MISMATCH,
    signet_status::SIGNET_ERR_ARGUMENTS_HIDDEN,
    signet_status::SIGNET_ERR_DELEGATION_REQUIRED,
    signet_status::SIGNET_ERR_DECISION_INVALID,
    signet_status::SIGNET_ERR_DECISION_MISMATCH,
    signet_status::SIGNET_ERR_DECISION_REQUIRED,
    signet_status::SIGNET_ERR_DECISION_USED_UP,
    signet_status::SIGNET_ERR_REVOKED,
    signet_status::SIGNET_ERR_MESSAGE_INVALID,
    signet_status::SIGNET_ERR_ALREADY_SIGNED,
    signet_status::SIGNET_ERR_EVIDENCE_NOT_STORED,
];

impl signet_status {
    fn name(self) -> &'static CStr {
        match self {
            signet_status::SIGNET_OK => c"SIGNET_OK",
            signet_status::SIGNET_ERR_NULL_ARGUMENT => c"SIGNET_ERR_NULL_ARGUMENT",
            signet_status::SIGNET_ERR_INVALID_ARGUMENT => c"SIGNET_ERR_INVALID_ARGUMENT",
            signet_status::SIGNET_ERR_BUFFER_TOO_SMALL => c"SIGNET_ERR_BUFFER_TOO_SMALL",
            signet_status::SIGNET_ERR_UNSUPPORTED => c"SIGNET_ERR_UNSUPPORTED",
            signet_status::SIGNET_ERR_STOPPED => c"SIGNET_ERR_STOPPED",
            signet_status::SIGNET_ERR_REENTERED => c"SIGNET_ERR_REENTERED",
            signet_status::SIGNET_ERR_IO => c"SIGNET_ERR_IO",
            signet_status::SIGNET_ERR_RANDOMNESS => c"SIGNET_ERR_RANDOMNESS",
            signet_status::SIGNET_ERR_TOO_LARGE => c"SIGNET_ERR_TOO_LARGE",
            signet_status::SIGNET_ERR_INTERNAL => c"SIGNET_ERR_INTERNAL",
            signet_status::SIGNET_ERR_JSON_SYNTAX => c"SIGNET_ERR_JSON_SYNTAX",
            signet_status::SIGNET_ERR_JSON_ENCODING => c"SIGNET_ERR_JSON_ENCODING",
            signet_status::SIGNET_ERR_JSON_DUPLICATE_MEMBER => c"SIGNET_ERR_JSON_DUPLICATE_MEMBER",
            signet_status::SIGNET_ERR_JSON_LONE_SURROGATE => c"SIGNET_ERR_JSON_LONE_SURROGATE",
            signet_status::SIGNET_ERR_JSON_NUMBER => c"SIGNET_ERR_JSON_NUMBER",
            signet_status::SIGNET_ERR_JSON_TOO_DEEP => c"SIGNET_ERR_JSON_TOO_DEEP",
            signet_status::SIGNET_ERR_JSON_INEXACT_NUMBER => c"SIGNET_ERR_JSON_INEXACT_NUMBER",
            signet_status::SIGNET_ERR_KEY_INVALID => c"SIGNET_ERR_KEY_INVALID",
            signet_status::SIGNET_ERR_KEY_WEAK => c"SIGNET_ERR_KEY_WEAK",
            signet_status::SIGNET_ERR_KEY_NOT_FOUND => c"SIGNET_ERR_KEY_NOT_FOUND",
            signet_status::SIGNET_ERR_KEY_EXISTS => c"SIGNET_ERR_KEY_EXISTS",
            signet_status::SIGNET_ERR_KEY_NAME_INVALID => c"SIGNET_ERR_KEY_NAME_INVALID",
            signet_status::SIGNET_ERR_WRONG_PASSPHRASE => c"SIGNET_ERR_WRONG_PASSPHRASE",
            signet_status::SIGNET_ERR_PASSPHRASE_REQUIRED => c"SIGNET_ERR_PASSPHRASE_REQUIRED",
            signet_status::SIGNET_ERR_KEY_FILE_CORRUPT => c"SIGNET_ERR_KEY_FILE_CORRUPT",
            signet_status::SIGNET_ERR_KDF_LIMIT => c"SIGNET_ERR_KDF_LIMIT",
            signet_status::SIGNET_ERR_SIGNER_FAILED => c"SIGNET_ERR_SIGNER_FAILED",
            signet_status::SIGNET_ERR_KEY_EXPOSED => c"SIGNET_ERR_KEY_EXPOSED",
            signet_status::SIGNET_ERR_RECEIPT_INVALID => c"SIGNET_ERR_RECEIPT_INVALID",
            signet_status::SIGNET_ERR_RECEIPT_VERSION => c"SIGNET_ERR_RECEIPT_VERSION",
            signet_status::SIGNET_ERR_UNKNOWN_MEMBER => c"SIGNET_ERR_UNKNOWN_MEMBER",
            signet_status::SIGNET_ERR_SIGNATURE_INVALID => c"SIGNET_ERR_SIGNATURE_INVALID",
            signet_status::SIGNET_ERR_KEY_MISMATCH => c"SIGNET_ERR_KEY_MISMATCH",
            signet_status::SIGNET_ERR_ID_MISMATCH => c"SIGNET_ERR_ID_MISMATCH",
            signet_status::SIGNET_ERR_PARAMS_HASH_MISMATCH => c"SIGNET_ERR_PARAMS_HASH_MISMATCH",
            signet_status::SIGNET_ERR_EXPIRED => c"SIGNET_ERR_EXPIRED",
            signet_status::SIGNET_ERR_TIMESTAMP_INVALID => c"SIGNET_ERR_TIMESTAMP_INVALID",
            signet_status::SIGNET_ERR_SIGNER_UNTRUSTED => c"SIGNET_ERR_SIGNER_UNTRUSTED",
            signet_status::SIGNET_ERR_TIME_OUT_OF_WINDOW => c"SIGNET_ERR_TIME_OUT_OF_WINDOW",
            signet_status::SIGNET_ERR_BINDING_MISMATCH => c"SIGNET_ERR_BINDING_MISMATCH",
            signet_status::SIGNET_ERR_SAME_SIGNER => c"SIGNET_ERR_SAME_SIGNER",
            signet_status::SIGNET_ERR_CONTENT_HASH_MISMATCH => c"SIGNET_ERR_CONTENT_HASH_MISMATCH",
            signet_status::SIGNET_ERR_PROOF_INVALID => c"SIGNET_ERR_PROOF_INVALID",
            signet_status::SIGNET_ERR_NOTE_INVALID => c"SIGNET_ERR_NOTE_INVALID",
            signet_status::SIGNET_ERR_NOTE_UNSIGNED => c"SIGNET_ERR_NOTE_UNSIGNED",
            signet_status::SIGNET_ERR_TILE_INVALID => c"SIGNET_ERR_TILE_INVALID",
            signet_status::SIGNET_ERR_RECORD_INVALID => c"SIGNET_ERR_RECORD_INVALID",
            signet_status::SIGNET_ERR_RECORD_NOT_FOUND => c"SIGNET_ERR_RECORD_NOT_FOUND",
            signet_status::SIGNET_ERR_LOG_BUSY => c"SIGNET_ERR_LOG_BUSY",
            signet_status::SIGNET_ERR_LOG_DAMAGED => c"SIGNET_ERR_LOG_DAMAGED",
            signet_status::SIGNET_ERR_SYNC_FAILED => c"SIGNET_ERR_SYNC_FAILED",
            signet_status::SIGNET_ERR_LOG_CLOSED => c"SIGNET_ERR_LOG_CLOSED",
            signet_status::SIGNET_ERR_NETWORK_FILE_SYSTEM => c"SIGNET_ERR_NETWORK_FILE_SYSTEM",
            signet_status::SIGNET_ERR_POLICY_INVALID => c"SIGNET_ERR_POLICY_INVALID",
            signet_status::SIGNET_ERR_POLICY_DENIED => c"SIGNET_ERR_POLICY_DENIED",
            signet_status::SIGNET_ERR_APPROVAL_REQUIRED => c"SIGNET_ERR_APPROVAL_REQUIRED",
            signet_status::SIGNET_ERR_TRUST_BUNDLE_INVALID => c"SIGNET_ERR_TRUST_BUNDLE_INVALID",
            signet_status::SIGNET_ERR_KEY_DISABLED => c"SIGNET_ERR_KEY_DISABLED",
            signet_status::SIGNET_ERR_KEY_REVOKED => c"SIGNET_ERR_KEY_REVOKED",
            signet_status::SIGNET_ERR_KEY_EXPIRED => c"SIGNET_ERR_KEY_EXPIRED",
            signet_status::SIGNET_ERR_DELEGATION_INVALID => c"SIGNET_ERR_DELEGATION_INVALID",
            signet_status::SIGNET_ERR_PRINCIPAL_INVALID => c"SIGNET_ERR_PRINCIPAL_INVALID",
            signet_status::SIGNET_ERR_DELEGATION_EXPIRED => c"SIGNET_ERR_DELEGATION_EXPIRED",
            signet_status::SIGNET_ERR_DELEGATION_NOT_YET_VALID => {
                c"SIGNET_ERR_DELEGATION_NOT_YET_VALID"
            }
            signet_status::SIGNET_ERR_SCOPE_WIDENED => c"SIGNET_ERR_SCOPE_WIDENED",
            signet_status::SIGNET_ERR_DELEGATION_DEPTH_EXCEEDED => {
                c"SIGNET_ERR_DELEGATION_DEPTH_EXCEEDED"
            }
            signet_status::SIGNET_ERR_CHAIN_EMPTY => c"SIGNET_ERR_CHAIN_EMPTY",
            signet_status::SIGNET_ERR_CHAIN_TOO_LONG => c"SIGNET_ERR_CHAIN_TOO_LONG",
            signet_status::SIGNET_ERR_CHAIN_ROOT_UNTRUSTED => c"SIGNET_ERR_CHAIN_ROOT_UNTRUSTED",
            signet_status::SIGNET_ERR_CHAIN_BROKEN => c"SIGNET_ERR_CHAIN_BROKEN",
            signet_status::SIGNET_ERR_CHAIN_DELEGATE_MISMATCH => {
                c"SIGNET_ERR_CHAIN_DELEGATE_MISMATCH"
            }
            signet_status::SIGNET_ERR_SCOPE_VIOLATION => c"SIGNET_ERR_SCOPE_VIOLATION",
            signet_status::SIGNET_ERR_CHAIN_HASH_MISMATCH => c"SIGNET_ERR_CHAIN_HASH_MISMATCH",
            signet_status::SIGNET_ERR_CHAIN_ROOT_MISMATCH => c"SIGNET_ERR_CHAIN_ROOT_MISMATCH",
            signet_status::SIGNET_ERR_LOG_TORN => c"SIGNET_ERR_LOG_TORN",
            signet_status::SIGNET_ERR_LOG_TAMPERED => c"SIGNET_ERR_LOG_TAMPERED",
            signet_status::SIGNET_ERR_LOG_TRUNCATED => c"SIGNET_ERR_LOG_TRUNCATED",
            signet_status::SIGNET_ERR_LOG_FORKED => c"SIGNET_ERR_LOG_FORKED",
            signet_status::SIGNET_ERR_LOG_UNVERIFIABLE => c"SIGNET_ERR_LOG_UNVERIFIABLE",
            signet_status::SIGNET_ERR_LOG_STALE => c"SIGNET_ERR_LOG_STALE",
            signet_status::SIGNET_ERR_SEALED_PARAMS_INVALID => c"SIGNET_ERR_SEALED_PARAMS_INVALID",
            signet_status::SIGNET_ERR_SEALED_PARAMS_ALTERED => c"SIGNET_ERR_SEALED_PARAMS_ALTERED",
            signet_status::SIGNET_ERR_BUNDLE_INVALID => c"SIGNET_ERR_BUNDLE_INVALID",
            signet_status::SIGNET_ERR_BUNDLE_TAMPERED => c"SIGNET_ERR_BUNDLE_TAMPERED",
            signet_status::SIGNET_ERR_BUNDLE_UNVERIFIABLE => c"SIGNET_ERR_BUNDLE_UNVERIFIABLE",
            signet_status::SIGNET_ERR_UNSIGNED => c"SIGNET_ERR_UNSIGNED",
            signet_status::SIGNET_ERR_REPLAYED => c"SIGNET_ERR_REPLAYED",
            signet_status::SIGNET_ERR_REPLAY_STORE_FULL => c"SIGNET_ERR_REPLAY_STORE_FULL",
            signet_status::SIGNET_ERR_REPLAY_STORE_FAILED => c"SIGNET_ERR_REPLAY_STORE_FAILED",
            signet_status::SIGNET_ERR_TOO_OLD => c"SIGNET_ERR_TOO_OLD",
            signet_status::SIGNET_ERR_FROM_FUTURE => c"SIGNET_ERR_FROM_FUTURE",
            signet_status::SIGNET_ERR_TARGET_MISMATCH => c"SIGNET_ERR_TARGET_MISMATCH",
            signet_status::SIGNET_ERR_TOOL_MISMATCH => c"SIGNET_ERR_TOOL_MISMATCH",
            signet_status::SIGNET_ERR_ARGUMENTS_MISMATCH => c"SIGNET_ERR_ARGUMENTS_MISMATCH",
            signet_status::SIGNET_ERR_ARGUMENTS_HIDDEN => c"SIGNET_ERR_ARGUMENTS_HIDDEN",
            signet_status::SIGNET_ERR_DELEGATION_REQUIRED => c"SIGNET_ERR_DELEGATION_REQUIRED",
            signet_status::SIGNET_ERR_DECISION_INVALID => c"SIGNET_ERR_DECISION_INVALID",
            signet_status::SIGNET_ERR_DECISION_MISMATCH => c"SIGNET_ERR_DECISION_MISMATCH",
            signet_status::SIGNET_ERR_DECISION_REQUIRED => c"SIGNET_ERR_DECISION_REQUIRED",
            signet_status::SIGNET_ERR_DECISION_USED_UP => c"SIGNET_ERR_DECISION_USED_UP",
            signet_status::SIGNET_ERR_REVOKED => c"SIGNET_ERR_REVOKED",
            signet_status::SIGNET_ERR_MESSAGE_INVALID => c"SIGNET_ERR_MESSAGE_INVALID",
            signet_status::SIGNET_ERR_ALREADY_SIGNED => c"SIGNET_ERR_ALREADY_SIGNED",
            signet_status::SIGNET_ERR_EVIDENCE_NOT_STORED => c"SIGNET_ERR_EVIDENCE_NOT_STORED",
        }
    }
}

impl From<ErrorKind> for signet_status {
    fn from(kind: ErrorKind) -> signet_status {
        match kind {
            ErrorKind::InvalidArgument => signet_status::SIGNET_ERR_INVALID_ARGUMENT,
            ErrorKind::BufferTooSmall => signet_status::SIGNET_ERR_BUFFER_TOO_SMALL,
            ErrorKind::Unsupported => signet_status::SIGNET_ERR_UNSUPPORTED,
            ErrorKind::Stopped => signet_status::SIGNET_ERR_STOPPED,
            ErrorKind::Reentered => signet_status::SIGNET_ERR_REENTERED,
            ErrorKind::Io => signet_status::SIGNET_ERR_IO,
            ErrorKind::Randomness => signet_status::SIGNET_ERR_RANDOMNESS,
            ErrorKind::TooLarge => signet_status::SIGNET_ERR_TOO_LARGE,
            ErrorKind::JsonSyntax => signet_status::SIGNET_ERR_JSON_SYNTAX,
            ErrorKind::JsonEncoding => signet_status::SIGNET_ERR_JSON_ENCODING,
            ErrorKind::JsonDuplicateMember => signet_status::SIGNET_ERR_JSON_DUPLICATE_MEMBER,
            ErrorKind::JsonLoneSurrogate => signet_status::SIGNET_ERR_JSON_LONE_SURROGATE,
            ErrorKind::JsonNumber => signet_status::SIGNET_ERR_JSON_NUMBER,
            ErrorKind::JsonTooDeep => signet_status::SIGNET_ERR_JSON_TOO_DEEP,
            ErrorKind::JsonInexactNumber => signet_status::SIGNET_ERR_JSON_INEXACT_NUMBER,
            ErrorKind::KeyInvalid => signet_status::SIGNET_ERR_KEY_INVALID,
            ErrorKind::KeyWeak => signet_status::SIGNET_ERR_KEY_WEAK,
            ErrorKind::KeyNotFound => signet_status::SIGNET_ERR_KEY_NOT_FOUND,
            ErrorKind::KeyExists => signet_status::SIGNET_ERR_KEY_EXISTS,
            ErrorKind::KeyNameInvalid => signet_status::SIGNET_ERR_KEY_NAME_INVALID,
            ErrorKind::WrongPassphrase => signet_status::SIGNET_ERR_WRONG_PASSPHRASE,
            ErrorKind::PassphraseRequired => signet_status::SIGNET_ERR_PASSPHRASE_REQUIRED,
            ErrorKind::KeyFileCorrupt => signet_status::SIGNET_ERR_KEY_FILE_CORRUPT,
            ErrorKind::KdfLimit => signet_status::SIGNET_ERR_KDF_LIMIT,
            ErrorKind::SignerFailed => signet_status::SIGNET_ERR_SIGNER_FAILED,
            ErrorKind::KeyExposed => signet_status::SIGNET_ERR_KEY_EXPOSED,
            ErrorKind::ReceiptInvalid => signet_status::SIGNET_ERR_RECEIPT_INVALID,
            ErrorKind::ReceiptVersion => signet_status::SIGNET_ERR_RECEIPT_VERSION,
            ErrorKind::UnknownMember => signet_status::SIGNET_ERR_UNKNOWN_MEMBER,
            ErrorKind::SignatureInvalid => signet_status::SIGNET_ERR_SIGNATURE_INVALID,
            ErrorKind::KeyMismatch => signet_status::SIGNET_ERR_KEY_MISMATCH,
            ErrorKind::IdMismatch => signet_status::SIGNET_ERR_ID_MISMATCH,
            ErrorKind::ParamsHashMismatch => signet_status::SIGNET_ERR_PARAMS_HASH_MISMATCH,
            ErrorKind::Expired => signet_status::SIGNET_ERR_EXPIRED,
            ErrorKind::TimestampInvalid => signet_status::SIGNET_ERR_TIMESTAMP_INVALID,
            ErrorKind::SignerUntrusted => signet_status::SIGNET_ERR_SIGNER_UNTRUSTED,
            ErrorKind::TimeOutOfWindow => signet_status::SIGNET_ERR_TIME_OUT_OF_WINDOW,
            ErrorKind::BindingMismatch => signet_status::SIGNET_ERR_BINDING_MISMATCH,
            ErrorKind::SameSigner => signet_status::SIGNET_ERR_SAME_SIGNER,
            ErrorKind::ContentHashMismatch => signet_status::SIGNET_ERR_CONTENT_HASH_MISMATCH,
            ErrorKind::ProofInvalid => signet_status::SIGNET_ERR_PROOF_INVALID,
            ErrorKind::NoteInvalid => signet_status::SIGNET_ERR_NOTE_INVALID,
            ErrorKind::NoteUnsigned => signet_status::SIGNET_ERR_NOTE_UNSIGNED,
            ErrorKind::TileInvalid => signet_status::SIGNET_ERR_TILE_INVALID,
            ErrorKind::RecordInvalid => signet_status::SIGNET_ERR_RECORD_INVALID,
            ErrorKind::RecordNotFound => signet_status::SIGNET_ERR_RECORD_NOT_FOUND,
            ErrorKind::LogBusy => signet_status::SIGNET_ERR_LOG_BUSY,
            ErrorKind::LogDamaged => signet_status::SIGNET_ERR_LOG_DAMAGED,
            ErrorKind::SyncFailed => signet_status::SIGNET_ERR_SYNC_FAILED,
            ErrorKind::LogClosed => signet_status::SIGNET_ERR_LOG_CLOSED,
            ErrorKind::NetworkFileSystem => signet_status::SIGNET_ERR_NETWORK_FILE_SYSTEM,
            ErrorKind::PolicyInvalid => signet_status::SIGNET_ERR_POLICY_INVALID,
            ErrorKind::PolicyDenied => signet_status::SIGNET_ERR_POLICY_DENIED,
            ErrorKind::ApprovalRequired => signet_status::SIGNET_ERR_APPROVAL_REQUIRED,
            ErrorKind::TrustBundleInvalid => signet_status::SIGNET_ERR_TRUST_BUNDLE_INVALID,
            ErrorKind::KeyDisabled => signet_status::SIGNET_ERR_KEY_DISABLED,
            ErrorKind::KeyRevoked => signet_status::SIGNET_ERR_KEY_REVOKED,
            ErrorKind::KeyExpired => signet_status::SIGNET_ERR_KEY_EXPIRED,
            ErrorKind::DelegationInvalid => signet_status::SIGNET_ERR_DELEGATION_INVALID,
            ErrorKind::PrincipalInvalid => signet_status::SIGNET_ERR_PRINCIPAL_INVALID,
            ErrorKind::DelegationExpired => signet_status::SIGNET_ERR_DELEGATION_EXPIRED,
            ErrorKind::DelegationNotYetValid => signet_status::SIGNET_ERR_DELEGATION_NOT_YET_VALID,
            ErrorKind::ScopeWidened => signet_status::SIGNET_ERR_SCOPE_WIDENED,
            ErrorKind::DelegationDepthExceeded => {
                signet_status::SIGNET_ERR_DELEGATION_DEPTH_EXCEEDED
            }
            ErrorKind::ChainEmpty => signet_status::SIGNET_ERR_CHAIN_EMPTY,
            ErrorKind::ChainTooLong => signet_status::SIGNET_ERR_CHAIN_TOO_LONG,
            ErrorKind::ChainRootUntrusted => signet_status::SIGNET_ERR_CHAIN_ROOT_UNTRUSTED,
            ErrorKind::ChainBroken => signet_status::SIGNET_ERR_CHAIN_BROKEN,
            ErrorKind::ChainDelegateMismatch => signet_status::SIGNET_ERR_CHAIN_DELEGATE_MISMATCH,
            ErrorKind::ScopeViolation => signet_status::SIGNET_ERR_SCOPE_VIOLATION,
            ErrorKind::ChainHashMismatch => signet_status::SIGNET_ERR_CHAIN_HASH_MISMATCH,
            ErrorKind::ChainRootMismatch => signet_status::SIGNET_ERR_CHAIN_ROOT_MISMATCH,
            ErrorKind::LogTorn => signet_status::SIGNET_ERR_LOG_TORN,
            ErrorKind::LogTampered => signet_status::SIGNET_ERR_LOG_TAMPERED,
            ErrorKind::LogTruncated => signet_status::SIGNET_ERR_LOG_TRUNCATED,
            ErrorKind::LogForked => signet_status::SIGNET_ERR_LOG_FORKED,
            ErrorKind::LogUnverifiable => signet_status::SIGNET_ERR_LOG_UNVERIFIABLE,
            ErrorKind::LogStale => signet_status::SIGNET_ERR_LOG_STALE,
            ErrorKind::SealedParamsInvalid => signet_status::SIGNET_ERR_SEALED_PARAMS_INVALID,
            ErrorKind::SealedParamsAltered => signet_status::SIGNET_ERR_SEALED_PARAMS_ALTERED,
            ErrorKind::BundleInvalid => signet_status::SIGNET_ERR_BUNDLE_INVALID,
            ErrorKind::BundleTampered => signet_status::SIGNET_ERR_BUNDLE_TAMPERED,
            ErrorKind::BundleUnverifiable => signet_status::SIGNET_ERR_BUNDLE_UNVERIFIABLE,
            ErrorKind::Unsigned => signet_status::SIGNET_ERR_UNSIGNED,
            ErrorKind::Replayed => signet_status::SIGNET_ERR_REPLAYED,
            ErrorKind::ReplayStoreFull => signet_status::SIGNET_ERR_REPLAY_STORE_FULL,
            ErrorKind::ReplayStoreFailed => signet_status::SIGNET_ERR_REPLAY_STORE_FAILED,
            ErrorKind::TooOld => signet_status::SIGNET_ERR_TOO_OLD,
            ErrorKind::FromFuture => signet_status::SIGNET_ERR_FROM_FUTURE,
            ErrorKind::TargetMismatch => signet_status::SIGNET_ERR_TARGET_MISMATCH,
            ErrorKind::ToolMismatch => signet_status::SIGNET_ERR_TOOL_MISMATCH,
            ErrorKind::ArgumentsMismatch => signet_status::SIGNET_ERR_ARGUMENTS_MISMATCH,
            ErrorKind::ArgumentsHidden => signet_status::SIGNET_ERR_ARGUMENTS_HIDDEN,
            ErrorKind::DelegationRequired => signet_status::SIGNET_ERR_DELEGATION_REQUIRED,
            ErrorKind::DecisionInvalid => signet_status::SIGNET_ERR_DECISION_INVALID,
            ErrorKind::DecisionMismatch => signet_status::SIGNET_ERR_DECISION_MISMATCH,
            ErrorKind::DecisionRequired => signet_status::SIGNET_ERR_DECISION_REQUIRED,
            ErrorKind::DecisionUsedUp => signet_status::SIGNET_ERR_DECISION_USED_UP,
            ErrorKind::Revoked => signet_status::SIGNET_ERR_REVOKED,
            ErrorKind::MessageInvalid => signet_status::SIGNET_ERR_MESSAGE_INVALID,
            ErrorKind::AlreadySigned => signet_status::SIGNET_ERR_ALREADY_SIGNED,
            ErrorKind::EvidenceNotStored => signet_status::SIGNET_ERR_EVIDENCE_NOT_STORED,
        }
    }
}
