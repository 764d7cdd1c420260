//! Policies: deciding before signing, with the counters of rate limits inside.

use crate::authority::policy::{Counting, Enforcer, Policy};
use crate::ffi::boundary::{quietly, run, silently};
use crate::ffi::decision::signet_decision;
use crate::ffi::document::format_of;
use crate::ffi::error::signet_error;
use crate::ffi::handle::Handle;
use crate::ffi::keypair::signet_keypair;
use crate::ffi::memory;
use crate::ffi::options;
use crate::ffi::receipt::{ReceiptCore, signet_receipt};
use crate::ffi::receipt_options::{read_sign_options, signet_sign_options};
use crate::ffi::status::signet_status;
use crate::ffi::time::instant;
use crate::receipt::{Action, ActionOptions, Signer};

/// A policy, and how often the rules with a rate limit have been used. The counts
/// live with the handle: they begin at nothing, and no log is read for them. Any thread
/// may use it at any time; decisions about such rules come one after the other.
/// Owned by the caller.
pub struct signet_policy {
    _private: [u8; 0],
}

impl Handle for signet_policy {
    type Core = Enforcer;
}

/// Look without counting: the call is only asked about, and no rate limit is
/// used up.
pub const SIGNET_EVALUATE_DRY_RUN: u32 = 1;

/// Reads a policy. What the format does not define is refused: a misspelt rule
/// must not mean "no condition".
///
/// @param text      the document; borrowed for the call
/// @param text_len  its length in bytes
/// @param format    a SIGNET_FORMAT_… constant
/// @param previous  a policy that this one replaces, whose counts go on for rules
///                  of the same id; NULL: nothing is counted yet
/// @param[out] policy_out  the policy; owned by the caller
/// @param[out] error_out   details of a failure, or NULL if not wanted: see
///                         signet_error_line()
/// @return SIGNET_OK, SIGNET_ERR_POLICY_INVALID, SIGNET_ERR_TOO_LARGE,
///         SIGNET_ERR_INVALID_ARGUMENT, SIGNET_ERR_NULL_ARGUMENT
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_policy_parse(
    text: *const u8,
    text_len: usize,
    format: i32,
    previous: *const signet_policy,
    policy_out: *mut *mut signet_policy,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let out = memory::out(policy_out, "policy_out")?;
            let text = memory::bytes(text, text_len, "text")?;
            let policy = Policy::parse(text, format_of(text, format)?)?;
            *out = signet_policy::into_raw(match signet_policy::borrow(previous) {
                Some(previous) => Enforcer::succeeding(policy, previous),
                None => Enforcer::new(policy),
            });
            Ok(())
        })
    }
}

/// The policy as canonical JSON with every default filled in, whatever it was
/// written in. The text belongs to the policy and lives until it is freed. NULL
/// for NULL.
///
/// @param policy  the policy
/// @param[out] len_out  the length in bytes; may be NULL
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_policy_json(
    policy: *const signet_policy,
    len_out: *mut usize,
) -> *const u8 {
    quietly(std::ptr::null(), || {
        // SAFETY: NULL or live, says the header.
        let policy = unsafe { signet_policy::borrow(policy) };
        let json = policy.map(|core| core.policy().normal_form());
        // SAFETY: NULL or writable, says the header.
        Some(unsafe { memory::view(json, len_out) })
    })
}

/// "sha256:" and the hash of signet_policy_json(), which stands in receipts. The
/// text belongs to the policy and lives until it is freed. NULL for NULL.
///
/// @param policy  the policy
/// @param[out] len_out  the length in bytes; may be NULL
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_policy_hash(
    policy: *const signet_policy,
    len_out: *mut usize,
) -> *const u8 {
    quietly(std::ptr::null(), || {
        // SAFETY: NULL or live, says the header.
        let policy = unsafe { signet_policy::borrow(policy) };
        let hash = policy.map(|core| core.policy().hash().as_bytes());
        // SAFETY: NULL or writable, says the header.
        Some(unsafe { memory::view(hash, len_out) })
    })
}

