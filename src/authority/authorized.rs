//! Authorised receipts (version 4): an action, and the delegations that allow it.
//!
//! The agent's signature proves who acted. That it was allowed to, only the
//! chain proves, and only against roots that the verifier trusts: no function
//! calls such a receipt fine on the agent's key alone. Validity is judged at a
//! time that the verifier gives, never at the one that the agent wrote, so that
//! an agent gains nothing by dating its receipt back; for old evidence the
//! verifier gives the time at which the receipt is known to have existed.

use crate::authority::chain::{Chain, ChainOptions, DEFAULT_MAX_LINKS};
use crate::authority::decision::AuthorityDecision;
use crate::authority::delegation::{Delegation, JudgedAt};
use crate::authority::scope::Scope;
use crate::crypto::ed25519::PublicKey;
use crate::encoding::record::Reading;
use crate::encoding::rfc3339::Instant;
use crate::encoding::{key_text, members};
use crate::error::{Error, ErrorKind, Result};
use crate::identity::KeyPair;
use crate::receipt::{
    Action, BilateralOptions, BilateralSigners, Delegated, Expiry, Field, Receipt, SignOptions,
    Signer, VerifyOptions, sign_delegated,
};

pub use crate::authority::delegation::NONCE_LEN;

/// What else may be said about a delegated action.
#[derive(Clone, Copy, Debug, Default)]
pub struct SignAuthorizedOptions {
    /// The signing time; the system clock when absent.
    pub time: Option<Instant>,
    /// The nonce; random when absent. For reproducible tests only.
    pub nonce: Option<[u8; NONCE_LEN]>,
}

/// Signs an action on the authority of a chain that ends at the signing key.
///
/// What the chain does not allow is not signed: every link must be sound and
/// unexpired ([`Chain::verify`]), the last one must be to `key`
/// ([`ErrorKind::ChainDelegateMismatch`]), and the tool and the target must lie
/// in its scope ([`ErrorKind::ScopeViolation`]). Whether anybody trusts the root
/// is for verifiers to say. The owner in the receipt is the root's name.
pub fn sign_authorized(
    key: &KeyPair,
    action: &Action,
    signer_name: &str,
    chain: &Chain,
    options: &SignAuthorizedOptions,
) -> Result<Receipt> {
    sign_authorized_as(key, action, signer_name, chain, &Said::default(), options)
}

/// What the signer of a delegated action says besides.
#[derive(Clone, Copy, Debug, Default)]
pub struct Said<'a> {
    /// The principal that the signer says it is.
    pub principal: Option<&'a str>,
    /// The principal that it says it acts for; that of the root when absent.
    pub acting_for: Option<&'a str>,
    /// An authority's decision about the action, which must be an allow for the
    /// signer's principal.
    pub decision: Option<&'a AuthorityDecision>,
}

/// [`sign_authorized`] with what the signer says besides.
///
/// A decision that does not allow the action to this signer at this time is not
/// signed: see [`AuthorityDecision::check_allows`].
pub fn sign_authorized_as(
    key: &KeyPair,
    action: &Action,
    signer_name: &str,
    chain: &Chain,
    said: &Said<'_>,
    options: &SignAuthorizedOptions,
) -> Result<Receipt> {
    let time = options.time.unwrap_or_else(Instant::now);
    let first = first_link(chain)?;
    let root = *first.delegator();
    let scope = chain.verify(&ChainOptions {
        roots: &[root],
        time: JudgedAt::instant(time),
        max_links: DEFAULT_MAX_LINKS,
    })?;
    // The tolerance between two clocks is the verifier's to grant.
    for (index, link) in chain.links().iter().enumerate() {
        if link.scope().expires().is_some_and(|expires| time > expires) {
            let error = Error::new(ErrorKind::DelegationExpired, "delegation", "it has expired");
            return Err(error.at(index as u64));
        }
    }
    chain.check_actor(key.public_key())?;
    scope.check_covers(&action.tool(), &action.target())?;
    if let Some(decision) = said.decision {
        decision.check_allows(action, said.principal.unwrap_or_default(), time)?;
    }

    let owner = first.delegator_name();
    let principal = first.delegator_principal();
    let signer = Signer {
        name: signer_name,
        owner: &owner,
    };
    let delegated = Delegated {
        chain: chain.json(),
        chain_hash: &chain.hash(),
        root: &root,
        acting_for: principal.as_deref(),
        decision: said.decision.map(AuthorityDecision::json),
    };
    let saying = SignOptions {
        principal: said.principal,
        acting_for: said.acting_for,
        time: Some(time),
        nonce: options.nonce,
        ..SignOptions::default()
    };
    sign_delegated(key, action, &signer, &delegated, &saying)
}

