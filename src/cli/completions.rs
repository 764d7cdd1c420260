//! `signet completions`: what a shell needs to complete commands and flags.

use clap::{Args, CommandFactory};
use clap_complete::Shell;
use serde_json::json;

use crate::context::Context;
use crate::failure::Done;
use crate::terminal::{answer, answer_line};

/// What `completions` takes.
#[derive(Args, Debug)]
pub struct Command {
    /// The shell
    shell: Shell,
}

impl Command {
    /// Runs it.
    pub fn run(self, context: &Context) -> Done {
        let mut script = Vec::new();
        clap_complete::generate(
            self.shell,
            &mut crate::Cli::command(),
            "signet",
            &mut script,
        );
        match context.json {
            true => answer_line(
                json!({
                    "shell": self.shell.to_string(),
                    "script": String::from_utf8_lossy(&script),
                })
                .to_string(),
            ),
            false => answer(script),
        }
    }
}
