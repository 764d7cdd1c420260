//! The public keys of signed notes: a name, a type of signature and an Ed25519
//! key, with the text form that people exchange (the "vkey" of C2SP signed-note).
//!
//! A signature line names its key by the key's name and a 32-bit id. The id only
//! finds the key: what is trusted is the whole key, configured by whoever
//! verifies.

use std::fmt;
use std::str::FromStr;

use crate::crypto::digest::sha256_of_parts;
use crate::crypto::ed25519::{PUBLIC_KEY_LEN, PublicKey};
use crate::encoding::{base64, hex};
use crate::error::{Error, ErrorKind, Result};

/// The longest name that a key here can have, in bytes: what the signed message
/// of newer cosignature types still has room for.
pub const MAX_NAME_LEN: usize = 255;

/// What a key signs, and in which form (C2SP signed-note, "Signature types").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SignatureType {
    /// `0x01`: plain Ed25519 over the note text, as logs sign.
    Ed25519,
    /// `0x04`: an Ed25519 cosignature with a time, as witnesses sign
    /// (C2SP tlog-cosignature).
    CosignatureV1,
}

impl SignatureType {
    /// The identifier byte.
    pub fn byte(self) -> u8 {
        match self {
            SignatureType::Ed25519 => 0x01,
            SignatureType::CosignatureV1 => 0x04,
        }
    }

    fn from_byte(byte: u8) -> Option<SignatureType> {
        [SignatureType::Ed25519, SignatureType::CosignatureV1]
            .into_iter()
            .find(|kind| kind.byte() == byte)
    }
}

/// The short identifier of a key within its name: the first four bytes of
/// SHA-256 over the name, a newline, the type byte and the public key.
pub type KeyId = [u8; 4];

/// A key that signatures of notes are checked with.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct VerifierKey {
    name: String,
    id: KeyId,
    kind: SignatureType,
    public: PublicKey,
}

impl VerifierKey {
    /// A key for `name`, commonly a URL without scheme, as `example.com/log`.
    ///
    /// Fails with [`ErrorKind::InvalidArgument`] when the name is empty, longer
    /// than [`MAX_NAME_LEN`], or has white space, control characters or `+`.
    pub fn new(name: &str, kind: SignatureType, public: PublicKey) -> Result<VerifierKey> {
        if !is_valid_name(name) || name.len() > MAX_NAME_LEN {
            return Err(Error::new(
                ErrorKind::InvalidArgument,
                "key name",
                "it must have 1 to 255 bytes without white space, control characters and \"+\"",
            ));
        }
        let id = sha256_of_parts([
            name.as_bytes(),
            b"\n",
            &[kind.byte()],
            public.as_bytes().as_slice(),
        ]);
        Ok(VerifierKey {
            name: name.to_owned(),
            id: [id[0], id[1], id[2], id[3]],
            kind,
            public,
        })
    }

    /// Reads the text form, `<name>+<key id in hex>+<base64 of type and key>`.
    ///
    /// Fails with [`ErrorKind::KeyInvalid`] when it has another form or an id
    /// that is not the key's, with [`ErrorKind::Unsupported`] for signature
    /// types other than those of [`SignatureType`], and with
    /// [`ErrorKind::KeyWeak`] for keys under which anybody could sign.
    pub fn parse(text: &str) -> Result<VerifierKey> {
        let (name, rest) = text.split_once('+').ok_or_else(|| malformed(FORM))?;
        let (id, key) = rest.split_once('+').ok_or_else(|| malformed(FORM))?;
        let id: KeyId = hex::decode(id.as_bytes()).ok_or_else(|| malformed(FORM))?;
        let key = base64::decode(key.as_bytes()).ok_or_else(|| malformed(FORM))?;
        let (kind, key) = key.split_first().ok_or_else(|| malformed(FORM))?;
        let kind = SignatureType::from_byte(*kind).ok_or_else(|| {
            Error::new(
                ErrorKind::Unsupported,
                "verifier key",
                format!("signature type 0x{kind:02x} is not supported"),
            )
        })?;
        if key.len() != PUBLIC_KEY_LEN {
            return Err(malformed("its public key does not have 32 bytes"));
        }
        let public = PublicKey::from_slice(key).map_err(|e| e.within("verifier key"))?;
        let key = VerifierKey::new(name, kind, public)
            .map_err(|_| malformed("its name is empty, too long or has forbidden characters"))?;
        if key.id != id {
            return Err(malformed("its key id is not that of the name and the key"));
        }
        Ok(key)
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The short identifier.
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// The type of signatures it makes.
    pub fn kind(&self) -> SignatureType {
        self.kind
    }

    /// The Ed25519 key.
    pub fn public_key(&self) -> &PublicKey {
        &self.public
    }

    /// The key under a forged id, as a collision would give it.
    #[cfg(test)]
    pub(super) fn with_id(mut self, id: KeyId) -> VerifierKey {
        self.id = id;
        self
    }
}

/// The text form that [`VerifierKey::parse`] reads.
impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut key = vec![self.kind.byte()];
        key.extend_from_slice(self.public.as_bytes());
        write!(
            f,
            "{}+{}+{}",
            self.name,
            hex::encode(&self.id),
            base64::encode(&key)
        )
    }
}

