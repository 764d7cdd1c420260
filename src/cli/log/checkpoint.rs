//! `signet log checkpoint`: the log's head, signed, to be kept where whoever can
//! write the log cannot.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use signet::error::ErrorKind;
use signet::tlog::checkpoint::Checkpoint;

use crate::context::Context;
use crate::failure::{Done, Failure, Outcome};
use crate::log_key::LogKey;
use crate::terminal::{answer, answer_line};
use crate::whole_file;

/// What `log checkpoint` takes.
#[derive(Args, Debug)]
pub struct Command {
    #[command(flatten)]
    key: LogKey,
    /// Write the checkpoint into a file instead
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Sign nothing; print the verifier key, which those who verify must know
    #[arg(long, conflicts_with = "output")]
    verifier_key: bool,
}

impl Command {
    /// Runs it.
    pub fn run(self, context: &Context) -> Done {
        let key = self.key.verifier(context)?;
        if self.verifier_key {
            return match context.json {
                true => answer_line(
                    json!({"origin": key.name(), "verifier_key": key.to_string()}).to_string(),
                ),
                false => answer_line(key.to_string()),
            };
        }
        let log = self.key.open_log(context)?;
        let note = log.checkpoint().map_err(explained)?;
        let text = note.encode();
        if let Some(path) = &self.output {
            whole_file::write("checkpoint", path, &text)?;
        }
        let checkpoint = Checkpoint::parse(note.text())?;
        log.close()?;
        if context.json {
            return answer_line(
                json!({
                    "checkpoint": text,
                    "origin": checkpoint.origin(),
                    "size": checkpoint.head().size,
                    "root": signet::encoding::base64::encode(&checkpoint.head().root),
                    "verifier_key": key.to_string(),
                })
                .to_string(),
            );
        }
        match self.output {
            Some(path) => answer_line(format!(
                "{}: {} records, verifier key {key}",
                path.display(),
                checkpoint.head().size
            )),
            None => answer(text),
        }
    }
}

/// The same failure, with what to do when the newest checkpoint is another's.
pub(super) fn explained(error: signet::Error) -> Failure {
    match error.kind() {
        ErrorKind::NoteUnsigned => Failure::new(
            Outcome::Failed,
            "note_unsigned",
            "the log's newest checkpoint is signed by another key or under another name",
        )
        .with_advice(
            "Give the --log-key-name and --origin that it was signed with. To change them for good, \
             move .log/checkpoint of the audit folder away.",
        ),
        ErrorKind::LogDamaged => {
            Failure::from(error).with_advice("`signet log verify` shows what is wrong.")
        }
        _ => error.into(),
    }
}
