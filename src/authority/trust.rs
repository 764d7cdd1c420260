//! Trust bundles: which keys are roots, agents and servers, and since and until
//! when each may be trusted.
//!
//! Trust is judged as of a time. A key that is rotated or revoked today was
//! still the right key yesterday, so evidence from yesterday stays worth what it
//! was. How much that time can be relied on is the caller's to know: a log's
//! position or a server's clock can be, what a signer says of itself cannot.

use std::collections::HashMap;

use crate::authority::document::{self, Cursor, Format, Subject};
use crate::crypto::ed25519::PublicKey;
use crate::encoding::key_text;
use crate::encoding::rfc3339::Instant;
use crate::error::{Error, ErrorKind, Result};

/// What a key is trusted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Section {
    /// To delegate: the start of a chain.
    Roots,
    /// To sign receipts.
    Agents,
    /// To co-sign receipts.
    Servers,
}

impl Section {
    /// Every section.
    pub const ALL: [Section; 3] = [Section::Roots, Section::Agents, Section::Servers];

    /// The member of the document: `roots`, `agents`, `servers`.
    pub fn as_text(self) -> &'static str {
        match self {
            Section::Roots => "roots",
            Section::Agents => "agents",
            Section::Servers => "servers",
        }
    }
}

/// What a key was worth at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyStatus {
    /// It was trusted.
    Active,
    /// It had been taken out of use.
    Disabled,
    /// It had been revoked.
    Revoked,
    /// It had expired.
    Expired,
}

impl KeyStatus {
    /// The word for it: `active`, `disabled`, `revoked`, `expired`.
    pub fn as_text(self) -> &'static str {
        match self {
            KeyStatus::Active => "active",
            KeyStatus::Disabled => "disabled",
            KeyStatus::Revoked => "revoked",
            KeyStatus::Expired => "expired",
        }
    }
}

/// A key of a bundle.
#[derive(Clone, Debug)]
pub struct TrustedKey {
    /// The id, unique within its section.
    pub id: String,
    /// The name of who holds the key.
    pub name: String,
    /// Whom the holder belongs to.
    pub owner: String,
    /// The key.
    pub key: PublicKey,
    /// When the entry was made. Not a limit: a key may be older than its entry.
    pub created_at: Instant,
    /// The last instant at which the key is trusted.
    pub expires_at: Option<Instant>,
    /// From when on the key is disabled.
    pub disabled_from: Option<Instant>,
    /// From when on the key is revoked.
    pub revoked_from: Option<Instant>,
    /// A comment for people.
    pub comment: Option<String>,
}

impl TrustedKey {
    /// What the key was worth at a time.
    ///
    /// `revoked_at` and `disabled_at` count whatever `status` says, so that an
    /// entry cannot be revoked and active at once; and `status` counts from
    /// `generated_at` on, when the bundle made that statement, even if the date
    /// beside it lies later.
    pub fn status_at(&self, at: Instant) -> KeyStatus {
        let reached = |time: Option<Instant>| time.is_some_and(|time| at >= time);
        if reached(self.revoked_from) {
            KeyStatus::Revoked
        } else if reached(self.disabled_from) {
            KeyStatus::Disabled
        } else if self.expires_at.is_some_and(|time| at > time) {
            KeyStatus::Expired
        } else {
            KeyStatus::Active
        }
    }
}

/// A set of trusted keys. Immutable. The bundle itself is not signed: whoever
/// hands it over decides what is trusted.
#[derive(Clone, Debug)]
pub struct TrustBundle {
    bundle_id: String,
    org: String,
    env: String,
    generated_at: Instant,
    description: Option<String>,
    source: Option<String>,
    sections: [Keys; 3],
}

#[derive(Clone, Debug, Default)]
struct Keys {
    list: Vec<TrustedKey>,
    by_key: HashMap<PublicKey, usize>,
}

pub(super) const SUBJECT: Subject = Subject {
    what: "trust bundle",
    kind: ErrorKind::TrustBundleInvalid,
};

