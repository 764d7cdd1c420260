//! What two programs said to each other, recorded on either side of the proxy, and
//! what may differ between the two recordings: the receipts in calls, nothing else.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// The recording of one side: a folder with what went in and what came out.
pub struct Recording {
    /// What the client said, to whoever it talked to.
    pub requests: Vec<u8>,
    /// What it heard.
    pub responses: Vec<u8>,
}

/// The command that records what goes through it on the way to another one.
pub fn recorder(folder: &Path) -> Vec<String> {
    fs::create_dir_all(folder).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/proxy_clients/recorder.py");
    let mut words: Vec<PathBuf> = vec!["python3".into(), script];
    words.extend(["in", "out", "status"].map(|name| folder.join(name)));
    let words = words.iter().map(|word| word.to_str().unwrap().to_owned());
    words.collect()
}

impl Recording {
    /// Of a run that is over, in which the command ended well.
    pub fn read(folder: &Path) -> Recording {
        assert_eq!(fs::read_to_string(folder.join("status")).unwrap(), "0");
        Recording::of(folder)
    }

    /// Of a run that is over.
    pub fn of(folder: &Path) -> Recording {
        Recording {
            requests: fs::read(folder.join("in")).unwrap(),
            responses: fs::read(folder.join("out")).unwrap(),
        }
    }
}

/// The lines of a recording, each of which has an end.
pub fn lines(bytes: &[u8]) -> Vec<&[u8]> {
    let mut lines: Vec<_> = bytes.split(|byte| *byte == b'\n').collect();
    assert_eq!(lines.pop(), Some(b"".as_slice()));
    lines
}

/// A message.
pub fn message(line: &[u8]) -> Value {
    serde_json::from_slice(line)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(line)))
}

/// The receipts that the server got, in order, after asserting that it got what the
/// client said, in order and byte for byte, but for those.
#[track_caller]
pub fn receipts(client: &[u8], server: &[u8]) -> Vec<Value> {
    let (said, heard) = (lines(client), lines(server));
    assert_eq!(said.len(), heard.len());
    let mut receipts = Vec::new();
    for (said, heard) in said.into_iter().zip(heard) {
        if message(said)["method"] == "tools/call" {
            receipts.push(taken_out(said, heard));
        } else {
            assert_eq!(said, heard);
        }
    }
    receipts
}

