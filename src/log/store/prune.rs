//! Removing the oldest segments for good.
//!
//! First they are verified once more. Then the tiles over them are made durable,
//! because nothing can make them again; then the signed receipt is; and only then
//! the files go. Wherever that stops, the log is whole: with the files, or with
//! the receipt that explains their absence.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::encoding::object::ObjectWriter;
use crate::encoding::rfc3339::Instant;
use crate::error::{Error, ErrorKind, Result};
use crate::log::control::{self, PRUNE_TOOL};
use crate::log::disk::{self, Opening};
use crate::log::line::{self, RecordHash};
use crate::log::pruned::{self, Pruned, PrunedSegment};
use crate::log::recover::{self, Position};
use crate::log::segment;
use crate::log::tree;
use crate::tlog::tree::{Frontier, leaf_hash};

use super::rotate::digest_of;
use super::{Placed, Store};

/// How many segments go at a time; their names stand in one receipt.
const MAX_SEGMENTS: usize = 4096;

/// Which segments would be removed: whole ones, the oldest of the log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PrunePlan {
    /// The segments, oldest first; none when there is nothing to remove.
    pub segments: Vec<PrunedSegment>,
    /// The first record that would be removed.
    pub first_index: u64,
    /// The first record that would be kept.
    pub next_index: u64,
    /// The hash of the last record that would be removed.
    pub last_hash: RecordHash,
    /// The first segment that would be kept.
    pub first_kept: String,
}

impl PrunePlan {
    /// Whether there is nothing to remove.
    pub fn is_empty(&self) -> bool {
        self.segments.is_empty()
    }

    /// The plan as a JSON object: `first_index`, `first_kept`, `last_hash`,
    /// `next_index` and `segments`, each with `len`, `name`, `records`, `sha256`.
    pub fn to_json(&self) -> Vec<u8> {
        let mut out = Vec::new();
        let mut object = ObjectWriter::new(&mut out);
        object.member("first_index", Some(self.first_index.to_string().as_bytes()));
        object.text("first_kept", &self.first_kept);
        object.text("last_hash", &line::hash_text(&self.last_hash));
        object.member("next_index", Some(self.next_index.to_string().as_bytes()));
        object.member("segments", Some(&pruned::segments_json(&self.segments)));
        object.end();
        out
    }
}

impl Store {
    /// The segments of days before that of `before`, verified; never the newest.
    pub fn plan_prune(&mut self, before: Instant) -> Result<PrunePlan> {
        self.refresh()?;
        let day = segment::name_of_day(before);
        let kept = self.kept_segments()?;
        let old = kept.iter().filter(|name| **name < day);
        let count = old
            .count()
            .min(MAX_SEGMENTS)
            .min(kept.len().saturating_sub(1));
        let (removed, rest) = kept.split_at(count);
        Ok(self.examine_segments(removed, rest)?.0)
    }

    /// Removes what the plan says, when it is still true.
    pub fn prune(&mut self, plan: &PrunePlan) -> Result<Placed> {
        let Some(key) = self.options.control_key.clone() else {
            return Err(Error::new(
                ErrorKind::InvalidArgument,
                "control key",
                "the log was opened without one, so it cannot state what it removes",
            ));
        };
        self.refresh()?;
        let kept = self.kept_segments()?;
        let count = plan.segments.len().min(kept.len());
        let (removed, rest) = kept.split_at(count);
        let (now, pruned) = self.examine_segments(removed, rest)?;
        if now != *plan || plan.is_empty() {
            return Err(Error::new(
                ErrorKind::InvalidArgument,
                "plan",
                "it is not what would be removed now; make it again",
            ));
        }
        let placed = self.locked(|store| {
            store.report_incidents(&mut Vec::new())?;
            store.sync()?;
            store.write_tiles()?;
            tree::sync_tiles(store.disk.as_ref(), pruned.count)?;
            let receipt = control::state(&key, PRUNE_TOOL, &pruned.to_params(), store.clock.now())?;
            let placed = store.write(&[&receipt])?;
            store.sync()?;
            store.pruned = Some(pruned);
            tree::keep(store.disk.as_ref(), pruned::PRUNED_PATH, &receipt)?;
            store.remove_pruned()?;
            Ok(placed)
        })?;
        self.checkpoint_at_close();
        Ok(placed)
    }

