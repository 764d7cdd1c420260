//! Processes that append to one folder and are killed, beside a writer of the
//! published Signet that is not.
//!
//! The test runs itself again as the writers; an acknowledged append is a line
//! on a writer's standard output.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use signet::encoding::hex;
use signet::encoding::rfc3339::Instant;
use signet::log::{Log, LogOptions, Verdict, VerifyOptions};

const ROLE: &str = "SIGNET_TEST_ROLE";
const HOME: &str = "SIGNET_TEST_HOME";
const NAME: &str = "SIGNET_TEST_NAME";

fn record(name: &str, number: u64) -> String {
    let padding = "x".repeat((number % 40) as usize * 50);
    format!(
        r#"{{"n":"{name}.{number}","p":"{padding}","ts":"{}"}}"#,
        Instant::now().to_text()
    )
}

fn tell(name: &str, index: u64, hash: &[u8; 32]) {
    let line = format!("ack {name} {index} {}\n", hex::encode(hash));
    // One write, so that a kill leaves a whole line or none.
    let _ = std::io::stdout().write_all(line.as_bytes());
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
        for number in 0..40 {
            let value = serde_json::from_str(&record(&name, number)).unwrap();
            signet_core::audit::append(home, &value).unwrap();
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
                    let Ok(appended) = log.append_json(json.as_bytes()) else {
                        return;
                    };
                    assert!(appended.durable);
                    tell(
                        &format!("{name}.{number}"),
                        appended.index,
                        &appended.record_hash,
                    );
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

#[test]
fn killed_processes_lose_nothing_and_stop_nobody_d1() {
    let factor = std::env::var("SIGNET_TORTURE")
        .ok()
        .and_then(|text| text.parse::<u64>().ok())
        .unwrap_or(1);
    let home = tempfile::tempdir().unwrap();
    let mut promised: HashMap<u64, (String, String)> = HashMap::new();
    let mut published = 0;
    for round in 0..6 * factor {
        let ours: Vec<Child> = (0..3)
            .map(|number| spawn("ours", home.path(), &format!("r{round}.p{number}")))
            .collect();
        let theirs = spawn("published", home.path(), &format!("r{round}.published"));
        for mut child in ours {
            std::thread::sleep(Duration::from_millis(60 + round % 5 * 17));
            child.kill().unwrap();
            child.wait().unwrap();
            for line in BufReader::new(child.stdout.take().unwrap()).lines() {
                let line = line.unwrap();
                let Some(at) = line.find("ack ") else {
                    continue;
                };
                let words: Vec<&str> = line[at..].split(' ').collect();
                let [_, name, index, hash] = words[..] else {
                    panic!("{line}");
                };
                let promise = (name.to_owned(), hash.to_owned());
                let earlier = promised.insert(index.parse().unwrap(), promise);
                assert!(earlier.is_none(), "index {index} was given twice");
            }
        }
        let output = theirs.wait_with_output().unwrap();
        assert!(
            output.status.success(),
            "the published writer failed: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        published += 40;
    }
    assert!(promised.len() > 20, "hardly anything was written");

    let log = Log::open(home.path(), LogOptions::default()).unwrap();
    let mut findings = Vec::new();
    let report = log
        .verify(&VerifyOptions::default(), &mut findings)
        .unwrap();
    assert_eq!(report.verdict, Verdict::Ok, "{findings:?}");
    let chain = signet_core::audit::verify_chain(home.path()).unwrap();
    assert!(chain.valid);
    assert_eq!(chain.total_records as u64, report.records);

    // The files, read without the log.
    let mut names: Vec<_> = std::fs::read_dir(home.path().join("audit"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|kind| kind == "jsonl"))
        .collect();
    names.sort();
    let mut text = String::new();
    for name in names {
        std::fs::File::open(name)
            .unwrap()
            .read_to_string(&mut text)
            .unwrap();
    }
    let mut seen = HashMap::new();
    let mut theirs = 0;
    for (index, line) in (0_u64..).zip(text.lines()) {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        let name = line["receipt"]["n"].as_str().unwrap().to_owned();
        theirs += u64::from(name.contains("published"));
        if let Some((promised_name, hash)) = promised.get(&index) {
            assert_eq!(*promised_name, name, "{index}");
            assert_eq!(
                format!("sha256:{hash}"),
                line["record_hash"].as_str().unwrap()
            );
        }
        assert_eq!(seen.insert(name, index), None);
    }
    assert_eq!(theirs, published);
    for (index, (name, _)) in &promised {
        assert_eq!(
            seen.get(name),
            Some(index),
            "{name} was acknowledged and is gone"
        );
    }
}
