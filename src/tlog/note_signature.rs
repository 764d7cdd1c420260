//! One signature line of a signed note (C2SP signed-note, "Signatures"): an em
//! dash, the name of a key, and the base64 of the key's id and the signature.

use crate::crypto::ed25519::{SIGNATURE_LEN, SignatureBytes};
use crate::encoding::base64;
use crate::error::{Error, ErrorKind, Result};
use crate::tlog::cosignature;
use crate::tlog::verifier_key::{KeyId, SignatureType, VerifierKey, is_valid_name};

/// An em dash and a space.
const LINE_PREFIX: &str = "\u{2014} ";

/// One signature line, of a key that may be known or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteSignature {
    name: String,
    key_id: KeyId,
    bytes: Vec<u8>,
}

impl NoteSignature {
    /// Signs `text` with a key of type [`SignatureType::Ed25519`]. `sign` may
    /// reach out to where the secret lives; its answer is verified.
    ///
    /// Fails with [`ErrorKind::InvalidArgument`] for a key of another type,
    /// with [`ErrorKind::SignerFailed`] when the answer does not verify under
    /// `key`, or as `sign` does.
    pub fn sign(
        text: &str,
        key: &VerifierKey,
        sign: impl FnOnce(&[u8]) -> Result<SignatureBytes>,
    ) -> Result<NoteSignature> {
        check_kind(key, SignatureType::Ed25519)?;
        let signature = checked_signature(text.as_bytes(), key, sign)?;
        Ok(NoteSignature::new(key, signature.to_vec()))
    }

    /// Reads one line, without its newline, as witnesses answer with.
    ///
    /// Fails with [`ErrorKind::NoteInvalid`].
    pub fn parse(line: &str) -> Result<NoteSignature> {
        let (name, encoded) = line
            .strip_prefix(LINE_PREFIX)
            .and_then(|rest| rest.split_once(' '))
            .ok_or_else(|| invalid("a signature line is not of the form \"— name base64\""))?;
        if !is_valid_name(name) {
            return Err(invalid("a signature line has an invalid key name"));
        }
        let bytes = base64::decode(encoded.as_bytes())
            .ok_or_else(|| invalid("a signature is not strict base64"))?;
        match bytes.split_first_chunk() {
            Some((key_id, bytes)) if !bytes.is_empty() => Ok(NoteSignature {
                name: name.to_owned(),
                key_id: *key_id,
                bytes: bytes.to_vec(),
            }),
            _ => Err(invalid("a signature is shorter than five bytes")),
        }
    }

    /// The line as [`NoteSignature::parse`] reads it.
    pub fn line(&self) -> String {
        let bytes = [&self.key_id, self.bytes.as_slice()].concat();
        format!("{LINE_PREFIX}{} {}", self.name, base64::encode(&bytes))
    }

    /// The name of the key, as the line says.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The short identifier of the key, as the line says.
    pub fn key_id(&self) -> KeyId {
        self.key_id
    }

    /// What follows the key id.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn new(key: &VerifierKey, bytes: Vec<u8>) -> NoteSignature {
        NoteSignature {
            name: key.name().to_owned(),
            key_id: key.id(),
            bytes,
        }
    }

    pub(super) fn is_by(&self, name: &str, id: KeyId) -> bool {
        self.key_id == id && self.name == name
    }

    /// Checks the signature, and gives the time of a cosignature.
    pub(super) fn verify(&self, text: &str, key: &VerifierKey) -> Result<Option<u64>> {
        match key.kind() {
            SignatureType::Ed25519 => {
                let signature: &[u8; SIGNATURE_LEN] =
                    self.bytes.as_slice().try_into().map_err(|_| {
                        Error::new(
                            ErrorKind::SignatureInvalid,
                            "signature",
                            "it does not have 64 bytes",
                        )
                    })?;
                key.public_key().verify(text.as_bytes(), signature)?;
                Ok(None)
            }
            SignatureType::CosignatureV1 => {
                cosignature::verify(text, &self.bytes, key.public_key()).map(Some)
            }
        }
    }
}

/// Has a message signed and makes sure that the signature is of that key.
pub(super) fn checked_signature(
    message: &[u8],
    key: &VerifierKey,
    sign: impl FnOnce(&[u8]) -> Result<SignatureBytes>,
) -> Result<SignatureBytes> {
    let signature = sign(message)?;
    key.public_key().verify(message, &signature).map_err(|_| {
        Error::new(
            ErrorKind::SignerFailed,
            key.name().to_owned(),
            "the signer returned a signature that is not of this key",
        )
    })?;
    Ok(signature)
}

pub(super) fn check_kind(key: &VerifierKey, kind: SignatureType) -> Result<()> {
    if key.kind() == kind {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::InvalidArgument,
        key.name().to_owned(),
        format!(
            "its signature type is 0x{:02x} where 0x{:02x} is needed",
            key.kind().byte(),
            kind.byte()
        ),
    ))
}

fn invalid(detail: &'static str) -> Error {
    Error::new(ErrorKind::NoteInvalid, "note", detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_reads_back_and_nothing_else_is_one() {
        let line = "\u{2014} a AAECAwQ=";
        let signature = NoteSignature::parse(line).unwrap();
        assert_eq!(signature.name(), "a");
        assert_eq!(signature.key_id(), [0, 1, 2, 3]);
        assert_eq!(signature.bytes(), [4]);
        assert_eq!(signature.line(), line);
        for line in [
            "",
            "a AAECAwQ=",
            "- a AAECAwQ=",
            "\u{2014}a AAECAwQ=",
            "\u{2014}  AAECAwQ=",
            "\u{2014} a",
            "\u{2014} a ",
            "\u{2014} a  AAECAwQ=",
            "\u{2014} a AAECAwQ= ",
            "\u{2014} a AAECAwQ=\n",
            "\u{2014} a+b AAECAwQ=",
            "\u{2014} a\tb AAECAwQ=",
            "\u{2014} a AAECAw==",
            "\u{2014} a AAECAwR=",
            "\u{2014} a AAECAwQ",
        ] {
            let error = NoteSignature::parse(line).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::NoteInvalid, "{line:?}");
        }
    }
}
