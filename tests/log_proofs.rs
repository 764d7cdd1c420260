//! The Merkle tree of a log: proofs, checkpoints, and the tiles that can be made
//! again.

#[path = "support/audit_log.rs"]
mod audit_log;

use std::fs;
use std::ops::ControlFlow;

use signet::error::ErrorKind;
use signet::log::evidence::{self, ProofNotes};
use signet::log::{Log, LogFolder, Verdict, VerifyOptions, verify_folder};
use signet::tlog::checkpoint_policy::CheckpointPolicy;
use signet::tlog::proof::verify_consistency;
use signet::tlog::tlog_proof::TlogProof;

use audit_log::{
    DAY, NOON, day_file, finished, published_chain, receipt, rewrite, tree_of_lines, verify,
    with_log_key,
};

#[test]
fn one_file_proves_one_record_offline() {
    let (home, clock) = finished(0);
    let log = Log::open(home.path(), with_log_key(&clock)).unwrap();
    let policy = CheckpointPolicy::of_log(log.verifier_key().unwrap()).unwrap();
    let mut heads = Vec::new();
    for number in 0..600_u64 {
        log.append(&receipt(&format!("tool{number}"), NOON))
            .unwrap();
        if ![0, 1, 254, 255, 256, 511, 599].contains(&number) {
            continue;
        }
        assert_eq!(
            log.tree_head().unwrap(),
            tree_of_lines(home.path()),
            "{number}"
        );
        for index in [0, number / 2, number] {
            let file = log.prove(index).unwrap().encode();
            let proof = TlogProof::parse(file.as_bytes()).unwrap();
            let record = log.read(index).unwrap();
            let verified = proof.verify(&record.record_hash, &policy).unwrap();
            assert_eq!(verified.checkpoint.head().size, number + 1);
            let notes = ProofNotes::in_proof(&proof);
            assert_eq!(notes.id.unwrap(), record.view().id().unwrap());
            // The receipt alone leads to the hash that is proved.
            assert_eq!(
                evidence::record_hash_of_receipt(&record.receipt, &notes.previous.unwrap())
                    .unwrap(),
                record.record_hash
            );
            assert!(proof.verify(&[0; 32], &policy).is_err());
        }
        heads.push(log.tree_head().unwrap());
    }
    let newest = *heads.last().unwrap();
    for old in &heads {
        let proof = log.prove_consistency(old.size).unwrap();
        assert_eq!(proof.old, *old);
        verify_consistency(old, &newest, &proof.path).unwrap();
    }
    assert_eq!(
        log.prove(600).unwrap_err().kind(),
        ErrorKind::RecordNotFound
    );
    let trusting = VerifyOptions {
        trusted_head: Some(heads[3]),
        threads: 2,
        ..VerifyOptions::default()
    };
    assert_eq!(log.verify(&trusting, &mut ()).unwrap().verdict, Verdict::Ok);
}

#[test]
fn a_survey_counts_what_is_there_and_changes_nothing() {
    let (home, clock) = finished(300);
    let audit = home.path().join("audit");
    let log = Log::open(home.path(), with_log_key(&clock)).unwrap();
    log.checkpoint().unwrap();
    let head = log.tree_head().unwrap();
    let id = log.read(7).unwrap().view().id().unwrap().into_owned();
    assert_eq!(log.find(&id, 2).unwrap(), [7]);
    assert_eq!(log.find("rec_none", 2).unwrap(), [0; 0]);
    log.append_json(&log.read(7).unwrap().receipt).unwrap();
    assert_eq!(log.find(&id, 2).unwrap(), [7, 300]);
    assert_eq!(log.find(&id, 1).unwrap(), [7]);
    let whole = log.tree_head().unwrap();
    log.close().unwrap();

    let mut seen = 0;
    let survey = LogFolder::open(&audit)
        .unwrap()
        .survey(|record| {
            assert_eq!(record.index, seen);
            seen += 1;
            ControlFlow::Continue(())
        })
        .unwrap();
    assert_eq!((survey.first, survey.records, seen), (0, 301, 301));
    assert_eq!((survey.unreadable, survey.torn), (0, false));
    assert_eq!(survey.tree, Some(whole));
    assert_eq!(survey.outline.durable, Some(301));
    let checkpoint = survey.outline.checkpoint.unwrap();
    assert!(checkpoint.head().size >= head.size);
    let path = day_file(home.path(), DAY);
    assert_eq!(survey.outline.bytes, fs::metadata(&path).unwrap().len());

    let mut text = fs::read(&path).unwrap();
    let second = text.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    text[second] = b'x';
    text.extend_from_slice(b"{\"receipt\":");
    fs::write(&path, &text).unwrap();
    let survey = LogFolder::open(&audit)
        .unwrap()
        .survey(|_| ControlFlow::Continue(()))
        .unwrap();
    assert_eq!(
        (survey.records, survey.unreadable, survey.torn),
        (301, 1, true)
    );
    assert_eq!(fs::read(&path).unwrap(), text);
}

