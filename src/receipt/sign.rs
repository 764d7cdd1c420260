//! Signing what the agent alone states: versions 1 and 4.

use crate::crypto::ed25519::PublicKey;
use crate::crypto::random;
use crate::encoding::jcs::{self, Limits};
use crate::encoding::object::ObjectWriter;
use crate::encoding::record::{self, Reading, Span};
use crate::encoding::rfc3339::Instant;
use crate::encoding::{key_text, text};
use crate::error::{Error, ErrorKind, Result};
use crate::identity::{KeyPair, principal};
use crate::receipt::action::MAX_ENVELOPE_LEN;
use crate::receipt::body::{self, SIGNED_MEMBERS_LEN};
use crate::receipt::fields::{FIELD_COUNT, POLICY};
use crate::receipt::id::{self, NONCE_LEN};
use crate::receipt::{Action, Field, Receipt};

/// Who signs: the names that stand in the receipt beside the public key.
/// Names are claims of the signer; only the key is proved.
#[derive(Clone, Copy, Debug, Default)]
pub struct Signer<'a> {
    /// The agent's name.
    pub name: &'a str,
    /// Whom the agent works for; may be empty.
    pub owner: &'a str,
}

/// What may be said about a signature besides the action.
#[derive(Clone, Copy, Debug, Default)]
pub struct SignOptions<'a> {
    /// When the receipt expires: an RFC 3339 date-time, kept as given.
    pub expires_at: Option<&'a str>,
    /// The JSON of a policy's attestation that it allows the call.
    pub policy: Option<&'a [u8]>,
    /// The [principal](crate::identity::principal) that the signer says it is.
    pub principal: Option<&'a str>,
    /// The principal that the signer says it acts for.
    pub acting_for: Option<&'a str>,
    /// The signing time; the system clock when absent.
    pub time: Option<Instant>,
    /// The nonce; random when absent. Reusing one makes replays undetectable:
    /// for reproducible tests only.
    pub nonce: Option<[u8; NONCE_LEN]>,
}

/// Signs an action: a receipt of version 1.
///
/// The signature covers the canonical JSON of every member but `id` and `sig`.
pub fn sign(
    key: &KeyPair,
    action: &Action,
    signer: &Signer<'_>,
    options: &SignOptions<'_>,
) -> Result<Receipt> {
    check_said(options)?;
    let policy = options.policy.map(checked_attestation).transpose()?;
    let receipt = write(key, action, signer, None, options, policy.as_deref(), None)?;
    Receipt::from_measured(receipt, Reading::Strict, Some(action.params_len()))
}

/// Signs an action on an authority's decision, given as canonical JSON. Whether
/// it allows the action is for the caller to have checked.
pub(crate) fn sign_decided(
    key: &KeyPair,
    action: &Action,
    signer: &Signer<'_>,
    decision: &[u8],
    options: &SignOptions<'_>,
) -> Result<Receipt> {
    check_said(options)?;
    let receipt = write(key, action, signer, None, options, None, Some(decision))?;
    Receipt::from_measured(receipt, Reading::Strict, Some(action.params_len()))
}

/// Refuses an expiry that is no date-time and claims that are no principals.
fn check_said(options: &SignOptions<'_>) -> Result<()> {
    if let Some(expiry) = options.expires_at {
        Instant::parse(expiry).map_err(|error| error.within("expiry"))?;
    }
    for claim in [options.principal, options.acting_for]
        .into_iter()
        .flatten()
    {
        principal::check(claim)?;
    }
    Ok(())
}

/// The canonical form of an attestation that a policy allows the call: nothing
/// else is ever signed.
fn checked_attestation(json: &[u8]) -> Result<Vec<u8>> {
    let within = |error: Error| error.within("policy");
    let canonical = jcs::canonicalize_exactly(json, &Limits::default()).map_err(within)?;
    let mut slots = [Span::ABSENT; FIELD_COUNT];
    record::read(&canonical, &POLICY, Reading::Strict, &mut slots)?;
    match slots[Field::PolicyDecision as usize].of(&canonical) {
        Some(b"\"allow\"") => Ok(canonical),
        _ => Err(Error::new(
            ErrorKind::InvalidArgument,
            "policy",
            "only an attestation that the policy allows the call is ever signed",
        )),
    }
}

/// What the authority of a delegated action is, in the words of the receipt.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Delegated<'a> {
    /// The chain as canonical JSON.
    pub chain: &'a [u8],
    /// Its `sha256:` text, which is what gets signed.
    pub chain_hash: &'a str,
    /// The key that the chain starts from.
    pub root: &'a PublicKey,
    /// The principal of the root, where it has one.
    pub acting_for: Option<&'a str>,
    /// An authority's decision besides, as canonical JSON.
    pub decision: Option<&'a [u8]>,
}

