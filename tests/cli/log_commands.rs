//! `signet log`: verifying, checkpoints, numbers.

use std::fs;

use serde_json::{Value, json};

use crate::logs::{
    self, DAY, NOON, append, change_lines, day_file, forget, json, log_key, opened, receipt_with,
    rewrite, says, tear, with_records,
};
use crate::program::Place;

/// Runs `log verify` with these flags, which must come to this verdict.
pub fn verdict(place: &Place, expected: &str, flags: &[&str]) -> Value {
    let args: Vec<&str> = ["log", "verify"].iter().chain(flags).copied().collect();
    let (code, report) = json(place, &args);
    assert_eq!(report["verdict"], expected, "{flags:?}: {report}");
    assert_eq!(code, i32::from(expected != "OK"), "{flags:?}");
    assert_eq!(report["ok"], expected == "OK");
    // The human answer has the same verdict and exit code.
    let text = says(place, code, &args);
    let word = if expected == "OK" { "INTACT" } else { expected };
    assert!(text.starts_with(&format!("{word}\n")), "{text}");
    report
}

pub fn kinds(report: &Value) -> Vec<(&str, u64, u64)> {
    let findings = report["findings"].as_array().unwrap().iter();
    findings
        .map(|found| {
            (
                found["kind"].as_str().unwrap(),
                found["index"].as_u64().unwrap(),
                found["line"].as_u64().unwrap_or(0),
            )
        })
        .collect()
}

#[test]
fn an_intact_log_says_what_vouches_for_it() {
    let place = with_records(5);
    let report = verdict(&place, "OK", &[]);
    assert_eq!(report["records"], 5);
    assert_eq!(
        report["end"],
        json!({"judged": true, "vouched_for_by": "own_memory", "records": 5})
    );
    assert_eq!(report["signatures"]["verified"], false);
    assert_eq!(report["findings"], json!([]));
    let hash = opened(&place).read(4).unwrap().record_hash;
    assert_eq!(report["last_hash"], signet::log::line::hash_text(&hash));
    let done = place.run(["log", "verify"]).success();
    assert!(done.get_output().stderr.is_empty());

    forget(&place);
    let report = verdict(&place, "OK", &[]);
    assert_eq!(report["end"]["vouched_for_by"], "nothing");
    assert!(says(&place, 0, &["log", "verify"]).contains("nothing vouches"));
    let part = verdict(&place, "OK", &["--first", "1", "--limit", "2"]);
    assert_eq!(
        (&part["records"], &part["end"]["judged"]),
        (&json!(2), &json!(false))
    );
    assert!(
        place
            .fails(3, ["log", "verify", "--first", "9"])
            .contains("no record")
    );
}

#[test]
fn what_was_changed_in_the_middle_is_named_with_its_file_and_line_d5() {
    let place = with_records(6);
    change_lines(&place, |lines| {
        lines[3] = lines[3].replace("tool3", "fool3")
    });
    let report = verdict(&place, "TAMPERED", &[]);
    assert_eq!(kinds(&report), [("HASH_MISMATCH", 3, 4)]);
    assert_eq!(report["first_bad"], 3);
    assert_ne!(
        report["findings"][0]["expected"],
        report["findings"][0]["actual"]
    );
    let text = says(&place, 1, &["log", "verify"]);
    let file = format!("home/audit/{DAY}:4: HASH_MISMATCH record 3");
    assert!(text.contains(&file), "{text}");

    // A line that is gone, and what no longer fits in number is counted.
    change_lines(&place, |lines| drop(lines.remove(1)));
    let report = verdict(&place, "TRUNCATED", &["--max-findings", "1"]);
    assert_eq!(kinds(&report), [("LINK_BROKEN", 1, 2)]);
    assert!(report["findings_total"].as_u64().unwrap() > 1);
    assert!(
        says(&place, 1, &["log", "verify", "--max-findings", "1"])
            .contains("more (--max-findings)")
    );
}

