//! Delegation chains: from a trusted root, link by link, to the key that acts.
//!
//! Every way a chain can be wrong has its own [`ErrorKind`], and the error's
//! position is the index of the link, counted from the root.

use crate::authority::delegation::{self, Delegation, JudgedAt};
use crate::authority::scope::Scope;
use crate::crypto::digest;
use crate::crypto::ed25519::PublicKey;
use crate::encoding::jcs::{self, Limits};
use crate::encoding::record::{self, Reading};
use crate::encoding::{hex, members};
use crate::error::{Error, ErrorKind, Result};

/// The most links that [`ChainOptions`] usually allow.
pub const DEFAULT_MAX_LINKS: usize = 16;
/// The most links that are read at all.
pub const MAX_LINKS: usize = 256;

/// What to hold a chain to.
#[derive(Clone, Copy, Debug)]
pub struct ChainOptions<'a> {
    /// The keys that may stand at the start.
    pub roots: &'a [PublicKey],
    /// When the chain must have been valid.
    pub time: JudgedAt,
    /// How many links it may have; [`DEFAULT_MAX_LINKS`] unless there is reason.
    pub max_links: usize,
}

/// Delegations from the root to the leaf.
///
/// Immutable. Having one says that every link's shape is right; only
/// [`Chain::verify`] says that it leads from a root to the leaf.
#[derive(Clone, Debug)]
pub struct Chain {
    links: Vec<Delegation>,
    canonical: Vec<u8>,
}

impl Chain {
    /// Reads a chain from the JSON text of an array of tokens, each as
    /// [`Delegation::parse`] reads it.
    pub fn parse(json: &[u8], reading: Reading, limits: &Limits) -> Result<Chain> {
        let limits = Limits {
            max_len: limits.max_len.min(record::MAX_LEN / 8),
            ..*limits
        };
        let canonical =
            jcs::canonicalize_exactly(json, &limits).map_err(|error| error.within("chain"))?;
        for (index, link) in members::elements(json, members::root(json)).enumerate() {
            delegation::check_integers(json, link.start).map_err(|error| at(error, index))?;
        }
        Chain::from_canonical(&canonical, reading)
    }

    /// Takes a chain whose text is known to be canonical JSON.
    pub(crate) fn from_canonical(canonical: &[u8], reading: Reading) -> Result<Chain> {
        if canonical.first() != Some(&b'[') {
            return Err(Error::new(
                ErrorKind::DelegationInvalid,
                "chain",
                "it must be an array of delegation tokens",
            ));
        }
        let mut links = Vec::new();
        for (index, range) in members::elements(canonical, 0).enumerate() {
            if index >= MAX_LINKS {
                return Err(too_long(MAX_LINKS));
            }
            let text = canonical.get(range).unwrap_or(&[]).to_vec();
            let link =
                Delegation::from_canonical(text, reading).map_err(|error| at(error, index))?;
            links.push(link);
        }
        Ok(Chain::of(links))
    }

    /// The chain of these links, root first.
    pub fn of(links: Vec<Delegation>) -> Chain {
        let mut canonical = vec![b'['];
        for (index, link) in links.iter().enumerate() {
            if index > 0 {
                canonical.push(b',');
            }
            canonical.extend_from_slice(link.json());
        }
        canonical.push(b']');
        Chain { links, canonical }
    }

    /// The links, root first.
    pub fn links(&self) -> &[Delegation] {
        &self.links
    }

    /// The canonical JSON text of the chain.
    pub fn json(&self) -> &[u8] {
        &self.canonical
    }

    /// `sha256:` and the hash of the canonical text, with every member that the
    /// format defines, the unsigned ones too: the `chain_hash` of a receipt.
    pub fn hash(&self) -> String {
        format!("sha256:{}", hex::encode(&digest::sha256(&self.canonical)))
    }

    /// The key at the start: the first delegator.
    pub fn root(&self) -> Option<&PublicKey> {
        self.links.first().map(Delegation::delegator)
    }

    /// The key at the end: the last delegate.
    pub fn leaf(&self) -> Option<&PublicKey> {
        self.links.last().map(Delegation::delegate)
    }

    /// Verifies the chain and answers what the key at its end may do.
    ///
    /// The first error from the root on is reported:
    /// [`ErrorKind::ChainEmpty`], [`ErrorKind::ChainTooLong`],
    /// [`ErrorKind::ChainRootUntrusted`], what [`Delegation::verify`] says of a
    /// link, [`ErrorKind::ChainBroken`] when a link is not by the key before it,
    /// [`ErrorKind::ScopeWidened`] when it grants more, and
    /// [`ErrorKind::DelegationDepthExceeded`] when more links follow than its
    /// depth allows.
    pub fn verify(&self, options: &ChainOptions<'_>) -> Result<&Scope> {
        let (Some(first), Some(last)) = (self.links.first(), self.links.last()) else {
            return Err(Error::new(
                ErrorKind::ChainEmpty,
                "chain",
                "it has no delegation",
            ));
        };
        if self.links.len() > options.max_links {
            return Err(too_long(options.max_links));
        }
        if !options.roots.contains(first.delegator()) {
            let error = Error::new(
                ErrorKind::ChainRootUntrusted,
                "chain",
                "the first delegator is not a trusted root",
            );
            return Err(at(error, 0));
        }
        let mut before: Option<&Delegation> = None;
        for (index, link) in self.links.iter().enumerate() {
            check_link(link, before, options.time).map_err(|error| at(error, index))?;
            let following = self.links.len() - 1 - index;
            if u32::try_from(following).unwrap_or(u32::MAX) > link.scope().max_depth() {
                let detail = format!(
                    "{following} delegations follow where max_depth is {}",
                    link.scope().max_depth()
                );
                let error = Error::new(ErrorKind::DelegationDepthExceeded, "delegation", detail);
                return Err(at(error, index));
            }
            before = Some(link);
        }
        Ok(last.scope())
    }

    /// Whether the chain ends at the key that acts;
    /// [`ErrorKind::ChainDelegateMismatch`] otherwise.
    pub fn check_actor(&self, actor: &PublicKey) -> Result<()> {
        if self.leaf() == Some(actor) {
            return Ok(());
        }
        let error = Error::new(
            ErrorKind::ChainDelegateMismatch,
            "chain",
            "the last delegate is not the key that acts",
        );
        Err(at(error, self.links.len().saturating_sub(1)))
    }
}

fn check_link(link: &Delegation, before: Option<&Delegation>, time: JudgedAt) -> Result<()> {
    link.verify(time)?;
    let Some(before) = before else {
        return Ok(());
    };
    if link.delegator() != before.delegate() {
        return Err(Error::new(
            ErrorKind::ChainBroken,
            "delegation",
            "its delegator is not the delegate of the link before",
        ));
    }
    link.scope().check_narrows(before.scope())
}

fn too_long(max_links: usize) -> Error {
    Error::new(
        ErrorKind::ChainTooLong,
        "chain",
        format!("it has more than {max_links} delegations"),
    )
}

/// An error about a link. A byte offset inside the link would say less.
fn at(error: Error, index: usize) -> Error {
    error.at(index as u64)
}
