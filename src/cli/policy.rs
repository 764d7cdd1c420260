//! `signet policy`: look at a policy before it decides about anything.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::{Value, json};
use signet::authority::policy::{Call, Decision, Evaluation, Policy, RateLimits};
use signet::encoding::jcs;
use signet::log::LogOptions;

use crate::context::Context;
use crate::documents;
use crate::failure::{Done, Failure, Outcome};
use crate::published_form::{self, TYPED};
use crate::terminal::{answer_line, comment, plain};

/// The commands about policies.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Say what a policy decides about a call, without signing anything
    Check(Check),
    /// Read a policy and say what is wrong with it
    Validate {
        /// The policy, in YAML or JSON
        #[arg(value_name = "FILE")]
        path: PathBuf,
    },
}

/// The call in question.
#[derive(Args, Debug)]
pub struct Check {
    /// The policy, in YAML or JSON
    #[arg(value_name = "FILE")]
    path: PathBuf,
    /// The tool that is called
    #[arg(long)]
    tool: String,
    /// Its params: JSON, or @ and a file with JSON
    #[arg(long, value_name = "JSON|@FILE", default_value = "{}")]
    params: String,
    /// Who calls
    #[arg(long, value_name = "NAME", default_value = "anonymous")]
    agent: String,
    /// Where the call goes, as in mcp://github
    #[arg(
        long,
        value_name = "URI",
        default_value = "",
        hide_default_value = true
    )]
    target: String,
}

impl Command {
    /// Runs it.
    pub fn run(self, context: &Context) -> Done {
        match self {
            Command::Check(check) => check.run(context),
            Command::Validate { path } => validate(&documents::policy(&path)?, context),
        }
    }
}

fn validate(policy: &Policy, context: &Context) -> Done {
    let rules = policy.rules();
    if context.json {
        let rules: Vec<Value> = rules
            .map(|rule| {
                json!({
                    "action": rule.action.as_text(),
                    "id": rule.id,
                    "matches_everything": rule.matches_everything,
                    "rate_limited": rule.is_rate_limited,
                })
            })
            .collect();
        return answer_line(
            json!({
                "default_action": policy.default_action().as_text(),
                "name": policy.name(),
                "policy_hash": policy.hash(),
                "rules": rules,
            })
            .to_string(),
        );
    }
    comment(format!(
        "Policy \"{}\" is valid ({} rules, {})",
        plain(policy.name()),
        rules.len(),
        policy.hash()
    ));
    Ok(())
}

impl Check {
    fn run(self, context: &Context) -> Done {
        let policy = documents::policy(&self.path)?;
        let params = documents::inline_or_file("params", &self.params)?;
        let call = Call::new(&self.tool, &self.agent, &self.target)
            .with_params(&params, &jcs::Limits::default())?;
        let mut counters = counted(&policy, context)?;
        let evaluation = policy.evaluate(&call, context.now(), Some(&mut counters));
        let outcome = match evaluation.decision {
            Decision::Allow => None,
            Decision::RequireApproval => Some(Outcome::ApprovalRequired),
            Decision::Deny => Some(Outcome::Invalid),
        };
        match context.json {
            true => answer_line(String::from_utf8_lossy(&evaluation.json()))?,
            false => explain(&evaluation),
        }
        match outcome {
            None => Ok(()),
            Some(outcome) => Err(Failure::said(outcome)),
        }
    }
}

/// The rate limits of a policy, with the calls that the log of the home folder
/// holds.
pub fn counted(policy: &Policy, context: &Context) -> Result<RateLimits, Failure> {
    // Asking makes no log where there is none.
    if policy.longest_window_seconds().is_none() || !context.home().join("audit").exists() {
        return Ok(RateLimits::new());
    }
    let options = LogOptions {
        repair_automatically: false,
        ..LogOptions::default()
    };
    Ok(context.log(options)?.count_calls(policy, context.now())?)
}

fn explain(evaluation: &Evaluation) {
    let decision = evaluation.decision.as_text().to_uppercase();
    let rules = evaluation.matched_rules.join(", ");
    let (rules, reason) = (plain(&rules), plain(&evaluation.reason));
    comment(match (evaluation.decision, &*rules) {
        (Decision::Allow, "") => format!("{decision} (default action)"),
        (Decision::Allow, rules) => format!("{decision} (rule \"{rules}\")"),
        (_, "") => format!("{decision} by default action: {reason}"),
        (_, rules) => format!("{decision} by rule \"{rules}\": {reason}"),
    });
    tell_obligations(evaluation);
}

/// Says under which obligations a decision stands. Whoever acts on it has to fulfil
/// them; this program cannot.
pub fn tell_obligations(evaluation: &Evaluation) {
    if evaluation.obligations.is_empty() {
        return;
    }
    comment("Obligations (all must hold):");
    for obligation in &evaluation.obligations {
        let shown = published_form::line(obligation.json(), &TYPED);
        comment(format!("  - {}", plain(&shown)));
    }
}
