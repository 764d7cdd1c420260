//! Verdicts: what a gate decided about a text, message by message.

use crate::error::Error;
use crate::ffi::boundary::{Failure, quietly, run, silently};
use crate::ffi::error::signet_error;
use crate::ffi::handle::Handle;
use crate::ffi::mcp_call::signet_mcp_call;
use crate::ffi::mcp_request::beyond;
use crate::ffi::memory;
use crate::ffi::report::{ReportCore, signet_report};
use crate::ffi::status::signet_status;
use crate::mcp::{Judged, Ruling, Verdict};

/// What a gate decided about a text, as a whole and about each of its messages.
/// Immutable; any thread may use it at any time. Owned by the caller.
pub struct signet_verdict {
    _private: [u8; 0],
}

/// A verdict and its texts.
pub(super) struct VerdictCore {
    verdict: Verdict,
    texts: Vec<Texts>,
    storage_message: Option<String>,
}

struct Texts {
    message: Option<String>,
    evaluation: Option<Vec<u8>>,
}

impl VerdictCore {
    pub(super) fn new(verdict: Verdict) -> VerdictCore {
        let texts = verdict.messages.iter().map(|judged| Texts {
            message: judged.error.as_ref().map(Error::to_string),
            evaluation: judged.evaluation.as_ref().map(|said| said.json()),
        });
        VerdictCore {
            texts: texts.collect(),
            storage_message: verdict.storage_error.as_ref().map(Error::to_string),
            verdict,
        }
    }

    fn judged(&self, index: usize) -> Result<&Judged, Failure> {
        Ok(self.verdict.messages.get(index).ok_or_else(beyond)?)
    }
}

impl Handle for signet_verdict {
    type Core = VerdictCore;
}

/// It goes on.
pub const SIGNET_RULING_FORWARD: i32 = 1;
/// It stays until a human approves it.
pub const SIGNET_RULING_ASK_HUMAN: i32 = 2;
/// It stays.
pub const SIGNET_RULING_REFUSE: i32 = 3;

/// What becomes of the text: the most severe ruling on any of its messages, a
/// SIGNET_RULING_… constant; 0, which is none of them, for NULL.
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_verdict_ruling(verdict: *const signet_verdict) -> i32 {
    quietly(0, || {
        // SAFETY: NULL or live, says the header.
        let verdict = unsafe { signet_verdict::borrow(verdict) }?;
        Some(number_of(verdict.verdict.ruling()))
    })
}

/// What to send on, exactly: of a batch those messages that go on. It belongs to the
/// verdict and lives until that is freed.
///
/// @param verdict  the verdict; NULL gives NULL
/// @param[out] len_out  the length in bytes; may be NULL
/// @return the bytes, or NULL if nothing goes on
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_verdict_forward(
    verdict: *const signet_verdict,
    len_out: *mut usize,
) -> *const u8 {
    quietly(std::ptr::null(), || {
        // SAFETY: NULL or live, says the header.
        let verdict = unsafe { signet_verdict::borrow(verdict) };
        let bytes = verdict.and_then(|verdict| verdict.verdict.forward.as_deref());
        // SAFETY: NULL or writable, says the header.
        Some(unsafe { memory::view(bytes, len_out) })
    })
}

/// What to send back, exactly: the error responses (JSON-RPC 2.0) to what was
/// refused. It belongs to the verdict and lives until that is freed.
///
/// @param verdict  the verdict; NULL gives NULL
/// @param[out] len_out  the length in bytes; may be NULL
/// @return the bytes, or NULL if there is nothing to say, as to a notification
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_verdict_answer(
    verdict: *const signet_verdict,
    len_out: *mut usize,
) -> *const u8 {
    quietly(std::ptr::null(), || {
        // SAFETY: NULL or live, says the header.
        let verdict = unsafe { signet_verdict::borrow(verdict) };
        let bytes = verdict.and_then(|verdict| verdict.verdict.answer.as_deref());
        // SAFETY: NULL or writable, says the header.
        Some(unsafe { memory::view(bytes, len_out) })
    })
}

/// Whether the evidence could be stored: SIGNET_OK, or why not, whether that was to
/// be forgiven or not; SIGNET_ERR_NULL_ARGUMENT for NULL.
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_verdict_storage_status(
    verdict: *const signet_verdict,
) -> signet_status {
    quietly(signet_status::SIGNET_ERR_NULL_ARGUMENT, || {
        // SAFETY: NULL or live, says the header.
        let verdict = unsafe { signet_verdict::borrow(verdict) }?;
        Some(status_of(verdict.verdict.storage_error.as_ref()))
    })
}

/// Why the evidence could not be stored, in a line. The text belongs to the verdict
/// and lives until it is freed.
///
/// @param verdict  the verdict; NULL gives NULL
/// @param[out] len_out  the length in bytes; may be NULL
/// @return the text, or NULL if it was stored
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_verdict_storage_message(
    verdict: *const signet_verdict,
    len_out: *mut usize,
) -> *const u8 {
    quietly(std::ptr::null(), || {
        // SAFETY: NULL or live, says the header.
        let verdict = unsafe { signet_verdict::borrow(verdict) };
        let text = verdict.and_then(|verdict| verdict.storage_message.as_deref());
        // SAFETY: NULL or writable, says the header.
        Some(unsafe { memory::view(text.map(str::as_bytes), len_out) })
    })
}

/// How many messages the text has, in their order: a text that could not be read
/// counts as one; 0 for NULL.
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_verdict_len(verdict: *const signet_verdict) -> usize {
    quietly(0, || {
        // SAFETY: NULL or live, says the header.
        Some(unsafe { signet_verdict::borrow(verdict) }?.texts.len())
    })
}

