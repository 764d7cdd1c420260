//! `signet sign` and `signet quickstart`.

use std::process::Stdio;

use serde_json::Value;
use signet::encoding::jcs::Limits;
use signet::encoding::record::Reading;
use signet::identity::Keystore;
use signet::log::{ParamsKey, VerifyOptions, verify_folder};
use signet::receipt::{self, Expiry, Receipt};

use crate::program::Place;
use crate::recorded_runs;

const LIMITED: &str = "version: 1\nname: twice\ndefault_action: deny\nrules:\n - {id: two, match: {tool: t}, action: allow, rate_limit: {max_calls: 2, window_seconds: 3600}}\n";

/// `sign` with the identity `agent` and what a call needs.
fn arguments<'a>(rest: &'a [&'a str]) -> Vec<&'a str> {
    let mut args = vec!["sign", "--key", "agent", "--target", "mcp://x"];
    args.extend(rest);
    if !rest.iter().any(|arg| arg.starts_with("--params")) {
        args.extend(["--params", "{}"]);
    }
    if !rest.iter().any(|arg| arg.starts_with("--tool")) {
        args.extend(["--tool", "t"]);
    }
    args
}

fn signed(place: &Place, rest: &[&str]) -> Value {
    serde_json::from_str(&place.ok(arguments(rest))).unwrap()
}

/// The records of the log.
fn records(place: &Place) -> Vec<Value> {
    let Ok(folder) = std::fs::read_dir(place.home().join("audit")) else {
        return Vec::new();
    };
    let mut segments: Vec<_> = folder.map(|entry| entry.unwrap().path()).collect();
    segments.retain(|path| {
        path.extension()
            .is_some_and(|extension| extension == "jsonl")
    });
    segments.sort();
    let text: String = segments
        .iter()
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect();
    let receipt = |line| serde_json::from_str::<Value>(line).unwrap()["receipt"].take();
    text.lines().map(receipt).collect()
}

/// What the library says about a receipt of `agent`.
fn verify(place: &Place, text: &str) {
    let store = Keystore::open(place.home()).unwrap();
    let key = store.public_key("agent").unwrap();
    let receipt = Receipt::parse(text.as_bytes(), Reading::Strict, &Limits::default()).unwrap();
    let options = receipt::VerifyOptions {
        trusted: &[&key],
        expiry: Expiry::Ignored,
    };
    receipt.verify(&options).unwrap();
}

#[test]
fn the_receipt_that_is_printed_is_the_one_in_the_log() {
    let place = Place::with_agent();
    let ids = [
        "--session",
        "s",
        "--call-id",
        "c",
        "--trace-id",
        "t",
        "--parent-receipt-id",
        "p",
    ];
    let text = place.ok(arguments(&ids));
    verify(&place, &text);
    let receipt: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(receipt["action"]["parent_receipt_id"], "p");
    assert_eq!(records(&place), [receipt]);
    assert_eq!(place.ok(arguments(&["--output", "r.json"])), "");
    let written = std::fs::read_to_string(place.path().join("r.json")).unwrap();
    assert_eq!(
        records(&place)[1],
        serde_json::from_str::<Value>(&written).unwrap()
    );
    signed(&place, &["--no-log"]);
    assert_eq!(records(&place).len(), 2);
}

#[test]
fn what_cannot_be_logged_has_no_receipt() {
    let place = Place::with_agent();
    place.home_file("audit", "not a folder");
    let done = place.run(arguments(&[])).code(3);
    let output = done.get_output();
    assert!(output.stdout.is_empty());
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("--no-log"), "{said}");
    place.run(arguments(&["--output", "r.json"])).code(3);
    assert!(!place.path().join("r.json").exists());
    signed(&place, &["--no-log"]);
}

#[test]
fn integers_of_any_size_are_signed_as_they_are_e4() {
    let place = Place::with_agent();
    let params = r#"{"id":9007199254740993,"big":123456789012345678901234567890}"#;
    let text = place.ok(arguments(&["--params", params]));
    verify(&place, &text);
    let receipt = Receipt::parse(text.as_bytes(), Reading::Strict, &Limits::default()).unwrap();
    assert_eq!(receipt.params(), params.as_bytes());
    let Some(mut theirs) = place.published() else {
        return;
    };
    place.write("r.json", &text);
    theirs
        .args(["verify", "r.json", "--pubkey", "agent"])
        .assert()
        .success();
}