/// What to hold an authorised receipt to.
#[derive(Clone, Copy, Debug)]
pub struct AuthorizedOptions<'a> {
    /// The keys that may delegate in the first place.
    pub roots: &'a [PublicKey],
    /// When the receipt must have been good: now, for a call that is about to be
    /// made; for old evidence, a time at which it is known to have existed, such
    /// as that of its log record or of a trusted server's co-signature. The time
    /// in the receipt itself is only the agent's word.
    pub time: JudgedAt,
    /// How many links the chain may have; [`DEFAULT_MAX_LINKS`] unless there is
    /// reason.
    pub max_links: usize,
}

/// Who acted on whose authority.
#[derive(Clone, Debug)]
pub struct Authorized {
    signer: PublicKey,
    root: PublicKey,
    scope: Scope,
    chain: Chain,
}

impl Authorized {
    /// The key that acted: the last delegate.
    pub fn signer(&self) -> &PublicKey {
        &self.signer
    }

    /// The trusted root that the authority comes from.
    pub fn root(&self) -> &PublicKey {
        &self.root
    }

    /// What the signer was allowed to do.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// The delegations, with the members that no signature covers; see
    /// [`Unsigned`](crate::authority::delegation::Unsigned).
    pub fn chain(&self) -> &Chain {
        &self.chain
    }
}

/// Verifies an authorised receipt (version 4) against the trusted roots.
///
/// In this order: the agent's signature under the key that the receipt names,
/// and what [`Receipt::verify`] asks of every receipt; the chain, as
/// [`Chain::verify`] does; [`ErrorKind::ChainHashMismatch`] when the agent signed
/// for another chain, [`ErrorKind::ChainRootMismatch`] for another root,
/// [`ErrorKind::ChainDelegateMismatch`] when the chain ends at another key,
/// [`ErrorKind::ScopeViolation`] when it does not cover the action;
/// [`ErrorKind::TimeOutOfWindow`] when the receipt is dated after the time at
/// which it is judged, [`ErrorKind::DelegationNotYetValid`] when it is dated
/// before a delegation was issued.
///
/// A receipt that was read forensically is spared the last two and the checks of
/// ids and hashes that the published Signet does not make.
pub fn verify_authorized(receipt: &Receipt, options: &AuthorizedOptions<'_>) -> Result<Authorized> {
    verify_authorized_judging(receipt, options, Expiry::JudgedAt(options.time.at))
}

/// The same for a caller who says how the receipt's own expiry is judged.
pub(super) fn verify_authorized_judging(
    receipt: &Receipt,
    options: &AuthorizedOptions<'_>,
    expiry: Expiry,
) -> Result<Authorized> {
    check_version(receipt)?;
    let signer = PublicKey::from_bytes(&receipt.signer_key_bytes()?)?;
    receipt.verify_agent(&VerifyOptions {
        trusted: &[&signer],
        expiry,
    })?;
    receipt.refuse_decision()?;
    check_authority(receipt, signer, options)
}

