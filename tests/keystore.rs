//! The keystore under an unkind umask, planted links, races, traversal and
//! swapped files; and what its calls promise when nothing is wrong.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};

use signet::crypto::kdf::KdfParams;
use signet::encoding::{hex, key_text, rfc3339::Instant};
use signet::identity::{KeyPair, Keystore, KeystoreOptions, NewIdentity, Protection, SecretState};
use signet::{ErrorKind, Result};
use tempfile::TempDir;

/// Set in a process that a test started from its own binary.
const HOME: &str = "SIGNET_TEST_HOME";
const ROUNDS: &str = "SIGNET_TEST_ROUNDS";

const PLAIN: Protection<'static> = Protection::Unencrypted;

fn now() -> Instant {
    Instant::parse("2026-06-15T12:00:00.000Z").unwrap()
}

fn plain() -> NewIdentity<'static> {
    NewIdentity::new(PLAIN, now())
}

/// A store that writes keys of the least cost.
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

fn kind<T>(result: Result<T>) -> ErrorKind {
    match result {
        Ok(_) => panic!("it succeeded"),
        Err(error) => error.kind(),
    }
}

fn torture() -> usize {
    let factor = std::env::var("SIGNET_TORTURE").ok();
    factor.and_then(|text| text.parse().ok()).unwrap_or(1)
}

/// This test binary again, to run one test.
fn again(test: &str, home: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([test, "--exact", "--nocapture", "--test-threads=1"]);
    command.env(HOME, home);
    command
}

/// The same, started by a program such as `sh -c <script> <name>` or `strace`.
fn again_under(program: &[&str], test: &str, home: &Path) -> Command {
    let inner = again(test, home);
    let mut command = Command::new(program[0]);
    command.args(&program[1..]);
    command.arg(inner.get_program()).args(inner.get_args());
    command.env(HOME, home);
    command
}

/// Every file and folder below a path, with its mode.
fn modes(path: &Path) -> BTreeMap<PathBuf, u32> {
    let mut found = BTreeMap::new();
    let mode = fs::symlink_metadata(path).unwrap().mode() & 0o7777;
    found.insert(path.to_owned(), mode);
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            found.extend(modes(&entry.unwrap().path()));
        }
    }
    found
}

/// What the tests of modes and system calls let a process do.
fn every_kind_of_change(home: &Path) {
    let store = open(home);
    store.create("plain", &plain()).unwrap();
    store
        .import(
            "sealed",
            &[5; 32],
            &NewIdentity::new(Protection::Passphrase("x"), now()),
        )
        .unwrap();
    store.change_passphrase("sealed", Some("x"), PLAIN).unwrap();
    store
        .change_passphrase("plain", None, Protection::Passphrase("y"))
        .unwrap();
    store.create("gone", &plain()).unwrap();
    store.delete("gone").unwrap();
    store.load("sealed", None).unwrap();
}

#[test]
fn modes_are_exact_whatever_the_umask_k1() {
    if let Some(home) = std::env::var_os(HOME) {
        return every_kind_of_change(Path::new(&home));
    }
    for umask in ["000", "022", "077", "277", "777"] {
        let folder = TempDir::new().unwrap();
        let home = folder.path().join("a/b/home");
        let script = format!("umask {umask} && exec \"$@\"");
        let status = again_under(
            &["sh", "-c", &script, "sh"],
            "modes_are_exact_whatever_the_umask_k1",
            &home,
        )
        .stdout(Stdio::null())
        .status()
        .unwrap();
        assert!(status.success(), "umask {umask}");
        let found = modes(&folder.path().join("a"));
        // Folders a, b, home, keys; two files of two identities; the lock.
        assert_eq!(found.len(), 9, "{found:?}");
        for (path, mode) in found {
            let expected = if path.is_dir() { 0o700 } else { 0o600 };
            assert_eq!(mode, expected, "umask {umask}: {}", path.display());
        }
    }
}

