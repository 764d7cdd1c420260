//! Every recorded scope, delegation token and chain of the published Signet,
//! judged here: the same verdict, or a stricter one for a reason in the tables.

#[path = "support/vectors.rs"]
mod vectors;

use serde_json::Value;
use signet::authority::chain::{Chain, ChainOptions, DEFAULT_MAX_LINKS};
use signet::authority::delegation::{self, Delegation, Grant, GrantOptions, JudgedAt};
use signet::authority::scope::Scope;
use signet::crypto::ed25519::PublicKey;
use signet::encoding::jcs::Limits;
use signet::encoding::key_text;
use signet::encoding::record::Reading;
use signet::encoding::rfc3339::Instant;
use signet::identity::KeyPair;
use signet::{ErrorKind, Result};

/// What the published Signet accepts and we refuse: the case, the kind of the
/// error, and the sentence of `docs/compatibility.md`.
type Stricter = (&'static str, ErrorKind, &'static str);

const MIXED: &str = "a wildcard beside other names is a wildcard to one reader and a name to \
                     another";
const UNKNOWN: &str = "a member that the format does not define is covered by no signature";

const STRICTER_SCOPES: &[Stricter] = &[
    (
        "expiry-child-garbage-parent-none",
        ErrorKind::DelegationInvalid,
        "an expiry that is no date-time is an error wherever it stands",
    ),
    (
        "child-mixed-wildcard-under-wildcard",
        ErrorKind::DelegationInvalid,
        MIXED,
    ),
    (
        "child-mixed-under-same-mixed",
        ErrorKind::DelegationInvalid,
        MIXED,
    ),
    ("parse/unknown-field", ErrorKind::UnknownMember, UNKNOWN),
];

#[test]
fn every_recorded_narrowing_is_judged_as_recorded_or_stricter() {
    let file = vectors::json(&vectors::own("prismer/scope_narrowing.json"));
    let mut used = 0;
    for case in file["cases"].as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        let text = |who: &str| match case[format!("{who}_text")].as_str() {
            Some(text) => text.to_owned(),
            None => case[who].to_string(),
        };
        let verdict = (|| {
            let child = Scope::parse(text("child").as_bytes())?;
            child.check_narrows(&Scope::parse(text("parent").as_bytes())?)
        })();
        used += judge(name, case["result"] == "accept", verdict, STRICTER_SCOPES);
    }
    assert_eq!(used, STRICTER_SCOPES.len());
}

const STRICTER_TOKENS: &[Stricter] = &[
    (
        "change/id",
        ErrorKind::IdMismatch,
        "an id that does not derive from the signature is somebody else's",
    ),
    ("add/unknown-top", ErrorKind::UnknownMember, UNKNOWN),
    (
        "add/unknown-in-scope",
        ErrorKind::DelegationInvalid,
        "constraints must have the form that version 0.11 gives them",
    ),
    (
        "add/unknown-in-delegate",
        ErrorKind::SignatureInvalid,
        "a principal is signed since 0.11",
    ),
    (
        "crafted/mixed-wildcard",
        ErrorKind::DelegationInvalid,
        MIXED,
    ),
    (
        "crafted/issued-in-future",
        ErrorKind::DelegationNotYetValid,
        "a token is not used before it is issued",
    ),
    (
        "crafted/issued-garbage",
        ErrorKind::TimestampInvalid,
        "a time of issue that is no date-time cannot be judged",
    ),
    (
        "crafted/delegate-key-garbage",
        ErrorKind::KeyInvalid,
        "a delegate that is no key cannot act",
    ),
];

#[test]
fn every_recorded_token_is_judged_as_recorded_or_stricter() {
    let file = vectors::json(&vectors::own("prismer/delegation_tokens.json"));
    let time = exactly(file["clock"].as_str().unwrap());
    let mut used = 0;
    for case in file["cases"].as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        let text = case["text"].as_str().unwrap().as_bytes();
        let token = Delegation::parse(text, Reading::Strict, &Limits::default());
        if let (Ok(token), Some(body)) = (&token, case["signed_body"].as_str()) {
            assert_eq!(
                String::from_utf8(token.signed_body()).unwrap(),
                body,
                "{name}"
            );
        }
        let verdict = token.and_then(|token| token.verify(time));
        let accepted = case["checks"]["verify_delegation"]["result"] == "accept";
        used += judge(name, accepted, verdict, STRICTER_TOKENS);
    }
    assert_eq!(used, STRICTER_TOKENS.len());
}

