//! The two files of an identity: `<name>.pub` and `<name>.key`, plain or
//! encrypted under a passphrase.
//!
//! Written byte for byte as the published Signet writes them. Read strictly: a
//! file must say what it is (version, algorithm, key derivation, cipher) and
//! whose it is, may not mix the plain and the encrypted form, and may not
//! name a member twice. Unknown members of a file are ignored, so that a newer
//! version can add some; unknown parameters of the key derivation are not,
//! because ignoring one would derive another key.
//!
//! The encrypted form is Argon2id over the passphrase, then XChaCha20-Poly1305
//! over the seed. Its additional data is the canonical JSON of the name and
//! the parameters, so neither can be altered.

use zeroize::Zeroizing;

use crate::crypto::aead;
use crate::crypto::ed25519::{PublicKey, SEED_LEN, SecretKey};
use crate::crypto::kdf::{self, KdfLimits, KdfParams};
use crate::crypto::random;
use crate::encoding::base64;
use crate::encoding::key_text;
use crate::encoding::rfc3339::Instant;
use crate::encoding::text;
use crate::error::{Error, ErrorKind, Result};
use crate::identity::key_json::{Object, Value};
use crate::identity::{KeyName, principal};

/// The largest key file that is read, in bytes.
pub const MAX_KEY_FILE_LEN: usize = 64 * 1024;
/// The longest owner that is written, in bytes.
pub const MAX_OWNER_LEN: usize = 4 * 1024;

const SALT_LEN: usize = 16;
const SEALED_SEED_LEN: usize = SEED_LEN + aead::TAG_LEN;
/// Room for every `.key` text with a name of the longest kind, so that the
/// text never moves while a secret is in it.
const SECRET_TEXT_CAPACITY: usize = 1024;

/// What a `.pub` file says about an identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicFile {
    /// The public key.
    pub public_key: PublicKey,
    /// Whom the identity belongs to: free text, a claim of its creator.
    pub owner: Option<String>,
    /// The principal URI that newer releases of the published Signet add: a
    /// claim like the owner.
    pub principal: Option<String>,
    /// When the identity was created: an RFC 3339 text, unless somebody
    /// edited it.
    pub created_at: String,
}

impl PublicFile {
    /// What a new identity publishes. The owner may have up to
    /// [`MAX_OWNER_LEN`] bytes.
    pub fn new(
        public_key: PublicKey,
        owner: Option<&str>,
        created_at: Instant,
    ) -> Result<PublicFile> {
        if owner.is_some_and(|owner| owner.len() > MAX_OWNER_LEN) {
            return Err(Error::new(
                ErrorKind::InvalidArgument,
                "owner",
                format!("it is longer than {MAX_OWNER_LEN} bytes"),
            ));
        }
        Ok(PublicFile {
            public_key,
            owner: owner.map(str::to_owned),
            principal: None,
            created_at: offset_text(created_at),
        })
    }

    /// The same with a principal; [`ErrorKind::PrincipalInvalid`] unless it is one.
    pub fn with_principal(self, text: &str) -> Result<PublicFile> {
        principal::check(text)?;
        Ok(PublicFile {
            principal: Some(text.to_owned()),
            ..self
        })
    }

    /// Reads the text of `<name>.pub`.
    ///
    /// Fails with [`ErrorKind::KeyFileCorrupt`] when the file is damaged or
    /// another identity's, with [`ErrorKind::Unsupported`] when it is of
    /// another version or algorithm, and with [`ErrorKind::KeyWeak`].
    pub fn parse(text: &[u8], name: KeyName<'_>) -> Result<PublicFile> {
        let file = Fields::parse(text, name, ".pub")?;
        let encoded = file.text("pubkey")?;
        let public_key = key_text::parse_bare(encoded).map_err(|cause| match cause.kind() {
            ErrorKind::KeyWeak => cause.within(&file.subject),
            _ => file.corrupt(format!("pubkey: {cause}")),
        })?;
        Ok(PublicFile {
            public_key,
            owner: file.optional_text("owner")?.map(str::to_owned),
            principal: file.optional_text("principal")?.map(str::to_owned),
            created_at: file.text("created_at")?.to_owned(),
        })
    }

