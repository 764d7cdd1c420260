//! The published program on the same home folder, from the folder that the
//! environment variable `SIGNET_PUBLISHED` names.

use std::path::{Path, PathBuf};

use assert_cmd::Command;

use crate::program::Place;

/// The program, in the working folder of a place; `None` when it is not here,
/// which has then been said.
pub fn signet(place: &Place) -> Option<Command> {
    let mut command = Command::new(program()?);
    command
        .env_clear()
        .env("HOME", place.path())
        .env("SIGNET_HOME", "home")
        .current_dir(place.path());
    Some(command)
}

fn program() -> Option<PathBuf> {
    let Some(root) = std::env::var_os("SIGNET_PUBLISHED") else {
        let forbidden = std::env::var("SIGNET_FORBID_SKIPS").is_ok_and(|value| value == "1");
        assert!(
            !forbidden,
            "skipping is forbidden, but SIGNET_PUBLISHED is not set"
        );
        println!("skipped: SIGNET_PUBLISHED is not set");
        return None;
    };
    let program = Path::new(&root).join("bin/signet");
    let program = std::path::absolute(program).unwrap();
    assert!(program.exists(), "{} does not exist", program.display());
    Some(program)
}
