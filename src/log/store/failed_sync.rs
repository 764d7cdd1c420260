//! What follows when the disk does not confirm a sync.
//!
//! The kernel may then have dropped the data, still show it to readers, and
//! confirm the next sync. It tells this once to every file that is open, and to
//! nobody who opens it afterwards. So a sync is believed only where everything
//! that it is to confirm was written through a file that was open at the time.
//! Whatever else stands behind the last durable record, after a failure or
//! found when a segment is opened, is written again, the same bytes in their
//! place, before it is synced.
//!
//! A segment whose sync has failed takes no more records: the log goes on in
//! another one.

use std::io;

use crate::error::{Error, ErrorKind, Result};
use crate::log::disk::{self, Disk, Opening};
use crate::log::head::HEAD_PATH;
use crate::log::recover::{self, Flaw};
use crate::log::verdict::Verdict;
use crate::log::{incident, segment};

use super::{Store, position_of};

/// How much is written again at a time.
const PIECE: usize = 256 << 10;

impl Store {
    /// After a failed sync: whatever is behind the last durable record is in
    /// doubt, and the log goes on in another segment. Nothing is cut, because
    /// another process may have built on it and confirmed it.
    pub(super) fn give_up_segment(&mut self) {
        self.familiar = None;
        let given_up = self.end.segment.clone();
        let retreat = |store: &mut Store| -> Result<()> {
            // What memory still had a moment ago may be gone.
            store.load()?;
            store.note(
                Flaw {
                    verdict: Verdict::SyncFailed,
                    index: store.end.count,
                    segment: given_up.clone(),
                    offset: store.end.offset,
                    detail: "the disk did not confirm records; the log goes on in another segment",
                },
                None,
            )
        };
        // Should this fail too, the doubt remains, and is seen to later.
        let _ = match self.held_days.is_empty() {
            true => self.locked(retreat),
            false => retreat(self),
        };
        self.doubtful = true;
        if self.end.segment <= given_up {
            self.next_segment = Some(segment::successor(&given_up));
        }
    }

    /// Writes again what a sync could confirm without having written it.
    pub(super) fn remove_doubt(&mut self) -> Result<()> {
        if !self.doubtful {
            return Ok(());
        }
        let written = |store: &mut Store| {
            store.learn_durable()?;
            store
                .write_again()
                .map_err(|cause| store.unconfirmed_by_disk(&cause))
        };
        let written = match self.held_days.is_empty() {
            true => self.locked(written),
            false => written(self),
        };
        // Whatever stood in the way: records may be in the log already.
        written.map_err(|error| match error.kind() {
            ErrorKind::SyncFailed => error,
            _ => Error::new(
                ErrorKind::SyncFailed,
                self.disk.name_of(&self.end.segment).display().to_string(),
                format!("the records could not be confirmed: {error}"),
            ),
        })?;
        self.doubtful = false;
        Ok(())
    }

    /// Another process may have confirmed more than we know.
    fn learn_durable(&mut self) -> Result<()> {
        let disk = self.disk.as_ref();
        let Some(head) = &self.head else {
            return Ok(());
        };
        let heads = head
            .read()
            .map_err(|cause| disk::failed(disk, HEAD_PATH, &cause))?;
        if let Some(head) = heads.first() {
            let known = self.durable.count..=self.end.count;
            let position = position_of(head);
            if known.contains(&head.count) && recover::stands(disk, &position)? {
                self.durable = position;
            }
        }
        Ok(())
    }

    fn write_again(&self) -> io::Result<()> {
        let disk = self.disk.as_ref();
        let written = |name: &&String| **name >= self.durable.segment && **name <= self.end.segment;
        for name in self.segments.iter().filter(written) {
            let from = match *name == self.durable.segment {
                true => self.durable.offset,
                false => 0,
            };
            match *name == self.end.segment {
                // Ours is open since before; it is synced by whoever wanted this.
                true => write_segment_again(disk, name, from, false)?,
                false => write_segment_again(disk, name, from, true)?,
            }
        }
        Ok(())
    }

    /// Whether a sync of this segment has failed once.
    pub(super) fn is_given_up(&self, segment: &str) -> Result<bool> {
        let known = incident::read(self.disk.as_ref())?;
        Ok(known
            .iter()
            .any(|incident| incident.verdict == Verdict::SyncFailed && incident.segment == segment))
    }

    pub(super) fn unconfirmed_by_disk(&self, cause: &io::Error) -> Error {
        Error::new(
            ErrorKind::SyncFailed,
            self.disk.name_of(&self.end.segment).display().to_string(),
            format!("the disk did not confirm the records: {cause}"),
        )
    }
}

/// Writes the bytes of a segment from `from` on in their place once more.
fn write_segment_again(disk: &dyn Disk, name: &str, from: u64, sync: bool) -> io::Result<()> {
    let file = disk.open(name, Opening::Update)?;
    let mut at = from;
    let mut buffer = vec![0; PIECE];
    loop {
        let count = disk::read_full(file.as_ref(), &mut buffer, at)?;
        if count == 0 {
            break;
        }
        file.write_at(buffer.get(..count).unwrap_or(&[]), at)?;
        at = at.saturating_add(count as u64);
    }
    match sync {
        true => file.sync_data(),
        false => Ok(()),
    }
}
