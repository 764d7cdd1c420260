//! MCP responses: co-signing them on their way out, verifying them on their way in.

use crate::encoding::rfc3339::Instant;
use crate::ffi::boundary::{Failure, run, silently};
use crate::ffi::buffer::signet_buffer;
use crate::ffi::error::signet_error;
use crate::ffi::handle::Handle;
use crate::ffi::keypair::signet_keypair;
use crate::ffi::mcp_call::signet_mcp_call;
use crate::ffi::mcp_request::message_limits;
use crate::ffi::memory;
use crate::ffi::options::{self, Options};
use crate::ffi::receipt::{ReceiptCore, signet_receipt};
use crate::ffi::receipt_options::SIGNET_SIGN_AT;
use crate::ffi::report::signet_report;
use crate::ffi::status::signet_status;
use crate::ffi::time::instant;
use crate::ffi::verifier::{report_into, signet_verifier};
use crate::mcp::{
    MessageLimits, ResponseOptions, SignedResponse, VerifiedResponse, sign_response, sign_result,
    verify_response, verify_result,
};
use crate::receipt::OutcomeText;

/// What a server says about a response besides the response itself. Initialise with
/// SIGNET_MCP_RESPONSE_OPTIONS_INIT or signet_mcp_response_options_init(); NULL means
/// all defaults. What is pointed to is borrowed for the call.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct signet_mcp_response_options {
    /// sizeof(signet_mcp_response_options).
    pub struct_size: u32,
    /// SIGNET_SIGN_AT or 0.
    pub flags: u32,
    /// With SIGNET_SIGN_AT: milliseconds since 1970-01-01T00:00:00Z.
    pub now_unix_ms: i64,
    /// The largest message in bytes, with its receipt; 0 means 16 MiB.
    pub max_len: u64,
    /// The deepest nesting of arrays and objects; 0 means 127.
    pub max_depth: u32,
    /// Must be 0.
    pub reserved: u32,
    /// What became of the call, as JSON, see signet_receipt_co_sign(). NULL: as the
    /// response says itself: "failed" with the error's text for an error response and
    /// for a result with "isError": true, "executed" for any other.
    pub outcome: *const u8,
    /// Its length in bytes.
    pub outcome_len: usize,
}

// SAFETY: repr(C), starts with u32; integers and a pointer, no padding.
unsafe impl Options for signet_mcp_response_options {}

/// Fills in the defaults. NULL is ignored.
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_mcp_response_options_init(
    options_out: *mut signet_mcp_response_options,
) {
    // SAFETY: NULL or writable, says the header.
    silently(|| unsafe { options::init(options_out) });
}

/// Co-signs the response to a call: a receipt of version 3 at
/// result._meta._signet_bilateral. No other byte changes. An error response has no
/// place for a receipt: it comes back as it was given, and the receipt is for the
/// log alone.
///
/// @param server        who signs for the server
/// @param call          the call, as it was verified; the response must carry its id
/// @param response      the response, one JSON-RPC message; borrowed for the call
/// @param response_len  its length in bytes
/// @param name          the name that the server gives itself, any text; borrowed
/// @param name_len      its length in bytes
/// @param options       options, or NULL
/// @param[out] response_out  the response as it is to be sent; owned by the caller
/// @param[out] receipt_out   the receipt; owned by the caller
/// @param[out] embedded_out  1 if the receipt is in the response, else 0
/// @param[out] error_out     details of a failure, or NULL if not wanted
/// @return SIGNET_OK; SIGNET_ERR_JSON_…, SIGNET_ERR_TOO_LARGE and
///         SIGNET_ERR_MESSAGE_INVALID for the response; SIGNET_ERR_BINDING_MISMATCH
///         (it has another id), SIGNET_ERR_ALREADY_SIGNED; what
///         signet_receipt_co_sign() says; SIGNET_ERR_SIGNER_FAILED,
///         SIGNET_ERR_RANDOMNESS, SIGNET_ERR_INVALID_ARGUMENT,
///         SIGNET_ERR_UNSUPPORTED, SIGNET_ERR_NULL_ARGUMENT
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_mcp_sign_response(
    server: *const signet_keypair,
    call: *const signet_mcp_call,
    response: *const u8,
    response_len: usize,
    name: *const u8,
    name_len: usize,
    options: *const signet_mcp_response_options,
    response_out: *mut *mut signet_buffer,
    receipt_out: *mut *mut signet_receipt,
    embedded_out: *mut i32,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let slots = Slots::take(response_out, "response_out", receipt_out, embedded_out)?;
            let server = memory::handle(server, "server")?;
            let call = memory::handle(call, "call")?;
            let response = memory::bytes(response, response_len, "response")?;
            let name = memory::text(name, name_len, "name")?;
            let said = Said::read(options)?;
            slots.fill(sign_response(server, call, response, &said.options(name))?);
            Ok(())
        })
    }
}

