//! Every recorded run of the published command line, run again with ours: the exit
//! code, standard output, and what is in the log and the files afterwards.
//!
//! What differs from run to run is masked. Where ours ends otherwise on purpose, a row
//! of [`DEVIATIONS`] says so, and `docs/compatibility.md` says why.

use std::fs;

use serde_json::{Map, Value};
use signet::encoding::rfc3339::Instant;

use crate::documentation::assert_documented;
use crate::program::Place;
use crate::recorded::{cases, file, name};
use crate::recorded_runs::place_of;

/// How a case ends otherwise, on purpose.
enum Otherwise {
    /// With this exit code.
    Exit(i64),
    /// With this on standard output.
    Stdout(&'static str),
    /// As release 0.11 has it; the runs are of 0.10.
    AsNewer,
}

use Otherwise::{AsNewer, Exit, Stdout};

const CO_SIGNED: &str =
    "Valid: server \"srv\" co-signed \"github_create_issue\" of \"bot\" at 2026-06-15T12:00:01Z\n";

/// Cases that end otherwise, with the sentence of `docs/compatibility.md`.
const DEVIATIONS: &[(&str, Otherwise, &str)] = &[
    (
        "sign/unsafe-integer",
        Exit(0),
        "Integers beyond 2^53 are signed exactly, not refused.",
    ),
    (
        "sign/policy-allow",
        AsNewer,
        "An attestation gives the reason of the rule that allowed, as release 0.11 has it",
    ),
    (
        "sign/policy-deny-reason-mentions-approval",
        Exit(2),
        "The exit code follows from what happened, not from words in a reason",
    ),
    (
        "identity/export-path-traversal",
        Exit(3),
        "A name is checked wherever one is given.",
    ),
    ("verify/v2-by-key", Exit(3), TIMES),
    ("verify/v2-wrong-key", Exit(3), TIMES),
    ("verify/v2-trust-bundle", Exit(3), TIMES),
    (
        "verify/v3-by-key",
        Stdout(CO_SIGNED),
        "it names agent, tool, server and time of a co-signed receipt",
    ),
    (
        "verify/v4-by-key",
        Exit(3),
        "the key is the root's; with the agent's the exit code is 3",
    ),
    (
        "verify/v3-nonce-store-ignored-with-pubkey",
        Exit(3),
        "it counts for every receipt that is verified with it",
    ),
    (
        "verify/key-reference-is-an-existing-file",
        Exit(0),
        "A key is looked up by its name before a file of that name is",
    ),
    (
        "delegate/create-ttl",
        AsNewer,
        "The end of a `--ttl` has milliseconds, as release 0.11 writes it.",
    ),
    (
        "delegate/verify-single-token-ignores-roots",
        Exit(3),
        "A single token, too, is only good from one of the roots that are given.",
    ),
];

/// The recorded receipts of version 2 were dispatched at "a" and answered at "b".
const TIMES: &str = "The times of a request and its response must be RFC 3339 date-times.";

/// Texts for people, of which only the exit code is compared: versions differ.
const ONLY_EXIT: &[&str] = &["version"];

/// Cases whose home has no identities.
const EMPTY_HOME: &[&str] = &["identity/list-empty"];

/// When the recorded nonces were used: a minute before their case was run.
const USED: &str = "2026-06-15T11:59:00Z";

#[test]
fn every_recorded_run_ends_as_recorded() {
    let recorded = file("cli");
    let mut wrong = Vec::new();
    for case in cases(&recorded) {
        let row = DEVIATIONS.iter().find(|row| row.0 == name(case));
        if let Err(difference) = run(&recorded, case, row.map(|row| &row.1)) {
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
    for (deviating, otherwise, reason) in DEVIATIONS {
        let case = cases(&recorded)
            .iter()
            .find(|case| name(case) == *deviating);
        let case = case.unwrap_or_else(|| panic!("no such case: {deviating}"));
        match otherwise {
            Exit(exit) => assert_ne!(case["exit"], *exit, "no deviation: {deviating}"),
            Stdout(text) => assert_ne!(case["stdout"], *text, "no deviation: {deviating}"),
            AsNewer => {}
        }
        assert_documented([*reason]);
    }
}

/// The commands and flags that a page of help names, `path` before the commands.
fn named(help: &str, path: &str) -> (Vec<String>, Vec<String>) {
    let lines = || help.lines().filter(|line| line.starts_with("  "));
    let below = help
        .split_once("\nCommands:\n")
        .map_or("", |(_, below)| below);
    let commands = below.lines().take_while(|line| !line.is_empty());
    let commands = commands.filter_map(|line| line.split_whitespace().next());
    let flags = lines().filter_map(|line| {
        let flag = line
            .split_whitespace()
            .find(|word| word.starts_with("--"))?;
        let first = line.trim_start().starts_with('-');
        first.then(|| flag.trim_end_matches(',').to_owned())
    });
    (
        commands
            .filter(|name| *name != "help")
            .map(|name| format!("{path} {name}").trim_start().to_owned())
            .collect(),
        flags.collect(),
    )
}

#[test]
fn every_command_and_flag_of_the_published_program_is_one_of_ours() {
    /// There is none of it here: see `docs/compatibility.md`.
    const LEFT_OUT: &str = "dashboard";
    let place = Place::new();
    let mut left = vec![String::new()];
    let mut seen = 0;
    while let Some(path) = left.pop() {
        let help = |mut program: assert_cmd::Command| {
            let words = path.split_whitespace();
            let done = program.args(words).arg("--help").assert().success();
            String::from_utf8(done.get_output().stdout.clone()).unwrap()
        };
        let Some(published) = place.published() else {
            return;
        };
        let (theirs, ours) = (
            named(&help(published), &path),
            named(&help(place.signet()), &path),
        );
        for command in theirs.0.into_iter().filter(|name| name != LEFT_OUT) {
            assert!(ours.0.contains(&command), "{command}");
            left.push(command);
        }
        for flag in &theirs.1 {
            assert!(ours.1.contains(flag), "{path} {flag}");
            seen += 1;
        }
    }
    assert!(seen > 100, "{seen}");
    assert_documented(["There is no `dashboard`"]);
}

/// The folder of a case, in which what was recorded with the clock stopped happens
/// now.
fn place(recorded: &Value, case: &Value) -> Place {
    let mut case = case.clone();
    let now = Instant::now().to_text();
    for text in case["files"]
        .as_object_mut()
        .into_iter()
        .flatten()
        .map(|file| file.1)
    {
        *text = text.as_str().unwrap().replace(USED, &now).into();
    }
    let place = place_of(recorded, &case);
    if EMPTY_HOME.contains(&name(&case)) {
        fs::remove_dir_all(place.home().join("keys")).unwrap();
    }
    place
}

/// What a run left.
#[derive(PartialEq, Eq)]
struct Left {
    exit: i64,
    stdout: Value,
    log: Value,
    files: Vec<Value>,
}

fn run(recorded: &Value, case: &Value, otherwise: Option<&Otherwise>) -> Result<(), String> {
    let ours = place(recorded, case);
    let (left, said) = left(&ours, ours.signet(), case);
    let expected = match otherwise {
        Some(AsNewer) => {
            let theirs = place(recorded, case);
            let Some(published) = theirs.published() else {
                return Ok(());
            };
            self::left(&theirs, published, case).0
        }
        _ => as_recorded(case),
    };
    match otherwise {
        // Nothing else of it is as it was.
        Some(Exit(exit)) => return same("exit code", &(*exit).into(), &left.exit.into(), &said),
        Some(Stdout(text)) => same("standard output", &read(case, text), &left.stdout, &said)?,
        _ => same("standard output", &expected.stdout, &left.stdout, &said)?,
    }
    same("exit code", &expected.exit.into(), &left.exit.into(), &said)?;
    if case.get("audit_after").is_some() {
        same("log", &expected.log, &left.log, &said)?;
    }
    let files = expected.files.iter().zip(&left.files);
    for (recorded, ours) in files {
        same("file", recorded, ours, &said)?;
    }
    Ok(())
}

fn as_recorded(case: &Value) -> Left {
    let days = case["audit_after"].as_object().into_iter().flatten();
    let log: String = days.filter_map(|day| day.1.as_str()).collect();
    let files = case["files_after"].as_object().into_iter().flatten();
    Left {
        exit: case["exit"].as_i64().unwrap(),
        stdout: stdout(case, case["stdout"].as_str().unwrap()),
        log: read(case, &log),
        files: files
            .map(|file| read(case, file.1.as_str().unwrap()))
            .collect(),
    }
}

/// What a program leaves in a place, and what it says beside.
fn left(place: &Place, mut program: assert_cmd::Command, case: &Value) -> (Left, String) {
    for arg in case["args"].as_array().unwrap() {
        program.arg(arg.as_str().unwrap());
    }
    for (variable, value) in case["env"].as_object().into_iter().flatten() {
        program.env(variable, value.as_str().unwrap());
    }
    let output = program.output().unwrap();
    let files = case["files_after"].as_object().into_iter().flatten();
    let left = Left {
        exit: i64::from(output.status.code().unwrap_or(-1)),
        stdout: stdout(case, &String::from_utf8_lossy(&output.stdout)),
        log: read(case, &place.log_text()),
        files: files
            .map(|file| fs::read_to_string(place.path().join(file.0)).unwrap_or_default())
            .map(|text| read(case, &text))
            .collect(),
    };
    (left, String::from_utf8_lossy(&output.stderr).into_owned())
}

fn stdout(case: &Value, text: &str) -> Value {
    match ONLY_EXIT.contains(&name(case)) {
        true => Value::Null,
        false => read(case, text),
    }
}

fn same(what: &str, expected: &Value, ours: &Value, said: &str) -> Result<(), String> {
    match expected == ours {
        true => Ok(()),
        false => Err(format!(
            "{what}\n  expected {expected}\n  ours     {ours}\n  {said}"
        )),
    }
}

/// A text as values: one JSON value, one a line, or lines, with what differs from run
/// to run masked.
fn read(case: &Value, text: &str) -> Value {
    // Nobody chose the key that it makes.
    let key_differs = name(case) == "quickstart";
    if let Ok(value) = serde_json::from_str(text) {
        return masked("", value, key_differs);
    }
    let line = |line: &str| match serde_json::from_str(line) {
        Ok(value) => masked("", value, key_differs),
        Err(_) => line.into(),
    };
    text.lines().map(line).collect()
}

fn masked(member: &str, value: Value, key_differs: bool) -> Value {
    match value {
        Value::Object(members) => {
            let members = members.into_iter().map(|(name, value)| {
                let value = masked(&name, value, key_differs);
                (name, value)
            });
            Value::Object(members.collect::<Map<_, _>>())
        }
        Value::Array(values) => {
            let values = values.into_iter();
            values
                .map(|value| masked(member, value, key_differs))
                .collect()
        }
        Value::String(text) if member == "pubkey" && key_differs => text.len().into(),
        Value::String(text) => Value::String(mask(member, &text).unwrap_or(text)),
        other => other,
    }
}

/// What stands for a text that differs from run to run; its form is kept.
fn mask(member: &str, text: &str) -> Option<String> {
    let random = |prefix: &str| {
        let digits = text.strip_prefix(prefix)?;
        let hex = digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        hex.then(|| format!("{prefix}..."))
    };
    match member {
        "id" => random("rec_").or_else(|| random("del_")),
        "nonce" => random("rnd_").or_else(|| Some(format!("{} letters", text.len()))),
        "sig" | "ciphertext" => Some(format!("{} letters", text.len())),
        "record_hash" => text.starts_with("sha256:").then(|| "sha256:...".to_owned()),
        "ts" | "issued_at" | "expires" => {
            let digits = |from: char| if from.is_ascii_digit() { '0' } else { from };
            Some(text.chars().map(digits).collect())
        }
        // In a nonce store: when it was used.
        nonce if nonce.starts_with("rnd_") => {
            Instant::parse(text).ok().map(|_| "a time".to_owned())
        }
        _ => None,
    }
}
