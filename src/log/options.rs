//! How a log is opened: what it promises about the disk, who else may write, when
//! it signs checkpoints.

use std::fmt;
use std::sync::Arc;

use crate::identity::KeyPair;
use crate::log::{Clock, DEFAULT_MAX_RECORD_LEN, SystemClock};

/// When a record is on the disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// Before the append answers: it survives a loss of power.
    #[default]
    Sync,
    /// With the first append after that many milliseconds, or [`Log::sync`](crate::log::Log::sync): a
    /// record survives the process from the start, a loss of power only then.
    Interval {
        /// The time between two syncs.
        millis: u32,
    },
    /// When the operating system likes, or at [`Log::sync`](crate::log::Log::sync).
    None,
}

/// Who else may append to the folder.
///
/// Programs of this library always may. The published Signet always appends to
/// `YYYY-MM-DD.jsonl` of the receipt's day, so while its programs may come, a
/// day must stay in that one segment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sharing {
    /// The published Signet too: a new segment is begun with the day only.
    #[default]
    Published,
    /// Nobody but this library: a segment that is full is left for
    /// `YYYY-MM-DD.s0001.jsonl` and so on, which published programs read and
    /// verify in their place, but must not append beside. A day in which they
    /// are seen to append is not split.
    Alone,
}

/// When a log signs a checkpoint by itself. Every one is over durable records,
/// and is made by an append, [`Log::sync`](crate::log::Log::sync) or [`Log::close`](crate::log::Log::close), because the library
/// has no thread of its own: a log at which nothing happens makes none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CheckpointCadence {
    /// When so many records have come since the last one; 0 means never.
    pub records: u64,
    /// When anything has come and the last one is so many milliseconds old, by
    /// the log's clock; 0 means never.
    pub millis: u64,
}

impl Default for CheckpointCadence {
    fn default() -> CheckpointCadence {
        CheckpointCadence {
            records: 256,
            millis: 1000,
        }
    }
}

/// The default of [`LogOptions::max_segment_len`].
pub const DEFAULT_MAX_SEGMENT_LEN: u64 = 64 << 20;

/// How to open a log.
#[derive(Clone)]
pub struct LogOptions {
    /// When a record is on the disk.
    pub durability: Durability,
    /// Signs the log's own records about torn ends and damage. Without it they
    /// are only noted beside the log.
    pub control_key: Option<Arc<KeyPair>>,
    /// Signs checkpoints of the log. Not an agent's key: whoever acts must not
    /// vouch for what was recorded.
    pub log_key: Option<Arc<KeyPair>>,
    /// The name of the log in its checkpoints, commonly a URL without scheme.
    /// Without it, `signet.log/` and 16 hex digits of the log key's hash.
    pub origin: Option<String>,
    /// The largest record that is taken, in bytes of JSON.
    pub max_record_len: usize,
    /// Whether a torn end may be set aside when the log is opened or appended
    /// to. Otherwise that fails with [`ErrorKind::LogDamaged`](crate::error::ErrorKind::LogDamaged), and
    /// [`plan_repair`](crate::log::plan_repair) shows what would be done.
    pub repair_automatically: bool,
    /// Who else may append to the folder.
    pub sharing: Sharing,
    /// How long a segment may become, in bytes, with [`Sharing::Alone`]. Records
    /// that are appended together stay together, so one may become longer.
    pub max_segment_len: u64,
    /// When checkpoints are signed that nobody asks for, where there is a log
    /// key: at closing and when a segment is left in any case. `None`: only those
    /// that are asked for.
    pub checkpoints: Option<CheckpointCadence>,
    /// Whether the log may lie on a file system of another machine (NFS, SMB and
    /// the like). Then nothing here is promised against writers on other
    /// machines, nor against a loss of power over there.
    pub allow_network_file_system: bool,
    /// How long to wait for other writers, in milliseconds.
    pub lock_timeout_millis: u64,
    /// The clock that chooses the day of a record.
    pub clock: Arc<dyn Clock>,
}

impl Default for LogOptions {
    fn default() -> LogOptions {
        LogOptions {
            durability: Durability::Sync,
            control_key: None,
            log_key: None,
            origin: None,
            max_record_len: DEFAULT_MAX_RECORD_LEN,
            repair_automatically: true,
            sharing: Sharing::Published,
            max_segment_len: DEFAULT_MAX_SEGMENT_LEN,
            checkpoints: Some(CheckpointCadence::default()),
            allow_network_file_system: false,
            lock_timeout_millis: 30_000,
            clock: Arc::new(SystemClock),
        }
    }
}

impl fmt::Debug for LogOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogOptions")
            .field("durability", &self.durability)
            .field("has_control_key", &self.control_key.is_some())
            .field("has_log_key", &self.log_key.is_some())
            .field("origin", &self.origin)
            .field("max_record_len", &self.max_record_len)
            .field("repair_automatically", &self.repair_automatically)
            .field("sharing", &self.sharing)
            .field("max_segment_len", &self.max_segment_len)
            .field("checkpoints", &self.checkpoints)
            .finish_non_exhaustive()
    }
}
