//! Segments: which files make up a log, in which order, and their lines.
//!
//! Every `*.jsonl` file of the audit folder belongs to the log, in ascending
//! order of the names' bytes; that is how the published Signet reads it. A day
//! has the segment `2026-11-20.jsonl`. Where that file can no longer be trusted
//! with new records (a failed sync, a damaged end) the day goes on in
//! `2026-11-20.s0001.jsonl`, which sorts right behind it.

use std::io;

use crate::encoding::rfc3339::Instant;
use crate::log::disk::{Disk, DiskFile};
use crate::log::line::MAX_LINE_LEN;

const SUFFIX: &str = ".jsonl";

/// The segments of a log, in the order of the chain.
pub fn segments(disk: &dyn Disk) -> io::Result<Vec<String>> {
    let mut names = disk.list("")?;
    names.retain(|name| name.ends_with(SUFFIX));
    names.sort_unstable();
    Ok(names)
}

/// The segment of a day.
pub fn name_of_day(time: Instant) -> String {
    format!("{}{SUFFIX}", time.date_text())
}

/// The segment that follows a segment which takes no more records.
pub fn successor(name: &str) -> String {
    let stem = name.strip_suffix(SUFFIX).unwrap_or(name);
    let (day, number) = split_number(stem).unwrap_or((stem, 0));
    format!("{day}.s{:04}{SUFFIX}", number.saturating_add(1))
}

/// The lock file that the published Signet takes for a segment: that of the
/// day's first segment, the only one it knows.
pub fn lock_name(segment: &str) -> String {
    let stem = segment.strip_suffix(SUFFIX).unwrap_or(segment);
    let day = split_number(stem).map_or(stem, |(day, _)| day);
    format!("{day}{SUFFIX}.lock")
}

/// `2026-11-20.s0001` as `2026-11-20` and 1.
fn split_number(stem: &str) -> Option<(&str, u32)> {
    let (day, number) = stem.rsplit_once(".s")?;
    if number.len() < 4 || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some((day, number.parse().ok()?))
}

/// A line of a segment.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a> {
    /// Where it starts in the file.
    pub offset: u64,
    /// The place after it, line feed included.
    pub end: u64,
    /// Its bytes, without the line feed; empty when it is `oversized`.
    pub bytes: &'a [u8],
    /// Whether a line feed ends it.
    pub terminated: bool,
    /// Whether it is longer than any line may be.
    pub oversized: bool,
}

impl Line<'_> {
    /// Whether there is nothing on the line.
    pub fn is_blank(&self) -> bool {
        !self.oversized && self.bytes.trim_ascii().is_empty()
    }
}

/// Reads the lines of a file forwards, through a window whose size does not
/// depend on the file's.
pub struct LineReader<'f> {
    file: &'f dyn DiskFile,
    /// What is read next, and where reading stops.
    next: u64,
    end: u64,
    buffer: Vec<u8>,
    /// The unread part of the buffer.
    from: usize,
    /// How much of the unread part has no line feed.
    searched: usize,
}

const WINDOW: usize = 256 << 10;

impl<'f> LineReader<'f> {
    /// A reader of the bytes `start..end` of a file.
    pub fn new(file: &'f dyn DiskFile, start: u64, end: u64) -> LineReader<'f> {
        LineReader {
            file,
            next: start,
            end,
            buffer: Vec::new(),
            from: 0,
            searched: 0,
        }
    }

    /// The next line, also when it has no line feed; `None` at the end.
    pub fn next_line(&mut self) -> io::Result<Option<Line<'_>>> {
        let (mut oversized, mut skipped) = (false, 0_u64);
        loop {
            let unread = self.buffer.get(self.from..).unwrap_or(&[]);
            let fresh = unread.get(self.searched..).unwrap_or(&[]);
            if let Some(found) = memchr::memchr(b'\n', fresh) {
                let len = self.searched + found;
                return Ok(Some(self.take(len, true, oversized, skipped)));
            }
            self.searched = unread.len();
            if unread.len() > MAX_LINE_LEN {
                oversized = true;
                skipped += unread.len() as u64;
                self.from = self.buffer.len();
                self.searched = 0;
            }
            if self.fill()? == 0 {
                let len = self.buffer.len() - self.from;
                if len == 0 && !oversized {
                    return Ok(None);
                }
                return Ok(Some(self.take(len, false, oversized, skipped)));
            }
        }
    }

