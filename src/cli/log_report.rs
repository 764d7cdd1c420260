//! Verifying the log of the home folder, and saying what was found.

use std::collections::HashMap;
use std::ops::ControlFlow;

use serde_json::{Value, json};
use signet::encoding::key_text;
use signet::log::line::hash_text;
use signet::log::{
    Anchoring, Finding, FindingKind, LogFolder, Report, SignaturePolicy, Verdict, VerifyOptions,
    Watcher,
};

use crate::context::Context;
use crate::failure::{Failure, Outcome};
use crate::progress::Progress;
use crate::terminal::plain;

/// How many findings are listed; further ones are counted.
const MAX_LISTED: usize = 1000;
/// How many findings are printed in front of a person.
const MAX_PRINTED: usize = 20;

/// What a verification of the log came to.
#[derive(Debug)]
pub struct Verified {
    /// The verdict and the counts.
    pub report: Report,
    /// What was found about the log itself, and about each record the first
    /// [`MAX_LISTED`] things.
    pub findings: Vec<Finding>,
    /// What was found about the signatures of a record, by its number.
    pub signatures: HashMap<u64, Flaw>,
    /// The gravest verdict of what is not about signatures.
    pub chain: Verdict,
    /// How many lines have members that no hash covers.
    pub unauthenticated: u64,
}

/// What is wrong with the signatures of a record.
#[derive(Debug)]
pub struct Flaw {
    /// What it is.
    pub kind: FindingKind,
    /// The segment and the line of the record.
    pub place: String,
    /// It in words.
    pub detail: String,
}

impl Flaw {
    /// Whether the signature was judged, and is wrong or untrusted; otherwise it
    /// could not be judged.
    pub fn is_failure(&self) -> bool {
        self.kind.verdict() == Verdict::Tampered
    }
}

/// Verifies all of a log, with every processor, and a bar where somebody watches.
pub fn verify(
    log: &LogFolder,
    signatures: Option<SignaturePolicy<'_>>,
) -> Result<Verified, Failure> {
    let options = VerifyOptions {
        signatures,
        threads: processors(),
        ..VerifyOptions::default()
    };
    let mut collected = Collected {
        progress: Progress::over(log),
        findings: Vec::new(),
        signatures: HashMap::new(),
        chain: Verdict::Ok,
        unauthenticated: 0,
    };
    let report = log.verify(&options, &mut collected)?;
    Ok(Verified {
        report,
        findings: collected.findings,
        signatures: collected.signatures,
        chain: collected.chain,
        unauthenticated: collected.unauthenticated,
    })
}

/// How many threads verify unless somebody says.
pub fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

struct Collected {
    progress: Progress,
    findings: Vec<Finding>,
    signatures: HashMap<u64, Flaw>,
    chain: Verdict,
    unauthenticated: u64,
}

impl Watcher for Collected {
    fn finding(&mut self, finding: &Finding) -> ControlFlow<()> {
        if is_about_signatures(finding.kind) {
            self.signatures.entry(finding.index).or_insert(Flaw {
                kind: finding.kind,
                place: format!("{}:{}", plain(&finding.file), finding.line),
                detail: finding.detail.clone(),
            });
        } else {
            self.chain = self.chain.worse(verdict_of(finding));
        }
        if finding.kind == FindingKind::Unauthenticated {
            self.unauthenticated += 1;
        }
        if self.findings.len() < MAX_LISTED {
            self.findings.push(finding.clone());
        }
        ControlFlow::Continue(())
    }

    fn progress(&mut self, records: u64) -> ControlFlow<()> {
        self.progress.at(records);
        ControlFlow::Continue(())
    }
}

/// What a finding means for the log; what happened once by its own verdict, unless
/// it was dealt with.
fn verdict_of(finding: &Finding) -> Verdict {
    if finding.kind != FindingKind::Incident {
        return finding.kind.verdict();
    }
    let name = finding.detail.split(' ').next().unwrap_or_default();
    match Verdict::from_name(name) {
        Some(Verdict::Torn | Verdict::SyncFailed) | None => Verdict::Ok,
        Some(verdict) => verdict,
    }
}

/// Whether a finding is about who signed one record, not about the log.
pub fn is_about_signatures(kind: FindingKind) -> bool {
    matches!(
        kind,
        FindingKind::SignatureInvalid
            | FindingKind::SignerUntrusted
            | FindingKind::SignatureUnverifiable
            | FindingKind::ParamsSealed
            | FindingKind::DelegationInvalid
            | FindingKind::DelegationUnverifiable
    )
}

/// What is said where there is no log to verify: that is nothing to rely on.
pub fn no_log(context: &Context) -> String {
    format!(
        "There is no log in '{}': nothing would show that one was removed.",
        context.home().join("audit").display()
    )
}

