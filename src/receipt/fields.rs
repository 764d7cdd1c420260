//! The members of a receipt, as one table a version.

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
    /// `ts_response`: when the response came (version 2) or was co-signed
    /// (version 3), RFC 3339.
    TimeResponse,
    /// `response.content_hash`: `sha256:` and the hash of the canonical response.
    ContentHash,
    /// `response.outcome.status`: what became of the call.
    OutcomeStatus,
    /// `response.outcome.reason`: why it was rejected or needs approval.
    OutcomeReason,
    /// `response.outcome.error`: how it failed.
    OutcomeError,
    /// `server.name`: the name the co-signing server gives itself.
    ServerName,
    /// `server.pubkey`: `ed25519:` and the base64 of the server's public key.
    ServerPublicKey,
    /// `agent_receipt`: the receipt that a server co-signed, an object.
    AgentReceipt,
    /// `extensions`: what the server added **without signing it**, any value.
    Extensions,
    /// `authorization.chain`: the delegations, an array.
    Chain,
    /// `authorization.chain_hash`: `sha256:` and the hash of the chain.
    ChainHash,
    /// `authorization.root_pubkey`: the key the chain starts from.
    RootPublicKey,
    /// `signer.principal`: the principal that the signer says it is.
    SignerPrincipal,
    /// `signer.acting_for`: the principal that the signer says it acts for.
    SignerActingFor,
}

pub(super) const FIELD_COUNT: usize = Field::SignerActingFor as usize + 1;

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
        Field::TimeResponse,
        Field::ContentHash,
        Field::OutcomeStatus,
        Field::OutcomeReason,
        Field::OutcomeError,
        Field::ServerName,
        Field::ServerPublicKey,
        Field::ChainHash,
        Field::RootPublicKey,
        Field::SignerPrincipal,
        Field::SignerActingFor,
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
        optional_text("acting_for", Field::SignerActingFor),
        text("name", Field::SignerName),
        text("owner", Field::SignerOwner),
        optional_text("principal", Field::SignerPrincipal),
        text("pubkey", Field::SignerPublicKey),
    ],
};

pub(super) const POLICY: Record = Record {
    what: "receipt policy",
    rules: &[
        text("decision", Field::PolicyDecision),
        Rule::required("matched_rules", Kind::Texts),
        Rule::required("policy_hash", Kind::Text),
        Rule::required("policy_name", Kind::Text),
        Rule::required("reason", Kind::Text),
    ],
};

