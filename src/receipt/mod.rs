//! Receipts: what an agent did, signed.
//!
//! A receipt is kept as its RFC 8785 canonical text together with the places of
//! its fields. Reading, showing and verifying all work on slices of that one
//! text, so nothing that was not signed can be mistaken for something that was.

mod action;
mod fields;
mod id;
mod sign;
mod tools_call;
mod verify;

pub use action::{Action, ActionOptions, MAX_ENVELOPE_LEN, MAX_PARAMS_DEPTH};
pub use fields::Field;
pub use sign::{SignOptions, Signer, sign};
pub use tools_call::action_from_tools_call;
pub use verify::{Expiry, VerifyOptions};

use std::borrow::Cow;

use crate::crypto::ed25519::{SIGNATURE_LEN, SignatureBytes};
use crate::encoding::jcs::{self, Limits, Numbers};
use crate::encoding::record::{self, Reading, Slots};
use crate::encoding::rfc3339::Instant;
use crate::encoding::{base64, exact, key_text, members, text};
use crate::error::{Error, ErrorKind, Result};

use fields::{FIELD_COUNT, RECEIPT_V1};

/// A signed statement that a tool call was made (receipt version 1).
///
/// Immutable. Having one says that its shape is right; only
/// [`Receipt::verify`] says that its signature is.
#[derive(Clone, Debug)]
pub struct Receipt {
    canonical: Vec<u8>,
    slots: Slots<FIELD_COUNT>,
    /// The texts of the fields that have escapes, and so are not slices.
    unescaped: Vec<(Field, String)>,
    reading: Reading,
}

impl Receipt {
    /// Reads a receipt from JSON text.
    ///
    /// The strict reading refuses members that the format does not define,
    /// duplicate members, and numbers that a double would round. The forensic
    /// one reads what the published Signet reads: the last of duplicate members
    /// counts, unknown members are dropped.
    pub fn parse(json: &[u8], reading: Reading, limits: &Limits) -> Result<Receipt> {
        let limits = Limits {
            max_len: limits.max_len.min(record::MAX_LEN / 8),
            ..*limits
        };
        let mut canonical = Vec::new();
        let findings = match reading {
            Reading::Strict => {
                jcs::append_exactly(&mut canonical, json, &limits, Some(fields::PARAMS))
            }
            Reading::Forensic => {
                jcs::append_last_wins(&mut canonical, json, &limits, Numbers::Published)
            }
        };
        let findings = findings.map_err(|error| error.within("receipt"))?;
        if canonical != json {
            check_version_text(json)?;
        }
        Receipt::from_measured(canonical, reading, findings.measured)
    }

    /// Takes a receipt whose text is known to be canonical JSON.
    pub(crate) fn from_canonical(canonical: Vec<u8>, reading: Reading) -> Result<Receipt> {
        Receipt::from_measured(canonical, reading, None)
    }

    /// The same, where the length of the params may be known, which saves a walk
    /// through them.
    fn from_measured(
        mut canonical: Vec<u8>,
        reading: Reading,
        params_len: Option<usize>,
    ) -> Result<Receipt> {
        check_version(&canonical)?;
        let mut slots = Slots::default();
        if !record::read_measured(&canonical, &RECEIPT_V1, reading, &mut slots, params_len)? {
            canonical = record::tidy(&canonical, &RECEIPT_V1, reading)?;
            slots = Slots::default();
            record::read(&canonical, &RECEIPT_V1, reading, &mut slots)?;
        }
        check_policy_decision(&slots, &canonical)?;
        let mut unescaped = Vec::new();
        for &field in Field::TEXTS {
            if let Some(value) = slots[field as usize].of(&canonical)
                && value.contains(&b'\\')
            {
                let inside = value.get(1..value.len().saturating_sub(1)).unwrap_or(&[]);
                unescaped.push((field, text::unescape(inside).into_owned()));
            }
        }
        Ok(Receipt {
            canonical,
            slots,
            unescaped,
            reading,
        })
    }

    /// The canonical JSON text of the receipt.
    pub fn json(&self) -> &[u8] {
        &self.canonical
    }

