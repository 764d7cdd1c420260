//! `signet audit --bundle` and `--restore`: ours, the recorded ones, and both ways
//! with the published command line.

use serde_json::Value;
use signet::encoding::key_text;

use crate::documentation::assert_documented;
use crate::program::Place;
use crate::published::Cli;
use crate::recorded::{self, cases, matches, name};
use crate::recorded_logs::{self, OwnLog, run, run_with};

#[test]
fn a_bundle_of_this_home_restores_in_this_home() {
    let own = OwnLog::new(None);
    for tool in ["a", "b", "c"] {
        own.call(tool);
    }
    let (exit, stdout, stderr) = run_with(
        &own.place,
        &["audit", "--bundle", "out"],
        &[("HOSTNAME", "here")],
    );
    assert_eq!((exit, stdout.as_str()), (0, ""), "{stderr}");
    assert!(
        stderr.contains("Bundle written to out (3 records, sha256="),
        "{stderr}"
    );
    let (exit, stdout, stderr) = run(&own.place, &["audit", "--restore", "out"]);
    assert_eq!(exit, 0, "{stderr}");
    assert!(
        stdout.starts_with("Bundle valid:\n  records:           3\n"),
        "{stdout}"
    );
    assert!(
        stdout.contains("  host:              here\n  signatures:        SKIPPED (3 records)."),
        "{stdout}"
    );
    assert!(
        stderr.contains("Exported by 'bot': every record that the log had."),
        "{stderr}"
    );
    // It is never written over.
    own.place.fails(3, ["audit", "--bundle", "out"]);
    own.place
        .fails(3, ["audit", "--bundle", "other", "--tool", "zzz"]);
    assert!(!own.place.path().join("other").exists());
}

#[test]
fn an_auditor_needs_the_exporter_and_the_keys() {
    let own = OwnLog::new(None);
    own.call("a");
    own.denial();
    own.sealed_call("b");
    own.call("c");
    own.place.write("tb.yaml", own.trust());
    own.place.ok([
        "audit",
        "--bundle",
        "whole",
        "--include-trust-bundle",
        "tb.yaml",
    ]);
    own.place.ok([
        "audit",
        "--bundle",
        "part",
        "--tool",
        "c",
        "--exporter",
        "bot",
    ]);
    // Here, where the key opens the sealed params.
    let said = own.place.ok(["audit", "--restore", "whole"]);
    assert!(
        said.contains("3/4 verified against trust bundle, 1 denied calls"),
        "{said}"
    );
    assert!(said.contains("  trust-bundle.json: present\n"), "{said}");
    // Elsewhere.
    let auditor = Place::new();
    for folder in ["whole", "part"] {
        let target = auditor.path().join(folder);
        std::fs::create_dir(&target).unwrap();
        for entry in std::fs::read_dir(own.place.path().join(folder)).unwrap() {
            let entry = entry.unwrap();
            std::fs::copy(entry.path(), target.join(entry.file_name())).unwrap();
        }
    }
    let key = key_text::prefixed(own.pair.public_key());
    auditor.write("tb.yaml", own.trust());
    auditor.fails(3, ["audit", "--restore", "part"]);
    auditor.fails(
        3,
        ["audit", "--restore", "part", "--trust-bundle", "tb.yaml"],
    );
    let said = auditor.ok([
        "audit",
        "--restore",
        "part",
        "--trust-bundle",
        "tb.yaml",
        "--exporter",
        &key,
    ]);
    assert!(said.contains("1/1 verified against trust bundle"), "{said}");
    // The sealed record cannot be judged there, whoever exported it.
    auditor.fails(3, ["audit", "--restore", "whole", "--exporter", &key]);
    let report = auditor.ok([
        "audit",
        "--restore",
        "part",
        "--trust-bundle",
        "tb.yaml",
        "--exporter",
        &key,
        "--json",
    ]);
    let report: Value = serde_json::from_str(&report).unwrap();
    assert_eq!(
        (&report["verdict"], &report["trust"]),
        (&"OK".into(), &"given".into())
    );
}

#[test]
fn a_filtered_bundle_restores_v18() {
    let own = OwnLog::new(None);
    for tool in ["read", "write", "read", "write"] {
        own.call(tool);
    }
    own.place.write("tb.yaml", own.trust());
    own.place
        .ok(["audit", "--bundle", "out", "--tool", "write"]);
    let (exit, stdout, stderr) = run(
        &own.place,
        &["audit", "--restore", "out", "--trust-bundle", "tb.yaml"],
    );
    assert_eq!(exit, 0, "{stdout}{stderr}");
    assert!(
        stderr.contains("a part of the log, with 1 gaps"),
        "{stderr}"
    );
}

