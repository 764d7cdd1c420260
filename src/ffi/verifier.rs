//! Verifiers: the execution boundary.

use std::sync::Arc;

use crate::ffi::boundary::{Failure, run, silently};
use crate::ffi::error::signet_error;
use crate::ffi::handle::Handle;
use crate::ffi::memory;
use crate::ffi::options::{self, Options};
use crate::ffi::policy::signet_policy;
use crate::ffi::public_key::signet_public_key;
use crate::ffi::receipt_verify::keys;
use crate::ffi::replay_store::signet_replay_store;
use crate::ffi::report::{ReportCore, signet_report};
use crate::ffi::status::signet_status;
use crate::ffi::time::instant;
use crate::ffi::trust_bundle::signet_trust_bundle;
use crate::verifier::{Call, Evidence, ReplayStore, Report, Verifier, VerifierOptions};

/// Stands in front of tools: judges whether a call may be made, and whether a
/// receipt can be relied on. It remembers what was used, so that a receipt passes
/// once. Any thread may use it at any time. Owned by the caller.
pub struct signet_verifier {
    _private: [u8; 0],
}

impl Handle for signet_verifier {
    type Core = Verifier;
}

/// Handles that a verifier is made of, besides its options in JSON. Initialise with
/// SIGNET_VERIFIER_OPTIONS_INIT or signet_verifier_options_init(); NULL means none.
/// What is pointed to is borrowed for the call.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct signet_verifier_options {
    /// sizeof(signet_verifier_options).
    pub struct_size: u32,
    /// Must be 0.
    pub flags: u32,
    /// Keys that may sign, besides "trusted_keys" in JSON.
    pub trusted_keys: *const *const signet_public_key,
    /// How many there are.
    pub trusted_keys_len: usize,
    /// Keys that may co-sign (version 3), besides "trusted_servers" in JSON.
    pub trusted_servers: *const *const signet_public_key,
    /// How many there are.
    pub trusted_servers_len: usize,
    /// Keys that may delegate (version 4), besides "trusted_roots" in JSON.
    pub trusted_roots: *const *const signet_public_key,
    /// How many there are.
    pub trusted_roots_len: usize,
    /// Keys of authorities whose decisions are believed, besides
    /// "trusted_authorities" in JSON.
    pub trusted_authorities: *const *const signet_public_key,
    /// How many there are.
    pub trusted_authorities_len: usize,
    /// Agents, servers and roots that are trusted, each within its time; instead of
    /// "trust_bundle" in JSON. NULL: none.
    pub bundle: *const signet_trust_bundle,
    /// The policy that decides about every call, and its counters, which go on
    /// being those of the handle; instead of "policy" in JSON. NULL: none.
    pub policy: *const signet_policy,
    /// Where used nonces are remembered, instead of "replay" in JSON. NULL: as
    /// stated there.
    pub replay_store: *const signet_replay_store,
}

// SAFETY: repr(C), starts with u32; integers and pointers, no padding.
unsafe impl Options for signet_verifier_options {}

/// What one call or receipt is held to, besides what the verifier holds everything
/// to. Initialise with SIGNET_CHECK_OPTIONS_INIT or signet_check_options_init();
/// NULL means nothing. What is pointed to is borrowed for the call.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct signet_check_options {
    /// sizeof(signet_check_options).
    pub struct_size: u32,
    /// Must be 0.
    pub flags: u32,
    /// The target that it was presented to, UTF-8. NULL: any.
    pub target: *const u8,
    /// Its length in bytes.
    pub target_len: usize,
    /// The session that it must belong to, UTF-8. NULL: any.
    pub session: *const u8,
    /// Its length in bytes.
    pub session_len: usize,
    /// The id of the call as receipts write it ("n:7", "s:abc"). NULL: any.
    pub call_id: *const u8,
    /// Its length in bytes.
    pub call_id_len: usize,
    /// For receipts: the arguments that were called with, as JSON text. NULL: they
    /// are not looked at.
    pub arguments: *const u8,
    /// Their length in bytes.
    pub arguments_len: usize,
    /// For receipts of version 2 and 3: the response, as JSON text. NULL: it is not
    /// looked at.
    pub response: *const u8,
    /// Its length in bytes.
    pub response_len: usize,
}

// SAFETY: repr(C), starts with u32; integers and pointers, no padding.
unsafe impl Options for signet_check_options {}

/// Fills in the defaults. NULL is ignored.
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_verifier_options_init(options_out: *mut signet_verifier_options) {
    // SAFETY: NULL or writable, says the header.
    silently(|| unsafe { options::init(options_out) });
}

/// Fills in the defaults. NULL is ignored.
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_check_options_init(options_out: *mut signet_check_options) {
    // SAFETY: NULL or writable, says the header.
    silently(|| unsafe { options::init(options_out) });
}

