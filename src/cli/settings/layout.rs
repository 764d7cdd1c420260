//! Writing JSON into a text as the text is written: its indentation, its line
//! ends, on one line or on many.

use signet::encoding::{members, text::quoted};

/// What is written.
#[derive(Clone, Debug)]
pub enum Json {
    /// A string.
    Text(String),
    /// An integer.
    Number(u32),
    /// A list.
    Array(Vec<Json>),
    /// An object, in this order.
    Object(Vec<(&'static str, Json)>),
}

/// A member or an element, as places in the text.
#[derive(Clone, Debug)]
pub struct Item {
    /// Where it begins: for a member with its name.
    pub start: usize,
    /// Where its value begins.
    pub value: usize,
    /// The place after it.
    pub end: usize,
}

/// What stands in the object or array that begins at `container`.
pub fn items(text: &str, container: usize) -> Vec<Item> {
    let bytes = text.as_bytes();
    match bytes.get(container) {
        Some(b'{') => members::members(bytes, container)
            .map(|member| Item {
                start: member.start,
                value: member.value.start,
                end: member.value.end,
            })
            .collect(),
        _ => members::elements(bytes, container)
            .map(|element| Item {
                start: element.start,
                value: element.start,
                end: element.end,
            })
            .collect(),
    }
}

/// The place after the object or array that begins at `container`.
pub fn end_of(text: &str, container: usize) -> usize {
    let last = items(text, container)
        .pop()
        .map_or(container + 1, |item| item.end);
    last + white_space(text.get(last..).unwrap_or_default()) + 1
}

/// Writes a value, with a name in an object, behind everything in the container
/// that begins at `container`; answers where the value begins.
pub fn insert(text: &mut String, container: usize, name: Option<&str>, value: &Json) -> usize {
    let style = Style::of(text);
    let (range, before, after, indent) = match items(text, container).pop() {
        Some(last) => {
            let gap = gap_before(text, last.start).to_owned();
            let indent = gap
                .rfind('\n')
                .map(|end| gap.get(end + 1..).unwrap_or_default().to_owned());
            (last.end..last.end, format!(",{gap}"), String::new(), indent)
        }
        None => {
            let inside = container + 1..end_of(text, container).saturating_sub(1);
            if style.is_on_one_line {
                (inside, String::new(), String::new(), None)
            } else {
                let outer = indent_of_line(text, container).to_owned();
                let inner = format!("{outer}{}", style.unit);
                let before = format!("{}{inner}", style.line_end);
                (
                    inside,
                    before,
                    format!("{}{outer}", style.line_end),
                    Some(inner),
                )
            }
        }
    };
    let mut written = before;
    if let Some(name) = name {
        written.push_str(&quoted(name));
        written.push_str(style.colon());
    }
    let at = range.start + written.len();
    style.write(&mut written, value, indent.as_deref());
    written.push_str(&after);
    text.replace_range(range, &written);
    at
}

/// How a text is written.
struct Style {
    unit: String,
    line_end: &'static str,
    is_on_one_line: bool,
    is_spaced: bool,
}

impl Style {
    fn of(text: &str) -> Style {
        let mark = text.len() - text.trim_start_matches('\u{feff}').len();
        let root = mark + white_space(text.get(mark..).unwrap_or_default());
        let first = items(text, root).into_iter().next();
        let gap = first.as_ref().map(|item| gap_before(text, item.start));
        let unit = gap.and_then(|gap| Some(gap.get(gap.rfind('\n')? + 1..)?.to_owned()));
        Style {
            is_on_one_line: gap.is_some_and(|gap| !gap.contains('\n')),
            is_spaced: first
                .is_none_or(|item| text.as_bytes().get(item.value.wrapping_sub(1)) != Some(&b':')),
            line_end: match text.contains("\r\n") {
                true => "\r\n",
                false => "\n",
            },
            unit: unit
                .filter(|unit| !unit.is_empty())
                .unwrap_or_else(|| "  ".to_owned()),
        }
    }

    fn colon(&self) -> &'static str {
        if self.is_spaced { ": " } else { ":" }
    }

    /// Writes a value that stands in a line of that indent, or all in one line.
    fn write(&self, out: &mut String, value: &Json, indent: Option<&str>) {
        let inner = indent.map(|indent| format!("{indent}{}", self.unit));
        let next = |out: &mut String, is_first: bool| {
            if !is_first {
                out.push(',');
            }
            match &inner {
                Some(inner) => out.extend([self.line_end, inner]),
                None if self.is_spaced && !is_first => out.push(' '),
                None => {}
            }
        };
        let (open, close, is_empty) = match value {
            Json::Text(text) => return out.push_str(&quoted(text)),
            Json::Number(number) => return out.push_str(&number.to_string()),
            Json::Array(elements) => ('[', ']', elements.is_empty()),
            Json::Object(members) => ('{', '}', members.is_empty()),
        };
        out.push(open);
        if let Json::Array(elements) = value {
            for (place, element) in elements.iter().enumerate() {
                next(out, place == 0);
                self.write(out, element, inner.as_deref());
            }
        }
        if let Json::Object(members) = value {
            for (place, (name, value)) in members.iter().enumerate() {
                next(out, place == 0);
                out.push_str(&quoted(name));
                out.push_str(self.colon());
                self.write(out, value, inner.as_deref());
            }
        }
        if let (Some(indent), false) = (indent, is_empty) {
            out.extend([self.line_end, indent]);
        }
        out.push(close);
    }
}

/// The white space that stands before a place.
fn gap_before(text: &str, at: usize) -> &str {
    let before = text.get(..at).unwrap_or_default();
    let start = before.trim_end_matches([' ', '\t', '\r', '\n']).len();
    before.get(start..).unwrap_or_default()
}

fn indent_of_line(text: &str, at: usize) -> &str {
    let before = text.get(..at).unwrap_or_default();
    let line = before.rfind('\n').map_or(0, |end| end + 1);
    let line = before.get(line..).unwrap_or_default();
    let indent = line.len() - line.trim_start_matches([' ', '\t']).len();
    line.get(..indent).unwrap_or_default()
}

fn white_space(text: &str) -> usize {
    text.len() - text.trim_start_matches([' ', '\t', '\r', '\n']).len()
}
