//! Reading records back, forwards and backwards, through small windows.

use std::ops::ControlFlow;

use crate::error::{Error, ErrorKind, Result};
use crate::log::disk::{self, Disk, DiskFile, Opening};
use crate::log::line::{self, RecordHash};
use crate::log::record::RecordView;
use crate::log::recover::Position;
use crate::log::segment::{self, Line, LineReader};

/// A record as it stands in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredRecord {
    /// Its number, from 0.
    pub index: u64,
    /// The segment it stands in.
    pub segment: String,
    /// Where its line starts in the segment.
    pub offset: u64,
    /// The receipt in canonical JSON.
    pub receipt: Vec<u8>,
    /// The hash of the record before, as stated.
    pub previous: RecordHash,
    /// The hash of the record, as stated.
    pub record_hash: RecordHash,
    /// Whether the line has members that no hash covers (they are left out).
    pub unauthenticated: bool,
    /// The line itself, without its line feed.
    pub line: Vec<u8>,
}

impl StoredRecord {
    /// What the record says of itself.
    pub fn view(&self) -> RecordView<'_> {
        RecordView::new(&self.receipt)
    }
}

/// Where reading starts: at a record whose number is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Start {
    /// The segment; empty for the first one.
    pub segment: String,
    pub offset: u64,
    pub index: u64,
}

/// What a visitor of raw lines is shown.
pub(super) struct Found<'a> {
    pub index: u64,
    pub segment: &'a str,
    pub line: Line<'a>,
}

/// Shows the records `first..end.count`, oldest first. A line that is no record
/// is an error: whoever wants to know more verifies.
pub(super) fn forwards(
    disk: &dyn Disk,
    start: &Start,
    end: &Position,
    first: u64,
    visit: &mut dyn FnMut(&StoredRecord) -> ControlFlow<()>,
) -> Result<()> {
    let mut scratch = Vec::new();
    lines_forwards(disk, start, end, &mut |found| {
        if found.index < first {
            return Ok(ControlFlow::Continue(()));
        }
        Ok(visit(&stored(&found, &mut scratch)?))
    })
}

