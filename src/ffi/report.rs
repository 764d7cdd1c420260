//! Reports: what a verifier found, one verdict an axis.

use std::ffi::{CStr, c_char};
use std::sync::OnceLock;

use crate::encoding::key_text;
use crate::error::Error;
use crate::ffi::boundary::{quietly, run, silently};
use crate::ffi::error::signet_error;
use crate::ffi::handle::Handle;
use crate::ffi::memory;
use crate::ffi::receipt::{ReceiptCore, signet_receipt};
use crate::ffi::status::signet_status;
use crate::verifier::{Axis, Check, Party, Report};

/// What a verifier found about a call or a receipt. Every axis has passed, has
/// failed or was not checked, and what was not checked must never be taken for
/// fine. Immutable; any thread may use it at any time. Owned by the caller.
pub struct signet_report {
    _private: [u8; 0],
}

/// A report, and its texts once somebody asks for one.
pub(super) struct ReportCore {
    report: Report,
    texts: OnceLock<Texts>,
}

struct Texts {
    json: Vec<u8>,
    message: Option<String>,
    checks: Vec<(String, String)>,
    keys: [Option<String>; 3],
}

impl ReportCore {
    pub(super) fn new(report: Report) -> ReportCore {
        ReportCore {
            report,
            texts: OnceLock::default(),
        }
    }

    fn texts(&self) -> &Texts {
        self.texts.get_or_init(|| Texts {
            json: self.report.to_json(),
            message: self.report.reason().map(Error::to_string),
            checks: self
                .report
                .checks()
                .map(|(_, check)| (check.code(), check.message()))
                .collect(),
            keys: [SIGNET_PARTY_AGENT, SIGNET_PARTY_SERVER, SIGNET_PARTY_ROOT]
                .map(|party| Some(key_text::prefixed(&self.party(party)?.key))),
        })
    }

    fn check(&self, axis: i32) -> Option<&Check> {
        let axis = Axis::ALL.get(usize::try_from(axis).ok()?)?;
        Some(self.report.check(*axis))
    }

    fn party(&self, party: i32) -> Option<&Party> {
        match party {
            SIGNET_PARTY_AGENT => self.report.signer(),
            SIGNET_PARTY_SERVER => self.report.server(),
            SIGNET_PARTY_ROOT => self.report.root(),
            _ => None,
        }
    }

    fn party_text(&self, party: i32, field: i32) -> Option<&str> {
        let found = self.party(party)?;
        match field {
            SIGNET_PARTY_NAME => Some(&found.name),
            SIGNET_PARTY_TRUSTED_NAME => found.trusted_name.as_deref(),
            SIGNET_PARTY_KEY => {
                let place = usize::try_from(party.checked_sub(1)?).ok()?;
                self.texts().keys.get(place)?.as_deref()
            }
            _ => None,
        }
    }
}

impl Handle for signet_report {
    type Core = ReportCore;
}

/// There is a receipt, it has the right form, and does not contradict itself.
pub const SIGNET_AXIS_STRUCTURE: i32 = 0;
/// Every signature holds under the key that the receipt names.
pub const SIGNET_AXIS_SIGNATURE: i32 = 1;
/// The signers are trusted, at the time in question.
pub const SIGNET_AXIS_TRUST: i32 = 2;
/// The receipt was signed within the time allowed and has not expired.
pub const SIGNET_AXIS_TIME: i32 = 3;
/// The delegations lead from a trusted root to the signer and cover the action.
pub const SIGNET_AXIS_DELEGATION: i32 = 4;
/// The receipt is for this target, session and call.
pub const SIGNET_AXIS_TARGET: i32 = 5;
/// The tool and the arguments, or the response, are those that were signed.
pub const SIGNET_AXIS_CONTENT: i32 = 6;
/// An authority has decided for the action.
pub const SIGNET_AXIS_DECISION: i32 = 7;
/// The policy allows the action.
pub const SIGNET_AXIS_POLICY: i32 = 8;
/// The receipt has not been presented before.
pub const SIGNET_AXIS_REPLAY: i32 = 9;

