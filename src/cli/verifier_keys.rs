//! How the keys of logs and witnesses are given: as the text of a C2SP verifier
//! key, `<name>+<id>+<base64>`, or as a file with that text.

use std::path::Path;

use clap::Args;
use signet::error::ErrorKind;
use signet::tlog::checkpoint_policy::CheckpointPolicy;
use signet::tlog::verifier_key::VerifierKey;

use crate::documents;
use crate::failure::{Failure, Outcome};

/// The key that `text` is, or that stands in the file of that name.
pub fn resolve(text: &str) -> Result<VerifierKey, Failure> {
    let error = match VerifierKey::parse(text) {
        Ok(key) => return Ok(key),
        Err(error) => error,
    };
    let path = Path::new(text);
    if !path.is_file() {
        let malformed = error.kind() == ErrorKind::KeyInvalid;
        return Err(match malformed {
            true => Failure::new(
                Outcome::Failed,
                "key_invalid",
                format!("'{text}' is neither a verifier key nor a file with one: {error}"),
            )
            .with_advice("`signet log checkpoint --verifier-key` prints that of a log."),
            false => error.into(),
        });
    }
    let content = documents::read("verifier key", path)?;
    let content = String::from_utf8_lossy(&content);
    Ok(VerifierKey::parse(content.trim_end())?)
}

/// The keys that `texts` are.
pub fn resolve_all(texts: &[String]) -> Result<Vec<VerifierKey>, Failure> {
    texts.iter().map(|text| resolve(text)).collect()
}

/// The flags about witnesses.
#[derive(Args, Debug)]
pub struct Witnesses {
    /// The verifier key of a witness that may cosign checkpoints, or a file with it
    #[arg(long = "witness", value_name = "VKEY", requires = "log_key")]
    keys: Vec<String>,
    /// How many of them must have cosigned [default: all that are given]
    #[arg(long = "witnesses-required", value_name = "N", requires = "keys")]
    required: Option<usize>,
}

impl Witnesses {
    /// What a checkpoint of one of these logs must have to be believed.
    pub fn policy(&self, logs: Vec<VerifierKey>) -> Result<CheckpointPolicy, Failure> {
        let witnesses = resolve_all(&self.keys)?;
        let required = self.required.unwrap_or(witnesses.len());
        Ok(CheckpointPolicy::new(logs, witnesses, required)?)
    }
}

/// What could be read but is not vouched for: that is a no. What cannot be read
/// is an error.
pub fn refused(what: &str, error: &signet::Error) -> Failure {
    let mut failure = Failure::from(error.clone().within(what));
    if is_a_no(error.kind()) {
        failure.outcome = Outcome::Invalid;
    }
    failure
}

/// Whether evidence that could be read does not hold.
pub fn is_a_no(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::NoteUnsigned
            | ErrorKind::SignatureInvalid
            | ErrorKind::ProofInvalid
            | ErrorKind::LogTampered
    )
}
