//! `signet verify`: every flag, the recorded runs of the published command line,
//! and what it accepts that we do not.

use serde_json::{Value, json};

use crate::program::Place;
use crate::recorded::{self, cases, matches, name};
use crate::recorded_logs::{self, OwnLog, run};

/// Recorded runs with another end here: the exit code, and the reason as
/// `docs/compatibility.md` gives it.
const DIFFERENT: &[(&str, i64, &str)] = &[
    (
        "verify/v2-*",
        3,
        "The times of a request and its response must be RFC 3339 date-times.",
    ),
    (
        "verify/v4-by-key",
        3,
        "A version 4 receipt is never verified on the agent's key alone.",
    ),
    (
        "verify/v3-by-key",
        0,
        "names agent, tool, server and time of a co-signed receipt",
    ),
    (
        "verify/v3-nonce-store-ignored-with-pubkey",
        3,
        "A receipt that was presented before, unless the memory is switched off.",
    ),
    (
        "verify/key-reference-is-an-existing-file",
        0,
        "A key is looked up by its name before a file of that name is",
    ),
];

fn place_of(file: &Value, case: &Value) -> Place {
    let place = Place::new();
    recorded_logs::write_files(&place.home(), &file["home_files"]);
    recorded_logs::write_files(place.path(), &case["files"]);
    place
}

fn args_of(case: &Value) -> Vec<&str> {
    let args = case["args"].as_array().unwrap();
    args.iter().map(|arg| arg.as_str().unwrap()).collect()
}

#[test]
fn the_recorded_runs_end_as_they_did() {
    let file = recorded::file("cli");
    let mut needed = vec![false; DIFFERENT.len()];
    let mut runs = 0;
    for case in cases(&file)
        .iter()
        .filter(|case| case["args"][0] == "verify")
    {
        runs += 1;
        let place = place_of(&file, case);
        let (exit, stdout, stderr) = run(&place, &args_of(case));
        let same = (exit, stdout.as_str())
            == (
                case["exit"].as_i64().unwrap(),
                case["stdout"].as_str().unwrap(),
            );
        let row = DIFFERENT
            .iter()
            .position(|(pattern, ..)| matches(pattern, name(case)));
        match row {
            // Some of the runs under a pattern end alike.
            Some(row) if !same => {
                needed[row] = true;
                assert_eq!(exit, DIFFERENT[row].1, "{}: {stdout}{stderr}", name(case));
            }
            _ => assert!(same, "{}: exit {exit}, {stdout}{stderr}", name(case)),
        }
        if let Some(after) = case["files_after"]["n.json"].as_str() {
            let before: Value = serde_json::from_str(after).unwrap();
            let text = std::fs::read_to_string(place.path().join("n.json")).unwrap();
            let now: Value = serde_json::from_str(&text).unwrap();
            let keys = |value: &Value| {
                value
                    .as_object()
                    .unwrap()
                    .keys()
                    .cloned()
                    .collect::<Vec<_>>()
            };
            assert_eq!(keys(&before), keys(&now), "{}", name(case));
        }
    }
    assert!(
        runs >= 30 && needed.iter().all(|needed| *needed),
        "{runs} {needed:?}"
    );
    let reasons: Vec<&str> = DIFFERENT.iter().map(|row| row.2).collect();
    recorded_logs::assert_documented(&reasons);
}

#[test]
fn what_the_published_signet_refuses_is_refused_with_its_exit_code() {
    for set in [
        "receipts_v1_tampered",
        "receipts_v1_structure",
        "receipts_v1_exp",
    ] {
        let file = recorded::file(set);
        let place = Place::new();
        let mut refused = 0;
        for case in cases(&file) {
            let verdict = &case["checks"]["verify_any"];
            if verdict["result"] != "reject" || !verdict["different_result_from"].is_null() {
                continue;
            }
            refused += 1;
            place.write("r.json", recorded::text(case));
            let key =
                signet::encoding::key_text::prefixed(recorded::verifying_key(case).public_key());
            let (exit, stdout, stderr) = run(&place, &["verify", "r.json", "--pubkey", &key]);
            assert!(
                stdout.is_empty() && exit != 0,
                "{}: {exit} {stdout}",
                name(case)
            );
            if verdict["class"] == "SignatureMismatch" {
                assert!(matches!(exit, 1 | 3), "{}: {exit} {stderr}", name(case));
            } else {
                assert_eq!(exit, 3, "{}: {stderr}", name(case));
            }
        }
        assert!(refused > 3, "{set}: {refused}");
    }
}

