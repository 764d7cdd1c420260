//! XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03): sealing with a key.
//!
//! The nonce is long enough to be drawn at random for every message.

use chacha20poly1305::aead::inout::InOutBuf;
use chacha20poly1305::{AeadInOut, KeyInit, XChaCha20Poly1305};
use zeroize::Zeroizing;

use crate::error::{Error, ErrorKind, Result};

/// The length of a key in bytes.
pub const KEY_LEN: usize = 32;
/// The length of a nonce in bytes.
pub const NONCE_LEN: usize = 24;
/// How many bytes longer the sealed text is than the plain one.
pub const TAG_LEN: usize = 16;

/// Encrypts `plaintext` and binds `aad` to it: the ciphertext, then the tag.
///
/// A nonce must never be used twice with one key.
pub fn seal(
    key: &[u8; KEY_LEN],
    nonce: &[u8; NONCE_LEN],
    aad: &[u8],
    plaintext: &[u8],
) -> Result<Vec<u8>> {
    let mut sealed = Vec::with_capacity(plaintext.len().saturating_add(TAG_LEN));
    sealed.extend_from_slice(plaintext);
    let tag = XChaCha20Poly1305::new(key.into())
        .encrypt_inout_detached(nonce.into(), aad, InOutBuf::from(sealed.as_mut_slice()))
        .map_err(|_| {
            Error::new(
                ErrorKind::TooLarge,
                "plaintext",
                "it is too long for one seal",
            )
        })?;
    sealed.extend_from_slice(&tag);
    Ok(sealed)
}

/// Decrypts what [`seal`] made; `None` when the key, the nonce, `aad` or any
/// bit of `sealed` differs. The plaintext is wiped when dropped.
pub fn open(
    key: &[u8; KEY_LEN],
    nonce: &[u8; NONCE_LEN],
    aad: &[u8],
    sealed: &[u8],
) -> Option<Zeroizing<Vec<u8>>> {
    let (ciphertext, tag) = sealed.split_last_chunk::<TAG_LEN>()?;
    let mut plaintext = Zeroizing::new(ciphertext.to_vec());
    XChaCha20Poly1305::new(key.into())
        .decrypt_inout_detached(
            nonce.into(),
            aad,
            InOutBuf::from(plaintext.as_mut_slice()),
            tag.into(),
        )
        .ok()?;
    Some(plaintext)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoding::hex;

    const TEXT: &[u8] = b"Ladies and Gentlemen of the class of '99: If I could offer you only \
                          one tip for the future, sunscreen would be it.";

    fn inputs() -> ([u8; KEY_LEN], [u8; NONCE_LEN], [u8; 12]) {
        let counting = |first: u8| move |i: usize| first + i as u8;
        (
            std::array::from_fn(counting(0x80)),
            std::array::from_fn(counting(0x40)),
            hex::decode(b"50515253c0c1c2c3c4c5c6c7").unwrap(),
        )
    }

    #[test]
    fn the_example_of_the_draft() {
        // draft-irtf-cfrg-xchacha-03 appendix A.3.1.
        let (key, nonce, aad) = inputs();
        let sealed = seal(&key, &nonce, &aad, TEXT).unwrap();
        assert_eq!(
            hex::encode(&sealed),
            "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb\
             731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6708c54c216cb96b72e1213b452\
             2f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff9\
             21f9664c97637da9768812f615c68b13b52e\
             c0875924c1c7987947deafd8780acf49"
        );
        assert_eq!(open(&key, &nonce, &aad, &sealed).unwrap().as_slice(), TEXT);
    }

    #[test]
    fn any_difference_is_refused() {
        let (key, nonce, aad) = inputs();
        let sealed = seal(&key, &nonce, &aad, TEXT).unwrap();
        for bit in 0..sealed.len() * 8 {
            let mut altered = sealed.clone();
            altered[bit / 8] ^= 1 << (bit % 8);
            assert!(open(&key, &nonce, &aad, &altered).is_none(), "bit {bit}");
        }
        for length in 0..sealed.len() {
            assert!(open(&key, &nonce, &aad, &sealed[..length]).is_none());
        }
        assert!(open(&[0; KEY_LEN], &nonce, &aad, &sealed).is_none());
        assert!(open(&key, &[0; NONCE_LEN], &aad, &sealed).is_none());
        assert!(open(&key, &nonce, &aad[1..], &sealed).is_none());
    }
}
