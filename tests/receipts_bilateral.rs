//! Attacks on co-signed receipts, by name: each tries what once went through or
//! what a forger would try first.

#[path = "support/signing.rs"]
mod signing;

use serde_json::{Value, json};
use signet::crypto::ed25519::PublicKey;
use signet::encoding::jcs::Limits;
use signet::encoding::record::Reading;
use signet::encoding::rfc3339::Instant;
use signet::identity::KeyPair;
use signet::receipt::{
    Action, ActionOptions, BilateralOptions, CoSignOptions, CompoundOptions, Expiry, Field,
    Freshness, Outcome, OutcomeStatus, Receipt, Response, SignOptions, Signer, VerifyOptions,
    co_sign, sign, sign_compound,
};
use signet::{ErrorKind, Result};
use signing::{
    agent, body_of, clock, crafted_by, name_of, paid, signed, stranger, text_of, value_of,
};

const ANSWER: &[u8] = br#"{"content":[{"type":"text","text":"paid 10"}]}"#;

fn server() -> KeyPair {
    KeyPair::from_seed(&[9; 32])
}

/// A second after everything else.
fn answered() -> Instant {
    clock().plus_millis(1000)
}

fn co_sign_at(time: Instant, server: &KeyPair, agent_receipt: &Receipt) -> Result<Receipt> {
    let mut response = Response::new(ANSWER);
    response.outcome = Some(Outcome {
        status: OutcomeStatus::Executed,
        reason: None,
        error: None,
    });
    let options = CoSignOptions {
        server_name: "payments",
        time: Some(time),
        nonce: Some([0x33; 16]),
        extensions: None,
    };
    co_sign(server, agent_receipt, &response, &options)
}

fn co_signed(agent_receipt: &Receipt) -> Receipt {
    co_sign_at(answered(), &server(), agent_receipt).expect("a sound receipt")
}

/// What a caller asks of a receipt.
struct Asked {
    servers: Vec<PublicKey>,
    agents: Vec<PublicKey>,
    window_seconds: Option<u64>,
    freshness: Option<Freshness>,
    session: Option<&'static str>,
    call_id: Option<&'static str>,
}

/// Whether the agent was trusted, of a receipt that verifies. `change` says what
/// is asked otherwise than an honest caller would.
fn judged(text: &str, reading: Reading, change: impl FnOnce(&mut Asked)) -> Result<bool> {
    let receipt = Receipt::parse(text.as_bytes(), reading, &Limits::default())?;
    let mut asked = Asked {
        servers: vec![*server().public_key()],
        agents: vec![*agent().public_key()],
        window_seconds: Some(300),
        freshness: None,
        session: None,
        call_id: None,
    };
    change(&mut asked);
    let servers = Vec::from_iter(&asked.servers);
    let agents = Vec::from_iter(&asked.agents);
    let signers = receipt.verify_bilateral(&BilateralOptions {
        servers: &servers,
        agents: &agents,
        window_seconds: asked.window_seconds,
        freshness: asked.freshness,
        session: asked.session,
        call_id: asked.call_id,
        expiry: Expiry::JudgedAt(clock()),
    });
    Ok(signers?.agent.is_some())
}

#[track_caller]
fn assert_refused(text: &str, kind: ErrorKind) {
    let refused = judged(text, Reading::Strict, |_| {}).unwrap_err();
    assert_eq!(refused.kind(), kind, "{refused}: {text}");
}

/// The server's own signature over any body at all.
fn crafted_by_server(body: &Value) -> String {
    crafted_by(&server(), body).to_string()
}

