//! Exporting records into a JSON file.
//!
//! The file is written beside its place and moved there whole, for its owner only:
//! with --decrypt-params it holds what was encrypted in the log.

use std::fs::Permissions;
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::json;
use signet::encoding::key_text;
use signet::log::{LogFolder, ParamsKey, Query, SealedParams, StoredRecord};
use zeroize::Zeroizing;

use super::list::{append_record, flow};
use crate::context::Context;
use crate::failure::{Done, Failure, Outcome};
use crate::params_keys;
use crate::published_form::{AS_IT_STANDS, indented};
use crate::terminal::{answer_line, comment};
use crate::whole_file::Draft;

/// Writes the records that a query matches.
pub fn run(
    log: Option<&LogFolder>,
    query: &Query<'_>,
    path: &Path,
    decrypt: bool,
    context: &Context,
) -> Done {
    let keys = match (decrypt, log) {
        (true, Some(log)) => params_keys::for_records(log, query, context)?,
        _ => Vec::new(),
    };
    let failed = |error: io::Error| Failure::file("export", path, &error);
    let draft = Draft::of(path, Some(Permissions::from_mode(0o600))).map_err(failed)?;
    let mut out = BufWriter::new(draft);
    let count = write_records(&mut out, log, query, decrypt.then_some(&keys), &failed)?;
    let draft = out.into_inner().map_err(|error| failed(error.into()))?;
    draft.publish().map_err(failed)?;
    comment(format!("Exported {count} records to {}", path.display()));
    match context.json {
        true => answer_line(json!({"file": path.to_string_lossy(), "records": count}).to_string()),
        false => Ok(()),
    }
}

fn write_records(
    out: &mut impl Write,
    log: Option<&LogFolder>,
    query: &Query<'_>,
    keys: Option<&Vec<ParamsKey>>,
    failed: &dyn Fn(io::Error) -> Failure,
) -> Result<u64, Failure> {
    let mut write = |bytes: &[u8]| out.write_all(bytes).map_err(failed);
    let mut count = 0;
    let mut done = Ok(());
    let mut text = Zeroizing::new(Vec::new());
    if let Some(log) = log {
        log.query(query, |record| {
            let separator = match count {
                0 => "[\n  ",
                _ => ",\n  ",
            };
            count += 1;
            text.clear();
            done = render(&mut text, record, keys).and_then(|()| {
                let shown = Zeroizing::new(indented(&text, &AS_IT_STANDS));
                write(separator.as_bytes())?;
                // One level deeper than by itself; texts have no line feeds.
                for part in shown.split_inclusive('\n') {
                    write(part.as_bytes())?;
                    if part.ends_with('\n') {
                        write(b"  ")?;
                    }
                }
                Ok(())
            });
            flow(&done)
        })?;
    }
    done?;
    write(match count {
        0 => b"[]",
        _ => b"\n]",
    })?;
    Ok(count)
}

fn render(
    out: &mut Vec<u8>,
    record: &StoredRecord,
    keys: Option<&Vec<ParamsKey>>,
) -> Result<(), Failure> {
    let Some(keys) = keys else {
        append_record(out, record, "", None);
        return Ok(());
    };
    if !record.view().has_encrypted_params() {
        append_record(out, record, "", Some(&record.receipt));
        return Ok(());
    }
    let opened = open(record, keys)?;
    append_record(out, record, "", Some(&opened));
    Ok(())
}

/// The receipt of a record with its params in clear.
pub fn open(record: &StoredRecord, keys: &[ParamsKey]) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let sealed = SealedParams::parse(&record.receipt)?;
    let key = keys
        .iter()
        .find(|key| key_text::prefixed(key.signer()) == sealed.signer());
    match key {
        Some(key) => Ok(key.open_json(&record.receipt)?),
        None => Err(Failure::new(
            Outcome::Failed,
            "key_not_found",
            format!(
                "record {}: the params are encrypted, and the key of {} is not here or is locked",
                record.index,
                sealed.signer()
            ),
        )
        .with_advice("Use the home of the signer, and give its passphrase (SIGNET_PASSPHRASE or --passphrase-file).")),
    }
}
