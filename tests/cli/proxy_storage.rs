//! No evidence, no call: what happens when the log cannot be written, and when it
//! can be again.

use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::proxy_session::{
    RECORDING, Session, audit, call, call_with, kinds, misbehaving, ping, place, seen, verified,
};

/// Limits the size of the files that a running proxy writes, which is a full disk
/// for it and for nobody else.
pub fn limit_files(session: &Session, limit: &str) {
    let process = session.child.id().to_string();
    let limited = Command::new("prlimit")
        .args(["--pid", &process, &format!("--fsize={limit}:unlimited")])
        .status();
    assert!(limited.expect("prlimit").success());
}

/// Calls with arguments of half a KiB until one is refused; how many were not.
fn fill(session: &mut Session) -> (i64, Value) {
    for id in 0..10_000 {
        let arguments = format!(r#"{{"s":"{}"}}"#, "x".repeat(500));
        let answer = session.ask(call_with(id, "echo", &arguments));
        if !answer["error"].is_null() {
            return (id, answer);
        }
    }
    panic!("the limit is not reached");
}

#[test]
fn a_full_disk_blocks_calls_and_only_those_and_not_for_ever_d5() {
    let place = place();
    let mut session = Session::start(&place, RECORDING);
    assert_eq!(session.ask(ping("\"first\""))["id"], "first");
    limit_files(&session, "50000");
    let (id, answer) = fill(&mut session);
    assert!(id > 5, "{id}");
    assert_eq!(answer["error"]["code"], -32603);
    assert_eq!(answer["error"]["data"]["code"], "evidence_not_stored");
    assert_eq!(answer["error"]["message"], "the call could not be recorded");
    let executed = seen(&place).len() as i64;
    assert_eq!(executed, id + 1, "the refused call was not executed");
    // Other messages pass, and it stays so.
    assert_eq!(session.ask(ping("\"p\""))["result"]["method"], "ping");
    let long = call_with(
        20_001,
        "echo",
        &format!(r#"{{"s":"{}"}}"#, "x".repeat(1500)),
    );
    assert_eq!(session.ask(&long)["error"]["code"], -32603);
    // With space again calls work, without a restart.
    limit_files(&session, "unlimited");
    assert_eq!(session.ask(call(20_002, "echo"))["id"], 20_002);
    assert_eq!(
        session.ask(call(20_003, "echo"))["result"]["content"][0]["text"],
        "ok echo"
    );
    let ended = session.end();
    assert_eq!(ended.code(), 0, "{}", ended.errors);
    assert!(
        ended.errors.contains("could not be stored"),
        "{}",
        ended.errors
    );
    // Every call that was executed has its receipt, and its response has one as
    // well: what had no space waited.
    let records = audit(&place);
    let count = |version: u64| {
        records
            .iter()
            .filter(|record| record["v"] == version)
            .count()
    };
    assert_eq!(count(1), id as usize + 2);
    assert_eq!(count(3), id as usize + 2);
    verified(&place);
}

#[test]
fn told_so_calls_go_on_without_evidence_d5() {
    let place = place();
    let mut session = Session::start(&place, RECORDING.iter().chain(&["--fail-open"]));
    session.ask(ping("\"first\""));
    limit_files(&session, "20000");
    for id in 0..60 {
        let arguments = format!(r#"{{"s":"{}"}}"#, "x".repeat(500));
        assert_eq!(session.ask(call_with(id, "echo", &arguments))["id"], id);
    }
    let ended = session.end();
    assert_eq!(seen(&place).len(), 61);
    assert!(
        ended.errors.contains("could not be stored"),
        "{}",
        ended.errors
    );
    assert!(audit(&place).len() < 60);
}

#[test]
fn a_log_that_cannot_be_opened_is_an_error_at_the_start_d5() {
    let place = place();
    // Not even root can make a folder below a file.
    fs::write(place.home().join("audit"), "a file").unwrap();
    let ended = Session::start(&place, RECORDING).wait();
    assert_eq!(ended.code(), 3, "{}", ended.errors);
    assert!(seen(&place).is_empty());

    let mut session = Session::start(&place, RECORDING.iter().chain(&["--fail-open"]));
    assert_eq!(
        session.ask(call(1, "echo"))["result"]["content"][0]["text"],
        "ok echo"
    );
    // And when it can be opened after all, it is used.
    fs::remove_file(place.home().join("audit")).unwrap();
    assert_eq!(session.ask(call(2, "echo"))["id"], 2);
    let ended = session.end();
    assert_eq!(ended.code(), 0);
    assert!(
        ended.errors.contains("the log cannot be opened"),
        "{}",
        ended.errors
    );
    assert!(kinds(&place).ends_with(&["v1".to_owned(), "v3:executed".to_owned()]));
    verified(&place);
}

#[test]
fn a_torn_end_of_the_log_is_set_aside_d5() {
    let place = place();
    let mut session = Session::start(&place, RECORDING);
    session.ask(call(1, "echo"));
    session.end();
    let audit_folder = place.home().join("audit");
    let segment = fs::read_dir(&audit_folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|end| end == "jsonl"))
        .unwrap();
    let mut text = fs::read(&segment).unwrap();
    text.extend_from_slice(br#"{"receipt":{"action""#);
    fs::write(&segment, text).unwrap();
    let mut session = Session::start(&place, RECORDING);
    assert_eq!(session.ask(call(2, "echo"))["id"], 2);
    assert_eq!(session.end().code(), 0);
    assert_eq!(kinds(&place), ["v1", "v3:executed", "v1", "v3:executed"]);
}

#[test]
fn an_unusable_log_in_mid_run_blocks_calls() {
    let place = place();
    let mut session = Session::start(&place, RECORDING);
    session.ask(call(1, "echo"));
    // Somebody puts it away.
    let (log, away) = (place.home().join("audit"), place.home().join("away"));
    fs::rename(&log, &away).unwrap();
    fs::write(&log, "a file").unwrap();
    let answer = session.ask(call(2, "echo"));
    assert_eq!(answer["error"]["code"], -32603, "{answer}");
    assert_eq!(session.ask(ping(3))["id"], 3);
    assert_eq!(seen(&place).len(), 2);
}

#[test]
fn without_a_log_calls_are_signed_and_nothing_is_written() {
    let place = place();
    let mut session = Session::start(&place, RECORDING.iter().chain(&["--no-log"]));
    session.ask(call(1, "echo"));
    let ended = session.end();
    assert!(
        ended.errors.contains("1 signed, 1 co-signed"),
        "{}",
        ended.errors
    );
    assert!(seen(&place)[0].contains("_signet"));
    assert!(!place.home().join("audit").exists());
}

#[test]
fn every_durability_leaves_the_same_log() {
    for durability in ["sync", "interval", "none"] {
        let place = place();
        let flag = ["--durability", durability];
        let mut session = Session::start(&place, RECORDING.iter().chain(&flag));
        for id in 0..10 {
            session.send(call(id, "echo"));
        }
        assert_eq!(session.end().code(), 0);
        assert_eq!(verified(&place), 20, "{durability}");
    }
}

#[test]
fn a_killed_proxy_leaves_a_log_that_holds() {
    let place = place();
    let mut session = Session::start(&place, RECORDING);
    for id in 0..50 {
        session.ask(call(id, "echo"));
    }
    session.signal("KILL");
    session.wait();
    assert_eq!(verified(&place), 100);
    // The server has ended, too: its input is closed.
    let mut session = Session::start(&place, misbehaving("ends-in-mid-call"));
    assert_eq!(session.ask(call(1, "a"))["id"], 1);
    drop(session);
    verified(&place);
}
