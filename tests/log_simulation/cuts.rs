//! A write that stops at every byte: because the disk is full, because it was
//! interrupted, or because the writer was killed.

use std::collections::BTreeMap;
use std::sync::Arc;

use signet::identity::KeyPair;
use signet::log::{Appended, Durability, Log, RECOVER_TOOL, Record, Verdict, VerifyOptions};

use crate::disk::SimDisk;
use crate::log_history::{self, History, Outcome};
use crate::schedule::options;

const START: &str = "2026-11-20T10:00:00.000Z";
const SEGMENT: &str = "2026-11-20.jsonl";

fn record(number: u64, padding: usize) -> Record {
    let padding = "x".repeat(padding);
    let json = format!(r#"{{"n":{number},"p":"{padding}","ts":"{START}"}}"#);
    Record::parse(json.as_bytes(), 1 << 20).unwrap()
}

fn open(disk: &SimDisk) -> Log {
    let mut options = options(disk, Durability::Sync, false);
    options.control_key = Some(Arc::clone(&KEY));
    Log::open_on(Arc::new(disk.clone()), options).unwrap()
}

static KEY: std::sync::LazyLock<Arc<KeyPair>> =
    std::sync::LazyLock::new(|| Arc::new(KeyPair::from_seed(&[7; 32])));

fn acknowledged(history: &mut History, first: u64, appended: &[Appended]) {
    for (number, appended) in (first..).zip(appended) {
        let outcome = Outcome::Acknowledged {
            index: appended.index,
            hash: appended.record_hash,
            durable: appended.durable,
        };
        history.add(number, number, number, outcome);
    }
}

/// What stops a write.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Stop {
    /// The disk is full for as long as the process lives.
    Full,
    /// The disk is full for this write, and then enlarged.
    FullForNow,
    /// Only a part is written, which is no error.
    Short,
    /// The process is killed.
    Killed,
}

#[test]
fn a_write_that_stops_at_any_byte_is_recovered_from_d1_d3() {
    let batch = [record(2, 30), record(3, 0)];
    // How long the batch is in the file.
    let len = {
        let disk = SimDisk::new(0, START);
        let log = open(&disk);
        log.append_many(&batch).unwrap();
        disk.contents()[SEGMENT].len()
    };
    for stop in [Stop::Full, Stop::FullForNow, Stop::Short, Stop::Killed] {
        for at in 0..=len {
            stopped_at(&batch, stop, at, len);
        }
    }
}

fn stopped_at(batch: &[Record], stop: Stop, at: usize, len: usize) {
    let context = format!("{stop:?} at byte {at} of {len}");
    let disk = SimDisk::new(at as u64, START);
    let mut history = History::default();
    let log = open(&disk);
    let before = log.append_many(&[record(0, 10), record(1, 500)]).unwrap();
    acknowledged(&mut history, 0, &before);
    let good = disk.contents()[SEGMENT].len();
    match stop {
        Stop::Full => disk.world().space = Some((at as u64, u64::MAX)),
        // The write, and what is done about it.
        Stop::FullForNow => {
            let mut world = disk.world();
            world.space = Some((at as u64, world.operations + 6));
        }
        Stop::Short => disk.world().cut_next_write = Some((at, false)),
        Stop::Killed => disk.world().cut_next_write = Some((at, true)),
    }
    let outcome = log.append_many(batch);
    // A write that ends by itself has been whole.
    let whole = stop == Stop::Short && at > 0 || at == len && stop != Stop::Killed;
    match &outcome {
        Ok(appended) => {
            assert!(whole, "{context}");
            acknowledged(&mut history, 2, appended);
        }
        Err(_) => {
            assert!(!whole, "{context}: {outcome:?}");
            for number in 2..4 {
                let outcome = match stop {
                    Stop::Killed => Outcome::Unknown,
                    _ => Outcome::Refused,
                };
                history.add(number, number, number, outcome);
            }
        }
    }
    if stop == Stop::FullForNow {
        disk.world().space = None;
        let appended = log.append_many(&[record(4, 0)]).unwrap();
        acknowledged(&mut history, 4, &appended);
    }
    drop(log);
    disk.restart();

    let torn = disk.contents()[SEGMENT][good..].to_vec();
    let log = open(&disk);
    let recovery = log.recovery();
    if stop == Stop::Killed && at > 0 && at < len && !torn.ends_with(b"\n") {
        assert_eq!(recovery.verdict, Verdict::Torn, "{context}");
        let incident = &recovery.incidents[0];
        // What was cut is reported, kept, and told by a signed record.
        if let Some(quarantined) = &incident.quarantined {
            let kept = &disk.contents()[&quarantined.file];
            assert!(torn.ends_with(kept) && !kept.is_empty(), "{context}");
            assert_eq!(quarantined.len, kept.len() as u64, "{context}");
        }
        let last = log.read(log.len() - 1).unwrap();
        assert_eq!(last.view().tool().unwrap(), RECOVER_TOOL, "{context}");
    } else {
        assert_eq!(recovery.verdict, Verdict::Ok, "{context}");
    }
    let appended = log.append_many(&[record(5, 0)]).unwrap();
    acknowledged(&mut history, 5, &appended);
    log.close().unwrap();
    history
        .check(&disk.contents())
        .unwrap_or_else(|wrong| panic!("{context}: {wrong}"));
    let report = log_of(&disk).verify(&VerifyOptions::default(), &mut ());
    assert_eq!(report.unwrap().verdict, Verdict::Ok, "{context}");
}

