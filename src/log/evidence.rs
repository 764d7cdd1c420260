//! Evidence without the log: a record's line, a proof file, two checkpoints.
//! Everything here is pure; whoever holds the bytes and the log's verifier key
//! needs nothing else.

use crate::encoding::jcs::{self, Limits};
use crate::encoding::object::ObjectWriter;
use crate::encoding::{base64, members};
use crate::error::{Error, ErrorKind, Result};
use crate::log::StoredRecord;
use crate::log::line::{self, RecordHash};
use crate::log::record::Record;
use crate::tlog::checkpoint_policy::CheckpointPolicy;
use crate::tlog::proof::{MAX_PROOF_LEN, verify_consistency as verify_path};
use crate::tlog::tlog_proof::TlogProof;
use crate::tlog::tree::{HASH_LEN, Hash, TreeHead};
use crate::tlog::verifier_key::VerifierKey;

/// What a proof file proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProvedRecord {
    /// The number of the record in the log, from 0.
    pub index: u64,
    /// How many records the checkpoint covers.
    pub size: u64,
}

/// What a proof file of ours says in its `extra` line, as a JSON object: `id`,
/// that of the receipt where it has one, and `prev_hash`, the hash of the record
/// before.
///
/// Nothing authenticates the line, and nothing needs to: a receipt and a wrong
/// previous hash make another record hash, which the proof is not about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProofNotes {
    /// The id of the receipt.
    pub id: Option<String>,
    /// The hash of the record before.
    pub previous: Option<RecordHash>,
}

impl ProofNotes {
    /// About a record.
    pub fn of(record: &StoredRecord) -> ProofNotes {
        ProofNotes {
            id: record.view().id().map(std::borrow::Cow::into_owned),
            previous: Some(record.previous),
        }
    }

    /// The text of the line, before its base64.
    pub fn to_json(&self) -> Vec<u8> {
        let mut out = Vec::new();
        let mut object = ObjectWriter::new(&mut out);
        if let Some(id) = self.id.as_ref().filter(|id| id.len() <= MAX_ID_LEN) {
            object.text("id", id);
        }
        if let Some(previous) = &self.previous {
            object.text("prev_hash", &line::hash_text(previous));
        }
        object.end();
        out
    }

    /// What a proof says; nothing where its line is somebody else's.
    pub fn in_proof(proof: &TlogProof) -> ProofNotes {
        let notes = proof.extra().unwrap_or(&[]);
        let Ok(canonical) = jcs::canonicalize_exactly(notes, &Limits::default()) else {
            return ProofNotes::default();
        };
        let text = |name| {
            let range = members::find(&canonical, 0, name)?;
            Some(members::string_at(&canonical, range)?.into_owned())
        };
        ProofNotes {
            id: text("id"),
            previous: text("prev_hash").and_then(|hash| line::parse_hash(hash.as_bytes())),
        }
    }
}

/// The longest id that is noted, in bytes: the line has a limit.
const MAX_ID_LEN: usize = 1024;

/// The hash of the record that a receipt makes behind the record with the hash
/// `previous`. The receipt's signature is not looked at.
///
/// Fails as [`Record::parse`] does.
pub fn record_hash_of_receipt(receipt: &[u8], previous: &RecordHash) -> Result<RecordHash> {
    let record = Record::parse(receipt, line::MAX_LINE_LEN)?;
    Ok(line::append_line(&mut Vec::new(), record.json(), previous))
}

/// Verifies a `c2sp.org/tlog-proof@v1` file about the record with this hash,
/// under the log's verifier key.
pub fn verify_proof(proof: &[u8], record_hash: &RecordHash, vkey: &str) -> Result<ProvedRecord> {
    let policy = CheckpointPolicy::of_log(VerifierKey::parse(vkey)?)?;
    let proof = TlogProof::parse(proof)?;
    let verified = proof.verify(record_hash, &policy)?;
    Ok(ProvedRecord {
        index: proof.index(),
        size: verified.checkpoint.head().size,
    })
}

/// The tree head of a checkpoint that is signed under the log's verifier key.
pub fn open_checkpoint(note: &[u8], vkey: &str) -> Result<TreeHead> {
    let policy = CheckpointPolicy::of_log(VerifierKey::parse(vkey)?)?;
    let verified = policy
        .open(note)
        .map_err(|error| error.within("checkpoint"))?;
    Ok(*verified.checkpoint.head())
}

/// The hash of a record's line; refuses a line that states another one.
pub fn record_hash(line: &[u8]) -> Result<RecordHash> {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let checked = line::check(line, &mut Vec::new())?;
    if checked.is_consistent() {
        return Ok(checked.computed);
    }
    Err(Error::new(
        ErrorKind::LogTampered,
        "record",
        "it does not have the hash that it states",
    ))
}

/// The hashes of a consistency proof, in base64, one a line.
pub fn consistency_text(path: &[Hash]) -> Vec<u8> {
    let mut text = Vec::with_capacity(path.len() * 45);
    for hash in path {
        base64::append(&mut text, hash);
        text.push(b'\n');
    }
    text
}

/// Verifies that one checkpoint continues another, by the lines of
/// [`consistency_text`]. Both must be signed under the log's verifier key.
pub fn verify_consistency(old: &[u8], new: &[u8], proof: &[u8], vkey: &str) -> Result<()> {
    let policy = CheckpointPolicy::of_log(VerifierKey::parse(vkey)?)?;
    let old = policy
        .open(old)
        .map_err(|error| error.within("old checkpoint"))?;
    let new = policy
        .open(new)
        .map_err(|error| error.within("new checkpoint"))?;
    let path = parse_consistency(proof)?;
    verify_path(old.checkpoint.head(), new.checkpoint.head(), &path)
}

fn parse_consistency(text: &[u8]) -> Result<Vec<Hash>> {
    let malformed = || {
        Error::new(
            ErrorKind::ProofInvalid,
            "consistency proof",
            "each line must be the base64 of one hash, and end with a line feed",
        )
    };
    let mut path = Vec::new();
    let mut rest = text;
    while let Some(end) = rest.iter().position(|&byte| byte == b'\n') {
        let hash = base64::decode_array::<HASH_LEN>(&rest[..end]).ok_or_else(malformed)?;
        if path.len() == MAX_PROOF_LEN {
            return Err(malformed());
        }
        path.push(*hash);
        rest = &rest[end + 1..];
    }
    if rest.is_empty() {
        Ok(path)
    } else {
        Err(malformed())
    }
}
