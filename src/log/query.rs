//! Finding records by what they say of themselves.
//!
//! Order in the log is the order of writing; timestamps are the signers' and
//! need not be in order. A record that is older than asked for therefore never
//! ends a search: newer ones may stand before it.

use std::ops::ControlFlow;

use memchr::memmem::Finder;

use crate::encoding::rfc3339::Instant;
use crate::error::Result;
use crate::log::disk::Disk;
use crate::log::read::{self, Found, Start, StoredRecord};
use crate::log::record::RecordView;
use crate::log::recover::Position;

/// What to look for. Every condition that is given must hold.
#[derive(Clone, Copy, Debug, Default)]
pub struct Query<'a> {
    /// Not before this time. Records without a readable time do not match.
    pub since: Option<Instant>,
    /// Not after this time. Records without a readable time do not match.
    pub until: Option<Instant>,
    /// A part of the tool's name, case-sensitive.
    pub tool: Option<&'a str>,
    /// The signer's name.
    pub signer: Option<&'a str>,
    /// The target.
    pub target: Option<&'a str>,
    /// The session.
    pub session: Option<&'a str>,
    /// The trace.
    pub trace: Option<&'a str>,
    /// The decision of the policy: `allow`, `deny`, `require_approval`.
    pub decision: Option<&'a str>,
    /// At most so many records: the newest ones that match.
    pub limit: Option<u64>,
    /// Show the newest first. Otherwise the oldest.
    pub newest_first: bool,
}

impl Query<'_> {
    /// Whether a record is one of those looked for.
    pub fn matches(&self, record: &RecordView<'_>) -> bool {
        let is = |wanted: Option<&str>, value: Option<std::borrow::Cow<'_, str>>| {
            wanted.is_none_or(|wanted| value.as_deref() == Some(wanted))
        };
        if self
            .tool
            .is_some_and(|part| !record.tool().is_some_and(|tool| tool.contains(part)))
        {
            return false;
        }
        if !is(self.signer, record.signer())
            || !is(self.target, record.target())
            || !is(self.session, record.session())
            || !is(self.trace, record.trace())
            || !is(self.decision, record.decision())
        {
            return false;
        }
        if self.since.is_none() && self.until.is_none() {
            return true;
        }
        record.time().is_some_and(|time| {
            self.since.is_none_or(|since| time >= since)
                && self.until.is_none_or(|until| time <= until)
        })
    }

    /// A text that every matching line must hold, the longest one.
    fn needle(&self) -> Option<&str> {
        [
            self.tool,
            self.signer,
            self.target,
            self.session,
            self.trace,
            self.decision,
        ]
        .into_iter()
        .flatten()
        .filter(|text| !text.is_empty() && is_written_plainly(text))
        .max_by_key(|text| text.len())
    }
}

/// Whether canonical JSON writes the text as it is.
fn is_written_plainly(text: &str) -> bool {
    text.bytes()
        .all(|byte| byte >= 0x20 && byte != b'"' && byte != b'\\')
}

/// The numbers of the first `limit` records before `end` with this receipt id.
pub(super) fn numbers_of(
    disk: &dyn Disk,
    start: &Start,
    end: &Position,
    id: &str,
    limit: usize,
) -> Result<Vec<u64>> {
    let finder = is_written_plainly(id).then(|| Finder::new(id));
    let escape = Finder::new("\\u");
    let mut scratch = Vec::new();
    let mut numbers = Vec::new();
    read::lines_forwards(disk, start, end, &mut |found| {
        let bytes = found.line.bytes;
        let hopeless = finder
            .as_ref()
            .is_some_and(|finder| finder.find(bytes).is_none() && escape.find(bytes).is_none());
        // The id may stand elsewhere in the record, in a parent's place say.
        if !hopeless
            && let Ok(record) = read::stored(&found, &mut scratch)
            && record.view().id().as_deref() == Some(id)
        {
            numbers.push(found.index);
        }
        Ok(match numbers.len() < limit {
            true => ControlFlow::Continue(()),
            false => ControlFlow::Break(()),
        })
    })?;
    Ok(numbers)
}

/// Shows the matching records before `end`.
pub(super) fn run(
    disk: &dyn Disk,
    start: &Start,
    end: &Position,
    query: &Query<'_>,
    visit: &mut dyn FnMut(&StoredRecord) -> ControlFlow<()>,
) -> Result<()> {
    let needle = query.needle();
    let finder = needle.map(Finder::new);
    let escapes = [Finder::new("\\u"), Finder::new("\\/")];
    let mut scratch = Vec::new();
    let mut matched = |found: &Found<'_>| -> Result<Option<StoredRecord>> {
        let bytes = found.line.bytes;
        // A foreign line may write any character as one of these escapes.
        let hopeless = finder.as_ref().is_some_and(|finder| {
            finder.find(bytes).is_none()
                && escapes.iter().all(|escape| escape.find(bytes).is_none())
        });
        if hopeless {
            return Ok(None);
        }
        // A line that is no record matches nothing; verification tells of it.
        let record = read::stored(found, &mut scratch).ok();
        Ok(record.filter(|record| query.matches(&record.view())))
    };
    match (query.newest_first, query.limit) {
        (_, Some(0)) => Ok(()),
        (true, limit) => {
            let mut left = limit.unwrap_or(u64::MAX);
            read::lines_backwards(disk, end, &mut |found| {
                let Some(record) = matched(&found)? else {
                    return Ok(ControlFlow::Continue(()));
                };
                left -= 1;
                Ok(match visit(&record) {
                    ControlFlow::Continue(()) if left > 0 => ControlFlow::Continue(()),
                    _ => ControlFlow::Break(()),
                })
            })
        }
        (false, None) => read::lines_forwards(disk, start, end, &mut |found| {
            Ok(match matched(&found)? {
                Some(record) => visit(&record),
                None => ControlFlow::Continue(()),
            })
        }),
        (false, Some(limit)) => {
            // The newest ones, in the order of the log: find where they start,
            // then go forwards from there, so that they need not be kept.
            let mut left = limit;
            let mut first = Start::default();
            read::lines_backwards(disk, end, &mut |found| {
                if matched(&found)?.is_some() {
                    first = Start {
                        segment: found.segment.to_owned(),
                        offset: found.line.offset,
                        index: found.index,
                    };
                    left -= 1;
                }
                Ok(match left {
                    0 => ControlFlow::Break(()),
                    _ => ControlFlow::Continue(()),
                })
            })?;
            if left == limit {
                return Ok(());
            }
            read::lines_forwards(disk, &first, end, &mut |found| {
                Ok(match matched(&found)? {
                    Some(record) => visit(&record),
                    None => ControlFlow::Continue(()),
                })
            })
        }
    }
}
