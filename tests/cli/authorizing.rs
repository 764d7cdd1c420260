//! `signet authorize`, `signet revoke`, `signet revocations` and what they mean for
//! delegations.

use serde_json::Value;
use signet::authority::decision::AuthorityDecision;
use signet::encoding::rfc3339::Instant;
use signet::receipt::{Action, ActionOptions};

use crate::documentation::assert_documented;
use crate::program::Place;
use crate::recorded::{cases, file, name};
use crate::recorded_runs::{masked, place_of};

const POLICY: &str = "version: 1
name: gate
rules:
 - {id: ok, match: {tool: deploy}, action: allow, reason: listed, obligations: [{type: sandbox, version: 1, parameters: {required: true}}]}
 - {id: ask, match: {tool: ask}, action: require_approval, reason: policy violation}
 - {id: no, match: {tool: no}, action: deny, reason: requires approval}
 - {id: few, match: {tool: few}, action: allow, reason: some, rate_limit: {max_calls: 9, window_seconds: 60}}
";

pub fn place() -> Place {
    let place = Place::with_identities(&["root", "agent", "auth"]);
    place.principal("root", "user://example/alice");
    place.principal("agent", "agent://example/bot");
    place.write("policy.yaml", POLICY);
    place
}

pub fn asked<'a>(tool: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let args = [
        "authorize",
        "--key",
        "auth",
        "--authority",
        "agent://example/security",
        "--subject",
        "agent://example/bot",
        "--target",
        "mcp://prod",
        "--policy",
        "policy.yaml",
        "--tool",
        tool,
    ];
    args.into_iter().chain(more.iter().copied()).collect()
}

pub fn json(text: impl AsRef<[u8]>) -> Value {
    serde_json::from_slice(text.as_ref()).unwrap()
}

/// Writes `chain.json`, a delegation from root to agent, and `receipt.json`, a
/// receipt that rests on it; the id of the delegation.
pub fn delegated(place: &Place) -> String {
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
    let token = json(place.ok(create));
    place.write("chain.json", Value::from(vec![token.clone()]).to_string());
    place.write("receipt.json", place.ok(SIGN));
    token["id"].as_str().unwrap().to_owned()
}

const SIGN: [&str; 10] = [
    "delegate",
    "sign",
    "--key",
    "agent",
    "--tool",
    "t",
    "--target",
    "x",
    "--chain",
    "chain.json",
];
const VERIFY: [&str; 5] = [
    "delegate",
    "verify-auth",
    "receipt.json",
    "--trusted-roots",
    "root",
];

#[test]
fn an_authority_decides_what_its_policy_allows() {
    let place = place();
    let done = place.run(asked(
        "deploy",
        &[
            "--params",
            r#"{"a":[2.5,"é"]}"#,
            "--transport",
            "STDIO",
            "--ttl",
            "1h",
            "--max-calls",
            "2",
            "--credential-ref",
            "grant://vault/1",
        ],
    ));
    let output = done.success().get_output().clone();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        said.contains("agent://example/security → agent://example/bot"),
        "{said}"
    );
    assert!(
        said.contains(r#"{"type":"sandbox","version":1,"parameters":{"required":true}}"#),
        "{said}"
    );
    let decision = AuthorityDecision::parse(&output.stdout).unwrap();
    let action = r#"{"tool":"deploy","params":{"a":[2.5,"é"]},"target":"mcp://prod"}"#;
    let action = Action::parse(action.as_bytes(), &ActionOptions::default()).unwrap();
    decision
        .check_allows(&action, "agent://example/bot", Instant::now())
        .unwrap();
    let text = json(&output.stdout);
    assert_eq!(text["basis"]["matched_rules"][0], "ok");
    assert_eq!(text["constraints"][0]["max_calls"], 2);
    assert_eq!(text["credential_ref"], "grant://vault/1");
    assert!(text["expires_at"].is_string());
    let first = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        first.starts_with("{\n  \"v\": 1,\n  \"decision_id\": \"dec_"),
        "{first}"
    );

    let plain = json(place.ok(asked("deploy", &[])));
    assert_eq!(plain["expires_at"], Value::Null);
    assert_eq!(plain["constraints"], serde_json::json!([]));
    place.ok(asked("deploy", &["--output", "d.json"]));
    assert!(place.path().join("d.json").exists());
}

