//! What a log holds, in numbers: for a look at it, not for a judgement.
//!
//! Nothing is opened for writing, and nothing is verified: a damaged log has
//! numbers, too, and where lines are no records that is one of them.

use std::ops::ControlFlow;

use crate::crypto::digest::sha256;
use crate::error::Result;
use crate::log::disk::{self, Disk};
use crate::log::head;
use crate::log::line;
use crate::log::pruned::{self, BeginningOfLog};
use crate::log::read::{self, Start, StoredRecord};
use crate::log::recover::Position;
use crate::log::segment;
use crate::log::tree;
use crate::tlog::checkpoint::Checkpoint;
use crate::tlog::tree::{Frontier, TreeHead, leaf_hash};

/// What is known of a log without reading its lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outline {
    /// How many segments there are.
    pub segments: u64,
    /// How long they are together, in bytes.
    pub bytes: u64,
    /// How many records the log remembers to have made durable; `None` where
    /// only the published Signet has written.
    pub durable: Option<u64>,
    /// What the newest checkpoint beside the log says, whoever has signed it.
    pub checkpoint: Option<Checkpoint>,
}

/// What a log holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Survey {
    /// What is known without reading the lines.
    pub outline: Outline,
    /// The number of the first record that is left: 0, unless records were
    /// removed.
    pub first: u64,
    /// How many records are left, with the lines that are no records.
    pub records: u64,
    /// How many lines are no records.
    pub unreadable: u64,
    /// Whether bytes stand at the end that are part of a record.
    pub torn: bool,
    /// The tree over all records as they state their hashes; `None` when records
    /// are missing from the beginning and nothing tells the tree over them.
    pub tree: Option<TreeHead>,
}

/// What is known without reading the lines.
pub(super) fn outline(disk: &dyn Disk) -> Result<Outline> {
    let names = segment::segments(disk).map_err(|cause| disk::failed(disk, "", &cause))?;
    let mut outline = Outline {
        segments: names.len() as u64,
        bytes: 0,
        durable: head::read_heads(disk)?.first().map(|head| head.count),
        checkpoint: tree::remembered(disk),
    };
    for name in &names {
        let len = disk::len_of(disk, name).map_err(|cause| disk::failed(disk, name, &cause))?;
        outline.bytes = outline.bytes.saturating_add(len);
    }
    Ok(outline)
}

/// Reads the lines once, and shows each record.
pub(super) fn survey(
    disk: &dyn Disk,
    visit: &mut dyn FnMut(&StoredRecord) -> ControlFlow<()>,
) -> Result<Survey> {
    let mut survey = Survey {
        outline: outline(disk)?,
        ..Survey::default()
    };
    let names = segment::segments(disk).map_err(|cause| disk::failed(disk, "", &cause))?;
    let (start, mut frontier) = match pruned::examine(disk, &names, None)? {
        BeginningOfLog::Whole => (Start::default(), Some(Frontier::new())),
        BeginningOfLog::Pruned { pruned, .. } => (pruned.start(), Some(pruned.frontier)),
        BeginningOfLog::Unexplained { start, .. } => (start, None),
    };
    survey.first = start.index;
    let mut scratch = Vec::new();
    read::lines_forwards(disk, &start, &Position::end(), &mut |found| {
        let record = read::stored(&found, &mut scratch);
        if !found.line.terminated && record.is_err() {
            survey.torn = true;
            return Ok(ControlFlow::Continue(()));
        }
        survey.records += 1;
        if let Some(frontier) = &mut frontier {
            let entry = line::stated_hash(found.line.bytes, &mut scratch)
                .unwrap_or_else(|| sha256(found.line.bytes));
            frontier.push(leaf_hash(&entry));
        }
        match record {
            Ok(record) => Ok(visit(&record)),
            Err(_) => {
                survey.unreadable += 1;
                Ok(ControlFlow::Continue(()))
            }
        }
    })?;
    survey.tree = frontier.map(|frontier| frontier.head());
    Ok(survey)
}
