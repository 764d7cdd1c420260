//! Ed25519 (RFC 8032): sign with an expanded key, verify strictly.
//!
//! Verification decides exactly like `verify_strict` of ed25519-dalek: S must
//! be reduced, R is compared as bytes, and neither R nor the public key may be
//! of small order. It gets there by a cheaper road (see [`PublicKey::verify`]).

use std::fmt;

use curve25519_dalek::edwards::EdwardsPoint;
use ed25519_dalek::hazmat::{ExpandedSecretKey, raw_sign, raw_verify};
use ed25519_dalek::{Signature as DalekSignature, VerifyingKey};
use sha2::Sha512;
use zeroize::{Zeroize, Zeroizing};

use crate::error::{Error, ErrorKind, Result};

/// The length of a secret seed in bytes.
pub const SEED_LEN: usize = 32;
/// The length of a public key in bytes.
pub const PUBLIC_KEY_LEN: usize = 32;
/// The length of a signature in bytes.
pub const SIGNATURE_LEN: usize = 64;

/// The raw bytes of a signature: R then S.
pub type SignatureBytes = [u8; SIGNATURE_LEN];

/// A public key: decompressed once, of full order, canonically encoded.
#[derive(Clone, Copy)]
pub struct PublicKey {
    key: VerifyingKey,
}

impl PublicKey {
    /// Reads the 32 bytes of RFC 8032 section 5.1.5.
    ///
    /// Refuses what the published Signet lets through: encodings that are not
    /// reduced modulo p, and points of small order, under which a signature
    /// that fits every message can be made without any secret.
    pub fn from_bytes(bytes: &[u8; PUBLIC_KEY_LEN]) -> Result<PublicKey> {
        let key = VerifyingKey::from_bytes(bytes).map_err(|_| {
            Error::new(
                ErrorKind::KeyInvalid,
                "public key",
                "the bytes are not a point on the curve",
            )
        })?;
        if key.is_weak() {
            return Err(Error::new(
                ErrorKind::KeyWeak,
                "public key",
                "the point has small order, so anybody could sign for it",
            ));
        }
        if !is_reduced(bytes) {
            return Err(Error::new(
                ErrorKind::KeyInvalid,
                "public key",
                "the encoding is not canonical",
            ));
        }
        Ok(PublicKey { key })
    }

    /// Reads a slice that must hold exactly 32 bytes.
    pub fn from_slice(bytes: &[u8]) -> Result<PublicKey> {
        let bytes: &[u8; PUBLIC_KEY_LEN] = bytes.try_into().map_err(|_| {
            Error::new(
                ErrorKind::KeyInvalid,
                "public key",
                format!("{} bytes given where 32 are needed", bytes.len()),
            )
        })?;
        PublicKey::from_bytes(bytes)
    }

    /// The 32 bytes of the key.
    pub fn as_bytes(&self) -> &[u8; PUBLIC_KEY_LEN] {
        self.key.as_bytes()
    }

    /// The point on the curve.
    pub(super) fn point(&self) -> EdwardsPoint {
        self.key.into()
    }

    /// Checks a signature strictly.
    ///
    /// The equation compares the bytes of R with the canonical encoding of a
    /// computed point. Decompressing R, which `verify_strict` does, could
    /// therefore only reveal that R has small order, and just eight canonical
    /// encodings do: looking them up is cheaper than a square root.
    ///
    /// S is compared with the order of the group here, because ed25519-dalek
    /// stops doing so in a program where any crate switches its feature
    /// `legacy_compatibility` on.
    pub fn verify(&self, message: &[u8], signature: &SignatureBytes) -> Result<()> {
        let (r, s) = signature.split_at(32);
        let sound = is_below_order(s)
            && !SMALL_ORDER_POINTS.iter().any(|point| point == r)
            && raw_verify::<Sha512>(&self.key, message, &DalekSignature::from_bytes(signature))
                .is_ok();
        if sound {
            Ok(())
        } else {
            Err(Error::new(
                ErrorKind::SignatureInvalid,
                "signature",
                "it does not verify under the key",
            ))
        }
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &PublicKey) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for PublicKey {}

impl std::hash::Hash for PublicKey {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.as_bytes().hash(state);
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "PublicKey({})",
            crate::encoding::hex::encode(self.as_bytes())
        )
    }
}

