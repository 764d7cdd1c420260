//! The published Signet's Python package, installed once into
//! `target/signet-auth-venv` and run as a program.

#![allow(dead_code, reason = "every test uses its own part")]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use serde_json::Value;

/// The newest version that the formats are known of.
const VERSION: &str = "0.11.0";

/// The Python that has the package; `None` where it cannot be installed.
pub fn python() -> Option<PathBuf> {
    static PYTHON: OnceLock<Option<PathBuf>> = OnceLock::new();
    PYTHON.get_or_init(install).clone()
}

fn install() -> Option<PathBuf> {
    let venv = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/signet-auth-venv");
    let python = venv.join("bin/python");
    let check =
        format!("import importlib.metadata as m; assert m.version('signet-auth') == '{VERSION}'");
    if runs(Command::new(&python).args(["-c", &check])) {
        return Some(python);
    }
    let package = format!("signet-auth=={VERSION}");
    let installed = runs(Command::new("python3").args(["-m", "venv"]).arg(&venv))
        && runs(Command::new(&python).args(["-m", "pip", "install", "-q", &package]));
    installed.then_some(python)
}

fn runs(command: &mut Command) -> bool {
    let quiet = command.stdout(Stdio::null()).stderr(Stdio::null());
    quiet.status().is_ok_and(|status| status.success())
}

/// Runs a program that reads one JSON value from standard input and prints one.
pub fn run(python: &Path, program: &str, input: &Value) -> Value {
    let mut child = Command::new(python)
        .args(["-c", program])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("Python runs");
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin
        .write_all(input.to_string().as_bytes())
        .expect("it reads");
    drop(stdin);
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{program}");
    serde_json::from_slice(&output.stdout).expect("it prints JSON")
}
