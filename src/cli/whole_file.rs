//! Changing a file so that readers find the old text or the new one, never a part,
//! and so that of two programs that change it at once neither undoes the other.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// A file that this program alone changes until it is dropped.
pub struct Held {
    path: PathBuf,
    file: File,
}

impl Held {
    /// Takes hold of a file that exists. `what` names it in an error.
    pub fn existing(what: &str, path: &Path) -> Result<Held, Failure> {
        hold(path, false).map_err(|error| Failure::file(what, path, &error))
    }

    /// Takes hold of a file, which is made when it does not exist.
    pub fn created(what: &str, path: &Path) -> Result<Held, Failure> {
        hold(path, true).map_err(|error| Failure::file(what, path, &error))
    }

    /// The whole text.
    pub fn read(&mut self, what: &str) -> Result<Vec<u8>, Failure> {
        let mut bytes = Vec::new();
        let read = self.file.read_to_end(&mut bytes);
        read.map_err(|error| Failure::file(what, &self.path, &error))?;
        Ok(bytes)
    }

    /// Adds to the end, durably.
    pub fn append(&mut self, what: &str, text: &[u8]) -> Result<(), Failure> {
        let written = self
            .file
            .write_all(text)
            .and_then(|()| self.file.sync_all())
            .and_then(|()| sync_folder_of(&self.path));
        written.map_err(|error| Failure::file(what, &self.path, &error))
    }

    /// Puts another text in the place of the whole one, durably.
    pub fn replace(self, what: &str, text: &[u8]) -> Result<(), Failure> {
        let mode = self.file.metadata().map(|metadata| metadata.mode());
        let written = mode.and_then(|mode| put(&self.path, text, Some(mode)));
        written.map_err(|error| Failure::file(what, &self.path, &error))
    }
}

/// Writes a file as a whole, whether it existed or not.
pub fn write(what: &str, path: &Path, text: impl AsRef<[u8]>) -> Result<(), Failure> {
    write_new_as(None, what, path, text.as_ref())
}

/// The same for what tells of calls, receipts and records: a file that is new is
/// for nobody but its owner.
pub fn write_private(what: &str, path: &Path, text: impl AsRef<[u8]>) -> Result<(), Failure> {
    write_new_as(Some(0o600), what, path, text.as_ref())
}

fn write_new_as(new: Option<u32>, what: &str, path: &Path, text: &[u8]) -> Result<(), Failure> {
    let mode = fs::metadata(path).ok().map(|metadata| metadata.mode());
    let mode = mode.or(new);
    let written = followed(path).and_then(|path| put(&path, text, mode));
    written.map_err(|error| Failure::file(what, path, &error))
}

fn hold(path: &Path, create: bool) -> io::Result<Held> {
    loop {
        let path = followed(path)?;
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(create).mode(0o600);
        let file = options.open(&path)?;
        file.lock()?;
        // Whoever held it before may have put another file in its place.
        let (held, there) = (file.metadata()?, fs::metadata(&path));
        if there.is_ok_and(|there| (there.dev(), there.ino()) == (held.dev(), held.ino())) {
            return Ok(Held { path, file });
        }
    }
}

/// The path behind symbolic links, so that the file is replaced and not the link.
fn followed(path: &Path) -> io::Result<PathBuf> {
    match fs::canonicalize(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(path.to_path_buf()),
        found => found,
    }
}

fn put(path: &Path, text: &[u8], mode: Option<u32>) -> io::Result<()> {
    if fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
        // A terminal or a pipe is written to, not replaced.
        return OpenOptions::new().write(true).open(path)?.write_all(text);
    }
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    let chance = signet::crypto::random::bytes::<8>().map_err(io::Error::other)?;
    name.push(format!(".{}.tmp", signet::encoding::hex::encode(&chance)));
    let beside = path.with_file_name(name);
    let written = (|| {
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&beside)?;
        if let Some(mode) = mode {
            file.set_permissions(fs::Permissions::from_mode(mode & 0o7777))?;
        }
        file.write_all(text)?;
        file.sync_all()?;
        fs::rename(&beside, path)?;
        sync_folder_of(path)
    })();
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    written
}

fn sync_folder_of(path: &Path) -> io::Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}
