//! Finding the members of an object in a JSON text that has already been
//! checked.
//!
//! Signed objects are used as slices of their canonical text: nothing is parsed
//! into a tree and nothing is written twice. The text must have passed
//! [`jcs`](crate::encoding::jcs); on any other text the answers are meaningless
//! but never a panic.

use std::ops::Range;

use crate::encoding::text;

/// A member of an object, as places in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member<'a> {
    /// Where the quoted name starts in the text.
    pub start: usize,
    /// The inside of the quoted name, escapes as they stand.
    pub name: &'a [u8],
    /// Where the value stands in the text.
    pub value: Range<usize>,
}

impl Member<'_> {
    /// Whether the name means `expected`, however it is escaped.
    pub fn is_named(&self, expected: &str) -> bool {
        self.name == expected.as_bytes()
            || (self.name.contains(&b'\\') && text::unescape(self.name) == expected)
    }
}

/// The members of the object that starts at `start`, in the order of the text;
/// none when no object starts there.
pub fn members(text: &[u8], start: usize) -> Members<'_> {
    let at = match text.get(start) {
        Some(b'{') => start + 1,
        _ => text.len(),
    };
    Members { text, at }
}

/// The elements of the array that starts at `start`; none when no array starts
/// there.
pub fn elements(text: &[u8], start: usize) -> Elements<'_> {
    let at = match text.get(start) {
        Some(b'[') => start + 1,
        _ => text.len(),
    };
    Elements { text, at }
}

/// The value of the first member named `name` of the object at `start`.
pub fn find(text: &[u8], start: usize, name: &str) -> Option<Range<usize>> {
    members(text, start)
        .find(|member| member.is_named(name))
        .map(|member| member.value)
}

/// Where the text's own value starts.
pub fn root(text: &[u8]) -> usize {
    skip_white_space(text, 0)
}

/// The text of the string value at `range`, when it is a string.
pub fn string_at(text: &[u8], range: Range<usize>) -> Option<std::borrow::Cow<'_, str>> {
    let inside = text.get(range)?.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    Some(text::unescape(inside))
}

/// Iterator of [`members`].
pub struct Members<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Iterator for Members<'a> {
    type Item = Member<'a>;

    fn next(&mut self) -> Option<Member<'a>> {
        let start = skip_separator(self.text, self.at);
        if self.text.get(start) != Some(&b'"') {
            self.at = self.text.len();
            return None;
        }
        let end = end_of_string(self.text, start);
        let name = self.text.get(start + 1..end.saturating_sub(1))?;
        let colon = skip_white_space(self.text, end);
        let value = skip_white_space(self.text, colon + 1);
        self.at = end_of_value(self.text, value);
        Some(Member {
            start,
            name,
            value: value..self.at,
        })
    }
}

/// Iterator of [`elements`].
pub struct Elements<'a> {
    text: &'a [u8],
    at: usize,
}

impl Iterator for Elements<'_> {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Range<usize>> {
        let start = skip_separator(self.text, self.at);
        if matches!(self.text.get(start), None | Some(b']')) {
            self.at = self.text.len();
            return None;
        }
        self.at = end_of_value(self.text, start);
        Some(start..self.at)
    }
}

fn skip_separator(text: &[u8], at: usize) -> usize {
    let at = skip_white_space(text, at);
    match text.get(at) {
        Some(b',') => skip_white_space(text, at + 1),
        _ => at,
    }
}

fn skip_white_space(text: &[u8], mut at: usize) -> usize {
    while let Some(b' ' | b'\n' | b'\r' | b'\t') = text.get(at) {
        at += 1;
    }
    at
}

/// The place after the value that starts at `start`.
fn end_of_value(text: &[u8], start: usize) -> usize {
    match text.get(start) {
        Some(b'"') => end_of_string(text, start),
        Some(b'{' | b'[') => end_of_container(text, start),
        _ => {
            let rest = text.get(start..).unwrap_or(&[]);
            let scalar = rest.iter().take_while(|byte| {
                !matches!(byte, b',' | b'}' | b']' | b' ' | b'\n' | b'\r' | b'\t')
            });
            start + scalar.count()
        }
    }
}

fn end_of_string(text: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    loop {
        let rest = text.get(at..).unwrap_or(&[]);
        at += text::plain_run(rest);
        match text.get(at) {
            Some(b'"') => return at + 1,
            Some(b'\\') => at += 2,
            Some(_) => at += 1,
            None => return text.len(),
        }
    }
}

fn end_of_container(text: &[u8], start: usize) -> usize {
    let mut at = start;
    let mut depth = 0_usize;
    while let Some(&byte) = text.get(at) {
        match byte {
            b'"' => {
                at = end_of_string(text, at);
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
        at += 1;
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_and_elements_are_found_through_white_space_and_escapes() {
        let text = br#" { "a\u0062" : [ 1 , "x,]\"" , {"c":{}} ] , "d":-1e5,"e" : null } "#;
        let found: Vec<(bool, &[u8])> = members(text, root(text))
            .map(|member| (member.is_named("ab"), &text[member.value.clone()]))
            .collect();
        assert_eq!(
            found,
            [
                (true, br#"[ 1 , "x,]\"" , {"c":{}} ]"#.as_slice()),
                (false, b"-1e5"),
                (false, b"null"),
            ]
        );
        let array = find(text, root(text), "ab").unwrap();
        let items: Vec<&[u8]> = elements(text, array.start)
            .map(|item| &text[item])
            .collect();
        assert_eq!(items, [b"1".as_slice(), br#""x,]\"""#, br#"{"c":{}}"#]);
        assert_eq!(string_at(b"\"a\\nb\"", 0..6).unwrap(), "a\nb");
        assert_eq!(members(b"{}", 0).count() + elements(b"[]", 0).count(), 0);
    }

    #[test]
    fn unchecked_text_never_panics() {
        let text = br#"{"a":{"b":["c\u0064",1,true]},"e":"f"}"#;
        for end in 0..text.len() {
            for start in 0..end {
                let cut = &text[start..end];
                for member in members(cut, 0) {
                    let _ = string_at(cut, member.value);
                }
                let _ = elements(cut, 0).count();
            }
        }
    }
}
