//! `signet log prove` and `signet proof verify`: what an auditor gets, and holds.

use std::fs;

use serde_json::{Value, json};
use signed_note::{StandardVerifier, VerifierList};
use signet::crypto::ed25519::SecretKey;
use signet::tlog::cosignature::cosign;
use signet::tlog::tlog_proof::TlogProof;
use signet::tlog::verifier_key::{SignatureType, VerifierKey};

use crate::logs::{append, day_file, json, log_key, opened, says, with_records};
use crate::program::Place;

/// What an auditor gets of record 2 of 5, in a folder without a home, and the
/// log's verifier key.
fn auditor() -> (Place, String) {
    let place = with_records(5);
    let key = log_key(&place);
    place.ok(["log", "prove", "2", "--output", "call.tlog-proof"]);
    let auditor = Place::new();
    for file in ["call.tlog-proof", "call.record.json"] {
        auditor.write(file, fs::read(place.path().join(file)).unwrap());
    }
    let record: Value = serde_json::from_slice(&read(&auditor, "call.record.json")).unwrap();
    auditor.write("receipt.json", record["receipt"].to_string());
    (auditor, key)
}

fn read(place: &Place, file: &str) -> Vec<u8> {
    fs::read(place.path().join(file)).unwrap()
}

const RECORD: [&str; 2] = ["--record", "call.record.json"];
const RECEIPT: [&str; 2] = ["--receipt", "receipt.json"];

/// The exit code of verifying.
fn held(place: &Place, key: &str, flags: &[&str]) -> i32 {
    let args = ["proof", "verify", "call.tlog-proof", "--log-key", key];
    let args: Vec<&str> = args.iter().chain(flags).copied().collect();
    let output = place.signet().args(&args).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let code = output.status.code().unwrap();
    assert_eq!(text.starts_with("HOLDS\n"), code == 0, "{text}");
    assert_eq!(text.starts_with("DOES NOT HOLD\n"), code == 1, "{text}");
    code
}

#[test]
fn a_proof_a_record_and_a_key_are_all_that_an_auditor_needs() {
    let (place, key) = auditor();
    for what in [RECORD, RECEIPT] {
        assert_eq!(held(&place, &key, &what), 0);
        let args = [
            "proof",
            "verify",
            "call.tlog-proof",
            what[0],
            what[1],
            "--log-key",
            &key,
        ];
        let (code, answer) = json(&place, &args);
        assert_eq!((code, &answer["holds"]), (0, &json!(true)));
        assert_eq!((&answer["index"], &answer["size"]), (&json!(2), &json!(5)));
        assert_eq!(
            (&answer["tool"], &answer["signer"]),
            (&json!("tool2"), &json!("agent"))
        );
    }
    assert_eq!(held(&place, &key, &[RECORD, RECEIPT].concat()), 0);
    place.write("vkey", format!("{key}\n"));
    assert_eq!(held(&place, "vkey", &RECORD), 0);
    assert!(!place.home().exists(), "verifying made a home folder");
}

#[test]
fn another_key_record_or_receipt_does_not_hold() {
    let (place, key) = auditor();
    let other = with_records(5);
    let stranger = other.ok(["log", "checkpoint", "--verifier-key", "--key", "stranger"]);
    assert_eq!(held(&place, stranger.trim_end(), &RECORD), 1);
    // Of several keys of a log one is enough.
    assert_eq!(
        held(
            &place,
            &key,
            &[
                "--log-key",
                stranger.trim_end(),
                "--record",
                "call.record.json"
            ]
        ),
        0
    );
    let line = fs::read_to_string(day_file(&other)).unwrap();
    place.write("other.json", line.lines().nth(3).unwrap());
    assert_eq!(held(&place, &key, &["--record", "other.json"]), 1);
    let record = String::from_utf8(read(&place, "call.record.json")).unwrap();
    place.write("changed.json", record.replace("tool2", "fool2"));
    assert_eq!(held(&place, &key, &["--record", "changed.json"]), 1);
    let receipt = String::from_utf8(read(&place, "receipt.json")).unwrap();
    place.write("changed.json", receipt.replace("tool2", "fool2"));
    assert_eq!(held(&place, &key, &["--receipt", "changed.json"]), 1);
    let both = [RECORD.as_slice(), &["--receipt", "changed.json"]].concat();
    assert_eq!(held(&place, &key, &both), 1);
    let args = [
        "proof",
        "verify",
        "call.tlog-proof",
        "--record",
        "other.json",
        "--log-key",
        &key,
    ];
    let (code, answer) = json(&place, &args);
    assert_eq!(
        (code, &answer["holds"], &answer["code"]),
        (1, &json!(false), &json!("proof_invalid"))
    );
}