fn log_of(disk: &SimDisk) -> Log {
    Log::open_on(
        Arc::new(disk.clone()),
        options(disk, Durability::Sync, false),
    )
    .unwrap()
}

#[test]
fn the_checker_notices_what_it_is_there_for() {
    let disk = SimDisk::new(1, START);
    let log = open(&disk);
    let mut history = History::default();
    for number in 0..4 {
        let appended = log.append_many(&[record(number, 9)]).unwrap();
        acknowledged(&mut history, number, &appended);
    }
    history.add(4, 4, 4, Outcome::Refused);
    let files = disk.contents();
    assert_eq!(history.check(&files), Ok(4));

    let text = String::from_utf8(files[SEGMENT].clone()).unwrap();
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let wrong = |content: String| {
        let files = BTreeMap::from([(SEGMENT.to_owned(), content.into_bytes())]);
        history.check(&files).unwrap_err()
    };
    assert!(wrong(lines[..3].concat()).contains("gone"));
    assert!(wrong(text.trim_end().to_owned()).contains("line feed"));
    assert!(wrong(text.replace("xxx", "xxy")).contains("hash"));
    assert!(wrong([lines[0], lines[2], lines[1], lines[3]].concat()).contains("follow"));
    assert!(wrong([lines[0], lines[0]].concat()).contains("follow"));
    // The same record twice, in a chain that is whole.
    log.append_many(&[record(3, 9)]).unwrap();
    assert!(
        history
            .check(&disk.contents())
            .unwrap_err()
            .contains("stands at")
    );
    disk.put(SEGMENT, text.as_bytes());
    log.append_many(&[record(4, 9)]).unwrap();
    assert!(
        history
            .check(&disk.contents())
            .unwrap_err()
            .contains("refused")
    );
    disk.put(SEGMENT, text.as_bytes());
    log.append_many(&[record(9, 9)]).unwrap();
    assert!(
        history
            .check(&disk.contents())
            .unwrap_err()
            .contains("never written")
    );
    // Acknowledged before another was begun, and yet behind it.
    let mut disordered = History::default();
    let records = log_history::chain(&files).unwrap();
    for (number, ended) in [(0, 70), (1, 20), (2, 30), (3, 40)] {
        let hash = log.read(number).unwrap().record_hash;
        let outcome = Outcome::Acknowledged {
            index: number,
            hash,
            durable: true,
        };
        let begun = if number == 0 { 60 } else { 10 };
        disordered.add(number, begun, ended, outcome);
    }
    let wrong = disordered.check_records(&records).unwrap_err();
    assert!(wrong.contains("before it was begun"), "{wrong}");
}
