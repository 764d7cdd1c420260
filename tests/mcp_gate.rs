//! The gate on the signing side: nothing goes on unread, unsigned, undecided or
//! unrecorded.

#[path = "support/hostile_messages.rs"]
mod hostile_messages;
#[path = "support/recorded.rs"]
mod recorded;
#[path = "support/signing.rs"]
mod signing;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use signet::authority::Format;
use signet::authority::policy::{Counting, Decision, Enforcer, Policy};
use signet::encoding::rfc3339::Instant;
use signet::log::{Log, LogOptions};
use signet::mcp::{
    Evidence, Existing, Gate, GateOptions, GateParts, GateSigning, KeepNothing, MessageLimits,
    Ruling, StorageFailure, Verdict,
};
use signet::receipt::{Action, ActionOptions, Field, Receipt};
use signet::{Error, ErrorKind, Result};
use signing::{agent, clock};

fn gate_of(options: GateOptions, policy: Option<&str>) -> Gate {
    let policy = policy
        .map(|text| Arc::new(Policy::parse(text.as_bytes(), Format::Yaml).expect("a policy")));
    Gate::new(GateOptions {
        signing: Some(GateSigning {
            key: Arc::new(agent()),
            name: "agent".into(),
            owner: "org".into(),
            target: "mcp://child.py".into(),
            transport: "stdio".into(),
            session: None,
            policy,
            hash_only: false,
            existing: Existing::Refuse,
        }),
        ..options
    })
    .expect("a gate")
}

fn gate(policy: Option<&str>) -> Gate {
    gate_of(GateOptions::default(), policy)
}

fn judge(gate: &Gate, text: &str) -> Verdict {
    gate.judge(text.as_bytes(), clock(), &KeepNothing)
}

fn call(id: &str, tool: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"{tool}"}}}}"#)
}

fn text(bytes: Option<&Vec<u8>>) -> Option<&str> {
    bytes.map(|bytes| std::str::from_utf8(bytes).expect("UTF-8"))
}

/// A store that remembers.
#[derive(Default)]
struct Kept(Mutex<Vec<(bool, Value)>>);

