//! Signing the head of the tree: on demand, and when it is due.
//!
//! A note is only ever signed over durable records, and only when the tree
//! continues the newest note in the folder.

use std::sync::Arc;

use crate::error::{Error, ErrorKind, Result};
use crate::log::tree::{self, LogKey, TileFolder};
use crate::tlog::note::Note;
use crate::tlog::tiled_tree::TiledTree;
use crate::tlog::tree::TreeHead;

use super::{Store, elapsed};

/// How often others may come before us with a newer note.
const ATTEMPTS: u32 = 16;

/// What is known of the newest note.
#[derive(Debug, Default)]
pub(super) struct Notes {
    /// The newest note that we have signed or read, and its head.
    newest: Option<(Note, TreeHead)>,
    /// How many records it covers; `None` until somebody has looked.
    size: Option<u64>,
    /// When it was made or looked for, by the log's clock.
    at: Option<crate::encoding::rfc3339::Instant>,
    /// Whether making one by ourselves was refused.
    refused: bool,
}

impl Store {
    /// Signs the tree over everything that is durable, and keeps the note as the
    /// newest checkpoint. Refuses to sign what does not continue the one before.
    pub(in crate::log) fn checkpoint(&mut self, key: &LogKey<'_>) -> Result<(Note, TreeHead)> {
        for _ in 0..ATTEMPTS {
            let head = self.tree_head()?;
            if let Some((note, signed)) = &self.notes.newest
                && *signed == head
            {
                return Ok((note.clone(), head));
            }
            if let Some(note) = self.locked(|store| store.sign(key, head))? {
                return Ok((note, head));
            }
        }
        Err(Error::new(
            ErrorKind::LogBusy,
            self.disk.name_of("").display().to_string(),
            "other writers keep signing newer checkpoints",
        ))
    }

    /// Signs a checkpoint when the cadence says that it is time. What fails here
    /// fails no append: the records are durable without it.
    pub(super) fn checkpoint_when_due(&mut self) {
        let Some(cadence) = self.options.checkpoints else {
            return;
        };
        let new = self.records_without_note();
        if new == 0 {
            return;
        }
        let now = self.clock.now();
        let waited = elapsed(*self.notes.at.get_or_insert(now), now);
        let many = cadence.records != 0 && new >= cadence.records;
        let long = cadence.millis != 0 && u64::try_from(waited).is_ok_and(|w| w >= cadence.millis);
        if many || long {
            self.checkpoint_unasked();
        }
    }

    /// At closing: a checkpoint over everything, unless nobody wants any.
    pub(super) fn checkpoint_at_close(&mut self) {
        if self.options.checkpoints.is_some() && self.records_without_note() > 0 {
            self.checkpoint_unasked();
        }
    }

    /// Under the locks, with everything durable: before a segment is left.
    pub(super) fn checkpoint_at_rotation(&mut self) {
        if self.options.checkpoints.is_none() || self.records_without_note() == 0 {
            return;
        }
        self.with_own_key(|store, key| {
            store.write_tiles()?;
            let head = store.tiled.head();
            store.sign(key, head).map(|_| ())
        });
    }

    /// How many durable records no note covers; 0 where none can be signed.
    fn records_without_note(&mut self) -> u64 {
        if self.options.log_key.is_none() || self.notes.refused || self.durable != self.end {
            return 0;
        }
        let disk = self.disk.as_ref();
        let covered = *self.notes.size.get_or_insert_with(|| {
            tree::remembered(disk).map_or(0, |checkpoint| checkpoint.head().size)
        });
        self.durable.count.saturating_sub(covered)
    }

    fn checkpoint_unasked(&mut self) {
        self.with_own_key(|store, key| store.checkpoint(key).map(|_| ()));
    }

    fn with_own_key(&mut self, work: impl FnOnce(&mut Store, &LogKey<'_>) -> Result<()>) {
        let Some(pair) = self.options.log_key.clone() else {
            return;
        };
        let origin = self.options.origin.clone();
        let done = LogKey::new(&pair, origin.as_deref()).and_then(|key| work(self, &key));
        if let Err(error) = done {
            // A disk that is full for a while is tried again in a while; a log
            // that is not what it was, or a key that does not sign, is not.
            self.notes.refused = !matches!(error.kind(), ErrorKind::Io | ErrorKind::LogBusy);
            self.notes.at = Some(self.clock.now());
        }
    }

    /// Under the locks: signs the tree of `head`, whose tiles are written.
    /// `None` when somebody has signed a larger one meanwhile.
    fn sign(&mut self, key: &LogKey<'_>, head: TreeHead) -> Result<Option<Note>> {
        let disk = Arc::clone(&self.disk);
        let mut note = None;
        if let Some((kept, before)) = key.read(disk.as_ref())? {
            let before = *before.head();
            if before.size > head.size && before.size <= self.end.count {
                return Ok(None);
            }
            if before == head {
                note = Some(kept);
            } else if !continues(disk.as_ref(), &before, head)? {
                return Err(tree::rewritten(before.size));
            }
        }
        let note = match note {
            Some(note) => note,
            None => {
                let note = key.sign(&head)?;
                tree::write_note(disk.as_ref(), &note)?;
                note
            }
        };
        self.notes = Notes {
            newest: Some((note.clone(), head)),
            size: Some(head.size),
            at: Some(self.clock.now()),
            refused: false,
        };
        Ok(Some(note))
    }
}

/// Whether the tree of `head` has that of `before` for its beginning.
fn continues(disk: &dyn crate::log::disk::Disk, before: &TreeHead, head: TreeHead) -> Result<bool> {
    if before.size == 0 || before.size >= head.size {
        return Ok(before.size == 0);
    }
    let tree = TiledTree::new(TileFolder { disk }, head);
    Ok(tree.prove_consistency(before.size)?.old == *before)
}
