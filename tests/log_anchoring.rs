//! Verifying a part of a log, and what came after a tree head that is trusted
//! already: what is looked at, what is not, and what is known of the rest.

#[path = "support/every_kind.rs"]
mod every_kind;

use std::sync::Arc;

use every_kind::memory_disk::MemoryDisk;
use every_kind::signing::paid;
use every_kind::{DAY, bare, options, places, written};
use signet::error::ErrorKind;
use signet::log::line::{GENESIS, append_line};
use signet::log::{
    Anchoring, Finding, FindingKind, Log, Report, Verdict, VerifyOptions, evidence, verify_disk,
};
use signet::tlog::tree::{Frontier, TreeHead, leaf_hash};

const COUNT: u64 = 20;

fn records(count: u64) -> Vec<Vec<u8>> {
    let record = |number: u64| paid(&number.to_string()).json().to_vec();
    (0..count).map(record).collect()
}

fn lines_of(disk: &MemoryDisk) -> Vec<Vec<u8>> {
    let content = disk.read(DAY);
    let lines = content.split_inclusive(|byte| *byte == b'\n');
    lines.map(<[u8]>::to_vec).collect()
}

fn replace_line(disk: &MemoryDisk, at: u64, change: impl FnOnce(&mut Vec<u8>)) {
    let mut lines = lines_of(disk);
    change(&mut lines[at as usize]);
    disk.write(DAY, &lines.concat());
}

/// Changes the content of a line and leaves the hash that it states.
fn change_content(disk: &MemoryDisk, at: u64) {
    replace_line(disk, at, |line| {
        let place = line.windows(3).position(|text| text == b"pay").unwrap();
        line[place] = b'q';
    });
}

/// Changes the hash that a line states, and nothing else.
fn change_hash(disk: &MemoryDisk, at: u64) {
    replace_line(disk, at, |line| {
        let place = line.len() - 10;
        line[place] = if line[place] == b'0' { b'1' } else { b'0' };
    });
}

/// The heads that the log had, by size.
fn heads(disk: &MemoryDisk) -> Vec<TreeHead> {
    let mut frontier = Frontier::new();
    let mut heads = vec![frontier.head()];
    for line in lines_of(disk) {
        frontier.push(leaf_hash(&evidence::record_hash(&line).unwrap()));
        heads.push(frontier.head());
    }
    heads
}

/// A log, and the same without anything beside its lines.
fn log() -> [MemoryDisk; 2] {
    let disk = written(&records(COUNT));
    // Signing a checkpoint writes the tiles.
    let log = Log::open_on(Arc::new(disk.clone()), options()).unwrap();
    log.checkpoint().unwrap();
    log.close().unwrap();
    assert!(disk.files().iter().any(|file| file.contains("tile")));
    let lines_only = bare(&records(COUNT));
    assert_eq!(lines_only.read(DAY), disk.read(DAY));
    [disk, lines_only]
}

fn judged(disk: &MemoryDisk, options: &VerifyOptions<'_>) -> (Report, Vec<Finding>) {
    let mut findings = Vec::new();
    let report = verify_disk(disk, options, &mut findings).unwrap();
    (report, findings)
}

/// What came after a head.
fn after(disk: &MemoryDisk, head: TreeHead) -> (Report, Vec<Finding>) {
    let options = VerifyOptions {
        first: head.size,
        trusted_head: Some(head),
        ..VerifyOptions::default()
    };
    judged(disk, &options)
}

#[test]
fn what_came_after_any_trusted_head_verifies_on_its_own() {
    for disk in log() {
        let heads = heads(&disk);
        for head in &heads[1..] {
            let (report, findings) = after(&disk, *head);
            assert_eq!(report.verdict, Verdict::Ok, "{findings:?}");
            assert_eq!(report.records, COUNT - head.size);
            let anchored = Anchoring::TrustedHead { size: head.size };
            assert_eq!(report.anchoring(), anchored);
            // Another root of the same size is another log.
            let mut other = *head;
            other.root[0] ^= 1;
            let (report, findings) = after(&disk, other);
            assert_eq!(report.verdict, Verdict::Tampered);
            assert_eq!(report.anchored, 0);
            assert_eq!(places(&findings)[0], (head.size - 1, FindingKind::Replaced));
        }
    }
}

