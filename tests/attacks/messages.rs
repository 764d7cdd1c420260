//! Messages that say one thing to the gate and another to the server behind it.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use signet::encoding::rfc3339::Instant;
use signet::mcp::{
    Evidence, Existing, Gate, GateOptions, GateSigning, KeepNothing, RequestOptions, Ruling,
    StorageFailure, Verdict, sign_request, verify_request,
};
use signet::receipt::Signer;
use signet::verifier::{ReplayStore, VerifierOptions};
use signet::{Error, ErrorKind};

use crate::ground::*;

fn message(id: &str, tool: &str, arguments: &str) -> String {
    format!(
        r#"{{"jsonrpc":"2.0",{id}"method":"tools/call","params":{{"name":"{tool}","arguments":{arguments}}}}}"#
    )
}

fn signed_text(text: &str) -> String {
    let options = RequestOptions {
        signer: Signer {
            name: "deploy-bot",
            owner: "",
        },
        target: TARGET,
        time: Some(clock()),
        ..RequestOptions::default()
    };
    let signed = sign_request(&agent(), text.as_bytes(), &options);
    String::from_utf8(signed.unwrap().bytes).unwrap()
}

fn signed(id: u32) -> String {
    signed_text(&message(&format!(r#""id":{id},"#), "pay", ARGUMENTS))
}

/// The gate in front of the bank.
fn gate_with(change: impl FnOnce(&mut VerifierOptions)) -> Gate {
    Gate::new(GateOptions {
        verifier: Some(Arc::new(verifier(change))),
        ..GateOptions::default()
    })
    .unwrap()
}

fn gate() -> Gate {
    gate_with(|_| {})
}

fn judge(gate: &Gate, text: &str) -> Verdict {
    gate.judge(text.as_bytes(), clock(), &KeepNothing)
}

fn kinds(verdict: &Verdict) -> Vec<Option<ErrorKind>> {
    let errors = verdict
        .messages
        .iter()
        .map(|message| message.error.as_ref());
    errors.map(|error| error.map(Error::kind)).collect()
}

#[track_caller]
fn stays(verdict: &Verdict, kind: ErrorKind) {
    assert_eq!(kinds(verdict), [Some(kind)]);
    assert_eq!(verdict.forward, None);
    assert_eq!(verdict.ruling(), Ruling::Refuse);
}

#[track_caller]
fn goes_on(verdict: &Verdict, text: &str) {
    assert_eq!(kinds(verdict), [None]);
    assert_eq!(verdict.forward.as_deref(), Some(text.as_bytes()));
    assert_eq!(verdict.answer, None);
}

#[test]
fn a_signed_call_goes_on_once() {
    let (gate, text) = (gate(), signed(1));
    goes_on(&judge(&gate, &text), &text);
    stays(&judge(&gate, &text), ErrorKind::Replayed);
    // Under another id it is the same receipt.
    let renumbered = text.replacen(r#""id":1"#, r#""id":2"#, 1);
    stays(&judge(&gate, &renumbered), ErrorKind::Replayed);
}

#[test]
fn a_receipt_is_stapled_to_another_request() {
    let text = signed(1);
    let value: Value = serde_json::from_str(&text).unwrap();
    let receipt = value["params"]["_meta"]["_signet"].to_string();
    for (params, kind) in [
        (
            r#""name":"refund","arguments":{"amount":10,"to":"bob"}"#,
            ErrorKind::ToolMismatch,
        ),
        (
            r#""name":"pay","arguments":{"amount":99,"to":"bob"}"#,
            ErrorKind::ArgumentsMismatch,
        ),
        (r#""name":"pay""#, ErrorKind::ArgumentsMismatch),
        (
            r#""name":"pay","arguments":null"#,
            ErrorKind::ArgumentsMismatch,
        ),
    ] {
        let stapled = format!(
            r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"_meta":{{"_signet":{receipt}}},{params}}}}}"#
        );
        stays(&judge(&gate(), &stapled), kind);
    }
    goes_on(&judge(&gate(), &text), &text);
}

#[test]
fn two_copies_come_in_one_batch() {
    let one = signed(1);
    let batch = format!(
        "[{one},{one},{}]",
        one.replacen(r#""id":1"#, r#""id":2"#, 1)
    );
    let verdict = judge(&gate(), &batch);
    let again = Some(ErrorKind::Replayed);
    assert_eq!(kinds(&verdict), [None, again, again]);
    let forward: Value = serde_json::from_slice(&verdict.forward.unwrap()).unwrap();
    assert_eq!(forward.as_array().unwrap().len(), 1);
}

#[test]
fn an_unsigned_call_hides_in_a_batch() {
    let one = signed(1);
    let ping = r#"{"jsonrpc":"2.0","id":3,"method":"ping"}"#;
    let bare = message(r#""id":2,"#, "delete_all", "{}");
    let verdict = judge(&gate(), &format!("[{ping},{bare},{one}]"));
    assert_eq!(kinds(&verdict), [None, Some(ErrorKind::Unsigned), None]);
    let forward = String::from_utf8(verdict.forward.unwrap()).unwrap();
    assert!(!forward.contains("delete_all"));
    assert_eq!(forward, format!("[{ping},{one}]"));
    // In a batch in a batch, as an object with numbers for names, in a string.
    for hidden in [
        format!("[[{bare}]]"),
        format!("[{ping},[{bare}]]"),
        format!(r#"{{"0":{bare},"length":1}}"#),
        json!([bare]).to_string(),
    ] {
        let verdict = judge(&gate(), &hidden);
        let forward = verdict.forward.unwrap_or_default();
        assert!(!String::from_utf8(forward).unwrap().contains("delete_all"));
        assert_eq!(verdict.messages.last().unwrap().ruling, Ruling::Refuse);
    }
}

#[test]
fn a_call_hides_in_a_notification() {
    for bare in [
        message("", "delete_all", "{}"),
        message(r#""id":null,"#, "delete_all", "{}"),
    ] {
        stays(&judge(&gate(), &bare), ErrorKind::Unsigned);
        let verdict = judge(&gate(), &format!("[{bare}]"));
        assert_eq!(verdict.forward, None);
        let stays_signed = signed_text(&bare);
        goes_on(&judge(&gate(), &stays_signed), &stays_signed);
    }
    // Nobody is told about a notification.
    assert_eq!(judge(&gate(), &message("", "t", "{}")).answer, None);
}

#[test]
fn the_method_is_written_in_another_way() {
    let call = message(r#""id":1,"#, "delete_all", "{}");
    for method in [r"tools\/call", r"tools\u002fcall", r"\u0074ools/call"] {
        let escaped = call.replace("tools/call", method);
        stays(&judge(&gate(), &escaped), ErrorKind::Unsigned);
    }
    for method in [
        "Tools/Call",
        "tools/call ",
        r"tools/call\u0000",
        r"tools/call\u200b",
        "tools//call",
        "tools.call",
    ] {
        let other = call.replace("tools/call", method);
        stays(&judge(&gate(), &other), ErrorKind::MessageInvalid);
    }
}

#[test]
fn the_receipt_stands_where_another_reader_looks() {
    let text = signed(1);
    for (from, to, kind) in [
        (r#""_signet":"#, r#""_Signet":"#, ErrorKind::MessageInvalid),
        (r#""_meta":"#, r#""_Meta":"#, ErrorKind::MessageInvalid),
        (
            r#""_signet":"#,
            r#""_signet":null,"_signet":"#,
            ErrorKind::JsonDuplicateMember,
        ),
        (
            r#""_signet":"#,
            r#""_signet\u0000":{},"_signet":"#,
            ErrorKind::MessageInvalid,
        ),
        (
            r#""_meta":{"#,
            r#""_meta":{},"\u005fmeta":{"#,
            ErrorKind::JsonDuplicateMember,
        ),
    ] {
        let moved = text.replacen(from, to, 1);
        assert_ne!(moved, text);
        stays(&judge(&gate(), &moved), kind);
    }
    for meta in ["null", "[]", "\"x\"", "0", "true"] {
        let bare = format!(
            r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"pay","_meta":{meta}}}}}"#
        );
        stays(&judge(&gate(), &bare), ErrorKind::MessageInvalid);
    }
    for receipt in ["true", "[]", "\"x\"", "0", "{}", "\"\""] {
        let bare = format!(
            r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"pay","_meta":{{"_signet":{receipt}}}}}}}"#
        );
        let verdict = judge(&gate(), &bare);
        assert_eq!(verdict.forward, None);
        assert_ne!(kinds(&verdict), [Some(ErrorKind::Unsigned)]);
    }
}

