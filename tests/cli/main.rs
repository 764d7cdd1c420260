//! The program `signet` as a person or a script meets it: the built binary,
//! arguments in, exit code and output out.

#![cfg(feature = "cli")]

#[path = "../support/published.rs"]
mod published;
#[path = "../support/recorded.rs"]
mod recorded;

use recorded::vectors;

mod program;

mod auditing;
mod bundles;
mod chains;
mod exploring;
mod identities;
mod logs;
mod verifying;
