//! `make bench`: one table of ratios, `benches/run` explains the setting.
//!
//! Ratios, not times: to the raw primitive on the same bytes, and to the
//! published Signet on the same input, compiled with the same flags into the same
//! program and run in turns with ours (see [`race`]).

mod abi;
mod inputs;
mod race;
mod receipts;
mod table;
mod verifier;

use std::path::PathBuf;

fn main() {
    let directory = std::env::args_os().nth(1).map(PathBuf::from);
    let directory = directory.expect("usage: signet-benches DIRECTORY; run `make bench` instead");
    let keys = receipts::Keys::new();
    let mut rows = receipts::rows(&keys);
    rows.extend(verifier::rows(&directory));
    rows.extend(abi::rows(&keys, &directory));
    table::print(&rows);
}