#[test]
fn what_the_published_signet_refuses_to_sign_is_not_signed() {
    let file = vectors::json(&vectors::own("prismer/delegation_tokens.json"));
    let key = KeyPair::from_seed(&[1; 32]);
    let delegate = *KeyPair::from_seed(&[2; 32]).public_key();
    let mut seen = 0;
    for case in file["sign_errors"].as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        let scope = |member: &str| Scope::parse(case[member].to_string().as_bytes());
        let parent = match case["parent"] {
            Value::Null => None,
            _ => Some(scope("parent").unwrap()),
        };
        let refused = scope("scope").and_then(|scope| {
            let grant = Grant {
                delegator_name: case["names"][0].as_str().unwrap_or("root"),
                delegator_principal: None,
                delegate: &delegate,
                delegate_name: case["names"][1].as_str().unwrap_or("agent"),
                delegate_principal: None,
                scope: &scope,
                parent: parent.as_ref(),
            };
            delegation::sign(&key, &grant, &GrantOptions::default())
        });
        let kind = refused.expect_err(name).kind();
        let expected = match parent {
            Some(_) => ErrorKind::ScopeWidened,
            None => ErrorKind::DelegationInvalid,
        };
        assert_eq!(kind, expected, "{name}");
        seen += 1;
    }
    assert!(seen >= 10);
}

const STRICTER_CHAINS: &[Stricter] = &[
    (
        "unsigned-fields-edited",
        ErrorKind::IdMismatch,
        "an id that does not derive from the signature is somebody else's",
    ),
    (
        "at/before-issue",
        ErrorKind::DelegationNotYetValid,
        "a token is not used before it is issued",
    ),
    (
        "crafted/leaf-mixed-wildcard-under-wildcard",
        ErrorKind::DelegationInvalid,
        MIXED,
    ),
    (
        "crafted/root-mixed-wildcard",
        ErrorKind::DelegationInvalid,
        MIXED,
    ),
    (
        "crafted/weak-intermediate-key",
        ErrorKind::KeyWeak,
        "under a key of small order anybody can sign",
    ),
];

/// The kind and the link of what the published Signet refuses.
const REFUSED_CHAINS: &[(&str, ErrorKind, Option<u64>)] = &[
    ("no-trusted-roots", ErrorKind::ChainRootUntrusted, Some(0)),
    ("wrong-root", ErrorKind::ChainRootUntrusted, Some(0)),
    (
        "mid-trusted-but-not-root",
        ErrorKind::ChainRootUntrusted,
        Some(0),
    ),
    ("empty", ErrorKind::ChainEmpty, None),
    ("widened-tools", ErrorKind::ScopeWidened, Some(1)),
    ("widened-targets", ErrorKind::ScopeWidened, Some(1)),
    (
        "wildcard-tools-under-explicit",
        ErrorKind::ScopeWidened,
        Some(1),
    ),
    (
        "wildcard-targets-under-explicit",
        ErrorKind::ScopeWidened,
        Some(1),
    ),
    ("equal-depth", ErrorKind::ScopeWidened, Some(1)),
    ("deeper-than-parent", ErrorKind::ScopeWidened, Some(1)),
    (
        "parent-depth-zero",
        ErrorKind::DelegationDepthExceeded,
        Some(0),
    ),
    (
        "depth-exceeded-by-one",
        ErrorKind::DelegationDepthExceeded,
        Some(0),
    ),
    ("expiry-child-missing", ErrorKind::ScopeWidened, Some(1)),
    ("expiry-child-later", ErrorKind::ScopeWidened, Some(1)),
    ("expired-root-token", ErrorKind::DelegationExpired, Some(0)),
    ("expired-leaf-token", ErrorKind::DelegationExpired, Some(1)),
    (
        "at/after-leaf-expiry",
        ErrorKind::DelegationExpired,
        Some(1),
    ),
    ("at/after-both", ErrorKind::DelegationExpired, Some(0)),
    ("continuity-broken", ErrorKind::ChainBroken, Some(1)),
    ("reversed", ErrorKind::DelegationDepthExceeded, Some(0)),
    ("duplicate-token", ErrorKind::ChainBroken, Some(1)),
    ("length-17", ErrorKind::ChainTooLong, None),
    ("max-chain-depth-2-exceeded", ErrorKind::ChainTooLong, None),
    ("max-chain-depth-0", ErrorKind::ChainTooLong, None),
    ("middle-scope-edited", ErrorKind::SignatureInvalid, Some(1)),
    (
        "leaf-signature-swapped",
        ErrorKind::SignatureInvalid,
        Some(2),
    ),
    (
        "crafted/leaf-mixed-wildcard-under-explicit",
        ErrorKind::DelegationInvalid,
        Some(1),
    ),
    (
        "crafted/leaf-signed-by-wrong-key",
        ErrorKind::SignatureInvalid,
        Some(1),
    ),
];

