//! Presenting again what was accepted once.

use std::path::Path;
use std::process::{Command, Stdio};

use signet::ErrorKind;
use signet::crypto::ed25519::PublicKey;
use signet::encoding::rfc3339::Instant;
use signet::verifier::{
    Axis, FileNonces, FileNoncesOptions, NonceStore, NonceUse, ReplayStore, Verifier,
};

use crate::ground::*;

fn in_file(path: &Path) -> Verifier {
    verifier(|options| {
        options.replay = ReplayStore::File {
            path: path.to_path_buf(),
            options: FileNoncesOptions::default(),
        };
    })
}

#[test]
fn the_same_receipt_is_presented_again() {
    let bank = bank();
    let receipt = honest(1);
    passes(&bank.check_call(&call(&receipt), clock()));
    for seconds in [0, 1, 150, 299] {
        let again = bank.check_call(&call(&receipt), after(seconds));
        refused(&again, Axis::Replay, ErrorKind::Replayed);
    }
    passes(&bank.check_call(&call(&honest(2)), clock()));
}

#[test]
fn the_same_receipt_is_presented_in_another_spelling() {
    let bank = bank();
    let receipt = honest(1);
    passes(&bank.check_call(&call(&receipt), clock()));
    let value: serde_json::Value = serde_json::from_str(&receipt).unwrap();
    let pretty = serde_json::to_string_pretty(&value).unwrap();
    let escaped = receipt.replace("rnd_", r"\u0072nd_");
    assert_ne!(escaped, receipt);
    for respelled in [pretty, escaped, format!(" \n{receipt}\t")] {
        let again = bank.check_call(&call(&respelled), clock());
        refused(&again, Axis::Replay, ErrorKind::Replayed);
    }
}

#[test]
fn the_same_action_is_signed_again_under_the_same_nonce() {
    // Another signature, another id, another time: the nonce is the agent's.
    let bank = bank();
    passes(&bank.check_call(&call(&honest(1)), clock()));
    let later = resigned(|body| body["ts"] = "2026-06-15T12:00:30.000Z".into());
    let again = bank.check_call(&call(&later), after(30));
    refused(&again, Axis::Replay, ErrorKind::Replayed);
}

#[test]
fn a_receipt_is_presented_again_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("nonces.json");
    let receipt = honest(1);
    passes(&in_file(&path).check_call(&call(&receipt), clock()));
    let again = in_file(&path).check_call(&call(&receipt), after(1));
    refused(&again, Axis::Replay, ErrorKind::Replayed);
    passes(&in_file(&path).check_call(&call(&honest(2)), after(1)));
}

#[test]
fn a_receipt_is_presented_again_after_a_restart_with_endless_freshness() {
    // The greatest age that can be asked for must not overflow into the past.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("nonces.json");
    let endless = || {
        verifier(|options| {
            options.max_age_seconds = u64::MAX;
            options.clock_skew_seconds = u64::MAX;
            options.replay = ReplayStore::File {
                path: path.clone(),
                options: FileNoncesOptions::default(),
            };
        })
    };
    let receipt = honest(1);
    let first = endless();
    passes(&first.check_call(&call(&receipt), clock()));
    first.export_nonces(clock()).unwrap();
    drop(first);
    for time in [clock(), after(40_000_000), after(-40_000_000)] {
        let again = endless().check_call(&call(&receipt), time);
        refused(&again, Axis::Replay, ErrorKind::Replayed);
    }
    passes(&endless().check_call(&call(&honest(2)), after(40_000_000)));
}

#[test]
fn a_receipt_is_presented_to_two_servers_that_share_their_nonces() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("nonces.json");
    let (one, other) = (in_file(&path), in_file(&path));
    let receipt = honest(1);
    passes(&one.check_call(&call(&receipt), clock()));
    let again = other.check_call(&call(&receipt), clock());
    refused(&again, Axis::Replay, ErrorKind::Replayed);
    passes(&other.check_call(&call(&honest(2)), clock()));
    let again = one.check_call(&call(&honest(2)), clock());
    refused(&again, Axis::Replay, ErrorKind::Replayed);
}

const RACE: &str = "SIGNET_TEST_RACE";
const RACED: u8 = 50;