/// A secret key, expanded once so that signing does not derive it again.
pub struct SecretKey {
    seed: Zeroizing<[u8; SEED_LEN]>,
    expanded: ExpandedSecretKey,
    public: PublicKey,
}

impl SecretKey {
    /// Derives the key pair of a 32-byte seed (RFC 8032 section 5.1.5).
    pub fn from_seed(seed: &[u8; SEED_LEN]) -> SecretKey {
        let signing = ed25519_dalek::SigningKey::from_bytes(seed);
        SecretKey {
            seed: Zeroizing::new(*seed),
            expanded: ExpandedSecretKey::from(signing.as_bytes()),
            public: PublicKey {
                key: signing.verifying_key(),
            },
        }
    }

    /// A new key from the system's random number generator.
    pub fn generate() -> Result<SecretKey> {
        let mut seed = crate::crypto::random::bytes::<SEED_LEN>()?;
        let key = SecretKey::from_seed(&seed);
        seed.zeroize();
        Ok(key)
    }

    /// The public half.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// The secret seed. Whoever copies it is responsible for wiping the copy.
    pub fn seed(&self) -> &[u8; SEED_LEN] {
        &self.seed
    }

    /// Signs a message.
    pub fn sign(&self, message: &[u8]) -> SignatureBytes {
        raw_sign::<Sha512>(&self.expanded, message, &self.public.key).to_bytes()
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey(of {:?})", self.public)
    }
}

/// The two halves of a signature: R and S.
pub(super) fn halves(signature: &SignatureBytes) -> ([u8; 32], [u8; 32]) {
    let (mut r, mut s) = ([0; 32], [0; 32]);
    let (first, second) = signature.split_at(32);
    r.copy_from_slice(first);
    s.copy_from_slice(second);
    (r, s)
}

/// Whether these bytes are the canonical encoding of a point of small order.
pub(super) fn is_small_order(bytes: &[u8; 32]) -> bool {
    SMALL_ORDER_POINTS.contains(bytes)
}

/// Whether the y coordinate is below p = 2^255 - 19.
pub(super) fn is_reduced(bytes: &[u8; PUBLIC_KEY_LEN]) -> bool {
    bytes[31] & 0x7f != 0x7f || bytes[1..31].iter().any(|&b| b != 0xff) || bytes[0] < 0xed
}

/// Whether a little-endian number is below the order of the group.
pub(super) fn is_below_order(s: &[u8]) -> bool {
    s.iter().rev().lt(GROUP_ORDER.iter().rev())
}

/// 2^252 + 27742317777372353535851937790883648493 (RFC 8032 section 5.1),
/// little-endian.
const GROUP_ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

/// The canonical encodings of the eight points whose order divides eight.
/// A point of order four and the identity have one sign each; the four points
/// of order eight come as two y coordinates with two signs.
const SMALL_ORDER_POINTS: [[u8; 32]; 8] = [
    // The identity: y = 1.
    leading([0x01]),
    // Order 2: y = -1.
    [
        0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff, 0x7f,
    ],
    // Order 4: y = 0, both signs.
    leading([0x00]),
    with_sign(leading([0x00])),
    // Order 8.
    ORDER_EIGHT_A,
    with_sign(ORDER_EIGHT_A),
    ORDER_EIGHT_B,
    with_sign(ORDER_EIGHT_B),
];

const ORDER_EIGHT_A: [u8; 32] = [
    0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0,
    0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
];

const ORDER_EIGHT_B: [u8; 32] = [
    0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f,
    0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
];

const fn leading(first: [u8; 1]) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes[0] = first[0];
    bytes
}

const fn with_sign(mut bytes: [u8; 32]) -> [u8; 32] {
    bytes[31] |= 0x80;
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_numbers_below_the_order_are_reduced() {
        let near = |change: i16| {
            let mut bytes = GROUP_ORDER;
            bytes[0] = (i16::from(bytes[0]) + change) as u8;
            bytes
        };
        assert!(is_below_order(&[0; 32]));
        assert!(is_below_order(&near(-1)));
        assert!(!is_below_order(&near(0)));
        assert!(!is_below_order(&near(1)));
        assert!(!is_below_order(&[0xff; 32]));
        for place in 0..32 {
            let (mut below, mut above) = (GROUP_ORDER, GROUP_ORDER);
            above[place] = above[place].saturating_add(1);
            assert!(!is_below_order(&above));
            if below[place] > 0 {
                below[place] -= 1;
                assert!(is_below_order(&below));
            }
        }
    }
}
