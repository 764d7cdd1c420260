//! How a command fails: what is said on standard error, and the exit code that a
//! script acts on.
//!
//! The codes are those of the published Signet: 1 when evidence does not hold or
//! a policy forbids, 2 when a human has to approve, 3 for everything else. They
//! follow from the kind of the error, never from its words.

use std::borrow::Cow;
use std::fmt::Write as _;

use signet::{Error, ErrorKind};

use crate::terminal::plain;

/// The result of a command.
pub type Done = Result<(), Failure>;

/// What a failure means to a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Evidence does not hold, or a policy forbids: exit code 1.
    Invalid,
    /// A human has to approve: exit code 2.
    ApprovalRequired,
    /// The arguments cannot be parsed: exit code 2 as well.
    Unparsable,
    /// Anything else: exit code 3.
    Failed,
    /// A program that was run has failed: its exit code.
    Child(u8),
}

impl Outcome {
    /// The exit code.
    pub fn exit_code(self) -> u8 {
        match self {
            Outcome::Invalid => 1,
            Outcome::ApprovalRequired | Outcome::Unparsable => 2,
            Outcome::Failed => 3,
            Outcome::Child(code) => code,
        }
    }

    fn label(self) -> &'static str {
        match self {
            Outcome::Invalid => "Invalid",
            Outcome::ApprovalRequired => "Approval required",
            Outcome::Failed | Outcome::Unparsable | Outcome::Child(_) => "Error",
        }
    }
}

/// Why a command did not do what it was asked.
#[derive(Debug)]
pub struct Failure {
    /// What it means to a script.
    pub outcome: Outcome,
    /// The stable code that `--json` shows.
    code: Cow<'static, str>,
    /// What was wrong; nothing when the command has said so already.
    message: Option<String>,
    /// What to do next.
    advice: Option<String>,
}

impl Failure {
    /// What the command line itself found wrong.
    pub fn new(outcome: Outcome, code: &'static str, message: impl Into<String>) -> Failure {
        Failure {
            outcome,
            code: Cow::Borrowed(code),
            message: Some(message.into()),
            advice: None,
        }
    }

    /// Arguments that do not go together, or a value that cannot be used.
    pub fn usage(message: impl Into<String>) -> Failure {
        Failure::new(Outcome::Failed, "usage", message)
    }

    /// A file that could not be read or written, with what it was to be.
    pub fn file(what: &str, path: &std::path::Path, error: &std::io::Error) -> Failure {
        Failure::new(
            Outcome::Failed,
            "io",
            format!("{what} '{}': {error}", path.display()),
        )
    }

    /// The command has printed its answer, and it is no.
    pub fn said(outcome: Outcome) -> Failure {
        Failure {
            outcome,
            code: Cow::Borrowed("said"),
            message: None,
            advice: None,
        }
    }

    /// The same with what to do next, in place of what would be said otherwise.
    #[must_use]
    pub fn with_advice(mut self, advice: impl Into<String>) -> Failure {
        self.advice = Some(advice.into());
        self
    }

    /// The same with what to do next, where nothing would be said otherwise.
    #[must_use]
    pub fn or_advice(mut self, advice: &str) -> Failure {
        self.advice.get_or_insert_with(|| advice.to_owned());
        self
    }

    /// What standard error says, with its line end; empty when nothing is left to say.
    pub fn report(&self, json: bool) -> String {
        let Some(message) = &self.message else {
            return String::new();
        };
        if json {
            let mut error = serde_json::json!({
                "code": self.code,
                "exit": self.outcome.exit_code(),
                "message": message,
            });
            if let Some(advice) = &self.advice {
                error["advice"] = advice.as_str().into();
            }
            return format!("{}\n", serde_json::json!({ "error": error }));
        }
        // A message is a line, whoever's words are in it.
        let mut text = format!("{}: {}\n", self.outcome.label(), plain(message));
        if let Some(advice) = &self.advice {
            let _ = writeln!(text, "{advice}");
        }
        text
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        Failure {
            outcome: outcome_of(error.kind()),
            code: Cow::Owned(error.kind().code()),
            message: Some(error.to_string()),
            advice: advice_on(error.kind()).map(str::to_owned),
        }
    }
}

fn outcome_of(kind: ErrorKind) -> Outcome {
    match kind {
        ErrorKind::SignatureInvalid | ErrorKind::PolicyDenied => Outcome::Invalid,
        ErrorKind::ApprovalRequired => Outcome::ApprovalRequired,
        _ => Outcome::Failed,
    }
}

fn advice_on(kind: ErrorKind) -> Option<&'static str> {
    match kind {
        ErrorKind::KeyNotFound => {
            Some("`signet identity list` shows the keys, `signet identity generate` makes one.")
        }
        ErrorKind::KeyExists => Some("Choose another name; `signet key rm` removes a key."),
        ErrorKind::KeyExposed => {
            Some("Other users can read this key: `chmod 600` it, or make a new one.")
        }
        ErrorKind::LogDamaged => {
            Some("`signet log repair` shows what would be done, and does it with --yes.")
        }
        ErrorKind::LogBusy => {
            Some("Another program holds the log's lock; try again when it is done.")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exit_code_follows_from_the_kind_not_from_the_words() {
        let error = |kind| Failure::from(Error::new(kind, "policy", "a policy violation"));
        assert_eq!(error(ErrorKind::PolicyDenied).outcome.exit_code(), 1);
        assert_eq!(error(ErrorKind::SignatureInvalid).outcome.exit_code(), 1);
        assert_eq!(error(ErrorKind::ApprovalRequired).outcome.exit_code(), 2);
        assert_eq!(error(ErrorKind::Expired).outcome.exit_code(), 3);
    }

    #[test]
    fn a_failure_is_a_line_or_an_object() {
        let failure = Failure::usage("--a and --b exclude each other");
        assert_eq!(
            failure.report(false),
            "Error: --a and --b exclude each other\n"
        );
        let json: serde_json::Value = serde_json::from_str(&failure.report(true)).unwrap();
        assert_eq!(json["error"]["code"], "usage");
        assert_eq!(json["error"]["exit"], 3);
        assert_eq!(Failure::said(Outcome::Invalid).report(true), "");
    }
}
