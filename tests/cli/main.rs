//! The program `signet` as a person or a script meets it: the built binary,
//! arguments in, exit code and output out.

#![cfg(feature = "cli")]

mod logs;
mod program;
#[path = "../support/published.rs"]
mod published;
mod published_program;
#[path = "../support/recorded.rs"]
mod recorded;
mod recorded_logs;
mod recorded_runs;
mod terminal;

use recorded::vectors;

mod auditing;
mod authorizing;
mod bundles;
mod delegating;
mod exploring;
mod identities;
mod keys;
mod log_commands;
mod mcp_server;
mod policies;
mod proofs;
mod shell_files;
mod signing;
mod trust_bundles;
mod verifying;
