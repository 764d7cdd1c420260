//! What verifying a log looks at.

use crate::authority::trust::TrustBundle;
use crate::crypto::ed25519::PublicKey;
use crate::encoding::rfc3339::Instant;
use crate::error::{Error, ErrorKind};
use crate::ffi::boundary::{Failure, silently};
use crate::ffi::handle::Handle;
use crate::ffi::memory;
use crate::ffi::options::{self, Options};
use crate::ffi::params_key::signet_params_key;
use crate::ffi::public_key::signet_public_key;
use crate::ffi::receipt_verify::keys;
use crate::ffi::trust_bundle::signet_trust_bundle;
use crate::log::{
    Equation, ExpectedCadence, KeyCutoff, ParamsKey, SignatureMode, SignaturePolicy, VerifyOptions,
    evidence,
};
use crate::tlog::tree::TreeHead;
use crate::tlog::verifier_key::VerifierKey;

/// Verify the signature of every receipt too, strictly, one by one. So is done where
/// trusted keys or a trust bundle are given.
pub const SIGNET_LOG_VERIFY_SIGNATURES: u32 = 1;
/// With SIGNET_LOG_VERIFY_SIGNATURES: accept any signer, holding each receipt to
/// the key that it names itself. That proves integrity, not who signed.
pub const SIGNET_LOG_VERIFY_ANY_SIGNER: u32 = 2;
/// With SIGNET_LOG_VERIFY_SIGNATURES: verify those of versions 1 and 2 some hundreds
/// at a time, and each by itself where some of them are wrong. The answers are the
/// same; it is faster.
pub const SIGNET_LOG_VERIFY_BATCH: u32 = 4;
/// With SIGNET_LOG_VERIFY_BATCH: use the cofactored equation (RFC 8032). Faster still,
/// but it accepts signatures that strict verification refuses, which only the holder
/// of a key can make.
pub const SIGNET_LOG_VERIFY_COFACTORED: u32 = 8;
/// Judge the age of the newest checkpoint as of now_unix_ms instead of the system
/// clock.
pub const SIGNET_LOG_VERIFY_AT: u32 = 16;
/// Judge the age of the newest checkpoint as of the latest time that a record without
/// one states: for evidence of the past.
pub const SIGNET_LOG_VERIFY_AT_LAST_RECORD: u32 = 32;

/// A key that counts up to a place in the log only, whatever times records state: who
/// has stolen a key can date back, but not write earlier. This struct never grows.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct signet_key_cutoff {
    /// The first record, from 0, for which the key no longer counts.
    pub from_index: u64,
    /// The key: of an agent, a server, a root, or anybody who delegates.
    pub key: *const signet_public_key,
}

/// What to verify. Initialise with SIGNET_LOG_VERIFY_OPTIONS_INIT or
/// signet_log_verify_options_init(); NULL means all defaults: the hash chain of
/// the whole log. What needs SIGNET_LOG_VERIFY_SIGNATURES is refused without it.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct signet_log_verify_options {
    /// sizeof(signet_log_verify_options).
    pub struct_size: u32,
    /// SIGNET_LOG_VERIFY_… bits.
    pub flags: u32,
    /// The number of the first record to look at.
    pub first: u64,
    /// How many records to look at; 0 means all.
    pub limit: u64,
    /// How many threads may be used, for the duration of the call; 0 and 1 mean
    /// the caller's own. More than 256 mean 256.
    pub threads: u64,
    /// A checkpoint that is trusted already, as a signed note: the log must
    /// continue it. NULL with length 0: none. Borrowed for the call.
    pub checkpoint: *const u8,
    /// Its length in bytes.
    pub checkpoint_len: usize,
    /// The verifier key of that checkpoint, and of those that may not be too old.
    /// Borrowed for the call.
    pub vkey: *const u8,
    /// Its length in bytes.
    pub vkey_len: usize,
    /// The keys that may sign, each as of the time of the record, so that a key
    /// that is revoked today was the right one yesterday; or NULL. Counts instead
    /// of the trusted keys of the call. Borrowed for the call.
    pub bundle: *const signet_trust_bundle,
    /// With SIGNET_LOG_VERIFY_SIGNATURES: the keys that open encrypted params;
    /// borrowed for the call. A record that none of them opens cannot be judged.
    pub params_keys: *const *const signet_params_key,
    /// How many there are.
    pub params_keys_len: usize,
    /// With SIGNET_LOG_VERIFY_SIGNATURES: the keys that may co-sign (version 3);
    /// borrowed for the call. None: the trusted keys of the call may.
    pub servers: *const *const signet_public_key,
    /// How many there are.
    pub servers_len: usize,
    /// With SIGNET_LOG_VERIFY_SIGNATURES: the keys that may delegate (version 4);
    /// borrowed for the call. None, and no bundle: a delegated action cannot be
    /// judged, or else any agent could allow itself anything.
    pub roots: *const *const signet_public_key,
    /// How many there are.
    pub roots_len: usize,
    /// With SIGNET_LOG_VERIFY_SIGNATURES: keys that count up to a place only;
    /// borrowed for the call.
    pub cutoffs: *const signet_key_cutoff,
    /// How many there are.
    pub cutoffs_len: usize,
    /// For how many milliseconds a record may be without a checkpoint by the key
    /// `vkey`, or by any where that is not given: longer is SIGNET_ERR_LOG_STALE. Only
    /// judged when the log is verified to its end. 0: it is not judged.
    pub max_checkpoint_age_ms: u64,
    /// With SIGNET_LOG_VERIFY_AT: milliseconds since 1970-01-01T00:00:00Z.
    pub now_unix_ms: i64,
    /// With SIGNET_LOG_VERIFY_SIGNATURES: the keys that may speak for the log; borrowed
    /// for the call. Only what they sign explains that records are missing from the
    /// beginning (SIGNET_FINDING_REMOVAL_UNTRUSTED otherwise), and a statement of the
    /// log about itself by any other key is SIGNET_FINDING_SIGNER_UNTRUSTED. They need
    /// not be trusted for anything else. None: every trusted key may state a removal,
    /// and the report tells which one did.
    pub control_keys: *const *const signet_public_key,
    /// How many there are.
    pub control_keys_len: usize,
}

