//! RFC 3339 date-times: the millisecond UTC form that receipts carry, and a
//! reader for everything the published Signet reads.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::error::{Error, ErrorKind, Result};

/// An instant: milliseconds and nanoseconds are enough for every format here.
///
/// Ordered by time. A leap second (`:60`) lies after every other instant of
/// its minute and before the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant {
    seconds: i64,
    /// 0 to 1 999 999 999: the second billion is the leap second.
    nanos: u32,
}

/// The last millisecond that a four-digit year can write.
const MAX_MILLIS: i64 = 253_402_300_799_999;
/// The first one: year 0.
const MIN_MILLIS: i64 = -62_167_219_200_000;

impl Instant {
    /// The system clock, now.
    pub fn now() -> Instant {
        match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => Instant {
                seconds: since.as_secs().try_into().unwrap_or(i64::MAX),
                nanos: since.subsec_nanos(),
            },
            // A clock before 1970 is wrong anyway.
            Err(_) => Instant {
                seconds: 0,
                nanos: 0,
            },
        }
    }

    /// The instant `millis` milliseconds after 1970-01-01T00:00:00Z; refused
    /// outside the years 0000 to 9999, which have no RFC 3339 text.
    pub fn from_unix_millis(millis: i64) -> Result<Instant> {
        if !(MIN_MILLIS..=MAX_MILLIS).contains(&millis) {
            return Err(Error::new(
                ErrorKind::InvalidArgument,
                "time",
                "milliseconds outside the years 0000 to 9999",
            ));
        }
        Ok(Instant {
            seconds: millis.div_euclid(1000),
            nanos: (millis.rem_euclid(1000) * 1_000_000) as u32,
        })
    }

    /// Milliseconds since 1970-01-01T00:00:00Z, rounded down. A leap second
    /// counts as the second after it.
    pub fn unix_millis(self) -> i64 {
        self.seconds
            .saturating_mul(1000)
            .saturating_add(i64::from(self.nanos / 1_000_000))
    }

    /// Reads an RFC 3339 date-time; a space or lower-case letters may stand
    /// for `T` and `Z`, and digits after the ninth of a fraction are ignored.
    pub fn parse(text: &str) -> Result<Instant> {
        parse(text).ok_or_else(|| {
            Error::new(
                ErrorKind::TimestampInvalid,
                "timestamp",
                "not an RFC 3339 date-time such as 2026-06-15T12:00:00.000Z",
            )
        })
    }

    /// The form receipts carry: UTC, milliseconds, `Z`, 24 characters.
    pub fn to_text(self) -> String {
        let mut out = Vec::with_capacity(24);
        self.append_to(&mut out);
        out.iter().map(|&byte| char::from(byte)).collect()
    }

    /// Appends the 24 bytes of [`Instant::to_text`].
    pub fn append_to(self, out: &mut Vec<u8>) {
        let millis = self.unix_millis().clamp(MIN_MILLIS, MAX_MILLIS);
        let (days, of_day) = (millis.div_euclid(86_400_000), millis.rem_euclid(86_400_000));
        let (year, month, day) = civil_from_days(days);
        let (second, milli) = (of_day / 1000, of_day % 1000);
        let fields = [
            (year, 4, b'-'),
            (month, 2, b'-'),
            (day, 2, b'T'),
            (second / 3600, 2, b':'),
            (second / 60 % 60, 2, b':'),
            (second % 60, 2, b'.'),
            (milli, 3, b'Z'),
        ];
        for (value, width, end) in fields {
            push_digits(out, value, width);
            out.push(end);
        }
    }

    /// The calendar date in UTC, `YYYY-MM-DD`.
    pub fn date_text(self) -> String {
        let mut text = self.to_text();
        text.truncate(10);
        text
    }

    /// `later - self` in whole milliseconds, negative when `later` is earlier.
    pub fn millis_until(self, later: Instant) -> i64 {
        later.unix_millis().saturating_sub(self.unix_millis())
    }

    /// The instant `millis` milliseconds later (earlier when negative).
    #[must_use]
    pub fn plus_millis(self, millis: i64) -> Instant {
        let nanos = i64::from(self.nanos) + millis % 1000 * 1_000_000;
        Instant {
            seconds: self
                .seconds
                .saturating_add(millis / 1000)
                .saturating_add(nanos.div_euclid(1_000_000_000)),
            nanos: nanos.rem_euclid(1_000_000_000) as u32,
        }
    }
}

fn push_digits(out: &mut Vec<u8>, value: i64, width: u32) {
    for place in (0..width).rev() {
        out.push(b'0' + (value / 10_i64.pow(place) % 10) as u8);
    }
}

