//! `signet mcp` through the clients of the two official SDKs, which hold every answer
//! to the schema of its tool.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::mcp_messages::{READING, code, good, key_of, names, place};
use crate::program::Place;
use crate::recorded::vectors::skip;

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
        "--log-key-name",
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
