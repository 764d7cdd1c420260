//! Where a log begins whose oldest segments were removed.
//!
//! Removing them leaves a signed receipt in the log. It states what was removed,
//! how many records came before the first one that was kept, the hash that this
//! one must name, and the frontier of the tree over what was removed: from there
//! the chain, the numbers and the tree go on as if nothing were missing. The
//! newest such receipt is also kept beside the log, so that opening need not
//! look for it.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use crate::crypto::ed25519::PublicKey;
use crate::encoding::jcs::Limits;
use crate::encoding::object::ObjectWriter;
use crate::encoding::record::Reading;
use crate::encoding::{hex, members};
use crate::error::Result;
use crate::log::control::{PRUNE_TOOL, TARGET};
use crate::log::disk::{self, Disk, Opening};
use crate::log::head::HeadFile;
use crate::log::line::{self, GENESIS, RecordHash};
use crate::log::read::{self, Start};
use crate::log::recover::Position;
use crate::log::segment::LineReader;
use crate::log::sparse_index::SparseIndex;
use crate::receipt::{Expiry, Receipt, VerifyOptions};
use crate::tlog::tree::Frontier;

/// Where the newest receipt about removed segments stands once more.
pub(super) const PRUNED_PATH: &str = ".log/pruned";
const MAX_LEN: u64 = 16 << 20;
/// How much of a segment is read for its first line.
const FIRST_LOOK: u64 = 4096;

/// A segment that was removed, or would be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrunedSegment {
    /// Its name.
    pub name: String,
    /// How many records it has.
    pub records: u64,
    /// Its length in bytes.
    pub len: u64,
    /// The SHA-256 of its bytes, to find it in an archive.
    pub sha256: [u8; 32],
}

/// What a receipt states about removed segments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pruned {
    /// The segments of this removal, oldest first.
    pub segments: Vec<PrunedSegment>,
    /// The first segment that was kept.
    pub first_kept: String,
    /// How many records came before it in all.
    pub count: u64,
    /// The hash of the last of them.
    pub last: RecordHash,
    /// The tree over them.
    pub frontier: Frontier,
}

impl Pruned {
    /// The statement as the params of a receipt.
    pub fn to_params(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(1024);
        let mut object = ObjectWriter::new(&mut out);
        object.text("first_kept", &self.first_kept);
        object.text("frontier", &hex::encode(&self.frontier.encode()));
        object.text("last_hash", &line::hash_text(&self.last));
        object.member("next_index", Some(self.count.to_string().as_bytes()));
        object.member("segments", Some(&segments_json(&self.segments)));
        object.end();
        out
    }

    /// Where the log goes on.
    pub fn position(&self) -> Position {
        Position {
            segment: self.first_kept.clone(),
            offset: 0,
            count: self.count,
            last: self.last,
        }
    }

    /// Where reading starts.
    pub fn start(&self) -> Start {
        Start {
            segment: self.first_kept.clone(),
            offset: 0,
            index: self.count,
        }
    }

    /// Reads a receipt whose signature holds under the key that it names;
    /// answers that key, too.
    pub fn of_receipt(json: &[u8]) -> Option<(Pruned, PublicKey)> {
        let receipt = Receipt::parse(json, Reading::Strict, &Limits::default()).ok()?;
        let key = PublicKey::from_bytes(&receipt.signer_key_bytes().ok()?).ok()?;
        let options = VerifyOptions {
            trusted: &[&key],
            expiry: Expiry::Ignored,
        };
        receipt.verify(&options).ok()?;
        let action = members::find(json, 0, "action")?.start;
        let named = |name: &str| members::string_at(json, members::find(json, action, name)?);
        // Tools of any name can be called; what goes to a server has that for a target.
        if named("tool")? != PRUNE_TOOL || named("target")? != TARGET {
            return None;
        }
        let params = members::find(json, action, "params")?.start;
        let text = |name: &str| members::string_at(json, members::find(json, params, name)?);
        let frontier = hex_bytes(text("frontier")?.as_bytes())?;
        let list = members::find(json, params, "segments")?.start;
        let pruned = Pruned {
            segments: members::elements(json, list)
                .map(|element| segment_of(json, element.start))
                .collect::<Option<_>>()?,
            first_kept: text("first_kept")?.into_owned(),
            count: number(json, params, "next_index")?,
            last: line::parse_hash(text("last_hash")?.as_bytes())?,
            frontier: Frontier::decode(&frontier).ok()?,
        };
        (pruned.frontier.size() == pruned.count).then_some((pruned, key))
    }
}

