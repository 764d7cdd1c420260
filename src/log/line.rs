//! One line of the log: `{"receipt":…,"prev_hash":…,"record_hash":…}`.
//!
//! `record_hash` is the SHA-256 of the canonical JSON of `prev_hash` and
//! `receipt`, so every line seals all lines before it. Lines that we write
//! carry the receipt in canonical bytes: checking one takes a single pass, and
//! the bytes are hashed where they stand. Lines of other writers may be ordered
//! or spaced otherwise; they are canonicalised first. Both ways agree on every
//! input.

use std::ops::Range;

use crate::crypto::digest::{SHA256_LEN, sha256_of_parts};
use crate::encoding::jcs::{self, Limits, Numbers};
use crate::encoding::{hex, members};
use crate::error::{Error, ErrorKind, Result};

/// A record hash, without its `sha256:` text form.
pub type RecordHash = [u8; SHA256_LEN];

/// What the first record of a log has for its predecessor.
pub const GENESIS: RecordHash = [0; SHA256_LEN];

/// The longest line that is read. Longer ones are reported, not loaded.
pub const MAX_LINE_LEN: usize = 128 << 20;

/// The deepest nesting of a line that every reader takes.
pub const MAX_LINE_DEPTH: usize = jcs::DEFAULT_MAX_DEPTH;

const HASH_PREFIX: &[u8] = b"sha256:";
const BEFORE_RECEIPT: &[u8] = b"{\"receipt\":";
const BEFORE_PREVIOUS: &[u8] = b",\"prev_hash\":\"sha256:";
const BEFORE_HASH: &[u8] = b"\",\"record_hash\":\"sha256:";
const END: &[u8] = b"\"}";
const HEX_LEN: usize = 2 * SHA256_LEN;
/// How many bytes of our own lines stand behind the receipt.
const TRAILER_LEN: usize =
    BEFORE_PREVIOUS.len() + HEX_LEN + BEFORE_HASH.len() + HEX_LEN + END.len();

/// Appends the line of a receipt in canonical JSON, with its line feed, and
/// answers its record hash.
pub fn append_line(out: &mut Vec<u8>, receipt: &[u8], previous: &RecordHash) -> RecordHash {
    out.reserve(BEFORE_RECEIPT.len() + receipt.len() + TRAILER_LEN + 1);
    out.extend_from_slice(BEFORE_RECEIPT);
    out.extend_from_slice(receipt);
    out.extend_from_slice(BEFORE_PREVIOUS);
    let at = out.len();
    hex::append(out, previous);
    let hash = hash_of(out.get(at..).unwrap_or(&[]), receipt);
    out.extend_from_slice(BEFORE_HASH);
    hex::append(out, &hash);
    out.extend_from_slice(END);
    out.push(b'\n');
    hash
}

/// The text form of a record hash: `sha256:` and 64 hex digits.
pub fn hash_text(hash: &RecordHash) -> String {
    format!("sha256:{}", hex::encode(hash))
}

/// Reads the text form of a record hash.
pub fn parse_hash(text: &[u8]) -> Option<RecordHash> {
    hex::decode(text.strip_prefix(HASH_PREFIX)?)
}

/// What a line says and whether it says it consistently.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedLine {
    /// The hash of the record before, as stated; `None` when it is no hash.
    pub previous: Option<RecordHash>,
    /// The hash of this record, as stated; `None` when it is no hash.
    pub stated: Option<RecordHash>,
    /// The hash of this record, computed.
    pub computed: RecordHash,
    /// Whether the line is exactly what we would have written.
    pub own_form: bool,
    /// Whether the line has members that no hash covers.
    pub unauthenticated: bool,
    /// Whether an object in the line has two members of one name, of which the
    /// last counts, as for the published Signet.
    pub ambiguous: bool,
    /// Where the receipt's canonical text stands in the scratch buffer.
    receipt: Range<usize>,
}

impl CheckedLine {
    /// Whether the stated hash is the computed one.
    pub fn is_consistent(&self) -> bool {
        self.stated == Some(self.computed)
    }

    /// The canonical receipt, at the price of the scratch buffer where it is all
    /// that stands in there.
    pub(super) fn take_receipt(&self, scratch: &mut Vec<u8>) -> Vec<u8> {
        match self.receipt == (0..scratch.len()) {
            true => std::mem::take(scratch),
            false => self.receipt(scratch).to_vec(),
        }
    }

    /// The canonical receipt; `scratch` is what the line was checked with.
    pub fn receipt<'a>(&self, scratch: &'a [u8]) -> &'a [u8] {
        scratch.get(self.receipt.clone()).unwrap_or(&[])
    }
}

