//! Receipts: signed tool calls.

use crate::crypto::ed25519::{PUBLIC_KEY_LEN, SIGNATURE_LEN};
use crate::encoding::record::Reading;
use crate::ffi::boundary::{Failure, quietly, run, silently};
use crate::ffi::buffer::signet_buffer;
use crate::ffi::error::signet_error;
use crate::ffi::handle::Handle;
use crate::ffi::json::{SIGNET_PARSE_FORENSIC, signet_parse_options};
use crate::ffi::keypair::signet_keypair;
use crate::ffi::memory;
use crate::ffi::public_key::signet_public_key;
use crate::ffi::receipt_options::{
    read_sign_options, read_verify_options, signet_sign_options, signet_verify_options,
};
use crate::ffi::status::signet_status;
use crate::receipt::{Action, Field, Receipt, Signer, VerifyOptions, action_from_tools_call, sign};

/// A signed statement that a tool call was made. Having one says that its shape
/// is right; only signet_receipt_verify() says that its signature is.
/// Immutable; any thread may use it at any time. Owned by the caller.
pub struct signet_receipt {
    _private: [u8; 0],
}

/// A receipt, and the signed params where they are not a slice of it.
pub(super) struct ReceiptCore {
    receipt: Receipt,
    /// What a "$exact" wrapper holds.
    unwrapped_params: Option<Vec<u8>>,
}

impl ReceiptCore {
    fn new(receipt: Receipt) -> ReceiptCore {
        let unwrapped_params = match receipt.params() {
            std::borrow::Cow::Owned(text) => Some(text),
            std::borrow::Cow::Borrowed(_) => None,
        };
        ReceiptCore {
            receipt,
            unwrapped_params,
        }
    }
}

impl Handle for signet_receipt {
    type Core = ReceiptCore;
}

/// Makes the action of an MCP "tools/call" request (JSON-RPC 2.0), ready for
/// signet_receipt_sign(): the tool is params.name, the params are
/// params.arguments byte for byte, or {} when there are none, and "call_id" is
/// the request's id ("n:7", "s:abc").
///
/// @param request        the request; borrowed for the call
/// @param request_len    its length in bytes
/// @param target         where the call goes, for example "mcp://files"; borrowed
/// @param target_len     its length in bytes
/// @param transport      how it goes there, for example "stdio"; borrowed
/// @param transport_len  its length in bytes
/// @param options        limits, or NULL; no flags apply
/// @param[out] action_out  the action as JSON; owned by the caller
/// @param[out] error_out   details of a failure, or NULL if not wanted
/// @return SIGNET_OK; SIGNET_ERR_JSON_… or SIGNET_ERR_TOO_LARGE for the text;
///         SIGNET_ERR_INVALID_ARGUMENT if it is another message;
///         SIGNET_ERR_UNSUPPORTED, SIGNET_ERR_NULL_ARGUMENT
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_action_from_tools_call(
    request: *const u8,
    request_len: usize,
    target: *const u8,
    target_len: usize,
    transport: *const u8,
    transport_len: usize,
    options: *const signet_parse_options,
    action_out: *mut *mut signet_buffer,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let out = memory::out(action_out, "action_out")?;
            let request = memory::bytes(request, request_len, "request")?;
            let target = memory::text(target, target_len, "target")?;
            let transport = memory::text(transport, transport_len, "transport")?;
            let limits = signet_parse_options::read(options, 0)?.limits();
            let action = action_from_tools_call(request, target, transport, &limits)?;
            *out = signet_buffer::into_raw(action);
            Ok(())
        })
    }
}

