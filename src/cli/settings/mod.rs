//! The settings files of agents: ours to add a few lines to, and the user's to
//! find as they were.
//!
//! [`text`] works on the text alone and keeps every byte that it does not have to
//! change; [`file`] replaces the file as a whole, with a backup beside it.

pub mod file;
pub mod handler;
mod layout;
pub mod text;
