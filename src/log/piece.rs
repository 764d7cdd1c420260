//! A piece of a log: some whole lines, and what checking them by themselves
//! tells. Pieces are independent of each other; only their ends must fit.

use std::borrow::Cow;

use crate::crypto::digest::sha256;
use crate::error::Result;
use crate::log::disk::{self, Disk, DiskFile, Opening};
use crate::log::line::{self, MAX_LINE_LEN, RecordHash};
use crate::log::read::Start;
use crate::log::recover::Position;
use crate::log::segment;
use crate::log::signature::{self, RecentKey, Signature};
use crate::log::verify::{FindingKind, SignaturePolicy};

/// How much is read at a time.
const PIECE_LEN: usize = 256 << 10;

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
    open: Option<OpenSegment>,
}

struct OpenSegment {
    name: String,
    file: Box<dyn DiskFile>,
    at: u64,
    len: u64,
}

impl<'d> Pieces<'d> {
    pub fn new(disk: &'d dyn Disk, start: &Start, end: Option<&Position>) -> Result<Pieces<'d>> {
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
            open: None,
        })
    }

    /// The next piece; `None` at the end.
    pub fn next_piece(&mut self) -> Result<Option<Piece>> {
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
            let piece = open.read_piece();
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
    fn read_piece(&mut self) -> std::io::Result<Piece> {
        let left = self.len - self.at;
        let mut want = PIECE_LEN;
        loop {
            let len = usize::try_from(left).unwrap_or(usize::MAX).min(want);
            let mut bytes = vec![0; len];
            let count = disk::read_full(self.file.as_ref(), &mut bytes, self.at)?;
            bytes.truncate(count);
            if count < len {
                // The file has become shorter since it was opened.
                self.len = self.at + count as u64;
            }
            let ends_here = self.at + count as u64 >= self.len;
            if let Some(place) = memchr::memrchr(b'\n', &bytes) {
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
#[derive(Default)]
pub(super) struct Local {
    scratch: Vec<u8>,
    keys: RecentKey,
}

/// Checks the lines of a piece.
pub(super) fn check_piece(
    piece: &Piece,
    signatures: Option<&SignaturePolicy<'_>>,
    local: &mut Local,
) -> Checked {
    let mut checked = Checked {
        segment: piece.segment.clone(),
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
    for line in piece.bytes.split_inclusive(|&byte| byte == b'\n') {
        checked.lines += 1;
        let content = line.strip_suffix(b"\n").unwrap_or(line);
        let terminated = content.len() < line.len();
        if content.trim_ascii().is_empty() && terminated {
            continue;
        }
        let mut record = check_record(content, checked.lines, signatures, local);
        if !terminated {
            // Part of a record is not a record: it does not count.
            if record.links.is_none() {
                record.findings.clear();
                record.partial = true;
            }
            record.findings.push(LocalFinding {
                kind: FindingKind::Torn,
                expected: None,
                actual: None,
                detail: "the last line has no line feed".into(),
            });
        }
        checked.records.push(record);
    }
    checked
}

fn check_record(
    content: &[u8],
    line: u64,
    signatures: Option<&SignaturePolicy<'_>>,
    local: &mut Local,
) -> CheckedRecord {
    let checked = match line::check(content, &mut local.scratch) {
        Ok(checked) => checked,
        Err(error) => return no_record(line, sha256(content), error.to_string()),
    };
    let mut findings = Vec::new();
    let mut find = |kind, expected, actual, detail: Cow<'static, str>| {
        findings.push(LocalFinding {
            kind,
            expected,
            actual,
            detail,
        });
    };
    if !checked.is_consistent() {
        find(
            FindingKind::HashMismatch,
            Some(checked.computed),
            checked.stated,
            "the record does not have the hash that it states".into(),
        );
    }
    if checked.unauthenticated {
        find(
            FindingKind::Unauthenticated,
            None,
            None,
            "the line has members that no hash covers".into(),
        );
    }
    if checked.ambiguous {
        find(
            FindingKind::Ambiguous,
            None,
            None,
            "an object has two members of one name, the last of which counts".into(),
        );
    }
    let mut signature = None;
    if let Some(policy) = signatures {
        let receipt = checked.receipt(&local.scratch);
        let (outcome, told) = signature::check(receipt, policy, &mut local.keys);
        signature = Some(outcome);
        if let Some((kind, detail)) = told {
            find(kind, None, None, detail);
        }
    }
    CheckedRecord {
        line,
        leaf: checked.stated.unwrap_or(checked.computed),
        partial: false,
        links: Some(Links {
            previous: checked.previous,
            hash: checked.stated.unwrap_or(checked.computed),
        }),
        signature,
        findings,
    }
}

fn no_record(line: u64, leaf: RecordHash, detail: impl Into<Cow<'static, str>>) -> CheckedRecord {
    CheckedRecord {
        line,
        leaf,
        partial: false,
        links: None,
        signature: None,
        findings: vec![LocalFinding {
            kind: FindingKind::Unparsable,
            expected: None,
            actual: None,
            detail: detail.into(),
        }],
    }
}
