//! `make bench`: one table of ratios, `benches/run` explains the setting.
//!
//! Ratios, not times: to the raw primitive on the same bytes, and to the
//! published Signet on the same input, compiled with the same flags into the same
//! program and run in turns with ours (see [`race`]).

mod abi;
mod inputs;
mod log;
mod log_verify;
mod mcp;
mod program;
mod race;
mod receipts;
mod table;
mod verifier;

use std::path::PathBuf;

fn main() {
    if log_verify::ran_as_child() {
        return;
    }
    let mut arguments = std::env::args_os().skip(1);
    let directory = arguments.next().map(PathBuf::from);
    let directory = directory.expect("usage: signet-benches DIRECTORY; run `make bench` instead");
    // A second argument runs one part only: receipts, abi, log, or what of the log
    // waits for the disk: durable. ("crash" and the MCP server "echo" are for
    // processes of their own.)
    let part = arguments.next().and_then(|part| part.into_string().ok());
    if part.as_deref() == Some("crash") {
        return log::crash(&directory);
    }
    if part.as_deref() == Some("echo") {
        return program::echo::serve();
    }
    let wanted = |name: &str| part.as_deref().is_none_or(|part| part == name);
    let keys = receipts::Keys::new();
    let mut rows = Vec::new();
    if wanted("receipts") {
        rows.extend(receipts::rows(&keys));
    }
    if wanted("abi") {
        rows.extend(abi::rows(&keys, &directory));
    }
    if wanted("log") || wanted("durable") {
        let durable_only = part.as_deref() == Some("durable");
        rows.extend(log::rows(&keys, &directory, durable_only));
    }
    if wanted("mcp") {
        rows.extend(mcp::rows(&keys.seed));
    }
    if wanted("verifier") {
        rows.extend(verifier::rows(&directory));
    }
    if wanted("log-verify") {
        rows.extend(log_verify::rows(&keys, &directory));
    }
    if wanted("program") {
        rows.extend(program::rows(&directory));
    }
    table::print(&rows);
}
