//! What was once tried on delegations and went through, tried again.

use serde_json::{Value, json};
use signet::authority::chain::{Chain, ChainOptions, DEFAULT_MAX_LINKS, MAX_LINKS};
use signet::authority::delegation::{
    self, DEFAULT_SKEW_SECONDS, Delegation, Grant, GrantOptions, JudgedAt, Unsigned,
};
use signet::authority::scope::Scope;
use signet::crypto::ed25519::PublicKey;
use signet::encoding::jcs::Limits;
use signet::encoding::record::Reading;
use signet::encoding::rfc3339::Instant;
use signet::identity::KeyPair;
use signet::{ErrorKind, Result};

fn key(number: u8) -> KeyPair {
    KeyPair::from_seed(&[number; 32])
}

fn public(number: u8) -> PublicKey {
    *key(number).public_key()
}

fn clock() -> Instant {
    Instant::parse("2026-06-15T12:00:00.000Z").unwrap()
}

/// The clock and some seconds, with the default tolerance.
fn after(seconds: i64) -> JudgedAt {
    JudgedAt::instant(clock().plus_millis(seconds * 1000))
}

fn scope(max_depth: u32) -> Scope {
    Scope::new(["Read", "Bash"], ["mcp://x"], max_depth).unwrap()
}

fn token_with(from: u8, to: u8, scope: &Scope, unsigned: Unsigned<'_>) -> Result<Delegation> {
    let grant = Grant {
        delegator_name: "from",
        delegator_principal: None,
        delegate: &public(to),
        delegate_name: "to",
        delegate_principal: None,
        scope,
        parent: None,
    };
    let options = GrantOptions {
        time: Some(clock()),
        nonce: Some([from; 16]),
        unsigned,
    };
    delegation::sign(&key(from), &grant, &options)
}

fn token(from: u8, to: u8, scope: &Scope) -> Delegation {
    token_with(from, to, scope, Unsigned::default()).unwrap()
}

fn verify(links: Vec<Delegation>, time: JudgedAt) -> Result<Scope> {
    let chain = Chain::of(links);
    let options = ChainOptions {
        roots: &[public(1)],
        time,
        max_links: DEFAULT_MAX_LINKS,
    };
    chain.verify(&options).cloned()
}

fn parse(text: &str) -> Result<Delegation> {
    Delegation::parse(text.as_bytes(), Reading::Strict, &Limits::default())
}

/// The token with one member changed, by its path.
fn changed(token: &Delegation, path: &str, value: Value) -> String {
    let mut json: Value = serde_json::from_slice(token.json()).unwrap();
    match json.pointer_mut(path) {
        Some(place) => *place = value,
        None => {
            let (parent, name) = path.rsplit_once('/').unwrap();
            json.pointer_mut(parent).unwrap()[name] = value;
        }
    }
    json.to_string()
}

#[test]
fn a_short_grant_is_good_until_its_end_and_the_skew_only_helps_g3() {
    let ends = |seconds: i64| clock().plus_millis(seconds * 1000).to_text();
    let short = token(1, 2, &scope(0).expiring(&ends(45)).unwrap());
    for (seconds, expected) in [
        (0, None),
        (45, None),
        (45 + 60, None),
        (45 + 61, Some(ErrorKind::DelegationExpired)),
        (-60, None),
        (-61, Some(ErrorKind::DelegationNotYetValid)),
    ] {
        let got = short.verify(after(seconds)).err().map(|error| error.kind());
        assert_eq!(got, expected, "{seconds}");
    }
    assert_eq!(DEFAULT_SKEW_SECONDS, 60);
    // No skew is the strictest, and an absurd one is no panic.
    for (skew_seconds, seconds, fine) in [
        (0, 45, true),
        (0, 46, false),
        (0, -1, false),
        (9_000_000_000_000_000, 1_000_000, true),
        (u64::MAX, 1_000_000, true),
    ] {
        let time = JudgedAt {
            skew_seconds,
            ..after(seconds)
        };
        assert_eq!(short.verify(time).is_ok(), fine, "{skew_seconds} {seconds}");
    }
}