#[test]
fn a_log_that_was_cut_off_is_truncated_as_long_as_anything_remembers_it() {
    let place = with_records(6);
    let key = log_key(&place);
    place.ok(["log", "checkpoint", "--output", "kept"]);
    change_lines(&place, |lines| lines.truncate(4));
    let report = verdict(&place, "TRUNCATED", &[]);
    assert_eq!(kinds(&report)[0].0, "TRUNCATED");
    forget(&place);
    verdict(&place, "OK", &[]);
    for flag in ["--checkpoint", "--from-checkpoint"] {
        verdict(&place, "TRUNCATED", &[flag, "kept", "--log-key", &key]);
    }
}

#[test]
fn only_what_came_after_a_checkpoint_is_looked_at_from_it() {
    let place = with_records(4);
    let key = log_key(&place);
    place.write("key", format!("{key}\n"));
    place.ok(["log", "checkpoint", "--output", "kept"]);
    let from = ["--from-checkpoint", "kept", "--log-key", "key"];
    let whole = ["--checkpoint", "kept", "--log-key", &key];
    assert_eq!(verdict(&place, "OK", &from)["records"], 0);
    append(&place, &["after1", "after2"]);
    let report = verdict(&place, "OK", &from);
    assert_eq!(
        (&report["first"], &report["records"]),
        (&json!(4), &json!(2))
    );
    assert_eq!(
        report["end"],
        json!({"judged": true, "vouched_for_by": "trusted_checkpoint", "records": 4})
    );
    assert_eq!(verdict(&place, "OK", &whole)["records"], 6);

    // Content before the checkpoint is not looked at, its hashes are.
    let before = fs::read(day_file(&place)).unwrap();
    change_lines(&place, |lines| {
        lines[1] = lines[1].replace("tool1", "fool1")
    });
    verdict(&place, "OK", &from);
    verdict(&place, "TAMPERED", &whole);
    fs::write(day_file(&place), before).unwrap();
    rewrite(&place.home(), |receipts| receipts.swap(1, 2));
    forget(&place);
    verdict(&place, "OK", &[]);
    verdict(&place, "TAMPERED", &from);
    verdict(&place, "TAMPERED", &whole);
}

#[test]
fn a_checkpoint_counts_only_with_the_signature_of_the_log_key() {
    let place = with_records(3);
    let key = log_key(&place);
    let other = place.ok(["log", "checkpoint", "--verifier-key", "--key", "stranger"]);
    let kept = place.ok(["log", "checkpoint"]);
    place.write("kept", &kept);
    place.write("forged", kept.replacen("\n3\n", "\n2\n", 1));
    place.write("garbage", "no checkpoint\n");
    let verify = |code, file: &str, key: &str| {
        place.fails(
            code,
            ["log", "verify", "--checkpoint", file, "--log-key", key],
        )
    };
    assert_eq!(verify(0, "kept", &key), "");
    verify(1, "kept", other.trim_end());
    verify(1, "forged", &key);
    verify(3, "garbage", &key);
    verify(3, "absent", &key);
    assert!(verify(3, "kept", "log+key").contains("--verifier-key"));
    assert!(
        place
            .fails(2, ["log", "verify", "--checkpoint", "kept"])
            .contains("--log-key")
    );
    // A key that nothing would be held to is no safeguard.
    place.fails(3, ["log", "verify", "--log-key", &key]);
    let stale = ["--max-checkpoint-age", "1h", "--log-key", &key];
    place.fails(
        3,
        ["log", "verify", "--witness", &key]
            .into_iter()
            .chain(stale),
    );
    let witness = ["--witness", &key];
    let args = ["log", "verify", "--checkpoint", "kept", "--log-key", &key];
    // A log is no witness.
    place.fails(3, args.iter().chain(&witness).copied());
}

