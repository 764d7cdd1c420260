//! `signet delegate sign`.

use std::path::PathBuf;

use clap::Args;
use signet::authority::authorized::{Said, SignAuthorizedOptions, sign_authorized_as};
use signet::log::LogOptions;
use signet::receipt::{Action, ActionOptions, Field};

use super::{read_chain, tell_unsigned};
use crate::context::Context;
use crate::deliver::Signed;
use crate::failure::{Done, Failure};
use crate::published_form::{self, RECEIPT};
use crate::sign::action_text;
use crate::{documents, revocation_list};

/// The flags.
#[derive(Args, Debug)]
pub struct Sign {
    /// The identity that acts: the delegate at the end of the chain
    #[arg(long, value_name = "NAME")]
    key: String,
    /// The tool that is called
    #[arg(long)]
    tool: String,
    /// Its params: JSON, or @ and a file with JSON
    #[arg(long, value_name = "JSON|@FILE", default_value = "{}")]
    params: String,
    /// Where the call goes, as in mcp://github
    #[arg(long, value_name = "URI")]
    target: String,
    /// The delegations, an array of tokens from the root to the leaf
    #[arg(long, value_name = "FILE")]
    chain: PathBuf,
    /// The principal of the signer [default: the identity's own]
    #[arg(long, value_name = "URI")]
    principal: Option<String>,
    /// The principal that the signer acts for [default: the root's]
    #[arg(long, value_name = "URI")]
    acting_for: Option<String>,
    /// Write the receipt into a file
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Do not record the receipt in the log
    #[arg(long)]
    no_log: bool,
}

impl Sign {
    /// Runs it. The receipt is recorded before anybody sees it: a receipt that is
    /// not in the log is not given out.
    pub fn run(self, context: &Context) -> Done {
        let chain = read_chain(&documents::read("chain", &self.chain)?)?;
        if let Some(revocations) = revocation_list::of_home(context)? {
            revocations.check_chain(&chain)?;
        }
        let action = self.action()?;
        let own_principal = context.keystore()?.info(&self.key)?.principal;
        let key = context.unlock(&self.key)?;
        let said = Said {
            principal: self.principal.as_deref().or(own_principal.as_deref()),
            acting_for: self.acting_for.as_deref(),
            decision: None,
        };
        let options = SignAuthorizedOptions {
            time: Some(context.now()),
            nonce: None,
        };
        let receipt = sign_authorized_as(&key, &action, &self.key, &chain, &said, &options)?;
        if !self.no_log {
            let log = context.log(LogOptions::default())?;
            log.append(&receipt)?;
            log.leave()?;
        }
        tell_unsigned(&chain);
        Signed {
            what: "Authorized receipt (v4)",
            id: receipt.text(Field::Id).unwrap_or_default(),
            text: published_form::line(receipt.json(), &RECEIPT),
        }
        .deliver(self.output.as_deref(), context)
    }

    fn action(&self) -> Result<Action, Failure> {
        let params = documents::inline_or_file("params", &self.params)?;
        action_of(&self.tool, &params, &self.target, "stdio")
    }
}

/// An action of these parts; the params are JSON text.
pub fn action_of(
    tool: &str,
    params: &[u8],
    target: &str,
    transport: &str,
) -> Result<Action, Failure> {
    let texts = [("tool", tool), ("target", target), ("transport", transport)];
    let json = action_text(params, &texts.map(|(name, text)| (name, Some(text))))?;
    Ok(Action::parse(&json, &ActionOptions::default())?)
}
