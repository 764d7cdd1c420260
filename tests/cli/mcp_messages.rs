//! Talking to `signet mcp` in raw messages.

use serde_json::{Value, json};
use signet::encoding::key_text;
use signet::encoding::rfc3339::Instant;
use signet::identity::Keystore;
use signet::identity::keystore::{NewIdentity, Protection};

use crate::program::Place;

/// A folder with the unencrypted identities `agent`, of the owner `org`, and `notary`.
pub fn place() -> Place {
    let place = Place::new();
    for name in ["agent", "notary"] {
        let identity = NewIdentity::new(Protection::Unencrypted, Instant::now()).with_owner("org");
        keystore(&place).create(name, &identity).unwrap();
    }
    place
}

pub fn keystore(place: &Place) -> Keystore {
    Keystore::open(place.home()).unwrap()
}

pub fn key_of(place: &Place, name: &str) -> String {
    key_text::prefixed(&keystore(place).public_key(name).unwrap())
}

pub fn hello() -> Value {
    json!({"jsonrpc": "2.0", "id": "hello", "method": "initialize", "params": {
        "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}})
}

/// What the server writes for these lines after the greeting, the answer to that
/// left out.
pub fn answers(place: &Place, flags: &[&str], lines: &[String]) -> Vec<Value> {
    answers_with(place, flags, &[], lines)
}

pub fn answers_with(
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

pub fn request(method: &str, params: Value) -> String {
    json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).to_string()
}

/// A request to sign, with an id of its own.
pub fn signing(id: usize, arguments: Value) -> String {
    json!({"jsonrpc": "2.0", "id": id, "method": "tools/call",
        "params": {"name": "signet_sign", "arguments": arguments}})
    .to_string()
}

/// The result of one call.
pub fn call(place: &Place, flags: &[&str], tool: &str, arguments: Value) -> Value {
    call_with(place, flags, &[], tool, &arguments.to_string())
}

/// The result of one call with arguments as they are written.
pub fn call_with(
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
pub fn good(result: &Value) -> &Value {
    assert_ne!(result["isError"], true, "{result}");
    &result["structuredContent"]
}

/// The code of a result that is an error of the tool.
pub fn code(result: &Value) -> String {
    assert_eq!(result["isError"], true, "{result}");
    let text = result["content"][0]["text"].as_str().unwrap();
    let error: Value = serde_json::from_str(text).unwrap();
    error["error"]["code"].as_str().unwrap().to_owned()
}

pub fn tools(place: &Place, flags: &[&str]) -> Vec<Value> {
    let answer = answers(place, flags, &[request("tools/list", json!({}))]).pop();
    let tools = answer.unwrap()["result"]["tools"].clone();
    serde_json::from_value(tools).unwrap()
}

pub fn names(tools: &[Value]) -> Vec<&str> {
    tools
        .iter()
        .map(|tool| tool["name"].as_str().unwrap())
        .collect()
}

pub const READING: [&str; 3] = ["signet_content_hash", "signet_log_query", "signet_verify"];
