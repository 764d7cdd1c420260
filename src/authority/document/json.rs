//! JSON documents: the strict reader of everything that is signed, plus line
//! and column.

use crate::authority::document::{
    MAX_DEPTH, MAX_LEN, MAX_NODES, Meaning, Member, Node, Scalar, Subject, Value,
};
use crate::encoding::jcs::{self, Limits, Numbers};
use crate::encoding::{members, text};
use crate::error::{Place, Result};

const LIMITS: Limits = Limits {
    max_len: MAX_LEN,
    max_depth: MAX_DEPTH,
};

/// Whether a text reads as JSON.
pub(super) fn is_json(text: &[u8]) -> bool {
    jcs::canonicalize(text, &LIMITS).is_ok()
}

/// Reads a JSON document into its tree.
pub(super) fn parse(text: &[u8], subject: Subject) -> Result<Node> {
    let places = Places::of(text);
    // Checks everything that two readers could read differently; the walk after
    // it only has to find its way.
    jcs::append_canonical(&mut Vec::new(), text, &LIMITS, Numbers::Rounded).map_err(|error| {
        let place = error.position().map(|offset| places.at(offset as usize));
        subject.error(format!("invalid JSON: {}", error.detail()), place)
    })?;
    let mut walk = Walk {
        text,
        places,
        subject,
        left: MAX_NODES,
    };
    let start = members::root(text);
    walk.value(start, text.len())
}

struct Walk<'a> {
    text: &'a [u8],
    places: Places<'a>,
    subject: Subject,
    left: usize,
}

impl Walk<'_> {
    fn value(&mut self, start: usize, end: usize) -> Result<Node> {
        let place = self.places.at(start);
        self.left = match self.left.checked_sub(1) {
            Some(left) => left,
            None => return Err(self.subject.overflows(place)),
        };
        let value = match self.text.get(start) {
            Some(b'{') => {
                let mut found = Vec::new();
                for member in members::members(self.text, start) {
                    found.push(Member {
                        name: text::unescape(member.name).into_owned(),
                        place: self.places.at(member.start),
                        value: self.value(member.value.start, member.value.end)?,
                    });
                }
                Value::Object(found)
            }
            Some(b'[') => {
                let mut found = Vec::new();
                for element in members::elements(self.text, start) {
                    found.push(self.value(element.start, element.end)?);
                }
                Value::List(found)
            }
            _ => Value::Scalar(scalar(self.text.get(start..end).unwrap_or(&[]))),
        };
        Ok(Node { place, value })
    }
}

fn scalar(written: &[u8]) -> Scalar {
    let written = written.trim_ascii();
    let whole = members::string_at(written, 0..written.len());
    let (text, meaning) = match (whole, written) {
        (Some(text), _) => (text.into_owned(), Meaning::Text),
        (None, b"null") => (String::new(), Meaning::Null),
        (None, b"true") => (String::new(), Meaning::Bool(true)),
        (None, b"false") => (String::new(), Meaning::Bool(false)),
        (None, number) => {
            let json = String::from_utf8_lossy(number).into_owned();
            let integer = !number.iter().any(|byte| b".eE".contains(byte));
            (json.clone(), Meaning::Number { json, integer })
        }
    };
    Scalar {
        text,
        meaning,
        bare: false,
    }
}

/// From byte offsets to lines and columns.
struct Places<'a> {
    text: &'a [u8],
    line_starts: Vec<usize>,
}

impl Places<'_> {
    fn of(text: &[u8]) -> Places<'_> {
        let breaks = text.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
        let line_starts = std::iter::once(0)
            .chain(breaks.map(|(at, _)| at + 1))
            .collect();
        Places { text, line_starts }
    }

    fn at(&self, offset: usize) -> Place {
        let line = self.line_starts.partition_point(|&start| start <= offset);
        let start = self.line_starts.get(line.wrapping_sub(1)).copied();
        let before = self
            .text
            .get(start.unwrap_or(0)..offset.min(self.text.len()));
        // Long lines are counted in bytes past a bound: a minified document has
        // one line, and every member's column would be counted from its start.
        let before = before.unwrap_or(&[]);
        let column = match before.len() {
            0..=4096 => before.iter().filter(|&&byte| byte & 0xc0 != 0x80).count(),
            long => long,
        };
        Place {
            line: u32::try_from(line).unwrap_or(u32::MAX),
            column: u32::try_from(column.saturating_add(1)).unwrap_or(u32::MAX),
        }
    }
}
