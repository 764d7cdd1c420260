//! `signet identity`.

use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use serde_json::Value;

use crate::program::Place;
use crate::terminal::{on_terminal, on_terminal_after};

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn key_file(place: &Place, name: &str) -> Value {
    json(&std::fs::read_to_string(place.home().join("keys").join(name)).unwrap())
}

#[test]
fn an_empty_home_has_no_keys() {
    let listed = Place::new().ok(["identity", "list"]);
    assert_eq!(listed, "No keys found in home/keys/\n");
}

#[test]
fn a_key_that_is_not_there_is_an_error_with_advice() {
    let said = Place::new().fails(3, ["identity", "export", "--name", "nobody"]);
    assert!(said.contains("signet identity generate"), "{said}");
}

#[test]
fn an_identity_is_made_privately_and_its_key_printed() {
    let place = Place::new();
    let args =
        "identity generate --name bot --unencrypted --owner ops --principal agent://example/bot";
    let done = place.run(args.split(' ')).success();
    let said = String::from_utf8(done.get_output().stderr.clone()).unwrap();
    assert!(said.contains("'bot' created at home/keys/"), "{said}");
    let printed = String::from_utf8(done.get_output().stdout.clone()).unwrap();
    let public = key_file(&place, "bot.pub");
    assert_eq!(printed, format!("{}\n", public["pubkey"].as_str().unwrap()));
    assert_eq!(public["owner"], "ops");
    assert_eq!(public["principal"], "agent://example/bot");
    let mode = |path: &str| {
        let metadata = std::fs::metadata(place.home().join(path)).unwrap();
        metadata.permissions().mode() & 0o777
    };
    assert_eq!((mode("keys"), mode("keys/bot.key")), (0o700, 0o600));
    let exported = place.ok(["identity", "export", "--name", "bot"]);
    assert_eq!(json(&exported), public);
    let listed = place.ok(["identity", "list"]);
    assert!(
        listed.contains("PRINCIPAL") && listed.contains("agent://example/bot"),
        "{listed}"
    );
}

#[test]
fn without_a_word_about_it_a_key_is_encrypted_and_the_passphrase_asked_twice() {
    let place = Place::new();
    let dialogue = [
        ("New passphrase", "correct horse"),
        ("again", "correct horse"),
    ];
    let (exit, shown) = on_terminal(&place, "identity generate --name bot", &dialogue);
    assert_eq!(exit, 0, "{shown}");
    assert_eq!(key_file(&place, "bot.key")["kdf"], "argon2id");
    let dialogue = [("New passphrase", "one"), ("again", "other")];
    let (exit, shown) = on_terminal(&place, "identity generate --name two", &dialogue);
    assert_eq!(exit, 3, "{shown}");
    assert!(!place.home().join("keys/two.pub").exists());
    // The passphrase opens it, asked for once.
    let sign = "sign --key bot --tool t --target x --params {} --no-log";
    let (exit, shown) = on_terminal(&place, sign, &[("Passphrase of bot", "correct horse")]);
    assert!(exit == 0 && shown.contains("rec_"), "{shown}");
}

#[test]
fn a_passphrase_comes_from_a_file_or_the_environment() {
    let place = Place::new();
    place.write("pass", "from file\r\nrest\n");
    let generate = |name: &str| {
        let mut command = place.without_terminal();
        command.args(["identity", "generate", "--name", name]);
        command
    };
    generate("a")
        .args(["--passphrase-file", "pass"])
        .assert()
        .success();
    let sign = |name: &str, variable: &str, value: &str| {
        let mut command = place.without_terminal();
        let args = format!("sign --key {name} --tool t --target x --params {{}} --no-log");
        command.args(args.split(' ')).env(variable, value);
        command.assert().get_output().status.code().unwrap()
    };
    assert_eq!(sign("a", "SIGNET_PASSPHRASE", "from file"), 0);
    assert_eq!(sign("a", "SIGNET_PASSPHRASE", "wrong"), 3);
    // The variable of one key goes before the one of all.
    generate("b-2")
        .env("SIGNET_PASSPHRASE", "general")
        .env("SIGNET_PASSPHRASE_B_2", "special")
        .assert()
        .success();
    assert_eq!(sign("b-2", "SIGNET_PASSPHRASE_B_2", "special"), 0);
    assert_eq!(sign("b-2", "SIGNET_PASSPHRASE", "general"), 3);
    for (name, content) in [
        ("empty", ""),
        ("blank", "\nx"),
        ("long", &*"x".repeat(5000)),
    ] {
        place.write(name, content);
        generate("c")
            .args(["--passphrase-file", name])
            .assert()
            .code(3);
    }
    generate("c")
        .args(["--passphrase-file", "nowhere"])
        .assert()
        .code(3);
    assert!(!place.home().join("keys/c.pub").exists());
}

