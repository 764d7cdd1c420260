//! The gate: raw MCP messages in, a verdict and the exact bytes to forward out.

use std::ffi::c_void;
use std::sync::Arc;

use crate::error::{Error, ErrorKind, Result};
use crate::ffi::boundary::{run, silently};
use crate::ffi::error::signet_error;
use crate::ffi::handle::Handle;
use crate::ffi::keypair::signet_keypair;
use crate::ffi::log::signet_log;
use crate::ffi::memory;
use crate::ffi::policy::signet_policy;
use crate::ffi::status::signet_status;
use crate::ffi::time::instant;
use crate::ffi::verdict::{VerdictCore, signet_verdict};
use crate::ffi::verifier::signet_verifier;
use crate::mcp::{Evidence, EvidenceStore, Gate, GateParts, KeepNothing};

/// Stands between the two sides of an MCP connection: verifies the tool calls that
/// come in, signs those that go out, or both, and forwards nothing that it did not
/// read strictly and decide about. Any thread may use it at any time. Owned by the
/// caller.
pub struct signet_gate {
    _private: [u8; 0],
}

impl Handle for signet_gate {
    type Core = Gate;
}

/// The receipt of a call that goes on once it is stored.
pub const SIGNET_EVIDENCE_RECEIPT: i32 = 1;
/// The record of a call that a policy did not allow. No signature covers it.
pub const SIGNET_EVIDENCE_VIOLATION: i32 = 2;

/// One thing to be kept. It lives until the callback returns. This struct never
/// grows.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct signet_evidence {
    /// The JSON text to be kept, UTF-8: what signet_log_append() takes.
    pub json: *const u8,
    /// Its length in bytes.
    pub json_len: usize,
    /// SIGNET_EVIDENCE_RECEIPT or SIGNET_EVIDENCE_VIOLATION.
    pub kind: i32,
    /// 0.
    pub reserved: u32,
}

/// Keeps the evidence of one text: all of it, as durably as the calls are to wait
/// for, or none. No lock of the library is held, and it may call the library. It may
/// be called from several threads at once. It must not unwind.
///
/// @param evidence   what to keep, in order: an array
/// @param count      how many there are, at least 1
/// @param user_data  what was given with the callback
/// @return 0 when it is kept; anything else is told as
///         SIGNET_ERR_EVIDENCE_NOT_STORED, and the number stands in the message
pub type signet_evidence_callback = Option<
    unsafe extern "C" fn(
        evidence: *const signet_evidence,
        count: usize,
        user_data: *mut c_void,
    ) -> i32,
>;

/// Makes a gate. With a verifier it verifies the calls that come in, with a key pair
/// it signs the calls that go out; where it does both, it replaces the receipt by one
/// that names it as its parent.
///
/// The JSON is an object; an unknown member is an error. How it signs, and errors
/// without a key pair: "name", "owner", "target" (texts, empty when absent),
/// "transport" ("stdio"), "session", "hash_only" (false), "existing" (what to do
/// about a call that carries a receipt and is not verified: "refuse", or
/// "replace"). How it decides: "fulfils" (an array of the types of obligations that
/// the caller fulfils; calls that a policy allows under others only are refused),
/// "allow_line_breaks" (false: on a transport with a message a line, several lines
/// are several messages to the other side), "storage_failure" ("refuse" calls whose
/// evidence cannot be stored, or "forward" them), "limits" ({"max_len" (16 MiB),
/// "max_depth" (127), "max_batch" (how many messages one batch may hold: 1000; with 0
/// batches are refused, of which MCP has none since its version of 2025-06-18)}).
///
/// @param json      the options; borrowed for the call. NULL with length 0: all
///                  defaults
/// @param json_len  their length in bytes
/// @param verifier  verifies; its policy decides too. NULL: nothing is verified
/// @param keypair   signs. NULL: nothing is signed
/// @param policy    must allow each call before it is signed; its counters go on being
///                  those of the handle. NULL: none is asked
/// @param[out] gate_out   the gate; owned by the caller
/// @param[out] error_out  details of a failure, or NULL if not wanted
/// @return SIGNET_OK; SIGNET_ERR_JSON_… and SIGNET_ERR_TOO_LARGE for the text;
///         SIGNET_ERR_INVALID_ARGUMENT for a member that is not known or has another
///         type, without verifier and key pair, and for a policy without key pair;
///         SIGNET_ERR_NULL_ARGUMENT
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_gate_new(
    json: *const u8,
    json_len: usize,
    verifier: *const signet_verifier,
    keypair: *const signet_keypair,
    policy: *const signet_policy,
    gate_out: *mut *mut signet_gate,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let out = memory::out(gate_out, "gate_out")?;
            let json = memory::bytes(json, json_len, "json")?;
            let policy = signet_policy::borrow(policy);
            let counters = policy.map(|policy| Arc::clone(policy.counters()));
            let parts = GateParts {
                verifier: signet_verifier::share(verifier),
                key: signet_keypair::share(keypair),
                policy: policy.map(|policy| Arc::new(policy.policy().clone())),
                counters: counters.unwrap_or_default(),
            };
            *out = signet_gate::into_raw(Gate::from_json(json, parts)?);
            Ok(())
        })
    }
}

