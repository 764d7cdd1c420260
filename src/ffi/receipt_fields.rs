//! What stands in a receipt, field by field.

use crate::crypto::ed25519::PUBLIC_KEY_LEN;
use crate::error::{Error, ErrorKind};
use crate::ffi::boundary::{quietly, run};
use crate::ffi::error::signet_error;
use crate::ffi::handle::Handle;
use crate::ffi::memory;
use crate::ffi::receipt::{ReceiptCore, signet_receipt};
use crate::ffi::status::signet_status;
use crate::receipt::Field;

/// "id": "rec_" and 32 hex digits derived from the signature.
pub const SIGNET_FIELD_ID: i32 = 1;
/// "action.tool": the name of the tool that was called.
pub const SIGNET_FIELD_TOOL: i32 = 2;
/// "action.params_hash": "sha256:" and the hash of the canonical params.
pub const SIGNET_FIELD_PARAMS_HASH: i32 = 3;
/// "action.target": the server or resource that the call went to.
pub const SIGNET_FIELD_TARGET: i32 = 4;
/// "action.transport": how it went there, for example "stdio".
pub const SIGNET_FIELD_TRANSPORT: i32 = 5;
/// "action.session": the session that the call belongs to.
pub const SIGNET_FIELD_SESSION: i32 = 6;
/// "action.call_id": the call's id within its session.
pub const SIGNET_FIELD_CALL_ID: i32 = 7;
/// "action.response_hash": the hash of the response.
pub const SIGNET_FIELD_RESPONSE_HASH: i32 = 8;
/// "action.trace_id": the trace that the call belongs to.
pub const SIGNET_FIELD_TRACE_ID: i32 = 9;
/// "action.parent_receipt_id": the receipt of the call that caused this one.
pub const SIGNET_FIELD_PARENT_RECEIPT_ID: i32 = 10;
/// "signer.name": the name that the signer gives itself.
pub const SIGNET_FIELD_SIGNER_NAME: i32 = 11;
/// "signer.owner": whom the signer says it works for.
pub const SIGNET_FIELD_SIGNER_OWNER: i32 = 12;
/// "signer.pubkey": "ed25519:" and the base64 of the signer's public key.
pub const SIGNET_FIELD_SIGNER_PUBLIC_KEY: i32 = 13;
/// "ts": when it was signed, an RFC 3339 date-time.
pub const SIGNET_FIELD_TIME: i32 = 14;
/// "exp": when it expires, an RFC 3339 date-time.
pub const SIGNET_FIELD_EXPIRY: i32 = 15;
/// "nonce": "rnd_" and 32 hex digits.
pub const SIGNET_FIELD_NONCE: i32 = 16;
/// "sig": "ed25519:" and the base64 of the signature.
pub const SIGNET_FIELD_SIGNATURE: i32 = 17;
/// "ts_response": when the response came (version 2), or when the server signed
/// (version 3), an RFC 3339 date-time.
pub const SIGNET_FIELD_RESPONSE_TIME: i32 = 18;
/// "response.content_hash": "sha256:" and the hash of the canonical response.
pub const SIGNET_FIELD_CONTENT_HASH: i32 = 19;
/// "response.outcome.status": "verified", "rejected", "requires_approval",
/// "executed" or "failed".
pub const SIGNET_FIELD_OUTCOME_STATUS: i32 = 20;
/// "response.outcome.reason": why it was rejected or needs approval.
pub const SIGNET_FIELD_OUTCOME_REASON: i32 = 21;
/// "response.outcome.error": how it failed.
pub const SIGNET_FIELD_OUTCOME_ERROR: i32 = 22;
/// "server.name": the name that the co-signing server gives itself.
pub const SIGNET_FIELD_SERVER_NAME: i32 = 23;
/// "server.pubkey": "ed25519:" and the base64 of the server's public key.
pub const SIGNET_FIELD_SERVER_PUBLIC_KEY: i32 = 24;
/// "policy.decision": what the attested policy decided.
pub const SIGNET_FIELD_POLICY_DECISION: i32 = 25;
/// "authorization.chain_hash": "sha256:" and the hash of the delegations.
pub const SIGNET_FIELD_CHAIN_HASH: i32 = 26;
/// "authorization.root_pubkey": the key that the delegations start from.
pub const SIGNET_FIELD_ROOT_PUBLIC_KEY: i32 = 27;
/// "action.params" as they travel; no text. See signet_receipt_params().
pub const SIGNET_FIELD_PARAMS: i32 = 28;
/// "policy": the attestation of a policy's decision, an object; no text.
pub const SIGNET_FIELD_POLICY: i32 = 29;
/// "authz_decision": the decision of an authority, an object; no text.
pub const SIGNET_FIELD_AUTHORIZATION_DECISION: i32 = 30;
/// "authorization.chain": the delegations, an array; no text.
pub const SIGNET_FIELD_CHAIN: i32 = 31;
/// "agent_receipt": the receipt that a server co-signed, an object; no text.
pub const SIGNET_FIELD_AGENT_RECEIPT: i32 = 32;
/// "extensions": what the server added, any value; no text. NO SIGNATURE COVERS
/// IT: anybody on the way may have written it.
pub const SIGNET_FIELD_UNSIGNED_EXTENSIONS: i32 = 33;