impl Kept {
    fn keep(&self, evidence: &[Evidence<'_>]) -> Result<()> {
        for one in evidence {
            let signed = matches!(one, Evidence::Receipt(_));
            let json = serde_json::from_slice(one.json()).expect("JSON");
            self.0.lock().unwrap().push((signed, json));
        }
        Ok(())
    }

    fn tools(&self) -> Vec<(bool, String)> {
        let kept = self.0.lock().unwrap();
        kept.iter()
            .map(|(signed, json)| (*signed, json["action"]["tool"].as_str().unwrap().to_owned()))
            .collect()
    }
}

const STRICT: &str = "
version: 1
name: strict
rules:
 - {id: no-rm, match: {tool: rm}, action: deny, reason: never}
 - {id: ask-pay, match: {tool: pay}, action: require_approval, reason: ask first}
";

#[test]
fn no_hostile_message_gets_through_e1_e2_e3_e6() {
    let gate = gate(Some("{version: 1, default_action: deny, rules: []}"));
    let open_gate = crate::gate(None);
    let stored = |evidence: &[Evidence<'_>]| -> Result<()> {
        let denied = |one: &Evidence<'_>| matches!(one, Evidence::Violation(_));
        assert!(evidence.iter().all(denied), "something was signed");
        Ok(())
    };
    let corpus = hostile_messages::all();
    assert!(corpus.len() >= 60);
    let mut names = BTreeSet::new();
    for (name, bytes, kind) in &corpus {
        assert!(names.insert(name), "two are called {name}");
        for gate in [&gate, &open_gate] {
            let verdict = gate.judge(bytes, clock(), &stored);
            assert_eq!(verdict.forward, None, "{name}");
            assert_eq!(verdict.ruling(), Ruling::Refuse, "{name}");
            let error = verdict.messages[0].error.as_ref().expect(name);
            // A policy that denies may come before what signing would refuse.
            if error.kind() != ErrorKind::PolicyDenied {
                assert_eq!(error.kind(), *kind, "{name}: {error}");
            }
            if let Some(answer) = &verdict.answer {
                let answer: Value = serde_json::from_slice(answer).expect(name);
                for answer in answer.as_array().unwrap_or(&vec![answer.clone()]) {
                    assert_eq!(answer["jsonrpc"], "2.0", "{name}");
                    let code = answer["error"]["code"].as_i64().expect(name);
                    assert!([-32700, -32600].contains(&code), "{name}");
                }
            }
        }
    }
}

#[test]
fn a_message_that_cannot_be_read_ends_nothing_e3() {
    let gate = gate(None);
    for _ in 0..3 {
        let verdict = gate.judge(b"{\"a\":\"\xff\"}", clock(), &KeepNothing);
        assert_eq!(
            text(verdict.answer.as_ref()),
            Some(
                r#"{"error":{"code":-32700,"data":{"code":"json_encoding"},"message":"message: JSON: not valid UTF-8 at byte 6"},"id":null,"jsonrpc":"2.0"}"#
            )
        );
        assert_eq!(judge(&gate, &call("1", "echo")).ruling(), Ruling::Forward);
    }
}

#[test]
fn what_is_no_tool_call_passes_byte_for_byte() {
    let gate = gate(Some("{version: 1, default_action: deny, rules: []}"));
    for message in [
        r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{}}"#,
        "{ \"method\":\"notifications/initialized\",\"jsonrpc\":\"2.0\" }\r\n",
        r#"{"jsonrpc":"2.0","id":"x","result":{"roots":[{"n":123456789012345678901234567890}]}}"#,
        r#"{"jsonrpc":"2.0","id":1,"error":{"code":-1,"message":"\u0041"}}"#,
    ] {
        let verdict = judge(&gate, message);
        assert_eq!(text(verdict.forward.as_ref()), Some(message));
        assert_eq!(
            (verdict.answer.as_ref(), verdict.ruling()),
            (None, Ruling::Forward)
        );
        assert!(verdict.messages[0].call.is_none());
    }
}

