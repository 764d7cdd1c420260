//! `signet mcp`: what a client of the Model Context Protocol may do through it, in
//! raw messages and through the clients of the two official SDKs.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use signet::authority::any_version::{self, Expectations, Trust};
use signet::encoding::base64;
use signet::encoding::jcs::Limits;
use signet::encoding::key_text;
use signet::encoding::record::Reading;
use signet::encoding::rfc3339::Instant;
use signet::identity::keystore::{NewIdentity, Protection, SecretState};
use signet::identity::{KeyPair, Keystore};
use signet::log::evidence::verify_proof;
use signet::log::line;
use signet::receipt::Receipt;

use crate::program::Place;
use crate::recorded::vectors::skip;

/// A folder with the unencrypted identities `agent`, of the owner `org`, and `notary`.
fn place() -> Place {
    let place = Place::new();
    for name in ["agent", "notary"] {
        let identity = NewIdentity::new(Protection::Unencrypted, Instant::now()).with_owner("org");
        keystore(&place).create(name, &identity).unwrap();
    }
    place
}

fn keystore(place: &Place) -> Keystore {
    Keystore::open(place.home()).unwrap()
}

fn key_of(place: &Place, name: &str) -> String {
    key_text::prefixed(&keystore(place).public_key(name).unwrap())
}

fn hello() -> Value {
    json!({"jsonrpc": "2.0", "id": "hello", "method": "initialize", "params": {
        "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}})
}

/// What the server writes for these lines after the greeting, the answer to that
/// left out.
fn answers(place: &Place, flags: &[&str], lines: &[String]) -> Vec<Value> {
    answers_with(place, flags, &[], lines)
}

fn answers_with(
    place: &Place,
    flags: &[&str],
    environment: &[(&str, &str)],
    lines: &[String],
) -> Vec<Value> {
    let begun = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
    let mut input = format!("{}\n{begun}\n", hello());
    for line in lines {
        input.push_str(line);
        input.push('\n');
    }
    let done = place
        .signet()
        .arg("mcp")
        .args(flags)
        .envs(environment.iter().copied())
        .write_stdin(input)
        .assert()
        .success();
    let output = String::from_utf8(done.get_output().stdout.clone()).unwrap();
    // Whatever stands on standard output is a message.
    let mut messages = output
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap_or_else(|_| panic!("{line}")))
        .collect::<Vec<_>>();
    assert!(
        messages
            .iter()
            .all(|message| message["jsonrpc"] == "2.0" && message.get("id").is_some()),
        "{messages:?}"
    );
    let greeting = messages.iter().position(|message| message["id"] == "hello");
    let greeting = messages.remove(greeting.expect("an answer to the greeting"));
    assert_eq!(greeting["result"]["serverInfo"]["name"], "signet");
    messages
}

fn request(method: &str, params: Value) -> String {
    json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).to_string()
}

/// A request to sign, with an id of its own.
fn signing(id: usize, arguments: Value) -> String {
    json!({"jsonrpc": "2.0", "id": id, "method": "tools/call",
        "params": {"name": "signet_sign", "arguments": arguments}})
    .to_string()
}

/// The result of one call.
fn call(place: &Place, flags: &[&str], tool: &str, arguments: Value) -> Value {
    call_with(place, flags, &[], tool, &arguments.to_string())
}

/// The result of one call with arguments as they are written.
fn call_with(
    place: &Place,
    flags: &[&str],
    environment: &[(&str, &str)],
    tool: &str,
    arguments: &str,
) -> Value {
    let line = format!(
        r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"{tool}","arguments":{arguments}}}}}"#
    );
    let answer = answers_with(place, flags, environment, &[line]).pop();
    let answer = answer.expect("an answer");
    assert!(answer.get("error").is_none(), "{answer}");
    answer["result"].clone()
}

/// The structured part of a good result.
fn good(result: &Value) -> &Value {
    assert_ne!(result["isError"], true, "{result}");
    &result["structuredContent"]
}

