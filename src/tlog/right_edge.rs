//! The right edge of a tiled tree: the one place where a log grows.
//!
//! It takes leaf hashes and gives out tiles, each full one once and the partial
//! ones whenever a checkpoint needs them. It holds less than 8 KiB for each tile
//! level (256 times fewer hashes each), however long the log is.

use crate::error::{Error, ErrorKind, Result};
use crate::tlog::tile::{FULL_LEN, FULL_WIDTH, TILE_HEIGHT, Tile, TileSource, hashes_at};
use crate::tlog::tiled_tree::read_hashes;
use crate::tlog::tree::{Frontier, Hash, TreeHead};

/// A tile and its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TileContent {
    /// Which tile.
    pub tile: Tile,
    /// Its hashes, one after the other.
    pub bytes: Vec<u8>,
}

/// A frontier together with the tiles that are still filling.
#[derive(Clone, Debug, Default)]
pub struct RightEdge {
    frontier: Frontier,
    /// The content of the partial tile of each level, perhaps empty.
    filling: Vec<Vec<u8>>,
    /// Full tiles that nobody has taken yet.
    full: Vec<TileContent>,
}

impl RightEdge {
    /// The right edge of the empty tree.
    pub fn new() -> RightEdge {
        RightEdge::default()
    }

    /// Reads the right edge of the tree `head` from its tiles, one per level.
    ///
    /// Fails with [`ErrorKind::TileInvalid`] when a tile is missing or does not
    /// lead to the root of `head`, or as the source does.
    pub fn load(source: &impl TileSource, head: &TreeHead) -> Result<RightEdge> {
        let edge = RightEdge::load_unverified(source, head.size)?;
        if edge.frontier.root() != head.root {
            return Err(Error::new(
                ErrorKind::TileInvalid,
                "tiles",
                format!(
                    "they do not lead to the root of the tree of {} leaves",
                    head.size
                ),
            ));
        }
        Ok(edge)
    }

    /// Reads the right edge of the tree of `size` leaves, whatever its root is.
    pub(super) fn load_unverified(source: &impl TileSource, size: u64) -> Result<RightEdge> {
        let mut frontier = Frontier::new();
        let mut filling = Vec::new();
        // From the top, where the largest subtrees are.
        let levels = size.checked_ilog2().map_or(0, |bit| bit / TILE_HEIGHT + 1);
        for level in (0..levels).rev() {
            let count = hashes_at(size, level as u8);
            let index = count / u64::from(FULL_WIDTH);
            let hashes = match Tile::of_tree(size, level as u8, index) {
                Some(tile) => read_hashes(source, &tile)?,
                None => Vec::new(),
            };
            for hash in &hashes {
                frontier.push_subtree(level * TILE_HEIGHT, *hash)?;
            }
            filling.push(hashes.as_flattened().to_vec());
        }
        filling.reverse();
        Ok(RightEdge {
            frontier,
            filling,
            full: Vec::new(),
        })
    }

    /// The frontier of the tree.
    pub fn frontier(&self) -> &Frontier {
        &self.frontier
    }

    /// The number of leaves.
    pub fn size(&self) -> u64 {
        self.frontier.size()
    }

    /// Size and root of the tree.
    pub fn head(&self) -> TreeHead {
        self.frontier.head()
    }

    /// Appends one leaf, given its hash. Tiles that it fills wait in memory for
    /// [`RightEdge::take_full_tiles`], so call that from time to time.
    pub fn push(&mut self, leaf_hash: Hash) {
        let filling = &mut self.filling;
        self.frontier.grow(0, leaf_hash, |height, hash| {
            if height.is_multiple_of(TILE_HEIGHT) {
                let level = (height / TILE_HEIGHT) as usize;
                if level == filling.len() {
                    filling.push(Vec::new());
                }
                if let Some(bytes) = filling.get_mut(level) {
                    bytes.extend_from_slice(hash);
                }
            }
        });
        let size = self.frontier.size();
        for (level, bytes) in (0..).zip(&mut self.filling) {
            if bytes.len() < FULL_LEN {
                break;
            }
            let index = (hashes_at(size, level) / u64::from(FULL_WIDTH)).saturating_sub(1);
            if let Some(tile) = Tile::of_tree(size, level, index) {
                let bytes = std::mem::take(bytes);
                self.full.push(TileContent { tile, bytes });
            }
        }
    }

    /// The tiles that have become full since the last call, in the order in
    /// which they did.
    pub fn take_full_tiles(&mut self) -> Vec<TileContent> {
        std::mem::take(&mut self.full)
    }

    /// The partial tiles of the tree as it is, lowest level first.
    pub fn partial_tiles(&self) -> Vec<TileContent> {
        self.filling()
            .map(|(tile, bytes)| TileContent {
                tile,
                bytes: bytes.to_vec(),
            })
            .collect()
    }

    fn filling(&self) -> impl Iterator<Item = (Tile, &[u8])> {
        let size = self.frontier.size();
        (0..).zip(&self.filling).filter_map(move |(level, bytes)| {
            let index = hashes_at(size, level) / u64::from(FULL_WIDTH);
            Some((Tile::of_tree(size, level, index)?, bytes.as_slice()))
        })
    }
}

