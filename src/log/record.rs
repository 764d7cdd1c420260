//! What a log holds: receipts of every version, and the unsigned records of
//! denied calls.
//!
//! The log does not judge signatures; it keeps any JSON object that every
//! reader of the log will be able to read again and to place in time. What a
//! record says of itself is read by the rules of the published formats.

use std::borrow::Cow;

use crate::encoding::jcs::{self, Limits, Numbers};
use crate::encoding::members;
use crate::encoding::rfc3339::Instant;
use crate::error::{Error, ErrorKind, Result};
use crate::log::line::MAX_LINE_DEPTH;
use crate::receipt::Receipt;

/// The largest record that is appended unless the caller says otherwise.
pub const DEFAULT_MAX_RECORD_LEN: usize = jcs::DEFAULT_MAX_LEN;

/// A record that can be appended: canonical, readable, placed in time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    canonical: Vec<u8>,
}

impl Record {
    /// Reads a record from JSON text of at most `max_len` bytes.
    ///
    /// Refuses what could be written but not read back, and what readers could
    /// disagree about: nesting that would make the line deeper than 127 levels,
    /// duplicate members, numbers that a double would round or that the
    /// published Signet does not read, and a record without the timestamp that
    /// its version has.
    pub fn parse(json: &[u8], max_len: usize) -> Result<Record> {
        let limits = Limits {
            max_len: max_len.min(super::line::MAX_LINE_LEN / 2),
            max_depth: MAX_LINE_DEPTH - 1,
        };
        let mut canonical = Vec::new();
        let findings = jcs::append_canonical(&mut canonical, json, &limits, Numbers::Rounded)
            .map_err(|error| error.within("record"))?;
        if let Some(offset) = findings.inexact_number {
            return Err(unreadable_number().at(offset as u64));
        }
        if findings.unsafe_integer {
            return Err(unreadable_number());
        }
        Record::from_canonical(canonical)
    }

    /// The record of a receipt.
    pub fn of_receipt(receipt: &Receipt, max_len: usize) -> Result<Record> {
        Record::parse(receipt.json(), max_len)
    }

    fn from_canonical(canonical: Vec<u8>) -> Result<Record> {
        if canonical.first() != Some(&b'{') {
            return Err(Error::new(
                ErrorKind::RecordInvalid,
                "record",
                "it must be an object",
            ));
        }
        let view = RecordView::new(&canonical);
        let Some(text) = view.time_text() else {
            return Err(Error::new(
                ErrorKind::RecordInvalid,
                "record",
                "it has no timestamp: ts (ts_request in version 2, ts_response in version 3)",
            ));
        };
        Instant::parse(&text).map_err(|error| error.within("record"))?;
        Ok(Record { canonical })
    }

    /// The canonical JSON text.
    pub fn json(&self) -> &[u8] {
        &self.canonical
    }

    /// What the record says of itself.
    pub fn view(&self) -> RecordView<'_> {
        RecordView::new(&self.canonical)
    }
}

fn unreadable_number() -> Error {
    Error::new(
        ErrorKind::JsonInexactNumber,
        "record",
        "it has a number that readers of the log would not read alike; carry it as a string",
    )
}

/// What a record says of itself, read from its canonical JSON text. Claims:
/// nothing here is verified.
#[derive(Clone, Copy, Debug)]
pub struct RecordView<'a> {
    json: &'a [u8],
}

impl<'a> RecordView<'a> {
    /// A view of a canonical JSON object.
    pub fn new(json: &'a [u8]) -> RecordView<'a> {
        RecordView { json }
    }

    /// The version; 1 when there is none, as in records of denied calls.
    pub fn version(&self) -> Option<u64> {
        let Some(range) = members::find(self.json, 0, "v") else {
            return Some(1);
        };
        let text = std::str::from_utf8(self.json.get(range)?).ok()?;
        // What is not an unsigned integer counts as absent.
        Some(text.parse().unwrap_or(1))
    }

    /// The timestamp that places the record in time: `ts`, `ts_request` in
    /// version 2, `ts_response` in version 3; `None` in unknown versions.
    pub fn time_text(&self) -> Option<Cow<'a, str>> {
        match self.version()? {
            1 | 4 => self.text(&["ts"]),
            2 => self.text(&["ts_request"]),
            3 => self.text(&["ts_response"]),
            _ => None,
        }
    }

    /// [`RecordView::time_text`] as an instant.
    pub fn time(&self) -> Option<Instant> {
        Instant::parse(&self.time_text()?).ok()
    }

