//! The same trees and tiles by other people's programs: `ct-merkle`, and
//! Cloudflare's `tlog_tiles`, a port of Go's `sumdb/tlog`. What one side makes,
//! the other verifies, and where both make the same thing the bytes are equal.

use std::collections::HashMap;

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use ct_merkle::{ConsistencyProof, InclusionProof, RootHash};
use sha2::Sha256;
use signet::error::ErrorKind;
use signet::tlog::proof::{verify_consistency, verify_inclusion};
use signet::tlog::right_edge::{RightEdge, TileContent};
use signet::tlog::tile::{FULL_WIDTH, Tile, TileSource};
use signet::tlog::tiled_tree::TiledTree;
use signet::tlog::tree::{Hash, TreeHead, leaf_hash};
use tlog_tiles::{TileHashReader, TileReader};

/// How much to multiply the random part of a test with.
fn torture() -> u64 {
    let factor = std::env::var("SIGNET_TORTURE").ok();
    factor.and_then(|f| f.parse().ok()).unwrap_or(1)
}

/// Reproducible random numbers below a bound.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

/// The record hashes of a made-up log.
fn entry(index: u64) -> [u8; 32] {
    signet::crypto::digest::sha256(&index.to_be_bytes())
}

/// Tiles as files by path, with the names of the specification.
#[derive(Default)]
struct Folder(HashMap<String, Vec<u8>>);

impl Folder {
    fn store(&mut self, tiles: Vec<TileContent>) {
        let files = tiles.into_iter().map(|t| (t.tile.path(), t.bytes));
        self.0.extend(files);
    }

    /// A log of `size` entries with the tiles of its last state.
    fn of_log(size: u64) -> (Folder, TreeHead) {
        let mut edge = RightEdge::new();
        let mut folder = Folder::default();
        for index in 0..size {
            edge.push(leaf_hash(&entry(index)));
        }
        folder.store(edge.take_full_tiles());
        folder.store(edge.partial_tiles());
        (folder, edge.head())
    }
}

impl TileSource for Folder {
    fn read_tile(&self, tile: &Tile) -> signet::Result<Option<Vec<u8>>> {
        Ok(self.0.get(&tile.path()).cloned())
    }
}

/// How `tlog_tiles` reads the same files. Its paths also name the tile height.
impl TileReader for Folder {
    fn height(&self) -> u8 {
        8
    }

    fn read_tiles(&self, tiles: &[tlog_tiles::Tile]) -> Result<Vec<Vec<u8>>, tlog_tiles::Error> {
        let read = |tile: &tlog_tiles::Tile| {
            let path = tile.path().replacen("tile/8/", "tile/", 1);
            self.0
                .get(&path)
                .unwrap_or_else(|| panic!("{path}"))
                .clone()
        };
        Ok(tiles.iter().map(read).collect())
    }

    fn save_tiles(&self, _: &[tlog_tiles::Tile], _: &[Vec<u8>]) {}
}

fn theirs(path: &[Hash]) -> Vec<tlog_tiles::Hash> {
    path.iter().map(|hash| tlog_tiles::Hash(*hash)).collect()
}

#[test]
fn ct_merkle_makes_the_same_roots_and_proofs() {
    let mut random = Random(0x5eed_0001);
    let mut sizes = vec![1, 2, 255, 256, 257, 5_000];
    sizes.extend((0..20 * torture()).map(|_| 1 + random.below(600)));
    for size in sizes {
        let (folder, head) = Folder::of_log(size);
        let tree = TiledTree::new(&folder, head);
        let mut oracle = MemoryBackedTree::<Sha256, [u8; 32]>::new();
        (0..size).for_each(|index| oracle.push(entry(index)));
        let root = oracle.root();
        assert_eq!(root.as_bytes().as_slice(), head.root);

        for _ in 0..20 {
            let index = random.below(size);
            let ours = tree.prove_inclusion(index).unwrap();
            let made = oracle.prove_inclusion(index as usize);
            assert_eq!(made.as_bytes(), ours.path.as_flattened());
            let given = InclusionProof::from_bytes(ours.path.as_flattened().to_vec());
            root.verify_inclusion(&entry(index), index, &given).unwrap();

            let old = 1 + random.below(size);
            let ours = tree.prove_consistency(old).unwrap();
            let made = oracle.prove_consistency((size - old) as usize);
            assert_eq!(made.as_bytes(), ours.path.as_flattened());
            let given = ours.path.as_flattened().to_vec();
            let given = ConsistencyProof::try_from_bytes(given).unwrap();
            let old_root = RootHash::<Sha256>::new(ours.old.root.into(), old);
            root.verify_consistency(&old_root, &given).unwrap();
        }
    }
}

