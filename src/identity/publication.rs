//! Changing the two files of an identity as if they were one.
//!
//! An identity is `<name>.pub` and `<name>.key`. Everything that changes them
//! is a method of [`StoreLock`], so it happens under an exclusive lock on
//! `keys/.lock` that all threads and processes respect, and in this order:
//!
//! * **publish**: both texts are written to temporary files and synced; then
//!   `.pub` gets its name, then `.key`. A name is given by linking, which
//!   fails when it is taken. Whoever sees a `.key` therefore sees its `.pub`,
//!   both complete.
//! * **replace**: the new `.key` is written to a temporary file, synced and
//!   renamed over the old one.
//! * **remove**: `.key` is renamed away, then `.pub` is removed, then the
//!   former `.key`.
//!
//! A process that dies in between leaves files behind whose names and inodes
//! tell how far it came. [`StoreLock::recover`] then takes an unfinished
//! publication back (nobody was told of it) and finishes a removal. It runs
//! before every change and when a store is opened.
//!
//! The published Signet knows no such lock. What it creates at the same moment
//! under the same name is a race that its files cannot settle; afterwards a
//! `.key` that does not match its `.pub` is refused.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use crate::crypto::random;
use crate::encoding::hex;
use crate::error::{Error, ErrorKind, Result};
use crate::identity::KeyName;
use crate::identity::private_files as files;

const LOCK_NAME: &str = ".lock";
/// How often the lock is tried when others replace it, or signals interrupt
/// the waiting.
const MAX_LOCK_ATTEMPTS: usize = 1000;

/// The right to change a folder of keys; dropped, it is passed on.
pub(super) struct StoreLock {
    folder: PathBuf,
    _file: File,
}

impl StoreLock {
    /// Waits for the lock of a folder that exists, and recovers it.
    pub(super) fn acquire(folder: &Path) -> Result<StoreLock> {
        let path = folder.join(LOCK_NAME);
        for _ in 0..MAX_LOCK_ATTEMPTS {
            let Some(file) = files::open_to_lock(&path)? else {
                create_lock_file(folder, &path)?;
                continue;
            };
            match file.lock() {
                Ok(()) => {}
                Err(cause) if cause.kind() == io::ErrorKind::Interrupted => continue,
                Err(cause) => return Err(Error::io(&path, &cause)),
            }
            // Somebody may have replaced the folder meanwhile.
            if files::is_still(&file, &path) {
                let lock = StoreLock {
                    folder: folder.to_owned(),
                    _file: file,
                };
                lock.recover()?;
                return Ok(lock);
            }
        }
        Err(Error::new(
            ErrorKind::Io,
            path.display().to_string(),
            "it was replaced each time it was locked",
        ))
    }

    /// Recovers a folder if something was left behind in it and nobody is at
    /// work there.
    pub(super) fn recover_if_idle(folder: &Path) -> Result<()> {
        if leftovers(folder)?.is_empty() {
            return Ok(());
        }
        let path = folder.join(LOCK_NAME);
        let Some(file) = files::open_to_lock(&path)? else {
            return Ok(());
        };
        match file.try_lock() {
            Ok(()) => {
                let lock = StoreLock {
                    folder: folder.to_owned(),
                    _file: file,
                };
                lock.recover()
            }
            Err(TryLockError::WouldBlock) => Ok(()),
            Err(TryLockError::Error(cause)) => Err(Error::io(&path, &cause)),
        }
    }

    /// Gives a new identity its two files; [`ErrorKind::KeyExists`] when
    /// either name is taken.
    pub(super) fn publish(&self, name: KeyName<'_>, key: &[u8], public: &[u8]) -> Result<()> {
        let (key_path, public_path) = (self.path(name, "key"), self.path(name, "pub"));
        for path in [&key_path, &public_path] {
            if files::exists(path)? {
                return Err(taken(path));
            }
        }
        let token = token()?;
        let new_key = Temporary::create(self.leftover(name, &token, NEW_KEY), key)?;
        let new_public = Temporary::create(self.leftover(name, &token, NEW_PUBLIC), public)?;
        // Durable before the first name is given: after a power cut, recovery
        // needs the temporary name to tell whose `.pub` it finds.
        self.sync()?;
        if !files::link_new(&new_public.path, &public_path)? {
            return Err(taken(&public_path));
        }
        let finished = self
            .sync()
            .and_then(|()| files::link_new(&new_key.path, &key_path))
            .and_then(|linked| {
                if linked {
                    self.sync()
                } else {
                    Err(taken(&key_path))
                }
            });
        if finished.is_err() {
            self.retract(name, &new_key, &new_public)?;
        }
        finished
    }

    /// Exchanges the `.key` of an identity.
    pub(super) fn replace(&self, name: KeyName<'_>, key: &[u8]) -> Result<()> {
        let mut new_key = Temporary::create(self.leftover(name, &token()?, NEW_KEY), key)?;
        files::rename(&new_key.path, &self.path(name, "key"))?;
        new_key.renamed = true;
        self.sync()
    }

