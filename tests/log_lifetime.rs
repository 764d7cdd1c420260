//! A log over its life: segments that are left and removed, checkpoints that come
//! by themselves, names that change under an open log.

#[path = "support/stopping_disk.rs"]
mod stopping_disk;

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use signet::encoding::rfc3339::Instant;
use signet::error::ErrorKind;
use signet::identity::KeyPair;
use signet::log::{
    CheckpointCadence, Clock, Durability, ExpectedCadence, Finding, FindingKind, Log, LogOptions,
    PRUNE_TOOL, ROTATE_TOOL, Record, Report, Sharing, SignaturePolicy, Verdict, VerifyOptions,
    verify_folder,
};
use signet::receipt::{Action, ActionOptions, Receipt, SignOptions, Signer, sign};
use signet::tlog::checkpoint::Checkpoint;
use signet::tlog::checkpoint_policy::CheckpointPolicy;
use signet::tlog::note::Note;
use signet::tlog::tlog_proof::TlogProof;
use signet::tlog::tree::TreeHead;
use signet::tlog::verifier_key::{SignatureType, VerifierKey};
use stopping_disk::StoppingDisk;

/// A clock that tests set.
#[derive(Debug)]
struct TestClock(Mutex<Instant>);

impl TestClock {
    fn at(text: &str) -> Arc<TestClock> {
        Arc::new(TestClock(Mutex::new(Instant::parse(text).unwrap())))
    }

