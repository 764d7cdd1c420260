//! `signet hook --policy` before a call: what the agent is told, and that nothing
//! gets through because it could not be judged.

use serde_json::{Value, json};

use crate::agents::{after, before, decision, goes_on, hook, place_with, records};
use crate::program::Place;

const POLICY: &str = r#"
version: 1
name: house
default_action: allow
rules:
  - id: no-rm
    match: { tool: Bash, params: { command: { contains: "rm -rf" } } }
    action: deny
    reason: nothing is removed here
  - id: writes
    match: { tool: Write }
    action: require_approval
    reason: somebody has to look
  - id: searches
    match: { tool: WebSearch }
    action: allow
    rate_limit: { max_calls: 3, window_seconds: 3600 }
"#;

fn guarded() -> Place {
    let place = place_with("claude-agent");
    place.write("p.yaml", POLICY);
    place
}

const CLAUDE: &str = "claude-code --policy p.yaml";
const CODEX: &str = "codex --policy p.yaml";

#[test]
fn a_denied_call_is_answered_in_the_agents_format_and_recorded() {
    let place = guarded();
    let input = before("Bash", &json!({ "command": "rm -rf /" }));
    for (arguments, agent) in [(CLAUDE, "claude-agent"), (CODEX, "codex-agent")] {
        let (told, why) = decision(&hook(&place, arguments, input.clone()));
        assert_eq!(told, "deny");
        assert!(why.contains("nothing is removed here"), "{why}");
        let record = records(&place.home()).pop().unwrap();
        assert_eq!(record["type"], "policy_violation");
        assert_eq!(
            (&record["decision"], &record["agent"]),
            (&json!("deny"), &json!(agent))
        );
    }
}

#[test]
fn people_are_asked_where_the_agent_can_ask_them() {
    let place = guarded();
    let input = before("Write", &json!({ "file_path": "/x" }));
    let (told, why) = decision(&hook(&place, CLAUDE, input.clone()));
    assert_eq!(told, "ask");
    assert!(why.contains("somebody has to look"), "{why}");
    // Codex would let a call through that is answered with "ask".
    let (told, why) = decision(&hook(&place, CODEX, input));
    assert_eq!(told, "deny");
    assert!(why.contains("a human has to approve"), "{why}");
    let decisions: Vec<Value> = records(&place.home())
        .iter()
        .map(|record| record["decision"].clone())
        .collect();
    assert_eq!(decisions, ["require_approval", "require_approval"]);
}

#[test]
fn what_the_policy_allows_is_left_to_the_agents_own_permissions() {
    let place = guarded();
    for arguments in [CLAUDE, CODEX, "claude-code"] {
        goes_on(&hook(
            &place,
            arguments,
            before("Bash", &json!({ "command": "ls" })),
        ));
    }
    assert_eq!(records(&place.home()).len(), 0);
}

#[test]
fn a_rate_limit_holds_from_process_to_process_e7() {
    let place = guarded();
    let input = before("WebSearch", &json!({ "query": "q" }));
    for _ in 0..3 {
        goes_on(&hook(&place, CLAUDE, input.clone()));
    }
    for _ in 0..3 {
        let (told, why) = decision(&hook(&place, CLAUDE, input.clone()));
        assert_eq!(told, "deny");
        assert!(why.contains("limit of 3 calls"), "{why}");
    }
    assert_eq!(records(&place.home()).len(), 3);
}

#[test]
fn calls_that_hooks_have_recorded_count_when_signing_under_the_same_policy() {
    let place = guarded();
    for _ in 0..3 {
        goes_on(&hook(&place, CLAUDE, before("WebSearch", &json!({}))));
        goes_on(&hook(
            &place,
            "claude-code",
            after("q").replace("\"Bash\"", "\"WebSearch\""),
        ));
    }
    let line = "sign --key claude-agent --tool WebSearch --params {} --target mcp://search --policy p.yaml";
    place.fails(1, line.split(' '));
}

#[test]
fn calls_that_are_judged_at_the_same_time_are_each_counted() {
    let place = guarded();
    let input = before("WebSearch", &json!({ "query": "q" }));
    let passed = std::thread::scope(|scope| {
        let call = || hook(&place, CLAUDE, input.clone()).stdout.is_empty();
        let calls: Vec<_> = (0..10).map(|_| scope.spawn(call)).collect();
        calls
            .into_iter()
            .filter(|_| true)
            .map(|call| call.join().unwrap())
            .filter(|passed| *passed)
            .count()
    });
    assert_eq!(passed, 3);
    assert_eq!(records(&place.home()).len(), 7);
}

#[test]
fn counters_that_cannot_be_read_do_not_begin_at_nothing() {
    let place = guarded();
    let input = before("WebSearch", &json!({ "query": "q" }));
    goes_on(&hook(&place, CLAUDE, input.clone()));
    let folder = place.home().join("counters");
    let file = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| {
            path.extension()
                .is_some_and(|extension| extension == "json")
        })
        .unwrap();
    std::fs::write(&file, "").unwrap();
    let output = hook(&place, CLAUDE, input.clone());
    assert_eq!(decision(&output).0, "ask");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains(
            &*file
                .to_string_lossy()
                .replace(&*place.path().to_string_lossy(), "")
        ) || said.contains("counters"),
        "{said}"
    );
    std::fs::remove_file(&file).unwrap();
    goes_on(&hook(&place, CLAUDE, input));
}

