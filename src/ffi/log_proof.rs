//! Proofs: checkpoints of the log, one-file evidence for a record, and their
//! verification offline. The formats are those of C2SP: signed notes,
//! tlog-checkpoint, tlog-proof.

use crate::crypto::digest::SHA256_LEN;
use crate::ffi::boundary::run;
use crate::ffi::buffer::signet_buffer;
use crate::ffi::error::signet_error;
use crate::ffi::handle::Handle;
use crate::ffi::log::signet_log;
use crate::ffi::memory;
use crate::ffi::status::signet_status;
use crate::log::evidence;

/// Signs the Merkle tree over all records as a checkpoint (c2sp.org/signed-note,
/// c2sp.org/tlog-checkpoint) and keeps it as the log's newest one. The log must
/// have been opened with a log key.
///
/// @param log  the log
/// @param[out] note_out   the note's text; owned by the caller
/// @param[out] error_out  details of a failure, or NULL if not wanted
/// @return SIGNET_OK, SIGNET_ERR_INVALID_ARGUMENT (no log key),
///         SIGNET_ERR_LOG_DAMAGED, SIGNET_ERR_SIGNER_FAILED, SIGNET_ERR_IO,
///         SIGNET_ERR_SYNC_FAILED, SIGNET_ERR_LOG_CLOSED,
///         SIGNET_ERR_NULL_ARGUMENT
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_log_checkpoint(
    log: *const signet_log,
    note_out: *mut *mut signet_buffer,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let out = memory::out(note_out, "note_out")?;
            let note = memory::handle(log, "log")?.checkpoint()?;
            *out = signet_buffer::into_raw(note.encode().into_bytes());
            Ok(())
        })
    }
}

/// The verifier key of the log's checkpoints and proofs
/// (c2sp.org/signed-note "vkey" text): what a verifier has to know and trust.
///
/// @param log  the log
/// @param[out] vkey_out   the text; owned by the caller
/// @param[out] error_out  details of a failure, or NULL if not wanted
/// @return SIGNET_OK, SIGNET_ERR_INVALID_ARGUMENT (no log key),
///         SIGNET_ERR_NULL_ARGUMENT
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_log_verifier_key(
    log: *const signet_log,
    vkey_out: *mut *mut signet_buffer,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let out = memory::out(vkey_out, "vkey_out")?;
            let key = memory::handle(log, "log")?.verifier_key()?;
            *out = signet_buffer::into_raw(key.to_string().into_bytes());
            Ok(())
        })
    }
}

/// Makes the proof that a record stands in the log: one file
/// (c2sp.org/tlog-proof@v1) with the path through the tree and a checkpoint,
/// which verifies offline with signet_proof_verify() and with other tools of that
/// format.
///
/// @param log    the log
/// @param index  the number of the record, from 0
/// @param[out] proof_out  the file's text; owned by the caller
/// @param[out] error_out  details of a failure, or NULL if not wanted
/// @return as signet_log_checkpoint(), and SIGNET_ERR_RECORD_NOT_FOUND
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_log_prove(
    log: *const signet_log,
    index: u64,
    proof_out: *mut *mut signet_buffer,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let out = memory::out(proof_out, "proof_out")?;
            let proof = memory::handle(log, "log")?.prove(index)?;
            *out = signet_buffer::into_raw(proof.encode().into_bytes());
            Ok(())
        })
    }
}

/// Makes the proof that the log as it was with `old_size` records is the
/// beginning of the log as it is: hashes in base64, one a line (RFC 6962 section
/// 2.1.2), to be checked with signet_consistency_verify().
///
/// @param log       the log
/// @param old_size  how many records it had then, at least 1
/// @param[out] proof_out  the lines; owned by the caller
/// @param[out] error_out  details of a failure, or NULL if not wanted
/// @return SIGNET_OK, SIGNET_ERR_PROOF_INVALID, SIGNET_ERR_INVALID_ARGUMENT,
///         SIGNET_ERR_IO, SIGNET_ERR_SYNC_FAILED, SIGNET_ERR_LOG_DAMAGED,
///         SIGNET_ERR_LOG_CLOSED, SIGNET_ERR_NULL_ARGUMENT
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_log_prove_consistency(
    log: *const signet_log,
    old_size: u64,
    proof_out: *mut *mut signet_buffer,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let out = memory::out(proof_out, "proof_out")?;
            let log = memory::handle(log, "log")?;
            let proof = log.prove_consistency(old_size)?;
            *out = signet_buffer::into_raw(evidence::consistency_text(&proof.path));
            Ok(())
        })
    }
}

