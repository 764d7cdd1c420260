//! Records and clocks that are late, early, or elsewhere on the earth.

#[path = "support/audit_log.rs"]
mod audit_log;

use signet::log::{Log, Verdict};

use audit_log::{NOON, day_file, finished, options, published_chain, receipt, verify};

#[test]
fn a_late_receipt_does_not_fork_the_chain_d8() {
    let (home, clock) = finished(2);
    clock.set("2026-11-21T00:10:00Z");
    let log = Log::open(home.path(), options(&clock)).unwrap();
    log.append(&receipt("new day", "2026-11-21T00:05:00Z"))
        .unwrap();
    log.append(&receipt("started yesterday", "2026-11-20T23:00:00Z"))
        .unwrap();
    log.append(&receipt("again", "2026-11-21T00:06:00Z"))
        .unwrap();
    log.close().unwrap();
    assert!(day_file(home.path(), "2026-11-21.jsonl").exists());
    assert!(published_chain(home.path()).valid);
    assert_eq!(verify(home.path()).0, Verdict::Ok);
}

#[test]
fn a_clock_that_jumps_does_not_break_the_chain_d9() {
    let (home, clock) = finished(2);
    let log = Log::open(home.path(), options(&clock)).unwrap();
    log.append(&receipt("far future", "9999-12-31T00:00:00Z"))
        .unwrap();
    log.append(&receipt("normal", NOON)).unwrap();
    for time in [
        "2027-11-20T12:00:00Z",
        "2025-11-20T12:00:00Z",
        "2026-11-20T23:59:59.999Z",
        "2026-11-21T00:00:00Z",
    ] {
        clock.set(time);
        log.append(&receipt("jumping", time)).unwrap();
    }
    log.close().unwrap();
    assert!(!day_file(home.path(), "9999-12-31.jsonl").exists());
    let chain = published_chain(home.path());
    assert!(chain.valid && chain.total_records == 8);
    assert_eq!(verify(home.path()).0, Verdict::Ok);
}

#[test]
fn offsets_from_utc_do_not_break_the_chain_d10() {
    let (home, clock) = finished(0);
    clock.set("2026-11-20T16:00:00Z");
    let log = Log::open(home.path(), options(&clock)).unwrap();
    for time in [
        "2026-11-21T01:00:00+09:00",
        "2026-11-20T16:00:01Z",
        "2026-11-21T01:00:02+09:00",
    ] {
        let json = format!(r#"{{"v":1,"ts":"{time}","action":{{"tool":"t"}}}}"#);
        log.append_json(json.as_bytes()).unwrap();
    }
    log.close().unwrap();
    let chain = published_chain(home.path());
    assert!(chain.valid && chain.total_records == 3);
}