/// Whether a proof with a few bytes, numbers or steps changed still verifies is
/// answered alike.
#[test]
fn ct_merkle_agrees_about_damaged_proofs() {
    let mut random = Random(0x5eed_0002);
    let mut accepted = 0;
    for _ in 0..2_000 * torture() {
        let size = 1 + random.below(40);
        let (folder, head) = Folder::of_log(size);
        let tree = TiledTree::new(&folder, head);
        let index = random.below(size);
        let old = 1 + random.below(size);
        let inclusion = tree.prove_inclusion(index).unwrap().path;
        let consistency = tree.prove_consistency(old).unwrap();
        let mut damage = |path: &[Hash]| {
            let mut path = path.to_vec();
            match random.below(4) {
                0 if !path.is_empty() => {
                    let step = random.below(path.len() as u64) as usize;
                    path[step][random.below(32) as usize] ^= 1 << random.below(8);
                }
                1 if !path.is_empty() => {
                    path.remove(random.below(path.len() as u64) as usize);
                }
                2 => path.push([7; 32]),
                _ => {}
            }
            (path, random.below(3), random.below(3))
        };

        let (path, index_up, size_up) = damage(&inclusion);
        let head_up = TreeHead {
            size: size + size_up,
            ..head
        };
        let claimed = index + index_up;
        let ours = verify_inclusion(&head_up, claimed, &leaf_hash(&entry(index)), &path);
        let root = RootHash::<Sha256>::new(head.root.into(), head_up.size);
        let given = InclusionProof::from_bytes(path.as_flattened().to_vec());
        let theirs = root.verify_inclusion(&entry(index), claimed, &given);
        assert_eq!(ours.is_ok(), theirs.is_ok(), "{index} of {size}");
        accepted += u64::from(ours.is_ok());

        let (path, old_up, size_up) = damage(&consistency.path);
        let old_up = TreeHead {
            size: old + old_up,
            ..consistency.old
        };
        let head_up = TreeHead {
            size: size + size_up,
            ..head
        };
        let ours = verify_consistency(&old_up, &head_up, &path);
        let root = RootHash::<Sha256>::new(head.root.into(), head_up.size);
        let old_root = RootHash::<Sha256>::new(old_up.root.into(), old_up.size);
        let given = ConsistencyProof::try_from_bytes(path.as_flattened().to_vec()).unwrap();
        let theirs = root.verify_consistency(&old_root, &given);
        assert_eq!(ours.is_ok(), theirs.is_ok(), "{old_up:?} {head_up:?}");
        accepted += u64::from(ours.is_ok());
    }
    assert!(accepted > 100, "the undamaged ones verify");
}

#[test]
fn tlog_tiles_reads_our_tiles() {
    let mut random = Random(0x5eed_0003);
    let mut sizes = vec![1, 2, 255, 256, 257, 65_536, 70_000];
    sizes.extend((0..5 * torture()).map(|_| 1 + random.below(3_000)));
    for size in sizes {
        let (folder, head) = Folder::of_log(size);
        let tree = TiledTree::new(&folder, head);
        // This reader authenticates every tile against the root.
        let reader = TileHashReader::new(size, tlog_tiles::Hash(head.root), &folder);
        for _ in 0..10 {
            let index = random.below(size);
            let ours = tree.prove_inclusion(index).unwrap();
            let made = tlog_tiles::prove_record(size, index, &reader).unwrap();
            assert_eq!(made, theirs(&ours.path));
            let root = tlog_tiles::Hash(head.root);
            let leaf = tlog_tiles::record_hash(&entry(index));
            assert_eq!(leaf.0, ours.leaf_hash);
            tlog_tiles::check_record(&theirs(&ours.path), size, root, index, leaf).unwrap();

            let old = 1 + random.below(size);
            let ours = tree.prove_consistency(old).unwrap();
            let made = tlog_tiles::prove_tree(size, old, &reader).unwrap();
            assert_eq!(made, theirs(&ours.path));
            let old_root = tlog_tiles::Hash(ours.old.root);
            tlog_tiles::check_tree(&made, size, root, old, old_root).unwrap();
        }
    }
}

#[test]
fn tlog_tiles_names_the_same_tiles() {
    let mut random = Random(0x5eed_0004);
    let path = |tile: &tlog_tiles::Tile| tile.path().replacen("tile/8/", "tile/", 1);
    for _ in 0..300 * torture() {
        let from = random.below(200_000);
        let to = from + random.below(3_000);
        let ours: Vec<String> = Tile::grown(from, to).map(|tile| tile.path()).collect();
        let theirs: Vec<String> = tlog_tiles::Tile::new_tiles(8, from, to)
            .iter()
            .map(path)
            .collect();
        assert_eq!(ours, theirs, "{from} -> {to}");

        let index = random.0 >> random.below(63);
        let level = random.below(64) as u8;
        let width = 1 + random.below(u64::from(FULL_WIDTH)) as u16;
        let ours = Tile::new(level, index, width).unwrap().path();
        let theirs = tlog_tiles::Tile::new(8, level, index, u32::from(width), false);
        assert_eq!(ours, path(&theirs));
        assert_eq!(Tile::parse(&ours).unwrap().index(), index);
    }
}

