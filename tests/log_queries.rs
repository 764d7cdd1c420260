//! Finding records in a log.

#[path = "support/audit_log.rs"]
mod audit_log;

use std::ops::ControlFlow;

use signet::encoding::rfc3339::Instant;
use signet::log::{Log, Query};

use audit_log::{finished, options, receipt};

#[test]
fn an_older_record_does_not_hide_newer_ones_d11() {
    let (home, clock) = finished(0);
    let log = Log::open(home.path(), options(&clock)).unwrap();
    log.append(&receipt("recent", "2026-11-20T11:59:50Z"))
        .unwrap();
    log.append(&receipt("recent", "2026-11-20T11:59:55Z"))
        .unwrap();
    log.append(&receipt("long job", "2026-11-20T09:00:00Z"))
        .unwrap();
    let find = |query: &Query<'_>| {
        let mut found = Vec::new();
        log.query(query, |record| {
            found.push(record.index);
            ControlFlow::Continue(())
        })
        .unwrap();
        found
    };
    let since = Some(Instant::parse("2026-11-20T11:00:00Z").unwrap());
    assert_eq!(
        find(&Query {
            since,
            ..Query::default()
        }),
        [0, 1]
    );
    let newest = Query {
        since,
        newest_first: true,
        limit: Some(1),
        ..Query::default()
    };
    assert_eq!(find(&newest), [1]);
}

#[test]
fn queries_filter_by_every_field() {
    let (home, clock) = finished(40);
    let log = Log::open(home.path(), options(&clock)).unwrap();
    log.append_json(br#"{"type":"policy_violation","agent":"other","action":{"tool":"wire","target":"bank"},"decision":"deny","ts":"2026-11-20T12:00:00Z"}"#).unwrap();
    // A foreign line may escape what it likes.
    let escaped = r#"{"v":1,"ts":"2026-11-20T12:00:00Z","action":{"tool":"caf\u00e9"}}"#;
    log.append_json(escaped.as_bytes()).unwrap();
    let count = |query: &Query<'_>| {
        let mut found = Vec::new();
        log.query(query, |record| {
            found.push(record.index);
            ControlFlow::Continue(())
        })
        .unwrap();
        found
    };
    let all = Query::default();
    assert_eq!(count(&all).len(), 42);
    assert_eq!(
        count(&Query {
            tool: Some("ool3"),
            ..all
        }),
        [3, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39]
    );
    assert_eq!(
        count(&Query {
            tool: Some("ool3"),
            limit: Some(2),
            ..all
        }),
        [38, 39]
    );
    assert_eq!(
        count(&Query {
            tool: Some("ool3"),
            limit: Some(2),
            newest_first: true,
            ..all
        }),
        [39, 38]
    );
    assert_eq!(
        count(&Query {
            signer: Some("agent"),
            ..all
        })
        .len(),
        40
    );
    assert_eq!(
        count(&Query {
            signer: Some("other"),
            ..all
        }),
        [40]
    );
    assert_eq!(
        count(&Query {
            target: Some("bank"),
            ..all
        }),
        [40]
    );
    assert_eq!(
        count(&Query {
            decision: Some("deny"),
            ..all
        }),
        [40]
    );
    assert_eq!(
        count(&Query {
            session: Some("s1"),
            limit: Some(1),
            ..all
        }),
        [39]
    );
    assert_eq!(
        count(&Query {
            trace: Some("t-tool7"),
            ..all
        }),
        [7]
    );
    assert_eq!(
        count(&Query {
            tool: Some("café"),
            ..all
        }),
        [41]
    );
    assert_eq!(
        count(&Query {
            limit: Some(0),
            ..all
        }),
        [0; 0]
    );
    let until = Some(Instant::parse("2026-11-20T11:00:00Z").unwrap());
    assert_eq!(count(&Query { until, ..all }), [0; 0]);
}
