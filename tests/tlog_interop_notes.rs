//! The same notes and checkpoints by other people's programs: Cloudflare's
//! `signed_note`, a port of Go's `sumdb/note`, and `tlog_tiles`. What one side
//! signs, the other opens, and what one refuses, the other refuses too.

use proptest::prelude::*;
use signed_note::{Signer, StandardSigner, StandardVerifier, VerifierList};
use signet::crypto::ed25519::SecretKey;
use signet::encoding::base64;
use signet::tlog::checkpoint::Checkpoint;
use signet::tlog::note::Note;
use signet::tlog::tree::{Frontier, Hash, TreeHead, leaf_hash};
use signet::tlog::verifier_key::{SignatureType, VerifierKey};

/// How much to multiply the random part of a test with.
fn torture() -> u32 {
    let factor = std::env::var("SIGNET_TORTURE").ok();
    factor.and_then(|f| f.parse().ok()).unwrap_or(1)
}

/// The root of a made-up log.
fn root(size: u64) -> Hash {
    let leaves = (0..size).map(|index| leaf_hash(&index.to_be_bytes()));
    leaves.collect::<Frontier>().root()
}

const NAME: &str = "example.com/log";

fn secret() -> SecretKey {
    SecretKey::from_seed(&[42; 32])
}

fn verifier_key() -> VerifierKey {
    VerifierKey::new(NAME, SignatureType::Ed25519, *secret().public()).unwrap()
}

fn their_verifiers() -> VerifierList {
    let verifier = StandardVerifier::new(&verifier_key().to_string()).unwrap();
    VerifierList::new(vec![Box::new(verifier)])
}

fn checkpoint_note(size: u64) -> Note {
    let head = TreeHead {
        size,
        root: root(size),
    };
    let checkpoint = Checkpoint::new(NAME, head).unwrap();
    let key = verifier_key();
    checkpoint.sign(&key, |m| Ok(secret().sign(m))).unwrap()
}

#[test]
fn signed_note_opens_our_notes_and_we_open_theirs() {
    let key = verifier_key();
    let (name, rest) = key.to_string().split_once('+').map(owned).unwrap();
    let (id, _) = rest.split_once('+').unwrap();
    let mut seed = vec![1];
    seed.extend_from_slice(secret().seed());
    let skey = format!("PRIVATE+KEY+{name}+{id}+{}", base64::encode(&seed));
    let signer = StandardSigner::new(&skey).unwrap();
    assert_eq!(signer.key_id().to_be_bytes(), key.id());

    for text in ["one line\n", "two\n\nparts\n", "\n", "¡ünïcödé — \n"] {
        let ours = Note::sign(text, &key, |m| Ok(secret().sign(m))).unwrap();
        let read = signed_note::Note::from_bytes(ours.encode().as_bytes()).unwrap();
        let (verified, unverified) = read.verify(&their_verifiers()).unwrap();
        assert_eq!((verified.len(), unverified.len()), (1, 0));
        assert_eq!(read.text(), text.as_bytes());

        let mut made = signed_note::Note::new(text.as_bytes(), &[]).unwrap();
        made.add_sigs(&[&signer]).unwrap();
        assert_eq!(made.to_bytes(), ours.encode().as_bytes());
        let read = Note::parse(&made.to_bytes()).unwrap();
        assert_eq!(read.verify([&key]).unwrap().len(), 1);
    }
}

fn owned((a, b): (&str, &str)) -> (String, String) {
    (a.to_owned(), b.to_owned())
}

#[test]
fn tlog_tiles_reads_our_checkpoints() {
    for size in [0, 1, 1_000] {
        let note = checkpoint_note(size);
        let ours = Checkpoint::parse(note.text()).unwrap();
        let theirs = tlog_tiles::Checkpoint::from_bytes(note.text().as_bytes()).unwrap();
        assert_eq!(theirs.origin(), NAME);
        assert_eq!(theirs.size(), size);
        assert_eq!(theirs.hash().0, ours.head().root);
        assert_eq!(theirs.to_bytes(), ours.text().as_bytes());
    }
}

