//! Named identities on disk.

use crate::encoding::rfc3339::Instant;
use crate::error::{Error, ErrorKind};
use crate::ffi::boundary::{Failure, run, silently};
use crate::ffi::buffer::signet_buffer;
use crate::ffi::error::signet_error;
use crate::ffi::handle::Handle;
use crate::ffi::keypair::signet_keypair;
use crate::ffi::memory;
use crate::ffi::options::{self, Options};
use crate::ffi::public_key::{KeyWithTexts, signet_public_key};
use crate::ffi::status::signet_status;
use crate::identity::{KeyPair, Keystore, KeystoreOptions, NewIdentity, Protection, listing};

/// The identities of one home folder: "<home>/keys/<name>.key" and ".pub", in
/// the formats of the published Signet. Any thread may use it at any time, and
/// so may other processes on the same folder. Owned by the caller.
pub struct signet_keystore {
    _private: [u8; 0],
}

impl Handle for signet_keystore {
    type Core = Keystore;
}

/// Load unencrypted keys that other users can read or replace, instead of
/// refusing them as SIGNET_ERR_KEY_EXPOSED.
pub const SIGNET_KEYSTORE_ALLOW_EXPOSED: u32 = 1;

/// How a keystore writes, and what it is willing to read. Initialise with
/// SIGNET_KEYSTORE_OPTIONS_INIT or signet_keystore_options_init(); NULL means
/// all defaults.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct signet_keystore_options {
    /// sizeof(signet_keystore_options).
    pub struct_size: u32,
    /// SIGNET_KEYSTORE_… bits.
    pub flags: u32,
    /// Argon2id passes of the keys that are written; 0 means 3.
    pub kdf_passes: u32,
    /// Argon2id memory in KiB of the keys that are written; 0 means 65536.
    pub kdf_memory_kib: u32,
    /// The most Argon2id memory in KiB that a key file may ask for; 0 means
    /// 1048576.
    pub max_memory_kib: u32,
    /// The most Argon2id passes that a key file may ask for; 0 means 64.
    pub max_passes: u32,
}

// SAFETY: repr(C), starts with u32, only integers.
unsafe impl Options for signet_keystore_options {}

/// Write the secret without encryption: whoever can read the file has it.
pub const SIGNET_KEY_UNENCRYPTED: u32 = 1;

/// Fills in the defaults. NULL is ignored.
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_keystore_options_init(options_out: *mut signet_keystore_options) {
    // SAFETY: NULL or writable, says the header.
    silently(|| unsafe { options::init(options_out) });
}

/// Opens the keystore of a home folder. Nothing is created before a key is.
///
/// @param home      the folder's path, UTF-8; borrowed for the call
/// @param home_len  its length in bytes
/// @param options   options, or NULL
/// @param[out] keystore_out  the keystore; owned by the caller
/// @param[out] error_out     details of a failure, or NULL if not wanted
/// @return SIGNET_OK, SIGNET_ERR_INVALID_ARGUMENT, SIGNET_ERR_IO,
///         SIGNET_ERR_UNSUPPORTED, SIGNET_ERR_NULL_ARGUMENT
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_keystore_open(
    home: *const u8,
    home_len: usize,
    options: *const signet_keystore_options,
    keystore_out: *mut *mut signet_keystore,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let out = memory::out(keystore_out, "keystore_out")?;
            let home = memory::text(home, home_len, "home")?;
            let options = read_options(options)?;
            *out = signet_keystore::into_raw(Keystore::open_with(home, options)?);
            Ok(())
        })
    }
}

