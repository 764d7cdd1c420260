//! The signatures of one record: whose they should be, and whether they are.
//!
//! Three answers are kept apart, because only the first is good: it holds; it
//! does not; it cannot be judged here. Whoever makes a record that nobody can
//! judge gains nothing by it.
//!
//! Every kind of record is judged by all that it rests on: the agent's key; with
//! a co-signature (version 3) the server's too; with a delegation (version 4) the
//! root's, and the chain from there to the action. Sealed params are opened when
//! the key for them is here.

use std::borrow::Cow;
use std::collections::HashMap;

use memchr::memmem;

use crate::authority::authorized::{AuthorizedOptions, check_authority};
use crate::authority::chain::DEFAULT_MAX_LINKS;
use crate::authority::delegation::JudgedAt;
use crate::authority::trust::Section;
use crate::crypto::ed25519::{PUBLIC_KEY_LEN, PublicKey};
use crate::crypto::ed25519_batch::Batch;
use crate::encoding::record::Reading;
use crate::encoding::rfc3339::Instant;
use crate::encoding::{base64, key_text, members};
use crate::error::{Error, ErrorKind, Result};
use crate::log::control;
use crate::log::record::RecordView;
use crate::log::sealed_params::SealedParams;
use crate::log::verify::{FindingKind, Report, SignatureMode, SignaturePolicy};
use crate::receipt::{BilateralOptions, Expiry, Field, Receipt, VerifyOptions};

/// What became of a record's signatures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signature {
    Valid,
    Unsigned,
    Unverifiable,
    Failed,
}

impl Signature {
    pub fn count_in(self, report: &mut Report) {
        let counter = match self {
            Signature::Valid => &mut report.signatures_valid,
            Signature::Unsigned => &mut report.unsigned,
            Signature::Unverifiable => &mut report.unverifiable,
            Signature::Failed => &mut report.signatures_failed,
        };
        *counter += 1;
    }
}

/// What was said of a record.
pub(super) struct Judged {
    pub outcome: Signature,
    pub told: Option<(FindingKind, Cow<'static, str>)>,
    /// The record from which on one of the keys counts for nothing.
    pub only_before: Option<u64>,
    /// Whether `outcome` is so only if the batch holds.
    pub waits: bool,
}

/// Why a record is not fine.
struct Refusal {
    outcome: Signature,
    kind: FindingKind,
    error: Error,
}

/// What a good record rests on.
struct Held {
    only_before: Option<u64>,
    waits: bool,
}

type Answer = std::result::Result<Held, Refusal>;

/// How many keys are remembered, decompressed.
const MAX_KNOWN_KEYS: usize = 4096;

/// Judges records by a policy. Remembers keys, so that each is decompressed once.
pub(super) struct Judge<'p> {
    policy: SignaturePolicy<'p>,
    known: HashMap<[u8; PUBLIC_KEY_LEN], PublicKey>,
    recent: Option<PublicKey>,
    batch: Option<Batch>,
    denials: memmem::Finder<'static>,
    envelopes: memmem::Finder<'static>,
}

/// Which keys count for something.
#[derive(Clone, Copy)]
enum Trusted<'p> {
    /// Those of a bundle, as of the time of the record.
    Bundle(&'p crate::authority::trust::TrustBundle),
    Keys(&'p [&'p PublicKey]),
    /// Whichever key is named.
    Any,
    /// None were given, and no key vouches for itself.
    Unknown,
}

