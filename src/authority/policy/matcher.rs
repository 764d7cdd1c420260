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
    /// Every given operator must hold.
    Operators {
        gt: Option<Threshold>,
        gte: Option<Threshold>,
        lt: Option<Threshold>,
        lte: Option<Threshold>,
        eq: Option<Exact>,
        one_of: Option<Vec<Exact>>,
        contains: Option<String>,
    },
}

impl ParamMatcher {
    /// Compares with the comparable JSON text of a param.
    fn fit(&self, value: &[u8]) -> Fit {
        let ParamMatcher::Operators {
            gt,
            gte,
            lt,
            lte,
            eq,
            one_of,
            contains,
        } = self
        else {
            let ParamMatcher::Exact(exact) = self else {
                return Fit::No;
            };
            return (exact.json == value).into();
        };
        let thresholds: [(_, fn(Ordering) -> bool); 4] = [
            (gt, Ordering::is_gt),
            (gte, Ordering::is_ge),
            (lt, Ordering::is_lt),
            (lte, Ordering::is_le),
        ];
        let mut fit = Fit::Yes;
        for (threshold, holds) in thresholds {
            if let Some(threshold) = threshold {
                fit = fit.min(threshold.fit(value, holds));
            }
        }
        if let Some(exact) = eq {
            fit = fit.min((exact.json == value).into());
        }
        if let Some(list) = one_of {
            fit = fit.min(list.iter().any(|exact| exact.json == value).into());
        }
        if let Some(part) = contains {
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
pub(super) struct Threshold(Exact);

impl Threshold {
    /// Reads a number; `None` when the canonical form would round it.
    pub fn parse(json: &str) -> Option<Threshold> {
        Exact::parse(json.as_bytes()).map(Threshold)
    }

    pub fn json(&self) -> &[u8] {
        self.0.json()
    }

    fn fit(&self, value: &[u8], holds: fn(Ordering) -> bool) -> Fit {
        match (NumberText::scan(value), NumberText::scan(self.json())) {
            (Some(value), Some(threshold)) => holds(number::compare(&value, &threshold)).into(),
            _ => fit_other_type(value),
        }
    }
}
