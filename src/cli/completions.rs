//! `signet completions`: what a shell needs to complete commands and flags.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::context::Context;
use crate::failure::Done;
use crate::terminal::answer;

/// What `completions` takes.
#[derive(Args, Debug)]
pub struct Command {
    /// The shell
    shell: Shell,
}

impl Command {
    /// Runs it.
    pub fn run(self, _: &Context) -> Done {
        let mut script = Vec::new();
        clap_complete::generate(
            self.shell,
            &mut crate::Cli::command(),
            "signet",
            &mut script,
        );
        answer(script)
    }
}
