//! Evidence bundles: records of the log in a folder that can be handed over.

use std::path::Path;

use crate::authority::Format;
use crate::encoding::rfc3339::Instant;
use crate::ffi::boundary::{Failure, run, silently};
use crate::ffi::buffer::signet_buffer;
use crate::ffi::error::signet_error;
use crate::ffi::handle::Handle;
use crate::ffi::keypair::signet_keypair;
use crate::ffi::log::signet_log;
use crate::ffi::memory;
use crate::ffi::options::{self, Options};
use crate::ffi::params_key::signet_params_key;
use crate::ffi::public_key::signet_public_key;
use crate::ffi::status::signet_status;
use crate::ffi::trust_bundle::signet_trust_bundle;
use crate::identity::KeyPair;
use crate::log::{BundleOptions, BundleTrust, QueryText, verify_bundle};

/// State that the bundle is made at now_unix_ms instead of the system clock's time.
pub const SIGNET_BUNDLE_AT: u32 = 1;

/// What a bundle says and holds besides the records. Initialise with
/// SIGNET_BUNDLE_OPTIONS_INIT or signet_bundle_options_init(); NULL means all
/// defaults.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct signet_bundle_options {
    /// sizeof(signet_bundle_options).
    pub struct_size: u32,
    /// SIGNET_BUNDLE_AT or 0.
    pub flags: u32,
    /// With SIGNET_BUNDLE_AT: milliseconds since 1970-01-01T00:00:00Z.
    pub now_unix_ms: i64,
    /// The host that the bundle is made on, UTF-8; borrowed for the call. NULL with
    /// length 0: "unknown".
    pub host: *const u8,
    /// The length of host in bytes.
    pub host_len: usize,
    /// A trust bundle to put in, or NULL. Borrowed for the call.
    pub bundle: *const signet_trust_bundle,
}

// SAFETY: repr(C), starts with u32; integers and pointers, no padding.
unsafe impl Options for signet_bundle_options {}

/// What to hold a bundle to besides its exporter. Initialise with
/// SIGNET_BUNDLE_VERIFY_OPTIONS_INIT or signet_bundle_verify_options_init(); NULL
/// means all defaults: the keys that came with the bundle, if a trusted exporter
/// signed them.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct signet_bundle_verify_options {
    /// sizeof(signet_bundle_verify_options).
    pub struct_size: u32,
    /// Must be 0.
    pub flags: u32,
    /// The trust bundle that records are held to instead of the one that came with
    /// them, or NULL. Borrowed for the call.
    pub bundle: *const signet_trust_bundle,
    /// The keys that open encrypted params; borrowed for the call.
    pub params_keys: *const *const signet_params_key,
    /// How many there are.
    pub params_keys_len: usize,
}

// SAFETY: repr(C), starts with u32; integers and pointers, no padding.
unsafe impl Options for signet_bundle_verify_options {}

/// Fills in the defaults. NULL is ignored.
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_bundle_options_init(options_out: *mut signet_bundle_options) {
    // SAFETY: NULL or writable, says the header.
    silently(|| unsafe { options::init(options_out) });
}

/// Fills in the defaults. NULL is ignored.
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_bundle_verify_options_init(
    options_out: *mut signet_bundle_verify_options,
) {
    // SAFETY: NULL or writable, says the header.
    silently(|| unsafe { options::init(options_out) });
}

/// Writes the records that a query matches, oldest first, into a new folder as an
/// evidence bundle: "records.jsonl", a "manifest.json" signed by the exporter,
/// "hash-summary.txt" for people and, on request, "trust-bundle.json". The folder
/// (mode 0700) is there whole or not at all. Verify it with
/// signet_bundle_verify(); a bundle without gaps, denied calls and encrypted params
/// is also one for the published Signet.
///
/// @param log         the log
/// @param query       as for signet_log_query(); empty text means every record
/// @param query_len   its length in bytes
/// @param folder      the path of the bundle, new or empty, UTF-8; borrowed
/// @param folder_len  its length in bytes
/// @param exporter    signs the manifest; whoever verifies has to know its key
/// @param name        the name that the exporter gives itself, UTF-8; borrowed
/// @param name_len    its length in bytes
/// @param options     options, or NULL
/// @param[out] manifest_out  what was signed, a JSON text; owned by the caller
/// @param[out] error_out     details of a failure, or NULL if not wanted
/// @return SIGNET_OK, SIGNET_ERR_RECORD_NOT_FOUND if no record matches,
///         SIGNET_ERR_LOG_TAMPERED if a record does not have the hash that it
///         states, SIGNET_ERR_INVALID_ARGUMENT, SIGNET_ERR_SIGNER_FAILED,
///         SIGNET_ERR_IO, SIGNET_ERR_LOG_CLOSED, SIGNET_ERR_UNSUPPORTED,
///         SIGNET_ERR_NULL_ARGUMENT; for the query as signet_log_query()
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_log_write_bundle(
    log: *const signet_log,
    query: *const u8,
    query_len: usize,
    folder: *const u8,
    folder_len: usize,
    exporter: *const signet_keypair,
    name: *const u8,
    name_len: usize,
    options: *const signet_bundle_options,
    manifest_out: *mut *mut signet_buffer,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let out = memory::out(manifest_out, "manifest_out")?;
            let log = memory::handle(log, "log")?;
            let query = QueryText::parse(memory::bytes(query, query_len, "query")?)?;
            let folder = memory::text(folder, folder_len, "folder")?;
            let exporter = memory::handle(exporter, "exporter")?;
            let name = memory::text(name, name_len, "name")?;
            let options = read_options(options, exporter, name)?;
            let manifest = log.write_bundle(Path::new(folder), &query.query(), &options)?;
            *out = signet_buffer::into_raw(manifest.to_json());
            Ok(())
        })
    }
}

