//! Delegation tokens: a key lets another key act within a scope.
//!
//! A token is kept as its canonical text, like a receipt. Its signature covers
//! who, whom, the scope and the time; the members it does not cover (`budget`,
//! `constraints`, `correlation_id`) are handed out only as [`Unsigned`], and `id`
//! must derive from the signature, so that nobody renames a revoked token.

mod sign;

pub use sign::{Grant, GrantOptions, NONCE_LEN, sign};

use std::borrow::Cow;

use crate::authority::scope::{self, SCOPE, SCOPE_SLOTS, Scope, as_delegation};
use crate::crypto::ed25519::{PublicKey, SIGNATURE_LEN, SignatureBytes};
use crate::encoding::jcs::{self, Limits};
use crate::encoding::record::{self, Kind, Reading, Record, Rule, Slots};
use crate::encoding::rfc3339::Instant;
use crate::encoding::{base64, key_text, members};
use crate::error::{Error, ErrorKind, Result};

use sign::{Parts, id_of};

/// The members of a token that its signature does not cover. Whoever held the
/// token may have added, changed or removed them: they are remarks, and limit
/// nobody.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unsigned<'a> {
    /// `scope.budget`: any JSON value.
    pub budget: Option<&'a [u8]>,
    /// `scope.constraints`: a JSON array.
    pub constraints: Option<&'a [u8]>,
    /// `correlation_id`, as a JSON string with its quotes.
    pub correlation_id: Option<&'a [u8]>,
}

impl Unsigned<'_> {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        *self == Unsigned::default()
    }
}

/// The instant at which delegations are judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JudgedAt {
    /// The instant.
    pub at: Instant,
    /// By how many seconds the clocks of issuer and verifier may differ. It
    /// always speaks for the delegation: one is accepted this long after its
    /// expiry and this long before its issue.
    pub skew_seconds: u64,
}

/// The clock difference that is tolerated where nothing else is asked for.
pub const DEFAULT_SKEW_SECONDS: u64 = 60;

impl JudgedAt {
    /// At an instant, with the default tolerance.
    pub fn instant(at: Instant) -> JudgedAt {
        JudgedAt {
            at,
            skew_seconds: DEFAULT_SKEW_SECONDS,
        }
    }

    fn skew_millis(self) -> i64 {
        i64::try_from(self.skew_seconds.saturating_mul(1000)).unwrap_or(i64::MAX)
    }
}

/// A signed delegation.
///
/// Immutable. Having one says that its shape is right; only
/// [`Delegation::verify`] says that its signature is.
#[derive(Clone, Debug)]
pub struct Delegation {
    canonical: Vec<u8>,
    slots: Slots<SLOTS>,
    scope: Scope,
    delegator: PublicKey,
    delegate: PublicKey,
    issued_at: Option<Instant>,
    reading: Reading,
}

#[derive(Clone, Copy)]
#[repr(usize)]
enum Slot {
    CorrelationId = SCOPE_SLOTS,
    Delegate,
    DelegateName,
    DelegatePrincipal,
    DelegateKey,
    Delegator,
    DelegatorName,
    DelegatorPrincipal,
    DelegatorKey,
    Id,
    IssuedAt,
    Nonce,
    Signature,
    Version,
}

const SLOTS: usize = Slot::Version as usize + 1;

const fn text(name: &'static str, slot: Slot) -> Rule {
    Rule::required(name, Kind::Text).into_slot(slot as usize)
}

const fn optional_text(name: &'static str, slot: Slot) -> Rule {
    Rule::optional(name, Kind::Text).into_slot(slot as usize)
}

const DELEGATE: Record = Record {
    what: "delegate",
    rules: &[
        text("name", Slot::DelegateName),
        optional_text("principal", Slot::DelegatePrincipal),
        text("pubkey", Slot::DelegateKey),
    ],
};

const DELEGATOR: Record = Record {
    what: "delegator",
    rules: &[
        text("name", Slot::DelegatorName),
        optional_text("principal", Slot::DelegatorPrincipal),
        text("pubkey", Slot::DelegatorKey),
    ],
};

