//! Lower-case hexadecimal, as it stands in hashes, ids and nonces.

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// The lower-case hexadecimal text of `bytes`.
pub fn encode(bytes: &[u8]) -> String {
    let mut text = Vec::with_capacity(bytes.len() * 2);
    append(&mut text, bytes);
    String::from_utf8(text).unwrap_or_default()
}

/// Appends the lower-case hexadecimal text of `bytes`.
pub fn append(out: &mut Vec<u8>, bytes: &[u8]) {
    let digits = |byte: &u8| {
        [
            DIGITS[usize::from(byte >> 4)],
            DIGITS[usize::from(byte & 15)],
        ]
    };
    out.extend(bytes.iter().flat_map(digits));
}

/// Reads `N` bytes from exactly `2 * N` lower-case digits.
pub fn decode<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    if text.len() != N * 2 {
        return None;
    }
    let mut bytes = [0; N];
    // Which digit comes next is anybody's guess, so nothing branches on it.
    let mut seen = 0;
    for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
        let (high, low) = (VALUES[usize::from(pair[0])], VALUES[usize::from(pair[1])]);
        seen |= high | low;
        *byte = high << 4 | low & 15;
    }
    (seen < 16).then_some(bytes)
}

/// What each byte is worth as a digit; 255 when it is none.
const VALUES: [u8; 256] = {
    let mut values = [255; 256];
    let mut value = 0;
    while value < 16 {
        values[DIGITS[value] as usize] = value as u8;
        value += 1;
    }
    values
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trips_and_refuses_upper_case() {
        assert_eq!(encode(&[0x00, 0xff, 0x1a]), "00ff1a");
        assert_eq!(decode(b"00ff1a"), Some([0x00, 0xff, 0x1a]));
        assert_eq!(decode::<1>(b"FF"), None);
        assert_eq!(decode::<1>(b"fff"), None);
    }
}