/// No file is ever looser than 0600, not even for the moment before a chmod:
/// somebody looks all the time.
#[test]
fn no_file_is_readable_by_others_for_a_moment_k1() {
    const TEST: &str = "no_file_is_readable_by_others_for_a_moment_k1";
    if let Some(home) = std::env::var_os(HOME) {
        let done = AtomicBool::new(false);
        let home = Path::new(&home);
        let store = open(home);
        store.create("first", &plain()).unwrap();
        std::thread::scope(|scope| {
            let watcher = scope.spawn(|| {
                let mut temporaries = 0;
                while !done.load(Ordering::Relaxed) {
                    for entry in fs::read_dir(home.join("keys")).unwrap().flatten() {
                        let Ok(metadata) = entry.metadata() else {
                            continue;
                        };
                        assert_eq!(metadata.mode() & 0o177, 0, "{:?}", entry.file_name());
                        let name = entry.file_name();
                        temporaries += usize::from(name.to_string_lossy().ends_with(".tmp"));
                    }
                }
                temporaries
            });
            for round in 0..100 {
                let name = format!("n{round}");
                store.create(&name, &plain()).unwrap();
                store.change_passphrase(&name, None, PLAIN).unwrap();
                store.delete(&name).unwrap();
            }
            done.store(true, Ordering::Relaxed);
            // A watcher that saw no temporary file would prove nothing.
            assert!(watcher.join().unwrap() > 0);
        });
        return;
    }
    let home = TempDir::new().unwrap();
    let status = again_under(
        &["sh", "-c", "umask 000 && exec \"$@\"", "sh"],
        TEST,
        home.path(),
    )
    .stdout(Stdio::null())
    .status()
    .unwrap();
    assert!(status.success());
}

/// The trace of all system calls that create something or change a mode.
#[test]
fn a_system_call_trace_shows_private_files_from_the_start_k1() {
    const TEST: &str = "a_system_call_trace_shows_private_files_from_the_start_k1";
    if let Some(home) = std::env::var_os(HOME) {
        return every_kind_of_change(Path::new(&home));
    }
    let folder = TempDir::new().unwrap();
    let home = folder.path().join("home");
    let trace_file = folder.path().join("trace");
    let calls = "trace=open,openat,creat,mkdir,mkdirat,chmod,fchmod,fchmodat,fsync,link,linkat,rename,renameat";
    let program = [
        "strace",
        "-f",
        "-y",
        "-s",
        "0",
        "-e",
        calls,
        "-o",
        trace_file.to_str().unwrap(),
    ];
    let status = again_under(&program, TEST, &home)
        .stdout(Stdio::null())
        .status();
    if !status.is_ok_and(|status| status.success()) {
        assert_ne!(
            std::env::var("SIGNET_FORBID_SKIPS").as_deref(),
            Ok("1"),
            "strace does not run"
        );
        println!("skipped: strace does not run");
        return;
    }
    let trace = fs::read_to_string(&trace_file).unwrap();
    let ours: Vec<&str> = trace
        .lines()
        .filter(|line| line.contains(home.to_str().unwrap()))
        .collect();
    let mut created = 0;
    for line in &ours {
        if line.contains("O_CREAT") {
            created += 1;
            for needed in ["O_EXCL", "O_NOFOLLOW", "O_CLOEXEC", ", 0600"] {
                assert!(line.contains(needed), "{needed}: {line}");
            }
        }
        assert!(!line.contains(" creat("), "{line}");
        assert!(!line.contains("O_TRUNC"), "{line}");
        if line.contains(" mkdir") || line.contains(" chmod(") {
            assert!(line.contains(", 0700"), "{line}");
        }
        if line.contains("fchmod") {
            assert!(line.contains(", 0600"), "{line}");
        }
        if line.contains("openat(") && line.contains("/keys/") {
            assert!(line.contains("O_NOFOLLOW"), "{line}");
        }
    }
    // Three identities of two files, two changes, the lock.
    assert_eq!(created, 9, "{ours:#?}");

    // Before a name is given, the content and the entry are on disk; after,
    // the name is.
    let steps: Vec<char> = ours
        .iter()
        .filter_map(|line| {
            let is = |text: &str| line.contains(text);
            match () {
                () if is(" fsync(") && is("/keys>") => Some('D'),
                () if is(" fsync(") && is(".tmp>") => Some('F'),
                () if is(" link") && is(".pub.tmp") => Some('p'),
                () if is(" link") && is(".key.tmp") => Some('k'),
                () if is(" rename") && is(".key.tmp") => Some('r'),
                () if is(" rename") && is(".key.del") => Some('d'),
                () => None,
            }
        })
        .collect();
    let steps: String = steps.into_iter().collect();
    // The empty lock, then create, import, two changes, create, delete.
    assert_eq!(steps, "FFFDpDkDFFDpDkDFrDFrDFFDpDkDdDDD");
}

