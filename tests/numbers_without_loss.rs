//! No digit of a number is lost between the caller and the auditor: not when it
//! is signed, not on the way through JavaScript or Python, and not in a receipt
//! of somebody else's.

#[path = "support/signing.rs"]
mod signing;
#[path = "support/vectors.rs"]
mod vectors;

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use signet::ErrorKind;
use signet::crypto::digest;
use signet::encoding::hex;
use signet::encoding::record::Reading;
use signet::receipt::{Field, Receipt};
use signing::{
    agent, assert_read_forensically, assert_refused, body_of, crafted, judged, paid, text_of,
    try_signed,
};

/// Params that a double would round, or whose integers the published Signet
/// refuses to read.
const CARRIED: &[&str] = &[
    // Identifiers as message services and databases make them.
    r#"{"channel":1234567890123456789}"#,
    r#"{"ids":[175928847299117063,175928847299117064]}"#,
    "9007199254740992",
    "9007199254740993",
    "-9007199254740993",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "-9223372036854775809",
    "18446744073709551615",
    "18446744073709551616",
    "18446744073709551617",
    "123456789012345678901234567890",
    "9007199254740993.0",
    "1e17",
    "100000000000000000",
    "0.1000000000000000055511151231257827",
    "3.14159265358979323846264338327950288",
    "1e-400",
    "{ \"b\" : 9007199254740993.00,\n\t\"a\":\"\\u00e9\\/\" }",
];

/// Params that a double holds.
const PLAIN: &[&str] = &[
    "9007199254740991",
    "-9007199254740991",
    "[0.1,0.2,0.30000000000000004]",
    "5e-324",
    "1.7976931348623157e+308",
    "1e+21",
    "19.99",
];