/// What may happen to a text on its way.
#[derive(Clone, Debug)]
enum Damage {
    Replace(usize, u8),
    Insert(usize, u8),
    Remove(usize),
    Duplicate(usize, usize),
    Cut(usize),
}

fn damages() -> impl Strategy<Value = Vec<Damage>> {
    let byte = prop_oneof![
        Just(b'\n'),
        Just(b' '),
        Just(b'+'),
        Just(b'='),
        Just(b'0'),
        Just(b'A'),
        any::<u8>()
    ];
    let at = || any::<prop::sample::Index>().prop_map(|i| i.index(1_000));
    let one = prop_oneof![
        (at(), byte.clone()).prop_map(|(at, byte)| Damage::Replace(at, byte)),
        (at(), byte).prop_map(|(at, byte)| Damage::Insert(at, byte)),
        at().prop_map(Damage::Remove),
        (at(), at()).prop_map(|(from, to)| Damage::Duplicate(from, to)),
        at().prop_map(Damage::Cut),
    ];
    prop::collection::vec(one, 0..4)
}

fn damaged(text: &str, damages: &[Damage]) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    for damage in damages {
        let length = bytes.len().max(1);
        match *damage {
            Damage::Replace(at, byte) => {
                if let Some(place) = bytes.get_mut(at % length) {
                    *place = byte;
                }
            }
            Damage::Insert(at, byte) => bytes.insert(at % (bytes.len() + 1), byte),
            Damage::Remove(at) => {
                if !bytes.is_empty() {
                    bytes.remove(at % length);
                }
            }
            Damage::Duplicate(from, to) => {
                let (from, to) = (from % length, to % length);
                let part = bytes.get(from.min(to)..from.max(to)).unwrap_or_default();
                let part = part.to_vec();
                bytes.extend_from_slice(&part);
            }
            Damage::Cut(at) => bytes.truncate(at % length),
        }
    }
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500 * torture()))]

    /// The same bytes are a note for both, and the same notes verify.
    #[test]
    fn signed_note_agrees_about_damaged_notes(damages in damages()) {
        let bytes = damaged(&checkpoint_note(3).encode(), &damages);
        let ours = Note::parse(&bytes);
        let theirs = signed_note::Note::from_bytes(&bytes);
        prop_assert_eq!(ours.is_ok(), theirs.is_ok(), "{}", String::from_utf8_lossy(&bytes));
        if let (Ok(ours), Ok(theirs)) = (ours, theirs) {
            prop_assert_eq!(ours.encode().into_bytes(), bytes);
            prop_assert_eq!(ours.text().as_bytes(), theirs.text());
            let key = verifier_key();
            let verified = ours.verify([&key]).is_ok();
            prop_assert_eq!(verified, theirs.verify(&their_verifiers()).is_ok());
        }
    }

    /// What is a checkpoint here is one there, and says the same. They let
    /// through one thing more: an empty tree with a root of something.
    #[test]
    fn tlog_tiles_agrees_about_damaged_checkpoints(damages in damages()) {
        let text = checkpoint_note(3).text().to_owned() + "an extension\n";
        let bytes = damaged(&text, &damages);
        let theirs = tlog_tiles::Checkpoint::from_bytes(&bytes);
        let ours = std::str::from_utf8(&bytes).ok().and_then(|t| Checkpoint::parse(t).ok());
        match (ours, theirs) {
            (Some(ours), Ok(theirs)) => {
                prop_assert_eq!(ours.origin(), theirs.origin());
                prop_assert_eq!(ours.head().size, theirs.size());
                prop_assert_eq!(ours.head().root, theirs.hash().0);
                prop_assert_eq!(ours.text().into_bytes(), bytes);
            }
            (Some(_), Err(_)) => prop_assert!(false, "{}", String::from_utf8_lossy(&bytes)),
            (None, Ok(theirs)) => {
                let control = bytes.iter().any(|b| *b < 0x20 && *b != b'\n');
                prop_assert!(theirs.size() == 0 || control, "{}", String::from_utf8_lossy(&bytes));
            }
            (None, Err(_)) => {}
        }
    }
}
