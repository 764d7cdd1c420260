//! What was promised, held against what is there.
//!
//! This shares no code with the log: lines are parsed with serde_json,
//! canonicalised here and hashed with sha2.

use std::collections::BTreeMap;

use serde_json::Value;
use sha2::{Digest, Sha256};

/// What became of an append, as the caller saw it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Acknowledged at this index; durable from this moment, or not yet.
    Acknowledged {
        index: u64,
        hash: [u8; 32],
        durable: bool,
    },
    /// Refused: it must not be there.
    Refused,
    /// The caller cannot know.
    Unknown,
}

/// Every append that was tried, by the number in the record.
#[derive(Debug, Default)]
pub struct History {
    pub tried: BTreeMap<u64, Outcome>,
    /// Records that were acknowledged but not durable when the power went.
    pub weakened: Vec<u64>,
}

impl History {
    /// The power went: what was not durable may be gone.
    pub fn power_lost(&mut self) {
        for (number, outcome) in &self.tried {
            if let Outcome::Acknowledged { durable: false, .. } = outcome {
                self.weakened.push(*number);
            }
        }
    }

    /// So many records have been made durable.
    pub fn synced(&mut self, count: u64) {
        for (number, outcome) in &mut self.tried {
            if let Outcome::Acknowledged { durable, index, .. } = outcome
                && !self.weakened.contains(number)
            {
                *durable |= *index < count;
            }
        }
    }

    /// Checks the chain and every promise; answers what is wrong.
    pub fn check(&self, files: &BTreeMap<String, Vec<u8>>) -> Result<u64, String> {
        let mut seen: BTreeMap<u64, (u64, String)> = BTreeMap::new();
        let mut previous = format!("sha256:{}", "0".repeat(64));
        let mut index = 0;
        for (name, content) in files {
            if name.contains('/') || !name.ends_with(".jsonl") {
                continue;
            }
            let text = std::str::from_utf8(content).map_err(|_| format!("{name}: not UTF-8"))?;
            if !text.is_empty() && !text.ends_with('\n') {
                return Err(format!("{name}: no line feed at the end"));
            }
            for line in text.lines().filter(|line| !line.trim().is_empty()) {
                let record: Value = serde_json::from_str(line).map_err(|error| {
                    let start: String = line.chars().take(60).collect();
                    format!("{name}: line {index}: {error}: {start:?} of {}", line.len())
                })?;
                let stated_previous = record["prev_hash"].as_str().unwrap_or_default();
                let stated = record["record_hash"].as_str().unwrap_or_default();
                if stated_previous != previous {
                    return Err(format!(
                        "{name}: record {index} does not follow the one before"
                    ));
                }
                let body = format!(
                    "{{\"prev_hash\":{},\"receipt\":{}}}",
                    Value::from(stated_previous),
                    canonical(&record["receipt"])
                );
                let computed = format!("sha256:{}", hex(&Sha256::digest(body.as_bytes())));
                if computed != stated {
                    return Err(format!("{name}: record {index} has another hash"));
                }
                previous = stated.to_owned();
                if let Some(number) = record["receipt"]["n"].as_u64() {
                    if let Some((earlier, _)) = seen.insert(number, (index, stated.to_owned())) {
                        return Err(format!("record {number} stands at {earlier} and {index}"));
                    }
                }
                index += 1;
            }
        }
        for (number, outcome) in &self.tried {
            let found = seen.get(number);
            match (outcome, found) {
                (Outcome::Acknowledged { index, hash, .. }, Some((at, stated))) => {
                    if at != index || *stated != format!("sha256:{}", hex(hash)) {
                        return Err(format!("record {number} is at {at}, promised at {index}"));
                    }
                }
                (Outcome::Acknowledged { durable, .. }, None) => {
                    if *durable || !self.weakened.contains(number) {
                        return Err(format!("record {number} was acknowledged and is gone"));
                    }
                }
                (Outcome::Refused, Some(_)) => {
                    return Err(format!("record {number} was refused and is there"));
                }
                (Outcome::Refused, None) | (Outcome::Unknown, _) => {}
            }
        }
        if let Some(stranger) = seen.keys().find(|number| !self.tried.contains_key(number)) {
            return Err(format!("record {stranger} was never written"));
        }
        Ok(index)
    }
}

fn canonical(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let mut names: Vec<&String> = members.keys().collect();
            names.sort();
            let inner: Vec<String> = names
                .iter()
                .map(|name| {
                    format!(
                        "{}:{}",
                        Value::from(name.as_str()),
                        canonical(&members[*name])
                    )
                })
                .collect();
            format!("{{{}}}", inner.join(","))
        }
        Value::Array(items) => {
            let inner: Vec<String> = items.iter().map(canonical).collect();
            format!("[{}]", inner.join(","))
        }
        scalar => scalar.to_string(),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
