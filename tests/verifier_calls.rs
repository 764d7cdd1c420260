//! The gate in front of a tool: each test tries what once got through, or what
//! an attacker would try first.

#[path = "support/signing.rs"]
mod signing;

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use signet::ErrorKind;
use signet::authority::authorized::{SignAuthorizedOptions, sign_authorized};
use signet::authority::chain::Chain;
use signet::authority::delegation::{self, Grant, GrantOptions, Unsigned};
use signet::authority::scope::Scope;
use signet::encoding::rfc3339::Instant;
use signet::identity::KeyPair;
use signet::receipt::{Action, ActionOptions, Receipt, SignOptions, Signer, sign};
use signet::verifier::{
    Axis, Call, Check, FileNoncesOptions, Remark, ReplayStore, Report, Unchecked, Verifier,
    VerifierOptions,
};
use signing::{agent, body_of, clock, crafted, crafted_by, name_of, stranger, text_of, value_of};

const TARGET: &str = "mcp://bank";
const PAY: &str = r#"{"tool":"pay","target":"mcp://bank","params":{"amount":10,"to":"bob"}}"#;
const ARGUMENTS: &[u8] = br#"{"amount":10,"to":"bob"}"#;

fn root() -> KeyPair {
    KeyPair::from_seed(&[1; 32])
}

fn after(seconds: i64) -> Instant {
    clock().plus_millis(seconds * 1000)
}

/// A verifier that trusts the agent, changed.
fn verifier(change: impl FnOnce(&mut VerifierOptions)) -> Verifier {
    let mut options = VerifierOptions {
        trusted_keys: vec![*agent().public_key()],
        targets: vec![TARGET.to_owned()],
        ..VerifierOptions::default()
    };
    change(&mut options);
    Verifier::new(options).unwrap_or_else(|error| panic!("{error}"))
}

fn strict() -> Verifier {
    verifier(|_| {})
}

fn signed_by(key: &KeyPair, action: &str, nonce: u8, exp: Option<&str>) -> String {
    let action = Action::parse(action.as_bytes(), &ActionOptions::default()).unwrap();
    let signer = Signer {
        name: "deploy-bot",
        owner: "alice",
    };
    let options = SignOptions {
        time: Some(clock()),
        nonce: Some([nonce; 16]),
        expires_at: exp,
        ..SignOptions::default()
    };
    text_of(&sign(key, &action, &signer, &options).unwrap())
}

fn paid(nonce: u8) -> String {
    signed_by(&agent(), PAY, nonce, None)
}

fn call(receipt: &str) -> Call<'_> {
    Call {
        receipt: Some(receipt.as_bytes()),
        tool: "pay",
        arguments: Some(ARGUMENTS),
        ..Call::default()
    }
}

fn judged(verifier: &Verifier, receipt: &str) -> Report {
    verifier.check_call(&call(receipt), clock())
}

#[track_caller]
fn assert_refused(report: &Report, axis: Axis, kind: ErrorKind) {
    assert!(!report.is_ok() && !report.is_trusted());
    assert_eq!(report.kind(), Some(kind), "{:?}", report.reason());
    let found = report.check(axis);
    let Check::Failed(error) = found else {
        panic!("{axis:?} is {found:?}");
    };
    assert_eq!(error.kind(), kind);
}

#[track_caller]
fn assert_ok(report: &Report) {
    assert!(report.is_ok(), "{:?}", report.reason());
}

#[test]
fn an_honest_call_passes_once_and_the_report_says_what_was_checked() {
    let verifier = strict();
    let receipt = paid(1);
    let report = verifier.check_call(&call(&receipt), after(2));
    assert_ok(&report);
    assert!(report.is_trusted());
    assert_eq!(report.age_millis(), Some(2000));
    let signer = report.signer().unwrap();
    assert_eq!(signer.key, *agent().public_key());
    assert_eq!(signer.name, "deploy-bot");
    for (axis, check) in report.checks() {
        let expected = match axis {
            Axis::Delegation | Axis::Decision => Check::NotChecked(Unchecked::NotPresent),
            Axis::Policy => Check::NotChecked(Unchecked::NotConfigured),
            _ => Check::Passed,
        };
        assert_eq!(*check, expected, "{axis:?}");
    }
    let again = verifier.check_call(&call(&receipt), after(3));
    assert_refused(&again, Axis::Replay, ErrorKind::Replayed);
}