#[test]
fn a_call_goes_on_signed_and_recorded_and_with_every_digit_e4_e5() {
    let kept = Kept::default();
    let gate = gate(Some(STRICT));
    let message = r#"{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"echo","arguments":{"n":123456789012345678901234567890,"m":9007199254740993}}}"#;
    let verdict = gate.judge(message.as_bytes(), clock(), &|evidence: &[Evidence<
        '_,
    >]| {
        kept.keep(evidence)
    });
    let sent = text(verdict.forward.as_ref()).unwrap();
    assert!(
        sent.contains(r#""arguments":{"n":123456789012345678901234567890,"m":9007199254740993}"#)
    );
    let open = verdict.messages[0].call.as_ref().unwrap();
    assert_eq!(open.id(), Some(b"7".as_slice()));
    assert!(sent.contains(std::str::from_utf8(open.receipt().json()).unwrap()));
    assert_eq!(open.receipt().text(Field::PolicyDecision), Some("allow"));
    assert_eq!(kept.tools(), [(true, "echo".to_owned())]);
    let evaluation = verdict.messages[0].evaluation.as_ref().unwrap();
    assert_eq!(evaluation.policy_name, "strict");
}

#[test]
fn a_batch_is_decided_about_element_by_element_e2() {
    let kept = Kept::default();
    let gate = gate(Some(STRICT));
    let ping = r#"{"jsonrpc":"2.0", "id":"p","method":"ping"}"#;
    let echo = call("2", "echo");
    let batch = format!(
        "[{ping}, {}, 5,{echo} ,{},{}]",
        call("\"r\"", "rm"),
        call("3", "pay"),
        r#"{"jsonrpc":"2.0","method":"tools/call","params":{"name":"rm"}}"#
    );
    let verdict = gate.judge(batch.as_bytes(), clock(), &|evidence: &[Evidence<'_>]| {
        kept.keep(evidence)
    });
    let receipt = verdict.messages[3].call.as_ref().unwrap().receipt();
    let receipt = std::str::from_utf8(receipt.json()).unwrap();
    let signed = echo.replace(
        r#""params":{"#,
        &format!(r#""params":{{"_meta":{{"_signet":{receipt}}},"#),
    );
    assert_eq!(
        text(verdict.forward.as_ref()),
        Some(format!("[{ping},{signed}]").as_str())
    );
    assert_eq!(
        text(verdict.answer.as_ref()),
        Some(
            r#"[{"error":{"code":-32600,"message":"policy violation: never"},"id":"r","jsonrpc":"2.0"},{"error":{"code":-32600,"message":"it must be an object"},"id":null,"jsonrpc":"2.0"},{"error":{"code":-32600,"message":"requires approval: ask first"},"id":3,"jsonrpc":"2.0"}]"#
        )
    );
    let rulings: Vec<Ruling> = verdict.messages.iter().map(|one| one.ruling).collect();
    use Ruling::{AskHuman, Forward, Refuse};
    assert_eq!(
        rulings,
        [Forward, Refuse, Refuse, Forward, AskHuman, Refuse]
    );
    assert_eq!(verdict.ruling(), Refuse);
    assert_eq!(
        kept.tools(),
        [(true, "echo"), (false, "rm"), (false, "pay"), (false, "rm")]
            .map(|(signed, tool)| (signed, tool.to_owned()))
    );
}

#[test]
fn a_batch_that_passes_whole_keeps_its_white_space() {
    let gate = gate(None);
    let batch = format!(
        " [ {} ,\t{} ] ",
        call("1", "a"),
        r#"{"jsonrpc":"2.0","method":"n"}"#
    );
    let verdict = judge(&gate, &batch);
    let sent = text(verdict.forward.as_ref()).unwrap();
    assert!(sent.starts_with(" [ {\"jsonrpc\":\"2.0\",\"id\":1"));
    assert!(sent.ends_with(" ,\t{\"jsonrpc\":\"2.0\",\"method\":\"n\"} ] "));
}

#[test]
fn refusals_have_the_bytes_of_the_published_proxy() {
    let gate = gate(Some(STRICT));
    for (message, answer) in [
        (
            call("1", "rm"),
            r#"{"error":{"code":-32600,"message":"policy violation: never"},"id":1,"jsonrpc":"2.0"}"#,
        ),
        (
            call("2.50", "pay"),
            r#"{"error":{"code":-32600,"message":"requires approval: ask first"},"id":2.50,"jsonrpc":"2.0"}"#,
        ),
        (
            call(r#""\u0041""#, "rm"),
            r#"{"error":{"code":-32600,"message":"policy violation: never"},"id":"\u0041","jsonrpc":"2.0"}"#,
        ),
        (
            call("null", "rm"),
            r#"{"error":{"code":-32600,"message":"policy violation: never"},"id":null,"jsonrpc":"2.0"}"#,
        ),
    ] {
        let verdict = judge(&gate, &message);
        assert_eq!(verdict.forward, None);
        assert_eq!(text(verdict.answer.as_ref()), Some(answer));
    }
    // Nobody answers a notification.
    let verdict = judge(
        &gate,
        r#"{"jsonrpc":"2.0","method":"tools/call","params":{"name":"rm"}}"#,
    );
    assert_eq!((verdict.forward, verdict.answer), (None, None));
}

/// What the recorded runs of the published proxy saw, line by line.
#[test]
fn recorded_runs_of_the_published_proxy_go_alike_where_it_is_right() {
    let file = recorded::file("proxy");
    let mut compared = 0;
    for case in recorded::cases(&file) {
        let (Some(lines), true) = (case["stdin"].as_array(), case["exit"] == 0) else {
            continue;
        };
        let policy = case["policy"].as_str();
        if policy.is_some_and(|text| text.contains("rate_limit")) {
            // It counts no calls.
            continue;
        }
        let gate = gate_of(GateOptions::default(), policy);
        let theirs: Vec<Value> = values(&case["to_client"]);
        let sent: Vec<Value> = values(&case["to_server"]);
        for line in lines {
            let line = line.as_str().unwrap();
            let verdict = judge(&gate, line);
            let Ok(given) = serde_json::from_str::<Value>(line) else {
                assert_eq!(verdict.forward, None, "{line}");
                continue;
            };
            if given.is_array() {
                // Theirs passes batches on without a look.
                assert_eq!(verdict.forward, None, "{line}");
                continue;
            }
            let id = &given["id"];
            let refused = theirs
                .iter()
                .find(|answer| answer["error"]["code"] == -32600 && answer["id"] == *id);
            match (&verdict.answer, refused) {
                (Some(answer), Some(refused)) => {
                    let answer: Value = serde_json::from_slice(answer).unwrap();
                    // Of a text that may not even be read nothing is echoed.
                    if answer["error"]["code"] != -32700 {
                        assert_eq!(answer, *refused, "{line}");
                        compared += 1;
                    }
                }
                (None, Some(refused)) if given.get("id").is_some() => {
                    // Only the integers that it cannot sign.
                    let message = refused["error"]["message"].as_str().unwrap();
                    assert!(message.contains("max safe integer"), "{line}: {refused}");
                }
                (Some(_), None) => {
                    // Stricter: no tool's name, no place for a receipt, a receipt
                    // that is there already, a name twice, nesting.
                    let kind = verdict.messages[0].error.as_ref().unwrap().kind();
                    let stricter = [
                        ErrorKind::MessageInvalid,
                        ErrorKind::AlreadySigned,
                        ErrorKind::JsonDuplicateMember,
                        ErrorKind::JsonTooDeep,
                    ];
                    assert!(stricter.contains(&kind), "{line}: {kind:?}");
                }
                _ => {}
            }
            if let Some(forward) = &verdict.forward {
                let forward: Value = serde_json::from_slice(forward).unwrap();
                let same = |other: &&Value| {
                    let mut other = (*other).clone();
                    let mut own = forward.clone();
                    for message in [&mut other, &mut own] {
                        // Nonces, times and keys differ, and so do signatures.
                        if let Some(receipt) = message
                            .pointer_mut("/params/_meta/_signet")
                            .and_then(Value::as_object_mut)
                        {
                            for name in ["id", "nonce", "sig", "ts", "signer"] {
                                receipt.remove(name);
                            }
                            let action = receipt["action"].as_object_mut().unwrap();
                            action.remove("target");
                            if action["params"].is_null() {
                                action.insert("params".into(), json!({}));
                            }
                        }
                    }
                    own == other
                };
                let theirs = sent.iter().find(same);
                let unsafe_integer = line.contains("9007199254740993");
                assert!(theirs.is_some() || unsafe_integer, "{line}: {forward}");
                compared += 1;
            }
        }
    }
    assert!(compared > 20, "{compared}");
}

fn values(lines: &Value) -> Vec<Value> {
    let lines = lines.as_array().into_iter().flatten();
    lines
        .filter_map(|line| serde_json::from_str(line.as_str()?).ok())
        .collect()
}

#[test]
fn a_call_whose_evidence_cannot_be_stored_stays_d5() {
    let failing = |_: &[Evidence<'_>]| -> Result<()> {
        Err(Error::new(ErrorKind::LogDamaged, "log", "its end is torn"))
    };
    let gate = gate(None);
    let verdict = gate.judge(call("1", "echo").as_bytes(), clock(), &failing);
    assert_eq!(verdict.forward, None);
    assert_eq!(
        verdict.messages[0].error.as_ref().unwrap().kind(),
        ErrorKind::EvidenceNotStored
    );
    assert_eq!(
        text(verdict.answer.as_ref()),
        Some(
            r#"{"error":{"code":-32603,"data":{"code":"evidence_not_stored"},"message":"the call could not be recorded"},"id":1,"jsonrpc":"2.0"}"#
        )
    );
    assert!(verdict.storage_error.is_some());
    // In a batch, what needs no evidence goes on.
    let ping = r#"{"jsonrpc":"2.0","id":2,"method":"ping"}"#;
    let batch = format!("[{},{ping}]", call("1", "echo"));
    let verdict = gate.judge(batch.as_bytes(), clock(), &failing);
    assert_eq!(
        text(verdict.forward.as_ref()),
        Some(format!("[{ping}]").as_str())
    );

    let lenient = gate_of(
        GateOptions {
            storage_failure: StorageFailure::Forward,
            ..GateOptions::default()
        },
        None,
    );
    let verdict = lenient.judge(call("1", "echo").as_bytes(), clock(), &failing);
    assert_eq!(verdict.ruling(), Ruling::Forward);
    assert_eq!(
        verdict.storage_error.map(|error| error.kind()),
        Some(ErrorKind::LogDamaged)
    );
}

#[test]
fn the_log_is_a_store_and_no_call_switches_it_off_d4_d5() {
    let folder = tempfile::tempdir().unwrap();
    let log = Log::open(folder.path(), LogOptions::default()).unwrap();
    let gate = gate(Some(STRICT));
    let deep = |depth: usize| {
        let arguments = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        String::from_utf8(hostile_messages::call(&arguments)).unwrap()
    };
    let mut forwarded = 0;
    for message in [
        deep(120),
        deep(121),
        deep(125),
        call("1", "rm"),
        call("2", "echo"),
        deep(5),
    ] {
        let verdict = gate.judge(message.as_bytes(), clock(), &log);
        forwarded += u64::from(verdict.forward.is_some());
    }
    assert_eq!(forwarded, 3);
    assert_eq!(log.len(), 4, "three receipts and a denied call");
    let stored = log.read(1).unwrap();
    assert!(String::from_utf8_lossy(&stored.receipt).contains("policy_violation"));
    drop(log);
    let log = Log::open(folder.path(), LogOptions::default()).unwrap();
    for index in 0..log.len() {
        log.read(index).unwrap();
    }
    log.close().unwrap();
    let verdict = gate.judge(call("3", "echo").as_bytes(), clock(), &log);
    assert_eq!(verdict.forward, None, "a closed log stores nothing");
}

#[test]
fn two_of_six_calls_in_a_minute_pass_e7() {
    let gate = gate(Some(
        "
version: 1
default_action: deny
rules:
 - {id: mail, match: {tool: mail}, action: allow, rate_limit: {max_calls: 2, window_seconds: 60}}
",
    ));
    let rulings: Vec<bool> = (0..6_i64)
        .map(|second| {
            let now = Instant::plus_millis(clock(), second * 1000);
            let verdict = gate.judge(call("1", "mail").as_bytes(), now, &KeepNothing);
            verdict.forward.is_some()
        })
        .collect();
    assert_eq!(
        rulings,
        [true, true, false, false, false, false],
        "and never inverted"
    );
    let later = clock().plus_millis(61_000);
    let verdict = gate.judge(call("1", "mail").as_bytes(), later, &KeepNothing);
    assert!(
        verdict.forward.is_some(),
        "a minute later there is room again"
    );
    // A batch counts each of its calls.
    let later = clock().plus_millis(600_000);
    let batch = format!("[{}]", vec![call("1", "mail"); 6].join(","));
    let verdict = gate.judge(batch.as_bytes(), later, &KeepNothing);
    let passed = verdict.messages.iter().filter(|one| one.call.is_some());
    assert_eq!(passed.count(), 2);
}

#[test]
fn threads_share_the_limits_of_one_gate_e7_e8() {
    let gate = gate(Some(
        "
version: 1
default_action: deny
rules:
 - {id: mail, match: {tool: mail}, action: allow, rate_limit: {max_calls: 10, window_seconds: 60}}
",
    ));
    let passed = Mutex::new(0);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..10 {
                    let verdict = judge(&gate, &call("1", "mail"));
                    *passed.lock().unwrap() += u32::from(verdict.forward.is_some());
                }
            });
        }
    });
    assert_eq!(*passed.lock().unwrap(), 10);
}

