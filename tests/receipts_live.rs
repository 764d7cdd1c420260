//! The published Signet itself, run beside ours on random actions: it verifies
//! what is signed here, we verify what it signs, and both put the same bytes
//! under the signature.

#[path = "support/documents.rs"]
mod documents;

use documents::Documents;
use serde_json::{Value, json};
use signet::crypto::ed25519::PublicKey;
use signet::encoding::jcs::Limits;
use signet::encoding::record::Reading;
use signet::encoding::rfc3339::Instant;
use signet::identity::KeyPair;
use signet::receipt::{
    Action, ActionOptions, Expiry, Field, Receipt, SignOptions, Signer, VerifyOptions, sign,
};
use signet::{Error, ErrorKind};

/// A text for a member: empty, plain, or of any characters.
fn text(random: &mut Documents) -> String {
    match random.below(4) {
        0 => String::new(),
        1 => format!("plain-{}", random.below(1000)),
        _ => (0..random.below(20))
            .filter_map(|_| char::from_u32(random.below(0x3000) as u32))
            .chain(['"', '\\', '\u{1}', '😀', '\u{fb33}'])
            .collect(),
    }
}

/// An action without params: the tool and any of the other members.
fn members(random: &mut Documents) -> Value {
    let mut members = json!({ "tool": text(random) });
    for name in [
        "target",
        "transport",
        "session",
        "call_id",
        "response_hash",
        "trace_id",
        "parent_receipt_id",
    ] {
        match random.below(4) {
            0 => members[name] = Value::Null,
            1 => {}
            _ => members[name] = Value::from(text(random)),
        }
    }
    members
}

/// The action as JSON text, params spelled as they are.
fn action_text(members: &Value, params: &str) -> String {
    let rest = members.to_string();
    format!("{{\"params\":{params},{}", &rest[1..])
}

/// The action as the published Signet takes it.
fn their_action(members: &Value, params: Value) -> signet_core::Action {
    let optional = |name: &str| members[name].as_str().map(str::to_owned);
    signet_core::Action {
        tool: optional("tool").unwrap(),
        params,
        params_hash: String::new(),
        target: optional("target").unwrap_or_default(),
        transport: optional("transport").unwrap_or("stdio".to_owned()),
        session: optional("session"),
        call_id: optional("call_id"),
        response_hash: optional("response_hash"),
        trace_id: optional("trace_id"),
        parent_receipt_id: optional("parent_receipt_id"),
    }
}

/// The bytes that the published Signet puts under the signature of a receipt.
fn their_body(receipt: &str) -> String {
    let mut body: Value = serde_json::from_str(receipt).unwrap();
    body.as_object_mut().unwrap().remove("id");
    body.as_object_mut().unwrap().remove("sig");
    signet_core::canonical::canonicalize(&body).unwrap()
}

