//! Lengths of time in arguments, `90s`, `30m`, `24h` or `7d`: how long something is
//! valid, since when records count, how old a checkpoint may be.

use signet::encoding::rfc3339::Instant;

use crate::failure::Failure;

/// A length of time in milliseconds, above zero; the value of a flag of ours.
pub fn millis(text: &str) -> Result<u64, String> {
    millis_in(text, "smhd")
}

fn millis_in(text: &str, units: &str) -> Result<u64, String> {
    let digits = text.get(..text.len().saturating_sub(1)).unwrap_or_default();
    let whole = digits.bytes().all(|byte| byte.is_ascii_digit());
    let millis = unit(text, units)
        .filter(|_| whole)
        .and_then(|unit| digits.parse::<i64>().ok()?.checked_mul(unit))
        .and_then(|millis| u64::try_from(millis).ok())
        .filter(|millis| *millis > 0);
    millis.ok_or_else(|| format!("it must be {}, and above zero", form(units)))
}

/// The end of a lifetime that begins now: `--ttl`, which has no seconds.
pub fn end_of(text: &str, now: Instant) -> Result<Instant, Failure> {
    let refuse = |why: &str| Failure::usage(format!("--ttl '{text}': {why}"));
    let millis = millis_in(text, "mhd").map_err(|why| refuse(&why))?;
    i64::try_from(millis)
        .ok()
        .and_then(|millis| now.unix_millis().checked_add(millis))
        .and_then(|end| Instant::from_unix_millis(end).ok())
        .ok_or_else(|| refuse("that lies beyond the year 9999"))
}

/// So long before `now`: `--since`, which has neither seconds nor minutes. A
/// negative number lies ahead.
pub fn time_ago(text: &str, now: Instant) -> Result<Instant, Failure> {
    const UNITS: &str = "hd";
    let wrong = |detail: &str| Failure::usage(format!("--since '{text}': {detail}"));
    let trimmed = text.trim();
    let unit = unit(trimmed, UNITS).ok_or_else(|| wrong(&format!("it must be {}", form(UNITS))))?;
    let digits = trimmed.get(..trimmed.len() - 1).unwrap_or_default();
    let number: i64 = digits
        .parse()
        .map_err(|_| wrong(&format!("it must be {}", form(UNITS))))?;
    let ago = number
        .checked_mul(unit)
        .and_then(i64::checked_neg)
        .ok_or_else(|| wrong("more time than there has been"))?;
    Ok(now.plus_millis(ago))
}

/// How a length of time is written, for an error.
fn form(units: &str) -> String {
    let units: Vec<String> = units.chars().map(String::from).collect();
    format!("a whole number and {}, as in 24h", units.join(", "))
}

/// The milliseconds of the unit that a text ends with.
fn unit(text: &str, units: &str) -> Option<i64> {
    match text
        .chars()
        .next_back()
        .filter(|unit| units.contains(*unit))?
    {
        's' => Some(1_000),
        'm' => Some(60_000),
        'h' => Some(3_600_000),
        'd' => Some(86_400_000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_is_a_whole_number_and_a_unit_and_nothing_else() {
        for (text, expected) in [
            ("90s", 90_000),
            ("30m", 1_800_000),
            ("1h", 3_600_000),
            ("7d", 604_800_000),
        ] {
            assert_eq!(millis(text), Ok(expected));
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
            "9223372036854775807d",
        ] {
            assert!(millis(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_lifetime_ends_before_the_year_10000() {
        let now = Instant::parse("2026-06-15T12:00:00Z").unwrap();
        let end = end_of("30m", now).unwrap();
        assert_eq!(end.to_text(), "2026-06-15T12:30:00.000Z");
        for text in ["1w", "90s", "99999999999d", "4294967295d"] {
            assert!(end_of(text, now).is_err(), "{text}");
        }
    }

    #[test]
    fn times_are_counted_back_and_nothing_panics() {
        let now = Instant::parse("2026-03-03T12:00:00Z").unwrap();
        let at = |text| time_ago(text, now).map(|time| time.to_text()).ok();
        assert_eq!(at("24h").unwrap(), "2026-03-02T12:00:00.000Z");
        assert_eq!(at(" 2d ").unwrap(), "2026-03-01T12:00:00.000Z");
        assert_eq!(at("-1h").unwrap(), "2026-03-03T13:00:00.000Z");
        for wrong in [
            "",
            "h",
            "2 h",
            "1m",
            "1.5h",
            "1é",
            "9999999999999999999h",
            "9223372036854775807d",
            "-9223372036854775808h",
        ] {
            assert!(time_ago(wrong, now).is_err(), "{wrong}");
        }
        // Beyond all records, not an error.
        assert!(time_ago("2562047788015h", now).is_ok());
    }
}
