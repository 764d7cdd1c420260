//! Writing a file so that readers find the old text or the new one, never a part,
//! and so that of two programs that change it at once neither undoes the other.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// How many drafts that nobody finished are passed over.
const LEFT_DRAFTS: u32 = 100;

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
        let permissions = self.file.metadata().map(|metadata| metadata.permissions());
        let written = permissions.and_then(|mode| put(&self.path, text, Some(mode)));
        written.map_err(|error| Failure::file(what, &self.path, &error))
    }
}

/// The next text of a file, beside its place until it is whole; removed when it is
/// dropped before.
pub struct Draft {
    file: File,
    /// Where it is written and where it belongs; `None` for a terminal or a pipe,
    /// which is written to and not replaced.
    place: Option<(PathBuf, PathBuf)>,
}

impl Draft {
    /// Begins one for `target`, with these permissions, or those of any new file.
    pub fn of(target: &Path, permissions: Option<Permissions>) -> io::Result<Draft> {
        let target = followed(target)?;
        if fs::metadata(&target).is_ok_and(|there| !there.is_file()) {
            let file = OpenOptions::new().write(true).open(&target)?;
            return Ok(Draft { file, place: None });
        }
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        if let Some(permissions) = &permissions {
            options.mode(permissions.mode() & 0o7777);
        }
        let (beside, file) = opened_beside(&target, &options)?;
        let place = Some((beside, target));
        let draft = Draft { file, place };
        if let Some(permissions) = permissions {
            draft.file.set_permissions(permissions)?;
        }
        Ok(draft)
    }

    /// Puts it into its place, durably, if `may` agrees at the last moment; answers
    /// whether it did.
    pub fn publish_if(self, may: impl FnOnce() -> io::Result<bool>) -> io::Result<bool> {
        let Some((beside, target)) = &self.place else {
            return Ok(true);
        };
        self.file.sync_all()?;
        if !may()? {
            return Ok(false);
        }
        fs::rename(beside, target)?;
        sync_folder_of(target)?;
        Ok(true)
    }

    /// Puts it into its place, durably.
    pub fn publish(self) -> io::Result<()> {
        self.publish_if(|| Ok(true)).map(drop)
    }
}

impl Write for Draft {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if let Some((beside, _)) = &self.place {
            // Where it was published there is nothing of that name any more.
            let _ = fs::remove_file(beside);
        }
    }
}

/// A new file beside `target`, whose name no other program chooses.
fn opened_beside(target: &Path, options: &OpenOptions) -> io::Result<(PathBuf, File)> {
    let name = target.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    let mut number = 0_u32;
    loop {
        let mut draft = OsString::from(".");
        draft.push(name);
        draft.push(format!(".{}-{number}.tmp", std::process::id()));
        let beside = target.with_file_name(draft);
        match options.open(&beside) {
            // What a killed process of the same number has left.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && number < LEFT_DRAFTS => {
                number += 1;
            }
            opened => return opened.map(|file| (beside, file)),
        }
    }
}

/// Writes a file as a whole, whether it existed or not.
pub fn write(what: &str, path: &Path, text: impl AsRef<[u8]>) -> Result<(), Failure> {
    write_new_as(None, what, path, text.as_ref())
}

/// The same for what tells of calls, receipts and records: a file that is new is
/// for nobody but its owner.
pub fn write_private(what: &str, path: &Path, text: impl AsRef<[u8]>) -> Result<(), Failure> {
    let owner_only = Permissions::from_mode(0o600);
    write_new_as(Some(owner_only), what, path, text.as_ref())
}

fn write_new_as(
    new: Option<Permissions>,
    what: &str,
    path: &Path,
    text: &[u8],
) -> Result<(), Failure> {
    let there = fs::metadata(path).ok().map(|there| there.permissions());
    let written = put(path, text, there.or(new));
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

fn put(path: &Path, text: &[u8], permissions: Option<Permissions>) -> io::Result<()> {
    let mut draft = Draft::of(path, permissions)?;
    draft.write_all(text)?;
    draft.publish()
}

fn sync_folder_of(path: &Path) -> io::Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}
