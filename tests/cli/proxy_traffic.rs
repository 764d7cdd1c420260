//! What goes through the proxy, in both directions, is what went in.

use serde_json::{Value, json};

use crate::proxy_session::{
    RECORDING, Session, audit, call, call_with, kinds, misbehaving, ping, place, seen, verified,
};

#[test]
fn everything_but_calls_passes_byte_for_byte() {
    let place = place();
    let mut session = Session::start(&place, RECORDING);
    let lines = [
        r#"{ "method" : "initialize", "id":0,"jsonrpc":"2.0", "params":{"z":1.0,"a":1e2}}"#,
        r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#,
        "",
        "  \t",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"x\":\"\\u00e9\u{2028}\"}\r",
        r#"{"jsonrpc":"2.0","id":"from the server","result":{"b":1,"a":[9007199254740993]}}"#,
        r#"[{"jsonrpc":"2.0","id":2,"method":"ping"} ,{"jsonrpc":"2.0","method":"n"}]"#,
    ];
    for line in lines {
        session.send(line);
    }
    let ended = session.end();
    assert_eq!(ended.code(), 0);
    assert_eq!(seen(&place), lines);
    assert_eq!(ended.lines.len(), 3);
    assert!(audit(&place).is_empty());
}

#[test]
fn a_call_is_the_line_with_a_receipt_in_it_and_both_ends_are_signed() {
    let place = place();
    let session_flag = ["--session", "s-1", "--target-uri", "mcp://files"];
    let mut session = Session::start(&place, RECORDING.iter().chain(&session_flag));
    let line = r#"{ "id" : 7 ,"params":{ "arguments":{"b":1, "a":[2.50]},"name":"echo","_meta":{ "progressToken":7 }}, "method":"tools/call","jsonrpc":"2.0"}"#;
    let raw = {
        session.send(line);
        session.next_raw()
    };
    assert_eq!(
        raw,
        b"{\"jsonrpc\": \"2.0\", \"id\": 7, \"result\": {\"content\": [{\"type\": \"text\", \"text\": \"ok echo\"}]}}\n"
    );
    let ended = session.end();
    let sent = seen(&place).remove(0);
    let records = audit(&place);
    let spliced = format!(
        "\"_meta\":{{\"_signet\":{}, \"progressToken\":7 }}",
        records[0]
    );
    assert_eq!(
        sent.replace(&spliced, "\"_meta\":{ \"progressToken\":7 }"),
        line
    );
    assert_eq!(records[0]["action"]["session"], "s-1");
    assert_eq!(records[0]["action"]["target"], "mcp://files");
    assert_eq!(records[0]["action"]["call_id"], "n:7");
    assert_eq!(records[0]["signer"]["owner"], "org");
    assert_eq!(records[1]["agent_receipt"], records[0]);
    assert_eq!(records[1]["server"]["name"], "signet-proxy");
    assert_eq!(verified(&place), 2);
    assert!(
        ended.errors.contains("done: 1 signed, 1 co-signed"),
        "{}",
        ended.errors
    );
    assert!(!ended.errors.contains("signed: echo"), "quiet unless asked");
}

#[test]
fn a_receipt_that_is_there_is_replaced() {
    let place = place();
    let mut session = Session::start(&place, RECORDING);
    session.ask(
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","_meta":{"_signet":{"forged":true}}}}"#,
    );
    session.end();
    let sent: Value = serde_json::from_str(&seen(&place)[0]).unwrap();
    assert_eq!(sent["params"]["_meta"]["_signet"], audit(&place)[0]);
}

