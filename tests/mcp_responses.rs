//! Co-signing responses: where the receipt goes, what it is about, and what a
//! client holds it to.

#[path = "support/documents.rs"]
mod documents;
#[path = "support/signing.rs"]
mod signing;

use documents::Documents;
use proptest::prelude::*;
use serde_json::{Value, json};
use signet::encoding::jcs::Limits;
use signet::identity::KeyPair;
use signet::mcp::{
    OpenCall, RequestOptions, ResponseOptions, SignedResponse, sign_request, sign_response,
    sign_result, verify_params, verify_response, verify_result,
};
use signet::receipt::{Field, Outcome, OutcomeStatus, Receipt, Response, Signer};
use signet::verifier::{Verifier, VerifierOptions};
use signet::{Error, ErrorKind, Result};
use signing::{agent, clock, stranger};

/// The server's key.
fn server() -> KeyPair {
    stranger()
}

fn open_with(id: &str, arguments: &str) -> OpenCall {
    let text = format!(
        r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"t","arguments":{arguments}}}}}"#
    );
    let options = RequestOptions {
        signer: Signer {
            name: "deploy-bot",
            owner: "alice",
        },
        target: "mcp://files",
        time: Some(clock()),
        ..RequestOptions::default()
    };
    let mut signed = sign_request(&agent(), text.as_bytes(), &options).unwrap();
    signed.calls.remove(0)
}

fn open() -> OpenCall {
    open_with("7", "{}")
}

fn options() -> ResponseOptions<'static> {
    ResponseOptions {
        server_name: "files",
        time: Some(clock().plus_millis(20)),
        ..ResponseOptions::default()
    }
}

fn answered(response: &str) -> SignedResponse {
    try_answered(response).unwrap_or_else(|error| panic!("{response}: {error}"))
}

fn try_answered(response: &str) -> Result<SignedResponse> {
    sign_response(&server(), &open(), response.as_bytes(), &options())
}

fn result(result: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":7,"result":{result}}}"#)
}

/// A client that trusts the agent and the server.
fn client() -> Verifier {
    Verifier::new(VerifierOptions {
        trusted_keys: vec![*agent().public_key()],
        trusted_servers: vec![*server().public_key()],
        ..VerifierOptions::default()
    })
    .unwrap()
}

fn received(bytes: &[u8], call: &OpenCall) -> Result<Vec<u8>> {
    let now = clock().plus_millis(40);
    let verified = verify_response(bytes, call, &client(), now)?;
    verified.report.require_ok()?;
    Ok(verified.bytes)
}

