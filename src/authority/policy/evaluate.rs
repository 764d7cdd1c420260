//! Evaluating a policy: every rule is looked at, the most severe one wins.

use crate::authority::policy::call::{Call, Params};
use crate::authority::policy::matcher::Fit;
use crate::authority::policy::rate_limit::{Count, RateLimit, RateLimits, Scope};
use crate::authority::policy::{Decision, Obligation, Policy, Rule};
use crate::encoding::members;
use crate::encoding::object::ObjectWriter;
use crate::encoding::rfc3339::Instant;
use crate::error::{Error, ErrorKind, Result};
use crate::receipt::Action;

/// What a policy says about a call, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evaluation {
    /// The decision.
    pub decision: Decision,
    /// The ids of the rules that took effect, in the order of the policy.
    pub matched_rules: Vec<String>,
    /// The id of the rule that decided; `None` when the default action did.
    pub winning_rule: Option<String>,
    /// Why, for people.
    pub reason: String,
    /// The obligations of every rule that took effect with the decision.
    pub obligations: Vec<Obligation>,
    /// The policy's hash.
    pub policy_hash: String,
    /// The policy's name.
    pub policy_name: String,
}

const BY_DEFAULT: &str = "no rules matched, using default action";

/// A rule that takes effect, and how.
struct Effect<'p> {
    rule: &'p Rule,
    decision: Decision,
    /// Whether the rule matches for certain.
    certain: bool,
    cause: Cause,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Cause {
    Matched,
    LimitUsedUp,
    NoCounters,
    CountersFull,
}

impl Policy {
    /// Decides about a call at the time `now`.
    ///
    /// Deny wins over require-approval, which wins over allow; without a rule
    /// that takes effect the default action applies.
    ///
    /// A rule with a rate limit has two sides. One that allows does so up to the
    /// limit and denies beyond it; one that denies or requires approval does
    /// nothing up to the limit and takes effect beyond it. A call counts when it
    /// is within the limit, whatever other rules say about it. Without
    /// `counters` such a rule requires approval.
    ///
    /// A rule that cannot be decided (the params are hidden, are not an object,
    /// or have another type than an operator compares with) takes effect unless
    /// it allows; and where no rule matches for certain, the default action has
    /// its say too. Hidden params therefore never get a milder decision than
    /// any params would.
    pub fn evaluate(
        &self,
        call: &Call<'_>,
        now: Instant,
        mut counters: Option<&mut RateLimits>,
    ) -> Evaluation {
        let mut effects: Vec<Effect<'_>> = Vec::new();
        for rule in &self.rules {
            let fit = rule.matches.fit(call);
            if fit == Fit::No {
                continue;
            }
            let outcome = match &rule.rate_limit {
                None => Some((rule.action, Cause::Matched)),
                Some(limit) => limited(rule, limit, call, now, counters.as_deref_mut()),
            };
            let certain = fit == Fit::Yes;
            if let Some((decision, cause)) = outcome
                && (certain || decision > Decision::Allow)
            {
                effects.push(Effect {
                    rule,
                    decision,
                    certain,
                    cause,
                });
            }
        }
        self.conclude(&effects, call)
    }

    /// The longest window of its rate limits, in seconds; `None` when no rule
    /// has one.
    pub fn longest_window_seconds(&self) -> Option<u64> {
        let limits = self.rules.iter().filter_map(|rule| rule.rate_limit);
        limits.map(|limit| limit.window_seconds).max()
    }

    /// Counts a call that was made before, at the time `at`, towards every limit
    /// that it falls under: how counters come back whose keeper is gone. Calls
    /// may come in any order. One whose params are hidden counts wherever it
    /// might.
    pub fn count_past(
        &self,
        call: &Call<'_>,
        at: Instant,
        now: Instant,
        counters: &mut RateLimits,
    ) {
        for rule in &self.rules {
            if let Some(limit) = &rule.rate_limit
                && rule.matches.fit(call) != Fit::No
            {
                counters.count_past(&rule.id, whose(limit, call), limit, at, now);
            }
        }
    }

