//! Identities.
mod keypair;
pub use keypair::{ExternalSigner, KeyPair, SignerFailure};