#[test]
fn damage_after_the_head_is_found_in_its_place_and_damage_before_is_not_looked_at() {
    for disk in log() {
        let heads = heads(&disk);
        for at in 0..COUNT {
            let changed = disk.copy();
            change_content(&changed, at);
            for head in [1, 5, 10, 19] {
                let (report, findings) = after(&changed, heads[head as usize]);
                if at < head {
                    // The content of a record before is not read; its hash is the
                    // one that is in the trusted tree.
                    assert_eq!(report.verdict, Verdict::Ok, "{at} {head}");
                    assert_eq!(report.anchored, head);
                    continue;
                }
                assert_eq!(report.verdict, Verdict::Tampered);
                assert_eq!(places(&findings), [(at, FindingKind::HashMismatch)]);
                assert_eq!(findings[0].line, at + 1);
            }
        }
    }
}

#[test]
fn records_before_the_head_must_state_the_hashes_of_its_tree() {
    let [with_tiles, lines_only] = log();
    let heads = heads(&lines_only);
    let head = heads[10];
    for at in 0..10 {
        // From the lines alone every hash counts.
        let changed = lines_only.copy();
        change_hash(&changed, at);
        let (report, findings) = after(&changed, head);
        assert_eq!(report.verdict, Verdict::Tampered, "{at}");
        assert!(places(&findings).contains(&(9, FindingKind::Replaced)));
        // From tiles that lead to the trusted root only the last line is read:
        // the one that the next record continues.
        let changed = with_tiles.copy();
        change_hash(&changed, at);
        let (report, _) = after(&changed, head);
        let expected = match at {
            9 => Verdict::Tampered,
            _ => Verdict::Ok,
        };
        assert_eq!(report.verdict, expected, "{at}");
    }
}

#[test]
fn another_history_before_the_head_does_not_pass() {
    let [with_tiles, _] = log();
    let head = heads(&with_tiles)[10];
    // Made anew from the fifth record on, consistently, and as long.
    let mut other = records(COUNT);
    other[5] = paid("\"forged\"").json().to_vec();
    let forged = bare(&other);
    assert_eq!(after(&forged, head).0.verdict, Verdict::Tampered);
    let over_the_tiles = with_tiles.copy();
    over_the_tiles.write(DAY, &forged.read(DAY));
    assert_eq!(after(&over_the_tiles, head).0.verdict, Verdict::Tampered);
    // Only what comes after is another one: nobody has seen that yet.
    let mut other = records(COUNT);
    other[12] = paid("\"other\"").json().to_vec();
    let (report, _) = after(&bare(&other), head);
    assert_eq!((report.verdict, report.anchored), (Verdict::Ok, 10));
    // A record that names somebody else's predecessor.
    let [_, lines_only] = log();
    let mut lines = lines_of(&lines_only)[..10].concat();
    append_line(&mut lines, &records(11)[10], &GENESIS);
    lines_only.write(DAY, &lines);
    let (report, findings) = after(&lines_only, head);
    assert_eq!(report.verdict, Verdict::Tampered);
    assert_eq!(places(&findings), [(10, FindingKind::LinkBroken)]);
}

#[test]
fn a_log_that_ends_before_the_head_is_truncated_and_one_that_ends_at_it_is_whole() {
    for disk in log() {
        let heads = heads(&disk);
        let lines = lines_of(&disk);
        disk.remove_all(".log/head");
        disk.remove_all(".log/checkpoint");
        for keep in 0..=COUNT {
            let cut = disk.copy();
            cut.write(DAY, &lines[..keep as usize].concat());
            for head in [5, 10, 20] {
                let (report, findings) = after(&cut, heads[head as usize]);
                let expected = match keep < head {
                    true => Verdict::Truncated,
                    false => Verdict::Ok,
                };
                assert_eq!(report.verdict, expected, "{keep} {head} {findings:?}");
                assert_eq!(report.records, keep.saturating_sub(head));
            }
            // The middle of the last line.
            if keep > 0 {
                cut.edit(DAY, |bytes| bytes.truncate(bytes.len() - 9));
                let (report, _) = after(&cut, heads[keep as usize]);
                assert_eq!(report.verdict, Verdict::Truncated, "{keep}");
            }
        }
    }
}

