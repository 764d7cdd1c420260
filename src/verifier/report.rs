//! What a verifier found: one verdict an axis, and a view of what was signed.
//!
//! A bare yes or no hides what was never looked at. A report therefore names
//! every axis, and says of each that it passed, failed or was not checked.

use crate::authority::policy::Evaluation;
use crate::crypto::ed25519::PublicKey;
use crate::encoding::key_text;
use crate::encoding::object::ObjectWriter;
use crate::encoding::rfc3339::Instant;
use crate::error::{Error, ErrorKind, Result};
use crate::receipt::{Field, Receipt};

/// One thing that is verified, in the order in which a report counts them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(usize)]
pub enum Axis {
    /// There is a receipt, it has the right form, and does not contradict itself.
    Structure,
    /// Every signature holds under the key that the receipt names.
    Signature,
    /// The signers are trusted, at the time in question.
    Trust,
    /// The receipt was signed within the time allowed and has not expired.
    Time,
    /// The delegations lead from a trusted root to the signer and cover the
    /// action.
    Delegation,
    /// The receipt is for this target, session and call.
    Target,
    /// The tool and the arguments, or the response, are those that were signed.
    Content,
    /// An authority has decided for the action.
    Decision,
    /// The policy allows the action.
    Policy,
    /// The receipt has not been presented before.
    Replay,
}

impl Axis {
    /// Every axis, in order.
    pub const ALL: [Axis; 10] = [
        Axis::Structure,
        Axis::Signature,
        Axis::Trust,
        Axis::Time,
        Axis::Delegation,
        Axis::Target,
        Axis::Content,
        Axis::Decision,
        Axis::Policy,
        Axis::Replay,
    ];

    /// The text in reports, for example `signature`.
    pub fn as_text(self) -> &'static str {
        match self {
            Axis::Structure => "structure",
            Axis::Signature => "signature",
            Axis::Trust => "trust",
            Axis::Delegation => "delegation",
            Axis::Time => "time",
            Axis::Target => "target",
            Axis::Content => "content",
            Axis::Decision => "decision",
            Axis::Policy => "policy",
            Axis::Replay => "replay",
        }
    }
}

/// What became of an axis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Check {
    /// It was checked and holds.
    Passed,
    /// It was checked and does not hold.
    Failed(Error),
    /// It was not checked: never take it for fine.
    NotChecked(Unchecked),
}

/// Why an axis was not checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unchecked {
    /// An earlier axis failed.
    Stopped,
    /// The receipt, or the call, has nothing there to check.
    NotPresent,
    /// The verifier was not asked to: no target, policy, arguments, ... to hold
    /// the receipt to.
    NotConfigured,
    /// The options say that it need not hold, and it does not.
    NotRequired,
    /// It does not matter for evidence of the past.
    NotForEvidence,
    /// A part of it holds; another part is not enforced by this verifier.
    NotEnforced,
}

impl Unchecked {
    /// The code in reports, for example `not_configured`.
    pub fn code(self) -> &'static str {
        match self {
            Unchecked::Stopped => "stopped",
            Unchecked::NotPresent => "not_present",
            Unchecked::NotConfigured => "not_configured",
            Unchecked::NotRequired => "not_required",
            Unchecked::NotForEvidence => "not_for_evidence",
            Unchecked::NotEnforced => "not_enforced",
        }
    }

    fn message(self) -> &'static str {
        match self {
            Unchecked::Stopped => "an earlier check failed",
            Unchecked::NotPresent => "there is nothing to check",
            Unchecked::NotConfigured => "the verifier was given nothing to check it against",
            Unchecked::NotRequired => "it does not hold, and the options do not ask for it",
            Unchecked::NotForEvidence => "it says nothing about evidence of the past",
            Unchecked::NotEnforced => "a part of it is not enforced by this verifier",
        }
    }
}

impl Check {
    /// `pass`, `fail` or `not_checked`.
    pub fn status(&self) -> &'static str {
        match self {
            Check::Passed => "pass",
            Check::Failed(_) => "fail",
            Check::NotChecked(_) => "not_checked",
        }
    }

    /// The stable code: `ok`, that of the error ([`ErrorKind::code`]), or why it
    /// was not checked ([`Unchecked::code`]).
    pub fn code(&self) -> String {
        match self {
            Check::Passed => "ok".to_owned(),
            Check::Failed(error) => error.kind().code(),
            Check::NotChecked(why) => why.code().to_owned(),
        }
    }

    /// A line for people; empty for what passed.
    pub fn message(&self) -> String {
        match self {
            Check::Passed => String::new(),
            Check::Failed(error) => error.to_string(),
            Check::NotChecked(why) => why.message().to_owned(),
        }
    }
}

