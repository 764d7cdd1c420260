//! `signet identity`: make, list and export identities.

use clap::Subcommand;

use crate::context::Context;
use crate::failure::Done;
use crate::terminal::answer_line;

/// The commands about identities.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Print the public key file of an identity
    Export {
        /// The name in the keystore
        #[arg(long)]
        name: String,
    },
}

impl Command {
    /// Runs it.
    pub fn run(self, context: &Context) -> Done {
        match self {
            Command::Export { name } => answer_line(context.keystore()?.export_public(&name)?),
        }
    }
}