#[test]
fn planted_links_are_never_followed_k2() {
    let folder = TempDir::new().unwrap();
    let home = folder.path().join("home");
    let keys = home.join("keys");
    fs::create_dir_all(&keys).unwrap();
    let victim = folder.path().join("victim");
    let untouched = || assert_eq!(fs::read_to_string(&victim).unwrap(), "precious");
    fs::write(&victim, "precious").unwrap();
    let store = open(&home);

    // At the lock, which the published log truncates through such a link.
    symlink(&victim, keys.join(".lock")).unwrap();
    assert_eq!(kind(store.create("a", &plain())), ErrorKind::Io);
    untouched();
    fs::remove_file(keys.join(".lock")).unwrap();

    // At the final names, both to a file and to nowhere.
    for suffix in ["key", "pub"] {
        for target in [victim.clone(), folder.path().join("nowhere")] {
            let link = keys.join(format!("a.{suffix}"));
            symlink(&target, &link).unwrap();
            assert_eq!(kind(store.create("a", &plain())), ErrorKind::KeyExists);
            assert_eq!(kind(store.info("a")), ErrorKind::Io);
            assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
            untouched();
            assert!(!folder.path().join("nowhere").exists());
            fs::remove_file(&link).unwrap();
        }
    }

    // At the name that the published Signet writes a secret to.
    symlink(&victim, keys.join("a.key.tmp")).unwrap();
    store.create("a", &plain()).unwrap();
    untouched();

    // In place of a key that exists: not read, not written, but deleted.
    let seed = *store.load("a", None).unwrap().seed().unwrap();
    let elsewhere = folder.path().join("elsewhere.key");
    fs::rename(keys.join("a.key"), &elsewhere).unwrap();
    symlink(&elsewhere, keys.join("a.key")).unwrap();
    assert_eq!(kind(store.load("a", None)), ErrorKind::Io);
    assert_eq!(kind(store.info("a")), ErrorKind::Io);
    let before = fs::read(&elsewhere).unwrap();
    assert_eq!(
        kind(store.change_passphrase("a", None, Protection::Passphrase("x"))),
        ErrorKind::Io
    );
    assert_eq!(fs::read(&elsewhere).unwrap(), before);
    store.delete("a").unwrap();
    assert_eq!(fs::read(&elsewhere).unwrap(), before);
    untouched();

    // In place of the public half.
    store.import("a", &seed, &plain()).unwrap();
    fs::rename(keys.join("a.pub"), folder.path().join("elsewhere.pub")).unwrap();
    symlink(folder.path().join("elsewhere.pub"), keys.join("a.pub")).unwrap();
    assert_eq!(kind(store.load("a", None)), ErrorKind::Io);
    assert_eq!(kind(store.public_key("a")), ErrorKind::Io);
    assert_eq!(kind(store.export_public("a")), ErrorKind::Io);

    // In place of the folder; the home itself may be a link, that is the
    // caller's word.
    let other = folder.path().join("other");
    fs::create_dir(&other).unwrap();
    symlink(&keys, other.join("keys")).unwrap();
    assert_eq!(kind(Keystore::open(&other)), ErrorKind::Io);
    let linked_home = folder.path().join("linked");
    symlink(&home, &linked_home).unwrap();
    open(&linked_home).create("b", &plain()).unwrap();
    store.load("b", None).unwrap();
}