#[test]
fn every_recorded_chain_is_judged_as_recorded_or_stricter_with_the_links_index() {
    let file = vectors::json(&vectors::own("prismer/delegation_chains.json"));
    let keys = vectors::json(&vectors::own("prismer/keys.json"));
    let mut used = 0;
    let mut refused = 0;
    for case in file["cases"].as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        let roots: Vec<PublicKey> = case["trusted_roots"]
            .as_array()
            .unwrap()
            .iter()
            .map(|root| key_named(&keys, root.as_str().unwrap()))
            .collect();
        let at = case["at"].as_str().or(file["clock"].as_str()).unwrap();
        let max_links = case["max_chain_depth"].as_u64();
        let options = ChainOptions {
            roots: &roots,
            time: exactly(at),
            max_links: max_links.map_or(DEFAULT_MAX_LINKS, |max| max as usize),
        };
        let text = case["text"].as_str().unwrap().as_bytes();
        let chain = Chain::parse(text, Reading::Strict, &Limits::default());
        if let (Ok(chain), Some(hash)) = (&chain, case["chain_hash"].as_str()) {
            assert_eq!(chain.hash(), hash, "{name}");
        }
        let verdict = chain.and_then(|chain| {
            let scope: Value = serde_json::from_slice(&chain.verify(&options)?.json()).unwrap();
            let mut recorded = case["verify_chain"]["effective_scope"].clone();
            recorded.as_object_mut().unwrap().remove("budget");
            assert_eq!(scope, recorded, "{name}");
            Ok(())
        });
        if let Err(error) = &verdict
            && let Some((_, kind, link)) = REFUSED_CHAINS.iter().find(|(case, ..)| *case == name)
        {
            refused += 1;
            assert_eq!(
                (error.kind(), error.position()),
                (*kind, *link),
                "{name}: {error}"
            );
        }
        let accepted = case["verify_chain"]["result"] == "accept";
        used += judge(name, accepted, verdict, STRICTER_CHAINS);
    }
    assert_eq!(used, STRICTER_CHAINS.len());
    assert_eq!(refused, REFUSED_CHAINS.len());
}

/// Answers how many entries of the table it needed.
fn judge(name: &str, accepted: bool, verdict: Result<()>, stricter: &[Stricter]) -> usize {
    match stricter.iter().find(|(case, ..)| *case == name) {
        Some((_, kind, reason)) => {
            assert!(accepted && !reason.is_empty(), "{name} needs no reason");
            assert_eq!(verdict.expect_err(name).kind(), *kind, "{name}");
            1
        }
        None => {
            assert_eq!(verdict.is_ok(), accepted, "{name}: {verdict:?}");
            0
        }
    }
}

fn exactly(at: &str) -> JudgedAt {
    JudgedAt {
        at: Instant::parse(at).unwrap(),
        skew_seconds: 0,
    }
}

fn key_named(keys: &Value, name: &str) -> PublicKey {
    let cases = keys["cases"].as_array().unwrap();
    let case = cases.iter().find(|case| case["name"] == name).expect(name);
    let text = ["pubkey", "public_key", "public_base64", "public"]
        .iter()
        .find_map(|member| case[*member].as_str());
    key_text::parse(text.expect("a public key")).unwrap()
}