const _: () = assert!(Axis::ALL[SIGNET_AXIS_DELEGATION as usize] as i32 == Axis::Delegation as i32);
const _: () = assert!(Axis::ALL[SIGNET_AXIS_REPLAY as usize] as i32 == Axis::Replay as i32);

/// It was checked and holds.
pub const SIGNET_CHECK_PASSED: i32 = 1;
/// It was checked and does not hold.
pub const SIGNET_CHECK_FAILED: i32 = 2;
/// It was not checked: never take it for fine.
pub const SIGNET_CHECK_NOT_CHECKED: i32 = 3;

/// The agent that signed.
pub const SIGNET_PARTY_AGENT: i32 = 1;
/// The server that co-signed (version 3).
pub const SIGNET_PARTY_SERVER: i32 = 2;
/// The root that the agent's authority comes from (version 4).
pub const SIGNET_PARTY_ROOT: i32 = 3;

/// The name that the signer gives itself.
pub const SIGNET_PARTY_NAME: i32 = 1;
/// The key whose signature holds, as "ed25519:" text.
pub const SIGNET_PARTY_KEY: i32 = 2;
/// The name that the trust bundle gives the key, where it lists it.
pub const SIGNET_PARTY_TRUSTED_NAME: i32 = 3;

/// The answer of signet_report_age_ms() when there is no age.
pub const SIGNET_NO_AGE: i64 = i64::MIN;

/// The name of an axis, NUL-terminated, for example "signature"; NULL for a number
/// that is none, so that axes can be counted from 0. It lives as long as the
/// library.
///
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn signet_axis_name(axis: i32) -> *const c_char {
    quietly(std::ptr::null(), || axis_name(axis).map(CStr::as_ptr))
}

/// Whether everything that was checked holds: SIGNET_OK, or the status of the first
/// axis that failed; SIGNET_ERR_NULL_ARGUMENT for NULL. The call may only be made,
/// the receipt only be relied on, after SIGNET_OK.
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_report_status(report: *const signet_report) -> signet_status {
    quietly(signet_status::SIGNET_ERR_NULL_ARGUMENT, || {
        // SAFETY: NULL or live, says the header.
        let report = unsafe { signet_report::borrow(report) }?;
        let kind = report.report.kind();
        Some(kind.map_or(signet_status::SIGNET_OK, Into::into))
    })
}

/// What failed first, in a line. The text belongs to the report and lives until it
/// is freed.
///
/// @param report  the report; NULL gives NULL
/// @param[out] len_out  the length in bytes; may be NULL
/// @return the text, or NULL if nothing failed
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_report_message(
    report: *const signet_report,
    len_out: *mut usize,
) -> *const u8 {
    quietly(std::ptr::null(), || {
        // SAFETY: NULL or live, says the header.
        let report = unsafe { signet_report::borrow(report) };
        let message = report.and_then(|report| report.texts().message.as_deref());
        // SAFETY: NULL or writable, says the header.
        Some(unsafe { memory::view(message.map(str::as_bytes), len_out) })
    })
}

/// 1 if everything that was checked holds and everybody who signed is trusted,
/// else 0; 0 for NULL. An unsigned call that was let through has no signer, and is
/// not trusted.
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_report_is_trusted(report: *const signet_report) -> i32 {
    quietly(0, || {
        // SAFETY: NULL or live, says the header.
        let report = unsafe { signet_report::borrow(report) }?;
        Some(i32::from(report.report.is_trusted()))
    })
}

/// How many milliseconds ago the receipt was signed, by its own account; negative
/// when it is dated later than it was judged; SIGNET_NO_AGE when that is not known,
/// and for NULL.
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_report_age_ms(report: *const signet_report) -> i64 {
    quietly(SIGNET_NO_AGE, || {
        // SAFETY: NULL or live, says the header.
        unsafe { signet_report::borrow(report) }?
            .report
            .age_millis()
    })
}

