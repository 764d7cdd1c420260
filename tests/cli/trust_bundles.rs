//! `signet trust`.

use serde_json::{Value, json};

use crate::documentation::assert_documented;
use crate::program::Place;
use crate::recorded::{cases, file, name};

const KEY: &str = "ed25519:asQu4R4uTkuhAG83Af6o+Yqwzhkgm2C2DRXQXKa2+/4=";
const NEW_KEY: &str = "ed25519:iYXI35/Z3dsXniuofEMdTypbcBBx9fBWZ1vLoKGiujc=";

fn entry(more: &Value) -> Value {
    let mut entry = json!({"id": "agent-1", "name": "agent", "owner": "org", "pubkey": KEY,
        "status": "active", "created_at": "2026-01-01T00:00:00Z"});
    for (name, value) in more.as_object().unwrap() {
        entry[name] = value.clone();
    }
    entry
}

fn bundle(more: &Value) -> String {
    json!({"version": 1, "bundle_id": "tb", "org": "example", "env": "prod",
        "generated_at": "2026-06-01T00:00:00Z", "agents": [entry(more)]})
    .to_string()
}

fn place(more: Value) -> Place {
    let place = Place::new();
    place.write("tb.json", bundle(&more));
    place
}

fn agent(place: &Place, at: usize) -> Value {
    let text = std::fs::read(place.path().join("tb.json")).unwrap();
    let bundle: Value = serde_json::from_slice(&text).unwrap();
    bundle["agents"][at].clone()
}

fn edit<'a>(command: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let args = [
        "trust",
        command,
        "tb.json",
        "--section",
        "agents",
        "--id",
        "agent-1",
    ];
    args.into_iter().chain(more.iter().copied()).collect()
}

#[test]
fn recorded_edits_leave_the_recorded_files() {
    let file = file("trust_bundles");
    let mut run = 0;
    for case in cases(&file)
        .iter()
        .filter(|case| name(case).starts_with("cli/"))
    {
        run += 1;
        let place = Place::new();
        place.write("tb.json", case["text"].as_str().unwrap());
        let args: Vec<&str> = case["args"]
            .as_array()
            .unwrap()
            .iter()
            .map(|arg| arg.as_str().unwrap())
            .collect();
        // The recordings were made when their clock said so.
        let dated = !args.contains(&"--at") && !args.contains(&"list");
        let at = dated.then_some(["--at", file["clock"].as_str().unwrap()]);
        let done = place.run(args.into_iter().chain(at.into_iter().flatten()));
        let output = done.get_output();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(
            output.status.code().map(i64::from),
            case["cli"]["exit"].as_i64(),
            "{}: {said}",
            name(case)
        );
        assert_eq!(
            String::from_utf8_lossy(&output.stdout),
            case["cli"]["stdout"].as_str().unwrap(),
            "{}",
            name(case)
        );
        let after = std::fs::read_to_string(place.path().join("tb.json")).unwrap();
        assert_eq!(
            after,
            case["file_after"].as_str().unwrap(),
            "{}",
            name(case)
        );
    }
    assert_eq!(run, 8);
}

/// Bundles that the published program shows, and ours does not or otherwise.
const SHOWN_OTHERWISE: &[(&str, &str)] = &[
    (
        "unknown-fields",
        "Unknown members and keys of small order are refused",
    ),
    (
        "generated_at-plus-zero",
        "Times are shown with `Z`, however they are written.",
    ),
    (
        "pubkey-weak",
        "Unknown members and keys of small order are refused",
    ),
    (
        "active-with-revoked_at",
        "`revoked_at` and `disabled_at` count whatever `status` says",
    ),
];

#[test]
fn recorded_bundles_are_shown_as_recorded() {
    let file = file("trust_bundles");
    let shown = cases(&file)
        .iter()
        .filter(|case| case["cli_inspect"].is_object());
    let (mut run, mut otherwise) = (0, Vec::new());
    for case in shown {
        run += 1;
        let place = Place::new();
        let path = format!("tb.{}", case["format"].as_str().unwrap());
        place.write(&path, case["text"].as_str().unwrap());
        let done = place.run(["trust", "inspect", &path]);
        let output = done.get_output();
        let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
        let there = &case["cli_inspect"];
        let same = output.status.code().map(i64::from) == there["exit"].as_i64()
            && stdout == there["stdout"].as_str().unwrap();
        if !same {
            otherwise.push((name(case), stdout));
        }
    }
    assert!(run > 40);
    let named: Vec<&str> = otherwise.iter().map(|(name, _)| *name).collect();
    // Some statuses were recorded as of the clock of then.
    let expected: Vec<&str> = SHOWN_OTHERWISE.iter().map(|(name, _)| *name).collect();
    for (name, reason) in SHOWN_OTHERWISE {
        assert!(named.contains(name), "{name} is shown alike");
        assert_documented([*reason]);
    }
    for (name, stdout) in &otherwise {
        assert!(
            expected.contains(name) || name.starts_with("expires-"),
            "{name}: {stdout}"
        );
    }
}