#[test]
fn an_honest_receipt_verifies_and_shows_both_sides() {
    let receipt = co_signed(&paid(r#"{"amount":10}"#));
    assert_eq!(
        judged(&text_of(&receipt), Reading::Strict, |_| {}),
        Ok(true)
    );
    assert_eq!(receipt.version(), 3);
    assert_eq!(receipt.text(Field::Tool), Some("pay"));
    assert_eq!(receipt.text(Field::ServerName), Some("payments"));
    assert_eq!(receipt.text(Field::OutcomeStatus), Some("executed"));
    assert_eq!(receipt.params().as_ref(), br#"{"amount":10}"#);
    assert_eq!(receipt.response_time(), Ok(Some(answered())));
    let inside = receipt.agent_receipt().unwrap();
    assert_eq!(inside.json(), paid(r#"{"amount":10}"#).json());
    assert_eq!(inside.time(), Ok(clock()));
    // By the agent's key alone, nothing is said about the server.
    let agent = agent();
    let options = VerifyOptions {
        trusted: &[agent.public_key()],
        expiry: Expiry::Ignored,
    };
    let refused = receipt.verify(&options).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ReceiptVersion);
    assert!(inside.verify(&options).is_ok());
}

#[test]
fn a_swapped_server_key_is_refused() {
    let receipt = co_signed(&paid("{}"));
    let mut forged = value_of(&receipt);
    forged["server"]["pubkey"] = json!(name_of(&stranger()));
    assert_refused(&forged.to_string(), ErrorKind::KeyMismatch);
    // Even a verifier that trusts both servers sees it.
    let refused = judged(&forged.to_string(), Reading::Strict, |asked| {
        asked.servers.push(*stranger().public_key());
    });
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::SignatureInvalid);
}

#[test]
fn a_stranger_cannot_co_sign() {
    let forged = co_sign_at(answered(), &stranger(), &paid("{}")).unwrap();
    assert_refused(&text_of(&forged), ErrorKind::KeyMismatch);
    let refused = judged(&text_of(&forged), Reading::Strict, |asked| {
        asked.servers.clear();
    });
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::SignerUntrusted);
    // Nor under the server's name.
    let mut body = body_of(&forged);
    body["server"]["pubkey"] = json!(name_of(&server()));
    let forged = crafted_by(&stranger(), &body).to_string();
    for reading in [Reading::Strict, Reading::Forensic] {
        let refused = judged(&forged, reading, |_| {}).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::SignatureInvalid);
    }
}

#[test]
fn a_receipt_is_not_stapled_to_another_response() {
    let receipt = co_signed(&paid("{}"));
    receipt.check_response(ANSWER, &Limits::default()).unwrap();
    let spelled = br#" { "content" : [ { "text":"paid\u002010", "type":"text" } ] } "#;
    receipt.check_response(spelled, &Limits::default()).unwrap();
    for other in [
        &br#"{"content":[{"type":"text","text":"paid 11"}]}"#[..],
        b"null",
        b"{}",
    ] {
        let refused = receipt
            .check_response(other, &Limits::default())
            .unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::ContentHashMismatch);
    }
    let twice = br#"{"content":[],"content":[{"type":"text","text":"paid 10"}]}"#;
    let refused = receipt
        .check_response(twice, &Limits::default())
        .unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::JsonDuplicateMember);
    // Nor is the other response's hash put into the receipt.
    let mut forged = value_of(&receipt);
    forged["response"]["content_hash"] = json!(Response::new(b"null").content_hash().unwrap());
    assert_refused(&forged.to_string(), ErrorKind::SignatureInvalid);
    // Receipts without a response say so.
    let refused = paid("{}").check_response(ANSWER, &Limits::default());
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::ReceiptVersion);
}

#[test]
fn no_digit_of_a_response_is_left_out_of_its_hash() {
    let long = br#"{"balance":9007199254740993}"#;
    let mut response = Response::new(long);
    let options = CoSignOptions {
        time: Some(answered()),
        ..CoSignOptions::default()
    };
    let receipt = co_sign(&server(), &paid("{}"), &response, &options).unwrap();
    receipt.check_response(long, &Limits::default()).unwrap();
    let rounded = br#"{"balance":9007199254740992}"#;
    let refused = receipt.check_response(rounded, &Limits::default());
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::ContentHashMismatch);

    // The hash of a number that the published Signet rounds stands for many.
    response.content = br#"{"balance":9007199254740992.0}"#;
    let exact = co_sign(&server(), &paid("{}"), &response, &options).unwrap();
    let mut body = body_of(&exact);
    let plain = signet_core::canonical::canonicalize(&json!({"balance": 9007199254740992.0}));
    let hash = hash_of(plain.unwrap().as_bytes());
    body["response"]["content_hash"] = json!(hash);
    let text = crafted_by_server(&body);
    let parse = |reading| Receipt::parse(text.as_bytes(), reading, &Limits::default()).unwrap();
    let strict = parse(Reading::Strict);
    strict.check_response(rounded, &Limits::default()).unwrap();
    let refused = strict.check_response(long, &Limits::default());
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::ContentHashMismatch);
    parse(Reading::Forensic)
        .check_response(long, &Limits::default())
        .unwrap();
}

