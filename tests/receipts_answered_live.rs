//! The published Signet itself, run beside ours on random compound, co-signed
//! and authorised receipts: each side verifies what the other signs, and nothing
//! verifies here that does not verify there.

#[path = "support/documents.rs"]
mod documents;

use documents::{Documents, first_seed, torture};
use serde_json::{Value, json};
use signet::authority::authorized::{
    AuthorizedOptions, SignAuthorizedOptions, sign_authorized, verify_authorized,
    verify_authorized_bilateral,
};
use signet::authority::chain::{Chain, DEFAULT_MAX_LINKS};
use signet::authority::delegation::{self, Grant, GrantOptions, JudgedAt};
use signet::authority::scope::Scope;
use signet::encoding::jcs::Limits;
use signet::encoding::record::Reading;
use signet::encoding::rfc3339::Instant;
use signet::identity::KeyPair;
use signet::receipt::{
    Action, ActionOptions, BilateralOptions, CoSignOptions, CompoundOptions, Expiry, Field,
    Outcome, OutcomeStatus, Receipt, Response, SignOptions, Signer, VerifyOptions, co_sign, sign,
    sign_compound,
};
use signet::{ErrorKind, Result};

/// A key by both names: one seed, ours and theirs.
macro_rules! key {
    () => {{
        let (signing, verifying) = signet_core::generate_keypair();
        (KeyPair::from_seed(&signing.to_bytes()), signing, verifying)
    }};
}

const STATUSES: [OutcomeStatus; 5] = [
    OutcomeStatus::Verified,
    OutcomeStatus::Rejected,
    OutcomeStatus::RequiresApproval,
    OutcomeStatus::Executed,
    OutcomeStatus::Failed,
];

fn text(random: &mut Documents) -> String {
    match random.below(4) {
        0 => String::new(),
        1 => format!("plain-{}", random.below(1000)),
        _ => (0..random.below(12))
            .filter_map(|_| char::from_u32(random.below(0x3000) as u32))
            .chain(['"', '\\', '\u{1}', '😀', '\u{fb33}'])
            .collect(),
    }
}

fn optional(random: &mut Documents) -> Option<String> {
    (random.below(2) == 0).then(|| text(random))
}

/// A random document that both sides read.
fn document(random: &mut Documents) -> Option<(String, Value)> {
    let document = random.document();
    let value: Value = serde_json::from_str(&document).ok()?;
    // On the smallest 64-bit integer their debug build panics.
    let panics = value.to_string().contains("-9223372036854775808");
    (!panics && depth(&value) < 120).then_some((document, value))
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

/// An action and, where the published Signet can sign it, its action.
fn action(random: &mut Documents, tool: &str, target: &str) -> Option<(Action, Value)> {
    let (params, value) = document(random)?;
    let session = optional(random);
    let mut members = json!({"tool": tool, "target": target, "transport": "stdio"});
    if let Some(session) = session {
        members["session"] = json!(session);
    }
    let rest = members.to_string();
    let given = format!("{{\"params\":{params},{}", &rest[1..]);
    let action = Action::parse(given.as_bytes(), &ActionOptions::default()).ok()?;
    members["params"] = value;
    members["params_hash"] = json!("");
    Some((action, members))
}

fn theirs<T: serde::de::DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

fn parse(text: &str, reading: Reading) -> Result<Receipt> {
    Receipt::parse(text.as_bytes(), reading, &Limits::default())
}

fn verify_compound(text: &str, reading: Reading, key: &KeyPair) -> Result<Receipt> {
    let receipt = parse(text, reading)?;
    let trusted = [key.public_key()];
    receipt.verify(&VerifyOptions {
        trusted: &trusted,
        expiry: Expiry::JudgedAt(Instant::now()),
    })?;
    Ok(receipt)
}

fn verify_bilateral(
    text: &str,
    reading: Reading,
    server: &KeyPair,
    agent: &KeyPair,
) -> Result<Receipt> {
    let receipt = parse(text, reading)?;
    let (servers, agents) = ([server.public_key()], [agent.public_key()]);
    let signers = receipt.verify_bilateral(&bilateral(&servers, &agents))?;
    assert_eq!(signers.agent, Some(agent.public_key()));
    Ok(receipt)
}

fn bilateral<'a>(
    servers: &'a [&'a signet::crypto::ed25519::PublicKey],
    agents: &'a [&'a signet::crypto::ed25519::PublicKey],
) -> BilateralOptions<'a> {
    BilateralOptions {
        servers,
        agents,
        window_seconds: Some(300),
        freshness: None,
        session: None,
        call_id: None,
        expiry: Expiry::JudgedAt(Instant::now()),
    }
}