fn verify_here(text: &str, reading: Reading, key: &PublicKey) -> Result<Receipt, Error> {
    let receipt = Receipt::parse(text.as_bytes(), reading, &Limits::default())?;
    let trusted = [key];
    let expiry = Expiry::JudgedAt(Instant::now());
    receipt.verify(&VerifyOptions {
        trusted: &trusted,
        expiry,
    })?;
    Ok(receipt)
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

#[test]
fn what_is_signed_here_verifies_there_and_covers_the_same_bytes() {
    let (their_key, their_public) = signet_core::generate_keypair();
    let ours = KeyPair::from_seed(&their_key.to_bytes());
    let (mut signed, mut wrapped, mut hash_only) = (0, 0, 0);
    let seed = documents::first_seed();
    for seed in seed..seed.wrapping_add(2500 * documents::torture()) {
        let mut random = Documents::new(seed);
        let params = random.document();
        let members = members(&mut random);
        let given = action_text(&members, &params);
        let options = ActionOptions {
            hash_only: random.below(8) == 0,
            ..ActionOptions::default()
        };
        let action = match Action::parse(given.as_bytes(), &options) {
            Ok(action) => action,
            Err(error) => {
                // Overflowing numbers, and towers that no log could hold.
                let expected = [ErrorKind::JsonNumber, ErrorKind::JsonTooDeep];
                assert!(expected.contains(&error.kind()), "seed {seed}: {error}");
                continue;
            }
        };
        let (name, owner) = (text(&mut random), text(&mut random));
        let names = Signer {
            name: &name,
            owner: &owner,
        };
        let when = SignOptions {
            expires_at: [None, Some("2999-12-31T23:59:59.5+09:00")][random.below(2) as usize],
            ..SignOptions::default()
        };
        let receipt = sign(&ours, &action, &names, &when).unwrap();
        let text = std::str::from_utf8(receipt.json()).unwrap();

        signet_core::verify_any(text, &their_public)
            .unwrap_or_else(|error| panic!("seed {seed}: {error}: {text}"));
        let typed: signet_core::Receipt = serde_json::from_str(text).unwrap();
        signet_core::verify(&typed, &their_public).unwrap();
        let body = String::from_utf8(receipt.signed_body()).unwrap();
        assert_eq!(body, their_body(text), "seed {seed}");
        // What their types print, and so what their log stores, verifies here.
        let printed = serde_json::to_string(&typed).unwrap();
        let back = verify_here(&printed, Reading::Strict, ours.public_key()).unwrap();
        assert_eq!(back.json(), receipt.json(), "seed {seed}");

        // Their own hash of the same params, as they travel.
        let travelling = Action::parse(given.as_bytes(), &ActionOptions::default()).unwrap();
        let travelling: Value = serde_json::from_slice(travelling.json()).unwrap();
        let action = their_action(&members, travelling["params"].clone());
        let theirs = signet_core::sign(&their_key, &action, &name, &owner).unwrap();
        assert_eq!(
            receipt.text(Field::ParamsHash),
            Some(theirs.action.params_hash.as_str()),
            "seed {seed}"
        );
        hash_only += usize::from(options.hash_only);
        wrapped += usize::from(receipt.travelling_params().starts_with(br#"{"$exact":"#));
        signed += 1;
    }
    assert!(signed > 1500 && wrapped > 150 && hash_only > 150);
}

#[test]
fn principals_are_signed_and_verify_there() {
    let (their_key, their_public) = signet_core::generate_keypair();
    let ours = KeyPair::from_seed(&their_key.to_bytes());
    let action = Action::parse(br#"{"tool":"t"}"#, &ActionOptions::default()).unwrap();
    let claiming = |principal, acting_for| {
        let options = SignOptions {
            principal,
            acting_for,
            ..SignOptions::default()
        };
        sign(&ours, &action, &Signer::default(), &options)
    };
    let (bot, alice) = ("agent://example/bot", "user://example/alice");
    for (principal, acting_for) in [
        (Some(bot), None),
        (None, Some(alice)),
        (Some(bot), Some(alice)),
    ] {
        let receipt = claiming(principal, acting_for).unwrap();
        assert_eq!(receipt.text(Field::SignerPrincipal), principal);
        assert_eq!(receipt.text(Field::SignerActingFor), acting_for);
        let text = std::str::from_utf8(receipt.json()).unwrap();
        signet_core::verify_any(text, &their_public).unwrap();
        let mallory = text.replace("example/", "elsewhere/");
        assert!(signet_core::verify_any(&mallory, &their_public).is_err());
    }
    for wrong in ["", "alice", "user://example"] {
        let refused = claiming(Some(wrong), None).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::PrincipalInvalid);
        assert!(claiming(None, Some(wrong)).is_err());
    }
}

#[test]
fn what_is_signed_there_verifies_here_and_covers_the_same_bytes() {
    let (their_key, _) = signet_core::generate_keypair();
    let ours = KeyPair::from_seed(&their_key.to_bytes());
    let mut verified = 0;
    let seed = documents::first_seed() ^ 1 << 63;
    for seed in seed..seed.wrapping_add(2500 * documents::torture()) {
        let mut random = Documents::new(seed);
        let document = random.document();
        let Ok(params) = serde_json::from_str::<Value>(&document) else {
            continue;
        };
        if depth(&params) > 125 || params.to_string().contains("-9223372036854775808") {
            // The one they would sign and never read again; on the other their
            // debug build panics. What its release build makes of it is among
            // the recorded receipts.
            continue;
        }
        let members = members(&mut random);
        let action = their_action(&members, params);
        let (name, owner) = (text(&mut random), text(&mut random));
        let signed = match random.below(2) {
            0 => signet_core::sign(&their_key, &action, &name, &owner),
            _ => {
                let expiry = "2999-12-31T23:59:59Z";
                signet_core::sign_with_expiration(&their_key, &action, &name, &owner, expiry)
            }
        };
        let Ok(receipt) = signed else {
            // An integer beyond 2^53 - 1.
            continue;
        };
        let text = serde_json::to_string(&receipt).unwrap();
        let read = verify_here(&text, Reading::Forensic, ours.public_key())
            .unwrap_or_else(|error| panic!("seed {seed}: {error}: {text}"));
        let body = String::from_utf8(read.signed_body()).unwrap();
        assert_eq!(body, their_body(&text), "seed {seed}");
        assert_eq!(read.text(Field::Tool), Some(receipt.action.tool.as_str()));
        assert_eq!(read.text(Field::SignerName), Some(name.as_str()));
        assert_eq!(
            read.text(Field::Target),
            Some(receipt.action.target.as_str())
        );
        assert_eq!(read.text(Field::CallId), receipt.action.call_id.as_deref());
        assert_eq!(read.text(Field::Id), Some(receipt.id.as_str()));
        let strict = verify_here(&text, Reading::Strict, ours.public_key())
            .unwrap_or_else(|error| panic!("seed {seed}: {error}: {text}"));
        assert_eq!(strict.json(), read.json(), "seed {seed}");
        verified += 1;
    }
    assert!(verified > 1000, "{verified}");
}

#[test]
fn a_wrong_key_is_refused_on_both_sides() {
    let (their_key, their_public) = signet_core::generate_keypair();
    let (_, other_public) = signet_core::generate_keypair();
    let other = PublicKey::from_bytes(other_public.as_bytes()).unwrap();
    let ours = KeyPair::from_seed(&their_key.to_bytes());
    let action = Action::parse(br#"{"tool":"t"}"#, &ActionOptions::default()).unwrap();
    let receipt = sign(&ours, &action, &Signer::default(), &SignOptions::default()).unwrap();
    let text = std::str::from_utf8(receipt.json()).unwrap();
    assert!(signet_core::verify_any(text, &their_public).is_ok());
    assert!(signet_core::verify_any(text, &other_public).is_err());
    let refused = verify_here(text, Reading::Strict, &other).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::KeyMismatch);
    let refused = verify_here(text, Reading::Forensic, &other).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::SignatureInvalid);
}

#[test]
fn exact_numbers_verify_there_and_survive_its_types() {
    let (their_key, their_public) = signet_core::generate_keypair();
    let ours = KeyPair::from_seed(&their_key.to_bytes());
    for params in [
        "9007199254740993",
        r#"{"id":1234567890123456789,"rest":[1e17, 0.1]}"#,
        "[18446744073709551617]",
        r#"{"$exact":"5"}"#,
        "123456789012345678901234567890",
        "0.1000000000000000055511151231257827",
        "-9223372036854775808",
        "1e-400",
    ] {
        let given = format!(r#"{{"tool":"t","params":{params}}}"#);
        let action = Action::parse(given.as_bytes(), &ActionOptions::default()).unwrap();
        let receipt = sign(&ours, &action, &Signer::default(), &SignOptions::default()).unwrap();
        let text = std::str::from_utf8(receipt.json()).unwrap();
        signet_core::verify_any(text, &their_public).unwrap();
        let typed: signet_core::Receipt = serde_json::from_str(text).unwrap();
        let printed = serde_json::to_string(&typed).unwrap();
        let back = verify_here(&printed, Reading::Strict, ours.public_key()).unwrap();
        assert_eq!(back.params(), params.as_bytes());
    }
}

#[test]
fn receipts_with_principals_verify_here() {
    let (their_key, _) = signet_core::generate_keypair();
    let ours = KeyPair::from_seed(&their_key.to_bytes());
    let action = their_action(&json!({"tool":"pay"}), json!({"amount": 10}));
    let (principal, acting_for) = ("agent://prismer/deploy-bot", "user://prismer/alice");
    for acting_for in [None, Some(acting_for)] {
        let receipt = signet_core::sign_with_principal(
            &their_key,
            &action,
            "bot",
            "owner",
            Some(principal),
            acting_for,
        )
        .unwrap();
        let text = serde_json::to_string(&receipt).unwrap();
        let read = verify_here(&text, Reading::Strict, ours.public_key()).unwrap();
        let body = String::from_utf8(read.signed_body()).unwrap();
        assert_eq!(body, their_body(&text));
        assert!(body.contains(principal));
        // They stand under the signature.
        let forged = text.replace("agent://prismer/", "agent://other/");
        let refused = verify_here(&forged, Reading::Strict, ours.public_key()).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::SignatureInvalid);
    }
}

#[test]
fn receipts_with_an_attested_policy_decision_verify_here() {
    let (their_key, _) = signet_core::generate_keypair();
    let ours = KeyPair::from_seed(&their_key.to_bytes());
    let policy = r#"{"version":1,"name":"base","default_action":"deny","rules":
        [{"id":"ok","match":{"tool":"pay"},"action":"allow","reason":"small"}]}"#;
    let policy = signet_core::parse_policy_json(policy).unwrap();
    let action = their_action(&json!({"tool":"pay"}), json!({"amount": 10}));
    let (receipt, _) =
        signet_core::sign_with_policy(&their_key, &action, "bot", "owner", &policy, None).unwrap();
    let text = serde_json::to_string(&receipt).unwrap();
    let read = verify_here(&text, Reading::Strict, ours.public_key()).unwrap();
    assert_eq!(read.text(Field::PolicyDecision), Some("allow"));
    assert_eq!(
        String::from_utf8(read.signed_body()).unwrap(),
        their_body(&text)
    );
    let forged = text.replace("\"ok\"", "\"other\"");
    assert_ne!(forged, text);
    let refused = verify_here(&forged, Reading::Strict, ours.public_key()).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::SignatureInvalid);
}

