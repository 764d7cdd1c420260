//! One question for every version of receipts: whatever version a receipt comes
//! in, it is held to everything that is trusted and expected.

#[path = "support/signing.rs"]
mod signing;

use serde_json::Value;
use signet::authority::Format;
use signet::authority::any_version::{
    Expectations, Trust, Verified, verify, verify_chain, verify_delegation,
};
use signet::authority::authorized::{
    AuthorizedOptions, SignAuthorizedOptions, sign_authorized, verify_authorized,
    verify_authorized_bilateral,
};
use signet::authority::chain::{Chain, DEFAULT_MAX_LINKS};
use signet::authority::delegation::{self, Delegation, Grant, GrantOptions, JudgedAt};
use signet::authority::scope::Scope;
use signet::authority::trust::TrustBundle;
use signet::crypto::ed25519::PublicKey;
use signet::encoding::jcs::{self, Limits};
use signet::encoding::key_text;
use signet::encoding::record::Reading;
use signet::encoding::rfc3339::Instant;
use signet::identity::KeyPair;
use signet::receipt::{
    Action, ActionOptions, BilateralOptions, CoSignOptions, CompoundOptions, Expiry, Receipt,
    Response, Signer, VerifyOptions, co_sign, sign_compound,
};
use signet::{ErrorKind, Result};
use signing::{agent, clock, signed, stranger};

const ACTION: &str = r#"{"tool":"pay","target":"t","session":"s","call_id":"c","params":{"n":1}}"#;
const ANSWER: &[u8] = br#"{"ok":true}"#;

fn server() -> KeyPair {
    KeyPair::from_seed(&[9; 32])
}

fn root() -> KeyPair {
    KeyPair::from_seed(&[1; 32])
}

fn action() -> Action {
    Action::parse(ACTION.as_bytes(), &ActionOptions::default()).unwrap()
}

/// The root's delegation to the agent.
fn issued(scope: &Scope) -> Delegation {
    let agent = agent();
    let grant = Grant {
        delegator_name: "root",
        delegator_principal: None,
        delegate: agent.public_key(),
        delegate_name: "bot",
        delegate_principal: None,
        scope,
        parent: None,
    };
    let options = GrantOptions {
        time: Some(clock()),
        nonce: Some([1; 16]),
        ..GrantOptions::default()
    };
    delegation::sign(&root(), &grant, &options).unwrap()
}

fn token() -> Delegation {
    issued(&Scope::new(["pay"], ["t"], 0).unwrap())
}

fn compound() -> Receipt {
    let options = CompoundOptions {
        requested_at: "2026-06-15T12:00:00.000Z",
        responded_at: "2026-06-15T12:00:01.000Z",
        nonce: Some([2; 16]),
    };
    let signer = Signer::default();
    sign_compound(
        &agent(),
        &action(),
        &Response::new(ANSWER),
        &signer,
        &options,
    )
    .unwrap()
}

fn authorized() -> Receipt {
    let options = SignAuthorizedOptions {
        time: Some(clock()),
        nonce: Some([3; 16]),
    };
    let chain = Chain::of(vec![token()]);
    sign_authorized(&agent(), &action(), "bot", &chain, &options).unwrap()
}

fn co_signed(agent_receipt: &Receipt) -> Receipt {
    let options = CoSignOptions {
        server_name: "bank",
        time: Some(clock().plus_millis(1000)),
        extensions: None,
        nonce: Some([4; 16]),
    };
    co_sign(&server(), agent_receipt, &Response::new(ANSWER), &options).unwrap()
}

/// A receipt of each version, and a co-signed version 4.
fn every_version() -> [Receipt; 5] {
    [
        signed(ACTION),
        compound(),
        co_signed(&signed(ACTION)),
        authorized(),
        co_signed(&authorized()),
    ]
}

fn names(receipt: &Receipt) -> String {
    let inside = receipt.agent_receipt().map_or(0, Receipt::version);
    format!("{}/{inside}", receipt.version())
}

