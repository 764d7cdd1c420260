//! `--json`: every command answers with JSON on standard output, and fails with
//! JSON on standard error.

use serde_json::Value;

use crate::program::Place;
use crate::shell_files::commands_below;

/// What a command prints on standard output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// One JSON value.
    Value,
    /// Messages of a protocol, a JSON value a line, or none.
    Lines,
}

use Form::{Lines, Value as One};

/// A run of every command in the place of [`furnished`], in this order.
const RUNS: &[(&str, Form)] = &[
    ("quickstart", One),
    ("identity generate --name other --unencrypted", One),
    ("identity list", One),
    ("identity export --name agent", One),
    ("key did agent", One),
    ("key passwd other --new-passphrase-file secret", One),
    ("key rm other --yes", One),
    (
        "sign --key agent --tool deploy --params {} --target mcp://ci",
        One,
    ),
    (
        "sign --key agent --tool deploy --params {} --target mcp://ci --policy policy.yaml --output receipt.json",
        One,
    ),
    ("policy validate policy.yaml", One),
    ("policy check policy.yaml --tool deploy", One),
    ("verify receipt.json --pubkey agent", One),
    ("verify --chain", One),
    ("audit", One),
    ("audit --verify", One),
    ("audit --export records.json", One),
    ("audit --bundle evidence", One),
    ("audit --restore evidence", One),
    ("explore", One),
    ("explore --show 1", One),
    ("explore --stats", One),
    ("explore --chain", One),
    ("log verify --signatures", One),
    ("log stats", One),
    ("log checkpoint", One),
    ("log checkpoint --verifier-key", One),
    ("log prove 0 --output call.proof", One),
    ("log repair", One),
    (
        "proof verify call.proof --record call.record.json --log-key log.vkey",
        One,
    ),
    (
        "delegate create --from root --to agent --to-name bot --ttl 1h --output token.json",
        One,
    ),
    ("delegate create --from root --to agent --to-name bot", One),
    ("delegate verify token.json", One),
    ("delegate verify chain.json --trusted-roots root", One),
    (
        "delegate sign --key agent --tool deploy --target mcp://ci --chain chain.json --output delegated.json",
        One,
    ),
    (
        "delegate verify-auth delegated.json --trusted-roots root",
        One,
    ),
    (
        "authorize --key root --authority agent://example/root --subject agent://example/bot --tool deploy \
         --target mcp://ci --policy policy.yaml --output decision.json",
        One,
    ),
    ("revoke --decision decision.json", One),
    ("revocations check", One),
    ("trust inspect bundle.yaml", One),
    ("trust list bundle.yaml", One),
    (
        "trust disable bundle.yaml --section agents --id agent-1",
        One,
    ),
    (
        "trust revoke bundle.yaml --section agents --id agent-1",
        One,
    ),
    (
        "trust rotate bundle.yaml --section agents --id agent-2 --new-id agent-3 --new-pubkey NEW_KEY",
        One,
    ),
    ("claude install", One),
    ("claude audit", One),
    ("claude uninstall", One),
    ("codex install", One),
    ("codex audit", One),
    ("codex uninstall", One),
    ("completions bash", One),
    ("man", One),
    ("man pages", One),
    ("hook claude-code", Lines),
    ("hook codex", Lines),
    ("mcp --key agent", Lines),
    ("proxy --key agent --target cat", Lines),
];

/// Commands that fail in another way than for their arguments.
const FAILURES: &[(&str, i32, &str)] = &[
    ("identity export --name nobody", 3, "key_not_found"),
    ("key did nobody", 3, "key_not_found"),
    (
        "sign --key agent --tool rm --params {} --target t --policy policy.yaml",
        1,
        "policy_denied",
    ),
    (
        "sign --key nobody --tool t --params {} --target t",
        3,
        "key_not_found",
    ),
    ("verify absent.json --pubkey agent", 3, "io"),
    ("audit --since yesterday", 3, "usage"),
    ("explore --show 99", 3, "usage"),
    ("log verify --folder absent", 3, "log_absent"),
    ("log prove rec_nothing", 3, "record_not_found"),
    ("policy validate secret", 3, "policy_invalid"),
    ("delegate verify secret", 3, "json_syntax"),
    ("trust inspect secret", 3, "trust_bundle_invalid"),
    (
        "authorize --key root --authority agent://example/root --subject agent://example/bot --tool rm --target t --policy policy.yaml",
        1,
        "policy_denied",
    ),
    (
        "proxy --key agent --target /absent/program",
        3,
        "server_not_started",
    ),
    ("mcp --key nobody", 3, "key_not_found"),
];