#[test]
fn a_changed_receipt_exits_with_1() {
    let own = OwnLog::new(None);
    let receipt: Value = serde_json::from_slice(own.receipt("Read").json()).unwrap();
    for (pointer, value) in [
        ("/action/tool", json!("pay")),
        ("/action/target", json!("x")),
        ("/signer/name", json!("boss")),
        ("/nonce", json!("rnd_00000000000000000000000000000000")),
    ] {
        let mut changed = receipt.clone();
        *changed.pointer_mut(pointer).unwrap() = value;
        own.place.write("r.json", changed.to_string());
        own.place.fails(1, ["verify", "r.json", "--pubkey", "bot"]);
    }
}

#[test]
fn a_receipt_may_come_from_standard_input() {
    let own = OwnLog::new(None);
    let receipt = own.receipt("Read");
    let mut command = own.place.signet();
    command
        .args(["verify", "-", "--pubkey", "bot"])
        .write_stdin(receipt.json().to_vec());
    let said = command.assert().success();
    let said = String::from_utf8(said.get_output().stdout.clone()).unwrap();
    assert!(
        said.starts_with("Valid: \"bot\" signed \"Read\" at "),
        "{said}"
    );
    let mut command = own.place.signet();
    command
        .args(["verify", "-", "--pubkey", "bot"])
        .write_stdin("{")
        .assert()
        .code(3);
}

#[test]
fn json_has_every_axis_and_the_exit_code_is_the_same() {
    let own = OwnLog::new(None);
    own.place.write("r.json", own.receipt("Read").json());
    let answer = own
        .place
        .ok(["verify", "r.json", "--pubkey", "bot", "--json"]);
    let report: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(report["ok"], true);
    assert_eq!(report["checks"].as_array().unwrap().len(), 10);
    assert_eq!(report["signer"]["trusted"], true);
    let other = OwnLog::new(None);
    let key = signet::encoding::key_text::prefixed(other.pair.public_key());
    let (exit, stdout, stderr) = run(
        &own.place,
        &["--json", "verify", "r.json", "--pubkey", &key],
    );
    let report: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(
        (exit, &report["ok"], &report["code"]),
        (1, &json!(false), &json!("signer_untrusted")),
        "{stderr}"
    );
    let (exit, stdout, stderr) = run(
        &own.place,
        &["--json", "verify", "none.json", "--pubkey", "bot"],
    );
    let error: Value = serde_json::from_str(&stderr).unwrap();
    assert_eq!(
        (exit, stdout.as_str(), &error["error"]["exit"]),
        (3, "", &json!(3))
    );
}

#[test]
fn a_name_in_a_receipt_cannot_steer_the_terminal() {
    let own = OwnLog::new(None);
    let tool = "x\u{1b}[2J\nValid: \"root\"";
    own.place.write("r.json", own.receipt(tool).json());
    let said = own.place.ok(["verify", "r.json", "--pubkey", "bot"]);
    assert!(said.contains("\\u{1b}[2J\\n"), "{said}");
    assert_eq!(said.lines().count(), 1);
}

fn co_signed() -> (Place, Value, String) {
    let file = recorded::file("cli");
    let case = cases(&file)
        .iter()
        .find(|case| name(case) == "verify/v3-by-key")
        .unwrap()
        .clone();
    let place = place_of(&file, &case);
    let key = case["args"][3].as_str().unwrap().to_owned();
    (place, case, key)
}

#[test]
fn a_co_signed_receipt_is_shown_with_its_names() {
    let (place, _, key) = co_signed();
    let said = place.ok(["verify", "r.json", "--pubkey", &key]);
    assert!(
        said.starts_with("Valid: server \"") && said.contains("\"bot\""),
        "{said}"
    );
    assert!(!said.contains("unknown"), "{said}");
    let report = place.ok(["verify", "r.json", "--pubkey", &key, "--json"]);
    let report: Value = serde_json::from_str(&report).unwrap();
    assert_eq!(
        (&report["server"]["trusted"], &report["signer"]["trusted"]),
        (&json!(true), &json!(false))
    );
    // The agent's key is not the server's.
    place.fails(1, ["verify", "r.json", "--pubkey", "agent"]);
}

