//! The published Signet itself, run beside ours on random delegations: tokens
//! and chains in both directions, and the same verdict on every narrowing.

#[path = "support/documents.rs"]
mod documents;

use documents::{Documents, first_seed, torture};
use serde_json::{Value, json};
use signet::authority::chain::{Chain, ChainOptions, DEFAULT_MAX_LINKS};
use signet::authority::delegation::{self, Delegation, Grant, GrantOptions, JudgedAt};
use signet::authority::scope::Scope;
use signet::crypto::ed25519::PublicKey;
use signet::encoding::jcs::{self, Limits};
use signet::encoding::record::Reading;
use signet::encoding::rfc3339::Instant;
use signet::identity::KeyPair;
use signet_core::DelegationToken;

const NAMES: &[&str] = &["Bash", "Read", "ツール😀", "mcp://x", "\"q\\", "\u{1}"];

fn names(random: &mut Documents) -> Value {
    if random.below(4) == 0 {
        return json!(["*"]);
    }
    let mut names: Vec<&str> = NAMES.to_vec();
    names.retain(|_| random.below(3) > 0);
    if names.is_empty() {
        names.push(NAMES[0]);
    }
    json!(names)
}

fn scope(random: &mut Documents) -> Value {
    let mut scope = json!({
        "tools": names(random), "targets": names(random), "max_depth": random.below(4),
    });
    if random.below(3) == 0 {
        let year = 2090 + random.below(3);
        scope["expires"] = match random.below(2) {
            0 => format!("{year}-01-01T00:00:00Z"),
            _ => format!("{year}-01-01T05:30:00+05:30"),
        }
        .into();
    }
    scope
}

/// A scope within another.
fn narrowed(random: &mut Documents, parent: &Value) -> Value {
    let mut child = parent.clone();
    for list in ["tools", "targets"] {
        if parent[list] == json!(["*"]) {
            child[list] = names(random);
        } else if let Some(list) = child[list].as_array_mut()
            && list.len() > 1
        {
            list.pop();
        }
    }
    child["max_depth"] = json!(parent["max_depth"].as_u64().unwrap() - 1);
    child
}

fn ours(scope: &Value) -> Scope {
    Scope::parse(scope.to_string().as_bytes()).unwrap_or_else(|error| panic!("{scope}: {error}"))
}

fn theirs(scope: &Value) -> signet_core::Scope {
    serde_json::from_value(scope.clone()).unwrap()
}

fn now() -> JudgedAt {
    JudgedAt::instant(Instant::now())
}

/// Keys by both names: one seed, ours and theirs.
struct Keys {
    ours: KeyPair,
}

macro_rules! keys {
    () => {{
        let (signing, verifying) = signet_core::generate_keypair();
        let ours = KeyPair::from_seed(&signing.to_bytes());
        (Keys { ours }, signing, verifying)
    }};
}

fn verify(chain: &Chain, root: &PublicKey) -> signet::Result<Scope> {
    let options = ChainOptions {
        roots: &[*root],
        time: now(),
        max_links: DEFAULT_MAX_LINKS,
    };
    chain.verify(&options).cloned()
}

#[test]
fn random_scopes_narrow_as_in_the_published_signet() {
    let seed = first_seed();
    let mut narrowing = 0;
    for round in 0..10_000 * torture() {
        let mut random = Documents::new(seed.wrapping_add(round));
        let parent = scope(&mut random);
        let mut child = match parent["max_depth"].as_u64() {
            Some(1..) if random.below(2) == 0 => narrowed(&mut random, &parent),
            _ => scope(&mut random),
        };
        if random.below(8) == 0 {
            child["tools"] = json!([]);
        }
        let got = ours(&child).check_narrows(&ours(&parent));
        let expected = signet_core::validate_scope_narrowing(&theirs(&child), &theirs(&parent));
        assert_eq!(got.is_ok(), expected.is_ok(), "{child} {parent} {got:?}");
        narrowing += u32::from(got.is_ok());
    }
    assert!(narrowing > 100, "{narrowing}");
}