#[test]
fn what_the_policy_does_not_allow_is_not_authorised_e1() {
    let place = place();
    // The words of a reason do not choose the exit code.
    place.fails(2, asked("ask", &[]));
    place.fails(1, asked("no", &[]));
    place.fails(2, asked("few", &[]));
    for more in [
        ["--ttl", "0h"],
        ["--ttl", "soon"],
        ["--max-calls", "0"],
        ["--params", "{"],
        ["--params", "@missing.json"],
        ["--policy", "missing.yaml"],
        ["--authority", "nobody"],
        ["--subject", "agent://Example/bot"],
        ["--key", "nobody"],
    ] {
        let args = asked("deploy", &[]);
        let replaced: Vec<&str> = match args.iter().position(|arg| *arg == more[0]) {
            Some(at) => [&args[..at], &more[..], &args[at + 2..]].concat(),
            None => [&args[..], &more[..]].concat(),
        };
        let done = place.run(replaced).code(3);
        assert!(done.get_output().stdout.is_empty());
    }
    place.fails(2, ["authorize", "--key", "auth"]);
}

#[test]
fn a_revoked_delegation_is_neither_used_nor_verified_g8() {
    let place = place();
    let id = delegated(&place);
    place.ok(VERIFY);
    let said = place.run(["revoke", "--chain", "chain.json", "--reason", "lost laptop"]);
    let said = String::from_utf8_lossy(&said.success().get_output().stderr).into_owned();
    assert!(
        said.contains(&id) && said.contains("user://example/alice"),
        "{said}"
    );
    let list = std::fs::read_to_string(place.home().join("revocations.jsonl")).unwrap();
    let record = json(&list);
    assert_eq!(record["artifact_id"], id.as_str());
    assert_eq!(record["reason"], "lost laptop");
    assert!(
        list.starts_with("{\"v\":1,\"artifact_type\":\"delegation_token\""),
        "{list}"
    );

    let said = place.fails(3, SIGN);
    assert!(said.contains("revoked"), "{said}");
    place.fails(3, SIGN.into_iter().chain(["--no-log"]));
    let said = place.fails(3, VERIFY);
    assert!(said.contains("revoked"), "{said}");
    // A list without it knows nothing, and says so.
    place.write("none.jsonl", "");
    place.ok(VERIFY.into_iter().chain(["--revocations", "none.jsonl"]));
    place.fails(
        3,
        VERIFY.into_iter().chain(["--revocations", "missing.jsonl"]),
    );
    let known = ["--revocations", "none.jsonl", "--require-revocation-known"];
    place.fails(3, VERIFY.into_iter().chain(known));
}

#[test]
fn a_list_that_cannot_be_read_revokes_nothing_silently_g7() {
    let place = place();
    delegated(&place);
    place.ok(["revoke", "--chain", "chain.json"]);
    let path = place.home().join("revocations.jsonl");
    let good = std::fs::read_to_string(&path).unwrap();
    for bad in [
        format!("{good}{{broken\n"),
        format!("{{broken\n{good}"),
        good.replace("\"reason\":\"\"", "\"reason\":\"edited\""),
        good.trim_end().trim_end_matches('}').to_owned(),
    ] {
        std::fs::write(&path, bad).unwrap();
        place.fails(3, SIGN);
        place.fails(3, VERIFY);
    }
    std::fs::write(&path, "{broken\n").unwrap();
    let said = place.fails(3, SIGN);
    assert!(said.contains("signet revocations check"), "{said}");
    // Nor is anything added behind what cannot be read.
    place.fails(3, ["revoke", "--chain", "chain.json"]);
    assert_documented(["A list of revocations with a line that is no record."]);
}

