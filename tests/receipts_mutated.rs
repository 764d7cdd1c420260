//! Damaged and forged receipts by the thousand (by the million when
//! `SIGNET_TORTURE` is 100): reading and verifying one never panics, and one
//! that verifies says, byte for byte, what was signed.

#[path = "support/documents.rs"]
mod documents;
#[path = "support/signing.rs"]
mod signing;

use documents::{Documents, first_seed, torture};
use serde_json::{Value, json};
use signet::encoding::jcs::Limits;
use signet::encoding::record::Reading;
use signet::receipt::{Expiry, Field, Receipt, VerifyOptions};
use signing::{agent, body_of, clock, crafted, paid, signed, text_of};

/// What there is to damage: every kind of member, however it is spelled.
fn originals() -> Vec<String> {
    let mut attested = body_of(&paid(r#"{"amount":10,"to":["x",{"y":null}]}"#));
    attested["policy"] = json!({
        "decision": "allow", "matched_rules": ["ok", "also"], "policy_hash": "sha256:00",
        "policy_name": "base", "reason": "small",
    });
    attested["exp"] = json!("2026-06-15T21:00:00+09:00");
    attested["signer"]["principal"] = json!("agent://prismer/deploy-bot");
    let attested = crafted(&attested);
    let everything = signed(
        r#"{"tool":"t\u0000\"\\é😀","params":{"b":1.5,"a":[true,"\n"]},"target":"mcp://x",
            "transport":"http","session":"s","call_id":"c","response_hash":"sha256:ab",
            "trace_id":"tr","parent_receipt_id":"rec_1"}"#,
    );
    let hash_only = signed(&format!(
        r#"{{"tool":"t","params_hash":"sha256:{}"}}"#,
        "ab".repeat(32)
    ));
    vec![
        text_of(&paid(r#"{"amount":10}"#)),
        text_of(&everything),
        text_of(&hash_only),
        text_of(&paid(r#"{"id":9007199254740993}"#)),
        attested.to_string(),
        serde_json::to_string_pretty(&attested).unwrap(),
    ]
}

/// What a receipt that verifies must say.
struct Original {
    text: String,
    canonical: Vec<u8>,
    body: Vec<u8>,
}

impl Original {
    fn of(text: String) -> Original {
        let receipt = read(text.as_bytes(), Reading::Strict).expect("a receipt");
        verify(&receipt).expect("an honest receipt");
        let (canonical, body) = (receipt.json().to_vec(), receipt.signed_body());
        Original {
            text,
            canonical,
            body,
        }
    }

    fn all() -> Vec<Original> {
        originals().into_iter().map(Original::of).collect()
    }

    /// Judges a damaged receipt in both readings. Answers how many verify.
    fn judge(&self, damaged: &[u8]) -> usize {
        let mut verified = 0;
        for reading in [Reading::Strict, Reading::Forensic] {
            let Some(receipt) = read(damaged, reading) else {
                continue;
            };
            look_at(&receipt);
            if verify(&receipt).is_none() {
                continue;
            }
            verified += 1;
            let shown = String::from_utf8_lossy(damaged);
            // The published Signet does not check the id, so a forensic reader
            // may find another one.
            assert_eq!(receipt.signed_body(), self.body, "{shown}");
            if reading == Reading::Strict {
                assert_eq!(receipt.json(), self.canonical, "{shown}");
            }
        }
        verified
    }
}

fn read(text: &[u8], reading: Reading) -> Option<Receipt> {
    Receipt::parse(text, reading, &Limits::default()).ok()
}

fn verify(receipt: &Receipt) -> Option<()> {
    let agent = agent();
    let trusted = [agent.public_key()];
    let expiry = Expiry::JudgedAt(clock());
    let options = VerifyOptions {
        trusted: &trusted,
        expiry,
    };
    receipt.verify(&options).ok().map(drop)
}

/// Everything that can be asked of a receipt, verified or not.
fn look_at(receipt: &Receipt) {
    for &field in Field::TEXTS {
        let text = receipt.text(field);
        assert_eq!(text.is_some(), receipt.value(field).is_some(), "{field:?}");
    }
    serde_json::from_slice::<Value>(&receipt.params()).expect("params are JSON");
    serde_json::from_slice::<Value>(receipt.json()).expect("a receipt is JSON");
    let _ = (
        receipt.time(),
        receipt.signature(),
        receipt.signer_key_bytes(),
    );
}

#[test]
fn a_damaged_byte_never_changes_what_verifies() {
    let mut random = Documents::new(first_seed());
    let mut verified = 0;
    for original in Original::all() {
        let bytes = original.text.as_bytes();
        for at in 0..bytes.len() {
            for _ in 0..torture() {
                let mut flipped = bytes.to_vec();
                flipped[at] ^= 1 << random.below(8);
                verified += original.judge(&flipped);
                let mut replaced = bytes.to_vec();
                replaced[at] = random.below(256) as u8;
                verified += original.judge(&replaced);
            }
            let mut shorter = bytes.to_vec();
            shorter.remove(at);
            verified += original.judge(&shorter);
            let mut longer = bytes.to_vec();
            longer.insert(at, bytes[at]);
            verified += original.judge(&longer);
            assert_eq!(original.judge(&bytes[..at]), 0);
        }
    }
    // White space comes and goes freely, and ids are not checked forensically.
    assert!(verified > 100, "{verified}");
}

#[test]
fn a_repeated_member_never_changes_what_verifies() {
    let mut forensic = 0;
    for original in Original::all() {
        let value: Value = serde_json::from_str(&original.text).unwrap();
        for place in objects(&value) {
            let object = value.pointer(&place).unwrap().to_string();
            for (name, honest) in value.pointer(&place).unwrap().as_object().unwrap() {
                for other in [
                    honest.to_string(),
                    "null".to_owned(),
                    "1".to_owned(),
                    "{}".to_owned(),
                    json!(format!("{name}-forged")).to_string(),
                ] {
                    let spelled = format!("\"\\u{:04x}{}\"", name.as_bytes()[0], &name[1..]);
                    for name in [json!(name).to_string(), spelled] {
                        let before = format!("{{{name}:{other},{}", &object[1..]);
                        let end = object.len() - 1;
                        let after = format!("{},{name}:{other}}}", &object[..end]);
                        for repeated in [before, after] {
                            let text = value.to_string().replace(&object, &repeated);
                            assert_ne!(text, value.to_string());
                            // Strictly never; forensically if the last is honest.
                            let strict = read(text.as_bytes(), Reading::Strict);
                            assert!(strict.is_none(), "{text}");
                            forensic += original.judge(text.as_bytes());
                        }
                    }
                }
            }
        }
    }
    assert!(forensic > 500, "{forensic}");
}

#[test]
fn a_changed_value_never_changes_what_verifies() {
    let others = [
        json!(null),
        json!(true),
        json!(0),
        json!(1),
        json!(2.5),
        json!(""),
        json!("forged"),
        json!([]),
        json!({}),
        json!([["x"]]),
        json!({"$exact": "5"}),
    ];
    for original in Original::all() {
        let value: Value = serde_json::from_str(&original.text).unwrap();
        for place in values(&value) {
            for other in &others {
                let mut forged = value.clone();
                *forged.pointer_mut(&place).unwrap() = other.clone();
                original.judge(forged.to_string().as_bytes());
            }
            for from in values(&value) {
                let mut forged = value.clone();
                *forged.pointer_mut(&place).unwrap() = value.pointer(&from).unwrap().clone();
                original.judge(forged.to_string().as_bytes());
            }
        }
    }
}

#[test]
fn receipts_damaged_in_several_places_never_verify_as_something_else() {
    let seed = first_seed();
    let all = Original::all();
    for seed in seed..seed.wrapping_add(3_000 * torture()) {
        let mut random = Documents::new(seed);
        let original = &all[random.below(all.len() as u64) as usize];
        let donor = &all[random.below(all.len() as u64) as usize];
        let mut bytes = original.text.clone().into_bytes();
        for _ in 0..=random.below(4) {
            let at = random.below(bytes.len() as u64 + 1) as usize;
            let end = (at + random.below(40) as usize).min(bytes.len());
            let from = random.below(donor.text.len() as u64) as usize;
            let to = (from + random.below(60) as usize).min(donor.text.len());
            match random.below(5) {
                0 => drop(bytes.drain(at..end)),
                1 => drop(bytes.splice(at..end, donor.text.as_bytes()[from..to].to_vec())),
                2 => bytes.insert(at, random.below(256) as u8),
                3 => drop(bytes.splice(at..at, random.document().into_bytes())),
                _ => drop(bytes.splice(at..end, random.number().into_bytes())),
            }
            if bytes.is_empty() {
                break;
            }
        }
        original.judge(&bytes);
    }
}

#[test]
fn bytes_that_are_no_receipt_are_refused() {
    let original = Original::of(text_of(&paid("{}")));
    let seed = first_seed();
    for seed in seed..seed.wrapping_add(2_000 * torture()) {
        let mut random = Documents::new(seed);
        let noise: Vec<u8> = (0..random.below(200))
            .map(|_| random.below(256) as u8)
            .collect();
        assert_eq!(original.judge(&noise), 0);
        assert_eq!(original.judge(&random.damaged()), 0);
        // Noise where the params, or the whole action, should be.
        let document = random.document();
        for honest in [r#""params":{}"#, r#""v":1"#] {
            let (name, _) = honest.split_once(':').unwrap();
            let forged = original.text.replace(honest, &format!("{name}:{document}"));
            original.judge(forged.as_bytes());
        }
    }
}

/// The JSON pointers of all objects in a value.
fn objects(value: &Value) -> Vec<String> {
    let mut found = values(value);
    found.push(String::new());
    found.retain(|place| {
        let members = value.pointer(place).and_then(Value::as_object);
        members.is_some_and(|members| !members.is_empty())
    });
    found
}

/// The JSON pointers of all values inside a value.
fn values(value: &Value) -> Vec<String> {
    let inside: Vec<(String, &Value)> = match value {
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| (name.replace('~', "~0").replace('/', "~1"), value))
            .collect(),
        Value::Array(items) => (0..).map(|at: usize| at.to_string()).zip(items).collect(),
        _ => Vec::new(),
    };
    let mut found = Vec::new();
    for (name, value) in inside {
        found.push(format!("/{name}"));
        found.extend(
            values(value)
                .into_iter()
                .map(|rest| format!("/{name}{rest}")),
        );
    }
    found
}
