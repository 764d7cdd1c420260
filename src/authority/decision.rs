//! An authority's decision about one action (`authz_decision`, Signet 0.11),
//! carried in the agent's receipt.
//!
//! The authority signs who may do what, the agent signs around it. Whatever the
//! decision says of its authority is a claim: it is worth something to a
//! verifier that trusts the key, and to nobody else.

use std::borrow::Cow;

use crate::authority::policy::Decision;
use crate::authority::principal;
use crate::crypto::digest;
use crate::crypto::ed25519::{PublicKey, SIGNATURE_LEN, SignatureBytes};
use crate::encoding::object::ObjectWriter;
use crate::encoding::rfc3339::Instant;
use crate::encoding::{base64, hex, key_text, members};
use crate::error::{Error, ErrorKind, Result};
use crate::receipt::{Field, Receipt};

/// A limit that an authority sets to the use of its decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Constraint {
    /// The decision may be used for so many calls.
    CallCount {
        /// How many; at least one.
        max_calls: u64,
    },
    /// The calls may spend so much together. Nothing in a receipt says what a
    /// call spends, so this is for the tool to enforce.
    Monetary {
        /// A decimal number above zero.
        amount: String,
        /// Three capital letters.
        currency: String,
    },
}

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
        let within = |error: Error| error.within("receipt authz_decision");
        self.authority_key
            .verify(&self.signed_body(), &self.signature)
            .map_err(within)?;
        let digest = digest::sha256(&self.signature);
        let (half, _) = digest.split_at(16);
        if self.id().strip_prefix("dec_") != Some(&hex::encode(half)) {
            return Err(Error::new(
                ErrorKind::IdMismatch,
                "receipt authz_decision",
                "member \"decision_id\" does not derive from the signature",
            ));
        }
        if self.text("intent_hash") != intent_hash(receipt) {
            return Err(mismatch("it is about another action"));
        }
        if receipt.text(Field::SignerPrincipal) != Some(&*self.subject()) {
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

/// `sha256:` and the hash of what an action intends.
fn intent_hash(receipt: &Receipt) -> String {
    let text = |field| receipt.text(field).unwrap_or_default();
    let mut intent = Vec::new();
    let mut object = ObjectWriter::new(&mut intent);
    object.text("params_hash", text(Field::ParamsHash));
    object.text("target", text(Field::Target));
    object.text("tool", text(Field::Tool));
    object.text("transport", &text(Field::Transport).to_lowercase());
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
            .map(read_constraint)
            .collect::<Result<_>>()?,
        signature: *signature,
        canonical: canonical.to_vec(),
    })
}

fn read_constraint(constraint: &[u8]) -> Result<Constraint> {
    let has_only = |names: &[&str]| {
        members::members(constraint, 0).all(|m| names.iter().any(|n| m.is_named(n)))
    };
    match &*text(constraint, "type") {
        "call_count" if has_only(&["type", "max_calls"]) => {
            let digits = value(constraint, "max_calls").and_then(|v| std::str::from_utf8(v).ok());
            match digits.and_then(|digits| digits.parse().ok()) {
                Some(max_calls) if max_calls > 0 => Ok(Constraint::CallCount { max_calls }),
                _ => Err(invalid("max_calls must be a whole number above zero")),
            }
        }
        "monetary" if has_only(&["type", "amount", "currency"]) => {
            let (amount, currency) = (text(constraint, "amount"), text(constraint, "currency"));
            let sound = is_amount(&amount)
                && currency.len() == 3
                && currency.bytes().all(|byte| byte.is_ascii_uppercase());
            match sound {
                true => Ok(Constraint::Monetary {
                    amount: amount.into_owned(),
                    currency: currency.into_owned(),
                }),
                false => Err(invalid(
                    "a monetary constraint needs a decimal amount above zero and a currency",
                )),
            }
        }
        _ => Err(invalid("a constraint is of no known form")),
    }
}

/// A decimal number above zero: digits, and perhaps a point and more digits.
fn is_amount(text: &str) -> bool {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    digits(whole) && digits(fraction) && text.bytes().any(|byte| (b'1'..=b'9').contains(&byte))
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
