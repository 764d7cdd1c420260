//! One file that proves one record (C2SP tlog-proof): its place in the log, the
//! path to the root, and the signed checkpoint with that root.
//!
//! ```text
//! c2sp.org/tlog-proof@v1
//! extra <base64, optional>
//! index <number>
//! <base64 of a hash, as many lines as the path is long>
//!
//! <the checkpoint note>
//! ```
//!
//! Such files are named `*.tlog-proof` and verify without a network: the entry,
//! the file and a [`CheckpointPolicy`] are enough.

use crate::encoding::{base64, decimal};
use crate::error::{Error, ErrorKind, Result};
use crate::tlog::checkpoint::Checkpoint;
use crate::tlog::checkpoint_policy::{CheckpointPolicy, VerifiedCheckpoint};
use crate::tlog::note::{MAX_NOTE_LEN, Note};
use crate::tlog::proof::{MAX_PROOF_LEN, verify_inclusion};
use crate::tlog::tree::{HASH_LEN, Hash, leaf_hash};

/// The longest proof file that is read, in bytes.
pub const MAX_TLOG_PROOF_LEN: usize = 2 * MAX_NOTE_LEN;
/// The most extra data that a new proof takes, in bytes: its line stays below
/// the 64 KiB that other readers allow.
pub const MAX_EXTRA_LEN: usize = 32 << 10;

const HEADER: &str = "c2sp.org/tlog-proof@v1";

/// The proof that an entry is in a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlogProof {
    extra: Option<Vec<u8>>,
    index: u64,
    path: Vec<Hash>,
    note: Note,
    checkpoint: Checkpoint,
}

impl TlogProof {
    /// The proof of the entry at `index` by its inclusion `path` in the tree of
    /// the checkpoint `note`. `extra` is for the application and is not
    /// authenticated by anything here.
    ///
    /// Fails with [`ErrorKind::NoteInvalid`] when the note is not a checkpoint,
    /// its tree has no such entry or the path is longer than any can be, and
    /// with [`ErrorKind::TooLarge`] above [`MAX_EXTRA_LEN`].
    pub fn new(
        index: u64,
        path: Vec<Hash>,
        note: Note,
        extra: Option<Vec<u8>>,
    ) -> Result<TlogProof> {
        if extra.as_ref().is_some_and(|e| e.len() > MAX_EXTRA_LEN) {
            return Err(Error::new(
                ErrorKind::TooLarge,
                "extra data",
                "it is longer than 32 KiB",
            ));
        }
        TlogProof::assemble(index, path, note, extra)
    }

    /// Reads a proof file. Nothing is verified yet.
    ///
    /// Fails with [`ErrorKind::NoteInvalid`], or with [`ErrorKind::TooLarge`]
    /// above [`MAX_TLOG_PROOF_LEN`].
    pub fn parse(bytes: &[u8]) -> Result<TlogProof> {
        if bytes.len() > MAX_TLOG_PROOF_LEN {
            return Err(Error::new(
                ErrorKind::TooLarge,
                "tlog proof",
                "it is longer than 2 000 000 bytes",
            ));
        }
        let text = std::str::from_utf8(bytes).map_err(|_| invalid("it is not UTF-8"))?;
        let (head, note) = text
            .split_once("\n\n")
            .ok_or_else(|| invalid("no empty line stands before the checkpoint"))?;
        let mut lines = head.split('\n');
        if lines.next() != Some(HEADER) {
            return Err(invalid("the first line is not c2sp.org/tlog-proof@v1"));
        }
        let mut line = lines.next();
        let mut extra = None;
        if let Some(encoded) = line.and_then(|line| line.strip_prefix("extra ")) {
            let decoded = base64::decode(encoded.as_bytes());
            extra = Some(decoded.ok_or_else(|| invalid("the extra data is not strict base64"))?);
            line = lines.next();
        }
        let index = line
            .and_then(|line| line.strip_prefix("index "))
            .and_then(decimal::parse_u64)
            .ok_or_else(|| invalid("no line gives the index as a plain decimal number"))?;
        let path = lines
            .take(MAX_PROOF_LEN + 1)
            .map(|line| base64::decode_array::<HASH_LEN>(line.as_bytes()).map(|hash| *hash))
            .collect::<Option<Vec<Hash>>>()
            .ok_or_else(|| invalid("a line of the path is not the base64 of 32 bytes"))?;
        TlogProof::assemble(index, path, Note::parse(note.as_bytes())?, extra)
    }

