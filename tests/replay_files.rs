//! Used nonces in a file: many threads and processes, restarts, crashes, damage,
//! and the nonce files of the published Signet in both directions.
//!
//! The test runs itself again as the processes that race.

#[path = "support/documents.rs"]
mod documents;
#[path = "support/recorded.rs"]
mod recorded;

use std::collections::HashMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use documents::{Documents, first_seed, torture};
use signet::ErrorKind;
use signet::crypto::ed25519::PublicKey;
use signet::encoding::rfc3339::Instant;
use signet::identity::KeyPair;
use signet::verifier::{FileNonces, FileNoncesOptions, NonceStore, PublishedForm};

const PATH: &str = "SIGNET_TEST_NONCES";

fn at(seconds: i64) -> Instant {
    let start = Instant::parse("2026-06-15T12:00:00Z").unwrap();
    start.plus_millis(seconds * 1000)
}

fn store_with(path: &Path, change: impl FnOnce(&mut FileNoncesOptions)) -> FileNonces {
    let mut options = FileNoncesOptions {
        sync: false,
        ..FileNoncesOptions::default()
    };
    change(&mut options);
    FileNonces::open(path, options).unwrap_or_else(|error| panic!("{error}"))
}

fn open(path: &Path) -> FileNonces {
    store_with(path, |_| {})
}

fn refusal(path: &Path) -> ErrorKind {
    let options = FileNoncesOptions::default();
    FileNonces::open(path, options).unwrap_err().kind()
}

fn signer(seed: u8) -> PublicKey {
    *KeyPair::from_seed(&[seed; 32]).public_key()
}

/// Uses a nonce of the first signer that can be presented for five minutes.
fn use_at(store: &FileNonces, nonce: &str, now: i64) -> Option<ErrorKind> {
    let used = store.use_once(Some(&signer(1)), nonce, at(now + 300), at(now));
    used.err().map(|error| error.kind())
}

fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("nonces.json");
    (folder, path)
}

fn journal(path: &Path) -> PathBuf {
    path.with_file_name("nonces.json.journal")
}

#[test]
fn a_nonce_stays_used_across_restarts_r2() {
    let (_folder, path) = folder();
    assert_eq!(use_at(&open(&path), "a", 0), None);
    for now in [0, 1, 299] {
        let again = use_at(&open(&path), "a", now);
        assert_eq!(again, Some(ErrorKind::Replayed));
    }
    // Another signer's nonce is another nonce.
    let other = open(&path).use_once(Some(&signer(2)), "a", at(300), at(0));
    assert!(other.is_ok());
}

#[test]
fn what_was_dropped_is_not_taken_for_new_when_the_clock_goes_back_r2() {
    let (_folder, path) = folder();
    let store = open(&path);
    assert_eq!(use_at(&store, "old", 0), None);
    assert_eq!(use_at(&store, "new", 10_000), None);
    assert_eq!(use_at(&store, "old", 0), Some(ErrorKind::Replayed));
    drop(store);
    // A new process that starts late reads it as outdated, which is remembered.
    let store = open(&path);
    assert_eq!(use_at(&store, "later", 10_001), None);
    assert_eq!(use_at(&store, "old", 0), Some(ErrorKind::Replayed));
}

#[test]
fn a_full_store_refuses_and_forgets_nothing_r3() {
    let (_folder, path) = folder();
    let store = store_with(&path, |options| options.capacity = 50);
    assert_eq!(use_at(&store, "victim", 0), None);
    for other in 0..49 {
        assert_eq!(use_at(&store, &format!("flood {other}"), 1), None);
    }
    let full = use_at(&store, "one too many", 2);
    assert_eq!(full, Some(ErrorKind::ReplayStoreFull));
    assert_eq!(use_at(&store, "victim", 3), Some(ErrorKind::Replayed));
    assert_eq!(use_at(&store, "later", 400), None);
}

