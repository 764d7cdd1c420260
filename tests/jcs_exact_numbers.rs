//! No digit is lost: what a number means is compared with exact arithmetic, and
//! whatever travels in a wrapper arrives as it was given.

#[path = "support/documents.rs"]
mod documents;

use documents::Documents;
use num_bigint::BigInt;
use proptest::prelude::*;
use signet::ErrorKind;
use signet::encoding::exact;
use signet::encoding::jcs::{self, Limits};

fn canonical(text: &[u8]) -> signet::Result<Vec<u8>> {
    jcs::canonicalize(text, &Limits::default())
}

fn comparable(text: &[u8]) -> Vec<u8> {
    jcs::comparable(text, &Limits::default()).expect("JSON")
}

fn travelling(text: &[u8]) -> Vec<u8> {
    exact::travelling_form(text, &Limits::default()).expect("JSON")
}

/// The value of a number text: a whole number and the power of ten it is
/// multiplied by, by way of nothing that this library does.
fn value(text: &str) -> (BigInt, i128) {
    let (digits, exponent) = match text.split_once(['e', 'E']) {
        Some((digits, exponent)) => (digits, exponent.parse().expect("an exponent")),
        None => (text, 0),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let digits: BigInt = format!("{whole}{fraction}").parse().expect("digits");
    (digits, exponent - fraction.len() as i128)
}

fn same_value(left: &str, right: &str) -> bool {
    let longest = left.len().max(right.len()) as u128;
    let ((left, left_power), (right, right_power)) = (value(left), value(right));
    if left == BigInt::ZERO || right == BigInt::ZERO {
        return left == right;
    }
    let apart = left_power.abs_diff(right_power);
    if apart > longest {
        // More than the digits can make up for.
        return false;
    }
    let factor = BigInt::from(10).pow(apart as u32);
    match left_power > right_power {
        true => left * factor == right,
        false => left == right * factor,
    }
}

/// The same value in other words: zeros added, the point moved. 123e-5 becomes
/// 12300e-7 or 0.00123e0, say.
fn respelled(text: &str, zeros: usize, moved: usize) -> String {
    let (digits, power) = value(text);
    let digits = digits.magnitude().to_string();
    let minus = if text.starts_with('-') { "-" } else { "" };
    let (before, after) = ("0".repeat(moved), "0".repeat(zeros));
    if moved == 0 && digits != "0" {
        format!("{minus}{digits}{after}e{}", power - zeros as i128)
    } else {
        let power = power + (digits.len() + moved) as i128;
        format!("{minus}0.{before}{digits}{after}E{power:+}")
    }
}

/// A number text with one digit changed by one.
fn neighbour(text: &str, place: usize) -> String {
    let mut text = text.to_owned().into_bytes();
    let end = text.iter().position(|byte| b"eE".contains(byte));
    let end = end.unwrap_or(text.len());
    let digits: Vec<usize> = (0..end).filter(|&at| text[at].is_ascii_digit()).collect();
    let at = digits[place % digits.len()];
    text[at] = if text[at] == b'9' { b'8' } else { text[at] + 1 };
    String::from_utf8(text).expect("digits")
}

fn numbers() -> impl Strategy<Value = String> {
    any::<u64>().prop_map(|seed| Documents::new(seed).number())
}

/// Acceptable texts: those of the generator whose numbers do not overflow.
fn texts() -> impl Strategy<Value = String> {
    any::<u64>()
        .prop_map(|seed| Documents::new(seed).document())
        .prop_filter("a number overflows", |text| {
            canonical(text.as_bytes()).is_ok()
        })
}

fn cases(count: u32) -> ProptestConfig {
    ProptestConfig {
        cases: count.saturating_mul(u32::try_from(documents::torture()).unwrap_or(u32::MAX)),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(cases(2_000))]

    #[test]
    fn comparable_texts_are_equal_exactly_when_values_are(
        (left, right) in (numbers(), numbers()),
        (zeros, moved, place) in (0..40_usize, 0..30_usize, any::<usize>()),
    ) {
        let others = [
            right,
            respelled(&left, zeros, moved),
            neighbour(&left, place),
            respelled(&neighbour(&left, place), zeros, moved),
            left.strip_prefix('-').map_or(format!("-{left}"), str::to_owned),
        ];
        for right in others {
            prop_assert_eq!(
                comparable(left.as_bytes()) == comparable(right.as_bytes()),
                same_value(&left, &right),
                "{} and {}", left, right
            );
        }
    }

    #[test]
    fn a_number_is_called_exact_exactly_when_its_canonical_text_has_its_value(text in numbers()) {
        match jcs::canonicalize_exactly(text.as_bytes(), &Limits::default()) {
            Ok(found) => {
                let found = String::from_utf8(found).expect("digits");
                prop_assert!(same_value(&text, &found), "{} is not {}", text, found);
            }
            Err(error) if error.kind() == ErrorKind::JsonInexactNumber => {
                let found = canonical(text.as_bytes()).expect("a rounded number");
                let found = String::from_utf8(found).expect("digits");
                prop_assert!(!same_value(&text, &found), "{} is {}", text, found);
            }
            Err(error) => prop_assert_eq!(error.kind(), ErrorKind::JsonNumber),
        }
    }

    #[test]
    fn a_comparable_text_is_a_text_of_the_same_meaning(text in texts()) {
        let once = comparable(text.as_bytes());
        prop_assert_eq!(&comparable(&once), &once);
        prop_assert_eq!(canonical(&once), canonical(text.as_bytes()));
    }

    #[test]
    fn what_travels_arrives_as_it_was_given(text in texts()) {
        let travelling = travelling(text.as_bytes());
        prop_assert_eq!(canonical(&travelling), Ok(travelling.clone()));
        let arrived = exact::original(&travelling);
        if Ok(&travelling) == canonical(text.as_bytes()).as_ref() {
            prop_assert_eq!(&*arrived, &*travelling);
        } else {
            prop_assert_eq!(&travelling, &exact::wrap(text.trim()));
            prop_assert_eq!(&*arrived, text.trim().as_bytes());
        }
        prop_assert_eq!(comparable(&arrived), comparable(text.as_bytes()));
    }

    #[test]
    fn wrappers_nest(text in texts()) {
        let mut layers = vec![text.trim().as_bytes().to_vec()];
        for _ in 0..3 {
            layers.push(travelling(layers.last().expect("a layer")));
        }
        if canonical(text.as_bytes()) == Ok(layers[1].clone()) && layers[1] == layers[2] {
            // Never wrapped, so never unwrapped.
            prop_assert_eq!(&*exact::original(&layers[1]), &*layers[1]);
        } else {
            for pair in layers.windows(2) {
                prop_assert_eq!(&*exact::original(&pair[1]), &*pair[0]);
            }
        }
    }

    #[test]
    fn only_what_wrapping_made_is_unwrapped(text in texts(), content in any::<String>()) {
        for inside in [text.as_str(), content.as_str(), text.trim()] {
            let object = exact::wrap(inside);
            let arrived = exact::original(&object);
            if *arrived == *object {
                // Then it stands for itself, and travels in one more wrapper.
                let travelling = travelling(&object);
                prop_assert_eq!(&*exact::original(&travelling), &*object);
            } else {
                prop_assert_eq!(&*arrived, inside.as_bytes());
                prop_assert_eq!(travelling(inside.as_bytes()), object);
            }
        }
    }

    #[test]
    fn the_published_signet_canonicalises_all_that_travels(text in texts()) {
        let travelling = travelling(text.as_bytes());
        let value: serde_json::Value = serde_json::from_slice(&travelling).expect("JSON");
        let theirs = signet_core::canonical::canonicalize(&value);
        prop_assert_eq!(theirs.ok().map(String::into_bytes), Some(travelling));
    }
}

#[test]
fn a_wrapper_tells_apart_what_a_double_does_not() {
    for (left, right) in [
        ("9007199254740993", "9007199254740992"),
        ("18446744073709551615", "18446744073709551616"),
        ("0.1", "0.1000000000000000055511151231257827"),
        ("1e-400", "0"),
        (
            "{\"to\":123456789012345678901234567890}",
            "{\"to\":123456789012345678901234567891}",
        ),
    ] {
        assert_eq!(canonical(left.as_bytes()), canonical(right.as_bytes()));
        assert_ne!(travelling(left.as_bytes()), travelling(right.as_bytes()));
        assert_ne!(comparable(left.as_bytes()), comparable(right.as_bytes()));
    }
}

#[test]
fn members_in_any_order_and_numbers_in_any_spelling_compare_equal() {
    let left = br#"{"b":[9007199254740993,1.0],"a":{"d":1e400,"c":"\u0041"}}"#;
    let right = br#" {"a":{"c":"A","d":10e399},"b":[9007199254740993.00,1]} "#;
    let other = br#"{"b":[9007199254740993,1.0],"a":{"d":1e401,"c":"\u0041"}}"#;
    assert_eq!(comparable(left), comparable(right));
    assert_ne!(comparable(left), comparable(other));
}

#[test]
fn a_number_overflows_where_rounding_to_even_says_so() {
    let two = BigInt::from(2);
    let greatest: BigInt = (two.pow(53) - 1) * two.pow(971);
    let half_way: BigInt = (two.pow(54) - 1) * two.pow(970);
    let last: BigInt = &half_way - 1;
    assert_eq!(
        canonical(greatest.to_string().as_bytes()).as_deref(),
        Ok(b"1.7976931348623157e+308".as_slice())
    );
    assert_eq!(
        canonical(last.to_string().as_bytes()).as_deref(),
        Ok(b"1.7976931348623157e+308".as_slice())
    );
    let zeros = "0".repeat(2_000);
    for text in [
        half_way.to_string(),
        format!("{half_way}{zeros}e-2000"),
        format!("{half_way}.{zeros}1"),
    ] {
        let refused = canonical(text.as_bytes()).expect_err("it rounds up to infinity");
        assert_eq!(refused.kind(), ErrorKind::JsonNumber);
    }
    let below = format!("{last}.{}", "9".repeat(2_000));
    assert_eq!(
        canonical(below.as_bytes()).as_deref(),
        Ok(b"1.7976931348623157e+308".as_slice())
    );
}

#[test]
fn exponents_that_cannot_be_counted_are_refused_where_they_would_matter() {
    let nines = "9".repeat(60);
    for (text, kind) in [
        (format!("1e{nines}"), ErrorKind::JsonNumber),
        (format!("[1,1e-{nines}]"), ErrorKind::JsonNumber),
    ] {
        let error = jcs::comparable(text.as_bytes(), &Limits::default()).expect_err("refused");
        assert_eq!(error.kind(), kind, "{text}");
    }
    // Zero is zero whatever its exponent, and what underflows is wrapped.
    let zero = format!("-0.0e{nines}");
    assert_eq!(comparable(zero.as_bytes()), b"0");
    let tiny = format!("1e-{nines}");
    assert_eq!(
        *exact::original(&travelling(tiny.as_bytes())),
        *tiny.as_bytes()
    );
}
