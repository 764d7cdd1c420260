//! Canonical JSON, for callers who hash or compare texts of their own.

use crate::crypto::digest;
use crate::encoding::exact;
use crate::encoding::jcs::{self, DEFAULT_MAX_DEPTH, DEFAULT_MAX_LEN, Limits};
use crate::encoding::record::Reading;
use crate::error::{Error, ErrorKind};
use crate::ffi::boundary::{Failure, quietly, run, silently};
use crate::ffi::buffer::signet_buffer;
use crate::ffi::error::signet_error;
use crate::ffi::handle::Handle;
use crate::ffi::memory;
use crate::ffi::options::{self, Options};
use crate::ffi::status::signet_status;
use crate::receipt::{content_hash, content_hash_of_text};

/// Read evidence as laxly as the published Signet does: unknown members are
/// dropped, the last of duplicate members counts, and ids and hashes are not
/// checked. For forensic work only.
pub const SIGNET_PARSE_FORENSIC: u32 = 1;

/// The length of a SHA-256 hash in bytes.
pub const SIGNET_HASH_LEN: usize = 32;
const _: () = assert!(SIGNET_HASH_LEN == digest::SHA256_LEN);

/// The length in bytes of the text of a hash: "sha256:" and 64 hex digits.
pub const SIGNET_HASH_TEXT_LEN: usize = 71;

/// The content is a JSON text.
pub const SIGNET_CONTENT_JSON: i32 = 0;
/// The content is a text, UTF-8, and stands for the JSON string of it.
pub const SIGNET_CONTENT_TEXT: i32 = 1;

/// How to read a text. Initialise with SIGNET_PARSE_OPTIONS_INIT or
/// signet_parse_options_init(); NULL means all defaults.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct signet_parse_options {
    /// sizeof(signet_parse_options).
    pub struct_size: u32,
    /// SIGNET_PARSE_… bits.
    pub flags: u32,
    /// The deepest nesting of arrays and objects; 0 means 127.
    pub max_depth: u32,
    /// Must be 0.
    pub reserved: u32,
    /// The largest text in bytes; 0 means 16 MiB.
    pub max_len: u64,
}

// SAFETY: repr(C), starts with u32, only integers.
unsafe impl Options for signet_parse_options {}

/// SIGNET_HASH_LEN, for languages without a preprocessor.
///
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn signet_hash_len() -> usize {
    quietly(0, || Some(SIGNET_HASH_LEN))
}

/// SIGNET_HASH_TEXT_LEN, for languages without a preprocessor.
///
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn signet_hash_text_len() -> usize {
    quietly(0, || Some(SIGNET_HASH_TEXT_LEN))
}

/// Fills in the defaults. NULL is ignored.
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_parse_options_init(options_out: *mut signet_parse_options) {
    // SAFETY: NULL or writable, says the header.
    silently(|| unsafe { options::init(options_out) });
}

impl signet_parse_options {
    /// Reads the caller's options, of whose flags only `known` mean something.
    ///
    /// # Safety
    ///
    /// As for [`options::read`].
    pub(super) unsafe fn read(
        given: *const signet_parse_options,
        known: u32,
    ) -> Result<signet_parse_options, Failure> {
        // SAFETY: the same contract.
        let options = unsafe { options::read(given, "options")? };
        options::check_flags(options.flags, known, "options")?;
        options::check_reserved(options.reserved, "options")?;
        Ok(options)
    }

    /// How receipts and delegations are read.
    pub(super) fn reading(&self) -> Reading {
        match self.flags & SIGNET_PARSE_FORENSIC {
            0 => Reading::Strict,
            _ => Reading::Forensic,
        }
    }

    pub(super) fn limits(&self) -> Limits {
        let or = |value: u64, default: usize| match value {
            0 => default,
            value => usize::try_from(value).unwrap_or(usize::MAX),
        };
        Limits {
            max_len: or(self.max_len, DEFAULT_MAX_LEN),
            max_depth: or(u64::from(self.max_depth), DEFAULT_MAX_DEPTH),
        }
    }
}

