//! Policies: which actions an agent may sign, decided before it signs.
//!
//! A policy is a document with a closed schema. It is read once, hashed once and
//! then evaluated any number of times; its hash stands in the receipt of every
//! action that it let through, so that the decision can be replayed.
//!
//! Where the published Signet lets a doubtful case pass, this one takes the
//! strict side. A rule that cannot be decided, because the params are hidden
//! behind their hash or have another type than the rule compares with, takes
//! effect unless it allows. See [`Policy::evaluate`].

mod call;
mod document;
mod evaluate;
mod hash;
mod matcher;
mod obligation;
mod rate_limit;
mod ruling;

pub use call::Call;
pub use document::{MAX_RULES, RuleSummary};
pub use evaluate::Evaluation;
pub use obligation::Obligation;
pub use rate_limit::{DEFAULT_MAX_ENTRIES, RateLimits};
pub use ruling::{Counting, Enforcer, Ruling};

use crate::authority::document::{Format, Subject};
use crate::error::{ErrorKind, Result};

use matcher::Match;
use rate_limit::RateLimit;

/// What a rule or a policy says about an action, from the mildest to the most
/// severe; the most severe wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Decision {
    /// The action may be signed.
    Allow,
    /// A human must approve it first.
    RequireApproval,
    /// It must not happen.
    Deny,
}

impl Decision {
    /// The text in documents and receipts: `allow`, `require_approval`, `deny`.
    pub fn as_text(self) -> &'static str {
        match self {
            Decision::Allow => "allow",
            Decision::RequireApproval => "require_approval",
            Decision::Deny => "deny",
        }
    }

    fn of_text(text: &str) -> Option<Decision> {
        [Decision::Allow, Decision::RequireApproval, Decision::Deny]
            .into_iter()
            .find(|decision| decision.as_text() == text)
    }
}

/// A policy: immutable, with its hash. Share it freely; what changes while it
/// is used is in [`RateLimits`].
#[derive(Clone, Debug)]
pub struct Policy {
    name: String,
    description: String,
    default_action: Decision,
    rules: Vec<Rule>,
    normal_form: Vec<u8>,
    hash: String,
}

#[derive(Clone, Debug)]
struct Rule {
    id: String,
    description: String,
    matches: Match,
    action: Decision,
    reason: String,
    rate_limit: Option<RateLimit>,
    obligations: Option<Vec<Obligation>>,
}

const SUBJECT: Subject = Subject {
    what: "policy",
    kind: ErrorKind::PolicyInvalid,
};

impl Policy {
    /// Reads a policy.
    ///
    /// Every member must be one that the format defines and every value one that
    /// can be meant: [`ErrorKind::PolicyInvalid`] says what is wrong, with line
    /// and column. Texts over [`MAX_LEN`](crate::authority::MAX_LEN) bytes are
    /// refused.
    pub fn parse(text: &[u8], format: Format) -> Result<Policy> {
        let mut policy = document::read(text, format)?;
        policy.normal_form = hash::normal_form(&policy)?;
        policy.hash = hash::hash_text(&policy.normal_form);
        Ok(policy)
    }

    /// The name; may be empty.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The description; may be empty.
    pub fn description(&self) -> &str {
        &self.description
    }

    /// What happens to an action that no rule matches.
    pub fn default_action(&self) -> Decision {
        self.default_action
    }

    /// `sha256:` and the hash of the normal form: equal for the YAML and the
    /// JSON spelling of one policy, and equal to the published Signet's.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// The policy as canonical JSON with every default filled in.
    pub fn normal_form(&self) -> &[u8] {
        &self.normal_form
    }

    /// The rules, in order.
    pub fn rules(&self) -> impl ExactSizeIterator<Item = RuleSummary<'_>> {
        self.rules.iter().map(RuleSummary::of)
    }
}
