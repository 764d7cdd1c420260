//! Nothing is executed behind the proxy without evidence: what lax readers take
//! for a call does not get there, and what gets there is what was signed.

#[path = "../support/hostile_messages.rs"]
pub mod hostile_messages;

use serde_json::{Value, json};

use crate::proxy_session::{
    RECORDING, Session, audit, call, call_with, kinds, ping, place, seen, verified,
};

const DENY: &str = "{version: 1, name: p, default_action: deny, rules: []}";

#[test]
fn what_only_lax_readers_read_is_not_executed_e1_e3() {
    for policy in [Some(DENY), None] {
        let place = place();
        let mut args = RECORDING.to_vec();
        if let Some(policy) = policy {
            place.write("policy.yaml", policy);
            args.extend(["--policy", "policy.yaml"]);
        }
        let mut session = Session::start(&place, args);
        let mut corpus = hostile_messages::all();
        if policy.is_none() {
            // With a line end inside they are several messages, of which the last may
            // be a call like any other.
            corpus.retain(|(_, bytes, _)| !bytes.contains(&b'\n'));
        }
        let mut sent = 0;
        for (name, bytes, _) in &corpus {
            sent += bytes.split(|byte| *byte == b'\n').count();
            session.send(bytes);
            // The session goes on after each.
            session.send(ping(format!("\"after {name}\"")));
        }
        let ended = session.end();
        assert_eq!(ended.code(), 0, "{}", ended.errors);
        assert!(sent >= corpus.len());
        let lines: Vec<String> = seen(&place);
        let lines: Vec<_> = lines
            .iter()
            .filter(|line| !line.trim().is_empty())
            .collect();
        for line in &lines {
            let value: Value = serde_json::from_str(line).unwrap();
            assert_eq!(value["method"], "ping", "{line}");
        }
        assert_eq!(lines.len(), corpus.len());
        let pongs = ended.values();
        let pongs = pongs
            .iter()
            .filter(|value| value["result"]["method"] == "ping");
        assert_eq!(pongs.count(), corpus.len());
        assert!(kinds(&place).iter().all(|kind| kind == "policy_violation"));
    }
}

#[test]
fn the_bypasses_of_the_published_proxy_are_answered_with_errors_e1() {
    let place = place();
    place.write("policy.yaml", DENY);
    let mut session = Session::start(&place, RECORDING.iter().chain(&["--policy", "policy.yaml"]));
    for arguments in [
        r#"{"s":"\ud83d"}"#,
        r#"{"x":1e999}"#,
        r#"{"x":NaN}"#,
        r#"{"x":-Infinity}"#,
        &format!("{}1{}", "[".repeat(130), "]".repeat(130)),
    ] {
        let answer = session.ask(call_with(1, "delete_all", arguments));
        assert_eq!(answer["error"]["code"], -32700, "{arguments}: {answer}");
        assert_eq!(answer["id"], Value::Null);
    }
    let answer = session.ask(format!("\u{feff}{}", call(1, "delete_all")));
    assert_eq!(answer["error"]["code"], -32700);
    let answer = session.ask(call(2, "delete_all"));
    assert_eq!(
        answer.to_string(),
        json!({"error": {"code": -32600, "message": answer["error"]["message"]}, "id": 2, "jsonrpc": "2.0"})
            .to_string()
    );
    assert!(
        answer["error"]["message"]
            .as_str()
            .unwrap()
            .starts_with("policy violation: ")
    );
    session.end();
    assert_eq!(seen(&place), [""; 0]);
    assert_eq!(kinds(&place), ["policy_violation"]);
}

