//! Every recorded compound (version 2) and co-signed (version 3) receipt of the
//! published Signet, judged here: the verdict is the recorded one, or a stricter
//! one for a reason in the tables.

#[path = "support/recorded.rs"]
mod recorded;

use recorded::{Deviation, accepted, cases, clock, file, key, name, row, text, verifying_key};
use serde_json::Value;
use signet::encoding::jcs::{self, Limits};
use signet::encoding::record::Reading;
use signet::encoding::rfc3339::Instant;
use signet::encoding::{hex, key_text};
use signet::receipt::{
    Action, ActionOptions, BilateralOptions, CoSignOptions, CompoundOptions, Expiry, Field,
    Outcome, OutcomeStatus, Receipt, Response, Signer, VerifyOptions, co_sign, sign_compound,
};
use signet::{ErrorKind, Result};

const COMPOUND: &[Deviation] = &[
    Deviation {
        cases: &["change/id"],
        kind: ErrorKind::IdMismatch,
        always: false,
        reason: "The id must derive from the signature.",
    },
    Deviation {
        cases: &["add/unknown-*", "add/exp-added"],
        kind: ErrorKind::UnknownMember,
        always: false,
        reason: "A member that the format does not define is refused, because no signature covers it.",
    },
    Deviation {
        cases: &["response/array", "response/unicode-keys"],
        kind: ErrorKind::TimestampInvalid,
        always: false,
        reason: "The times of a request and its response must be RFC 3339 date-times.",
    },
    Deviation {
        cases: &["response/string", "response/bool"],
        kind: ErrorKind::TimeOutOfWindow,
        always: false,
        reason: "A response must not be dated before its request.",
    },
];

const BILATERAL: &[Deviation] = &[
    Deviation {
        cases: &["change/id", "crafted/agent-id-changed"],
        kind: ErrorKind::IdMismatch,
        always: false,
        reason: "The id must derive from the signature.",
    },
    Deviation {
        cases: &["add/unknown-*", "add/outcome-unknown-key"],
        kind: ErrorKind::UnknownMember,
        always: false,
        reason: "A member that the format does not define is refused, because no signature covers it.",
    },
    Deviation {
        cases: &["crafted/agent-is-server"],
        kind: ErrorKind::SameSigner,
        always: false,
        reason: "A server must not co-sign with the agent's own key.",
    },
    Deviation {
        cases: &["crafted/v-2"],
        kind: ErrorKind::UnknownMember,
        always: true,
        reason: "A receipt is judged by the rules of the version that it names.",
    },
    Deviation {
        cases: &["embedded/v4-receipt-inside"],
        kind: ErrorKind::ReceiptVersion,
        always: true,
        reason: "A co-signed delegated receipt is only verified together with its delegation.",
    },
];

/// How a co-signed receipt was verified: the name of the recorded check, the
/// window, and whether expired agent receipts count.
const CHECKS: [(&str, Option<u64>, bool); 5] = [
    ("verify_bilateral", Some(300), false),
    ("verify_any_first_use", Some(300), false),
    ("verify_bilateral_forensic", None, true),
    ("window_0", None, false),
    ("window_86400", Some(86400), false),
];

fn judge_compound(case: &Value, reading: Reading) -> Result<()> {
    let receipt = Receipt::parse(text(case), reading, &Limits::default())?;
    let key = verifying_key(case);
    let options = VerifyOptions {
        trusted: &[key.public_key()],
        expiry: Expiry::JudgedAt(Instant::parse("2026-06-15T12:00:00Z").unwrap()),
    };
    receipt.verify(&options).map(drop)
}

/// Whether the agent was trusted, of a receipt that verifies.
fn judge_bilateral(
    case: &Value,
    reading: Reading,
    window_seconds: Option<u64>,
    expiry: Expiry,
) -> Result<bool> {
    let receipt = Receipt::parse(text(case), reading, &Limits::default())?;
    let server = verifying_key(case);
    let options = &case["options"];
    let agent = options["trusted_agent"]
        .as_str()
        .map(|key| key_text::parse_prefixed(key).unwrap());
    let (servers, agents) = ([server.public_key()], Vec::from_iter(agent.as_ref()));
    let signers = receipt.verify_bilateral(&BilateralOptions {
        servers: &servers,
        agents: &agents,
        window_seconds,
        freshness: None,
        session: options["session"].as_str(),
        call_id: options["call_id"].as_str(),
        expiry,
    })?;
    Ok(signers.agent.is_some())
}

