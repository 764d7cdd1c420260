//! Verifying a log: every link, every hash, and on request every signature.
//!
//! The log is read once, in pieces of whole lines, with memory that does not
//! depend on its length. Pieces are checked on as many threads as the caller
//! lends; findings come out in the order of the log, on the caller's thread.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError, mpsc};

use crate::crypto::ed25519::PublicKey;
use crate::error::{Error, Result};
use crate::log::disk::{Disk, Folder};
use crate::log::head::{self, HeadFile};
use crate::log::incident;
use crate::log::line::{GENESIS, RecordHash};
use crate::log::piece::{Checked, Local, Piece, Pieces, check_piece};
use crate::log::read::{self, Start};
use crate::log::recover::{Position, RecentHashes};
use crate::log::verdict::Verdict;

/// What to verify.
#[derive(Clone, Copy, Debug, Default)]
pub struct VerifyOptions<'a> {
    /// The first record to look at.
    pub first: u64,
    /// How many records to look at; all when absent.
    pub limit: Option<u64>,
    /// Verify signatures too, by these rules.
    pub signatures: Option<SignaturePolicy<'a>>,
    /// How many threads to use; 0 and 1 mean the caller's own.
    pub threads: usize,
}

/// Which signatures count.
#[derive(Clone, Copy, Debug, Default)]
pub struct SignaturePolicy<'a> {
    /// The keys that may sign. Without them every receipt is held to the key
    /// that it names itself, which proves integrity and nothing about who.
    pub trusted: Option<&'a [&'a PublicKey]>,
}

/// What kind of thing was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FindingKind {
    /// The record names another predecessor than the one before it.
    LinkBroken,
    /// The record names the predecessor of an earlier record.
    Forked,
    /// The record does not have the hash that it states.
    HashMismatch,
    /// The line is no record.
    Unparsable,
    /// The last line has no line feed.
    Torn,
    /// Records are missing from the end.
    Truncated,
    /// The last record is not the one that is remembered.
    Replaced,
    /// The line has members that no hash covers. The record itself is sound.
    Unauthenticated,
    /// An object in the line has two members of one name. The record itself is
    /// sound for readers to whom the last one counts.
    Ambiguous,
    /// The signature, or something that derives from it, is wrong.
    SignatureInvalid,
    /// The signature is by a key that is not trusted.
    SignerUntrusted,
    /// The signature cannot be judged: an unknown version, encrypted params.
    SignatureUnverifiable,
    /// Something that was found and noted when the log was open.
    Incident,
}

impl FindingKind {
    /// What a finding of this kind means for the log.
    pub fn verdict(self) -> Verdict {
        match self {
            FindingKind::LinkBroken
            | FindingKind::HashMismatch
            | FindingKind::Unparsable
            | FindingKind::Replaced
            | FindingKind::SignatureInvalid
            | FindingKind::SignerUntrusted => Verdict::Tampered,
            FindingKind::Forked => Verdict::Forked,
            FindingKind::Torn => Verdict::Torn,
            FindingKind::Truncated => Verdict::Truncated,
            FindingKind::SignatureUnverifiable => Verdict::Unverifiable,
            // An incident counts by its own verdict.
            FindingKind::Unauthenticated | FindingKind::Ambiguous | FindingKind::Incident => {
                Verdict::Ok
            }
        }
    }
}

/// One thing that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The segment.
    pub file: String,
    /// The line, from 1; 0 when it is about no line.
    pub line: u64,
    /// The record, from 0.
    pub index: u64,
    /// What it is.
    pub kind: FindingKind,
    /// The hash that would have been right.
    pub expected: Option<RecordHash>,
    /// The hash that stands there.
    pub actual: Option<RecordHash>,
    /// It in words.
    pub detail: String,
}

/// The outcome of a verification.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The gravest verdict.
    pub verdict: Verdict,
    /// How many records were looked at.
    pub records: u64,
    /// How many findings there were, of every kind.
    pub findings: u64,
    /// The first record with a finding that is not merely noted.
    pub first_bad: Option<u64>,
    /// How many signatures are valid and, if keys were given, trusted.
    pub signatures_valid: u64,
    /// How many records have no signature by their nature: denied calls.
    pub unsigned: u64,
    /// How many signatures could not be judged.
    pub unverifiable: u64,
    /// How many signatures are wrong or by an untrusted key.
    pub signatures_failed: u64,
    /// The hash of the last record that was looked at.
    pub last: RecordHash,
    /// Whether the watcher stopped it.
    pub stopped: bool,
}

