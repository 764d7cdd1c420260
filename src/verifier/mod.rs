//! The execution boundary: whether a call may be made, and whether a receipt
//! can be relied on.
//!
//! A [`Verifier`] is made once, from [`VerifierOptions`], and shared by all
//! threads. It answers with a [`Report`]: every axis passed, failed or was not
//! checked, each with a stable code.
//!
//! * [`Verifier::check_call`] stands in front of a tool: the receipt that came
//!   with the call must be signed by somebody trusted, be fresh, be for this
//!   target, tool and arguments, be allowed, and not have been seen before. A
//!   call that passes is recorded as used in the same step, so that of two
//!   copies one passes, whichever threads or processes race.
//! * [`Verifier::check_receipt`] asks the same of a receipt that was just
//!   received without a call, such as a server's co-signature.
//! * [`Verifier::check_evidence`] looks at the past: trust, delegations and
//!   expiry are judged at a time at which the receipt is known to have existed.
//!   Age and replay say nothing there and are reported as not checked.

mod accept;
mod axes;
mod content;
mod judge;
mod options;
mod options_json;
mod replay;
mod replay_disk;
mod replay_file;
mod replay_journal;
mod replay_memory;
mod replay_published;
mod replay_table;
mod report;
mod trust;

pub use options::{
    DEFAULT_CLOCK_SKEW_SECONDS, DEFAULT_MAX_AGE_SECONDS, DEFAULT_RESPONSE_WINDOW_SECONDS,
    VerifierOptions,
};
pub use replay::{DEFAULT_CAPACITY, NonceStore, NonceUse};
pub use replay_file::{FileNonces, FileNoncesOptions};
pub use replay_memory::MemoryNonces;
pub use replay_published::PublishedForm;
pub use report::{Axis, Check, Party, Remark, Report, Unchecked};

use std::path::PathBuf;
use std::sync::{Arc, MutexGuard, PoisonError};

use crate::authority::policy::RateLimits;
use crate::encoding::rfc3339::Instant;
use crate::error::Result;

use judge::{Judge, Question};
use trust::TrustedKeys;

/// Where used nonces are remembered.
#[derive(Clone, Debug)]
pub enum ReplayStore {
    /// In memory: for this verifier, until it ends.
    Memory {
        /// How many: [`DEFAULT_CAPACITY`].
        capacity: usize,
    },
    /// In a file: for all processes that use it, and across restarts.
    File {
        /// The path of the nonce file; see [`FileNonces`].
        path: PathBuf,
        /// How it is kept.
        options: FileNoncesOptions,
    },
    /// Wherever this keeps them. Several verifiers may share one.
    Shared(Arc<dyn NonceStore>),
    /// Nowhere: every receipt may be presented again while it is fresh.
    Off,
}

impl Default for ReplayStore {
    fn default() -> ReplayStore {
        ReplayStore::Memory {
            capacity: DEFAULT_CAPACITY,
        }
    }
}

impl ReplayStore {
    /// Whether nothing was said about it.
    #[cfg(feature = "capi")]
    pub(crate) fn is_default(&self) -> bool {
        matches!(self, ReplayStore::Memory { capacity } if *capacity == DEFAULT_CAPACITY)
    }
}

/// A call that is about to be made, as it arrived.
#[derive(Clone, Copy, Debug, Default)]
pub struct Call<'a> {
    /// The JSON text of the receipt that came with it, in MCP the value of
    /// `params._meta._signet`; `None` when there is none (or it is `null`).
    pub receipt: Option<&'a [u8]>,
    /// The tool that is called, in MCP `params.name`.
    pub tool: &'a str,
    /// The arguments as they arrived, any JSON text, in MCP `params.arguments`.
    /// `None`, `null` and `{}` all mean that there are none. Byte for byte what
    /// the tool will read: they are compared by exact value, whatever the order
    /// of members or the spelling of numbers.
    pub arguments: Option<&'a [u8]>,
    /// The target that the call was presented to, where the caller knows it for
    /// each call; besides [`VerifierOptions::targets`].
    pub target: Option<&'a str>,
    /// The session that the call belongs to; besides the option.
    pub session: Option<&'a str>,
    /// The id of the call in the form of receipts (`n:7`, `s:abc`); besides the
    /// option.
    pub call_id: Option<&'a str>,
}