    /// The text of `<name>.pub`: pretty-printed JSON without a final newline.
    pub fn to_text(&self, name: KeyName<'_>) -> String {
        let public_key = key_text::bare(&self.public_key);
        let members = [
            ("name", Some(name.as_str())),
            ("pubkey", Some(&public_key)),
            ("owner", self.owner.as_deref()),
            ("principal", self.principal.as_deref()),
            ("created_at", Some(&self.created_at)),
        ];
        let mut file = String::from("{\n  \"v\": 1,\n  \"algorithm\": \"ed25519\"");
        for (member, value) in members {
            if let Some(value) = value {
                file.push_str(&format!(",\n  \"{member}\": {}", text::quoted(value)));
            }
        }
        file.push_str("\n}");
        file
    }
}

/// What a `.key` file holds: a seed, plain or sealed.
pub struct SecretFile {
    name: String,
    secret: Secret,
}

enum Secret {
    Plain(Zeroizing<[u8; SEED_LEN]>),
    Sealed {
        kdf: KdfParams,
        salt: Vec<u8>,
        nonce: [u8; aead::NONCE_LEN],
        ciphertext: [u8; SEALED_SEED_LEN],
    },
}

impl SecretFile {
    /// A file that holds the seed as it is: whoever reads it has the secret.
    pub fn unencrypted(name: KeyName<'_>, seed: &[u8; SEED_LEN]) -> SecretFile {
        SecretFile {
            name: name.as_str().to_owned(),
            secret: Secret::Plain(Zeroizing::new(*seed)),
        }
    }

    /// A file that only the passphrase opens.
    ///
    /// Refuses with [`ErrorKind::InvalidArgument`] an empty passphrase and
    /// parameters that are not [strong enough](KdfParams::is_strong_enough),
    /// and with [`ErrorKind::KdfLimit`] parameters beyond `limits`, because the
    /// file could then not be read again.
    pub fn encrypted(
        name: KeyName<'_>,
        seed: &[u8; SEED_LEN],
        passphrase: &str,
        kdf: &KdfParams,
        limits: &KdfLimits,
    ) -> Result<SecretFile> {
        if passphrase.is_empty() {
            return Err(Error::new(
                ErrorKind::InvalidArgument,
                "passphrase",
                "it is empty; choose one, or ask for an unencrypted key",
            ));
        }
        if !kdf.is_strong_enough() {
            return Err(Error::new(
                ErrorKind::InvalidArgument,
                "kdf_params",
                "too cheap to protect a key; use at least 7 MiB and 35 MiB times passes",
            ));
        }
        let salt = random::bytes::<SALT_LEN>()?;
        let nonce = random::bytes::<{ aead::NONCE_LEN }>()?;
        let key = kdf::argon2id(passphrase.as_bytes(), &salt, kdf, limits)?;
        let aad = additional_data(name.as_str(), kdf);
        let sealed = aead::seal(&key, &nonce, aad.as_bytes(), seed)?;
        let ciphertext = sealed.as_slice().try_into().map_err(|_| {
            Error::new(
                ErrorKind::Unsupported,
                "cipher",
                "unexpected ciphertext length",
            )
        })?;
        Ok(SecretFile {
            name: name.as_str().to_owned(),
            secret: Secret::Sealed {
                kdf: *kdf,
                salt: salt.to_vec(),
                nonce,
                ciphertext,
            },
        })
    }

