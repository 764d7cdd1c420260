//! Does a rule match a call: yes, no, or not to be told.
//!
//! Everything compares by exact value and in time linear in the texts; there
//! are no patterns. What cannot be told stays apart from what does not match,
//! so that hiding or disguising params does not evade a rule.

use std::cmp::Ordering;

use crate::authority::policy::call::{Call, Params};
use crate::encoding::jcs::{self, Limits, Numbers};
use crate::encoding::number::{self, NumberText};
use crate::encoding::text;

/// How far a rule matches a call; the least of the parts counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fit {
    /// It does not match.
    No,
    /// The params are hidden, or of a type that the rule does not compare with.
    Untold,
    /// It matches.
    Yes,
}

impl From<bool> for Fit {
    fn from(fits: bool) -> Fit {
        if fits { Fit::Yes } else { Fit::No }
    }
}

/// What a rule asks of a call. Absent parts ask nothing.
#[derive(Clone, Debug, Default)]
pub(super) struct Match {
    pub tool: Option<TextMatcher>,
    pub agent: Option<TextMatcher>,
    pub target: Option<TextMatcher>,
    /// By name, in the order of the document.
    pub params: Option<Vec<(String, ParamMatcher)>>,
}

impl Match {
    pub fn is_empty(&self) -> bool {
        self.tool.is_none()
            && self.agent.is_none()
            && self.target.is_none()
            && self.params.is_none()
    }

    pub fn fit(&self, call: &Call<'_>) -> Fit {
        let texts = [
            (&self.tool, &*call.tool),
            (&self.agent, &*call.agent),
            (&self.target, &*call.target),
        ];
        for (matcher, text) in texts {
            if matcher.as_ref().is_some_and(|matcher| !matcher.fits(text)) {
                return Fit::No;
            }
        }
        match &self.params {
            None => Fit::Yes,
            Some(matchers) => fit_params(matchers, &call.params),
        }
    }
}

fn fit_params(matchers: &[(String, ParamMatcher)], params: &Params<'_>) -> Fit {
    match params {
        Params::None => Fit::No,
        // Lists and bare values have no names to look at, but may say as much.
        Params::Hidden | Params::Nameless => Fit::Untold,
        Params::Named { .. } => {
            let mut fit = Fit::Yes;
            for (name, matcher) in matchers {
                fit = fit.min(params.get(name).map_or(Fit::No, |value| matcher.fit(value)));
                if fit == Fit::No {
                    break;
                }
            }
            fit
        }
    }
}

#[derive(Clone, Debug)]
pub(super) enum TextMatcher {
    Exact(String),
    /// Every given operator must hold.
    Operators {
        one_of: Option<Vec<String>>,
        not_one_of: Option<Vec<String>>,
        contains: Option<String>,
    },
}

impl TextMatcher {
    fn fits(&self, text: &str) -> bool {
        match self {
            TextMatcher::Exact(exact) => exact == text,
            TextMatcher::Operators {
                one_of,
                not_one_of,
                contains,
            } => {
                let among = |list: &Vec<String>| list.iter().any(|item| item == text);
                one_of.as_ref().is_none_or(among)
                    && !not_one_of.as_ref().is_some_and(among)
                    && contains.as_ref().is_none_or(|part| text.contains(&**part))
            }
        }
    }
}

#[derive(Clone, Debug)]
pub(super) enum ParamMatcher {
    Exact(Exact),
    Operators(ParamOperators),
}

/// Every given operator must hold.
#[derive(Clone, Debug)]
pub(super) struct ParamOperators {
    /// In the order of [`Bound::ALL`].
    pub bounds: Vec<(Bound, Threshold)>,
    pub eq: Option<Exact>,
    pub one_of: Option<Vec<Exact>>,
    pub contains: Option<String>,
}

/// On which side of a threshold a number must be.
#[derive(Clone, Copy, Debug)]
pub(super) enum Bound {
    Gt,
    Gte,
    Lt,
    Lte,
}

impl Bound {
    pub const ALL: [Bound; 4] = [Bound::Gt, Bound::Gte, Bound::Lt, Bound::Lte];