#[test]
fn a_store_that_cannot_be_read_or_written_refuses_r4() {
    let (folder, path) = folder();
    std::fs::write(&path, "{\"rnd_1\": \"2026-06-15T11").unwrap();
    assert_eq!(refusal(&path), ErrorKind::ReplayStoreFailed);
    std::fs::write(&path, "").unwrap();
    assert_eq!(refusal(&path), ErrorKind::ReplayStoreFailed);
    std::fs::remove_file(&path).unwrap();

    // Damage that comes while the store is open.
    let store = open(&path);
    assert_eq!(use_at(&store, "a", 0), None);
    std::fs::write(&path, "[]").unwrap();
    let refused = use_at(&store, "b", 0);
    assert_eq!(refused, Some(ErrorKind::ReplayStoreFailed));
    std::fs::remove_file(&path).unwrap();
    assert_eq!(use_at(&store, "b", 0), None, "and it recovers");

    let sound = std::fs::read(journal(&path)).unwrap();
    let mut damaged = sound.clone();
    let middle = damaged.len() / 2;
    damaged[middle] ^= 1;
    std::fs::write(journal(&path), &damaged).unwrap();
    assert_eq!(refusal(&path), ErrorKind::ReplayStoreFailed);
    // The journal is gone, or is another one.
    std::fs::remove_file(journal(&path)).unwrap();
    let refused = use_at(&store, "c", 0);
    assert_eq!(refused, Some(ErrorKind::ReplayStoreFailed));
    drop(open(&path));
    let refused = use_at(&store, "a", 0);
    assert_eq!(refused, Some(ErrorKind::ReplayStoreFailed));

    for missing in [folder.path().join("no/such/folder"), folder.path().into()] {
        assert_eq!(refusal(&missing), ErrorKind::ReplayStoreFailed);
    }
    let full = Path::new("/dev/full");
    assert_eq!(refusal(full), ErrorKind::ReplayStoreFailed);
}

#[test]
fn nobody_waits_for_what_is_no_file_r4() {
    // A pipe that nobody writes to would hold up whoever reads it for good.
    let (_folder, path) = folder();
    let make_pipe = || {
        let made = std::process::Command::new("mkfifo").arg(&path).status();
        assert!(made.unwrap().success());
    };
    make_pipe();
    assert_eq!(refusal(&path), ErrorKind::ReplayStoreFailed);
    std::fs::remove_file(&path).unwrap();
    let store = open(&path);
    assert_eq!(use_at(&store, "a", 0), None);
    make_pipe();
    let refused = use_at(&store, "b", 0);
    assert_eq!(refused, Some(ErrorKind::ReplayStoreFailed));
}

#[test]
fn symbolic_links_are_not_written_through() {
    let (folder, path) = folder();
    let victim = folder.path().join("victim");
    std::fs::write(&victim, "precious").unwrap();
    std::os::unix::fs::symlink(&victim, journal(&path)).unwrap();
    assert_eq!(refusal(&path), ErrorKind::ReplayStoreFailed);
    std::fs::remove_file(journal(&path)).unwrap();
    let temporary = folder.path().join("nonces.json.journal.tmp");
    std::os::unix::fs::symlink(&victim, &temporary).unwrap();
    assert_eq!(use_at(&open(&path), "a", 0), None);
    assert_eq!(std::fs::read_to_string(&victim).unwrap(), "precious");
}

#[test]
fn every_cut_of_the_journal_keeps_what_came_before_and_takes_more() {
    let (_folder, path) = folder();
    let store = open(&path);
    let mut ends = Vec::new();
    for number in 0..6 {
        assert_eq!(use_at(&store, &format!("n{number}"), 0), None);
        ends.push(std::fs::metadata(journal(&path)).unwrap().len());
    }
    drop(store);
    let whole = std::fs::read(journal(&path)).unwrap();
    let start = ends[0] as usize;
    for cut in start..whole.len() {
        // A crash leaves a part of a line, or zeros where the rest should be.
        for tail in [&[][..], &[0; 40][..]] {
            let left = [&whole[..cut], tail].concat();
            std::fs::write(journal(&path), left).unwrap();
            let store = open(&path);
            for (number, end) in ends.iter().enumerate() {
                if *end <= cut as u64 {
                    let again = use_at(&store, &format!("n{number}"), 1);
                    assert_eq!(again, Some(ErrorKind::Replayed), "cut {cut}");
                }
            }
            assert_eq!(use_at(&store, "new", 1), None, "cut {cut}");
            let again = use_at(&open(&path), "new", 1);
            assert_eq!(again, Some(ErrorKind::Replayed), "cut {cut}");
        }
    }
}

