//! MCP requests from the bytes off the wire to the verdict, against the raw
//! signature over the same receipt.

use std::sync::Arc;

use ed25519_dalek::{Signature, Signer as _, SigningKey};
use signet::authority::Format;
use signet::authority::policy::Policy;
use signet::encoding::rfc3339::Instant;
use signet::identity::KeyPair;
use signet::mcp::{
    Existing, Gate, GateOptions, GateSigning, KeepNothing, RequestOptions, Ruling, sign_request,
    verify_request,
};
use signet::receipt::Signer;
use signet::verifier::{Verifier, VerifierOptions};

use crate::inputs;
use crate::race::{Race, each};
use crate::table::Row;

const TARGET: &str = "mcp://files";
const POLICY: &[u8] = br#"{"version":1,"name":"files","rules":[
    {"id":"no-delete","match":{"tool":"delete_file"},"action":"deny"},
    {"id":"writes","match":{"tool":"write_file"},"action":"allow"}
]}"#;

fn policy() -> Policy {
    Policy::parse(POLICY, Format::Json).expect("a policy")
}

fn call(params: &str) -> String {
    format!(
        r#"{{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{{"name":"write_file","arguments":{params}}}}}"#
    )
}

fn options() -> RequestOptions<'static> {
    RequestOptions {
        signer: Signer {
            name: "deploy-bot",
            owner: "ops",
        },
        target: TARGET,
        ..RequestOptions::default()
    }
}

/// The rows of every size.
pub fn rows(seed: &[u8; 32]) -> Vec<Row> {
    let mut rows = Vec::new();
    for (name, params) in [
        ("250 B", inputs::prose(250)),
        ("2 KiB structured", inputs::structured(2 << 10)),
        ("16 KiB", inputs::prose(16 << 10)),
    ] {
        sign_rows(seed, name, &params, &mut rows);
        verify_rows(seed, name, &params, &mut rows);
    }
    rows
}

fn sign_rows(seed: &[u8; 32], name: &str, params: &str, rows: &mut Vec<Row>) {
    let key = KeyPair::from_seed(seed);
    let raw = SigningKey::from_bytes(seed);
    let text = call(params);
    let signed = sign_request(&key, text.as_bytes(), &options()).expect("signed");
    let body = signed.calls[0].receipt().signed_body();
    let gate = Gate::new(GateOptions {
        signing: Some(GateSigning {
            key: Arc::new(KeyPair::from_seed(seed)),
            name: "deploy-bot".into(),
            owner: "ops".into(),
            target: TARGET.into(),
            transport: "stdio".into(),
            session: None,
            policy: Some(Arc::new(policy())),
            hash_only: false,
            existing: Existing::Refuse,
        }),
        ..GateOptions::default()
    })
    .expect("a gate");
    let race = Race::run(vec![
        each(|| sign_request(&key, text.as_bytes(), &options()).expect("signed")),
        each(|| raw.sign(&body)),
        each(|| {
            let verdict = gate.judge(text.as_bytes(), Instant::now(), &KeepNothing);
            assert_eq!(verdict.ruling(), Ruling::Forward);
            verdict
        }),
    ]);
    let name = format!("MCP request, {name}");
    let sign = format!("{name}: sign");
    rows.push(Row::of(&race, &sign, 1, "dalek sign", None));
    let gated = format!("{name}: gate with policy, sign");
    rows.push(Row::of_ratio(&race, &gated, 2, 1, "dalek sign", None));
}

/// Every turn verifies messages that were never seen, as the replay check wants
/// it; what that takes to make is not counted.
fn verify_rows(seed: &[u8; 32], name: &str, params: &str, rows: &mut Vec<Row>) {
    let key = KeyPair::from_seed(seed);
    let raw = SigningKey::from_bytes(seed).verifying_key();
    let text = call(params);
    let fresh = || sign_request(&key, text.as_bytes(), &options()).expect("signed");
    let one = fresh();
    let receipt = one.calls[0].receipt();
    let body = receipt.signed_body();
    let signature = Signature::from_bytes(&receipt.signature().expect("signature"));
    let stock: Vec<Vec<u8>> = (0..2000).map(|_| fresh().bytes).collect();
    let verifier = || {
        Verifier::new(VerifierOptions {
            trusted_keys: vec![*key.public_key()],
            targets: vec![TARGET.into()],
            policy: Some(policy()),
            ..VerifierOptions::default()
        })
        .expect("a verifier")
    };
    let mut judge = verifier();
    let mut used = 0;
    let race = Race::run(vec![
        each(|| {
            if used == stock.len() {
                (judge, used) = (verifier(), 0);
            }
            let verified = verify_request(&stock[used], &judge, Instant::now()).expect("a request");
            used += 1;
            assert!(verified.report.is_ok(), "{:?}", verified.report.reason());
            verified
        }),
        each(|| raw.verify_strict(&body, &signature).expect("verified")),
    ]);
    let name = format!("MCP request, {name}: verify with policy and replay check");
    rows.push(Row::of(&race, &name, 1, "dalek verify_strict", None));
}
