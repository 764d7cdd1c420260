//! Queries as JSON text, for callers in other languages.

use crate::encoding::jcs::{self, Limits};
use crate::encoding::members;
use crate::encoding::record::{self, Kind, Reading, Record, Rule, Slots};
use crate::encoding::rfc3339::Instant;
use crate::error::{Error, ErrorKind, Result};
use crate::log::Query;

/// A query that was read from a JSON object with any of the members of
/// [`Query`]: `since` and `until` (RFC 3339 date-times), `tool` (a part of the
/// name), `signer`, `target`, `session`, `trace`, `decision` (texts), `limit` (a
/// whole number) and `newest_first` (true or false).
#[derive(Debug)]
pub struct QueryText {
    canonical: Vec<u8>,
    slots: Slots<COUNT>,
    texts: Vec<Option<String>>,
    times: [Option<Instant>; 2],
}

const COUNT: usize = 10;
const LIMIT: usize = 8;
const NEWEST_FIRST: usize = 9;
const TEXTS: [&str; LIMIT] = [
    "decision", "session", "signer", "since", "target", "tool", "trace", "until",
];

const QUERY: Record = Record {
    what: "query",
    rules: &[
        Rule::optional("decision", Kind::Text).into_slot(0),
        Rule::optional("limit", Kind::Integer).into_slot(LIMIT),
        Rule::optional("newest_first", Kind::Any).into_slot(NEWEST_FIRST),
        Rule::optional("session", Kind::Text).into_slot(1),
        Rule::optional("signer", Kind::Text).into_slot(2),
        Rule::optional("since", Kind::Text).into_slot(3),
        Rule::optional("target", Kind::Text).into_slot(4),
        Rule::optional("tool", Kind::Text).into_slot(5),
        Rule::optional("trace", Kind::Text).into_slot(6),
        Rule::optional("until", Kind::Text).into_slot(7),
    ],
};

impl QueryText {
    /// Reads a query. An unknown member is an error, never a condition that
    /// silently does not count. Empty text matches every record.
    pub fn parse(json: &[u8]) -> Result<QueryText> {
        let json = if json.trim_ascii().is_empty() {
            b"{}"
        } else {
            json
        };
        let mut canonical = jcs::canonicalize_exactly(json, &Limits::default())
            .map_err(|error| error.within("query"))?;
        let mut slots = Slots::<COUNT>::default();
        if !record::read(&canonical, &QUERY, Reading::Strict, &mut slots)? {
            canonical = record::tidy(&canonical, &QUERY, Reading::Strict)?;
            slots = Slots::default();
            record::read(&canonical, &QUERY, Reading::Strict, &mut slots)?;
        }
        let text = |slot: usize| {
            let range = slots[slot].start()..slots[slot].end();
            members::string_at(&canonical, range).map(std::borrow::Cow::into_owned)
        };
        let texts: Vec<_> = (0..TEXTS.len()).map(text).collect();
        let time = |slot: usize| {
            let parsed = texts[slot].as_deref().map(Instant::parse).transpose();
            parsed.map_err(|error| error.within(TEXTS[slot]).within("query"))
        };
        let times = [time(3)?, time(7)?];
        let query = QueryText {
            canonical,
            slots,
            texts,
            times,
        };
        query.limit()?;
        query.newest_first()?;
        Ok(query)
    }

    /// The query.
    pub fn query(&self) -> Query<'_> {
        let text = |slot: usize| self.texts[slot].as_deref();
        Query {
            since: self.times[0],
            until: self.times[1],
            tool: text(5),
            signer: text(2),
            target: text(4),
            session: text(1),
            trace: text(6),
            decision: text(0),
            limit: self.limit().unwrap_or_default(),
            newest_first: self.newest_first().unwrap_or_default(),
        }
    }

    fn limit(&self) -> Result<Option<u64>> {
        let Some(digits) = self.slots[LIMIT].of(&self.canonical) else {
            return Ok(None);
        };
        let limit = std::str::from_utf8(digits)
            .ok()
            .and_then(|d| d.parse().ok());
        limit
            .map(Some)
            .ok_or_else(|| malformed("limit", "a whole number below 2^64"))
    }

    fn newest_first(&self) -> Result<bool> {
        match self.slots[NEWEST_FIRST].of(&self.canonical) {
            None | Some(b"null" | b"false") => Ok(false),
            Some(b"true") => Ok(true),
            Some(_) => Err(malformed("newest_first", "true or false")),
        }
    }
}

fn malformed(member: &str, expected: &str) -> Error {
    Error::new(
        ErrorKind::InvalidArgument,
        "query",
        format!("member \"{member}\" must be {expected}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_condition_is_read() {
        let text = QueryText::parse(
            br#"{"since":"2026-01-01T00:00:00Z","until":"2027-01-01T00:00:00Z","tool":"a","signer":"b",
                "target":"c","session":"d","trace":"e","decision":"deny","limit":7,"newest_first":true}"#,
        )
        .unwrap();
        let query = text.query();
        assert_eq!(query.since, Instant::parse("2026-01-01T00:00:00Z").ok());
        assert_eq!(query.until, Instant::parse("2027-01-01T00:00:00Z").ok());
        let texts = [query.tool, query.signer, query.target, query.session];
        assert_eq!(texts, [Some("a"), Some("b"), Some("c"), Some("d")]);
        assert_eq!((query.trace, query.decision), (Some("e"), Some("deny")));
        assert_eq!((query.limit, query.newest_first), (Some(7), true));
    }

    #[test]
    fn nothing_is_misread() {
        assert_eq!(QueryText::parse(b"").unwrap().query().limit, None);
        for (text, kind) in [
            (r#"{"tols":"x"}"#, ErrorKind::UnknownMember),
            (r#"{"since":"24h"}"#, ErrorKind::TimestampInvalid),
            (
                r#"{"limit":99999999999999999999}"#,
                ErrorKind::JsonInexactNumber,
            ),
            (r#"{"limit":-1}"#, ErrorKind::ReceiptInvalid),
            (r#"{"newest_first":1}"#, ErrorKind::InvalidArgument),
            (r#"{"tool":1}"#, ErrorKind::ReceiptInvalid),
        ] {
            assert_eq!(
                QueryText::parse(text.as_bytes()).unwrap_err().kind(),
                kind,
                "{text}"
            );
        }
    }
}