#[test]
fn only_the_issuer_revokes_and_only_what_it_issued() {
    let place = place();
    let id = delegated(&place);
    place.fails(
        3,
        ["revoke", "--chain", "chain.json", "--token-id", "del_other"],
    );
    place.fails(2, ["revoke"]);
    place.fails(
        2,
        [
            "revoke",
            "--chain",
            "chain.json",
            "--decision",
            "chain.json",
        ],
    );
    place.fails(2, ["revoke", "--token-id", &id, "--decision", "chain.json"]);
    place.fails(3, ["revoke", "--decision", "chain.json"]);
    let chain = std::fs::read_to_string(place.path().join("chain.json")).unwrap();
    let other = format!("del_{}", "0".repeat(32));
    place.write("renamed.json", chain.replace(&id, &other));
    place.fails(3, ["revoke", "--chain", "renamed.json"]);
    let elsewhere = Place::with_identities(&["root"]);
    elsewhere.write("chain.json", chain);
    elsewhere.fails(3, ["revoke", "--chain", "chain.json"]);
    assert!(!place.home().join("revocations.jsonl").exists());
    place.ok(["revoke", "--chain", "chain.json", "--token-id", &id]);
}

#[test]
fn a_decision_is_revoked_by_its_authority() {
    let place = place();
    place.ok(asked("deploy", &["--output", "d.json"]));
    let line = json(place.ok(["revoke", "--decision", "d.json", "--json"]));
    let decision = json(std::fs::read(place.path().join("d.json")).unwrap());
    assert_eq!(line["artifact_id"], decision["decision_id"]);
    assert_eq!(line["revoked_by"], "x-local://keys/auth");
}

#[test]
fn an_identity_with_any_name_can_revoke() {
    let place = Place::with_identities(&["Root_A", "-x", "agent"]);
    for from in ["Root_A", "-x"] {
        let from = format!("--from={from}");
        let create = [
            "delegate",
            "create",
            &from,
            "--to",
            "agent",
            "--to-name",
            "bot",
        ];
        let token = json(place.ok(create));
        place.write("chain.json", Value::from(vec![token]).to_string());
        place.ok(["revoke", "--chain", "chain.json"]);
    }
    let checked = place.ok(["revocations", "check"]);
    assert!(checked.contains("by x-local://keys/root_a)"), "{checked}");
}

#[test]
fn the_list_is_checked_and_pruned_only_when_that_is_meant() {
    let place = place();
    assert_eq!(place.ok(["revocations", "check"]), "");
    assert_eq!(place.ok(["revocations", "check", "--json"]), "[]\n");
    let id = delegated(&place);
    place.ok(["revoke", "--chain", "chain.json"]);
    let path = place.home().join("revocations.jsonl");
    let good = std::fs::read_to_string(&path).unwrap();
    let checked = place.ok(["revocations", "check"]);
    assert!(
        checked.starts_with(&format!("line 1: OK  token {id} (revoked_at ")),
        "{checked}"
    );
    // A torn end is not written over, and the next record stands by itself.
    std::fs::write(&path, format!("{good}{{torn")).unwrap();
    let said = place.run(["revocations", "check"]).success();
    let said = String::from_utf8_lossy(&said.get_output().stderr).into_owned();
    assert!(said.contains("line 2: MALFORMED"), "{said}");
    let lines = json(place.ok(["revocations", "check", "--json"]));
    assert_eq!(
        (&lines[0]["ok"], &lines[1]["ok"]),
        (&true.into(), &false.into())
    );
    place.fails(3, ["revocations", "check", "--prune"]);
    assert!(std::fs::read_to_string(&path).unwrap().contains("torn"));
    place.ok(["revocations", "check", "--prune", "--yes"]);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), good);
    place.fails(3, SIGN);
    std::fs::write(&path, good.trim_end()).unwrap();
    place.ok(["revoke", "--chain", "chain.json"]);
    assert_eq!(place.ok(["revocations", "check"]).lines().count(), 4);
}

