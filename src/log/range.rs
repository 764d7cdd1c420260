//! Finding where a range of a log starts.

use std::ops::ControlFlow;

use crate::error::{Error, ErrorKind, Result};
use crate::log::disk::{self, Disk, Opening};
use crate::log::line::{self, GENESIS, RecordHash};
use crate::log::read::{self, Start};
use crate::log::recover::Position;

/// Where the record `first` starts and the hash that it must name; without the
/// hash when the record before it is not to be read.
pub(super) fn first_of_range(
    disk: &dyn Disk,
    start: &Start,
    end: Option<&Position>,
    first: u64,
) -> Result<(Start, Option<RecordHash>)> {
    if first == 0 {
        return Ok((Start::default(), Some(GENESIS)));
    }
    // The entry of the index may be that of `first` itself.
    let from = match start.index < first {
        true => start.clone(),
        false => Start::default(),
    };
    let everything = Position {
        segment: "\u{10ffff}".to_owned(),
        offset: u64::MAX,
        count: u64::MAX,
        last: GENESIS,
    };
    let mut scratch = Vec::new();
    let mut previous = None;
    let mut place = None;
    read::lines_forwards(disk, &from, end.unwrap_or(&everything), &mut |found| {
        if found.index + 1 == first {
            previous = line::check(found.line.bytes, &mut scratch)
                .ok()
                .and_then(|checked| checked.stated);
        }
        if found.index < first {
            return Ok(ControlFlow::Continue(()));
        }
        place = Some(Start {
            segment: found.segment.to_owned(),
            offset: found.line.offset,
            index: found.index,
        });
        Ok(ControlFlow::Break(()))
    })?;
    match place {
        Some(place) => Ok((place, previous)),
        None => Err(Error::new(
            ErrorKind::RecordNotFound,
            "log",
            "it has no record of this index",
        )
        .at(first)),
    }
}

/// How many lines stand before a place in its segment.
pub(super) fn lines_before(disk: &dyn Disk, start: &Start) -> Result<u64> {
    if start.offset == 0 {
        return Ok(0);
    }
    let failed = |cause: &std::io::Error| disk::failed(disk, &start.segment, cause);
    let file = disk
        .open(&start.segment, Opening::Read)
        .map_err(|cause| failed(&cause))?;
    let mut buffer = vec![0; 256 << 10];
    let (mut at, mut lines) = (0, 0);
    while at < start.offset {
        let want = usize::try_from(start.offset - at)
            .unwrap_or(usize::MAX)
            .min(buffer.len());
        let window = buffer.get_mut(..want).unwrap_or(&mut []);
        let count = disk::read_full(file.as_ref(), window, at).map_err(|cause| failed(&cause))?;
        if count == 0 {
            break;
        }
        let read = window.get(..count).unwrap_or(&[]);
        lines += memchr::memchr_iter(b'\n', read).count() as u64;
        at += count as u64;
    }
    Ok(lines)
}
