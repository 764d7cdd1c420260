//! A finished log, changed in every way that a file can be: each byte cut, each
//! bit flipped, lines dropped, doubled and swapped, files deleted, everything
//! that remembers rolled back. No change is ever called fine where anything could
//! tell; and where nothing can, the report says that nothing vouches for the log.

#[path = "support/documents.rs"]
mod documents;
#[path = "support/every_kind.rs"]
mod every_kind;

use std::sync::Arc;

use documents::torture;
use every_kind::memory_disk::MemoryDisk;
use every_kind::signing::paid;
use every_kind::{
    DAY, Noon, SIGNED, bare, every_kind, log_key, options, trusting, verified, written,
};
use signet::error::ErrorKind;
use signet::log::{
    Anchoring, Durability, Finding, FindingKind, Log, LogOptions, Report, Verdict, VerifyOptions,
    evidence, verify_disk,
};
use signet::tlog::tree::TreeHead;

/// The chain and what the log remembers; no signatures.
fn judged(disk: &MemoryDisk) -> (Report, Vec<Finding>) {
    verified(disk, None)
}

fn lines_of(disk: &MemoryDisk) -> Vec<Vec<u8>> {
    let content = disk.read(DAY);
    let lines = content.split_inclusive(|byte| *byte == b'\n');
    lines.map(<[u8]>::to_vec).collect()
}

/// Splits work over two threads.
fn in_parallel(count: usize, work: impl Fn(usize) + Sync) {
    let halves = [0, 1];
    std::thread::scope(|scope| {
        for half in halves {
            let work = &work;
            scope.spawn(move || {
                for number in (half..count).step_by(halves.len()) {
                    work(number);
                }
            });
        }
    });
}

/// What the log is before anybody touches it: checked with all keys.
fn finished() -> MemoryDisk {
    let disk = written(&every_kind());
    let (report, findings) = trusting(|policy| verified(&disk, Some(policy)));
    assert_eq!(report.verdict, Verdict::Ok, "{findings:?}");
    assert_eq!(report.signatures_valid, SIGNED);
    assert_eq!(report.anchoring(), Anchoring::OwnMemory);
    disk
}

/// A disk with nothing but these lines.
fn only(lines: &[u8]) -> MemoryDisk {
    let disk = MemoryDisk::default();
    disk.write(DAY, lines);
    disk
}

#[test]
fn every_flipped_bit_is_noticed_from_the_lines_alone() {
    let content = finished().read(DAY);
    let feeds: Vec<usize> = (0..content.len())
        .filter(|at| content[*at] == b'\n')
        .collect();
    in_parallel(content.len() * 8, |bit| {
        let (byte, bit) = (bit / 8, bit % 8);
        let mut changed = content.clone();
        changed[byte] ^= 1 << bit;
        // Some in the whole log, the others where they stand. More of them with
        // SIGNET_TORTURE.
        let whole = (byte + 16 - bit) % 16 < torture() as usize;
        let record = feeds.partition_point(|feed| *feed < byte) as u64;
        let options = VerifyOptions {
            first: if whole { 0 } else { record },
            limit: (!whole).then_some(1),
            ..VerifyOptions::default()
        };
        let mut findings = Vec::new();
        let report = verify_disk(&only(&changed), &options, &mut findings).unwrap();
        let verdict = report.verdict;
        match content[byte] {
            // Two lines are one, or the last has no end.
            b'\n' if byte + 1 < content.len() => assert_eq!(verdict, Verdict::Tampered),
            b'\n' => assert_ne!(verdict, Verdict::Ok),
            _ => assert_eq!(verdict, Verdict::Tampered, "{byte} {bit} {findings:?}"),
        }
        let first = report.first_bad.unwrap();
        assert!(first == record || first == record + 1, "{byte} {bit}");
    });
}

