//! The response side of a receipt: the hash of what a tool answered, and what
//! became of the call.

use std::borrow::Cow;

use crate::crypto::digest;
use crate::encoding::jcs::{self, Limits, Numbers};
use crate::encoding::object::ObjectWriter;
use crate::encoding::record::{self, Reading, Span};
use crate::encoding::{exact, hex, members, text};
use crate::error::{Error, ErrorKind, Result};
use crate::receipt::fields::{FIELD_COUNT, OUTCOME};
use crate::receipt::{Field, Receipt};

/// What became of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutcomeStatus {
    /// The request was verified; nothing is said about its execution.
    Verified,
    /// The request was refused.
    Rejected,
    /// The request waits for a human.
    RequiresApproval,
    /// The tool ran.
    Executed,
    /// The tool ran and failed.
    Failed,
}

impl OutcomeStatus {
    /// The text in the receipt.
    pub fn text(self) -> &'static str {
        match self {
            OutcomeStatus::Verified => "verified",
            OutcomeStatus::Rejected => "rejected",
            OutcomeStatus::RequiresApproval => "requires_approval",
            OutcomeStatus::Executed => "executed",
            OutcomeStatus::Failed => "failed",
        }
    }

    /// Reads the text in a receipt.
    pub fn parse(text: &str) -> Result<OutcomeStatus> {
        let all = [
            OutcomeStatus::Verified,
            OutcomeStatus::Rejected,
            OutcomeStatus::RequiresApproval,
            OutcomeStatus::Executed,
            OutcomeStatus::Failed,
        ];
        let found = all.into_iter().find(|status| status.text() == text);
        found.ok_or_else(|| {
            Error::new(
                ErrorKind::ReceiptInvalid,
                "receipt outcome",
                "member \"status\" must be verified, rejected, requires_approval, executed or failed",
            )
        })
    }
}

/// What became of a call, and why.
#[derive(Clone, Copy, Debug)]
pub struct Outcome<'a> {
    /// What became of it.
    pub status: OutcomeStatus,
    /// Why it was rejected or needs approval.
    pub reason: Option<&'a str>,
    /// How it failed.
    pub error: Option<&'a str>,
}

/// An outcome as a caller writes it: JSON with `status`, and perhaps `reason`
/// and `error`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutcomeText {
    status: OutcomeStatus,
    reason: Option<String>,
    error: Option<String>,
}

impl OutcomeText {
    /// Reads an outcome; any other member is refused.
    pub fn parse(json: &[u8]) -> Result<OutcomeText> {
        let canonical = jcs::canonicalize_exactly(json, &Limits::default())
            .map_err(|error| error.within("outcome"))?;
        let mut slots = [Span::ABSENT; FIELD_COUNT];
        if !record::read(&canonical, &OUTCOME, Reading::Strict, &mut slots)? {
            let tidy = record::tidy(&canonical, &OUTCOME, Reading::Strict)?;
            return OutcomeText::parse(&tidy);
        }
        let text = |field: Field| {
            let value = slots[field as usize].of(&canonical)?;
            members::string_at(value, 0..value.len()).map(Cow::into_owned)
        };
        Ok(OutcomeText {
            status: OutcomeStatus::parse(&text(Field::OutcomeStatus).unwrap_or_default())?,
            reason: text(Field::OutcomeReason),
            error: text(Field::OutcomeError),
        })
    }

    /// The outcome, to be put into a [`Response`].
    pub fn outcome(&self) -> Outcome<'_> {
        Outcome {
            status: self.status,
            reason: self.reason.as_deref(),
            error: self.error.as_deref(),
        }
    }
}

/// A response as a receipt states it.
#[derive(Clone, Copy, Debug)]
pub struct Response<'a> {
    /// The JSON text of what the tool answered. Only its hash is kept.
    pub content: &'a [u8],
    /// What became of the call.
    pub outcome: Option<Outcome<'a>>,
    /// The largest content that is read.
    pub limits: Limits,
}

impl<'a> Response<'a> {
    /// A response without an outcome.
    pub fn new(content: &'a [u8]) -> Response<'a> {
        Response {
            content,
            outcome: None,
            limits: Limits::default(),
        }
    }

    /// The `sha256:` text of the canonical content.
    pub fn content_hash(&self) -> Result<String> {
        content_hash(self.content, &self.limits).map_err(|error| error.within("response"))
    }

    pub(super) fn append_to(&self, out: &mut Vec<u8>) -> Result<()> {
        let hash = self.content_hash()?;
        let mut object = ObjectWriter::new(out);
        object.text("content_hash", &hash);
        if let Some(outcome) = &self.outcome {
            let mut text = Vec::new();
            let mut inner = ObjectWriter::new(&mut text);
            if let Some(error) = outcome.error {
                inner.text("error", error);
            }
            if let Some(reason) = outcome.reason {
                inner.text("reason", reason);
            }
            inner.text("status", outcome.status.text());
            inner.end();
            object.member("outcome", Some(&text));
        }
        object.end();
        Ok(())
    }
}

/// The `sha256:` text of a content in JSON, as receipts state it of responses: of
/// the canonical form, in which no digit of a number is lost.
pub fn content_hash(json: &[u8], limits: &Limits) -> Result<String> {
    Ok(hash_text(&exact::travelling_form(json, limits)?))
}

/// The same for a text, which stands for the JSON string of it.
pub fn content_hash_of_text(content: &str) -> String {
    let mut json = Vec::with_capacity(content.len() + 2);
    text::append_string(&mut json, content);
    hash_text(&json)
}

impl Receipt {
    /// Whether a response is the one that the receipt speaks of (versions 2 and
    /// 3): [`ErrorKind::ContentHashMismatch`] if not. Says nothing of signatures.
    ///
    /// A content with a number that a double would round is only the response if
    /// every digit was hashed. The published Signet hashes the rounded number,
    /// which stands for many; a receipt that was read forensically is held to
    /// that.
    pub fn check_response(&self, content: &[u8], limits: &Limits) -> Result<()> {
        let Some(stated) = self.text(Field::ContentHash) else {
            return Err(Error::new(
                ErrorKind::ReceiptVersion,
                "receipt",
                "only receipts of version 2 and 3 speak of a response",
            ));
        };
        let within = |error: Error| error.within("response");
        let travelling = exact::travelling_form(content, limits).map_err(within)?;
        if hash_text(&travelling) == stated {
            return Ok(());
        }
        let mut canonical = Vec::new();
        let findings = jcs::append_canonical(&mut canonical, content, limits, Numbers::Published)
            .map_err(within)?;
        let unambiguous = findings.inexact_number.is_none()
            && matches!(exact::original(&canonical), Cow::Borrowed(_));
        if (unambiguous || self.reading() == Reading::Forensic) && hash_text(&canonical) == stated {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::ContentHashMismatch,
            "receipt response",
            "member \"content_hash\" is not the hash of this response",
        ))
    }

    /// Whether the hash of the response is one at all.
    pub(super) fn check_content_hash(&self) -> Result<()> {
        let digits = self
            .text(Field::ContentHash)
            .and_then(|text| text.strip_prefix("sha256:"))
            .and_then(|digits| hex::decode::<{ digest::SHA256_LEN }>(digits.as_bytes()));
        match digits {
            Some(_) => Ok(()),
            None => Err(Error::new(
                ErrorKind::ReceiptInvalid,
                "receipt response",
                "member \"content_hash\" must be \"sha256:\" and 64 lower-case hex digits",
            )),
        }
    }
}

fn hash_text(canonical: &[u8]) -> String {
    format!("sha256:{}", hex::encode(&digest::sha256(canonical)))
}
