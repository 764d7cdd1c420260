//! A log with every kind of record, and the keys that it is to be held to.

#![allow(dead_code, reason = "every test uses its own part")]

#[path = "memory_disk.rs"]
pub mod memory_disk;
#[path = "signing.rs"]
pub mod signing;

use std::sync::Arc;

use serde_json::Value;
use signet::authority::Format;
use signet::authority::authorized::{SignAuthorizedOptions, sign_authorized};
use signet::authority::chain::Chain;
use signet::authority::delegation::{self, Grant, GrantOptions, Unsigned};
use signet::authority::scope::Scope;
use signet::authority::trust::TrustBundle;
use signet::crypto::ed25519::PublicKey;
use signet::encoding::key_text;
use signet::encoding::rfc3339::Instant;
use signet::identity::KeyPair;
use signet::log::line::{GENESIS, append_line};
use signet::log::{
    Clock, Finding, FindingKind, Log, LogOptions, ParamsKey, Report, SignatureMode,
    SignaturePolicy, VerifyOptions, verify_disk,
};
use signet::receipt::{
    Action, ActionOptions, CoSignOptions, CompoundOptions, Receipt, Response, Signer, co_sign,
    sign_compound,
};

use memory_disk::MemoryDisk;
use signing::{agent, clock, paid};

/// The only segment.
pub const DAY: &str = "2026-06-15.jsonl";
/// The time of every record.
pub const NOON: &str = "2026-06-15T12:00:00.000Z";
pub const PAY: &str = r#"{"tool":"pay","target":"mcp://bank","params":{"amount":10}}"#;

pub fn root() -> KeyPair {
    KeyPair::from_seed(&[1; 32])
}

pub fn server() -> KeyPair {
    KeyPair::from_seed(&[9; 32])
}

pub fn log_key() -> KeyPair {
    KeyPair::from_seed(&[3; 32])
}

pub fn action(text: &str) -> Action {
    Action::parse(text.as_bytes(), &ActionOptions::default()).unwrap()
}

/// Version 2.
pub fn compound() -> Receipt {
    sign_compound(
        &agent(),
        &action(PAY),
        &Response::new(b"\"done\""),
        &Signer {
            name: "deploy-bot",
            owner: "alice",
        },
        &CompoundOptions {
            requested_at: NOON,
            responded_at: "2026-06-15T12:00:01.000Z",
            nonce: Some([2; 16]),
        },
    )
    .unwrap()
}

/// Version 3.
pub fn co_signed_by(server: &KeyPair, agent_receipt: &Receipt) -> Receipt {
    let options = CoSignOptions {
        server_name: "payments",
        time: Some(clock().plus_millis(1000)),
        nonce: Some([0x33; 16]),
        extensions: None,
    };
    co_sign(server, agent_receipt, &Response::new(b"\"paid\""), &options).unwrap()
}

/// One delegation, from `from` to the agent, for some tools.
pub fn chain_from(from: &KeyPair, tools: &[&str]) -> Chain {
    let scope = Scope::new(tools.iter().copied(), ["mcp://bank"], 0).unwrap();
    let agent = agent();
    let grant = Grant {
        delegator_name: "root",
        delegator_principal: None,
        delegate: agent.public_key(),
        delegate_name: "delegate",
        delegate_principal: None,
        scope: &scope,
        parent: None,
    };
    let options = GrantOptions {
        time: Some(clock().plus_millis(-60_000)),
        nonce: None,
        unsigned: Unsigned::default(),
    };
    Chain::of(vec![delegation::sign(from, &grant, &options).unwrap()])
}

/// Version 4.
pub fn delegated_by(from: &KeyPair) -> Receipt {
    let options = SignAuthorizedOptions {
        time: Some(clock()),
        nonce: Some([5; 16]),
    };
    let chain = chain_from(from, &["pay"]);
    sign_authorized(&agent(), &action(PAY), "bot", &chain, &options).unwrap()
}

/// What a policy leaves of a call that it denied.
pub fn denial() -> Vec<u8> {
    let text = r#"{"action":{"params_hash":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","target":"mcp://bank","tool":"wire"},"agent":"deploy-bot","decision":"deny","matched_rules":["no-wires"],"policy":"p","policy_hash":"sha256:0","reason":"no","ts":"2026-06-15T12:00:00.000Z","type":"policy_violation"}"#;
    text.into()
}

pub fn params_key() -> ParamsKey {
    ParamsKey::of(&agent()).unwrap()
}

/// A receipt of version 1 with sealed params.
pub fn sealed(params: &str) -> Vec<u8> {
    params_key().seal(&paid(params)).unwrap().json().to_vec()
}