fn is_wrapped(receipt: &Receipt) -> bool {
    receipt.travelling_params().starts_with(br#"{"$exact":""#)
}

#[test]
fn every_digit_is_under_the_signature() {
    for params in CARRIED {
        let receipt = paid(params);
        assert!(is_wrapped(&receipt), "{params}");
        let read = judged(&text_of(&receipt), Reading::Strict).unwrap();
        assert_eq!(read.params(), params.as_bytes());
        let hash = hex::encode(&digest::sha256(read.travelling_params()));
        let stated = read.text(Field::ParamsHash).unwrap();
        assert_eq!(stated, format!("sha256:{hash}"));
    }
    for params in PLAIN {
        let receipt = paid(params);
        assert_eq!(receipt.travelling_params(), params.as_bytes());
        assert_eq!(receipt.params(), params.as_bytes());
    }
}

#[test]
fn neighbouring_integers_never_share_a_signature() {
    for (left, right) in [
        ("9007199254740992", "9007199254740993"),
        ("9007199254740992.0", "9007199254740993.0"),
        ("18446744073709551616", "18446744073709551617"),
        ("1234567890123456788", "1234567890123456789"),
        (
            "123456789012345678901234567890",
            "123456789012345678901234567891",
        ),
    ] {
        let (left, right) = (paid(left), paid(right));
        assert_ne!(left.signature().unwrap(), right.signature().unwrap());
        assert_ne!(left.text(Field::ParamsHash), right.text(Field::ParamsHash));
    }
}

#[test]
fn a_changed_digit_is_refused() {
    let params = r#"{"amount":123456789012345678901234567890}"#;
    let text = text_of(&paid(params));
    let number = text.find("123456789012345678901234567890").unwrap();
    for place in 0..30 {
        let mut forged = text.clone();
        let digit = &text[number + place..number + place + 1];
        let other = if digit == "9" { "8" } else { "9" };
        forged.replace_range(number + place..number + place + 1, other);
        assert_refused(&forged, ErrorKind::SignatureInvalid);
        let refused = judged(&forged, Reading::Forensic).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::SignatureInvalid);
    }
    // Nor can the wrapper be taken off or put on on the way.
    let unwrapped = text.replace(&json!(params).to_string(), params);
    let unwrapped = unwrapped.replace(&format!("{{\"$exact\":{params}}}"), params);
    assert!(
        unwrapped.contains("\"params\":{\"amount\":1234"),
        "{unwrapped}"
    );
    assert_refused(&unwrapped, ErrorKind::JsonInexactNumber);
    let plain = text_of(&paid("[1]"));
    let wrapped = plain.replace("[1]", r#"{"$exact":"[1]"}"#);
    assert_refused(&wrapped, ErrorKind::SignatureInvalid);
}

#[test]
fn a_look_alike_of_the_wrapper_comes_back_as_it_was_given() {
    for params in [
        r#"{"$exact":"5"}"#,
        r#"{"$exact":"9007199254740993"}"#,
        r#"{"$exact":"{\"$exact\":\"9007199254740993\"}"}"#,
        r#"{"$exact":"not JSON"}"#,
        r#"{"$exact":""}"#,
        r#"{"$exact":9}"#,
        r#"{"$exact":"5","more":1}"#,
        r#"{"\u0024exact":"5"}"#,
        r#"[{"$exact":"9007199254740993"}]"#,
    ] {
        let read = judged(&text_of(&paid(params)), Reading::Strict).unwrap();
        let (given, back): (Value, Value) = (
            serde_json::from_str(params).unwrap(),
            serde_json::from_slice(&read.params()).unwrap(),
        );
        assert_eq!(given, back, "{params}");
    }
}

#[test]
fn what_is_no_number_is_refused_with_its_own_kind() {
    let text = text_of(&paid("[7]"));
    for number in ["NaN", "-NaN", "Infinity", "-Infinity", "1e999", "-1e309"] {
        for params in [number.to_owned(), format!("{{\"a\":[{number}]}}")] {
            let given = format!(r#"{{"tool":"pay","params":{params}}}"#);
            let refused = try_signed(&given).unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::JsonNumber, "{params}");
            let forged = text.replace("[7]", &params);
            assert_refused(&forged, ErrorKind::JsonNumber);
            let refused = judged(&forged, Reading::Forensic).unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::JsonNumber, "{params}");
        }
    }
    for almost in ["nan", "inf", "+1", "01", "1.", ".5", "0x10", "1_000", "١"] {
        let given = format!(r#"{{"tool":"pay","params":{almost}}}"#);
        let refused = try_signed(&given).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::JsonSyntax, "{almost}");
    }
}

#[test]
fn digits_that_a_foreign_signature_does_not_cover_are_refused() {
    let given: Value = serde_json::from_str("[18446744073709551617]").unwrap();
    let text = published_receipt(given);
    judged(&text, Reading::Strict).unwrap();
    let written = text.split(['[', ']']).nth(1).unwrap();
    for other in [
        "18446744073709551617",
        "18446744073709551999",
        "18446744073709552001",
        "18446744073709551615.5",
    ] {
        let forged = text.replace(written, other);
        // The rounded value is what was signed, so it verifies there.
        assert!(published_verifies(&forged));
        let refused = judged(&forged, Reading::Strict).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::JsonInexactNumber);
        judged(&forged, Reading::Forensic).unwrap();
    }
}

#[test]
fn an_inexact_number_is_refused_even_if_its_own_signer_wrote_it() {
    let mut body = body_of(&paid("[7]"));
    body["action"]["params"] = json!([9_007_199_254_740_992_u64]);
    let canonical = body["action"]["params"].to_string();
    let hash = hex::encode(&digest::sha256(canonical.as_bytes()));
    body["action"]["params_hash"] = json!(format!("sha256:{hash}"));
    let text = crafted(&body).to_string();
    // An integer that a double holds is no less clear for being large.
    judged(&text, Reading::Strict).unwrap();
    let forged = text.replace("9007199254740992", "9007199254740993");
    assert_refused(&forged, ErrorKind::JsonInexactNumber);
    assert_read_forensically(&forged);
}

