//! The audit log on a real file system, alone and beside the published Signet.

use std::fs;
use std::ops::ControlFlow;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use signet::encoding::rfc3339::Instant;
use signet::error::ErrorKind;
use signet::identity::KeyPair;
use signet::log::{
    Clock, Durability, Finding, FindingKind, Log, LogOptions, Query, RECOVER_TOOL, SignaturePolicy,
    Verdict, VerifyOptions, plan_repair, verify_folder,
};
use signet::receipt::{Action, ActionOptions, Receipt, SignOptions, Signer, sign};
use signet::tlog::checkpoint_policy::CheckpointPolicy;
use signet::tlog::proof::verify_consistency;
use signet::tlog::tlog_proof::TlogProof;
use signet::tlog::tree::{Frontier, TreeHead, leaf_hash};
use tempfile::TempDir;

/// A clock that tests set.
#[derive(Debug)]
struct TestClock(Mutex<Instant>);

impl TestClock {
    fn at(text: &str) -> Arc<TestClock> {
        Arc::new(TestClock(Mutex::new(Instant::parse(text).unwrap())))
    }

    fn set(&self, text: &str) {
        *self.0.lock().unwrap() = Instant::parse(text).unwrap();
    }
}

impl Clock for TestClock {
    fn now(&self) -> Instant {
        *self.0.lock().unwrap()
    }

    fn pause(&self, micros: u64) {
        std::thread::sleep(Duration::from_micros(micros));
    }
}

fn options(clock: &Arc<TestClock>) -> LogOptions {
    LogOptions {
        clock: Arc::clone(clock) as Arc<dyn Clock>,
        ..LogOptions::default()
    }
}

fn agent() -> KeyPair {
    KeyPair::from_seed(&[1; 32])
}

fn receipt_with(tool: &str, time: &str, params: &str) -> Receipt {
    let action = format!(
        r#"{{"tool":"{tool}","params":{params},"target":"mcp://x","session":"s1","trace_id":"t-{tool}"}}"#
    );
    let action = Action::parse(action.as_bytes(), &ActionOptions::default()).unwrap();
    let options = SignOptions {
        time: Some(Instant::parse(time).unwrap()),
        ..SignOptions::default()
    };
    let signer = Signer {
        name: "agent",
        owner: "owner",
    };
    sign(&agent(), &action, &signer, &options).unwrap()
}

