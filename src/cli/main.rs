//! `signet`: everything the library does, for a person at a terminal and for
//! shell scripts.
//!
//! The program is a client of the library's public API and adds none of its own
//! judgement: it reads files and flags, calls, and prints. Commands, flags, exit
//! codes and answers are those of the published Signet where it has them.

#![deny(unsafe_code)]

mod agent;
mod agent_hooks;
mod context;
mod documents;
mod failure;
mod hook;
mod key_reference;
mod passphrase;
mod settings;
mod terminal;

mod identity;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use context::{Context, Global};
use failure::Done;

/// Evidence for what AI agents do: identities, signed receipts, the audit log
#[derive(Debug, Parser)]
#[command(name = "signet", version, arg_required_else_help = true)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Have Claude Code record its tool calls
    #[command(subcommand)]
    Claude(agent_hooks::Command),
    /// Have Codex record its tool calls
    #[command(subcommand)]
    Codex(agent_hooks::Command),
    /// Record a tool call: what agents run before and after each
    #[command(subcommand)]
    Hook(hook::Command),
    /// Make, list and export identities (Ed25519 key pairs)
    #[command(subcommand)]
    Identity(identity::Command),
}

impl Command {
    fn run(self, context: &Context) -> Done {
        match self {
            Command::Claude(command) => command.run(agent::Agent::ClaudeCode, context),
            Command::Codex(command) => command.run(agent::Agent::Codex, context),
            Command::Hook(command) => command.run(context),
            Command::Identity(command) => command.run(context),
        }
    }
}

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        // The exit code of wrong arguments is the one that makes an agent stop.
        Err(error) if error.use_stderr() && hook::is_meant(std::env::args_os()) => {
            let _ = error.print();
            return ExitCode::FAILURE;
        }
        Err(error) => error.exit(),
    };
    let json = cli.global.json;
    let done = Context::new(cli.global).and_then(|context| cli.command.run(&context));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            terminal::comment(failure.report(json).trim_end_matches('\n'));
            ExitCode::from(failure.outcome.exit_code())
        }
    }
}
