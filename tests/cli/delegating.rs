//! `signet delegate create` and `signet delegate verify`.

use serde_json::Value;

use crate::program::Place;

/// A home with a root, an agent and a stranger.
pub fn place() -> Place {
    let place = Place::with_identities(&["root", "agent", "stranger"]);
    place.principal("root", "user://example/alice");
    place.principal("agent", "agent://example/bot");
    place
}

pub fn token(place: &Place, more: &[&str]) -> Value {
    let args = [
        "delegate",
        "create",
        "--from",
        "root",
        "--to",
        "agent",
        "--to-name",
        "bot",
    ];
    let text = place.ok(args.iter().chain(more).copied());
    serde_json::from_str(&text).unwrap()
}

/// Writes `chain.json`: one token from root to agent.
pub fn chain(place: &Place, more: &[&str]) -> Value {
    let token = token(place, more);
    place.write("chain.json", serde_json::json!([token]).to_string());
    token
}

#[test]
fn a_token_says_who_may_do_what_and_for_how_long() {
    let place = place();
    let token = token(
        &place,
        &[
            "--tools",
            " Bash, Read ,",
            "--targets",
            "mcp://a",
            "--max-depth",
            "2",
            "--expires",
            "2099-01-01T00:00:00Z",
        ],
    );
    assert_eq!(token["scope"]["tools"], serde_json::json!(["Bash", "Read"]));
    assert_eq!(token["scope"]["targets"], serde_json::json!(["mcp://a"]));
    assert_eq!(token["scope"]["max_depth"], 2);
    assert_eq!(token["scope"]["expires"], "2099-01-01T00:00:00Z");
    assert_eq!(token["delegator"]["name"], "root");
    assert_eq!(token["delegator"]["principal"], "user://example/alice");
    assert_eq!(token["delegate"]["name"], "bot");
    assert_eq!(token["delegate"]["principal"], Value::Null);
}

#[test]
fn the_delegate_is_a_name_a_pub_file_or_a_key() {
    let place = place();
    let by_name = token(&place, &[]);
    let key = by_name["delegate"]["pubkey"].as_str().unwrap().to_owned();
    for to in [
        key.as_str(),
        key.strip_prefix("ed25519:").unwrap(),
        "home/keys/agent.pub",
    ] {
        let args = [
            "delegate",
            "create",
            "--from",
            "root",
            "--to",
            to,
            "--to-name",
            "bot",
        ];
        let token: Value = serde_json::from_str(&place.ok(args)).unwrap();
        assert_eq!(token["delegate"]["pubkey"], key.as_str());
    }
    let args = [
        "delegate",
        "create",
        "--from",
        "root",
        "--to",
        "nobody",
        "--to-name",
        "bot",
    ];
    assert!(place.fails(3, args).contains("nobody"));
    let args = [
        "delegate",
        "create",
        "--from",
        "nobody",
        "--to",
        "agent",
        "--to-name",
        "bot",
    ];
    place.fails(3, args);
}

#[test]
fn what_only_a_mistake_would_sign_is_refused() {
    let place = place();
    let create = [
        "delegate",
        "create",
        "--from",
        "root",
        "--to",
        "agent",
        "--to-name",
    ];
    for more in [
        vec![""],
        vec!["b", "--tools", "a,*"],
        vec!["b", "--tools", ""],
        vec!["b", "--targets", " , "],
        vec!["b", "--expires", "tomorrow"],
        vec!["b", "--ttl=0h"],
        vec!["b", "--ttl=1w"],
        vec!["b", "--ttl=-1h"],
        vec!["b", "--from-principal", "alice"],
        vec!["b", "--to-principal", "agent://nobody"],
        vec!["b", "--parent-scope", "missing.json"],
        vec!["b", "--max-calls", "0"],
        vec!["b", "--spend-limit", "5"],
        vec!["b", "--spend-limit", "5,usd"],
        vec!["b", "--spend-limit", "0.00,USD"],
        vec!["b", "--spend-limit=-5,USD"],
    ] {
        place.fails(3, create.iter().copied().chain(more));
    }
    for more in [
        vec!["b", "--ttl", "1h", "--expires", "2099-01-01T00:00:00Z"],
        vec!["b", "--max-depth", "-1"],
        vec!["b", "--max-calls", "many"],
    ] {
        place.fails(2, create.iter().copied().chain(more));
    }
}

#[test]
fn a_scope_must_narrow_its_parents() {
    let place = place();
    place.write(
        "parent.json",
        r#"{"tools":["a","b"],"targets":["*"],"max_depth":1}"#,
    );
    token(&place, &["--tools", "a", "--parent-scope", "parent.json"]);
    let create = [
        "delegate",
        "create",
        "--from",
        "root",
        "--to",
        "agent",
        "--to-name",
        "b",
    ];
    let wider = ["--tools", "c", "--parent-scope", "parent.json"];
    let said = place.fails(3, create.into_iter().chain(wider));
    assert!(said.contains("\"c\""), "{said}");
}

