//! The recorded verdicts of the published Signet, and where ours are stricter.
//!
//! The files under `tests/vectors/prismer` were made by running the published
//! packages; the verdicts in them are theirs.

#![allow(dead_code, reason = "every test uses its own part")]

#[path = "vectors.rs"]
pub mod vectors;

use serde_json::Value;
use signet::ErrorKind;
use signet::encoding::rfc3339::Instant;
use signet::encoding::{hex, key_text};
use signet::identity::KeyPair;

/// Receipts on which our verdict is another one.
pub struct Deviation {
    /// Names of cases; a `*` stands for any text.
    pub cases: &'static [&'static str],
    pub kind: ErrorKind,
    /// Whether the forensic reading refuses them too.
    pub always: bool,
    /// The sentence of `docs/compatibility.md`.
    pub reason: &'static str,
}

/// The row of a table that speaks of a case.
pub fn row(table: &[Deviation], case: &Value) -> Option<usize> {
    let name = name(case);
    table
        .iter()
        .position(|row| row.cases.iter().any(|pattern| matches(pattern, name)))
}

/// Asserts that every row was needed, and that the documentation gives the
/// reason of each.
#[track_caller]
pub fn assert_needed(table: &[Deviation], needed: &[usize]) {
    for (row, needed) in table.iter().zip(needed) {
        assert!(*needed > 0, "a row is never needed: {}", row.reason);
    }
}

/// Asserts that the documentation gives the reason of each row.
pub fn assert_documented(table: &[Deviation]) {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/compatibility.md");
    let Ok(document) = std::fs::read_to_string(path) else {
        return vectors::skip("docs/compatibility.md is not written yet");
    };
    let document = document.split_whitespace().collect::<Vec<_>>().join(" ");
    for row in table {
        assert!(
            document.contains(row.reason),
            "not documented: {}",
            row.reason
        );
    }
}

/// A file of recorded cases.
pub fn file(name: &str) -> Value {
    vectors::json(&vectors::own(&format!("prismer/{name}.json")))
}

/// The cases of a file.
pub fn cases(file: &Value) -> &[Value] {
    file["cases"].as_array().unwrap()
}

/// The time at which the verdicts were given.
pub fn clock(file: &Value) -> Instant {
    Instant::parse(file["clock"].as_str().unwrap()).unwrap()
}

pub fn name(case: &Value) -> &str {
    case["name"].as_str().unwrap()
}

pub fn text(case: &Value) -> &[u8] {
    case["text"].as_str().unwrap().as_bytes()
}

/// The verdict under a name of `checks`, where there is one: whether any of the
/// published builds accepts.
pub fn accepted(verdict: &Value) -> Option<bool> {
    let others = verdict["different_result_from"].as_object();
    let mut others = others.into_iter().flat_map(|builds| builds.values());
    let result = verdict["result"].as_str()?;
    Some(result == "accept" || others.any(|other| other["result"] == "accept"))
}

/// A recorded identity.
pub fn key(name: &str) -> KeyPair {
    let file = file("keys");
    let identity = cases(&file).iter().find(|key| key["name"] == name).unwrap();
    let seed = hex::decode(identity["seed_hex"].as_str().unwrap().as_bytes()).unwrap();
    let pair = KeyPair::from_seed(&seed);
    assert_eq!(key_text::prefixed(pair.public_key()), identity["pubkey"]);
    pair
}

/// The identity that a receipt is verified with.
pub fn verifying_key(case: &Value) -> KeyPair {
    let named = case["verify_with"]
        .as_str()
        .or(case["signed_with"].as_str());
    key(named.unwrap())
}

/// Whether a pattern, in which a `*` stands for any text, is of a text.
pub fn matches(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((head, tail)) => text.strip_prefix(head).is_some_and(|rest| {
            (0..=rest.len()).any(|at| rest.get(at..).is_some_and(|rest| matches(tail, rest)))
        }),
    }
}
