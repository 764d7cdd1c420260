//! Counting calls for rate limits: a sliding window per rule and tool, agent or
//! policy, in bounded memory.
//!
//! When the counters are full the answer is "not to be told", which the
//! evaluation takes as a reason to stop: nobody switches a limit off by calling
//! under many names.

mod saved;

use std::collections::{BTreeSet, HashMap, VecDeque};

use crate::crypto::digest;
use crate::encoding::rfc3339::Instant;

/// How many counted times [`RateLimits::new`] keeps at most, over all windows.
/// A time takes 16 bytes, a window about 200.
pub const DEFAULT_MAX_ENTRIES: usize = 1 << 17;

/// Up to this many calls a window holds every call's own time. Beyond, calls
/// share about as many slices, and leave with the end of theirs, never earlier.
const EXACT_CALLS: u32 = 1024;

/// How often a rule may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RateLimit {
    pub max_calls: u32,
    pub window_seconds: u64,
    pub scope: Scope,
}

/// What has one counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    PerTool,
    PerAgent,
    Global,
}

impl Scope {
    pub fn as_text(self) -> &'static str {
        match self {
            Scope::PerTool => "per_tool",
            Scope::PerAgent => "per_agent",
            Scope::Global => "global",
        }
    }

    pub fn of_text(text: &str) -> Option<Scope> {
        [Scope::PerTool, Scope::PerAgent, Scope::Global]
            .into_iter()
            .find(|scope| scope.as_text() == text)
    }
}

impl RateLimit {
    fn window_millis(&self) -> i64 {
        i64::try_from(self.window_seconds.saturating_mul(1000)).unwrap_or(i64::MAX)
    }

    /// The time under which a call is counted.
    fn slot(&self, now: i64) -> i64 {
        if self.max_calls <= EXACT_CALLS {
            return now;
        }
        let slice = (self.window_millis() / i64::from(EXACT_CALLS)).max(1);
        let past = now.rem_euclid(slice);
        match past {
            0 => now,
            _ => now.saturating_add(slice - past),
        }
    }
}

/// Whether a call is within its limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Count {
    /// It is, and it has been counted.
    Within,
    /// The limit is used up; the call has not been counted.
    UsedUp,
    /// There is no room to count it.
    Full,
}

/// The counters of a policy's rate limits.
///
/// Keep one for as long as limits should hold, and pass it to every evaluation;
/// a policy that is loaded anew goes on with the counts of the rules of the
/// same id. Cloning it and evaluating with the clone looks without counting.
#[derive(Clone, Debug)]
pub struct RateLimits {
    windows: HashMap<Key, Window>,
    /// When each window becomes empty, soonest first.
    empty_at: BTreeSet<(i64, Key)>,
    entries: usize,
    max_entries: usize,
    /// Up to this time the counters lack a call that found no room.
    full_until: i64,
}

/// The hash of a rule and what it counts, so that a long name takes no room.
type Key = [u8; digest::SHA256_LEN];

#[derive(Clone, Debug, Default)]
struct Window {
    /// Times in milliseconds, ascending, and how many calls each stands for.
    calls: VecDeque<(i64, u32)>,
    total: u64,
    empty_at: i64,
}

impl Default for RateLimits {
    fn default() -> RateLimits {
        RateLimits::new()
    }
}

impl RateLimits {
    /// No call counted yet, room for [`DEFAULT_MAX_ENTRIES`].
    pub fn new() -> RateLimits {
        RateLimits::with_max_entries(DEFAULT_MAX_ENTRIES)
    }

    /// No call counted yet, room for so many counted times.
    pub fn with_max_entries(max_entries: usize) -> RateLimits {
        RateLimits {
            windows: HashMap::new(),
            empty_at: BTreeSet::new(),
            entries: 0,
            max_entries,
            full_until: i64::MIN,
        }
    }

    /// How many counted times are kept.
    pub fn len(&self) -> usize {
        self.entries
    }

    /// Whether nothing is counted.
    pub fn is_empty(&self) -> bool {
        self.entries == 0
    }

    /// Forgets every call.
    pub fn clear(&mut self) {
        *self = RateLimits::with_max_entries(self.max_entries);
    }