/// Verifies a co-signed receipt (version 3) whose agent acted on a delegation:
/// [`Receipt::verify_bilateral`] and [`verify_authorized`] in one.
///
/// With no agents given to trust, the agent stands on its delegation. The expiry
/// of the agent's receipt is judged as `bilateral` says.
pub fn verify_authorized_bilateral<'k>(
    receipt: &Receipt,
    bilateral: &BilateralOptions<'k>,
    options: &AuthorizedOptions<'_>,
) -> Result<(BilateralSigners<'k>, Authorized)> {
    let within = |error: Error| error.within("agent_receipt");
    let agent_receipt = receipt.co_signed()?;
    check_version(agent_receipt).map_err(within)?;
    let signers = receipt.verify_co_signature(bilateral)?;
    agent_receipt.refuse_decision().map_err(within)?;
    let signer = PublicKey::from_bytes(&agent_receipt.signer_key_bytes()?)?;
    let authorized = check_authority(agent_receipt, signer, options).map_err(within)?;
    Ok((signers, authorized))
}

/// Everything but the agent's signature, which is known to hold, and an
/// authority's decision.
pub(crate) fn check_authority(
    receipt: &Receipt,
    signer: PublicKey,
    options: &AuthorizedOptions<'_>,
) -> Result<Authorized> {
    let chain = chain_of(receipt, options.max_links)?;
    let scope = chain
        .verify(&ChainOptions {
            roots: options.roots,
            time: options.time,
            max_links: options.max_links,
        })?
        .clone();
    let root = *first_link(&chain)?.delegator();
    if receipt.text(Field::ChainHash) != Some(chain.hash().as_str()) {
        return Err(Error::new(
            ErrorKind::ChainHashMismatch,
            "receipt authorization",
            "member \"chain_hash\" is not the hash of the chain",
        ));
    }
    if receipt.text(Field::RootPublicKey) != Some(key_text::prefixed(&root).as_str()) {
        return Err(Error::new(
            ErrorKind::ChainRootMismatch,
            "receipt authorization",
            "member \"root_pubkey\" is not the first delegator of the chain",
        ));
    }
    chain.check_actor(&signer)?;
    scope.check_covers(
        receipt.text(Field::Tool).unwrap_or_default(),
        receipt.text(Field::Target).unwrap_or_default(),
    )?;
    if receipt.reading() == Reading::Strict {
        check_date(receipt, &chain, options.time)?;
    }
    Ok(Authorized {
        signer,
        root,
        scope,
        chain,
    })
}

/// Whether the receipt can have been signed when it says so.
fn check_date(receipt: &Receipt, chain: &Chain, time: JudgedAt) -> Result<()> {
    let signed = receipt.time()?;
    let skew = i64::try_from(time.skew_seconds.saturating_mul(1000)).unwrap_or(i64::MAX);
    if signed > time.at.plus_millis(skew) {
        return Err(Error::new(
            ErrorKind::TimeOutOfWindow,
            "receipt ts",
            "it lies after the time at which the receipt is judged",
        ));
    }
    for (index, link) in chain.links().iter().enumerate() {
        let issued = link.issued_at();
        if issued.is_some_and(|issued| signed < issued.plus_millis(skew.saturating_neg())) {
            let error = Error::new(
                ErrorKind::DelegationNotYetValid,
                "delegation",
                "the receipt is dated before it was issued",
            );
            return Err(error.at(index as u64));
        }
    }
    Ok(())
}

fn chain_of(receipt: &Receipt, max_links: usize) -> Result<Chain> {
    let canonical = receipt.value(Field::Chain).unwrap_or(b"[]");
    // Counting costs less than reading keys.
    if members::elements(canonical, 0)
        .take(max_links.saturating_add(1))
        .count()
        > max_links
    {
        return Err(Error::new(
            ErrorKind::ChainTooLong,
            "chain",
            format!("it has more than {max_links} delegations"),
        ));
    }
    Chain::from_canonical(canonical, receipt.reading())
}

fn first_link(chain: &Chain) -> Result<&Delegation> {
    let first = chain.links().first();
    first.ok_or_else(|| Error::new(ErrorKind::ChainEmpty, "chain", "it has no delegation"))
}

fn check_version(receipt: &Receipt) -> Result<()> {
    if receipt.version() == 4 {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::ReceiptVersion,
        "receipt",
        "only a receipt of version 4 rests on a delegation",
    ))
}
