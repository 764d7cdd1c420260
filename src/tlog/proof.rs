//! Inclusion and consistency proofs: made from node hashes, verified offline.
//!
//! Verification follows RFC 9162 sections 2.1.3.2 and 2.1.4.2 (the proofs are
//! those of RFC 6962). The forms for subtrees, of which the two are special
//! cases, follow the Merkle Tree Certificates draft of the IETF PLANTS group,
//! which C2SP cosigners and mirrors use too.
//!
//! Making a proof asks a callback for roots of perfect subtrees, at most two
//! for each level of the tree, and does not care where they are kept.

use std::ops::Range;

use crate::error::{Error, ErrorKind, Result};
use crate::tlog::tree::{EMPTY_ROOT, Hash, TreeHead, fold_peaks, node_hash};

/// The most hashes in an inclusion proof: more are never needed below 2^64
/// leaves. A consistency proof has at most one more.
pub const MAX_PROOF_LEN: usize = 64;

/// A perfect subtree: `2^height` leaves, from leaf `index * 2^height` on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Node {
    /// The number of levels below it; 0 is a leaf.
    pub height: u32,
    /// Its position among the nodes of its height.
    pub index: u64,
}

/// Verifies that the leaf at `index` of the tree `head` has the hash
/// `leaf_hash`.
///
/// Fails with [`ErrorKind::ProofInvalid`].
pub fn verify_inclusion(
    head: &TreeHead,
    index: u64,
    leaf_hash: &Hash,
    path: &[Hash],
) -> Result<()> {
    verify_subtree_inclusion(&(0..head.size), &head.root, index, leaf_hash, path)
}

/// Verifies that the tree `old` is the beginning of the tree `new`.
///
/// Fails with [`ErrorKind::ProofInvalid`], also when `old` is empty: every tree
/// begins with the empty one, so there is nothing that a proof could show.
pub fn verify_consistency(old: &TreeHead, new: &TreeHead, path: &[Hash]) -> Result<()> {
    if old.size == 0 {
        return Err(invalid("consistency with the empty tree proves nothing"));
    }
    verify_subtree_consistency(&(0..old.size), &old.root, new, path)
}

/// Verifies that the leaf at `index` of the log has the hash `leaf_hash`, given
/// the root of the subtree over the leaves `range`.
///
/// Fails with [`ErrorKind::ProofInvalid`], also when `range` is not a subtree:
/// its start must be a multiple of its length rounded up to a power of two.
pub fn verify_subtree_inclusion(
    range: &Range<u64>,
    root: &Hash,
    index: u64,
    leaf_hash: &Hash,
    path: &[Hash],
) -> Result<()> {
    if !is_subtree(range) {
        return Err(invalid("the range is not a subtree of the log"));
    }
    if !range.contains(&index) {
        return Err(invalid("the index lies outside of the tree"));
    }
    // The position of the running hash at its level, and that of the last node.
    let mut position = index - range.start;
    let mut last = range.end - range.start - 1;
    let mut node = *leaf_hash;
    for sibling in path {
        if last == 0 {
            return Err(invalid("the proof has too many hashes"));
        }
        if position & 1 == 1 || position == last {
            node = node_hash(sibling, &node);
            // A last node without a sibling rises until it has one on its left.
            let rise = position.trailing_zeros();
            position = shifted(position, rise);
            last = shifted(last, rise);
        } else {
            node = node_hash(&node, sibling);
        }
        position >>= 1;
        last >>= 1;
    }
    if last != 0 {
        return Err(invalid("the proof has too few hashes"));
    }
    if node != *root {
        return Err(invalid("it does not lead from the leaf to the root"));
    }
    Ok(())
}

/// Verifies that the subtree over the leaves `range`, with the root
/// `subtree_root`, is part of the tree `head`.
///
/// The empty subtree, with the empty root, is part of every tree: its proof is
/// empty, and `head.root` plays no part.
///
/// Fails with [`ErrorKind::ProofInvalid`], also when `range` is not a subtree:
/// its start must be a multiple of its length rounded up to a power of two.
pub fn verify_subtree_consistency(
    range: &Range<u64>,
    subtree_root: &Hash,
    head: &TreeHead,
    path: &[Hash],
) -> Result<()> {
    if !is_subtree(range) {
        return Err(invalid("the range is not a subtree of the log"));
    }
    if range.end > head.size {
        return Err(invalid("the earlier tree is larger than the later one"));
    }
    if range.is_empty() {
        return match path {
            [] if *subtree_root == EMPTY_ROOT => Ok(()),
            [] => Err(invalid("the root is not that of the empty tree")),
            _ => Err(invalid("the proof has too many hashes")),
        };
    }
    // The positions, at the level of the running hashes, of the first and the
    // last node of the subtree and of the last node of the tree.
    let mut first = range.start;
    let mut last = range.end - 1;
    let mut end = head.size - 1;
    // Levels at which the subtree is made of whole nodes only are skipped, up
    // to its own root; so is its unfinished edge where it is the tree's edge.
    let whole = if last == end {
        u64::BITS
    } else {
        last.trailing_ones()
    };
    let rise = whole.min(u64::BITS - (first ^ last).leading_zeros());
    first = shifted(first, rise);
    last = shifted(last, rise);
    end = shifted(end, rise);

    // The subtree's root is the starting point itself, or the proof gives one.
    let mut siblings = path.iter();
    let start = if first == last {
        subtree_root
    } else {
        siblings
            .next()
            .ok_or_else(|| invalid("the proof has too few hashes"))?
    };
    let mut old_node = *start;
    let mut new_node = *start;
    for sibling in siblings {
        if end == 0 {
            return Err(invalid("the proof has too many hashes"));
        }
        if last & 1 == 1 || last == end {
            if first < last {
                old_node = node_hash(sibling, &old_node);
            }
            new_node = node_hash(sibling, &new_node);
            let rise = last.trailing_zeros();
            first = shifted(first, rise);
            last = shifted(last, rise);
            end = shifted(end, rise);
        } else {
            new_node = node_hash(&new_node, sibling);
        }
        first >>= 1;
        last >>= 1;
        end >>= 1;
    }
    if end != 0 {
        return Err(invalid("the proof has too few hashes"));
    }
    if old_node != *subtree_root {
        return Err(invalid("it does not lead to the root of the earlier tree"));
    }
    if new_node != head.root {
        return Err(invalid("it does not lead to the root of the later tree"));
    }
    Ok(())
}