impl<'p> Judge<'p> {
    pub fn new(policy: &SignaturePolicy<'p>) -> Judge<'p> {
        Judge {
            policy: *policy,
            known: HashMap::new(),
            recent: None,
            batch: match policy.mode {
                SignatureMode::OneByOne => None,
                SignatureMode::Batch(equation) => Some(Batch::new(equation)),
            },
            // Canonical text writes each in one way only.
            denials: memmem::Finder::new(b"\"policy_violation\""),
            envelopes: memmem::Finder::new(b"\"params_encrypted\""),
        }
    }

    /// Judges a record in canonical JSON.
    pub fn check(&mut self, record: &[u8]) -> Judged {
        self.check_own(&mut record.to_vec())
    }

    /// [`Judge::check`] without a copy: the text may be another one afterwards.
    pub fn check_own(&mut self, record: &mut Vec<u8>) -> Judged {
        let denied = self.denials.find(record).is_some() && is_unsigned_denial(record);
        let answer = match denied {
            true => Ok(Held::ALWAYS),
            false => self.judge(record),
        };
        let (outcome, told, held) = match answer {
            Ok(held) if denied => (Signature::Unsigned, None, held),
            Ok(held) => (Signature::Valid, None, held),
            Err(refusal) => {
                let told = (refusal.kind, refusal.error.to_string().into());
                (refusal.outcome, Some(told), Held::ALWAYS)
            }
        };
        Judged {
            outcome,
            told,
            only_before: held.only_before,
            waits: held.waits,
        }
    }

    /// [`Judge::check`] of one record by itself.
    pub fn check_alone(&mut self, record: &[u8]) -> Judged {
        let batch = self.batch.take();
        let judged = self.check(record);
        self.batch = batch;
        judged
    }

    /// Whether all records that wait are fine; none waits afterwards.
    pub fn settle(&mut self) -> bool {
        // Without randomness each is verified by itself.
        self.batch
            .as_mut()
            .is_none_or(|batch| batch.verify().unwrap_or(false))
    }

    fn judge(&mut self, record: &mut Vec<u8>) -> Answer {
        let sealed = self.envelopes.find(record).is_some();
        if sealed && RecordView::new(record).has_encrypted_params() {
            return self.judge_sealed(record);
        }
        let receipt = Receipt::from_canonical(std::mem::take(record), Reading::Strict)?;
        let answer = match receipt.version() {
            3 => self.judge_co_signed(&receipt),
            4 => self.judge_delegated(&receipt, |held| receipt.verify_agent(held).map(drop)),
            _ => self.judge_agent(&receipt),
        };
        *record = receipt.into_json();
        answer
    }

    /// Versions 1 and 2: the agent alone.
    fn judge_agent(&mut self, receipt: &Receipt) -> Answer {
        let agent = self.agent(receipt, || time_of(receipt))?;
        let only_before = self.only_before([&agent]);
        // What is wrong beside the signature is told as if there were no batch.
        if let Some(batch) = &mut self.batch
            && let Ok(signature) = receipt.signature()
            && receipt.check_signed_claims(&signature).is_ok()
            && batch.push(&agent, receipt.signed_parts(), &signature)
        {
            return Ok(Held {
                only_before,
                waits: true,
            });
        }
        receipt.verify(&held_to(&[&agent]))?;
        Ok(Held {
            only_before,
            waits: false,
        })
    }

    /// Version 3: the server, and the agent inside.
    fn judge_co_signed(&mut self, receipt: &Receipt) -> Answer {
        let agent_receipt = receipt.co_signed()?;
        let at = || time_of(receipt);
        let server = receipt.text(Field::ServerPublicKey).unwrap_or_default();
        let server = self.trusted(Section::Servers, &key_bytes(server)?, at)?;
        let delegated = agent_receipt.version() == 4;
        let agent = match delegated {
            true => self.delegated_agent(agent_receipt, at)?,
            false => self.agent(agent_receipt, at)?,
        };
        receipt.verify_co_signature(&BilateralOptions {
            servers: &[&server],
            agents: &[&agent],
            window_seconds: None,
            freshness: None,
            session: None,
            call_id: None,
            expiry: Expiry::Ignored,
        })?;
        let only_before = self.only_before([&server, &agent]);
        if !delegated {
            return Ok(Held {
                only_before,
                waits: false,
            });
        }
        let held = self.judge_authority(agent_receipt, agent, time_of(receipt)?)?;
        Ok(Held {
            only_before: earlier(only_before, held.only_before),
            waits: false,
        })
    }

    /// Version 4: the agent by `verify`, and what it was allowed to do.
    fn judge_delegated(
        &mut self,
        receipt: &Receipt,
        verify: impl FnOnce(&VerifyOptions<'_>) -> Result<()>,
    ) -> Answer {
        let agent = self.delegated_agent(receipt, || time_of(receipt))?;
        verify(&held_to(&[&agent]))?;
        self.judge_authority(receipt, agent, time_of(receipt)?)
    }

    /// The delegations of a record whose agent's signature holds.
    fn judge_authority(&mut self, receipt: &Receipt, agent: PublicKey, at: Instant) -> Answer {
        let named = key_bytes(receipt.text(Field::RootPublicKey).unwrap_or_default())?;
        let root = match self.trust_in(Section::Roots) {
            Trusted::Unknown => self.named(&named)?,
            _ => self.trusted(Section::Roots, &named, || Ok(at))?,
        };
        let options = AuthorizedOptions {
            roots: &[root],
            time: JudgedAt::instant(at),
            max_links: DEFAULT_MAX_LINKS,
        };
        let authorized = check_authority(receipt, agent, &options).map_err(|error| Refusal {
            outcome: Signature::Failed,
            kind: FindingKind::DelegationInvalid,
            error,
        })?;
        if let Trusted::Unknown = self.trust_in(Section::Roots) {
            let detail = "the delegation holds, but no roots are trusted that it could lead from";
            return Err(Refusal {
                outcome: Signature::Unverifiable,
                kind: FindingKind::DelegationUnverifiable,
                error: Error::new(ErrorKind::ChainRootUntrusted, "chain", detail),
            });
        }
        let delegators = authorized.chain().links().iter();
        let keys = delegators.map(|link| link.delegator()).chain([&agent]);
        Ok(Held {
            only_before: self.only_before(keys),
            waits: false,
        })
    }

    /// A record whose params are encrypted. The signature covers them in clear.
    fn judge_sealed(&mut self, record: &[u8]) -> Answer {
        let sealed = SealedParams::parse(record)?;
        let mut keys = self.policy.params_keys.iter();
        let key = keys.find(|key| key_text::prefixed(key.signer()) == sealed.signer());
        let Some(key) = key else {
            return self.judge_unopened(&sealed.in_clear()?);
        };
        let opened = key.open(record)?;
        if opened.version() == 4 {
            return self.judge_delegated(&opened, |held| opened.verify_agent(held).map(drop));
        }
        let agent = self.agent(&opened, || time_of(&opened))?;
        opened.verify(&held_to(&[&agent]))?;
        Ok(Held {
            only_before: self.only_before([&agent]),
            waits: false,
        })
    }

    /// Everything that can be said of a record without its params. It is never
    /// good.
    fn judge_unopened(&mut self, receipt: &Receipt) -> Answer {
        receipt.check_signed_claims(&receipt.signature()?)?;
        if receipt.version() == 4 {
            let agent = self.delegated_agent(receipt, || time_of(receipt))?;
            match self.judge_authority(receipt, agent, time_of(receipt)?) {
                Err(refusal) if refusal.outcome == Signature::Failed => return Err(refusal),
                _ => {}
            }
        } else {
            self.agent(receipt, || time_of(receipt))?;
        }
        let detail = "the signature covers the params in clear, and the key that opens them is \
                      not here";
        Err(Refusal {
            outcome: Signature::Unverifiable,
            kind: FindingKind::ParamsSealed,
            error: Error::new(ErrorKind::KeyNotFound, "sealed params", detail),
        })
    }

    /// The agent's key, when it counts at a time.
    fn agent(
        &mut self,
        receipt: &Receipt,
        at: impl FnOnce() -> Result<Instant>,
    ) -> Result<PublicKey> {
        let named = receipt.signer_key_bytes()?;
        match self.only_controllers(receipt) {
            Some(keys) => self.controller(keys, &named, at),
            None => self.trusted(Section::Agents, &named, at),
        }
    }

    /// The agent's key in a delegated action: the chain leads to it, or it does not.
    fn delegated_agent(
        &mut self,
        receipt: &Receipt,
        at: impl FnOnce() -> Result<Instant>,
    ) -> Result<PublicKey> {
        let named = receipt.signer_key_bytes()?;
        match self.only_controllers(receipt) {
            Some(keys) => self.controller(keys, &named, at),
            None => self.named(&named),
        }
    }

    /// The keys that may have signed a statement of the log about itself, when not
    /// just anybody may and the receipt claims to be one.
    fn only_controllers(&self, receipt: &Receipt) -> Option<&'p [&'p PublicKey]> {
        let keys = self.policy.control_keys?;
        control::is_statement(receipt).then_some(keys)
    }

    /// A key that may speak for the log, and has not lost its worth by then.
    fn controller(
        &self,
        keys: &[&PublicKey],
        named: &[u8; PUBLIC_KEY_LEN],
        at: impl FnOnce() -> Result<Instant>,
    ) -> Result<PublicKey> {
        let Some(key) = keys.iter().find(|key| key.as_bytes() == named) else {
            let detail = "it speaks for the log, and its key is not among the control keys";
            return Err(Error::new(
                ErrorKind::SignerUntrusted,
                "receipt signer",
                detail,
            ));
        };
        if let Some(bundle) = self.policy.bundle
            && let Err(error) = bundle.check(Section::Agents, key, at()?)
            && error.kind() != ErrorKind::SignerUntrusted
        {
            return Err(error);
        }
        Ok(**key)
    }

    /// A key that counts for `section` at a time.
    fn trusted(
        &mut self,
        section: Section,
        named: &[u8; PUBLIC_KEY_LEN],
        at: impl FnOnce() -> Result<Instant>,
    ) -> Result<PublicKey> {
        match self.trust_in(section) {
            Trusted::Bundle(bundle) => {
                let key = self.named(named)?;
                match bundle.check(section, &key, at()?) {
                    // What the bundle says of a key is believed; of others it
                    // says nothing.
                    Err(error) if error.kind() == ErrorKind::SignerUntrusted => {
                        let listed = self.listed(section).unwrap_or_default();
                        match listed.contains(&&key) {
                            true => Ok(key),
                            false => Err(error),
                        }
                    }
                    checked => checked.map(|_| key),
                }
            }
            Trusted::Any => self.named(named),
            Trusted::Keys(keys) => match keys.iter().find(|key| key.as_bytes() == named) {
                Some(key) => Ok(**key),
                None => Err(untrusted(section)),
            },
            Trusted::Unknown => Err(untrusted(section)),
        }
    }

    fn trust_in(&self, section: Section) -> Trusted<'p> {
        let policy = &self.policy;
        if let Some(bundle) = policy.bundle {
            return Trusted::Bundle(bundle);
        }
        match self.listed(section) {
            Some(keys) => Trusted::Keys(keys),
            // Who trusts some agents and no roots has not said that agents may
            // allow themselves anything.
            None if section == Section::Roots && policy.trusted.is_some() => Trusted::Unknown,
            None => Trusted::Any,
        }
    }