#[test]
fn the_report_is_one_canonical_json_text() {
    let verifier = strict();
    let receipt = paid(1);
    let text = verifier.check_call(&call(&receipt), after(2)).to_json();
    let canonical =
        signet::encoding::jcs::canonicalize(&text, &signet::encoding::jcs::Limits::default());
    assert_eq!(canonical.unwrap(), text);
    let report: Value = serde_json::from_slice(&text).unwrap();
    let whole: Value = serde_json::from_str(&receipt).unwrap();
    let mut signed = whole.clone();
    signed
        .as_object_mut()
        .unwrap()
        .retain(|name, _| name != "id" && name != "sig");
    let check = |axis: &str, status: &str, code: &str, message: &str| json!({"axis":axis,"code":code,"message":message,"status":status});
    let absent = "there is nothing to check";
    assert_eq!(
        report,
        json!({
            "age_ms": 2000,
            "checks": [
                check("structure", "pass", "ok", ""),
                check("signature", "pass", "ok", ""),
                check("trust", "pass", "ok", ""),
                check("time", "pass", "ok", ""),
                check("delegation", "not_checked", "not_present", absent),
                check("target", "pass", "ok", ""),
                check("content", "pass", "ok", ""),
                check("decision", "not_checked", "not_present", absent),
                check("policy", "not_checked", "not_configured",
                    "the verifier was given nothing to check it against"),
                check("replay", "pass", "ok", ""),
            ],
            "code": "ok",
            "judged_at": "2026-06-15T12:00:02.000Z",
            "message": "",
            "ok": true,
            "receipt": {"id": whole["id"], "signed": signed},
            "remarks": [],
            "signer": {"key": name_of(&agent()), "name": "deploy-bot", "trusted": true},
            "trusted": true,
        })
    );
    let refused = judged(
        &strict(),
        &receipt.replace("\"amount\":10", "\"amount\":99"),
    );
    let refused: Value = serde_json::from_slice(&refused.to_json()).unwrap();
    assert_eq!(refused["ok"], false);
    assert_eq!(refused["code"], "signature_invalid");
    assert_eq!(refused["checks"][2]["code"], "stopped");
    // Nothing that is not under a signature is shown.
    assert!(refused.get("receipt").is_none() && refused.get("signer").is_none());
}

#[test]
fn by_default_nobody_is_trusted_e16() {
    let receipt = signed_by(&stranger(), PAY, 1, None);
    let nobody = Verifier::new(VerifierOptions::default()).unwrap();
    assert_refused(
        &judged(&nobody, &receipt),
        Axis::Trust,
        ErrorKind::SignerUntrusted,
    );
    assert_refused(
        &judged(&strict(), &receipt),
        Axis::Trust,
        ErrorKind::SignerUntrusted,
    );
    // Only when asked to, and then it is said.
    let lax = verifier(|options| options.require_trusted_signer = false);
    let report = judged(&lax, &receipt);
    assert_ok(&report);
    assert!(!report.is_trusted());
    assert_eq!(
        *report.check(Axis::Trust),
        Check::NotChecked(Unchecked::NotRequired)
    );
}

#[test]
fn a_replay_is_refused_without_asking_for_it_e16() {
    let verifier = strict();
    let receipt = paid(1);
    assert_ok(&judged(&verifier, &receipt));
    for _ in 0..2 {
        let again = judged(&verifier, &receipt);
        assert_refused(&again, Axis::Replay, ErrorKind::Replayed);
    }
    let off = self::verifier(|options| options.replay = ReplayStore::Off);
    for _ in 0..2 {
        let report = judged(&off, &receipt);
        assert_ok(&report);
        assert_eq!(
            *report.check(Axis::Replay),
            Check::NotChecked(Unchecked::NotConfigured)
        );
    }
}

#[test]
fn a_flood_of_untrusted_receipts_pushes_nothing_out_e17() {
    let verifier = verifier(|options| options.replay = ReplayStore::Memory { capacity: 10 });
    let receipt = paid(1);
    assert_ok(&judged(&verifier, &receipt));
    for nonce in 0..200 {
        let flood = signed_by(&stranger(), PAY, nonce, None);
        let report = judged(&verifier, &flood);
        assert_refused(&report, Axis::Trust, ErrorKind::SignerUntrusted);
        // A replay of a refused receipt is refused for the same reason: nothing
        // was recorded.
        let report = judged(&verifier, &flood);
        assert_refused(&report, Axis::Trust, ErrorKind::SignerUntrusted);
    }
    assert_refused(
        &judged(&verifier, &receipt),
        Axis::Replay,
        ErrorKind::Replayed,
    );
}

