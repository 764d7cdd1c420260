//! `signet proof`: holding proofs to a log's verifier key. It needs neither the
//! log nor a home folder nor a network.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde_json::{Value, json};
use signet::encoding::{base64, rfc3339::Instant};
use signet::log::RecordView;
use signet::log::evidence::{self, ProofNotes};
use signet::log::line::{self, RecordHash};
use signet::tlog::checkpoint_policy::VerifiedCheckpoint;
use signet::tlog::tlog_proof::TlogProof;

use crate::context::Context;
use crate::documents;
use crate::failure::{Done, Failure, Outcome};
use crate::terminal::{answer, answer_line, plain};
use crate::verifier_keys::{self, Witnesses, is_a_no};

/// The commands about proofs.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Verify that a record is in a log, or that a log only grew
    Verify(Verify),
}

impl Command {
    /// Runs it.
    pub fn run(self, context: &Context) -> Done {
        match self {
            Command::Verify(command) => command.run(context),
        }
    }
}

/// What `proof verify` takes.
#[derive(Args, Debug)]
#[command(
    after_help = "Exit code: 0 when the proof holds, 1 when it does not, 3 when the files or \
the key cannot be used. What the record itself says is not verified here: `signet verify` holds its \
receipt to its signer's key."
)]
pub struct Verify {
    /// The proof (C2SP tlog-proof; with --old and --new the lines of a consistency
    /// proof)
    file: PathBuf,
    /// The record: its line of the log, as `log prove` writes it
    #[arg(long, value_name = "FILE", required_unless_present_any = ["receipt", "old"])]
    record: Option<PathBuf>,
    /// The receipt in place of the record; with both, it must be the record's
    #[arg(long, value_name = "FILE")]
    receipt: Option<PathBuf>,
    /// The log's verifier key (C2SP), or a file with it; of several, one must have
    /// signed
    #[arg(long, value_name = "VKEY", required = true)]
    log_key: Vec<String>,
    #[command(flatten)]
    witnesses: Witnesses,
    /// For a consistency proof: the older checkpoint
    #[arg(long, value_name = "CHECKPOINT", requires = "new", conflicts_with_all = ["record", "receipt", "keys"])]
    old: Option<PathBuf>,
    /// For a consistency proof: the newer checkpoint
    #[arg(long, value_name = "CHECKPOINT", requires = "old")]
    new: Option<PathBuf>,
}

impl Verify {
    fn run(self, context: &Context) -> Done {
        let keys = verifier_keys::resolve_all(&self.log_key)?;
        let proof = documents::read("proof", &self.file)?;
        if let (Some(old), Some(new)) = (&self.old, &self.new) {
            let old = documents::read("old checkpoint", old)?;
            let new = documents::read("new checkpoint", new)?;
            let [key] = keys.as_slice() else {
                return Err(Failure::usage(
                    "a consistency proof is held to one --log-key",
                ));
            };
            let vkey = key.to_string();
            let held = evidence::verify_consistency(&old, &new, &proof, &vkey).and_then(|()| {
                let size = |note| Ok(evidence::open_checkpoint(note, &vkey)?.size);
                Ok((size(&old)?, size(&new)?))
            });
            return conclude(context.json, held, |(old, new)| {
                let text = format!(
                    "HOLDS\n  log       {}\n  grown     from {old} to {new} records; the first {old} are as they were\n",
                    plain(key.name())
                );
                let value = json!({"holds": true, "log": key.name(), "old_size": old, "size": new});
                (value, text)
            });
        }
        let policy = self.witnesses.policy(keys)?;
        let proof = TlogProof::parse(&proof)?;
        let receipt = self.receipt.as_deref();
        let record = self.record.as_deref();
        let held = what_is_proved(&proof, record, receipt)?.and_then(|proved| {
            let verified = proof.verify(&proved.hash, &policy)?;
            Ok((proved, verified))
        });
        conclude(context.json, held, |(proved, verified)| {
            (
                proved.json(&proof, &verified),
                proved.text(&proof, &verified),
            )
        })
    }
}

