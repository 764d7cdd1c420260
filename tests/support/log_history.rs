//! What was promised about a log, held against its files.
//!
//! This shares no code with the log: lines are split here, parsed with
//! serde_json, canonicalised with serde_jcs and hashed with sha2. Records are
//! told apart by the member `n` of the receipt, or else by its `id`.

#![allow(dead_code, reason = "every test uses its own part")]

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use serde_json::Value;
use sha2::{Digest, Sha256};

/// What became of an append, as its caller saw it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Acknowledged at this index; durable from this moment, or not yet.
    Acknowledged {
        index: u64,
        hash: [u8; 32],
        durable: bool,
    },
    /// Acknowledged without an index: it is there.
    Written,
    /// Refused: it must not be there.
    Refused,
    /// The caller cannot know.
    Unknown,
}

#[derive(Debug)]
struct Tried {
    outcome: Outcome,
    /// From when to when the caller waited, by any clock that all share.
    begun: u64,
    ended: u64,
    /// Whether the power went while it was not durable: then it may be gone.
    excused: bool,
}

/// Every append that was tried.
#[derive(Debug, Default)]
pub struct History {
    tried: HashMap<String, Tried>,
    /// Whether others have written as well, of whom nothing is known.
    strangers: bool,
}

/// A record as the files have it.
#[derive(Clone, Debug)]
pub struct Found {
    pub index: u64,
    pub hash: String,
    pub receipt: Value,
}

impl History {
    /// Where records may stand of which nobody has told: their writers were
    /// killed.
    pub fn among_strangers() -> History {
        History {
            strangers: true,
            ..History::default()
        }
    }

    pub fn add(&mut self, name: impl ToString, begun: u64, ended: u64, outcome: Outcome) {
        let tried = Tried {
            outcome,
            begun,
            ended,
            excused: false,
        };
        let twice = self.tried.insert(name.to_string(), tried);
        assert!(twice.is_none(), "{} was tried twice", name.to_string());
    }

    pub fn acknowledged(&self) -> usize {
        let is_acknowledged =
            |tried: &&Tried| matches!(tried.outcome, Outcome::Acknowledged { .. });
        self.tried.values().filter(is_acknowledged).count()
    }

    /// The power went, or the disk failed: what was not durable may be gone.
    pub fn only_durable_remains(&mut self) {
        for tried in self.tried.values_mut() {
            let durable = matches!(tried.outcome, Outcome::Acknowledged { durable: true, .. });
            tried.excused |= !durable;
        }
    }

    /// So many records have been made durable.
    pub fn synced(&mut self, count: u64) {
        for tried in self.tried.values_mut() {
            if let Outcome::Acknowledged { durable, index, .. } = &mut tried.outcome
                && !tried.excused
            {
                *durable |= *index < count;
            }
        }
    }

    /// Checks the chain and every promise; answers how many records there are,
    /// or what is wrong.
    pub fn check(&self, files: &BTreeMap<String, Vec<u8>>) -> Result<u64, String> {
        let records = chain(files)?;
        self.check_records(&records)?;
        Ok(records.len() as u64)
    }

    /// Checks every promise against the records of a chain.
    pub fn check_records(&self, records: &[Found]) -> Result<(), String> {
        let mut seen: HashMap<String, &Found> = HashMap::new();
        for record in records {
            let Some(name) = name_of(&record.receipt) else {
                continue;
            };
            if !self.strangers && !self.tried.contains_key(&name) {
                return Err(format!("record {name} was never written"));
            }
            let index = record.index;
            if let Some(earlier) = seen.insert(name.clone(), record) {
                let earlier = earlier.index;
                return Err(format!("record {name} stands at {earlier} and {index}"));
            }
        }
        for (name, tried) in &self.tried {
            match (tried.outcome, seen.get(name)) {
                (Outcome::Acknowledged { index, hash, .. }, Some(found)) => {
                    let at = found.index;
                    if at != index || found.hash != text_of(&hash) {
                        return Err(format!("record {name} is at {at}, promised at {index}"));
                    }
                }
                (Outcome::Acknowledged { durable, .. }, None) => {
                    if durable || !tried.excused {
                        return Err(format!(
                            "record {name} was acknowledged and is gone: {tried:?}"
                        ));
                    }
                }
                (Outcome::Written, None) => {
                    return Err(format!("record {name} was written and is gone"));
                }
                (Outcome::Refused, Some(_)) => {
                    return Err(format!("record {name} was refused and is there"));
                }
                (Outcome::Written, Some(_)) | (Outcome::Refused, None) | (Outcome::Unknown, _) => {}
            }
        }
        self.check_order()
    }

