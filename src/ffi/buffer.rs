//! Results of unknown size.

use zeroize::Zeroizing;

use crate::ffi::boundary::{quietly, silently};
use crate::ffi::handle::Handle;
use crate::ffi::memory;

/// Bytes that a function made. Immutable; any thread may read it at any time.
/// Owned by the caller.
pub struct signet_buffer {
    _private: [u8; 0],
}

impl Handle for signet_buffer {
    type Core = Vec<u8>;
}

/// The bytes, which belong to the buffer and live until it is freed. NULL for
/// NULL. Never terminated.
///
/// @param buffer   the buffer
/// @param[out] len_out  the length in bytes; may be NULL
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_buffer_data(
    buffer: *const signet_buffer,
    len_out: *mut usize,
) -> *const u8 {
    quietly(std::ptr::null(), || {
        // SAFETY: NULL or live, says the header.
        let buffer = unsafe { signet_buffer::borrow(buffer) };
        // SAFETY: NULL or writable, says the header.
        Some(unsafe { memory::view(buffer.map(Vec::as_slice), len_out) })
    })
}

/// The length in bytes. 0 for NULL.
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_buffer_len(buffer: *const signet_buffer) -> usize {
    // SAFETY: NULL or live, says the header.
    quietly(0, || Some(unsafe { signet_buffer::borrow(buffer) }?.len()))
}

/// Releases a buffer and wipes its bytes, which may have been a secret. NULL is
/// ignored.
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_buffer_free(buffer: *mut signet_buffer) {
    // SAFETY: NULL or live and not used afterwards, says the header.
    silently(|| drop(unsafe { signet_buffer::take(buffer) }.map(Zeroizing::new)));
}