/// Who signed, as far as that is verified: nobody before the signature has been
/// found to hold. The text belongs to the report and lives until it is freed.
///
/// @param report  the report; NULL gives NULL
/// @param party   SIGNET_PARTY_AGENT, …_SERVER or …_ROOT; another number gives NULL
/// @param field   SIGNET_PARTY_NAME, …_KEY or …_TRUSTED_NAME; another number gives
///                NULL
/// @param[out] len_out  the length in bytes; may be NULL
/// @return the text, UTF-8, or NULL if there is none
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_report_party(
    report: *const signet_report,
    party: i32,
    field: i32,
    len_out: *mut usize,
) -> *const u8 {
    quietly(std::ptr::null(), || {
        // SAFETY: NULL or live, says the header.
        let report = unsafe { signet_report::borrow(report) };
        let text = report.and_then(|report| report.party_text(party, field));
        // SAFETY: NULL or writable, says the header.
        Some(unsafe { memory::view(text.map(str::as_bytes), len_out) })
    })
}

/// 1 if that party has signed with a key that is trusted: named by the options,
/// active in the bundle at the time in question, or led to by a delegation from a
/// trusted root; else 0. 0 for NULL.
///
/// @param report  the report
/// @param party   SIGNET_PARTY_AGENT, …_SERVER or …_ROOT
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_report_party_is_trusted(
    report: *const signet_report,
    party: i32,
) -> i32 {
    quietly(0, || {
        // SAFETY: NULL or live, says the header.
        let report = unsafe { signet_report::borrow(report) }?;
        Some(i32::from(report.party(party)?.trusted))
    })
}

/// What became of an axis: a SIGNET_CHECK_… constant; 0, which is none of them,
/// for NULL and for a number that is no axis.
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_report_axis(report: *const signet_report, axis: i32) -> i32 {
    quietly(0, || {
        // SAFETY: NULL or live, says the header.
        let report = unsafe { signet_report::borrow(report) }?;
        Some(match report.check(axis)? {
            Check::Passed => SIGNET_CHECK_PASSED,
            Check::Failed(_) => SIGNET_CHECK_FAILED,
            Check::NotChecked(_) => SIGNET_CHECK_NOT_CHECKED,
        })
    })
}

/// Why an axis has failed: its status; SIGNET_OK for one that has passed or was not
/// checked; SIGNET_ERR_NULL_ARGUMENT for NULL, SIGNET_ERR_INVALID_ARGUMENT for a
/// number that is no axis.
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_report_axis_status(
    report: *const signet_report,
    axis: i32,
) -> signet_status {
    quietly(signet_status::SIGNET_ERR_NULL_ARGUMENT, || {
        // SAFETY: NULL or live, says the header.
        let report = unsafe { signet_report::borrow(report) }?;
        Some(match report.check(axis) {
            Some(Check::Failed(error)) => error.kind().into(),
            Some(_) => signet_status::SIGNET_OK,
            None => signet_status::SIGNET_ERR_INVALID_ARGUMENT,
        })
    })
}

/// What became of an axis as a stable word: "ok", the name of its status in lower
/// case ("signer_untrusted"), or why it was not checked: "stopped" (an earlier one
/// failed), "not_present", "not_configured", "not_required", "not_for_evidence" or
/// "not_enforced". The text belongs to the report and lives until it is freed.
///
/// @param report  the report; NULL gives NULL
/// @param axis    a SIGNET_AXIS_… constant; another number gives NULL
/// @param[out] len_out  the length in bytes; may be NULL
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_report_axis_code(
    report: *const signet_report,
    axis: i32,
    len_out: *mut usize,
) -> *const u8 {
    quietly(std::ptr::null(), || {
        // SAFETY: NULL or live, says the header.
        let report = unsafe { signet_report::borrow(report) };
        let texts = report.and_then(|report| axis_texts(report, axis));
        // SAFETY: NULL or writable, says the header.
        Some(unsafe { memory::view(texts.map(|(code, _)| code.as_bytes()), len_out) })
    })
}

