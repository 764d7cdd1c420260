//! Finding the true end of a log, and dealing with what stands in its place.

use std::sync::Arc;

use crate::error::{Error, ErrorKind, Result};
use crate::log::disk::{self, Opening};
use crate::log::head::{HEAD_PATH, Head};
use crate::log::incident::{self, Incident};
use crate::log::recover::{self, Ending, Flaw, Passed, Position, Walked};
use crate::log::verdict::{Quarantined, Verdict};
use crate::log::{control, pruned, segment};
use crate::tlog::tree::Frontier;

use super::{HEAD_WRITES, Store};

impl Store {
    /// Under the locks: brings `end` up to what is on the disk.
    pub(super) fn find_end(&mut self) -> Result<()> {
        if !self.loaded {
            return self.load();
        }
        if self.end.segment.is_empty() {
            return match self.segments.is_empty() {
                true => Ok(()),
                false => self.load(),
            };
        }
        let stat = self.disk.stat(&self.end.segment);
        let newer = self.segments.last() > Some(&self.end.segment);
        match stat {
            Ok(stat) if stat.id == self.file_id && stat.len == self.end.offset && !newer => Ok(()),
            Ok(stat) if stat.id == self.file_id && stat.len >= self.end.offset => self.catch_up(),
            _ => self.load(),
        }
    }

    /// Reads what has been written behind `end`.
    pub(super) fn catch_up(&mut self) -> Result<()> {
        let from = self.end.clone();
        let walked = self.walk(&from)?;
        if walked.garbage.is_some() || walked.flaw.is_some() {
            // What we took for the end may have been set aside by another
            // process, and others may have confirmed more than we know.
            return self.load();
        }
        self.judge(walked, Some(self.durable.count))
    }

    /// Finds the end from the newest head that fits the log, else from the start.
    pub(super) fn load(&mut self) -> Result<()> {
        let disk = Arc::clone(&self.disk);
        let heads = match &self.head {
            Some(head) => head
                .read()
                .map_err(|cause| disk::failed(disk.as_ref(), HEAD_PATH, &cause))?,
            None => Vec::new(),
        };
        self.segments = segment::segments(disk.as_ref())
            .map_err(|cause| disk::failed(disk.as_ref(), "", &cause))?;
        let removed = pruned::remembered(disk.as_ref(), &self.segments)?;
        let own = self.options.control_key.as_ref();
        let finish = removed
            .as_ref()
            .is_some_and(|(_, key)| own.is_some_and(|own| own.public_key() == key));
        self.pruned = removed.map(|(pruned, _)| pruned);
        if finish {
            // A removal of ours that a crash has interrupted.
            self.remove_pruned()?;
        }
        let known = self.loaded.then_some(self.durable.count);
        let newest = heads.first().cloned();
        let durable_count = newest.as_ref().map(|head| head.count).max(known);
        self.hooks_seen |= heads.iter().any(|head| head.exclusive_creators);
        let mut from = None;
        let mut newest_stands = false;
        for (place, head) in heads.iter().enumerate() {
            let position = position_of(head);
            if recover::stands(disk.as_ref(), &position)? {
                from = Some(position);
                newest_stands = place == 0;
                break;
            }
        }
        let is_remembered = from.is_some();
        let from = from.unwrap_or_else(|| self.beginning());
        let walked = self.walk(&from)?;
        let extra = match &newest {
            Some(head) => self.missing(head, &walked, newest_stands)?,
            None => None,
        };
        self.durable = from.clone();
        self.tree = None;
        self.tiled = newest
            .as_ref()
            .and_then(|head| Frontier::decode(&head.frontier).ok())
            .filter(|tiled| tiled.size() <= from.count)
            .unwrap_or_default();
        self.loaded = true;
        self.recovery.rescanned = walked.end.count.saturating_sub(from.count);
        if let Some(flaw) = extra {
            let partial = walked.garbage.is_some() || walked.unterminated;
            self.accept(&walked.end);
            if partial {
                self.next_segment = Some(segment::successor(&self.end.segment));
            }
            self.note(flaw, None)?;
            self.open_end()?;
            self.doubtful &= is_remembered;
            return self.begin_head();
        }
        self.judge(walked, durable_count)?;
        // A log that nobody has kept a head of is taken as it is.
        self.doubtful &= is_remembered;
        match newest_stands {
            true => self.trust_head(),
            false => self.begin_head(),
        }
    }

    /// After a head that fits the log has been found. It was written when the
    /// segment and its name had been synced, and is itself synced now and then,
    /// so that a process that appends once need not do either again.
    fn trust_head(&mut self) -> Result<()> {
        self.named_durably.clone_from(&self.durable.segment);
        let disk = Arc::clone(&self.disk);
        let Some(head) = &self.head else {
            return Ok(());
        };
        let unsynced = head
            .unsynced()
            .map_err(|cause| disk::failed(disk.as_ref(), HEAD_PATH, &cause))?;
        match unsynced >= HEAD_WRITES {
            true => self.sync_head(),
            false => self.head_synced = Some(self.clock.now()),
        }
        Ok(())
    }

