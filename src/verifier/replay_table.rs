//! The index of used nonces that both stores keep: constant time to ask and to
//! add, bounded memory, and no way to push out what is still needed.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use crate::crypto::digest;
use crate::crypto::ed25519::{PUBLIC_KEY_LEN, PublicKey};
use crate::encoding::hex;
use crate::encoding::rfc3339::Instant;
use crate::error::{Error, ErrorKind, Result};
use crate::verifier::replay::NonceUse;

/// Longer nonces are remembered by their hash.
pub(super) const MAX_NONCE_LEN: usize = 256;

/// How many outdated nonces one call forgets: more than it adds, so that they
/// go, and few enough that no call pays for a crowd.
const FORGOTTEN_AT_ONCE: usize = 64;

/// Half of a hash: a collision would only make a new nonce look used.
type Key = [u8; 16];
/// Whose nonce it is; `None` for nobody's in particular.
pub(super) type Signer<'a> = Option<&'a [u8; PUBLIC_KEY_LEN]>;

#[derive(Clone, Copy, Debug)]
struct Entry {
    end: i64,
    keep_until: i64,
    uses: u64,
    nonce: Key,
}

/// Which nonces were used, by whom, and until when that matters.
#[derive(Debug)]
pub(super) struct NonceTable {
    /// By signer and nonce.
    entries: HashMap<Key, Entry>,
    /// How many entries there are of a nonce, whoever used it.
    by_nonce: HashMap<Key, u32>,
    /// The entries by the second until which they are kept.
    by_end: BTreeMap<i64, Vec<Key>>,
    capacity: usize,
    /// The latest end of everything that was forgotten. What ends before that
    /// cannot be told from it any more: that is how a clock that goes back does
    /// not bring old receipts back.
    forgotten: i64,
}

impl NonceTable {
    pub fn new(capacity: usize) -> NonceTable {
        NonceTable {
            entries: HashMap::new(),
            by_nonce: HashMap::new(),
            by_end: BTreeMap::new(),
            capacity,
            forgotten: i64::MIN,
        }
    }

    /// How many nonces are remembered.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// See the member.
    pub fn forgotten(&self) -> i64 {
        self.forgotten
    }

    /// Takes over what another table, or an earlier run, has forgotten.
    pub fn has_forgotten(&mut self, until: i64) {
        self.forgotten = self.forgotten.max(until);
    }

    /// Whether another table has every nonce of this one that still matters.
    pub fn is_kept_by(&self, other: &NonceTable, now: i64) -> bool {
        self.entries.iter().all(|(key, entry)| {
            entry.keep_until < now
                || entry.end <= other.forgotten
                || other.entries.contains_key(key)
        })
    }

    /// How often a nonce was used by this signer or, where no signer is given,
    /// by anybody. A use without a signer counts for every signer.
    pub fn uses(&self, signer: Signer<'_>, nonce: &str) -> u64 {
        let nonce_key = key(None, nonce);
        let uses = |key| self.entries.get(&key).map_or(0, |entry| entry.uses);
        match signer {
            Some(_) => uses(key(signer, nonce)).saturating_add(uses(nonce_key)),
            None => {
                let signers = self.by_nonce.get(&nonce_key).copied().unwrap_or(0);
                uses(nonce_key).max(u64::from(signers))
            }
        }
    }

