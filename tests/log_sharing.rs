//! A log that this library, the published Signet and its JavaScript hooks append
//! to.

#[path = "support/audit_log.rs"]
mod audit_log;
#[path = "support/log_history.rs"]
mod log_history;
#[path = "support/vectors.rs"]
mod vectors;

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, SystemTime};

use signet::encoding::rfc3339::Instant;
use signet::log::{Log, LogOptions, Verdict, VerifyOptions};
use signet::receipt::Receipt;

use audit_log::{
    DAY, NOON, TestClock, finished, options, published_append, published_chain, receipt, verify,
};
use log_history::{History, Outcome};

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
fn a_hook_in_a_process_of_its_own_loses_nothing_and_forks_nothing_d6() {
    let node = Command::new("node").arg("--version").output();
    if !node.is_ok_and(|output| output.status.success()) {
        return vectors::skip("node does not run");
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/hook_writer.mjs");
    for round in 0..3 {
        let home = tempfile::tempdir().unwrap();
        // The hooks find the day themselves; here it must not change meanwhile.
        let clock = TestClock::at(NOON);
        let log = Log::open(home.path(), options(&clock)).unwrap();
        let audit = home.path().join("audit");
        // One: two of them may delete each other's locks.
        let hooks: Vec<Child> = (0..1)
            .map(|hook| {
                Command::new("node")
                    .arg(&script)
                    .arg(audit.join(DAY))
                    .args([&format!("hook{hook}"), "15", "3"])
                    .stdout(Stdio::piped())
                    .spawn()
                    .unwrap()
            })
            .collect();
        let mut history = History::default();
        let begun = std::time::Instant::now();
        for number in 0.. {
            if number >= 100 && begun.elapsed() > Duration::from_millis(600) {
                break;
            }
            let json = format!(r#"{{"n":"ours.{number}","ts":"{NOON}"}}"#);
            let appended = log.append_json(json.as_bytes()).unwrap();
            let outcome = Outcome::Acknowledged {
                index: appended.index,
                hash: appended.record_hash,
                durable: true,
            };
            history.add(format!("ours.{number}"), number, number, outcome);
            // Now and then it is quiet, as between the calls of an agent.
            if number % 20 == round {
                std::thread::sleep(Duration::from_millis(20));
            }
        }
        for hook in hooks {
            let output = hook.wait_with_output().unwrap();
            let said = String::from_utf8_lossy(&output.stdout);
            assert!(!said.contains("dropped"), "round {round}: {said}");
            let wrote: Vec<&str> = said
                .lines()
                .filter_map(|line| line.strip_prefix("wrote "))
                .collect();
            assert_eq!(wrote.len(), 15, "round {round}: {said}");
            for name in wrote {
                history.add(name, 0, u64::MAX, Outcome::Written);
            }
        }
        let counted = history
            .check(&log_history::files(&audit))
            .unwrap_or_else(|wrong| panic!("round {round}: {wrong}"));
        assert_eq!(log.refresh().unwrap(), counted);
        let chain = published_chain(home.path());
        assert!(chain.valid && chain.total_records as u64 == counted);
        assert_eq!(verify(home.path()).0, Verdict::Ok);
    }
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