    /// The receipt version.
    pub fn version(&self) -> u8 {
        1
    }

    /// The text of a field, without quotes and escapes; `None` when the receipt
    /// has no such field.
    pub fn text(&self, field: Field) -> Option<&str> {
        if let Some((_, text)) = self.unescaped.iter().find(|(which, _)| *which == field) {
            return Some(text);
        }
        let value = self.slots[field as usize].of(&self.canonical)?;
        let inside = value.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
        std::str::from_utf8(inside).ok()
    }

    /// The text of a field that every receipt has.
    pub(crate) fn required_text(&self, field: Field) -> &str {
        self.text(field).unwrap_or_default()
    }

    /// The canonical JSON of a field's value, quotes included.
    pub fn value(&self, field: Field) -> Option<&[u8]> {
        self.slots[field as usize].of(&self.canonical)
    }

    /// The params as they travel: canonical JSON, `null` in a hash-only receipt,
    /// a `$exact` wrapper where a number would have been rounded.
    pub fn travelling_params(&self) -> &[u8] {
        self.value(Field::Params).unwrap_or(b"null")
    }

    /// The params that were signed, as JSON text: what a `$exact` wrapper holds,
    /// or the canonical params themselves.
    pub fn params(&self) -> Cow<'_, [u8]> {
        exact::original(self.travelling_params())
    }

    /// When the receipt says it was signed.
    pub fn time(&self) -> Result<Instant> {
        Instant::parse(self.required_text(Field::Time)).map_err(|error| error.within("receipt ts"))
    }

    /// The signature bytes; refused when the text is not `ed25519:` and strict
    /// base64 of 64 bytes.
    pub fn signature(&self) -> Result<SignatureBytes> {
        let text = self.required_text(Field::Signature);
        let bytes = text
            .strip_prefix(key_text::ED25519_PREFIX)
            .and_then(|encoded| base64::decode_array::<SIGNATURE_LEN>(encoded.as_bytes()));
        match bytes {
            Some(bytes) => Ok(*bytes),
            None => Err(Error::new(
                ErrorKind::ReceiptInvalid,
                "receipt",
                "member \"sig\" must be \"ed25519:\" and the standard base64 of 64 bytes",
            )),
        }
    }
}

fn check_version(canonical: &[u8]) -> Result<()> {
    // Where a receipt has only the members that the format defines, this one
    // stands last. An unescaped quote after a comma can only open a name.
    if canonical.ends_with(b",\"v\":1}") {
        return Ok(());
    }
    let version = members::find(canonical, 0, "v").and_then(|range| canonical.get(range));
    match version {
        Some(b"1") => Ok(()),
        Some(other) if other.iter().all(u8::is_ascii_digit) => Err(Error::new(
            ErrorKind::ReceiptVersion,
            "receipt",
            "this version of the format is not supported",
        )),
        _ => Err(unclear_version()),
    }
}

/// Refuses a version that is a number but not written as an integer: `1.0`. The
/// canonical form no longer shows the difference, and the published Signet
/// refuses it.
fn check_version_text(json: &[u8]) -> Result<()> {
    let versions = members::members(json, members::root(json));
    let last = versions.filter(|member| member.is_named("v")).last();
    let text = last.and_then(|member| json.get(member.value));
    match text {
        Some([b'0'..=b'9', rest @ ..]) if !rest.iter().all(u8::is_ascii_digit) => {
            Err(unclear_version())
        }
        _ => Ok(()),
    }
}

fn unclear_version() -> Error {
    Error::new(
        ErrorKind::ReceiptInvalid,
        "receipt",
        "member \"v\" must be an integer that names the version",
    )
}

/// A policy decides with one of three words.
fn check_policy_decision(slots: &Slots<FIELD_COUNT>, canonical: &[u8]) -> Result<()> {
    match slots[Field::PolicyDecision as usize].of(canonical) {
        None | Some(br#""allow""# | br#""deny""# | br#""require_approval""#) => Ok(()),
        Some(_) => Err(Error::new(
            ErrorKind::ReceiptInvalid,
            "receipt policy",
            "member \"decision\" must be \"allow\", \"deny\" or \"require_approval\"",
        )),
    }
}
