//! Records of the audit log, as they stand in it.

use crate::crypto::digest::SHA256_LEN;
use crate::ffi::boundary::{quietly, run, silently};
use crate::ffi::error::signet_error;
use crate::ffi::handle::Handle;
use crate::ffi::memory;
use crate::ffi::status::signet_status;
use crate::log::StoredRecord;

/// A record of the audit log: a receipt, and its place in the hash chain.
/// Reading it says nothing about its signature: see signet_receipt_parse() and
/// signet_receipt_verify(), or signet_log_verify() for all. Immutable; any
/// thread may use it at any time. Owned by the caller, unless it is shown to a
/// callback.
pub struct signet_log_record {
    _private: [u8; 0],
}

impl Handle for signet_log_record {
    type Core = StoredRecord;
}

/// The receipt (or other record) in canonical JSON. The text belongs to the
/// record and lives until it is freed. NULL for NULL.
///
/// @param record  the record
/// @param[out] len_out  the length in bytes; may be NULL
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_log_record_receipt(
    record: *const signet_log_record,
    len_out: *mut usize,
) -> *const u8 {
    quietly(std::ptr::null(), || {
        // SAFETY: NULL or live, says the header.
        let record = unsafe { signet_log_record::borrow(record) };
        let receipt = record.map(|record| record.receipt.as_slice());
        // SAFETY: NULL or writable, says the header.
        Some(unsafe { memory::view(receipt, len_out) })
    })
}

/// The line as it stands in the log, without its line feed. The text belongs to
/// the record and lives until it is freed. NULL for NULL.
///
/// @param record  the record
/// @param[out] len_out  the length in bytes; may be NULL
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_log_record_line(
    record: *const signet_log_record,
    len_out: *mut usize,
) -> *const u8 {
    quietly(std::ptr::null(), || {
        // SAFETY: NULL or live, says the header.
        let record = unsafe { signet_log_record::borrow(record) };
        let line = record.map(|record| record.line.as_slice());
        // SAFETY: NULL or writable, says the header.
        Some(unsafe { memory::view(line, len_out) })
    })
}

/// The name of the file that holds the record, relative to the audit folder. The
/// text belongs to the record and lives until it is freed. NULL for NULL.
///
/// @param record  the record
/// @param[out] len_out  the length in bytes; may be NULL
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_log_record_file(
    record: *const signet_log_record,
    len_out: *mut usize,
) -> *const u8 {
    quietly(std::ptr::null(), || {
        // SAFETY: NULL or live, says the header.
        let record = unsafe { signet_log_record::borrow(record) };
        let file = record.map(|record| record.segment.as_bytes());
        // SAFETY: NULL or writable, says the header.
        Some(unsafe { memory::view(file, len_out) })
    })
}

/// The number of the record in the log, from 0. SIGNET_NO_POSITION for NULL.
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_log_record_index(record: *const signet_log_record) -> u64 {
    quietly(u64::MAX, || {
        // SAFETY: NULL or live, says the header.
        unsafe { signet_log_record::borrow(record) }.map(|record| record.index)
    })
}

/// Copies the hash of the record, which seals it and everything before it.
///
/// @param record  the record
/// @param[out] hash_out   SIGNET_HASH_LEN bytes of the caller
/// @param[out] error_out  details of a failure, or NULL if not wanted
/// @return SIGNET_OK, SIGNET_ERR_NULL_ARGUMENT
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_log_record_hash(
    record: *const signet_log_record,
    hash_out: *mut u8,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let out = memory::out_array::<SHA256_LEN>(hash_out, "hash_out")?;
            *out = memory::handle(record, "record")?.record_hash;
            Ok(())
        })
    }
}

/// Releases a record. NULL is ignored. Not for records shown to a callback.
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_log_record_free(record: *mut signet_log_record) {
    // SAFETY: NULL or live and not used afterwards, says the header.
    silently(|| unsafe { signet_log_record::release(record) });
}
