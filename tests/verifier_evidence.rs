//! Receipts of every version judged by themselves: just received, or as evidence
//! of the past. Each test tries what once verified and should not have, or what
//! should have and did not.

#[path = "support/signing.rs"]
mod signing;

use serde_json::{Value, json};
use signet::ErrorKind;
use signet::authority::Format;
use signet::authority::authorized::{SignAuthorizedOptions, sign_authorized};
use signet::authority::chain::Chain;
use signet::authority::delegation::{self, Grant, GrantOptions, Unsigned};
use signet::authority::scope::Scope;
use signet::authority::trust::TrustBundle;
use signet::encoding::rfc3339::Instant;
use signet::identity::KeyPair;
use signet::receipt::{
    Action, ActionOptions, CoSignOptions, CompoundOptions, Receipt, Response, Signer, co_sign,
    sign_compound,
};
use signet::verifier::{
    Axis, Check, Evidence, Remark, ReplayStore, Report, Unchecked, Verifier, VerifierOptions,
};
use signing::{
    agent, body_of, clock, crafted, crafted_by, name_of, paid, stranger, text_of, value_of,
};

const ANSWER: &[u8] = br#"{"content":"paid"}"#;

fn root() -> KeyPair {
    KeyPair::from_seed(&[1; 32])
}

fn server() -> KeyPair {
    KeyPair::from_seed(&[9; 32])
}

fn after(seconds: i64) -> Instant {
    clock().plus_millis(seconds * 1000)
}

/// Trusts the agent, the server and the root, changed; remembers nothing.
fn verifier(change: impl FnOnce(&mut VerifierOptions)) -> Verifier {
    let mut options = VerifierOptions {
        trusted_keys: vec![*agent().public_key()],
        trusted_servers: vec![*server().public_key()],
        trusted_roots: vec![*root().public_key()],
        replay: ReplayStore::Off,
        ..VerifierOptions::default()
    };
    change(&mut options);
    Verifier::new(options).unwrap_or_else(|error| panic!("{error}"))
}

fn evidence(text: &str) -> Evidence<'_> {
    Evidence {
        receipt: text.as_bytes(),
        ..Evidence::default()
    }
}

fn received(text: &str, seconds: i64) -> Report {
    verifier(|_| {}).check_receipt(&evidence(text), after(seconds))
}

fn past(text: &str, seconds: i64) -> Report {
    verifier(|_| {}).check_evidence(&evidence(text), after(seconds))
}

#[track_caller]
fn assert_refused(report: &Report, axis: Axis, kind: ErrorKind) {
    assert_eq!(report.kind(), Some(kind), "{:?}", report.reason());
    assert!(matches!(report.check(axis), Check::Failed(error) if error.kind() == kind));
}

#[track_caller]
fn assert_ok(report: &Report) {
    assert!(report.is_ok(), "{:?}", report.reason());
}

fn co_signed_by(server: &KeyPair, agent_receipt: &Receipt) -> Receipt {
    let options = CoSignOptions {
        server_name: "payments",
        time: Some(after(1)),
        ..CoSignOptions::default()
    };
    co_sign(server, agent_receipt, &Response::new(ANSWER), &options).unwrap()
}