/// Makes a verifier from options in JSON and handles.
///
/// The JSON is an object; an unknown member is an error, because a misspelt
/// requirement would be a requirement that nobody makes. Who is trusted, nobody
/// when absent: "trusted_keys", "trusted_servers", "trusted_roots",
/// "trusted_authorities" (arrays of keys as texts), "trust_bundle" (an object, or
/// JSON or YAML in a string), "revoked" (an object from the ids of delegations and
/// decisions to the date-times since when they are). How fresh a receipt must be:
/// "max_age_seconds" (300), "clock_skew_seconds" (30), "response_window_seconds"
/// (300; 0 for any), "not_before" (an RFC 3339 date-time). What it must be for:
/// "targets" (an array), "session", "call_id". What else it must have: "require_signature" (true),
/// "require_trusted_signer" (true), "require_delegation" (false),
/// "require_decision" (false), "allow_hash_only" (false), "max_chain_links" (16).
/// "policy" is an object, or JSON or YAML in a string; "limits" is {"max_len",
/// "max_depth"}; "replay" is "memory" (the default), "off", {"store":"memory",
/// "capacity"?} or {"store":"file", "path", "capacity"?, "lifetime_seconds"?,
/// "sync"?, "share_at_once"?, "form"? ("rust_python" or "typescript")}.
///
/// @param json      the options; borrowed for the call. NULL with length 0: all
///                  defaults
/// @param json_len  their length in bytes
/// @param options   handles, or NULL
/// @param[out] verifier_out  the verifier; owned by the caller
/// @param[out] error_out     details of a failure, or NULL if not wanted
/// @return SIGNET_OK; SIGNET_ERR_JSON_… and SIGNET_ERR_TOO_LARGE for the text;
///         SIGNET_ERR_INVALID_ARGUMENT for a member that is not known or has
///         another type, for options that contradict each other, and for what is
///         there twice; SIGNET_ERR_KEY_INVALID, SIGNET_ERR_KEY_WEAK,
///         SIGNET_ERR_TIMESTAMP_INVALID, SIGNET_ERR_TRUST_BUNDLE_INVALID,
///         SIGNET_ERR_POLICY_INVALID, SIGNET_ERR_REPLAY_STORE_FAILED,
///         SIGNET_ERR_UNSUPPORTED, SIGNET_ERR_NULL_ARGUMENT
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_verifier_new(
    json: *const u8,
    json_len: usize,
    options: *const signet_verifier_options,
    verifier_out: *mut *mut signet_verifier,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let out = memory::out(verifier_out, "verifier_out")?;
            let json = memory::bytes(json, json_len, "json")?;
            let mut asked = VerifierOptions::from_json(json)?;
            add_handles(&mut asked, options)?;
            *out = signet_verifier::into_raw(Verifier::new(asked)?);
            Ok(())
        })
    }
}

