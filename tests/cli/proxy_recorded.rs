//! The recorded runs of the published proxy, once more with ours: what the server
//! got, what the client got, what the log holds, and how it ended.

use std::collections::BTreeSet;

use serde_json::Value;
use signet::identity::{Keystore, Protection};

use crate::documentation::assert_documented;
use crate::program::Place;
use crate::proxy_session::{Session, audit, import, kind, seen};
use crate::recorded;

/// Where a run goes another way, which lists of it, and why. The sentences are those
/// of the documentation.
const DEVIATIONS: &[(&str, &[&str], &str)] = &[
    (
        "existing-meta",
        &["to_server", "to_client", "audit"],
        "A `_meta` that is no object: a receipt has no place in it, and replacing it would change the message.",
    ),
    (
        "odd-calls",
        &["to_server", "to_client", "audit"],
        "A call without the name of a tool calls nothing that was signed.",
    ),
    (
        "policy",
        &["to_client", "audit"],
        "A denied call is recorded and answered, but not signed",
    ),
    (
        "policy-bypass",
        &["to_server", "to_client", "audit"],
        "What cannot be read strictly does not go on at all",
    ),
    (
        "policy-rate-limit",
        &["to_server", "to_client", "audit"],
        "Rate limits count over all calls through one gate.",
    ),
    (
        "deep-arguments-poison-the-log",
        &["to_server", "to_client", "audit"],
        "arguments to be signed deeper than 120",
    ),
    (
        "duplicate-request-ids",
        &["to_server", "to_client", "audit"],
        "A request with the id of one that is still open is refused",
    ),
];

fn place_of_run(case: &Value) -> Place {
    let place = Place::new();
    for name in ["agent", "server"] {
        let seed: [u8; 32] = recorded::key(name).seed().unwrap().to_owned();
        import(&place, name, &seed, Protection::Unencrypted);
    }
    assert!(
        Keystore::open(place.home())
            .unwrap()
            .info("agent")
            .unwrap()
            .owner
            .is_some()
    );
    place.write("child.py", include_str!("proxy_servers/child.py"));
    if let Some(policy) = case["policy"].as_str() {
        place.write("policy.yaml", policy);
    }
    place
}

/// A message without what differs from run to run: ids, signatures, times.
fn comparable(text: &str) -> Value {
    let Ok(mut value) = serde_json::from_str::<Value>(text) else {
        return Value::String(text.to_owned());
    };
    if let Some(receipt) = value.pointer_mut("/params/_meta/_signet") {
        without_randomness(receipt);
    }
    value
}

fn without_randomness(record: &mut Value) {
    let Some(members) = record.as_object_mut() else {
        return;
    };
    for name in ["id", "nonce", "sig", "ts", "ts_response"] {
        members.remove(name);
    }
    // A new key for each run.
    if let Some(server) = members.get_mut("server").and_then(Value::as_object_mut) {
        server.remove("pubkey");
    }
    if let Some(inner) = members.get_mut("agent_receipt") {
        without_randomness(inner);
    }
    // A call without arguments states none, where the published states {}.
    if let Some(action) = members.get_mut("action").and_then(Value::as_object_mut)
        && action.get("params").is_some_and(Value::is_null)
    {
        action.insert("params".into(), serde_json::json!({}));
    }
}

fn comparable_lines(lines: &Value) -> Vec<Value> {
    let lines = lines.as_array().into_iter().flatten();
    lines
        .map(|line| comparable(line.as_str().unwrap()))
        .collect()
}

fn recorded_audit(case: &Value) -> Vec<Value> {
    let files = case["audit"].as_object().into_iter().flatten();
    files
        .flat_map(|(_, text)| text.as_str().unwrap().lines())
        .map(|line| match serde_json::from_str::<Value>(line) {
            Ok(mut line) => line["receipt"].take(),
            // The one that its own readers cannot read either.
            Err(_) => Value::String(line.to_owned()),
        })
        .collect()
}

/// Texts of values, sorted: two directions have no common order.
fn sorted(values: Vec<Value>) -> Vec<String> {
    let mut texts: Vec<_> = values.iter().map(Value::to_string).collect();
    texts.sort();
    texts
}

#[test]
fn the_recorded_runs_go_alike_but_for_what_is_listed() {
    let file = recorded::file("proxy");
    let mut deviating = BTreeSet::new();
    for case in recorded::cases(&file) {
        let name = recorded::name(case);
        let place = place_of_run(case);
        let args = case["args"].as_array().unwrap();
        let args = args.iter().skip(1).map(|arg| arg.as_str().unwrap());
        let environment = [
            ("SIGNET_PASSPHRASE", "p"),
            ("OPENAI_API_KEY", "k"),
            ("MY_TOKEN", "t"),
            ("DB_PASSWORD", "w"),
            ("PLAIN", "v"),
            ("my_api_key", "a"),
        ];
        let mut session = Session::start_with(&place, args, &environment);
        if case["exit"] == 0 {
            for line in case["stdin"].as_array().unwrap() {
                session.send(line.as_str().unwrap());
            }
        }
        let ended = session.end();
        assert_eq!(
            i64::from(ended.code()),
            case["exit"],
            "{name}: {}",
            ended.errors
        );

        let server: Vec<Value> = seen(&place).iter().map(|line| comparable(line)).collect();
        let client: Vec<Value> = ended.lines.iter().map(|line| comparable(line)).collect();
        let stripped = |mut records: Vec<Value>| {
            records.iter_mut().for_each(without_randomness);
            records
        };
        let mut differing = BTreeSet::new();
        // What the server gets, in order.
        if server != comparable_lines(&case["to_server"]) {
            differing.insert("to_server");
        }
        if sorted(client) != sorted(comparable_lines(&case["to_client"])) {
            differing.insert("to_client");
        }
        if sorted(stripped(audit(&place))) != sorted(stripped(recorded_audit(case))) {
            differing.insert("audit");
        }
        let listed = DEVIATIONS.iter().find(|(listed, ..)| *listed == name);
        let expected: BTreeSet<_> = listed
            .iter()
            .flat_map(|row| row.1.iter().copied())
            .collect();
        assert_eq!(
            differing,
            expected,
            "{name}\nserver {server:#?}\nlog {:#?}\n{}",
            audit(&place).iter().map(kind).collect::<Vec<_>>(),
            ended.errors
        );
        deviating.extend(listed.map(|row| row.0));
    }
    assert_eq!(
        deviating.len(),
        DEVIATIONS.len(),
        "a deviation is not needed"
    );
}

#[test]
fn every_deviation_is_documented_with_its_reason() {
    assert_documented(DEVIATIONS.iter().map(|row| row.2));
}