const TOKEN: Record = Record {
    what: "delegation",
    rules: &[
        optional_text("correlation_id", Slot::CorrelationId),
        Rule::required("delegate", Kind::Record(&DELEGATE)).into_slot(Slot::Delegate as usize),
        Rule::required("delegator", Kind::Record(&DELEGATOR)).into_slot(Slot::Delegator as usize),
        text("id", Slot::Id),
        text("issued_at", Slot::IssuedAt),
        text("nonce", Slot::Nonce),
        Rule::required("scope", Kind::Record(&SCOPE)),
        text("sig", Slot::Signature),
        Rule::required("v", Kind::Integer).into_slot(Slot::Version as usize),
    ],
};

impl Delegation {
    /// Reads a token from JSON text.
    ///
    /// The strict reading refuses members that the format does not define; the
    /// forensic one drops them, as the published Signet does, and lets
    /// [`Delegation::verify`] accept an id that does not derive from the
    /// signature. Both refuse duplicate members, keys of small order and a
    /// scope that could be read in two ways.
    pub fn parse(json: &[u8], reading: Reading, limits: &Limits) -> Result<Delegation> {
        let limits = Limits {
            max_len: limits.max_len.min(record::MAX_LEN / 8),
            ..*limits
        };
        let canonical =
            jcs::canonicalize_exactly(json, &limits).map_err(|error| error.within("delegation"))?;
        check_integers(json, members::root(json))?;
        Delegation::from_canonical(canonical, reading)
    }

    /// Takes a token whose text is known to be canonical JSON.
    pub(crate) fn from_canonical(mut canonical: Vec<u8>, reading: Reading) -> Result<Delegation> {
        let mut slots = Slots::<SLOTS>::default();
        if !record::read(&canonical, &TOKEN, reading, &mut slots).map_err(as_delegation)? {
            canonical = record::tidy(&canonical, &TOKEN, reading).map_err(as_delegation)?;
            slots = Slots::default();
            record::read(&canonical, &TOKEN, reading, &mut slots).map_err(as_delegation)?;
        }
        let value = |slot: Slot| slots[slot as usize].of(&canonical).unwrap_or(b"");
        if value(Slot::Version) != b"1" {
            return Err(Error::new(
                ErrorKind::Unsupported,
                "delegation",
                "only version 1 of the token is supported",
            ));
        }
        let string = |slot| {
            let quoted = value(slot);
            members::string_at(quoted, 0..quoted.len()).unwrap_or_default()
        };
        let key =
            |slot, who| key_text::parse_prefixed(&string(slot)).map_err(|error| error.within(who));
        let issued_at = match Instant::parse(&string(Slot::IssuedAt)) {
            Ok(time) => Some(time),
            Err(_) if reading == Reading::Forensic => None,
            Err(error) => return Err(error.within("delegation issued_at")),
        };
        Ok(Delegation {
            scope: Scope::from_slots(&canonical, &slots)?,
            delegator: key(Slot::DelegatorKey, "delegator")?,
            delegate: key(Slot::DelegateKey, "delegate")?,
            issued_at,
            slots,
            reading,
            canonical,
        })
    }

    /// The canonical JSON text of the token.
    pub fn json(&self) -> &[u8] {
        &self.canonical
    }

