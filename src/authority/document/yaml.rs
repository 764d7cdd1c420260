//! YAML documents, from the events of a YAML 1.2 parser.
//!
//! What makes YAML dangerous in a security document is refused: aliases that
//! multiply past a bound, merge keys, tags beyond the core schema, a second
//! document, duplicate keys. Scalars mean what the published Signet takes them
//! to mean, so that both compute one policy hash.

use std::collections::HashMap;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Tag};

use crate::authority::document::{
    MAX_DEPTH, MAX_LEN, MAX_NODES, Meaning, Member, Node, Scalar, Subject, Value, quoted,
    refuse_duplicates,
};
use crate::error::{Error, Place, Result};

/// Reads a YAML document into its tree.
pub(super) fn parse(text: &[u8], subject: Subject) -> Result<Node> {
    let text = std::str::from_utf8(text).map_err(|_| subject.error("it is not UTF-8", None))?;
    if text.starts_with('\u{feff}') {
        return Err(subject.error("a byte order mark stands before the text", None));
    }
    let mut builder = Builder {
        subject,
        open: Vec::new(),
        root: None,
        anchors: HashMap::new(),
        nodes_left: MAX_NODES,
        bytes_left: 2 * MAX_LEN,
    };
    let mut parser = Parser::new_from_str(text);
    while let Some(event) = parser.next_event() {
        let (event, span) = event.map_err(|error| {
            let detail = format!("invalid YAML: {}", error.info());
            subject.error(detail, Some(place_of(error.marker())))
        })?;
        let place = place_of(&span.start);
        match event {
            Event::StreamEnd => break,
            Event::DocumentStart(_) if builder.root.is_some() => {
                return Err(subject.error("a second YAML document follows", Some(place)));
            }
            event => builder.take(event, place)?,
        }
    }
    match builder.root {
        Some(root) => Ok(root),
        None => Err(subject.error("the document is empty", None)),
    }
}

fn place_of(marker: &Marker) -> Place {
    Place {
        line: u32::try_from(marker.line()).unwrap_or(u32::MAX),
        column: u32::try_from(marker.col().saturating_add(1)).unwrap_or(u32::MAX),
    }
}

/// A list or object whose end has not come yet.
struct Open {
    place: Place,
    anchor: usize,
    items: Items,
}

enum Items {
    List(Vec<Node>),
    /// The members so far, and the name whose value comes next.
    Object(Vec<Member>, Option<(String, Place)>),
}

/// A finished value that an alias may repeat, and what repeating it costs.
struct Anchored {
    node: Node,
    nodes: usize,
    bytes: usize,
    depth: usize,
}

struct Builder {
    subject: Subject,
    open: Vec<Open>,
    root: Option<Node>,
    anchors: HashMap<usize, Anchored>,
    nodes_left: usize,
    bytes_left: usize,
}