    fn conclude(&self, effects: &[Effect<'_>], call: &Call<'_>) -> Evaluation {
        let most_severe = effects.iter().map(|effect| effect.decision).max();
        let has_certain = effects.iter().any(|effect| effect.certain);
        let decision = match most_severe {
            Some(severest) if has_certain => severest,
            Some(severest) => severest.max(self.default_action),
            None => self.default_action,
        };
        let mut deciding = effects.iter().filter(|effect| effect.decision == decision);
        let winner = deciding.next();
        let obligations = winner
            .into_iter()
            .chain(deciding)
            .flat_map(|effect| effect.rule.obligations.iter().flatten().cloned())
            .collect();
        Evaluation {
            decision,
            matched_rules: effects
                .iter()
                .map(|effect| effect.rule.id.clone())
                .collect(),
            winning_rule: winner.map(|effect| effect.rule.id.clone()),
            reason: match winner {
                Some(effect) => reason(effect, call),
                None if effects.is_empty() => BY_DEFAULT.to_owned(),
                None => "no rule matched for certain, using default action".to_owned(),
            },
            obligations,
            policy_hash: self.hash.clone(),
            policy_name: self.name.clone(),
        }
    }
}

/// What a rule that matches says once its calls are counted.
fn limited(
    rule: &Rule,
    limit: &RateLimit,
    call: &Call<'_>,
    now: Instant,
    counters: Option<&mut RateLimits>,
) -> Option<(Decision, Cause)> {
    let Some(counters) = counters else {
        return Some((Decision::RequireApproval, Cause::NoCounters));
    };
    let whose = whose(limit, call);
    match (counters.count(&rule.id, whose, limit, now), rule.action) {
        (Count::Within, Decision::Allow) => Some((Decision::Allow, Cause::Matched)),
        (Count::Within, _) => None,
        (Count::UsedUp, Decision::Allow) => Some((Decision::Deny, Cause::LimitUsedUp)),
        (Count::UsedUp, action) => Some((action, Cause::Matched)),
        (Count::Full, action) => {
            let decision = action.max(Decision::RequireApproval);
            Some((decision, Cause::CountersFull))
        }
    }
}

/// The name under which a limit counts a call.
fn whose<'c>(limit: &RateLimit, call: &'c Call<'_>) -> &'c str {
    match limit.scope {
        Scope::PerTool => &call.tool,
        Scope::PerAgent => call.account.as_ref().unwrap_or(&call.agent),
        Scope::Global => "",
    }
}

fn reason(effect: &Effect<'_>, call: &Call<'_>) -> String {
    let rule = effect.rule;
    let because = match effect.cause {
        Cause::LimitUsedUp => match &rule.rate_limit {
            Some(limit) => format!(
                "its limit of {} calls in {} seconds is used up",
                limit.max_calls, limit.window_seconds
            ),
            None => String::new(),
        },
        Cause::NoCounters => {
            "it has a rate limit and no counters are kept, so a human must approve".to_owned()
        }
        Cause::CountersFull => "the counters of rate limits are full".to_owned(),
        Cause::Matched if effect.certain => return rule.reason.clone(),
        Cause::Matched => match call.params {
            Params::Hidden => "it looks at params of which only the hash is known".to_owned(),
            _ => "it looks at params whose type it does not compare with".to_owned(),
        },
    };
    match rule.reason.as_str() {
        "" => format!("rule {:?}: {because}", rule.id),
        given => format!("{given} (rule {:?}: {because})", rule.id),
    }
}

impl Evaluation {
    /// `Ok` when the action may be signed; [`ErrorKind::PolicyDenied`] or
    /// [`ErrorKind::ApprovalRequired`] with the reason otherwise.
    ///
    /// An action that is allowed under [`Evaluation::obligations`] is allowed
    /// only to a caller that fulfils them.
    pub fn require_allowed(&self) -> Result<()> {
        let kind = match self.decision {
            Decision::Allow => return Ok(()),
            Decision::RequireApproval => ErrorKind::ApprovalRequired,
            Decision::Deny => ErrorKind::PolicyDenied,
        };
        // Reasons may be written over several lines; errors are not.
        let on_one_line = |char: char| if char.is_control() { ' ' } else { char };
        let shown: String = self.reason.chars().take(200).map(on_one_line).collect();
        Err(Error::new(
            kind,
            "policy",
            match shown.as_str() {
                "" => "the action is not allowed".to_owned(),
                reason => reason.to_owned(),
            },
        ))
    }

    /// The attestation that stands in a receipt's `policy` member, as canonical
    /// JSON. Only an allowed action is ever signed, so only `allow` has one; the
    /// error is that of [`Evaluation::require_allowed`].
    pub fn attestation(&self) -> Result<Vec<u8>> {
        self.require_allowed()?;
        let mut out = Vec::new();
        let mut object = ObjectWriter::new(&mut out);
        object.text("decision", self.decision.as_text());
        object.texts("matched_rules", &self.matched_rules);
        object.text("policy_hash", &self.policy_hash);
        object.text("policy_name", &self.policy_name);
        object.text("reason", &self.reason);
        object.end();
        Ok(out)
    }

    /// The violation record that a log keeps of an action that was not allowed,
    /// as canonical JSON; `None` when it was allowed. It is not signed: it is
    /// worth what the log around it is worth.
    pub fn violation(&self, action: &Action, agent: &str, at: Instant) -> Option<Vec<u8>> {
        if self.decision == Decision::Allow {
            return None;
        }
        let given = action.json();
        let value = |name| members::find(given, 0, name).and_then(|range| given.get(range));
        let mut what = Vec::new();
        let mut object = ObjectWriter::new(&mut what);
        for name in ["params_hash", "target", "tool"] {
            object.member(name, value(name));
        }
        object.end();

        let mut out = Vec::new();
        let mut object = ObjectWriter::new(&mut out);
        object.member("action", Some(&what));
        object.text("agent", agent);
        object.text("decision", self.decision.as_text());
        object.texts("matched_rules", &self.matched_rules);
        object.text("policy", &self.policy_name);
        object.text("policy_hash", &self.policy_hash);
        object.text("reason", &self.reason);
        object.text("ts", &at.to_text());
        object.text("type", "policy_violation");
        object.end();
        Some(out)
    }

    /// The whole evaluation as canonical JSON: `{"decision", "matched_rules",
    /// "obligations", "policy_hash", "policy_name", "reason", "winning_rule"}`.
    pub fn json(&self) -> Vec<u8> {
        let mut obligations = vec![b'['];
        for (index, obligation) in self.obligations.iter().enumerate() {
            if index > 0 {
                obligations.push(b',');
            }
            obligations.extend_from_slice(obligation.json());
        }
        obligations.push(b']');
        let mut out = Vec::new();
        let mut object = ObjectWriter::new(&mut out);
        object.text("decision", self.decision.as_text());
        object.texts("matched_rules", &self.matched_rules);
        object.member("obligations", Some(&obligations));
        object.text("policy_hash", &self.policy_hash);
        object.text("policy_name", &self.policy_name);
        object.text("reason", &self.reason);
        match &self.winning_rule {
            Some(rule) => object.text("winning_rule", rule),
            None => object.member("winning_rule", Some(b"null")),
        }
        object.end();
        out
    }
}
