//! Putting verified pieces of a log together: their ends must fit, and the whole
//! must be what the log remembers of itself.

use std::ops::ControlFlow;

use crate::error::Result;
use crate::log::disk::{self, Disk};
use crate::log::head;
use crate::log::incident;
use crate::log::line::{GENESIS, RecordHash};
use crate::log::piece::Checked;
use crate::log::range::{self, Beginning};
use crate::log::recover::{Position, RecentHashes};
use crate::log::signature::Signature;
use crate::log::staleness::{self, ExpectedCadence};
use crate::log::verdict::Verdict;
use crate::log::verify::{Finding, FindingKind, Report, VerifyOptions, Watcher};
use crate::tlog::tree::{Frontier, TreeHead, leaf_hash};

/// Puts the pieces together in order, and tells the watcher.
pub(super) struct Merge<'w> {
    watcher: &'w mut dyn Watcher,
    pub report: Report,
    /// The hash that the next record must name; `None` after what is no record.
    expected: Option<RecordHash>,
    recent: RecentHashes,
    index: u64,
    line: u64,
    segment: String,
    left: u64,
    /// An end of the log that is remembered: by the open log, or by the head on
    /// the disk.
    remembered: Option<Position>,
    /// Tree heads that the log must pass through.
    heads: Vec<TreeHead>,
    /// The one of them that is trusted.
    trusted: Option<TreeHead>,
    /// The tree so far, when it is known what came before and there are heads to
    /// come.
    frontier: Option<Frontier>,
}

impl<'w> Merge<'w> {
    /// Begins where a verification does, with what is to be said of the records
    /// before.
    pub fn new(
        disk: &dyn Disk,
        beginning: &Beginning,
        end: Option<&Position>,
        options: &VerifyOptions<'_>,
        watcher: &'w mut dyn Watcher,
    ) -> Result<Merge<'w>> {
        let start = &beginning.start;
        let previous = beginning.previous;
        let heads = range::heads_to_meet(disk, options);
        let mut merge = Merge {
            watcher,
            report: Report {
                last: previous.unwrap_or(GENESIS),
                anchored: beginning.anchored,
                pruned: beginning.pruned,
                pruned_by: beginning.pruned_by,
                ..Report::default()
            },
            expected: previous,
            recent: RecentHashes::default(),
            index: start.index,
            line: range::lines_before(disk, start)?,
            segment: start.segment.clone(),
            left: options.limit.unwrap_or(u64::MAX),
            trusted: options.trusted_head,
            frontier: beginning.frontier.clone().filter(|_| !heads.is_empty()),
            heads,
            remembered: match end {
                Some(end) => Some(end.clone()),
                None => remembered_on_disk(disk)?,
            },
        };
        merge.recent.push(merge.report.last);
        if let Some((kind, detail)) = &beginning.told {
            let place = (0, start.index);
            if merge
                .tell(place, *kind, None, None, detail.clone().into())
                .is_break()
            {
                return Ok(merge);
            }
        }
        for (head, actual) in &beginning.contradicted {
            let place = (0, head.size.saturating_sub(1));
            if merge.contradict(place, head, *actual).is_break() {
                break;
            }
        }
        Ok(merge)
    }
}

