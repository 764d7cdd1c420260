//! What stands between a call and its tool: nonces, policies, delegations, and a
//! whole judgement.
//!
//! Nonce stores hold a fixed number of nonces while they are measured: the clock
//! of the race advances with every call, so that as many become outdated as are
//! added. Time is the thread's, so waiting for a disk does not count.

use std::cell::Cell;

use dalek2::SigningKey as PeerSecret;
use ed25519_dalek::{Signature, VerifyingKey};
use signet::authority::Format;
use signet::authority::authorized::{
    AuthorizedOptions, SignAuthorizedOptions, sign_authorized, verify_authorized,
};
use signet::authority::chain::{Chain, DEFAULT_MAX_LINKS};
use signet::authority::delegation::{self, Grant, GrantOptions, JudgedAt, Unsigned};
use signet::authority::policy::{self, Policy};
use signet::authority::scope::Scope;
use signet::encoding::jcs::Limits;
use signet::encoding::record::Reading;
use signet::encoding::rfc3339::Instant;
use signet::identity::KeyPair;
use signet::receipt::{Action, ActionOptions, Receipt, SignOptions, Signer, sign};
use signet::verifier::{
    Call, FileNonces, FileNoncesOptions, MemoryNonces, NonceStore, Verifier, VerifierOptions,
};
use signet_core::NonceChecker as _;

use crate::race::{Race, each};
use crate::table::Row;

const PEER: &str = "signet-core 0.11";
/// What one check of a nonce may cost, however many there are.
const NONCE_LIMIT_NANOS: f64 = 50_000.0;
/// What a policy of a thousand rules may cost.
const POLICY_LIMIT_NANOS: f64 = 100_000.0;

fn start() -> Instant {
    Instant::parse("2026-06-15T12:00:00Z").expect("a date-time")
}

/// The rows of the verifier.
pub fn rows(directory: &std::path::Path) -> Vec<Row> {
    let mut rows = Vec::new();
    for count in [1_000, 100_000] {
        memory_rows(count, &mut rows);
        file_rows(count, directory, &mut rows);
    }
    for rules in [10, 100, 1_000] {
        policy_rows(rules, &mut rows);
    }
    for links in [1, 3, 8] {
        chain_rows(links, &mut rows);
    }
    call_rows(&mut rows);
    rows
}

/// Uses one new nonce after the other, a millisecond apart, each of which ends
/// when `count` others have been used.
fn user<'a>(store: &'a dyn NonceStore, count: i64) -> impl FnMut() + 'a {
    let signer = *KeyPair::from_seed(&[1; 32]).public_key();
    let used = Cell::new(0_i64);
    move || {
        let number = used.get();
        used.set(number + 1);
        let now = start().plus_millis(number);
        let nonce = format!("rnd_{number:032x}");
        let end = now.plus_millis(count);
        store
            .use_once(Some(&signer), &nonce, end, now)
            .expect("a new nonce");
    }
}

fn memory_rows(count: i64, rows: &mut Vec<Row>) {
    let ours = MemoryNonces::default();
    let mut one = user(&ours, count);
    (0..count).for_each(|_| one());
    let theirs = signet_core::InMemoryNonceChecker::new(count as usize, 3600);
    let number = Cell::new(0_u64);
    let peer = || {
        number.set(number.get() + 1);
        let nonce = format!("rnd_{:032x}", number.get());
        theirs.check_and_record(&nonce).expect("a new nonce");
    };
    (0..count).for_each(|_| peer());
    let race = Race::run(vec![each(one), each(peer)]);
    let name = format!("use a nonce, {count} in memory");
    rows.push(Row::of(&race, &name, 1, PEER, None));
    rows.push(limit(&name, &race, NONCE_LIMIT_NANOS));
}

fn file_rows(count: i64, directory: &std::path::Path, rows: &mut Vec<Row>) {
    let folder = directory.join(format!("nonces-{count}"));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("a folder");
    let options = FileNoncesOptions {
        // What the disk takes is the disk's.
        sync: false,
        ..FileNoncesOptions::default()
    };
    let ours = FileNonces::open(&folder.join("ours.json"), options).expect("opened");
    let mut one = user(&ours, count);
    (0..count).for_each(|_| one());

    let path = folder.join("theirs.json");
    let now = Instant::now().to_text();
    let entries =
        (0..count).map(|number| format!("\"rnd_{:032x}\":\"{now}\"", 1_u64 << 40 | number as u64));
    let text = format!("{{{}}}", entries.collect::<Vec<_>>().join(","));
    std::fs::write(&path, text).expect("written");
    let theirs = signet_core::FileNonceChecker::new(&path, count as usize, 3600);
    let number = Cell::new(0_u64);
    let peer = || {
        number.set(number.get() + 1);
        let nonce = format!("rnd_{:032x}", number.get());
        theirs.check_and_record(&nonce).expect("a new nonce");
    };
    let race = Race::run(vec![each(one), each(peer)]);
    let name = format!("use a nonce, {count} in a file");
    rows.push(Row::of(&race, &name, 1, PEER, None));
    rows.push(limit(&name, &race, NONCE_LIMIT_NANOS));
}

