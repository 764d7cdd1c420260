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
use crate::error::{Error, ErrorKind, Result};

/// The largest input that is read unless the caller says otherwise: 16 MiB.
pub const DEFAULT_MAX_LEN: usize = 16 << 20;
/// The deepest nesting of arrays and objects that is read unless the caller
/// says otherwise: what the published Signet reads.
pub const DEFAULT_MAX_DEPTH: usize = 127;
/// The deepest nesting that a caller may ask for. Reading takes no stack, but an
/// object out of order is copied once for each such object around it.
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
    /// As the published Signet writes them: rounded, but for the one integer
    /// -2^63, which a check of its meant to refuse lets through as it stands.
    /// To read its evidence; nothing new is ever signed in this form.
    Published,
    /// So that texts are equal exactly when values are. Not canonical JSON for
    /// others; for comparisons only.
    Exact,
}

/// -2^63.
const LEAST_INTEGER: &[u8] = b"-9223372036854775808";

/// What a canonicalised text had in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// The byte offset of the first number whose canonical text denotes another
    /// value.
    pub inexact_number: Option<usize>,
    /// Whether some canonical number is an integer beyond 2^53 - 1, which the
    /// published Signet does not read.
    pub unsafe_integer: bool,
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
    let findings = append_canonical(&mut out, input, limits, Numbers::Rounded)?;
    match findings.inexact_number {
        None => Ok(out),
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

/// Appends the canonical form of one JSON text. On an error `out` is as it was.
pub fn append_canonical(
    out: &mut Vec<u8>,
    input: &[u8],
    limits: &Limits,
    numbers: Numbers,
) -> Result<Findings> {
    #[cfg(signet_fault)]
    panic_on_request(input);
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
        members: Vec::new(),
        containers: Vec::new(),
        moved: Vec::new(),
        max_depth: limits.max_depth.min(MAX_DEPTH),
        numbers,
        findings: Findings::default(),
    };
    match reader.document() {
        Ok(()) => Ok(reader.findings),
        Err(error) => {
            out.truncate(start);
            Err(error)
        }
    }
}

struct Reader<'a> {
    input: &'a [u8],
    at: usize,
    out: &'a mut Vec<u8>,
    /// The members of all open objects, innermost last.
    members: Vec<Member>,
    /// The open arrays and objects, innermost last.
    containers: Vec<Container>,
    /// Where the members of one object are put in order.
    moved: Vec<u8>,
    max_depth: usize,
    numbers: Numbers,
    findings: Findings,
}

/// A member that was written to `out`: `start..colon` is the quoted name,
/// `start..end` name and value.
#[derive(Clone, Copy)]
struct Member {
    start: usize,
    colon: usize,
    end: usize,
    /// Where the name stands in the input.
    offset: usize,
    /// Whether the order of the bytes is not that of the UTF-16 code units:
    /// the name has an escape, or a character at or above U+E000.
    delicate: bool,
}

/// An array or an object that is being read.
#[derive(Clone, Copy)]
enum Container {
    Array,
    Object {
        /// How many members of the objects around it are open.
        first: usize,
        /// Whether the names so far came in canonical order, none repeated.
        ascending: bool,
    },
}

