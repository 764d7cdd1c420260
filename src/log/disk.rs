//! The seam between the log and the file system.
//!
//! Everything that the log does to a disk goes through these two traits, so
//! that its promises can be tried on a simulated disk that reorders, tears,
//! lies and loses power at any moment. [`Folder`] is the real thing.
//!
//! Paths are relative to the audit folder, with `/` between the parts.

use std::fmt;
use std::fs::{self, File, OpenOptions, Permissions, TryLockError};
use std::io::{self, ErrorKind, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, FileExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::{Duration, UNIX_EPOCH};

use crate::encoding::rfc3339::Instant;
use crate::error::{Error, Result};

/// What may be read and written by the owner alone.
const FILE_MODE: u32 = 0o600;
const FOLDER_MODE: u32 = 0o700;

/// A folder on some disk.
pub trait Disk: Send + Sync + fmt::Debug {
    /// Makes a folder, private to the owner. One that is there already is fine;
    /// anything else of that name (a symbolic link too) is refused.
    fn make_folder(&self, path: &str) -> io::Result<()>;
    /// Opens a regular file; never through a symbolic link.
    fn open(&self, path: &str, how: Opening) -> io::Result<Box<dyn DiskFile>>;
    /// The names in a folder, in any order.
    fn list(&self, folder: &str) -> io::Result<Vec<String>>;
    /// What stands at a path; a symbolic link is not followed.
    fn stat(&self, path: &str) -> io::Result<Stat>;
    /// A time in nanoseconds since 1970 that changes whenever a name in this
    /// folder is made, moved or removed, to the grain of the file system's clock.
    fn folder_stamp(&self) -> io::Result<i128> {
        Ok(self.stat("")?.modified)
    }
    /// Moves a file over whatever has the new name.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;
    /// Removes a file.
    fn remove(&self, path: &str) -> io::Result<()>;
    /// Makes the names in a folder durable.
    fn sync_folder(&self, folder: &str) -> io::Result<()>;
    /// The path as people should see it in messages.
    fn name_of(&self, path: &str) -> PathBuf;
    /// The time that a file modified now is stamped with, in milliseconds since
    /// 1970. Ages of files are judged by this clock, never by the log's.
    fn now_millis(&self) -> i64;
}

/// An open file. Positions are given with every call; there is no cursor.
pub trait DiskFile: Send + Sync + fmt::Debug {
    /// One write at the end of the file, wherever that is by now. May write
    /// fewer bytes than given.
    fn append(&self, bytes: &[u8]) -> io::Result<usize>;
    /// Reads at a position; 0 at the end of the file.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;
    /// Writes all bytes at a position. Not for files opened to append.
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()>;
    /// Cuts the file.
    fn truncate(&self, len: u64) -> io::Result<()>;
    /// Makes the content and the length durable.
    fn sync_data(&self) -> io::Result<()>;
    /// What is open here, whatever its name is now.
    fn stat(&self) -> io::Result<Stat>;
    /// How long the file is.
    fn length(&self) -> io::Result<u64> {
        Ok(self.stat()?.len)
    }
    /// Takes the exclusive `flock` when it is free; answers whether it was.
    fn try_lock(&self) -> io::Result<bool>;
    /// Gives the `flock` back.
    fn unlock(&self) -> io::Result<()>;
    /// Sets the modification time, in milliseconds since 1970.
    fn set_modified(&self, unix_millis: i64) -> io::Result<()>;
}

/// How to open a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// To read what is there.
    Read,
    /// To read, and append to what is there.
    Append,
    /// To read and append; it must not be there yet.
    CreateNew,
    /// To read and write at positions; made when it is not there.
    Update,
}

/// What stands under a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stat {
    /// Which file this is, whatever it is called: device and inode.
    pub id: (u64, u64),
    /// The length in bytes.
    pub len: u64,
    /// The modification time in nanoseconds since 1970.
    pub modified: i128,
}

impl Stat {
    /// The modification time in milliseconds since 1970.
    pub fn modified_millis(&self) -> i64 {
        i64::try_from(self.modified.div_euclid(1_000_000)).unwrap_or(i64::MAX)
    }
}

/// Whether an operation failed because no more files can be opened. Whatever
/// should have been done to the file has not been tried then.
pub fn is_out_of_files(cause: &io::Error) -> bool {
    matches!(cause.raw_os_error(), Some(libc::EMFILE | libc::ENFILE))
}

