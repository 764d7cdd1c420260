//! `signet delegate sign`.

use std::path::PathBuf;

use clap::Args;
use signet::authority::authorized::{Said, SignAuthorizedOptions, sign_authorized_as};
use signet::log::LogOptions;
use signet::receipt::{Action, ActionOptions};

use super::{read_chain, tell_unsigned};
use crate::context::Context;
use crate::failure::{Done, Failure};
use crate::published_form::{self, RECEIPT};
use crate::terminal::{answer_line, comment};
use crate::{documents, revocation_list, whole_file};

/// The flags.
#[derive(Args, Debug)]
pub struct Sign {
    /// The identity that acts: the delegate at the end of the chain
    #[arg(long, value_name = "NAME")]
    key: String,
    /// The tool that is called
    #[arg(long)]
    tool: String,
    /// The arguments, JSON or @file
    #[arg(long, value_name = "JSON", default_value = "{}")]
    params: String,
    /// The server or resource that the call goes to
    #[arg(long)]
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
            log.close()?;
        }
        tell_unsigned(&chain);
        let text = published_form::line(receipt.json(), &RECEIPT);
        match &self.output {
            Some(path) => {
                whole_file::write_private("receipt", path, text.as_bytes())?;
                comment(format!(
                    "Authorized receipt (v4) written to {}",
                    path.display()
                ));
                Ok(())
            }
            None => answer_line(text),
        }
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
    let text = |text: &str| serde_json::Value::from(text).to_string();
    let mut json = format!(
        "{{\"tool\":{},\"target\":{},\"transport\":{},\"params\":",
        text(tool),
        text(target),
        text(transport)
    )
    .into_bytes();
    // Read by itself first: a text that closes the object would be another action.
    signet::encoding::jcs::comparable(params, &ActionOptions::default().limits)
        .map_err(|error| error.within("params"))?;
    json.extend_from_slice(params);
    json.push(b'}');
    Ok(Action::parse(&json, &ActionOptions::default())?)
}
