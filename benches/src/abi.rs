//! The C ABI of the built library: what crossing it costs, how long it takes to
//! load, how large it is.

use std::ffi::{CString, c_void};
use std::path::Path;
use std::process::Command;

use crate::inputs;
use crate::race::{Candidate, Race, each, median};
use crate::receipts::Keys;
use crate::table::Row;

type Prepare = unsafe extern "C" fn(*const u8, *const u8, usize);
type Work = unsafe extern "C" fn(u32);

/// The rows about the files that `benches/run` has put in a directory.
pub fn rows(keys: &Keys, directory: &Path) -> Vec<Row> {
    let mut rows = call_rows(keys, directory);
    rows.push(load_row(directory));
    rows.push(size_row(
        directory,
        "library, stripped",
        "libsignet.so",
        850_000,
    ));
    let plain = "library without the IFMA code, stripped";
    rows.push(size_row(directory, plain, "libsignet-plain.so", 700_000));
    rows
}

fn call_rows(keys: &Keys, directory: &Path) -> Vec<Row> {
    let probe = Probe::load(&directory.join("libabi_probe.so"));
    let mut rows = Vec::new();
    for (size, bar) in [(250, Some(1.01)), (20 << 10, Some(1.01))] {
        let action = inputs::action(&inputs::prose(size));
        let receipt = keys.sign(&action);
        probe.prepare(&keys.seed, &action);

        let race = Race::run(vec![
            probe.candidate(c"probe_sign"),
            each(|| keys.sign(&action)),
            probe.candidate(c"probe_verify"),
            each(|| keys.verify(receipt.json())),
            probe.candidate(c"probe_version"),
        ]);
        let row = |operation: &str, ours, other, bar| {
            let name = format!("{operation}, {size} B");
            Row::of_ratio(&race, &name, ours, other, "the same in Rust", bar)
        };
        rows.push(row("sign from C through libsignet.so", 0, 1, bar));
        rows.push(row("verify from C through libsignet.so", 2, 3, bar));
        if rows.len() == 2 {
            let call = "empty call from C (signet_abi_version)";
            rows.push(Row::of_ratio(&race, call, 4, 1, "sign, 250 B", Some(0.01)));
        }
    }
    rows
}

/// The C program that benches/run has compiled as a library.
struct Probe {
    handle: *mut c_void,
}

impl Probe {
    fn load(path: &Path) -> Probe {
        let name = CString::new(path.to_string_lossy().as_bytes()).expect("a path");
        // SAFETY: a terminated name; the library's initialisers do nothing.
        let handle = unsafe { libc::dlopen(name.as_ptr(), libc::RTLD_NOW) };
        assert!(!handle.is_null(), "cannot load {}", path.display());
        Probe { handle }
    }

    fn symbol(&self, name: &std::ffi::CStr) -> *mut c_void {
        // SAFETY: an open library and a terminated name.
        let symbol = unsafe { libc::dlsym(self.handle, name.as_ptr()) };
        assert!(!symbol.is_null(), "{name:?} is missing");
        symbol
    }

    fn prepare(&self, seed: &[u8; 32], action: &str) {
        // SAFETY: abi_probe.c declares it so, and keeps the text for later; the
        // caller's text outlives the race.
        unsafe {
            let prepare: Prepare = std::mem::transmute(self.symbol(c"probe_prepare"));
            prepare(seed.as_ptr(), action.as_ptr(), action.len());
        }
    }

    fn candidate(&self, name: &std::ffi::CStr) -> Candidate<'static> {
        // SAFETY: abi_probe.c declares all its candidates so.
        let work: Work = unsafe { std::mem::transmute(self.symbol(name)) };
        // SAFETY: `prepare` was called before the race.
        Box::new(move |times| unsafe { work(times) })
    }
}

/// Loading in a fresh process, in turns with a library that does nothing.
fn load_row(directory: &Path) -> Row {
    let load = |library: &str| -> f64 {
        let program = directory.join("load_probe");
        let output = Command::new(program).arg(directory.join(library)).output();
        let text = String::from_utf8(output.expect("load_probe runs").stdout);
        text.ok()
            .and_then(|text| text.trim().parse().ok())
            .expect("a figure")
    };
    let (mut ours, mut empty) = (Vec::new(), Vec::new());
    for _ in 0..101 {
        ours.push(load("libsignet.so"));
        empty.push(load("libempty.so"));
    }
    let empty = median(empty);
    Row::of_times(
        "dlopen in a fresh process",
        median(ours),
        "an empty Rust cdylib",
        empty,
        Some(1.5),
    )
}

fn size_row(directory: &Path, operation: &str, library: &str, limit: u64) -> Row {
    let size = std::fs::metadata(directory.join(library))
        .expect("a library")
        .len();
    Row::of_size(operation, size, limit)
}
