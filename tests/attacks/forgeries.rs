//! Receipts that nobody signed, or of which a part is under no signature.

use serde_json::{Value, json};
use signet::ErrorKind;
use signet::crypto::ed25519::PublicKey;
use signet::encoding::base64;
use signet::identity::KeyPair;
use signet::verifier::{Axis, Call};

use crate::ground::*;

pub fn value(receipt: &str) -> Value {
    serde_json::from_str(receipt).unwrap()
}

/// The honest receipt with something changed after it was signed.
pub fn altered(change: impl FnOnce(&mut Value)) -> String {
    let mut receipt = value(&honest(1));
    change(&mut receipt);
    receipt.to_string()
}

#[test]
fn every_signed_value_is_changed_under_its_signature() {
    passes(&presented(&honest(1)));
    for (pointer, other) in [
        ("/action/tool", json!("refund")),
        ("/action/target", json!("mcp://shop")),
        ("/action/transport", json!("https")),
        ("/signer/name", json!("root")),
        ("/signer/owner", json!("eve")),
        ("/ts", json!("2026-06-15T12:00:01.000Z")),
        ("/nonce", json!("rnd_00000000000000000000000000000000")),
    ] {
        let forged = altered(|receipt| *receipt.pointer_mut(pointer).unwrap() = other);
        refused(
            &presented(&forged),
            Axis::Signature,
            ErrorKind::SignatureInvalid,
        );
    }
}

#[test]
fn params_are_changed_and_their_hash_with_them() {
    let dear = r#"{"amount":1000,"to":"eve"}"#;
    let other = value(&text_of(&paid_with("pay", dear, 2)));
    let forged = altered(|receipt| {
        receipt["action"]["params"] = other["action"]["params"].clone();
        receipt["action"]["params_hash"] = other["action"]["params_hash"].clone();
    });
    let report = bank().check_call(&call_of(&forged, "pay", dear), clock());
    refused(&report, Axis::Signature, ErrorKind::SignatureInvalid);
    passes(&bank().check_call(&call_of(&other.to_string(), "pay", dear), clock()));
}

#[test]
fn params_are_changed_and_their_hash_is_not() {
    // Signed anew by the agent itself, so only the contradiction tells.
    let forged = resigned(|body| body["action"]["params"]["amount"] = json!(1000));
    let dear = r#"{"amount":1000,"to":"bob"}"#;
    for arguments in [dear, ARGUMENTS] {
        let report = bank().check_call(&call_of(&forged, "pay", arguments), clock());
        refused(&report, Axis::Structure, ErrorKind::ParamsHashMismatch);
    }
}

#[test]
fn a_stranger_signs_in_the_agents_name() {
    let mut body = body();
    let theirs = crafted_by(&stranger(), &body).to_string();
    refused(
        &presented(&theirs),
        Axis::Signature,
        ErrorKind::SignatureInvalid,
    );
    body["signer"]["pubkey"] = json!(name_of(&stranger()));
    let own = crafted_by(&stranger(), &body).to_string();
    refused(&presented(&own), Axis::Trust, ErrorKind::SignerUntrusted);
}

#[test]
fn the_key_of_the_receipt_is_swapped_for_a_trusted_one() {
    let own = signed_by(&stranger(), "deploy-bot", "pay", ARGUMENTS, 1);
    let mut receipt = value(&text_of(&own));
    receipt["signer"]["pubkey"] = json!(name_of(&agent()));
    refused(
        &presented(&receipt.to_string()),
        Axis::Signature,
        ErrorKind::SignatureInvalid,
    );
}

/// The encodings of the points of small order, reduced and not.
fn small_order() -> Vec<[u8; 32]> {
    let hex = [
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "0100000000000000000000000000000000000000000000000000000000000080",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    ];
    hex.iter()
        .map(|text| {
            let bytes: Vec<u8> = (0..32)
                .map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).unwrap())
                .collect();
            bytes.try_into().unwrap()
        })
        .collect()
}

#[test]
fn a_key_of_small_order_signs_for_anybody() {
    // Even where any key will do: R the identity, S zero.
    let anybody = verifier(|options| options.require_trusted_signer = false);
    for key in small_order() {
        assert!(PublicKey::from_bytes(&key).is_err());
        let mut receipt = body();
        receipt["signer"]["pubkey"] = json!(format!("ed25519:{}", base64::encode(&key)));
        for first in [1, 0] {
            let mut signature = [0; 64];
            signature[0] = first;
            receipt["sig"] = json!(format!("ed25519:{}", base64::encode(&signature)));
            receipt["id"] = json!(crate::signing::id_of(&signature));
            let report = anybody.check_call(&call(&receipt.to_string()), clock());
            assert!(!report.is_ok());
            let kind = report.kind().unwrap();
            assert!(
                matches!(kind, ErrorKind::KeyWeak | ErrorKind::KeyInvalid),
                "{kind:?}"
            );
        }
    }
    let own = signed_by(&stranger(), "x", "pay", ARGUMENTS, 1);
    passes(&anybody.check_call(&call(&text_of(&own)), clock()));
}

#[test]
fn an_all_zero_signature_is_none() {
    for signature in [[0_u8; 64], [0xff; 64]] {
        let forged = altered(|receipt| {
            receipt["sig"] = json!(format!("ed25519:{}", base64::encode(&signature)));
            receipt["id"] = json!(crate::signing::id_of(&signature));
        });
        refused(
            &presented(&forged),
            Axis::Signature,
            ErrorKind::SignatureInvalid,
        );
    }
}

/// The order of the group, little-endian.
const ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

