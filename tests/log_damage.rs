//! What is cut, changed or missing in a log, told by verifying and by opening it.

#[path = "support/audit_log.rs"]
mod audit_log;

use std::fs;

use signet::log::{FindingKind, Log, Verdict, VerifyOptions};

use audit_log::{
    DAY, NOON, day_file, finished, options, published_chain, receipt, rewrite, verify,
};

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
