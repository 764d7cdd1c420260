//! Finding the end of a log, and saying what is wrong with it.
//!
//! What was acknowledged decides, not what it looks like: damage behind the
//! last durable record is the trace of a crash and is set aside; damage before
//! it is tampering and stays where it is. The walk trusts the chain, never the
//! length of a file.

use std::collections::VecDeque;

use crate::crypto::digest::sha256;
use crate::error::Result;
use crate::log::Verdict;
use crate::log::disk::{self, Disk, Opening};
use crate::log::line::{self, GENESIS, RecordHash};
use crate::log::segment::LineReader;

/// A place between two records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Position {
    /// The segment; empty before the first one.
    pub segment: String,
    /// The length of the segment up to here.
    pub offset: u64,
    /// The number of records before.
    pub count: u64,
    /// The hash that the next record must name as its predecessor.
    pub last: RecordHash,
}

impl Position {
    /// Before the first record.
    pub fn start() -> Position {
        Position {
            segment: String::new(),
            offset: 0,
            count: 0,
            last: GENESIS,
        }
    }

    /// Behind the last record, wherever that is.
    pub fn end() -> Position {
        Position {
            segment: "\u{10ffff}".to_owned(),
            offset: u64::MAX,
            count: u64::MAX,
            last: GENESIS,
        }
    }
}

/// Something wrong at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Flaw {
    pub verdict: Verdict,
    pub index: u64,
    pub segment: String,
    pub offset: u64,
    pub detail: &'static str,
}

/// Bytes that are no record.
#[derive(Clone, Debug)]
pub(super) struct Garbage {
    /// Where it starts, and the state before it.
    pub before: Position,
    /// Whether a consistent record follows it.
    pub followed: bool,
    /// Whether it is the last thing in its segment.
    pub at_end: bool,
}

/// What a walk from a position to the end of the log came upon.
#[derive(Debug)]
pub(super) struct Walked {
    /// The end of the last line that counts.
    pub end: Position,
    /// The first bytes that are no record.
    pub garbage: Option<Garbage>,
    /// The first record that contradicts itself or its predecessor.
    pub flaw: Option<Flaw>,
    /// Whether the last record is whole but for its line feed.
    pub unterminated: bool,
    /// Whether a line was in a form that neither we nor the published Rust and
    /// Python programs write: hooks are about.
    pub hook_lines: bool,
}

/// What has to be done at the end of a log before it can go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// Nothing.
    Clean,
    /// The last record wants its line feed.
    CompleteLine,
    /// Bytes that are no record and were never durable are to be set aside.
    SetAside,
    /// Bytes that are no record stay where they are, because they were durable
    /// once or records follow them.
    Leave,
}

impl Walked {
    /// Judges the end. `last` is the last segment, `durable` how many records
    /// are known to have been durable.
    pub fn ending(&self, last: Option<&String>, durable: Option<u64>) -> Ending {
        let Some(garbage) = &self.garbage else {
            return match self.unterminated {
                true => Ending::CompleteLine,
                false => Ending::Clean,
            };
        };
        let never_durable = match durable {
            Some(durable) => garbage.before.count >= durable,
            None => !garbage.followed,
        };
        match never_durable && last == Some(&garbage.before.segment) {
            true => Ending::SetAside,
            false => Ending::Leave,
        }
    }
}

/// What is told of every record on the way; for bytes that are no record, their
/// own hash stands for the record's.
pub(super) struct Passed<'a> {
    pub index: u64,
    pub segment: &'a str,
    pub offset: u64,
    pub hash: RecordHash,
}

/// How many hashes back the predecessor of a fork is recognised.
const FORK_WINDOW: usize = 1024;

/// The hashes of the newest records, to tell a fork from a broken link.
#[derive(Debug, Default)]
pub(super) struct RecentHashes {
    ring: VecDeque<RecordHash>,
}

impl RecentHashes {
    pub fn push(&mut self, hash: RecordHash) {
        if self.ring.len() >= FORK_WINDOW {
            self.ring.pop_front();
        }
        self.ring.push_back(hash);
    }

    pub fn holds(&self, hash: &RecordHash) -> bool {
        self.ring.iter().rev().any(|known| known == hash)
    }
}

