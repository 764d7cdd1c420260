//! On whose authority a call is signed: a delegation, an authority's decision, or
//! one that is made on the spot.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use signet::authority::chain::Chain;
use signet::authority::constraint::Constraint;
use signet::authority::decision::{AuthorityDecision, DecideOptions, Terms, decide, policy_basis};
use signet::authority::policy::Evaluation;
use signet::encoding::members;
use signet::encoding::rfc3339::Instant;
use signet::identity::KeyPair;
use signet::log::Log;
use signet::receipt::Action;
use signet::{Error, ErrorKind};

use crate::context::Context;
use crate::delegate::read_chain;
use crate::failure::{Done, Failure};
use crate::terminal::{comment, plain};
use crate::{documents, revocation_list};

/// The flags.
#[derive(Args, Debug)]
#[command(next_help_heading = "On whose authority")]
pub struct AuthorityFlags {
    /// An authority's decision about this call, from `signet authorize`
    #[arg(long, value_name = "FILE")]
    decision: Option<PathBuf>,
    /// Delegations from a root to the signer: the receipt is of version 4
    #[arg(long, value_name = "FILE")]
    chain: Option<PathBuf>,
    /// The identity of an authority that decides here and now, by --policy
    #[arg(long, value_name = "NAME")]
    authority_key: Option<String>,
    /// The authority's principal [default: as its key file says]
    #[arg(long, value_name = "URI")]
    authority_principal: Option<String>,
}

/// What the flags stand for; nothing in it is revoked.
#[derive(Debug, Default)]
pub struct Mandate {
    /// The delegations.
    pub chain: Option<Chain>,
    /// The decision that was made before.
    pub decision: Option<AuthorityDecision>,
    authority: Option<Authority>,
}

/// Who decides on the spot.
#[derive(Debug)]
struct Authority {
    key: Arc<KeyPair>,
    principal: String,
}

impl AuthorityFlags {
    /// Reads what they name; `has_policy` is whether there is a policy.
    pub fn read(&self, has_policy: bool, context: &Context) -> Result<Mandate, Failure> {
        self.check(has_policy)?;
        let chain = match &self.chain {
            Some(path) => Some(read_chain(&documents::read("chain", path)?)?),
            None => None,
        };
        let decision = match &self.decision {
            Some(path) => {
                let text = documents::read("decision", path)?;
                Some(AuthorityDecision::parse(&text)?)
            }
            None => None,
        };
        if (chain.is_some() || decision.is_some())
            && let Some(revocations) = revocation_list::of_home(context)?
        {
            chain
                .as_ref()
                .map_or(Ok(()), |chain| revocations.check_chain(chain))?;
            decision
                .as_ref()
                .map_or(Ok(()), |decision| revocations.check_decision(decision))?;
        }
        let authority = match &self.authority_key {
            Some(name) => Some(self.authority(name, context)?),
            None => None,
        };
        Ok(Mandate {
            chain,
            decision,
            authority,
        })
    }

    fn check(&self, has_policy: bool) -> Done {
        let wrong = if self.decision.is_some() && (has_policy || self.authority_key.is_some()) {
            "--decision says what was decided: --policy and --authority-key have no part in it"
        } else if self.authority_key.is_some() && !has_policy {
            "--authority-key decides by a policy: give --policy as well"
        } else if self.authority_principal.is_some() && self.authority_key.is_none() {
            "--authority-principal is that of an authority: give --authority-key as well"
        } else if self.chain.is_some() && has_policy && self.authority_key.is_none() {
            "a receipt on a delegation attests no policy: give --authority-key, or leave --policy out"
        } else {
            return Ok(());
        };
        Err(Failure::usage(wrong))
    }

    fn authority(&self, name: &str, context: &Context) -> Result<Authority, Failure> {
        let own = context.keystore()?.info(name)?.principal;
        let principal = self.authority_principal.clone().or(own).ok_or_else(|| {
            Failure::usage(format!(
                "the identity '{name}' has no principal: give --authority-principal"
            ))
        })?;
        let key = context.unlock(name)?;
        Ok(Authority { key, principal })
    }
}

impl Mandate {
    /// Whether the number of calls counts that were made before.
    pub fn is_counted(&self) -> bool {
        self.decision.as_ref().and_then(max_calls).is_some()
    }

    /// Refuses a decision that was used as often as it may be, by the calls of the
    /// log. Without a log nothing would count this call either.
    pub fn check_uses(&self, log: Option<&Log>) -> Done {
        let Some((decision, limit)) = self
            .decision
            .as_ref()
            .and_then(|decision| Some((decision, max_calls(decision)?)))
        else {
            return Ok(());
        };
        let Some(log) = log else {
            return Err(Failure::usage(
                "the decision is for a number of calls, which only the log counts: leave out --no-log",
            ));
        };
        let used = uses(decision, log)?;
        match used < limit {
            true => Ok(()),
            false => Err(Error::new(
                ErrorKind::DecisionUsedUp,
                "decision",
                format!(
                    "{} is for {limit} calls, and {used} are in the log",
                    decision.id()
                ),
            )
            .into()),
        }
    }

    /// The decision to sign on: the one that was made before, or the one of the
    /// authority that follows what its policy says.
    pub fn decision(
        &self,
        evaluation: Option<&Evaluation>,
        action: &Action,
        subject: Option<&str>,
        now: Instant,
    ) -> Result<Option<AuthorityDecision>, Failure> {
        let (Some(authority), Some(evaluation)) = (&self.authority, evaluation) else {
            return Ok(self.decision.clone());
        };
        let subject = subject.ok_or_else(|| {
            Failure::usage(
                "a decision is for a principal, and the signer has none: give --principal",
            )
        })?;
        let terms = Terms {
            authority: &authority.principal,
            subject,
            action,
            decision: evaluation.decision,
            basis: &policy_basis(evaluation),
            constraints: &[],
            obligations: &evaluation.obligations,
            expires_at: None,
            credential_ref: None,
        };
        let options = DecideOptions {
            time: Some(now),
            nonce: None,
        };
        let decision = decide(&authority.key, &terms, &options)?;
        comment(format!(
            "Authority-signed decision by {} for {}",
            plain(&authority.principal),
            plain(subject)
        ));
        Ok(Some(decision))
    }
}

fn max_calls(decision: &AuthorityDecision) -> Option<u64> {
    let counts = decision.constraints().iter().map(|one| match one {
        Constraint::CallCount { max_calls } => Some(*max_calls),
        Constraint::Monetary { .. } => None,
    });
    counts.flatten().min()
}

/// How many records of the log carry the decision.
fn uses(decision: &AuthorityDecision, log: &Log) -> Result<u64, Failure> {
    let id = decision.id();
    let mut used = 0_u64;
    log.for_each(0, |record| {
        let json = record.receipt.as_slice();
        let embedded = members::find(json, 0, "agent_receipt").map_or(0, |place| place.start);
        let carried = [0, embedded].into_iter().any(|start| {
            members::find(json, start, "authz_decision")
                .and_then(|place| members::find(json, place.start, "decision_id"))
                .and_then(|place| members::string_at(json, place))
                .is_some_and(|text| text == id)
        });
        used = used.saturating_add(u64::from(carried));
        std::ops::ControlFlow::Continue(())
    })?;
    Ok(used)
}
