//! Receipts: signed tool calls.

use crate::crypto::ed25519::{PUBLIC_KEY_LEN, SIGNATURE_LEN};
use crate::ffi::boundary::{Failure, quietly, run, silently};
use crate::ffi::buffer::signet_buffer;
use crate::ffi::error::signet_error;
use crate::ffi::handle::Handle;
use crate::ffi::json::{SIGNET_PARSE_FORENSIC, signet_parse_options};
use crate::ffi::keypair::signet_keypair;
use crate::ffi::memory;
use crate::ffi::receipt_options::{read_sign_options, signet_sign_options};
use crate::ffi::status::signet_status;
use crate::receipt::{Action, Receipt, Signer, action_from_tools_call, sign};

/// A signed statement that a tool call was made. Version 1 is the agent's own;
/// version 2 adds the hash of the response; version 3 is a receipt that a server
/// co-signed; version 4 rests on delegations. Having one says that its shape is
/// right; only signet_receipt_verify() says that its signatures are. Immutable;
/// any thread may use it at any time. Owned by the caller.
pub struct signet_receipt {
    _private: [u8; 0],
}

/// A receipt, and the signed params where they are not a slice of it.
pub(super) struct ReceiptCore {
    pub(super) receipt: Receipt,
    /// What a "$exact" wrapper holds.
    pub(super) unwrapped_params: Option<Vec<u8>>,
}

impl ReceiptCore {
    pub(super) fn new(receipt: Receipt) -> ReceiptCore {
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

/// Signs a tool call: a receipt of version 1.
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
            let receipt = Receipt::parse(json, options.reading(), &options.limits())?;
            *out = signet_receipt::into_raw(ReceiptCore::new(receipt));
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

/// When the receipt says it was signed: in version 2 when the request went out,
/// in version 3 when the agent signed. See signet_receipt_response_time().
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