#[test]
fn a_folder_swapped_for_a_link_after_opening_is_refused_k2() {
    let folder = TempDir::new().unwrap();
    let home = folder.path().join("home");
    let store = open(&home);
    store.create("a", &plain()).unwrap();
    fs::rename(home.join("keys"), folder.path().join("moved")).unwrap();
    symlink(folder.path().join("moved"), home.join("keys")).unwrap();
    assert_eq!(kind(store.create("b", &plain())), ErrorKind::Io);
    assert_eq!(kind(store.load("a", None)), ErrorKind::Io);
    assert_eq!(kind(store.list()), ErrorKind::Io);
    assert_eq!(kind(store.delete("a")), ErrorKind::Io);
    assert!(!folder.path().join("moved/b.key").exists());
}

#[test]
fn pipes_and_folders_are_refused_instead_of_waited_for() {
    let home = TempDir::new().unwrap();
    let store = open(home.path());
    store.create("a", &plain()).unwrap();
    let keys = home.path().join("keys");
    let pipe = |name: &str| {
        let made = Command::new("mkfifo")
            .arg(keys.join(name))
            .status()
            .unwrap();
        assert!(made.success());
    };
    pipe("pipe.key");
    pipe("pipe.pub");
    fs::create_dir(keys.join("folder.key")).unwrap();
    for name in ["pipe", "folder"] {
        assert_eq!(kind(store.load(name, None)), ErrorKind::Io, "{name}");
        assert_eq!(
            kind(store.create(name, &plain())),
            ErrorKind::KeyExists,
            "{name}"
        );
    }
    assert_eq!(kind(store.public_key("pipe")), ErrorKind::Io);
    assert_eq!(kind(store.delete("folder")), ErrorKind::Io);
    store.delete("pipe").unwrap();
    // One bad entry hides nothing.
    let listed = store.list().unwrap();
    let names: Vec<_> = listed
        .iter()
        .map(|l| (l.name.as_str(), l.info.is_ok()))
        .collect();
    assert_eq!(names, [("a", true), ("folder", false)]);

    fs::remove_file(keys.join(".lock")).unwrap();
    pipe(".lock");
    assert_eq!(kind(store.create("b", &plain())), ErrorKind::Io);
}

/// Whoever creates a name first has it, and everybody else is told.
#[test]
fn one_of_many_racing_threads_wins_k3() {
    let home = TempDir::new().unwrap();
    for round in 0..60 * torture() {
        let name = format!("n{round}");
        let barrier = Barrier::new(4);
        let results: Vec<Result<KeyPair>> = std::thread::scope(|scope| {
            let racers: Vec<_> = (0..4)
                .map(|_| {
                    scope.spawn(|| {
                        let store = open(home.path());
                        barrier.wait();
                        store.create(&name, &plain())
                    })
                })
                .collect();
            racers
                .into_iter()
                .map(|racer| racer.join().unwrap())
                .collect()
        });
        let mut winners = Vec::new();
        for result in results {
            match result {
                Ok(pair) => winners.push(pair),
                Err(error) => assert_eq!(error.kind(), ErrorKind::KeyExists),
            }
        }
        assert_eq!(winners.len(), 1, "round {round}");
        let store = open(home.path());
        assert_eq!(
            store.load(&name, None).unwrap().public_key(),
            winners[0].public_key()
        );
        assert_eq!(&store.public_key(&name).unwrap(), winners[0].public_key());
    }
    only_whole_identities_are_left(home.path());
}

