//! The transparency-log layer: what turns a chain of records into evidence that
//! a stranger can check.
//!
//! A log's records are the leaves of an RFC 6962 Merkle tree ([`tree`]). The
//! tree is kept as C2SP tiles ([`tile`], grown by [`right_edge`], read by
//! [`tiled_tree`]), its head is signed as a C2SP checkpoint ([`checkpoint`], a
//! kind of signed [`note`]), witnesses add cosignatures ([`cosignature`]), and
//! one file carries the whole proof for one record ([`tlog_proof`]).
//!
//! Nothing here reads a file, a clock or a random number: bytes in, bytes out.

pub mod checkpoint;
pub mod checkpoint_policy;
pub mod cosignature;
pub mod entry_bundle;
pub mod note;
pub mod note_signature;
pub mod proof;
pub mod right_edge;
pub mod tile;
pub mod tiled_tree;
pub mod tlog_proof;
pub mod tree;
pub mod verifier_key;
