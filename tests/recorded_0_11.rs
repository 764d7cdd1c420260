//! What only version 0.11 of the published Signet has, as it was recorded:
//! principals, principals in tokens, constraints, decisions and revocations. Its
//! receipts with decisions are in `verifier_vectors.rs`, its obligations in
//! `policy_vectors.rs`.

#[path = "support/recorded.rs"]
mod recorded;

use std::os::unix::fs::PermissionsExt;

use recorded::{cases, clock, file, key, name};
use serde_json::{Value, json};
use signet::authority::decision::AuthorityDecision;
use signet::authority::delegation::{Delegation, JudgedAt};
use signet::authority::principal;
use signet::authority::revocation::Revocations;
use signet::crypto::digest;
use signet::encoding::hex;
use signet::encoding::jcs::{self, Limits};
use signet::encoding::record::Reading;
use signet::encoding::rfc3339::Instant;
use signet::identity::Keystore;
use signet::receipt::{Action, ActionOptions};
use signet::verifier::{Axis, Evidence, Report, Verifier, VerifierOptions};
use signet::{Error, ErrorKind};

fn named<'a>(file: &'a Value, wanted: &str) -> &'a Value {
    let case = cases(file).iter().find(|case| name(case) == wanted);
    case.unwrap_or_else(|| panic!("no case {wanted}"))
}

fn of_kind<'a>(file: &'a Value, kind: &str) -> Vec<&'a Value> {
    let cases = cases(file).iter();
    cases.filter(|case| name(case).starts_with(kind)).collect()
}

#[test]
fn every_recorded_principal_is_taken_or_refused_as_recorded() {
    let file = file("v0_11");
    let recorded = of_kind(&file, "principal/");
    assert_eq!(recorded.len(), 24);
    for case in recorded {
        let text = case["principal"].as_str().unwrap();
        let accepted = principal::check(text).is_ok();
        // A private scheme of a principal has a name behind its `x-`.
        let expected = case["exit"] == 0 && !text.starts_with("x-://");
        assert_eq!(accepted, expected, "{text}");
    }
}

fn judged(text: &str, at: Instant) -> Result<Delegation, Error> {
    let token = Delegation::parse(text.as_bytes(), Reading::Strict, &Limits::default())?;
    token.verify(JudgedAt::instant(at))?;
    Ok(token)
}

#[test]
fn every_recorded_token_is_judged_as_recorded_and_its_unsigned_limits_named_so() {
    let file = file("v0_11");
    let mut seen = 0;
    for case in of_kind(&file, "token/") {
        let name = name(case);
        let text = case["text"].as_str().or(case["stdout"].as_str()).unwrap();
        if text.is_empty() {
            continue;
        }
        seen += 1;
        let there = case["verify"]["signet-0.11.0"]["exit"]
            .as_i64()
            .unwrap_or(0)
            == 0;
        let token = judged(text, clock(&file));
        assert_eq!(token.is_ok(), there, "{name}: {token:?}");
        let Ok(token) = token else {
            continue;
        };
        let constrained = text.contains("\"constraints\"");
        assert_eq!(
            token.unsigned().constraints.is_some(),
            constrained,
            "{name}"
        );
        assert_eq!(token.unsigned().is_empty(), !constrained, "{name}");
        let body = String::from_utf8(token.signed_body()).unwrap();
        assert!(!body.contains("constraints"), "{name}");
        assert_eq!(
            body.contains("principal"),
            text.contains("principal"),
            "{name}"
        );
    }
    assert_eq!(seen, 9);
}

#[test]
fn recorded_decisions_have_the_recorded_bodies_and_hashes() {
    let file = file("v0_11");
    let full = named(&file, "decision/full");
    let text = full["text"].as_str().unwrap();
    let canonical = jcs::canonicalize(text.as_bytes(), &Limits::default()).unwrap();
    let decision: Value = serde_json::from_slice(&canonical).unwrap();
    let mut body = decision.clone();
    let members = body.as_object_mut().unwrap();
    members.retain(|name, _| name != "decision_id" && name != "sig");
    let body = jcs::canonicalize(body.to_string().as_bytes(), &Limits::default()).unwrap();
    assert_eq!(std::str::from_utf8(&body).unwrap(), full["signed_body"]);
    let intent = full["intent_body"].as_str().unwrap();
    let hash = hex::encode(&digest::sha256(intent.as_bytes()));
    assert_eq!(decision["intent_hash"], format!("sha256:{hash}"));
    // Both stand in a receipt of their action and hold there.
    let receipt = named(&file, "receipt/with-decision")["text"]
        .as_str()
        .unwrap();
    let receipt: Value = serde_json::from_str(receipt).unwrap();
    assert_eq!(receipt["authz_decision"], decision);
    let minimal = named(&file, "decision/minimal")["text"].as_str().unwrap();
    let minimal: Value = serde_json::from_str(minimal).unwrap();
    let agent = agent(&file);
    for decision in [decision, minimal] {
        let mut body = receipt.clone();
        let members = body.as_object_mut().unwrap();
        members.retain(|name, _| name != "id" && name != "sig");
        body["authz_decision"] = decision;
        let text = signing::crafted_by(&agent, &body).to_string();
        let report = past(&file, &text, |options| {
            options.trusted_authorities = vec![*key("mid").public_key()];
            options.require_decision = true;
        });
        report.require_ok().unwrap();
    }
}

