//! Rate limits that count what the log holds: which records are calls, and how
//! programs take turns.

#[path = "support/audit_log.rs"]
mod audit_log;

use std::time::Duration;

use signet::ErrorKind;
use signet::authority::Format;
use signet::authority::policy::{Call, Counting, Decision, Enforcer, Policy, RateLimits};
use signet::encoding::rfc3339::Instant;
use signet::identity::KeyPair;
use signet::log::{Log, LogOptions, ParamsKey};
use signet::receipt::{Action, ActionOptions, CoSignOptions, Response, co_sign};

use audit_log::{agent, finished, options, receipt, receipt_with};

const LIMITED: &str = r#"{"version":1,"default_action":"deny","rules":[{"id":"some",
    "match":{"tool":"t"},"action":"allow","rate_limit":{"max_calls":2,"window_seconds":60}}]}"#;

fn policy(json: &str) -> Policy {
    Policy::parse(json.as_bytes(), Format::Json).unwrap()
}

fn at(text: &str) -> Instant {
    Instant::parse(text).unwrap()
}

/// What the limited policy says at noon about one more call of `t`.
fn decided(log: &Log) -> Decision {
    let now = at("2026-11-20T12:00:00Z");
    let limited = policy(LIMITED);
    let counters = log.count_calls(&limited, now).unwrap();
    let call = Action::parse(br#"{"tool":"t"}"#, &ActionOptions::default()).unwrap();
    let enforcer = Enforcer::with_counters(limited, counters);
    enforcer
        .rule(&call, "agent", now, Counting::Counts)
        .decision()
}

#[test]
fn what_the_log_holds_counts_towards_the_limit_e7() {
    let (home, clock) = finished(0);
    let log = Log::open(home.path(), options(&clock)).unwrap();
    assert_eq!(decided(&log), Decision::Allow);
    for (tool, time) in [
        ("other", "2026-11-20T11:59:50Z"),
        // Just out of the window.
        ("t", "2026-11-20T11:59:00Z"),
        ("t", "2026-11-20T11:59:01Z"),
    ] {
        log.append(&receipt(tool, time)).unwrap();
    }
    assert_eq!(decided(&log), Decision::Allow);
    log.append(&receipt("t", "2026-11-20T11:59:59Z")).unwrap();
    assert_eq!(decided(&log), Decision::Deny);
}

#[test]
fn a_call_is_counted_once_however_often_it_is_recorded() {
    let (home, clock) = finished(0);
    let log = Log::open(home.path(), options(&clock)).unwrap();
    let once = receipt("t", "2026-11-20T11:59:30Z");
    log.append(&once).unwrap();
    log.append(&once).unwrap();
    let saying = CoSignOptions {
        server_name: "server",
        time: Some(at("2026-11-20T11:59:31Z")),
        nonce: None,
        extensions: None,
    };
    let server = KeyPair::from_seed(&[2; 32]);
    let answered = co_sign(&server, &once, &Response::new(b"{}"), &saying).unwrap();
    log.append(&answered).unwrap();
    assert_eq!(decided(&log), Decision::Allow);
    // But what only the server recorded is a call, too.
    let elsewhere = receipt("t", "2026-11-20T11:59:30.500Z");
    let answered = co_sign(&server, &elsewhere, &Response::new(b"{}"), &saying).unwrap();
    log.append(&answered).unwrap();
    assert_eq!(decided(&log), Decision::Deny);
}

#[test]
fn sealed_calls_count_and_denied_ones_do_not() {
    let (home, clock) = finished(0);
    let log = Log::open(home.path(), options(&clock)).unwrap();
    let denials = Enforcer::new(policy(
        r#"{"version":1,"default_action":"deny","rules":[]}"#,
    ));
    let call = Action::parse(br#"{"tool":"t"}"#, &ActionOptions::default()).unwrap();
    for _ in 0..3 {
        let time = at("2026-11-20T11:59:30Z");
        let ruling = denials.rule(&call, "agent", time, Counting::Counts);
        log.append_json(ruling.violation().unwrap()).unwrap();
    }
    assert_eq!(decided(&log), Decision::Allow);
    let key = ParamsKey::of(&agent()).unwrap();
    for second in [30, 31] {
        let time = format!("2026-11-20T11:59:{second}Z");
        let sealed = key.seal(&receipt("t", &time)).unwrap();
        log.append_record(&sealed).unwrap();
    }
    assert_eq!(decided(&log), Decision::Deny);
}

#[test]
fn hidden_params_count_wherever_they_might() {
    let small = policy(
        r#"{"version":1,"default_action":"deny","rules":[{"id":"small",
        "match":{"params":{"n":{"lt":10}}},"action":"allow",
        "rate_limit":{"max_calls":1,"window_seconds":60,"scope":"global"}}]}"#,
    );
    let now = at("2026-11-20T12:00:00Z");
    let decided = |counters: RateLimits| {
        let call = Call::new("t", "agent", "mcp://x");
        let params = call.with_params(br#"{"n":1}"#, &Default::default());
        let mut counters = counters;
        small
            .evaluate(&params.unwrap(), now, Some(&mut counters))
            .decision
    };
    let key = ParamsKey::of(&agent()).unwrap();
    for (params, sealed, expected) in [
        (r#"{"n":10}"#, false, Decision::Allow),
        (r#"{"n":10}"#, true, Decision::Deny),
        (r#"{"n":9}"#, false, Decision::Deny),
    ] {
        let (home, clock) = finished(0);
        let log = Log::open(home.path(), options(&clock)).unwrap();
        let made = receipt_with("t", "2026-11-20T11:59:59Z", params);
        match sealed {
            true => log.append_record(&key.seal(&made).unwrap()).unwrap(),
            false => log.append(&made).unwrap(),
        };
        let counters = log.count_calls(&small, now).unwrap();
        assert_eq!(decided(counters), expected, "{params}, sealed: {sealed}");
    }
}

#[test]
fn a_line_that_is_no_record_is_not_counted_around() {
    let (home, clock) = finished(0);
    let log = Log::open(home.path(), options(&clock)).unwrap();
    log.append(&receipt("t", "2026-11-20T11:59:30Z")).unwrap();
    log.append(&receipt("t", "2026-11-20T11:59:31Z")).unwrap();
    drop(log);
    let segment = home.path().join("audit/2026-11-20.jsonl");
    let text = std::fs::read_to_string(&segment).unwrap();
    let first_len = text.find('\n').unwrap();
    std::fs::write(
        &segment,
        format!("{}{}", "x".repeat(first_len), &text[first_len..]),
    )
    .unwrap();
    let log = Log::open(home.path(), options(&clock)).unwrap();
    assert!(
        log.count_calls(&policy(LIMITED), at("2026-11-20T12:00:00Z"))
            .is_err()
    );
}

#[test]
fn one_has_the_turn_and_whoever_has_it_can_append() {
    let (home, clock) = finished(0);
    let impatient = || LogOptions {
        lock_timeout_millis: 50,
        ..options(&clock)
    };
    let first = Log::open(home.path(), impatient()).unwrap();
    let second = Log::open(home.path(), impatient()).unwrap();
    let turn = first.take_turn().unwrap();
    first.append(&receipt("t", "2026-11-20T11:59:30Z")).unwrap();
    second
        .append(&receipt("t", "2026-11-20T11:59:31Z"))
        .unwrap();
    assert_eq!(second.take_turn().unwrap_err().kind(), ErrorKind::LogBusy);
    let patient = Log::open(home.path(), options(&clock)).unwrap();
    let waiting = std::thread::spawn(move || patient.take_turn().map(drop));
    std::thread::sleep(Duration::from_millis(20));
    drop(turn);
    waiting.join().unwrap().unwrap();
    drop(second.take_turn().unwrap());
}