#[test]
fn chains_signed_on_either_side_verify_on_the_other() {
    let seed = first_seed();
    for round in 0..400 * torture() {
        let mut random = Documents::new(seed.wrapping_add(round));
        let length = 1 + random.below(4);
        let mut scope = scope(&mut random);
        scope["max_depth"] = json!(length - 1 + random.below(2));
        let mut parent: Option<Value> = None;
        let (root, root_signing, root_verifying) = keys!();
        let (mut delegator, mut delegator_signing) = (root, root_signing);
        let root_key = *delegator.ours.public_key();
        let mut our_links = Vec::new();
        let mut their_links = Vec::new();
        for index in 0..length {
            let (delegate, delegate_signing, delegate_verifying) = keys!();
            let (from, to) = (format!("from \"{index}\""), format!("ツ{index}"));
            let (our_scope, our_parent) = (ours(&scope), parent.as_ref().map(ours));
            let principal = random.below(2) == 0;
            let grant = Grant {
                delegator_name: &from,
                delegator_principal: principal.then_some("user://example/alice"),
                delegate: delegate.ours.public_key(),
                delegate_name: &to,
                delegate_principal: principal.then_some("agent://example/bot/1"),
                scope: &our_scope,
                parent: our_parent.as_ref(),
            };
            our_links
                .push(delegation::sign(&delegator.ours, &grant, &GrantOptions::default()).unwrap());
            their_links.push(
                signet_core::sign_delegation_with_principals(
                    &delegator_signing,
                    &from,
                    grant.delegator_principal,
                    &delegate_verifying,
                    &to,
                    grant.delegate_principal,
                    &theirs(&scope),
                    parent.as_ref().map(theirs).as_ref(),
                )
                .unwrap(),
            );
            if index + 1 < length {
                let child = narrowed(&mut random, &scope);
                parent = Some(std::mem::replace(&mut scope, child));
            }
            (delegator, delegator_signing) = (delegate, delegate_signing);
        }

        // Ours there.
        let chain = Chain::of(our_links);
        let read: Vec<DelegationToken> = serde_json::from_slice(chain.json()).unwrap();
        let effective =
            signet_core::verify_delegation::verify_chain(&read, &[root_verifying], None, None)
                .unwrap_or_else(|error| panic!("seed {seed} round {round}: {error}"));
        assert_eq!(effective, theirs(&scope));
        assert_eq!(ours(&scope), verify(&chain, &root_key).unwrap());

        // Theirs here, in their own order of members and indented.
        let text = serde_json::to_string_pretty(&their_links).unwrap();
        let chain = Chain::parse(text.as_bytes(), Reading::Strict, &Limits::default()).unwrap();
        assert_eq!(ours(&scope), verify(&chain, &root_key).unwrap());
        chain.check_actor(delegator.ours.public_key()).unwrap();
        let canonical = jcs::canonicalize(text.as_bytes(), &Limits::default()).unwrap();
        assert_eq!(chain.json(), canonical);
        for (link, token) in chain.links().iter().zip(&their_links) {
            assert_eq!(link.id(), token.id);
            signet_core::verify_delegation(token, None).unwrap();
            assert_eq!(chain.links().len() as u64, length);
        }

        // A link taken away, doubled or moved breaks both.
        if length > 1 {
            let mut broken = their_links.clone();
            match random.below(3) {
                0 => drop(broken.remove(0)),
                1 => broken.insert(1, broken[0].clone()),
                _ => broken.swap(0, 1),
            }
            let text = serde_json::to_string(&broken).unwrap();
            let chain = Chain::parse(text.as_bytes(), Reading::Strict, &Limits::default());
            assert!(verify(&chain.unwrap(), &root_key).is_err());
            assert!(
                signet_core::verify_delegation::verify_chain(
                    &broken,
                    &[root_verifying],
                    None,
                    None
                )
                .is_err()
            );
        }
    }
}

#[test]
fn a_token_changed_anywhere_verifies_only_where_it_verifies_there_too() {
    let seed = first_seed();
    let mut agreed = 0;
    let (delegator, _, _) = keys!();
    let (delegate, _, _) = keys!();
    let scope = ours(&json!({
        "tools": ["Bash", "Read"], "targets": ["mcp://x"], "max_depth": 2,
        "expires": "2099-01-01T00:00:00Z",
    }));
    let grant = Grant {
        delegator_name: "root",
        delegator_principal: Some("user://example/alice"),
        delegate: delegate.ours.public_key(),
        delegate_name: "agent",
        delegate_principal: None,
        scope: &scope,
        parent: None,
    };
    let token = delegation::sign(&delegator.ours, &grant, &GrantOptions::default()).unwrap();
    for round in 0..3000 * torture() {
        let mut random = Documents::new(seed.wrapping_add(round));
        let mut text = token.json().to_vec();
        for _ in 0..1 + random.below(2) {
            let place = random.below(text.len() as u64) as usize;
            text[place] = match random.below(3) {
                0 => b"0123456789abcdefABCDEF\"{}[],:"[random.below(29) as usize],
                1 => text[place] ^ 1 << random.below(8),
                _ => text[random.below(text.len() as u64) as usize],
            };
        }
        let got = Delegation::parse(&text, Reading::Strict, &Limits::default())
            .and_then(|token| token.verify(now()));
        let expected = serde_json::from_slice::<DelegationToken>(&text)
            .is_ok_and(|token| signet_core::verify_delegation(&token, None).is_ok());
        if got.is_ok() {
            assert!(expected, "{}", String::from_utf8_lossy(&text));
        }
        agreed += u32::from(got.is_ok() == expected);
    }
    assert!(u64::from(agreed) > 2500 * torture(), "{agreed}");
}
