//! The lives and deaths of a few processes that share a disk.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::{Arc, LazyLock};

use signet::error::ErrorKind;
use signet::identity::KeyPair;
use signet::log::{Durability, Log, LogOptions, Record, Verdict, VerifyOptions};

use crate::disk::{Fault, SimClock, SimDisk};
use crate::interrupt;
use crate::log_history::{History, Outcome};
use crate::random::Random;

/// What may happen in a schedule.
pub struct Plan {
    pub faults: &'static [Fault],
    pub durability: &'static [Durability],
    pub lives: u64,
    pub processes: u32,
    /// Whether the clock of the log may jump.
    pub jumps: bool,
}

/// What has happened in all schedules of a test.
#[derive(Default)]
pub struct Tally {
    pub schedules: u64,
    pub operations: u64,
    pub faults: u64,
    pub acknowledged: u64,
    /// How often something died while it dealt with the death before.
    pub deepest: u64,
}

struct Process {
    disk: SimDisk,
    log: RefCell<Option<Log>>,
}

struct Schedule {
    seed: u64,
    disk: SimDisk,
    processes: Vec<Process>,
    durability: &'static [Durability],
    jumps: bool,
    keyed: Cell<bool>,
    /// Whether nobody else appends, so that days are split.
    alone: bool,
    random: RefCell<Random>,
    history: RefCell<History>,
    next: Cell<u64>,
    clock: Cell<u64>,
}

/// Whoever sees a schedule fail wants to see it again.
struct Replay(u64);

impl Drop for Replay {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let seed = self.0;
            eprintln!("SIGNET_SEED={seed} repeats this schedule alone");
        }
    }
}

/// The key of the log's own records; making one takes longer than an append.
static KEY: LazyLock<Arc<KeyPair>> = LazyLock::new(|| Arc::new(KeyPair::from_seed(&[7; 32])));

pub fn options(disk: &SimDisk, durability: Durability, keyed: bool) -> LogOptions {
    LogOptions {
        durability,
        control_key: keyed.then(|| Arc::clone(&KEY)),
        clock: Arc::new(SimClock(disk.clone())),
        ..LogOptions::default()
    }
}

/// Runs one schedule.
pub fn run(seed: u64, plan: &Plan, tally: &mut Tally) {
    let _replay = Replay(seed);
    let mut random = Random::new(seed);
    let start = match random.chance(30) {
        true => "2026-11-20T23:59:59.900Z",
        false => "2026-11-20T10:00:00.000Z",
    };
    let alone = random.chance(40);
    let disk = SimDisk::new(seed, start);
    let schedule = Rc::new(Schedule {
        seed,
        processes: (0..plan.processes)
            .map(|process| Process {
                disk: disk.process(process),
                log: RefCell::new(None),
            })
            .collect(),
        disk,
        durability: plan.durability,
        jumps: plan.jumps,
        keyed: Cell::new(false),
        alone,
        random: RefCell::new(random),
        history: RefCell::new(History::default()),
        next: Cell::new(0),
        clock: Cell::new(0),
    });
    for life in 0..plan.lives {
        schedule.live(plan);
        let mut depth = 0;
        // The next opening may be struck as well, and the one after it.
        while schedule.end_of_life() && depth < 6 && schedule.chance(70) {
            schedule.strike_within(30, schedule.one_of(plan.faults));
            schedule.act(&schedule.processes[0]);
            if schedule.disk.is_dead() {
                depth += 1;
                tally.deepest = tally.deepest.max(depth);
            }
        }
        if life + 1 == plan.lives || schedule.chance(30) {
            schedule.examine();
        }
    }
    let world = schedule.disk.world();
    tally.schedules += 1;
    tally.operations += world.operations;
    tally.faults += world.happened.len() as u64;
    tally.acknowledged += schedule.history.borrow().acknowledged() as u64;
}

impl Schedule {
    fn chance(&self, percent: u64) -> bool {
        self.random.borrow_mut().chance(percent)
    }

    fn below(&self, bound: u64) -> u64 {
        self.random.borrow_mut().below(bound)
    }

    fn one_of<T: Copy>(&self, choices: &[T]) -> T {
        choices[self.below(choices.len() as u64) as usize]
    }

    fn tick(&self) -> u64 {
        self.clock.set(self.clock.get() + 1);
        self.clock.get()
    }

    fn strike_within(&self, operations: u64, fault: Fault) {
        let after = 1 + self.below(operations);
        let mut world = self.disk.world();
        let at = world.operations + after;
        world.plan.push((at, fault));
    }