// SAFETY: repr(C), starts with u32; integers and pointers, no padding.
unsafe impl Options for signet_log_verify_options {}

/// Fills in the defaults. NULL is ignored.
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_log_verify_options_init(
    options_out: *mut signet_log_verify_options,
) {
    // SAFETY: NULL or writable, says the header.
    silently(|| unsafe { options::init(options_out) });
}

/// The caller's options as the core takes them.
pub(super) struct Asked<'a> {
    given: signet_log_verify_options,
    trusted: Vec<&'a PublicKey>,
    signatures: bool,
    servers: Vec<&'a PublicKey>,
    roots: Vec<&'a PublicKey>,
    control_keys: Vec<&'a PublicKey>,
    bundle: Option<&'a TrustBundle>,
    cutoffs: Vec<KeyCutoff<'a>>,
    params_keys: Vec<&'a ParamsKey>,
    trusted_head: Option<TreeHead>,
    log_key: Option<VerifierKey>,
    now: Option<Instant>,
}

impl<'a> Asked<'a> {
    /// # Safety
    ///
    /// As for [`options::read`]; what is pointed to is live or readable for all of
    /// `'a`.
    pub(super) unsafe fn read(
        trusted: *const *const signet_public_key,
        trusted_len: usize,
        given: *const signet_log_verify_options,
    ) -> Result<Asked<'a>, Failure> {
        // SAFETY: the same contract.
        let given = unsafe { options::read(given, "options")? };
        let known = SIGNET_LOG_VERIFY_SIGNATURES
            | SIGNET_LOG_VERIFY_ANY_SIGNER
            | SIGNET_LOG_VERIFY_BATCH
            | SIGNET_LOG_VERIFY_COFACTORED
            | SIGNET_LOG_VERIFY_AT
            | SIGNET_LOG_VERIFY_AT_LAST_RECORD;
        options::check_flags(given.flags, known, "options")?;
        let has = |flag: u32| given.flags & flag != 0;
        // SAFETY: live, says the header.
        let trusted = unsafe { keys(trusted, trusted_len, "trusted")? };
        let signatures = has_signatures(&given, &trusted)?;
        // SAFETY: live or readable, says the header.
        let (checkpoint, vkey) = unsafe {
            (
                memory::bytes(given.checkpoint, given.checkpoint_len, "checkpoint")?,
                memory::text(given.vkey, given.vkey_len, "vkey")?,
            )
        };
        // SAFETY: live or readable, says the header.
        unsafe {
            Ok(Asked {
                trusted,
                signatures,
                servers: keys(given.servers, given.servers_len, "servers")?,
                roots: keys(given.roots, given.roots_len, "roots")?,
                control_keys: keys(given.control_keys, given.control_keys_len, "control_keys")?,
                bundle: signet_trust_bundle::borrow(given.bundle).map(|bundle| &bundle.bundle),
                cutoffs: read_cutoffs(given.cutoffs, given.cutoffs_len)?,
                params_keys: memory::handles(
                    given.params_keys,
                    given.params_keys_len,
                    "params_keys",
                )?,
                trusted_head: match checkpoint {
                    [] => None,
                    note => Some(evidence::open_checkpoint(note, vkey)?),
                },
                log_key: match vkey {
                    "" => None,
                    text => Some(VerifierKey::parse(text)?),
                },
                now: if has(SIGNET_LOG_VERIFY_AT) {
                    Some(Instant::from_unix_millis(given.now_unix_ms)?)
                } else if has(SIGNET_LOG_VERIFY_AT_LAST_RECORD) {
                    None
                } else {
                    Some(Instant::now())
                },
                given,
            })
        }
    }

    /// What the core is asked for.
    pub(super) fn options(&'a self) -> VerifyOptions<'a> {
        let has = |flag: u32| self.given.flags & flag != 0;
        let any_signer = has(SIGNET_LOG_VERIFY_ANY_SIGNER);
        let some = |keys: &'a Vec<&'a PublicKey>| (!keys.is_empty()).then_some(keys.as_slice());
        // A bundle counts instead of the listed keys.
        let listed = self.bundle.is_none();
        let policy = SignaturePolicy {
            trusted: (!any_signer && listed).then_some(self.trusted.as_slice()),
            servers: some(&self.servers).filter(|_| listed),
            roots: some(&self.roots).filter(|_| listed),
            bundle: self.bundle,
            cutoffs: &self.cutoffs,
            mode: match (
                has(SIGNET_LOG_VERIFY_BATCH),
                has(SIGNET_LOG_VERIFY_COFACTORED),
            ) {
                (false, _) => SignatureMode::OneByOne,
                (true, false) => SignatureMode::Batch(Equation::Strict),
                (true, true) => SignatureMode::Batch(Equation::Cofactored),
            },
            params_keys: &self.params_keys,
            // A bundle says nothing of who speaks for a log.
            control_keys: some(&self.control_keys),
        };
        let given = &self.given;
        VerifyOptions {
            first: given.first,
            limit: (given.limit != 0).then_some(given.limit),
            signatures: self.signatures.then_some(policy),
            trusted_head: self.trusted_head,
            cadence: (given.max_checkpoint_age_ms != 0).then_some(ExpectedCadence {
                max_age_millis: given.max_checkpoint_age_ms,
                now: self.now,
                log_key: self.log_key.as_ref(),
            }),
            threads: usize::try_from(given.threads).unwrap_or(usize::MAX),
        }
    }
}