#[test]
fn a_malleated_signature_makes_another_id() {
    let receipt = value(&honest(1));
    let text = receipt["sig"].as_str().unwrap();
    let encoded = text.strip_prefix("ed25519:").unwrap().as_bytes();
    let mut signature = *base64::decode_array::<64>(encoded).unwrap();
    let mut carry = 0_u16;
    for (byte, order) in signature[32..].iter_mut().zip(ORDER) {
        carry += u16::from(*byte) + u16::from(order);
        *byte = carry.to_le_bytes()[0];
        carry >>= 8;
    }
    let forged = altered(|receipt| {
        receipt["sig"] = json!(format!("ed25519:{}", base64::encode(&signature)));
        receipt["id"] = json!(crate::signing::id_of(&signature));
    });
    let bank = bank();
    passes(&bank.check_call(&call(&honest(1)), clock()));
    let report = bank.check_call(&call(&forged), clock());
    refused(&report, Axis::Signature, ErrorKind::SignatureInvalid);
}

#[test]
fn a_signature_is_encoded_in_another_way() {
    let receipt = value(&honest(1));
    let text = receipt["sig"].as_str().unwrap().to_owned();
    let mut stray = text.clone();
    // The last digit before the padding has four unused bits.
    stray.replace_range(text.len() - 3..text.len() - 2, "B");
    for other in [
        text.trim_end_matches('=').to_owned(),
        text.replace("==", "="),
        format!("{text}="),
        format!("{text}\n"),
        format!(" {text}"),
        text.replace('+', "-").replace('/', "_"),
        text.replace("ed25519:", "ED25519:"),
        text.replace("ed25519:", ""),
        text.replace("ed25519:", "ed25519: "),
        stray,
        format!("{text}\u{0}"),
        "ed25519:".to_owned(),
        String::new(),
    ] {
        if other == text {
            continue;
        }
        let forged = altered(|receipt| receipt["sig"] = json!(other));
        let report = presented(&forged);
        assert!(!report.is_ok(), "{other}");
        assert!(
            matches!(
                report.kind(),
                Some(ErrorKind::ReceiptInvalid | ErrorKind::SignatureInvalid)
            ),
            "{other}: {:?}",
            report.reason()
        );
    }
}

#[test]
fn a_key_is_encoded_in_another_way() {
    let name = name_of(&agent());
    let mut stray = name.clone();
    stray.replace_range(name.len() - 2..name.len() - 1, "h");
    for other in [
        name.trim_end_matches('=').to_owned(),
        name.replace("ed25519:", ""),
        name.replace("ed25519:", "Ed25519:"),
        format!("{name}\n"),
        stray,
    ] {
        if other == name {
            continue;
        }
        let forged = resigned(|body| body["signer"]["pubkey"] = json!(other));
        let report = presented(&forged);
        assert!(!report.is_ok(), "{other}");
    }
}

#[test]
fn the_id_is_another_receipts() {
    let forged = altered(|receipt| receipt["id"] = value(&honest(2))["id"].clone());
    refused(&presented(&forged), Axis::Structure, ErrorKind::IdMismatch);
}

#[test]
fn a_receipt_is_something_else() {
    for junk in [
        "",
        " ",
        "true",
        "0",
        "[]",
        "{}",
        "\"receipt\"",
        "[1,\"rec_x\",{}]",
        "{\"v\":1}",
        "{\"v\":\"1\"}",
        "{\"v\":1.0}",
        "{\"v\":4294967297}",
        "\u{feff}{}",
        "{",
        "nul",
    ] {
        let report = presented(junk);
        assert!(!report.is_ok(), "{junk}");
        assert_ne!(report.kind(), Some(ErrorKind::Unsigned), "{junk}");
        assert!(report.receipt().is_none());
    }
    // Records as arrays, which published readers take.
    let receipt = value(&honest(1));
    let signer = json!([receipt["signer"]["pubkey"], "deploy-bot", "alice"]);
    let forged = altered(|receipt| receipt["signer"] = signer);
    refused(
        &presented(&forged),
        Axis::Structure,
        ErrorKind::ReceiptInvalid,
    );
}

#[test]
fn there_is_no_receipt_at_all() {
    for receipt in [None, Some(&b"null"[..]), Some(b"\n null")] {
        let bare = Call {
            receipt,
            ..call("")
        };
        let report = bank().check_call(&bare, clock());
        refused(&report, Axis::Structure, ErrorKind::Unsigned);
    }
}

#[test]
fn every_byte_of_a_receipt_is_damaged() {
    let receipt = honest(1).into_bytes();
    let mut refusals = 0;
    for at in 0..receipt.len() {
        for flip in [1_u8, 0x20, 0x80] {
            let mut damaged = receipt.clone();
            damaged[at] ^= flip;
            let presented = Call {
                receipt: Some(&damaged),
                ..call("")
            };
            let report = bank().check_call(&presented, clock());
            assert!(!report.is_ok(), "{}", String::from_utf8_lossy(&damaged));
            refusals += 1;
        }
        let cut = Call {
            receipt: Some(&receipt[..at]),
            ..call("")
        };
        assert!(!bank().check_call(&cut, clock()).is_ok());
    }
    assert!(refusals > 1000);
}

/// Another agent, trusted too.
#[test]
fn one_trusted_agents_signature_is_put_on_anothers_receipt() {
    let other = KeyPair::from_seed(&[42; 32]);
    let both = || verifier(|options| options.trusted_keys.push(*other.public_key()));
    let theirs = value(&text_of(&signed_by(&other, "b", "pay", ARGUMENTS, 1)));
    passes(&both().check_call(&call(&theirs.to_string()), clock()));
    let forged = altered(|receipt| {
        receipt["sig"] = theirs["sig"].clone();
        receipt["id"] = theirs["id"].clone();
    });
    let report = both().check_call(&call(&forged), clock());
    refused(&report, Axis::Signature, ErrorKind::SignatureInvalid);
}