/// Two seconds after everything.
fn later() -> Expectations<'static> {
    Expectations::at(clock().plus_millis(2000))
}

/// Asks with the agent, the server and the root trusted, or some of them.
fn asked(
    receipt: &Receipt,
    [with_agent, with_server, with_root]: [bool; 3],
    expected: &Expectations<'_>,
) -> Result<Verified> {
    let (agent, server, root) = (agent(), server(), root());
    let keys = [agent.public_key(), server.public_key(), root.public_key()];
    let one = |given: bool, place: usize| if given { vec![keys[place]] } else { Vec::new() };
    let (agents, servers, roots) = (one(with_agent, 0), one(with_server, 1), one(with_root, 2));
    let trust = Trust {
        agents: &agents,
        servers: &servers,
        roots: &roots,
        ..Trust::default()
    };
    verify(receipt, &trust, expected)
}

const ALL: [bool; 3] = [true; 3];

#[test]
fn every_version_stands_on_its_own_keys_and_on_no_others() {
    let needed = [
        [true, false, false],
        [true, false, false],
        [true, true, false],
        [false, false, true],
        [false, true, true],
    ];
    for (receipt, needed) in every_version().iter().zip(needed) {
        for bits in 0..8 {
            let given = [bits & 1 != 0, bits & 2 != 0, bits & 4 != 0];
            let enough = (0..3).all(|place| given[place] || !needed[place]);
            let answer = asked(receipt, given, &later());
            match answer {
                Ok(_) => assert!(enough, "{} with {given:?}", names(receipt)),
                Err(error) => {
                    assert!(!enough, "{} with {given:?}: {error}", names(receipt));
                    let kinds = [ErrorKind::SignerUntrusted, ErrorKind::ChainRootUntrusted];
                    assert!(kinds.contains(&error.kind()), "{error}");
                }
            }
        }
    }
}

#[test]
fn what_is_expected_is_expected_of_every_version() {
    for receipt in every_version() {
        let refused = |change: &dyn Fn(&mut Expectations<'static>)| {
            let mut expected = later();
            change(&mut expected);
            asked(&receipt, ALL, &expected)
                .map_err(|error| error.kind())
                .err()
        };
        let name = names(&receipt);
        let speaks = matches!(receipt.version(), 2 | 3);
        let sound: [&dyn Fn(&mut Expectations<'static>); 4] = [
            &|expected| expected.session = Some("s"),
            &|expected| expected.call_id = Some("c"),
            &|expected| expected.max_age_seconds = Some(2),
            &|expected| expected.judge_expiry = false,
        ];
        for (place, change) in sound.iter().enumerate() {
            assert_eq!(refused(change), None, "{name} {place}");
        }
        let binding = Some(ErrorKind::BindingMismatch);
        assert_eq!(
            refused(&|expected| expected.session = Some("x")),
            binding,
            "{name}"
        );
        assert_eq!(
            refused(&|expected| expected.call_id = Some("")),
            binding,
            "{name}"
        );
        let aged = |expected: &mut Expectations<'static>| {
            expected.at = clock().plus_millis(70_000);
            expected.max_age_seconds = Some(5);
        };
        assert_eq!(refused(&aged), Some(ErrorKind::TimeOutOfWindow), "{name}");
        // The response is a second younger than the request.
        let almost = |expected: &mut Expectations<'static>| {
            expected.at = clock().plus_millis(65_500);
            expected.max_age_seconds = Some(5);
        };
        assert_eq!(refused(&almost).is_none(), speaks, "{name}");
        let answered = refused(&|expected| expected.response = Some(ANSWER));
        let other = refused(&|expected| expected.response = Some(b"1"));
        match speaks {
            true => {
                assert_eq!(answered, None, "{name}");
                assert_eq!(other, Some(ErrorKind::ContentHashMismatch), "{name}");
            }
            false => {
                assert_eq!(answered, Some(ErrorKind::ReceiptVersion), "{name}");
                assert_eq!(other, Some(ErrorKind::ReceiptVersion), "{name}");
            }
        }
    }
}

