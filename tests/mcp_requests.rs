//! Signing `tools/call` messages: what is signed, where the receipt goes, and
//! that no other byte changes.

#[path = "support/documents.rs"]
mod documents;
#[path = "support/memory.rs"]
mod memory;
#[path = "support/signing.rs"]
mod signing;

use documents::Documents;
use proptest::prelude::*;
use serde_json::{Value, json};
use signet::authority::Format;
use signet::authority::policy::{Policy, RateLimits};
use signet::encoding::jcs::Limits;
use signet::identity::KeyPair;
use signet::mcp::{
    Existing, Kind, MAX_ARGUMENTS_DEPTH, MessageLimits, PolicyCheck, RequestOptions, SignedRequest,
    Wire, sign_request, sign_response,
};
use signet::receipt::{Field, Receipt, Signer, VerifyOptions};
use signet::{Error, ErrorKind, Result};
use signing::{agent, clock, stranger};
use std::sync::Mutex;

fn options() -> RequestOptions<'static> {
    RequestOptions {
        signer: Signer {
            name: "deploy-bot",
            owner: "alice",
        },
        target: "mcp://files",
        time: Some(clock()),
        ..RequestOptions::default()
    }
}

fn sign(text: &str) -> SignedRequest {
    sign_request(&agent(), text.as_bytes(), &options())
        .unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn refused(text: &str) -> Error {
    match sign_request(&agent(), text.as_bytes(), &options()) {
        Ok(signed) => panic!("{text}: {}", String::from_utf8_lossy(&signed.bytes)),
        Err(error) => error,
    }
}

fn call(arguments: &str) -> String {
    format!(
        r#"{{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{{"name":"rm","arguments":{arguments}}}}}"#
    )
}

fn text_of(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// The one receipt of a signed message, which must verify.
fn receipt_of(signed: &SignedRequest) -> &Receipt {
    assert_eq!(signed.calls.len(), 1);
    let receipt = signed.calls[0].receipt();
    receipt
        .verify(&VerifyOptions {
            trusted: &[agent().public_key()],
            expiry: signet::receipt::Expiry::JudgedAt(clock()),
        })
        .unwrap();
    receipt
}

/// The signed text without what was let in.
fn without_receipts(signed: &SignedRequest, given: &str) -> String {
    let mut text = text_of(&signed.bytes).to_owned();
    for call in &signed.calls {
        let receipt = text_of(call.receipt().json());
        let with_meta = format!(r#""_meta":{{"_signet":{receipt}}}"#);
        let alone = format!(r#""_signet":{receipt}"#);
        let let_in = match !given.contains("\"_meta\"") {
            true => with_meta,
            false => alone,
        };
        let at = text.find(&let_in).expect("the receipt is in the text");
        let mut end = at + let_in.len();
        if text[end..].starts_with(',') {
            end += 1;
        }
        text.replace_range(at..end, "");
    }
    text
}

#[test]
fn the_receipt_states_what_the_published_transport_and_proxy_state() {
    let signed = sign(&call(r#"{"b":1,"a":[2.50,"é"]}"#));
    let receipt = receipt_of(&signed);
    let action: Value = serde_json::from_slice(receipt.json()).unwrap();
    assert_eq!(
        action["action"],
        json!({
            "call_id": "n:7",
            "params": {"a": [2.5, "é"], "b": 1},
            "params_hash": "sha256:1db03d79d7b2a9776200a1ed5135b714d085e9cb02e7d36e4fe5d080eeb32298",
            "target": "mcp://files",
            "tool": "rm",
            "transport": "stdio",
        })
    );
    assert_eq!(receipt.version(), 1);
    assert_eq!(receipt.text(Field::SignerName), Some("deploy-bot"));
    let sent: Value = serde_json::from_slice(&signed.bytes).unwrap();
    let carried: Value = serde_json::from_slice(receipt.json()).unwrap();
    assert_eq!(sent["params"]["_meta"]["_signet"], carried);
}

#[test]
fn the_receipt_goes_where_there_is_room_and_nothing_else_moves() {
    for text in [
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t"}}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t","_meta":{}}}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"_meta":{"progressToken":7},"name":"t"}}"#,
        "  { \"params\" : { \"name\" : \"t\" , \"arguments\" : { \"z\" : 1.0 , \"a\" : 1E2 } } ,\t\"method\":\"tools\\/call\",\"id\":\"\\u0061\", \"jsonrpc\":\"2.0\" }\r\n",
        r#"{"jsonrpc":"2.0","method":"tools/call","params":{"name":"notified"}}"#,
        r#"{"jsonrpc":"2.0","id":null,"method":"tools/call","params":{"name":"t","x":{"_signet":1}}}"#,
        r#"{"jsonrpc":"2.0","id":1,"extra":[{}],"method":"tools/call","params":{"name":"t","_meta":{"m":{"_signet":1}}}}"#,
    ] {
        let signed = sign(text);
        receipt_of(&signed);
        assert_eq!(without_receipts(&signed, text), text);
        let wire = Wire::read(&signed.bytes, &MessageLimits::default()).unwrap();
        let message = wire.single().unwrap();
        let carried = message.tool_call().unwrap().receipt().unwrap();
        assert_eq!(carried, signed.calls[0].receipt().json());
    }
}

#[test]
fn what_is_no_tool_call_comes_back_byte_for_byte() {
    for text in [
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#,
        "\t{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}\n",
        r#"{"jsonrpc":"2.0","id":1,"result":{"_meta":null,"content":[]}}"#,
        r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"no"}}"#,
        r#"[{"jsonrpc":"2.0","id":1,"method":"ping"},{"jsonrpc":"2.0","method":"n"}]"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"sampling/createMessage","params":{"_meta":"any","Name":1,"v":12345678901234567890123}}"#,
    ] {
        let signed = sign(text);
        assert!(signed.calls.is_empty());
        assert_eq!(text_of(&signed.bytes), text);
    }
}