#[test]
fn signatures_are_held_to_the_keys_that_are_trusted() {
    let place = with_records(5);
    let agent = place.ok(["identity", "export", "--name", "agent"]);
    place.write("agent.pub", &agent);
    let public: Value = serde_json::from_str(&agent).unwrap();
    let text = public["pubkey"].as_str().unwrap();
    for key in ["agent", "agent.pub", text] {
        for batch in ["strict", "cofactored", "off"] {
            let flags = [
                "--trusted-agent-key",
                key,
                "--batch",
                batch,
                "--threads",
                "2",
            ];
            let report = verdict(&place, "OK", &flags);
            assert_eq!(report["signatures"]["valid"], 5);
            assert_eq!(report["signatures"]["any_signer"], false);
        }
    }
    let report = verdict(&place, "OK", &["--signatures"]);
    assert_eq!(report["signatures"]["any_signer"], true);
    let report = verdict(&place, "TAMPERED", &["--trusted-agent-key", "stranger"]);
    assert_eq!(report["signatures"]["failed"], 5);
    verdict(&place, "OK", &["--trusted-agent-key", "stranger,agent"]);
    let report = verdict(
        &place,
        "TAMPERED",
        &["--trusted-agent-key", "agent", "--cutoff", "agent@3"],
    );
    assert_eq!(
        kinds(&report),
        [("SIGNER_UNTRUSTED", 3, 4), ("SIGNER_UNTRUSTED", 4, 5)]
    );

    let bundle = |status: &str| {
        format!(
            "version: 1\nbundle_id: b\norg: o\nenv: dev\ngenerated_at: \"2026-12-01T00:00:00Z\"\nroots: []\nagents:\n  - id: agent\n    name: agent\n    owner: owner\n    pubkey: \"ed25519:{text}\"\n    {status}\n    created_at: \"2026-01-01T00:00:00Z\"\nservers: []\n",
            text = text.trim_start_matches("ed25519:")
        )
    };
    place.write("bundle.yaml", bundle("status: active"));
    let revoked = |at| bundle(&format!("status: revoked\n    revoked_at: \"{at}\""));
    place.write("before.yaml", revoked("2026-11-20T11:00:00Z"));
    place.write("after.yaml", revoked("2026-11-20T13:00:00Z"));
    verdict(&place, "OK", &["--trust-bundle", "bundle.yaml"]);
    verdict(&place, "OK", &["--trust-bundle", "after.yaml"]);
    verdict(&place, "TAMPERED", &["--trust-bundle", "before.yaml"]);
    place.fails(3, ["log", "verify", "--trust-bundle", "absent.yaml"]);
    place.fails(3, ["log", "verify", "--trusted-agent-key", "nobody"]);
    place.fails(3, ["log", "verify", "--cutoff", "agent"]);
    place.fails(2, ["log", "verify", "--batch", "lax"]);
    // Of nothing there is nothing to say.
    place.fails(2, ["log", "verify", "--limit", "0"]);
    place.fails(
        2,
        [
            "log",
            "verify",
            "--trust-bundle",
            "bundle.yaml",
            "--trusted-agent-key",
            "agent",
        ],
    );

    // Somebody without the key makes a chain that is right in itself.
    rewrite(&place.home(), |receipts| {
        receipts[2]["action"]["tool"] = "rm".into()
    });
    forget(&place);
    verdict(&place, "OK", &[]);
    for batch in ["strict", "cofactored", "off"] {
        let report = verdict(&place, "TAMPERED", &["--signatures", "--batch", batch]);
        assert_eq!(kinds(&report), [("SIGNATURE_INVALID", 2, 3)]);
    }
}

