//! `signet delegate create`.

use std::path::PathBuf;

use clap::Args;
use signet::authority::constraint::{self, Constraint};
use signet::authority::delegation::{self, Grant, GrantOptions, Unsigned};
use signet::authority::scope::Scope;

use crate::context::Context;
use crate::deliver::Signed;
use crate::failure::{Done, Failure};
use crate::published_form::{self, TOKEN};
use crate::terminal::comment;
use crate::{documents, key_reference, time_spans};

/// The flags.
#[derive(Args, Debug)]
pub struct Create {
    /// The identity that delegates
    #[arg(long, value_name = "NAME")]
    from: String,
    /// Whom to: a name, a .pub file or a key
    #[arg(long, value_name = "KEY")]
    to: String,
    /// The name of the delegate in the token
    #[arg(long, value_name = "NAME")]
    to_name: String,
    /// The tools that may be called, with commas between them; * for all
    #[arg(long, default_value = "*")]
    tools: String,
    /// The targets that they may be called on; * for all
    #[arg(long, default_value = "*")]
    targets: String,
    /// How many further delegations may follow
    #[arg(long, value_name = "N", default_value_t = 0)]
    max_depth: u32,
    /// The last instant, RFC 3339, for example 2026-12-31T23:59:59Z
    #[arg(long, value_name = "TIME")]
    expires: Option<String>,
    /// For how long from now, as in 30m, 24h or 7d
    #[arg(long, value_name = "DURATION", conflicts_with = "expires")]
    ttl: Option<String>,
    /// The scope that the delegator holds itself, which this one must narrow
    #[arg(long, value_name = "FILE")]
    parent_scope: Option<PathBuf>,
    /// A remark outside the signature: how many calls are meant
    #[arg(long, value_name = "N")]
    max_calls: Option<u64>,
    /// A remark outside the signature: how much is meant to be spent
    #[arg(long, value_name = "AMOUNT,CURRENCY", allow_hyphen_values = true)]
    spend_limit: Option<String>,
    /// The principal of the delegator [default: the identity's own]
    #[arg(long, value_name = "URI")]
    from_principal: Option<String>,
    /// The principal of the delegate
    #[arg(long, value_name = "URI")]
    to_principal: Option<String>,
    /// Write the token into a file
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl Create {
    /// Runs it.
    pub fn run(self, context: &Context) -> Done {
        let now = context.now();
        let mut scope = Scope::new(listed(&self.tools), listed(&self.targets), self.max_depth)?;
        if let Some(expires) = &self.expires {
            scope = scope.expiring(expires)?;
        }
        if let Some(ttl) = &self.ttl {
            scope = scope.expiring(&time_spans::end_of(ttl, now)?.to_text())?;
        }
        let parent = match &self.parent_scope {
            Some(path) => Some(Scope::parse(&documents::read("parent scope", path)?)?),
            None => None,
        };
        let constraints = self.constraints()?;
        let delegate = key_reference::resolve(&self.to, context)?;
        let own_principal = context.keystore()?.info(&self.from)?.principal;
        let key = context.unlock(&self.from)?;
        let grant = Grant {
            delegator_name: &self.from,
            delegator_principal: self.from_principal.as_deref().or(own_principal.as_deref()),
            delegate: &delegate,
            delegate_name: &self.to_name,
            delegate_principal: self.to_principal.as_deref(),
            scope: &scope,
            parent: parent.as_ref(),
        };
        let token = delegation::sign(
            &key,
            &grant,
            &GrantOptions {
                time: Some(now),
                nonce: None,
                unsigned: Unsigned {
                    constraints: constraints.as_deref(),
                    ..Unsigned::default()
                },
            },
        )?;
        if constraints.is_some() {
            comment(
                "No signature covers --max-calls and --spend-limit in a token: the delegate can \
                 change or remove them, and nothing enforces them.",
            );
        }
        Signed {
            what: "Delegation token",
            id: &token.id(),
            text: published_form::indented(token.json(), &TOKEN),
        }
        .deliver(self.output.as_deref(), context)
    }

    fn constraints(&self) -> Result<Option<Vec<u8>>, Failure> {
        let mut constraints = Vec::new();
        if let Some(max_calls) = self.max_calls {
            constraints.push(Constraint::call_count(max_calls)?);
        }
        if let Some(limit) = &self.spend_limit {
            let (amount, currency) = limit.split_once(',').ok_or_else(|| {
                Failure::usage("--spend-limit needs an amount and a currency: 500.00,USD")
            })?;
            constraints.push(Constraint::monetary(amount.trim(), currency.trim())?);
        }
        Ok((!constraints.is_empty()).then(|| constraint::to_json(&constraints)))
    }
}

fn listed(names: &str) -> Vec<&str> {
    let names = names.split(',').map(str::trim);
    names.filter(|name| !name.is_empty()).collect()
}
