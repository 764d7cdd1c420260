//! What an append costs, counted: nothing in it grows with the log.

use std::sync::Arc;

use signet::log::{Durability, Log, Record};

use crate::disk::SimDisk;
use crate::schedule::options;

const START: &str = "2026-11-20T10:00:00.000Z";

fn record(number: u64) -> Record {
    // Every record is of the same length.
    let json = format!(r#"{{"n":"{number:08}","ts":"{START}"}}"#);
    Record::parse(json.as_bytes(), 1 << 20).unwrap()
}

/// How many calls 256 appends make, and how many bytes they read.
fn cost_of_appends(disk: &SimDisk, log: &Log) -> (u64, u64) {
    let counted = || {
        let world = disk.world();
        (world.calls, world.read_bytes)
    };
    let before = counted();
    for number in 0..256 {
        assert!(log.append_record(&record(number)).unwrap().durable);
    }
    let after = counted();
    (after.0 - before.0, after.1 - before.1)
}

fn grow(log: &Log, to: u64) {
    while log.len() < to {
        let count = (to - log.len()).min(4096);
        let records: Vec<Record> = (0..count).map(record).collect();
        log.append_many(&records).unwrap();
    }
}

#[test]
fn an_append_costs_the_same_at_any_length() {
    let disk = SimDisk::new(1, START);
    let opened = || {
        let options = options(&disk, Durability::Sync, false);
        Log::open_on(Arc::new(disk.clone()), options).unwrap()
    };
    let log = opened();
    // Tiles are written once for 256 records: as many at each length.
    grow(&log, 1024);
    // What has just changed is looked at more often.
    disk.pass_time(10_000_000);
    let short = cost_of_appends(&disk, &log);
    grow(&log, 102_400);
    let long = cost_of_appends(&disk, &log);
    println!("256 appends: {short:?} calls and bytes read at 1 k, {long:?} at 100 k");
    // A tree of two levels of tiles has three at 65,536.
    assert!(long.0 <= short.0 + 64, "{short:?} {long:?}");
    assert!(long.1 <= short.1 + (64 << 10), "{short:?} {long:?}");

    // Nor does opening, once it was closed, or after a kill.
    log.close().unwrap();
    drop(log);
    let read = disk.world().read_bytes;
    drop(opened());
    let after_close = disk.world().read_bytes - read;
    let log = opened();
    log.append_record(&record(1)).unwrap();
    std::mem::forget(log);
    disk.restart();
    let read = disk.world().read_bytes;
    drop(opened());
    let after_kill = disk.world().read_bytes - read;
    assert!(
        after_close < 256 << 10 && after_kill < 256 << 10,
        "{after_close} bytes after closing, {after_kill} after a kill"
    );
}

/// One process after the other, each of which appends one record and leaves.
#[test]
fn a_process_for_each_record_waits_for_the_disk_once() {
    let disk = SimDisk::new(1, START);
    let syncs_of_a_process = |number: u64, durability| {
        let before = disk.world().syncs;
        let options = options(&disk, durability, false);
        let log = Log::open_on(Arc::new(disk.clone()), options).unwrap();
        assert!(log.recovery().rescanned <= 256);
        log.append_record(&record(number)).unwrap();
        log.leave().unwrap();
        drop(log);
        disk.pass_time(60_000_000);
        disk.world().syncs - before
    };
    // The folder, its files and their names.
    syncs_of_a_process(0, Durability::Sync);
    let durably: Vec<u64> = (1..200)
        .map(|number| syncs_of_a_process(number, Durability::Sync))
        .collect();
    assert!(durably.iter().all(|syncs| (1..=2).contains(syncs)));
    // Now and then the head is made durable as well.
    let heads = durably.iter().filter(|syncs| **syncs == 2).count();
    assert!((1..=10).contains(&heads), "{heads} of {durably:?}");

    let waited: u64 = (200..1200)
        .map(|number| syncs_of_a_process(number, Durability::None))
        .sum();
    assert!(waited <= 20, "{waited} syncs for a thousand records");

    // Nothing of it is less durable than it says.
    let last = syncs_of_a_process(1200, Durability::Sync);
    assert!((1..=4).contains(&last), "{last}");
    disk.restart();
    let options = options(&disk, Durability::Sync, false);
    let log = Log::open_on(Arc::new(disk.clone()), options).unwrap();
    assert_eq!(log.len(), 1201);
}
