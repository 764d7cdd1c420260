//! The gate: raw bytes in, a verdict and the exact bytes to forward out.
//!
//! On the way into a server it verifies, on the way out of a client or through a
//! proxy it asks a policy and signs; it may do both. Nothing is forwarded that
//! was not read strictly, no tool call that was not decided about, and none whose
//! evidence could not be stored.

use std::sync::{Arc, Mutex};

use crate::authority::policy::{Evaluation, Policy, RateLimits};
use crate::encoding::rfc3339::Instant;
use crate::error::{Error, ErrorKind, Result};
use crate::identity::KeyPair;
use crate::mcp::evidence::{self, EvidenceStore, Pending};
use crate::mcp::gate_options_json;
use crate::mcp::message::{Addressee, Malformed, Message, MessageLimits, Wire, invalid};
use crate::mcp::open_call::OpenCall;
use crate::mcp::open_requests::OpenRequests;
use crate::mcp::passage::{Passage, conclude};
use crate::mcp::refusal;
use crate::mcp::request::{
    self, Existing, PolicyCheck, RequestOptions, Signing, check_obligations,
};
use crate::mcp::tool_call::ToolCall;
use crate::receipt::{Field, Signer};
use crate::verifier::{Report, Verifier};

/// How a gate decides.
#[derive(Debug, Default)]
pub struct GateOptions {
    /// Verifies the receipts of the calls that come in; its policy decides too.
    pub verifier: Option<Arc<Verifier>>,
    /// Signs the calls that go out.
    pub signing: Option<GateSigning>,
    /// The types of a policy's obligations that the caller fulfils. Calls that a
    /// policy allows under others only are refused.
    pub fulfils: Vec<String>,
    /// The largest messages that are read and written.
    pub limits: MessageLimits,
    /// Whether a message may have line breaks between its values. No by default:
    /// on a transport with a message a line, such as stdio, a message in several
    /// lines is several messages to the other side.
    pub allow_line_breaks: bool,
    /// What becomes of a call whose evidence cannot be stored.
    pub storage_failure: StorageFailure,
    /// The counters of the rate limits of the policy of the signing side: the
    /// gate's own, unless they are shared with others that ask the same policy.
    pub counters: Arc<Mutex<RateLimits>>,
    /// Where requests that go on are open until somebody takes their response;
    /// one with an id that is open there is refused. Without it ids are not
    /// looked at.
    pub open_requests: Option<Arc<OpenRequests>>,
}

/// How a gate signs.
#[derive(Debug)]
pub struct GateSigning {
    /// The key.
    pub key: Arc<KeyPair>,
    /// The name the signer gives itself.
    pub name: String,
    /// Whom it works for; may be empty.
    pub owner: String,
    /// The server behind the gate, for example `mcp://files`.
    pub target: String,
    /// How calls go there, for example `stdio`.
    pub transport: String,
    /// The session that the calls belong to.
    pub session: Option<String>,
    /// The policy that must allow each call.
    pub policy: Option<Arc<Policy>>,
    /// Whether receipts hold only the hash of the arguments.
    pub hash_only: bool,
    /// What to do about a call that carries a receipt already. Where the gate
    /// verifies too, the receipt is verified and replaced by one that names it as
    /// its parent.
    pub existing: Existing,
}

/// What becomes of a call whose evidence cannot be stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StorageFailure {
    /// It is refused.
    #[default]
    Refuse,
    /// It is forwarded, and the verdict says so.
    Forward,
}

/// What becomes of a message, from the mildest to the most severe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ruling {
    /// It goes on.
    Forward,
    /// It stays until a human approves it.
    AskHuman,
    /// It stays.
    Refuse,
}

/// What a gate decided about a text.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// What to send on, exactly; `None` when nothing is.
    pub forward: Option<Vec<u8>>,
    /// What to send back, exactly: the error responses to what was refused;
    /// `None` when there is nothing to say.
    pub answer: Option<Vec<u8>>,
    /// Every message, in order. One that could not be read leaves one entry.
    pub messages: Vec<Judged>,
    /// Why the evidence could not be stored, where that was to be forgiven.
    pub storage_error: Option<Error>,
}