#[test]
fn the_nonce_store_counts_with_every_key_v15() {
    let (place, _, key) = co_signed();
    let args = [
        "verify",
        "r.json",
        "--pubkey",
        key.as_str(),
        "--nonce-store",
        "n.json",
    ];
    place.ok(args);
    assert!(place.path().join("n.json").exists());
    let said = place.fails(3, args);
    assert!(said.contains("nonce"), "{said}");
    let said = place.fails(3, args);
    assert!(said.contains("nonce"), "{said}");
    // One that cannot be read is a refusal.
    place.write("broken.json", "[1");
    place.fails(
        3,
        [
            "verify",
            "r.json",
            "--pubkey",
            key.as_str(),
            "--nonce-store",
            "broken.json",
        ],
    );
}

#[test]
fn a_delegated_receipt_stands_on_its_root() {
    let file = recorded::file("cli");
    let case = cases(&file)
        .iter()
        .find(|case| name(case) == "verify/v4-by-key")
        .unwrap();
    let place = place_of(&file, case);
    let agent = case["args"][3].as_str().unwrap();
    let said = place.fails(3, ["verify", "r.json", "--pubkey", agent]);
    assert!(said.contains("root"), "{said}");
    let root = signet::encoding::key_text::prefixed(recorded::key("root").public_key());
    let said = place.ok(["verify", "r.json", "--pubkey", &root]);
    assert!(
        said.starts_with("Valid: authorized \"bot\" signed \"Bash\""),
        "{said}"
    );
    let stranger = signet::encoding::key_text::prefixed(recorded::key("stranger").public_key());
    place.fails(1, ["verify", "r.json", "--pubkey", &stranger]);
}

#[test]
fn an_authority_must_have_allowed() {
    let file = recorded::file("v0_11");
    let find = |wanted: &str| {
        cases(&file)
            .iter()
            .find(|case| name(case) == wanted)
            .unwrap()
    };
    let place = Place::new();
    recorded_logs::write_files(&place.home(), &file["home_files"]);
    let own = find("receipt/agent-is-its-own-authority");
    place.write("own.json", recorded::text(own));
    place.ok(["verify", "own.json", "--pubkey", "agent"]);
    place.ok([
        "verify",
        "own.json",
        "--pubkey",
        "agent",
        "--authority",
        "agent",
    ]);
    place.fails(
        3,
        [
            "verify",
            "own.json",
            "--pubkey",
            "agent",
            "--authority",
            "mid",
        ],
    );
    // The published Signet accepts a genuine denial.
    place.write(
        "denied.json",
        recorded::text(find("receipt/deny-decision-embedded")),
    );
    place.fails(
        1,
        [
            "verify",
            "denied.json",
            "--pubkey",
            "agent",
            "--authority",
            "mid",
        ],
    );
    place.fails(1, ["verify", "denied.json", "--pubkey", "agent"]);
    // Without a decision nobody has allowed anything.
    place.write(
        "none.json",
        recorded::text(find("receipt/principal-from-key-file")),
    );
    place.ok(["verify", "none.json", "--pubkey", "agent"]);
    let said = place.fails(
        3,
        [
            "verify",
            "none.json",
            "--pubkey",
            "agent",
            "--authority",
            "mid",
        ],
    );
    assert!(said.contains("decision"), "{said}");
    // That decision has expired since.
    place.write("old.json", recorded::text(find("receipt/with-decision")));
    place.fails(
        3,
        [
            "verify",
            "old.json",
            "--pubkey",
            "agent",
            "--authority",
            "mid",
        ],
    );
}

#[test]
fn flags_that_do_not_go_together_are_refused() {
    let own = OwnLog::new(None);
    own.place.write("r.json", own.receipt("Read").json());
    own.place.write("tb.yaml", own.trust());
    for args in [
        &["verify"][..],
        &["verify", "r.json"],
        &["verify", "--pubkey", "bot"],
        &[
            "verify",
            "r.json",
            "--pubkey",
            "bot",
            "--trust-bundle",
            "tb.yaml",
        ],
        &["verify", "r.json", "--chain"],
        &["verify", "--chain", "--pubkey", "bot"],
        &["verify", "--chain", "--nonce-store", "n"],
        &["verify", "--chain", "--authority", "bot"],
        &["verify", "r.json", "--pubkey", "nobody"],
        &["verify", "r.json", "--trust-bundle", "none.yaml"],
    ] {
        let (exit, stdout, stderr) = run(&own.place, args);
        assert_eq!((exit, stdout.as_str()), (3, ""), "{args:?}: {stderr}");
        assert!(stderr.contains("Error: "), "{stderr}");
    }
    let (exit, ..) = run(&own.place, &["verify", "r.json", "--pubkeys", "bot"]);
    assert_eq!(exit, 2);
    let said = own
        .place
        .ok(["verify", "r.json", "--trust-bundle", "tb.yaml"]);
    assert!(
        said.starts_with("Valid: \"bot\" signed \"Read\" at "),
        "{said}"
    );
}

