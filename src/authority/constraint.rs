//! Constraints (Signet 0.11): limits to the use of a decision or a delegation.
//!
//! In an authority's decision they are signed, and whoever carries the decision
//! out can count. In a delegation token no signature covers them, so there they
//! are remarks; see [`Unsigned`](crate::authority::delegation::Unsigned).

use std::borrow::Cow;

use crate::encoding::members;
use crate::encoding::object::ObjectWriter;
use crate::error::{Error, ErrorKind, Result};

/// A limit that an authority sets to the use of its decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Constraint {
    /// The decision may be used for so many calls.
    CallCount {
        /// How many; at least one.
        max_calls: u64,
    },
    /// The calls may spend so much together. Nothing in a receipt says what a
    /// call spends, so this is for the tool to enforce.
    Monetary {
        /// A decimal number above zero.
        amount: String,
        /// Three capital letters.
        currency: String,
    },
}

/// What every reader of JSON takes for the same integer: 2^53 - 1.
const MAX_COUNT: u64 = (1 << 53) - 1;

impl Constraint {
    /// At most so many calls: from 1 to 2^53 - 1.
    pub fn call_count(max_calls: u64) -> Result<Constraint> {
        match (1..=MAX_COUNT).contains(&max_calls) {
            true => Ok(Constraint::CallCount { max_calls }),
            false => Err(invalid(
                "max_calls must be a whole number above zero and below 2^53",
            )),
        }
    }

    /// At most so much money: a decimal number above zero, and three capital
    /// letters.
    pub fn monetary(amount: &str, currency: &str) -> Result<Constraint> {
        let sound = is_amount(amount)
            && currency.len() == 3
            && currency.bytes().all(|byte| byte.is_ascii_uppercase());
        match sound {
            true => Ok(Constraint::Monetary {
                amount: amount.to_owned(),
                currency: currency.to_owned(),
            }),
            false => Err(invalid(
                "a monetary constraint needs a decimal amount above zero and a currency",
            )),
        }
    }

    /// Reads a constraint from its canonical text.
    pub(super) fn read(canonical: &[u8]) -> Result<Constraint> {
        let has_only = |names: &[&str]| {
            members::members(canonical, 0).all(|m| names.iter().any(|n| m.is_named(n)))
        };
        match &*text(canonical, "type") {
            "call_count" if has_only(&["type", "max_calls"]) => {
                let digits = members::find(canonical, 0, "max_calls")
                    .and_then(|place| std::str::from_utf8(canonical.get(place)?).ok());
                let max_calls = digits.and_then(|digits| digits.parse().ok());
                Constraint::call_count(max_calls.unwrap_or(0))
            }
            "monetary" if has_only(&["type", "amount", "currency"]) => {
                Constraint::monetary(&text(canonical, "amount"), &text(canonical, "currency"))
            }
            _ => Err(invalid("a constraint is of no known form")),
        }
    }

    fn append_to(&self, out: &mut Vec<u8>) {
        let mut object = ObjectWriter::new(out);
        match self {
            Constraint::CallCount { max_calls } => {
                object.member("max_calls", Some(max_calls.to_string().as_bytes()));
                object.text("type", "call_count");
            }
            Constraint::Monetary { amount, currency } => {
                object.text("amount", amount);
                object.text("currency", currency);
                object.text("type", "monetary");
            }
        }
        object.end();
    }
}

/// Constraints as a canonical JSON array.
pub fn to_json(constraints: &[Constraint]) -> Vec<u8> {
    let mut out = vec![b'['];
    for (index, constraint) in constraints.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        constraint.append_to(&mut out);
    }
    out.push(b']');
    out
}

/// A decimal number above zero: digits, and perhaps a point and more digits.
fn is_amount(text: &str) -> bool {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    digits(whole) && digits(fraction) && text.bytes().any(|byte| (b'1'..=b'9').contains(&byte))
}

fn text<'a>(object: &'a [u8], name: &str) -> Cow<'a, str> {
    let place = members::find(object, 0, name);
    let text = place.and_then(|place| members::string_at(object, place));
    text.unwrap_or_default()
}

fn invalid(detail: &'static str) -> Error {
    Error::new(ErrorKind::DecisionInvalid, "constraint", detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_what_limits_nothing_is_refused() {
        let both = [
            Constraint::call_count(2).unwrap(),
            Constraint::monetary("500.00", "USD").unwrap(),
        ];
        let json = to_json(&both);
        let read: Vec<_> = members::elements(&json, 0)
            .map(|place| Constraint::read(&json[place]).unwrap())
            .collect();
        assert_eq!(read, both);
        let theirs: Vec<signet_core::Constraint> = serde_json::from_slice(&json).unwrap();
        assert_eq!(theirs.len(), 2);
        assert_eq!(to_json(&[]), b"[]");
        for count in [0, MAX_COUNT + 1] {
            assert!(Constraint::call_count(count).is_err());
        }
        for (amount, currency) in [
            ("0.00", "USD"),
            ("-5", "USD"),
            ("5.", "USD"),
            (".5", "USD"),
            ("1e3", "USD"),
            ("5", "usd"),
            ("5", "EURO"),
        ] {
            let refused = Constraint::monetary(amount, currency).unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::DecisionInvalid);
        }
    }
}