/// Whether signatures are verified: where keys are named, too, because whoever forgets
/// the flag would take a chain of forged receipts for a verified one. What would not be
/// looked at is refused.
fn has_signatures(
    given: &signet_log_verify_options,
    trusted: &[&PublicKey],
) -> Result<bool, Failure> {
    let has = |flag: u32| given.flags & flag != 0;
    let signatures =
        has(SIGNET_LOG_VERIFY_SIGNATURES) || !trusted.is_empty() || !given.bundle.is_null();
    let of_signatures = has(SIGNET_LOG_VERIFY_ANY_SIGNER)
        || has(SIGNET_LOG_VERIFY_BATCH)
        || has(SIGNET_LOG_VERIFY_COFACTORED)
        || [
            given.params_keys_len,
            given.servers_len,
            given.roots_len,
            given.cutoffs_len,
            given.control_keys_len,
        ]
        .iter()
        .any(|len| *len != 0);
    let refused = if of_signatures && !signatures {
        "it says how to verify signatures, without SIGNET_LOG_VERIFY_SIGNATURES"
    } else if has(SIGNET_LOG_VERIFY_COFACTORED) && !has(SIGNET_LOG_VERIFY_BATCH) {
        "SIGNET_LOG_VERIFY_COFACTORED is given without SIGNET_LOG_VERIFY_BATCH"
    } else if has(SIGNET_LOG_VERIFY_AT) && has(SIGNET_LOG_VERIFY_AT_LAST_RECORD) {
        "two times are given to judge at"
    } else {
        return Ok(signatures);
    };
    Err(Error::new(ErrorKind::InvalidArgument, "options", refused).into())
}

/// # Safety
///
/// As for [`memory::elements`]; the keys are NULL or live for all of `'a`.
unsafe fn read_cutoffs<'a>(
    given: *const signet_key_cutoff,
    len: usize,
) -> Result<Vec<KeyCutoff<'a>>, Failure> {
    // SAFETY: the same contract.
    let given = unsafe { memory::elements(given, len, "cutoffs")? };
    let cutoff = |given: &signet_key_cutoff| {
        Ok(KeyCutoff {
            // SAFETY: NULL or live, says the header.
            key: unsafe { &memory::handle(given.key, "cutoffs")?.key },
            from: given.from_index,
        })
    };
    given.iter().map(cutoff).collect()
}
