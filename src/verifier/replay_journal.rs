//! The journal of used nonces: a text file that only grows, a line an event,
//! each with a checksum.
//!
//! ```text
//! signet-nonces 1
//! <sum> lifetime <millis>
//! <sum> forgotten <millis>
//! <sum> used <end> <used at> <signer> <nonce>
//! ```
//!
//! `<sum>` is the first 16 hex digits of the SHA-256 of the rest of the line,
//! times are in milliseconds since 1970, the signer is the base64 of its key or
//! `-` for nobody in particular, the nonce a JSON string. What a crash can leave
//! (a last line without its end, zeros where nothing was written yet) was never
//! acted on and is skipped; everything else that is no line is damage.

use std::borrow::Cow;

use crate::crypto::digest;
use crate::crypto::ed25519::PUBLIC_KEY_LEN;
use crate::encoding::{base64, hex, text};
use crate::error::{Error, ErrorKind, Result};
use crate::verifier::replay_table::Signer;

/// The first line.
pub(super) const HEADER: &[u8] = b"signet-nonces 1\n";

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Event<'a> {
    /// Nonces are kept for so long at least, whoever uses the file.
    Lifetime(i64),
    /// Nonces that ended then, or before, were dropped.
    Forgotten(i64),
    /// A nonce was used, which can be presented until its end.
    Used {
        end: i64,
        used_at: i64,
        signer: Option<[u8; PUBLIC_KEY_LEN]>,
        nonce: Cow<'a, str>,
    },
}

/// Appends the line of an event.
pub(super) fn append(out: &mut Vec<u8>, event: &Event<'_>) {
    match event {
        Event::Lifetime(millis) => append_line(out, format!("lifetime {millis}").as_bytes()),
        Event::Forgotten(millis) => append_line(out, format!("forgotten {millis}").as_bytes()),
        Event::Used {
            end,
            used_at,
            signer,
            nonce,
        } => append_used(out, *end, *used_at, signer.as_ref(), nonce),
    }
}

/// Appends the line of a use.
pub(super) fn append_used(
    out: &mut Vec<u8>,
    end: i64,
    used_at: i64,
    signer: Signer<'_>,
    nonce: &str,
) {
    let signer = signer.map_or_else(|| "-".to_owned(), |key| base64::encode(key));
    let mut line = format!("used {end} {used_at} {signer} ").into_bytes();
    text::append_string(&mut line, nonce);
    append_line(out, &line);
}

fn append_line(out: &mut Vec<u8>, line: &[u8]) {
    out.extend_from_slice(&sum(line));
    out.push(b' ');
    out.extend_from_slice(line);
    out.push(b'\n');
}

/// Reads the lines of a part of a journal (without its header), and answers how
/// many bytes were whole lines. `offset` is where the part starts in the file.
pub(super) fn read<'a>(
    part: &'a [u8],
    offset: u64,
    each: &mut dyn FnMut(Event<'a>, &'a [u8]) -> Result<()>,
) -> Result<usize> {
    let mut at = 0;
    while let Some(rest) = part.get(at..) {
        let Some(len) = memchr::memchr(b'\n', rest) else {
            break;
        };
        let line = rest.get(..len).unwrap_or(rest);
        match parse(line) {
            Some(event) => each(event, line)?,
            None if line.contains(&0) => {}
            None => {
                return Err(Error::new(
                    ErrorKind::ReplayStoreFailed,
                    "replay journal",
                    "a line is damaged; what was used cannot be told any more",
                )
                .at(offset.saturating_add(at as u64)));
            }
        }
        at += len + 1;
    }
    Ok(at)
}

fn parse(line: &[u8]) -> Option<Event<'_>> {
    let (stated, line) = line.split_at_checked(17)?;
    if stated.strip_suffix(b" ")? != sum(line) {
        return None;
    }
    let mut words = line.splitn(5, |byte| *byte == b' ');
    let number = |word: Option<&[u8]>| std::str::from_utf8(word?).ok()?.parse::<i64>().ok();
    let kind = words.next()?;
    let first = number(words.next())?;
    match kind {
        b"lifetime" if words.next().is_none() => Some(Event::Lifetime(first)),
        b"forgotten" if words.next().is_none() => Some(Event::Forgotten(first)),
        b"used" => {
            let used_at = number(words.next())?;
            let signer = match words.next()? {
                b"-" => None,
                encoded => Some(*base64::decode_array::<PUBLIC_KEY_LEN>(encoded)?),
            };
            let inside = words.next()?.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
            Some(Event::Used {
                end: first,
                used_at,
                signer,
                nonce: text::unescape(inside),
            })
        }
        _ => None,
    }
}

fn sum(line: &[u8]) -> [u8; 16] {
    let hash = digest::sha256(line);
    let (start, _) = hash.split_at(8);
    let mut text = Vec::with_capacity(16);
    hex::append(&mut text, start);
    text.try_into().unwrap_or([0; 16])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events() -> Vec<Event<'static>> {
        vec![
            Event::Lifetime(360_000),
            Event::Forgotten(-7),
            Event::Used {
                end: 1_781_524_860_000,
                used_at: 1_781_524_800_000,
                signer: Some([7; PUBLIC_KEY_LEN]),
                nonce: "rnd_00".into(),
            },
            Event::Used {
                end: i64::MAX,
                used_at: i64::MIN,
                signer: None,
                nonce: "a b\n\"\\\u{0}\u{1f600}".into(),
            },
        ]
    }

    fn written() -> Vec<u8> {
        let mut out = Vec::new();
        for event in events() {
            append(&mut out, &event);
        }
        out
    }

    fn read_all(part: &[u8]) -> Result<(usize, Vec<Event<'_>>)> {
        let mut found = Vec::new();
        let consumed = read(part, 0, &mut |event, _| {
            found.push(event);
            Ok(())
        })?;
        Ok((consumed, found))
    }

    #[test]
    fn what_is_written_is_read() {
        let text = written();
        let (consumed, found) = read_all(&text).unwrap();
        assert_eq!(consumed, text.len());
        assert_eq!(found, events());
        assert_eq!(text.iter().filter(|byte| **byte == b'\n').count(), 4);
        assert!(!text.contains(&0));
    }

    #[test]
    fn every_cut_leaves_the_lines_before_it() {
        let text = written();
        for cut in 0..text.len() {
            let (consumed, found) = read_all(&text[..cut]).unwrap();
            assert!(consumed <= cut);
            assert_eq!(found, events()[..found.len()]);
            assert!(!text[consumed..cut].contains(&b'\n'));
        }
    }

    #[test]
    fn zeros_are_what_a_crash_left_and_every_flipped_bit_is_damage() {
        let text = written();
        let first_end = text.iter().position(|byte| *byte == b'\n').unwrap();
        let mut hole = text.clone();
        hole[first_end - 9..first_end + 12].fill(0);
        let (consumed, found) = read_all(&hole).unwrap();
        assert_eq!(consumed, hole.len());
        assert_eq!(found, events()[2..]);
        for at in 0..text.len() {
            let mut flipped = text.clone();
            flipped[at] ^= 1;
            let outcome = read_all(&flipped);
            let lost_newline = text[at] == b'\n' && at + 1 == text.len();
            match outcome {
                Err(error) => assert_eq!(error.kind(), ErrorKind::ReplayStoreFailed),
                Ok((consumed, _)) => assert!(lost_newline && consumed < at, "byte {at}"),
            }
        }
    }
}
