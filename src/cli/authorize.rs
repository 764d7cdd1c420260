//! `signet authorize`: an authority decides about one action before it is taken.

use std::path::PathBuf;

use clap::Args;
use signet::authority::constraint::Constraint;
use signet::authority::decision::{AuthorityDecision, DecideOptions, Terms, decide, policy_basis};
use signet::authority::policy::{Call, Evaluation, Policy};
use signet::encoding::rfc3339::Instant;
use signet::identity::KeyPair;
use signet::receipt::Action;

use crate::context::Context;
use crate::delegate::action_of;
use crate::deliver::Signed;
use crate::failure::{Done, Failure};
use crate::policy::tell_obligations;
use crate::published_form::{self, DECISION};
use crate::terminal::{comment, plain};
use crate::{documents, time_spans};

/// The flags.
#[derive(Args, Debug)]
pub struct Authorize {
    /// The authority's identity
    #[arg(long, value_name = "NAME")]
    key: String,
    /// The principal of the authority
    #[arg(long, value_name = "URI")]
    authority: String,
    /// The principal that may act
    #[arg(long, value_name = "URI")]
    subject: String,
    /// The tool that may be called
    #[arg(long)]
    tool: String,
    /// With these params: JSON, or @ and a file with JSON
    #[arg(long, value_name = "JSON|@FILE", default_value = "{}")]
    params: String,
    /// Where it may go, as in mcp://github
    #[arg(long, value_name = "URI")]
    target: String,
    /// Over this transport
    #[arg(long, value_name = "NAME", default_value = "stdio")]
    transport: String,
    /// The policy that the decision follows; it must allow the action
    #[arg(long, value_name = "FILE")]
    policy: PathBuf,
    /// For how long from now, as in 30m, 24h or 7d
    #[arg(long, value_name = "DURATION")]
    ttl: Option<String>,
    /// For how many calls
    #[arg(long, value_name = "N")]
    max_calls: Option<u64>,
    /// A reference to a credential, kept as it is
    #[arg(long, value_name = "TEXT")]
    credential_ref: Option<String>,
    /// Write the decision into a file
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl Authorize {
    /// Runs it.
    pub fn run(self, context: &Context) -> Done {
        let now = context.now();
        let params = documents::inline_or_file("params", &self.params)?;
        let action = action_of(&self.tool, &params, &self.target, &self.transport)?;
        let policy = documents::policy(&self.policy)?;
        let end = match &self.ttl {
            Some(ttl) => Some(time_spans::end_of(ttl, now)?),
            None => None,
        };
        let limit = self.max_calls.map(Constraint::call_count).transpose()?;
        let evaluation = allowed(&policy, &action, &self.key, now)?;
        let key = context.unlock(&self.key)?;
        let terms = Asked {
            authority: &self.authority,
            subject: &self.subject,
            action: &action,
            constraints: limit.as_slice(),
            expires_at: end,
            credential_ref: self.credential_ref.as_deref(),
        };
        let decision = terms.decide(&key, &evaluation, now)?;
        tell(&decision, &evaluation, &self.tool);
        Signed {
            what: "Decision",
            id: &decision.id(),
            text: published_form::indented(decision.json(), &DECISION),
        }
        .deliver(self.output.as_deref(), context)
    }
}

/// What an authority is asked, once its policy allows it.
struct Asked<'a> {
    authority: &'a str,
    subject: &'a str,
    action: &'a Action,
    constraints: &'a [Constraint],
    expires_at: Option<Instant>,
    credential_ref: Option<&'a str>,
}

impl Asked<'_> {
    fn decide(
        &self,
        key: &KeyPair,
        evaluation: &Evaluation,
        now: Instant,
    ) -> Result<AuthorityDecision, Failure> {
        let terms = Terms {
            authority: self.authority,
            subject: self.subject,
            action: self.action,
            decision: evaluation.decision,
            basis: &policy_basis(evaluation),
            constraints: self.constraints,
            obligations: &evaluation.obligations,
            expires_at: self.expires_at,
            credential_ref: self.credential_ref,
        };
        let options = DecideOptions {
            time: Some(now),
            nonce: None,
        };
        Ok(decide(key, &terms, &options)?)
    }
}

/// What the policy says when it allows the action; an error otherwise. Its rules
/// see the name of the authority's key as the agent, and nothing counts calls
/// here, so a rate limit requires approval.
fn allowed(
    policy: &Policy,
    action: &Action,
    key_name: &str,
    now: Instant,
) -> Result<Evaluation, Failure> {
    let evaluation = policy.evaluate(&Call::of_action(action, key_name), now, None);
    evaluation.require_allowed()?;
    Ok(evaluation)
}

fn tell(decision: &AuthorityDecision, evaluation: &Evaluation, tool: &str) {
    comment(format!(
        "Decision {} authorized: {} → {} for tool '{}' (policy \"{}\")",
        decision.id(),
        decision.authority(),
        decision.subject(),
        plain(tool),
        plain(&evaluation.policy_name)
    ));
    tell_obligations(evaluation);
    if let Some(end) = decision.expires_at() {
        comment(format!("Expires at: {}", end.to_text()));
    }
}