#[test]
fn a_batch_is_decided_about_message_by_message_e2() {
    let place = place();
    place.write(
        "policy.yaml",
        "{version: 1, name: p, rules: [{id: no, match: {tool: rm}, action: deny, reason: never}]}",
    );
    let mut session = Session::start(&place, RECORDING.iter().chain(&["--policy", "policy.yaml"]));
    let batch = format!("[{}, {},{} ]", call(1, "rm"), call(2, "echo"), ping(3));
    session.send(batch);
    let mut answers = [session.next(), session.next()];
    answers.sort_by_key(|answer| answer[0]["error"].is_null());
    assert_eq!(
        answers[0],
        json!([{"error": {"code": -32600, "message": "policy violation: never"}, "id": 1, "jsonrpc": "2.0"}])
    );
    assert_eq!(answers[1].as_array().unwrap().len(), 2);
    // A denied call by itself is a batch, too.
    let answer = session.ask(format!("[{}]", call(4, "rm")));
    assert_eq!(answer[0]["id"], 4);
    session.end();
    let lines = seen(&place);
    assert_eq!(lines.len(), 1);
    assert!(!lines[0].contains(r#""name":"rm""#), "{}", lines[0]);
    // The responses in the batch are co-signed.
    assert_eq!(
        kinds(&place),
        ["v1", "policy_violation", "v3:executed", "policy_violation"]
    );
    verified(&place);
}

#[test]
fn a_byte_that_is_no_utf_8_ends_nothing_e3() {
    let place = place();
    let mut session = Session::start(&place, RECORDING);
    let mut line = call_with(1, "echo", r#"{"s":"?"}"#).into_bytes();
    let at = line.iter().position(|byte| *byte == b'?').unwrap();
    line[at] = 0xff;
    assert_eq!(session.ask(&line)["error"]["code"], -32700);
    assert_eq!(session.ask(call(2, "echo"))["id"], 2);
    assert_eq!(session.end().code(), 0);
    assert_eq!(kinds(&place), ["v1", "v3:executed"]);
}

#[test]
fn every_digit_arrives_and_is_signed_e4_e5() {
    let place = place();
    let mut session = Session::start(&place, RECORDING);
    for (id, number) in [
        (1, "9007199254740993"),
        (2, "18446744073709551617"),
        (3, "123456789012345678901234567890"),
        (4, "0.1000000000000000055511151231257827"),
        (5, "1.50e+1"),
    ] {
        let line = call_with(id, "echo", &format!(r#"{{"z": {number}, "a":1}}"#));
        assert_eq!(session.ask(&line)["id"], id, "{number}");
        // Without the receipt it is the line, byte for byte.
        let seen = seen(&place).pop().unwrap();
        let start = seen.find(r#""_meta":{"_signet":"#).unwrap();
        let end = seen.rfind(r#""v":1}},"#).unwrap() + r#""v":1}},"#.len();
        assert_eq!(format!("{}{}", &seen[..start], &seen[end..]), line);
    }
    session.end();
    assert_eq!(verified(&place), 10);
    let text = audit(&place)[4].to_string();
    assert!(text.contains("123456789012345678901234567890"), "{text}");
}

#[test]
fn a_call_without_a_place_for_its_receipt_is_not_executed_e6() {
    let place = place();
    let mut session = Session::start(&place, RECORDING);
    for meta in ["\"text\"", "null", "[]", "7"] {
        let answer = session.ask(format!(
            r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"echo","_meta":{meta}}}}}"#
        ));
        assert_eq!(answer["error"]["code"], -32600, "{meta}");
        assert_eq!(answer["error"]["message"], "params._meta is not an object");
    }
    session.end();
    assert!(seen(&place).is_empty() && audit(&place).is_empty());
}

#[test]
fn two_of_six_calls_a_minute_are_executed_e7() {
    let place = place();
    place.write(
        "policy.yaml",
        "
version: 1
name: limited
default_action: deny
rules:
 - {id: mail, match: {tool: mail}, action: allow, rate_limit: {max_calls: 2, window_seconds: 3600}}
",
    );
    let limited = RECORDING.iter().chain(&["--policy", "policy.yaml"]);
    let mut session = Session::start(&place, limited.clone());
    let executed: Vec<bool> = (0..6)
        .map(|id| session.ask(call(id, "mail"))["error"].is_null())
        .collect();
    assert_eq!(executed, [true, true, false, false, false, false]);
    session.end();
    assert_eq!(seen(&place).len(), 2);
    let kinds = kinds(&place);
    let count = |wanted: &str| kinds.iter().filter(|kind| *kind == wanted).count();
    assert_eq!(
        [count("v1"), count("v3:executed"), count("policy_violation")],
        [2, 2, 4]
    );
    verified(&place);
    // The limit is not over with the session, nor by calling another way.
    let mut session = Session::start(&place, limited);
    assert!(!session.ask(call(7, "mail"))["error"].is_null());
    session.end();
    assert!(seen(&place).is_empty());
    let line = "sign --key agent --tool mail --params {} --target mcp://mail --policy policy.yaml";
    place.fails(1, line.split(' '));
}

#[test]
fn who_connects_anew_has_no_calls_more_e7() {
    let place = place();
    let rule = "{id: mail, match: {tool: mail}, action: allow, rate_limit: {max_calls: 2, window_seconds: 3600}}";
    let policy = format!("{{version: 1, name: p, default_action: deny, rules: [{rule}]}}");
    place.write("policy.yaml", policy);
    let mut executed = 0;
    for _ in 0..3 {
        let mut session =
            Session::start(&place, RECORDING.iter().chain(&["--policy", "policy.yaml"]));
        let answer = session.ask(call(1, "mail"));
        executed += usize::from(answer["error"].is_null());
        session.end();
    }
    assert_eq!(executed, 2);
}

#[test]
fn deep_arguments_do_not_switch_the_log_off_d4() {
    let place = place();
    let mut session = Session::start(&place, RECORDING);
    for (id, depth) in [(1, 120), (2, 121), (3, 124), (4, 125), (5, 126), (6, 5)] {
        let arguments = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        let answer = session.ask(call_with(id, "echo", &arguments));
        assert_eq!(answer["error"].is_null(), depth <= 120, "{depth}: {answer}");
    }
    assert_eq!(session.ask(call(7, "echo"))["id"], 7);
    session.end();
    assert_eq!(seen(&place).len(), 3);
    assert_eq!(verified(&place), 6);
}

#[test]
fn an_id_that_is_open_is_refused() {
    let place = place();
    let mut session = Session::start(&place, RECORDING);
    session.send(call(1, "silent"));
    for line in [call(1, "echo"), ping(1), ping("1.0")] {
        let answer = session.ask(line);
        assert_eq!(
            answer["error"]["message"],
            "a request with this id is still open"
        );
        assert_eq!(answer["error"]["code"], -32600);
    }
    // A text is another id, and an id that was answered is free.
    assert_eq!(session.ask(call("\"1\"", "echo"))["id"], "1");
    assert_eq!(session.ask(call(2, "echo"))["id"], 2);
    assert_eq!(session.ask(call(2, "echo"))["id"], 2);
    let ended = session.end();
    assert!(
        ended.errors.contains("1 calls had no response"),
        "{}",
        ended.errors
    );
    assert_eq!(kinds(&place).iter().filter(|kind| *kind == "v1").count(), 4);
    verified(&place);
}
