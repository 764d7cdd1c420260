//! Evidence that somebody has made or cut to deceive, before the built program: it
//! never ends with 0, and never takes the machine with it.

use std::fs;

use signet::encoding::key_text;
use signet::identity::Keystore;

use crate::program::Place;
use crate::proxy_session::{RECORDING, Session, call};
use crate::recorded_logs::{OwnLog, run};

fn trust(section: &str, place: &Place, name: &str) -> String {
    let key = Keystore::open(place.home())
        .unwrap()
        .public_key(name)
        .unwrap();
    format!(
        "{section}:\n  - id: {name}\n    name: {name}\n    owner: o\n    pubkey: \"{}\"\n    \
         created_at: 2020-01-01T00:00:00Z\n    status: active\n",
        key_text::prefixed(&key)
    )
}

fn bundle(entries: &[String]) -> String {
    let head = "version: 1\nbundle_id: tb\norg: o\nenv: prod\ngenerated_at: 2026-01-01T00:00:00Z\n";
    [head.to_owned(), entries.concat()].concat()
}

#[test]
fn a_missing_end_is_noticed_and_a_missing_log_is_said_v3() {
    let own = OwnLog::new(None);
    for number in 0..10 {
        own.call(&format!("tool{number}"));
    }
    own.log.close().unwrap();
    let segment = own.segment();
    let whole = fs::read_to_string(&segment).unwrap();
    let lines: Vec<&str> = whole.lines().take(6).collect();
    fs::write(&segment, lines.join("\n") + "\n").unwrap();
    let commands = [
        &["log", "verify"][..],
        &["verify", "--chain"],
        &["audit", "--verify"],
    ];
    for command in commands {
        own.place.fails(1, command.iter().copied());
    }
    fs::remove_file(&segment).unwrap();
    for command in commands {
        own.place.fails(1, command.iter().copied());
    }
    fs::remove_dir_all(own.place.home().join("audit")).unwrap();
    own.place.fails(3, ["log", "verify"]);
    // A script of the published program relies on the 0.
    for command in [&["verify", "--chain"], &["audit", "--verify"]] {
        let (exit, _, stderr) = run(&own.place, command);
        assert_eq!(exit, 0);
        assert!(stderr.contains("There is no log"), "{stderr}");
    }
}

#[test]
fn a_trusted_server_does_not_make_an_agent_trusted_v5() {
    let place = crate::proxy_session::place();
    let mut session = Session::start(&place, RECORDING);
    session.ask(call(1, "echo"));
    session.end();
    let server = trust("servers", &place, "server");
    let agent = trust("agents", &place, "agent");
    place.identity("other");
    let other = trust("agents", &place, "other");
    place.write("both.yaml", bundle(&[server.clone(), agent.clone()]));
    place.write("server.yaml", bundle(&[server, other]));
    place.write("agent.yaml", bundle(&[agent]));
    place.ok(["audit", "--bundle", "out", "--exporter", "other"]);
    let restore = ["audit", "--restore", "out", "--exporter", "other"];
    for (trusted, exit) in [("both.yaml", 0), ("server.yaml", 1), ("agent.yaml", 1)] {
        let flag = ["--trust-bundle", trusted];
        let (code, out, err) = run(&place, &[&["audit", "--verify"], &flag[..]].concat());
        assert_eq!(code, exit, "{trusted}: {out}{err}");
        let (code, out, err) = run(&place, &[&restore[..], &flag].concat());
        assert_eq!(code == 0, exit == 0, "{trusted}: {out}{err}");
    }
}

#[test]
fn a_delegation_of_a_rogue_root_is_not_fine_on_the_agents_key_v6() {
    let place = Place::with_identities(&["agent", "rogue", "root"]);
    for (from, chain) in [("rogue", "rogue.json"), ("root", "root.json")] {
        let create = [
            "delegate",
            "create",
            "--from",
            from,
            "--to",
            "agent",
            "--to-name",
            "agent",
        ];
        let scope = [
            "--tools",
            "pay",
            "--targets",
            "x",
            "--ttl",
            "1h",
            "--output",
            chain,
        ];
        place.ok(create.into_iter().chain(scope));
        let token = fs::read_to_string(place.path().join(chain)).unwrap();
        place.write(chain, format!("[{token}]"));
    }
    let sign = |chain: &str| {
        let call = [
            "--tool", "pay", "--params", "{}", "--target", "x", "--chain", chain,
        ];
        place.ok(["delegate", "sign", "--key", "agent"]
            .into_iter()
            .chain(call));
    };
    let agent = trust("agents", &place, "agent");
    place.write("agent.yaml", bundle(std::slice::from_ref(&agent)));
    place.write("tb.yaml", bundle(&[trust("roots", &place, "root"), agent]));
    let verify = |flags: &[&str]| run(&place, &[&["audit", "--verify"], flags].concat());
    sign("root.json");
    let (exit, out, err) = verify(&["--trust-bundle", "tb.yaml"]);
    assert_eq!(exit, 0, "{out}{err}");
    sign("rogue.json");
    for flags in [
        &["--trust-bundle", "tb.yaml"][..],
        &["--trust-bundle", "agent.yaml"],
        &["--trusted-agent-key", "agent"],
        &["--trusted-agent-key", "agent", "--trusted-root-key", "root"],
    ] {
        let (exit, out, err) = verify(flags);
        assert!(matches!(exit, 1 | 3), "{flags:?}: {exit} {out}{err}");
        assert!(!out.starts_with("2/2"), "{flags:?}: {out}");
    }
    place.ok(["audit", "--bundle", "out", "--exporter", "root"]);
    for trusted in ["tb.yaml", "agent.yaml"] {
        let restore = ["audit", "--restore", "out", "--exporter", "root"];
        let (exit, out, _) = run(
            &place,
            &[&restore[..], &["--trust-bundle", trusted]].concat(),
        );
        assert_ne!(exit, 0, "{out}");
    }
}

