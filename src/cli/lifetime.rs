//! How long something is valid: `--ttl 30m`, as a time from now.

use signet::encoding::rfc3339::Instant;

use crate::failure::Failure;

/// The end of a lifetime such as `30m`, `24h` or `7d` that begins now.
pub fn end_of(text: &str, now: Instant) -> Result<Instant, Failure> {
    let refuse = |why: &str| Failure::usage(format!("--ttl '{text}': {why}"));
    let seconds = match text.chars().last() {
        Some('m') => 60,
        Some('h') => 3600,
        Some('d') => 86_400,
        _ => return Err(refuse("a number and m, h or d, for example 30m, 24h or 7d")),
    };
    let digits = text.get(..text.len().saturating_sub(1)).unwrap_or_default();
    let millis = digits
        .parse::<u32>()
        .ok()
        .filter(|_| digits.bytes().all(|byte| byte.is_ascii_digit()))
        .map(|number| i64::from(number).saturating_mul(seconds * 1000))
        .filter(|millis| *millis > 0)
        .ok_or_else(|| refuse("the number must be whole and above zero"))?;
    Instant::from_unix_millis(now.unix_millis().saturating_add(millis))
        .map_err(|_| refuse("that lies beyond the year 9999"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_hours_and_days_and_nothing_else() {
        let now = Instant::parse("2026-06-15T12:00:00Z").unwrap();
        for (text, end) in [
            ("30m", "2026-06-15T12:30:00.000Z"),
            ("1h", "2026-06-15T13:00:00.000Z"),
            ("7d", "2026-06-22T12:00:00.000Z"),
        ] {
            assert_eq!(end_of(text, now).unwrap().to_text(), end);
        }
        for text in [
            "",
            "h",
            "0h",
            "-1h",
            "+1h",
            "1.5h",
            "1w",
            "1",
            "1é",
            "99999999999d",
            "4294967295d",
        ] {
            assert!(end_of(text, now).is_err(), "{text}");
        }
    }
}