/// Decides about a text off the wire: a JSON-RPC message, or a batch of them. What is
/// no tool call goes on as it came. A tool call goes on when its receipt holds, the
/// policies allow it, it could be signed, and its evidence is stored; of a batch every
/// message is decided about by itself.
///
/// Whatever fails is a refusal in the verdict: SIGNET_OK means that there is one. Send
/// on what signet_verdict_forward() says and send back what signet_verdict_answer()
/// says, and nothing else.
///
/// @param gate         the gate
/// @param message      the text; borrowed for the call
/// @param message_len  its length in bytes
/// @param at_unix_ms   the time in milliseconds since 1970-01-01T00:00:00Z, or
///                     SIGNET_NOW
/// @param keep         keeps the evidence; called at most once, before there is a
///                     verdict. NULL: no evidence is kept
/// @param user_data    given to the callback
/// @param[out] verdict_out  the verdict; owned by the caller
/// @param[out] error_out    details of a failure, or NULL if not wanted
/// @return SIGNET_OK, SIGNET_ERR_INVALID_ARGUMENT (the time),
///         SIGNET_ERR_NULL_ARGUMENT
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_gate_judge(
    gate: *const signet_gate,
    message: *const u8,
    message_len: usize,
    at_unix_ms: i64,
    keep: signet_evidence_callback,
    user_data: *mut c_void,
    verdict_out: *mut *mut signet_verdict,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let out = memory::out(verdict_out, "verdict_out")?;
            let gate = memory::handle(gate, "gate")?;
            let message = memory::bytes(message, message_len, "message")?;
            let now = instant(at_unix_ms)?;
            let verdict = match keep {
                Some(keep) => {
                    let store = |evidence: &[Evidence<'_>]| tell(keep, user_data, evidence);
                    gate.judge(message, now, &store)
                }
                None => gate.judge(message, now, &KeepNothing),
            };
            *out = signet_verdict::into_raw(VerdictCore::new(verdict));
            Ok(())
        })
    }
}

/// The same with a log that keeps the evidence, as durably as it was opened for: what
/// goes through is in the log before it goes through.
///
/// @param gate         the gate
/// @param message      the text; borrowed for the call
/// @param message_len  its length in bytes
/// @param at_unix_ms   the time in milliseconds since 1970-01-01T00:00:00Z, or
///                     SIGNET_NOW
/// @param log          keeps the evidence
/// @param[out] verdict_out  the verdict; owned by the caller
/// @param[out] error_out    details of a failure, or NULL if not wanted
/// @return SIGNET_OK, SIGNET_ERR_INVALID_ARGUMENT (the time),
///         SIGNET_ERR_NULL_ARGUMENT
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_gate_judge_with_log(
    gate: *const signet_gate,
    message: *const u8,
    message_len: usize,
    at_unix_ms: i64,
    log: *const signet_log,
    verdict_out: *mut *mut signet_verdict,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let out = memory::out(verdict_out, "verdict_out")?;
            let gate = memory::handle(gate, "gate")?;
            let message = memory::bytes(message, message_len, "message")?;
            let log: &dyn EvidenceStore = memory::handle(log, "log")?;
            let verdict = gate.judge(message, instant(at_unix_ms)?, log);
            *out = signet_verdict::into_raw(VerdictCore::new(verdict));
            Ok(())
        })
    }
}

/// Releases a gate. NULL is ignored.
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_gate_free(gate: *mut signet_gate) {
    // SAFETY: NULL or live and not used afterwards, says the header.
    silently(|| unsafe { signet_gate::release(gate) });
}

/// Gives evidence to the caller's callback.
fn tell(
    keep: unsafe extern "C" fn(*const signet_evidence, usize, *mut c_void) -> i32,
    user_data: *mut c_void,
    evidence: &[Evidence<'_>],
) -> Result<()> {
    let shown: Vec<signet_evidence> = evidence
        .iter()
        .map(|one| signet_evidence {
            json: one.json().as_ptr(),
            json_len: one.json().len(),
            kind: match one {
                Evidence::Receipt(_) => SIGNET_EVIDENCE_RECEIPT,
                Evidence::Violation(_) => SIGNET_EVIDENCE_VIOLATION,
            },
            reserved: 0,
        })
        .collect();
    // SAFETY: the header states what the callback gets.
    match unsafe { keep(shown.as_ptr(), shown.len(), user_data) } {
        0 => Ok(()),
        other => Err(Error::new(
            ErrorKind::EvidenceNotStored,
            "store",
            format!("the callback returned {other}"),
        )),
    }
}
