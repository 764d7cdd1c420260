//! Key pairs: secrets in memory, or signers of the caller.

use std::ffi::c_void;

use crate::crypto::ed25519::{PUBLIC_KEY_LEN, SEED_LEN, SIGNATURE_LEN, SignatureBytes};
use crate::ffi::boundary::{Failure, quietly, run, silently};
use crate::ffi::error::signet_error;
use crate::ffi::handle::Handle;
use crate::ffi::memory;
use crate::ffi::public_key::{KeyWithTexts, signet_public_key};
use crate::ffi::status::signet_status;
use crate::identity::{ExternalSigner, KeyPair, SignerFailure};

/// The length of a secret seed in bytes.
pub const SIGNET_SEED_LEN: usize = 32;
const _: () = assert!(SIGNET_SEED_LEN == SEED_LEN);

/// An Ed25519 key pair: a secret held in memory that is wiped on free, or a
/// signer of the caller. Immutable; any thread may use it at any time. Owned by
/// the caller.
pub struct signet_keypair {
    _private: [u8; 0],
}

impl Handle for signet_keypair {
    type Core = KeyPair;
}

/// Signs for a key pair whose secret is elsewhere (an HSM, a TPM, a key agent,
/// a cloud KMS).
///
/// It is called on the thread that needs the signature, during that call, and
/// from several threads at once if the key pair is used by several. It must not
/// unwind. What it writes is verified before it is used.
///
/// @param message        the bytes to sign, as they are (pure Ed25519)
/// @param message_len    their length
/// @param signature_out  SIGNET_SIGNATURE_LEN bytes to write
/// @param user_data      what was given with the callback
/// @return 0 when it has signed; anything else fails the call with
///         SIGNET_ERR_SIGNER_FAILED, and the number stands in the message
pub type signet_sign_callback = Option<
    unsafe extern "C" fn(
        message: *const u8,
        message_len: usize,
        signature_out: *mut u8,
        user_data: *mut c_void,
    ) -> i32,
>;

/// Releases what a callback was given. Called once, on whatever thread frees
/// the last use of it. It must not unwind.
pub type signet_free_callback = Option<unsafe extern "C" fn(user_data: *mut c_void)>;

/// SIGNET_SEED_LEN, for languages without a preprocessor.
///
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn signet_seed_len() -> usize {
    quietly(0, || Some(SIGNET_SEED_LEN))
}

/// Makes a new key pair from the system's random number generator.
///
/// @param[out] keypair_out  the key pair; owned by the caller
/// @param[out] error_out    details of a failure, or NULL if not wanted
/// @return SIGNET_OK, SIGNET_ERR_RANDOMNESS, SIGNET_ERR_NULL_ARGUMENT
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_keypair_generate(
    keypair_out: *mut *mut signet_keypair,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let out = memory::out(keypair_out, "keypair_out")?;
            *out = signet_keypair::into_raw(KeyPair::generate()?);
            Ok(())
        })
    }
}

/// Takes a key pair from its secret: a 32-byte seed, or 64 bytes that are the
/// seed and the public key that belongs to it.
///
/// @param secret      the secret; borrowed for the call, wiping it is up to the
///                    caller
/// @param secret_len  SIGNET_SEED_LEN or 64
/// @param[out] keypair_out  the key pair; owned by the caller
/// @param[out] error_out    details of a failure, or NULL if not wanted
/// @return SIGNET_OK, SIGNET_ERR_KEY_INVALID, SIGNET_ERR_NULL_ARGUMENT
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_keypair_from_secret(
    secret: *const u8,
    secret_len: usize,
    keypair_out: *mut *mut signet_keypair,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let out = memory::out(keypair_out, "keypair_out")?;
            let secret = memory::bytes(secret, secret_len, "secret")?;
            *out = signet_keypair::into_raw(KeyPair::from_secret_bytes(secret)?);
            Ok(())
        })
    }
}

/// Makes a key pair whose signatures come from a callback.
///
/// @param public_key  the public key that the signer signs for
/// @param sign        the signer; must not be NULL
/// @param user_data   given to each call of `sign`; must stay valid and usable
///                    from any thread until `free_user_data` is called, or, if
///                    that is NULL, until the key pair is freed
/// @param free_user_data  called once when the key pair is released, and also
///                    when this call fails; may be NULL
/// @param[out] keypair_out  the key pair; owned by the caller
/// @param[out] error_out    details of a failure, or NULL if not wanted
/// @return SIGNET_OK, SIGNET_ERR_NULL_ARGUMENT
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_keypair_from_signer(
    public_key: *const signet_public_key,
    sign: signet_sign_callback,
    user_data: *mut c_void,
    free_user_data: signet_free_callback,
    keypair_out: *mut *mut signet_keypair,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let data = UserData {
                data: user_data,
                free: free_user_data,
            };
            let out = memory::out(keypair_out, "keypair_out")?;
            let public = memory::handle(public_key, "public_key")?.key;
            let sign = sign.ok_or(Failure::Null("sign"))?;
            let signer = Box::new(CallbackSigner { sign, data });
            *out = signet_keypair::into_raw(KeyPair::from_signer(public, signer));
            Ok(())
        })
    }
}

