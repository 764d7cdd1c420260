//! The program `signet` as a person or a script meets it: the built binary,
//! arguments in, exit code and output out.

#![cfg(feature = "cli")]

mod program;

mod identities;
mod proxy_endings;
mod proxy_hostile;
mod proxy_load;
mod proxy_recorded;
mod proxy_session;
mod proxy_start;
mod proxy_storage;
mod proxy_traffic;