impl Builder {
    fn take(&mut self, event: Event<'_>, place: Place) -> Result<()> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let plain = style == ScalarStyle::Plain;
                if let Some(Open {
                    items: Items::Object(_, name @ None),
                    ..
                }) = self.open.last_mut()
                {
                    if anchor != 0 || !is_text_tag(tag.as_deref()) {
                        let detail = "a key must be a plain text without anchor and tag";
                        return Err(self.subject.error(detail, Some(place)));
                    }
                    if plain && text == "<<" {
                        let detail = "merge keys are not supported; repeat the members";
                        return Err(self.subject.error(detail, Some(place)));
                    }
                    *name = Some((text.into_owned(), place));
                    return Ok(());
                }
                let scalar = self.scalar(text.into_owned(), plain, tag.as_deref(), place)?;
                self.spend(1, scalar.text.len(), place)?;
                let value = Value::Scalar(scalar);
                self.finish(Node { place, value }, anchor)
            }
            Event::SequenceStart(anchor, tag) => {
                self.check_container_tag(tag.as_deref(), "seq", place)?;
                self.begin(Items::List(Vec::new()), anchor, place)
            }
            Event::MappingStart(anchor, tag) => {
                self.check_container_tag(tag.as_deref(), "map", place)?;
                self.begin(Items::Object(Vec::new(), None), anchor, place)
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(open) = self.open.pop() else {
                    return Ok(());
                };
                let value = match open.items {
                    Items::List(items) => Value::List(items),
                    Items::Object(members, _) => {
                        refuse_duplicates(&members, self.subject)?;
                        Value::Object(members)
                    }
                };
                let place = open.place;
                self.finish(Node { place, value }, open.anchor)
            }
            Event::Alias(anchor) => {
                let Some(anchored) = self.anchors.get(&anchor) else {
                    let detail = "an alias refers to the value that it stands in";
                    return Err(self.subject.error(detail, Some(place)));
                };
                let (nodes, bytes) = (anchored.nodes, anchored.bytes);
                if self.open.len() + anchored.depth > MAX_DEPTH {
                    return Err(self.too_deep(place));
                }
                self.spend(nodes, bytes, place)?;
                let node = self.anchors.get(&anchor).map(|found| found.node.clone());
                node.map_or(Ok(()), |node| self.finish(node, 0))
            }
            _ => Ok(()),
        }
    }

    fn begin(&mut self, items: Items, anchor: usize, place: Place) -> Result<()> {
        if self.open.len() >= MAX_DEPTH {
            return Err(self.too_deep(place));
        }
        if let Some(Open {
            items: Items::Object(_, None),
            ..
        }) = self.open.last()
        {
            let detail = "a key must be a text, not a list or an object";
            return Err(self.subject.error(detail, Some(place)));
        }
        self.spend(1, 0, place)?;
        self.open.push(Open {
            place,
            anchor,
            items,
        });
        Ok(())
    }

    /// Puts a finished value where it belongs.
    fn finish(&mut self, node: Node, anchor: usize) -> Result<()> {
        if anchor != 0 {
            // The copy is paid for like any other, or many anchors inside one
            // another would hold many times the document.
            let (nodes, bytes) = (count_nodes(&node), count_bytes(&node));
            self.spend(nodes, bytes, node.place)?;
            let anchored = Anchored {
                node: node.clone(),
                nodes,
                bytes,
                depth: depth_of(&node),
            };
            self.anchors.insert(anchor, anchored);
        }
        match self.open.last_mut().map(|open| &mut open.items) {
            Some(Items::List(items)) => items.push(node),
            Some(Items::Object(members, name)) => match name.take() {
                Some((name, place)) => members.push(Member {
                    name,
                    place,
                    value: node,
                }),
                None => {
                    let detail = "a key must be a text, not an alias";
                    return Err(self.subject.error(detail, Some(node.place)));
                }
            },
            None => self.root = Some(node),
        }
        Ok(())
    }

    fn spend(&mut self, nodes: usize, bytes: usize, place: Place) -> Result<()> {
        let nodes_left = self.nodes_left.checked_sub(nodes);
        let bytes_left = self.bytes_left.checked_sub(bytes);
        match (nodes_left, bytes_left) {
            (Some(nodes), Some(bytes)) => {
                self.nodes_left = nodes;
                self.bytes_left = bytes;
                Ok(())
            }
            _ => Err(self.subject.overflows(place)),
        }
    }

    fn too_deep(&self, place: Place) -> Error {
        let detail = format!("lists and objects nested deeper than {MAX_DEPTH} levels");
        self.subject.error(detail, Some(place))
    }

    fn check_container_tag(&self, tag: Option<&Tag>, core: &str, place: Place) -> Result<()> {
        match tag {
            None => Ok(()),
            Some(tag) if tag.is_yaml_core_schema() && tag.suffix == core => Ok(()),
            Some(tag) => Err(self.unknown_tag(tag, place)),
        }
    }

    fn unknown_tag(&self, tag: &Tag, place: Place) -> Error {
        let detail = format!("the tag {} is not supported", quoted(&tag.to_string()));
        self.subject.error(detail, Some(place))
    }

    fn scalar(&self, text: String, plain: bool, tag: Option<&Tag>, place: Place) -> Result<Scalar> {
        let Some(tag) = tag else {
            let meaning = if plain { meaning(&text) } else { Meaning::Text };
            let bare = plain;
            return self.bounded(
                Scalar {
                    text,
                    meaning,
                    bare,
                },
                place,
            );
        };
        let core = tag.is_yaml_core_schema().then_some(tag.suffix.as_str());
        let meant = meaning(&text);
        let meaning = match (core, meant) {
            (Some("str"), _) => Meaning::Text,
            (Some("int"), number @ Meaning::Number { integer: true, .. })
            | (Some("bool"), number @ Meaning::Bool(_))
            | (Some("null"), number @ Meaning::Null) => number,
            (Some("float"), Meaning::Number { json, .. }) => Meaning::Number {
                json,
                integer: false,
            },
            (Some("float"), Meaning::NotFinite) => Meaning::NotFinite,
            (Some("int" | "bool" | "null" | "float"), _) => {
                let detail = format!("{} does not fit its tag", quoted(&text));
                return Err(self.subject.error(detail, Some(place)));
            }
            _ => return Err(self.unknown_tag(tag, place)),
        };
        let bare = true;
        self.bounded(
            Scalar {
                text,
                meaning,
                bare,
            },
            place,
        )
    }

    /// Refuses integers in another base that no 64 bits hold, as the published
    /// Signet does; decimal ones are kept as they are written.
    fn bounded(&self, scalar: Scalar, place: Place) -> Result<Scalar> {
        match &scalar.meaning {
            Meaning::Number { json, .. } if json.is_empty() => {
                let detail = format!("{} is out of range", quoted(&scalar.text));
                Err(self.subject.error(detail, Some(place)))
            }
            _ => Ok(scalar),
        }
    }
}

fn is_text_tag(tag: Option<&Tag>) -> bool {
    tag.is_none_or(|tag| tag.is_yaml_core_schema() && tag.suffix == "str")
}

