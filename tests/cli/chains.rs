//! `signet verify --chain`: whole logs, damaged ones, and what vouches for the end.

use serde_json::{Value, json};

use crate::documentation::assert_documented;
use crate::program::Place;
use crate::recorded::{self, cases, name};
use crate::recorded_logs::{self, OwnLog, run};

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
        (&report["ok"], &report["end"]["vouched_for_by"]),
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
            // A half-written end is told from damage.
            let expected = if stderr.contains(": TORN ") && !stderr.contains("Invalid") {
                3
            } else {
                1
            };
            assert_eq!(
                (exit, stdout.as_str()),
                (expected, ""),
                "{}: {stderr}",
                name(case)
            );
        }
    }
    assert!(intact > 20 && broken > 20, "{intact} {broken}");
    assert_documented(["A line that is no record is damage like any other: exit code 1, not 3."]);
}