    /// Counts a call of `rule` if it is within the limit. `whose` is the tool
    /// or agent that the limit is for.
    pub(super) fn count(
        &mut self,
        rule: &str,
        whose: &str,
        limit: &RateLimit,
        now: Instant,
    ) -> Count {
        let now = now.unix_millis();
        if limit.max_calls == 0 {
            return Count::UsedUp;
        }
        self.drop_empty(now);
        let key = key(rule, whose, limit.scope);
        let window = self.windows.entry(key).or_default();
        self.empty_at.remove(&(window.empty_at, key));

        let length = limit.window_millis();
        let before = window.calls.len();
        while let Some(&(time, calls)) = window.calls.front() {
            if time > now.saturating_sub(length) {
                break;
            }
            window.calls.pop_front();
            window.total -= u64::from(calls);
        }
        self.entries -= before - window.calls.len();

        let slot = limit.slot(now);
        let answer = if window.total >= u64::from(limit.max_calls) {
            Count::UsedUp
        } else if now < self.full_until {
            Count::Full
        } else {
            // A clock that goes back must not put times out of order.
            match window.calls.back_mut() {
                Some((last, calls)) if *last >= slot => {
                    *calls = calls.saturating_add(1);
                    window.total += 1;
                    Count::Within
                }
                _ if self.entries >= self.max_entries => Count::Full,
                _ => {
                    window.calls.push_back((slot, 1));
                    window.total += 1;
                    self.entries += 1;
                    Count::Within
                }
            }
        };
        match window.calls.back() {
            Some(&(last, _)) => {
                window.empty_at = last.saturating_add(length);
                self.empty_at.insert((window.empty_at, key));
            }
            None => {
                self.windows.remove(&key);
            }
        }
        answer
    }

    /// Counts a call of the past, in any order and whether it was within the
    /// limit or not. One that has left the window at `now` does not count; one
    /// that says it is still to come counts as of now.
    ///
    /// Until one that found no room has left its window, no call finds any.
    pub(super) fn count_past(
        &mut self,
        rule: &str,
        whose: &str,
        limit: &RateLimit,
        at: Instant,
        now: Instant,
    ) {
        let now = now.unix_millis();
        let slot = limit.slot(at.unix_millis().min(now));
        let length = limit.window_millis();
        if slot <= now.saturating_sub(length) {
            return;
        }
        let key = key(rule, whose, limit.scope);
        let window = self.windows.entry(key).or_default();
        let place = window.calls.partition_point(|&(time, _)| time < slot);
        match window.calls.get_mut(place) {
            Some((time, calls)) if *time == slot => *calls = calls.saturating_add(1),
            _ if self.entries >= self.max_entries => {
                self.full_until = self.full_until.max(slot.saturating_add(length));
                if window.calls.is_empty() {
                    self.windows.remove(&key);
                }
                return;
            }
            _ => {
                window.calls.insert(place, (slot, 1));
                self.entries += 1;
            }
        }
        window.total += 1;
        if let Some(&(last, _)) = window.calls.back() {
            self.empty_at.remove(&(window.empty_at, key));
            window.empty_at = last.saturating_add(length);
            self.empty_at.insert((window.empty_at, key));
        }
    }

    /// Drops the windows that have become empty.
    fn drop_empty(&mut self, now: i64) {
        while let Some(&(empty_at, key)) = self.empty_at.first() {
            if empty_at > now {
                break;
            }
            self.empty_at.pop_first();
            if let Some(window) = self.windows.remove(&key) {
                self.entries -= window.calls.len();
            }
        }
    }
}

