//! Starting the proxy: its keys, its passphrases, the server's command and what the
//! server may see.

use serde_json::{Value, json};
use signet::identity::Protection;

use crate::proxy_session::{
    RECORDING, Session, audit, call, call_with, import, place, seen, verified,
};

fn refused(args: &[&str], environment: &[(&str, &str)]) -> String {
    let place = place();
    import(&place, "twin", &[1; 32], Protection::Unencrypted);
    let ended = Session::start_with(&place, args, environment).wait();
    assert_eq!(ended.code(), 3, "{args:?}: {}", ended.errors);
    assert!(seen(&place).is_empty() && ended.lines.is_empty());
    ended.errors
}

#[test]
fn the_two_keys_must_differ_by_name_and_by_key() {
    let target = ["--target", "python3 child.py seen.txt", "--key", "agent"];
    let with = |more: &[&'static str]| [target.as_slice(), more].concat();
    for name in ["agent", "twin"] {
        let said = refused(&with(&["--server-key", name]), &[]);
        assert!(
            said.contains("--server-key must differ from --key"),
            "{said}"
        );
    }
    let said = refused(&with(&["--server-key", "nobody"]), &[]);
    assert!(said.contains("signet identity list"), "{said}");
    let said = refused(&["--target", "true", "--key", "nobody"], &[]);
    assert!(said.contains("nobody"), "{said}");
}

#[test]
fn without_a_server_key_each_run_has_its_own() {
    let place = place();
    for _ in 0..2 {
        let mut session = Session::start(&place, &RECORDING[..4]);
        session.ask(call(1, "echo"));
        let ended = session.end();
        assert!(
            ended.errors.contains("new for this run"),
            "{}",
            ended.errors
        );
    }
    let keys: Vec<Value> = audit(&place)
        .iter()
        .filter(|record| record["v"] == 3)
        .map(|record| record["server"]["pubkey"].clone())
        .collect();
    assert_ne!(keys[0], keys[1]);
    assert_eq!(verified(&place), 4);
}

#[test]
fn two_keys_may_have_two_passphrases_k11() {
    let place = place();
    import(
        &place,
        "locked-agent",
        &[3; 32],
        Protection::Passphrase("first"),
    );
    import(
        &place,
        "locked-server",
        &[4; 32],
        Protection::Passphrase("second"),
    );
    place.write("first.txt", "first\n");
    place.write("second.txt", "second\nnot this\n");
    let args = [
        "--target",
        "python3 child.py seen.txt",
        "--key",
        "locked-agent",
        "--server-key",
        "locked-server",
    ];
    let agent = ("SIGNET_PASSPHRASE_LOCKED_AGENT", "first");
    let server = ("SIGNET_PASSPHRASE_LOCKED_SERVER", "second");
    let common = ("SIGNET_PASSPHRASE", "first");
    let file = ["--passphrase-file", "first.txt"];
    let server_file = ["--server-passphrase-file", "second.txt"];
    type Run<'a> = (&'a [[&'a str; 2]], &'a [(&'a str, &'a str)]);
    let runs: [Run<'_>; 5] = [
        (&[], &[agent, server]),
        (&[], &[common, server]),
        (&[file], &[server]),
        (&[file, server_file], &[]),
        (&[server_file], &[common]),
    ];
    for (flags, environment) in runs {
        let args = args.iter().chain(flags.iter().flatten());
        let mut session = Session::start_with(&place, args, environment);
        let line = call_with(
            1,
            "env",
            r#"{"names":["SIGNET_PASSPHRASE","SIGNET_PASSPHRASE_LOCKED_AGENT","SIGNET_PASSPHRASE_LOCKED_SERVER"]}"#,
        );
        let answer = session.ask(line);
        let seen = answer["result"]["env"].as_object().unwrap();
        assert!(seen.values().all(Value::is_null), "{answer}");
        let ended = session.end();
        assert_eq!(ended.code(), 0, "{}", ended.errors);
        assert!(!ended.errors.contains("second") && !ended.errors.contains("first"));
    }
    assert_eq!(verified(&place), 10);
    // One for both opens only one.
    let ended = Session::start_with(&place, args, &[common]).wait();
    assert_eq!(ended.code(), 3);
}

#[test]
fn the_command_is_split_as_a_shell_would_and_no_further() {
    let place = place();
    place.write(
        "argv.py",
        "import json, sys\nprint(json.dumps({'argv': sys.argv[1:]}), flush=True)\nsys.stdin.read()\n",
    );
    for (target, argv) in [
        (
            r#"python3 argv.py a "b c" 'd e' f\ g "" x""y"#,
            json!(["a", "b c", "d e", "f g", "xy"]),
        ),
        (
            "python3 argv.py a;b $HOME *.py ~ 2>&1",
            json!(["a;b", "$HOME", "*.py", "~", "2>&1"]),
        ),
    ] {
        let mut session = Session::start(&place, ["--key", "agent", "--target", target]);
        assert_eq!(session.next()["argv"], argv);
        session.end();
    }
    let piped = "python3 argv.py one | cat";
    let said = refused(&["--key", "agent", "--target", piped], &[]);
    assert!(said.contains("'|'") && said.contains("--shell"), "{said}");
    let mut session = Session::start(&place, ["--key", "agent", "--target", piped, "--shell"]);
    assert_eq!(session.next()["argv"], json!(["one"]));
    session.end();
    for target in ["", "  ", "python3 'x", "python3 x\\"] {
        refused(&["--key", "agent", "--target", target], &[]);
    }
}

#[test]
fn the_server_does_not_see_credentials() {
    let place = place();
    let environment = [
        ("SIGNET_SECRET_KEY", "s"),
        ("OPENAI_API_KEY", "k"),
        ("GITHUB_TOKEN", "t"),
        ("AWS_SECRET_ACCESS_KEY", "a"),
        ("DB_PASSWORD", "p"),
        ("PLAIN", "v"),
    ];
    let names: Vec<&str> = environment.iter().map(|(name, _)| *name).collect();
    let line = call_with(1, "env", &json!({ "names": names }).to_string());
    for (flags, expected) in [
        (vec![], vec!["DB_PASSWORD", "PLAIN"]),
        (vec!["--env-filter"], vec!["PLAIN"]),
        (
            vec![
                "--env-filter",
                "--allow-env",
                "github_token",
                "--allow-env",
                "SIGNET_SECRET_KEY",
            ],
            vec!["GITHUB_TOKEN", "PLAIN"],
        ),
    ] {
        let args = RECORDING.iter().chain(&flags);
        let mut session = Session::start_with(&place, args, &environment);
        let answer = session.ask(&line);
        let seen = answer["result"]["env"].as_object().unwrap();
        let seen: Vec<_> = seen
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, _)| name.as_str())
            .collect();
        let mut expected = expected;
        expected.sort_unstable();
        let mut sorted = seen.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, expected, "{flags:?}");
        session.end();
    }
}

