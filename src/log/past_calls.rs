//! Rate limits that outlive the program: the calls that a log tells of, counted
//! for a policy.
//!
//! A program that signs one call and ends has no counters of its own, and several
//! of them would each have their own. What all of them share is the log: a call
//! that was let through is in it. Whoever decides by such a count and then appends
//! takes a [`Turn`] first, so that of two programs at once the second counts what
//! the first has let through.

use std::collections::HashSet;
use std::ops::ControlFlow;

use crate::authority::policy::{Call, Policy, RateLimits};
use crate::encoding::jcs::Limits;
use crate::encoding::record::Reading;
use crate::encoding::rfc3339::Instant;
use crate::error::Result;
use crate::log::control::{BREAK_TOOL, PRUNE_TOOL, RECOVER_TOOL, ROTATE_TOOL};
use crate::log::lock::{self, LockFile};
use crate::log::sealed_params::SealedParams;
use crate::log::{Log, StoredRecord, read, segment};
use crate::receipt::{Field, Receipt};

/// What the log says of itself; nobody's call.
const OWN_TOOLS: [&str; 4] = [BREAK_TOOL, PRUNE_TOOL, RECOVER_TOOL, ROTATE_TOOL];

const DAY_MILLIS: i64 = 86_400_000;

/// A turn among the programs that decide by what the log holds; over when
/// dropped. Appending needs none, and is not held up by one.
#[derive(Debug)]
pub struct Turn {
    _lock: LockFile,
}

impl Log {
    /// Waits for a turn, for as long as the log's options say to wait for other
    /// writers; [`ErrorKind::LogBusy`](crate::error::ErrorKind::LogBusy) then.
    pub fn take_turn(&self) -> Result<Turn> {
        self.check_usable()?;
        // Not under the lock of this handle: who has the turn may want to append.
        let (clock, timeout_millis) = self.group.store().patience();
        let lock = lock::take_turn(self.disk.as_ref(), clock.as_ref(), timeout_millis)?;
        Ok(Turn { _lock: lock })
    }

    /// Counters with the calls of the log that are within a window of the
    /// policy's rate limits at the time `now`.
    ///
    /// A call counts when the log has its receipt, once, at the time that its
    /// receipt gives, whoever wrote it and whatever policy there was. Denied calls
    /// have none and do not count. Where the params are hidden or sealed, a call
    /// counts for every rule that it might fall under. Reads the days that the
    /// longest window reaches into, and the day before them, because records are
    /// filed by the day of their writing. A line that is no record is an error:
    /// a count that misses calls would let too many through.
    pub fn count_calls(&self, policy: &Policy, now: Instant) -> Result<RateLimits> {
        let mut counters = RateLimits::new();
        let Some(seconds) = policy.longest_window_seconds() else {
            return Ok(counters);
        };
        let (end, _) = self.snapshot(0)?;
        let window = i64::try_from(seconds)
            .unwrap_or(i64::MAX)
            .saturating_mul(1000);
        let reach = window.saturating_add(DAY_MILLIS);
        // Before 1970 there are no segments.
        let start = now.plus_millis(-reach.min(now.unix_millis().max(0)));
        let oldest_segment = segment::name_of_day(start);
        // A co-signed receipt is the same call as the agent's receipt inside it.
        let mut counted = HashSet::new();
        let mut scratch = Vec::new();
        read::lines_backwards(self.disk.as_ref(), &end, &mut |found| {
            if found.segment < oldest_segment.as_str() {
                return Ok(ControlFlow::Break(()));
            }
            let record = read::stored(&found, &mut scratch)?;
            if let Some(receipt) = call_receipt(&record)
                && let Ok(at) = receipt.time()
                && at.millis_until(now) < window
                && counted.insert(receipt.text(Field::Id).unwrap_or_default().to_owned())
            {
                policy.count_past(&Call::of_receipt(&receipt), at, now, &mut counters);
            }
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(counters)
    }
}

/// The agent's receipt of the call that a record is about; `None` when it is about
/// none.
fn call_receipt(record: &StoredRecord) -> Option<Receipt> {
    let view = record.view();
    if view.is_violation() || view.tool().is_some_and(|tool| OWN_TOOLS.contains(&&*tool)) {
        return None;
    }
    if view.has_encrypted_params() {
        return SealedParams::parse(&record.receipt).ok()?.in_clear().ok();
    }
    let receipt = Receipt::parse(&record.receipt, Reading::Forensic, &Limits::default()).ok()?;
    match receipt.agent_receipt() {
        Some(agents) => Some(agents.clone()),
        None => Some(receipt),
    }
}
