//! Programs of the published Signet, installed once under `target/published`.

#![allow(dead_code, reason = "every test uses its own part")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Where they are installed.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target/published")
}

fn succeeds(command: &mut Command) -> bool {
    command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// A Python that has the package `signet-auth`; `None` when there is no Python,
/// or no registry to install it from.
pub fn python() -> Option<PathBuf> {
    let home = folder().join("python");
    let python = home.join("bin/python");
    let works = || succeeds(Command::new(&python).args(["-c", "import signet_auth"]));
    if works() {
        return Some(python);
    }
    // Another test that installs at the same time does the same.
    let made = succeeds(Command::new("python3").args(["-m", "venv"]).arg(&home));
    let install = ["-m", "pip", "install", "--quiet", "signet-auth==0.11.*"];
    (made && succeeds(Command::new(&python).args(install)) && works()).then_some(python)
}
