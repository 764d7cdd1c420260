//! The primitives, under thin names of our own.
//!
//! Everything above this module speaks of digests, keys and seals; only here is
//! it written which crate computes them, so that one can be exchanged without
//! touching anything else.

pub mod aead;
pub mod digest;
pub mod ed25519;
pub mod ed25519_batch;
pub mod hkdf;
pub mod kdf;
pub mod random;
pub mod wiped_stack;
