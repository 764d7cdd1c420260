//! Other people's data: the proof cases of transparency-dev/merkle, the test log
//! of Tessera, the signed notes of C2SP, Go and Tracekit.
//!
//! The files are read in place, from the folder that `SIGNET_VECTORS` names.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;
use signet::crypto::ed25519::SecretKey;
use signet::encoding::base64;
use signet::error::ErrorKind;
use signet::tlog::checkpoint::Checkpoint;
use signet::tlog::checkpoint_policy::CheckpointPolicy;
use signet::tlog::cosignature::cosign;
use signet::tlog::entry_bundle;
use signet::tlog::note::Note;
use signet::tlog::proof::{
    verify_consistency, verify_inclusion, verify_subtree_consistency, verify_subtree_inclusion,
};
use signet::tlog::right_edge::RightEdge;
use signet::tlog::tile::{Tile, TileSource};
use signet::tlog::tiled_tree::TiledTree;
use signet::tlog::tree::{Hash, TreeHead, leaf_hash};
use signet::tlog::verifier_key::{SignatureType, VerifierKey};

/// A file of the vectors, or `None` when they are not there and may be skipped.
fn vector(path: &str) -> Option<PathBuf> {
    match std::env::var_os("SIGNET_VECTORS") {
        Some(folder) => Some(PathBuf::from(folder).join(path)),
        None => {
            let forbidden = std::env::var("SIGNET_FORBID_SKIPS").is_ok_and(|v| v == "1");
            assert!(!forbidden, "SIGNET_VECTORS is not set");
            println!("skipped: SIGNET_VECTORS is not set");
            None
        }
    }
}

fn json(path: &str) -> Option<Value> {
    let text = fs::read(vector(path)?).unwrap();
    Some(serde_json::from_slice(&text).unwrap())
}

/// One proof case.
struct Case {
    name: String,
    value: Value,
    path: Option<Vec<Hash>>,
    must_verify: bool,
}

impl Case {
    fn hash(&self, member: &str) -> Option<Hash> {
        hash(&self.value[member])
    }

    fn number(&self, member: &str) -> u64 {
        self.value[member].as_u64().unwrap()
    }

    fn head(&self, size: &str, root: &str) -> Option<TreeHead> {
        Some(TreeHead {
            size: self.number(size),
            root: self.hash(root)?,
        })
    }

    fn range(&self) -> std::ops::Range<u64> {
        self.number("start")..self.number("end")
    }

    /// `None` is a question that could not be asked.
    fn check(&self, result: Option<signet::Result<()>>) {
        let verified = matches!(result, Some(Ok(())));
        assert_eq!(verified, self.must_verify, "{}: {result:?}", self.name);
        if let Some(Err(error)) = result {
            assert_eq!(error.kind(), ErrorKind::ProofInvalid, "{}", self.name);
        }
    }
}

/// Some cases have short words in place of hashes, also where the proof must
/// verify: those are filled up with zeros, so that equal ones stay equal and
/// different ones different. No bytes at all are `None`: this library cannot
/// even be asked about such a hash.
fn hash(value: &Value) -> Option<Hash> {
    let mut bytes = base64::decode(value.as_str().unwrap().as_bytes()).unwrap();
    assert!(bytes.len() <= 32);
    if bytes.is_empty() {
        return None;
    }
    bytes.resize(32, 0);
    bytes.try_into().ok()
}

fn cases(file: &str) -> Option<Vec<Case>> {
    let text = fs::read_to_string(vector("merkle-rfc6962")?.join(file)).unwrap();
    let read = |line: &str| {
        let value: Value = serde_json::from_str(line).unwrap();
        let path = match &value["proof"] {
            Value::Null => Some(Vec::new()),
            hashes => hashes.as_array().unwrap().iter().map(hash).collect(),
        };
        Case {
            name: format!("{file}: {} ({})", value["file"], value["desc"]),
            must_verify: !value["wantErr"].as_bool().unwrap(),
            path,
            value,
        }
    };
    Some(text.lines().map(read).collect())
}

#[test]
fn inclusion_proofs_of_transparency_dev_merkle() {
    let Some(cases) = cases("inclusion.jsonl") else {
        return;
    };
    assert_eq!(cases.len(), 98);
    for case in &cases {
        let index = case.number("leafIdx");
        let verify = || {
            let head = case.head("treeSize", "root")?;
            let leaf = case.hash("leafHash")?;
            let path = case.path.as_ref()?;
            Some(verify_inclusion(&head, index, &leaf, path))
        };
        case.check(verify());
    }
}

