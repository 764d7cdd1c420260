//! What an agent does with a hook: writes JSON to it, reads what it says, and
//! looks at its exit code.

use std::path::Path;
use std::process::Output;

use serde_json::{Value, json};
use signet::identity::{Keystore, NewIdentity, Protection};
use signet::log::{Log, LogOptions, SignaturePolicy, Verdict, VerifyOptions};

use crate::program::Place;

/// A place with an unencrypted identity of that name.
pub fn place_with(name: &str) -> Place {
    let place = Place::new();
    make_key(&place.home(), name, Protection::Unencrypted);
    place
}

/// Makes an identity.
pub fn make_key(home: &Path, name: &str, protection: Protection<'_>) {
    let now = signet::encoding::rfc3339::Instant::now();
    Keystore::open(home)
        .unwrap()
        .create(name, &NewIdentity::new(protection, now))
        .unwrap();
}

/// Runs `signet hook` with these arguments on an input.
pub fn hook(place: &Place, arguments: &str, input: impl Into<Vec<u8>>) -> Output {
    place
        .signet()
        .arg("hook")
        .args(arguments.split_whitespace())
        .write_stdin(input)
        .output()
        .unwrap()
}

/// The input after a call of `Bash`.
pub fn after(command: &str) -> String {
    json!({
        "session_id": "session-1",
        "transcript_path": "/home/u/.claude/projects/p/session-1.jsonl",
        "cwd": "/home/u/p",
        "permission_mode": "default",
        "hook_event_name": "PostToolUse",
        "tool_name": "Bash",
        "tool_input": { "command": command },
        "tool_response": { "stdout": "done", "stderr": "", "interrupted": false },
        "tool_use_id": "toolu_1",
    })
    .to_string()
}

/// The input before a call of a tool.
pub fn before(tool: &str, params: &Value) -> String {
    json!({
        "session_id": "session-1",
        "hook_event_name": "PreToolUse",
        "tool_name": tool,
        "tool_input": params,
        "tool_use_id": "toolu_1",
    })
    .to_string()
}

/// Asserts that the agent goes on and hears nothing that it would take for a
/// decision; answers what standard error says.
#[track_caller]
pub fn goes_on(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "", "{said}");
    said
}

/// What the agent is told: the decision and why.
#[track_caller]
pub fn decision(output: &Output) -> (String, String) {
    assert_eq!(output.status.code(), Some(0));
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    let answer = &answer["hookSpecificOutput"];
    assert_eq!(answer["hookEventName"], "PreToolUse");
    let text = |name: &str| answer[name].as_str().unwrap().to_owned();
    (text("permissionDecision"), text("permissionDecisionReason"))
}

/// What the log of a home holds, in order; every signature is verified.
#[track_caller]
pub fn records(home: &Path) -> Vec<Value> {
    if !home.join("audit").is_dir() {
        return Vec::new();
    }
    let log = Log::open(home, LogOptions::default()).unwrap();
    let options = VerifyOptions {
        signatures: Some(SignaturePolicy::default()),
        ..VerifyOptions::default()
    };
    let report = log.verify(&options, &mut ()).unwrap();
    // The signature over params that are encrypted cannot be judged without the key.
    let is_sealed = report.verdict == Verdict::Unverifiable && report.signatures_failed == 0;
    assert!(report.verdict == Verdict::Ok || is_sealed, "{report:?}");
    let mut records = Vec::new();
    log.for_each(0, |record| {
        records.push(serde_json::from_slice(&record.receipt).unwrap());
        std::ops::ControlFlow::Continue(())
    })
    .unwrap();
    records
}