#[test]
fn every_verdict_on_compound_receipts_is_the_recorded_one_or_a_stricter_one_with_a_reason() {
    let file = file("receipts_v2");
    let mut needed = vec![0; COMPOUND.len()];
    for case in cases(&file) {
        let strict = judge_compound(case, Reading::Strict).map_err(|error| error.kind());
        let forensic = judge_compound(case, Reading::Forensic).map_err(|error| error.kind());
        let checks = &case["checks"];
        let accepts = |check: &str| accepted(&checks[check]).unwrap();
        if !accepts("verify_compound") && !accepts("verify_any") {
            assert!(strict.is_err() && forensic.is_err(), "{}", name(case));
            continue;
        }
        assert_eq!(forensic, Ok(()), "{}", name(case));
        match row(COMPOUND, case) {
            Some(row) => {
                assert_eq!(strict, Err(COMPOUND[row].kind), "{}", name(case));
                needed[row] += 1;
            }
            None => assert_eq!(strict, Ok(()), "{}", name(case)),
        }
    }
    assert_eq!(cases(&file).len(), 45);
    recorded::assert_needed(COMPOUND, &needed);
}

#[test]
fn every_verdict_on_co_signed_receipts_is_the_recorded_one_or_a_stricter_one_with_a_reason() {
    let file = file("receipts_v3");
    let clock = clock(&file);
    let mut needed = vec![0; BILATERAL.len()];
    let mut judged = 0;
    for case in cases(&file) {
        for (check, window, expired_too) in CHECKS {
            let verdict = match check {
                "verify_any_first_use" if !case["verify_any_sequence"].is_null() => {
                    &case["verify_any_sequence"][0]
                }
                _ => &case["checks"][check],
            };
            let Some(mut accepts) = accepted(verdict) else {
                continue;
            };
            if check == "verify_any_first_use" || check == "verify_bilateral" {
                // Of the two published entry points, the laxer one counts.
                accepts = ["verify_any_first_use", "verify_bilateral"]
                    .iter()
                    .any(|check| accepted(&case["checks"][check]) == Some(true))
                    || accepts;
            }
            let expiry = match expired_too {
                true => Expiry::Ignored,
                false => Expiry::JudgedAt(clock),
            };
            for reading in [Reading::Strict, Reading::Forensic] {
                let about = format!("{} {check} {reading:?}", name(case));
                let ours = judge_bilateral(case, reading, window, expiry);
                let ours = ours.map_err(|error| error.kind());
                judged += 1;
                if !accepts {
                    assert!(ours.is_err(), "{about}");
                    continue;
                }
                let deviation = row(BILATERAL, case);
                match deviation.filter(|row| reading == Reading::Strict || BILATERAL[*row].always) {
                    Some(row) if reading == Reading::Strict => {
                        assert_eq!(ours, Err(BILATERAL[row].kind), "{about}");
                        needed[row] += 1;
                    }
                    Some(_) => assert!(ours.is_err(), "{about}"),
                    None => {
                        let trusted = verdict["value"].as_str() == Some("agent_trusted");
                        assert_eq!(ours, Ok(trusted), "{about}");
                    }
                }
            }
        }
    }
    assert_eq!(cases(&file).len(), 91);
    assert!(judged > 500, "{judged}");
    recorded::assert_needed(BILATERAL, &needed);
}

#[test]
fn refusals_say_what_the_caller_can_do() {
    let expected = [
        ("receipts_v2", "wrong-key", ErrorKind::KeyMismatch),
        (
            "receipts_v2",
            "add/outcome-added",
            ErrorKind::SignatureInvalid,
        ),
        (
            "receipts_v2",
            "crafted-outcome/Executed",
            ErrorKind::ReceiptInvalid,
        ),
        ("receipts_v2", "change/v", ErrorKind::UnknownMember),
        ("receipts_v2", "remove/response", ErrorKind::ReceiptInvalid),
        ("receipts_v3", "embedded/agent-exp-past", ErrorKind::Expired),
        ("receipts_v3", "time/plus-301s", ErrorKind::TimeOutOfWindow),
        (
            "receipts_v3",
            "time/one-ms-before-agent",
            ErrorKind::TimeOutOfWindow,
        ),
        ("receipts_v3", "time/garbage", ErrorKind::TimestampInvalid),
        (
            "receipts_v3",
            "options/session-mismatch",
            ErrorKind::BindingMismatch,
        ),
        (
            "receipts_v3",
            "options/call_id-mismatch",
            ErrorKind::BindingMismatch,
        ),
        (
            "receipts_v3",
            "options/trusted-agent-mismatch",
            ErrorKind::KeyMismatch,
        ),
        (
            "receipts_v3",
            "crafted/server-key-of-other",
            ErrorKind::KeyMismatch,
        ),
        (
            "receipts_v3",
            "crafted/agent-sig-invalid",
            ErrorKind::SignatureInvalid,
        ),
        (
            "receipts_v3",
            "crafted/outcome-status-camel",
            ErrorKind::ReceiptInvalid,
        ),
        (
            "receipts_v3",
            "crafted/agent-ts-garbage",
            ErrorKind::TimestampInvalid,
        ),
        (
            "receipts_v3",
            "add/authorization-into-agent_receipt",
            ErrorKind::UnknownMember,
        ),
        (
            "receipts_v3",
            "add/exp-into-agent_receipt",
            ErrorKind::SignatureInvalid,
        ),
    ];
    for (of, wanted, kind) in expected {
        let file = file(of);
        let case = cases(&file).iter().find(|case| name(case) == wanted);
        let case = case.unwrap_or_else(|| panic!("{wanted}"));
        let refused = match of {
            "receipts_v2" => judge_compound(case, Reading::Strict).unwrap_err(),
            _ => {
                let expiry = Expiry::JudgedAt(clock(&file));
                judge_bilateral(case, Reading::Strict, Some(300), expiry).unwrap_err()
            }
        };
        assert_eq!(refused.kind(), kind, "{wanted}: {refused}");
    }
}