/// Verifies an evidence bundle: that it is what its exporter signed, and that each
/// record is what its agent signed. Nothing is written, and no log is needed.
///
/// A bundle cannot vouch for itself: without a trusted exporter the best answer is
/// SIGNET_ERR_BUNDLE_UNVERIFIABLE, which is also what a bundle of the published
/// Signet gets, because nobody signs those. Keys count as of the time of the
/// record. The report is a JSON object with "verdict" ("OK", "UNVERIFIABLE" or
/// "TAMPERED"), "findings" (objects with "kind", "detail" and "line"),
/// "findings_count", "exporter" (the trusted one's key), "manifest", "records",
/// "gaps", "whole_log" (whether a trusted exporter states that it is all of the
/// log), "trust" ("given", "embedded" or "none": where the keys came from),
/// "signatures_valid", "signatures_failed", "unverifiable" and "unsigned".
///
/// @param folder         the path of the bundle, UTF-8; borrowed for the call
/// @param folder_len     its length in bytes
/// @param exporters      the keys that may sign a manifest; borrowed
/// @param exporters_len  how many there are
/// @param options        options, or NULL
/// @param[out] report_out  the report, a JSON text; owned by the caller. Also made
///                         when the bundle is refused with one of the two
///                         verdicts below; NULL otherwise
/// @param[out] error_out   details of a failure, or NULL if not wanted
/// @return SIGNET_OK, SIGNET_ERR_BUNDLE_TAMPERED, SIGNET_ERR_BUNDLE_UNVERIFIABLE;
///         SIGNET_ERR_BUNDLE_INVALID if a file is missing or cannot be read,
///         SIGNET_ERR_IO,
///         SIGNET_ERR_INVALID_ARGUMENT, SIGNET_ERR_UNSUPPORTED,
///         SIGNET_ERR_NULL_ARGUMENT
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_bundle_verify(
    folder: *const u8,
    folder_len: usize,
    exporters: *const *const signet_public_key,
    exporters_len: usize,
    options: *const signet_bundle_verify_options,
    report_out: *mut *mut signet_buffer,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let out = memory::out(report_out, "report_out")?;
            let folder = memory::text(folder, folder_len, "folder")?;
            let exporters = memory::handles(exporters, exporters_len, "exporters")?;
            let exporters: Vec<_> = exporters.into_iter().map(|one| &one.key).collect();
            let given = options::read(options, "options")?;
            options::check_flags(given.flags, 0, "options")?;
            let params_keys =
                memory::handles(given.params_keys, given.params_keys_len, "params_keys")?;
            let bundle = signet_trust_bundle::borrow(given.bundle);
            let report = verify_bundle(
                Path::new(folder),
                &BundleTrust {
                    exporters: &exporters,
                    bundle: bundle.map(|core| &core.bundle),
                    params_keys: &params_keys,
                },
            )?;
            *out = signet_buffer::into_raw(report.to_json());
            Ok(report.outcome()?)
        })
    }
}

/// # Safety
///
/// As for [`options::read`]; the texts in it are readable for their lengths for
/// all of `'a`.
unsafe fn read_options<'a>(
    given: *const signet_bundle_options,
    exporter: &'a KeyPair,
    exporter_name: &'a str,
) -> Result<BundleOptions<'a>, Failure> {
    // SAFETY: the same contract.
    let given = unsafe { options::read(given, "options")? };
    options::check_flags(given.flags, SIGNET_BUNDLE_AT, "options")?;
    // SAFETY: the same contract.
    let (host, bundle) = unsafe {
        (
            memory::text(given.host, given.host_len, "host")?,
            signet_trust_bundle::borrow(given.bundle),
        )
    };
    Ok(BundleOptions {
        exporter: Some(exporter),
        exporter_name,
        generated_at: match given.flags & SIGNET_BUNDLE_AT {
            0 => Instant::now(),
            _ => Instant::from_unix_millis(given.now_unix_ms)?,
        },
        host: (!host.is_empty()).then_some(host),
        trust_bundle: bundle.map(|core| (core.json(), Format::Json)),
    })
}
