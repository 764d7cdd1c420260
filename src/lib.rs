//! Evidence for what AI agents do.
//!
//! Every agent has an Ed25519 identity ([`identity`]); every tool call is
//! signed into a receipt ([`receipt`]) whose bytes are RFC 8785 canonical JSON
//! ([`encoding`]); a transparency-log tree ([`tlog`]) proves where a record
//! stands. Everything verifies offline.
//!
//! The C ABI lives in `ffi` (feature `capi`) and is a thin layer over this
//! crate: no module here knows about it.

#![deny(unsafe_code)]

pub mod authority;
pub mod crypto;
pub mod encoding;
pub mod error;
pub mod identity;
pub mod log;
pub mod mcp;
pub mod receipt;

pub mod tlog;
pub mod verifier;

#[cfg(feature = "capi")]
pub mod ffi;

pub use error::{Error, ErrorKind, Result};
