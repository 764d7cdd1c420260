//! `signet explore`: the records of the audit log, one by one and in numbers.
//! What is shown are claims of the records; `--chain` says what they are worth.

mod details;
mod json;
mod stats;
mod table;

use std::ops::ControlFlow;

use clap::Args;
use signet::log::{LogFolder, Query, SealedParams, SignaturePolicy, StoredRecord};
use zeroize::Zeroizing;

use crate::audit::{Counts, open_params};
use crate::context::Context;
use crate::failure::{Done, Failure, Outcome};
use crate::filters::{self, Filters};
use crate::published_form::{self, AS_IT_STANDS};
use crate::terminal::{answer, answer_line, comment, plain, start_of};
use crate::{log_report, params_keys};

/// Which records, and how to look at them.
#[derive(Args, Debug)]
pub struct Command {
    #[command(flatten)]
    filters: Filters,
    /// Show the record of this number in the list
    #[arg(long, value_name = "N")]
    show: Option<u64>,
    /// List the newest so many records
    #[arg(long, value_name = "N", default_value_t = 20)]
    tail: u64,
    /// With --show: the whole receipt in JSON
    #[arg(long)]
    full: bool,
    /// With --show: open encrypted params with the identities of this home
    #[arg(long)]
    decrypt_params: bool,
    /// Whether the log is whole and its signatures hold
    #[arg(long)]
    chain: bool,
    /// Count the records by tool, signer, version and outcome
    #[arg(long)]
    stats: bool,
    /// Only records of this trace
    #[arg(long, value_name = "ID")]
    trace: Option<String>,
}

impl Command {
    /// Runs it.
    pub fn run(self, context: &Context) -> Done {
        if self.decrypt_params && self.show.is_none() {
            return Err(Failure::usage("--decrypt-params requires --show"));
        }
        let query = Query {
            trace: self.trace.as_deref(),
            ..self.filters.query(context)?
        };
        let log = filters::log_of(context)?;
        if self.chain {
            return chain(log.as_ref(), context);
        }
        let Some(log) = &log else {
            return self.nothing(None, &query, self.stats, context);
        };
        if self.stats {
            return self.statistics(log, &query, context);
        }
        match self.show {
            Some(number) => self.show(log, &query, number, context),
            None => self.list(log, &query, context),
        }
    }

    fn list(&self, log: &LogFolder, query: &Query<'_>, context: &Context) -> Done {
        let total = count(log, query)?;
        if total == 0 {
            return self.nothing(Some(log), query, false, context);
        }
        let links = table::Links::of(log)?;
        if links.broken() > 0 {
            comment(format!(
                "The chain is broken at {} places: `signet verify --chain` shows them.",
                links.broken()
            ));
        }
        let newest = Query {
            limit: Some(self.tail),
            ..*query
        };
        let shown = self.tail.min(total);
        let mut number = total - shown;
        let mut out = match context.json {
            true => "[".to_owned(),
            false => table::head(),
        };
        log.query(&newest, |record| {
            number += 1;
            if !context.json {
                table::row(&mut out, number, record, links.state(record.index));
            } else {
                if number > total - shown + 1 {
                    out.push(',');
                }
                out.push_str(&json::listed(number, record, links.state(record.index)));
            }
            ControlFlow::Continue(())
        })?;
        answer(match context.json {
            true => format!("{out}]\n"),
            false => format!(
                "{out}\n{shown} receipts shown (of {total} total). Use --show N for details.\n"
            ),
        })
    }

    fn statistics(&self, log: &LogFolder, query: &Query<'_>, context: &Context) -> Done {
        let mut statistics = stats::Statistics::default();
        log.query(query, |record| {
            statistics.add(record);
            ControlFlow::Continue(())
        })?;
        if context.json {
            return answer_line(statistics.to_json().to_string());
        }
        match statistics.is_empty() {
            true => self.nothing(Some(log), query, true, context),
            false => answer(statistics.to_text()),
        }
    }

