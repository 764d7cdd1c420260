//! What every command does with its outputs: colours only where somebody looks, no
//! complaint when nobody reads on, an error when nothing can be written.

use std::process::{Command, Output, Stdio};

use crate::logs;
use crate::program::Place;

/// Runs a line of a shell in which `signet` is the program.
fn shell(place: &Place, line: &str) -> Output {
    let folder = std::path::Path::new(env!("CARGO_BIN_EXE_signet")).parent();
    let path = std::env::var("PATH").unwrap_or_default();
    Command::new("bash")
        .args(["-c", line])
        .env_clear()
        .env("PATH", format!("{}:{path}", folder.unwrap().display()))
        .env("HOME", place.path())
        .env("SIGNET_HOME", "home")
        .current_dir(place.path())
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

#[test]
fn colours_are_for_terminals_and_for_who_asks_for_them() {
    let place = logs::with_records(2);
    let is_coloured = |args: &str| {
        let args = args.split(' ');
        place.ok(args).contains('\u{1b}')
    };
    assert!(!is_coloured("log verify"));
    assert!(!is_coloured("log verify --color never"));
    assert!(is_coloured("log verify --color always"));
    assert!(!is_coloured("log verify --color always --json"));
    place.fails(2, ["log", "verify", "--color", "blue"]);
}

#[test]
fn who_reads_no_further_has_read_enough() {
    let place = Place::new();
    let done = shell(
        &place,
        "signet completions bash | head -c 1 > /dev/null; exit ${PIPESTATUS[0]}",
    );
    assert_eq!(done.status.code(), Some(0));
    assert!(done.stderr.is_empty());
}

#[test]
fn an_answer_that_cannot_be_written_is_an_error() {
    let place = Place::new();
    let done = shell(&place, "signet completions bash > /dev/full");
    assert_eq!(done.status.code(), Some(3));
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(said.contains("standard output"), "{said}");
}

#[test]
fn a_file_that_is_written_is_whole_or_not_there_and_links_stay_links() {
    let place = Place::with_agent();
    place.write("real", "old");
    std::os::unix::fs::symlink("real", place.path().join("link")).unwrap();
    let sign = "sign --key agent --tool t --params {} --target mcp://t --output";
    place.ok(sign.split(' ').chain(["link"]));
    let link = place.path().join("link").symlink_metadata().unwrap();
    assert!(link.is_symlink());
    let text = std::fs::read_to_string(place.path().join("real")).unwrap();
    assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok());
    // A pipe is written to and not replaced.
    let done = shell(&place, &format!("signet {sign} /dev/stdout | head -c 4"));
    assert_eq!(done.stdout, b"{\"v\"");
    place.fails(3, sign.split(' ').chain(["absent/receipt.json"]));
    let left = std::fs::read_dir(place.path()).unwrap();
    let left = left.map(|entry| entry.unwrap().file_name());
    assert!(
        left.into_iter()
            .all(|name| !name.to_string_lossy().ends_with(".tmp"))
    );
}