#[test]
fn evidence_can_be_judged_as_of_its_own_time_g2() {
    let ends = clock().plus_millis(10_000).to_text();
    let link = token(1, 2, &scope(0).expiring(&ends).unwrap());
    assert!(verify(vec![link.clone()], after(1)).is_ok());
    let today = verify(vec![link], after(1_000_000)).unwrap_err();
    assert_eq!(today.kind(), ErrorKind::DelegationExpired);
    assert_eq!(today.position(), Some(0));
}

#[test]
fn a_backdated_use_before_the_token_existed_is_refused_g1() {
    let refused = verify(vec![token(1, 2, &scope(0))], after(-7200)).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::DelegationNotYetValid);
}

#[test]
fn limits_outside_the_signature_are_remarks_and_named_as_such_g4() {
    let constraints = br#"[{"type":"call_count","max_calls":1}]"#;
    let unsigned = Unsigned {
        constraints: Some(constraints),
        budget: Some(b"{\"usd\":5}"),
        ..Unsigned::default()
    };
    let limited = token_with(1, 2, &scope(0), unsigned).unwrap();
    limited.verify(after(0)).unwrap();
    assert_eq!(
        limited.unsigned().constraints.unwrap(),
        br#"[{"max_calls":1,"type":"call_count"}]"#
    );
    // Removing or raising it keeps the signature, as it must in this format;
    // the scope, which is what the signature covers, never held it.
    let mut json: Value = serde_json::from_slice(limited.json()).unwrap();
    json["scope"].as_object_mut().unwrap().remove("constraints");
    let stripped = parse(&json.to_string()).unwrap();
    stripped.verify(after(0)).unwrap();
    assert_eq!(stripped.scope(), limited.scope());
    assert!(stripped.unsigned().constraints.is_none());
    // And nobody gets to believe in one: a scope to be signed has none.
    for member in ["budget", "constraints"] {
        let mut json: Value = serde_json::from_slice(&scope(0).json()).unwrap();
        json[member] = json!([]);
        let refused = Scope::parse(json.to_string().as_bytes()).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::UnknownMember, "{refused}");
    }
}

#[test]
fn unsigned_members_cannot_pose_as_signed_ones_g11() {
    let honest = token(1, 2, &scope(0));
    assert!(honest.unsigned().is_empty());
    let other = token(3, 2, &scope(0));
    let forged = parse(&changed(&honest, "/id", json!(other.id()))).unwrap();
    let refused = forged.verify(after(0)).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::IdMismatch);
    let annotated = parse(&changed(&honest, "/correlation_id", json!("x"))).unwrap();
    annotated.verify(after(0)).unwrap();
    assert_eq!(annotated.unsigned().correlation_id, Some(&b"\"x\""[..]));
    // Everything else breaks the signature, or is no member at all.
    for (path, value, kind) in [
        ("/scope/tools/0", json!("rm"), ErrorKind::SignatureInvalid),
        ("/scope/max_depth", json!(9), ErrorKind::SignatureInvalid),
        (
            "/scope/expires",
            json!("2099-01-01T00:00:00Z"),
            ErrorKind::SignatureInvalid,
        ),
        (
            "/delegate/principal",
            json!("user://a/b"),
            ErrorKind::SignatureInvalid,
        ),
        ("/nonce", json!("rnd_0"), ErrorKind::SignatureInvalid),
        ("/scope/deny", json!([]), ErrorKind::UnknownMember),
        ("/delegator/role", json!("cfo"), ErrorKind::UnknownMember),
        ("/note", json!(1), ErrorKind::UnknownMember),
    ] {
        let got = parse(&changed(&honest, path, value)).and_then(|token| token.verify(after(0)));
        assert_eq!(got.unwrap_err().kind(), kind, "{path}");
    }
    // Read forensically, what the published Signet drops is dropped.
    let text = changed(&honest, "/note", json!(1));
    let evidence = Delegation::parse(text.as_bytes(), Reading::Forensic, &Limits::default());
    let evidence = evidence.unwrap();
    evidence.verify(after(0)).unwrap();
    assert_eq!(evidence.json(), honest.json());
}

