//! The keystore when its process is killed, or the system refuses, at any
//! moment: what was acknowledged stands, what was not is there whole or not at
//! all, and the store goes on working.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use signet::ErrorKind;
use signet::crypto::kdf::KdfParams;
use signet::encoding::{key_text, rfc3339::Instant};
use signet::identity::{Keystore, KeystoreOptions, NewIdentity, Protection, SecretState};
use tempfile::TempDir;

/// Set in a process that a test started from its own binary.
const HOME: &str = "SIGNET_TEST_HOME";
const FIRST: &str = "SIGNET_TEST_FIRST";

fn open(home: &Path) -> Keystore {
    let options = KeystoreOptions {
        kdf: KdfParams {
            passes: 5,
            memory_kib: 7 * 1024,
            lanes: 1,
        },
        ..KeystoreOptions::default()
    };
    Keystore::open_with(home, options).unwrap()
}

fn plain() -> NewIdentity<'static> {
    let at = Instant::parse("2026-06-15T12:00:00.000Z").unwrap();
    NewIdentity::new(Protection::Unencrypted, at)
}

fn torture() -> usize {
    let factor = std::env::var("SIGNET_TORTURE").ok();
    factor.and_then(|text| text.parse().ok()).unwrap_or(1)
}

fn again(test: &str, home: &Path) -> Vec<String> {
    let binary = std::env::current_exe().unwrap();
    let mut words = vec![binary.to_str().unwrap().to_owned(), test.to_owned()];
    words.extend(["--exact", "--nocapture", "--test-threads=1"].map(str::to_owned));
    assert!(home.is_absolute());
    words
}

/// Tells the parent, at once, what is about to be tried or has been done.
fn say(text: &str) {
    let mut stdout = std::io::stdout().lock();
    let _ = writeln!(stdout, "\n@{text}");
    let _ = stdout.flush();
}

/// What a process said before it ended.
fn said(output: &[u8]) -> Vec<Vec<String>> {
    let text = String::from_utf8_lossy(output);
    let lines = text.lines().filter_map(|line| line.strip_prefix('@'));
    lines
        .map(|line| line.split(' ').map(str::to_owned).collect())
        .collect()
}

/// Creates, changes, deletes and again creates identities, saying so.
fn work(store: &Keystore, names: &[String]) {
    let create = |name: &str| {
        say(&format!("creating {name}"));
        match store.create(name, &plain()) {
            Ok(pair) => say(&format!(
                "created {name} {}",
                key_text::bare(pair.public_key())
            )),
            Err(_) => say(&format!("uncreated {name}")),
        }
    };
    for name in names {
        create(name);
        let _ = store.change_passphrase(name, None, Protection::Passphrase("x"));
        let _ = store.change_passphrase(name, Some("x"), Protection::Unencrypted);
        say(&format!("deleting {name}"));
        if store.delete(name).is_ok() {
            say(&format!("deleted {name}"));
        }
        create(name);
    }
}

/// What must be true of a name.
#[derive(Clone, Debug, PartialEq)]
enum Expected {
    Absent,
    /// There with this key.
    Present(String),
    /// A deletion was under way, or failed.
    PresentOrAbsent(String),
    /// A creation was under way.
    AnyKeyOrAbsent,
}

/// What the last words about each name let one expect.
fn expected(said: &[Vec<String>]) -> BTreeMap<String, Expected> {
    use Expected::*;
    let mut state = BTreeMap::new();
    for words in said {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let name = words[1];
        let before = state.get(name).cloned().unwrap_or(Absent);
        let next = match (words[0], before) {
            ("creating", Absent) => AnyKeyOrAbsent,
            ("created", _) => Present(words[2].to_owned()),
            // A creation that failed was taken back.
            ("uncreated", AnyKeyOrAbsent) => Absent,
            ("deleting", Present(key)) => PresentOrAbsent(key),
            ("deleted", _) => Absent,
            // Creating what could not be deleted, deleting what could not be
            // created.
            ("creating" | "uncreated" | "deleting", before) => before,
            other => panic!("{other:?}"),
        };
        state.insert(name.to_owned(), next);
    }
    state
}

/// Opens the store anew and compares it with what was said.
fn check(home: &Path, state: &BTreeMap<String, Expected>, context: &str) {
    let store = open(home);
    for (name, expected) in state {
        let key = match store.info(name) {
            Err(error) => {
                assert_eq!(
                    error.kind(),
                    ErrorKind::KeyNotFound,
                    "{context}: {name}: {error}"
                );
                None
            }
            Ok(info) => {
                let passphrase = match info.secret {
                    SecretState::Missing => panic!("{context}: {name} is half there"),
                    SecretState::Unencrypted => None,
                    SecretState::Encrypted(_) => Some("x"),
                };
                let pair = store
                    .load(name, passphrase)
                    .unwrap_or_else(|e| panic!("{context}: {e}"));
                assert_eq!(
                    info.public_key.as_ref(),
                    Some(pair.public_key()),
                    "{context}"
                );
                assert_eq!(
                    &store.public_key(name).unwrap(),
                    pair.public_key(),
                    "{context}"
                );
                Some(key_text::bare(pair.public_key()))
            }
        };
        let fits = match expected {
            Expected::Absent => key.is_none(),
            Expected::Present(expected) => key.as_ref() == Some(expected),
            Expected::PresentOrAbsent(expected) => key.is_none() || key.as_ref() == Some(expected),
            Expected::AnyKeyOrAbsent => true,
        };
        assert!(fits, "{context}: {name} is {key:?}, expected {expected:?}");
        // It can be created, or deleted and created: nothing blocks the name.
        if key.is_some() {
            store.delete(name).unwrap();
        }
        store.create(name, &plain()).unwrap();
        store.load(name, None).unwrap();
    }
    if home.join("keys").exists() {
        nothing_is_left_over(home, context);
    }
}

