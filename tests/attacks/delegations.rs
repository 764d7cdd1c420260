//! Calls on an authority that nobody gave, or that somebody stretched.

use serde_json::{Value, json};
use signet::ErrorKind;
use signet::authority::chain::Chain;
use signet::authority::delegation::Delegation;
use signet::authority::scope::Scope;
use signet::encoding::jcs::Limits;
use signet::encoding::record::Reading;
use signet::identity::KeyPair;
use signet::verifier::{Axis, Call, Remark};

use crate::ground::*;

/// The agent's call on this chain, whose agent key nobody trusts by itself.
fn on(chain: &Chain) -> signet::verifier::Report {
    by(&forced(&agent(), chain))
}

fn by(receipt: &str) -> signet::verifier::Report {
    let bank = verifier(|options| options.trusted_keys.clear());
    bank.check_call(&call(receipt), clock())
}

#[track_caller]
pub fn stops(chain: &Chain, kind: ErrorKind) {
    refused(&on(chain), Axis::Delegation, kind);
}

pub fn direct(scope: &Scope) -> Chain {
    Chain::of(vec![grant(&root(), &agent(), scope)])
}

#[test]
fn an_honest_chain_passes() {
    passes(&by(&text_of(&delegated())));
    passes(&on(&chain()));
    passes(&on(&direct(&scope(&["*"], &["*"], 0))));
}

#[test]
fn a_foreign_root_delegates() {
    let rogue = grant(&stranger(), &agent(), &scope(&["*"], &["*"], 5));
    stops(&Chain::of(vec![rogue]), ErrorKind::ChainRootUntrusted);
    // An agent is no root, trusted or not.
    let own = grant(&agent(), &agent(), &scope(&["*"], &["*"], 5));
    let receipt = forced(&agent(), &Chain::of(vec![own]));
    let report = bank().check_call(&call(&receipt), clock());
    refused(&report, Axis::Delegation, ErrorKind::ChainRootUntrusted);
}

#[test]
fn the_root_is_named_and_another_delegates() {
    let rogue = Chain::of(vec![grant(
        &stranger(),
        &agent(),
        &scope(&["*"], &["*"], 0),
    )]);
    let named = forced_as(&agent(), &rogue, |body| {
        body["authorization"]["root_pubkey"] = json!(name_of(&root()));
    });
    let report = by(&named);
    assert!(!report.is_ok());
    assert!(
        matches!(
            report.kind(),
            Some(ErrorKind::ChainRootMismatch | ErrorKind::ChainRootUntrusted)
        ),
        "{:?}",
        report.reason()
    );
}

#[test]
fn a_link_in_the_middle_has_expired() {
    let ended = scope(&["pay"], &[TARGET], 1)
        .expiring("2026-06-15T11:00:00Z")
        .unwrap();
    let child = scope(&["pay"], &[TARGET], 0)
        .expiring("2026-06-15T11:00:00Z")
        .unwrap();
    let links = vec![
        grant(&root(), &stranger(), &scope(&["pay"], &[TARGET], 2)),
        grant(&stranger(), &middle(), &ended),
        grant(&middle(), &agent(), &child),
    ];
    let report = on(&Chain::of(links));
    refused(&report, Axis::Delegation, ErrorKind::DelegationExpired);
    // It says which.
    assert_eq!(report.reason().unwrap().position(), Some(1));
}

#[test]
fn the_agent_dates_itself_back_into_an_expired_grant() {
    let ended = scope(&["pay"], &[TARGET], 0)
        .expiring("2026-06-15T11:30:00Z")
        .unwrap();
    let back = forced_as(&agent(), &direct(&ended), |body| {
        body["ts"] = "2026-06-15T11:15:00Z".into();
    });
    // However old a receipt may be, the grant is judged at the bank's time.
    let patient = verifier(|options| {
        options.trusted_keys.clear();
        options.max_age_seconds = 86_400;
    });
    let report = patient.check_call(&call(&back), clock());
    refused(&report, Axis::Delegation, ErrorKind::DelegationExpired);
    passes(&patient.check_call(&call(&back), after(-2000)));
}

#[test]
fn a_grant_is_used_before_it_is_issued() {
    let early = verifier(|options| options.trusted_keys.clear());
    let back = forced_as(&agent(), &chain(), |body| {
        body["ts"] = "2026-06-15T10:00:00Z".into();
    });
    let report = early.check_call(&call(&back), after(-7200));
    refused(&report, Axis::Delegation, ErrorKind::DelegationNotYetValid);
}