fn receipt(tool: &str, time: &str) -> Receipt {
    receipt_with(tool, time, r#"{"path":"/x","n":1}"#)
}

fn verify(home: &Path) -> (Verdict, Vec<Finding>) {
    let mut findings = Vec::new();
    let report = verify_folder(
        &home.join("audit"),
        &VerifyOptions::default(),
        &mut findings,
    )
    .unwrap();
    (report.verdict, findings)
}

fn published_chain(home: &Path) -> signet_core::audit::ChainStatus {
    signet_core::audit::verify_chain(home).unwrap()
}

fn published_append(home: &Path, receipt: &Receipt) {
    let value: serde_json::Value = serde_json::from_slice(receipt.json()).unwrap();
    signet_core::audit::append(home, &value).unwrap();
}

fn day_file(home: &Path, name: &str) -> PathBuf {
    home.join("audit").join(name)
}

const DAY: &str = "2026-11-20.jsonl";
const NOON: &str = "2026-11-20T12:00:00Z";

/// A log of `count` records, closed.
fn finished(count: usize) -> (TempDir, Arc<TestClock>) {
    let home = tempfile::tempdir().unwrap();
    let clock = TestClock::at(NOON);
    let log = Log::open(home.path(), options(&clock)).unwrap();
    for number in 0..count {
        log.append(&receipt(&format!("tool{number}"), NOON))
            .unwrap();
    }
    log.close().unwrap();
    (home, clock)
}

#[test]
fn records_are_numbered_sealed_durable_and_read_back() {
    let (home, clock) = finished(0);
    let log = Log::open(home.path(), options(&clock)).unwrap();
    let mut hashes = Vec::new();
    for number in 0..700_u64 {
        let appended = log
            .append(&receipt(&format!("tool{number}"), NOON))
            .unwrap();
        assert_eq!((appended.index, appended.durable), (number, true));
        hashes.push(appended.record_hash);
    }
    for index in [0, 1, 255, 256, 257, 511, 512, 699] {
        let record = log.read(index).unwrap();
        assert_eq!(record.index, index);
        assert_eq!(record.record_hash, hashes[index as usize]);
        assert_eq!(record.view().tool().unwrap(), format!("tool{index}"));
    }
    assert_eq!(log.read(700).unwrap_err().kind(), ErrorKind::RecordNotFound);
    log.close().unwrap();
    assert_eq!(
        log.append(&receipt("x", NOON)).unwrap_err().kind(),
        ErrorKind::LogClosed
    );

    // Opened again nothing is read again, and the published Signet agrees.
    let log = Log::open(home.path(), options(&clock)).unwrap();
    assert_eq!(log.recovery().rescanned, 0);
    assert_eq!((log.len(), log.last_hash()), (700, hashes[699]));
    let chain = published_chain(home.path());
    assert!(chain.valid && chain.total_records == 700);
    let filter = signet_core::audit::AuditFilter::default();
    let signatures = signet_core::audit::verify_signatures(home.path(), &filter).unwrap();
    assert_eq!((signatures.total, signatures.valid), (700, 700));
}

#[test]
fn signatures_are_verified_on_any_number_of_threads() {
    let (home, _) = finished(300);
    let key = *agent().public_key();
    let stranger = *KeyPair::from_seed(&[9; 32]).public_key();
    for threads in [1, 2, 5] {
        let with = |trusted: &[&_]| {
            let options = VerifyOptions {
                signatures: Some(SignaturePolicy {
                    trusted: Some(trusted),
                    ..SignaturePolicy::default()
                }),
                threads,
                ..VerifyOptions::default()
            };
            let mut findings = Vec::new();
            let audit = home.path().join("audit");
            let report = verify_folder(&audit, &options, &mut findings).unwrap();
            (report, findings)
        };
        let (report, _) = with(&[&stranger, &key]);
        assert_eq!(
            (report.verdict, report.signatures_valid),
            (Verdict::Ok, 300)
        );
        let (report, findings) = with(&[&stranger]);
        assert_eq!((report.signatures_failed, findings.len()), (300, 300));
        assert!(
            findings
                .iter()
                .all(|found| found.kind == FindingKind::SignerUntrusted)
        );
        assert!(
            findings
                .windows(2)
                .all(|pair| pair[0].index < pair[1].index)
        );
    }
}

#[test]
fn a_part_of_a_log_verifies_and_a_watcher_can_stop() {
    struct Stopper(u64);
    impl signet::log::Watcher for Stopper {
        fn finding(&mut self, _: &Finding) -> ControlFlow<()> {
            ControlFlow::Continue(())
        }
        fn progress(&mut self, records: u64) -> ControlFlow<()> {
            self.0 = records;
            ControlFlow::Break(())
        }
    }
    let (home, clock) = finished(600);
    let log = Log::open(home.path(), options(&clock)).unwrap();
    for (first, limit, expected) in [
        (0, None, 600),
        (1, Some(5), 5),
        (256, None, 344),
        (599, None, 1),
    ] {
        let part = VerifyOptions {
            first,
            limit,
            ..VerifyOptions::default()
        };
        let report = log.verify(&part, &mut ()).unwrap();
        assert_eq!((report.verdict, report.records), (Verdict::Ok, expected));
    }
    let mut stopper = Stopper(0);
    let report = log.verify(&VerifyOptions::default(), &mut stopper).unwrap();
    assert!(report.stopped && stopper.0 < 600 && report.verdict == Verdict::Ok);
}

#[test]
fn a_torn_end_is_set_aside_and_recorded_d2() {
    let half = |line: &[u8]| line[..line.len() / 2].to_vec();
    let zeros = |_: &[u8]| vec![0; 4096];
    let no_feed = |line: &[u8]| line[..line.len() - 1].to_vec();
    type Tail = fn(&[u8]) -> Vec<u8>;
    let cases: [(&str, Tail, u64); 3] = [
        ("half a record", half, 0),
        ("zeros", zeros, 0),
        ("no line feed", no_feed, 1),
    ];
    for (what, tail, kept) in cases {
        let (home, clock) = finished(5);
        // The line that the next append would have written.
        let (other, _) = finished(0);
        fs::copy(day_file(home.path(), DAY), day_file(other.path(), DAY)).unwrap();
        published_append(other.path(), &receipt("next", NOON));
        let whole = fs::read(day_file(other.path(), DAY)).unwrap();
        let mut torn = fs::read(day_file(home.path(), DAY)).unwrap();
        let before = torn.len();
        torn.extend(tail(&whole[before..]));
        fs::write(day_file(home.path(), DAY), &torn).unwrap();

        let plan = plan_repair(&home.path().join("audit")).unwrap();
        assert_eq!(
            (plan.verdict, plan.offset + plan.set_aside),
            (Verdict::Torn, torn.len() as u64)
        );
        assert_eq!(plan.complete_line, kept == 1, "{what}");
        let mut opening = options(&clock);
        opening.repair_automatically = false;
        let refused = Log::open(home.path(), opening).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::LogDamaged, "{what}");
        assert_eq!(
            fs::read(day_file(home.path(), DAY)).unwrap(),
            torn,
            "{what}"
        );

        let mut opening = options(&clock);
        opening.control_key = Some(Arc::new(KeyPair::from_seed(&[8; 32])));
        let log = Log::open(home.path(), opening).unwrap();
        let recovery = log.recovery();
        assert_eq!(recovery.verdict, Verdict::Torn, "{what}");
        assert_eq!(log.len(), 5 + kept + 1, "{what}");
        let told = log.read(5 + kept).unwrap();
        assert_eq!(told.view().tool().unwrap(), RECOVER_TOOL);
        if kept == 0 {
            let quarantined = recovery.incidents[0].quarantined.clone().unwrap();
            let bytes = fs::read(home.path().join("audit").join(&quarantined.file)).unwrap();
            assert_eq!(bytes, torn[before..], "{what}");
        }
        log.append(&receipt("after", NOON)).unwrap();
        log.close().unwrap();
        assert_eq!(verify(home.path()).0, Verdict::Ok, "{what}");
        assert!(published_chain(home.path()).valid, "{what}");
        let filter = signet_core::audit::AuditFilter::default();
        let published = signet_core::audit::verify_signatures(home.path(), &filter).unwrap();
        assert_eq!(published.valid, published.total, "{what}");
        // The incident is told by every later verification.
        let told = verify(home.path()).1;
        assert!(
            told.iter().any(|found| found.kind == FindingKind::Incident),
            "{what}"
        );
    }
}

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

