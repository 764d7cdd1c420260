//! The head: how far the log had got, so that opening it does not read it.
//!
//! Two slots of 4 KiB are written in turn, each sealed with a CRC, so that one
//! of them is whole whenever the machine stops. A slot is written after the
//! sync that it speaks of: it never claims more than the disk has. It is not
//! evidence; deleting it costs one pass over the log.

use crate::error::Result;
use crate::log::disk::{self, Disk, DiskFile, Opening};
use crate::log::line::RecordHash;

/// Where the head stands.
pub(super) const HEAD_PATH: &str = ".log/head";

const SLOT_LEN: usize = 4096;
const MAGIC: &[u8; 8] = b"sgnthd01";
const MAX_NAME_LEN: usize = 64;

/// A position in the log and what was durable then.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Head {
    /// The segment that holds the position.
    pub segment: String,
    /// The length of that segment up to the position.
    pub offset: u64,
    /// The number of records up to the position.
    pub count: u64,
    /// The hash of the last of them.
    pub last: RecordHash,
    /// The number of records that a sync has covered.
    pub durable_count: u64,
    /// How much of the segment a sync has covered. All segments before it are
    /// durable: they are synced before the next one is begun.
    pub durable_offset: u64,
    /// Whether writers have been seen that do not know `flock`.
    pub exclusive_creators: bool,
    /// The Merkle tree's frontier at the position, in its own encoding.
    pub frontier: Vec<u8>,
}

/// The file with the two slots.
#[derive(Debug)]
pub(super) struct HeadFile {
    file: Box<dyn DiskFile>,
}

impl HeadFile {
    pub fn open(disk: &dyn Disk) -> Result<HeadFile> {
        let file = disk
            .open(HEAD_PATH, Opening::Update)
            .map_err(|cause| disk::failed(disk, HEAD_PATH, &cause))?;
        Ok(HeadFile { file })
    }

    /// The file as it is, for reading only.
    pub fn open_to_read(disk: &dyn Disk) -> Result<HeadFile> {
        let file = disk
            .open(HEAD_PATH, Opening::Read)
            .map_err(|cause| disk::failed(disk, HEAD_PATH, &cause))?;
        Ok(HeadFile { file })
    }

    /// The heads that are whole, newest first.
    pub fn read(&self) -> std::io::Result<Vec<Head>> {
        let mut slots: Vec<(u64, Head)> = self.slots()?.into_iter().flatten().collect();
        slots.sort_by_key(|(generation, _)| std::cmp::Reverse(*generation));
        Ok(slots.into_iter().map(|(_, head)| head).collect())
    }

    /// Writes a head over the older slot; not over a newer head that is further
    /// on, which another process may have written, unless `rewound`.
    pub fn write(&self, head: &Head, rewound: bool) -> std::io::Result<()> {
        // Whoever holds this lock holds it for microseconds.
        let mut locked = false;
        for _ in 0..100_000 {
            locked = self.file.try_lock()?;
            if locked {
                break;
            }
            std::thread::yield_now();
        }
        if !locked {
            // The head may lag; it is written again with the next batch.
            return Ok(());
        }
        let written = self.write_locked(head, rewound);
        self.file.unlock()?;
        written
    }

    /// Makes the newest slot survive a power loss.
    pub fn sync(&self) -> std::io::Result<()> {
        self.file.sync_data()
    }

    fn write_locked(&self, head: &Head, rewound: bool) -> std::io::Result<()> {
        let slots = self.slots()?;
        let generation =
            |slot: &Option<(u64, Head)>| slot.as_ref().map_or(0, |(number, _)| *number);
        let (first, second) = (generation(&slots[0]), generation(&slots[1]));
        let newest = if first >= second {
            &slots[0]
        } else {
            &slots[1]
        };
        if let Some((_, newest)) = newest
            && !rewound
            && newest.count >= head.count
            && newest.durable_count >= head.durable_count
        {
            return Ok(());
        }
        let Some(bytes) = encode(head, first.max(second).saturating_add(1)) else {
            return Ok(());
        };
        let offset = if first >= second { SLOT_LEN as u64 } else { 0 };
        self.file.write_at(&bytes, offset)
    }

    fn slots(&self) -> std::io::Result<[Option<(u64, Head)>; 2]> {
        let mut bytes = [0; 2 * SLOT_LEN];
        let count = disk::read_full(self.file.as_ref(), &mut bytes, 0)?;
        let (first, second) = bytes
            .get(..count)
            .unwrap_or(&[])
            .split_at(count.min(SLOT_LEN));
        Ok([decode(first), decode(second)])
    }
}