    /// Reads the text of `<name>.key` without opening it.
    ///
    /// Fails with [`ErrorKind::KeyFileCorrupt`] when the file is damaged or
    /// another identity's, with [`ErrorKind::Unsupported`] when it is of
    /// another version, algorithm, key derivation or cipher, and with
    /// [`ErrorKind::KdfLimit`] for costs of 2^32 and more.
    pub fn parse(text: &[u8], name: KeyName<'_>) -> Result<SecretFile> {
        let file = Fields::parse(text, name, ".key")?;
        let sealed = file.object.get("kdf").is_some();
        let foreign: &[&str] = if sealed { &PLAIN_ONLY } else { &SEALED_ONLY };
        if let Some(member) = foreign.iter().find(|m| file.object.get(m).is_some()) {
            return Err(file.corrupt(format!(
                "it mixes the plain and the encrypted form: {member} does not belong"
            )));
        }
        let secret = if sealed {
            file.require("kdf", "argon2id")?;
            file.require("cipher", "xchacha20poly1305")?;
            let kdf = file.kdf_params()?;
            let salt = base64::decode(file.text("salt")?.as_bytes())
                .filter(|salt| salt.len() >= kdf::MIN_SALT_LEN)
                .ok_or_else(|| file.corrupt("salt: not the base64 of at least 8 bytes"))?;
            Secret::Sealed {
                kdf,
                salt,
                nonce: *file.bytes("nonce")?,
                ciphertext: *file.bytes("ciphertext")?,
            }
        } else {
            Secret::Plain(file.bytes("seed")?)
        };
        Ok(SecretFile {
            name: name.as_str().to_owned(),
            secret,
        })
    }

    /// The parameters that the passphrase is stretched with; `None` when the
    /// file is not encrypted.
    pub fn kdf(&self) -> Option<KdfParams> {
        match &self.secret {
            Secret::Plain(_) => None,
            Secret::Sealed { kdf, .. } => Some(*kdf),
        }
    }

    /// The key. A passphrase is ignored when the file is not encrypted.
    ///
    /// Fails with [`ErrorKind::PassphraseRequired`] when one is needed, with
    /// [`ErrorKind::KdfLimit`] before any work when the file asks for more than
    /// `limits`, and with [`ErrorKind::WrongPassphrase`].
    pub fn open(&self, passphrase: Option<&str>, limits: &KdfLimits) -> Result<SecretKey> {
        let about = |kind, detail| Error::new(kind, format!("{}.key", self.name), detail);
        let (kdf, salt, nonce, ciphertext) = match &self.secret {
            Secret::Plain(seed) => return Ok(SecretKey::from_seed(seed)),
            Secret::Sealed {
                kdf,
                salt,
                nonce,
                ciphertext,
            } => (kdf, salt, nonce, ciphertext),
        };
        let passphrase = passphrase.ok_or_else(|| {
            about(
                ErrorKind::PassphraseRequired,
                "it is encrypted; give its passphrase",
            )
        })?;
        let key = kdf::argon2id(passphrase.as_bytes(), salt, kdf, limits)
            .map_err(|cause| cause.within(&format!("{}.key", self.name)))?;
        let aad = additional_data(&self.name, kdf);
        let wrong = || {
            about(
                ErrorKind::WrongPassphrase,
                "the passphrase does not open it, or it was altered",
            )
        };
        let seed = aead::open(&key, nonce, aad.as_bytes(), ciphertext).ok_or_else(wrong)?;
        let seed: &[u8; SEED_LEN] = seed.as_slice().try_into().map_err(|_| wrong())?;
        Ok(SecretKey::from_seed(seed))
    }

    /// The text of `<name>.key`: pretty-printed JSON without a final newline.
    pub fn to_text(&self) -> Zeroizing<Vec<u8>> {
        let mut text = Zeroizing::new(Vec::with_capacity(SECRET_TEXT_CAPACITY));
        text.extend_from_slice(b"{\n  \"v\": 1,\n  \"algorithm\": \"ed25519\",\n  \"name\": \"");
        text.extend_from_slice(self.name.as_bytes());
        match &self.secret {
            Secret::Plain(seed) => {
                text.extend_from_slice(b"\",\n  \"seed\": \"");
                base64::append(&mut text, seed.as_slice());
            }
            Secret::Sealed {
                kdf,
                salt,
                nonce,
                ciphertext,
            } => {
                let params = format!(
                    "\",\n  \"kdf\": \"argon2id\",\n  \"kdf_params\": {{\n    \
                     \"t\": {},\n    \"m\": {},\n    \"p\": {}\n  }},\n  \"salt\": \"",
                    kdf.passes, kdf.memory_kib, kdf.lanes
                );
                text.extend_from_slice(params.as_bytes());
                base64::append(&mut text, salt);
                text.extend_from_slice(
                    b"\",\n  \"cipher\": \"xchacha20poly1305\",\n  \"nonce\": \"",
                );
                base64::append(&mut text, nonce);
                text.extend_from_slice(b"\",\n  \"ciphertext\": \"");
                base64::append(&mut text, ciphertext);
            }
        }
        text.extend_from_slice(b"\"\n}");
        text
    }
}

