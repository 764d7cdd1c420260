//! A tree of known size, read through its tiles: leaf hashes and proofs from a
//! handful of reads, each checked against the root before it is given out.
//!
//! Tiles are a cache of the log and a cache can be wrong: a bad disk, an old
//! copy, a hand that reached in. A proof from wrong tiles would only fail at the
//! one who receives it, so every answer here is verified first.

use std::cell::RefCell;

use crate::error::{Error, ErrorKind, Result};
use crate::tlog::proof::{self, Node};
use crate::tlog::right_edge::RightEdge;
use crate::tlog::tile::{FULL_LEN, TILE_HEIGHT, Tile, TileSource};
use crate::tlog::tree::{Frontier, HASH_LEN, Hash, TreeHead};

/// That one leaf stands at one place of a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InclusionProof {
    /// The place of the leaf, from 0.
    pub index: u64,
    /// The hash of the leaf.
    pub leaf_hash: Hash,
    /// The sibling hashes from the leaf up to below the root (RFC 6962 section
    /// 2.1.1).
    pub path: Vec<Hash>,
}

/// That one tree is the beginning of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsistencyProof {
    /// The head that the earlier tree had.
    pub old: TreeHead,
    /// The hashes of RFC 6962 section 2.1.2.
    pub path: Vec<Hash>,
}

/// A tree head and the tiles under it.
#[derive(Clone, Debug)]
pub struct TiledTree<S> {
    source: S,
    head: TreeHead,
}

impl<S: TileSource> TiledTree<S> {
    /// The tree of a head that is trusted: from a checkpoint or a frontier.
    pub fn new(source: S, head: TreeHead) -> TiledTree<S> {
        TiledTree { source, head }
    }

    /// The tree of `size` leaves that the tiles themselves describe. Its root
    /// is worth as much as the tiles are: compare it with a signed one.
    ///
    /// Fails with [`ErrorKind::TileInvalid`] or as the source does.
    pub fn from_tiles(source: S, size: u64) -> Result<TiledTree<S>> {
        let head = RightEdge::load_unverified(&source, size)?.head();
        Ok(TiledTree { source, head })
    }

    /// The head that every answer is checked against.
    pub fn head(&self) -> &TreeHead {
        &self.head
    }

    /// The hash of the leaf at `index` and its proof. Reads at most two tiles of
    /// each level.
    ///
    /// Fails with [`ErrorKind::InvalidArgument`] when there is no such leaf,
    /// with [`ErrorKind::TileInvalid`] when a tile is missing or wrong, or as
    /// the source does.
    pub fn prove_inclusion(&self, index: u64) -> Result<InclusionProof> {
        let reader = self.reader();
        let path = proof::prove_inclusion(self.head.size, index, |node| reader.node(node))?;
        let leaf_hash = reader.node(Node { height: 0, index })?;
        proof::verify_inclusion(&self.head, index, &leaf_hash, &path)
            .map_err(|_| self.contradicted())?;
        Ok(InclusionProof {
            index,
            leaf_hash,
            path,
        })
    }

    /// The head that the tree had when it was `old_size` leaves long, and the
    /// proof that it has only been appended to since. Reads at most two tiles of
    /// each level.
    ///
    /// Whoever remembers the earlier head compares it with `old`: another root
    /// of the same size means that the log was rewritten.
    ///
    /// Fails with [`ErrorKind::InvalidArgument`] when `old_size` is zero or
    /// above the size, with [`ErrorKind::TileInvalid`] when a tile is missing or
    /// wrong, or as the source does.
    pub fn prove_consistency(&self, old_size: u64) -> Result<ConsistencyProof> {
        let reader = self.reader();
        let path = proof::prove_consistency(self.head.size, old_size, |node| reader.node(node))?;
        let root = proof::range_hash(&(0..old_size), |node| reader.node(node))?;
        let old = TreeHead {
            size: old_size,
            root,
        };
        proof::verify_consistency(&old, &self.head, &path).map_err(|_| self.contradicted())?;
        Ok(ConsistencyProof { old, path })
    }

    fn reader(&self) -> NodeReader<'_, S> {
        NodeReader {
            source: &self.source,
            size: self.head.size,
            read: RefCell::default(),
        }
    }

    fn contradicted(&self) -> Error {
        Error::new(
            ErrorKind::TileInvalid,
            "tiles",
            format!(
                "they do not lead to the root of the tree of {} leaves",
                self.head.size
            ),
        )
    }
}