#[test]
fn one_of_many_racing_processes_wins_k3() {
    const TEST: &str = "one_of_many_racing_processes_wins_k3";
    if let Some(home) = std::env::var_os(HOME) {
        let rounds: usize = std::env::var(ROUNDS).unwrap().parse().unwrap();
        let store = open(Path::new(&home));
        for round in 0..rounds {
            match store.create(&format!("n{round}"), &plain()) {
                Ok(pair) => println!("won n{round} {}", key_text::bare(pair.public_key())),
                Err(error) => assert_eq!(error.kind(), ErrorKind::KeyExists),
            }
        }
        return println!("finished");
    }
    let home = TempDir::new().unwrap();
    let rounds = 60 * torture();
    let racers: Vec<_> = (0..4)
        .map(|_| {
            again(TEST, home.path())
                .env(ROUNDS, rounds.to_string())
                .stdout(Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    let mut winners = BTreeMap::new();
    for racer in racers {
        let output = racer.wait_with_output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.contains("finished"), "{text}");
        for line in text.lines() {
            // The test harness begins a line that the first answer continues.
            if let Some((_, answer)) = line.split_once("won ") {
                let (name, key) = answer.split_once(' ').unwrap();
                let earlier = winners.insert(name.to_owned(), key.to_owned());
                assert_eq!(earlier, None, "two winners of {name}");
            }
        }
    }
    assert_eq!(winners.len(), rounds);
    let store = open(home.path());
    for (name, key) in winners {
        let pair = store.load(&name, None).unwrap();
        assert_eq!(key_text::bare(pair.public_key()), key, "{name}");
    }
    only_whole_identities_are_left(home.path());
}

/// Readers take no lock: while others create and delete a name they see it
/// whole or not at all.
#[test]
fn readers_see_whole_identities_while_writers_are_at_work() {
    let home = TempDir::new().unwrap();
    let store = open(home.path());
    store.create("b", &plain()).unwrap();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let readers: Vec<_> = (0..2)
            .map(|_| {
                scope.spawn(|| {
                    let mut seen = 0;
                    while !done.load(Ordering::Relaxed) {
                        match store.load("a", None) {
                            Ok(pair) => {
                                pair.sign(b"m").unwrap();
                                seen += 1;
                            }
                            Err(error) => {
                                assert_eq!(error.kind(), ErrorKind::KeyNotFound, "{error}")
                            }
                        }
                        store.load("b", None).unwrap();
                        for listed in store.list().unwrap() {
                            listed.info.unwrap();
                        }
                    }
                    seen
                })
            })
            .collect();
        for _ in 0..60 * torture() {
            store.create("a", &plain()).unwrap();
            store.change_passphrase("b", None, PLAIN).unwrap();
            store.delete("a").unwrap();
        }
        done.store(true, Ordering::Relaxed);
        let seen: usize = readers
            .into_iter()
            .map(|reader| reader.join().unwrap())
            .sum();
        assert!(seen > 0, "the readers never met the identity");
    });
    only_whole_identities_are_left(home.path());
}

/// Both files of each identity, the lock, and nothing else.
fn only_whole_identities_are_left(home: &Path) {
    let mut names = BTreeMap::<String, Vec<String>>::new();
    for entry in fs::read_dir(home.join("keys")).unwrap() {
        let file_name = entry.unwrap().file_name().into_string().unwrap();
        let (name, suffix) = file_name.rsplit_once('.').unwrap();
        names
            .entry(name.to_owned())
            .or_default()
            .push(suffix.to_owned());
    }
    assert_eq!(names.remove(""), Some(vec!["lock".to_owned()]));
    for (name, mut suffixes) in names {
        suffixes.sort();
        assert_eq!(suffixes, ["key", "pub"], "{name}");
    }
}

#[test]
fn names_never_reach_outside_the_store_k4() {
    let folder = TempDir::new().unwrap();
    let store = open(&folder.path().join("home"));
    store.create("good", &plain()).unwrap();
    // An identity that each of these names would reach.
    let outside = open(&folder.path().join("other"));
    outside.create("evil", &plain()).unwrap();
    let evil = folder.path().join("other/keys/evil");
    let before = modes(folder.path());
    let long = "x".repeat(129);
    for name in [
        "../../other/keys/evil",
        evil.to_str().unwrap(),
        "./good",
        "../keys/good",
        "good/../good",
        "..",
        ".",
        "",
        "/",
        "good.key",
        "good\0",
        "good\n",
        " good",
        "gööd",
        "..\\good",
        ".lock",
        &long,
    ] {
        let invalid = ErrorKind::KeyNameInvalid;
        assert_eq!(kind(store.create(name, &plain())), invalid, "{name:?}");
        assert_eq!(
            kind(store.import(name, &[1; 32], &plain())),
            invalid,
            "{name:?}"
        );
        assert_eq!(kind(store.load(name, None)), invalid, "{name:?}");
        assert_eq!(kind(store.info(name)), invalid, "{name:?}");
        assert_eq!(kind(store.public_key(name)), invalid, "{name:?}");
        assert_eq!(kind(store.export_public(name)), invalid, "{name:?}");
        assert_eq!(
            kind(store.change_passphrase(name, None, PLAIN)),
            invalid,
            "{name:?}"
        );
        assert_eq!(kind(store.delete(name)), invalid, "{name:?}");
    }
    assert_eq!(modes(folder.path()), before);
}