impl Verdict {
    /// The most severe ruling on any of the messages.
    pub fn ruling(&self) -> Ruling {
        let rulings = self.messages.iter().map(|message| message.ruling);
        rulings.max().unwrap_or(Ruling::Refuse)
    }
}

/// What a gate decided about one message.
#[derive(Clone, Debug)]
pub struct Judged {
    /// What becomes of it.
    pub ruling: Ruling,
    /// Why it was not forwarded.
    pub error: Option<Error>,
    /// A tool call that goes on, to be held together with its response: as the
    /// gate signed it, or else as it came.
    pub call: Option<OpenCall>,
    /// What the verifier found.
    pub report: Option<Report>,
    /// What the policy of the signing side said.
    pub evaluation: Option<Evaluation>,
}

/// Decides what goes on. Made once, shared by all threads.
#[derive(Debug)]
pub struct Gate {
    options: GateOptions,
}

/// What a gate is made of besides options in JSON.
#[derive(Debug, Default)]
pub struct GateParts {
    /// See [`GateOptions::verifier`].
    pub verifier: Option<Arc<Verifier>>,
    /// See [`GateSigning::key`].
    pub key: Option<Arc<KeyPair>>,
    /// See [`GateSigning::policy`].
    pub policy: Option<Arc<Policy>>,
    /// See [`GateOptions::counters`].
    pub counters: Arc<Mutex<RateLimits>>,
}

impl Gate {
    /// A gate with these options; [`ErrorKind::InvalidArgument`] when it would
    /// neither verify nor sign.
    pub fn new(options: GateOptions) -> Result<Gate> {
        if options.verifier.is_none() && options.signing.is_none() {
            return Err(Error::new(
                ErrorKind::InvalidArgument,
                "gate",
                "it needs a verifier, a key to sign with, or both",
            ));
        }
        Ok(Gate { options })
    }

    /// A gate with options in a JSON object.
    ///
    /// Members, all optional. How it signs, and errors without a key: `name`,
    /// `owner`, `target` (texts, empty when absent), `transport` (`stdio` when
    /// absent), `session`, `hash_only` (true or false), `existing` (`"refuse"` or
    /// `"replace"`). How it decides: `fulfils` (array of texts),
    /// `allow_line_breaks` (true or false), `storage_failure` (`"refuse"` or
    /// `"forward"`), `limits` (`{max_len, max_depth, max_batch}`).
    ///
    /// [`ErrorKind::InvalidArgument`] for a member that is none of these or has
    /// another type, and as [`Gate::new`] says.
    pub fn from_json(json: &[u8], parts: GateParts) -> Result<Gate> {
        Gate::new(gate_options_json::read(json, parts)?)
    }

    /// The options.
    pub fn options(&self) -> &GateOptions {
        &self.options
    }

    /// Decides about a text off the wire at the time `now`: a message or a batch.
    ///
    /// What is no tool call goes on as it came. A tool call goes on when its
    /// receipt holds, the policies allow it, it could be signed, and `store` has
    /// taken its evidence; of a batch every message is decided about by itself,
    /// and those that go on go on as a batch. The store is called once for a
    /// text, before anything may be forwarded.
    ///
    /// There is no error: whatever fails is a refusal in the verdict.
    pub fn judge(&self, text: &[u8], now: Instant, store: &dyn EvidenceStore) -> Verdict {
        let mut verdicts = self.judge_many(&[text], now, store);
        verdicts.pop().unwrap_or_else(|| Verdict {
            forward: None,
            answer: None,
            messages: Vec::new(),
            storage_error: None,
        })
    }