    /// Whether every use is still open, and there is room to record them all.
    pub fn check(&mut self, uses: &[NonceUse<'_>], now: Instant) -> Result<()> {
        self.forget(now, FORGOTTEN_AT_ONCE);
        for (index, one) in uses.iter().enumerate() {
            let refused =
                if self.uses(one.signer.map(PublicKey::as_bytes), one.nonce) >= one.max_uses {
                    "it was used before"
                } else if one.keep_until.unix_millis() <= self.forgotten {
                    "it is so old that its use may have been forgotten"
                } else {
                    continue;
                };
            return Err(Error::new(ErrorKind::Replayed, "nonce", refused).at(index as u64));
        }
        if self.len().saturating_add(uses.len()) > self.capacity {
            self.forget(now, usize::MAX);
        }
        if self.len().saturating_add(uses.len()) > self.capacity {
            return Err(Error::new(
                ErrorKind::ReplayStoreFull,
                "replay store",
                format!("{} nonces are remembered and still matter", self.len()),
            ));
        }
        Ok(())
    }

    /// Records one use. The nonce can be presented until `end`, and is kept
    /// until `keep_until`, which is not before.
    pub fn add(&mut self, signer: Signer<'_>, nonce: &str, end: i64, keep_until: i64) {
        let nonce_key = key(None, nonce);
        let entry_key = match signer {
            Some(_) => key(signer, nonce),
            None => nonce_key,
        };
        match self.entries.get_mut(&entry_key) {
            Some(entry) => {
                entry.uses = entry.uses.saturating_add(1);
                entry.end = entry.end.max(end);
                // It is listed under its former time, where it is moved on.
                entry.keep_until = entry.keep_until.max(keep_until);
            }
            None => {
                let entry = Entry {
                    end,
                    keep_until,
                    uses: 1,
                    nonce: nonce_key,
                };
                self.entries.insert(entry_key, entry);
                let count = self.by_nonce.entry(nonce_key).or_default();
                *count = count.saturating_add(1);
                let end = self.by_end.entry(second(keep_until)).or_default();
                end.push(entry_key);
            }
        }
    }

    /// Forgets at most `limit` nonces that no longer matter.
    fn forget(&mut self, now: Instant, limit: usize) {
        let now = now.unix_millis();
        let mut left = limit;
        while left > 0 {
            let Some(mut end) = self.by_end.first_entry() else {
                return;
            };
            // All that end within a second end when it is over.
            if end.key().saturating_add(1).saturating_mul(1000) > now {
                return;
            }
            let Some(entry_key) = end.get_mut().pop() else {
                end.remove();
                continue;
            };
            left -= 1;
            let Some(entry) = self.entries.get(&entry_key).copied() else {
                continue;
            };
            let ends_in = second(entry.keep_until);
            if ends_in > *end.key() {
                self.by_end.entry(ends_in).or_default().push(entry_key);
                continue;
            }
            self.forgotten = self.forgotten.max(entry.end);
            self.entries.remove(&entry_key);
            if let Some(count) = self.by_nonce.get_mut(&entry.nonce) {
                *count -= 1;
                if *count == 0 {
                    self.by_nonce.remove(&entry.nonce);
                }
            }
        }
    }
}

fn second(millis: i64) -> i64 {
    millis.div_euclid(1000)
}

/// The form in which a nonce is remembered.
pub(super) fn remembered(nonce: &str) -> Cow<'_, str> {
    match nonce.len() {
        0..=MAX_NONCE_LEN => Cow::Borrowed(nonce),
        _ => {
            let hash = digest::sha256(nonce.as_bytes());
            Cow::Owned(format!("sha256:{}", hex::encode(&hash)))
        }
    }
}