#[test]
fn a_key_of_another_identity_is_refused_k5() {
    let home = TempDir::new().unwrap();
    let keys = home.path().join("keys");
    let store = open(home.path());
    let sealed = NewIdentity::new(Protection::Passphrase("shared"), now());
    for name in ["a", "b"] {
        store.create(name, &plain()).unwrap();
        store.create(&format!("sealed-{name}"), &sealed).unwrap();
    }
    let read = |name: &str| fs::read_to_string(keys.join(name)).unwrap();
    let write = |name: &str, text: &str| fs::write(keys.join(name), text).unwrap();
    let corrupt = ErrorKind::KeyFileCorrupt;

    // As it is, and with the name inside made to fit.
    let (a, b) = (read("a.key"), read("b.key"));
    write("a.key", &b);
    assert_eq!(kind(store.load("a", None)), corrupt);
    write("a.key", &b.replace("\"b\"", "\"a\""));
    assert_eq!(kind(store.load("a", None)), corrupt);
    assert_eq!(kind(store.info("a")), corrupt);
    assert_eq!(kind(store.change_passphrase("a", None, PLAIN)), corrupt);
    write("a.key", &a);
    store.load("a", None).unwrap();

    // Encrypted: the name is sealed in.
    let (a, b) = (read("sealed-a.key"), read("sealed-b.key"));
    write("sealed-a.key", &b);
    assert_eq!(kind(store.load("sealed-a", Some("shared"))), corrupt);
    write("sealed-a.key", &b.replace("sealed-b", "sealed-a"));
    assert_eq!(
        kind(store.load("sealed-a", Some("shared"))),
        ErrorKind::WrongPassphrase
    );
    write("sealed-a.key", &a);
    store.load("sealed-a", Some("shared")).unwrap();

    // A key of the same name and passphrase from another store.
    let elsewhere = TempDir::new().unwrap();
    open(elsewhere.path()).create("sealed-a", &sealed).unwrap();
    let foreign = fs::read_to_string(elsewhere.path().join("keys/sealed-a.key")).unwrap();
    write("sealed-a.key", &foreign);
    assert_eq!(kind(store.load("sealed-a", Some("shared"))), corrupt);

    // The public half swapped instead.
    write("a.pub", &read("b.pub").replace("\"b\"", "\"a\""));
    assert_eq!(kind(store.load("a", None)), corrupt);
}