#[test]
fn yaml_stays_yaml_and_the_extension_says_what_is_written() {
    let place = place(json!({}));
    place.ok(edit(
        "disable",
        &["--output", "tb.yaml", "--at", "2026-07-01T00:00:00.5Z"],
    ));
    let yaml = std::fs::read_to_string(place.path().join("tb.yaml")).unwrap();
    assert!(yaml.contains("- id: agent-1\n  name: agent\n"), "{yaml}");
    assert!(
        yaml.contains("  disabled_at: 2026-07-01T00:00:00.500Z\n"),
        "{yaml}"
    );
    assert!(yaml.starts_with("version: 1\nbundle_id: tb\n"), "{yaml}");
    assert_eq!(
        agent(&place, 0)["status"],
        "active",
        "the file itself stays"
    );
    place.ok([
        "trust",
        "revoke",
        "tb.yaml",
        "--section",
        "agents",
        "--id",
        "agent-1",
    ]);
    let table = place.ok(["trust", "list", "tb.yaml"]);
    assert!(table.contains("revoked"), "{table}");
    place.fails(3, edit("disable", &["--output", "tb.txt"]));
    place.fails(3, ["trust", "inspect", "missing.yaml"]);
}

#[test]
fn texts_that_yaml_reads_as_something_else_are_quoted() {
    let place = place(json!({"name": "yes", "owner": "a: b # c", "comment": "it's\n- \u{e9}"}));
    place.ok(edit("disable", &["--output", "tb.yaml"]));
    let listed = place.ok(["trust", "list", "tb.yaml", "--json"]);
    let listed: Value = serde_json::from_str(&listed).unwrap();
    assert_eq!(listed[0]["name"], "yes");
    assert_eq!(listed[0]["owner"], "a: b # c");
    assert_eq!(listed[0]["comment"], "it's\n- \u{e9}");
}

#[test]
fn a_revocation_is_not_taken_back() {
    let place = place(json!({}));
    place.ok(edit("disable", &["--at", "2026-06-10T00:00:00Z"]));
    place.ok(edit("revoke", &["--at", "2026-06-20T00:00:00Z"]));
    let now = agent(&place, 0);
    assert_eq!(now["status"], "revoked");
    assert_eq!(now["disabled_at"], "2026-06-10T00:00:00Z");
    place.fails(3, edit("disable", &[]));
    // Nor does it begin later.
    place.ok(edit("revoke", &["--at", "2026-06-30T00:00:00Z"]));
    assert_eq!(agent(&place, 0)["revoked_at"], "2026-06-20T00:00:00Z");
    place.ok(edit("revoke", &["--at", "2026-06-05T00:00:00Z"]));
    assert_eq!(agent(&place, 0)["revoked_at"], "2026-06-05T00:00:00Z");
    assert_documented(["A revocation is not taken back, and no date of one moves later."]);
}