#[test]
fn no_change_to_a_proof_file_is_taken() {
    let (place, key) = auditor();
    let proof = read(&place, "call.tlog-proof");
    let notes = proof
        .windows(6)
        .position(|text| text == b"\nindex")
        .unwrap();
    for at in (0..proof.len()).step_by(5) {
        let mut forged = proof.clone();
        forged[at] ^= 1;
        place.write("call.tlog-proof", &forged);
        let code = held(&place, &key, &RECORD);
        // The line with our notes is nobody's word, and the record needs none.
        assert!(code == 1 || code == 3 || (code == 0 && at < notes), "{at}");
        assert_ne!(held(&place, &key, &RECEIPT), 2, "{at}");
    }
    // A whole proof of another place in the same log.
    let text = String::from_utf8(proof).unwrap();
    place.write("call.tlog-proof", text.replace("index 2", "index 3"));
    assert_eq!(held(&place, &key, &RECORD), 1);
    // Without the notes a receipt is not enough, a record is.
    let lines = text.lines().filter(|line| !line.starts_with("extra "));
    place.write(
        "call.tlog-proof",
        lines.map(|line| format!("{line}\n")).collect::<String>(),
    );
    assert_eq!(held(&place, &key, &RECORD), 0);
    assert_eq!(held(&place, &key, &RECEIPT), 3);
}

#[test]
fn what_cannot_be_used_is_neither_yes_nor_no() {
    let (place, key) = auditor();
    place.write("garbage", "{");
    place.write("empty", "");
    for file in ["garbage", "empty", "absent", "call.tlog-proof"] {
        assert_eq!(held(&place, &key, &["--record", file]), 3, "{file}");
        assert_eq!(held(&place, &key, &["--receipt", file]), 3, "{file}");
        let args = ["proof", "verify", file, "--record", "call.record.json"];
        let bad_key = ["--log-key", "log+0badc0de+nothing"];
        place.fails(3, args.iter().chain(&bad_key).copied());
    }
    for file in ["garbage", "empty", "absent"] {
        place.fails(
            3,
            [
                "proof",
                "verify",
                file,
                "--record",
                "call.record.json",
                "--log-key",
                &key,
            ],
        );
    }
    place.fails(
        2,
        [
            "proof",
            "verify",
            "call.tlog-proof",
            "--record",
            "call.record.json",
        ],
    );
    place.fails(2, ["proof", "verify", "call.tlog-proof", "--log-key", &key]);
    place.fails(2, ["proof"]);
}