impl Verified {
    /// The number of the first record that was not looked at.
    pub fn end(&self) -> u64 {
        self.report.pruned.saturating_add(self.report.records)
    }

    /// The findings about the log itself that count against it.
    pub fn breaks(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| {
            !is_about_signatures(finding.kind) && finding.kind.verdict() != Verdict::Ok
        })
    }

    /// What is said on standard error of the log itself: damage, what was noted,
    /// and what vouches for its end.
    pub fn comments(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for finding in self.breaks().take(MAX_PRINTED) {
            lines.push(place(finding));
            if finding.kind != FindingKind::Truncated {
                let shown = |hash: &Option<_>| hash.as_ref().map(hash_text);
                if let (Some(expected), Some(actual)) =
                    (shown(&finding.expected), shown(&finding.actual))
                {
                    lines.push(format!("  expected: {expected}"));
                    lines.push(format!("  found:    {actual}"));
                }
            }
        }
        let more = self.breaks().count().saturating_sub(MAX_PRINTED);
        if more > 0 {
            lines.push(format!("... and {more} more"));
        }
        for finding in &self.findings {
            if matches!(finding.kind, FindingKind::Incident | FindingKind::Pruned) {
                lines.push(format!("Noted: {}", plain(&finding.detail)));
            }
        }
        if self.unauthenticated > 0 {
            lines.push(format!(
                "Noted: {} lines have members that no hash covers (such as `meta`).",
                self.unauthenticated
            ));
        }
        lines.push(self.vouching());
        lines
    }

    /// What vouches for the end of the log.
    pub fn vouching(&self) -> String {
        let report = &self.report;
        match report.anchoring() {
            Anchoring::Unanchored => {
                "The end of the log: UNANCHORED. Nothing would show that records are missing from it."
                    .to_owned()
            }
            Anchoring::OwnMemory => format!(
                "The end of the log: its own memory (.log/) vouches for {} of {} records.",
                report.remembered,
                report.records.saturating_add(report.pruned)
            ),
            Anchoring::TrustedHead { size } => {
                format!("The end of the log: a trusted checkpoint vouches for {size} records.")
            }
        }
    }

    /// The failure that the verdict on the log itself means; nothing when it is
    /// fine.
    pub fn chain_failure(&self) -> Option<Failure> {
        let mut failure = Failure::from(self.chain.outcome(self.report.first_bad).err()?);
        failure.outcome = outcome_of(self.chain);
        Some(failure)
    }

    /// All of it in JSON.
    pub fn to_json(&self) -> Value {
        to_json(&self.report, &self.findings, true)
    }
}

/// A report in JSON; `judged` says whether the end was looked at.
pub fn to_json(report: &Report, findings: &[Finding], judged: bool) -> Value {
    let (vouching, covered) = match report.anchoring() {
        Anchoring::Unanchored => ("nothing", 0),
        Anchoring::OwnMemory => ("own_memory", report.remembered),
        Anchoring::TrustedHead { size } => ("trusted_checkpoint", size),
    };
    json!({
        "ok": report.verdict == Verdict::Ok,
        "verdict": report.verdict.name(),
        "records": report.records,
        "pruned": report.pruned,
        "pruned_by": report.pruned_by.map(|remover| json!({
            "key": key_text::prefixed(&remover.key),
            "control_key": remover.is_control_key,
        })),
        "last_hash": hash_text(&report.last),
        "first_bad": report.first_bad,
        "end": {
            "judged": judged,
            "vouched_for_by": vouching,
            "records": covered,
        },
        "findings_total": report.findings,
        "findings": findings.iter().map(finding_json).collect::<Vec<_>>(),
    })
}

/// What a verdict on a log means to a script: damage, or that it cannot be told.
pub fn outcome_of(verdict: Verdict) -> Outcome {
    match verdict {
        Verdict::Tampered | Verdict::Forked | Verdict::Truncated => Outcome::Invalid,
        _ => Outcome::Failed,
    }
}

/// A finding as a line.
fn place(finding: &Finding) -> String {
    let (file, detail) = (plain(&finding.file), plain(&finding.detail));
    match finding.line {
        0 => format!("{}: {detail}", finding.kind.name()),
        line => format!(
            "Chain broken at {file}:{line}: {} ({detail})",
            finding.kind.name()
        ),
    }
}

fn finding_json(finding: &Finding) -> Value {
    json!({
        "kind": finding.kind.name(),
        "verdict": finding.kind.verdict().name(),
        "file": finding.file,
        "line": (finding.line > 0).then_some(finding.line),
        "index": finding.index,
        "expected": finding.expected.as_ref().map(hash_text),
        "actual": finding.actual.as_ref().map(hash_text),
        "detail": finding.detail,
    })
}