/// Whatever byte is changed, the answer is that of the version's own function.
#[test]
fn the_answer_is_that_of_the_versions_own_function() {
    let (agent, server, root) = (agent(), server(), root());
    let at = later().at;
    let own = |receipt: &Receipt| -> Result<()> {
        let expiry = Expiry::JudgedAt(at);
        let agents = [agent.public_key()];
        let servers = [server.public_key()];
        let bilateral = |agents| BilateralOptions {
            servers: &servers,
            agents,
            window_seconds: Some(300),
            freshness: None,
            session: None,
            call_id: None,
            expiry,
        };
        let roots = [*root.public_key()];
        let authority = AuthorizedOptions {
            roots: &roots,
            time: JudgedAt::instant(at),
            max_links: DEFAULT_MAX_LINKS,
        };
        match (
            receipt.version(),
            receipt.agent_receipt().map(Receipt::version),
        ) {
            (3, Some(4)) => {
                verify_authorized_bilateral(receipt, &bilateral(&[]), &authority).map(drop)
            }
            (3, _) => receipt.verify_bilateral(&bilateral(&agents)).map(drop),
            (4, _) => verify_authorized(receipt, &authority).map(drop),
            _ => {
                let options = VerifyOptions {
                    trusted: &agents,
                    expiry,
                };
                receipt.verify(&options).map(drop)
            }
        }
    };
    for reading in [Reading::Strict, Reading::Forensic] {
        let (mut refused, mut read) = (0, 0);
        for sound in every_version() {
            for place in 0..sound.json().len() {
                let mut text = sound.json().to_vec();
                text[place] ^= 1 << (place % 7);
                let Ok(receipt) = Receipt::parse(&text, reading, &Limits::default()) else {
                    continue;
                };
                read += 1;
                let expected = own(&receipt);
                let answer = asked(&receipt, ALL, &later()).map(drop);
                assert_eq!(answer, expected, "{}", String::from_utf8_lossy(&text));
                refused += usize::from(answer.is_err());
            }
        }
        assert!(read > 1000, "{read}");
        assert!(
            reading == Reading::Forensic || refused == read,
            "{refused} of {read}"
        );
    }
}

#[test]
fn only_a_trusted_server_speaks_for_strangers_and_the_answer_says_so() {
    let (stranger, server) = (stranger(), server());
    let (strangers, servers) = ([stranger.public_key()], [server.public_key()]);
    let trust = Trust {
        agents: &strangers,
        any_co_signed_agent: true,
        servers: &servers,
        ..Trust::default()
    };
    let verified = verify(&co_signed(&signed(ACTION)), &trust, &later()).unwrap();
    assert!(!verified.agent_trusted());
    assert_eq!(verified.agent(), agent().public_key());
    assert_eq!(verified.server(), Some(server.public_key()));
    for receipt in [signed(ACTION), compound()] {
        let refused = verify(&receipt, &trust, &later()).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::KeyMismatch);
    }
    for receipt in [authorized(), co_signed(&authorized())] {
        let refused = verify(&receipt, &trust, &later()).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::ChainRootUntrusted);
    }
    let trust = Trust {
        servers: &strangers,
        ..trust
    };
    assert!(verify(&co_signed(&signed(ACTION)), &trust, &later()).is_err());
}

fn bundle(revoked: &str) -> TrustBundle {
    let entry = |section: &str, key: &PublicKey| {
        let (status, since) = match section == revoked {
            true => ("revoked", r#","revoked_at":"2026-06-15T12:00:30Z""#),
            false => ("active", ""),
        };
        format!(
            r#""{section}":[{{"id":"k","name":"n","owner":"o","pubkey":"{}","status":"{status}",
            "created_at":"2026-01-01T00:00:00Z"{since}}}]"#,
            key_text::prefixed(key)
        )
    };
    let text = format!(
        r#"{{"version":1,"bundle_id":"b","org":"o","env":"e","generated_at":"2026-07-01T00:00:00Z",
        {},{},{}}}"#,
        entry("agents", agent().public_key()),
        entry("servers", server().public_key()),
        entry("roots", root().public_key()),
    );
    TrustBundle::parse(text.as_bytes(), Format::Json).unwrap()
}

