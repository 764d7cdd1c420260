//! JSON strings: finding where plain text ends, escapes, and the order of
//! UTF-16 code units.

use std::borrow::Cow;

/// Why an escape cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadEscape {
    /// Not one of the escapes of RFC 8259 section 7.
    Malformed,
    /// A surrogate without its other half.
    LoneSurrogate,
}

/// How many bytes from the start need no attention inside a JSON string: up to
/// the first quote, backslash or control character.
///
/// Strings are most of what gets signed, so this search decides the speed of
/// everything: word by word for the short ones, and by vectors once a string
/// has turned out to be long.
#[inline]
pub fn plain_run(bytes: &[u8]) -> usize {
    match bytes.first_chunk::<8>() {
        Some(word) => match marks_of_special_bytes(*word) {
            0 => plain_run_from(bytes, 8),
            marks => (marks.trailing_zeros() / 8) as usize,
        },
        None => plain_run_from(bytes, 0),
    }
}

/// The same, where the first `run` bytes are known to be plain.
#[inline(never)]
fn plain_run_from(bytes: &[u8], mut run: usize) -> usize {
    let mut rest = bytes.get(run..).unwrap_or(&[]);
    while let Some((word, after)) = rest.split_first_chunk::<8>() {
        match marks_of_special_bytes(*word) {
            0 => run += 8,
            marks => return run + (marks.trailing_zeros() / 8) as usize,
        }
        rest = after;
        if run >= LONG_STRING {
            let (blocks, _) = rest.as_chunks::<LONG_STRING>();
            let plain = blocks.iter().take_while(|block| is_plain(block)).count() * LONG_STRING;
            run += plain;
            rest = rest.get(plain..).unwrap_or(&[]);
        }
    }
    let plain = |byte: &&u8| **byte != b'"' && **byte != b'\\' && **byte >= 0x20;
    run + rest.iter().take_while(plain).count()
}

/// A mark in the high bit of every byte that needs attention. A borrow may mark
/// a later byte wrongly, but never the first.
#[inline]
fn marks_of_special_bytes(word: [u8; 8]) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    let word = u64::from_le_bytes(word);
    let quote = (word ^ (ONES * 0x22)).wrapping_sub(ONES) & !(word ^ (ONES * 0x22));
    let backslash = (word ^ (ONES * 0x5c)).wrapping_sub(ONES) & !(word ^ (ONES * 0x5c));
    let control = word.wrapping_sub(ONES * 0x20) & !word;
    (quote | backslash | control) & HIGHS
}

/// From how many bytes on a string is searched by vectors.
const LONG_STRING: usize = 32;

/// Without a branch per byte, so that the compiler makes vectors of it.
#[inline]
fn is_plain(block: &[u8; LONG_STRING]) -> bool {
    let special = block.iter().fold(0, |found, &byte| {
        found | u8::from(byte == b'"') | u8::from(byte == b'\\') | u8::from(byte < 0x20)
    });
    special == 0
}

/// Reads the escape at the start of `bytes` (which begins with a backslash):
/// the character and how many bytes it takes, a surrogate pair being one.
pub fn read_escape(bytes: &[u8]) -> Result<(char, usize), BadEscape> {
    let character = match bytes.get(1) {
        Some(b'"') => '"',
        Some(b'\\') => '\\',
        Some(b'/') => '/',
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'u') => return read_unicode_escape(bytes),
        _ => return Err(BadEscape::Malformed),
    };
    Ok((character, 2))
}

fn read_unicode_escape(bytes: &[u8]) -> Result<(char, usize), BadEscape> {
    let unit = hex_unit(bytes).ok_or(BadEscape::Malformed)?;
    if let Some(character) = char::from_u32(unit) {
        return Ok((character, 6));
    }
    if unit >= 0xdc00 {
        return Err(BadEscape::LoneSurrogate);
    }
    let low = bytes.get(6..).and_then(hex_unit);
    match low {
        Some(low @ 0xdc00..=0xdfff) => {
            let code = 0x1_0000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
            let character = char::from_u32(code).ok_or(BadEscape::LoneSurrogate)?;
            Ok((character, 12))
        }
        _ => Err(BadEscape::LoneSurrogate),
    }
}

/// The code unit of a `\uXXXX` at the start of `bytes`.
fn hex_unit(bytes: &[u8]) -> Option<u32> {
    let digits = bytes.strip_prefix(b"\\u")?.get(..4)?;
    let mut unit = 0;
    for &digit in digits {
        unit = unit << 4 | char::from(digit).to_digit(16)?;
    }
    Some(unit)
}

/// Appends a character as RFC 8785 section 3.2.2.2 writes it in a string.
pub fn append_escaped(out: &mut Vec<u8>, character: char) {
    let short = match character {
        '"' => b'"',
        '\\' => b'\\',
        '\u{8}' => b'b',
        '\u{c}' => b'f',
        '\n' => b'n',
        '\r' => b'r',
        '\t' => b't',
        '\0'..='\u{1f}' => {
            out.extend_from_slice(b"\\u00");
            crate::encoding::hex::append(out, &[character as u8]);
            return;
        }
        _ => {
            let mut buffer = [0; 4];
            out.extend_from_slice(character.encode_utf8(&mut buffer).as_bytes());
            return;
        }
    };
    out.extend_from_slice(&[b'\\', short]);
}

