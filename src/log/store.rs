//! The log's state and the steps of an append, for one thread at a time.
//!
//! A [`Store`] knows where the log ends. Under the locks it first looks whether
//! anybody else has written, reads just that, then writes its batch with one
//! write. The sync comes after the locks have been given back: a record is
//! acknowledged only after a sync that covers everything before it.

use std::sync::Arc;

use crate::encoding::rfc3339::Instant;
use crate::error::{Error, ErrorKind, Result};
use crate::log::disk::{self, Disk, DiskFile, Opening};
use crate::log::head::{Head, HeadFile};
use crate::log::incident::{self, Incident};
use crate::log::line::{self, RecordHash};
use crate::log::lock::{self, DayContext, LockFile};
use crate::log::recover::{self, Flaw, Passed, Position, Walked};
use crate::log::sparse_index::SparseIndex;
use crate::log::{Clock, Durability, LogOptions, Quarantined, Recovery, Verdict, control, segment};

/// How long before midnight UTC the next day's lock is taken too, because a
/// writer whose clock is ahead may begin that day.
const MIDNIGHT_MILLIS: i64 = 60_000;
/// How coarse the modification times of folders may be.
const STAMP_GRAIN_NANOS: i128 = 50_000_000;
/// After how many records a sync is due in every mode, so that a crash never
/// leaves more than these to be read again.
const SYNC_RECORDS: u64 = 65_536;
/// How often the head itself is made durable.
const HEAD_SYNC_MILLIS: i64 = 1000;

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
    /// Segments whose sync has failed: asking again would be answered falsely.
    given_up: Vec<String>,
    hooks_seen: bool,
    head_synced: Option<Instant>,
    synced: Option<Instant>,
    /// What is still to be told in the log itself.
    unreported: Vec<Incident>,
    recovery: Recovery,
    loaded: bool,
}