    /// The keys that are listed for a section.
    fn listed(&self, section: Section) -> Option<&'p [&'p PublicKey]> {
        let policy = &self.policy;
        match section {
            Section::Agents => policy.trusted,
            Section::Servers => policy.servers.or(policy.trusted),
            Section::Roots => policy.roots,
        }
    }

    /// A key that a record names, whatever it counts for.
    fn named(&mut self, bytes: &[u8; PUBLIC_KEY_LEN]) -> Result<PublicKey> {
        if let Some(recent) = self.recent
            && recent.as_bytes() == bytes
        {
            return Ok(recent);
        }
        let key = match self.known.get(bytes) {
            Some(key) => *key,
            None => {
                let key = PublicKey::from_bytes(bytes)?;
                if self.known.len() >= MAX_KNOWN_KEYS {
                    self.known.clear();
                }
                self.known.insert(*bytes, key);
                key
            }
        };
        self.recent = Some(key);
        Ok(key)
    }

    /// The record from which on one of these keys counts for nothing.
    fn only_before<'k>(&self, keys: impl IntoIterator<Item = &'k PublicKey>) -> Option<u64> {
        if self.policy.cutoffs.is_empty() {
            return None;
        }
        let cutoffs = self.policy.cutoffs;
        let of_key = |key: &PublicKey| {
            let of_this = cutoffs.iter().filter(|cutoff| cutoff.key == key);
            of_this.map(|cutoff| cutoff.from).min()
        };
        keys.into_iter().filter_map(of_key).min()
    }
}