fn key(rule: &str, whose: &str, scope: Scope) -> Key {
    let rule_len = (rule.len() as u64).to_be_bytes();
    let tag = scope.as_text().as_bytes();
    digest::sha256_of_parts([&rule_len, rule.as_bytes(), tag, b":", whose.as_bytes()])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Instant {
        Instant::from_unix_millis(1_781_524_800_000 + millis).unwrap()
    }

    fn limit(max_calls: u32, window_seconds: u64) -> RateLimit {
        RateLimit {
            max_calls,
            window_seconds,
            scope: Scope::Global,
        }
    }

    #[test]
    fn a_call_leaves_the_window_exactly_when_it_is_as_old_as_the_window() {
        let mut limits = RateLimits::new();
        let two = limit(2, 10);
        for (time, expected) in [
            (0, Count::Within),
            (4_000, Count::Within),
            (9_999, Count::UsedUp),
            (10_000, Count::Within),
            (13_999, Count::UsedUp),
            (14_000, Count::Within),
        ] {
            assert_eq!(limits.count("r", "", &two, at(time)), expected, "{time}");
        }
        assert_eq!(limits.len(), 2);
    }

    #[test]
    fn many_calls_share_slices_and_never_leave_early() {
        let mut limits = RateLimits::new();
        let busy = limit(100_000, 100);
        for call in 0..100_000 {
            assert_eq!(limits.count("r", "", &busy, at(call)), Count::Within);
        }
        assert!(limits.len() < 1100, "{}", limits.len());
        assert_eq!(limits.count("r", "", &busy, at(99_999)), Count::UsedUp);
        // A slice is 97 ms long and leaves when its end is old enough.
        let first_end = busy.slot(at(0).unix_millis()) - at(0).unix_millis();
        let past = at(100_000 + first_end);
        assert_eq!(
            limits.count("r", "", &busy, past.plus_millis(-1)),
            Count::UsedUp
        );
        assert_eq!(limits.count("r", "", &busy, past), Count::Within);
    }

    #[test]
    fn a_flood_of_names_fills_the_counters_and_does_not_empty_them() {
        let mut limits = RateLimits::with_max_entries(100);
        let one = limit(1, 60);
        assert_eq!(limits.count("r", "victim", &one, at(0)), Count::Within);
        for name in 0..99 {
            let name = format!("flood-{name}");
            assert_eq!(limits.count("r", &name, &one, at(1)), Count::Within);
        }
        assert_eq!(limits.count("r", "one too many", &one, at(2)), Count::Full);
        assert_eq!(limits.count("r", "victim", &one, at(3)), Count::UsedUp);
        assert_eq!(limits.len(), 100);
        // Room comes back when windows end.
        assert_eq!(limits.count("r", "later", &one, at(60_001)), Count::Within);
        assert_eq!(limits.len(), 1);
    }

    #[test]
    fn neither_a_clock_set_back_nor_an_endless_window_loses_a_count() {
        let mut limits = RateLimits::new();
        let endless = limit(2, u64::MAX);
        assert_eq!(limits.count("r", "", &endless, at(5_000)), Count::Within);
        assert_eq!(limits.count("r", "", &endless, at(0)), Count::Within);
        assert_eq!(limits.count("r", "", &endless, at(-9_000)), Count::UsedUp);
        let far = Instant::from_unix_millis(253_402_300_799_999).unwrap();
        assert_eq!(limits.count("r", "", &endless, far), Count::UsedUp);
        limits.clear();
        assert!(limits.is_empty());
    }

    #[test]
    fn calls_of_the_past_count_in_any_order_while_they_are_in_the_window() {
        let three = limit(3, 10);
        let mut limits = RateLimits::new();
        // The last one dates itself ahead, the first has left the window.
        for time in [-10_000, -4_000, -9_000, 5_000] {
            limits.count_past("r", "", &three, at(time), at(0));
        }
        assert_eq!(limits.len(), 3);
        assert_eq!(limits.count("r", "", &three, at(999)), Count::UsedUp);
        assert_eq!(limits.count("r", "", &three, at(1_000)), Count::Within);
        assert_eq!(limits.count("r", "", &three, at(5_999)), Count::UsedUp);
        assert_eq!(limits.count("r", "", &three, at(6_000)), Count::Within);
        assert_eq!(limits.count("r", "", &three, at(9_999)), Count::UsedUp);
    }

    #[test]
    fn a_call_of_the_past_that_found_no_room_is_not_forgotten() {
        let one = limit(2, 10);
        let mut limits = RateLimits::with_max_entries(1);
        limits.count_past("r", "a", &one, at(-2_000), at(0));
        limits.count_past("r", "b", &one, at(-1_000), at(0));
        limits.count_past("r", "a", &one, at(-2_000), at(0));
        assert_eq!(limits.len(), 1);
        assert_eq!(limits.count("r", "a", &one, at(1)), Count::UsedUp);
        assert_eq!(limits.count("r", "b", &one, at(1)), Count::Full);
        assert_eq!(limits.count("r", "b", &one, at(8_999)), Count::Full);
        assert_eq!(limits.count("r", "b", &one, at(9_000)), Count::Within);
    }

    #[test]
    fn counters_of_different_things_do_not_mix() {
        let mut limits = RateLimits::new();
        let one = limit(1, 60);
        let per_tool = RateLimit {
            scope: Scope::PerTool,
            ..one
        };
        for (rule, whose, limit) in [
            ("r", "", &one),
            ("r", "a", &one),
            ("ra", "", &one),
            ("r", "a", &per_tool),
            ("r:a", "", &per_tool),
        ] {
            assert_eq!(limits.count(rule, whose, limit, at(0)), Count::Within);
            assert_eq!(limits.count(rule, whose, limit, at(0)), Count::UsedUp);
        }
    }
}
