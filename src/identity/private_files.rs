//! Files and folders that only their owner can use.
//!
//! Files are created 0600 and folders 0700, exactly and from the first
//! moment, whatever the umask. No symbolic link is followed at the last step
//! of a path, neither to write nor to read, and only regular files of bounded
//! size are read. Permissions and `O_NOFOLLOW` are those of Unix; another
//! platform needs its own version of this file.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use zeroize::Zeroizing;

use crate::error::{Error, ErrorKind, Result};

const FILE_MODE: u32 = 0o600;
const FOLDER_MODE: u32 = 0o700;
/// The permission bits that let somebody else read or write.
const OF_OTHERS: u32 = 0o077;
/// The permission bit of a folder that lets everybody add and remove entries,
/// and the one that takes back the removing. Write access of the group is
/// common where every user has a group of their own, and harmless there.
const WRITABLE_BY_ALL: u32 = 0o002;
const STICKY: u32 = 0o1000;

/// The content of a file that was read, wiped when dropped.
pub(super) struct Content {
    pub(super) bytes: Zeroizing<Vec<u8>>,
    /// Whether the mode of the file gives others any access to it.
    pub(super) exposed: bool,
}

/// Reads a whole regular file of up to `limit` bytes; `None` when there is
/// none.
pub(super) fn read(path: &Path, limit: usize) -> Result<Option<Content>> {
    // Without O_NONBLOCK, opening a planted pipe would wait for ever.
    let opened = OpenOptions::new()
        .read(true)
        .custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK)
        .open(path);
    let mut file = match opened {
        Ok(file) => file,
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(cause) => return Err(refusal(path, &cause)),
    };
    let metadata = file.metadata().map_err(|cause| Error::io(path, &cause))?;
    if !metadata.is_file() {
        return Err(not_a(path, "a regular file"));
    }
    // One allocation for the whole content: growing would leave copies. The
    // byte more shows that the file ends.
    let mut bytes = Zeroizing::new(Vec::new());
    let room = limit
        .min(usize::try_from(metadata.len()).unwrap_or(limit))
        .saturating_add(1);
    bytes.resize(room, 0);
    let length = read_up_to(&mut file, &mut bytes).map_err(|cause| Error::io(path, &cause))?;
    if length == room {
        return Err(Error::new(
            ErrorKind::KeyFileCorrupt,
            path.display().to_string(),
            format!("it is larger than {limit} bytes, or grew while being read"),
        ));
    }
    bytes.truncate(length);
    Ok(Some(Content {
        bytes,
        exposed: metadata.mode() & OF_OTHERS != 0,
    }))
}

/// Creates a file that does not exist yet and makes its content durable. A
/// file that could not be written completely is removed again.
pub(super) fn create(path: &Path, content: &[u8]) -> Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(FILE_MODE)
        .custom_flags(libc::O_NOFOLLOW)
        .open(path)
        .map_err(|cause| Error::io(path, &cause))?;
    // The umask can only have taken bits away.
    file.set_permissions(Permissions::from_mode(FILE_MODE))
        .and_then(|()| file.write_all(content))
        .and_then(|()| file.sync_all())
        .map_err(|cause| {
            let _ = fs::remove_file(path);
            Error::io(path, &cause)
        })
}

/// Gives the file at `from` the second name `to`, unless that exists: `false`.
pub(super) fn link_new(from: &Path, to: &Path) -> Result<bool> {
    match fs::hard_link(from, to) {
        Ok(()) => Ok(true),
        Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(cause) => Err(Error::io(to, &cause)),
    }
}

/// Moves a file over whatever is at `to`.
pub(super) fn rename(from: &Path, to: &Path) -> Result<()> {
    fs::rename(from, to).map_err(|cause| Error::io(to, &cause))
}

/// Removes a file; `false` when there is none.
pub(super) fn remove(path: &Path) -> Result<bool> {
    match fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(cause) => Err(Error::io(path, &cause)),
    }
}

/// Whether anything has that name, a dangling symbolic link included.
pub(super) fn exists(path: &Path) -> Result<bool> {
    match fs::symlink_metadata(path) {
        Ok(_) => Ok(true),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(cause) => Err(Error::io(path, &cause)),
    }
}

/// Whether two names are of one file.
pub(super) fn is_same_file(a: &Path, b: &Path) -> bool {
    match (fs::symlink_metadata(a), fs::symlink_metadata(b)) {
        (Ok(a), Ok(b)) => (a.dev(), a.ino()) == (b.dev(), b.ino()),
        _ => false,
    }
}

