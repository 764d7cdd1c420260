//! Signed notes (C2SP signed-note): a text and signature lines under it.
//!
//! ```text
//! the text, one or more lines
//!
//! — key-name base64(key id || signature)
//! ```
//!
//! Several parties sign one text, each with its own line, and everybody ignores
//! the lines of keys they do not know. A text may be used only after
//! [`Note::verify`] said who vouches for it.

use crate::crypto::ed25519::SignatureBytes;
use crate::error::{Error, ErrorKind, Result};
use crate::tlog::note_signature::NoteSignature;
use crate::tlog::verifier_key::VerifierKey;

/// The longest note that is read, in bytes. A hundred post-quantum signatures
/// fit.
pub const MAX_NOTE_LEN: usize = 1_000_000;
/// The most signature lines that are read, as in Go's `sumdb/note`.
pub const MAX_SIGNATURES: usize = 100;

/// A text with at least one signature, verified or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<NoteSignature>,
}

/// A signature that was checked and found good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VerifiedSignature<'k> {
    /// The key that made it.
    pub key: &'k VerifierKey,
    /// For cosignatures, when it was made: seconds since 1970-01-01 UTC.
    pub time: Option<u64>,
}

impl Note {
    /// A note with one signature: `sign` is given the text and answers with
    /// the signature of `key`, which is a log's and not a witness's.
    ///
    /// Fails with [`ErrorKind::NoteInvalid`] when the text does not end in a
    /// newline or has other control characters, with [`ErrorKind::TooLarge`]
    /// above [`MAX_NOTE_LEN`], as [`NoteSignature::sign`] does, or as `sign`
    /// does.
    pub fn sign(
        text: &str,
        key: &VerifierKey,
        sign: impl FnOnce(&[u8]) -> Result<SignatureBytes>,
    ) -> Result<Note> {
        check_characters(text)?;
        if !text.ends_with('\n') {
            return Err(invalid("the text does not end in a newline"));
        }
        let mut note = Note {
            text: text.to_owned(),
            signatures: Vec::new(),
        };
        note.add(NoteSignature::sign(text, key, sign)?)?;
        Ok(note)
    }

    /// Reads a note. Nothing is verified yet.
    ///
    /// Fails with [`ErrorKind::NoteInvalid`], or with [`ErrorKind::TooLarge`]
    /// above [`MAX_NOTE_LEN`] or [`MAX_SIGNATURES`].
    pub fn parse(bytes: &[u8]) -> Result<Note> {
        check_length(bytes.len())?;
        let all = std::str::from_utf8(bytes).map_err(|_| invalid("it is not UTF-8"))?;
        check_characters(all)?;
        // The last empty line separates; the text itself may have others.
        let (text, lines) = all
            .rfind("\n\n")
            .and_then(|at| Some((all.get(..=at)?, all.get(at + 2..)?)))
            .ok_or_else(|| invalid("no empty line separates the text from signatures"))?;
        let lines = lines
            .strip_suffix('\n')
            .ok_or_else(|| invalid("it does not end in a signature line and a newline"))?;
        let mut signatures = Vec::new();
        for line in lines.split('\n') {
            check_count(signatures.len() + 1)?;
            signatures.push(NoteSignature::parse(line)?);
        }
        Ok(Note {
            text: text.to_owned(),
            signatures,
        })
    }

    /// The note as [`Note::parse`] reads it, byte for byte.
    pub fn encode(&self) -> String {
        let mut all = format!("{}\n", self.text);
        for signature in &self.signatures {
            all.push_str(&signature.line());
            all.push('\n');
        }
        all
    }

    /// The text, to its final newline. Not to be trusted before
    /// [`Note::verify`].
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The signatures in the order of their lines.
    pub fn signatures(&self) -> &[NoteSignature] {
        &self.signatures
    }

