//! A disk that behaves as badly as disks may.
//!
//! What is written goes to a cache; only a sync makes it durable. When the
//! power goes, every dirty sector or page is kept or lost by itself, names and
//! folders that were not synced appear or do not, and lengths are old or new.
//! Syncs can fail (and then drop the data, as the kernel does) or lie. Every
//! operation that changes something is counted, so that a fault can be put at
//! each of them.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};

use signet::encoding::rfc3339::Instant;
use signet::log::Clock;
use signet::log::disk::{Disk, DiskFile, Opening, Stat};

use crate::file::SimFile;
use crate::interrupt;
use crate::random::Random;

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The process is killed; what it wrote stays in the cache.
    Kill,
    /// The machine stops.
    PowerLoss,
    /// A sync fails and its data is dropped from what will be written.
    SyncFails,
    /// The same to a file that the kernel writes by itself: told by its next
    /// sync.
    WritebackFails,
    /// The kernel writes some pages by itself, in any order.
    WrittenBack,
    /// A sync says yes and does nothing.
    SyncLies,
    /// There is only so much space left, for a number of operations.
    NoSpace,
    /// A write is interrupted, or writes only a part.
    ShortWrite,
}

pub struct World {
    files: Vec<SimFile>,
    names: BTreeMap<String, usize>,
    durable_names: BTreeMap<String, usize>,
    /// The folders, and whether they would survive.
    folders: BTreeMap<String, bool>,
    folder_changed: BTreeMap<String, i128>,
    next_handle: u64,
    random: Random,
    pub operations: u64,
    /// Which fault comes at which operation.
    pub plan: Vec<(u64, Fault)>,
    /// How many bytes fit, and up to which operation that is so.
    pub space: Option<(u64, u64)>,
    /// How many bytes the next write takes, and whether that kills the writer.
    pub cut_next_write: Option<(usize, bool)>,
    dead: BTreeSet<u32>,
    pub power_lost: bool,
    /// Folders whose sync has lied.
    deceived_folders: BTreeSet<String>,
    /// Whether something that the disk had confirmed is gone.
    pub betrayed: bool,
    pub happened: Vec<Fault>,
    now_micros: i64,
    /// What the log's clock is wrong by.
    pub clock_error_millis: i64,
    /// Whether every operation is printed.
    traced: bool,
    /// What was read and written, to be counted.
    pub read_bytes: u64,
    pub calls: u64,
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
    path: Box<str>,
    inode: usize,
    handle: u64,
    failures_known: Mutex<u32>,
}

#[derive(Clone, Debug)]
pub struct SimClock(pub SimDisk);

impl Clock for SimClock {
    fn now(&self) -> Instant {
        let world = self.0.world();
        Instant::from_unix_millis(world.now_micros / 1000 + world.clock_error_millis).unwrap()
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
        match self.folder_changed.get_mut(parent(path)) {
            Some(changed) => *changed = stamp,
            None => {
                self.folder_changed.insert(parent(path).to_owned(), stamp);
            }
        }
    }

    /// The names and folders that a loss of power leaves.
    fn lose_names(&mut self) {
        let mut kept = BTreeMap::new();
        let names = self.names.keys().chain(self.durable_names.keys());
        for name in names.cloned().collect::<BTreeSet<_>>() {
            let (new, old) = (self.names.get(&name), self.durable_names.get(&name));
            let folder_lied = self.deceived_folders.contains(parent(&name));
            let chosen = match new == old || self.random.chance(50) {
                true => new,
                false => old,
            };
            self.betrayed |= folder_lied && chosen != new;
            kept.extend(chosen.map(|inode| (name, *inode)));
        }
        let random = &mut self.random;
        let lost: Vec<String> = self
            .folders
            .iter()
            .filter(|(_, durable)| !**durable)
            .filter(|_| random.chance(50))
            .map(|(folder, _)| folder.clone())
            .collect();
        let is_lost = |path: &str| {
            let inside = |folder: &String| path[folder.len()..].starts_with('/');
            lost.iter()
                .any(|folder| path.starts_with(folder.as_str()) && inside(folder))
        };
        kept.retain(|name, _| !is_lost(name));
        self.folders
            .retain(|folder, _| !lost.contains(folder) && !is_lost(folder));
        self.folders.values_mut().for_each(|durable| *durable = true);
        self.names.clone_from(&kept);
        self.durable_names = kept;
        self.deceived_folders.clear();
    }
}

