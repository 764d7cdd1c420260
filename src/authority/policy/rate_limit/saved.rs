//! Counters that outlive their process: a program that is started for every call
//! keeps them in a file between one call and the next.

use std::collections::VecDeque;
use std::ops::Range;

use super::{RateLimits, Window};
use crate::encoding::jcs::{self, Limits};
use crate::encoding::rfc3339::Instant;
use crate::encoding::{hex, members};
use crate::error::{Error, ErrorKind, Result};

const VERSION: &[u8] = b"1";
/// What ends later is written as ending here, in 285 thousand years: the largest
/// integer that every reader of JSON reads exactly.
const END_OF_TIME: i64 = (1 << 53) - 1;
const SUBJECT: &str = "rate limit counters";

impl RateLimits {
    /// The counters as JSON, for [`RateLimits::restore`]; what no longer counts at
    /// the time `now` is left out.
    pub fn save(&self, now: Instant) -> Vec<u8> {
        let now = now.unix_millis();
        let mut windows: Vec<_> = self.windows.iter().collect();
        windows.retain(|(_, window)| window.empty_at > now);
        windows.sort_by_key(|(key, _)| **key);
        let mut out = String::from("{\"v\":1,\"windows\":{");
        for (place, (key, window)) in windows.into_iter().enumerate() {
            let comma = if place == 0 { "" } else { "," };
            out.push_str(&format!("{comma}\"{}\":{{\"calls\":[", hex::encode(key)));
            for (place, (time, calls)) in window.calls.iter().enumerate() {
                let comma = if place == 0 { "" } else { "," };
                let time = END_OF_TIME.min(*time);
                out.push_str(&format!("{comma}[{time},{calls}]"));
            }
            let empty_at = END_OF_TIME.min(window.empty_at);
            out.push_str(&format!("],\"empty_at\":{empty_at}}}"));
        }
        out.push_str("}}");
        out.into_bytes()
    }

    /// The counters that [`RateLimits::save`] wrote, with the room of `self`.
    ///
    /// Fails with [`ErrorKind::InvalidArgument`] when the text is anything else:
    /// whoever cannot tell what was counted must not begin at nothing.
    pub fn restore(&self, json: &[u8]) -> Result<RateLimits> {
        let text =
            jcs::canonicalize(json, &Limits::default()).map_err(|error| error.within(SUBJECT))?;
        self.read(&text).ok_or_else(|| {
            Error::new(
                ErrorKind::InvalidArgument,
                SUBJECT,
                "not what was saved; remove them to begin at nothing",
            )
        })
    }

    fn read(&self, text: &[u8]) -> Option<RateLimits> {
        let mut limits = RateLimits::with_max_entries(self.max_entries);
        if text.get(members::find(text, 0, "v")?)? != VERSION {
            return None;
        }
        let windows = members::find(text, 0, "windows")?;
        if text.get(windows.start) != Some(&b'{') {
            return None;
        }
        for member in members::members(text, windows.start) {
            let key = hex::decode(member.name)?;
            let window = read_window(text, member.value.start)?;
            limits.entries = limits.entries.checked_add(window.calls.len())?;
            limits.empty_at.insert((window.empty_at, key));
            limits.windows.insert(key, window);
        }
        (limits.entries <= limits.max_entries).then_some(limits)
    }
}

fn read_window(text: &[u8], start: usize) -> Option<Window> {
    let mut window = Window {
        empty_at: integer(text, members::find(text, start, "empty_at")?)?,
        ..Window::default()
    };
    for call in members::elements(text, members::find(text, start, "calls")?.start) {
        let mut pair = members::elements(text, call.start);
        let (time, calls): (i64, u32) =
            (integer(text, pair.next()?)?, integer(text, pair.next()?)?);
        let in_order = last_time(&window.calls).is_none_or(|last| last < time);
        if calls == 0 || !in_order || time > window.empty_at || pair.next().is_some() {
            return None;
        }
        window.calls.push_back((time, calls));
        window.total = window.total.checked_add(calls.into())?;
    }
    (!window.calls.is_empty()).then_some(window)
}

fn last_time(calls: &VecDeque<(i64, u32)>) -> Option<i64> {
    calls.back().map(|(time, _)| *time)
}

fn integer<T: std::str::FromStr>(text: &[u8], range: Range<usize>) -> Option<T> {
    std::str::from_utf8(text.get(range)?).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::super::{Count, RateLimit, Scope};
    use super::*;

    fn at(millis: i64) -> Instant {
        Instant::from_unix_millis(1_781_524_800_000 + millis).unwrap()
    }

    const THREE: RateLimit = RateLimit {
        max_calls: 3,
        window_seconds: 10,
        scope: Scope::PerTool,
    };

    #[test]
    fn counting_goes_on_where_it_was_saved() {
        let mut limits = RateLimits::new();
        for (call, expected) in [Count::Within, Count::Within, Count::Within, Count::UsedUp]
            .into_iter()
            .enumerate()
        {
            let now = at(i64::try_from(call).unwrap() * 1000);
            assert_eq!(limits.count("r", "tool", &THREE, now), expected);
            assert_eq!(limits.count("r", "other", &THREE, at(0)), expected);
            let saved = limits.save(now);
            limits = RateLimits::new().restore(&saved).unwrap();
            assert_eq!(limits.save(now), saved);
        }
        // The first call leaves after ten seconds, as if nothing had been saved.
        assert_eq!(limits.count("r", "tool", &THREE, at(9_999)), Count::UsedUp);
        assert_eq!(limits.count("r", "tool", &THREE, at(10_000)), Count::Within);
    }

    #[test]
    fn a_window_without_an_end_is_saved_too() {
        let endless = RateLimit {
            window_seconds: u64::MAX,
            ..THREE
        };
        let mut limits = RateLimits::new();
        for expected in [Count::Within, Count::Within, Count::Within, Count::UsedUp] {
            assert_eq!(limits.count("r", "tool", &endless, at(0)), expected);
            limits = RateLimits::new().restore(&limits.save(at(0))).unwrap();
        }
    }

    #[test]
    fn what_no_longer_counts_is_not_saved() {
        let mut limits = RateLimits::new();
        limits.count("r", "tool", &THREE, at(0));
        assert_eq!(limits.save(at(10_000)), br#"{"v":1,"windows":{}}"#);
        let saved = limits.save(at(9_999));
        assert!(RateLimits::new().restore(&saved).is_ok());
        let room = RateLimits::with_max_entries(0);
        assert!(room.restore(&saved).is_err());
    }

    #[test]
    fn a_text_that_was_not_saved_never_means_that_nothing_was_counted() {
        let mut limits = RateLimits::new();
        limits.count("r", "tool", &THREE, at(0));
        limits.count("r", "tool", &THREE, at(1));
        let saved = String::from_utf8(limits.save(at(1))).unwrap();
        for end in 0..saved.len() {
            assert!(RateLimits::new().restore(&saved.as_bytes()[..end]).is_err());
        }
        for (from, to) in [
            ("\"v\":1", "\"v\":2"),
            (",1]]", ",0]]"),
            (",1]]", ",-1]]"),
            (",1]]", ",1,1]]"),
            ("[[", "[[9999999999999,1],["),
            ("\"calls\"", "\"call\""),
            ("{\"v", "[{\"v"),
        ] {
            let altered = saved.replace(from, to);
            assert_ne!(altered, saved);
            let refused = RateLimits::new().restore(altered.as_bytes());
            assert!(refused.is_err(), "{altered}");
        }
    }
}
