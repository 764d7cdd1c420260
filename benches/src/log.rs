//! The audit log: what an append costs, alone and in company, at any length of
//! the log; what opening and proving cost.
//!
//! The raw side of a comparison does the least that any log must do with the
//! same bytes on the same disk: take a lock, look at the file, hash the record,
//! write it, and where the record shall be durable, sync it.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Barrier};

use sha2::{Digest, Sha256};
use signet::identity::KeyPair;
use signet::log::{DEFAULT_MAX_RECORD_LEN, Durability, Log, LogOptions, Record};

use crate::inputs;
use crate::race::{Race, Rules, each, median, wall_nanos};
use crate::receipts::Keys;
use crate::table::Row;

const PEER: &str = "signet-core 0.11";
const RAW: &str = "flock, fstat, SHA-256, write";
const DURABLE_RAW: &str = "write, fdatasync";

/// What is appended: a record whose line has about 1,070 bytes.
struct Sample {
    record: Record,
    receipt: signet::receipt::Receipt,
    value: serde_json::Value,
    line: Vec<u8>,
}

impl Sample {
    fn new(keys: &Keys) -> Sample {
        let receipt = keys.sign(&inputs::action(&inputs::prose(300)));
        let record = Record::of_receipt(&receipt, DEFAULT_MAX_RECORD_LEN).expect("a record");
        let mut line = Vec::new();
        let genesis = signet::log::line::GENESIS;
        signet::log::line::append_line(&mut line, record.json(), &genesis);
        Sample {
            value: serde_json::from_slice(receipt.json()).expect("JSON"),
            record,
            receipt,
            line,
        }
    }
}

/// All rows, or those that wait for the disk only, in a folder that is made and
/// removed.
pub fn rows(keys: &Keys, directory: &Path, durable_only: bool) -> Vec<Row> {
    let scratch = directory.join("log-scratch");
    let _ = fs::remove_dir_all(&scratch);
    fs::create_dir_all(&scratch).expect("a folder");
    let sample = Sample::new(keys);
    let mut rows = Vec::new();
    durable_rows(&sample, &scratch, &mut rows);
    writers_rows(&sample, &scratch, &mut rows);
    if !durable_only {
        append_rows(&sample, &scratch, &mut rows);
        peer_rows(&sample, &scratch, &mut rows);
        length_rows(&sample, &scratch, &mut rows);
    }
    let _ = fs::remove_dir_all(&scratch);
    rows
}

fn options(durability: Durability) -> LogOptions {
    LogOptions {
        durability,
        log_key: Some(Arc::new(KeyPair::from_seed(&[9; 32]))),
        ..LogOptions::default()
    }
}

fn open(home: &Path, durability: Durability) -> Log {
    Log::open(home, options(durability)).expect("the log opens")
}

/// A log of `count` records.
fn build(sample: &Sample, home: &Path, count: usize) {
    let log = open(home, Durability::None);
    let batch = vec![sample.record.clone(); 2048];
    let mut left = count;
    while left > 0 {
        let now = left.min(batch.len());
        log.append_many(&batch[..now]).expect("appended");
        left -= now;
    }
    log.close().expect("closed");
}

/// A file with the same bytes as a log.
struct Raw {
    lock: File,
    file: File,
}

impl Raw {
    fn new(folder: &Path) -> Raw {
        fs::create_dir_all(folder).expect("a folder");
        let open = |name: &str| {
            OpenOptions::new()
                .append(true)
                .create(true)
                .open(folder.join(name))
                .expect("a file")
        };
        Raw {
            lock: open("lock"),
            file: open("file"),
        }
    }

    fn append(&self, line: &[u8]) {
        self.lock.lock().expect("locked");
        std::hint::black_box(self.file.metadata().expect("a file").len());
        std::hint::black_box(Sha256::digest(&line[..line.len() - 100]));
        (&self.file).write_all(line).expect("written");
        self.lock.unlock().expect("unlocked");
    }

    fn append_durably(&self, line: &[u8]) {
        (&self.file).write_all(line).expect("written");
        // SAFETY: an open file.
        assert_eq!(unsafe { libc::fdatasync(self.file.as_raw_fd()) }, 0);
    }
}