/// The code of a result that is an error of the tool.
fn code(result: &Value) -> String {
    assert_eq!(result["isError"], true, "{result}");
    let text = result["content"][0]["text"].as_str().unwrap();
    let error: Value = serde_json::from_str(text).unwrap();
    error["error"]["code"].as_str().unwrap().to_owned()
}

fn tools(place: &Place, flags: &[&str]) -> Vec<Value> {
    let answer = answers(place, flags, &[request("tools/list", json!({}))]).pop();
    let tools = answer.unwrap()["result"]["tools"].clone();
    serde_json::from_value(tools).unwrap()
}

fn names(tools: &[Value]) -> Vec<&str> {
    tools
        .iter()
        .map(|tool| tool["name"].as_str().unwrap())
        .collect()
}

const READING: [&str; 3] = ["signet_content_hash", "signet_log_query", "signet_verify"];

#[test]
fn only_what_the_flags_allow_is_offered() {
    let place = place();
    assert_eq!(names(&tools(&place, &[])), READING);
    assert_eq!(names(&tools(&place, &["--read-only"])), READING);
    let all = tools(
        &place,
        &[
            "--key",
            "agent",
            "--log-key",
            "notary",
            "--allow-keygen",
            "--unencrypted",
        ],
    );
    assert_eq!(all.len(), 6);
    for tool in all {
        assert!(tool["description"].as_str().unwrap().len() > 20);
        assert_eq!(tool["inputSchema"]["additionalProperties"], false);
        assert_eq!(tool["outputSchema"]["type"], "object");
        let reads = READING.contains(&tool["name"].as_str().unwrap());
        assert_eq!(tool["annotations"]["readOnlyHint"], reads);
        assert_eq!(tool["annotations"]["destructiveHint"], false);
    }
}

#[test]
fn what_is_not_allowed_is_an_error_that_a_model_can_read() {
    let place = place();
    for tool in ["signet_sign", "signet_generate_keypair", "signet_proof"] {
        let result = call(&place, &["--read-only"], tool, json!({"tool": "x"}));
        let expected = match tool {
            "signet_sign" => "not_allowed",
            // The argument is refused before.
            _ => "invalid_argument",
        };
        assert_eq!(code(&result), expected);
    }
    let result = call(&place, &[], "signet_generate_keypair", json!({}));
    assert_eq!(code(&result), "not_allowed");
    let result = call(
        &place,
        &["--key", "agent"],
        "signet_proof",
        json!({"index": 0}),
    );
    assert_eq!(code(&result), "not_allowed");
    assert_eq!(keystore(&place).list().unwrap().len(), 2);
    assert!(!place.home().join("audit").exists());
}

#[test]
fn a_signed_call_is_in_the_log_verifies_and_is_proved() {
    let place = place();
    let flags = ["--key", "agent", "--log-key", "notary"];
    let arguments =
        json!({"tool": "Bash", "params": {"b": 1.5, "a": [true]}, "session": "s", "call_id": "c"});
    let result = call(&place, &flags, "signet_sign", arguments);
    let signed = good(&result);
    let text = result["content"][0]["text"].as_str().unwrap();
    let receipt = Receipt::parse(text.as_bytes(), Reading::Strict, &Limits::default()).unwrap();
    let key = keystore(&place).public_key("agent").unwrap();
    let trust = Trust {
        agents: &[&key],
        ..Trust::default()
    };
    any_version::verify(&receipt, &trust, &Expectations::at(Instant::now())).unwrap();
    assert_eq!(
        signed["receipt"],
        serde_json::from_str::<Value>(text).unwrap()
    );
    assert_eq!(signed["receipt"]["action"]["transport"], "mcp");
    assert_eq!(signed["receipt"]["action"]["target"], "mcp://local");
    assert_eq!(signed["receipt"]["signer"]["name"], "agent");
    assert_eq!(signed["receipt"]["signer"]["owner"], "org");
    assert_eq!(signed["log"]["index"], 0);

    let found = call(
        &place,
        &["--read-only"],
        "signet_log_query",
        json!({"tool": "Ba"}),
    );
    let records = &good(&found)["records"];
    assert_eq!(records[0]["receipt"], signed["receipt"]);
    assert_eq!(records[0]["record_hash"], signed["log"]["record_hash"]);

    let by_id = json!({"receipt_id": signed["receipt"]["id"]});
    let proved = call(&place, &flags, "signet_proof", by_id);
    let proved = good(&proved);
    let hash = line::parse_hash(proved["record_hash"].as_str().unwrap().as_bytes()).unwrap();
    let proof = proved["proof"].as_str().unwrap().as_bytes();
    let vkey = proved["vkey"].as_str().unwrap();
    assert_eq!(verify_proof(proof, &hash, vkey).unwrap().index, 0);
    assert_eq!(proved["receipt_id"], signed["receipt"]["id"]);

    for receipt_json in [json!(text), signed["receipt"].clone()] {
        for public_key in ["agent".to_owned(), key_of(&place, "agent")] {
            let arguments = json!({"receipt_json": receipt_json, "public_key": public_key});
            let verified = call(&place, &[], "signet_verify", arguments);
            assert_eq!(good(&verified)["valid"], true);
            assert_eq!(good(&verified)["agent"], key_of(&place, "agent"));
        }
    }
    let wrong = json!({"receipt_json": text, "public_key": "notary"});
    let verified = call(&place, &[], "signet_verify", wrong);
    assert_eq!(good(&verified)["valid"], false);
    assert_eq!(good(&verified)["code"], "key_mismatch");
    let changed = json!({"receipt_json": text.replace("Bash", "Dash"), "public_key": "agent"});
    let verified = call(&place, &[], "signet_verify", changed);
    assert_eq!(good(&verified)["code"], "signature_invalid");
}