#[test]
fn an_identity_goes_through_its_life() {
    let home = TempDir::new().unwrap();
    let store = open(&home.path().join("new"));
    assert!(store.list().unwrap().is_empty());
    assert_eq!(kind(store.load("a", None)), ErrorKind::KeyNotFound);
    assert_eq!(kind(store.delete("a")), ErrorKind::KeyNotFound);
    assert_eq!(
        kind(store.change_passphrase("a", None, PLAIN)),
        ErrorKind::KeyNotFound
    );
    assert!(
        !store.home().exists(),
        "nothing is created before the first identity"
    );

    let seed = [42; 32];
    let identity = NewIdentity::new(Protection::Passphrase("one"), now()).with_owner("alice");
    let pair = store.import("a", &seed, &identity).unwrap();
    assert_eq!(pair.public_key(), KeyPair::from_seed(&seed).public_key());
    assert_eq!(
        kind(store.import("a", &seed, &identity)),
        ErrorKind::KeyExists
    );

    let info = store.info("a").unwrap();
    assert_eq!(info.name, "a");
    assert_eq!(info.owner.as_deref(), Some("alice"));
    assert_eq!(
        info.created_at.as_deref(),
        Some("2026-06-15T12:00:00+00:00")
    );
    assert_eq!(info.public_key.as_ref(), Some(pair.public_key()));
    assert!(matches!(info.secret, SecretState::Encrypted(kdf) if kdf.passes == 5));
    assert!(!info.exposed);

    assert_eq!(kind(store.load("a", None)), ErrorKind::PassphraseRequired);
    assert_eq!(kind(store.load("a", Some(""))), ErrorKind::WrongPassphrase);
    assert_eq!(
        kind(store.load("a", Some("two"))),
        ErrorKind::WrongPassphrase
    );
    assert_eq!(store.load("a", Some("one")).unwrap().seed().unwrap(), &seed);

    // To another passphrase, to none, and back to one.
    let two = Protection::Passphrase("two");
    assert_eq!(
        kind(store.change_passphrase("a", Some("x"), two)),
        ErrorKind::WrongPassphrase
    );
    assert_eq!(
        kind(store.change_passphrase("a", None, two)),
        ErrorKind::PassphraseRequired
    );
    store.load("a", Some("one")).unwrap();
    store.change_passphrase("a", Some("one"), two).unwrap();
    assert_eq!(
        kind(store.load("a", Some("one"))),
        ErrorKind::WrongPassphrase
    );
    store.change_passphrase("a", Some("two"), PLAIN).unwrap();
    assert_eq!(store.info("a").unwrap().secret, SecretState::Unencrypted);
    assert_eq!(store.load("a", None).unwrap().seed().unwrap(), &seed);
    store.change_passphrase("a", None, two).unwrap();
    assert_eq!(store.load("a", Some("two")).unwrap().seed().unwrap(), &seed);
    // The public half and what it says never changed.
    assert_eq!(store.info("a").unwrap().owner.as_deref(), Some("alice"));

    store.delete("a").unwrap();
    assert_eq!(kind(store.load("a", Some("two"))), ErrorKind::KeyNotFound);
    assert_eq!(kind(store.info("a")), ErrorKind::KeyNotFound);
    assert_eq!(kind(store.delete("a")), ErrorKind::KeyNotFound);
    store.create("a", &plain()).unwrap();
}

#[test]
fn errors_and_debug_texts_hold_no_secret() {
    let home = TempDir::new().unwrap();
    let store = open(home.path());
    let secret = "correct-horse-battery";
    let seed = [0xa7; 32];
    let identity = NewIdentity::new(Protection::Passphrase(secret), now());
    let pair = store.import("a", &seed, &identity).unwrap();
    let wrong = format!("{secret}-not");
    let mut texts = vec![
        format!("{identity:?} {pair:?} {store:?} {:?}", store.list()),
        store.load("a", Some(&wrong)).unwrap_err().to_string(),
        format!("{:?}", store.load("a", Some(&wrong)).unwrap_err()),
    ];
    let encoded = signet::encoding::base64::encode(&seed);
    store.change_passphrase("a", Some(secret), PLAIN).unwrap();
    let text = fs::read_to_string(home.path().join("keys/a.key")).unwrap();
    for cut in 0..text.len() {
        fs::write(home.path().join("keys/a.key"), &text[..cut]).unwrap();
        texts.push(format!("{:?}", store.load("a", None).unwrap_err()));
    }
    fs::write(home.path().join("keys/a.key"), text.replace("p6en", "p6e?")).unwrap();
    texts.push(store.load("a", None).unwrap_err().to_string());
    for text in texts {
        for part in [
            "battery",
            &encoded[..12],
            &hex::encode(&seed)[..12],
            "167, 167",
        ] {
            assert!(!text.contains(part), "{text}");
        }
    }
}

