//! Every recorded version 1 receipt of the published Signet, judged here: the
//! verdict is the recorded one, or a stricter one for a reason in [`STRICTER`].
//!
//! The files under `tests/vectors/prismer` were made by running the published
//! packages; the verdicts in them are theirs.

#[path = "support/vectors.rs"]
mod vectors;

use serde_json::Value;
use signet::crypto::ed25519::PublicKey;
use signet::encoding::jcs::{self, Limits, Numbers};
use signet::encoding::record::Reading;
use signet::encoding::rfc3339::Instant;
use signet::encoding::{exact, hex, key_text};
use signet::identity::KeyPair;
use signet::receipt::{
    Action, ActionOptions, Expiry, Field, Receipt, SignOptions, Signer, VerifyOptions, sign,
};
use signet::{ErrorKind, Result};

const FILES: [&str; 4] = [
    "receipts_v1",
    "receipts_v1_exp",
    "receipts_v1_structure",
    "receipts_v1_tampered",
];

/// Receipts that the published Signet accepts and we refuse.
struct Stricter {
    /// Names of cases; a `*` stands for any text.
    cases: &'static [&'static str],
    kind: ErrorKind,
    /// Whether the forensic reading refuses them too.
    always: bool,
    /// The sentence of `docs/compatibility.md`.
    reason: &'static str,
}

const STRICTER: &[Stricter] = &[
    Stricter {
        cases: &["*/change/id", "crafted/id-unrelated"],
        kind: ErrorKind::IdMismatch,
        always: false,
        reason: "The id must derive from the signature.",
    },
    Stricter {
        cases: &["crafted/params_hash-*"],
        kind: ErrorKind::ParamsHashMismatch,
        always: false,
        reason: "The params_hash must be the hash of the params.",
    },
    Stricter {
        cases: &["crafted/signer-pubkey-of-somebody-else"],
        kind: ErrorKind::KeyMismatch,
        always: false,
        reason: "The key that a receipt names must be the key that signed it.",
    },
    Stricter {
        cases: &["crafted/signer-pubkey-garbage"],
        kind: ErrorKind::ReceiptInvalid,
        always: false,
        reason: "The key that a receipt names must be the key that signed it.",
    },
    Stricter {
        cases: &["crafted/ts-garbage"],
        kind: ErrorKind::TimestampInvalid,
        always: false,
        reason: "The signing time must be an RFC 3339 date-time.",
    },
    Stricter {
        cases: &["crafted/nonce-empty"],
        kind: ErrorKind::ReceiptInvalid,
        always: false,
        reason: "The nonce must not be empty.",
    },
    Stricter {
        cases: &["crafted/policy-and-exp-together"],
        kind: ErrorKind::ReceiptInvalid,
        always: false,
        reason: "An attested policy decision must be allow: nothing else is ever signed.",
    },
    Stricter {
        cases: &["*/unknown-field/*", "types/authorization-*"],
        kind: ErrorKind::UnknownMember,
        always: false,
        reason: "A member that the format does not define is refused, because no signature covers it.",
    },
    Stricter {
        cases: &["dup/*"],
        kind: ErrorKind::JsonDuplicateMember,
        always: false,
        reason: "Two members of one name are refused, because two readers would see two receipts.",
    },
    Stricter {
        cases: &["params/int-i64-min"],
        kind: ErrorKind::JsonInexactNumber,
        always: false,
        reason: "A number whose RFC 8785 text denotes another value is refused.",
    },
    Stricter {
        cases: &["crafted/v-7-signed-as-7"],
        kind: ErrorKind::ReceiptVersion,
        always: true,
        reason: "A receipt of another version is never judged by the rules of version 1.",
    },
    Stricter {
        cases: &["array-form/*"],
        kind: ErrorKind::ReceiptInvalid,
        always: true,
        reason: "A record must be an object: in a positional array nothing says what a value means.",
    },
    Stricter {
        cases: &["weak-key/*"],
        kind: ErrorKind::KeyWeak,
        always: true,
        reason: "A key of small order is refused, because anybody can sign for it.",
    },
];

/// Receipts that the published Signet refuses and our forensic reading verifies:
/// it drops a member that version 1 does not have whatever its value is.
const FORENSICALLY_READ: &[&str] = &["types/authorization-malformed"];

