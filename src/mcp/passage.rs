//! One message on its way through a gate, and how the messages of a text come
//! together again on the other side.

use crate::error::{Error, ErrorKind};
use crate::mcp::gate::{Judged, Ruling, Verdict};
use crate::mcp::message::{Addressee, Message, Wire};
use crate::mcp::open_requests::OpenRequests;
use crate::mcp::refusal;
use crate::verifier::Report;

/// One message on its way through.
pub(super) struct Passage<'w> {
    addressee: Addressee<'w>,
    /// As it came; nothing when it was none.
    given: &'w [u8],
    place: std::ops::Range<usize>,
    /// With its receipt.
    pub changed: Option<Vec<u8>>,
    /// Whether it may only go on once its evidence is stored.
    pub has_evidence: bool,
    /// Whether it has its id in the open requests.
    pub is_open: bool,
    pub judged: Judged,
}

impl<'w> Passage<'w> {
    pub fn open(message: &Message<'w>) -> Passage<'w> {
        Passage {
            addressee: message.addressee(),
            given: message.text(),
            place: message.place(),
            changed: None,
            has_evidence: false,
            is_open: false,
            judged: Judged {
                ruling: Ruling::Forward,
                error: None,
                call: None,
                report: None,
                evaluation: None,
            },
        }
    }

    pub fn refused(addressee: Addressee<'w>, error: Error) -> Passage<'w> {
        Passage {
            addressee,
            given: &[],
            place: 0..0,
            changed: None,
            has_evidence: false,
            is_open: false,
            judged: Judged::refused(error),
        }
    }

    pub fn refuse(&mut self, error: Error) {
        self.judged.ruling = match error.kind() {
            ErrorKind::ApprovalRequired => Ruling::AskHuman,
            _ => Ruling::Refuse,
        };
        self.judged.error = Some(error);
        self.judged.call = None;
        self.changed = None;
    }

    /// Keeps back a call whose evidence could not be stored.
    pub fn withhold(&mut self, cause: &Error) {
        if self.has_evidence && self.judged.ruling == Ruling::Forward {
            self.refuse(Error::new(
                ErrorKind::EvidenceNotStored,
                "store",
                cause.to_string(),
            ));
        }
    }

    /// Leaves in the open requests what goes on, and nothing else.
    pub fn settle(&self, open: &OpenRequests) {
        match self.addressee {
            Addressee::Id(id) if self.is_open => match self.judged.ruling {
                Ruling::Forward => open.goes_on(id, self.judged.call.as_ref()),
                Ruling::AskHuman | Ruling::Refuse => open.stays(id),
            },
            _ => {}
        }
    }

    /// The error response, if there is anybody to be told.
    fn answer(&self) -> Option<Vec<u8>> {
        let error = self.judged.error.as_ref()?;
        let by_verifier = self.judged.report.as_ref().and_then(Report::evaluation);
        let reason = match error.kind() {
            ErrorKind::PolicyDenied | ErrorKind::ApprovalRequired => self
                .judged
                .evaluation
                .as_ref()
                .or(by_verifier)
                .filter(|evaluation| evaluation.require_allowed().is_err())
                .map(|evaluation| evaluation.reason.as_str()),
            _ => None,
        };
        refusal::response(self.addressee, error, reason)
    }
}

/// What becomes of a text, from what becomes of its messages.
pub(super) fn conclude(
    wire: &Wire<'_>,
    passages: Vec<Passage<'_>>,
    storage_error: Option<Error>,
) -> Verdict {
    let mut answers: Vec<Vec<u8>> = passages.iter().filter_map(Passage::answer).collect();
    let answer = match answers.len() {
        0 => None,
        _ if wire.is_batch() => Some(array_of(answers.iter().map(Vec::as_slice))),
        _ => answers.pop(),
    };
    let goes_on = |passage: &&Passage<'_>| passage.judged.ruling == Ruling::Forward;
    let forward = match passages.iter().filter(goes_on).count() {
        0 => None,
        count if count == passages.len() => {
            let changed = passages.iter().filter_map(|passage| {
                let text = passage.changed.as_ref()?;
                Some((passage.place.clone(), text.as_slice()))
            });
            Some(wire.with_changed(changed))
        }
        _ => {
            let texts = passages.iter().filter(goes_on);
            Some(array_of(texts.map(|passage| {
                passage.changed.as_deref().unwrap_or(passage.given)
            })))
        }
    };
    Verdict {
        forward,
        answer,
        messages: passages.into_iter().map(|passage| passage.judged).collect(),
        storage_error,
    }
}

/// A batch of these messages.
fn array_of<'t>(texts: impl Iterator<Item = &'t [u8]>) -> Vec<u8> {
    let mut out = Vec::new();
    for text in texts {
        out.push(if out.is_empty() { b'[' } else { b',' });
        out.extend_from_slice(text);
    }
    out.push(b']');
    out
}