/// Checks a line (without its line feed). `scratch` is overwritten and then
/// holds the canonical receipt.
///
/// Fails with the kind of the JSON error, or [`ErrorKind::RecordInvalid`], when
/// the bytes are not a record at all.
pub fn check(line: &[u8], scratch: &mut Vec<u8>) -> Result<CheckedLine> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    if let Some(checked) = check_own_form(line, scratch) {
        return Ok(checked);
    }
    check_any_form(line, scratch)
}

/// The hash that a line states for its record, without checking it; `None` when
/// the line is no record.
pub(super) fn stated_hash(line: &[u8], scratch: &mut Vec<u8>) -> Option<RecordHash> {
    let text = line.strip_suffix(b"\r").unwrap_or(line);
    // Where a line ends so, it does in every reading: quotes inside texts are
    // escaped.
    let start = text
        .len()
        .checked_sub(BEFORE_HASH.len() + HEX_LEN + END.len())?;
    let hash = text
        .get(start..)?
        .strip_prefix(BEFORE_HASH)?
        .strip_suffix(END)
        .and_then(hex::decode);
    match hash {
        Some(hash) if text.starts_with(BEFORE_RECEIPT) => Some(hash),
        _ => check(line, scratch).ok()?.stated,
    }
}

/// Answers a line in our own form, `None` for every other.
fn check_own_form(line: &[u8], scratch: &mut Vec<u8>) -> Option<CheckedLine> {
    let receipt_len = line.len().checked_sub(BEFORE_RECEIPT.len() + TRAILER_LEN)?;
    let rest = line.strip_prefix(BEFORE_RECEIPT)?;
    let (receipt, rest) = rest.split_at_checked(receipt_len)?;
    let (previous, rest) = rest
        .strip_prefix(BEFORE_PREVIOUS)?
        .split_at_checked(HEX_LEN)?;
    let (stated, rest) = rest.strip_prefix(BEFORE_HASH)?.split_at_checked(HEX_LEN)?;
    if rest != END || receipt.first() != Some(&b'{') {
        return None;
    }
    let previous_hash = hex::decode(previous)?;
    let stated = hex::decode(stated)?;
    scratch.clear();
    jcs::append_canonical(scratch, receipt, &receipt_limits(), Numbers::Rounded).ok()?;
    if scratch != receipt {
        return None;
    }
    Some(CheckedLine {
        previous: Some(previous_hash),
        stated: Some(stated),
        computed: hash_of(previous, receipt),
        own_form: true,
        unauthenticated: false,
        ambiguous: false,
        receipt: 0..receipt.len(),
    })
}

fn check_any_form(line: &[u8], scratch: &mut Vec<u8>) -> Result<CheckedLine> {
    let limits = Limits {
        max_len: MAX_LINE_LEN,
        max_depth: MAX_LINE_DEPTH,
    };
    scratch.clear();
    let mut ambiguous = false;
    match jcs::append_canonical(scratch, line, &limits, Numbers::Rounded) {
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::JsonDuplicateMember => {
            ambiguous = true;
            jcs::append_last_wins(scratch, line, &limits, Numbers::Rounded)?;
        }
        Err(error) => return Err(error),
    }
    let (mut receipt, mut previous, mut stated) = (None, None, None);
    let mut unauthenticated = false;
    for member in members::members(scratch, 0) {
        if member.is_named("receipt") {
            receipt = Some(member.value);
        } else if member.is_named("prev_hash") {
            previous = Some(member.value);
        } else if member.is_named("record_hash") {
            stated = Some(member.value);
        } else {
            unauthenticated = true;
        }
    }
    let (Some(receipt), Some(previous), Some(stated)) = (receipt, previous, stated) else {
        return Err(malformed("a member of the record is missing"));
    };
    if ambiguous && has_doubled_frame(line) {
        return Err(malformed("a member of the record stands twice"));
    }
    let previous = scratch.get(previous).unwrap_or(&[]);
    let stated = scratch.get(stated).unwrap_or(&[]);
    if !previous.starts_with(b"\"") || !stated.starts_with(b"\"") {
        return Err(malformed("a hash of the record is not a string"));
    }
    let receipt_text = scratch.get(receipt.clone()).unwrap_or(&[]);
    if !receipt_text.starts_with(b"{") {
        return Err(malformed("the receipt of the record is not an object"));
    }
    let computed = sha256_of_parts([
        b"{\"prev_hash\":".as_slice(),
        previous,
        b",\"receipt\":",
        receipt_text,
        b"}",
    ]);
    let hash = |quoted: &[u8]| parse_hash(quoted.strip_prefix(b"\"")?.strip_suffix(b"\"")?);
    Ok(CheckedLine {
        previous: hash(previous),
        stated: hash(stated),
        computed,
        own_form: false,
        unauthenticated,
        ambiguous,
        receipt,
    })
}