/// Opens a file to lock it; `None` when there is none.
pub(super) fn open_to_lock(path: &Path) -> Result<Option<File>> {
    let opened = OpenOptions::new()
        .read(true)
        .write(true)
        .custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK)
        .open(path);
    let file = match opened {
        Ok(file) => file,
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(cause) => return Err(refusal(path, &cause)),
    };
    let metadata = file.metadata().map_err(|cause| Error::io(path, &cause))?;
    if !metadata.is_file() {
        return Err(not_a(path, "a regular file"));
    }
    Ok(Some(file))
}

/// Whether `path` still is the file that was opened.
pub(super) fn is_still(file: &File, path: &Path) -> bool {
    match (file.metadata(), fs::symlink_metadata(path)) {
        (Ok(a), Ok(b)) => (a.dev(), a.ino()) == (b.dev(), b.ino()),
        _ => false,
    }
}

/// Checks that a folder is one and not a symbolic link; `false` when there
/// is none.
pub(super) fn is_folder(path: &Path) -> Result<bool> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_dir() => Ok(true),
        Ok(metadata) if metadata.is_symlink() => Err(a_link(path)),
        Ok(_) => Err(not_a(path, "a folder")),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(cause) => Err(Error::io(path, &cause)),
    }
}

/// Refuses a folder where a file is expected.
pub(super) fn refuse_folder(path: &Path) -> Result<()> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_dir() => Err(not_a(path, "a regular file")),
        _ => Ok(()),
    }
}

/// Whether everybody can exchange the files in a folder.
pub(super) fn is_open_to_all(folder: &Path) -> bool {
    fs::symlink_metadata(folder).is_ok_and(|metadata| {
        metadata.mode() & WRITABLE_BY_ALL != 0 && metadata.mode() & STICKY == 0
    })
}

/// Creates a folder and the missing ones above it. Folders that exist keep
/// their modes.
pub(super) fn create_folder(path: &Path) -> Result<()> {
    if fs::metadata(path).is_ok_and(|metadata| metadata.is_dir()) {
        return Ok(());
    }
    let parent = path.parent().filter(|p| !p.as_os_str().is_empty());
    if let Some(parent) = parent {
        create_folder(parent)?;
    }
    match DirBuilder::new().mode(FOLDER_MODE).create(path) {
        // The umask can only have taken bits away.
        Ok(()) => fs::set_permissions(path, Permissions::from_mode(FOLDER_MODE))
            .map_err(|cause| Error::io(path, &cause))?,
        Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists => {}
        Err(cause) => return Err(Error::io(path, &cause)),
    }
    sync_folder(parent.unwrap_or(Path::new(".")))
}

/// Makes the entries of a folder durable.
pub(super) fn sync_folder(path: &Path) -> Result<()> {
    let synced = OpenOptions::new()
        .read(true)
        .custom_flags(libc::O_DIRECTORY)
        .open(path)
        .and_then(|folder| folder.sync_all());
    match synced {
        Ok(()) => Ok(()),
        Err(cause) => match cause.kind() {
            // Some network file systems cannot sync a folder and need not; a
            // folder that may not be read cannot be synced by us.
            io::ErrorKind::InvalidInput | io::ErrorKind::PermissionDenied => Ok(()),
            _ => Err(Error::io(path, &cause)),
        },
    }
}

/// Fills the buffer as far as the file goes.
fn read_up_to(file: &mut File, buffer: &mut [u8]) -> io::Result<usize> {
    let mut length = 0;
    while let Some(room) = buffer.get_mut(length..).filter(|room| !room.is_empty()) {
        match file.read(room) {
            Ok(0) => break,
            Ok(count) => length = length.saturating_add(count),
            Err(cause) if cause.kind() == io::ErrorKind::Interrupted => {}
            Err(cause) => return Err(cause),
        }
    }
    Ok(length)
}

/// Why a file did not open, told apart from a symbolic link, which each
/// system reports in its own way.
fn refusal(path: &Path, cause: &io::Error) -> Error {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_symlink() => a_link(path),
        _ => Error::io(path, cause),
    }
}

fn a_link(path: &Path) -> Error {
    Error::new(
        ErrorKind::Io,
        path.display().to_string(),
        "it is a symbolic link, and no link is followed inside a keystore",
    )
}

fn not_a(path: &Path, what: &str) -> Error {
    Error::new(
        ErrorKind::Io,
        path.display().to_string(),
        format!("it is not {what}"),
    )
}
