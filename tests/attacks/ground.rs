//! The ground that is attacked: a bank's server with a strict verifier, an agent
//! that it trusts, a root that it lets delegate, and a stranger.

use serde_json::{Value, json};
use signet::authority::Format;
use signet::authority::authorized::{SignAuthorizedOptions, sign_authorized};
use signet::authority::chain::Chain;
use signet::authority::delegation::{self, Delegation, Grant, GrantOptions};
use signet::authority::policy::Policy;
use signet::authority::scope::Scope;
use signet::authority::trust::TrustBundle;
use signet::encoding::rfc3339::Instant;
use signet::identity::KeyPair;
use signet::receipt::{Action, ActionOptions, Receipt, SignOptions, Signer, sign};
use signet::verifier::{Axis, Call, Check, Report, Verifier, VerifierOptions};
use signet::{Error, ErrorKind};

pub use crate::signing::{agent, body_of, clock, crafted, crafted_by, name_of, stranger, text_of};

pub const TARGET: &str = "mcp://bank";
pub const ARGUMENTS: &str = r#"{"amount":10,"to":"bob"}"#;

pub fn root() -> KeyPair {
    KeyPair::from_seed(&[1; 32])
}

pub fn middle() -> KeyPair {
    KeyPair::from_seed(&[2; 32])
}

pub fn server() -> KeyPair {
    KeyPair::from_seed(&[9; 32])
}

pub fn after(seconds: i64) -> Instant {
    clock().plus_millis(seconds * 1000)
}

pub fn options() -> VerifierOptions {
    VerifierOptions {
        trusted_keys: vec![*agent().public_key()],
        trusted_servers: vec![*server().public_key()],
        trusted_roots: vec![*root().public_key()],
        targets: vec![TARGET.to_owned()],
        ..VerifierOptions::default()
    }
}

/// The bank's verifier, changed.
pub fn verifier(change: impl FnOnce(&mut VerifierOptions)) -> Verifier {
    let mut options = options();
    change(&mut options);
    Verifier::new(options).unwrap_or_else(|error| panic!("{error}"))
}

pub fn bank() -> Verifier {
    verifier(|_| {})
}

/// A receipt of the agent for a call of a tool at the bank.
pub fn paid_with(tool: &str, params: &str, nonce: u8) -> Receipt {
    signed_by(&agent(), "deploy-bot", tool, params, nonce)
}

pub fn signed_by(key: &KeyPair, name: &str, tool: &str, params: &str, nonce: u8) -> Receipt {
    let params: Value = serde_json::from_str(params).unwrap();
    let action = json!({"tool": tool, "target": TARGET, "params": params}).to_string();
    signed_action(key, name, &action, nonce)
}

/// The action as JSON text, with every digit.
pub fn signed_action(key: &KeyPair, name: &str, action: &str, nonce: u8) -> Receipt {
    let action = Action::parse(action.as_bytes(), &ActionOptions::default()).unwrap();
    let signer = Signer {
        name,
        owner: "alice",
    };
    let options = SignOptions {
        time: Some(clock()),
        nonce: Some([nonce; 16]),
        ..SignOptions::default()
    };
    sign(key, &action, &signer, &options).unwrap()
}

pub fn paid(nonce: u8) -> Receipt {
    paid_with("pay", ARGUMENTS, nonce)
}

/// The text of [`paid`].
pub fn honest(nonce: u8) -> String {
    text_of(&paid(nonce))
}

/// The signed part of the honest receipt, for the agent to sign anew.
pub fn body() -> Value {
    body_of(&paid(1))
}

/// What comes of signing a changed body with the agent's own key.
pub fn resigned(change: impl FnOnce(&mut Value)) -> String {
    let mut body = body();
    change(&mut body);
    crafted(&body).to_string()
}

pub fn call_of<'a>(receipt: &'a str, tool: &'a str, arguments: &'a str) -> Call<'a> {
    Call {
        receipt: Some(receipt.as_bytes()),
        tool,
        arguments: Some(arguments.as_bytes()),
        ..Call::default()
    }
}

pub fn call(receipt: &str) -> Call<'_> {
    call_of(receipt, "pay", ARGUMENTS)
}

/// The honest call with this receipt, before the bank.
pub fn presented(receipt: &str) -> Report {
    bank().check_call(&call(receipt), clock())
}

#[track_caller]
pub fn passes(report: &Report) {
    assert!(report.is_ok(), "{:?}", report.reason());
}