    /// Before the first record is written, or the first one after a takeover, a
    /// durable head says how much there was: without one, the trace of a crash
    /// could not be told from damage.
    pub(super) fn begin_head(&mut self) -> Result<()> {
        let disk = Arc::clone(&self.disk);
        let failed = |cause: &std::io::Error| disk::failed(disk.as_ref(), ".log", cause);
        self.remove_doubt()?;
        self.sync_segments().map_err(|cause| failed(&cause))?;
        // The names first: whoever finds a head can rely on finding it again.
        disk.sync_folder("")
            .and_then(|()| disk.sync_folder(".log"))
            .map_err(|cause| failed(&cause))?;
        self.durable = self.end.clone();
        self.write_head(true);
        let Some(head) = &self.head else {
            return Ok(());
        };
        head.sync().map_err(|cause| {
            // Whoever read it now would rely on it.
            let _ = head.forget();
            failed(&cause)
        })
    }

    /// What a head remembers and the log no longer has.
    pub(super) fn missing(
        &self,
        head: &Head,
        walked: &Walked,
        stands: bool,
    ) -> Result<Option<Flaw>> {
        let at = |verdict, index, detail| {
            Ok(Some(Flaw {
                verdict,
                index,
                segment: head.segment.clone(),
                offset: head.offset,
                detail,
            }))
        };
        if head.count == 0 {
            return Ok(None);
        }
        // Bytes of a record that was cut are counted as a record by the walk.
        let whole = walked
            .garbage
            .as_ref()
            .map_or(walked.end.count, |garbage| garbage.before.count);
        let disk = self.disk.as_ref();
        let len = disk::len_of(disk, &head.segment)
            .map_err(|cause| disk::failed(disk, &head.segment, &cause))?;
        if len < head.offset || walked.end.count < head.count {
            return at(
                Verdict::Truncated,
                whole.min(head.count),
                "records that were durable are missing from the end",
            );
        }
        let flawless = walked.flaw.is_none() && walked.garbage.is_none();
        if !stands && flawless {
            return at(
                Verdict::Tampered,
                head.count.saturating_sub(1),
                "the record that the head remembers is another one",
            );
        }
        Ok(None)
    }

