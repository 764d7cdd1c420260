//! A log that is only read: what it answers is what the open log answers, and
//! nothing in the folder changes.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;

use signet::ErrorKind;
use signet::encoding::rfc3339::Instant;
use signet::identity::KeyPair;
use signet::log::{
    BundleFindingKind, BundleOptions, BundleTrust, Log, LogFolder, LogOptions, Query, Verdict,
    VerifyOptions, verify_bundle,
};

fn filled(home: &Path, records: usize) -> Log {
    let log = Log::open(home, LogOptions::default()).unwrap();
    for number in 0..records {
        let record = format!(
            r#"{{"action":{{"tool":"t{}"}},"n":{number},"ts":"2026-01-01T00:00:00Z"}}"#,
            number % 3
        );
        log.append_json(record.as_bytes()).unwrap();
    }
    log
}

fn numbers(log: &LogFolder, query: &Query<'_>) -> Vec<u64> {
    let mut found = Vec::new();
    log.query(query, |record| {
        found.push(record.index);
        ControlFlow::Continue(())
    })
    .unwrap();
    found
}

fn snapshot(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let content = std::fs::read(&path).unwrap();
            files.insert(path.to_string_lossy().into_owned(), content);
        } else {
            files.extend(snapshot(&path));
        }
    }
    files
}

#[test]
fn it_answers_what_the_open_log_answers_and_changes_nothing() {
    let home = tempfile::tempdir().unwrap();
    let audit = home.path().join("audit");
    let log = filled(home.path(), 20);
    // Beside an open log that has not left a head yet, and after it was closed.
    for closed in [false, true] {
        if closed {
            log.close().unwrap();
        }
        let before = snapshot(&audit);
        let folder = LogFolder::open(&audit).unwrap();
        assert_eq!(folder.len().unwrap(), 20);
        let tool = Query {
            tool: Some("t1"),
            ..Query::default()
        };
        let all: Vec<u64> = (0..20).filter(|number| number % 3 == 1).collect();
        assert_eq!(numbers(&folder, &tool), all);
        let newest = Query {
            limit: Some(2),
            ..tool
        };
        assert_eq!(numbers(&folder, &newest), all[all.len() - 2..]);
        let first = Query {
            limit: Some(3),
            newest_first: true,
            ..Query::default()
        };
        assert_eq!(numbers(&folder, &first), [19, 18, 17]);
        let report = folder.verify(&VerifyOptions::default(), &mut ()).unwrap();
        assert_eq!((report.records, report.verdict), (20, Verdict::Ok));
        assert_eq!(snapshot(&audit), before);
    }
}

#[test]
fn a_log_without_memory_and_a_damaged_one_are_read_too() {
    let home = tempfile::tempdir().unwrap();
    let audit = home.path().join("audit");
    filled(home.path(), 5).close().unwrap();
    std::fs::remove_dir_all(audit.join(".log")).unwrap();
    let mut paths = std::fs::read_dir(&audit)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let segment = paths
        .find(|path| {
            path.extension()
                .is_some_and(|extension| extension == "jsonl")
        })
        .unwrap();
    let folder = LogFolder::open(&audit).unwrap();
    assert_eq!(folder.len().unwrap(), 5);
    let mut text = std::fs::read_to_string(&segment).unwrap();
    text.push_str("{\"receipt\":{\"half");
    std::fs::write(&segment, &text).unwrap();
    assert_eq!(numbers(&folder, &Query::default()), [0, 1, 2, 3, 4]);
    assert_eq!(std::fs::read_to_string(&segment).unwrap(), text);
    let none = LogFolder::open(&home.path().join("none")).unwrap_err();
    assert_eq!(none.kind(), ErrorKind::Io);
}

#[test]
fn a_bundle_needs_no_open_log_and_says_when_nobody_signed_it() {
    let home = tempfile::tempdir().unwrap();
    filled(home.path(), 6).close().unwrap();
    let folder = LogFolder::open(&home.path().join("audit")).unwrap();
    let exporter = KeyPair::from_seed(&[7; 32]);
    for signed in [true, false] {
        let target = home.path().join(format!("bundle-{signed}"));
        let options = BundleOptions {
            exporter: signed.then_some(&exporter),
            exporter_name: "exporter",
            generated_at: Instant::parse("2026-02-01T00:00:00Z").unwrap(),
            host: None,
            trust_bundle: None,
        };
        let query = Query {
            limit: Some(4),
            ..Query::default()
        };
        let manifest = folder.write_bundle(&target, &query, &options).unwrap();
        assert_eq!(manifest.record_count, 4);
        let trust = BundleTrust {
            exporters: &[exporter.public_key()],
            ..BundleTrust::default()
        };
        let report = verify_bundle(&target, &trust).unwrap();
        let unsigned = |kind| kind == BundleFindingKind::Unsigned;
        let told = report.findings.iter().any(|finding| unsigned(finding.kind));
        assert_eq!((report.exporter.is_some(), told), (signed, !signed));
        if let Some(statement) = manifest.statement {
            let whole = folder.verify(&VerifyOptions::default(), &mut ()).unwrap();
            assert_eq!(statement.log_record_count, 6);
            assert_eq!(
                statement.log_tip_record_hash,
                signet::log::line::hash_text(&whole.last)
            );
        }
    }
}