impl Reader<'_> {
    fn document(&mut self) -> Result<()> {
        self.skip_white_space();
        while self.begin_value()? || self.end_value()? {}
        self.skip_white_space();
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(self.syntax("more text follows the value")),
        }
    }

    /// Reads a scalar or an empty container, or opens a container. Answers
    /// whether the first value in it comes next.
    fn begin_value(&mut self) -> Result<bool> {
        match self.peek() {
            Some(b'"') => {
                self.string()?;
            }
            Some(b'{') => {
                let first = self.members.len();
                self.enter(Container::Object {
                    first,
                    ascending: true,
                })?;
                if self.peek() != Some(b'}') {
                    self.name(first)?;
                    return Ok(true);
                }
                self.leave(b'}');
            }
            Some(b'[') => {
                self.enter(Container::Array)?;
                if self.peek() != Some(b']') {
                    return Ok(true);
                }
                self.leave(b']');
            }
            Some(b'-' | b'0'..=b'9') => self.number()?,
            Some(b't') => self.literal(b"true")?,
            Some(b'f') => self.literal(b"false")?,
            Some(b'n') => self.literal(b"null")?,
            Some(b'N' | b'I') => self.literal(b"NaN")?,
            Some(_) => return Err(self.syntax("expected a value")),
            None => return Err(self.syntax("the text ends where a value is expected")),
        }
        Ok(false)
    }

    /// Goes on behind a value: closes what ends here. Answers whether another
    /// value comes next; if not, the text's own value is complete.
    fn end_value(&mut self) -> Result<bool> {
        while let Some(&container) = self.containers.last() {
            self.skip_white_space();
            match (container, self.peek()) {
                (Container::Array, Some(b',')) => {
                    self.take(b',');
                    self.skip_white_space();
                    return Ok(true);
                }
                (Container::Array, Some(b']')) => self.leave(b']'),
                (Container::Array, _) => {
                    return Err(self.syntax("expected a comma or a closing bracket"));
                }
                (Container::Object { first, .. }, Some(b',')) => {
                    self.end_member();
                    self.take(b',');
                    self.skip_white_space();
                    self.name(first)?;
                    return Ok(true);
                }
                (Container::Object { first, ascending }, Some(b'}')) => {
                    self.end_member();
                    if !ascending {
                        self.put_in_order(first)?;
                    }
                    self.members.truncate(first);
                    self.leave(b'}');
                }
                (Container::Object { .. }, _) => {
                    return Err(self.syntax("expected a comma or a closing brace"));
                }
            }
        }
        Ok(false)
    }

    fn enter(&mut self, container: Container) -> Result<()> {
        if self.containers.len() >= self.max_depth {
            return Err(Error::new(
                ErrorKind::JsonTooDeep,
                "JSON",
                format!(
                    "arrays and objects nested deeper than {} levels",
                    self.max_depth
                ),
            )
            .at(self.at as u64));
        }
        self.containers.push(container);
        self.take(match container {
            Container::Array => b'[',
            Container::Object { .. } => b'{',
        });
        self.skip_white_space();
        Ok(())
    }

    fn leave(&mut self, bracket: u8) {
        self.containers.pop();
        self.take(bracket);
    }

    /// Reads a name with its colon. `first` is the first member of its object.
    fn name(&mut self, first: usize) -> Result<()> {
        if self.peek() != Some(b'"') {
            return Err(self.syntax("expected a member name in quotes"));
        }
        let mut member = Member {
            start: self.out.len(),
            colon: 0,
            end: 0,
            offset: self.at,
            delicate: self.string()?,
        };
        member.colon = self.out.len();
        self.skip_white_space();
        if self.peek() != Some(b':') {
            return Err(self.syntax("expected a colon"));
        }
        self.take(b':');
        self.skip_white_space();
        let before = self.members.get(first..).and_then(<[Member]>::last);
        let follows =
            before.is_none_or(|before| compare_names(self.out, before, &member) == Ordering::Less);
        if !follows && let Some(Container::Object { ascending, .. }) = self.containers.last_mut() {
            *ascending = false;
        }
        self.members.push(member);
        Ok(())
    }

    /// Notes where the value of the last member ends.
    fn end_member(&mut self) {
        if let Some(member) = self.members.last_mut() {
            member.end = self.out.len();
        }
    }

    /// Sorts the members from `first` on by name and rewrites them in place.
    fn put_in_order(&mut self, first: usize) -> Result<()> {
        let out = &mut *self.out;
        let Some(members) = self.members.get_mut(first..) else {
            return Ok(());
        };
        let Some(start) = members.first().map(|member| member.start) else {
            return Ok(());
        };
        members.sort_unstable_by(|left, right| {
            compare_names(out, left, right).then(left.offset.cmp(&right.offset))
        });
        let repeated = members
            .windows(2)
            .filter(|pair| compare_names(out, &pair[0], &pair[1]) == Ordering::Equal)
            .map(|pair| pair[1])
            .min_by_key(|member| member.offset);
        if let Some(second) = repeated {
            let name = excerpt(out.get(second.start..second.colon).unwrap_or(&[]));
            return Err(Error::new(
                ErrorKind::JsonDuplicateMember,
                "JSON",
                format!("a second member named {name}"),
            )
            .at(second.offset as u64));
        }
        self.moved.clear();
        for member in members.iter() {
            self.moved.extend_from_slice(&out[member.start..member.end]);
            self.moved.push(b',');
        }
        self.moved.pop();
        out.truncate(start);
        out.extend_from_slice(&self.moved);
        Ok(())
    }

    /// Copies the string at the reader in canonical form. Answers whether its
    /// bytes do not sort like its UTF-16 code units.
    fn string(&mut self) -> Result<bool> {
        let opening = self.at;
        self.take(b'"');
        let mut delicate = false;
        loop {
            let rest = self.input.get(self.at..).unwrap_or(&[]);
            let run = text::plain_run(rest);
            let copied = rest.get(..run).unwrap_or(rest);
            delicate |= copied.iter().any(|&byte| byte >= 0xee);
            self.out.extend_from_slice(copied);
            self.at += copied.len();
            match self.peek() {
                Some(b'"') => {
                    self.take(b'"');
                    return Ok(delicate);
                }
                Some(b'\\') => {
                    delicate = true;
                    self.escape()?;
                }
                Some(_) => return Err(self.syntax("a control character stands in a string")),
                None => {
                    self.at = opening;
                    return Err(self.syntax("a string is not closed"));
                }
            }
        }
    }

    fn escape(&mut self) -> Result<()> {
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
            .at(self.at as u64)),
            Err(text::BadEscape::Malformed) => {
                Err(self.syntax("a backslash starts no escape of JSON"))
            }
        }
    }

    fn number(&mut self) -> Result<()> {
        let rest = self.input.get(self.at..).unwrap_or(&[]);
        let Some(number) = NumberText::scan(rest) else {
            if rest.starts_with(b"-I") || rest.starts_with(b"-N") {
                return self.literal(b"NaN");
            }
            return Err(self.syntax("malformed number"));
        };
        let start = self.out.len();
        let offset = self.at as u64;
        match self.numbers {
            Numbers::Published if rest.get(..number.text_len()) == Some(LEAST_INTEGER) => {
                self.out.extend_from_slice(LEAST_INTEGER);
                self.findings.unsafe_integer = true;
            }
            Numbers::Rounded | Numbers::Published => {
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

    fn literal(&mut self, expected: &[u8]) -> Result<()> {
        let rest = self.input.get(self.at..).unwrap_or(&[]);
        let unsigned = rest.strip_prefix(b"-").unwrap_or(rest);
        if unsigned.starts_with(b"NaN") || unsigned.starts_with(b"Infinity") {
            return Err(Error::new(
                ErrorKind::JsonNumber,
                "JSON",
                "NaN and infinities are not JSON numbers",
            )
            .at(self.at as u64));
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

    fn syntax(&self, detail: &'static str) -> Error {
        Error::new(ErrorKind::JsonSyntax, "JSON", detail).at(self.at as u64)
    }
}

/// Compares two written names by UTF-16 code units (RFC 8785 section 3.2.3).
fn compare_names(out: &[u8], left: &Member, right: &Member) -> Ordering {
    let name = |member: &Member| out.get(member.start + 1..member.colon - 1).unwrap_or(&[]);
    if left.delicate || right.delicate {
        text::utf16_units(name(left)).cmp(text::utf16_units(name(right)))
    } else {
        name(left).cmp(name(right))
    }
}

/// The first characters of a quoted name, for an error text.
fn excerpt(quoted: &[u8]) -> String {
    let text = String::from_utf8_lossy(quoted);
    if text.chars().count() <= 40 {
        return text.into_owned();
    }
    text.chars().take(40).chain("…\"".chars()).collect()
}

/// Stands for a bug in the core, so that a test can see what the C ABI makes of
/// one. Only in builds with `--cfg signet_fault`.
#[cfg(signet_fault)]
fn panic_on_request(input: &[u8]) {
    if input == b"\"signet-fault: panic\"" {
        panic!("signet-fault: a bug\nin two lines");
    }
}
