//! The short way of an append, when nothing has changed since the last one.
//!
//! Under the locks an append must know that the lock files are still those of
//! everybody, that no segment has been begun, and that the newest one ends where
//! it ended. All names involved stand in the audit folder, so one look at the
//! folder's own change time answers for all of them, and one look at the open
//! segment for its length. What does not fit goes the long way
//! ([`locking`](super::locking)), which finds out what has happened.
//!
//! The lines are composed before, so that between the look and the write there
//! is nothing but the write. Nobody is trusted for longer than a second: then
//! the long way is taken once.

use crate::error::Result;
use crate::log::lock::LockFile;
use crate::log::segment;

use super::locking::MIDNIGHT_MILLIS;
use super::{Placed, Store};

/// How long the short way is taken before everything is looked at again.
const TRUSTED_MILLIS: i64 = 1000;
const DAY_MILLIS: i64 = 86_400_000;

/// What was seen under the locks, and stays true while it looks the same.
#[derive(Debug)]
pub(super) struct Familiar {
    /// The change time of the audit folder.
    stamp: i128,
    /// The days whose locks an append takes.
    days: Vec<String>,
    /// From when until when, by the log's clock, in milliseconds since 1970.
    from: i64,
    until: i64,
}

impl Store {
    /// Appends by the short way; `None` when the long way must be gone.
    pub(super) fn append_familiar(&mut self, records: &[&[u8]]) -> Option<Result<Placed>> {
        self.check_familiar()?;
        let batch = self.compose(records);
        if self.has_no_room(batch.bytes.len() as u64) {
            return None;
        }
        if !self.hold_familiar() {
            return None;
        }
        let outcome = match self.looks_familiar() {
            true => Some(self.write_batch(batch)),
            false => None,
        };
        self.let_go_familiar();
        if !matches!(outcome, Some(Ok(_))) {
            self.familiar = None;
        }
        outcome
    }

    /// Whether the log visibly ends where it ended. What somebody is just
    /// writing already shows, so no lock is needed.
    pub(super) fn is_unchanged(&mut self) -> bool {
        self.check_familiar().is_some() && self.looks_familiar()
    }

    /// Remembers what has been seen under the locks, if it can be recognised.
    pub(super) fn become_familiar(&mut self, days: Vec<String>) {
        let Some(stamp) = self.listed else {
            return;
        };
        let now = self.clock.now();
        let settled = self.loaded
            && self.file.is_some()
            && self.next_segment.is_none()
            && self.segments.last() == Some(&self.end.segment)
            && segment::name_of_day(now) <= self.end.segment;
        // Hooks do not know `flock`: against them the long way is needed.
        if !settled || self.hooks_seen {
            return;
        }
        let from = now.unix_millis();
        let to_midnight = DAY_MILLIS - from.rem_euclid(DAY_MILLIS);
        // The days to lock change a while before midnight, and at midnight.
        let to_change = match to_midnight > MIDNIGHT_MILLIS {
            true => to_midnight - MIDNIGHT_MILLIS,
            false => to_midnight,
        };
        self.familiar = Some(Familiar {
            stamp,
            days,
            from,
            until: from.saturating_add(to_change.min(TRUSTED_MILLIS)),
        });
    }

    fn check_familiar(&mut self) -> Option<()> {
        let familiar = self.familiar.as_ref()?;
        let now = self.clock.now().unix_millis();
        if familiar.from <= now && now < familiar.until && self.unreported.is_empty() {
            return Some(());
        }
        self.familiar = None;
        None
    }

    /// Takes all locks that are free; answers whether they are all ours now.
    fn hold_familiar(&self) -> bool {
        let Some(global) = &self.global else {
            return false;
        };
        if !global.try_hold() {
            return false;
        }
        let mut held = 0;
        for lock in self.familiar_days() {
            if !lock.is_some_and(LockFile::try_hold) {
                break;
            }
            held += 1;
        }
        if held == self.familiar.as_ref().map_or(0, |known| known.days.len()) {
            return true;
        }
        for lock in self.familiar_days().take(held).flatten() {
            lock.let_go();
        }
        global.let_go();
        false
    }

    fn let_go_familiar(&self) {
        for lock in self.familiar_days().flatten() {
            lock.let_go();
        }
        if let Some(global) = &self.global {
            global.let_go();
        }
    }

    fn familiar_days(&self) -> impl Iterator<Item = Option<&LockFile>> {
        let days = self.familiar.iter().flat_map(|known| &known.days);
        days.map(|day| self.idle_days.iter().find(|lock| lock.name() == day))
    }

    fn looks_familiar(&self) -> bool {
        let (Some(familiar), Some(file)) = (&self.familiar, &self.file) else {
            return false;
        };
        self.disk
            .folder_stamp()
            .is_ok_and(|stamp| stamp == familiar.stamp)
            && file.length().is_ok_and(|len| len == self.end.offset)
    }
}