fn limit(name: &str, race: &Race, nanos: f64) -> Row {
    Row::of_times(name, race.nanos(0), "limit", nanos, Some(1.0))
}

const ACTION: &str =
    r#"{"tool":"write_file","target":"mcp://files","params":{"path":"/srv/a","size":7}}"#;

/// Rules that each look at the tool and a param, and then do not match.
fn policy_text(rules: usize) -> String {
    let rules: Vec<String> = (1..=rules)
        .map(|rule| {
            format!(
                r#"{{"id":"rule-{rule}","match":{{"tool":{{"one_of":["tool-{rule}","write_file"]}},"params":{{"size":{{"gt":{rule}000}}}}}},"action":"deny","reason":"because of {rule}"}}"#
            )
        })
        .collect();
    format!(
        r#"{{"version":1,"name":"bench","rules":[{}]}}"#,
        rules.join(",")
    )
}

fn policy_rows(rules: usize, rows: &mut Vec<Row>) {
    let text = policy_text(rules);
    let ours = Policy::parse(text.as_bytes(), Format::Json).expect("policy");
    let theirs = signet_core::parse_policy_json(&text).expect("policy");
    let action = Action::parse(ACTION.as_bytes(), &ActionOptions::default()).expect("action");
    let their_action: signet_core::Action = serde_json::from_slice(action.json()).expect("action");
    let now = start();
    let race = Race::run(vec![
        each(|| ours.evaluate(&policy::Call::of_action(&action, "bot"), now, None)),
        each(|| signet_core::evaluate_policy(&their_action, "bot", &theirs, None).expect("ok")),
    ]);
    let name = format!("evaluate a policy of {rules} rules");
    rows.push(Row::of(&race, &name, 1, PEER, Some(0.5)));
    if rules == 1_000 {
        rows.push(limit(&name, &race, POLICY_LIMIT_NANOS));
    }
}

fn seed(number: usize) -> [u8; 32] {
    [u8::try_from(number).expect("few keys") + 1; 32]
}

/// A receipt on `links` delegations that are good at the time of the race.
fn delegated(links: usize) -> Receipt {
    let keys: Vec<KeyPair> = (0..=links).map(|n| KeyPair::from_seed(&seed(n))).collect();
    let tokens = keys.windows(2).enumerate().map(|(place, pair)| {
        let depth = u32::try_from(links - 1 - place).expect("few links");
        let scope = Scope::new(["write_file", "read"], ["mcp://files"], depth)
            .and_then(|scope| scope.expiring("2099-01-01T00:00:00Z"))
            .expect("scope");
        let grant = Grant {
            delegator_name: "from",
            delegator_principal: None,
            delegate: pair[1].public_key(),
            delegate_name: "to",
            delegate_principal: None,
            scope: &scope,
            parent: None,
        };
        let options = GrantOptions {
            time: None,
            nonce: None,
            unsigned: Unsigned::default(),
        };
        delegation::sign(&pair[0], &grant, &options).expect("token")
    });
    let chain = Chain::of(tokens.collect());
    let action = Action::parse(ACTION.as_bytes(), &ActionOptions::default()).expect("action");
    let options = SignAuthorizedOptions::default();
    sign_authorized(&keys[links], &action, "bot", &chain, &options).expect("signed")
}

