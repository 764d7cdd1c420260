//! Signing a delegation.

use crate::authority::delegation::{Delegation, Unsigned};
use crate::authority::principal;
use crate::authority::scope::Scope;
use crate::crypto::ed25519::{PublicKey, SignatureBytes};
use crate::crypto::{digest, random};
use crate::encoding::jcs::{self, Limits};
use crate::encoding::object::ObjectWriter;
use crate::encoding::record::Reading;
use crate::encoding::rfc3339::Instant;
use crate::encoding::{base64, hex, key_text};
use crate::error::Result;
use crate::identity::KeyPair;

use super::invalid;

/// How many random bytes a token's nonce holds.
pub const NONCE_LEN: usize = 16;

/// What is signed when a key delegates.
#[derive(Clone, Copy, Debug)]
pub struct Grant<'a> {
    /// The name of who delegates; a claim, not empty.
    pub delegator_name: &'a str,
    /// The principal of who delegates, where it has one.
    pub delegator_principal: Option<&'a str>,
    /// Whom it delegates to.
    pub delegate: &'a PublicKey,
    /// The name of the delegate; a claim, not empty.
    pub delegate_name: &'a str,
    /// The principal of the delegate, where it has one.
    pub delegate_principal: Option<&'a str>,
    /// What the delegate may do.
    pub scope: &'a Scope,
    /// The scope that the delegator holds itself, which the new one must narrow;
    /// `None` for a root, and for whoever leaves that to the verifier.
    pub parent: Option<&'a Scope>,
}

/// What else may be said about a delegation.
#[derive(Clone, Copy, Debug, Default)]
pub struct GrantOptions<'a> {
    /// When it is issued; the system clock when absent.
    pub time: Option<Instant>,
    /// The nonce; random when absent. For reproducible tests only.
    pub nonce: Option<[u8; NONCE_LEN]>,
    /// Members that travel with the token outside its signature.
    pub unsigned: Unsigned<'a>,
}

/// Signs a delegation.
///
/// Refuses what no verifier would accept or what could only be a mistake: empty
/// names, an empty or mixed scope, a scope that does not narrow its parent.
pub fn sign(key: &KeyPair, grant: &Grant<'_>, options: &GrantOptions<'_>) -> Result<Delegation> {
    for (name, principal) in [
        (grant.delegator_name, grant.delegator_principal),
        (grant.delegate_name, grant.delegate_principal),
    ] {
        if name.is_empty() {
            return Err(invalid(
                "the names of delegator and delegate must not be empty",
            ));
        }
        if let Some(principal) = principal {
            principal::check(principal)?;
        }
    }
    grant.scope.check_grants_something()?;
    if let Some(parent) = grant.parent {
        grant.scope.check_narrows(parent)?;
    }
    let nonce = match options.nonce {
        Some(nonce) => nonce,
        None => random::bytes()?,
    };
    let time = options.time.unwrap_or_else(Instant::now).to_text();
    let party = |name, principal: Option<&str>, key| {
        let mut out = Vec::new();
        let mut object = ObjectWriter::new(&mut out);
        object.text("name", name);
        if let Some(principal) = principal {
            object.text("principal", principal);
        }
        object.text("pubkey", &key_text::prefixed(key));
        object.end();
        out
    };
    let parts = Parts {
        delegate: &party(
            grant.delegate_name,
            grant.delegate_principal,
            grant.delegate,
        ),
        delegator: &party(
            grant.delegator_name,
            grant.delegator_principal,
            key.public_key(),
        ),
        issued_at: &time,
        nonce: &format!("rnd_{}", hex::encode(&nonce)),
    };
    let signature = key.sign(&parts.body(&grant.scope.json()))?;
    let unsigned = Canonical::of(&options.unsigned)?;
    Delegation::from_canonical(
        parts.token(grant.scope, &signature, &unsigned),
        Reading::Strict,
    )
}

/// The signed members beside the scope.
pub(super) struct Parts<'a> {
    pub delegate: &'a [u8],
    pub delegator: &'a [u8],
    pub issued_at: &'a str,
    pub nonce: &'a str,
}

impl Parts<'_> {
    pub fn body(&self, scope: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        let mut object = ObjectWriter::new(&mut out);
        object.member("delegate", Some(self.delegate));
        object.member("delegator", Some(self.delegator));
        object.text("issued_at", self.issued_at);
        object.text("nonce", self.nonce);
        object.member("scope", Some(scope));
        object.member("v", Some(b"1"));
        object.end();
        out
    }

    fn token(&self, scope: &Scope, signature: &SignatureBytes, unsigned: &Canonical) -> Vec<u8> {
        let mut whole_scope = Vec::new();
        let mut object = ObjectWriter::new(&mut whole_scope);
        object.member("budget", unsigned.budget.as_deref());
        object.member("constraints", unsigned.constraints.as_deref());
        scope.append_members(&mut object);
        object.end();

        let mut out = Vec::new();
        let mut object = ObjectWriter::new(&mut out);
        object.member("correlation_id", unsigned.correlation_id.as_deref());
        object.member("delegate", Some(self.delegate));
        object.member("delegator", Some(self.delegator));
        object.text("id", &id_of(signature));
        object.text("issued_at", self.issued_at);
        object.text("nonce", self.nonce);
        object.member("scope", Some(&whole_scope));
        let encoded = base64::encode(signature);
        object.text("sig", &format!("{}{encoded}", key_text::ED25519_PREFIX));
        object.member("v", Some(b"1"));
        object.end();
        out
    }
}

/// Unsigned members in canonical form.
struct Canonical {
    budget: Option<Vec<u8>>,
    constraints: Option<Vec<u8>>,
    correlation_id: Option<Vec<u8>>,
}

impl Canonical {
    fn of(given: &Unsigned<'_>) -> Result<Canonical> {
        let canonical = |json: Option<&[u8]>| {
            let form = json.map(|json| jcs::canonicalize_exactly(json, &Limits::default()));
            form.transpose().map_err(|error| error.within("delegation"))
        };
        Ok(Canonical {
            budget: canonical(given.budget)?,
            constraints: canonical(given.constraints)?,
            correlation_id: canonical(given.correlation_id)?,
        })
    }
}

/// The id that derives from a signature.
pub(super) fn id_of(signature: &SignatureBytes) -> String {
    let digest = digest::sha256(signature);
    let (half, _) = digest.split_at(16);
    format!("del_{}", hex::encode(half))
}
