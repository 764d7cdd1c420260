//! Many Ed25519 signatures verified together, for less than half of what they
//! cost one by one.
//!
//! One equation stands for all of them: the sum of `sB - kA - R`, each times a
//! random number of 128 bits, is zero. A signature for which that is wrong makes
//! the sum wrong but for a chance of 2^-128. Keys that come again and again, as
//! in a log, count as one term.
//!
//! **What the equation cannot see.** The group has eight points of small order,
//! and what a sum says of them is worth a few bits only. [`Equation::Cofactored`]
//! multiplies them away (as RFC 8032 section 5.1.7 allows) and so accepts
//! signatures that [`PublicKey::verify`] refuses: those whose `R`, or whose key,
//! is a good one plus a point of small order. Only who holds the secret key can
//! make one, so nothing is forged, but two verifiers would disagree.
//! [`Equation::Strict`] finds them: keys are taken only when their order is
//! prime, and 64 sums of random halves of all `R` are looked at. A single `R` with
//! a part of small order gives each of them that part with a chance of one half,
//! whatever the others are, so it is missed with a chance of 2^-64.
//!
//! Everything that a signature shows by itself is judged as always: `s` must be
//! reduced, and `R` must be a canonical encoding and not of small order.

use std::collections::HashMap;

use curve25519_dalek::constants::ED25519_BASEPOINT_POINT;
use curve25519_dalek::edwards::{CompressedEdwardsY, EdwardsPoint};
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::{Identity, VartimeMultiscalarMul};
use sha2::{Digest, Sha512};

use crate::crypto::ed25519::{self, PublicKey, SignatureBytes};
use crate::crypto::random;
use crate::error::Result;

/// What a batch proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Equation {
    /// That every signature holds up to points of small order.
    Cofactored,
    /// That [`PublicKey::verify`] would say the same of every signature.
    Strict,
}

/// How many keys are remembered between two batches.
const MAX_KEYS: usize = 4096;
/// How many random halves of all `R` are summed.
const SUMS: usize = 64;
/// How many points are added up in all ways at once.
const WINDOW: usize = 4;

/// Signatures that wait to be verified together.
#[derive(Debug)]
pub struct Batch {
    equation: Equation,
    items: Vec<Item>,
    keys: Vec<Key>,
    places: HashMap<[u8; 32], usize>,
}

#[derive(Debug)]
struct Item {
    key: usize,
    r: CompressedEdwardsY,
    s: Scalar,
    k: Scalar,
}

#[derive(Debug)]
struct Key {
    point: EdwardsPoint,
    /// Whether signatures under it may be verified together with others.
    usable: bool,
}

impl Batch {
    /// An empty batch.
    pub fn new(equation: Equation) -> Batch {
        Batch {
            equation,
            items: Vec::new(),
            keys: Vec::new(),
            places: HashMap::new(),
        }
    }

    /// How many signatures wait.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether no signature waits.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Takes a signature of a message, which may come in parts, unless it has to
    /// be verified by itself: because it is wrong already as it stands, or its key
    /// does not go with others.
    pub fn push<'m>(
        &mut self,
        key: &PublicKey,
        message: impl IntoIterator<Item = &'m [u8]>,
        signature: &SignatureBytes,
    ) -> bool {
        let (r, s) = ed25519::halves(signature);
        if !ed25519::is_below_order(&s) || !is_sound_r(&r) {
            return false;
        }
        let Some(place) = self.place_of(key) else {
            return false;
        };
        let mut hash = Sha512::new();
        hash.update(r);
        hash.update(key.as_bytes());
        for part in message {
            hash.update(part);
        }
        self.items.push(Item {
            key: place,
            r: CompressedEdwardsY(r),
            s: Scalar::from_bytes_mod_order(s),
            k: Scalar::from_bytes_mod_order_wide(&hash.finalize().into()),
        });
        true
    }

    /// Whether all signatures that wait are good; none waits afterwards. When not,
    /// each has to be verified by itself to know which.
    pub fn verify(&mut self) -> Result<bool> {
        let outcome = self.holds();
        self.items.clear();
        if self.keys.len() > MAX_KEYS {
            self.keys.clear();
            self.places.clear();
        }
        outcome
    }

    fn holds(&self) -> Result<bool> {
        if self.items.is_empty() {
            return Ok(true);
        }
        let mut coins = vec![0; self.items.len() * 16];
        random::fill(&mut coins)?;
        let (coins, _) = coins.as_chunks::<16>();
        let weights: Vec<Scalar> = coins
            .iter()
            .map(|coin| Scalar::from(u128::from_le_bytes(*coin)))
            .collect();

        let mut of_base = Scalar::ZERO;
        let mut of_keys = vec![Scalar::ZERO; self.keys.len()];
        for (item, weight) in self.items.iter().zip(&weights) {
            of_base -= weight * item.s;
            if let Some(sum) = of_keys.get_mut(item.key) {
                *sum += weight * item.k;
            }
        }
        let used = of_keys.iter().zip(&self.keys);
        let (of_keys, keys): (Vec<Scalar>, Vec<EdwardsPoint>) = used
            .filter(|(sum, _)| **sum != Scalar::ZERO)
            .map(|(sum, key)| (*sum, key.point))
            .unzip();
        let scalars = std::iter::once(&of_base).chain(&of_keys).chain(&weights);
        let before = std::iter::once(ED25519_BASEPOINT_POINT)
            .chain(keys)
            .map(Some);
        let compressed = self.items.iter().map(|item| item.r);
        if self.equation == Equation::Cofactored {
            // Each R is forgotten as soon as it is in its place.
            let points = before.chain(compressed.map(|r| r.decompress()));
            let sum = EdwardsPoint::optional_multiscalar_mul(scalars, points);
            return Ok(sum.is_some_and(|sum| sum.is_small_order()));
        }
        let Some(points) = compressed
            .map(|r| r.decompress())
            .collect::<Option<Vec<_>>>()
        else {
            return Ok(false);
        };
        let all = before.chain(points.iter().copied().map(Some));
        match EdwardsPoint::optional_multiscalar_mul(scalars, all) {
            Some(sum) if sum.is_small_order() => are_of_prime_order(&points),
            _ => Ok(false),
        }
    }

    fn place_of(&mut self, key: &PublicKey) -> Option<usize> {
        let place = match self.places.get(key.as_bytes()) {
            Some(place) => *place,
            None => {
                let point = key.point();
                let usable = match self.equation {
                    Equation::Cofactored => true,
                    Equation::Strict => has_prime_order(&point),
                };
                self.keys.push(Key { point, usable });
                self.places.insert(*key.as_bytes(), self.keys.len() - 1);
                self.keys.len() - 1
            }
        };
        self.keys.get(place)?.usable.then_some(place)
    }
}

