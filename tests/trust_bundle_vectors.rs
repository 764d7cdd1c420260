//! Every recorded trust bundle of the published Signet, judged here: the same
//! active keys, or another answer for a reason in the table.

#[path = "support/vectors.rs"]
mod vectors;

use signet::ErrorKind;
use signet::authority::Format;
use signet::authority::trust::{KeyStatus, Section, TrustBundle};
use signet::encoding::key_text;
use signet::encoding::rfc3339::Instant;

/// Bundles that the published Signet accepts and we refuse, with a piece of the
/// error and the sentence of `docs/compatibility.md`.
const REFUSED: &[(&str, &str, &str)] = &[
    (
        "unknown-fields",
        "unknown member",
        "a member that the format does not define is an error, because it may be one misspelt",
    ),
    (
        "pubkey-weak",
        "small order",
        "under a key of small order anybody can sign",
    ),
];

/// Keys that the published Signet takes for active and we do not.
const NOT_ACTIVE: &[(&str, Section, KeyStatus, &str)] = &[(
    "active-with-revoked_at",
    Section::Agents,
    KeyStatus::Revoked,
    "a date of revocation counts whatever the status beside it says",
)];

#[test]
fn every_recorded_bundle_has_the_recorded_active_keys_or_is_refused_for_a_reason() {
    let file = vectors::json(&vectors::own("prismer/trust_bundles.json"));
    let mut used = 0;
    for case in file["cases"].as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        let text = case["text"].as_str().unwrap().as_bytes();
        let format = match case["format"].as_str() {
            Some("yaml") => Format::Yaml,
            _ => Format::Json,
        };
        let parsed = TrustBundle::parse(text, format);
        if let Some(after) = case["file_after"].as_str() {
            let bundle = TrustBundle::parse(after.as_bytes(), format);
            assert!(bundle.is_ok(), "{name}: {bundle:?}");
        }
        if case.get("expect").is_none() {
            assert!(parsed.is_ok(), "{name}: {parsed:?}");
            continue;
        }
        if let Some((_, piece, reason)) = REFUSED.iter().find(|(case, ..)| *case == name) {
            used += 1;
            assert_eq!(case["expect"]["result"], "accept", "{name}");
            let error = parsed.expect_err(name);
            assert_eq!(error.kind(), ErrorKind::TrustBundleInvalid, "{name}");
            assert!(error.to_string().contains(piece), "{name}: {error}");
            assert!(error.place().is_some() && !reason.is_empty(), "{name}");
            continue;
        }
        let at = Instant::parse(case["at"].as_str().unwrap()).unwrap();
        match parsed {
            Err(error) => {
                assert_eq!(case["expect"]["result"], "reject", "{name}: {error}");
                assert_eq!(error.kind(), ErrorKind::TrustBundleInvalid, "{name}");
            }
            Ok(bundle) => {
                assert_eq!(case["expect"]["result"], "accept", "{name}");
                for section in Section::ALL {
                    let other = NOT_ACTIVE
                        .iter()
                        .find(|(case, of, ..)| *case == name && *of == section);
                    let active: Vec<String> = bundle
                        .active(section, at)
                        .iter()
                        .map(key_text::bare)
                        .collect();
                    if let Some((_, _, status, reason)) = other {
                        used += 1;
                        let keys = bundle.keys(section);
                        assert!(keys.iter().any(|key| key.status_at(at) == *status));
                        assert!(active.is_empty() && !reason.is_empty(), "{name}");
                        continue;
                    }
                    let recorded = &case["expect"]["value"][section.as_text()];
                    assert_eq!(recorded, &serde_json::json!(active), "{name}");
                }
            }
        }
    }
    assert_eq!(used, REFUSED.len() + NOT_ACTIVE.len());
}

fn recorded_rotation() -> (TrustBundle, TrustBundle) {
    let file = vectors::json(&vectors::own("prismer/trust_bundles.json"));
    let cases = file["cases"].as_array().unwrap();
    let case = cases.iter().find(|case| case["name"] == "cli/rotate");
    let case = case.expect("the recorded rotation");
    let read = |member: &str| {
        TrustBundle::parse(case[member].as_str().unwrap().as_bytes(), Format::Json).unwrap()
    };
    (read("text"), read("file_after"))
}

#[test]
fn a_key_rotated_by_the_published_command_still_vouches_for_its_past_v17() {
    let (before, after) = recorded_rotation();
    let old = before.keys(Section::Agents)[0].key;
    let at = |text| Instant::parse(text).unwrap();
    // Rotated at 2026-06-10T00:00:00Z.
    let check = |time| after.check(Section::Agents, &old, at(time));
    assert_eq!(check("2026-06-09T23:59:59.999Z").unwrap().key, old);
    let refused = check("2026-06-10T00:00:00Z").unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::KeyDisabled);
    assert_eq!(
        refused.to_string(),
        "agent key: the entry \"agent-1\" was disabled at 2026-06-10T00:00:00.000Z"
    );
    assert_eq!(
        after
            .active(Section::Agents, at("2026-06-01T00:00:00Z"))
            .len(),
        2
    );
    assert_eq!(
        after
            .active(Section::Agents, at("2026-06-15T00:00:00Z"))
            .len(),
        1
    );
}