/// A field of a receipt as UTF-8 text, JSON escapes resolved. The text belongs
/// to the receipt, lives until it is freed, and may hold any character, U+0000
/// included.
///
/// @param receipt  the receipt; NULL gives NULL
/// @param field    a SIGNET_FIELD_… constant; another number gives NULL
/// @param[out] len_out  the length in bytes; may be NULL
/// @return the text, or NULL if the receipt has no such field
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_receipt_text(
    receipt: *const signet_receipt,
    field: i32,
    len_out: *mut usize,
) -> *const u8 {
    quietly(std::ptr::null(), || {
        // SAFETY: NULL or live, says the header.
        let receipt = unsafe { signet_receipt::borrow(receipt) };
        let text = receipt.and_then(|core| core.receipt.text(text_field_of(field)?));
        // SAFETY: NULL or writable, says the header.
        Some(unsafe { memory::view(text.map(str::as_bytes), len_out) })
    })
}

/// A field of a receipt as canonical JSON, whatever its type: texts come with
/// their quotes. The text belongs to the receipt and lives until it is freed.
///
/// In a receipt of version 3 the fields of action and signer are those of the
/// agent's receipt; "id", "nonce" and "sig" are the server's.
///
/// @param receipt  the receipt; NULL gives NULL
/// @param field    a SIGNET_FIELD_… constant; another number gives NULL
/// @param[out] len_out  the length in bytes; may be NULL
/// @return the JSON text, or NULL if the receipt has no such field
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_receipt_value(
    receipt: *const signet_receipt,
    field: i32,
    len_out: *mut usize,
) -> *const u8 {
    quietly(std::ptr::null(), || {
        // SAFETY: NULL or live, says the header.
        let receipt = unsafe { signet_receipt::borrow(receipt) };
        let value = receipt.and_then(|core| core.receipt.value(field_of(field)?));
        // SAFETY: NULL or writable, says the header.
        Some(unsafe { memory::view(value, len_out) })
    })
}

/// The params that were signed, as JSON text: "null" in a hash-only receipt.
///
/// Params with a number that a double would round travel as the text they were
/// given in, inside an object with the single member "$exact"; this is that
/// text, with every digit. The text belongs to the receipt and lives until it
/// is freed. NULL for NULL.
///
/// @param receipt  the receipt
/// @param[out] len_out  the length in bytes; may be NULL
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_receipt_params(
    receipt: *const signet_receipt,
    len_out: *mut usize,
) -> *const u8 {
    quietly(std::ptr::null(), || {
        // SAFETY: NULL or live, says the header.
        let receipt = unsafe { signet_receipt::borrow(receipt) };
        let params = receipt.map(|core| match &core.unwrapped_params {
            Some(text) => text.as_slice(),
            None => core.receipt.travelling_params(),
        });
        // SAFETY: NULL or writable, says the header.
        Some(unsafe { memory::view(params, len_out) })
    })
}

/// When the response came, as the agent says (version 2), or when the server
/// signed, as it says (version 3).
///
/// @param receipt  the receipt
/// @param[out] unix_ms_out  milliseconds since 1970-01-01T00:00:00Z
/// @param[out] error_out    details of a failure, or NULL if not wanted
/// @return SIGNET_OK, SIGNET_ERR_RECEIPT_VERSION (it speaks of no response),
///         SIGNET_ERR_TIMESTAMP_INVALID, SIGNET_ERR_NULL_ARGUMENT
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_receipt_response_time(
    receipt: *const signet_receipt,
    unix_ms_out: *mut i64,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let out = memory::out_value(unix_ms_out, "unix_ms_out")?;
            let receipt = memory::handle(receipt, "receipt")?;
            let time = receipt.receipt.response_time()?;
            *out = time.ok_or_else(no_response)?.unix_millis();
            Ok(())
        })
    }
}

