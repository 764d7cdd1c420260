//! `signet hook` after a call: what is recorded, and that the agent never notices.

use serde_json::{Value, json};
use signet::identity::Protection;

use crate::agents::{after, goes_on, hook, make_key, place_with, records};
use crate::program::{Place, published};

const CLAUDE: &str = "claude-agent";

#[test]
fn a_call_is_signed_and_recorded_with_what_the_agent_says_of_it() {
    let place = place_with(CLAUDE);
    assert_eq!(goes_on(&hook(&place, "claude-code", after("ls"))), "");
    let record = &records(&place.home())[0];
    let action = &record["action"];
    assert_eq!(record["v"], 1);
    assert_eq!(record["signer"]["name"], CLAUDE);
    assert_eq!(action["tool"], "Bash");
    assert_eq!(action["params"], json!({ "command": "ls" }));
    assert_eq!(action["target"], "claude-code://local");
    assert_eq!(action["transport"], "stdio");
    assert_eq!(action["session"], "session-1");
    assert_eq!(action["call_id"], "toolu_1");
    let response = br#"{"interrupted":false,"stderr":"","stdout":"done"}"#;
    let hash = signet::receipt::content_hash(response, &signet::encoding::jcs::Limits::default());
    assert_eq!(action["response_hash"], hash.unwrap());
}

#[test]
fn codex_is_recorded_under_its_own_name() {
    let place = place_with("codex-agent");
    let input = json!({
        "session_id": "s", "turn_id": "turn-7", "transcript_path": null, "cwd": "/", "model": "m",
        "permission_mode": "default", "hook_event_name": "PostToolUse", "tool_name": "apply_patch",
        "tool_input": { "command": "*** Begin Patch" }, "tool_response": "ok", "tool_use_id": "c1",
    });
    goes_on(&hook(&place, "codex", input.to_string()));
    let record = &records(&place.home())[0];
    assert_eq!(record["signer"]["name"], "codex-agent");
    assert_eq!(record["action"]["target"], "codex://local");
    assert_eq!(record["action"]["trace_id"], "turn-7");
}

#[test]
fn integers_of_2_to_the_53_and_more_are_signed_digit_for_digit_e4() {
    let place = place_with(CLAUDE);
    for number in ["9007199254740993", "123456789012345678901234567890"] {
        let input = after("x").replace("\"x\"", number);
        assert_eq!(goes_on(&hook(&place, "claude-code", input)), "");
        let record = records(&place.home()).pop().unwrap();
        let exact = format!("{{\"command\":{number}}}");
        assert_eq!(record["action"]["params"]["$exact"], exact);
    }
}

