//! Every recorded run of the published command line, run again with ours: the exit
//! code, standard output, and what is in the log and the files afterwards.
//!
//! What differs from run to run is masked. Where ours ends otherwise on purpose, a row
//! of [`DEVIATIONS`] says so, and `docs/compatibility.md` says why.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use serde_json::{Map, Value};

use crate::program::Place;
use crate::recorded::{cases, file, name};

/// A case that ends otherwise, on purpose.
struct Deviation {
    case: &'static str,
    exit: i64,
    /// The sentence of `docs/compatibility.md`.
    reason: &'static str,
}

const DEVIATIONS: &[Deviation] = &[];

/// Texts for people, of which only the exit code is compared: versions differ.
const ONLY_EXIT: &[&str] = &["version"];

/// Cases whose home has no identities.
const EMPTY_HOME: &[&str] = &["identity/list-empty"];

#[test]
fn every_recorded_run_ends_as_recorded() {
    let recorded = file("cli");
    let mut wrong = Vec::new();
    for case in cases(&recorded) {
        let row = DEVIATIONS.iter().find(|row| row.case == name(case));
        let place = place_of(&recorded, case);
        if let Err(difference) = run(&place, case, row) {
            wrong.push(format!("{}: {difference}", name(case)));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn every_deviation_is_a_case_and_is_documented() {
    let recorded = file("cli");
    let document = include_str!("../../docs/compatibility.md");
    let document = document.split_whitespace().collect::<Vec<_>>().join(" ");
    for row in DEVIATIONS {
        let case = cases(&recorded).iter().find(|case| name(case) == row.case);
        let case = case.unwrap_or_else(|| panic!("no such case: {}", row.case));
        assert_ne!(case["exit"], row.exit, "no deviation: {}", row.case);
        assert!(
            document.contains(row.reason),
            "not documented: {}",
            row.reason
        );
    }
}

/// A folder with the home and the files of a case.
fn place_of(recorded: &Value, case: &Value) -> Place {
    let place = Place::new();
    let empty = EMPTY_HOME.contains(&name(case));
    for (path, text) in recorded["home_files"].as_object().unwrap() {
        let path = place.home().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        if !empty {
            fs::write(&path, text.as_str().unwrap()).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        }
    }
    for (path, text) in case["files"].as_object().into_iter().flatten() {
        place.write(path, text.as_str().unwrap());
    }
    place
}

fn run(place: &Place, case: &Value, row: Option<&Deviation>) -> Result<(), String> {
    let mut command = place.signet();
    for arg in case["args"].as_array().unwrap() {
        command.arg(arg.as_str().unwrap());
    }
    for (variable, value) in case["env"].as_object().into_iter().flatten() {
        command.env(variable, value.as_str().unwrap());
    }
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    let exit = i64::from(output.status.code().unwrap_or(-1));
    let expected = row.map_or(&case["exit"], |_| &Value::Null);
    if let Some(row) = row {
        return same("exit code", &row.exit.into(), &exit.into()).map_err(|text| text + &said);
    }
    same("exit code", expected, &exit.into()).map_err(|text| format!("{text}: {said}"))?;
    if !ONLY_EXIT.contains(&name(case)) {
        let stdout = String::from_utf8_lossy(&output.stdout);
        same(
            "standard output",
            &read(case["stdout"].as_str().unwrap()),
            &read(&stdout),
        )?;
    }
    if let Some(audit) = case["audit_after"].as_object() {
        let recorded: String = audit.values().filter_map(Value::as_str).collect();
        same("log", &read(&recorded), &read(&log_of(&place.home())))?;
    }
    for (path, text) in case["files_after"].as_object().into_iter().flatten() {
        let ours = fs::read_to_string(place.path().join(path)).unwrap_or_default();
        same(path, &read(text.as_str().unwrap()), &read(&ours))?;
    }
    Ok(())
}

fn same(what: &str, recorded: &Value, ours: &Value) -> Result<(), String> {
    match recorded == ours {
        true => Ok(()),
        false => Err(format!("{what}\n  recorded {recorded}\n  ours     {ours}")),
    }
}

/// The records of all days, as they stand in the log.
fn log_of(home: &Path) -> String {
    let mut days: Vec<_> = fs::read_dir(home.join("audit"))
        .into_iter()
        .flatten()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "jsonl")
        })
        .collect();
    days.sort();
    days.iter()
        .map(|day| fs::read_to_string(day).unwrap())
        .collect()
}

/// A text as values: one JSON value, one a line, or lines, with what differs from run
/// to run masked.
fn read(text: &str) -> Value {
    if let Ok(value) = serde_json::from_str(text) {
        return masked(None, value);
    }
    let line = |line: &str| match serde_json::from_str(line) {
        Ok(value) => masked(None, value),
        Err(_) => line.into(),
    };
    text.lines().map(line).collect()
}

fn masked(member: Option<&str>, value: Value) -> Value {
    match value {
        Value::Object(members) => {
            // Ids of nonce stores are members, too.
            let masked = members.into_iter().map(|(name, value)| {
                let value = masked(Some(&name), value);
                (name, value)
            });
            Value::Object(masked.collect::<Map<_, _>>())
        }
        Value::Array(values) => values
            .into_iter()
            .map(|value| masked(member, value))
            .collect(),
        Value::String(text) => Value::String(mask(member, &text).unwrap_or(text)),
        other => other,
    }
}

/// What stands for a text that differs from run to run; its form is kept.
fn mask(member: Option<&str>, text: &str) -> Option<String> {
    let random = |prefix: &str| {
        let digits = text.strip_prefix(prefix)?;
        let hex = digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        hex.then(|| format!("{prefix}..."))
    };
    match member? {
        "id" => random("rec_").or_else(|| random("del_")),
        "nonce" => random("rnd_").or_else(|| Some(format!("{} letters", text.len()))),
        "sig" | "ciphertext" => Some(format!("{} letters", text.len())),
        "record_hash" => text.starts_with("sha256:").then(|| "sha256:...".to_owned()),
        "ts" | "issued_at" | "expires" => {
            let digits = |from: char| if from.is_ascii_digit() { '0' } else { from };
            Some(text.chars().map(digits).collect())
        }
        _ if text.starts_with("2026-") => Some("time".to_owned()),
        _ => None,
    }
}
