//! The agents whose tool calls are recorded by hooks, and what differs between
//! them.

use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// An agent that runs hooks around its tool calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Agent {
    /// Claude Code, of Anthropic.
    ClaudeCode,
    /// Codex CLI, of OpenAI.
    Codex,
}

impl Agent {
    /// The word after `signet hook`.
    pub fn word(self) -> &'static str {
        match self {
            Agent::ClaudeCode => "claude-code",
            Agent::Codex => "codex",
        }
    }

    /// What people call it.
    pub fn title(self) -> &'static str {
        match self {
            Agent::ClaudeCode => "Claude Code",
            Agent::Codex => "Codex",
        }
    }

    /// The word of `signet WORD install`.
    pub fn command(self) -> &'static str {
        match self {
            Agent::ClaudeCode => "claude",
            Agent::Codex => "codex",
        }
    }

    /// The identity that signs unless another one is named.
    pub fn key(self) -> &'static str {
        match self {
            Agent::ClaudeCode => "claude-agent",
            Agent::Codex => "codex-agent",
        }
    }

    /// Where its tool calls go unless something else is said.
    pub fn target(self) -> &'static str {
        match self {
            Agent::ClaudeCode => "claude-code://local",
            Agent::Codex => "codex://local",
        }
    }

    /// Whether a hook can have the user asked. Codex lets a call through that a
    /// hook answers with "ask", so it must be told to deny.
    pub fn asks_people(self) -> bool {
        self == Agent::ClaudeCode
    }

    /// The settings file for everything the user does.
    pub fn settings_file(self) -> Result<PathBuf, Failure> {
        let (variable, folder, file) = match self {
            Agent::ClaudeCode => ("CLAUDE_CONFIG_DIR", ".claude", "settings.json"),
            Agent::Codex => ("CODEX_HOME", ".codex", "hooks.json"),
        };
        let folder = match std::env::var_os(variable).filter(|value| !value.is_empty()) {
            Some(given) => PathBuf::from(given),
            None => std::env::home_dir()
                .ok_or_else(|| {
                    Failure::usage(format!(
                        "the home folder is not known: set HOME or {variable}, or give --settings"
                    ))
                })?
                .join(folder),
        };
        Ok(folder.join(file))
    }

    /// The settings file of the project in the working folder.
    pub fn project_file(self) -> &'static Path {
        Path::new(match self {
            Agent::ClaudeCode => ".claude/settings.json",
            Agent::Codex => ".codex/hooks.json",
        })
    }
}