#[test]
fn a_denied_call_is_not_a_failed_signature_d13() {
    let (home, clock) = finished(3);
    let log = Log::open(home.path(), options(&clock)).unwrap();
    log.append_json(br#"{"type":"policy_violation","agent":"agent","action":{"tool":"wire"},"decision":"deny","ts":"2026-11-20T12:00:00Z"}"#).unwrap();
    let signed = VerifyOptions {
        signatures: Some(SignaturePolicy::default()),
        ..VerifyOptions::default()
    };
    let report = log.verify(&signed, &mut ()).unwrap();
    assert_eq!(report.verdict, Verdict::Ok);
    assert_eq!((report.signatures_valid, report.unsigned), (3, 1));
}

#[test]
fn garbage_under_a_trusted_name_is_never_fine_v1() {
    let (home, clock) = finished(1);
    let log = Log::open(home.path(), options(&clock)).unwrap();
    let genuine = receipt("pay", NOON);
    let mut forged: serde_json::Value = serde_json::from_slice(genuine.json()).unwrap();
    forged["action"]["tool"] = "wire_transfer".into();
    log.append_json(forged.to_string().as_bytes()).unwrap();
    forged["action"].as_object_mut().unwrap().remove("params");
    forged["action"]["params_encrypted"] = serde_json::json!({"v":1,"kid":"ed25519:unknown"});
    log.append_json(forged.to_string().as_bytes()).unwrap();
    let agent = agent();
    let trusted = [agent.public_key()];
    let signed = VerifyOptions {
        signatures: Some(SignaturePolicy {
            trusted: Some(&trusted),
            ..SignaturePolicy::default()
        }),
        ..VerifyOptions::default()
    };
    let mut findings = Vec::new();
    let report = log.verify(&signed, &mut findings).unwrap();
    assert_eq!(report.verdict, Verdict::Tampered);
    let kinds: Vec<_> = findings
        .iter()
        .map(|found| (found.index, found.kind))
        .collect();
    assert_eq!(
        kinds,
        [
            (1, FindingKind::SignatureInvalid),
            (2, FindingKind::SignatureInvalid)
        ]
    );
}

/// Rewrites a log's file as somebody without a key would, hashes and all.
fn rewrite(home: &Path, change: impl FnOnce(&mut Vec<serde_json::Value>)) {
    let path = day_file(home, DAY);
    let text = fs::read_to_string(&path).unwrap();
    let mut receipts: Vec<serde_json::Value> = text
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["receipt"].clone())
        .collect();
    change(&mut receipts);
    let other = tempfile::tempdir().unwrap();
    for receipt in &receipts {
        signet_core::audit::append(other.path(), receipt).unwrap();
    }
    fs::copy(day_file(other.path(), DAY), &path).unwrap();
}

