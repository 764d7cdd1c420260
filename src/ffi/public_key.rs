//! Public keys: parsed once, checked once, used for many verifications.

use std::sync::OnceLock;

use crate::crypto::ed25519::{PUBLIC_KEY_LEN, PublicKey, SIGNATURE_LEN};
use crate::encoding::key_text;
use crate::ffi::boundary::{quietly, run, silently};
use crate::ffi::error::signet_error;
use crate::ffi::handle::Handle;
use crate::ffi::memory;
use crate::ffi::status::signet_status;

/// The length of a public key in bytes.
pub const SIGNET_PUBLIC_KEY_LEN: usize = 32;
const _: () = assert!(SIGNET_PUBLIC_KEY_LEN == PUBLIC_KEY_LEN);

/// The length of a signature in bytes.
pub const SIGNET_SIGNATURE_LEN: usize = 64;
const _: () = assert!(SIGNET_SIGNATURE_LEN == SIGNATURE_LEN);

/// "ed25519:" and the standard base64 of the 32 bytes, as in receipts.
pub const SIGNET_KEY_TEXT_PREFIXED: i32 = 1;
/// The standard base64 of the 32 bytes, as in .pub files.
pub const SIGNET_KEY_TEXT_BARE: i32 = 2;
/// The did:key identifier, "did:key:z6Mk…".
pub const SIGNET_KEY_TEXT_DID: i32 = 3;
/// The key id: the RFC 7638 thumbprint of the key as a JWK, base64url.
pub const SIGNET_KEY_TEXT_ID: i32 = 4;

/// An Ed25519 public key (RFC 8032) that has been checked to be a canonical
/// point of full order. Immutable; any thread may use it at any time. Owned by
/// the caller.
pub struct signet_public_key {
    _private: [u8; 0],
}

/// A key and its texts, made when they are first asked for.
pub(super) struct KeyWithTexts {
    pub(super) key: PublicKey,
    texts: [OnceLock<String>; 4],
}

impl KeyWithTexts {
    pub(super) fn new(key: PublicKey) -> KeyWithTexts {
        KeyWithTexts {
            key,
            texts: Default::default(),
        }
    }

    fn text(&self, form: i32) -> Option<&str> {
        let (place, write): (usize, fn(&PublicKey) -> String) = match form {
            SIGNET_KEY_TEXT_PREFIXED => (0, key_text::prefixed),
            SIGNET_KEY_TEXT_BARE => (1, key_text::bare),
            SIGNET_KEY_TEXT_DID => (2, key_text::did_key),
            SIGNET_KEY_TEXT_ID => (3, key_text::thumbprint),
            _ => return None,
        };
        let text = self.texts.get(place)?;
        Some(text.get_or_init(|| write(&self.key)))
    }
}

impl Handle for signet_public_key {
    type Core = KeyWithTexts;
}

/// SIGNET_PUBLIC_KEY_LEN, for languages without a preprocessor.
///
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn signet_public_key_len() -> usize {
    quietly(0, || Some(SIGNET_PUBLIC_KEY_LEN))
}

/// SIGNET_SIGNATURE_LEN, for languages without a preprocessor.
///
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn signet_signature_len() -> usize {
    quietly(0, || Some(SIGNET_SIGNATURE_LEN))
}

/// Takes a public key from its 32 raw bytes.
///
/// @param bytes   SIGNET_PUBLIC_KEY_LEN bytes; borrowed for the call
/// @param[out] key_out    the key; owned by the caller
/// @param[out] error_out  details of a failure, or NULL if not wanted
/// @return SIGNET_OK, SIGNET_ERR_KEY_INVALID, SIGNET_ERR_KEY_WEAK,
///         SIGNET_ERR_NULL_ARGUMENT
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_public_key_from_bytes(
    bytes: *const u8,
    key_out: *mut *mut signet_public_key,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let out = memory::out(key_out, "key_out")?;
            let bytes = memory::array(bytes, "bytes")?;
            *out = signet_public_key::into_raw(KeyWithTexts::new(PublicKey::from_bytes(bytes)?));
            Ok(())
        })
    }
}

/// Reads a public key from text: "ed25519:<base64>", bare base64, or did:key.
///
/// @param text      the text; borrowed for the call
/// @param text_len  its length in bytes
/// @param[out] key_out    the key; owned by the caller
/// @param[out] error_out  details of a failure, or NULL if not wanted
/// @return SIGNET_OK, SIGNET_ERR_KEY_INVALID, SIGNET_ERR_KEY_WEAK,
///         SIGNET_ERR_INVALID_ARGUMENT, SIGNET_ERR_NULL_ARGUMENT
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_public_key_parse(
    text: *const u8,
    text_len: usize,
    key_out: *mut *mut signet_public_key,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let out = memory::out(key_out, "key_out")?;
            let text = memory::text(text, text_len, "text")?;
            *out = signet_public_key::into_raw(KeyWithTexts::new(key_text::parse(text)?));
            Ok(())
        })
    }
}

/// Copies the 32 raw bytes of a key.
///
/// @param key   the key
/// @param[out] bytes_out  SIGNET_PUBLIC_KEY_LEN bytes of the caller
/// @param[out] error_out  details of a failure, or NULL if not wanted
/// @return SIGNET_OK, SIGNET_ERR_NULL_ARGUMENT
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_public_key_bytes(
    key: *const signet_public_key,
    bytes_out: *mut u8,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let out = memory::out_array(bytes_out, "bytes_out")?;
            *out = *memory::handle(key, "key")?.key.as_bytes();
            Ok(())
        })
    }
}

/// The key as text. The text belongs to the key and lives until it is freed.
///
/// @param key   the key; NULL gives NULL
/// @param form  a SIGNET_KEY_TEXT_… constant; another number gives NULL
/// @param[out] len_out  the length in bytes; may be NULL
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_public_key_text(
    key: *const signet_public_key,
    form: i32,
    len_out: *mut usize,
) -> *const u8 {
    quietly(std::ptr::null(), || {
        // SAFETY: NULL or live, says the header.
        let key = unsafe { signet_public_key::borrow(key) };
        let text = key.and_then(|key| key.text(form)).map(str::as_bytes);
        // SAFETY: NULL or writable, says the header.
        Some(unsafe { memory::view(text, len_out) })
    })
}

/// Verifies a bare Ed25519 signature strictly (RFC 8032, S reduced, no
/// small-order points).
///
/// @param key          the key
/// @param message      the signed bytes; borrowed for the call
/// @param message_len  their length
/// @param signature    SIGNET_SIGNATURE_LEN bytes; borrowed for the call
/// @param[out] error_out  details of a failure, or NULL if not wanted
/// @return SIGNET_OK, SIGNET_ERR_SIGNATURE_INVALID, SIGNET_ERR_NULL_ARGUMENT
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_public_key_verify(
    key: *const signet_public_key,
    message: *const u8,
    message_len: usize,
    signature: *const u8,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let key = memory::handle(key, "key")?;
            let message = memory::bytes(message, message_len, "message")?;
            let signature = memory::array(signature, "signature")?;
            Ok(key.key.verify(message, signature)?)
        })
    }
}

/// Releases a key. NULL is ignored.
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_public_key_free(key: *mut signet_public_key) {
    // SAFETY: NULL or live and not used afterwards, says the header.
    silently(|| unsafe { signet_public_key::release(key) });
}