/// Is told what a verification finds, and may stop it.
pub trait Watcher {
    /// Something was found.
    fn finding(&mut self, finding: &Finding) -> ControlFlow<()>;
    /// So many records have been looked at.
    fn progress(&mut self, records: u64) -> ControlFlow<()> {
        let _ = records;
        ControlFlow::Continue(())
    }
}

/// Whoever only wants the report.
impl Watcher for () {
    fn finding(&mut self, _: &Finding) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

/// Whoever wants all findings.
impl Watcher for Vec<Finding> {
    fn finding(&mut self, finding: &Finding) -> ControlFlow<()> {
        self.push(finding.clone());
        ControlFlow::Continue(())
    }
}

/// Verifies an audit folder without opening it for writing: nothing is created,
/// locked or repaired. What the log remembers of its own end is taken into
/// account when it is there.
pub fn verify_folder(
    audit: &Path,
    options: &VerifyOptions<'_>,
    watcher: &mut dyn Watcher,
) -> Result<Report> {
    run(
        &Folder::existing(audit)?,
        &Start::default(),
        None,
        options,
        watcher,
    )
}

/// Verifies from `start`, which is at or before the first record asked for, to
/// `end`, or to whatever the files hold.
pub(super) fn run(
    disk: &dyn Disk,
    start: &Start,
    end: Option<&Position>,
    options: &VerifyOptions<'_>,
    watcher: &mut dyn Watcher,
) -> Result<Report> {
    let (start, previous) = first_of_range(disk, start, end, options.first)?;
    let mut merge = Merge {
        watcher,
        report: Report {
            last: previous.unwrap_or(GENESIS),
            ..Report::default()
        },
        expected: previous,
        recent: RecentHashes::default(),
        index: start.index,
        line: lines_before(disk, &start)?,
        segment: start.segment.clone(),
        left: options.limit.unwrap_or(u64::MAX),
        remembered: match end {
            Some(end) => Some(end.clone()),
            None => remembered_on_disk(disk),
        },
    };
    merge.recent.push(merge.report.last);
    let pieces = Pieces::new(disk, &start, end)?;
    match options.threads {
        0 | 1 => on_this_thread(pieces, options, &mut merge)?,
        threads => on_threads(pieces, threads, options, &mut merge)?,
    }
    if !merge.report.stopped && options.limit.is_none() {
        merge.compare_length_with_memory(disk);
    }
    merge.tell_incidents(disk)?;
    Ok(merge.report)
}

fn on_this_thread(
    mut pieces: Pieces<'_>,
    options: &VerifyOptions<'_>,
    merge: &mut Merge<'_>,
) -> Result<()> {
    let mut local = Local::default();
    while let Some(piece) = pieces.next_piece()? {
        let checked = check_piece(&piece, options.signatures.as_ref(), &mut local);
        if merge.take(checked).is_break() {
            break;
        }
    }
    Ok(())
}

/// What the threads share: the pieces to come, and how far the merging is.
struct Work<'d> {
    pieces: Pieces<'d>,
    next: u64,
    merged: u64,
}

fn on_threads(
    pieces: Pieces<'_>,
    threads: usize,
    options: &VerifyOptions<'_>,
    merge: &mut Merge<'_>,
) -> Result<()> {
    let work = Mutex::new(Work {
        pieces,
        next: 0,
        merged: 0,
    });
    let advanced = Condvar::new();
    let stop = AtomicBool::new(false);
    // Nobody runs further ahead of the slowest than this.
    let ahead = 2 * threads as u64;
    std::thread::scope(|scope| {
        let (sender, receiver) = mpsc::sync_channel::<(u64, Result<Checked>)>(threads);
        for _ in 0..threads {
            let sender = sender.clone();
            scope.spawn(|| {
                let sender = sender;
                let mut local = Local::default();
                while let Some((number, piece)) = next_piece(&work, &advanced, &stop, ahead) {
                    let checked = piece
                        .map(|piece| check_piece(&piece, options.signatures.as_ref(), &mut local));
                    let failed = checked.is_err();
                    if sender.send((number, checked)).is_err() || failed {
                        break;
                    }
                }
            });
        }
        drop(sender);
        let mut early = BTreeMap::new();
        let mut wanted = 0;
        let mut outcome = Ok(());
        'merging: while let Ok((number, checked)) = receiver.recv() {
            early.insert(number, checked);
            while let Some(checked) = early.remove(&wanted) {
                wanted += 1;
                let go_on = match checked {
                    Ok(checked) => merge.take(checked).is_continue(),
                    Err(error) => {
                        outcome = Err(error);
                        false
                    }
                };
                lock(&work).merged = wanted;
                advanced.notify_all();
                if !go_on {
                    break 'merging;
                }
            }
        }
        // The threads that wait for a place in the channel see it closed.
        stop.store(true, Ordering::SeqCst);
        drop(receiver);
        // Those that wait for the merging must see the order to stop: taking
        // the lock puts this after their look at it.
        drop(lock(&work));
        advanced.notify_all();
        outcome
    })
}