#[test]
fn a_rewritten_chain_is_noticed_v2() {
    let (home, clock) = finished(10);
    rewrite(home.path(), |receipts| {
        receipts.remove(5);
        receipts.swap(2, 3);
    });
    assert!(published_chain(home.path()).valid);
    assert_eq!(verify(home.path()).0, Verdict::Truncated);
    let log = Log::open(home.path(), options(&clock)).unwrap();
    assert_eq!(log.recovery().verdict, Verdict::Truncated);

    let (home, clock) = finished(10);
    rewrite(home.path(), |receipts| receipts.swap(2, 3));
    assert!(published_chain(home.path()).valid);
    assert_eq!(verify(home.path()).0, Verdict::Tampered);
    let log = Log::open(home.path(), options(&clock)).unwrap();
    assert_eq!(log.recovery().verdict, Verdict::Tampered);
}

#[test]
fn a_missing_end_is_noticed_and_never_forgotten_v3() {
    for keep in [6, 0] {
        let (home, clock) = finished(10);
        let path = day_file(home.path(), DAY);
        let text = fs::read_to_string(&path).unwrap();
        let kept: String = text.split_inclusive('\n').take(keep).collect();
        fs::write(&path, kept).unwrap();
        if keep == 0 {
            fs::remove_file(&path).unwrap();
        }
        assert_eq!(verify(home.path()).0, Verdict::Truncated);
        for _ in 0..2 {
            let log = Log::open(home.path(), options(&clock)).unwrap();
            log.append(&receipt("on", NOON)).unwrap();
            log.close().unwrap();
            let (verdict, findings) = verify(home.path());
            assert_eq!(verdict, Verdict::Truncated);
            let incident = findings
                .iter()
                .find(|found| found.kind == FindingKind::Incident);
            assert_eq!(incident.unwrap().index, keep as u64);
        }
    }
}

#[test]
fn members_that_nobody_signed_are_reported_v16() {
    let (home, _) = finished(3);
    let path = day_file(home.path(), DAY);
    let text = fs::read_to_string(&path).unwrap();
    let edited = text.replacen(
        "{\"receipt\"",
        "{\"meta\":{\"response\":\"forged\"},\"receipt\"",
        1,
    );
    fs::write(&path, edited).unwrap();
    assert!(published_chain(home.path()).valid);
    let (_, findings) = verify(home.path());
    let found = findings
        .iter()
        .find(|found| found.kind == FindingKind::Unauthenticated)
        .unwrap();
    assert_eq!((found.index, found.line), (0, 1));
}

#[test]
fn what_the_log_makes_is_private_k9() {
    let (home, _) = finished(2);
    let audit = home.path().join("audit");
    let mut checked = 0;
    let mut folders = vec![audit];
    while let Some(folder) = folders.pop() {
        assert_eq!(
            fs::metadata(&folder).unwrap().mode() & 0o777,
            0o700,
            "{folder:?}"
        );
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let mode = fs::metadata(&path).unwrap().permissions().mode();
                assert_eq!(mode & 0o777, 0o600, "{path:?}");
                checked += 1;
            }
        }
    }
    assert!(checked >= 4);
}

#[test]
fn links_in_the_place_of_files_are_not_followed() {
    for name in [".log/lock", ".log/head", "2026-11-20.jsonl.lock", DAY] {
        let home = tempfile::tempdir().unwrap();
        let precious = home.path().join("precious");
        fs::write(&precious, "precious\n").unwrap();
        fs::create_dir_all(home.path().join("audit/.log")).unwrap();
        symlink(&precious, home.path().join("audit").join(name)).unwrap();
        let clock = TestClock::at(NOON);
        let opened = Log::open(home.path(), options(&clock));
        let outcome = opened.and_then(|log| log.append(&receipt("x", NOON)));
        assert!(outcome.is_err(), "{name}");
        assert_eq!(fs::read(&precious).unwrap(), b"precious\n", "{name}");
    }
}

#[test]
fn deep_and_large_records_are_refused_and_the_log_goes_on_d14() {
    let (home, clock) = finished(1);
    let mut small = options(&clock);
    small.max_record_len = 4096;
    let log = Log::open(home.path(), small).unwrap();
    let big = receipt_with("t", NOON, &format!("\"{}\"", "x".repeat(5000)));
    assert_eq!(log.append(&big).unwrap_err().kind(), ErrorKind::TooLarge);
    let deep = format!(
        r#"{{"ts":"{NOON}","action":{{"params":{}{}}}}}"#,
        "[".repeat(125),
        "]".repeat(125)
    );
    assert_eq!(
        log.append_json(deep.as_bytes()).unwrap_err().kind(),
        ErrorKind::JsonTooDeep
    );
    log.append(&receipt("after", NOON)).unwrap();
    assert!(published_chain(home.path()).valid);
}