#[test]
fn a_batch_is_signed_element_by_element_e2() {
    let text = r#" [ {"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a"}} , {"jsonrpc":"2.0","method":"n"},
        {"jsonrpc":"2.0","method":"tools/call","params":{"name":"b","arguments":{"x":1}}},{"jsonrpc":"2.0","id":"3","result":{}} ] "#;
    let signed = sign(text);
    let tools: Vec<_> = signed
        .calls
        .iter()
        .map(|call| (call.receipt().text(Field::Tool), call.id()))
        .collect();
    assert_eq!(
        tools,
        [(Some("a"), Some(b"1".as_slice())), (Some("b"), None)]
    );
    assert_eq!(without_receipts(&signed, text), text);
    let wire = Wire::read(&signed.bytes, &MessageLimits::default()).unwrap();
    let kinds: Vec<Kind> = wire
        .messages()
        .into_iter()
        .map(|message| message.unwrap().kind())
        .collect();
    assert_eq!(
        kinds,
        [
            Kind::Request,
            Kind::Notification,
            Kind::Notification,
            Kind::Response
        ]
    );
}

#[test]
fn a_batch_is_signed_whole_or_not_at_all() {
    let good = call("{}");
    for bad in [
        "1".to_owned(),
        r#"{"jsonrpc":"2.0","id":2,"method":"tools/call"}"#.to_owned(),
        r#"{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"t","_meta":1}}"#
            .to_owned(),
        r#"{"jsonrpc":"2.0","id":2,"method":"Tools/call","params":{"name":"t"}}"#.to_owned(),
    ] {
        let error = refused(&format!("[{good},{bad}]"));
        assert_eq!(error.kind(), ErrorKind::MessageInvalid, "{bad}");
    }
}