#[test]
fn a_tool_outside_the_scope_is_told_before_anything_is_signed_g12() {
    let granted = verify(vec![token(1, 2, &scope(0))], after(0)).unwrap();
    granted.check_covers("Read", "mcp://x").unwrap();
    for (tool, target, piece) in [
        ("rm", "mcp://x", "the tool \"rm\""),
        ("Read", "mcp://y", "the target \"mcp://y\""),
        ("*", "mcp://x", "the tool \"*\""),
        ("", "", "the tool \"\""),
    ] {
        let refused = granted.check_covers(tool, target).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::ScopeViolation);
        assert!(refused.to_string().contains(piece), "{refused}");
    }
}

#[test]
fn names_are_exact_and_a_wildcard_stands_alone_g15() {
    let exact = scope(0);
    for tool in ["read", "Read ", "Rea", "Read*", "R\u{435}ad"] {
        assert!(exact.check_covers(tool, "mcp://x").is_err(), "{tool}");
    }
    let glob = Scope::new(["Bash*"], ["mcp://*"], 0).unwrap();
    assert!(glob.check_covers("Bash1", "mcp://x").is_err());
    assert!(glob.check_covers("Bash*", "mcp://*").is_ok());
    for mixed in [vec!["*", "Read"], vec!["Read", "*"], vec!["*", "*"]] {
        let refused = Scope::new(mixed.clone(), vec!["*"], 0).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::DelegationInvalid, "{mixed:?}");
    }
    assert!(
        Scope::new(["*"], ["*"], 0)
            .unwrap()
            .check_covers("any", "thing")
            .is_ok()
    );
    // An empty list covers nothing, and nobody signs it by mistake.
    let nothing = Scope::new(Vec::<&str>::new(), vec!["*"], 0).unwrap();
    assert!(nothing.check_covers("Read", "x").is_err());
    let refused = token_with(1, 2, &nothing, Unsigned::default()).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::DelegationInvalid);
}

#[test]
fn a_key_of_small_order_carries_no_chain_v13() {
    let honest = token(1, 2, &scope(1));
    let weak = "ed25519:AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    for path in ["/delegate/pubkey", "/delegator/pubkey"] {
        let refused = parse(&changed(&honest, path, json!(weak))).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::KeyWeak, "{path}");
    }
}

