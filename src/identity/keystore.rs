//! Named identities on disk: `<home>/keys/<name>.key` and `<name>.pub`.
//!
//! The folder is one that the published Signet can work on too. What is
//! promised beyond it:
//!
//! * A name is checked on every call, and no symbolic link is followed below
//!   the home folder, so nothing outside is read or written.
//! * Files are 0600 and folders 0700 from the first moment, whatever the
//!   umask. Folders that exist already keep their modes.
//! * Creating, changing and deleting are atomic, durable when the call
//!   returns, and exclusive between threads and processes; a crash leaves the
//!   old state or the new one (the module `publication` tells how).
//! * A `.key` is only used when it says the name it is stored under and matches
//!   its `.pub`. Exchanging both files at once is beyond what a folder can
//!   reveal: whoever knows which public key to expect compares it.
//! * An unencrypted key that other users can read or replace is refused, unless
//!   the options allow it.
//!
//! Reading takes no lock and never writes, so a store may be read-only.

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use crate::crypto::ed25519::{PublicKey, SEED_LEN, SecretKey};
use crate::crypto::kdf::{KdfLimits, KdfParams};
use crate::crypto::wiped_stack;
use crate::encoding::rfc3339::Instant;
use crate::error::{Error, ErrorKind, Result};
use crate::identity::key_file::{MAX_KEY_FILE_LEN, PublicFile, SecretFile};
use crate::identity::private_files::{self as files, Content};
use crate::identity::publication::StoreLock;
use crate::identity::{KeyName, KeyPair};

/// How a store writes and what it is willing to read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeystoreOptions {
    /// The cost of opening the keys that are written.
    pub kdf: KdfParams,
    /// The most that opening a key may cost.
    pub kdf_limits: KdfLimits,
    /// Load unencrypted keys that other users can read or replace, instead of
    /// refusing them with [`ErrorKind::KeyExposed`].
    pub allow_exposed: bool,
}

/// How the secret of an identity is kept in its file.
#[derive(Clone, Copy)]
pub enum Protection<'a> {
    /// Encrypted under a passphrase: not empty, and used as its UTF-8 bytes
    /// without normalisation.
    Passphrase(&'a str),
    /// As it is: whoever can read the file has the secret.
    Unencrypted,
}

impl fmt::Debug for Protection<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Protection::Passphrase(_) => "Passphrase(..)",
            Protection::Unencrypted => "Unencrypted",
        })
    }
}

/// What to create an identity with.
#[derive(Clone, Copy, Debug)]
pub struct NewIdentity<'a> {
    protection: Protection<'a>,
    owner: Option<&'a str>,
    principal: Option<&'a str>,
    created_at: Instant,
}

impl<'a> NewIdentity<'a> {
    /// An identity without an owner.
    pub fn new(protection: Protection<'a>, created_at: Instant) -> NewIdentity<'a> {
        NewIdentity {
            protection,
            owner: None,
            principal: None,
            created_at,
        }
    }

    /// The same with an owner: free text that the `.pub` file shows.
    #[must_use]
    pub fn with_owner(mut self, owner: &'a str) -> NewIdentity<'a> {
        self.owner = Some(owner);
        self
    }

    /// The same with a principal: a claim that the `.pub` file shows and that
    /// programs repeat in what the identity signs. See
    /// [`principal`](crate::identity::principal) for its form.
    #[must_use]
    pub fn with_principal(mut self, principal: &'a str) -> NewIdentity<'a> {
        self.principal = Some(principal);
        self
    }
}

/// The state of an identity's `.key` file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretState {
    /// There is none: only the public half is known here.
    Missing,
    /// The secret is there as it is.
    Unencrypted,
    /// The secret is encrypted, at this cost. Costs that are not
    /// [strong enough](KdfParams::is_strong_enough) come from other programs.
    Encrypted(KdfParams),
}

/// What the files of an identity tell without a passphrase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityInfo {
    /// The name in the store.
    pub name: String,
    /// The public key; `None` when the `.pub` is missing and the `.key` is
    /// encrypted.
    pub public_key: Option<PublicKey>,
    /// The owner, as its creator stated it.
    pub owner: Option<String>,
    /// The principal URI, as newer releases of the published Signet write it.
    pub principal: Option<String>,
    /// When it was created: RFC 3339, unless somebody edited it.
    pub created_at: Option<String>,
    /// What is known of the secret.
    pub secret: SecretState,
    /// Whether the mode of the `.key` gives others access to it, or the mode of
    /// the folder lets everybody exchange its files.
    pub exposed: bool,
}

/// One line of [`Keystore::list`].
#[derive(Clone, Debug)]
pub struct ListedIdentity {
    /// The name in the store.
    pub name: String,
    /// What its files tell, or what is wrong with them: one damaged file does
    /// not hide the others.
    pub info: Result<IdentityInfo>,
}

/// The identities of one home folder.
///
/// Holds no open files and no secrets; may be shared between threads, and
/// several may be open on one folder.
#[derive(Debug)]
pub struct Keystore {
    home: PathBuf,
    folder: PathBuf,
    options: KeystoreOptions,
}

impl Keystore {
    /// Opens the store of a home folder with the default options. See
    /// [`Keystore::open_with`].
    pub fn open(home: impl AsRef<Path>) -> Result<Keystore> {
        Keystore::open_with(home, KeystoreOptions::default())
    }

