//! The program `signet` from the outside: what a hook of an agent costs from the
//! start of the process to its end, what a command costs, and what a call costs
//! that goes through the proxy. Against the bare start of a process, the bare call
//! to the same server, and the published program doing the same.
//!
//! Rows of the wall wait for the disk as a user does. Those of CPU time say what
//! the work costs on a machine that others use too.

mod commands;
pub mod echo;
mod home;
mod process;
mod proxy;

use std::fs;
use std::path::{Path, PathBuf};

use crate::table::Row;
use home::Home;
use process::Turns;

/// How the published program is called in the table.
const PEER: &str = "signet-cli 0.11";

/// The programs.
struct Programs {
    ours: PathBuf,
    /// `None` where it could not be installed.
    peer: Option<PathBuf>,
}

/// All rows, of the programs that `benches/run` has put into this folder; what
/// they write is made there and removed.
pub fn rows(directory: &Path) -> Vec<Row> {
    let directory = fs::canonicalize(directory).expect("a folder");
    let peer = directory.join("signet-published");
    let programs = Programs {
        ours: directory.join("signet"),
        peer: Some(peer).filter(|path| path.exists()),
    };
    let scratch = directory.join("program-scratch");
    let _ = fs::remove_dir_all(&scratch);
    fs::create_dir_all(&scratch).expect("a folder");
    let mut rows = Vec::new();
    size_row(&directory, &mut rows);
    commands::rows(&programs, &scratch, &mut rows);
    proxy::rows(&programs, &directory, &scratch, &mut rows);
    let _ = fs::remove_dir_all(&scratch);
    rows
}

fn size_row(directory: &Path, rows: &mut Vec<Row>) {
    let size = |name: &str| fs::metadata(directory.join(name)).map(|file| file.len());
    let ours = size("signet").expect("the program");
    if let Ok(peer) = size("signet-published-stripped") {
        rows.push(Row::of_sizes("program, stripped", ours, PEER, peer));
    }
}