    /// Removes both files of an identity; `false` when it has none.
    pub(super) fn remove(&self, name: KeyName<'_>) -> Result<bool> {
        let (key_path, public_path) = (self.path(name, "key"), self.path(name, "pub"));
        let mut found = files::exists(&key_path)?;
        if found {
            files::refuse_folder(&key_path)?;
            let away = self.leftover(name, &token()?, REMOVED_KEY);
            files::rename(&key_path, &away)?;
            self.sync()?;
            self.finish_removal(name, &away)?;
        } else {
            found = files::remove(&public_path)?;
        }
        // Where the published Signet was interrupted, it left the secret here.
        found |= files::remove(&self.path(name, "key.tmp"))?;
        self.sync()?;
        Ok(found)
    }

    /// Takes back or finishes what a process that died left half done.
    fn recover(&self) -> Result<()> {
        let leftovers = leftovers(&self.folder)?;
        if leftovers.is_empty() {
            return Ok(());
        }
        for leftover in leftovers {
            let name = KeyName::new(&leftover.name)?;
            let path = self.leftover(name, &leftover.token, leftover.what);
            match leftover.what {
                NEW_PUBLIC => self.retract_public(name, &path)?,
                REMOVED_KEY => self.finish_removal(name, &path)?,
                _ => {}
            }
            files::remove(&path)?;
        }
        self.sync()
    }

    /// Takes back a publication that got no further than its `.pub`, or whose
    /// outcome could not be made durable.
    fn retract(&self, name: KeyName<'_>, key: &Temporary, public: &Temporary) -> Result<()> {
        let key_path = self.path(name, "key");
        if files::is_same_file(&key.path, &key_path) {
            files::remove(&key_path)?;
        }
        self.retract_public(name, &public.path)?;
        self.sync()
    }

    fn retract_public(&self, name: KeyName<'_>, temporary: &Path) -> Result<()> {
        let public_path = self.path(name, "pub");
        if !files::exists(&self.path(name, "key"))? && files::is_same_file(temporary, &public_path)
        {
            files::remove(&public_path)?;
        }
        Ok(())
    }

    /// Removes what is left of an identity whose `.key` was renamed away. The
    /// former `.key` goes last, because it is the proof that this is due.
    fn finish_removal(&self, name: KeyName<'_>, away: &Path) -> Result<()> {
        if !files::exists(&self.path(name, "key"))? {
            files::remove(&self.path(name, "pub"))?;
            self.sync()?;
        }
        files::remove(away)?;
        Ok(())
    }

    fn sync(&self) -> Result<()> {
        files::sync_folder(&self.folder)
    }

    fn path(&self, name: KeyName<'_>, suffix: &str) -> PathBuf {
        self.folder.join(format!("{}.{suffix}", name.as_str()))
    }

    fn leftover(&self, name: KeyName<'_>, token: &str, what: &str) -> PathBuf {
        self.folder
            .join(format!(".{}.{token}.{what}", name.as_str()))
    }
}

/// The kinds of temporary files: `.<name>.<token>.<kind>`.
const NEW_KEY: &str = "key.tmp";
const NEW_PUBLIC: &str = "pub.tmp";
const REMOVED_KEY: &str = "key.del";
const NEW_LOCK: &str = "lock.tmp";

/// A temporary file, removed when dropped. If even that fails, recovery
/// removes it later.
struct Temporary {
    path: PathBuf,
    renamed: bool,
}

impl Temporary {
    fn create(path: PathBuf, content: &[u8]) -> Result<Temporary> {
        files::create(&path, content)?;
        Ok(Temporary {
            path,
            renamed: false,
        })
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if !self.renamed {
            let _ = files::remove(&self.path);
        }
    }
}

/// A temporary file that was left behind, by the parts of its name.
struct Leftover {
    name: String,
    token: String,
    what: &'static str,
}

/// The temporary files in a folder.
fn leftovers(folder: &Path) -> Result<Vec<Leftover>> {
    let failed = |cause: io::Error| Error::io(folder, &cause);
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        // A folder cannot be ours, and trying to remove it would fail for ever.
        if entry.file_type().is_ok_and(|kind| !kind.is_dir()) {
            found.extend(entry.file_name().to_str().and_then(parse_leftover));
        }
    }
    Ok(found)
}

fn parse_leftover(file_name: &str) -> Option<Leftover> {
    let (name, rest) = file_name.strip_prefix('.')?.split_once('.')?;
    let (token, what) = rest.split_once('.')?;
    KeyName::new(name).ok()?;
    hex::decode::<TOKEN_LEN>(token.as_bytes())?;
    let kinds = [NEW_KEY, NEW_PUBLIC, REMOVED_KEY, NEW_LOCK];
    Some(Leftover {
        name: name.to_owned(),
        token: token.to_owned(),
        what: kinds.into_iter().find(|kind| *kind == what)?,
    })
}

const TOKEN_LEN: usize = 8;

/// Makes the name of a temporary file one that nobody can foresee.
fn token() -> Result<String> {
    Ok(hex::encode(&random::bytes::<TOKEN_LEN>()?))
}

