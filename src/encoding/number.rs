//! JSON numbers: the ECMAScript text that RFC 8785 section 3.2.2.3 asks for,
//! and whether that text still denotes the number that was given.
//!
//! A double cannot hold every number that JSON can write. RFC 8785 rounds, so
//! two different calls could get one signature. Nothing is rounded here without
//! saying so: [`append_canonical`] reports it, and [`append_exact`] writes a
//! text that is equal for two numbers exactly when their values are.

use std::cmp::Ordering;

use crate::error::{Error, ErrorKind, Result};

/// A JSON number as it stands in a text, cut into its parts.
#[derive(Clone, Copy, Debug)]
pub struct NumberText<'a> {
    text: &'a [u8],
    negative: bool,
    integer: &'a [u8],
    fraction: &'a [u8],
    exponent: Option<&'a [u8]>,
}

/// How many decimal digits any double keeps: two different texts of at most
/// this many digits never name the same double, so such a text already is the
/// shortest one.
const KEPT_DIGITS: usize = 15;

impl<'a> NumberText<'a> {
    /// Reads the number at the start of `input` by the grammar of RFC 8259
    /// section 6; `None` when there is none.
    pub fn scan(input: &'a [u8]) -> Option<NumberText<'a>> {
        let negative = input.first() == Some(&b'-');
        let start = usize::from(negative);
        let integer = run_of_digits(input, start);
        if integer.is_empty() || (integer.len() > 1 && integer[0] == b'0') {
            return None;
        }
        let mut end = start + integer.len();
        let mut fraction: &[u8] = &[];
        if input.get(end) == Some(&b'.') {
            fraction = run_of_digits(input, end + 1);
            if fraction.is_empty() {
                return None;
            }
            end += 1 + fraction.len();
        }
        let mut exponent = None;
        if let Some(b'e' | b'E') = input.get(end) {
            let sign = matches!(input.get(end + 1), Some(b'+' | b'-'));
            let digits = run_of_digits(input, end + 1 + usize::from(sign));
            if digits.is_empty() {
                return None;
            }
            let past = end + 1 + usize::from(sign) + digits.len();
            exponent = input.get(end + 1..past);
            end = past;
        }
        Some(NumberText {
            text: input.get(..end)?,
            negative,
            integer,
            fraction,
            exponent,
        })
    }

    /// The length of the text in bytes.
    pub fn text_len(&self) -> usize {
        self.text.len()
    }

    /// The fraction without its trailing zeros.
    fn significant_fraction(&self) -> &'a [u8] {
        let kept = self.fraction.iter().rposition(|&digit| digit != b'0');
        kept.map_or(&[], |last| &self.fraction[..=last])
    }

    /// The double nearest to the number (IEEE 754, ties to even).
    fn to_double(self) -> Result<f64> {
        let nearest = if self.text.len() <= LONGEST_PARSED {
            std::str::from_utf8(self.text)
                .ok()
                .and_then(|text| text.parse::<f64>().ok())
        } else {
            Decimal::of(&self).nearest_double()
        };
        nearest.filter(|value| value.is_finite()).ok_or_else(|| {
            Error::new(
                ErrorKind::JsonNumber,
                "JSON",
                "a number is beyond the range of a double",
            )
        })
    }
}

/// The length of the number at the start of `input` when it is what most numbers
/// are: a positive integer of at most fifteen digits. It is canonical and exact
/// as it stands.
#[inline]
pub fn plain_integer(input: &[u8]) -> Option<usize> {
    let head = input.get(..KEPT_DIGITS + 1).unwrap_or(input);
    let length = head.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let has_more = matches!(input.get(length), Some(b'.' | b'e' | b'E'));
    let leading_zero = length > 1 && head.first() == Some(&b'0');
    (length > 0 && length <= KEPT_DIGITS && !has_more && !leading_zero).then_some(length)
}

/// Longer texts are shortened before the standard library sees them: it gives
/// up counting at exponents of seven digits, which enough zeros can balance.
const LONGEST_PARSED: usize = 1024;

/// No number half-way between two doubles has more significant digits than 767,
/// so whatever follows that many only says that there is more.
const TELLING_DIGITS: usize = 800;

/// Appends the RFC 8785 text of the number. Answers whether that text denotes
/// the same value; refuses a number that overflows a double.
pub fn append_canonical(out: &mut Vec<u8>, number: &NumberText<'_>) -> Result<bool> {
    if append_plain(out, number) {
        return Ok(true);
    }
    let value = number.to_double()?;
    let mut buffer = ryu_js::Buffer::new();
    let text = buffer.format_finite(value).as_bytes();
    out.extend_from_slice(text);
    let canonical = NumberText::scan(text);
    Ok(canonical.is_some_and(|canonical| Decimal::of(&canonical) == Decimal::of(number)))
}

