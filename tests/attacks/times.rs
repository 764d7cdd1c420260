//! Receipts from another time, and times that are none.

use signet::ErrorKind;
use signet::encoding::rfc3339::Instant;
use signet::verifier::Axis;

use crate::ground::*;

fn dated(time: &str) -> String {
    resigned(|body| body["ts"] = time.into())
}

#[test]
fn a_stale_receipt_is_presented() {
    let receipt = honest(1);
    passes(&bank().check_call(&call(&receipt), after(300)));
    for seconds in [301, 3600, 86_400, 31_536_000, 3_153_600_000] {
        let report = bank().check_call(&call(&receipt), after(seconds));
        refused(&report, Axis::Time, ErrorKind::TooOld);
    }
}

#[test]
fn a_future_dated_receipt_is_kept_for_later() {
    let receipt = honest(1);
    passes(&bank().check_call(&call(&receipt), after(-30)));
    for seconds in [-31, -3600, -86_400, -31_536_000] {
        let report = bank().check_call(&call(&receipt), after(seconds));
        refused(&report, Axis::Time, ErrorKind::FromFuture);
    }
}

#[test]
fn an_expired_receipt_is_presented_within_its_age() {
    let expiring = resigned(|body| body["exp"] = "2026-06-15T12:00:10Z".into());
    passes(&bank().check_call(&call(&expiring), after(10)));
    let report = bank().check_call(&call(&expiring), after(11));
    refused(&report, Axis::Time, ErrorKind::Expired);
}

#[test]
fn the_expiry_is_cut_off_or_put_off() {
    let expiring = resigned(|body| body["exp"] = "2026-06-15T12:00:10Z".into());
    let cut = expiring.replace(r#""exp":"2026-06-15T12:00:10Z","#, "");
    let put_off = expiring.replace("12:00:10Z", "12:59:10Z");
    for forged in [cut, put_off] {
        assert_ne!(forged, expiring);
        let report = bank().check_call(&call(&forged), after(11));
        refused(&report, Axis::Signature, ErrorKind::SignatureInvalid);
    }
}

#[test]
fn an_expiry_that_is_no_time_never_ends() {
    for never in ["never", "", "9999", "2026-06-15", "infinity", "+∞"] {
        let receipt = resigned(|body| body["exp"] = never.into());
        let report = presented(&receipt);
        assert_eq!(
            report.kind(),
            Some(ErrorKind::TimestampInvalid),
            "{never:?}: {:?}",
            report.reason()
        );
    }
}

#[test]
fn a_time_is_written_that_only_some_readers_read() {
    for time in [
        "2026-06-15T12:00:00",
        "2026-06-15T12:00:00 Z",
        " 2026-06-15T12:00:00Z",
        "2026-06-15T12:00:00Z ",
        "2026-06-15T12:00Z",
        "2026-06-15T12:00:00,5Z",
        "2026-06-15T12:00:00.Z",
        "20260615T120000Z",
        "2026-166T12:00:00Z",
        "2026-06-15T24:00:00Z",
        "2026-06-15T12:60:00Z",
        "2026-06-15T12:00:61Z",
        "2026-02-30T12:00:00Z",
        "2026-13-01T12:00:00Z",
        "2026-06-15T12:00:00+24:00",
        "2026-06-15T12:00:00+0000",
        "2026-06-15T12:00:00+00",
        "2026-06-15T12:00:00 UTC",
        "+2026-06-15T12:00:00Z",
        "-2026-06-15T12:00:00Z",
        "12026-06-15T12:00:00Z",
        "026-06-15T12:00:00Z",
        "２０２６-06-15T12:00:00Z",
        "1781524800",
        "1781524800000",
        "now",
        "",
        "\u{0}",
    ] {
        refused(
            &presented(&dated(time)),
            Axis::Structure,
            ErrorKind::TimestampInvalid,
        );
    }
    passes(&presented(&dated("2026-06-15T12:00:00Z")));
}

#[test]
fn a_time_is_no_string() {
    for time in [
        serde_json::json!(1_781_524_800),
        serde_json::json!(null),
        serde_json::json!(["2026-06-15T12:00:00Z"]),
    ] {
        let receipt = resigned(|body| body["ts"] = time.clone());
        let report = presented(&receipt);
        refused(&report, Axis::Structure, ErrorKind::ReceiptInvalid);
    }
}

#[test]
fn an_offset_hides_the_age() {
    // The same instant in other zones is fresh; another instant that looks alike
    // is not.
    for same in [
        "2026-06-15T13:00:00+01:00",
        "2026-06-14T12:01:00-23:59",
        "2026-06-15T12:00:00-00:00",
        "2026-06-15t12:00:00z",
        "2026-06-15 12:00:00Z",
        "2026-06-15T12:00:00.999999999999Z",
    ] {
        passes(&presented(&dated(same)));
    }
    for (old, kind) in [
        ("2026-06-15T12:00:00+01:00", ErrorKind::TooOld),
        ("2026-06-15T12:00:00+23:59", ErrorKind::TooOld),
        ("2026-06-15T12:00:00-01:00", ErrorKind::FromFuture),
        ("2026-06-15T12:00:00\u{2212}01:00", ErrorKind::FromFuture),
    ] {
        refused(&presented(&dated(old)), Axis::Time, kind);
    }
}

#[test]
fn a_leap_second_makes_no_receipt_younger() {
    // It may stand in any minute, and lies between its neighbours.
    let receipt = dated("2026-06-15T11:59:60Z");
    passes(&bank().check_call(&call(&receipt), after(300)));
    let report = bank().check_call(&call(&receipt), after(301));
    refused(&report, Axis::Time, ErrorKind::TooOld);
    let report = bank().check_call(&call(&receipt), after(-31));
    refused(&report, Axis::Time, ErrorKind::FromFuture);
    refused(
        &presented(&dated("2026-06-15T11:59:61Z")),
        Axis::Structure,
        ErrorKind::TimestampInvalid,
    );
}

#[test]
fn the_first_and_the_last_year_are_past_and_future() {
    for (time, kind) in [
        ("0000-01-01T00:00:00Z", ErrorKind::TooOld),
        ("0000-01-01T00:00:00+23:59", ErrorKind::TooOld),
        ("0001-01-01T00:00:00Z", ErrorKind::TooOld),
        ("1970-01-01T00:00:00Z", ErrorKind::TooOld),
        ("9999-12-31T23:59:59.999Z", ErrorKind::FromFuture),
        ("9999-12-31T23:59:60-23:59", ErrorKind::FromFuture),
    ] {
        refused(&presented(&dated(time)), Axis::Time, kind);
    }
    // And at the edges of what the verifier's own clock may say.
    for millis in [-62_167_219_200_000, 253_402_300_799_999] {
        let edge = Instant::from_unix_millis(millis).unwrap();
        let report = bank().check_call(&call(&honest(1)), edge);
        assert!(!report.is_ok());
        passes(&bank().check_call(&call(&dated(&edge.to_text())), edge));
    }
}

#[test]
fn the_verifiers_clock_is_set_back_to_revive_a_receipt() {
    let bank = verifier(|options| options.not_before = Some(after(60)));
    let report = bank.check_call(&call(&honest(1)), clock());
    refused(&report, Axis::Time, ErrorKind::TooOld);
    let fresh = resigned(|body| body["ts"] = "2026-06-15T12:01:00Z".into());
    passes(&bank.check_call(&call(&fresh), after(61)));
}
