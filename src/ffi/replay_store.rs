//! Replay stores: remembering what was used, so that nothing is accepted twice.

use std::ffi::c_void;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use crate::crypto::ed25519::PublicKey;
use crate::encoding::rfc3339::Instant;
use crate::error::{Error, ErrorKind, Result};
use crate::ffi::boundary::{Failure, quietly, run, silently};
use crate::ffi::error::signet_error;
use crate::ffi::handle::Handle;
use crate::ffi::keypair::{UserData, signet_free_callback};
use crate::ffi::memory;
use crate::ffi::options::{self, Options};
use crate::ffi::public_key::signet_public_key;
use crate::ffi::status::signet_status;
use crate::ffi::time::instant;
use crate::verifier::{
    DEFAULT_CAPACITY, FileNonces, FileNoncesOptions, MemoryNonces, NonceStore, NonceUse,
    PublishedForm,
};

/// A memory of used nonces, for verifiers and for whoever checks nonces himself.
/// Several verifiers may share one. It never forgets what could still be
/// presented: when it has no room it refuses. Any thread may use it at any time;
/// uses come one after the other. Owned by the caller.
pub struct signet_replay_store {
    _private: [u8; 0],
}

/// A store, and what only some kinds of stores can do.
pub(super) enum ReplayCore {
    Memory(Arc<MemoryNonces>),
    File(Arc<FileNonces>),
    Callback(Arc<CallbackNonces>),
}

impl ReplayCore {
    pub(super) fn store(&self) -> Arc<dyn NonceStore> {
        match self {
            ReplayCore::Memory(store) => Arc::clone(store) as Arc<dyn NonceStore>,
            ReplayCore::File(store) => Arc::clone(store) as Arc<dyn NonceStore>,
            ReplayCore::Callback(store) => Arc::clone(store) as Arc<dyn NonceStore>,
        }
    }

    fn len(&self) -> usize {
        match self {
            ReplayCore::Memory(store) => store.len(),
            ReplayCore::File(store) => store.len(),
            ReplayCore::Callback(_) => 0,
        }
    }

    fn export(&self, now: Instant) -> Result<()> {
        match self {
            ReplayCore::File(store) => store.export(now),
            _ => Err(Error::new(
                ErrorKind::Unsupported,
                "store",
                "only a store in a file has a form that published programs read",
            )),
        }
    }
}

impl Handle for signet_replay_store {
    type Core = ReplayCore;
}

/// Do not make a use durable before it is answered: a crash of the machine may
/// then bring back what was used just before.
pub const SIGNET_REPLAY_NO_SYNC: u32 = 1;
/// Write the nonce file before every answer, for published programs that use it at
/// the same time. It costs as much as there are nonces.
pub const SIGNET_REPLAY_SHARE_AT_ONCE: u32 = 2;

/// A nonce file of the published Rust and Python packages.
pub const SIGNET_NONCES_RUST_PYTHON: i32 = 0;
/// A nonce file of the published TypeScript packages.
pub const SIGNET_NONCES_TYPESCRIPT: i32 = 1;

/// The nonce was not used before, and is used now.
pub const SIGNET_NONCE_FRESH: i32 = 0;
/// The nonce was used as often as it may be.
pub const SIGNET_NONCE_REPLAYED: i32 = 1;
/// There is no room to remember it.
pub const SIGNET_NONCE_NO_ROOM: i32 = 2;

/// How a nonce file is kept. Initialise with SIGNET_REPLAY_STORE_OPTIONS_INIT or
/// signet_replay_store_options_init(); NULL means all defaults.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct signet_replay_store_options {
    /// sizeof(signet_replay_store_options).
    pub struct_size: u32,
    /// SIGNET_REPLAY_… bits.
    pub flags: u32,
    /// How many nonces are remembered; 0 means 262144.
    pub capacity: u64,
    /// How long a nonce is remembered at least after its use, in seconds; 0 means
    /// until it ends, and an hour where a file of published programs is there.
    pub lifetime_seconds: u64,
    /// The form of a nonce file that is not there yet: SIGNET_NONCES_RUST_PYTHON
    /// or SIGNET_NONCES_TYPESCRIPT. One that is there keeps its own.
    pub form: i32,
    /// Must be 0.
    pub reserved: u32,
}

