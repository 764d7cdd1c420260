//! Permissions that are good for so many calls, and using them for more.

use serde_json::{Value, json};
use signet::encoding::base64;
use signet::log::{Log, LogOptions};
use signet::mcp::{Evidence, EvidenceStore};
use signet::verifier::{Axis, Call, FileNoncesOptions, Remark, ReplayStore, Report, Verifier};
use signet::{ErrorKind, authority::chain::Chain};

use crate::ground::*;

/// An authority of the 0.11 form, whose decision allows the honest call so often.
fn decision(max_calls: Option<u64>) -> Value {
    let intent = json!({"tool": "pay", "target": TARGET, "transport": "stdio",
        "params_hash": body()["action"]["params_hash"]});
    let canonical = serde_jcs::to_vec(&intent).unwrap();
    let hash = signet::encoding::hex::encode(&signet::crypto::digest::sha256(&canonical));
    let constraints: Vec<Value> = max_calls
        .map(|max_calls| json!({"type": "call_count", "max_calls": max_calls}))
        .into_iter()
        .collect();
    let mut decision = json!({
        "v": 1, "authority": "service://acme/authority", "authority_pubkey": name_of(&root()),
        "subject": "agent://acme/bot", "intent_hash": format!("sha256:{hash}"),
        "decision": "allow", "basis": {"type": "approval", "approver": "user://acme/cfo"},
        "constraints": constraints, "obligations": [],
        "issued_at": "2026-06-15T11:59:00.000Z", "nonce": "rnd_5",
    });
    let signature = root().sign(&serde_jcs::to_vec(&decision).unwrap()).unwrap();
    let id = crate::signing::id_of(&signature).replace("rec_", "dec_");
    decision["decision_id"] = json!(id);
    decision["sig"] = json!(format!("ed25519:{}", base64::encode(&signature)));
    decision
}

fn used(decision: &Value, nonce: u8) -> String {
    resigned(|body| {
        body["action"]["transport"] = json!("stdio");
        body["signer"]["principal"] = json!("agent://acme/bot");
        body["authz_decision"] = decision.clone();
        body["nonce"] = json!(format!("rnd_{nonce:032}"));
    })
}

fn bank_of(replay: ReplayStore) -> Verifier {
    verifier(|options| {
        options.trusted_authorities = vec![*root().public_key()];
        options.require_decision = true;
        options.replay = replay;
    })
}

fn use_once(bank: &Verifier, decision: &Value, nonce: u8) -> Report {
    bank.check_call(&call(&used(decision, nonce)), clock())
}

#[test]
fn a_decision_for_one_call_is_used_for_five_g5() {
    // Whoever spends does not count: the verifier does, and remembers.
    for (limit, decision) in [
        (1, decision(None)),
        (1, decision(Some(1))),
        (3, decision(Some(3))),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let store = || ReplayStore::File {
            path: folder.path().join("nonces"),
            options: FileNoncesOptions::default(),
        };
        for attempt in 0..5 {
            // Each in a new process, as far as the verifier is concerned.
            let report = use_once(&bank_of(store()), &decision, attempt);
            if attempt < limit {
                passes(&report);
            } else {
                refused(&report, Axis::Decision, ErrorKind::DecisionUsedUp);
            }
        }
    }
}

#[test]
fn a_count_that_is_kept_nowhere_is_not_relied_on_g5() {
    let report = use_once(&bank_of(ReplayStore::Off), &decision(Some(1)), 1);
    refused(&report, Axis::Decision, ErrorKind::DecisionRequired);
    assert!(report.remarks().contains(&Remark::ConstraintsNotEnforced));
    // Nor is one in a delegation, which no signature covers: it is named so.
    let mut token: Value =
        serde_json::from_slice(grant(&root(), &agent(), &scope(&["pay"], &[TARGET], 0)).json())
            .unwrap();
    token["scope"]["constraints"] = json!([{"type": "call_count", "max_calls": 1}]);
    let chain = Chain::parse(
        json!([token]).to_string().as_bytes(),
        signet::encoding::record::Reading::Strict,
        &signet::encoding::jcs::Limits::default(),
    )
    .unwrap();
    let receipt = forced(&agent(), &chain);
    let report = bank().check_call(&call(&receipt), clock());
    passes(&report);
    assert!(
        report
            .remarks()
            .contains(&Remark::DelegationMembersUnsigned)
    );
}