    /// Opens the store of a home folder.
    ///
    /// Nothing is created before the first identity is. What a process that
    /// died left half done is put in order, if the store may be written.
    /// Fails with [`ErrorKind::InvalidArgument`] for an empty path and with
    /// [`ErrorKind::Io`] when `<home>/keys` is a symbolic link or no folder; to
    /// keep a store elsewhere, pass that home or link the home itself.
    pub fn open_with(home: impl AsRef<Path>, options: KeystoreOptions) -> Result<Keystore> {
        let home = home.as_ref();
        if home.as_os_str().is_empty() {
            return Err(Error::new(
                ErrorKind::InvalidArgument,
                "home",
                "the path is empty",
            ));
        }
        let store = Keystore {
            home: home.to_owned(),
            folder: home.join("keys"),
            options,
        };
        if store.has_folder()? {
            // A read-only store cannot be put in order, but it can be read.
            let _ = StoreLock::recover_if_idle(&store.folder);
        }
        Ok(store)
    }

    /// The home folder.
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// Creates an identity with a new key.
    ///
    /// Fails with [`ErrorKind::KeyExists`] when either of its files exists, and
    /// as [`SecretFile::encrypted`] and [`PublicFile::new`] do.
    pub fn create(&self, name: &str, identity: &NewIdentity<'_>) -> Result<KeyPair> {
        let name = KeyName::new(name)?;
        wiped_stack::run(|| self.add(name, SecretKey::generate()?, identity))
    }

    /// Creates an identity with a given seed. Fails as [`Keystore::create`]
    /// does.
    pub fn import(
        &self,
        name: &str,
        seed: &[u8; SEED_LEN],
        identity: &NewIdentity<'_>,
    ) -> Result<KeyPair> {
        let name = KeyName::new(name)?;
        wiped_stack::run(|| self.add(name, SecretKey::from_seed(seed), identity))
    }

    /// Loads the key pair of an identity. A passphrase is ignored when the key
    /// is not encrypted.
    ///
    /// Fails with [`ErrorKind::KeyNotFound`]; with
    /// [`ErrorKind::KeyFileCorrupt`] when the files are damaged, another
    /// identity's, or do not match each other; with [`ErrorKind::KeyExposed`];
    /// and as [`SecretFile::open`] does.
    pub fn load(&self, name: &str, passphrase: Option<&str>) -> Result<KeyPair> {
        let name = KeyName::new(name)?;
        wiped_stack::run(|| {
            let files = self.files_of_secret(name)?;
            if files.is_exposed_secret() && !self.options.allow_exposed {
                return Err(Error::new(
                    ErrorKind::KeyExposed,
                    format!("{}.key", name.as_str()),
                    "other users can read or replace it; give it mode 600 and its folder mode \
                     700, or allow exposed keys",
                ));
            }
            self.unlock(name, &files, passphrase).map(Box::new)
        })
        .map(KeyPair::local)
    }

    /// All identities, sorted by name.
    pub fn list(&self) -> Result<Vec<ListedIdentity>> {
        let mut names = BTreeSet::new();
        if self.has_folder()? {
            let failed = |cause: std::io::Error| Error::io(&self.folder, &cause);
            for entry in fs::read_dir(&self.folder).map_err(failed)? {
                let file_name = entry.map_err(failed)?.file_name();
                let name = file_name.to_str().and_then(|text| {
                    text.strip_suffix(".key")
                        .or_else(|| text.strip_suffix(".pub"))
                });
                names.extend(
                    name.filter(|name| KeyName::new(name).is_ok())
                        .map(str::to_owned),
                );
            }
        }
        let listed = names.into_iter().filter_map(|name| {
            let info = self.info(&name);
            // Deleted since the folder was read.
            let gone = matches!(&info, Err(cause) if cause.kind() == ErrorKind::KeyNotFound);
            (!gone).then_some(ListedIdentity { name, info })
        });
        Ok(listed.collect())
    }