/// Creates an identity with a new key. Of several callers that create one name
/// at the same time exactly one succeeds; nothing is ever overwritten.
///
/// @param keystore        the keystore
/// @param name            letters, digits, '-' and '_'; borrowed for the call
/// @param name_len        its length in bytes
/// @param owner           whom the identity belongs to, any text or empty; borrowed
/// @param owner_len       its length in bytes
/// @param passphrase      encrypts the secret; borrowed for the call. Empty only
///                        with SIGNET_KEY_UNENCRYPTED
/// @param passphrase_len  its length in bytes
/// @param flags           0 or SIGNET_KEY_UNENCRYPTED
/// @param[out] keypair_out  the new key pair; owned by the caller
/// @param[out] error_out    details of a failure, or NULL if not wanted
/// @return SIGNET_OK, SIGNET_ERR_KEY_EXISTS, SIGNET_ERR_KEY_NAME_INVALID,
///         SIGNET_ERR_PASSPHRASE_REQUIRED, SIGNET_ERR_INVALID_ARGUMENT,
///         SIGNET_ERR_UNSUPPORTED, SIGNET_ERR_IO, SIGNET_ERR_RANDOMNESS,
///         SIGNET_ERR_NULL_ARGUMENT
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_keystore_create(
    keystore: *const signet_keystore,
    name: *const u8,
    name_len: usize,
    owner: *const u8,
    owner_len: usize,
    passphrase: *const u8,
    passphrase_len: usize,
    flags: u32,
    keypair_out: *mut *mut signet_keypair,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let out = memory::out(keypair_out, "keypair_out")?;
            let keystore = memory::handle(keystore, "keystore")?;
            let name = memory::text(name, name_len, "name")?;
            let owner = memory::text(owner, owner_len, "owner")?;
            let passphrase = memory::text(passphrase, passphrase_len, "passphrase")?;
            let identity = new_identity(owner, passphrase, flags)?;
            *out = signet_keypair::into_raw(keystore.create(name, &identity)?);
            Ok(())
        })
    }
}

/// Stores a secret that exists already as a new identity.
///
/// @param keystore        the keystore
/// @param name            letters, digits, '-' and '_'; borrowed for the call
/// @param name_len        its length in bytes
/// @param owner           whom the identity belongs to, any text or empty; borrowed
/// @param owner_len       its length in bytes
/// @param secret          a 32-byte seed, or 64 bytes: seed and public key; borrowed
/// @param secret_len      its length in bytes
/// @param passphrase      encrypts the secret; borrowed for the call. Empty only
///                        with SIGNET_KEY_UNENCRYPTED
/// @param passphrase_len  its length in bytes
/// @param flags           0 or SIGNET_KEY_UNENCRYPTED
/// @param[out] keypair_out  the key pair; owned by the caller
/// @param[out] error_out    details of a failure, or NULL if not wanted
/// @return as signet_keystore_create(), and SIGNET_ERR_KEY_INVALID
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_keystore_import(
    keystore: *const signet_keystore,
    name: *const u8,
    name_len: usize,
    owner: *const u8,
    owner_len: usize,
    secret: *const u8,
    secret_len: usize,
    passphrase: *const u8,
    passphrase_len: usize,
    flags: u32,
    keypair_out: *mut *mut signet_keypair,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let out = memory::out(keypair_out, "keypair_out")?;
            let keystore = memory::handle(keystore, "keystore")?;
            let name = memory::text(name, name_len, "name")?;
            let owner = memory::text(owner, owner_len, "owner")?;
            let secret = memory::bytes(secret, secret_len, "secret")?;
            let passphrase = memory::text(passphrase, passphrase_len, "passphrase")?;
            let identity = new_identity(owner, passphrase, flags)?;
            let given = KeyPair::from_secret_bytes(secret)?;
            *out = signet_keypair::into_raw(keystore.import(name, given.seed()?, &identity)?);
            Ok(())
        })
    }
}

/// Loads an identity. An encrypted key is opened once, here, and never again:
/// keep the key pair.
///
/// @param keystore        the keystore
/// @param name            the identity's name; borrowed for the call
/// @param name_len        its length in bytes
/// @param passphrase      opens an encrypted key; empty means none; borrowed
/// @param passphrase_len  its length in bytes
/// @param[out] keypair_out  the key pair; owned by the caller
/// @param[out] error_out    details of a failure, or NULL if not wanted
/// @return SIGNET_OK, SIGNET_ERR_KEY_NOT_FOUND, SIGNET_ERR_KEY_NAME_INVALID,
///         SIGNET_ERR_WRONG_PASSPHRASE, SIGNET_ERR_PASSPHRASE_REQUIRED,
///         SIGNET_ERR_KEY_FILE_CORRUPT, SIGNET_ERR_KEY_EXPOSED,
///         SIGNET_ERR_KDF_LIMIT, SIGNET_ERR_UNSUPPORTED, SIGNET_ERR_IO,
///         SIGNET_ERR_INVALID_ARGUMENT, SIGNET_ERR_NULL_ARGUMENT
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_keystore_load(
    keystore: *const signet_keystore,
    name: *const u8,
    name_len: usize,
    passphrase: *const u8,
    passphrase_len: usize,
    keypair_out: *mut *mut signet_keypair,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let out = memory::out(keypair_out, "keypair_out")?;
            let keystore = memory::handle(keystore, "keystore")?;
            let name = memory::text(name, name_len, "name")?;
            let passphrase = memory::text(passphrase, passphrase_len, "passphrase")?;
            *out = signet_keypair::into_raw(keystore.load(name, given(passphrase))?);
            Ok(())
        })
    }
}

