//! A piece of a log: some whole lines, and what checking them by themselves
//! tells. Pieces are independent of each other; only their ends must fit.

use std::borrow::Cow;
use std::ops::Range;

use crate::crypto::digest::sha256;
use crate::error::Result;
use crate::log::disk::{self, Disk, DiskFile, Opening};
use crate::log::line::{self, MAX_LINE_LEN, RecordHash};
use crate::log::read::Start;
use crate::log::recover::Position;
use crate::log::segment;
use crate::log::signature::{Judge, Judged, Signature};
use crate::log::verify::{FindingKind, SignaturePolicy};

/// How much is read at a time.
pub(super) const PIECE_LEN: usize = 256 << 10;
/// How much is read at a time when signatures are verified together: the more
/// the cheaper, with little to gain beyond a thousand.
pub(super) const BATCH_PIECE_LEN: usize = 1 << 20;
/// How many lines are checked at a time, however short they are: what is said of
/// each takes memory.
const PIECE_LINES: usize = 4096;

/// Whole lines of one segment.
pub(super) struct Piece {
    pub segment: String,
    pub bytes: Vec<u8>,
    /// Whether the bytes stand for a line that is too long to be loaded.
    pub oversized: bool,
}

/// Reads a log in pieces.
pub(super) struct Pieces<'d> {
    disk: &'d dyn Disk,
    segments: std::vec::IntoIter<String>,
    first_offset: u64,
    end: Option<Position>,
    piece_len: usize,
    open: Option<OpenSegment>,
}

struct OpenSegment {
    name: String,
    file: Box<dyn DiskFile>,
    at: u64,
    len: u64,
}

impl<'d> Pieces<'d> {
    pub fn new(
        disk: &'d dyn Disk,
        start: &Start,
        end: Option<&Position>,
        piece_len: usize,
    ) -> Result<Pieces<'d>> {
        let mut names = segment::segments(disk).map_err(|cause| disk::failed(disk, "", &cause))?;
        names.retain(|name| *name >= start.segment && end.is_none_or(|end| *name <= end.segment));
        Ok(Pieces {
            disk,
            first_offset: match names.first() == Some(&start.segment) {
                true => start.offset,
                false => 0,
            },
            segments: names.into_iter(),
            end: end.cloned(),
            piece_len,
            open: None,
        })
    }

    /// The next piece, in a buffer that is no longer needed; `None` at the end.
    pub fn next_piece(&mut self, mut buffer: Vec<u8>) -> Result<Option<Piece>> {
        loop {
            if self.open.as_ref().is_none_or(|open| open.at >= open.len) {
                let Some(name) = self.segments.next() else {
                    return Ok(None);
                };
                self.open = Some(self.open_segment(name)?);
                self.first_offset = 0;
                continue;
            }
            let Some(open) = &mut self.open else {
                return Ok(None);
            };
            let piece = open.read_piece(std::mem::take(&mut buffer), self.piece_len);
            return piece
                .map(Some)
                .map_err(|cause| disk::failed(self.disk, &open.name, &cause));
        }
    }

    fn open_segment(&self, name: String) -> Result<OpenSegment> {
        let attempt = || {
            let file = self.disk.open(&name, Opening::Read)?;
            let len = file.stat()?.len;
            Ok((file, len))
        };
        let (file, len) =
            attempt().map_err(|cause: std::io::Error| disk::failed(self.disk, &name, &cause))?;
        let len = match &self.end {
            Some(end) if end.segment == name => len.min(end.offset),
            _ => len,
        };
        Ok(OpenSegment {
            at: self.first_offset,
            name,
            file,
            len,
        })
    }
}

