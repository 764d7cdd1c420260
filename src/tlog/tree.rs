//! The Merkle tree of RFC 6962 section 2.1 (unchanged in RFC 9162): its two
//! hashes, its head, and the frontier that lets it grow.
//!
//! A tree of `n` leaves is a row of perfect subtrees, one for each bit of `n`
//! that is set, largest first. Their roots are all that is needed to append and
//! to compute the root, so a log of any length grows from at most 63 hashes.

use crate::crypto::digest::{SHA256_LEN, sha256, sha256_of_parts};
use crate::error::{Error, ErrorKind, Result};

/// The length of a tree hash in bytes.
pub const HASH_LEN: usize = SHA256_LEN;

/// The hash of a leaf or of an inner node.
pub type Hash = [u8; HASH_LEN];

/// The most leaves a [`Frontier`] holds, 2^63 - 1: what a signed 64-bit integer
/// of another implementation can still count.
pub const MAX_SIZE: u64 = i64::MAX as u64;

/// The root of the tree without leaves: SHA-256 of the empty string.
pub const EMPTY_ROOT: Hash = [
    0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24,
    0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
];

/// Set before the entry of a leaf, so that no leaf passes for a node.
const LEAF_PREFIX: u8 = 0x00;
/// Set before the two children of a node.
const NODE_PREFIX: u8 = 0x01;

/// The hash of a leaf: SHA-256 of `0x00` and the entry.
///
/// In the tree of an audit log the entry is the 32 raw bytes of a record hash.
pub fn leaf_hash(entry: &[u8]) -> Hash {
    sha256_of_parts([&[LEAF_PREFIX], entry])
}

/// The hash of an inner node: SHA-256 of `0x01`, the left and the right child.
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    // In one piece: twice as fast as feeding the hasher three times.
    let mut block = [NODE_PREFIX; 1 + 2 * HASH_LEN];
    block[1..=HASH_LEN].copy_from_slice(left);
    block[1 + HASH_LEN..].copy_from_slice(right);
    sha256(&block)
}

/// What a signature over a log speaks about: how many leaves, and which root.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TreeHead {
    /// The number of leaves.
    pub size: u64,
    /// The Merkle tree hash over them.
    pub root: Hash,
}

impl TreeHead {
    /// The head of the tree without leaves.
    pub const EMPTY: TreeHead = TreeHead {
        size: 0,
        root: EMPTY_ROOT,
    };
}

/// The right edge of a growing tree: the roots of its perfect subtrees, largest
/// first. Appending costs one node hash on average, the root at most 63.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    /// As many as there are bits set in `size`.
    peaks: Vec<Hash>,
}

impl Frontier {
    /// The longest text of [`Frontier::encode`], in bytes.
    pub const MAX_ENCODED_LEN: usize = 8 + 63 * HASH_LEN;

    /// The frontier of the empty tree.
    pub fn new() -> Frontier {
        Frontier::default()
    }

    /// The number of leaves.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The roots of the perfect subtrees, largest first.
    pub fn peaks(&self) -> &[Hash] {
        &self.peaks
    }

    /// The Merkle tree hash.
    pub fn root(&self) -> Hash {
        fold_peaks(&self.peaks)
    }

    /// Size and root together.
    pub fn head(&self) -> TreeHead {
        TreeHead {
            size: self.size,
            root: self.root(),
        }
    }

    /// Appends one leaf, given its [`leaf_hash`]. Whoever appends one by one
    /// does not live to see [`MAX_SIZE`].
    pub fn push(&mut self, leaf_hash: Hash) {
        self.grow(0, leaf_hash, |_, _| ());
    }

    /// Appends a perfect subtree of `2^height` leaves, given its root.
    ///
    /// This is how a tree is put together from parts that were hashed
    /// elsewhere: from the tiles of an upper level, or by several workers.
    ///
    /// Fails with [`ErrorKind::InvalidArgument`] when the current size is not a
    /// multiple of `2^height`, and with [`ErrorKind::TooLarge`] past
    /// [`MAX_SIZE`].
    pub fn push_subtree(&mut self, height: u32, root: Hash) -> Result<()> {
        let leaves = 1u64.checked_shl(height).unwrap_or(u64::MAX);
        if leaves > MAX_SIZE.saturating_sub(self.size) {
            return Err(Error::new(
                ErrorKind::TooLarge,
                "subtree",
                "the tree would have more than 2^63 - 1 leaves",
            ));
        }
        if !self.size.is_multiple_of(leaves) {
            return Err(Error::new(
                ErrorKind::InvalidArgument,
                "subtree",
                format!(
                    "{leaves} leaves cannot stand at index {}, which is not a multiple of that",
                    self.size
                ),
            ));
        }
        self.grow(height, root, |_, _| ());
        Ok(())
    }

