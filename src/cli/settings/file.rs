//! Replacing a settings file: as a whole or not at all, with its mode, behind the
//! links that lead to it, and only if nobody else has written to it meanwhile.

use std::fs::{self, File, Metadata};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::failure::{Failure, Outcome};
use crate::whole_file::Draft;

/// The largest settings file that is read, in bytes.
const MAX_LEN: u64 = 16 << 20;

/// A settings file as it was read.
#[derive(Debug)]
pub struct Settings {
    /// Where the agent looks for it.
    path: PathBuf,
    /// Where it lies.
    target: PathBuf,
    before: Option<(Vec<u8>, Metadata)>,
}

impl Settings {
    /// Reads the file; that it is not there is no error.
    pub fn read(path: &Path) -> Result<Settings, Failure> {
        let trouble = |error: io::Error| Failure::file("settings", path, &error);
        let target = match fs::canonicalize(path) {
            Ok(target) => target,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                if fs::symlink_metadata(path).is_ok() {
                    return Err(trouble(io::Error::other("a link that leads nowhere")));
                }
                path.to_owned()
            }
            Err(error) => return Err(trouble(error)),
        };
        let before = read(&target).map_err(trouble)?;
        Ok(Settings {
            path: path.to_owned(),
            target,
            before,
        })
    }

    /// What is in it; `None` when there is no file.
    pub fn text(&self) -> Result<Option<&str>, Failure> {
        let bytes = self.before.as_ref().map(|(bytes, _)| bytes.as_slice());
        bytes
            .map(std::str::from_utf8)
            .transpose()
            .map_err(|_| self.refused("it is not UTF-8"))
    }

    /// The error for a file that is left alone.
    pub fn refused(&self, why: &str) -> Failure {
        Failure::new(
            Outcome::Failed,
            "settings_invalid",
            format!("settings '{}': {why}", self.path.display()),
        )
        .with_advice("The file was not changed. Put it in order, then try again.")
    }

    /// Where the backup of it stands.
    pub fn backup_path(&self) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        name.push(".signet-backup");
        PathBuf::from(name)
    }

    /// What is in the backup, if there is one.
    pub fn backup(&self) -> Option<String> {
        fs::read_to_string(self.backup_path()).ok()
    }

    /// Keeps what is in the file beside it, unless that was done before.
    pub fn back_up(&self) -> Result<(), Failure> {
        let (Some((bytes, metadata)), path) = (&self.before, self.backup_path()) else {
            return Ok(());
        };
        let done = match File::options().write(true).create_new(true).open(&path) {
            Ok(file) => fill(file, bytes, Some(metadata)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            Err(error) => Err(error),
        };
        done.map_err(|error| Failure::file("backup", &path, &error))
    }

    /// Removes the backup.
    pub fn forget_backup(&self) -> Result<(), Failure> {
        let path = self.backup_path();
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(Failure::file("backup", &path, &error))
            }
            _ => Ok(()),
        }
    }

    /// Puts `text` in the place of what was read, or removes the file; answers
    /// whether that was done: not if somebody else has changed it since.
    pub fn replace(&self, text: Option<&str>) -> Result<bool, Failure> {
        let done = match text {
            Some(text) => self.write(text.as_bytes()),
            None if self.is_unchanged()? => fs::remove_file(&self.target).map(|()| true),
            None => Ok(false),
        };
        done.map_err(|error| Failure::file("settings", &self.path, &error))
    }

    fn write(&self, text: &[u8]) -> io::Result<bool> {
        let folder = match self.target.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        fs::create_dir_all(folder)?;
        let metadata = self.before.as_ref().map(|(_, metadata)| metadata);
        let mut draft = Draft::of(&self.target, metadata.map(Metadata::permissions))?;
        draft.write_all(text)?;
        draft.publish_if(|| self.unchanged())
    }

    fn is_unchanged(&self) -> Result<bool, Failure> {
        self.unchanged()
            .map_err(|error| Failure::file("settings", &self.path, &error))
    }

    fn unchanged(&self) -> io::Result<bool> {
        let bytes =
            |file: &Option<(Vec<u8>, Metadata)>| file.as_ref().map(|(bytes, _)| bytes.clone());
        Ok(bytes(&read(&self.target)?) == bytes(&self.before))
    }
}

fn read(path: &Path) -> io::Result<Option<(Vec<u8>, Metadata)>> {
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    if !metadata.is_file() {
        return Err(io::Error::other("not a file"));
    }
    if metadata.len() > MAX_LEN {
        return Err(io::Error::other(format!("larger than {MAX_LEN} bytes")));
    }
    Ok(Some((fs::read(path)?, metadata)))
}

fn fill(mut file: File, bytes: &[u8], like: Option<&Metadata>) -> io::Result<()> {
    if let Some(like) = like {
        file.set_permissions(like.permissions())?;
    }
    file.write_all(bytes)?;
    file.sync_all()
}
