//! The log's state and the steps of an append, for one thread at a time.
//!
//! A [`Store`] knows where the log ends. Under the locks it first looks whether
//! anybody else has written, reads just that, then writes its batch with one
//! write. The sync comes after the locks have been given back: a record is
//! acknowledged only after a sync that covers everything before it.

mod checkpoints;
mod ending;
mod failed_sync;
mod familiar;
mod locking;
mod prune;
mod rotate;
mod tiles;

pub(super) use ending::position_of;
pub use prune::PrunePlan;

use std::sync::Arc;

use crate::encoding::rfc3339::Instant;
use crate::error::Result;
use crate::log::disk::{self, Disk, DiskFile, Opening};
use crate::log::head::{Head, HeadFile};
use crate::log::incident::Incident;
use crate::log::line::{self, RecordHash};
use crate::log::lock::LockFile;
use crate::log::pruned::Pruned;
use crate::log::recover::Position;
use crate::log::sparse_index::SparseIndex;
use crate::log::tree::{LAG, Tree};
use crate::log::{Clock, Durability, LogOptions, Recovery};
use crate::tlog::tree::Frontier;

use checkpoints::Notes;
use familiar::Familiar;

/// After how many records a sync is due in every mode, so that a crash never
/// leaves more than these to be read again.
const SYNC_RECORDS: u64 = 65_536;
/// How often the head itself is made durable.
const HEAD_SYNC_MILLIS: i64 = 1000;
/// How often it may be written by processes that end before that.
const HEAD_WRITES: u64 = 32;
/// How many records a process may leave that no head covers: the next one reads
/// them.
const LEFT_RECORDS: u64 = 256;

/// The single-threaded heart of a log.
#[derive(Debug)]
pub(super) struct Store {
    pub disk: Arc<dyn Disk>,
    clock: Arc<dyn Clock>,
    options: LogOptions,
    global: Option<LockFile>,
    /// The lock files of days: open, not held.
    idle_days: Vec<LockFile>,
    held_days: Vec<LockFile>,
    head: Option<HeadFile>,
    index: SparseIndex,
    /// The tree over the records up to `end`, when it has been needed.
    tree: Option<Tree>,
    /// The tree whose tiles have been written.
    tiled: Frontier,
    notes: Notes,
    /// What was removed from the beginning.
    pruned: Option<Pruned>,
    end: Position,
    /// The segment of `end`, open for appending.
    file: Option<Box<dyn DiskFile>>,
    file_id: (u64, u64),
    durable: Position,
    /// The folder's modification time at the last listing, when that is old
    /// enough to be trusted.
    listed: Option<i128>,
    segments: Vec<String>,
    /// The segment whose name is known to be durable.
    named_durably: String,
    /// The segment to go on in, when the newest one takes no more records.
    next_segment: Option<String>,
    /// Whether a sync could confirm what it did not write: bytes behind
    /// `durable` are written again first.
    doubtful: bool,
    /// What lets the next append go the short way.
    familiar: Option<Familiar>,
    hooks_seen: bool,
    /// The lock of the day in which a published program was seen to append.
    published_day: Option<String>,
    head_synced: Option<Instant>,
    synced: Option<Instant>,
    /// What is still to be told in the log itself.
    unreported: Vec<Incident>,
    recovery: Recovery,
    loaded: bool,
}

/// Where appended records have got.
#[derive(Debug)]
pub(super) struct Placed {
    pub first: u64,
    pub hashes: Vec<RecordHash>,
}

/// Lines that are to be written at the end of the log.
#[derive(Debug)]
struct Batch {
    bytes: Vec<u8>,
    hashes: Vec<RecordHash>,
    /// Where in the bytes each line starts.
    offsets: Vec<u64>,
}

impl Store {
    /// How others are waited for: the clock, and for how many milliseconds.
    pub fn patience(&self) -> (Arc<dyn Clock>, u64) {
        (Arc::clone(&self.clock), self.options.lock_timeout_millis)
    }

