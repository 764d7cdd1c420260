//! Signing an authority's decision, and signing an action on one.

use crate::authority::constraint::{self, Constraint};
use crate::authority::decision::{AuthorityDecision, id_of, intent_of};
use crate::authority::policy::{Decision, Evaluation, Obligation};
use crate::authority::principal;
use crate::crypto::random;
use crate::encoding::jcs::{self, Limits};
use crate::encoding::object::ObjectWriter;
use crate::encoding::rfc3339::Instant;
use crate::encoding::{base64, hex, key_text};
use crate::error::Result;
use crate::identity::KeyPair;
use crate::receipt::{Action, Receipt, SignOptions, Signer, sign_decided};

/// How many random bytes a decision's nonce holds.
pub const NONCE_LEN: usize = 16;

/// What an authority decides.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    /// The principal of the authority; a claim.
    pub authority: &'a str,
    /// The principal that may act.
    pub subject: &'a str,
    /// The action that is decided about: its tool, params, target and transport.
    pub action: &'a Action,
    /// What is decided.
    pub decision: Decision,
    /// Why: a JSON object with a `type`, such as [`policy_basis`] makes.
    pub basis: &'a [u8],
    /// The limits to the decision's use.
    pub constraints: &'a [Constraint],
    /// What whoever acts on it has to do besides.
    pub obligations: &'a [Obligation],
    /// The last instant at which it may be used.
    pub expires_at: Option<Instant>,
    /// A reference to a credential, kept as it is.
    pub credential_ref: Option<&'a str>,
}

/// What else may be said about a decision.
#[derive(Clone, Copy, Debug, Default)]
pub struct DecideOptions {
    /// When it is decided; the system clock when absent.
    pub time: Option<Instant>,
    /// The nonce; random when absent. For reproducible tests only.
    pub nonce: Option<[u8; NONCE_LEN]>,
}

/// Signs a decision with the authority's key.
///
/// [`ErrorKind::PrincipalInvalid`](crate::ErrorKind::PrincipalInvalid) and
/// [`ErrorKind::DecisionInvalid`](crate::ErrorKind::DecisionInvalid) when the
/// terms could not be read back.
pub fn decide(
    key: &KeyPair,
    terms: &Terms<'_>,
    options: &DecideOptions,
) -> Result<AuthorityDecision> {
    for name in [terms.authority, terms.subject] {
        principal::check(name)?;
    }
    let basis = jcs::canonicalize_exactly(terms.basis, &Limits::default())
        .map_err(|error| error.within("decision basis"))?;
    let nonce = match options.nonce {
        Some(nonce) => nonce,
        None => random::bytes()?,
    };
    let parts = Parts {
        terms,
        basis: &basis,
        key_text: &key_text::prefixed(key.public_key()),
        issued_at: &options.time.unwrap_or_else(Instant::now).to_text(),
        nonce: &format!("rnd_{}", hex::encode(&nonce)),
    };
    let signature = key.sign(&parts.text(None))?;
    let signed = Signed {
        id: &id_of(&signature),
        signature: &format!("{}{}", key_text::ED25519_PREFIX, base64::encode(&signature)),
    };
    AuthorityDecision::parse(&parts.text(Some(&signed)))
}

/// The basis of a decision that follows a policy.
pub fn policy_basis(evaluation: &Evaluation) -> Vec<u8> {
    let mut out = Vec::new();
    let mut object = ObjectWriter::new(&mut out);
    object.texts("matched_rules", &evaluation.matched_rules);
    object.text("policy_hash", &evaluation.policy_hash);
    object.text("policy_name", &evaluation.policy_name);
    object.text("reason", &evaluation.reason);
    object.text("type", "policy");
    object.end();
    out
}

/// Signs an action on an authority's decision: a receipt of version 1 that
/// carries it.
///
/// The signer must claim the decision's subject as its principal
/// ([`SignOptions::principal`]), and the decision must allow the action at the
/// signing time: see [`AuthorityDecision::check_allows`]. A policy attestation
/// is left out, because the decision says more.
pub fn sign_with_decision(
    key: &KeyPair,
    action: &Action,
    signer: &Signer<'_>,
    decision: &AuthorityDecision,
    options: &SignOptions<'_>,
) -> Result<Receipt> {
    let at = options.time.unwrap_or_else(Instant::now);
    let principal = options.principal.unwrap_or_default();
    decision.check_allows(action, principal, at)?;
    let options = SignOptions {
        policy: None,
        time: Some(at),
        ..*options
    };
    sign_decided(key, action, signer, decision.json(), &options)
}

struct Parts<'a> {
    terms: &'a Terms<'a>,
    basis: &'a [u8],
    key_text: &'a str,
    issued_at: &'a str,
    nonce: &'a str,
}

struct Signed<'a> {
    id: &'a str,
    signature: &'a str,
}

impl Parts<'_> {
    /// The canonical text: under the signature, or with it.
    fn text(&self, signed: Option<&Signed<'_>>) -> Vec<u8> {
        let terms = self.terms;
        let mut out = Vec::new();
        let mut object = ObjectWriter::new(&mut out);
        object.text("authority", terms.authority);
        object.text("authority_pubkey", self.key_text);
        object.member("basis", Some(self.basis));
        let constraints = constraint::to_json(terms.constraints);
        object.member("constraints", Some(&constraints));
        if let Some(reference) = terms.credential_ref {
            object.text("credential_ref", reference);
        }
        object.text("decision", terms.decision.as_text());
        if let Some(signed) = signed {
            object.text("decision_id", signed.id);
        }
        if let Some(expires) = terms.expires_at {
            object.text("expires_at", &expires.to_text());
        }
        object.text("intent_hash", &intent_of(terms.action));
        object.text("issued_at", self.issued_at);
        object.text("nonce", self.nonce);
        object.member("obligations", Some(&list(terms.obligations)));
        if let Some(signed) = signed {
            object.text("sig", signed.signature);
        }
        object.text("subject", terms.subject);
        object.member("v", Some(b"1"));
        object.end();
        out
    }
}

fn list(obligations: &[Obligation]) -> Vec<u8> {
    let texts: Vec<&[u8]> = obligations.iter().map(Obligation::json).collect();
    [b"[", texts.join(&b","[..]).as_slice(), b"]"].concat()
}
