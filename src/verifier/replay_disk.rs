//! The few things that the file store asks of the file system: a lock, a file
//! that is replaced in one step, a stamp that tells whether a file has changed.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::time::Duration;

use crate::error::{Error, ErrorKind, Result};

/// How long another process is waited for.
const PATIENCE: Duration = Duration::from_secs(5);
/// Tells one state of a file from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    id: (u64, u64),
    len: u64,
    modified: (i64, i64),
}

impl Stamp {
    pub fn of(metadata: &Metadata) -> Stamp {
        Stamp {
            id: id_of(metadata),
            len: metadata.len(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
        }
    }
}

pub(super) fn id_of(metadata: &Metadata) -> (u64, u64) {
    (metadata.dev(), metadata.ino())
}

/// Takes the lock of all who use a store, for as long as the answer lives. The
/// file is opened anew each time, so that threads and forked children, who share
/// open files, keep each other out too.
pub(super) fn take_lock(path: &Path) -> Result<File> {
    let failed = |cause: &io::Error| failed(path, cause);
    let mut waited = Duration::ZERO;
    loop {
        let file = private()
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(|cause| failed(&cause))?;
        match file.try_lock() {
            Ok(()) => {
                let ours = file.metadata().map_err(|cause| failed(&cause))?;
                match fs::metadata(path) {
                    Ok(named) if id_of(&named) == id_of(&ours) => return Ok(file),
                    // Somebody has replaced it since: take that one.
                    _ => {}
                }
            }
            Err(fs::TryLockError::WouldBlock) => {}
            Err(fs::TryLockError::Error(cause)) => return Err(failed(&cause)),
        }
        if waited > PATIENCE {
            let detail = "another process has held the lock for too long";
            return Err(refuse(path, detail));
        }
        let pause = Duration::from_micros(if waited.is_zero() { 20 } else { 200 });
        std::thread::sleep(pause);
        waited += pause;
    }
}

/// Replaces a file in one step.
pub(super) fn replace(path: &Path, temporary: &Path, parts: &[&[u8]], sync: bool) -> Result<()> {
    // Only a crash leaves one behind, and whoever holds the lock may remove it.
    match fs::remove_file(temporary) {
        Err(cause) if cause.kind() != io::ErrorKind::NotFound => {
            return Err(failed(temporary, &cause));
        }
        _ => {}
    }
    let written = private()
        .create_new(true)
        .open(temporary)
        .and_then(|mut file| {
            for part in parts {
                file.write_all(part)?;
            }
            if sync { file.sync_all() } else { Ok(()) }
        });
    let replaced = written.and_then(|()| fs::rename(temporary, path));
    if let Err(cause) = replaced {
        let _ = fs::remove_file(temporary);
        return Err(failed(path, &cause));
    }
    if !sync {
        return Ok(());
    }
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(|cause| failed(folder, &cause))
}

/// Opens files to write that only the owner can read, and no symbolic links.
pub(super) fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options
        .read(true)
        .write(true)
        .mode(0o600)
        .custom_flags(libc::O_NOFOLLOW);
    options
}

pub(super) fn read_bounded(path: &Path, limit: usize) -> io::Result<Vec<u8>> {
    // Without O_NONBLOCK a pipe put in the file's place would hold up every call.
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(libc::O_NONBLOCK)
        .open(path)?;
    if !file.metadata()?.is_file() {
        let detail = "not a regular file";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, detail));
    }
    let mut text = Vec::new();
    // One more, so that the reader sees that it is too long.
    let limit = (limit as u64).saturating_add(1);
    file.take(limit).read_to_end(&mut text)?;
    Ok(text)
}

pub(super) fn failed(path: &Path, cause: &io::Error) -> Error {
    refuse(path, cause.to_string())
}

pub(super) fn refuse(path: &Path, detail: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(
        ErrorKind::ReplayStoreFailed,
        path.display().to_string(),
        detail,
    )
}
