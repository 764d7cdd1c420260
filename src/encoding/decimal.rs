//! Unsigned decimal numbers with exactly one text each: no sign, no leading
//! zero, no white space.

/// Reads a number of at most 64 bits; `None` when the text is anything else.
pub fn parse_u64(text: &str) -> Option<u64> {
    let digits = text.as_bytes();
    let canonical = match digits {
        [b'0', _, ..] => false,
        _ => digits.iter().all(u8::is_ascii_digit),
    };
    if canonical { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_canonical_text_is_read() {
        for value in [0, 1, 10, 256, u64::MAX] {
            assert_eq!(parse_u64(&value.to_string()), Some(value));
        }
        for text in ["", "00", "01", "+1", "-1", " 1", "1 ", "1_0", "0x1", "١"] {
            assert_eq!(parse_u64(text), None, "{text}");
        }
        assert_eq!(parse_u64("18446744073709551616"), None);
        assert_eq!(parse_u64(&"9".repeat(100)), None);
    }
}
