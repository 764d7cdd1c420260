//! The Merkle tree over the record hashes, kept as tiles beside the lines.
//!
//! Tiles are a cache: they are written after the records they are about are
//! durable, and made again from the lines when they are missing or wrong. A
//! tree is therefore brought up to date when it is needed, and from time to
//! time so that there is never much to bring up.

use std::collections::BTreeSet;
use std::io;

use crate::error::{Error, ErrorKind, Result};
use crate::identity::KeyPair;
use crate::log::disk::{self, Disk, Opening};
use crate::log::line::RecordHash;
use crate::tlog::checkpoint::Checkpoint;
use crate::tlog::checkpoint_policy::CheckpointPolicy;
use crate::tlog::note::{MAX_NOTE_LEN, Note};
use crate::tlog::right_edge::{RightEdge, TileContent};
use crate::tlog::tile::{FULL_WIDTH, Tile, TileSource};
use crate::tlog::tree::{Frontier, TreeHead, leaf_hash};
use crate::tlog::verifier_key::VerifierKey;

/// Where the side folder keeps what belongs to the tree.
const FOLDER: &str = ".log";
/// Where the newest signed checkpoint stands.
pub(super) const CHECKPOINT_PATH: &str = ".log/checkpoint";
/// How many records may wait for their tiles.
pub(super) const LAG: u64 = FULL_WIDTH as u64;

/// The growing tree.
#[derive(Debug, Default)]
pub(super) struct Tree {
    edge: RightEdge,
}

impl Tree {
    /// The tree as it was when its tiles were written, or else the empty one.
    pub fn load(disk: &dyn Disk, written: &Frontier) -> Tree {
        let source = TileFolder { disk };
        let edge = RightEdge::load(&source, &written.head()).unwrap_or_default();
        Tree { edge }
    }

    /// The tree of a head, when its tiles lead to it.
    pub fn of_head(disk: &dyn Disk, head: &TreeHead) -> Option<Tree> {
        let edge = RightEdge::load(&TileFolder { disk }, head).ok()?;
        Some(Tree { edge })
    }

    /// How many records it holds.
    pub fn size(&self) -> u64 {
        self.edge.size()
    }

    /// Takes the next record.
    pub fn push(&mut self, hash: &RecordHash) {
        self.edge.push(leaf_hash(hash));
    }

    /// Its frontier, to load it again.
    pub fn frontier(&self) -> &Frontier {
        self.edge.frontier()
    }

    /// Writes the tiles that have become full.
    pub fn write_full(&mut self, disk: &dyn Disk) -> Result<()> {
        for content in self.edge.take_full_tiles() {
            write_tile(disk, &content)?;
        }
        Ok(())
    }

    /// Writes everything that is needed to load the tree as it is.
    pub fn write_all(&mut self, disk: &dyn Disk) -> Result<()> {
        self.write_full(disk)?;
        for content in self.edge.partial_tiles() {
            write_tile(disk, &content)?;
        }
        Ok(())
    }
}

/// The tiles of a log's side folder.
#[derive(Clone, Copy, Debug)]
pub(super) struct TileFolder<'d> {
    pub disk: &'d dyn Disk,
}

impl TileSource for TileFolder<'_> {
    fn read_tile(&self, tile: &Tile) -> Result<Option<Vec<u8>>> {
        // Nearly always the very tile is there.
        if let Some(bytes) = self.read(&path_of(tile))? {
            return Ok(Some(bytes));
        }
        match self.find(tile)? {
            Some(path) => self.read(&path),
            None => Ok(None),
        }
    }
}

impl TileFolder<'_> {
    /// Where a tile is, or a wider one: another process may have gone on and left
    /// only that.
    fn find(&self, tile: &Tile) -> Result<Option<String>> {
        let full = Tile::new(tile.level(), tile.index(), FULL_WIDTH)?;
        for path in [path_of(tile), path_of(&full)] {
            if self.disk.stat(&path).is_ok() {
                return Ok(Some(path));
            }
        }
        let folder = format!("{}.p", path_of(&full));
        let widths = self.disk.list(&folder).unwrap_or_default();
        let wider = widths
            .iter()
            .filter_map(|name| name.parse::<u16>().ok())
            .filter(|width| *width >= tile.width())
            .min();
        match wider {
            Some(width) => {
                let wider = Tile::new(tile.level(), tile.index(), width)?;
                Ok(Some(path_of(&wider)))
            }
            None => Ok(None),
        }
    }

    fn read(&self, path: &str) -> Result<Option<Vec<u8>>> {
        let limit = u64::from(FULL_WIDTH) * 32;
        match disk::read_whole(self.disk, path, limit) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(disk::failed(self.disk, path, &error)),
        }
    }
}

fn path_of(tile: &Tile) -> String {
    format!("{FOLDER}/{}", tile.path())
}