#[test]
fn a_full_store_refuses_instead_of_forgetting_r3() {
    let verifier = verifier(|options| options.replay = ReplayStore::Memory { capacity: 3 });
    for nonce in 1..=3 {
        assert_ok(&judged(&verifier, &paid(nonce)));
    }
    let full = judged(&verifier, &paid(4));
    assert_refused(&full, Axis::Replay, ErrorKind::ReplayStoreFull);
    assert_refused(
        &judged(&verifier, &paid(1)),
        Axis::Replay,
        ErrorKind::Replayed,
    );
}

#[test]
fn what_is_refused_for_any_reason_is_not_used_up_e17() {
    let verifier = strict();
    let receipt = paid(1);
    let other_tool = Call {
        tool: "refund",
        ..call(&receipt)
    };
    let report = verifier.check_call(&other_tool, clock());
    assert_refused(&report, Axis::Content, ErrorKind::ToolMismatch);
    let early = verifier.check_call(&call(&receipt), after(-60));
    assert_refused(&early, Axis::Time, ErrorKind::FromFuture);
    assert_ok(&judged(&verifier, &receipt));
}

#[test]
fn a_receipt_is_remembered_for_as_long_as_it_is_fresh_r2() {
    let verifier = verifier(|options| options.max_age_seconds = 20);
    let receipt = paid(1);
    assert_ok(&verifier.check_call(&call(&receipt), after(-30)));
    for seconds in [-29, 0, 19, 20] {
        let again = verifier.check_call(&call(&receipt), after(seconds));
        assert_refused(&again, Axis::Replay, ErrorKind::Replayed);
    }
    let old = verifier.check_call(&call(&receipt), after(21));
    assert_refused(&old, Axis::Time, ErrorKind::TooOld);
    // Long forgotten, and the clock goes back.
    for nonce in 2..5 {
        let later = crafted(&at(
            &value_of_text(&paid(nonce)),
            "2026-06-15T13:00:00.000Z",
        ));
        assert_ok(&verifier.check_call(&call(&later.to_string()), after(3600)));
    }
    let again = verifier.check_call(&call(&receipt), after(1));
    assert_refused(&again, Axis::Replay, ErrorKind::Replayed);
}

#[test]
fn a_restart_does_not_bring_receipts_back_r2() {
    let folder = tempfile::tempdir().unwrap();
    let store = || ReplayStore::File {
        path: folder.path().join("nonces.json"),
        options: FileNoncesOptions::default(),
    };
    let receipt = paid(1);
    assert_ok(&judged(
        &verifier(|options| options.replay = store()),
        &receipt,
    ));
    let again = judged(&verifier(|options| options.replay = store()), &receipt);
    assert_refused(&again, Axis::Replay, ErrorKind::Replayed);
    // Without a file: what was signed before the start is refused.
    let restarted = verifier(|options| options.not_before = Some(after(1)));
    let report = restarted.check_call(&call(&receipt), after(2));
    assert_refused(&report, Axis::Time, ErrorKind::TooOld);
}

