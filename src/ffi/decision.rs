//! Decisions of policies.

use crate::authority::policy::{Decision, Ruling};
use crate::ffi::boundary::{quietly, run, silently};
use crate::ffi::error::signet_error;
use crate::ffi::handle::Handle;
use crate::ffi::memory;
use crate::ffi::status::signet_status;

/// What a policy says about one call, and why. Immutable; any thread may use it
/// at any time. Owned by the caller.
pub struct signet_decision {
    _private: [u8; 0],
}

impl Handle for signet_decision {
    type Core = Ruling;
}

/// The call may be signed.
pub const SIGNET_VERDICT_ALLOW: i32 = 1;
/// A human must approve it first.
pub const SIGNET_VERDICT_REQUIRE_APPROVAL: i32 = 2;
/// It must not happen.
pub const SIGNET_VERDICT_DENY: i32 = 3;

/// The verdict: a SIGNET_VERDICT_… constant; 0, which is none of them, for NULL.
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_decision_verdict(decision: *const signet_decision) -> i32 {
    quietly(0, || {
        // SAFETY: NULL or live, says the header.
        let ruling = unsafe { signet_decision::borrow(decision) }?;
        Some(match ruling.decision() {
            Decision::Allow => SIGNET_VERDICT_ALLOW,
            Decision::RequireApproval => SIGNET_VERDICT_REQUIRE_APPROVAL,
            Decision::Deny => SIGNET_VERDICT_DENY,
        })
    })
}

/// The verdict as a status, with the policy's reason as the message.
///
/// @param decision  the decision
/// @param[out] error_out  details of a failure, or NULL if not wanted
/// @return SIGNET_OK (allowed), SIGNET_ERR_POLICY_DENIED,
///         SIGNET_ERR_APPROVAL_REQUIRED, SIGNET_ERR_NULL_ARGUMENT
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_decision_require_allowed(
    decision: *const signet_decision,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let ruling = memory::handle(decision, "decision")?;
            ruling.evaluation().require_allowed()?;
            Ok(())
        })
    }
}

/// The decision as canonical JSON: {"decision" ("allow", "require_approval" or
/// "deny"), "matched_rules" (ids), "obligations", "policy_hash", "policy_name",
/// "reason", "winning_rule" (an id, or null for the default action)}. The text
/// belongs to the decision and lives until it is freed. NULL for NULL.
///
/// @param decision  the decision
/// @param[out] len_out  the length in bytes; may be NULL
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_decision_json(
    decision: *const signet_decision,
    len_out: *mut usize,
) -> *const u8 {
    quietly(std::ptr::null(), || {
        // SAFETY: NULL or live, says the header.
        let ruling = unsafe { signet_decision::borrow(decision) };
        // SAFETY: NULL or writable, says the header.
        Some(unsafe { memory::view(ruling.map(Ruling::json), len_out) })
    })
}

/// Why, for people. The text belongs to the decision and lives until it is freed.
/// NULL for NULL.
///
/// @param decision  the decision
/// @param[out] len_out  the length in bytes; may be NULL
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_decision_reason(
    decision: *const signet_decision,
    len_out: *mut usize,
) -> *const u8 {
    quietly(std::ptr::null(), || {
        // SAFETY: NULL or live, says the header.
        let ruling = unsafe { signet_decision::borrow(decision) };
        let reason = ruling.map(|ruling| ruling.evaluation().reason.as_bytes());
        // SAFETY: NULL or writable, says the header.
        Some(unsafe { memory::view(reason, len_out) })
    })
}

/// The attestation that stands in the "policy" member of a receipt, as canonical
/// JSON. The text belongs to the decision and lives until it is freed.
///
/// @param decision  the decision; NULL gives NULL
/// @param[out] len_out  the length in bytes; may be NULL
/// @return the attestation, or NULL unless the call is allowed
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_decision_attestation(
    decision: *const signet_decision,
    len_out: *mut usize,
) -> *const u8 {
    quietly(std::ptr::null(), || {
        // SAFETY: NULL or live, says the header.
        let ruling = unsafe { signet_decision::borrow(decision) };
        let attestation = ruling.and_then(|ruling| ruling.attestation().ok());
        // SAFETY: NULL or writable, says the header.
        Some(unsafe { memory::view(attestation, len_out) })
    })
}

/// The record of a call that was not allowed, as canonical JSON: what to give to
/// signet_log_append(). No signature covers it; it is worth what the log is
/// worth. The text belongs to the decision and lives until it is freed.
///
/// @param decision  the decision; NULL gives NULL
/// @param[out] len_out  the length in bytes; may be NULL
/// @return the record, or NULL if the call is allowed
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_decision_violation(
    decision: *const signet_decision,
    len_out: *mut usize,
) -> *const u8 {
    quietly(std::ptr::null(), || {
        // SAFETY: NULL or live, says the header.
        let ruling = unsafe { signet_decision::borrow(decision) };
        let violation = ruling.and_then(Ruling::violation);
        // SAFETY: NULL or writable, says the header.
        Some(unsafe { memory::view(violation, len_out) })
    })
}

/// Releases a decision. NULL is ignored.
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_decision_free(decision: *mut signet_decision) {
    // SAFETY: NULL or live and not used afterwards, says the header.
    silently(|| unsafe { signet_decision::release(decision) });
}
