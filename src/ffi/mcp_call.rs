//! Calls that wait for their responses.

use crate::ffi::boundary::{quietly, run, silently};
use crate::ffi::error::signet_error;
use crate::ffi::handle::Handle;
use crate::ffi::memory;
use crate::ffi::receipt::{ReceiptCore, signet_receipt};
use crate::ffi::status::signet_status;
use crate::mcp::OpenCall;

/// A tool call that has been signed or verified and waits for its response, which
/// is held to its id and its receipt. One side keeps it from signing the call to
/// verifying the response, the other from verifying the call to signing the
/// response. Immutable; any thread may use it at any time. Owned by the caller.
pub struct signet_mcp_call {
    _private: [u8; 0],
}

impl Handle for signet_mcp_call {
    type Core = OpenCall;
}

/// The id of the request, byte for byte as it came: a JSON string, number or null.
/// The text belongs to the call and lives until it is freed.
///
/// @param call  the call; NULL gives NULL
/// @param[out] len_out  the length in bytes; may be NULL
/// @return the text, or NULL in a notification, which has no response, and in
///         params that were verified by themselves
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_mcp_call_id(
    call: *const signet_mcp_call,
    len_out: *mut usize,
) -> *const u8 {
    quietly(std::ptr::null(), || {
        // SAFETY: NULL or live, says the header.
        let call = unsafe { signet_mcp_call::borrow(call) };
        // SAFETY: NULL or writable, says the header.
        Some(unsafe { memory::view(call.and_then(OpenCall::id), len_out) })
    })
}

/// The receipt of the call.
///
/// @param call  the call
/// @param[out] receipt_out  the receipt; owned by the caller
/// @param[out] error_out    details of a failure, or NULL if not wanted
/// @return SIGNET_OK, SIGNET_ERR_NULL_ARGUMENT
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_mcp_call_receipt(
    call: *const signet_mcp_call,
    receipt_out: *mut *mut signet_receipt,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let out = memory::out(receipt_out, "receipt_out")?;
            let call = memory::handle(call, "call")?;
            *out = signet_receipt::into_raw(ReceiptCore::new(call.receipt().clone()));
            Ok(())
        })
    }
}

/// Releases a call. NULL is ignored.
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_mcp_call_free(call: *mut signet_mcp_call) {
    // SAFETY: NULL or live and not used afterwards, says the header.
    silently(|| unsafe { signet_mcp_call::release(call) });
}