#[test]
fn every_way_a_chain_is_wrong_has_its_kind_and_its_link() {
    let links = |depths: &[u32]| -> Vec<Delegation> {
        let pairs = depths.iter().zip(1..);
        pairs
            .map(|(&depth, from)| token(from, from + 1, &scope(depth)))
            .collect()
    };
    let verdict = |links: Vec<Delegation>| {
        let error = verify(links, after(0)).unwrap_err();
        (error.kind(), error.position())
    };
    assert!(verify(links(&[2, 1, 0]), after(0)).is_ok());

    assert_eq!(verdict(vec![]), (ErrorKind::ChainEmpty, None));
    let many: Vec<u32> = (0..17).rev().collect();
    assert_eq!(verdict(links(&many)), (ErrorKind::ChainTooLong, None));
    assert_eq!(
        verdict(links(&[2, 1, 0]).split_off(1)),
        (ErrorKind::ChainRootUntrusted, Some(0))
    );
    let mut gap = links(&[3, 2, 1, 0]);
    gap.remove(2);
    assert_eq!(verdict(gap), (ErrorKind::ChainBroken, Some(2)));
    let mut swapped = links(&[3, 2, 1, 0]);
    swapped.swap(2, 3);
    assert_eq!(verdict(swapped), (ErrorKind::ChainBroken, Some(2)));
    assert_eq!(
        verdict(links(&[3, 2, 2])),
        (ErrorKind::ScopeWidened, Some(2))
    );
    assert_eq!(
        verdict(links(&[1, 0, 0])),
        (ErrorKind::DelegationDepthExceeded, Some(0))
    );
    let mut wider = links(&[2, 1]);
    wider.push(token(3, 4, &Scope::new(["*"], ["mcp://x"], 0).unwrap()));
    assert_eq!(verdict(wider), (ErrorKind::ScopeWidened, Some(2)));
    let ended = |seconds: i64| clock().plus_millis(seconds * 1000).to_text();
    let mut expired = vec![token(1, 2, &scope(2).expiring(&ended(900)).unwrap())];
    expired.push(token(2, 3, &scope(1).expiring(&ended(-900)).unwrap()));
    expired.push(token(3, 4, &scope(0).expiring(&ended(-900)).unwrap()));
    assert_eq!(verdict(expired), (ErrorKind::DelegationExpired, Some(1)));

    // Shapes, too, are told with their link.
    let chain = Chain::of(links(&[2, 1, 0]));
    let text = String::from_utf8(chain.json().to_vec()).unwrap();
    let read = |text: &str| Chain::parse(text.as_bytes(), Reading::Strict, &Limits::default());
    assert_eq!(read(&text).unwrap().hash(), chain.hash());
    let last = text.rfind("\"nonce\"").unwrap();
    let odd = format!("{}\"note\":1,{}", &text[..last], &text[last..]);
    let refused = read(&odd).unwrap_err();
    assert_eq!(
        (refused.kind(), refused.position()),
        (ErrorKind::UnknownMember, Some(2))
    );
    let refused = read(&text.replacen("\"v\":1}]", "\"v\":1.0}]", 1)).unwrap_err();
    assert_eq!(
        (refused.kind(), refused.position()),
        (ErrorKind::DelegationInvalid, Some(2))
    );
    for (text, kind) in [
        ("{}", ErrorKind::DelegationInvalid),
        ("[1]", ErrorKind::DelegationInvalid),
        ("[{}]", ErrorKind::DelegationInvalid),
        ("[", ErrorKind::JsonSyntax),
    ] {
        assert_eq!(read(text).unwrap_err().kind(), kind, "{text}");
    }
    let one = String::from_utf8(token(1, 2, &scope(0)).json().to_vec()).unwrap();
    let endless = format!("[{}]", vec![one; MAX_LINKS + 1].join(","));
    assert_eq!(read(&endless).unwrap_err().kind(), ErrorKind::ChainTooLong);

    // And the chain must end at whoever acts.
    chain.check_actor(&public(4)).unwrap();
    let refused = chain.check_actor(&public(3)).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ChainDelegateMismatch);
    assert_eq!(refused.position(), Some(2));
}

#[test]
fn a_parent_given_when_signing_is_narrowed_or_nothing_is_signed() {
    let parent = scope(1);
    let sign = |child: &Scope| {
        let grant = Grant {
            delegator_name: "a",
            delegator_principal: Some("agent://example/a"),
            delegate: &public(3),
            delegate_name: "b",
            delegate_principal: None,
            scope: child,
            parent: Some(&parent),
        };
        delegation::sign(&key(2), &grant, &GrantOptions::default())
    };
    let token = sign(&scope(0)).unwrap();
    assert_eq!(
        token.delegator_principal().as_deref(),
        Some("agent://example/a")
    );
    assert_eq!(sign(&scope(1)).unwrap_err().kind(), ErrorKind::ScopeWidened);
    let wide = Scope::new(["*"], ["mcp://x"], 0).unwrap();
    assert_eq!(sign(&wide).unwrap_err().kind(), ErrorKind::ScopeWidened);
}