#[path = "support/signing.rs"]
mod signing;

fn agent(file: &Value) -> signet::identity::KeyPair {
    let text = file["home_files"]["keys/agent.key"].as_str().unwrap();
    let written: Value = serde_json::from_str(text).unwrap();
    let seed = written["seed"].as_str().unwrap().as_bytes();
    let seed = signet::encoding::base64::decode_array(seed).unwrap();
    signet::identity::KeyPair::from_seed(&seed)
}

fn past(file: &Value, text: &str, change: impl FnOnce(&mut VerifierOptions)) -> Report {
    let mut options = VerifierOptions {
        trusted_keys: vec![*agent(file).public_key()],
        trusted_roots: vec![*key("root").public_key()],
        ..VerifierOptions::default()
    };
    change(&mut options);
    let evidence = Evidence {
        receipt: text.as_bytes(),
        ..Evidence::default()
    };
    let verifier = Verifier::new(options).unwrap();
    verifier.check_evidence(&evidence, clock(file))
}

#[test]
fn authorised_receipts_with_principals_verify_and_with_another_key_do_not() {
    let file = file("v0_11");
    let honest = named(&file, "receipt-v4/with-principals");
    let text = honest["text"].as_str().unwrap();
    past(&file, text, |_| {}).require_ok().unwrap();
    let posing = named(&file, "receipt-v4/signer-pubkey-of-somebody-else");
    let report = past(&file, posing["text"].as_str().unwrap(), |_| {});
    assert_eq!(report.kind(), Some(ErrorKind::SignatureInvalid));
}

/// The revocations of a case, for a verifier.
fn revocations(case: &Value) -> Vec<(String, Instant)> {
    let list = Revocations::parse(case["revocations"].as_str().unwrap().as_bytes()).unwrap();
    let records = list.records().iter();
    records
        .map(|record| (record.artifact_id().into_owned(), record.revoked_at()))
        .collect()
}

#[test]
fn recorded_revocations_hold_wherever_and_under_whatever_name_g7_g8() {
    let file = file("v0_11");
    let of_token = revocations(named(&file, "revocation/token"));
    let of_decision = revocations(named(&file, "revocation/decision"));
    let delegated = named(&file, "receipt-v4/with-principals")["text"]
        .as_str()
        .unwrap();
    let decided = named(&file, "receipt/with-decision")["text"]
        .as_str()
        .unwrap();
    for (text, revoked, axis) in [
        (delegated, of_token.clone(), Axis::Delegation),
        // The published `verify` does not ask.
        (decided, of_decision, Axis::Decision),
    ] {
        past(&file, text, |_| {}).require_ok().unwrap();
        let report = past(&file, text, |options| options.revoked.extend(revoked));
        assert_eq!(report.kind(), Some(ErrorKind::Revoked));
        assert_eq!(report.check(axis).code(), "revoked");
    }
    // A token that was given another id is no other token.
    let renamed = named(&file, "revocation/evaded-by-renaming-the-token");
    assert_eq!(renamed["verify_auth"]["signet-0.11.0"]["exit"], 0);
    let report = past(&file, renamed["text"].as_str().unwrap(), |options| {
        options.revoked.extend(of_token);
    });
    assert_eq!(report.kind(), Some(ErrorKind::IdMismatch));
}

