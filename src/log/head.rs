//! The head: how far the log had got, so that opening it does not read it.
//!
//! Two slots of 4 KiB are each sealed with a CRC. The slot that is known to be
//! durable stays; the other one is written over and over until a sync makes it
//! the durable one. So one of them is whole whenever the machine stops. A slot
//! is written after the sync that it speaks of: it never claims more than the
//! disk has. It is not evidence; deleting it costs one pass over the log.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::error::Result;
use crate::log::disk::{self, Disk, DiskFile, Opening};
use crate::log::line::RecordHash;

/// Where the head stands.
pub(super) const HEAD_PATH: &str = ".log/head";

const SLOT_LEN: usize = 4096;
const MAGIC: &[u8; 8] = b"sgnthd01";
const NUMBERS: usize = 7;
const MAX_NAME_LEN: usize = 64;

/// A position in the log before which everything is durable.
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
    /// Whether writers have been seen that do not know `flock`.
    pub exclusive_creators: bool,
    /// The Merkle tree's frontier at the position, in its own encoding.
    pub frontier: Vec<u8>,
}

/// The file with the two slots.
#[derive(Debug)]
pub(super) struct HeadFile {
    file: Box<dyn DiskFile>,
    /// The newest generation that a sync of ours has covered.
    synced: AtomicU64,
}

/// A slot: how often a head was written before, up to which of these times a
/// sync was known to have covered it, and the head.
#[derive(Debug)]
struct Slot {
    generation: u64,
    synced: u64,
    head: Head,
}

/// The heads of a folder that are whole, newest first; none when there is no
/// such file.
pub(super) fn read_heads(disk: &dyn Disk) -> Result<Vec<Head>> {
    let failed = |cause: &std::io::Error| disk::failed(disk, HEAD_PATH, cause);
    match disk.stat(HEAD_PATH) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(cause) => Err(failed(&cause)),
        Ok(_) => HeadFile::open_to_read(disk)?
            .read()
            .map_err(|cause| failed(&cause)),
    }
}

impl HeadFile {
    pub fn open(disk: &dyn Disk) -> Result<HeadFile> {
        let file = disk
            .open(HEAD_PATH, Opening::Update)
            .map_err(|cause| disk::failed(disk, HEAD_PATH, &cause))?;
        Ok(HeadFile {
            file,
            synced: AtomicU64::new(0),
        })
    }

    /// The file as it is, for reading only.
    pub fn open_to_read(disk: &dyn Disk) -> Result<HeadFile> {
        let file = disk
            .open(HEAD_PATH, Opening::Read)
            .map_err(|cause| disk::failed(disk, HEAD_PATH, &cause))?;
        Ok(HeadFile {
            file,
            synced: AtomicU64::new(0),
        })
    }

    /// The heads that are whole, newest first.
    pub fn read(&self) -> std::io::Result<Vec<Head>> {
        let mut slots: Vec<Slot> = self.slots()?.into_iter().flatten().collect();
        slots.sort_by_key(|slot| std::cmp::Reverse(slot.generation));
        Ok(slots.into_iter().map(|slot| slot.head).collect())
    }

    /// Writes a head; not over a newer head that is further
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
        let newest = self
            .slots()?
            .iter()
            .flatten()
            .map(|slot| slot.generation)
            .max();
        self.file.sync_data()?;
        self.synced
            .fetch_max(newest.unwrap_or(0), Ordering::Relaxed);
        Ok(())
    }

    /// How often a head was written since one was known to be durable.
    pub fn unsynced(&self) -> std::io::Result<u64> {
        let slots = self.slots()?;
        let newest = slots.iter().flatten().map(|slot| slot.generation).max();
        let known = slots.iter().flatten().map(|slot| slot.synced).max();
        let known = known.max(Some(self.synced.load(Ordering::Relaxed)));
        Ok(newest.unwrap_or(0).saturating_sub(known.unwrap_or(0)))
    }

    /// Makes both slots unreadable, so that the next opening begins a new head.
    pub fn forget(&self) -> std::io::Result<()> {
        self.file.write_at(&[0; 2 * SLOT_LEN], 0)
    }

    fn write_locked(&self, head: &Head, rewound: bool) -> std::io::Result<()> {
        let [first, second] = self.slots()?;
        let generation = |slot: &Option<Slot>| slot.as_ref().map_or(0, |slot| slot.generation);
        let first_is_newest = generation(&first) >= generation(&second);
        let newest = if first_is_newest { &first } else { &second };
        if let Some(Slot { head: newest, .. }) = newest
            && !rewound
            && (newest.count > head.count || newest == head)
        {
            return Ok(());
        }
        let known = [&first, &second].map(|slot| slot.as_ref().map_or(0, |slot| slot.synced));
        let synced = known
            .into_iter()
            .fold(self.synced.load(Ordering::Relaxed), u64::max);
        // The older slot may be the only durable one: it is given up only when
        // the newer one is durable too.
        let newest_is_durable = newest.is_none() || generation(newest) <= synced;
        let slot = Slot {
            generation: generation(newest).saturating_add(1),
            synced,
            head: head.clone(),
        };
        let Some(bytes) = encode(&slot) else {
            return Ok(());
        };
        let offset = match first_is_newest == newest_is_durable {
            true => SLOT_LEN as u64,
            false => 0,
        };
        self.file.write_at(&bytes, offset)
    }

    fn slots(&self) -> std::io::Result<[Option<Slot>; 2]> {
        let mut bytes = [0; 2 * SLOT_LEN];
        let count = disk::read_full(self.file.as_ref(), &mut bytes, 0)?;
        let (first, second) = bytes
            .get(..count)
            .unwrap_or(&[])
            .split_at(count.min(SLOT_LEN));
        Ok([decode(first), decode(second)])
    }
}