    /// The id: `del_` and 32 hex digits that derive from the signature.
    pub fn id(&self) -> Cow<'_, str> {
        self.text(Slot::Id).unwrap_or_default()
    }

    /// The key that delegates.
    pub fn delegator(&self) -> &PublicKey {
        &self.delegator
    }

    /// The name that the delegator gives itself.
    pub fn delegator_name(&self) -> Cow<'_, str> {
        self.text(Slot::DelegatorName).unwrap_or_default()
    }

    /// The principal that the delegator claims.
    pub fn delegator_principal(&self) -> Option<Cow<'_, str>> {
        self.text(Slot::DelegatorPrincipal)
    }

    /// The key that is delegated to.
    pub fn delegate(&self) -> &PublicKey {
        &self.delegate
    }

    /// The name that the delegator gives the delegate.
    pub fn delegate_name(&self) -> Cow<'_, str> {
        self.text(Slot::DelegateName).unwrap_or_default()
    }

    /// The principal that the delegator takes the delegate for.
    pub fn delegate_principal(&self) -> Option<Cow<'_, str>> {
        self.text(Slot::DelegatePrincipal)
    }

    /// What the delegate may do.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// When the token says it was issued; `None` when a forensic reading found no
    /// date-time there.
    pub fn issued_at(&self) -> Option<Instant> {
        self.issued_at
    }

    /// The time of issue as it is written.
    pub fn issued_at_text(&self) -> Cow<'_, str> {
        self.text(Slot::IssuedAt).unwrap_or_default()
    }

    /// The nonce.
    pub fn nonce(&self) -> Cow<'_, str> {
        self.text(Slot::Nonce).unwrap_or_default()
    }

    /// The members that the signature does not cover.
    pub fn unsigned(&self) -> Unsigned<'_> {
        let value = |slot: usize| self.slots[slot].of(&self.canonical);
        Unsigned {
            budget: value(scope::Slot::Budget as usize),
            constraints: value(scope::Slot::Constraints as usize),
            correlation_id: value(Slot::CorrelationId as usize),
        }
    }

    /// The bytes under the signature.
    pub fn signed_body(&self) -> Vec<u8> {
        let value = |slot: Slot| self.slots[slot as usize].of(&self.canonical);
        let parts = Parts {
            delegate: value(Slot::Delegate).unwrap_or(b"{}"),
            delegator: value(Slot::Delegator).unwrap_or(b"{}"),
            issued_at: &self.issued_at_text(),
            nonce: &self.nonce(),
        };
        parts.body(&self.scope.json())
    }

    /// Verifies the token by itself: the signature strictly under the
    /// delegator's key, the id, and the time.
    ///
    /// [`ErrorKind::SignatureInvalid`], [`ErrorKind::IdMismatch`],
    /// [`ErrorKind::DelegationExpired`], [`ErrorKind::DelegationNotYetValid`].
    /// Whether the delegator had anything to delegate is for the chain to say.
    pub fn verify(&self, time: JudgedAt) -> Result<()> {
        self.verify_signature()?;
        let skew = time.skew_millis();
        if let Some(expires) = self.scope.expires()
            && time.at > expires.plus_millis(skew)
        {
            return Err(Error::new(
                ErrorKind::DelegationExpired,
                "delegation",
                format!("it expired at {}", expires.to_text()),
            ));
        }
        if let Some(issued) = self.issued_at.filter(|_| self.reading == Reading::Strict)
            && time.at < issued.plus_millis(skew.saturating_neg())
        {
            return Err(Error::new(
                ErrorKind::DelegationNotYetValid,
                "delegation",
                format!("it was issued only at {}", issued.to_text()),
            ));
        }
        Ok(())
    }

    /// Verifies the signature and the id, at whatever time:
    /// [`ErrorKind::SignatureInvalid`], [`ErrorKind::IdMismatch`].
    pub fn verify_signature(&self) -> Result<()> {
        let signature = self.signature()?;
        self.delegator
            .verify(&self.signed_body(), &signature)
            .map_err(|error| error.within("delegation"))?;
        if self.reading == Reading::Strict && self.id() != id_of(&signature) {
            return Err(Error::new(
                ErrorKind::IdMismatch,
                "delegation",
                "member \"id\" does not derive from the signature",
            ));
        }
        Ok(())
    }

    fn signature(&self) -> Result<SignatureBytes> {
        let text = self.text(Slot::Signature).unwrap_or_default();
        let bytes = text
            .strip_prefix(key_text::ED25519_PREFIX)
            .and_then(|encoded| base64::decode_array::<SIGNATURE_LEN>(encoded.as_bytes()));
        bytes.map(|bytes| *bytes).ok_or_else(|| {
            invalid("member \"sig\" must be \"ed25519:\" and the standard base64 of 64 bytes")
        })
    }

    fn text(&self, slot: Slot) -> Option<Cow<'_, str>> {
        let span = self.slots[slot as usize];
        span.of(&self.canonical)?;
        members::string_at(&self.canonical, span.start()..span.end())
    }
}

/// Refuses `v` and `max_depth` that are integers only to a canonicaliser, in the
/// token that starts at `start` of a text as it was given.
pub(super) fn check_integers(json: &[u8], start: usize) -> Result<()> {
    scope::check_plain_integers(json, start, &["v"])?;
    match members::find(json, start, "scope") {
        Some(scope) => scope::check_plain_integers(json, scope.start, &["max_depth"]),
        None => Ok(()),
    }
}

fn invalid(detail: &'static str) -> Error {
    Error::new(ErrorKind::DelegationInvalid, "delegation", detail)
}
