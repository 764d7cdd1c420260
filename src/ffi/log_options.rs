//! How a log is opened.

use crate::ffi::boundary::{Failure, silently};
use crate::ffi::memory;
use crate::ffi::options::{self, Options};
use crate::log::{CheckpointCadence, Durability, LogOptions, Sharing};

/// A record is on the disk before the append answers (the default).
pub const SIGNET_LOG_SYNC: i32 = 0;
/// A record is on the disk with the first append after interval_ms, or
/// signet_log_sync(): until then it survives the process, not a loss of power.
pub const SIGNET_LOG_INTERVAL: i32 = 1;
/// A record is on the disk when the operating system likes, or at
/// signet_log_sync().
pub const SIGNET_LOG_NONE: i32 = 2;

/// Do not set a torn end aside when the log is opened or appended to: fail with
/// SIGNET_ERR_LOG_DAMAGED instead.
pub const SIGNET_LOG_NO_REPAIR: u32 = 1;
/// Nobody but this library appends to the folder, so that a segment that is full is
/// left for "YYYY-MM-DD.s0001.jsonl" and so on. The published Signet reads and
/// verifies those in their place, but must not append beside them.
pub const SIGNET_LOG_ALONE: u32 = 2;
/// Sign only those checkpoints that are asked for.
pub const SIGNET_LOG_NO_CHECKPOINTS: u32 = 4;
/// The folder may lie on a file system of another machine (NFS, SMB and the like).
/// Then nothing is promised against writers on other machines, nor against a loss of
/// power over there.
pub const SIGNET_LOG_ALLOW_NETWORK: u32 = 8;

/// As checkpoint_records or checkpoint_ms: never for that reason.
pub const SIGNET_NEVER: u64 = u64::MAX;

/// How to open a log. Initialise with SIGNET_LOG_OPTIONS_INIT or
/// signet_log_options_init(); NULL means all defaults.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct signet_log_options {
    /// sizeof(signet_log_options).
    pub struct_size: u32,
    /// SIGNET_LOG_NO_REPAIR, SIGNET_LOG_ALONE, SIGNET_LOG_NO_CHECKPOINTS,
    /// SIGNET_LOG_ALLOW_NETWORK.
    pub flags: u32,
    /// SIGNET_LOG_SYNC, SIGNET_LOG_INTERVAL or SIGNET_LOG_NONE.
    pub durability: i32,
    /// With SIGNET_LOG_INTERVAL: milliseconds between two syncs.
    pub interval_ms: u32,
    /// The largest record in bytes of JSON; 0 means the default.
    pub max_record_len: u64,
    /// How long to wait for other writers, in milliseconds; 0 means 30000.
    pub lock_timeout_ms: u64,
    /// The name of the log in its checkpoints, commonly a URL without scheme;
    /// borrowed for the call. NULL with length 0: made from the log key.
    pub origin: *const u8,
    /// The length of origin in bytes.
    pub origin_len: usize,
    /// With SIGNET_LOG_ALONE: how long a segment may become, in bytes; 0 means 64 MiB.
    /// Records that are appended together stay together, so one may become longer.
    pub max_segment_len: u64,
    /// With a log key: sign a checkpoint when so many records have come since the last
    /// one; 0 means 256. One is signed at closing in any case.
    pub checkpoint_records: u64,
    /// With a log key: sign a checkpoint when anything has come and the last one is so
    /// many milliseconds old; 0 means 1000. It is made by an append, by
    /// signet_log_sync() or by closing, because the library has no thread of its own.
    pub checkpoint_ms: u64,
}

// SAFETY: repr(C), starts with u32; integers and a pointer, no padding.
unsafe impl Options for signet_log_options {}

/// Fills in the defaults. NULL is ignored.
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_log_options_init(options_out: *mut signet_log_options) {
    // SAFETY: NULL or writable, says the header.
    silently(|| unsafe { options::init(options_out) });
}

/// # Safety
///
/// As for [`options::read`].
pub(super) unsafe fn read_log_options(
    given: *const signet_log_options,
) -> Result<LogOptions, Failure> {
    // SAFETY: the same contract.
    let given = unsafe { options::read(given, "options")? };
    let known = SIGNET_LOG_NO_REPAIR
        | SIGNET_LOG_ALONE
        | SIGNET_LOG_NO_CHECKPOINTS
        | SIGNET_LOG_ALLOW_NETWORK;
    options::check_flags(given.flags, known, "options")?;
    let has = |flag: u32| given.flags & flag != 0;
    let mut options = LogOptions {
        durability: match given.durability {
            SIGNET_LOG_SYNC => Durability::Sync,
            SIGNET_LOG_INTERVAL => Durability::Interval {
                millis: given.interval_ms,
            },
            SIGNET_LOG_NONE => Durability::None,
            _ => {
                return Err(memory::invalid(
                    "options",
                    "member \"durability\" is none of the constants",
                ));
            }
        },
        repair_automatically: !has(SIGNET_LOG_NO_REPAIR),
        sharing: match has(SIGNET_LOG_ALONE) {
            true => Sharing::Alone,
            false => Sharing::Published,
        },
        allow_network_file_system: has(SIGNET_LOG_ALLOW_NETWORK),
        checkpoints: (!has(SIGNET_LOG_NO_CHECKPOINTS)).then(|| cadence(&given)),
        ..LogOptions::default()
    };
    // SAFETY: readable, says the header.
    let origin = unsafe { memory::text(given.origin, given.origin_len, "origin")? };
    if !origin.is_empty() {
        options.origin = Some(origin.to_owned());
    }
    if given.max_record_len != 0 {
        options.max_record_len = usize::try_from(given.max_record_len).unwrap_or(usize::MAX);
    }
    if given.max_segment_len != 0 {
        options.max_segment_len = given.max_segment_len;
    }
    if given.lock_timeout_ms != 0 {
        options.lock_timeout_millis = given.lock_timeout_ms;
    }
    Ok(options)
}

/// The cadence that a caller asks for; the core says 0 for never.
fn cadence(given: &signet_log_options) -> CheckpointCadence {
    let or = |value: u64, default: u64| match value {
        0 => default,
        SIGNET_NEVER => 0,
        value => value,
    };
    let defaults = CheckpointCadence::default();
    CheckpointCadence {
        records: or(given.checkpoint_records, defaults.records),
        millis: or(given.checkpoint_ms, defaults.millis),
    }
}
