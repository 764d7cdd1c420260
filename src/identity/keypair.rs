//! Key pairs.
use crate::crypto::ed25519::{PublicKey, SecretKey, SignatureBytes};
use crate::error::Result;
/// A key pair.
pub struct KeyPair(SecretKey);
impl KeyPair {
    /// From a seed.
    pub fn from_seed(seed: &[u8; 32]) -> KeyPair {
        KeyPair(SecretKey::from_seed(seed))
    }
    /// Public half.
    pub fn public_key(&self) -> &PublicKey {
        self.0.public()
    }
    /// Signs.
    pub fn sign(&self, message: &[u8]) -> Result<SignatureBytes> {
        Ok(self.0.sign(message))
    }
}