    /// What was acknowledged before something else was begun stands before it.
    fn check_order(&self) -> Result<(), String> {
        let mut begun = Vec::new();
        let mut ended = Vec::new();
        for (name, tried) in &self.tried {
            if let Outcome::Acknowledged { index, .. } = tried.outcome
                && !tried.excused
            {
                begun.push((tried.begun, index, name));
                ended.push((tried.ended, index, name));
            }
        }
        begun.sort_unstable();
        ended.sort_unstable();
        let mut past = ended.into_iter().peekable();
        let mut highest: Option<(u64, &String)> = None;
        for (time, index, name) in begun {
            while let Some((_, index, name)) = past.next_if(|(ended, ..)| *ended < time) {
                highest = highest.max(Some((index, name)));
            }
            if let Some((before, earlier)) = highest
                && before > index
            {
                return Err(format!(
                    "record {name} is at {index}, but {earlier} was acknowledged at {before} \
                     before it was begun"
                ));
            }
        }
        Ok(())
    }
}

/// Which record it is; `None` for one that no test has written.
pub fn name_of(receipt: &Value) -> Option<String> {
    match &receipt["n"] {
        Value::String(name) => return Some(name.clone()),
        Value::Number(number) => return Some(number.to_string()),
        _ => {}
    }
    match receipt["action"]["tool"].as_str() {
        Some(tool) if tool.starts_with("signet.log/") => None,
        _ => receipt["id"].as_str().map(str::to_owned),
    }
}

/// The records of a log's files, whose chain must be whole.
pub fn chain(files: &BTreeMap<String, Vec<u8>>) -> Result<Vec<Found>, String> {
    let mut previous = text_of(&[0; 32]);
    let mut records = Vec::new();
    for (name, content) in files {
        if name.contains('/') || !name.ends_with(".jsonl") {
            continue;
        }
        if content.last().is_some_and(|last| *last != b'\n') {
            return Err(format!("{name}: no line feed at the end"));
        }
        for line in content.split(|byte| *byte == b'\n') {
            if line.trim_ascii().is_empty() {
                continue;
            }
            let index = records.len() as u64;
            let found = record(line, index, &previous).map_err(|wrong| {
                let start: String = String::from_utf8_lossy(line).chars().take(60).collect();
                format!(
                    "{name}: record {index}: {wrong}: {start:?} of {}",
                    line.len()
                )
            })?;
            previous.clone_from(&found.hash);
            records.push(found);
        }
    }
    Ok(records)
}

fn record(line: &[u8], index: u64, previous: &str) -> Result<Found, String> {
    let line: Value = serde_json::from_slice(line).map_err(|error| error.to_string())?;
    let Value::Object(mut members) = line else {
        return Err("not an object".to_owned());
    };
    let hash = match members.remove("record_hash") {
        Some(Value::String(hash)) => hash,
        _ => return Err("it states no hash".to_owned()),
    };
    if members.get("prev_hash").and_then(Value::as_str) != Some(previous) {
        return Err("it does not follow the one before".to_owned());
    }
    // Whatever else stands in a line, no hash covers it.
    members.retain(|name, _| name == "prev_hash" || name == "receipt");
    let canonical = serde_jcs::to_vec(&members).map_err(|error| error.to_string())?;
    if text_of(&Sha256::digest(canonical)) != hash {
        return Err("it has another hash".to_owned());
    }
    let receipt = members.remove("receipt").ok_or("it has no receipt")?;
    Ok(Found {
        index,
        hash,
        receipt,
    })
}

/// The files of an audit folder.
pub fn files(audit: &Path) -> BTreeMap<String, Vec<u8>> {
    std::fs::read_dir(audit)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|kind| kind == "jsonl"))
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, std::fs::read(&path).unwrap())
        })
        .collect()
}

fn text_of(hash: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap();
    let digits = hash.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    "sha256:".chars().chain(digits.map(digit)).collect()
}