#[test]
fn the_chain_is_reordered_cut_or_doubled() {
    let links = chain().links().to_vec();
    let (first, last) = (links[0].clone(), links[1].clone());
    for (links, kind) in [
        (
            vec![last.clone(), first.clone()],
            ErrorKind::ChainRootUntrusted,
        ),
        (vec![last.clone()], ErrorKind::ChainRootUntrusted),
        (vec![first.clone()], ErrorKind::ChainDelegateMismatch),
        (vec![first.clone(), first.clone()], ErrorKind::ChainBroken),
        (
            vec![first.clone(), last.clone(), last.clone()],
            ErrorKind::DelegationDepthExceeded,
        ),
        (Vec::new(), ErrorKind::ChainEmpty),
    ] {
        let report = on(&Chain::of(links));
        assert!(!report.is_ok());
        let found = report.kind().unwrap();
        // A chain without a link is told by the form of the receipt.
        assert!(
            found == kind || (kind == ErrorKind::ChainEmpty && found == ErrorKind::ReceiptInvalid),
            "{found:?}, not {kind:?}"
        );
    }
}

#[test]
fn somebody_elses_chain_is_used() {
    // The stranger has the chain, which is public, and not the agent's key.
    let receipt = forced(&stranger(), &chain());
    refused(
        &by(&receipt),
        Axis::Delegation,
        ErrorKind::ChainDelegateMismatch,
    );
    // Stapled to a receipt that rests on another.
    let own = direct(&scope(&["pay"], &[TARGET], 0));
    let mut receipt: Value = serde_json::from_str(&forced(&agent(), &own)).unwrap();
    receipt["authorization"]["chain"] = serde_json::from_slice(chain().json()).unwrap();
    refused(
        &by(&receipt.to_string()),
        Axis::Delegation,
        ErrorKind::ChainHashMismatch,
    );
}

#[test]
fn links_are_not_by_the_key_before_them() {
    let links = vec![
        grant(&root(), &middle(), &scope(&["pay"], &[TARGET], 1)),
        grant(&stranger(), &agent(), &scope(&["pay"], &[TARGET], 0)),
    ];
    stops(&Chain::of(links), ErrorKind::ChainBroken);
}

#[test]
fn more_links_follow_than_the_depth_allows() {
    let links = vec![
        grant(&root(), &middle(), &scope(&["pay"], &[TARGET], 0)),
        grant(&middle(), &agent(), &scope(&["pay"], &[TARGET], 0)),
    ];
    stops(&Chain::of(links), ErrorKind::DelegationDepthExceeded);
}

#[test]
fn the_chain_is_longer_than_anybody_reads() {
    let keys: Vec<KeyPair> = (100..117)
        .map(|seed| KeyPair::from_seed(&[seed; 32]))
        .collect();
    let links = |count: usize| {
        let mut from = root();
        let mut links = Vec::new();
        for (index, key) in keys.iter().enumerate().take(count) {
            let to = if index + 1 == count {
                agent()
            } else {
                KeyPair::from_seed(&[100 + index as u8; 32])
            };
            let depth = u32::try_from(count - 1 - index).unwrap();
            links.push(grant(&from, &to, &scope(&["pay"], &[TARGET], depth)));
            from = KeyPair::from_seed(&[100 + index as u8; 32]);
            assert_eq!(from.public_key(), key.public_key());
        }
        Chain::of(links)
    };
    passes(&on(&links(16)));
    stops(&links(17), ErrorKind::ChainTooLong);
}

#[test]
fn one_key_stands_twice_in_a_chain_and_gains_nothing() {
    // In a circle, and delegating to itself: each link still only narrows.
    let circle = Chain::of(vec![
        grant(&root(), &agent(), &scope(&["read"], &[TARGET], 3)),
        grant(&agent(), &middle(), &scope(&["read"], &[TARGET], 2)),
        grant(&middle(), &agent(), &scope(&["pay", "read"], &[TARGET], 1)),
    ]);
    stops(&circle, ErrorKind::ScopeWidened);
    let itself = Chain::of(vec![
        grant(&root(), &agent(), &scope(&["read"], &[TARGET], 2)),
        grant(&agent(), &agent(), &scope(&["*"], &["*"], 1)),
    ]);
    stops(&itself, ErrorKind::ScopeWidened);
    let idle = Chain::of(vec![
        grant(&root(), &agent(), &scope(&["pay"], &[TARGET], 2)),
        grant(&agent(), &agent(), &scope(&["pay"], &[TARGET], 1)),
    ]);
    passes(&on(&idle));
}

