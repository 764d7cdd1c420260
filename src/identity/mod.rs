//! Identities.
mod keypair;
pub use keypair::KeyPair;