/// A receipt to be judged by itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct Evidence<'a> {
    /// The JSON text of the receipt, of any version.
    pub receipt: &'a [u8],
    /// The arguments that were called with, where they are known: JSON text.
    pub arguments: Option<&'a [u8]>,
    /// The response that versions 2 and 3 speak of, where it is known: JSON text.
    pub response: Option<&'a [u8]>,
    /// The target that the receipt must be for; besides the option.
    pub target: Option<&'a str>,
    /// The session that it must belong to; besides the option.
    pub session: Option<&'a str>,
    /// The call that it must belong to; besides the option.
    pub call_id: Option<&'a str>,
}

/// Judges calls and receipts. Made once, shared by all threads.
#[derive(Debug)]
pub struct Verifier {
    options: VerifierOptions,
    keys: TrustedKeys,
    nonces: Option<Arc<dyn NonceStore>>,
    nonce_file: Option<Arc<FileNonces>>,
}

impl Verifier {
    /// A verifier with these options.
    ///
    /// [`ErrorKind::InvalidArgument`](crate::ErrorKind::InvalidArgument) when they contradict each other,
    /// [`ErrorKind::ReplayStoreFailed`](crate::ErrorKind::ReplayStoreFailed) when the replay store cannot be opened.
    pub fn new(options: VerifierOptions) -> Result<Verifier> {
        options.check()?;
        let mut nonce_file = None;
        let nonces: Option<Arc<dyn NonceStore>> = match &options.replay {
            ReplayStore::Off => None,
            ReplayStore::Memory { capacity } => Some(Arc::new(MemoryNonces::new(*capacity))),
            ReplayStore::File { path, options } => {
                let file = Arc::new(FileNonces::open(path, *options)?);
                nonce_file = Some(Arc::clone(&file));
                Some(file)
            }
            ReplayStore::Shared(store) => Some(Arc::clone(store)),
        };
        Ok(Verifier {
            keys: TrustedKeys::of(&options),
            options,
            nonces,
            nonce_file,
        })
    }

    /// A verifier with options in JSON: see [`VerifierOptions::from_json`].
    pub fn from_json(options: &[u8]) -> Result<Verifier> {
        Verifier::new(VerifierOptions::from_json(options)?)
    }

    fn counters(&self) -> MutexGuard<'_, RateLimits> {
        self.options
            .counters
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes the nonces that still matter to the nonce file for published
    /// programs: see [`FileNonces::export`]. Does nothing when nonces are kept
    /// elsewhere.
    pub fn export_nonces(&self, now: Instant) -> Result<()> {
        match &self.nonce_file {
            Some(file) => file.export(now),
            None => Ok(()),
        }
    }

    /// The options.
    pub fn options(&self) -> &VerifierOptions {
        &self.options
    }

    /// Judges a call that is about to be made, at the time `now`.
    ///
    /// Make the call only when [`Report::is_ok`]. The receipt's nonce is then
    /// recorded as used, durably where the replay store is a file, and rate
    /// limits of the policy are counted; nothing is recorded of a call that is
    /// refused. A call without a receipt is refused as
    /// [`ErrorKind::Unsigned`](crate::ErrorKind::Unsigned) unless the options let it through; the policy is
    /// asked about it all the same, with an empty agent name.
    ///
    /// Only versions 1 and 4 are receipts of a call that is still to be made.
    pub fn check_call(&self, call: &Call<'_>, now: Instant) -> Report {
        Judge::new(self, Question::Call, now).call(call)
    }

    /// Judges a receipt that was just received, at the time `now`: like
    /// [`Verifier::check_call`] with freshness and replay, for every version and
    /// without a call to compare with. The policy is not asked.
    pub fn check_receipt(&self, evidence: &Evidence<'_>, now: Instant) -> Report {
        Judge::new(self, Question::Received, now).evidence(evidence)
    }

    /// Judges a receipt as evidence of the past.
    ///
    /// `at` is a time at which the receipt is known to have existed: that of its
    /// log record or of a checkpoint over it. The signers must have been trusted
    /// then, the receipt and its delegations must have been valid then, and it
    /// must not be dated later. Neither age nor replay is looked at, and nothing
    /// is recorded.
    pub fn check_evidence(&self, evidence: &Evidence<'_>, at: Instant) -> Report {
        Judge::new(self, Question::Past, at).evidence(evidence)
    }
}
