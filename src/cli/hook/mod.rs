//! `signet hook`: what an agent runs before and after each of its tool calls.
//!
//! The agent comes first: whatever goes wrong with the evidence is said on
//! standard error, and the call goes on, unless `--strict` was asked for. With a
//! policy it is the other way round: what cannot be judged does not go on unseen.

mod answer;
mod call;
mod counters;
mod evidence;
mod flags;
mod gate;
mod input;
mod unlogged;

use clap::Subcommand;

pub use flags::Flags;
pub use unlogged::path as unlogged_path;

use crate::agent::Agent;
use crate::context::Context;
use crate::failure::{Done, Failure, Outcome};
use crate::terminal;
use answer::Verdict;
use input::{Event, Input};

/// The agents that run it.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Record a tool call of Claude Code, read from standard input
    ClaudeCode(Flags),
    /// Record a tool call of Codex, read from standard input
    Codex(Flags),
}

impl Command {
    /// Runs it.
    pub fn run(self, context: &Context) -> Done {
        match self {
            Command::ClaudeCode(flags) => run(Agent::ClaudeCode, &flags, context),
            Command::Codex(flags) => run(Agent::Codex, &flags, context),
        }
    }
}

/// Whether these arguments are those of a hook: then even wrong ones must not
/// end with the exit code that makes an agent stop.
pub fn is_meant(arguments: impl Iterator<Item = std::ffi::OsString>) -> bool {
    let hook = ["claude-code", "codex"];
    let words: Vec<_> = arguments.collect();
    words.windows(2).any(|pair| {
        pair.first().is_some_and(|word| word == "hook")
            && pair
                .get(1)
                .is_some_and(|word| hook.iter().any(|agent| word == agent))
    })
}

/// Whether these arguments of a hook ask that no call goes on unseen. What fails
/// before they are understood then has the agent stop, too.
pub fn is_guard(arguments: impl Iterator<Item = std::ffi::OsString>) -> bool {
    let mut flags = arguments.skip(1);
    flags.any(|word| {
        let word = word.to_string_lossy();
        word == "--strict" || word == "--policy" || word.starts_with("--policy=")
    })
}

fn run(agent: Agent, flags: &Flags, context: &Context) -> Done {
    let input = match Input::read(std::io::stdin()) {
        Ok(input) => input,
        Err(trouble) => return unreadable(agent, flags, &trouble),
    };
    match input.event() {
        Event::Before => before(agent, flags, context, &input),
        Event::After => after(agent, flags, context, &input),
        Event::Other => Ok(()),
    }
}

/// Before the call: the policy is asked, and with `--strict` whether the call
/// could be recorded.
fn before(agent: Agent, flags: &Flags, context: &Context, input: &Input) -> Done {
    let verdict = gate::judge(agent, flags, context, input);
    if verdict == Verdict::Pass && flags.strict {
        evidence::could_be_recorded(agent, flags, context)
            .or_else(|failure| block("the call could not be recorded", &failure))?;
    }
    answer::give(agent, &verdict)
}

/// After the call: the evidence.
fn after(agent: Agent, flags: &Flags, context: &Context, input: &Input) -> Done {
    evidence::record(agent, flags, context, input).or_else(|failure| {
        if flags.strict {
            return block("the call was not recorded", &failure);
        }
        note("the call was not recorded", &failure);
        Ok(())
    })
}

fn unreadable(agent: Agent, flags: &Flags, trouble: &str) -> Done {
    let failure = Failure::new(Outcome::Failed, "hook_input", trouble);
    if flags.strict {
        return block("the hook's input cannot be read", &failure);
    }
    note("the hook's input cannot be read", &failure);
    match flags.policy {
        // Nobody passes the gate by being illegible.
        Some(_) => answer::give(
            agent,
            &Verdict::Ask(
                "the hook's input cannot be read, so the policy has not judged it".into(),
            ),
        ),
        None => Ok(()),
    }
}

fn note(what: &str, failure: &Failure) {
    let why = failure.report(false);
    terminal::comment(format!("signet: {what}: {}", why.trim_end()));
}

/// Exit code 2, which makes the agent stop and read standard error.
fn block(what: &str, failure: &Failure) -> Done {
    note(what, failure);
    Err(Failure::said(Outcome::ApprovalRequired))
}
