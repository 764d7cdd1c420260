//! Bundles that were recorded of the published Signet, and receipts and keys out of
//! them.

#![allow(dead_code, reason = "every test uses its own part")]

use serde_json::Value;
use signet::authority::Format;
use signet::authority::trust::TrustBundle;

use crate::vectors;

/// The recorded case of a name.
pub fn recorded(case: &str) -> Value {
    let file = vectors::json(&vectors::own("prismer/bundles.json"));
    let cases = file["cases"].as_array().unwrap();
    cases
        .iter()
        .find(|found| found["name"] == case)
        .unwrap()
        .clone()
}

/// A recorded receipt of a version.
pub fn recorded_receipt(version: u64) -> Value {
    let case = recorded("build/mixed-kinds");
    let records = case["bundle"]["records.jsonl"].as_str().unwrap();
    let mut receipts = records
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["receipt"].clone());
    receipts.find(|receipt| receipt["v"] == version).unwrap()
}

/// The trust bundle of the recordings as JSON, changed.
pub fn recorded_trust_text(change: impl FnOnce(&mut Value)) -> String {
    let file = vectors::json(&vectors::own("prismer/bundles.json"));
    let mut bundle: Value = serde_json::from_str(file["trust_bundle"].as_str().unwrap()).unwrap();
    change(&mut bundle);
    bundle.to_string()
}

/// The trust bundle of the recordings, changed.
pub fn recorded_trust(change: impl FnOnce(&mut Value)) -> TrustBundle {
    TrustBundle::parse(recorded_trust_text(change).as_bytes(), Format::Json).unwrap()
}