/// Reads until the buffer is full or the file ends; answers how much was read.
pub fn read_full(file: &dyn DiskFile, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match file.read_at(rest, offset.saturating_add(filled as u64)) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// Reads a whole file that must not be longer than `limit`.
pub fn read_whole(disk: &dyn Disk, path: &str, limit: u64) -> io::Result<Vec<u8>> {
    let file = disk.open(path, Opening::Read)?;
    let len = file.stat()?.len;
    if len > limit {
        return Err(io::Error::new(
            ErrorKind::InvalidData,
            format!("{len} bytes where at most {limit} are expected"),
        ));
    }
    let mut bytes = vec![0; usize::try_from(len).unwrap_or(usize::MAX)];
    let count = read_full(file.as_ref(), &mut bytes, 0)?;
    bytes.truncate(count);
    Ok(bytes)
}

/// How long a file is; 0 when there is none. That it cannot be looked at says
/// nothing about its length, and is an error.
pub fn len_of(disk: &dyn Disk, path: &str) -> io::Result<u64> {
    match disk.stat(path) {
        Ok(stat) => Ok(stat.len),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(0),
        Err(error) => Err(error),
    }
}

/// A failed operation on `path`, as the library's error.
pub fn failed(disk: &dyn Disk, path: &str, cause: &io::Error) -> Error {
    Error::io(&disk.name_of(path), cause)
}

/// A folder of the operating system's file system.
#[derive(Debug)]
pub struct Folder {
    root: PathBuf,
    /// The folder itself, open: looking at it costs less than finding it.
    handle: OnceLock<File>,
}

impl Folder {
    /// The `audit` folder of a home folder; both are made when absent.
    ///
    /// The home folder may be reached through symbolic links; nothing below it
    /// may be one.
    pub fn of_home(home: &Path) -> Result<Folder> {
        let io = |cause: &io::Error| Error::io(home, cause);
        let missing = !home.try_exists().map_err(|cause| io(&cause))?;
        if missing {
            make_private_folders(home).map_err(|cause| io(&cause))?;
        }
        let home = fs::canonicalize(home).map_err(|cause| io(&cause))?;
        let folder = Folder {
            root: home.join("audit"),
            handle: OnceLock::new(),
        };
        folder
            .make_folder("")
            .map_err(|cause| Error::io(&folder.root, &cause))?;
        if missing {
            sync_path(&home).map_err(|cause| Error::io(&home, &cause))?;
        }
        Ok(folder)
    }

    /// An audit folder that must exist; for reading.
    pub fn existing(audit: &Path) -> Result<Folder> {
        let root = fs::canonicalize(audit).map_err(|cause| Error::io(audit, &cause))?;
        Ok(Folder {
            root,
            handle: OnceLock::new(),
        })
    }

    fn path(&self, path: &str) -> PathBuf {
        match path {
            "" => self.root.clone(),
            path => self.root.join(path),
        }
    }
}

impl Disk for Folder {
    fn make_folder(&self, path: &str) -> io::Result<()> {
        let path = self.path(path);
        match fs::DirBuilder::new().mode(FOLDER_MODE).create(&path) {
            Ok(()) => {
                // The mode of a new folder is cut by the umask.
                fs::set_permissions(&path, Permissions::from_mode(FOLDER_MODE))?;
                match path.parent() {
                    Some(parent) => sync_path(parent),
                    None => Ok(()),
                }
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                if fs::symlink_metadata(&path)?.is_dir() {
                    return Ok(());
                }
                Err(io::Error::new(
                    ErrorKind::NotADirectory,
                    "not a folder (symbolic links are not followed)",
                ))
            }
            Err(error) => Err(error),
        }
    }

    fn open(&self, path: &str, how: Opening) -> io::Result<Box<dyn DiskFile>> {
        let path = self.path(path);
        let mut options = OpenOptions::new();
        options
            .read(true)
            .mode(FILE_MODE)
            // Without O_NONBLOCK a pipe put in the file's place would block.
            .custom_flags(libc::O_NOFOLLOW | libc::O_CLOEXEC | libc::O_NONBLOCK);
        let file = match how {
            Opening::Read => options.open(&path)?,
            Opening::Append => options.append(true).open(&path)?,
            Opening::CreateNew => {
                let file = options.append(true).create_new(true).open(&path)?;
                file.set_permissions(Permissions::from_mode(FILE_MODE))?;
                file
            }
            Opening::Update => match options.write(true).open(&path) {
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    match options.create_new(true).open(&path) {
                        Ok(file) => {
                            file.set_permissions(Permissions::from_mode(FILE_MODE))?;
                            file
                        }
                        // Made by somebody else in between.
                        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                            options.create_new(false).open(&path)?
                        }
                        Err(error) => return Err(error),
                    }
                }
                opened => opened?,
            },
        };
        if !file.metadata()?.is_file() {
            return Err(io::Error::new(
                ErrorKind::InvalidInput,
                "not a regular file",
            ));
        }
        Ok(Box::new(RealFile(file)))
    }

    fn list(&self, folder: &str) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(self.path(folder))? {
            // A name that is not UTF-8 is none that any Signet would read.
            if let Ok(name) = entry?.file_name().into_string() {
                names.push(name);
            }
        }
        Ok(names)
    }

    fn stat(&self, path: &str) -> io::Result<Stat> {
        Ok(stat_of(&fs::symlink_metadata(self.path(path))?))
    }

    fn folder_stamp(&self) -> io::Result<i128> {
        let metadata = match self.handle.get() {
            Some(handle) => handle.metadata()?,
            None => {
                let handle = File::open(&self.root)?;
                let metadata = handle.metadata()?;
                let _ = self.handle.set(handle);
                metadata
            }
        };
        // A folder's own move shows in the second one only.
        let nanos =
            |seconds: i64, nanos: i64| i128::from(seconds) * 1_000_000_000 + i128::from(nanos);
        let modified = nanos(metadata.mtime(), metadata.mtime_nsec());
        let changed = nanos(metadata.ctime(), metadata.ctime_nsec());
        Ok(modified.max(changed))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.path(from), self.path(to))
    }

    fn remove(&self, path: &str) -> io::Result<()> {
        fs::remove_file(self.path(path))
    }

    fn sync_folder(&self, folder: &str) -> io::Result<()> {
        match (folder, self.handle.get()) {
            // Also when no file can be opened any more.
            ("", Some(handle)) => handle.sync_all(),
            _ => sync_path(&self.path(folder)),
        }
    }

    fn name_of(&self, path: &str) -> PathBuf {
        self.path(path)
    }

    fn now_millis(&self) -> i64 {
        Instant::now().unix_millis()
    }
}

