//! Asking the policy about a call before it is made.
//!
//! A gate that cannot judge does not open by itself: without a readable policy, or
//! where an obligation would have to be fulfilled, a human is asked.

use signet::authority::policy::{Call as Judged, Decision, Evaluation, Policy};
use signet::receipt::{Action, ActionOptions};

use super::answer::Verdict;
use super::flags::Flags;
use super::input::Input;
use super::{call, counters, evidence, note};
use crate::agent::Agent;
use crate::context::Context;
use crate::documents;
use crate::failure::Failure;

/// What the policy says; anything goes without one. What is not let through is
/// recorded.
pub fn judge(agent: Agent, flags: &Flags, context: &Context, input: &Input) -> Verdict {
    let Some(path) = &flags.policy else {
        return Verdict::Pass;
    };
    let judged =
        documents::policy(path).and_then(|policy| judge_by(&policy, agent, flags, context, input));
    judged.unwrap_or_else(|failure| {
        note("the call was not judged", &failure);
        let why = failure.report(false);
        let why = why.lines().next().unwrap_or_default();
        Verdict::Ask(format!("the call could not be judged: {why}"))
    })
}

fn judge_by(
    policy: &Policy,
    agent: Agent,
    flags: &Flags,
    context: &Context,
    input: &Input,
) -> Result<Verdict, Failure> {
    let (name, target) = (flags.key(agent), flags.target(agent));
    let call = call::action(input, target, &ActionOptions::default(), false)?;
    let action = match call.trouble {
        None => call.action,
        Some(_) => call::hidden(input, target)?,
    };
    let evaluation = evaluate(policy, &action, name, context);
    let reason = explain(&evaluation);
    let verdict = match evaluation.decision {
        Decision::Allow if evaluation.obligations.is_empty() => return Ok(Verdict::Pass),
        Decision::Allow => return Ok(Verdict::Ask(reason)),
        Decision::RequireApproval => Verdict::Ask(reason),
        Decision::Deny => Verdict::Deny(reason),
    };
    if let Some(violation) = evaluation.violation(&action, name, context.now()) {
        let recorded = context.log(evidence::log_options(flags)).and_then(|log| {
            log.append_json(&violation)?;
            Ok(log.leave()?)
        });
        if let Err(failure) = recorded {
            note("the violation was not recorded", &failure);
        }
    }
    Ok(verdict)
}

fn evaluate(policy: &Policy, action: &Action, name: &str, context: &Context) -> Evaluation {
    let judged = Judged::of_action(action, name);
    let now = context.now();
    if policy.rules().all(|rule| !rule.is_rate_limited) {
        return policy.evaluate(&judged, now, None);
    }
    counters::with(context.home(), policy.name(), now, |limits| {
        policy.evaluate(&judged, now, limits)
    })
}

fn explain(evaluation: &Evaluation) -> String {
    let mut reason = match evaluation.reason.as_str() {
        "" => format!("policy {:?}", evaluation.policy_name),
        given => format!("{given} (policy {:?})", evaluation.policy_name),
    };
    if evaluation.decision == Decision::Allow {
        let kinds: Vec<_> = evaluation.obligations.iter().map(|o| o.kind()).collect();
        reason = format!("{reason}, with obligations: {}", kinds.join(", "));
    }
    reason
}