#[test]
fn a_foreign_receipt_survives_javascript() {
    let text =
        published_receipt(json!({ "at": 1e17, "id": "x", "list": [1e20, 5e-324, 1.0, 0.1] }));
    assert!(published_verifies(&text));
    let Some(hopped) = through("node", &[text]) else {
        return;
    };
    // JavaScript writes 1e17 as an integer, which their own verifier refuses.
    assert!(hopped[0].contains("100000000000000000"), "{}", hopped[0]);
    assert!(!published_verifies(&hopped[0]));
    judged(&hopped[0], Reading::Strict).unwrap();
    judged(&hopped[0], Reading::Forensic).unwrap();
}

#[test]
fn our_receipts_survive_javascript_and_python_with_every_digit() {
    let all: Vec<&str> = CARRIED.iter().chain(PLAIN).copied().collect();
    let texts: Vec<String> = all.iter().map(|params| text_of(&paid(params))).collect();
    for program in ["node", "python3"] {
        let Some(hopped) = through(program, &texts) else {
            continue;
        };
        for (params, hopped) in all.iter().zip(&hopped) {
            let read = judged(hopped, Reading::Strict)
                .unwrap_or_else(|error| panic!("{program}: {error}: {hopped}"));
            assert_eq!(read.params(), params.as_bytes(), "{program}");
            // Nor does the published verifier find anything amiss.
            assert!(published_verifies(hopped), "{program}: {hopped}");
        }
    }
}

/// A receipt that the published Signet signs with the agent's key.
fn published_receipt(params: Value) -> String {
    let action = serde_json::from_value(json!({
        "tool": "pay", "params": params, "params_hash": "", "target": "", "transport": "stdio",
    }));
    let (example, _) = signet_core::generate_keypair();
    let key = of_the_kind_of(&example, &[7; 32]);
    let receipt = signet_core::sign(&key, &action.unwrap(), "deploy-bot", "alice").unwrap();
    serde_json::to_string(&receipt).unwrap()
}

/// Whether the published Signet verifies a receipt with the agent's key.
fn published_verifies(receipt: &str) -> bool {
    let (example, _) = signet_core::generate_keypair();
    let key = of_the_kind_of(&example, &[7; 32]).verifying_key();
    assert_eq!(key.as_bytes(), agent().public_key().as_bytes());
    signet_core::verify_any(receipt, &key).is_ok()
}

/// A key of a type that cannot be named here: it comes from another release of
/// a crate than the one that this package depends on.
fn of_the_kind_of<'a, K: From<&'a [u8; 32]>>(_example: &K, seed: &'a [u8; 32]) -> K {
    K::from(seed)
}

/// What a program makes of JSON texts that it parses and writes again; `None`
/// when the program is not installed.
fn through(program: &str, texts: &[String]) -> Option<Vec<String>> {
    let script = match program {
        "node" => {
            r#"const lines = require("fs").readFileSync(0, "utf8").split("\n");
               const hop = line => JSON.stringify(JSON.parse(line));
               process.stdout.write(lines.filter(Boolean).map(hop).join("\n"));"#
        }
        _ => "import json, sys\nfor line in sys.stdin: print(json.dumps(json.loads(line)))",
    };
    let flag = if program == "node" { "-e" } else { "-c" };
    let started = Command::new(program)
        .args([flag, script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let Ok(mut child) = started else {
        vectors::skip(&format!("{program} is not installed"));
        return None;
    };
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(texts.join("\n").as_bytes()).unwrap();
    stdin.write_all(b"\n").unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{program} failed");
    let output = String::from_utf8(output.stdout).unwrap();
    let hopped: Vec<String> = output.lines().map(str::to_owned).collect();
    assert_eq!(hopped.len(), texts.len());
    Some(hopped)
}
