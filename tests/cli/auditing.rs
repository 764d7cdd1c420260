//! `signet audit`: listing, filters, verification, export.

use serde_json::{Value, json};
use signet::encoding::key_text;

use crate::documentation::assert_documented;
use crate::program::Place;
use crate::recorded::{self, cases, matches, name};
use crate::recorded_logs::{self, OwnLog, run, run_with};

/// How the published Signet prints the three records of the mixed log that we
/// print with their agent.
const HIDDEN: [(&str, &str); 3] = [
    (
        "-                              -               -                              -\n",
        "2026-03-01T10:00:01.000Z       agent           Read                           mcp://x\n",
    ),
    (
        "02.000Z       -               rm",
        "02.000Z       agent           rm",
    ),
    (
        "03.000Z       -               pay",
        "03.000Z       agent           pay",
    ),
];

#[test]
fn the_recorded_runs_end_as_they_did() {
    let file = recorded::file("audit_filters");
    let mut runs = 0;
    for case in cases(&file) {
        let Some(args) = case["args"].as_array().filter(|_| !case["cli"].is_null()) else {
            continue;
        };
        // Times are relative to now: see the test of `--since`.
        let args: Vec<&str> = args.iter().map(|arg| arg.as_str().unwrap()).collect();
        let recorded = &case["cli"];
        if args.iter().any(|arg| arg.starts_with("--since")) && recorded["exit"] == 0 {
            continue;
        }
        runs += 1;
        let place = recorded_logs::mixed();
        let (exit, stdout, stderr) = run(&place, &args);
        let mut expected = recorded["stdout"].as_str().unwrap().to_owned();
        for (theirs, ours) in HIDDEN {
            expected = expected.replace(theirs, ours);
        }
        if matches("cli/--verify --trusted-agent-key ed*", name(case))
            || matches("cli/--verify --trusted-agent-key as*", name(case))
        {
            // Denied calls are no failures; a server whom nobody trusts, and a
            // delegation without a trusted root, are not fine.
            assert_eq!(
                (exit, stdout.as_str()),
                (
                    1,
                    "5/9 signatures valid, 1 FAILED, 1 NOT VERIFIABLE, 2 denied calls (unsigned by nature)\n\n\
                     Warnings:\nRecord rec_08e64dae73a63270fcdeb3635e15d485 (2026-03-01.jsonl:6): chain: the \
                     delegation holds, but no roots are trusted that it could lead from\n"
                ),
                "{stderr}"
            );
            continue;
        }
        assert_eq!(exit, recorded["exit"], "{}: {stderr}", name(case));
        assert_eq!(stdout, expected, "{}: {stderr}", name(case));
        if let Some(exported) = case["exported"].as_str() {
            let theirs: Value = serde_json::from_str(exported).unwrap();
            let ours = std::fs::read_to_string(place.path().join("out.json")).unwrap();
            assert_eq!(serde_json::from_str::<Value>(&ours).unwrap(), theirs);
            assert_eq!(ours, exported);
        }
    }
    assert!(runs >= 14, "{runs}");
    assert_documented(["Lists name the agent of a co-signed record and of a denied call"]);
}

/// The mixed log, the record with second N of the recording moved to ten minutes
/// times N behind 2 h and 35 min ago.
fn moved() -> Place {
    let place = Place::new();
    let file = recorded::file("audit_filters");
    let now = signet::encoding::rfc3339::Instant::now();
    let mut files = file["files"].clone();
    for text in files.as_object_mut().unwrap().values_mut() {
        let mut moved = text.as_str().unwrap().to_owned();
        for second in 0..9_i64 {
            let at = now.plus_millis((-155 + 10 * second) * 60_000).to_text();
            moved = moved.replace(&format!("2026-03-01T10:00:0{second}.000Z"), &at);
        }
        *text = json!(moved);
    }
    recorded_logs::write_files(&place.home().join("audit"), &files);
    place
}

#[test]
fn since_counts_back_from_now() {
    let place = moved();
    let count = |since: &str| {
        let said = place.ok(["audit", since]);
        match said.strip_prefix("No audit records found.\n") {
            Some(_) => 0,
            None => said.lines().count() - 4,
        }
    };
    // As recorded with a clock two hours and four seconds after the first one.
    let file = recorded::file("audit_filters");
    let mut runs = 0;
    for case in cases(&file).iter().filter(|case| case["cli"]["exit"] == 0) {
        let Some([_, rest @ ..]) = case["args"].as_array().map(Vec::as_slice) else {
            continue;
        };
        let args: Vec<&str> = rest.iter().filter_map(Value::as_str).collect();
        if !args.first().is_some_and(|arg| arg.starts_with("--since")) {
            continue;
        }
        runs += 1;
        let argument = match args.as_slice() {
            [flag, value] => format!("{flag}={value}"),
            other => other.concat(),
        };
        let recorded = case["cli"]["stdout"].as_str().unwrap();
        let expected = match recorded.starts_with("No audit") {
            true => 0,
            false => recorded.lines().count() - 4,
        };
        assert_eq!(count(&argument), expected, "{argument}");
    }
    assert!(runs >= 5, "{runs}");
}