#[test]
fn no_digit_of_the_params_is_lost() {
    let place = place();
    let digits = "123456789012345678901234567890";
    let arguments = format!(r#"{{"tool":"pay","params":{{"amount":{digits}}}}}"#);
    let result = call_with(&place, &["--key", "agent"], &[], "signet_sign", &arguments);
    let text = result["content"][0]["text"].as_str().unwrap();
    let receipt = Receipt::parse(text.as_bytes(), Reading::Strict, &Limits::default()).unwrap();
    assert_eq!(
        receipt.params().as_ref(),
        format!(r#"{{"amount":{digits}}}"#).as_bytes()
    );
    let hash = |content: &str| {
        let arguments = format!(r#"{{"content":{content}}}"#);
        let result = call_with(&place, &[], &[], "signet_content_hash", &arguments);
        good(&result)["hash"].clone()
    };
    assert_ne!(hash(digits), hash("123456789012345678901234567891"));
    let of_object = signet::receipt::content_hash(br#"{"a":1,"b":2}"#, &Limits::default());
    assert_eq!(hash(r#"{ "b": 2, "a": 1 }"#), of_object.unwrap());
}

#[test]
fn a_key_of_the_keystore_speaks_in_its_own_name_and_the_published_variable_in_any() {
    let place = place();
    for stranger in [
        json!({"tool": "x", "signer_name": "boss"}),
        json!({"tool": "x", "signer_owner": "bank"}),
    ] {
        let result = call(&place, &["--key", "agent"], "signet_sign", stranger);
        assert_eq!(code(&result), "invalid_argument");
    }
    let own = json!({"tool": "x", "signer_name": "agent", "signer_owner": "org"});
    good(&call(&place, &["--key", "agent"], "signet_sign", own));

    let seed = [7; 32];
    let pair = KeyPair::from_seed(&seed);
    let both = [seed.as_slice(), pair.public_key().as_bytes()].concat();
    for secret in [base64::encode(&seed), base64::encode(&both)] {
        let environment = [("SIGNET_SECRET_KEY", secret.as_str())];
        let arguments = r#"{"tool":"x","signer_name":"bot","signer_owner":"me"}"#;
        let result = call_with(&place, &[], &environment, "signet_sign", arguments);
        let signer = &good(&result)["receipt"]["signer"];
        assert_eq!(signer["pubkey"], key_text::prefixed(pair.public_key()));
        assert_eq!(
            (&signer["name"], &signer["owner"]),
            (&json!("bot"), &json!("me"))
        );
        assert!(!result.to_string().contains(&base64::encode(&seed)[..43]));
    }
    let done = place
        .signet()
        .arg("mcp")
        .env("SIGNET_SECRET_KEY", "c2VjcmV0")
        .assert()
        .code(3);
    let said = String::from_utf8_lossy(&done.get_output().stderr).into_owned();
    assert!(
        said.contains("secret key") && !said.contains("c2VjcmV0"),
        "{said}"
    );
}

#[test]
fn keys_are_made_in_the_keystore_and_no_secret_comes_out() {
    let place = place();
    let plain = ["--allow-keygen", "--unencrypted"];
    let result = call(
        &place,
        &plain,
        "signet_generate_keypair",
        json!({"name": "new", "owner": "me"}),
    );
    let made = good(&result);
    assert_eq!(made["public_key"], key_of(&place, "new"));
    let keys = made.as_object().unwrap().keys().map(String::as_str);
    assert_eq!(keys.collect::<Vec<_>>(), ["did", "name", "public_key"]);
    let seed = base64::encode(keystore(&place).load("new", None).unwrap().seed().unwrap());
    assert!(!result.to_string().contains(&seed));
    let again = call(
        &place,
        &plain,
        "signet_generate_keypair",
        json!({"name": "new"}),
    );
    assert_eq!(code(&again), "key_exists");
    let outside = call(
        &place,
        &plain,
        "signet_generate_keypair",
        json!({"name": "../x"}),
    );
    assert_eq!(code(&outside), "key_name_invalid");

    let environment = [("SIGNET_PASSPHRASE", "open sesame")];
    let result = call_with(
        &place,
        &["--allow-keygen"],
        &environment,
        "signet_generate_keypair",
        "{}",
    );
    let name = good(&result)["name"].as_str().unwrap();
    let info = keystore(&place).info(name).unwrap();
    assert!(matches!(info.secret, SecretState::Encrypted(_)));
    keystore(&place).load(name, Some("open sesame")).unwrap();
    // Nobody to ask, and nothing said: not unencrypted by accident.
    place.fails(3, ["mcp", "--allow-keygen"]);
}

#[test]
fn a_policy_decides_and_its_refusals_are_recorded() {
    let place = place();
    place.write(
        "p.yaml",
        "{version: 1, name: p, default_action: allow, rules: [{id: no, match: {tool: rm}, action: deny, reason: never}, \
         {id: ask, match: {tool: pay}, action: require_approval, reason: ask}]}",
    );
    let flags = ["--key", "agent", "--policy", "p.yaml"];
    let sign = |tool: &str| call(&place, &flags, "signet_sign", json!({"tool": tool}));
    assert_eq!(good(&sign("ls"))["receipt"]["policy"]["decision"], "allow");
    assert_eq!(code(&sign("rm")), "policy_denied");
    assert_eq!(code(&sign("pay")), "approval_required");
    let found = call(&place, &[], "signet_log_query", json!({"decision": "deny"}));
    assert_eq!(
        good(&found)["records"][0]["receipt"]["type"],
        "policy_violation"
    );
    let found = call(&place, &[], "signet_log_query", json!({}));
    assert_eq!(good(&found)["records"].as_array().unwrap().len(), 3);
}

#[test]
fn who_starts_the_server_anew_has_no_calls_more_e7() {
    let place = place();
    let rule = "{id: pay, match: {tool: pay}, action: allow, rate_limit: {max_calls: 2, window_seconds: 3600}}";
    let policy = format!("{{version: 1, name: p, default_action: deny, rules: [{rule}]}}");
    place.write("p.yaml", policy);
    let flags = ["--key", "agent", "--policy", "p.yaml"];
    let sign = || call(&place, &flags, "signet_sign", json!({"tool": "pay"}));
    for _ in 0..2 {
        good(&sign());
    }
    assert_eq!(code(&sign()), "policy_denied");
}

#[test]
fn without_a_key_a_receipt_is_held_to_the_trust_bundle_as_it_is_now() {
    let place = place();
    let result = call(
        &place,
        &["--key", "agent", "--no-log"],
        "signet_sign",
        json!({"tool": "x"}),
    );
    assert!(good(&result).get("log").is_none());
    assert!(!place.home().join("audit").exists());
    let arguments = json!({"receipt_json": good(&result)["receipt"]});
    let refused = call(&place, &[], "signet_verify", arguments.clone());
    assert_eq!(code(&refused), "invalid_argument");
    for (name, valid) in [("agent", true), ("notary", false)] {
        let bundle = json!({"version": 1, "bundle_id": "b", "org": "o", "env": "dev",
            "generated_at": "2026-01-01T00:00:00Z", "roots": [], "servers": [], "agents": [{"id": "a",
            "name": "a", "owner": "o", "pubkey": key_of(&place, name), "status": "active", "created_at": "2026-01-01T00:00:00Z"}]});
        place.write("tb.json", bundle.to_string());
        let flags = ["--trust-bundle", "tb.json"];
        let verified = call(&place, &flags, "signet_verify", arguments.clone());
        assert_eq!(good(&verified)["valid"], valid, "{verified}");
        assert_eq!(good(&verified)["trust"], "trust_bundle");
    }
}

#[test]
fn bad_arguments_are_answers_of_the_tool_not_of_the_protocol() {
    let place = place();
    let flags = ["--key", "agent", "--log-key", "notary"];
    for (tool, arguments) in [
        ("signet_sign", r#"{}"#),
        ("signet_sign", r#"{"tool":1}"#),
        ("signet_sign", r#"{"tool":"x","tols":"y"}"#),
        ("signet_sign", r#"{"tool":"x","hash_only":"yes"}"#),
        ("signet_sign", "[]"),
        ("signet_sign", "\"x\""),
        ("signet_content_hash", "{}"),
        ("signet_proof", "{}"),
        ("signet_proof", r#"{"index":-1}"#),
        ("signet_proof", r#"{"index":0,"receipt_id":"rec_0"}"#),
        ("signet_log_query", r#"{"limit":0}"#),
        ("signet_log_query", r#"{"limit":201}"#),
        (
            "signet_verify",
            r#"{"receipt_json":1,"public_key":"agent"}"#,
        ),
        ("signet_verify", r#"{"receipt_json":"{}"}"#),
    ] {
        let result = call_with(&place, &flags, &[], tool, arguments);
        let code = code(&result);
        assert!(
            ["invalid_argument", "receipt_invalid"].contains(&code.as_str()),
            "{tool} {arguments}: {code}"
        );
    }
    for (tool, arguments, expected) in [
        (
            "signet_log_query",
            r#"{"since":"yesterday"}"#,
            "timestamp_invalid",
        ),
        ("signet_proof", r#"{"index":0}"#, "record_not_found"),
        (
            "signet_proof",
            r#"{"receipt_id":"rec_0"}"#,
            "record_not_found",
        ),
        (
            "signet_verify",
            r#"{"receipt_json":"{}","public_key":"nobody"}"#,
            "key_not_found",
        ),
        // Never a file, whatever there is.
        (
            "signet_verify",
            r#"{"receipt_json":"{}","public_key":"home/keys/agent.pub"}"#,
            "key_invalid",
        ),
    ] {
        let result = call_with(&place, &flags, &[], tool, arguments);
        assert_eq!(code(&result), expected, "{tool} {arguments}");
    }
    let result = call(
        &place,
        &flags,
        "signet_verify",
        json!({"receipt_json": "no", "public_key": "agent"}),
    );
    assert_eq!(good(&result)["valid"], false);
}

#[test]
fn queries_are_bounded_and_say_when_there_is_more() {
    let place = place();
    let sizes = [10, 300_000, 100_000, 100_000, 100_000, 10];
    let lines = sizes
        .iter()
        .enumerate()
        .map(|(id, size)| signing(id, json!({"tool": "t", "params": "x".repeat(*size)})));
    let lines: Vec<String> = lines.collect();
    assert_eq!(answers(&place, &["--key", "agent"], &lines).len(), 6);
    let query = |arguments: Value| {
        let result = call(&place, &[], "signet_log_query", arguments);
        let records = good(&result)["records"].as_array().unwrap().clone();
        (records, good(&result)["truncated"].clone())
    };
    let index = |record: &Value| record["index"].as_u64().unwrap();
    let newest = json!({"limit": 1, "newest_first": true});
    let (records, truncated) = query(newest);
    assert_eq!((index(&records[0]), truncated), (5, json!(true)));
    let (records, truncated) = query(json!({}));
    assert_eq!(truncated, true);
    assert_eq!(records.iter().map(index).collect::<Vec<_>>(), [3, 4, 5]);
    let (records, _) =
        query(json!({"limit": 2, "until": "2099-01-01T00:00:00Z", "newest_first": true}));
    assert_eq!(index(&records[0]), 5);
}

#[test]
fn a_record_that_is_too_long_is_named_not_shown() {
    let place = place();
    let params = "x".repeat(300_000);
    call(
        &place,
        &["--key", "agent"],
        "signet_sign",
        json!({"tool": "t", "params": params}),
    );
    let result = call(&place, &[], "signet_log_query", json!({}));
    let record = &good(&result)["records"][0];
    assert!(record["omitted_bytes"].as_u64().unwrap() > 300_000);
    assert!(record.get("receipt").is_none());
}

#[test]
fn what_is_no_message_is_refused_and_the_server_goes_on() {
    let place = place();
    for (line, number, id) in [
        ("not json".to_owned(), -32700, json!(null)),
        (r#"{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}"#.to_owned(), -32700, json!(null)),
        (request("tools/call", json!(7)), -32600, json!(1)),
        (r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"signet_content_hash","arguments":{"content":1e999}}}"#.to_owned(), -32700, json!(null)),
        (format!("[{}]", request("ping", json!({}))), -32600, json!(null)),
        (r#"{"jsonrpc":"2.0","id":1.5,"method":"ping"}"#.to_owned(), -32600, json!(1.5)),
        (r#"{"jsonrpc":"1.0","id":3,"method":"ping"}"#.to_owned(), -32600, json!(3)),
        (r#"{"jsonrpc":"2.0","id":4,"method":"no/such"}"#.to_owned(), -32601, json!(4)),
        (request("tools/call", json!({"name": "no_such", "arguments": {}})), -32602, json!(1)),
        (format!("\"{}\"", "x".repeat(17 << 20)), -32600, json!(null)),
    ] {
        let after = r#"{"jsonrpc":"2.0","id":"after","method":"ping"}"#.to_owned();
        let said = answers(&place, &[], &[line.clone(), after]);
        let shown: String = line.chars().take(100).collect();
        assert_eq!(said.len(), 2, "{shown}: {said:?}");
        let refused = said.iter().find(|answer| answer.get("error").is_some());
        let refused = refused.unwrap_or_else(|| panic!("{shown}: {said:?}"));
        assert_eq!((&refused["error"]["code"], &refused["id"]), (&json!(number), &id), "{shown}");
        assert!(said.iter().any(|answer| answer["id"] == "after"), "{shown}");
    }
}

#[test]
fn the_end_of_the_input_ends_the_server_after_every_answer() {
    let place = place();
    place
        .signet()
        .arg("mcp")
        .write_stdin("")
        .assert()
        .code(0)
        .stdout("");
    // The last line needs no line feed, but has to be all there.
    for (input, lines) in [
        (hello().to_string(), 1),
        (hello().to_string()[..50].to_owned(), 1),
    ] {
        let done = place
            .signet()
            .arg("mcp")
            .write_stdin(input)
            .assert()
            .code(0);
        let output = String::from_utf8(done.get_output().stdout.clone()).unwrap();
        assert_eq!(output.lines().count(), lines, "{output}");
    }
    let lines: Vec<String> = (0..40)
        .map(|id| signing(id, json!({"tool": "t"})))
        .collect();
    let said = answers(&place, &["--key", "agent"], &lines);
    assert_eq!(said.len(), 40);
    let result = call(&place, &[], "signet_log_query", json!({"limit": 100}));
    assert_eq!(good(&result)["records"].as_array().unwrap().len(), 40);
}

#[test]
fn flags_that_make_no_sense_are_refused() {
    let place = place();
    place.fails(2, ["mcp", "--read-only", "--key", "agent"]);
    place.fails(2, ["mcp", "--unencrypted"]);
    place.fails(3, ["mcp", "--key", "nobody"]);
    place.fails(3, ["mcp", "--trust-bundle", "none.json"]);
    let said = place.fails(3, ["mcp", "--key", "agent", "--log-key", "agent"]);
    assert!(said.contains("--log-key"), "{said}");
}

/// A client of an official SDK: what it prints after these calls.
fn through_sdk(
    place: &Place,
    folder: &str,
    program: &str,
    flags: &[&str],
    calls: &Value,
) -> Option<Value> {
    let Some(root) = std::env::var_os("SIGNET_MCP_SDKS").map(PathBuf::from) else {
        skip("SIGNET_MCP_SDKS is not set: see ffi-tests/mcp-sdks/install");
        return None;
    };
    let folder = std::path::absolute(root.join(folder)).unwrap();
    if !folder.exists() {
        skip(&format!("{} is not installed", folder.display()));
        return None;
    }
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("ffi-tests/mcp-sdks");
    let (script, variable) = match program {
        "node" => ("client.mjs", "MCP_SDK"),
        _ => ("client.py", "PYTHONPATH"),
    };
    let output = Command::new(program)
        .arg(scripts.join(script))
        .arg(calls.to_string())
        .arg(env!("CARGO_BIN_EXE_signet"))
        .arg("mcp")
        .args(flags)
        .env(variable, folder)
        .env("SIGNET_HOME", place.home())
        .env_remove("SIGNET_SECRET_KEY")
        .current_dir(place.path())
        .output()
        .expect("the client runs");
    let said = String::from_utf8_lossy(&output.stderr);
    Some(serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{said}")))
}

/// Every tool through a client that holds its answers to the schemas.
fn every_tool_through(folder: &str, program: &str) {
    let place = place();
    let flags = [
        "--key",
        "agent",
        "--log-key",
        "notary",
        "--allow-keygen",
        "--unencrypted",
    ];
    let calls = json!([
        {"name": "signet_sign", "arguments": {"tool": "Bash", "params": {"command": "ls"}}},
        {"name": "signet_sign", "arguments": {"tool": "Bash", "hash_only": true}},
        {"name": "signet_log_query", "arguments": {"tool": "Bash"}},
        {"name": "signet_proof", "arguments": {"index": 1}},
        {"name": "signet_content_hash", "arguments": {"content": {"a": 1}}},
        {"name": "signet_generate_keypair", "arguments": {}},
        {"name": "signet_verify", "arguments": {"receipt_json": "{}", "public_key": "agent"}},
        {"name": "signet_sign", "arguments": {"tols": "Bash"}},
        {"name": "no_such", "arguments": {}},
    ]);
    let Some(said) = through_sdk(&place, folder, program, &flags, &calls) else {
        return;
    };
    assert_eq!(said["tools"].as_array().unwrap().len(), 6);
    let results = said["results"].as_array().unwrap();
    for result in &results[..7] {
        good(result);
    }
    assert_eq!(
        good(&results[0])["receipt"]["action"]["params"]["command"],
        "ls"
    );
    assert_eq!(good(&results[2])["records"].as_array().unwrap().len(), 2);
    assert_eq!(good(&results[6])["valid"], false);
    assert_eq!(code(&results[7]), "invalid_argument");
    assert_eq!(results[8]["refused"], -32602);

    let verify = json!([{"name": "signet_verify", "arguments":
        {"receipt_json": results[0]["content"][0]["text"], "public_key": key_of(&place, "agent")}}]);
    let said = through_sdk(&place, folder, program, &["--read-only"], &verify).unwrap();
    assert_eq!(names(said["tools"].as_array().unwrap()), READING);
    assert_eq!(good(&said["results"][0])["valid"], true);
}

#[test]
fn every_tool_works_through_the_python_sdk() {
    every_tool_through("python", "python3");
}

#[test]
fn every_tool_works_through_the_typescript_sdk() {
    every_tool_through("node", "node");
}