/// The receipt that was let into a line.
#[track_caller]
fn taken_out(line: &[u8], with_receipt: &[u8]) -> Value {
    let mut receipt = message(with_receipt);
    let receipt = receipt.pointer_mut("/params/_meta/_signet").unwrap().take();
    let extra = with_receipt.len() - line.len();
    let prefixes = [br#""_meta":{"_signet":"#.as_slice(), br#""_signet":"#];
    let is_place = |at: usize| {
        if line[at..] != with_receipt[at + extra..] {
            return false;
        }
        let member = &with_receipt[at..at + extra];
        let member = member.strip_prefix(b",").or(member.strip_suffix(b","));
        let member = member.unwrap_or_default();
        let text = match prefixes.map(|prefix| member.strip_prefix(prefix)) {
            [Some(text), _] => text.strip_suffix(b"}").unwrap_or_default(),
            [_, Some(text)] => text,
            _ => return false,
        };
        serde_json::from_slice::<Value>(text).is_ok_and(|text| text == receipt)
    };
    let alike = line.iter().zip(with_receipt).take_while(|(a, b)| a == b);
    let mut places = (0..=alike.count()).rev();
    assert!(
        places.any(is_place),
        "more than a receipt differs:\n{}\n{}",
        String::from_utf8_lossy(line),
        String::from_utf8_lossy(with_receipt)
    );
    receipt
}

/// The hash under which a response is co-signed, by the id of its request.
pub fn response_hashes(responses: &[u8]) -> HashMap<String, String> {
    let responses = lines(responses).into_iter().map(message);
    let responses = responses.filter(|message| message["method"].is_null());
    responses
        .map(|response| {
            let content = response.get("result").or(response.get("error")).unwrap();
            let canonical = serde_jcs::to_vec(content).unwrap();
            let hash = signet::encoding::hex::encode(&Sha256::digest(canonical));
            (response["id"].to_string(), format!("sha256:{hash}"))
        })
        .collect()
}

/// Asserts that two recordings are of the same messages, but for what is different in
/// every run. In what order they came is not the question: much goes on at once.
#[track_caller]
pub fn assert_alike(one: &[u8], other: &[u8]) {
    let mut counts: BTreeMap<String, i64> = BTreeMap::new();
    for (recording, weight) in [(one, 1), (other, -1)] {
        let messages = lines(recording).into_iter().map(message);
        for message in messages.filter(|message| !is_now_and_then(message)) {
            *counts.entry(comparable(message).to_string()).or_default() += weight;
        }
    }
    counts.retain(|_, count| *count != 0);
    assert!(counts.is_empty(), "{counts:#?}");
}

/// What a server says every few seconds, the first of it drawn by lot.
fn is_now_and_then(message: &Value) -> bool {
    let data = message["params"]["data"].as_str().unwrap_or_default();
    message["method"] == "notifications/resources/updated"
        || data.contains("level") && data.ends_with("message")
}

/// A value without times.
pub fn comparable(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(without_time(&text)),
        Value::Array(items) => items.into_iter().map(comparable).collect(),
        Value::Object(members) => {
            let members = members.into_iter().map(|(name, value)| {
                let value = match name.as_str() {
                    "blob" => comparable_blob(value),
                    _ => comparable(value),
                };
                (name, value)
            });
            Value::Object(members.collect::<Map<_, _>>())
        }
        other => other,
    }
}

fn without_time(text: &str) -> String {
    match text.split_once("created at ") {
        Some((before, _)) => format!("{before}created"),
        None => text.to_owned(),
    }
}

fn comparable_blob(value: Value) -> Value {
    let decoded = value.as_str().and_then(|text| STANDARD.decode(text).ok());
    let text = decoded.and_then(|bytes| String::from_utf8(bytes).ok());
    text.map_or(value, |text| Value::String(without_time(&text)))
}

/// Recordings of a call that went on as it should not have.
mod differences {
    use super::receipts;

    const SAID: &str = r#"{"method":"tools/call","params":{"name":"a","arguments":{"b":1}}}"#;
    const LET_IN: &str = r#""_meta":{"_signet":{"v":1}},"#;

    fn between(said: &str, heard: &str) -> bool {
        let [said, heard] = [said, heard].map(|line| format!("{line}\n").into_bytes());
        std::panic::catch_unwind(|| receipts(&said, &heard)).is_err()
    }

    #[test]
    fn all_but_the_receipt_are_noticed() {
        let heard = SAID.replace(r#""name""#, &format!(r#"{LET_IN}"name""#));
        assert!(!between(SAID, &heard));
        let with_meta = SAID.replace(r#""name""#, r#""_meta":{"t":0},"name""#);
        let heard_with_meta = with_meta.replace(r#""t":0"#, r#""t":0,"_signet":{"v":1}"#);
        assert!(!between(&with_meta, &heard_with_meta));
        for (old, new) in [
            (r#""b":1"#, r#""b":1.0"#),
            (r#""b":1"#, r#""b":2"#),
            (r#"{"v":1}"#, r#"{"v":1},"more":2"#),
            (r#""a","arguments""#, r#""a", "arguments""#),
            (LET_IN, ""),
            ("\"}", "\"} "),
        ] {
            let changed = heard.replace(old, new);
            assert!(changed == heard || between(SAID, &changed), "{changed}");
        }
        assert!(between(SAID, SAID));
        assert!(between(r#"{"method":"ping"}"#, r#"{"method": "ping"}"#));
    }
}