// SAFETY: repr(C), starts with u32, only integers.
unsafe impl Options for signet_replay_store_options {}

/// Uses a nonce in a store of the caller's, such as a database, in one step: of
/// two calls for one nonce, whatever thread or machine they come from, one gets
/// SIGNET_NONCE_FRESH. It may be called from several threads at once. It must not
/// unwind.
///
/// Where a receipt uses two nonces, its own and that of an authority's decision,
/// there are two calls, and the first one's is used up even if the second one
/// refuses. A policy has been asked before.
///
/// @param signer              whose nonce it is: SIGNET_PUBLIC_KEY_LEN bytes, or
///                            NULL when it counts whoever used it
/// @param nonce               the nonce, UTF-8, not terminated
/// @param nonce_len           its length in bytes
/// @param keep_until_unix_ms  until when it has to be remembered, in milliseconds
///                            since 1970-01-01T00:00:00Z
/// @param max_uses            how often it may be used: 1 for that of a receipt
/// @param user_data           what was given with the callback
/// @return SIGNET_NONCE_FRESH, SIGNET_NONCE_REPLAYED or SIGNET_NONCE_NO_ROOM;
///         anything else refuses with SIGNET_ERR_REPLAY_STORE_FAILED, and the
///         number stands in the message
pub type signet_nonce_callback = Option<
    unsafe extern "C" fn(
        signer: *const u8,
        nonce: *const u8,
        nonce_len: usize,
        keep_until_unix_ms: i64,
        max_uses: u64,
        user_data: *mut c_void,
    ) -> i32,
>;

/// Fills in the defaults. NULL is ignored.
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_replay_store_options_init(
    options_out: *mut signet_replay_store_options,
) {
    // SAFETY: NULL or writable, says the header.
    silently(|| unsafe { options::init(options_out) });
}

/// Makes a store in memory: for this process, until it is freed and no verifier
/// uses it. A receipt that was used just before a restart could be used once more
/// after it, unless the verifier's "not_before" is the time of its start.
///
/// @param capacity  how many nonces there is room for, each of about 100 bytes; 0
///                  means 262144
/// @param[out] store_out  the store; owned by the caller
/// @param[out] error_out  details of a failure, or NULL if not wanted
/// @return SIGNET_OK, SIGNET_ERR_NULL_ARGUMENT
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_replay_store_new(
    capacity: u64,
    store_out: *mut *mut signet_replay_store,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let out = memory::out(store_out, "store_out")?;
            let store = Arc::new(MemoryNonces::new(capacity_of(capacity)));
            *out = signet_replay_store::into_raw(ReplayCore::Memory(store));
            Ok(())
        })
    }
}

/// Opens a store in a file, for all processes that use it and across restarts.
/// Three files stand side by side: `path`, a nonce file of the published Signet,
/// where there is one; `path`.journal, which is the truth; and `path`.lock. What
/// published programs write is read; they see our nonces when `path` is written:
/// by signet_replay_store_export(), now and then, or with
/// SIGNET_REPLAY_SHARE_AT_ONCE before every answer.
///
/// Whatever cannot be read, written or understood is a refusal, never an empty
/// store.
///
/// @param path      the path of the nonce file, UTF-8; its folder must be there;
///                  borrowed for the call
/// @param path_len  its length in bytes
/// @param options   options, or NULL
/// @param[out] store_out  the store; owned by the caller
/// @param[out] error_out  details of a failure, or NULL if not wanted
/// @return SIGNET_OK, SIGNET_ERR_REPLAY_STORE_FAILED, SIGNET_ERR_INVALID_ARGUMENT,
///         SIGNET_ERR_UNSUPPORTED, SIGNET_ERR_NULL_ARGUMENT
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_replay_store_open(
    path: *const u8,
    path_len: usize,
    options: *const signet_replay_store_options,
    store_out: *mut *mut signet_replay_store,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let out = memory::out(store_out, "store_out")?;
            let path = memory::text(path, path_len, "path")?;
            if path.is_empty() {
                return Err(memory::invalid("path", "it must not be empty"));
            }
            let options = read_options(options)?;
            let store = Arc::new(FileNonces::open(Path::new(path), options)?);
            *out = signet_replay_store::into_raw(ReplayCore::File(store));
            Ok(())
        })
    }
}

