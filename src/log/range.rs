//! Where the verification of a part of a log begins, and what is known of the
//! records before it.
//!
//! Those are not looked at. But a trusted tree head tells more than where to
//! begin: the hashes of the records before must make its tree, and then the first
//! record that is looked at names a predecessor which is in that tree. The hashes
//! come from the log's tiles, in a few reads, when these lead to the trusted
//! root, and otherwise from what the lines state.

use std::ops::ControlFlow;

use crate::crypto::digest::sha256;
use crate::encoding::key_text;
use crate::error::{Error, ErrorKind, Result};
use crate::log::disk::{self, Disk, Opening};
use crate::log::line::{self, GENESIS, RecordHash};
use crate::log::pruned::{self, BeginningOfLog};
use crate::log::read::{self, Found, Start};
use crate::log::recover::Position;
use crate::log::segment;
use crate::log::tree::{self, TileFolder};
use crate::log::verify::{FindingKind, Remover, VerifyOptions};
use crate::tlog::right_edge::RightEdge;
use crate::tlog::tiled_tree::TiledTree;
use crate::tlog::tree::{Frontier, Hash, TreeHead, leaf_hash};

/// Where a verification begins.
pub(super) struct Beginning {
    /// The place of the first record, or the end of the log.
    pub start: Start,
    /// Whether the log has that record.
    pub is_there: bool,
    /// The hash that the first record must name; `None` when the record before it
    /// does not state one.
    pub previous: Option<RecordHash>,
    /// The tree of the records before, when it is to be compared with heads.
    pub frontier: Option<Frontier>,
    /// The largest trusted head that the records before were found to make.
    pub anchored: u64,
    /// Heads that the records before do not make: what their roots should be, and
    /// what they are.
    pub contradicted: Vec<(TreeHead, Hash)>,
    /// How many records were removed, as a receipt in the log says.
    pub pruned: u64,
    /// Whose word that is.
    pub pruned_by: Option<Remover>,
    /// What is to be told of records that are missing before all others.
    pub told: Option<(FindingKind, String)>,
}

impl Beginning {
    /// The first record that is left.
    fn of_log(disk: &dyn Disk, options: &VerifyOptions<'_>) -> Result<Beginning> {
        let mut beginning = Beginning {
            start: Start::default(),
            is_there: true,
            previous: Some(GENESIS),
            frontier: Some(Frontier::new()),
            anchored: 0,
            contradicted: Vec::new(),
            pruned: 0,
            pruned_by: None,
            told: None,
        };
        let names = segment::segments(disk).map_err(|cause| disk::failed(disk, "", &cause))?;
        let control_keys = options.signatures.and_then(|policy| policy.control_keys);
        match pruned::examine(disk, &names, control_keys)? {
            BeginningOfLog::Whole => {}
            BeginningOfLog::Pruned {
                pruned,
                receipt,
                key,
            } => {
                let detail = format!(
                    "{} records were removed, as record {receipt} states, signed by {}",
                    pruned.count,
                    key_text::prefixed(&key),
                );
                beginning.start = pruned.start();
                beginning.previous = Some(pruned.last);
                beginning.pruned = pruned.count;
                beginning.pruned_by = Some(Remover {
                    key: *key,
                    is_control_key: control_keys.is_some(),
                });
                beginning.told = Some((FindingKind::Pruned, detail));
                if let Some(head) = options.trusted_head {
                    beginning.meet_before(disk, head, pruned.frontier.head());
                }
                beginning.frontier = Some(pruned.frontier);
            }
            BeginningOfLog::Unexplained { start, claim } => {
                beginning.told = Some(match claim {
                    None => (
                        FindingKind::BeginningMissing,
                        format!(
                            "{} records are missing, and no record says who removed them",
                            start.index
                        ),
                    ),
                    Some(claim) => (
                        FindingKind::RemovalUntrusted,
                        format!(
                            "{} records are missing; record {} states that they were removed, \
                             but its key may not speak for the log: {}",
                            start.index,
                            claim.receipt,
                            key_text::prefixed(&claim.key),
                        ),
                    ),
                });
                beginning.start = start;
                beginning.previous = None;
                beginning.frontier = None;
            }
        }
        Ok(beginning)
    }

