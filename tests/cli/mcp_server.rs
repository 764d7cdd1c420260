//! `signet mcp`: what a client of the Model Context Protocol may do through it.

use serde_json::{Value, json};
use signet::authority::any_version::{self, Expectations, Trust};
use signet::encoding::base64;
use signet::encoding::jcs::Limits;
use signet::encoding::key_text;
use signet::encoding::record::Reading;
use signet::encoding::rfc3339::Instant;
use signet::identity::KeyPair;
use signet::identity::keystore::SecretState;
use signet::log::evidence::verify_proof;
use signet::log::line;
use signet::receipt::Receipt;

use crate::mcp_messages::{
    READING, answers, call, call_with, code, good, hello, key_of, keystore, names, place, request,
    signing, tools,
};

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
            "--log-key-name",
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
    let flags = ["--key", "agent", "--log-key-name", "notary"];
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
    let flags = ["--key", "agent", "--log-key-name", "notary"];
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
    let said = place.fails(3, ["mcp", "--key", "agent", "--log-key-name", "agent"]);
    assert!(said.contains("--log-key-name"), "{said}");
}
