//! What a verifier holds receipts to. The defaults are the strict ones: a
//! signature, a signer that is trusted, freshness, and a memory for replays.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use crate::authority::chain::{DEFAULT_MAX_LINKS, MAX_LINKS};
use crate::authority::policy::{Policy, RateLimits};
use crate::authority::trust::TrustBundle;
use crate::crypto::ed25519::PublicKey;
use crate::encoding::jcs::Limits;
use crate::encoding::rfc3339::Instant;
use crate::error::{Error, ErrorKind, Result};
use crate::verifier::{ReplayStore, options_json};

/// The oldest receipt that is acted on, in seconds, unless told otherwise.
pub const DEFAULT_MAX_AGE_SECONDS: u64 = 300;
/// By how many seconds clocks may differ, unless told otherwise.
pub const DEFAULT_CLOCK_SKEW_SECONDS: u64 = 30;
/// How many seconds after the agent a server may co-sign, unless told otherwise.
pub const DEFAULT_RESPONSE_WINDOW_SECONDS: u64 = 300;

/// What to hold receipts and calls to.
///
/// [`VerifierOptions::default`] trusts nobody and therefore accepts nothing:
/// name keys, or give a trust bundle.
#[derive(Debug)]
pub struct VerifierOptions {
    /// Keys that may sign receipts, besides those of the trust bundle.
    pub trusted_keys: Vec<PublicKey>,
    /// Keys that may co-sign receipts (version 3), besides those of the bundle.
    pub trusted_servers: Vec<PublicKey>,
    /// Keys that delegations may start from (version 4), besides the bundle's.
    pub trusted_roots: Vec<PublicKey>,
    /// Keys of authorities whose decisions (`authz_decision`) are believed.
    pub trusted_authorities: Vec<PublicKey>,
    /// Keys with their history: each is trusted at the times at which it was
    /// active. A key that the bundle calls revoked at the time in question is
    /// refused wherever it stands, even if it is also named above.
    pub trust_bundle: Option<TrustBundle>,

    /// Delegations (`del_…`) and decisions (`dec_…`) that were revoked, and since
    /// when.
    pub revoked: HashMap<String, Instant>,

    /// How old a receipt may be that is acted on: 300 s.
    pub max_age_seconds: u64,
    /// By how much the clocks of signer and verifier may differ: 30 s. A receipt
    /// may be dated so much after the verifier's time; delegations are accepted
    /// so much after their expiry and before their issue.
    pub clock_skew_seconds: u64,
    /// Receipts signed before this are refused. A server whose replay memory
    /// does not survive a restart gives the time of its start.
    pub not_before: Option<Instant>,
    /// How long after the agent's signature a server may have co-signed
    /// (version 3): 300 s. `None` for any time.
    pub response_window_seconds: Option<u64>,

    /// The targets that this verifier stands for: a receipt must be for one of
    /// them. Empty: any, and the target axis is not checked.
    pub targets: Vec<String>,
    /// The session that receipts must belong to.
    pub session: Option<String>,
    /// The call that receipts must belong to.
    pub call_id: Option<String>,

    /// Whether a call must carry a receipt: yes.
    pub require_signature: bool,
    /// Whether the signer must be a trusted one: yes. Without it a receipt by
    /// anybody's key passes, and the report says that nobody trusted it.
    pub require_trusted_signer: bool,
    /// In a receipt that a trusted server co-signed, take any agent whose
    /// signature holds under the key that it names: no. The report says that
    /// nobody trusted the agent.
    pub any_co_signed_agent: bool,
    /// Whether the signer must act on a delegation (version 4): no.
    pub require_delegation: bool,
    /// Whether a trusted authority must have decided for the action: no.
    pub require_decision: bool,
    /// Whether a receipt may hold only the hash of its params: no. The arguments
    /// of the call are then compared with the hash.
    pub allow_hash_only: bool,
    /// How many delegations a chain may have: 16.
    pub max_chain_links: usize,

