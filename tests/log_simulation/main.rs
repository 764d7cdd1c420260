//! The log on a simulated disk, under every fault at every moment.
//!
//! `SIGNET_TORTURE` multiplies the number of schedules, `SIGNET_SEED` runs one.

mod disk;
mod history;
mod random;

use std::sync::Arc;

use disk::{Fault, SimClock, SimDisk};
use history::{History, Outcome};
use random::Random;
use signet::error::ErrorKind;
use signet::identity::KeyPair;
use signet::log::{Durability, Log, LogOptions, Record, Verdict, VerifyOptions};

fn scaled(count: u64) -> u64 {
    let factor = std::env::var("SIGNET_TORTURE")
        .ok()
        .and_then(|text| text.parse::<u64>().ok())
        .unwrap_or(1);
    count * factor
}

fn seeds(count: u64) -> Vec<u64> {
    match std::env::var("SIGNET_SEED")
        .ok()
        .and_then(|text| text.parse().ok())
    {
        Some(seed) => vec![seed],
        None => (0..scaled(count)).collect(),
    }
}

fn options(disk: &SimDisk, durability: Durability, key: bool) -> LogOptions {
    LogOptions {
        durability,
        control_key: key.then(|| Arc::new(KeyPair::from_seed(&[7; 32]))),
        clock: Arc::new(SimClock(disk.clone())),
        lock_timeout_millis: 30_000,
        ..LogOptions::default()
    }
}

fn record(number: u64, random: &mut Random) -> Record {
    let padding = match random.below(5) {
        0 => random.below(9000),
        _ => random.below(300),
    };
    let json = format!(
        r#"{{"n":{number},"p":"{}","ts":"2026-11-20T10:00:00.000Z"}}"#,
        "x".repeat(padding as usize)
    );
    Record::parse(json.as_bytes(), 1 << 20).unwrap()
}

/// Appends a few records and writes down what was promised.
fn append_some(
    log: &Log,
    disk: &SimDisk,
    next: &mut u64,
    random: &mut Random,
    history: &mut History,
) {
    let count = 1 + random.below(4);
    let records: Vec<Record> = (0..count).map(|i| record(*next + i, random)).collect();
    let outcome = log.append_many(&records);
    for (offset, number) in (*next..*next + count).enumerate() {
        let outcome = match &outcome {
            Ok(appended) => Outcome::Acknowledged {
                index: appended[offset].index,
                hash: appended[offset].record_hash,
                durable: appended[offset].durable,
            },
            Err(_) if disk.is_dead() => Outcome::Unknown,
            Err(error) if error.kind() == ErrorKind::SyncFailed => Outcome::Unknown,
            Err(_) => Outcome::Refused,
        };
        history.tried.insert(number, outcome);
    }
    *next += count;
}

struct Plan {
    faults: &'static [Fault],
    durability: &'static [Durability],
    lives: u64,
    processes: u32,
}

/// Lives and deaths of a few processes; answers whether the disk lied.
fn run(seed: u64, plan: &Plan) {
    let mut random = Random::new(seed);
    let start = match random.chance(30) {
        true => "2026-11-20T23:59:59.900Z",
        false => "2026-11-20T10:00:00.000Z",
    };
    let disk = SimDisk::new(seed, start);
    let mut history = History::default();
    let mut next = 0;
    for life in 0..plan.lives {
        let keyed = random.chance(50);
        if random.chance(85) {
            let fault = plan.faults[random.below(plan.faults.len() as u64) as usize];
            let mut world = disk.world();
            let at = world.operations + 1 + random.below(120);
            world.plan.push((at, fault));
        }
        let mut logs: Vec<(SimDisk, Option<Log>)> = (0..plan.processes)
            .map(|process| (disk.process(process), None))
            .collect();
        for _ in 0..4 + random.below(12) {
            let which = random.below(logs.len() as u64) as usize;
            let (own, log) = &mut logs[which];
            if own.is_dead() {
                *log = None;
                continue;
            }
            if log.is_none() {
                let mode = plan.durability[random.below(plan.durability.len() as u64) as usize];
                *log = Log::open_on(Arc::new(own.clone()), options(own, mode, keyed)).ok();
            }
            let Some(open) = log else { continue };
            match random.below(12) {
                0 => {
                    if let Ok(count) = open.sync() {
                        history.synced(count);
                    }
                }
                1 => {
                    let _ = open.close();
                    *log = None;
                }
                2 => own.pass_time(random.below(3_000_000) as i64),
                _ => append_some(open, own, &mut next, &mut random, &mut history),
            }
        }
        drop(logs);
        if disk.world().power_lost {
            history.power_lost();
        }
        disk.restart();
        let life_ends = life + 1 == plan.lives || random.chance(50);
        if life_ends {
            examine(seed, &disk, &history);
        }
    }
}