#[test]
fn params_are_one_json_value_and_nothing_else() {
    let place = Place::with_agent();
    for params in [
        "",
        "{",
        "1,\"tool\":\"rm\"",
        "{} {}",
        "{\"a\":1,\"a\":2}",
        "NaN",
        "1e999",
        "@nowhere",
    ] {
        place.fails(3, arguments(&["--params", params]));
    }
    assert!(records(&place).is_empty());
    // What a variable holds is never a file's name.
    place.write("secret.json", "{\"token\":1}");
    let mut command = place.signet();
    command
        .args(arguments(&["--params-from-env", "P"]))
        .env("P", "@secret.json");
    let done = command.assert().code(3);
    assert!(done.get_output().stdout.is_empty());
    let mut command = place.signet();
    command.args(arguments(&[
        "--params-from-env",
        "P",
        "--tool-from-env",
        "T",
    ]));
    let done = command
        .env("P", "{\"e\":1}")
        .env("T", "from env")
        .assert()
        .success();
    let receipt: Value = serde_json::from_slice(&done.get_output().stdout).unwrap();
    assert_eq!(
        (
            &receipt["action"]["tool"],
            &receipt["action"]["params"]["e"]
        ),
        (&"from env".into(), &1.into())
    );
}

#[test]
fn encrypted_params_are_only_in_the_receipt_and_open_with_the_key() {
    let place = Place::with_agent();
    let receipt = signed(&place, &["--params", "{\"pin\":4711}", "--encrypt-params"]);
    assert_eq!(receipt["action"]["params"]["pin"], 4711);
    let record = &records(&place)[0];
    assert!(record["action"].get("params").is_none());
    let pair = Keystore::open(place.home())
        .unwrap()
        .load("agent", None)
        .unwrap();
    let opened = ParamsKey::of(&pair)
        .unwrap()
        .open(record.to_string().as_bytes())
        .unwrap();
    assert_eq!(
        serde_json::from_slice::<Value>(opened.json()).unwrap(),
        receipt
    );
}

#[test]
fn principals_are_those_of_the_key_file_unless_others_are_given() {
    let place = Place::new();
    let generate =
        "identity generate --name agent --unencrypted --owner ops --principal agent://example/bot";
    place.ok(generate.split(' '));
    let signer = signed(&place, &[])["signer"].take();
    assert_eq!(
        (&signer["principal"], &signer["owner"]),
        (&"agent://example/bot".into(), &"ops".into())
    );
    let claims = [
        "--principal",
        "agent://example/other",
        "--acting-for",
        "user://example/alice",
    ];
    let text = place.ok(arguments(&claims));
    verify(&place, &text);
    let receipt: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(receipt["signer"]["principal"], "agent://example/other");
    assert_eq!(receipt["signer"]["acting_for"], "user://example/alice");
    place.fails(3, arguments(&["--acting-for", "alice"]));
    assert_eq!(records(&place).len(), 2);
}

#[test]
fn a_refused_call_leaves_a_record_and_no_receipt() {
    let place = Place::with_agent();
    place.write("p.yaml", "version: 1\nname: strict\nrules:\n - {id: no-rm, match: {tool: rm}, action: deny, reason: never}\n - {id: ask, match: {tool: pay}, action: require_approval, reason: ask}\n");
    for (tool, exit, verdict) in [
        ("rm", 1, "deny (no-rm)"),
        ("pay", 2, "require_approval (ask)"),
    ] {
        for (no_log, recorded) in [(false, 1), (true, 0)] {
            let before = records(&place).len();
            let call = ["--tool", tool, "--policy", "p.yaml"];
            let mut args = arguments(&call);
            args.extend(no_log.then_some("--no-log"));
            let done = place.run(args).code(exit);
            assert!(done.get_output().stdout.is_empty());
            let said = String::from_utf8_lossy(&done.get_output().stderr).into_owned();
            assert!(
                said.starts_with(&format!("Policy \"strict\": {verdict}\n")),
                "{said}"
            );
            assert_eq!(records(&place).len(), before + recorded);
        }
    }
    assert_eq!(records(&place)[0]["type"], "policy_violation");
    let error = place.fails(
        1,
        arguments(&["--json", "--tool", "rm", "--policy", "p.yaml"]),
    );
    let error: Value = serde_json::from_str(&error).unwrap();
    assert_eq!(error["error"]["code"], "policy_denied");
    let receipt = signed(&place, &["--policy", "p.yaml"]);
    assert_eq!(receipt["policy"]["policy_name"], "strict");
}