/// Who signed, as far as that is verified.
#[derive(Clone, Debug)]
pub struct Party {
    /// The key whose signature holds.
    pub key: PublicKey,
    /// The name that the signer gives itself.
    pub name: String,
    /// The name that the trust bundle gives the key, where it lists it.
    pub trusted_name: Option<String>,
    /// Whether the key is trusted: by the options, by the bundle at the time in
    /// question, or because a delegation leads to it from a trusted root.
    pub trusted: bool,
}

/// What a verifier found about a call or a receipt.
#[derive(Clone, Debug)]
pub struct Report {
    pub(super) at: Instant,
    pub(super) checks: [Check; Axis::ALL.len()],
    pub(super) receipt: Option<Receipt>,
    pub(super) signer: Option<Party>,
    pub(super) server: Option<Party>,
    pub(super) root: Option<Party>,
    pub(super) age_millis: Option<i64>,
    pub(super) evaluation: Option<Evaluation>,
    pub(super) remarks: Vec<Remark>,
}

/// Something that a reader must not take for verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Remark {
    /// The call carried no receipt, and none was required.
    Unsigned,
    /// `signer.principal` or `signer.acting_for` is the signer's own word.
    PrincipalClaimed,
    /// `budget`, `constraints` or `correlation_id` of a delegation are under no
    /// signature and limit nobody.
    DelegationMembersUnsigned,
    /// `extensions` of a co-signed receipt are under no signature.
    ExtensionsUnsigned,
    /// The constraints of an authority's decision are not enforced here.
    ConstraintsNotEnforced,
    /// The obligations under which an authority's decision or the policy allows
    /// the action are the caller's to fulfil.
    ObligationsNotEnforced,
    /// The policy attestation in the receipt is the signer's own word.
    AttestationClaimed,
    /// The receipt holds only the hash of the params.
    ParamsHidden,
}

impl Remark {
    /// The code in reports, for example `extensions_unsigned`.
    pub fn code(self) -> &'static str {
        match self {
            Remark::Unsigned => "unsigned",
            Remark::PrincipalClaimed => "principal_claimed",
            Remark::DelegationMembersUnsigned => "delegation_members_unsigned",
            Remark::ExtensionsUnsigned => "extensions_unsigned",
            Remark::ConstraintsNotEnforced => "constraints_not_enforced",
            Remark::ObligationsNotEnforced => "obligations_not_enforced",
            Remark::AttestationClaimed => "attestation_claimed",
            Remark::ParamsHidden => "params_hidden",
        }
    }
}

impl Report {
    /// The report before anything was looked at: a failure.
    pub(super) fn new(at: Instant) -> Report {
        let mut checks = std::array::from_fn(|_| Check::NotChecked(Unchecked::Stopped));
        checks[Axis::Structure as usize] = Check::Failed(Error::new(
            ErrorKind::Unsupported,
            "receipt",
            "it was not judged",
        ));
        Report {
            at,
            checks,
            receipt: None,
            signer: None,
            server: None,
            root: None,
            age_millis: None,
            evaluation: None,
            remarks: Vec::new(),
        }
    }

    /// Whether nothing failed: the call may be made, the receipt be relied on as
    /// far as the options asked.
    pub fn is_ok(&self) -> bool {
        self.reason().is_none()
    }

    /// The first failure, in the order of [`Axis::ALL`].
    pub fn reason(&self) -> Option<&Error> {
        self.checks.iter().find_map(|check| match check {
            Check::Failed(error) => Some(error),
            _ => None,
        })
    }

    /// The kind of the first failure.
    pub fn kind(&self) -> Option<ErrorKind> {
        self.reason().map(Error::kind)
    }

    /// `Ok` when nothing failed, the first failure otherwise.
    pub fn require_ok(&self) -> Result<()> {
        match self.reason() {
            None => Ok(()),
            Some(error) => Err(error.clone()),
        }
    }

    /// What became of an axis.
    pub fn check(&self, axis: Axis) -> &Check {
        // The array has one place for each axis.
        &self.checks[axis as usize]
    }

    /// Every axis and what became of it, in order.
    pub fn checks(&self) -> impl Iterator<Item = (Axis, &Check)> {
        Axis::ALL.into_iter().zip(&self.checks)
    }

    /// The time at which everything was judged.
    pub fn judged_at(&self) -> Instant {
        self.at
    }