impl OpenSegment {
    fn read_piece(&mut self, mut bytes: Vec<u8>, piece_len: usize) -> std::io::Result<Piece> {
        let left = self.len - self.at;
        let mut want = piece_len;
        loop {
            let len = usize::try_from(left).unwrap_or(usize::MAX).min(want);
            // What an earlier piece has left is overwritten, not cleared.
            bytes.resize(len, 0);
            let count = disk::read_full(self.file.as_ref(), &mut bytes, self.at)?;
            bytes.truncate(count);
            if count < len {
                // The file has become shorter since it was opened.
                self.len = self.at + count as u64;
            }
            let ends_here = self.at + count as u64 >= self.len;
            if let Some(place) = memchr::memchr_iter(b'\n', &bytes).nth(PIECE_LINES - 1) {
                bytes.truncate(place + 1);
            } else if let Some(place) = memchr::memrchr(b'\n', &bytes) {
                if !ends_here || place + 1 == count {
                    bytes.truncate(place + 1);
                }
            } else if !ends_here {
                if want <= MAX_LINE_LEN {
                    want *= 2;
                    continue;
                }
                self.skip_line(self.at + count as u64)?;
                return Ok(Piece {
                    segment: self.name.clone(),
                    bytes: Vec::new(),
                    oversized: true,
                });
            }
            self.at += bytes.len() as u64;
            return Ok(Piece {
                segment: self.name.clone(),
                bytes,
                oversized: false,
            });
        }
    }

    fn skip_line(&mut self, from: u64) -> std::io::Result<()> {
        self.at = from;
        let mut buffer = vec![0; PIECE_LEN];
        while self.at < self.len {
            let count = disk::read_full(self.file.as_ref(), &mut buffer, self.at)?;
            let read = buffer.get(..count).unwrap_or(&[]);
            if let Some(place) = memchr::memchr(b'\n', read) {
                self.at += place as u64 + 1;
                return Ok(());
            }
            if count == 0 {
                break;
            }
            self.at += count as u64;
        }
        self.at = self.len;
        Ok(())
    }
}

/// What checking a piece told.
pub(super) struct Checked {
    pub segment: String,
    /// How many lines it has, blank ones too.
    pub lines: u64,
    pub records: Vec<CheckedRecord>,
}

/// What checking a record by itself told.
pub(super) struct CheckedRecord {
    /// Its line in the piece, from 1.
    pub line: u64,
    /// What it says of its place in the chain; `None` when it is no record.
    pub links: Option<Links>,
    /// What stands for it in the tree: its hash as stated, or the hash of the
    /// bytes when they are no record.
    pub leaf: RecordHash,
    /// Whether it is the beginning of a record whose rest is missing.
    pub partial: bool,
    pub signature: Option<Signature>,
    /// The record from which on one of its keys counts for nothing.
    pub only_before: Option<u64>,
    pub findings: Vec<LocalFinding>,
}

/// The hashes of a record, as stated.
pub(super) struct Links {
    pub previous: Option<RecordHash>,
    pub hash: RecordHash,
}

/// Something found in a piece, before its place in the log is known.
pub(super) struct LocalFinding {
    pub kind: FindingKind,
    pub expected: Option<RecordHash>,
    pub actual: Option<RecordHash>,
    pub detail: Cow<'static, str>,
}

/// What a thread keeps between pieces.
pub(super) struct Local<'p> {
    scratch: Vec<u8>,
    judge: Option<Judge<'p>>,
    /// The records of the piece that are fine if the batch holds, and where
    /// their lines are.
    waiting: Vec<(usize, Range<usize>)>,
    spare: Vec<u8>,
}

impl<'p> Local<'p> {
    pub fn new(signatures: Option<&SignaturePolicy<'p>>) -> Local<'p> {
        Local {
            scratch: Vec::new(),
            judge: signatures.map(Judge::new),
            waiting: Vec::new(),
            spare: Vec::new(),
        }
    }

    /// A buffer for the next piece.
    pub fn buffer(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.spare)
    }