fn count_nodes(node: &Node) -> usize {
    match &node.value {
        Value::Scalar(_) => 1,
        Value::List(items) => 1 + items.iter().map(count_nodes).sum::<usize>(),
        Value::Object(members) => {
            let values = members.iter().map(|member| count_nodes(&member.value));
            1 + values.sum::<usize>()
        }
    }
}

fn count_bytes(node: &Node) -> usize {
    match &node.value {
        Value::Scalar(scalar) => scalar.text.len(),
        Value::List(items) => items.iter().map(count_bytes).sum(),
        Value::Object(members) => {
            let each = |member: &Member| member.name.len() + count_bytes(&member.value);
            members.iter().map(each).sum()
        }
    }
}

fn depth_of(node: &Node) -> usize {
    match &node.value {
        Value::Scalar(_) => 0,
        Value::List(items) => 1 + items.iter().map(depth_of).max().unwrap_or(0),
        Value::Object(members) => {
            let depths = members.iter().map(|member| depth_of(&member.value));
            1 + depths.max().unwrap_or(0)
        }
    }
}

/// What an unquoted scalar means: the YAML 1.2 core schema, and in addition a
/// sign before `0x` and `0o`, `0b` integers, and texts for numbers that overflow
/// a double.
fn meaning(text: &str) -> Meaning {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Meaning::Null,
        "true" | "True" | "TRUE" => return Meaning::Bool(true),
        "false" | "False" | "FALSE" => return Meaning::Bool(false),
        ".nan" | ".NaN" | ".NAN" => return Meaning::NotFinite,
        _ => {}
    }
    let (sign, unsigned) = match text.as_bytes().first() {
        Some(b'-') => ("-", &text[1..]),
        Some(b'+') => ("", &text[1..]),
        _ => ("", text),
    };
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") {
        return Meaning::NotFinite;
    }
    integer(sign, unsigned)
        .or_else(|| float(sign, unsigned))
        .unwrap_or(Meaning::Text)
}

fn integer(sign: &str, unsigned: &str) -> Option<Meaning> {
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        if let Some(digits) = unsigned.strip_prefix(prefix) {
            let valid = !digits.is_empty() && digits.chars().all(|digit| digit.is_digit(radix));
            let json = match u64::from_str_radix(digits, radix) {
                Ok(value) => format!("{sign}{value}"),
                Err(_) => String::new(),
            };
            return valid.then_some(Meaning::Number {
                json,
                integer: true,
            });
        }
    }
    let digits = !unsigned.is_empty() && unsigned.bytes().all(|byte| byte.is_ascii_digit());
    let leading_zero = unsigned.len() > 1 && unsigned.starts_with('0');
    digits.then(|| match leading_zero {
        true => Meaning::Text,
        false => Meaning::Number {
            json: format!("{sign}{unsigned}"),
            integer: true,
        },
    })
}

/// A decimal with a point or an exponent, rewritten as JSON has it.
fn float(sign: &str, unsigned: &str) -> Option<Meaning> {
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !all_digits(whole) || !all_digits(fraction) || (whole.is_empty() && fraction.is_empty()) {
        return None;
    }
    let whole = whole.trim_start_matches('0');
    let mut json = format!("{sign}{}", if whole.is_empty() { "0" } else { whole });
    if !fraction.is_empty() {
        json.push('.');
        json.push_str(fraction);
    }
    if let Some(exponent) = exponent {
        let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        if digits.is_empty() || !all_digits(digits) {
            return None;
        }
        json.push('e');
        json.push_str(exponent);
    }
    let value: f64 = json.parse().ok()?;
    value.is_finite().then_some(Meaning::Number {
        json,
        integer: false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalars_mean_what_the_core_schema_and_its_extensions_say() {
        let number = |json: &str, integer| Meaning::Number {
            json: json.to_owned(),
            integer,
        };
        for (text, expected) in [
            ("5", number("5", true)),
            ("+5", number("5", true)),
            ("-0", number("-0", true)),
            ("0x10", number("16", true)),
            ("-0x10", number("-16", true)),
            ("0o17", number("15", true)),
            ("0b11", number("3", true)),
            (".5", number("0.5", false)),
            ("-.5", number("-0.5", false)),
            ("1.", number("1", false)),
            ("1.e3", number("1e3", false)),
            ("01.5", number("1.5", false)),
            ("0e5", number("0e5", false)),
            ("1E+5", number("1e+5", false)),
            ("NULL", Meaning::Null),
            ("TRUE", Meaning::Bool(true)),
            ("-.INF", Meaning::NotFinite),
        ] {
            assert_eq!(meaning(text), expected, "{text}");
        }
        for text in [
            "yes",
            "on",
            "tRue",
            "017",
            "00",
            "-01",
            "1_000",
            "1e400",
            "0X10",
            "0B1",
            "0x",
            "0xg",
            "+",
            "-",
            ".",
            "e5",
            "1e",
            "1e+",
            ".iNf",
            "+.nan",
            "2026-01-01",
            "12:30:45",
            "=",
        ] {
            assert_eq!(meaning(text), Meaning::Text, "{text}");
        }
    }
}
