//! Receipts: what an agent did, signed.
//!
//! A receipt is kept as its RFC 8785 canonical text together with the places of
//! its fields. Reading, showing and verifying all work on slices of that one
//! text, so nothing that was not signed can be mistaken for something that was.

mod action;
mod bilateral;
mod body;
mod compound;
mod fields;
mod id;
mod response;
mod sign;
mod spelling;
mod tools_call;
mod verify;

pub use action::{Action, ActionOptions, MAX_ENVELOPE_LEN, MAX_PARAMS_DEPTH};
pub use bilateral::{BilateralOptions, BilateralSigners, CoSignOptions, Freshness, co_sign};
pub use compound::{CompoundOptions, sign_compound};
pub(crate) use fields::AUTHORIZATION_DECISION;
pub use fields::Field;
pub use response::{
    Outcome, OutcomeStatus, OutcomeText, Response, content_hash, content_hash_of_text,
};
pub(crate) use sign::{Delegated, sign_decided, sign_delegated};
pub use sign::{SignOptions, Signer, sign};
pub use tools_call::action_from_tools_call;
pub(crate) use tools_call::call_id;
pub use verify::{Expiry, VerifyOptions};

use std::borrow::Cow;
use std::fmt;

use zeroize::Zeroize;

use crate::crypto::ed25519::{SIGNATURE_LEN, SignatureBytes};
use crate::encoding::jcs::{self, Limits, Numbers};
use crate::encoding::record::{self, Reading, Record, Slots, Span};
use crate::encoding::rfc3339::Instant;
use crate::encoding::{base64, exact, key_text, members, text};
use crate::error::{Error, ErrorKind, Result};

use fields::{FIELD_COUNT, RECEIPT_V1, RECEIPT_V2, RECEIPT_V3, RECEIPT_V4};

/// A signed statement that a tool call was made.
///
/// Version 1: the agent's own. Version 2: with the hash of the response. Version
/// 3: an agent's receipt that a server co-signed. Version 4: on the authority of
/// a delegation chain.
///
/// Immutable. Having one says that its shape is right; whether its signature is,
/// only [`Receipt::verify`], [`Receipt::verify_bilateral`] and
/// [`verify_authorized`](crate::authority::authorized::verify_authorized) say.
#[derive(Clone)]
pub struct Receipt {
    canonical: Vec<u8>,
    version: u8,
    slots: Slots<FIELD_COUNT>,
    /// The texts of the fields that have escapes, and so are not slices.
    unescaped: Vec<(Field, String)>,
    /// The agent's receipt inside a version 3 receipt.
    agent_receipt: Option<Box<Receipt>>,
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
            spelling::check_integers(json)?;
        }
        Receipt::from_measured(canonical, reading, findings.measured)
    }

    /// Takes a receipt whose text is known to be canonical JSON.
    pub(crate) fn from_canonical(canonical: Vec<u8>, reading: Reading) -> Result<Receipt> {
        Receipt::from_measured(canonical, reading, None)
    }

    /// The same, where the length of `action.params` may be known, which saves a
    /// walk through them.
    fn from_measured(
        mut canonical: Vec<u8>,
        reading: Reading,
        params_len: Option<usize>,
    ) -> Result<Receipt> {
        let (version, record) = version_of(&canonical)?;
        // The params of a version 3 receipt stand deeper than what was measured,
        // and a text with repeated members has no one length.
        let params_len = params_len.filter(|_| version != 3 && reading == Reading::Strict);
        let mut slots = [Span::ABSENT; FIELD_COUNT];
        if !record::read_measured(&canonical, record, reading, &mut slots, params_len)? {
            canonical = record::tidy(&canonical, record, reading)?;
            slots = [Span::ABSENT; FIELD_COUNT];
            record::read(&canonical, record, reading, &mut slots)?;
        }
        check_policy_decision(&slots, &canonical)?;
        check_outcome_status(&slots, &canonical)?;
        let agent_receipt = match slots[Field::AgentReceipt as usize].of(&canonical) {
            Some(embedded) => Some(Box::new(embedded_receipt(embedded, reading)?)),
            None => None,
        };
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
            version,
            slots,
            unescaped,
            agent_receipt,
            reading,
        })
    }

    /// The canonical JSON text of the receipt.
    pub fn json(&self) -> &[u8] {
        &self.canonical
    }

    /// The text, for whoever needs its memory again.
    pub(crate) fn into_json(self) -> Vec<u8> {
        self.canonical
    }

    /// Wipes the text, of which nothing is left.
    pub(crate) fn wipe(&mut self) {
        self.canonical.zeroize();
    }

    /// The receipt version.
    pub fn version(&self) -> u8 {
        self.version
    }

    /// The agent's receipt inside a version 3 receipt, to be shown and verified
    /// by itself; `None` in other versions.
    pub fn agent_receipt(&self) -> Option<&Receipt> {
        self.agent_receipt.as_deref()
    }

    /// How the receipt was read.
    pub(crate) fn reading(&self) -> Reading {
        self.reading
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

    /// When the agent says it signed; in version 2, when it says it asked.
    pub fn time(&self) -> Result<Instant> {
        Instant::parse(self.required_text(Field::Time)).map_err(|error| error.within("receipt ts"))
    }

    /// When the response came (version 2) or the server signed (version 3), as
    /// the signer says; `None` in other versions.
    pub fn response_time(&self) -> Result<Option<Instant>> {
        let text = self.text(Field::TimeResponse);
        let time = text
            .map(|text| Instant::parse(text).map_err(|error| error.within("receipt ts_response")));
        time.transpose()
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

impl fmt::Debug for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receipt")
            .field("reading", &self.reading)
            .field("json", &String::from_utf8_lossy(&self.canonical))
            .finish()
    }
}

