//! Attacks on authorised receipts (version 4), by name: each tries what once
//! went through or what a forger would try first.

#[path = "support/signing.rs"]
mod signing;

use serde_json::{Value, json};
use signet::authority::authorized::{
    Authorized, AuthorizedOptions, SignAuthorizedOptions, sign_authorized, verify_authorized,
    verify_authorized_bilateral,
};
use signet::authority::chain::{Chain, DEFAULT_MAX_LINKS};
use signet::authority::delegation::{self, Delegation, Grant, GrantOptions, JudgedAt, Unsigned};
use signet::authority::scope::Scope;
use signet::encoding::jcs::Limits;
use signet::encoding::record::Reading;
use signet::encoding::rfc3339::Instant;
use signet::identity::KeyPair;
use signet::receipt::{
    Action, ActionOptions, BilateralOptions, CoSignOptions, Expiry, Field, Receipt, Response,
    VerifyOptions, co_sign,
};
use signet::{ErrorKind, Result};
use signing::{agent, body_of, clock, crafted, name_of, stranger, text_of, value_of};

fn root() -> KeyPair {
    KeyPair::from_seed(&[1; 32])
}

fn middle() -> KeyPair {
    KeyPair::from_seed(&[2; 32])
}

fn scope(max_depth: u32) -> Scope {
    Scope::new(["pay", "read"], ["mcp://bank"], max_depth).unwrap()
}

/// A delegation that was issued `seconds` after [`clock`].
fn issued(seconds: i64, from: &KeyPair, to: &KeyPair, scope: &Scope) -> Delegation {
    let grant = Grant {
        delegator_name: "root",
        delegator_principal: None,
        delegate: to.public_key(),
        delegate_name: "delegate",
        delegate_principal: None,
        scope,
        parent: None,
    };
    let options = GrantOptions {
        time: Some(clock().plus_millis(seconds * 1000)),
        nonce: None,
        unsigned: Unsigned::default(),
    };
    delegation::sign(from, &grant, &options).unwrap()
}

fn token(from: &KeyPair, to: &KeyPair, scope: &Scope) -> Delegation {
    issued(-60, from, to, scope)
}

/// From the root to the agent.
fn chain() -> Chain {
    Chain::of(vec![token(&root(), &agent(), &scope(0))])
}

fn action(text: &str) -> Action {
    Action::parse(text.as_bytes(), &ActionOptions::default()).unwrap()
}

const PAY: &str = r#"{"tool":"pay","target":"mcp://bank","params":{"amount":10}}"#;

fn sign_at(time: Instant, action_text: &str, chain: &Chain) -> Result<Receipt> {
    let options = SignAuthorizedOptions {
        time: Some(time),
        nonce: Some([5; 16]),
    };
    sign_authorized(&agent(), &action(action_text), "bot", chain, &options)
}

fn signed_on(chain: &Chain) -> Receipt {
    sign_at(clock(), PAY, chain).unwrap_or_else(|error| panic!("{error}"))
}

/// What the agent's own software refuses to sign: any chain for any action.
fn crafted_on(chain: &Chain, time: &str, action_text: &str) -> String {
    let mut body = body_of(&signed_on(&self::chain()));
    body["action"] = serde_json::from_slice(action(action_text).json()).unwrap();
    body["ts"] = json!(time);
    with_chain(body, chain)
}

/// A version 4 receipt by the agent, whose signature covers the hash of a chain.
fn with_chain(mut body: Value, chain: &Chain) -> String {
    body["authorization"] = json!({
        "chain_hash": chain.hash(),
        "root_pubkey": body["authorization"]["root_pubkey"],
    });
    if let Some(root) = chain.links().first() {
        let root = signet::encoding::key_text::prefixed(root.delegator());
        body["authorization"]["root_pubkey"] = json!(root);
    }
    let mut receipt = crafted(&body);
    receipt["authorization"]["chain"] = serde_json::from_slice(chain.json()).unwrap();
    receipt.to_string()
}

