//! What is signed: params of two kinds, members out of order in both, so that
//! canonicalising has something to do.

use std::fmt::Write;

/// Prose in few members, with the odd escape and accent, `size` bytes of JSON.
pub fn prose(size: usize) -> String {
    const SENTENCES: &str = "The quarterly report was replaced by the one that the auditors \
        asked for; nothing else in the directory has changed since Monday. \\\"Keep the old \
        copy\\\", wrote Zo\u{eb}, \\\"until the retention period is over.\\\"\\n";
    let mut text = String::from(r#"{"path":"/srv/reports/2026-Q3.txt","content":""#);
    let tail = r#"","append":false}"#;
    let room = size - text.len() - tail.len();
    let mut filler = SENTENCES.repeat(room / SENTENCES.len() + 1);
    while filler.len() > room || filler.ends_with('\\') {
        filler.pop();
    }
    text.push_str(&filler);
    text.push_str(tail);
    text
}

/// Many small objects with numbers, at least `size` bytes of JSON.
pub fn structured(size: usize) -> String {
    let mut text = String::from(r#"{"table":"orders","rows":["#);
    for row in 0_u32.. {
        if row > 0 {
            text.push(',');
        }
        let (units, cents) = (row * 7919 % 10_007, row * 31 % 100);
        let _ = write!(
            text,
            r#"{{"id":{},"amount":{units}.{cents:02},"sku":"A-{}","paid":{},"at":[{},{}.5]}}"#,
            100_000 + row,
            row * 13 % 997,
            row % 3 == 0,
            row % 90,
            row % 180,
        );
        if text.len() + 2 >= size {
            break;
        }
    }
    text.push_str("]}");
    text
}

/// The action of a call with these params, as both libraries read it.
pub fn action(params: &str) -> String {
    format!(
        r#"{{"tool":"write_file","params":{params},"params_hash":"","target":"mcp://files","transport":"stdio"}}"#
    )
}