impl std::fmt::Debug for SecretFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let form = match self.secret {
            Secret::Plain(_) => "unencrypted",
            Secret::Sealed { .. } => "encrypted",
        };
        write!(f, "SecretFile({}, {form})", self.name)
    }
}

/// Members that only one of the two forms has.
const PLAIN_ONLY: [&str; 1] = ["seed"];
const SEALED_ONLY: [&str; 5] = ["kdf_params", "salt", "cipher", "nonce", "ciphertext"];

/// What the sealed seed is bound to, in canonical JSON (RFC 8785).
fn additional_data(name: &str, kdf: &KdfParams) -> String {
    format!(
        r#"{{"algorithm":"ed25519","cipher":"xchacha20poly1305","kdf":"argon2id","kdf_params":{{"m":{},"p":{},"t":{}}},"name":"{}","v":1}}"#,
        kdf.memory_kib, kdf.lanes, kdf.passes, name
    )
}

/// The form of time in `.pub` files: `+00:00`, and no fraction when it is zero.
fn offset_text(at: Instant) -> String {
    let text = at.to_text();
    let text = text.strip_suffix('Z').unwrap_or(&text);
    format!("{}+00:00", text.strip_suffix(".000").unwrap_or(text))
}

/// The members of a key file whose version, algorithm and name are right.
struct Fields {
    subject: String,
    object: Object,
}

impl Fields {
    fn parse(text: &[u8], name: KeyName<'_>, suffix: &str) -> Result<Fields> {
        let subject = format!("{}{suffix}", name.as_str());
        if text.len() > MAX_KEY_FILE_LEN {
            return Err(Error::new(
                ErrorKind::KeyFileCorrupt,
                subject,
                format!("it is larger than {MAX_KEY_FILE_LEN} bytes"),
            ));
        }
        let object = Object::parse(text).map_err(|cause| {
            Error::new(
                ErrorKind::KeyFileCorrupt,
                subject.clone(),
                format!("{} at byte {}", cause.what, cause.at),
            )
        })?;
        let file = Fields { subject, object };
        match file.object.get("v") {
            Some(Value::Integer(1)) => {}
            Some(Value::Integer(_)) => {
                return Err(file.unsupported("v: only version 1 is known"));
            }
            _ => return Err(file.corrupt("v: missing or not an integer")),
        }
        file.require("algorithm", "ed25519")?;
        if file.text("name")? != name.as_str() {
            return Err(file.corrupt("name: it belongs to another identity than its file name"));
        }
        Ok(file)
    }

    fn corrupt(&self, detail: impl Into<std::borrow::Cow<'static, str>>) -> Error {
        Error::new(ErrorKind::KeyFileCorrupt, self.subject.clone(), detail)
    }

    fn unsupported(&self, detail: impl Into<std::borrow::Cow<'static, str>>) -> Error {
        Error::new(ErrorKind::Unsupported, self.subject.clone(), detail)
    }

    fn text(&self, member: &str) -> Result<&str> {
        self.optional_text(member)?
            .ok_or_else(|| self.corrupt(format!("{member}: missing")))
    }

    fn optional_text(&self, member: &str) -> Result<Option<&str>> {
        match self.object.get(member) {
            Some(Value::Text(text)) => Ok(Some(text.as_str())),
            Some(Value::Null) | None => Ok(None),
            Some(_) => Err(self.corrupt(format!("{member}: not a string"))),
        }
    }

