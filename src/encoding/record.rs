//! Reading the typed records of the formats: receipts, tokens, entries.
//!
//! A record is an object whose members are all known, described once by a
//! [`Record`]. The strict reading refuses any other member, because published
//! verifiers drop what they do not know before they check a signature, and
//! whoever displays the record would show a claim that nobody signed. The
//! forensic reading drops such members as the published Signet does.
//!
//! One walk over the canonical text checks everything and notes where the
//! interesting values stand; no tree is built.

use crate::encoding::text;
use crate::error::{Error, ErrorKind, Result};

/// What a member's value must be.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// A string.
    Text,
    /// A number in integer syntax without a sign.
    Integer,
    /// An array of strings.
    Texts,
    /// Any JSON value.
    Any,
    /// Any JSON value, which may be large: the one whose length [`read_measured`]
    /// is told.
    Measured,
    /// Any JSON value but `null`, which stands for an absent member.
    Present,
    /// An object that is itself a record.
    Record(&'static Record),
    /// An array of records.
    Records(&'static Record),
}

/// One member that a record may have.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    name: &'static str,
    kind: Kind,
    required: bool,
    slot: Option<usize>,
}

impl Rule {
    /// A member that the record must have.
    pub const fn required(name: &'static str, kind: Kind) -> Rule {
        Rule {
            name,
            kind,
            required: true,
            slot: None,
        }
    }

    /// A member that the record may have. `null` means that it has not.
    pub const fn optional(name: &'static str, kind: Kind) -> Rule {
        Rule {
            name,
            kind,
            required: false,
            slot: None,
        }
    }

    /// The same rule, whose value's place goes into slot `slot` of [`Slots`];
    /// not when its record stands in an array.
    pub const fn into_slot(mut self, slot: usize) -> Rule {
        self.slot = Some(slot);
        self
    }
}

/// A record: what to call it in errors, and every member it may have, by
/// ascending name.
#[derive(Debug)]
pub struct Record {
    /// What to call it in errors.
    pub what: &'static str,
    /// The members, by ascending name. At most 32.
    pub rules: &'static [Rule],
}

/// How to treat members that the formats do not define.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// Refuse them.
    Strict,
    /// Drop them, as the published Signet does.
    Forensic,
}

/// Where a value stands in a text; empty when the member is absent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    start: u32,
    end: u32,
}

impl Span {
    /// The place of a member that is not there.
    pub const ABSENT: Span = Span { start: 0, end: 0 };

    fn new(start: usize, end: usize) -> Span {
        // Texts are bounded far below 4 GiB; see `MAX_LEN`.
        Span {
            start: u32::try_from(start).unwrap_or(u32::MAX),
            end: u32::try_from(end).unwrap_or(u32::MAX),
        }
    }

    /// The value's bytes; `None` when the member is absent.
    pub fn of<'a>(&self, text: &'a [u8]) -> Option<&'a [u8]> {
        text.get(self.start as usize..self.end as usize)
            .filter(|value| !value.is_empty())
    }

    /// The place of the first byte.
    pub fn start(&self) -> usize {
        self.start as usize
    }

    /// The place after the last byte.
    pub fn end(&self) -> usize {
        self.end as usize
    }
}

/// The longest text that spans can address.
pub const MAX_LEN: usize = u32::MAX as usize;

/// The places of a record's interesting values.
pub type Slots<const N: usize> = [Span; N];

/// Checks the record that is the whole of a canonical text and notes its values
/// in `slots`. Answers `false` when the text has members that must be dropped
/// first (see [`tidy`]): unknown ones under the forensic reading, and `null`
/// standing for an absent optional member.
pub fn read<const N: usize>(
    text: &[u8],
    record: &Record,
    reading: Reading,
    slots: &mut Slots<N>,
) -> Result<bool> {
    read_measured(text, record, reading, slots, None)
}

/// As [`read`], where the length of the [`Kind::Measured`] member's value is
/// known: it is stepped over instead of walked through.
pub fn read_measured<const N: usize>(
    text: &[u8],
    record: &Record,
    reading: Reading,
    slots: &mut Slots<N>,
    measured: Option<usize>,
) -> Result<bool> {
    let mut walk = Walk {
        text,
        at: 0,
        reading,
        slots,
        measured,
        kept: None,
        untidy: false,
    };
    walk.record(record)?;
    Ok(!walk.untidy)
}

/// The canonical text without the members that must be dropped.
pub fn tidy(text: &[u8], record: &Record, reading: Reading) -> Result<Vec<u8>> {
    let mut walk = Walk {
        text,
        at: 0,
        reading,
        slots: &mut [],
        measured: None,
        kept: Some(Vec::with_capacity(text.len())),
        untidy: false,
    };
    walk.record(record)?;
    Ok(walk.kept.unwrap_or_default())
}

struct Walk<'a> {
    text: &'a [u8],
    at: usize,
    reading: Reading,
    slots: &'a mut [Span],
    measured: Option<usize>,
    /// What is kept, when the text is being rewritten.
    kept: Option<Vec<u8>>,
    untidy: bool,
}