/// Records of every kind, in canonical JSON.
pub fn every_kind() -> Vec<Vec<u8>> {
    let of = |receipt: Receipt| receipt.json().to_vec();
    let of_sealed = |receipt| params_key().seal(&receipt).unwrap().json().to_vec();
    vec![
        of(paid(r#"{"a":"é","n":[1,2.5,null]}"#)),
        of(compound()),
        of(co_signed_by(&server(), &paid(r#"{"b":true}"#))),
        of(delegated_by(&root())),
        of(co_signed_by(&server(), &delegated_by(&root()))),
        denial(),
        sealed(r#"{"secret":1}"#),
        of_sealed(compound()),
        of_sealed(delegated_by(&root())),
        of(paid("null")),
        of(paid(r#""text""#)),
        of(paid("[]")),
    ]
}

/// How many of [`every_kind`] are signed.
pub const SIGNED: u64 = 11;

/// The lines of a chain of these records, as anybody can make them.
pub fn chained(records: &[Vec<u8>]) -> Vec<u8> {
    let mut lines = Vec::new();
    let mut last = GENESIS;
    for record in records {
        last = append_line(&mut lines, record, &last);
    }
    lines
}

/// A disk with nothing but these records.
pub fn bare(records: &[Vec<u8>]) -> MemoryDisk {
    let disk = MemoryDisk::default();
    disk.write(DAY, &chained(records));
    disk
}

#[derive(Debug)]
pub struct Noon;

impl Clock for Noon {
    fn now(&self) -> Instant {
        clock()
    }

    fn pause(&self, _: u64) {}
}

pub fn options() -> LogOptions {
    LogOptions {
        clock: Arc::new(Noon),
        log_key: Some(Arc::new(log_key())),
        origin: Some("example.com/log".to_owned()),
        ..LogOptions::default()
    }
}

/// A disk with a log of these records, closed, with head, tiles and no
/// checkpoint.
pub fn written(records: &[Vec<u8>]) -> MemoryDisk {
    let disk = MemoryDisk::default();
    let log = Log::open_on(Arc::new(disk.clone()), options()).unwrap();
    for record in records {
        log.append_json(record).unwrap();
    }
    log.close().unwrap();
    disk
}

/// A trust bundle of these keys, active from the start. `more` goes into the
/// agent's entry.
pub fn bundle_of(agents: &[&KeyPair], more: &str) -> TrustBundle {
    let entry = |what: &str, number: usize, key: &PublicKey, more: &str| {
        format!(
            r#"{{"id":"{what}{number}","name":"n","owner":"o","pubkey":"{}","created_at":"2026-01-01T00:00:00Z"{more}}}"#,
            key_text::prefixed(key)
        )
    };
    let active = r#","status":"active""#;
    let agents: Vec<String> = agents
        .iter()
        .enumerate()
        .map(|(number, key)| {
            let more = match (number, more) {
                (0, more) if !more.is_empty() => more,
                _ => active,
            };
            entry("a", number, key.public_key(), more)
        })
        .collect();
    let text = format!(
        r#"{{"version":1,"bundle_id":"b","org":"o","env":"prod","generated_at":"2026-12-01T00:00:00Z","agents":[{}],"servers":[{}],"roots":[{}]}}"#,
        agents.join(","),
        entry("s", 0, server().public_key(), active),
        entry("r", 0, root().public_key(), active),
    );
    TrustBundle::parse(text.as_bytes(), Format::Json).unwrap()
}

/// Verifies the chain and, where there is a policy, the signatures.
pub fn verified(
    disk: &MemoryDisk,
    signatures: Option<SignaturePolicy<'_>>,
) -> (Report, Vec<Finding>) {
    let mut findings = Vec::new();
    let options = VerifyOptions {
        signatures,
        ..VerifyOptions::default()
    };
    let report = verify_disk(disk, &options, &mut findings).unwrap();
    (report, findings)
}

/// Calls `with` with the policy that a careful verifier of these logs has.
pub fn trusting<T>(with: impl FnOnce(SignaturePolicy<'_>) -> T) -> T {
    let (agent, server, root, key) = (agent(), server(), root(), params_key());
    with(SignaturePolicy {
        trusted: Some(&[agent.public_key()]),
        servers: Some(&[server.public_key()]),
        roots: Some(&[root.public_key()]),
        params_keys: &[&key],
        mode: SignatureMode::OneByOne,
        ..SignaturePolicy::default()
    })
}

/// The findings as pairs of record and kind.
pub fn places(findings: &[Finding]) -> Vec<(u64, FindingKind)> {
    findings
        .iter()
        .map(|found| (found.index, found.kind))
        .collect()
}

pub fn value(json: &[u8]) -> Value {
    serde_json::from_slice(json).unwrap()
}

/// The canonical JSON of a value.
pub fn text(value: &Value) -> Vec<u8> {
    let limits = signet::encoding::jcs::Limits::default();
    signet::encoding::jcs::canonicalize(value.to_string().as_bytes(), &limits).unwrap()
}