fn at(seconds: i64, skew_seconds: u64) -> JudgedAt {
    JudgedAt {
        at: clock().plus_millis(seconds * 1000),
        skew_seconds,
    }
}

fn judged_at(time: JudgedAt, text: &str, reading: Reading) -> Result<Authorized> {
    let receipt = Receipt::parse(text.as_bytes(), reading, &Limits::default())?;
    let options = AuthorizedOptions {
        roots: &[*root().public_key()],
        time,
        max_links: DEFAULT_MAX_LINKS,
    };
    verify_authorized(&receipt, &options)
}

fn judged(text: &str) -> Result<Authorized> {
    judged_at(at(0, 60), text, Reading::Strict)
}

#[track_caller]
fn assert_refused(text: &str, kind: ErrorKind) {
    let refused = judged(text).unwrap_err();
    assert_eq!(refused.kind(), kind, "{refused}: {text}");
}

#[test]
fn an_honest_receipt_verifies_and_says_on_whose_authority() {
    let links = vec![
        token(&root(), &middle(), &scope(1)),
        token(&middle(), &agent(), &scope(0)),
    ];
    let receipt = signed_on(&Chain::of(links));
    assert_eq!(receipt.version(), 4);
    assert_eq!(receipt.text(Field::SignerOwner), Some("root"));
    let authorized = judged(&text_of(&receipt)).unwrap();
    assert_eq!(authorized.signer(), agent().public_key());
    assert_eq!(authorized.root(), root().public_key());
    assert_eq!(*authorized.scope(), scope(0));
    assert_eq!(authorized.chain().links().len(), 2);
}

#[test]
fn the_agents_key_alone_is_never_enough_v6() {
    let agent = agent();
    let trusted = [agent.public_key()];
    let only_key = VerifyOptions {
        trusted: &trusted,
        expiry: Expiry::Ignored,
    };
    // A chain by a rogue root for `read`, and the action `pay`.
    let rogue = Scope::new(["read"], ["*"], 0).unwrap();
    let rogue = Chain::of(vec![token(&stranger(), &agent, &rogue)]);
    let forged = crafted_on(&rogue, "2026-06-15T12:00:00.000Z", PAY);
    for text in [forged.clone(), text_of(&signed_on(&chain()))] {
        for reading in [Reading::Strict, Reading::Forensic] {
            let receipt = Receipt::parse(text.as_bytes(), reading, &Limits::default()).unwrap();
            let refused = receipt.verify(&only_key).unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::ReceiptVersion);
        }
    }
    assert_refused(&forged, ErrorKind::ChainRootUntrusted);
    // With the rogue root trusted, the scope still speaks.
    let receipt = Receipt::parse(forged.as_bytes(), Reading::Strict, &Limits::default()).unwrap();
    let options = AuthorizedOptions {
        roots: &[*stranger().public_key()],
        time: at(0, 60),
        max_links: DEFAULT_MAX_LINKS,
    };
    let refused = verify_authorized(&receipt, &options).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ScopeViolation);
}

#[test]
fn a_forged_policy_or_expiry_breaks_the_signature_v10() {
    let honest = value_of(&signed_on(&chain()));
    for (name, value) in [
        ("exp", json!("2000-01-01T00:00:00Z")),
        ("exp", json!("2999-01-01T00:00:00Z")),
        (
            "policy",
            json!({
                "decision": "allow", "matched_rules": ["all"], "policy_hash": "sha256:0",
                "policy_name": "forged", "reason": "",
            }),
        ),
    ] {
        let mut forged = honest.clone();
        forged[name] = value;
        for reading in [Reading::Strict, Reading::Forensic] {
            let refused = judged_at(at(0, 60), &forged.to_string(), reading).unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::SignatureInvalid, "{name}");
        }
    }
    // A signed one counts.
    let mut body = body_of(&signed_on(&chain()));
    body["exp"] = json!("2026-06-15T11:59:59Z");
    assert_refused(&with_chain(body, &chain()), ErrorKind::Expired);
}