#[test]
fn a_gate_that_cannot_judge_does_not_open_by_itself() {
    let place = guarded();
    place.write("bad.yaml", "rules: [");
    let input = before("Bash", &json!({ "command": "ls" }));
    for (policy, input) in [
        ("missing.yaml", input.as_str()),
        ("bad.yaml", &input),
        ("p.yaml", "{"),
        ("p.yaml", ""),
        ("p.yaml", r#"{"hook_event_name":"PreToolUse"}"#),
    ] {
        for (agent, expected) in [("claude-code", "ask"), ("codex", "deny")] {
            let output = hook(&place, &format!("{agent} --policy {policy}"), input);
            assert_eq!(decision(&output).0, expected, "{policy} {input}");
        }
    }
}

#[test]
fn params_that_cannot_be_read_never_get_a_milder_decision_e1() {
    let place = guarded();
    for params in [
        r#"{"command":"ls","command":"rm -rf /"}"#,
        r#"{"command":"rm -rf / \ud83d"}"#,
        r#"{"command":"rm -rf /","n":1e999}"#,
        &format!(
            r#"{{"command":"rm -rf /","d":{}{}}}"#,
            "[".repeat(5000),
            "]".repeat(5000)
        ),
    ] {
        let input = before("Bash", &json!("params")).replace("\"params\"", params);
        assert_eq!(
            decision(&hook(&place, CLAUDE, input)).0,
            "deny",
            "{params:.60}"
        );
    }
}

#[test]
fn an_obligation_that_a_hook_cannot_fulfil_is_put_before_a_human() {
    let place = place_with("claude-agent");
    place.write(
        "p.yaml",
        r#"{"version":1,"name":"p","default_action":"deny","rules":[{"id":"r","match":{},"action":"allow",
            "obligations":[{"type":"sandbox","version":1,"parameters":{"required":true}}]}]}"#,
    );
    let (told, why) = decision(&hook(&place, CLAUDE, before("Bash", &json!({}))));
    assert_eq!(told, "ask");
    assert!(why.contains("sandbox"), "{why}");
}

#[test]
fn a_decision_stands_even_when_it_cannot_be_recorded() {
    let place = guarded();
    place.write("home/audit", "in the way");
    let output = hook(
        &place,
        CLAUDE,
        before("Bash", &json!({ "command": "rm -rf /" })),
    );
    assert_eq!(decision(&output).0, "deny");
    assert!(String::from_utf8_lossy(&output.stderr).contains("was not recorded"));
    // Strictly, a call that could not be recorded is not made at all.
    let allowed = before("Bash", &json!({ "command": "ls" }));
    let strict = hook(&place, &format!("{CLAUDE} --strict"), allowed);
    assert_eq!(strict.status.code(), Some(2));
}

#[test]
fn what_fails_before_the_call_is_judged_stops_an_agent_that_is_to_be_stopped() {
    let place = guarded();
    let input = before("Bash", &json!({ "command": "ls" }));
    for arguments in [
        "claude-code --policy p.yaml --from-a-later-version",
        "claude-code --strict --key",
        "codex --policy=p.yaml extra",
    ] {
        let output = hook(&place, arguments, input.clone());
        assert_eq!(output.status.code(), Some(2), "{arguments}");
        assert!(output.stdout.is_empty() && !output.stderr.is_empty());
    }
}

#[test]
fn a_denial_that_cannot_be_told_is_one_by_the_exit_code() {
    let place = guarded();
    let input = before("Bash", &json!({ "command": "rm -rf /" }));
    place.write("input.json", input);
    let policy = "hook claude-code --policy p.yaml < input.json";
    for output in ["> /dev/full", "| (exec <&-; sleep 1)"] {
        // The pipe has nobody at its end before anything is written.
        let script = format!(
            "(sleep 0.3; {} {policy}; echo $? > code) {output}",
            env!("CARGO_BIN_EXE_signet")
        );
        let shell = std::process::Command::new("sh")
            .args(["-c", &script])
            .env("SIGNET_HOME", place.home())
            .current_dir(place.path())
            .status()
            .unwrap();
        assert!(shell.success());
        let code = std::fs::read_to_string(place.path().join("code")).unwrap();
        assert_eq!(code.trim(), "2", "{output}");
    }
}

#[test]
fn the_counters_are_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = guarded();
    hook(&place, CLAUDE, before("WebSearch", &json!({})));
    let folder = place.home().join("counters");
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode();
    assert_eq!(mode(&folder) & 0o777, 0o700);
    let mut files = 0;
    for entry in std::fs::read_dir(&folder).unwrap() {
        files += 1;
        assert_eq!(mode(&entry.unwrap().path()) & 0o777, 0o600);
    }
    assert!(files >= 2);
}
