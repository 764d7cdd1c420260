//! The gate and the verification in front of a server: what was recorded of the
//! published `verify_request`, and what it lets through.

#[path = "support/hostile_messages.rs"]
mod hostile_messages;
#[path = "support/recorded.rs"]
mod recorded;
#[path = "support/signing.rs"]
mod signing;

use std::sync::{Arc, Mutex};

use recorded::Deviation;
use serde_json::{Value, json};
use signet::authority::Format;
use signet::authority::policy::Policy;
use signet::authority::trust::TrustBundle;
use signet::encoding::key_text;
use signet::encoding::rfc3339::Instant;
use signet::identity::KeyPair;
use signet::mcp::{
    Evidence, Existing, Gate, GateOptions, GateSigning, KeepNothing, RequestOptions,
    ResponseOptions, Ruling, SignedRequest, Verdict, sign_request, sign_response, verify_params,
    verify_request,
};
use signet::receipt::{Field, Signer};
use signet::verifier::{Axis, Check, Verifier, VerifierOptions};
use signet::{Error, ErrorKind, Result};
use signing::{agent, clock, stranger};

const TARGET: &str = "mcp://files";

fn verifier_of(options: VerifierOptions) -> Arc<Verifier> {
    Arc::new(
        Verifier::new(VerifierOptions {
            trusted_keys: vec![*agent().public_key()],
            targets: vec![TARGET.into()],
            ..options
        })
        .expect("a verifier"),
    )
}

fn gate_of(options: VerifierOptions) -> Gate {
    Gate::new(GateOptions {
        verifier: Some(verifier_of(options)),
        ..GateOptions::default()
    })
    .expect("a gate")
}

fn gate() -> Gate {
    gate_of(VerifierOptions::default())
}

fn options() -> RequestOptions<'static> {
    RequestOptions {
        signer: Signer {
            name: "deploy-bot",
            owner: "alice",
        },
        target: TARGET,
        time: Some(clock()),
        ..RequestOptions::default()
    }
}

fn call(arguments: &str) -> String {
    format!(
        r#"{{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{{"name":"rm","arguments":{arguments}}}}}"#
    )
}

