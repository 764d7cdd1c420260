//! Torn ends: what a repair would do, what it does, and what is said about it.

#[path = "support/audit_log.rs"]
mod audit_log;

use std::collections::BTreeMap;
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use signet::error::ErrorKind;
use signet::identity::KeyPair;
use signet::log::{
    FindingKind, Log, LogOptions, RECOVER_TOOL, RepairPlan, SignaturePolicy, Verdict,
    VerifyOptions, plan_repair, repair,
};
use tempfile::TempDir;

use audit_log::{
    DAY, NOON, TestClock, agent, day_file, finished, options, published_append, published_chain,
    receipt, verify,
};

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

/// The log of five records with something behind them.
fn torn(tail: &[u8]) -> (TempDir, Arc<TestClock>) {
    let (home, clock) = finished(5);
    let mut content = fs::read(day_file(home.path(), DAY)).unwrap();
    content.extend_from_slice(tail);
    fs::write(day_file(home.path(), DAY), content).unwrap();
    (home, clock)
}

/// Every file below a folder, and what is in it; lock files apart.
fn everything(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(everything(&path));
        } else if !path.to_string_lossy().ends_with("lock") {
            found.insert(path.clone(), fs::read(path).unwrap());
        }
    }
    found
}

#[test]
fn a_plan_changes_nothing_and_repairing_does_what_it_says() {
    let tail = b"{\"receipt\":{\"half";
    let (home, clock) = torn(tail);
    let audit = home.path().join("audit");
    let before = everything(&audit);
    let plan = plan_repair(&audit).unwrap();
    assert_eq!(everything(&audit), before);
    let len = before[&day_file(home.path(), DAY)].len() as u64;
    let expected = RepairPlan {
        verdict: Verdict::Torn,
        index: 5,
        segment: DAY.to_owned(),
        offset: len - tail.len() as u64,
        set_aside: tail.len() as u64,
        complete_line: false,
    };
    assert_eq!(plan, expected);

    let mut refusing = options(&clock);
    refusing.repair_automatically = false;
    let recovery = repair(home.path(), &plan, refusing.clone()).unwrap();
    assert_eq!(recovery.verdict, Verdict::Torn);
    let quarantined = recovery.incidents[0].quarantined.clone().unwrap();
    assert_eq!(fs::read(audit.join(&quarantined.file)).unwrap(), tail);
    assert_eq!(quarantined.len, plan.set_aside);
    let cut = fs::read(day_file(home.path(), DAY)).unwrap();
    assert_eq!(cut.len() as u64, plan.offset);
    // Now it opens where nothing may be repaired, and there is nothing to do.
    let log = Log::open(home.path(), refusing).unwrap();
    log.append(&receipt("after", NOON)).unwrap();
    log.close().unwrap();
    assert!(plan_repair(&audit).unwrap().is_empty());
    assert_eq!(verify(home.path()).0, Verdict::Ok);
}

#[test]
fn a_plan_that_is_no_longer_true_is_refused() {
    let (home, clock) = torn(b"half");
    let audit = home.path().join("audit");
    let plan = plan_repair(&audit).unwrap();
    let mut content = fs::read(day_file(home.path(), DAY)).unwrap();
    content.extend_from_slice(b" and more");
    fs::write(day_file(home.path(), DAY), &content).unwrap();
    let refused = repair(home.path(), &plan, options(&clock)).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidArgument);
    assert_eq!(fs::read(day_file(home.path(), DAY)).unwrap(), content);
    repair(home.path(), &plan_repair(&audit).unwrap(), options(&clock)).unwrap();
    assert_eq!(verify(home.path()).0, Verdict::Ok);
}

