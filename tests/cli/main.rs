//! The program `signet` as a person or a script meets it: the built binary,
//! arguments in, exit code and output out.

#![cfg(feature = "cli")]

mod program;

mod identities;
mod keys;
mod log_commands;
mod logs;
mod policies;
mod proofs;
mod published;
mod recorded;
mod recorded_runs;
mod shell_files;
mod signing;
mod terminal;
