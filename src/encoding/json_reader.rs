//! The reader behind [`jcs`](crate::encoding::jcs): takes JSON apart and writes
//! it in canonical form as it goes.
//!
//! Members are written in the order they come and only moved when that order was
//! not the canonical one. What stands in the input as it must stand in the output
//! is copied in one piece.

use std::cmp::Ordering;

use crate::encoding::number::{self, NumberText};
use crate::encoding::text;
use crate::encoding::written_members::{self, WrittenMember};
use crate::error::{Error, ErrorKind};

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

/// What becomes of a second member of one name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Duplicates {
    /// It is an error.
    Refused,
    /// The last one counts.
    LastWins,
}

/// How a reader treats what it reads.
#[derive(Clone, Copy, Debug)]
pub struct Mode {
    /// How numbers are written.
    pub numbers: Numbers,
    /// What becomes of a second member of one name.
    pub duplicates: Duplicates,
    /// The member to measure.
    pub measure: Option<Measure>,
}

/// -2^63.
const LEAST_INTEGER: &[u8] = b"-9223372036854775808";

/// A result that fits into registers: one comes back for every value.
pub type Reading<T> = std::result::Result<T, Box<Error>>;

/// A JSON text on its way to canonical form.
pub struct Reader<'a> {
    input: &'a [u8],
    at: usize,
    out: &'a mut Vec<u8>,
    /// The members of all open objects, innermost last.
    members: Vec<WrittenMember>,
    /// The open arrays and objects, innermost last.
    containers: Vec<Container>,
    /// Where the members of one object are put in order.
    moved: Vec<u8>,
    max_depth: usize,
    mode: Mode,
    times_measured: usize,
    findings: Findings,
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

impl<'a> Reader<'a> {
    /// A reader at the start of a text, which must be UTF-8, that appends to `out`.
    pub fn new(input: &'a [u8], out: &'a mut Vec<u8>, mode: Mode) -> Reader<'a> {
        Reader {
            input,
            at: 0,
            out,
            members: Vec::with_capacity(16),
            containers: Vec::with_capacity(16),
            moved: Vec::new(),
            max_depth: 0,
            mode,
            times_measured: 0,
            findings: Findings::default(),
        }
    }

    /// Reads the whole text. On an error part of it has been written.
    pub fn document(mut self, max_depth: usize) -> Reading<Findings> {
        self.max_depth = max_depth;
        self.skip_white_space();
        while self.begin_value()? || self.end_value()? {}
        self.skip_white_space();
        match self.peek() {
            None => Ok(self.findings),
            Some(_) => Err(self.syntax("more text follows the value")),
        }
    }

    /// Reads a scalar or an empty container, or opens a container. Answers
    /// whether the first value in it comes next.
    fn begin_value(&mut self) -> Reading<bool> {
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
    fn end_value(&mut self) -> Reading<bool> {
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

    fn enter(&mut self, container: Container) -> Reading<()> {
        if self.containers.len() >= self.max_depth {
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
    fn name(&mut self, first: usize) -> Reading<()> {
        if self.peek() != Some(b'"') {
            return Err(self.syntax("expected a member name in quotes"));
        }
        let (start, offset) = (self.out.len(), self.at);
        let escaped = self.string()?;
        let member = WrittenMember::new(self.out, start, self.input, offset, escaped);
        self.skip_white_space();
        if self.peek() != Some(b':') {
            return Err(self.syntax("expected a colon"));
        }
        self.take(b':');
        self.skip_white_space();
        let before = self.members.get(first..).and_then(<[WrittenMember]>::last);
        let follows =
            before.is_none_or(|before| before.compare(&member, self.out) == Ordering::Less);
        if !follows && let Some(Container::Object { ascending, .. }) = self.containers.last_mut() {
            *ascending = false;
        }
        self.members.push(member);
        Ok(())
    }

    /// Notes the length of the value that was just written, if it is the one.
    fn end_member(&mut self) {
        let Some(measure) = self.mode.measure else {
            return;
        };
        if measure.depth == self.containers.len()
            && let Some(member) = self.members.last()
            && member.name(self.out) == measure.name.as_bytes()
        {
            let length = self.out.len() - (member.colon + 1);
            self.times_measured += 1;
            self.findings.measured = (self.times_measured == 1).then_some(length);
        }
    }

    /// Sorts the members from `first` on by name and rewrites them in place.
    fn put_in_order(&mut self, first: usize) -> Reading<()> {
        let members = self.members.get_mut(first..).unwrap_or(&mut []);
        match written_members::sort(self.out, members) {
            Some(second) if self.mode.duplicates == Duplicates::Refused => {
                Err(second_member(self.out, &second).into())
            }
            _ => {
                written_members::rewrite(self.out, members, &mut self.moved);
                Ok(())
            }
        }
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
        match self.mode.numbers {
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