#[test]
fn the_chain_of_a_whole_log_is_intact_and_its_memory_vouches_for_it() {
    let own = OwnLog::new(None);
    for tool in ["a", "b", "c"] {
        own.call(tool);
    }
    own.log.close().unwrap();
    let (exit, stdout, stderr) = run(&own.place, &["verify", "--chain"]);
    assert_eq!(
        (exit, stdout.as_str()),
        (0, "Chain intact: 3 records verified\n"),
        "{stderr}"
    );
    assert!(
        stderr.contains("its own memory (.log/) vouches for 3 of 3"),
        "{stderr}"
    );
    let report: Value =
        serde_json::from_str(&own.place.ok(["verify", "--chain", "--json"])).unwrap();
    assert_eq!(
        (&report["ok"], &report["anchoring"]["by"]),
        (&json!(true), &json!("own_memory"))
    );
    // Cut behind its back: the chain itself does not show it.
    let lines = own.lines();
    std::fs::write(
        own.place.home().join("audit").join(own_name(&own)),
        format!("{}\n", lines[0]),
    )
    .unwrap();
    let (exit, stdout, stderr) = run(&own.place, &["verify", "--chain"]);
    assert_eq!((exit, stdout.as_str()), (1, ""), "{stderr}");
    assert!(stderr.contains("TRUNCATED"), "{stderr}");
    // A copy without the memory says that nothing vouches for it.
    std::fs::remove_dir_all(own.place.home().join("audit/.log")).unwrap();
    let (exit, stdout, stderr) = run(&own.place, &["verify", "--chain"]);
    assert_eq!(
        (exit, stdout.as_str()),
        (0, "Chain intact: 1 records verified\n")
    );
    assert!(stderr.contains("UNANCHORED"), "{stderr}");
}

fn own_name(own: &OwnLog) -> std::ffi::OsString {
    let entries = std::fs::read_dir(own.place.home().join("audit")).unwrap();
    let mut names = entries.map(|entry| entry.unwrap().file_name());
    names
        .find(|name| name.to_str().is_some_and(|name| name.ends_with(".jsonl")))
        .unwrap()
}

#[test]
fn verifying_changes_nothing_in_the_log() {
    let place = recorded_logs::mixed();
    let before = listing(&place);
    place.ok(["verify", "--chain"]);
    place.ok(["audit"]);
    place.ok(["audit", "--verify"]);
    place.ok(["explore"]);
    assert_eq!(listing(&place), before);
    let empty = Place::new();
    empty.ok(["verify", "--chain"]);
    empty.ok(["audit"]);
    assert!(!empty.home().exists());
}

fn listing(place: &Place) -> Vec<String> {
    let entries = std::fs::read_dir(place.home().join("audit")).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn the_recorded_logs_are_judged_as_they_were_or_more_strictly() {
    let file = recorded::file("audit_logs");
    let (mut intact, mut broken) = (0, 0);
    for case in cases(&file) {
        let place = Place::new();
        recorded_logs::write_files(&place.home().join("audit"), &case["files"]);
        if !place.home().join("audit").exists() {
            continue;
        }
        let expected = &case["expect"]["verify_chain"];
        if expected.is_null() {
            continue;
        }
        let (exit, stdout, stderr) = run(&place, &["verify", "--chain"]);
        let valid = expected["result"] == "accept" && expected["value"]["valid"] == true;
        if valid && name(case) == "one-day/no-final-newline" {
            assert_eq!(exit, 3, "{stderr}");
        } else if valid {
            intact += 1;
            let records = &expected["value"]["total_records"];
            assert_eq!(
                (exit, stdout),
                (0, format!("Chain intact: {records} records verified\n")),
                "{}: {stderr}",
                name(case)
            );
        } else {
            broken += 1;
            assert_eq!((exit, stdout.as_str()), (1, ""), "{}: {stderr}", name(case));
        }
    }
    assert!(intact > 20 && broken > 20, "{intact} {broken}");
    recorded_logs::assert_documented(&[
        "A line that is no record is damage like any other: exit code 1, not 3.",
    ]);
}