#[test]
fn one_half_of_an_identity() {
    let home = TempDir::new().unwrap();
    let keys = home.path().join("keys");
    let store = open(home.path());
    let pair = store.create("plain", &plain()).unwrap();
    let sealed = NewIdentity::new(Protection::Passphrase("x"), now());
    let sealed_pair = store.create("sealed", &sealed).unwrap();

    // A public half alone is a known identity that cannot sign.
    fs::rename(keys.join("plain.pub"), keys.join("other.pub")).unwrap();
    let text = fs::read_to_string(keys.join("other.pub")).unwrap();
    fs::write(keys.join("other.pub"), text.replace("plain", "other")).unwrap();
    let info = store.info("other").unwrap();
    assert_eq!(info.secret, SecretState::Missing);
    assert_eq!(info.public_key.as_ref(), Some(pair.public_key()));
    assert_eq!(kind(store.load("other", None)), ErrorKind::KeyNotFound);
    assert_eq!(kind(store.create("other", &plain())), ErrorKind::KeyExists);

    // A secret alone signs; without its passphrase nobody knows its key.
    assert_eq!(
        store.load("plain", None).unwrap().public_key(),
        pair.public_key()
    );
    assert_eq!(
        store.info("plain").unwrap().public_key.as_ref(),
        Some(pair.public_key())
    );
    assert_eq!(kind(store.export_public("plain")), ErrorKind::KeyNotFound);
    assert_eq!(kind(store.create("plain", &plain())), ErrorKind::KeyExists);
    fs::remove_file(keys.join("sealed.pub")).unwrap();
    assert_eq!(store.info("sealed").unwrap().public_key, None);
    assert_eq!(
        store.load("sealed", Some("x")).unwrap().public_key(),
        sealed_pair.public_key()
    );

    for name in ["other", "plain", "sealed"] {
        store.delete(name).unwrap();
    }
    assert!(store.list().unwrap().is_empty());
}

#[test]
fn foreign_files_and_modes_are_left_alone() {
    let home = TempDir::new().unwrap();
    let keys = home.path().join("keys");
    fs::create_dir(&keys).unwrap();
    fs::set_permissions(&keys, fs::Permissions::from_mode(0o755)).unwrap();
    let foreign = [
        "README.md",
        ".hidden",
        "b.key.tmp",
        ".a.key.tmp",
        ".a.0123456789ABCDEF.key.tmp",
        ".a.0123456789abcdef.key",
        ".a b.0123456789abcdef.key.tmp",
        "a b.key",
    ];
    for name in foreign {
        fs::write(keys.join(name), "x").unwrap();
    }
    let store = open(home.path());
    store.create("a", &plain()).unwrap();
    store.change_passphrase("a", None, PLAIN).unwrap();
    let names: Vec<_> = store.list().unwrap().into_iter().map(|l| l.name).collect();
    assert_eq!(names, ["a"]);
    store.delete("a").unwrap();
    for name in foreign {
        assert_eq!(fs::read_to_string(keys.join(name)).unwrap(), "x", "{name}");
    }
    assert_eq!(fs::metadata(&keys).unwrap().mode() & 0o777, 0o755);
    // What the published Signet leaves when it dies is a secret of this name.
    store.delete("b").unwrap();
    assert!(!keys.join("b.key.tmp").exists());
}

#[test]
fn owners_are_bounded() {
    let home = TempDir::new().unwrap();
    let store = open(home.path());
    let owner = "\u{1}".repeat(4096);
    store.create("a", &plain().with_owner(&owner)).unwrap();
    assert_eq!(store.info("a").unwrap().owner, Some(owner.clone()));
    let longer = format!("{owner}x");
    assert_eq!(
        kind(store.create("b", &plain().with_owner(&longer))),
        ErrorKind::InvalidArgument
    );
    assert_eq!(kind(Keystore::open("")), ErrorKind::InvalidArgument);
}

#[test]
fn a_principal_is_published_if_it_is_one() {
    let home = TempDir::new().unwrap();
    let store = open(home.path());
    let bot = "agent://example/bot";
    store.create("bot", &plain().with_principal(bot)).unwrap();
    assert_eq!(store.info("bot").unwrap().principal.as_deref(), Some(bot));
    let wrong = store.create("other", &plain().with_principal("bot"));
    assert_eq!(kind(wrong), ErrorKind::PrincipalInvalid);
    assert_eq!(kind(store.info("other")), ErrorKind::KeyNotFound);
}