    /// The policy that decides about every call; rate limits count per agent by the
    /// agent's key. An agent goes by the name that
    /// the trust bundle gives its key. One that the bundle does not list goes by
    /// the name in its receipt, which is its own choice: rules that allow by
    /// `agent` are for agents that a bundle names.
    pub policy: Option<Policy>,
    /// The counters of its rate limits: the verifier's own, unless they are shared
    /// with others that ask the same policy.
    pub counters: Arc<Mutex<RateLimits>>,
    /// Where used nonces are remembered: in memory.
    pub replay: ReplayStore,
    /// The largest receipts and arguments that are read.
    pub limits: Limits,
}

impl Default for VerifierOptions {
    fn default() -> VerifierOptions {
        VerifierOptions {
            trusted_keys: Vec::new(),
            trusted_servers: Vec::new(),
            trusted_roots: Vec::new(),
            trusted_authorities: Vec::new(),
            trust_bundle: None,
            revoked: HashMap::new(),
            max_age_seconds: DEFAULT_MAX_AGE_SECONDS,
            clock_skew_seconds: DEFAULT_CLOCK_SKEW_SECONDS,
            not_before: None,
            response_window_seconds: Some(DEFAULT_RESPONSE_WINDOW_SECONDS),
            targets: Vec::new(),
            session: None,
            call_id: None,
            require_signature: true,
            require_trusted_signer: true,
            any_co_signed_agent: false,
            require_delegation: false,
            require_decision: false,
            allow_hash_only: false,
            max_chain_links: DEFAULT_MAX_LINKS,
            policy: None,
            counters: Arc::default(),
            replay: ReplayStore::default(),
            limits: Limits::default(),
        }
    }
}

impl VerifierOptions {
    /// Refuses options that contradict each other.
    pub(super) fn check(&self) -> Result<()> {
        let refuse = |detail| Err(Error::new(ErrorKind::InvalidArgument, "options", detail));
        if !self.require_signature && (self.require_delegation || self.require_decision) {
            return refuse("a delegation or decision is required, and a signature is not");
        }
        if self.require_decision && self.trusted_authorities.is_empty() {
            return refuse("a decision is required, and no authority is trusted");
        }
        if self.max_chain_links == 0 || self.max_chain_links > MAX_LINKS {
            return refuse("max_chain_links must be between 1 and 256");
        }
        Ok(())
    }

    /// Reads options from a JSON object.
    ///
    /// Members, all optional: `trusted_keys`, `trusted_servers`, `trusted_roots`,
    /// `trusted_authorities` (arrays of keys: `ed25519:<base64>`, bare base64 or
    /// `did:key:z…`); `trust_bundle` and `policy` (an object, or a string with
    /// JSON or YAML); `revoked` (an object from id to RFC 3339 time);
    /// `max_age_seconds`, `clock_skew_seconds`,
    /// `response_window_seconds` (0 for any), `not_before` (RFC 3339);
    /// `targets` (array), `session`, `call_id`; `require_signature`,
    /// `require_trusted_signer`, `require_delegation`, `require_decision`,
    /// `allow_hash_only` (true or false); `max_chain_links`; `limits`
    /// (`{max_len, max_depth}`); and `replay`: `"memory"`, `"off"`,
    /// `{"store":"memory","capacity"?}` or `{"store":"file","path","capacity"?,
    /// "lifetime_seconds"?,"sync"?,"share_at_once"?,"form"?}` with the form
    /// `"rust_python"` or `"typescript"`.
    ///
    /// An empty text is an object without members. [`ErrorKind::InvalidArgument`]
    /// for a member that is none of these or has another type, and the errors of
    /// keys, policies and trust bundles. That options contradict each other is for
    /// [`Verifier::new`](crate::verifier::Verifier::new) to say, when all of them
    /// are there.
    pub fn from_json(json: &[u8]) -> Result<VerifierOptions> {
        options_json::read(json)
    }
}