fn chain_rows(links: usize, rows: &mut Vec<Row>) {
    let receipt = delegated(links);
    let text = receipt.json().to_vec();
    let root = *KeyPair::from_seed(&seed(0)).public_key();
    let time = JudgedAt::instant(Instant::now());
    let ours = || {
        let receipt = Receipt::parse(&text, Reading::Strict, &Limits::default()).expect("receipt");
        verify_authorized(
            &receipt,
            &AuthorizedOptions {
                roots: &[root],
                time,
                max_links: DEFAULT_MAX_LINKS,
            },
        )
        .expect("verified")
    };
    let options = signet_core::AuthorizedVerifyOptions {
        trusted_roots: vec![PeerSecret::from_bytes(&seed(0)).verifying_key()],
        ..Default::default()
    };
    let peer = || {
        let receipt: signet_core::Receipt = serde_json::from_slice(&text).expect("receipt");
        signet_core::verify_authorized(&receipt, &options).expect("verified")
    };
    // The bare signatures: one a link, and the agent's.
    let authorized = ours();
    let mut bare: Vec<(VerifyingKey, Vec<u8>, Signature)> = Vec::new();
    for link in authorized.chain().links() {
        let value: serde_json::Value = serde_json::from_slice(link.json()).expect("token");
        let encoded = value["sig"].as_str().expect("sig");
        let bytes = signet::encoding::base64::decode_array::<64>(&encoded.as_bytes()[8..]);
        let key = VerifyingKey::from_bytes(link.delegator().as_bytes()).expect("key");
        let signature = Signature::from_bytes(&bytes.expect("64 bytes"));
        bare.push((key, link.signed_body(), signature));
    }
    let key = VerifyingKey::from_bytes(authorized.signer().as_bytes()).expect("key");
    let signature = Signature::from_bytes(&receipt.signature().expect("signature"));
    bare.push((key, receipt.signed_body(), signature));
    let race = Race::run(vec![
        each(ours),
        each(|| {
            for (key, body, signature) in &bare {
                key.verify_strict(body, signature).expect("verified");
            }
        }),
        each(peer),
    ]);
    let name = format!("verify a chain of {links}");
    let raw = format!("{} × dalek verify_strict", links + 1);
    rows.push(Row::of(&race, &name, 1, &raw, None));
    rows.push(Row::of(&race, &name, 2, PEER, Some(1.0)));
}

/// Receipts that differ in their nonce.
fn pool(key: &KeyPair, size: u32) -> Vec<Receipt> {
    let action = Action::parse(ACTION.as_bytes(), &ActionOptions::default()).expect("action");
    let signer = Signer {
        name: "bot",
        owner: "",
    };
    let signed = |_| {
        let options = SignOptions {
            time: Some(start()),
            ..SignOptions::default()
        };
        sign(key, &action, &signer, &options).expect("signed")
    };
    (0..size).map(signed).collect()
}

/// A whole judgement: receipt and arguments as texts, a policy of ten rules, and
/// the memory of nonces.
fn call_rows(rows: &mut Vec<Row>) {
    const POOL: u32 = 20_000;
    let key = KeyPair::from_seed(&seed(0));
    let receipts = pool(&key, POOL);
    let verifier = || {
        Verifier::new(VerifierOptions {
            trusted_keys: vec![*key.public_key()],
            targets: vec!["mcp://files".to_owned()],
            policy: Some(Policy::parse(policy_text(10).as_bytes(), Format::Json).expect("policy")),
            ..VerifierOptions::default()
        })
        .expect("verifier")
    };
    let mut judge = verifier();
    let mut next = 0;
    let ours = || {
        if next == receipts.len() {
            (judge, next) = (verifier(), 0);
        }
        let call = Call {
            receipt: Some(receipts[next].json()),
            tool: "write_file",
            arguments: Some(br#"{"path":"/srv/a","size":7}"#),
            ..Call::default()
        };
        next += 1;
        let report = judge.check_call(&call, start());
        assert!(report.is_ok(), "{:?}", report.reason());
    };
    let receipt = &receipts[0];
    let body = receipt.signed_body();
    let strict = VerifyingKey::from_bytes(key.public_key().as_bytes()).expect("key");
    let signature = Signature::from_bytes(&receipt.signature().expect("signature"));
    let text = String::from_utf8_lossy(receipt.json()).into_owned();
    let public = PeerSecret::from_bytes(&seed(0)).verifying_key();
    let theirs = signet_core::parse_policy_json(&policy_text(10)).expect("policy");
    let nonces = signet_core::InMemoryNonceChecker::new(1 << 18, 3600);
    let number = Cell::new(0_u64);
    let peer = || {
        signet_core::verify_any(&text, &public).expect("verified");
        let receipt: signet_core::Receipt = serde_json::from_str(&text).expect("receipt");
        signet_core::evaluate_policy(&receipt.action, "bot", &theirs, None).expect("evaluated");
        number.set(number.get() + 1);
        let nonce = format!("rnd_{:032x}", number.get());
        nonces.check_and_record(&nonce).expect("a new nonce");
    };
    let race = Race::run(vec![
        each(ours),
        each(|| strict.verify_strict(&body, &signature).expect("verified")),
        each(peer),
    ]);
    let name = "judge a call: receipt, policy of 10 rules, nonce";
    rows.push(Row::of(&race, name, 1, "dalek verify_strict", Some(1.5)));
    rows.push(Row::of(&race, name, 2, PEER, Some(0.5)));
}