#[test]
fn a_denied_call_in_the_log_resets_no_count_g6() {
    let folder = tempfile::tempdir().unwrap();
    let store = || ReplayStore::File {
        path: folder.path().join("nonces"),
        options: FileNoncesOptions::default(),
    };
    let one = decision(Some(1));
    passes(&use_once(&bank_of(store()), &one, 1));
    let log = Log::open(folder.path(), LogOptions::default()).unwrap();
    let denied = json!({"type": "policy_violation", "action": {"tool": "pay",
        "params_hash": body()["action"]["params_hash"], "target": TARGET}, "agent": "bot",
        "policy": "p", "policy_hash": format!("sha256:{}", "0".repeat(64)),
        "matched_rules": ["r"], "decision": "deny", "reason": "no",
        "ts": "2026-06-15T12:00:00.000Z"});
    let denied = serde_jcs::to_vec(&denied).unwrap();
    log.store(&[Evidence::Violation(&denied)]).unwrap();
    let again = use_once(&bank_of(store()), &one, 2);
    refused(&again, Axis::Decision, ErrorKind::DecisionUsedUp);
    // A count that can no longer be read is no count of zero.
    for name in ["nonces", "nonces.journal"] {
        let path = folder.path().join(name);
        let before = std::fs::read(&path).ok();
        std::fs::write(&path, b"garbage\n").unwrap();
        let mut options = options();
        options.trusted_authorities = vec![*root().public_key()];
        options.replay = store();
        match Verifier::new(options) {
            Ok(bank) => assert!(!use_once(&bank, &one, 3).is_ok(), "{name}"),
            Err(error) => assert_eq!(error.kind(), ErrorKind::ReplayStoreFailed, "{name}"),
        }
        match before {
            Some(bytes) => std::fs::write(&path, bytes).unwrap(),
            None => std::fs::remove_file(&path).unwrap(),
        }
    }
    let again = use_once(&bank_of(store()), &one, 3);
    refused(&again, Axis::Decision, ErrorKind::DecisionUsedUp);
}

#[test]
fn a_decision_is_forged_changed_or_moved() {
    let honest = decision(None);
    let bank = || bank_of(ReplayStore::default());
    passes(&use_once(&bank(), &honest, 1));
    for (member, value, kind) in [
        ("decision", json!("deny"), ErrorKind::SignatureInvalid),
        (
            "subject",
            json!("agent://acme/other"),
            ErrorKind::SignatureInvalid,
        ),
        (
            "authority",
            json!("user://acme/cfo"),
            ErrorKind::SignatureInvalid,
        ),
        ("nonce", json!("rnd_6"), ErrorKind::SignatureInvalid),
        (
            "authority_pubkey",
            json!(name_of(&agent())),
            ErrorKind::SignatureInvalid,
        ),
        (
            "decision_id",
            json!("dec_00000000000000000000000000000000"),
            ErrorKind::IdMismatch,
        ),
        (
            "constraints",
            json!([{"type": "call_count", "max_calls": 100}]),
            ErrorKind::SignatureInvalid,
        ),
        (
            "constraints",
            json!([{"type": "unlimited"}]),
            ErrorKind::DecisionInvalid,
        ),
        ("approved", json!(true), ErrorKind::DecisionInvalid),
        ("v", json!(2), ErrorKind::Unsupported),
    ] {
        let mut forged = honest.clone();
        forged[member] = value;
        let report = use_once(&bank(), &forged, 1);
        assert!(!report.is_ok(), "{member}");
        let found = report.kind().unwrap();
        assert!(
            found == kind || found == ErrorKind::UnknownMember,
            "{member}: {found:?}"
        );
    }
    // Moved to another action.
    let moved = resigned(|body| {
        let other = r#"{"amount":11,"to":"bob"}"#;
        *body = body_of(&paid_with("pay", other, 1));
        body["signer"]["principal"] = json!("agent://acme/bot");
        body["authz_decision"] = honest.clone();
    });
    let presented = call_of(&moved, "pay", r#"{"amount":11,"to":"bob"}"#);
    let report = bank().check_call(&presented, clock());
    refused(&report, Axis::Decision, ErrorKind::DecisionMismatch);
    // Without the principal that it is for.
    let nobodys = resigned(|body| body["authz_decision"] = honest.clone());
    let report = bank().check_call(&call(&nobodys), clock());
    refused(&report, Axis::Decision, ErrorKind::DecisionMismatch);
    // By an authority that nobody named, and by none.
    let unnamed = verifier(|options| {
        options.trusted_authorities = vec![*stranger().public_key()];
        options.require_decision = true;
    });
    let report = use_once(&unnamed, &honest, 1);
    refused(&report, Axis::Decision, ErrorKind::SignerUntrusted);
    let report = bank().check_call(&call(&self::honest(9)), clock());
    refused(&report, Axis::Decision, ErrorKind::DecisionRequired);
}

#[test]
fn of_racing_uses_of_one_decision_one_passes() {
    let bank = bank_of(ReplayStore::default());
    let one = decision(Some(1));
    let receipts: Vec<String> = (0..16).map(|nonce| used(&one, nonce)).collect();
    let accepted: usize = std::thread::scope(|scope| {
        let racers: Vec<_> = receipts
            .chunks(4)
            .map(|own| {
                let bank = &bank;
                scope.spawn(move || {
                    let passes = |receipt: &&String| {
                        let call: Call<'_> = call(receipt);
                        bank.check_call(&call, clock()).is_ok()
                    };
                    own.iter().filter(passes).count()
                })
            })
            .collect();
        racers.into_iter().map(|racer| racer.join().unwrap()).sum()
    });
    assert_eq!(accepted, 1);
}