/// A list of segments as JSON text.
pub(super) fn segments_json(segments: &[PrunedSegment]) -> Vec<u8> {
    let mut out = vec![b'['];
    for (place, segment) in segments.iter().enumerate() {
        if place > 0 {
            out.push(b',');
        }
        let mut object = ObjectWriter::new(&mut out);
        object.member("len", Some(segment.len.to_string().as_bytes()));
        object.text("name", &segment.name);
        object.member("records", Some(segment.records.to_string().as_bytes()));
        object.text("sha256", &line::hash_text(&segment.sha256));
        object.end();
    }
    out.push(b']');
    out
}

/// What can be said about the beginning of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum BeginningOfLog {
    /// The first record is there, or nothing says that it is not.
    Whole,
    /// Everything before was removed, as the record `receipt` states, signed by
    /// this key.
    Pruned {
        pruned: Box<Pruned>,
        receipt: u64,
        key: Box<PublicKey>,
    },
    /// Segments are missing, and nothing explains it: at most a claim by a key that
    /// may not speak for the log.
    Unexplained { start: Start, claim: Option<Claim> },
}

/// A statement about removed segments by a key that does not count for that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Claim {
    /// The record that it is.
    pub receipt: u64,
    /// The key that signed it.
    pub key: Box<PublicKey>,
}

/// A statement in the log, and where it stands when the lines that are left are
/// numbered from 0.
struct Stated {
    pruned: Pruned,
    key: PublicKey,
    line: u64,
}

impl Stated {
    /// The number of the record that it is.
    fn number(&self, starts: &BTreeMap<String, u64>) -> u64 {
        // What a crash has left of the removed ones does not count.
        let start = starts.get(&self.pruned.first_kept).copied();
        let since = self.line.saturating_sub(start.unwrap_or_default());
        self.pruned.count.saturating_add(since)
    }
}

/// Where the log of these segments begins, by the receipt beside it or else by the
/// one in it.
pub(super) fn remembered(disk: &dyn Disk, names: &[String]) -> Result<Option<(Pruned, PublicKey)>> {
    let kept = match disk::read_whole(disk, PRUNED_PATH, MAX_LEN) {
        Ok(bytes) => Pruned::of_receipt(&bytes),
        Err(_) => None,
    };
    if let Some((pruned, key)) = kept
        && first_previous(disk, &pruned.first_kept)? == Some(pruned.last)
    {
        return Ok(Some((pruned, key)));
    }
    match examine(disk, names, None)? {
        BeginningOfLog::Pruned { pruned, key, .. } => Ok(Some((*pruned, *key))),
        _ => Ok(None),
    }
}

/// Looks into the log itself, whose segments have these names, for what explains
/// its beginning. `control_keys` are those that may; all when absent.
pub(super) fn examine(
    disk: &dyn Disk,
    names: &[String],
    control_keys: Option<&[&PublicKey]>,
) -> Result<BeginningOfLog> {
    let Some(first) = names.first() else {
        return Ok(BeginningOfLog::Whole);
    };
    if first_previous(disk, first)?.is_none_or(|previous| previous == GENESIS) {
        return Ok(BeginningOfLog::Whole);
    }
    let (mut stated, mut claimed) = (None, None);
    let mut starts = BTreeMap::new();
    let mut scratch = Vec::new();
    let finder = memchr::memmem::Finder::new(PRUNE_TOOL.as_bytes());
    read::lines_forwards(disk, &Start::default(), &Position::end(), &mut |found| {
        if !starts.contains_key(found.segment) {
            starts.insert(found.segment.to_owned(), found.index);
        }
        if finder.find(found.line.bytes).is_some()
            && let Ok(checked) = line::check(found.line.bytes, &mut scratch)
            && checked.is_consistent()
            && let Some((pruned, key)) = Pruned::of_receipt(checked.receipt(&scratch))
            // Others, true once or never, do not get in the way of the one that is.
            && starts.contains_key(&pruned.first_kept)
            && first_previous(disk, &pruned.first_kept)? == Some(pruned.last)
        {
            let counts = control_keys.is_none_or(|keys| keys.contains(&&key));
            let newest: &mut Option<Stated> = match counts {
                true => &mut stated,
                false => &mut claimed,
            };
            if newest
                .as_ref()
                .is_none_or(|known| known.pruned.count < pruned.count)
            {
                *newest = Some(Stated {
                    pruned,
                    key,
                    line: found.index,
                });
            }
        }
        Ok(ControlFlow::Continue(()))
    })?;
    if let Some(stated) = stated {
        let receipt = stated.number(&starts);
        return Ok(BeginningOfLog::Pruned {
            pruned: Box::new(stated.pruned),
            receipt,
            key: Box::new(stated.key),
        });
    }
    // A claim explains nothing, but says from where on the records are numbered.
    let claimed = claimed.filter(|claimed| claimed.pruned.first_kept == *first);
    let start = match (missing_segments(disk, names, &starts), &claimed) {
        (Some(start), _) => start,
        (None, Some(claimed)) => claimed.pruned.start(),
        (None, None) => return Ok(BeginningOfLog::Whole),
    };
    Ok(BeginningOfLog::Unexplained {
        claim: claimed.map(|claimed| Claim {
            receipt: start.index.saturating_add(claimed.line),
            key: Box::new(claimed.key),
        }),
        start,
    })
}