#[test]
fn every_strict_verdict_is_the_recorded_one_or_a_stricter_one_with_a_reason() {
    let mut refused_for_a_reason = vec![0; STRICTER.len()];
    for case in cases() {
        for expiry in [Expiry::JudgedAt(case.clock), Expiry::Ignored] {
            let ours = case.judge(Reading::Strict, expiry).map_err(|e| e.kind());
            if !case.published_accepts(expiry) {
                assert!(ours.is_err(), "{} must be refused", case.name);
                continue;
            }
            match case.stricter() {
                Some(row) => {
                    assert_eq!(ours.err(), Some(STRICTER[row].kind), "{}", case.name);
                    refused_for_a_reason[row] += 1;
                }
                None => assert_eq!(ours.map(drop), Ok(()), "{}", case.name),
            }
        }
    }
    assert!(
        refused_for_a_reason.iter().all(|&count| count > 0),
        "a row of the table is never needed: {refused_for_a_reason:?}"
    );
}

#[test]
fn the_forensic_reading_verifies_whatever_the_published_tool_verifies() {
    for case in cases() {
        for expiry in [Expiry::JudgedAt(case.clock), Expiry::Ignored] {
            let ours = case.judge(Reading::Forensic, expiry).map_err(|e| e.kind());
            let always = case
                .stricter()
                .map(|row| &STRICTER[row])
                .filter(|row| row.always);
            let expected = match always {
                Some(row) if case.published_accepts(expiry) => Some(row.kind),
                _ if FORENSICALLY_READ.contains(&case.name.as_str()) => None,
                _ if case.published_accepts(expiry) => None,
                _ => {
                    assert!(ours.is_err(), "{} must be refused", case.name);
                    continue;
                }
            };
            assert_eq!(ours.err(), expected, "{}", case.name);
        }
    }
}

#[test]
fn refusals_say_what_the_caller_can_do() {
    let expected = [
        ("wrong-key", ErrorKind::KeyMismatch),
        ("exp/past", ErrorKind::Expired),
        ("exp/one-ms-past", ErrorKind::Expired),
        ("exp/garbage", ErrorKind::TimestampInvalid),
        ("full/change/action.tool", ErrorKind::SignatureInvalid),
        ("full/change/v", ErrorKind::ReceiptVersion),
        ("full/remove/action.tool", ErrorKind::ReceiptInvalid),
        ("full/remove/action.session", ErrorKind::SignatureInvalid),
        ("hash-only/params-inserted", ErrorKind::SignatureInvalid),
        ("version/1.0", ErrorKind::ReceiptInvalid),
        ("version/1e0", ErrorKind::ReceiptInvalid),
        ("version/2", ErrorKind::ReceiptVersion),
        ("version/256", ErrorKind::ReceiptVersion),
        ("version/string", ErrorKind::ReceiptInvalid),
        ("sig-encoding/spare-bits", ErrorKind::ReceiptInvalid),
        ("sig-encoding/s-plus-l", ErrorKind::SignatureInvalid),
        ("types/tool-number", ErrorKind::ReceiptInvalid),
        ("spelling/leading-bom", ErrorKind::JsonEncoding),
        ("spelling/two-documents", ErrorKind::JsonSyntax),
        ("bad-verify-key/31-bytes", ErrorKind::KeyInvalid),
        ("bad-verify-key/all-ff", ErrorKind::KeyInvalid),
    ];
    let cases = cases();
    for (name, kind) in expected {
        let case = cases.iter().find(|case| case.name == name).expect(name);
        let refused = case.judge(Reading::Strict, Expiry::JudgedAt(case.clock));
        assert_eq!(refused.unwrap_err().kind(), kind, "{name}");
    }
}

#[test]
fn the_bytes_under_every_signature_are_the_recorded_ones() {
    let mut compared = 0;
    for case in cases() {
        let Some(recorded) = case.json["signed_body"].as_str() else {
            continue;
        };
        let receipt = Receipt::parse(case.text(), Reading::Forensic, &Limits::default()).unwrap();
        assert_eq!(
            String::from_utf8(receipt.signed_body()).unwrap(),
            recorded,
            "{}",
            case.name
        );
        compared += 1;
    }
    assert!(compared > 80, "{compared}");
}

#[test]
fn a_repeated_member_leaves_every_recorded_receipt_readable() {
    for case in cases() {
        let judge = |text: &[u8]| {
            Receipt::parse(text, Reading::Forensic, &Limits::default()).map(|it| it.signed_body())
        };
        if let Ok(body) = judge(case.text()) {
            let rest = case.text().trim_ascii_start().get(1..).unwrap();
            let repeated = [b"{\"v\":9,".as_slice(), rest].concat();
            assert_eq!(judge(&repeated).as_ref(), Ok(&body), "{}", case.name);
        }
    }
}

