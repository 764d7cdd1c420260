//! What the library and its program are made of may be used by anybody: every
//! dependency's licence is a permissive one.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

/// Permissive licences by their SPDX identifiers.
const PERMISSIVE: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "ISC",
    "MIT",
    "MIT-0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

#[test]
fn every_dependency_is_under_a_permissive_licence() {
    let found = packages();
    let wrong: BTreeSet<String> = found
        .iter()
        .filter(|(_, licence)| !is_permissive(licence))
        .map(|(name, licence)| format!("{name}: {licence}"))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    for name in ["ed25519-dalek", "rmcp", "saphyr-parser"] {
        assert!(found.iter().any(|(found, _)| found == name), "{name}");
    }
}

/// A test of the test.
#[test]
fn an_expression_is_permissive_when_one_may_choose_so() {
    assert!(is_permissive("MIT OR Apache-2.0"));
    assert!(is_permissive("MIT/Apache-2.0"));
    assert!(is_permissive("GPL-3.0 OR MIT"));
    assert!(is_permissive("(MIT OR Apache-2.0) AND Unicode-3.0"));
    assert!(!is_permissive("(MIT OR Apache-2.0) AND GPL-3.0"));
    assert!(!is_permissive("MPL-2.0"));
    assert!(!is_permissive(""));
}

/// Name and licence of everything that is compiled into the library or the
/// program on this machine.
fn packages() -> Vec<(String, String)> {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let tree = output(
        Command::new(env!("CARGO"))
            .args([
                "tree",
                "--locked",
                "--all-features",
                "--edges",
                "normal,build",
            ])
            .args(["--prefix", "none", "--format", "{p}|{l}", "--manifest-path"])
            .arg(manifest),
    );
    let line = |line: &str| {
        let (package, licence) = line.split_once('|')?;
        let name = package.split(' ').next()?;
        Some((name.to_owned(), licence.trim_end_matches(" (*)").to_owned()))
    };
    tree.lines().filter_map(line).collect()
}

fn output(command: &mut Command) -> String {
    let done = command.output().unwrap();
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
    String::from_utf8(done.stdout).unwrap()
}

/// An expression as SPDX has it, or with the slash of old packages: all parts
/// between AND must leave a permissive choice.
fn is_permissive(expression: &str) -> bool {
    let expression = expression.replace('/', " OR ");
    let expression = expression.replace(['(', ')'], "");
    expression.split(" AND ").all(|choices| {
        choices
            .split(" OR ")
            .any(|choice| PERMISSIVE.contains(&choice.trim()))
    })
}