#[test]
fn the_obligations_of_an_allowed_call_are_said() {
    let place = Place::with_agent();
    place.write("p.yaml", "version: 1\nrules:\n - {id: a, match: {}, action: allow, obligations: [{type: sandbox, version: 1, parameters: {required: true}}]}\n");
    let done = place.run(arguments(&["--policy", "p.yaml"])).success();
    let said = String::from_utf8_lossy(&done.get_output().stderr).into_owned();
    assert!(
        said.contains("Obligations") && said.contains("sandbox"),
        "{said}"
    );
}

#[test]
fn a_policy_sees_the_params_that_the_receipt_hides() {
    let place = Place::with_agent();
    place.write(
        "p.yaml",
        "version: 1\nrules:\n - {id: large, match: {params: {n: {gt: 5}}}, action: deny}\n",
    );
    let hidden =
        |params| arguments(&["--params", params, "--hash-only", "--policy", "p.yaml"]).join(" ");
    place.run(hidden("{\"n\":9}").split(' ')).code(1);
    let receipt: Value = serde_json::from_str(&place.ok(hidden("{\"n\":1}").split(' '))).unwrap();
    assert_eq!(receipt["action"]["params"], Value::Null);
}

#[test]
fn a_rate_limit_holds_across_processes_e7() {
    let place = Place::with_agent();
    place.write("p.yaml", LIMITED);
    let running: Vec<_> = (0..6)
        .map(|_| {
            std::process::Command::new(env!("CARGO_BIN_EXE_signet"))
                .args(arguments(&["--policy", "p.yaml"]))
                .env("SIGNET_HOME", place.home())
                .current_dir(place.path())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    let mut exits: Vec<_> = running
        .into_iter()
        .map(|child| child.wait_with_output().unwrap().status.code().unwrap())
        .collect();
    exits.sort();
    assert_eq!(exits, [0, 0, 1, 1, 1, 1]);
    let records = records(&place);
    let receipts = records.iter().filter(|record| record["id"].is_string());
    assert_eq!((receipts.count(), records.len()), (2, 6));
    // Nothing would count a call that is not logged.
    let said = place.fails(2, arguments(&["--policy", "p.yaml", "--no-log"]));
    assert!(said.contains("rate limit"), "{said}");
    // Signing without the policy counts, too; other tools have their own count.
    place.fails(1, arguments(&["--policy", "p.yaml"]));
}

#[test]
fn calls_that_the_published_program_signed_count_towards_a_limit_e7() {
    let place = Place::with_agent();
    place.write("p.yaml", LIMITED);
    signed(&place, &["--policy", "p.yaml"]);
    let Some(mut theirs) = place.published() else {
        return;
    };
    theirs.args(arguments(&[])).assert().success();
    place.fails(1, arguments(&["--policy", "p.yaml"]));
}

#[test]
fn the_published_program_verifies_what_we_sign_and_log_and_we_what_it_does() {
    let place = Place::with_agent();
    let theirs = |args: &[&str]| {
        let mut theirs = place.published()?;
        let done = theirs.env("SIGNET_PASSPHRASE", "pw").args(args).assert();
        let output = done.get_output().clone();
        assert!(output.status.success(), "{args:?}: {output:?}");
        Some(String::from_utf8(output.stdout).unwrap())
    };
    if theirs(&["identity", "generate", "--name", "locked"]).is_none() {
        return;
    }
    place.write(
        "p.yaml",
        "version: 1\nname: p\nrules:\n - {id: a, match: {}, action: allow, reason: fine}\n",
    );
    let mut ours = place.without_terminal();
    ours.args(["identity", "generate", "--name", "ours"])
        .env("SIGNET_PASSPHRASE", "pw");
    ours.assert().success();
    for flags in [
        &[][..],
        &["--policy", "p.yaml"],
        &["--hash-only"],
        &["--encrypt-params", "--params", "{\"a\":[1,2.5,\"ü\"]}"],
        &[
            "--principal",
            "agent://e/a",
            "--acting-for",
            "user://e/u",
            "--session",
            "s",
        ],
    ] {
        // Opening an encrypted key takes its time.
        let keys = ["agent", "locked", "ours"];
        for key in keys.into_iter().take(if flags.is_empty() { 3 } else { 1 }) {
            let args: Vec<_> = arguments(flags)
                .into_iter()
                .map(|arg| match arg {
                    "agent" => key,
                    arg => arg,
                })
                .collect();
            let mut ours = place.without_terminal();
            let done = ours
                .args(&args)
                .env("SIGNET_PASSPHRASE", "pw")
                .assert()
                .success();
            let ours = String::from_utf8(done.get_output().stdout.clone()).unwrap();
            place.write("r.json", &ours);
            assert!(
                theirs(&["verify", "r.json", "--pubkey", key])
                    .unwrap()
                    .contains("Valid")
            );
            let theirs = theirs(&args).unwrap();
            // The same members in the same order, and the same values where they
            // do not differ from call to call.
            assert_eq!(recorded_runs::masked(&ours), recorded_runs::masked(&theirs));
            if key == "agent" {
                verify(&place, &theirs);
            }
        }
    }
    theirs(&["verify", "--chain"]).unwrap();
    let keys = "agent,locked,ours";
    theirs(&["audit", "--verify", "--trusted-agent-key", keys]).unwrap();
    let audit = place.home().join("audit");
    let report = verify_folder(&audit, &VerifyOptions::default(), &mut Vec::new()).unwrap();
    assert_eq!(report.records, 14);
    assert_eq!(report.verdict, signet::log::Verdict::Ok);
}

#[test]
fn a_first_call_is_signed_without_a_question() {
    let place = Place::new();
    let done = place.run(["quickstart"]).success();
    assert!(done.get_output().stdout.is_empty());
    let said = String::from_utf8_lossy(&done.get_output().stderr).into_owned();
    assert!(
        said.contains("signet-agent") && said.contains("home/audit/"),
        "{said}"
    );
    let again: Value = serde_json::from_str(&place.ok(["quickstart", "--json"])).unwrap();
    assert_eq!(again["created"], false);
    let records = records(&place);
    assert_eq!(records.len(), 2);
    assert_eq!(records[1]["id"], again["receipt_id"]);
    assert_eq!(records[0]["signer"]["name"], "signet-agent");
}

#[test]
fn what_tells_of_a_call_is_written_for_its_owner() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::with_identities(&["agent", "log"]);
    let mode = |name: &str| {
        let file = std::fs::metadata(place.path().join(name)).unwrap();
        file.permissions().mode() & 0o777
    };
    let secret = r#"{"pin":1234}"#;
    let call = ["--tool", "t", "--target", "x", "--params", secret];
    let sign = ["sign", "--key", "agent", "--output", "receipt.json"];
    place.ok(sign.into_iter().chain(call));
    place.ok(["log", "prove", "0", "--output", "call.proof"]);
    place.ok(["log", "prove", "0", "--record", "line.json"]);
    for name in ["receipt.json", "call.record.json", "line.json"] {
        assert_eq!(mode(name), 0o600, "{name}");
    }
    // What somebody has chosen stays, and a link stays one.
    let path = place.path().join("receipt.json");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    std::os::unix::fs::symlink("receipt.json", place.path().join("link.json")).unwrap();
    let before = std::fs::read(&path).unwrap();
    place.ok(["sign", "--key", "agent", "--output", "link.json"]
        .into_iter()
        .chain(call));
    assert_eq!(mode("receipt.json"), 0o640);
    assert_ne!(std::fs::read(&path).unwrap(), before);
    assert!(
        std::fs::symlink_metadata(place.path().join("link.json"))
            .unwrap()
            .is_symlink()
    );
}

#[test]
fn a_receipt_is_printed_byte_for_byte() {
    let place = Place::with_agent();
    // What a terminal would take for a command, and JSON for letters.
    let params = "{\"a\":\"x\u{7f}\u{9b}1my\u{90}z\u{9c}\"}";
    let call = ["--tool", "t", "--target", "x", "--params", params];
    let receipt = place.ok(["sign", "--key", "agent"].into_iter().chain(call));
    assert!(receipt.contains(params), "{receipt:?}");
    place.write("receipt.json", receipt);
    place.ok(["verify", "receipt.json", "--pubkey", "agent"]);
    assert!(place.ok(["audit", "--json"]).contains(params));
    assert!(place.ok(["explore", "--json"]).contains(params));
}