/// Appends a text that two numbers share exactly when they have the same value:
/// the RFC 8785 text where that is exact, the digits and a power of ten where
/// it is not. For comparisons; never signed.
pub fn append_exact(out: &mut Vec<u8>, number: &NumberText<'_>) -> Result<()> {
    let start = out.len();
    let rounded = append_canonical(out, number);
    if rounded == Ok(true) {
        return Ok(());
    }
    out.truncate(start);
    let decimal = Decimal::of(number);
    if decimal.scale.unsigned_abs() > MAX_SCALE {
        return Err(Error::new(
            ErrorKind::JsonNumber,
            "JSON",
            "the exponent of a number is out of range",
        ));
    }
    if decimal.negative {
        out.push(b'-');
    }
    let digits = decimal.integer.iter().chain(decimal.fraction);
    out.extend(digits);
    out.push(b'e');
    let places = decimal.integer.len() + decimal.fraction.len();
    let power = decimal.scale - i128::try_from(places).unwrap_or(0);
    out.extend_from_slice(power.to_string().as_bytes());
    Ok(())
}

/// Compares two numbers by value, exactly: no digit is lost to a double.
pub fn compare(left: &NumberText<'_>, right: &NumberText<'_>) -> Ordering {
    let (left, right) = (Decimal::of(left), Decimal::of(right));
    match (left.sign(), right.sign()) {
        (1, 1) => left.compare_magnitude(&right),
        (-1, -1) => right.compare_magnitude(&left),
        (left, right) => left.cmp(&right),
    }
}

/// Whether the RFC 8785 text that ends `canonical` is an integer beyond
/// 2^53 - 1 in magnitude. The published Signet refuses to read those.
pub fn is_unsafe_integer(canonical: &[u8]) -> bool {
    const MAX_SAFE: &[u8] = b"9007199254740991";
    let digits = canonical.strip_prefix(b"-").unwrap_or(canonical);
    digits.iter().all(u8::is_ascii_digit)
        && (digits.len() > MAX_SAFE.len() || (digits.len() == MAX_SAFE.len() && digits > MAX_SAFE))
}

/// The fast road: a plain decimal of at most fifteen digits, not so small that
/// ECMAScript writes it with an exponent, needs no floating point at all.
fn append_plain(out: &mut Vec<u8>, number: &NumberText<'_>) -> bool {
    if number.exponent.is_some() || number.integer.len() + number.fraction.len() > KEPT_DIGITS {
        return false;
    }
    let fraction = number.significant_fraction();
    let zero = number.integer == b"0";
    if zero && fraction.len() > 6 && fraction.starts_with(b"000000") {
        return false;
    }
    if number.negative && !(zero && fraction.is_empty()) {
        out.push(b'-');
    }
    out.extend_from_slice(number.integer);
    if !fraction.is_empty() {
        out.push(b'.');
        out.extend_from_slice(fraction);
    }
    true
}

/// Exponents beyond this are refused where they would have to be written.
const MAX_SCALE: u128 = 1 << 100;

/// The value of a number text: ±0.d₁d₂… × 10^scale, without leading or trailing
/// zeros, so that equal values have equal parts.
#[derive(Debug)]
struct Decimal<'a> {
    negative: bool,
    integer: &'a [u8],
    fraction: &'a [u8],
    scale: i128,
}

impl<'a> Decimal<'a> {
    fn of(number: &NumberText<'a>) -> Decimal<'a> {
        let mut integer = number.integer;
        let mut fraction = number.significant_fraction();
        let mut scale = exponent_value(number.exponent).saturating_add(as_scale(integer.len()));
        if integer == b"0" {
            integer = &[];
            let zeros = fraction.iter().take_while(|&&digit| digit == b'0').count();
            fraction = &fraction[zeros..];
            scale = scale.saturating_sub(as_scale(zeros + 1));
        }
        if fraction.is_empty() {
            let kept = integer.iter().rposition(|&digit| digit != b'0');
            integer = kept.map_or(&[], |last| &integer[..=last]);
        }
        if integer.is_empty() && fraction.is_empty() {
            // Zero has neither a sign nor a scale.
            return Decimal {
                negative: false,
                integer,
                fraction,
                scale: 0,
            };
        }
        Decimal {
            negative: number.negative,
            integer,
            fraction,
            scale,
        }
    }

    /// The double nearest to the value; infinite when it overflows.
    fn nearest_double(&self) -> Option<f64> {
        let mut digits = self.integer.iter().chain(self.fraction);
        let mut text = String::with_capacity(TELLING_DIGITS + 16);
        text.push_str(if self.negative { "-0." } else { "0." });
        text.extend(
            digits
                .by_ref()
                .take(TELLING_DIGITS)
                .copied()
                .map(char::from),
        );
        // Trailing zeros are gone, so there is a digit other than zero in the rest.
        text.push(if digits.next().is_some() { '1' } else { '0' });
        text.push('e');
        text.push_str(&self.scale.clamp(-100_000, 100_000).to_string());
        text.parse().ok()
    }
}

impl Decimal<'_> {
    /// -1, 0 or 1.
    fn sign(&self) -> i8 {
        match (
            self.integer.is_empty() && self.fraction.is_empty(),
            self.negative,
        ) {
            (true, _) => 0,
            (false, true) => -1,
            (false, false) => 1,
        }
    }

