//! `signet claude` and `signet codex`: have an agent run `signet hook`, no longer
//! do so, and show what it has recorded.

mod audit;
mod install;
mod published_skill;
mod uninstall;

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::agent::Agent;
use crate::context::Context;
use crate::failure::{Done, Failure};

/// The commands about one agent's hooks.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show the tool calls of the last hour
    Audit(audit::Audit),
    /// Put the hooks into the agent's settings, and make its identity
    Install(install::Install),
    /// Take the hooks out again; keys and logs stay
    Uninstall(Place),
}

impl Command {
    /// Runs it.
    pub fn run(self, agent: Agent, context: &Context) -> Done {
        match self {
            Command::Audit(audit) => audit.run(agent, context),
            Command::Install(install) => install.run(agent, context),
            Command::Uninstall(place) => uninstall::run(agent, &place, context),
        }
    }
}

/// Which settings file is meant.
#[derive(Args, Clone, Debug)]
pub struct Place {
    /// The settings of the project in the working folder
    #[arg(long, conflicts_with = "settings")]
    project: bool,
    /// This settings file
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
}

impl Place {
    fn path(&self, agent: Agent) -> Result<PathBuf, Failure> {
        match &self.settings {
            Some(path) => Ok(path.clone()),
            None if self.project => Ok(agent.project_file().to_owned()),
            None => agent.settings_file(),
        }
    }
}

/// How often an edit is tried while others write to the same file.
const ATTEMPTS: u32 = 5;

/// The error when they never stop.
fn contended(path: &std::path::Path) -> Failure {
    Failure::file(
        "settings",
        path,
        &std::io::Error::other("another program keeps changing it; try again"),
    )
}