/// What becomes of one message: a SIGNET_RULING_… constant; 0, which is none of
/// them, for NULL and for a number that is not below signet_verdict_len().
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_verdict_message_ruling(
    verdict: *const signet_verdict,
    index: usize,
) -> i32 {
    quietly(0, || {
        // SAFETY: NULL or live, says the header.
        let verdict = unsafe { signet_verdict::borrow(verdict) }?;
        Some(number_of(verdict.verdict.messages.get(index)?.ruling))
    })
}

/// Why one message does not go on; SIGNET_OK if it does. SIGNET_ERR_NULL_ARGUMENT
/// for NULL, SIGNET_ERR_INVALID_ARGUMENT for a number that is not below
/// signet_verdict_len().
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_verdict_message_status(
    verdict: *const signet_verdict,
    index: usize,
) -> signet_status {
    quietly(signet_status::SIGNET_ERR_NULL_ARGUMENT, || {
        // SAFETY: NULL or live, says the header.
        let verdict = unsafe { signet_verdict::borrow(verdict) }?;
        Some(match verdict.verdict.messages.get(index) {
            Some(judged) => status_of(judged.error.as_ref()),
            None => signet_status::SIGNET_ERR_INVALID_ARGUMENT,
        })
    })
}

/// Why one message does not go on, in a line: for the operator, not for the other
/// side. The text belongs to the verdict and lives until it is freed.
///
/// @param verdict  the verdict; NULL gives NULL
/// @param index    the number of the message, from 0; one too high gives NULL
/// @param[out] len_out  the length in bytes; may be NULL
/// @return the text, or NULL if the message goes on
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_verdict_message_text(
    verdict: *const signet_verdict,
    index: usize,
    len_out: *mut usize,
) -> *const u8 {
    quietly(std::ptr::null(), || {
        // SAFETY: NULL or live, says the header.
        let verdict = unsafe { signet_verdict::borrow(verdict) };
        let texts = verdict.and_then(|verdict| verdict.texts.get(index));
        let text = texts.and_then(|texts| texts.message.as_deref());
        // SAFETY: NULL or writable, says the header.
        Some(unsafe { memory::view(text.map(str::as_bytes), len_out) })
    })
}

/// What the policy of the signing side said about one message, as canonical JSON: see
/// signet_decision_json(). What the verifier's policy said is in the report. The text
/// belongs to the verdict and lives until it is freed.
///
/// @param verdict  the verdict; NULL gives NULL
/// @param index    the number of the message, from 0; one too high gives NULL
/// @param[out] len_out  the length in bytes; may be NULL
/// @return the text, or NULL if no policy was asked
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_verdict_message_evaluation(
    verdict: *const signet_verdict,
    index: usize,
    len_out: *mut usize,
) -> *const u8 {
    quietly(std::ptr::null(), || {
        // SAFETY: NULL or live, says the header.
        let verdict = unsafe { signet_verdict::borrow(verdict) };
        let texts = verdict.and_then(|verdict| verdict.texts.get(index));
        let json = texts.and_then(|texts| texts.evaluation.as_deref());
        // SAFETY: NULL or writable, says the header.
        Some(unsafe { memory::view(json, len_out) })
    })
}

/// The tool call of one message that goes on, to be held together with its response:
/// as the gate signed it, or else as it came.
///
/// @param verdict  the verdict
/// @param index    the number of the message, from 0
/// @param[out] call_out   the call, owned by the caller; NULL if the message is no
///                        call with a receipt, or does not go on
/// @param[out] error_out  details of a failure, or NULL if not wanted
/// @return SIGNET_OK, also if there is none; SIGNET_ERR_INVALID_ARGUMENT (there are
///         not so many messages), SIGNET_ERR_NULL_ARGUMENT
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_verdict_message_call(
    verdict: *const signet_verdict,
    index: usize,
    call_out: *mut *mut signet_mcp_call,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let out = memory::out(call_out, "call_out")?;
            let verdict = memory::handle(verdict, "verdict")?;
            if let Some(call) = &verdict.judged(index)?.call {
                *out = signet_mcp_call::into_raw(call.clone());
            }
            Ok(())
        })
    }
}

/// What the gate's verifier found about one message.
///
/// @param verdict  the verdict
/// @param index    the number of the message, from 0
/// @param[out] report_out  the report, owned by the caller; NULL if the message is no
///                         tool call, or the gate does not verify
/// @param[out] error_out   details of a failure, or NULL if not wanted
/// @return SIGNET_OK, also if there is none; SIGNET_ERR_INVALID_ARGUMENT (there are
///         not so many messages), SIGNET_ERR_NULL_ARGUMENT
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_verdict_message_report(
    verdict: *const signet_verdict,
    index: usize,
    report_out: *mut *mut signet_report,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let out = memory::out(report_out, "report_out")?;
            let verdict = memory::handle(verdict, "verdict")?;
            if let Some(report) = &verdict.judged(index)?.report {
                *out = signet_report::into_raw(ReportCore::new(report.clone()));
            }
            Ok(())
        })
    }
}

/// Releases a verdict. NULL is ignored.
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_verdict_free(verdict: *mut signet_verdict) {
    // SAFETY: NULL or live and not used afterwards, says the header.
    silently(|| unsafe { signet_verdict::release(verdict) });
}

fn number_of(ruling: Ruling) -> i32 {
    match ruling {
        Ruling::Forward => SIGNET_RULING_FORWARD,
        Ruling::AskHuman => SIGNET_RULING_ASK_HUMAN,
        Ruling::Refuse => SIGNET_RULING_REFUSE,
    }
}

fn status_of(error: Option<&Error>) -> signet_status {
    error.map_or(signet_status::SIGNET_OK, |error| error.kind().into())
}
