//! The log when the system refuses, or kills the process, at any of the system
//! calls that it makes.
//!
//! The test runs itself again under strace, which makes one call fail: the
//! first, then the second, and so on. Whatever was acknowledged must then be
//! there, and the log go on.

#[path = "support/log_history.rs"]
mod log_history;
#[path = "support/vectors.rs"]
mod vectors;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;

use log_history::{History, Outcome};
use signet::ErrorKind;
use signet::encoding::hex;
use signet::identity::KeyPair;
use signet::log::{Log, LogOptions, RECOVER_TOOL, Record, Verdict, VerifyOptions};
use tempfile::TempDir;

/// Set in a process that a test started from its own binary.
const HOME: &str = "SIGNET_TEST_HOME";
/// A file that is looked for when the work begins: its calls count from here.
const BEGIN: &str = "the-work-begins";
const TIME: &str = "2026-11-20T10:00:00.000Z";

fn options() -> LogOptions {
    LogOptions {
        control_key: Some(Arc::new(KeyPair::from_seed(&[7; 32]))),
        log_key: Some(Arc::new(KeyPair::from_seed(&[3; 32]))),
        lock_timeout_millis: 2000,
        ..LogOptions::default()
    }
}

fn record(name: &str) -> Record {
    let padding = "x".repeat(700);
    let json = format!(r#"{{"n":"{name}","p":"{padding}","ts":"{TIME}"}}"#);
    Record::parse(json.as_bytes(), 1 << 20).unwrap()
}

/// Tells the parent, at once, what has been done.
fn say(text: &str) {
    let mut stdout = std::io::stdout().lock();
    let _ = stdout.write_all(format!("\n@{text}\n").as_bytes());
    let _ = stdout.flush();
}

fn append(log: &Log, names: &[&str]) {
    let records: Vec<Record> = names.iter().map(|name| record(name)).collect();
    match log.append_many(&records) {
        Ok(appended) => {
            for (name, appended) in names.iter().zip(appended) {
                assert!(appended.durable);
                let hash = hex::encode(&appended.record_hash);
                say(&format!("kept {name} {} {hash}", appended.index));
            }
        }
        Err(error) if error.kind() == ErrorKind::SyncFailed => {}
        Err(_) => names
            .iter()
            .for_each(|name| say(&format!("refused {name}"))),
    }
}

const NAMES: [&str; 8] = ["a", "b", "c", "d", "e", "f", "g", "h"];

/// Makes more calls of each kind that a starting process makes as well: strace
/// counts them for each thread, and only this one's are to fail.
fn outnumber_the_main_thread() {
    use std::io::Seek;
    use std::os::unix::fs::FileExt;
    for _ in 0..40 {
        let mut null = fs::OpenOptions::new()
            .read(true)
            .write(true)
            .open("/dev/null")
            .unwrap();
        let _ = null.read_at(&mut [0], 0);
        let _ = null.write(&[0]);
        let _ = null.metadata();
        let _ = null.rewind();
        let _ = fs::metadata("/dev/null");
        let _ = fs::read_dir("/dev/fd").map(Iterator::count);
    }
}

/// Opens the log, writes, proves, and opens it again.
fn work(home: &Path) {
    outnumber_the_main_thread();
    let _ = fs::metadata(home.join(BEGIN));
    if let Ok(log) = Log::open(home, options()) {
        append(&log, &["a"]);
        append(&log, &["b", "c"]);
        let _ = log.checkpoint();
        append(&log, &["d"]);
        let _ = log.close();
    }
    if let Ok(log) = Log::open(home, options()) {
        append(&log, &["e"]);
        let _ = log.sync();
        append(&log, &["f", "g"]);
        // Without being closed.
        std::mem::forget(log);
    }
    say("done");
}

/// A home whose log has three records, and perhaps a torn one behind them.
fn prepared(torn: bool) -> (TempDir, History) {
    let home = tempfile::tempdir().unwrap();
    let mut history = History::default();
    let log = Log::open(home.path(), options()).unwrap();
    for name in ["x", "y", "z"] {
        let appended = log.append_record(&record(name)).unwrap();
        let outcome = Outcome::Acknowledged {
            index: appended.index,
            hash: appended.record_hash,
            durable: true,
        };
        history.add(name, 0, 1, outcome);
    }
    log.close().unwrap();
    if torn {
        let segment = log_history::files(&home.path().join("audit"))
            .into_keys()
            .next()
            .unwrap();
        let path = home.path().join("audit").join(segment);
        let mut file = fs::OpenOptions::new().append(true).open(path).unwrap();
        file.write_all(b"{\"receipt\":{\"n\":\"torn\"").unwrap();
    }
    (home, history)
}

/// This test's own binary, under strace.
fn traced(test: &str, home: &Path, trace: &Path, arguments: &[String]) -> Output {
    let binary = std::env::current_exe().unwrap();
    Command::new("strace")
        .args(["-f", "-qq", "-o"])
        .arg(trace)
        .args(arguments)
        .arg(binary)
        .args([test, "--exact", "--nocapture", "--test-threads=1"])
        .env(HOME, home)
        .stderr(Stdio::null())
        .output()
        .unwrap()
}

/// How many calls of each kind come before the work, and how many in it, by
/// the thread that does it.
fn calls_of_work(test: &str, torn: bool) -> BTreeMap<String, (usize, usize)> {
    let (home, _) = prepared(torn);
    let trace = home.path().join("trace");
    let output = traced(
        test,
        home.path(),
        &trace,
        &["-e".into(), "trace=all".into()],
    );
    assert!(output.status.success());
    let trace = fs::read_to_string(&trace).unwrap();
    let begin = trace.lines().position(|line| line.contains(BEGIN)).unwrap();
    let thread = trace.lines().nth(begin).unwrap().split(' ').next().unwrap();
    let mut calls = BTreeMap::<String, (usize, usize)>::new();
    for (number, line) in trace.lines().enumerate() {
        let mut words = line.split_whitespace();
        let (Some(by), Some(call)) = (words.next(), words.next()) else {
            continue;
        };
        if by == thread
            && let Some((name, _)) = call.split_once('(')
        {
            let (before, within) = calls.entry(name.to_owned()).or_default();
            match number < begin {
                true => *before += 1,
                false => *within += 1,
            }
        }
    }
    calls
}

/// Runs the work with a fault at one call, and checks what it leaves behind;
/// `false` when this time there were fewer calls.
fn fault_at(test: &str, torn: bool, fault: &str, call: &str, when: &str) -> bool {
    let context = format!("{fault} at {call} {when}");
    let (home, mut history) = prepared(torn);
    let trace = home.path().join("trace");
    let arguments = [
        "-e".to_owned(),
        format!("trace={call}"),
        "-e".to_owned(),
        format!("inject={call}:{fault}:when={when}"),
    ];
    let output = traced(test, home.path(), &trace, &arguments);
    let injected = fs::read_to_string(&trace).unwrap();
    let killed = !output.status.success();
    assert!(!killed || fault.contains("KILL"), "{context}: it panicked");
    let text = String::from_utf8_lossy(&output.stdout);
    let mut outcomes: BTreeMap<&str, Outcome> =
        NAMES.iter().map(|name| (*name, Outcome::Unknown)).collect();
    for line in text.lines().filter_map(|line| line.strip_prefix('@')) {
        let words: Vec<&str> = line.split(' ').collect();
        match words[..] {
            ["kept", name, index, hash] => {
                let outcome = Outcome::Acknowledged {
                    index: index.parse().unwrap(),
                    hash: hex::decode(hash.as_bytes()).unwrap(),
                    durable: true,
                };
                outcomes.insert(name, outcome);
            }
            ["refused", name] => {
                outcomes.insert(name, Outcome::Refused);
            }
            _ => {}
        }
    }
    for (time, (name, outcome)) in (2..).zip(outcomes) {
        history.add(name, time, time, outcome);
    }
    check(home.path(), &history, torn, &context);
    killed || injected.contains("INJECTED")
}

/// The log opens, is whole, holds what was promised, and goes on.
fn check(home: &Path, history: &History, torn: bool, context: &str) {
    let log = Log::open(home, options()).unwrap_or_else(|error| panic!("{context}: {error}"));
    let found = log.recovery().verdict;
    assert!(
        matches!(found, Verdict::Ok | Verdict::Torn | Verdict::SyncFailed),
        "{context}: {found:?}"
    );
    assert!(log.append_record(&record("i")).unwrap().durable);
    log.checkpoint().unwrap();
    log.prove(0).unwrap();
    let mut findings = Vec::new();
    let report = log
        .verify(&VerifyOptions::default(), &mut findings)
        .unwrap();
    assert_eq!(report.verdict, Verdict::Ok, "{context}: {findings:?}");
    log.close().unwrap();
    let records = log_history::chain(&log_history::files(&home.join("audit")))
        .unwrap_or_else(|wrong| panic!("{context}: {wrong}"));
    let ours: Vec<_> = records
        .iter()
        .filter(|found| log_history::name_of(&found.receipt).as_deref() != Some("i"))
        .cloned()
        .collect();
    history
        .check_records(&ours)
        .unwrap_or_else(|wrong| panic!("{context}: {wrong}"));
    if torn {
        // The torn bytes are kept, and a signed record tells of them once.
        let is_told = |found: &&log_history::Found| found.receipt["action"]["tool"] == RECOVER_TOOL;
        let told = records.iter().filter(is_told).count();
        assert!(told <= 1, "{context}: told {told} times");
        let quarantine = home.join("audit/.log/quarantine");
        let kept = fs::read_dir(&quarantine)
            .unwrap()
            .map(|entry| fs::read(entry.unwrap().path()).unwrap())
            .any(|bytes| bytes.starts_with(b"{\"receipt\":{\"n\":\"torn\""));
        assert!(kept, "{context}: what was set aside is gone");
    }
}

fn strace_is_missing() -> bool {
    let run = Command::new("strace")
        .args(["-qq", "-e", "trace=none", "true"])
        .status();
    let missing = !run.is_ok_and(|status| status.success());
    if missing {
        vectors::skip("strace does not run");
    }
    missing
}

/// Puts a fault at calls of each of these kinds: at so many of them as the time
/// allows, spread over the work, or at all with a larger `SIGNET_TORTURE`.
fn inject(
    test: &str,
    torn: bool,
    fault: &str,
    kinds: &[&str],
    calls: &BTreeMap<String, (usize, usize)>,
) {
    let torture = std::env::var("SIGNET_TORTURE").ok();
    let torture: usize = torture.and_then(|text| text.parse().ok()).unwrap_or(1);
    for kind in kinds {
        let Some((before, within)) = calls.get(*kind) else {
            continue;
        };
        let runs = (3 * torture).min(*within);
        let met = (0..runs)
            .map(|run| (before + 1 + run * within / runs).to_string())
            .filter(|when| fault_at(test, torn, fault, kind, when))
            .count();
        // Only the short way of an append seeks, and the time decides when it is taken.
        let is_certain = *kind != "lseek";
        assert!(met > 0 || !is_certain, "{kind} was never made to fail");
        println!("{fault} at {met} of {within} calls of {kind}");
    }
}

/// Everything by which the log changes or looks at the disk.
const CHANGES: [&str; 12] = [
    "openat",
    "write",
    "pwrite64",
    "fdatasync",
    "fsync",
    "rename",
    "ftruncate",
    "flock",
    "mkdir",
    "unlink",
    "utimensat",
    "fchmod",
];

fn fault_everywhere(test: &str, torn: bool, fault: &str, kinds: &[&str]) {
    if let Some(home) = std::env::var_os(HOME) {
        return work(Path::new(&home));
    }
    if strace_is_missing() {
        return;
    }
    let calls = calls_of_work(test, torn);
    for needed in ["openat", "write", "fdatasync", "flock"] {
        assert!(calls[needed].1 > 0, "{needed} is not called: {calls:?}");
    }
    inject(test, torn, fault, kinds, &calls);
}

#[test]
fn killed_at_each_system_call_the_log_loses_nothing_d1() {
    const TEST: &str = "killed_at_each_system_call_the_log_loses_nothing_d1";
    fault_everywhere(TEST, false, "signal=SIGKILL", &CHANGES);
}

#[test]
fn killed_at_each_system_call_of_a_recovery_the_log_recovers_d2() {
    const TEST: &str = "killed_at_each_system_call_of_a_recovery_the_log_recovers_d2";
    fault_everywhere(TEST, true, "signal=SIGKILL", &CHANGES);
}

#[test]
fn an_input_output_error_at_each_system_call_is_answered_and_survived() {
    const TEST: &str = "an_input_output_error_at_each_system_call_is_answered_and_survived";
    let kinds = [
        &CHANGES[..],
        &["pread64", "statx", "fstat", "lseek", "getdents64"],
    ]
    .concat();
    fault_everywhere(TEST, true, "error=EIO", &kinds);
}

#[test]
fn a_full_disk_at_each_system_call_is_answered_and_survived_d3() {
    const TEST: &str = "a_full_disk_at_each_system_call_is_answered_and_survived_d3";
    let kinds = [
        "openat",
        "write",
        "pwrite64",
        "fdatasync",
        "mkdir",
        "rename",
    ];
    fault_everywhere(TEST, false, "error=ENOSPC", &kinds);
}

#[test]
fn an_interrupted_system_call_changes_nothing() {
    const TEST: &str = "an_interrupted_system_call_changes_nothing";
    let kinds = [
        "openat",
        "write",
        "pwrite64",
        "pread64",
        "fdatasync",
        "flock",
        "ftruncate",
    ];
    fault_everywhere(TEST, true, "error=EINTR", &kinds);
}
