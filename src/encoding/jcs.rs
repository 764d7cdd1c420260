//! RFC 8785 canonical JSON, from bytes to bytes in one pass.
//!
//! Everything that is signed or hashed goes through here, so this reader is
//! strict: it takes I-JSON (RFC 7493) and nothing that two parsers could read
//! differently. Duplicate members, lone surrogates, `NaN`, `1e999`, a byte
//! order mark and invalid UTF-8 are errors, depth and size are bounded, and a
//! number that a double would round is reported.
//!
//! Going from bytes to bytes without a tree costs a fraction of parsing and
//! serialising. Members are written in the order they come and only moved when
//! that order was not the canonical one.

use std::cmp::Ordering;

use crate::encoding::number::{self, NumberText};
use crate::encoding::text;
use crate::encoding::written_members::{self, WrittenMember};
use crate::error::{Error, ErrorKind, Result};

/// The largest input that is read unless the caller says otherwise: 16 MiB.
pub const DEFAULT_MAX_LEN: usize = 16 << 20;
/// The deepest nesting of arrays and objects that is read unless the caller
/// says otherwise: what the published Signet reads.
pub const DEFAULT_MAX_DEPTH: usize = 127;
/// The deepest nesting that a caller may ask for; the reader recurses.
pub const MAX_DEPTH: usize = 1000;

/// What a reader is willing to take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The length of the input in bytes.
    pub max_len: usize,
    /// The nesting of arrays and objects; at most [`MAX_DEPTH`] counts.
    pub max_depth: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            max_len: DEFAULT_MAX_LEN,
            max_depth: DEFAULT_MAX_DEPTH,
        }
    }
}

/// How numbers are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Numbers {
    /// As RFC 8785 says: rounded to a double.
    Rounded,
    /// So that texts are equal exactly when values are. Not canonical JSON for
    /// others; for comparisons only.
    Exact,
}

/// A member whose value's length a caller wants to know, because it may be large
/// and need not be walked again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Measure {
    /// The member's name.
    pub name: &'static str,
    /// How deep its object is nested: 1 for the outermost.
    pub depth: usize,
}

/// What a canonicalised text had in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// The byte offset of the first number whose canonical text denotes another
    /// value.
    pub inexact_number: Option<usize>,
    /// Whether some canonical number is an integer beyond 2^53 - 1, which the
    /// published Signet does not read.
    pub unsafe_integer: bool,
    /// The length of the canonical value that was to be measured; `None` unless
    /// there is exactly one.
    pub measured: Option<usize>,
}

/// The canonical form of a JSON text, numbers rounded as RFC 8785 says.
pub fn canonicalize(input: &[u8], limits: &Limits) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    append_canonical(&mut out, input, limits, Numbers::Rounded)?;
    Ok(out)
}

/// The canonical form of a JSON text; refuses a number that would be rounded.
pub fn canonicalize_exactly(input: &[u8], limits: &Limits) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    append_exactly(&mut out, input, limits, None)?;
    Ok(out)
}

/// Appends the canonical form of a JSON text and measures one of its members;
/// refuses a number that would be rounded.
pub fn append_exactly(
    out: &mut Vec<u8>,
    input: &[u8],
    limits: &Limits,
    measure: Option<Measure>,
) -> Result<Findings> {
    let findings = append_measuring(out, input, limits, measure)?;
    match findings.inexact_number {
        None => Ok(findings),
        Some(offset) => Err(Error::new(
            ErrorKind::JsonInexactNumber,
            "JSON",
            "the canonical text of a number denotes another value",
        )
        .at(offset as u64)),
    }
}

/// A text that two JSON texts share exactly when they mean the same: members in
/// any order, numbers by exact value.
pub fn comparable(input: &[u8], limits: &Limits) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    append_canonical(&mut out, input, limits, Numbers::Exact)?;
    Ok(out)
}