impl Held {
    const ALWAYS: Held = Held {
        only_before: None,
        waits: false,
    };
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Refusal {
        let (outcome, kind) = match error.kind() {
            ErrorKind::ReceiptVersion | ErrorKind::Unsupported => {
                (Signature::Unverifiable, FindingKind::SignatureUnverifiable)
            }
            ErrorKind::SignerUntrusted
            | ErrorKind::KeyMismatch
            | ErrorKind::KeyDisabled
            | ErrorKind::KeyRevoked
            | ErrorKind::KeyExpired => (Signature::Failed, FindingKind::SignerUntrusted),
            _ => (Signature::Failed, FindingKind::SignatureInvalid),
        };
        Refusal {
            outcome,
            kind,
            error,
        }
    }
}

/// Evidence keeps its worth after its expiry.
fn held_to<'a>(trusted: &'a [&'a PublicKey]) -> VerifyOptions<'a> {
    VerifyOptions {
        trusted,
        expiry: Expiry::Ignored,
    }
}

/// The time at which the keys of a record must have counted: the one that places
/// it in the log. With a co-signature it is the server's word.
fn time_of(receipt: &Receipt) -> Result<Instant> {
    match receipt.version() {
        3 => receipt.response_time()?.ok_or_else(|| {
            Error::new(ErrorKind::TimestampInvalid, "receipt ts_response", "absent")
        }),
        _ => receipt.time(),
    }
}

/// Whether a record tells of a call that was not allowed. Such a record is never
/// signed, and never says that anything was done; what has a signature or a
/// signer is held to it, whatever type it gives itself.
fn is_unsigned_denial(record: &[u8]) -> bool {
    let view = RecordView::new(record);
    let decision =
        members::find(record, 0, "decision").and_then(|range| members::string_at(record, range));
    view.is_violation()
        && matches!(decision.as_deref(), Some("deny" | "require_approval"))
        && ["sig", "signer", "id", "v"]
            .iter()
            .all(|name| members::find(record, 0, name).is_none())
}

fn key_bytes(text: &str) -> Result<[u8; PUBLIC_KEY_LEN]> {
    let bytes = text
        .strip_prefix(key_text::ED25519_PREFIX)
        .and_then(|encoded| base64::decode_array::<PUBLIC_KEY_LEN>(encoded.as_bytes()));
    match bytes {
        Some(bytes) => Ok(*bytes),
        None => Err(Error::new(
            ErrorKind::ReceiptInvalid,
            "receipt",
            "a public key must be \"ed25519:\" and the standard base64 of 32 bytes",
        )),
    }
}

fn untrusted(section: Section) -> Error {
    let detail = match section {
        Section::Roots => "the delegation leads from a key that is not a trusted root",
        Section::Agents => "the key that the receipt names is not among the trusted keys",
        Section::Servers => "the key that co-signed is not a trusted server's",
    };
    Error::new(ErrorKind::SignerUntrusted, "receipt signer", detail)
}

fn earlier(one: Option<u64>, other: Option<u64>) -> Option<u64> {
    one.into_iter().chain(other).min()
}