    fn pass(&self, millis: i64) {
        let mut now = self.0.lock().unwrap();
        *now = now.plus_millis(millis);
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

const DAY: &str = "2026-11-20.jsonl";
const NOON: &str = "2026-11-20T12:00:00Z";

fn options(clock: &Arc<TestClock>) -> LogOptions {
    LogOptions {
        clock: Arc::clone(clock) as Arc<dyn Clock>,
        ..LogOptions::default()
    }
}

/// Options of a log that nobody else appends to, with segments of about seven
/// records.
fn alone(clock: &Arc<TestClock>) -> LogOptions {
    LogOptions {
        sharing: Sharing::Alone,
        max_segment_len: 6000,
        ..options(clock)
    }
}

fn control_key() -> Arc<KeyPair> {
    Arc::new(KeyPair::from_seed(&[7; 32]))
}

fn log_key() -> Arc<KeyPair> {
    Arc::new(KeyPair::from_seed(&[3; 32]))
}

fn receipt_at(tool: &str, time: &str) -> Receipt {
    let action = format!(r#"{{"tool":"{tool}","params":{{"n":1}},"target":"mcp://x"}}"#);
    let action = Action::parse(action.as_bytes(), &ActionOptions::default()).unwrap();
    let options = SignOptions {
        time: Some(Instant::parse(time).unwrap()),
        ..SignOptions::default()
    };
    let signer = Signer {
        name: "agent",
        owner: "owner",
    };
    sign(&KeyPair::from_seed(&[1; 32]), &action, &signer, &options).unwrap()
}

fn receipt(tool: &str) -> Receipt {
    receipt_at(tool, NOON)
}

fn append(log: &Log, count: usize) {
    for number in 0..count {
        log.append(&receipt(&format!("tool{number}"))).unwrap();
    }
}

fn segments(home: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(home.join("audit"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".jsonl"))
        .collect();
    names.sort();
    names
}

fn path(home: &Path, name: &str) -> PathBuf {
    home.join("audit").join(name)
}

fn verdict(home: &Path) -> (Verdict, u64) {
    let report = verify_folder(&home.join("audit"), &VerifyOptions::default(), &mut ()).unwrap();
    (report.verdict, report.records)
}

fn published_chain(home: &Path) -> (bool, usize) {
    let status = signet_core::audit::verify_chain(home).unwrap();
    (status.valid, status.total_records)
}

fn note_size(home: &Path) -> Option<u64> {
    let note = fs::read(path(home, ".log/checkpoint")).ok()?;
    let note = Note::parse(&note).unwrap();
    Some(Checkpoint::parse(note.text()).unwrap().head().size)
}

#[test]
fn a_full_segment_is_left_and_published_programs_verify_the_whole() {
    let home = tempfile::tempdir().unwrap();
    let clock = TestClock::at(NOON);
    let log = Log::open(home.path(), alone(&clock)).unwrap();
    append(&log, 30);
    let names = segments(home.path());
    assert!(names.len() > 3, "{names:?}");
    assert_eq!(
        &names[..3],
        [DAY, "2026-11-20.s0001.jsonl", "2026-11-20.s0002.jsonl"]
    );
    for name in &names {
        assert!(fs::metadata(path(home.path(), name)).unwrap().len() <= 6000);
    }
    assert_eq!(verdict(home.path()), (Verdict::Ok, 30));
    assert_eq!(published_chain(home.path()), (true, 30));
    let filter = signet_core::audit::AuditFilter::default();
    assert_eq!(
        signet_core::audit::query(home.path(), &filter)
            .unwrap()
            .len(),
        30
    );
    for index in 0..30 {
        assert_eq!(log.read(index).unwrap().index, index);
    }
    // Another process that has been away, and one that begins now.
    let other = Log::open(home.path(), alone(&clock)).unwrap();
    append(&log, 9);
    append(&other, 9);
    append(&log, 1);
    drop((log, other));
    assert_eq!(Log::open(home.path(), alone(&clock)).unwrap().len(), 49);
    assert_eq!(published_chain(home.path()), (true, 49));
    // A record that is larger than a segment has one for itself.
    let log = Log::open(home.path(), alone(&clock)).unwrap();
    let large = format!(r#"{{"p":"{}","ts":"{NOON}"}}"#, "x".repeat(9000));
    log.append_json(large.as_bytes()).unwrap();
    append(&log, 1);
    assert_eq!(verdict(home.path()), (Verdict::Ok, 51));
}

#[test]
fn while_others_may_append_a_day_stays_whole() {
    let home = tempfile::tempdir().unwrap();
    let clock = TestClock::at(NOON);
    let shared = LogOptions {
        max_segment_len: 1,
        ..options(&clock)
    };
    let log = Log::open(home.path(), shared).unwrap();
    append(&log, 20);
    let value = serde_json::from_slice(receipt("theirs").json()).unwrap();
    signet_core::audit::append(home.path(), &value).unwrap();
    append(&log, 5);
    assert_eq!(segments(home.path()), [DAY]);
    assert_eq!(log.rotate().unwrap_err().kind(), ErrorKind::InvalidArgument);
    assert_eq!(published_chain(home.path()), (true, 26));
    // Not even when it was said that nobody else appends, but somebody does.
    drop(log);
    let log = Log::open(home.path(), alone(&clock)).unwrap();
    signet_core::audit::append(home.path(), &value).unwrap();
    append(&log, 20);
    signet_core::audit::append(home.path(), &value).unwrap();
    append(&log, 20);
    assert_eq!(segments(home.path()), [DAY]);
    assert_eq!(published_chain(home.path()), (true, 68));
    assert!(!log.rotate().unwrap());
    // The next day begins anew.
    clock.pass(86_400_000);
    append(&log, 30);
    assert!(segments(home.path()).len() > 3);
    assert_eq!(published_chain(home.path()), (true, 98));
}

#[test]
fn the_first_record_of_a_segment_states_what_the_one_before_was() {
    let home = tempfile::tempdir().unwrap();
    let clock = TestClock::at(NOON);
    let keyed = LogOptions {
        control_key: Some(control_key()),
        log_key: Some(log_key()),
        max_segment_len: u64::MAX,
        ..alone(&clock)
    };
    let log = Log::open(home.path(), keyed).unwrap();
    assert!(!log.rotate().unwrap());
    append(&log, 5);
    let root = log.tree_head().unwrap().root;
    assert!(log.rotate().unwrap());
    // A checkpoint over everything that was left.
    assert_eq!(note_size(home.path()), Some(5));
    clock.pass(86_400_000);
    append(&log, 1);
    assert_eq!(
        segments(home.path()),
        [DAY, "2026-11-20.s0001.jsonl", "2026-11-21.jsonl"]
    );
    let record = log.read(5).unwrap();
    assert_eq!(record.segment, "2026-11-20.s0001.jsonl");
    assert_eq!(record.view().tool().unwrap(), ROTATE_TOOL);
    let value: serde_json::Value = serde_json::from_slice(&record.receipt).unwrap();
    let params = &value["action"]["params"];
    let bytes = fs::read(path(home.path(), DAY)).unwrap();
    let hex = |bytes: &[u8]| format!("sha256:{}", signet::encoding::hex::encode(bytes));
    let digest = signet::crypto::digest::sha256(&bytes);
    assert_eq!(params["segment"], DAY);
    assert_eq!(params["segment_len"], bytes.len());
    assert_eq!(params["segment_sha256"], hex(&digest));
    assert_eq!(params["next_index"], 5);
    assert_eq!(params["last_hash"], hex(&record.previous));
    assert_eq!(params["root"], hex(&root));
    let second = log.read(6).unwrap();
    assert_eq!(second.segment, "2026-11-21.jsonl");
    assert_eq!(second.view().tool().unwrap(), ROTATE_TOOL);
    assert_eq!(log.append(&receipt("last")).unwrap().index, 8);
    assert_eq!(published_chain(home.path()), (true, 9));
}

#[test]
fn checkpoints_come_when_they_are_due() {
    let home = tempfile::tempdir().unwrap();
    let clock = TestClock::at(NOON);
    let keyed = |cadence| LogOptions {
        log_key: Some(log_key()),
        checkpoints: cadence,
        ..options(&clock)
    };
    let cadence = CheckpointCadence {
        records: 10,
        millis: 1000,
    };
    let log = Log::open(home.path(), keyed(Some(cadence))).unwrap();
    append(&log, 9);
    assert_eq!(note_size(home.path()), None);
    append(&log, 1);
    assert_eq!(note_size(home.path()), Some(10));
    append(&log, 3);
    clock.pass(999);
    append(&log, 1);
    assert_eq!(note_size(home.path()), Some(10));
    clock.pass(1);
    append(&log, 1);
    assert_eq!(note_size(home.path()), Some(15));
    append(&log, 2);
    assert_eq!(note_size(home.path()), Some(15));
    log.close().unwrap();
    assert_eq!(note_size(home.path()), Some(17));
    // Those that nobody wants do not come.
    let log = Log::open(home.path(), keyed(None)).unwrap();
    append(&log, 300);
    log.close().unwrap();
    assert_eq!(note_size(home.path()), Some(17));
    // Only over what is durable: a log that is not synced waits for the sync.
    let lazy = LogOptions {
        durability: Durability::None,
        ..keyed(Some(cadence))
    };
    let log = Log::open(home.path(), lazy).unwrap();
    append(&log, 30);
    assert_eq!(note_size(home.path()), Some(17));
    log.sync().unwrap();
    assert_eq!(note_size(home.path()), Some(347));
}

#[test]
fn a_checkpoint_that_cannot_be_made_fails_no_append() {
    let home = tempfile::tempdir().unwrap();
    let clock = TestClock::at(NOON);
    let keyed = |key: &[u8; 32]| LogOptions {
        log_key: Some(Arc::new(KeyPair::from_seed(key))),
        checkpoints: Some(CheckpointCadence {
            records: 1,
            millis: 0,
        }),
        ..options(&clock)
    };
    let log = Log::open(home.path(), keyed(&[3; 32])).unwrap();
    append(&log, 3);
    log.close().unwrap();
    // Another key is no continuation of the first one's notes.
    let log = Log::open(home.path(), keyed(&[4; 32])).unwrap();
    append(&log, 3);
    assert_eq!(note_size(home.path()), Some(3));
    log.checkpoint().unwrap_err();
    log.close().unwrap();
    assert_eq!(verdict(home.path()), (Verdict::Ok, 6));
}

/// Until a folder has not changed for a moment, an append looks at everything.
fn settle(log: &Log) {
    append(log, 1);
    std::thread::sleep(Duration::from_millis(120));
    append(log, 2);
}

#[test]
fn whatever_changes_under_an_open_log_is_noticed_by_the_next_append() {
    let home = tempfile::tempdir().unwrap();
    // The system's clock: lock files and folders are stamped by it.
    let record = || {
        let json = format!(r#"{{"ts":"{}"}}"#, Instant::now().to_text());
        Record::parse(json.as_bytes(), 1 << 20).unwrap()
    };
    let alone = || LogOptions {
        sharing: Sharing::Alone,
        ..LogOptions::default()
    };
    let log = Log::open(home.path(), alone()).unwrap();
    settle(&log);
    let mut count = 3;
    for round in 0..3 {
        settle(&log);
        count += 3;
        match round {
            // Another process goes on in another segment.
            0 => {
                let other = Log::open(home.path(), alone()).unwrap();
                assert!(other.rotate().unwrap());
                other.append_record(&record()).unwrap();
                count += 1;
            }
            // Everything beside the lines is deleted.
            1 => fs::remove_dir_all(path(home.path(), ".log")).unwrap(),
            // The lock file of the day is replaced, as hooks do.
            _ => {
                let lock = fs::read_dir(home.path().join("audit"))
                    .unwrap()
                    .map(|entry| entry.unwrap().path())
                    .find(|path| path.extension().is_some_and(|e| e == "lock"))
                    .unwrap();
                fs::remove_file(&lock).unwrap();
                fs::write(&lock, b"").unwrap();
                let old = std::time::UNIX_EPOCH + Duration::from_secs(1);
                let file = fs::File::options().write(true).open(&lock).unwrap();
                file.set_modified(old).unwrap();
            }
        }
        let appended = log.append_record(&record()).unwrap();
        assert_eq!(appended.index, count, "{round}");
        count += 1;
    }
    log.close().unwrap();
    assert_eq!(verdict(home.path()), (Verdict::Ok, count));
    assert_eq!(published_chain(home.path()), (true, count as usize));
}

#[test]
fn a_folder_that_is_moved_away_takes_no_more_records() {
    let home = tempfile::tempdir().unwrap();
    let log = Log::open(home.path(), LogOptions::default()).unwrap();
    settle(&log);
    let moved = home.path().join("moved");
    fs::rename(home.path().join("audit"), &moved).unwrap();
    fs::create_dir(home.path().join("audit")).unwrap();
    append(&log, 1);
    let len = |folder: &Path| -> usize {
        let lines = |path: PathBuf| fs::read_to_string(path).unwrap().lines().count();
        fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|e| e == "jsonl"))
            .map(lines)
            .sum()
    };
    assert_eq!((len(&moved), len(&home.path().join("audit"))), (3, 1));
}

/// What a log on a disk that stops is asked to do.
type Work = fn(&Log) -> signet::error::Result<()>;

/// Does the work in a process that dies at its first, second, third… operation,
/// until it lives to the end; looks at the log after each death.
fn die_at_every_step(
    prepare: impl Fn(&Path),
    options: impl Fn() -> LogOptions,
    work: Work,
    look: impl Fn(u64, &Path, bool),
) {
    for step in 0.. {
        let home = tempfile::tempdir().unwrap();
        prepare(home.path());
        let disk = StoppingDisk::new(home.path());
        let left = disk.left();
        let log = Log::open_on(Arc::new(disk), options()).unwrap();
        left.store(step, Ordering::SeqCst);
        let done = work(&log).is_ok();
        drop(log);
        look(step, home.path(), done);
        if left.load(Ordering::SeqCst) > 0 {
            assert!(done && step > 10);
            return;
        }
    }
}

#[test]
fn a_death_at_any_step_of_leaving_a_segment_loses_nothing() {
    let clock = TestClock::at(NOON);
    let keyed = || LogOptions {
        control_key: Some(control_key()),
        log_key: Some(log_key()),
        max_segment_len: u64::MAX,
        ..alone(&clock)
    };
    die_at_every_step(
        |home| {
            let log = Log::open(home, keyed()).unwrap();
            append(&log, 5);
        },
        keyed,
        |log| {
            log.rotate()?;
            log.append(&receipt("after")).map(|_| ())
        },
        |step, home, done| {
            let log = Log::open(home, keyed()).unwrap();
            let len = log.len();
            assert!(len >= 5 + 2 * u64::from(done), "{step}: {len}");
            let tools: Vec<String> = (0..len)
                .map(|index| log.read(index).unwrap().view().tool().unwrap().into_owned())
                .collect();
            assert!(
                tools.starts_with(&["tool0", "tool1", "tool2", "tool3", "tool4"].map(String::from))
            );
            append(&log, 2);
            log.checkpoint().unwrap();
            drop(log);
            let (verdict, records) = verdict(home);
            assert_eq!(verdict, Verdict::Ok, "{step}");
            assert_eq!(published_chain(home), (true, records as usize), "{step}");
        },
    );
}

/// A log of three days, ten records each, with a rotation record between them.
fn three_days(home: &Path, options: impl Fn(&Arc<TestClock>) -> LogOptions) -> Arc<TestClock> {
    let clock = TestClock::at(NOON);
    let lazy = LogOptions {
        durability: Durability::None,
        ..options(&clock)
    };
    let log = Log::open(home, lazy).unwrap();
    for _ in 0..3 {
        append(&log, 10);
        clock.pass(86_400_000);
    }
    clock.pass(-86_400_000);
    clock
}

fn keeper(clock: &Arc<TestClock>) -> LogOptions {
    LogOptions {
        control_key: Some(control_key()),
        log_key: Some(log_key()),
        ..options(clock)
    }
}

const LAST_DAY: &str = "2026-11-22.jsonl";

fn time(text: &str) -> Instant {
    Instant::parse(text).unwrap()
}

fn findings(home: &Path, options: &VerifyOptions<'_>) -> (Report, Vec<Finding>) {
    let mut findings = Vec::new();
    let report = verify_folder(&home.join("audit"), options, &mut findings).unwrap();
    (report, findings)
}

#[test]
fn old_segments_can_be_removed_and_the_rest_stays_provable_d12() {
    let home = tempfile::tempdir().unwrap();
    let clock = three_days(home.path(), keeper);
    let log = Log::open(home.path(), keeper(&clock)).unwrap();
    let policy = CheckpointPolicy::of_log(log.verifier_key().unwrap()).unwrap();
    let before = log.tree_head().unwrap();
    assert_eq!(before.size, 32);
    let old = log.prove_consistency(10).unwrap().old;
    let kept = log.read(25).unwrap();
    let archive = fs::read(path(home.path(), DAY)).unwrap();

    // First one sees what would go.
    assert!(
        log.plan_prune(time("2026-11-20T23:59:59Z"))
            .unwrap()
            .is_empty()
    );
    assert_eq!(
        log.plan_prune(time("2030-01-01T00:00:00Z"))
            .unwrap()
            .segments
            .len(),
        2
    );
    let plan = log.plan_prune(time("2026-11-21T00:00:00Z")).unwrap();
    assert_eq!((plan.first_index, plan.next_index), (0, 10));
    assert_eq!(plan.first_kept, "2026-11-21.jsonl");
    assert_eq!(
        plan.segments[0].sha256,
        signet::crypto::digest::sha256(&archive)
    );
    assert_eq!(
        (plan.segments[0].records, plan.segments[0].len),
        (10, archive.len() as u64)
    );
    assert_eq!(segments(home.path()).len(), 3);

    let appended = log.prune(&plan).unwrap();
    assert_eq!((appended.index, appended.durable), (32, true));
    assert_eq!(segments(home.path()), ["2026-11-21.jsonl", LAST_DAY]);
    assert_eq!(
        log.prune(&plan).unwrap_err().kind(),
        ErrorKind::InvalidArgument
    );
    let record = log.read(32).unwrap();
    assert_eq!(record.view().tool().unwrap(), PRUNE_TOOL);

    // The numbers have not moved, and what was proved before still is.
    assert_eq!(log.read(25).unwrap(), kept);
    assert_eq!(log.read(9).unwrap_err().kind(), ErrorKind::RecordNotFound);
    append(&log, 3);
    for reopened in [false, true] {
        let again = reopened.then(|| Log::open(home.path(), keeper(&clock)).unwrap());
        let log = again.as_ref().unwrap_or(&log);
        assert_eq!(log.len(), 36);
        let file = log.prove(25).unwrap().encode();
        let proof = TlogProof::parse(file.as_bytes()).unwrap();
        proof.verify(&kept.record_hash, &policy).unwrap();
        assert_eq!(log.prove_consistency(10).unwrap().old, old);
        assert_eq!(log.prove_consistency(32).unwrap().old, before);
        let mut first = None;
        log.for_each(0, |record| {
            first = Some(record.index);
            ControlFlow::Break(())
        })
        .unwrap();
        assert_eq!(first, Some(10));
    }

    // Verification says what is missing and why, and finds nothing wrong.
    let (report, told) = findings(home.path(), &VerifyOptions::default());
    assert_eq!(
        (report.verdict, report.records, report.pruned),
        (Verdict::Ok, 26, 10)
    );
    assert_eq!(told.len(), 1);
    assert_eq!((told[0].kind, told[0].index), (FindingKind::Pruned, 10));
    assert!(
        told[0].detail.contains("as record 32 states"),
        "{}",
        told[0].detail
    );
    assert!(
        told[0]
            .detail
            .contains(&signet::encoding::key_text::prefixed(
                control_key().public_key()
            ))
    );
    let with = |first, trusted_head| VerifyOptions {
        first,
        trusted_head,
        ..VerifyOptions::default()
    };
    let anchored = |options| findings(home.path(), &options).0;
    assert_eq!(anchored(with(0, Some(before))).anchored, 32);
    assert_eq!(anchored(with(0, Some(old))).anchored, 10);
    let wrong = TreeHead {
        size: 7,
        root: [1; 32],
    };
    assert_eq!(anchored(with(0, Some(wrong))).verdict, Verdict::Tampered);
    for (first, records) in [(10, 26), (11, 25), (20, 16), (35, 1)] {
        let report = anchored(with(first, None));
        assert_eq!(
            (report.verdict, report.records),
            (Verdict::Ok, records),
            "{first}"
        );
    }
    let tail = anchored(with(32, Some(before)));
    assert_eq!(
        (tail.verdict, tail.records, tail.anchored),
        (Verdict::Ok, 4, 32)
    );
    let missing = verify_folder(&home.path().join("audit"), &with(4, None), &mut ());
    assert_eq!(missing.unwrap_err().kind(), ErrorKind::RecordNotFound);

    // Published programs go on appending; what they find missing they report.
    assert!(!published_chain(home.path()).0);
    let theirs = receipt_at("theirs", "2026-11-22T12:00:00Z");
    let value = serde_json::from_slice(theirs.json()).unwrap();
    signet_core::audit::append(home.path(), &value).unwrap();
    assert_eq!(log.append(&receipt("ours")).unwrap().index, 37);
    assert_eq!(
        findings(home.path(), &VerifyOptions::default()).0.verdict,
        Verdict::Ok
    );

    // A second removal, of which only the newest receipt is left.
    clock.pass(86_400_000);
    append(&log, 4);
    let plan = log.plan_prune(time("2026-11-23T00:00:00Z")).unwrap();
    assert_eq!((plan.first_index, plan.segments.len()), (10, 2));
    log.prune(&plan).unwrap();
    log.close().unwrap();
    let (report, told) = findings(home.path(), &VerifyOptions::default());
    assert_eq!(
        (report.verdict, report.pruned, told.len()),
        (Verdict::Ok, 38, 1)
    );
    // Everything beside the lines can still be deleted, but for the tiles.
    let side = path(home.path(), ".log");
    for name in ["pruned", "head", "index"] {
        fs::remove_file(side.join(name)).unwrap();
    }
    let log = Log::open(home.path(), keeper(&clock)).unwrap();
    assert_eq!((log.len(), log.recovery().verdict), (44, Verdict::Ok));
    assert_eq!(log.prove_consistency(32).unwrap().old, before);
    assert_eq!(log.read(40).unwrap().index, 40);
    drop(log);
    fs::remove_dir_all(&side).unwrap();
    let log = Log::open(home.path(), keeper(&clock)).unwrap();
    assert_eq!((log.len(), log.recovery().verdict), (44, Verdict::Ok));
    append(&log, 1);
    assert_eq!(
        log.tree_head().unwrap_err().kind(),
        ErrorKind::LogUnverifiable
    );
    assert_eq!(
        findings(home.path(), &VerifyOptions::default()).0.verdict,
        Verdict::Ok
    );
}

#[test]
fn segments_that_are_missing_without_a_word_cannot_be_verified_d12() {
    let home = tempfile::tempdir().unwrap();
    let clock = three_days(home.path(), keeper);
    fs::remove_file(path(home.path(), DAY)).unwrap();
    let (report, told) = findings(home.path(), &VerifyOptions::default());
    assert_eq!(
        (report.verdict, report.records),
        (Verdict::Unverifiable, 22)
    );
    assert_eq!(
        (told[0].kind, told[0].index),
        (FindingKind::BeginningMissing, 10)
    );
    // What is left keeps its numbers, and the log goes on.
    let log = Log::open(home.path(), keeper(&clock)).unwrap();
    assert_eq!(log.append(&receipt("on")).unwrap().index, 32);
    assert_eq!(
        log.verify(&VerifyOptions::default(), &mut ())
            .unwrap()
            .verdict,
        Verdict::Unverifiable
    );
    drop(log);
    // More than the receipt explains is not explained.
    let home = tempfile::tempdir().unwrap();
    let clock = three_days(home.path(), keeper);
    let log = Log::open(home.path(), keeper(&clock)).unwrap();
    let plan = log.plan_prune(time("2026-11-21T00:00:00Z")).unwrap();
    log.prune(&plan).unwrap();
    drop(log);
    fs::remove_file(path(home.path(), "2026-11-21.jsonl")).unwrap();
    let (report, told) = findings(home.path(), &VerifyOptions::default());
    assert_eq!(report.verdict, Verdict::Unverifiable);
    assert_eq!(
        (told[0].kind, told[0].index),
        (FindingKind::BeginningMissing, 21)
    );
    // In the middle it is no beginning that is missing.
    let home = tempfile::tempdir().unwrap();
    three_days(home.path(), keeper);
    fs::remove_file(path(home.path(), "2026-11-21.jsonl")).unwrap();
    let verdict = findings(home.path(), &VerifyOptions::default()).0.verdict;
    assert!(
        verdict == Verdict::Tampered || verdict == Verdict::Truncated,
        "{verdict:?}"
    );
}

#[test]
fn a_receipt_that_nobody_has_signed_explains_nothing() {
    let home = tempfile::tempdir().unwrap();
    let clock = three_days(home.path(), keeper);
    let log = Log::open(home.path(), keeper(&clock)).unwrap();
    let plan = log.plan_prune(time("2026-11-21T00:00:00Z")).unwrap();
    log.prune(&plan).unwrap();
    drop(log);
    // The same statement, with another signature, in a chain that is whole.
    let name = path(home.path(), LAST_DAY);
    let text = fs::read_to_string(&name).unwrap();
    let place = text.find("\"sig\":\"ed25519:").unwrap();
    let last = text.rfind("\"sig\":\"ed25519:").unwrap() + 15;
    assert!(place < last);
    let mut bytes = text.into_bytes();
    bytes[last] = if bytes[last] == b'A' { b'B' } else { b'A' };
    let forged = String::from_utf8(bytes).unwrap();
    let mut lines: Vec<&str> = forged.lines().collect();
    let line: serde_json::Value = serde_json::from_str(lines.pop().unwrap()).unwrap();
    let receipt = serde_json_canonicalizer::to_vec(&line["receipt"]).unwrap();
    let previous = line["prev_hash"].as_str().unwrap();
    let previous = signet::log::line::parse_hash(previous.as_bytes()).unwrap();
    let mut out = lines.join("\n").into_bytes();
    out.push(b'\n');
    signet::log::line::append_line(&mut out, &receipt, &previous);
    fs::write(&name, out).unwrap();
    fs::remove_dir_all(path(home.path(), ".log")).unwrap();
    let (report, told) = findings(home.path(), &VerifyOptions::default());
    assert_ne!(report.verdict, Verdict::Ok);
    assert_eq!(report.pruned, 0);
    assert!(
        told.iter()
            .all(|finding| finding.kind != FindingKind::Pruned)
    );
}

#[test]
fn a_call_of_a_tool_by_that_name_explains_nothing() {
    // What the log states when it removes the first day...
    let home = tempfile::tempdir().unwrap();
    let clock = three_days(home.path(), keeper);
    let copy = tempfile::tempdir().unwrap();
    let copied = std::process::Command::new("cp")
        .arg("-a")
        .args([home.path().join("audit"), copy.path().join("audit")])
        .status();
    assert!(copied.unwrap().success());
    let log = Log::open(home.path(), keeper(&clock)).unwrap();
    let plan = log.plan_prune(time("2026-11-21T00:00:00Z")).unwrap();
    let stated = log.prune(&plan).unwrap().index;
    let stated: serde_json::Value =
        serde_json::from_slice(&log.read(stated).unwrap().receipt).unwrap();
    let params = &stated["action"]["params"];

    // ...an agent is made to sign as the arguments of a call, and the file is deleted.
    let home = copy;
    let log = Log::open(home.path(), keeper(&clock)).unwrap();
    for target in ["mcp://x", "signet.log"] {
        let action = format!(r#"{{"params":{params},"target":"{target}","tool":"{PRUNE_TOOL}"}}"#);
        let action = Action::parse(action.as_bytes(), &ActionOptions::default()).unwrap();
        let signer = Signer {
            name: "agent",
            owner: "",
        };
        let key = KeyPair::from_seed(&[1; 32]);
        let call = sign(&key, &action, &signer, &SignOptions::default()).unwrap();
        log.append(&call).unwrap();
        let kept = fs::read(path(home.path(), DAY)).unwrap();
        fs::remove_file(path(home.path(), DAY)).unwrap();
        let (report, told) = findings(home.path(), &VerifyOptions::default());
        let (verdict, kind) = match target {
            // Only whoever signs with that target speaks for a log.
            "signet.log" => (Verdict::Ok, FindingKind::Pruned),
            _ => (Verdict::Unverifiable, FindingKind::BeginningMissing),
        };
        assert_eq!((report.verdict, told[0].kind), (verdict, kind), "{target}");
        // And where it is known who may, only they do.
        let control_key = control_key();
        let only = SignaturePolicy {
            control_keys: Some(&[control_key.public_key()]),
            ..SignaturePolicy::default()
        };
        let options = VerifyOptions {
            signatures: Some(only),
            ..VerifyOptions::default()
        };
        let (report, told) = findings(home.path(), &options);
        let (verdict, kind) = match target {
            "signet.log" => (Verdict::Tampered, FindingKind::RemovalUntrusted),
            _ => (Verdict::Unverifiable, FindingKind::BeginningMissing),
        };
        assert_eq!((report.verdict, told[0].kind), (verdict, kind), "{target}");
        fs::write(path(home.path(), DAY), kept).unwrap();
    }
}

#[test]
fn damaged_segments_are_kept() {
    let home = tempfile::tempdir().unwrap();
    let clock = three_days(home.path(), keeper);
    let name = path(home.path(), DAY);
    let mut bytes = fs::read(&name).unwrap();
    bytes[300] ^= 1;
    fs::write(&name, bytes).unwrap();
    let log = Log::open(home.path(), keeper(&clock)).unwrap();
    let planned = log.plan_prune(time("2026-11-21T00:00:00Z"));
    assert_eq!(planned.unwrap_err().kind(), ErrorKind::LogTampered);
    drop(log);
    // Without a key nothing could be stated, so nothing is removed.
    let home = tempfile::tempdir().unwrap();
    let clock = three_days(home.path(), options);
    let log = Log::open(home.path(), options(&clock)).unwrap();
    let plan = log.plan_prune(time("2026-11-21T00:00:00Z")).unwrap();
    assert_eq!(
        log.prune(&plan).unwrap_err().kind(),
        ErrorKind::InvalidArgument
    );
    // A plan that is no longer true is not carried out.
    let log = Log::open(home.path(), keeper(&clock)).unwrap();
    let mut changed = plan.clone();
    changed.segments[0].sha256[0] ^= 1;
    assert_eq!(
        log.prune(&changed).unwrap_err().kind(),
        ErrorKind::InvalidArgument
    );
    assert_eq!(segments(home.path()).len(), 3);
    log.prune(&plan).unwrap();
}

#[test]
fn a_death_at_any_step_of_removing_leaves_a_log_that_verifies() {
    let clock = TestClock::at("2026-11-22T12:00:00Z");
    let keyed = || keeper(&clock);
    die_at_every_step(
        |home| {
            three_days(home, keeper);
        },
        keyed,
        |log| {
            let plan = log.plan_prune(time("2026-11-22T00:00:00Z"))?;
            log.prune(&plan).map(|_| ())
        },
        |step, home, done| {
            let (report, told) = findings(home, &VerifyOptions::default());
            assert!(
                matches!(report.verdict, Verdict::Ok | Verdict::Torn),
                "{step}: {told:?}"
            );
            assert!(report.records + report.pruned >= 32, "{step}");
            let log = Log::open(home, keyed()).unwrap();
            append(&log, 1);
            log.prove(log.len() - 1).unwrap();
            let left = log.plan_prune(time("2026-11-22T00:00:00Z")).unwrap();
            assert!(!done || left.is_empty(), "{step}");
            if !left.is_empty() {
                log.prune(&left).unwrap();
            }
            drop(log);
            assert_eq!(segments(home), [LAST_DAY], "{step}");
            let (report, told) = findings(home, &VerifyOptions::default());
            assert_eq!(
                (report.verdict, report.pruned),
                (Verdict::Ok, 21),
                "{step}: {told:?}"
            );
        },
    );
}

#[test]
fn a_checkpoint_that_is_overdue_makes_a_log_stale() {
    let home = tempfile::tempdir().unwrap();
    let clock = TestClock::at(NOON);
    let keyed = LogOptions {
        checkpoints: None,
        ..keeper(&clock)
    };
    let log = Log::open(home.path(), keyed).unwrap();
    let at = |seconds: i64| time(NOON).plus_millis(seconds * 1000);
    let write = |seconds: i64| {
        log.append(&receipt_at("t", &at(seconds).to_text()))
            .unwrap();
    };
    let key = log.verifier_key().unwrap();
    let judged = |max_age: u64, now: Option<i64>, key: Option<&VerifierKey>| {
        let options = VerifyOptions {
            cadence: Some(ExpectedCadence {
                max_age_millis: max_age * 1000,
                now: now.map(at),
                log_key: key,
            }),
            ..VerifyOptions::default()
        };
        findings(home.path(), &options).0.verdict
    };
    write(0);
    write(10);
    log.checkpoint().unwrap();
    // Covered to its end it is fresh, whatever time it is.
    assert_eq!(judged(5, Some(1_000_000), Some(&key)), Verdict::Ok);
    write(60);
    write(70);
    assert_eq!(judged(10, None, Some(&key)), Verdict::Ok);
    assert_eq!(judged(9, None, Some(&key)), Verdict::Stale);
    assert_eq!(judged(60, Some(120), Some(&key)), Verdict::Ok);
    assert_eq!(judged(60, Some(121), Some(&key)), Verdict::Stale);
    // A late record has waited since it came, which was after the one before.
    log.checkpoint().unwrap();
    write(1);
    assert_eq!(judged(60, Some(120), Some(&key)), Verdict::Ok);
    assert_eq!(judged(60, Some(131), Some(&key)), Verdict::Stale);
    log.checkpoint().unwrap();
    assert_eq!(judged(60, Some(131), Some(&key)), Verdict::Ok);
    // Somebody else's checkpoint is none.
    let other = KeyPair::from_seed(&[5; 32]);
    let other = VerifierKey::new(key.name(), SignatureType::Ed25519, *other.public_key()).unwrap();
    assert_eq!(judged(60, Some(131), Some(&other)), Verdict::Stale);
    assert_eq!(judged(60, Some(131), None), Verdict::Ok);
    fs::remove_file(path(home.path(), ".log/checkpoint")).unwrap();
    assert_eq!(judged(60, Some(131), None), Verdict::Stale);
    assert_eq!(judged(60, None, None), Verdict::Stale);
}
