//! HKDF with SHA-256 (RFC 5869): a key for one purpose out of a secret.

use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::crypto::wiped_stack;
use crate::error::{Error, ErrorKind, Result};

/// A key of `N` bytes derived from the secret `ikm`, for the purpose that `info`
/// names; [`ErrorKind::InvalidArgument`] for more than 8160 bytes.
pub fn derive<const N: usize>(
    ikm: &[u8],
    salt: &[u8],
    info: &[u8],
) -> Result<Box<Zeroizing<[u8; N]>>> {
    wiped_stack::run(|| {
        let mut key = Box::new(Zeroizing::new([0; N]));
        Hkdf::<Sha256>::new(Some(salt), ikm)
            .expand(info, key.as_mut_slice())
            .map_err(|_| {
                Error::new(
                    ErrorKind::InvalidArgument,
                    "derived key",
                    "it may be at most 8160 bytes long",
                )
            })?;
        Ok(key)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoding::hex;

    #[test]
    fn the_examples_of_the_rfc() {
        // RFC 5869 appendix A.1 and A.3.
        let ikm = [0x0b; 22];
        let salt: [u8; 13] = std::array::from_fn(|i| i as u8);
        let info: [u8; 10] = std::array::from_fn(|i| 0xf0 + i as u8);
        let key = derive::<42>(&ikm, &salt, &info).unwrap();
        assert_eq!(
            hex::encode(key.as_slice()),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"
        );
        let key = derive::<42>(&ikm, &[], &[]).unwrap();
        assert_eq!(
            hex::encode(key.as_slice()),
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"
        );
    }

    #[test]
    fn what_cannot_be_derived_is_refused() {
        assert!(derive::<8160>(b"secret", b"", b"").is_ok());
        let error = derive::<8161>(b"secret", b"", b"").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    }
}