/// Their verdict on a co-signed receipt, without replay memory. A macro, because
/// the type of their keys has no name here.
macro_rules! their_bilateral {
    ($text:expr, $server:expr, $agent:expr) => {{
        let options = signet_core::BilateralVerifyOptions {
            trusted_agent_pubkey: Some($agent),
            ..signet_core::BilateralVerifyOptions::insecure_no_replay_check()
        };
        let receipt = serde_json::from_str::<signet_core::BilateralReceipt>($text);
        receipt
            .map_err(|error| error.to_string())
            .and_then(|receipt| {
                signet_core::verify_bilateral_with_options(&receipt, &$server, &options)
                    .map_err(|error| error.to_string())
            })
    }};
}

/// What became of a call, in both words.
fn outcome(random: &mut Documents) -> (OutcomeStatus, Option<String>, Option<String>, Value) {
    let status = STATUSES[random.below(5) as usize];
    let (reason, error) = (optional(random), optional(random));
    let theirs = json!({"status": status.text(), "reason": reason, "error": error});
    (status, reason, error, theirs)
}

#[test]
fn compound_receipts_verify_on_the_other_side() {
    let (ours, their_signing, their_verifying) = key!();
    let times = [
        ("2026-06-15T12:00:00.000Z", "2026-06-15T12:00:00.150Z"),
        ("2026-06-15T12:00:00Z", "2026-06-15T14:00:00+02:00"),
        ("2026-06-15T12:00:00.123456789Z", "2026-06-16T00:00:00Z"),
    ];
    let (mut signed_here, mut signed_there) = (0, 0);
    for seed in seeds(1500) {
        let mut random = Documents::new(seed);
        let (tool, target) = (text(&mut random), text(&mut random));
        let Some((action, their_action)) = action(&mut random, &tool, &target) else {
            continue;
        };
        let Some((content, value)) = document(&mut random) else {
            continue;
        };
        let (name, owner) = (text(&mut random), text(&mut random));
        let (requested_at, responded_at) = times[random.below(3) as usize];
        let options = CompoundOptions {
            requested_at,
            responded_at,
            nonce: None,
        };
        let signer = Signer {
            name: &name,
            owner: &owner,
        };
        let response = Response::new(content.as_bytes());
        let receipt = sign_compound(&ours, &action, &response, &signer, &options).unwrap();
        let text = std::str::from_utf8(receipt.json()).unwrap();
        signet_core::verify_any(text, &their_verifying)
            .unwrap_or_else(|error| panic!("seed {seed}: {error}: {text}"));
        let typed: signet_core::CompoundReceipt = serde_json::from_str(text).unwrap();
        let printed = serde_json::to_string(&typed).unwrap();
        let back = verify_compound(&printed, Reading::Strict, &ours).unwrap();
        assert_eq!(back.json(), receipt.json(), "seed {seed}");
        back.check_response(content.as_bytes(), &Limits::default())
            .unwrap();
        signed_here += 1;

        let Ok(receipt) = signet_core::sign_compound(
            &their_signing,
            &theirs(their_action),
            &value,
            &name,
            &owner,
            requested_at,
            responded_at,
        ) else {
            // An integer beyond 2^53 - 1.
            continue;
        };
        let text = serde_json::to_string(&receipt).unwrap();
        for reading in [Reading::Strict, Reading::Forensic] {
            let read = verify_compound(&text, reading, &ours)
                .unwrap_or_else(|error| panic!("seed {seed}: {error}: {text}"));
            assert_eq!(read.text(Field::Tool), Some(tool.as_str()));
            assert_eq!(
                read.text(Field::ContentHash),
                Some(receipt.response.content_hash.as_str())
            );
            let checked = read.check_response(content.as_bytes(), &Limits::default());
            let rounded = checked.is_err() && reading == Reading::Strict;
            assert!(checked.is_ok() || rounded, "seed {seed}: {content}");
        }
        signed_there += 1;
    }
    assert!(
        signed_here > 800 && signed_there > 500,
        "{signed_here} {signed_there}"
    );
}

