//! The manifest of an evidence bundle: what is in it, and who says so.
//!
//! The members of the published Signet's manifest are there under their names,
//! so that it reads our bundles. Nothing in its own bundles is signed, so we add
//! two members that it ignores: `evidence`, what the exporter states beyond
//! them, and `signature`, the exporter's over the canonical JSON of everything
//! else.

use crate::crypto::ed25519::{PublicKey, SIGNATURE_LEN};
use crate::encoding::jcs::{self, Limits};
use crate::encoding::object::ObjectWriter;
use crate::encoding::{base64, hex, key_text, members};
use crate::error::{Error, ErrorKind, Result};
use crate::identity::KeyPair;
use crate::log::line::{RecordHash, hash_text};

/// The largest manifest that is read.
pub(super) const MAX_MANIFEST_LEN: usize = 1 << 20;
/// What tells the signed text from everything else that keys sign.
const KIND: &str = "signet-evidence-bundle";
const SUBJECT: &str = "bundle manifest";

/// What a manifest says. Times and hashes are kept as texts, because they are
/// compared with what the records say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// The program that made the bundle.
    pub producer: String,
    /// When it was made, RFC 3339.
    pub generated_at: String,
    /// The host it was made on, or `unknown`.
    pub host: String,
    /// How many records are in the bundle.
    pub record_count: u64,
    /// The `prev_hash` of its first record.
    pub chain_start_prev_hash: String,
    /// The `record_hash` of its last record.
    pub chain_tip_record_hash: String,
    /// The earliest time of a record.
    pub earliest_ts: Option<String>,
    /// The latest time of a record.
    pub latest_ts: Option<String>,
    /// The SHA-256 of the records file: 64 hex digits.
    pub records_sha256: String,
    /// Whether a trust bundle is in it.
    pub has_trust_bundle: bool,
    /// What the exporter has signed beyond that; `None` in bundles of the
    /// published Signet.
    pub statement: Option<Statement>,
}

/// What the exporter of a bundle states about the log it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The name the exporter gives itself.
    pub exporter_name: String,
    /// The exporter's public key.
    pub exporter: PublicKey,
    /// The index in the log of the first record in the bundle.
    pub first_index: u64,
    /// The index in the log of the last record in the bundle.
    pub last_index: u64,
    /// How many times records of the log were left out between two records.
    pub gaps: u64,
    /// How many records the log had.
    pub log_record_count: u64,
    /// The hash of the last record that the log had.
    pub log_tip_record_hash: String,
    /// The SHA-256 of the trust bundle in the bundle: 64 hex digits.
    pub trust_bundle_sha256: Option<String>,
}

impl Statement {
    /// Whether the bundle holds every record that the log had.
    pub fn is_whole_log(&self) -> bool {
        self.first_index == 0
            && self.gaps == 0
            && self.last_index.checked_add(1) == Some(self.log_record_count)
    }
}

impl Manifest {
    /// The manifest file, signed by its exporter when there is one.
    pub(super) fn file(&self, exporter: Option<&KeyPair>) -> Result<Vec<u8>> {
        let mut text = self.to_json();
        if let Some(exporter) = exporter {
            let signature = exporter.sign(&text)?;
            text.pop();
            text.extend_from_slice(b",\"signature\":\"");
            text.extend_from_slice(key_text::ED25519_PREFIX.as_bytes());
            base64::append(&mut text, &signature);
            text.extend_from_slice(b"\"}");
        }
        // For people; what is signed is the canonical form.
        let mut file = serde_json::from_slice::<serde_json::Value>(&text)
            .and_then(|value| serde_json::to_vec_pretty(&value))
            .map_err(|_| invalid("it cannot be written"))?;
        file.push(b'\n');
        Ok(file)
    }

