//! The program `signet` as a person or a script meets it: the built binary,
//! arguments in, exit code and output out.

#![cfg(feature = "cli")]

mod program;
#[path = "../support/recorded.rs"]
mod recorded;
mod recorded_runs;

mod authorizing;
mod delegating;
mod identities;
mod trust_bundles;