#[test]
fn of_racing_copies_exactly_one_passes() {
    let verifier = strict();
    let receipts: Vec<String> = (0..40).map(paid).collect();
    let accepted = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for receipt in &receipts {
                    if judged(&verifier, receipt).is_ok() {
                        accepted.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    assert_eq!(accepted.into_inner(), receipts.len());
}

fn value_of_text(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// The signed part of a receipt, dated otherwise.
fn at(receipt: &Value, time: &str) -> Value {
    let mut body = receipt.clone();
    body["ts"] = json!(time);
    let members = body.as_object_mut().unwrap();
    members.remove("id");
    members.remove("sig");
    body
}

#[test]
fn a_time_without_a_zone_is_an_answer_and_not_an_exception_e18() {
    for time in [
        "2026-06-15T12:00:00",
        "2026-06-15",
        "banana",
        "",
        "9999999999999",
    ] {
        let receipt = crafted(&at(&value_of_text(&paid(1)), time)).to_string();
        let report = judged(&strict(), &receipt);
        assert_refused(&report, Axis::Structure, ErrorKind::TimestampInvalid);
    }
}

#[test]
fn freshness_has_sharp_edges_r6() {
    let verifier = verifier(|options| options.replay = ReplayStore::Off);
    let receipt = paid(1);
    for (seconds, expected) in [
        (-31, Some(ErrorKind::FromFuture)),
        (-30, None),
        (0, None),
        (300, None),
        (301, Some(ErrorKind::TooOld)),
        (31_536_000, Some(ErrorKind::TooOld)),
        (-31_536_000, Some(ErrorKind::FromFuture)),
    ] {
        let report = verifier.check_call(&call(&receipt), after(seconds));
        assert_eq!(report.kind(), expected, "{seconds}");
    }
    let barely = verifier.check_call(&call(&receipt), after(300).plus_millis(1));
    assert_refused(&barely, Axis::Time, ErrorKind::TooOld);
    let expiring = signed_by(&agent(), PAY, 2, Some("2026-06-15T12:00:10Z"));
    assert_ok(&verifier.check_call(&call(&expiring), after(10)));
    let expired = verifier.check_call(&call(&expiring), after(11));
    assert_refused(&expired, Axis::Time, ErrorKind::Expired);
}

#[test]
fn arguments_are_compared_by_what_they_mean_e19() {
    let verifier = verifier(|options| options.replay = ReplayStore::Off);
    let receipt = paid(1);
    let with = |arguments: &[u8]| {
        let call = Call {
            arguments: Some(arguments),
            ..call(&receipt)
        };
        verifier.check_call(&call, clock())
    };
    for same in [
        r#"{"to":"bob","amount":10}"#,
        r#" { "amount" : 1.0e1 , "to" : "b\u006fb" } "#,
        r#"{"amount":10.000,"to":"bob"}"#,
    ] {
        assert_ok(&with(same.as_bytes()));
    }
    for other in [
        r#"{"amount":10.5,"to":"bob"}"#,
        r#"{"amount":"10","to":"bob"}"#,
        r#"{"amount":10.0000000000000000001,"to":"bob"}"#,
        r#"{"amount":10}"#,
        r#"{"amount":10,"to":"bob","x":null}"#,
        r#"[10,"bob"]"#,
        "{}",
        "null",
    ] {
        let report = with(other.as_bytes());
        assert_refused(&report, Axis::Content, ErrorKind::ArgumentsMismatch);
    }
    let none = Call {
        arguments: None,
        ..call(&receipt)
    };
    let report = verifier.check_call(&none, clock());
    assert_refused(&report, Axis::Content, ErrorKind::ArgumentsMismatch);
    for (ambiguous, kind) in [
        (
            &br#"{"amount":99,"amount":10,"to":"bob"}"#[..],
            ErrorKind::JsonDuplicateMember,
        ),
        // No double has that value, and so nobody can have signed it.
        (
            br#"{"amount":1e999,"to":"bob"}"#,
            ErrorKind::ArgumentsMismatch,
        ),
        (
            br#"{"amount":10,"to":"\ud83d"}"#,
            ErrorKind::JsonLoneSurrogate,
        ),
        (b"{\"amount\":10,\"to\":\"\xff\"}", ErrorKind::JsonEncoding),
        (b"{", ErrorKind::JsonSyntax),
        (b"", ErrorKind::JsonSyntax),
    ] {
        assert_refused(&with(ambiguous), Axis::Content, kind);
    }
}

#[test]
fn no_arguments_are_no_arguments_however_they_are_left_out() {
    let verifier = verifier(|options| options.replay = ReplayStore::Off);
    for params in ["", r#","params":null"#, r#","params":{}"#] {
        let action = format!(r#"{{"tool":"pay","target":"{TARGET}"{params}}}"#);
        let receipt = signed_by(&agent(), &action, 1, None);
        for arguments in [None, Some(&b"null"[..]), Some(b"{}"), Some(b" { } ")] {
            let call = Call {
                arguments,
                ..call(&receipt)
            };
            assert_ok(&verifier.check_call(&call, clock()));
        }
        let report = judged(&verifier, &receipt);
        assert_refused(&report, Axis::Content, ErrorKind::ArgumentsMismatch);
    }
}

#[test]
fn every_digit_of_a_large_number_counts() {
    let verifier = verifier(|options| options.replay = ReplayStore::Off);
    let params = r#"{"id": 9007199254740993}"#;
    let action = format!(r#"{{"tool":"pay","target":"{TARGET}","params":{params}}}"#);
    let receipt = signed_by(&agent(), &action, 1, None);
    let with = |arguments: &str| {
        let call = Call {
            arguments: Some(arguments.as_bytes()),
            ..call(&receipt)
        };
        verifier.check_call(&call, clock())
    };
    assert_ok(&with(r#"{"id":9007199254740993}"#));
    for other in [
        r#"{"id":9007199254740992}"#,
        r#"{"id":9007199254740994}"#,
        // The wrapper itself is other arguments.
        r#"{"$exact":"{\"id\": 9007199254740993}"}"#,
    ] {
        let report = with(other);
        assert_refused(&report, Axis::Content, ErrorKind::ArgumentsMismatch);
    }
}

#[test]
fn hidden_arguments_are_compared_by_their_hash_when_they_are_allowed() {
    let action = Action::parse(
        PAY.as_bytes(),
        &ActionOptions {
            hash_only: true,
            ..ActionOptions::default()
        },
    );
    let signer = Signer {
        name: "deploy-bot",
        owner: "",
    };
    let options = SignOptions {
        time: Some(clock()),
        ..SignOptions::default()
    };
    let receipt = sign(&agent(), &action.unwrap(), &signer, &options).unwrap();
    let receipt = text_of(&receipt);
    let report = judged(&strict(), &receipt);
    assert_refused(&report, Axis::Content, ErrorKind::ArgumentsHidden);
    let open = verifier(|options| {
        options.allow_hash_only = true;
        options.policy = Some(policy(r#"{"tool":"pay","params":{"amount":{"lte":10}}}"#));
    });
    let other = Call {
        arguments: Some(br#"{"amount":11,"to":"bob"}"#),
        ..call(&receipt)
    };
    let report = open.check_call(&other, clock());
    assert_refused(&report, Axis::Content, ErrorKind::ArgumentsMismatch);
    // The policy sees the arguments of the call, not the absence of params.
    let report = judged(&open, &receipt);
    assert_ok(&report);
    assert_eq!(report.remarks(), [Remark::ParamsHidden]);
}

fn policy(matches: &str) -> signet::authority::policy::Policy {
    policy_with(matches, "")
}

fn policy_with(matches: &str, more: &str) -> signet::authority::policy::Policy {
    let text = format!(
        r#"{{"version":1,"default_action":"deny","rules":[{{"id":"ok","match":{matches},"action":"allow"{more}}}]}}"#
    );
    signet::authority::policy::Policy::parse(text.as_bytes(), signet::authority::Format::Json)
        .unwrap()
}

#[test]
fn the_policy_decides_about_what_was_signed_and_counts_only_what_is_made() {
    let limited = r#","rate_limit":{"max_calls":2,"window_seconds":60,"scope":"per_agent"}"#;
    let verifier = verifier(|options| {
        let matches = r#"{"tool":"pay","agent":"deploy-bot"}"#;
        options.policy = Some(policy_with(matches, limited));
    });
    let first = paid(1);
    let report = judged(&verifier, &first);
    assert_ok(&report);
    assert_eq!(report.evaluation().unwrap().matched_rules, ["ok"]);
    // A hundred replays, and calls that are refused, use nothing up.
    for _ in 0..100 {
        assert_refused(
            &judged(&verifier, &first),
            Axis::Replay,
            ErrorKind::Replayed,
        );
        let stranger = signed_by(&stranger(), PAY, 9, None);
        assert_refused(
            &judged(&verifier, &stranger),
            Axis::Trust,
            ErrorKind::SignerUntrusted,
        );
    }
    assert_ok(&judged(&verifier, &paid(2)));
    let third = paid(3);
    let report = judged(&verifier, &third);
    assert_refused(&report, Axis::Policy, ErrorKind::PolicyDenied);
    assert_eq!(
        *report.check(Axis::Replay),
        Check::NotChecked(Unchecked::Stopped)
    );
    // Refused, therefore not used up: a minute later it may be made.
    assert_ok(&verifier.check_call(&call(&third), after(61)));
}

#[test]
fn a_call_without_a_receipt_needs_to_be_let_through() {
    let unsigned = |receipt| Call {
        receipt,
        tool: "pay",
        arguments: Some(ARGUMENTS),
        ..Call::default()
    };
    for receipt in [None, Some(&b"null"[..]), Some(b" null ")] {
        let report = strict().check_call(&unsigned(receipt), clock());
        assert_refused(&report, Axis::Structure, ErrorKind::Unsigned);
    }
    let lax = verifier(|options| {
        options.require_signature = false;
        options.policy = Some(policy(r#"{"tool":"pay","params":{"amount":{"lte":10}}}"#));
    });
    let report = lax.check_call(&unsigned(None), clock());
    assert_ok(&report);
    assert!(!report.is_trusted() && report.signer().is_none());
    assert_eq!(report.remarks(), [Remark::Unsigned]);
    assert_eq!(*report.check(Axis::Policy), Check::Passed);
    let dear = Call {
        arguments: Some(br#"{"amount":11}"#),
        ..unsigned(None)
    };
    assert_refused(
        &lax.check_call(&dear, clock()),
        Axis::Policy,
        ErrorKind::PolicyDenied,
    );
    let twofold = Call {
        arguments: Some(br#"{"amount":11,"amount":1}"#),
        ..unsigned(None)
    };
    let report = lax.check_call(&twofold, clock());
    assert_refused(&report, Axis::Content, ErrorKind::JsonDuplicateMember);
    // A receipt that is there must hold, whether or not one is required.
    for junk in ["\"x\"", "{}", "[]", "0", "false", "\"\"", ""] {
        let report = lax.check_call(&unsigned(Some(junk.as_bytes())), clock());
        assert!(!report.is_ok(), "{junk}");
    }
    let forged = paid(1).replace("\"amount\":10", "\"amount\":9");
    assert!(!judged(&lax, &forged).is_ok());
}

#[test]
fn a_receipt_for_another_target_session_or_call_is_refused() {
    let action = r#"{"tool":"pay","target":"mcp://bank","session":"s1","call_id":"n:7","params":{"amount":10,"to":"bob"}}"#;
    let receipt = signed_by(&agent(), action, 1, None);
    let elsewhere = verifier(|options| options.targets = vec!["mcp://shop".into(), "x".into()]);
    assert_refused(
        &judged(&elsewhere, &receipt),
        Axis::Target,
        ErrorKind::TargetMismatch,
    );
    let verifier = verifier(|options| {
        options.targets.push("mcp://shop".to_owned());
        options.session = Some("s1".to_owned());
        options.replay = ReplayStore::Off;
    });
    assert_ok(&judged(&verifier, &receipt));
    for (change, kind) in [
        (
            Call {
                target: Some("mcp://shop"),
                ..call(&receipt)
            },
            ErrorKind::TargetMismatch,
        ),
        (
            Call {
                session: Some("s2"),
                ..call(&receipt)
            },
            ErrorKind::BindingMismatch,
        ),
        (
            Call {
                call_id: Some("s:7"),
                ..call(&receipt)
            },
            ErrorKind::BindingMismatch,
        ),
    ] {
        let report = verifier.check_call(&change, clock());
        assert_refused(&report, Axis::Target, kind);
    }
    // Without anything to hold it to, that is said.
    let anywhere = self::verifier(|options| options.targets.clear());
    let report = judged(&anywhere, &receipt);
    assert_ok(&report);
    assert_eq!(
        *report.check(Axis::Target),
        Check::NotChecked(Unchecked::NotConfigured)
    );
}

fn delegated(
    from: &KeyPair,
    tools: &[&str],
    targets: &[&str],
    expires: Option<&str>,
    nonce: u8,
) -> Receipt {
    let chain = chain(from, tools, targets, expires);
    let action = Action::parse(PAY.as_bytes(), &ActionOptions::default()).unwrap();
    let options = SignAuthorizedOptions {
        time: Some(clock()),
        nonce: Some([nonce; 16]),
    };
    sign_authorized(&agent(), &action, "bot", &chain, &options).unwrap()
}

fn chain(from: &KeyPair, tools: &[&str], targets: &[&str], expires: Option<&str>) -> Chain {
    let mut scope = Scope::new(tools.iter().copied(), targets.iter().copied(), 0).unwrap();
    if let Some(expires) = expires {
        scope = scope.expiring(expires).unwrap();
    }
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
        time: Some(after(-3600)),
        nonce: Some([3; 16]),
        unsigned: Unsigned::default(),
    };
    Chain::of(vec![delegation::sign(from, &grant, &options).unwrap()])
}

/// What the agent's own software refuses to sign: any chain for the action.
fn forced(chain: &Chain) -> String {
    let mut body = body_of(&delegated(&root(), &["pay"], &[TARGET], None, 1));
    body["authorization"]["chain_hash"] = json!(chain.hash());
    let first = chain.links().first().unwrap();
    let named = signet::encoding::key_text::prefixed(first.delegator());
    body["authorization"]["root_pubkey"] = json!(named);
    let links: Value = serde_json::from_slice(chain.json()).unwrap();
    body["authorization"]
        .as_object_mut()
        .unwrap()
        .remove("chain");
    let mut receipt = crafted(&body);
    receipt["authorization"]["chain"] = links;
    receipt.to_string()
}

#[test]
fn a_delegated_call_needs_a_trusted_root_that_covers_it_e20() {
    // The agent's own key is trusted in every one of these.
    let verifier = verifier(|options| options.trusted_roots = vec![*root().public_key()]);
    let rogue = delegated(&stranger(), &["pay"], &[TARGET], None, 1);
    let report = judged(&verifier, &text_of(&rogue));
    assert_refused(&report, Axis::Delegation, ErrorKind::ChainRootUntrusted);
    assert!(!report.signer().unwrap().trusted);
    for (chain, kind) in [
        (
            chain(&root(), &["read"], &[TARGET], None),
            ErrorKind::ScopeViolation,
        ),
        (
            chain(&root(), &["pay"], &["mcp://shop"], None),
            ErrorKind::ScopeViolation,
        ),
        (
            chain(&root(), &["pay"], &[TARGET], Some("2020-01-01T00:00:00Z")),
            ErrorKind::DelegationExpired,
        ),
        (
            chain(&stranger(), &["read"], &["x"], Some("2020-01-01T00:00:00Z")),
            ErrorKind::ChainRootUntrusted,
        ),
    ] {
        let report = judged(&verifier, &forced(&chain));
        assert_refused(&report, Axis::Delegation, kind);
    }
    let honest = delegated(&root(), &["pay"], &[TARGET], None, 1);
    let report = judged(&verifier, &text_of(&honest));
    assert_ok(&report);
    assert_eq!(report.root().unwrap().key, *root().public_key());
    // No trusted roots at all: no delegated call, whoever signed it.
    let report = judged(&strict(), &text_of(&honest));
    assert_refused(&report, Axis::Delegation, ErrorKind::ChainRootUntrusted);
    let lax = self::verifier(|options| options.require_trusted_signer = false);
    let report = judged(&lax, &text_of(&rogue));
    assert_refused(&report, Axis::Delegation, ErrorKind::ChainRootUntrusted);
}

#[test]
fn the_delegation_is_what_makes_a_delegate_trusted() {
    let roots_only = verifier(|options| {
        options.trusted_keys.clear();
        options.trusted_roots = vec![*root().public_key()];
        options.require_delegation = true;
    });
    let report = judged(
        &roots_only,
        &text_of(&delegated(&root(), &["pay"], &[TARGET], None, 1)),
    );
    assert_ok(&report);
    assert!(report.is_trusted());
    let plain = verifier(|options| options.require_delegation = true);
    let report = judged(&plain, &paid(1));
    assert_refused(&report, Axis::Delegation, ErrorKind::DelegationRequired);
}

fn bundle(entries: &str) -> signet::authority::trust::TrustBundle {
    let text = format!(
        r#"{{"version":1,"bundle_id":"b","org":"o","env":"prod","generated_at":"2026-06-15T12:00:00Z",{entries}}}"#
    );
    let format = signet::authority::Format::Json;
    signet::authority::trust::TrustBundle::parse(text.as_bytes(), format).unwrap()
}

fn entry(key: &KeyPair, id: &str, more: &str) -> String {
    format!(
        r#"{{"id":"{id}","name":"{id} name","owner":"o","pubkey":"{}","created_at":"2026-01-01T00:00:00Z",{more}}}"#,
        name_of(key)
    )
}

#[test]
fn a_bundle_that_revokes_a_key_is_believed_before_the_options() {
    let revoked = r#""status":"revoked","revoked_at":"2026-06-15T11:00:00Z""#;
    let active = r#""status":"active""#;
    let receipt = paid(1);
    let listed = entry(&agent(), "bot", active);
    let verifier = verifier(|options| {
        options.trusted_keys.clear();
        options.trust_bundle = Some(bundle(&format!(r#""agents":[{listed}]"#)));
    });
    let report = judged(&verifier, &receipt);
    assert_ok(&report);
    assert_eq!(
        report.signer().unwrap().trusted_name.as_deref(),
        Some("bot name")
    );
    for section in ["agents", "roots", "servers"] {
        let listed = entry(&agent(), "bot", revoked);
        let verifier = self::verifier(|options| {
            options.trust_bundle = Some(bundle(&format!(r#""{section}":[{listed}]"#)));
        });
        assert_refused(
            &judged(&verifier, &receipt),
            Axis::Trust,
            ErrorKind::KeyRevoked,
        );
    }
    let disabled = entry(
        &agent(),
        "bot",
        r#""status":"disabled","disabled_at":"2026-06-15T11:00:00Z""#,
    );
    let disabling = self::verifier(|options| {
        options.trust_bundle = Some(bundle(&format!(r#""agents":[{disabled}]"#)));
        options.require_trusted_signer = false;
    });
    assert_refused(
        &judged(&disabling, &receipt),
        Axis::Trust,
        ErrorKind::KeyDisabled,
    );
    // A revoked key in a chain, and a revoked delegate, carry nothing.
    for (key, axis) in [(root(), Axis::Delegation), (agent(), Axis::Trust)] {
        let listed = entry(&key, "x", revoked);
        let verifier = self::verifier(|options| {
            options.trusted_roots = vec![*root().public_key()];
            options.trust_bundle = Some(bundle(&format!(r#""agents":[{listed}]"#)));
        });
        let receipt = text_of(&delegated(&root(), &["pay"], &[TARGET], None, 1));
        assert_refused(&judged(&verifier, &receipt), axis, ErrorKind::KeyRevoked);
    }
}

#[test]
fn only_receipts_of_calls_to_come_are_receipts_of_a_call() {
    let mut value = value_of_text(&paid(1));
    value["v"] = json!(2);
    assert!(!judged(&strict(), &value.to_string()).is_ok());
    let receipt: Receipt = signing::paid(r#"{"amount":10,"to":"bob"}"#);
    let co_signed = signet::receipt::co_sign(
        &root(),
        &receipt,
        &signet::receipt::Response::new(b"{}"),
        &signet::receipt::CoSignOptions {
            server_name: "s",
            time: Some(clock()),
            ..Default::default()
        },
    );
    let report = judged(&strict(), &text_of(&co_signed.unwrap()));
    assert_refused(&report, Axis::Structure, ErrorKind::ReceiptVersion);
}

#[test]
fn nothing_that_the_agent_did_not_sign_gets_through_v7_v8_v9_v12() {
    let honest = value_of(&signing::signed(PAY));
    let altered = |change: &dyn Fn(&mut Value)| {
        let mut value = honest.clone();
        change(&mut value);
        judged(&strict(), &value.to_string())
    };
    for (name, change) in [
        (
            "top",
            &(|v: &mut Value| v["approved"] = json!(true)) as &dyn Fn(&mut Value),
        ),
        ("action", &|v| v["action"]["approved"] = json!(true)),
        ("signer", &|v| v["signer"]["role"] = json!("cfo")),
        ("authorization", &|v| {
            v["authorization"] = json!({"chain":[]})
        }),
        ("extensions", &|v| v["extensions"] = json!({})),
    ] {
        let report = altered(change);
        assert_refused(&report, Axis::Structure, ErrorKind::UnknownMember);
        assert!(report.receipt().is_none(), "{name}");
    }
    let report = altered(&|v| v["id"] = json!("rec_00000000000000000000000000000000"));
    assert_refused(&report, Axis::Structure, ErrorKind::IdMismatch);
    let twice = honest
        .to_string()
        .replacen("\"tool\":", "\"tool\":\"refund\",\"tool\":", 1);
    let report = judged(&strict(), &twice);
    assert_refused(&report, Axis::Structure, ErrorKind::JsonDuplicateMember);
    // Signed by the stranger in the agent's name.
    let body = body_of(&signing::signed(PAY));
    let report = judged(&strict(), &crafted_by(&stranger(), &body).to_string());
    assert_refused(&report, Axis::Signature, ErrorKind::SignatureInvalid);
    // A key under which anybody signs.
    let mut weak = honest.clone();
    weak["signer"]["pubkey"] = json!("ed25519:AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
    let lax = verifier(|options| options.require_trusted_signer = false);
    assert_refused(
        &judged(&lax, &weak.to_string()),
        Axis::Signature,
        ErrorKind::KeyWeak,
    );
}

#[test]
fn a_store_of_ones_own_is_asked_and_believed() {
    #[derive(Debug)]
    struct Broken;
    impl signet::verifier::NonceStore for Broken {
        fn use_up(
            &self,
            _: &[signet::verifier::NonceUse<'_>],
            _: Instant,
            _: &mut dyn FnMut() -> signet::Result<()>,
        ) -> signet::Result<()> {
            Ok(())
        }
    }
    let verifier = verifier(|options| {
        options.replay = ReplayStore::Shared(std::sync::Arc::new(Broken));
    });
    // One that says yes without asking whether to has not asked the policy.
    let report = judged(&verifier, &paid(1));
    assert_refused(&report, Axis::Replay, ErrorKind::ReplayStoreFailed);
    let shared = std::sync::Arc::new(signet::verifier::MemoryNonces::default());
    let both = [1, 2]
        .map(|_| self::verifier(|options| options.replay = ReplayStore::Shared(shared.clone())));
    assert_ok(&judged(&both[0], &paid(1)));
    assert_refused(
        &judged(&both[1], &paid(1)),
        Axis::Replay,
        ErrorKind::Replayed,
    );
}