#[test]
fn the_tree_is_made_again_when_its_tiles_are_gone_or_wrong() {
    let (home, clock) = finished(700);
    let expected = tree_of_lines(home.path());
    let side = home.path().join("audit/.log");
    for damage in 0..4 {
        match damage {
            0 => {}
            1 => fs::remove_dir_all(&side).unwrap(),
            2 => fs::remove_dir_all(side.join("tile")).unwrap(),
            _ => {
                let tile = side.join("tile/0/001");
                let mut bytes = fs::read(&tile).unwrap();
                bytes[40] ^= 1;
                fs::write(&tile, bytes).unwrap();
            }
        }
        let log = Log::open(home.path(), with_log_key(&clock)).unwrap();
        assert_eq!(log.tree_head().unwrap(), expected, "{damage}");
        let policy = CheckpointPolicy::of_log(log.verifier_key().unwrap()).unwrap();
        let hash = log.read(300).unwrap().record_hash;
        log.prove(300).unwrap().verify(&hash, &policy).unwrap();
        log.close().unwrap();
    }
}

#[test]
fn a_checkpoint_outlives_the_head_v3() {
    for keep in [7, 0] {
        let (home, clock) = finished(10);
        let log = Log::open(home.path(), with_log_key(&clock)).unwrap();
        log.checkpoint().unwrap();
        log.close().unwrap();
        // Everything that the log remembers but its checkpoint.
        fs::remove_file(home.path().join("audit/.log/head")).unwrap();
        let path = day_file(home.path(), DAY);
        let text = fs::read_to_string(&path).unwrap();
        fs::write(
            &path,
            text.split_inclusive('\n').take(keep).collect::<String>(),
        )
        .unwrap();
        assert_eq!(verify(home.path()).0, Verdict::Truncated);
        let log = Log::open(home.path(), with_log_key(&clock)).unwrap();
        assert_eq!(log.checkpoint().unwrap_err().kind(), ErrorKind::LogDamaged);
    }
}

#[test]
fn a_rewritten_log_does_not_continue_its_checkpoint_v2() {
    let (home, clock) = finished(10);
    let log = Log::open(home.path(), with_log_key(&clock)).unwrap();
    log.checkpoint().unwrap();
    let trusted = log.tree_head().unwrap();
    log.close().unwrap();
    rewrite(home.path(), |receipts| {
        receipts.swap(2, 3);
        receipts.push(receipts[0].clone());
    });
    let side = home.path().join("audit/.log");
    fs::remove_file(side.join("head")).unwrap();
    fs::remove_dir_all(side.join("tile")).unwrap();
    assert!(published_chain(home.path()).valid);
    assert_eq!(verify(home.path()).0, Verdict::Tampered);
    let log = Log::open(home.path(), with_log_key(&clock)).unwrap();
    assert_eq!(log.checkpoint().unwrap_err().kind(), ErrorKind::LogDamaged);
    // Even with nothing left beside it, against a head kept elsewhere.
    drop(log);
    fs::remove_dir_all(&side).unwrap();
    let options = VerifyOptions {
        trusted_head: Some(trusted),
        ..VerifyOptions::default()
    };
    let report = verify_folder(&home.path().join("audit"), &options, &mut ()).unwrap();
    assert_eq!(report.verdict, Verdict::Tampered);
}
