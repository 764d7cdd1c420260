//! Where every 256th record starts, so that one can be read by its number.
//!
//! A quarter of a byte a record. Entries are sealed one by one and can be made
//! again by reading the log; a missing or broken one only costs reading from
//! the one before.

use crate::error::Result;
use crate::log::disk::{self, Disk, DiskFile, Opening};
use crate::log::head::crc32c;

/// How many records lie between two entries.
pub(super) const STRIDE: u64 = 256;

const PATH: &str = ".log/index";
const ENTRY_LEN: usize = 64;
const NAME_LEN: usize = ENTRY_LEN - 8 - 8 - 4;

/// The index, and the entries that are not written yet.
#[derive(Debug, Default)]
pub(super) struct SparseIndex {
    file: Option<Box<dyn DiskFile>>,
    pending: Vec<Entry>,
}

/// Where a record starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub index: u64,
    pub segment: String,
    pub offset: u64,
}

impl SparseIndex {
    pub fn open(disk: &dyn Disk) -> Result<SparseIndex> {
        let file = disk
            .open(PATH, Opening::Update)
            .map_err(|cause| disk::failed(disk, PATH, &cause))?;
        Ok(SparseIndex {
            file: Some(file),
            pending: Vec::new(),
        })
    }

    /// The index as it is, for reading only; `None` when there is none.
    pub fn open_to_read(disk: &dyn Disk) -> Option<SparseIndex> {
        Some(SparseIndex {
            file: Some(disk.open(PATH, Opening::Read).ok()?),
            pending: Vec::new(),
        })
    }

    /// Takes notice of a record.
    pub fn pass(&mut self, index: u64, segment: &str, offset: u64) {
        if index.is_multiple_of(STRIDE) && segment.len() <= NAME_LEN {
            self.pending.push(Entry {
                index,
                segment: segment.to_owned(),
                offset,
            });
            if self.pending.len() >= 1024 {
                self.flush();
            }
        }
    }

    /// Writes what was noticed. A failure loses nothing but time.
    pub fn flush(&mut self) {
        for entry in std::mem::take(&mut self.pending) {
            if let Some(file) = &self.file {
                let place = entry.index / STRIDE * ENTRY_LEN as u64;
                let _ = file.write_at(&encode(&entry), place);
            }
        }
    }

    /// The nearest entry at or before a record.
    pub fn find(&self, index: u64) -> Option<Entry> {
        let mut place = index / STRIDE;
        // A few broken entries in a row are passed over; after that reading
        // from the start of the segment is what remains.
        for _ in 0..64 {
            if let Some(entry) = self.entry(place) {
                return Some(entry);
            }
            place = place.checked_sub(1)?;
        }
        None
    }

    /// The first entry whose segment is wanted.
    pub fn first_entry(&self, wanted: impl Fn(&String) -> bool) -> Option<Entry> {
        let len = self.file.as_ref()?.length().ok()?;
        (0..len / ENTRY_LEN as u64)
            .filter_map(|place| self.entry(place))
            .find(|entry| wanted(&entry.segment))
    }

    fn entry(&self, place: u64) -> Option<Entry> {
        let file = self.file.as_ref()?;
        let mut bytes = [0; ENTRY_LEN];
        let offset = place.saturating_mul(ENTRY_LEN as u64);
        if disk::read_full(file.as_ref(), &mut bytes, offset).ok()? != ENTRY_LEN {
            return None;
        }
        decode(&bytes).filter(|entry| entry.index == place.saturating_mul(STRIDE))
    }
}

fn encode(entry: &Entry) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(ENTRY_LEN);
    bytes.extend_from_slice(&entry.index.to_le_bytes());
    bytes.extend_from_slice(&entry.offset.to_le_bytes());
    bytes.extend_from_slice(entry.segment.as_bytes());
    bytes.resize(ENTRY_LEN - 4, 0);
    // The empty entry of a hole in the file must not look sealed.
    let seal = !crc32c(&bytes);
    bytes.extend_from_slice(&seal.to_le_bytes());
    bytes
}

fn decode(bytes: &[u8; ENTRY_LEN]) -> Option<Entry> {
    let (content, seal) = bytes.split_last_chunk::<4>()?;
    if !crc32c(content) != u32::from_le_bytes(*seal) {
        return None;
    }
    let (index, rest) = content.split_first_chunk::<8>()?;
    let (offset, name) = rest.split_first_chunk::<8>()?;
    let end = name.iter().position(|&byte| byte == 0).unwrap_or(NAME_LEN);
    Some(Entry {
        index: u64::from_le_bytes(*index),
        segment: String::from_utf8(name.get(..end)?.to_vec()).ok()?,
        offset: u64::from_le_bytes(*offset),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_survive_and_broken_ones_are_seen() {
        let entry = Entry {
            index: 512,
            segment: "2026-11-20.s0001.jsonl".to_owned(),
            offset: 123_456,
        };
        let bytes: [u8; ENTRY_LEN] = encode(&entry).try_into().unwrap();
        assert_eq!(decode(&bytes), Some(entry));
        assert_eq!(decode(&[0; ENTRY_LEN]), None);
        for at in 0..ENTRY_LEN {
            let mut broken = bytes;
            broken[at] ^= 1;
            assert_eq!(decode(&broken), None, "{at}");
        }
    }
}
