//! The tools about the audit log: find records, prove them, and append what was
//! signed.

use std::ops::ControlFlow;
use std::sync::{Mutex, OnceLock};

use serde_json::{Value, json};
use signet::authority::policy::{Policy, RateLimits};
use signet::log::{Appended, Log, LogOptions, Query, QueryText, StoredRecord, line};
use signet::{Error, ErrorKind};

use crate::context::Context;
use crate::failure::Failure;

use super::arguments::{Arguments, refuse};
use super::catalog::{DEFAULT_RECORDS, MAX_RECORDS};
use super::service::Answer;
use super::signing_tools::tree;

/// The most that one query answers, in bytes of records.
const MAX_ANSWER_LEN: usize = 256 << 10;

/// The log of the home folder, opened when it is first asked for and kept open.
pub struct LogTools {
    context: Context,
    options: LogOptions,
    read_only: bool,
    open: OnceLock<Log>,
    opening: Mutex<()>,
}

impl LogTools {
    /// The log as it is opened with these options.
    pub fn new(context: Context, options: LogOptions, read_only: bool) -> LogTools {
        LogTools {
            context,
            options,
            read_only,
            open: OnceLock::new(),
            opening: Mutex::new(()),
        }
    }

    /// Whether there is a key that signs checkpoints.
    pub fn can_prove(&self) -> bool {
        self.options.log_key.is_some()
    }

    /// The counters of a policy's rate limits, with the calls that the log holds.
    pub fn count_calls(&self, policy: &Policy) -> Result<RateLimits, Failure> {
        match policy.longest_window_seconds() {
            Some(_) => Ok(self.log()?.count_calls(policy, self.context.now())?),
            None => Ok(RateLimits::new()),
        }
    }

    /// Appends a record in JSON.
    pub fn append(&self, json: &[u8]) -> Result<Appended, Failure> {
        Ok(self.log()?.append_json(json)?)
    }

    /// The newest records that match, within bounds.
    pub fn query(&self, arguments: &Arguments<'_>) -> Result<Answer, Failure> {
        let text = QueryText::parse(arguments.json())?;
        let limit = arguments.whole("limit")?.unwrap_or(DEFAULT_RECORDS);
        if limit == 0 || limit > MAX_RECORDS {
            return Err(refuse("limit", "it must be from 1 to 200"));
        }
        if self.read_only && !self.context.home().join("audit").is_dir() {
            // Opening a log makes its folders.
            return Ok(json!({ "records": [], "truncated": false }).into());
        }
        let mut found: Vec<StoredRecord> = Vec::new();
        let (mut len, mut truncated) = (0_usize, false);
        let newest = Query {
            limit: Some(limit.saturating_add(1)),
            newest_first: true,
            ..text.query()
        };
        self.log()?.query(&newest, |record| {
            len = len.saturating_add(record.receipt.len().min(MAX_ANSWER_LEN));
            // One that is too long by itself is named, not shown.
            truncated = found.len() as u64 >= limit || (len > MAX_ANSWER_LEN && !found.is_empty());
            if truncated {
                return ControlFlow::Break(());
            }
            found.push(record.clone());
            ControlFlow::Continue(())
        })?;
        if !text.query().newest_first {
            found.reverse();
        }
        let records: Result<Vec<Value>, Failure> = found.iter().map(shown).collect();
        Ok(json!({ "records": records?, "truncated": truncated }).into())
    }

    /// Proves a record.
    pub fn prove(&self, arguments: &Arguments<'_>) -> Result<Answer, Failure> {
        let index = arguments.whole("index")?;
        let id = arguments.text("receipt_id")?;
        let log = self.log()?;
        let index = match (index, id) {
            (Some(index), None) => index,
            (None, Some(id)) => index_of(log, &id)?,
            _ => return Err(refuse("index", "give either index or receipt_id")),
        };
        let record = log.read(index)?;
        let proof = log.prove(index)?;
        let mut answer = json!({
            "index": index,
            "size": proof.checkpoint().head().size,
            "record_hash": line::hash_text(&record.record_hash),
            "proof": proof.encode(),
            "vkey": log.verifier_key()?.to_string(),
        });
        if let Some(id) = record.view().id() {
            answer["receipt_id"] = id.into();
        }
        Ok(answer.into())
    }

    fn log(&self) -> Result<&Log, Failure> {
        if let Some(log) = self.open.get() {
            return Ok(log);
        }
        let _one_at_a_time = self.opening.lock();
        if let Some(log) = self.open.get() {
            return Ok(log);
        }
        let log = self.context.log(self.options.clone())?;
        Ok(self.open.get_or_init(|| log))
    }
}

fn shown(record: &StoredRecord) -> Result<Value, Failure> {
    let mut shown =
        json!({ "index": record.index, "record_hash": line::hash_text(&record.record_hash) });
    match record.receipt.len() {
        len if len > MAX_ANSWER_LEN => shown["omitted_bytes"] = len.into(),
        _ => shown["receipt"] = tree(&record.receipt)?,
    }
    Ok(shown)
}

/// The record of a receipt, newest first.
fn index_of(log: &Log, id: &str) -> Result<u64, Failure> {
    let newest_first = Query {
        newest_first: true,
        ..Query::default()
    };
    let mut index = None;
    log.query(&newest_first, |record| {
        if record.view().id().is_some_and(|found| found == id) {
            index = Some(record.index);
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    })?;
    index.ok_or_else(|| {
        let detail = "it has no record with this receipt id";
        Error::new(ErrorKind::RecordNotFound, "log", detail).into()
    })
}
