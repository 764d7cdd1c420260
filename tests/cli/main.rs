//! The program `signet` as a person or a script meets it: the built binary,
//! arguments in, exit code and output out.

#![cfg(feature = "cli")]

mod logs;
mod program;
#[path = "../support/published.rs"]
mod published;
#[path = "../support/recorded.rs"]
mod recorded;
mod recorded_logs;
mod recorded_runs;
mod terminal;

use recorded::vectors;

mod agents;
mod auditing;
mod authorizing;
mod bundles;
mod chains;
mod delegated_actions;
mod delegating;
mod documentation;
mod exploring;
mod hooks;
mod hooks_gate;
mod hooks_shared_home;
mod hostile_evidence;
mod identities;
mod json_answers;
mod keys;
mod log_commands;
mod log_repairing;
mod mcp_clients;
mod mcp_messages;
mod mcp_server;
mod output;
mod policies;
mod proofs;
mod proxy_endings;
mod proxy_hostile;
mod proxy_load;
mod proxy_recorded;
mod proxy_sdks;
mod proxy_session;
mod proxy_start;
mod proxy_storage;
mod proxy_traffic;
mod published_script;
mod recorded_commands;
mod settings_files;
mod shell_files;
mod signing;
mod signing_on_authority;
mod trust_bundles;
mod verifying;