/// The canonical form of a JSON text in which the last of duplicate members
/// counts, numbers rounded. For forensic reading of what the published Signet
/// signed; nothing is ever signed from it.
pub fn canonicalize_last_wins(input: &[u8], limits: &Limits) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    append(
        &mut out,
        input,
        limits,
        Numbers::Rounded,
        Duplicates::LastWins,
        None,
    )?;
    Ok(out)
}

/// Appends the canonical form of one JSON text. On an error `out` is as it was.
pub fn append_canonical(
    out: &mut Vec<u8>,
    input: &[u8],
    limits: &Limits,
    numbers: Numbers,
) -> Result<Findings> {
    append(out, input, limits, numbers, Duplicates::Refused, None)
}

/// Appends the canonical form of one JSON text, numbers rounded, and measures one
/// of its members.
pub fn append_measuring(
    out: &mut Vec<u8>,
    input: &[u8],
    limits: &Limits,
    measure: Option<Measure>,
) -> Result<Findings> {
    let (numbers, duplicates) = (Numbers::Rounded, Duplicates::Refused);
    append(out, input, limits, numbers, duplicates, measure)
}

/// What becomes of a second member of one name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Duplicates {
    Refused,
    LastWins,
}

fn append(
    out: &mut Vec<u8>,
    input: &[u8],
    limits: &Limits,
    numbers: Numbers,
    duplicates: Duplicates,
    measure: Option<Measure>,
) -> Result<Findings> {
    if input.len() > limits.max_len {
        return Err(Error::new(
            ErrorKind::TooLarge,
            "JSON",
            format!(
                "{} bytes given where the limit is {}",
                input.len(),
                limits.max_len
            ),
        ));
    }
    if input.starts_with(b"\xef\xbb\xbf") {
        return Err(Error::new(
            ErrorKind::JsonEncoding,
            "JSON",
            "a byte order mark stands before the text",
        )
        .at(0));
    }
    if let Err(invalid) = std::str::from_utf8(input) {
        return Err(
            Error::new(ErrorKind::JsonEncoding, "JSON", "not valid UTF-8")
                .at(invalid.valid_up_to() as u64),
        );
    }
    let start = out.len();
    out.reserve(input.len());
    let mut reader = Reader {
        input,
        at: 0,
        out,
        members: Vec::with_capacity(16),
        moved: Vec::new(),
        max_depth: limits.max_depth.min(MAX_DEPTH),
        numbers,
        duplicates,
        measure,
        times_measured: 0,
        findings: Findings::default(),
    };
    match reader.document() {
        Ok(()) => Ok(reader.findings),
        Err(error) => {
            out.truncate(start);
            Err(*error)
        }
    }
}

/// A result that fits into registers: one comes back for every value.
type Reading<T> = std::result::Result<T, Box<Error>>;

struct Reader<'a> {
    input: &'a [u8],
    at: usize,
    out: &'a mut Vec<u8>,
    /// The members of all open objects, innermost last.
    members: Vec<WrittenMember>,
    /// Where the members of one object are put in order.
    moved: Vec<u8>,
    max_depth: usize,
    numbers: Numbers,
    duplicates: Duplicates,
    measure: Option<Measure>,
    times_measured: usize,
    findings: Findings,
}