/// The identities of the keystore as JSON: an array, sorted by name, of objects
/// with "name", "secret" ("missing", "unencrypted" or "encrypted"), "exposed",
/// and where known "public_key", "owner", "principal", "created_at"; or with
/// "name" and "error" when the files of one are damaged.
///
/// @param keystore  the keystore
/// @param[out] json_out   the JSON text; owned by the caller
/// @param[out] error_out  details of a failure, or NULL if not wanted
/// @return SIGNET_OK, SIGNET_ERR_IO, SIGNET_ERR_NULL_ARGUMENT
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_keystore_list(
    keystore: *const signet_keystore,
    json_out: *mut *mut signet_buffer,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let out = memory::out(json_out, "json_out")?;
            let keystore = memory::handle(keystore, "keystore")?;
            *out = signet_buffer::into_raw(listing::to_json(keystore)?);
            Ok(())
        })
    }
}

/// The public key of an identity; no passphrase is needed.
///
/// @param keystore  the keystore
/// @param name      the identity's name; borrowed for the call
/// @param name_len  its length in bytes
/// @param[out] public_key_out  the public key; owned by the caller
/// @param[out] error_out       details of a failure, or NULL if not wanted
/// @return SIGNET_OK, SIGNET_ERR_KEY_NOT_FOUND, SIGNET_ERR_KEY_NAME_INVALID,
///         SIGNET_ERR_KEY_FILE_CORRUPT, SIGNET_ERR_UNSUPPORTED, SIGNET_ERR_IO,
///         SIGNET_ERR_INVALID_ARGUMENT, SIGNET_ERR_NULL_ARGUMENT
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_keystore_public_key(
    keystore: *const signet_keystore,
    name: *const u8,
    name_len: usize,
    public_key_out: *mut *mut signet_public_key,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let out = memory::out(public_key_out, "public_key_out")?;
            let keystore = memory::handle(keystore, "keystore")?;
            let name = memory::text(name, name_len, "name")?;
            let key = keystore.public_key(name)?;
            *out = signet_public_key::into_raw(KeyWithTexts::new(key));
            Ok(())
        })
    }
}

/// The text of an identity's ".pub" file, to hand to whoever verifies.
///
/// @param keystore  the keystore
/// @param name      the identity's name; borrowed for the call
/// @param name_len  its length in bytes
/// @param[out] text_out   the text; owned by the caller
/// @param[out] error_out  details of a failure, or NULL if not wanted
/// @return as signet_keystore_public_key()
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_keystore_export_public(
    keystore: *const signet_keystore,
    name: *const u8,
    name_len: usize,
    text_out: *mut *mut signet_buffer,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let out = memory::out(text_out, "text_out")?;
            let keystore = memory::handle(keystore, "keystore")?;
            let name = memory::text(name, name_len, "name")?;
            *out = signet_buffer::into_raw(keystore.export_public(name)?.into_bytes());
            Ok(())
        })
    }
}

