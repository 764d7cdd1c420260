//! Lines off a pipe, never more of one in memory than a message may be long.
//!
//! A line that is longer comes in parts, for whoever can use those; nothing of it
//! is kept. One read of the pipe makes one portion, so that what has come together
//! is dealt with together and nobody waits for more.

use std::io::{self, Read};
use std::time::Duration;

/// How much is read at a time.
const READ_LEN: usize = 64 << 10;

/// Something that was read.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece {
    /// A line without its end.
    Line {
        /// Its bytes.
        text: Vec<u8>,
        /// Whether it had an end: the last one may not have.
        ended: bool,
    },
    /// A part of a line that is too long, without the end.
    LongPart(Vec<u8>),
    /// Such a line is over.
    LongEnd {
        /// Whether it had an end.
        ended: bool,
    },
}

/// Cuts a stream into lines.
#[derive(Debug)]
pub struct Lines<R> {
    source: R,
    limit: usize,
    chunk: Vec<u8>,
    /// The beginning of a line whose end has not come.
    begun: Vec<u8>,
    in_long_line: bool,
    at_end: bool,
}

impl<R: Read> Lines<R> {
    /// Of lines up to `limit` bytes.
    pub fn new(source: R, limit: usize) -> Lines<R> {
        Lines {
            source,
            limit,
            chunk: vec![0; READ_LEN],
            begun: Vec::new(),
            in_long_line: false,
            at_end: false,
        }
    }

    /// What has come next, which may be nothing whole; `None` at the end.
    pub fn next_portion(&mut self) -> io::Result<Option<Vec<Piece>>> {
        if self.at_end {
            return Ok(None);
        }
        let mut pieces = Vec::new();
        let chunk = std::mem::take(&mut self.chunk);
        let mut chunk = chunk;
        let count = read(&mut self.source, &mut chunk)?;
        let mut rest = chunk.get(..count).unwrap_or(&[]);
        while let Some(at) = memchr::memchr(b'\n', rest) {
            let (line, after) = rest.split_at(at);
            self.take(line, &mut pieces);
            self.end_line(true, &mut pieces);
            rest = after.get(1..).unwrap_or(&[]);
        }
        self.take(rest, &mut pieces);
        self.chunk = chunk;
        if count == 0 {
            self.at_end = true;
            if self.in_long_line || !self.begun.is_empty() {
                self.end_line(false, &mut pieces);
            }
        }
        Ok(Some(pieces))
    }

    fn take(&mut self, bytes: &[u8], pieces: &mut Vec<Piece>) {
        if !self.in_long_line && self.begun.len().saturating_add(bytes.len()) <= self.limit {
            self.begun.extend_from_slice(bytes);
            return;
        }
        if !self.in_long_line {
            self.in_long_line = true;
            pieces.push(Piece::LongPart(std::mem::take(&mut self.begun)));
        }
        if !bytes.is_empty() {
            pieces.push(Piece::LongPart(bytes.to_vec()));
        }
    }

    fn end_line(&mut self, ended: bool, pieces: &mut Vec<Piece>) {
        pieces.push(match std::mem::take(&mut self.in_long_line) {
            true => Piece::LongEnd { ended },
            false => Piece::Line {
                text: std::mem::take(&mut self.begun),
                ended,
            },
        });
    }
}

/// One read, of a stream that somebody may have made non-blocking.
fn read(source: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match source.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                std::thread::sleep(Duration::from_millis(1));
            }
            outcome => return outcome,
        }
    }
}

/// Whether a line says nothing, which every reader skips.
pub fn is_blank(text: &[u8]) -> bool {
    text.iter().all(|byte| matches!(byte, b' ' | b'\t' | b'\r'))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hands out a few bytes at a time.
    struct Drops<'a>(&'a [u8], usize);

    impl Read for Drops<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let count = self.1.min(self.0.len()).min(buffer.len());
            buffer[..count].copy_from_slice(&self.0[..count]);
            self.0 = &self.0[count..];
            Ok(count)
        }
    }

    fn all(text: &[u8], at_once: usize, limit: usize) -> Vec<Piece> {
        let mut lines = Lines::new(Drops(text, at_once), limit);
        let mut all = Vec::new();
        while let Some(pieces) = lines.next_portion().unwrap() {
            all.extend(pieces);
            assert!(lines.begun.len() <= limit);
        }
        all
    }

    fn line(text: &str, ended: bool) -> Piece {
        Piece::Line {
            text: text.into(),
            ended,
        }
    }

    #[test]
    fn lines_are_the_same_however_they_come() {
        for at_once in 1..20 {
            assert_eq!(
                all(b"one\n\ntwo\r\nhalf", at_once, 100),
                [
                    line("one", true),
                    line("", true),
                    line("two\r", true),
                    line("half", false)
                ]
            );
            assert_eq!(all(b"", at_once, 100), []);
            assert_eq!(all(b"1234\n", at_once, 4), [line("1234", true)]);
        }
    }

    #[test]
    fn a_line_that_is_too_long_comes_in_parts_and_the_next_one_whole() {
        for at_once in 1..20 {
            for (text, ended) in [(b"12345678\nab\n".as_slice(), true), (b"12345678", false)] {
                let mut parts = Vec::new();
                let mut after = Vec::new();
                for piece in all(text, at_once, 4) {
                    match piece {
                        Piece::LongPart(part) => parts.extend(part),
                        other => after.push(other),
                    }
                }
                assert_eq!(parts, b"12345678");
                assert_eq!(after[0], Piece::LongEnd { ended });
                assert_eq!(after.get(1), ended.then(|| line("ab", true)).as_ref());
            }
        }
    }
}