#[test]
fn integers_of_any_size_are_signed_and_sent_without_loss_e4_e5() {
    for digits in [
        "9007199254740992",
        "9007199254740993",
        "-9223372036854775808",
        "18446744073709551615",
        "123456789012345678901234567890",
        "0.1000000000000000000000000000001",
    ] {
        let text = call(&format!(r#"{{"id": {digits} }}"#));
        let signed = sign(&text);
        let receipt = receipt_of(&signed);
        assert_eq!(
            text_of(receipt.travelling_params()),
            format!(r#"{{"$exact":"{{\"id\": {digits} }}"}}"#)
        );
        assert_eq!(
            text_of(&receipt.params()),
            format!(r#"{{"id": {digits} }}"#)
        );
        assert_eq!(without_receipts(&signed, &text), text);
        // The published Signet verifies it too.
        let (secret, public) = signet_core::generate_keypair();
        let key = KeyPair::from_seed(&secret.to_bytes());
        let signed = sign_request(&key, text.as_bytes(), &options()).unwrap();
        let receipt = text_of(signed.calls[0].receipt().json());
        let published = signet_core::verify_any(receipt, &public);
        assert!(published.is_ok(), "{digits}: {published:?}");
    }
}

#[test]
fn big_ids_are_kept_byte_for_byte() {
    for (id, call_id) in [
        ("7", "n:7"),
        ("1.50", "n:1.50"),
        (
            "123456789012345678901234567890",
            "n:123456789012345678901234567890",
        ),
        (r#""7""#, "s:7"),
        (r#""a\u0062\"""#, "s:ab\""),
    ] {
        let text = format!(
            r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"t"}}}}"#
        );
        let signed = sign(&text);
        assert_eq!(signed.calls[0].id(), Some(id.as_bytes()));
        assert_eq!(receipt_of(&signed).text(Field::CallId), Some(call_id));
    }
}

#[test]
fn a_meta_that_is_no_object_is_refused_e6() {
    for meta in [r#""text""#, "null", "[]", "7", "true"] {
        let error = refused(&format!(
            r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"t","_meta":{meta}}}}}"#
        ));
        assert_eq!(error.kind(), ErrorKind::MessageInvalid, "{meta}");
        assert_eq!(error.detail(), "params._meta is not an object");
    }
}