/// Copies the public key that a receipt of version 3 names as its server's.
/// Until signet_receipt_verify() has said so, nothing proves that it is.
///
/// @param receipt  the receipt
/// @param[out] bytes_out  SIGNET_PUBLIC_KEY_LEN bytes of the caller
/// @param[out] error_out  details of a failure, or NULL if not wanted
/// @return SIGNET_OK, SIGNET_ERR_RECEIPT_VERSION (no server signed it),
///         SIGNET_ERR_RECEIPT_INVALID, SIGNET_ERR_NULL_ARGUMENT
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_receipt_server_key(
    receipt: *const signet_receipt,
    bytes_out: *mut u8,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let out = memory::out_array::<PUBLIC_KEY_LEN>(bytes_out, "bytes_out")?;
            let receipt = memory::handle(receipt, "receipt")?;
            *out = receipt.receipt.server_key_bytes()?;
            Ok(())
        })
    }
}

/// Takes the agent's receipt out of one of version 3, as it was signed.
///
/// @param receipt  the receipt
/// @param[out] agent_receipt_out  the receipt inside; owned by the caller
/// @param[out] error_out          details of a failure, or NULL if not wanted
/// @return SIGNET_OK, SIGNET_ERR_RECEIPT_VERSION (there is none inside),
///         SIGNET_ERR_NULL_ARGUMENT
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_receipt_agent_receipt(
    receipt: *const signet_receipt,
    agent_receipt_out: *mut *mut signet_receipt,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let out = memory::out(agent_receipt_out, "agent_receipt_out")?;
            let receipt = memory::handle(receipt, "receipt")?;
            let inside = receipt.receipt.co_signed()?.clone();
            *out = signet_receipt::into_raw(ReceiptCore::new(inside));
            Ok(())
        })
    }
}

fn no_response() -> Error {
    Error::new(
        ErrorKind::ReceiptVersion,
        "receipt",
        "only receipts of version 2 and 3 speak of a response",
    )
}

/// A value that is a text by its nature, not by what somebody put there.
fn text_field_of(field: i32) -> Option<Field> {
    field_of(field).filter(|field| Field::TEXTS.contains(field))
}

fn field_of(field: i32) -> Option<Field> {
    Some(match field {
        SIGNET_FIELD_ID => Field::Id,
        SIGNET_FIELD_TOOL => Field::Tool,
        SIGNET_FIELD_PARAMS_HASH => Field::ParamsHash,
        SIGNET_FIELD_TARGET => Field::Target,
        SIGNET_FIELD_TRANSPORT => Field::Transport,
        SIGNET_FIELD_SESSION => Field::Session,
        SIGNET_FIELD_CALL_ID => Field::CallId,
        SIGNET_FIELD_RESPONSE_HASH => Field::ResponseHash,
        SIGNET_FIELD_TRACE_ID => Field::TraceId,
        SIGNET_FIELD_PARENT_RECEIPT_ID => Field::ParentReceiptId,
        SIGNET_FIELD_SIGNER_NAME => Field::SignerName,
        SIGNET_FIELD_SIGNER_OWNER => Field::SignerOwner,
        SIGNET_FIELD_SIGNER_PUBLIC_KEY => Field::SignerPublicKey,
        SIGNET_FIELD_TIME => Field::Time,
        SIGNET_FIELD_EXPIRY => Field::Expiry,
        SIGNET_FIELD_NONCE => Field::Nonce,
        SIGNET_FIELD_SIGNATURE => Field::Signature,
        SIGNET_FIELD_RESPONSE_TIME => Field::TimeResponse,
        SIGNET_FIELD_CONTENT_HASH => Field::ContentHash,
        SIGNET_FIELD_OUTCOME_STATUS => Field::OutcomeStatus,
        SIGNET_FIELD_OUTCOME_REASON => Field::OutcomeReason,
        SIGNET_FIELD_OUTCOME_ERROR => Field::OutcomeError,
        SIGNET_FIELD_SERVER_NAME => Field::ServerName,
        SIGNET_FIELD_SERVER_PUBLIC_KEY => Field::ServerPublicKey,
        SIGNET_FIELD_POLICY_DECISION => Field::PolicyDecision,
        SIGNET_FIELD_CHAIN_HASH => Field::ChainHash,
        SIGNET_FIELD_ROOT_PUBLIC_KEY => Field::RootPublicKey,
        SIGNET_FIELD_PARAMS => Field::Params,
        SIGNET_FIELD_POLICY => Field::Policy,
        SIGNET_FIELD_AUTHORIZATION_DECISION => Field::AuthorizationDecision,
        SIGNET_FIELD_CHAIN => Field::Chain,
        SIGNET_FIELD_AGENT_RECEIPT => Field::AgentReceipt,
        SIGNET_FIELD_UNSIGNED_EXTENSIONS => Field::Extensions,
        _ => return None,
    })
}
