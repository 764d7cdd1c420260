//! Listing records: a table, or a JSON array.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::ops::ControlFlow;

use signet::log::line::hash_text;
use signet::log::{LogFolder, Query, StoredRecord};

use crate::context::Context;
use crate::failure::Done;
use crate::terminal::{answer, answer_line, nobody_reads, plain};

/// How much is printed at once.
const PART_LEN: usize = 64 << 10;

/// Lists the records that a query matches.
pub fn run(log: Option<&LogFolder>, query: &Query<'_>, context: &Context) -> Done {
    match context.json {
        true => list_json(log, query),
        false => list_table(log, query),
    }
}

fn list_table(log: Option<&LogFolder>, query: &Query<'_>) -> Done {
    let mut out = String::new();
    let mut count = 0_u64;
    let mut printed = Ok(());
    if let Some(log) = log {
        log.query(query, |record| {
            if count == 0 {
                let _ = writeln!(out, "{:<30} {:<15} {:<30} TARGET", "TIME", "SIGNER", "TOOL");
                out.push_str(&"-".repeat(90));
                out.push('\n');
            }
            count += 1;
            row(&mut out, record);
            if out.len() >= PART_LEN {
                printed = answer(&out);
                out.clear();
            }
            flow(&printed)
        })?;
    }
    printed?;
    match count {
        0 => answer_line("No audit records found."),
        _ => answer(format!("{out}\n{count} records\n")),
    }
}

fn row(out: &mut String, record: &StoredRecord) {
    let view = record.view();
    let shown = |text: Option<Cow<'_, str>>| match text {
        Some(text) => plain(&text).into_owned(),
        None => "-".to_owned(),
    };
    let _ = writeln!(
        out,
        "{:<30} {:<15} {:<30} {}",
        shown(view.time_text()),
        shown(view.signer()),
        shown(view.tool()),
        shown(view.target()),
    );
}

fn list_json(log: Option<&LogFolder>, query: &Query<'_>) -> Done {
    let mut out = b"[".to_vec();
    let mut printed = Ok(());
    let mut first = true;
    if let Some(log) = log {
        log.query(query, |record| {
            if !std::mem::replace(&mut first, false) {
                out.push(b',');
            }
            append_record(&mut out, record, "", None);
            if out.len() >= PART_LEN {
                printed = answer(&out);
                out.clear();
            }
            flow(&printed)
        })?;
    }
    printed?;
    out.extend_from_slice(b"]\n");
    answer(&out)
}

/// Appends a record as an object: these members, and `receipt`,
/// `materialized_receipt` where it is given, `prev_hash`, `record_hash`.
pub fn append_record(
    out: &mut Vec<u8>,
    record: &StoredRecord,
    before: &str,
    opened: Option<&[u8]>,
) {
    out.push(b'{');
    out.extend_from_slice(before.as_bytes());
    out.extend_from_slice(b"\"receipt\":");
    out.extend_from_slice(&record.receipt);
    if let Some(opened) = opened {
        out.extend_from_slice(b",\"materialized_receipt\":");
        out.extend_from_slice(opened);
    }
    for (name, hash) in [
        ("prev_hash", &record.previous),
        ("record_hash", &record.record_hash),
    ] {
        out.extend_from_slice(format!(",\"{name}\":\"{}\"", hash_text(hash)).as_bytes());
    }
    out.push(b'}');
}

/// Goes on unless something went wrong, or nobody reads on.
pub fn flow(done: &Done) -> ControlFlow<()> {
    match done {
        Ok(()) if nobody_reads() => ControlFlow::Break(()),
        Ok(()) => ControlFlow::Continue(()),
        Err(_) => ControlFlow::Break(()),
    }
}
