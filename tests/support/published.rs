//! The published Signet as its users run it: the command line and the Python
//! package, from the folder that the environment variable `SIGNET_PUBLISHED` names
//! (`ffi-tests/published/install` makes it).

#![allow(dead_code, reason = "every test uses its own part")]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::vectors::skip;

/// What a program said, and how it ended.
#[derive(Debug)]
pub struct Said {
    pub exit: i32,
    /// Both outputs.
    pub text: String,
}

impl Said {
    /// Asserts that it ended well and said this.
    #[track_caller]
    pub fn accepted(&self, fragment: &str) {
        assert!(
            self.exit == 0 && self.text.contains(fragment),
            "exit {} without {fragment:?}: {}",
            self.exit,
            self.text
        );
    }

    /// Asserts that it ended badly and said this.
    #[track_caller]
    pub fn refused(&self, fragment: &str) {
        assert!(
            self.exit != 0 && self.text.contains(fragment),
            "exit {} without {fragment:?}: {}",
            self.exit,
            self.text
        );
    }
}

/// The published command line on one home folder.
pub struct Cli {
    program: PathBuf,
    home: PathBuf,
}

impl Cli {
    /// `None` when it is not here, which has then been said.
    pub fn on(home: &Path) -> Option<Cli> {
        Some(Cli {
            program: installed("bin/signet")?,
            home: home.to_path_buf(),
        })
    }

    /// Runs it with arguments that are separated by spaces, and then these paths.
    pub fn run(&self, arguments: &str, paths: &[&Path]) -> Said {
        let mut command = Command::new(&self.program);
        command
            .args(arguments.split_whitespace())
            .args(paths)
            .env("SIGNET_HOME", &self.home)
            .env_remove("SIGNET_PASSPHRASE");
        said(&mut command)
    }
}

/// Runs a Python program with the published package; `None` when it is not here.
pub fn python(program: &str, arguments: &[&str]) -> Option<Said> {
    let mut command = python_command()?;
    command.args(["-c", program]).args(arguments);
    Some(said(&mut command))
}

/// Runs a Python program with the published package that reads one JSON value from
/// standard input and prints one; `None` when it is not here.
pub fn answer(program: &str, input: &Value) -> Option<Value> {
    let mut child = python_command()?
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
    Some(serde_json::from_slice(&output.stdout).expect("it prints JSON"))
}

/// A Python that has the published package; `None` when it is not here.
pub fn python_command() -> Option<Command> {
    let package = installed("python")?;
    let mut command = Command::new("python3");
    command.env("PYTHONPATH", package);
    Some(command)
}

fn installed(path: &str) -> Option<PathBuf> {
    let Some(root) = std::env::var_os("SIGNET_PUBLISHED") else {
        skip("SIGNET_PUBLISHED is not set: see ffi-tests/published/install");
        return None;
    };
    let found = Path::new(&root).join(path);
    if !found.exists() {
        skip(&format!("{} is not installed", found.display()));
        return None;
    }
    Some(found)
}

fn said(command: &mut Command) -> Said {
    let output = command.output().expect("the program runs");
    let both = [output.stdout, output.stderr].concat();
    Said {
        exit: output.status.code().unwrap_or(-1),
        text: String::from_utf8_lossy(&both).into_owned(),
    }
}