#[test]
fn a_receipt_that_is_there_already_is_kept_unless_told_otherwise() {
    let text = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t","_meta":{"a":1,"_signet" : {"forged":true},"b":2}}}"#;
    assert_eq!(refused(text).kind(), ErrorKind::AlreadySigned);
    let replacing = RequestOptions {
        existing: Existing::Replace,
        ..options()
    };
    let signed = sign_request(&agent(), text.as_bytes(), &replacing).unwrap();
    let receipt = text_of(receipt_of(&signed).json());
    assert_eq!(
        text_of(&signed.bytes),
        text.replace(r#"{"forged":true}"#, receipt)
    );
    // Null is none.
    let signed = sign(&text.replace(r#"{"forged":true}"#, "null"));
    assert!(text_of(&signed.bytes).contains(r#""_signet" : {"action":"#));
}

#[test]
fn a_call_without_arguments_is_signed_as_one() {
    let absent = sign(r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t"}}"#);
    let empty = sign(&call("{}"));
    assert_eq!(receipt_of(&absent).travelling_params(), b"null");
    assert_eq!(receipt_of(&empty).travelling_params(), b"{}");
    assert_eq!(
        receipt_of(&absent).text(Field::ParamsHash),
        receipt_of(&empty).text(Field::ParamsHash)
    );
}

#[test]
fn everything_that_a_receipt_may_say_is_said() {
    let full = RequestOptions {
        transport: "http",
        session: Some("s-1"),
        trace_id: Some("t-1"),
        parent_receipt_id: Some("rec_00000000000000000000000000000000"),
        expires_at: Some("2026-06-15T13:00:00Z"),
        hash_only: true,
        ..options()
    };
    let text = call(r#"{"secret":1}"#);
    let signed = sign_request(&agent(), text.as_bytes(), &full).unwrap();
    let receipt = receipt_of(&signed);
    for (field, expected) in [
        (Field::Transport, "http"),
        (Field::Session, "s-1"),
        (Field::TraceId, "t-1"),
        (
            Field::ParentReceiptId,
            "rec_00000000000000000000000000000000",
        ),
        (Field::Expiry, "2026-06-15T13:00:00Z"),
    ] {
        assert_eq!(receipt.text(field), Some(expected));
    }
    assert_eq!(receipt.travelling_params(), b"null");
    assert_eq!(without_receipts(&signed, &text), text);
}

#[test]
fn a_policy_is_asked_first_and_attested() {
    let policy = Policy::parse(
        br#"{"version":1,"name":"strict","rules":[
            {"id":"no-rm","match":{"tool":"rm"},"action":"deny","reason":"never"},
            {"id":"two","match":{"tool":"mail"},"action":"allow","rate_limit":{"max_calls":2,"window_seconds":60}}
        ],"default_action":"require_approval"}"#,
        Format::Json,
    )
    .unwrap();
    let counters = Mutex::new(RateLimits::new());
    let asking = |counters| RequestOptions {
        policy: Some(PolicyCheck {
            policy: &policy,
            counters,
            fulfils: &[],
        }),
        ..options()
    };
    let call = |tool: &str, counters| {
        let text = format!(
            r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"{tool}"}}}}"#
        );
        sign_request(&agent(), text.as_bytes(), &asking(counters))
    };
    let kind = |result: Result<SignedRequest>| result.err().map(|error| error.kind());
    assert_eq!(
        kind(call("rm", Some(&counters))),
        Some(ErrorKind::PolicyDenied)
    );
    assert_eq!(
        kind(call("echo", Some(&counters))),
        Some(ErrorKind::ApprovalRequired)
    );
    assert_eq!(kind(call("mail", None)), Some(ErrorKind::ApprovalRequired));
    let allowed = call("mail", Some(&counters)).unwrap();
    let attestation: Value =
        serde_json::from_slice(receipt_of(&allowed).value(Field::Policy).unwrap()).unwrap();
    assert_eq!(attestation["decision"], "allow");
    assert_eq!(attestation["matched_rules"], json!(["two"]));
    assert_eq!(attestation["policy_hash"], policy.hash());
    assert_eq!(kind(call("mail", Some(&counters))), None);
    assert_eq!(
        kind(call("mail", Some(&counters))),
        Some(ErrorKind::PolicyDenied)
    );
}

fn nested(depth: usize) -> String {
    format!("{}{}", "[".repeat(depth), "]".repeat(depth))
}

#[test]
fn arguments_as_deep_as_are_signed_survive_every_later_step_d4() {
    let deepest = call(&nested(MAX_ARGUMENTS_DEPTH));
    let batch = format!("[{deepest}]");
    let folder = tempfile::tempdir().unwrap();
    let log = signet::log::Log::open(folder.path(), signet::log::LogOptions::default()).unwrap();
    for text in [&deepest, &batch] {
        let signed = sign(text);
        let again = Wire::read(&signed.bytes, &MessageLimits::default()).unwrap();
        assert_eq!(again.messages().len(), 1);
        assert!(serde_json::from_slice::<Value>(&signed.bytes).is_ok());
        let open = &signed.calls[0];
        let answered = sign_response(
            &stranger(),
            open,
            br#"{"jsonrpc":"2.0","id":7,"result":{"content":[]}}"#,
            &signet::mcp::ResponseOptions {
                time: Some(clock()),
                ..Default::default()
            },
        )
        .unwrap();
        assert!(serde_json::from_slice::<Value>(&answered.bytes).is_ok());
        log.append(open.receipt()).unwrap();
        log.append(&answered.receipt).unwrap();
    }
    // What was appended reads back, and appending goes on.
    for index in 0..log.len() {
        log.read(index).unwrap();
    }
    for depth in [MAX_ARGUMENTS_DEPTH + 1, 125] {
        assert_eq!(
            refused(&call(&nested(depth))).kind(),
            ErrorKind::JsonTooDeep
        );
    }
    assert_eq!(
        refused(&call(&nested(1_000_000))).kind(),
        ErrorKind::JsonTooDeep
    );
}

#[test]
fn large_messages_are_refused_before_they_cost_anything_d14() {
    let hundred_megabytes = call(&format!("\"{}\"", "x".repeat(100 << 20)));
    let (error, held) = memory::peak_of(|| refused(&hundred_megabytes));
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    assert!(held < 4096, "{held} bytes");

    let limits = MessageLimits {
        max_len: 4096,
        ..MessageLimits::default()
    };
    let small = RequestOptions {
        limits,
        ..options()
    };
    // What is sent stays within what the other side reads with the same limit.
    let text = call(&format!("\"{}\"", "x".repeat(3000)));
    let error = sign_request(&agent(), text.as_bytes(), &small).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    let hidden = RequestOptions {
        hash_only: true,
        ..small
    };
    let signed = sign_request(&agent(), text.as_bytes(), &hidden).unwrap();
    assert!(Wire::read(&signed.bytes, &limits).is_ok());
}

#[test]
fn memory_is_bounded_by_the_size_of_the_message_d14() {
    let text = call(&format!("\"{}\"", "é".repeat(1 << 20)));
    let (signed, held) = memory::peak_of(|| sign(&text));
    assert_eq!(signed.calls.len(), 1);
    assert!(held < 12 * text.len(), "{held} bytes for {}", text.len());
    let many = format!("[{}]", vec!["1"; 1 << 20].join(","));
    let (error, held) = memory::peak_of(|| refused(&many));
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    assert!(held < 2 * many.len(), "{held} bytes for {}", many.len());
}

/// A call with random arguments, spelled in a random way.
fn random_call(seed: u64) -> String {
    let mut random = Documents::new(seed);
    let mut members = vec![
        r#""jsonrpc":"2.0""#.to_owned(),
        format!(r#""id":{}"#, random.number()),
        r#""method" : "tools/call""#.to_owned(),
    ];
    let mut params = vec![r#""name":"t\u0065st""#.to_owned()];
    if random.below(8) > 0 {
        params.push(format!("\"arguments\":{}", random.document()));
    }
    match random.below(4) {
        0 => params.push(r#""_meta" : { }"#.to_owned()),
        1 => params.push(format!(r#""_meta":{{"p":{}}}"#, random.document())),
        _ => {}
    }
    let turn = random.below(params.len() as u64) as usize;
    params.rotate_left(turn);
    members.push(format!("\"params\":{{{}}}", params.join(" ,\n")));
    let turn = random.below(members.len() as u64) as usize;
    members.rotate_left(turn);
    let single = format!(" {{{}}}", members.join(", "));
    match random.below(4) {
        0 => format!("[{single},{{\"jsonrpc\":\"2.0\",\"method\":\"n\"}}]"),
        _ => single,
    }
}

fn cases() -> ProptestConfig {
    ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(300 * documents::torture() as u32)
    }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn only_the_receipt_is_new_in_what_is_sent(seed: u64) {
        let text = random_call(seed);
        match sign_request(&agent(), text.as_bytes(), &options()) {
            Ok(signed) => {
                prop_assert_eq!(without_receipts(&signed, &text), text.clone());
                let receipt = receipt_of(&signed);
                let wire = Wire::read(&signed.bytes, &MessageLimits::default()).unwrap();
                let message = wire.messages().remove(0).unwrap();
                prop_assert_eq!(message.tool_call().unwrap().receipt().unwrap(), receipt.json());
                // Another reader sees the same values as before, and the receipt.
                if let Ok(mut before) = serde_json::from_str::<Value>(&text) {
                    let after: Value = serde_json::from_slice(&signed.bytes).unwrap();
                    let call = match before.as_array_mut() {
                        Some(batch) => &mut batch[0],
                        None => &mut before,
                    };
                    call["params"]["_meta"]["_signet"] =
                        serde_json::from_slice(receipt.json()).unwrap();
                    prop_assert_eq!(before, after);
                }
            }
            Err(error) => {
                // Only for what nobody may sign: a number that overflows.
                let strict = signet::encoding::jcs::canonicalize(text.as_bytes(), &Limits::default());
                let too_deep = error.kind() == ErrorKind::JsonTooDeep;
                prop_assert!(strict.is_err() || too_deep, "{error}: {text}");
            }
        }
    }
}
