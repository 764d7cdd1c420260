//! The normal form of a policy and its hash.
//!
//! The normal form is the policy with every default filled in, as canonical
//! JSON. YAML and JSON spellings of one policy have one normal form, the one
//! that the published Signet computes.

use crate::authority::document::{Meaning, Node, Value};
use crate::authority::policy::matcher::{Exact, Match, ParamMatcher, TextMatcher};
use crate::authority::policy::{Policy, Rule, SUBJECT};
use crate::crypto::digest;
use crate::encoding::jcs::{self, Limits};
use crate::encoding::object::ObjectWriter;
use crate::encoding::{hex, text};
use crate::error::Result;

/// `sha256:` and the hash of a text.
pub(super) fn hash_text(text: &[u8]) -> String {
    format!("sha256:{}", hex::encode(&digest::sha256(text)))
}

/// The policy as canonical JSON.
pub(super) fn normal_form(policy: &Policy) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    let mut object = ObjectWriter::new(&mut out);
    object.text("default_action", policy.default_action.as_text());
    object.text("description", &policy.description);
    object.text("name", &policy.name);
    object.member("rules", Some(&list(&policy.rules, rule_form)));
    object.member("version", Some(b"1"));
    object.end();
    // The writers above keep the order of fixed names; names of params come in
    // the order of the document.
    let limits = Limits {
        max_len: usize::MAX,
        ..Limits::default()
    };
    jcs::canonicalize_exactly(&out, &limits)
        .map_err(|error| SUBJECT.error(format!("it has no hash: {}", error.detail()), None))
}

fn rule_form(rule: &Rule) -> Vec<u8> {
    let mut out = Vec::new();
    let mut object = ObjectWriter::new(&mut out);
    object.text("action", rule.action.as_text());
    object.text("description", &rule.description);
    object.text("id", &rule.id);
    object.member("match", Some(&match_form(&rule.matches)));
    let obligations = rule.obligations.as_ref();
    let obligations = obligations.map(|all| list(all, |one| one.json().to_vec()));
    object.member("obligations", obligations.as_deref());
    if let Some(limit) = &rule.rate_limit {
        let form = format!(
            r#"{{"max_calls":{},"scope":"{}","window_seconds":{}}}"#,
            limit.max_calls,
            limit.scope.as_text(),
            limit.window_seconds
        );
        object.member("rate_limit", Some(form.as_bytes()));
    }
    object.text("reason", &rule.reason);
    object.end();
    out
}

fn match_form(matches: &Match) -> Vec<u8> {
    let mut out = Vec::new();
    let mut object = ObjectWriter::new(&mut out);
    let mut text = |name, matcher: &Option<TextMatcher>| {
        let form = matcher.as_ref().map(text_matcher_form);
        object.member(name, form.as_deref());
    };
    text("agent", &matches.agent);
    text("target", &matches.target);
    text("tool", &matches.tool);
    if let Some(params) = &matches.params {
        let mut inner = Vec::new();
        inner.push(b'{');
        for (index, (name, matcher)) in params.iter().enumerate() {
            if index > 0 {
                inner.push(b',');
            }
            text::append_string(&mut inner, name);
            inner.push(b':');
            inner.extend_from_slice(&param_matcher_form(matcher));
        }
        inner.push(b'}');
        object.member("params", Some(&inner));
    }
    object.end();
    out
}

fn text_matcher_form(matcher: &TextMatcher) -> Vec<u8> {
    let mut out = Vec::new();
    match matcher {
        TextMatcher::Exact(exact) => text::append_string(&mut out, exact),
        TextMatcher::Operators {
            one_of,
            not_one_of,
            contains,
        } => {
            let mut object = ObjectWriter::new(&mut out);
            if let Some(part) = contains {
                object.text("contains", part);
            }
            for (name, texts) in [("not_one_of", not_one_of), ("one_of", one_of)] {
                if let Some(texts) = texts {
                    object.texts(name, texts);
                }
            }
            object.end();
        }
    }
    out
}

fn param_matcher_form(matcher: &ParamMatcher) -> Vec<u8> {
    let operators = match matcher {
        ParamMatcher::Exact(exact) => return exact.json().to_vec(),
        ParamMatcher::Operators(operators) => operators,
    };
    let mut out = Vec::new();
    let mut object = ObjectWriter::new(&mut out);
    if let Some(part) = &operators.contains {
        object.text("contains", part);
    }
    object.member("eq", operators.eq.as_ref().map(Exact::json));
    for (bound, threshold) in &operators.bounds {
        object.member(bound.as_text(), Some(threshold.json()));
    }
    let one_of = operators.one_of.as_ref();
    let one_of = one_of.map(|all| list(all, |one| one.json().to_vec()));
    object.member("one_of", one_of.as_deref());
    object.end();
    out
}

fn list<T>(items: &[T], form: impl Fn(&T) -> Vec<u8>) -> Vec<u8> {
    let mut out = vec![b'['];
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        out.extend_from_slice(&form(item));
    }
    out.push(b']');
    out
}

/// Appends a value of a document as JSON. Answers the place in it that JSON
/// cannot write, an infinity or a NaN, when there is one.
pub(super) fn append_json<'a>(out: &mut Vec<u8>, node: &'a Node) -> Option<&'a Node> {
    match &node.value {
        Value::Scalar(scalar) => match &scalar.meaning {
            Meaning::Null => out.extend_from_slice(b"null"),
            Meaning::Bool(true) => out.extend_from_slice(b"true"),
            Meaning::Bool(false) => out.extend_from_slice(b"false"),
            Meaning::Number { json, .. } => out.extend_from_slice(json.as_bytes()),
            Meaning::Text => text::append_string(out, &scalar.text),
            Meaning::NotFinite => return Some(node),
        },
        Value::List(items) => {
            out.push(b'[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                if let Some(place) = append_json(out, item) {
                    return Some(place);
                }
            }
            out.push(b']');
        }
        Value::Object(members) => {
            out.push(b'{');
            for (index, member) in members.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                text::append_string(out, &member.name);
                out.push(b':');
                if let Some(place) = append_json(out, &member.value) {
                    return Some(place);
                }
            }
            out.push(b'}');
        }
    }
    None
}
