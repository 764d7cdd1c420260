//! `signet log`: what can be said about the audit log, and proved to others.

mod checkpoint;
mod prove;
mod repair;
mod stats;
mod verify;
mod verify_answer;

use std::path::{Path, PathBuf};

use clap::Subcommand;

use crate::context::Context;
use crate::failure::{Done, Failure, Outcome};

/// The commands about the log.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Sign the tree over all records as a checkpoint (C2SP) and print it
    Checkpoint(checkpoint::Command),
    /// Prove to others that a record is in the log, or that the log only grew
    Prove(prove::Command),
    /// Show what a crash has left at the end of the log, and set it aside
    Repair(repair::Command),
    /// Count what is in the log: records, kinds, tools, signers
    Stats(stats::Command),
    /// Verify the log: every hash, every link, and on request every signature
    Verify(Box<verify::Command>),
}

impl Command {
    /// Runs it.
    pub fn run(self, context: &Context) -> Done {
        match self {
            Command::Checkpoint(command) => command.run(context),
            Command::Prove(command) => command.run(context),
            Command::Repair(command) => command.run(context),
            Command::Stats(command) => command.run(context),
            Command::Verify(command) => command.run(context),
        }
    }
}

/// The audit folder: the given one, or that of the home folder. It must be there,
/// because a log that is not there is never fine.
pub fn existing_folder(context: &Context, given: Option<&Path>) -> Result<PathBuf, Failure> {
    let folder = match given {
        Some(folder) => folder.to_owned(),
        None => context.home().join("audit"),
    };
    match folder.is_dir() {
        true => Ok(folder),
        false => Err(Failure::new(
            Outcome::Failed,
            "log_absent",
            format!("no log in '{}'", folder.display()),
        )
        .with_advice("--home or SIGNET_HOME says where the home folder is; its log is in audit/.")),
    }
}