/// Signs a delegated action: a receipt of version 4. Whether the chain and the
/// decision allow it is for the caller to have checked. Of the options, those
/// that version 4 does not sign (expiry and policy) must be absent.
pub(crate) fn sign_delegated(
    key: &KeyPair,
    action: &Action,
    signer: &Signer<'_>,
    delegated: &Delegated<'_>,
    options: &SignOptions<'_>,
) -> Result<Receipt> {
    check_said(options)?;
    let decision = delegated.decision;
    let mut receipt = write(
        key,
        action,
        signer,
        Some(delegated),
        options,
        None,
        decision,
    )?;
    // The signature covers the hash of the chain; the chain travels beside it.
    let place = b"{\"action\":,\"authorization\":{".len() + action.json().len();
    let member = [b"\"chain\":", delegated.chain, b","].concat();
    receipt.splice(place..place, member);
    body::check_len(&receipt, action.json().len())?;
    Receipt::from_canonical(receipt, Reading::Strict)
}

/// The canonical receipt; in version 4 still without the chain.
fn write(
    key: &KeyPair,
    action: &Action,
    signer: &Signer<'_>,
    delegated: Option<&Delegated<'_>>,
    options: &SignOptions<'_>,
    policy: Option<&[u8]>,
    decision: Option<&[u8]>,
) -> Result<Vec<u8>> {
    let nonce = match options.nonce {
        Some(nonce) => nonce,
        None => random::bytes()?,
    };
    let time = options.time.unwrap_or_else(Instant::now);

    let mut body = Vec::with_capacity(action.json().len() + 512);
    body.extend_from_slice(b"{\"action\":");
    body.extend_from_slice(action.json());
    body.push(b',');
    if let Some(delegated) = delegated {
        body.extend_from_slice(b"\"authorization\":");
        let mut object = ObjectWriter::new(&mut body);
        object.text("chain_hash", delegated.chain_hash);
        object.text("root_pubkey", &key_text::prefixed(delegated.root));
        object.end();
        body.push(b',');
    }
    if let Some(decision) = decision {
        body.extend_from_slice(b"\"authz_decision\":");
        body.extend_from_slice(decision);
        body.push(b',');
    }
    if let Some(expiry) = options.expires_at {
        body.extend_from_slice(b"\"exp\":");
        text::append_string(&mut body, expiry);
        body.push(b',');
    }
    let before_nonce = body.len();
    body.extend_from_slice(b"\"nonce\":\"");
    id::append_nonce(&mut body, &nonce);
    body.extend_from_slice(b"\",");
    if let Some(attestation) = policy {
        body.extend_from_slice(b"\"policy\":");
        body.extend_from_slice(attestation);
        body.push(b',');
    }
    let before_signer = body.len();
    body.extend_from_slice(b"\"signer\":");
    let of_the_root = delegated.and_then(|delegated| delegated.acting_for);
    let claims = Claims {
        principal: options.principal,
        acting_for: options.acting_for.or(of_the_root),
    };
    append_signer(&mut body, key, signer, claims);
    body.extend_from_slice(b",\"ts\":\"");
    time.append_to(&mut body);
    body.extend_from_slice(match delegated {
        None => b"\",\"v\":1}",
        Some(_) => b"\",\"v\":4}",
    });
    if body.len() - action.json().len() + SIGNED_MEMBERS_LEN > MAX_ENVELOPE_LEN {
        return Err(Error::new(
            ErrorKind::TooLarge,
            "signer",
            format!(
                "name and owner must leave the receipt within {MAX_ENVELOPE_LEN} bytes beside the action"
            ),
        ));
    }
    body::finish(key, &body, before_nonce, before_signer)
}

/// The principals that a signer claims.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Claims<'a> {
    pub principal: Option<&'a str>,
    pub acting_for: Option<&'a str>,
}

pub(super) fn append_signer(
    out: &mut Vec<u8>,
    key: &KeyPair,
    signer: &Signer<'_>,
    claims: Claims<'_>,
) {
    let mut object = ObjectWriter::new(out);
    if let Some(other) = claims.acting_for {
        object.text("acting_for", other);
    }
    object.text("name", signer.name);
    object.text("owner", signer.owner);
    if let Some(own) = claims.principal {
        object.text("principal", own);
    }
    object.text("pubkey", &key_text::prefixed(key.public_key()));
    object.end();
}