/// The tiles that are not elsewhere yet: those still filling, and full ones
/// that nobody has taken. In front of a folder of tiles this makes proofs for a
/// tree that has not been written out.
impl TileSource for RightEdge {
    fn read_tile(&self, tile: &Tile) -> Result<Option<Vec<u8>>> {
        let full = self.full.iter().map(|c| (c.tile, c.bytes.as_slice()));
        let found = self.filling().chain(full).find(|(held, _)| {
            (held.level(), held.index()) == (tile.level(), tile.index())
                && held.width() >= tile.width()
        });
        Ok(found.map(|(_, bytes)| bytes.to_vec()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tlog::tree::leaf_hash;
    use std::collections::HashMap;

    #[derive(Default)]
    struct Folder(HashMap<String, Vec<u8>>);

    impl TileSource for Folder {
        fn read_tile(&self, tile: &Tile) -> Result<Option<Vec<u8>>> {
            Ok(self.0.get(&tile.path()).cloned())
        }
    }

    impl Folder {
        fn store(&mut self, tiles: Vec<TileContent>) {
            for content in tiles {
                assert_eq!(content.bytes.len(), content.tile.byte_len());
                let replaced = self.0.insert(content.tile.path(), content.bytes.clone());
                assert!(replaced.is_none_or(|old| old == content.bytes));
            }
        }
    }

    #[test]
    fn the_tiles_given_out_are_those_that_growth_names() {
        let mut edge = RightEdge::new();
        let mut last = 0;
        for i in 0..70_000u64 {
            edge.push(leaf_hash(&i.to_be_bytes()));
            if i % 997 == 0 || i % 256 == 255 {
                let mut tiles = edge.take_full_tiles();
                tiles.extend(edge.partial_tiles());
                let mut given: Vec<Tile> = tiles.iter().map(|content| content.tile).collect();
                let mut named: Vec<Tile> = Tile::grown(last, edge.size()).collect();
                // Partial tiles of an upper level that did not change come too.
                given.retain(|tile| named.contains(tile) || !tile.is_partial());
                let order = |tile: &Tile| (tile.level(), tile.index());
                given.sort_by_key(order);
                named.sort_by_key(order);
                assert_eq!(given, named, "{last} -> {}", edge.size());
                last = edge.size();
            }
        }
    }

    #[test]
    fn an_edge_goes_on_from_its_stored_tiles_at_any_size() {
        let mut edge = RightEdge::new();
        let mut folder = Folder::default();
        for i in 0..1_300u64 {
            let stored = folder.0.len();
            let loaded = RightEdge::load(&folder, &edge.head()).unwrap();
            assert_eq!(loaded.frontier, edge.frontier);
            assert_eq!(loaded.partial_tiles(), edge.partial_tiles());
            assert_eq!(folder.0.len(), stored);
            edge = loaded;
            edge.push(leaf_hash(&i.to_be_bytes()));
            folder.store(edge.take_full_tiles());
            folder.store(edge.partial_tiles());
        }
    }

    #[test]
    fn tiles_of_another_tree_are_refused() {
        let mut edge = RightEdge::new();
        for i in 0..600u64 {
            edge.push(leaf_hash(&i.to_be_bytes()));
        }
        let head = edge.head();
        let mut folder = Folder::default();
        folder.store(edge.take_full_tiles());
        folder.store(edge.partial_tiles());
        RightEdge::load(&folder, &head).unwrap();
        for path in ["tile/0/002.p/88", "tile/1/000.p/2"] {
            let content = folder.0.get(path).unwrap().clone();
            for at in 0..content.len() {
                let mut bytes = content.clone();
                bytes[at] ^= 1;
                folder.0.insert(path.into(), bytes);
                let error = RightEdge::load(&folder, &head).unwrap_err();
                assert_eq!(error.kind(), ErrorKind::TileInvalid);
            }
            for cut in 0..content.len() {
                folder.0.insert(path.into(), content[..cut].to_vec());
                let error = RightEdge::load(&folder, &head).unwrap_err();
                assert_eq!(error.kind(), ErrorKind::TileInvalid);
            }
            folder.0.remove(path);
            let error = RightEdge::load(&folder, &head).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::TileInvalid);
            folder.0.insert(path.into(), content);
        }
    }

    #[test]
    fn an_edge_answers_only_for_what_it_holds() {
        let mut edge = RightEdge::new();
        for i in 0..300u64 {
            edge.push(leaf_hash(&i.to_be_bytes()));
        }
        let length = |level, index, width| {
            let tile = Tile::new(level, index, width).unwrap();
            edge.read_tile(&tile).unwrap().map(|bytes| bytes.len())
        };
        // The full tile, which nobody has taken; the two that are filling.
        for (level, index, held) in [(0, 0, 256), (0, 1, 44), (1, 0, 1)] {
            for width in 1..=256 {
                let answer = (width <= held).then_some(usize::from(held) * 32);
                assert_eq!(length(level, index, width), answer);
            }
        }
        assert_eq!(length(0, 2, 1), None);
        assert_eq!(length(1, 1, 1), None);
        assert_eq!(length(2, 0, 1), None);
        edge.take_full_tiles();
        let taken = Tile::new(0, 0, 256).unwrap();
        assert_eq!(edge.read_tile(&taken).unwrap(), None);
    }
}
