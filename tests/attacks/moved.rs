//! Receipts on other calls than the one they were signed for.

use serde_json::json;
use signet::ErrorKind;
use signet::receipt::{Action, ActionOptions, SignOptions, Signer, sign};
use signet::verifier::{Axis, Call};

use crate::ground::*;

#[test]
fn a_receipt_is_taken_to_another_server() {
    let receipt = honest(1);
    let shop = verifier(|options| options.targets = vec!["mcp://shop".into()]);
    let report = shop.check_call(&call(&receipt), clock());
    refused(&report, Axis::Target, ErrorKind::TargetMismatch);
    passes(&presented(&receipt));
}

#[test]
fn a_target_looks_like_ours() {
    for target in [
        "MCP://bank",
        "mcp://Bank",
        "mcp://bank/",
        "mcp://bank ",
        " mcp://bank",
        "mcp://bank\u{0}",
        "mcp://b\u{430}nk",
        "mcp://bank#",
        "mcp:bank",
        "mcp://bank.",
        "mcp://bank\u{200b}",
        "*",
        "",
    ] {
        let receipt = resigned(|body| body["action"]["target"] = json!(target));
        refused(
            &presented(&receipt),
            Axis::Target,
            ErrorKind::TargetMismatch,
        );
    }
}

#[test]
fn a_receipt_is_put_on_another_tool() {
    let receipt = honest(1);
    let other = call_of(&receipt, "refund", ARGUMENTS);
    refused(
        &bank().check_call(&other, clock()),
        Axis::Content,
        ErrorKind::ToolMismatch,
    );
}

#[test]
fn a_tool_looks_like_the_signed_one() {
    let receipt = honest(1);
    for tool in [
        "PAY",
        "Pay",
        "pay ",
        " pay",
        "pay\t",
        "pay\n",
        "pay\u{0}",
        "pay\u{0}x",
        "p\u{430}y",
        "pay\u{200b}",
        "pay\u{301}",
        "ｐａｙ",
        "pay/",
        "pa",
        "",
    ] {
        let other = call_of(&receipt, tool, ARGUMENTS);
        refused(
            &bank().check_call(&other, clock()),
            Axis::Content,
            ErrorKind::ToolMismatch,
        );
    }
    // Composed and decomposed are two names.
    let composed = text_of(&paid_with("caf\u{e9}", ARGUMENTS, 1));
    let other = call_of(&composed, "cafe\u{301}", ARGUMENTS);
    refused(
        &bank().check_call(&other, clock()),
        Axis::Content,
        ErrorKind::ToolMismatch,
    );
    passes(&bank().check_call(&call_of(&composed, "caf\u{e9}", ARGUMENTS), clock()));
}

#[test]
fn the_arguments_are_swapped() {
    let receipt = honest(1);
    for arguments in [
        r#"{"amount":11,"to":"bob"}"#,
        r#"{"amount":10,"to":"eve"}"#,
        r#"{"amount":10,"to":"bob","cc":"eve"}"#,
        r#"{"amount":10}"#,
        r#"{"Amount":10,"to":"bob"}"#,
        r#"{"amount":"10","to":"bob"}"#,
        r#"{"amount":[10],"to":"bob"}"#,
        r#"{"amount":10,"to":"bob "}"#,
        r#"{"amount":10,"to":"bob\u0000"}"#,
        r#"{"amount":10,"to":"B\u006fb"}"#,
        r#"[{"amount":10,"to":"bob"}]"#,
        r#""{\"amount\":10,\"to\":\"bob\"}""#,
        "{}",
        "null",
        "0",
    ] {
        let other = call_of(&receipt, "pay", arguments);
        refused(
            &bank().check_call(&other, clock()),
            Axis::Content,
            ErrorKind::ArgumentsMismatch,
        );
    }
    let missing = Call {
        arguments: None,
        ..call(&receipt)
    };
    refused(
        &bank().check_call(&missing, clock()),
        Axis::Content,
        ErrorKind::ArgumentsMismatch,
    );
}