    /// The tool that was called.
    pub fn tool(&self) -> Option<Cow<'a, str>> {
        self.of_action("tool")
    }

    /// Where the call went.
    pub fn target(&self) -> Option<Cow<'a, str>> {
        self.of_action("target")
    }

    /// The session of the call.
    pub fn session(&self) -> Option<Cow<'a, str>> {
        self.of_action("session")
    }

    /// The trace of the call.
    pub fn trace(&self) -> Option<Cow<'a, str>> {
        self.of_action("trace_id")
    }

    /// The name of whoever signed, or was denied.
    pub fn signer(&self) -> Option<Cow<'a, str>> {
        self.text(&["signer", "name"])
            .or_else(|| self.text(&["agent_receipt", "signer", "name"]))
            .or_else(|| self.text(&["agent"]))
    }

    /// What the policy decided.
    pub fn decision(&self) -> Option<Cow<'a, str>> {
        self.text(&["policy", "decision"])
            .or_else(|| self.text(&["decision"]))
            .or_else(|| self.text(&["agent_receipt", "policy", "decision"]))
    }

    /// The receipt id.
    pub fn id(&self) -> Option<Cow<'a, str>> {
        self.text(&["id"])
    }

    /// Whether this is the unsigned record of a call that a policy denied.
    pub fn is_violation(&self) -> bool {
        self.text(&["type"]).as_deref() == Some("policy_violation")
    }

    /// Whether the params were replaced by an encrypted copy.
    pub fn has_encrypted_params(&self) -> bool {
        members::find(self.json, 0, "action")
            .and_then(|action| members::find(self.json, action.start, "params_encrypted"))
            .is_some()
    }

    fn of_action(&self, name: &str) -> Option<Cow<'a, str>> {
        self.text(&["action", name])
            .or_else(|| self.text(&["agent_receipt", "action", name]))
    }

    fn text(&self, path: &[&str]) -> Option<Cow<'a, str>> {
        let (last, parents) = path.split_last()?;
        let mut start = 0;
        for name in parents {
            start = members::find(self.json, start, name)?.start;
        }
        members::string_at(self.json, members::find(self.json, start, last)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(json: &str) -> Result<Record> {
        Record::parse(json.as_bytes(), DEFAULT_MAX_RECORD_LEN)
    }

    #[test]
    fn records_of_every_version_are_placed_in_time() {
        for (json, time) in [
            (
                r#"{"ts":"2026-01-01T00:00:00Z"}"#,
                "2026-01-01T00:00:00.000Z",
            ),
            (
                r#"{"v":1,"ts":"2026-01-01T00:00:00Z"}"#,
                "2026-01-01T00:00:00.000Z",
            ),
            (
                r#"{"v":"x","ts":"2026-01-01T00:00:00Z"}"#,
                "2026-01-01T00:00:00.000Z",
            ),
            (
                r#"{"v":2,"ts_request":"2026-01-02T00:00:00Z"}"#,
                "2026-01-02T00:00:00.000Z",
            ),
            (
                r#"{"v":3,"ts_response":"2026-01-03T00:00:00Z"}"#,
                "2026-01-03T00:00:00.000Z",
            ),
            (
                r#"{"v":4,"ts":"2026-01-04T00:00:00Z"}"#,
                "2026-01-04T00:00:00.000Z",
            ),
        ] {
            let record = parse(json).unwrap();
            assert_eq!(record.view().time().unwrap().to_text(), time);
        }
    }

    #[test]
    fn what_could_not_be_read_back_is_refused_d4() {
        let nested = |depth: usize| {
            let open = "[".repeat(depth);
            let close = "]".repeat(depth);
            format!(r#"{{"action":{{"params":{open}{close}}},"ts":"2026-01-01T00:00:00Z"}}"#)
        };
        // The line, the receipt and the action are three levels.
        let deepest = parse(&nested(124)).unwrap();
        let mut line = Vec::new();
        crate::log::line::append_line(&mut line, deepest.json(), &[0; 32]);
        let reread: serde_json::Value = serde_json::from_slice(&line).unwrap();
        assert!(reread.is_object());
        for depth in 125..130 {
            let error = parse(&nested(depth)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::JsonTooDeep, "{depth}");
        }
        for (json, kind) in [
            ("[]", ErrorKind::RecordInvalid),
            (r#"{"v":1}"#, ErrorKind::RecordInvalid),
            (
                r#"{"v":9,"ts":"2026-01-01T00:00:00Z"}"#,
                ErrorKind::RecordInvalid,
            ),
            (r#"{"v":1,"ts":5}"#, ErrorKind::RecordInvalid),
            (r#"{"v":1,"ts":"x"}"#, ErrorKind::TimestampInvalid),
            (
                r#"{"n":9007199254740992,"ts":"2026-01-01T00:00:00Z"}"#,
                ErrorKind::JsonInexactNumber,
            ),
            (
                r#"{"a":1,"a":2,"ts":"2026-01-01T00:00:00Z"}"#,
                ErrorKind::JsonDuplicateMember,
            ),
        ] {
            assert_eq!(parse(json).unwrap_err().kind(), kind, "{json}");
        }
    }

    #[test]
    fn size_is_bounded_d14() {
        let json = format!(
            r#"{{"p":"{}","ts":"2026-01-01T00:00:00Z"}}"#,
            "x".repeat(1000)
        );
        assert!(Record::parse(json.as_bytes(), json.len()).is_ok());
        let error = Record::parse(json.as_bytes(), json.len() - 1).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TooLarge);
    }

    #[test]
    fn claims_are_found_in_receipts_and_denials() {
        let bilateral = parse(
            r#"{"v":3,"ts_response":"2026-01-01T00:00:00Z","agent_receipt":{"action":{"tool":"t","target":"g"},"signer":{"name":"n"}}}"#,
        )
        .unwrap();
        let view = bilateral.view();
        assert_eq!(view.tool().unwrap(), "t");
        assert_eq!(view.target().unwrap(), "g");
        assert_eq!(view.signer().unwrap(), "n");
        let denial = parse(
            r#"{"type":"policy_violation","agent":"a","action":{"tool":"t"},"decision":"deny","ts":"2026-01-01T00:00:00Z"}"#,
        )
        .unwrap();
        let view = denial.view();
        assert!(view.is_violation());
        assert_eq!(view.signer().unwrap(), "a");
        assert_eq!(view.decision().unwrap(), "deny");
    }
}