/// No temporary file survives, above all none with a secret.
fn nothing_is_left_over(home: &Path, context: &str) {
    for entry in fs::read_dir(home.join("keys")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let fine = name == ".lock" || !name.starts_with('.');
        assert!(fine, "{context}: {name}");
    }
}

#[test]
fn a_process_killed_at_any_time_leaves_whole_identities() {
    const TEST: &str = "a_process_killed_at_any_time_leaves_whole_identities";
    if let Some(home) = std::env::var_os(HOME) {
        let store = open(Path::new(&home));
        let first: usize = std::env::var(FIRST).unwrap().parse().unwrap();
        let names: Vec<_> = (first..first + 2000).map(|n| format!("n{n}")).collect();
        return work(&store, &names);
    }
    let home = TempDir::new().unwrap();
    let mut names_before = 0;
    for round in 0..25 * torture() {
        let words = again(TEST, home.path());
        let mut child = Command::new(&words[0])
            .args(&words[1..])
            .env(HOME, home.path())
            .env(FIRST, (round * 10_000).to_string())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        // Spread over the whole cycle, which takes tens of milliseconds.
        std::thread::sleep(Duration::from_micros(
            5_000 + (round as u64 * 7_919) % 60_000,
        ));
        child.kill().unwrap();
        let output = child.wait_with_output().unwrap();
        let state = expected(&said(&output.stdout));
        names_before += state.len();
        check(home.path(), &state, &format!("round {round}"));
    }
    assert!(names_before > 0, "every process was killed before it began");
}

/// Runs one cycle once for each system call of some kinds that it makes, with
/// that call made to fail or to be the last.
fn inject(test: &str, fault: &str, calls: &[&str]) {
    for call in calls {
        let mut faults = 0;
        while fault_was_met(test, fault, call, faults + 1) {
            faults += 1;
        }
        assert!(faults > 0, "{call} was never made to fail");
        println!("{fault} at {faults} calls of {call}");
    }
}

/// Runs one cycle with the fault at one call, and checks what it leaves behind;
/// `false` when the cycle ended before that call.
fn fault_was_met(test: &str, fault: &str, call: &str, when: usize) -> bool {
    let folder = TempDir::new().unwrap();
    let (home, trace) = (folder.path().join("home"), folder.path().join("trace"));
    let output = Command::new("strace")
        .args(["-f", "-qq", "-e", &format!("trace={call}")])
        .args(["-e", &format!("inject={call}:{fault}:when={when}"), "-o"])
        .arg(&trace)
        .args(again(test, &home))
        .env(HOME, &home)
        .stderr(Stdio::null())
        .output()
        .unwrap();
    let said = said(&output.stdout);
    check(
        &home,
        &expected(&said),
        &format!("{fault} at {call} {when}"),
    );
    let injected = fs::read_to_string(&trace).unwrap().contains("INJECTED");
    if !injected && output.status.success() {
        let created = said.iter().filter(|words| words[0] == "created");
        assert_eq!(created.count(), 2, "a cycle without fault is complete");
        return false;
    }
    true
}

/// Whether strace can be used, and it is no mistake if it cannot.
fn strace_is_missing() -> bool {
    let run = Command::new("strace")
        .args(["-qq", "-e", "trace=none", "true"])
        .status();
    if run.is_ok_and(|status| status.success()) {
        return false;
    }
    let forbidden = std::env::var("SIGNET_FORBID_SKIPS");
    assert_ne!(forbidden.as_deref(), Ok("1"), "strace does not run");
    println!("skipped: strace does not run");
    true
}

#[test]
fn killed_at_each_system_call_the_store_stays_whole() {
    const TEST: &str = "killed_at_each_system_call_the_store_stays_whole";
    if let Some(home) = std::env::var_os(HOME) {
        return work(&open(Path::new(&home)), &["a".to_owned()]);
    }
    if strace_is_missing() {
        return;
    }
    let calls = [
        "fsync", "linkat", "rename", "unlink", "fchmod", "mkdir", "flock", "write",
    ];
    inject(TEST, "signal=SIGKILL", &calls);
}

#[test]
fn refused_at_each_system_call_the_store_stays_whole() {
    const TEST: &str = "refused_at_each_system_call_the_store_stays_whole";
    if let Some(home) = std::env::var_os(HOME) {
        return work(&open(Path::new(&home)), &["a".to_owned()]);
    }
    if strace_is_missing() {
        return;
    }
    inject(
        TEST,
        "error=EIO",
        &["fsync", "linkat", "rename", "fchmod", "unlink"],
    );
    inject(TEST, "error=ENOSPC", &["linkat", "mkdir", "write"]);
}
