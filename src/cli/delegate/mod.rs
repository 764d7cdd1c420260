//! `signet delegate`: let another key act within a scope, act on a delegation, and
//! check both.

mod create;
mod sign;
mod verify;
mod verify_auth;

pub use sign::action_of;

use clap::Subcommand;
use signet::authority::chain::Chain;
use signet::encoding::jcs::Limits;
use signet::encoding::record::Reading;

use crate::context::Context;
use crate::failure::{Done, Failure};
use crate::terminal::comment;

/// The commands about delegations.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Sign a token that lets another key act within a scope
    Create(create::Create),
    /// Sign an action on the authority of a chain: a receipt of version 4
    Sign(sign::Sign),
    /// Verify a token, or a chain of them from a trusted root
    Verify(verify::Verify),
    /// Verify a receipt of version 4 from the root to the action
    VerifyAuth(verify_auth::VerifyAuth),
}

impl Command {
    /// Runs it.
    pub fn run(self, context: &Context) -> Done {
        match self {
            Command::Create(command) => command.run(context),
            Command::Sign(command) => command.run(context),
            Command::Verify(command) => command.run(context),
            Command::VerifyAuth(command) => command.run(context),
        }
    }
}

/// A chain, which is an array of tokens.
pub fn read_chain(text: &[u8]) -> Result<Chain, Failure> {
    Chain::parse(text, Reading::Strict, &Limits::default()).map_err(|error| {
        let failure = Failure::from(error);
        match text.trim_ascii_start().starts_with(b"{") {
            true => failure.with_advice("Put the token into an array: [ ... ]."),
            false => failure,
        }
    })
}

/// Says so when a delegation carries what no signature covers.
pub fn tell_unsigned(chain: &Chain) {
    for link in chain.links() {
        let unsigned = link.unsigned();
        let members = [
            ("constraints", unsigned.constraints),
            ("budget", unsigned.budget),
            ("correlation_id", unsigned.correlation_id),
        ];
        for (name, value) in members {
            if let Some(value) = value {
                comment(format!(
                    "Unsigned and not enforced: {name} of {}: {}",
                    link.id(),
                    String::from_utf8_lossy(value)
                ));
            }
        }
    }
}
