//! The program `signet` as a person or a script meets it: the built binary,
//! arguments in, exit code and output out.

#![cfg(feature = "cli")]

mod program;
mod published;
#[path = "../support/recorded.rs"]
mod recorded;
mod recorded_runs;
mod terminal;

mod identities;
mod keys;
mod policies;
mod signing;