#[test]
fn the_requests_of_a_server_are_none_of_the_clients() {
    let place = place();
    let mut session = Session::start(&place, misbehaving("asks-back"));
    let back = session.ask(call(1, "echo"));
    assert_eq!(back["method"], "roots/list");
    session.send(r#"{"jsonrpc":"2.0","id":1,"result":{"roots":[]}}"#);
    assert_eq!(session.next()["result"]["content"][0]["text"], "ok");
    session.end();
    assert_eq!(kinds(&place), ["v1", "v3:executed"]);
}

#[test]
fn whatever_a_server_says_reaches_the_client_as_it_is() {
    let place = place();
    let mut session = Session::start(&place, misbehaving("answers-oddly"));
    session.send(call(5, "echo"));
    let mut raw = Vec::new();
    for _ in 0..7 {
        raw.extend(session.next_raw());
    }
    let text = String::from_utf8(raw).unwrap();
    let lines: Vec<&str> = text.split('\n').collect();
    assert_eq!(lines[0], r#"{"jsonrpc":"2.0","id":5,"result":NaN}"#);
    assert_eq!(lines[1..4], ["", "  ", "not json"]);
    assert!(lines[5].ends_with("}\r") && lines[6].contains("again"));
    let ended = session.end();
    // There are clients that have taken the first for the response.
    assert_eq!(kinds(&place), ["v1"]);
    assert!(ended.errors.contains("cannot be read"), "{}", ended.errors);
}

#[test]
fn an_answer_that_came_before_the_call_leaves_no_room_for_another_in_evidence() {
    let place = place();
    let mut session = Session::start(&place, misbehaving("answers-before-it-is-asked"));
    for _ in 0..2 {
        let early = session.next();
        assert_eq!(early["result"]["content"][0]["text"], "early");
    }
    for id in 1..=3 {
        let late = session.ask(call(id, "echo"));
        assert_eq!(late["result"]["content"][0]["text"], "late");
    }
    let ended = session.end();
    assert_eq!(kinds(&place), ["v1", "v1", "v1", "v3:executed"]);
    assert!(
        ended.errors.contains("nothing was asked"),
        "{}",
        ended.errors
    );
    assert!(ended.errors.contains("another may have come before"));
}

#[test]
fn two_answers_to_two_kinds_of_readers_are_no_evidence_of_either() {
    let place = place();
    let mut session = Session::start(&place, misbehaving("answers-for-lax-readers"));
    for id in 1..=5 {
        session.send(call(id, "echo"));
        session.next_raw();
        assert_eq!(session.next()["id"], id);
    }
    session.end();
    let kinds = kinds(&place);
    let signed = kinds.iter().filter(|kind| kind.starts_with("v3"));
    assert_eq!((kinds.len(), signed.count()), (5, 0), "{kinds:?}");
}

#[test]
fn what_is_no_response_to_anybody_costs_no_evidence() {
    let place = place();
    let mut session = Session::start(&place, misbehaving("prints-what-it-does"));
    for id in 1..=3 {
        session.send(call(id, "echo"));
        session.next_raw();
        assert_eq!(session.next()["id"], id);
    }
    session.end();
    assert_eq!(kinds(&place), ["v1", "v3:executed"].repeat(3));
}

#[test]
fn a_line_that_is_too_long_is_refused_on_the_way_in() {
    let place = place();
    let limited = ["--max-message-bytes", "2000"];
    let mut session = Session::start(&place, RECORDING.iter().chain(&limited));
    let long = call_with(1, "echo", &format!(r#"{{"s":"{}"}}"#, "x".repeat(3000)));
    let answer = session.ask(&long);
    assert_eq!(answer["error"]["code"], -32600);
    assert_eq!(answer["error"]["data"]["code"], "too_large");
    // Short enough, but not with its receipt.
    let answer = session.ask(call_with(
        2,
        "echo",
        &format!(r#"{{"s":"{}"}}"#, "x".repeat(1800)),
    ));
    assert_eq!(answer["error"]["data"]["code"], "too_large");
    assert_eq!(session.ask(call(3, "echo"))["id"], 3);
    session.end();
    assert_eq!(seen(&place).len(), 1);
}

#[test]
fn a_line_that_is_too_long_goes_on_unsigned_on_the_way_out() {
    let place = place();
    let mut session = Session::start(&place, misbehaving("says-a-long-line"));
    session.send(call(1, "echo"));
    let long = session.next_raw();
    assert!(long.len() > 40_000_000);
    let value: Value = serde_json::from_slice(&long).unwrap();
    assert_eq!(value["id"], 1);
    assert_eq!(session.ask(call(2, "echo"))["id"], 2);
    let ended = session.end();
    assert!(ended.errors.contains("longer than"), "{}", ended.errors);
    assert_eq!(kinds(&place), ["v1", "v1", "v3:executed"]);
}

#[test]
fn a_refusal_does_not_break_into_a_line_and_does_not_wait_for_the_client_s_next() {
    let place = place();
    let args = misbehaving("stops-in-a-long-line go");
    let args = args.iter().map(String::as_str);
    let mut session = Session::start(&place, args.chain(["--max-message-bytes", "100000"]));
    session.send(call(1, "echo"));
    while !place.path().join("begun").exists() {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    session.send("no JSON");
    // Both go on while the line stands still: the server gets this one.
    session.send(call(2, "echo"));
    while audit(&place).len() < 2 {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    place.write("go", "");
    let long = session.next_raw();
    assert_eq!(long.len(), 3_000_001);
    assert!(long.starts_with(b"yy"));
    let mut answers = [session.next(), session.next()];
    answers.sort_by_key(|answer| answer["error"].is_null());
    assert_eq!(answers[0]["error"]["code"], -32700);
    assert_eq!(answers[1]["id"], 2);
    session.end();
}

#[test]
fn errors_of_tools_are_outcomes() {
    let place = place();
    let mut session = Session::start(&place, RECORDING);
    assert_eq!(session.ask(call(1, "explode"))["error"]["message"], "boom");
    assert_eq!(session.ask(call(2, "softfail"))["result"]["isError"], true);
    session.end();
    let outcomes: Vec<Value> = audit(&place)
        .iter()
        .filter(|record| record["v"] == 3)
        .map(|record| record["response"]["outcome"].clone())
        .collect();
    assert_eq!(
        outcomes,
        [
            json!({"status": "failed", "error": "boom"}),
            json!({"status": "failed", "error": "soft failure"})
        ]
    );
}

#[test]
fn details_and_json_go_to_standard_error() {
    let place = place();
    let mut session = Session::start(&place, RECORDING.iter().chain(&["--verbose", "--json"]));
    session.ask(call(1, "echo"));
    session.ask("no JSON");
    session.ask(ping(2));
    let ended = session.end();
    let events: Vec<String> = ended
        .errors
        .lines()
        .map(|line| {
            let value: Value = serde_json::from_str(line).unwrap();
            value["event"].as_str().unwrap().to_owned()
        })
        .collect();
    for event in ["target", "key", "signed", "co_signed", "refused", "done"] {
        assert!(
            events.iter().any(|one| one == event),
            "{event}: {}",
            ended.errors
        );
    }
}
