//! Who may do what: delegations from a root key to an agent, policies that
//! decide about single actions, and the bundles of keys that are trusted.
//!
//! Everything here is a pure function of its inputs: the time is passed in, and
//! the one thing with memory, the counters of rate limits, is an object that the
//! caller keeps.

pub mod any_version;
pub mod authorized;
pub mod chain;
pub mod constraint;
pub mod decision;
pub mod delegation;
mod document;
pub mod policy;
pub mod revocation;
pub mod scope;
pub mod trust;
pub mod trust_edit;
mod trust_json;

pub use crate::identity::principal;
pub use document::{Format, MAX_DEPTH, MAX_LEN, MAX_NODES};
