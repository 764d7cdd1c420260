//! What opening a log would change, shown before it is done.
//!
//! Only the end of the last segment is ever changed: a line feed is added, or
//! bytes that are no record are moved into quarantine. Damage anywhere else
//! stays as it is, to be looked at.

use std::path::Path;

use crate::encoding::object::ObjectWriter;
use crate::error::{Error, ErrorKind, Result};
use crate::log::disk::{self, Disk, Folder};
use crate::log::head;
use crate::log::pruned;
use crate::log::recover::{self, Ending, Position};
use crate::log::segment;
use crate::log::store::position_of;
use crate::log::verdict::{Recovery, Verdict};
use crate::log::{Log, LogOptions};

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

impl RepairPlan {
    /// The plan as JSON text: the members of this struct by their names.
    pub fn to_json(&self) -> Vec<u8> {
        let number = |number: u64| number.to_string().into_bytes();
        let mut out = Vec::new();
        let mut object = ObjectWriter::new(&mut out);
        let complete_line: &[u8] = match self.complete_line {
            true => b"true",
            false => b"false",
        };
        object.member("complete_line", Some(complete_line));
        object.member("index", Some(&number(self.index)));
        object.member("offset", Some(&number(self.offset)));
        object.text("segment", &self.segment);
        object.member("set_aside", Some(&number(self.set_aside)));
        object.text("verdict", self.verdict.name());
        object.end();
        out
    }
    /// Whether opening the log would change nothing in its segments.
    pub fn is_empty(&self) -> bool {
        self.set_aside == 0 && !self.complete_line
    }
}

/// Carries out a plan that somebody has looked at, and answers what was done:
/// bytes that were set aside stand in the folder `.log/quarantine`.
///
/// Refuses with [`ErrorKind::InvalidArgument`], and changes nothing, when the
/// plan is not what would be done now. `options` are those of [`Log::open`];
/// `repair_automatically` does not matter.
pub fn repair(home: &Path, plan: &RepairPlan, options: LogOptions) -> Result<Recovery> {
    let audit = home.join("audit");
    if plan_repair(&audit)? != *plan {
        return Err(Error::new(
            ErrorKind::InvalidArgument,
            "plan",
            "it is not what would be done now; make it again",
        ));
    }
    let log = Log::open(
        home,
        LogOptions {
            repair_automatically: true,
            ..options
        },
    )?;
    let recovery = log.recovery();
    log.close()?;
    Ok(recovery)
}

/// Plans without changing anything. [`repair`] carries the plan out, and so does
/// opening the log with `repair_automatically`.
pub fn plan_repair(audit: &Path) -> Result<RepairPlan> {
    let folder = Folder::existing(audit)?;
    let disk: &dyn Disk = &folder;
    let segments = segment::segments(disk).map_err(|cause| disk::failed(disk, "", &cause))?;
    let newest = head::read_heads(disk)?.first().map(position_of);
    let from = match &newest {
        Some(position) if recover::stands(disk, position)? => position.clone(),
        _ => pruned::remembered(disk, &segments)?
            .map_or_else(Position::start, |(pruned, _)| pruned.position()),
    };
    let walked = recover::walk(disk, &segments, &from, &mut |_| {})?;
    let len =
        |name: &str| disk::len_of(disk, name).map_err(|cause| disk::failed(disk, name, &cause));
    if let Some(newest) = &newest
        && (len(&newest.segment)? < newest.offset || walked.end.count < newest.count)
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
            plan.set_aside = len(&place.segment)?.saturating_sub(place.offset);
        }
        Ending::Leave => plan.verdict = plan.verdict.worse(Verdict::Tampered),
    }
    Ok(plan)
}
