//! Verifying receipts of every version.

use crate::authority::any_version::{self, DEFAULT_WINDOW_SECONDS, Expectations, Trust, Verified};
use crate::authority::chain::DEFAULT_MAX_LINKS;
use crate::authority::delegation::DEFAULT_SKEW_SECONDS;
use crate::crypto::ed25519::PublicKey;
use crate::encoding::rfc3339::Instant;
use crate::ffi::boundary::{Failure, run, silently};
use crate::ffi::buffer::signet_buffer;
use crate::ffi::error::signet_error;
use crate::ffi::handle::Handle;
use crate::ffi::json::signet_parse_options;
use crate::ffi::memory;
use crate::ffi::options::{self, Options};
use crate::ffi::public_key::{KeyWithTexts, signet_public_key};
use crate::ffi::receipt::signet_receipt;
use crate::ffi::status::signet_status;
use crate::ffi::trust_bundle::signet_trust_bundle;

/// Do not judge the expiry of receipts: evidence keeps its worth after it. That
/// of keys and delegations is always judged.
pub const SIGNET_VERIFY_IGNORE_EXPIRY: u32 = 1;
/// Judge as of now_unix_ms instead of the system clock. For old evidence: a time
/// at which it is known to have existed, such as that of its log record. What
/// the receipt says of its own time is only its signer's word.
pub const SIGNET_VERIFY_AT: u32 = 2;
/// In a receipt that a trusted server co-signed, take any agent whose signature
/// holds under the key that it names itself; "agent_trusted" in the answer of
/// signet_receipt_verify_signers() tells whether it is a trusted one.
pub const SIGNET_VERIFY_ANY_AGENT: u32 = 4;
/// Tolerate no difference between clocks.
pub const SIGNET_VERIFY_NO_SKEW: u32 = 8;

/// As window_seconds: any time.
pub const SIGNET_ANY_WINDOW: u64 = u64::MAX;

/// What is trusted and expected besides the agents' keys. Initialise with
/// SIGNET_VERIFY_OPTIONS_INIT or signet_verify_options_init(); NULL means all
/// defaults: no servers, no roots, not expired by the system clock. What is
/// pointed to is borrowed for the call.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct signet_verify_options {
    /// sizeof(signet_verify_options).
    pub struct_size: u32,
    /// SIGNET_VERIFY_… bits.
    pub flags: u32,
    /// With SIGNET_VERIFY_AT: milliseconds since 1970-01-01T00:00:00Z.
    pub now_unix_ms: i64,
    /// How many whole seconds after the agent a server may have signed; 0 means
    /// 300, SIGNET_ANY_WINDOW any time.
    pub window_seconds: u64,
    /// How old the evidence may be, in seconds: its response where it speaks of
    /// one, else its signing. It must then not be dated in the future either. 0
    /// means any age.
    pub max_age_seconds: u64,
    /// By how many seconds the clocks of signers and verifier may differ; 0 means
    /// 60, unless SIGNET_VERIFY_NO_SKEW is set.
    pub skew_seconds: u64,
    /// The keys of servers that may co-sign (version 3).
    pub servers: *const *const signet_public_key,
    /// How many there are.
    pub servers_len: usize,
    /// The keys that may delegate in the first place (version 4).
    pub roots: *const *const signet_public_key,
    /// How many there are.
    pub roots_len: usize,
    /// Agents, servers and roots that are trusted besides, each as of the time
    /// at which is judged; or NULL.
    pub bundle: *const signet_trust_bundle,
    /// How many delegations may stand between root and agent; 0 means 16.
    pub max_links: usize,
    /// The session that the call must belong to, UTF-8. NULL with length 0: any.
    pub session: *const u8,
    /// Its length in bytes.
    pub session_len: usize,
    /// The id that the call must have, UTF-8. NULL with length 0: any.
    pub call_id: *const u8,
    /// Its length in bytes.
    pub call_id_len: usize,
    /// The response that the receipt must speak of, as JSON text. NULL with
    /// length 0: it is not looked at.
    pub response: *const u8,
    /// Its length in bytes.
    pub response_len: usize,
}

// SAFETY: repr(C), starts with u32; integers and pointers, no padding.
unsafe impl Options for signet_verify_options {}

/// Fills in the defaults. NULL is ignored.
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_verify_options_init(options_out: *mut signet_verify_options) {
    // SAFETY: NULL or writable, says the header.
    silently(|| unsafe { options::init(options_out) });
}

