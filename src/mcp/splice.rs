//! Putting a member into a JSON text and taking it out again without touching
//! another byte.
//!
//! A member goes in as the first of its object, which needs no look at the
//! others. Taking it out gives back the very text it went into.

use std::ops::Range;

use crate::encoding::{members, text};
use crate::error::Result;
use crate::mcp::look_alike;

/// Where a member stands.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// From the quote before its name to the end of its value.
    pub member: Range<usize>,
    /// Its value.
    pub value: Range<usize>,
}

/// The member of the object at `start` that has the only one of the names;
/// look-alikes are refused.
pub(super) fn find(text: &[u8], start: usize, name: &[&'static str; 1]) -> Result<Option<Place>> {
    let mut found = None;
    for member in members::members(text, start) {
        if look_alike::known(member.name, name)?.is_some() {
            found = Some(Place {
                member: member.start..member.value.end,
                value: member.value,
            });
        }
    }
    Ok(found)
}

/// The text with another value at `place`.
pub(super) fn replace(text: &[u8], place: Range<usize>, value: &[u8]) -> Vec<u8> {
    let (head, tail) = (text.get(..place.start), text.get(place.end..));
    [head.unwrap_or(&[]), value, tail.unwrap_or(&[])].concat()
}

/// The text with a new first member in the object at `start`. Of several names
/// each but the last is that of an object around the next.
pub(super) fn insert_first(text: &[u8], start: usize, path: &[&str], value: &[u8]) -> Vec<u8> {
    let inside = start + 1;
    let mut out = Vec::with_capacity(text.len() + value.len() + 64);
    out.extend_from_slice(text.get(..inside).unwrap_or(text));
    for (level, name) in path.iter().enumerate() {
        if level > 0 {
            out.push(b'{');
        }
        text::append_string(&mut out, name);
        out.push(b':');
    }
    out.extend_from_slice(value);
    out.resize(out.len() + path.len().saturating_sub(1), b'}');
    if members::members(text, start).next().is_some() {
        out.push(b',');
    }
    out.extend_from_slice(text.get(inside..).unwrap_or(&[]));
    out
}

/// The text without the member at `place`, and without the comma that goes with
/// it.
pub(super) fn remove(text: &[u8], place: &Place) -> Vec<u8> {
    let space = |byte: &u8| matches!(byte, b' ' | b'\n' | b'\r' | b'\t');
    let (head, tail) = (
        text.get(..place.member.start).unwrap_or(&[]),
        text.get(place.member.end..).unwrap_or(&[]),
    );
    let comma_after = tail.iter().position(|byte| !space(byte));
    if let Some(at) = comma_after.filter(|at| tail.get(*at) == Some(&b',')) {
        return [head, tail.get(at + 1..).unwrap_or(&[])].concat();
    }
    let before = head.iter().rposition(|byte| !space(byte));
    let head = match before.filter(|at| head.get(*at) == Some(&b',')) {
        Some(comma) => head.get(..comma).unwrap_or(&[]),
        None => head,
    };
    [head, tail].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_in_comes_out_again() {
        for text in [
            "{}",
            "{ }",
            r#"{"a":1}"#,
            "{ \"a\" : [1] ,\n\"b\":{} }",
            r#"{"m":{"x":{}}}"#,
        ] {
            let text = text.as_bytes();
            let with = insert_first(text, 0, &["m2"], b"{\"v\":1}");
            assert!(serde_json::from_slice::<serde_json::Value>(&with).is_ok());
            let place = find(&with, 0, &["m2"]).unwrap().unwrap();
            assert_eq!(&with[place.value.clone()], b"{\"v\":1}");
            assert_eq!(remove(&with, &place), text);
        }
        let nested = insert_first(b"[{\"a\":1}]", 1, &["x", "y"], b"2");
        assert_eq!(nested, br#"[{"x":{"y":2},"a":1}]"#);
    }

    #[test]
    fn a_member_is_removed_from_every_place() {
        for (text, expected) in [
            (r#"{"m":1}"#, "{}"),
            (r#"{ "m" : 1 }"#, "{  }"),
            (r#"{"m":1,"a":2}"#, r#"{"a":2}"#),
            (r#"{"a":2,"m":1}"#, r#"{"a":2}"#),
            (r#"{"a":2 , "m":1 , "b":3}"#, r#"{"a":2 ,  "b":3}"#),
            (r#"{"a":2 , "m":1 }"#, r#"{"a":2  }"#),
        ] {
            let place = find(text.as_bytes(), 0, &["m"]).unwrap().unwrap();
            assert_eq!(
                remove(text.as_bytes(), &place),
                expected.as_bytes(),
                "{text}"
            );
        }
        assert!(find(br#"{"M":1}"#, 0, &["m"]).is_err());
        assert!(find(br#"{"n":{"m":1}}"#, 0, &["m"]).unwrap().is_none());
    }
}