#[test]
fn obligations_must_be_somebodys_to_fulfil() {
    let policy = "
version: 1
rules:
 - id: sandboxed
   match: {tool: run}
   action: allow
   obligations: [{type: sandbox, version: 1, parameters: {required: true}}]
 - id: approved
   match: {tool: pay}
   action: allow
   obligations: [{type: require_approval, version: 1, parameters: {}}]
";
    let strict = gate(Some(policy));
    assert_eq!(judge(&strict, &call("1", "run")).ruling(), Ruling::Refuse);
    assert_eq!(judge(&strict, &call("1", "pay")).ruling(), Ruling::AskHuman);
    assert_eq!(judge(&strict, &call("1", "echo")).ruling(), Ruling::Forward);
    let able = gate_of(
        GateOptions {
            fulfils: vec!["sandbox".into()],
            ..GateOptions::default()
        },
        Some(policy),
    );
    assert_eq!(judge(&able, &call("1", "run")).ruling(), Ruling::Forward);
    assert_eq!(judge(&able, &call("1", "pay")).ruling(), Ruling::AskHuman);
}

#[test]
fn a_receipt_that_is_there_already_is_refused_or_replaced() {
    let message = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","_meta":{"progressToken":7,"_signet":{"forged":true}}}}"#;
    let verdict = judge(&gate(None), message);
    assert_eq!(
        verdict.messages[0].error.as_ref().unwrap().kind(),
        ErrorKind::AlreadySigned
    );
    let replacing = Gate::new(GateOptions {
        signing: Some(GateSigning {
            key: Arc::new(agent()),
            name: "agent".into(),
            owner: String::new(),
            target: "mcp://child.py".into(),
            transport: "stdio".into(),
            session: None,
            policy: None,
            hash_only: false,
            existing: Existing::Replace,
        }),
        ..GateOptions::default()
    })
    .unwrap();
    let verdict = judge(&replacing, message);
    let sent: Value = serde_json::from_slice(verdict.forward.as_ref().unwrap()).unwrap();
    assert_eq!(sent["params"]["_meta"]["_signet"]["v"], 1);
    assert_eq!(sent["params"]["_meta"]["progressToken"], 7);
}