fn encode(head: &Head, generation: u64) -> Option<Vec<u8>> {
    if head.segment.len() > MAX_NAME_LEN {
        return None;
    }
    let mut slot = Vec::with_capacity(SLOT_LEN);
    slot.extend_from_slice(MAGIC);
    for number in [
        generation,
        head.count,
        head.offset,
        head.durable_count,
        head.durable_offset,
        u64::from(head.exclusive_creators),
        head.segment.len() as u64,
        head.frontier.len() as u64,
    ] {
        slot.extend_from_slice(&number.to_le_bytes());
    }
    slot.extend_from_slice(&head.last);
    slot.extend_from_slice(head.segment.as_bytes());
    slot.extend_from_slice(&head.frontier);
    if slot.len() > SLOT_LEN - 4 {
        return None;
    }
    slot.resize(SLOT_LEN - 4, 0);
    let seal = crc32c(&slot);
    slot.extend_from_slice(&seal.to_le_bytes());
    Some(slot)
}

fn decode(slot: &[u8]) -> Option<(u64, Head)> {
    let (content, seal) = slot.split_last_chunk::<4>()?;
    if slot.len() != SLOT_LEN || crc32c(content) != u32::from_le_bytes(*seal) {
        return None;
    }
    let rest = content.strip_prefix(MAGIC)?;
    let (numbers, rest) = rest.split_at_checked(64)?;
    let number = |place: usize| -> Option<u64> {
        let bytes = numbers.get(place * 8..place * 8 + 8)?;
        Some(u64::from_le_bytes(bytes.try_into().ok()?))
    };
    let (last, rest) = rest.split_at_checked(32)?;
    let (segment, rest) = rest.split_at_checked(usize::try_from(number(6)?).ok()?)?;
    let frontier = rest.get(..usize::try_from(number(7)?).ok()?)?;
    let head = Head {
        segment: String::from_utf8(segment.to_vec()).ok()?,
        offset: number(2)?,
        count: number(1)?,
        last: last.try_into().ok()?,
        durable_count: number(3)?,
        durable_offset: number(4)?,
        exclusive_creators: number(5)? != 0,
        frontier: frontier.to_vec(),
    };
    Some((number(0)?, head))
}

/// CRC-32C (Castagnoli), as in iSCSI (RFC 3720 appendix B.4).
pub(super) fn crc32c(bytes: &[u8]) -> u32 {
    let mut crc = !0_u32;
    for byte in bytes {
        let place = (crc ^ u32::from(*byte)) & 0xff;
        crc = CRC_TABLE[place as usize] ^ (crc >> 8);
    }
    !crc
}

const CRC_TABLE: [u32; 256] = {
    let mut table = [0; 256];
    let mut place = 0;
    while place < 256 {
        let mut value = place as u32;
        let mut bit = 0;
        while bit < 8 {
            value = (value >> 1) ^ (0x82f6_3b78 * (value & 1));
            bit += 1;
        }
        table[place] = value;
        place += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::disk::Folder;

    fn head(count: u64) -> Head {
        Head {
            segment: "2026-11-20.jsonl".to_owned(),
            offset: count * 100,
            count,
            last: [7; 32],
            durable_count: count,
            durable_offset: count * 100,
            exclusive_creators: true,
            frontier: vec![3; 2024],
        }
    }

    #[test]
    fn the_checksum_is_castagnoli() {
        assert_eq!(crc32c(b"123456789"), 0xe306_9283);
        assert_eq!(crc32c(&[0; 32]), 0x8a91_36aa);
    }

    #[test]
    fn the_newest_whole_slot_counts() {
        let home = tempfile::tempdir().unwrap();
        let folder = Folder::of_home(home.path()).unwrap();
        folder.make_folder(".log").unwrap();
        let file = HeadFile::open(&folder).unwrap();
        assert!(file.read().unwrap().is_empty());
        for count in 1..6 {
            file.write(&head(count), false).unwrap();
            assert_eq!(file.read().unwrap()[0], head(count));
        }
        // An older head does not replace a newer one, but a rewound one does.
        file.write(&head(2), false).unwrap();
        assert_eq!(file.read().unwrap()[0], head(5));
        file.write(&head(2), true).unwrap();
        assert_eq!(file.read().unwrap()[0], head(2));
        // Whatever is torn in one slot, the other one stays.
        for at in 0..SLOT_LEN {
            let mut slot = encode(&head(9), 100).unwrap();
            slot[at] ^= 0x10;
            assert!(decode(&slot).is_none(), "{at}");
            assert!(decode(&slot[..at]).is_none(), "{at}");
        }
    }
}
