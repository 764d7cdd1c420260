//! Processes that append to one folder and are killed, beside writers of the
//! published Signet, in Rust and in Python.
//!
//! The test runs itself again as the writers; an acknowledged append is a line
//! on a writer's standard output. `SIGNET_TORTURE` multiplies the rounds.

#[path = "support/log_history.rs"]
mod log_history;
#[path = "support/published.rs"]
mod published;
#[path = "support/vectors.rs"]
mod vectors;

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, SystemTime};

use log_history::{History, Outcome};
use signet::encoding::hex;
use signet::encoding::rfc3339::Instant;
use signet::log::{Log, LogOptions, Verdict, VerifyOptions};

const ROLE: &str = "SIGNET_TEST_ROLE";
const HOME: &str = "SIGNET_TEST_HOME";
const NAME: &str = "SIGNET_TEST_NAME";

/// How many records a published writer appends that is not killed.
const THEIRS: u64 = 25;

fn record(name: &str, number: u64) -> String {
    let padding = "x".repeat((number % 40) as usize * 50);
    format!(
        r#"{{"n":"{name}.{number}","p":"{padding}","ts":"{}"}}"#,
        Instant::now().to_text()
    )
}

/// A clock that all processes share.
fn nanoseconds() -> u64 {
    let since = SystemTime::UNIX_EPOCH.elapsed().unwrap();
    u64::try_from(since.as_nanos()).unwrap()
}

/// One write, so that a kill leaves a whole line or none.
fn tell(line: &str) {
    let _ = std::io::stdout().write_all(format!("{line}\n").as_bytes());
    let _ = std::io::stdout().flush();
}

/// Not a test by itself: what the writers run.
#[test]
fn writer() {
    let (Ok(role), Ok(home), Ok(name)) = (
        std::env::var(ROLE),
        std::env::var(HOME),
        std::env::var(NAME),
    ) else {
        return;
    };
    let home = Path::new(&home);
    if role == "published" {
        for number in 0..THEIRS {
            let value = serde_json::from_str(&record(&name, number)).unwrap();
            // It gives up what it finds torn, until one of ours has repaired it.
            if signet_core::audit::append(home, &value).is_ok() {
                tell(&format!("wrote {name}.{number}"));
            }
        }
        return;
    }
    let log = Log::open(home, LogOptions::default()).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..3 {
            let (log, name) = (&log, format!("{name}.{thread}"));
            scope.spawn(move || {
                for number in 0.. {
                    let json = record(&name, number);
                    let begun = nanoseconds();
                    let appended = log.append_json(json.as_bytes()).unwrap();
                    let ended = nanoseconds();
                    assert!(appended.durable);
                    let hash = hex::encode(&appended.record_hash);
                    let index = appended.index;
                    tell(&format!(
                        "ack {name}.{number} {index} {hash} {begun} {ended}"
                    ));
                }
            });
        }
    });
}

fn spawn(role: &str, home: &Path, name: &str) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "writer", "--nocapture", "--test-threads=1"])
        .env(ROLE, role)
        .env(HOME, home)
        .env(NAME, name)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Notes what a writer has said.
fn note(history: &mut History, said: impl std::io::Read) {
    for line in BufReader::new(said).lines() {
        let line = line.unwrap();
        // The test harness writes on the same line.
        let Some(at) = line.find("ack ").or_else(|| line.find("wrote ")) else {
            continue;
        };
        let words: Vec<&str> = line[at..].split(' ').collect();
        match words[..] {
            ["ack", name, index, hash, begun, ended] => {
                let outcome = Outcome::Acknowledged {
                    index: index.parse().unwrap(),
                    hash: hex::decode(hash.as_bytes()).unwrap(),
                    durable: true,
                };
                let [begun, ended] = [begun, ended].map(|time| time.parse().unwrap());
                history.add(name, begun, ended, outcome);
            }
            ["wrote", name] => history.add(name, 0, 0, Outcome::Written),
            _ => panic!("{line}"),
        }
    }
}