/// What the first record of a segment names as its predecessor.
fn first_previous(disk: &dyn Disk, segment: &str) -> Result<Option<RecordHash>> {
    let failed = |cause: &std::io::Error| disk::failed(disk, segment, cause);
    let file = match disk.open(segment, Opening::Read) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        opened => opened.map_err(|cause| failed(&cause))?,
    };
    let len = file.stat().map_err(|cause| failed(&cause))?.len;
    let mut scratch = Vec::new();
    // Nearly always the first line is a short one.
    for end in [len.min(FIRST_LOOK), len] {
        let mut reader = LineReader::new(file.as_ref(), 0, end);
        while let Some(found) = reader.next_line().map_err(|cause| failed(&cause))? {
            if !found.is_blank() && (found.terminated || end == len) {
                return Ok(line::check(found.bytes, &mut scratch)
                    .ok()
                    .and_then(|checked| checked.previous));
            }
        }
    }
    Ok(None)
}

/// Where the log begins by its index and its head, when these remember whole
/// segments which are no longer there.
fn missing_segments(
    disk: &dyn Disk,
    names: &[String],
    starts: &BTreeMap<String, u64>,
) -> Option<Start> {
    let index = SparseIndex::open_to_read(disk)?;
    let is_there = |name: &String| names.contains(name);
    if is_there(&index.find(0)?.segment) {
        return None;
    }
    let known = match index.first_entry(is_there) {
        Some(entry) => (entry.segment, entry.offset, entry.index),
        None => {
            let head = HeadFile::open_to_read(disk).ok()?.read().ok()?;
            let head = head.into_iter().next()?;
            (head.segment, head.offset, head.count)
        }
    };
    let (segment, offset, number) = known;
    // How many records there are before the place that is known.
    let lines = lines_before(disk, &segment, offset)?;
    let before = starts.get(&segment)?.checked_add(lines)?;
    Some(Start {
        segment: names.first()?.clone(),
        offset: 0,
        index: number.checked_sub(before)?,
    })
}

fn lines_before(disk: &dyn Disk, segment: &str, offset: u64) -> Option<u64> {
    let file = disk.open(segment, Opening::Read).ok()?;
    let mut reader = LineReader::new(file.as_ref(), 0, offset);
    let mut count = 0;
    while let Some(line) = reader.next_line().ok()? {
        count += u64::from(!line.is_blank());
    }
    Some(count)
}

fn segment_of(json: &[u8], start: usize) -> Option<PrunedSegment> {
    let text = |name: &str| members::string_at(json, members::find(json, start, name)?);
    Some(PrunedSegment {
        name: text("name")?.into_owned(),
        records: number(json, start, "records")?,
        len: number(json, start, "len")?,
        sha256: line::parse_hash(text("sha256")?.as_bytes())?,
    })
}

fn number(json: &[u8], start: usize, name: &str) -> Option<u64> {
    let range = members::find(json, start, name)?;
    std::str::from_utf8(json.get(range)?).ok()?.parse().ok()
}

fn hex_bytes(text: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 2);
    for pair in text.chunks(2) {
        bytes.extend_from_slice(&hex::decode::<1>(pair)?);
    }
    Some(bytes)
}
