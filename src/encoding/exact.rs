//! Numbers without loss: params that hold a number which RFC 8785 would round
//! travel as `{"$exact": "<the JSON text as given>"}`.
//!
//! The signature then covers every digit, and software that knows nothing of
//! the wrapper (the published Signet among it) still canonicalises, hashes and
//! verifies the receipt. A caller's own object that looks like the wrapper is
//! wrapped too, and an object is only taken for a wrapper when [`wrap`] would
//! have made it: unwrapping therefore always gives back what was signed.

use std::borrow::Cow;

use crate::encoding::jcs::{self, Findings, Limits, Numbers};
use crate::encoding::{members, text};
use crate::error::Result;

/// The one member of a wrapper.
pub const EXACT_MEMBER: &str = "$exact";

/// Whether a value, given in canonical form with its findings, must travel in a
/// wrapper: a number in it would be rounded, the published Signet would refuse
/// to read one of its integers, or it looks like a wrapper itself.
pub fn needs_wrapper(canonical: &[u8], findings: &Findings) -> bool {
    findings.inexact_number.is_some()
        || findings.unsafe_integer
        || wrapped_string(canonical).is_some()
}

/// The canonical wrapper around a JSON text.
pub fn wrap(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + 16);
    out.push(b'{');
    text::append_string(&mut out, EXACT_MEMBER);
    out.push(b':');
    text::append_string(&mut out, text);
    out.push(b'}');
    out
}

/// The canonical form in which a JSON value travels: its own, or a wrapper.
pub fn travelling_form(value: &[u8], limits: &Limits) -> Result<Vec<u8>> {
    let mut canonical = Vec::new();
    let findings = jcs::append_canonical(&mut canonical, value, limits, Numbers::Rounded)?;
    if needs_wrapper(&canonical, &findings) {
        // The reader has just found the text to be UTF-8.
        return Ok(wrap(&String::from_utf8_lossy(value.trim_ascii())));
    }
    Ok(canonical)
}

/// The JSON text that a canonical value stands for: the text inside a wrapper,
/// or the value itself.
pub fn original(canonical: &[u8]) -> Cow<'_, [u8]> {
    let Some(inside) = wrapped_string(canonical) else {
        return Cow::Borrowed(canonical);
    };
    let text = text::unescape(inside);
    if text.trim_ascii().len() != text.len() {
        return Cow::Borrowed(canonical);
    }
    // Text that was given once was within the limits of then, whatever they were.
    let limits = Limits {
        max_len: text.len(),
        max_depth: jcs::MAX_DEPTH,
    };
    let mut inner = Vec::new();
    match jcs::append_canonical(&mut inner, text.as_bytes(), &limits, Numbers::Rounded) {
        Ok(findings) if needs_wrapper(&inner, &findings) => {
            Cow::Owned(text.into_owned().into_bytes())
        }
        _ => Cow::Borrowed(canonical),
    }
}

/// The inside of the string of an object whose only member is `$exact`.
fn wrapped_string(canonical: &[u8]) -> Option<&[u8]> {
    // Asked of all params, large ones too: most are told by their first bytes.
    let inside = canonical.strip_prefix(b"{\"$exact\":\"")?;
    let member = members::members(canonical, 0).next()?;
    let is_only_member = member.value.end + 1 == canonical.len();
    inside.strip_suffix(b"\"}").filter(|_| is_only_member)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn travel(text: &str) -> String {
        String::from_utf8(travelling_form(text.as_bytes(), &Limits::default()).unwrap()).unwrap()
    }

    #[test]
    fn only_what_would_change_is_wrapped() {
        for text in [
            "0.1",
            "1.10",
            "[9007199254740991]",
            r#"{"$exact":1}"#,
            "1e21",
            "-0",
        ] {
            assert!(!travel(text).contains(r#""$exact":""#), "{text}");
        }
        for text in [
            "9007199254740993",
            "9007199254740992",
            "1e17",
            "[18446744073709551616]",
            r#"{"id":123456789012345678901234567890}"#,
            r#"{"$exact":"5"}"#,
        ] {
            let travelling = travel(text);
            assert!(travelling.starts_with(r#"{"$exact":""#), "{text}");
            assert_eq!(original(travelling.as_bytes()), text.as_bytes(), "{text}");
        }
    }

    #[test]
    fn the_text_is_kept_as_it_was_given() {
        let text = "\t{ \"b\" : 9007199254740993.00, \"a\":\"\\u00e9\" }\n";
        assert_eq!(original(travel(text).as_bytes()), text.trim().as_bytes());
    }

    #[test]
    fn a_look_alike_is_never_unwrapped() {
        for literal in [
            r#"{"$exact":"5"}"#,
            r#"{"$exact":"hello"}"#,
            r#"{"$exact":"{\"a\":1}"}"#,
            r#"{"$exact":"[9007199254740993","b":1}"#,
            r#"{"$exact":" 9007199254740993"}"#,
            r#"{"$exact":"9007199254740993\n"}"#,
        ] {
            assert_eq!(original(literal.as_bytes()), literal.as_bytes());
            // Signed by us it comes back as it was, however often it is wrapped.
            let once = travel(literal);
            assert_eq!(original(once.as_bytes()), literal.as_bytes());
            let twice = travel(&once);
            assert_eq!(original(twice.as_bytes()), once.as_bytes());
        }
    }
}