/// What a racing process does; nothing when it is not one.
#[test]
fn racer() {
    let Some(path) = std::env::var_os(RACE) else {
        return;
    };
    let bank = in_file(Path::new(&path));
    let accepted: Vec<u8> = (0..RACED)
        .filter(|nonce| bank.check_call(&call(&honest(*nonce)), clock()).is_ok())
        .collect();
    println!("accepted {accepted:?}");
}

#[test]
fn two_processes_race_with_the_same_receipts() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("nonces.json");
    let processes: Vec<_> = (0..2)
        .map(|_| {
            Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "replays::racer", "--nocapture"])
                .env(RACE, &path)
                .stdout(Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    let mut accepted: Vec<u8> = Vec::new();
    for process in processes {
        let output = process.wait_with_output().unwrap();
        assert!(output.status.success());
        let said = String::from_utf8(output.stdout).unwrap();
        let list = said.split("accepted [").nth(1).unwrap();
        let list = list.split(']').next().unwrap();
        let numbers = list.split(", ").filter(|number| !number.is_empty());
        accepted.extend(numbers.map(|number| number.parse::<u8>().unwrap()));
    }
    accepted.sort_unstable();
    assert_eq!(accepted, (0..RACED).collect::<Vec<_>>());
}

#[test]
fn the_clock_is_set_back_behind_a_forgotten_nonce() {
    let bank = bank();
    passes(&bank.check_call(&call(&honest(1)), clock()));
    // An hour later the nonce no longer matters and may be forgotten.
    for nonce in 2..6 {
        let later = resigned(|body| {
            body["ts"] = "2026-06-15T13:00:00.000Z".into();
            body["nonce"] = format!("rnd_{nonce:032}").into();
        });
        passes(&bank.check_call(&call(&later), after(3600)));
    }
    let again = bank.check_call(&call(&honest(1)), after(1));
    refused(&again, Axis::Replay, ErrorKind::Replayed);
}

#[test]
fn a_flood_of_the_agents_own_nonces_pushes_none_out() {
    let bank = verifier(|options| options.replay = ReplayStore::Memory { capacity: 20 });
    for nonce in 0..20 {
        passes(&bank.check_call(&call(&honest(nonce)), clock()));
    }
    let full = bank.check_call(&call(&honest(20)), clock());
    refused(&full, Axis::Replay, ErrorKind::ReplayStoreFull);
    for nonce in 0..20 {
        let again = bank.check_call(&call(&honest(nonce)), clock());
        refused(&again, Axis::Replay, ErrorKind::Replayed);
    }
}

#[test]
fn strangers_fill_no_nonce_memory() {
    let bank = verifier(|options| options.replay = ReplayStore::Memory { capacity: 1 });
    for nonce in 0..50 {
        let flood = text_of(&signed_by(&stranger(), "x", "pay", ARGUMENTS, nonce));
        let report = bank.check_call(&call(&flood), clock());
        refused(&report, Axis::Trust, ErrorKind::SignerUntrusted);
    }
    passes(&bank.check_call(&call(&honest(1)), clock()));
}

#[test]
fn a_stranger_uses_up_the_agents_nonce_beforehand() {
    let bank = bank();
    let stolen = text_of(&signed_by(&stranger(), "x", "pay", ARGUMENTS, 1));
    let report = bank.check_call(&call(&stolen), clock());
    refused(&report, Axis::Trust, ErrorKind::SignerUntrusted);
    passes(&bank.check_call(&call(&honest(1)), clock()));
    // Nor does another trusted agent.
    let both = verifier(|options| options.trusted_keys.push(*stranger().public_key()));
    passes(&both.check_call(&call(&stolen), clock()));
    passes(&both.check_call(&call(&honest(1)), clock()));
}