/// Makes the tiles of a tree durable, for the time when nothing is left that
/// they could be made of again.
pub(super) fn sync_tiles(disk: &dyn Disk, size: u64) -> Result<()> {
    let mut folders = BTreeSet::new();
    let source = TileFolder { disk };
    let levels = size.checked_ilog2().map_or(0, |bit| bit / 8 + 1);
    for level in (0..levels).filter_map(|level| u8::try_from(level).ok()) {
        for index in 0.. {
            let Some(tile) = Tile::of_tree(size, level, index) else {
                break;
            };
            let Some(path) = source.find(&tile)? else {
                return Err(missing_tiles());
            };
            disk.open(&path, Opening::Read)
                .and_then(|file| file.sync_data())
                .map_err(|cause| disk::failed(disk, &path, &cause))?;
            folders.extend(
                path.match_indices('/')
                    .map(|(end, _)| path.get(..end).unwrap_or(FOLDER).to_owned()),
            );
        }
    }
    for folder in &folders {
        disk.sync_folder(folder)
            .map_err(|cause| disk::failed(disk, folder, &cause))?;
    }
    Ok(())
}

/// The error of a tree that can neither be read nor made again.
pub(super) fn missing_tiles() -> Error {
    Error::new(
        ErrorKind::LogUnverifiable,
        "tiles",
        "those over removed records are missing or wrong; restore .log/tile from a backup",
    )
}

/// Puts a tile in its place in one step, so that nobody reads half of it.
fn write_tile(disk: &dyn Disk, content: &TileContent) -> Result<()> {
    let path = path_of(&content.tile);
    replace(disk, &path, &content.bytes, false).map_err(|cause| disk::failed(disk, &path, &cause))
}

/// Writes a file under another name and moves it into its place.
fn replace(disk: &dyn Disk, path: &str, bytes: &[u8], durably: bool) -> io::Result<()> {
    if let Some((folders, _)) = path.rsplit_once('/') {
        // Usually there already; made from the top when not.
        if disk.stat(folders).is_err() {
            for (end, _) in folders.match_indices('/') {
                disk.make_folder(folders.get(..end).unwrap_or(folders))?;
            }
            disk.make_folder(folders)?;
        }
    }
    // Under the log's lock only one of us is here; a rest of a crash is removed.
    let temporary = format!("{FOLDER}/replacing");
    match disk.remove(&temporary) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let file = disk.open(&temporary, Opening::CreateNew)?;
    let mut rest = bytes;
    while !rest.is_empty() {
        match file.append(rest) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => rest = rest.get(written..).unwrap_or(&[]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    if durably {
        file.sync_data()?;
    }
    disk.rename(&temporary, path)?;
    if durably {
        disk.sync_folder(FOLDER)?;
    }
    Ok(())
}

/// The key that vouches for a log's checkpoints, under the log's name.
pub(super) struct LogKey<'k> {
    pair: &'k KeyPair,
    verifier: VerifierKey,
}

impl<'k> LogKey<'k> {
    /// The key of the log `origin`; without one the name derives from the key.
    pub fn new(pair: &'k KeyPair, origin: Option<&str>) -> Result<LogKey<'k>> {
        Ok(LogKey {
            pair,
            verifier: super::verifier_key_of(pair.public_key(), origin)?,
        })
    }

    /// Who can verify what this key signs.
    pub fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    /// Signs a checkpoint of the tree of a head.
    pub fn sign(&self, head: &TreeHead) -> Result<Note> {
        Checkpoint::new(self.verifier.name(), *head)?
            .sign(&self.verifier, |text| self.pair.sign(text))
    }

    /// The newest checkpoint in the folder, when this key has signed it.
    pub fn read(&self, disk: &dyn Disk) -> Result<Option<(Note, Checkpoint)>> {
        let Some(bytes) = read_note(disk)? else {
            return Ok(None);
        };
        let note = Note::parse(&bytes)?;
        let policy = CheckpointPolicy::of_log(self.verifier.clone())?;
        let verified = policy.verify(&note)?;
        Ok(Some((note, verified.checkpoint)))
    }
}

/// The bytes of the newest checkpoint, if there is one.
fn read_note(disk: &dyn Disk) -> Result<Option<Vec<u8>>> {
    match disk::read_whole(disk, CHECKPOINT_PATH, MAX_NOTE_LEN as u64) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(disk::failed(disk, CHECKPOINT_PATH, &error)),
    }
}

/// What the newest checkpoint in the folder says, whoever has signed it.
pub(super) fn remembered(disk: &dyn Disk) -> Option<Checkpoint> {
    let note = Note::parse(&read_note(disk).ok()??).ok()?;
    Checkpoint::parse(note.text()).ok()
}

/// What the newest checkpoint in the folder says, when this key has signed it.
pub(super) fn remembered_of(disk: &dyn Disk, key: &VerifierKey) -> Option<Checkpoint> {
    let note = Note::parse(&read_note(disk).ok()??).ok()?;
    let policy = CheckpointPolicy::of_log(key.clone()).ok()?;
    Some(policy.verify(&note).ok()?.checkpoint)
}

/// Puts a file of the side folder in its place, durably.
pub(super) fn keep(disk: &dyn Disk, path: &str, bytes: &[u8]) -> Result<()> {
    replace(disk, path, bytes, true).map_err(|cause| disk::failed(disk, path, &cause))
}

/// Makes a note the newest checkpoint, durably.
pub(super) fn write_note(disk: &dyn Disk, note: &Note) -> Result<()> {
    keep(disk, CHECKPOINT_PATH, note.encode().as_bytes())
}

/// The error of a log that has become another one than it was.
pub(super) fn rewritten(size: u64) -> Error {
    Error::new(
        ErrorKind::LogDamaged,
        "log",
        "it is no continuation of its own newest checkpoint; verify it",
    )
    .at(size)
}
