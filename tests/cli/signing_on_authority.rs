//! `signet sign` on a delegation, on an authority's decision, and with an authority
//! that decides on the spot.

use serde_json::Value;

use crate::authorizing::{asked, delegated, json, place};
use crate::program::Place;

fn sign<'a>(more: &[&'a str]) -> Vec<&'a str> {
    let args = [
        "sign",
        "--key",
        "agent",
        "--tool",
        "deploy",
        "--params",
        "{}",
        "--target",
        "mcp://prod",
    ];
    args.into_iter().chain(more.iter().copied()).collect()
}

fn decided(place: &Place, more: &[&str]) {
    let output = ["--output", "d.json"];
    place.ok(asked("deploy", &[more, &output].concat()));
}

fn signed(place: &Place, more: &[&str]) -> Value {
    json(place.ok(sign(more)))
}

#[test]
fn a_decision_is_carried_by_the_receipt_that_rests_on_it() {
    let place = place();
    decided(&place, &[]);
    let receipt = signed(&place, &["--decision", "d.json"]);
    let decision = json(std::fs::read(place.path().join("d.json")).unwrap());
    assert_eq!(receipt["authz_decision"], decision);
    assert_eq!(receipt["v"], 1);
    assert_eq!(place.log_lines()[0]["receipt"], receipt);
    for more in [
        vec!["--principal", "agent://other/x"],
        vec!["--policy", "policy.yaml"],
        vec!["--authority-key", "auth"],
    ] {
        place.fails(3, sign(&[&["--decision", "d.json"][..], &more].concat()));
    }
    let other = sign(&["--decision", "d.json"])
        .iter()
        .map(|arg| match *arg {
            "mcp://prod" => "mcp://other",
            arg => arg,
        })
        .collect::<Vec<_>>();
    place.fails(3, other);
    assert_eq!(place.log_lines().len(), 1);
}

#[test]
fn a_decision_is_used_as_often_as_it_says_whatever_else_is_in_the_log_g5_g6() {
    let place = place();
    decided(&place, &["--max-calls", "2"]);
    signed(&place, &["--decision", "d.json"]);
    // A denied call in the log resets no count.
    place.fails(
        1,
        [
            "sign",
            "--key",
            "agent",
            "--tool",
            "no",
            "--params",
            "{}",
            "--target",
            "x",
            "--policy",
            "policy.yaml",
        ],
    );
    signed(&place, &["--decision", "d.json"]);
    let said = place.fails(3, sign(&["--decision", "d.json"]));
    assert!(said.contains("2 are in the log"), "{said}");
    // What nothing counts is not signed.
    decided(&place, &["--max-calls", "1"]);
    place.fails(3, sign(&["--decision", "d.json", "--no-log"]));
    std::thread::scope(|scope| {
        let tries: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    place
                        .run(sign(&["--decision", "d.json"]))
                        .get_output()
                        .status
                        .code()
                })
            })
            .collect();
        let ends = tries.into_iter().map(|one| one.join().unwrap());
        assert_eq!(ends.filter(|end| *end == Some(0)).count(), 1);
    });
}

#[test]
fn a_revoked_decision_or_delegation_is_not_signed_on() {
    let place = place();
    decided(&place, &[]);
    delegated(&place);
    signed(&place, &["--chain", "chain.json"]);
    place.ok(["revoke", "--decision", "d.json"]);
    place.fails(3, sign(&["--decision", "d.json"]));
    signed(&place, &["--chain", "chain.json"]);
    place.ok(["revoke", "--chain", "chain.json"]);
    place.fails(3, sign(&["--chain", "chain.json"]));
}

#[test]
fn a_call_on_a_delegation_is_of_version_4_and_may_carry_a_decision() {
    let place = place();
    delegated(&place);
    decided(&place, &[]);
    let receipt = signed(&place, &["--chain", "chain.json", "--decision", "d.json"]);
    assert_eq!(receipt["v"], 4);
    assert!(receipt["authz_decision"].is_object());
    place.write("receipt.json", receipt.to_string());
    place.ok([
        "delegate",
        "verify-auth",
        "receipt.json",
        "--trusted-roots",
        "root",
    ]);
    let plain = signed(&place, &["--chain", "chain.json"]);
    assert_eq!(plain["authz_decision"], Value::Null);
    // The policy would not be attested.
    place.fails(
        3,
        sign(&["--chain", "chain.json", "--policy", "policy.yaml"]),
    );
}

#[test]
fn an_authority_decides_on_the_spot_by_its_policy() {
    let place = place();
    let on_the_spot = ["--policy", "policy.yaml", "--authority-key", "auth"];
    place.fails(3, sign(&on_the_spot));
    let named = ["--authority-principal", "agent://example/security"];
    let receipt = signed(&place, &[&on_the_spot[..], &named].concat());
    assert_eq!(receipt["authz_decision"]["subject"], "agent://example/bot");
    assert_eq!(receipt["authz_decision"]["basis"]["matched_rules"][0], "ok");
    assert_eq!(receipt["policy"], Value::Null);
    place.principal("auth", "agent://example/security");
    signed(&place, &on_the_spot);
    // An authority without a policy decides nothing, and is not passed over.
    place.fails(3, sign(&["--authority-key", "auth"]));
    place.fails(
        3,
        sign(&["--authority-principal", "agent://example/security"]),
    );
}

#[test]
fn the_published_program_verifies_what_we_sign_on_authority() {
    let place = place();
    if place.published().is_none() {
        return;
    }
    delegated(&place);
    decided(&place, &[]);
    for more in [
        vec!["--decision", "d.json"],
        vec![
            "--policy",
            "policy.yaml",
            "--authority-key",
            "auth",
            "--authority-principal",
            "agent://a/b",
        ],
    ] {
        place.write("r.json", place.ok(sign(&more)));
        let verify = [
            "verify",
            "r.json",
            "--pubkey",
            "agent",
            "--authority",
            "auth",
        ];
        place.published().unwrap().args(verify).assert().success();
    }
    place.write(
        "r.json",
        place.ok(sign(&["--chain", "chain.json", "--decision", "d.json"])),
    );
    let verify = [
        "delegate",
        "verify-auth",
        "r.json",
        "--trusted-roots",
        "root",
    ];
    place.published().unwrap().args(verify).assert().success();
}
