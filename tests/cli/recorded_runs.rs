//! Recorded runs of the published program, run again with ours.

use serde_json::Value;

use crate::program::Place;
use crate::recorded::{cases, file, name};

/// How a run of ours ends otherwise, on purpose.
#[derive(Clone, Copy, Debug)]
pub enum Recorded {
    /// With this exit code, for a reason that `docs/compatibility.md` gives.
    Exit(i32, &'static str),
    /// It is not run again, and why.
    NotRun(&'static str),
}

/// Runs the cases of a file whose names begin so: the exit code and standard
/// output are those that were recorded, ids, nonces, signatures and times aside.
pub fn of(recording: &str, prefix: &str, otherwise: impl Fn(&str) -> Option<Recorded>) {
    let file = file(recording);
    let mut run = 0;
    for case in cases(&file)
        .iter()
        .filter(|case| name(case).starts_with(prefix))
    {
        let expected = match otherwise(name(case)) {
            Some(Recorded::NotRun(why)) => {
                println!("{}: {why}", name(case));
                continue;
            }
            Some(Recorded::Exit(exit, reason)) => {
                assert_documented(reason);
                Some(exit)
            }
            None => None,
        };
        run += 1;
        let place = place_of(&file, case);
        let args = case["args"].as_array().unwrap().iter();
        let environment = case["env"].as_object().into_iter().flatten();
        let done = place
            .without_terminal()
            .args(args.map(|arg| arg.as_str().unwrap()))
            .envs(environment.map(|(name, value)| (name, value.as_str().unwrap())))
            .assert();
        let output = done.get_output();
        let said = String::from_utf8_lossy(&output.stderr);
        let exit = i64::from(output.status.code().unwrap());
        match expected {
            Some(expected) => assert_eq!(exit, i64::from(expected), "{}: {said}", name(case)),
            None => {
                assert_eq!(exit, case["exit"], "{}: {said}", name(case));
                let stdout = String::from_utf8_lossy(&output.stdout);
                assert_eq!(
                    masked(&stdout),
                    masked(case["stdout"].as_str().unwrap()),
                    "{}",
                    name(case)
                );
            }
        }
    }
    assert!(run > 0);
}

/// A folder with the home and the files of a case.
pub fn place_of(file: &Value, case: &Value) -> Place {
    let place = Place::new();
    for (path, text) in file["home_files"].as_object().into_iter().flatten() {
        place.home_file(path, text.as_str().unwrap());
    }
    for (path, text) in case["files"].as_object().into_iter().flatten() {
        place.write(path, text.as_str().unwrap());
    }
    place
}

/// Asserts that the documentation gives a reason.
pub fn assert_documented(reason: &str) {
    let document = include_str!("../../docs/compatibility.md");
    let document = document.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(document.contains(reason), "not documented: {reason}");
}

/// A text without what differs from run to run.
pub fn masked(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('"') {
        let (before, after) = rest.split_at(at + 1);
        out.push_str(before);
        let Some(end) = after.find('"') else {
            out.push_str(after);
            return out;
        };
        let (inside, tail) = after.split_at(end);
        out.push_str(mask_of(inside));
        out.push('"');
        rest = &tail[1..];
    }
    out + rest
}

fn mask_of(text: &str) -> &str {
    let hex = |prefix: &str| {
        let digits = text.strip_prefix(prefix);
        digits.is_some_and(|digits| {
            digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
        })
    };
    if hex("rec_") || hex("dec_") || hex("rnd_") || hex("del_") {
        &text[..4]
    } else if text.starts_with("ed25519:") && text.len() == 96 {
        "sig"
    } else if text.len() >= 20 && text.ends_with('Z') && text.as_bytes()[10] == b'T' {
        "time"
    } else {
        text
    }
}