#[test]
fn a_changed_bundle_is_refused_v4() {
    let own = OwnLog::new(None);
    for tool in ["a", "b", "c", "d"] {
        own.call(tool);
    }
    own.place.write("tb.yaml", own.trust());
    own.place.ok(["audit", "--bundle", "out"]);
    let manifest = own.place.path().join("out/manifest.json");
    let text = std::fs::read_to_string(&manifest).unwrap();
    std::fs::write(
        &manifest,
        text.replace("\"unknown\"", "\"auditor-approved\""),
    )
    .unwrap();
    own.place.fails(
        1,
        ["audit", "--restore", "out", "--trust-bundle", "tb.yaml"],
    );
    own.place.fails(
        1,
        [
            "audit",
            "--restore",
            "out",
            "--trust-bundle",
            "tb.yaml",
            "--allow-unsigned",
        ],
    );
    std::fs::write(&manifest, text).unwrap();
    own.place
        .ok(["audit", "--restore", "out", "--trust-bundle", "tb.yaml"]);
    let records = own.place.path().join("out/records.jsonl");
    let lines = std::fs::read_to_string(&records).unwrap();
    let fewer: Vec<&str> = lines.lines().take(2).collect();
    std::fs::write(&records, fewer.join("\n") + "\n").unwrap();
    own.place.fails(
        3,
        ["audit", "--restore", "out", "--trust-bundle", "tb.yaml"],
    );
}

#[test]
fn without_a_key_at_hand_a_bundle_is_unsigned_and_says_so() {
    let own = OwnLog::new(Some("pw"));
    own.call("a");
    own.place.write("tb.yaml", own.trust());
    let (exit, _, stderr) = run(&own.place, &["audit", "--bundle", "out"]);
    assert_eq!(exit, 0);
    assert!(stderr.contains("Nobody has signed it"), "{stderr}");
    own.place.fails(
        3,
        ["audit", "--restore", "out", "--trust-bundle", "tb.yaml"],
    );
    own.place.ok([
        "audit",
        "--restore",
        "out",
        "--trust-bundle",
        "tb.yaml",
        "--allow-unsigned",
    ]);
    // Asked for by name it must be signed.
    own.place
        .fails(3, ["audit", "--bundle", "signed", "--exporter", "bot"]);
    let signed = ["audit", "--bundle", "signed", "--exporter", "bot"];
    let (exit, _, stderr) = run_with(&own.place, &signed, &[("SIGNET_PASSPHRASE", "pw")]);
    assert_eq!(exit, 0, "{stderr}");
    own.place
        .ok(["audit", "--restore", "signed", "--trust-bundle", "tb.yaml"]);
}

fn place_with(bundle: &Value) -> Place {
    let place = Place::new();
    recorded_logs::write_files(&place.path().join("b"), bundle);
    std::fs::create_dir_all(place.path().join("b")).unwrap();
    place
}

/// Recorded restores that end otherwise here, taken unsigned as they all are: the
/// exit code, and the reason.
const DIFFERENT: &[(&str, i64, &str)] = &[
    (
        "restore/start-wrong",
        3,
        "a beginning, times or a summary that are not those of the records",
    ),
    (
        "restore/*-cut-manifest-rewritten",
        3,
        "a beginning, times or a summary that are not those of the records",
    ),
    (
        "restore/blank-lines-added",
        3,
        "a beginning, times or a summary that are not those of the records",
    ),
    (
        "restore/wholly-forged-with-own-trust-bundle",
        3,
        "a beginning, times or a summary that are not those of the records",
    ),
    (
        "restore/times-wrong",
        3,
        "a beginning, times or a summary that are not those of the records",
    ),
    (
        "restore/hash-summary-edited",
        3,
        "a beginning, times or a summary that are not those of the records",
    ),
    (
        "restore/rewritten-history",
        1,
        "a wrong signature where no keys are trusted",
    ),
    (
        "restore/agent-revoked-today",
        0,
        "revoking one today does not undo evidence of yesterday",
    ),
];

