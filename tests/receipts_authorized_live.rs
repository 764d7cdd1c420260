//! The published Signet itself, run beside ours on authorised receipts in which
//! something was changed: none verifies here that does not verify there, and what
//! verifies only there is refused for a documented reason.

#[path = "support/documents.rs"]
mod documents;
#[path = "support/mutations.rs"]
mod mutations;

use std::collections::BTreeMap;

use documents::{Documents, first_seed, torture};
use mutations::mutated;
use serde_json::{Value, json};
use signet::ErrorKind;
use signet::authority::authorized::{AuthorizedOptions, verify_authorized};
use signet::authority::chain::DEFAULT_MAX_LINKS;
use signet::authority::delegation::JudgedAt;
use signet::crypto::ed25519::PublicKey;
use signet::encoding::jcs::Limits;
use signet::encoding::record::Reading;
use signet::encoding::rfc3339::Instant;
use signet::receipt::Receipt;

/// Why we refuse what the published Signet verifies.
const STRICTER: &[ErrorKind] = &[
    // Members that the format does not define, or twice.
    ErrorKind::UnknownMember,
    ErrorKind::JsonDuplicateMember,
    // Ids of receipts and tokens that do not derive from the signatures.
    ErrorKind::IdMismatch,
    // A number in such a member that no double holds.
    ErrorKind::JsonInexactNumber,
    // Expiry and policy, which the published version 4 does not sign.
    ErrorKind::SignatureInvalid,
    ErrorKind::ReceiptInvalid,
    ErrorKind::TimestampInvalid,
    ErrorKind::Unsupported,
];

struct Published {
    receipt: Value,
    options: signet_core::AuthorizedVerifyOptions,
    root: PublicKey,
}

/// A receipt that the published Signet has signed on a chain of two.
fn published() -> Published {
    let (root, root_public) = signet_core::generate_keypair();
    let (middle, middle_public) = signet_core::generate_keypair();
    let (agent, agent_public) = signet_core::generate_keypair();
    let scope = |depth: u32, tools: Value| -> signet_core::Scope {
        serde_json::from_value(json!({"tools": tools, "targets": ["*"], "max_depth": depth,
            "expires": "2090-01-01T00:00:00Z", "budget": {"usd": 5}}))
        .unwrap()
    };
    let wide = scope(1, json!(["*"]));
    let narrow = scope(0, json!(["pay", "read"]));
    let chain = vec![
        signet_core::sign_delegation(&root, "root", &middle_public, "middle", &wide, None).unwrap(),
        signet_core::sign_delegation(
            &middle,
            "middle",
            &agent_public,
            "agent",
            &narrow,
            Some(&wide),
        )
        .unwrap(),
    ];
    let action: signet_core::Action = serde_json::from_value(json!({
        "tool": "pay", "params": {"amount": 10, "to": ["x", {"y": null}]}, "params_hash": "",
        "target": "mcp://bank", "transport": "stdio", "session": "s",
    }))
    .unwrap();
    let receipt = signet_core::sign_authorized(&agent, &action, "bot", chain).unwrap();
    Published {
        receipt: serde_json::to_value(&receipt).unwrap(),
        options: signet_core::AuthorizedVerifyOptions {
            trusted_roots: vec![root_public],
            ..signet_core::AuthorizedVerifyOptions::default()
        },
        root: PublicKey::from_bytes(root_public.as_bytes()).unwrap(),
    }
}

#[test]
fn a_receipt_changed_anywhere_verifies_only_where_it_verifies_there_too() {
    let mut refused: BTreeMap<String, u64> = BTreeMap::new();
    let (mut both, mut only_there) = (0_u64, 0_u64);
    let seed = first_seed();
    let mut original = published();
    for round in 0..3000 * torture() {
        if round % 100 == 0 {
            original = published();
        }
        let mut random = Documents::new(seed.wrapping_add(round));
        let text = mutated(&mut random, &original.receipt);
        // Their version-detecting path, where the last of two members counts.
        let there = serde_json::from_str::<Value>(&text)
            .ok()
            .and_then(|value| serde_json::from_value::<signet_core::Receipt>(value).ok())
            .is_some_and(|receipt| {
                signet_core::verify_authorized(&receipt, &original.options).is_ok()
            });
        let roots = [original.root];
        let options = AuthorizedOptions {
            roots: &roots,
            time: JudgedAt::instant(Instant::now()),
            max_links: DEFAULT_MAX_LINKS,
        };
        let here = Receipt::parse(text.as_bytes(), Reading::Strict, &Limits::default())
            .and_then(|receipt| verify_authorized(&receipt, &options).map(drop));
        match (here, there) {
            (Ok(()), true) => both += 1,
            (Ok(()), false) => panic!("verified here only: {text}"),
            (Err(error), true) => {
                only_there += 1;
                assert!(STRICTER.contains(&error.kind()), "{error}: {text}");
                *refused.entry(error.kind().code()).or_default() += 1;
            }
            (Err(_), false) => {}
        }
    }
    assert!(both > 100 && only_there > 30, "{both} {refused:?}");
    assert!(refused.contains_key("unknown_member") && refused.contains_key("id_mismatch"));
}
