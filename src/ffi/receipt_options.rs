//! What may be asked of signing, besides what is signed.

use crate::encoding::rfc3339::Instant;
use crate::error::{Error, ErrorKind};
use crate::ffi::boundary::{Failure, quietly, silently};
use crate::ffi::memory;
use crate::ffi::options::{self, Options};
use crate::receipt::{ActionOptions, SignOptions};

/// Keep only the hash of the params in the receipt.
pub const SIGNET_SIGN_HASH_ONLY: u32 = 1;
/// Sign as of now_unix_ms instead of the system clock.
pub const SIGNET_SIGN_AT: u32 = 2;
/// Use `nonce` instead of random bytes: for reproducible tests only, because a
/// nonce that is used twice hides replays.
pub const SIGNET_SIGN_FIXED_NONCE: u32 = 4;

/// The length of a nonce in bytes.
pub const SIGNET_NONCE_LEN: usize = 16;

/// What may be said about a signature besides the action. Initialise with
/// SIGNET_SIGN_OPTIONS_INIT or signet_sign_options_init(); NULL means all
/// defaults.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct signet_sign_options {
    /// sizeof(signet_sign_options).
    pub struct_size: u32,
    /// SIGNET_SIGN_… bits.
    pub flags: u32,
    /// With SIGNET_SIGN_AT: milliseconds since 1970-01-01T00:00:00Z.
    pub now_unix_ms: i64,
    /// When the receipt expires, an RFC 3339 date-time; borrowed for the call.
    /// NULL with length 0: never.
    pub expires_at: *const u8,
    /// The length of expires_at in bytes.
    pub expires_at_len: usize,
    /// With SIGNET_SIGN_FIXED_NONCE: the nonce.
    pub nonce: [u8; SIGNET_NONCE_LEN],
    /// The largest action text in bytes; 0 means 16 MiB.
    pub max_len: u64,
}

// SAFETY: repr(C), starts with u32; integers and a pointer, no padding.
unsafe impl Options for signet_sign_options {}

/// SIGNET_NONCE_LEN, for languages without a preprocessor.
///
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn signet_nonce_len() -> usize {
    quietly(0, || Some(SIGNET_NONCE_LEN))
}

/// Fills in the defaults. NULL is ignored.
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_sign_options_init(options_out: *mut signet_sign_options) {
    // SAFETY: NULL or writable, says the header.
    silently(|| unsafe { options::init(options_out) });
}

/// # Safety
///
/// As for [`options::read`]; `expires_at` is readable for its length.
pub(super) unsafe fn read_sign_options<'a>(
    given: *const signet_sign_options,
) -> Result<(ActionOptions, SignOptions<'a>), Failure> {
    let known = SIGNET_SIGN_HASH_ONLY | SIGNET_SIGN_AT | SIGNET_SIGN_FIXED_NONCE;
    // SAFETY: the same contract.
    unsafe { read_known_sign_options(given, known) }
}

/// The same for a receipt that has no expiry, of whose flags only `known` mean
/// something.
///
/// # Safety
///
/// As for [`read_sign_options`].
pub(super) unsafe fn read_lasting_sign_options<'a>(
    given: *const signet_sign_options,
    known: u32,
) -> Result<(ActionOptions, SignOptions<'a>), Failure> {
    // SAFETY: the same contract.
    let (reading, saying) = unsafe { read_known_sign_options(given, known)? };
    if saying.expires_at.is_some() {
        return Err(Failure::Core(Error::new(
            ErrorKind::Unsupported,
            "expires_at",
            "receipts of this version do not expire",
        )));
    }
    Ok((reading, saying))
}

/// # Safety
///
/// As for [`read_sign_options`].
unsafe fn read_known_sign_options<'a>(
    given: *const signet_sign_options,
    known: u32,
) -> Result<(ActionOptions, SignOptions<'a>), Failure> {
    // SAFETY: the same contract.
    let options = unsafe { options::read(given, "options")? };
    options::check_flags(options.flags, known, "options")?;
    let has = |flag: u32| options.flags & flag != 0;
    let mut reading = ActionOptions {
        hash_only: has(SIGNET_SIGN_HASH_ONLY),
        ..ActionOptions::default()
    };
    if options.max_len != 0 {
        reading.limits.max_len = usize::try_from(options.max_len).unwrap_or(usize::MAX);
    }
    // SAFETY: readable, says the header.
    let expiry = unsafe { memory::text(options.expires_at, options.expires_at_len, "expires_at")? };
    let saying = SignOptions {
        expires_at: (!options.expires_at.is_null()).then_some(expiry),
        time: has(SIGNET_SIGN_AT)
            .then(|| Instant::from_unix_millis(options.now_unix_ms))
            .transpose()?,
        nonce: has(SIGNET_SIGN_FIXED_NONCE).then_some(options.nonce),
        ..SignOptions::default()
    };
    Ok((reading, saying))
}
