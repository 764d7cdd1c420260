//! How a run of the proxy ends: the server dies, the client leaves, somebody
//! presses Ctrl-C; and that nobody is left waiting.

use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::proxy_session::{
    RECORDING, Session, audit, call, kinds, misbehaving, ping, place, seen, signal, verified,
};

fn told(value: &Value, how: &str) -> String {
    let message = value["error"]["message"].as_str().unwrap_or_default();
    assert!(message.contains(how), "{value}");
    assert_eq!(value["error"]["code"], -32000);
    value["id"].to_string()
}

#[test]
fn a_server_that_cannot_be_started_is_an_error() {
    let place = place();
    let ended = Session::start(&place, ["--target", "no-such-program x", "--key", "agent"]).wait();
    assert_eq!(ended.code(), 3);
    assert!(
        ended.errors.contains("'no-such-program' cannot be started"),
        "{}",
        ended.errors
    );
    assert!(ended.errors.contains("--target"));
    assert!(ended.lines.is_empty());
}

#[test]
fn a_server_that_ends_at_once_ends_the_proxy_with_its_code() {
    let place = place();
    let mut session = Session::start(&place, misbehaving("ends-at-once"));
    // It may be gone before this is written.
    let _ = std::io::Write::write_all(&mut session.take_input(), call(1, "a").as_bytes());
    let ended = session.wait();
    assert_eq!(ended.code(), 7, "{}", ended.errors);
}

#[test]
fn every_open_request_is_answered_when_the_server_dies() {
    let place = place();
    let mut session = Session::start(&place, misbehaving("ends-in-mid-call"));
    assert_eq!(session.ask(call(1, "first"))["id"], 1);
    session.send(ping("\"p\""));
    session.send(call(2, "second"));
    let mut ids = [
        told(&session.next(), "exit code 9"),
        told(&session.next(), "exit code 9"),
    ];
    ids.sort();
    assert_eq!(ids, ["\"p\"", "2"]);
    let ended = session.wait();
    assert_eq!(ended.code(), 9);
    assert_eq!(ended.lines, [""; 0]);
    // What the client was told is evidence, too.
    assert_eq!(kinds(&place), ["v1", "v3:executed", "v1", "v3:failed"]);
    let outcome = &audit(&place)[3]["response"]["outcome"];
    assert!(
        outcome["error"]
            .as_str()
            .unwrap()
            .contains("before it answered"),
        "{outcome}"
    );
    verified(&place);
}

#[test]
fn also_when_it_ends_in_good_order_or_is_killed() {
    for (way, how, code) in [
        ("ends-well-in-mid-call", "exit code 0", 3),
        ("is-killed", "signal 9", 137),
    ] {
        let place = place();
        let mut session = Session::start(&place, misbehaving(way));
        session.send(call(1, "a"));
        assert_eq!(told(&session.next(), how), "1");
        assert_eq!(session.wait().code(), code, "{way}");
    }
}

#[test]
fn what_a_dead_server_has_said_still_arrives() {
    let place = place();
    let mut session = Session::start(&place, misbehaving("leaves-output"));
    session.send(call(1, "a"));
    for number in 0..20000 {
        assert_eq!(session.next()["params"]["n"], number);
    }
    assert_eq!(session.next()["id"], 1);
    let ended = session.wait();
    assert_eq!(
        (ended.code(), ended.lines.len()),
        (5, 0),
        "{}",
        ended.errors
    );
    assert_eq!(kinds(&place), ["v1", "v3:executed"]);
}

#[test]
fn after_half_a_line_of_a_dead_server_comes_a_whole_answer() {
    let place = place();
    let mut session = Session::start(&place, misbehaving("leaves-half-a-line"));
    session.send(call(1, "a"));
    let half = session.next_raw();
    assert!(half.len() == 31 && half.ends_with(b"\n"), "{half:?}");
    let answer = session.next();
    assert_eq!(answer["id"], 1);
    assert_eq!(answer["error"]["code"], -32000);
    assert_eq!(session.wait().code(), 5);
    // It cannot be said what the half line was to become.
    assert_eq!(kinds(&place), ["v1"]);
}

#[test]
fn a_last_line_without_its_end_is_still_a_line() {
    let place = place();
    let mut session = Session::start(&place, misbehaving("leaves-its-last-line-unended"));
    session.send(call(1, "a"));
    let line = session.next_raw();
    assert_eq!(line.last(), Some(&b'}'), "nothing was added");
    assert_eq!(session.wait().code(), 0);
    assert_eq!(kinds(&place), ["v1", "v3:executed"]);

    // And of the client's: whole it is a message, half it is none.
    for (text, executed) in [
        (call(1, "echo"), true),
        (call(1, "echo")[..60].to_owned(), false),
    ] {
        let place = crate::proxy_session::place();
        let mut session = Session::start(&place, RECORDING);
        session.send_raw(&text);
        let ended = session.end();
        assert_eq!(ended.code(), 0);
        assert_eq!(seen(&place).len(), usize::from(executed));
        assert_eq!(
            ended.values()[0]["error"].is_null(),
            executed,
            "{:?}",
            ended.lines
        );
    }
}

