//! Strict standard base64 (RFC 4648 section 4): padded, canonical, no white
//! space, so that every byte string has exactly one text.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

/// The base64 text of `bytes`.
pub fn encode(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Appends the base64 text of `bytes`.
pub fn append(out: &mut Vec<u8>, bytes: &[u8]) {
    let start = out.len();
    out.resize(start + bytes.len().div_ceil(3) * 4, 0);
    // The buffer has exactly the size of the text, so this cannot fail.
    let _ = STANDARD.encode_slice(bytes, &mut out[start..]);
}

/// Reads a text of any length; `None` when it is not strict base64.
pub fn decode(text: &[u8]) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

/// Reads exactly `N` bytes; `None` when the text is anything else. The bytes
/// are wiped when dropped, because seeds come this way too.
pub fn decode_array<const N: usize>(text: &[u8]) -> Option<Zeroizing<[u8; N]>> {
    if text.len() != N.div_ceil(3) * 4 {
        return None;
    }
    // The engine wants room for whole groups of three bytes.
    let mut buffer = Zeroizing::new([0u8; 99]);
    let room = buffer.get_mut(..N.div_ceil(3) * 3)?;
    let length = STANDARD.decode_slice(text, room).ok()?;
    let mut bytes = Zeroizing::new([0; N]);
    if length != N {
        return None;
    }
    bytes.copy_from_slice(&buffer[..N]);
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_canonical_text_is_read() {
        let key = [7u8; 32];
        let text = encode(&key);
        assert_eq!(text.len(), 44);
        assert_eq!(decode_array::<32>(text.as_bytes()).as_deref(), Some(&key));
        assert_eq!(decode_array::<32>(&text.as_bytes()[..43]), None);
        assert_eq!(decode_array::<31>(text.as_bytes()), None);
        // Stray bits after the last byte, white space, the URL alphabet.
        assert_eq!(decode(b"AB=="), None);
        assert_eq!(decode(b"AA==\n"), None);
        assert_eq!(decode(b"_-A="), None);
        let mut appended = b"x".to_vec();
        append(&mut appended, &key);
        assert_eq!(&appended[1..], text.as_bytes());
        assert_eq!(
            decode_array::<64>(encode(&[9; 64]).as_bytes()).as_deref(),
            Some(&[9; 64])
        );
    }
}