    /// The file as [`TlogProof::parse`] reads it, byte for byte.
    pub fn encode(&self) -> String {
        let mut text = format!("{HEADER}\n");
        if let Some(extra) = &self.extra {
            text.push_str(&format!("extra {}\n", base64::encode(extra)));
        }
        text.push_str(&format!("index {}\n", self.index));
        for hash in &self.path {
            text.push_str(&base64::encode(hash));
            text.push('\n');
        }
        text.push('\n');
        text.push_str(&self.note.encode());
        text
    }

    /// Verifies that the log contains `entry`: for an audit log, the 32 raw
    /// bytes of a record hash. Works offline.
    ///
    /// Fails as [`CheckpointPolicy::verify`] does, or with
    /// [`ErrorKind::ProofInvalid`] when the path does not lead from this entry
    /// to the signed root.
    pub fn verify(&self, entry: &[u8], policy: &CheckpointPolicy) -> Result<VerifiedCheckpoint> {
        let verified = policy.verify(&self.note)?;
        let head = verified.checkpoint.head();
        verify_inclusion(head, self.index, &leaf_hash(entry), &self.path)?;
        Ok(verified)
    }

    /// The place of the entry in the log, from 0.
    pub fn index(&self) -> u64 {
        self.index
    }

    /// The inclusion path, from the leaf's sibling upwards.
    pub fn path(&self) -> &[Hash] {
        &self.path
    }

    /// The application's data, which nothing here authenticates.
    pub fn extra(&self) -> Option<&[u8]> {
        self.extra.as_deref()
    }

    /// The checkpoint note, with whatever signatures it has.
    pub fn note(&self) -> &Note {
        &self.note
    }

    /// What the checkpoint says. Not to be trusted before
    /// [`TlogProof::verify`].
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    fn assemble(
        index: u64,
        path: Vec<Hash>,
        note: Note,
        extra: Option<Vec<u8>>,
    ) -> Result<TlogProof> {
        let checkpoint = Checkpoint::parse(note.text())?;
        if index >= checkpoint.head().size {
            return Err(invalid("the checkpoint's tree has no entry of that index"));
        }
        if path.len() > MAX_PROOF_LEN {
            return Err(invalid("the path has more than 64 hashes"));
        }
        Ok(TlogProof {
            extra,
            index,
            path,
            note,
            checkpoint,
        })
    }
}