#[test]
fn as_many_witnesses_as_are_asked_for_must_have_cosigned() {
    let (place, key) = auditor();
    let secret = |seed| SecretKey::from_seed(&[seed; 32]);
    let witness = |name, seed| {
        VerifierKey::new(name, SignatureType::CosignatureV1, *secret(seed).public()).unwrap()
    };
    let (one, two) = (witness("one.example", 21), witness("two.example", 22));
    let proof = TlogProof::parse(&read(&place, "call.tlog-proof")).unwrap();
    let mut note = proof.note().clone();
    let line = cosign(&note, 1_790_000_000, &one, |text| Ok(secret(21).sign(text))).unwrap();
    note.add(line).unwrap();
    let cosigned = TlogProof::new(proof.index(), proof.path().to_vec(), note, None).unwrap();

    let (one, two) = (one.to_string(), two.to_string());
    let first = [RECORD.as_slice(), &["--witness", &one]].concat();
    let either = [
        first.as_slice(),
        &["--witness", &two, "--witnesses-required", "1"],
    ]
    .concat();
    let both = [first.as_slice(), &["--witness", &two]].concat();
    assert_eq!(held(&place, &key, &first), 1);
    assert_eq!(held(&place, &key, &either), 1);
    place.write("call.tlog-proof", cosigned.encode());
    assert_eq!(held(&place, &key, &RECORD), 0);
    assert_eq!(held(&place, &key, &first), 0);
    assert_eq!(held(&place, &key, &either), 0);
    assert_eq!(held(&place, &key, &both), 1);
    let three = [both.as_slice(), &["--witnesses-required", "3"]].concat();
    assert_eq!(held(&place, &key, &three), 3);
    let args = [
        &["proof", "verify", "call.tlog-proof", "--log-key", &key],
        first.as_slice(),
    ]
    .concat();
    let (_, answer) = json(&place, &args);
    assert_eq!(answer["witnesses"][0]["name"], "one.example");
}

#[test]
fn a_record_is_named_by_its_number_or_its_receipt() {
    let place = with_records(4);
    let id = opened(&place)
        .read(3)
        .unwrap()
        .view()
        .id()
        .unwrap()
        .into_owned();
    let (_, by_id) = json(&place, &["log", "prove", &id]);
    let (_, by_number) = json(&place, &["log", "prove", "3"]);
    assert_eq!(
        (&by_id["proof"], &by_id["index"]),
        (&by_number["proof"], &json!(3))
    );
    assert_eq!(by_id["receipt_id"], *id);
    assert_eq!(
        place.ok(["log", "prove", "3"]),
        by_id["proof"].as_str().unwrap()
    );
    assert!(place.fails(3, ["log", "prove", "4"]).contains("no record"));
    assert!(
        place
            .fails(3, ["log", "prove", "rec_nothing"])
            .contains("signet audit")
    );
    place.fails(3, ["log", "prove", "99999999999999999999"]);
    place.fails(3, ["log", "prove", ""]);
    place.fails(2, ["log", "prove"]);
    place.fails(2, ["log", "prove", "1", "--consistency", "2"]);
    place.fails(3, ["log", "prove", "1", "--output", "no/such/folder"]);
    // The same receipt twice: which one is meant?
    let log = opened(&place);
    log.append_json(&log.read(3).unwrap().receipt).unwrap();
    log.close().unwrap();
    assert!(
        place
            .fails(3, ["log", "prove", &id])
            .contains("record 3 and as record 4")
    );
    place.ok(["log", "prove", "4"]);
    place.ok(["log", "prove", "1", "--record", "one.json"]);
    assert_eq!(
        read(&place, "one.json"),
        format!("{}\n", lines(&place)[1]).into_bytes()
    );
}

fn lines(place: &Place) -> Vec<String> {
    let text = fs::read_to_string(day_file(place)).unwrap();
    text.lines().map(str::to_owned).collect()
}

