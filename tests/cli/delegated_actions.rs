//! `signet delegate sign` and `signet delegate verify-auth`.

use serde_json::Value;

use crate::delegating::{chain, place};
use crate::program::Place;

const SIGN: [&str; 10] = [
    "delegate",
    "sign",
    "--key",
    "agent",
    "--tool",
    "Bash",
    "--target",
    "mcp://shell",
    "--chain",
    "chain.json",
];

fn sign(place: &Place, more: &[&str]) -> Value {
    let text = place.ok(SIGN.iter().chain(more).copied());
    place.write("receipt.json", &text);
    serde_json::from_str(&text).unwrap()
}

#[test]
fn a_delegated_action_is_signed_recorded_and_verified() {
    let place = place();
    chain(&place, &["--tools", "Bash", "--ttl", "1h"]);
    let receipt = sign(&place, &["--params", r#"{"cmd":"ls"}"#]);
    assert_eq!(receipt["v"], 4);
    assert_eq!(receipt["signer"]["owner"], "root");
    assert_eq!(receipt["signer"]["principal"], "agent://example/bot");
    assert_eq!(receipt["signer"]["acting_for"], "user://example/alice");
    let logged = place.log_lines();
    assert_eq!(logged.len(), 1);
    assert_eq!(logged[0]["receipt"], receipt);

    let verify = ["delegate", "verify-auth", "receipt.json", "--trusted-roots"];
    let done = place.run(verify.into_iter().chain(["root"])).success();
    let said = String::from_utf8_lossy(&done.get_output().stderr).into_owned();
    assert!(said.contains("corroborated by chain root"), "{said}");
    assert!(said.contains("no records consulted"), "{said}");
    let scope: Value = serde_json::from_slice(&done.get_output().stdout).unwrap();
    assert_eq!(scope["tools"], serde_json::json!(["Bash"]));
    place.fails(3, verify.into_iter().chain(["agent"]));
    place.fails(3, ["delegate", "verify-auth", "receipt.json"]);
    let strict = ["root", "--require-revocation-known"];
    place.fails(3, verify.into_iter().chain(strict));
    place.write(
        "receipt.json",
        receipt.to_string().replace("\"ls\"", "\"rm\""),
    );
    assert_ne!(
        place
            .run(verify.into_iter().chain(["root"]))
            .get_output()
            .status
            .code(),
        Some(0)
    );
}

#[test]
fn claims_of_the_signer_are_said_to_be_claims() {
    let place = place();
    chain(&place, &[]);
    let claims = [
        "--principal",
        "agent://other/x",
        "--acting-for",
        "user://other/y",
    ];
    let receipt = sign(&place, &claims);
    assert_eq!(receipt["signer"]["principal"], "agent://other/x");
    let verify = [
        "delegate",
        "verify-auth",
        "receipt.json",
        "--trusted-roots",
        "root",
    ];
    let done = place.run(verify).success();
    let said = String::from_utf8_lossy(&done.get_output().stderr).into_owned();
    assert!(
        said.contains("user://other/y (a claim of the signer)"),
        "{said}"
    );
    place.fails(3, SIGN.into_iter().chain(["--principal", "me"]));
}

#[test]
fn what_the_chain_does_not_allow_is_not_signed_g12() {
    let place = place();
    chain(&place, &["--tools", "Read"]);
    let said = place.fails(3, SIGN);
    assert!(said.contains("\"Bash\""), "{said}");
    chain(&place, &["--targets", "mcp://other"]);
    place.fails(3, SIGN);
    let token = chain(&place, &[]);
    place.fails(
        3,
        SIGN.map(|arg| if arg == "agent" { "stranger" } else { arg }),
    );
    place.write("chain.json", token.to_string());
    let said = place.fails(3, SIGN);
    assert!(said.contains("array"), "{said}");
    chain(&place, &["--expires", "2020-01-01T00:00:00Z"]);
    place.fails(3, SIGN);
    chain(&place, &[]);
    place.fails(3, SIGN.into_iter().chain(["--params", "{"]));
    place.fails(
        3,
        SIGN.into_iter().chain(["--params", r#"{},"tool":"Read""#]),
    );
    assert!(place.log_lines().is_empty());
}

#[test]
fn a_receipt_that_cannot_be_recorded_is_not_given_out() {
    let place = place();
    chain(&place, &[]);
    std::fs::write(place.home().join("audit"), "in the way").unwrap();
    let done = place.run(SIGN).code(3);
    assert!(done.get_output().stdout.is_empty());
    place.fails(3, SIGN.into_iter().chain(["--output", "r.json"]));
    assert!(!place.path().join("r.json").exists());
    place.ok(SIGN.into_iter().chain(["--no-log"]));
    place.ok(SIGN.into_iter().chain(["--no-log", "--output", "r.json"]));
    assert!(place.path().join("r.json").exists());
}

#[test]
fn a_receipt_on_no_delegation_is_none_of_these() {
    let place = place();
    chain(&place, &[]);
    let v4 = sign(&place, &[]).to_string();
    place.write("receipt.json", v4.replace("\"v\":4", "\"v\":1"));
    let verify = [
        "delegate",
        "verify-auth",
        "receipt.json",
        "--trusted-roots",
        "root",
    ];
    place.fails(3, verify);
}

#[test]
fn the_published_program_takes_what_we_sign_and_we_what_it_signs() {
    let place = place();
    let Some(mut published) = place.published() else {
        return;
    };
    let theirs = |args: &[&str]| {
        let done = place.published().unwrap().args(args).assert().success();
        String::from_utf8(done.get_output().stdout.clone()).unwrap()
    };
    // Ours, checked there.
    let token = chain(
        &place,
        &["--tools", "Bash", "--ttl", "1h", "--max-calls", "9"],
    );
    place.write("t.json", token.to_string());
    theirs(&["delegate", "verify", "t.json"]);
    theirs(&[
        "delegate",
        "verify",
        "chain.json",
        "--trusted-roots",
        "root",
    ]);
    sign(&place, &[]);
    theirs(&[
        "delegate",
        "verify-auth",
        "receipt.json",
        "--trusted-roots",
        "root",
    ]);
    theirs(&["verify", "--chain"]);
    // Theirs, checked here.
    let create = [
        "delegate",
        "create",
        "--from",
        "root",
        "--to",
        "agent",
        "--to-name",
        "bot",
    ];
    let text = published.args(create).assert().success();
    let text = String::from_utf8(text.get_output().stdout.clone()).unwrap();
    place.write("t.json", &text);
    place.ok(["delegate", "verify", "t.json", "--trusted-roots", "root"]);
    place.write("chain.json", format!("[{text}]"));
    place.ok([
        "delegate",
        "verify",
        "chain.json",
        "--trusted-roots",
        "root",
    ]);
    place.write("receipt.json", theirs(&SIGN));
    place.ok([
        "delegate",
        "verify-auth",
        "receipt.json",
        "--trusted-roots",
        "root",
    ]);
    assert_eq!(place.log_lines().len(), 2);
    theirs(&["verify", "--chain"]);
}
