//! `signet log prove`: what an auditor gets. The proof file, the record and the
//! log's verifier key are all that `signet proof verify` needs.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;
use signet::ErrorKind;
use signet::log::{Log, evidence, line};
use signet::tlog::tlog_proof::TlogProof;

use crate::context::Context;
use crate::failure::{Done, Failure, Outcome};
use crate::log_key::LogKey;
use crate::terminal::{answer, answer_line};
use crate::whole_file;

use super::checkpoint::explained;

/// How often other writers may come between a checkpoint and its proof.
const ATTEMPTS: u32 = 16;

/// What `log prove` takes.
#[derive(Args, Debug)]
pub struct Command {
    /// The number of the record, from 0, or the id of its receipt
    #[arg(
        value_name = "INDEX|RECEIPT_ID",
        required_unless_present = "consistency"
    )]
    what: Option<String>,
    /// Prove that the log of so many records is the beginning of this one
    #[arg(long, value_name = "OLD_SIZE", conflicts_with_all = ["what", "record"])]
    consistency: Option<u64>,
    #[command(flatten)]
    key: LogKey,
    /// Write the proof into a file, and what it is about beside it: the record
    /// into FILE with the extension .record.json, or with --consistency the new
    /// checkpoint into FILE with the extension .checkpoint
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Write the record into this file
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
}

impl Command {
    /// Runs it.
    pub fn run(self, context: &Context) -> Done {
        let log = self.key.open_log(context)?;
        match (&self.what, self.consistency) {
            (Some(what), _) => self.prove_record(&log, index_of(&log, what)?, context)?,
            (None, Some(old_size)) => self.prove_consistency(&log, old_size, context)?,
            (None, None) => return Err(Failure::usage("name a record, or give --consistency")),
        }
        Ok(log.close()?)
    }

    fn prove_record(&self, log: &Log, index: u64, context: &Context) -> Done {
        let proof = log.prove(index).map_err(explained)?;
        let record = log.read(index)?;
        let key = log.verifier_key()?.to_string();
        let text = proof.encode();
        let record_file = self
            .record
            .clone()
            .or_else(|| Some(self.output.as_ref()?.with_extension("record.json")));
        if record_file.is_some() && record_file == self.output {
            return Err(Failure::usage("--output and --record name the same file"));
        }
        if let Some(path) = &self.output {
            whole_file::write("proof", path, &text)?;
        }
        if let Some(path) = &record_file {
            let mut line = record.line.clone();
            line.push(b'\n');
            whole_file::write_private("record", path, line)?;
        }
        if context.json {
            return answer_line(
                json!({
                    "index": index,
                    "size": proof.checkpoint().head().size,
                    "record_hash": line::hash_text(&record.record_hash),
                    "receipt_id": record.view().id(),
                    "proof": text,
                    "record": String::from_utf8_lossy(&record.line),
                    "proof_file": shown(self.output.as_deref()),
                    "record_file": shown(record_file.as_deref()),
                    "verifier_key": key,
                })
                .to_string(),
            );
        }
        match (&self.output, &record_file) {
            (Some(output), Some(record_file)) => answer(told(&proof, &key, output, record_file)),
            _ => answer(text),
        }
    }

    fn prove_consistency(&self, log: &Log, old_size: u64, context: &Context) -> Done {
        let (note, text) = consistent(log, old_size)?;
        let key = log.verifier_key()?.to_string();
        let checkpoint_file = self
            .output
            .as_ref()
            .map(|output| output.with_extension("checkpoint"));
        if checkpoint_file.is_some() && checkpoint_file == self.output {
            return Err(Failure::usage(
                "--output must not end in .checkpoint: the checkpoint goes there",
            ));
        }
        if let (Some(path), Some(checkpoint)) = (&self.output, &checkpoint_file) {
            whole_file::write("proof", path, &text)?;
            whole_file::write("checkpoint", checkpoint, &note)?;
        }
        if context.json {
            return answer_line(
                json!({
                    "old_size": old_size,
                    "proof": text,
                    "checkpoint": note,
                    "proof_file": shown(self.output.as_deref()),
                    "checkpoint_file": shown(checkpoint_file.as_deref()),
                    "verifier_key": key,
                })
                .to_string(),
            );
        }
        match (&self.output, &checkpoint_file) {
            (Some(output), Some(new)) => answer(format!(
                "proof        {}\ncheckpoint   {}\nto verify    signet proof verify {} --old OLD_CHECKPOINT --new {} --log-key '{key}'\n",
                output.display(),
                new.display(),
                output.display(),
                new.display(),
            )),
            _ => answer(text),
        }
    }
}

/// The record that is meant.
fn index_of(log: &Log, what: &str) -> Result<u64, Failure> {
    if !what.is_empty() && what.bytes().all(|byte| byte.is_ascii_digit()) {
        return what.parse().map_err(|_| {
            Failure::usage(format!("'{what}' is too large for the number of a record"))
        });
    }
    match log.find(what, 2)?.as_slice() {
        [] => Err(Failure::new(
            Outcome::Failed,
            "record_not_found",
            format!("the log has no receipt with the id '{what}'"),
        )
        .with_advice(
            "`signet audit` lists the receipts; a record can also be named by its number, from 0.",
        )),
        [index] => Ok(*index),
        [first, second, ..] => Err(Failure::usage(format!(
            "the log has this receipt more than once, as record {first} and as record {second}: give the number"
        ))),
    }
}

/// A checkpoint and the proof that it continues the log of `old_size` records.
fn consistent(log: &Log, old_size: u64) -> Result<(String, String), Failure> {
    for _ in 0..ATTEMPTS {
        let note = log.checkpoint().map_err(explained)?;
        let before = signet::tlog::checkpoint::Checkpoint::parse(note.text())?;
        let proof = log.prove_consistency(old_size)?;
        if log.tree_head()? == *before.head() {
            let text = evidence::consistency_text(&proof.path);
            return Ok((note.encode(), String::from_utf8_lossy(&text).into_owned()));
        }
    }
    Err(signet::Error::new(
        ErrorKind::LogBusy,
        "log",
        "other writers keep appending; try again",
    )
    .into())
}

fn told(proof: &TlogProof, key: &str, output: &Path, record: &Path) -> String {
    format!(
        "proof        {}\nrecord       {}\nis           number {} of {}, from 0\nto verify    signet proof verify {} --record {} --log-key '{key}'\n",
        output.display(),
        record.display(),
        proof.index(),
        proof.checkpoint().head().size,
        output.display(),
        record.display(),
    )
}

fn shown(path: Option<&Path>) -> Option<String> {
    path.map(|path| path.display().to_string())
}