/// The public half of a key pair.
///
/// @param keypair  the key pair
/// @param[out] public_key_out  the public key; owned by the caller
/// @param[out] error_out       details of a failure, or NULL if not wanted
/// @return SIGNET_OK, SIGNET_ERR_NULL_ARGUMENT
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_keypair_public_key(
    keypair: *const signet_keypair,
    public_key_out: *mut *mut signet_public_key,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let out = memory::out(public_key_out, "public_key_out")?;
            let keypair = memory::handle(keypair, "keypair")?;
            *out = signet_public_key::into_raw(KeyWithTexts::new(*keypair.public_key()));
            Ok(())
        })
    }
}

/// Copies the 32 raw bytes of the public half.
///
/// @param keypair  the key pair
/// @param[out] bytes_out  SIGNET_PUBLIC_KEY_LEN bytes of the caller
/// @param[out] error_out  details of a failure, or NULL if not wanted
/// @return SIGNET_OK, SIGNET_ERR_NULL_ARGUMENT
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_keypair_public_bytes(
    keypair: *const signet_keypair,
    bytes_out: *mut u8,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let out = memory::out_array::<PUBLIC_KEY_LEN>(bytes_out, "bytes_out")?;
            *out = *memory::handle(keypair, "keypair")?.public_key().as_bytes();
            Ok(())
        })
    }
}

/// Copies the secret seed out of a key pair. Whoever calls this answers for
/// wiping the copy.
///
/// @param keypair  the key pair
/// @param[out] seed_out   SIGNET_SEED_LEN bytes of the caller
/// @param[out] error_out  details of a failure, or NULL if not wanted
/// @return SIGNET_OK, SIGNET_ERR_UNSUPPORTED if the secret is with a signer
///         callback, SIGNET_ERR_NULL_ARGUMENT
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_keypair_export_seed(
    keypair: *const signet_keypair,
    seed_out: *mut u8,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let out = memory::out_array::<SEED_LEN>(seed_out, "seed_out")?;
            *out = *memory::handle(keypair, "keypair")?.seed()?;
            Ok(())
        })
    }
}

/// Signs bytes with pure Ed25519 (RFC 8032). Receipts have their own function.
///
/// @param keypair      the key pair
/// @param message      the bytes; borrowed for the call
/// @param message_len  their length
/// @param[out] signature_out  SIGNET_SIGNATURE_LEN bytes of the caller
/// @param[out] error_out      details of a failure, or NULL if not wanted
/// @return SIGNET_OK, SIGNET_ERR_SIGNER_FAILED, SIGNET_ERR_NULL_ARGUMENT
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_keypair_sign(
    keypair: *const signet_keypair,
    message: *const u8,
    message_len: usize,
    signature_out: *mut u8,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let out = memory::out_array::<SIGNATURE_LEN>(signature_out, "signature_out")?;
            let keypair = memory::handle(keypair, "keypair")?;
            let message = memory::bytes(message, message_len, "message")?;
            *out = keypair.sign(message)?;
            Ok(())
        })
    }
}

/// Releases a key pair; a secret in memory is wiped. NULL is ignored.
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_keypair_free(keypair: *mut signet_keypair) {
    // SAFETY: NULL or live and not used afterwards, says the header.
    silently(|| unsafe { signet_keypair::release(keypair) });
}

/// What belongs to a callback, given back exactly once.
pub(super) struct UserData {
    pub(super) data: *mut c_void,
    pub(super) free: signet_free_callback,
}

// SAFETY: the header demands user data that any thread may use.
unsafe impl Send for UserData {}
// SAFETY: as above.
unsafe impl Sync for UserData {}

impl Drop for UserData {
    fn drop(&mut self) {
        if let Some(free) = self.free {
            // SAFETY: the caller's function on the caller's data, once.
            unsafe { free(self.data) }
        }
    }
}

struct CallbackSigner {
    sign: unsafe extern "C" fn(*const u8, usize, *mut u8, *mut c_void) -> i32,
    data: UserData,
}

impl ExternalSigner for CallbackSigner {
    fn sign(&self, message: &[u8]) -> Result<SignatureBytes, SignerFailure> {
        let mut signature = [0; SIGNATURE_LEN];
        // SAFETY: the header states what the callback gets.
        let outcome = unsafe {
            (self.sign)(
                message.as_ptr(),
                message.len(),
                signature.as_mut_ptr(),
                self.data.data,
            )
        };
        match outcome {
            0 => Ok(signature),
            other => Err(format!("the signer callback returned {other}").into()),
        }
    }
}