/// Signs a tool call.
///
/// The action is a JSON object: "tool", and any of "params" (any JSON value),
/// "target", "transport" ("stdio" when absent), "session", "call_id",
/// "response_hash", "trace_id", "parent_receipt_id" (texts). To disclose only
/// the hash of the params, set SIGNET_SIGN_HASH_ONLY, or leave "params" out and
/// give "params_hash". Numbers that a double would round are kept whole; see
/// signet_receipt_params().
///
/// @param keypair      who signs
/// @param action       the action; borrowed for the call
/// @param action_len   its length in bytes
/// @param name         the signer's name, any text; borrowed for the call
/// @param name_len     its length in bytes
/// @param owner        whom the signer works for, any text or empty; borrowed
/// @param owner_len    its length in bytes
/// @param options      options, or NULL
/// @param[out] receipt_out  the receipt; owned by the caller
/// @param[out] error_out    details of a failure, or NULL if not wanted
/// @return SIGNET_OK; SIGNET_ERR_JSON_… or SIGNET_ERR_TOO_LARGE for the action's
///         text; SIGNET_ERR_RECEIPT_INVALID or SIGNET_ERR_UNKNOWN_MEMBER for its
///         members; SIGNET_ERR_TIMESTAMP_INVALID for the expiry;
///         SIGNET_ERR_SIGNER_FAILED, SIGNET_ERR_RANDOMNESS,
///         SIGNET_ERR_INVALID_ARGUMENT, SIGNET_ERR_UNSUPPORTED,
///         SIGNET_ERR_NULL_ARGUMENT
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_receipt_sign(
    keypair: *const signet_keypair,
    action: *const u8,
    action_len: usize,
    name: *const u8,
    name_len: usize,
    owner: *const u8,
    owner_len: usize,
    options: *const signet_sign_options,
    receipt_out: *mut *mut signet_receipt,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let out = memory::out(receipt_out, "receipt_out")?;
            let keypair = memory::handle(keypair, "keypair")?;
            let action = memory::bytes(action, action_len, "action")?;
            let signer = Signer {
                name: memory::text(name, name_len, "name")?,
                owner: memory::text(owner, owner_len, "owner")?,
            };
            let (reading, saying) = read_sign_options(options)?;
            let action = Action::parse(action, &reading)?;
            let receipt = sign(keypair, &action, &signer, &saying)?;
            *out = signet_receipt::into_raw(ReceiptCore::new(receipt));
            Ok(())
        })
    }
}

/// Reads a receipt from JSON text. Its shape is checked, its signature is not.
///
/// @param json       the text; borrowed for the call
/// @param json_len   its length in bytes
/// @param options    limits and SIGNET_PARSE_FORENSIC, or NULL
/// @param[out] receipt_out  the receipt; owned by the caller
/// @param[out] error_out    details of a failure, or NULL if not wanted
/// @return SIGNET_OK; SIGNET_ERR_JSON_… or SIGNET_ERR_TOO_LARGE for the text;
///         SIGNET_ERR_RECEIPT_INVALID, SIGNET_ERR_RECEIPT_VERSION or
///         SIGNET_ERR_UNKNOWN_MEMBER for its members; SIGNET_ERR_UNSUPPORTED,
///         SIGNET_ERR_INVALID_ARGUMENT, SIGNET_ERR_NULL_ARGUMENT
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_receipt_parse(
    json: *const u8,
    json_len: usize,
    options: *const signet_parse_options,
    receipt_out: *mut *mut signet_receipt,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let out = memory::out(receipt_out, "receipt_out")?;
            let json = memory::bytes(json, json_len, "json")?;
            let options = signet_parse_options::read(options, SIGNET_PARSE_FORENSIC)?;
            let reading = match options.flags & SIGNET_PARSE_FORENSIC {
                0 => Reading::Strict,
                _ => Reading::Forensic,
            };
            let receipt = Receipt::parse(json, reading, &options.limits())?;
            *out = signet_receipt::into_raw(ReceiptCore::new(receipt));
            Ok(())
        })
    }
}

/// Verifies a receipt. Anything but SIGNET_OK means: do not believe it.
///
/// The signature must verify strictly under the key that the receipt names, and
/// that key must be among the trusted ones; the id must derive from the
/// signature, the params hash from the params; the timestamps must be
/// timestamps, and the receipt must not have expired. A receipt that was read
/// with SIGNET_PARSE_FORENSIC is held to its signature and expiry alone.
///
/// @param receipt      the receipt
/// @param trusted      the keys that may have signed it; borrowed for the call
/// @param trusted_len  how many there are
/// @param options      how to judge the expiry, or NULL
/// @param[out] error_out  details of a failure, or NULL if not wanted
/// @return SIGNET_OK, SIGNET_ERR_SIGNATURE_INVALID, SIGNET_ERR_KEY_MISMATCH (one
///         key was given and the receipt names another),
///         SIGNET_ERR_SIGNER_UNTRUSTED, SIGNET_ERR_ID_MISMATCH,
///         SIGNET_ERR_PARAMS_HASH_MISMATCH, SIGNET_ERR_EXPIRED,
///         SIGNET_ERR_TIMESTAMP_INVALID, SIGNET_ERR_RECEIPT_INVALID,
///         SIGNET_ERR_INVALID_ARGUMENT, SIGNET_ERR_UNSUPPORTED,
///         SIGNET_ERR_NULL_ARGUMENT
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_receipt_verify(
    receipt: *const signet_receipt,
    trusted: *const *const signet_public_key,
    trusted_len: usize,
    options: *const signet_verify_options,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let receipt = memory::handle(receipt, "receipt")?;
            let trusted = memory::handles(trusted, trusted_len, "trusted")?;
            let expiry = read_verify_options(options)?;
            let trusted: Vec<_> = trusted.into_iter().map(|key| &key.key).collect();
            receipt.receipt.verify(&VerifyOptions {
                trusted: &trusted,
                expiry,
            })?;
            Ok(())
        })
    }
}

