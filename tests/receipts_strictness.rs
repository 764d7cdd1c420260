//! What was once shown to verify in the published Signet although it should
//! not: each attack is tried here as it was tried there. The strict reading
//! refuses it with its own kind of error, and the forensic reading still reads
//! the evidence wherever a signature is behind it.

#[path = "support/signing.rs"]
mod signing;

use serde_json::{Value, json};
use signet::ErrorKind;
use signet::crypto::ed25519::PublicKey;
use signet::encoding::record::Reading;
use signet::encoding::{base64, jcs, key_text};
use signet::receipt::{Expiry, Field, Receipt, VerifyOptions};
use signing::{
    agent, assert_read_forensically, assert_refused, body_of, crafted, crafted_by, id_of, judged,
    judged_against, name_of, paid, stranger, text_of, value_of,
};

/// The text of a receipt with one thing changed and nothing signed anew.
fn altered(receipt: &Receipt, change: impl FnOnce(&mut Value)) -> String {
    let mut value = value_of(receipt);
    change(&mut value);
    value.to_string()
}

#[test]
fn an_unsigned_member_is_refused_wherever_it_stands_v7() {
    let receipt = paid(r#"{"amount":10}"#);
    for place in ["", "/action", "/signer"] {
        for name in ["approved_by", "Tool", "", "é", "extensions"] {
            let forged = altered(&receipt, |value| {
                value.pointer_mut(place).unwrap()[name] = json!({"cfo": true});
            });
            assert_refused(&forged, ErrorKind::UnknownMember);
            // Read forensically it is gone before anybody can be shown it.
            let read = assert_read_forensically(&forged);
            assert_eq!(read.json(), receipt.json());
        }
    }
}

#[test]
fn an_unsigned_member_is_refused_in_an_attested_policy_decision_v7() {
    let mut body = body_of(&paid(r#"{"amount":10}"#));
    body["policy"] = json!({
        "decision": "allow", "matched_rules": ["ok"], "policy_hash": "sha256:00",
        "policy_name": "base", "reason": "",
    });
    let mut forged = crafted(&body);
    assert!(judged(&forged.to_string(), Reading::Strict).is_ok());
    forged["policy"]["approved_by"] = json!("cfo");
    assert_refused(&forged.to_string(), ErrorKind::UnknownMember);
    assert_read_forensically(&forged.to_string());
}

#[test]
fn forged_extensions_are_refused_v7() {
    let receipt = paid(r#"{"amount":10}"#);
    let forged = altered(&receipt, |value| {
        value["extensions"] = json!({"anchor": {"log": "rekor", "index": 1}});
    });
    assert_refused(&forged, ErrorKind::UnknownMember);
    assert_eq!(assert_read_forensically(&forged).json(), receipt.json());
}

#[test]
fn a_replaced_id_is_refused_v7() {
    let receipt = paid(r#"{"amount":10}"#);
    let other = paid(r#"{"amount":11}"#);
    for id in [
        other.text(Field::Id).unwrap(),
        "rec_00000000000000000000000000000000",
        &receipt.text(Field::Id).unwrap().to_uppercase(),
        &receipt.text(Field::Id).unwrap()[..35],
        "",
    ] {
        let forged = altered(&receipt, |value| value["id"] = json!(id));
        assert_refused(&forged, ErrorKind::IdMismatch);
        assert_read_forensically(&forged);
    }
}

#[test]
fn a_repeated_tool_is_refused_v8() {
    let text = text_of(&paid(r#"{"amount":10}"#));
    let honest = r#""tool":"pay""#;
    for repeated in [
        r#""tool":"refund_everything","tool":"pay""#,
        r#""to\u006fl":"refund_everything","tool":"pay""#,
        r#""tool":"pay","tool":"pay""#,
    ] {
        let forged = text.replace(honest, repeated);
        assert_refused(&forged, ErrorKind::JsonDuplicateMember);
        let read = assert_read_forensically(&forged);
        assert_eq!(text_of(&read), text);
    }
    // The other way round it never verified anywhere.
    let forged = text.replace(honest, r#""tool":"pay","tool":"refund_everything""#);
    assert_refused(&forged, ErrorKind::JsonDuplicateMember);
    let refused = judged(&forged, Reading::Forensic).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::SignatureInvalid);
}

#[test]
fn a_repeated_amount_is_refused_v8() {
    let text = text_of(&paid(r#"{"amount":10,"to":[{"iban":"x"}]}"#));
    for (honest, repeated) in [
        (r#""amount":10"#, r#""amount":999999,"amount":10"#),
        (r#""iban":"x""#, r#""iban":"attacker","iban":"x""#),
    ] {
        let forged = text.replace(honest, repeated);
        assert_ne!(forged, text);
        assert_refused(&forged, ErrorKind::JsonDuplicateMember);
        assert_eq!(text_of(&assert_read_forensically(&forged)), text);
    }
}

#[test]
fn every_member_of_a_receipt_may_stand_once_only_v8() {
    let receipt = paid(r#"{"amount":10}"#);
    let value = value_of(&receipt);
    for place in ["", "/action", "/signer", "/action/params"] {
        let object = value.pointer(place).unwrap();
        for name in object.as_object().unwrap().keys() {
            let whole = object.to_string();
            let repeated = format!("{{{}:null,{}", json!(name), &whole[1..]);
            let forged = value.to_string().replace(&whole, &repeated);
            assert_ne!(forged, value.to_string());
            assert_refused(&forged, ErrorKind::JsonDuplicateMember);
            assert_eq!(assert_read_forensically(&forged).json(), receipt.json());
        }
    }
}

#[test]
fn a_version_2_receipt_is_not_judged_by_the_rules_of_version_1_v11() {
    let body = json!({
        "v": 2,
        "action": body_of(&paid("{}"))["action"],
        "response": {"content_hash": format!("sha256:{}", "0".repeat(64))},
        "signer": body_of(&paid("{}"))["signer"],
        "ts_request": "2026-06-15T12:00:00.000Z",
        "ts_response": "2026-06-15T12:00:01.000Z",
        "nonce": "rnd_5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a",
    });
    let honest = crafted(&body);
    let mut forged = honest.clone();
    forged["policy"] = json!({"decision": "allow", "policy_name": "forged"});
    forged["exp"] = json!("2999-01-01T00:00:00Z");
    for text in [honest.to_string(), forged.to_string()] {
        for reading in [Reading::Strict, Reading::Forensic] {
            let refused = judged(&text, reading).unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::ReceiptVersion, "{text}");
        }
    }
}

#[test]
fn a_receipt_that_names_somebody_elses_key_is_refused_v12() {
    let mut body = body_of(&paid(r#"{"amount":10}"#));
    body["signer"]["pubkey"] = json!(name_of(&stranger()));
    let forged = crafted(&body).to_string();
    assert_refused(&forged, ErrorKind::KeyMismatch);
    // Whom it names did not sign it.
    let refused = judged_against(stranger().public_key(), &forged, Reading::Strict);
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::SignatureInvalid);
    // Trusting both keys does not lend one the other's name.
    let receipt = Receipt::parse(forged.as_bytes(), Reading::Strict, &jcs::Limits::default());
    let (agent_pair, stranger_pair) = (agent(), stranger());
    let both = [agent_pair.public_key(), stranger_pair.public_key()];
    let refused = receipt.unwrap().verify(&VerifyOptions {
        trusted: &both,
        expiry: Expiry::Ignored,
    });
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::SignatureInvalid);
    // Forensically the answer is the key under which it verifies.
    let receipt = Receipt::parse(
        forged.as_bytes(),
        Reading::Forensic,
        &jcs::Limits::default(),
    );
    let receipt = receipt.unwrap();
    let found = receipt.verify(&VerifyOptions {
        trusted: &both,
        expiry: Expiry::Ignored,
    });
    assert_eq!(found.unwrap(), agent().public_key());
}

#[test]
fn a_key_text_that_is_no_key_is_refused_v12() {
    let honest = name_of(&agent());
    for name in [
        "",
        "ed25519:",
        "banana",
        honest.trim_start_matches("ed25519:"),
        &honest.replace("ed25519:", "Ed25519:"),
        honest.trim_end_matches('='),
        &format!("{honest}\n"),
    ] {
        let mut body = body_of(&paid("{}"));
        body["signer"]["pubkey"] = json!(name);
        let forged = crafted(&body).to_string();
        assert_refused(&forged, ErrorKind::ReceiptInvalid);
        assert_read_forensically(&forged);
    }
}

#[test]
fn an_untrusted_signer_is_refused_by_name_v12() {
    let receipt = paid("{}");
    let pair = stranger();
    let several = [pair.public_key(), pair.public_key()];
    for (trusted, expected) in [
        (&several[..0], ErrorKind::SignerUntrusted),
        (&several[..1], ErrorKind::KeyMismatch),
        (&several[..], ErrorKind::SignerUntrusted),
    ] {
        let refused = receipt.verify(&VerifyOptions {
            trusted,
            expiry: Expiry::Ignored,
        });
        assert_eq!(refused.unwrap_err().kind(), expected);
    }
}

#[test]
fn a_hash_that_is_not_that_of_the_params_is_refused_v12() {
    let receipt = paid(r#"{"amount":10}"#);
    let of_others = paid(r#"{"amount":11}"#);
    let honest = receipt.text(Field::ParamsHash).unwrap();
    for hash in [
        of_others.text(Field::ParamsHash).unwrap(),
        &honest.to_uppercase(),
        &honest.replace("sha256:", ""),
        &honest.replace("sha256:", "md5:"),
        &honest[..70],
        "",
    ] {
        let mut body = body_of(&receipt);
        body["action"]["params_hash"] = json!(hash);
        let forged = crafted(&body).to_string();
        assert_refused(&forged, ErrorKind::ParamsHashMismatch);
        assert_read_forensically(&forged);
        // Hiding the params does not make the text of a hash right.
        body["action"]["params"] = Value::Null;
        let hidden = crafted(&body).to_string();
        match hash == of_others.text(Field::ParamsHash).unwrap() {
            true => assert!(judged(&hidden, Reading::Strict).is_ok()),
            false => assert_refused(&hidden, ErrorKind::ParamsHashMismatch),
        }
    }
}

#[test]
fn a_time_that_is_none_is_refused_v12() {
    for time in [
        "banana",
        "",
        "2026-06-15",
        "1781524800",
        "2026-06-15T12:00:00",
    ] {
        let mut body = body_of(&paid("{}"));
        body["ts"] = json!(time);
        let forged = crafted(&body).to_string();
        assert_refused(&forged, ErrorKind::TimestampInvalid);
        assert_read_forensically(&forged);
    }
}

#[test]
fn an_empty_nonce_and_an_empty_id_are_refused_v12() {
    let mut body = body_of(&paid("{}"));
    body["nonce"] = json!("");
    let mut forged = crafted(&body);
    assert_refused(&forged.to_string(), ErrorKind::ReceiptInvalid);
    assert_read_forensically(&forged.to_string());
    forged["id"] = json!("");
    assert_refused(&forged.to_string(), ErrorKind::IdMismatch);
    assert_read_forensically(&forged.to_string());
}

#[test]
fn keys_under_which_anybody_can_sign_are_refused_v13() {
    // R is the identity and S is zero: it fits every message under these keys.
    let mut forged_signature = [0; 64];
    forged_signature[0] = 1;
    for (bytes, what) in small_order_encodings() {
        let refused = PublicKey::from_bytes(&bytes).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::KeyWeak, "{what}");
        let text = format!("ed25519:{}", base64::encode(&bytes));
        let refused = key_text::parse(&text).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::KeyWeak, "{what}");

        let mut forged = body_of(&paid(r#"{"amount":999999}"#));
        forged["signer"]["pubkey"] = json!(text);
        forged["id"] = json!(id_of(&forged_signature));
        forged["sig"] = json!(format!("ed25519:{}", base64::encode(&forged_signature)));
        assert_refused(&forged.to_string(), ErrorKind::KeyMismatch);
        // Not even forensically: no secret was needed, so it is no evidence.
        let refused = judged(&forged.to_string(), Reading::Forensic).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::SignatureInvalid, "{what}");
    }
}

#[test]
fn key_encodings_that_are_not_reduced_are_refused_v13() {
    let mut on_the_curve = 0;
    for y in 0..19 {
        for sign in [0, 0x80] {
            // p + y, which a lax reader takes for y.
            let mut bytes = [0xff; 32];
            bytes[0] = 0xed + y;
            bytes[31] = 0x7f | sign;
            let refused = PublicKey::from_bytes(&bytes).unwrap_err();
            match refused.kind() {
                ErrorKind::KeyWeak => assert!(y < 2),
                kind => assert_eq!(kind, ErrorKind::KeyInvalid, "{y}"),
            }
            on_the_curve += usize::from(refused.to_string().contains("not canonical"));
        }
    }
    assert!(
        on_the_curve > 0,
        "points without small order are among them"
    );
}

#[test]
fn a_malleated_signature_is_refused_v14() {
    let receipt = paid("{}");
    let mut signature = receipt.signature().unwrap();
    // The order of the group, little-endian: adding it to S changes nothing in
    // the equation.
    let order = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde,
        0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let mut carry = 0;
    for (byte, add) in signature[32..].iter_mut().zip(order) {
        carry += u16::from(*byte) + u16::from(add as u8);
        *byte = carry as u8;
        carry >>= 8;
    }
    assert_eq!(carry, 0);
    let forged = altered(&receipt, |value| {
        value["sig"] = json!(format!("ed25519:{}", base64::encode(&signature)));
        value["id"] = json!(id_of(&signature));
    });
    for reading in [Reading::Strict, Reading::Forensic] {
        let refused = judged(&forged, reading).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::SignatureInvalid);
    }
}

#[test]
fn other_spellings_of_a_signature_are_refused_v14() {
    let receipt = paid("{}");
    let honest = receipt.text(Field::Signature).unwrap();
    let unpadded = honest.trim_end_matches('=');
    // The last character before the padding carries four bits that mean nothing.
    let (rest, last) = unpadded.split_at(unpadded.len() - 1);
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let place = alphabet.find(last).unwrap();
    let stray = &alphabet[place + 1..place + 2];
    for spelling in [
        unpadded,
        &format!("{unpadded}="),
        &format!("{honest}="),
        &format!("{honest}\n"),
        &format!("\n{honest}"),
        &honest.replacen("ed25519:", "ed25519:\n", 1),
        &honest.replacen("ed25519:", "ed25519: ", 1),
        &honest.replacen("ed25519:", "", 1),
        &honest.replacen("ed25519:", "ED25519:", 1),
        &format!("{rest}{stray}=="),
        &format!("{}\n{}", &honest[..50], &honest[50..]),
    ] {
        let forged = altered(&receipt, |value| value["sig"] = json!(spelling));
        for reading in [Reading::Strict, Reading::Forensic] {
            let refused = judged(&forged, reading).unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::ReceiptInvalid, "{spelling:?}");
        }
    }
}

#[test]
fn a_signature_by_another_key_is_refused_even_if_it_names_the_agent() {
    let forged = crafted_by(&stranger(), &body_of(&paid("{}"))).to_string();
    for reading in [Reading::Strict, Reading::Forensic] {
        let refused = judged(&forged, reading).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::SignatureInvalid);
    }
}

#[test]
fn a_null_in_place_of_an_absent_member_claims_nothing() {
    let receipt = paid("{}");
    let nulls = altered(&receipt, |value| {
        value["exp"] = Value::Null;
        value["policy"] = Value::Null;
        value["authz_decision"] = Value::Null;
        value["action"]["session"] = Value::Null;
        value["signer"]["principal"] = Value::Null;
    });
    let read = judged(&nulls, Reading::Strict).unwrap();
    assert_eq!(read.json(), receipt.json());
    // One that must be there is missing when it is null.
    for place in [
        "/id",
        "/sig",
        "/ts",
        "/nonce",
        "/v",
        "/action/tool",
        "/signer/name",
    ] {
        let forged = altered(&receipt, |value| {
            *value.pointer_mut(place).unwrap() = Value::Null;
        });
        assert_refused(&forged, ErrorKind::ReceiptInvalid);
    }
}

/// The fourteen encodings of the eight points whose order divides eight.
fn small_order_encodings() -> [([u8; 32], &'static str); 14] {
    let with = |first: u8, rest: u8, last: u8| {
        let mut bytes = [rest; 32];
        bytes[0] = first;
        bytes[31] = last;
        bytes
    };
    let order_8 = |text: &str| signet::encoding::hex::decode(text.as_bytes()).unwrap();
    [
        (with(0x01, 0, 0), "identity"),
        (with(0x01, 0, 0x80), "identity, negative zero"),
        (with(0xee, 0xff, 0x7f), "identity, not reduced"),
        (
            with(0xee, 0xff, 0xff),
            "identity, negative zero, not reduced",
        ),
        (with(0xec, 0xff, 0x7f), "order 2"),
        (with(0xec, 0xff, 0xff), "order 2, negative zero"),
        (with(0x00, 0, 0), "order 4"),
        (with(0x00, 0, 0x80), "order 4, negative"),
        (with(0xed, 0xff, 0x7f), "order 4, not reduced"),
        (with(0xed, 0xff, 0xff), "order 4, negative, not reduced"),
        (
            order_8("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
            "order 8",
        ),
        (
            order_8("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85"),
            "order 8, negative",
        ),
        (
            order_8("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
            "order 8, other",
        ),
        (
            order_8("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa"),
            "order 8, other, negative",
        ),
    ]
}