    /// Size (64 bits, big-endian), then the peaks, largest first.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(8 + self.peaks.len() * HASH_LEN);
        bytes.extend_from_slice(&self.size.to_be_bytes());
        bytes.extend_from_slice(self.peaks.as_flattened());
        bytes
    }

    /// Reads what [`Frontier::encode`] wrote.
    ///
    /// The size says exactly how many peaks follow, but nothing in the bytes
    /// says whether they are the right ones: compare the root.
    pub fn decode(bytes: &[u8]) -> Result<Frontier> {
        let malformed = |detail| Error::new(ErrorKind::InvalidArgument, "frontier", detail);
        let (size, peaks) = bytes
            .split_first_chunk::<8>()
            .ok_or_else(|| malformed("it is shorter than its size field"))?;
        let size = u64::from_be_bytes(*size);
        let (peaks, rest) = peaks.as_chunks::<HASH_LEN>();
        if size > MAX_SIZE {
            return Err(malformed("the size is above 2^63 - 1"));
        }
        if !rest.is_empty() || peaks.len() as u64 != u64::from(size.count_ones()) {
            return Err(malformed("the number of hashes does not fit the size"));
        }
        Ok(Frontier {
            size,
            peaks: peaks.to_vec(),
        })
    }

    /// Appends a perfect subtree that is known to fit, and shows `completed`
    /// every node that this completes, with its height, from the bottom up.
    pub(super) fn grow(&mut self, height: u32, root: Hash, mut completed: impl FnMut(u32, &Hash)) {
        completed(height, &root);
        // Every bit that the addition carries over is a peak to merge with.
        let merges = (self.size >> height).trailing_ones();
        let kept = self.peaks.len().saturating_sub(merges as usize);
        let mut node = root;
        for (above, left) in (1..).zip(self.peaks.drain(kept..).rev()) {
            node = node_hash(&left, &node);
            completed(height + above, &node);
        }
        self.peaks.push(node);
        self.size += 1 << height;
    }
}

/// A frontier over leaf hashes, in order.
impl FromIterator<Hash> for Frontier {
    fn from_iter<I: IntoIterator<Item = Hash>>(leaf_hashes: I) -> Frontier {
        let mut frontier = Frontier::new();
        for leaf_hash in leaf_hashes {
            frontier.push(leaf_hash);
        }
        frontier
    }
}

/// The root over the roots of perfect subtrees of falling size.
pub(super) fn fold_peaks(peaks: &[Hash]) -> Hash {
    peaks
        .iter()
        .rev()
        .copied()
        .reduce(|right, left| node_hash(&left, &right))
        .unwrap_or(EMPTY_ROOT)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition of RFC 6962 section 2.1, word for word.
    fn merkle_tree_hash(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => sha256(b""),
            [leaf] => *leaf,
            _ => {
                let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
                node_hash(&merkle_tree_hash(left), &merkle_tree_hash(right))
            }
        }
    }

    fn leaves(count: u64) -> Vec<Hash> {
        (0..count).map(|i| leaf_hash(&i.to_be_bytes())).collect()
    }

    #[test]
    fn the_root_is_the_recursive_definition_at_every_size() {
        let leaves = leaves(300);
        let mut frontier = Frontier::new();
        assert_eq!(frontier.head(), TreeHead::EMPTY);
        assert_eq!(EMPTY_ROOT, sha256(b""));
        for (size, leaf) in (1..).zip(&leaves) {
            frontier.push(*leaf);
            assert_eq!(frontier.size(), size as u64);
            assert_eq!(frontier.root(), merkle_tree_hash(&leaves[..size]), "{size}");
        }
    }

    #[test]
    fn whole_subtrees_append_like_their_leaves() {
        let leaves = leaves(64);
        for start in 0..32 {
            for height in 0..5u32 {
                let count = 1 << height;
                let mut frontier: Frontier = leaves[..start].iter().copied().collect();
                let before = frontier.clone();
                let subtree = merkle_tree_hash(&leaves[start..start + count]);
                let result = frontier.push_subtree(height, subtree);
                if start % count == 0 {
                    result.unwrap();
                    assert_eq!(frontier, leaves[..start + count].iter().copied().collect());
                } else {
                    assert_eq!(result.unwrap_err().kind(), ErrorKind::InvalidArgument);
                    assert_eq!(frontier, before);
                }
            }
        }
    }

    #[test]
    fn a_frontier_survives_its_encoding_at_every_size() {
        let mut frontier = Frontier::new();
        for leaf in leaves(300) {
            let bytes = frontier.encode();
            assert_eq!(Frontier::decode(&bytes).unwrap(), frontier);
            for cut in 0..bytes.len() {
                assert!(Frontier::decode(&bytes[..cut]).is_err());
            }
            let longer = [&bytes[..], &[0; HASH_LEN]].concat();
            assert!(Frontier::decode(&longer).is_err());
            frontier.push(leaf);
        }
    }

    #[test]
    fn the_largest_tree_takes_no_more_leaves() {
        let mut bytes = MAX_SIZE.to_be_bytes().to_vec();
        bytes.resize(Frontier::MAX_ENCODED_LEN, 7);
        let mut frontier = Frontier::decode(&bytes).unwrap();
        for height in [0, 1, 63, 64, u32::MAX] {
            let error = frontier.push_subtree(height, [0; 32]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::TooLarge);
        }
        bytes[..8].copy_from_slice(&(MAX_SIZE + 1).to_be_bytes());
        assert!(Frontier::decode(&bytes).is_err());
        assert!(Frontier::decode(&bytes[..8 + HASH_LEN]).is_err());
    }
}