#[derive(Debug)]
struct RealFile(File);

impl DiskFile for RealFile {
    fn append(&self, bytes: &[u8]) -> io::Result<usize> {
        (&self.0).write(bytes)
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.0.read_at(buffer, offset)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.0.write_all_at(bytes, offset)
    }

    fn truncate(&self, len: u64) -> io::Result<()> {
        self.0.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.0.sync_data()
    }

    fn stat(&self) -> io::Result<Stat> {
        Ok(stat_of(&self.0.metadata()?))
    }

    fn length(&self) -> io::Result<u64> {
        // Cheaper than fstat; appends and positioned reads have no use for the
        // cursor that it moves.
        (&self.0).seek(SeekFrom::End(0))
    }

    fn try_lock(&self) -> io::Result<bool> {
        match self.0.try_lock() {
            Ok(()) => Ok(true),
            Err(TryLockError::WouldBlock) => Ok(false),
            Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Interrupted => Ok(false),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    fn unlock(&self) -> io::Result<()> {
        self.0.unlock()
    }

    fn set_modified(&self, unix_millis: i64) -> io::Result<()> {
        let since = Duration::from_millis(u64::try_from(unix_millis).unwrap_or(0));
        self.0.set_modified(UNIX_EPOCH + since)
    }
}

fn stat_of(metadata: &fs::Metadata) -> Stat {
    Stat {
        id: (metadata.dev(), metadata.ino()),
        len: metadata.len(),
        modified: i128::from(metadata.mtime()) * 1_000_000_000 + i128::from(metadata.mtime_nsec()),
    }
}

fn make_private_folders(path: &Path) -> io::Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(FOLDER_MODE)
        .create(path)?;
    fs::set_permissions(path, Permissions::from_mode(FOLDER_MODE))
}

fn sync_path(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    fn folder() -> (tempfile::TempDir, Folder) {
        let home = tempfile::tempdir().unwrap();
        let folder = Folder::of_home(home.path()).unwrap();
        (home, folder)
    }

    #[test]
    fn what_is_made_is_private() {
        let (home, folder) = folder();
        folder.make_folder("inner").unwrap();
        folder.open("inner/file", Opening::CreateNew).unwrap();
        folder.open("other", Opening::Update).unwrap();
        let mode = |path: &str| {
            let path = home.path().join("audit").join(path);
            fs::metadata(path).unwrap().permissions().mode() & 0o777
        };
        assert_eq!(
            [mode(""), mode("inner"), mode("inner/file"), mode("other")],
            [0o700, 0o700, 0o600, 0o600]
        );
    }

    #[test]
    fn no_symbolic_link_is_followed() {
        let (home, folder) = folder();
        let precious = home.path().join("precious");
        fs::write(&precious, "keep me").unwrap();
        symlink(&precious, home.path().join("audit/link")).unwrap();
        for how in [
            Opening::Read,
            Opening::Append,
            Opening::CreateNew,
            Opening::Update,
        ] {
            assert!(folder.open("link", how).is_err(), "{how:?}");
        }
        assert_eq!(fs::read(&precious).unwrap(), b"keep me");
        symlink(home.path(), home.path().join("audit/.log")).unwrap();
        assert!(folder.make_folder(".log").is_err());
    }

    #[test]
    fn an_audit_folder_that_is_a_link_is_refused() {
        let home = tempfile::tempdir().unwrap();
        let elsewhere = tempfile::tempdir().unwrap();
        symlink(elsewhere.path(), home.path().join("audit")).unwrap();
        assert!(Folder::of_home(home.path()).is_err());
    }
}
