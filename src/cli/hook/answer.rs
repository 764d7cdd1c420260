//! What the agent is told about a call that it is about to make, in its own
//! format. Nothing is said of a call that may go on: the agent's own permissions
//! still have their say.

use serde_json::json;

use crate::agent::Agent;
use crate::failure::{Done, Outcome};
use crate::terminal::answer_surely;

/// What becomes of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The policy has nothing against it.
    Pass,
    /// A human has to approve, for this reason.
    Ask(String),
    /// It must not be made, for this reason.
    Deny(String),
}

/// Prints the answer. A refusal that nobody hears is one by the exit code.
pub fn give(agent: Agent, verdict: &Verdict) -> Done {
    let (decision, reason) = match verdict {
        Verdict::Pass => return Ok(()),
        Verdict::Ask(reason) if agent.asks_people() => ("ask", reason.clone()),
        Verdict::Ask(reason) => ("deny", format!("a human has to approve: {reason}")),
        Verdict::Deny(reason) => ("deny", reason.clone()),
    };
    answer_surely(
        &json!({ "hookSpecificOutput": {
            "hookEventName": "PreToolUse",
            "permissionDecision": decision,
            "permissionDecisionReason": format!("signet: {reason}"),
        }})
        .to_string(),
    )
    .map_err(|mut failure| {
        failure.outcome = Outcome::ApprovalRequired;
        failure
    })
}