/// Prints what holds, or that it does not.
fn conclude<T>(
    json: bool,
    held: signet::Result<T>,
    show: impl FnOnce(T) -> (Value, String),
) -> Done {
    match held {
        Ok(shown) => match (json, show(shown)) {
            (true, (value, _)) => answer_line(value.to_string()),
            (false, (_, text)) => answer(text),
        },
        Err(error) if is_a_no(error.kind()) => {
            match json {
                true => answer_line(
                    json!({"holds": false, "code": error.kind().code(), "reason": error.to_string()})
                        .to_string(),
                ),
                false => answer_line(format!("DOES NOT HOLD\n  {}", plain(&error.to_string()))),
            }?;
            Err(Failure::said(Outcome::Invalid))
        }
        Err(error) => Err(error.into()),
    }
}

/// The record that the proof should be about.
struct Proved {
    hash: RecordHash,
    receipt: Vec<u8>,
}

/// Reads the record or the receipt. The inner error is a no, the outer one says
/// that it cannot be judged.
fn what_is_proved(
    proof: &TlogProof,
    record: Option<&Path>,
    receipt: Option<&Path>,
) -> Result<signet::Result<Proved>, Failure> {
    let receipt = receipt
        .map(|path| documents::read("receipt", path))
        .transpose()?;
    let Some(record) = record else {
        let receipt = receipt.unwrap_or_default();
        let Some(previous) = ProofNotes::in_proof(proof).previous else {
            return Err(Failure::usage(
                "the proof does not say which record comes before, so a receipt is not enough",
            )
            .with_advice("Give the record's line of the log with --record."));
        };
        let hash = evidence::record_hash_of_receipt(&receipt, &previous)?;
        return Ok(Ok(Proved { hash, receipt }));
    };
    let text = documents::read("record", record)?;
    let text = text.trim_ascii_end();
    let mut scratch = Vec::new();
    let checked = line::check(text, &mut scratch)?;
    let hash = match evidence::record_hash(text) {
        Ok(hash) => hash,
        Err(error) => return Ok(Err(error)),
    };
    let in_record = checked.receipt(&scratch).to_vec();
    if let (Some(receipt), Some(previous)) = (receipt, checked.previous)
        && evidence::record_hash_of_receipt(&receipt, &previous)? != hash
    {
        return Ok(Err(signet::Error::new(
            signet::ErrorKind::ProofInvalid,
            "receipt",
            "it is not the one in the record",
        )));
    }
    Ok(Ok(Proved {
        hash,
        receipt: in_record,
    }))
}

impl Proved {
    fn json(&self, proof: &TlogProof, verified: &VerifiedCheckpoint) -> Value {
        let view = RecordView::new(&self.receipt);
        let head = verified.checkpoint.head();
        let witnesses: Vec<Value> = verified
            .cosignatures
            .iter()
            .map(|seen| json!({"name": seen.witness.name(), "time": time_text(seen.time)}))
            .collect();
        json!({
            "holds": true,
            "log": verified.checkpoint.origin(),
            "index": proof.index(),
            "size": head.size,
            "root": base64::encode(&head.root),
            "record_hash": line::hash_text(&self.hash),
            "receipt_id": view.id(),
            "tool": view.tool(),
            "signer": view.signer(),
            "time": view.time_text(),
            "witnesses": witnesses,
        })
    }

    fn text(&self, proof: &TlogProof, verified: &VerifiedCheckpoint) -> String {
        let view = RecordView::new(&self.receipt);
        let mut text = String::from("HOLDS\n");
        let mut row = |name: &str, value: &str| {
            let _ = writeln!(text, "  {name:<10}{}", plain(value));
        };
        row("log", verified.checkpoint.origin());
        row(
            "record",
            &format!(
                "number {} of {}, from 0",
                proof.index(),
                verified.checkpoint.head().size
            ),
        );
        row("hash", &line::hash_text(&self.hash));
        for seen in &verified.cosignatures {
            row(
                "witness",
                &format!("{} at {}", seen.witness.name(), time_text(seen.time)),
            );
        }
        let claims: Vec<String> = [view.id(), view.tool(), view.signer(), view.time_text()]
            .into_iter()
            .flatten()
            .map(std::borrow::Cow::into_owned)
            .collect();
        row("says", &claims.join(", "));
        text
    }
}

fn time_text(seconds: u64) -> String {
    i64::try_from(seconds)
        .ok()
        .and_then(|seconds| Instant::from_unix_millis(seconds.checked_mul(1000)?).ok())
        .map_or_else(|| seconds.to_string(), Instant::to_text)
}
