//! `signet verify`: every flag, the recorded runs of the published command line,
//! and what it accepts that we do not.

use serde_json::{Value, json};
use signet::encoding::key_text;

use crate::documentation::assert_documented;
use crate::program::Place;
use crate::recorded::{self, cases, matches, name};
use crate::recorded_logs::{self, OwnLog, run};
use crate::recorded_runs::place_of;

/// Recorded `verify --pubkey` that end otherwise here: sets and cases, the exit
/// code, and the reason.
const STRICTER: &[(&[&str], i64, &str)] = &[
    (
        &["receipts_v1/params/int-i64-min"],
        3,
        "A number whose RFC 8785 text denotes another value is refused.",
    ),
    (
        &["receipts_v1/strings/control-chars-in-names"],
        0,
        "what would steer a terminal is shown as an escape",
    ),
    (
        &[
            "*/change/id",
            "*/crafted/id-unrelated",
            "*/crafted/agent-id-changed",
        ],
        3,
        "The id must derive from the signature.",
    ),
    (
        &[
            "*/unknown-field/*",
            "*/add/unknown*",
            "*/add/exp-added",
            "*/add/outcome-unknown-key",
            "*/types/authorization-*",
            "*/add/authorization-into-agent_receipt",
            "*/crafted/unknown-*",
        ],
        3,
        "A member that the format does not define is refused, because no signature covers it.",
    ),
    (
        &["*/dup/*"],
        3,
        "Two members of one name are refused, because two readers would see two receipts.",
    ),
    (
        &["*/array-form/*"],
        3,
        "A record must be an object: in a positional array nothing says what a value means.",
    ),
    (
        &["*/crafted/signer-pubkey-garbage"],
        3,
        "The key that a receipt names must be the key that signed it.",
    ),
    (
        &["*/crafted/signer-pubkey-of-somebody-else"],
        1,
        "The key that a receipt names must be the key that signed it.",
    ),
    (
        &["*/crafted/nonce-empty"],
        3,
        "The nonce must not be empty.",
    ),
    (
        &["*/crafted/policy-and-exp-together"],
        3,
        "An attested policy decision must be allow: nothing else is ever signed.",
    ),
    (
        &["*/crafted/params_hash-*"],
        3,
        "The params_hash must be the hash of the params.",
    ),
    (
        &["*/crafted/ts-garbage"],
        3,
        "The signing time must be an RFC 3339 date-time.",
    ),
    (
        &["*/crafted/ts-far-future"],
        3,
        "A receipt dated more than a minute ahead is refused",
    ),
    (
        &["*/weak-key/*"],
        3,
        "A key of small order is refused, because anybody can sign for it.",
    ),
    (
        &["*/bad-verify-key/all-ff"],
        3,
        "What is no key is an error in the arguments, not a wrong signature",
    ),
    (
        &["receipts_v2/response/*"],
        3,
        "The times of a request and its response must be RFC 3339 date-times.",
    ),
    (
        &["receipts_v3/*/agent-is-server"],
        3,
        "A server must not co-sign with the agent's own key.",
    ),
    (
        &["receipts_v3/change/agent_receipt.v"],
        3,
        "A receipt is judged by the rules of the version that it names.",
    ),
    (
        &["receipts_v3/embedded/v4-receipt-inside"],
        3,
        "A co-signed delegated receipt is only verified together with its delegation.",
    ),
];

#[test]
fn recorded_receipts_are_verified_as_they_were_or_more_strictly() {
    let mut needed = vec![false; STRICTER.len()];
    let mut runs = 0;
    let place = Place::new();
    for set in [
        "receipts_v1",
        "receipts_v1_exp",
        "receipts_v1_tampered",
        "receipts_v1_structure",
        "receipts_v2",
        "receipts_v3",
    ] {
        let file = recorded::file(set);
        for case in cases(&file) {
            let recorded = &case["checks"]["cli"];
            // Good until an hour after the recording at most.
            let clock = matches("exp/*future", name(case)) || name(case) == "exp/equal-to-now";
            if recorded.is_null() || clock && recorded["exit"] == 0 && set == "receipts_v1_exp" {
                continue;
            }
            runs += 1;
            place.write("r.json", recorded::text(case));
            let key = match (set, case["verify_with_key"].as_str()) {
                (_, Some(key)) => key.to_owned(),
                ("receipts_v3", _) if case["verify_with"].is_null() => prefixed("server"),
                _ => key_text::prefixed(recorded::verifying_key(case).public_key()),
            };
            let (exit, stdout, stderr) = run(&place, &["verify", "r.json", "--pubkey", &key]);
            let theirs = (
                recorded["exit"].as_i64().unwrap(),
                recorded["stdout"].as_str().unwrap(),
            );
            if (exit, stdout.as_str()) == theirs {
                continue;
            }
            let named = format!("{set}/{}", name(case));
            if theirs.1.contains("<unknown>") && exit == 0 {
                assert!(stdout.starts_with("Valid: server \""), "{named}: {stdout}");
                continue;
            }
            let is_it = |patterns: &[&str]| patterns.iter().any(|pattern| matches(pattern, &named));
            let row = STRICTER.iter().position(|row| is_it(row.0));
            let row = row.unwrap_or_else(|| panic!("{named}: {theirs:?} {exit} {stdout}{stderr}"));
            needed[row] = true;
            assert_eq!(exit, STRICTER[row].1, "{named}: {stdout}{stderr}");
        }
    }
    assert!(runs > 400, "{runs}");
    assert!(needed.iter().all(|needed| *needed), "{needed:?}");
    let reasons: Vec<&str> = STRICTER.iter().map(|row| row.2).collect();
    assert_documented(reasons);
}

