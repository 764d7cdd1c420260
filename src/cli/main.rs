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
mod progress;
mod terminal;
mod verifier_keys;

mod agent;
mod agent_hooks;
mod audit;
mod authorize;
mod completions;
mod delegate;
mod deliver;
mod explore;
mod hook;
mod identity;
mod key;
mod log;
mod man;
mod mcp_server;
mod own_memory;
mod policy;
mod proof;
mod proxy;
mod published_form;
mod quickstart;
mod revocation_list;
mod revocations;
mod revoke;
mod settings;
mod sign;
mod tally;
mod time_spans;
mod trust;
mod trust_flags;
mod verify;
mod whole_file;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use context::{Context, Global};
use failure::{Done, Failure, Outcome};

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
    /// Decide about one action, as an authority, before it is taken
    Authorize(authorize::Authorize),
    /// Have Claude Code record its tool calls
    #[command(subcommand)]
    Claude(agent_hooks::Command),
    /// Have Codex record its tool calls
    #[command(subcommand)]
    Codex(agent_hooks::Command),
    /// Print what a shell needs to complete commands and flags
    Completions(completions::Command),
    /// Let other keys act: delegations, and receipts that rest on them
    #[command(subcommand)]
    Delegate(delegate::Command),
    /// Look at the records of the audit log one by one
    Explore(explore::Command),
    /// Record a tool call: what agents run before and after each
    #[command(subcommand)]
    Hook(hook::Command),
    /// Make, list and export identities (Ed25519 key pairs)
    #[command(subcommand)]
    Identity(identity::Command),
    /// Change the passphrase of a key, remove it, show its did:key
    #[command(subcommand)]
    Key(key::Command),
    /// Verify the audit log, prove records of it, sign checkpoints, repair it
    #[command(subcommand)]
    Log(log::Command),
    /// Print the manual page, or write all of them into a folder
    Man(man::Command),
    /// Serve signing, verifying and the log as MCP tools over stdio
    Mcp(mcp_server::Command),
    /// Validate a policy and try calls against it
    #[command(subcommand)]
    Policy(policy::Command),
    /// Verify proofs that `log prove` has made, offline
    #[command(subcommand)]
    Proof(proof::Command),
    /// Stand between an MCP client and a server: sign, record and enforce a policy
    Proxy(proxy::Command),
    /// Make a first identity and sign a first call
    Quickstart,
    /// Look after the list of what was revoked
    #[command(subcommand)]
    Revocations(revocations::Command),
    /// Take back a delegation or a decision
    Revoke(revoke::Revoke),
    /// Sign a call and print the receipt
    Sign(Box<sign::Command>),
    /// Look at trust bundles and change whom they trust
    #[command(subcommand)]
    Trust(trust::Command),
    /// Verify a receipt, or the hash chain of the audit log
    Verify(verify::Command),
}

impl Command {
    fn run(self, context: &Context) -> Done {
        match self {
            Command::Audit(command) => command.run(context),
            Command::Authorize(command) => command.run(context),
            Command::Claude(command) => command.run(agent::Agent::ClaudeCode, context),
            Command::Codex(command) => command.run(agent::Agent::Codex, context),
            Command::Completions(command) => command.run(context),
            Command::Delegate(command) => command.run(context),
            Command::Explore(command) => command.run(context),
            Command::Hook(command) => command.run(context),
            Command::Identity(command) => command.run(context),
            Command::Key(command) => command.run(context),
            Command::Log(command) => command.run(context),
            Command::Man(command) => command.run(context),
            Command::Mcp(command) => command.run(context),
            Command::Policy(command) => command.run(context),
            Command::Proof(command) => command.run(context),
            Command::Proxy(command) => command.run(context),
            Command::Quickstart => quickstart::run(context),
            Command::Revocations(command) => command.run(context),
            Command::Revoke(command) => command.run(context),
            Command::Sign(command) => command.run(context),
            Command::Trust(command) => command.run(context),
            Command::Verify(command) => command.run(context),
        }
    }
}

fn main() -> ExitCode {
    let is_hook = hook::is_meant(std::env::args_os());
    let is_guard = is_hook && hook::is_guard(std::env::args_os());
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        // The exit code of wrong arguments is the one that makes an agent stop.
        Err(error) if error.use_stderr() && is_hook && !is_guard => {
            let _ = error.print();
            return ExitCode::FAILURE;
        }
        Err(error) if error.use_stderr() && is_json(std::env::args_os()) => {
            return failed(&unparsable(&error), true);
        }
        Err(error) => error.exit(),
    };
    let json = cli.global.json;
    let done = Context::new(cli.global).and_then(|context| cli.command.run(&context));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        // Any other lets the call through that was to be judged.
        Err(failure) if is_guard => {
            failed(&failure, json);
            ExitCode::from(Outcome::ApprovalRequired.exit_code())
        }
        Err(failure) => failed(&failure, json),
    }
}

fn failed(failure: &Failure, json: bool) -> ExitCode {
    let report = failure.report(json);
    if !report.is_empty() {
        terminal::comment(report.trim_end_matches('\n'));
    }
    ExitCode::from(failure.outcome.exit_code())
}

/// Whether errors are to be JSON where the arguments could not be parsed.
fn is_json(arguments: impl Iterator<Item = std::ffi::OsString>) -> bool {
    let mut flags = arguments.take_while(|argument| argument != "--");
    flags.any(|argument| argument == "--json")
}

/// What the parser of the arguments says, as an error like any other.
fn unparsable(error: &clap::Error) -> Failure {
    let text = error.to_string();
    let (message, advice) = match text.split_once("\n\n") {
        Some((message, advice)) => (message, advice),
        None => (text.as_str(), ""),
    };
    let line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let message = line(message.strip_prefix("error: ").unwrap_or(message));
    Failure::new(Outcome::Unparsable, "usage", message).with_advice(line(advice))
}