impl Walk<'_> {
    fn record(&mut self, record: &Record) -> Result<()> {
        if self.peek() != Some(b'{') {
            return Err(Error::new(
                ErrorKind::ReceiptInvalid,
                record.what,
                "it must be an object",
            ));
        }
        self.skip(1);
        self.keep(b"{");
        let mut seen = 0_u32;
        let mut first = true;
        // Text and rules are both in order, so what was passed does not return.
        let mut passed = 0;
        while self.peek() == Some(b'"') {
            let name = self.text.get(self.at..self.past_string()).unwrap_or(&[]);
            self.skip(name.len() + 1);
            let inside = name.get(1..name.len().saturating_sub(1)).unwrap_or(&[]);
            let ahead = record.rules.get(passed..).unwrap_or(&[]);
            let place = ahead
                .iter()
                .position(|rule| rule.name.as_bytes() == inside)
                .map(|distance| passed + distance);
            passed = place.map_or(passed, |place| place + 1);
            let absent = place.is_some_and(|place| !record.rules[place].required)
                && self.rest().starts_with(b"null")
                && !matches!(
                    place.map(|place| record.rules[place].kind),
                    Some(Kind::Any | Kind::Measured)
                );
            match place {
                Some(place) if !absent => {
                    if !first {
                        self.keep(b",");
                    }
                    first = false;
                    self.keep(name);
                    self.keep(b":");
                    seen |= 1 << place;
                    self.member(record, &record.rules[place])?;
                }
                None if self.reading == Reading::Strict => {
                    return Err(unknown_member(record, inside));
                }
                _ => {
                    self.untidy = true;
                    let start = self.at;
                    self.skip_value();
                    debug_assert!(self.at > start);
                }
            }
            if self.peek() == Some(b',') {
                self.skip(1);
            }
        }
        self.skip(1);
        self.keep(b"}");
        for (place, rule) in record.rules.iter().enumerate() {
            if rule.required && seen & 1 << place == 0 {
                return Err(Error::new(
                    ErrorKind::ReceiptInvalid,
                    record.what,
                    format!("member \"{}\" is missing", rule.name),
                ));
            }
        }
        Ok(())
    }

    fn member(&mut self, record: &Record, rule: &Rule) -> Result<()> {
        let start = self.at;
        let first = self.peek();
        let expected = match rule.kind {
            Kind::Text if first == Some(b'"') => None,
            Kind::Text => Some("a string"),
            Kind::Integer if first.is_some_and(|byte| byte.is_ascii_digit()) => None,
            Kind::Integer => Some("an integer"),
            Kind::Texts | Kind::Records(_) if first == Some(b'[') => None,
            Kind::Texts | Kind::Records(_) => Some("an array"),
            Kind::Any | Kind::Present | Kind::Measured | Kind::Record(_) => None,
        };
        if let Some(expected) = expected {
            return Err(wrong_kind(record, rule, expected));
        }
        match rule.kind {
            Kind::Record(inner) => self.record(inner)?,
            Kind::Records(inner) => {
                // Slots are for values that occur once.
                let slots = std::mem::take(&mut self.slots);
                self.array(|walk| walk.record(inner))?;
                self.slots = slots;
            }
            Kind::Texts => self.array(|walk| {
                if walk.peek() != Some(b'"') {
                    return Err(wrong_kind(record, rule, "an array of strings"));
                }
                walk.copy_value();
                Ok(())
            })?,
            Kind::Measured => match self.measured {
                Some(length) if self.kept.is_none() => self.skip(length),
                _ => self.copy_value(),
            },
            Kind::Text | Kind::Any | Kind::Present => self.copy_value(),
            Kind::Integer => {
                self.copy_value();
                let digits = self.text.get(start..self.at).unwrap_or(&[]);
                if !digits.iter().all(u8::is_ascii_digit) {
                    return Err(wrong_kind(record, rule, "an integer"));
                }
            }
        }
        if let Some(slot) = rule.slot.and_then(|slot| self.slots.get_mut(slot)) {
            *slot = Span::new(start, self.at);
        }
        Ok(())
    }

    fn array(&mut self, mut element: impl FnMut(&mut Self) -> Result<()>) -> Result<()> {
        self.skip(1);
        self.keep(b"[");
        while !matches!(self.peek(), None | Some(b']')) {
            element(self)?;
            if self.peek() == Some(b',') {
                self.skip(1);
                self.keep(b",");
            }
        }
        self.skip(1);
        self.keep(b"]");
        Ok(())
    }

    fn copy_value(&mut self) {
        let start = self.at;
        self.skip_value();
        let text = self.text;
        self.keep(text.get(start..self.at).unwrap_or(&[]));
    }

    fn skip_value(&mut self) {
        let mut depth = 0_usize;
        loop {
            match self.peek() {
                None => return,
                Some(b'"') => self.at = self.past_string(),
                Some(b'{' | b'[') => {
                    depth += 1;
                    self.at += 1;
                    continue;
                }
                Some(b'}' | b']') => {
                    depth = depth.saturating_sub(1);
                    self.at += 1;
                }
                Some(b',' | b':') => {
                    self.at += 1;
                    continue;
                }
                Some(_) => {
                    let scalar = self
                        .rest()
                        .iter()
                        .take_while(|byte| !matches!(byte, b',' | b'}' | b']'));
                    self.at += scalar.count();
                }
            }
            if depth == 0 {
                return;
            }
        }
    }

    /// The place after the string at the walk.
    fn past_string(&self) -> usize {
        let mut at = self.at + 1;
        loop {
            let rest = self.text.get(at..).unwrap_or(&[]);
            at += text::plain_run(rest);
            match self.text.get(at) {
                Some(b'\\') => at += 2,
                Some(b'"') => return at + 1,
                Some(_) => at += 1,
                None => return self.text.len(),
            }
        }
    }

    fn keep(&mut self, bytes: &[u8]) {
        if let Some(kept) = &mut self.kept {
            kept.extend_from_slice(bytes);
        }
    }

    fn skip(&mut self, count: usize) {
        self.at += count;
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn rest(&self) -> &[u8] {
        self.text.get(self.at..).unwrap_or(&[])
    }
}