#[test]
fn a_limit_that_nobody_signs_is_said_to_be_one_g4() {
    let place = place();
    let create = [
        "delegate",
        "create",
        "--from",
        "root",
        "--to",
        "agent",
        "--to-name",
        "b",
    ];
    let limits = [
        "--max-calls",
        "3",
        "--spend-limit",
        "500.00,USD",
        "--output",
        "t.json",
    ];
    let done = place.run(create.into_iter().chain(limits)).success();
    let said = String::from_utf8_lossy(&done.get_output().stderr).into_owned();
    assert!(said.contains("nothing enforces them"), "{said}");
    assert!(done.get_output().stdout.is_empty());
    let token: Value =
        serde_json::from_slice(&std::fs::read(place.path().join("t.json")).unwrap()).unwrap();
    assert_eq!(
        token["scope"]["constraints"],
        serde_json::json!([
            {"type": "call_count", "max_calls": 3},
            {"type": "monetary", "amount": "500.00", "currency": "USD"},
        ])
    );
    let done = place.run(["delegate", "verify", "t.json"]).success();
    let said = String::from_utf8_lossy(&done.get_output().stderr).into_owned();
    assert!(
        said.contains("Unsigned and not enforced: constraints"),
        "{said}"
    );
}

#[test]
fn a_token_is_held_to_the_roots_that_are_given() {
    let place = place();
    let token = token(&place, &[]);
    place.write("t.json", token.to_string());
    place.ok(["delegate", "verify", "t.json"]);
    place.ok(["delegate", "verify", "t.json", "--trusted-roots", "root"]);
    place.ok([
        "delegate",
        "verify",
        "t.json",
        "--trusted-roots",
        "stranger, root",
    ]);
    place.fails(
        3,
        [
            "delegate",
            "verify",
            "t.json",
            "--trusted-roots",
            "stranger",
        ],
    );
    place.fails(
        3,
        ["delegate", "verify", "t.json", "--trusted-roots", "nobody"],
    );
    let json = place.ok(["delegate", "verify", "t.json", "--json"]);
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["id"], token["id"]);
    assert_eq!(json["root_trusted"], false);

    place.write(
        "edited.json",
        token.to_string().replace("\"bot\"", "\"boss\""),
    );
    place.fails(1, ["delegate", "verify", "edited.json"]);
    let id = token["id"].as_str().unwrap();
    let other = format!("del_{}", "0".repeat(32));
    place.write("renamed.json", token.to_string().replace(id, &other));
    place.fails(3, ["delegate", "verify", "renamed.json"]);
    place.write("broken.json", "{");
    place.fails(3, ["delegate", "verify", "broken.json"]);
    place.fails(3, ["delegate", "verify", "missing.json"]);
}

#[test]
fn a_chain_needs_a_root_and_says_what_its_end_may_do() {
    let place = place();
    chain(&place, &["--tools", "Bash"]);
    let scope = place.ok([
        "delegate",
        "verify",
        "chain.json",
        "--trusted-roots",
        "root",
    ]);
    let scope: Value = serde_json::from_str(&scope).unwrap();
    assert_eq!(
        scope,
        serde_json::json!({"tools": ["Bash"], "targets": ["*"], "max_depth": 0})
    );
    place.fails(3, ["delegate", "verify", "chain.json"]);
    place.fails(
        3,
        [
            "delegate",
            "verify",
            "chain.json",
            "--trusted-roots",
            "agent",
        ],
    );
    place.write("empty.json", "[]");
    place.fails(
        3,
        [
            "delegate",
            "verify",
            "empty.json",
            "--trusted-roots",
            "root",
        ],
    );
}

#[test]
fn an_expired_token_is_good_only_as_of_its_time_g2() {
    let place = place();
    let token = token(&place, &["--expires", "2020-01-01T00:00:00Z"]);
    place.write("t.json", token.to_string());
    place.fails(3, ["delegate", "verify", "t.json"]);
    let verify = ["delegate", "verify", "t.json", "--at"];
    // Issued after it had expired: good at no time.
    place.fails(3, verify.into_iter().chain(["2019-12-31T00:00:00Z"]));
    place.fails(3, verify.into_iter().chain(["yesterday"]));

    let day = token_of(&place, "1d");
    place.write("t.json", day.to_string());
    place.ok(["delegate", "verify", "t.json"]);
    place.fails(3, verify.into_iter().chain(["2199-01-01T00:00:00Z"]));
}

fn token_of(place: &Place, ttl: &str) -> Value {
    token(place, &["--ttl", ttl])
}
