//! Any bytes through the canonicaliser: accepted exactly when a strict reader
//! accepts them, and written as two other implementations write them.

#![no_main]

#[path = "../../tests/support/strict_json.rs"]
mod strict_json;

use std::ops::Range;

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use signet::ErrorKind;
use signet::encoding::jcs::{self, Limits};
use signet::encoding::members;

fuzz_target!(|text: &[u8]| {
    let limits = Limits::default();
    let found = jcs::canonicalize(text, &limits);
    let comparable = jcs::comparable(text, &limits);
    let value = match (strict_json::parse(text), &found) {
        (Ok(value), Ok(_)) => value,
        (Err(_), Err(error)) => {
            let place = error.position().expect("every refusal says where");
            assert!(place <= text.len() as u64, "{error}");
            if let Ok(comparable) = comparable {
                // The one text that compares and has no canonical form.
                assert_eq!(error.kind(), ErrorKind::JsonNumber);
                assert_eq!(jcs::comparable(&comparable, &limits), Ok(comparable));
            }
            return;
        }
        (Ok(_), Err(error)) => panic!("refused what is JSON: {error}"),
        (Err(error), Ok(_)) => panic!("accepted what is not JSON: {error}"),
    };
    let found = found.expect("an accepted text");
    assert_eq!(found, strict_json::canonical(&value));
    assert_eq!(jcs::canonicalize(&found, &limits).as_ref(), Ok(&found));

    // An exponent of astronomical size does not compare.
    if let Ok(comparable) = comparable {
        assert_eq!(jcs::canonicalize(&comparable, &limits).as_ref(), Ok(&found));
        let is_exact = jcs::canonicalize_exactly(text, &limits).is_ok();
        let same = jcs::comparable(&found, &limits).as_ref() == Ok(&comparable);
        assert_eq!(is_exact, same, "exact, or the same value");
    }

    // The walker sees in both texts what a parser sees.
    let end = text.trim_ascii_end().len();
    same_value(text, members::root(text)..end, &value);
    let value = strict_json::parse(&found).expect("canonical JSON");
    same_value(&found, 0..found.len(), &value);
});

/// Walks through the value at `place`; every member and element must be there.
fn same_value(text: &[u8], place: Range<usize>, value: &Value) {
    let start = place.start;
    let alone =
        strict_json::parse(&text[place.clone()]).expect("a value from its start to its end");
    assert_eq!(&alone, value);
    match value {
        Value::Object(expected) => {
            let mut count = 0;
            for member in members::members(text, start) {
                let name = String::from_utf8_lossy(member.name);
                let name: String =
                    serde_json::from_str(&format!("\"{name}\"")).expect("a quoted name");
                assert!(member.is_named(&name));
                assert_eq!(
                    members::find(text, start, &name),
                    Some(member.value.clone())
                );
                same_value(text, member.value, &expected[&name]);
                count += 1;
            }
            assert_eq!(count, expected.len());
        }
        Value::Array(expected) => {
            let places: Vec<_> = members::elements(text, start).collect();
            assert_eq!(places.len(), expected.len());
            for (place, value) in places.into_iter().zip(expected) {
                same_value(text, place, value);
            }
        }
        Value::String(expected) => {
            let found = members::string_at(text, place);
            assert_eq!(found.as_deref(), Some(expected.as_str()));
        }
        _ => assert_eq!(members::members(text, start).count(), 0),
    }
}
