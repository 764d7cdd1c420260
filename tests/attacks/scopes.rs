//! Delegations whose scope says less, more or something else than it seems to.

use serde_json::{Value, json};
use signet::ErrorKind;
use signet::authority::chain::Chain;
use signet::authority::delegation::Delegation;
use signet::authority::scope::Scope;
use signet::encoding::jcs::Limits;
use signet::encoding::record::Reading;
use signet::verifier::Axis;

use crate::delegations::{direct, stops};
use crate::ground::*;

/// The token with another scope, signed by the root as honest software would not.
fn token_with(change: impl FnOnce(&mut Value)) -> Result<Delegation, signet::Error> {
    let honest = grant(&root(), &agent(), &scope(&["pay"], &[TARGET], 0));
    let mut body: Value = serde_json::from_slice(&honest.signed_body()).unwrap();
    change(&mut body);
    let mut token = crafted_by(&root(), &body);
    let id = token["id"].as_str().unwrap().replace("rec_", "del_");
    token["id"] = json!(id);
    Delegation::parse(
        token.to_string().as_bytes(),
        Reading::Strict,
        &Limits::default(),
    )
}

#[test]
fn names_in_a_scope_look_like_the_tool_or_like_everything() {
    for name in [
        "Pay",
        "pay ",
        " pay",
        "pay\u{0}",
        "p\u{430}y",
        "ｐａｙ",
        "p*",
        "pa?",
        "pay*",
        "**",
        "* ",
        " *",
        "＊",
        "\u{2217}",
        "*\u{0}",
        ".*",
        "any",
        "",
    ] {
        stops(
            &direct(&scope(&[name], &[TARGET], 0)),
            ErrorKind::ScopeViolation,
        );
        stops(
            &direct(&scope(&["pay"], &[name], 0)),
            ErrorKind::ScopeViolation,
        );
    }
}

#[test]
fn a_wildcard_is_smuggled_in_among_names() {
    assert!(token_with(|_| {}).is_ok());
    for (member, list) in [
        ("tools", json!(["*", "read"])),
        ("tools", json!(["read", "*"])),
        ("tools", json!(["*", "*"])),
        ("targets", json!(["mcp://shop", "*"])),
    ] {
        fails(
            token_with(|body| body["scope"][member] = list.clone()),
            ErrorKind::DelegationInvalid,
        );
    }
}

#[test]
fn a_scope_with_empty_or_doubled_entries_grants_no_more() {
    // An empty list covers nothing, however it verifies.
    for member in ["tools", "targets"] {
        match token_with(|body| body["scope"][member] = json!([])) {
            Ok(token) => stops(&Chain::of(vec![token]), ErrorKind::ScopeViolation),
            Err(error) => assert_eq!(error.kind(), ErrorKind::DelegationInvalid),
        }
    }
    for list in [
        json!([""]),
        json!(["", "", "read"]),
        json!(["read", "read"]),
    ] {
        match token_with(|body| body["scope"]["tools"] = list.clone()) {
            Ok(token) => stops(&Chain::of(vec![token]), ErrorKind::ScopeViolation),
            Err(error) => assert_eq!(error.kind(), ErrorKind::DelegationInvalid),
        }
    }
    for list in [
        json!("pay"),
        json!("*"),
        json!(null),
        json!([1]),
        json!([["pay"]]),
        json!({"pay": true}),
    ] {
        assert!(token_with(|body| body["scope"]["tools"] = list.clone()).is_err());
    }
}

#[test]
fn the_scope_is_widened_on_the_way() {
    let wide: [(Scope, Scope); 4] = [
        (
            scope(&["read"], &[TARGET], 1),
            scope(&["pay"], &[TARGET], 0),
        ),
        (
            scope(&["pay"], &["mcp://shop"], 1),
            scope(&["pay"], &[TARGET], 0),
        ),
        (scope(&["pay"], &[TARGET], 1), scope(&["*"], &[TARGET], 0)),
        (scope(&["pay"], &[TARGET], 1), scope(&["pay"], &[TARGET], 1)),
    ];
    for (parent, child) in wide {
        stops(
            &Chain::of(vec![
                grant(&root(), &middle(), &parent),
                grant(&middle(), &agent(), &child),
            ]),
            ErrorKind::ScopeWidened,
        );
    }
    // Later than the parent, or without an end.
    let ending = scope(&["pay"], &[TARGET], 1)
        .expiring("2026-06-15T12:10:00Z")
        .unwrap();
    let later = scope(&["pay"], &[TARGET], 0)
        .expiring("2026-06-15T12:10:01Z")
        .unwrap();
    for child in [later, scope(&["pay"], &[TARGET], 0)] {
        stops(
            &Chain::of(vec![
                grant(&root(), &middle(), &ending),
                grant(&middle(), &agent(), &child),
            ]),
            ErrorKind::ScopeWidened,
        );
    }
}

#[test]
fn a_delegation_for_one_target_or_tool_is_used_at_another() {
    for scope in [
        scope(&["pay"], &["mcp://shop"], 0),
        scope(&["read"], &[TARGET], 0),
    ] {
        stops(&direct(&scope), ErrorKind::ScopeViolation);
    }
    // The server itself is another one.
    let shop = verifier(|options| {
        options.trusted_keys.clear();
        options.targets = vec!["mcp://shop".into()];
    });
    let receipt = text_of(&delegated());
    let report = shop.check_call(&call(&receipt), clock());
    refused(&report, Axis::Target, ErrorKind::TargetMismatch);
}
