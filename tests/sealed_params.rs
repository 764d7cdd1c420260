//! Encrypted params of log records: sealed and opened by us and by the published
//! Signet, in every combination, and every way to get them wrong.

#[path = "support/documents.rs"]
mod documents;
#[path = "support/mutations.rs"]
mod mutations;
#[path = "support/signing.rs"]
mod signing;
#[path = "support/vectors.rs"]
mod vectors;

use std::fs;
use std::sync::Arc;

use documents::{Documents, first_seed, torture};
use mutations::mutated;
use serde_json::{Value, json};
use signet::crypto::ed25519::PublicKey;
use signet::encoding::rfc3339::Instant;
use signet::error::ErrorKind;
use signet::identity::KeyPair;
use signet::log::{
    Clock, Finding, FindingKind, Log, LogOptions, ParamsKey, Report, SignaturePolicy, Verdict,
    VerifyOptions, verify_folder,
};
use signet::receipt::{Expiry, VerifyOptions as Held};
use signing::{agent, paid, stranger};

const EXACT: &str = r#"{"amount":123456789012345678901234567890,"to":"é"}"#;

/// The day of the receipts, because the published Signet files records by it.
#[derive(Debug)]
struct OnTheDay;

impl Clock for OnTheDay {
    fn now(&self) -> Instant {
        signing::clock()
    }

    fn pause(&self, _: u64) {}
}

fn key() -> ParamsKey {
    ParamsKey::of(&agent()).unwrap()
}

fn value(json: &[u8]) -> Value {
    serde_json::from_slice(json).unwrap()
}

fn bytes(value: &Value) -> Vec<u8> {
    value.to_string().into_bytes()
}

