//! Texts for people: JSON over several lines, and names that cannot play tricks
//! on a terminal.

use std::borrow::Cow;

use crate::terminal::steers;

/// Canonical JSON with line breaks and two spaces a level. Numbers and texts stay
/// as they are, digit for digit.
pub fn indented(canonical: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(canonical.len().saturating_mul(2));
    let (mut depth, mut in_text, mut escaped) = (0_usize, false, false);
    let mut before = 0;
    for (at, &byte) in canonical.iter().enumerate() {
        if in_text {
            out.push(byte);
            in_text = byte != b'"' || escaped;
            escaped = byte == b'\\' && !escaped;
            continue;
        }
        match byte {
            b'"' => {
                in_text = true;
                out.push(byte);
            }
            b'{' | b'[' => {
                out.push(byte);
                depth += 1;
                let empty = matches!(canonical.get(at + 1), Some(b'}' | b']'));
                if !empty {
                    new_line(&mut out, depth);
                }
            }
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                if !matches!(before, b'{' | b'[') {
                    new_line(&mut out, depth);
                }
                out.push(byte);
            }
            b',' => {
                out.push(byte);
                new_line(&mut out, depth);
            }
            b':' => out.extend_from_slice(b": "),
            _ => out.push(byte),
        }
        before = byte;
    }
    out
}

fn new_line(out: &mut Vec<u8>, depth: usize) {
    out.push(b'\n');
    out.resize(out.len() + 2 * depth, b' ');
}

/// A text of somebody else's for a line of ours: what would steer a terminal, or
/// turn the line around, is shown as an escape.
pub fn plain(text: &str) -> Cow<'_, str> {
    if !text.contains(steers) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match steers(c) {
            true => out.extend(c.escape_default()),
            false => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// The first characters of a text, at most so many.
pub fn start_of(text: &str, characters: usize) -> &str {
    match text.char_indices().nth(characters) {
        Some((end, _)) => text.get(..end).unwrap_or(text),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indented_is_what_serde_json_prints() {
        let text = br#"{"a":[],"b":{},"c":[1,{"x":"[\"{,:"},null,"\\"],"d":{"e":[[]]}}"#;
        let value: serde_json::Value = serde_json::from_slice(text).unwrap();
        let expected = serde_json::to_string_pretty(&value).unwrap();
        assert_eq!(String::from_utf8(indented(text)).unwrap(), expected);
        assert_eq!(indented(b"1e+21"), b"1e+21");
    }

    #[test]
    fn a_name_does_not_steer_the_terminal() {
        assert_eq!(plain("bot \u{e9}"), "bot \u{e9}");
        assert_eq!(plain("a\u{1b}[2Jb\n\u{202e}c"), "a\\u{1b}[2Jb\\n\\u{202e}c");
        assert_eq!(start_of("äöü", 2), "äö");
        assert_eq!(start_of("ä", 2), "ä");
    }
}
