//! A log that is only read: queried, verified and bundled where it lies.
//!
//! Nothing is created, locked or repaired, so this works on a copy that may only
//! be read, and never changes evidence by looking at it. What is appended
//! meanwhile is not seen by the call that is under way.

use std::ops::ControlFlow;
use std::path::Path;

use crate::error::Result;
use crate::log::bundle::{self, BundleOptions};
use crate::log::bundle_manifest::Manifest;
use crate::log::disk::{Disk, Folder};
use crate::log::head;
use crate::log::line;
use crate::log::pruned::{self, BeginningOfLog};
use crate::log::query::{self, Query};
use crate::log::read::{self, Start, StoredRecord};
use crate::log::recover::{self, Position};
use crate::log::segment;
use crate::log::store::position_of;
use crate::log::survey::{self, Outline, Survey};
use crate::log::verify::{self, Report, VerifyOptions, Watcher};

/// The log in an audit folder, for reading.
#[derive(Debug)]
pub struct LogFolder {
    folder: Folder,
}

impl LogFolder {
    /// The log of `<home>/audit`, given that folder, which must exist.
    pub fn open(audit: &Path) -> Result<LogFolder> {
        Ok(LogFolder {
            folder: Folder::existing(audit)?,
        })
    }

    /// How many records there are, with those that were removed from the
    /// beginning and with lines that are no records.
    ///
    /// Reads what came after the newest head, or all of it where there is none.
    pub fn len(&self) -> Result<u64> {
        Ok(self.end()?.count)
    }

    /// Whether there is no record.
    pub fn is_empty(&self) -> Result<bool> {
        Ok(self.len()? == 0)
    }

    /// Shows the records that a query matches until the visitor stops. Lines that
    /// are no records match nothing.
    pub fn query(
        &self,
        query: &Query<'_>,
        mut visit: impl FnMut(&StoredRecord) -> ControlFlow<()>,
    ) -> Result<()> {
        let (start, end) = (self.start()?, self.end()?);
        query::run(&self.folder, &start, &end, query, &mut visit)
    }

    /// What is known of the log without reading its lines.
    pub fn outline(&self) -> Result<Outline> {
        survey::outline(&self.folder)
    }

    /// Reads the log once, and shows each record to `visit` until that stops.
    /// Memory does not grow with the log.
    pub fn survey(
        &self,
        mut visit: impl FnMut(&StoredRecord) -> ControlFlow<()>,
    ) -> Result<Survey> {
        survey::survey(&self.folder, &mut visit)
    }

    /// Verifies the log, or a part of it: see
    /// [`verify_folder`](crate::log::verify_folder).
    pub fn verify(&self, options: &VerifyOptions<'_>, watcher: &mut dyn Watcher) -> Result<Report> {
        verify::verify_disk(&self.folder, options, watcher)
    }

    /// Writes the records that a query matches as an evidence bundle: see
    /// [`Log::write_bundle`](crate::log::Log::write_bundle).
    pub fn write_bundle(
        &self,
        folder: &Path,
        query: &Query<'_>,
        options: &BundleOptions<'_>,
    ) -> Result<Manifest> {
        let source = bundle::Source {
            disk: &self.folder,
            start: self.start()?,
            end: self.end()?,
        };
        bundle::write(&source, folder, query, options)
    }

    /// The first record that is left.
    fn start(&self) -> Result<Start> {
        let disk: &dyn Disk = &self.folder;
        let names =
            segment::segments(disk).map_err(|cause| crate::log::disk::failed(disk, "", &cause))?;
        Ok(match pruned::examine(disk, &names, None)? {
            BeginningOfLog::Whole => Start::default(),
            BeginningOfLog::Pruned { pruned, .. } => pruned.start(),
            BeginningOfLog::Unexplained { start, .. } => start,
        })
    }

    /// Behind the last record.
    fn end(&self) -> Result<Position> {
        let disk: &dyn Disk = &self.folder;
        let newest = head::read_heads(disk)?.first().map(position_of);
        let known = match newest {
            Some(position) if recover::stands(disk, &position)? => Some(position),
            _ => None,
        };
        let mut end = match &known {
            Some(position) => position.clone(),
            None => Position {
                count: self.start()?.index,
                ..Position::start()
            },
        };
        let start = match &known {
            Some(position) => Start {
                segment: position.segment.clone(),
                offset: position.offset,
                index: position.count,
            },
            None => self.start()?,
        };
        let mut newest_line = Vec::new();
        read::lines_forwards(disk, &start, &Position::end(), &mut |found| {
            if found.segment != end.segment {
                end.segment = found.segment.to_owned();
            }
            end.offset = found.line.end;
            end.count = found.index.saturating_add(1);
            newest_line.clear();
            newest_line.extend_from_slice(found.line.bytes);
            Ok(ControlFlow::Continue(()))
        })?;
        if !newest_line.is_empty() {
            let mut scratch = Vec::new();
            end.last = line::stated_hash(&newest_line, &mut scratch).unwrap_or(end.last);
        }
        Ok(end)
    }
}