fn held(key: &PublicKey, check: impl FnOnce(&Held<'_>)) {
    check(&Held {
        trusted: &[key],
        expiry: Expiry::Ignored,
    });
}

#[test]
fn what_is_sealed_opens_to_the_same_receipt() {
    for params in ["{\"a\":1}", "null", "\"text\"", "[1,[2.5]]", EXACT] {
        let receipt = paid(params);
        let sealed = key().seal(&receipt).unwrap();
        assert!(sealed.view().has_encrypted_params());
        let record = value(sealed.json());
        assert!(record["action"].get("params").is_none());
        assert_eq!(
            record["action"]["params_hash"],
            value(receipt.json())["action"]["params_hash"]
        );
        let opened = key().open(sealed.json()).unwrap();
        assert_eq!(opened.json(), receipt.json(), "{params}");
        assert_eq!(opened.params(), receipt.params());
        assert_eq!(*key().open_json(sealed.json()).unwrap(), receipt.json());
        held(agent().public_key(), |held| {
            opened.verify(held).unwrap();
        });
        // Sealing twice never gives the same text.
        assert_ne!(key().seal(&receipt).unwrap().json(), sealed.json());
    }
}

#[test]
fn the_published_signet_opens_what_we_seal_and_we_what_it_seals() {
    for params in ["{\"a\":1}", "null", "[]", EXACT] {
        let receipt = paid(params);
        let ours = key().seal(&receipt).unwrap();
        let opened = signet_core::audit::decrypt_receipt_params_for_audit(
            &value(ours.json()),
            &agent().seed().unwrap().into(),
        );
        assert_eq!(opened.unwrap(), value(receipt.json()), "{params}");

        let theirs = signet_core::audit::encrypt_receipt_params_for_audit(
            &value(receipt.json()),
            &agent().seed().unwrap().into(),
        )
        .unwrap();
        let opened = key().open(&bytes(&theirs)).unwrap();
        assert_eq!(opened.json(), receipt.json(), "{params}");
    }
}

#[test]
fn random_params_are_sealed_and_opened_on_either_side() {
    let theirs = agent().seed().unwrap().into();
    let mut tried = 0_u64;
    for round in 0..1500 * torture() {
        let mut random = Documents::new(first_seed().wrapping_add(round));
        let params = random.document();
        let Ok(receipt) = signing::try_signed(&format!(r#"{{"tool":"t","params":{params}}}"#))
        else {
            continue;
        };
        let clear = value(receipt.json());
        let sealed = key().seal(&receipt).unwrap();
        let opened =
            signet_core::audit::decrypt_receipt_params_for_audit(&value(sealed.json()), &theirs);
        assert_eq!(opened.unwrap(), clear, "{params}");
        let sealed = signet_core::audit::encrypt_receipt_params_for_audit(&clear, &theirs);
        let sealed = bytes(&sealed.unwrap());
        assert_eq!(key().open(&sealed).unwrap().json(), receipt.json());
        // A changed record opens on neither side, or on theirs only.
        let changed = mutated(&mut random, &value(&sealed));
        let here = key().open(changed.as_bytes());
        let there = serde_json::from_str::<Value>(&changed).is_ok_and(|changed| {
            let opened = signet_core::audit::decrypt_receipt_params_for_audit(&changed, &theirs);
            opened.is_ok()
        });
        assert!(here.is_err() || there, "opened here only: {changed}");
        tried += 1;
    }
    assert!(tried > 500 * torture(), "{tried}");
}

/// The receipts of version 1, 2 and 4 in a recorded bundle.
fn recorded() -> Vec<Value> {
    let file = vectors::json(&vectors::own("prismer/bundles.json"));
    let cases = file["cases"].as_array().unwrap();
    let case = cases
        .iter()
        .find(|case| case["name"] == "build/mixed-kinds");
    let records = case.unwrap()["bundle"]["records.jsonl"].as_str().unwrap();
    records
        .lines()
        .map(|line| value(line.as_bytes())["receipt"].clone())
        .collect()
}

fn recorded_agent() -> KeyPair {
    let file = vectors::json(&vectors::own("prismer/keys.json"));
    let cases = file["cases"].as_array().unwrap();
    let case = cases.iter().find(|case| case["name"] == "agent").unwrap();
    let seed = signet::encoding::hex::decode(case["seed_hex"].as_str().unwrap().as_bytes());
    KeyPair::from_seed(&seed.unwrap())
}

#[test]
fn every_version_with_params_at_its_top_can_be_sealed() {
    let agent = recorded_agent();
    let key = ParamsKey::of(&agent).unwrap();
    let mut sealed_versions = Vec::new();
    for receipt in recorded() {
        let text = bytes(&receipt);
        let clear = receipt["action"].get("params").is_some();
        match key.seal_json(&text) {
            Ok(sealed) => {
                let opened = key.open_json(sealed.json()).unwrap();
                assert_eq!(value(&opened), receipt);
                let theirs = signet_core::audit::decrypt_receipt_params_for_audit(
                    &value(sealed.json()),
                    &agent.seed().unwrap().into(),
                );
                assert_eq!(theirs.unwrap(), receipt);
                sealed_versions.push(receipt["v"].as_u64().unwrap());
            }
            // Bilateral receipts, denials, and what is sealed already.
            Err(error) => {
                assert!(!clear);
                assert_eq!(error.kind(), ErrorKind::SealedParamsInvalid);
            }
        }
    }
    sealed_versions.sort_unstable();
    sealed_versions.dedup();
    assert_eq!(sealed_versions, [1, 2, 4]);
}

#[test]
fn every_way_to_get_it_wrong_is_told_apart() {
    let sealed = value(key().seal(&paid("{\"a\":1}")).unwrap().json());
    let changed = |change: fn(&mut Value)| {
        let mut record = sealed.clone();
        change(&mut record);
        key().open(&bytes(&record)).unwrap_err().kind()
    };
    use ErrorKind::{SealedParamsAltered as Altered, SealedParamsInvalid as Invalid, Unsupported};
    type Row = (fn(&mut Value), ErrorKind);
    let rows: &[Row] = &[
        (|r| r["action"]["params"] = json!({"a":1}), Invalid),
        (
            |r| r["action"]["params_encrypted"]["kid"] = json!("ed25519:x"),
            Invalid,
        ),
        (
            |r| r["action"]["params_encrypted"]["nonce"] = json!("AAAA"),
            Invalid,
        ),
        (
            |r| r["action"]["params_encrypted"]["ciphertext"] = json!("!"),
            Invalid,
        ),
        (
            |r| r["action"]["params_encrypted"]["more"] = json!(1),
            Invalid,
        ),
        (
            |r| r["action"]["params_encrypted"]["v"] = json!("1"),
            Invalid,
        ),
        (|r| r["action"]["params_encrypted"] = json!("x"), Invalid),
        (
            |r| r["action"]["params_encrypted"]["v"] = json!(2),
            Unsupported,
        ),
        (
            |r| r["action"]["params_encrypted"]["alg"] = json!("aes"),
            Unsupported,
        ),
        (
            |r| r["action"]["params_encrypted"]["ciphertext"] = json!("AAAA"),
            Altered,
        ),
        (
            |r| r["id"] = json!("rec_00000000000000000000000000000000"),
            Altered,
        ),
        (|r| r["ts"] = json!("2026-01-01T00:00:00Z"), Altered),
        (|r| r["v"] = json!(3), Invalid),
        (|r| r["action"]["more"] = json!(1), ErrorKind::UnknownMember),
    ];
    for (number, (change, expected)) in rows.iter().enumerate() {
        assert_eq!(changed(*change), *expected, "row {number}");
    }
    let other = ParamsKey::of(&stranger()).unwrap();
    let record = bytes(&sealed);
    assert_eq!(
        other.open(&record).unwrap_err().kind(),
        ErrorKind::KeyMismatch
    );
    assert_eq!(
        other.seal(&paid("{}")).unwrap_err().kind(),
        ErrorKind::KeyMismatch
    );
    // A wrong secret under the right name.
    let wrong = ParamsKey::from_bytes(agent().public_key(), &[7; 32]);
    assert_eq!(wrong.open(&record).unwrap_err().kind(), Altered);
    // What the params are bound to does not cover the tool; the signature does.
    let mut renamed = sealed.clone();
    renamed["action"]["tool"] = json!("other");
    let opened = key().open(&bytes(&renamed)).unwrap();
    held(agent().public_key(), |held| {
        let error = opened.verify(held).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::SignatureInvalid);
    });
}

#[test]
fn every_flipped_bit_of_the_ciphertext_is_noticed() {
    use signet::encoding::base64;
    let sealed = value(key().seal(&paid("[1]")).unwrap().json());
    let text = sealed["action"]["params_encrypted"]["ciphertext"]
        .as_str()
        .unwrap();
    let ciphertext = base64::decode(text.as_bytes()).unwrap();
    for bit in 0..ciphertext.len() * 8 {
        let mut flipped = ciphertext.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let mut record = sealed.clone();
        record["action"]["params_encrypted"]["ciphertext"] = json!(base64::encode(&flipped));
        let error = key().open(&bytes(&record)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::SealedParamsAltered, "bit {bit}");
    }
}

/// The params of a receipt exchanged, as only somebody can who has the params key.
fn resealed(receipt: &[u8], params: Value) -> Vec<u8> {
    let mut changed = value(receipt);
    changed["action"]["params"] = params;
    key().seal_json(&bytes(&changed)).unwrap().json().to_vec()
}

#[test]
fn an_auditor_with_the_lent_key_reads_and_verifies_and_forges_nothing_k10() {
    let receipt = paid("{\"pin\":\"4711\"}");
    let sealed = key().seal(&receipt).unwrap();
    // The auditor gets the derived key, which is not the one that signs.
    let lent = ParamsKey::from_bytes(agent().public_key(), key().bytes());
    assert_ne!(lent.bytes(), agent().seed().unwrap());
    let signer = KeyPair::from_seed(lent.bytes());
    assert_ne!(signer.public_key(), agent().public_key());
    assert!(!format!("{lent:?}").contains(&signet::encoding::hex::encode(lent.bytes())));
    // It reads, and what it reads verifies.
    let opened = lent.open(sealed.json()).unwrap();
    assert_eq!(opened.json(), receipt.json());
    held(agent().public_key(), |held| {
        opened.verify(held).unwrap();
    });
    // Other params can be sealed under it, and no signature fits them.
    let forged = resealed(receipt.json(), json!({"pin": "0000"}));
    let opened = lent.open(&forged).unwrap();
    held(agent().public_key(), |held| {
        let error = opened.verify(held).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::SignatureInvalid);
    });
    // Nor do the sealed params fit another record.
    let mut moved = value(paid("{\"pin\":\"0815\"}").json());
    moved["action"].as_object_mut().unwrap().remove("params");
    moved["action"]["params_encrypted"] =
        value(sealed.json())["action"]["params_encrypted"].clone();
    let error = lent.open(&bytes(&moved)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SealedParamsAltered);
    // Another signer's params stay closed.
    let other = ParamsKey::of(&stranger()).unwrap();
    let error = other.open(sealed.json()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::KeyMismatch);
    // In a log the forgery is one, whoever has put it there.
    let home = tempfile::tempdir().unwrap();
    let log = Log::open(home.path(), LogOptions::default()).unwrap();
    log.append_record(&sealed).unwrap();
    log.append_json(&forged).unwrap();
    log.close().unwrap();
    let agent = *agent().public_key();
    let (report, findings) = verified(&home.path().join("audit"), &[&agent], &[&lent]);
    assert_eq!(report.verdict, Verdict::Tampered);
    assert_eq!((report.signatures_valid, report.signatures_failed), (1, 1));
    assert_eq!(findings[0].index, 1);
}

/// The published format's own limit: `params_hash` is in clear and has no salt. A
/// random member in the params is the salt.
#[test]
fn a_guess_can_be_confirmed_unless_something_random_is_beside_it_k10() {
    let guessed = |params: &str| {
        let record = value(key().seal(&paid(params)).unwrap().json());
        let stated = record["action"]["params_hash"].clone();
        (0..10_000).find(|pin| {
            let hash =
                signet::crypto::digest::sha256(format!("{{\"pin\":\"{pin:04}\"}}").as_bytes());
            stated == format!("sha256:{}", signet::encoding::hex::encode(&hash))
        })
    };
    assert_eq!(guessed(r#"{"pin":"4711"}"#), Some(4711));
    let random = signet::encoding::hex::encode(&signet::crypto::random::bytes::<16>().unwrap());
    assert_eq!(
        guessed(&format!(r#"{{"pin":"4711","salt":"{random}"}}"#)),
        None
    );
}

/// A co-signed receipt has its params one level down; the format has no place for
/// them there, and nothing is sealed by half.
#[test]
fn co_signed_receipts_are_refused_and_never_half_sealed_k10() {
    let co_signed = recorded()
        .into_iter()
        .find(|receipt| receipt["v"] == 3)
        .unwrap();
    let key = ParamsKey::of(&recorded_agent()).unwrap();
    let error = key.seal_json(&bytes(&co_signed)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SealedParamsInvalid);
    assert!(error.to_string().contains("version 1, 2 and 4"), "{error}");
}

fn verified(
    audit: &std::path::Path,
    trusted: &[&PublicKey],
    keys: &[&ParamsKey],
) -> (Report, Vec<Finding>) {
    let mut findings = Vec::new();
    let options = VerifyOptions {
        signatures: Some(SignaturePolicy {
            trusted: Some(trusted),
            params_keys: keys,
            ..SignaturePolicy::default()
        }),
        ..VerifyOptions::default()
    };
    let report = verify_folder(audit, &options, &mut findings).unwrap();
    (report, findings)
}

#[test]
fn a_log_with_sealed_params_verifies_for_who_has_the_key_and_for_nobody_else_v1() {
    let home = tempfile::tempdir().unwrap();
    let options = LogOptions {
        clock: Arc::new(OnTheDay),
        ..LogOptions::default()
    };
    let log = Log::open(home.path(), options).unwrap();
    log.append(&paid("{\"a\":1}")).unwrap();
    for params in ["{\"b\":2}", EXACT] {
        log.append_record(&key().seal(&paid(params)).unwrap())
            .unwrap();
    }
    log.close().unwrap();
    // The published tool appends one of its own.
    let receipt = value(paid("{\"c\":3}").json());
    signet_core::audit::append_encrypted(home.path(), &receipt, &agent().seed().unwrap().into())
        .unwrap();
    assert!(signet_core::audit::verify_chain(home.path()).unwrap().valid);

    let audit = home.path().join("audit");
    let agent = *agent().public_key();
    let (key, other) = (key(), ParamsKey::of(&stranger()).unwrap());
    let (report, findings) = verified(&audit, &[&agent], &[&other, &key]);
    assert_eq!(report.verdict, Verdict::Ok, "{findings:?}");
    assert_eq!(report.signatures_valid, 4);
    for keys in [&[][..], &[&other]] {
        let (report, findings) = verified(&audit, &[&agent], keys);
        assert_eq!(report.verdict, Verdict::Unverifiable);
        assert_eq!((report.signatures_valid, report.unverifiable), (1, 3));
        assert!(findings.iter().all(|f| f.kind == FindingKind::ParamsSealed));
    }
    let (report, _) = verified(&audit, &[stranger().public_key()], &[]);
    assert_eq!(
        (report.verdict, report.signatures_failed),
        (Verdict::Tampered, 4)
    );
}

#[test]
fn recorded_logs_of_the_published_signet_are_judged_at_least_as_strictly() {
    let file = vectors::json(&vectors::own("prismer/audit_logs.json"));
    let key = ParamsKey::of(&recorded_agent()).unwrap();
    let agent = *recorded_agent().public_key();
    let mut seen = 0;
    for case in file["cases"].as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        if !name.starts_with("encrypted/") || case.get("files").is_none() {
            continue;
        }
        seen += 1;
        let audit = tempfile::tempdir().unwrap();
        for (file, content) in case["files"].as_object().unwrap() {
            fs::write(audit.path().join(file), content.as_str().unwrap()).unwrap();
        }
        let (with, findings) = verified(audit.path(), &[&agent], &[&key]);
        let (without, _) = verified(audit.path(), &[&agent], &[]);
        let altered = name.contains("/altered/");
        let expected = match name {
            // Unknown is not wrong, and never fine.
            "encrypted/altered/v-2" | "encrypted/altered/alg" => Verdict::Unverifiable,
            _ if altered => Verdict::Tampered,
            _ => Verdict::Ok,
        };
        assert_eq!(with.verdict, expected, "{name}: {findings:?}");
        // What needs no key to see is seen without one; nothing is called fine.
        let seen_without = match name {
            "encrypted/altered/nonce-length"
            | "encrypted/altered/id-in-aad"
            | "encrypted/altered/kid-other"
            | "encrypted/altered/both-params-and-envelope"
            | "encrypted/altered/envelope-missing-field"
            | "encrypted/altered/envelope-dropped"
            | "encrypted/altered/envelope-extra-field" => Verdict::Tampered,
            _ => Verdict::Unverifiable,
        };
        assert_eq!(without.verdict, seen_without, "{name}");
    }
    assert!(seen >= 15, "{seen}");
}