    /// Everything but the signature, in canonical JSON: what is signed.
    pub fn to_json(&self) -> Vec<u8> {
        let mut body = Vec::new();
        let mut object = ObjectWriter::new(&mut body);
        let number = |number: u64| number.to_string().into_bytes();
        let text_or_null =
            |object: &mut ObjectWriter<'_>, name: &str, text: &Option<String>| match text {
                Some(text) => object.text(name, text),
                None => object.member(name, Some(b"null")),
            };
        object.text("chain_start_prev_hash", &self.chain_start_prev_hash);
        object.text("chain_tip_record_hash", &self.chain_tip_record_hash);
        text_or_null(&mut object, "earliest_ts", &self.earliest_ts);
        let statement = self.statement.as_ref().map(Statement::json);
        object.member("evidence", statement.as_deref());
        object.member("format_version", Some(b"1"));
        object.text("generated_at", &self.generated_at);
        let has_trust_bundle: &[u8] = match self.has_trust_bundle {
            true => b"true",
            false => b"false",
        };
        object.member("has_trust_bundle", Some(has_trust_bundle));
        object.text("host", &self.host);
        text_or_null(&mut object, "latest_ts", &self.latest_ts);
        object.text("producer", &self.producer);
        object.member("record_count", Some(&number(self.record_count)));
        object.text("records_sha256", &self.records_sha256);
        object.end();
        body
    }

    /// Reads a manifest file, and whether its signature holds: `None` when there
    /// is neither a statement nor a signature.
    ///
    /// [`ErrorKind::BundleInvalid`] for the wrong form, [`ErrorKind::Unsupported`]
    /// for another format version.
    pub(super) fn read(file: &[u8]) -> Result<(Manifest, Option<Result<()>>)> {
        let limits = Limits {
            max_len: MAX_MANIFEST_LEN,
            ..Limits::default()
        };
        let canonical = jcs::canonicalize_exactly(file, &limits)
            .map_err(|error| error.within(SUBJECT).into_kind(ErrorKind::BundleInvalid))?;
        if canonical.first() != Some(&b'{') {
            return Err(invalid("it must be an object"));
        }
        let of = Members {
            text: &canonical,
            start: 0,
        };
        match of.number("format_version")? {
            1 => {}
            _ => {
                return Err(Error::new(
                    ErrorKind::Unsupported,
                    SUBJECT,
                    "only format_version 1 is supported",
                ));
            }
        }
        let statement = match of.find("evidence") {
            Some(place) => Some(Statement::read(&Members {
                text: &canonical,
                start: place.start,
            })?),
            None => None,
        };
        let manifest = Manifest {
            producer: of.text("producer")?,
            generated_at: of.text("generated_at")?,
            host: of.text("host")?,
            record_count: of.number("record_count")?,
            chain_start_prev_hash: of.text("chain_start_prev_hash")?,
            chain_tip_record_hash: of.text("chain_tip_record_hash")?,
            earliest_ts: of.optional_text("earliest_ts")?,
            latest_ts: of.optional_text("latest_ts")?,
            records_sha256: of.text("records_sha256")?,
            has_trust_bundle: of.boolean("has_trust_bundle")?,
            statement,
        };
        let signature = match (&manifest.statement, of.optional_text("signature")?) {
            (None, None) => None,
            (Some(statement), Some(signature)) => {
                Some(check_signature(&canonical, &statement.exporter, &signature))
            }
            // One without the other was made by taking the other away.
            _ => Some(Err(Error::new(
                ErrorKind::SignatureInvalid,
                SUBJECT,
                "members \"evidence\" and \"signature\" only come together",
            ))),
        };
        Ok((manifest, signature))
    }

    /// The summary file: seven lines for people.
    pub(super) fn summary(&self) -> String {
        format!(
            "signet-evidence-bundle-summary\nrecords: {}\nrecords.jsonl sha256: {}\n\
             chain start prev_hash: {}\nchain tip record_hash: {}\n\
             earliest timestamp: {}\nlatest timestamp: {}\n",
            self.record_count,
            self.records_sha256,
            self.chain_start_prev_hash,
            self.chain_tip_record_hash,
            self.earliest_ts.as_deref().unwrap_or("-"),
            self.latest_ts.as_deref().unwrap_or("-"),
        )
    }
}

impl Statement {
    fn json(&self) -> Vec<u8> {
        let mut out = Vec::new();
        let mut exporter = Vec::new();
        let mut object = ObjectWriter::new(&mut exporter);
        object.text("name", &self.exporter_name);
        object.text("pubkey", &key_text::prefixed(&self.exporter));
        object.end();
        let mut object = ObjectWriter::new(&mut out);
        let number = |number: u64| number.to_string().into_bytes();
        object.member("exporter", Some(&exporter));
        object.member("first_index", Some(&number(self.first_index)));
        object.member("gaps", Some(&number(self.gaps)));
        object.text("kind", KIND);
        object.member("last_index", Some(&number(self.last_index)));
        object.member("log_record_count", Some(&number(self.log_record_count)));
        object.text("log_tip_record_hash", &self.log_tip_record_hash);
        if let Some(hash) = &self.trust_bundle_sha256 {
            object.text("trust_bundle_sha256", hash);
        }
        object.end();
        out
    }