#[track_caller]
pub fn refused(report: &Report, axis: Axis, kind: ErrorKind) {
    assert_eq!(report.kind(), Some(kind), "{:?}", report.reason());
    assert!(!report.is_trusted());
    let found = report.check(axis);
    assert!(
        matches!(found, Check::Failed(error) if error.kind() == kind),
        "{axis:?} is {found:?}"
    );
}

#[track_caller]
pub fn fails<T: std::fmt::Debug>(answer: Result<T, Error>, kind: ErrorKind) {
    match answer {
        Ok(found) => panic!("{found:?}, where {kind:?} was expected"),
        Err(error) => assert_eq!(error.kind(), kind, "{error}"),
    }
}

/// A delegation from one key to another, issued an hour ago.
pub fn grant(from: &KeyPair, to: &KeyPair, scope: &Scope) -> Delegation {
    let to = *to.public_key();
    let grant = Grant {
        delegator_name: "delegator",
        delegator_principal: None,
        delegate: &to,
        delegate_name: "delegate",
        delegate_principal: None,
        scope,
        parent: None,
    };
    let options = GrantOptions {
        time: Some(after(-3600)),
        ..GrantOptions::default()
    };
    delegation::sign(from, &grant, &options).unwrap()
}

pub fn scope(tools: &[&str], targets: &[&str], depth: u32) -> Scope {
    Scope::new(tools.iter().copied(), targets.iter().copied(), depth).unwrap()
}

/// Root to middle to agent, for what the bank calls.
pub fn chain() -> Chain {
    Chain::of(vec![
        grant(&root(), &middle(), &scope(&["pay", "read"], &[TARGET], 1)),
        grant(&middle(), &agent(), &scope(&["pay"], &[TARGET], 0)),
    ])
}

/// An honest delegated receipt.
pub fn delegated() -> Receipt {
    let action = json!({"tool": "pay", "target": TARGET,
        "params": serde_json::from_str::<Value>(ARGUMENTS).unwrap()});
    let action = Action::parse(action.to_string().as_bytes(), &ActionOptions::default()).unwrap();
    let options = SignAuthorizedOptions {
        time: Some(clock()),
        nonce: Some([4; 16]),
    };
    sign_authorized(&agent(), &action, "deploy-bot", &chain(), &options).unwrap()
}

/// What honest software refuses to sign: the delegated action on any chain, by
/// any key, with the chain's hash and root as they are.
pub fn forced(key: &KeyPair, chain: &Chain) -> String {
    forced_as(key, chain, |_| {})
}

/// The same with a changed body.
pub fn forced_as(key: &KeyPair, chain: &Chain, change: impl FnOnce(&mut Value)) -> String {
    let mut body = body_of(&delegated());
    body["signer"]["pubkey"] = json!(name_of(key));
    let authorization = body["authorization"].as_object_mut().unwrap();
    authorization.remove("chain");
    authorization.insert("chain_hash".into(), json!(chain.hash()));
    if let Some(root) = chain.root() {
        let root = signet::encoding::key_text::prefixed(root);
        authorization.insert("root_pubkey".into(), json!(root));
    }
    change(&mut body);
    let mut receipt = crafted_by(key, &body);
    receipt["authorization"]["chain"] = serde_json::from_slice(chain.json()).unwrap();
    receipt.to_string()
}

pub fn policy(yaml: &str) -> Policy {
    Policy::parse(yaml.as_bytes(), Format::Yaml).unwrap_or_else(|error| panic!("{error}"))
}

/// A trust bundle with these entries among the agents, and the root and server.
pub fn bundle(agents: &[Value]) -> TrustBundle {
    let document = json!({
        "version": 1, "bundle_id": "b", "org": "o", "env": "prod",
        "generated_at": "2026-06-01T00:00:00Z",
        "roots": [entry("root", &root())],
        "agents": agents,
        "servers": [entry("server", &server())],
    });
    TrustBundle::parse(document.to_string().as_bytes(), Format::Json)
        .unwrap_or_else(|error| panic!("{error}"))
}

pub fn entry(name: &str, key: &KeyPair) -> Value {
    json!({"id": name, "name": name, "owner": "o", "pubkey": name_of(key), "status": "active",
        "created_at": "2026-01-01T00:00:00Z"})
}

/// An active entry with more members.
pub fn entry_with(name: &str, key: &KeyPair, more: &Value) -> Value {
    let mut entry = entry(name, key);
    for (member, value) in more.as_object().unwrap() {
        entry[member] = value.clone();
    }
    entry
}