fn prefixed(identity: &str) -> String {
    key_text::prefixed(recorded::key(identity).public_key())
}

#[test]
fn a_changed_receipt_exits_with_1() {
    let own = OwnLog::new(None);
    let receipt: Value = serde_json::from_slice(own.receipt("Read").json()).unwrap();
    for (pointer, value) in [
        ("/action/tool", json!("pay")),
        ("/action/target", json!("x")),
        ("/signer/name", json!("boss")),
        ("/nonce", json!("rnd_00000000000000000000000000000000")),
    ] {
        let mut changed = receipt.clone();
        *changed.pointer_mut(pointer).unwrap() = value;
        own.place.write("r.json", changed.to_string());
        own.place.fails(1, ["verify", "r.json", "--pubkey", "bot"]);
    }
}

#[test]
fn a_receipt_may_come_from_standard_input() {
    let own = OwnLog::new(None);
    let receipt = own.receipt("Read");
    let mut command = own.place.signet();
    command
        .args(["verify", "-", "--pubkey", "bot"])
        .write_stdin(receipt.json().to_vec());
    let said = command.assert().success();
    let said = String::from_utf8(said.get_output().stdout.clone()).unwrap();
    assert!(
        said.starts_with("Valid: \"bot\" signed \"Read\" at "),
        "{said}"
    );
    let mut command = own.place.signet();
    command
        .args(["verify", "-", "--pubkey", "bot"])
        .write_stdin("{")
        .assert()
        .code(3);
}

#[test]
fn json_has_every_axis_and_the_exit_code_is_the_same() {
    let own = OwnLog::new(None);
    own.place.write("r.json", own.receipt("Read").json());
    let answer = own
        .place
        .ok(["verify", "r.json", "--pubkey", "bot", "--json"]);
    let report: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(report["ok"], true);
    assert_eq!(report["checks"].as_array().unwrap().len(), 10);
    assert_eq!(report["signer"]["trusted"], true);
    let other = OwnLog::new(None);
    let key = key_text::prefixed(other.pair.public_key());
    let (exit, stdout, stderr) = run(
        &own.place,
        &["--json", "verify", "r.json", "--pubkey", &key],
    );
    let report: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(
        (exit, &report["ok"], &report["code"]),
        (1, &json!(false), &json!("signer_untrusted")),
        "{stderr}"
    );
    let (exit, stdout, stderr) = run(
        &own.place,
        &["--json", "verify", "none.json", "--pubkey", "bot"],
    );
    let error: Value = serde_json::from_str(&stderr).unwrap();
    assert_eq!(
        (exit, stdout.as_str(), &error["error"]["exit"]),
        (3, "", &json!(3))
    );
}

#[test]
fn a_name_in_a_receipt_cannot_steer_the_terminal() {
    let own = OwnLog::new(None);
    let tool = "x\u{1b}[2J\nValid: \"root\"";
    own.place.write("r.json", own.receipt(tool).json());
    let said = own.place.ok(["verify", "r.json", "--pubkey", "bot"]);
    assert!(said.contains("\\u{1b}[2J\\n"), "{said}");
    assert_eq!(said.lines().count(), 1);
}

fn co_signed() -> (Place, Value, String) {
    let file = recorded::file("cli");
    let case = cases(&file)
        .iter()
        .find(|case| name(case) == "verify/v3-by-key")
        .unwrap()
        .clone();
    let place = place_of(&file, &case);
    let key = case["args"][3].as_str().unwrap().to_owned();
    (place, case, key)
}

#[test]
fn a_co_signed_receipt_is_shown_with_its_names() {
    let (place, _, key) = co_signed();
    let said = place.ok(["verify", "r.json", "--pubkey", &key]);
    assert!(
        said.starts_with("Valid: server \"") && said.contains("\"bot\""),
        "{said}"
    );
    assert!(!said.contains("unknown"), "{said}");
    let report = place.ok(["verify", "r.json", "--pubkey", &key, "--json"]);
    let report: Value = serde_json::from_str(&report).unwrap();
    assert_eq!(
        (&report["server"]["trusted"], &report["signer"]["trusted"]),
        (&json!(true), &json!(false))
    );
    // The agent's key is not the server's.
    place.fails(1, ["verify", "r.json", "--pubkey", "agent"]);
}