/// What everybody's programs say of the log.
fn check(home: &Path, history: &History) {
    let log = Log::open(home, LogOptions::default()).unwrap();
    let mut findings = Vec::new();
    let report = log
        .verify(&VerifyOptions::default(), &mut findings)
        .unwrap();
    assert_eq!(report.verdict, Verdict::Ok, "{findings:?}");
    let chain = signet_core::audit::verify_chain(home).unwrap();
    assert!(chain.valid, "{:?}", chain.break_point);
    assert_eq!(chain.total_records as u64, report.records);
    let counted = history
        .check(&log_history::files(&home.join("audit")))
        .unwrap_or_else(|wrong| panic!("{wrong}"));
    assert_eq!(counted, report.records);
}

fn scaled(rounds: u64) -> u64 {
    let factor = std::env::var("SIGNET_TORTURE").ok();
    rounds * factor.and_then(|text| text.parse().ok()).unwrap_or(1)
}

/// Ends writers of ours after a while.
fn kill(history: &mut History, writers: Vec<Child>, millis: u64) {
    for mut child in writers {
        std::thread::sleep(Duration::from_millis(millis));
        child.kill().unwrap();
        let output = child.wait_with_output().unwrap();
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(!complaint.contains("panicked"), "{complaint}");
        note(history, &output.stdout[..]);
    }
}

#[test]
fn killed_processes_lose_nothing_and_stop_nobody_d1() {
    let home = tempfile::tempdir().unwrap();
    let mut history = History::among_strangers();
    let rounds = scaled(6);
    for round in 0..rounds {
        let ours: Vec<Child> = (0..3)
            .map(|number| spawn("ours", home.path(), &format!("r{round}.p{number}")))
            .collect();
        let theirs = spawn("published", home.path(), &format!("r{round}.published"));
        kill(&mut history, ours, 50 + round % 5 * 17);
        let output = theirs.wait_with_output().unwrap();
        assert!(output.status.success());
        note(&mut history, &output.stdout[..]);
    }
    let acknowledged = history.acknowledged();
    println!("{} kills, {acknowledged} records acknowledged", 3 * rounds);
    assert!(acknowledged > 20, "hardly anything was written");
    check(home.path(), &history);
}

#[test]
fn a_killed_writer_of_the_published_signet_leaves_a_log_that_goes_on_d1() {
    let home = tempfile::tempdir().unwrap();
    let mut history = History::among_strangers();
    for round in 0..scaled(6) {
        let mut theirs = spawn("published", home.path(), &format!("r{round}.published"));
        std::thread::sleep(Duration::from_millis(3 + round * 7 % 40));
        theirs.kill().unwrap();
        let output = theirs.wait_with_output().unwrap();
        // What it said last may be glued to what was torn, by itself.
        note(&mut history, &output.stdout[..]);
        let ours = spawn("ours", home.path(), &format!("r{round}.ours"));
        kill(&mut history, vec![ours], 60);
    }
    check(home.path(), &history);
}

#[test]
fn writers_in_rust_and_python_share_a_log_with_ours_d7() {
    if published::python_command().is_none() {
        return;
    }
    let python = || published::python_command().unwrap();
    let home = tempfile::tempdir().unwrap();
    let mut history = History::among_strangers();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/published_writer.py");
    for round in 0..scaled(2) {
        let ours: Vec<Child> = (0..2)
            .map(|number| spawn("ours", home.path(), &format!("r{round}.p{number}")))
            .collect();
        let rust = spawn("published", home.path(), &format!("r{round}.rust"));
        let pythons: Vec<Child> = (0..2)
            .map(|number| {
                python()
                    .arg(&script)
                    .arg(home.path())
                    .args([&format!("r{round}.python{number}"), "25"])
                    .stdout(Stdio::piped())
                    .spawn()
                    .unwrap()
            })
            .collect();
        for child in pythons.into_iter().chain([rust]) {
            let output = child.wait_with_output().unwrap();
            assert!(output.status.success(), "{output:?}");
            let said = String::from_utf8_lossy(&output.stdout);
            assert_eq!(said.matches("wrote ").count(), 25, "{said}");
            note(&mut history, &output.stdout[..]);
        }
        kill(&mut history, ours, 20);
    }
    check(home.path(), &history);
    // And Python's own opinion.
    let opinion = "import sys, signet_auth as s; c = s.audit_verify_chain(sys.argv[1]); \
                   v = s.audit_verify_signatures(sys.argv[1]); print(c.valid, c.total_records)";
    let output = python()
        .args(["-c", opinion])
        .arg(home.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.starts_with("True "), "{said}{output:?}");
}
