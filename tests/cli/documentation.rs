//! The documentation as a reader meets it: what stands there as a command runs, in
//! the order of its chapter, and what it is said to print is printed.
//!
//! A block marked `sh` runs in a shell and must succeed. In one marked `console`
//! the lines after `$` run, however they end, and the other lines are what they
//! print, in which `...` stands for anything. A block with a file name behind its
//! language is put into that file. Blocks with any other mark are for the eye:
//! `shell` for commands that need a terminal, a network or a compiler.

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::program::Place;
use crate::recorded::matches;

/// Separates what blocks print.
const MARK: &str = "-- block ";

/// What is done with a block.
enum Kind {
    Script,
    Session,
    File(String),
}

struct Block {
    kind: Kind,
    /// The line of the document with its first line.
    line: usize,
    text: String,
}

/// The blocks of a document, or of one section of it, that mean something here.
fn blocks(document: &str, section: Option<&str>) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut inside = section.is_none();
    // Whether the block that is open is one of them.
    let mut open = None;
    for (number, line) in document.lines().enumerate() {
        match (open, line.strip_prefix("```")) {
            (None, Some(mark)) => {
                let kind = match mark.split_once(' ') {
                    Some((_, file)) => Some(Kind::File(file.to_owned())),
                    None if mark == "sh" => Some(Kind::Script),
                    None if mark == "console" => Some(Kind::Session),
                    None => None,
                };
                let block = kind.filter(|_| inside).map(|kind| Block {
                    kind,
                    line: number + 2,
                    text: String::new(),
                });
                open = Some(block.is_some());
                blocks.extend(block);
            }
            (Some(_), Some(_)) => open = None,
            (Some(true), None) => {
                let text = &mut blocks.last_mut().unwrap().text;
                text.push_str(line);
                text.push('\n');
            }
            (Some(false), None) => {}
            (None, None) if line.starts_with("## ") => {
                inside = section.is_none_or(|section| section == line);
            }
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a block has no end");
    blocks
}

/// The commands of a session, and what each prints.
fn session(text: &str) -> Vec<(String, Vec<&str>)> {
    let mut steps: Vec<(String, Vec<&str>)> = Vec::new();
    for line in text.lines() {
        let goes_on = steps
            .last()
            .is_some_and(|(command, printed)| printed.is_empty() && command.ends_with("\\\n"));
        match line.strip_prefix("$ ") {
            Some(command) => steps.push((format!("{command}\n"), Vec::new())),
            None if goes_on => {
                let (command, _) = steps.last_mut().unwrap();
                command.push_str(line);
                command.push('\n');
            }
            None => steps.last_mut().expect("a command").1.push(line),
        }
    }
    steps
}

/// Runs the blocks of a document in a fresh home, as somebody would who types them
/// in.
fn follow(document: &str, section: Option<&str>) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(document);
    let text = std::fs::read_to_string(path).unwrap();
    let blocks = blocks(&text, section);
    assert!(!blocks.is_empty(), "{document} has nothing to run");
    let place = Place::new();
    let mut script = String::new();
    let mut expected = Vec::new();
    for block in &blocks {
        let here = format!("{document}:{}", block.line);
        match &block.kind {
            Kind::File(name) => place.write(name, &block.text),
            Kind::Script => {
                let _ = writeln!(script, "echo '{MARK}{here}'; set -e\n{}", block.text);
                expected.push((here, None));
            }
            Kind::Session => {
                for (command, printed) in session(&block.text) {
                    // `$?` stays what it was.
                    let _ = writeln!(
                        script,
                        "exit_code=$?; echo '{MARK}{here}'; set +e; (exit $exit_code)\n{command}"
                    );
                    expected.push((here.clone(), Some(printed)));
                }
            }
        }
    }
    script.push_str("echo '-- end'\n");
    place.write(".script", &script);
    let program = Path::new(env!("CARGO_BIN_EXE_signet")).parent().unwrap();
    let path = std::env::var("PATH").unwrap_or_default();
    let done = Command::new("setsid")
        .args(["--wait", "bash", "-u", "-o", "pipefail", "-c"])
        .arg("exec 2>&1; . ./.script")
        .env_clear()
        .env("PATH", format!("{}:{path}", program.display()))
        .env("HOME", place.path())
        .env("SIGNET_PASSPHRASE", "correct horse")
        .current_dir(place.path())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    let reached = said.ends_with("-- end\n");
    assert!(reached, "{document} does not run:\n{said}");
    let parts = said.split(MARK).skip(1);
    for (part, (here, printed)) in parts.zip(&expected) {
        let Some(printed) = printed else { continue };
        let lines: Vec<&str> = part.lines().skip(1).collect();
        let mut rest = lines.iter().filter(|line| **line != "-- end");
        for wanted in printed {
            let pattern = wanted.replace("...", "*");
            assert!(
                rest.any(|line| matches(&pattern, line)),
                "{here}: \"{wanted}\" is not printed:\n{}",
                lines.join("\n")
            );
        }
    }
}

#[test]
fn the_section_of_the_readme_about_the_program_runs() {
    follow("README.md", Some("## The program"));
}

#[test]
fn the_chapter_on_keys_and_signing_runs() {
    follow("docs/cli/keys-and-signing.md", None);
}

#[test]
fn the_chapter_on_verifying_runs() {
    follow("docs/cli/verifying.md", None);
}

#[test]
fn the_chapter_on_the_log_runs() {
    follow("docs/cli/log.md", None);
}

#[test]
fn the_chapter_on_delegation_and_trust_runs() {
    follow("docs/cli/delegation-and-trust.md", None);
}

#[test]
fn the_chapter_on_the_proxy_runs() {
    follow("docs/cli/proxy.md", None);
}

#[test]
fn the_chapter_on_hooks_runs() {
    follow("docs/cli/hooks.md", None);
}

#[test]
fn the_chapter_on_the_mcp_server_runs() {
    follow("docs/cli/mcp-server.md", None);
}

#[test]
fn what_holds_for_every_command_runs() {
    follow("docs/cli/README.md", None);
}

#[test]
fn every_chapter_is_followed_and_is_in_the_table() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/cli");
    let tests = include_str!("documentation.rs");
    let contents = std::fs::read_to_string(folder.join("README.md")).unwrap();
    for entry in std::fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(tests.contains(&format!("docs/cli/{name}\"")), "{name}");
        assert!(name == "README.md" || contents.contains(&format!("({name})")));
    }
}

/// Asserts that `docs/compatibility.md` has each of these sentences.
#[track_caller]
pub fn assert_documented<'a>(sentences: impl IntoIterator<Item = &'a str>) {
    let document = include_str!("../../docs/compatibility.md");
    let document = document.split_whitespace().collect::<Vec<_>>().join(" ");
    for sentence in sentences {
        assert!(document.contains(sentence), "not documented: {sentence}");
    }
}