/// Makes the inclusion proof of the leaf at `index` in the tree of `size`
/// leaves. `node` is asked for the roots of perfect subtrees of that tree.
///
/// Fails with [`ErrorKind::InvalidArgument`] when there is no such leaf, or as
/// `node` does.
pub fn prove_inclusion(
    size: u64,
    index: u64,
    node: impl FnMut(Node) -> Result<Hash>,
) -> Result<Vec<Hash>> {
    if index >= size {
        return Err(Error::new(
            ErrorKind::InvalidArgument,
            "leaf index",
            format!("there is no leaf {index} in a tree of {size}"),
        ));
    }
    // Downwards to the leaf, setting aside the half that it is not in.
    let mut aside = Vec::new();
    let mut range = 0..size;
    while range.end - range.start > 1 {
        let middle = range.start + left_half(range.end - range.start);
        if index < middle {
            aside.push(middle..range.end);
            range.end = middle;
        } else {
            aside.push(range.start..middle);
            range.start = middle;
        }
    }
    hash_ranges(aside, node)
}

/// Makes the proof that the tree of the first `old_size` leaves is the
/// beginning of that of `size` leaves. `node` is asked for the roots of perfect
/// subtrees of the larger tree.
///
/// Fails with [`ErrorKind::InvalidArgument`] when `old_size` is zero or above
/// `size`, or as `node` does.
pub fn prove_consistency(
    size: u64,
    old_size: u64,
    node: impl FnMut(Node) -> Result<Hash>,
) -> Result<Vec<Hash>> {
    if old_size == 0 || old_size > size {
        return Err(Error::new(
            ErrorKind::InvalidArgument,
            "tree size",
            format!("no tree of {old_size} leaves can be proved to begin one of {size}"),
        ));
    }
    prove_subtree_consistency(size, &(0..old_size), node)
}

/// Makes the proof that the subtree over the leaves `range` is part of the tree
/// of `size` leaves. `node` is asked for the roots of perfect subtrees.
///
/// Fails with [`ErrorKind::InvalidArgument`] when `range` is not a subtree of
/// that tree, or as `node` does.
pub fn prove_subtree_consistency(
    size: u64,
    range: &Range<u64>,
    node: impl FnMut(Node) -> Result<Hash>,
) -> Result<Vec<Hash>> {
    if !is_subtree(range) || range.end > size {
        return Err(Error::new(
            ErrorKind::InvalidArgument,
            "subtree",
            format!("{range:?} is not a subtree of a tree of {size} leaves"),
        ));
    }
    if range.is_empty() {
        return Ok(Vec::new());
    }
    // Downwards to the subtree, setting aside the half that it is not in.
    let mut aside = Vec::new();
    let mut tree = 0..size;
    let mut target = range.clone();
    while tree != target {
        let middle = tree.start + left_half(tree.end - tree.start);
        if target.end <= middle {
            aside.push(middle..tree.end);
            tree.end = middle;
        } else {
            aside.push(tree.start..middle);
            tree.start = middle;
            // A subtree that lies in both halves begins with the left one.
            target.start = target.start.max(middle);
        }
    }
    // The verifier knows the root of a subtree that was reached whole.
    if target != *range {
        aside.push(target);
    }
    hash_ranges(aside, node)
}

/// The Merkle tree hash over the leaves `range`, which must be a subtree.
pub(super) fn range_hash(
    range: &Range<u64>,
    mut node: impl FnMut(Node) -> Result<Hash>,
) -> Result<Hash> {
    let mut peaks = Vec::new();
    let mut start = range.start;
    while let Some(height) = (range.end - start).checked_ilog2() {
        let index = start >> height;
        peaks.push(node(Node { height, index })?);
        start += 1 << height;
    }
    Ok(fold_peaks(&peaks))
}

/// The hashes of ranges that were collected from the root downwards, in the
/// order of a proof: from the leaf upwards.
fn hash_ranges(
    ranges: Vec<Range<u64>>,
    mut node: impl FnMut(Node) -> Result<Hash>,
) -> Result<Vec<Hash>> {
    ranges
        .iter()
        .rev()
        .map(|range| range_hash(range, &mut node))
        .collect()
}

/// The number of leaves on the left of a tree of `size`, two or more: the
/// largest power of two below `size`.
fn left_half(size: u64) -> u64 {
    1 << (size - 1).ilog2()
}

/// Whether the start is a multiple of the length rounded up to a power of two.
/// The empty range is a subtree, wherever it is.
fn is_subtree(range: &Range<u64>) -> bool {
    let Some(length) = range.end.checked_sub(range.start) else {
        return false;
    };
    match length.checked_next_power_of_two() {
        Some(width) => length == 0 || range.start.is_multiple_of(width),
        // The length rounds up to 2^64.
        None => range.start == 0,
    }
}

/// A right shift that may lose every bit.
fn shifted(value: u64, by: u32) -> u64 {
    value.checked_shr(by).unwrap_or(0)
}

fn invalid(detail: &'static str) -> Error {
    Error::new(ErrorKind::ProofInvalid, "proof", detail)
}