#[test]
fn signing_the_same_action_gives_the_recorded_receipt() {
    let (mut identical, mut exactly, mut refused) = (0, 0, 0);
    for case in cases() {
        let (Some(signer), true) = (case.json["signed_with"].as_str(), case.is_as_signed()) else {
            continue;
        };
        match sign_again(&case, signer) {
            Ok(ours) if is_wrapped(&ours) => {
                // A number that the published Signet rounds travels whole here.
                let signer = key(signer);
                let trusted = [&key_text::parse_prefixed(&signer.1).unwrap()];
                let expiry = Expiry::Ignored;
                let options = VerifyOptions {
                    trusted: &trusted,
                    expiry,
                };
                ours.verify(&options).unwrap();
                let given = case.json["params_input"].as_str().unwrap();
                assert_eq!(ours.params(), given.as_bytes(), "{}", case.name);
                exactly += 1;
            }
            Ok(ours) => {
                let recorded = jcs::canonicalize(case.text(), &Limits::default()).unwrap();
                let recorded = String::from_utf8(recorded).unwrap();
                let ours = std::str::from_utf8(ours.json()).unwrap();
                assert_eq!(ours, recorded, "{}", case.name);
                identical += 1;
            }
            Err(error) => {
                let kind = match case.name.split_once('/') {
                    Some(("params", _)) => ErrorKind::JsonDuplicateMember,
                    _ => ErrorKind::TimestampInvalid,
                };
                assert_eq!(error.kind(), kind, "{}: {error}", case.name);
                refused += 1;
            }
        }
    }
    // Wrapped: 9007199254740992.0, 1e20, 2^64 and -2^63. Refused: six params
    // with duplicate members, and five spellings of exp that no verifier reads.
    assert_eq!((exactly, refused), (4, 6 + 5));
    assert!(identical > 70, "{identical}");
}

#[test]
fn what_the_published_signet_cannot_sign_is_refused_or_carried_exactly() {
    let file = file("receipts_v1");
    let (mut refused, mut carried) = (0, 0);
    for case in file["sign_errors"].as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        let given = case["action"].as_str().unwrap();
        let action = Action::parse(given.as_bytes(), &ActionOptions::default());
        if name.starts_with("hash-only/") {
            assert_eq!(
                action.unwrap_err().kind(),
                ErrorKind::ReceiptInvalid,
                "{name}"
            );
            refused += 1;
            continue;
        }
        assert_eq!(case["error_class"], "CanonicalizeError", "{name}");
        let (agent, public) = key("agent");
        let receipt = sign(
            &agent,
            &action.unwrap(),
            &Signer::default(),
            &SignOptions::default(),
        )
        .unwrap();
        let trusted = [&key_text::parse_prefixed(&public).unwrap()];
        let expiry = Expiry::Ignored;
        receipt
            .verify(&VerifyOptions {
                trusted: &trusted,
                expiry,
            })
            .unwrap();
        // Every digit of the integer is under the signature.
        let number = given
            .split_once("{\"n\":")
            .and_then(|(_, rest)| rest.split_once('}'));
        let params = format!("{{\"n\":{}}}", number.unwrap().0);
        assert!(is_wrapped(&receipt), "{name}");
        assert_eq!(receipt.params(), params.as_bytes(), "{name}");
        carried += 1;
    }
    assert_eq!((refused, carried), (5, 4));
}

#[test]
fn the_compatibility_document_gives_every_reason() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/compatibility.md");
    let Ok(document) = std::fs::read_to_string(path) else {
        return vectors::skip("docs/compatibility.md is not written yet");
    };
    let document = document.split_whitespace().collect::<Vec<_>>().join(" ");
    for row in STRICTER {
        assert!(
            document.contains(row.reason),
            "not documented: {}",
            row.reason
        );
    }
}

/// One recorded receipt.
struct Case {
    name: String,
    json: Value,
    clock: Instant,
    /// The text of the key that it is verified with.
    key: String,
}

impl Case {
    fn text(&self) -> &[u8] {
        self.json["text"].as_str().unwrap().as_bytes()
    }

    fn judge(&self, reading: Reading, expiry: Expiry) -> Result<()> {
        let key: PublicKey = key_text::parse_prefixed(&self.key)?;
        let receipt = Receipt::parse(self.text(), reading, &Limits::default())?;
        let trusted = [&key];
        receipt
            .verify(&VerifyOptions {
                trusted: &trusted,
                expiry,
            })
            .map(drop)
    }

