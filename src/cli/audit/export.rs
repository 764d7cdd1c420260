//! Exporting records into a JSON file.
//!
//! The file is written beside its place and moved there whole, for its owner only:
//! with --decrypt-params it holds what was encrypted in the log.

use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use serde_json::json;
use signet::encoding::key_text;
use signet::log::{LogFolder, ParamsKey, Query, SealedParams, StoredRecord};
use zeroize::Zeroizing;

use super::list::{append_record, flow};
use crate::context::Context;
use crate::failure::{Done, Failure, Outcome};
use crate::params_keys;
use crate::pretty::indented;
use crate::terminal::{answer_line, comment};

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
    let mut target = Target::beside(path)?;
    let written = write_records(&mut target, log, query, decrypt.then_some(&keys));
    let count = match written {
        Ok(count) => count,
        Err(failure) => {
            target.discard();
            return Err(failure);
        }
    };
    target.publish()?;
    comment(format!("Exported {count} records to {}", path.display()));
    match context.json {
        true => answer_line(json!({"file": path.to_string_lossy(), "records": count}).to_string()),
        false => Ok(()),
    }
}

fn write_records(
    target: &mut Target,
    log: Option<&LogFolder>,
    query: &Query<'_>,
    keys: Option<&Vec<ParamsKey>>,
) -> Result<u64, Failure> {
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
                let shown = Zeroizing::new(indented(&text));
                target.write(separator.as_bytes())?;
                // One level deeper than by itself; texts have no line feeds.
                for part in shown.split_inclusive(|byte| *byte == b'\n') {
                    target.write(part)?;
                    if part.ends_with(b"\n") {
                        target.write(b"  ")?;
                    }
                }
                Ok(())
            });
            flow(&done)
        })?;
    }
    done?;
    target.write(match count {
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
        append_record(out, record, None);
        return Ok(());
    };
    if !record.view().has_encrypted_params() {
        append_record(out, record, Some(&record.receipt));
        return Ok(());
    }
    let opened = open(record, keys)?;
    append_record(out, record, Some(&opened));
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

/// The file while it is written.
struct Target {
    /// Where it is written until it is whole; nothing where it is written in place,
    /// because a terminal, a pipe or a device is not replaced.
    part: Option<PathBuf>,
    /// Where it belongs, behind symbolic links.
    path: PathBuf,
    file: BufWriter<File>,
}

impl Target {
    fn beside(path: &Path) -> Result<Target, Failure> {
        let failed = |error| Failure::file("export", path, &error);
        let Some(name) = path.file_name() else {
            return Err(Failure::usage(format!(
                "--export '{}': it must name a file",
                path.display()
            )));
        };
        let mut options = OpenOptions::new();
        options.write(true);
        if std::fs::metadata(path).is_ok_and(|found| !found.is_file()) {
            let file = options.open(path).map_err(failed)?;
            return Ok(Target {
                part: None,
                path: path.to_owned(),
                file: BufWriter::new(file),
            });
        }
        let path = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let mut beside = std::ffi::OsString::from(".");
        beside.push(path.file_name().unwrap_or(name));
        beside.push(format!(".{}.part", std::process::id()));
        let part = path.with_file_name(beside);
        let file = options.create_new(true).mode(0o600).open(&part);
        Ok(Target {
            file: BufWriter::new(file.map_err(failed)?),
            part: Some(part),
            path,
        })
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.file
            .write_all(bytes)
            .map_err(|error| Failure::file("export", &self.path, &error))
    }

    fn publish(mut self) -> Done {
        let written = self.file.flush();
        let moved = written.and_then(|()| match &self.part {
            Some(part) => {
                self.file.get_ref().sync_all()?;
                std::fs::rename(part, &self.path)
            }
            None => Ok(()),
        });
        moved.map_err(|error| {
            self.discard();
            Failure::file("export", &self.path, &error)
        })
    }

    fn discard(&self) {
        if let Some(part) = &self.part {
            let _ = std::fs::remove_file(part);
        }
    }
}