#[test]
fn the_nonce_store_counts_with_every_key_v15() {
    let (place, _, key) = co_signed();
    let args = [
        "verify",
        "r.json",
        "--pubkey",
        key.as_str(),
        "--nonce-store",
        "n.json",
    ];
    place.ok(args);
    assert!(place.path().join("n.json").exists());
    let said = place.fails(3, args);
    assert!(said.contains("nonce"), "{said}");
    let said = place.fails(3, args);
    assert!(said.contains("nonce"), "{said}");
    // One that cannot be read is a refusal.
    place.write("broken.json", "[1");
    place.fails(
        3,
        [
            "verify",
            "r.json",
            "--pubkey",
            key.as_str(),
            "--nonce-store",
            "broken.json",
        ],
    );
}

#[test]
fn a_delegated_receipt_stands_on_its_root() {
    let file = recorded::file("cli");
    let case = cases(&file)
        .iter()
        .find(|case| name(case) == "verify/v4-by-key")
        .unwrap();
    let place = place_of(&file, case);
    let agent = case["args"][3].as_str().unwrap();
    let said = place.fails(3, ["verify", "r.json", "--pubkey", agent]);
    assert!(said.contains("root"), "{said}");
    let root = key_text::prefixed(recorded::key("root").public_key());
    let said = place.ok(["verify", "r.json", "--pubkey", &root]);
    assert!(
        said.starts_with("Valid: authorized \"bot\" signed \"Bash\""),
        "{said}"
    );
    let stranger = key_text::prefixed(recorded::key("stranger").public_key());
    place.fails(1, ["verify", "r.json", "--pubkey", &stranger]);
}

#[test]
fn an_authority_must_have_allowed() {
    let file = recorded::file("v0_11");
    let find = |wanted: &str| {
        cases(&file)
            .iter()
            .find(|case| name(case) == wanted)
            .unwrap()
    };
    let place = Place::new();
    recorded_logs::write_files(&place.home(), &file["home_files"]);
    let own = find("receipt/agent-is-its-own-authority");
    place.write("own.json", recorded::text(own));
    place.ok(["verify", "own.json", "--pubkey", "agent"]);
    place.ok([
        "verify",
        "own.json",
        "--pubkey",
        "agent",
        "--authority",
        "agent",
    ]);
    place.fails(
        3,
        [
            "verify",
            "own.json",
            "--pubkey",
            "agent",
            "--authority",
            "mid",
        ],
    );
    // The published Signet accepts a genuine denial.
    place.write(
        "denied.json",
        recorded::text(find("receipt/deny-decision-embedded")),
    );
    place.fails(
        1,
        [
            "verify",
            "denied.json",
            "--pubkey",
            "agent",
            "--authority",
            "mid",
        ],
    );
    place.fails(1, ["verify", "denied.json", "--pubkey", "agent"]);
    // Without a decision nobody has allowed anything.
    place.write(
        "none.json",
        recorded::text(find("receipt/principal-from-key-file")),
    );
    place.ok(["verify", "none.json", "--pubkey", "agent"]);
    let said = place.fails(
        3,
        [
            "verify",
            "none.json",
            "--pubkey",
            "agent",
            "--authority",
            "mid",
        ],
    );
    assert!(said.contains("decision"), "{said}");
    // That decision has expired since.
    place.write("old.json", recorded::text(find("receipt/with-decision")));
    place.fails(
        3,
        [
            "verify",
            "old.json",
            "--pubkey",
            "agent",
            "--authority",
            "mid",
        ],
    );
}

#[test]
fn flags_that_do_not_go_together_are_refused() {
    let own = OwnLog::new(None);
    own.place.write("r.json", own.receipt("Read").json());
    own.place.write("tb.yaml", own.trust());
    for args in [
        &["verify"][..],
        &["verify", "r.json"],
        &["verify", "--pubkey", "bot"],
        &[
            "verify",
            "r.json",
            "--pubkey",
            "bot",
            "--trust-bundle",
            "tb.yaml",
        ],
        &["verify", "r.json", "--chain"],
        &["verify", "--chain", "--pubkey", "bot"],
        &["verify", "--chain", "--nonce-store", "n"],
        &["verify", "--chain", "--authority", "bot"],
        &["verify", "r.json", "--pubkey", "nobody"],
        &["verify", "r.json", "--trust-bundle", "none.yaml"],
    ] {
        let (exit, stdout, stderr) = run(&own.place, args);
        assert_eq!((exit, stdout.as_str()), (3, ""), "{args:?}: {stderr}");
        assert!(stderr.contains("Error: "), "{stderr}");
    }
    let (exit, ..) = run(&own.place, &["verify", "r.json", "--pubkeys", "bot"]);
    assert_eq!(exit, 2);
    let said = own
        .place
        .ok(["verify", "r.json", "--trust-bundle", "tb.yaml"]);
    assert!(
        said.starts_with("Valid: \"bot\" signed \"Read\" at "),
        "{said}"
    );
}
