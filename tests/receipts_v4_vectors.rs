//! Every recorded authorised receipt (version 4) of the published Signet, judged
//! here: the verdict is the recorded one, or another one for a reason in the
//! tables.

#[path = "support/recorded.rs"]
mod recorded;

use recorded::{Deviation, accepted, cases, clock, file, key, name, row, text};
use serde_json::Value;
use signet::authority::authorized::{
    AuthorizedOptions, SignAuthorizedOptions, sign_authorized, verify_authorized,
};
use signet::authority::chain::{Chain, DEFAULT_MAX_LINKS};
use signet::authority::delegation::{DEFAULT_SKEW_SECONDS, JudgedAt};
use signet::crypto::ed25519::PublicKey;
use signet::encoding::jcs::{self, Limits};
use signet::encoding::record::Reading;
use signet::encoding::rfc3339::Instant;
use signet::encoding::{hex, key_text};
use signet::receipt::{Action, ActionOptions, Expiry, Field, Receipt, VerifyOptions};
use signet::{ErrorKind, Result};

/// What the published Signet accepts and we refuse.
const STRICTER: &[Deviation] = &[
    Deviation {
        cases: &["change/id", "crafted/token-id-rewritten-by-agent"],
        kind: ErrorKind::IdMismatch,
        always: false,
        reason: "The id must derive from the signature.",
    },
    Deviation {
        cases: &["add/unknown-*"],
        kind: ErrorKind::UnknownMember,
        always: false,
        reason: "A member that the format does not define is refused, because no signature covers it.",
    },
    Deviation {
        cases: &[
            "add/exp-attached",
            "add/policy-attached",
            "crafted/with-unsigned-exp-past",
        ],
        kind: ErrorKind::SignatureInvalid,
        always: true,
        reason: "An expiry or a policy decision in a version 4 receipt must be signed.",
    },
    Deviation {
        cases: &["add/budget-into-token"],
        kind: ErrorKind::ChainHashMismatch,
        always: true,
        reason: "The budget of a delegation counts in the hash of the chain.",
    },
    Deviation {
        cases: &["expiry/backdated-ts"],
        kind: ErrorKind::DelegationExpired,
        always: true,
        reason: "A delegation is judged at the verifier's time, not at the time that the agent wrote.",
    },
    Deviation {
        cases: &["ts-garbage"],
        kind: ErrorKind::TimestampInvalid,
        always: false,
        reason: "The signing time must be an RFC 3339 date-time.",
    },
];

/// What the published Signet refuses and we accept.
const LAXER: &[(&str, &str)] = &[
    ("expiry/59s-after-ts", SKEW),
    ("expiry/just-before-ts", SKEW),
];
const SKEW: &str =
    "The tolerated difference between two clocks speaks for a delegation, never against it.";

fn judge(case: &Value, reading: Reading, at: Instant) -> Result<Receipt> {
    let receipt = Receipt::parse(text(case), reading, &Limits::default())?;
    let number = |name: &str| case[name].as_u64();
    let roots = case["trusted_roots"].as_array().unwrap();
    let roots: Vec<PublicKey> = roots
        .iter()
        .map(|root| *key(root.as_str().unwrap()).public_key())
        .collect();
    let authorized = verify_authorized(
        &receipt,
        &AuthorizedOptions {
            roots: &roots,
            time: JudgedAt {
                at,
                skew_seconds: number("clock_skew_secs").unwrap_or(DEFAULT_SKEW_SECONDS),
            },
            max_links: number("max_chain_depth").map_or(DEFAULT_MAX_LINKS, |max| max as usize),
        },
    )?;
    let scope: Value = serde_json::from_slice(&authorized.scope().json()).unwrap();
    if let Some(recorded) = case["verify_authorized"].get("effective_scope") {
        assert_eq!(scope, *recorded, "{}", name(case));
    }
    Ok(receipt)
}

/// Whether it is what the published signer answered.
fn is_as_signed(case: &Value) -> bool {
    case["origin"] == "signed by the peer"
}