#[test]
fn a_key_that_is_revoked_is_trusted_for_what_was_before() {
    for (revoked, concerned) in [
        ("agents", [true, true, true, false, false]),
        ("servers", [false, false, true, false, true]),
        ("roots", [false, false, false, true, true]),
        ("", [false; 5]),
    ] {
        let bundle = bundle(revoked);
        let trust = Trust {
            bundle: Some(&bundle),
            ..Trust::default()
        };
        for (receipt, concerned) in every_version().iter().zip(concerned) {
            let name = format!("{revoked}: {}", names(receipt));
            verify(receipt, &trust, &later()).unwrap_or_else(|error| panic!("{name}: {error}"));
            let after = Expectations::at(clock().plus_millis(30_000));
            let answer = verify(receipt, &trust, &after).map(|_| ());
            let kind = answer.map_err(|error| error.kind()).err();
            assert_eq!(kind, concerned.then_some(ErrorKind::KeyRevoked), "{name}");
            // Who lists the keys besides has trusted them for good.
            let (agent, server, root) = (agent(), server(), root());
            let listed = Trust {
                agents: &[agent.public_key()],
                servers: &[server.public_key()],
                roots: &[root.public_key()],
                ..trust
            };
            verify(receipt, &listed, &after).unwrap_or_else(|error| panic!("{name}: {error}"));
        }
        let chain = Chain::of(vec![token()]);
        let after = Expectations::at(clock().plus_millis(30_000));
        for (expected, sound) in [(later(), true), (after, revoked != "roots")] {
            let scope = verify_chain(&chain, &trust, &expected);
            assert_eq!(scope.is_ok(), sound, "{revoked}");
            let alone = verify_delegation(&token(), &trust, &expected);
            assert_eq!(alone.is_ok(), sound, "{revoked}");
        }
    }
}

#[test]
fn the_answer_is_canonical_json() {
    for receipt in every_version() {
        let json = asked(&receipt, ALL, &later()).unwrap().json();
        assert_eq!(jcs::canonicalize(&json, &Limits::default()).unwrap(), json);
        let value: Value = serde_json::from_slice(&json).unwrap();
        assert_eq!(value["version"], receipt.version());
        assert_eq!(value["agent"], key_text::prefixed(agent().public_key()));
        assert_eq!(value["agent_trusted"], true);
        assert_eq!(value.get("server").is_some(), receipt.version() == 3);
        let rests = receipt.version() == 4 || names(&receipt) == "3/4";
        assert_eq!(value.get("root").is_some(), rests);
        if rests {
            assert_eq!(value["scope"]["tools"][0], "pay");
            assert_eq!(value["delegations"][0], *token().id());
        }
    }
}

/// What is judged leniently of a receipt is not what it rests on.
#[test]
fn ignoring_the_expiry_of_receipts_does_not_excuse_a_delegation() {
    let scope = Scope::new(["pay"], ["t"], 0).unwrap();
    let chain = Chain::of(vec![issued(
        &scope.expiring("2026-06-15T12:00:10Z").unwrap(),
    )]);
    let options = SignAuthorizedOptions {
        time: Some(clock()),
        nonce: None,
    };
    let receipt = sign_authorized(&agent(), &action(), "bot", &chain, &options).unwrap();
    for (at, sound) in [
        ("2026-06-15T12:01:10Z", true),
        ("2026-06-15T12:01:10.001Z", false),
    ] {
        for judge_expiry in [true, false] {
            let expected = Expectations {
                judge_expiry,
                ..Expectations::at(Instant::parse(at).unwrap())
            };
            let answer = asked(&receipt, ALL, &expected).map_err(|error| error.kind());
            match sound {
                true => assert!(answer.is_ok(), "{at}"),
                false => assert_eq!(answer.err(), Some(ErrorKind::DelegationExpired), "{at}"),
            }
        }
    }
}