/// Whether these bytes are what a computed point could be encoded as, as far as
/// that shows without a square root, and not one of small order.
fn is_sound_r(r: &[u8; 32]) -> bool {
    // The two points whose x is zero have small order under either sign.
    let mut unsigned = *r;
    unsigned[31] &= 0x7f;
    ed25519::is_reduced(r) && !ed25519::is_small_order(r) && !ed25519::is_small_order(&unsigned)
}

/// Whether a point is a multiple of the base point: its order times the point is
/// zero, or one less times the point is minus the point.
fn has_prime_order(point: &EdwardsPoint) -> bool {
    let less =
        EdwardsPoint::vartime_double_scalar_mul_basepoint(&-Scalar::ONE, point, &Scalar::ZERO);
    less == -point
}

/// Whether all points are multiples of the base point, by sums of random halves
/// of them.
fn are_of_prime_order(points: &[EdwardsPoint]) -> Result<bool> {
    let mut coins = vec![0; points.len().div_ceil(WINDOW) * (SUMS * WINDOW / 8)];
    random::fill(&mut coins)?;
    let (coins, _) = coins.as_chunks::<{ SUMS * WINDOW / 8 }>();
    let mut sums = [EdwardsPoint::identity(); SUMS];
    for (window, coins) in points.chunks(WINDOW).zip(coins) {
        // Every sum of some of the points of the window, which may not be full.
        let there = (1 << window.len()) - 1;
        let mut ways = [EdwardsPoint::identity(); 1 << WINDOW];
        for (bit, point) in window.iter().enumerate() {
            let (known, new) = ways.split_at_mut(1 << bit);
            for (new, known) in new.iter_mut().zip(known) {
                *new = *known + point;
            }
        }
        let choices = coins.iter().flat_map(|byte| [byte & 15, byte >> 4]);
        for (sum, choice) in sums.iter_mut().zip(choices) {
            let chosen = usize::from(choice) & there;
            if chosen > 0
                && let Some(way) = ways.get(chosen)
            {
                *sum += way;
            }
        }
    }
    Ok(sums.iter().all(has_prime_order))
}

#[cfg(test)]
mod tests {
    use curve25519_dalek::constants::EIGHT_TORSION;

    use super::*;

    fn points(count: usize) -> Vec<EdwardsPoint> {
        (1..=count as u64)
            .map(|number| Scalar::from(number) * ED25519_BASEPOINT_POINT)
            .collect()
    }

    /// Often enough that a chance of one in a hundred would show.
    #[test]
    fn one_part_of_small_order_among_any_number_of_points_is_found_every_time() {
        for count in 1..=2 * WINDOW + 1 {
            assert!(are_of_prime_order(&points(count)).unwrap());
            for at in 0..count {
                for round in 0..60 {
                    let mut points = points(count);
                    points[at] += EIGHT_TORSION[1 + round % 7];
                    let found = !are_of_prime_order(&points).unwrap();
                    assert!(found, "{at} of {count}");
                }
            }
        }
    }

    #[test]
    fn prime_order_is_told_from_every_other() {
        for (number, point) in points(20).iter().enumerate() {
            for torsion in EIGHT_TORSION {
                let sum = point + torsion;
                assert_eq!(has_prime_order(&sum), sum.is_torsion_free(), "{number}");
            }
        }
    }
}