/// The version that a canonical text names, and the record of that version.
fn version_of(canonical: &[u8]) -> Result<(u8, &'static Record)> {
    // Where a receipt has only the members that the format defines, this one
    // stands last. An unescaped quote after a comma can only open a name.
    if canonical.ends_with(b",\"v\":1}") {
        return Ok((1, &RECEIPT_V1));
    }
    let version = members::find(canonical, 0, "v").and_then(|range| canonical.get(range));
    match version {
        Some(b"1") => Ok((1, &RECEIPT_V1)),
        Some(b"2") => Ok((2, &RECEIPT_V2)),
        Some(b"3") => Ok((3, &RECEIPT_V3)),
        Some(b"4") => Ok((4, &RECEIPT_V4)),
        Some(other) if other.iter().all(u8::is_ascii_digit) => Err(Error::new(
            ErrorKind::ReceiptVersion,
            "receipt",
            "this version of the format is not supported",
        )),
        _ => Err(spelling::unclear_version()),
    }
}

/// The receipt inside a version 3 receipt. No receipt of version 3 stands in
/// another, so nothing here goes deeper than one level.
fn embedded_receipt(embedded: &[u8], reading: Reading) -> Result<Receipt> {
    let within = |error: Error| error.within("agent_receipt");
    match version_of(embedded).map_err(within)? {
        (1 | 4, _) => Receipt::from_canonical(embedded.to_vec(), reading).map_err(within),
        _ => Err(Error::new(
            ErrorKind::ReceiptVersion,
            "receipt agent_receipt",
            "only receipts of version 1 and 4 are co-signed",
        )),
    }
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

/// A call ends in one of five ways.
fn check_outcome_status(slots: &Slots<FIELD_COUNT>, canonical: &[u8]) -> Result<()> {
    let Some(status) = slots[Field::OutcomeStatus as usize].of(canonical) else {
        return Ok(());
    };
    let inside = status.get(1..status.len().saturating_sub(1)).unwrap_or(&[]);
    OutcomeStatus::parse(&text::unescape(inside)).map(drop)
}