    pub fn open(disk: Arc<dyn Disk>, options: LogOptions) -> Result<Store> {
        let mut store = Store {
            clock: Arc::clone(&options.clock),
            disk,
            options,
            global: None,
            idle_days: Vec::new(),
            held_days: Vec::new(),
            head: None,
            index: SparseIndex::default(),
            tree: None,
            tiled: Frontier::new(),
            notes: Notes::default(),
            pruned: None,
            end: Position::start(),
            file: None,
            file_id: (0, 0),
            durable: Position::start(),
            listed: None,
            segments: Vec::new(),
            named_durably: String::new(),
            next_segment: None,
            doubtful: false,
            familiar: None,
            hooks_seen: false,
            published_day: None,
            head_synced: None,
            synced: None,
            unreported: Vec::new(),
            recovery: Recovery::default(),
            loaded: false,
        };
        store.locked(|store| store.report_incidents(&mut Vec::new()))?;
        if store.end != store.durable && store.options.durability == Durability::Sync {
            // What was found may still be in memory only.
            store.sync()?;
        }
        Ok(store)
    }

    /// The end of the log as this store knows it.
    pub fn end(&self) -> &Position {
        &self.end
    }

    /// How many records a sync has covered.
    pub fn durable_count(&self) -> u64 {
        self.durable.count
    }

    /// What opening the log came upon.
    pub fn recovery(&self) -> &Recovery {
        &self.recovery
    }

    /// Takes notice of what others have written.
    pub fn refresh(&mut self) -> Result<()> {
        match self.is_unchanged() {
            true => Ok(()),
            false => self.locked(|_| Ok(())),
        }
    }

    /// Appends records in canonical JSON with one write. Answers the index of
    /// the first and the hash of each. Nothing is durable yet.
    pub fn append(&mut self, records: &[&[u8]]) -> Result<Placed> {
        if let Some(outcome) = self.append_familiar(records) {
            return outcome;
        }
        self.locked(|store| {
            let mut reports = Vec::new();
            store.report_incidents(&mut reports)?;
            store.write(records)
        })
    }

    /// Syncs when the durability mode says that it is time, and keeps the head
    /// up. Answers whether everything written is durable.
    pub fn settle(&mut self) -> Result<bool> {
        let now = self.clock.now();
        let due = match self.options.durability {
            Durability::Sync => true,
            Durability::Interval { millis } => self
                .synced
                .is_none_or(|last| elapsed(last, now) >= i64::from(millis)),
            Durability::None => false,
        };
        if due || self.end.count >= self.durable.count.saturating_add(SYNC_RECORDS) {
            self.sync()?;
            self.checkpoint_when_due();
            return Ok(true);
        }
        Ok(false)
    }

    /// Makes everything durable now, and signs a checkpoint when one is due.
    pub fn sync_now(&mut self) -> Result<()> {
        self.sync()?;
        self.checkpoint_when_due();
        Ok(())
    }

    /// Makes everything durable that has been written so far.
    ///
    /// A sync that fails is not simply tried again: the kernel may have dropped
    /// the data and would then report success. See [`failed_sync`].
    pub fn sync(&mut self) -> Result<()> {
        let now = self.clock.now();
        if self.file.is_none() || self.durable == self.end && !self.doubtful {
            self.synced = Some(now);
            return Ok(());
        }
        self.remove_doubt()?;
        let segment = self.end.segment.clone();
        let synced = self.sync_segments().and_then(|()| {
            if self.named_durably != segment {
                self.disk.sync_folder("")?;
                self.named_durably.clone_from(&segment);
            }
            Ok(())
        });
        if let Err(cause) = synced {
            let failed = self.unconfirmed_by_disk(&cause);
            if !disk::is_out_of_files(&cause) {
                self.give_up_segment();
            }
            return Err(failed);
        }
        self.synced = Some(now);
        self.durable = self.end.clone();
        if self.held_days.is_empty() && self.end.count >= self.tiled.size().saturating_add(LAG) {
            // Tiles are only of what is durable, and can be made later as well.
            let _ = self.locked(|store| match store.end == store.durable {
                true => store.write_tiles(),
                false => Ok(()),
            });
        }
        self.write_head(false);
        if self
            .head_synced
            .is_none_or(|last| elapsed(last, now) >= HEAD_SYNC_MILLIS)
        {
            self.sync_head();
        }
        Ok(())
    }

    /// Leaves everything so that the next opening has nothing to do.
    pub fn close(&mut self) -> Result<()> {
        self.sync()?;
        self.checkpoint_at_close();
        self.sync_head();
        Ok(())
    }