#[test]
fn the_nonce_file_is_poisoned() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("nonces.json");
    let open = || {
        Verifier::new({
            let mut options = options();
            options.replay = ReplayStore::File {
                path: path.clone(),
                options: FileNoncesOptions::default(),
            };
            options
        })
    };
    for poison in [
        "",
        "null",
        "[]",
        "0",
        "{",
        "{\"rnd_1\":",
        "{\"rnd_1\":true}",
        "{\"rnd_1\":\"banana\"}",
        "{\"rnd_1\":\"2026-06-15T12:00:00\"}",
        "\u{0}",
        "{\"a\":1e999}",
    ] {
        std::fs::write(&path, poison).unwrap();
        let opened = open();
        if let Ok(verifier) = &opened {
            let report = verifier.check_call(&call(&honest(1)), clock());
            refused(&report, Axis::Replay, ErrorKind::ReplayStoreFailed);
        } else {
            fails(opened, ErrorKind::ReplayStoreFailed);
        }
    }
    std::fs::remove_file(&path).unwrap();
    let bank = open().unwrap();
    passes(&bank.check_call(&call(&honest(1)), clock()));
    // Poisoned while it is in use: by the file, by the journal, by a folder in
    // place of either.
    std::fs::write(&path, "{\"rnd_1\":").unwrap();
    let report = bank.check_call(&call(&honest(2)), clock());
    refused(&report, Axis::Replay, ErrorKind::ReplayStoreFailed);
    std::fs::remove_file(&path).unwrap();
    std::fs::create_dir(&path).unwrap();
    let report = bank.check_call(&call(&honest(2)), clock());
    refused(&report, Axis::Replay, ErrorKind::ReplayStoreFailed);
    std::fs::remove_dir(&path).unwrap();
    passes(&bank.check_call(&call(&honest(2)), clock()));
    let again = bank.check_call(&call(&honest(1)), clock());
    refused(&again, Axis::Replay, ErrorKind::Replayed);
}

#[test]
fn the_journal_of_nonces_is_removed_or_emptied() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("nonces.json");
    let journal = folder.path().join("nonces.json.journal");
    let bank = in_file(&path);
    passes(&bank.check_call(&call(&honest(1)), clock()));
    // Whoever has used it in this process knows, whatever became of the file.
    std::fs::write(&journal, "").unwrap();
    let report = bank.check_call(&call(&honest(1)), clock());
    assert!(!report.is_ok());
    std::fs::remove_file(&journal).unwrap();
    let report = bank.check_call(&call(&honest(1)), clock());
    assert!(!report.is_ok());
}

/// A store that says yes without having asked, and one that cannot tell.
#[derive(Debug)]
struct Broken(bool);

impl NonceStore for Broken {
    fn use_up(
        &self,
        _: &[NonceUse<'_>],
        _: Instant,
        judge: &mut dyn FnMut() -> signet::Result<()>,
    ) -> signet::Result<()> {
        if self.0 {
            return Ok(());
        }
        judge()?;
        Err(signet::Error::new(
            ErrorKind::ReplayStoreFailed,
            "store",
            "it is gone",
        ))
    }
}

#[test]
fn a_store_of_nonces_fails_or_lies() {
    for lies in [true, false] {
        let bank = verifier(|options| {
            options.replay = ReplayStore::Shared(std::sync::Arc::new(Broken(lies)));
        });
        let report = bank.check_call(&call(&honest(1)), clock());
        refused(&report, Axis::Replay, ErrorKind::ReplayStoreFailed);
    }
}

#[test]
fn a_nonce_of_another_length_or_shape_is_used_once_too() {
    let bank = bank();
    let long = "n".repeat(100_000);
    for nonce in ["x", " ", "\u{0}", "rnd_", "é", &long, "+", "decision dec_1"] {
        let receipt = resigned(|body| body["nonce"] = nonce.into());
        passes(&bank.check_call(&call(&receipt), clock()));
        let again = bank.check_call(&call(&receipt), clock());
        refused(&again, Axis::Replay, ErrorKind::Replayed);
    }
    let empty = resigned(|body| body["nonce"] = "".into());
    refused(
        &presented(&empty),
        Axis::Structure,
        ErrorKind::ReceiptInvalid,
    );
}

#[test]
fn two_nonces_that_share_a_prefix_of_any_length_are_two() {
    let folder = tempfile::tempdir().unwrap();
    let options = FileNoncesOptions::default();
    let store = FileNonces::open(&folder.path().join("n"), options).unwrap();
    let key: PublicKey = *agent().public_key();
    let end = after(300);
    for length in [1, 16, 255, 256, 257, 4096] {
        let nonce = "a".repeat(length);
        for last in ["x", "y"] {
            let nonce = format!("{nonce}{last}");
            store.use_once(Some(&key), &nonce, end, clock()).unwrap();
            let again = store.use_once(Some(&key), &nonce, end, clock());
            fails(again, ErrorKind::Replayed);
        }
    }
}
