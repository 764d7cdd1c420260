//! The log in numbers.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::{Value, json};
use signet::log::StoredRecord;

use super::details::Claims;
use crate::pretty::plain;

/// How many names of one kind are told apart; the rest is counted as one. Names
/// are whatever the records say, so memory must not follow them.
const MAX_NAMES: usize = 10_000;
const OTHERS: &str = "(others)";

/// How often each name occurs.
#[derive(Debug, Default)]
struct Tally(BTreeMap<String, u64>);

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
            && self.traces.len() < MAX_NAMES
        {
            self.traces.insert(trace.to_owned());
        }
        let known = |text: String| match text.as_str() {
            "-" => "unknown".to_owned(),
            _ => text,
        };
        self.tools.add(known(claims.tool()));
        self.signers.add(known(claims.signer()));
        self.types
            .add(claims.record_type().unwrap_or("receipt").to_owned());
        if claims.record_type().is_none() {
            self.versions.add(match claims.version() {
                Some(1) => "v1 (unilateral)".to_owned(),
                Some(2) => "v2 (compound)".to_owned(),
                Some(3) => "v3 (bilateral)".to_owned(),
                Some(4) => "v4 (delegated)".to_owned(),
                _ => "unknown".to_owned(),
            });
        }
        if let Some(outcome) = claims.outcome() {
            self.outcomes.add(outcome.to_owned());
        }
        if let Some(decision) = claims.decision() {
            self.decisions.add(decision.to_owned());
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
        for (title, tally) in [
            ("By tool", self.tools.by_count()),
            ("By signer", self.signers.by_count()),
            ("By version", self.versions.by_name()),
            ("By record type", self.types.by_count()),
            ("By outcome", self.outcomes.by_count()),
            ("Policy gate decisions", self.decisions.by_count()),
        ] {
            if tally.is_empty() {
                continue;
            }
            let _ = writeln!(out, "\n{title}:");
            for (name, count) in tally {
                let _ = writeln!(out, "  {:<30} {count}", plain(name));
            }
        }
        out
    }

    /// For programs.
    pub fn to_json(&self) -> Value {
        json!({
            "total": self.total,
            "unique_traces": self.traces.len(),
            "by_tool": self.tools.0,
            "by_signer": self.signers.0,
            "by_version": self.versions.0,
            "by_type": self.types.0,
            "by_outcome": self.outcomes.0,
            "by_decision": self.decisions.0,
        })
    }
}

impl Tally {
    fn add(&mut self, name: String) {
        let full = self.0.len() >= MAX_NAMES && !self.0.contains_key(&name);
        let name = match full {
            true => OTHERS.to_owned(),
            false => name,
        };
        *self.0.entry(name).or_default() += 1;
    }

    /// The most frequent first; equal ones by name.
    fn by_count(&self) -> Vec<(&str, u64)> {
        let mut sorted = self.by_name();
        sorted.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        sorted
    }

    fn by_name(&self) -> Vec<(&str, u64)> {
        let all = self.0.iter();
        all.map(|(name, count)| (name.as_str(), *count)).collect()
    }
}
