//! An authority's decision about one action (`authz_decision`, Signet 0.11),
//! carried in the agent's receipt.
//!
//! The authority signs who may do what, the agent signs around it. Whatever the
//! decision says of its authority is a claim: it is worth something to a
//! verifier that trusts the key, and to nobody else.

mod sign;

pub use crate::authority::constraint::Constraint;
pub use sign::{DecideOptions, NONCE_LEN, Terms, decide, policy_basis, sign_with_decision};

use std::borrow::Cow;

use crate::authority::policy::Decision;
use crate::authority::principal;
use crate::crypto::digest;
use crate::crypto::ed25519::{PublicKey, SIGNATURE_LEN, SignatureBytes};
use crate::encoding::jcs::{self, Limits};
use crate::encoding::object::ObjectWriter;
use crate::encoding::record::{self, Reading};
use crate::encoding::rfc3339::Instant;
use crate::encoding::{base64, hex, key_text, members};
use crate::error::{Error, ErrorKind, Result};
use crate::receipt::{AUTHORIZATION_DECISION, Action, Field, Receipt};

/// A decision as it stands in a receipt: its form is right. Whether it holds,
/// only [`AuthorityDecision::verify`] says.
#[derive(Clone, Debug)]
pub struct AuthorityDecision {
    canonical: Vec<u8>,
    authority_key: PublicKey,
    decision: Decision,
    issued_at: Instant,
    expires_at: Option<Instant>,
    constraints: Vec<Constraint>,
    signature: SignatureBytes,
}

const BASES: [&str; 5] = ["policy", "approval", "delegation", "risk", "external"];

impl AuthorityDecision {
    /// The decision that a receipt carries; `None` when it carries none.
    ///
    /// [`ErrorKind::DecisionInvalid`] when it has the wrong form,
    /// [`ErrorKind::PrincipalInvalid`] when the authority or the subject is no
    /// principal, and the errors of keys and timestamps.
    pub fn of_receipt(receipt: &Receipt) -> Result<Option<AuthorityDecision>> {
        match receipt.value(Field::AuthorizationDecision) {
            Some(canonical) => read(canonical).map(Some),
            None => Ok(None),
        }
    }

    /// Reads a decision by itself from JSON text, as an authority hands it over.
    ///
    /// The errors of [`AuthorityDecision::of_receipt`], and those of JSON text
    /// that can be read in two ways.
    pub fn parse(json: &[u8]) -> Result<AuthorityDecision> {
        let within = |error: Error| match error.kind() {
            ErrorKind::ReceiptInvalid => error.into_kind(ErrorKind::DecisionInvalid),
            _ => error.within("decision"),
        };
        let mut canonical = jcs::canonicalize_exactly(json, &Limits::default()).map_err(within)?;
        let (form, reading) = (&AUTHORIZATION_DECISION, Reading::Strict);
        if !record::read(&canonical, form, reading, &mut []).map_err(within)? {
            canonical = record::tidy(&canonical, form, reading).map_err(within)?;
        }
        read(&canonical)
    }

    /// The canonical JSON text of the decision.
    pub fn json(&self) -> &[u8] {
        &self.canonical
    }

