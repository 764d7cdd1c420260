//! Any bytes as a signed note, a checkpoint, a verifier key, a tile path or a
//! proof file: what is read is written back as it was.

#![no_main]

use libfuzzer_sys::fuzz_target;
use signet::tlog::checkpoint::Checkpoint;
use signet::tlog::note::Note;
use signet::tlog::tile::Tile;
use signet::tlog::tlog_proof::TlogProof;
use signet::tlog::tree::Frontier;
use signet::tlog::verifier_key::VerifierKey;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(note) = Note::parse(bytes) {
        assert_eq!(note.encode().as_bytes(), bytes);
    }
    if let Ok(proof) = TlogProof::parse(bytes) {
        assert_eq!(proof.encode().as_bytes(), bytes);
    }
    if let Ok(frontier) = Frontier::decode(bytes) {
        assert_eq!(frontier.encode(), bytes);
    }
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    if let Ok(checkpoint) = Checkpoint::parse(text) {
        assert_eq!(checkpoint.text(), text);
    }
    if let Ok(key) = VerifierKey::parse(text) {
        assert_eq!(key.to_string(), text);
    }
    if let Ok(tile) = Tile::parse(text) {
        assert_eq!(tile.path(), text);
    }
});