    pub(super) fn walk(&mut self, from: &Position) -> Result<Walked> {
        let (index, tree) = (&mut self.index, &mut self.tree);
        let mut passed = |record: Passed<'_>| {
            index.pass(record.index, record.segment, record.offset);
            if let Some(tree) = tree
                && tree.size() == record.index
            {
                tree.push(&record.hash);
            }
        };
        recover::walk(self.disk.as_ref(), &self.segments, from, &mut passed)
    }

    /// Takes over where a walk has ended, and deals with what it came upon.
    /// `durable` is how many records are known to have been durable.
    pub(super) fn judge(&mut self, walked: Walked, durable: Option<u64>) -> Result<()> {
        self.hooks_seen |= walked.hook_lines;
        if let Some(flaw) = walked.flaw.clone()
            && walked
                .garbage
                .as_ref()
                .is_none_or(|garbage| flaw.index < garbage.before.count)
        {
            self.note(flaw, None)?;
        }
        let ending = walked.ending(self.segments.last(), durable);
        match (&walked.garbage, ending) {
            (Some(garbage), Ending::SetAside) => {
                let before = garbage.before.clone();
                self.accept(&before);
                self.open_end()?;
                self.set_aside()?;
            }
            (Some(garbage), _) => {
                self.accept(&walked.end);
                if garbage.at_end {
                    self.next_segment = Some(segment::successor(&self.end.segment));
                }
                let flaw = Flaw {
                    verdict: Verdict::Tampered,
                    index: garbage.before.count,
                    segment: garbage.before.segment.clone(),
                    offset: garbage.before.offset,
                    detail: "bytes that were durable are no record",
                };
                self.note(flaw, None)?;
                self.open_end()?;
            }
            (None, ending) => {
                self.accept(&walked.end);
                self.open_end()?;
                if ending == Ending::CompleteLine {
                    self.end_line()?;
                }
            }
        }
        self.index.flush();
        Ok(())
    }

    pub(super) fn accept(&mut self, end: &Position) {
        if self.end.segment != end.segment {
            self.file = None;
        }
        self.end = end.clone();
        // What was walked over and is set aside now must not stay in the tree.
        self.tree.take_if(|tree| tree.size() > end.count);
    }

    pub(super) fn open_end(&mut self) -> Result<()> {
        if self.end.segment.is_empty() {
            return Ok(());
        }
        let disk = self.disk.as_ref();
        let failed = |cause: &std::io::Error| disk::failed(disk, &self.end.segment, cause);
        let stat = disk
            .stat(&self.end.segment)
            .map_err(|cause| failed(&cause))?;
        if self.file.is_some() && self.file_id == stat.id {
            // An open file is told when what it wrote could not be kept.
            return Ok(());
        }
        let file = disk
            .open(&self.end.segment, Opening::Append)
            .map_err(|cause| failed(&cause))?;
        self.file_id = file.stat().map_err(|cause| failed(&cause))?.id;
        self.file = Some(file);
        // Not even where the segment ends need be durable: somebody may have
        // been killed after cutting it.
        self.doubtful = true;
        if self.next_segment.is_none() && self.is_given_up(&self.end.segment)? {
            self.next_segment = Some(segment::successor(&self.end.segment));
        }
        Ok(())
    }

    /// Completes a last line that is whole but for its line feed.
    pub(super) fn end_line(&mut self) -> Result<()> {
        self.refuse_changes()?;
        let Some(file) = &self.file else {
            return Ok(());
        };
        match file.append(b"\n") {
            Ok(1) => {}
            Ok(_) => {
                return Err(disk::failed(
                    self.disk.as_ref(),
                    &self.end.segment,
                    &std::io::ErrorKind::WriteZero.into(),
                ));
            }
            Err(cause) => return Err(disk::failed(self.disk.as_ref(), &self.end.segment, &cause)),
        }
        self.end.offset += 1;
        let flaw = Flaw {
            verdict: Verdict::Torn,
            index: self.end.count.saturating_sub(1),
            segment: self.end.segment.clone(),
            offset: self.end.offset - 1,
            detail: "the last record had no line feed; it was completed",
        };
        self.note(flaw, None)
    }

    /// Copies the bytes behind `end` into quarantine, then cuts them off.
    pub(super) fn set_aside(&mut self) -> Result<()> {
        self.refuse_changes()?;
        let disk = Arc::clone(&self.disk);
        let failed = |cause: &std::io::Error| disk::failed(disk.as_ref(), &self.end.segment, cause);
        let Some(file) = &self.file else {
            return Ok(());
        };
        let len = file.stat().map_err(|cause| failed(&cause))?.len;
        let quarantined = control::quarantine(
            disk.as_ref(),
            file.as_ref(),
            &self.end.segment,
            self.end.offset,
            len,
        )?;
        let cut = file
            .truncate(self.end.offset)
            .and_then(|()| file.sync_data());
        if let Err(cause) = cut {
            let failed = failed(&cause);
            self.doubt_everything();
            return Err(failed);
        }
        let flaw = Flaw {
            verdict: Verdict::Torn,
            index: self.end.count,
            segment: self.end.segment.clone(),
            offset: self.end.offset,
            detail: "bytes that were no record and never durable were set aside",
        };
        self.note(flaw, Some(quarantined))
    }

    /// After a sync that failed on the way to the end: what was read a moment ago
    /// and not yet written may be gone, so nothing of it counts and the next use
    /// reads the segment again.
    fn doubt_everything(&mut self) {
        self.familiar = None;
        self.file = None;
        self.file_id = (0, 0);
        self.end = self.durable.clone();
    }

    pub(super) fn refuse_changes(&self) -> Result<()> {
        if self.options.repair_automatically {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::LogDamaged,
            self.disk.name_of(&self.end.segment).display().to_string(),
            "the end of the log is torn and repairing it was not allowed",
        )
        .at(self.end.count))
    }

    /// Remembers what was found, for this opening and for ever.
    pub(super) fn note(&mut self, flaw: Flaw, quarantined: Option<Quarantined>) -> Result<()> {
        let incident = Incident {
            time: incident::time_text(self.clock.now()),
            verdict: flaw.verdict,
            index: flaw.index,
            segment: flaw.segment,
            offset: flaw.offset,
            detail: flaw.detail.to_owned(),
            quarantined,
        };
        self.recovery.add(&incident);
        if incident::record(self.disk.as_ref(), &incident)? {
            self.unreported.push(incident);
        }
        Ok(())
    }

    /// Appends the signed records about what was found, when there is a key.
    pub(super) fn report_incidents(&mut self, reports: &mut Vec<Vec<u8>>) -> Result<()> {
        if self.unreported.is_empty() {
            return Ok(());
        }
        let Some(key) = self.options.control_key.clone() else {
            self.unreported.clear();
            return Ok(());
        };
        for incident in &self.unreported {
            reports.push(control::receipt(
                &key,
                incident,
                &self.end,
                self.clock.now(),
            )?);
        }
        let lines: Vec<&[u8]> = reports.iter().map(Vec::as_slice).collect();
        self.write(&lines)?;
        self.unreported.clear();
        Ok(())
    }
}

/// The position that a head speaks of.
pub(in crate::log) fn position_of(head: &Head) -> Position {
    Position {
        segment: head.segment.clone(),
        offset: head.offset,
        count: head.count,
        last: head.last,
    }
}