    /// What the files of an identity tell without a passphrase.
    ///
    /// Fails with [`ErrorKind::KeyNotFound`] when neither file exists, and as
    /// [`SecretFile::parse`] and [`PublicFile::parse`] do. An unencrypted key
    /// that does not match its `.pub` is [`ErrorKind::KeyFileCorrupt`].
    pub fn info(&self, name: &str) -> Result<IdentityInfo> {
        let name = KeyName::new(name)?;
        wiped_stack::run(|| self.info_of(name))
    }

    /// The public key of an identity, from its `.pub` alone.
    pub fn public_key(&self, name: &str) -> Result<PublicKey> {
        let name = KeyName::new(name)?;
        Ok(self
            .read_public(name)?
            .ok_or_else(|| not_found(name))?
            .1
            .public_key)
    }

    /// The text of an identity's `.pub`, to give to others.
    pub fn export_public(&self, name: &str) -> Result<String> {
        let name = KeyName::new(name)?;
        Ok(self.read_public(name)?.ok_or_else(|| not_found(name))?.0)
    }

    /// Encrypts the secret of an identity under another passphrase, for the
    /// first time, or no longer. `current` is ignored when it is not encrypted
    /// now.
    ///
    /// Fails as [`Keystore::load`] and [`SecretFile::encrypted`] do, but works
    /// on an exposed key: that is how to protect it. Members of the `.key` file
    /// that this version does not know are not kept.
    pub fn change_passphrase(
        &self,
        name: &str,
        current: Option<&str>,
        new: Protection<'_>,
    ) -> Result<()> {
        let name = KeyName::new(name)?;
        if !self.has_folder()? {
            return Err(not_found(name));
        }
        let lock = StoreLock::acquire(&self.folder)?;
        wiped_stack::run(|| {
            let files = self.files_of_secret(name)?;
            let secret = self.unlock(name, &files, current)?;
            let file = self.secret_file(name, secret.seed(), new)?;
            lock.replace(name, &file.to_text())
        })
    }

    /// Deletes both files of an identity, or the one that exists. The blocks
    /// that held them are not overwritten: on today's file systems and disks
    /// that would prove nothing.
    ///
    /// Fails with [`ErrorKind::KeyNotFound`] when there is neither.
    pub fn delete(&self, name: &str) -> Result<()> {
        let name = KeyName::new(name)?;
        if self.has_folder()? && StoreLock::acquire(&self.folder)?.remove(name)? {
            return Ok(());
        }
        Err(not_found(name))
    }

    fn info_of(&self, name: KeyName<'_>) -> Result<IdentityInfo> {
        let files = self.files_of(name)?;
        if files.secret.is_none() && files.public.is_none() {
            return Err(not_found(name));
        }
        let mut public_key = files.public.as_ref().map(|public| public.public_key);
        let secret = match files.secret.as_ref().map(SecretFile::kdf) {
            None => SecretState::Missing,
            Some(Some(kdf)) => SecretState::Encrypted(kdf),
            Some(None) => {
                public_key = Some(*self.unlock(name, &files, None)?.public());
                SecretState::Unencrypted
            }
        };
        let public = files.public;
        Ok(IdentityInfo {
            name: name.as_str().to_owned(),
            public_key,
            owner: public.as_ref().and_then(|public| public.owner.clone()),
            principal: public.as_ref().and_then(|public| public.principal.clone()),
            created_at: public.map(|public| public.created_at),
            secret,
            exposed: files.exposed,
        })
    }

    fn add(
        &self,
        name: KeyName<'_>,
        secret: SecretKey,
        identity: &NewIdentity<'_>,
    ) -> Result<KeyPair> {
        let mut public = PublicFile::new(*secret.public(), identity.owner, identity.created_at)?;
        if let Some(principal) = identity.principal {
            public = public.with_principal(principal)?;
        }
        let key = self
            .secret_file(name, secret.seed(), identity.protection)?
            .to_text();
        if !self.has_folder()? {
            files::create_folder(&self.folder)?;
        }
        let lock = StoreLock::acquire(&self.folder)?;
        lock.publish(name, &key, public.to_text(name).as_bytes())?;
        Ok(KeyPair::local(Box::new(secret)))
    }

