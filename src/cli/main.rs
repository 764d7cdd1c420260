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
mod key_reference;
mod passphrase;
mod published_form;
mod terminal;

mod identity;
mod key;
mod policy;
mod quickstart;
mod sign;

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
    /// Make, list and export identities (Ed25519 key pairs)
    #[command(subcommand)]
    Identity(identity::Command),
    /// Change the passphrase of a key, remove it, show its did:key
    #[command(subcommand)]
    Key(key::Command),
    /// Validate a policy and try calls against it
    #[command(subcommand)]
    Policy(policy::Command),
    /// Make a first identity and sign a first call
    Quickstart,
    /// Sign a call and print the receipt
    Sign(Box<sign::Command>),
}

impl Command {
    fn run(self, context: &Context) -> Done {
        match self {
            Command::Identity(command) => command.run(context),
            Command::Key(command) => command.run(context),
            Command::Policy(command) => command.run(context),
            Command::Quickstart => quickstart::run(context),
            Command::Sign(command) => command.run(context),
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
