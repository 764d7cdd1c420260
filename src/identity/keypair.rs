//! A key pair that signs: a secret in memory, or a signer elsewhere whose
//! secret is never seen.

use std::fmt;

use crate::crypto::ed25519::{PUBLIC_KEY_LEN, PublicKey, SEED_LEN, SecretKey, SignatureBytes};
use crate::crypto::wiped_stack;
use crate::encoding::key_text;
use crate::error::{Error, ErrorKind, Result};

/// Why an external signer did not sign. Its text becomes part of an error
/// message, so it must not hold a secret.
pub type SignerFailure = Box<dyn std::error::Error + Send + Sync>;

/// A signer outside this library: an HSM, a TPM, a key agent, a cloud KMS.
pub trait ExternalSigner: Send + Sync {
    /// The Ed25519 signature (RFC 8032, not pre-hashed) of `message`.
    ///
    /// May be called from several threads at once.
    fn sign(&self, message: &[u8]) -> std::result::Result<SignatureBytes, SignerFailure>;
}

/// An Ed25519 key pair, immutable and shareable between threads.
///
/// A local secret is wiped when the pair is dropped. `Debug` shows the public
/// half only.
pub struct KeyPair {
    // Boxed, so that moving the pair leaves no copies of a secret behind.
    signer: Signer,
}

enum Signer {
    Local(Box<SecretKey>),
    External {
        public: PublicKey,
        signer: Box<dyn ExternalSigner>,
    },
}

impl KeyPair {
    /// A new pair from the system's random number generator.
    pub fn generate() -> Result<KeyPair> {
        wiped_stack::run(|| SecretKey::generate().map(Box::new)).map(KeyPair::local)
    }

    /// The pair of a 32-byte seed (RFC 8032 section 5.1.5).
    pub fn from_seed(seed: &[u8; SEED_LEN]) -> KeyPair {
        KeyPair::local(wiped_stack::run(|| Box::new(SecretKey::from_seed(seed))))
    }

    /// The pair of a 32-byte seed, or of 64 bytes: the seed and the public
    /// key that belongs to it. Anything else is [`ErrorKind::KeyInvalid`].
    pub fn from_secret_bytes(bytes: &[u8]) -> Result<KeyPair> {
        let malformed = |detail| Error::new(ErrorKind::KeyInvalid, "secret key", detail);
        if let Ok(seed) = <&[u8; SEED_LEN]>::try_from(bytes) {
            return Ok(KeyPair::from_seed(seed));
        }
        let (seed, public) = bytes
            .split_first_chunk::<SEED_LEN>()
            .filter(|(_, public)| public.len() == PUBLIC_KEY_LEN)
            .ok_or_else(|| malformed("it must be a seed of 32 bytes, or 64 with the public key"))?;
        let pair = KeyPair::from_seed(seed);
        if pair.public_key().as_bytes() == public {
            Ok(pair)
        } else {
            Err(malformed(
                "its second half is not the public key of its first",
            ))
        }
    }

    /// The pair of a public key and whatever signs for it.
    pub fn from_signer(public: PublicKey, signer: Box<dyn ExternalSigner>) -> KeyPair {
        KeyPair {
            signer: Signer::External { public, signer },
        }
    }

    /// The pair of a secret that is already in memory.
    pub(crate) fn local(secret: Box<SecretKey>) -> KeyPair {
        KeyPair {
            signer: Signer::Local(secret),
        }
    }

    /// The public half.
    pub fn public_key(&self) -> &PublicKey {
        match &self.signer {
            Signer::Local(secret) => secret.public(),
            Signer::External { public, .. } => public,
        }
    }

    /// The key id: see [`key_text::thumbprint`].
    pub fn key_id(&self) -> String {
        key_text::thumbprint(self.public_key())
    }

    /// Signs a message. A local secret cannot fail; what an external signer
    /// returns is verified first, and refused with
    /// [`ErrorKind::SignerFailed`].
    pub fn sign(&self, message: &[u8]) -> Result<SignatureBytes> {
        match &self.signer {
            Signer::Local(secret) => Ok(secret.sign(message)),
            Signer::External { public, signer } => {
                let signature = signer
                    .sign(message)
                    .map_err(|cause| signer_failed(one_line(&cause.to_string())))?;
                match public.verify(message, &signature) {
                    Ok(()) => Ok(signature),
                    Err(_) => Err(signer_failed(
                        "the signature it returned does not verify under its public key".to_owned(),
                    )),
                }
            }
        }
    }

    /// The secret seed of a local pair; [`ErrorKind::Unsupported`] for an
    /// external signer. Whoever copies it is responsible for wiping the copy.
    pub fn seed(&self) -> Result<&[u8; SEED_LEN]> {
        match &self.signer {
            Signer::Local(secret) => Ok(secret.seed()),
            Signer::External { .. } => Err(Error::new(
                ErrorKind::Unsupported,
                "key pair",
                "the secret is with an external signer and cannot be read",
            )),
        }
    }
}

