//! RFC 8785 as others test it: the author's own input and output files, the
//! data that two Rust implementations ship, and the vectors of three projects
//! that sign JSON.

#[path = "support/vectors.rs"]
mod vectors;

use std::path::Path;

use serde_json::Value;
use signet::ErrorKind;
use signet::encoding::jcs::{self, Limits};
use signet::encoding::{exact, hex};

fn canonical(input: &[u8]) -> Vec<u8> {
    jcs::canonicalize(input, &Limits::default())
        .unwrap_or_else(|error| panic!("{error} in {}", String::from_utf8_lossy(input)))
}

fn sha256(bytes: &[u8]) -> String {
    hex::encode(&signet::crypto::digest::sha256(bytes))
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name]
        .as_str()
        .unwrap_or_else(|| panic!("{name} in {value}"))
}

/// Checks every `input/NAME.json` of a folder against `output/NAME.json` and,
/// where there is one, `outhex/NAME.txt`. Answers how many there were.
fn check_folder(folder: &Path) -> usize {
    let mut count = 0;
    for entry in std::fs::read_dir(folder.join("input")).expect("a folder of inputs") {
        let input = entry.expect("an input").path();
        let name = input.file_stem().expect("a name").to_owned();
        let found = canonical(&vectors::bytes(&input));
        let output = folder.join("output").join(&name).with_extension("json");
        let expected = vectors::bytes(&output);
        assert_eq!(found, expected.trim_ascii_end(), "{name:?}");
        let in_hex = folder.join("outhex").join(&name).with_extension("txt");
        if in_hex.exists() {
            let expected = String::from_utf8(vectors::bytes(&in_hex)).expect("hex digits");
            let expected: String = expected.split_whitespace().collect();
            assert_eq!(hex::encode(&found), expected, "{name:?}");
        }
        count += 1;
    }
    count
}

#[test]
fn the_files_of_the_author_of_rfc_8785() {
    let Some(folder) = vectors::third_party("jcs-cyberphone") else {
        return;
    };
    assert_eq!(check_folder(&folder), 6);
}

#[test]
fn the_files_that_other_implementations_ship() {
    if let Some(package) = vectors::package("serde_jcs") {
        assert_eq!(check_folder(&package.join("tests/testdata")), 6);
        assert_eq!(check_folder(&package.join("tests/fixtures")), 2);
    }
    if let Some(package) = vectors::package("serde_json_canonicalizer") {
        let resources = package.join("tests/resources");
        assert_eq!(check_folder(&resources.join("testdata")), 6);
        for name in ["rfc_example", "rfc_sorting"] {
            let input = vectors::bytes(&resources.join(format!("{name}.input.json")));
            let expected = vectors::bytes(&resources.join(format!("{name}.expected.json")));
            assert_eq!(canonical(&input), expected, "{name}");
        }
    }
}

#[test]
fn the_vectors_that_several_sdks_of_agent_receipts_share() {
    let Some(file) = vectors::third_party("agent-receipts/cross-sdk-tests") else {
        return;
    };
    let file = vectors::json(&file.join("canonicalization_vectors.json"));
    let cases = file["canonicalization_vectors"].as_array().expect("cases");
    for case in cases {
        let found = canonical(case["input"].to_string().as_bytes());
        assert_eq!(found, text(case, "canonical").as_bytes(), "{case}");
        if let Some(hash) = case["expectedHash"].as_str() {
            assert_eq!(format!("sha256:{}", sha256(&found)), hash, "{case}");
        }
    }
    let mut hashed = 0;
    for case in file["receipt_hash_vectors"].as_array().expect("cases") {
        // The other hashes are of receipts that these SDKs change first.
        let hash = case["expectedHash"].as_str().unwrap_or_default();
        if hash.starts_with("sha256:") {
            let mut receipt = case["receipt"].clone();
            receipt.as_object_mut().expect("a receipt").remove("proof");
            let found = canonical(receipt.to_string().as_bytes());
            assert_eq!(format!("sha256:{}", sha256(&found)), hash, "{case}");
            if let Some(part) = case["mustContainSubstring"].as_str() {
                assert!(String::from_utf8_lossy(&found).contains(part), "{case}");
            }
            hashed += 1;
        }
    }
    assert_eq!((cases.len(), hashed), (32, 7));
}