    fn take(&mut self, len: usize, terminated: bool, oversized: bool, skipped: u64) -> Line<'_> {
        let unread = (self.buffer.len() - self.from) as u64;
        let start = self.next - unread;
        let from = self.from;
        self.from += len + usize::from(terminated);
        self.searched = 0;
        Line {
            offset: start.saturating_sub(skipped),
            end: start + len as u64 + u64::from(terminated),
            bytes: match oversized {
                true => &[],
                false => self.buffer.get(from..from + len).unwrap_or(&[]),
            },
            terminated,
            oversized,
        }
    }

    /// Reads on; answers how many bytes came.
    fn fill(&mut self) -> io::Result<usize> {
        let rest = usize::try_from(self.end.saturating_sub(self.next)).unwrap_or(usize::MAX);
        let unread = self.buffer.len() - self.from;
        // A long line grows the window; amortised by doubling.
        let want = rest.min(WINDOW.max(unread));
        if want == 0 {
            return Ok(0);
        }
        self.buffer.drain(..self.from);
        self.from = 0;
        self.buffer.resize(unread + want, 0);
        let target = self.buffer.get_mut(unread..).unwrap_or(&mut []);
        let read = loop {
            match self.file.read_at(target, self.next) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other,
            }
        };
        let count = *read.as_ref().unwrap_or(&0);
        self.buffer.truncate(unread + count);
        self.next += count as u64;
        read
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::disk::{Folder, Opening};

    #[test]
    fn names_sort_as_the_chain_runs() {
        let day = name_of_day(Instant::parse("2026-11-20T23:59:59Z").unwrap());
        assert_eq!(day, "2026-11-20.jsonl");
        let second = successor(&day);
        let third = successor(&second);
        assert_eq!(
            (second.as_str(), third.as_str()),
            ("2026-11-20.s0001.jsonl", "2026-11-20.s0002.jsonl")
        );
        assert!(day < second && second < third && third < "2026-11-21.jsonl".to_owned());
        assert_eq!(lock_name(&third), "2026-11-20.jsonl.lock");
        assert_eq!(lock_name(&day), "2026-11-20.jsonl.lock");
        assert_eq!(successor("odd.jsonl"), "odd.s0001.jsonl");
    }

    #[test]
    fn lines_are_found_wherever_the_window_ends() {
        let home = tempfile::tempdir().unwrap();
        let folder = Folder::of_home(home.path()).unwrap();
        let file = folder.open("x", Opening::CreateNew).unwrap();
        let mut expected = Vec::new();
        let mut content = Vec::new();
        for number in 0..700_usize {
            let line = vec![b'a' + (number % 26) as u8; number * 7 % 3001];
            expected.push((content.len() as u64, line.clone()));
            content.extend_from_slice(&line);
            content.push(b'\n');
        }
        content.extend_from_slice(&vec![b'z'; 600_000]);
        let last = content.len() as u64 - 600_000;
        file.append(&content).unwrap();
        let mut reader = LineReader::new(file.as_ref(), 0, content.len() as u64);
        for (offset, bytes) in &expected {
            let line = reader.next_line().unwrap().unwrap();
            assert_eq!((line.offset, line.bytes), (*offset, bytes.as_slice()));
            assert!(line.terminated);
        }
        let line = reader.next_line().unwrap().unwrap();
        assert_eq!((line.offset, line.bytes.len()), (last, 600_000));
        assert!(!line.terminated);
        assert!(reader.next_line().unwrap().is_none());
    }
}
