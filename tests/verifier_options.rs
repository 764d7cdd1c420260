//! Reading a verifier's options: closed, typed, and never a panic.

use proptest::prelude::*;
use serde_json::{Value, json};
use signet::ErrorKind;
use signet::encoding::key_text;
use signet::identity::KeyPair;
use signet::verifier::{PublishedForm, ReplayStore, Verifier, VerifierOptions};

fn key(seed: u8) -> String {
    key_text::prefixed(KeyPair::from_seed(&[seed; 32]).public_key())
}

fn whole() -> Value {
    json!({
        "trusted_keys": [key(1), key(2)],
        "trusted_servers": [key(3)],
        "trusted_roots": [key(4)],
        "trusted_authorities": [key(5)],
        "trust_bundle": {"version":1,"bundle_id":"b","org":"o","env":"prod",
            "generated_at":"2026-06-15T12:00:00Z"},
        "revoked": {"del_1": "2026-06-15T12:00:00Z"},
        "max_age_seconds": 60,
        "clock_skew_seconds": 5,
        "response_window_seconds": 0,
        "not_before": "2026-06-15T12:00:00Z",
        "targets": ["mcp://a", "mcp://b"],
        "session": "s",
        "call_id": "n:1",
        "require_signature": true,
        "require_trusted_signer": false,
        "require_delegation": true,
        "require_decision": true,
        "allow_hash_only": true,
        "max_chain_links": 3,
        "policy": {"version":1,"default_action":"deny","rules":[]},
        "replay": {"store":"file","path":"/tmp/n.json","capacity":7,"lifetime_seconds":9,
            "sync":false,"share_at_once":true,"form":"typescript"},
        "limits": {"max_len": 1000, "max_depth": 10},
    })
}

fn read(value: &Value) -> signet::Result<VerifierOptions> {
    VerifierOptions::from_json(value.to_string().as_bytes())
}

#[test]
fn every_option_is_read() {
    let options = read(&whole()).unwrap();
    assert_eq!(options.trusted_keys.len(), 2);
    assert_eq!(options.trusted_servers.len(), 1);
    assert_eq!(options.trusted_roots.len(), 1);
    assert_eq!(options.trusted_authorities.len(), 1);
    assert_eq!(options.trust_bundle.unwrap().bundle_id(), "b");
    assert_eq!(
        (options.max_age_seconds, options.clock_skew_seconds),
        (60, 5)
    );
    assert_eq!(options.response_window_seconds, None);
    assert!(options.not_before.is_some() && options.revoked.contains_key("del_1"));
    assert_eq!(options.targets, ["mcp://a", "mcp://b"]);
    assert_eq!(options.session.as_deref(), Some("s"));
    assert_eq!(options.call_id.as_deref(), Some("n:1"));
    assert!(options.require_signature && options.require_delegation);
    assert!(options.require_decision && options.allow_hash_only);
    assert!(!options.require_trusted_signer);
    assert_eq!(options.max_chain_links, 3);
    assert_eq!(options.policy.unwrap().rules().len(), 0);
    assert_eq!(
        (options.limits.max_len, options.limits.max_depth),
        (1000, 10)
    );
    let ReplayStore::File { path, options } = options.replay else {
        panic!("{:?}", options.replay);
    };
    assert_eq!(path.to_str(), Some("/tmp/n.json"));
    assert_eq!((options.capacity, options.lifetime_seconds), (7, 9));
    assert!(!options.sync && options.share_at_once);
    assert_eq!(options.form, PublishedForm::TypeScript);
}

#[test]
fn nothing_given_is_the_strict_default() {
    for text in [
        "{}",
        " { } ",
        r#"{"policy":null,"replay":null,"trusted_keys":null}"#,
    ] {
        let options = VerifierOptions::from_json(text.as_bytes()).unwrap();
        assert!(options.require_signature && options.require_trusted_signer);
        assert!(!options.allow_hash_only);
        assert_eq!(options.max_age_seconds, 300);
        assert_eq!(options.clock_skew_seconds, 30);
        assert_eq!(options.response_window_seconds, Some(300));
        assert!(matches!(options.replay, ReplayStore::Memory { .. }));
    }
}