/// Whether one of the three members of the record itself stands twice.
fn has_doubled_frame(line: &[u8]) -> bool {
    ["receipt", "prev_hash", "record_hash"].iter().any(|name| {
        members::members(line, members::root(line))
            .filter(|member| member.is_named(name))
            .count()
            > 1
    })
}

fn hash_of(previous_hex: &[u8], receipt: &[u8]) -> RecordHash {
    sha256_of_parts([
        b"{\"prev_hash\":\"sha256:".as_slice(),
        previous_hex,
        b"\",\"receipt\":",
        receipt,
        b"}",
    ])
}

/// The limits of a receipt within a line, which is one level itself.
pub(super) fn receipt_limits() -> Limits {
    Limits {
        max_len: MAX_LINE_LEN,
        max_depth: MAX_LINE_DEPTH - 1,
    }
}

fn malformed(detail: &'static str) -> Error {
    Error::new(ErrorKind::RecordInvalid, "log line", detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(receipt: &str) -> Vec<u8> {
        let mut out = Vec::new();
        append_line(&mut out, receipt.as_bytes(), &GENESIS);
        out.pop();
        out
    }

    #[test]
    fn both_ways_of_checking_agree() {
        for receipt in [
            "{}",
            r#"{"a":[1,2,{"b":"c\n"}],"ts":"x"}"#,
            r#"{"n":1.5,"u":"é😀"}"#,
        ] {
            let line = line(receipt);
            let (mut fast, mut slow) = (Vec::new(), Vec::new());
            let own = check_own_form(&line, &mut fast).unwrap();
            let any = check_any_form(&line, &mut slow).unwrap();
            assert_eq!(own.receipt(&fast), any.receipt(&slow));
            assert_eq!(
                (own.previous, own.stated, own.computed),
                (any.previous, any.stated, any.computed)
            );
            assert!(own.is_consistent() && own.own_form && !any.own_form);
        }
    }

    #[test]
    fn lines_of_other_writers_hash_by_meaning() {
        let ours = line(r#"{"a":1,"b":[2]}"#);
        let text = String::from_utf8(ours).unwrap();
        let spaced = text.replace(r#"{"a":1,"b":[2]}"#, r#" { "b" : [ 2.0 ] , "a":1e0 } "#);
        let with_meta = text.replace("{\"receipt\"", "{\"meta\":{\"x\":1},\"receipt\"");
        let mut scratch = Vec::new();
        let spaced = check(spaced.as_bytes(), &mut scratch).unwrap();
        assert!(spaced.is_consistent() && !spaced.own_form && !spaced.unauthenticated);
        let with_meta = check(with_meta.as_bytes(), &mut scratch).unwrap();
        assert!(with_meta.is_consistent() && with_meta.unauthenticated);
    }

    #[test]
    fn the_last_of_two_members_counts_and_is_reported() {
        let text = String::from_utf8(line(r#"{"a":1}"#)).unwrap();
        let mut scratch = Vec::new();
        let doubled = text.replace(r#"{"a":1}"#, r#"{"a":7,"a":1}"#);
        let checked = check(doubled.as_bytes(), &mut scratch).unwrap();
        assert!(checked.ambiguous && checked.is_consistent());
        let frame = text.replace(r#"{"a":1}"#, r#"{"a":7},"receipt":{"a":1}"#);
        assert!(check(frame.as_bytes(), &mut scratch).is_err());
    }

    #[test]
    fn what_is_no_record_is_refused() {
        let mut scratch = Vec::new();
        for text in [
            "",
            "{}",
            "[]",
            "null",
            r#"{"receipt":{},"prev_hash":"x"}"#,
            r#"{"receipt":1,"prev_hash":"x","record_hash":"y"}"#,
            r#"{"receipt":{},"prev_hash":1,"record_hash":"y"}"#,
        ] {
            assert!(check(text.as_bytes(), &mut scratch).is_err(), "{text}");
        }
        let whole = line(r#"{"a":1}"#);
        for cut in 0..whole.len() {
            assert!(check(&whole[..cut], &mut scratch).is_err(), "{cut}");
        }
        let glued = [whole.clone(), whole].concat();
        assert!(check(&glued, &mut scratch).is_err());
    }

    #[test]
    fn every_flipped_bit_is_noticed() {
        let whole = line(r#"{"a":"text","b":[1,2.5,null]}"#);
        let mut scratch = Vec::new();
        for at in 0..whole.len() {
            for bit in 0..8 {
                let mut flipped = whole.clone();
                flipped[at] ^= 1 << bit;
                if let Ok(checked) = check(&flipped, &mut scratch) {
                    assert!(!checked.is_consistent(), "byte {at} bit {bit}");
                }
            }
        }
    }
}
