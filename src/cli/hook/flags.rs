//! What a hook is told on its command line, and how an installer writes it there.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::agent::Agent;

/// What is recorded of a tool call, and what comes before it.
#[derive(Args, Clone, Debug)]
pub struct Flags {
    /// The identity that signs [default: claude-agent or codex-agent]
    #[arg(long, value_name = "NAME")]
    pub key: Option<String>,
    /// Where the calls go [default: claude-code://local or codex://local]
    #[arg(long, value_name = "URI")]
    pub target: Option<String>,
    /// Ask this policy before each call
    #[arg(long, value_name = "FILE")]
    pub policy: Option<PathBuf>,
    /// Stop the agent when a call cannot be recorded
    #[arg(long)]
    pub strict: bool,
    /// Sign the hash of the params in place of the params
    #[arg(long)]
    pub hash_only: bool,
    /// Encrypt the params in the log
    #[arg(long, conflicts_with = "hash_only")]
    pub encrypt_params: bool,
    /// What is signed of the tool's answer
    #[arg(long, value_name = "HOW", default_value = "hash")]
    pub response: ResponseKept,
    /// Do not wait until the record is on the disk
    #[arg(long)]
    pub no_sync: bool,
}

/// What is signed of a tool's answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ResponseKept {
    /// Its hash, in a receipt of version 1
    #[default]
    Hash,
    /// Its hash and what became of the call, in a receipt of version 2
    Compound,
    /// Nothing
    None,
}

impl Flags {
    /// The identity that signs.
    pub fn key(&self, agent: Agent) -> &str {
        self.key.as_deref().unwrap_or(agent.key())
    }

    /// Where the calls go.
    pub fn target(&self, agent: Agent) -> &str {
        self.target.as_deref().unwrap_or(agent.target())
    }

    /// The same flags as words of a command line.
    pub fn words(&self) -> Vec<String> {
        let mut words = Vec::new();
        let mut with_value = |flag: &str, value: Option<String>| {
            if let Some(value) = value {
                // In one word, because a name may begin with a dash.
                words.push(format!("{flag}={value}"));
            }
        };
        with_value("--key", self.key.clone());
        with_value("--target", self.target.clone());
        let policy = self.policy.as_ref();
        with_value("--policy", policy.map(|path| path.display().to_string()));
        let response = match self.response {
            ResponseKept::Hash => None,
            ResponseKept::Compound => Some("compound".to_owned()),
            ResponseKept::None => Some("none".to_owned()),
        };
        with_value("--response", response);
        for (flag, is_set) in [
            ("--strict", self.strict),
            ("--hash-only", self.hash_only),
            ("--encrypt-params", self.encrypt_params),
            ("--no-sync", self.no_sync),
        ] {
            if is_set {
                words.push(flag.to_owned());
            }
        }
        words
    }
}