/// Creates the lock file. It gets its name when its mode is right, because
/// under a strict umask nobody could open it before.
fn create_lock_file(folder: &Path, path: &Path) -> Result<()> {
    let temporary = format!(".lock.{}.{NEW_LOCK}", token()?);
    let temporary = Temporary::create(folder.join(temporary), b"")?;
    match files::link_new(&temporary.path, path) {
        // Whoever was faster may have taken ours for something left behind.
        Err(_) if files::exists(path)? => Ok(()),
        linked => linked.map(drop),
    }
}

fn taken(path: &Path) -> Error {
    let file_name = path.file_name().unwrap_or(path.as_os_str());
    Error::new(
        ErrorKind::KeyExists,
        file_name.to_string_lossy().into_owned(),
        "it is already in the keystore",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder in some state, with the names of what is in it after the next
    /// writer came by.
    fn recovered(prepare: impl Fn(&Path)) -> Vec<String> {
        let folder = tempfile::TempDir::new().unwrap();
        prepare(folder.path());
        drop(StoreLock::acquire(folder.path()).unwrap());
        let entries = fs::read_dir(folder.path()).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name != LOCK_NAME)
            .collect();
        names.sort();
        names
    }

    const NEW_A_KEY: &str = ".a.0123456789abcdef.key.tmp";
    const NEW_A_PUBLIC: &str = ".a.0123456789abcdef.pub.tmp";
    const REMOVED_A_KEY: &str = ".a.0123456789abcdef.key.del";

    fn put(folder: &Path, name: &str) {
        fs::write(folder.join(name), "x").unwrap();
    }

    fn link(folder: &Path, from: &str, to: &str) {
        fs::hard_link(folder.join(from), folder.join(to)).unwrap();
    }

    #[test]
    fn a_publication_that_got_no_name_or_one_is_taken_back() {
        assert!(recovered(|folder| put(folder, NEW_A_KEY)).is_empty());
        assert!(
            recovered(|folder| {
                put(folder, NEW_A_KEY);
                put(folder, NEW_A_PUBLIC);
            })
            .is_empty()
        );
        assert!(
            recovered(|folder| {
                put(folder, NEW_A_KEY);
                put(folder, NEW_A_PUBLIC);
                link(folder, NEW_A_PUBLIC, "a.pub");
            })
            .is_empty()
        );
    }

    #[test]
    fn a_publication_that_got_both_names_stands() {
        for left in [
            &[NEW_A_KEY, NEW_A_PUBLIC][..],
            &[NEW_A_KEY],
            &[NEW_A_PUBLIC],
        ] {
            let names = recovered(|folder| {
                put(folder, NEW_A_KEY);
                put(folder, NEW_A_PUBLIC);
                link(folder, NEW_A_PUBLIC, "a.pub");
                link(folder, NEW_A_KEY, "a.key");
                for name in [NEW_A_KEY, NEW_A_PUBLIC] {
                    if !left.contains(&name) {
                        fs::remove_file(folder.join(name)).unwrap();
                    }
                }
            });
            assert_eq!(names, ["a.key", "a.pub"]);
        }
    }

    #[test]
    fn a_public_half_that_was_there_before_is_never_taken_for_ours() {
        let names = recovered(|folder| {
            put(folder, "a.pub");
            put(folder, NEW_A_KEY);
            put(folder, NEW_A_PUBLIC);
        });
        assert_eq!(names, ["a.pub"]);
    }

    #[test]
    fn a_removal_is_finished() {
        let removed = |also: &[&str]| {
            recovered(|folder| {
                put(folder, REMOVED_A_KEY);
                also.iter().for_each(|name| put(folder, name));
            })
        };
        assert!(removed(&[]).is_empty());
        assert!(removed(&["a.pub"]).is_empty());
        assert_eq!(removed(&["b.key", "b.pub"]), ["b.key", "b.pub"]);
        // Created again since, by a program that recovers nothing.
        assert_eq!(removed(&["a.key", "a.pub"]), ["a.key", "a.pub"]);
    }

    #[test]
    fn a_store_at_work_is_not_recovered_under_its_hands() {
        let folder = tempfile::TempDir::new().unwrap();
        let lock = StoreLock::acquire(folder.path()).unwrap();
        put(folder.path(), NEW_A_KEY);
        StoreLock::recover_if_idle(folder.path()).unwrap();
        assert!(folder.path().join(NEW_A_KEY).exists());
        drop(lock);
        StoreLock::recover_if_idle(folder.path()).unwrap();
        assert!(!folder.path().join(NEW_A_KEY).exists());
    }

    #[test]
    fn a_name_that_is_taken_is_not_touched() {
        for taken in ["a.key", "a.pub"] {
            let folder = tempfile::TempDir::new().unwrap();
            put(folder.path(), taken);
            let lock = StoreLock::acquire(folder.path()).unwrap();
            let name = KeyName::new("a").unwrap();
            let error = lock.publish(name, b"key", b"public").unwrap_err();
            assert_eq!(error.kind(), ErrorKind::KeyExists);
            assert_eq!(fs::read(folder.path().join(taken)).unwrap(), b"x");
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
        }
    }
}