#[test]
fn dating_a_receipt_back_gains_nothing_g1() {
    // The token ran out an hour ago; the agent claims two hours ago.
    let expired = scope(0).expiring("2026-06-15T11:00:00Z").unwrap();
    let expired = Chain::of(vec![issued(-3 * 3600, &root(), &agent(), &expired)]);
    let forged = crafted_on(&expired, "2026-06-15T10:00:00.000Z", PAY);
    assert_refused(&forged, ErrorKind::DelegationExpired);
    // A claim from before the token existed contradicts itself at any time.
    let later = Chain::of(vec![issued(-60, &root(), &agent(), &scope(0))]);
    let forged = crafted_on(&later, "2026-06-15T10:00:00.000Z", PAY);
    let refused = judged(&forged).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::DelegationNotYetValid);
    assert_eq!(refused.position(), Some(0));
    // So does one from the future.
    let forged = crafted_on(&chain(), "2026-06-15T12:01:00.001Z", PAY);
    assert_refused(&forged, ErrorKind::TimeOutOfWindow);
    let within_skew = crafted_on(&chain(), "2026-06-15T12:01:00.000Z", PAY);
    judged(&within_skew).unwrap();
}

#[test]
fn history_stays_verifiable_as_of_its_time_g2() {
    let short = scope(0).expiring("2026-06-15T12:00:05Z").unwrap();
    let short = Chain::of(vec![token(&root(), &agent(), &short)]);
    let receipt = text_of(&signed_on(&short));
    judged(&receipt).unwrap();
    // An hour later, live, it has run out; as of then, it was good.
    let live = judged_at(at(3600, 60), &receipt, Reading::Strict).unwrap_err();
    assert_eq!(live.kind(), ErrorKind::DelegationExpired);
    judged_at(at(1, 0), &receipt, Reading::Strict).unwrap();
    // The forensic reading does not believe the agent's clock either.
    let live = judged_at(at(3600, 60), &receipt, Reading::Forensic).unwrap_err();
    assert_eq!(live.kind(), ErrorKind::DelegationExpired);
}

#[test]
fn the_skew_speaks_for_a_short_grant_g3() {
    let short = scope(0).expiring("2026-06-15T12:00:45Z").unwrap();
    let short = Chain::of(vec![token(&root(), &agent(), &short)]);
    let receipt = text_of(&signed_on(&short));
    for (seconds, skew, fine) in [
        (0, 60, true),
        (45, 0, true),
        (46, 0, false),
        (105, 60, true),
        (106, 60, false),
        (0, u64::MAX, true),
    ] {
        let verdict = judged_at(at(seconds, skew), &receipt, Reading::Strict);
        let verdict = verdict.map(drop).map_err(|error| error.kind());
        let expected = match fine {
            true => Ok(()),
            false => Err(ErrorKind::DelegationExpired),
        };
        assert_eq!(verdict, expected, "{seconds} {skew}");
    }
}