impl FromStr for VerifierKey {
    type Err = Error;

    fn from_str(text: &str) -> Result<VerifierKey> {
        VerifierKey::parse(text)
    }
}

/// Whether a name can stand in a signature line.
pub(super) fn is_valid_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c == '+' || c < '\u{20}')
}

const FORM: &str = "it is not of the form <name>+<8 hex digits>+<base64>";

fn malformed(detail: &'static str) -> Error {
    Error::new(ErrorKind::KeyInvalid, "verifier key", detail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::ed25519::SecretKey;

    fn key(name: &str, kind: SignatureType) -> Result<VerifierKey> {
        VerifierKey::new(name, kind, *SecretKey::from_seed(&[1; 32]).public())
    }

    #[test]
    fn every_key_reads_back() {
        for name in ["a", "example.com/log", "ключ", &"n".repeat(255)] {
            for kind in [SignatureType::Ed25519, SignatureType::CosignatureV1] {
                let key = key(name, kind).unwrap();
                assert_eq!(VerifierKey::parse(&key.to_string()).unwrap(), key);
                assert_eq!(key.to_string().parse::<VerifierKey>().unwrap(), key);
            }
        }
    }

    #[test]
    fn names_that_would_break_a_line_are_refused() {
        for name in [
            "",
            " ",
            "a b",
            "a+b",
            "a\n",
            "a\tb",
            "a\u{1}",
            "a\u{a0}b",
            "a\u{2003}",
            "a\u{85}",
            &"n".repeat(256),
        ] {
            let error = key(name, SignatureType::Ed25519).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{name:?}");
        }
    }

    #[test]
    fn any_change_to_the_text_is_refused() {
        let text = key("example.com/log", SignatureType::Ed25519)
            .unwrap()
            .to_string();
        for at in 0..text.len() {
            assert!(VerifierKey::parse(&text[..at]).is_err());
            for byte in [b'A', b'b', b'0', b'+', b'=', b' ', b'\n'] {
                let mut changed = text.clone().into_bytes();
                if changed[at] != byte {
                    changed[at] = byte;
                    let changed = String::from_utf8(changed).unwrap();
                    assert!(VerifierKey::parse(&changed).is_err(), "{changed}");
                }
            }
        }
        assert!(VerifierKey::parse(&format!("{text}\n")).is_err());
        let (name, rest) = text.split_once('+').unwrap();
        let (id, public) = rest.split_once('+').unwrap();
        assert_ne!(id, id.to_uppercase());
        let upper = format!("{name}+{}+{public}", id.to_uppercase());
        assert!(VerifierKey::parse(&upper).is_err());
    }

    #[test]
    fn weak_and_unknown_keys_are_told_apart() {
        let vkey = |kind: u8, public: &[u8]| {
            let mut bytes = vec![kind];
            bytes.extend_from_slice(public);
            let id = sha256_of_parts([b"n\n".as_slice(), &bytes]);
            format!("n+{}+{}", hex::encode(&id[..4]), base64::encode(&bytes))
        };
        let mut identity = [0; 32];
        identity[0] = 1;
        let good = SecretKey::from_seed(&[1; 32]);
        for (text, kind) in [
            (vkey(1, &identity), ErrorKind::KeyWeak),
            (vkey(1, &[0xff; 32]), ErrorKind::KeyInvalid),
            (
                vkey(1, &good.public().as_bytes()[..31]),
                ErrorKind::KeyInvalid,
            ),
            (vkey(6, &[0; 1312]), ErrorKind::Unsupported),
            (vkey(0xff, b"slh-dsa"), ErrorKind::Unsupported),
        ] {
            assert_eq!(VerifierKey::parse(&text).unwrap_err().kind(), kind);
        }
        assert!(VerifierKey::parse(&vkey(1, good.public().as_bytes())).is_ok());
    }
}