#[test]
fn every_verdict_is_the_recorded_one_or_another_one_with_a_reason() {
    let file = file("receipts_v4");
    let clock = clock(&file);
    let mut needed = vec![0; STRICTER.len()];
    for case in cases(&file) {
        for reading in [Reading::Strict, Reading::Forensic] {
            let about = format!("{} {reading:?}", name(case));
            let ours = judge(case, reading, clock);
            let ours = ours.map(drop).map_err(|error| error.kind());
            if LAXER.iter().any(|(laxer, _)| *laxer == name(case)) {
                assert!(!accepted(&case["verify_authorized"]).unwrap(), "{about}");
                assert_eq!(ours, Ok(()), "{about}");
                continue;
            }
            if !accepted(&case["verify_authorized"]).unwrap() {
                assert!(ours.is_err(), "{about}");
                continue;
            }
            let deviation = row(STRICTER, case);
            match deviation.filter(|row| reading == Reading::Strict || STRICTER[*row].always) {
                Some(row) => {
                    assert_eq!(ours, Err(STRICTER[row].kind), "{about}");
                    needed[row] += 1;
                }
                None => assert_eq!(ours, Ok(()), "{about}"),
            }
        }
    }
    assert_eq!(cases(&file).len(), 85);
    recorded::assert_needed(STRICTER, &needed);
}

#[test]
fn none_is_ever_fine_on_the_agents_key_alone_v6() {
    let file = file("receipts_v4");
    let mut accepted_there = 0;
    for case in cases(&file) {
        let Some(with) = case["verify_any"]["verify_with"].as_str() else {
            continue;
        };
        accepted_there += usize::from(accepted(&case["verify_any"]) == Some(true));
        let key = key(with);
        for reading in [Reading::Strict, Reading::Forensic] {
            let receipt = Receipt::parse(text(case), reading, &Limits::default());
            let verdict = receipt.and_then(|receipt| {
                let options = VerifyOptions {
                    trusted: &[key.public_key()],
                    expiry: Expiry::Ignored,
                };
                receipt.verify(&options).map(drop)
            });
            assert!(verdict.is_err(), "{}", name(case));
        }
    }
    assert!(accepted_there > 50, "{accepted_there}");
}

#[test]
fn refusals_say_which_link_is_wrong_and_how() {
    let expected = [
        ("tool-not-in-scope", ErrorKind::ScopeViolation, None),
        ("target-not-in-scope", ErrorKind::ScopeViolation, None),
        ("wrong-root", ErrorKind::ChainRootUntrusted, Some(0)),
        ("no-roots", ErrorKind::ChainRootUntrusted, Some(0)),
        ("chain-limit-2", ErrorKind::ChainTooLong, None),
        ("length-17", ErrorKind::ChainTooLong, None),
        ("widened-scope", ErrorKind::ScopeWidened, Some(1)),
        (
            "depth-exceeded",
            ErrorKind::DelegationDepthExceeded,
            Some(0),
        ),
        ("continuity-broken", ErrorKind::ChainBroken, Some(1)),
        (
            "untrusted-middle-expired",
            ErrorKind::DelegationExpired,
            Some(0),
        ),
        ("add/chain-emptied", ErrorKind::ChainEmpty, None),
        ("add/authorization-removed", ErrorKind::ReceiptInvalid, None),
        ("add/v-1", ErrorKind::UnknownMember, None),
        ("add/v-5", ErrorKind::ReceiptVersion, None),
        (
            "add/correlation_id-into-token",
            ErrorKind::ChainHashMismatch,
            None,
        ),
        ("chain-head-cut", ErrorKind::ChainHashMismatch, None),
        ("chain-replaced", ErrorKind::ChainHashMismatch, None),
        (
            "crafted/chain_hash-upper-case",
            ErrorKind::ChainHashMismatch,
            None,
        ),
        (
            "crafted/root_pubkey-of-somebody-else",
            ErrorKind::ChainRootMismatch,
            None,
        ),
        (
            "crafted/signer-not-final-delegate",
            ErrorKind::ChainDelegateMismatch,
            Some(0),
        ),
        (
            "crafted/token-scope-edited-chain_hash-fixed",
            ErrorKind::SignatureInvalid,
            Some(0),
        ),
        (
            "change/authorization.chain_hash",
            ErrorKind::SignatureInvalid,
            None,
        ),
    ];
    let file = file("receipts_v4");
    for (wanted, kind, link) in expected {
        let case = cases(&file).iter().find(|case| name(case) == wanted);
        let case = case.unwrap_or_else(|| panic!("{wanted}"));
        let refused = judge(case, Reading::Strict, clock(&file)).unwrap_err();
        assert_eq!(
            (refused.kind(), refused.position()),
            (kind, link),
            "{wanted}: {refused}"
        );
    }
}