#[test]
fn a_rotation_puts_a_new_key_beside_or_in_the_place_of_the_old() {
    let new = ["--new-id", "agent-2", "--new-pubkey", NEW_KEY];
    let more = |more: &[&'static str]| -> Vec<&str> { new.iter().chain(more).copied().collect() };
    let place = place(json!({"expires_at": "2026-12-31T00:00:00Z"}));
    place.fails(
        3,
        edit(
            "rotate",
            &more(&["--overlap-until", "2020-01-01T00:00:00Z"]),
        ),
    );
    place.fails(
        3,
        edit("rotate", &["--new-id", "agent-1", "--new-pubkey", NEW_KEY]),
    );
    place.fails(
        3,
        edit("rotate", &["--new-id", "agent-2", "--new-pubkey", KEY]),
    );
    place.fails(
        3,
        edit(
            "rotate",
            &["--new-id", "agent-2", "--new-pubkey", "nonsense"],
        ),
    );
    place.fails(
        3,
        edit("rotate", &["--new-id", "", "--new-pubkey", NEW_KEY]),
    );
    place.fails(2, edit("rotate", &["--new-id", "agent-2"]));
    place.ok(edit(
        "rotate",
        &more(&[
            "--overlap-until",
            "2099-01-01T00:00:00Z",
            "--new-name",
            "bot",
            "--new-owner",
            "us",
            "--at",
            "2026-06-10T00:00:00Z",
        ]),
    ));
    // The overlap does not let the old key outlive its own end.
    assert_eq!(agent(&place, 0)["expires_at"], "2026-12-31T00:00:00Z");
    assert_eq!(agent(&place, 0)["status"], "active");
    let entry = agent(&place, 1);
    assert_eq!(entry["pubkey"], NEW_KEY);
    assert_eq!(
        (&entry["name"], &entry["owner"]),
        (&json!("bot"), &json!("us"))
    );
    assert_eq!(entry["comment"], "rotated from agent-1");
    place.ok(edit("revoke", &[]));
    place.fails(
        3,
        edit("rotate", &["--new-id", "a3", "--new-pubkey", NEW_KEY]),
    );
}

#[test]
fn mistakes_leave_the_file_as_it_is() {
    let place = place(json!({}));
    let before = std::fs::read(place.path().join("tb.json")).unwrap();
    for args in [
        edit("disable", &["--at", "nope"]),
        edit("disable", &["--at", "2026-06-10T00:00:00+02:00"]),
        vec![
            "trust",
            "revoke",
            "tb.json",
            "--section",
            "roots",
            "--id",
            "agent-1",
        ],
        vec![
            "trust",
            "revoke",
            "tb.json",
            "--section",
            "agents",
            "--id",
            "zzz",
        ],
    ] {
        place.fails(3, args);
    }
    place.fails(
        2,
        [
            "trust",
            "revoke",
            "tb.json",
            "--section",
            "all",
            "--id",
            "agent-1",
        ],
    );
    place.fails(2, ["trust", "list", "tb.json", "--section", "all"]);
    assert_eq!(std::fs::read(place.path().join("tb.json")).unwrap(), before);
    let here: Vec<_> = std::fs::read_dir(place.path()).unwrap().collect();
    assert_eq!(here.len(), 1, "nothing is left behind: {here:?}");
}

#[test]
fn lists_are_filtered_and_machines_read_them() {
    let place = place(json!({"status": "disabled", "disabled_at": "2026-02-01T00:00:00Z"}));
    let all: Value =
        serde_json::from_str(&place.ok(["trust", "list", "tb.json", "--json"])).unwrap();
    assert_eq!(all[0]["status"], "disabled");
    let active = place.ok(["trust", "list", "tb.json", "--json", "--active-only"]);
    assert_eq!(active, "[]\n");
    let roots = place.ok(["trust", "list", "tb.json", "--section", "roots"]);
    assert_eq!(roots.lines().count(), 2);
    let summary: Value =
        serde_json::from_str(&place.ok(["trust", "inspect", "tb.json", "--json"])).unwrap();
    assert_eq!(summary["sections"]["agents"]["disabled"], 1);
    assert_eq!(summary["bundle_id"], "tb");
}

#[test]
fn edits_at_the_same_time_are_all_there() {
    let place = Place::new();
    let keys: Vec<signet::identity::KeyPair> = (0..8)
        .map(|_| signet::identity::KeyPair::generate().unwrap())
        .collect();
    let entries: Vec<Value> = keys
        .iter()
        .enumerate()
        .map(|(at, key)| {
            let key = signet::encoding::key_text::prefixed(key.public_key());
            entry(&json!({"id": format!("a{at}"), "pubkey": key}))
        })
        .collect();
    let mut text: Value = serde_json::from_str(&bundle(&json!({}))).unwrap();
    text["agents"] = entries.into();
    place.write("tb.json", text.to_string());
    std::thread::scope(|scope| {
        for at in 0..keys.len() {
            let place = &place;
            scope.spawn(move || {
                let id = format!("a{at}");
                place.ok([
                    "trust",
                    "revoke",
                    "tb.json",
                    "--section",
                    "agents",
                    "--id",
                    &id,
                ]);
            });
        }
    });
    for at in 0..keys.len() {
        assert_eq!(agent(&place, at)["status"], "revoked");
    }
}

#[test]
fn the_published_program_reads_what_we_write_and_we_what_it_writes() {
    let place = place(json!({"comment": "it's: ~", "owner": "null"}));
    let Some(mut published) = place.published() else {
        return;
    };
    place.ok(edit("disable", &["--output", "ours.yaml"]));
    place.ok([
        "trust",
        "rotate",
        "tb.json",
        "--section",
        "agents",
        "--id",
        "agent-1",
        "--new-id",
        "a2",
        "--new-pubkey",
        NEW_KEY,
    ]);
    for path in ["ours.yaml", "tb.json"] {
        let theirs = place
            .published()
            .unwrap()
            .args(["trust", "inspect", path])
            .assert()
            .success();
        let ours = place.ok(["trust", "inspect", path]);
        assert_eq!(String::from_utf8_lossy(&theirs.get_output().stdout), ours);
    }
    published
        .args([
            "trust",
            "revoke",
            "ours.yaml",
            "--section",
            "agents",
            "--id",
            "agent-1",
            "--output",
            "theirs.yaml",
        ])
        .assert()
        .success();
    let table = place.ok(["trust", "list", "theirs.yaml"]);
    assert!(table.contains("revoked"), "{table}");
}