/// A place with all that the runs need.
fn furnished() -> Place {
    let place = Place::with_identities(&["agent", "root", "log", "new"]);
    let key = |name: &str| place.ok(["key", "did", name]).trim_end().to_owned();
    place.write("secret", "correct horse\n");
    place.write(
        "policy.yaml",
        "version: 1\nname: p\ndefault_action: deny\nrules:\n  - id: deploy\n    match: {tool: deploy}\n    action: allow\n",
    );
    let entry = |id: &str, name: &str| {
        format!(
            "  - {{id: {id}, name: n, owner: o, pubkey: \"{}\", created_at: 2026-01-01T00:00:00Z, status: active}}\n",
            key(name)
        )
    };
    place.write(
        "bundle.yaml",
        format!(
            "version: 1\nbundle_id: b\norg: o\nenv: prod\ngenerated_at: 2026-01-01T00:00:00Z\nagents:\n{}{}",
            entry("agent-1", "agent"),
            entry("agent-2", "root"),
        ),
    );
    place.write(
        "log.vkey",
        place.ok(["log", "checkpoint", "--verifier-key"]),
    );
    place
}

fn run(place: &Place, line: &str) -> std::process::Output {
    let input = match line.starts_with("hook") {
        true => {
            r#"{"hook_event_name":"PostToolUse","session_id":"s","tool_name":"Read","tool_input":{},"tool_response":"x"}"#
        }
        false => "",
    };
    let new_key = || place.ok(["key", "did", "new"]).trim_end().to_owned();
    let words = line.split_whitespace().map(|word| match word {
        "NEW_KEY" => new_key(),
        word => word.to_owned(),
    });
    let mut command = place.without_terminal();
    command.args(words).arg("--json").write_stdin(input);
    command.output().unwrap()
}

fn values(text: &[u8]) -> Result<Vec<Value>, serde_json::Error> {
    let values = serde_json::Deserializer::from_slice(text).into_iter();
    values.collect()
}

#[test]
fn every_command_answers_in_json() {
    let place = furnished();
    for (line, form) in RUNS {
        if line.starts_with("delegate verify chain.json") {
            let token = std::fs::read_to_string(place.path().join("token.json")).unwrap();
            place.write("chain.json", format!("[{token}]"));
        }
        let done = run(&place, line);
        let said = String::from_utf8_lossy(&done.stderr);
        assert_eq!(done.status.code(), Some(0), "{line}: {said}");
        let printed = String::from_utf8_lossy(&done.stdout);
        let values =
            values(&done.stdout).unwrap_or_else(|error| panic!("{line}: {error}: {printed}"));
        match form {
            One => assert_eq!(values.len(), 1, "{line}: {printed}"),
            Lines => {
                for printed in printed.lines() {
                    assert!(
                        serde_json::from_str::<Value>(printed).is_ok(),
                        "{line}: {printed}"
                    );
                }
            }
        }
    }
}

#[test]
fn every_command_is_in_the_table() {
    let place = Place::new();
    for command in commands_below(&place, &[]) {
        let below = commands_below(&place, &[&command]);
        let lines: Vec<String> = match below.is_empty() {
            true => vec![command],
            false => below
                .iter()
                .map(|word| format!("{command} {word}"))
                .collect(),
        };
        for line in lines {
            let is_it = |run: &str| run == line || run.starts_with(&format!("{line} "));
            assert!(RUNS.iter().any(|(run, _)| is_it(run)), "{line}");
        }
    }
}

#[test]
fn every_failure_is_json_on_standard_error_and_nothing_is_on_standard_output() {
    let place = furnished();
    let failing = FAILURES.iter().map(|row| (row.0.to_owned(), row.1, row.2));
    let hook = |line: &&(&str, Form)| !line.0.starts_with("hook");
    let unknown_flag = RUNS.iter().filter(hook).map(|(line, _)| {
        let line = format!("{line} --no-such-flag");
        (line, 2, "usage")
    });
    for (line, exit, code) in failing.chain(unknown_flag) {
        let done = run(&place, &line);
        let said = String::from_utf8_lossy(&done.stderr);
        assert_eq!(done.status.code(), Some(exit), "{line}: {said}");
        assert!(done.stdout.is_empty(), "{line}");
        let last = said.lines().last().unwrap_or_default();
        let error: Value = serde_json::from_str(last).unwrap_or_else(|_| panic!("{line}: {said}"));
        assert_eq!(error["error"]["code"], code, "{line}: {said}");
        assert_eq!(error["error"]["exit"], exit, "{line}: {said}");
        assert!(!error["error"]["message"].as_str().unwrap().is_empty());
    }
}

#[test]
fn what_was_said_on_standard_output_is_not_said_again() {
    let place = furnished();
    // A verdict on standard output leaves nothing for standard error, not even a
    // line end.
    let done = run(&place, "policy check policy.yaml --tool rm");
    assert_eq!(done.status.code(), Some(1));
    assert_eq!(values(&done.stdout).unwrap().len(), 1);
    assert!(done.stderr.is_empty());
}