#[test]
fn documents_may_be_yaml_in_a_string() {
    let options = json!({"policy": "version: 1\ndefault_action: deny\nrules: []\n"});
    assert!(read(&options).unwrap().policy.is_some());
}

#[test]
fn a_misspelt_member_is_an_error_wherever_it_stands_e10() {
    for (text, named) in [
        (
            r#"{"require_signatures":true}"#,
            "options.require_signatures",
        ),
        (r#"{"maxAge":3}"#, "options.maxAge"),
        (
            r#"{"replay":{"store":"memory","path":"x"}}"#,
            "options.replay.path",
        ),
        (
            r#"{"replay":{"store":"file","path":"x","ttl":1}}"#,
            "options.replay.ttl",
        ),
        (r#"{"limits":{"depth":1}}"#, "options.limits.depth"),
        (
            r#"{"replay":{"store":"file","path":"x","x.sync":false}}"#,
            "options.replay.x.sync",
        ),
        (r#"{"options.targets":["x"]}"#, "options.options.targets"),
    ] {
        let refused = VerifierOptions::from_json(text.as_bytes()).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::InvalidArgument, "{text}");
        assert!(refused.to_string().starts_with(named), "{refused}");
    }
    let inside = json!({"policy": {"version":1,"rules":[],"defaultAction":"deny"}});
    assert_eq!(read(&inside).unwrap_err().kind(), ErrorKind::PolicyInvalid);
    let twice = br#"{"require_signature":true,"require_signature":false}"#;
    let refused = VerifierOptions::from_json(twice).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::JsonDuplicateMember);
}

#[test]
fn another_type_is_an_error_for_every_member() {
    let whole = whole();
    for (name, value) in whole.as_object().unwrap() {
        for other in [
            json!("x"),
            json!(1.5),
            json!(-1),
            json!([[1]]),
            json!([{}]),
            json!({"x": 1}),
        ] {
            // Any text will do for these two.
            let is_text = matches!(&**name, "session" | "call_id") && other.is_string();
            if is_text {
                continue;
            }
            let mut changed = whole.clone();
            changed[name.as_str()] = other.clone();
            assert!(read(&changed).is_err(), "{name}: {other} for {value}");
        }
    }
}

#[test]
fn options_that_contradict_each_other_are_refused() {
    for value in [
        json!({"require_signature": false, "require_delegation": true}),
        json!({"require_signature": false, "require_decision": true, "trusted_authorities": [key(1)]}),
        json!({"require_decision": true}),
        json!({"max_chain_links": 0}),
        json!({"max_chain_links": 100_000}),
    ] {
        let refused = Verifier::from_json(value.to_string().as_bytes()).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::InvalidArgument, "{value}");
    }
    let nowhere = json!({"replay": {"store":"file","path":"/no/such/folder/nonces.json"}});
    let refused = Verifier::from_json(nowhere.to_string().as_bytes()).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ReplayStoreFailed);
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        ".{0,12}".prop_map(Value::from),
        Just(Value::from(key(1))),
        Just(Value::from("memory")),
        Just(Value::from("off")),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((names(), inner), 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn names() -> impl Strategy<Value = String> {
    let known: Vec<String> = whole().as_object().unwrap().keys().cloned().collect();
    prop_oneof![
        4 => prop::sample::select(known),
        1 => prop::sample::select(vec!["store".to_owned(), "path".into(), "capacity".into(), "max_len".into()]),
        1 => ".{0,8}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_json_is_options_or_an_error(members in prop::collection::vec((names(), values()), 0..5)) {
        let value = Value::Object(members.into_iter().collect());
        if let Ok(options) = read(&value) {
            // What was read is what was asked: every member is a known one.
            for name in value.as_object().unwrap().keys() {
                prop_assert!(value[name].is_null() || whole().get(name).is_some(), "{}", name);
            }
            prop_assert_eq!(
                options.require_signature,
                value["require_signature"].as_bool().unwrap_or(true)
            );
        }
    }

    #[test]
    fn any_bytes_are_options_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        let _ = VerifierOptions::from_json(&bytes);
    }

    #[test]
    fn a_cut_text_is_an_error(cut in 0_usize..2000) {
        let text = whole().to_string();
        prop_assume!(cut < text.len());
        prop_assert!(VerifierOptions::from_json(&text.as_bytes()[..cut]).is_err());
    }
}