fn append_rows(sample: &Sample, scratch: &Path, rows: &mut Vec<Row>) {
    let home = scratch.join("append");
    let log = open(&home, Durability::None);
    let raw = Raw::new(&scratch.join("raw"));
    log.append_record(&sample.record).expect("appended");
    // Until a folder has not changed for a moment its time does not say so.
    std::thread::sleep(std::time::Duration::from_millis(100));
    let race = Race::run(vec![
        each(|| log.append_record(&sample.record).expect("appended")),
        each(|| raw.append(&sample.line)),
        each(|| log.append(&sample.receipt).expect("appended")),
    ]);
    let name = "append, not durable, 1 KiB";
    rows.push(Row::of(&race, name, 1, RAW, Some(1.5)));
    let name = "append a receipt, not durable, 1 KiB";
    rows.push(Row::of_ratio(&race, name, 2, 1, RAW, None));
    log.close().expect("closed");
}

/// What waits for the disk is timed on the wall.
const DURABLE: Rules = Rules {
    rounds: 121,
    turn: 4_000_000.0,
    clock: wall_nanos,
};

fn durable_rows(sample: &Sample, scratch: &Path, rows: &mut Vec<Row>) {
    let log = open(&scratch.join("durable"), Durability::Sync);
    let raw = Raw::new(&scratch.join("durable-raw"));
    let race = Race::run_by(
        DURABLE,
        vec![
            each(|| log.append_record(&sample.record).expect("appended")),
            each(|| raw.append_durably(&sample.line)),
        ],
    );
    let name = "append, durable, one writer";
    rows.push(Row::of(&race, name, 1, DURABLE_RAW, Some(1.1)));
}

/// Every number of threads in every mode, against one thread in the same mode.
fn writers_rows(sample: &Sample, scratch: &Path, rows: &mut Vec<Row>) {
    let modes = [
        ("durable", Durability::Sync, 30),
        ("every 10 ms", Durability::Interval { millis: 10 }, 10_000),
        ("not durable", Durability::None, 10_000),
    ];
    for (mode, durability, base) in modes {
        let log = open(&scratch.join(format!("writers-{mode}")), durability);
        // Nanoseconds of wall time a record.
        let run = |threads: usize| -> f64 {
            let each = match durability {
                Durability::Sync => base * 4,
                _ => (base * 2 / threads).max(50),
            };
            let barrier = Barrier::new(threads + 1);
            std::thread::scope(|scope| {
                let workers: Vec<_> = (0..threads)
                    .map(|_| {
                        scope.spawn(|| {
                            barrier.wait();
                            for _ in 0..each {
                                log.append_record(&sample.record).expect("appended");
                            }
                        })
                    })
                    .collect();
                barrier.wait();
                let started = wall_nanos();
                for worker in workers {
                    worker.join().expect("a thread");
                }
                (wall_nanos() - started) / (threads * each) as f64
            })
        };
        for threads in [2, 4, 8, 16, 32, 64, 128] {
            let (mut one, mut many, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
            for _ in 0..7 {
                let alone = run(1);
                let together = run(threads);
                one.push(alone);
                many.push(together);
                ratios.push(together / alone);
            }
            let bar = match (durability, threads) {
                (Durability::Sync, 16) => Some(0.25),
                (Durability::Sync, 64) => Some(0.1),
                _ => None,
            };
            let name = format!("a record, {threads} writers, {mode}");
            rows.push(Row::of_medians(
                &name,
                median(many),
                "1 writer",
                median(one),
                median(ratios),
                bar,
            ));
        }
    }
}

/// The published Signet, on a copy of the same log.
fn peer_rows(sample: &Sample, scratch: &Path, rows: &mut Vec<Row>) {
    for (count, bar) in [(1_000, 0.02), (10_000, 0.002), (100_000, 0.00005)] {
        let ours = scratch.join(format!("ours-{count}"));
        let theirs = scratch.join(format!("theirs-{count}"));
        build(sample, &ours, count);
        copy_segments(&ours, &theirs);
        let log = open(&ours, Durability::None);
        log.append_record(&sample.record).expect("appended");
        std::thread::sleep(std::time::Duration::from_millis(100));
        let rules = Rules {
            rounds: 31,
            ..Rules::default()
        };
        let raw = Raw::new(&scratch.join("peer-raw"));
        let race = Race::run_by(
            rules,
            vec![
                each(|| log.append_record(&sample.record).expect("appended")),
                each(|| signet_core::audit::append(&theirs, &sample.value).expect("appended")),
                each(|| raw.append(&sample.line)),
            ],
        );
        let name = format!("append at {count} records, not durable");
        rows.push(Row::of(&race, &name, 1, PEER, Some(bar)));
        let name = format!("{RAW}, beside {count} records");
        rows.push(Row::of_ratio(&race, &name, 2, 1, PEER, None));
        drop(log);
        let _ = fs::remove_dir_all(&ours);
        let _ = fs::remove_dir_all(&theirs);
    }
}

fn copy_segments(from: &Path, to: &Path) {
    fs::create_dir_all(to.join("audit")).expect("a folder");
    for entry in fs::read_dir(from.join("audit")).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path
            .extension()
            .is_some_and(|extension| extension == "jsonl")
        {
            let name = path.file_name().expect("a name");
            fs::copy(&path, to.join("audit").join(name)).expect("copied");
        }
    }
}