const BUNDLE: &[&str] = &[
    "version",
    "bundle_id",
    "org",
    "env",
    "generated_at",
    "description",
    "source",
    "roots",
    "agents",
    "servers",
];
const ENTRY: &[&str] = &[
    "id",
    "name",
    "owner",
    "pubkey",
    "status",
    "created_at",
    "expires_at",
    "disabled_at",
    "revoked_at",
    "comment",
];

impl TrustBundle {
    /// Reads a trust bundle.
    ///
    /// [`ErrorKind::TrustBundleInvalid`] says what is wrong, with line and
    /// column. Keys may be `ed25519:<base64>` or `did:key:z…`.
    pub fn parse(text: &[u8], format: Format) -> Result<TrustBundle> {
        let tree = document::parse(text, format, SUBJECT)?;
        let root = Cursor::root(&tree, SUBJECT);
        let bundle = root.object(BUNDLE)?;
        let version = bundle.required("version")?;
        if version.integer(u64::MAX)? != 1 {
            return Err(version.refuse("only version 1 is supported"));
        }
        let generated_at = read_time(&bundle.required("generated_at")?)?;
        let mut sections = [Keys::default(), Keys::default(), Keys::default()];
        for section in Section::ALL {
            if let Some(list) = bundle.get(section.as_text()) {
                sections[section as usize] = read_keys(&list, generated_at)?;
            }
        }
        let own = |text: Option<&str>| text.map(str::to_owned);
        Ok(TrustBundle {
            bundle_id: read_filled(&bundle.required("bundle_id")?)?,
            org: read_filled(&bundle.required("org")?)?,
            env: read_env(&bundle.required("env")?)?,
            generated_at,
            description: own(bundle.optional_text("description")?),
            source: own(bundle.optional_text("source")?),
            sections,
        })
    }

    /// The bundle's id.
    pub fn bundle_id(&self) -> &str {
        &self.bundle_id
    }

    /// The organisation it is for.
    pub fn org(&self) -> &str {
        &self.org
    }

    /// The environment it is for, for example `prod`.
    pub fn env(&self) -> &str {
        &self.env
    }

    /// When it was made or last changed.
    pub fn generated_at(&self) -> Instant {
        self.generated_at
    }

    /// What it is for, where it says so.
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// Where it comes from, where it says so.
    pub fn source(&self) -> Option<&str> {
        self.source.as_deref()
    }

    /// The keys of a section, in the order of the document.
    pub fn keys(&self, section: Section) -> &[TrustedKey] {
        &self.sections[section as usize].list
    }

    /// The keys of a section that were active at a time, in the order of the
    /// document: the trust input of every verification.
    pub fn active(&self, section: Section, at: Instant) -> Vec<PublicKey> {
        let active = self.keys(section).iter();
        active
            .filter(|entry| entry.status_at(at) == KeyStatus::Active)
            .map(|entry| entry.key)
            .collect()
    }

    /// The entry of a key, whatever its status.
    pub fn find(&self, section: Section, key: &PublicKey) -> Option<&TrustedKey> {
        let keys = &self.sections[section as usize];
        keys.list.get(*keys.by_key.get(key)?)
    }

    /// The entry of a key that was active at a time; otherwise why it was not:
    /// [`ErrorKind::SignerUntrusted`] (not in the section),
    /// [`ErrorKind::KeyDisabled`], [`ErrorKind::KeyRevoked`] or
    /// [`ErrorKind::KeyExpired`].
    pub fn check(&self, section: Section, key: &PublicKey, at: Instant) -> Result<&TrustedKey> {
        let subject = match section {
            Section::Roots => "root key",
            Section::Agents => "agent key",
            Section::Servers => "server key",
        };
        let Some(entry) = self.find(section, key) else {
            let detail = "it is not in the trust bundle";
            return Err(Error::new(ErrorKind::SignerUntrusted, subject, detail));
        };
        let (kind, what) = match entry.status_at(at) {
            KeyStatus::Active => return Ok(entry),
            KeyStatus::Disabled => (ErrorKind::KeyDisabled, "was disabled"),
            KeyStatus::Revoked => (ErrorKind::KeyRevoked, "was revoked"),
            KeyStatus::Expired => (ErrorKind::KeyExpired, "had expired"),
        };
        let id = document::quoted(&entry.id);
        let detail = format!("the entry {id} {what} at {}", at.to_text());
        Err(Error::new(kind, subject, detail))
    }
}

