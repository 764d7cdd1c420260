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
use std::sync::{Arc, Mutex, MutexGuard};

use signet::encoding::rfc3339::Instant;
use signet::log::Clock;

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
    pub files: Vec<SimFile>,
    pub names: BTreeMap<String, usize>,
    pub durable_names: BTreeMap<String, usize>,
    /// The folders, and whether they would survive.
    pub folders: BTreeMap<String, bool>,
    pub folder_changed: BTreeMap<String, i128>,
    pub next_handle: u64,
    pub random: Random,
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
    pub deceived_folders: BTreeSet<String>,
    /// Whether something that the disk had confirmed is gone.
    pub betrayed: bool,
    pub happened: Vec<Fault>,
    pub now_micros: i64,
    /// What the log's clock is wrong by.
    pub clock_error_millis: i64,
    /// Whether every operation is printed.
    traced: bool,
    /// What was read and written, to be counted.
    pub read_bytes: u64,
    pub calls: u64,
    /// How often somebody waited for the disk.
    pub syncs: u64,
}

#[derive(Clone)]
pub struct SimDisk {
    world: Arc<Mutex<World>>,
    pub process: u32,
}

impl std::fmt::Debug for SimDisk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SimDisk({})", self.process)
    }
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

pub fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

pub fn died() -> io::Error {
    io::Error::other("the process is dead")
}

impl World {
    pub fn stamp(&self) -> i128 {
        // A file system that keeps time in ticks of 4 ms.
        i128::from(self.now_micros / 4000 * 4000) * 1000
    }

    pub fn touch_folder(&mut self, path: &str) {
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
        self.folders
            .values_mut()
            .for_each(|durable| *durable = true);
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
                syncs: 0,
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
    pub fn alive(&self) -> io::Result<MutexGuard<'_, World>> {
        let mut world = self.world();
        if world.power_lost || world.dead.contains(&self.process) {
            return Err(died());
        }
        world.calls += 1;
        Ok(world)
    }

    /// Counts an operation that changes something; answers the fault that
    /// strikes it.
    pub fn strike(
        &self,
        what: &str,
        path: &str,
    ) -> io::Result<(MutexGuard<'_, World>, Option<Fault>)> {
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

    pub fn kill(&self, world: &mut World) {
        world.dead.insert(self.process);
        let process = u64::from(self.process);
        for file in &mut world.files {
            file.locked_by.take_if(|by| *by >> 32 == process);
        }
    }

    /// An operation that changes something and has no partial effect.
    pub fn change<R>(
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
