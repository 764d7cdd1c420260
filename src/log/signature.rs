//! The signature of one record: whose it should be, and whether it is.
//!
//! Three answers are kept apart, because only the first is good: it holds; it
//! does not; it cannot be judged here. Whoever makes a record that nobody can
//! judge gains nothing by it.

use std::borrow::Cow;

use crate::authority::trust::{Section, TrustBundle};
use crate::crypto::ed25519::PublicKey;
use crate::encoding::record::Reading;
use crate::encoding::{key_text, members};
use crate::error::{Error, ErrorKind, Result};
use crate::log::record::RecordView;
use crate::log::sealed_params::SealedParams;
use crate::log::verify::{FindingKind, Report, SignaturePolicy};
use crate::receipt::{self, Receipt};

/// What became of a signature.
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

/// The key that a receipt has named last, decompressed.
#[derive(Default)]
pub(super) struct RecentKey(Option<PublicKey>);

type Told = Option<(FindingKind, Cow<'static, str>)>;

/// Verifies the signature of a receipt in canonical JSON.
pub(super) fn check(
    receipt: &[u8],
    policy: &SignaturePolicy<'_>,
    recent: &mut RecentKey,
) -> (Signature, Told) {
    if is_unsigned_denial(receipt) {
        return (Signature::Unsigned, None);
    }
    match verify(receipt, policy, recent) {
        Ok(()) => (Signature::Valid, None),
        Err(error) => {
            let (outcome, kind) = match error.kind() {
                ErrorKind::ReceiptVersion | ErrorKind::Unsupported | ErrorKind::KeyNotFound => {
                    (Signature::Unverifiable, FindingKind::SignatureUnverifiable)
                }
                ErrorKind::SignerUntrusted
                | ErrorKind::KeyMismatch
                | ErrorKind::KeyDisabled
                | ErrorKind::KeyRevoked
                | ErrorKind::KeyExpired => (Signature::Failed, FindingKind::SignerUntrusted),
                _ => (Signature::Failed, FindingKind::SignatureInvalid),
            };
            (outcome, Some((kind, error.to_string().into())))
        }
    }
}

/// Whether a record tells of a denied call. Such a record never has a signature;
/// what has one is held to it, whatever type it gives itself.
fn is_unsigned_denial(receipt: &[u8]) -> bool {
    RecordView::new(receipt).is_violation() && members::find(receipt, 0, "sig").is_none()
}

fn verify(receipt: &[u8], policy: &SignaturePolicy<'_>, recent: &mut RecentKey) -> Result<()> {
    if let Some(bundle) = policy.bundle {
        check_named_keys(receipt, bundle)?;
    }
    if RecordView::new(receipt).has_encrypted_params() {
        return verify_sealed(receipt, policy, recent);
    }
    let receipt = Receipt::from_canonical(receipt.to_vec(), Reading::Strict)?;
    with_trusted(&receipt, policy, recent, |options| {
        receipt.verify(options).map(|_| ())
    })
}

fn verify_sealed(
    record: &[u8],
    policy: &SignaturePolicy<'_>,
    recent: &mut RecentKey,
) -> Result<()> {
    let sealed = SealedParams::parse(record)?;
    if let (None, Some(trusted)) = (policy.bundle, policy.trusted) {
        let signer = key_text::parse_prefixed(sealed.signer())?;
        if !trusted.contains(&&signer) {
            return Err(Error::new(
                ErrorKind::SignerUntrusted,
                "receipt signer",
                "the key that the receipt names is not among the trusted keys",
            ));
        }
    }
    let mut keys = policy.params_keys.iter();
    let Some(key) = keys.find(|key| key_text::prefixed(key.signer()) == sealed.signer()) else {
        return Err(Error::new(
            ErrorKind::KeyNotFound,
            "sealed params",
            "the signature covers the params in clear, and the key that opens them is not here",
        ));
    };
    let receipt = key.open(record)?;
    with_trusted(&receipt, policy, recent, |options| {
        receipt.verify(options).map(|_| ())
    })
}

/// Calls `verify` with the keys that the receipt may be signed by.
fn with_trusted(
    receipt: &Receipt,
    policy: &SignaturePolicy<'_>,
    recent: &mut RecentKey,
    verify: impl FnOnce(&receipt::VerifyOptions<'_>) -> Result<()>,
) -> Result<()> {
    let named;
    let only;
    let trusted = match (policy.bundle, policy.trusted) {
        (None, Some(trusted)) => trusted,
        // A bundle has approved of the key that the receipt names.
        _ => {
            named = recent.key_of(receipt)?;
            only = [&named];
            &only
        }
    };
    verify(&receipt::VerifyOptions {
        trusted,
        expiry: receipt::Expiry::Ignored,
    })
}

impl RecentKey {
    fn key_of(&mut self, receipt: &Receipt) -> Result<PublicKey> {
        let bytes = receipt.signer_key_bytes()?;
        let key = match self.0 {
            Some(key) if *key.as_bytes() == bytes => key,
            _ => PublicKey::from_bytes(&bytes)?,
        };
        self.0 = Some(key);
        Ok(key)
    }
}

/// Looks up every key that a receipt rests on: the agent's, the server's who
/// co-signed, and the root's where the agent acts on a delegation. Each must
/// have been active at the time of the record.
fn check_named_keys(receipt: &[u8], bundle: &TrustBundle) -> Result<()> {
    const IN_SERVER: &[&str] = &["server", "pubkey"];
    let view = RecordView::new(receipt);
    let Some(at) = view.time() else {
        return Err(Error::new(
            ErrorKind::TimestampInvalid,
            "record",
            "it has no time to judge its keys at",
        ));
    };
    let check = |section, path: &[&str], start| {
        let key = key_text::parse_prefixed(&text_at(receipt, start, path)?)?;
        bundle.check(section, &key, at).map(|_| ())
    };
    let agent = match view.version() {
        Some(3) => {
            check(Section::Servers, IN_SERVER, 0)?;
            let agent_receipt = members::find(receipt, 0, "agent_receipt");
            agent_receipt.map_or(0, |range| range.start)
        }
        _ => 0,
    };
    let version = members::find(receipt, agent, "v").and_then(|range| receipt.get(range));
    match version {
        // The chain leads to the agent, or it does not: its verification tells.
        Some(b"4") => check(Section::Roots, &["authorization", "root_pubkey"], agent),
        _ => check(Section::Agents, &["signer", "pubkey"], agent),
    }
}

fn text_at<'a>(receipt: &'a [u8], mut start: usize, path: &[&str]) -> Result<Cow<'a, str>> {
    let mut found = None;
    for name in path {
        found = members::find(receipt, start, name);
        start = found.as_ref().map_or(receipt.len(), |range| range.start);
    }
    found
        .and_then(|range| members::string_at(receipt, range))
        .ok_or_else(|| {
            let detail = format!("member \"{}\" is missing", path.join("."));
            Error::new(ErrorKind::ReceiptInvalid, "receipt", detail)
        })
}
