//! `signet claude install` and its like: the settings files of agents are edited,
//! and put back, without anything else in them changing.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use serde_json::Value;

use crate::agents::{after, records};
use crate::program::{Place, published};

fn settings(place: &Place) -> PathBuf {
    place.path().join(".claude/settings.json")
}

fn place_with_settings(text: &str) -> Place {
    let place = Place::new();
    fs::create_dir(place.path().join(".claude")).unwrap();
    place.write(".claude/settings.json", text);
    place
}

/// The commands of an event that run this program for that agent.
fn commands(text: &str, event: &str, agent: &str) -> Vec<String> {
    let json: Value = serde_json::from_str(text.trim_start_matches('\u{feff}')).unwrap();
    let groups = json["hooks"][event].as_array().cloned().unwrap_or_default();
    let handlers = groups
        .iter()
        .flat_map(|group| group["hooks"].as_array().unwrap().clone());
    handlers
        .filter_map(|handler| Some(handler["command"].as_str()?.to_owned()))
        .filter(|command| command.contains(&format!(" hook {agent}")))
        .collect()
}

/// JSON without what is ours, with the order of its members.
fn without_ours(text: &str) -> String {
    let kept: Vec<&str> = text.lines().collect();
    kept.concat().split_whitespace().collect()
}

/// Settings as people, editors and programs write them.
fn shapes() -> Vec<String> {
    let hooks = r#""hooks":{"PostToolUse":[{"matcher":"Edit","hooks":[{"type":"command","command":"prettier"}]}],"Stop":[]}"#;
    let pretty = "{\n  \"model\": \"opus\",\n  \"permissions\": {\n    \"allow\": [\"Bash(ls:*)\"],\n    \"deny\": []\n  }\n}\n";
    let deep = format!("{{\"deep\":{}1{}}}", "[".repeat(3000), "]".repeat(3000));
    let mut shapes: Vec<String> = [
        "",
        "\n",
        "  \n\n",
        "{}",
        "{}\n",
        "{ }",
        "{\n}\n",
        "\n\n{}",
        "\u{feff}{}",
        "\u{feff}",
        "{\"a\":1}",
        "{ \"a\" : 1 }",
        "{\"a\": 1, \"b\": 2}",
        "{\"hooks\":{}}",
        "{\"hooks\": {} }\n",
        "{\"hooks\":{\"PostToolUse\":[]}}",
        "{\n\t\"a\": 1,\n\t\"hooks\": {\n\t}\n}",
        "{\"z\":1,\"a\":2,\"é\":\"\\u00fc 👍 \\ud83d\"}",
        "{\"n\":1.0,\"m\":1e400,\"k\":-0,\"d\":12345678901234567890123}",
        "{\"dup\":1,\"dup\":2}",
        "{\"hooks\" :\n {\"Stop\" : [ ] } , \"x\" : [ ] }",
        "{\"hook\\u0073\":{\"PostTool\\u0055se\":[]}}",
        "{\"a\": \"} { [ \\\" hooks\", \"b\": {\"hooks\": {\"PostToolUse\": 7}}}",
        pretty,
        &deep,
    ]
    .map(str::to_owned)
    .to_vec();
    shapes.push(pretty.replace("\n", "\r\n"));
    shapes.push(pretty.replace("  ", "\t"));
    shapes.push(pretty.replace("  ", "     "));
    shapes.push(format!("{{{hooks}}}"));
    shapes.push(format!("{{\n    \"x\": 1,\n    {hooks},\n    \"y\": 2\n}}"));
    let value: Value = serde_json::from_str(&format!("{{{hooks}}}")).unwrap();
    shapes.push(serde_json::to_string_pretty(&value).unwrap());
    shapes
}

#[test]
fn whatever_the_settings_look_like_they_come_back_byte_for_byte() {
    for shape in shapes() {
        for flags in [vec![], vec!["--strict"], vec!["--no-failures"]] {
            let place = place_with_settings(&shape);
            let file = settings(&place);
            place.ok(["claude", "install"].into_iter().chain(flags.clone()));
            let installed = fs::read_to_string(&file).unwrap();
            let ours = installed.matches(" hook claude-code").count();
            let expected = match flags.first() {
                None => 2,
                Some(&"--strict") => 3,
                Some(_) => 1,
            };
            assert_eq!(ours, expected, "{shape}");
            // Every byte of the user's is still there, in its order.
            let mut rest = without_ours(&installed).into_bytes().into_iter();
            for byte in without_ours(shape.trim_start_matches('\u{feff}')).bytes() {
                assert!(rest.any(|other| other == byte), "{shape}\n{installed}");
            }
            place.ok(["claude", "install"].into_iter().chain(flags));
            assert_eq!(fs::read_to_string(&file).unwrap(), installed, "{shape}");
            place.ok(["claude", "uninstall"]);
            assert_eq!(fs::read_to_string(&file).unwrap(), shape, "{installed}");
            assert_eq!(fs::read_dir(file.parent().unwrap()).unwrap().count(), 1);
        }
    }
}