/// Judges a call that is about to be made. Make it only after SIGNET_OK: then the
/// receipt's nonce is used up, durably where the replay store is a file, and counts
/// for the policy's rate limits. A call that is refused leaves no trace.
///
/// Unlike other outputs the report is set whenever the call was judged, also when it
/// is refused.
///
/// @param verifier       the verifier
/// @param tool           the tool that is called, in MCP params.name; borrowed
/// @param tool_len       its length in bytes
/// @param arguments      the arguments as they arrived, any JSON text, in MCP
///                       params.arguments: byte for byte what the tool will read.
///                       NULL, "null" and "{}" mean that there are none; borrowed
/// @param arguments_len  their length in bytes
/// @param receipt        the JSON text of the receipt that came with it, in MCP
///                       params._meta._signet. NULL: none came; borrowed
/// @param receipt_len    its length in bytes
/// @param at_unix_ms     the time in milliseconds since 1970-01-01T00:00:00Z, or
///                       SIGNET_NOW
/// @param options        what else it is held to, or NULL; not arguments and
///                       response
/// @param[out] report_out  what was found; owned by the caller, also on failure
/// @param[out] error_out   details of a failure, or NULL if not wanted
/// @return SIGNET_OK; the status of the first axis that failed:
///         SIGNET_ERR_UNSIGNED, SIGNET_ERR_JSON_…, SIGNET_ERR_RECEIPT_INVALID,
///         SIGNET_ERR_RECEIPT_VERSION, SIGNET_ERR_UNKNOWN_MEMBER,
///         SIGNET_ERR_SIGNATURE_INVALID, SIGNET_ERR_ID_MISMATCH,
///         SIGNET_ERR_PARAMS_HASH_MISMATCH, SIGNET_ERR_SIGNER_UNTRUSTED,
///         SIGNET_ERR_KEY_…, SIGNET_ERR_TOO_OLD, SIGNET_ERR_FROM_FUTURE,
///         SIGNET_ERR_EXPIRED, SIGNET_ERR_TIMESTAMP_INVALID,
///         SIGNET_ERR_DELEGATION_…, SIGNET_ERR_CHAIN_…, SIGNET_ERR_SCOPE_…,
///         SIGNET_ERR_REVOKED,
///         SIGNET_ERR_TARGET_MISMATCH, SIGNET_ERR_BINDING_MISMATCH,
///         SIGNET_ERR_TOOL_MISMATCH, SIGNET_ERR_ARGUMENTS_MISMATCH,
///         SIGNET_ERR_ARGUMENTS_HIDDEN, SIGNET_ERR_DECISION_…,
///         SIGNET_ERR_POLICY_DENIED, SIGNET_ERR_APPROVAL_REQUIRED,
///         SIGNET_ERR_REPLAYED, SIGNET_ERR_REPLAY_STORE_…; without a report
///         SIGNET_ERR_INVALID_ARGUMENT, SIGNET_ERR_UNSUPPORTED,
///         SIGNET_ERR_NULL_ARGUMENT
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_verifier_check_call(
    verifier: *const signet_verifier,
    tool: *const u8,
    tool_len: usize,
    arguments: *const u8,
    arguments_len: usize,
    receipt: *const u8,
    receipt_len: usize,
    at_unix_ms: i64,
    options: *const signet_check_options,
    report_out: *mut *mut signet_report,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let out = memory::out(report_out, "report_out")?;
            let verifier = memory::handle(verifier, "verifier")?;
            let tool = memory::text(tool, tool_len, "tool")?;
            let arguments = memory::optional_bytes(arguments, arguments_len, "arguments")?;
            let receipt = memory::optional_bytes(receipt, receipt_len, "receipt")?;
            let now = instant(at_unix_ms)?;
            let held_to = HeldTo::read(options)?;
            if held_to.arguments.is_some() || held_to.response.is_some() {
                let detail = "arguments and response are for receipts, not for calls";
                return Err(memory::invalid("options", detail));
            }
            let call = Call {
                receipt,
                tool,
                arguments,
                target: held_to.target,
                session: held_to.session,
                call_id: held_to.call_id,
            };
            report_into(out, verifier.check_call(&call, now))
        })
    }
}

/// Judges a receipt that was just received, of any version and without a call, such
/// as a server's co-signature: as signet_verifier_check_call() does, with freshness
/// and replay. A policy is not asked.
///
/// Unlike other outputs the report is set whenever the receipt was judged, also when
/// it is refused.
///
/// @param verifier     the verifier
/// @param receipt      the JSON text of the receipt; borrowed for the call
/// @param receipt_len  its length in bytes
/// @param at_unix_ms   the time in milliseconds since 1970-01-01T00:00:00Z, or
///                     SIGNET_NOW
/// @param options      what else it is held to, or NULL
/// @param[out] report_out  what was found; owned by the caller, also on failure
/// @param[out] error_out   details of a failure, or NULL if not wanted
/// @return as signet_verifier_check_call(), and SIGNET_ERR_CONTENT_HASH_MISMATCH,
///         SIGNET_ERR_TIME_OUT_OF_WINDOW, SIGNET_ERR_SAME_SIGNER
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_verifier_check_receipt(
    verifier: *const signet_verifier,
    receipt: *const u8,
    receipt_len: usize,
    at_unix_ms: i64,
    options: *const signet_check_options,
    report_out: *mut *mut signet_report,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let out = memory::out(report_out, "report_out")?;
            let verifier = memory::handle(verifier, "verifier")?;
            let receipt = memory::bytes(receipt, receipt_len, "receipt")?;
            let now = instant(at_unix_ms)?;
            let evidence = HeldTo::read(options)?.evidence(receipt);
            report_into(out, verifier.check_receipt(&evidence, now))
        })
    }
}

/// Judges a receipt as evidence of the past: the signers must have been trusted, the
/// receipt and its delegations valid at that time, and it must not be dated later.
/// Neither age nor replay is looked at, and nothing is recorded.
///
/// Unlike other outputs the report is set whenever the receipt was judged, also when
/// it is refused.
///
/// @param verifier     the verifier
/// @param receipt      the JSON text of the receipt; borrowed for the call
/// @param receipt_len  its length in bytes
/// @param at_unix_ms   a time at which the receipt is known to have existed, such as
///                     that of its log record, in milliseconds since
///                     1970-01-01T00:00:00Z, or SIGNET_NOW
/// @param options      what else it is held to, or NULL
/// @param[out] report_out  what was found; owned by the caller, also on failure
/// @param[out] error_out   details of a failure, or NULL if not wanted
/// @return as signet_verifier_check_receipt(), but for what is not looked at
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_verifier_check_evidence(
    verifier: *const signet_verifier,
    receipt: *const u8,
    receipt_len: usize,
    at_unix_ms: i64,
    options: *const signet_check_options,
    report_out: *mut *mut signet_report,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let out = memory::out(report_out, "report_out")?;
            let verifier = memory::handle(verifier, "verifier")?;
            let receipt = memory::bytes(receipt, receipt_len, "receipt")?;
            let at = instant(at_unix_ms)?;
            let evidence = HeldTo::read(options)?.evidence(receipt);
            report_into(out, verifier.check_evidence(&evidence, at))
        })
    }
}

