//! A disk that behaves as badly as disks may.
//!
//! What is written goes to a cache; only a sync makes it durable. When the
//! power goes, every dirty sector or page is kept or lost by itself, names that
//! were not synced appear or do not, and lengths are old or new. Syncs can fail
//! (and then drop the data, as the kernel does) or lie. Every operation that
//! changes something is counted, so that a fault can be put at each of them.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};

use signet::encoding::rfc3339::Instant;
use signet::log::Clock;
use signet::log::disk::{Disk, DiskFile, Opening, Stat};

use crate::random::Random;

const PAGE: usize = 4096;
const SECTOR: usize = 512;

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The process is killed; what it wrote stays in the cache.
    Kill,
    /// The machine stops.
    PowerLoss,
    /// A sync fails and its data is dropped from what will be written.
    SyncFails,
    /// A sync says yes and does nothing.
    SyncLies,
    /// There is no space left, for a number of operations.
    NoSpace,
    /// A write is interrupted, or writes only a part.
    ShortWrite,
}

#[derive(Default)]
struct SimFile {
    cached: Vec<u8>,
    durable: Vec<u8>,
    dirty: BTreeSet<usize>,
    modified: i128,
    locked_by: Option<u64>,
}

pub struct World {
    files: BTreeMap<u64, SimFile>,
    names: BTreeMap<String, u64>,
    durable_names: BTreeMap<String, u64>,
    folders: BTreeSet<String>,
    folder_changed: BTreeMap<String, i128>,
    next_inode: u64,
    next_handle: u64,
    random: Random,
    pub operations: u64,
    /// Which fault comes at which operation, and to which process.
    pub plan: Vec<(u64, Fault)>,
    no_space_until: u64,
    dead: BTreeSet<u32>,
    pub power_lost: bool,
    pub lied: bool,
    pub happened: Vec<Fault>,
    now_micros: i64,
}

#[derive(Clone)]
pub struct SimDisk {
    world: Arc<Mutex<World>>,
    process: u32,
}

impl std::fmt::Debug for SimDisk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SimDisk({})", self.process)
    }
}

#[derive(Debug)]
struct SimHandle {
    disk: SimDisk,
    inode: u64,
    handle: u64,
}

#[derive(Clone, Debug)]
pub struct SimClock(pub SimDisk);

impl Clock for SimClock {
    fn now(&self) -> Instant {
        let micros = self.0.world().now_micros;
        Instant::from_unix_millis(micros / 1000).unwrap()
    }

    fn pause(&self, micros: u64) {
        self.0.world().now_micros += micros.max(1) as i64;
    }
}

fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

fn died() -> io::Error {
    io::Error::other("the process is dead")
}

impl World {
    fn stamp(&self) -> i128 {
        // A file system that keeps time in ticks of 4 ms.
        i128::from(self.now_micros / 4000 * 4000) * 1000
    }

    fn touch_folder(&mut self, path: &str) {
        let stamp = self.stamp();
        self.folder_changed.insert(parent(path).to_owned(), stamp);
    }
}

impl SimDisk {
    pub fn new(seed: u64, start: &str) -> SimDisk {
        let now = Instant::parse(start).unwrap().unix_millis();
        SimDisk {
            world: Arc::new(Mutex::new(World {
                files: BTreeMap::new(),
                names: BTreeMap::new(),
                durable_names: BTreeMap::new(),
                folders: BTreeSet::from([String::new()]),
                folder_changed: BTreeMap::new(),
                next_inode: 1,
                next_handle: 1,
                random: Random::new(seed),
                operations: 0,
                plan: Vec::new(),
                no_space_until: 0,
                dead: BTreeSet::new(),
                power_lost: false,
                lied: false,
                happened: Vec::new(),
                now_micros: now * 1000,
            })),
            process: 0,
        }
    }

    /// The same disk, for another process.
    pub fn process(&self, process: u32) -> SimDisk {
        SimDisk {
            world: Arc::clone(&self.world),
            process,
        }
    }

    pub fn world(&self) -> MutexGuard<'_, World> {
        self.world
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    pub fn pass_time(&self, micros: i64) {
        self.world().now_micros += micros;
    }

    pub fn is_dead(&self) -> bool {
        let world = self.world();
        world.power_lost || world.dead.contains(&self.process)
    }