    pub fn as_text(self) -> &'static str {
        match self {
            Bound::Gt => "gt",
            Bound::Gte => "gte",
            Bound::Lt => "lt",
            Bound::Lte => "lte",
        }
    }

    fn holds(self, order: Ordering) -> bool {
        match self {
            Bound::Gt => order.is_gt(),
            Bound::Gte => order.is_ge(),
            Bound::Lt => order.is_lt(),
            Bound::Lte => order.is_le(),
        }
    }
}

impl ParamMatcher {
    /// Compares with the comparable JSON text of a param.
    fn fit(&self, value: &[u8]) -> Fit {
        match self {
            ParamMatcher::Exact(exact) => (exact.json == value).into(),
            ParamMatcher::Operators(operators) => operators.fit(value),
        }
    }
}

impl ParamOperators {
    fn fit(&self, value: &[u8]) -> Fit {
        let mut fit = Fit::Yes;
        for (bound, threshold) in &self.bounds {
            fit = fit.min(threshold.fit(value, *bound));
        }
        if let Some(exact) = &self.eq {
            fit = fit.min((exact.json == value).into());
        }
        if let Some(list) = &self.one_of {
            fit = fit.min(list.iter().any(|exact| exact.json == value).into());
        }
        if let Some(part) = &self.contains {
            fit = fit.min(fit_contains(part, value));
        }
        fit
    }
}

fn fit_contains(part: &str, value: &[u8]) -> Fit {
    let inside = value
        .strip_prefix(b"\"")
        .and_then(|rest| rest.strip_suffix(b"\""));
    match inside {
        Some(inside) => text::unescape(inside).contains(part).into(),
        None => fit_other_type(value),
    }
}

/// A value that an operator cannot compare with. Null stands for an absent
/// param; anything else may carry in its own way what the rule looks for.
fn fit_other_type(value: &[u8]) -> Fit {
    match value {
        b"null" => Fit::No,
        _ => Fit::Untold,
    }
}

/// A JSON value to be equal to, whatever way its numbers are written.
#[derive(Clone, Debug)]
pub(super) struct Exact {
    /// Canonical, and without a number that the canonical form rounds, so that
    /// equal texts are equal values.
    json: Vec<u8>,
}

impl Exact {
    /// Reads a value; `None` when the canonical form would round a number.
    pub fn parse(json: &[u8]) -> Option<Exact> {
        let limits = Limits {
            max_len: usize::MAX,
            ..Limits::default()
        };
        let mut canonical = Vec::new();
        let findings =
            jcs::append_canonical(&mut canonical, json, &limits, Numbers::Rounded).ok()?;
        let exact = findings.inexact_number.is_none();
        exact.then_some(Exact { json: canonical })
    }

    pub fn json(&self) -> &[u8] {
        &self.json
    }
}

/// A number to compare with.
#[derive(Clone, Debug)]
pub(super) struct Threshold {
    exact: Exact,
    /// The number, when it is a short integer.
    short: Option<i64>,
}

impl Threshold {
    /// Reads a number; `None` when the canonical form would round it.
    pub fn parse(json: &str) -> Option<Threshold> {
        let exact = Exact::parse(json.as_bytes())?;
        let short = short_integer(exact.json());
        Some(Threshold { exact, short })
    }

    pub fn json(&self) -> &[u8] {
        self.exact.json()
    }

    fn fit(&self, value: &[u8], bound: Bound) -> Fit {
        if let (Some(value), Some(threshold)) = (short_integer(value), self.short) {
            return bound.holds(value.cmp(&threshold)).into();
        }
        match (NumberText::scan(value), NumberText::scan(self.json())) {
            (Some(value), Some(threshold)) => {
                bound.holds(number::compare(&value, &threshold)).into()
            }
            _ => fit_other_type(value),
        }
    }
}

/// An integer of few digits: most of the numbers that policies compare.
fn short_integer(json: &[u8]) -> Option<i64> {
    let (negative, digits) = match json {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    if digits.is_empty() || digits.len() > 15 {
        return None;
    }
    let mut value = 0;
    for digit in digits {
        if !digit.is_ascii_digit() {
            return None;
        }
        value = value * 10 + i64::from(digit - b'0');
    }
    Some(if negative { -value } else { value })
}
