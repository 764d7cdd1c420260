//! Sizes, depths and numbers at their very ends: an error, never a crash.

use std::ops::ControlFlow;

use signet::ErrorKind;
use signet::authority::Format;
use signet::authority::chain::{Chain, ChainOptions};
use signet::authority::delegation::{Delegation, JudgedAt};
use signet::authority::policy::{Call as PolicyCall, Policy, RateLimits};
use signet::authority::scope::Scope;
use signet::authority::trust::TrustBundle;
use signet::encoding::jcs::{self, Limits};
use signet::encoding::record::Reading;
use signet::encoding::rfc3339::Instant;
use signet::identity::{KeyPair, Keystore};
use signet::log::{Log, LogOptions, Query, QueryText};
use signet::mcp::{Gate, GateOptions, KeepNothing, MessageLimits, Wire, verify_request};
use signet::receipt::{Action, ActionOptions, Receipt, Response};
use signet::tlog::{self, tree::TreeHead};
use signet::verifier::{FileNonces, FileNoncesOptions, NonceStore, ReplayStore, VerifierOptions};

use crate::ground::*;

const DEEP: usize = 1_000_000;

/// Everything that reads a text from elsewhere, on one text.
fn read_everywhere(text: &[u8], limits: &Limits) -> Vec<(&'static str, signet::Result<()>)> {
    let strict = Reading::Strict;
    let messages = MessageLimits {
        max_len: limits.max_len,
        max_depth: limits.max_depth,
        ..MessageLimits::default()
    };
    let action = ActionOptions {
        limits: *limits,
        ..ActionOptions::default()
    };
    let presented = call_of("{}", "pay", "{}");
    let presented = signet::verifier::Call {
        receipt: Some(text),
        ..presented
    };
    let arguments = honest(1);
    let with_arguments = signet::verifier::Call {
        arguments: Some(text),
        ..call(&arguments)
    };
    let bank = verifier(|options| options.limits = *limits);
    vec![
        ("canonical", jcs::canonicalize(text, limits).map(drop)),
        ("exact", jcs::canonicalize_exactly(text, limits).map(drop)),
        ("comparable", jcs::comparable(text, limits).map(drop)),
        ("receipt", Receipt::parse(text, strict, limits).map(drop)),
        (
            "receipt, forensically",
            Receipt::parse(text, Reading::Forensic, limits).map(drop),
        ),
        ("action", Action::parse(text, &action).map(drop)),
        (
            "delegation",
            Delegation::parse(text, strict, limits).map(drop),
        ),
        ("chain", Chain::parse(text, strict, limits).map(drop)),
        ("scope", Scope::parse(text).map(drop)),
        ("policy", Policy::parse(text, Format::Json).map(drop)),
        (
            "policy in YAML",
            Policy::parse(text, Format::Yaml).map(drop),
        ),
        ("bundle", TrustBundle::parse(text, Format::Json).map(drop)),
        (
            "bundle in YAML",
            TrustBundle::parse(text, Format::Yaml).map(drop),
        ),
        ("options", VerifierOptions::from_json(text).map(drop)),
        (
            "message",
            Wire::read(text, &messages).and_then(|wire| wire.single().map(drop)),
        ),
        (
            "request",
            verify_request(text, &bank, clock()).and_then(|found| found.report.require_ok()),
        ),
        ("call", bank.check_call(&presented, clock()).require_ok()),
        (
            "arguments",
            bank.check_call(&with_arguments, clock()).require_ok(),
        ),
        (
            "response",
            Response {
                limits: *limits,
                ..Response::new(text)
            }
            .content_hash()
            .map(drop),
        ),
    ]
}