    /// Some actions of some processes, and whatever strikes them.
    fn live(self: &Rc<Schedule>, plan: &Plan) {
        self.keyed.set(self.chance(50));
        for _ in 0..self.one_of(&[0, 1, 1, 1, 1, 2, 3]) {
            self.strike_within(100, self.one_of(plan.faults));
        }
        let inner = Rc::downgrade(self);
        let others: Rc<dyn Fn()> = Rc::new(move || {
            if let Some(schedule) = inner.upgrade()
                && schedule.chance(4)
            {
                let other =
                    &schedule.processes[schedule.below(100) as usize % schedule.processes.len()];
                // Who is in the middle of something is not to be interrupted by
                // himself.
                if other.log.try_borrow_mut().is_ok() {
                    schedule.act(other);
                }
            }
        });
        interrupt::with_others(others, || {
            for _ in 0..3 + self.below(8) {
                let process = &self.processes[self.below(100) as usize % self.processes.len()];
                self.act(process);
            }
        });
    }

    /// One action of a process.
    fn act(&self, process: &Process) {
        let mut log = process.log.borrow_mut();
        if process.disk.is_dead() {
            *log = None;
            return;
        }
        if log.is_none() {
            let options = options(
                &process.disk,
                self.one_of(self.durability),
                self.keyed.get(),
            );
            *log = Log::open_on(Arc::new(process.disk.clone()), options).ok();
        }
        let Some(open) = log.as_ref() else { return };
        match self.below(14) {
            0 => {
                if let Ok(count) = open.sync()
                    && !self.disk_failed()
                {
                    self.history.borrow_mut().synced(count);
                }
            }
            1 => {
                let _ = open.close();
                *log = None;
            }
            2 if self.alone => {
                let _ = open.rotate();
            }
            2 => process.disk.pass_time(self.below(3_000_000) as i64),
            3 if self.jumps => {
                let millis = self.one_of(&[1, 1000, 3_600_000, 86_400_000, 366 * 86_400_000]);
                let sign = self.one_of(&[-1, 0, 1]);
                self.disk.world().clock_error_millis = millis * sign;
            }
            _ => self.append(open, &process.disk),
        }
    }

    /// Whether the disk has lost what was given to it: from then on a record is
    /// only sure to stay when its own append said that it is durable.
    fn disk_failed(&self) -> bool {
        let failed = |fault: &Fault| matches!(fault, Fault::SyncFails | Fault::WritebackFails);
        self.disk.world().happened.iter().any(failed)
    }

    /// Appends a few records and writes down what was promised.
    fn append(&self, log: &Log, disk: &SimDisk) {
        let (first, count) = (self.next.get(), 1 + self.below(4));
        self.next.set(first + count);
        let records: Vec<Record> = (first..first + count).map(|n| self.record(n)).collect();
        let begun = self.tick();
        let outcome = log.append_many(&records);
        let ended = self.tick();
        let mut history = self.history.borrow_mut();
        for (place, number) in (first..first + count).enumerate() {
            let outcome = match &outcome {
                Ok(appended) => Outcome::Acknowledged {
                    index: appended[place].index,
                    hash: appended[place].record_hash,
                    durable: appended[place].durable,
                },
                Err(_) if disk.is_dead() => Outcome::Unknown,
                Err(error) if error.kind() == ErrorKind::SyncFailed => Outcome::Unknown,
                Err(_) => Outcome::Refused,
            };
            history.add(number, begun, ended, outcome);
        }
    }

    fn record(&self, number: u64) -> Record {
        let padding = match self.below(10) {
            0 => self.below(9000),
            _ => self.below(200),
        };
        let json = format!(
            r#"{{"n":{number},"p":"{}","ts":"2026-11-20T10:00:00.000Z"}}"#,
            "x".repeat(padding as usize)
        );
        Record::parse(json.as_bytes(), 1 << 20).unwrap()
    }

    /// All processes end; answers whether the machine or all of them died.
    fn end_of_life(&self) -> bool {
        let died = self.processes.iter().any(|process| process.disk.is_dead());
        for process in &self.processes {
            *process.log.borrow_mut() = None;
        }
        if self.disk.world().power_lost || self.disk_failed() {
            self.history.borrow_mut().only_durable_remains();
        }
        self.disk.restart();
        died
    }

    /// Opens the log without faults and holds it against what was promised.
    fn examine(&self) {
        let (seed, disk) = (self.seed, &self.disk);
        let faults = disk.world().happened.clone();
        let log = Log::open_on(
            Arc::new(disk.clone()),
            options(disk, Durability::Sync, false),
        )
        .unwrap_or_else(|error| panic!("seed {seed}: the log does not open: {error}"));
        if !disk.world().betrayed {
            let recovery = log.recovery();
            assert!(
                matches!(
                    recovery.verdict,
                    Verdict::Ok | Verdict::Torn | Verdict::SyncFailed
                ),
                "seed {seed}: {recovery:?} after {faults:?}"
            );
            let counted = self
                .history
                .borrow()
                .check(&disk.contents())
                .unwrap_or_else(|wrong| {
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
}

fn incidents(disk: &SimDisk) -> String {
    let contents = disk.contents();
    let told = contents.get(".log/incidents.jsonl").cloned();
    String::from_utf8_lossy(&told.unwrap_or_default()).into_owned()
}