/// Appends a text as a canonical JSON string, with its quotes.
pub fn append_string(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    let mut rest = text;
    while !rest.is_empty() {
        let run = plain_run(rest.as_bytes());
        let (plain, special) = rest.split_at(run);
        out.extend_from_slice(plain.as_bytes());
        let mut characters = special.chars();
        if let Some(character) = characters.next() {
            append_escaped(out, character);
        }
        rest = characters.as_str();
    }
    out.push(b'"');
}

/// A text as a canonical JSON string, with its quotes.
pub fn quoted(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len() + 2);
    append_string(&mut out, text);
    String::from_utf8(out).unwrap_or_default()
}

/// The text of the inside of a valid JSON string (without its quotes);
/// borrowed when nothing is escaped.
pub fn unescape(inside: &[u8]) -> Cow<'_, str> {
    if !inside.contains(&b'\\') {
        return String::from_utf8_lossy(inside);
    }
    let mut text = Vec::with_capacity(inside.len());
    let mut at = 0;
    while let Some(&byte) = inside.get(at) {
        if byte == b'\\' {
            // The text was checked when it was read.
            let (character, length) = read_escape(&inside[at..]).unwrap_or(('\u{fffd}', 2));
            let mut buffer = [0; 4];
            text.extend_from_slice(character.encode_utf8(&mut buffer).as_bytes());
            at += length;
        } else {
            text.push(byte);
            at += 1;
        }
    }
    Cow::Owned(String::from_utf8_lossy(&text).into_owned())
}

/// The UTF-16 code units of the inside of a valid JSON string.
pub fn utf16_units(inside: &[u8]) -> impl Iterator<Item = u16> + '_ {
    let text = unescape(inside);
    let mut at = 0;
    let mut low = None;
    std::iter::from_fn(move || {
        if let Some(unit) = low.take() {
            return Some(unit);
        }
        let character = text.get(at..)?.chars().next()?;
        at += character.len_utf8();
        let mut units = [0; 2];
        let units = character.encode_utf16(&mut units);
        low = units.get(1).copied();
        Some(units[0])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_run_ends_where_a_byte_by_byte_search_ends() {
        for special in [b'"', b'\\', 0x00, 0x1f, b'\n'] {
            for ordinary in [b' ', b'!', b'#', b'[', b']', 0x7f, 0x80, 0xa2, 0xdc, 0xff] {
                for length in 0..24 {
                    for place in 0..=length {
                        let mut bytes = vec![ordinary; length];
                        bytes.insert(place, special);
                        bytes.push(b'"');
                        assert_eq!(plain_run(&bytes), place);
                    }
                }
            }
        }
        assert_eq!(plain_run(b"abcdefghij"), 10);
        for length in 0..150 {
            let mut bytes = vec![b'a'; length];
            assert_eq!(plain_run(&bytes), length);
            bytes.extend_from_slice(b"\"a\"");
            assert_eq!(plain_run(&bytes), length);
        }
    }

    #[test]
    fn escapes_round_trip() {
        for text in [
            "",
            "plain",
            "a\"b\\c/\u{8}\u{c}\n\r\t\u{1}\u{1f}\u{7f}",
            "é€😀\u{2028}",
        ] {
            let mut quoted = Vec::new();
            append_string(&mut quoted, text);
            assert_eq!(unescape(&quoted[1..quoted.len() - 1]), text);
        }
        assert_eq!(unescape(br"\ud83d\ude00\u0041"), "😀A");
    }

    #[test]
    fn surrogates_must_pair() {
        for (escape, expected) in [
            (r"\ud800", BadEscape::LoneSurrogate),
            (r"\udc00\ud800", BadEscape::LoneSurrogate),
            (r"\ud83dx", BadEscape::LoneSurrogate),
            (r"\ud83d\u0041", BadEscape::LoneSurrogate),
            (r"\ud83d\u", BadEscape::LoneSurrogate),
            (r"\u12g4", BadEscape::Malformed),
            (r"\u+123", BadEscape::Malformed),
            (r"\x41", BadEscape::Malformed),
            (r"\", BadEscape::Malformed),
        ] {
            assert_eq!(read_escape(escape.as_bytes()), Err(expected), "{escape}");
        }
    }

    #[test]
    fn units_order_astral_characters_before_the_private_use_area() {
        let astral: Vec<u16> = utf16_units("😀".as_bytes()).collect();
        let private: Vec<u16> = utf16_units("\u{fb33}".as_bytes()).collect();
        assert_eq!(astral, [0xd83d, 0xde00]);
        assert!(astral < private);
    }
}