#[test]
fn the_bytes_under_every_signature_are_the_recorded_ones() {
    let mut compared = 0;
    for of in ["receipts_v2", "receipts_v3"] {
        let file = file(of);
        for case in cases(&file) {
            let Some(recorded) = case["signed_body"].as_str() else {
                continue;
            };
            for reading in [Reading::Strict, Reading::Forensic] {
                let receipt = Receipt::parse(text(case), reading, &Limits::default()).unwrap();
                let body = String::from_utf8(receipt.signed_body()).unwrap();
                assert_eq!(body, recorded, "{}", name(case));
            }
            compared += 1;
        }
    }
    assert!(compared > 25, "{compared}");
}

/// The recorded response, with what the receipt says became of the call.
fn recorded_response<'a>(case: &'a Value, receipt: &'a Receipt) -> Option<Response<'a>> {
    let content = case["response_content"].as_str()?.as_bytes();
    let mut response = Response::new(content);
    response.outcome = receipt.text(Field::OutcomeStatus).map(|status| Outcome {
        status: OutcomeStatus::parse(status).unwrap(),
        reason: receipt.text(Field::OutcomeReason),
        error: receipt.text(Field::OutcomeError),
    });
    Some(response)
}

fn nonce(receipt: &Receipt) -> Option<[u8; 16]> {
    let text = receipt.text(Field::Nonce).unwrap();
    hex::decode(text.strip_prefix("rnd_").unwrap().as_bytes())
}

#[test]
fn signing_the_same_call_and_response_gives_the_recorded_receipt() {
    let (mut identical, mut refused) = (0, 0);
    for of in ["receipts_v2", "receipts_v3"] {
        for case in cases(&file(of)) {
            let recorded = Receipt::parse(text(case), Reading::Forensic, &Limits::default());
            let Some((recorded, response)) = recorded
                .as_ref()
                .ok()
                .and_then(|recorded| Some((recorded, recorded_response(case, recorded)?)))
            else {
                continue;
            };
            let signed = match recorded.agent_receipt() {
                None => {
                    let whole: Value = serde_json::from_slice(text(case)).unwrap();
                    let action = whole["action"].to_string();
                    let names = Signer {
                        name: recorded.text(Field::SignerName).unwrap(),
                        owner: recorded.text(Field::SignerOwner).unwrap(),
                    };
                    let options = CompoundOptions {
                        requested_at: recorded.text(Field::Time).unwrap(),
                        responded_at: recorded.text(Field::TimeResponse).unwrap(),
                        nonce: nonce(recorded),
                    };
                    let action = Action::parse(action.as_bytes(), &ActionOptions::default());
                    let key = key("agent");
                    sign_compound(&key, &action.unwrap(), &response, &names, &options)
                }
                Some(agent_receipt) => {
                    let agent_receipt =
                        Receipt::parse(agent_receipt.json(), Reading::Strict, &Limits::default());
                    let options = CoSignOptions {
                        server_name: recorded.text(Field::ServerName).unwrap(),
                        time: recorded.response_time().unwrap(),
                        extensions: None,
                        nonce: nonce(recorded),
                    };
                    co_sign(&key("server"), &agent_receipt.unwrap(), &response, &options)
                }
            };
            match signed {
                Ok(ours) => {
                    let recorded = jcs::canonicalize(text(case), &Limits::default()).unwrap();
                    assert_eq!(ours.json(), recorded, "{}", name(case));
                    let content = case["response_content"].as_str().unwrap().as_bytes();
                    ours.check_response(content, &Limits::default()).unwrap();
                    identical += 1;
                }
                Err(error) => {
                    let kind = COMPOUND[row(COMPOUND, case).unwrap()].kind;
                    assert_eq!(error.kind(), kind, "{}", name(case));
                    refused += 1;
                }
            }
        }
    }
    assert_eq!((identical, refused), (12, 4));
}

#[test]
fn the_compatibility_document_gives_every_reason() {
    recorded::assert_documented(COMPOUND);
    recorded::assert_documented(BILATERAL);
}
