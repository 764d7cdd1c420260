//! What the log does and says about itself: setting torn bytes aside, and
//! signed receipts about what was found.
//!
//! Such a receipt is an ordinary version 1 receipt with a tool name of our own,
//! so that every Signet reads it and verifies it.

use crate::crypto::digest;
use crate::encoding::object::ObjectWriter;
use crate::encoding::rfc3339::Instant;
use crate::error::Result;
use crate::identity::KeyPair;
use crate::log::Quarantined;
use crate::log::disk::{self, Disk, DiskFile, Opening};
use crate::log::incident::Incident;
use crate::log::line;
use crate::log::recover::Position;
use crate::log::verdict::Verdict;
use crate::receipt::{self, Action, ActionOptions, Field, Receipt, SignOptions, Signer};

/// The tool of the receipt that tells of bytes that were set aside.
pub const RECOVER_TOOL: &str = "signet.log/recover";
/// The tool of the receipt that tells of damage which stays in the log.
pub const BREAK_TOOL: &str = "signet.log/break";
/// The tool of the receipt that opens a segment and tells what the one before
/// was.
pub const ROTATE_TOOL: &str = "signet.log/rotate";
/// The tool of the receipt that tells which segments were removed for good.
pub const PRUNE_TOOL: &str = "signet.log/prune";
/// What the receipts of the log about itself have for a target.
pub(super) const TARGET: &str = "signet.log";
/// What their tools begin with, those of later versions too.
const TOOLS: &str = "signet.log/";

const QUARANTINE: &str = ".log/quarantine";
/// How much is copied at a time.
const PIECE: usize = 256 << 10;

/// Copies the bytes `from..to` of a segment into a file of their own, durably.
pub(super) fn quarantine(
    disk: &dyn Disk,
    file: &dyn DiskFile,
    segment: &str,
    from: u64,
    to: u64,
) -> Result<Quarantined> {
    let failed = |cause: &std::io::Error| disk::failed(disk, QUARANTINE, cause);
    disk.make_folder(QUARANTINE)
        .map_err(|cause| failed(&cause))?;
    let mut number = 0_u32;
    let (path, copy) = loop {
        let path = format!("{QUARANTINE}/{segment}.{from}.{number}");
        match disk.open(&path, Opening::CreateNew) {
            Ok(copy) => break (path, copy),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => number += 1,
            Err(cause) => return Err(failed(&cause)),
        }
    };
    let copied = copy_piecewise(file, copy.as_ref(), from, to).map_err(|cause| failed(&cause))?;
    copy.sync_data()
        .and_then(|()| disk.sync_folder(QUARANTINE))
        .and_then(|()| disk.sync_folder(".log"))
        .map_err(|cause| failed(&cause))?;
    Ok(Quarantined {
        file: path,
        len: to.saturating_sub(from),
        sha256: copied,
    })
}

fn copy_piecewise(
    source: &dyn DiskFile,
    target: &dyn DiskFile,
    from: u64,
    to: u64,
) -> std::io::Result<[u8; 32]> {
    let mut hasher = digest::Sha256Stream::new();
    let mut at = from;
    let mut buffer = Vec::new();
    while at < to {
        let want = usize::try_from(to - at).unwrap_or(PIECE).min(PIECE);
        buffer.resize(want, 0);
        let count = disk::read_full(source, &mut buffer, at)?;
        if count == 0 {
            break;
        }
        let mut piece = buffer.get(..count).unwrap_or(&[]);
        hasher.update(piece);
        while !piece.is_empty() {
            match target.append(piece)? {
                0 => return Err(std::io::ErrorKind::WriteZero.into()),
                written => piece = piece.get(written..).unwrap_or(&[]),
            }
        }
        at += count as u64;
    }
    Ok(hasher.finish())
}

/// Whether a receipt claims to be a statement of the log about itself. Whose it is,
/// its signature tells.
pub(super) fn is_statement(receipt: &Receipt) -> bool {
    // A tool of any name can be called, but not with the log for a server.
    receipt.text(Field::Target) == Some(TARGET)
        && receipt
            .text(Field::Tool)
            .is_some_and(|tool| tool.starts_with(TOOLS))
}

/// A signed receipt with a statement of the log about itself, in canonical JSON.
pub(super) fn state(key: &KeyPair, tool: &str, params: &[u8], now: Instant) -> Result<Vec<u8>> {
    let mut action = Vec::with_capacity(params.len() + 128);
    let mut object = ObjectWriter::new(&mut action);
    object.member("params", Some(params));
    object.text("target", TARGET);
    object.text("tool", tool);
    object.end();
    let action = Action::parse(&action, &ActionOptions::default())?;
    let signer = Signer {
        name: TARGET,
        owner: "",
    };
    let options = SignOptions {
        time: Some(now),
        ..SignOptions::default()
    };
    Ok(receipt::sign(key, &action, &signer, &options)?
        .json()
        .to_vec())
}

/// A signed receipt about an incident, in canonical JSON. `end` is where the
/// log goes on from.
pub(super) fn receipt(
    key: &KeyPair,
    incident: &Incident,
    end: &Position,
    now: Instant,
) -> Result<Vec<u8>> {
    let tool = match incident.verdict {
        Verdict::Torn => RECOVER_TOOL,
        _ => BREAK_TOOL,
    };
    let mut params = Vec::with_capacity(512);
    let mut object = ObjectWriter::new(&mut params);
    object.member("incident", Some(incident.to_json().as_bytes()));
    object.text("last_good_hash", &line::hash_text(&end.last));
    object.member("next_index", Some(end.count.to_string().as_bytes()));
    object.end();
    state(key, tool, &params, now)
}
