//! Ids and nonces: `rec_` and 32 hex digits of the signature's hash, `rnd_` and
//! 32 hex digits of randomness.

use crate::crypto::digest;
use crate::crypto::ed25519::SignatureBytes;
use crate::encoding::hex;

/// How many random bytes a nonce holds.
pub const NONCE_LEN: usize = 16;

/// Appends the id that derives from a signature.
pub(super) fn append_receipt_id(out: &mut Vec<u8>, signature: &SignatureBytes) {
    let digest = digest::sha256(signature);
    let (half, _) = digest.split_at(16);
    out.extend_from_slice(b"rec_");
    hex::append(out, half);
}

/// Appends the text of a nonce.
pub(super) fn append_nonce(out: &mut Vec<u8>, nonce: &[u8; NONCE_LEN]) {
    out.extend_from_slice(b"rnd_");
    hex::append(out, nonce);
}