#[test]
fn the_journal_stays_short_and_loses_nothing() {
    let (_folder, path) = folder();
    let other = open(&path);
    let store = open(&path);
    for number in 0..12_000_i64 {
        assert_eq!(use_at(&store, &format!("n{number}"), number), None);
    }
    let lines = std::fs::read_to_string(journal(&path))
        .unwrap()
        .lines()
        .count();
    assert!(lines < 6_000, "{lines} lines");
    for number in 11_700..12_000 {
        for store in [&store, &other] {
            let again = use_at(store, &format!("n{number}"), 11_999);
            assert_eq!(again, Some(ErrorKind::Replayed), "n{number}");
        }
    }
    assert_eq!(use_at(&other, "n11699", 11_399), Some(ErrorKind::Replayed));
}

#[test]
fn of_racing_threads_exactly_one_passes() {
    let (_folder, path) = folder();
    let stores = [open(&path), open(&path)];
    let accepted = std::sync::atomic::AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let (store, accepted) = (&stores[thread % 2], &accepted);
            scope.spawn(move || {
                for nonce in 0..100 {
                    if use_at(store, &nonce.to_string(), 0).is_none() {
                        accepted.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    }
                }
            });
        }
    });
    assert_eq!(accepted.into_inner(), 100);
}

/// Not a test by itself: what the racing processes run.
#[test]
fn racer() {
    let Some(path) = std::env::var_os(PATH) else {
        return;
    };
    let store = FileNonces::open(Path::new(&path), FileNoncesOptions::default()).unwrap();
    for nonce in 0..200 {
        if use_at(&store, &format!("rnd_{nonce:032x}"), 0).is_none() {
            // One write, so that a kill leaves a whole line or none.
            let line = format!("accepted {nonce}\n");
            std::io::stdout().write_all(line.as_bytes()).unwrap();
        }
    }
}

fn racers(path: &Path, count: usize) -> Vec<std::process::Child> {
    let spawn = || {
        Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "racer", "--nocapture", "--test-threads=1"])
            .env(PATH, path)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap()
    };
    (0..count).map(|_| spawn()).collect()
}

fn count_accepted(outputs: impl IntoIterator<Item = std::process::Output>) -> HashMap<String, u32> {
    let mut accepted = HashMap::new();
    for output in outputs {
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        for line in text.lines() {
            // The test harness may have begun a line.
            if let Some((_, number)) = line.split_once("accepted ") {
                *accepted.entry(number.to_owned()).or_insert(0) += 1;
            }
        }
    }
    accepted
}

#[test]
fn four_processes_with_the_same_200_nonces_accept_exactly_200_r5() {
    let (_folder, path) = folder();
    let outputs = racers(&path, 4).into_iter().map(|child| {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success());
        output
    });
    let accepted = count_accepted(outputs);
    assert_eq!(accepted.len(), 200);
    assert!(accepted.values().all(|times| *times == 1), "{accepted:?}");
}

#[test]
fn processes_that_are_killed_make_nothing_acceptable_again() {
    let (_folder, path) = folder();
    let mut children = racers(&path, 3);
    std::thread::sleep(std::time::Duration::from_millis(60));
    for child in &mut children {
        child.kill().unwrap();
    }
    let killed: Vec<_> = children
        .into_iter()
        .map(|child| child.wait_with_output().unwrap())
        .collect();
    let last = racers(&path, 1).pop().unwrap().wait_with_output().unwrap();
    assert!(last.status.success());
    let accepted = count_accepted(killed.into_iter().chain([last]));
    assert!(accepted.values().all(|times| *times == 1), "{accepted:?}");
    // What a killed process had recorded without saying so is used all the same.
    assert!(accepted.len() > 150, "{}", accepted.len());
}

