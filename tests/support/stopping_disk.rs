//! A folder whose process dies at a given operation: that one and everything
//! after it fails, and what was done before stays.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use signet::log::disk::{Disk, DiskFile, Folder, Opening, Stat};

/// The disk of a process that has so many operations left to live.
#[derive(Debug)]
pub struct StoppingDisk {
    folder: Folder,
    left: Arc<AtomicU64>,
}

#[derive(Debug)]
struct StoppingFile {
    file: Box<dyn DiskFile>,
    left: Arc<AtomicU64>,
}

impl StoppingDisk {
    /// The audit folder of a home folder, until `stop` is called.
    pub fn new(home: &Path) -> StoppingDisk {
        StoppingDisk {
            folder: Folder::of_home(home).unwrap(),
            left: Arc::new(AtomicU64::new(u64::MAX)),
        }
    }

    /// What counts the operations that change something.
    pub fn left(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.left)
    }
}

fn died() -> io::Error {
    io::Error::other("the process is dead")
}

fn live(left: &AtomicU64) -> io::Result<()> {
    match left.load(Ordering::SeqCst) {
        0 => Err(died()),
        _ => Ok(()),
    }
}

fn change(left: &AtomicU64) -> io::Result<()> {
    match left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1)) {
        Ok(_) => Ok(()),
        Err(_) => Err(died()),
    }
}

impl Disk for StoppingDisk {
    fn make_folder(&self, path: &str) -> io::Result<()> {
        change(&self.left)?;
        self.folder.make_folder(path)
    }

    fn open(&self, path: &str, how: Opening) -> io::Result<Box<dyn DiskFile>> {
        match how {
            Opening::CreateNew => change(&self.left)?,
            _ => live(&self.left)?,
        }
        Ok(Box::new(StoppingFile {
            file: self.folder.open(path, how)?,
            left: Arc::clone(&self.left),
        }))
    }

    fn list(&self, folder: &str) -> io::Result<Vec<String>> {
        live(&self.left)?;
        self.folder.list(folder)
    }

    fn stat(&self, path: &str) -> io::Result<Stat> {
        live(&self.left)?;
        self.folder.stat(path)
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        change(&self.left)?;
        self.folder.rename(from, to)
    }

    fn remove(&self, path: &str) -> io::Result<()> {
        change(&self.left)?;
        self.folder.remove(path)
    }

    fn sync_folder(&self, folder: &str) -> io::Result<()> {
        change(&self.left)?;
        self.folder.sync_folder(folder)
    }

    fn name_of(&self, path: &str) -> PathBuf {
        self.folder.name_of(path)
    }

    fn now_millis(&self) -> i64 {
        self.folder.now_millis()
    }
}

impl DiskFile for StoppingFile {
    fn append(&self, bytes: &[u8]) -> io::Result<usize> {
        if change(&self.left).is_err() {
            return Err(died());
        }
        if self.left.load(Ordering::SeqCst) == 0 {
            // The last thing that it does, it does half.
            self.file.append(&bytes[..bytes.len() / 2])?;
            return Err(died());
        }
        self.file.append(bytes)
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        live(&self.left)?;
        self.file.read_at(buffer, offset)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        change(&self.left)?;
        self.file.write_at(bytes, offset)
    }

    fn truncate(&self, len: u64) -> io::Result<()> {
        change(&self.left)?;
        self.file.truncate(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        change(&self.left)?;
        self.file.sync_data()
    }

    fn stat(&self) -> io::Result<Stat> {
        live(&self.left)?;
        self.file.stat()
    }

    fn try_lock(&self) -> io::Result<bool> {
        live(&self.left)?;
        self.file.try_lock()
    }

    fn unlock(&self) -> io::Result<()> {
        self.file.unlock()
    }

    fn set_modified(&self, unix_millis: i64) -> io::Result<()> {
        change(&self.left)?;
        self.file.set_modified(unix_millis)
    }
}