    /// Compares two values other than zero without their signs. The first digit
    /// of both is not zero, so the greater scale decides, then the digits.
    fn compare_magnitude(&self, other: &Decimal<'_>) -> Ordering {
        let digits = self.integer.iter().chain(self.fraction);
        self.scale
            .cmp(&other.scale)
            .then_with(|| digits.cmp(other.integer.iter().chain(other.fraction)))
    }
}

impl PartialEq for Decimal<'_> {
    fn eq(&self, other: &Decimal<'_>) -> bool {
        let digits = self.integer.iter().chain(self.fraction);
        self.negative == other.negative
            && self.scale == other.scale
            && digits.eq(other.integer.iter().chain(other.fraction))
    }
}

/// The value of an exponent text (sign, digits), saturating far outside the
/// range of doubles and of [`MAX_SCALE`].
fn exponent_value(text: Option<&[u8]>) -> i128 {
    let text = text.unwrap_or(b"0");
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        digits => (false, digits),
    };
    let magnitude = digits.iter().fold(0_i128, |value, digit| {
        value
            .saturating_mul(10)
            .saturating_add(i128::from(digit - b'0'))
            .min(i128::MAX / 4)
    });
    if negative { -magnitude } else { magnitude }
}

fn as_scale(length: usize) -> i128 {
    i128::try_from(length).unwrap_or(i128::MAX / 4)
}