/// What we say otherwise than the recorded answers, and why.
const STRICTER: &[(&str, &[ErrorKind])] = &[
    // Whoever forgets a nonce at the very instant could be asked at that instant.
    ("entry-exactly-ttl-old", &[ErrorKind::Replayed]),
    ("corrupt-file-starts-empty", &[ErrorKind::ReplayStoreFailed]),
    (
        "bad-timestamp-entry-dropped",
        &[ErrorKind::ReplayStoreFailed],
    ),
    ("empty-file", &[ErrorKind::ReplayStoreFailed]),
    // The form of TypeScript is understood; the nonce ends at that instant.
    ("wrong-value-type-starts-empty", &[ErrorKind::Replayed]),
    // Nothing is pushed out.
    (
        "capacity-evicts-oldest",
        &[ErrorKind::ReplayStoreFull, ErrorKind::Replayed],
    ),
];

#[test]
fn the_recorded_nonce_files_give_the_recorded_answers_or_stricter_ones() {
    let file = recorded::file("nonce_store");
    let mut needed = 0;
    for case in recorded::cases(&file) {
        let name = recorded::name(case);
        let stricter = STRICTER.iter().find(|(case, _)| *case == name);
        let (_folder, path) = folder();
        if let Some(before) = case["file_before"].as_str() {
            std::fs::write(&path, before).unwrap();
        }
        let options = FileNoncesOptions {
            lifetime_seconds: case["ttl_secs"].as_u64().unwrap(),
            capacity: case["max_entries"].as_u64().unwrap() as usize,
            ..FileNoncesOptions::default()
        };
        let now = recorded::clock(&file);
        let store = match FileNonces::open(&path, options) {
            Ok(store) => store,
            Err(error) => {
                let expected = stricter.is_some_and(|row| row.1.contains(&error.kind()));
                assert!(expected, "{name}: {error}");
                needed += 1;
                continue;
            }
        };
        let mut differs = false;
        for call in case["check_and_record"].as_array().unwrap() {
            let nonce = call["nonce"].as_str().unwrap();
            let used = store.use_once(None, nonce, now.plus_millis(3_600_000), now);
            if used.is_ok() != call["fresh"].as_bool().unwrap() {
                let kind = used.unwrap_err().kind();
                let expected = stricter.is_some_and(|row| row.1.contains(&kind));
                assert!(expected, "{name}: {kind:?}");
                differs = true;
            }
        }
        assert_eq!(differs, stricter.is_some(), "{name}");
        needed += usize::from(differs);
        if differs {
            continue;
        }
        // What the published file holds afterwards means the same.
        store.export(now).unwrap();
        let after: HashMap<String, String> =
            serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        let expected: HashMap<String, String> =
            serde_json::from_value(case["file_after"].clone()).unwrap();
        let times = |file: &HashMap<String, String>| -> HashMap<String, Instant> {
            file.iter()
                .map(|(nonce, time)| (nonce.clone(), Instant::parse(time).unwrap()))
                .collect()
        };
        assert_eq!(times(&after), times(&expected), "{name}");
        assert!(path.with_file_name("nonces.json.lock").exists());
    }
    assert_eq!(needed, STRICTER.len());
}