/// Verifies a proof file offline: that the record with this hash stands in the
/// log whose verifier key this is. Nothing else is needed.
///
/// The hash is the record's "record_hash" (signet_log_entry, or
/// signet_record_hash() of the record's line).
///
/// @param proof        the file's text; borrowed for the call
/// @param proof_len    its length in bytes
/// @param record_hash  SIGNET_HASH_LEN bytes; borrowed for the call
/// @param vkey         the log's verifier key; borrowed for the call
/// @param vkey_len     its length in bytes
/// @param[out] index_out  the number of the record in the log
/// @param[out] size_out   how many records the checkpoint covers
/// @param[out] error_out  details of a failure, or NULL if not wanted
/// @return SIGNET_OK, SIGNET_ERR_PROOF_INVALID, SIGNET_ERR_NOTE_INVALID,
///         SIGNET_ERR_NOTE_UNSIGNED, SIGNET_ERR_KEY_INVALID, SIGNET_ERR_KEY_WEAK,
///         SIGNET_ERR_SIGNATURE_INVALID, SIGNET_ERR_INVALID_ARGUMENT,
///         SIGNET_ERR_TOO_LARGE, SIGNET_ERR_NULL_ARGUMENT
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_proof_verify(
    proof: *const u8,
    proof_len: usize,
    record_hash: *const u8,
    vkey: *const u8,
    vkey_len: usize,
    index_out: *mut u64,
    size_out: *mut u64,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let index = memory::out_value(index_out, "index_out")?;
            let size = memory::out_value(size_out, "size_out")?;
            let proof = memory::bytes(proof, proof_len, "proof")?;
            let record_hash = memory::array::<{ SHA256_LEN }>(record_hash, "record_hash")?;
            let vkey = memory::text(vkey, vkey_len, "vkey")?;
            let verified = evidence::verify_proof(proof, record_hash, vkey)?;
            (*index, *size) = (verified.index, verified.size);
            Ok(())
        })
    }
}

/// The hash of a record's line, computed from its receipt and its predecessor:
/// what a proof is about. The line's own "record_hash" must be the same.
///
/// @param line      the line, with or without its line feed; borrowed
/// @param line_len  its length in bytes
/// @param[out] hash_out   SIGNET_HASH_LEN bytes of the caller
/// @param[out] error_out  details of a failure, or NULL if not wanted
/// @return SIGNET_OK, SIGNET_ERR_RECORD_INVALID, SIGNET_ERR_LOG_TAMPERED if the
///         line states another hash, SIGNET_ERR_JSON_…, SIGNET_ERR_NULL_ARGUMENT
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_record_hash(
    line: *const u8,
    line_len: usize,
    hash_out: *mut u8,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let out = memory::out_array::<{ SHA256_LEN }>(hash_out, "hash_out")?;
            let line = memory::bytes(line, line_len, "line")?;
            *out = evidence::record_hash(line)?;
            Ok(())
        })
    }
}

/// Verifies that one checkpoint of a log continues another: nothing that the
/// older one covers was changed or removed.
///
/// @param old_note      the older checkpoint; borrowed for the call
/// @param old_note_len  its length in bytes
/// @param new_note      the newer checkpoint; borrowed for the call
/// @param new_note_len  its length in bytes
/// @param proof         the lines of signet_log_prove_consistency(); borrowed
/// @param proof_len     their length in bytes
/// @param vkey          the log's verifier key; borrowed for the call
/// @param vkey_len      its length in bytes
/// @param[out] error_out  details of a failure, or NULL if not wanted
/// @return as signet_proof_verify()
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_consistency_verify(
    old_note: *const u8,
    old_note_len: usize,
    new_note: *const u8,
    new_note_len: usize,
    proof: *const u8,
    proof_len: usize,
    vkey: *const u8,
    vkey_len: usize,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let old = memory::bytes(old_note, old_note_len, "old_note")?;
            let new = memory::bytes(new_note, new_note_len, "new_note")?;
            let proof = memory::bytes(proof, proof_len, "proof")?;
            let vkey = memory::text(vkey, vkey_len, "vkey")?;
            Ok(evidence::verify_consistency(old, new, proof, vkey)?)
        })
    }
}
