//! What opening a log would change, before it does.

use std::path::Path;

use crate::ffi::boundary::run;
use crate::ffi::buffer::signet_buffer;
use crate::ffi::error::signet_error;
use crate::ffi::handle::Handle;
use crate::ffi::memory;
use crate::ffi::status::signet_status;
use crate::log::plan_repair;

/// Tells what opening a log would change, without changing anything. Only the end
/// of the last file is ever changed: a missing line feed is added, or bytes that
/// are no record are moved aside. Damage elsewhere stays, to be looked at.
///
/// The plan is a JSON object with "verdict" ("OK", "TORN", "TAMPERED",
/// "TRUNCATED", …), "index" (the record that it is about), "segment" and "offset"
/// (where), "set_aside" (how many bytes from there would be moved into quarantine)
/// and "complete_line" (whether a line feed would be added). To carry it out, open
/// the log with signet_log_open() without SIGNET_LOG_NO_REPAIR;
/// signet_log_recovery() then tells what was done.
///
/// @param folder      the path of the audit folder ("<home>/audit"), UTF-8;
///                    borrowed for the call
/// @param folder_len  its length in bytes
/// @param[out] plan_out   the JSON text; owned by the caller
/// @param[out] error_out  details of a failure, or NULL if not wanted
/// @return SIGNET_OK whatever the plan says, SIGNET_ERR_IO,
///         SIGNET_ERR_INVALID_ARGUMENT, SIGNET_ERR_NULL_ARGUMENT
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_log_plan_repair(
    folder: *const u8,
    folder_len: usize,
    plan_out: *mut *mut signet_buffer,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let out = memory::out(plan_out, "plan_out")?;
            let folder = memory::text(folder, folder_len, "folder")?;
            let plan = plan_repair(Path::new(folder))?;
            *out = signet_buffer::into_raw(plan.to_json());
            Ok(())
        })
    }
}