/// The receipt as canonical JSON (RFC 8785): what to store and to send. The
/// text belongs to the receipt and lives until it is freed. NULL for NULL.
///
/// @param receipt  the receipt
/// @param[out] len_out  the length in bytes; may be NULL
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_receipt_json(
    receipt: *const signet_receipt,
    len_out: *mut usize,
) -> *const u8 {
    quietly(std::ptr::null(), || {
        // SAFETY: NULL or live, says the header.
        let receipt = unsafe { signet_receipt::borrow(receipt) };
        let json = receipt.map(|core| core.receipt.json());
        // SAFETY: NULL or writable, says the header.
        Some(unsafe { memory::view(json, len_out) })
    })
}

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
        let text = receipt.and_then(|core| core.receipt.text(text_field(field)?));
        // SAFETY: NULL or writable, says the header.
        Some(unsafe { memory::view(text.map(str::as_bytes), len_out) })
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

/// The version of the receipt's format; 0 for NULL.
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_receipt_version(receipt: *const signet_receipt) -> u32 {
    quietly(0, || {
        // SAFETY: NULL or live, says the header.
        let core = unsafe { signet_receipt::borrow(receipt) }?;
        Some(u32::from(core.receipt.version()))
    })
}

/// When the receipt says it was signed.
///
/// @param receipt  the receipt
/// @param[out] unix_ms_out  milliseconds since 1970-01-01T00:00:00Z
/// @param[out] error_out    details of a failure, or NULL if not wanted
/// @return SIGNET_OK, SIGNET_ERR_TIMESTAMP_INVALID, SIGNET_ERR_NULL_ARGUMENT
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_receipt_time(
    receipt: *const signet_receipt,
    unix_ms_out: *mut i64,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let out = unix_ms_out.as_mut().ok_or(Failure::Null("unix_ms_out"))?;
            let receipt = memory::handle(receipt, "receipt")?;
            *out = receipt.receipt.time()?.unix_millis();
            Ok(())
        })
    }
}

/// Copies the public key that the receipt names as its signer's. Until
/// signet_receipt_verify() has said so, nothing proves that it is.
///
/// @param receipt  the receipt
/// @param[out] bytes_out  SIGNET_PUBLIC_KEY_LEN bytes of the caller
/// @param[out] error_out  details of a failure, or NULL if not wanted
/// @return SIGNET_OK, SIGNET_ERR_RECEIPT_INVALID, SIGNET_ERR_NULL_ARGUMENT
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_receipt_signer_key(
    receipt: *const signet_receipt,
    bytes_out: *mut u8,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let out = memory::out_array::<PUBLIC_KEY_LEN>(bytes_out, "bytes_out")?;
            let receipt = memory::handle(receipt, "receipt")?;
            *out = receipt.receipt.signer_key_bytes()?;
            Ok(())
        })
    }
}

/// Copies the signature of a receipt.
///
/// @param receipt  the receipt
/// @param[out] signature_out  SIGNET_SIGNATURE_LEN bytes of the caller
/// @param[out] error_out      details of a failure, or NULL if not wanted
/// @return SIGNET_OK, SIGNET_ERR_RECEIPT_INVALID, SIGNET_ERR_NULL_ARGUMENT
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_receipt_signature(
    receipt: *const signet_receipt,
    signature_out: *mut u8,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let out = memory::out_array::<SIGNATURE_LEN>(signature_out, "signature_out")?;
            let receipt = memory::handle(receipt, "receipt")?;
            *out = receipt.receipt.signature()?;
            Ok(())
        })
    }
}

/// Releases a receipt. NULL is ignored.
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_receipt_free(receipt: *mut signet_receipt) {
    // SAFETY: NULL or live and not used afterwards, says the header.
    silently(|| unsafe { signet_receipt::release(receipt) });
}

fn text_field(field: i32) -> Option<Field> {
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
        _ => return None,
    })
}
