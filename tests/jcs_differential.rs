//! The canonicaliser against two other implementations of RFC 8785 and the
//! strictness of a third reader, on random texts.
//!
//! `cargo test` runs some tens of thousands; for millions:
//! `SIGNET_TORTURE=50 cargo test --release --test jcs_differential -- --nocapture`.
//! A failure prints the seed of its text: `SIGNET_SEED=<seed>` starts there.

#[path = "support/documents.rs"]
mod documents;
#[path = "support/strict_json.rs"]
mod strict_json;

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use documents::Documents;
use signet::ErrorKind;
use signet::encoding::jcs::{self, Limits};

/// Runs `check` on the texts of `count` seeds, on every processor. It answers
/// whether the case was of the common kind, of which at least half must be.
fn for_seeds(what: &str, count: u64, check: impl Fn(u64) -> bool + Sync) {
    let count = count * documents::torture();
    let first = documents::first_seed();
    let common = AtomicU64::new(0);
    let threads = thread::available_parallelism().map_or(1, |number| number.get() as u64);
    thread::scope(|scope| {
        for thread in 0..threads {
            let (check, common) = (&check, &common);
            scope.spawn(move || {
                let seeds = (thread..count).step_by(threads as usize);
                let found = seeds.filter(|at| check(first.wrapping_add(*at))).count();
                common.fetch_add(found as u64, Ordering::Relaxed);
            });
        }
    });
    let common = common.into_inner();
    println!("{what}: {count} from seed {first}, {common} of the common kind");
    assert!(common * 2 > count, "only {common} of {count} say anything");
}

#[test]
fn random_documents_come_out_as_two_other_implementations_write_them() {
    for_seeds("random documents", 200_000, |seed| {
        let text = Documents::new(seed).document();
        let ours = jcs::canonicalize(text.as_bytes(), &Limits::default());
        match strict_json::parse(text.as_bytes()) {
            Ok(value) => {
                let ours = ours.unwrap_or_else(|error| panic!("seed {seed}: {error} in {text}"));
                let expected = strict_json::canonical(&value);
                assert!(
                    ours == expected,
                    "seed {seed}\n   text {text}\n   ours {}\n theirs {}",
                    String::from_utf8_lossy(&ours),
                    String::from_utf8_lossy(&expected),
                );
                let again = jcs::canonicalize(&ours, &Limits::default());
                assert_eq!(again.as_ref(), Ok(&ours), "seed {seed}: not stable");
                true
            }
            Err(error) => {
                assert!(error.to_string().contains("number out of range"), "{error}");
                let refused = ours.expect_err("a number that overflows");
                assert_eq!(refused.kind(), ErrorKind::JsonNumber, "seed {seed}: {text}");
                false
            }
        }
    });
}

#[test]
fn damaged_documents_are_refused_exactly_when_a_strict_reader_refuses_them() {
    for_seeds("damaged documents", 50_000, |seed| {
        let text = Documents::new(seed).damaged();
        let shown = String::from_utf8_lossy(&text);
        let ours = jcs::canonicalize(&text, &Limits::default());
        match (strict_json::parse(&text), ours) {
            (Ok(value), Ok(ours)) => {
                assert!(
                    ours == strict_json::canonical(&value),
                    "seed {seed}: {shown}"
                );
                false
            }
            (Err(_), Err(error)) => {
                let place = error.position().expect("every refusal says where");
                assert!(place <= text.len() as u64, "seed {seed}: {error}");
                true
            }
            (theirs, ours) => panic!("seed {seed}: {theirs:?} but {ours:?} for {shown}"),
        }
    });
}

#[test]
fn repeated_names_are_refused_where_they_stand() {
    for_seeds("repeated names", 30_000, |seed| {
        let (text, place) = Documents::new(seed).with_repeated_name();
        let refused = jcs::canonicalize(text.as_bytes(), &Limits::default())
            .expect_err("a name stands twice in one object");
        assert_eq!(
            (refused.kind(), refused.position()),
            (ErrorKind::JsonDuplicateMember, Some(place as u64)),
            "seed {seed}: {text}"
        );
        assert!(strict_json::parse(text.as_bytes()).is_err());
        assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok());
        true
    });
}