fn text_of(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

fn content_hash(content: &str) -> String {
    Response::new(content.as_bytes()).content_hash().unwrap()
}

fn status_of(receipt: &Receipt) -> (Option<&str>, Option<&str>) {
    (
        receipt.text(Field::OutcomeStatus),
        receipt.text(Field::OutcomeError),
    )
}

#[test]
fn the_receipt_stands_where_the_published_client_looks() {
    let signed = answered(&result(r#"{"content":[{"type":"text","text":"ok"}]}"#));
    assert!(signed.is_embedded);
    let sent: Value = serde_json::from_slice(&signed.bytes).unwrap();
    let carried = &sent["result"]["_meta"]["_signet_bilateral"];
    assert_eq!(carried["v"], 3);
    assert_eq!(carried["server"]["name"], "files");
    assert_eq!(carried["agent_receipt"]["action"]["tool"], "t");
    assert_eq!(
        carried["response"]["content_hash"],
        content_hash(r#"{"content":[{"type":"text","text":"ok"}]}"#)
    );
    assert_eq!(status_of(&signed.receipt), (Some("executed"), None));
}

/// A framework may hand out the result alone, on one side or on both.
#[test]
fn a_result_is_signed_and_verified_as_its_response_is() {
    let now = clock().plus_millis(40);
    for content in [
        r#"{"content":[]}"#,
        r#"{"_meta":{},"content":[]}"#,
        r#" {"content":[],"_meta":{"k":1},"isError":true} "#,
    ] {
        let call = open();
        let alone = sign_result(&server(), &call, content.as_bytes(), &options()).unwrap();
        let whole = sign_response(&server(), &call, result(content).as_bytes(), &options());
        let whole = whole.unwrap();
        assert!(alone.is_embedded);
        assert_eq!(
            alone.receipt.text(Field::ContentHash),
            whole.receipt.text(Field::ContentHash)
        );
        assert_eq!(status_of(&alone.receipt), status_of(&whole.receipt));
        // What one function has signed the other verifies.
        let wrapped = received(result(text_of(&alone.bytes)).as_bytes(), &call).unwrap();
        let text = text_of(&whole.bytes);
        let inside = &text[text.find(r#""result":"#).unwrap() + 9..text.len() - 1];
        let verified = verify_result(inside.as_bytes(), &call, &client(), now).unwrap();
        verified.report.require_ok().unwrap();
        assert_eq!(text_of(&wrapped), result(text_of(&verified.bytes)));
        let other = open_with("7", r#"{"a":1}"#);
        let error = verify_result(inside.as_bytes(), &other, &client(), now).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BindingMismatch);
    }
    let unsigned = verify_result(b"{}", &open(), &client(), now).unwrap_err();
    assert_eq!(unsigned.kind(), ErrorKind::Unsigned);
    let twice = sign_result(&server(), &open(), b"{}", &options()).unwrap();
    let error = sign_result(&server(), &open(), &twice.bytes, &options()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AlreadySigned);
    let number = sign_result(&server(), &open(), b" 3 ", &options()).unwrap();
    assert_eq!(
        (number.is_embedded, number.bytes.as_slice()),
        (false, b" 3 ".as_slice())
    );
}

/// What is verified as params alone is answered as a result alone, never as a
/// message: nobody knows its id.
#[test]
fn a_call_without_an_id_is_answered_by_no_message() {
    let sent = {
        let text = r#"{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"t"}}"#;
        let options = RequestOptions {
            time: Some(clock()),
            ..RequestOptions::default()
        };
        sign_request(&agent(), text.as_bytes(), &options).unwrap()
    };
    let message: Value = serde_json::from_slice(&sent.bytes).unwrap();
    let params = message["params"].to_string();
    let verified = verify_params(params.as_bytes(), &client(), clock()).unwrap();
    verified.report.require_ok().unwrap();
    let call = verified.call.unwrap();
    assert_eq!(call.id(), None);
    assert_eq!(call.receipt().json(), sent.calls[0].receipt().json());
    let error = sign_response(&server(), &call, result("{}").as_bytes(), &options()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BindingMismatch);
    let signed = sign_result(&server(), &call, b"{}", &options()).unwrap();
    let now = clock().plus_millis(40);
    let received = verify_result(&signed.bytes, &sent.calls[0], &client(), now).unwrap();
    received.report.require_ok().unwrap();
    // What is refused opens no call.
    let forged = params.replace("\"t\"", "\"u\"");
    assert!(
        verify_params(forged.as_bytes(), &client(), clock())
            .unwrap()
            .call
            .is_none()
    );
}

#[test]
fn what_the_client_is_left_with_is_what_was_signed() {
    for (given, left) in [
        (r#"{"content":[]}"#, r#"{"content":[]}"#),
        ("{}", "{}"),
        ("{ \t}", "{ \t}"),
        (
            r#"{"_meta":{"a":1},"content":[]}"#,
            r#"{"_meta":{"a":1},"content":[]}"#,
        ),
        (
            r#"{ "content" : [] , "_meta" : { "a" : 1 } }"#,
            r#"{ "content" : [] , "_meta" : { "a" : 1 } }"#,
        ),
        // An empty _meta cannot be told from one that was made for the receipt.
        (r#"{"_meta":{},"content":[]}"#, r#"{"content":[]}"#),
        (r#"{"content":[] , "_meta": { } }"#, r#"{"content":[]  }"#),
        (r#"{"_meta":{}}"#, "{}"),
        (
            r#"{"n":123456789012345678901234567890, "m" : 9007199254740993}"#,
            r#"{"n":123456789012345678901234567890, "m" : 9007199254740993}"#,
        ),
    ] {
        let call = open();
        let text = format!(" {} \n", result(given));
        let signed = sign_response(&server(), &call, text.as_bytes(), &options()).unwrap();
        assert_eq!(
            signed.receipt.text(Field::ContentHash),
            Some(content_hash(left).as_str()),
            "{given}"
        );
        let delivered =
            received(&signed.bytes, &call).unwrap_or_else(|error| panic!("{given}: {error}"));
        assert_eq!(text_of(&delivered), format!(" {} \n", result(left)));
    }
}

#[test]
fn the_outcome_is_what_the_response_says() {
    let long = "x".repeat(10_000);
    for (response, status, error) in [
        (result(r#"{"content":[]}"#), "executed", None),
        (
            result(r#"{"isError":false,"content":[{"text":"no"}]}"#),
            "executed",
            None,
        ),
        (result(r#"{"isError":"true"}"#), "executed", None),
        (
            result(
                r#"{"isError":true,"content":[{"type":"image"},{"type":"text","text":"soft \"failure\""},{"text":"2"}]}"#,
            ),
            "failed",
            Some("soft \"failure\""),
        ),
        (
            result(r#"{"isError":true}"#),
            "failed",
            Some("the tool reported an error"),
        ),
        (
            result(&format!(
                r#"{{"isError":true,"content":[{{"text":"{long}"}}]}}"#
            )),
            "failed",
            Some(&long[..4096]),
        ),
        (
            r#"{"jsonrpc":"2.0","id":7,"error":{"code":-32000,"message":"boom"}}"#.to_owned(),
            "failed",
            Some("boom"),
        ),
        (
            r#"{"jsonrpc":"2.0","id":7,"error":{"code":1,"content":[{"text":"c"}]}}"#.to_owned(),
            "failed",
            Some("c"),
        ),
        (
            r#"{"jsonrpc":"2.0","id":7,"error":{"code":1}}"#.to_owned(),
            "failed",
            Some(r#"{"code":1}"#),
        ),
    ] {
        let signed = answered(&response);
        assert_eq!(
            status_of(&signed.receipt),
            (Some(status), error),
            "{response}"
        );
    }
    let given = ResponseOptions {
        outcome: Some(Outcome {
            status: OutcomeStatus::Rejected,
            reason: Some("no"),
            error: None,
        }),
        ..options()
    };
    let signed = sign_response(&server(), &open(), result("{}").as_bytes(), &given).unwrap();
    assert_eq!(signed.receipt.text(Field::OutcomeStatus), Some("rejected"));
    assert_eq!(signed.receipt.text(Field::OutcomeReason), Some("no"));
}

#[test]
fn a_response_without_room_goes_on_as_it_came_and_its_receipt_to_the_log() {
    for (response, content) in [
        (
            r#"{"jsonrpc":"2.0","id":7,"error":{"code":-32000,"message":"boom"}}"#.to_owned(),
            r#"{"code":-32000,"message":"boom"}"#,
        ),
        (result("null"), "null"),
        (result(r#""text""#), r#""text""#),
        (result("[1]"), "[1]"),
    ] {
        let signed = answered(&response);
        assert!(!signed.is_embedded);
        assert_eq!(text_of(&signed.bytes), response);
        assert_eq!(
            signed.receipt.text(Field::ContentHash),
            Some(content_hash(content).as_str())
        );
        signed
            .receipt
            .check_response(content.as_bytes(), &Limits::default())
            .unwrap();
        let error = received(&signed.bytes, &open()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsigned);
    }
}

#[test]
fn only_the_response_to_the_call_is_signed() {
    let kind = |response: &str| {
        try_answered(response)
            .map(|_| ())
            .map_err(|error| error.kind())
    };
    for response in [
        r#"{"jsonrpc":"2.0","id":8,"result":{}}"#,
        r#"{"jsonrpc":"2.0","id":"7","result":{}}"#,
        r#"{"jsonrpc":"2.0","id":null,"result":{}}"#,
    ] {
        assert_eq!(
            kind(response),
            Err(ErrorKind::BindingMismatch),
            "{response}"
        );
    }
    for response in [
        r#"{"jsonrpc":"2.0","id":7,"method":"ping"}"#,
        r#"[{"jsonrpc":"2.0","id":7,"result":{}}]"#,
        r#"{"jsonrpc":"2.0","id":7,"result":{},"error":{}}"#,
        r#"{"jsonrpc":"2.0","id":7}"#,
        r#"{"id":7,"result":{}}"#,
        r#"{"jsonrpc":"2.0","id":7,"Result":{}}"#,
        r#"{"jsonrpc":"2.0","id":7,"result":{"_meta":1}}"#,
        r#"{"jsonrpc":"2.0","id":7,"result":{"_Meta":{}}}"#,
        r#"{"jsonrpc":"2.0","id":7,"result":{"_meta":{"_SIGNET_bilateral":{}}}}"#,
    ] {
        assert_eq!(kind(response), Err(ErrorKind::MessageInvalid), "{response}");
    }
    let signed = answered(&result("{}"));
    assert_eq!(kind(text_of(&signed.bytes)), Err(ErrorKind::AlreadySigned));
    assert_eq!(
        kind(r#"{"jsonrpc":"2.0","id":7,"result":{"a":1,"a":2}}"#),
        Err(ErrorKind::JsonDuplicateMember)
    );
    // A number is the same however it is spelled, a string too.
    assert_eq!(kind(r#"{"jsonrpc":"2.0","id":7.0,"result":{}}"#), Ok(()));
    let call = open_with(r#""a\u0062""#, "{}");
    let response = br#"{"jsonrpc":"2.0","id":"ab","result":{}}"#;
    assert!(sign_response(&server(), &call, response, &options()).is_ok());
    let call = open_with("123456789012345678901234567890", "{}");
    let rounded = br#"{"jsonrpc":"2.0","id":123456789012345680000000000000,"result":{}}"#;
    let error = sign_response(&server(), &call, rounded, &options()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BindingMismatch);
}

#[test]
fn a_server_does_not_sign_with_the_agents_key() {
    let error = sign_response(&agent(), &open(), result("{}").as_bytes(), &options()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SameSigner);
}

fn refusal(bytes: &[u8], call: &OpenCall) -> ErrorKind {
    match received(bytes, call) {
        Ok(_) => panic!("verified: {}", text_of(bytes)),
        Err(error) => error.kind(),
    }
}

#[test]
fn the_client_refuses_what_is_not_the_answer_to_its_call() {
    let call = open();
    let signed = answered(&result(r#"{"content":[{"type":"text","text":"ok"}]}"#));
    // `answered` opened another call of the same words: another receipt.
    assert_eq!(refusal(&signed.bytes, &call), ErrorKind::BindingMismatch);

    let signed = sign_response(
        &server(),
        &call,
        result(r#"{"content":[{"type":"text","text":"ok"}]}"#).as_bytes(),
        &options(),
    )
    .unwrap();
    let sent = text_of(&signed.bytes);
    assert!(received(sent.as_bytes(), &call).is_ok());
    let changed = |from: &str, to: &str| {
        let changed = sent.replacen(from, to, 1);
        assert_ne!(changed, sent, "{from}");
        refusal(changed.as_bytes(), &call)
    };
    assert_eq!(
        changed(r#""text":"ok""#, r#""text":"ko""#),
        ErrorKind::ContentHashMismatch
    );
    assert_eq!(
        changed(r#""content":["#, r#""more":1,"content":["#),
        ErrorKind::ContentHashMismatch
    );
    assert_eq!(
        changed(r#""_meta":{"#, r#""_meta":{"more":1,"#),
        ErrorKind::ContentHashMismatch
    );
    assert_eq!(
        changed(r#""id":7"#, r#""id":8"#),
        ErrorKind::BindingMismatch
    );
    assert_eq!(
        changed(r#""status":"executed""#, r#""status":"verified""#),
        ErrorKind::SignatureInvalid
    );
    assert_eq!(
        changed("_signet_bilateral", "_signet_other"),
        ErrorKind::Unsigned
    );
    assert_eq!(
        changed("_signet_bilateral", "_Signet_bilateral"),
        ErrorKind::MessageInvalid
    );
    assert_eq!(
        changed(r#""v":3"#, r#""v":3,"x":1"#),
        ErrorKind::UnknownMember
    );
    assert_eq!(
        changed(r#""name":"files""#, r#""name":"Files""#),
        ErrorKind::SignatureInvalid
    );

    // Members in another order and other white space are the same response.
    let value: Value = serde_json::from_str(sent).unwrap();
    let respelled = serde_json::to_string_pretty(&value).unwrap();
    assert!(received(respelled.as_bytes(), &call).is_ok());
}

#[test]
fn the_client_refuses_servers_it_does_not_trust_and_replays() {
    let call = open();
    let other = KeyPair::from_seed(&[9; 32]);
    let text = result("{}");
    let signed = sign_response(&other, &call, text.as_bytes(), &options()).unwrap();
    let kind = refusal(&signed.bytes, &call);
    assert!(
        matches!(kind, ErrorKind::SignerUntrusted | ErrorKind::KeyMismatch),
        "{kind:?}"
    );
    let client = client();
    let signed = sign_response(&server(), &call, text.as_bytes(), &options()).unwrap();
    let now = clock().plus_millis(40);
    let again = || {
        let verified = verify_response(&signed.bytes, &call, &client, now).unwrap();
        verified
            .report
            .require_ok()
            .map_err(|error: Error| error.kind())
    };
    assert_eq!(again(), Ok(()));
    assert_eq!(again(), Err(ErrorKind::Replayed));
    let late = verify_response(
        &signed.bytes,
        &call,
        &crate::client(),
        clock().plus_millis(10_000_000),
    )
    .unwrap();
    assert!(!late.report.is_ok(), "too old");
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(200 * documents::torture() as u32)
    })]

    #[test]
    fn any_response_survives_being_signed(seed: u64) {
        let mut random = Documents::new(seed);
        let meta = match random.below(3) {
            0 => format!(r#""_meta" : {{"x":{}}},"#, random.document()),
            _ => String::new(),
        };
        let given = format!(r#"{{ {meta} "structuredContent":{} }}"#, random.document());
        let text = result(&given);
        let call = open();
        match sign_response(&server(), &call, text.as_bytes(), &options()) {
            Err(error) => {
                let strict = signet::encoding::jcs::canonicalize(text.as_bytes(), &Limits::default());
                prop_assert!(strict.is_err(), "{error}: {text}");
            }
            Ok(signed) => {
                let delivered = received(&signed.bytes, &call);
                prop_assert_eq!(delivered.map(|bytes| text_of(&bytes).to_owned()), Ok(text.clone()));
                if let Ok(mut before) = serde_json::from_str::<Value>(&text) {
                    let after: Value = serde_json::from_slice(&signed.bytes).unwrap();
                    before["result"]["_meta"]["_signet_bilateral"] =
                        serde_json::from_slice(signed.receipt.json()).unwrap();
                    prop_assert_eq!(before, after);
                }
            }
        }
    }
}

#[test]
fn the_published_signet_verifies_our_co_signature() {
    let (secret, public) = signet_core::generate_keypair();
    let server = KeyPair::from_seed(&secret.to_bytes());
    let content = json!({"content": [{"type": "text", "text": "ok"}], "n": 1.5});
    let call = open();
    let response = result(&content.to_string());
    let signed = sign_response(&server, &call, response.as_bytes(), &options()).unwrap();
    let receipt: signet_core::BilateralReceipt =
        serde_json::from_slice(signed.receipt.json()).unwrap();
    assert!(signet_core::verify_bilateral(&receipt, &public).is_ok());
}