#[test]
fn co_signed_receipts_verify_on_the_other_side() {
    let (our_agent, their_agent, agent_verifying) = key!();
    let (our_server, their_server, server_verifying) = key!();
    let (mut signed_here, mut signed_there) = (0, 0);
    for seed in seeds(1500) {
        let mut random = Documents::new(seed);
        let tool = text(&mut random);
        let Some((action, their_action)) = action(&mut random, &tool, "t") else {
            continue;
        };
        let Some((content, value)) = document(&mut random) else {
            continue;
        };
        let server_name = text(&mut random);
        let (status, reason, error, their_outcome) = outcome(&mut random);
        let mut response = Response::new(content.as_bytes());
        response.outcome = (random.below(4) > 0).then_some(Outcome {
            status,
            reason: reason.as_deref(),
            error: error.as_deref(),
        });
        let their_outcome = response.outcome.map(|_| theirs(their_outcome));
        let extensions = document(&mut random).map(|(text, _)| text);
        let options = CoSignOptions {
            server_name: &server_name,
            extensions: match random.below(3) {
                0 => extensions.as_deref().map(str::as_bytes),
                _ => None,
            },
            ..CoSignOptions::default()
        };
        let when = SignOptions {
            expires_at: [None, Some("2999-12-31T23:59:59Z")][random.below(2) as usize],
            ..SignOptions::default()
        };
        let agent_receipt = sign(&our_agent, &action, &Signer::default(), &when).unwrap();
        let receipt = match co_sign(&our_server, &agent_receipt, &response, &options) {
            Ok(receipt) => receipt,
            // Extensions with a number that a double would round.
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::JsonInexactNumber, "{error}");
                continue;
            }
        };
        let text = std::str::from_utf8(receipt.json()).unwrap();
        their_bilateral!(text, server_verifying, agent_verifying)
            .unwrap_or_else(|error| panic!("seed {seed}: {error}: {text}"));
        signet_core::verify_any(text, &server_verifying).unwrap();
        assert!(their_bilateral!(text, agent_verifying, agent_verifying).is_err());
        let typed: signet_core::BilateralReceipt = serde_json::from_str(text).unwrap();
        let printed = serde_json::to_string(&typed).unwrap();
        let back = verify_bilateral(&printed, Reading::Strict, &our_server, &our_agent);
        let back = back.unwrap_or_else(|error| panic!("seed {seed}: {error}: {printed}"));
        assert_eq!(back.signed_body(), receipt.signed_body(), "seed {seed}");
        back.check_response(content.as_bytes(), &Limits::default())
            .unwrap();
        signed_here += 1;

        let their_action: signet_core::Action = theirs(their_action);
        let signed = signet_core::sign(&their_agent, &their_action, "bot", "owner");
        let answered = signed.and_then(|signed| {
            signet_core::sign_bilateral_with_outcome(
                &their_server,
                &signed,
                &value,
                &server_name,
                &Instant::now().plus_millis(5).to_text(),
                their_outcome,
            )
        });
        let Ok(receipt) = answered else {
            continue;
        };
        let text = serde_json::to_string(&receipt).unwrap();
        for reading in [Reading::Strict, Reading::Forensic] {
            let read = verify_bilateral(&text, reading, &our_server, &our_agent)
                .unwrap_or_else(|error| panic!("seed {seed}: {error}: {text}"));
            assert_eq!(read.text(Field::ServerName), Some(server_name.as_str()));
            assert_eq!(
                read.text(Field::OutcomeStatus),
                response.outcome.map(|outcome| outcome.status.text())
            );
            assert_eq!(
                read.text(Field::ContentHash),
                Some(receipt.response.content_hash.as_str())
            );
            assert_eq!(read.text(Field::Id), Some(receipt.id.as_str()));
            let inside = read.agent_receipt().unwrap();
            assert_eq!(
                inside.text(Field::Id),
                Some(receipt.agent_receipt.id.as_str())
            );
        }
        signed_there += 1;
    }
    assert!(
        signed_here > 800 && signed_there > 500,
        "{signed_here} {signed_there}"
    );
}

