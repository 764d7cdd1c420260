//! Leaving segments of the log, and removing old ones.

use crate::encoding::rfc3339::Instant;
use crate::ffi::boundary::{quietly, run, silently};
use crate::ffi::error::signet_error;
use crate::ffi::handle::Handle;
use crate::ffi::log::{signet_log, signet_log_entry};
use crate::ffi::memory;
use crate::ffi::status::signet_status;
use crate::log::PrunePlan;

/// Which segments of a log would be removed: whole ones, the oldest. Immutable; any
/// thread may use it at any time. Owned by the caller.
pub struct signet_prune_plan {
    _private: [u8; 0],
}

/// A plan and its text.
pub(super) struct PlanCore {
    plan: PrunePlan,
    json: Vec<u8>,
}

impl Handle for signet_prune_plan {
    type Core = PlanCore;
}

/// Begins a new segment, whatever the size of the one that is written to. It stays
/// where it is while traces of published programs are in today's, and while it is
/// empty.
///
/// @param log  the log, opened with SIGNET_LOG_ALONE
/// @param[out] rotated_out  1 if a segment was left, else 0
/// @param[out] error_out    details of a failure, or NULL if not wanted
/// @return SIGNET_OK, SIGNET_ERR_INVALID_ARGUMENT (without SIGNET_LOG_ALONE),
///         SIGNET_ERR_IO, SIGNET_ERR_SYNC_FAILED, SIGNET_ERR_LOG_BUSY,
///         SIGNET_ERR_LOG_DAMAGED, SIGNET_ERR_LOG_CLOSED,
///         SIGNET_ERR_SIGNER_FAILED, SIGNET_ERR_NULL_ARGUMENT
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_log_rotate(
    log: *const signet_log,
    rotated_out: *mut i32,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let out = memory::out_value(rotated_out, "rotated_out")?;
            *out = i32::from(memory::handle(log, "log")?.rotate()?);
            Ok(())
        })
    }
}

/// Tells what signet_log_prune() would remove, without changing anything: the segments
/// of days before that of a time, verified once more, and never the newest one.
///
/// @param log             the log
/// @param before_unix_ms  the time, in milliseconds since 1970-01-01T00:00:00Z
/// @param[out] plan_out   the plan; owned by the caller
/// @param[out] error_out  details of a failure, or NULL if not wanted
/// @return SIGNET_OK, also when there is nothing to remove; SIGNET_ERR_LOG_TAMPERED
///         (they are damaged), SIGNET_ERR_IO, SIGNET_ERR_LOG_BUSY,
///         SIGNET_ERR_LOG_DAMAGED, SIGNET_ERR_LOG_CLOSED,
///         SIGNET_ERR_INVALID_ARGUMENT, SIGNET_ERR_NULL_ARGUMENT
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_log_plan_prune(
    log: *const signet_log,
    before_unix_ms: i64,
    plan_out: *mut *mut signet_prune_plan,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let out = memory::out(plan_out, "plan_out")?;
            let log = memory::handle(log, "log")?;
            let plan = log.plan_prune(Instant::from_unix_millis(before_unix_ms)?)?;
            let json = plan.to_json();
            *out = signet_prune_plan::into_raw(PlanCore { plan, json });
            Ok(())
        })
    }
}

/// Removes whole segments from the beginning of the log, for good. The numbers of the
/// records that are left do not change, and what proves them stays. A verification
/// says that records were removed, by which record of the log and by whose key; the
/// published Signet knows nothing of this and reports the first record that is left as
/// a break in the chain.
///
/// @param log   the log, opened with a control key
/// @param plan  what to remove; it must be what would be removed now
/// @param[out] entry_out  where the signed record about it stands
/// @param[out] error_out  details of a failure, or NULL if not wanted
/// @return SIGNET_OK, SIGNET_ERR_INVALID_ARGUMENT (without a control key, or the plan
///         is out of date or empty), SIGNET_ERR_LOG_TAMPERED, SIGNET_ERR_IO,
///         SIGNET_ERR_SYNC_FAILED, SIGNET_ERR_LOG_BUSY, SIGNET_ERR_LOG_DAMAGED,
///         SIGNET_ERR_LOG_CLOSED, SIGNET_ERR_SIGNER_FAILED,
///         SIGNET_ERR_NULL_ARGUMENT
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_log_prune(
    log: *const signet_log,
    plan: *const signet_prune_plan,
    entry_out: *mut signet_log_entry,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let out = memory::out_value(entry_out, "entry_out")?;
            let log = memory::handle(log, "log")?;
            let plan = memory::handle(plan, "plan")?;
            *out = log.prune(&plan.plan)?.into();
            Ok(())
        })
    }
}

/// How many segments would be removed; 0 when there is nothing to remove, and for
/// NULL.
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_prune_plan_len(plan: *const signet_prune_plan) -> usize {
    quietly(0, || {
        // SAFETY: NULL or live, says the header.
        Some(
            unsafe { signet_prune_plan::borrow(plan) }?
                .plan
                .segments
                .len(),
        )
    })
}

/// The plan as a JSON object: {"first_index", "first_kept" (a segment), "last_hash",
/// "next_index" (the first record that would be kept), "segments"}, each of these
/// {"len", "name", "records", "sha256"}. The text belongs to the plan and lives until
/// it is freed. NULL for NULL.
///
/// @param plan  the plan
/// @param[out] len_out  the length in bytes; may be NULL
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_prune_plan_json(
    plan: *const signet_prune_plan,
    len_out: *mut usize,
) -> *const u8 {
    quietly(std::ptr::null(), || {
        // SAFETY: NULL or live, says the header.
        let plan = unsafe { signet_prune_plan::borrow(plan) };
        let json = plan.map(|plan| plan.json.as_slice());
        // SAFETY: NULL or writable, says the header.
        Some(unsafe { memory::view(json, len_out) })
    })
}

/// Releases a plan. NULL is ignored.
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_prune_plan_free(plan: *mut signet_prune_plan) {
    // SAFETY: NULL or live and not used afterwards, says the header.
    silently(|| unsafe { signet_prune_plan::release(plan) });
}
