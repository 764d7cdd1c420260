//! The program `signet` as a person or a script meets it: the built binary,
//! arguments in, exit code and output out.

#![cfg(feature = "cli")]

mod program;
#[path = "../support/recorded.rs"]
mod recorded;

mod identities;
mod mcp_server;
mod published_script;
mod recorded_commands;