    /// The id: `dec_` and 32 hex digits that derive from the signature.
    pub fn id(&self) -> Cow<'_, str> {
        self.text("decision_id")
    }

    /// The principal that the authority says it is.
    pub fn authority(&self) -> Cow<'_, str> {
        self.text("authority")
    }

    /// The key of the authority, as the decision names it.
    pub fn authority_key(&self) -> &PublicKey {
        &self.authority_key
    }

    /// The principal that may act.
    pub fn subject(&self) -> Cow<'_, str> {
        self.text("subject")
    }

    /// What was decided.
    pub fn decision(&self) -> Decision {
        self.decision
    }

    /// When it was decided, as the authority says.
    pub fn issued_at(&self) -> Instant {
        self.issued_at
    }

    /// The last instant at which it may be used; `None` for no end.
    pub fn expires_at(&self) -> Option<Instant> {
        self.expires_at
    }

    /// The limits to its use.
    pub fn constraints(&self) -> &[Constraint] {
        &self.constraints
    }

    /// The obligations of whoever acts on it, as a canonical JSON array.
    pub fn obligations(&self) -> &[u8] {
        value(&self.canonical, "obligations").unwrap_or(b"[]")
    }

    /// Whether the decision is by the key that it names and is about this
    /// receipt.
    ///
    /// [`ErrorKind::SignatureInvalid`], [`ErrorKind::IdMismatch`], and
    /// [`ErrorKind::DecisionMismatch`] when it is about another action, or when
    /// the signer of the receipt does not claim to be its subject. Neither what
    /// was decided nor the time nor the authority is judged.
    pub fn verify(&self, receipt: &Receipt) -> Result<()> {
        self.verify_signature()?;
        let text = |field| receipt.text(field).unwrap_or_default();
        let intent = intent_hash(
            text(Field::Tool),
            text(Field::ParamsHash),
            text(Field::Target),
            text(Field::Transport),
        );
        self.check_about(&intent, receipt.text(Field::SignerPrincipal))
    }

    /// Whether the decision lets its subject take an action at a time: what
    /// [`AuthorityDecision::verify`] asks, and that it is an allow
    /// ([`ErrorKind::DecisionMismatch`]) that has not expired
    /// ([`ErrorKind::Expired`]). Whether the authority is one that counts is for
    /// the caller to say.
    pub fn check_allows(&self, action: &Action, subject: &str, at: Instant) -> Result<()> {
        self.verify_signature()?;
        self.check_about(&intent_of(action), Some(subject))?;
        if self.decision != Decision::Allow {
            return Err(mismatch("it does not allow the action"));
        }
        if self.expires_at.is_some_and(|expires| at > expires) {
            return Err(Error::new(
                ErrorKind::Expired,
                "decision",
                "it has passed its expiry time",
            ));
        }
        Ok(())
    }

    /// Whether the decision is by the key that it names:
    /// [`ErrorKind::SignatureInvalid`], [`ErrorKind::IdMismatch`]. Nothing else
    /// about it is judged.
    pub fn verify_signature(&self) -> Result<()> {
        let within = |error: Error| error.within("receipt authz_decision");
        self.authority_key
            .verify(&self.signed_body(), &self.signature)
            .map_err(within)?;
        if self.id() != id_of(&self.signature) {
            return Err(Error::new(
                ErrorKind::IdMismatch,
                "receipt authz_decision",
                "member \"decision_id\" does not derive from the signature",
            ));
        }
        Ok(())
    }

    fn check_about(&self, intent: &str, subject: Option<&str>) -> Result<()> {
        if self.text("intent_hash") != intent {
            return Err(mismatch("it is about another action"));
        }
        if subject != Some(&*self.subject()) {
            return Err(mismatch(
                "its subject is not the principal that the receipt's signer claims",
            ));
        }
        Ok(())
    }

    /// The bytes under the signature: everything but `decision_id` and `sig`.
    fn signed_body(&self) -> Vec<u8> {
        let mut body = Vec::with_capacity(self.canonical.len());
        body.push(b'{');
        for member in members::members(&self.canonical, 0) {
            if member.is_named("decision_id") || member.is_named("sig") {
                continue;
            }
            if body.len() > 1 {
                body.push(b',');
            }
            let text = self.canonical.get(member.start..member.value.end);
            body.extend_from_slice(text.unwrap_or_default());
        }
        body.push(b'}');
        body
    }

    fn text(&self, name: &str) -> Cow<'_, str> {
        text(&self.canonical, name)
    }
}

/// The id that derives from a signature.
fn id_of(signature: &SignatureBytes) -> String {
    let digest = digest::sha256(signature);
    let (half, _) = digest.split_at(16);
    format!("dec_{}", hex::encode(half))
}

fn intent_of(action: &Action) -> String {
    intent_hash(
        &action.tool(),
        &action.params_hash(),
        &action.target(),
        &action.transport(),
    )
}