#[test]
fn many_threads_append_to_one_chain_d7() {
    let (home, clock) = finished(0);
    let log = Log::open(home.path(), options(&clock)).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let log = &log;
            scope.spawn(move || {
                for number in 0..25 {
                    let appended = log
                        .append(&receipt(&format!("t{thread}.{number}"), NOON))
                        .unwrap();
                    let record = log.read(appended.index).unwrap();
                    assert_eq!(record.view().tool().unwrap(), format!("t{thread}.{number}"));
                }
            });
        }
    });
    assert_eq!(log.len(), 200);
    let chain = published_chain(home.path());
    assert!(chain.valid && chain.total_records == 200);
}

#[test]
fn the_published_writer_appends_between_and_both_verify_d7() {
    let home = tempfile::tempdir().unwrap();
    let now = Instant::now().to_text();
    let log = Log::open(home.path(), LogOptions::default()).unwrap();
    std::thread::scope(|scope| {
        for writer in 0..2 {
            let (home, now) = (home.path(), &now);
            scope.spawn(move || {
                for number in 0..60 {
                    published_append(home, &receipt(&format!("theirs{writer}.{number}"), now));
                }
            });
        }
        for writer in 0..2 {
            let (log, now) = (&log, &now);
            scope.spawn(move || {
                for number in 0..60 {
                    log.append(&receipt(&format!("ours{writer}.{number}"), now))
                        .unwrap();
                }
            });
        }
    });
    assert_eq!(log.refresh().unwrap(), 240);
    let chain = published_chain(home.path());
    assert!(chain.valid && chain.total_records == 240);
    let report = log.verify(&VerifyOptions::default(), &mut ()).unwrap();
    assert_eq!((report.verdict, report.records), (Verdict::Ok, 240));
}

/// One append as the JavaScript hooks do it: a lock file created exclusively,
/// stale after 30 s, given up after 5 s, deleted when done.
fn hook_append(audit: &Path, name: &str, receipt: &Receipt) -> Result<(), &'static str> {
    let lock = audit.join(format!("{name}.lock"));
    let begun = std::time::Instant::now();
    loop {
        match fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&lock)
        {
            Ok(_) => break,
            Err(_) => {
                let modified = fs::metadata(&lock).and_then(|found| found.modified());
                let stale = modified.is_ok_and(|modified| {
                    SystemTime::now()
                        .duration_since(modified)
                        .is_ok_and(|age| age > Duration::from_secs(30))
                });
                if stale {
                    let _ = fs::remove_file(&lock);
                    continue;
                }
                if begun.elapsed() > Duration::from_secs(5) {
                    return Err("dropped");
                }
                std::thread::sleep(Duration::from_millis(5));
            }
        }
    }
    let path = audit.join(name);
    let text = fs::read_to_string(&path).unwrap_or_default();
    let genesis = format!("sha256:{}", "0".repeat(64));
    let previous = text.lines().last().map_or(genesis, |line| {
        let record: serde_json::Value = serde_json::from_str(line).unwrap();
        record["record_hash"].as_str().unwrap().to_owned()
    });
    let value: serde_json::Value = serde_json::from_slice(receipt.json()).unwrap();
    let hash = signet_core::audit::compute_record_hash(&value, &previous).unwrap();
    // In struct order and with a member that nothing covers.
    let canonical = std::str::from_utf8(receipt.json()).unwrap();
    let reordered = format!("{{\"v\":1,{}", &canonical[1..]).replace(",\"v\":1}", "}");
    let line = format!(
        "{{\"receipt\":{reordered},\"prev_hash\":\"{previous}\",\"record_hash\":\"{hash}\",\"meta\":{{}}}}\n"
    );
    use std::io::Write;
    let mut file = fs::OpenOptions::new()
        .append(true)
        .create(true)
        .open(&path)
        .unwrap();
    file.write_all(line.as_bytes()).unwrap();
    let _ = fs::remove_file(&lock);
    Ok(())
}