#[test]
fn consistency_proofs_of_transparency_dev_merkle() {
    let Some(cases) = cases("consistency.jsonl") else {
        return;
    };
    assert_eq!(cases.len(), 98);
    for case in &cases {
        let verify = || {
            let old = case.head("size1", "root1")?;
            let new = case.head("size2", "root2")?;
            Some(verify_consistency(&old, &new, case.path.as_ref()?))
        };
        case.check(verify());
    }
}

#[test]
fn subtree_inclusion_proofs_of_transparency_dev_merkle() {
    let Some(cases) = cases("subtreeinclusion.jsonl") else {
        return;
    };
    assert_eq!(cases.len(), 204);
    for case in &cases {
        let index = case.number("leafIdx");
        let range = case.range();
        let verify = || {
            let (root, leaf) = (case.hash("root")?, case.hash("leafHash")?);
            let path = case.path.as_ref()?;
            Some(verify_subtree_inclusion(&range, &root, index, &leaf, path))
        };
        case.check(verify());
    }
}

#[test]
fn subtree_consistency_proofs_of_transparency_dev_merkle() {
    let Some(cases) = cases("subtreeconsistency.jsonl") else {
        return;
    };
    assert_eq!(cases.len(), 118);
    for case in &cases {
        let range = case.range();
        let verify = || {
            let head = case.head("size", "root2")?;
            let subtree = case.hash("root1")?;
            let path = case.path.as_ref()?;
            Some(verify_subtree_consistency(&range, &subtree, &head, path))
        };
        case.check(verify());
    }
}

/// The files of a log as they were published.
struct PublishedLog(PathBuf);

impl TileSource for PublishedLog {
    fn read_tile(&self, tile: &Tile) -> signet::Result<Option<Vec<u8>>> {
        Ok(fs::read(self.0.join(tile.path())).ok())
    }
}

#[test]
fn the_tessera_log_is_reproduced_byte_for_byte() {
    let (Some(folder), Some(notes)) = (
        vector("tlog-tiles-tessera/log"),
        json("signed-note/vectors.json"),
    ) else {
        return;
    };
    let key = VerifierKey::parse(notes["tessera_vkey"].as_str().unwrap()).unwrap();
    let policy = CheckpointPolicy::of_log(key).unwrap();
    let log = PublishedLog(folder.clone());

    // All sixteen checkpoints are signed, and each head follows from the
    // entries, as do the tile and the bundle of that size.
    let bundle = fs::read(folder.join("tile/entries/000.p/15")).unwrap();
    let entries = entry_bundle::entries(&bundle).unwrap();
    assert_eq!(entries.len(), 15);
    let mut edge = RightEdge::new();
    let mut rebuilt = Vec::new();
    let mut heads = Vec::new();
    for size in 0..=15u64 {
        let note = fs::read(folder.join(format!("checkpoint.{size}"))).unwrap();
        let checkpoint = policy.open(&note).unwrap().checkpoint;
        assert_eq!(checkpoint.origin(), "example.com/log/testdata");
        assert_eq!(*checkpoint.head(), edge.head());
        assert_eq!(Note::parse(&note).unwrap().encode().as_bytes(), note);
        heads.push(edge.head());

        for content in edge.partial_tiles() {
            let published = fs::read(folder.join(content.tile.path())).unwrap();
            assert_eq!(content.bytes, published, "{}", content.tile);
            let path = entry_bundle::path(&content.tile).unwrap();
            assert_eq!(rebuilt, fs::read(folder.join(path)).unwrap());
        }
        if let Some(entry) = entries.get(size as usize) {
            edge.push(leaf_hash(entry));
            entry_bundle::append(&mut rebuilt, entry).unwrap();
        }
    }
    let newest = fs::read(folder.join("checkpoint")).unwrap();
    let newest = policy.open(&newest).unwrap().checkpoint;
    assert_eq!(newest.head(), heads.last().unwrap());

    // Every proof that the published files give, under the signed heads.
    for new in &heads {
        let tree = TiledTree::new(&log, *new);
        for (index, entry) in (0..new.size).zip(&entries) {
            let proof = tree.prove_inclusion(index).unwrap();
            assert_eq!(proof.leaf_hash, leaf_hash(entry));
            verify_inclusion(new, index, &proof.leaf_hash, &proof.path).unwrap();
        }
        for old in &heads[1..=new.size as usize] {
            let proof = tree.prove_consistency(old.size).unwrap();
            assert_eq!(proof.old, *old);
            verify_consistency(old, new, &proof.path).unwrap();
        }
        let loaded = RightEdge::load(&log, new).unwrap();
        assert_eq!(loaded.head(), *new);
        assert_eq!(TiledTree::from_tiles(&log, new.size).unwrap().head(), new);
    }
}