#[test]
fn a_record_that_is_dated_earlier_hides_nothing_d11() {
    let place = moved();
    let audit = place.home().join("audit");
    let entry = std::fs::read_dir(&audit)
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let text = std::fs::read_to_string(&entry).unwrap();
    let mut lines: Vec<&str> = text.lines().collect();
    // The oldest is written last, as a long job's is.
    lines.rotate_left(1);
    std::fs::write(&entry, format!("{}\n", lines.join("\n"))).unwrap();
    let said = place.ok(["audit", "--since", "2h"]);
    assert!(said.ends_with("\n5 records\n"), "{said}");
}

#[test]
fn numbers_that_are_no_time_are_refused() {
    let place = recorded_logs::mixed();
    for since in ["99999999999999999h", "1é", "", "d"] {
        let argument = format!("--since={since}");
        let (exit, _, stderr) = run(&place, &["audit", &argument]);
        assert!(
            exit == 3 || since == "99999999999999999h" && exit == 0,
            "{since}: {exit} {stderr}"
        );
    }
    let (exit, ..) = run(&place, &["audit", "--limit", "-1"]);
    assert_eq!(exit, 2);
    assert_eq!(
        place.ok(["audit", "--limit", "0"]),
        "No audit records found.\n"
    );
}

#[test]
fn json_lists_the_records_as_they_stand() {
    let place = recorded_logs::mixed();
    let records: Vec<Value> = serde_json::from_str(&place.ok(["audit", "--json"])).unwrap();
    assert_eq!(records.len(), 9);
    assert_eq!(
        records[0]["receipt"]["id"],
        "rec_6412105cfc194155490b8dc8be034d7f"
    );
    assert!(
        records[8]["record_hash"]
            .as_str()
            .unwrap()
            .starts_with("sha256:")
    );
    assert_eq!(place.ok(["audit", "--json", "--tool", "zzz"]), "[]\n");
    assert_eq!(Place::new().ok(["audit", "--json"]), "[]\n");
    assert_eq!(Place::new().ok(["audit"]), "No audit records found.\n");
}

/// Recorded verifications of logs that end otherwise here: exit code and reason.
const STRICTER: &[(&str, i64, &str)] = &[
    (
        "one-day/no-final-newline",
        3,
        "A last line without its line feed was cut by a crash.",
    ),
    (
        "encrypted/*",
        3,
        "Encrypted params that no key at hand opens.",
    ),
];

#[test]
fn recorded_logs_are_verified_as_they_were_or_more_strictly() {
    let file = recorded::file("audit_logs");
    let (mut same, mut failed, mut chain) = (0, 0, 0);
    for case in cases(&file) {
        let recorded = &case["expect"]["cli_audit_verify"];
        if recorded.is_null() {
            continue;
        }
        let place = recorded_logs::recorded_log(name(case));
        let environment: &[(&str, &str)] = match name(case) {
            "encrypted/unlocked-by-environment" => &[("SIGNET_PASSPHRASE", "pw")],
            _ => &[],
        };
        let (exit, stdout, stderr) = run_with(&place, &["audit", "--verify"], environment);
        let theirs = recorded["exit"].as_i64().unwrap();
        if (exit, stdout.as_str()) == (theirs, recorded["stdout"].as_str().unwrap()) {
            same += 1;
            continue;
        }
        let whole = case["expect"]["verify_chain"]["value"]["valid"] == true;
        let row = STRICTER
            .iter()
            .find(|(pattern, ..)| matches(pattern, name(case)));
        match (theirs, exit) {
            // The published Signet stops at a line that is no record.
            (3, 1 | 3) => {}
            // What they find wrong is wrong here, said in other words.
            (1, 1) => failed += 1,
            // Denied calls are no failures.
            (1, 0) => assert!(
                name(case).starts_with("mixed/") && stdout.contains("denied calls"),
                "{}: {stdout}{stderr}",
                name(case)
            ),
            // They do not look at the chain here.
            (0, 1) if !whole => chain += 1,
            // Signatures that they take for good.
            (0, 1) => assert!(
                stdout.contains("FAILED"),
                "{}: {stdout}{stderr}",
                name(case)
            ),
            (0, 0) => assert!(
                recorded["stdout"].as_str().unwrap().contains("Warnings:"),
                "{}: {stdout}",
                name(case)
            ),
            _ => {
                let (_, expected, _) = row
                    .unwrap_or_else(|| panic!("{}: {theirs} {exit} {stdout}{stderr}", name(case)));
                assert_eq!(exit, *expected, "{}: {stdout}{stderr}", name(case));
            }
        }
    }
    println!("{same} {failed} {chain}");
    assert!(same > 20 && chain > 3, "{same} {failed} {chain}");
    let mut reasons: Vec<&str> = STRICTER.iter().map(|row| row.2).collect();
    reasons.push("`audit --verify` looks at the chain, too");
    assert_documented(reasons);
}