fn signed_by(key: &KeyPair, text: &str) -> SignedRequest {
    sign_request(key, text.as_bytes(), &options()).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn signed(arguments: &str) -> String {
    String::from_utf8(signed_by(&agent(), &call(arguments)).bytes).unwrap()
}

fn judge(gate: &Gate, text: &str) -> Verdict {
    gate.judge(text.as_bytes(), clock(), &KeepNothing)
}

fn why(verdict: &Verdict) -> Option<ErrorKind> {
    verdict.messages[0].error.as_ref().map(Error::kind)
}

fn text(bytes: Option<&Vec<u8>>) -> Option<&str> {
    bytes.map(|bytes| std::str::from_utf8(bytes).expect("UTF-8"))
}

#[test]
fn what_was_signed_passes_byte_for_byte() {
    for arguments in [
        "{}",
        r#"{"b":1,"a":[2.50,"é"]}"#,
        r#"{ "n" : 123456789012345678901234567890 , "m":9007199254740993 }"#,
        r#"{"$exact":"5"}"#,
        "[1]",
        "null",
    ] {
        let sent = signed(arguments);
        let kept = Mutex::new(Vec::new());
        let verdict = gate().judge(sent.as_bytes(), clock(), &|evidence: &[Evidence<'_>]| {
            kept.lock()
                .unwrap()
                .extend(evidence.iter().map(|one| one.json().to_vec()));
            Ok(())
        });
        assert_eq!(
            text(verdict.forward.as_ref()),
            Some(sent.as_str()),
            "{:?}",
            verdict.messages[0].error
        );
        assert_eq!(verdict.answer, None);
        let open = verdict.messages[0].call.as_ref().unwrap();
        assert_eq!(open.id(), Some(b"7".as_slice()));
        assert_eq!(*kept.lock().unwrap(), [open.receipt().json().to_vec()]);
        assert!(verdict.messages[0].report.as_ref().unwrap().is_trusted());
    }
}

#[test]
fn the_same_arguments_in_another_spelling_are_the_same_e19() {
    let sent = signed(r#"{"a":1,"b":"é","n":123456789012345678901234567890}"#);
    for (from, to) in [
        (
            r#""arguments":{"a":1,"b":"é","n":123456789012345678901234567890}"#,
            r#""arguments":{"n":123456789012345678901234567890,"b":"é","a":1}"#,
        ),
        (r#""a":1,"b":"é","#, r#""a":1.0,"b":"\u00e9","#),
        (r#""a":1,"b":"é","#, r#""a" : 10e-1 , "b":"é","#),
    ] {
        let other = sent.replacen(from, to, 1);
        assert_ne!(other, sent);
        let verdict = judge(&gate(), &other);
        assert_eq!(why(&verdict), None, "{to}");
        assert_eq!(text(verdict.forward.as_ref()), Some(other.as_str()));
    }
    for (from, to) in [
        (r#""arguments":{"a":1,"#, r#""arguments":{"a":2,"#),
        (r#""arguments":{"a":1,"#, r#""arguments":{"#),
        (r#""arguments":{"a":1,"#, r#""arguments":{"x":0,"a":1,"#),
        // Equal as doubles, and another number.
        (
            r#""arguments":{"a":1,"b":"é","n":123456789012345678901234567890}"#,
            r#""arguments":{"a":1,"b":"é","n":123456789012345678901234567891}"#,
        ),
    ] {
        let other = sent.replacen(from, to, 1);
        assert_ne!(other, sent);
        let verdict = judge(&gate(), &other);
        assert_eq!(why(&verdict), Some(ErrorKind::ArgumentsMismatch), "{to}");
        assert_eq!(verdict.forward, None);
    }
    let verdict = judge(&gate(), &sent.replace(r#""name":"rm""#, r#""name":"ls""#));
    assert_eq!(why(&verdict), Some(ErrorKind::ToolMismatch));
}

#[test]
fn no_arguments_are_no_arguments_however_they_are_written() {
    for (given, presented) in [
        (r#","arguments":{}"#, ""),
        ("", r#","arguments":{}"#),
        ("", r#","arguments":null"#),
    ] {
        let message = |arguments: &str| {
            format!(
                r#"{{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{{"name":"rm"{arguments}}}}}"#
            )
        };
        let sent = String::from_utf8(signed_by(&agent(), &message(given)).bytes).unwrap();
        let other = match given {
            "" => sent.replacen(
                r#""name":"rm"}"#,
                &format!(r#""name":"rm"{presented}}}"#),
                1,
            ),
            _ => sent.replacen(given, presented, 1),
        };
        assert_ne!(other, sent);
        assert_eq!(why(&judge(&gate(), &other)), None, "{given} {presented}");
    }
}

#[test]
fn nobodys_key_is_trusted_by_default_e16() {
    let sent = String::from_utf8(signed_by(&stranger(), &call("{}")).bytes).unwrap();
    let verdict = judge(&gate(), &sent);
    assert_eq!(verdict.forward, None);
    assert!(matches!(
        why(&verdict),
        Some(ErrorKind::SignerUntrusted | ErrorKind::KeyMismatch)
    ));
    let nobody = Verifier::new(VerifierOptions::default()).unwrap();
    let verified = verify_request(sent.as_bytes(), &nobody, clock()).unwrap();
    assert!(!verified.report.is_ok());
    assert!(verified.call.is_none());
}

#[test]
fn a_call_passes_once_e16() {
    let gate = gate();
    let sent = signed("{}");
    let kinds: Vec<_> = (0..3).map(|_| why(&judge(&gate, &sent))).collect();
    let replayed = Some(ErrorKind::Replayed);
    assert_eq!(kinds, [None, replayed, replayed]);
    // Twice in one batch is twice.
    let sent = signed("{}");
    let verdict = judge(&gate, &format!("[{sent},{sent}]"));
    assert_eq!(
        text(verdict.forward.as_ref()),
        Some(format!("[{sent}]").as_str())
    );
    assert_eq!(
        verdict.messages[1].error.as_ref().map(Error::kind),
        replayed
    );
}

#[test]
fn of_many_threads_one_gets_through_e16() {
    let gate = gate();
    let sent = signed("{}");
    let passed = Mutex::new(0);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let verdict = judge(&gate, &sent);
                *passed.lock().unwrap() += u32::from(verdict.forward.is_some());
            });
        }
    });
    assert_eq!(*passed.lock().unwrap(), 1);
}

#[test]
fn strangers_do_not_push_nonces_out_e17() {
    let gate = gate();
    let sent = signed("{}");
    assert_eq!(why(&judge(&gate, &sent)), None);
    for _ in 0..1000 {
        let flood = signed_by(&stranger(), &call("{}")).bytes;
        let verdict = gate.judge(&flood, clock(), &KeepNothing);
        assert_eq!(verdict.forward, None);
    }
    assert_eq!(why(&judge(&gate, &sent)), Some(ErrorKind::Replayed));
}

#[test]
fn a_time_without_a_zone_is_a_refusal_and_no_crash_e18() {
    let receipt = signing::paid("{}");
    let mut body = signing::body_of(&receipt);
    for ts in ["2026-06-15T12:00:00", "2026-06-15", "yesterday", ""] {
        body["ts"] = json!(ts);
        let message = json!({
            "jsonrpc": "2.0", "id": 1, "method": "tools/call",
            "params": {"name": "pay", "arguments": {}, "_meta": {"_signet": signing::crafted(&body)}},
        });
        let verdict = judge(&gate(), &message.to_string());
        assert_eq!(why(&verdict), Some(ErrorKind::TimestampInvalid), "{ts}");
    }
}

#[test]
fn what_the_server_says_to_a_refused_caller() {
    let unsigned = call("{}").replace(r#""id":7"#, r#""id":"\u0041""#);
    let verdict = judge(&gate(), &unsigned);
    assert_eq!(why(&verdict), Some(ErrorKind::Unsigned));
    let answer: Value = serde_json::from_slice(verdict.answer.as_ref().unwrap()).unwrap();
    assert_eq!(answer["error"]["code"], -32600);
    assert_eq!(answer["error"]["data"]["code"], "unsigned");
    assert!(
        text(verdict.answer.as_ref())
            .unwrap()
            .ends_with(r#","id":"\u0041","jsonrpc":"2.0"}"#)
    );
    let notification = call("{}").replace(r#""id":7,"#, "");
    let verdict = judge(&gate(), &notification);
    assert_eq!((verdict.forward, verdict.answer), (None, None));
    let report = verdict.messages[0].report.as_ref().unwrap();
    assert!(matches!(report.check(Axis::Structure), Check::Failed(_)));
}

#[test]
fn no_hostile_message_reaches_the_server() {
    let gate = gate();
    for (name, bytes, kind) in hostile_messages::all() {
        let verdict = gate.judge(&bytes, clock(), &KeepNothing);
        assert_eq!(verdict.forward, None, "{name}");
        assert_eq!(verdict.ruling(), Ruling::Refuse, "{name}");
        let found = why(&verdict).unwrap();
        // What only signing could not do is simply unsigned here.
        assert!(
            found == kind || found == ErrorKind::Unsigned,
            "{name}: {found:?}"
        );
    }
}

#[test]
fn a_policy_decides_behind_the_verification_and_the_log_hears_of_it() {
    let policy = Policy::parse(
        b"{version: 1, name: strict, rules: [{id: no-rm, match: {tool: rm}, action: deny, reason: never}]}",
        Format::Yaml,
    )
    .unwrap();
    let gate = gate_of(VerifierOptions {
        policy: Some(policy),
        ..VerifierOptions::default()
    });
    let kept = Mutex::new(Vec::new());
    let verdict = gate.judge(
        signed("{}").as_bytes(),
        clock(),
        &|evidence: &[Evidence<'_>]| {
            for one in evidence {
                kept.lock()
                    .unwrap()
                    .push(serde_json::from_slice::<Value>(one.json()).unwrap());
            }
            Ok(())
        },
    );
    assert_eq!(
        text(verdict.answer.as_ref()),
        Some(
            r#"{"error":{"code":-32600,"message":"policy violation: never"},"id":7,"jsonrpc":"2.0"}"#
        )
    );
    let kept = kept.into_inner().unwrap();
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0]["type"], "policy_violation");
    assert_eq!(kept[0]["agent"], "deploy-bot");
    assert_eq!(kept[0]["action"]["tool"], "rm");
    assert_eq!(kept[0]["action"]["target"], TARGET);
}

#[test]
fn a_gate_that_verifies_and_signs_links_the_two_receipts() {
    let gateway = KeyPair::from_seed(&[9; 32]);
    let gate = Gate::new(GateOptions {
        verifier: Some(verifier_of(VerifierOptions::default())),
        signing: Some(GateSigning {
            key: Arc::new(KeyPair::from_seed(&[9; 32])),
            name: "gateway".into(),
            owner: String::new(),
            target: "mcp://inner".into(),
            transport: "http".into(),
            session: Some("s-1".into()),
            policy: None,
            hash_only: false,
            existing: Existing::Refuse,
        }),
        ..GateOptions::default()
    })
    .unwrap();
    let came = signed_by(&agent(), &call(r#"{"a":1}"#));
    let kept = Mutex::new(Vec::new());
    let verdict = gate.judge(&came.bytes, clock(), &|evidence: &[Evidence<'_>]| {
        kept.lock()
            .unwrap()
            .extend(evidence.iter().map(|one| one.json().to_vec()));
        Ok(())
    });
    let (before, after) = (&came.calls[0], verdict.messages[0].call.as_ref().unwrap());
    assert_eq!(
        after.receipt().text(Field::ParentReceiptId),
        before.receipt().text(Field::Id)
    );
    assert_eq!(
        *kept.lock().unwrap(),
        [
            before.receipt().json().to_vec(),
            after.receipt().json().to_vec()
        ]
    );
    let replaced = String::from_utf8(came.bytes.clone()).unwrap().replace(
        std::str::from_utf8(before.receipt().json()).unwrap(),
        std::str::from_utf8(after.receipt().json()).unwrap(),
    );
    assert_eq!(text(verdict.forward.as_ref()), Some(replaced.as_str()));
    let inner = Verifier::new(VerifierOptions {
        trusted_keys: vec![*gateway.public_key()],
        targets: vec!["mcp://inner".into()],
        ..VerifierOptions::default()
    })
    .unwrap();
    let verified = verify_request(replaced.as_bytes(), &inner, clock()).unwrap();
    verified.report.require_ok().unwrap();
    // What does not verify is not signed either.
    let forged = replaced.replace(r#""arguments":{"a":1}"#, r#""arguments":{"a":2}"#);
    assert_eq!(judge(&gate, &forged).forward, None);
}

#[test]
fn hidden_arguments_are_held_to_their_hash() {
    let hidden = RequestOptions {
        hash_only: true,
        ..options()
    };
    let text = call(r#"{"b":2,"a":1}"#);
    let sent = |options: &RequestOptions<'_>| {
        let signed = sign_request(&agent(), text.as_bytes(), options).unwrap();
        String::from_utf8(signed.bytes).unwrap()
    };
    assert_eq!(
        why(&judge(&gate(), &sent(&hidden))),
        Some(ErrorKind::ArgumentsHidden)
    );
    let lenient = || {
        gate_of(VerifierOptions {
            allow_hash_only: true,
            ..VerifierOptions::default()
        })
    };
    let sent = sent(&hidden);
    assert_eq!(why(&judge(&lenient(), &sent)), None);
    let respelled = sent.replace(
        r#""arguments":{"b":2,"a":1}"#,
        r#""arguments":{"a":1.0,"b":2}"#,
    );
    assert_eq!(why(&judge(&lenient(), &respelled)), None);
    let other = sent.replace(r#""b":2"#, r#""b":3"#);
    assert_eq!(
        why(&judge(&lenient(), &other)),
        Some(ErrorKind::ArgumentsMismatch)
    );
}

#[test]
fn what_is_too_deep_to_be_answered_is_an_error_and_no_crash_d4() {
    // Deeper than we sign, and still read: as others might sign it.
    for (depth, is_read) in [(121, true), (122, true), (123, false)] {
        let arguments = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        let receipt = signing::signed(&format!(
            r#"{{"tool":"rm","params":{arguments},"target":"{TARGET}"}}"#
        ));
        let meta = format!(
            r#""_meta":{{"_signet":{}}},"name""#,
            signing::text_of(&receipt)
        );
        let message = call(&arguments).replace(r#""name""#, &meta);
        let verifier = verifier_of(VerifierOptions::default());
        let verified = verify_request(message.as_bytes(), &verifier, clock());
        assert_eq!(verified.is_ok(), is_read, "{depth}");
        let Ok(verified) = verified else {
            continue;
        };
        let open = verified.call.expect("it verifies");
        let response = br#"{"jsonrpc":"2.0","id":7,"result":{}}"#;
        let options = ResponseOptions {
            time: Some(clock()),
            ..ResponseOptions::default()
        };
        let answered = sign_response(&stranger(), &open, response, &options);
        let kind = answered.map(|_| ()).map_err(|error| error.kind());
        match depth {
            121 => assert_eq!(kind, Ok(())),
            _ => assert_eq!(kind, Err(ErrorKind::JsonTooDeep)),
        }
    }
}

#[test]
fn one_message_is_verified_at_a_time() {
    let verifier = verifier_of(VerifierOptions::default());
    let kind = |text: &str| -> Result<()> {
        verify_request(text.as_bytes(), &verifier, clock()).map(|_| ())
    };
    for text in [
        format!("[{}]", signed("{}")),
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#.to_owned(),
        r#"{"jsonrpc":"2.0","id":1,"result":{}}"#.to_owned(),
    ] {
        assert_eq!(
            kind(&text).unwrap_err().kind(),
            ErrorKind::MessageInvalid,
            "{text}"
        );
    }
    for params in [
        "[]",
        "null",
        "\"x\"",
        r#"{"name":1}"#,
        r#"{"Name":"t","name":"t"}"#,
    ] {
        let error = verify_params(params.as_bytes(), &verifier, clock()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::MessageInvalid, "{params}");
    }
}

/// Requests that some published build takes and we refuse.
const STRICTER: &[Deviation] = &[
    Deviation {
        cases: &["trust-bundle-otherwise-invalid"],
        kind: ErrorKind::TrustBundleInvalid,
        always: true,
        reason: "A trust bundle that breaks a rule of its format vouches for nobody.",
    },
    Deviation {
        cases: &["signet-false-unsigned-allowed"],
        kind: ErrorKind::ReceiptInvalid,
        always: true,
        reason: "What stands in the place of a receipt must be one, even where none is required.",
    },
    Deviation {
        cases: &["tampered-id"],
        kind: ErrorKind::IdMismatch,
        always: true,
        reason: "The id must derive from the signature.",
    },
    Deviation {
        cases: &["tool-name-missing", "tool-name-null"],
        kind: ErrorKind::MessageInvalid,
        always: true,
        reason: "A call without the name of a tool calls nothing that was signed.",
    },
    Deviation {
        cases: &["duplicate-argument-key"],
        kind: ErrorKind::JsonDuplicateMember,
        always: true,
        reason: "Two members of one name anywhere in a message are refused, because the server may read the other one.",
    },
    Deviation {
        cases: &["age/ts-no-zone"],
        kind: ErrorKind::TimestampInvalid,
        always: true,
        reason: "The signing time must be an RFC 3339 date-time.",
    },
    Deviation {
        cases: &["v4-receipt"],
        kind: ErrorKind::ChainRootUntrusted,
        always: true,
        reason: "A delegated call is only accepted from a trusted root.",
    },
    Deviation {
        cases: &["weak-key"],
        kind: ErrorKind::KeyWeak,
        always: true,
        reason: "A key of small order is refused, because anybody can sign for it.",
    },
    Deviation {
        cases: &["unknown-field"],
        kind: ErrorKind::UnknownMember,
        always: true,
        reason: "A member that the format does not define is refused, because no signature covers it.",
    },
];

/// Requests that every published build refuses and we take, with the sentence of
/// `docs/compatibility.md`.
const MILDER: &[(&str, &str)] = &[
    (
        "trusted-key-without-prefix",
        "A trusted key may be named with or without its prefix.",
    ),
    (
        "arguments-empty-vs-absent",
        "No arguments, null and {} are the same arguments, as MCP reads them.",
    ),
];

/// The verdicts of the published `verify_request` on 69 recorded requests.
#[test]
fn recorded_requests_are_judged_alike_where_the_published_verdict_is_right() {
    let file = recorded::file("mcp_requests");
    let now = Instant::parse(file["clock"].as_str().unwrap()).unwrap();
    let mut needed = vec![0; STRICTER.len()];
    let mut milder = Vec::new();
    let mut alike = 0;
    for case in recorded::cases(&file) {
        let given = &case["options"];
        let keys = given["trusted_keys"].as_array();
        let bundle = match &given["trust_bundle"] {
            Value::Null => None,
            text => Some(TrustBundle::parse(
                text.to_string().as_bytes(),
                Format::Json,
            )),
        };
        let has_anchors = keys.is_some() || bundle.is_some();
        let target = given["expected_target"]
            .as_str()
            .filter(|text| !text.is_empty());
        let ours: Vec<std::result::Result<(), ErrorKind>> = match bundle.transpose() {
            Err(error) => vec![Err(error.kind())],
            Ok(trust_bundle) => {
                let verifier = Verifier::new(VerifierOptions {
                    trusted_keys: keys
                        .into_iter()
                        .flatten()
                        .map(|key| key_text::parse(key.as_str().unwrap()).unwrap())
                        .collect(),
                    trust_bundle,
                    targets: target.map(str::to_owned).into_iter().collect(),
                    max_age_seconds: given["max_age"].as_u64().unwrap_or(300),
                    clock_skew_seconds: 30,
                    require_signature: given["require_signature"] != false,
                    require_trusted_signer: has_anchors,
                    ..VerifierOptions::default()
                })
                .unwrap();
                let times = 1 + usize::from(case["repeated_with_nonce_cache"] == true);
                let params = case["params"].as_str().unwrap().as_bytes();
                let once = |_| {
                    let verified =
                        verify_params(params, &verifier, now).map_err(|error| error.kind())?;
                    verified.report.require_ok().map_err(|error| error.kind())
                };
                (0..times).map(once).collect()
            }
        };
        let accepted = |which: usize| {
            let builds = case["expect"].as_object().unwrap().values();
            let mut verdicts = builds.map(move |build| build[which]["ok"] == true);
            verdicts.any(|ok| ok)
        };
        for (which, verdict) in ours.iter().enumerate() {
            match (verdict, accepted(which)) {
                (Ok(()), true) | (Err(_), false) => alike += 1,
                (Ok(()), false) => milder.push(recorded::name(case)),
                (Err(kind), true) => {
                    let row = recorded::row(STRICTER, case)
                        .unwrap_or_else(|| panic!("{}: {kind:?}", recorded::name(case)));
                    assert_eq!(*kind, STRICTER[row].kind, "{}", recorded::name(case));
                    needed[row] += 1;
                }
            }
        }
    }
    assert!(alike > 50, "{alike}");
    recorded::assert_needed(STRICTER, &needed);
    recorded::assert_documented(STRICTER);
    let documented: Vec<&str> = MILDER.iter().map(|(name, _)| *name).collect();
    assert_eq!(milder, documented);
    let page = include_str!("../docs/compatibility.md");
    let page = page.split_whitespace().collect::<Vec<_>>().join(" ");
    for (name, sentence) in MILDER {
        assert!(page.contains(sentence), "{name}: {sentence}");
    }
}