/// Decides about a call. SIGNET_OK means that there is a decision, not that the
/// call is allowed: ask signet_decision_verdict(), or let
/// signet_decision_require_allowed() make it a status.
///
/// A call of which only the hash of the params is known never gets a milder
/// decision than any params would.
///
/// @param policy      the policy
/// @param action      the action, as for signet_receipt_sign(); borrowed
/// @param action_len  its length in bytes
/// @param agent       the name of the agent; borrowed for the call
/// @param agent_len   its length in bytes
/// @param at_unix_ms  the time of the call in milliseconds since
///                    1970-01-01T00:00:00Z, or SIGNET_NOW
/// @param flags       0 or SIGNET_EVALUATE_DRY_RUN
/// @param[out] decision_out  the decision; owned by the caller
/// @param[out] error_out     details of a failure, or NULL if not wanted
/// @return SIGNET_OK; SIGNET_ERR_JSON_… or SIGNET_ERR_TOO_LARGE for the action's
///         text; SIGNET_ERR_RECEIPT_INVALID or SIGNET_ERR_UNKNOWN_MEMBER for its
///         members; SIGNET_ERR_INVALID_ARGUMENT, SIGNET_ERR_UNSUPPORTED,
///         SIGNET_ERR_NULL_ARGUMENT
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_policy_evaluate(
    policy: *const signet_policy,
    action: *const u8,
    action_len: usize,
    agent: *const u8,
    agent_len: usize,
    at_unix_ms: i64,
    flags: u32,
    decision_out: *mut *mut signet_decision,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let out = memory::out(decision_out, "decision_out")?;
            let policy = memory::handle(policy, "policy")?;
            let action = memory::bytes(action, action_len, "action")?;
            let agent = memory::text(agent, agent_len, "agent")?;
            let at = instant(at_unix_ms)?;
            options::check_flags(flags, SIGNET_EVALUATE_DRY_RUN, "arguments")?;
            let counting = match flags & SIGNET_EVALUATE_DRY_RUN {
                0 => Counting::Counts,
                _ => Counting::LooksOnly,
            };
            let action = Action::parse(action, &ActionOptions::default())?;
            *out = signet_decision::into_raw(policy.rule(&action, agent, at, counting));
            Ok(())
        })
    }
}

/// Decides about a call and, if it is allowed, signs it: a receipt of version 1
/// with the attestation of the decision. Params that SIGNET_SIGN_HASH_ONLY keeps
/// out of the receipt are shown to the policy.
///
/// Unlike other outputs the decision is set whenever the policy has decided, also
/// when it did not allow: signet_decision_violation() is then what to append to
/// the log.
///
/// @param keypair     who signs
/// @param action      the action, as for signet_receipt_sign(); borrowed
/// @param action_len  its length in bytes
/// @param name        the signer's name, by which the policy knows it; borrowed
/// @param name_len    its length in bytes
/// @param owner       whom the signer works for, any text or empty; borrowed
/// @param owner_len   its length in bytes
/// @param policy      the policy
/// @param options     options, or NULL
/// @param[out] receipt_out   the receipt; owned by the caller
/// @param[out] decision_out  the decision; owned by the caller, also on failure
/// @param[out] error_out     details of a failure, or NULL if not wanted
/// @return as signet_receipt_sign(), and SIGNET_ERR_POLICY_DENIED,
///         SIGNET_ERR_APPROVAL_REQUIRED
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_receipt_sign_with_policy(
    keypair: *const signet_keypair,
    action: *const u8,
    action_len: usize,
    name: *const u8,
    name_len: usize,
    owner: *const u8,
    owner_len: usize,
    policy: *const signet_policy,
    options: *const signet_sign_options,
    receipt_out: *mut *mut signet_receipt,
    decision_out: *mut *mut signet_decision,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let receipt_slot = memory::out(receipt_out, "receipt_out");
            let decision_slot = memory::out(decision_out, "decision_out");
            let (receipt_slot, decision_slot) = (receipt_slot?, decision_slot?);
            let keypair = memory::handle(keypair, "keypair")?;
            let action = memory::bytes(action, action_len, "action")?;
            let signer = Signer {
                name: memory::text(name, name_len, "name")?,
                owner: memory::text(owner, owner_len, "owner")?,
            };
            let policy = memory::handle(policy, "policy")?;
            let (reading, saying) = read_sign_options(options)?;
            let (ruling, receipt) = policy.sign(keypair, action, &reading, &signer, &saying)?;
            *decision_slot = signet_decision::into_raw(ruling);
            *receipt_slot = signet_receipt::into_raw(ReceiptCore::new(receipt?));
            Ok(())
        })
    }
}

/// Releases a policy. NULL is ignored.
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_policy_free(policy: *mut signet_policy) {
    // SAFETY: NULL or live and not used afterwards, says the header.
    silently(|| unsafe { signet_policy::release(policy) });
}
