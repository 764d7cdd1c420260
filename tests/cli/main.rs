//! The program `signet` as a person or a script meets it: the built binary,
//! arguments in, exit code and output out.

#![cfg(feature = "cli")]

mod logs;
mod program;

mod identities;
mod log_commands;
mod proofs;
mod shell_files;