#[test]
fn tool_and_arguments_stand_twice_under_look_alike_names() {
    let text = signed(1);
    for (from, to, kind) in [
        (
            r#""name":"pay""#,
            r#""name":"pay","Name":"refund""#,
            ErrorKind::MessageInvalid,
        ),
        (
            r#""name":"pay""#,
            r#""name":"pay","name\u0000":"refund""#,
            ErrorKind::MessageInvalid,
        ),
        (
            r#""name":"pay""#,
            r#""name":"pay","n\u0061me":"refund""#,
            ErrorKind::JsonDuplicateMember,
        ),
        (
            r#""arguments":"#,
            r#""ARGUMENTS":{"amount":99},"arguments":"#,
            ErrorKind::MessageInvalid,
        ),
        (
            r#""params":"#,
            r#""Params":{},"params":"#,
            ErrorKind::MessageInvalid,
        ),
        (r#""id":1"#, r#""id":1,"Id":2"#, ErrorKind::MessageInvalid),
    ] {
        let twofold = text.replacen(from, to, 1);
        assert_ne!(twofold, text, "{from}");
        stays(&judge(&gate(), &twofold), kind);
    }
}

#[test]
fn a_line_is_smuggled_into_a_message() {
    let bare = message(r#""id":9,"#, "delete_all", "{}");
    let ping =
        format!("{{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"params\":\n{bare}\n}}");
    stays(&judge(&gate(), &ping), ErrorKind::MessageInvalid);
    let carriage = ping.replace('\n', "\r");
    stays(&judge(&gate(), &carriage), ErrorKind::MessageInvalid);
    stays(
        &judge(&gate(), &format!("{}\n{bare}", signed(1))),
        ErrorKind::JsonSyntax,
    );
    // Inside a signed call too: between its own members.
    let text = signed(1).replacen(r#","method""#, ",\n\"method\"", 1);
    stays(&judge(&gate(), &text), ErrorKind::MessageInvalid);
    // U+2028 is a line to JavaScript only, and a character of a string.
    let separated = signed_text(&message(r#""id":1,"#, "pay", "{\"a\":\"\u{2028}\"}"));
    goes_on(&judge(&gate(), &separated), &separated);
}

#[test]
fn a_mark_or_another_encoding_hides_the_message() {
    let text = signed(1);
    let marked = format!("\u{feff}{text}");
    stays(&judge(&gate(), &marked), ErrorKind::JsonEncoding);
    let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let verdict = gate().judge(&wide, clock(), &KeepNothing);
    assert_eq!(verdict.forward, None);
    let cut = [text.as_bytes(), b"\xff"].concat();
    let verdict = gate().judge(&cut, clock(), &KeepNothing);
    assert_eq!(verdict.forward, None);
}

#[test]
fn what_the_servers_parser_takes_and_ours_does_not_stays() {
    let call = |arguments: &str| message(r#""id":1,"#, "delete_all", arguments);
    for (arguments, kind) in [
        (r#"{"a":"\ud83d"}"#, ErrorKind::JsonLoneSurrogate),
        (r#"{"a":1e999}"#, ErrorKind::JsonNumber),
        (r#"{"a":NaN}"#, ErrorKind::JsonNumber),
        (r#"{"a":1,"a":2}"#, ErrorKind::JsonDuplicateMember),
        (r#"{"a":1,}"#, ErrorKind::JsonSyntax),
        ("{'a':1}", ErrorKind::JsonSyntax),
        ("{/**/}", ErrorKind::JsonSyntax),
    ] {
        stays(&judge(&gate(), &call(arguments)), kind);
    }
    let deep = format!("{}{}", "[".repeat(130), "]".repeat(130));
    stays(&judge(&gate(), &call(&deep)), ErrorKind::JsonTooDeep);
    let million = format!("{}{}", "[".repeat(1_000_000), "]".repeat(1_000_000));
    stays(&judge(&gate(), &call(&million)), ErrorKind::JsonTooDeep);
    let open_ended = "[".repeat(1_000_000);
    stays(&judge(&gate(), &call(&open_ended)), ErrorKind::JsonTooDeep);
    let huge = format!(r#"{{"a":"{}"}}"#, "x".repeat(17 << 20));
    stays(&judge(&gate(), &call(&huge)), ErrorKind::TooLarge);
}

#[test]
fn evidence_cannot_be_stored() {
    let full = |_: &[Evidence<'_>]| Err(Error::new(ErrorKind::Io, "disk", "no space left"));
    let text = signed(1);
    let verdict = gate().judge(text.as_bytes(), clock(), &full);
    stays(&verdict, ErrorKind::EvidenceNotStored);
    assert!(verdict.answer.is_some());
    // Nor when it is one of a batch, of which the others need none.
    let ping = r#"{"jsonrpc":"2.0","id":3,"method":"ping"}"#;
    let batch = format!("[{ping},{text}]");
    let verdict = gate().judge(batch.as_bytes(), clock(), &full);
    assert_eq!(kinds(&verdict), [None, Some(ErrorKind::EvidenceNotStored)]);
    assert_eq!(verdict.forward.unwrap(), format!("[{ping}]").into_bytes());
    // Whoever forgives it is told.
    let forgiving = Gate::new(GateOptions {
        verifier: Some(Arc::new(bank())),
        storage_failure: StorageFailure::Forward,
        ..GateOptions::default()
    });
    let verdict = forgiving.unwrap().judge(text.as_bytes(), clock(), &full);
    assert_eq!(verdict.forward.as_deref(), Some(text.as_bytes()));
    assert_eq!(verdict.storage_error.unwrap().kind(), ErrorKind::Io);
}

#[test]
fn the_evidence_is_stored_before_anything_goes_on() {
    let kept = Mutex::new(Vec::new());
    let store = |evidence: &[Evidence<'_>]| {
        let texts = evidence.iter().map(|one| one.json().to_vec());
        kept.lock().unwrap().extend(texts);
        Ok(())
    };
    let text = signed(1);
    let verdict = gate().judge(text.as_bytes(), clock(), &store);
    goes_on(&verdict, &text);
    let call = verdict.messages[0].call.as_ref().unwrap();
    assert_eq!(*kept.lock().unwrap(), [call.receipt().json().to_vec()]);
}

#[test]
fn a_signing_gate_is_made_to_sign_what_the_policy_denies() {
    let gate = Gate::new(GateOptions {
        signing: Some(GateSigning {
            key: Arc::new(agent()),
            name: "proxy".into(),
            owner: String::new(),
            target: TARGET.into(),
            transport: "stdio".into(),
            session: None,
            policy: Some(Arc::new(policy(
                "{version: 1, default_action: deny, rules: [{id: r, match: {tool: read, params: {path: {one_of: [a]}}}, action: allow}]}",
            ))),
            hash_only: true,
            existing: Existing::Refuse,
        }),
        ..GateOptions::default()
    })
    .unwrap();
    let read = |arguments: &str| message(r#""id":1,"#, "read", arguments);
    for denied in [
        message(r#""id":1,"#, "Read", r#"{"path":"a"}"#),
        message(r#""id":1,"#, r"read\u0000", r#"{"path":"a"}"#),
        read(r#"{"path":"b"}"#),
        read(r#"{"path":["a"]}"#),
        read(r#"{"Path":"a"}"#),
        read(r#"{"path":"a\u0000"}"#),
        read("{}"),
    ] {
        let verdict = judge(&gate, &denied);
        assert_eq!(verdict.forward, None, "{denied}");
        assert_eq!(verdict.messages[0].ruling, Ruling::Refuse);
    }
    let already = signed_text(&message(r#""id":1,"#, "read", r#"{"path":"a"}"#));
    stays(&judge(&gate, &already), ErrorKind::AlreadySigned);
    // The receipt hides the arguments from others, not from the policy.
    let verdict = judge(&gate, &read(r#"{"path":"a"}"#));
    assert_eq!(kinds(&verdict), [None]);
    let receipt = verdict.messages[0].call.as_ref().unwrap().receipt().clone();
    assert_eq!(receipt.travelling_params(), b"null");
}

#[test]
fn a_message_is_verified_as_a_request_and_is_none() {
    let verify = |text: &str, now: Instant| verify_request(text.as_bytes(), &bank(), now);
    assert!(verify(&signed(1), clock()).unwrap().report.is_ok());
    for (text, kind) in [
        (
            r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#,
            ErrorKind::MessageInvalid,
        ),
        (
            r#"{"jsonrpc":"2.0","id":1,"result":{}}"#,
            ErrorKind::MessageInvalid,
        ),
        (
            r#"{"id":1,"method":"tools/call","params":{"name":"pay"}}"#,
            ErrorKind::MessageInvalid,
        ),
        ("[]", ErrorKind::MessageInvalid),
        ("null", ErrorKind::MessageInvalid),
        ("", ErrorKind::JsonSyntax),
    ] {
        fails(verify(text, clock()), kind);
    }
    let batch = format!("[{}]", signed(1));
    fails(verify(&batch, clock()), ErrorKind::MessageInvalid);
}

#[test]
fn members_beside_the_signed_ones_change_nothing_that_was_signed() {
    // What MCP lets stand beside the call is not signed, and goes on unchanged.
    let text = signed(1)
        .replacen(r#""params":{"#, r#""params":{"task":{"ttl":1},"#, 1)
        .replacen(r#""_meta":{"#, r#""_meta":{"progressToken":1,"#, 1);
    goes_on(&judge(&gate(), &text), &text);
    let gate = gate_with(|options| options.replay = ReplayStore::Off);
    let moved = text.replacen(r#""amount":10"#, r#""amount":11"#, 1);
    assert_eq!(judge(&gate, &moved).forward, None);
}
