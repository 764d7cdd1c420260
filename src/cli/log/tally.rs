//! Counting by name, in memory that does not depend on how many names a log has.

use std::collections::BTreeMap;

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

    /// The names, the most frequent first, and how often anything else came.
    pub fn ranked(&self) -> (Vec<(&str, u64)>, u64) {
        let mut ranked: Vec<_> = self
            .counts
            .iter()
            .map(|(name, count)| (name.as_str(), *count))
            .collect();
        ranked.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        (ranked, self.others)
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
        let (ranked, others) = tally.ranked();
        assert_eq!(ranked.len(), MAX_NAMES);
        assert_eq!(ranked.first(), Some(&("tool7", 2)));
        assert_eq!(others, MAX_NAMES as u64 + 1);
    }
}
