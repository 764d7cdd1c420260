//! `signet policy`.

use serde_json::Value;

use crate::program::Place;
use crate::terminal::on_terminal;

const POLICY: &str = "version: 1
name: gate
default_action: deny
rules:
  - {id: read, match: {tool: read}, action: allow, reason: harmless}
  - {id: small, match: {tool: pay, params: {n: {lt: 10}}}, action: allow}
  - {id: large, match: {tool: pay, params: {n: {gte: 10}}}, action: require_approval, reason: ask first}
";

fn check(place: &Place, args: &[&str]) -> (i32, String) {
    let args = ["policy", "check", "p.yaml"].iter().chain(args);
    let done = place.run(args.copied());
    let output = done.get_output();
    assert!(output.stdout.is_empty());
    let said = String::from_utf8(output.stderr.clone()).unwrap();
    (output.status.code().unwrap(), said)
}

#[test]
fn a_policy_is_tried_and_the_exit_code_tells() {
    let place = Place::new();
    place.write("p.yaml", POLICY);
    place.write("n.json", "{\"n\": 9}");
    for (args, exit, said) in [
        (&["--tool", "read"][..], 0, "ALLOW (rule \"read\")"),
        (
            &["--tool", "pay", "--params", "{\"n\":10}"],
            2,
            "REQUIRE_APPROVAL by rule \"large\": ask first",
        ),
        (
            &["--tool", "pay", "--params", "@n.json"],
            0,
            "ALLOW (rule \"small\")",
        ),
        (&["--tool", "rm"], 1, "DENY by default action"),
        (&["--tool", "rm", "--params", "{bad"], 3, "params"),
        (&["--tool", "rm", "--params", "@nowhere"], 3, "nowhere"),
        (&[], 2, "--tool"),
    ] {
        let (code, text) = check(&place, args);
        assert!(
            code == exit && text.contains(said),
            "{args:?}: {code} {text}"
        );
    }
    // Trying leaves nothing behind.
    assert!(!place.home().exists());
}

#[test]
fn json_is_for_programs() {
    let place = Place::new();
    place.write("p.yaml", POLICY);
    let json = |code: i32, args: &str| -> Value {
        let done = place.run(args.split(' ')).code(code);
        serde_json::from_slice(&done.get_output().stdout).unwrap()
    };
    let valid = json(0, "--json policy validate p.yaml");
    assert_eq!(valid["rules"][1]["id"], "small");
    let denied = json(1, "--json policy check p.yaml --tool rm");
    assert_eq!(
        (&denied["decision"], &denied["policy_hash"]),
        (&"deny".into(), &valid["policy_hash"])
    );
}

#[test]
fn what_is_wrong_with_a_policy_is_said() {
    let place = Place::new();
    for (name, text, said) in [
        (
            "typo.yaml",
            "version: 1\nrules:\n - {id: a, match: {tols: rm}, action: deny}\n",
            "tols",
        ),
        ("two.json", "{\"version\":2,\"rules\":[]}", "version"),
        (
            "default.yaml",
            "version: 1\ndefault: deny\nrules: []\n",
            "default",
        ),
    ] {
        place.write(name, text);
        let said_here = place.fails(3, ["policy", "validate", name]);
        assert!(said_here.contains(said), "{said_here}");
    }
    place.fails(3, ["policy", "validate", "nowhere.yaml"]);
}

#[test]
fn the_limit_that_signing_would_meet_is_seen_without_using_it_up_e7() {
    let place = Place::with_agent();
    place.write(
        "p.yaml",
        "version: 1\ndefault_action: deny\nrules:\n - {id: once, match: {tool: t}, action: allow, rate_limit: {max_calls: 1, window_seconds: 3600}}\n",
    );
    for _ in 0..3 {
        assert_eq!(check(&place, &["--tool", "t", "--agent", "agent"]).0, 0);
    }
    place.ok("sign --key agent --tool t --target x --params {} --policy p.yaml".split(' '));
    let (code, said) = check(&place, &["--tool", "t", "--agent", "agent"]);
    assert!(code == 1 && said.contains("used up"), "{said}");
}

#[test]
fn the_published_program_validates_and_checks_alike() {
    let place = Place::new();
    place.write("p.yaml", POLICY);
    for args in [
        "policy validate p.yaml",
        "policy check p.yaml --tool read",
        "policy check p.yaml --tool pay --params {\"n\":5}",
        "policy check p.yaml --tool pay --params {\"n\":50} --agent a --target mcp://x",
        "policy check p.yaml --tool other",
        "policy validate nowhere.yaml",
        "policy check p.yaml",
    ] {
        let Some(mut theirs) = place.published() else {
            return;
        };
        let theirs = theirs.args(args.split(' ')).assert();
        let (theirs, ours) = (theirs.get_output(), place.run(args.split(' ')));
        let ours = ours.get_output();
        assert_eq!(ours.status.code(), theirs.status.code(), "{args}");
        assert_eq!(ours.stdout, theirs.stdout, "{args}");
        if !matches!(ours.status.code(), Some(3)) && args != "policy check p.yaml" {
            let first = |text: &[u8]| {
                let text = String::from_utf8_lossy(text).into_owned();
                text.lines().next().map(str::to_owned)
            };
            assert_eq!(first(&ours.stderr), first(&theirs.stderr), "{args}");
        }
    }
}

#[test]
fn the_words_of_a_policy_cannot_steer_the_terminal() {
    let place = Place::with_agent();
    let policy = r#"{"version":1,"name":"p\u001b[2J","rules":[{"id":"r\u009b","match":{"tool":"t"},
        "action":"deny","reason":"no\u001b]0;x\u0007\nALLOW \u202e"}]}"#;
    place.write("p.json", policy);
    for args in [
        "policy check p.json --tool t",
        "policy validate p.json",
        "sign --key agent --tool t --params {} --target x --policy p.json",
        "hook claude-code --policy p.json --key agent < call.json",
    ] {
        place.write(
            "call.json",
            r#"{"hook_event_name":"PreToolUse","tool_name":"t","tool_input":{}}"#,
        );
        let (_, shown) = on_terminal(&place, args, &[]);
        assert!(!shown.is_empty());
        let steering = shown.contains(['\u{1b}', '\u{7}', '\u{9b}', '\u{202e}']);
        assert!(!steering, "{args}: {shown:?}");
        assert!(!shown.contains("\nALLOW"), "{args}: {shown:?}");
    }
}