fn encode(slot: &Slot) -> Option<Vec<u8>> {
    let head = &slot.head;
    if head.segment.len() > MAX_NAME_LEN {
        return None;
    }
    let mut bytes = Vec::with_capacity(SLOT_LEN);
    bytes.extend_from_slice(MAGIC);
    for number in [
        slot.generation,
        slot.synced,
        head.count,
        head.offset,
        u64::from(head.exclusive_creators),
        head.segment.len() as u64,
        head.frontier.len() as u64,
    ] {
        bytes.extend_from_slice(&number.to_le_bytes());
    }
    bytes.extend_from_slice(&head.last);
    bytes.extend_from_slice(head.segment.as_bytes());
    bytes.extend_from_slice(&head.frontier);
    if bytes.len() > SLOT_LEN - 4 {
        return None;
    }
    let seal = crc32c(&bytes);
    bytes.extend_from_slice(&seal.to_le_bytes());
    bytes.resize(SLOT_LEN, 0);
    Some(bytes)
}

fn decode(bytes: &[u8]) -> Option<Slot> {
    let rest = bytes.strip_prefix(MAGIC)?;
    let (numbers, rest) = rest.split_at_checked(8 * NUMBERS)?;
    let number = |place: usize| -> Option<u64> {
        let bytes = numbers.get(place * 8..place * 8 + 8)?;
        Some(u64::from_le_bytes(bytes.try_into().ok()?))
    };
    let (last, rest) = rest.split_at_checked(32)?;
    let (segment, rest) = rest.split_at_checked(usize::try_from(number(5)?).ok()?)?;
    let (frontier, rest) = rest.split_at_checked(usize::try_from(number(6)?).ok()?)?;
    let (seal, _) = rest.split_first_chunk::<4>()?;
    let content = bytes.get(..bytes.len() - rest.len())?;
    if crc32c(content) != u32::from_le_bytes(*seal) {
        return None;
    }
    Some(Slot {
        generation: number(0)?,
        synced: number(1)?,
        head: Head {
            segment: String::from_utf8(segment.to_vec()).ok()?,
            offset: number(3)?,
            count: number(2)?,
            last: last.try_into().ok()?,
            exclusive_creators: number(4)? != 0,
            frontier: frontier.to_vec(),
        },
    })
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
    fn the_durable_slot_stays_until_the_other_one_is_durable() {
        let home = tempfile::tempdir().unwrap();
        let folder = Folder::of_home(home.path()).unwrap();
        folder.make_folder(".log").unwrap();
        let file = HeadFile::open(&folder).unwrap();
        for count in 1..4 {
            file.write(&head(count), false).unwrap();
        }
        assert_eq!(file.read().unwrap(), [head(3)]);
        file.sync().unwrap();
        for count in 4..9 {
            file.write(&head(count), false).unwrap();
            assert_eq!(file.read().unwrap(), [head(count), head(3)]);
        }
        file.sync().unwrap();
        // Another process learns it from the slots, or keeps both.
        let other = HeadFile::open(&folder).unwrap();
        other.write(&head(9), false).unwrap();
        assert_eq!(other.read().unwrap(), [head(9), head(3)]);
        other.sync().unwrap();
        other.write(&head(10), false).unwrap();
        file.write(&head(11), false).unwrap();
        assert_eq!(file.read().unwrap(), [head(11), head(9)]);
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
        for at in 0..8 + 8 * NUMBERS + 32 + 16 + 2024 + 4 {
            let slot = Slot {
                generation: 100,
                synced: 90,
                head: head(9),
            };
            let mut slot = encode(&slot).unwrap();
            slot[at] ^= 0x10;
            assert!(decode(&slot).is_none(), "{at}");
            assert!(decode(&slot[..at]).is_none(), "{at}");
        }
    }
}
