//! Counting by name, in memory that does not depend on how many names a log has.

use std::collections::BTreeMap;

use serde_json::Value;

/// How many names are told apart.
const MAX_NAMES: usize = 1000;
/// How much of a name counts, in characters.
const MAX_NAME_LEN: usize = 100;

/// How often each name came.
#[derive(Debug, Default)]
pub struct Tally {
    counts: BTreeMap<String, u64>,
    others: u64,
}

impl Tally {
    /// It came once more.
    pub fn add(&mut self, name: &str) {
        let name: String = name.chars().take(MAX_NAME_LEN).collect();
        if let Some(count) = self.counts.get_mut(&name) {
            *count += 1;
        } else if self.counts.len() < MAX_NAMES {
            self.counts.insert(name, 1);
        } else {
            self.others += 1;
        }
    }

    /// The names and how often each came, the most frequent first, equal ones by
    /// name.
    pub fn by_count(&self) -> Vec<(&str, u64)> {
        let mut sorted = self.by_name();
        sorted.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        sorted
    }

    /// The same, by name.
    pub fn by_name(&self) -> Vec<(&str, u64)> {
        let all = self.counts.iter();
        all.map(|(name, count)| (name.as_str(), *count)).collect()
    }

    /// How often anything else came.
    pub fn others(&self) -> u64 {
        self.others
    }

    /// The names and how often each came, as an object.
    pub fn to_json(&self) -> Value {
        let all = self.counts.iter();
        let members = all.map(|(name, count)| (name.clone(), (*count).into()));
        Value::Object(members.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_beyond_the_limit_is_counted_together() {
        let mut tally = Tally::default();
        for number in 0..2 * MAX_NAMES {
            tally.add(&format!("tool{number}"));
        }
        tally.add("tool7");
        tally.add(&"x".repeat(1 << 20));
        assert_eq!(tally.by_count().len(), MAX_NAMES);
        assert_eq!(tally.by_count().first(), Some(&("tool7", 2)));
        assert_eq!(tally.others(), MAX_NAMES as u64 + 1);
    }
}
