//! The committed header is the one that the source makes now, and it is the
//! header of every configuration.

use std::sync::OnceLock;

use signet_ffi_tests::{generate_header, generate_status_codes, root, source};

fn generated() -> &'static str {
    static HEADER: OnceLock<String> = OnceLock::new();
    HEADER.get_or_init(|| generate_header().unwrap())
}

fn committed(name: &str) -> String {
    std::fs::read_to_string(root().join(name)).unwrap_or_default()
}

#[test]
fn the_committed_header_is_current() {
    assert!(
        committed("include/signet.h") == generated(),
        "include/signet.h is not what src/ffi makes: run `make header`"
    );
}

#[test]
fn the_committed_table_of_statuses_is_current() {
    assert!(
        committed("docs/status-codes.md") == generate_status_codes().unwrap(),
        "docs/status-codes.md is not what src/ffi makes: run `make header`"
    );
}

#[test]
fn the_header_declares_every_entry_point_once() {
    for function in source::entry_points().unwrap() {
        let name = function.sig.ident.to_string();
        let code = code_of(generated());
        let declared = code.matches(&format!("{name}(")).count();
        assert_eq!(declared, 1, "{name} is declared {declared} times");
    }
}

#[test]
fn the_header_is_the_same_in_every_configuration() {
    let header = generated();
    let conditions = header.lines().filter(|line| line.starts_with("#if"));
    for condition in conditions {
        let names = condition.split(|c: char| !c.is_alphanumeric() && c != '_');
        for name in names.filter(|name| name.starts_with("SIGNET_")) {
            let about_the_compiler = [
                "SIGNET_H",
                "SIGNET_SHARED",
                "SIGNET_EXPORT",
                "SIGNET_NODISCARD",
                "SIGNET_DEPRECATED",
            ];
            assert!(about_the_compiler.contains(&name), "{condition}");
        }
    }
    let includes: Vec<_> = header
        .lines()
        .filter(|l| l.starts_with("#include"))
        .collect();
    assert_eq!(includes, ["#include <stddef.h>", "#include <stdint.h>"]);
}

#[test]
fn the_header_speaks_to_readers_of_c() {
    for (at, line) in generated().lines().enumerate() {
        for word in [
            "# Safety", "Option<", "&mut ", "usize", "unsafe", "`Arc`", "[`", "std::",
        ] {
            assert!(!line.contains(word), "line {}: {line}", at + 1);
        }
        // The header is read in terminals and in code review.
        assert!(line.chars().count() <= 100, "line {}: {line}", at + 1);
        assert!(
            !line.contains('\t') && line.trim_end() == line,
            "line {}",
            at + 1
        );
    }
}

/// Every status name that a text mentions is a status.
#[test]
fn no_text_mentions_a_status_that_is_none() {
    let known: Vec<String> = source::statuses()
        .unwrap()
        .into_iter()
        .map(|s| s.name)
        .collect();
    let mut texts = vec![("include/signet.h".to_owned(), generated().to_owned())];
    for folder in ["docs", "examples-c", "."] {
        let Ok(entries) = std::fs::read_dir(root().join(folder)) else {
            continue;
        };
        for entry in entries.flatten() {
            let path = entry.path();
            let is_text = path
                .extension()
                .is_some_and(|e| e == "md" || e == "c" || e == "hpp");
            if is_text && path.is_file() {
                texts.push((
                    path.display().to_string(),
                    std::fs::read_to_string(&path).unwrap(),
                ));
            }
        }
    }
    for (path, text) in texts {
        for word in text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_') {
            // `SIGNET_ERR_JSON_…` stands for several; SIGNET_ERR_UNKNOWN for none.
            let is_name = word.starts_with("SIGNET_ERR_") && !word.ends_with('_');
            assert!(
                !is_name || word == "SIGNET_ERR_UNKNOWN" || known.iter().any(|name| name == word),
                "{path}: {word}"
            );
        }
    }
}

/// The header without its comments.
fn code_of(header: &str) -> String {
    let mut code = String::new();
    let mut rest = header;
    while let Some((before, after)) = rest.split_once("/*") {
        code.push_str(before);
        rest = after.split_once("*/").map_or("", |(_, after)| after);
    }
    code.push_str(rest);
    code
}