/// An authority's decision, in a receipt or by itself.
pub(crate) const AUTHORIZATION_DECISION: Record = Record {
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

pub(super) const OUTCOME: Record = Record {
    what: "receipt outcome",
    rules: &[
        optional_text("error", Field::OutcomeError),
        optional_text("reason", Field::OutcomeReason),
        text("status", Field::OutcomeStatus),
    ],
};

const RESPONSE: Record = Record {
    what: "receipt response",
    rules: &[
        text("content_hash", Field::ContentHash),
        Rule::optional("outcome", Kind::Record(&OUTCOME)),
    ],
};

/// A version 2 receipt: the agent signs the call and the hash of its response.
pub(super) const RECEIPT_V2: Record = Record {
    what: "receipt",
    rules: &[
        Rule::required("action", Kind::Record(&ACTION)),
        text("id", Field::Id),
        text("nonce", Field::Nonce),
        Rule::required("response", Kind::Record(&RESPONSE)),
        text("sig", Field::Signature),
        Rule::required("signer", Kind::Record(&SIGNER)),
        text("ts_request", Field::Time),
        text("ts_response", Field::TimeResponse),
        Rule::required("v", Kind::Integer),
    ],
};

const SERVER: Record = Record {
    what: "receipt server",
    rules: &[
        text("name", Field::ServerName),
        text("pubkey", Field::ServerPublicKey),
    ],
};

const CONSTRAINT: Record = Record {
    what: "scope constraint",
    rules: &[
        Rule::optional("amount", Kind::Text),
        Rule::optional("currency", Kind::Text),
        Rule::optional("max_calls", Kind::Integer),
        Rule::required("type", Kind::Text),
    ],
};

const SCOPE: Record = Record {
    what: "delegation scope",
    rules: &[
        Rule::optional("budget", Kind::Present),
        Rule::optional("constraints", Kind::Records(&CONSTRAINT)),
        Rule::optional("expires", Kind::Text),
        Rule::required("max_depth", Kind::Integer),
        Rule::required("targets", Kind::Texts),
        Rule::required("tools", Kind::Texts),
    ],
};

const PARTY: Record = Record {
    what: "party to a delegation",
    rules: &[
        Rule::required("name", Kind::Text),
        Rule::optional("principal", Kind::Text),
        Rule::required("pubkey", Kind::Text),
    ],
};

/// A delegation inside a receipt: its members only. What they say is for
/// whoever checks the chain.
const TOKEN: Record = Record {
    what: "delegation",
    rules: &[
        Rule::optional("correlation_id", Kind::Text),
        Rule::required("delegate", Kind::Record(&PARTY)),
        Rule::required("delegator", Kind::Record(&PARTY)),
        Rule::required("id", Kind::Text),
        Rule::required("issued_at", Kind::Text),
        Rule::required("nonce", Kind::Text),
        Rule::required("scope", Kind::Record(&SCOPE)),
        Rule::required("sig", Kind::Text),
        Rule::required("v", Kind::Integer),
    ],
};

const AUTHORIZATION: Record = Record {
    what: "receipt authorization",
    rules: &[
        Rule::required("chain", Kind::Records(&TOKEN)).into_slot(Field::Chain as usize),
        text("chain_hash", Field::ChainHash),
        text("root_pubkey", Field::RootPublicKey),
    ],
};

/// The receipt of the agent inside a version 3 receipt: what version 1 or 4 may
/// have. Which of the two it is, it is then read as by itself; its id, nonce and
/// signature belong to it alone. See `Receipt::agent_receipt`.
const AGENT_RECEIPT: Record = Record {
    what: "receipt agent_receipt",
    rules: &[
        Rule::required("action", Kind::Record(&ACTION)),
        Rule::optional("authorization", Kind::Record(&AUTHORIZATION)),
        Rule::optional("authz_decision", Kind::Record(&AUTHORIZATION_DECISION))
            .into_slot(Field::AuthorizationDecision as usize),
        optional_text("exp", Field::Expiry),
        Rule::required("id", Kind::Text),
        Rule::required("nonce", Kind::Text),
        Rule::optional("policy", Kind::Record(&POLICY)).into_slot(Field::Policy as usize),
        Rule::required("sig", Kind::Text),
        Rule::required("signer", Kind::Record(&SIGNER)),
        text("ts", Field::Time),
        Rule::required("v", Kind::Integer),
    ],
};

/// A version 3 receipt: a server co-signs an agent's receipt and the hash of its
/// response.
pub(super) const RECEIPT_V3: Record = Record {
    what: "receipt",
    rules: &[
        Rule::required("agent_receipt", Kind::Record(&AGENT_RECEIPT))
            .into_slot(Field::AgentReceipt as usize),
        Rule::optional("extensions", Kind::Present).into_slot(Field::Extensions as usize),
        text("id", Field::Id),
        text("nonce", Field::Nonce),
        Rule::required("response", Kind::Record(&RESPONSE)),
        Rule::required("server", Kind::Record(&SERVER)),
        text("sig", Field::Signature),
        text("ts_response", Field::TimeResponse),
        Rule::required("v", Kind::Integer),
    ],
};

/// A version 4 receipt: version 1, on the authority of a delegation chain.
pub(super) const RECEIPT_V4: Record = Record {
    what: "receipt",
    rules: &[
        Rule::required("action", Kind::Record(&ACTION)),
        Rule::required("authorization", Kind::Record(&AUTHORIZATION)),
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
