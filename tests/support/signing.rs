//! Receipts to try things on: one key, one clock and one nonce, so that a
//! failure shows the same bytes again.

#![allow(dead_code, reason = "every test uses its own part")]

use serde_json::Value;
use signet::crypto::digest;
use signet::crypto::ed25519::PublicKey;
use signet::encoding::jcs::{self, Limits};
use signet::encoding::record::Reading;
use signet::encoding::rfc3339::Instant;
use signet::encoding::{base64, hex, key_text};
use signet::identity::KeyPair;
use signet::receipt::{
    Action, ActionOptions, Expiry, Receipt, SignOptions, Signer, VerifyOptions, sign,
};
use signet::{ErrorKind, Result};

/// The agent that signs.
pub fn agent() -> KeyPair {
    KeyPair::from_seed(&[7; 32])
}

/// Somebody else.
pub fn stranger() -> KeyPair {
    KeyPair::from_seed(&[8; 32])
}

/// The time at which everything happens.
pub fn clock() -> Instant {
    Instant::parse("2026-06-15T12:00:00.000Z").expect("a date-time")
}

/// The agent's receipt for an action given as JSON.
pub fn signed(action: &str) -> Receipt {
    try_signed(action).unwrap_or_else(|error| panic!("{action}: {error}"))
}

/// The agent's receipt for an action given as JSON, or why there is none.
pub fn try_signed(action: &str) -> Result<Receipt> {
    let action = Action::parse(action.as_bytes(), &ActionOptions::default())?;
    let signer = Signer {
        name: "deploy-bot",
        owner: "alice",
    };
    let options = SignOptions {
        time: Some(clock()),
        nonce: Some([0x5a; 16]),
        ..SignOptions::default()
    };
    sign(&agent(), &action, &signer, &options)
}

/// The agent's receipt for a call of the tool `pay` with these params.
pub fn paid(params: &str) -> Receipt {
    signed(&format!(r#"{{"tool":"pay","params":{params}}}"#))
}

/// The JSON text of a receipt.
pub fn text_of(receipt: &Receipt) -> String {
    String::from_utf8(receipt.json().to_vec()).expect("receipts are UTF-8")
}

/// The JSON value of a receipt.
pub fn value_of(receipt: &Receipt) -> Value {
    serde_json::from_slice(receipt.json()).expect("receipts are JSON")
}

/// What the agent's own software would never make: a signature over any body at
/// all, with the id that belongs to it.
pub fn crafted(body: &Value) -> Value {
    crafted_by(&agent(), body)
}

/// The same by any key.
pub fn crafted_by(key: &KeyPair, body: &Value) -> Value {
    let canonical =
        jcs::canonicalize(body.to_string().as_bytes(), &Limits::default()).expect("a JSON body");
    let signature = key.sign(&canonical).expect("a signature");
    let mut receipt = body.clone();
    receipt["id"] = Value::from(id_of(&signature));
    receipt["sig"] = Value::from(format!("ed25519:{}", base64::encode(&signature)));
    receipt
}

/// The signed part of a receipt, to be changed and signed anew.
pub fn body_of(receipt: &Receipt) -> Value {
    let mut body = value_of(receipt);
    let members = body.as_object_mut().expect("a receipt is an object");
    members.remove("id");
    members.remove("sig");
    body
}

/// The id that derives from a signature.
pub fn id_of(signature: &[u8; 64]) -> String {
    format!("rec_{}", hex::encode(&digest::sha256(signature)[..16]))
}

/// How a receipt names a public key.
pub fn name_of(key: &KeyPair) -> String {
    key_text::prefixed(key.public_key())
}

/// Reads a receipt and verifies it against the agent's key at [`clock`].
pub fn judged(text: &str, reading: Reading) -> Result<Receipt> {
    judged_against(agent().public_key(), text, reading)
}

/// Reads a receipt and verifies it against one key at [`clock`].
pub fn judged_against(key: &PublicKey, text: &str, reading: Reading) -> Result<Receipt> {
    let receipt = Receipt::parse(text.as_bytes(), reading, &Limits::default())?;
    receipt.verify(&VerifyOptions {
        trusted: &[key],
        expiry: Expiry::JudgedAt(clock()),
    })?;
    Ok(receipt)
}

/// Asserts that the strict reading refuses a receipt, with this kind of error.
#[track_caller]
pub fn assert_refused(text: &str, expected: ErrorKind) {
    match judged(text, Reading::Strict) {
        Ok(_) => panic!("verified, where {expected:?} was expected: {text}"),
        Err(error) => assert_eq!(error.kind(), expected, "{error}: {text}"),
    }
}

/// Asserts that the forensic reading verifies a receipt, and answers it.
#[track_caller]
pub fn assert_read_forensically(text: &str) -> Receipt {
    match judged(text, Reading::Forensic) {
        Ok(receipt) => receipt,
        Err(error) => panic!("{error}: {text}"),
    }
}
