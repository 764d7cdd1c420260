//! Who signs: key pairs, the files they are kept in, and the store of named
//! identities.
//!
//! A [`KeyPair`] signs, with a secret in memory or with a signer elsewhere. A
//! [`Keystore`] keeps named key pairs under `<home>/keys/`, in the files that
//! the published Signet reads and writes ([`key_file`]).
//!
//! The keystore needs the file permissions of Unix; everything else is the same
//! on all platforms.
//!
//! Secrets never leave except through an explicit call, never stand in an
//! error or a `Debug` text, and are wiped from memory: the texts they are read
//! from and written to as well as the bytes themselves.

pub mod key_file;
mod key_json;
mod key_name;
pub mod keypair;
#[cfg(unix)]
pub mod keystore;
#[cfg(unix)]
pub mod listing;
pub mod principal;
#[cfg(unix)]
mod private_files;
#[cfg(unix)]
mod publication;

pub use key_name::{KeyName, MAX_KEY_NAME_LEN};
pub use keypair::{ExternalSigner, KeyPair, SignerFailure};
#[cfg(unix)]
pub use keystore::{
    IdentityInfo, Keystore, KeystoreOptions, ListedIdentity, NewIdentity, Protection, SecretState,
};