/// Shows the lines that are not blank from `start` to `end`.
pub(super) fn lines_forwards(
    disk: &dyn Disk,
    start: &Start,
    end: &Position,
    visit: &mut dyn FnMut(Found<'_>) -> Result<ControlFlow<()>>,
) -> Result<()> {
    let mut index = start.index;
    for name in &segments_within(disk, &start.segment, end)? {
        let (file, len) = open(disk, name, end)?;
        let from = match *name == start.segment {
            true => start.offset,
            false => 0,
        };
        let mut reader = LineReader::new(file.as_ref(), from, len);
        while let Some(line) = reader
            .next_line()
            .map_err(|cause| disk::failed(disk, name, &cause))?
        {
            if line.is_blank() {
                continue;
            }
            let found = Found {
                index,
                segment: name,
                line,
            };
            if visit(found)?.is_break() {
                return Ok(());
            }
            index += 1;
        }
    }
    Ok(())
}

/// Shows the lines that are not blank, newest first.
pub(super) fn lines_backwards(
    disk: &dyn Disk,
    end: &Position,
    visit: &mut dyn FnMut(Found<'_>) -> Result<ControlFlow<()>>,
) -> Result<()> {
    let mut index = end.count;
    for name in segments_within(disk, "", end)?.iter().rev() {
        let (file, len) = open(disk, name, end)?;
        let mut reader = BackwardReader::new(file.as_ref(), len);
        while let Some(line) = reader
            .previous_line()
            .map_err(|cause| disk::failed(disk, name, &cause))?
        {
            if line.is_blank() {
                continue;
            }
            index = index.saturating_sub(1);
            let found = Found {
                index,
                segment: name,
                line,
            };
            if visit(found)?.is_break() {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// The record of a line.
pub(super) fn stored(found: &Found<'_>, scratch: &mut Vec<u8>) -> Result<StoredRecord> {
    let damaged = |detail: &'static str| {
        Error::new(ErrorKind::RecordInvalid, found.segment.to_owned(), detail).at(found.index)
    };
    let checked = line::check(found.line.bytes, scratch)
        .map_err(|_| damaged("a line is no record; verify the log"))?;
    let (Some(previous), Some(record_hash)) = (checked.previous, checked.stated) else {
        return Err(damaged("a record has no hashes; verify the log"));
    };
    Ok(StoredRecord {
        index: found.index,
        segment: found.segment.to_owned(),
        offset: found.line.offset,
        receipt: checked.receipt(scratch).to_vec(),
        previous,
        record_hash,
        unauthenticated: checked.unauthenticated,
        line: found.line.bytes.to_vec(),
    })
}

fn segments_within(disk: &dyn Disk, from: &str, end: &Position) -> Result<Vec<String>> {
    let mut names = segment::segments(disk).map_err(|cause| disk::failed(disk, "", &cause))?;
    names.retain(|name| name.as_str() >= from && *name <= end.segment);
    Ok(names)
}

/// Opens a segment; answers how much of it lies before `end`.
fn open(disk: &dyn Disk, name: &str, end: &Position) -> Result<(Box<dyn DiskFile>, u64)> {
    let attempt = || {
        let file = disk.open(name, Opening::Read)?;
        let len = file.stat()?.len;
        Ok((file, len))
    };
    let (file, len) =
        attempt().map_err(|cause: std::io::Error| disk::failed(disk, name, &cause))?;
    Ok(match name == end.segment {
        true => (file, len.min(end.offset)),
        false => (file, len),
    })
}

/// Reads the lines of a file backwards.
struct BackwardReader<'f> {
    file: &'f dyn DiskFile,
    /// Where the buffer starts in the file.
    start: u64,
    buffer: Vec<u8>,
    /// The bytes before which lines are still to be shown.
    unread: usize,
    window: usize,
}

const FIRST_WINDOW: usize = 16 << 10;
const LARGEST_WINDOW: usize = 1 << 20;

impl<'f> BackwardReader<'f> {
    fn new(file: &'f dyn DiskFile, end: u64) -> BackwardReader<'f> {
        BackwardReader {
            file,
            start: end,
            buffer: Vec::new(),
            unread: 0,
            window: FIRST_WINDOW,
        }
    }

    fn previous_line(&mut self) -> std::io::Result<Option<Line<'_>>> {
        let mut searched = 0;
        loop {
            let unread = self.buffer.get(..self.unread).unwrap_or(&[]);
            // The line feed at the very end closes the line we look for.
            let terminated = unread.last() == Some(&b'\n');
            let content = unread.len() - usize::from(terminated);
            let fresh = content.saturating_sub(searched);
            let feed = memchr::memrchr(b'\n', unread.get(..fresh).unwrap_or(&[]));
            let begin = match feed {
                Some(place) => place + 1,
                None if self.start == 0 => {
                    if unread.is_empty() {
                        return Ok(None);
                    }
                    0
                }
                None => {
                    searched = content;
                    self.fill()?;
                    continue;
                }
            };
            let end = self.start + unread.len() as u64;
            let offset = self.start + begin as u64;
            self.unread = begin;
            return Ok(Some(Line {
                offset,
                end,
                bytes: self.buffer.get(begin..content).unwrap_or(&[]),
                terminated,
                oversized: false,
            }));
        }
    }

    /// Reads the window before the buffer.
    fn fill(&mut self) -> std::io::Result<()> {
        self.buffer.truncate(self.unread);
        let want = (self.window.max(self.unread) as u64).min(self.start);
        self.window = (self.window * 4).min(LARGEST_WINDOW);
        let mut buffer = vec![0; usize::try_from(want).unwrap_or(0)];
        let count = disk::read_full(self.file, &mut buffer, self.start - want)?;
        if (count as u64) < want {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        buffer.extend_from_slice(&self.buffer);
        self.start -= want;
        self.buffer = buffer;
        self.unread = self.buffer.len();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::disk::Folder;

    #[test]
    fn backwards_is_forwards_in_reverse() {
        let home = tempfile::tempdir().unwrap();
        let folder = Folder::of_home(home.path()).unwrap();
        let file = folder.open("x", Opening::CreateNew).unwrap();
        let mut content = Vec::new();
        for number in 0..900_usize {
            content.extend(vec![b'a' + (number % 26) as u8; number * 13 % 4001]);
            content.push(b'\n');
        }
        content.extend(vec![b'z'; 100_000]);
        file.append(&content).unwrap();
        for end in [
            0,
            1,
            2,
            5000,
            content.len() as u64 - 100_000,
            content.len() as u64,
        ] {
            let mut expected = Vec::new();
            let mut reader = LineReader::new(file.as_ref(), 0, end);
            while let Some(line) = reader.next_line().unwrap() {
                expected.push((line.offset, line.end, line.bytes.to_vec(), line.terminated));
            }
            let mut found = Vec::new();
            let mut reader = BackwardReader::new(file.as_ref(), end);
            while let Some(line) = reader.previous_line().unwrap() {
                found.push((line.offset, line.end, line.bytes.to_vec(), line.terminated));
            }
            found.reverse();
            assert_eq!(found, expected, "{end}");
        }
    }
}