#[test]
fn what_the_chain_does_not_allow_is_not_signed_g12() {
    let refused = |action_text: &str, chain: &Chain| {
        let refused = sign_at(clock(), action_text, chain);
        refused.map(|receipt| text_of(&receipt)).unwrap_err().kind()
    };
    let chain = chain();
    for other in [
        r#"{"tool":"delete","target":"mcp://bank"}"#,
        r#"{"tool":"PAY","target":"mcp://bank"}"#,
        r#"{"tool":"p\u0430y","target":"mcp://bank"}"#,
        r#"{"tool":"pay ","target":"mcp://bank"}"#,
        r#"{"tool":"*","target":"mcp://bank"}"#,
        r#"{"tool":"pay","target":"mcp://bank/"}"#,
        r#"{"tool":"pay","target":"*"}"#,
        r#"{"tool":"pay"}"#,
    ] {
        assert_eq!(refused(other, &chain), ErrorKind::ScopeViolation, "{other}");
        // Nor verified, whoever signed it.
        let forged = crafted_on(&chain, "2026-06-15T12:00:00.000Z", other);
        assert_refused(&forged, ErrorKind::ScopeViolation);
    }
    let spelled = r#"{"target":"mcp:\/\/bank","tool":"p\u0061y"}"#;
    sign_at(clock(), spelled, &chain).unwrap();

    let expired = scope(0).expiring("2026-06-15T11:59:59.999Z").unwrap();
    for (links, kind) in [
        (vec![], ErrorKind::ChainEmpty),
        (
            vec![token(&root(), &stranger(), &scope(0))],
            ErrorKind::ChainDelegateMismatch,
        ),
        (
            vec![token(&root(), &agent(), &expired)],
            ErrorKind::DelegationExpired,
        ),
        (
            vec![issued(3600, &root(), &agent(), &scope(0))],
            ErrorKind::DelegationNotYetValid,
        ),
        (
            vec![
                token(&root(), &middle(), &scope(0)),
                token(&middle(), &agent(), &scope(0)),
            ],
            ErrorKind::DelegationDepthExceeded,
        ),
        (
            vec![
                token(&root(), &middle(), &scope(1)),
                token(&middle(), &agent(), &Scope::new(["*"], ["*"], 0).unwrap()),
            ],
            ErrorKind::ScopeWidened,
        ),
        (
            vec![
                token(&root(), &middle(), &scope(1)),
                token(&stranger(), &agent(), &scope(0)),
            ],
            ErrorKind::ChainBroken,
        ),
    ] {
        assert_eq!(refused(PAY, &Chain::of(links.clone())), kind);
        if !links.is_empty() {
            let forged = crafted_on(&Chain::of(links), "2026-06-15T12:00:00.000Z", PAY);
            let refused = judged_at(at(0, 0), &forged, Reading::Strict).unwrap_err();
            assert_eq!(refused.kind(), kind, "{refused}");
        }
    }
}

#[test]
fn a_chain_is_not_exchanged_reordered_or_cut() {
    let links = || {
        vec![
            token(&root(), &middle(), &scope(1)),
            token(&middle(), &agent(), &scope(0)),
        ]
    };
    let honest = signed_on(&Chain::of(links()));
    let mut reversed = value_of(&honest);
    let tokens = reversed["authorization"]["chain"].as_array_mut().unwrap();
    tokens.reverse();
    assert_refused(&reversed.to_string(), ErrorKind::ChainRootUntrusted);
    // The same rights by other tokens: the agent did not sign for those.
    let mut other = value_of(&honest);
    other["authorization"]["chain"] = serde_json::from_slice(Chain::of(links()).json()).unwrap();
    assert_refused(&other.to_string(), ErrorKind::ChainHashMismatch);
    let mut direct = value_of(&honest);
    direct["authorization"]["chain"] = serde_json::from_slice(chain().json()).unwrap();
    assert_refused(&direct.to_string(), ErrorKind::ChainHashMismatch);
    // Another root than the chain's, signed by the agent.
    let signed_chain = signed_on(&chain());
    let mut body = body_of(&signed_chain);
    body["authorization"] = json!({
        "chain_hash": signed_chain.text(Field::ChainHash),
        "root_pubkey": name_of(&stranger()),
    });
    let mut receipt = crafted(&body);
    receipt["authorization"]["chain"] = value_of(&signed_chain)["authorization"]["chain"].clone();
    assert_refused(&receipt.to_string(), ErrorKind::ChainRootMismatch);
    // Unsigned remarks are under the hash.
    let mut remarked = value_of(&honest);
    remarked["authorization"]["chain"][0]["scope"]["budget"] = json!(1_000_000);
    assert_refused(&remarked.to_string(), ErrorKind::ChainHashMismatch);
}