/// What became of an axis in a line for people; empty for one that has passed. The
/// text belongs to the report and lives until it is freed.
///
/// @param report  the report; NULL gives NULL
/// @param axis    a SIGNET_AXIS_… constant; another number gives NULL
/// @param[out] len_out  the length in bytes; may be NULL
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_report_axis_message(
    report: *const signet_report,
    axis: i32,
    len_out: *mut usize,
) -> *const u8 {
    quietly(std::ptr::null(), || {
        // SAFETY: NULL or live, says the header.
        let report = unsafe { signet_report::borrow(report) };
        let texts = report.and_then(|report| axis_texts(report, axis));
        // SAFETY: NULL or writable, says the header.
        Some(unsafe { memory::view(texts.map(|(_, message)| message.as_bytes()), len_out) })
    })
}

/// The whole report as canonical JSON: {"age_ms"?, "checks" (one {"axis", "code",
/// "message", "status"} an axis, where "status" is "pass", "fail" or
/// "not_checked"), "code" ("ok" or that of the first failure), "judged_at",
/// "message", "ok", "policy"? (the decision, as signet_decision_json()),
/// "receipt"? ({"id", "signed"}: what was signed and nothing else), "remarks" (what
/// must not be taken for verified), "root"?, "server"?, "signer"? (each {"key",
/// "name", "trusted", "trusted_name"?}), "trusted"}. The text belongs to the report
/// and lives until it is freed. NULL for NULL.
///
/// @param report  the report
/// @param[out] len_out  the length in bytes; may be NULL
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_report_json(
    report: *const signet_report,
    len_out: *mut usize,
) -> *const u8 {
    quietly(std::ptr::null(), || {
        // SAFETY: NULL or live, says the header.
        let report = unsafe { signet_report::borrow(report) };
        let json = report.map(|report| report.texts().json.as_slice());
        // SAFETY: NULL or writable, says the header.
        Some(unsafe { memory::view(json, len_out) })
    })
}

/// The receipt, once its form is right and its signatures hold.
///
/// @param report  the report
/// @param[out] receipt_out  the receipt, owned by the caller; NULL if there is none
/// @param[out] error_out    details of a failure, or NULL if not wanted
/// @return SIGNET_OK, also if there is none; SIGNET_ERR_NULL_ARGUMENT
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_report_receipt(
    report: *const signet_report,
    receipt_out: *mut *mut signet_receipt,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let out = memory::out(receipt_out, "receipt_out")?;
            let report = memory::handle(report, "report")?;
            if let Some(receipt) = report.report.receipt() {
                *out = signet_receipt::into_raw(ReceiptCore::new(receipt.clone()));
            }
            Ok(())
        })
    }
}

/// Releases a report. NULL is ignored.
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_report_free(report: *mut signet_report) {
    // SAFETY: NULL or live and not used afterwards, says the header.
    silently(|| unsafe { signet_report::release(report) });
}

fn axis_texts(report: &ReportCore, axis: i32) -> Option<&(String, String)> {
    report.texts().checks.get(usize::try_from(axis).ok()?)
}

fn axis_name(axis: i32) -> Option<&'static CStr> {
    let axis = Axis::ALL.get(usize::try_from(axis).ok()?)?;
    Some(match axis {
        Axis::Structure => c"structure",
        Axis::Signature => c"signature",
        Axis::Trust => c"trust",
        Axis::Time => c"time",
        Axis::Delegation => c"delegation",
        Axis::Target => c"target",
        Axis::Content => c"content",
        Axis::Decision => c"decision",
        Axis::Policy => c"policy",
        Axis::Replay => c"replay",
    })
}