/// Co-signs what a response carries, where a framework hands out no more than that:
/// as signet_mcp_sign_response(), with the receipt at _meta._signet_bilateral of the
/// result. The id of the call is not looked at.
///
/// @param server      who signs for the server
/// @param call        the call, as it was verified
/// @param result      the result of the call, as JSON text; borrowed for the call
/// @param result_len  its length in bytes
/// @param name        the name that the server gives itself, any text; borrowed
/// @param name_len    its length in bytes
/// @param options     options, or NULL
/// @param[out] result_out    the result as it is to be sent; owned by the caller
/// @param[out] receipt_out   the receipt; owned by the caller
/// @param[out] embedded_out  1 if the receipt is in the result, else 0: only an
///                           object has a place for it
/// @param[out] error_out     details of a failure, or NULL if not wanted
/// @return as signet_mcp_sign_response()
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_mcp_sign_result(
    server: *const signet_keypair,
    call: *const signet_mcp_call,
    result: *const u8,
    result_len: usize,
    name: *const u8,
    name_len: usize,
    options: *const signet_mcp_response_options,
    result_out: *mut *mut signet_buffer,
    receipt_out: *mut *mut signet_receipt,
    embedded_out: *mut i32,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let slots = Slots::take(result_out, "result_out", receipt_out, embedded_out)?;
            let server = memory::handle(server, "server")?;
            let call = memory::handle(call, "call")?;
            let result = memory::bytes(result, result_len, "result")?;
            let name = memory::text(name, name_len, "name")?;
            let said = Said::read(options)?;
            slots.fill(sign_result(server, call, result, &said.options(name))?);
            Ok(())
        })
    }
}

/// Verifies the response to a call: it must carry the id of the call, and a receipt
/// of version 3 over that very call and over the response. Rely on the response only
/// after SIGNET_OK.
///
/// Unlike other outputs the report is set whenever the receipt was judged, also when
/// it is refused; a response without one, such as every error response, leaves none.
///
/// @param verifier      the verifier, by whose limits messages are read; it must
///                      trust the server (trusted_servers, or a bundle)
/// @param call          the call, as it was signed
/// @param response      the response, one JSON-RPC message; borrowed for the call
/// @param response_len  its length in bytes
/// @param at_unix_ms    the time in milliseconds since 1970-01-01T00:00:00Z, or
///                      SIGNET_NOW
/// @param[out] report_out    what was found; owned by the caller, also on failure
/// @param[out] response_out  the response without the receipt, which is what was
///                           signed; owned by the caller
/// @param[out] error_out     details of a failure, or NULL if not wanted
/// @return as signet_verifier_check_receipt(); without a report SIGNET_ERR_JSON_…,
///         SIGNET_ERR_TOO_LARGE and SIGNET_ERR_MESSAGE_INVALID for the response,
///         SIGNET_ERR_UNSIGNED, SIGNET_ERR_BINDING_MISMATCH (another id, or the
///         receipt of another call), SIGNET_ERR_RECEIPT_INVALID,
///         SIGNET_ERR_RECEIPT_VERSION, SIGNET_ERR_UNKNOWN_MEMBER,
///         SIGNET_ERR_INVALID_ARGUMENT, SIGNET_ERR_NULL_ARGUMENT
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_mcp_verify_response(
    verifier: *const signet_verifier,
    call: *const signet_mcp_call,
    response: *const u8,
    response_len: usize,
    at_unix_ms: i64,
    report_out: *mut *mut signet_report,
    response_out: *mut *mut signet_buffer,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let report_slot = memory::out(report_out, "report_out");
            let response_slot = memory::out(response_out, "response_out");
            let (report_slot, response_slot) = (report_slot?, response_slot?);
            let verifier = memory::handle(verifier, "verifier")?;
            let call = memory::handle(call, "call")?;
            let response = memory::bytes(response, response_len, "response")?;
            let verified = verify_response(response, call, verifier, instant(at_unix_ms)?)?;
            hand_out(verified, report_slot, response_slot)
        })
    }
}