fn parse(text: &str) -> Option<Instant> {
    let bytes = text.as_bytes();
    let year = digits(bytes, 0, 4)?;
    let month = digits(bytes, 5, 2)?;
    let day = digits(bytes, 8, 2)?;
    let hour = digits(bytes, 11, 2)?;
    let minute = digits(bytes, 14, 2)?;
    let second = digits(bytes, 17, 2)?;
    let punctuation = [bytes[4], bytes[7], bytes[13], bytes[16]];
    if punctuation != *b"--::" || !matches!(bytes[10], b'T' | b't' | b' ') {
        return None;
    }
    if !(1..=12).contains(&month) || day < 1 || day > days_in_month(year, month) {
        return None;
    }
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let mut rest = &bytes[19..];
    let mut nanos = 0;
    if let Some(fraction) = rest.strip_prefix(b".") {
        let count = fraction.iter().take_while(|b| b.is_ascii_digit()).count();
        if count == 0 {
            return None;
        }
        for place in 0..9 {
            let digit = fraction[..count]
                .get(place)
                .map_or(0, |b| u32::from(b - b'0'));
            nanos = nanos * 10 + digit;
        }
        rest = &fraction[count..];
    }
    let offset = parse_offset(rest)?;
    let mut seconds = days_from_civil(year, month, day) * 86_400 + hour * 3600 + minute * 60;
    if second == 60 {
        seconds += 59;
        nanos += 1_000_000_000;
    } else {
        seconds += second;
    }
    Some(Instant {
        seconds: seconds - offset,
        nanos,
    })
}

/// The offset from UTC in seconds.
fn parse_offset(text: &[u8]) -> Option<i64> {
    let (sign, digits_of) = match text {
        b"Z" | b"z" => return Some(0),
        [b'+', rest @ ..] => (1, rest),
        [b'-', rest @ ..] => (-1, rest),
        // U+2212, the minus sign of ISO 8601.
        [0xe2, 0x88, 0x92, rest @ ..] => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = (digits(digits_of, 0, 2)?, digits(digits_of, 3, 2)?);
    if digits_of.len() != 5 || digits_of[2] != b':' || hours > 23 || minutes > 59 {
        return None;
    }
    Some(sign * (hours * 3600 + minutes * 60))
}

fn digits(text: &[u8], start: usize, count: usize) -> Option<i64> {
    let mut value = 0;
    for digit in text.get(start..start + count)? {
        if !digit.is_ascii_digit() {
            return None;
        }
        value = value * 10 + i64::from(digit - b'0');
    }
    Some(value)
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days since 1970-01-01 in the proleptic Gregorian calendar. Years are
/// counted from March, so that the leap day comes last.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = (month_from_march + 2) % 12 + 1;
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn millis(text: &str) -> i64 {
        Instant::parse(text).unwrap().unix_millis()
    }

    #[test]
    fn days_across_ten_thousand_years_round_trip() {
        for days in (days_from_civil(0, 1, 1)..=days_from_civil(9999, 12, 31)).step_by(5) {
            let instant = Instant::from_unix_millis(days * 86_400_000 + 43_200_123).unwrap();
            assert_eq!(Instant::parse(&instant.to_text()).unwrap(), instant);
        }
    }

    #[test]
    fn known_instants() {
        assert_eq!(millis("1970-01-01T00:00:00Z"), 0);
        assert_eq!(millis("2026-06-15T12:00:00.000Z"), 1_781_524_800_000);
        assert_eq!(millis("2026-06-15T14:00:00+02:00"), 1_781_524_800_000);
        assert_eq!(
            millis("2026-06-15t14:00:00.9999999999\u{2212}00:00"),
            1_781_532_000_999
        );
        assert_eq!(millis("0000-03-01 00:00:00z"), -62_162_035_200_000);
        assert_eq!(
            Instant::from_unix_millis(1_781_524_800_007)
                .unwrap()
                .to_text(),
            "2026-06-15T12:00:00.007Z"
        );
    }

    #[test]
    fn a_leap_second_sorts_between_its_neighbours() {
        let before = Instant::parse("2016-12-31T23:59:59.999999999Z").unwrap();
        let leap = Instant::parse("2016-12-31T23:59:60.5Z").unwrap();
        let after = Instant::parse("2017-01-01T00:00:00Z").unwrap();
        assert!(before < leap && leap < after);
    }

    #[test]
    fn what_is_not_rfc_3339_is_refused() {
        for text in [
            "",
            "banana",
            "2026-06-15",
            "2026-06-15T12:00:00",
            "2026-06-15T12:00Z",
            "2026-02-29T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-06-15T24:00:00Z",
            "2026-06-15T12:00:61Z",
            "2026-06-15T12:00:00.Z",
            "2026-06-15T12:00:00+24:00",
            "2026-06-15T12:00:00+0200",
            " 2026-06-15T12:00:00Z",
            "2026-06-15T12:00:00Z ",
            "+2026-06-15T12:00:00Z",
            "2026-06-15T12:00:00,5Z",
            "２026-06-15T12:00:00Z",
        ] {
            assert!(Instant::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn arithmetic_never_overflows() {
        let now = Instant::from_unix_millis(1).unwrap();
        assert_eq!(now.plus_millis(-2).unix_millis(), -1);
        assert_eq!(now.plus_millis(1_234).unix_millis(), 1_235);
        let far = now.plus_millis(i64::MAX).plus_millis(i64::MAX);
        assert!(far > now);
        assert!(Instant::from_unix_millis(i64::MAX).is_err());
    }
}