fn read_keys(list: &Cursor<'_>, generated_at: Instant) -> Result<Keys> {
    let mut keys = Keys::default();
    if list.is_left_out() {
        return Ok(keys);
    }
    let mut ids = std::collections::HashSet::new();
    for cursor in list.list()? {
        let entry = read_entry(&cursor, generated_at)?;
        if !ids.insert(entry.id.clone()) {
            let id = document::quoted(&entry.id);
            return Err(cursor.refuse(&format!("a second entry with the id {id}")));
        }
        if keys.by_key.insert(entry.key, keys.list.len()).is_some() {
            return Err(cursor.refuse("a second entry for one key"));
        }
        keys.list.push(entry);
    }
    Ok(keys)
}

fn read_entry(cursor: &Cursor<'_>, generated_at: Instant) -> Result<TrustedKey> {
    let entry = cursor.object(ENTRY)?;
    let time = |name| match entry.get(name).filter(|time| !time.is_null()) {
        Some(time) => read_time(&time).map(Some),
        None => Ok(None),
    };
    let created_at = read_time(&entry.required("created_at")?)?;
    let expires_at = time("expires_at")?;
    if expires_at.is_some_and(|expires| expires < created_at) {
        return Err(cursor.refuse("expires_at lies before created_at"));
    }
    let mut disabled_from = time("disabled_at")?;
    let mut revoked_from = time("revoked_at")?;
    let status = entry.required("status")?;
    let stated = match status.strict_text()? {
        "active" => None,
        "disabled" => Some((&mut disabled_from, "disabled_at")),
        "revoked" => Some((&mut revoked_from, "revoked_at")),
        _ => return Err(status.refuse("it must be active, disabled or revoked")),
    };
    if let Some((from, name)) = stated {
        let Some(since) = *from else {
            return Err(status.refuse(&format!("{name} is missing")));
        };
        *from = Some(since.min(generated_at));
    }
    Ok(TrustedKey {
        id: read_filled(&entry.required("id")?)?,
        name: read_filled(&entry.required("name")?)?,
        owner: read_filled(&entry.required("owner")?)?,
        key: read_key(&entry.required("pubkey")?)?,
        created_at,
        expires_at,
        disabled_from,
        revoked_from,
        comment: entry.optional_text("comment")?.map(str::to_owned),
    })
}

fn read_filled(cursor: &Cursor<'_>) -> Result<String> {
    match cursor.text()? {
        text if text.trim().is_empty() => Err(cursor.refuse("it must not be blank")),
        text => Ok(text.to_owned()),
    }
}

/// `[a-z0-9][a-z0-9_-]{0,31}`.
fn read_env(cursor: &Cursor<'_>) -> Result<String> {
    let text = cursor.text()?;
    let bytes = text.as_bytes();
    let lower = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let sound = bytes.len() <= 32
        && bytes.first().is_some_and(lower)
        && bytes.iter().all(|byte| lower(byte) || b"_-".contains(byte));
    match sound {
        true => Ok(text.to_owned()),
        false => Err(cursor.refuse(
            "it must be at most 32 lower-case letters, digits, _ and -, and start with a \
             letter or digit",
        )),
    }
}

fn read_time(cursor: &Cursor<'_>) -> Result<Instant> {
    const UTC: [&str; 5] = ["Z", "z", "+00:00", "-00:00", "\u{2212}00:00"];
    let text = cursor.text()?;
    match Instant::parse(text) {
        Ok(time) if UTC.iter().any(|offset| text.ends_with(offset)) => Ok(time),
        _ => Err(cursor.refuse("it must be an RFC 3339 date-time in UTC (Z or +00:00)")),
    }
}

fn read_key(cursor: &Cursor<'_>) -> Result<PublicKey> {
    let text = cursor.strict_text()?;
    let key = if text.starts_with("did:key:") {
        key_text::parse(text)
    } else {
        key_text::parse_prefixed(text)
    };
    key.map_err(|error| cursor.refuse(error.detail()))
}
