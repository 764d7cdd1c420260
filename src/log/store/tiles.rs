//! Keeping the Merkle tree of a log: growing it, writing its tiles, proving from
//! it.

use std::ops::ControlFlow;
use std::sync::Arc;

use crate::crypto::digest::sha256;
use crate::error::{ErrorKind, Result};
use crate::log::line;
use crate::log::pruned::Pruned;
use crate::log::read::{self, Start};
use crate::log::tree::{self, TileFolder, Tree};
use crate::tlog::tiled_tree::{ConsistencyProof, InclusionProof, TiledTree};
use crate::tlog::tree::{Frontier, TreeHead};

use super::Store;

impl Store {
    /// Brings the tree up to `end`, reading what it has not seen.
    pub(super) fn grow_tree(&mut self) -> Result<&mut Tree> {
        let disk = Arc::clone(&self.disk);
        let mut tree = match self.tree.take() {
            Some(tree) => tree,
            None => Tree::load(disk.as_ref(), &self.tiled),
        };
        if tree.size() > self.end.count {
            tree = Tree::default();
        }
        if tree.size() < self.beginning().count {
            // The records cannot tell any more; their tiles must.
            tree = self.tree_of_tiles().ok_or_else(tree::missing_tiles)?;
        }
        if tree.size() < self.end.count {
            let first = tree.size();
            let start = self.start_near(first);
            let mut scratch = Vec::new();
            read::lines_forwards(disk.as_ref(), &start, &self.end, &mut |found| {
                if found.index >= first {
                    let bytes = found.line.bytes;
                    let hash = match line::check(bytes, &mut scratch) {
                        Ok(checked) => checked.stated.unwrap_or(checked.computed),
                        Err(_) => sha256(bytes),
                    };
                    tree.push(&hash);
                    if tree.size().is_multiple_of(1 << 16) {
                        tree.write_full(disk.as_ref())?;
                    }
                }
                Ok(ControlFlow::Continue(()))
            })?;
        }
        if tree.size() != self.end.count {
            return Err(tree::rewritten(tree.size()));
        }
        Ok(self.tree.insert(tree))
    }

    /// A tree that covers the removed records, from its tiles.
    fn tree_of_tiles(&self) -> Option<Tree> {
        let disk = self.disk.as_ref();
        let pruned = self.pruned.as_ref()?;
        Tree::of_head(disk, &pruned.frontier.head())
    }

    /// Under the locks, with everything durable: writes the tiles.
    pub(super) fn write_tiles(&mut self) -> Result<()> {
        let disk = Arc::clone(&self.disk);
        let tree = self.grow_tree()?;
        tree.write_all(disk.as_ref())?;
        self.tiled = tree.frontier().clone();
        Ok(())
    }

    /// The tree over everything that is durable, with its tiles written.
    pub(in crate::log) fn tree_head(&mut self) -> Result<TreeHead> {
        self.refresh()?;
        let sizes = [self.durable.count, self.tiled.size()];
        let written = self.tree.is_some() && sizes == [self.end.count; 2];
        if written {
            return Ok(self.tiled.head());
        }
        self.sync()?;
        self.locked(Store::write_tiles)?;
        self.sync()?;
        self.write_head(false);
        Ok(self.tiled.head())
    }

    /// The proof that a record is in the tree of `head`.
    pub(in crate::log) fn prove_inclusion(
        &mut self,
        head: &TreeHead,
        index: u64,
    ) -> Result<InclusionProof> {
        self.with_tiles(head, |tree| tree.prove_inclusion(index))
    }

    /// The proof that the tree of `old_size` records is the beginning of `head`.
    pub(in crate::log) fn prove_consistency(
        &mut self,
        head: &TreeHead,
        old_size: u64,
    ) -> Result<ConsistencyProof> {
        self.with_tiles(head, |tree| tree.prove_consistency(old_size))
    }

    /// Works on the tiles; when they are wrong, once more on new ones.
    pub(super) fn with_tiles<R>(
        &mut self,
        head: &TreeHead,
        work: impl Fn(&TiledTree<TileFolder<'_>>) -> Result<R>,
    ) -> Result<R> {
        let disk = Arc::clone(&self.disk);
        let source = TileFolder {
            disk: disk.as_ref(),
        };
        let tree = TiledTree::new(source, *head);
        match work(&tree) {
            Err(error) if error.kind() == ErrorKind::TileInvalid => {}
            done => return done,
        }
        self.tree = None;
        self.tiled = Frontier::new();
        self.locked(Store::write_tiles)?;
        work(&tree)
    }

    /// A place at or before a record, to read from.
    pub(in crate::log) fn start_near(&self, index: u64) -> Start {
        let first = self.pruned.as_ref().map(Pruned::start).unwrap_or_default();
        match self.index.find(index) {
            Some(entry) if entry.index >= first.index => Start {
                segment: entry.segment,
                offset: entry.offset,
                index: entry.index,
            },
            _ => first,
        }
    }
}