impl SimDisk {
    pub fn new(seed: u64, start: &str) -> SimDisk {
        let now = Instant::parse(start).unwrap().unix_millis();
        SimDisk {
            world: Arc::new(Mutex::new(World {
                files: Vec::new(),
                names: BTreeMap::new(),
                durable_names: BTreeMap::new(),
                folders: BTreeMap::from([(String::new(), true)]),
                folder_changed: BTreeMap::new(),
                next_handle: 1,
                random: Random::new(seed),
                operations: 0,
                plan: Vec::new(),
                space: None,
                cut_next_write: None,
                dead: BTreeSet::new(),
                power_lost: false,
                deceived_folders: BTreeSet::new(),
                betrayed: false,
                happened: Vec::new(),
                now_micros: now * 1000,
                clock_error_millis: 0,
                traced: std::env::var_os("SIGNET_TRACE").is_some(),
                read_bytes: 0,
                calls: 0,
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
        self.alive().is_err()
    }

    /// Whether nobody holds a lock, so that another process can do something.
    pub fn is_unlocked(&self) -> bool {
        let world = self.world();
        world.files.iter().all(|file| file.locked_by.is_none())
    }

    /// The content of the files, as any process sees it.
    pub fn contents(&self) -> BTreeMap<String, Vec<u8>> {
        let world = self.world();
        let content = |inode: &usize| world.files[*inode].cached.clone();
        world
            .names
            .iter()
            .map(|(name, inode)| (name.clone(), content(inode)))
            .collect()
    }

    /// A file's content is replaced, durably and behind everybody's back.
    pub fn put(&self, name: &str, content: &[u8]) {
        let mut world = self.world();
        let inode = world.names[name];
        let file = &mut world.files[inode];
        file.truncate(0);
        file.write(0, content);
        file.sync();
    }

    /// All processes end and, when the power was lost, the machine starts
    /// again: then only what was durable is sure to be there.
    pub fn restart(&self) {
        let mut guard = self.world();
        let world = &mut *guard;
        if world.power_lost {
            world.lose_names();
            for file in &mut world.files {
                world.betrayed |= file.lose_power(&mut world.random);
            }
            world.now_micros += 30_000_000;
        }
        for file in &mut world.files {
            file.locked_by = None;
        }
        world.dead.clear();
        world.power_lost = false;
        world.plan.clear();
        world.space = None;
        world.cut_next_write = None;
    }

    /// The world, for a process that lives.
    fn alive(&self) -> io::Result<MutexGuard<'_, World>> {
        let mut world = self.world();
        if world.power_lost || world.dead.contains(&self.process) {
            return Err(died());
        }
        world.calls += 1;
        Ok(world)
    }

    /// Counts an operation that changes something; answers the fault that
    /// strikes it.
    fn strike(&self, what: &str, path: &str) -> io::Result<(MutexGuard<'_, World>, Option<Fault>)> {
        interrupt::chance(self);
        let mut guard = self.alive()?;
        let world = &mut *guard;
        world.operations += 1;
        world.now_micros += 7;
        let now = world.operations;
        let fault = world
            .plan
            .iter()
            .find(|(at, _)| *at == now)
            .map(|(_, fault)| *fault);
        world.happened.extend(fault);
        if world.traced {
            eprintln!("{now} process {}: {what} {path} {fault:?}", self.process);
        }
        match fault {
            Some(Fault::Kill) => self.kill(world),
            Some(Fault::PowerLoss) => world.power_lost = true,
            Some(Fault::NoSpace) => {
                let bytes = match world.random.chance(50) {
                    true => 0,
                    false => world.random.below(3000),
                };
                world.space = Some((bytes, now + 12));
            }
            Some(Fault::WritebackFails | Fault::WrittenBack) => {
                let count = world.files.len();
                let from = world.random.below(count as u64) as usize;
                let dirty = (from..from + count)
                    .map(|inode| inode % count)
                    .find(|inode| world.files[*inode].is_dirty());
                if let Some(inode) = dirty {
                    match fault {
                        Some(Fault::WrittenBack) => {
                            world.files[inode].write_some_back(&mut world.random)
                        }
                        _ => world.files[inode].fail(&mut world.random),
                    }
                }
            }
            _ => {}
        }
        Ok((guard, fault))
    }

    fn kill(&self, world: &mut World) {
        world.dead.insert(self.process);
        let process = u64::from(self.process);
        for file in &mut world.files {
            file.locked_by.take_if(|by| *by >> 32 == process);
        }
    }

    /// An operation that changes something and has no partial effect.
    fn change<R>(
        &self,
        what: &str,
        path: &str,
        effect: impl FnOnce(&mut World) -> io::Result<R>,
    ) -> io::Result<R> {
        let (mut world, fault) = self.strike(what, path)?;
        match fault {
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

impl Disk for SimDisk {
    fn make_folder(&self, path: &str) -> io::Result<()> {
        if self.alive()?.folders.contains_key(path) {
            return Ok(());
        }
        self.change("mkdir", path, |world| {
            let above = parent(path);
            if !world.folders.contains_key(above) {
                return Err(io::ErrorKind::NotFound.into());
            }
            world.folders.insert(path.to_owned(), false);
            Ok(())
        })?;
        // It is made and then synced, and may be killed in between.
        self.change("sync folder of", path, |world| {
            world.folders.insert(path.to_owned(), true);
            Ok(())
        })
    }

    fn open(&self, path: &str, how: Opening) -> io::Result<Box<dyn DiskFile>> {
        let existing = self.alive()?.names.get(path).copied();
        let inode = match (existing, how) {
            (Some(_), Opening::CreateNew) => return Err(io::ErrorKind::AlreadyExists.into()),
            (None, Opening::Read | Opening::Append) => return Err(io::ErrorKind::NotFound.into()),
            (Some(inode), _) => inode,
            (None, _) => self.change("create", path, |world| {
                if !world.folders.contains_key(parent(path)) {
                    return Err(io::ErrorKind::NotFound.into());
                }
                if world.space.is_some_and(|(bytes, _)| bytes == 0) && world.random.chance(50) {
                    return Err(io::ErrorKind::StorageFull.into());
                }
                let modified = world.stamp();
                let mut file = SimFile::default();
                file.modified = modified;
                world.files.push(file);
                let inode = world.files.len() - 1;
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
            path: path.into(),
            inode,
            handle,
            failures_known: Mutex::new(world.files[inode].failures_known_at_opening()),
        }))
    }

    fn list(&self, folder: &str) -> io::Result<Vec<String>> {
        let world = self.alive()?;
        Ok(world
            .names
            .keys()
            .filter(|name| parent(name) == folder)
            .map(|name| name.rsplit('/').next().unwrap().to_owned())
            .collect())
    }

    fn stat(&self, path: &str) -> io::Result<Stat> {
        let world = self.alive()?;
        if let Some(inode) = world.names.get(path) {
            return Ok(world.files[*inode].stat(*inode));
        }
        if !world.folders.contains_key(path) {
            return Err(io::ErrorKind::NotFound.into());
        }
        Ok(Stat {
            id: (0, 0),
            len: 0,
            modified: world.folder_changed.get(path).copied().unwrap_or(0),
        })
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.change("rename", to, |world| {
            let inode = world.names.remove(from).ok_or(io::ErrorKind::NotFound)?;
            world.names.insert(to.to_owned(), inode);
            world.touch_folder(from);
            world.touch_folder(to);
            Ok(())
        })
    }

    fn remove(&self, path: &str) -> io::Result<()> {
        self.change("remove", path, |world| {
            world.names.remove(path).ok_or(io::ErrorKind::NotFound)?;
            world.touch_folder(path);
            Ok(())
        })
    }

    fn sync_folder(&self, folder: &str) -> io::Result<()> {
        let (mut guard, fault) = self.strike("sync folder", folder)?;
        let world = &mut *guard;
        match fault {
            Some(Fault::Kill | Fault::PowerLoss) => return Err(died()),
            Some(Fault::SyncFails) => return Err(io::Error::other("sync of the folder failed")),
            Some(Fault::SyncLies) => {
                world.deceived_folders.insert(folder.to_owned());
                return Ok(());
            }
            _ => {}
        }
        world.deceived_folders.remove(folder);
        let names = &world.names;
        world
            .durable_names
            .retain(|name, _| parent(name) != folder || names.contains_key(name));
        for (name, inode) in names {
            if parent(name) == folder && world.durable_names.get(name) != Some(inode) {
                world.durable_names.insert(name.clone(), *inode);
            }
        }
        for (name, durable) in &mut world.folders {
            *durable |= parent(name) == folder;
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

impl SimFile {
    fn stat(&self, inode: usize) -> Stat {
        Stat {
            id: (1, inode as u64),
            len: self.cached.len() as u64,
            modified: self.modified,
        }
    }
}

impl SimHandle {
    fn strike(&self, what: &str) -> io::Result<(MutexGuard<'_, World>, Option<Fault>)> {
        self.disk.strike(what, &self.path)
    }

    fn change<R>(
        &self,
        what: &str,
        effect: impl FnOnce(&mut World) -> io::Result<R>,
    ) -> io::Result<R> {
        self.disk.change(what, &self.path, effect)
    }

    fn write(&self, bytes: &[u8], offset: Option<u64>) -> io::Result<usize> {
        let what = match offset {
            Some(_) => "write",
            None => "append",
        };
        let (mut guard, mut fault) = self.strike(what)?;
        let world = &mut *guard;
        let mut count = bytes.len();
        if matches!(
            fault,
            Some(Fault::Kill | Fault::PowerLoss | Fault::ShortWrite)
        ) {
            count = world.random.below(bytes.len() as u64 + 1) as usize;
        }
        if offset.is_none()
            && let Some((len, killed)) = world.cut_next_write.take()
        {
            count = len.min(count);
            if killed {
                self.disk.kill(world);
                fault = Some(Fault::Kill);
            }
        }
        let modified = world.stamp();
        let file = &mut world.files[self.inode];
        let at = offset.map_or(file.cached.len(), |offset| offset as usize);
        if let Some((bytes, until)) = &mut world.space {
            // Bytes within the file have their place already.
            let inside = file.cached.len().saturating_sub(at);
            let fits = inside.saturating_add(*bytes as usize);
            if fits == 0 && count > 0 && world.operations < *until {
                return Err(io::ErrorKind::StorageFull.into());
            }
            if world.operations < *until {
                count = count.min(fits);
            }
            *bytes -= count.saturating_sub(inside).min(*bytes as usize) as u64;
        }
        file.write(at, &bytes[..count]);
        if count > 0 {
            file.modified = modified;
        }
        match fault {
            Some(Fault::Kill | Fault::PowerLoss) => Err(died()),
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
        let mut world = self.disk.alive()?;
        let content = &world.files[self.inode].cached;
        let rest = content.get(offset as usize..).unwrap_or(&[]);
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        world.read_bytes += count as u64;
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
        self.change("truncate", |world| {
            let modified = world.stamp();
            let file = &mut world.files[self.inode];
            file.truncate(len as usize);
            file.modified = modified;
            Ok(())
        })
    }

    fn sync_data(&self) -> io::Result<()> {
        let (mut guard, fault) = self.strike("sync")?;
        let world = &mut *guard;
        let file = &mut world.files[self.inode];
        match fault {
            Some(Fault::Kill | Fault::PowerLoss) => {
                if world.random.chance(50) {
                    file.write_some_back(&mut world.random);
                }
                return Err(died());
            }
            Some(Fault::SyncLies) => {
                file.deceive();
                return Ok(());
            }
            Some(Fault::SyncFails) => file.fail(&mut world.random),
            _ => file.sync(),
        }
        match file.tell_failure(&mut self.failures_known.lock().unwrap()) {
            true => Err(io::Error::other("sync failed")),
            false => Ok(()),
        }
    }

    fn stat(&self) -> io::Result<Stat> {
        Ok(self.disk.alive()?.files[self.inode].stat(self.inode))
    }

    fn try_lock(&self) -> io::Result<bool> {
        let mut world = self.disk.alive()?;
        let file = &mut world.files[self.inode];
        let free = file.locked_by.is_none_or(|by| by == self.handle);
        if free {
            file.locked_by = Some(self.handle);
        }
        Ok(free)
    }

    fn unlock(&self) -> io::Result<()> {
        let mut world = self.disk.world();
        let file = &mut world.files[self.inode];
        file.locked_by.take_if(|by| *by == self.handle);
        Ok(())
    }

    fn set_modified(&self, unix_millis: i64) -> io::Result<()> {
        self.change("touch", |world| {
            world.files[self.inode].modified = i128::from(unix_millis) * 1_000_000;
            Ok(())
        })
    }
}

impl Drop for SimHandle {
    fn drop(&mut self) {
        let _ = self.unlock();
    }
}
