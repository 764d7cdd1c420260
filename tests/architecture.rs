//! The shape of the house, read from its source: dependencies point down,
//! `unsafe` stays at the border, and files stay small enough to read.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The floors. A module may use those on lower floors, its own floor, and
/// nothing above.
const FLOORS: &[(&str, u32)] = &[
    ("error", 0),
    ("crypto", 1),
    ("encoding", 1),
    ("identity", 2),
    ("tlog", 2),
    ("receipt", 3),
    ("authority", 4),
    ("verifier", 5),
    ("mcp", 6),
    ("log", 7),
    ("ffi", 8),
];

/// The command line: a program of its own over the library's public API, where
/// `crate::` means the program.
const PROGRAM: &str = "cli";

/// The transparency log tree is pure: it knows hashes, texts and errors.
const BELOW_TLOG: &[&str] = &["tlog", "crypto", "encoding", "error"];

/// Files outside `src/ffi` that may hold `unsafe`, each a wrapper of one system
/// call that the standard library does not offer.
const SYSTEM_CALLS: &[&str] = &[];

/// Longer files hold more than one idea.
const MAX_LINES: usize = 600;

#[test]
fn dependencies_point_down() {
    let floors: BTreeMap<_, _> = FLOORS.iter().copied().collect();
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let Some(here) = module_of(&path).filter(|here| here != PROGRAM) else {
            continue;
        };
        let floor = floors
            .get(here.as_str())
            .unwrap_or_else(|| panic!("on which floor is src/{here}? say so in FLOORS"));
        for (number, line) in code_lines(&text) {
            for used in modules_used(line) {
                let points_down = match floors.get(used) {
                    _ if here == "tlog" => BELOW_TLOG.contains(&used),
                    Some(other) => other <= floor,
                    None => panic!("on which floor is `crate::{used}`? say so in FLOORS"),
                };
                // Side by side on one floor are only texts and primitives.
                let is_neighbour = floors.get(used) == Some(floor) && used != here && *floor != 1;
                if !points_down || is_neighbour {
                    wrong.push(format!("{}:{number}: {here} uses {used}", path.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn unsafe_code_stays_at_the_border() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let inside = inside_src(&path);
        if inside.starts_with("ffi") || SYSTEM_CALLS.iter().any(|named| inside == Path::new(named))
        {
            continue;
        }
        for (number, line) in code_lines(&text) {
            let words = line.split(|c: char| !c.is_alphanumeric() && c != '_');
            if words.clone().any(|word| word == "unsafe")
                || line.contains("allow(unsafe_code")
                || line.contains("expect(unsafe_code")
            {
                wrong.push(format!("{}:{number}: {line}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    let root = std::fs::read_to_string(root().join("src/lib.rs")).unwrap();
    assert!(root.contains("\n#![deny(unsafe_code)]\n"));
}

#[test]
fn the_core_knows_nothing_of_c() {
    for (path, text) in sources() {
        if inside_src(&path).starts_with("ffi") {
            continue;
        }
        for (number, line) in code_lines(&text) {
            let foreign = [
                "extern \"C\"",
                "no_mangle",
                "c_char",
                "c_void",
                "CString",
                "CStr",
            ]
            .iter()
            .find(|word| line.contains(**word));
            assert!(
                foreign.is_none()
                    || SYSTEM_CALLS
                        .iter()
                        .any(|named| inside_src(&path) == Path::new(named)),
                "{}:{number}: {line}",
                path.display()
            );
        }
    }
}

#[test]
fn every_file_says_why_it_exists() {
    for (path, text) in sources() {
        let first = text.lines().next().unwrap_or_default();
        assert!(
            first.starts_with("//! ") && first.len() > 10,
            "{} does not open with a `//!` paragraph",
            path.display()
        );
    }
}

#[test]
fn files_are_short_enough_to_read() {
    let long: Vec<String> = sources()
        .iter()
        .map(|(path, text)| (path, text.lines().count()))
        .filter(|(_, lines)| *lines >= MAX_LINES)
        .map(|(path, lines)| format!("{} has {lines} lines", path.display()))
        .collect();
    assert!(long.is_empty(), "what is the second idea of {long:#?}?");
}

#[test]
fn names_say_what_a_file_is_about() {
    for (path, _) in sources() {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        assert!(
            ![
                "util", "utils", "common", "helper", "helpers", "manager", "misc", "types"
            ]
            .contains(&name.as_str()),
            "{}",
            path.display()
        );
    }
}

/// A test of the tests: what counts as using a module.
#[test]
fn uses_are_found_wherever_they_stand() {
    let used = |line| modules_used(line).collect::<Vec<_>>();
    assert_eq!(used("use crate::log::Log;"), ["log"]);
    assert_eq!(
        used("    let x = crate::receipt::sign(crate::identity::x());"),
        ["receipt", "identity"]
    );
    assert_eq!(
        used("use crate::{log, receipt::Receipt};"),
        ["log", "receipt"]
    );
    assert_eq!(used("use crate::Error;"), ["error"]);
    assert_eq!(used("pub(crate) fn f() {}"), Vec::<&str>::new());
    assert_eq!(used("use mycrate::log;"), Vec::<&str>::new());
}

/// The modules that a line of code names by way of `crate::`.
fn modules_used(line: &str) -> impl Iterator<Item = &str> {
    let mut found = Vec::new();
    for (at, _) in line.match_indices("crate::") {
        let before = line.get(..at).unwrap_or_default();
        if before.ends_with(|c: char| c.is_alphanumeric() || c == '_') {
            continue;
        }
        let after = line.get(at + "crate::".len()..).unwrap_or_default();
        let paths: Vec<&str> = match after.strip_prefix('{') {
            Some(list) => {
                let list = list.split('}').next().unwrap_or_default();
                list.split(',').map(str::trim).collect()
            }
            None => vec![after],
        };
        for path in paths {
            let end = path
                .find(|c: char| !c.is_alphanumeric() && c != '_')
                .unwrap_or(path.len());
            match path.get(..end) {
                // Re-exported at the root.
                Some("Error" | "ErrorKind" | "Result") => found.push("error"),
                Some(name) if !name.is_empty() => found.push(name),
                _ => {}
            }
        }
    }
    found.into_iter()
}

/// The lines that are not comments, with their numbers.
fn code_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .enumerate()
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
        .map(|(at, line)| (at + 1, line))
}

/// The top-level module that a file belongs to; none for the root.
fn module_of(path: &Path) -> Option<String> {
    let first = inside_src(path).components().next()?;
    let name = first.as_os_str().to_string_lossy().into_owned();
    let name = name.trim_end_matches(".rs").to_owned();
    (name != "lib").then_some(name)
}

fn inside_src(path: &Path) -> &Path {
    path.strip_prefix(root().join("src")).unwrap()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every Rust source of the library.
fn sources() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join("src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    assert!(found.len() > 20, "src is not where it was");
    found.sort();
    found
}

#[test]
fn every_recorded_file_is_run_by_a_test() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let mut tests = String::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.ends_with("vectors") {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                tests.push_str(&std::fs::read_to_string(path).unwrap());
            }
        }
    }
    let mut recorded = 0;
    for entry in std::fs::read_dir(root.join("vectors/prismer")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let stem = name.strip_suffix(".json").unwrap();
        let read = [format!("\"{stem}\""), format!("{name}\"")];
        assert!(
            read.iter().any(|mention| tests.contains(mention)),
            "no test reads {name}"
        );
        recorded += 1;
    }
    assert!(recorded >= 25, "{recorded}");
}