/// Makes a store of a callback.
///
/// @param use_nonce  uses a nonce; must not be NULL
/// @param user_data  given to each call of `use_nonce`; must stay valid and usable
///                   from any thread until `free_user_data` is called, or, if that
///                   is NULL, until the store and every verifier with it are freed
/// @param free_user_data  called once when the last use of the store ends, and
///                        also when this call fails; may be NULL
/// @param[out] store_out  the store; owned by the caller
/// @param[out] error_out  details of a failure, or NULL if not wanted
/// @return SIGNET_OK, SIGNET_ERR_NULL_ARGUMENT
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_replay_store_from_callback(
    use_nonce: signet_nonce_callback,
    user_data: *mut c_void,
    free_user_data: signet_free_callback,
    store_out: *mut *mut signet_replay_store,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let data = UserData {
                data: user_data,
                free: free_user_data,
            };
            let out = memory::out(store_out, "store_out")?;
            let use_nonce = use_nonce.ok_or(Failure::Null("use_nonce"))?;
            let store = Arc::new(CallbackNonces { use_nonce, data });
            *out = signet_replay_store::into_raw(ReplayCore::Callback(store));
            Ok(())
        })
    }
}

/// Uses a nonce once, for whoever checks nonces without a verifier: the first call
/// gets SIGNET_OK, every other SIGNET_ERR_REPLAYED, and of two at the same time
/// one. With a file the use is on the disk then.
///
/// @param store        the store
/// @param signer       whose nonce it is; NULL: it counts whoever uses it
/// @param nonce        the nonce, any text; borrowed for the call
/// @param nonce_len    its length in bytes
/// @param lifetime_ms  for how many milliseconds from now on it could be presented
///                     again; later it may be forgotten
/// @param at_unix_ms   the time in milliseconds since 1970-01-01T00:00:00Z, or
///                     SIGNET_NOW
/// @param[out] error_out  details of a failure, or NULL if not wanted
/// @return SIGNET_OK, SIGNET_ERR_REPLAYED, SIGNET_ERR_REPLAY_STORE_FULL,
///         SIGNET_ERR_REPLAY_STORE_FAILED, SIGNET_ERR_INVALID_ARGUMENT,
///         SIGNET_ERR_NULL_ARGUMENT
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_replay_store_use_once(
    store: *const signet_replay_store,
    signer: *const signet_public_key,
    nonce: *const u8,
    nonce_len: usize,
    lifetime_ms: u64,
    at_unix_ms: i64,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let store = memory::handle(store, "store")?;
            let signer = signet_public_key::borrow(signer).map(|signer| &signer.key);
            let nonce = memory::text(nonce, nonce_len, "nonce")?;
            let now = instant(at_unix_ms)?;
            let lifetime = i64::try_from(lifetime_ms).unwrap_or(i64::MAX);
            let keep_until = now.plus_millis(lifetime);
            store.store().use_once(signer, nonce, keep_until, now)?;
            Ok(())
        })
    }
}

/// How many nonces are remembered, as far as this process has seen; 0 for NULL and
/// for a store of a callback.
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_replay_store_len(store: *const signet_replay_store) -> u64 {
    quietly(0, || {
        // SAFETY: NULL or live, says the header.
        let store = unsafe { signet_replay_store::borrow(store) }?;
        u64::try_from(store.len()).ok()
    })
}