#[test]
fn arguments_are_written_for_two_readers() {
    let receipt = honest(1);
    for (arguments, kind) in [
        (
            r#"{"amount":1000,"amount":10,"to":"bob"}"#,
            ErrorKind::JsonDuplicateMember,
        ),
        (
            r#"{"amount":10,"to":"bob","\u0061mount":1000}"#,
            ErrorKind::JsonDuplicateMember,
        ),
        (
            r#"{"amount":10,"to":"bob\ud800"}"#,
            ErrorKind::JsonLoneSurrogate,
        ),
        (
            "\u{feff}{\"amount\":10,\"to\":\"bob\"}",
            ErrorKind::JsonEncoding,
        ),
        (r#"{"amount":NaN,"to":"bob"}"#, ErrorKind::JsonNumber),
        (r#"{"amount":010,"to":"bob"}"#, ErrorKind::JsonSyntax),
        (r#"{"amount":10,"to":"bob",}"#, ErrorKind::JsonSyntax),
        (r#"{"amount":10,"to":"bob"}{}"#, ErrorKind::JsonSyntax),
        (r#"{"amount":10,/**/"to":"bob"}"#, ErrorKind::JsonSyntax),
    ] {
        let other = call_of(&receipt, "pay", arguments);
        refused(&bank().check_call(&other, clock()), Axis::Content, kind);
    }
}

fn numbered(params: &str) -> String {
    let action = format!(r#"{{"tool":"pay","target":"{TARGET}","params":{params}}}"#);
    text_of(&signed_action(&agent(), "deploy-bot", &action, 1))
}

#[test]
fn numbers_that_some_readers_round_are_other_numbers() {
    for (signed, presented) in [
        ("9007199254740993", "9007199254740992"),
        ("9007199254740993", "9007199254740994"),
        ("9007199254740992", "9007199254740993"),
        ("9007199254740993", "9007199254740992.0"),
        ("18446744073709551617", "18446744073709551616"),
        ("18446744073709551617", "1"),
        ("4294967297", "1"),
        (
            "123456789012345678901234567890",
            "123456789012345678901234567891",
        ),
        ("0.1", "0.1000000000000000055"),
        ("0.30000000000000004", "0.3"),
        ("1e-400", "0"),
        ("1", "1.0000000000000000000000000001"),
        ("1e22", "1e21"),
    ] {
        let receipt = numbered(&format!(r#"{{"n":{signed}}}"#));
        let (right, wrong) = (
            format!(r#"{{"n":{signed}}}"#),
            format!(r#"{{"n":{presented}}}"#),
        );
        passes(&bank().check_call(&call_of(&receipt, "pay", &right), clock()));
        let report = bank().check_call(&call_of(&receipt, "pay", &wrong), clock());
        refused(&report, Axis::Content, ErrorKind::ArgumentsMismatch);
    }
}

#[test]
fn numbers_beyond_every_reader_are_neither_signed_nor_taken() {
    let receipt = numbered(r#"{"n":1}"#);
    for (number, kind) in [
        ("1e400", ErrorKind::ArgumentsMismatch),
        ("-1e400", ErrorKind::ArgumentsMismatch),
        ("1e999999999999999999999", ErrorKind::JsonNumber),
        ("Infinity", ErrorKind::JsonNumber),
        ("0x1", ErrorKind::JsonSyntax),
    ] {
        let arguments = format!(r#"{{"n":{number}}}"#);
        let report = bank().check_call(&call_of(&receipt, "pay", &arguments), clock());
        assert!(!report.is_ok(), "{number}");
        // Whatever is wrong with it first, it is never taken.
        let found = report.kind().unwrap();
        assert!(
            found == kind
                || found == ErrorKind::JsonNumber
                || found == ErrorKind::ArgumentsMismatch,
            "{number}: {found:?}"
        );
        let action = format!(r#"{{"tool":"pay","params":{arguments}}}"#);
        assert!(Action::parse(action.as_bytes(), &ActionOptions::default()).is_err());
    }
    // The zeros are one number, as in RFC 8785.
    let zero = numbered(r#"{"n":0}"#);
    for spelling in ["-0", "0.0", "-0.0e5", "0e-400"] {
        let arguments = format!(r#"{{"n":{spelling}}}"#);
        passes(&bank().check_call(&call_of(&zero, "pay", &arguments), clock()));
    }
}

#[test]
fn an_attackers_own_exact_object_is_no_number() {
    // Params that travel wrapped, and params that only look like it.
    let literal = r#"{"$exact":"{\"n\":9007199254740993}"}"#;
    let number = r#"{"n":9007199254740993}"#;
    let signed_literal = numbered(literal);
    let signed_number = numbered(number);
    assert_ne!(signed_literal, signed_number);
    passes(&bank().check_call(&call_of(&signed_literal, "pay", literal), clock()));
    passes(&bank().check_call(&call_of(&signed_number, "pay", number), clock()));
    for (receipt, arguments) in [(&signed_literal, number), (&signed_number, literal)] {
        let report = bank().check_call(&call_of(receipt, "pay", arguments), clock());
        refused(&report, Axis::Content, ErrorKind::ArgumentsMismatch);
    }
    // One that no wrapping would have made stays what it is.
    for literal in [
        r#"{"$exact":"5"}"#,
        r#"{"$exact":"{\"n\":1}"}"#,
        r#"{"$exact":"not json"}"#,
        r#"{"$exact":9007199254740991}"#,
        r#"{"$exact":"9007199254740993","x":1}"#,
        r#"{"a":{"$exact":"9007199254740993"}}"#,
        r#"[{"$exact":"9007199254740993"}]"#,
    ] {
        let receipt = numbered(literal);
        passes(&bank().check_call(&call_of(&receipt, "pay", literal), clock()));
        let report = bank().check_call(&call_of(&receipt, "pay", "9007199254740993"), clock());
        refused(&report, Axis::Content, ErrorKind::ArgumentsMismatch);
    }
}

#[test]
fn a_policy_sees_the_number_and_not_its_wrapper() {
    let bank = verifier(|options| {
        options.policy = Some(policy(
            "{version: 1, default_action: allow, rules: [{id: big, match: {params: {n: {gt: 100}}}, action: deny}]}",
        ));
    });
    let number = r#"{"n":9007199254740993}"#;
    let receipt = numbered(number);
    let report = bank.check_call(&call_of(&receipt, "pay", number), clock());
    refused(&report, Axis::Policy, ErrorKind::PolicyDenied);
    let small = numbered(r#"{"n":7}"#);
    passes(&bank.check_call(&call_of(&small, "pay", r#"{"n":7}"#), clock()));
}

fn hash_only(params: &str) -> String {
    let action = format!(r#"{{"tool":"pay","target":"{TARGET}","params":{params}}}"#);
    let options = ActionOptions {
        hash_only: true,
        ..ActionOptions::default()
    };
    let action = Action::parse(action.as_bytes(), &options).unwrap();
    let signer = Signer {
        name: "deploy-bot",
        owner: "",
    };
    let options = SignOptions {
        time: Some(clock()),
        ..SignOptions::default()
    };
    text_of(&sign(&agent(), &action, &signer, &options).unwrap())
}

#[test]
fn hidden_arguments_are_others_than_were_signed() {
    let open = || verifier(|options| options.allow_hash_only = true);
    let receipt = hash_only(ARGUMENTS);
    passes(&open().check_call(&call(&receipt), clock()));
    for arguments in ["{}", r#"{"amount":11,"to":"bob"}"#, "null"] {
        let report = open().check_call(&call_of(&receipt, "pay", arguments), clock());
        refused(&report, Axis::Content, ErrorKind::ArgumentsMismatch);
    }
    refused(
        &presented(&receipt),
        Axis::Content,
        ErrorKind::ArgumentsHidden,
    );
}

#[test]
fn hidden_arguments_evade_a_rule_about_them() {
    let bank = verifier(|options| {
        options.allow_hash_only = true;
        options.policy = Some(policy(
            "{version: 1, default_action: allow, rules: [{id: big, match: {params: {amount: {gt: 100}}}, action: deny}]}",
        ));
    });
    let dear = r#"{"amount":1000,"to":"eve"}"#;
    let receipt = hash_only(dear);
    let report = bank.check_call(&call_of(&receipt, "pay", dear), clock());
    refused(&report, Axis::Policy, ErrorKind::PolicyDenied);
    let cheap = hash_only(ARGUMENTS);
    passes(&bank.check_call(&call(&cheap), clock()));
}

#[test]
fn a_receipt_is_taken_to_another_session_or_call() {
    let action = json!({"tool": "pay", "target": TARGET, "session": "s1", "call_id": "n:7",
        "params": serde_json::from_str::<serde_json::Value>(ARGUMENTS).unwrap()});
    let receipt = text_of(&signed_action(
        &agent(),
        "deploy-bot",
        &action.to_string(),
        1,
    ));
    let with = |session, call_id| {
        let call = Call {
            session,
            call_id,
            ..call(&receipt)
        };
        bank().check_call(&call, clock())
    };
    passes(&with(Some("s1"), Some("n:7")));
    for (session, call_id) in [
        (Some("s2"), None),
        (Some(""), None),
        (Some("S1"), None),
        (None, Some("n:8")),
        (None, Some("s:7")),
        (None, Some("n:7.0")),
        (None, Some("7")),
    ] {
        let report = with(session, call_id);
        refused(&report, Axis::Target, ErrorKind::BindingMismatch);
    }
}

#[test]
fn a_receipt_of_what_is_done_already_is_no_permission() {
    use signet::receipt::{CompoundOptions, Response, sign_compound};
    let action = json!({"tool": "pay", "target": TARGET,
        "params": serde_json::from_str::<serde_json::Value>(ARGUMENTS).unwrap()});
    let action = Action::parse(action.to_string().as_bytes(), &ActionOptions::default()).unwrap();
    let signer = Signer {
        name: "deploy-bot",
        owner: "",
    };
    let options = CompoundOptions {
        requested_at: "2026-06-15T12:00:00Z",
        responded_at: "2026-06-15T12:00:00Z",
        nonce: None,
    };
    let done = sign_compound(&agent(), &action, &Response::new(b"{}"), &signer, &options).unwrap();
    refused(
        &presented(&text_of(&done)),
        Axis::Structure,
        ErrorKind::ReceiptVersion,
    );
}