#[test]
fn uninstalling_after_other_edits_takes_out_what_is_ours_and_nothing_else() {
    for shape in shapes() {
        let place = place_with_settings(&shape);
        let file = settings(&place);
        place.ok(["claude", "install", "--strict"]);
        // Somebody adds a hook of his own behind ours, and a member.
        let mut json: Value = match serde_json::from_str(
            fs::read_to_string(&file)
                .unwrap()
                .trim_start_matches('\u{feff}'),
        ) {
            Ok(json) => json,
            Err(_) => continue,
        };
        let theirs: Value =
            serde_json::json!({ "hooks": [{ "type": "command", "command": "theirs" }] });
        json["hooks"]["PreToolUse"]
            .as_array_mut()
            .unwrap()
            .push(theirs.clone());
        json["new"] = true.into();
        fs::write(&file, serde_json::to_string_pretty(&json).unwrap()).unwrap();
        place.ok(["claude", "uninstall"]);
        let left = fs::read_to_string(&file).unwrap();
        assert!(!left.contains("claude-code"), "{left}");
        let left: Value = serde_json::from_str(&left).unwrap();
        let mut expected: Value = serde_json::from_str(shape.trim_start_matches('\u{feff}'))
            .unwrap_or_else(|_| serde_json::json!({}));
        expected["hooks"]["PreToolUse"] = Value::Array(vec![theirs]);
        expected["new"] = true.into();
        assert_eq!(left, expected, "{shape}");
    }
}

#[test]
fn what_is_no_settings_file_is_left_alone() {
    for text in [
        "{",
        "[]",
        "null",
        "nonsense",
        "{\"a\":1,}",
        "// a comment\n{}",
        "{/* here */}",
        "{} {}",
        "{\"hooks\":[]}",
        "{\"hooks\":null}",
        "{\"hooks\":{\"PostToolUse\":{}}}",
        "{\"hooks\":{},\"hooks\":{}}",
    ] {
        let place = place_with_settings(text);
        let said = place.fails(3, ["claude", "install"]);
        assert!(said.contains("settings.json"), "{said}");
        assert_eq!(fs::read_to_string(settings(&place)).unwrap(), text);
        assert_eq!(
            fs::read_dir(place.path().join(".claude")).unwrap().count(),
            1
        );
        assert!(!place.home().exists(), "a key was made for nothing");
    }
    let place = place_with_settings("");
    fs::write(settings(&place), b"{\"a\":\"\xff\"}").unwrap();
    place.fails(3, ["claude", "install"]);
    place.fails(3, ["claude", "uninstall"]);
    place.fails(3, ["claude", "install", "--settings", "."]);
    place.fails(
        3,
        [
            "claude",
            "install",
            "--settings",
            "s.json",
            "--policy",
            "missing.yaml",
        ],
    );
    assert!(!place.path().join("s.json").exists());
}

#[test]
fn a_file_that_install_has_made_goes_again() {
    let place = Place::new();
    for (agent, file) in [
        ("claude", ".claude/settings.json"),
        ("codex", ".codex/hooks.json"),
    ] {
        let file = place.path().join(file);
        place.ok([agent, "install"]);
        assert!(file.exists());
        place.ok([agent, "uninstall"]);
        assert_eq!(fs::read_dir(file.parent().unwrap()).unwrap().count(), 0);
        // Nothing to do is no failure.
        place.ok([agent, "uninstall"]);
    }
    assert!(place.home().join("keys/claude-agent.key").exists());
    assert!(place.home().join("keys/codex-agent.key").exists());
}

#[test]
fn links_modes_and_the_first_backup_are_kept() {
    let place = place_with_settings("{\"first\": 1}");
    let (link, real) = (settings(&place), place.path().join("real.json"));
    fs::rename(&link, &real).unwrap();
    fs::set_permissions(&real, fs::Permissions::from_mode(0o440)).unwrap();
    std::os::unix::fs::symlink("../real.json", &link).unwrap();
    let mode = || fs::metadata(&real).unwrap().permissions().mode() & 0o777;
    place.ok(["claude", "install"]);
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(mode(), 0o440);
    let backup = place.path().join(".claude/settings.json.signet-backup");
    assert_eq!(fs::read_to_string(&backup).unwrap(), "{\"first\": 1}");
    place.ok(["claude", "install", "--hash-only"]);
    assert_eq!(fs::read_to_string(&backup).unwrap(), "{\"first\": 1}");
    place.ok(["claude", "uninstall"]);
    assert_eq!(fs::read_to_string(&real).unwrap(), "{\"first\": 1}");
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(mode(), 0o440);
    fs::remove_file(&real).unwrap();
    let said = place.fails(3, ["claude", "install"]);
    assert!(said.contains("leads nowhere"), "{said}");
}