/// Writes the nonce file of a store in a file, in the form that it has, so that
/// published programs know every nonce that still matters.
///
/// @param store       the store
/// @param at_unix_ms  the time in milliseconds since 1970-01-01T00:00:00Z, or
///                    SIGNET_NOW
/// @param[out] error_out  details of a failure, or NULL if not wanted
/// @return SIGNET_OK, SIGNET_ERR_REPLAY_STORE_FAILED, SIGNET_ERR_UNSUPPORTED (it is
///         not in a file), SIGNET_ERR_INVALID_ARGUMENT, SIGNET_ERR_NULL_ARGUMENT
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_replay_store_export(
    store: *const signet_replay_store,
    at_unix_ms: i64,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let store = memory::handle(store, "store")?;
            Ok(store.export(instant(at_unix_ms)?)?)
        })
    }
}

/// Releases a store; a verifier that was made with it goes on using it. NULL is
/// ignored.
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_replay_store_free(store: *mut signet_replay_store) {
    // SAFETY: NULL or live and not used afterwards, says the header.
    silently(|| unsafe { signet_replay_store::release(store) });
}

/// # Safety
///
/// As for [`options::read`].
unsafe fn read_options(
    given: *const signet_replay_store_options,
) -> std::result::Result<FileNoncesOptions, Failure> {
    // SAFETY: the same contract.
    let given = unsafe { options::read(given, "options")? };
    let known = SIGNET_REPLAY_NO_SYNC | SIGNET_REPLAY_SHARE_AT_ONCE;
    options::check_flags(given.flags, known, "options")?;
    options::check_reserved(given.reserved, "options")?;
    Ok(FileNoncesOptions {
        capacity: capacity_of(given.capacity),
        lifetime_seconds: given.lifetime_seconds,
        sync: given.flags & SIGNET_REPLAY_NO_SYNC == 0,
        share_at_once: given.flags & SIGNET_REPLAY_SHARE_AT_ONCE != 0,
        form: match given.form {
            SIGNET_NONCES_RUST_PYTHON => PublishedForm::RustPython,
            SIGNET_NONCES_TYPESCRIPT => PublishedForm::TypeScript,
            _ => {
                return Err(memory::invalid(
                    "options",
                    "member \"form\" is none of the constants",
                ));
            }
        },
    })
}

fn capacity_of(given: u64) -> usize {
    match given {
        0 => DEFAULT_CAPACITY,
        capacity => usize::try_from(capacity).unwrap_or(usize::MAX),
    }
}

/// A store of the caller's.
pub(super) struct CallbackNonces {
    use_nonce: unsafe extern "C" fn(*const u8, *const u8, usize, i64, u64, *mut c_void) -> i32,
    data: UserData,
}

impl fmt::Debug for CallbackNonces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallbackNonces").finish_non_exhaustive()
    }
}

impl NonceStore for CallbackNonces {
    fn use_up(
        &self,
        uses: &[NonceUse<'_>],
        _now: Instant,
        judge: &mut dyn FnMut() -> Result<()>,
    ) -> Result<()> {
        judge()?;
        for (index, one) in (0..).zip(uses) {
            let signer = one.signer.map(PublicKey::as_bytes);
            // SAFETY: the header states what the callback gets.
            let answer = unsafe {
                (self.use_nonce)(
                    signer.map_or(std::ptr::null(), |signer| signer.as_ptr()),
                    one.nonce.as_ptr(),
                    one.nonce.len(),
                    one.keep_until.unix_millis(),
                    one.max_uses,
                    self.data.data,
                )
            };
            let refused = |kind, detail: String| Err(Error::new(kind, "replay store", detail));
            match answer {
                SIGNET_NONCE_FRESH => {}
                SIGNET_NONCE_REPLAYED => {
                    let used = Error::new(ErrorKind::Replayed, "nonce", "it was used before");
                    return Err(used.at(index));
                }
                SIGNET_NONCE_NO_ROOM => {
                    let detail = "the callback has no room for another nonce".to_owned();
                    return refused(ErrorKind::ReplayStoreFull, detail);
                }
                other => {
                    let detail = format!("the callback returned {other}");
                    return refused(ErrorKind::ReplayStoreFailed, detail);
                }
            }
        }
        Ok(())
    }
}