/// `sha256:` and the hash of what an action intends.
fn intent_hash(tool: &str, params_hash: &str, target: &str, transport: &str) -> String {
    let mut intent = Vec::new();
    let mut object = ObjectWriter::new(&mut intent);
    object.text("params_hash", params_hash);
    object.text("target", target);
    object.text("tool", tool);
    object.text("transport", &transport.to_lowercase());
    object.end();
    format!("sha256:{}", hex::encode(&digest::sha256(&intent)))
}

fn read(canonical: &[u8]) -> Result<AuthorityDecision> {
    if value(canonical, "v") != Some(b"1") {
        return Err(Error::new(
            ErrorKind::Unsupported,
            "receipt authz_decision",
            "only version 1 is supported",
        ));
    }
    for name in ["authority", "subject"] {
        principal::check(&text(canonical, name))
            .map_err(|error| error.within("receipt authz_decision"))?;
    }
    let authority_key = key_text::parse_prefixed(&text(canonical, "authority_pubkey"))
        .map_err(|error| error.within("receipt authz_decision"))?;
    let decision = match &*text(canonical, "decision") {
        "allow" => Decision::Allow,
        "require_approval" => Decision::RequireApproval,
        "deny" => Decision::Deny,
        _ => return Err(invalid("decision must be allow, require_approval or deny")),
    };
    let basis = value(canonical, "basis").unwrap_or(b"null");
    if !BASES.contains(&&*text(basis, "type")) {
        return Err(invalid(
            "basis must be of type policy, approval, delegation, risk or external",
        ));
    }
    let time = |name| {
        Instant::parse(&text(canonical, name))
            .map_err(|error| error.within("receipt authz_decision"))
    };
    let expires_at = match value(canonical, "expires_at") {
        Some(_) => Some(time("expires_at")?),
        None => None,
    };
    let obligations = list(canonical, "obligations")?;
    if obligations
        .iter()
        .any(|one| text(one, "type").is_empty() || !is_object(value(one, "parameters")))
    {
        return Err(invalid("an obligation must have a type and parameters"));
    }
    let encoded = text(canonical, "sig");
    let signature = encoded
        .strip_prefix(key_text::ED25519_PREFIX)
        .and_then(|encoded| base64::decode_array::<SIGNATURE_LEN>(encoded.as_bytes()))
        .ok_or_else(|| invalid("sig must be \"ed25519:\" and the standard base64 of 64 bytes"))?;
    Ok(AuthorityDecision {
        authority_key,
        decision,
        issued_at: time("issued_at")?,
        expires_at,
        constraints: list(canonical, "constraints")?
            .into_iter()
            .map(Constraint::read)
            .collect::<Result<_>>()?,
        signature: *signature,
        canonical: canonical.to_vec(),
    })
}

fn list<'a>(canonical: &'a [u8], name: &'static str) -> Result<Vec<&'a [u8]>> {
    let array = value(canonical, name).unwrap_or(b"null");
    let items: Vec<&[u8]> = members::elements(array, 0)
        .filter_map(|item| array.get(item))
        .collect();
    if !array.starts_with(b"[") || items.iter().any(|item| !item.starts_with(b"{")) {
        return Err(invalid(
            "constraints and obligations must be arrays of objects",
        ));
    }
    Ok(items)
}

fn is_object(value: Option<&[u8]>) -> bool {
    value.is_some_and(|value| value.starts_with(b"{"))
}

fn value<'a>(object: &'a [u8], name: &str) -> Option<&'a [u8]> {
    object.get(members::find(object, 0, name)?)
}

fn text<'a>(object: &'a [u8], name: &str) -> Cow<'a, str> {
    let place = members::find(object, 0, name);
    let text = place.and_then(|place| members::string_at(object, place));
    text.unwrap_or_default()
}

fn invalid(detail: &'static str) -> Error {
    Error::new(ErrorKind::DecisionInvalid, "receipt authz_decision", detail)
}

fn mismatch(detail: &'static str) -> Error {
    Error::new(
        ErrorKind::DecisionMismatch,
        "receipt authz_decision",
        detail,
    )
}
