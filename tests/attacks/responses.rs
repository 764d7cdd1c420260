//! Responses of others, to others, or about something else.

use serde_json::{Value, json};
use signet::ErrorKind;
use signet::identity::KeyPair;
use signet::mcp::{
    OpenCall, RequestOptions, ResponseOptions, sign_request, sign_response, verify_response,
};
use signet::receipt::{CoSignOptions, Receipt, Response, Signer, co_sign};
use signet::verifier::{Axis, Evidence, Remark, Report};

use crate::ground::*;

const ANSWER: &str = r#"{"content":[{"type":"text","text":"paid"}]}"#;

fn open(id: &str, arguments: &str) -> OpenCall {
    let text = format!(
        r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"pay","arguments":{arguments}}}}}"#
    );
    let options = RequestOptions {
        signer: Signer {
            name: "deploy-bot",
            owner: "",
        },
        target: TARGET,
        time: Some(clock()),
        ..RequestOptions::default()
    };
    let mut signed = sign_request(&agent(), text.as_bytes(), &options).unwrap();
    signed.calls.remove(0)
}

fn answered_by(key: &KeyPair, call: &OpenCall, id: &str) -> String {
    let response = format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{ANSWER}}}"#);
    let options = ResponseOptions {
        server_name: "bank",
        time: Some(after(1)),
        ..ResponseOptions::default()
    };
    let signed = sign_response(key, call, response.as_bytes(), &options).unwrap();
    String::from_utf8(signed.bytes).unwrap()
}

fn received(response: &str, call: &OpenCall) -> Result<(), signet::Error> {
    let verified = verify_response(response.as_bytes(), call, &bank(), after(2))?;
    verified.report.require_ok()
}