#[test]
fn random_uses_of_the_published_rust_store_and_ours_are_one_history() {
    use signet_core::NonceChecker;
    for round in 0..40 * torture() {
        let mut random = Documents::new(first_seed().wrapping_add(round));
        let (_folder, path) = folder();
        let shared = |options: &mut FileNoncesOptions| options.share_at_once = true;
        let theirs = || signet_core::FileNonceChecker::new(&path, 1000, 3600);
        let (mut ours, mut published) = (store_with(&path, shared), theirs());
        let now = Instant::now();
        let mut used = std::collections::HashSet::new();
        for _ in 0..50 {
            let number = random.below(30);
            let nonce = match random.below(3) {
                0 => format!("rnd_{number:032x}"),
                1 => format!("é \"{number}\" \u{1}😀"),
                _ => number.to_string(),
            };
            let fresh = match random.below(4) {
                0 => published.check_and_record(&nonce).is_ok(),
                1 => ours
                    .use_once(Some(&signer(1)), &nonce, now.plus_millis(300_000), now)
                    .is_ok(),
                _ => ours
                    .use_once(None, &nonce, now.plus_millis(300_000), now)
                    .is_ok(),
            };
            assert_eq!(fresh, used.insert(nonce.clone()), "{nonce:?} {round}");
            match random.below(10) {
                0 => ours = store_with(&path, shared),
                1 => published = theirs(),
                _ => {}
            }
        }
    }
}

#[test]
fn the_published_rust_store_and_ours_know_each_others_nonces() {
    use signet_core::NonceChecker;
    let (_folder, path) = folder();
    let theirs = signet_core::FileNonceChecker::new(&path, 1000, 3600);
    // It has its own clock, and so ours must be that one.
    let now = Instant::now();
    let end = now.plus_millis(300_000);
    let ours_says = |store: &FileNonces, nonce: &str| store.use_once(None, nonce, end, now).is_ok();

    assert!(theirs.check_and_record("rnd_theirs").is_ok());
    let ours = store_with(&path, |options| options.share_at_once = true);
    assert!(!ours_says(&ours, "rnd_theirs"));
    assert!(ours_says(&ours, "rnd_ours"));
    assert!(theirs.check_and_record("rnd_ours").is_err());
    assert!(theirs.check_and_record("rnd_later").is_ok());
    assert!(!ours_says(&ours, "rnd_later"));
    drop(ours);

    // Without sharing at once, at the next export.
    let ours = open(&path);
    let alone = ours.use_once(Some(&signer(1)), "rnd_quiet", end, now);
    assert!(alone.is_ok());
    ours.export(now).unwrap();
    assert!(theirs.check_and_record("rnd_quiet").is_err());
    for nonce in ["rnd_theirs", "rnd_ours", "rnd_later"] {
        assert!(theirs.check_and_record(nonce).is_err(), "{nonce}");
        assert!(!ours_says(&ours, nonce), "{nonce}");
    }
    // Another signer's nonce of that name is still not used.
    let other = ours.use_once(Some(&signer(2)), "rnd_quiet", end, now);
    assert!(other.is_ok());
}

#[test]
fn the_typescript_form_keeps_signers_apart() {
    let (_folder, path) = folder();
    let key = signet::encoding::key_text::prefixed(&signer(1));
    let ends = at(300).unix_millis();
    let text = serde_json::json!({ format!("{key}\0rnd_1"): ends, "rnd_2": ends }).to_string();
    std::fs::write(&path, text).unwrap();
    let store = open(&path);
    assert_eq!(use_at(&store, "rnd_1", 0), Some(ErrorKind::Replayed));
    assert_eq!(use_at(&store, "rnd_2", 0), Some(ErrorKind::Replayed));
    let other = store.use_once(Some(&signer(2)), "rnd_1", at(300), at(0));
    assert!(other.is_ok());
    store.export(at(0)).unwrap();
    let written: HashMap<String, i64> =
        serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    let other = signet::encoding::key_text::prefixed(&signer(2));
    assert_eq!(written.len(), 3);
    assert_eq!(written[&format!("{key}\0rnd_1")], ends);
    assert_eq!(written[&format!("{other}\0rnd_1")], ends);

    let (_folder, path) = self::folder();
    let store = store_with(&path, |options| options.form = PublishedForm::TypeScript);
    assert_eq!(use_at(&store, "n", 0), None);
    store.export(at(0)).unwrap();
    assert!(
        std::fs::read_to_string(&path)
            .unwrap()
            .contains("\\u0000n\":")
    );
}