/// Verifies a receipt of any version. Anything but SIGNET_OK means: do not
/// believe it.
///
/// Every signature must verify strictly under the key that the receipt names,
/// and that key must be trusted: versions 1 and 2 stand on an agent among
/// `trusted`, version 3 on a server among the options' besides, version 4 on
/// delegations that lead from one of the options' roots to the agent and cover
/// its action. Keys of the options' bundle count like those. Ids must derive from
/// the signatures, hashes from what they are of; timestamps must be timestamps
/// and in order; the receipt must not have expired, and must be what else the
/// options expect. A receipt that was read with SIGNET_PARSE_FORENSIC is spared
/// what the published Signet does not check. Replays are not seen: nothing here
/// remembers.
///
/// The position of an error about a delegation is the delegation's index,
/// counted from the root.
///
/// @param receipt      the receipt
/// @param trusted      the keys of agents that may have signed it; borrowed for
///                     the call
/// @param trusted_len  how many there are
/// @param options      what else is trusted and expected, or NULL
/// @param[out] error_out  details of a failure, or NULL if not wanted
/// @return SIGNET_OK; for signatures SIGNET_ERR_SIGNATURE_INVALID,
///         SIGNET_ERR_ID_MISMATCH, SIGNET_ERR_PARAMS_HASH_MISMATCH,
///         SIGNET_ERR_RECEIPT_INVALID; for keys SIGNET_ERR_KEY_MISMATCH (one key
///         was given and the receipt names another),
///         SIGNET_ERR_SIGNER_UNTRUSTED, SIGNET_ERR_KEY_DISABLED,
///         SIGNET_ERR_KEY_REVOKED, SIGNET_ERR_KEY_EXPIRED,
///         SIGNET_ERR_KEY_INVALID, SIGNET_ERR_KEY_WEAK, SIGNET_ERR_SAME_SIGNER;
///         for times SIGNET_ERR_EXPIRED, SIGNET_ERR_TIMESTAMP_INVALID,
///         SIGNET_ERR_TIME_OUT_OF_WINDOW; for what is expected
///         SIGNET_ERR_BINDING_MISMATCH (session, call id),
///         SIGNET_ERR_CONTENT_HASH_MISMATCH, SIGNET_ERR_RECEIPT_VERSION (it
///         speaks of no response), SIGNET_ERR_JSON_… (of the response); for
///         version 4 what signet_chain_verify() answers,
///         SIGNET_ERR_CHAIN_HASH_MISMATCH, SIGNET_ERR_CHAIN_ROOT_MISMATCH,
///         SIGNET_ERR_CHAIN_DELEGATE_MISMATCH, SIGNET_ERR_SCOPE_VIOLATION;
///         SIGNET_ERR_INVALID_ARGUMENT, SIGNET_ERR_TOO_LARGE,
///         SIGNET_ERR_UNSUPPORTED, SIGNET_ERR_NULL_ARGUMENT
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_receipt_verify(
    receipt: *const signet_receipt,
    trusted: *const *const signet_public_key,
    trusted_len: usize,
    options: *const signet_verify_options,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            verify(receipt, trusted, trusted_len, options)?;
            Ok(())
        })
    }
}

/// Verifies a receipt as signet_receipt_verify() does, and answers who signed it
/// as JSON: {"version", "agent", "agent_trusted"}, in version 3 "server", in
/// version 4 "root", "delegations" (ids, root first) and "scope", which is what
/// the agent was allowed to do: {"tools", "targets", "max_depth", "expires"?}.
/// Keys are "ed25519:" texts.
///
/// @param receipt      the receipt
/// @param trusted      the keys of agents that may have signed it; borrowed for
///                     the call
/// @param trusted_len  how many there are
/// @param options      what else is trusted and expected, or NULL
/// @param[out] signers_out  who signed, as JSON; owned by the caller
/// @param[out] error_out    details of a failure, or NULL if not wanted
/// @return as signet_receipt_verify()
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_receipt_verify_signers(
    receipt: *const signet_receipt,
    trusted: *const *const signet_public_key,
    trusted_len: usize,
    options: *const signet_verify_options,
    signers_out: *mut *mut signet_buffer,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let out = memory::out(signers_out, "signers_out")?;
            let verified = verify(receipt, trusted, trusted_len, options)?;
            *out = signet_buffer::into_raw(verified.json());
            Ok(())
        })
    }
}

/// Whether a response is the one that a receipt of version 2 or 3 speaks of. Says
/// nothing about signatures: see the options of signet_receipt_verify() for both.
///
/// @param receipt       the receipt
/// @param response      the response as JSON text; borrowed for the call
/// @param response_len  its length in bytes
/// @param options       limits, or NULL; no flags apply
/// @param[out] error_out  details of a failure, or NULL if not wanted
/// @return SIGNET_OK, SIGNET_ERR_CONTENT_HASH_MISMATCH, SIGNET_ERR_RECEIPT_VERSION
///         (it speaks of no response), SIGNET_ERR_JSON_…, SIGNET_ERR_TOO_LARGE,
///         SIGNET_ERR_INVALID_ARGUMENT, SIGNET_ERR_UNSUPPORTED,
///         SIGNET_ERR_NULL_ARGUMENT
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_receipt_check_response(
    receipt: *const signet_receipt,
    response: *const u8,
    response_len: usize,
    options: *const signet_parse_options,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let receipt = memory::handle(receipt, "receipt")?;
            let response = memory::bytes(response, response_len, "response")?;
            let limits = signet_parse_options::read(options, 0)?.limits();
            receipt.receipt.check_response(response, &limits)?;
            Ok(())
        })
    }
}