impl Merge<'_> {
    pub fn take(&mut self, checked: Checked) -> ControlFlow<()> {
        if checked.segment != self.segment {
            self.segment.clone_from(&checked.segment);
            self.line = 0;
        }
        for record in checked.records {
            if self.left == 0 {
                return ControlFlow::Break(());
            }
            self.left -= 1;
            let place = (self.line + record.line, self.index);
            if !record.partial {
                self.index += 1;
                self.report.records += 1;
            }
            for finding in record.findings {
                self.tell(
                    place,
                    finding.kind,
                    finding.expected,
                    finding.actual,
                    finding.detail,
                )?;
            }
            let mut signature = record.signature;
            if signature == Some(Signature::Valid)
                && let Some(from) = record.only_before
                && place.1 >= from
            {
                signature = Some(Signature::Failed);
                let detail = format!("a key of the record counts only before record {from}");
                let kind = FindingKind::SignerUntrusted;
                self.tell(place, kind, None, None, detail.into())?;
            }
            if !record.partial
                && let Some(frontier) = &mut self.frontier
            {
                frontier.push(leaf_hash(&record.leaf));
                self.meet_heads(place)?;
            }
            let Some(links) = record.links else {
                self.expected = None;
                continue;
            };
            if let Some(expected) = self.expected
                && links.previous != Some(expected)
            {
                let forked = links.previous.is_some_and(|hash| self.recent.holds(&hash));
                let (kind, detail) = match forked {
                    true => (FindingKind::Forked, "two records name the same predecessor"),
                    false => (
                        FindingKind::LinkBroken,
                        "the record names another predecessor",
                    ),
                };
                self.tell(place, kind, Some(expected), links.previous, detail.into())?;
            }
            self.expected = Some(links.hash);
            self.recent.push(links.hash);
            self.report.last = links.hash;
            if let Some(signature) = signature {
                signature.count_in(&mut self.report);
            }
            self.meet_memory(place, links.hash)?;
        }
        self.line += checked.lines;
        let records = self.report.records;
        let flow = self.watcher.progress(records);
        self.report.stopped |= flow.is_break();
        flow
    }

    fn tell(
        &mut self,
        (line, index): (u64, u64),
        kind: FindingKind,
        expected: Option<RecordHash>,
        actual: Option<RecordHash>,
        detail: std::borrow::Cow<'static, str>,
    ) -> ControlFlow<()> {
        self.judge(kind.verdict(), index);
        let finding = Finding {
            file: self.segment.clone(),
            line,
            index,
            kind,
            expected,
            actual,
            detail: detail.into_owned(),
        };
        self.report.findings += 1;
        let flow = self.watcher.finding(&finding);
        self.report.stopped |= flow.is_break();
        flow
    }

    /// Compares the tree with the heads of the same size.
    fn meet_heads(&mut self, place: (u64, u64)) -> ControlFlow<()> {
        let Some(frontier) = &self.frontier else {
            return ControlFlow::Continue(());
        };
        let size = frontier.size();
        if !self.heads.iter().any(|head| head.size == size) {
            return ControlFlow::Continue(());
        }
        let root = frontier.root();
        for at in 0..self.heads.len() {
            let Some(head) = self.heads.get(at).copied().filter(|head| head.size == size) else {
                continue;
            };
            if head.root != root {
                self.contradict(place, &head, root)?;
            } else if self.trusted == Some(head) {
                self.report.anchored = size;
            } else {
                self.report.remembered = self.report.remembered.max(size);
            }
        }
        if self.heads.iter().all(|head| head.size <= size) {
            self.frontier = None;
        }
        ControlFlow::Continue(())
    }

    fn contradict(
        &mut self,
        place: (u64, u64),
        head: &TreeHead,
        actual: RecordHash,
    ) -> ControlFlow<()> {
        let detail = "the records up to here are not those of the checkpoint";
        let kind = FindingKind::Replaced;
        self.tell(place, kind, Some(head.root), Some(actual), detail.into())
    }

    /// Compares a record with the one that is remembered at its place.
    fn meet_memory(&mut self, place: (u64, u64), hash: RecordHash) -> ControlFlow<()> {
        let (count, last) = match &self.remembered {
            Some(remembered) => (remembered.count, remembered.last),
            None => return ControlFlow::Continue(()),
        };
        if count != self.index {
            return ControlFlow::Continue(());
        }
        if last == hash {
            self.report.remembered = self.report.remembered.max(count);
            return ControlFlow::Continue(());
        }
        let detail = "the record is not the one that the log remembers";
        let kind = FindingKind::Replaced;
        self.tell(place, kind, Some(last), Some(hash), detail.into())
    }

    fn judge(&mut self, verdict: Verdict, index: u64) {
        if verdict != Verdict::Ok {
            let first = self.report.first_bad.get_or_insert(index);
            *first = (*first).min(index);
        }
        self.report.verdict = self.report.verdict.worse(verdict);
    }

    /// Holds the length that was read against the one that is remembered.
    pub fn compare_length_with_memory(&mut self, disk: &dyn Disk) -> Result<()> {
        let size = self.heads.iter().map(|head| head.size).max().unwrap_or(0);
        if self.index < size {
            let place = (0, self.index);
            let detail = format!(
                "a checkpoint is over {size} records, {} are left",
                self.index
            );
            let _ = self.tell(place, FindingKind::Truncated, None, None, detail.into());
        }
        let Some(remembered) = self.remembered.clone() else {
            return Ok(());
        };
        let (count, last) = (remembered.count, remembered.last);
        let place = (0, self.index);
        let len = disk::len_of(disk, &remembered.segment)
            .map_err(|cause| disk::failed(disk, &remembered.segment, &cause))?;
        if self.index < count || len < remembered.offset {
            let detail = format!(
                "{count} whole records were there once, {} are left",
                self.index
            );
            let _ = self.tell(
                place,
                FindingKind::Truncated,
                Some(last),
                None,
                detail.into(),
            );
        }
        Ok(())
    }

    /// Whether it is clear why there is nothing to look at: because records are
    /// missing, or because the trusted head is over all that there are.
    pub fn explains_the_absence(&self) -> bool {
        self.report.verdict != Verdict::Ok
            || self.report.stopped
            || (self.report.anchored > 0 && self.report.anchored == self.index)
    }

    /// Holds the age of the newest checkpoint against what was promised.
    pub fn tell_staleness(&mut self, disk: &dyn Disk, cadence: &ExpectedCadence<'_>) -> Result<()> {
        if let Some((first, detail)) = staleness::judge(disk, self.index, cadence)? {
            let _ = self.tell((0, first), FindingKind::Stale, None, None, detail.into());
        }
        Ok(())
    }

    pub fn tell_incidents(&mut self, disk: &dyn Disk) -> Result<()> {
        for incident in incident::read(disk)? {
            // A torn end was dealt with, and whom a failed sync concerned was
            // told; damage stays damage.
            if !matches!(incident.verdict, Verdict::Torn | Verdict::SyncFailed) {
                self.judge(incident.verdict, incident.index);
            }
            let finding = Finding {
                file: incident.segment.clone(),
                line: 0,
                index: incident.index,
                kind: FindingKind::Incident,
                expected: None,
                actual: None,
                detail: format!(
                    "{} at {}: {}",
                    incident.verdict.name(),
                    incident.time,
                    incident.detail
                ),
            };
            self.report.findings += 1;
            if self.watcher.finding(&finding).is_break() {
                self.report.stopped = true;
                break;
            }
        }
        Ok(())
    }
}

/// The durable records that the newest head on the disk speaks of.
fn remembered_on_disk(disk: &dyn Disk) -> Result<Option<Position>> {
    let heads = head::read_heads(disk)?;
    Ok(heads.into_iter().next().map(|head| Position {
        segment: head.segment,
        offset: head.offset,
        count: head.count,
        last: head.last,
    }))
}