    /// Holds a trusted head against the tree over removed records, by its tiles.
    fn meet_before(&mut self, disk: &dyn Disk, trusted: TreeHead, removed: TreeHead) {
        if trusted.size > removed.size {
            return;
        }
        let old = match trusted.size == removed.size {
            true => Ok(removed),
            false => TiledTree::new(TileFolder { disk }, removed)
                .prove_consistency(trusted.size)
                .map(|proof| proof.old),
        };
        match old {
            Ok(old) if old == trusted => self.anchored = trusted.size,
            Ok(old) => self.contradicted.push((trusted, old.root)),
            // Without the tiles nothing can be said.
            Err(_) => {}
        }
    }
}

/// The tree heads that the log must pass through: the trusted one, and the one
/// that it keeps beside itself.
pub(super) fn heads_to_meet(disk: &dyn Disk, options: &VerifyOptions<'_>) -> Vec<TreeHead> {
    let beside = tree::remembered(disk).map(|checkpoint| *checkpoint.head());
    options.trusted_head.into_iter().chain(beside).collect()
}

/// Finds where the first record asked for begins.
pub(super) fn beginning(
    disk: &dyn Disk,
    start: &Start,
    end: Option<&Position>,
    options: &VerifyOptions<'_>,
) -> Result<Beginning> {
    let of_log = Beginning::of_log(disk, options)?;
    if options.first == 0 || options.first == of_log.start.index {
        return Ok(of_log);
    }
    if options.first < of_log.start.index {
        return Err(absent(options.first));
    }
    let start = match start.index < of_log.start.index || start.segment.is_empty() {
        true => of_log.start.clone(),
        false => start.clone(),
    };
    let everything = Position::end();
    let end = end.unwrap_or(&everything);
    let trusted = options
        .trusted_head
        .filter(|head| head.size == options.first);
    if let Some(head) = trusted
        && let Some((frontier, last_leaf)) = from_tiles(disk, &head)
    {
        return after_tiles(disk, &start, end, of_log, head, (frontier, last_leaf));
    }
    let heads = heads_to_meet(disk, options);
    let mut lines = LinesBefore {
        first: options.first,
        heads: &heads,
        trusted: options.trusted_head,
        scratch: Vec::new(),
        beginning: Beginning {
            frontier: of_log.frontier.clone().filter(|_| !heads.is_empty()),
            ..of_log
        },
    };
    let first_left = lines.beginning.start.clone();
    // The tree is made from the first record on. Otherwise only the record
    // before is needed; the entry of the index may be that of `first` itself.
    let from = match lines.beginning.frontier.is_none() && start.index < options.first {
        true => start,
        false => first_left,
    };
    lines.walk(disk, &from, end)?;
    Ok(lines.beginning)
}

/// The tree of a trusted head, from tiles that lead to its root, and its last
/// leaf.
fn from_tiles(disk: &dyn Disk, head: &TreeHead) -> Option<(Frontier, Hash)> {
    let tiles = TileFolder { disk };
    let edge = RightEdge::load(&tiles, head).ok()?;
    let last = TiledTree::new(tiles, *head)
        .prove_inclusion(head.size.checked_sub(1)?)
        .ok()?;
    Some((edge.frontier().clone(), last.leaf_hash))
}

/// The beginning after a trusted head whose tiles are there: just the record
/// before it is looked at, which must be the last leaf.
fn after_tiles(
    disk: &dyn Disk,
    start: &Start,
    end: &Position,
    of_log: Beginning,
    head: TreeHead,
    (mut frontier, last_leaf): (Frontier, Hash),
) -> Result<Beginning> {
    let first_left = of_log.start.clone();
    let mut lines = LinesBefore {
        first: head.size,
        heads: &[],
        trusted: None,
        scratch: Vec::new(),
        beginning: Beginning {
            frontier: None,
            ..of_log
        },
    };
    let from = match start.index < head.size {
        true => start.clone(),
        false => first_left,
    };
    lines.walk(disk, &from, end)?;
    let mut beginning = lines.beginning;
    if beginning.start.index == head.size {
        let actual = beginning.previous.map(|hash| leaf_hash(&hash));
        match actual == Some(last_leaf) {
            true => beginning.anchored = head.size,
            // A tree with another last leaf has another root.
            false => {
                frontier = Frontier::new();
                beginning
                    .contradicted
                    .push((head, actual.unwrap_or_default()));
            }
        }
        beginning.frontier = (frontier.size() == head.size).then_some(frontier);
    }
    Ok(beginning)
}

