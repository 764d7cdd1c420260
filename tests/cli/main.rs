//! The program `signet` as a person or a script meets it: the built binary,
//! arguments in, exit code and output out.

#![cfg(feature = "cli")]

mod agents;
mod program;

mod hooks;
mod hooks_gate;
mod hooks_shared_home;
mod identities;
mod settings_files;