    /// Lets go of a log in which few records wait for a sync, without waiting.
    pub fn leave(&mut self) -> Result<()> {
        let left = self.end.count.saturating_sub(self.durable.count);
        match left >= LEFT_RECORDS || self.options.log_key.is_some() {
            true => self.close(),
            false => Ok(()),
        }
    }

    /// Syncs the segment that is written, and those before it that others have
    /// written and left.
    pub(super) fn sync_segments(&self) -> std::io::Result<()> {
        for name in &self.segments {
            let between = *name >= self.durable.segment && *name < self.end.segment;
            if between {
                self.disk.open(name, Opening::Append)?.sync_data()?;
            }
        }
        match &self.file {
            Some(file) => file.sync_data(),
            None => Ok(()),
        }
    }

    fn sync_head(&mut self) {
        // Losing the head costs time, never evidence.
        if let Some(head) = &self.head
            && head.sync().is_ok()
        {
            self.head_synced = Some(self.clock.now());
        }
    }

    /// Writes down what is durable. Without it the next opening reads more.
    pub(super) fn write_head(&self, rewound: bool) {
        let head = Head {
            segment: self.durable.segment.clone(),
            offset: self.durable.offset,
            count: self.durable.count,
            last: self.durable.last,
            exclusive_creators: self.hooks_seen,
            frontier: self.tiled.encode(),
        };
        if let Some(file) = &self.head {
            let _ = file.write(&head, rewound);
        }
    }

    fn write(&mut self, records: &[&[u8]]) -> Result<Placed> {
        self.choose_segment(records)?;
        let batch = self.compose(records);
        self.write_batch(batch)
    }

    /// The lines of records that would be written now.
    fn compose(&self, records: &[&[u8]]) -> Batch {
        let lens = records.iter().map(|record| record.len() + 256);
        let mut batch = Batch {
            bytes: Vec::with_capacity(lens.sum()),
            hashes: Vec::with_capacity(records.len()),
            offsets: Vec::with_capacity(records.len()),
        };
        let mut last = self.end.last;
        for record in records {
            batch.offsets.push(batch.bytes.len() as u64);
            last = line::append_line(&mut batch.bytes, record, &last);
            batch.hashes.push(last);
        }
        batch
    }

    fn write_batch(&mut self, batch: Batch) -> Result<Placed> {
        self.write_bytes(&batch.bytes)?;
        let first = self.end.count;
        for (index, offset) in (first..).zip(&batch.offsets) {
            let offset = self.end.offset + offset;
            self.index.pass(index, &self.end.segment, offset);
        }
        if let Some(tree) = &mut self.tree
            && tree.size() == first
        {
            for hash in &batch.hashes {
                tree.push(hash);
            }
        }
        self.index.flush();
        self.end.offset += batch.bytes.len() as u64;
        self.end.count += batch.hashes.len() as u64;
        self.end.last = batch.hashes.last().copied().unwrap_or(self.end.last);
        Ok(Placed {
            first,
            hashes: batch.hashes,
        })
    }

    /// One write of a batch; what cannot be written whole is taken back.
    fn write_bytes(&self, bytes: &[u8]) -> Result<()> {
        let failed =
            |cause: &std::io::Error| disk::failed(self.disk.as_ref(), &self.end.segment, cause);
        let Some(file) = &self.file else {
            return Err(failed(&std::io::ErrorKind::NotFound.into()));
        };
        let mut rest = bytes;
        while !rest.is_empty() {
            let cause = match file.append(rest) {
                Ok(0) => std::io::ErrorKind::WriteZero.into(),
                Ok(written) => {
                    rest = rest.get(written..).unwrap_or(&[]);
                    continue;
                }
                Err(cause) if cause.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(cause) => cause,
            };
            // If this fails too, the next append finds the torn line and sets
            // it aside.
            if rest.len() < bytes.len() {
                let _ = file.truncate(self.end.offset);
            }
            return Err(failed(&cause));
        }
        Ok(())
    }
}

fn elapsed(from: Instant, to: Instant) -> i64 {
    // A clock that was set back must not stop the syncs.
    match from.millis_until(to) {
        millis if millis < 0 => i64::MAX,
        millis => millis,
    }
}
