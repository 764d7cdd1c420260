//! The clock, as callers speak of it.

use crate::encoding::rfc3339::Instant;
use crate::error::Result;

/// The system clock, where a function asks for a time in milliseconds since
/// 1970-01-01T00:00:00Z.
pub const SIGNET_NOW: i64 = i64::MIN;

/// The instant that a caller means.
pub(super) fn instant(unix_ms: i64) -> Result<Instant> {
    match unix_ms {
        SIGNET_NOW => Ok(Instant::now()),
        millis => Instant::from_unix_millis(millis),
    }
}