    /// The content of the files, as any process sees it.
    pub fn contents(&self) -> BTreeMap<String, Vec<u8>> {
        let world = self.world();
        let content = |inode: &u64| world.files[inode].cached.clone();
        world
            .names
            .iter()
            .map(|(name, inode)| (name.clone(), content(inode)))
            .collect()
    }

    pub fn overwrite(&self, path: &str, content: &[u8]) {
        let mut world = self.world();
        let inode = world.names[path];
        let file = world.files.get_mut(&inode).unwrap();
        file.cached = content.to_vec();
        file.durable = content.to_vec();
        file.dirty.clear();
    }

    pub fn delete_folder(&self, folder: &str) {
        let mut world = self.world();
        let prefix = format!("{folder}/");
        world.names.retain(|name, _| !name.starts_with(&prefix));
        world
            .durable_names
            .retain(|name, _| !name.starts_with(&prefix));
        world
            .folders
            .retain(|name| name != folder && !name.starts_with(&prefix));
    }

    /// The machine starts again: only what was durable is sure to be there.
    pub fn restart(&self) {
        let mut guard = self.world();
        let world = &mut *guard;
        if world.power_lost {
            let mut names: BTreeSet<String> = world.names.keys().cloned().collect();
            names.extend(world.durable_names.keys().cloned());
            let mut kept = BTreeMap::new();
            for name in names {
                let (new, old) = (world.names.get(&name), world.durable_names.get(&name));
                let chosen = match new == old || world.random.chance(50) {
                    true => new,
                    false => old,
                };
                kept.extend(chosen.map(|inode| (name, *inode)));
            }
            for file in world.files.values_mut() {
                file.lose_power(&mut world.random);
            }
            world.names = kept.clone();
            world.durable_names = kept;
            world.now_micros += 30_000_000;
        }
        for file in world.files.values_mut() {
            file.locked_by = None;
        }
        world.dead.clear();
        world.power_lost = false;
        world.plan.clear();
        world.no_space_until = 0;
    }

    /// Counts an operation that changes something; answers the fault that
    /// strikes it.
    fn strike(&self, world: &mut World) -> io::Result<Option<Fault>> {
        if world.power_lost || world.dead.contains(&self.process) {
            return Err(died());
        }
        world.operations += 1;
        world.now_micros += 7;
        let now = world.operations;
        let fault = world
            .plan
            .iter()
            .find(|(at, _)| *at == now)
            .map(|(_, fault)| *fault);
        world.happened.extend(fault);
        match fault {
            Some(Fault::Kill) => {
                world.dead.insert(self.process);
                self.release_locks(world);
            }
            Some(Fault::PowerLoss) => world.power_lost = true,
            Some(Fault::NoSpace) => world.no_space_until = now + 12,
            _ => {}
        }
        Ok(fault)
    }

    fn release_locks(&self, world: &mut World) {
        let process = u64::from(self.process);
        for file in world.files.values_mut() {
            if file.locked_by.is_some_and(|by| by >> 32 == process) {
                file.locked_by = None;
            }
        }
    }

    /// An operation that changes something and has no partial effect.
    fn change<R>(&self, effect: impl FnOnce(&mut World) -> io::Result<R>) -> io::Result<R> {
        let mut world = self.world();
        match self.strike(&mut world)? {
            Some(Fault::Kill | Fault::PowerLoss) => {
                // Perhaps just before, perhaps just after.
                if world.random.chance(50) {
                    let _ = effect(&mut world);
                }
                Err(died())
            }
            _ => effect(&mut world),
        }
    }
}

impl SimFile {
    fn mark_dirty(&mut self, from: usize, to: usize) {
        for page in from / PAGE..to.div_ceil(PAGE) {
            self.dirty.insert(page);
        }
    }

    fn make_durable(&mut self) {
        self.durable = self.cached.clone();
        self.dirty.clear();
    }

    fn lose_power(&mut self, random: &mut Random) {
        let mut content = self.durable.clone();
        let (old, new) = (self.durable.len(), self.cached.len());
        let len = match random.below(4) {
            0 => old,
            1 => new,
            _ if new > old => old + random.below((new - old) as u64 + 1) as usize,
            _ if random.chance(50) => new,
            _ => old,
        };
        content.resize(len, 0);
        for &page in &self.dirty {
            let unit = match random.below(3) {
                0 => SECTOR,
                _ => PAGE,
            };
            let start = page * PAGE;
            for from in (start..start + PAGE).step_by(unit) {
                let to = (from + unit).min(len).min(self.cached.len());
                if from < to && random.chance(60) {
                    content[from..to].copy_from_slice(&self.cached[from..to]);
                }
            }
        }
        self.cached = content.clone();
        self.durable = content;
        self.dirty.clear();
    }
}