    fn read(of: &Members<'_>) -> Result<Statement> {
        if of.text("kind")? != KIND {
            return Err(invalid(
                "evidence is not of the kind \"signet-evidence-bundle\"",
            ));
        }
        let exporter = Members {
            text: of.text,
            start: of
                .find("exporter")
                .map_or(of.text.len(), |place| place.start),
        };
        let key = key_text::parse_prefixed(&exporter.text("pubkey")?)
            .map_err(|error| error.within(SUBJECT).into_kind(ErrorKind::BundleInvalid))?;
        Ok(Statement {
            exporter_name: exporter.text("name")?,
            exporter: key,
            first_index: of.number("first_index")?,
            last_index: of.number("last_index")?,
            gaps: of.number("gaps")?,
            log_record_count: of.number("log_record_count")?,
            log_tip_record_hash: of.text("log_tip_record_hash")?,
            trust_bundle_sha256: of.optional_text("trust_bundle_sha256")?,
        })
    }
}

/// Verifies the signature over the canonical manifest without it.
fn check_signature(canonical: &[u8], exporter: &PublicKey, signature: &str) -> Result<()> {
    let signature = signature
        .strip_prefix(key_text::ED25519_PREFIX)
        .and_then(|text| base64::decode_array::<SIGNATURE_LEN>(text.as_bytes()))
        .ok_or_else(|| {
            Error::new(
                ErrorKind::SignatureInvalid,
                SUBJECT,
                "member \"signature\" must be \"ed25519:\" and the base64 of 64 bytes",
            )
        })?;
    let mut body = Vec::with_capacity(canonical.len());
    body.push(b'{');
    for member in members::members(canonical, 0) {
        if member.is_named("signature") {
            continue;
        }
        if body.len() > 1 {
            body.push(b',');
        }
        body.extend_from_slice(canonical.get(member.start..member.value.end).unwrap_or(&[]));
    }
    body.push(b'}');
    exporter
        .verify(&body, &signature)
        .map_err(|error| error.within(SUBJECT))
}

/// The members of an object in canonical JSON, read by type.
struct Members<'a> {
    text: &'a [u8],
    start: usize,
}

impl Members<'_> {
    fn find(&self, name: &str) -> Option<std::ops::Range<usize>> {
        members::find(self.text, self.start, name)
    }

    fn value(&self, name: &str) -> Result<&[u8]> {
        self.find(name)
            .and_then(|place| self.text.get(place))
            .ok_or_else(|| wrong(name))
    }

    fn text(&self, name: &str) -> Result<String> {
        self.optional_text(name)?.ok_or_else(|| wrong(name))
    }

    fn optional_text(&self, name: &str) -> Result<Option<String>> {
        match self.find(name) {
            None => Ok(None),
            Some(place) if self.text.get(place.clone()) == Some(b"null") => Ok(None),
            Some(place) => match members::string_at(self.text, place) {
                Some(text) => Ok(Some(text.into_owned())),
                None => Err(wrong(name)),
            },
        }
    }

    fn number(&self, name: &str) -> Result<u64> {
        std::str::from_utf8(self.value(name)?)
            .ok()
            .and_then(|text| text.parse().ok())
            .ok_or_else(|| wrong(name))
    }

    fn boolean(&self, name: &str) -> Result<bool> {
        match self.value(name)? {
            b"true" => Ok(true),
            b"false" => Ok(false),
            _ => Err(wrong(name)),
        }
    }
}

fn wrong(name: &str) -> Error {
    Error::new(
        ErrorKind::BundleInvalid,
        SUBJECT,
        format!("member \"{name}\" is missing or of the wrong type"),
    )
}

fn invalid(detail: &'static str) -> Error {
    Error::new(ErrorKind::BundleInvalid, SUBJECT, detail)
}

/// The hash of a file as manifests write it.
pub(super) fn file_hash(hash: &RecordHash) -> String {
    hex::encode(hash)
}

/// The hash of a record as manifests write it.
pub(super) fn record_hash(hash: &RecordHash) -> String {
    hash_text(hash)
}