#[test]
fn an_authority_decision_that_nobody_checks_is_not_waved_through() {
    let (their_key, their_public) = signet_core::generate_keypair();
    let (authority_key, _) = signet_core::generate_keypair();
    let ours = KeyPair::from_seed(&their_key.to_bytes());
    let action = their_action(&json!({"tool":"pay"}), json!({"amount": 10}));
    let agent = "agent://prismer/deploy-bot";
    let decision = signet_core::authorize(
        &authority_key,
        "service://prismer/authority",
        agent,
        &signet_core::CanonicalIntent::from_action(&action).unwrap(),
        signet_core::DecisionType::Allow,
        serde_json::from_value(json!({"type":"approval","approver":"user://prismer/alice"}))
            .unwrap(),
        Vec::new(),
        Vec::new(),
        None,
        None,
    )
    .unwrap();
    let receipt = signet_core::sign_with_decision(
        &their_key,
        &action,
        "bot",
        "owner",
        Some(agent),
        &decision,
        None,
        None,
    )
    .unwrap();
    let text = serde_json::to_string(&receipt).unwrap();
    signet_core::verify_any(&text, &their_public).unwrap();
    let refused = verify_here(&text, Reading::Strict, ours.public_key()).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Unsupported, "{refused}");
    let read = verify_here(&text, Reading::Forensic, ours.public_key()).unwrap();
    assert_eq!(
        String::from_utf8(read.signed_body()).unwrap(),
        their_body(&text)
    );
}