#[test]
fn authorised_receipts_verify_on_the_other_side_co_signed_or_not() {
    let (our_server, their_server, server_verifying) = key!();
    let (mut signed_here, mut signed_there) = (0, 0);
    for seed in seeds(400) {
        let mut random = Documents::new(seed);
        let (root, their_root, root_verifying) = key!();
        let (agent, their_agent, agent_verifying) = key!();
        let tool = ["Bash", "Read", "ツール😀"][random.below(3) as usize];
        let covered = random.below(4) > 0;
        let tools = match covered {
            true => vec![tool, "Write"],
            false => vec!["Write"],
        };
        let Some((action, their_action)) = action(&mut random, tool, "mcp://x") else {
            continue;
        };
        let principal = (random.below(2) == 0).then_some("user://example/alice");
        let scope = Scope::new(tools.clone(), vec!["*"], 0).unwrap();
        let their_scope = theirs(json!({"tools": tools, "targets": ["*"], "max_depth": 0}));
        let grant = Grant {
            delegator_name: "root \"1\"",
            delegator_principal: principal,
            delegate: agent.public_key(),
            delegate_name: "agent",
            delegate_principal: None,
            scope: &scope,
            parent: None,
        };
        let token = delegation::sign(&root, &grant, &GrantOptions::default()).unwrap();
        let chain = Chain::of(vec![token]);
        let options = signet_core::AuthorizedVerifyOptions {
            trusted_roots: vec![root_verifying],
            ..signet_core::AuthorizedVerifyOptions::default()
        };
        let roots = [*root.public_key()];
        let judge = |text: &str, reading| {
            let options = AuthorizedOptions {
                roots: &roots,
                time: JudgedAt::instant(Instant::now()),
                max_links: DEFAULT_MAX_LINKS,
            };
            let receipt = parse(text, reading)?;
            match receipt.version() {
                3 => {
                    let servers = [our_server.public_key()];
                    let bilateral = bilateral(&servers, &[]);
                    let verdict = verify_authorized_bilateral(&receipt, &bilateral, &options);
                    verdict.map(|(_, authorized)| authorized)
                }
                _ => verify_authorized(&receipt, &options),
            }
        };

        let options_here = SignAuthorizedOptions::default();
        match sign_authorized(&agent, &action, "bot", &chain, &options_here) {
            Ok(receipt) => {
                let text = std::str::from_utf8(receipt.json()).unwrap();
                let typed: signet_core::Receipt = serde_json::from_str(text).unwrap();
                let effective = signet_core::verify_authorized(&typed, &options)
                    .unwrap_or_else(|error| panic!("seed {seed}: {error}: {text}"));
                assert_eq!(effective, their_scope);
                let printed = serde_json::to_string(&typed).unwrap();
                let authorized = judge(&printed, Reading::Strict).unwrap();
                assert_eq!(authorized.signer(), agent.public_key());
                let response = Response::new(b"null");
                let answered = co_sign(&our_server, &receipt, &response, &CoSignOptions::default());
                let answered = answered.unwrap();
                let text = std::str::from_utf8(answered.json()).unwrap();
                their_bilateral!(text, server_verifying, agent_verifying)
                    .unwrap_or_else(|error| panic!("seed {seed}: {error}: {text}"));
                judge(text, Reading::Strict).unwrap();
                signed_here += 1;
            }
            Err(error) => {
                assert!(!covered, "seed {seed}: {error}");
                assert_eq!(error.kind(), ErrorKind::ScopeViolation);
            }
        }

        let token = signet_core::sign_delegation_with_principals(
            &their_root,
            "root",
            principal,
            &agent_verifying,
            "agent",
            None,
            &their_scope,
            None,
        )
        .unwrap();
        let their_action: signet_core::Action = theirs(their_action);
        let signed = signet_core::sign_authorized(&their_agent, &their_action, "bot", vec![token]);
        let Ok(receipt) = signed else {
            continue;
        };
        let answered = signet_core::sign_bilateral(
            &their_server,
            &receipt,
            &json!({}),
            "server",
            &Instant::now().plus_millis(5).to_text(),
        );
        let expected = signet_core::verify_authorized(&receipt, &options).is_ok();
        assert_eq!(expected, covered, "seed {seed}");
        for text in [
            serde_json::to_string(&receipt).unwrap(),
            serde_json::to_string(&answered.unwrap()).unwrap(),
        ] {
            for reading in [Reading::Strict, Reading::Forensic] {
                let verdict = judge(&text, reading)
                    .map(drop)
                    .map_err(|error| error.kind());
                let expected = match covered {
                    true => Ok(()),
                    false => Err(ErrorKind::ScopeViolation),
                };
                assert_eq!(verdict, expected, "seed {seed}: {text}");
            }
        }
        signed_there += 1;
    }
    assert!(
        signed_here > 150 && signed_there > 150,
        "{signed_here} {signed_there}"
    );
}