/// Recorded runs of `delegate verify-auth` with lists of revocations, as of their
/// clock.
#[test]
fn recorded_revocations_hold_as_recorded() {
    let file = file("v0_11");
    let case_of = |wanted: &str| {
        cases(&file)
            .iter()
            .find(|case| name(case) == wanted)
            .unwrap()
    };
    let honest = case_of("receipt-v4/with-principals");
    let exit = |place: &Place, more: &[&str]| {
        let args = [
            "delegate",
            "verify-auth",
            "r.json",
            "--trusted-roots",
            "root",
            "--at",
            file["clock"].as_str().unwrap(),
        ];
        let done = place.run(args.into_iter().chain(more.iter().copied()));
        let output = done.get_output().clone();
        (
            output.status.code().map(i64::from),
            String::from_utf8(output.stdout).unwrap(),
        )
    };
    let place = place_of(&file, honest);
    place.write("r.json", honest["text"].as_str().unwrap());
    let there = &honest["verify_auth"]["signet-0.11.0"];
    let (code, stdout) = exit(&place, &[]);
    assert_eq!(code, there["exit"].as_i64());
    assert_eq!(masked(&stdout), masked(there["stdout"].as_str().unwrap()));
    let (code, _) = exit(&place, &["--require-revocation-known"]);
    let none = &case_of("revocation/token")["verify_auth_no_records"]["signet-0.11.0"];
    assert_eq!(code, none["exit"].as_i64());
    for name in ["revocation/token", "revocation/edited-record"] {
        let case = case_of(name);
        place.write("list.jsonl", case["revocations"].as_str().unwrap());
        let (code, stdout) = exit(&place, &["--revocations", "list.jsonl"]);
        assert_eq!(
            code,
            case["verify_auth"]["signet-0.11.0"]["exit"].as_i64(),
            "{name}"
        );
        assert_eq!(stdout, "", "{name}");
    }
    // There a token escapes its revocation under another id.
    let renamed = case_of("revocation/evaded-by-renaming-the-token");
    place.write("r.json", renamed["text"].as_str().unwrap());
    assert_eq!(exit(&place, &[]).0, Some(3));
    let posing = case_of("receipt-v4/signer-pubkey-of-somebody-else");
    place.write("r.json", posing["text"].as_str().unwrap());
    let there = posing["verify_auth"]["signet-0.11.0"]["exit"].as_i64();
    assert_eq!(exit(&place, &[]).0, there);
}

#[test]
fn recorded_tokens_of_0_11_are_verified_as_recorded() {
    let file = file("v0_11");
    let tokens = cases(&file)
        .iter()
        .filter(|case| name(case).starts_with("token/"));
    let mut run = 0;
    for case in tokens.filter(|case| case["text"].is_string()) {
        run += 1;
        let place = place_of(&file, case);
        place.write("t.json", case["text"].as_str().unwrap());
        let args = [
            "delegate",
            "verify",
            "t.json",
            "--at",
            file["clock"].as_str().unwrap(),
        ];
        let done = place.run(args);
        let there = &case["verify"]["signet-0.11.0"];
        let code = done.get_output().status.code().map(i64::from);
        assert_eq!(code, there["exit"].as_i64(), "{}", name(case));
    }
    assert!(run > 3);
}

#[test]
fn the_published_program_takes_our_decisions_and_revocations_and_we_its_own() {
    let place = place();
    if place.published().is_none() {
        return;
    }
    let theirs = |code: i32, args: &[&str]| {
        let done = place.published().unwrap().args(args).assert().code(code);
        String::from_utf8(done.get_output().stdout.clone()).unwrap()
    };
    // A decision of ours, signed on there.
    place.ok(asked("deploy", &["--max-calls", "1", "--output", "d.json"]));
    let sign = [
        "sign",
        "--key",
        "agent",
        "--tool",
        "deploy",
        "--params",
        "{}",
        "--target",
        "mcp://prod",
        "--decision",
        "d.json",
    ];
    theirs(0, &sign);
    // Theirs, taken back here.
    let mut args = asked("deploy", &["--output", "theirs.json"]);
    theirs(0, &args.split_off(0));
    place.ok(["revoke", "--decision", "theirs.json"]);
    let with_theirs = sign.map(|arg| if arg == "d.json" { "theirs.json" } else { arg });
    theirs(3, &with_theirs);
    assert!(theirs(0, &["revocations", "check"]).contains("OK  decision"));
    // A delegation, taken back there.
    delegated(&place);
    theirs(0, &["revoke", "--chain", "chain.json"]);
    place.fails(3, SIGN);
    place.fails(3, VERIFY);
    assert_eq!(
        place.ok(["revocations", "check"]),
        theirs(0, &["revocations", "check"])
    );
}
