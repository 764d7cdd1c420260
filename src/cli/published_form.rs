//! Signed records as the published Signet prints them: the members in its order,
//! on one line or indented.
//!
//! The library keeps records in canonical form, in which members are sorted. The
//! values are the same text either way; a person, and a script that compares
//! output, finds the members where they always were.

use signet::encoding::members;

/// The names of an object's members in the order in which they are printed, and
/// the form of what they hold. Members that are not named follow as they stand.
pub struct Form(&'static [(&'static str, Option<&'static Form>)]);

/// A receipt of version 1 or 4.
pub const RECEIPT: Form = Form(&[
    ("v", None),
    ("id", None),
    ("action", Some(&ACTION)),
    ("signer", Some(&SIGNER)),
    ("authorization", Some(&AUTHORIZATION)),
    ("policy", Some(&ATTESTATION)),
    ("authz_decision", Some(&DECISION)),
    ("ts", None),
    ("exp", None),
    ("nonce", None),
    ("sig", None),
]);

/// A delegation token.
pub const TOKEN: Form = Form(&[
    ("v", None),
    ("id", None),
    ("delegator", Some(&PARTY)),
    ("delegate", Some(&PARTY)),
    ("scope", Some(&SCOPE)),
    ("issued_at", None),
    ("nonce", None),
    ("sig", None),
    ("correlation_id", None),
]);

/// The scope of a delegation.
pub const SCOPE: Form = Form(&[
    ("tools", None),
    ("targets", None),
    ("max_depth", None),
    ("expires", None),
    ("budget", None),
    ("constraints", Some(&TYPED)),
]);

/// An authority's decision.
pub const DECISION: Form = Form(&[
    ("v", None),
    ("decision_id", None),
    ("authority", None),
    ("authority_pubkey", None),
    ("subject", None),
    ("intent_hash", None),
    ("decision", None),
    ("basis", Some(&TYPED)),
    ("constraints", Some(&TYPED)),
    ("obligations", Some(&TYPED)),
    ("issued_at", None),
    ("expires_at", None),
    ("nonce", None),
    ("credential_ref", None),
    ("sig", None),
]);

/// A record of a revocation.
pub const REVOCATION: Form = Form(&[
    ("v", None),
    ("artifact_type", None),
    ("artifact_id", None),
    ("revoked_by", None),
    ("revoked_at", None),
    ("reason", None),
    ("nonce", None),
    ("sig", None),
]);

/// Constraints, obligations and the bases of decisions. Each kind has some of
/// these members.
pub const TYPED: Form = Form(&[
    ("type", None),
    ("max_calls", None),
    ("amount", None),
    ("currency", None),
    ("version", None),
    ("policy_hash", None),
    ("policy_name", None),
    ("matched_rules", None),
    ("reason", None),
    ("parameters", None),
]);

const ACTION: Form = Form(&[
    ("tool", None),
    ("params", None),
    ("params_hash", None),
    ("target", None),
    ("transport", None),
    ("session", None),
    ("call_id", None),
    ("response_hash", None),
    ("trace_id", None),
    ("parent_receipt_id", None),
]);

const SIGNER: Form = Form(&[
    ("pubkey", None),
    ("name", None),
    ("owner", None),
    ("principal", None),
    ("acting_for", None),
]);

const AUTHORIZATION: Form = Form(&[
    ("chain", Some(&TOKEN)),
    ("chain_hash", None),
    ("root_pubkey", None),
]);

const ATTESTATION: Form = Form(&[
    ("policy_hash", None),
    ("policy_name", None),
    ("matched_rules", None),
    ("decision", None),
    ("reason", None),
]);

const PARTY: Form = Form(&[("pubkey", None), ("name", None), ("principal", None)]);

/// Anything else: the members stay in the order of the canonical text.
pub const AS_IT_STANDS: Form = Form(&[]);

/// A record, or a list of them, on one line; from its canonical text.
pub fn line(canonical: &[u8], form: &Form) -> String {
    let mut out = Vec::with_capacity(canonical.len());
    append(&mut out, canonical, Some(form), None);
    text(out)
}

/// The same, indented.
pub fn indented(canonical: &[u8], form: &Form) -> String {
    let mut out = Vec::with_capacity(canonical.len().saturating_mul(2));
    append(&mut out, canonical, Some(form), Some(0));
    text(out)
}

/// The text in the same memory: it may hold what was encrypted.
fn text(out: Vec<u8>) -> String {
    String::from_utf8(out)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

/// Writes a value; indented when the depth is given.
fn append(out: &mut Vec<u8>, value: &[u8], form: Option<&Form>, depth: Option<usize>) {
    let inside = depth.map(|depth| depth + 1);
    let mut first = true;
    match value.first() {
        Some(b'{') if value != b"{}" => {
            out.push(b'{');
            for (name, of_member, member) in ordered(value, form) {
                separate(out, &mut first, inside);
                out.push(b'"');
                out.extend_from_slice(name);
                out.extend_from_slice(if depth.is_some() { b"\": " } else { b"\":" });
                append(out, member, of_member, inside);
            }
            close(out, depth);
            out.push(b'}');
        }
        Some(b'[') if value != b"[]" => {
            out.push(b'[');
            for element in members::elements(value, 0) {
                separate(out, &mut first, inside);
                append(out, value.get(element).unwrap_or(b"null"), form, inside);
            }
            close(out, depth);
            out.push(b']');
        }
        _ => out.extend_from_slice(value),
    }
}

type Ordered<'a> = Vec<(&'a [u8], Option<&'static Form>, &'a [u8])>;

fn ordered<'a>(object: &'a [u8], form: Option<&Form>) -> Ordered<'a> {
    let names = form.map_or(&[][..], |form| form.0);
    let mut found: Vec<(usize, _)> = members::members(object, 0)
        .map(|member| {
            let place = names.iter().position(|(name, _)| member.is_named(name));
            let of_member = place.and_then(|place| names.get(place)?.1);
            let value = object.get(member.value.clone()).unwrap_or(b"null");
            (place.unwrap_or(usize::MAX), (member.name, of_member, value))
        })
        .collect();
    found.sort_by_key(|(place, _)| *place);
    found.into_iter().map(|(_, member)| member).collect()
}

