//! `signet key`.

use assert_cmd::Command;

use crate::program::Place;
use crate::terminal::on_terminal;

/// A place with the unencrypted identity `agent` and files with passphrases.
fn place() -> Place {
    let place = Place::with_agent();
    place.write("one", "first\n");
    place.write("two", "second\n");
    place
}

fn passwd(place: &Place, rest: &str) -> Command {
    let mut command = place.without_terminal();
    command
        .args(["key", "passwd", "agent"])
        .args(rest.split_whitespace());
    command
}

fn signs(place: &Place, passphrase: Option<&str>) -> bool {
    let mut command = place.without_terminal();
    command.args("sign --key agent --tool t --target x --params {} --no-log".split(' '));
    if let Some(passphrase) = passphrase {
        command.env("SIGNET_PASSPHRASE", passphrase);
    }
    command.assert().get_output().status.success()
}

fn secret(place: &Place) -> String {
    std::fs::read_to_string(place.home().join("keys/agent.key")).unwrap()
}

#[test]
fn a_passphrase_is_added_changed_and_removed() {
    let place = place();
    let public = place.ok(["identity", "export", "--name", "agent"]);
    passwd(&place, "--new-passphrase-file one")
        .assert()
        .success();
    assert!(!signs(&place, None) && signs(&place, Some("first")));
    passwd(&place, "--passphrase-file one --new-passphrase-file two")
        .assert()
        .success();
    assert!(!signs(&place, Some("first")) && signs(&place, Some("second")));
    let done = passwd(&place, "--remove --json")
        .env("SIGNET_PASSPHRASE", "second")
        .assert();
    let answer = done.success().get_output().stdout.clone();
    assert_eq!(answer, b"{\"name\":\"agent\",\"secret\":\"unencrypted\"}\n");
    assert!(signs(&place, None));
    assert_eq!(place.ok(["identity", "export", "--name", "agent"]), public);
}

#[test]
fn nothing_changes_without_the_old_passphrase_and_a_usable_new_one() {
    let place = place();
    let before = secret(&place);
    passwd(&place, "").assert().code(3);
    passwd(&place, "--new-passphrase-file nowhere")
        .assert()
        .code(3);
    passwd(&place, "--remove --new-passphrase-file one")
        .assert()
        .code(2);
    place.fails(3, ["key", "passwd", "nobody", "--remove"]);
    assert_eq!(secret(&place), before);
    passwd(&place, "--new-passphrase-file one")
        .assert()
        .success();
    let before = secret(&place);
    let said = passwd(&place, "--passphrase-file two --new-passphrase-file two")
        .assert()
        .code(3);
    assert!(!String::from_utf8_lossy(&said.get_output().stderr).contains("second"));
    passwd(&place, "--new-passphrase-file two").assert().code(3);
    passwd(&place, "--remove").assert().code(3);
    assert_eq!(secret(&place), before);
}

#[test]
fn the_passphrases_are_asked_for_on_a_terminal() {
    let place = place();
    let dialogue = [("New passphrase of agent", "first"), ("again", "first")];
    let (exit, shown) = on_terminal(&place, "key passwd agent", &dialogue);
    assert_eq!(exit, 0, "{shown}");
    let dialogue = [
        ("Passphrase of agent", "first"),
        ("New passphrase of agent", "second"),
        ("again", "second"),
    ];
    let (exit, shown) = on_terminal(&place, "key passwd agent", &dialogue);
    assert_eq!(exit, 0, "{shown}");
    assert!(signs(&place, Some("second")));
    // A wrong one is told before a new one is thought of.
    let (exit, shown) = on_terminal(&place, "key passwd agent", &[("Passphrase of agent", "x")]);
    assert!(exit == 3 && !shown.contains("New passphrase"), "{shown}");
}

#[test]
fn a_key_is_removed_on_a_clear_word_only() {
    let place = place();
    let said = place
        .without_terminal()
        .args(["key", "rm", "agent"])
        .assert()
        .code(3);
    assert!(String::from_utf8_lossy(&said.get_output().stderr).contains("--yes"));
    let (exit, _) = on_terminal(&place, "key rm agent", &[("[y/N]", "")]);
    assert_eq!(exit, 3);
    assert!(signs(&place, None));
    let (exit, shown) = on_terminal(&place, "key rm agent", &[("[y/N]", "y")]);
    assert_eq!(exit, 0, "{shown}");
    assert_eq!(
        std::fs::read_dir(place.home().join("keys"))
            .unwrap()
            .flatten()
            .filter(|entry| entry.file_name().to_string_lossy().starts_with("agent"))
            .count(),
        0
    );
    place.fails(3, ["key", "rm", "agent", "--yes"]);
    place.fails(3, ["key", "rm", "../agent", "--yes"]);
    place.home_file("keys/damaged.pub", "{");
    assert_eq!(
        place.ok(["key", "rm", "damaged", "--yes", "--json"]),
        "{\"removed\":\"damaged\"}\n"
    );
}

#[test]
fn a_did_is_the_same_however_the_key_is_named() {
    let place = place();
    let did = place.ok(["key", "did", "agent"]);
    assert!(did.starts_with("did:key:z6Mk"), "{did}");
    let public = place.ok(["identity", "export", "--name", "agent"]);
    let file: serde_json::Value = serde_json::from_str(&public).unwrap();
    let bare = file["pubkey"].as_str().unwrap();
    place.write("agent.pub", &public);
    for key in [
        "agent.pub",
        bare,
        &format!("ed25519:{bare}"),
        did.trim_end(),
    ] {
        assert_eq!(place.ok(["key", "did", key]), did, "{key}");
    }
    for key in ["nobody", "", "did:key:z6Mk", "AAAA"] {
        place.fails(3, ["key", "did", key]);
    }
}

#[test]
fn the_published_program_signs_with_a_changed_key_and_we_change_theirs() {
    let place = Place::new();
    let Some(mut theirs) = place.published() else {
        return;
    };
    let generate = theirs.args(["identity", "generate", "--name", "agent"]);
    generate
        .env("SIGNET_PASSPHRASE", "first")
        .assert()
        .success();
    assert!(signs(&place, Some("first")));
    place.write("one", "first");
    place.write("two", "second");
    passwd(&place, "--passphrase-file one --new-passphrase-file two")
        .assert()
        .success();
    let sign = |passphrase: &str| {
        let mut theirs = place.published().unwrap();
        let args = "sign --key agent --tool t --target x --params {} --no-log";
        theirs
            .args(args.split(' '))
            .env("SIGNET_PASSPHRASE", passphrase);
        theirs.assert().get_output().status.success()
    };
    assert!(sign("second") && !sign("first"));
    passwd(&place, "--passphrase-file two --remove")
        .assert()
        .success();
    assert!(sign("no matter"));
}