    /// Adds a signature line at the end, in the place of any by the same key.
    ///
    /// Fails with [`ErrorKind::TooLarge`] above [`MAX_NOTE_LEN`] or
    /// [`MAX_SIGNATURES`], and then leaves the note as it is.
    pub fn add(&mut self, signature: NoteSignature) -> Result<()> {
        let kept = |old: &&NoteSignature| !old.is_by(signature.name(), signature.key_id());
        let kept: Vec<_> = self.signatures.iter().filter(kept).cloned().collect();
        let mut note = Note {
            text: self.text.clone(),
            signatures: kept,
        };
        note.signatures.push(signature);
        check_count(note.signatures.len())?;
        check_length(note.encode().len())?;
        *self = note;
        Ok(())
    }

    /// Checks the signatures of known keys and says which are good, in the
    /// order of their lines and each key at most once.
    ///
    /// Lines of other keys are ignored, also when they share a name or an id
    /// with a known one. Of several lines by one key only the first counts.
    ///
    /// Fails with [`ErrorKind::SignatureInvalid`] as soon as a signature of a
    /// known key is bad, with [`ErrorKind::NoteUnsigned`] when no line is by a
    /// known key, and with [`ErrorKind::InvalidArgument`] when two different
    /// known keys share both name and id.
    pub fn verify<'k>(
        &self,
        known: impl IntoIterator<Item = &'k VerifierKey> + Clone,
    ) -> Result<Vec<VerifiedSignature<'k>>> {
        let mut verified: Vec<VerifiedSignature<'k>> = Vec::new();
        for signature in &self.signatures {
            let mut candidates = known
                .clone()
                .into_iter()
                .filter(|key| signature.is_by(key.name(), key.id()));
            let Some(key) = candidates.next() else {
                continue;
            };
            if candidates.any(|other| other != key) {
                return Err(Error::new(
                    ErrorKind::InvalidArgument,
                    "verifier keys",
                    format!("two of them share the name and the id of {}", key.name()),
                ));
            }
            if verified.iter().any(|earlier| earlier.key == key) {
                continue;
            }
            let time = signature
                .verify(&self.text, key)
                .map_err(|e| e.within(key.name()))?;
            verified.push(VerifiedSignature { key, time });
        }
        if verified.is_empty() {
            return Err(Error::new(
                ErrorKind::NoteUnsigned,
                "note",
                "no signature is by a trusted key",
            ));
        }
        Ok(verified)
    }
}

fn check_characters(text: &str) -> Result<()> {
    if text.bytes().any(|byte| byte < 0x20 && byte != b'\n') {
        return Err(invalid("it has a control character other than newline"));
    }
    Ok(())
}

fn check_length(length: usize) -> Result<()> {
    if length > MAX_NOTE_LEN {
        return Err(Error::new(
            ErrorKind::TooLarge,
            "note",
            "it is longer than 1 000 000 bytes",
        ));
    }
    Ok(())
}

fn check_count(signatures: usize) -> Result<()> {
    if signatures > MAX_SIGNATURES {
        return Err(Error::new(
            ErrorKind::TooLarge,
            "note",
            "it has more than 100 signatures",
        ));
    }
    Ok(())
}