#[test]
fn a_denied_call_is_no_failure_d13() {
    let own = OwnLog::new(None);
    own.call("Read");
    own.denial();
    let said = own.place.ok(["audit", "--verify"]);
    assert_eq!(
        said,
        "1/2 signatures valid, 1 denied calls (unsigned by nature)\n"
    );
    own.place.write("tb.yaml", own.trust());
    own.place
        .ok(["audit", "--verify", "--trust-bundle", "tb.yaml"]);
}

#[test]
fn trusted_keys_are_what_counts() {
    let own = OwnLog::new(None);
    own.call("Read");
    own.call("Write");
    let stranger = key_text::prefixed(OwnLog::new(None).pair.public_key());
    own.place.write("tb.yaml", own.trust());
    for good in [
        &["--trusted-agent-key", "bot"][..],
        &["--trusted-agent-key", &format!("{stranger},bot")],
        &["--trust-bundle", "tb.yaml"],
        // Listed keys count besides the bundle's.
        &[
            "--trust-bundle",
            "tb.yaml",
            "--trusted-agent-key",
            &stranger,
        ],
        &["--limit", "1"],
    ] {
        let said = own.place.ok([&["audit", "--verify"], good].concat());
        let counted = if good[0] == "--limit" { "1/1" } else { "2/2" };
        assert_eq!(said, format!("{counted} signatures valid\n"), "{good:?}");
    }
    let (exit, stdout, stderr) = run(
        &own.place,
        &["audit", "--verify", "--trusted-agent-key", &stranger],
    );
    assert_eq!(
        (exit, stdout.as_str()),
        (1, "0/2 signatures valid, 2 FAILED\n")
    );
    assert!(
        stderr.contains("Record rec_") && stderr.contains("Invalid: "),
        "{stderr}"
    );
    let answer = run(
        &own.place,
        &[
            "--json",
            "audit",
            "--verify",
            "--trusted-agent-key",
            &stranger,
        ],
    );
    let report: Value = serde_json::from_str(&answer.1).unwrap();
    assert_eq!(
        (answer.0, &report["signatures"]["failed"], &report["ok"]),
        (1, &json!(2), &json!(false))
    );
}

#[test]
fn a_forged_record_behind_an_unknown_key_is_not_fine_v1() {
    let own = OwnLog::new(None);
    own.call("Read");
    own.sealed_call("wire_transfer");
    // Elsewhere, without the key: not a failure, and not fine.
    let copy = Place::new();
    let line = own.lines().join("\n") + "\n";
    recorded_logs::write_files(
        &copy.home().join("audit"),
        &json!({"2026-03-01.jsonl": line}),
    );
    let agent = key_text::prefixed(own.pair.public_key());
    let (exit, stdout, stderr) = run(&copy, &["audit", "--verify", "--trusted-agent-key", &agent]);
    assert_eq!(exit, 3, "{stdout}{stderr}");
    assert!(
        stdout.starts_with("1/2 signatures valid, 1 NOT VERIFIABLE\n"),
        "{stdout}"
    );
    // With another kid it is a failure.
    let forged = line.replacen(
        &format!("\"kid\":\"{agent}\""),
        "\"kid\":\"ed25519:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"",
        1,
    );
    assert_ne!(forged, line);
    recorded_logs::write_files(
        &copy.home().join("audit"),
        &json!({"2026-03-01.jsonl": forged}),
    );
    let (exit, stdout, _) = run(&copy, &["audit", "--verify", "--trusted-agent-key", &agent]);
    assert_eq!(exit, 1);
    assert!(stdout.contains("1 FAILED"), "{stdout}");
}