/// A server may delete partial tiles once the full one exists, and a client may
/// ask an old tree of a log that has grown.
#[test]
fn wider_tiles_serve_smaller_trees() {
    let (folder, _) = Folder::of_log(66_000);
    let mut wide = Wide(HashMap::new());
    for (path, bytes) in folder.0 {
        let tile = Tile::parse(&path).unwrap();
        wide.0.insert((tile.level(), tile.index()), bytes);
    }
    for size in [1, 255, 256, 257, 600, 65_536, 66_000] {
        let tree = TiledTree::from_tiles(&wide, size).unwrap();
        let edge = RightEdge::load(&wide, tree.head()).unwrap();
        assert_eq!(edge.head(), Folder::of_log(size).1);
        for index in [0, size / 2, size - 1] {
            tree.prove_inclusion(index).unwrap();
            tree.prove_consistency(index + 1).unwrap();
        }
        let error = tree.prove_inclusion(size).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    }

    // Of a tree larger than the tiles there is nothing to be had.
    let beyond = TiledTree::from_tiles(&wide, 66_001).unwrap_err();
    assert_eq!(beyond.kind(), ErrorKind::TileInvalid);
}

#[derive(Debug)]
struct Wide(HashMap<(u8, u64), Vec<u8>>);

impl TileSource for Wide {
    fn read_tile(&self, tile: &Tile) -> signet::Result<Option<Vec<u8>>> {
        Ok(self.0.get(&(tile.level(), tile.index())).cloned())
    }
}

/// A tile with one wrong hash never makes it into a proof or a leaf hash.
#[test]
fn wrong_tiles_are_noticed_before_a_proof_is_given_out() {
    let size = 1_000;
    let (mut folder, head) = Folder::of_log(size);
    let mut noticed = 0;
    let paths: Vec<String> = folder.0.keys().cloned().collect();
    for path in paths {
        let good = folder.0[&path].clone();
        for position in (0..good.len()).step_by(32 * 31) {
            folder.0.get_mut(&path).unwrap()[position] ^= 1;
            let tree = TiledTree::new(&folder, head);
            for index in (0..size).step_by(97) {
                match tree.prove_inclusion(index) {
                    Ok(proof) => {
                        assert_eq!(proof.leaf_hash, leaf_hash(&entry(index)));
                        verify_inclusion(&head, index, &proof.leaf_hash, &proof.path).unwrap();
                    }
                    Err(error) => {
                        assert_eq!(error.kind(), ErrorKind::TileInvalid);
                        noticed += 1;
                    }
                }
                match tree.prove_consistency(index + 1) {
                    Ok(proof) => verify_consistency(&proof.old, &head, &proof.path).unwrap(),
                    Err(error) => assert_eq!(error.kind(), ErrorKind::TileInvalid),
                }
            }
            folder.0.insert(path.clone(), good.clone());
        }
        folder.0.remove(&path);
        let tree = TiledTree::new(&folder, head);
        for index in (0..size).step_by(97) {
            if let Err(error) = tree.prove_inclusion(index) {
                assert_eq!(error.kind(), ErrorKind::TileInvalid);
                noticed += 1;
            }
        }
        folder.0.insert(path, good);
    }
    assert!(noticed > 100);
}

/// Proofs for records that no tile file holds yet.
#[test]
fn the_right_edge_serves_what_is_not_written_yet() {
    struct Layers<'a>(&'a RightEdge, &'a Folder);

    impl TileSource for Layers<'_> {
        fn read_tile(&self, tile: &Tile) -> signet::Result<Option<Vec<u8>>> {
            match self.0.read_tile(tile)? {
                Some(bytes) => Ok(Some(bytes)),
                None => self.1.read_tile(tile),
            }
        }
    }

    let mut edge = RightEdge::new();
    let mut folder = Folder::default();
    for index in 0..2_000 {
        edge.push(leaf_hash(&entry(index)));
        if index % 700 == 699 {
            folder.store(edge.take_full_tiles());
        }
        if index % 31 == 0 {
            let tree = TiledTree::new(Layers(&edge, &folder), edge.head());
            for leaf in [0, index / 2, index] {
                let proof = tree.prove_inclusion(leaf).unwrap();
                assert_eq!(proof.leaf_hash, leaf_hash(&entry(leaf)));
                tree.prove_consistency(leaf + 1).unwrap();
            }
        }
    }
}