#[test]
fn what_the_server_has_started_does_not_hold_the_proxy() {
    let place = place();
    let mut session = Session::start(&place, misbehaving("leaves-a-child"));
    assert_eq!(session.ask(call(1, "a"))["id"], 1);
    let start = Instant::now();
    assert_eq!(session.wait().code(), 0);
    assert!(start.elapsed() < Duration::from_secs(30));
}

#[test]
fn a_client_that_stops_talking_still_gets_its_answers() {
    let place = place();
    let mut session = Session::start(&place, RECORDING);
    for id in 0..100 {
        session.send(call(id, "echo"));
    }
    let ended = session.end();
    assert_eq!((ended.code(), ended.lines.len()), (0, 100));
    assert_eq!(verified(&place), 200);
}

#[test]
fn a_client_that_stops_reading_ends_the_run() {
    let place = place();
    let mut command = Command::new("sh");
    command.args(["-c", r#""$0" proxy "$@" | head -n 1"#]);
    command.arg(env!("CARGO_BIN_EXE_signet")).args(RECORDING);
    let mut session = Session::run(&place, command, &[]);
    assert_eq!(session.ask(call(1, "echo"))["id"], 1);
    let mut input = session.take_input();
    // The pipe breaks with the second answer, or the one after.
    let writer = std::thread::spawn(move || {
        for id in 2..1000 {
            let line = format!("{}\n", call(id, "echo"));
            if std::io::Write::write_all(&mut input, line.as_bytes()).is_err() {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    });
    session.wait();
    writer.join().unwrap();
    verified(&place);
}

#[test]
fn signals_are_passed_on_and_the_server_ends_in_good_order() {
    for (name, number) in [("INT", 2), ("TERM", 15), ("HUP", 1)] {
        let place = place();
        let mut session = Session::start(&place, misbehaving("is-told-to-end"));
        assert_eq!(session.next()["method"], "ready");
        session.send(call(1, "a"));
        while audit(&place).is_empty() {
            std::thread::sleep(Duration::from_millis(5));
        }
        session.signal(name);
        let said = session.next();
        assert_eq!(said["params"], json!({ "signal": number }));
        assert_eq!(told(&session.next(), "exit code 0"), "1");
        assert_eq!(session.wait().code(), 3, "{name}");
        verified(&place);
    }
}

#[test]
fn ctrl_c_ends_a_plain_server_as_it_would_without_a_proxy() {
    let place = place();
    let mut session = Session::start(&place, RECORDING);
    session.ask(call(1, "echo"));
    session.send(call(2, "silent"));
    while audit(&place).len() < 3 {
        std::thread::sleep(Duration::from_millis(5));
    }
    session.signal("INT");
    assert_eq!(session.next()["id"], 2);
    let ended = session.wait();
    // Python may end by itself or by the signal.
    assert!([1, 130].contains(&ended.code()), "{}", ended.code());
    assert_eq!(verified(&place), 4);
}

#[test]
fn who_asks_twice_does_not_wait() {
    let place = place();
    let mut session = Session::start(&place, misbehaving("will-not-end"));
    session.ask(call(1, "a"));
    let start = Instant::now();
    session.signal("TERM");
    std::thread::sleep(Duration::from_millis(300));
    signal(session.child.id(), "TERM");
    let ended = session.wait();
    assert_eq!(ended.code(), 137, "{}", ended.errors);
    assert!(
        start.elapsed() < Duration::from_secs(5),
        "not the time of grace"
    );
    verified(&place);
}

#[test]
fn a_server_that_will_not_end_is_made_to() {
    let place = place();
    let args = misbehaving("will-not-end");
    let args = args.iter().map(String::as_str).chain(["--grace", "1"]);
    let mut session = Session::start(&place, args);
    session.ask(call(1, "a"));
    let ended = session.end();
    assert_eq!(
        ended.code(),
        0,
        "the client had its answers: {}",
        ended.errors
    );
    assert!(ended.errors.contains("killed"), "{}", ended.errors);
}

#[test]
fn a_server_that_says_nothing_more_owes_nothing() {
    let place = place();
    let mut session = Session::start(&place, misbehaving("closes-its-output"));
    session.send(call(1, "a"));
    assert_eq!(told(&session.next(), "exit code 0"), "1");
    assert_eq!(session.wait().code(), 3);
}