/// A bundle with one agent, or several, each given by what differs.
fn bundle(agents: &[&str]) -> signet::Result<TrustBundle> {
    let mut text = "version: 1\nbundle_id: b\norg: o\nenv: prod\n\
                    generated_at: 2026-06-10T00:00:00Z\nagents:\n"
        .to_owned();
    for (index, agent) in agents.iter().enumerate() {
        text.push_str(&format!(
            "  - {{id: a{index}, name: n, owner: w, created_at: 2026-01-01T00:00:00Z, {agent}}}\n"
        ));
    }
    TrustBundle::parse(text.as_bytes(), Format::Yaml)
}

const KEY: &str = "ed25519:asQu4R4uTkuhAG83Af6o+Yqwzhkgm2C2DRXQXKa2+/4=";

#[test]
fn the_status_of_a_key_is_that_of_the_time_in_question() {
    use KeyStatus::{Active, Disabled, Expired, Revoked};
    let status = |entry: &str, time: &str| {
        let bundle = bundle(&[&format!("pubkey: \"{KEY}\", {entry}")]).unwrap();
        bundle.keys(Section::Agents)[0].status_at(Instant::parse(time).unwrap())
    };
    let revoked = "status: revoked, revoked_at: 2026-05-01T00:00:00Z";
    let early = "status: revoked, revoked_at: 2027-01-01T00:00:00Z";
    let both = "status: disabled, disabled_at: 2026-03-01T00:00:00Z, \
                revoked_at: 2026-04-01T00:00:00Z";
    let expiring = "status: active, expires_at: 2026-06-01T00:00:00Z";
    for (entry, time, expected) in [
        (revoked, "2026-04-30T23:59:59.999Z", Active),
        (revoked, "2026-05-01T00:00:00Z", Revoked),
        // A bundle that says "revoked" today means today, whatever the date.
        (early, "2026-06-09T00:00:00Z", Active),
        (early, "2026-06-10T00:00:00Z", Revoked),
        (both, "2026-02-28T00:00:00Z", Active),
        (both, "2026-03-15T00:00:00Z", Disabled),
        (both, "2026-04-01T00:00:00Z", Revoked),
        (expiring, "2026-06-01T00:00:00Z", Active),
        (expiring, "2026-06-01T00:00:00.001Z", Expired),
        // A key may be older than its entry.
        ("status: active", "2025-01-01T00:00:00Z", Active),
    ] {
        assert_eq!(status(entry, time), expected, "{entry} {time}");
    }
}

#[test]
fn each_reason_not_to_trust_a_key_has_its_own_kind() {
    let at = Instant::parse("2026-06-15T00:00:00Z").unwrap();
    for (entry, expected) in [
        (
            "status: disabled, disabled_at: 2026-05-01T00:00:00Z",
            ErrorKind::KeyDisabled,
        ),
        (
            "status: revoked, revoked_at: 2026-05-01T00:00:00Z",
            ErrorKind::KeyRevoked,
        ),
        (
            "status: active, expires_at: 2026-05-01T00:00:00Z",
            ErrorKind::KeyExpired,
        ),
    ] {
        let bundle = bundle(&[&format!("pubkey: \"{KEY}\", {entry}")]).unwrap();
        let key = bundle.keys(Section::Agents)[0].key;
        let error = bundle.check(Section::Agents, &key, at).unwrap_err();
        assert_eq!(error.kind(), expected);
        let error = bundle.check(Section::Roots, &key, at).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::SignerUntrusted);
    }
}

#[test]
fn a_did_key_is_the_same_key_as_its_ed25519_text() {
    let key = key_text::parse(KEY).unwrap();
    let did = format!("pubkey: \"{}\", status: active", key_text::did_key(&key));
    let read = bundle(&[&did]).unwrap();
    assert_eq!(read.keys(Section::Agents)[0].key, key);
    assert!(read.find(Section::Agents, &key).is_some());
    let base64 = format!("pubkey: \"{KEY}\", status: active");
    let error = bundle(&[&base64, &did]).unwrap_err();
    assert!(
        error.to_string().contains("a second entry for one key"),
        "{error}"
    );
}

#[test]
fn a_key_of_small_order_is_refused_where_it_stands_v13() {
    for weak in [
        "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "7P///////////////////////////////////////38=",
    ] {
        let error = bundle(&[&format!("pubkey: \"ed25519:{weak}\", status: active")]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TrustBundleInvalid);
        assert!(error.to_string().contains("small order"), "{error}");
        assert_eq!(error.place().unwrap().line, 7, "{error}");
    }
}
