//! Where the tests find data that other people made, and what happens when it
//! is not there.
//!
//! Third-party files are read in place: from the folder that the environment
//! variable `SIGNET_VECTORS` names, or from the registry packages that carry
//! them. A test that lacks its data prints why and passes, unless
//! `SIGNET_FORBID_SKIPS=1` says that nothing may be left out.

#![allow(dead_code, reason = "every test uses its own part")]

use std::path::{Path, PathBuf};
use std::process::Command;

/// Says that a test leaves something out; panics where that is forbidden.
pub fn skip(reason: &str) {
    if std::env::var("SIGNET_FORBID_SKIPS").is_ok_and(|value| value == "1") {
        panic!("skipping is forbidden, but {reason}");
    }
    println!("skipped: {reason}");
}

/// A file or folder of the third-party vectors; `None` when they are not here,
/// which has then been said.
pub fn third_party(path: &str) -> Option<PathBuf> {
    let Some(root) = std::env::var_os("SIGNET_VECTORS") else {
        skip("SIGNET_VECTORS is not set");
        return None;
    };
    let found = Path::new(&root).join(path);
    assert!(found.exists(), "{} does not exist", found.display());
    Some(found)
}

/// A file of the vectors in this repository.
pub fn own(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/vectors")
        .join(path)
}

/// The folder of a package that this one depends on, with the test data that
/// its authors published in it.
pub fn package(name: &str) -> Option<PathBuf> {
    let found = package_folder(name);
    if found.is_none() {
        skip(&format!("cargo does not say where the package {name} is"));
    }
    found
}

fn package_folder(name: &str) -> Option<PathBuf> {
    let rustc = Command::new("rustc").arg("-vV").output().ok()?;
    let version = String::from_utf8(rustc.stdout).ok()?;
    let host = version
        .lines()
        .find_map(|line| line.strip_prefix("host: "))?;
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let metadata = Command::new(cargo)
        .args(["metadata", "--format-version=1", "--offline"])
        .args(["--filter-platform", host])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .ok()?;
    let metadata: serde_json::Value = serde_json::from_slice(&metadata.stdout).ok()?;
    let packages = metadata["packages"].as_array()?;
    let found = packages.iter().find(|package| package["name"] == name)?;
    let manifest = Path::new(found["manifest_path"].as_str()?);
    Some(manifest.parent()?.to_path_buf())
}

/// The JSON file at `path`.
pub fn json(path: &Path) -> serde_json::Value {
    serde_json::from_slice(&bytes(path)).unwrap_or_else(|error| panic!("{path:?}: {error}"))
}

/// The bytes of the file at `path`.
pub fn bytes(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap_or_else(|error| panic!("{path:?}: {error}"))
}