fn run_of_digits(input: &[u8], start: usize) -> &[u8] {
    let rest = input.get(start..).unwrap_or(&[]);
    let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    &rest[..count]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(text: &str) -> (String, bool) {
        let number = NumberText::scan(text.as_bytes()).unwrap();
        assert_eq!(number.text_len(), text.len(), "{text}");
        let mut out = Vec::new();
        let exact = append_canonical(&mut out, &number).unwrap();
        (String::from_utf8(out).unwrap(), exact)
    }

    fn exact(text: &str) -> String {
        let mut out = Vec::new();
        append_exact(&mut out, &NumberText::scan(text.as_bytes()).unwrap()).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn texts_of_the_same_value() {
        for (text, expected) in [
            ("0", "0"),
            ("-0", "0"),
            ("-0.0", "0"),
            ("0e5", "0"),
            ("-0.000e-99999999999999999999999999999999999999999999", "0"),
            ("1.10", "1.1"),
            ("0.1", "0.1"),
            ("12.50", "12.5"),
            ("0.000001", "0.000001"),
            ("0.0000010", "0.000001"),
            ("0.0000001", "1e-7"),
            ("-0.00000012", "-1.2e-7"),
            ("100", "100"),
            ("1e2", "100"),
            ("1E+2", "100"),
            ("1e21", "1e+21"),
            ("1e20", "100000000000000000000"),
            ("123456789012345", "123456789012345"),
            ("9007199254740991", "9007199254740991"),
            ("9007199254740992", "9007199254740992"),
            ("9007199254740994", "9007199254740994"),
            ("1.7976931348623157e308", "1.7976931348623157e+308"),
            ("5e-324", "5e-324"),
            (
                "1e-0000000000000000000000000000000000000000000000007",
                "1e-7",
            ),
        ] {
            assert_eq!(canonical(text), (expected.to_owned(), true), "{text}");
        }
    }

    #[test]
    fn texts_that_a_double_rounds() {
        for (text, expected) in [
            ("9007199254740993", "9007199254740992"),
            ("-9007199254740993", "-9007199254740992"),
            ("18446744073709551615", "18446744073709552000"),
            ("18446744073709551616", "18446744073709552000"),
            ("9223372036854775807", "9223372036854776000"),
            ("123456789012345678901234567890", "1.2345678901234568e+29"),
            ("0.1000000000000000055511151231257827", "0.1"),
            ("4.9e-324", "5e-324"),
            ("1e-400", "0"),
            ("-1e-99999999999999999999999999999999999999999999999", "0"),
            ("333333333.33333329", "333333333.3333333"),
        ] {
            assert_eq!(canonical(text), (expected.to_owned(), false), "{text}");
        }
    }

    #[test]
    fn digits_and_exponent_may_balance_at_any_length() {
        for zeros in [10, 1_100, 65_600, 700_000, 3_000_000] {
            let tiny = format!("0.{}1e{}", "0".repeat(zeros), zeros + 17);
            assert_eq!(canonical(&tiny), ("10000000000000000".to_owned(), true));
            let huge = format!("-1{}e-{}", "0".repeat(zeros), zeros + 7);
            assert_eq!(canonical(&huge), ("-1e-7".to_owned(), true));
            assert_eq!(exact(&tiny), exact("1e16"));
        }
    }

    #[test]
    fn a_digit_far_behind_a_half_way_point_decides() {
        // 2^53 + 1 lies half-way between two doubles; ties go to the even one.
        let zeros = "0".repeat(5_000);
        for (text, expected) in [
            (format!("9007199254740993.{zeros}0"), "9007199254740992"),
            (format!("9007199254740993.{zeros}1"), "9007199254740994"),
            (
                format!("9007199254740992.{}1", "9".repeat(5_000)),
                "9007199254740992",
            ),
            (
                format!("9007199254740993{zeros}1e-5001"),
                "9007199254740994",
            ),
        ] {
            assert_eq!(canonical(&text), (expected.to_owned(), false));
        }
    }

    #[test]
    fn overflow_is_refused() {
        for text in [
            "1e309",
            "-1e999",
            "1e99999999999999999999999999999999999999999",
        ] {
            let number = NumberText::scan(text.as_bytes()).unwrap();
            let refused = append_canonical(&mut Vec::new(), &number).unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::JsonNumber, "{text}");
        }
    }

    #[test]
    fn exact_texts_are_equal_when_values_are() {
        for (left, right) in [
            ("9007199254740993", "9007199254740993.0"),
            ("9007199254740993", "9.007199254740993e15"),
            ("1e-400", "0.1e-399"),
            (
                "123456789012345678901234567890",
                "12345678901234567890123456789e1",
            ),
            ("1.0", "1"),
        ] {
            assert_eq!(exact(left), exact(right));
        }
        for (left, right) in [
            ("9007199254740993", "9007199254740992"),
            ("9007199254740993", "-9007199254740993"),
            ("1e-400", "1e-401"),
            ("1e-400", "0"),
        ] {
            assert_ne!(exact(left), exact(right));
        }
    }

    #[test]
    fn numbers_compare_by_exact_value() {
        // Ascending; equal values share a line.
        let ascending: &[&[&str]] = &[
            &["-1e400", "-10e399"],
            &["-9007199254740993"],
            &["-9007199254740992", "-9.007199254740992e15"],
            &["-1.5"],
            &["-0.1"],
            &["-1e-400"],
            &["0", "-0", "0.0", "0e999"],
            &["1e-400"],
            &["0.0999"],
            &["0.1", "1e-1", "0.10"],
            &["0.1000000000000000055511151231257827"],
            &["9"],
            &["10", "1e1", "10.0"],
            &["10.000000000000000000001"],
            &["9007199254740992"],
            &["9007199254740993", "9007199254740993.0"],
            &["1e400"],
        ];
        let scan = |text: &'static str| NumberText::scan(text.as_bytes()).unwrap();
        for (low, left) in ascending.iter().enumerate() {
            for (high, right) in ascending.iter().enumerate() {
                for (left, right) in left.iter().flat_map(|l| right.iter().map(move |r| (l, r))) {
                    let expected = low.cmp(&high);
                    assert_eq!(
                        compare(&scan(left), &scan(right)),
                        expected,
                        "{left} {right}"
                    );
                }
            }
        }
    }

    #[test]
    fn the_grammar_is_that_of_json() {
        for text in ["", "-", "01", "-01", "+1", ".5", "1.", "1e", "1e+", "x"] {
            assert!(NumberText::scan(text.as_bytes()).is_none(), "{text}");
        }
        assert_eq!(NumberText::scan(b"12,").unwrap().text_len(), 2);
    }

    #[test]
    fn plain_integers_are_canonical_as_they_stand() {
        for text in ["0", "7", "10", "123456789012345"] {
            assert_eq!(plain_integer(text.as_bytes()), Some(text.len()), "{text}");
            assert_eq!(
                plain_integer(format!("{text},1").as_bytes()),
                Some(text.len())
            );
            assert_eq!(canonical(text), (text.to_owned(), true));
        }
        for text in [
            "",
            "-1",
            "-0",
            "00",
            "01",
            "1.5",
            "1e2",
            "1E2",
            "x",
            "1234567890123456",
        ] {
            assert_eq!(plain_integer(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn unsafe_integers() {
        assert!(!is_unsafe_integer(b"9007199254740991"));
        assert!(is_unsafe_integer(b"9007199254740992"));
        assert!(is_unsafe_integer(b"-10000000000000000"));
        assert!(!is_unsafe_integer(b"1e+21"));
        assert!(!is_unsafe_integer(b"9007199254740992.5"));
    }
}