#[test]
fn encrypted_params_are_verified_and_exported_with_the_passphrase() {
    let own = OwnLog::new(Some("pw"));
    own.call("Read");
    own.sealed_call("seal");
    let verify = &["audit", "--verify"];
    let (exit, stdout, _) = run(&own.place, verify);
    assert_eq!(exit, 3, "{stdout}");
    let (exit, ..) = run_with(&own.place, verify, &[("SIGNET_PASSPHRASE", "wrong")]);
    assert_eq!(exit, 3);
    let (exit, stdout, stderr) = run_with(&own.place, verify, &[("SIGNET_PASSPHRASE", "pw")]);
    assert_eq!(
        (exit, stdout.as_str()),
        (0, "2/2 signatures valid\n"),
        "{stderr}"
    );
    let export = &["audit", "--export", "out.json", "--decrypt-params"];
    let (exit, ..) = run(&own.place, export);
    assert_eq!(exit, 3);
    assert!(
        !own.place.path().join("out.json").exists(),
        "nothing is left of it"
    );
    own.place.write("pass", "pw\n");
    let more = [&export[..], &["--passphrase-file", "pass"]].concat();
    own.place.ok(more);
    let path = own.place.path().join("out.json");
    let records: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(
        records[1]["materialized_receipt"]["action"]["params"]["token"],
        "s3cr3t"
    );
    assert_eq!(records[0]["materialized_receipt"], records[0]["receipt"]);
    assert!(records[1]["receipt"]["action"]["params"].is_null());
    use std::os::unix::fs::PermissionsExt;
    assert_eq!(
        std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o600
    );
    let entries = std::fs::read_dir(own.place.path()).unwrap();
    assert!(
        entries
            .flatten()
            .all(|entry| !entry.file_name().to_string_lossy().ends_with(".part"))
    );
}

#[test]
fn the_recorded_export_with_clear_params_is_ours_too() {
    let file = recorded::file("audit_logs");
    let case = cases(&file)
        .iter()
        .find(|case| name(case) == "encrypted/export-decrypted")
        .unwrap();
    let place = recorded_logs::recorded_log(name(case));
    place.ok(["audit", "--export", "out.json", "--decrypt-params"]);
    let ours = std::fs::read_to_string(place.path().join("out.json")).unwrap();
    let theirs: Value = serde_json::from_str(case["exported"].as_str().unwrap()).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&ours).unwrap(), theirs);
}

#[test]
fn flags_that_do_not_go_together_are_refused() {
    let place = recorded_logs::mixed();
    for (code, args) in [
        (3, &["--verify", "--export", "x"][..]),
        (3, &["--verify", "--bundle", "x"]),
        (3, &["--bundle", "x", "--export", "y"]),
        (3, &["--decrypt-params"]),
        (3, &["--decrypt-params", "--verify"]),
        (3, &["--include-trust-bundle", "x"]),
        (3, &["--exporter", "bot"]),
        (3, &["--verify", "--trust-bundle", "none.yaml"]),
        (3, &["--verify", "--trusted-agent-key", "nobody"]),
        (3, &["--export", "none/out.json"]),
        (3, &["--restore", "none"]),
        (2, &["--restore", "x", "--verify"]),
        (2, &["--restore", "x", "--bundle", "y"]),
        (2, &["--restore", "x", "--export", "y"]),
        (2, &["--limit", "many"]),
        (2, &["--no-such-flag"]),
    ] {
        let (exit, stdout, stderr) = run(&place, &[&["audit"], args].concat());
        assert_eq!((exit, stdout.as_str()), (code, ""), "{args:?}: {stderr}");
    }
    for path in ["x", "y", "none"] {
        assert!(!place.path().join(path).exists(), "{path}");
    }
}

#[test]
fn an_export_replaces_files_and_nothing_else() {
    use std::os::unix::fs::{FileTypeExt as _, symlink};
    let own = OwnLog::new(None);
    own.call("Read");
    let path = |name: &str| own.place.path().join(name);
    // Never a link: behind it is what it was made for.
    own.place.write("real.json", "before");
    symlink("real.json", path("link.json")).unwrap();
    own.place.ok(["audit", "--export", "link.json"]);
    let text = std::fs::read(path("real.json")).unwrap();
    assert!(serde_json::from_slice::<Value>(&text).is_ok());
    assert!(
        std::fs::symlink_metadata(path("link.json"))
            .unwrap()
            .is_symlink()
    );
    // Nor a pipe, as standard output may be one under a name.
    let made = std::process::Command::new("mkfifo")
        .arg(path("pipe"))
        .status();
    assert!(made.unwrap().success());
    let pipe = path("pipe");
    let reader = std::thread::spawn(move || std::fs::read(pipe).unwrap());
    own.place.ok(["audit", "--export", "pipe"]);
    assert_eq!(reader.join().unwrap(), text);
    let kind = std::fs::symlink_metadata(path("pipe")).unwrap().file_type();
    assert!(kind.is_fifo());
    own.place.fails(3, ["audit", "--export", "."]);
    std::fs::create_dir(path("folder")).unwrap();
    own.place.fails(3, ["audit", "--export", "folder"]);
}
