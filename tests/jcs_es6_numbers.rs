//! The ECMAScript number file of the RFC 8785 author: a fixed sequence of
//! doubles, each line its bits and its text, published as the SHA-256 of the
//! first thousand, ten thousand, ... lines.
//!
//! The file is made again here, every text by this library, and must have the
//! published hashes. The doubles that the sequence starts with come from the
//! author's generator, which another implementation ships with its tests.

#[path = "support/documents.rs"]
mod documents;
#[path = "support/vectors.rs"]
mod vectors;

use std::fmt::Write;

use signet::crypto::digest::sha256;
use signet::encoding::hex;
use signet::encoding::jcs::{self, Limits};

/// How many lines have which SHA-256, as published in the `testdata` of
/// cyberphone/json-canonicalization.
const PUBLISHED: [(usize, &str); 5] = [
    (
        1_000,
        "be18b62b6f69cdab33a7e0dae0d9cfa869fda80ddc712221570f9f40a5878687",
    ),
    (
        10_000,
        "b9f7a8e75ef22a835685a52ccba7f7d6bdc99e34b010992cbc5864cd12be6892",
    ),
    (
        100_000,
        "22776e6d4b49fa294a0d0f349268e5c28808fe7e0cb2bcbe28f63894e494d4c7",
    ),
    (
        1_000_000,
        "49415fee2c56c77864931bd3624faad425c3c577d6d74e89a83bc725506dad16",
    ),
    (
        10_000_000,
        "b9f8a44a91d46813b21b9602e72f112613c91408db0b8341fb94603d9db135e0",
    ),
];

#[test]
fn the_number_file_of_the_author_has_its_published_hashes() {
    let Some(package) = vectors::package("serde_json_canonicalizer") else {
        return;
    };
    let generator = package.join("tests/resources/generated-numbers/numgen.js");
    let fixed = fixed_doubles(&String::from_utf8_lossy(&vectors::bytes(&generator)));
    // A hundred thousand lines, or as many times more as was asked for.
    let most = 100_000 * documents::torture() as usize;
    let mut doubles = sequence(fixed);
    let mut file = String::new();
    let mut count = 0;
    for (lines, hash) in PUBLISHED {
        if lines > most {
            break;
        }
        for double in doubles.by_ref().take(lines - count) {
            let shortest = canonical(&format!("{double:e}"));
            let seventeen_digits = canonical(&format!("{double:.16e}"));
            assert_eq!(shortest, seventeen_digits);
            writeln!(file, "{:x},{seventeen_digits}", double.to_bits()).expect("a string");
        }
        count = lines;
        assert_eq!(hex::encode(&sha256(file.as_bytes())), hash, "{lines} lines");
    }
    assert!(count >= 100_000);
    println!("{count} numbers");
}

fn canonical(text: &str) -> String {
    let bytes = jcs::canonicalize(text.as_bytes(), &Limits::default());
    String::from_utf8(bytes.expect("a finite number")).expect("digits")
}

/// The list of bits that the generator starts with.
fn fixed_doubles(generator: &str) -> Vec<f64> {
    let list = generator.split_once("new BigUint64Array([");
    let list = list.and_then(|(_, rest)| rest.split_once("])"));
    let (list, _) = list.expect("the generator's list");
    list.split(',')
        .filter_map(|item| item.trim().strip_prefix("0x"))
        .map(|digits| u64::from_str_radix(digits.trim_end_matches('n'), 16))
        .map(|bits| f64::from_bits(bits.expect("hex digits")))
        .collect()
}

/// The fixed doubles, the first 2000 normal ones, and then whatever SHA-256
/// makes of its last digest, four doubles at a time, starting from zeros.
fn sequence(fixed: Vec<f64>) -> impl Iterator<Item = f64> {
    let smallest_normal = 0x0010_0000_0000_0000_u64;
    let serial = (0..2_000).map(move |step| f64::from_bits(smallest_normal + step));
    let mut digest = [0; 32];
    let hashed = std::iter::repeat_with(move || {
        digest = sha256(&digest);
        digest
    });
    let hashed = hashed.flat_map(|digest| {
        let (eights, _) = digest.as_chunks::<8>();
        let doubles: Vec<f64> = eights
            .iter()
            .map(|bytes| f64::from_le_bytes(*bytes))
            .collect();
        doubles
    });
    let hashed = hashed.filter(|double| double.is_finite() && *double != 0.0);
    fixed.into_iter().chain(serial).chain(hashed)
}
