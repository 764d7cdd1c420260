//! Reading the typed records of the formats: receipts, tokens, entries.
//!
//! A record is an object whose members are all known. The strict reader refuses
//! any other member, because the signature of a record would not cover it as
//! far as published verifiers are concerned, and whoever displays the record
//! would show a claim that nobody signed.

use std::ops::Range;

use crate::encoding::members;
use crate::error::{Error, ErrorKind, Result};

/// What a member's value must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A string.
    Text,
    /// An object.
    Object,
    /// An array.
    Array,
    /// A number in integer syntax without a sign.
    Integer,
    /// Any JSON value.
    Any,
}

/// One member that a record may have.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// The member's name.
    pub name: &'static str,
    /// What its value must be.
    pub kind: Kind,
    /// Whether the record must have it.
    pub required: bool,
}

/// A member that the record must have.
pub const fn required(name: &'static str, kind: Kind) -> Rule {
    Rule {
        name,
        kind,
        required: true,
    }
}

/// A member that the record may have.
pub const fn optional(name: &'static str, kind: Kind) -> Rule {
    Rule {
        name,
        kind,
        required: false,
    }
}

/// Finds the members of the record at `start` of a checked text. The answer has
/// the order of `rules`, which name every member that the record may have.
/// `what` names the record in errors.
pub fn read<const N: usize>(
    text: &[u8],
    start: usize,
    rules: &[Rule; N],
    what: &'static str,
) -> Result<[Option<Range<usize>>; N]> {
    if text.get(start) != Some(&b'{') {
        return Err(Error::new(ErrorKind::ReceiptInvalid, what, "not an object"));
    }
    let mut found = [const { None }; N];
    for member in members::members(text, start) {
        let Some(place) = rules.iter().position(|rule| member.is_named(rule.name)) else {
            let name = String::from_utf8_lossy(member.name);
            let name: String = name.chars().take(40).collect();
            return Err(Error::new(
                ErrorKind::UnknownMember,
                what,
                format!(
                    "it has a member \"{name}\" that no format defines and no signature covers"
                ),
            ));
        };
        let rule = &rules[place];
        if !kind_matches(text.get(member.value.start), rule.kind) {
            return Err(Error::new(
                ErrorKind::ReceiptInvalid,
                what,
                format!("member \"{}\" must be {}", rule.name, kind_name(rule.kind)),
            ));
        }
        found[place] = Some(member.value);
    }
    for (rule, value) in rules.iter().zip(&found) {
        if rule.required && value.is_none() {
            return Err(Error::new(
                ErrorKind::ReceiptInvalid,
                what,
                format!("member \"{}\" is missing", rule.name),
            ));
        }
    }
    Ok(found)
}

fn kind_matches(first: Option<&u8>, kind: Kind) -> bool {
    match kind {
        Kind::Text => first == Some(&b'"'),
        Kind::Object => first == Some(&b'{'),
        Kind::Array => first == Some(&b'['),
        Kind::Integer => first.is_some_and(u8::is_ascii_digit),
        Kind::Any => true,
    }
}

fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "a string",
        Kind::Object => "an object",
        Kind::Array => "an array",
        Kind::Integer => "an integer",
        Kind::Any => "a value",
    }
}