/// Inputs that no agent of today sends: what they are, and the params under which
/// they are recorded, if they are a call at all.
fn hostile() -> Vec<(Vec<u8>, bool)> {
    let call = |params: &str| {
        let input = r#"{"hook_event_name":"PostToolUse","tool_name":"T","tool_input":"#;
        format!("{input}{params}}}").into_bytes()
    };
    let deep = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    let mut bad_bytes = call("\"here\"");
    let place = bad_bytes.windows(4).position(|four| four == b"here");
    bad_bytes[place.unwrap()] = 0xff;
    let long_name = format!(
        r#"{{"hook_event_name":"PostToolUse","tool_name":"{}"}}"#,
        "n".repeat(70_000)
    );
    let event = |rest: &str| format!(r#"{{"hook_event_name":"PostToolUse"{rest}}}"#).into_bytes();
    vec![
        (b"".to_vec(), false),
        (b" \n\t".to_vec(), false),
        (b"not json".to_vec(), false),
        (b"{".to_vec(), false),
        (b"{}".to_vec(), false),
        (b"[]".to_vec(), false),
        (b"null".to_vec(), false),
        (b"\"PostToolUse\"".to_vec(), false),
        (b"{\"hook_event_name\":\"PostToolUse\"".to_vec(), false),
        (b"{} {}".to_vec(), false),
        (vec![0; 1000], false),
        (vec![0xff; 1000], false),
        (b"{'tool_name':'T'}".to_vec(), false),
        (b"{\"a\":NaN}".to_vec(), false),
        (deep(100_000).into_bytes(), false),
        ("{\"a\":".repeat(100_000).into_bytes(), false),
        (event(""), false),
        (event(r#","tool_name":null"#), false),
        (event(r#","tool_name":"""#), false),
        (event(r#","tool_name":7"#), false),
        (event(r#","tool_name":["T"]"#), false),
        (br#"{"hook_event_name":"Stop"}"#.to_vec(), false),
        (
            br#"{"hook_event_name":["PostToolUse"],"tool_name":"T"}"#.to_vec(),
            false,
        ),
        (
            br#"{"hook_event_name":"PreToolUse","tool_name":"T","tool_input":{}}"#.to_vec(),
            false,
        ),
        (event(r#","tool_name":"T""#), true),
        (
            event(r#","tool_name":"T","session_id":1,"tool_use_id":{}"#),
            true,
        ),
        (event(r#","tool_name":"first","tool_name":"T""#), true),
        (event(r#","tool_name":"\ud83d \u0000\u001b[2J""#), true),
        (long_name.into_bytes(), true),
        (bad_bytes, true),
        (call(r#"{"a":1,"a":2}"#), true),
        (call(r#""\ud83d""#), true),
        (call("1e999"), true),
        (call("-0.0"), true),
        (call("null"), true),
        (call(&deep(124)), true),
        (call(&deep(50_000)), true),
        (
            call(&format!("{{\"a\":1,\"a\":\"{}\"}}", "x".repeat(5 << 20))),
            true,
        ),
        (call(&format!("\"{}\"", "x".repeat(17 << 20))), true),
        ([b"\xef\xbb\xbf".as_slice(), &call("{}")].concat(), true),
        (event(r#","tool_name":"T","tool_response":"\ud83d""#), true),
    ]
}

#[test]
fn no_input_takes_the_agent_down_and_no_call_is_lost() {
    let place = place_with(CLAUDE);
    make_key(&place.home(), "codex-agent", Protection::Unencrypted);
    let mut expected = 0;
    for (number, (input, is_call)) in hostile().into_iter().enumerate() {
        let agent = ["claude-code", "codex"][number % 2];
        let said = goes_on(&hook(&place, agent, input));
        expected += usize::from(is_call);
        assert!(
            is_call || number > 20 || !said.is_empty() || number == 4,
            "{number}"
        );
    }
    assert_eq!(records(&place.home()).len(), expected);
}

#[test]
fn a_call_that_cannot_be_signed_as_it_stands_is_signed_as_a_text_e4() {
    let place = place_with(CLAUDE);
    for params in [
        r#"{"a":1,"a":2}"#,
        r#""\ud83d""#,
        "[1e999]",
        &"[".repeat(2000),
        &"x".repeat(5 << 20),
    ] {
        let params = match params.as_bytes()[0] {
            b'x' => format!("{{\"b\":1,\"b\":\"{params}\"}}"),
            b'[' if params.len() > 9 => format!("{params}{}", "]".repeat(params.len())),
            _ => params.to_owned(),
        };
        let input = after("x").replace(r#"{"command":"x"}"#, &params);
        for flags in ["", " --hash-only", " --response compound"] {
            let said = goes_on(&hook(&place, &format!("claude-code{flags}"), input.clone()));
            assert!(said.contains("recorded as a text"), "{said}");
            let record = records(&place.home()).pop().unwrap();
            let kept = &record["action"]["params"];
            match flags {
                " --hash-only" => assert_eq!(kept, &Value::Null),
                _ if params.len() < 4 << 20 => assert_eq!(kept["$raw"], params),
                _ => assert_eq!(kept["$raw_len"], params.len().to_string()),
            }
        }
    }
}

#[test]
fn what_is_kept_of_the_params_and_the_answer_is_the_users_choice() {
    let place = place_with(CLAUDE);
    let last = |flags: &str, input: String| {
        let said = goes_on(&hook(&place, &format!("claude-code {flags}"), input));
        assert_eq!(said, "");
        records(&place.home()).pop().unwrap()
    };
    let record = last("--hash-only --response none", after("secret"));
    assert!(!record.to_string().contains("secret"));
    assert_eq!(record["action"]["response_hash"], Value::Null);
    let record = last("--encrypt-params", after("secret"));
    assert!(!record.to_string().contains("secret"));
    assert_eq!(record["action"]["params_encrypted"]["v"], 1);
    let record = last("--response compound", after("ls"));
    assert_eq!(
        (&record["v"], &record["response"]["outcome"]["status"]),
        (&json!(2), &json!("executed"))
    );
    let mut failed: Value = serde_json::from_str(&after("ls")).unwrap();
    failed["hook_event_name"] = json!("PostToolUseFailure");
    failed["error"] = json!("Exit code 1");
    failed["duration_ms"] = json!(1500);
    failed.as_object_mut().unwrap().remove("tool_response");
    let record = last("--response compound", failed.to_string());
    assert_eq!(record["response"]["outcome"]["status"], "failed");
    assert!(record["ts_request"].as_str() < record["ts_response"].as_str());
    let record = last(
        "--key claude-agent --target mcp://here --no-sync",
        failed.to_string(),
    );
    assert_eq!(record["action"]["target"], "mcp://here");
    assert!(record["action"]["response_hash"].is_string());
}

#[test]
fn the_published_program_verifies_what_hooks_record() {
    let place = place_with(CLAUDE);
    let Some(published) = published() else { return };
    for flags in [
        "",
        "--hash-only",
        "--encrypt-params",
        "--response compound",
        "--response none",
    ] {
        goes_on(&hook(&place, &format!("claude-code {flags}"), after("ls")));
        let odd = after("x").replace("\"x\"", "9007199254740993");
        goes_on(&hook(&place, &format!("claude-code {flags}"), odd));
        let twice = after("x").replace(r#"{"command":"x"}"#, r#"{"a":1,"a":1}"#);
        goes_on(&hook(&place, &format!("claude-code {flags}"), twice));
    }
    for arguments in [["verify", "--chain"], ["audit", "--verify"]] {
        let said = std::process::Command::new(&published)
            .args(arguments)
            .env("SIGNET_HOME", place.home())
            .output()
            .unwrap();
        assert!(said.status.success(), "{said:?}");
    }
}

#[test]
fn without_a_key_the_agent_goes_on_unless_it_was_asked_to_stop() {
    let place = Place::new();
    let said = goes_on(&hook(&place, "claude-code", after("ls")));
    assert!(said.contains("was not recorded"), "{said}");
    for input in [
        after("ls"),
        crate::agents::before("Bash", &json!({})),
        "{".to_owned(),
    ] {
        let stopped = hook(&place, "claude-code --strict", input);
        assert_eq!(stopped.status.code(), Some(2));
        assert!(stopped.stdout.is_empty() && !stopped.stderr.is_empty());
    }
    make_key(&place.home(), CLAUDE, Protection::Unencrypted);
    for input in [after("ls"), crate::agents::before("Bash", &json!({}))] {
        goes_on(&hook(&place, "claude-code --strict", input));
    }
}

#[test]
fn nobody_is_asked_for_the_passphrase_of_an_encrypted_key() {
    let place = Place::new();
    make_key(&place.home(), CLAUDE, Protection::Passphrase("opens"));
    let said = goes_on(&hook(&place, "claude-code", after("ls")));
    assert!(said.contains("SIGNET_PASSPHRASE"), "{said}");
    for (passphrase, count) in [("wrong", 0), ("opens", 1)] {
        let output = place
            .signet()
            .args(["hook", "claude-code"])
            .env("SIGNET_PASSPHRASE", passphrase)
            .write_stdin(after("ls"))
            .output()
            .unwrap();
        goes_on(&output);
        assert_eq!(records(&place.home()).len(), count);
    }
}

#[test]
fn a_record_that_does_not_get_into_the_log_waits_beside_it() {
    let place = place_with(CLAUDE);
    place.write("home/audit", "in the way");
    for command in ["first", "second"] {
        let said = goes_on(&hook(&place, "claude-code", after(command)));
        assert!(said.contains("unlogged.jsonl"), "{said}");
    }
    let strict = hook(&place, "claude-code --strict", after("third"));
    assert_eq!(strict.status.code(), Some(2));
    std::fs::remove_file(place.home().join("audit")).unwrap();
    assert!(
        place
            .ok(["claude", "audit"])
            .contains("No signed tool calls")
    );
    // A crash has torn a line; it stays, and costs nobody his own.
    let kept = place.home().join("unlogged.jsonl");
    let torn = [std::fs::read(&kept).unwrap(), b"{\"action\":".to_vec()].concat();
    std::fs::write(&kept, torn).unwrap();
    goes_on(&hook(&place, "claude-code", after("fourth")));
    let commands: Vec<Value> = records(&place.home())
        .iter()
        .map(|record| record["action"]["params"]["command"].clone())
        .collect();
    assert_eq!(commands, ["first", "second", "third", "fourth"]);
    assert_eq!(std::fs::read(&kept).unwrap(), b"{\"action\":\n");
    goes_on(&hook(&place, "claude-code", after("fifth")));
    assert_eq!(records(&place.home()).len(), 5);
}

#[test]
fn wrong_arguments_do_not_end_with_the_exit_code_that_stops_an_agent() {
    let place = place_with(CLAUDE);
    for arguments in [
        "claude-code --from-a-later-version",
        "codex extra",
        "codex --key",
    ] {
        let output = hook(&place, arguments, after("ls"));
        assert_eq!(output.status.code(), Some(1), "{arguments}");
        assert!(output.stdout.is_empty() && !output.stderr.is_empty());
    }
    assert_eq!(
        place.run(["hook", "nobody"]).get_output().status.code(),
        Some(2)
    );
}

#[test]
fn the_calls_of_the_last_hour_are_shown_as_the_published_program_shows_them() {
    let place = place_with(CLAUDE);
    assert_eq!(
        place.ok(["claude", "audit"]),
        "No signed tool calls in the last hour.\n"
    );
    assert_eq!(place.ok(["claude", "audit", "--json"]), "[]\n");
    goes_on(&hook(&place, "claude-code", after("ls")));
    let shown = place.ok(["claude", "audit"]);
    let json: Value = serde_json::from_str(&place.ok(["claude", "audit", "--json"])).unwrap();
    assert_eq!(
        (&json[0]["tool"], &json[0]["session"]),
        (&json!("Bash"), &json!("session-1"))
    );
    assert_eq!(place.ok(["codex", "audit", "--json"]), "[]\n");
    let Some(published) = published() else { return };
    let theirs = std::process::Command::new(published)
        .args(["claude", "audit"])
        .env("SIGNET_HOME", place.home())
        .output()
        .unwrap();
    assert_eq!(shown, String::from_utf8(theirs.stdout).unwrap());
}

#[test]
fn looking_at_the_calls_changes_nothing() {
    let place = place_with(CLAUDE);
    goes_on(&hook(&place, "claude-code", after("ls")));
    let audit = place.home().join("audit");
    let mut days = std::fs::read_dir(&audit)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let day = days.find(|path| path.is_file()).unwrap();
    let torn = [std::fs::read(&day).unwrap(), b"{\"half\":".to_vec()].concat();
    std::fs::write(&day, &torn).unwrap();
    place.run(["claude", "audit"]);
    assert_eq!(std::fs::read(&day).unwrap(), torn);
}