    /// The receipt, once its form is right and its signatures hold; see
    /// [`Receipt::signed_body`] for what they cover.
    pub fn receipt(&self) -> Option<&Receipt> {
        self.receipt.as_ref()
    }

    /// The agent whose signature holds.
    pub fn signer(&self) -> Option<&Party> {
        self.signer.as_ref()
    }

    /// The server that co-signed (version 3).
    pub fn server(&self) -> Option<&Party> {
        self.server.as_ref()
    }

    /// The root that the agent's authority comes from (version 4).
    pub fn root(&self) -> Option<&Party> {
        self.root.as_ref()
    }

    /// Whether everything passed so far and everybody who signed is trusted.
    pub fn is_trusted(&self) -> bool {
        let trusted = |party: &Party| party.trusted;
        self.is_ok()
            && self.signer.as_ref().is_some_and(trusted)
            && self.server.as_ref().is_none_or(trusted)
    }

    /// How long ago the receipt was signed, by its own account; negative when it
    /// is dated after the time of judgement.
    pub fn age_millis(&self) -> Option<i64> {
        self.age_millis
    }

    /// What the verifier's policy said.
    pub fn evaluation(&self) -> Option<&Evaluation> {
        self.evaluation.as_ref()
    }

    /// What must not be taken for verified.
    pub fn remarks(&self) -> &[Remark] {
        &self.remarks
    }

    /// The report as canonical JSON, in UTF-8.
    ///
    /// `age_ms`?, `checks` (one `{axis, code, message, status}` an axis, in
    /// order), `code` (`ok` or that of the first failure), `judged_at`,
    /// `message` (empty when ok), `ok`, `policy`? (the evaluation), `receipt`?
    /// (`{id, signed}`: what was signed and nothing else), `remarks`, `root`?,
    /// `server`?, `signer`? (each `{key, name, trusted, trusted_name?}`),
    /// `trusted`.
    pub fn to_json(&self) -> Vec<u8> {
        let mut out = Vec::new();
        let mut object = ObjectWriter::new(&mut out);
        if let Some(age) = self.age_millis {
            object.member("age_ms", Some(age.to_string().as_bytes()));
        }
        object.member("checks", Some(&self.checks_json()));
        let reason = self.reason();
        let code = reason.map_or_else(|| "ok".to_owned(), |error| error.kind().code());
        object.text("code", &code);
        object.text("judged_at", &self.at.to_text());
        let message = reason.map_or_else(String::new, ToString::to_string);
        object.text("message", &message);
        object.member("ok", Some(truth(self.is_ok())));
        let evaluation = self.evaluation.as_ref().map(Evaluation::json);
        object.member("policy", evaluation.as_deref());
        let receipt = self.receipt.as_ref().map(receipt_json);
        object.member("receipt", receipt.as_deref());
        let remarks: Vec<&str> = self.remarks.iter().map(|remark| remark.code()).collect();
        object.texts("remarks", &remarks);
        for (name, party) in [
            ("root", &self.root),
            ("server", &self.server),
            ("signer", &self.signer),
        ] {
            object.member(name, party.as_ref().map(party_json).as_deref());
        }
        object.member("trusted", Some(truth(self.is_trusted())));
        object.end();
        out
    }

    fn checks_json(&self) -> Vec<u8> {
        let mut out = vec![b'['];
        for (axis, check) in self.checks() {
            if out.len() > 1 {
                out.push(b',');
            }
            let mut object = ObjectWriter::new(&mut out);
            object.text("axis", axis.as_text());
            object.text("code", &check.code());
            object.text("message", &check.message());
            object.text("status", check.status());
            object.end();
        }
        out.push(b']');
        out
    }
}

fn truth(value: bool) -> &'static [u8] {
    if value { b"true" } else { b"false" }
}

/// What is under a signature, and the id that derives from it.
fn receipt_json(receipt: &Receipt) -> Vec<u8> {
    let mut out = Vec::new();
    let mut object = ObjectWriter::new(&mut out);
    object.text("id", receipt.text(Field::Id).unwrap_or_default());
    object.member("signed", Some(&receipt.signed_body()));
    object.end();
    out
}

fn party_json(party: &Party) -> Vec<u8> {
    let mut out = Vec::new();
    let mut object = ObjectWriter::new(&mut out);
    object.text("key", &key_text::prefixed(&party.key));
    object.text("name", &party.name);
    object.member("trusted", Some(truth(party.trusted)));
    if let Some(name) = &party.trusted_name {
        object.text("trusted_name", name);
    }
    object.end();
    out
}
