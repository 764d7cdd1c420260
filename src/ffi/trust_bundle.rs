//! Trust bundles: which keys are roots, agents and servers, since and until when.

use crate::authority::trust::{Section, TrustBundle};
use crate::crypto::digest;
use crate::encoding::hex;
use crate::error::{Error, ErrorKind, Result};
use crate::ffi::boundary::{quietly, run, silently};
use crate::ffi::buffer::signet_buffer;
use crate::ffi::document::format_of;
use crate::ffi::error::signet_error;
use crate::ffi::handle::Handle;
use crate::ffi::memory;
use crate::ffi::public_key::signet_public_key;
use crate::ffi::status::signet_status;
use crate::ffi::time::instant;

/// A set of keys that are trusted to delegate (roots), to sign (agents) and to
/// co-sign (servers), each within its time. The bundle itself is not signed:
/// whoever hands it over decides what is trusted. It serves wherever the options
/// of a verification have a member "bundle". Immutable; any thread may use it at
/// any time. Owned by the caller.
pub struct signet_trust_bundle {
    _private: [u8; 0],
}

/// A bundle and its texts.
pub(super) struct BundleCore {
    pub(super) bundle: TrustBundle,
    json: Vec<u8>,
    hash: String,
    generated_at: String,
}

impl BundleCore {
    fn parse(text: &[u8], format: i32) -> Result<BundleCore> {
        let json = TrustBundle::to_canonical_json(text, format_of(text, format)?)?;
        let bundle = TrustBundle::parse(&json, crate::authority::Format::Json)?;
        Ok(BundleCore {
            hash: format!("sha256:{}", hex::encode(&digest::sha256(&json))),
            generated_at: bundle.generated_at().to_text(),
            bundle,
            json,
        })
    }

    pub(super) fn json(&self) -> &[u8] {
        &self.json
    }

    fn text(&self, field: i32) -> Option<&str> {
        match field {
            SIGNET_TRUST_BUNDLE_ID => Some(self.bundle.bundle_id()),
            SIGNET_TRUST_BUNDLE_ORG => Some(self.bundle.org()),
            SIGNET_TRUST_BUNDLE_ENV => Some(self.bundle.env()),
            SIGNET_TRUST_BUNDLE_GENERATED_AT => Some(&self.generated_at),
            SIGNET_TRUST_BUNDLE_DESCRIPTION => self.bundle.description(),
            SIGNET_TRUST_BUNDLE_SOURCE => self.bundle.source(),
            SIGNET_TRUST_BUNDLE_HASH => Some(&self.hash),
            _ => None,
        }
    }
}

impl Handle for signet_trust_bundle {
    type Core = BundleCore;
}

/// Every section.
pub const SIGNET_SECTION_ALL: i32 = 0;
/// The keys that may delegate: the start of a chain.
pub const SIGNET_SECTION_ROOTS: i32 = 1;
/// The keys that may sign receipts.
pub const SIGNET_SECTION_AGENTS: i32 = 2;
/// The keys that may co-sign receipts.
pub const SIGNET_SECTION_SERVERS: i32 = 3;

/// "bundle_id": what the bundle calls itself.
pub const SIGNET_TRUST_BUNDLE_ID: i32 = 1;
/// "org": the organisation.
pub const SIGNET_TRUST_BUNDLE_ORG: i32 = 2;
/// "env": the environment, for example "prod".
pub const SIGNET_TRUST_BUNDLE_ENV: i32 = 3;
/// "generated_at": when it was made, in UTC with milliseconds.
pub const SIGNET_TRUST_BUNDLE_GENERATED_AT: i32 = 4;
/// "description", where there is one.
pub const SIGNET_TRUST_BUNDLE_DESCRIPTION: i32 = 5;
/// "source": where it comes from, where it says so.
pub const SIGNET_TRUST_BUNDLE_SOURCE: i32 = 6;
/// "sha256:" and the hash of signet_trust_bundle_json(): the same for every
/// spelling of one document, in JSON or YAML.
pub const SIGNET_TRUST_BUNDLE_HASH: i32 = 7;

/// Reads a trust bundle. Every rule of the format is checked: what it means could
/// otherwise be read in two ways.
///
/// @param text      the document; borrowed for the call
/// @param text_len  its length in bytes
/// @param format    a SIGNET_FORMAT_… constant
/// @param[out] bundle_out  the bundle; owned by the caller
/// @param[out] error_out   details of a failure, or NULL if not wanted: see
///                         signet_error_line()
/// @return SIGNET_OK, SIGNET_ERR_TRUST_BUNDLE_INVALID, SIGNET_ERR_TOO_LARGE,
///         SIGNET_ERR_INVALID_ARGUMENT, SIGNET_ERR_NULL_ARGUMENT
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_trust_bundle_parse(
    text: *const u8,
    text_len: usize,
    format: i32,
    bundle_out: *mut *mut signet_trust_bundle,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let out = memory::out(bundle_out, "bundle_out")?;
            let text = memory::bytes(text, text_len, "text")?;
            *out = signet_trust_bundle::into_raw(BundleCore::parse(text, format)?);
            Ok(())
        })
    }
}

