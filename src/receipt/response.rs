//! The response side of a receipt: the hash of what a tool answered, and what
//! became of the call.

use crate::crypto::digest;
use crate::encoding::exact;
use crate::encoding::hex;
use crate::encoding::jcs::Limits;
use crate::encoding::object::ObjectWriter;
use crate::error::{Error, ErrorKind, Result};

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
        let canonical = exact::travelling_form(self.content, &self.limits)
            .map_err(|error| error.within("response"))?;
        Ok(format!(
            "sha256:{}",
            hex::encode(&digest::sha256(&canonical))
        ))
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
