//! The members of a version 1 receipt, as one table.

use crate::encoding::jcs::Measure;
use crate::encoding::record::{Kind, Record, Rule};

/// A field of a receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(usize)]
pub enum Field {
    /// `id`: `rec_` and 32 hex digits derived from the signature.
    Id,
    /// `action.tool`: the name of the tool that was called.
    Tool,
    /// `action.params`: the arguments, any JSON value.
    Params,
    /// `action.params_hash`: `sha256:` and the hash of the canonical params.
    ParamsHash,
    /// `action.target`: the server or resource the call went to.
    Target,
    /// `action.transport`: how it went there, for example `stdio`.
    Transport,
    /// `action.session`: the session the call belongs to.
    Session,
    /// `action.call_id`: the call's id within its session.
    CallId,
    /// `action.response_hash`: the hash of the response, where known.
    ResponseHash,
    /// `action.trace_id`: the trace the call belongs to.
    TraceId,
    /// `action.parent_receipt_id`: the receipt of the call that caused this one.
    ParentReceiptId,
    /// `signer.name`: the name the signer gives itself.
    SignerName,
    /// `signer.owner`: whom the signer says it acts for; may be empty.
    SignerOwner,
    /// `signer.pubkey`: `ed25519:` and the base64 of the signer's public key.
    SignerPublicKey,
    /// `ts`: when it was signed, RFC 3339.
    Time,
    /// `exp`: when it expires, RFC 3339.
    Expiry,
    /// `nonce`: `rnd_` and 32 hex digits.
    Nonce,
    /// `sig`: `ed25519:` and the base64 of the signature.
    Signature,
    /// `policy`: the attestation of the policy decision, an object.
    Policy,
    /// `policy.decision`: what the policy decided.
    PolicyDecision,
    /// `authz_decision`: an authority's decision, an object.
    AuthorizationDecision,
}

pub(super) const FIELD_COUNT: usize = Field::AuthorizationDecision as usize + 1;

impl Field {
    /// Every field whose value is a text.
    pub const TEXTS: &'static [Field] = &[
        Field::Id,
        Field::Tool,
        Field::ParamsHash,
        Field::Target,
        Field::Transport,
        Field::Session,
        Field::CallId,
        Field::ResponseHash,
        Field::TraceId,
        Field::ParentReceiptId,
        Field::SignerName,
        Field::SignerOwner,
        Field::SignerPublicKey,
        Field::Time,
        Field::Expiry,
        Field::Nonce,
        Field::Signature,
        Field::PolicyDecision,
    ];
}

const fn text(name: &'static str, field: Field) -> Rule {
    Rule::required(name, Kind::Text).into_slot(field as usize)
}

const fn optional_text(name: &'static str, field: Field) -> Rule {
    Rule::optional(name, Kind::Text).into_slot(field as usize)
}

/// The params of a receipt: the only member that may be large.
pub(super) const PARAMS: Measure = Measure {
    name: "params",
    depth: 2,
};

pub(super) const ACTION: Record = Record {
    what: "receipt action",
    rules: &[
        optional_text("call_id", Field::CallId),
        Rule::required(PARAMS.name, Kind::Measured).into_slot(Field::Params as usize),
        text("params_hash", Field::ParamsHash),
        optional_text("parent_receipt_id", Field::ParentReceiptId),
        optional_text("response_hash", Field::ResponseHash),
        optional_text("session", Field::Session),
        text("target", Field::Target),
        text("tool", Field::Tool),
        optional_text("trace_id", Field::TraceId),
        text("transport", Field::Transport),
    ],
};

const SIGNER: Record = Record {
    what: "receipt signer",
    rules: &[
        Rule::optional("acting_for", Kind::Text),
        text("name", Field::SignerName),
        text("owner", Field::SignerOwner),
        Rule::optional("principal", Kind::Text),
        text("pubkey", Field::SignerPublicKey),
    ],
};

const POLICY: Record = Record {
    what: "receipt policy",
    rules: &[
        text("decision", Field::PolicyDecision),
        Rule::required("matched_rules", Kind::Texts),
        Rule::required("policy_hash", Kind::Text),
        Rule::required("policy_name", Kind::Text),
        Rule::required("reason", Kind::Text),
    ],
};

const AUTHORIZATION_DECISION: Record = Record {
    what: "receipt authz_decision",
    rules: &[
        Rule::required("authority", Kind::Text),
        Rule::required("authority_pubkey", Kind::Text),
        Rule::required("basis", Kind::Any),
        Rule::required("constraints", Kind::Any),
        Rule::optional("credential_ref", Kind::Text),
        Rule::required("decision", Kind::Text),
        Rule::required("decision_id", Kind::Text),
        Rule::optional("expires_at", Kind::Text),
        Rule::required("intent_hash", Kind::Text),
        Rule::required("issued_at", Kind::Text),
        Rule::required("nonce", Kind::Text),
        Rule::required("obligations", Kind::Any),
        Rule::required("sig", Kind::Text),
        Rule::required("subject", Kind::Text),
        Rule::required("v", Kind::Integer),
    ],
};

/// A version 1 receipt, with the members that Signet 0.11 added to the format
/// and to the signed body.
pub(super) const RECEIPT_V1: Record = Record {
    what: "receipt",
    rules: &[
        Rule::required("action", Kind::Record(&ACTION)),
        Rule::optional("authz_decision", Kind::Record(&AUTHORIZATION_DECISION))
            .into_slot(Field::AuthorizationDecision as usize),
        optional_text("exp", Field::Expiry),
        text("id", Field::Id),
        text("nonce", Field::Nonce),
        Rule::optional("policy", Kind::Record(&POLICY)).into_slot(Field::Policy as usize),
        text("sig", Field::Signature),
        Rule::required("signer", Kind::Record(&SIGNER)),
        text("ts", Field::Time),
        Rule::required("v", Kind::Integer),
    ],
};
