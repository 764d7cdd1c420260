//! Working under all locks of a log, and knowing its segments.

use crate::error::{Error, ErrorKind, Result};
use crate::log::disk::{self, Disk, Opening};
use crate::log::head::HeadFile;
use crate::log::lock::{self, DayContext};
use crate::log::recover::{self, Position};
use crate::log::segment;
use crate::log::sparse_index::SparseIndex;

use super::Store;

/// How long before midnight UTC the next day's lock is taken too, because a
/// writer whose clock is ahead may begin that day.
pub(super) const MIDNIGHT_MILLIS: i64 = 60_000;
/// How coarse the modification times of folders may be.
const STAMP_GRAIN_NANOS: i128 = 50_000_000;
/// The same where they are whole seconds, as on old file systems.
const COARSE_GRAIN_NANOS: i128 = 2_000_000_000;

impl Store {
    /// Runs `work` under all locks, knowing the true end of the log.
    pub(super) fn locked<R>(&mut self, work: impl FnOnce(&mut Store) -> Result<R>) -> Result<R> {
        let outcome = match self.take_locks() {
            Ok(()) => self.find_end().and_then(|()| work(self)),
            Err(error) => Err(error),
        };
        let mut days = Vec::with_capacity(self.held_days.len());
        for lock in std::mem::take(&mut self.held_days) {
            days.push(lock.name().to_owned());
            self.idle_days.extend(lock.release_day());
        }
        self.familiar = None;
        if outcome.is_ok() {
            self.become_familiar(days);
        }
        lock::release_global(&mut self.global);
        outcome
    }

    pub(super) fn take_locks(&mut self) -> Result<()> {
        let replaced = lock::take_global(
            self.disk.as_ref(),
            self.clock.as_ref(),
            &mut self.global,
            self.options.lock_timeout_millis,
        )?;
        if replaced {
            self.open_side_folder()?;
            self.loaded = false;
        }
        // Who held a day may have begun another one: look again under its lock.
        for _ in 0..16 {
            self.list_segments()?;
            let days = self.days_to_lock();
            let wanted: Vec<&String> = days
                .iter()
                .filter(|day| !self.held_days.iter().any(|held| held.name() == *day))
                .collect();
            if wanted.is_empty() {
                return Ok(());
            }
            // Always in ascending order, so that nobody waits in a circle.
            for lock in std::mem::take(&mut self.held_days) {
                self.idle_days.extend(lock.release_day());
            }
            for day in &days {
                self.take_day(day)?;
            }
        }
        Err(Error::new(
            ErrorKind::LogBusy,
            self.disk.name_of("").display().to_string(),
            "new segments keep appearing",
        ))
    }

    pub(super) fn open_side_folder(&mut self) -> Result<()> {
        let disk = self.disk.as_ref();
        disk.make_folder(".log")
            .map_err(|cause| disk::failed(disk, ".log", &cause))?;
        self.head = Some(HeadFile::open(disk)?);
        self.index = SparseIndex::open(disk)?;
        Ok(())
    }

    pub(super) fn days_to_lock(&self) -> Vec<String> {
        let now = self.clock.now();
        let mut names = vec![segment::name_of_day(now), self.end.segment.clone()];
        names.extend(self.segments.last().cloned());
        let soon = now.plus_millis(MIDNIGHT_MILLIS);
        names.push(segment::name_of_day(soon));
        names.retain(|name| !name.is_empty());
        let mut days: Vec<String> = names.iter().map(|name| segment::lock_name(name)).collect();
        // A day that is over and is not the newest is nobody's any more.
        let newest = self.segments.last().map(|name| segment::lock_name(name));
        days.retain(|day| newest.as_ref().is_none_or(|newest| day >= newest));
        days.sort_unstable();
        days.dedup();
        days
    }

    pub(super) fn take_day(&mut self, name: &str) -> Result<()> {
        let cached = self
            .idle_days
            .iter()
            .position(|lock| lock.name() == name)
            .map(|place| self.idle_days.swap_remove(place));
        // Yesterday's lock files need not stay open.
        self.idle_days.truncate(4);
        let (disk, end, newest) = (&self.disk, &self.end, self.segments.last());
        let loaded = self.loaded;
        let mut grown = || {
            newest.is_some_and(|newest| {
                segment::lock_name(newest) == name
                    && grown_by_flocker(disk.as_ref(), newest, end, loaded)
            })
        };
        let mut context = DayContext {
            grown_by_flocker: &mut grown,
            careful: self.hooks_seen,
            timeout_millis: self.options.lock_timeout_millis,
            published_seen: false,
        };
        let (lock, replaced) = lock::take_day(
            self.disk.as_ref(),
            self.clock.as_ref(),
            name,
            cached,
            &mut context,
        )?;
        if context.published_seen {
            self.published_day = Some(name.to_owned());
        }
        self.hooks_seen |= replaced;
        self.held_days.push(lock);
        Ok(())
    }

    /// Knows the segments of the folder, listing it only when it has changed.
    pub(super) fn list_segments(&mut self) -> Result<()> {
        let disk = self.disk.as_ref();
        let failed = |cause: &std::io::Error| disk::failed(disk, "", cause);
        let stamp = disk.folder_stamp().map_err(|cause| failed(&cause))?;
        if self.loaded && self.listed == Some(stamp) {
            return Ok(());
        }
        self.segments = segment::segments(disk).map_err(|cause| failed(&cause))?;
        // A change within the grain of the stamp would not show.
        let now = i128::from(disk.now_millis()) * 1_000_000;
        let grain = match stamp % 1_000_000_000 {
            0 => COARSE_GRAIN_NANOS,
            _ => STAMP_GRAIN_NANOS,
        };
        self.listed = (stamp + grain < now).then_some(stamp);
        Ok(())
    }
}

/// Whether the newest segment has grown by a line of a writer that uses `flock`.
fn grown_by_flocker(disk: &dyn Disk, newest: &str, end: &Position, loaded: bool) -> bool {
    let attempt = || -> std::io::Result<bool> {
        let file = disk.open(newest, Opening::Read)?;
        let len = file.stat()?.len;
        if loaded && newest == end.segment && len <= end.offset {
            return Ok(false);
        }
        Ok(recover::last_line(file.as_ref(), len)?.is_some_and(|line| recover::is_sorted(&line)))
    };
    attempt().unwrap_or(false)
}