#[test]
fn recorded_bundles_are_judged_as_they_were_once_nobody_has_to_vouch() {
    let file = recorded::file("bundles");
    let mut needed = vec![false; DIFFERENT.len()];
    let (mut runs, mut wrong) = (0, Vec::new());
    for case in cases(&file)
        .iter()
        .filter(|case| name(case).starts_with("restore/"))
    {
        runs += 1;
        let place = place_with(&case["bundle"]);
        let mut args = vec!["audit", "--restore", "b", "--allow-unsigned"];
        if let Some(trust) = case["trust_bundle"].as_str() {
            place.write("tb.json", trust);
            args.extend(["--trust-bundle", "tb.json"]);
        }
        let (exit, stdout, stderr) = run(&place, &args);
        let theirs = (
            case["cli"]["exit"].as_i64().unwrap(),
            case["cli"]["stdout"].as_str().unwrap(),
        );
        let row = DIFFERENT
            .iter()
            .position(|(pattern, ..)| matches(pattern, name(case)));
        match row {
            Some(row) if (exit, stdout.as_str()) != theirs => {
                needed[row] = true;
                assert_eq!(exit, DIFFERENT[row].1, "{}: {stdout}{stderr}", name(case));
            }
            _ if (exit, stdout.as_str()) == theirs => {}
            _ => wrong.push(format!("{}: {exit} {stdout}{stderr}", name(case))),
        }
        // Unless that is asked for, what nobody signed is never valid.
        args.retain(|arg| *arg != "--allow-unsigned");
        let (exit, stdout, stderr) = run(&place, &args);
        assert!(exit != 0 && stdout.is_empty(), "{}: {stderr}", name(case));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(
        runs > 25 && needed.iter().all(|needed| *needed),
        "{runs} {needed:?}"
    );
    let reasons: Vec<&str> = DIFFERENT.iter().map(|row| row.2).collect();
    assert_documented(reasons);
}

#[test]
fn recorded_runs_of_bundling_end_as_they_did() {
    let file = recorded::file("bundles");
    let mixed = recorded::file("audit_filters");
    let mut runs = 0;
    for case in cases(&file)
        .iter()
        .filter(|case| name(case).starts_with("build/"))
    {
        let args: Vec<&str> = case["args"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(Value::as_str)
            .collect();
        // About what lies there before, which is not recorded.
        if matches("build/*-in-*", name(case)) {
            continue;
        }
        runs += 1;
        let place = Place::new();
        recorded_logs::write_files(&place.home().join("audit"), &mixed["files"]);
        place.write("tb.json", recorded_logs::trust_text());
        place.write("tb.yaml", OwnLog::new(None).trust());
        let (exit, stdout, stderr) = run(&place, &args);
        assert_eq!(
            (exit, stdout.as_str()),
            (case["cli"]["exit"].as_i64().unwrap(), ""),
            "{}: {stderr}",
            name(case)
        );
    }
    assert!(runs >= 7, "{runs}");
    // A folder with anything in it is left alone.
    let place = recorded_logs::mixed();
    recorded_logs::write_files(
        &place.path().join("out"),
        &serde_json::json!({".hidden": "x"}),
    );
    place.fails(3, ["audit", "--bundle", "out"]);
    assert_documented(["A bundle is only written into a new or empty folder"]);
}

#[test]
fn bundles_go_both_ways_with_the_published_command_line() {
    let own = OwnLog::new(None);
    for tool in ["read", "write", "read"] {
        own.call(tool);
    }
    own.log.close().unwrap();
    let Some(published) = Cli::on(&own.place.home()) else {
        return;
    };
    own.place.write("tb.yaml", own.trust());
    let path = |name: &str| own.place.path().join(name);
    own.place.ok(["audit", "--bundle", "ours"]);
    published
        .run("audit --restore", &[&path("ours")])
        .accepted("Bundle valid:");
    let trust = path("tb.yaml");
    let line = format!("audit --trust-bundle {} --restore", trust.display());
    published
        .run(&line, &[&path("ours")])
        .accepted("3/3 verified against trust bundle");
    published
        .run("audit --bundle", &[&path("theirs")])
        .accepted("Bundle written");
    own.place.fails(3, ["audit", "--restore", "theirs"]);
    let args = [
        "audit",
        "--restore",
        "theirs",
        "--trust-bundle",
        "tb.yaml",
        "--allow-unsigned",
    ];
    let said = own.place.ok(args);
    assert!(
        said.contains("signatures:        3/3 verified against trust bundle\n"),
        "{said}"
    );
    // The same records make the same file.
    let records = |name: &str| std::fs::read(path(name).join("records.jsonl")).unwrap();
    assert_eq!(records("ours"), records("theirs"));
}