fn co_signed() -> Receipt {
    co_signed_by(&server(), &paid(r#"{"amount":10}"#))
}

fn compound() -> Receipt {
    let action = Action::parse(br#"{"tool":"pay"}"#, &ActionOptions::default()).unwrap();
    let signer = Signer {
        name: "bot",
        owner: "",
    };
    let options = CompoundOptions {
        requested_at: "2026-06-15T11:59:58Z",
        responded_at: "2026-06-15T12:00:00Z",
        nonce: None,
    };
    sign_compound(&agent(), &action, &Response::new(ANSWER), &signer, &options).unwrap()
}

fn delegated_with(unsigned: Unsigned<'_>) -> Receipt {
    let scope = Scope::new(["pay"], ["mcp://bank"], 0)
        .and_then(|scope| scope.expiring("2026-06-15T12:10:00Z"))
        .unwrap();
    let delegate = agent();
    let grant = Grant {
        delegator_name: "root",
        delegator_principal: None,
        delegate: delegate.public_key(),
        delegate_name: "bot",
        delegate_principal: None,
        scope: &scope,
        parent: None,
    };
    let options = GrantOptions {
        time: Some(after(-60)),
        nonce: None,
        unsigned,
    };
    let chain = Chain::of(vec![delegation::sign(&root(), &grant, &options).unwrap()]);
    let action = br#"{"tool":"pay","target":"mcp://bank","params":{"amount":10}}"#;
    let action = Action::parse(action, &ActionOptions::default()).unwrap();
    let options = SignAuthorizedOptions {
        time: Some(clock()),
        nonce: None,
    };
    sign_authorized(&agent(), &action, "bot", &chain, &options).unwrap()
}

fn delegated() -> Receipt {
    delegated_with(Unsigned::default())
}

#[test]
fn every_version_is_judged_with_the_keys_that_it_rests_on() {
    for (receipt, parties) in [
        (paid("{}"), (true, false, false)),
        (compound(), (true, false, false)),
        (co_signed(), (true, true, false)),
        (delegated(), (true, false, true)),
        (co_signed_by(&server(), &delegated()), (true, true, true)),
    ] {
        let text = text_of(&receipt);
        for report in [received(&text, 5), past(&text, 5)] {
            assert_ok(&report);
            assert!(report.is_trusted());
            let found = (
                report.signer().is_some_and(|party| party.trusted),
                report.server().is_some_and(|party| party.trusted),
                report.root().is_some_and(|party| party.trusted),
            );
            assert_eq!(found, parties);
            assert_eq!(report.receipt().unwrap().json(), receipt.json());
        }
    }
}

#[test]
fn evidence_says_that_age_and_replay_were_not_looked_at() {
    let verifier = verifier(|options| options.replay = ReplayStore::default());
    let text = text_of(&paid("{}"));
    for _ in 0..2 {
        let report = verifier.check_evidence(&evidence(&text), after(100_000_000));
        assert_ok(&report);
        let not_here = Check::NotChecked(Unchecked::NotForEvidence);
        assert_eq!(*report.check(Axis::Replay), not_here);
        assert_eq!(*report.check(Axis::Policy), not_here);
    }
    // Just received, it is fresh once.
    assert_ok(&verifier.check_receipt(&evidence(&text), after(5)));
    let again = verifier.check_receipt(&evidence(&text), after(5));
    assert_refused(&again, Axis::Replay, ErrorKind::Replayed);
    let old = verifier.check_receipt(&evidence(&text), after(301));
    assert_refused(&old, Axis::Time, ErrorKind::TooOld);
}

#[test]
fn co_signatures_of_2020_and_2099_are_not_fresh_r1() {
    let text = text_of(&co_signed());
    assert_ok(&received(&text, 301));
    assert_refused(&received(&text, 302), Axis::Time, ErrorKind::TooOld);
    assert_refused(&received(&text, -30), Axis::Time, ErrorKind::FromFuture);
    assert_refused(&received(&text, 200_000_000), Axis::Time, ErrorKind::TooOld);
    assert_refused(
        &received(&text, -200_000_000),
        Axis::Time,
        ErrorKind::FromFuture,
    );
    // It cannot be evidence from before it was made.
    assert_refused(&past(&text, -3600), Axis::Time, ErrorKind::FromFuture);
    assert_ok(&past(&text, 200_000_000));
}

#[test]
fn a_nonce_of_a_server_is_used_once_v15() {
    let verifier = verifier(|options| options.replay = ReplayStore::default());
    let text = text_of(&co_signed());
    assert_ok(&verifier.check_receipt(&evidence(&text), after(2)));
    for _ in 0..2 {
        let again = verifier.check_receipt(&evidence(&text), after(2));
        assert_refused(&again, Axis::Replay, ErrorKind::Replayed);
    }
}

#[test]
fn one_key_on_both_sides_is_said_r7() {
    let mut body = body_of(&co_signed());
    body["server"]["pubkey"] = json!(name_of(&agent()));
    let text = crafted_by(&agent(), &body).to_string();
    let both = verifier(|options| options.trusted_servers = vec![*agent().public_key()]);
    let report = both.check_evidence(&evidence(&text), after(5));
    assert_refused(&report, Axis::Trust, ErrorKind::SameSigner);
}

#[test]
fn an_untrusted_agent_under_a_trusted_server_is_refused_v5() {
    let mut body = body_of(&paid("{}"));
    body["signer"]["pubkey"] = json!(name_of(&stranger()));
    let theirs = crafted_by(&stranger(), &body).to_string();
    let theirs = Receipt::parse(
        theirs.as_bytes(),
        signet::encoding::record::Reading::Strict,
        &signet::encoding::jcs::Limits::default(),
    );
    let text = text_of(&co_signed_by(&server(), &theirs.unwrap()));
    assert_refused(&past(&text, 5), Axis::Trust, ErrorKind::SignerUntrusted);
    let text = text_of(&co_signed_by(&stranger(), &paid("{}")));
    assert_refused(&past(&text, 5), Axis::Trust, ErrorKind::SignerUntrusted);
    let lax = verifier(|options| options.require_trusted_signer = false);
    let report = lax.check_evidence(&evidence(&text), after(5));
    assert_ok(&report);
    assert!(!report.is_trusted());
    assert!(report.signer().unwrap().trusted && !report.server().unwrap().trusted);
}

#[test]
fn any_agent_passes_only_where_a_trusted_server_co_signed_and_that_was_asked_for() {
    let lenient = |options: &mut VerifierOptions| {
        options.trusted_keys = Vec::new();
        options.any_co_signed_agent = true;
    };
    let text = text_of(&co_signed());
    let report = verifier(lenient).check_evidence(&evidence(&text), after(60));
    assert_ok(&report);
    let trusted = |party: Option<&signet::verifier::Party>| party.map(|party| party.trusted);
    assert_eq!(
        (trusted(report.server()), trusted(report.signer())),
        (Some(true), Some(false))
    );
    assert_eq!(
        *report.check(Axis::Trust),
        Check::NotChecked(Unchecked::NotRequired)
    );
    assert!(!report.is_trusted());
    // Not under another server, and not without one.
    let other = |options: &mut VerifierOptions| {
        lenient(options);
        options.trusted_servers = vec![*stranger().public_key()];
    };
    let report = verifier(other).check_evidence(&evidence(&text), after(60));
    assert_refused(&report, Axis::Trust, ErrorKind::SignerUntrusted);
    let report = verifier(lenient).check_evidence(&evidence(&text_of(&paid("{}"))), after(60));
    assert_refused(&report, Axis::Trust, ErrorKind::SignerUntrusted);
}

#[test]
fn forged_members_are_refused_in_every_version_v9_v10_v11() {
    let policy = json!({"decision":"allow","matched_rules":[],"policy_hash":"sha256:x",
        "policy_name":"forged","reason":""});
    for receipt in [paid("{}"), compound(), co_signed(), delegated()] {
        for (member, forged) in [
            (
                "authorization",
                json!({"chain":[],"chain_hash":"x","root_pubkey":"x"}),
            ),
            ("policy", policy.clone()),
            ("exp", json!("2000-01-01T00:00:00Z")),
            ("approved_by", json!("cfo")),
        ] {
            let mut value = value_of(&receipt);
            value[member] = forged;
            let report = past(&value.to_string(), 5);
            assert!(!report.is_ok(), "{member}");
            assert!(report.receipt().is_none());
        }
    }
}

#[test]
fn what_the_agent_contradicts_itself_in_is_refused_v12_v13() {
    let body = body_of(&paid(r#"{"amount":10}"#));
    for (change, kind) in [
        (
            &(|b: &mut Value| {
                b["action"]["params_hash"] = json!(format!("sha256:{}", "0".repeat(64)))
            }) as &dyn Fn(&mut Value),
            ErrorKind::ParamsHashMismatch,
        ),
        (&|b| b["ts"] = json!("banana"), ErrorKind::TimestampInvalid),
        (&|b| b["nonce"] = json!(""), ErrorKind::ReceiptInvalid),
    ] {
        let mut body = body.clone();
        change(&mut body);
        let report = past(&crafted(&body).to_string(), 5);
        assert_refused(&report, Axis::Structure, kind);
    }
    let mut named = body.clone();
    named["signer"]["pubkey"] = json!(name_of(&stranger()));
    let report = past(&crafted(&named).to_string(), 5);
    assert_refused(&report, Axis::Signature, ErrorKind::SignatureInvalid);
    named["signer"]["pubkey"] = json!("ed25519:AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
    let report = past(&crafted(&named).to_string(), 5);
    assert_refused(&report, Axis::Signature, ErrorKind::KeyWeak);
}

fn bundle(agents: &str) -> TrustBundle {
    let text = format!(
        r#"{{"version":1,"bundle_id":"b","org":"o","env":"prod","generated_at":"2026-06-15T13:00:00Z","agents":[{agents}]}}"#
    );
    TrustBundle::parse(text.as_bytes(), Format::Json).unwrap()
}

#[test]
fn rotating_a_key_does_not_void_its_past_v17() {
    let entry = |status: &str| {
        format!(
            r#"{{"id":"a","name":"bot","owner":"o","pubkey":"{}","created_at":"2026-01-01T00:00:00Z",{status}}}"#,
            name_of(&agent())
        )
    };
    let text = text_of(&paid("{}"));
    for (status, kind) in [
        (
            r#""status":"disabled","disabled_at":"2026-06-15T12:30:00Z""#,
            ErrorKind::KeyDisabled,
        ),
        (
            r#""status":"revoked","revoked_at":"2026-06-15T12:30:00Z""#,
            ErrorKind::KeyRevoked,
        ),
        (
            r#""status":"active","expires_at":"2026-06-15T12:29:59Z""#,
            ErrorKind::KeyExpired,
        ),
    ] {
        let verifier = verifier(|options| {
            options.trusted_keys.clear();
            options.trust_bundle = Some(bundle(&entry(status)));
        });
        // Logged at once: good for ever. Presented only after the rotation: no.
        assert_ok(&verifier.check_evidence(&evidence(&text), after(5)));
        let report = verifier.check_evidence(&evidence(&text), after(1800));
        assert_refused(&report, Axis::Trust, kind);
    }
}

#[test]
fn dating_back_gains_nothing_and_history_stays_verifiable_g1_g2() {
    let text = text_of(&delegated());
    // The grant ends at 12:10.
    assert_ok(&past(&text, 0));
    assert_ok(&past(&text, 630));
    assert_refused(
        &past(&text, 631),
        Axis::Delegation,
        ErrorKind::DelegationExpired,
    );
    // Dated before the grant was made.
    let mut body = body_of(&delegated());
    let chain = body["authorization"]
        .as_object_mut()
        .unwrap()
        .remove("chain");
    body["ts"] = json!("2026-06-15T10:00:00.000Z");
    let mut receipt = crafted(&body);
    receipt["authorization"]["chain"] = chain.unwrap();
    let report = past(&receipt.to_string(), 0);
    assert_refused(&report, Axis::Delegation, ErrorKind::DelegationNotYetValid);
}

#[test]
fn a_revoked_delegation_carries_nothing_from_then_on_g7_g8() {
    let receipt = delegated();
    let value = value_of(&receipt);
    let id = value["authorization"]["chain"][0]["id"].as_str().unwrap();
    let revoking = verifier(|options| {
        options.revoked.insert(id.to_owned(), after(60));
    });
    let text = text_of(&receipt);
    assert_ok(&revoking.check_evidence(&evidence(&text), after(59)));
    let report = revoking.check_evidence(&evidence(&text), after(60));
    assert_refused(&report, Axis::Delegation, ErrorKind::Revoked);
    // Under another name it is another token, or none.
    let mut renamed = value.clone();
    renamed["authorization"]["chain"][0]["id"] = json!(format!("del_{}", "0".repeat(32)));
    let report = revoking.check_evidence(&evidence(&renamed.to_string()), after(60));
    assert_refused(&report, Axis::Delegation, ErrorKind::IdMismatch);
}

#[test]
fn limits_that_nobody_signed_are_named_as_such_g4_g11() {
    let receipt = delegated_with(Unsigned {
        budget: Some(br#"{"usd":10}"#),
        constraints: Some(br#"[{"max_calls":1,"type":"call_count"}]"#),
        correlation_id: Some(br#""c-1""#),
    });
    let report = past(&text_of(&receipt), 5);
    assert_ok(&report);
    assert_eq!(report.remarks(), [Remark::DelegationMembersUnsigned]);
    assert_eq!(past(&text_of(&delegated()), 5).remarks(), []);
    // What is shown as signed has none of them.
    let json: Value = serde_json::from_slice(&report.to_json()).unwrap();
    let signed = json["receipt"]["signed"].to_string();
    assert!(!signed.contains("budget") && !signed.contains("max_calls"));
    assert_eq!(json["remarks"], json!(["delegation_members_unsigned"]));
}

#[test]
fn extensions_are_not_shown_as_signed_v7() {
    let mut value = value_of(&co_signed());
    value["extensions"] = json!({"approved": "by the CFO"});
    let report = past(&value.to_string(), 5);
    assert_ok(&report);
    assert_eq!(report.remarks(), [Remark::ExtensionsUnsigned]);
    let text = String::from_utf8(report.to_json()).unwrap();
    assert!(!text.contains("CFO"));
}

#[test]
fn delegation_and_co_signing_combine_g13() {
    let receipt = co_signed_by(&server(), &delegated());
    let report = past(&text_of(&receipt), 5);
    assert_ok(&report);
    let no_root = verifier(|options| options.trusted_roots.clear());
    let report = no_root.check_evidence(&evidence(&text_of(&receipt)), after(5));
    assert_refused(&report, Axis::Delegation, ErrorKind::ChainRootUntrusted);
}

#[test]
fn arguments_and_response_are_compared_where_they_are_given() {
    let verifier = verifier(|_| {});
    let text = text_of(&co_signed());
    let nothing = verifier.check_evidence(&evidence(&text), after(5));
    let unchecked = Check::NotChecked(Unchecked::NotConfigured);
    assert_eq!(*nothing.check(Axis::Content), unchecked);
    for (arguments, response, expected) in [
        (Some(&br#"{ "amount": 10.0 }"#[..]), Some(ANSWER), None),
        (None, Some(ANSWER), None),
        (Some(b"{}"), None, Some(ErrorKind::ArgumentsMismatch)),
        (None, Some(b"{}"), Some(ErrorKind::ContentHashMismatch)),
    ] {
        let given = Evidence {
            arguments,
            response,
            ..evidence(&text)
        };
        let report = verifier.check_evidence(&given, after(5));
        assert_eq!(report.kind(), expected);
        if expected.is_none() {
            assert_eq!(*report.check(Axis::Content), Check::Passed);
        }
    }
}

#[test]
fn damage_of_any_byte_is_a_refusal_and_never_a_panic() {
    let verifier = verifier(|_| {});
    for receipt in [compound(), co_signed(), delegated()] {
        let text = receipt.json();
        for at in 0..text.len() {
            let mut damaged = text.to_vec();
            damaged[at] ^= 0x01;
            let given = Evidence {
                receipt: &damaged,
                ..Evidence::default()
            };
            let report = verifier.check_evidence(&given, after(5));
            assert!(!report.is_ok(), "byte {at}");
            let cut = Evidence {
                receipt: &text[..at],
                ..Evidence::default()
            };
            assert!(!verifier.check_evidence(&cut, after(5)).is_ok());
        }
    }
}