#[test]
fn hooks_and_this_library_lose_no_record_d6() {
    let home = tempfile::tempdir().unwrap();
    let now = Instant::now();
    let name = format!("{}.jsonl", now.date_text());
    let log = Log::open(home.path(), LogOptions::default()).unwrap();
    // In turn: nobody waits, nobody drops.
    for number in 0..10 {
        log.append(&receipt(&format!("ours{number}"), &now.to_text()))
            .unwrap();
        let begun = std::time::Instant::now();
        let audit = home.path().join("audit");
        hook_append(
            &audit,
            &name,
            &receipt(&format!("hook{number}"), &now.to_text()),
        )
        .unwrap();
        assert!(begun.elapsed() < Duration::from_secs(4));
    }
    // At the same time.
    std::thread::scope(|scope| {
        let (log, name, home) = (&log, &name, home.path());
        scope.spawn(move || {
            for number in 0..100 {
                log.append(&receipt(&format!("ours.{number}"), &now.to_text()))
                    .unwrap();
            }
        });
        scope.spawn(move || {
            for number in 0..40 {
                let receipt = receipt(&format!("hook.{number}"), &now.to_text());
                hook_append(&home.join("audit"), name, &receipt).unwrap();
                std::thread::sleep(Duration::from_millis(2));
            }
        });
    });
    assert_eq!(log.refresh().unwrap(), 160);
    let mut findings = Vec::new();
    let report = log
        .verify(&VerifyOptions::default(), &mut findings)
        .unwrap();
    assert_eq!((report.verdict, report.records), (Verdict::Ok, 160));
    let chain = published_chain(home.path());
    assert!(chain.valid && chain.total_records == 160);
}

#[test]
fn a_hook_that_was_killed_blocks_nobody_for_ever_d6() {
    let (home, clock) = finished(1);
    let lock = home.path().join("audit/2026-11-20.jsonl.lock");
    fs::remove_file(&lock).unwrap();
    fs::write(&lock, "").unwrap();
    let log = Log::open(home.path(), options(&clock)).unwrap();
    log.append(&receipt("after", NOON)).unwrap();
    assert_eq!(log.len(), 2);
}

#[test]
fn a_log_of_the_published_signet_is_taken_over() {
    let home = tempfile::tempdir().unwrap();
    for number in 0..30 {
        published_append(home.path(), &receipt(&format!("theirs{number}"), NOON));
    }
    let clock = TestClock::at("2026-11-21T09:00:00Z");
    let log = Log::open(home.path(), options(&clock)).unwrap();
    assert_eq!((log.len(), log.recovery().verdict), (30, Verdict::Ok));
    log.append(&receipt("ours", NOON)).unwrap();
    log.close().unwrap();
    published_append(home.path(), &receipt("theirs", "2026-11-21T10:00:00Z"));
    assert!(published_chain(home.path()).valid);
    let log = Log::open(home.path(), options(&clock)).unwrap();
    assert_eq!((log.len(), log.recovery().rescanned), (32, 1));
}

#[test]
fn the_side_folder_can_be_deleted_at_any_time() {
    let (home, clock) = finished(600);
    let log = Log::open(home.path(), options(&clock)).unwrap();
    fs::remove_dir_all(home.path().join("audit/.log")).unwrap();
    log.append(&receipt("on", NOON)).unwrap();
    assert_eq!(log.len(), 601);
    assert_eq!(log.read(513).unwrap().view().tool().unwrap(), "tool513");
    log.close().unwrap();
    fs::remove_dir_all(home.path().join("audit/.log")).unwrap();
    let log = Log::open(home.path(), options(&clock)).unwrap();
    assert_eq!((log.len(), log.recovery().verdict), (601, Verdict::Ok));
    assert_eq!(log.recovery().rescanned, 601);
}

#[test]
fn every_cut_is_noticed() {
    let (home, clock) = finished(4);
    let content = fs::read(day_file(home.path(), DAY)).unwrap();
    let side = home.path().join("audit/.log");
    let head = fs::read(side.join("head")).unwrap();
    for cut in (0..content.len()).step_by(7) {
        fs::write(day_file(home.path(), DAY), &content[..cut]).unwrap();
        let (verdict, _) = verify(home.path());
        assert_eq!(verdict, Verdict::Truncated, "{cut}");
    }
    // And opening goes on behind each cut.
    for cut in (0..content.len()).step_by(97) {
        for entry in fs::read_dir(home.path().join("audit")).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|kind| kind == "jsonl") {
                fs::remove_file(path).unwrap();
            }
        }
        let _ = fs::remove_file(side.join("incidents.jsonl"));
        fs::write(side.join("head"), &head).unwrap();
        fs::write(day_file(home.path(), DAY), &content[..cut]).unwrap();
        let log = Log::open(home.path(), options(&clock)).unwrap();
        assert_eq!(log.recovery().verdict, Verdict::Truncated, "{cut}");
        log.append(&receipt("on", NOON)).unwrap();
        log.close().unwrap();
        assert_eq!(verify(home.path()).0, Verdict::Truncated, "{cut}");
    }
}