fn unknown_member(record: &Record, inside: &[u8]) -> Error {
    let name: String = String::from_utf8_lossy(inside).chars().take(40).collect();
    Error::new(
        ErrorKind::UnknownMember,
        record.what,
        format!("it has a member \"{name}\" that the format does not define"),
    )
}

fn wrong_kind(record: &Record, rule: &Rule, expected: &str) -> Error {
    Error::new(
        ErrorKind::ReceiptInvalid,
        record.what,
        format!("member \"{}\" must be {expected}", rule.name),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const INNER: Record = Record {
        what: "inner",
        rules: &[
            Rule::required("a", Kind::Text).into_slot(0),
            Rule::optional("b", Kind::Any),
        ],
    };
    const OUTER: Record = Record {
        what: "outer",
        rules: &[
            Rule::required("in", Kind::Record(&INNER)),
            Rule::optional("list", Kind::Records(&INNER)),
            Rule::optional("note", Kind::Text).into_slot(1),
            Rule::optional("tags", Kind::Texts),
            Rule::required("v", Kind::Integer).into_slot(2),
        ],
    };

    fn outcome(text: &str, reading: Reading) -> Result<bool> {
        read(text.as_bytes(), &OUTER, reading, &mut Slots::<3>::default())
    }

    #[test]
    fn values_are_found_in_one_walk() {
        let text =
            br#"{"in":{"a":"x\"}","b":[{"c":[]}]},"list":[{"a":"y"}],"tags":["t","u"],"v":12}"#;
        let mut slots = Slots::<3>::default();
        assert!(read(text, &OUTER, Reading::Strict, &mut slots).unwrap());
        assert_eq!(slots[0].of(text).unwrap(), br#""x\"}""#);
        assert_eq!(slots[1].of(text), None);
        assert_eq!(slots[2].of(text).unwrap(), b"12");
    }

    #[test]
    fn wrong_shapes_are_refused_by_name() {
        for (text, expected) in [
            ("[]", "outer: it must be an object"),
            (r#"{"in":{"a":"x"}}"#, "outer: member \"v\" is missing"),
            (
                r#"{"in":{"a":1},"v":1}"#,
                "inner: member \"a\" must be a string",
            ),
            (
                r#"{"in":{"a":"x"},"v":1.5}"#,
                "outer: member \"v\" must be an integer",
            ),
            (
                r#"{"in":{"a":"x"},"v":-1}"#,
                "outer: member \"v\" must be an integer",
            ),
            (
                r#"{"in":{"a":"x"},"tags":[1],"v":1}"#,
                "outer: member \"tags\" must be an array of strings",
            ),
            (r#"{"in":[],"v":1}"#, "inner: it must be an object"),
            (
                r#"{"in":{"a":"x","z":1},"v":1}"#,
                "inner: it has a member \"z\" that the format does not define",
            ),
            (
                r#"{"in":{"a":"x"},"list":[{"a":"x","z":1}],"v":1}"#,
                "inner: it has a member \"z\" that the format does not define",
            ),
        ] {
            assert_eq!(
                outcome(text, Reading::Strict).unwrap_err().to_string(),
                expected
            );
        }
    }

    #[test]
    fn nulls_and_unknown_members_are_dropped() {
        let text = br#"{"in":{"a":"x","b":null,"z":{"v":[1]}},"list":[{"a":"y","z":1}],"note":null,"v":1,"zz":"}"}"#;
        let mut slots = Slots::<3>::default();
        assert!(!read(text, &OUTER, Reading::Forensic, &mut slots).unwrap());
        let tidied = tidy(text, &OUTER, Reading::Forensic).unwrap();
        assert_eq!(
            tidied,
            br#"{"in":{"a":"x","b":null},"list":[{"a":"y"}],"v":1}"#
        );
        assert!(read(&tidied, &OUTER, Reading::Strict, &mut slots).unwrap());
        // A null for an absent member claims nothing, so the strict reading takes it too.
        assert!(!outcome(r#"{"in":{"a":"x"},"note":null,"v":1}"#, Reading::Strict).unwrap());
    }
}
