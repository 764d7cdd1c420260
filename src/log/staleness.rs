//! Whether a log's newest checkpoint is as new as was promised.
//!
//! A checkpoint says how many records it covers, not when it was made. What is
//! measured is therefore for how long a record has been waiting for one: since
//! the time that the first record without one states, or the record before it if
//! that is later. A log that is covered to its end is fresh, however old it is.

use std::ops::ControlFlow;

use crate::encoding::rfc3339::Instant;
use crate::error::Result;
use crate::log::disk::Disk;
use crate::log::line;
use crate::log::read;
use crate::log::record::RecordView;
use crate::log::recover::Position;
use crate::log::tree;
use crate::tlog::verifier_key::VerifierKey;

/// How often checkpoints were promised.
#[derive(Clone, Copy, Debug)]
pub struct ExpectedCadence<'a> {
    /// How long a record may be without a checkpoint, in milliseconds.
    pub max_age_millis: u64,
    /// The time it is. Without it, the latest time that a record without
    /// checkpoint states: then only records that were appended later can show
    /// that a checkpoint is overdue.
    pub now: Option<Instant>,
    /// Whose checkpoints count. Without it, whatever lies beside the log does,
    /// whoever has signed it.
    pub log_key: Option<&'a VerifierKey>,
}

/// Says what is overdue in a log of `count` records, if anything is, and the
/// first record without a checkpoint.
pub(super) fn judge(
    disk: &dyn Disk,
    count: u64,
    cadence: &ExpectedCadence<'_>,
) -> Result<Option<(u64, String)>> {
    let covered = match cadence.log_key {
        Some(key) => tree::remembered_of(disk, key),
        None => tree::remembered(disk),
    }
    .map_or(0, |checkpoint| checkpoint.head().size);
    if covered >= count {
        return Ok(None);
    }
    let end = Position {
        count,
        ..Position::end()
    };
    let (mut newest, mut waiting) = (None, None);
    let mut scratch = Vec::new();
    read::lines_backwards(disk, &end, &mut |found| {
        let time = line::check(found.line.bytes, &mut scratch)
            .ok()
            .and_then(|checked| RecordView::new(checked.receipt(&scratch)).time());
        if found.index >= covered {
            newest = newest.max(time);
        }
        if found.index <= covered {
            waiting = waiting.max(time);
        }
        Ok(match found.index < covered || found.index == 0 {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        })
    })?;
    let (Some(now), Some(waiting)) = (cadence.now.or(newest), waiting) else {
        return Ok(None);
    };
    let age = waiting.millis_until(now);
    Ok(match u64::try_from(age) {
        Ok(age) if age > cadence.max_age_millis => Some((
            covered,
            format!(
                "the newest checkpoint covers {covered} of {count} records, and the next one has \
                 been due for {} ms",
                age.saturating_sub(cadence.max_age_millis)
            ),
        )),
        _ => None,
    })
}