#[test]
fn every_flipped_byte_is_noticed() {
    let (home, clock) = finished(3);
    let content = fs::read(day_file(home.path(), DAY)).unwrap();
    for at in 0..content.len() {
        let mut flipped = content.clone();
        flipped[at] ^= 1 << (at % 8);
        fs::write(day_file(home.path(), DAY), &flipped).unwrap();
        let (verdict, findings) = verify(home.path());
        // What ends the last line in other white space is still a record, but
        // the file is not what the head remembers.
        assert_ne!(verdict, Verdict::Ok, "{at}: {findings:?}");
        if at % 41 == 0 {
            // Opening looks at the end alone; it must not panic or refuse.
            let log = Log::open(home.path(), options(&clock)).unwrap();
            log.verify(&VerifyOptions::default(), &mut ()).unwrap();
            drop(log);
            fs::remove_dir_all(home.path().join("audit")).unwrap();
            fs::create_dir(home.path().join("audit")).unwrap();
            fs::write(day_file(home.path(), DAY), &content).unwrap();
            Log::open(home.path(), options(&clock))
                .unwrap()
                .close()
                .unwrap();
        }
    }
}

#[test]
fn every_line_dropped_doubled_or_swapped_is_noticed() {
    let (home, _) = finished(6);
    let text = fs::read_to_string(day_file(home.path(), DAY)).unwrap();
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    for at in 0..lines.len() {
        let mut dropped = lines.clone();
        dropped.remove(at);
        let mut doubled = lines.clone();
        doubled.insert(at, lines[at]);
        let mut cases = vec![("dropped", dropped), ("doubled", doubled)];
        if at + 1 < lines.len() {
            let mut swapped = lines.clone();
            swapped.swap(at, at + 1);
            cases.push(("swapped", swapped));
        }
        for (what, changed) in cases {
            fs::write(day_file(home.path(), DAY), changed.concat()).unwrap();
            let (verdict, findings) = verify(home.path());
            let expected = match what {
                "dropped" => Verdict::Truncated,
                // Behind the last record nothing is remembered yet.
                "doubled" if at + 1 == lines.len() => Verdict::Forked,
                _ => Verdict::Tampered,
            };
            assert_eq!(verdict, expected, "{what} {at}");
            let last_dropped = what == "dropped" && at + 1 == lines.len();
            let first = findings.iter().map(|found| found.index).min().unwrap();
            let place = match what {
                "doubled" => at + 1,
                _ => at,
            };
            assert_eq!(
                first, place as u64,
                "{what} {at} {last_dropped}: {findings:?}"
            );
        }
    }
}

#[test]
fn durability_modes_say_what_they_do() {
    let home = tempfile::tempdir().unwrap();
    for (durability, expected) in [
        (Durability::Sync, true),
        (Durability::None, false),
        (Durability::Interval { millis: 3_600_000 }, true),
    ] {
        let log = Log::open(
            home.path(),
            LogOptions {
                durability,
                ..LogOptions::default()
            },
        )
        .unwrap();
        let now = Instant::now().to_text();
        // The first append of an interval is due.
        assert_eq!(log.append(&receipt("a", &now)).unwrap().durable, expected);
        if durability != Durability::Sync {
            assert!(!log.append(&receipt("b", &now)).unwrap().durable);
            assert_eq!(log.sync().unwrap(), log.len());
        }
    }
}

fn log_key() -> Arc<KeyPair> {
    Arc::new(KeyPair::from_seed(&[3; 32]))
}

fn with_log_key(clock: &Arc<TestClock>) -> LogOptions {
    LogOptions {
        log_key: Some(log_key()),
        origin: Some("example.com/log".to_owned()),
        ..options(clock)
    }
}

/// The tree over the hashes that stand in the lines, made without the tiles.
fn tree_of_lines(home: &Path) -> TreeHead {
    let text = fs::read_to_string(day_file(home, DAY)).unwrap();
    let mut frontier = Frontier::new();
    for line in text.lines() {
        let record: serde_json::Value = serde_json::from_str(line).unwrap();
        let hash = record["record_hash"].as_str().unwrap();
        let digits = hash.strip_prefix("sha256:").unwrap().as_bytes();
        let bytes: Vec<u8> = digits
            .chunks(2)
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
            .collect();
        frontier.push(leaf_hash(&bytes));
    }
    frontier.head()
}