#[test]
fn the_bytes_under_every_signature_are_the_recorded_ones() {
    let mut compared = 0;
    let file = file("receipts_v4");
    for case in cases(&file) {
        let Some(recorded) = case["signed_body"].as_str().filter(|_| is_as_signed(case)) else {
            continue;
        };
        let receipt = Receipt::parse(text(case), Reading::Strict, &Limits::default()).unwrap();
        let body = String::from_utf8(receipt.signed_body()).unwrap();
        assert_eq!(body, recorded, "{}", name(case));
        compared += 1;
    }
    assert!(compared > 10, "{compared}");
}

#[test]
fn signing_the_same_action_on_the_same_chain_gives_the_recorded_receipt() {
    let file = file("receipts_v4");
    let (mut identical, mut refused) = (0, 0);
    for case in cases(&file) {
        if !is_as_signed(case) {
            continue;
        }
        let recorded = Receipt::parse(text(case), Reading::Strict, &Limits::default()).unwrap();
        let whole: Value = serde_json::from_slice(text(case)).unwrap();
        let action = Action::parse(
            whole["action"].to_string().as_bytes(),
            &ActionOptions::default(),
        );
        let chain = recorded.value(Field::Chain).unwrap();
        let nonce = recorded.text(Field::Nonce).unwrap();
        let options = SignAuthorizedOptions {
            time: Some(recorded.time().unwrap()),
            nonce: hex::decode(nonce.strip_prefix("rnd_").unwrap().as_bytes()),
        };
        let signer = recorded.text(Field::SignerPublicKey).unwrap();
        let agent = ["agent", "agent2", "mid"]
            .map(key)
            .into_iter()
            .find(|pair| key_text::prefixed(pair.public_key()) == signer)
            .unwrap_or_else(|| panic!("{}: {signer}", name(case)));
        let chain = Chain::parse(chain, Reading::Strict, &Limits::default()).unwrap();
        let signer_name = recorded.text(Field::SignerName).unwrap();
        match sign_authorized(&agent, &action.unwrap(), signer_name, &chain, &options) {
            Ok(ours) => {
                let recorded = jcs::canonicalize(text(case), &Limits::default()).unwrap();
                assert_eq!(ours.json(), recorded, "{}", name(case));
                identical += 1;
            }
            // What the chain does not allow is not even signed.
            Err(error) => {
                let judged = judge(case, Reading::Strict, clock(&file));
                match LAXER.iter().any(|(laxer, _)| name(case).starts_with(laxer)) {
                    true => assert_eq!(error.kind(), ErrorKind::DelegationExpired),
                    false => assert_eq!(
                        error.kind(),
                        judged.unwrap_err().kind(),
                        "{}: {error}",
                        name(case)
                    ),
                }
                refused += 1;
            }
        }
    }
    assert!(identical > 8 && refused > 8, "{identical} {refused}");
}

#[test]
fn the_compatibility_document_gives_every_reason() {
    recorded::assert_documented(STRICTER);
    for (case, reason) in LAXER {
        recorded::assert_documented(&[Deviation {
            cases: &[],
            kind: ErrorKind::DelegationExpired,
            always: false,
            reason,
        }]);
        assert!(case.starts_with("expiry/"));
    }
}