/// Verifies what a response carries, where a framework hands out no more than that:
/// as signet_mcp_verify_response(). The id of the call is not looked at.
///
/// @param verifier    the verifier, by whose limits results are read
/// @param call        the call, as it was signed
/// @param result      the result of the call, as JSON text; borrowed for the call
/// @param result_len  its length in bytes
/// @param at_unix_ms  the time in milliseconds since 1970-01-01T00:00:00Z, or
///                    SIGNET_NOW
/// @param[out] report_out  what was found; owned by the caller, also on failure
/// @param[out] result_out  the result without the receipt, which is what was signed;
///                         owned by the caller
/// @param[out] error_out   details of a failure, or NULL if not wanted
/// @return as signet_mcp_verify_response()
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_mcp_verify_result(
    verifier: *const signet_verifier,
    call: *const signet_mcp_call,
    result: *const u8,
    result_len: usize,
    at_unix_ms: i64,
    report_out: *mut *mut signet_report,
    result_out: *mut *mut signet_buffer,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let report_slot = memory::out(report_out, "report_out");
            let result_slot = memory::out(result_out, "result_out");
            let (report_slot, result_slot) = (report_slot?, result_slot?);
            let verifier = memory::handle(verifier, "verifier")?;
            let call = memory::handle(call, "call")?;
            let result = memory::bytes(result, result_len, "result")?;
            let verified = verify_result(result, call, verifier, instant(at_unix_ms)?)?;
            hand_out(verified, report_slot, result_slot)
        })
    }
}

/// Where what was signed goes.
struct Slots<'a> {
    text: &'a mut *mut signet_buffer,
    receipt: &'a mut *mut signet_receipt,
    embedded: &'a mut i32,
}

impl<'a> Slots<'a> {
    /// # Safety
    ///
    /// Each is NULL or writable for all of `'a`.
    unsafe fn take(
        text: *mut *mut signet_buffer,
        text_name: &'static str,
        receipt: *mut *mut signet_receipt,
        embedded: *mut i32,
    ) -> Result<Slots<'a>, Failure> {
        // SAFETY: the same contract.
        let (text, receipt, embedded) = unsafe {
            (
                memory::out(text, text_name),
                memory::out(receipt, "receipt_out"),
                memory::out_value(embedded, "embedded_out"),
            )
        };
        Ok(Slots {
            text: text?,
            receipt: receipt?,
            embedded: embedded?,
        })
    }

    fn fill(self, signed: SignedResponse) {
        *self.text = signet_buffer::into_raw(signed.bytes);
        *self.receipt = signet_receipt::into_raw(ReceiptCore::new(signed.receipt));
        *self.embedded = i32::from(signed.is_embedded);
    }
}

fn hand_out(
    verified: VerifiedResponse,
    report_slot: &mut *mut signet_report,
    text_slot: &mut *mut signet_buffer,
) -> Result<(), Failure> {
    report_into(report_slot, verified.report)?;
    *text_slot = signet_buffer::into_raw(verified.bytes);
    Ok(())
}

/// The caller's options as the core takes them, but for the name.
struct Said {
    outcome: Option<OutcomeText>,
    time: Option<Instant>,
    limits: MessageLimits,
}

impl Said {
    /// # Safety
    ///
    /// As for [`options::read`]; the outcome is readable for its length.
    unsafe fn read(given: *const signet_mcp_response_options) -> Result<Said, Failure> {
        // SAFETY: the same contract.
        let given = unsafe { options::read(given, "options")? };
        options::check_flags(given.flags, SIGNET_SIGN_AT, "options")?;
        options::check_reserved(given.reserved, "options")?;
        // SAFETY: readable, says the header.
        let outcome =
            unsafe { memory::optional_bytes(given.outcome, given.outcome_len, "outcome")? };
        let has_time = given.flags & SIGNET_SIGN_AT != 0;
        Ok(Said {
            outcome: outcome.map(OutcomeText::parse).transpose()?,
            time: has_time
                .then(|| Instant::from_unix_millis(given.now_unix_ms))
                .transpose()?,
            limits: message_limits(given.max_len, given.max_depth, 0),
        })
    }

    fn options<'a>(&'a self, server_name: &'a str) -> ResponseOptions<'a> {
        ResponseOptions {
            server_name,
            outcome: self.outcome.as_ref().map(OutcomeText::outcome),
            time: self.time,
            limits: self.limits,
        }
    }
}