/// Writes a JSON text in canonical form (RFC 8785). The text must be strict
/// I-JSON (RFC 7493). Numbers are rounded to doubles, as the RFC says.
///
/// @param json         the text, UTF-8; borrowed for the call
/// @param json_len     its length in bytes
/// @param options      limits, or NULL; no flags apply
/// @param[out] canonical_out  the canonical text; owned by the caller
/// @param[out] error_out      details of a failure, or NULL if not wanted
/// @return SIGNET_OK, SIGNET_ERR_JSON_…, SIGNET_ERR_TOO_LARGE,
///         SIGNET_ERR_UNSUPPORTED, SIGNET_ERR_NULL_ARGUMENT
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_json_canonicalize(
    json: *const u8,
    json_len: usize,
    options: *const signet_parse_options,
    canonical_out: *mut *mut signet_buffer,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let out = memory::out(canonical_out, "canonical_out")?;
            let json = memory::bytes(json, json_len, "json")?;
            let options = signet_parse_options::read(options, 0)?;
            *out = signet_buffer::into_raw(jcs::canonicalize(json, &options.limits())?);
            Ok(())
        })
    }
}

/// Hashes a JSON text as receipts hash params and responses: SHA-256 of its
/// canonical form. A text with a number that a double would round is hashed in
/// the "$exact" wrapper in which it would travel.
///
/// @param json         the text, UTF-8; borrowed for the call
/// @param json_len     its length in bytes
/// @param options      limits, or NULL; no flags apply
/// @param[out] hash_out   SIGNET_HASH_LEN bytes of the caller
/// @param[out] error_out  details of a failure, or NULL if not wanted
/// @return SIGNET_OK, SIGNET_ERR_JSON_…, SIGNET_ERR_TOO_LARGE,
///         SIGNET_ERR_UNSUPPORTED, SIGNET_ERR_NULL_ARGUMENT
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_json_hash(
    json: *const u8,
    json_len: usize,
    options: *const signet_parse_options,
    hash_out: *mut u8,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let out = memory::out_array::<{ digest::SHA256_LEN }>(hash_out, "hash_out")?;
            let json = memory::bytes(json, json_len, "json")?;
            let options = signet_parse_options::read(options, 0)?;
            *out = digest::sha256(&exact::travelling_form(json, &options.limits())?);
            Ok(())
        })
    }
}

/// Hashes a content as "response.content_hash" of receipts does, and writes the
/// hash as text: "sha256:" and 64 lower-case hex digits, not terminated.
///
/// @param content      the content, UTF-8; borrowed for the call
/// @param content_len  its length in bytes
/// @param kind         SIGNET_CONTENT_JSON or SIGNET_CONTENT_TEXT
/// @param options      limits, or NULL; no flags apply
/// @param[out] hash_text_out  SIGNET_HASH_TEXT_LEN bytes of the caller
/// @param[out] error_out      details of a failure, or NULL if not wanted
/// @return SIGNET_OK, SIGNET_ERR_JSON_…, SIGNET_ERR_TOO_LARGE,
///         SIGNET_ERR_INVALID_ARGUMENT, SIGNET_ERR_UNSUPPORTED,
///         SIGNET_ERR_NULL_ARGUMENT
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_content_hash(
    content: *const u8,
    content_len: usize,
    kind: i32,
    options: *const signet_parse_options,
    hash_text_out: *mut u8,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let out = memory::out_slice(hash_text_out, SIGNET_HASH_TEXT_LEN, "hash_text_out")?;
            let limits = signet_parse_options::read(options, 0)?.limits();
            let hash = match kind {
                SIGNET_CONTENT_JSON => {
                    content_hash(memory::bytes(content, content_len, "content")?, &limits)?
                }
                SIGNET_CONTENT_TEXT => {
                    content_hash_of_text(memory::text(content, content_len, "content")?)
                }
                _ => {
                    let detail = "it must be a SIGNET_CONTENT_… constant";
                    return Err(Error::new(ErrorKind::InvalidArgument, "kind", detail).into());
                }
            };
            out.copy_from_slice(hash.as_bytes());
            Ok(())
        })
    }
}
