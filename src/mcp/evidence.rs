//! What a gate wants kept, handed to whoever keeps it.
//!
//! This layer knows of no log: the store comes in as a closure or a type of the
//! caller's.

use crate::authority::policy::Evaluation;
use crate::encoding::rfc3339::Instant;
use crate::error::{ErrorKind, Result};
use crate::receipt::{Action, Receipt};

/// One thing to be kept.
#[derive(Clone, Copy, Debug)]
pub enum Evidence<'a> {
    /// The receipt of a call that goes on once this is stored.
    Receipt(&'a Receipt),
    /// The record of a call that a policy did not allow, as canonical JSON. It
    /// carries no signature: see
    /// [`Evaluation::violation`](crate::authority::policy::Evaluation::violation).
    Violation(&'a [u8]),
}

impl<'a> Evidence<'a> {
    /// The JSON text to be kept.
    pub fn json(&self) -> &'a [u8] {
        match self {
            Evidence::Receipt(receipt) => receipt.json(),
            Evidence::Violation(record) => record,
        }
    }
}

/// Where evidence is kept.
pub trait EvidenceStore {
    /// Keeps all of it or none. `Ok` promises whatever durability the calls are
    /// to wait for.
    fn store(&self, evidence: &[Evidence<'_>]) -> Result<()>;
}

impl<F: Fn(&[Evidence<'_>]) -> Result<()>> EvidenceStore for F {
    fn store(&self, evidence: &[Evidence<'_>]) -> Result<()> {
        self(evidence)
    }
}

/// Keeps nothing. Whoever passes this has decided that no evidence is needed.
#[derive(Clone, Copy, Debug, Default)]
pub struct KeepNothing;

impl EvidenceStore for KeepNothing {
    fn store(&self, _: &[Evidence<'_>]) -> Result<()> {
        Ok(())
    }
}

/// The evidence of one text.
#[derive(Default)]
pub(super) struct Pending {
    /// In order: the receipt that came in before the one that goes out.
    pub receipts: Vec<Receipt>,
    violations: Vec<Vec<u8>>,
}

impl Pending {
    pub fn add_violation(
        &mut self,
        evaluation: &Evaluation,
        action: &Action,
        agent: &str,
        at: Instant,
    ) {
        self.violations
            .extend(evaluation.violation(action, agent, at));
    }

    pub fn is_empty(&self) -> bool {
        self.receipts.is_empty() && self.violations.is_empty()
    }

    fn all(&self) -> impl Iterator<Item = Evidence<'_>> {
        let receipts = self.receipts.iter().map(Evidence::Receipt);
        let violations = self
            .violations
            .iter()
            .map(|record| Evidence::Violation(record));
        receipts.chain(violations)
    }
}

/// Has the evidence of several texts kept with one call, or none where there is
/// nothing to keep.
pub(super) fn store_all<'p>(
    texts: impl IntoIterator<Item = &'p Pending>,
    store: &dyn EvidenceStore,
) -> Result<()> {
    let all: Vec<Evidence<'_>> = texts.into_iter().flat_map(Pending::all).collect();
    match all.is_empty() {
        true => Ok(()),
        false => store.store(&all),
    }
}

/// Whether a store refuses for what one record is, so that others may pass
/// without it.
pub(super) fn is_about_one_record(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::TooLarge
            | ErrorKind::RecordInvalid
            | ErrorKind::ReceiptInvalid
            | ErrorKind::TimestampInvalid
            | ErrorKind::JsonSyntax
            | ErrorKind::JsonEncoding
            | ErrorKind::JsonDuplicateMember
            | ErrorKind::JsonLoneSurrogate
            | ErrorKind::JsonNumber
            | ErrorKind::JsonTooDeep
            | ErrorKind::JsonInexactNumber
    )
}
