//! Much at once: thousands of calls, directions that block, lines without an end.

use std::collections::{HashMap, HashSet};
use std::io::Write;

use serde_json::Value;

use crate::proxy_session::{
    RECORDING, Session, audit, call, call_with, misbehaving, ping, place, seen, verified,
};

#[test]
fn thousands_of_calls_at_once_are_each_signed_once() {
    const CALLS: usize = 5000;
    let place = place();
    let mut session = Session::start(&place, RECORDING);
    let mut input = session.take_input();
    let writer = std::thread::spawn(move || {
        for id in 0..CALLS {
            let line = match id % 10 {
                9 => ping(id),
                _ => call_with(id, "echo", &format!(r#"{{"n":{id}}}"#)),
            };
            input.write_all(line.as_bytes()).unwrap();
            input.write_all(b"\n").unwrap();
        }
    });
    let ended = session.wait();
    writer.join().unwrap();
    assert_eq!(ended.code(), 0, "{}", ended.errors);

    let answered: HashSet<u64> = ended
        .values()
        .iter()
        .map(|value| value["id"].as_u64().unwrap())
        .collect();
    assert_eq!((answered.len(), ended.lines.len()), (CALLS, CALLS));
    let lines = seen(&place);
    let order: Vec<u64> = lines
        .iter()
        .map(|line| {
            serde_json::from_str::<Value>(line).unwrap()["id"]
                .as_u64()
                .unwrap()
        })
        .collect();
    assert!(order.iter().copied().eq(0..CALLS as u64), "in order");

    // Each receipt that the server got is stored, once; each has one response.
    let records = audit(&place);
    let mut stored: HashMap<String, (usize, usize)> = HashMap::new();
    for record in &records {
        match record["v"].as_u64() {
            Some(1) => stored.entry(record["sig"].to_string()).or_default().0 += 1,
            _ => {
                stored
                    .entry(record["agent_receipt"]["sig"].to_string())
                    .or_default()
                    .1 += 1
            }
        }
    }
    let calls = CALLS / 10 * 9;
    assert_eq!(stored.len(), calls);
    assert!(stored.values().all(|counts| *counts == (1, 1)));
    for line in &lines {
        let value: Value = serde_json::from_str(line).unwrap();
        if value["method"] == "tools/call" {
            let sent = value["params"]["_meta"]["_signet"]["sig"].to_string();
            assert!(stored.contains_key(&sent));
        }
    }
    assert_eq!(verified(&place), 2 * calls as u64);
}

#[test]
fn a_server_that_talks_before_it_reads_holds_nobody() {
    let place = place();
    let mut session = Session::start(&place, misbehaving("talks-first"));
    let mut input = session.take_input();
    // More than the pipes hold, in both directions.
    let writer = std::thread::spawn(move || {
        let line = call_with(
            "ID",
            "echo",
            &format!(r#"{{"s":"{}"}}"#, "x".repeat(10_000)),
        );
        for id in 0..200 {
            let line = line.replace("ID", &id.to_string());
            input.write_all(line.as_bytes()).unwrap();
            input.write_all(b"\n").unwrap();
        }
    });
    let ended = session.wait();
    writer.join().unwrap();
    assert_eq!(ended.code(), 0, "{}", ended.errors);
    assert_eq!(ended.lines.len(), 40_200);
    assert_eq!(verified(&place), 400);
}

#[test]
fn a_line_without_an_end_takes_no_memory_d14() {
    let place = place();
    let mut session = Session::start(&place, RECORDING);
    assert_eq!(session.ask(call(1, "echo"))["id"], 1);
    let mut input = session.take_input();
    let chunk = vec![b'x'; 1 << 20];
    for _ in 0..300 {
        input.write_all(&chunk).unwrap();
    }
    input.write_all(b"\n").unwrap();
    let answer = session.next();
    assert_eq!(answer["error"]["data"]["code"], "too_large");
    // The largest calls are allowed, and bounded too.
    let large = call_with(2, "echo", &format!(r#"{{"s":"{}"}}"#, "x".repeat(7 << 20)));
    input.write_all(large.as_bytes()).unwrap();
    input.write_all(b"\n").unwrap();
    assert_eq!(session.next()["id"], 2);
    let status = std::fs::read_to_string(format!("/proc/{}/status", session.child.id())).unwrap();
    let peak = status
        .lines()
        .find(|line| line.starts_with("VmHWM"))
        .unwrap();
    let kib: u64 = peak.split_whitespace().nth(1).unwrap().parse().unwrap();
    assert!(kib < 200 * 1024, "{peak}");
    drop(input);
    assert_eq!(session.wait().code(), 0);
    assert_eq!(verified(&place), 4);
}