impl Disk for SimDisk {
    fn make_folder(&self, path: &str) -> io::Result<()> {
        if self.world().folders.contains(path) {
            return match self.is_dead() {
                true => Err(died()),
                false => Ok(()),
            };
        }
        self.change(|world| {
            world.folders.insert(path.to_owned());
            Ok(())
        })
    }

    fn open(&self, path: &str, how: Opening) -> io::Result<Box<dyn DiskFile>> {
        if self.is_dead() {
            return Err(died());
        }
        let existing = self.world().names.get(path).copied();
        let inode = match (existing, how) {
            (Some(_), Opening::CreateNew) => return Err(io::ErrorKind::AlreadyExists.into()),
            (None, Opening::Read | Opening::Append) => return Err(io::ErrorKind::NotFound.into()),
            (Some(inode), _) => inode,
            (None, _) => self.change(|world| {
                if !world.folders.contains(parent(path)) {
                    return Err(io::ErrorKind::NotFound.into());
                }
                let inode = world.next_inode;
                world.next_inode += 1;
                let modified = world.stamp();
                world.files.insert(
                    inode,
                    SimFile {
                        modified,
                        ..SimFile::default()
                    },
                );
                world.names.insert(path.to_owned(), inode);
                world.touch_folder(path);
                Ok(inode)
            })?,
        };
        let mut world = self.world();
        let handle = (u64::from(self.process) << 32) | world.next_handle;
        world.next_handle += 1;
        Ok(Box::new(SimHandle {
            disk: self.clone(),
            inode,
            handle,
        }))
    }

    fn list(&self, folder: &str) -> io::Result<Vec<String>> {
        if self.is_dead() {
            return Err(died());
        }
        let world = self.world();
        Ok(world
            .names
            .keys()
            .filter(|name| parent(name) == folder)
            .map(|name| name.rsplit('/').next().unwrap().to_owned())
            .collect())
    }

    fn stat(&self, path: &str) -> io::Result<Stat> {
        if self.is_dead() {
            return Err(died());
        }
        let world = self.world();
        if world.folders.contains(path) {
            return Ok(Stat {
                id: (0, 0),
                len: 0,
                modified: world.folder_changed.get(path).copied().unwrap_or(0),
            });
        }
        let inode = *world.names.get(path).ok_or(io::ErrorKind::NotFound)?;
        let file = &world.files[&inode];
        Ok(Stat {
            id: (1, inode),
            len: file.cached.len() as u64,
            modified: file.modified,
        })
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.change(|world| {
            let inode = world.names.remove(from).ok_or(io::ErrorKind::NotFound)?;
            world.names.insert(to.to_owned(), inode);
            world.touch_folder(from);
            world.touch_folder(to);
            Ok(())
        })
    }

    fn remove(&self, path: &str) -> io::Result<()> {
        self.change(|world| {
            world.names.remove(path).ok_or(io::ErrorKind::NotFound)?;
            world.touch_folder(path);
            Ok(())
        })
    }

    fn sync_folder(&self, folder: &str) -> io::Result<()> {
        let mut world = self.world();
        match self.strike(&mut world)? {
            Some(Fault::Kill | Fault::PowerLoss) => return Err(died()),
            Some(Fault::SyncFails) => return Err(io::Error::other("sync of the folder failed")),
            Some(Fault::SyncLies) => {
                world.lied = true;
                return Ok(());
            }
            _ => {}
        }
        let world = &mut *world;
        world
            .durable_names
            .retain(|name, _| parent(name) != folder || world.names.contains_key(name));
        for (name, inode) in &world.names {
            if parent(name) == folder {
                world.durable_names.insert(name.clone(), *inode);
            }
        }
        Ok(())
    }

    fn name_of(&self, path: &str) -> PathBuf {
        PathBuf::from("/sim").join(path)
    }

    fn now_millis(&self) -> i64 {
        self.world().now_micros / 1000
    }
}

