//! What `signet log verify` says: the verdict, what it rests on, and what was
//! found, each with its file and line.

use std::fmt::Write as _;
use std::path::Path;

use anstyle::{AnsiColor, Style};
use serde_json::{Value, json};
use signet::encoding::key_text;
use signet::log::{Anchoring, Finding, Report, Verdict, line};

use crate::failure::Failure;
use crate::log_report;
use crate::terminal::{answer_in_colour, answer_line, plain};

/// A report and what was asked for.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    /// The audit folder.
    pub folder: &'a Path,
    /// The outcome.
    pub report: &'a Report,
    /// The first findings.
    pub findings: &'a [Finding],
    /// The first record that was to be looked at.
    pub first: u64,
    /// Whether the end was looked at.
    pub to_the_end: bool,
    /// Whether signatures were.
    pub signatures: bool,
    /// Whether any signer was taken.
    pub any_signer: bool,
}

impl Answer<'_> {
    /// Prints it.
    pub fn print(&self, json: bool) -> Result<(), Failure> {
        match json {
            true => answer_line(self.json().to_string()),
            false => answer_in_colour(&self.text()),
        }
    }

    fn json(&self) -> Value {
        let report = self.report;
        let mut answer = log_report::to_json(report, self.findings, self.to_the_end);
        answer["folder"] = self.folder.display().to_string().into();
        answer["first"] = self.first.into();
        answer["signatures"] = json!({
            "verified": self.signatures,
            "any_signer": self.signatures && self.any_signer,
            "valid": report.signatures_valid,
            "failed": report.signatures_failed,
            "unverifiable": report.unverifiable,
            "unsigned": report.unsigned,
        });
        answer
    }

    fn text(&self) -> String {
        let report = self.report;
        let style = style_of(report.verdict);
        let mut text = format!("{style}{}{style:#}\n", word(report.verdict));
        let mut row = |name: &str, value: &str| {
            let _ = writeln!(text, "  {name:<12}{value}");
        };
        row("meaning", meaning(report.verdict));
        row("records", &self.records());
        row("last hash", &line::hash_text(&report.last));
        row("signatures", &self.signatures());
        row("the end", &self.end());
        if report.findings > 0 {
            let _ = writeln!(text, "\nfindings: {}", report.findings);
        }
        for finding in self.findings {
            let _ = writeln!(text, "{}", self.finding(finding));
        }
        let left = report.findings.saturating_sub(self.findings.len() as u64);
        if left > 0 {
            let _ = writeln!(text, "and {left} more (--max-findings)");
        }
        text
    }

    fn records(&self) -> String {
        let report = self.report;
        let mut text = format!("{} verified", report.records);
        if self.first > 0 {
            let _ = write!(text, ", from number {} on", self.first);
        }
        if let Some(remover) = report.pruned_by {
            let _ = write!(
                text,
                "; {} were removed before, as a record signed by {} states",
                report.pruned,
                key_text::prefixed(&remover.key)
            );
            if !remover.is_control_key {
                text.push_str(" (any agent could have signed it; --control-key says who may)");
            }
        }
        if let Some(first_bad) = report.first_bad {
            let _ = write!(text, "; the first bad one is number {first_bad}");
        }
        text
    }

    fn signatures(&self) -> String {
        let report = self.report;
        if !self.signatures {
            return "not looked at (--signatures, --trust-bundle, --trusted-agent-key)".to_owned();
        }
        let mut text = format!("{} valid", report.signatures_valid);
        for (count, what) in [
            (report.signatures_failed, "failed"),
            (report.unverifiable, "cannot be judged"),
            (report.unsigned, "denied calls, which have none"),
        ] {
            if count > 0 {
                let _ = write!(text, ", {count} {what}");
            }
        }
        if self.any_signer {
            text.push_str("; by any signer, since no keys were given");
        }
        text
    }

    /// What vouches for nothing being missing from the end.
    fn end(&self) -> String {
        if !self.to_the_end {
            return "not judged (--limit)".to_owned();
        }
        match self.report.anchoring() {
            Anchoring::Unanchored => {
                "nothing vouches for it: records may be missing, or all may have been written anew"
                    .to_owned()
            }
            Anchoring::OwnMemory => format!(
                "vouched for by the log's own memory ({} records), which whoever can change the log can change",
                self.report.remembered
            ),
            Anchoring::TrustedHead { size } => format!(
                "vouched for by the trusted checkpoint, up to {size} records; what came after may have been rewritten"
            ),
        }
    }

    fn finding(&self, finding: &Finding) -> String {
        let file = self.folder.join(plain(&finding.file).as_ref());
        let mut text = match finding.line {
            0 => format!("{}: ", file.display()),
            line => format!("{}:{line}: ", file.display()),
        };
        let style = style_of(finding.kind.verdict());
        let _ = write!(
            text,
            "{style}{}{style:#} record {}: {}",
            finding.kind.name(),
            finding.index,
            plain(&finding.detail)
        );
        for (name, hash) in [("expected", finding.expected), ("actual", finding.actual)] {
            if let Some(hash) = hash {
                let _ = write!(text, "\n    {name:<9}{}", line::hash_text(&hash));
            }
        }
        text
    }
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Ok => "INTACT",
        other => other.name(),
    }
}

fn meaning(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Ok => "everything that was looked at is as it was written",
        Verdict::Stale => "no checkpoint was signed within the promised time",
        Verdict::Unverifiable => "something cannot be judged with the keys at hand",
        Verdict::Torn => "a crash cut the end; `signet log repair` sets it aside",
        Verdict::SyncFailed => "the disk once did not confirm a write",
        Verdict::Forked => "two records name the same predecessor",
        Verdict::Tampered => "a record is not what was written, or not by whom it should be",
        Verdict::Truncated => "records that were durable are missing from the end",
    }
}

fn style_of(verdict: Verdict) -> Style {
    let color = match verdict {
        Verdict::Ok => AnsiColor::Green,
        Verdict::Stale | Verdict::Unverifiable | Verdict::Torn => AnsiColor::Yellow,
        _ => AnsiColor::Red,
    };
    Style::new().bold().fg_color(Some(color.into()))
}