#[test]
fn who_may_speak_for_the_log_is_said_with_control_keys() {
    let place = with_records(4);
    // The agent removes the first day and signs for it, as a log that is opened with
    // its key does.
    let log = logs::opened_next_day(&place, 1);
    log.append(&receipt_with("tool", NOON, "{}")).unwrap();
    let plan = log.plan_prune(logs::next_noon()).unwrap();
    log.prune(&plan).unwrap();
    log.close().unwrap();
    let agent = place.ok(["identity", "export", "--name", "agent"]);
    let agent: Value = serde_json::from_str(&agent).unwrap();
    let agent = agent["pubkey"].as_str().unwrap().to_owned();
    let agent = format!("ed25519:{}", agent.trim_start_matches("ed25519:"));

    let trusted = ["--trusted-agent-key", "agent"];
    let with = |more: &[&'static str]| [&trusted[..], more].concat();
    let report = verdict(&place, "OK", &trusted);
    let by = |control_key: bool| json!({"key": agent, "control_key": control_key});
    assert_eq!(
        (&report["pruned"], &report["pruned_by"]),
        (&json!(4), &by(false))
    );
    let args: Vec<&str> = ["log", "verify"].iter().chain(&trusted).copied().collect();
    let text = says(&place, 0, &args);
    assert!(
        text.contains(&format!("signed by {agent} states (any")),
        "{text}"
    );

    for flags in [
        &["--control-key", "agent"][..],
        &["--control-key", "log,agent"],
    ] {
        let report = verdict(&place, "OK", &with(flags));
        assert_eq!(report["pruned_by"], by(true));
    }
    for flags in [
        &["--control-key", "log"][..],
        &["--control-key", "log", "--control-key", "stranger"],
    ] {
        let report = verdict(&place, "TAMPERED", &with(flags));
        assert_eq!(
            (&report["pruned"], &report["pruned_by"]),
            (&json!(0), &Value::Null)
        );
        let found = kinds(&report);
        assert_eq!(found[0], ("REMOVAL_UNTRUSTED", 4, 0));
        assert!(found[1..].iter().all(|found| found.0 == "SIGNER_UNTRUSTED"));
    }
    // Said alone it has the signatures looked at, too.
    let report = verdict(&place, "TAMPERED", &["--control-key", "log"]);
    assert_eq!(report["signatures"]["verified"], true);
    place.fails(3, ["log", "verify", "--control-key", "nobody"]);
}

#[test]
fn a_checkpoint_that_is_overdue_is_stale() {
    let place = with_records(3);
    let key = log_key(&place);
    let hour_later = "2026-11-20T13:30:00Z";
    let stale = ["--max-checkpoint-age", "1h", "--at", hour_later];
    verdict(&place, "STALE", &stale);
    verdict(
        &place,
        "OK",
        &["--max-checkpoint-age", "1h", "--at", "2026-11-20T12:30:00Z"],
    );
    verdict(
        &place,
        "OK",
        &["--max-checkpoint-age", "1h", "--at-record-time"],
    );
    verdict(
        &place,
        "OK",
        &["--max-checkpoint-age", "2h", "--at", hour_later],
    );
    place.ok(["log", "checkpoint"]);
    let by = |key: &str| [stale.as_slice(), &["--log-key", key]].concat().join(" ");
    let flags = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let held_to = |key: &str, expected: &str| {
        let flags = flags(&by(key));
        let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
        verdict(&place, expected, &flags)
    };
    held_to(&key, "OK");
    let other = place.ok(["log", "checkpoint", "--verifier-key", "--key", "stranger"]);
    held_to(other.trim_end(), "STALE");
    for age in ["0s", "h", "1", "1w", "-1h", "1.5h", "99999999999999999999d"] {
        let flag = format!("--max-checkpoint-age={age}");
        place.fails(2, ["log", "verify", &flag]);
    }
    place.fails(
        3,
        [
            "log",
            "verify",
            "--max-checkpoint-age",
            "1h",
            "--at",
            "noon",
        ],
    );
    place.fails(2, ["log", "verify", "--at-record-time"]);
}

#[test]
fn numbers_are_of_what_is_there_damaged_or_not() {
    let place = with_records(3);
    let log = opened(&place);
    let denied = format!(
        r#"{{"type":"policy_violation","agent":"eve","action":{{"tool":"rm"}},"decision":"deny","ts":"{NOON}"}}"#
    );
    log.append_json(denied.as_bytes()).unwrap();
    log.append(&receipt_with("\\u001b[2J", "2026-11-20T10:00:00Z", "{}"))
        .unwrap();
    log.close().unwrap();
    let (code, stats) = json(&place, &["log", "stats"]);
    assert_eq!(
        (code, &stats["records"], &stats["durable"]),
        (0, &json!(5), &json!(5))
    );
    assert_eq!(stats["kinds"], json!({"v1": 4, "denied": 1}));
    assert_eq!(stats["signers"], json!({"agent": 4, "eve": 1}));
    assert_eq!(stats["tools"]["tool1"], 1);
    assert_eq!(stats["first_time"], "2026-11-20T10:00:00.000Z");
    assert_eq!(stats["last_time"], "2026-11-20T12:00:00.000Z");
    assert_eq!(
        stats["bytes"],
        fs::metadata(day_file(&place)).unwrap().len()
    );
    assert_eq!(stats["checkpoint"], Value::Null);
    let checkpoint = json(&place, &["log", "checkpoint"]).1;
    let stats = json(&place, &["log", "stats"]).1;
    assert_eq!(stats["tree"]["root"], checkpoint["root"]);
    assert_eq!(stats["checkpoint"]["size"], 5);
    let text = says(&place, 0, &["log", "stats"]);
    assert!(
        text.contains("\\u{1b}[2J") && !text.contains('\u{1b}'),
        "{text}"
    );

    change_lines(&place, |lines| lines[1] = "no record".to_owned());
    tear(&place, b"{\"rec");
    let stats = json(&place, &["log", "stats"]).1;
    assert_eq!(
        (&stats["records"], &stats["unreadable"], &stats["torn"]),
        (&json!(5), &json!(1), &json!(true))
    );
    assert!(says(&place, 0, &["log", "stats"]).contains("signet log repair"));
}

#[test]
fn an_audit_folder_of_somebody_else_is_verified_where_it_is() {
    let place = with_records(3);
    fs::rename(place.home().join("audit"), place.path().join("evidence")).unwrap();
    let report = verdict(&place, "OK", &["--folder", "evidence"]);
    assert_eq!(report["records"], 3);
    assert_eq!(
        json(&place, &["log", "stats", "--folder", "evidence"]).1["records"],
        3
    );
    for command in ["verify", "stats", "repair", "checkpoint"] {
        let said = place.fails(3, ["log", command]);
        assert!(said.contains("no log in 'home/audit'"), "{said}");
    }
    assert!(!place.home().join("audit").exists());
}

#[test]
fn a_log_has_one_key_and_one_name_and_they_stay() {
    let place = with_records(3);
    let key = log_key(&place);
    let (_, made) = json(&place, &["log", "checkpoint", "--output", "kept"]);
    assert_eq!(
        (&made["size"], &made["verifier_key"]),
        (&json!(3), &json!(key))
    );
    let kept = fs::read_to_string(place.path().join("kept")).unwrap();
    assert_eq!(made["checkpoint"], kept);
    assert_eq!(place.ok(["log", "checkpoint"]), kept);
    for other in [
        ["--log-key-name", "stranger"],
        ["--origin", "example.com/other"],
    ] {
        let said = place.fails(3, ["log", "checkpoint", other[0], other[1]]);
        assert!(said.contains("--log-key-name"), "{said}");
    }
    let said = place.fails(3, ["log", "checkpoint", "--key", "nobody"]);
    assert!(
        said.contains("signet identity generate --name nobody"),
        "{said}"
    );

    let named = with_records(1);
    let (_, made) = json(
        &named,
        &["log", "checkpoint", "--origin", "example.com/log"],
    );
    assert_eq!(made["origin"], "example.com/log");
    let done = named
        .signet()
        .env("SIGNET_LOG_ORIGIN", "example.com/log")
        .args(["log", "prove", "0"])
        .assert()
        .success();
    let proof = String::from_utf8_lossy(&done.get_output().stdout).into_owned();
    assert!(proof.contains("\nexample.com/log\n1\n"), "{proof}");
}

#[test]
fn a_locked_log_key_is_asked_for_and_never_needed_to_name_it() {
    use signet::encoding::rfc3339::Instant;
    use signet::identity::{Keystore, NewIdentity, Protection};
    let place = logs::with_records(2);
    let identity = NewIdentity::new(Protection::Passphrase("open sesame"), Instant::now());
    Keystore::open(place.home())
        .unwrap()
        .create("vault", &identity)
        .unwrap();
    place.ok(["log", "checkpoint", "--verifier-key", "--key", "vault"]);
    let said = place.fails(3, ["log", "checkpoint", "--key", "vault"]);
    assert!(said.contains("SIGNET_PASSPHRASE"), "{said}");
    let mut command = place.signet();
    command.env("SIGNET_PASSPHRASE", "open sesame");
    command
        .args(["log", "checkpoint", "--key", "vault"])
        .assert()
        .success();
}