impl fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whose = match &self.signer {
            Signer::Local(_) => "local",
            Signer::External { .. } => "external",
        };
        write!(f, "KeyPair({whose}, {:?})", self.public_key())
    }
}

fn signer_failed(detail: String) -> Error {
    Error::new(ErrorKind::SignerFailed, "external signer", detail)
}

/// The first line of a foreign text, of bounded length.
fn one_line(text: &str) -> String {
    let line: String = text
        .chars()
        .take_while(|&c| !c.is_control())
        .take(200)
        .collect();
    if line.is_empty() {
        "it failed without a reason".to_owned()
    } else {
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEED: [u8; 32] = [7; 32];

    /// A signer whose answer each test chooses.
    struct Elsewhere<F>(F);

    impl<F> ExternalSigner for Elsewhere<F>
    where
        F: Fn(&[u8]) -> std::result::Result<SignatureBytes, SignerFailure> + Send + Sync,
    {
        fn sign(&self, message: &[u8]) -> std::result::Result<SignatureBytes, SignerFailure> {
            (self.0)(message)
        }
    }

    fn external(
        sign: impl Fn(&[u8]) -> std::result::Result<SignatureBytes, SignerFailure>
        + Send
        + Sync
        + 'static,
    ) -> KeyPair {
        let public = *SecretKey::from_seed(&SEED).public();
        KeyPair::from_signer(public, Box::new(Elsewhere(sign)))
    }

    #[test]
    fn local_and_external_pairs_sign_alike() {
        let local = KeyPair::from_seed(&SEED);
        let hsm = external(|message| Ok(SecretKey::from_seed(&SEED).sign(message)));
        let signature = hsm.sign(b"message").unwrap();
        assert_eq!(signature, local.sign(b"message").unwrap());
        assert_eq!(hsm.public_key(), local.public_key());
        assert_eq!(hsm.key_id(), local.key_id());
        assert_eq!(local.seed().unwrap(), &SEED);
        assert_eq!(hsm.seed().unwrap_err().kind(), ErrorKind::Unsupported);
    }

    #[test]
    fn what_an_external_signer_returns_is_verified() {
        let another_key = external(|message| Ok(SecretKey::from_seed(&[8; 32]).sign(message)));
        let another_message = external(|_| Ok(SecretKey::from_seed(&SEED).sign(b"other")));
        let garbage = external(|_| Ok([0; 64]));
        for pair in [another_key, another_message, garbage] {
            let error = pair.sign(b"message").unwrap_err();
            assert_eq!(error.kind(), ErrorKind::SignerFailed);
            assert!(error.to_string().contains("does not verify"), "{error}");
        }
    }

    #[test]
    fn the_reason_of_an_external_signer_is_passed_on_in_one_line() {
        let error = external(|_| Err("the token is locked\nstack: ...".into()))
            .sign(b"message")
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::SignerFailed);
        assert_eq!(error.to_string(), "external signer: the token is locked");
        let silent = external(|_| Err("".into())).sign(b"message").unwrap_err();
        assert_eq!(
            silent.to_string(),
            "external signer: it failed without a reason"
        );
    }

    #[test]
    fn secret_bytes_are_a_seed_or_a_consistent_pair() {
        let pair = KeyPair::from_secret_bytes(&SEED).unwrap();
        let mut both = SEED.to_vec();
        both.extend_from_slice(pair.public_key().as_bytes());
        assert_eq!(
            KeyPair::from_secret_bytes(&both).unwrap().public_key(),
            pair.public_key()
        );
        both[40] ^= 1;
        for bytes in [&both[..], &both[..63], &both[..33], &both[..31], &[]] {
            let error = KeyPair::from_secret_bytes(bytes).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::KeyInvalid, "{} bytes", bytes.len());
        }
    }

    #[test]
    fn debug_shows_the_public_half_only() {
        let pair = KeyPair::from_seed(&SEED);
        let public = crate::encoding::hex::encode(pair.public_key().as_bytes());
        assert_eq!(
            format!("{pair:?}"),
            format!("KeyPair(local, PublicKey({public}))")
        );
        assert!(format!("{:?}", external(|_| Ok([0; 64]))).starts_with("KeyPair(external, "));
    }

    #[test]
    fn generated_pairs_differ() {
        let (a, b) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
        assert_ne!(a.public_key(), b.public_key());
        a.public_key().verify(b"m", &a.sign(b"m").unwrap()).unwrap();
    }

    #[test]
    fn pairs_are_shareable() {
        fn shareable<T: Send + Sync>() {}
        shareable::<KeyPair>();
    }
}
