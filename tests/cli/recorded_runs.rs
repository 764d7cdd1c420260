//! The places of recorded runs, and what of their answers can be compared.

use serde_json::Value;

use crate::program::Place;

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