#[test]
fn the_limits_of_a_token_are_edited() {
    let honest = grant(
        &root(),
        &agent(),
        &scope(&["pay"], &[TARGET], 0)
            .expiring("2026-06-15T12:10:00Z")
            .unwrap(),
    );
    let original: Value = serde_json::from_slice(honest.json()).unwrap();
    for (pointer, value) in [
        ("/scope/tools", json!(["*"])),
        ("/scope/targets", json!(["*"])),
        ("/scope/max_depth", json!(9)),
        ("/scope/expires", json!("2099-01-01T00:00:00Z")),
        ("/issued_at", json!("2026-06-15T11:30:00.000Z")),
        ("/nonce", json!("rnd_0")),
        ("/delegate/name", json!("root")),
        ("/delegate/pubkey", json!(name_of(&stranger()))),
    ] {
        let mut token = original.clone();
        *token.pointer_mut(pointer).unwrap() = value;
        let token = Delegation::parse(
            token.to_string().as_bytes(),
            Reading::Strict,
            &Limits::default(),
        )
        .unwrap();
        let actor = if pointer.ends_with("pubkey") {
            stranger()
        } else {
            agent()
        };
        let report = by(&forced(&actor, &Chain::of(vec![token])));
        refused(&report, Axis::Delegation, ErrorKind::SignatureInvalid);
    }
    let mut endless = original.clone();
    endless["scope"].as_object_mut().unwrap().remove("expires");
    let token = Delegation::parse(
        endless.to_string().as_bytes(),
        Reading::Strict,
        &Limits::default(),
    );
    stops(
        &Chain::of(vec![token.unwrap()]),
        ErrorKind::SignatureInvalid,
    );
}

#[test]
fn limits_outside_the_signature_are_stripped_and_were_never_relied_on() {
    // Whoever holds the token may have written them: a report says so, and says
    // nothing of the kind once they are gone.
    let mut token: Value =
        serde_json::from_slice(grant(&root(), &agent(), &scope(&["pay"], &[TARGET], 0)).json())
            .unwrap();
    token["scope"]["constraints"] = json!([{"type": "call_count", "max_calls": 1}]);
    token["scope"]["budget"] = json!({"usd": 1});
    let token = Delegation::parse(
        token.to_string().as_bytes(),
        Reading::Strict,
        &Limits::default(),
    )
    .unwrap();
    assert!(!token.unsigned().is_empty());
    let report = on(&Chain::of(vec![token]));
    passes(&report);
    assert!(
        report
            .remarks()
            .contains(&Remark::DelegationMembersUnsigned)
    );
    let plain = on(&direct(&scope(&["pay"], &[TARGET], 0)));
    assert!(!plain.remarks().contains(&Remark::DelegationMembersUnsigned));
}

#[test]
fn a_revoked_token_takes_another_id() {
    let chain = direct(&scope(&["pay"], &[TARGET], 0));
    let id = chain.links()[0].id().into_owned();
    let bank = || {
        verifier(|options| {
            options.trusted_keys.clear();
            options.revoked.insert(id.clone(), after(-10));
        })
    };
    let receipt = forced(&agent(), &chain);
    let report = bank().check_call(&call(&receipt), clock());
    refused(&report, Axis::Delegation, ErrorKind::Revoked);
    let mut renamed: Value = serde_json::from_slice(chain.links()[0].json()).unwrap();
    renamed["id"] = json!("del_00000000000000000000000000000000");
    let renamed = Delegation::parse(
        renamed.to_string().as_bytes(),
        Reading::Strict,
        &Limits::default(),
    );
    let renamed = Chain::of(vec![renamed.unwrap()]);
    let report = bank().check_call(&call(&forced(&agent(), &renamed)), clock());
    refused(&report, Axis::Delegation, ErrorKind::IdMismatch);
    passes(&on(&chain));
}

#[test]
fn an_undelegated_call_comes_where_a_delegation_is_required() {
    let bank = verifier(|options| options.require_delegation = true);
    let report = bank.check_call(&call(&honest(1)), clock());
    refused(&report, Axis::Delegation, ErrorKind::DelegationRequired);
    passes(&bank.check_call(&call(&text_of(&delegated())), clock()));
}

#[test]
fn a_delegated_receipt_sheds_its_delegation() {
    // As version 1, on the agent's own trusted key.
    let mut receipt: Value = serde_json::from_str(&text_of(&delegated())).unwrap();
    receipt["v"] = json!(1);
    let as_v1 = receipt.to_string();
    let mut bare = receipt.clone();
    bare.as_object_mut().unwrap().remove("authorization");
    for forged in [as_v1, bare.to_string()] {
        let report = bank().check_call(&call(&forged), clock());
        assert!(!report.is_ok());
    }
    // A trusted agent does not make up for a chain that fails.
    let rogue = Chain::of(vec![grant(
        &stranger(),
        &agent(),
        &scope(&["*"], &["*"], 0),
    )]);
    let receipt = forced(&agent(), &rogue);
    let presented = Call {
        receipt: Some(receipt.as_bytes()),
        ..call("")
    };
    let report = bank().check_call(&presented, clock());
    refused(&report, Axis::Delegation, ErrorKind::ChainRootUntrusted);
}