/// The bundle as canonical JSON (RFC 8785), whatever it was written in. The text
/// belongs to the bundle and lives until it is freed. NULL for NULL.
///
/// @param bundle  the bundle
/// @param[out] len_out  the length in bytes; may be NULL
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_trust_bundle_json(
    bundle: *const signet_trust_bundle,
    len_out: *mut usize,
) -> *const u8 {
    quietly(std::ptr::null(), || {
        // SAFETY: NULL or live, says the header.
        let bundle = unsafe { signet_trust_bundle::borrow(bundle) };
        let json = bundle.map(|bundle| bundle.json.as_slice());
        // SAFETY: NULL or writable, says the header.
        Some(unsafe { memory::view(json, len_out) })
    })
}

/// What the bundle says of itself, as UTF-8 text. The text belongs to the bundle
/// and lives until it is freed.
///
/// @param bundle  the bundle; NULL gives NULL
/// @param field   a SIGNET_TRUST_BUNDLE_… constant; another number gives NULL
/// @param[out] len_out  the length in bytes; may be NULL
/// @return the text, or NULL if the bundle does not say
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_trust_bundle_text(
    bundle: *const signet_trust_bundle,
    field: i32,
    len_out: *mut usize,
) -> *const u8 {
    quietly(std::ptr::null(), || {
        // SAFETY: NULL or live, says the header.
        let bundle = unsafe { signet_trust_bundle::borrow(bundle) };
        let text = bundle.and_then(|bundle| bundle.text(field));
        // SAFETY: NULL or writable, says the header.
        Some(unsafe { memory::view(text.map(str::as_bytes), len_out) })
    })
}

/// Asks whether a key is trusted for something at a time. Anything but SIGNET_OK
/// means: it is not, and why.
///
/// @param bundle      the bundle
/// @param section     SIGNET_SECTION_ROOTS, …_AGENTS or …_SERVERS
/// @param key         the key
/// @param at_unix_ms  the time in milliseconds since 1970-01-01T00:00:00Z, or
///                    SIGNET_NOW
/// @param[out] error_out  details of a failure, or NULL if not wanted
/// @return SIGNET_OK, SIGNET_ERR_SIGNER_UNTRUSTED (it is not in the section),
///         SIGNET_ERR_KEY_DISABLED, SIGNET_ERR_KEY_REVOKED,
///         SIGNET_ERR_KEY_EXPIRED, SIGNET_ERR_INVALID_ARGUMENT,
///         SIGNET_ERR_NULL_ARGUMENT
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_trust_bundle_check(
    bundle: *const signet_trust_bundle,
    section: i32,
    key: *const signet_public_key,
    at_unix_ms: i64,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let bundle = memory::handle(bundle, "bundle")?;
            let key = memory::handle(key, "key")?;
            let section = section_of(section)?;
            bundle
                .bundle
                .check(section, &key.key, instant(at_unix_ms)?)?;
            Ok(())
        })
    }
}

/// Lists the keys of a bundle, as a JSON array of {"section", "id", "name",
/// "owner", "pubkey", "status", "created_at"} and, where there are any,
/// {"expires_at", "disabled_from", "revoked_from", "comment"}, in the order of
/// the document. "status" is what the key is worth at the time: "active",
/// "disabled", "revoked" or "expired".
///
/// @param bundle      the bundle
/// @param section     a SIGNET_SECTION_… constant
/// @param at_unix_ms  the time in milliseconds since 1970-01-01T00:00:00Z, or
///                    SIGNET_NOW
/// @param[out] list_out   the list; owned by the caller
/// @param[out] error_out  details of a failure, or NULL if not wanted
/// @return SIGNET_OK, SIGNET_ERR_INVALID_ARGUMENT, SIGNET_ERR_NULL_ARGUMENT
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_trust_bundle_list(
    bundle: *const signet_trust_bundle,
    section: i32,
    at_unix_ms: i64,
    list_out: *mut *mut signet_buffer,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let out = memory::out(list_out, "list_out")?;
            let bundle = memory::handle(bundle, "bundle")?;
            let at = instant(at_unix_ms)?;
            let list = match section {
                SIGNET_SECTION_ALL => bundle.bundle.list_json(&Section::ALL, at),
                one => bundle.bundle.list_json(&[section_of(one)?], at),
            };
            *out = signet_buffer::into_raw(list);
            Ok(())
        })
    }
}

/// Releases a bundle. NULL is ignored.
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_trust_bundle_free(bundle: *mut signet_trust_bundle) {
    // SAFETY: NULL or live and not used afterwards, says the header.
    silently(|| unsafe { signet_trust_bundle::release(bundle) });
}

fn section_of(section: i32) -> Result<Section> {
    match section {
        SIGNET_SECTION_ROOTS => Ok(Section::Roots),
        SIGNET_SECTION_AGENTS => Ok(Section::Agents),
        SIGNET_SECTION_SERVERS => Ok(Section::Servers),
        _ => Err(Error::new(
            ErrorKind::InvalidArgument,
            "section",
            "it must be the SIGNET_SECTION_… constant of one section",
        )),
    }
}