#[test]
fn the_installed_command_runs_as_the_agent_runs_it() {
    let place = Place::new();
    fs::create_dir(place.path().join("a home")).unwrap();
    place.write(
        "p.yaml",
        "version: 1\nname: p\ndefault_action: allow\nrules: []\n",
    );
    for (agent, event) in [("claude", "PostToolUse"), ("codex", "PostToolUse")] {
        place.ok([
            "--home",
            "a home",
            agent,
            "install",
            "--settings",
            "s.json",
            "--target",
            "it's://here",
            "--policy",
            "p.yaml",
        ]);
        let text = fs::read_to_string(place.path().join("s.json")).unwrap();
        let [command] = &commands(&text, event, agent)[..] else {
            panic!("{text}");
        };
        assert!(!command.contains("--policy"), "{command}");
        let before = &commands(&text, "PreToolUse", agent)[0];
        assert!(
            before.contains(&*place.path().join("p.yaml").to_string_lossy()),
            "{before}"
        );
        for command in [before, command] {
            // From another folder, with hardly any environment.
            let output = assert_cmd::Command::new("/bin/sh")
                .args(["-c", command])
                .current_dir("/")
                .env_clear()
                .write_stdin(after("ls"))
                .output()
                .unwrap();
            assert!(
                output.status.success() && output.stdout.is_empty(),
                "{output:?}"
            );
        }
    }
    let records = records(&place.path().join("a home"));
    assert_eq!(records.len(), 4);
    assert!(
        records
            .iter()
            .all(|record| record["action"]["target"] == "it's://here")
    );
}

#[test]
fn other_places_are_honoured() {
    let place = Place::new();
    place.ok(["claude", "install", "--project"]);
    assert!(settings(&place).exists());
    for (agent, variable, file) in [
        ("claude", "CLAUDE_CONFIG_DIR", "settings.json"),
        ("codex", "CODEX_HOME", "hooks.json"),
    ] {
        let folder = place.path().join(agent);
        place
            .signet()
            .env(variable, &folder)
            .args([agent, "install"])
            .assert()
            .success();
        assert!(folder.join(file).exists());
    }
    let answer = place.ok(["claude", "install", "--project", "--json"]);
    let answer: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(
        (&answer["changed"], &answer["key"]),
        (&false.into(), &"claude-agent".into())
    );
}

#[test]
fn hooks_of_another_agent_and_of_others_stay() {
    let place = Place::new();
    place.ok(["claude", "install", "--settings", "s.json"]);
    let claude = fs::read_to_string(place.path().join("s.json")).unwrap();
    place.ok(["codex", "install", "--settings", "s.json"]);
    place.ok(["codex", "uninstall", "--settings", "s.json"]);
    assert_eq!(
        fs::read_to_string(place.path().join("s.json")).unwrap(),
        claude
    );
}

#[test]
fn the_skill_of_the_published_program_goes_only_if_it_is_just_that() {
    let Some(published) = published() else { return };
    let place = Place::new();
    let skill = place.path().join(".claude/skills/signet");
    let install = || {
        let done = std::process::Command::new(&published)
            .args(["claude", "install"])
            .env("HOME", place.path())
            .env("SIGNET_HOME", place.home())
            .output()
            .unwrap();
        assert!(done.status.success(), "{done:?}");
    };
    install();
    place.ok(["claude", "install"]);
    assert!(skill.exists());
    place.ok(["claude", "uninstall"]);
    assert!(!skill.exists());
    install();
    fs::write(skill.join("mine.txt"), "mine").unwrap();
    place.ok(["claude", "uninstall"]);
    assert!(skill.join("SKILL.md").exists() && skill.join("mine.txt").exists());
}

#[test]
fn a_name_that_begins_with_a_dash_is_no_flag_of_the_hook() {
    let place = Place::new();
    place.ok([
        "claude",
        "install",
        "--settings",
        "s.json",
        "--key=-bot",
        "--target=-t",
    ]);
    let text = fs::read_to_string(place.path().join("s.json")).unwrap();
    let settings: Value = serde_json::from_str(&text).unwrap();
    let command = settings["hooks"]["PostToolUse"][0]["hooks"][0]["command"]
        .as_str()
        .unwrap();
    let mut shell = assert_cmd::Command::new("sh");
    shell
        .args(["-c", command])
        .env("SIGNET_HOME", place.home())
        .current_dir(place.path());
    shell
        .write_stdin(crate::agents::after("ls"))
        .assert()
        .success();
    let records = crate::agents::records(&place.home());
    assert_eq!(records[0]["signer"]["name"], "-bot");
}