#[test]
fn the_signed_notes_of_c2sp_and_go() {
    let Some(vectors) = json("signed-note/vectors.json") else {
        return;
    };
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let notes = vectors["signed_notes"].as_array().unwrap();
    assert_eq!(notes.len(), 2);
    for vector in notes {
        let key = VerifierKey::parse(&text(&vector["vkey"])).unwrap();
        assert_eq!(key.to_string(), text(&vector["vkey"]));
        let encoded = text(&vector["note"]);
        let note = Note::parse(encoded.as_bytes()).unwrap();
        assert_eq!(note.verify([&key]).unwrap()[0].key, &key);
        assert_eq!(note.encode(), encoded);
        // Another text under the same signatures.
        let forged = encoded.replacen('y', "Y", 1);
        let forged = Note::parse(forged.as_bytes()).unwrap();
        let error = forged.verify([&key]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::SignatureInvalid);

        if let Some(secret) = vector["skey"].as_str() {
            let encoded_key = secret.splitn(5, '+').last().unwrap();
            let bytes = base64::decode(encoded_key.as_bytes()).unwrap();
            let secret = SecretKey::from_seed(&bytes[1..].try_into().unwrap());
            assert_eq!(secret.public(), key.public_key());
            let made = Note::sign(note.text(), &key, |m| Ok(secret.sign(m))).unwrap();
            assert_eq!(made.encode(), encoded);
        }
    }

    let [length, algorithm] = vectors["bad_vkeys"].as_array().unwrap().as_slice() else {
        panic!("two bad keys");
    };
    let kind = |value: &Value| {
        VerifierKey::parse(&text(&value["vkey"]))
            .unwrap_err()
            .kind()
    };
    assert_eq!(kind(length), ErrorKind::KeyInvalid);
    assert_eq!(kind(algorithm), ErrorKind::Unsupported);
}

#[test]
fn the_witnessed_checkpoint_of_tracekit() {
    let Some(vectors) = json("tracekit/c2sp_checkpoint.json") else {
        return;
    };
    let text = |member: &str| vectors[member].as_str().unwrap();
    let log = VerifierKey::parse(text("log_vkey")).unwrap();
    let witness = VerifierKey::parse(text("wit_vkey")).unwrap();
    assert_eq!(witness.kind(), SignatureType::CosignatureV1);
    let policy = CheckpointPolicy::new(vec![log], vec![witness.clone()], 1).unwrap();

    // The second note has post-quantum lines on top, of types to be ignored.
    for (member, lines) in [("note", 2), ("hybrid", 4)] {
        let note = Note::parse(text(member).as_bytes()).unwrap();
        assert_eq!(note.signatures().len(), lines);
        let verified = policy.verify(&note).unwrap();
        assert_eq!(verified.checkpoint.head().size, 13);
        assert_eq!(verified.checkpoint.text(), text("text"));
        assert_eq!(verified.cosignatures.len(), 1);
        assert_eq!(verified.cosignatures[0].witness, witness);
        assert_eq!(verified.cosignatures[0].time, 1_760_000_000);
    }

    // The witness's seed is published: the same line comes out.
    let seed = signet::crypto::digest::sha256(b"witness");
    let secret = SecretKey::from_seed(&seed);
    assert_eq!(secret.public(), witness.public_key());
    let note = Note::parse(text("note").as_bytes()).unwrap();
    let line = cosign(&note, 1_760_000_000, &witness, |m| Ok(secret.sign(m))).unwrap();
    assert_eq!(line, note.signatures()[1]);
    assert!(Checkpoint::parse(text("text")).is_ok());
}
