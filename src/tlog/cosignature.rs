//! Witness cosignatures (C2SP tlog-cosignature, the Ed25519 kind): a third
//! party says that at a certain time it saw this checkpoint as the newest of the
//! log, and that nothing it had seen before was taken back.

use crate::crypto::ed25519::{PublicKey, SIGNATURE_LEN, SignatureBytes};
use crate::error::{Error, ErrorKind, Result};
use crate::tlog::checkpoint::Checkpoint;
use crate::tlog::note::Note;
use crate::tlog::note_signature::{NoteSignature, check_kind, checked_signature};
use crate::tlog::verifier_key::{SignatureType, VerifierKey};

/// The latest time that a cosignature can state, in seconds.
pub const MAX_TIME: u64 = i64::MAX as u64;

/// Cosigns the checkpoint in `note` at `time`, in seconds since 1970-01-01 UTC,
/// with a key of type [`SignatureType::CosignatureV1`]. The line is returned,
/// not added.
///
/// The caller must have verified the log's signature and the consistency with
/// every checkpoint of that log that it cosigned before: that is what a
/// cosignature says.
///
/// Fails with [`ErrorKind::NoteInvalid`] when the note is not a checkpoint,
/// with [`ErrorKind::InvalidArgument`] for a key of another type or a time
/// above [`MAX_TIME`], with [`ErrorKind::SignerFailed`] when the answer of
/// `sign` does not verify under `key`, or as `sign` does.
pub fn cosign(
    note: &Note,
    time: u64,
    key: &VerifierKey,
    sign: impl FnOnce(&[u8]) -> Result<SignatureBytes>,
) -> Result<NoteSignature> {
    check_kind(key, SignatureType::CosignatureV1)?;
    if time > MAX_TIME {
        return Err(Error::new(
            ErrorKind::InvalidArgument,
            "cosignature time",
            "it is above 2^63 - 1 seconds",
        ));
    }
    Checkpoint::parse(note.text())?;
    let signature = checked_signature(&signed_message(note.text(), time), key, sign)?;
    let mut bytes = time.to_be_bytes().to_vec();
    bytes.extend_from_slice(&signature);
    Ok(NoteSignature::new(key, bytes))
}

/// Checks the bytes of a cosignature and gives its time.
pub(super) fn verify(text: &str, bytes: &[u8], key: &PublicKey) -> Result<u64> {
    let invalid = |detail| Error::new(ErrorKind::SignatureInvalid, "cosignature", detail);
    let (time, signature) = bytes
        .split_first_chunk::<8>()
        .and_then(|(time, rest)| Some((time, <&[u8; SIGNATURE_LEN]>::try_from(rest).ok()?)))
        .ok_or_else(|| invalid("it does not have 72 bytes"))?;
    let time = u64::from_be_bytes(*time);
    if time > MAX_TIME {
        return Err(invalid("its time is above 2^63 - 1 seconds"));
    }
    if Checkpoint::parse(text).is_err() {
        return Err(invalid("it stands under a text that is not a checkpoint"));
    }
    key.verify(&signed_message(text, time), signature)?;
    Ok(time)
}

/// A header of its own keeps these apart from every other use of the key.
fn signed_message(text: &str, time: u64) -> Vec<u8> {
    format!("cosignature/v1\ntime {time}\n{text}").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::ed25519::SecretKey;
    use crate::tlog::tree::TreeHead;

    fn secret() -> SecretKey {
        SecretKey::from_seed(&[5; 32])
    }

    fn witness() -> VerifierKey {
        VerifierKey::new("w", SignatureType::CosignatureV1, *secret().public()).unwrap()
    }

    fn log_note(text: &str) -> Note {
        let log = SecretKey::from_seed(&[1; 32]);
        let key = VerifierKey::new("log", SignatureType::Ed25519, *log.public()).unwrap();
        Note::sign(text, &key, |m| Ok(log.sign(m))).unwrap()
    }

    fn checkpoint_note() -> Note {
        let checkpoint = Checkpoint::new("log", TreeHead::EMPTY).unwrap();
        log_note(&checkpoint.text())
    }

    #[test]
    fn a_cosignature_tells_its_time() {
        for time in [0, 1_700_000_000, MAX_TIME] {
            let mut note = checkpoint_note();
            let line = cosign(&note, time, &witness(), |m| Ok(secret().sign(m))).unwrap();
            note.add(NoteSignature::parse(&line.line()).unwrap())
                .unwrap();
            let verified = note.verify([&witness()]).map(|v| v[0].time).unwrap();
            assert_eq!(verified, Some(time));
        }
    }

    #[test]
    fn every_bit_of_a_cosignature_counts() {
        let note = checkpoint_note();
        let line = cosign(&note, 77, &witness(), |m| Ok(secret().sign(m))).unwrap();
        for at in 0..line.bytes().len() {
            for bit in 0..8 {
                let mut bytes = line.bytes().to_vec();
                bytes[at] ^= 1 << bit;
                assert!(verify(note.text(), &bytes, secret().public()).is_err());
            }
            assert!(verify(note.text(), &line.bytes()[..at], secret().public()).is_err());
        }
    }

    #[test]
    fn neither_a_plain_signature_nor_another_text_passes() {
        let note = checkpoint_note();
        let mut bytes = 77u64.to_be_bytes().to_vec();
        bytes.extend_from_slice(&secret().sign(note.text().as_bytes()));
        assert!(verify(note.text(), &bytes, secret().public()).is_err());

        // Well signed, but at a time that no cosignature may state.
        let time = MAX_TIME + 1;
        let mut bytes = time.to_be_bytes().to_vec();
        bytes.extend_from_slice(&secret().sign(&signed_message(note.text(), time)));
        assert!(verify(note.text(), &bytes, secret().public()).is_err());

        let text = "not a checkpoint\n";
        let mut bytes = 77u64.to_be_bytes().to_vec();
        bytes.extend_from_slice(&secret().sign(&signed_message(text, 77)));
        assert!(verify(text, &bytes, secret().public()).is_err());
        let kind = |result: Result<NoteSignature>| result.unwrap_err().kind();
        let sign = |m: &[u8]| Ok(secret().sign(m));
        assert_eq!(
            kind(cosign(&log_note(text), 77, &witness(), sign)),
            ErrorKind::NoteInvalid
        );
        assert_eq!(
            kind(cosign(&note, MAX_TIME + 1, &witness(), sign)),
            ErrorKind::InvalidArgument
        );
        let plain = VerifierKey::new("w", SignatureType::Ed25519, *secret().public()).unwrap();
        assert_eq!(
            kind(cosign(&note, 77, &plain, sign)),
            ErrorKind::InvalidArgument
        );
    }
}