#[test]
fn what_was_durable_is_never_set_aside() {
    let (home, clock) = finished(5);
    let path = day_file(home.path(), DAY);
    let mut content = fs::read(&path).unwrap();
    let len = content.len();
    content[len - 40..].fill(0);
    fs::write(&path, &content).unwrap();
    let audit = home.path().join("audit");
    let plan = plan_repair(&audit).unwrap();
    assert!(plan.is_empty(), "{plan:?}");
    assert_eq!(plan.verdict, Verdict::Tampered);
    let recovery = repair(home.path(), &plan, options(&clock)).unwrap();
    assert_eq!(recovery.verdict, Verdict::Tampered);
    assert_eq!(fs::read(&path).unwrap(), content);
    // What is no record any more is also one too few.
    let (verdict, _) = verify(home.path());
    assert!(matches!(verdict, Verdict::Tampered | Verdict::Truncated));
}

#[test]
fn a_signed_record_tells_of_a_recovery_exactly_where_there_is_a_key() {
    let key = Arc::new(KeyPair::from_seed(&[8; 32]));
    for keyed in [true, false] {
        let (home, clock) = torn(b"half");
        let opening = LogOptions {
            control_key: keyed.then(|| Arc::clone(&key)),
            ..options(&clock)
        };
        // However often it is opened, it is told once.
        for _ in 0..3 {
            Log::open(home.path(), opening.clone())
                .unwrap()
                .close()
                .unwrap();
        }
        let log = Log::open(home.path(), opening).unwrap();
        let mut told = Vec::new();
        log.for_each(0, |record| {
            if record.view().tool().as_deref() == Some(RECOVER_TOOL) {
                told.push(record.clone());
            }
            ControlFlow::Continue(())
        })
        .unwrap();
        assert_eq!(told.len(), usize::from(keyed));
        let agent = agent();
        let trusted = [key.public_key(), agent.public_key()];
        let signed = VerifyOptions {
            signatures: Some(SignaturePolicy {
                trusted: Some(&trusted),
                ..SignaturePolicy::default()
            }),
            ..VerifyOptions::default()
        };
        let report = log.verify(&signed, &mut ()).unwrap();
        assert_eq!(report.verdict, Verdict::Ok);
        assert_eq!(report.signatures_valid, 5 + u64::from(keyed));
        for told in told {
            let text = String::from_utf8(told.receipt).unwrap();
            let digest = signet::encoding::hex::encode(&signet::crypto::digest::sha256(b"half"));
            assert!(
                text.contains(&digest) && text.contains("\"quarantine_len\":4"),
                "{text}"
            );
        }
    }
}

#[test]
fn the_day_after_a_torn_end_goes_on_as_well_d2() {
    let (home, clock) = torn(b"{\"receipt\":{\"half");
    clock.set("2026-11-21T00:00:01Z");
    let log = Log::open(home.path(), options(&clock)).unwrap();
    log.append(&receipt("next day", "2026-11-21T00:00:01Z"))
        .unwrap();
    log.close().unwrap();
    assert!(day_file(home.path(), "2026-11-21.jsonl").exists());
    assert!(published_chain(home.path()).valid);
    assert_eq!(verify(home.path()).0, Verdict::Ok);
}

#[test]
fn a_log_that_may_not_be_repaired_refuses_to_record_d5() {
    let (home, clock) = finished(3);
    let refusing = LogOptions {
        repair_automatically: false,
        ..options(&clock)
    };
    let log = Log::open(home.path(), refusing).unwrap();
    // A published writer is killed in the middle of its line.
    let path = day_file(home.path(), DAY);
    let mut content = fs::read(&path).unwrap();
    content.extend_from_slice(b"{\"receipt\":{\"half");
    fs::write(&path, &content).unwrap();
    // Whoever asks before acting is told no, every time.
    for _ in 0..3 {
        let refused = log.append(&receipt("pay", NOON)).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::LogDamaged);
    }
    assert_eq!(fs::read(&path).unwrap(), content);
    repair(
        home.path(),
        &plan_repair(&home.path().join("audit")).unwrap(),
        options(&clock),
    )
    .unwrap();
    assert_eq!(log.append(&receipt("pay", NOON)).unwrap().index, 3);
}