    /// Checks the lines of a piece.
    pub fn check(&mut self, piece: Piece) -> Checked {
        let mut checked = Checked {
            segment: piece.segment,
            lines: 0,
            records: Vec::new(),
        };
        if piece.oversized {
            checked.lines = 1;
            checked
                .records
                .push(no_record(1, sha256(&[]), "the line is too long"));
            return checked;
        }
        let mut start = 0;
        for feed in memchr::memchr_iter(b'\n', &piece.bytes).chain([piece.bytes.len()]) {
            let terminated = feed < piece.bytes.len();
            let place = start..feed;
            start = feed + 1;
            let content = piece.bytes.get(place.clone()).unwrap_or(&[]);
            if !terminated && content.is_empty() {
                break;
            }
            checked.lines += 1;
            if terminated && content.trim_ascii().is_empty() {
                continue;
            }
            let Awaited { mut record, waits } = self.check_record(content, checked.lines);
            if waits {
                self.waiting.push((checked.records.len(), place));
            }
            if !terminated {
                // Part of a record is not a record: it does not count.
                if record.links.is_none() {
                    record.findings.clear();
                    record.partial = true;
                }
                record.find(
                    FindingKind::Torn,
                    None,
                    None,
                    "the last line has no line feed",
                );
            }
            checked.records.push(record);
        }
        self.settle(&piece.bytes, &mut checked.records);
        // A line that was once very long does not stay in memory.
        self.scratch.shrink_to(BATCH_PIECE_LEN);
        self.spare = piece.bytes;
        self.spare.truncate(BATCH_PIECE_LEN);
        self.spare.shrink_to(BATCH_PIECE_LEN);
        checked
    }

    /// Verifies the signatures that wait: together, and when that fails one by
    /// one.
    fn settle(&mut self, bytes: &[u8], records: &mut [CheckedRecord]) {
        let Some(judge) = &mut self.judge else {
            return;
        };
        if !judge.settle() {
            for (index, place) in &self.waiting {
                let line = bytes.get(place.clone()).unwrap_or(&[]);
                if let Some(record) = records.get_mut(*index)
                    && let Ok(checked) = line::check(line, &mut self.scratch)
                {
                    record.take(judge.check_alone(checked.receipt(&self.scratch)));
                }
            }
        }
        self.waiting.clear();
    }

    fn check_record(&mut self, content: &[u8], line: u64) -> Awaited {
        let checked = match line::check(content, &mut self.scratch) {
            Ok(checked) => checked,
            Err(error) => {
                return Awaited {
                    record: no_record(line, sha256(content), error.to_string()),
                    waits: false,
                };
            }
        };
        let hash = checked.stated.unwrap_or(checked.computed);
        let mut record = CheckedRecord {
            line,
            leaf: hash,
            partial: false,
            links: Some(Links {
                previous: checked.previous,
                hash,
            }),
            signature: None,
            only_before: None,
            findings: Vec::new(),
        };
        if !checked.is_consistent() {
            record.find(
                FindingKind::HashMismatch,
                Some(checked.computed),
                checked.stated,
                "the record does not have the hash that it states",
            );
        }
        if checked.unauthenticated {
            let detail = "the line has members that no hash covers";
            record.find(FindingKind::Unauthenticated, None, None, detail);
        }
        if checked.ambiguous {
            let detail = "an object has two members of one name, the last of which counts";
            record.find(FindingKind::Ambiguous, None, None, detail);
        }
        let mut waits = false;
        if let Some(judge) = &mut self.judge {
            let mut receipt = checked.take_receipt(&mut self.scratch);
            let judged = judge.check_own(&mut receipt);
            // Its memory is needed again.
            if self.scratch.is_empty() {
                self.scratch = receipt;
            }
            waits = judged.waits;
            record.take(judged);
        }
        Awaited { record, waits }
    }
}

/// A record, and whether its signature waits for the others of its piece.
struct Awaited {
    record: CheckedRecord,
    waits: bool,
}

impl CheckedRecord {
    fn take(&mut self, judged: Judged) {
        self.signature = Some(judged.outcome);
        self.only_before = judged.only_before;
        if let Some((kind, detail)) = judged.told {
            self.find(kind, None, None, detail);
        }
    }

    fn find(
        &mut self,
        kind: FindingKind,
        expected: Option<RecordHash>,
        actual: Option<RecordHash>,
        detail: impl Into<Cow<'static, str>>,
    ) {
        self.findings.push(LocalFinding {
            kind,
            expected,
            actual,
            detail: detail.into(),
        });
    }
}

fn no_record(line: u64, leaf: RecordHash, detail: impl Into<Cow<'static, str>>) -> CheckedRecord {
    let mut record = CheckedRecord {
        line,
        leaf,
        partial: false,
        links: None,
        signature: None,
        only_before: None,
        findings: Vec::new(),
    };
    record.find(FindingKind::Unparsable, None, None, detail);
    record
}