/// The next piece and its number, once the merging is near enough.
fn next_piece(
    work: &Mutex<Work<'_>>,
    advanced: &Condvar,
    stop: &AtomicBool,
    ahead: u64,
) -> Option<(u64, Result<Piece>)> {
    let mut work = lock(work);
    while work.next >= work.merged + ahead && !stop.load(Ordering::SeqCst) {
        work = advanced.wait(work).unwrap_or_else(PoisonError::into_inner);
    }
    if stop.load(Ordering::SeqCst) {
        return None;
    }
    let piece = work.pieces.next_piece().transpose()?;
    let number = work.next;
    work.next += 1;
    Some((number, piece))
}

/// Puts the pieces together in order, and tells the watcher.
struct Merge<'w> {
    watcher: &'w mut dyn Watcher,
    report: Report,
    /// The hash that the next record must name; `None` after what is no record.
    expected: Option<RecordHash>,
    recent: RecentHashes,
    index: u64,
    line: u64,
    segment: String,
    left: u64,
    /// An end of the log that is remembered: by the open log, or by the head on
    /// the disk.
    remembered: Option<Position>,
}

impl Merge<'_> {
    fn take(&mut self, checked: Checked) -> ControlFlow<()> {
        if checked.segment != self.segment {
            self.segment.clone_from(&checked.segment);
            self.line = 0;
        }
        for record in checked.records {
            if self.left == 0 {
                return ControlFlow::Break(());
            }
            self.left -= 1;
            let place = (self.line + record.line, self.index);
            if !record.partial {
                self.index += 1;
                self.report.records += 1;
            }
            for finding in record.findings {
                self.tell(
                    place,
                    finding.kind,
                    finding.expected,
                    finding.actual,
                    finding.detail,
                )?;
            }
            let Some(links) = record.links else {
                self.expected = None;
                continue;
            };
            if let Some(expected) = self.expected
                && links.previous != Some(expected)
            {
                let forked = links.previous.is_some_and(|hash| self.recent.holds(&hash));
                let (kind, detail) = match forked {
                    true => (FindingKind::Forked, "two records name the same predecessor"),
                    false => (
                        FindingKind::LinkBroken,
                        "the record names another predecessor",
                    ),
                };
                self.tell(place, kind, Some(expected), links.previous, detail.into())?;
            }
            self.expected = Some(links.hash);
            self.recent.push(links.hash);
            self.report.last = links.hash;
            if let Some(signature) = record.signature {
                signature.count_in(&mut self.report);
            }
            if let Some(remembered) = &self.remembered
                && remembered.count == self.index
                && remembered.last != links.hash
            {
                let expected = Some(remembered.last);
                let detail = "the record is not the one that the log remembers";
                self.tell(
                    place,
                    FindingKind::Replaced,
                    expected,
                    Some(links.hash),
                    detail.into(),
                )?;
            }
        }
        self.line += checked.lines;
        let records = self.report.records;
        let flow = self.watcher.progress(records);
        self.report.stopped |= flow.is_break();
        flow
    }

    fn tell(
        &mut self,
        (line, index): (u64, u64),
        kind: FindingKind,
        expected: Option<RecordHash>,
        actual: Option<RecordHash>,
        detail: std::borrow::Cow<'static, str>,
    ) -> ControlFlow<()> {
        self.judge(kind.verdict(), index);
        let finding = Finding {
            file: self.segment.clone(),
            line,
            index,
            kind,
            expected,
            actual,
            detail: detail.into_owned(),
        };
        self.report.findings += 1;
        let flow = self.watcher.finding(&finding);
        self.report.stopped |= flow.is_break();
        flow
    }

    fn judge(&mut self, verdict: Verdict, index: u64) {
        if verdict != Verdict::Ok {
            let first = self.report.first_bad.get_or_insert(index);
            *first = (*first).min(index);
        }
        self.report.verdict = self.report.verdict.worse(verdict);
    }

    /// Holds the length that was read against the one that is remembered.
    fn compare_length_with_memory(&mut self, disk: &dyn Disk) {
        let Some(remembered) = self.remembered.clone() else {
            return;
        };
        let (count, last) = (remembered.count, remembered.last);
        let place = (0, self.index);
        let len = disk.stat(&remembered.segment).map_or(0, |stat| stat.len);
        if self.index < count || len < remembered.offset {
            let detail = format!(
                "{count} whole records were there once, {} are left",
                self.index
            );
            let _ = self.tell(
                place,
                FindingKind::Truncated,
                Some(last),
                None,
                detail.into(),
            );
        }
    }

    fn tell_incidents(&mut self, disk: &dyn Disk) -> Result<()> {
        for incident in incident::read(disk)? {
            // A torn end was dealt with, and whom a failed sync concerned was
            // told; damage stays damage.
            if !matches!(incident.verdict, Verdict::Torn | Verdict::SyncFailed) {
                self.judge(incident.verdict, incident.index);
            }
            let finding = Finding {
                file: incident.segment.clone(),
                line: 0,
                index: incident.index,
                kind: FindingKind::Incident,
                expected: None,
                actual: None,
                detail: format!(
                    "{} at {}: {}",
                    incident.verdict.name(),
                    incident.time,
                    incident.detail
                ),
            };
            self.report.findings += 1;
            if self.watcher.finding(&finding).is_break() {
                self.report.stopped = true;
                break;
            }
        }
        Ok(())
    }
}