#[test]
fn a_receipt_changed_anywhere_verifies_only_where_it_verifies_there_too() {
    let (our_agent, _, agent_verifying) = key!();
    let (our_server, _, server_verifying) = key!();
    let given = br#"{"tool":"pay","params":{"a":1},"session":"s"}"#;
    let action = Action::parse(given, &ActionOptions::default()).unwrap();
    let response = Response::new(b"{}");
    let options = CompoundOptions {
        requested_at: "2026-06-15T12:00:00.000Z",
        responded_at: "2026-06-15T12:00:01.000Z",
        nonce: None,
    };
    let names = Signer::default();
    let compound = sign_compound(&our_agent, &action, &response, &names, &options).unwrap();
    let inside = sign(&our_agent, &action, &names, &SignOptions::default()).unwrap();
    let co_signed = co_sign(&our_server, &inside, &response, &CoSignOptions::default()).unwrap();
    let inserted = [
        "\"id\":\"x\",",
        "\"extensions\":1,",
        "\"exp\":null,",
        "\"note\":1,",
        "\"v\":1,",
        " ",
        "\\u0061",
    ];
    let (mut agreed, mut accepted) = (0, 0);
    for seed in seeds(6000) {
        let mut random = Documents::new(seed);
        let original = [&compound, &co_signed][random.below(2) as usize];
        let mut text = original.json().to_vec();
        for _ in 0..1 + random.below(2) {
            let place = random.below(text.len() as u64) as usize;
            match random.below(4) {
                0 => text[place] = b" \"{},:[]0az\\n"[random.below(13) as usize],
                1 => drop(text.remove(place)),
                2 => text.insert(place, b" \"{},:[]0az\\n"[random.below(13) as usize]),
                _ => {
                    let starts = text.iter().enumerate().skip(place);
                    let start = starts
                        .filter(|(_, byte)| **byte == b'{')
                        .map(|(at, _)| at + 1);
                    let start = start.take(1).next().unwrap_or(1).min(text.len());
                    let insert = inserted[random.below(inserted.len() as u64) as usize];
                    text.splice(start..start, insert.bytes());
                }
            }
        }
        let Ok(text) = String::from_utf8(text) else {
            continue;
        };
        let ours = |reading| match original.version() {
            2 => verify_compound(&text, reading, &our_agent).map(drop),
            _ => verify_bilateral(&text, reading, &our_server, &our_agent).map(drop),
        };
        let theirs = match original.version() {
            2 => signet_core::verify_any(&text, &agent_verifying).is_ok(),
            _ => match serde_json::from_str::<Value>(&text) {
                // Their version-detecting path: the last of duplicate members counts.
                Ok(value) if value["v"] == 3 => {
                    their_bilateral!(&value.to_string(), server_verifying, agent_verifying).is_ok()
                }
                _ => false,
            },
        };
        let (strict, forensic) = (ours(Reading::Strict), ours(Reading::Forensic));
        if strict.is_ok() {
            assert!(theirs, "seed {seed}: {text}");
            accepted += 1;
        }
        // The forensic reading agrees to the letter.
        assert_eq!(forensic.is_ok(), theirs, "seed {seed}: {forensic:?} {text}");
        agreed += usize::from(theirs);
    }
    assert!(accepted > 50 && agreed > accepted, "{accepted} {agreed}");
}

fn seeds(count: u64) -> impl Iterator<Item = u64> {
    let first = first_seed();
    (0..count * torture()).map(move |place| first.wrapping_add(place))
}
