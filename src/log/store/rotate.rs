//! Beginning a new segment: with the day, when one is full, or on demand.
//!
//! Within a day only where nobody else appends: the published programs always
//! append to `YYYY-MM-DD.jsonl` and would fork a chain that has gone on
//! elsewhere. That they stay away is declared ([`Sharing::Alone`]); where their
//! traces are seen all the same, the day is not split.
//!
//! Everything in the old segment is durable, and covered by a checkpoint where
//! there is a log key, before the new one is made. With a control key the first
//! record of the new one states what the old one was.

use crate::crypto::digest::Sha256Stream;
use crate::encoding::object::ObjectWriter;
use crate::error::{Error, ErrorKind, Result};
use crate::log::control;
use crate::log::disk::{self, DiskFile, Opening};
use crate::log::line;
use crate::log::recover::Position;
use crate::log::{Sharing, segment};

use super::Store;

/// How much of a segment is read at a time.
const PIECE: usize = 256 << 10;
/// At most so many bytes of a line are not the receipt.
const FRAME_LEN: u64 = 256;

impl Store {
    /// Begins a new segment now; answers whether there was anything to leave.
    pub fn rotate(&mut self) -> Result<bool> {
        if self.options.sharing != Sharing::Alone {
            return Err(Error::new(
                ErrorKind::InvalidArgument,
                "log",
                "published programs may append to it, so a day stays in one segment",
            ));
        }
        let rotated = self.locked(|store| {
            store.report_incidents(&mut Vec::new())?;
            if store.end.segment.is_empty() || store.end.offset == 0 || store.others_append() {
                return Ok(false);
            }
            let target = store.target_after(&segment::successor(&store.end.segment));
            store.begin_segment(target)?;
            Ok(true)
        })?;
        self.sync()?;
        Ok(rotated)
    }

    /// Makes sure that records of so many bytes of JSON may follow in the
    /// segment of `end`.
    pub(super) fn choose_segment(&mut self, records: &[&[u8]]) -> Result<()> {
        let newest = match &self.next_segment {
            Some(next) => next.clone(),
            None if self.is_full(records) => segment::successor(&self.end.segment),
            None => self.end.segment.clone(),
        };
        let target = self.target_after(&newest);
        match target == self.end.segment {
            true => Ok(()),
            false => self.begin_segment(target),
        }
    }

    /// Whether the newest segment has no room for so many more bytes.
    pub(super) fn has_no_room(&self, bytes: u64) -> bool {
        self.options.sharing == Sharing::Alone
            && self.end.offset > 0
            && self.end.offset.saturating_add(bytes) > self.options.max_segment_len
            && !self.others_append()
    }

    fn is_full(&self, records: &[&[u8]]) -> bool {
        let bytes = records
            .iter()
            .map(|record| record.len() as u64 + FRAME_LEN)
            .sum();
        !self.end.segment.is_empty() && self.has_no_room(bytes)
    }

    /// Whether somebody who would not follow has been seen in the newest
    /// segment's day.
    fn others_append(&self) -> bool {
        self.hooks_seen || self.published_day == Some(segment::lock_name(&self.end.segment))
    }

    /// The segment by the log's clock, never before the newest one.
    fn target_after(&self, newest: &str) -> String {
        let today = segment::name_of_day(self.clock.now());
        match today.as_str() > newest {
            true => today,
            false => newest.to_owned(),
        }
    }

    fn begin_segment(&mut self, target: String) -> Result<()> {
        // Everything before a segment's first record is durable.
        self.sync()?;
        if self.next_segment.is_none() {
            self.checkpoint_at_rotation();
        }
        let left = self.end.clone();
        let disk = self.disk.as_ref();
        let failed = |cause: &std::io::Error| disk::failed(disk, &target, cause);
        let file = match disk.open(&target, Opening::CreateNew) {
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                disk.open(&target, Opening::Append)
            }
            opened => opened,
        }
        .map_err(|cause| failed(&cause))?;
        let stat = file.stat().map_err(|cause| failed(&cause))?;
        if stat.len != 0 {
            // Nobody else could make it under the locks.
            return Err(failed(&std::io::ErrorKind::AlreadyExists.into()));
        }
        self.file_id = stat.id;
        self.file = Some(file);
        self.next_segment = None;
        let was_durable = self.durable == self.end;
        self.end.segment = target;
        self.end.offset = 0;
        if was_durable {
            self.durable = self.end.clone();
        }
        self.listed = None;
        if !left.segment.is_empty() && left.count > 0 {
            self.state_what_was_left(&left)?;
        }
        Ok(())
    }

    /// The signed record at the beginning of a segment about the one before.
    fn state_what_was_left(&mut self, left: &Position) -> Result<()> {
        let Some(key) = self.options.control_key.clone() else {
            return Ok(());
        };
        let disk = self.disk.as_ref();
        let failed = |cause: &std::io::Error| disk::failed(disk, &left.segment, cause);
        let (len, digest) = disk
            .open(&left.segment, Opening::Read)
            .and_then(|file| digest_of(file.as_ref()))
            .map_err(|cause| failed(&cause))?;
        let root = self.grow_tree().ok().map(|tree| tree.frontier().root());
        let mut params = Vec::with_capacity(512);
        let mut object = ObjectWriter::new(&mut params);
        object.text("last_hash", &line::hash_text(&left.last));
        object.member("next_index", Some(left.count.to_string().as_bytes()));
        if let Some(root) = root {
            object.text("root", &line::hash_text(&root));
        }
        object.text("segment", &left.segment);
        object.member("segment_len", Some(len.to_string().as_bytes()));
        object.text("segment_sha256", &line::hash_text(&digest));
        object.end();
        let receipt = control::state(&key, control::ROTATE_TOOL, &params, self.clock.now())?;
        let batch = self.compose(&[&receipt]);
        self.write_batch(batch)?;
        Ok(())
    }
}

/// The length and the SHA-256 of a whole file.
pub(super) fn digest_of(file: &dyn DiskFile) -> std::io::Result<(u64, [u8; 32])> {
    let mut hasher = Sha256Stream::new();
    let mut buffer = vec![0; PIECE];
    let mut at = 0_u64;
    loop {
        let count = disk::read_full(file, &mut buffer, at)?;
        if count == 0 {
            return Ok((at, hasher.finish()));
        }
        hasher.update(buffer.get(..count).unwrap_or(&[]));
        at = at.saturating_add(count as u64);
    }
}
