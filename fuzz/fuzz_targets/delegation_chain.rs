//! Any bytes as a delegation, a chain of them and a scope: what is read reads back
//! the same, and no chain is good but of tokens that its keys have signed.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use signet::authority::chain::{Chain, ChainOptions};
use signet::authority::delegation::{Delegation, JudgedAt};
use signet::authority::scope::Scope;
use signet::crypto::ed25519::PublicKey;
use signet::encoding::jcs::Limits;
use signet::encoding::record::Reading;
use signet::encoding::rfc3339::Instant;
use signet::identity::KeyPair;

/// The root of the seeds.
static ROOT: LazyLock<PublicKey> = LazyLock::new(|| *KeyPair::from_seed(&[1; 32]).public_key());
static TIME: LazyLock<JudgedAt> = LazyLock::new(|| {
    JudgedAt::instant(Instant::parse("2026-06-15T12:00:00Z").expect("a date-time"))
});
/// What was signed for the seeds; no other token may count.
static GENUINE: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let seeds = concat!(env!("CARGO_MANIFEST_DIR"), "/seeds/delegation_chain");
    let files = std::fs::read_dir(seeds).into_iter().flatten().flatten();
    let texts = files.filter_map(|file| std::fs::read(file.path()).ok());
    let chains = texts.filter_map(|text| read(&text, Reading::Strict));
    chains
        .flat_map(|chain| chain.links().to_vec())
        .map(|link| link.signed_body())
        .collect()
});

fn read(text: &[u8], reading: Reading) -> Option<Chain> {
    Chain::parse(text, reading, &Limits::default()).ok()
}

fn check(link: &Delegation, reading: Reading) {
    let again = Delegation::parse(link.json(), reading, &Limits::default()).expect("its own text");
    assert_eq!(again.json(), link.json());
    assert_eq!(again.signed_body(), link.signed_body());
    assert_eq!(again.id(), link.id());
    assert_eq!(again.scope(), link.scope());
    assert!(link.scope().check_narrows(link.scope()).is_err());
    if link.verify(*TIME).is_ok() && *link.delegator() == *ROOT {
        assert!(GENUINE.contains(&link.signed_body()), "a forgery");
    }
    let _ = (link.unsigned(), link.issued_at(), link.nonce());
}

fuzz_target!(|text: &[u8]| {
    for reading in [Reading::Strict, Reading::Forensic] {
        if let Ok(link) = Delegation::parse(text, reading, &Limits::default()) {
            check(&link, reading);
        }
        let Some(chain) = read(text, reading) else {
            continue;
        };
        let again = read(chain.json(), reading).expect("its own text reads back");
        assert_eq!(again.json(), chain.json());
        assert_eq!(again.hash(), chain.hash());
        assert_eq!(Chain::of(chain.links().to_vec()).json(), chain.json());
        for link in chain.links() {
            check(link, reading);
        }
        let options = ChainOptions {
            roots: &[*ROOT],
            time: *TIME,
            max_links: 16,
        };
        if let Ok(scope) = chain.verify(&options) {
            assert_eq!(chain.root(), Some(&*ROOT));
            for link in chain.links() {
                assert!(GENUINE.contains(&link.signed_body()), "a forgery");
            }
            for pair in chain.links().windows(2) {
                let [parent, child] = pair else { continue };
                child
                    .scope()
                    .check_narrows(parent.scope())
                    .expect("narrower");
            }
            assert_eq!(chain.links().last().map(Delegation::scope), Some(scope));
        }
    }
    if let Ok(scope) = Scope::parse(text) {
        assert_eq!(Scope::parse(&scope.json()).expect("its own text"), scope);
        for name in ["pay", "*", "", "mcp://bank"] {
            let covered = scope.check_covers(name, name).is_ok();
            assert_eq!(
                covered,
                scope.tools().cover(name) && scope.targets().cover(name)
            );
        }
    }
});
