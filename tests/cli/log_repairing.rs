//! `signet log repair`: what a crash has left, and what no repair mends.

use std::fs;

use serde_json::json;

use crate::log_commands::{kinds, verdict};
use crate::logs::{change_lines, day_file, forget, json, says, tear, with_records};

#[test]
fn a_torn_end_is_shown_then_set_aside_d2() {
    let tail = b"{\"receipt\":{\"half";
    let place = with_records(4);
    place.ok(["log", "repair"]);
    tear(&place, tail);
    let torn = fs::read(day_file(&place)).unwrap();
    verdict(&place, "TORN", &[]);
    let said = place.fails(3, ["log", "checkpoint"]);
    assert!(said.contains("signet log repair"), "{said}");

    let (code, plan) = json(&place, &["log", "repair"]);
    assert_eq!(
        (code, &plan["verdict"], &plan["index"]),
        (1, &json!("TORN"), &json!(4))
    );
    assert_eq!(plan["set_aside"], tail.len());
    assert!(says(&place, 1, &["log", "repair"]).contains("--yes"));
    assert_eq!(fs::read(day_file(&place)).unwrap(), torn);
    place.fails(2, ["log", "repair", "--control-key", "log"]);

    let done = place.ok(["log", "repair", "--yes", "--control-key", "log"]);
    assert!(done.contains("moved 17 bytes"), "{done}");
    let quarantine = place.home().join("audit/.log/quarantine");
    let kept = fs::read_dir(quarantine).unwrap().next().unwrap().unwrap();
    assert_eq!(fs::read(kept.path()).unwrap(), tail);
    let report = verdict(&place, "OK", &["--trusted-agent-key", "agent,log"]);
    assert_eq!(kinds(&report)[0].0, "INCIDENT");
    let told = json(&place, &["log", "stats"]).1;
    assert_eq!(told["tools"][signet::log::RECOVER_TOOL], 1);
    assert_eq!(
        says(&place, 0, &["log", "repair"]),
        "Nothing to repair: the end of the log is whole.\n"
    );
    assert_eq!(
        says(&place, 0, &["log", "repair", "--yes"]),
        "Nothing to repair: the end of the log is whole.\n"
    );

    // A whole record that lost only its line feed is kept.
    let place = with_records(4);
    let whole = fs::read(day_file(&place)).unwrap();
    fs::write(day_file(&place), &whole[..whole.len() - 1]).unwrap();
    forget(&place);
    assert!(says(&place, 1, &["log", "repair"]).contains("line feed"));
    let (code, done) = json(&place, &["log", "repair", "--yes"]);
    assert_eq!((code, &done["recovery"]["verdict"]), (0, &json!("TORN")));
    assert_eq!(fs::read(day_file(&place)).unwrap(), whole);
}

#[test]
fn damage_that_no_repair_mends_stays_and_is_told() {
    let place = with_records(4);
    change_lines(&place, |lines| lines[1] = "no record".to_owned());
    let before = fs::read(day_file(&place)).unwrap();
    let (code, plan) = json(&place, &["log", "repair"]);
    assert_eq!((code, &plan["set_aside"]), (1, &json!(0)), "{plan}");
    assert!(says(&place, 1, &["log", "repair"]).contains("No repair mends this"));
    place.run(["log", "repair", "--yes"]).code(1);
    assert_eq!(fs::read(day_file(&place)).unwrap(), before);
    // The file is shorter than what was durable.
    let report = verdict(&place, "TRUNCATED", &[]);
    assert_eq!(kinds(&report)[0], ("UNPARSABLE", 1, 2));
}
