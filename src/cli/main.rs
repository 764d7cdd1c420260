//! `signet`: everything the library does, for a person at a terminal and for
//! shell scripts.
//!
//! The program is a client of the library's public API and adds none of its own
//! judgement: it reads files and flags, calls, and prints. Commands, flags, exit
//! codes and answers are those of the published Signet where it has them.

#![deny(unsafe_code)]

mod context;
mod documents;
mod failure;
mod filters;
mod key_reference;
mod log_key;
mod log_report;
mod params_keys;
mod passphrase;
mod pretty;
mod progress;
mod terminal;
mod verifier_keys;

mod audit;
mod completions;
mod explore;
mod identity;
mod log;
mod man;
mod mcp_server;
mod proof;
mod verify;

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
    /// List, verify, export and bundle the records of the audit log
    Audit(audit::Command),
    /// Print what a shell needs to complete commands and flags
    Completions(completions::Command),
    /// Look at the records of the audit log one by one
    Explore(explore::Command),
    /// Make, list and export identities (Ed25519 key pairs)
    #[command(subcommand)]
    Identity(identity::Command),
    /// Verify the audit log, prove records of it, sign checkpoints, repair it
    #[command(subcommand)]
    Log(log::Command),
    /// Print the manual page, or write all of them into a folder
    Man(man::Command),
    /// Serve signing, verifying and the log as MCP tools over stdio
    Mcp(mcp_server::Command),
    /// Verify proofs that `log prove` has made, offline
    #[command(subcommand)]
    Proof(proof::Command),
    /// Verify a receipt, or the hash chain of the audit log
    Verify(verify::Command),
}

impl Command {
    fn run(self, context: &Context) -> Done {
        match self {
            Command::Audit(command) => command.run(context),
            Command::Completions(command) => command.run(context),
            Command::Explore(command) => command.run(context),
            Command::Identity(command) => command.run(context),
            Command::Log(command) => command.run(context),
            Command::Man(command) => command.run(context),
            Command::Mcp(command) => command.run(context),
            Command::Proof(command) => command.run(context),
            Command::Verify(command) => command.run(context),
        }
    }
}

fn main() -> ExitCode {
    let cli = Cli::parse();
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