fn key(signer: Signer<'_>, nonce: &str) -> Key {
    let nonce = remembered(nonce);
    let hash = match signer {
        Some(signer) => digest::sha256_of_parts([b"+", signer.as_slice(), nonce.as_bytes()]),
        None => digest::sha256_of_parts([b"-".as_slice(), nonce.as_bytes()]),
    };
    let mut key = Key::default();
    let (half, _) = hash.split_at(key.len());
    key.copy_from_slice(half);
    key
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::ed25519::SecretKey;

    fn at(seconds: i64) -> Instant {
        Instant::from_unix_millis(1_781_524_800_000 + seconds * 1000).unwrap()
    }

    fn one<'a>(signer: Option<&'a PublicKey>, nonce: &'a str, until: i64) -> NonceUse<'a> {
        NonceUse {
            signer,
            nonce,
            keep_until: at(until),
            max_uses: 1,
        }
    }

    fn take(table: &mut NonceTable, one: NonceUse<'_>, now: i64) -> Option<ErrorKind> {
        match table.check(&[one], at(now)) {
            Ok(()) => {
                let end = one.keep_until.unix_millis();
                table.add(one.signer.map(PublicKey::as_bytes), one.nonce, end, end);
                None
            }
            Err(error) => Some(error.kind()),
        }
    }

    #[test]
    fn a_nonce_belongs_to_its_signer_unless_it_has_none() {
        let (a, b) = (
            *SecretKey::from_seed(&[1; 32]).public(),
            *SecretKey::from_seed(&[2; 32]).public(),
        );
        let mut table = NonceTable::new(10);
        assert_eq!(take(&mut table, one(Some(&a), "n", 9), 0), None);
        assert_eq!(take(&mut table, one(Some(&b), "n", 9), 0), None);
        let again = take(&mut table, one(Some(&a), "n", 9), 0);
        assert_eq!(again, Some(ErrorKind::Replayed));
        // Without a signer everybody's counts, and counts for everybody.
        let alone = take(&mut table, one(None, "n", 9), 0);
        assert_eq!(alone, Some(ErrorKind::Replayed));
        assert_eq!(take(&mut table, one(None, "m", 9), 0), None);
        let named = take(&mut table, one(Some(&a), "m", 9), 0);
        assert_eq!(named, Some(ErrorKind::Replayed));
    }

    #[test]
    fn a_flood_of_other_nonces_pushes_nothing_out_r3() {
        let mut table = NonceTable::new(100);
        assert_eq!(take(&mut table, one(None, "victim", 60), 0), None);
        for other in 0..99 {
            assert_eq!(take(&mut table, one(None, &other.to_string(), 60), 1), None);
        }
        let full = take(&mut table, one(None, "one too many", 60), 2);
        assert_eq!(full, Some(ErrorKind::ReplayStoreFull));
        let again = take(&mut table, one(None, "victim", 60), 3);
        assert_eq!(again, Some(ErrorKind::Replayed));
        // Room comes back only when they have ceased to matter.
        assert_eq!(take(&mut table, one(None, "later", 200), 61), None);
        assert_eq!(table.len(), 101 - FORGOTTEN_AT_ONCE);
    }

    #[test]
    fn what_may_have_been_forgotten_is_refused_when_the_clock_goes_back() {
        let mut table = NonceTable::new(10);
        assert_eq!(take(&mut table, one(None, "old", 60), 0), None);
        assert_eq!(take(&mut table, one(None, "new", 200), 100), None);
        assert_eq!(table.len(), 1, "the old one is forgotten");
        let back = take(&mut table, one(None, "old", 60), 0);
        assert_eq!(back, Some(ErrorKind::Replayed));
        assert_eq!(take(&mut table, one(None, "other", 61), 1), None);
    }

    #[test]
    fn uses_are_counted_and_kept_as_long_as_the_longest_needs() {
        let mut table = NonceTable::new(10);
        let thrice = NonceUse {
            max_uses: 3,
            ..one(None, "d", 50)
        };
        for (now, expected) in [
            (0, None),
            (1, None),
            (2, None),
            (3, Some(ErrorKind::Replayed)),
        ] {
            assert_eq!(
                take(
                    &mut table,
                    NonceUse {
                        keep_until: at(50 + now),
                        ..thrice
                    },
                    now
                ),
                expected
            );
        }
        // The first end was 50 s; the last use moved it to 52 s.
        table.forget(at(52), usize::MAX);
        assert_eq!(table.len(), 1);
        table.forget(at(54), usize::MAX);
        assert_eq!(table.len(), 0);
        assert!(table.by_nonce.is_empty() && table.by_end.is_empty());
    }

    #[test]
    fn no_call_pays_for_a_crowd() {
        let mut table = NonceTable::new(10_000);
        for nonce in 0..5_000 {
            let end = at(10).unix_millis();
            table.add(None, &nonce.to_string(), end, end);
        }
        assert_eq!(take(&mut table, one(None, "x", 99), 60), None);
        assert_eq!(table.len(), 5_001 - FORGOTTEN_AT_ONCE);
        for nonce in 0..80 {
            assert_eq!(
                take(&mut table, one(None, &format!("y{nonce}"), 99), 60),
                None
            );
        }
        assert_eq!(table.len(), 81);
    }

    #[test]
    fn a_long_nonce_takes_no_more_room_than_its_hash() {
        let long = "n".repeat(MAX_NONCE_LEN + 1);
        assert_eq!(remembered(&long).len(), 71);
        let mut table = NonceTable::new(10);
        assert_eq!(take(&mut table, one(None, &long, 9), 0), None);
        let again = take(&mut table, one(None, &long, 9), 0);
        assert_eq!(again, Some(ErrorKind::Replayed));
    }
}
