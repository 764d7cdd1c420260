//! Every recorded answer of the published Signet's canonicaliser: the same
//! here, or different for a reason that this file states.

#[path = "support/vectors.rs"]
mod vectors;

use signet::ErrorKind::{
    JsonDuplicateMember, JsonEncoding, JsonLoneSurrogate, JsonNumber, JsonSyntax, JsonTooDeep,
};
use signet::crypto::digest::sha256;
use signet::encoding::jcs::{self, Limits};
use signet::encoding::{exact, hex};
use signet::{ErrorKind, Result};

const BEYOND_SAFE: &str = "it refuses integers from 2^53 to 2^64; RFC 8785 rounds them";
const NOT_ROUNDED: &str = "it writes -2^63 digit by digit; RFC 8785 rounds it";
const LAST_WINS: &str = "it drops all but the last member of a name; here that is refused";

/// The cases that come out otherwise here: as what, and why.
const OTHERWISE: [(&str, std::result::Result<&str, ErrorKind>, &str); 8] = [
    ("int-above-safe", Ok("9007199254740992"), BEYOND_SAFE),
    (
        "int-below-safe-negative",
        Ok("-9007199254740992"),
        BEYOND_SAFE,
    ),
    ("int-u64-max", Ok("18446744073709552000"), BEYOND_SAFE),
    (
        "int-i64-min-plus-one-rejected",
        Ok("-9223372036854776000"),
        BEYOND_SAFE,
    ),
    (
        "int-i64-min-passes-unchanged",
        Ok("-9223372036854776000"),
        NOT_ROUNDED,
    ),
    (
        "duplicate-keys-last-wins",
        Err(JsonDuplicateMember),
        LAST_WINS,
    ),
    (
        "duplicate-keys-after-unescape",
        Err(JsonDuplicateMember),
        LAST_WINS,
    ),
    ("random-30", Err(JsonDuplicateMember), LAST_WINS),
];

/// Which kind of error a text is that both refuse.
const REFUSED: [(&str, ErrorKind); 17] = [
    ("overflow", JsonNumber),
    ("nan", JsonNumber),
    ("leading-zero", JsonSyntax),
    ("plus-sign", JsonSyntax),
    ("bare-dot", JsonSyntax),
    ("lone-high-surrogate", JsonLoneSurrogate),
    ("lone-low-surrogate", JsonLoneSurrogate),
    ("reversed-surrogates", JsonLoneSurrogate),
    ("bom", JsonEncoding),
    ("trailing-comma", JsonSyntax),
    ("trailing-garbage", JsonSyntax),
    ("single-quotes", JsonSyntax),
    ("comment", JsonSyntax),
    ("raw-control-char", JsonSyntax),
    ("bad-escape", JsonSyntax),
    ("empty-text", JsonSyntax),
    ("depth-128", JsonTooDeep),
];

struct Case {
    name: String,
    text: String,
    /// The canonical text and its hash, when the published Signet accepts.
    accepted: Option<(String, String)>,
}

fn cases() -> Vec<Case> {
    let file = vectors::json(&vectors::own("prismer/canon.json"));
    let text = |value: &serde_json::Value| value.as_str().expect("a string").to_owned();
    let cases = file["cases"].as_array().expect("cases");
    cases
        .iter()
        .map(|case| Case {
            name: text(&case["name"]),
            text: text(&case["text"]),
            accepted: (case["result"] == "accept")
                .then(|| (text(&case["canonical"]), text(&case["sha256"]))),
        })
        .collect()
}

fn canonical(text: &str) -> Result<String> {
    let bytes = jcs::canonicalize(text.as_bytes(), &Limits::default())?;
    Ok(String::from_utf8(bytes).expect("canonical JSON is UTF-8"))
}

#[test]
fn recorded_answers_are_the_same_or_differ_for_a_stated_reason() {
    let cases = cases();
    assert_eq!(cases.len(), 103);
    for case in &cases {
        let found = canonical(&case.text);
        let otherwise = OTHERWISE.iter().find(|(name, ..)| *name == case.name);
        match (otherwise, &case.accepted) {
            (Some((name, expected, reason)), recorded) => {
                let found = found.as_deref().map_err(|error| error.kind());
                assert_eq!(found, *expected, "{name}: {reason}");
                let recorded = recorded.as_ref().map(|(text, _)| text.as_str());
                assert_ne!(found.ok(), recorded, "{name} does not differ");
            }
            (None, Some((expected, hash))) => {
                let found = found.unwrap_or_else(|error| panic!("{}: {error}", case.name));
                assert_eq!(&found, expected, "{}", case.name);
                let found = format!("sha256:{}", hex::encode(&sha256(found.as_bytes())));
                assert_eq!(&found, hash, "{}", case.name);
            }
            (None, None) => {
                let kind = REFUSED.iter().find(|(name, _)| *name == case.name);
                let (_, kind) = kind.unwrap_or_else(|| panic!("{} has no kind", case.name));
                let found = found.map_err(|error| error.kind());
                assert_eq!(found, Err(*kind), "{}", case.name);
            }
        }
    }
}

#[test]
fn every_stated_reason_is_about_a_case_of_the_record() {
    let cases = cases();
    let find = |name| cases.iter().find(|case| case.name == name);
    for (name, ..) in OTHERWISE {
        assert!(find(name).is_some(), "{name}");
    }
    for (name, _) in REFUSED {
        assert!(
            find(name).is_some_and(|case| case.accepted.is_none()),
            "{name}"
        );
    }
}

#[test]
fn what_travels_has_the_same_canonical_form_in_the_published_signet() {
    let limits = Limits::default();
    let mut wrapped = 0;
    for case in cases() {
        let Ok(travelling) = exact::travelling_form(case.text.as_bytes(), &limits) else {
            continue;
        };
        let value: serde_json::Value = serde_json::from_slice(&travelling).expect("JSON");
        let theirs = signet_core::canonical::canonicalize(&value)
            .unwrap_or_else(|error| panic!("{}: {error}", case.name));
        assert_eq!(theirs.as_bytes(), travelling, "{}", case.name);
        wrapped += usize::from(travelling.starts_with(b"{\"$exact\""));
    }
    assert!(wrapped >= 9, "{wrapped}");
}