    /// Refuses a member that names anything but what this version does.
    fn require(&self, member: &str, expected: &str) -> Result<()> {
        if self.text(member)? == expected {
            return Ok(());
        }
        Err(self.unsupported(format!("{member}: only {expected} is known")))
    }

    fn bytes<const N: usize>(&self, member: &str) -> Result<Zeroizing<[u8; N]>> {
        base64::decode_array::<N>(self.text(member)?.as_bytes())
            .ok_or_else(|| self.corrupt(format!("{member}: not the base64 of {N} bytes")))
    }

    fn kdf_params(&self) -> Result<KdfParams> {
        let Some(Value::Object(object)) = self.object.get("kdf_params") else {
            return Err(self.corrupt("kdf_params: missing or not an object"));
        };
        if object.names().any(|name| !matches!(name, "t" | "m" | "p")) {
            return Err(self.unsupported("kdf_params: only t, m and p are known"));
        }
        let cost = |name: &str| match object.get(name) {
            Some(Value::Integer(cost)) => u32::try_from(*cost).map_err(|_| {
                Error::new(
                    ErrorKind::KdfLimit,
                    self.subject.clone(),
                    format!("kdf_params: {name} is 2^32 or more"),
                )
            }),
            _ => Err(self.corrupt(format!("kdf_params: {name}: missing or not an integer"))),
        };
        let params = KdfParams {
            passes: cost("t")?,
            memory_kib: cost("m")?,
            lanes: cost("p")?,
        };
        if !params.is_defined() {
            return Err(self.corrupt("kdf_params: argon2 needs t and p of 1 and m of 8 for each p"));
        }
        Ok(params)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_of_a_secret_never_moves_while_it_is_written() {
        let longest = "x".repeat(crate::identity::MAX_KEY_NAME_LEN);
        let name = KeyName::new(&longest).unwrap();
        let sealed = SecretFile {
            name: longest.clone(),
            secret: Secret::Sealed {
                kdf: KdfParams {
                    passes: u32::MAX,
                    memory_kib: u32::MAX,
                    lanes: u32::MAX,
                },
                salt: vec![0; SALT_LEN],
                nonce: [0; aead::NONCE_LEN],
                ciphertext: [0; SEALED_SEED_LEN],
            },
        };
        for file in [SecretFile::unencrypted(name, &[7; 32]), sealed] {
            assert_eq!(file.to_text().capacity(), SECRET_TEXT_CAPACITY);
        }
    }

    #[test]
    fn what_is_sealed_opens_with_the_same_name_and_passphrase_only() {
        let kdf = KdfParams {
            passes: 5,
            memory_kib: 7 * 1024,
            lanes: 1,
        };
        let limits = KdfLimits::default();
        let (a, b) = (KeyName::new("a").unwrap(), KeyName::new("b").unwrap());
        let file = SecretFile::encrypted(a, &[7; 32], "word", &kdf, &limits).unwrap();
        let text = file.to_text();
        let open = |text: &[u8], name, passphrase| {
            SecretFile::parse(text, name)?.open(passphrase, &limits)
        };
        assert_eq!(open(&text, a, Some("word")).unwrap().seed(), &[7; 32]);
        let kind = |result: Result<SecretKey>| result.unwrap_err().kind();
        assert_eq!(
            kind(open(&text, a, Some("Word"))),
            ErrorKind::WrongPassphrase
        );
        assert_eq!(kind(open(&text, a, None)), ErrorKind::PassphraseRequired);
        assert_eq!(
            kind(open(&text, b, Some("word"))),
            ErrorKind::KeyFileCorrupt
        );
        let renamed = String::from_utf8_lossy(&text).replace("\"a\"", "\"b\"");
        assert_eq!(
            kind(open(renamed.as_bytes(), b, Some("word"))),
            ErrorKind::WrongPassphrase
        );
        // Salt and nonce are new each time.
        let again = SecretFile::encrypted(a, &[7; 32], "word", &kdf, &limits).unwrap();
        assert_ne!(again.to_text(), text);
    }
}