#[test]
fn unsigned_members_are_refused_down_to_the_tokens() {
    let honest = value_of(&signed_on(&chain()));
    for place in [
        "",
        "/authorization",
        "/authorization/chain/0",
        "/authorization/chain/0/scope",
        "/authorization/chain/0/delegator",
    ] {
        let mut forged = honest.clone();
        forged.pointer_mut(place).unwrap()["note"] = json!("approved");
        assert_refused(&forged.to_string(), ErrorKind::UnknownMember);
        judged_at(at(0, 60), &forged.to_string(), Reading::Forensic).unwrap();
    }
    let twice = honest
        .to_string()
        .replacen("\"tools\":", "\"tools\":[\"*\"],\"tools\":", 1);
    assert_refused(&twice, ErrorKind::JsonDuplicateMember);
    let float = honest
        .to_string()
        .replacen("\"max_depth\":0", "\"max_depth\":0.0", 1);
    assert_refused(&float, ErrorKind::ReceiptInvalid);
}

#[test]
fn a_long_chain_is_refused_before_its_keys_are_read() {
    let link = token(&root(), &agent(), &scope(0));
    let long = Chain::of(vec![link; 2000]);
    let text = crafted_on(&long, "2026-06-15T12:00:00.000Z", PAY);
    assert_refused(&text, ErrorKind::ChainTooLong);
}

#[test]
fn other_versions_rest_on_no_delegation() {
    let text = text_of(&signing::paid("{}"));
    assert_refused(&text, ErrorKind::ReceiptVersion);
}

#[test]
fn delegation_and_co_signing_combine_g13() {
    let server = KeyPair::from_seed(&[9; 32]);
    let co_signed = |agent_receipt: &Receipt| {
        let options = CoSignOptions {
            server_name: "bank",
            time: Some(clock().plus_millis(1000)),
            ..CoSignOptions::default()
        };
        co_sign(&server, agent_receipt, &Response::new(b"null"), &options).unwrap()
    };
    let servers = [server.public_key()];
    let bilateral = BilateralOptions {
        servers: &servers,
        agents: &[],
        window_seconds: Some(300),
        freshness: None,
        session: None,
        call_id: None,
        expiry: Expiry::JudgedAt(clock()),
    };
    let judge = |text: &str, roots: &[&KeyPair]| {
        let receipt = Receipt::parse(text.as_bytes(), Reading::Strict, &Limits::default())?;
        let roots: Vec<_> = roots.iter().map(|root| *root.public_key()).collect();
        let options = AuthorizedOptions {
            roots: &roots,
            // The server's word for when the receipt existed.
            time: JudgedAt::instant(receipt.response_time()?.unwrap()),
            max_links: DEFAULT_MAX_LINKS,
        };
        let (signers, authorized) = verify_authorized_bilateral(&receipt, &bilateral, &options)?;
        assert_eq!(signers.server, server.public_key());
        Ok::<_, signet::Error>(authorized)
    };
    let receipt = co_signed(&signed_on(&chain()));
    let authorized = judge(&text_of(&receipt), &[&root()]).unwrap();
    assert_eq!(authorized.signer(), agent().public_key());
    let refused = judge(&text_of(&receipt), &[&stranger()]).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ChainRootUntrusted);
    // Without looking at the delegation it is not fine.
    let refused = receipt.verify_bilateral(&bilateral).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ReceiptVersion);
    // The chain inside is under the server's signature too.
    let mut forged = value_of(&receipt);
    forged["agent_receipt"]["authorization"]["chain"][0]["scope"]["tools"] = json!(["*"]);
    let refused = judge(&forged.to_string(), &[&root()]).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::SignatureInvalid);
    // A receipt beyond the scope is not saved by a co-signature.
    let outside = r#"{"tool":"delete","target":"mcp://bank"}"#;
    let outside = crafted_on(&chain(), "2026-06-15T12:00:00.000Z", outside);
    let outside = Receipt::parse(outside.as_bytes(), Reading::Strict, &Limits::default());
    let outside = co_signed(&outside.unwrap());
    let refused = judge(&text_of(&outside), &[&root()]).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ScopeViolation);
    // And an undelegated one is for the other function.
    let refused = judge(&text_of(&co_signed(&signing::paid("{}"))), &[&root()]);
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::ReceiptVersion);
}