#[test]
fn the_envelopes_of_agent_receipts_are_canonical() {
    let Some(file) = vectors::third_party("agent-receipts/spec/test-vectors") else {
        return;
    };
    let file = vectors::json(&file.join("disclosure-envelope/vectors.json"));
    let cases = file["vectors"].as_array().expect("cases");
    assert!(!cases.is_empty());
    for case in cases {
        let plain = canonical(case["plaintext_object"].to_string().as_bytes());
        assert_eq!(plain, text(case, "plaintext_canonical_jcs").as_bytes());
        let envelope = text(case, "envelope_canonical_jcs").as_bytes();
        assert_eq!(canonical(envelope), envelope);
    }
}

#[test]
fn the_preimages_of_the_audit_record_contract_are_canonical() {
    let Some(file) = vectors::third_party("audit-record-contract/kat.json") else {
        return;
    };
    let file = vectors::json(&file);
    let cases = file["kats"].as_array().expect("cases");
    assert_eq!(cases.len(), 2);
    for case in cases {
        let preimage = text(case, "preimage").as_bytes();
        let pretty = serde_json::to_vec_pretty(
            &serde_json::from_slice::<Value>(preimage).expect("a JSON text"),
        );
        let found = canonical(&pretty.expect("a JSON value"));
        assert_eq!(found, preimage);
        assert_eq!(sha256(&found), text(case, "sha256"));
    }
}

#[test]
fn the_cases_of_tracekit_with_their_refusals() {
    let Some(file) = vectors::third_party("tracekit/jcs.jsonl") else {
        return;
    };
    // Their depth limit is one more than the one of serde_json and ours.
    let limits = Limits {
        max_depth: 128,
        ..Limits::default()
    };
    let (mut equal, mut refused, mut carried) = (0, 0, 0);
    for line in vectors::bytes(&file).split(|&byte| byte == b'\n') {
        if line.is_empty() {
            continue;
        }
        let case: Value = serde_json::from_slice(line).expect("a case");
        let input = text(&case, "input").as_bytes();
        let found = jcs::canonicalize(input, &limits);
        let kind = match case["error"].as_str() {
            None => {
                let found = found.unwrap_or_else(|error| panic!("{error} in {case}"));
                assert_eq!(found, text(&case, "canonical").as_bytes(), "{case}");
                assert_eq!(sha256(&found), text(&case, "sha256"), "{case}");
                equal += 1;
                continue;
            }
            // They refuse integers beyond 2^53 - 1; here those are written as
            // RFC 8785 says, and travel so that every digit arrives.
            Some("int_range") => {
                assert!(found.is_ok(), "{case}");
                let travelling = exact::travelling_form(input, &limits).expect("a JSON text");
                match text(&case, "input") {
                    "1000000000000000000000" => assert_eq!(travelling, b"1e+21"),
                    _ => assert_eq!(exact::original(&travelling), input),
                }
                carried += 1;
                continue;
            }
            Some("depth") => ErrorKind::JsonTooDeep,
            Some("duplicate_key") => ErrorKind::JsonDuplicateMember,
            Some("lone_surrogate") => ErrorKind::JsonLoneSurrogate,
            Some("non_finite") => ErrorKind::JsonNumber,
            Some(other) => panic!("{other} in {case}"),
        };
        assert_eq!(found.map_err(|error| error.kind()), Err(kind), "{case}");
        refused += 1;
    }
    assert_eq!((equal, refused, carried), (227, 14, 9));
}
