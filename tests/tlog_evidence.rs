//! From a growing log to one file of evidence and back: the way an audit log
//! uses the layer, and what happens to its texts when somebody tampers.

use std::collections::HashMap;

use proptest::prelude::*;
use signet::crypto::ed25519::SecretKey;
use signet::error::ErrorKind;
use signet::tlog::checkpoint::Checkpoint;
use signet::tlog::checkpoint_policy::CheckpointPolicy;
use signet::tlog::cosignature::cosign;
use signet::tlog::entry_bundle;
use signet::tlog::note::Note;
use signet::tlog::note_signature::NoteSignature;
use signet::tlog::proof::verify_consistency;
use signet::tlog::right_edge::RightEdge;
use signet::tlog::tile::{Tile, TileSource};
use signet::tlog::tiled_tree::TiledTree;
use signet::tlog::tlog_proof::TlogProof;
use signet::tlog::tree::{Frontier, leaf_hash};
use signet::tlog::verifier_key::{SignatureType, VerifierKey};

fn torture() -> u32 {
    let factor = std::env::var("SIGNET_TORTURE").ok();
    factor.and_then(|f| f.parse().ok()).unwrap_or(1)
}

fn record_hash(index: u64) -> [u8; 32] {
    signet::crypto::digest::sha256(&index.to_be_bytes())
}

struct Party {
    secret: SecretKey,
    key: VerifierKey,
}

fn party(name: &str, seed: u8, kind: SignatureType) -> Party {
    let secret = SecretKey::from_seed(&[seed; 32]);
    let key = VerifierKey::new(name, kind, *secret.public()).unwrap();
    Party { secret, key }
}

/// A log with three witnesses, of which two must have signed.
struct Log {
    party: Party,
    witnesses: Vec<Party>,
    edge: RightEdge,
    tiles: HashMap<String, Vec<u8>>,
}

impl TileSource for Log {
    fn read_tile(&self, tile: &Tile) -> signet::Result<Option<Vec<u8>>> {
        Ok(self.tiles.get(&tile.path()).cloned())
    }
}

impl Log {
    fn new() -> Log {
        let witness = |seed| {
            let name = format!("witness{seed}.example");
            party(&name, seed, SignatureType::CosignatureV1)
        };
        Log {
            party: party("example.com/audit", 1, SignatureType::Ed25519),
            witnesses: [11, 12, 13].map(witness).into(),
            edge: RightEdge::new(),
            tiles: HashMap::new(),
        }
    }

    fn grow_to(&mut self, size: u64) {
        for index in self.edge.size()..size {
            self.edge.push(leaf_hash(&record_hash(index)));
        }
        let mut tiles = self.edge.take_full_tiles();
        tiles.extend(self.edge.partial_tiles());
        let files = tiles.into_iter().map(|t| (t.tile.path(), t.bytes));
        self.tiles.extend(files);
    }

    fn checkpoint(&self) -> Note {
        let Party { secret, key } = &self.party;
        let checkpoint = Checkpoint::new(key.name(), self.edge.head()).unwrap();
        checkpoint.sign(key, |m| Ok(secret.sign(m))).unwrap()
    }

    fn witnessed(&self, count: usize) -> Note {
        let mut note = self.checkpoint();
        for Party { secret, key } in &self.witnesses[..count] {
            let line = cosign(&note, 1_790_000_000, key, |m| Ok(secret.sign(m))).unwrap();
            // As it comes back from the witness: a line of text.
            note.add(NoteSignature::parse(&line.line()).unwrap())
                .unwrap();
        }
        note
    }

    fn policy(&self) -> CheckpointPolicy {
        let witnesses = self.witnesses.iter().map(|w| w.key.clone()).collect();
        CheckpointPolicy::new(vec![self.party.key.clone()], witnesses, 2).unwrap()
    }

    fn evidence(&self, index: u64, note: Note) -> TlogProof {
        let head = *Checkpoint::parse(note.text()).unwrap().head();
        let proof = TiledTree::new(self, head).prove_inclusion(index).unwrap();
        TlogProof::new(index, proof.path, note, Some(b"rec_1234".to_vec())).unwrap()
    }
}

#[test]
fn one_small_file_proves_one_record_offline() {
    let mut log = Log::new();
    let mut earlier: Option<Note> = None;
    for size in [1, 2, 200, 256, 300, 5_000] {
        log.grow_to(size);
        let note = log.witnessed(3);
        for index in [0, size / 2, size - 1] {
            let file = log.evidence(index, note.clone()).encode();
            assert!(file.len() < 3_000);
            let proof = TlogProof::parse(file.as_bytes()).unwrap();
            let verified = proof.verify(&record_hash(index), &log.policy()).unwrap();
            assert_eq!(verified.checkpoint.head(), &log.edge.head());
            assert_eq!(verified.cosignatures.len(), 3);
            let error = proof.verify(&record_hash(index + 1), &log.policy());
            assert_eq!(error.unwrap_err().kind(), ErrorKind::ProofInvalid);
        }

        // The log that was witnessed before is the beginning of this one, and
        // its evidence is still good.
        if let Some(earlier) = earlier.replace(note) {
            let old = *Checkpoint::parse(earlier.text()).unwrap().head();
            let tree = TiledTree::new(&log, log.edge.head());
            let proof = tree.prove_consistency(old.size).unwrap();
            assert_eq!(proof.old, old);
            verify_consistency(&old, tree.head(), &proof.path).unwrap();
            let evidence = log.evidence(old.size - 1, earlier);
            let entry = record_hash(old.size - 1);
            evidence.verify(&entry, &log.policy()).unwrap();
        }
    }
}