fn separate(out: &mut Vec<u8>, first: &mut bool, depth: Option<usize>) {
    if !std::mem::take(first) {
        out.push(b',');
    }
    close(out, depth);
}

fn close(out: &mut Vec<u8>, depth: Option<usize>) {
    if let Some(depth) = depth {
        out.push(b'\n');
        out.extend(std::iter::repeat_n(b' ', depth.saturating_mul(2)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indented_is_what_serde_json_prints() {
        let text = br#"{"a":[],"b":{},"c":[1,{"x":"[\"{,:"},null,"\\"],"d":{"e":[[]]}}"#;
        let value: serde_json::Value = serde_json::from_slice(text).unwrap();
        let expected = serde_json::to_string_pretty(&value).unwrap();
        assert_eq!(indented(text, &AS_IT_STANDS), expected);
        assert_eq!(indented(b"1e+21", &AS_IT_STANDS), "1e+21");
    }

    #[test]
    fn members_come_in_the_published_order_and_values_stay_as_they_are() {
        let canonical = br#"{"delegate":{"name":"a","pubkey":"k"},"id":"i","scope":{"constraints":[],"max_depth":0,"tools":["x","y"]},"v":1,"z":{"b":1,"a":{}}}"#;
        assert_eq!(
            line(canonical, &TOKEN),
            r#"{"v":1,"id":"i","delegate":{"pubkey":"k","name":"a"},"scope":{"tools":["x","y"],"max_depth":0,"constraints":[]},"z":{"b":1,"a":{}}}"#
        );
        let value: serde_json::Value = serde_json::from_slice(canonical).unwrap();
        let shown = indented(canonical, &TOKEN);
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&shown).unwrap(),
            value
        );
        assert_eq!(
            indented(br#"[{"b":[1,[]],"a":"{"}]"#, &Form(&[("b", None)])),
            serde_json::to_string_pretty(
                &serde_json::from_str::<serde_json::Value>(r#"[{"a":"{","b":[1,[]]}]"#).unwrap()
            )
            .unwrap()
            .replace(
                "\"a\": \"{\",\n    \"b\": [\n      1,\n      []\n    ]",
                "\"b\": [\n      1,\n      []\n    ],\n    \"a\": \"{\""
            )
        );
    }
}
