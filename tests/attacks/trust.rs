//! Keys that are no longer trusted, never were, or are trusted for something
//! else.

use serde_json::json;
use signet::ErrorKind;
use signet::encoding::base64;
use signet::verifier::{Axis, Verifier};

use crate::ground::*;

/// A bank that trusts what a bundle says, and nothing else.
fn by_bundle(agents: &[serde_json::Value]) -> Verifier {
    verifier(|options| {
        options.trusted_keys.clear();
        options.trusted_roots.clear();
        options.trusted_servers.clear();
        options.trust_bundle = Some(bundle(agents));
    })
}

#[test]
fn nobody_is_trusted_unless_named() {
    let nobody = verifier(|options| {
        options.trusted_keys.clear();
        options.trusted_roots.clear();
        options.trusted_servers.clear();
    });
    let report = nobody.check_call(&call(&honest(1)), clock());
    refused(&report, Axis::Trust, ErrorKind::SignerUntrusted);
    let report = by_bundle(&[]).check_call(&call(&honest(1)), clock());
    refused(&report, Axis::Trust, ErrorKind::SignerUntrusted);
    passes(&by_bundle(&[entry("a", &agent())]).check_call(&call(&honest(1)), clock()));
}

#[test]
fn a_key_that_was_revoked_or_disabled_or_expired_signs_on() {
    for (more, kind) in [
        (
            json!({"status": "revoked", "revoked_at": "2026-06-15T11:00:00Z"}),
            ErrorKind::KeyRevoked,
        ),
        (
            json!({"status": "disabled", "disabled_at": "2026-06-15T11:00:00Z"}),
            ErrorKind::KeyDisabled,
        ),
        (
            json!({"expires_at": "2026-06-15T11:00:00Z"}),
            ErrorKind::KeyExpired,
        ),
        // `active`, says the status, and revoked all the same.
        (
            json!({"revoked_at": "2026-06-15T11:00:00Z"}),
            ErrorKind::KeyRevoked,
        ),
        (
            json!({"disabled_at": "2026-06-15T11:00:00Z"}),
            ErrorKind::KeyDisabled,
        ),
    ] {
        let bank = by_bundle(&[entry_with("a", &agent(), &more)]);
        let report = bank.check_call(&call(&honest(1)), clock());
        refused(&report, Axis::Trust, kind);
    }
}

#[test]
fn a_revoked_key_is_named_as_trusted_besides() {
    let revoked = json!({"status": "revoked", "revoked_at": "2026-06-15T11:00:00Z"});
    let bank = verifier(|options| {
        options.trust_bundle = Some(bundle(&[entry_with("a", &agent(), &revoked)]));
    });
    let report = bank.check_call(&call(&honest(1)), clock());
    refused(&report, Axis::Trust, ErrorKind::KeyRevoked);
}

#[test]
fn a_revoked_agent_comes_by_a_delegation() {
    let revoked = json!({"status": "revoked", "revoked_at": "2026-06-15T11:00:00Z"});
    let bank = by_bundle(&[entry_with("a", &agent(), &revoked)]);
    let report = bank.check_call(&call(&text_of(&delegated())), clock());
    assert_eq!(report.kind(), Some(ErrorKind::KeyRevoked));
    // A link in the middle that was revoked carries nobody either.
    let bank = by_bundle(&[entry_with("m", &middle(), &revoked)]);
    let report = bank.check_call(&call(&text_of(&delegated())), clock());
    refused(&report, Axis::Delegation, ErrorKind::KeyRevoked);
    passes(&by_bundle(&[]).check_call(&call(&text_of(&delegated())), clock()));
}

#[test]
fn a_rotated_key_signs_on_and_its_past_stays_good() {
    let rotated = [
        entry_with(
            "old",
            &agent(),
            &json!({"disabled_at": "2026-06-15T13:00:00Z"}),
        ),
        entry("new", &stranger()),
    ];
    let bank = by_bundle(&rotated);
    passes(&bank.check_call(&call(&honest(1)), clock()));
    let late = resigned(|body| body["ts"] = "2026-06-15T13:00:01Z".into());
    let report = bank.check_call(&call(&late), after(3601));
    refused(&report, Axis::Trust, ErrorKind::KeyDisabled);
    // Dated back, it is too old for a call.
    let report = bank.check_call(&call(&honest(2)), after(3601));
    assert!(!report.is_ok());
}

#[test]
fn a_key_is_trusted_for_something_else() {
    // Roots and servers are no agents.
    for (key, name) in [(root(), "root"), (server(), "server")] {
        let receipt = text_of(&signed_by(&key, name, "pay", ARGUMENTS, 1));
        refused(
            &presented(&receipt),
            Axis::Trust,
            ErrorKind::SignerUntrusted,
        );
    }
}

#[test]
fn a_bundle_is_forged_to_trust_everybody() {
    use signet::authority::Format;
    use signet::authority::trust::TrustBundle;
    let weak = {
        let mut identity = [0_u8; 32];
        identity[0] = 1;
        format!("ed25519:{}", base64::encode(&identity))
    };
    let good = json!({"version": 1, "bundle_id": "b", "org": "o", "env": "prod",
        "generated_at": "2026-06-01T00:00:00Z", "roots": [], "agents": [entry("a", &agent())],
        "servers": []});
    let read = |document: &serde_json::Value| {
        TrustBundle::parse(document.to_string().as_bytes(), Format::Json)
    };
    assert!(read(&good).is_ok());
    for (pointer, value, kind) in [
        ("/version", json!(2), ErrorKind::TrustBundleInvalid),
        ("/bundle_id", json!(" "), ErrorKind::TrustBundleInvalid),
        ("/env", json!("Prod"), ErrorKind::TrustBundleInvalid),
        (
            "/generated_at",
            json!("2026-06-01T00:00:00+02:00"),
            ErrorKind::TrustBundleInvalid,
        ),
        (
            "/agents/0/status",
            json!("Active"),
            ErrorKind::TrustBundleInvalid,
        ),
        (
            "/agents/0/status",
            json!("revoked"),
            ErrorKind::TrustBundleInvalid,
        ),
        (
            "/agents/0/pubkey",
            json!(weak),
            ErrorKind::TrustBundleInvalid,
        ),
        (
            "/agents/0/pubkey",
            json!("ed25519:*"),
            ErrorKind::TrustBundleInvalid,
        ),
        ("/agents/0/id", json!(""), ErrorKind::TrustBundleInvalid),
        ("/agents", json!({}), ErrorKind::TrustBundleInvalid),
    ] {
        let mut document = good.clone();
        *document.pointer_mut(pointer).unwrap() = value;
        fails(read(&document), kind);
    }
    for (place, member) in [
        ("", "agent"),
        ("/agents/0", "expires"),
        ("/agents/0", "revoked"),
    ] {
        let mut document = good.clone();
        document.pointer_mut(place).unwrap()[member] = json!("2026-01-01T00:00:00Z");
        fails(read(&document), ErrorKind::TrustBundleInvalid);
    }
    let mut twice = good.clone();
    twice["agents"] = json!([entry("a", &agent()), entry("b", &agent())]);
    fails(read(&twice), ErrorKind::TrustBundleInvalid);
}