impl Reader<'_> {
    fn document(&mut self) -> Reading<()> {
        self.skip_white_space();
        self.value(0)?;
        self.skip_white_space();
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(self.syntax("more text follows the value")),
        }
    }

    fn value(&mut self, depth: usize) -> Reading<()> {
        match self.peek() {
            Some(b'"') => self.string().map(|_| ()),
            Some(b'{') => self.object(depth + 1),
            Some(b'[') => self.array(depth + 1),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.literal(b"true"),
            Some(b'f') => self.literal(b"false"),
            Some(b'n') => self.literal(b"null"),
            Some(b'N' | b'I') => self.literal(b"NaN"),
            Some(_) => Err(self.syntax("expected a value")),
            None => Err(self.syntax("the text ends where a value is expected")),
        }
    }

    fn object(&mut self, depth: usize) -> Reading<()> {
        self.open(depth, b'{')?;
        let first = self.members.len();
        let mut ascending = true;
        if self.peek() != Some(b'}') {
            loop {
                if self.peek() != Some(b'"') {
                    return Err(self.syntax("expected a member name in quotes"));
                }
                let member = self.name()?;
                if let Some(previous) = self.members.get(first..).and_then(<[WrittenMember]>::last)
                {
                    ascending &= previous.compare(&member, self.out) == Ordering::Less;
                }
                self.members.push(member);
                self.skip_white_space();
                if self.peek() != Some(b':') {
                    return Err(self.syntax("expected a colon"));
                }
                self.take(b':');
                self.skip_white_space();
                self.value(depth)?;
                if let Some(measure) = self.measure
                    && measure.depth == depth
                {
                    self.measure(measure.name, &member);
                }
                self.skip_white_space();
                match self.peek() {
                    Some(b',') => self.take(b','),
                    Some(b'}') => break,
                    _ => return Err(self.syntax("expected a comma or a closing brace")),
                }
                self.skip_white_space();
            }
        }
        if !ascending {
            self.put_in_order(first)?;
        }
        self.members.truncate(first);
        self.take(b'}');
        Ok(())
    }

    /// Copies the member name at the reader.
    #[inline]
    fn name(&mut self) -> Reading<WrittenMember> {
        let (start, offset) = (self.out.len(), self.at);
        let escaped = self.string()?;
        Ok(WrittenMember::new(
            self.out, start, self.input, offset, escaped,
        ))
    }

    /// Notes the length of the value that was just written, if it is the one.
    fn measure(&mut self, name: &str, member: &WrittenMember) {
        if member.name(self.out) == name.as_bytes() {
            let length = self.out.len() - (member.colon + 1);
            self.times_measured += 1;
            self.findings.measured = (self.times_measured == 1).then_some(length);
        }
    }

    /// Sorts the members from `first` on by name and rewrites them in place.
    fn put_in_order(&mut self, first: usize) -> Reading<()> {
        let members = self.members.get_mut(first..).unwrap_or(&mut []);
        match written_members::sort(self.out, members) {
            Some(second) if self.duplicates == Duplicates::Refused => {
                Err(second_member(self.out, &second).into())
            }
            _ => {
                written_members::rewrite(self.out, members, &mut self.moved);
                Ok(())
            }
        }
    }

    fn array(&mut self, depth: usize) -> Reading<()> {
        self.open(depth, b'[')?;
        if self.peek() != Some(b']') {
            loop {
                self.value(depth)?;
                self.skip_white_space();
                match self.peek() {
                    Some(b',') => self.take(b','),
                    Some(b']') => break,
                    _ => return Err(self.syntax("expected a comma or a closing bracket")),
                }
                self.skip_white_space();
            }
        }
        self.take(b']');
        Ok(())
    }

    fn open(&mut self, depth: usize, bracket: u8) -> Reading<()> {
        if depth > self.max_depth {
            return Err(Error::new(
                ErrorKind::JsonTooDeep,
                "JSON",
                format!(
                    "arrays and objects nested deeper than {} levels",
                    self.max_depth
                ),
            )
            .at(self.at as u64)
            .into());
        }
        self.take(bracket);
        self.skip_white_space();
        Ok(())
    }

    /// Copies the string at the reader in canonical form. Answers whether it
    /// had an escape.
    fn string(&mut self) -> Reading<bool> {
        let opening = self.at;
        let mut copied = opening;
        let mut escaped = false;
        self.at += 1;
        loop {
            self.at += text::plain_run(self.input.get(self.at..).unwrap_or(&[]));
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    self.copy_from(copied);
                    return Ok(escaped);
                }
                Some(b'\\') => {
                    escaped = true;
                    let escape = self.input.get(self.at + 1);
                    if let Some(b'"' | b'\\' | b'b' | b'f' | b'n' | b'r' | b't') = escape {
                        // Canonical as it stands.
                        self.at += 2;
                    } else {
                        self.copy_from(copied);
                        self.escape()?;
                        copied = self.at;
                    }
                }
                Some(_) => return Err(self.syntax("a control character stands in a string")),
                None => {
                    self.at = opening;
                    return Err(self.syntax("a string is not closed"));
                }
            }
        }
    }

    /// Copies the input from `start` up to the reader as it stands.
    #[inline]
    fn copy_from(&mut self, start: usize) {
        let text = self.input.get(start..self.at).unwrap_or(&[]);
        self.out.extend_from_slice(text);
    }

    fn escape(&mut self) -> Reading<()> {
        let rest = self.input.get(self.at..).unwrap_or(&[]);
        match text::read_escape(rest) {
            Ok((character, length)) => {
                text::append_escaped(self.out, character);
                self.at += length;
                Ok(())
            }
            Err(text::BadEscape::LoneSurrogate) => Err(Error::new(
                ErrorKind::JsonLoneSurrogate,
                "JSON",
                "a string escapes half of a surrogate pair",
            )
            .at(self.at as u64)
            .into()),
            Err(text::BadEscape::Malformed) => {
                Err(self.syntax("a backslash starts no escape of JSON"))
            }
        }
    }

    fn number(&mut self) -> Reading<()> {
        let rest = self.input.get(self.at..).unwrap_or(&[]);
        if let Some(length) = number::plain_integer(rest) {
            let start = self.at;
            self.at += length;
            self.copy_from(start);
            return Ok(());
        }
        let Some(number) = NumberText::scan(rest) else {
            if rest.starts_with(b"-I") || rest.starts_with(b"-N") {
                return self.literal(b"NaN");
            }
            return Err(self.syntax("malformed number"));
        };
        let start = self.out.len();
        let offset = self.at as u64;
        match self.numbers {
            Numbers::Rounded => {
                let exact = number::append_canonical(self.out, &number)
                    .map_err(|error| error.at(offset))?;
                if !exact && self.findings.inexact_number.is_none() {
                    self.findings.inexact_number = Some(self.at);
                }
                // Sixteen digits make the shortest integer of interest.
                let canonical = self.out.get(start..).unwrap_or(&[]);
                self.findings.unsafe_integer |=
                    canonical.len() > 15 && number::is_unsafe_integer(canonical);
            }
            Numbers::Exact => {
                number::append_exact(self.out, &number).map_err(|error| error.at(offset))?;
            }
        }
        self.at += number.text_len();
        Ok(())
    }

    fn literal(&mut self, expected: &[u8]) -> Reading<()> {
        let rest = self.input.get(self.at..).unwrap_or(&[]);
        let unsigned = rest.strip_prefix(b"-").unwrap_or(rest);
        if unsigned.starts_with(b"NaN") || unsigned.starts_with(b"Infinity") {
            return Err(Error::new(
                ErrorKind::JsonNumber,
                "JSON",
                "NaN and infinities are not JSON numbers",
            )
            .at(self.at as u64)
            .into());
        }
        if !rest.starts_with(expected) {
            return Err(self.syntax("expected a value"));
        }
        self.out.extend_from_slice(expected);
        self.at += expected.len();
        Ok(())
    }

    fn skip_white_space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.input.get(self.at).copied()
    }

    /// Copies the byte at the reader, which the caller has seen.
    fn take(&mut self, byte: u8) {
        self.out.push(byte);
        self.at += 1;
    }

    fn syntax(&self, detail: &'static str) -> Box<Error> {
        Box::new(Error::new(ErrorKind::JsonSyntax, "JSON", detail).at(self.at as u64))
    }
}

#[cold]
fn second_member(out: &[u8], member: &WrittenMember) -> Error {
    let name = out.get(member.start..member.colon).unwrap_or(&[]);
    let detail = format!("a second member named {}", excerpt(name));
    Error::new(ErrorKind::JsonDuplicateMember, "JSON", detail).at(member.offset as u64)
}

/// The first characters of a quoted name, for an error text.
fn excerpt(quoted: &[u8]) -> String {
    let text = String::from_utf8_lossy(quoted);
    if text.chars().count() <= 40 {
        return text.into_owned();
    }
    text.chars().take(40).chain("…\"".chars()).collect()
}