#[test]
fn a_recorded_revocation_is_signed_by_its_issuer() {
    let file = file("v0_11");
    let read = |name: &str| {
        let list = named(&file, name)["revocations"].as_str().unwrap();
        Revocations::parse(list.as_bytes()).unwrap()
    };
    let of_token = read("revocation/token");
    let [record] = of_token.records() else {
        panic!("one record");
    };
    let body = String::from_utf8(record.signed_body()).unwrap();
    assert_eq!(body, named(&file, "revocation/token")["signed_body"]);
    record.verify(key("root").public_key()).unwrap();
    assert_eq!(record.revoked_by(), "user://example/alice");
    let token = named(&file, "token/with-principals")["text"]
        .as_str()
        .unwrap();
    let token = judged(token, clock(&file)).unwrap();
    assert!(of_token.of_delegation(&token).unwrap().is_some());
    // The edited one is under no signature: an error, and no missing record.
    let edited = read("revocation/edited-record");
    let refused = edited.of_delegation(&token);
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::RecordInvalid);
    // A decision is revoked by its authority.
    let decision = named(&file, "decision/full")["text"].as_str().unwrap();
    let decision = AuthorityDecision::parse(decision.as_bytes()).unwrap();
    let of_decision = read("revocation/decision");
    assert!(of_decision.of_decision(&decision).unwrap().is_some());
    assert!(of_token.of_decision(&decision).unwrap().is_none());
    // The list that is ignored there is an error here.
    let unreadable = named(&file, "revocation/unreadable-file-is-ignored-when-signing");
    let list = unreadable["revocations"].as_str().unwrap();
    assert!(Revocations::parse(list.as_bytes()).is_err());
}

#[test]
fn recorded_decisions_allow_their_action_to_their_subject_and_nothing_else() {
    let file = file("v0_11");
    let action = |json: &str| Action::parse(json.as_bytes(), &ActionOptions::default()).unwrap();
    let intended = action(
        r#"{"tool":"deploy","params":{"a":[2.5,"\u00e9"],"b":1},"target":"mcp://prod","transport":"STDIO"}"#,
    );
    let (subject, now) = ("agent://example/deploy-bot", clock(&file));
    for name in ["decision/full", "decision/minimal"] {
        let text = named(&file, name)["text"].as_str().unwrap();
        let decision = AuthorityDecision::parse(text.as_bytes()).unwrap();
        decision.check_allows(&intended, subject, now).unwrap();
        let kind = |refused: signet::Result<()>| refused.unwrap_err().kind();
        let other = action(r#"{"tool":"deploy","params":{},"target":"mcp://prod"}"#);
        assert_eq!(
            kind(decision.check_allows(&other, subject, now)),
            ErrorKind::DecisionMismatch
        );
        let somebody = decision.check_allows(&intended, "agent://other/x", now);
        assert_eq!(kind(somebody), ErrorKind::DecisionMismatch);
        let late = Instant::parse("2026-06-15T13:00:00.001Z").unwrap();
        let expired = decision.check_allows(&intended, subject, late);
        assert_eq!(expired.is_err(), name == "decision/full", "{name}");
        let edited = text.replace("\"listed\"", "\"forged\"");
        let edited = AuthorityDecision::parse(edited.as_bytes()).unwrap();
        assert_eq!(
            kind(edited.check_allows(&intended, subject, now)),
            ErrorKind::SignatureInvalid
        );
    }
}

#[test]
fn a_recorded_budget_limits_nobody_and_is_said_to_g5_g6() {
    let file = file("v0_11");
    let case = named(&file, "budget/call-count");
    // There it held once, and no more once a denied call was in the log.
    assert_eq!(case["second"]["exit"], 3);
    assert_eq!(case["third_with_violation_record_in_log"]["exit"], 0);
    let token = judged(case["token"].as_str().unwrap(), clock(&file)).unwrap();
    let constraints: Value = serde_json::from_slice(token.unsigned().constraints.unwrap()).unwrap();
    assert_eq!(constraints, json!([{"type": "call_count", "max_calls": 1}]));
}

#[test]
fn a_recorded_key_file_with_a_principal_is_read() {
    let file = file("v0_11");
    let case = named(&file, "keyfile/pub-with-principal");
    let folder = tempfile::tempdir().unwrap();
    let keys = folder.path().join("keys");
    std::fs::create_dir(&keys).unwrap();
    for (name, text) in case["files"].as_object().unwrap() {
        let path = keys.join(name);
        std::fs::write(&path, text.as_str().unwrap()).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
    let store = Keystore::open(folder.path()).unwrap();
    let key = store.load("fresh", None).unwrap();
    let printed = case["cli"]["stdout"].as_str().unwrap().trim();
    let bare = signet::encoding::base64::encode(key.public_key().as_bytes());
    assert_eq!(bare, printed);
    assert_eq!(store.public_key("fresh").unwrap(), *key.public_key());
    let info = store.info("fresh").unwrap();
    assert_eq!(
        info.principal.as_deref(),
        Some("agent://example/deploy-bot")
    );
}