#[test]
fn a_batch_does_not_grow_over_the_limit() {
    let gate = gate_of(
        GateOptions {
            limits: MessageLimits {
                max_len: 2000,
                ..MessageLimits::default()
            },
            ..GateOptions::default()
        },
        None,
    );
    let batch = format!("[{}]", vec![call("1", "echo"); 4].join(","));
    let verdict = gate.judge(batch.as_bytes(), clock(), &KeepNothing);
    assert!(verdict.forward.as_ref().unwrap().len() <= 2000);
    let kinds: Vec<Option<ErrorKind>> = verdict
        .messages
        .iter()
        .map(|one| one.error.as_ref().map(Error::kind))
        .collect();
    assert_eq!(kinds[0], None);
    assert_eq!(kinds[3], Some(ErrorKind::TooLarge));
}

#[test]
fn a_gate_must_do_something() {
    let error = Gate::new(GateOptions::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
}

fn signing_parts() -> GateParts {
    GateParts {
        key: Some(Arc::new(agent())),
        ..GateParts::default()
    }
}

#[test]
fn options_in_json_say_what_the_struct_says() {
    let whole = json!({
        "name": "agent", "owner": "org", "target": "mcp://x", "transport": "http", "session": "s",
        "hash_only": true, "existing": "replace", "fulfils": ["a", "b"], "allow_line_breaks": true,
        "storage_failure": "forward", "limits": {"max_len": 5000, "max_depth": 9, "max_batch": 3},
    });
    let gate = Gate::from_json(whole.to_string().as_bytes(), signing_parts()).unwrap();
    let options = gate.options();
    let signing = options.signing.as_ref().unwrap();
    assert_eq!(
        (signing.name.as_str(), signing.owner.as_str()),
        ("agent", "org")
    );
    assert_eq!(
        (signing.target.as_str(), signing.transport.as_str()),
        ("mcp://x", "http")
    );
    assert_eq!(signing.session.as_deref(), Some("s"));
    assert_eq!(
        (signing.hash_only, signing.existing),
        (true, Existing::Replace)
    );
    assert_eq!(options.fulfils, ["a", "b"]);
    assert!(options.allow_line_breaks);
    assert_eq!(options.storage_failure, StorageFailure::Forward);
    let limits = MessageLimits {
        max_len: 5000,
        max_depth: 9,
        max_batch: 3,
    };
    assert_eq!(options.limits, limits);
    // Every member with a value of another type, and beside one that is none.
    for name in whole.as_object().unwrap().keys() {
        for other in [json!(1.5), json!([[]])] {
            let mut changed = whole.clone();
            changed[name.as_str()] = other;
            let refused = Gate::from_json(changed.to_string().as_bytes(), signing_parts());
            let error = refused.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{name}");
            assert!(
                error.to_string().starts_with(&format!("options.{name}")),
                "{error}"
            );
        }
        let misspelt = json!({ name.to_uppercase(): whole[name.as_str()] }).to_string();
        assert!(Gate::from_json(misspelt.as_bytes(), signing_parts()).is_err());
    }
    // Empty text and an empty object are all defaults.
    for empty in ["", "{}", r#"{"name":null}"#] {
        let gate = Gate::from_json(empty.as_bytes(), signing_parts()).unwrap();
        let signing = gate.options().signing.as_ref().unwrap();
        assert_eq!(
            (signing.name.as_str(), signing.transport.as_str()),
            ("", "stdio")
        );
        assert_eq!(signing.existing, Existing::Refuse);
        assert_eq!(gate.options().limits, MessageLimits::default());
    }
}

/// Whoever asks the same policy elsewhere sees what went through the gate.
#[test]
fn rate_limits_can_be_shared_with_others() {
    let text = "version: 1\ndefault_action: deny\nrules:\n - {id: r, match: {tool: ls}, action: allow, \
                rate_limit: {max_calls: 2, window_seconds: 60}}\n";
    let policy = Policy::parse(text.as_bytes(), Format::Yaml).unwrap();
    let enforcer = Enforcer::new(policy.clone());
    let gate = Gate::from_json(
        br#"{"name":"bot"}"#,
        GateParts {
            policy: Some(Arc::new(policy)),
            counters: Arc::clone(enforcer.counters()),
            ..signing_parts()
        },
    )
    .unwrap();
    let action = Action::parse(br#"{"tool":"ls"}"#, &ActionOptions::default()).unwrap();
    let asked = || {
        enforcer
            .rule(&action, "bot", clock(), Counting::Counts)
            .decision()
    };
    assert_eq!(judge(&gate, &call("1", "ls")).ruling(), Ruling::Forward);
    assert_eq!(asked(), Decision::Allow);
    assert_eq!(judge(&gate, &call("2", "ls")).ruling(), Ruling::Refuse);
    assert_eq!(asked(), Decision::Deny);
}

#[test]
fn line_breaks_may_be_allowed_where_messages_are_no_lines() {
    let gate = gate_of(
        GateOptions {
            allow_line_breaks: true,
            ..GateOptions::default()
        },
        None,
    );
    let message = "{\n \"jsonrpc\": \"2.0\",\n \"id\": 1,\n \"method\": \"ping\"\n}\n";
    assert_eq!(text(judge(&gate, message).forward.as_ref()), Some(message));
    let refused = judge(&crate::gate(None), message);
    assert_eq!(refused.forward, None);
}

/// Whatever is forwarded reads strictly and carries a receipt that verifies.
#[test]
fn what_goes_on_verifies() {
    let gate = gate(None);
    let verdict = judge(&gate, &call("1", "echo"));
    let sent = verdict.forward.unwrap();
    let wire = signet::mcp::Wire::read(&sent, &MessageLimits::default()).unwrap();
    let message = wire.single().unwrap();
    let carried = message.tool_call().unwrap().receipt().unwrap();
    let receipt = Receipt::parse(
        carried,
        signet::encoding::record::Reading::Strict,
        &signet::encoding::jcs::Limits::default(),
    )
    .unwrap();
    receipt
        .verify(&signet::receipt::VerifyOptions {
            trusted: &[agent().public_key()],
            expiry: signet::receipt::Expiry::JudgedAt(clock()),
        })
        .unwrap();
}