/// Whether an append, an opening or a proof depends on how long the log is.
fn length_rows(sample: &Sample, scratch: &Path, rows: &mut Vec<Row>) {
    let mut sizes = vec![1_000, 100_000, 1_000_000];
    if std::env::var_os("SIGNET_BENCH_HUGE").is_some() {
        sizes.push(5_000_000);
    }
    let homes: Vec<PathBuf> = sizes
        .iter()
        .map(|size| scratch.join(format!("length-{size}")))
        .collect();
    for (home, size) in homes.iter().zip(&sizes) {
        build(sample, home, *size);
    }
    let opened = |home: &Path| {
        let started = wall_nanos();
        let log = open(home, Durability::None);
        (wall_nanos() - started, log)
    };
    let median_opening = |home: &Path| median((0..21).map(|_| opened(home).0).collect());
    let small = median_opening(&homes[0]);
    for (home, size) in homes.iter().zip(&sizes).skip(1) {
        let name = format!("open {size} records after a clean close");
        rows.push(Row::of_times(
            &name,
            median_opening(home),
            "1000 records",
            small,
            None,
        ));
    }
    for (home, size) in homes.iter().zip(&sizes).skip(1) {
        let mut times = Vec::new();
        for _ in 0..5 {
            let program = std::env::current_exe().expect("this program");
            let status = Command::new(program).arg(home).arg("crash").status();
            assert!(!status.expect("the child runs").success());
            times.push(opened(home).0);
        }
        let name = format!("open {size} records after a crash, 1000 not synced");
        rows.push(Row::of_times(
            &name,
            median(times),
            "1000 records, clean",
            small,
            None,
        ));
    }

    let logs: Vec<Log> = homes
        .iter()
        .map(|home| open(home, Durability::None))
        .collect();
    let rules = Rules {
        turn: 200_000.0,
        ..Rules::default()
    };
    let mut candidates = Vec::new();
    for log in &logs {
        log.append_record(&sample.record).expect("appended");
        candidates.push(each(|| {
            log.append_record(&sample.record).expect("appended")
        }));
    }
    std::thread::sleep(std::time::Duration::from_millis(100));
    let race = Race::run_by(rules, candidates);
    for (place, size) in sizes.iter().enumerate().skip(1) {
        let name = format!("append at {size} records");
        rows.push(Row::of_ratio(
            &race,
            &name,
            place,
            0,
            "at 1000 records",
            Some(1.2),
        ));
    }
    let mut candidates = Vec::new();
    for log in &logs {
        log.checkpoint().expect("a checkpoint");
        let middle = log.len() / 2;
        candidates.push(each(move || log.prove(middle).expect("a proof")));
    }
    let race = Race::run(candidates);
    for (place, size) in sizes.iter().enumerate().skip(1) {
        let name = format!("proof of a record of {size}");
        rows.push(Row::of_ratio(
            &race,
            &name,
            place,
            0,
            "of 1000 records",
            None,
        ));
    }
}

/// In a process of its own: appends records that no sync covers, and dies.
pub fn crash(home: &Path) {
    let keys = Keys::new();
    let sample = Sample::new(&keys);
    let log = open(home, Durability::None);
    for _ in 0..1000 {
        log.append_record(&sample.record).expect("appended");
    }
    std::process::abort();
}