/// A walk over the records before the first one.
struct LinesBefore<'h> {
    first: u64,
    heads: &'h [TreeHead],
    trusted: Option<TreeHead>,
    scratch: Vec<u8>,
    beginning: Beginning,
}

impl LinesBefore<'_> {
    fn walk(&mut self, disk: &dyn Disk, from: &Start, end: &Position) -> Result<()> {
        let mut place = None;
        let mut passed = from.clone();
        self.beginning.previous = None;
        read::lines_forwards(disk, from, end, &mut |found| {
            if found.index >= self.first {
                place = Some(Start {
                    segment: found.segment.to_owned(),
                    offset: found.line.offset,
                    index: found.index,
                });
                return Ok(ControlFlow::Break(()));
            }
            // Part of a record is not a record.
            if found.line.terminated || self.stated(&found).is_some() {
                self.pass(&found);
                passed.index = found.index + 1;
                passed.offset = found.line.end;
                found.segment.clone_into(&mut passed.segment);
            }
            Ok(ControlFlow::Continue(()))
        })?;
        self.beginning.is_there = place.is_some();
        self.beginning.start = place.unwrap_or(passed);
        Ok(())
    }

    fn pass(&mut self, found: &Found<'_>) {
        if found.index + 1 < self.first && self.beginning.frontier.is_none() {
            return;
        }
        let stated = self.stated(found);
        if found.index + 1 == self.first {
            self.beginning.previous = stated;
        }
        let Some(frontier) = &mut self.beginning.frontier else {
            return;
        };
        let leaf = stated.unwrap_or_else(|| sha256(found.line.bytes));
        frontier.push(leaf_hash(&leaf));
        let size = frontier.size();
        for head in self.heads.iter().filter(|head| head.size == size) {
            let root = frontier.root();
            if root != head.root {
                self.beginning.contradicted.push((*head, root));
            } else if self.trusted == Some(*head) {
                self.beginning.anchored = size;
            }
        }
    }

    fn stated(&mut self, found: &Found<'_>) -> Option<RecordHash> {
        line::stated_hash(found.line.bytes, &mut self.scratch)
    }
}

/// The error of a record that is not there, and nothing says that it was.
pub(super) fn absent(index: u64) -> Error {
    Error::new(
        ErrorKind::RecordNotFound,
        "log",
        "it has no record of this index",
    )
    .at(index)
}

/// How many lines stand before a place in its segment.
pub(super) fn lines_before(disk: &dyn Disk, start: &Start) -> Result<u64> {
    if start.offset == 0 {
        return Ok(0);
    }
    let failed = |cause: &std::io::Error| disk::failed(disk, &start.segment, cause);
    let file = disk
        .open(&start.segment, Opening::Read)
        .map_err(|cause| failed(&cause))?;
    let mut buffer = vec![0; 256 << 10];
    let (mut at, mut lines) = (0, 0);
    while at < start.offset {
        let want = usize::try_from(start.offset - at)
            .unwrap_or(usize::MAX)
            .min(buffer.len());
        let window = buffer.get_mut(..want).unwrap_or(&mut []);
        let count = disk::read_full(file.as_ref(), window, at).map_err(|cause| failed(&cause))?;
        if count == 0 {
            break;
        }
        let read = window.get(..count).unwrap_or(&[]);
        lines += memchr::memchr_iter(b'\n', read).count() as u64;
        at += count as u64;
    }
    Ok(lines)
}
