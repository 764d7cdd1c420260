//! The locks that keep many writers apart, whoever they are.
//!
//! An append holds two locks, taken in this order:
//!
//! 1. `.log/lock`, by `flock`: among the writers of this library, for the whole
//!    folder. It is never unlinked.
//! 2. `<day>.jsonl.lock` of every day that could be written now: against the
//!    published Signet, whose Rust and Python programs take an `flock` on it and
//!    leave the file behind, and whose JavaScript hooks instead create it
//!    exclusively, delete it when done, take one older than 30 s for abandoned,
//!    and drop their record after waiting 5 s.
//!
//! Both kinds of foreign writer are served by one file that is never unlinked
//! by us (a published writer may already be waiting on its inode):
//!
//! * We hold it by `flock`, and while we do its modification time is now: a
//!   hook finds a young file and waits.
//! * We release it by setting its modification time to 1970: a hook finds an
//!   abandoned file, deletes it and goes on at once, instead of losing its
//!   record.
//! * After taking the `flock` we look whether the name still leads to this
//!   file; if a hook has replaced it we start again with the new one.
//! * A young file without an `flock` is a hook's, or was left by a published
//!   writer, or by one of ours that died. Ours has our mark in it. A published
//!   writer's is told by the log having grown by a line that a hook would not
//!   write. Everything else is waited for, five seconds at most.
//!
//! All this is needed when something may have changed. While nothing has and no
//! hook has ever been seen, an append takes both `flock`s and leaves the times
//! alone (`store/familiar.rs`): a hook that comes then finds an abandoned file,
//! and its replacing it shows in the folder, which is looked at immediately
//! before the write.
//!
//! One gap is left, in the hooks: between their look at an old file and its
//! deletion we may take the lock, or another hook may. Where hooks have been
//! seen, we therefore look again two milliseconds after taking it.

use crate::error::{Error, ErrorKind, Result};
use crate::log::Clock;
use crate::log::disk::{self, Disk, DiskFile, Opening};

/// The lock among the writers of this library.
const GLOBAL_LOCK: &str = ".log/lock";
/// The lock among those who decide by what the log holds.
const TURN_LOCK: &str = ".log/turn";

/// What stands in a day's lock file that we have held.
const MARK: &[u8] = b"libsignet: held by flock\n";
/// The modification time of a lock file that we have released.
const RELEASED_MILLIS: i64 = 1000;
/// The age from which everybody takes a lock file for abandoned.
const STALE_MILLIS: i64 = 30_000;
/// How long a file is waited for that somebody merely created.
const PATIENCE_MICROS: u64 = 5_000_000;
/// How long after taking a lock we look again where hooks are about.
const SECOND_LOOK_MICROS: u64 = 2_000;

/// A lock file that is open, and perhaps held.
#[derive(Debug)]
pub(super) struct LockFile {
    name: String,
    file: Box<dyn DiskFile>,
    id: (u64, u64),
}

/// Waiting, with growing pauses.
struct Wait<'a> {
    clock: &'a dyn Clock,
    rounds: u32,
    micros: u64,
}

impl Wait<'_> {
    fn pause(&mut self) -> u64 {
        let micros = match self.rounds {
            0..16 => 0,
            16..64 => 20,
            64..256 => 100,
            256..1024 => 1000,
            _ => 5000,
        };
        self.rounds = self.rounds.saturating_add(1);
        self.clock.pause(micros);
        self.micros += micros.max(1);
        micros.max(1)
    }
}

/// What is known about a day's log when its lock is taken.
pub(super) struct DayContext<'a> {
    /// Whether the log has grown by a line that a published writer has written,
    /// other than a hook.
    pub grown_by_flocker: &'a mut dyn FnMut() -> bool,
    /// Whether hooks have been seen.
    pub careful: bool,
    /// How long to wait for a held lock, in milliseconds.
    pub timeout_millis: u64,
    /// Set when the file shows that a published program has held the lock: such
    /// a program empties it.
    pub published_seen: bool,
}

/// Takes the lock among our own writers. Answers whether the file is another
/// one than before, which means that the side folder was deleted.
pub(super) fn take_global(
    disk: &dyn Disk,
    clock: &dyn Clock,
    cached: &mut Option<LockFile>,
    timeout_millis: u64,
) -> Result<bool> {
    take(disk, clock, GLOBAL_LOCK, cached, timeout_millis)
}

/// Takes the lock of [`Turn`](crate::log::Turn), which closing the file gives back.
pub(super) fn take_turn(
    disk: &dyn Disk,
    clock: &dyn Clock,
    timeout_millis: u64,
) -> Result<LockFile> {
    let mut lock = None;
    take(disk, clock, TURN_LOCK, &mut lock, timeout_millis)?;
    lock.ok_or_else(|| busy(disk, TURN_LOCK))
}

fn take(
    disk: &dyn Disk,
    clock: &dyn Clock,
    name: &str,
    cached: &mut Option<LockFile>,
    timeout_millis: u64,
) -> Result<bool> {
    let failed = |cause: &std::io::Error| disk::failed(disk, name, cause);
    let mut replaced = cached.is_none();
    let mut wait = Wait {
        clock,
        rounds: 0,
        micros: 0,
    };
    loop {
        let lock = match cached.take() {
            Some(lock) => lock,
            None => {
                disk.make_folder(".log").map_err(|cause| failed(&cause))?;
                open(disk, name).map_err(|cause| failed(&cause))?
            }
        };
        if lock.file.try_lock().map_err(|cause| failed(&cause))? {
            if disk.stat(name).is_ok_and(|stat| stat.id == lock.id) {
                *cached = Some(lock);
                return Ok(replaced);
            }
            replaced = true;
            continue;
        }
        *cached = Some(lock);
        if wait.micros > timeout_millis.saturating_mul(1000) {
            return Err(busy(disk, name));
        }
        wait.pause();
    }
}