fn invalid(detail: &'static str) -> Error {
    Error::new(ErrorKind::NoteInvalid, "note", detail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::ed25519::SecretKey;
    use crate::tlog::verifier_key::SignatureType;

    fn secret(seed: u8) -> SecretKey {
        SecretKey::from_seed(&[seed; 32])
    }

    fn key(name: &str, seed: u8) -> VerifierKey {
        VerifierKey::new(name, SignatureType::Ed25519, *secret(seed).public()).unwrap()
    }

    fn line(text: &str, name: &str, seed: u8) -> NoteSignature {
        NoteSignature::sign(text, &key(name, seed), |m| Ok(secret(seed).sign(m))).unwrap()
    }

    /// The same line with a bit of the signature flipped.
    fn forged(line: &NoteSignature) -> NoteSignature {
        let (name, id) = (line.name(), line.key_id());
        let mut bytes = [&id, line.bytes()].concat();
        bytes[9] ^= 1;
        let encoded = crate::encoding::base64::encode(&bytes);
        NoteSignature::parse(&format!("\u{2014} {name} {encoded}")).unwrap()
    }

    const TEXT: &str = "a text\n\nwith an empty line\n";

    fn note() -> Note {
        Note::sign(TEXT, &key("a", 1), |m| Ok(secret(1).sign(m))).unwrap()
    }

    #[test]
    fn a_note_reads_back_and_verifies() {
        let mut note = note();
        note.add(line(TEXT, "b", 2)).unwrap();
        let encoded = note.encode();
        let read = Note::parse(encoded.as_bytes()).unwrap();
        assert_eq!(read, note);
        assert_eq!(read.encode(), encoded);
        assert_eq!(read.text(), TEXT);

        let (a, b, c) = (key("a", 1), key("b", 2), key("c", 3));
        let signers = |known: &[VerifierKey]| -> Vec<String> {
            let verified = read.verify(known).unwrap();
            verified.iter().map(|v| v.key.to_string()).collect()
        };
        assert_eq!(signers(std::slice::from_ref(&a)), [a.to_string()]);
        assert_eq!(
            signers(&[c.clone(), b.clone(), a.clone(), b.clone()]),
            [a.to_string(), b.to_string()]
        );
        for strangers in [vec![], vec![c], vec![key("b", 1)], vec![key("a", 2)]] {
            let error = read.verify(&strangers).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::NoteUnsigned);
        }
    }

    #[test]
    fn a_bad_signature_of_a_known_key_spoils_the_note() {
        let mut note = note();
        note.add(forged(&line(TEXT, "b", 2))).unwrap();
        let (a, b) = (key("a", 1), key("b", 2));
        assert!(note.verify([&a]).is_ok());
        let error = note.verify([&a, &b]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::SignatureInvalid);
        assert!(error.to_string().starts_with("b: "), "{error}");

        for length in [1, 63, 65, 128] {
            let mut note = note.clone();
            let bytes = vec![0; length];
            note.add(NoteSignature::new(&b, bytes)).unwrap();
            let error = note.verify([&b]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::SignatureInvalid);
        }
    }

    #[test]
    fn of_several_lines_by_one_key_the_first_counts() {
        let good = line(TEXT, "a", 1);
        let bad = forged(&good);
        let all = |first: &NoteSignature, second: &NoteSignature| {
            let text = format!("{TEXT}\n{}\n{}\n", first.line(), second.line());
            Note::parse(text.as_bytes()).unwrap()
        };
        let a = key("a", 1);
        assert_eq!(all(&good, &bad).verify([&a]).unwrap().len(), 1);
        assert_eq!(all(&good, &good).verify([&a]).unwrap().len(), 1);
        assert!(all(&bad, &good).verify([&a]).is_err());
        // Signing again leaves one line of the key.
        let mut note = all(&bad, &good);
        note.add(good.clone()).unwrap();
        assert_eq!(note.signatures(), [good]);
    }

    #[test]
    fn two_known_keys_of_one_name_and_id_are_an_error() {
        let a = key("a", 1);
        let note = note();
        assert_eq!(note.verify([&a, &a]).unwrap().len(), 1);
        let collided = key("a", 2).with_id(a.id());
        let error = note.verify([&a, &collided]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        // A stranger's line with a known name or a known id is only a stranger's.
        let same_name = key("a", 2);
        let same_id = key("b", 2).with_id(a.id());
        let verified = note.verify([&same_name, &same_id, &a]).unwrap();
        assert_eq!(verified.len(), 1);
    }

    #[test]
    fn what_is_not_a_note_is_refused() {
        let good = note().encode();
        let signature = line(TEXT, "a", 1).line();
        let cases = [
            String::new(),
            "\n".into(),
            "\n\n".into(),
            TEXT.into(),
            format!("{TEXT}\n"),
            format!("{TEXT}\n\n"),
            format!("{TEXT}{signature}\n"),
            format!("a text without an end\n{signature}\n"),
            good.trim_end().into(),
            format!("{good}\n"),
            format!("{good}\n\n"),
            format!("{good}{signature}"),
            format!("{good} {signature}\n"),
            format!("{good}trailing\n"),
            good.replace('\u{2014}', "-"),
            good.replace('\u{2014}', "\u{2013}"),
            good.replace("\u{2014} a ", "\u{2014} "),
            good.replace("\u{2014} a ", "\u{2014}  "),
            good.replace("\u{2014} a ", "\u{2014} a  "),
            good.replace("\u{2014} a ", "\u{2014}\u{a0}a "),
            good.replace("\u{2014} a ", "\u{2014} a+b "),
            good.replace("\u{2014} a ", "\u{2014} a\u{2003}b "),
            good.replace("a text", "a\ttext"),
            good.replace("a text", "a\0text"),
            good.replace('\n', "\r\n"),
            format!("{TEXT}\n\u{2014} a AAAAAA==\n"),
            format!("{TEXT}\n\u{2014} a \n"),
            format!("{TEXT}\n\u{2014} a\n"),
            format!("{TEXT}\n\u{2014} a AAAAAAB=\n"),
            format!("{TEXT}\n\u{2014} a AAAAAAA\n"),
            format!("{TEXT}\n\u{2014} a AAAAAAA=A\n"),
            format!("{TEXT}\n\u{2014} a AAAA-AA=\n"),
        ];
        for case in cases {
            let error = Note::parse(case.as_bytes()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::NoteInvalid, "{case:?}");
        }
        assert!(Note::parse(format!("{TEXT}\n\u{2014} a AAAAAAA=\n").as_bytes()).is_ok());
        // A text of one empty line is one.
        assert!(Note::parse(format!("\n\n{signature}\n").as_bytes()).is_ok());
        for control in (0..0x20u8).filter(|&byte| byte != b'\n') {
            let case = good.replace("a text", &format!("a{}text", char::from(control)));
            assert!(Note::parse(case.as_bytes()).is_err(), "{control:#x}");
        }
        assert!(Note::parse(b"\xff\n\n\xe2\x80\x94 a AAAAAAA=\n").is_err());
        assert!(Note::parse(b"\xed\xa0\x80\n\n\xe2\x80\x94 a AAAAAAA=\n").is_err());
        for at in 0..good.len() {
            assert!(Note::parse(&good.as_bytes()[..at]).is_err(), "{at}");
        }
    }

    #[test]
    fn sizes_are_bounded() {
        let stranger = |i: usize| {
            let name = format!("k{i}");
            NoteSignature::parse(&format!("\u{2014} {name} AAAAAAA=")).unwrap()
        };
        let mut note = note();
        for i in 1..MAX_SIGNATURES {
            note.add(stranger(i)).unwrap();
        }
        let full = note.encode();
        assert_eq!(
            Note::parse(full.as_bytes()).unwrap().signatures().len(),
            100
        );
        assert_eq!(
            note.add(stranger(0)).unwrap_err().kind(),
            ErrorKind::TooLarge
        );
        assert_eq!(note.encode(), full);
        let more = format!("{full}{}\n", stranger(0).line());
        let error = Note::parse(more.as_bytes()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TooLarge);

        let long = "x".repeat(MAX_NOTE_LEN) + "\n";
        let error = Note::sign(&long, &key("a", 1), |m| Ok(secret(1).sign(m))).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TooLarge);
        let error = Note::parse(long.as_bytes()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TooLarge);
    }

    #[test]
    fn signers_are_not_taken_at_their_word() {
        let a = key("a", 1);
        let kind = |result: Result<Note>| result.unwrap_err().kind();
        assert_eq!(
            kind(Note::sign(TEXT, &a, |m| Ok(secret(2).sign(m)))),
            ErrorKind::SignerFailed
        );
        assert_eq!(
            kind(Note::sign(TEXT, &a, |_| Ok(secret(1).sign(b"another")))),
            ErrorKind::SignerFailed
        );
        let stopped = || Error::new(ErrorKind::Stopped, "signer", "the user said no");
        assert_eq!(
            kind(Note::sign(TEXT, &a, |_| Err(stopped()))),
            ErrorKind::Stopped
        );
        for text in ["", "no newline", "control\u{7}\n", "return\r\n"] {
            let result = Note::sign(text, &a, |m| Ok(secret(1).sign(m)));
            assert_eq!(kind(result), ErrorKind::NoteInvalid, "{text:?}");
        }
        let witness =
            VerifierKey::new("w", SignatureType::CosignatureV1, *secret(1).public()).unwrap();
        let result = Note::sign(TEXT, &witness, |m| Ok(secret(1).sign(m)));
        assert_eq!(kind(result), ErrorKind::InvalidArgument);
    }
}
