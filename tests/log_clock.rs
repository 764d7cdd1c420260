//! Records and clocks that are late, early, or elsewhere on the earth.

#[path = "support/audit_log.rs"]
mod audit_log;

use std::ops::ControlFlow;

use signet::encoding::rfc3339::Instant;
use signet::log::{Log, Query, Verdict, VerifyOptions};

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

/// A time as somebody elsewhere writes it.
fn with_offset(time: Instant, minutes: i64) -> String {
    let local = time.plus_millis(minutes * 60_000).to_text();
    let sign = if minutes < 0 { '-' } else { '+' };
    let (hours, minutes) = (minutes.abs() / 60, minutes.abs() % 60);
    format!(
        "{}{sign}{hours:02}:{minutes:02}",
        local.trim_end_matches('Z')
    )
}

#[test]
fn no_jump_of_any_clock_breaks_the_chain_or_hides_a_newer_record_d9_d10_d11() {
    const HOUR: i64 = 3_600_000;
    const DAY: i64 = 24 * HOUR;
    let (home, clock) = finished(0);
    let noon = Instant::parse(NOON).unwrap();
    let midnight = Instant::parse("2026-11-21T00:00:00Z").unwrap();
    let mut log = Log::open(home.path(), options(&clock)).unwrap();
    let mut written: Vec<Instant> = Vec::new();
    // The log's clock, the writers' clocks, and where the writers live.
    let clocks = [
        noon,
        noon.plus_millis(-365 * DAY),
        noon.plus_millis(365 * DAY),
        noon,
        midnight.plus_millis(-1),
        midnight,
        midnight.plus_millis(-1),
        midnight.plus_millis(1),
    ];
    let errors = [0, -365 * DAY, 365 * DAY, -HOUR, HOUR, -1, 1];
    let offsets = [0, 540, -480, 330, 840, -720];
    for (round, at) in clocks.iter().cycle().take(24).enumerate() {
        clock.set(&at.to_text());
        for (place, error) in errors.iter().enumerate() {
            let time = at.plus_millis(*error);
            let text = with_offset(time, offsets[(round + place) % offsets.len()]);
            let json = format!(r#"{{"v":1,"ts":"{text}","action":{{"tool":"t"}}}}"#);
            log.append_json(json.as_bytes()).unwrap();
            written.push(time);
        }
        if round % 5 == 0 {
            log.close().unwrap();
            log = Log::open(home.path(), options(&clock)).unwrap();
        }
        for since in [noon, *at, at.plus_millis(-HOUR), at.plus_millis(-366 * DAY)] {
            let query = Query {
                since: Some(since),
                ..Query::default()
            };
            let mut found = Vec::new();
            log.query(&query, |record| {
                found.push(record.index);
                ControlFlow::Continue(())
            })
            .unwrap();
            let expected: Vec<u64> = (0_u64..)
                .zip(&written)
                .filter(|(_, time)| since.millis_until(**time) >= 0)
                .map(|(index, _)| index)
                .collect();
            assert_eq!(
                found,
                expected,
                "since {} in round {round}",
                since.to_text()
            );
        }
    }
    let report = log.verify(&VerifyOptions::default(), &mut ()).unwrap();
    assert_eq!(
        (report.verdict, report.records),
        (Verdict::Ok, written.len() as u64)
    );
    assert_eq!(log.recovery().verdict, Verdict::Ok);
    let chain = published_chain(home.path());
    assert!(chain.valid && chain.total_records == written.len());
}