/// Walks from `from` to the end of the log.
pub(super) fn walk(
    disk: &dyn Disk,
    segments: &[String],
    from: &Position,
    passed: &mut dyn FnMut(Passed<'_>),
) -> Result<Walked> {
    let mut walked = Walked {
        end: from.clone(),
        garbage: None,
        flaw: None,
        unterminated: false,
        hook_lines: false,
    };
    let mut recent = RecentHashes::default();
    recent.push(from.last);
    let mut scratch = Vec::new();
    // After garbage the next record's predecessor cannot be known.
    let mut linked = true;
    for segment in segments.iter().filter(|name| **name >= from.segment) {
        let start = match *segment == from.segment {
            true => from.offset,
            false => 0,
        };
        let failed = |cause: &std::io::Error| disk::failed(disk, segment, cause);
        let file = disk
            .open(segment, Opening::Read)
            .map_err(|cause| failed(&cause))?;
        let len = file.stat().map_err(|cause| failed(&cause))?.len;
        walked.end.segment.clone_from(segment);
        walked.end.offset = start;
        walked.unterminated = false;
        let mut reader = LineReader::new(file.as_ref(), start, len);
        while let Some(found) = reader.next_line().map_err(|cause| failed(&cause))? {
            if found.is_blank() && found.terminated {
                walked.end.offset = found.end;
                continue;
            }
            let checked = match found.oversized {
                true => None,
                false => line::check(found.bytes, &mut scratch).ok(),
            };
            let Some(checked) = checked else {
                match &mut walked.garbage {
                    Some(garbage) => garbage.at_end = true,
                    none => {
                        *none = Some(Garbage {
                            before: walked.end.clone(),
                            followed: false,
                            at_end: true,
                        });
                    }
                }
                passed(Passed {
                    index: walked.end.count,
                    segment,
                    offset: found.offset,
                    hash: sha256(found.bytes),
                });
                walked.end.offset = found.end;
                walked.end.count += 1;
                linked = false;
                continue;
            };
            let index = walked.end.count;
            let mut flaw = |verdict, detail| {
                if walked.flaw.is_none() {
                    walked.flaw = Some(Flaw {
                        verdict,
                        index,
                        segment: segment.clone(),
                        offset: found.offset,
                        detail,
                    });
                }
            };
            if !checked.is_consistent() {
                flaw(
                    Verdict::Tampered,
                    "the record does not have the hash that it states",
                );
            } else if linked && checked.previous != Some(walked.end.last) {
                if checked.previous.is_some_and(|hash| recent.holds(&hash)) {
                    flaw(Verdict::Forked, "two records name the same predecessor");
                } else {
                    flaw(Verdict::Tampered, "the record names an unknown predecessor");
                }
            }
            if let Some(garbage) = &mut walked.garbage {
                garbage.followed |= checked.is_consistent();
                garbage.at_end = false;
            }
            walked.hook_lines |= !checked.own_form && !is_sorted(found.bytes);
            walked.unterminated = !found.terminated;
            linked = true;
            walked.end.offset = found.end;
            walked.end.count += 1;
            walked.end.last = checked.stated.unwrap_or(checked.computed);
            recent.push(walked.end.last);
            passed(Passed {
                index,
                segment,
                offset: found.offset,
                hash: walked.end.last,
            });
        }
    }
    Ok(walked)
}

/// Whether a foreign line's receipt starts with its first member in order, as
/// all writers but the hooks put it. The members that a receipt must have come
/// before `v`, and the hooks write that one first.
pub(super) fn is_sorted(line: &[u8]) -> bool {
    line.starts_with(b"{\"receipt\":{") && !line.starts_with(b"{\"receipt\":{\"v\"")
}

/// Whether the record that ends at a position is the one that it names.
pub(super) fn stands(disk: &dyn Disk, position: &Position) -> Result<bool> {
    if position.count == 0 {
        return Ok(position.offset == 0);
    }
    let failed = |cause: &std::io::Error| disk::failed(disk, &position.segment, cause);
    let file = match disk.open(&position.segment, Opening::Read) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
        opened => opened.map_err(|cause| failed(&cause))?,
    };
    if position.offset == 0 {
        // The segment was begun and had no record yet.
        return Ok(true);
    }
    let len = file.stat().map_err(|cause| failed(&cause))?.len;
    if len < position.offset {
        return Ok(false);
    }
    let Some(line) = last_line(file.as_ref(), position.offset).map_err(|cause| failed(&cause))?
    else {
        return Ok(false);
    };
    let mut scratch = Vec::new();
    Ok(line::check(&line, &mut scratch)
        .is_ok_and(|checked| checked.stated == Some(position.last) && checked.is_consistent()))
}

/// The last line that is not blank among the first `end` bytes of a file;
/// `None` when the bytes do not end with a line feed.
pub(super) fn last_line(file: &dyn disk::DiskFile, end: u64) -> std::io::Result<Option<Vec<u8>>> {
    let mut window: u64 = 4096;
    loop {
        let start = end.saturating_sub(window);
        let mut bytes = vec![0; usize::try_from(end - start).unwrap_or(0)];
        let count = disk::read_full(file, &mut bytes, start)?;
        bytes.truncate(count);
        let Some(content) = bytes.strip_suffix(b"\n") else {
            return Ok(None);
        };
        let content = content.trim_ascii_end();
        match memchr::memrchr(b'\n', content) {
            Some(before) => return Ok(Some(content.get(before + 1..).unwrap_or(&[]).to_vec())),
            None if start == 0 => return Ok(Some(content.to_vec())),
            None if window > line::MAX_LINE_LEN as u64 => return Ok(None),
            None => window = window.saturating_mul(8),
        }
    }
}