#[test]
fn nobody_is_asked_for_a_passphrase_that_would_not_be_used() {
    let place = Place::with_agent();
    for (args, advice) in [
        ("--name agent", "signet key rm"),
        ("--name a/b", "A-Z"),
        ("--name new --principal bot", "scheme://"),
    ] {
        let args = format!("identity generate {args}");
        let done = place
            .without_terminal()
            .args(args.split(' '))
            .assert()
            .code(3);
        let said = String::from_utf8(done.get_output().stderr.clone()).unwrap();
        assert!(
            said.contains(advice) && !said.contains("terminal"),
            "{said}"
        );
    }
}

#[test]
fn json_is_for_programs() {
    let place = Place::new();
    let made = "identity generate --name bot --unencrypted --json";
    let made = json(&place.ok(made.split(' ')));
    assert_eq!(
        (&made["name"], &made["secret"]),
        (&"bot".into(), &"unencrypted".into())
    );
    assert!(made["did"].as_str().unwrap().starts_with("did:key:z6Mk"));
    place.home_file("keys/broken.pub", "{");
    let listed = json(&place.ok(["--json", "identity", "list"]));
    assert_eq!(listed[0]["public_key"], made["public_key"]);
    assert_eq!(listed[1]["name"], "broken");
    let done = place.run(["identity", "list"]).success();
    assert!(String::from_utf8_lossy(&done.get_output().stderr).contains("broken"));
    let error = json(&place.fails(3, ["--json", "identity", "export", "--name", "nobody"]));
    assert_eq!(error["error"]["code"], "key_not_found");
}

#[test]
fn a_file_that_somebody_edited_cannot_move_the_cursor() {
    let place = Place::with_agent();
    let text = place.ok(["identity", "export", "--name", "agent"]);
    let mut public = json(&text);
    public["owner"] = "\u{1b}[2J".into();
    place.home_file("keys/agent.pub", &public.to_string());
    let listed = place.ok(["identity", "list"]);
    assert!(listed.contains("\\u{1b}[2J"), "{listed:?}");
}

#[test]
fn the_published_program_lists_ours_and_we_list_theirs() {
    let place = Place::new();
    let Some(mut theirs) = place.published() else {
        return;
    };
    let generate = "identity generate --name theirs --unencrypted --owner Jörg";
    theirs.args(generate.split(' ')).assert().success();
    let generate =
        "identity generate --name ours --unencrypted --owner Ann --principal agent://e/a";
    place.ok(generate.split(' '));
    let mut list = place.published().unwrap();
    let done = list.args(["identity", "list"]).assert().success();
    let listed = String::from_utf8(done.get_output().stdout.clone()).unwrap();
    assert_eq!(place.ok(["identity", "list"]), listed);
    let mut export = place.published().unwrap();
    let done = export
        .args(["identity", "export", "--name", "ours"])
        .assert()
        .success();
    let exported = String::from_utf8(done.get_output().stdout.clone()).unwrap();
    assert_eq!(place.ok(["identity", "export", "--name", "ours"]), exported);
}

#[test]
fn what_is_typed_at_a_question_for_a_passphrase_is_not_shown() {
    let hidden = [10, 100, 1000, 10_000].into_iter().any(|millis| {
        let place = Place::new();
        let dialogue = [
            ("New passphrase", "correct horse"),
            ("again", "correct horse"),
        ];
        // The question stands on the terminal a moment before typing is hidden.
        let pause = Duration::from_millis(millis);
        let generate = "identity generate --name bot";
        let (exit, shown) = on_terminal_after(pause, &place, generate, &dialogue);
        assert_eq!(exit, 0, "{shown}");
        !shown.contains("horse")
    });
    assert!(hidden);
}

#[test]
fn a_home_that_is_set_and_empty_is_not_set() {
    let place = Place::new();
    let mut command = place.signet();
    command
        .env("SIGNET_HOME", "")
        .args(["identity", "generate", "--name", "a", "--unencrypted"]);
    command.assert().success();
    assert!(place.path().join(".signet/keys/a.key").exists());
}