impl Store {
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
            end: Position::start(),
            file: None,
            file_id: (0, 0),
            durable: Position::start(),
            listed: None,
            segments: Vec::new(),
            named_durably: String::new(),
            next_segment: None,
            given_up: Vec::new(),
            hooks_seen: false,
            head_synced: None,
            synced: None,
            unreported: Vec::new(),
            recovery: Recovery::default(),
            loaded: false,
        };
        store.locked(|store| store.report_incidents(&mut Vec::new()))?;
        if store.end.count > 0 && store.options.durability == Durability::Sync {
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

    /// The sparse index, for reading.
    pub fn index(&self) -> &SparseIndex {
        &self.index
    }

    /// Takes notice of what others have written.
    pub fn refresh(&mut self) -> Result<()> {
        self.locked(|_| Ok(()))
    }

    /// Appends records in canonical JSON with one write. Answers the index of
    /// the first and the hash of each. Nothing is durable yet.
    pub fn append(&mut self, records: &[&[u8]]) -> Result<(u64, Vec<RecordHash>)> {
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
            return Ok(true);
        }
        Ok(false)
    }

    /// Makes everything durable that has been written so far.
    ///
    /// A sync that fails is not tried again: the kernel may have dropped the
    /// data and would then report success. The segment takes no more records.
    pub fn sync(&mut self) -> Result<()> {
        let now = self.clock.now();
        if self.file.is_none() || self.durable == self.end {
            self.synced = Some(now);
            return Ok(());
        }
        let segment = self.end.segment.clone();
        let synced = self.sync_segments().and_then(|()| {
            if self.named_durably != segment {
                self.disk.sync_folder("")?;
                self.named_durably.clone_from(&segment);
            }
            Ok(())
        });
        if let Err(cause) = synced {
            let failed = self.disk.name_of(&segment).display().to_string();
            self.give_up_segment();
            return Err(Error::new(
                ErrorKind::SyncFailed,
                failed,
                format!("the disk did not confirm the records: {cause}"),
            ));
        }
        self.synced = Some(now);
        self.durable = self.end.clone();
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
        self.sync_head();
        Ok(())
    }

    /// Syncs the segment that is written, and those before it that others have
    /// written and left.
    fn sync_segments(&self) -> std::io::Result<()> {
        for name in &self.segments {
            let between = *name >= self.durable.segment && *name < self.end.segment;
            if between && !self.given_up.contains(name) {
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
    fn write_head(&self, rewound: bool) {
        let head = Head {
            segment: self.durable.segment.clone(),
            offset: self.durable.offset,
            count: self.durable.count,
            last: self.durable.last,
            exclusive_creators: self.hooks_seen,
            frontier: Vec::new(),
        };
        if let Some(file) = &self.head {
            let _ = file.write(&head, rewound);
        }
    }

    // Locks.

    /// Runs `work` under all locks, knowing the true end of the log.
    fn locked<R>(&mut self, work: impl FnOnce(&mut Store) -> Result<R>) -> Result<R> {
        let outcome = match self.take_locks() {
            Ok(()) => self.find_end().and_then(|()| work(self)),
            Err(error) => Err(error),
        };
        for lock in std::mem::take(&mut self.held_days) {
            self.idle_days.extend(lock.release_day());
        }
        lock::release_global(&mut self.global);
        outcome
    }

    fn take_locks(&mut self) -> Result<()> {
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

    fn open_side_folder(&mut self) -> Result<()> {
        let disk = self.disk.as_ref();
        disk.make_folder(".log")
            .map_err(|cause| disk::failed(disk, ".log", &cause))?;
        self.head = Some(HeadFile::open(disk)?);
        self.index = SparseIndex::open(disk)?;
        Ok(())
    }

    fn days_to_lock(&self) -> Vec<String> {
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

    fn take_day(&mut self, name: &str) -> Result<()> {
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
        };
        let (lock, replaced) = lock::take_day(
            self.disk.as_ref(),
            self.clock.as_ref(),
            name,
            cached,
            &mut context,
        )?;
        self.hooks_seen |= replaced;
        self.held_days.push(lock);
        Ok(())
    }

    /// Knows the segments of the folder, listing it only when it has changed.
    fn list_segments(&mut self) -> Result<()> {
        let disk = self.disk.as_ref();
        let failed = |cause: &std::io::Error| disk::failed(disk, "", cause);
        let stamp = disk.stat("").map_err(|cause| failed(&cause))?.modified;
        if self.loaded && self.listed == Some(stamp) {
            return Ok(());
        }
        self.segments = segment::segments(disk).map_err(|cause| failed(&cause))?;
        // A change within the grain of the stamp would not show.
        let now = i128::from(disk.now_millis()) * 1_000_000;
        self.listed = (stamp + STAMP_GRAIN_NANOS < now).then_some(stamp);
        Ok(())
    }

    // The end of the log.

    /// Under the locks: brings `end` up to what is on the disk.
    fn find_end(&mut self) -> Result<()> {
        if !self.loaded {
            return self.load();
        }
        if self.end.segment.is_empty() {
            return match self.segments.is_empty() {
                true => Ok(()),
                false => self.load(),
            };
        }
        let stat = self.disk.stat(&self.end.segment);
        let newer = self.segments.last() > Some(&self.end.segment);
        match stat {
            Ok(stat) if stat.id == self.file_id && stat.len == self.end.offset && !newer => Ok(()),
            Ok(stat) if stat.id == self.file_id && stat.len >= self.end.offset => self.catch_up(),
            _ => self.load(),
        }
    }

    /// Reads what has been written behind `end`.
    fn catch_up(&mut self) -> Result<()> {
        let from = self.end.clone();
        let durable = self.durable.count;
        let walked = self.walk(&from)?;
        self.judge(walked, Some(durable))
    }

    /// Finds the end from the newest head that fits the log, else from the start.
    fn load(&mut self) -> Result<()> {
        let disk = Arc::clone(&self.disk);
        let heads = match &self.head {
            Some(head) => head
                .read()
                .map_err(|cause| disk::failed(disk.as_ref(), super::head::HEAD_PATH, &cause))?,
            None => Vec::new(),
        };
        self.segments = segment::segments(disk.as_ref())
            .map_err(|cause| disk::failed(disk.as_ref(), "", &cause))?;
        let known = self.loaded.then_some(self.durable.count);
        let newest = heads.first().cloned();
        let durable_count = newest.as_ref().map(|head| head.count).max(known);
        self.hooks_seen |= heads.iter().any(|head| head.exclusive_creators);
        let mut from = None;
        let mut newest_stands = false;
        for (place, head) in heads.iter().enumerate() {
            let position = position_of(head);
            if recover::stands(disk.as_ref(), &position)? {
                from = Some(position);
                newest_stands = place == 0;
                break;
            }
        }
        let from = from.unwrap_or_else(Position::start);
        let walked = self.walk(&from)?;
        let extra = newest
            .as_ref()
            .and_then(|head| self.missing(head, &walked, newest_stands));
        self.durable = from.clone();
        self.loaded = true;
        self.recovery.rescanned = walked.end.count.saturating_sub(from.count);
        if let Some(flaw) = extra {
            let partial = walked.garbage.is_some() || walked.unterminated;
            self.accept(&walked.end);
            if partial {
                self.next_segment = Some(segment::successor(&self.end.segment));
            }
            self.note(flaw, None)?;
            self.open_end()?;
            return self.begin_head();
        }
        self.judge(walked, durable_count)?;
        match newest_stands {
            true => Ok(()),
            false => self.begin_head(),
        }
    }

    /// Before the first record is written, or the first one after a takeover, a
    /// durable head says how much there was: without one, the trace of a crash
    /// could not be told from damage.
    fn begin_head(&mut self) -> Result<()> {
        let disk = Arc::clone(&self.disk);
        let failed = |cause: &std::io::Error| disk::failed(disk.as_ref(), ".log", cause);
        self.sync_segments().map_err(|cause| failed(&cause))?;
        self.durable = self.end.clone();
        self.write_head(true);
        if let Some(head) = &self.head {
            head.sync().map_err(|cause| failed(&cause))?;
        }
        disk.sync_folder("")
            .and_then(|()| disk.sync_folder(".log"))
            .map_err(|cause| failed(&cause))
    }

    /// What a head remembers and the log no longer has.
    fn missing(&self, head: &Head, walked: &Walked, stands: bool) -> Option<Flaw> {
        let at = |verdict, index, detail| {
            Some(Flaw {
                verdict,
                index,
                segment: head.segment.clone(),
                offset: head.offset,
                detail,
            })
        };
        if head.count == 0 {
            return None;
        }
        // Bytes of a record that was cut are counted as a record by the walk.
        let whole = walked
            .garbage
            .as_ref()
            .map_or(walked.end.count, |garbage| garbage.before.count);
        let len = self.disk.stat(&head.segment).map_or(0, |stat| stat.len);
        if len < head.offset || walked.end.count < head.count {
            return at(
                Verdict::Truncated,
                whole.min(head.count),
                "records that were durable are missing from the end",
            );
        }
        let flawless = walked.flaw.is_none() && walked.garbage.is_none();
        if !stands && flawless {
            return at(
                Verdict::Tampered,
                head.count.saturating_sub(1),
                "the record that the head remembers is another one",
            );
        }
        None
    }

    fn walk(&mut self, from: &Position) -> Result<Walked> {
        let index = &mut self.index;
        let mut passed =
            |record: Passed<'_>| index.pass(record.index, record.segment, record.offset);
        recover::walk(self.disk.as_ref(), &self.segments, from, &mut passed)
    }

    /// Takes over where a walk has ended, and deals with what it came upon.
    /// `durable` is how many records are known to have been durable.
    fn judge(&mut self, walked: Walked, durable: Option<u64>) -> Result<()> {
        self.hooks_seen |= walked.hook_lines;
        if let Some(flaw) = walked.flaw.clone()
            && walked
                .garbage
                .as_ref()
                .is_none_or(|garbage| flaw.index < garbage.before.count)
        {
            self.note(flaw, None)?;
        }
        match &walked.garbage {
            None => {
                self.accept(&walked.end);
                self.open_end()?;
                if walked.unterminated {
                    self.end_line()?;
                }
            }
            Some(garbage) => {
                let before = garbage.before.clone();
                let last = self.segments.last().cloned().unwrap_or_default();
                let torn = before.segment == last
                    && match durable {
                        Some(durable) => before.count >= durable,
                        None => !garbage.followed,
                    };
                if torn {
                    self.accept(&before);
                    self.open_end()?;
                    self.set_aside()?;
                } else {
                    self.accept(&walked.end);
                    if garbage.at_end {
                        self.next_segment = Some(segment::successor(&self.end.segment));
                    }
                    self.note(
                        Flaw {
                            verdict: Verdict::Tampered,
                            index: before.count,
                            segment: before.segment.clone(),
                            offset: before.offset,
                            detail: "bytes that were durable are no record",
                        },
                        None,
                    )?;
                    self.open_end()?;
                }
            }
        }
        self.index.flush();
        Ok(())
    }

    fn accept(&mut self, end: &Position) {
        if self.end.segment != end.segment {
            self.file = None;
        }
        self.end = end.clone();
    }

    fn open_end(&mut self) -> Result<()> {
        if self.end.segment.is_empty() {
            return Ok(());
        }
        let disk = self.disk.as_ref();
        let failed = |cause: &std::io::Error| disk::failed(disk, &self.end.segment, cause);
        let file = disk
            .open(&self.end.segment, Opening::Append)
            .map_err(|cause| failed(&cause))?;
        self.file_id = file.stat().map_err(|cause| failed(&cause))?.id;
        self.file = Some(file);
        Ok(())
    }

    /// Completes a last line that is whole but for its line feed.
    fn end_line(&mut self) -> Result<()> {
        self.refuse_changes()?;
        let Some(file) = &self.file else {
            return Ok(());
        };
        match file.append(b"\n") {
            Ok(1) => {}
            Ok(_) => {
                return Err(disk::failed(
                    self.disk.as_ref(),
                    &self.end.segment,
                    &std::io::ErrorKind::WriteZero.into(),
                ));
            }
            Err(cause) => return Err(disk::failed(self.disk.as_ref(), &self.end.segment, &cause)),
        }
        self.end.offset += 1;
        let flaw = Flaw {
            verdict: Verdict::Torn,
            index: self.end.count.saturating_sub(1),
            segment: self.end.segment.clone(),
            offset: self.end.offset - 1,
            detail: "the last record had no line feed; it was completed",
        };
        self.note(flaw, None)
    }

    /// Copies the bytes behind `end` into quarantine, then cuts them off.
    fn set_aside(&mut self) -> Result<()> {
        self.refuse_changes()?;
        let disk = Arc::clone(&self.disk);
        let failed = |cause: &std::io::Error| disk::failed(disk.as_ref(), &self.end.segment, cause);
        let Some(file) = &self.file else {
            return Ok(());
        };
        let len = file.stat().map_err(|cause| failed(&cause))?.len;
        let quarantined = control::quarantine(
            disk.as_ref(),
            file.as_ref(),
            &self.end.segment,
            self.end.offset,
            len,
        )?;
        file.truncate(self.end.offset)
            .and_then(|()| file.sync_data())
            .map_err(|cause| failed(&cause))?;
        let flaw = Flaw {
            verdict: Verdict::Torn,
            index: self.end.count,
            segment: self.end.segment.clone(),
            offset: self.end.offset,
            detail: "bytes that were no record and never durable were set aside",
        };
        self.note(flaw, Some(quarantined))
    }

    fn refuse_changes(&self) -> Result<()> {
        if self.options.repair_automatically {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::LogDamaged,
            self.disk.name_of(&self.end.segment).display().to_string(),
            "the end of the log is torn and repairing it was not allowed",
        )
        .at(self.end.count))
    }

    /// Remembers what was found, for this opening and for ever.
    fn note(&mut self, flaw: Flaw, quarantined: Option<Quarantined>) -> Result<()> {
        let incident = Incident {
            time: incident::time_text(self.clock.now()),
            verdict: flaw.verdict,
            index: flaw.index,
            segment: flaw.segment,
            offset: flaw.offset,
            detail: flaw.detail.to_owned(),
            quarantined,
        };
        self.recovery.add(&incident);
        let known = incident::read(self.disk.as_ref())?;
        let repeated = known.iter().any(|known| {
            (known.verdict, known.index, known.offset)
                == (incident.verdict, incident.index, incident.offset)
                && known.segment == incident.segment
                && known.quarantined == incident.quarantined
        });
        if !repeated {
            incident::record(self.disk.as_ref(), &incident)?;
            self.unreported.push(incident);
        }
        Ok(())
    }

    /// Appends the signed records about what was found, when there is a key.
    fn report_incidents(&mut self, reports: &mut Vec<Vec<u8>>) -> Result<()> {
        if self.unreported.is_empty() {
            return Ok(());
        }
        let Some(key) = self.options.control_key.clone() else {
            self.unreported.clear();
            return Ok(());
        };
        for incident in &self.unreported {
            reports.push(control::receipt(
                &key,
                incident,
                &self.end,
                self.clock.now(),
            )?);
        }
        let lines: Vec<&[u8]> = reports.iter().map(Vec::as_slice).collect();
        self.write(&lines)?;
        self.unreported.clear();
        Ok(())
    }

    // Writing.

    fn write(&mut self, records: &[&[u8]]) -> Result<(u64, Vec<RecordHash>)> {
        self.choose_segment()?;
        let mut bytes = Vec::with_capacity(
            records
                .iter()
                .map(|record| record.len() + 256)
                .sum::<usize>(),
        );
        let mut hashes = Vec::with_capacity(records.len());
        let mut offsets = Vec::with_capacity(records.len());
        let mut last = self.end.last;
        for record in records {
            offsets.push(self.end.offset + bytes.len() as u64);
            last = line::append_line(&mut bytes, record, &last);
            hashes.push(last);
        }
        self.write_bytes(&bytes)?;
        let first = self.end.count;
        for (index, offset) in (first..).zip(offsets) {
            self.index.pass(index, &self.end.segment, offset);
        }
        self.index.flush();
        self.end.offset += bytes.len() as u64;
        self.end.count += records.len() as u64;
        self.end.last = last;
        Ok((first, hashes))
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

    /// The segment by the log's clock, never before the newest one.
    fn choose_segment(&mut self) -> Result<()> {
        let today = segment::name_of_day(self.clock.now());
        let newest = match &self.next_segment {
            Some(next) => next,
            None => &self.end.segment,
        };
        let target = today.max(newest.clone());
        if target == self.end.segment {
            return Ok(());
        }
        // Everything before a segment's first record is durable.
        // (A segment whose sync has failed is not asked again.)
        if self.next_segment.is_none() {
            self.sync()?;
        }
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
        if self.durable.count == self.end.count {
            self.durable.segment.clone_from(&target);
            self.durable.offset = 0;
        }
        self.end.segment = target;
        self.end.offset = 0;
        self.listed = None;
        Ok(())
    }

    /// After a failed sync: takes back what was not confirmed, when nobody has
    /// built on it, and goes on in another segment.
    fn give_up_segment(&mut self) {
        let given_up = self.end.clone();
        let durable = self.durable.clone();
        let held = !self.held_days.is_empty();
        let retreat = |store: &mut Store| -> Result<()> {
            let stat = match &store.file {
                Some(file) => file.stat().ok(),
                None => None,
            };
            let alone = stat.is_some_and(|stat| stat.len == given_up.offset)
                && store.end == given_up
                && durable.segment == given_up.segment;
            if alone
                && let Some(file) = &store.file
                && file.truncate(durable.offset).is_ok()
            {
                // Not to confirm anything: so that the cut outlives the power.
                let _ = file.sync_data();
                store.end = durable.clone();
                store.write_head(true);
            }
            store.next_segment = Some(segment::successor(&given_up.segment));
            store.given_up.push(given_up.segment.clone());
            store.note(
                Flaw {
                    verdict: Verdict::SyncFailed,
                    index: store.end.count,
                    segment: given_up.segment.clone(),
                    offset: store.end.offset,
                    detail: "the disk did not confirm records; the log went on in another segment",
                },
                None,
            )
        };
        let retreated = match held {
            true => retreat(self),
            false => self.locked(retreat),
        };
        if retreated.is_err() {
            self.next_segment = Some(segment::successor(&given_up.segment));
        }
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

fn position_of(head: &Head) -> Position {
    Position {
        segment: head.segment.clone(),
        offset: head.offset,
        count: head.count,
        last: head.last,
    }
}

fn elapsed(from: Instant, to: Instant) -> i64 {
    // A clock that was set back must not stop the syncs.
    match from.millis_until(to) {
        millis if millis < 0 => i64::MAX,
        millis => millis,
    }
}
