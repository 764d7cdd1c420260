//! Homes with a log in them, made with the library, and damage to it.

#[path = "../support/audit_log.rs"]
mod audit_log;

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::Value;
use signet::encoding::rfc3339::Instant;
use signet::identity::{KeyPair, Keystore, NewIdentity, Protection};
use signet::log::{Log, LogOptions};

use crate::program::Place;

pub use audit_log::{DAY, NOON, receipt, receipt_with, rewrite};
use audit_log::{TestClock, options};

const NEXT_NOON: &str = "2026-11-21T12:00:00Z";

/// A home with the identities `agent`, `log` and `stranger` and a log of so many
/// records of `agent`.
pub fn with_records(count: usize) -> Place {
    let place = Place::new();
    let store = Keystore::open(place.home()).unwrap();
    for (name, seed) in [("agent", 1), ("log", 3), ("stranger", 5)] {
        let identity = NewIdentity::new(Protection::Unencrypted, Instant::parse(NOON).unwrap());
        store.import(name, &[seed; 32], &identity).unwrap();
    }
    let log = opened(&place);
    for number in 0..count {
        log.append(&receipt(&format!("tool{number}"), NOON))
            .unwrap();
    }
    log.close().unwrap();
    place
}

/// The log, with a clock that stands at noon of the day of its file.
pub fn opened(place: &Place) -> Log {
    Log::open(&place.home(), options(&TestClock::at(NOON))).unwrap()
}

/// The log a day later, with the key of a seed for its control key.
pub fn opened_next_day(place: &Place, control_key: u8) -> Log {
    let options = LogOptions {
        control_key: Some(Arc::new(KeyPair::from_seed(&[control_key; 32]))),
        ..options(&TestClock::at(NEXT_NOON))
    };
    Log::open(&place.home(), options).unwrap()
}

/// The time of that clock.
pub fn next_noon() -> Instant {
    Instant::parse(NEXT_NOON).unwrap()
}

/// Appends records.
pub fn append(place: &Place, tools: &[&str]) {
    let log = opened(place);
    for tool in tools {
        log.append(&receipt(tool, NOON)).unwrap();
    }
    log.close().unwrap();
}

/// The file with the records.
pub fn day_file(place: &Place) -> PathBuf {
    place.home().join("audit").join(DAY)
}

/// Changes the lines of that file.
pub fn change_lines(place: &Place, change: impl FnOnce(&mut Vec<String>)) {
    let text = fs::read_to_string(day_file(place)).unwrap();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    change(&mut lines);
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    fs::write(day_file(place), text).unwrap();
}

/// Appends bytes to that file, as a crash leaves them.
pub fn tear(place: &Place, tail: &[u8]) {
    let mut bytes = fs::read(day_file(place)).unwrap();
    bytes.extend_from_slice(tail);
    fs::write(day_file(place), bytes).unwrap();
}

/// Removes everything that the log remembers beside its lines.
pub fn forget(place: &Place) {
    fs::remove_dir_all(place.home().join("audit/.log")).unwrap();
}

/// Runs the program with `--json` too; its exit code and answer.
pub fn json(place: &Place, args: &[&str]) -> (i32, Value) {
    let output = place.signet().args(args).arg("--json").output().unwrap();
    let answer = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| {
        panic!("{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    });
    (output.status.code().unwrap(), answer)
}

/// Runs the program, which must exit with that code; its standard output.
pub fn says(place: &Place, code: i32, args: &[&str]) -> String {
    let done = place.run(args.iter().copied()).code(code);
    String::from_utf8(done.get_output().stdout.clone()).unwrap()
}

/// The log's verifier key.
pub fn log_key(place: &Place) -> String {
    let key = place.ok(["log", "checkpoint", "--verifier-key"]);
    key.trim_end().to_owned()
}