#[test]
fn a_response_is_stapled_to_another_call() {
    let (one, other) = (open("1", ARGUMENTS), open("2", ARGUMENTS));
    let response = answered_by(&server(), &one, "1");
    received(&response, &one).unwrap();
    fails(received(&response, &other), ErrorKind::BindingMismatch);
    // With the other's id written into it, and to the same id of another call.
    let renumbered = response.replacen(r#""id":1"#, r#""id":2"#, 1);
    fails(received(&renumbered, &other), ErrorKind::BindingMismatch);
    let same_id = open("1", r#"{"amount":11,"to":"eve"}"#);
    fails(received(&response, &same_id), ErrorKind::BindingMismatch);
    // The very same call, signed a second time, has its own response.
    fails(
        received(&response, &open("1", ARGUMENTS)),
        ErrorKind::BindingMismatch,
    );
}

#[test]
fn the_servers_key_is_swapped() {
    let call = open("1", ARGUMENTS);
    let response = answered_by(&stranger(), &call, "1");
    fails(received(&response, &call), ErrorKind::SignerUntrusted);
    // Named as the trusted one without its signature.
    let posing = response.replace(&name_of(&stranger()), &name_of(&server()));
    fails(received(&posing, &call), ErrorKind::SignatureInvalid);
    // An agent's or a root's key is no server's.
    let response = answered_by(&root(), &call, "1");
    fails(received(&response, &call), ErrorKind::SignerUntrusted);
}

#[test]
fn the_agent_answers_itself() {
    let call = open("1", ARGUMENTS);
    let response = format!(r#"{{"jsonrpc":"2.0","id":1,"result":{ANSWER}}}"#);
    let signed = sign_response(
        &agent(),
        &call,
        response.as_bytes(),
        &ResponseOptions::default(),
    );
    fails(signed, ErrorKind::SameSigner);
}

#[test]
fn the_result_is_changed_under_its_receipt() {
    let call = open("1", ARGUMENTS);
    let response = answered_by(&server(), &call, "1");
    for (from, to) in [
        (r#""text":"paid""#, r#""text":"failed""#),
        (r#""content":[{"#, r#""isError":true,"content":[{"#),
        (r#""_meta":{"#, r#""_meta":{"note":1,"#),
    ] {
        let changed = response.replacen(from, to, 1);
        assert_ne!(changed, response);
        fails(received(&changed, &call), ErrorKind::ContentHashMismatch);
    }
    let error = r#"{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"x"}}"#;
    fails(received(error, &call), ErrorKind::Unsigned);
    let bare = format!(r#"{{"jsonrpc":"2.0","id":1,"result":{ANSWER}}}"#);
    fails(received(&bare, &call), ErrorKind::Unsigned);
}

#[test]
fn a_response_is_kept_and_delivered_again() {
    let call = open("1", ARGUMENTS);
    let response = answered_by(&server(), &call, "1");
    let bank = bank();
    let deliver = |seconds| {
        let verified = verify_response(response.as_bytes(), &call, &bank, after(seconds))?;
        verified.report.require_ok()
    };
    deliver(2).unwrap();
    fails(deliver(3), ErrorKind::Replayed);
    fails(deliver(3600), ErrorKind::TooOld);
}

fn co_signed(agent_receipt: &Receipt) -> Receipt {
    let options = CoSignOptions {
        server_name: "bank",
        time: Some(after(1)),
        ..CoSignOptions::default()
    };
    co_sign(
        &server(),
        agent_receipt,
        &Response::new(ANSWER.as_bytes()),
        &options,
    )
    .unwrap()
}

fn judged(receipt: &str) -> Report {
    let evidence = Evidence {
        receipt: receipt.as_bytes(),
        ..Evidence::default()
    };
    bank().check_receipt(&evidence, after(2))
}

#[test]
fn the_receipt_inside_a_co_signature_is_swapped() {
    let receipt: Value = serde_json::from_str(&text_of(&co_signed(&paid(1)))).unwrap();
    passes(&judged(&receipt.to_string()));
    let mut swapped = receipt.clone();
    swapped["agent_receipt"] = serde_json::from_str(&honest(2)).unwrap();
    refused(
        &judged(&swapped.to_string()),
        Axis::Signature,
        ErrorKind::SignatureInvalid,
    );
    // The server itself signs around what the agent never signed.
    let mut forged = receipt.clone();
    forged["agent_receipt"]["action"]["tool"] = json!("refund");
    let body = without_signature(&forged);
    let report = judged(&crafted_by(&server(), &body).to_string());
    assert_eq!(report.kind(), Some(ErrorKind::SignatureInvalid));
}

fn without_signature(receipt: &Value) -> Value {
    let mut body = receipt.clone();
    let members = body.as_object_mut().unwrap();
    members.retain(|name, _| name != "id" && name != "sig" && name != "extensions");
    body
}

#[test]
fn a_trusted_server_speaks_for_an_agent_that_is_not() {
    let strangers = signed_by(&stranger(), "x", "pay", ARGUMENTS, 1);
    let report = judged(&text_of(&co_signed(&strangers)));
    refused(&report, Axis::Trust, ErrorKind::SignerUntrusted);
    assert!(!report.signer().unwrap().trusted);
    assert!(report.server().unwrap().trusted);
}

#[test]
fn a_co_signature_is_dated_before_the_call_or_long_after() {
    let receipt: Value = serde_json::from_str(&text_of(&co_signed(&paid(1)))).unwrap();
    for (time, now, kind) in [
        ("2026-06-15T11:59:59.999Z", 2, ErrorKind::TimeOutOfWindow),
        ("2026-06-15T12:05:01.000Z", 302, ErrorKind::TimeOutOfWindow),
        ("2020-06-15T12:00:00.000Z", 2, ErrorKind::TimeOutOfWindow),
        ("2099-06-15T12:00:00.000Z", 2, ErrorKind::FromFuture),
    ] {
        let mut body = without_signature(&receipt);
        body["ts_response"] = json!(time);
        let text = crafted_by(&server(), &body).to_string();
        let evidence = Evidence {
            receipt: text.as_bytes(),
            ..Evidence::default()
        };
        let report = bank().check_receipt(&evidence, after(now));
        refused(&report, Axis::Time, kind);
    }
}

#[test]
fn extensions_pose_as_signed() {
    let mut receipt: Value = serde_json::from_str(&text_of(&co_signed(&paid(1)))).unwrap();
    receipt["extensions"] = json!({"approved_by": "ceo", "amount": 1_000_000});
    let report = judged(&receipt.to_string());
    passes(&report);
    assert!(report.remarks().contains(&Remark::ExtensionsUnsigned));
    let shown = String::from_utf8(report.to_json()).unwrap();
    assert!(!shown.contains("ceo"), "{shown}");
    // On receipts that have none it is no member at all.
    let mut plain: Value = serde_json::from_str(&honest(1)).unwrap();
    plain["extensions"] = json!({});
    refused(
        &presented(&plain.to_string()),
        Axis::Structure,
        ErrorKind::UnknownMember,
    );
}

#[test]
fn a_co_signature_poses_as_a_permission() {
    refused(
        &presented(&text_of(&co_signed(&paid(1)))),
        Axis::Structure,
        ErrorKind::ReceiptVersion,
    );
}