    fn secret_file(
        &self,
        name: KeyName<'_>,
        seed: &[u8; SEED_LEN],
        protection: Protection<'_>,
    ) -> Result<SecretFile> {
        let KeystoreOptions {
            kdf, kdf_limits, ..
        } = &self.options;
        match protection {
            Protection::Unencrypted => Ok(SecretFile::unencrypted(name, seed)),
            Protection::Passphrase(passphrase) => {
                SecretFile::encrypted(name, seed, passphrase, kdf, kdf_limits)
            }
        }
    }

    /// Opens a `.key` and compares it with its `.pub`.
    fn unlock(
        &self,
        name: KeyName<'_>,
        files: &IdentityFiles,
        passphrase: Option<&str>,
    ) -> Result<SecretKey> {
        let secret = files.secret.as_ref().ok_or_else(|| not_found(name))?;
        let key = secret.open(passphrase, &self.options.kdf_limits)?;
        match &files.public {
            Some(public) if public.public_key != *key.public() => Err(Error::new(
                ErrorKind::KeyFileCorrupt,
                format!("{}.key", name.as_str()),
                "it is not the secret of the public key in the .pub file",
            )),
            _ => Ok(key),
        }
    }

    fn files_of_secret(&self, name: KeyName<'_>) -> Result<IdentityFiles> {
        let files = self.files_of(name)?;
        match (&files.secret, &files.public) {
            (Some(_), _) => Ok(files),
            (None, None) => Err(not_found(name)),
            (None, Some(_)) => Err(Error::new(
                ErrorKind::KeyNotFound,
                name.as_str().to_owned(),
                "only its public half is in the keystore",
            )),
        }
    }

    /// Reads both files as they were at one moment: a `.key` that is still
    /// the same after its `.pub` was read belongs to that `.pub`.
    fn files_of(&self, name: KeyName<'_>) -> Result<IdentityFiles> {
        if !self.has_folder()? {
            return Ok(IdentityFiles::default());
        }
        for _ in 0..MAX_READ_ATTEMPTS {
            let secret = self.read_file(name, "key")?;
            let public = self.read_public(name)?;
            let again = self.read_file(name, "key")?;
            if bytes_of(&secret) == bytes_of(&again) {
                return IdentityFiles::parse(name, secret, public, &self.folder);
            }
        }
        Err(Error::new(
            ErrorKind::Io,
            format!("{}.key", name.as_str()),
            "it changed each time it was read",
        ))
    }

    fn read_public(&self, name: KeyName<'_>) -> Result<Option<(String, PublicFile)>> {
        if !self.has_folder()? {
            return Ok(None);
        }
        let Some(content) = self.read_file(name, "pub")? else {
            return Ok(None);
        };
        let parsed = PublicFile::parse(&content.bytes, name)?;
        // What was parsed is UTF-8, so nothing is replaced.
        let text = String::from_utf8_lossy(&content.bytes).into_owned();
        Ok(Some((text, parsed)))
    }

    fn read_file(&self, name: KeyName<'_>, suffix: &str) -> Result<Option<Content>> {
        let file_name = format!("{}.{suffix}", name.as_str());
        files::read(&self.folder.join(file_name), MAX_KEY_FILE_LEN)
    }

    fn has_folder(&self) -> Result<bool> {
        files::is_folder(&self.folder)
    }
}

/// How often a file is read anew when others change it at the same time.
const MAX_READ_ATTEMPTS: usize = 16;

/// The two files of an identity, where they exist.
#[derive(Default)]
struct IdentityFiles {
    secret: Option<SecretFile>,
    public: Option<PublicFile>,
    exposed: bool,
}

impl IdentityFiles {
    fn parse(
        name: KeyName<'_>,
        secret: Option<Content>,
        public: Option<(String, PublicFile)>,
        folder: &Path,
    ) -> Result<IdentityFiles> {
        let exposed = secret.as_ref().is_some_and(|content| content.exposed);
        Ok(IdentityFiles {
            secret: match secret {
                Some(content) => Some(SecretFile::parse(&content.bytes, name)?),
                None => None,
            },
            public: public.map(|(_, parsed)| parsed),
            exposed: exposed || files::is_open_to_all(folder),
        })
    }

    fn is_exposed_secret(&self) -> bool {
        self.exposed
            && self
                .secret
                .as_ref()
                .is_some_and(|secret| secret.kdf().is_none())
    }
}

fn bytes_of(content: &Option<Content>) -> Option<&[u8]> {
    content.as_ref().map(|content| content.bytes.as_slice())
}

fn not_found(name: KeyName<'_>) -> Error {
    Error::new(
        ErrorKind::KeyNotFound,
        name.as_str().to_owned(),
        "it is not in the keystore",
    )
}