fn invalid(detail: &'static str) -> Error {
    Error::new(ErrorKind::NoteInvalid, "tlog proof", detail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::ed25519::SecretKey;
    use crate::tlog::tree::{TreeHead, node_hash};
    use crate::tlog::verifier_key::{SignatureType, VerifierKey};

    fn secret() -> SecretKey {
        SecretKey::from_seed(&[1; 32])
    }

    fn log_key() -> VerifierKey {
        VerifierKey::new("log", SignatureType::Ed25519, *secret().public()).unwrap()
    }

    fn policy() -> CheckpointPolicy {
        CheckpointPolicy::of_log(log_key()).unwrap()
    }

    fn note(head: TreeHead) -> Note {
        Checkpoint::new("log", head)
            .and_then(|c| c.sign(&log_key(), |m| Ok(secret().sign(m))))
            .unwrap()
    }

    /// The proof of "b" in the log of "a", "b", "c".
    fn proof(extra: Option<Vec<u8>>) -> TlogProof {
        let [a, b, c] = [b"a", b"b", b"c"].map(|entry| leaf_hash(entry));
        let root = node_hash(&node_hash(&a, &b), &c);
        TlogProof::new(1, vec![a, c], note(TreeHead { size: 3, root }), extra).unwrap()
    }

    #[test]
    fn a_proof_reads_back_and_verifies() {
        for extra in [None, Some(vec![]), Some(b"rec_1".to_vec())] {
            let proof = proof(extra.clone());
            let text = proof.encode();
            let read = TlogProof::parse(text.as_bytes()).unwrap();
            assert_eq!(read, proof);
            assert_eq!(read.encode(), text);
            assert_eq!(read.extra(), extra.as_deref());
            let verified = read.verify(b"b", &policy()).unwrap();
            assert_eq!(verified.checkpoint.head().size, 3);
            for entry in [b"a".as_slice(), b"c", b""] {
                let error = read.verify(entry, &policy()).unwrap_err();
                assert_eq!(error.kind(), ErrorKind::ProofInvalid);
            }
        }
        let lines: Vec<String> = proof(Some(b"x".to_vec()))
            .encode()
            .lines()
            .map(str::to_owned)
            .collect();
        assert_eq!(
            lines[..3],
            ["c2sp.org/tlog-proof@v1", "extra eA==", "index 1"]
        );
        assert_eq!(lines[5..8], ["", "log", "3"]);
    }

    #[test]
    fn no_single_byte_can_be_changed() {
        let text = proof(None).encode();
        for at in 0..text.len() {
            for flip in [0x01, 0x20, 0x80] {
                let mut bytes = text.clone().into_bytes();
                bytes[at] ^= flip;
                let result = TlogProof::parse(&bytes).and_then(|p| p.verify(b"b", &policy()));
                assert!(result.is_err(), "{at}: {}", String::from_utf8_lossy(&bytes));
            }
            let cut = TlogProof::parse(&text.as_bytes()[..at]);
            assert!(cut.is_err(), "{at}");
        }
    }

    #[test]
    fn what_is_not_a_proof_is_refused() {
        let good = proof(Some(b"x".to_vec())).encode();
        let hash = base64::encode(&leaf_hash(b"a"));
        let many = format!("{hash}\n").repeat(65);
        for (from, to) in [
            (HEADER, "c2sp.org/tlog-proof@v2"),
            (HEADER, "\nc2sp.org/tlog-proof@v1"),
            (HEADER, "c2sp.org/tlog-proof@v1 "),
            ("\nextra eA==", "\nextra eA==\nextra eA=="),
            ("\nextra eA==", "\nextra eA"),
            ("\nextra eA==", "\nextra eB=="),
            ("\nextra eA==", "\nextra  eA=="),
            ("\nextra eA==", "\nextra"),
            ("\nextra eA==\nindex 1", "\nindex 1\nextra eA=="),
            ("index 1", "index 01"),
            ("index 1", "index +1"),
            ("index 1", "index  1"),
            ("index 1", "index 1 "),
            ("index 1", "index 3"),
            ("index 1", "index 18446744073709551616"),
            ("index 1", "index"),
            ("index 1\n", ""),
            ("index 1\n", "index 1\nindex 1\n"),
            ("index 1\n", "index 1\n\n"),
            ("index 1\n", &format!("index 1\n{many}")),
            (hash.as_str(), &hash[1..]),
            (hash.as_str(), " "),
            ("\n\nlog", "\nlog"),
            ("\n\nlog", "\n\n\nlog"),
            ("\n", "\r\n"),
        ] {
            let text = good.replacen(from, to, 1);
            assert_ne!(text, good, "{from}");
            let error = TlogProof::parse(text.as_bytes()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::NoteInvalid, "{text}");
        }
        let huge = vec![b'\n'; MAX_TLOG_PROOF_LEN + 1];
        let error = TlogProof::parse(&huge).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TooLarge);
    }

    #[test]
    fn what_cannot_be_read_cannot_be_made() {
        let head = *proof(None).checkpoint().head();
        let kind = |result: Result<TlogProof>| result.unwrap_err().kind();
        assert_eq!(
            kind(TlogProof::new(3, vec![], note(head), None)),
            ErrorKind::NoteInvalid
        );
        assert_eq!(
            kind(TlogProof::new(0, vec![[0; 32]; 65], note(head), None)),
            ErrorKind::NoteInvalid
        );
        let long = Some(vec![0; MAX_EXTRA_LEN + 1]);
        assert_eq!(
            kind(TlogProof::new(0, vec![], note(head), long)),
            ErrorKind::TooLarge
        );
        let other = Note::sign("hello\n", &log_key(), |m| Ok(secret().sign(m))).unwrap();
        assert_eq!(
            kind(TlogProof::new(0, vec![], other, None)),
            ErrorKind::NoteInvalid
        );
    }
}