    fn show(&self, log: &LogFolder, query: &Query<'_>, number: u64, context: &Context) -> Done {
        let (mut found, mut seen) = (None, 0);
        log.query(query, |record| {
            seen += 1;
            if seen == number {
                found = Some(record.clone());
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        })?;
        let Some(record) = found else {
            if seen == 0 {
                return self.nothing(Some(log), query, false, context);
            }
            return Err(Failure::usage(format!(
                "--show {number}: the list has the numbers 1 to {seen}"
            )));
        };
        let sealed = record.view().has_encrypted_params();
        let opened = match sealed && self.decrypt_params {
            true => Some(open(&record, context)?),
            false => None,
        };
        let receipt = opened
            .as_ref()
            .map_or(record.receipt.as_slice(), |text| text);
        if context.json {
            return answer_line(json::one(
                number,
                &record,
                opened.as_ref().map(|text| text.as_slice()),
            ));
        }
        if self.full {
            return answer_line(published_form::indented(receipt, &AS_IT_STANDS));
        }
        let mut out = details::of(&record);
        if sealed && opened.is_none() {
            out.push_str(
                "\nEncrypted params present. Re-run with --decrypt-params to materialize action.params.\n",
            );
        }
        if let Some(opened) = &opened {
            out.push_str("\nDecrypted params\n────────────────\n");
            out.push_str(&details::params(opened));
            out.push('\n');
        }
        out.push_str("\nUse --full for raw JSON.\n");
        answer(out)
    }

    /// Says that there is nothing to show.
    fn nothing(
        &self,
        log: Option<&LogFolder>,
        query: &Query<'_>,
        as_object: bool,
        context: &Context,
    ) -> Done {
        if context.json {
            return match as_object {
                true => answer_line(stats::Statistics::default().to_json().to_string()),
                false => answer_line("[]"),
            };
        }
        let of_any_trace = Query {
            trace: None,
            ..*query
        };
        match (query.trace, log) {
            (Some(_), Some(log)) if count(log, &of_any_trace)? > 0 => {
                answer_line("No receipts found matching filters.")
            }
            _ => answer_line("No receipts found."),
        }
    }
}

/// The receipt of a record with its params in clear.
fn open(record: &StoredRecord, context: &Context) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let sealed = SealedParams::parse(&record.receipt)?;
    let signers = [sealed.signer().to_owned()].into();
    open_params(record, &params_keys::for_signers(&signers, context)?)
}

fn count(log: &LogFolder, query: &Query<'_>) -> Result<u64, Failure> {
    let mut total = 0;
    log.query(query, |_| {
        total += 1;
        ControlFlow::Continue(())
    })?;
    Ok(total)
}

/// The state of the whole log.
fn chain(log: Option<&LogFolder>, context: &Context) -> Done {
    let Some(log) = log else {
        return match context.json {
            true => answer_line(r#"{"ok":true,"records":0,"verdict":"OK"}"#),
            false => answer(
                "Chain Status\n────────────\nTotal records: 0\nIntegrity:     INTACT\nSignatures:    0/0 valid\n",
            ),
        };
    };
    let keys = params_keys::for_records(log, &Query::default(), context)?;
    let keys: Vec<_> = keys.iter().collect();
    let policy = SignaturePolicy {
        params_keys: &keys,
        ..SignaturePolicy::default()
    };
    let verified = log_report::verify(log, Some(policy))?;
    let mut counts = Counts::default();
    log.query(&Query::default(), |record| {
        counts.add(record, &verified);
        ControlFlow::Continue(())
    })?;
    if context.json {
        let mut report = verified.to_json();
        report["signatures"] = counts.to_json();
        return answer_line(report.to_string());
    }
    let failure = verified.chain_failure();
    let intact = match failure.as_ref().map(|failure| failure.outcome) {
        None => "INTACT",
        Some(Outcome::Invalid) => "BROKEN",
        Some(_) => "NOT VERIFIABLE",
    };
    let mut out = format!(
        "Chain Status\n────────────\nTotal records: {}\nIntegrity:     {intact}\n",
        verified.report.records
    );
    for finding in verified.breaks().take(1) {
        let hash = |hash: &Option<_>| match hash {
            Some(hash) => {
                start_of(&signet::log::line::hash_text(hash), details::HASH_SHOWN).to_owned()
            }
            None => "-".to_owned(),
        };
        out.push_str(&format!(
            "\nChain break detected:\n  File:     {}\n  Line:     {}\n  Expected: {}\n  Actual:   {}\n  Kind:     {}\n",
            plain(&finding.file),
            finding.line,
            hash(&finding.expected),
            hash(&finding.actual),
            finding.kind.name(),
        ));
    }
    out.push_str(&format!("Signatures:    {}\n", counts.short_line()));
    counts.append_lists(&mut out);
    answer(out)?;
    comment(verified.vouching());
    Ok(())
}