/// The durable records that the newest head on the disk speaks of.
fn remembered_on_disk(disk: &dyn Disk) -> Option<Position> {
    disk.stat(head::HEAD_PATH).ok()?;
    let heads = HeadFile::open_to_read(disk).ok()?.read().ok()?;
    let head = heads.into_iter().next()?;
    Some(Position {
        segment: head.segment,
        offset: head.offset,
        count: head.count,
        last: head.last,
    })
}

/// Where the record `first` starts and the hash that it must name; without the
/// hash when the record before it is not to be read.
fn first_of_range(
    disk: &dyn Disk,
    start: &Start,
    end: Option<&Position>,
    first: u64,
) -> Result<(Start, Option<RecordHash>)> {
    if first == 0 {
        return Ok((Start::default(), Some(GENESIS)));
    }
    // The entry of the index may be that of `first` itself.
    let from = match start.index < first {
        true => start.clone(),
        false => Start::default(),
    };
    let everything = Position {
        segment: "\u{10ffff}".to_owned(),
        offset: u64::MAX,
        count: u64::MAX,
        last: GENESIS,
    };
    let mut scratch = Vec::new();
    let mut previous = None;
    let mut place = None;
    read::lines_forwards(disk, &from, end.unwrap_or(&everything), &mut |found| {
        if found.index + 1 == first {
            previous = crate::log::line::check(found.line.bytes, &mut scratch)
                .ok()
                .and_then(|checked| checked.stated);
        }
        if found.index < first {
            return Ok(ControlFlow::Continue(()));
        }
        place = Some(Start {
            segment: found.segment.to_owned(),
            offset: found.line.offset,
            index: found.index,
        });
        Ok(ControlFlow::Break(()))
    })?;
    match place {
        Some(place) => Ok((place, previous)),
        None => Err(Error::new(
            crate::error::ErrorKind::RecordNotFound,
            "log",
            "it has no record of this index",
        )
        .at(first)),
    }
}

/// How many lines stand before a place in its segment.
fn lines_before(disk: &dyn Disk, start: &Start) -> Result<u64> {
    if start.offset == 0 {
        return Ok(0);
    }
    let failed = |cause: &std::io::Error| crate::log::disk::failed(disk, &start.segment, cause);
    let file = disk
        .open(&start.segment, crate::log::disk::Opening::Read)
        .map_err(|cause| failed(&cause))?;
    let mut buffer = vec![0; 256 << 10];
    let (mut at, mut lines) = (0, 0);
    while at < start.offset {
        let want = usize::try_from(start.offset - at)
            .unwrap_or(usize::MAX)
            .min(buffer.len());
        let window = buffer.get_mut(..want).unwrap_or(&mut []);
        let count = crate::log::disk::read_full(file.as_ref(), window, at)
            .map_err(|cause| failed(&cause))?;
        if count == 0 {
            break;
        }
        let read = window.get(..count).unwrap_or(&[]);
        lines += memchr::memchr_iter(b'\n', read).count() as u64;
        at += count as u64;
    }
    Ok(lines)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