    /// Under the locks: removes the files that the receipt speaks of, as far as
    /// they are there.
    pub(super) fn remove_pruned(&mut self) -> Result<()> {
        let disk = Arc::clone(&self.disk);
        let Some(pruned) = &self.pruned else {
            return Ok(());
        };
        let mut any = false;
        for segment in &pruned.segments {
            // Whatever else has got that name is not what was pruned.
            if segment.name >= pruned.first_kept
                || disk.stat(&segment.name).map(|stat| stat.len).ok() != Some(segment.len)
            {
                continue;
            }
            any = true;
            disk.remove(&segment.name)
                .map_err(|cause| disk::failed(disk.as_ref(), &segment.name, &cause))?;
        }
        if any {
            disk.sync_folder("")
                .map_err(|cause| disk::failed(disk.as_ref(), "", &cause))?;
            self.segments = segment::segments(disk.as_ref())
                .map_err(|cause| disk::failed(disk.as_ref(), "", &cause))?;
            self.listed = None;
        }
        Ok(())
    }

    /// Where the first record that is left stands.
    pub(super) fn beginning(&self) -> Position {
        self.pruned
            .as_ref()
            .map_or_else(Position::start, Pruned::position)
    }

    fn kept_segments(&self) -> Result<Vec<String>> {
        let disk = self.disk.as_ref();
        let mut names = segment::segments(disk).map_err(|cause| disk::failed(disk, "", &cause))?;
        let first = self.beginning().segment;
        names.retain(|name| *name >= first && *name <= self.end.segment);
        Ok(names)
    }

    /// What removing these segments would take away, when they are sound.
    fn examine_segments(&self, removed: &[String], rest: &[String]) -> Result<(PrunePlan, Pruned)> {
        let disk = self.disk.as_ref();
        let from = self.beginning();
        let mut frontier = match &self.pruned {
            Some(pruned) => pruned.frontier.clone(),
            None => Frontier::new(),
        };
        let mut records: BTreeMap<String, u64> = BTreeMap::new();
        let walked = recover::walk(disk, removed, &from, &mut |record| {
            frontier.push(leaf_hash(&record.hash));
            match records.get_mut(record.segment) {
                Some(count) => *count += 1,
                None => {
                    records.insert(record.segment.to_owned(), 1);
                }
            }
        })?;
        if walked.flaw.is_some() || walked.garbage.is_some() || walked.unterminated {
            return Err(Error::new(
                ErrorKind::LogTampered,
                "log",
                "what would be removed is damaged; verify it, and keep it",
            )
            .at(walked.flaw.map_or(walked.end.count, |flaw| flaw.index)));
        }
        let mut segments = Vec::with_capacity(removed.len());
        for name in removed {
            let (len, sha256) = disk
                .open(name, Opening::Read)
                .and_then(|file| digest_of(file.as_ref()))
                .map_err(|cause| disk::failed(disk, name, &cause))?;
            segments.push(PrunedSegment {
                name: name.clone(),
                records: records.get(name).copied().unwrap_or(0),
                len,
                sha256,
            });
        }
        let first_kept = rest.first().cloned().unwrap_or_default();
        let plan = PrunePlan {
            segments: segments.clone(),
            first_index: from.count,
            next_index: walked.end.count,
            last_hash: walked.end.last,
            first_kept: first_kept.clone(),
        };
        let pruned = Pruned {
            segments,
            first_kept,
            count: walked.end.count,
            last: walked.end.last,
            frontier,
        };
        Ok((plan, pruned))
    }
}
