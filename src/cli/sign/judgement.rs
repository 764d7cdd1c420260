//! Asking a policy before anything is signed, with rate limits that count what
//! the log holds.

use signet::authority::policy::{Call, Evaluation, Policy};
use signet::encoding::rfc3339::Instant;
use signet::log::{Log, Turn};
use signet::receipt::Action;

use crate::context::Context;
use crate::failure::{Done, Failure};
use crate::policy::tell_obligations;
use crate::terminal::comment;
use crate::terminal::plain;

/// Waits until no other program decides by the count of calls in this log, where
/// the policy has rate limits or the decision is for a number of calls. Held until the receipt is in the log.
pub fn turn(
    policy: Option<&Policy>,
    decision_is_counted: bool,
    log: Option<&Log>,
) -> Result<Option<Turn>, Failure> {
    let limited = policy.is_some_and(|policy| policy.longest_window_seconds().is_some())
        || decision_is_counted;
    match log.filter(|_| limited) {
        Some(log) => Ok(Some(log.take_turn()?)),
        None => Ok(None),
    }
}

/// Asks a policy about a call of `agent`.
///
/// Rate limits count the calls of the log that have receipts. Without a log they
/// require approval, because nothing would count this call either.
pub fn judge(
    policy: &Policy,
    action: &Action,
    agent: &str,
    now: Instant,
    log: Option<&Log>,
) -> Result<Evaluation, Failure> {
    let mut counters = log.map(|log| log.count_calls(policy, now)).transpose()?;
    let call = Call::of_action(action, agent);
    Ok(policy.evaluate(&call, now, counters.as_mut()))
}

/// Says what the policy decided, and by which rules.
pub fn tell(evaluation: &Evaluation, context: &Context) {
    if context.json {
        return;
    }
    let rules = match evaluation.matched_rules.is_empty() {
        true => "default action".to_owned(),
        false => evaluation.matched_rules.join(", "),
    };
    comment(format!(
        "Policy \"{}\": {} ({})",
        plain(&evaluation.policy_name),
        evaluation.decision.as_text(),
        plain(&rules),
    ));
    tell_obligations(evaluation);
}

/// Ends a call that is not allowed with an error, recorded if there is a log.
pub fn require_allowed(
    evaluation: &Evaluation,
    action: &Action,
    agent: &str,
    now: Instant,
    log: Option<&Log>,
) -> Done {
    if let (Some(log), Some(violation)) = (log, evaluation.violation(action, agent, now))
        && let Err(error) = log.append_json(&violation)
    {
        comment(format!("Warning: the refusal is not in the log: {error}"));
    }
    Ok(evaluation.require_allowed()?)
}