#[test]
fn one_file_proves_one_record_offline() {
    let (home, clock) = finished(0);
    let log = Log::open(home.path(), with_log_key(&clock)).unwrap();
    let policy = CheckpointPolicy::of_log(log.verifier_key().unwrap()).unwrap();
    let mut heads = Vec::new();
    for number in 0..600_u64 {
        log.append(&receipt(&format!("tool{number}"), NOON))
            .unwrap();
        if ![0, 1, 254, 255, 256, 511, 599].contains(&number) {
            continue;
        }
        assert_eq!(
            log.tree_head().unwrap(),
            tree_of_lines(home.path()),
            "{number}"
        );
        for index in [0, number / 2, number] {
            let file = log.prove(index).unwrap().encode();
            let proof = TlogProof::parse(file.as_bytes()).unwrap();
            let record = log.read(index).unwrap();
            let verified = proof.verify(&record.record_hash, &policy).unwrap();
            assert_eq!(verified.checkpoint.head().size, number + 1);
            assert_eq!(
                proof.extra().unwrap(),
                record.view().id().unwrap().as_bytes()
            );
            assert!(proof.verify(&[0; 32], &policy).is_err());
        }
        heads.push(log.tree_head().unwrap());
    }
    let newest = *heads.last().unwrap();
    for old in &heads {
        let proof = log.prove_consistency(old.size).unwrap();
        assert_eq!(proof.old, *old);
        verify_consistency(old, &newest, &proof.path).unwrap();
    }
    assert_eq!(
        log.prove(600).unwrap_err().kind(),
        ErrorKind::RecordNotFound
    );
    let trusting = VerifyOptions {
        trusted_head: Some(heads[3]),
        threads: 2,
        ..VerifyOptions::default()
    };
    assert_eq!(log.verify(&trusting, &mut ()).unwrap().verdict, Verdict::Ok);
}

#[test]
fn the_tree_is_made_again_when_its_tiles_are_gone_or_wrong() {
    let (home, clock) = finished(700);
    let expected = tree_of_lines(home.path());
    let side = home.path().join("audit/.log");
    for damage in 0..4 {
        match damage {
            0 => {}
            1 => fs::remove_dir_all(&side).unwrap(),
            2 => fs::remove_dir_all(side.join("tile")).unwrap(),
            _ => {
                let tile = side.join("tile/0/001");
                let mut bytes = fs::read(&tile).unwrap();
                bytes[40] ^= 1;
                fs::write(&tile, bytes).unwrap();
            }
        }
        let log = Log::open(home.path(), with_log_key(&clock)).unwrap();
        assert_eq!(log.tree_head().unwrap(), expected, "{damage}");
        let policy = CheckpointPolicy::of_log(log.verifier_key().unwrap()).unwrap();
        let hash = log.read(300).unwrap().record_hash;
        log.prove(300).unwrap().verify(&hash, &policy).unwrap();
        log.close().unwrap();
    }
}

#[test]
fn a_checkpoint_outlives_the_head_v3() {
    for keep in [7, 0] {
        let (home, clock) = finished(10);
        let log = Log::open(home.path(), with_log_key(&clock)).unwrap();
        log.checkpoint().unwrap();
        log.close().unwrap();
        // Everything that the log remembers but its checkpoint.
        fs::remove_file(home.path().join("audit/.log/head")).unwrap();
        let path = day_file(home.path(), DAY);
        let text = fs::read_to_string(&path).unwrap();
        fs::write(
            &path,
            text.split_inclusive('\n').take(keep).collect::<String>(),
        )
        .unwrap();
        assert_eq!(verify(home.path()).0, Verdict::Truncated);
        let log = Log::open(home.path(), with_log_key(&clock)).unwrap();
        assert_eq!(log.checkpoint().unwrap_err().kind(), ErrorKind::LogDamaged);
    }
}

#[test]
fn a_rewritten_log_does_not_continue_its_checkpoint_v2() {
    let (home, clock) = finished(10);
    let log = Log::open(home.path(), with_log_key(&clock)).unwrap();
    log.checkpoint().unwrap();
    let trusted = log.tree_head().unwrap();
    log.close().unwrap();
    rewrite(home.path(), |receipts| {
        receipts.swap(2, 3);
        receipts.push(receipts[0].clone());
    });
    let side = home.path().join("audit/.log");
    fs::remove_file(side.join("head")).unwrap();
    fs::remove_dir_all(side.join("tile")).unwrap();
    assert!(published_chain(home.path()).valid);
    assert_eq!(verify(home.path()).0, Verdict::Tampered);
    let log = Log::open(home.path(), with_log_key(&clock)).unwrap();
    assert_eq!(log.checkpoint().unwrap_err().kind(), ErrorKind::LogDamaged);
    // Even with nothing left beside it, against a head kept elsewhere.
    drop(log);
    fs::remove_dir_all(&side).unwrap();
    let options = VerifyOptions {
        trusted_head: Some(trusted),
        ..VerifyOptions::default()
    };
    let report = verify_folder(&home.path().join("audit"), &options, &mut ()).unwrap();
    assert_eq!(report.verdict, Verdict::Tampered);
}