#[test]
fn tiles_that_are_gone_or_wrong_are_not_believed() {
    let [disk, _] = log();
    let heads = heads(&disk);
    let tiles: Vec<_> = disk
        .files()
        .into_iter()
        .filter(|file| file.contains("/tile/"))
        .collect();
    for damage in 0..3 {
        let damaged = disk.copy();
        for tile in &tiles {
            match damage {
                0 => damaged.remove_all(tile),
                1 => damaged.edit(tile, |bytes| bytes[40] ^= 1),
                _ => damaged.edit(tile, |bytes| bytes.truncate(50)),
            }
        }
        for head in &heads[1..] {
            assert_eq!(after(&damaged, *head).0.verdict, Verdict::Ok);
        }
        change_hash(&damaged, 2);
        assert_eq!(after(&damaged, heads[10]).0.verdict, Verdict::Tampered);
    }
}

#[test]
fn a_head_anywhere_is_met_wherever_the_reading_begins() {
    for disk in log() {
        let heads = heads(&disk);
        for (first, head) in [
            (0, 10),
            (3, 10),
            (9, 10),
            (10, 10),
            (11, 10),
            (19, 3),
            (3, 20),
        ] {
            let options = VerifyOptions {
                first,
                trusted_head: Some(heads[head as usize]),
                threads: 2,
                ..VerifyOptions::default()
            };
            let (report, findings) = judged(&disk, &options);
            assert_eq!(report.verdict, Verdict::Ok, "{first} {head} {findings:?}");
            assert_eq!((report.anchored, report.records), (head, COUNT - first));
            let mut wrong = heads[head as usize];
            wrong.root[5] ^= 1;
            let options = VerifyOptions {
                trusted_head: Some(wrong),
                ..options
            };
            assert_eq!(judged(&disk, &options).0.verdict, Verdict::Tampered);
        }
    }
}

#[test]
fn a_range_looks_at_its_records_and_no_others() {
    let [_, disk] = log();
    for at in 0..COUNT {
        let changed = disk.copy();
        change_content(&changed, at);
        for (first, limit) in [(0, 5), (5, 5), (5, 1), (7, 13), (19, 1), (0, 20), (0, 0)] {
            let options = VerifyOptions {
                first,
                limit: Some(limit),
                ..VerifyOptions::default()
            };
            let (report, findings) = judged(&changed, &options);
            let inside = (first..first + limit).contains(&at);
            let expected = match inside {
                true => vec![(at, FindingKind::HashMismatch)],
                false => vec![],
            };
            assert_eq!(places(&findings), expected, "{first} {limit} {at}");
            assert_eq!(report.records, limit);
            assert_eq!(report.anchoring(), Anchoring::Unanchored);
        }
    }
    // The first record of a range still has to continue the one before it.
    let mut swapped = lines_of(&disk);
    swapped.swap(6, 7);
    disk.write(DAY, &swapped.concat());
    let options = VerifyOptions {
        first: 7,
        limit: Some(1),
        ..VerifyOptions::default()
    };
    assert_eq!(judged(&disk, &options).0.verdict, Verdict::Tampered);
    let beyond = VerifyOptions {
        first: COUNT + 1,
        ..VerifyOptions::default()
    };
    let error = verify_disk(&disk, &beyond, &mut ()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RecordNotFound);
}

#[test]
fn an_open_log_verifies_what_came_after_its_checkpoint() {
    let disk = written(&records(700));
    let log = Log::open_on(Arc::new(disk.clone()), options()).unwrap();
    log.checkpoint().unwrap();
    let head = log.tree_head().unwrap();
    for record in records(7) {
        log.append_json(&record).unwrap();
    }
    let options = VerifyOptions {
        first: head.size,
        trusted_head: Some(head),
        ..VerifyOptions::default()
    };
    let report = log.verify(&options, &mut ()).unwrap();
    assert_eq!((report.verdict, report.records), (Verdict::Ok, 7));
    assert_eq!(
        report.anchoring(),
        Anchoring::TrustedHead { size: head.size }
    );
    change_content(&disk, 703);
    let mut findings = Vec::new();
    log.verify(&options, &mut findings).unwrap();
    assert_eq!(places(&findings), [(703, FindingKind::HashMismatch)]);
    assert_eq!(findings[0].line, 704);
}