/// Releases a verifier. NULL is ignored.
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_verifier_free(verifier: *mut signet_verifier) {
    // SAFETY: NULL or live and not used afterwards, says the header.
    silently(|| unsafe { signet_verifier::release(verifier) });
}

/// Hands out a report, and makes what it says first the outcome of the call.
pub(super) fn report_into(out: &mut *mut signet_report, report: Report) -> Result<(), Failure> {
    let outcome = report.require_ok();
    *out = signet_report::into_raw(ReportCore::new(report));
    Ok(outcome?)
}

/// # Safety
///
/// As for [`options::read`]; handles are NULL or live.
unsafe fn add_handles(
    asked: &mut VerifierOptions,
    given: *const signet_verifier_options,
) -> Result<(), Failure> {
    // SAFETY: the same contract.
    let given = unsafe { options::read(given, "options")? };
    options::check_flags(given.flags, 0, "options")?;
    // SAFETY: NULL or live, says the header.
    let (agents, servers, roots, authorities, bundle, policy, store) = unsafe {
        (
            keys(given.trusted_keys, given.trusted_keys_len, "trusted_keys")?,
            keys(
                given.trusted_servers,
                given.trusted_servers_len,
                "trusted_servers",
            )?,
            keys(
                given.trusted_roots,
                given.trusted_roots_len,
                "trusted_roots",
            )?,
            keys(
                given.trusted_authorities,
                given.trusted_authorities_len,
                "trusted_authorities",
            )?,
            signet_trust_bundle::borrow(given.bundle),
            signet_policy::borrow(given.policy),
            signet_replay_store::borrow(given.replay_store),
        )
    };
    asked.trusted_keys.extend(agents);
    asked.trusted_servers.extend(servers);
    asked.trusted_roots.extend(roots);
    asked.trusted_authorities.extend(authorities);
    let twice = |what| memory::invalid("options", what);
    if let Some(bundle) = bundle {
        if asked.trust_bundle.is_some() {
            return Err(twice("there is a trust bundle in the JSON already"));
        }
        asked.trust_bundle = Some(bundle.bundle.clone());
    }
    if let Some(policy) = policy {
        if asked.policy.is_some() {
            return Err(twice("there is a policy in the JSON already"));
        }
        asked.policy = Some(policy.policy().clone());
        asked.counters = Arc::clone(policy.counters());
    }
    if let Some(store) = store {
        if !asked.replay.is_default() {
            return Err(twice("there is a replay store in the JSON already"));
        }
        asked.replay = ReplayStore::Shared(store.store());
    }
    Ok(())
}

/// The caller's check options.
struct HeldTo<'a> {
    target: Option<&'a str>,
    session: Option<&'a str>,
    call_id: Option<&'a str>,
    arguments: Option<&'a [u8]>,
    response: Option<&'a [u8]>,
}

impl<'a> HeldTo<'a> {
    /// # Safety
    ///
    /// As for [`options::read`]; what is pointed to is readable for all of `'a`.
    unsafe fn read(given: *const signet_check_options) -> Result<HeldTo<'a>, Failure> {
        // SAFETY: the same contract.
        let given = unsafe { options::read(given, "options")? };
        options::check_flags(given.flags, 0, "options")?;
        // SAFETY: readable, says the header.
        unsafe {
            Ok(HeldTo {
                target: memory::optional_text(given.target, given.target_len, "target")?,
                session: memory::optional_text(given.session, given.session_len, "session")?,
                call_id: memory::optional_text(given.call_id, given.call_id_len, "call_id")?,
                arguments: memory::optional_bytes(
                    given.arguments,
                    given.arguments_len,
                    "arguments",
                )?,
                response: memory::optional_bytes(given.response, given.response_len, "response")?,
            })
        }
    }

    fn evidence(self, receipt: &'a [u8]) -> Evidence<'a> {
        Evidence {
            receipt,
            arguments: self.arguments,
            response: self.response,
            target: self.target,
            session: self.session,
            call_id: self.call_id,
        }
    }
}
