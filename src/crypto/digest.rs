//! SHA-256 (FIPS 180-4), and its `sha256:` text form.

use sha2::{Digest, Sha256};

/// The length of a SHA-256 digest in bytes.
pub const SHA256_LEN: usize = 32;

/// The SHA-256 digest of `bytes`.
pub fn sha256(bytes: &[u8]) -> [u8; SHA256_LEN] {
    Sha256::digest(bytes).into()
}

/// The SHA-256 digest of the concatenation of `parts`.
pub fn sha256_of_parts<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> [u8; SHA256_LEN] {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize().into()
}

/// A SHA-256 digest of bytes that come piece by piece.
pub struct Sha256Stream(Sha256);

impl Sha256Stream {
    /// The digest of nothing yet.
    #[allow(clippy::new_without_default)]
    pub fn new() -> Sha256Stream {
        Sha256Stream(Sha256::new())
    }

    /// Takes the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest of everything taken.
    pub fn finish(self) -> [u8; SHA256_LEN] {
        self.0.finalize().into()
    }
}
