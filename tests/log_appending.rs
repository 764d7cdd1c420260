//! The audit log on a real file system: appending, reading back, durability,
//! limits, and who may read what it makes.

#[path = "support/audit_log.rs"]
mod audit_log;

use std::fs;
use std::ops::ControlFlow;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

use signet::encoding::rfc3339::Instant;
use signet::error::ErrorKind;
use signet::identity::KeyPair;
use signet::log::{
    Durability, Finding, FindingKind, Log, LogOptions, SignaturePolicy, Verdict, VerifyOptions,
    verify_folder,
};

use audit_log::{
    DAY, NOON, TestClock, agent, day_file, finished, options, published_chain, receipt,
    receipt_with, verify,
};

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