    /// Whether one of the published entry points accepts it: the one that reads
    /// the version first, or the one for version 1.
    fn published_accepts(&self, expiry: Expiry) -> bool {
        let accepts = |check: &str| match &self.json["checks"][check]["result"] {
            Value::String(result) => Some(result == "accept"),
            _ => None,
        };
        let for_version_1 = match expiry {
            Expiry::JudgedAt(_) => accepts("verify"),
            Expiry::Ignored => accepts("verify_allow_expired").or(accepts("verify")),
        };
        for_version_1.unwrap() || accepts("verify_any").unwrap()
    }

    /// The row of the table that speaks of this case.
    fn stricter(&self) -> Option<usize> {
        STRICTER
            .iter()
            .position(|row| row.cases.iter().any(|pattern| matches(pattern, &self.name)))
    }

    /// Whether it is what one of the published signers answered. Those with an
    /// attested policy decision are left to the tests of policies.
    fn is_as_signed(&self) -> bool {
        let origin = self.json["origin"].as_str().unwrap();
        if self.name.starts_with("policy/") {
            return false;
        }
        origin.starts_with("signed by the peer")
            && !origin.contains("altered")
            && !origin.contains("re-spelled")
    }
}

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for name in FILES {
        let file = file(name);
        let clock = Instant::parse(file["clock"].as_str().unwrap()).unwrap();
        for json in file["cases"].as_array().unwrap() {
            let named = json["verify_with"]
                .as_str()
                .or(json["signed_with"].as_str());
            let key = match json["verify_with_key"].as_str() {
                Some(literal) => literal.to_owned(),
                None => key(named.unwrap()).1,
            };
            cases.push(Case {
                name: json["name"].as_str().unwrap().to_owned(),
                json: json.clone(),
                clock,
                key,
            });
        }
    }
    assert_eq!(cases.len(), 311);
    cases
}

fn file(name: &str) -> Value {
    vectors::json(&vectors::own(&format!("prismer/{name}.json")))
}

/// A recorded identity: its key pair, and how receipts name its public key.
fn key(name: &str) -> (KeyPair, String) {
    let file = file("keys");
    let identities = file["cases"].as_array().unwrap();
    let identity = identities.iter().find(|key| key["name"] == name).unwrap();
    let seed = hex::decode(identity["seed_hex"].as_str().unwrap().as_bytes()).unwrap();
    let pair = KeyPair::from_seed(&seed);
    let text = identity["pubkey"].as_str().unwrap().to_owned();
    assert_eq!(key_text::prefixed(pair.public_key()), text);
    (pair, text)
}

/// Signs the action of a recorded receipt once more, with its key, time, nonce
/// and names.
fn sign_again(case: &Case, signer: &str) -> Result<Receipt> {
    let recorded = Receipt::parse(case.text(), Reading::Forensic, &Limits::default()).unwrap();
    let whole: Value = serde_json::from_slice(case.text()).unwrap();
    let mut action = whole["action"].to_string();
    if let Some(params) = case.json["params_input"].as_str() {
        let mut rest = whole["action"].clone();
        rest.as_object_mut().unwrap().remove("params");
        action = format!("{{\"params\":{params},{}", &rest.to_string()[1..]);
    }
    let action = Action::parse(action.as_bytes(), &ActionOptions::default())?;
    let nonce = recorded.text(Field::Nonce).unwrap();
    let options = SignOptions {
        expires_at: recorded.text(Field::Expiry),
        time: Some(recorded.time().unwrap()),
        nonce: hex::decode(nonce.strip_prefix("rnd_").unwrap().as_bytes()),
    };
    let names = Signer {
        name: recorded.text(Field::SignerName).unwrap(),
        owner: recorded.text(Field::SignerOwner).unwrap(),
    };
    sign(&key(signer).0, &action, &names, &options)
}

fn is_wrapped(receipt: &Receipt) -> bool {
    let mut canonical = Vec::new();
    let params = receipt.params();
    let findings = jcs::append_canonical(
        &mut canonical,
        &params,
        &Limits::default(),
        Numbers::Rounded,
    );
    let wrapped = receipt.travelling_params().starts_with(br#"{"$exact":""#);
    assert_eq!(
        wrapped,
        exact::needs_wrapper(&canonical, &findings.unwrap())
    );
    wrapped
}

/// Whether `text` is what `pattern` says, where a `*` stands for any text.
fn matches(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((head, tail)) => text.strip_prefix(head).is_some_and(|rest| {
            (0..=rest.len()).any(|at| rest.get(at..).is_some_and(|rest| matches(tail, rest)))
        }),
    }
}
