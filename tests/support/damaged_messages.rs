//! Honest messages with a few bytes changed: what readers make of those differs.

use super::documents::Documents;

/// An honest call with a few bytes changed, sometimes in a batch with a second one.
pub fn damaged(random: &mut Documents, mut bytes: Vec<u8>, second: &[u8]) -> Vec<u8> {
    const PIECES: &[&str] = &[
        "\"",
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        " ",
        "\\",
        "\\u0000",
        "\n",
        "\r",
        "1e999",
        "null",
        "\"method\":\"tools/call\",",
        "\"Method\":\"ping\",",
        "\"name\":\"delete_all\",",
        "\"Name\":\"delete_all\",",
        "\"id\":2,",
        "\"_meta\":{},",
        "\u{feff}",
        "\u{2028}",
        "0",
    ];
    if random.below(6) == 0 {
        bytes = [b"[".as_slice(), &bytes, b",", second, b"]"].concat();
    }
    for _ in 0..random.below(3) {
        let at = random.below(bytes.len() as u64) as usize;
        match random.below(4) {
            0 => drop(bytes.remove(at)),
            1 => bytes[at] ^= 1 << random.below(8),
            _ => {
                let piece = PIECES[random.below(PIECES.len() as u64) as usize];
                bytes.splice(at..at, piece.bytes());
            }
        }
    }
    bytes
}