#[test]
fn a_text_that_is_nested_a_million_times_is_an_error() {
    for text in [
        format!("{}{}", "[".repeat(DEEP), "]".repeat(DEEP)),
        "[".repeat(DEEP),
        format!("{}1{}", r#"{"a":"#.repeat(DEEP), "}".repeat(DEEP)),
        r#"{"a":["#.repeat(DEEP / 2),
        format!("{{\"v\":1,\"action\":{}", "[".repeat(DEEP)),
    ] {
        // Neither the usual limits nor the widest let it through.
        let widest = Limits {
            max_len: usize::MAX,
            max_depth: usize::MAX,
        };
        for limits in [Limits::default(), widest] {
            for (reader, answer) in read_everywhere(text.as_bytes(), &limits) {
                let Err(error) = answer else {
                    panic!("{reader} reads {DEEP} levels");
                };
                assert!(!error.to_string().contains('\n'), "{reader}");
            }
        }
    }
}

#[test]
fn a_text_over_the_limit_is_an_error_at_once() {
    let text = format!(r#"{{"a":"{}"}}"#, "x".repeat(17 << 20));
    for (reader, answer) in read_everywhere(text.as_bytes(), &Limits::default()) {
        let Err(error) = answer else {
            panic!("{reader} reads {} bytes", text.len());
        };
        let expected = matches!(
            error.kind(),
            ErrorKind::TooLarge
                | ErrorKind::UnknownMember
                | ErrorKind::PolicyInvalid
                | ErrorKind::TrustBundleInvalid
                | ErrorKind::ReceiptInvalid
        );
        assert!(expected, "{reader}: {error}");
        assert!(error.to_string().len() < 1000, "{reader}");
    }
    // The same length behind a limit that is not in the way of its form.
    let strings = format!("\"{}\"", "\\u0041".repeat(3 << 20));
    let small = Limits {
        max_len: 1 << 20,
        ..Limits::default()
    };
    fails(
        jcs::canonicalize(strings.as_bytes(), &small),
        ErrorKind::TooLarge,
    );
}

#[test]
fn names_and_texts_of_a_megabyte_are_an_answer_everywhere() {
    let long = "n".repeat(1 << 20);
    let receipt = honest(1);
    let other = call_of(&receipt, &long, ARGUMENTS);
    let report = bank().check_call(&other, clock());
    assert_eq!(report.kind(), Some(ErrorKind::ToolMismatch));
    assert!(report.reason().unwrap().to_string().len() < 1000);
    let far = resigned(|body| body["action"]["target"] = long.clone().into());
    let report = presented(&far);
    assert_eq!(report.kind(), Some(ErrorKind::TargetMismatch));
    assert!(report.reason().unwrap().to_string().len() < 1000);
    for field in ["ts", "exp", "nonce", "sig", "id"] {
        let forged = resigned(|body| body[field] = long.clone().into());
        let report = presented(&forged);
        if field == "nonce" || field == "sig" || field == "id" {
            // Those that signing writes, and one that may be anything.
            continue;
        }
        assert_eq!(report.kind(), Some(ErrorKind::TimestampInvalid), "{field}");
        assert!(report.reason().unwrap().to_string().len() < 1000);
    }
    let keys = tempfile::tempdir().unwrap();
    let store = Keystore::open(keys.path()).unwrap();
    assert!(store.load(&long, None).is_err());
    assert!(Instant::parse(&long).is_err());
}

#[test]
fn options_of_all_ones_are_answered() {
    let (all, most) = (u64::MAX, usize::MAX);
    for (age, skew, window) in [
        (all, all, Some(all)),
        (all, 0, Some(0)),
        (0, all, None),
        (0, 0, Some(0)),
        (all / 1000, all / 1000, Some(all / 1000 + 1)),
        (i64::MAX as u64, i64::MAX as u64, Some(i64::MAX as u64)),
    ] {
        for times in [
            clock(),
            after(-1),
            after(1_000_000_000),
            after(-1_000_000_000),
        ] {
            for chain_links in [0, 1, 256, 257, most] {
                let mut options = options();
                options.max_age_seconds = age;
                options.clock_skew_seconds = skew;
                options.response_window_seconds = window;
                options.max_chain_links = chain_links;
                options.limits = Limits {
                    max_len: most,
                    max_depth: most,
                };
                options.not_before = Some(times);
                options.replay = ReplayStore::Memory { capacity: most };
                let Ok(bank) = signet::verifier::Verifier::new(options) else {
                    assert!(chain_links == 0 || chain_links > 256);
                    continue;
                };
                for receipt in [honest(1), text_of(&delegated())] {
                    let report = bank.check_call(&call(&receipt), times);
                    let again = bank.check_call(&call(&receipt), times);
                    assert!(!(report.is_ok() && again.is_ok()));
                    let _ = report.to_json();
                }
            }
        }
    }
    let nothing = verifier(|options| options.replay = ReplayStore::Memory { capacity: 0 });
    let report = nothing.check_call(&call(&honest(1)), clock());
    assert_eq!(report.kind(), Some(ErrorKind::ReplayStoreFull));
}

#[test]
fn options_in_json_of_all_ones_are_answered() {
    for member in [
        "max_age_seconds",
        "clock_skew_seconds",
        "response_window_seconds",
        "max_chain_links",
    ] {
        for number in [
            "18446744073709551615",
            "18446744073709551616",
            "9223372036854775807",
            "-1",
            "-9223372036854775808",
            "1e18",
            "1e400",
            "0.5",
            "4294967296",
            "\"1\"",
            "[]",
        ] {
            let text = format!("{{\"{member}\":{number}}}");
            if let Ok(options) = VerifierOptions::from_json(text.as_bytes())
                && let Ok(bank) = signet::verifier::Verifier::new(options)
            {
                assert!(!bank.check_call(&call(&honest(1)), clock()).is_ok());
            }
        }
    }
    for number in ["18446744073709551615", "-1", "1e9"] {
        let text = format!("{{\"limits\":{{\"max_len\":{number},\"max_depth\":{number}}}}}");
        let _ = VerifierOptions::from_json(text.as_bytes());
        let text = format!("{{\"replay\":{{\"capacity\":{number}}}}}");
        let _ = VerifierOptions::from_json(text.as_bytes());
    }
}

#[test]
fn delegations_of_all_ones_are_answered() {
    for skew_seconds in [0, u64::MAX, i64::MAX as u64, u64::MAX / 1000] {
        for at in [clock(), after(4_000_000_000), after(-4_000_000_000)] {
            for max_links in [0, 1, 2, usize::MAX] {
                let _ = chain().verify(&ChainOptions {
                    roots: &[*root().public_key()],
                    time: JudgedAt { at, skew_seconds },
                    max_links,
                });
            }
        }
    }
    for depth in [
        "4294967295",
        "4294967296",
        "18446744073709551615",
        "-1",
        "1.0",
        "1e1",
    ] {
        let text = format!(r#"{{"tools":["*"],"targets":["*"],"max_depth":{depth}}}"#);
        let read = Scope::parse(text.as_bytes());
        assert_eq!(read.is_ok(), depth == "4294967295", "{depth}");
    }
    let widest = scope(&["*"], &["*"], u32::MAX);
    assert!(widest.check_narrows(&widest).is_err());
}

#[test]
fn rate_limits_of_all_ones_are_answered() {
    for (calls, window) in [
        ("4294967295", "9007199254740991"),
        ("4294967296", "1"),
        ("0", "1"),
        ("1", "0"),
        ("1", "9007199254740992"),
        ("1", "18446744073709551615"),
        ("1", "-1"),
        ("1.5", "1"),
        ("1", "1e400"),
    ] {
        let text = format!(
            r#"{{"version":1,"rules":[{{"id":"r","match":{{}},"action":"allow","rate_limit":{{"max_calls":{calls},"window_seconds":{window}}}}}]}}"#
        );
        let Ok(policy) = Policy::parse(text.as_bytes(), Format::Json) else {
            continue;
        };
        for most in [0, 1, usize::MAX] {
            let mut counters = RateLimits::with_max_entries(most);
            for time in [clock(), after(300_000_000_000), after(-300_000_000_000)] {
                let call = PolicyCall::new("t", "a", "x");
                let _ = policy.evaluate(&call, time, Some(&mut counters));
            }
        }
    }
}

#[test]
fn times_of_all_ones_are_answered() {
    for millis in [i64::MIN, i64::MAX, -62_167_219_200_001, 253_402_300_800_000] {
        assert!(Instant::from_unix_millis(millis).is_err());
    }
    for millis in [i64::MIN, i64::MAX, -1, 0, 1] {
        let moved = clock().plus_millis(millis);
        let twice = moved.plus_millis(millis).plus_millis(millis);
        let _ = (moved.to_text(), twice.to_text(), twice.unix_millis());
        let _ = (twice.millis_until(clock()), clock().millis_until(twice));
        for time in [moved, twice] {
            let _ = bank().check_call(&call(&honest(1)), time);
            let _ = bank().check_call(&call(&text_of(&delegated())), time);
        }
    }
}

#[test]
fn nonce_stores_of_all_ones_are_answered() {
    let folder = tempfile::tempdir().unwrap();
    for (name, capacity, lifetime_seconds) in [
        ("a", usize::MAX, u64::MAX),
        ("b", 0, 0),
        ("c", 1, u64::MAX / 1000),
        ("d", 1, i64::MAX as u64),
    ] {
        let path = folder.path().join(name);
        let options = FileNoncesOptions {
            capacity,
            lifetime_seconds,
            sync: false,
            share_at_once: true,
            ..FileNoncesOptions::default()
        };
        let Ok(store) = FileNonces::open(&path, options) else {
            continue;
        };
        let key = *agent().public_key();
        for millis in [i64::MIN, 0, i64::MAX] {
            let end = clock().plus_millis(millis);
            let first = store.use_once(Some(&key), "n", end, clock());
            let again = store.use_once(Some(&key), "n", end, clock());
            assert!(!(first.is_ok() && again.is_ok()), "{name} {millis}");
            let _ = store.export(end);
        }
        drop(store);
        if capacity > 0 {
            let store = FileNonces::open(&path, options).unwrap();
            let again = store.use_once(Some(&key), "n", after(300), clock());
            fails(again, ErrorKind::Replayed);
        }
    }
}

#[test]
fn message_limits_of_all_ones_and_none_are_answered() {
    for (max_len, max_depth, max_batch) in [
        (0, 0, 0),
        (usize::MAX, usize::MAX, usize::MAX),
        (usize::MAX, 0, 1),
        (10, usize::MAX, 0),
    ] {
        let gate = Gate::new(GateOptions {
            verifier: Some(std::sync::Arc::new(bank())),
            limits: MessageLimits {
                max_len,
                max_depth,
                max_batch,
            },
            ..GateOptions::default()
        })
        .unwrap();
        let deep = "[".repeat(DEEP);
        for text in ["", "[]", "{}", "[{},{}]", &deep] {
            let verdict = gate.judge(text.as_bytes(), clock(), &KeepNothing);
            assert_eq!(verdict.forward, None);
        }
    }
}

#[test]
fn log_arguments_of_all_ones_are_answered() {
    let folder = tempfile::tempdir().unwrap();
    let widest = LogOptions {
        max_record_len: usize::MAX,
        ..LogOptions::default()
    };
    let log = Log::open(folder.path(), widest).unwrap();
    log.append(&paid(1)).unwrap();
    for number in [1, 2, u64::MAX, u64::MAX - 1, i64::MAX as u64] {
        assert!(log.read(number).is_err());
        assert!(log.prove(number).is_err());
        let _ = log.prove_consistency(number);
        let mut seen = 0_u64;
        let _ = log.for_each(number, |_| {
            seen += 1;
            ControlFlow::Continue(())
        });
        assert_eq!(seen, 0);
        let query = Query {
            limit: Some(number),
            ..Query::default()
        };
        log.query(&query, |_| {
            seen += 1;
            ControlFlow::Continue(())
        })
        .unwrap();
        assert_eq!(seen, 1);
    }
    for millis in [i64::MIN, i64::MAX] {
        let edge = clock().plus_millis(millis);
        let query = Query {
            since: Some(edge),
            until: Some(edge),
            ..Query::default()
        };
        log.query(&query, |_| panic!("it is not of that time"))
            .unwrap();
        let _ = log.plan_prune(edge);
    }
    for limit in [
        "18446744073709551615",
        "18446744073709551616",
        "-1",
        "1e9",
        "1.0",
        "true",
    ] {
        let _ = QueryText::parse(format!("{{\"limit\":{limit}}}").as_bytes());
    }
    assert_eq!(log.len(), 1);
}

#[test]
fn tree_arguments_of_all_ones_are_answered() {
    let root = [7; 32];
    let ends = [0, 1, 255, 256, 1 << 62, (1 << 63) - 1, 1 << 63, u64::MAX];
    for size in ends {
        let head = TreeHead { size, root };
        for other in ends {
            for length in [0, 1, 63, 64, 65, 200] {
                let path = vec![root; length];
                let proved = tlog::proof::verify_inclusion(&head, other, &root, &path);
                assert!(proved.is_err() || (size == 1 && other == 0 && length == 0));
                let older = TreeHead { size: other, root };
                let _ = tlog::proof::verify_consistency(&older, &head, &path);
                for end in ends {
                    let range = other..end;
                    let _ = tlog::proof::verify_subtree_consistency(&range, &root, &head, &path);
                }
            }
            let stop = |_| Err(signet::Error::new(ErrorKind::Io, "node", "there is none"));
            let _ = tlog::proof::prove_inclusion(size, other, stop);
            let _ = tlog::proof::prove_consistency(other, size, stop);
        }
        for level in [0, 1, 63, u8::MAX] {
            for width in [0, 1, 256, u16::MAX] {
                let _ = tlog::tile::Tile::new(level, size, width).map(|tile| tile.path());
            }
            let _ = tlog::tile::Tile::of_tree(size, level, size);
        }
    }
}

#[test]
fn seeds_and_keys_of_all_ones_are_answered() {
    for byte in [0, 0xff] {
        let key = KeyPair::from_seed(&[byte; 32]);
        let receipt = text_of(&signed_by(&key, "x", "pay", ARGUMENTS, byte));
        let report = presented(&receipt);
        assert_eq!(report.kind(), Some(ErrorKind::SignerUntrusted));
        let _ = signet::crypto::ed25519::PublicKey::from_bytes(&[byte; 32]);
    }
}