#[test]
fn evidence_without_a_quorum_is_refused() {
    let mut log = Log::new();
    log.grow_to(20);
    for witnessed in 0..=3 {
        let proof = log.evidence(7, log.witnessed(witnessed));
        match proof.verify(&record_hash(7), &log.policy()) {
            Ok(_) => assert!(witnessed >= 2),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::NoteUnsigned);
                assert!(witnessed < 2);
            }
        }
    }
}

/// A rewritten log of the same size has another root, and there is no way from
/// the old head to a longer log with the rewritten record.
#[test]
fn a_rewritten_log_cannot_be_reconciled_with_its_old_head() {
    let mut honest = Log::new();
    honest.grow_to(300);
    let witnessed = honest.edge.head();

    let mut rewritten = Log::new();
    for index in 0..400 {
        let record = if index == 123 { 9_999 } else { index };
        rewritten.edge.push(leaf_hash(&record_hash(record)));
    }
    rewritten.grow_to(400);
    let tree = TiledTree::new(&rewritten, rewritten.edge.head());
    let proof = tree.prove_consistency(300).unwrap();
    assert_ne!(proof.old, witnessed);
    let error = verify_consistency(&witnessed, tree.head(), &proof.path).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ProofInvalid);
}

/// Except for the extra line, which is not authenticated, no byte of the file
/// can change and none be missing.
#[test]
fn no_byte_of_the_evidence_can_change_unnoticed() {
    let mut log = Log::new();
    log.grow_to(300);
    let file = log.evidence(77, log.witnessed(2)).encode();
    let policy = log.policy();
    let verdict = |bytes: &[u8]| {
        TlogProof::parse(bytes).and_then(|proof| proof.verify(&record_hash(77), &policy))
    };
    verdict(file.as_bytes()).unwrap();
    let extra = file.find("extra ").unwrap()..file.find("index ").unwrap();
    for at in 0..file.len() {
        for flip in [0x01, 0x10, 0x80] {
            let mut bytes = file.clone().into_bytes();
            bytes[at] ^= flip;
            if verdict(&bytes).is_ok() {
                assert!(extra.contains(&at), "byte {at} of\n{file}");
            }
        }
        assert!(verdict(&file.as_bytes()[..at]).is_err());
    }
}

/// Texts for the property tests to start from.
fn seeds() -> Vec<Vec<u8>> {
    let mut log = Log::new();
    log.grow_to(300);
    let proof = log.evidence(77, log.witnessed(2));
    let mut bundle = Vec::new();
    for entry in [b"one".as_slice(), b"", b"three"] {
        entry_bundle::append(&mut bundle, entry).unwrap();
    }
    vec![
        proof.encode().into_bytes(),
        proof.note().encode().into_bytes(),
        proof.note().text().to_owned().into_bytes(),
        proof.note().signatures()[1].line().into_bytes(),
        log.party.key.to_string().into_bytes(),
        b"tile/3/x001/x234/067.p/12".to_vec(),
        b"tile/entries/x001/x234/067.p/12".to_vec(),
        log.edge.frontier().encode(),
        bundle,
    ]
}

/// Gives the bytes to everything that reads bytes. Whatever is accepted is
/// written again as the very same bytes.
fn read_everything(bytes: &[u8]) -> Result<(), TestCaseError> {
    if let Ok(note) = Note::parse(bytes) {
        prop_assert_eq!(note.encode().into_bytes(), bytes);
    }
    if let Ok(proof) = TlogProof::parse(bytes) {
        prop_assert_eq!(proof.encode().into_bytes(), bytes);
    }
    if let Ok(frontier) = Frontier::decode(bytes) {
        prop_assert_eq!(frontier.encode(), bytes);
        let mut grown = frontier.clone();
        grown.push([0; 32]);
        prop_assert_ne!(grown.root(), frontier.root());
    }
    if let Ok(entries) = entry_bundle::entries(bytes) {
        let mut again = Vec::new();
        for entry in entries {
            entry_bundle::append(&mut again, entry).unwrap();
        }
        prop_assert_eq!(again, bytes);
    }
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Ok(());
    };
    if let Ok(checkpoint) = Checkpoint::parse(text) {
        prop_assert_eq!(checkpoint.text(), text);
    }
    if let Ok(line) = NoteSignature::parse(text) {
        prop_assert_eq!(line.line(), text);
    }
    if let Ok(key) = VerifierKey::parse(text) {
        prop_assert_eq!(key.to_string(), text);
    }
    if let Ok(tile) = Tile::parse(text) {
        prop_assert_eq!(tile.path(), text);
    }
    if let Ok(tile) = entry_bundle::parse_path(text) {
        prop_assert_eq!(entry_bundle::path(&tile).unwrap(), text);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400 * torture()))]

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        read_everything(&bytes)?;
    }

    #[test]
    fn any_text_is_read_or_refused(text in "[0-9a-zA-Z+/= \n.x—-]{0,200}") {
        read_everything(text.as_bytes())?;
    }
}

#[test]
fn damaged_texts_are_read_or_refused() {
    for seed in seeds() {
        read_everything(&seed).unwrap();
        for at in 0..seed.len() {
            for byte in [
                0x00, b'\n', b' ', b'0', b'9', b'A', b'=', b'+', b'/', b'x', 0xff,
            ] {
                let mut bytes = seed.clone();
                bytes[at] = byte;
                read_everything(&bytes).unwrap();
                bytes.insert(at, byte);
                read_everything(&bytes).unwrap();
            }
            let mut bytes = seed.clone();
            bytes.remove(at);
            read_everything(&bytes).unwrap();
            read_everything(&seed[..at]).unwrap();
            read_everything(&seed[at..]).unwrap();
            read_everything(&[&seed[..at], &seed].concat()).unwrap();
        }
    }
}