/// Another spelling of the same is the same record, as for the published Signet:
/// its hash is that of what it means.
#[test]
fn another_spelling_of_a_record_is_the_same_record() {
    let disk = written(&[paid(r#"[1e30,"\u001f"]"#).json().to_vec()]);
    let honest = judged(&disk).0;
    for (from, to) in [("1e+30", "1E30"), ("\\u001f", "\\u001F"), (":[", ": [")] {
        let text = String::from_utf8(disk.read(DAY)).unwrap();
        assert!(text.contains(from));
        let report = judged(&only(text.replace(from, to).as_bytes())).0;
        assert_eq!((report.verdict, report.last), (Verdict::Ok, honest.last));
    }
}

#[test]
fn every_cut_is_noticed_by_what_the_log_remembers_and_admitted_without() {
    let disk = finished();
    let content = disk.read(DAY);
    in_parallel(content.len(), |cut| {
        // With everything beside the lines deleted nobody can know of an end
        // that is cut between two lines; inside one it shows.
        let between = cut == 0 || content[cut - 1] == b'\n';
        if between || cut % 4 < torture() as usize {
            let remembering = disk.copy();
            remembering.edit(DAY, |bytes| bytes.truncate(cut));
            let (report, findings) = judged(&remembering);
            assert_eq!(report.verdict, Verdict::Truncated, "{cut} {findings:?}");
        }
        let (report, findings) = judged(&only(&content[..cut]));
        let expected = match between {
            true => Verdict::Ok,
            false => Verdict::Torn,
        };
        assert_eq!(report.verdict, expected, "{cut} {findings:?}");
        assert_eq!(report.anchoring(), Anchoring::Unanchored);
        assert_eq!(report.anchoring().to_string(), "UNANCHORED");
    });
}

#[test]
fn every_line_dropped_doubled_swapped_or_replaced_is_noticed() {
    let disk = finished();
    let lines = lines_of(&disk);
    let (count, last) = (lines.len(), lines.len() - 1);
    let mut cases: Vec<(String, usize, Vec<Vec<u8>>)> = Vec::new();
    for at in 0..count {
        let mut dropped = lines.clone();
        dropped.remove(at);
        cases.push((format!("dropped {at}"), at, dropped));
        for to in 0..=count {
            let mut doubled = lines.clone();
            doubled.insert(to, lines[at].clone());
            // Behind itself the copy is the second one.
            let place = if to == at { at + 1 } else { to };
            cases.push((format!("doubled {at} {to}"), place, doubled));
        }
        for other in at + 1..count {
            let mut swapped = lines.clone();
            swapped.swap(at, other);
            cases.push((format!("swapped {at} {other}"), at, swapped));
            let mut replaced = lines.clone();
            replaced[at] = lines[other].clone();
            cases.push((format!("replaced {at} {other}"), at, replaced));
        }
    }
    in_parallel(cases.len(), |number| {
        let (what, place, lines) = &cases[number];
        let remembering = disk.copy();
        remembering.write(DAY, &lines.concat());
        let (report, findings) = judged(&remembering);
        assert_ne!(report.verdict, Verdict::Ok, "{what}");
        assert_eq!(report.first_bad, Some(*place as u64), "{what} {findings:?}");
        let (report, _) = judged(&only(&lines.concat()));
        match *what == format!("dropped {last}") {
            true => assert_eq!(report.anchoring(), Anchoring::Unanchored),
            false => assert_ne!(report.verdict, Verdict::Ok, "{what}"),
        }
    });
}

/// The log's own checkpoint, and its tree head.
fn noted(disk: &MemoryDisk) -> TreeHead {
    let log = Log::open_on(Arc::new(disk.clone()), options()).unwrap();
    let vkey = log.verifier_key().unwrap().to_string();
    let note = log.checkpoint().unwrap().encode();
    log.close().unwrap();
    evidence::open_checkpoint(note.as_bytes(), &vkey).unwrap()
}

fn against(disk: &MemoryDisk, trusted: TreeHead) -> Report {
    let options = VerifyOptions {
        trusted_head: Some(trusted),
        ..VerifyOptions::default()
    };
    verify_disk(disk, &options, &mut ()).unwrap()
}

#[test]
fn deleted_files_are_noticed_by_whatever_remembers_them() {
    let disk = finished();
    let trusted = noted(&disk);
    assert_eq!(trusted.size, every_kind().len() as u64);
    let honest = against(&disk, trusted);
    assert_eq!(honest.verdict, Verdict::Ok);
    let anchored = Anchoring::TrustedHead { size: trusted.size };
    assert_eq!(honest.anchoring(), anchored);
    for gone in [&[][..], &[".log/head"], &[".log/checkpoint"], &[".log"]] {
        let without = disk.copy();
        gone.iter().for_each(|path| without.remove_all(path));
        // What is left is still the log that was noted.
        let report = against(&without, trusted);
        assert_eq!(
            (report.verdict, report.anchoring()),
            (Verdict::Ok, anchored)
        );
        let (report, _) = judged(&without);
        assert_eq!(report.verdict, Verdict::Ok);
        let own = match gone {
            [".log"] => Anchoring::Unanchored,
            _ => Anchoring::OwnMemory,
        };
        assert_eq!(report.anchoring(), own, "{gone:?}");

        // The whole file, and then a part of it.
        for keep in [0, 5] {
            let lines = lines_of(&without)[..keep].concat();
            let cut = without.copy();
            match keep {
                0 => cut.remove_all(DAY),
                _ => cut.write(DAY, &lines),
            }
            let (report, _) = judged(&cut);
            let expected = match gone {
                [".log"] => (Verdict::Ok, Anchoring::Unanchored),
                _ => (Verdict::Truncated, Anchoring::Unanchored),
            };
            assert_eq!((report.verdict, report.anchoring()), expected);
            // A note that was kept elsewhere always tells.
            let report = against(&cut, trusted);
            assert_eq!(report.verdict, Verdict::Truncated, "{gone:?}");
            assert_eq!(report.anchored, 0);
        }
    }
}

#[test]
fn a_log_that_was_rolled_back_as_a_whole_is_told_by_a_note_kept_elsewhere() {
    let records = every_kind();
    let disk = written(&records[..6]);
    let earlier = noted(&disk);
    let before = disk.copy();
    let log = Log::open_on(Arc::new(disk.clone()), options()).unwrap();
    for record in &records[6..] {
        log.append_json(record).unwrap();
    }
    log.close().unwrap();
    let trusted = noted(&disk);

    // Lines, head, tiles and checkpoint as they once were: in itself this is a
    // log, and the report says what that is worth.
    let (report, _) = judged(&before);
    assert_eq!(report.verdict, Verdict::Ok);
    assert_eq!(report.anchoring(), Anchoring::OwnMemory);
    assert_eq!(against(&before, earlier).verdict, Verdict::Ok);
    assert_eq!(against(&before, trusted).verdict, Verdict::Truncated);

    // Gone on from there with something else, as long as before.
    let log = Log::open_on(Arc::new(before.clone()), options()).unwrap();
    for number in 6..12 {
        log.append(&paid(&number.to_string())).unwrap();
    }
    log.close().unwrap();
    noted(&before);
    assert_eq!(judged(&before).0.verdict, Verdict::Ok);
    assert_eq!(against(&before, earlier).verdict, Verdict::Ok);
    let report = against(&before, trusted);
    assert_eq!(report.verdict, Verdict::Tampered);
    assert_eq!(report.anchored, 0);
}

#[test]
fn a_chain_that_was_made_anew_is_told_by_memory_or_not_at_all_v2() {
    let mut records = every_kind();
    let disk = written(&records);
    let trusted = noted(&disk);
    records.remove(5);
    records.swap(2, 3);
    let (rewritten, lines) = (bare(&records), bare(&records).read(DAY));
    // Every signature holds and so does the chain; nobody can tell.
    let (report, findings) = trusting(|policy| verified(&rewritten, Some(policy)));
    assert_eq!(report.verdict, Verdict::Ok, "{findings:?}");
    assert_eq!(report.anchoring(), Anchoring::Unanchored);
    // The log's own memory does, and a note too.
    let remembering = disk.copy();
    remembering.write(DAY, &lines);
    assert_eq!(judged(&remembering).0.verdict, Verdict::Truncated);
    assert_eq!(against(&rewritten, trusted).verdict, Verdict::Truncated);
    let mut as_long = every_kind();
    as_long.swap(2, 3);
    let as_long = bare(&as_long);
    assert_eq!(against(&as_long, trusted).verdict, Verdict::Tampered);
}

#[test]
fn a_missing_end_is_never_fine_where_anything_remembers_it_v3() {
    let disk = finished();
    let lines = lines_of(&disk);
    for keep in 0..lines.len() {
        let cut = disk.copy();
        cut.write(DAY, &lines[..keep].concat());
        let (report, _) = trusting(|policy| verified(&cut, Some(policy)));
        assert_eq!(report.verdict, Verdict::Truncated);
        assert_eq!(report.first_bad, Some(keep as u64));
    }
}

#[test]
fn what_lies_beside_the_lines_can_be_changed_without_harm_and_without_gain() {
    let disk = finished();
    noted(&disk);
    let lines = lines_of(&disk);
    let cut = lines[..lines.len() - 1].concat();
    let beside: Vec<String> = disk.files().into_iter().filter(|f| f != DAY).collect();
    let places: Vec<(String, usize)> = beside
        .iter()
        .flat_map(|file| {
            // The rest of a slot of the head is zeros.
            let bytes = disk.read(file);
            let used = (0..bytes.len()).filter(move |at| bytes[*at] != 0 || at % 256 == 0);
            used.map(|at| (file.clone(), at)).collect::<Vec<_>>()
        })
        .collect();
    assert!(places.len() > 400, "{}", places.len());
    in_parallel(places.len(), |number| {
        let (file, at) = &places[number];
        let changed = disk.copy();
        changed.edit(file, |bytes| bytes[*at] ^= 1 << (number % 8));
        // A cache is made again, a broken seal is none: nothing is accused that
        // is as it was, unless the note itself says something else.
        let (report, findings) = judged(&changed);
        let noted = file.ends_with("checkpoint");
        assert!(
            noted || report.verdict == Verdict::Ok,
            "{file} {at} {findings:?}"
        );
        // And the end is still missed, for the head and the note both know it.
        changed.write(DAY, &cut);
        assert_eq!(
            judged(&changed).0.verdict,
            Verdict::Truncated,
            "{file} {at}"
        );
    });
}

#[test]
fn opening_what_was_changed_never_fails_and_never_forgets() {
    let disk = finished();
    let content = disk.read(DAY);
    let step = (61 / torture().min(60)).max(1) as usize;
    for at in (0..content.len()).step_by(step) {
        for cut in [true, false] {
            let changed = disk.copy();
            changed.edit(DAY, |bytes| match cut {
                true => bytes.truncate(at),
                false => bytes[at] ^= 1 << (at % 8),
            });
            let quietly = LogOptions {
                durability: Durability::Sync,
                clock: Arc::new(Noon),
                log_key: Some(Arc::new(log_key())),
                ..options()
            };
            let log = Log::open_on(Arc::new(changed.clone()), quietly).unwrap();
            let appended = log.append(&paid("\"on\""));
            assert!(appended.is_ok(), "{at} {cut} {appended:?}");
            drop(log);
            for _ in 0..2 {
                let (report, _) = judged(&changed);
                assert_ne!(report.verdict, Verdict::Ok, "{at} {cut}");
            }
        }
    }
}

#[test]
fn a_watcher_is_told_of_damage_in_the_order_of_the_log_on_any_number_of_threads() {
    let records: Vec<_> = (0..3000)
        .map(|number| paid(&number.to_string()).json().to_vec())
        .collect();
    let disk = bare(&records);
    let lines = lines_of(&disk);
    let mut changed = lines.clone();
    for at in (0..3000).step_by(7) {
        let place = changed[at].len() / 3;
        changed[at][place] ^= 1;
    }
    disk.write(DAY, &changed.concat());
    let found = |threads| {
        let mut findings = Vec::new();
        let options = VerifyOptions {
            threads,
            ..VerifyOptions::default()
        };
        verify_disk(&disk, &options, &mut findings).unwrap();
        findings
    };
    let alone = found(1);
    assert!(alone.len() >= 3000 / 7);
    assert!(alone.is_sorted_by_key(|finding| finding.index));
    assert!(
        alone
            .iter()
            .all(|finding| finding.kind != FindingKind::Forked)
    );
    for threads in [2, 3, 8] {
        assert_eq!(found(threads), alone);
    }
}

#[test]
fn folders_that_are_no_log_are_an_error_and_not_a_verdict() {
    let options = VerifyOptions {
        first: 1,
        ..VerifyOptions::default()
    };
    let error = verify_disk(&MemoryDisk::default(), &options, &mut ()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RecordNotFound);
    let missing = std::path::Path::new("/nonexistent/audit");
    let missing = signet::log::verify_folder(missing, &VerifyOptions::default(), &mut ());
    assert!(missing.is_err());
}