#[test]
fn no_name_of_a_key_leads_out_of_the_keystore_k4() {
    let place = Place::with_agent();
    let outside = Place::with_agent();
    let path = outside.home().join("keys/agent");
    let path = path.to_str().unwrap();
    let up = format!("../../..{path}");
    let call = ["--tool", "t", "--params", "{}", "--target", "x"];
    for name in [path, &up, "../keys/agent", "./agent", ""] {
        let commands: [&[&str]; 7] = [
            &["identity", "export", "--name", name],
            &["identity", "generate", "--unencrypted", "--name", name],
            &["key", "rm", name, "--yes"],
            &["key", "passwd", name, "--remove"],
            &["log", "checkpoint", "--log-key-name", name],
            &["proxy", "--target", "true", "--key", name],
            &["mcp", "--key", name],
        ];
        for command in commands {
            place.fails(3, command.iter().copied());
        }
        place.fails(3, ["sign", "--key", name].into_iter().chain(call));
    }
    assert!(outside.home().join("keys/agent.key").exists());
    assert!(!place.home().join("audit").exists());
}

#[test]
fn a_bundle_of_a_stranger_is_not_read_for_ever() {
    let own = OwnLog::new(None);
    own.call("a");
    own.place.ok(["audit", "--bundle", "out"]);
    let records = own.place.path().join("out/records.jsonl");
    let refused = || {
        // With too little room for what must not be kept.
        let mut shell = assert_cmd::Command::new("sh");
        let script = format!(
            "ulimit -v 700000; exec {} audit --restore out",
            env!("CARGO_BIN_EXE_signet")
        );
        shell
            .args(["-c", &script])
            .env("SIGNET_HOME", own.place.home());
        shell
            .current_dir(own.place.path())
            .timeout(std::time::Duration::from_secs(60));
        shell.assert().code(3);
    };
    fs::remove_file(&records).unwrap();
    std::os::unix::fs::symlink("/dev/zero", &records).unwrap();
    refused();
    fs::remove_file(&records).unwrap();
    let made = std::process::Command::new("mkfifo")
        .arg(&records)
        .status()
        .unwrap();
    assert!(made.success());
    refused();
    // A line without an end, longer than the memory.
    fs::remove_file(&records).unwrap();
    fs::File::create(&records)
        .unwrap()
        .set_len(800 << 20)
        .unwrap();
    refused();
}

#[test]
fn that_nobody_reads_the_answer_makes_no_damage_good() {
    let own = OwnLog::new(None);
    own.call("a");
    own.call("b");
    own.log.close().unwrap();
    let segment = own.segment();
    let text = fs::read_to_string(&segment).unwrap();
    let code = |command: &str| {
        // The pipe has nobody at its end before anything is written.
        let script = format!(
            "(sleep 0.3; {} {command}; echo $? > code) | (exec <&-; sleep 1)",
            env!("CARGO_BIN_EXE_signet")
        );
        let mut shell = assert_cmd::Command::new("sh");
        shell
            .args(["-c", &script])
            .env("SIGNET_HOME", own.place.home());
        shell.current_dir(own.place.path()).assert().success();
        let code = fs::read_to_string(own.place.path().join("code")).unwrap();
        code.trim().parse::<i32>().unwrap()
    };
    for command in [
        "audit",
        "audit --json",
        "audit --verify",
        "log verify --json",
    ] {
        assert_eq!(code(command), 0, "{command}");
    }
    fs::write(
        &segment,
        text.replacen("\"tool\":\"a\"", "\"tool\":\"x\"", 1),
    )
    .unwrap();
    for command in [
        "audit --verify",
        "audit --verify --json",
        "log verify",
        "verify --chain --json",
    ] {
        assert_eq!(code(command), 1, "{command}");
    }
}

#[test]
fn what_is_too_deep_or_too_large_is_refused_and_the_log_goes_on_d4_d14() {
    let place = Place::with_agent();
    let sign = [
        "sign", "--key", "agent", "--tool", "t", "--target", "x", "--params",
    ];
    for depth in [123, 124, 125, 128, 100_000] {
        place.write("p.json", "[".repeat(depth) + &"]".repeat(depth));
        place.run(sign.into_iter().chain(["@p.json"]));
        place.ok(sign.into_iter().chain(["{}"]));
    }
    for megabytes in [17, 100] {
        place.write("p.json", format!("\"{}\"", "x".repeat(megabytes << 20)));
        let said = place.fails(3, sign.into_iter().chain(["@p.json"]));
        assert!(said.len() < 1000);
    }
    place.ok(sign.into_iter().chain(["{}"]));
    assert!(place.log_lines().len() >= 6);
    place.ok(["log", "verify"]);
    place.ok(["audit", "--verify"]);
}