#[test]
fn that_a_log_only_grew_is_proved_between_two_checkpoints() {
    let place = with_records(3);
    let key = log_key(&place);
    place.ok(["log", "checkpoint", "--output", "old"]);
    append(&place, &["after1", "after2"]);
    place.ok([
        "log",
        "prove",
        "--consistency",
        "3",
        "--output",
        "grown.proof",
    ]);
    let verify = |code: i32, proof: &str, old: &str, new: &str| {
        says(
            &place,
            code,
            &[
                "proof",
                "verify",
                proof,
                "--old",
                old,
                "--new",
                new,
                "--log-key",
                &key,
            ],
        )
    };
    assert!(verify(0, "grown.proof", "old", "grown.checkpoint").contains("from 3 to 5"));
    verify(1, "grown.proof", "grown.checkpoint", "old");
    // The same log with its second record changed, under the same key.
    let rewritten = with_records(1);
    append(&rewritten, &["other1", "other2", "other3", "other4"]);
    rewritten.ok([
        "log",
        "prove",
        "--consistency",
        "3",
        "--output",
        "grown.proof",
    ]);
    place.write("rewritten.proof", read(&rewritten, "grown.proof"));
    place.write("rewritten", read(&rewritten, "grown.checkpoint"));
    verify(1, "rewritten.proof", "old", "rewritten");
    verify(1, "grown.proof", "old", "rewritten");
    place.write("garbage", "x");
    verify(3, "grown.proof", "old", "garbage");
    place.fails(3, ["log", "prove", "--consistency", "6"]);
    place.fails(
        2,
        [
            "proof",
            "verify",
            "grown.proof",
            "--old",
            "old",
            "--log-key",
            &key,
        ],
    );
    let (code, answer) = json(&place, &["log", "prove", "--consistency", "3"]);
    assert_eq!((code, &answer["old_size"]), (0, &json!(3)));
    assert_eq!(
        answer["proof"].as_str().unwrap().as_bytes(),
        read(&place, "grown.proof")
    );
}

/// Programs that share no code with us read what was printed.
#[test]
fn stock_transparency_log_tools_take_checkpoint_and_proof() {
    let place = with_records(300);
    let key = log_key(&place);
    let verifier = StandardVerifier::new(&key).unwrap();
    let theirs = VerifierList::new(vec![Box::new(verifier)]);
    let opened_by_them = |note: &str| {
        let note = signed_note::Note::from_bytes(note.as_bytes()).unwrap();
        let (verified, unverified) = note.verify(&theirs).unwrap();
        assert_eq!((verified.len(), unverified.len()), (1, 0));
        tlog_tiles::Checkpoint::from_bytes(note.text()).unwrap()
    };
    let checkpoint = opened_by_them(&place.ok(["log", "checkpoint"]));
    assert_eq!(checkpoint.size(), 300);
    let hash = |text: &str| tlog_tiles::Hash::parse_hash(text).unwrap();
    for index in [0, 17, 255, 256, 299] {
        let text = place.ok(["log", "prove", &index.to_string()]);
        let (head, note) = text.split_once("\n\n").unwrap();
        let mut lines = head.lines();
        assert_eq!(lines.next(), Some("c2sp.org/tlog-proof@v1"));
        assert!(lines.next().unwrap().starts_with("extra "));
        assert_eq!(lines.next().unwrap(), format!("index {index}"));
        let path: Vec<tlog_tiles::Hash> = lines.map(hash).collect();
        let record: Value = serde_json::from_str(&self::lines(&place)[index as usize]).unwrap();
        let stated = record["record_hash"].as_str().unwrap();
        let entry: [u8; 32] =
            signet::encoding::hex::decode(stated.trim_start_matches("sha256:").as_bytes()).unwrap();
        let leaf = tlog_tiles::record_hash(&entry);
        let signed = opened_by_them(note);
        tlog_tiles::check_record(&path, signed.size(), *signed.hash(), index, leaf).unwrap();
    }
    let old = opened_by_them(&place.ok(["log", "checkpoint"]));
    append(&place, &["one", "more"]);
    let (_, grown) = json(&place, &["log", "prove", "--consistency", "300"]);
    let new = opened_by_them(grown["checkpoint"].as_str().unwrap());
    let path: Vec<_> = grown["proof"].as_str().unwrap().lines().map(hash).collect();
    tlog_tiles::check_tree(&path, new.size(), *new.hash(), old.size(), *old.hash()).unwrap();
}