fn examine(seed: u64, disk: &SimDisk, history: &History) {
    let log = Log::open_on(
        Arc::new(disk.clone()),
        options(disk, Durability::Sync, false),
    )
    .unwrap_or_else(|error| panic!("seed {seed}: the log does not open: {error}"));
    let faults = disk.world().happened.clone();
    if !disk.world().lied {
        let recovery = log.recovery();
        assert!(
            matches!(
                recovery.verdict,
                Verdict::Ok | Verdict::Torn | Verdict::SyncFailed
            ),
            "seed {seed}: {recovery:?} after {faults:?}"
        );
        let counted = history.check(&disk.contents()).unwrap_or_else(|wrong| {
            let told = incidents(disk);
            panic!("seed {seed}: {wrong} after {faults:?}; incidents: {told}")
        });
        assert_eq!(counted, log.len(), "seed {seed}");
        let mut findings = Vec::new();
        let report = log
            .verify(&VerifyOptions::default(), &mut findings)
            .unwrap();
        assert_eq!(
            (report.verdict, report.records),
            (Verdict::Ok, counted),
            "seed {seed}: {findings:?} after {faults:?}"
        );
    }
    // Whatever has happened, recording goes on.
    let before = log.len();
    let json = br#"{"ts":"2026-11-20T10:00:00.000Z"}"#;
    let appended = log
        .append_json(json)
        .unwrap_or_else(|error| panic!("seed {seed}: {error} after {faults:?}"));
    assert_eq!(appended.index, before, "seed {seed}");
    log.close().unwrap();
}

#[test]
fn nothing_acknowledged_is_lost_when_processes_are_killed_d1() {
    let plan = Plan {
        faults: &[Fault::Kill, Fault::Kill, Fault::ShortWrite],
        durability: &[
            Durability::Sync,
            Durability::None,
            Durability::Interval { millis: 5 },
        ],
        lives: 4,
        processes: 3,
    };
    for seed in seeds(100) {
        run(seed, &plan);
    }
}

#[test]
fn nothing_durable_is_lost_when_the_power_goes() {
    let plan = Plan {
        faults: &[Fault::PowerLoss, Fault::PowerLoss, Fault::Kill],
        durability: &[
            Durability::Sync,
            Durability::Sync,
            Durability::Interval { millis: 5 },
            Durability::None,
        ],
        lives: 4,
        processes: 2,
    };
    for seed in seeds(150) {
        run(seed, &plan);
    }
}

#[test]
fn a_full_disk_refuses_and_recovers_d3() {
    let plan = Plan {
        faults: &[
            Fault::NoSpace,
            Fault::NoSpace,
            Fault::PowerLoss,
            Fault::Kill,
        ],
        durability: &[Durability::Sync],
        lives: 4,
        processes: 2,
    };
    for seed in seeds(100) {
        run(seed, &plan);
    }
}

#[test]
fn a_failed_sync_is_never_taken_for_done() {
    let plan = Plan {
        faults: &[Fault::SyncFails, Fault::SyncFails, Fault::PowerLoss],
        durability: &[Durability::Sync],
        lives: 4,
        processes: 1,
    };
    for seed in seeds(150) {
        run(seed, &plan);
    }
}

#[test]
fn a_lying_disk_is_survived() {
    let plan = Plan {
        faults: &[Fault::SyncLies, Fault::PowerLoss],
        durability: &[Durability::Sync],
        lives: 5,
        processes: 1,
    };
    for seed in seeds(100) {
        run(seed, &plan);
    }
}

fn incidents(disk: &SimDisk) -> String {
    let contents = disk.contents();
    let told = contents.get(".log/incidents.jsonl").cloned();
    String::from_utf8_lossy(&told.unwrap_or_default()).into_owned()
}
