//! The counters of rate limits between one process and the next: every call of an
//! agent is judged by a process of its own.
//!
//! They stand in `<home>/counters/`, a file for each policy name, which one process
//! at a time reads, counts in and replaces. A loss of power may forget the last
//! calls; nothing else may.

use std::fs::{self, DirBuilder, File, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use signet::authority::policy::RateLimits;
use signet::crypto::digest::sha256;
use signet::encoding::hex;
use signet::encoding::rfc3339::Instant;

use crate::terminal;

/// How often to look whether other calls have been judged, and how long between.
const ATTEMPTS: u32 = 400;
const PAUSE: Duration = Duration::from_millis(5);

/// Has `judge` count with the counters of the policy of that name; without any,
/// which makes a rate limit ask for approval, where they cannot be read or kept.
pub fn with<T>(
    home: &Path,
    policy: &str,
    now: Instant,
    judge: impl Fn(Option<&mut RateLimits>) -> T,
) -> T {
    let counted = Store::open(home, policy).and_then(|mut store| {
        let judged = judge(Some(&mut store.limits));
        store.save(now)?;
        Ok(judged)
    });
    counted.unwrap_or_else(|error| {
        terminal::comment(format!("signet: the counters of rate limits: {error}"));
        judge(None)
    })
}

struct Store {
    limits: RateLimits,
    path: PathBuf,
    /// Held until it is dropped.
    _lock: File,
}

impl Store {
    fn open(home: &Path, policy: &str) -> io::Result<Store> {
        let folder = home.join("counters");
        own_folder(&folder)?;
        let hash = hex::encode(&sha256(policy.as_bytes()));
        let path = folder.join(format!("{}.json", hash.get(..16).unwrap_or_default()));
        let lock = lock(&path.with_extension("lock"))?;
        let limits = match fs::read(&path) {
            Ok(text) => RateLimits::new()
                .restore(&text)
                .map_err(|error| io::Error::other(format!("'{}': {error}", path.display())))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => RateLimits::new(),
            Err(error) => return Err(error),
        };
        Ok(Store {
            limits,
            path,
            _lock: lock,
        })
    }

    fn save(&self, now: Instant) -> io::Result<()> {
        let next = self.path.with_extension("next");
        let mut options = File::options();
        options.create(true).write(true).truncate(true).mode(0o600);
        let mut file = options.open(&next)?;
        file.write_all(&self.limits.save(now))?;
        // A file without its text would be no counters at all.
        file.sync_data()?;
        fs::rename(&next, &self.path)
    }
}

/// Makes a folder for its owner only, and those around it.
pub fn own_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

fn lock(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    let file = options.create(true).append(true).mode(0o600).open(path)?;
    for _ in 0..ATTEMPTS {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => std::thread::sleep(PAUSE),
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
    Err(io::Error::new(
        io::ErrorKind::TimedOut,
        format!("'{}' is held by another process", path.display()),
    ))
}