    /// Decides about several texts, in order, as [`Gate::judge`] does about one;
    /// a verdict for each.
    ///
    /// The store is called once for all of them. When it refuses because of what
    /// one record is, it is called for each text by itself, so that no text is
    /// held to what is wrong with another.
    pub fn judge_many(
        &self,
        texts: &[&[u8]],
        now: Instant,
        store: &dyn EvidenceStore,
    ) -> Vec<Verdict> {
        let mut decided: Vec<Decided<'_>> =
            texts.iter().map(|text| self.decide(text, now)).collect();
        let with_evidence = |one: &&Decided<'_>| !one.evidence.is_empty();
        let outcome = evidence::store_all(
            decided
                .iter()
                .filter(with_evidence)
                .map(|one| &one.evidence),
            store,
        );
        if let Err(error) = outcome {
            let one_by_one = decided.iter().filter(with_evidence).count() > 1
                && evidence::is_about_one_record(error.kind());
            for one in &mut decided {
                one.storage_error = match () {
                    () if one.evidence.is_empty() => None,
                    () if one_by_one => evidence::store_all([&one.evidence], store).err(),
                    () => Some(error.clone()),
                };
            }
        }
        decided.into_iter().map(|one| self.conclude(one)).collect()
    }

    fn decide<'w>(&self, text: &'w [u8], now: Instant) -> Decided<'w> {
        let read = Wire::read(text, &self.options.limits).and_then(|wire| {
            self.check_lines(text)?;
            Ok(wire)
        });
        let mut decided = Decided {
            wire: read,
            passages: Vec::new(),
            evidence: Pending::default(),
            storage_error: None,
        };
        if let Ok(wire) = &decided.wire {
            let mut room = self.options.limits.max_len.saturating_sub(text.len());
            for message in wire.messages() {
                let passage = self.decide_message(message, now, &mut room, &mut decided.evidence);
                decided.passages.push(passage);
            }
        }
        decided
    }

    fn conclude(&self, decided: Decided<'_>) -> Verdict {
        let wire = match decided.wire {
            Ok(wire) => wire,
            Err(error) => {
                return Verdict {
                    forward: None,
                    answer: refusal::response(Addressee::Unknown, &error, None),
                    messages: vec![Judged::refused(error)],
                    storage_error: None,
                };
            }
        };
        let mut passages = decided.passages;
        if let Some(cause) = &decided.storage_error
            && self.options.storage_failure == StorageFailure::Refuse
        {
            for passage in &mut passages {
                passage.withhold(cause);
            }
        }
        if let Some(open) = &self.options.open_requests {
            for passage in &passages {
                passage.settle(open);
            }
        }
        conclude(&wire, passages, decided.storage_error)
    }

    fn check_lines(&self, text: &[u8]) -> Result<()> {
        let inside = text.trim_ascii();
        if self.options.allow_line_breaks || memchr::memchr2(b'\n', b'\r', inside).is_none() {
            return Ok(());
        }
        Err(invalid("a line break inside a message"))
    }

    // Inlined into the loop, what only a gate that signs has would be read ahead for
    // every gate, which checkers of memory take for a mistake.
    #[inline(never)]
    fn decide_message<'w>(
        &self,
        message: std::result::Result<Message<'w>, Malformed<'w>>,
        now: Instant,
        room: &mut usize,
        evidence: &mut Pending,
    ) -> Passage<'w> {
        let message = match message {
            Ok(message) => message,
            Err(malformed) => return Passage::refused(malformed.addressee, malformed.error),
        };
        let mut passage = Passage::open(&message);
        if let Some(open) = &self.options.open_requests {
            match open.open(&message, now) {
                Ok(opened) => passage.is_open = opened,
                Err(error) => {
                    passage.refuse(error);
                    return passage;
                }
            }
        }
        if let Some(call) = message.tool_call()
            && let Err(error) = self.decide_call(&message, call, now, room, evidence, &mut passage)
        {
            passage.refuse(error);
        }
        passage
    }

    fn decide_call(
        &self,
        message: &Message<'_>,
        call: &ToolCall<'_>,
        now: Instant,
        room: &mut usize,
        evidence: &mut Pending,
        passage: &mut Passage<'_>,
    ) -> Result<()> {
        let mut parent = None;
        if let Some(verifier) = &self.options.verifier {
            let report = passage
                .judged
                .report
                .insert(request::verify_call(call, verifier, now));
            self.accept(message, call, report, now, evidence)?;
            parent = report.receipt().cloned();
        }
        if let Some(signing) = &self.options.signing {
            let fulfils: Vec<&str> = self.options.fulfils.iter().map(String::as_str).collect();
            let options = RequestOptions {
                signer: Signer {
                    name: &signing.name,
                    owner: &signing.owner,
                },
                target: &signing.target,
                transport: &signing.transport,
                session: signing.session.as_deref(),
                parent_receipt_id: parent.as_ref().and_then(|receipt| receipt.text(Field::Id)),
                hash_only: signing.hash_only,
                policy: signing.policy.as_deref().map(|policy| PolicyCheck {
                    policy,
                    counters: Some(&self.options.counters),
                    fulfils: &fulfils,
                }),
                existing: match parent {
                    Some(_) => Existing::Replace,
                    None => signing.existing,
                },
                time: Some(now),
                limits: self.options.limits,
                ..RequestOptions::default()
            };
            let signed = match request::sign_call(&signing.key, message, call, &options)? {
                Signing::Done(signed) => signed,
                Signing::Withheld(withheld) => {
                    evidence.add_violation(
                        &withheld.evaluation,
                        &withheld.action,
                        &signing.name,
                        now,
                    );
                    passage.judged.evaluation = Some(withheld.evaluation);
                    return Err(withheld.error);
                }
            };
            // A batch may not grow beyond what the other side reads either.
            let growth = signed.text.len().saturating_sub(message.text().len());
            *room = room.checked_sub(growth).ok_or_else(|| {
                Error::new(
                    ErrorKind::TooLarge,
                    "message",
                    "with its receipts the batch is over the limit",
                )
            })?;
            passage.judged.evaluation = signed.evaluation;
            passage.judged.call = Some(OpenCall::new(message, signed.receipt.clone()));
            passage.changed = Some(signed.text);
            passage.has_evidence = true;
            evidence.receipts.extend(parent);
            evidence.receipts.push(signed.receipt);
        } else if let Some(receipt) = parent {
            passage.judged.call = Some(OpenCall::new(message, receipt.clone()));
            passage.has_evidence = true;
            evidence.receipts.push(receipt);
        }
        Ok(())
    }

    /// Holds a call to what the verifier found.
    fn accept(
        &self,
        message: &Message<'_>,
        call: &ToolCall<'_>,
        report: &Report,
        now: Instant,
        evidence: &mut Pending,
    ) -> Result<()> {
        let fulfils: Vec<&str> = self.options.fulfils.iter().map(String::as_str).collect();
        let accepted = match report.evaluation() {
            _ if !report.is_ok() => report.require_ok(),
            Some(evaluation) => check_obligations(evaluation, &fulfils),
            None => Ok(()),
        };
        if accepted.is_err()
            && let Some(evaluation) = report.evaluation()
        {
            // Of a call that was denied the log says so, if it can be said at all.
            let target = report
                .receipt()
                .and_then(|receipt| receipt.text(Field::Target));
            let options = RequestOptions {
                target: target.unwrap_or_default(),
                limits: self.options.limits,
                ..RequestOptions::default()
            };
            let agent = report.signer().map_or("", |signer| {
                signer.trusted_name.as_deref().unwrap_or(&signer.name)
            });
            if let Ok(action) = request::action_of(message, call, &options) {
                evidence.add_violation(evaluation, &action, agent, now);
            }
        }
        accepted
    }
}

/// A text that was decided about and whose evidence is to be stored.
struct Decided<'w> {
    wire: Result<Wire<'w>>,
    passages: Vec<Passage<'w>>,
    evidence: Pending,
    storage_error: Option<Error>,
}

impl Judged {
    pub(super) fn refused(error: Error) -> Judged {
        Judged {
            ruling: Ruling::Refuse,
            error: Some(error),
            call: None,
            report: None,
            evaluation: None,
        }
    }
}