/// Encrypts the secret of an identity anew: under another passphrase, under a
/// first one, or not at all. A crash leaves the old file or the new one.
///
/// @param keystore     the keystore
/// @param name         the identity's name; borrowed for the call
/// @param name_len     its length in bytes
/// @param current      opens the key as it is; empty means none; borrowed
/// @param current_len  its length in bytes
/// @param new_passphrase      encrypts it anew; empty only with
///                            SIGNET_KEY_UNENCRYPTED; borrowed
/// @param new_passphrase_len  its length in bytes
/// @param flags        0 or SIGNET_KEY_UNENCRYPTED
/// @param[out] error_out  details of a failure, or NULL if not wanted
/// @return as signet_keystore_load()
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_keystore_change_passphrase(
    keystore: *const signet_keystore,
    name: *const u8,
    name_len: usize,
    current: *const u8,
    current_len: usize,
    new_passphrase: *const u8,
    new_passphrase_len: usize,
    flags: u32,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let keystore = memory::handle(keystore, "keystore")?;
            let name = memory::text(name, name_len, "name")?;
            let current = memory::text(current, current_len, "current")?;
            let new = memory::text(new_passphrase, new_passphrase_len, "new_passphrase")?;
            let new = protection(new, flags)?;
            Ok(keystore.change_passphrase(name, given(current), new)?)
        })
    }
}

/// Deletes an identity: its secret and its ".pub" file.
///
/// @param keystore  the keystore
/// @param name      the identity's name; borrowed for the call
/// @param name_len  its length in bytes
/// @param[out] error_out  details of a failure, or NULL if not wanted
/// @return SIGNET_OK, SIGNET_ERR_KEY_NOT_FOUND, SIGNET_ERR_KEY_NAME_INVALID,
///         SIGNET_ERR_IO, SIGNET_ERR_INVALID_ARGUMENT, SIGNET_ERR_NULL_ARGUMENT
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_keystore_delete(
    keystore: *const signet_keystore,
    name: *const u8,
    name_len: usize,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let keystore = memory::handle(keystore, "keystore")?;
            let name = memory::text(name, name_len, "name")?;
            Ok(keystore.delete(name)?)
        })
    }
}

/// Releases a keystore; nothing on disk changes. NULL is ignored.
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_keystore_free(keystore: *mut signet_keystore) {
    // SAFETY: NULL or live and not used afterwards, says the header.
    silently(|| unsafe { signet_keystore::release(keystore) });
}

/// # Safety
///
/// As for [`options::read`].
unsafe fn read_options(given: *const signet_keystore_options) -> Result<KeystoreOptions, Failure> {
    // SAFETY: the same contract.
    let given = unsafe { options::read(given, "options")? };
    options::check_flags(given.flags, SIGNET_KEYSTORE_ALLOW_EXPOSED, "options")?;
    let or_default = |value: u32, default: u32| if value == 0 { default } else { value };
    let mut options = KeystoreOptions {
        allow_exposed: given.flags & SIGNET_KEYSTORE_ALLOW_EXPOSED != 0,
        ..KeystoreOptions::default()
    };
    options.kdf.passes = or_default(given.kdf_passes, options.kdf.passes);
    options.kdf.memory_kib = or_default(given.kdf_memory_kib, options.kdf.memory_kib);
    let limits = &mut options.kdf_limits;
    limits.max_memory_kib = or_default(given.max_memory_kib, limits.max_memory_kib);
    limits.max_passes = or_default(given.max_passes, limits.max_passes);
    Ok(options)
}

fn new_identity<'a>(
    owner: &'a str,
    passphrase: &'a str,
    flags: u32,
) -> Result<NewIdentity<'a>, Failure> {
    let identity = NewIdentity::new(protection(passphrase, flags)?, Instant::now());
    Ok(match owner {
        "" => identity,
        owner => identity.with_owner(owner),
    })
}

/// How the caller wants a secret kept.
fn protection(passphrase: &str, flags: u32) -> Result<Protection<'_>, Failure> {
    options::check_flags(flags, SIGNET_KEY_UNENCRYPTED, "flags")?;
    let wrong = |kind, detail| Failure::Core(Error::new(kind, "passphrase", detail));
    match (passphrase, flags) {
        ("", SIGNET_KEY_UNENCRYPTED) => Ok(Protection::Unencrypted),
        ("", _) => Err(wrong(
            ErrorKind::PassphraseRequired,
            "it is empty; to store the secret unencrypted, say so with the flag",
        )),
        (_, SIGNET_KEY_UNENCRYPTED) => Err(wrong(
            ErrorKind::InvalidArgument,
            "it is given, but the flag asks for no encryption",
        )),
        (passphrase, _) => Ok(Protection::Passphrase(passphrase)),
    }
}

/// An empty passphrase means that none was given.
fn given(passphrase: &str) -> Option<&str> {
    (!passphrase.is_empty()).then_some(passphrase)
}
