//! `signet trust`: look at trust bundles, and change whom they trust.

mod edit;
mod show;

use clap::{Subcommand, ValueEnum};
use signet::authority::trust;

use crate::context::Context;
use crate::failure::Done;

/// The commands about trust bundles.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Take a key out of use for the time being
    Disable(edit::Withdraw),
    /// Summarise a trust bundle and list its keys
    Inspect(show::Inspect),
    /// List the keys of a trust bundle
    List(show::List),
    /// Revoke a key for good
    Revoke(edit::Withdraw),
    /// Put a new key beside or in the place of another
    Rotate(edit::Rotate),
}

impl Command {
    /// Runs it.
    pub fn run(self, context: &Context) -> Done {
        match self {
            Command::Disable(command) => command.disable(context),
            Command::Inspect(command) => command.run(context),
            Command::List(command) => command.run(context),
            Command::Revoke(command) => command.revoke(context),
            Command::Rotate(command) => command.run(context),
        }
    }
}

/// A section of a bundle, on the command line.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Section {
    /// Keys that may delegate
    Roots,
    /// Keys that may sign
    Agents,
    /// Keys that may co-sign
    Servers,
}

impl From<Section> for trust::Section {
    fn from(section: Section) -> trust::Section {
        match section {
            Section::Roots => trust::Section::Roots,
            Section::Agents => trust::Section::Agents,
            Section::Servers => trust::Section::Servers,
        }
    }
}