fn hash_of(canonical: &[u8]) -> String {
    let digest = signet::crypto::digest::sha256(canonical);
    format!("sha256:{}", signet::encoding::hex::encode(&digest))
}

#[test]
fn an_exchanged_agent_receipt_is_refused() {
    let mut forged = value_of(&co_signed(&paid(r#"{"amount":10}"#)));
    forged["agent_receipt"] = value_of(&paid(r#"{"amount":1000}"#));
    for reading in [Reading::Strict, Reading::Forensic] {
        let refused = judged(&forged.to_string(), reading, |_| {}).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::SignatureInvalid);
    }
    // A server that lies about what the agent signed convinces nobody either.
    let mut body = body_of(&co_signed(&paid(r#"{"amount":10}"#)));
    body["agent_receipt"]["action"]["params"]["amount"] = json!(1000);
    assert_refused(&crafted_by_server(&body), ErrorKind::SignatureInvalid);
}

#[test]
fn every_member_of_a_co_signed_receipt_is_under_a_signature() {
    let receipt = co_signed(&signed(
        r#"{"tool":"pay","params":{"a":"b"},"session":"s","call_id":"c"}"#,
    ));
    let whole = value_of(&receipt);
    let mut changed = 0;
    for path in leaves(&whole, String::new()) {
        let mut forged = whole.clone();
        let leaf = forged.pointer_mut(&path).unwrap();
        *leaf = match &*leaf {
            Value::String(text) => json!(format!("{text}x")),
            _ => json!(7),
        };
        for reading in [Reading::Strict, Reading::Forensic] {
            let verdict = judged(&forged.to_string(), reading, |_| {});
            let forensic_id = path == "/id" && reading == Reading::Forensic;
            assert_eq!(verdict.is_ok(), forensic_id, "{path} {reading:?}");
        }
        changed += 1;
    }
    assert!(changed > 20, "{changed}");
}

fn leaves(value: &Value, path: String) -> Vec<String> {
    match value {
        Value::Object(members) => members
            .iter()
            .flat_map(|(name, value)| leaves(value, format!("{path}/{name}")))
            .collect(),
        _ => vec![path],
    }
}

#[test]
fn an_agent_that_only_vouches_for_itself_is_not_called_trusted_v5() {
    let stranger = stranger();
    let action = Action::parse(br#"{"tool":"pay"}"#, &ActionOptions::default()).unwrap();
    let options = SignOptions {
        time: Some(clock()),
        ..SignOptions::default()
    };
    let theirs = sign(&stranger, &action, &Signer::default(), &options).unwrap();
    let text = text_of(&co_signed(&theirs));
    assert_refused(&text, ErrorKind::KeyMismatch);
    let self_consistent = |asked: &mut Asked| asked.agents.clear();
    assert_eq!(judged(&text, Reading::Strict, self_consistent), Ok(false));
    // The forensic reading trusts nobody more: the key that is named counts.
    let refused = judged(&text, Reading::Forensic, |_| {}).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::KeyMismatch);
    let mut body = body_of(&co_signed(&paid("{}")));
    body["agent_receipt"]["signer"]["pubkey"] = json!(name_of(&stranger));
    let named = crafted_by_server(&body);
    let refused = judged(&named, Reading::Forensic, |_| {}).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::KeyMismatch);
}

#[test]
fn one_key_on_both_sides_is_refused_r7() {
    let refused = co_sign_at(answered(), &agent(), &paid("{}")).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::SameSigner);
    // What other software signed nevertheless.
    let mut body = body_of(&co_signed(&paid("{}")));
    body["server"]["pubkey"] = json!(name_of(&agent()));
    let text = crafted_by(&agent(), &body).to_string();
    let refused = judged(&text, Reading::Strict, |asked| {
        asked.servers = vec![*agent().public_key()];
    });
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::SameSigner);
}

#[test]
fn a_co_signature_before_the_call_or_long_after_it_is_refused() {
    let paid = paid("{}");
    let refused = co_sign_at(clock().plus_millis(-1), &server(), &paid).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::TimeOutOfWindow);
    let mut body = body_of(&co_signed(&paid));
    body["ts_response"] = json!("2026-06-15T11:59:59.999Z");
    let early = crafted_by_server(&body);
    for reading in [Reading::Strict, Reading::Forensic] {
        let refused = judged(&early, reading, |asked| asked.window_seconds = None);
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::TimeOutOfWindow);
    }
    for (millis, window, fine) in [
        (0, Some(0), true),
        (300_999, Some(300), true),
        (301_000, Some(300), false),
        (1_000, Some(0), false),
        (86_400_000, None, true),
        (1_000, Some(u64::MAX), true),
    ] {
        let receipt = co_sign_at(clock().plus_millis(millis), &server(), &paid).unwrap();
        let verdict = judged(&text_of(&receipt), Reading::Strict, |asked| {
            asked.window_seconds = window;
        });
        let expected = match fine {
            true => Ok(true),
            false => Err(ErrorKind::TimeOutOfWindow),
        };
        assert_eq!(verdict.map_err(|error| error.kind()), expected, "{millis}");
    }
}

#[test]
fn co_signatures_of_2020_and_of_2099_are_not_fresh_r1() {
    let dated = |time: &str| {
        let time = Instant::parse(time).unwrap();
        let mut body = body_of(&paid("{}"));
        body["ts"] = json!(time.to_text());
        let agent_receipt = crafted_by(&agent(), &body).to_string();
        let agent_receipt = agent_receipt.as_bytes();
        let agent_receipt = Receipt::parse(agent_receipt, Reading::Strict, &Limits::default());
        text_of(&co_sign_at(time, &server(), &agent_receipt.unwrap()).unwrap())
    };
    let fresh = |asked: &mut Asked| {
        asked.freshness = Some(Freshness {
            at: clock(),
            max_age_seconds: 3600,
            skew_seconds: 60,
        });
    };
    for (time, fine) in [
        ("2020-01-01T00:00:00Z", false),
        ("2099-01-01T00:00:00Z", false),
        ("2026-06-15T12:00:00Z", true),
        ("2026-06-15T12:01:00Z", true),
        ("2026-06-15T12:01:00.001Z", false),
        ("2026-06-15T10:59:00Z", true),
        ("2026-06-15T10:58:59.999Z", false),
    ] {
        let text = dated(time);
        let verdict = judged(&text, Reading::Strict, fresh).map_err(|error| error.kind());
        let expected = match fine {
            true => Ok(true),
            false => Err(ErrorKind::TimeOutOfWindow),
        };
        assert_eq!(verdict, expected, "{time}");
        // As evidence they keep their worth.
        assert_eq!(judged(&text, Reading::Strict, |_| {}), Ok(true), "{time}");
    }
    // Limits that no clock reaches do no harm.
    let text = dated("2026-06-15T12:00:00Z");
    let verdict = judged(&text, Reading::Strict, |asked| {
        asked.freshness = Some(Freshness {
            at: clock(),
            max_age_seconds: u64::MAX,
            skew_seconds: u64::MAX,
        });
    });
    assert_eq!(verdict, Ok(true));
}

#[test]
fn a_receipt_of_another_session_or_call_is_refused() {
    let receipt = text_of(&co_signed(&signed(
        r#"{"tool":"pay","session":"s-1","call_id":"n:7"}"#,
    )));
    let bound = |session, call_id| {
        judged(&receipt, Reading::Strict, |asked| {
            (asked.session, asked.call_id) = (session, call_id);
        })
        .map_err(|error| error.kind())
    };
    assert_eq!(bound(Some("s-1"), Some("n:7")), Ok(true));
    let refused = Err(ErrorKind::BindingMismatch);
    assert_eq!(bound(Some("s-2"), Some("n:7")), refused);
    assert_eq!(bound(Some("s-1"), Some("s:7")), refused);
    assert_eq!(bound(Some(""), None), refused);
    // A receipt that says nothing is none of a session's.
    let silent = text_of(&co_signed(&paid("{}")));
    let verdict = judged(&silent, Reading::Strict, |asked| {
        asked.session = Some("s-1");
    });
    assert_eq!(verdict.unwrap_err().kind(), ErrorKind::BindingMismatch);
}

#[test]
fn extensions_do_not_pose_as_signed_members() {
    let honest = co_signed(&paid(r#"{"amount":10}"#));
    let mut forged = value_of(&honest);
    forged["extensions"] = json!({
        "tool": "refund", "status": "failed", "server": {"name": "bank"},
        "agent_receipt": {"action": {"tool": "refund"}}, "id": "rec_0", "sig": "none",
    });
    let text = forged.to_string();
    assert_eq!(judged(&text, Reading::Strict, |_| {}), Ok(true));
    let receipt = Receipt::parse(text.as_bytes(), Reading::Strict, &Limits::default()).unwrap();
    // Every field is what was signed.
    for &field in Field::TEXTS {
        assert_eq!(receipt.text(field), honest.text(field), "{field:?}");
    }
    assert_eq!(receipt.params(), honest.params());
    assert_eq!(receipt.signed_body(), honest.signed_body());
    assert!(honest.value(Field::Extensions).is_none());
    assert!(receipt.value(Field::Extensions).is_some());
    // Only there: elsewhere unsigned members are refused.
    for place in [
        "",
        "/server",
        "/response",
        "/response/outcome",
        "/agent_receipt",
    ] {
        let mut forged = value_of(&honest);
        forged.pointer_mut(place).unwrap()["note"] = json!("approved");
        assert_refused(&forged.to_string(), ErrorKind::UnknownMember);
        let read = judged(&forged.to_string(), Reading::Forensic, |_| {});
        assert_eq!(read, Ok(true), "{place}");
    }
    let mut forged = value_of(&honest);
    forged["agent_receipt"]["extensions"] = json!({});
    assert_refused(&forged.to_string(), ErrorKind::UnknownMember);
}

#[test]
fn extensions_given_when_co_signing_travel_outside_the_signature() {
    let with = |extensions: &'static str| {
        let options = CoSignOptions {
            time: Some(answered()),
            nonce: Some([1; 16]),
            extensions: Some(extensions.as_bytes()),
            server_name: "payments",
        };
        co_sign(&server(), &paid("{}"), &Response::new(ANSWER), &options)
    };
    let (one, other) = (with(r#"{"b":1, "a":2}"#).unwrap(), with("\"x\"").unwrap());
    assert_eq!(one.signed_body(), other.signed_body());
    assert_eq!(one.value(Field::Extensions), Some(&br#"{"a":2,"b":1}"#[..]));
    assert_eq!(judged(&text_of(&one), Reading::Strict, |_| {}), Ok(true));
    assert!(with("null").unwrap().value(Field::Extensions).is_none());
    assert_eq!(
        with(r#"{"a":1,"a":2}"#).unwrap_err().kind(),
        ErrorKind::JsonDuplicateMember
    );
}

#[test]
fn a_forged_authorization_inside_is_refused_v9() {
    let mut body = body_of(&co_signed(&paid("{}")));
    body["agent_receipt"]["authorization"] = json!({
        "chain": [], "chain_hash": format!("sha256:{}", "0".repeat(64)),
        "root_pubkey": name_of(&server()),
    });
    assert_refused(&crafted_by_server(&body), ErrorKind::UnknownMember);
    // Nor on a receipt by itself.
    let mut forged = value_of(&paid("{}"));
    forged["authorization"] = body["agent_receipt"]["authorization"].clone();
    signing::assert_refused(&forged.to_string(), ErrorKind::UnknownMember);
}

#[test]
fn the_receipt_inside_is_held_to_the_rules_for_every_receipt() {
    let honest = body_of(&paid(r#"{"amount":10}"#));
    let wrap = |agent_receipt: Value| {
        let mut body = body_of(&co_signed(&paid("{}")));
        body["agent_receipt"] = agent_receipt;
        crafted_by_server(&body)
    };
    let changed = |path: &str, value: Value| {
        let mut body = honest.clone();
        *body.pointer_mut(path).unwrap() = value;
        wrap(crafted_by(&agent(), &body))
    };
    let hash = format!("sha256:{}", "0".repeat(64));
    assert_refused(
        &changed("/action/params_hash", json!(hash)),
        ErrorKind::ParamsHashMismatch,
    );
    assert_refused(
        &changed("/ts", json!("banana")),
        ErrorKind::TimestampInvalid,
    );
    assert_refused(&changed("/nonce", json!("")), ErrorKind::ReceiptInvalid);
    let mut other_id = crafted_by(&agent(), &honest);
    other_id["id"] = json!("rec_00000000000000000000000000000000");
    assert_refused(&wrap(other_id), ErrorKind::IdMismatch);
    let mut expired = honest.clone();
    expired["exp"] = json!("2026-06-15T11:59:59Z");
    assert_refused(&wrap(crafted_by(&agent(), &expired)), ErrorKind::Expired);
    let mut denied = honest.clone();
    denied["policy"] = json!({
        "decision": "deny", "matched_rules": [], "policy_hash": hash, "policy_name": "p",
        "reason": "",
    });
    assert_refused(
        &wrap(crafted_by(&agent(), &denied)),
        ErrorKind::ReceiptInvalid,
    );
    // A co-signed receipt, or one of another version, is no agent's receipt.
    let mut nested = value_of(&co_signed(&paid("{}")));
    assert_refused(&wrap(nested.clone()), ErrorKind::UnknownMember);
    nested = crafted_by(&agent(), &honest);
    for version in [2, 3, 5] {
        nested["v"] = json!(version);
        assert_refused(&wrap(nested.clone()), ErrorKind::ReceiptVersion);
    }
    let float = wrap(crafted_by(&agent(), &honest)).replacen("\"v\":1", "\"v\":1.0", 1);
    assert_refused(&float, ErrorKind::ReceiptInvalid);
}

#[test]
fn what_the_server_says_is_held_to_rules_too() {
    let honest = body_of(&co_signed(&paid("{}")));
    for (path, value, kind) in [
        ("/nonce", json!(""), ErrorKind::ReceiptInvalid),
        ("/ts_response", json!("soon"), ErrorKind::TimestampInvalid),
        (
            "/response/content_hash",
            json!("sha256:0"),
            ErrorKind::ReceiptInvalid,
        ),
        (
            "/response/outcome/status",
            json!("Executed"),
            ErrorKind::ReceiptInvalid,
        ),
        (
            "/server/pubkey",
            json!("ed25519:AA=="),
            ErrorKind::ReceiptInvalid,
        ),
    ] {
        let mut body = honest.clone();
        *body.pointer_mut(path).unwrap() = value;
        assert_refused(&crafted_by_server(&body), kind);
    }
    let mut receipt = value_of(&co_signed(&paid("{}")));
    receipt["id"] = json!("rec_00000000000000000000000000000000");
    assert_refused(&receipt.to_string(), ErrorKind::IdMismatch);
    // An outcome that nobody knows is refused while reading, in both readings.
    let mut odd = value_of(&co_signed(&paid("{}")));
    odd["response"]["outcome"]["status"] = json!("exploded");
    for reading in [Reading::Strict, Reading::Forensic] {
        let refused = Receipt::parse(odd.to_string().as_bytes(), reading, &Limits::default());
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::ReceiptInvalid);
    }
}

#[test]
fn a_server_key_of_small_order_co_signs_nothing_v13() {
    let weak = PublicKey::from_bytes(&std::array::from_fn(|place| u8::from(place == 0)));
    assert_eq!(weak.unwrap_err().kind(), ErrorKind::KeyWeak);
}

#[test]
fn nothing_unsound_is_co_signed() {
    let broken = text_of(&paid("{}")).replace("deploy-bot", "deploy-bat");
    let parse =
        |text: &str, reading| Receipt::parse(text.as_bytes(), reading, &Limits::default()).unwrap();
    let refused = co_sign_at(answered(), &server(), &parse(&broken, Reading::Strict));
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::SignatureInvalid);
    let mut renamed = value_of(&paid("{}"));
    renamed["id"] = json!("rec_00000000000000000000000000000000");
    let renamed = parse(&renamed.to_string(), Reading::Strict);
    let refused = co_sign_at(answered(), &server(), &renamed);
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::IdMismatch);
    let forensic = parse(&text_of(&paid("{}")), Reading::Forensic);
    let refused = co_sign_at(answered(), &server(), &forensic);
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::InvalidArgument);
    let twice = co_sign_at(answered(), &server(), &co_signed(&paid("{}")));
    assert_eq!(twice.unwrap_err().kind(), ErrorKind::ReceiptVersion);
}

#[test]
fn a_co_signed_receipt_of_the_largest_action_is_read_back() {
    let params = format!(
        "{{\"a\":\"{}\"}}",
        "x".repeat((16 << 20) - (64 << 10) - 4096)
    );
    let receipt = co_signed(&paid(&params));
    assert_eq!(
        judged(&text_of(&receipt), Reading::Strict, |_| {}),
        Ok(true)
    );
    let options = CoSignOptions {
        time: Some(answered()),
        server_name: &"s".repeat(128 << 10),
        ..CoSignOptions::default()
    };
    let refused = co_sign(&server(), &paid(&params), &Response::new(ANSWER), &options);
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::TooLarge);
}

#[test]
fn arbitrary_damage_is_an_error_and_never_a_panic() {
    let receipt = text_of(&co_signed(&paid(r#"{"amount":10}"#)));
    let bytes = receipt.as_bytes();
    for cut in 0..bytes.len() {
        for reading in [Reading::Strict, Reading::Forensic] {
            let cut = Receipt::parse(&bytes[..cut], reading, &Limits::default());
            assert!(cut.is_err());
        }
        for byte in [b'"', b'{', b'}', b',', b'0', b'\\', 0xff] {
            let mut damaged = bytes.to_vec();
            damaged[cut] = byte;
            let same = damaged == bytes;
            let Ok(text) = std::str::from_utf8(&damaged) else {
                let refused = Receipt::parse(&damaged, Reading::Strict, &Limits::default());
                assert_eq!(refused.unwrap_err().kind(), ErrorKind::JsonEncoding);
                continue;
            };
            // Most are cheap to refuse; those that are not must fail later.
            let parsed = Receipt::parse(&damaged, Reading::Strict, &Limits::default());
            if parsed.is_ok() && cut % 8 == 0 {
                assert_eq!(
                    judged(text, Reading::Strict, |_| {}).is_ok(),
                    same,
                    "{text}"
                );
            }
        }
    }
}

#[test]
fn a_response_before_its_request_is_not_signed() {
    let action = Action::parse(br#"{"tool":"pay"}"#, &ActionOptions::default()).unwrap();
    let sign = |requested_at, responded_at| {
        let options = CompoundOptions {
            requested_at,
            responded_at,
            nonce: None,
        };
        let response = Response::new(ANSWER);
        sign_compound(&agent(), &action, &response, &Signer::default(), &options)
    };
    let agent = agent();
    let options = VerifyOptions {
        trusted: &[agent.public_key()],
        expiry: Expiry::Ignored,
    };
    let receipt = sign("2026-06-15T12:00:00Z", "2026-06-15T14:00:00+02:00").unwrap();
    receipt.verify(&options).unwrap();
    receipt.check_response(ANSWER, &Limits::default()).unwrap();
    let refused = sign("2026-06-15T12:00:00Z", "2026-06-15T11:59:59Z").unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::TimeOutOfWindow);
    for bad in ["", "yesterday", "2026-06-15"] {
        assert_eq!(
            sign(bad, "2026-06-15T12:00:00Z").unwrap_err().kind(),
            ErrorKind::TimestampInvalid
        );
        assert_eq!(
            sign("2026-06-15T12:00:00Z", bad).unwrap_err().kind(),
            ErrorKind::TimestampInvalid
        );
    }
}