/// # Safety
///
/// As the header states for [`signet_receipt_verify`].
unsafe fn verify(
    receipt: *const signet_receipt,
    trusted: *const *const signet_public_key,
    trusted_len: usize,
    options: *const signet_verify_options,
) -> Result<Verified, Failure> {
    // SAFETY: the same contract.
    unsafe {
        let receipt = memory::handle(receipt, "receipt")?;
        let agents = keys(trusted, trusted_len, "trusted")?;
        let asked = Asked::read(options)?;
        let verified = any_version::verify(
            &receipt.receipt,
            &Trust {
                agents: &agents,
                ..asked.trust()
            },
            &asked.expected,
        )?;
        Ok(verified)
    }
}

/// # Safety
///
/// As for [`memory::handles`].
pub(super) unsafe fn keys<'a>(
    handles: *const *const signet_public_key,
    len: usize,
    name: &'static str,
) -> Result<Vec<&'a PublicKey>, Failure> {
    // SAFETY: the same contract.
    let handles: Vec<&KeyWithTexts> = unsafe { memory::handles(handles, len, name)? };
    Ok(handles.into_iter().map(|handle| &handle.key).collect())
}

/// The caller's options as the core takes them.
pub(super) struct Asked<'a> {
    servers: Vec<&'a PublicKey>,
    pub(super) roots: Vec<&'a PublicKey>,
    bundle: Option<&'a crate::authority::trust::TrustBundle>,
    any_agent: bool,
    pub(super) expected: Expectations<'a>,
}

impl<'a> Asked<'a> {
    /// # Safety
    ///
    /// As for [`options::read`]; what is pointed to is live or readable for all
    /// of `'a`.
    pub(super) unsafe fn read(given: *const signet_verify_options) -> Result<Asked<'a>, Failure> {
        let known = SIGNET_VERIFY_IGNORE_EXPIRY
            | SIGNET_VERIFY_AT
            | SIGNET_VERIFY_ANY_AGENT
            | SIGNET_VERIFY_NO_SKEW;
        // SAFETY: the same contract.
        let given = unsafe { options::read(given, "options")? };
        options::check_flags(given.flags, known, "options")?;
        let has = |flag: u32| given.flags & flag != 0;
        let or = |value: u64, default: u64| if value == 0 { default } else { value };
        // SAFETY: live or readable, says the header.
        let (servers, roots, bundle, session, call_id, response) = unsafe {
            (
                keys(given.servers, given.servers_len, "servers")?,
                keys(given.roots, given.roots_len, "roots")?,
                signet_trust_bundle::borrow(given.bundle),
                memory::text(given.session, given.session_len, "session")?,
                memory::text(given.call_id, given.call_id_len, "call_id")?,
                memory::bytes(given.response, given.response_len, "response")?,
            )
        };
        let expected = Expectations {
            at: match has(SIGNET_VERIFY_AT) {
                true => Instant::from_unix_millis(given.now_unix_ms)?,
                false => Instant::now(),
            },
            judge_expiry: !has(SIGNET_VERIFY_IGNORE_EXPIRY),
            skew_seconds: match has(SIGNET_VERIFY_NO_SKEW) {
                true => 0,
                false => or(given.skew_seconds, DEFAULT_SKEW_SECONDS),
            },
            max_age_seconds: (given.max_age_seconds != 0).then_some(given.max_age_seconds),
            window_seconds: match given.window_seconds {
                SIGNET_ANY_WINDOW => None,
                seconds => Some(or(seconds, DEFAULT_WINDOW_SECONDS)),
            },
            max_links: match given.max_links {
                0 => DEFAULT_MAX_LINKS,
                links => links,
            },
            session: (!given.session.is_null()).then_some(session),
            call_id: (!given.call_id.is_null()).then_some(call_id),
            response: (!given.response.is_null()).then_some(response),
        };
        Ok(Asked {
            servers,
            roots,
            bundle: bundle.map(|bundle| &bundle.bundle),
            any_agent: has(SIGNET_VERIFY_ANY_AGENT),
            expected,
        })
    }

    /// What is trusted, without agents.
    pub(super) fn trust(&self) -> Trust<'_> {
        Trust {
            agents: &[],
            any_co_signed_agent: self.any_agent,
            servers: &self.servers,
            roots: &self.roots,
            bundle: self.bundle,
        }
    }
}