#[test]
fn a_policy_that_cannot_be_read_starts_nothing() {
    let said = refused(&[&RECORDING[..], &["--policy", "none.yaml"]].concat(), &[]);
    assert!(said.contains("none.yaml"), "{said}");
}

#[cfg(target_os = "linux")]
#[test]
fn the_server_cannot_look_into_the_proxy_for_what_it_was_not_given() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = place();
    place.write(
        "spy.py",
        "import os\ntry:\n    open('/proc/%d/environ' % os.getppid()).read()\n    said = 'read'\n\
         except PermissionError:\n    said = 'refused'\nopen('said', 'w').write(said)\n",
    );
    // Root may look into everything: then both are somebody else.
    let is_root = place.path().join("x");
    std::fs::write(&is_root, "").unwrap();
    let is_root = std::os::unix::fs::MetadataExt::uid(&std::fs::metadata(is_root).unwrap()) == 0;
    let program = place.path().join("signet");
    std::fs::copy(env!("CARGO_BIN_EXE_signet"), &program).unwrap();
    let mut command = match is_root {
        true => {
            for path in [
                place.path().to_owned(),
                place.home(),
                place.home().join("keys"),
            ] {
                std::os::unix::fs::chown(&path, Some(65_534), Some(65_534)).unwrap();
                std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).unwrap();
            }
            for entry in std::fs::read_dir(place.home().join("keys")).unwrap() {
                std::os::unix::fs::chown(entry.unwrap().path(), Some(65_534), Some(65_534))
                    .unwrap();
            }
            let mut command = std::process::Command::new("setpriv");
            command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]);
            command.arg(&program);
            command
        }
        false => std::process::Command::new(&program),
    };
    command.args(["proxy", "--target", "python3 spy.py", "--key", "agent"]);
    let session = Session::run(&place, command, &[("SIGNET_PASSPHRASE", "secret")]);
    session.end();
    let said = std::fs::read_to_string(place.path().join("said")).unwrap();
    assert_eq!(said, "refused");
}