impl SimHandle {
    fn write(&self, bytes: &[u8], offset: Option<u64>) -> io::Result<usize> {
        let mut guard = self.disk.world();
        let fault = self.disk.strike(&mut guard)?;
        let world = &mut *guard;
        let no_space = world.operations < world.no_space_until;
        let mut count = bytes.len();
        if no_space
            || matches!(
                fault,
                Some(Fault::Kill | Fault::PowerLoss | Fault::ShortWrite)
            )
        {
            count = world.random.below(bytes.len() as u64 + 1) as usize;
        }
        let modified = world.stamp();
        let file = world.files.get_mut(&self.inode).unwrap();
        let at = offset.map_or(file.cached.len(), |offset| offset as usize);
        if count > 0 {
            if file.cached.len() < at + count {
                let old = file.cached.len();
                file.cached.resize(at + count, 0);
                file.mark_dirty(old.min(at), at + count);
            }
            file.cached[at..at + count].copy_from_slice(&bytes[..count]);
            file.mark_dirty(at, at + count);
            file.modified = modified;
        }
        match fault {
            Some(Fault::Kill | Fault::PowerLoss) => Err(died()),
            _ if no_space && count == 0 => Err(io::ErrorKind::StorageFull.into()),
            Some(Fault::ShortWrite) if count == 0 => Err(io::ErrorKind::Interrupted.into()),
            _ => Ok(count),
        }
    }
}

impl DiskFile for SimHandle {
    fn append(&self, bytes: &[u8]) -> io::Result<usize> {
        self.write(bytes, None)
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        if self.disk.is_dead() {
            return Err(died());
        }
        let world = self.disk.world();
        let content = &world.files[&self.inode].cached;
        let rest = content.get(offset as usize..).unwrap_or(&[]);
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let mut written = 0;
        while written < bytes.len() {
            match self.write(&bytes[written..], Some(offset + written as u64)) {
                Ok(count) => written += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn truncate(&self, len: u64) -> io::Result<()> {
        self.disk.change(|world| {
            let modified = world.stamp();
            let file = world.files.get_mut(&self.inode).unwrap();
            file.cached.resize(len as usize, 0);
            file.modified = modified;
            Ok(())
        })
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut world = self.disk.world();
        let fault = self.disk.strike(&mut world)?;
        if fault == Some(Fault::SyncLies) {
            world.lied = true;
            return Ok(());
        }
        let world = &mut *world;
        let file = world.files.get_mut(&self.inode).unwrap();
        match fault {
            Some(Fault::Kill | Fault::PowerLoss) => Err(died()),
            Some(Fault::SyncFails) => {
                // The pages are clean now, and nothing of them was written.
                file.dirty.clear();
                Err(io::Error::other("sync failed"))
            }
            _ => {
                let lost: Vec<usize> = (0..file.cached.len().div_ceil(PAGE))
                    .filter(|page| !file.dirty.contains(page))
                    .collect();
                let old = std::mem::take(&mut file.durable);
                file.make_durable();
                // Pages that an earlier failed sync dropped stay dropped.
                for page in lost {
                    let range = page * PAGE..((page + 1) * PAGE).min(file.durable.len());
                    for at in range {
                        file.durable[at] = old.get(at).copied().unwrap_or(0);
                    }
                }
                Ok(())
            }
        }
    }

    fn stat(&self) -> io::Result<Stat> {
        if self.disk.is_dead() {
            return Err(died());
        }
        let world = self.disk.world();
        let file = &world.files[&self.inode];
        Ok(Stat {
            id: (1, self.inode),
            len: file.cached.len() as u64,
            modified: file.modified,
        })
    }

    fn try_lock(&self) -> io::Result<bool> {
        if self.disk.is_dead() {
            return Err(died());
        }
        let mut world = self.disk.world();
        let file = world.files.get_mut(&self.inode).unwrap();
        match file.locked_by {
            Some(by) if by != self.handle => Ok(false),
            _ => {
                file.locked_by = Some(self.handle);
                Ok(true)
            }
        }
    }

    fn unlock(&self) -> io::Result<()> {
        let mut world = self.disk.world();
        let file = world.files.get_mut(&self.inode).unwrap();
        if file.locked_by == Some(self.handle) {
            file.locked_by = None;
        }
        Ok(())
    }

    fn set_modified(&self, unix_millis: i64) -> io::Result<()> {
        self.disk.change(|world| {
            let file = world.files.get_mut(&self.inode).unwrap();
            file.modified = i128::from(unix_millis) * 1_000_000;
            Ok(())
        })
    }
}

impl Drop for SimHandle {
    fn drop(&mut self) {
        let mut world = self.disk.world();
        if let Some(file) = world.files.get_mut(&self.inode)
            && file.locked_by == Some(self.handle)
        {
            file.locked_by = None;
        }
    }
}
