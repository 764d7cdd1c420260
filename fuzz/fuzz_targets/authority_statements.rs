//! Any bytes as what an authority says: a list of revocations, one of them, and a
//! decision. What is read reads back the same, one bad line spoils a list, and
//! nothing is signed by a key that never signed.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use signet::authority::decision::AuthorityDecision;
use signet::authority::revocation::{self, Revocation, Revocations};
use signet::crypto::ed25519::PublicKey;
use signet::identity::KeyPair;

/// A key that has signed none of the seeds.
static STRANGER: LazyLock<PublicKey> =
    LazyLock::new(|| *KeyPair::from_seed(&[77; 32]).public_key());

fn check(record: &Revocation) {
    let again = Revocation::parse(record.json()).expect("its own text reads back");
    assert_eq!(again.json(), record.json());
    assert_eq!(again.signed_body(), record.signed_body());
    assert_eq!(again.artifact_id(), record.artifact_id());
    assert_eq!(again.revoked_at(), record.revoked_at());
    assert!(record.verify(&STRANGER).is_err(), "a forgery");
}

fuzz_target!(|text: &[u8]| {
    if let Ok(record) = Revocation::parse(text) {
        check(&record);
    }
    let lines: Vec<_> = revocation::survey(text).collect();
    let is_sound = lines.iter().all(|line| line.record.is_ok());
    match Revocations::parse(text) {
        Ok(list) => {
            assert!(is_sound, "a bad line was passed over");
            assert_eq!(list.records().len(), lines.len());
            list.records().iter().for_each(check);
        }
        // A list may also be too long.
        Err(_) => assert!(!is_sound || text.len() > 1 << 20),
    }
    if let Ok(decision) = AuthorityDecision::parse(text) {
        let again = AuthorityDecision::parse(decision.json()).expect("its own text reads back");
        assert_eq!(again.json(), decision.json());
        assert_eq!(again.id(), decision.id());
        assert_eq!(again.constraints(), decision.constraints());
        if decision.verify_signature().is_ok() {
            assert_ne!(*decision.authority_key(), *STRANGER, "a forgery");
        }
    }
});
