//! Params that only their owner, and who got the key, can read in the log.

use crate::ffi::boundary::{quietly, run, silently};
use crate::ffi::buffer::signet_buffer;
use crate::ffi::error::signet_error;
use crate::ffi::handle::Handle;
use crate::ffi::keypair::signet_keypair;
use crate::ffi::memory;
use crate::ffi::public_key::signet_public_key;
use crate::ffi::status::signet_status;
use crate::log::{PARAMS_KEY_LEN, ParamsKey};

/// The key that encrypts one signer's params in the log, and opens them again. It
/// derives from the signing key and cannot sign, so it can be lent to an auditor.
///
/// Who has it can read the params of every record of that signer and verify these
/// records like any others. It makes no receipt: params that are changed or put
/// under another record no longer fit the signature.
///
/// What it does not hide: the tool, the target, the time and "params_hash", which
/// is an unsalted hash. Params that can be guessed, such as a PIN, can be
/// confirmed by anybody who sees the log; a random member beside the secret one
/// in the params prevents that. Whoever holds the signing key can read, now and
/// later: there is no key for each record.
///
/// Immutable; any thread may use it at any time. Owned by the caller.
pub struct signet_params_key {
    _private: [u8; 0],
}

impl Handle for signet_params_key {
    type Core = ParamsKey;
}

/// The length of a params key in bytes.
pub const SIGNET_PARAMS_KEY_LEN: usize = 32;
const _: () = assert!(SIGNET_PARAMS_KEY_LEN == PARAMS_KEY_LEN);

/// SIGNET_PARAMS_KEY_LEN, for languages without a preprocessor.
///
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn signet_params_key_len() -> usize {
    quietly(0, || Some(SIGNET_PARAMS_KEY_LEN))
}

/// Derives the params key of a signer (HKDF-SHA-256 of the seed). The signing key
/// is not needed again.
///
/// @param keypair  the signer's key pair
/// @param[out] params_key_out  the params key; owned by the caller
/// @param[out] error_out       details of a failure, or NULL if not wanted
/// @return SIGNET_OK, SIGNET_ERR_UNSUPPORTED if the secret is with a signer
///         callback, SIGNET_ERR_NULL_ARGUMENT
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_params_key_derive(
    keypair: *const signet_keypair,
    params_key_out: *mut *mut signet_params_key,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let out = memory::out(params_key_out, "params_key_out")?;
            let keypair = memory::handle(keypair, "keypair")?;
            *out = signet_params_key::into_raw(ParamsKey::of(keypair)?);
            Ok(())
        })
    }
}

/// Makes a params key of the bytes that its owner has lent.
///
/// @param signer      the public key of the signer whose params it opens
/// @param params_key  SIGNET_PARAMS_KEY_LEN bytes; borrowed for the call
/// @param[out] params_key_out  the params key; owned by the caller
/// @param[out] error_out       details of a failure, or NULL if not wanted
/// @return SIGNET_OK, SIGNET_ERR_NULL_ARGUMENT
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_params_key_from_bytes(
    signer: *const signet_public_key,
    params_key: *const u8,
    params_key_out: *mut *mut signet_params_key,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let out = memory::out(params_key_out, "params_key_out")?;
            let signer = memory::handle(signer, "signer")?;
            let bytes = memory::array::<PARAMS_KEY_LEN>(params_key, "params_key")?;
            *out = signet_params_key::into_raw(ParamsKey::from_bytes(&signer.key, bytes));
            Ok(())
        })
    }
}

/// Copies the secret bytes of a params key, to lend them to somebody who may
/// read. Whoever calls this answers for wiping the copy.
///
/// @param params_key  the params key
/// @param[out] bytes_out  SIGNET_PARAMS_KEY_LEN bytes of the caller
/// @param[out] error_out  details of a failure, or NULL if not wanted
/// @return SIGNET_OK, SIGNET_ERR_NULL_ARGUMENT
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_params_key_export(
    params_key: *const signet_params_key,
    bytes_out: *mut u8,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let out = memory::out_array::<PARAMS_KEY_LEN>(bytes_out, "bytes_out")?;
            *out = *memory::handle(params_key, "params_key")?.bytes();
            Ok(())
        })
    }
}

/// Encrypts the params of a receipt of version 1, 2 or 4: the record to append
/// with signet_log_append() instead of the receipt. Id, signature and
/// "params_hash" stay those of the receipt. The receipt is not verified.
///
/// @param params_key   the params key of the receipt's signer
/// @param receipt      the receipt's JSON text; borrowed for the call
/// @param receipt_len  its length in bytes
/// @param[out] record_out  the record's JSON text; owned by the caller
/// @param[out] error_out   details of a failure, or NULL if not wanted
/// @return SIGNET_OK, SIGNET_ERR_KEY_MISMATCH if another key signed the receipt,
///         SIGNET_ERR_SEALED_PARAMS_INVALID if it has no params in clear at its
///         top level (version 3), SIGNET_ERR_RECORD_INVALID, SIGNET_ERR_JSON_…,
///         SIGNET_ERR_TOO_LARGE, SIGNET_ERR_NULL_ARGUMENT
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_params_key_seal(
    params_key: *const signet_params_key,
    receipt: *const u8,
    receipt_len: usize,
    record_out: *mut *mut signet_buffer,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let out = memory::out(record_out, "record_out")?;
            let key = memory::handle(params_key, "params_key")?;
            let receipt = memory::bytes(receipt, receipt_len, "receipt")?;
            *out = signet_buffer::into_raw(key.seal_json(receipt)?.json().to_vec());
            Ok(())
        })
    }
}

/// Opens a record of the log and rebuilds its receipt, byte for byte the one that
/// was sealed. Opening does not verify it: see signet_receipt_parse() and
/// signet_receipt_verify().
///
/// @param params_key  the params key of the record's signer
/// @param record      the record's JSON text (signet_log_record_receipt());
///                    borrowed for the call
/// @param record_len  its length in bytes
/// @param[out] receipt_out  the receipt's JSON text; owned by the caller
/// @param[out] error_out    details of a failure, or NULL if not wanted
/// @return SIGNET_OK, SIGNET_ERR_KEY_MISMATCH if the params are another signer's,
///         SIGNET_ERR_SEALED_PARAMS_ALTERED if they, or the id, the signer or the
///         time, are not what was sealed, SIGNET_ERR_SEALED_PARAMS_INVALID if the
///         record has the wrong form, SIGNET_ERR_UNSUPPORTED, SIGNET_ERR_JSON_…,
///         SIGNET_ERR_NULL_ARGUMENT
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_params_key_open(
    params_key: *const signet_params_key,
    record: *const u8,
    record_len: usize,
    receipt_out: *mut *mut signet_buffer,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let out = memory::out(receipt_out, "receipt_out")?;
            let key = memory::handle(params_key, "params_key")?;
            let record = memory::bytes(record, record_len, "record")?;
            let mut receipt = key.open_json(record)?;
            // The buffer wipes it from here on.
            *out = signet_buffer::into_raw(std::mem::take(&mut *receipt));
            Ok(())
        })
    }
}

/// Releases a params key and wipes it. NULL is ignored.
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_params_key_free(params_key: *mut signet_params_key) {
    // SAFETY: NULL or live and not used afterwards, says the header.
    silently(|| unsafe { signet_params_key::release(params_key) });
}
