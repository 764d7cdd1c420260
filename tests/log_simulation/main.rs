//! The log on a simulated disk, under every fault at every moment.
//!
//! `SIGNET_TORTURE` multiplies the number of schedules, `SIGNET_SEED` runs one
//! of them, `SIGNET_FIRST_SEED` begins elsewhere than at 0.

mod calls;
mod costs;
mod cuts;
mod disk;
mod file;
mod interrupt;
#[path = "../support/log_history.rs"]
mod log_history;
mod random;
mod schedule;

use disk::Fault;
use schedule::{Plan, Tally, run};
use signet::log::Durability;

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

/// Runs so many schedules; answers what happened in them.
fn run_all(name: &str, count: u64, plan: &Plan) -> Tally {
    let mut tally = Tally::default();
    if let Some(seed) = number("SIGNET_SEED") {
        run(seed, plan, &mut tally);
        return tally;
    }
    let first = number("SIGNET_FIRST_SEED").unwrap_or(0);
    let count = count * number("SIGNET_TORTURE").unwrap_or(1);
    let begun = std::time::Instant::now();
    for seed in first..first + count {
        run(seed, plan, &mut tally);
    }
    let seconds = begun.elapsed().as_secs_f64();
    println!(
        "{name}: {} schedules, {:.0} a second; {} operations, {} faults, {} records acknowledged, \
         {} deaths in a row",
        tally.schedules,
        tally.schedules as f64 / seconds,
        tally.operations,
        tally.faults,
        tally.acknowledged,
        tally.deepest + 1,
    );
    tally
}

const ALL_MODES: &[Durability] = &[
    Durability::Sync,
    Durability::Sync,
    Durability::Interval { millis: 5 },
    Durability::None,
];

#[test]
fn nothing_acknowledged_is_lost_when_processes_are_killed_d1() {
    let plan = Plan {
        faults: &[Fault::Kill, Fault::Kill, Fault::ShortWrite],
        durability: ALL_MODES,
        lives: 3,
        processes: 3,
        jumps: false,
    };
    let tally = run_all("kills", 150, &plan);
    assert!(tally.deepest >= 3 || tally.schedules < 150);
}

#[test]
fn nothing_durable_is_lost_when_the_power_goes_again_and_again() {
    let plan = Plan {
        faults: &[
            Fault::PowerLoss,
            Fault::PowerLoss,
            Fault::Kill,
            Fault::WrittenBack,
        ],
        durability: ALL_MODES,
        lives: 3,
        processes: 2,
        jumps: false,
    };
    let tally = run_all("power losses", 150, &plan);
    assert!(tally.deepest >= 3 || tally.schedules < 150);
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
        durability: ALL_MODES,
        lives: 3,
        processes: 2,
        jumps: false,
    };
    run_all("full disks", 150, &plan);
}

#[test]
fn a_failed_sync_is_never_taken_for_done() {
    let plan = Plan {
        faults: &[Fault::SyncFails, Fault::SyncFails, Fault::PowerLoss],
        durability: ALL_MODES,
        lives: 3,
        processes: 1,
        jumps: false,
    };
    run_all("failed syncs", 150, &plan);
}

#[test]
fn a_failed_sync_of_one_process_misleads_no_other() {
    let plan = Plan {
        faults: &[
            Fault::SyncFails,
            Fault::SyncFails,
            Fault::WritebackFails,
            Fault::PowerLoss,
            Fault::Kill,
        ],
        durability: ALL_MODES,
        lives: 3,
        processes: 3,
        jumps: false,
    };
    run_all("failed syncs of many", 150, &plan);
}

#[test]
fn a_lying_disk_is_survived() {
    let plan = Plan {
        faults: &[Fault::SyncLies, Fault::PowerLoss, Fault::Kill],
        durability: ALL_MODES,
        lives: 3,
        processes: 2,
        jumps: false,
    };
    run_all("lying syncs", 150, &plan);
}

#[test]
fn the_clock_may_jump_while_everything_fails_d9() {
    let plan = Plan {
        faults: &[Fault::PowerLoss, Fault::Kill, Fault::ShortWrite],
        durability: ALL_MODES,
        lives: 3,
        processes: 2,
        jumps: true,
    };
    run_all("jumping clocks", 150, &plan);
}
