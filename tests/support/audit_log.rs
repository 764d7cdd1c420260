//! A log to try things on: a clock that tests set, receipts of one agent, and
//! the published Signet beside it.

#![allow(dead_code, reason = "every test uses its own part")]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use signet::encoding::rfc3339::Instant;
use signet::identity::KeyPair;
use signet::log::{Clock, Finding, Log, LogOptions, Verdict, VerifyOptions, verify_folder};
use signet::receipt::{Action, ActionOptions, Receipt, SignOptions, Signer, sign};
use signet::tlog::tree::{Frontier, TreeHead, leaf_hash};
use tempfile::TempDir;

/// A clock that tests set.
#[derive(Debug)]
pub struct TestClock(Mutex<Instant>);

impl TestClock {
    pub fn at(text: &str) -> Arc<TestClock> {
        Arc::new(TestClock(Mutex::new(Instant::parse(text).unwrap())))
    }

    pub fn set(&self, text: &str) {
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

pub fn options(clock: &Arc<TestClock>) -> LogOptions {
    LogOptions {
        clock: Arc::clone(clock) as Arc<dyn Clock>,
        ..LogOptions::default()
    }
}

pub fn agent() -> KeyPair {
    KeyPair::from_seed(&[1; 32])
}

pub fn receipt_with(tool: &str, time: &str, params: &str) -> Receipt {
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

pub fn receipt(tool: &str, time: &str) -> Receipt {
    receipt_with(tool, time, r#"{"path":"/x","n":1}"#)
}

pub fn verify(home: &Path) -> (Verdict, Vec<Finding>) {
    let mut findings = Vec::new();
    let report = verify_folder(
        &home.join("audit"),
        &VerifyOptions::default(),
        &mut findings,
    )
    .unwrap();
    (report.verdict, findings)
}

pub fn published_chain(home: &Path) -> signet_core::audit::ChainStatus {
    signet_core::audit::verify_chain(home).unwrap()
}

pub fn published_append(home: &Path, receipt: &Receipt) {
    let value: serde_json::Value = serde_json::from_slice(receipt.json()).unwrap();
    signet_core::audit::append(home, &value).unwrap();
}

pub fn day_file(home: &Path, name: &str) -> PathBuf {
    home.join("audit").join(name)
}

pub const DAY: &str = "2026-11-20.jsonl";

pub const NOON: &str = "2026-11-20T12:00:00Z";

/// A log of `count` records, closed.
pub fn finished(count: usize) -> (TempDir, Arc<TestClock>) {
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

/// Rewrites a log's file as somebody without a key would, hashes and all.
pub fn rewrite(home: &Path, change: impl FnOnce(&mut Vec<serde_json::Value>)) {
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

pub fn log_key() -> Arc<KeyPair> {
    Arc::new(KeyPair::from_seed(&[3; 32]))
}

pub fn with_log_key(clock: &Arc<TestClock>) -> LogOptions {
    LogOptions {
        log_key: Some(log_key()),
        origin: Some("example.com/log".to_owned()),
        ..options(clock)
    }
}

/// The tree over the hashes that stand in the lines, made without the tiles.
pub fn tree_of_lines(home: &Path) -> TreeHead {
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
