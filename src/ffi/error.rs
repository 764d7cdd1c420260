//! What went wrong, as an object of the call that went wrong.

use crate::error::Place;
use crate::ffi::boundary::{quietly, silently};
use crate::ffi::handle::Handle;
use crate::ffi::memory;
use crate::ffi::status::signet_status;

/// What went wrong in one call: a status, a message, and where. Immutable; any
/// thread may read it at any time. Owned by the caller.
pub struct signet_error {
    _private: [u8; 0],
}

pub(super) struct ErrorDetail {
    pub(super) status: signet_status,
    pub(super) message: String,
    pub(super) position: Option<u64>,
    pub(super) place: Option<Place>,
}

impl Handle for signet_error {
    type Core = ErrorDetail;
}

/// The status of the call that failed. SIGNET_OK for NULL.
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_error_status(error: *const signet_error) -> signet_status {
    quietly(signet_status::SIGNET_OK, || {
        // SAFETY: NULL or live, says the header.
        unsafe { signet_error::borrow(error) }.map(|error| error.status)
    })
}

/// What was wrong with which input: UTF-8, one line, lower case, no final
/// period, never a secret. The text belongs to the error and is not terminated.
///
/// @param error    the error; NULL gives NULL
/// @param[out] len_out  the length in bytes; may be NULL
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_error_message(
    error: *const signet_error,
    len_out: *mut usize,
) -> *const u8 {
    quietly(std::ptr::null(), || {
        // SAFETY: NULL or live, says the header.
        let error = unsafe { signet_error::borrow(error) };
        // SAFETY: NULL or writable, says the header.
        Some(unsafe { memory::view(error.map(|error| error.message.as_bytes()), len_out) })
    })
}

/// Where it went wrong: the byte offset in a text, or the index of a record or
/// of a link; SIGNET_NO_POSITION when there is no such place.
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_error_position(error: *const signet_error) -> u64 {
    quietly(SIGNET_NO_POSITION, || {
        // SAFETY: NULL or live, says the header.
        unsafe { signet_error::borrow(error) }?.position
    })
}

/// The answer of signet_error_position() when there is no position.
pub const SIGNET_NO_POSITION: u64 = u64::MAX;

/// The line of a document that people write (a policy, a trust bundle) where it
/// went wrong, from 1; 0 when there is no such line, and for NULL.
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_error_line(error: *const signet_error) -> u32 {
    quietly(0, || {
        // SAFETY: NULL or live, says the header.
        Some(unsafe { signet_error::borrow(error) }?.place?.line)
    })
}

/// The character within signet_error_line(), from 1; 0 when there is no such line,
/// and for NULL.
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_error_column(error: *const signet_error) -> u32 {
    quietly(0, || {
        // SAFETY: NULL or live, says the header.
        Some(unsafe { signet_error::borrow(error) }?.place?.column)
    })
}

/// Releases an error. NULL is ignored.
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_error_free(error: *mut signet_error) {
    // SAFETY: NULL or live and not used afterwards, says the header.
    silently(|| unsafe { signet_error::release(error) });
}