/// Gives the lock among our own writers back.
pub(super) fn release_global(cached: &mut Option<LockFile>) {
    if let Some(lock) = cached
        && lock.file.unlock().is_err()
    {
        // Closing the file gives the lock back in any case.
        *cached = None;
    }
}

/// Takes the lock of a day. `cached` is the lock file as it was left. Answers
/// the lock, and whether a hook has had it in between.
pub(super) fn take_day(
    disk: &dyn Disk,
    clock: &dyn Clock,
    name: &str,
    mut cached: Option<LockFile>,
    context: &mut DayContext<'_>,
) -> Result<(LockFile, bool)> {
    let failed = |cause: &std::io::Error| disk::failed(disk, name, cause);
    let mut wait = Wait {
        clock,
        rounds: 0,
        micros: 0,
    };
    let mut replaced = false;
    // The file that somebody merely created, and how long we have seen it.
    let mut created_by_other = None;
    let mut seen_micros = 0;
    loop {
        if wait.micros > context.timeout_millis.saturating_mul(1000) {
            return Err(busy(disk, name));
        }
        let (lock, ours) = match cached.take() {
            Some(lock) => (lock, false),
            None => match create(disk, name) {
                Ok(lock) => (lock, true),
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                    match disk.open(name, Opening::Update) {
                        Ok(file) => (
                            LockFile {
                                name: name.to_owned(),
                                id: file.stat().map_err(|cause| failed(&cause))?.id,
                                file,
                            },
                            false,
                        ),
                        Err(cause) => return Err(failed(&cause)),
                    }
                }
                Err(cause) => return Err(failed(&cause)),
            },
        };
        if !lock.file.try_lock().map_err(|cause| failed(&cause))? {
            cached = Some(lock);
            wait.pause();
            continue;
        }
        let stat = match disk.stat(name) {
            Ok(stat) if stat.id == lock.id => stat,
            _ => {
                // A hook took it for abandoned. Closing gives the lock back.
                replaced = true;
                wait.pause();
                continue;
            }
        };
        let modified = stat.modified_millis();
        let age = disk.now_millis().saturating_sub(modified);
        let free = ours
            || modified == RELEASED_MILLIS
            || age >= STALE_MILLIS
            || has_mark(lock.file.as_ref())
            || (context.grown_by_flocker)()
            || seen_micros >= PATIENCE_MICROS;
        if !free {
            let this = (stat.id, stat.modified);
            if created_by_other != Some(this) {
                created_by_other = Some(this);
                seen_micros = 0;
            }
            lock.file.unlock().map_err(|cause| failed(&cause))?;
            seen_micros += wait.pause();
            replaced = true;
            cached = Some(lock);
            continue;
        }
        if modified != RELEASED_MILLIS {
            context.published_seen |= !ours && !has_mark(lock.file.as_ref());
            lock.file
                .write_at(MARK, 0)
                .map_err(|cause| failed(&cause))?;
        }
        lock.file
            .set_modified(disk.now_millis())
            .map_err(|cause| failed(&cause))?;
        if context.careful || replaced {
            clock.pause(SECOND_LOOK_MICROS);
            if !disk.stat(name).is_ok_and(|stat| stat.id == lock.id) {
                continue;
            }
        }
        return Ok((lock, replaced));
    }
}

impl LockFile {
    /// Gives a day's lock back; answers the file to be used again.
    pub fn release_day(self) -> Option<LockFile> {
        // The time first: whoever gets the lock then sets it himself.
        let released = self
            .file
            .set_modified(RELEASED_MILLIS)
            .and_then(|()| self.file.unlock());
        released.is_ok().then_some(self)
    }

    /// Takes the `flock` when it is free, and nothing else.
    pub fn try_hold(&self) -> bool {
        self.file.try_lock().unwrap_or(false)
    }

    /// Gives the `flock` back, and nothing else.
    pub fn let_go(&self) {
        // It can only fail on a file that is not open.
        let _ = self.file.unlock();
    }

    /// Which lock it is.
    pub fn name(&self) -> &str {
        &self.name
    }
}

fn open(disk: &dyn Disk, name: &str) -> std::io::Result<LockFile> {
    let file = disk.open(name, Opening::Update)?;
    Ok(LockFile {
        name: name.to_owned(),
        id: file.stat()?.id,
        file,
    })
}

/// Creates a lock file that is not there.
fn create(disk: &dyn Disk, name: &str) -> std::io::Result<LockFile> {
    drop(disk.open(name, Opening::CreateNew)?);
    open(disk, name)
}

fn has_mark(file: &dyn DiskFile) -> bool {
    let mut content = [0; MARK.len() + 1];
    let count = disk::read_full(file, &mut content, 0).unwrap_or(0);
    content.get(..count) == Some(MARK)
}

fn busy(disk: &dyn Disk, name: &str) -> Error {
    Error::new(
        ErrorKind::LogBusy,
        disk.name_of(name).display().to_string(),
        "another writer has held this lock for too long",
    )
}