/// Reads a tile and checks that it is as long as it should be.
pub(super) fn read_hashes(source: &impl TileSource, tile: &Tile) -> Result<Vec<Hash>> {
    let invalid = |detail: String| Error::new(ErrorKind::TileInvalid, tile.path(), detail);
    let bytes = source
        .read_tile(tile)?
        .ok_or_else(|| invalid("there is no such tile".into()))?;
    let (hashes, rest) = bytes.as_chunks::<HASH_LEN>();
    match hashes.get(..usize::from(tile.width())) {
        Some(hashes) if rest.is_empty() && bytes.len() <= FULL_LEN => Ok(hashes.to_vec()),
        _ => Err(invalid(format!(
            "it has {} bytes where {} are needed",
            bytes.len(),
            tile.byte_len()
        ))),
    }
}

/// Reads nodes for one proof, each tile once.
struct NodeReader<'a, S> {
    source: &'a S,
    size: u64,
    read: RefCell<Vec<(Tile, Vec<Hash>)>>,
}

impl<S: TileSource> NodeReader<'_, S> {
    /// The root of a perfect subtree: a hash of a tile, or the root over some
    /// neighbours in one.
    fn node(&self, node: Node) -> Result<Hash> {
        let level = (node.height / TILE_HEIGHT) as u8;
        let count = 1 << (node.height % TILE_HEIGHT);
        // A tile holds so many nodes of this height.
        let per_tile = u64::from(1u32 << TILE_HEIGHT) / count as u64;
        let index = node.index / per_tile;
        let start = (node.index % per_tile) as usize * count;

        let tile = Tile::of_tree(self.size, level, index)
            .ok_or_else(|| Error::new(ErrorKind::InvalidArgument, "node", "outside of the tree"))?;
        let mut read = self.read.borrow_mut();
        let hashes = match read.iter().position(|(held, _)| *held == tile) {
            Some(at) => read.get(at),
            None => {
                let hashes = read_hashes(self.source, &tile)?;
                read.push((tile, hashes));
                read.last()
            }
        };
        let hashes = hashes.and_then(|(_, hashes)| hashes.get(start..start + count));
        match hashes {
            Some([hash]) => Ok(*hash),
            Some(hashes) => Ok(hashes.iter().copied().collect::<Frontier>().root()),
            None => Err(Error::new(
                ErrorKind::InvalidArgument,
                "node",
                "it is not complete in this tree",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tlog::tree::leaf_hash;

    /// Answers every question with the same bytes.
    struct Always(Option<Vec<u8>>);

    impl TileSource for Always {
        fn read_tile(&self, _: &Tile) -> Result<Option<Vec<u8>>> {
            Ok(self.0.clone())
        }
    }

    #[test]
    fn only_whole_hashes_of_one_tile_are_read() {
        let leaf = leaf_hash(b"a");
        let head = TreeHead {
            size: 1,
            root: leaf,
        };
        let answer = |length: usize| {
            let mut bytes = leaf.to_vec();
            bytes.resize(length, 0);
            TiledTree::new(Always(Some(bytes)), head).prove_inclusion(0)
        };
        // As wide as asked for, or any wider.
        for length in [32, 64, 255 * 32, 8_192] {
            assert_eq!(answer(length).unwrap().leaf_hash, leaf);
        }
        for length in [0, 1, 31, 33, 63, 8_191, 8_193, 8_192 + 32, 16_384] {
            let error = answer(length).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::TileInvalid, "{length}");
        }
        let missing = TiledTree::new(Always(None), head).prove_inclusion(0);
        assert_eq!(missing.unwrap_err().kind(), ErrorKind::TileInvalid);
    }

    #[test]
    fn a_failing_source_is_heard() {
        struct Broken;
        impl TileSource for Broken {
            fn read_tile(&self, tile: &Tile) -> Result<Option<Vec<u8>>> {
                Err(Error::new(ErrorKind::Io, tile.path(), "unplugged"))
            }
        }
        let head = TreeHead {
            size: 300,
            root: [0; 32],
        };
        let tree = TiledTree::new(Broken, head);
        let kinds = [
            tree.prove_inclusion(7).unwrap_err().kind(),
            tree.prove_consistency(7).unwrap_err().kind(),
            RightEdge::load(&Broken, &head).unwrap_err().kind(),
        ];
        assert_eq!(kinds, [ErrorKind::Io; 3]);
    }

    #[test]
    fn an_empty_tree_has_a_head_and_no_proofs() {
        let tree = TiledTree::from_tiles(Always(None), 0).unwrap();
        assert_eq!(*tree.head(), TreeHead::EMPTY);
        for kind in [
            tree.prove_inclusion(0).unwrap_err().kind(),
            tree.prove_consistency(0).unwrap_err().kind(),
            tree.prove_consistency(1).unwrap_err().kind(),
        ] {
            assert_eq!(kind, ErrorKind::InvalidArgument);
        }
    }
}
