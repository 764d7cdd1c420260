//! What opening a log would change, shown before it is done.
//!
//! Only the end of the last segment is ever changed: a line feed is added, or
//! bytes that are no record are moved into quarantine. Damage anywhere else
//! stays as it is, to be looked at.

use std::path::Path;

use crate::error::Result;
use crate::log::disk::{self, Disk, Folder};
use crate::log::head::{self, HeadFile};
use crate::log::pruned;
use crate::log::recover::{self, Ending, Position};
use crate::log::segment;
use crate::log::store::position_of;
use crate::log::verdict::Verdict;

/// What opening a log for writing would do to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RepairPlan {
    /// The verdict that opening would come to.
    pub verdict: Verdict,
    /// The record that it is about.
    pub index: u64,
    /// The segment that it is about.
    pub segment: String,
    /// Where in the segment.
    pub offset: u64,
    /// How many bytes would be set aside from there.
    pub set_aside: u64,
    /// Whether a missing line feed would be added.
    pub complete_line: bool,
}

/// Plans without changing anything. Carrying the plan out is opening the log
/// with `repair_automatically`.
pub fn plan_repair(audit: &Path) -> Result<RepairPlan> {
    let folder = Folder::existing(audit)?;
    let disk: &dyn Disk = &folder;
    let segments = segment::segments(disk).map_err(|cause| disk::failed(disk, "", &cause))?;
    let heads = match disk.stat(head::HEAD_PATH) {
        Ok(_) => HeadFile::open_to_read(disk)?
            .read()
            .map_err(|cause| disk::failed(disk, head::HEAD_PATH, &cause))?,
        Err(_) => Vec::new(),
    };
    let newest = heads.first().map(position_of);
    let from = match &newest {
        Some(position) if recover::stands(disk, position)? => position.clone(),
        _ => pruned::remembered(disk, &segments)?
            .map_or_else(Position::start, |(pruned, _)| pruned.position()),
    };
    let walked = recover::walk(disk, &segments, &from, &mut |_| {})?;
    let len = |name: &str| disk.stat(name).map_or(0, |stat| stat.len);
    if let Some(newest) = &newest
        && (len(&newest.segment) < newest.offset || walked.end.count < newest.count)
    {
        return Ok(RepairPlan {
            verdict: Verdict::Truncated,
            index: walked.end.count,
            segment: newest.segment.clone(),
            offset: newest.offset,
            ..RepairPlan::default()
        });
    }
    let durable = newest.as_ref().map(|position| position.count);
    let place = match (&walked.garbage, &walked.flaw) {
        (Some(garbage), _) => garbage.before.clone(),
        _ => walked.end.clone(),
    };
    let mut plan = RepairPlan {
        verdict: walked
            .flaw
            .as_ref()
            .map_or(Verdict::Ok, |flaw| flaw.verdict),
        index: walked.flaw.as_ref().map_or(place.count, |flaw| flaw.index),
        segment: place.segment.clone(),
        offset: place.offset,
        ..RepairPlan::default()
    };
    match walked.ending(segments.last(), durable) {
        Ending::Clean => {}
        Ending::CompleteLine => {
            plan.verdict = plan.verdict.worse(Verdict::Torn);
            plan.complete_line = true;
        }
        Ending::SetAside => {
            plan.verdict = plan.verdict.worse(Verdict::Torn);
            plan.set_aside = len(&place.segment).saturating_sub(place.offset);
        }
        Ending::Leave => plan.verdict = plan.verdict.worse(Verdict::Tampered),
    }
    Ok(plan)
}
