//! One file of the simulated disk: what programs see of it, page by page in the
//! cache, and what would be left of it if the power went now.

use crate::random::Random;

const PAGE: usize = 4096;
const SECTOR: usize = 512;

#[derive(Default)]
pub struct SimFile {
    /// What everybody reads.
    pub cached: Vec<u8>,
    durable: Vec<u8>,
    /// Which pages of the cache are to be written.
    dirty: Vec<bool>,
    pub modified: i128,
    /// The open file that holds the `flock`.
    pub locked_by: Option<u64>,
    /// How often the kernel could not write pages, and whether anybody has been
    /// told of the last time: Linux tells it once to every file that was open.
    failures: u32,
    failure_told: bool,
    /// Whether a sync has confirmed what it did not write.
    deceived: bool,
}

impl SimFile {
    pub fn write(&mut self, at: usize, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        let (old, end) = (self.cached.len(), at + bytes.len());
        if old < end {
            self.cached.resize(end, 0);
            self.dirty.resize(end.div_ceil(PAGE), true);
        }
        self.cached[at..end].copy_from_slice(bytes);
        self.dirty[old.min(at) / PAGE..end.div_ceil(PAGE)].fill(true);
    }

    pub fn truncate(&mut self, len: usize) {
        self.cached.resize(len, 0);
        self.dirty.resize(len.div_ceil(PAGE), true);
        // The kernel zeroes the rest of the last page.
        if !len.is_multiple_of(PAGE)
            && let Some(last) = self.dirty.last_mut()
        {
            *last = true;
        }
    }

    /// Everything that is still dirty is written. A page that a failure has
    /// made clean is not.
    pub fn sync(&mut self) {
        self.durable.resize(self.cached.len(), 0);
        for page in 0..self.dirty.len() {
            self.write_page(page);
        }
        self.deceived = false;
    }

    /// A sync says yes and does nothing.
    pub fn deceive(&mut self) {
        self.deceived |= self.dirty.contains(&true) || self.durable.len() != self.cached.len();
    }

    /// The kernel writes some pages when it likes, in any order.
    pub fn write_some_back(&mut self, random: &mut Random) {
        for page in 0..self.dirty.len() {
            if self.dirty[page] && random.chance(40) {
                let end = self.cached.len().min((page + 1) * PAGE);
                if self.durable.len() < end {
                    self.durable.resize(end, 0);
                }
                self.write_page(page);
            }
        }
    }

    /// The kernel cannot write what is dirty: it gives the pages up and takes
    /// them for clean. Readers still find them, until the memory is needed.
    pub fn fail(&mut self, random: &mut Random) {
        self.failures += 1;
        self.failure_told = false;
        let evicted = random.chance(20);
        for page in 0..self.dirty.len() {
            if !std::mem::take(&mut self.dirty[page]) || !evicted {
                continue;
            }
            let range = page * PAGE..self.cached.len().min((page + 1) * PAGE);
            for at in range {
                self.cached[at] = self.durable.get(at).copied().unwrap_or(0);
            }
        }
    }

    pub fn is_dirty(&self) -> bool {
        self.dirty.contains(&true)
    }

    /// What an opened file counts as told already.
    pub fn failures_known_at_opening(&self) -> u32 {
        match self.failure_told {
            true => self.failures,
            false => 0,
        }
    }

    /// Whether a failure is to be told to a file that knows of `known`.
    pub fn tell_failure(&mut self, known: &mut u32) -> bool {
        if *known == self.failures {
            return false;
        }
        *known = self.failures;
        self.failure_told = true;
        true
    }

    /// The power goes: every dirty page is there or not, whole or torn; the
    /// length is old or new or between. Answers whether a promise of the disk
    /// was broken by it.
    pub fn lose_power(&mut self, random: &mut Random) -> bool {
        let (old, new) = (self.durable.len(), self.cached.len());
        let dirty = std::mem::take(&mut self.dirty);
        let changed = old != new || dirty.contains(&true);
        let len = match random.below(4) {
            0 => old,
            1 => new,
            _ if new > old => old + random.below((new - old) as u64 + 1) as usize,
            _ if random.chance(50) => new,
            _ => old,
        };
        self.durable.resize(len, 0);
        for (page, _) in dirty.iter().enumerate().filter(|(_, dirty)| **dirty) {
            let unit = match random.below(3) {
                0 => SECTOR,
                _ => PAGE,
            };
            for from in (page * PAGE..(page + 1) * PAGE).step_by(unit) {
                let to = (from + unit).min(len).min(new);
                if from < to && random.chance(60) {
                    self.durable[from..to].copy_from_slice(&self.cached[from..to]);
                }
            }
        }
        self.cached.clone_from(&self.durable);
        self.dirty = vec![false; self.cached.len().div_ceil(PAGE)];
        (self.failures, self.failure_told, self.locked_by) = (0, false, None);
        std::mem::take(&mut self.deceived) && changed
    }

    fn write_page(&mut self, page: usize) {
        if std::mem::take(&mut self.dirty[page]) {
            let range = page * PAGE..self.cached.len().min((page + 1) * PAGE);
            self.durable[range.clone()].copy_from_slice(&self.cached[range]);
        }
    }
}
