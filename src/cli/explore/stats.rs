//! The log in numbers.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::{Value, json};
use signet::log::StoredRecord;

use super::details::Claims;
use crate::tally::Tally;
use crate::terminal::plain;

/// How many traces are told apart. Names are whatever the records say, so memory
/// must not follow them.
const MAX_TRACES: usize = 10_000;

/// Counts of records by what they say of themselves.
#[derive(Debug, Default)]
pub struct Statistics {
    total: u64,
    traces: BTreeSet<String>,
    tools: Tally,
    signers: Tally,
    versions: Tally,
    types: Tally,
    outcomes: Tally,
    decisions: Tally,
}

impl Statistics {
    /// Counts a record.
    pub fn add(&mut self, record: &StoredRecord) {
        let claims = Claims::of(record);
        self.total += 1;
        if let Some(trace) = claims.of_call(&["action", "trace_id"])
            && self.traces.len() < MAX_TRACES
        {
            self.traces.insert(trace.to_owned());
        }
        let known = |text: String| match text.as_str() {
            "-" => "unknown".to_owned(),
            _ => text,
        };
        self.tools.add(&known(claims.tool()));
        self.signers.add(&known(claims.signer()));
        self.types.add(claims.record_type().unwrap_or("receipt"));
        if claims.record_type().is_none() {
            self.versions.add(match claims.version() {
                Some(1) => "v1 (unilateral)",
                Some(2) => "v2 (compound)",
                Some(3) => "v3 (bilateral)",
                Some(4) => "v4 (delegated)",
                _ => "unknown",
            });
        }
        if let Some(outcome) = claims.outcome() {
            self.outcomes.add(outcome);
        }
        if let Some(decision) = claims.decision() {
            self.decisions.add(decision);
        }
    }

    /// Whether nothing was counted.
    pub fn is_empty(&self) -> bool {
        self.total == 0
    }

    /// For people.
    pub fn to_text(&self) -> String {
        let mut out = format!(
            "Audit Record Statistics\n───────────────────────\nTotal records: {}\nUnique traces:  {}\n",
            self.total,
            self.traces.len()
        );
        for (title, counted, others) in [
            ("By tool", self.tools.by_count(), self.tools.others()),
            ("By signer", self.signers.by_count(), self.signers.others()),
            ("By version", self.versions.by_name(), 0),
            ("By record type", self.types.by_count(), self.types.others()),
            (
                "By outcome",
                self.outcomes.by_count(),
                self.outcomes.others(),
            ),
            (
                "Policy gate decisions",
                self.decisions.by_count(),
                self.decisions.others(),
            ),
        ] {
            if counted.is_empty() {
                continue;
            }
            let _ = writeln!(out, "\n{title}:");
            for (name, count) in counted {
                let _ = writeln!(out, "  {:<30} {count}", plain(name));
            }
            if others > 0 {
                let _ = writeln!(out, "  {:<30} {others}", "(others)");
            }
        }
        out
    }

    /// For programs.
    pub fn to_json(&self) -> Value {
        json!({
            "total": self.total,
            "unique_traces": self.traces.len(),
            "by_tool": self.tools.to_json(),
            "by_signer": self.signers.to_json(),
            "by_version": self.versions.to_json(),
            "by_type": self.types.to_json(),
            "by_outcome": self.outcomes.to_json(),
            "by_decision": self.decisions.to_json(),
        })
    }
}
