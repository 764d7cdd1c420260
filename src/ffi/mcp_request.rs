//! MCP tool calls: signing them on their way out, verifying them on their way in.

use crate::encoding::option_text;
use crate::encoding::rfc3339::Instant;
use crate::error::{Error, ErrorKind};
use crate::ffi::boundary::{Failure, quietly, run, silently};
use crate::ffi::error::signet_error;
use crate::ffi::handle::Handle;
use crate::ffi::keypair::signet_keypair;
use crate::ffi::mcp_call::signet_mcp_call;
use crate::ffi::memory;
use crate::ffi::options::{self, Options};
use crate::ffi::policy::signet_policy;
use crate::ffi::receipt_options::{SIGNET_SIGN_AT, SIGNET_SIGN_HASH_ONLY};
use crate::ffi::report::signet_report;
use crate::ffi::status::signet_status;
use crate::ffi::time::instant;
use crate::ffi::verifier::{report_into, signet_verifier};
use crate::mcp::{
    Existing, MessageLimits, PolicyCheck, RequestOptions, SignedRequest, VerifiedRequest,
    sign_request, verify_params, verify_request,
};
use crate::receipt::Signer;

/// A message with its receipts. Immutable; any thread may use it at any time. Owned
/// by the caller.
pub struct signet_mcp_signed {
    _private: [u8; 0],
}

impl Handle for signet_mcp_signed {
    type Core = SignedRequest;
}

/// Replace the receipt that a call carries already, instead of refusing it.
pub const SIGNET_SIGN_REPLACE: u32 = 8;

/// What receipts say about calls besides the calls themselves. Initialise with
/// SIGNET_MCP_REQUEST_OPTIONS_INIT or signet_mcp_request_options_init(); NULL means
/// all defaults. What is pointed to is borrowed for the call.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct signet_mcp_request_options {
    /// sizeof(signet_mcp_request_options).
    pub struct_size: u32,
    /// SIGNET_SIGN_HASH_ONLY, SIGNET_SIGN_AT, SIGNET_SIGN_REPLACE.
    pub flags: u32,
    /// With SIGNET_SIGN_AT: milliseconds since 1970-01-01T00:00:00Z.
    pub now_unix_ms: i64,
    /// The largest message in bytes, with its receipts; 0 means 16 MiB.
    pub max_len: u64,
    /// The deepest nesting of arrays and objects; 0 means 127.
    pub max_depth: u32,
    /// How many messages a batch may hold; 0 means 1000.
    pub max_batch: u32,
    /// The server that the call goes to, for example "mcp://files", UTF-8. NULL:
    /// empty.
    pub target: *const u8,
    /// Its length in bytes.
    pub target_len: usize,
    /// How it goes there, UTF-8. NULL: "stdio".
    pub transport: *const u8,
    /// Its length in bytes.
    pub transport_len: usize,
    /// The session that the call belongs to, UTF-8, or NULL.
    pub session: *const u8,
    /// Its length in bytes.
    pub session_len: usize,
    /// The trace that the call belongs to, UTF-8, or NULL.
    pub trace_id: *const u8,
    /// Its length in bytes.
    pub trace_id_len: usize,
    /// The id of the receipt of the call that caused this one, UTF-8, or NULL.
    pub parent_receipt_id: *const u8,
    /// Its length in bytes.
    pub parent_receipt_id_len: usize,
    /// When the receipts expire, an RFC 3339 date-time. NULL: never.
    pub expires_at: *const u8,
    /// Its length in bytes.
    pub expires_at_len: usize,
    /// The policy that must allow each call, which its receipt then says. NULL:
    /// none is asked.
    pub policy: *const signet_policy,
    /// The types of obligations that the caller fulfils, as a JSON array of texts: a
    /// call that the policy allows only under another one is not signed. NULL: none.
    pub fulfils: *const u8,
    /// Its length in bytes.
    pub fulfils_len: usize,
}

// SAFETY: repr(C), starts with u32; integers and pointers, no padding.
unsafe impl Options for signet_mcp_request_options {}

/// Fills in the defaults. NULL is ignored.
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_mcp_request_options_init(
    options_out: *mut signet_mcp_request_options,
) {
    // SAFETY: NULL or writable, says the header.
    silently(|| unsafe { options::init(options_out) });
}

/// Signs the tool calls in a JSON-RPC message, or in a batch of messages. Each
/// request or notification with the method "tools/call" gets a receipt of version 1
/// at params._meta._signet: of the tool, the arguments as params, and the request's
/// id as "call_id". No other byte changes, and what is no tool call comes back as it
/// was given. When one call of a batch cannot be signed, none is.
///
/// @param keypair      who signs
/// @param message      the text as it is to be sent; borrowed for the call
/// @param message_len  its length in bytes
/// @param name         the signer's name, any text; borrowed for the call
/// @param name_len     its length in bytes
/// @param owner        whom the signer works for, any text or empty; borrowed
/// @param owner_len    its length in bytes
/// @param options      options, or NULL
/// @param[out] signed_out  the message with its receipts; owned by the caller
/// @param[out] error_out   details of a failure, or NULL if not wanted
/// @return SIGNET_OK; SIGNET_ERR_JSON_…, SIGNET_ERR_TOO_LARGE and
///         SIGNET_ERR_MESSAGE_INVALID for the message; SIGNET_ERR_ALREADY_SIGNED,
///         SIGNET_ERR_POLICY_DENIED, SIGNET_ERR_APPROVAL_REQUIRED,
///         SIGNET_ERR_RECEIPT_INVALID, SIGNET_ERR_TIMESTAMP_INVALID,
///         SIGNET_ERR_SIGNER_FAILED, SIGNET_ERR_RANDOMNESS,
///         SIGNET_ERR_INVALID_ARGUMENT, SIGNET_ERR_UNSUPPORTED,
///         SIGNET_ERR_NULL_ARGUMENT
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_mcp_sign_request(
    keypair: *const signet_keypair,
    message: *const u8,
    message_len: usize,
    name: *const u8,
    name_len: usize,
    owner: *const u8,
    owner_len: usize,
    options: *const signet_mcp_request_options,
    signed_out: *mut *mut signet_mcp_signed,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let out = memory::out(signed_out, "signed_out")?;
            let keypair = memory::handle(keypair, "keypair")?;
            let message = memory::bytes(message, message_len, "message")?;
            let signer = Signer {
                name: memory::text(name, name_len, "name")?,
                owner: memory::text(owner, owner_len, "owner")?,
            };
            let asked = Asked::read(options)?;
            let fulfils: Vec<&str> = asked.fulfils.iter().map(String::as_str).collect();
            let options = asked.options(signer, &fulfils);
            *out = signet_mcp_signed::into_raw(sign_request(keypair, message, &options)?);
            Ok(())
        })
    }
}

/// The message as it is to be sent, exactly. It belongs to the handle and lives
/// until that is freed. NULL for NULL.
///
/// @param signed_message  what signet_mcp_sign_request() made
/// @param[out] len_out    the length in bytes; may be NULL
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_mcp_signed_message(
    signed_message: *const signet_mcp_signed,
    len_out: *mut usize,
) -> *const u8 {
    quietly(std::ptr::null(), || {
        // SAFETY: NULL or live, says the header.
        let signed = unsafe { signet_mcp_signed::borrow(signed_message) };
        let bytes = signed.map(|signed| signed.bytes.as_slice());
        // SAFETY: NULL or writable, says the header.
        Some(unsafe { memory::view(bytes, len_out) })
    })
}

/// How many calls were signed: 0 when the message has none, and for NULL.
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_mcp_signed_len(signed_message: *const signet_mcp_signed) -> usize {
    quietly(0, || {
        // SAFETY: NULL or live, says the header.
        Some(
            unsafe { signet_mcp_signed::borrow(signed_message) }?
                .calls
                .len(),
        )
    })
}

/// One of the calls that were signed, to be held together with its response.
///
/// @param signed_message  what signet_mcp_sign_request() made
/// @param index           the number of the call, from 0, in the order of the
///                        message
/// @param[out] call_out   the call; owned by the caller
/// @param[out] error_out  details of a failure, or NULL if not wanted
/// @return SIGNET_OK, SIGNET_ERR_INVALID_ARGUMENT (there are not so many),
///         SIGNET_ERR_NULL_ARGUMENT
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_mcp_signed_call(
    signed_message: *const signet_mcp_signed,
    index: usize,
    call_out: *mut *mut signet_mcp_call,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let out = memory::out(call_out, "call_out")?;
            let signed = memory::handle(signed_message, "signed_message")?;
            let call = signed.calls.get(index).ok_or_else(beyond)?;
            *out = signet_mcp_call::into_raw(call.clone());
            Ok(())
        })
    }
}

/// Releases a signed message. NULL is ignored.
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_mcp_signed_free(signed_message: *mut signet_mcp_signed) {
    // SAFETY: NULL or live and not used afterwards, says the header.
    silently(|| unsafe { signet_mcp_signed::release(signed_message) });
}

/// Verifies one "tools/call" message as it came off the wire: its tool and its
/// arguments must be those that were signed, and else it is judged as
/// signet_verifier_check_call() says. Run the tool only after SIGNET_OK. For batches
/// there is signet_gate_judge().
///
/// Unlike other outputs the report is set whenever the call was judged, also when it
/// is refused; a text that is not one such message leaves none.
///
/// @param verifier     the verifier, by whose limits messages are read
/// @param message      the text; borrowed for the call
/// @param message_len  its length in bytes
/// @param at_unix_ms   the time in milliseconds since 1970-01-01T00:00:00Z, or
///                     SIGNET_NOW
/// @param[out] report_out  what was found; owned by the caller, also on failure
/// @param[out] call_out    the call, to be held together with its response, owned by
///                         the caller; NULL when it is refused or carries no receipt
/// @param[out] error_out   details of a failure, or NULL if not wanted
/// @return as signet_verifier_check_call(); without a report SIGNET_ERR_JSON_…,
///         SIGNET_ERR_TOO_LARGE and SIGNET_ERR_MESSAGE_INVALID for the message,
///         SIGNET_ERR_INVALID_ARGUMENT, SIGNET_ERR_NULL_ARGUMENT
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_mcp_verify_request(
    verifier: *const signet_verifier,
    message: *const u8,
    message_len: usize,
    at_unix_ms: i64,
    report_out: *mut *mut signet_report,
    call_out: *mut *mut signet_mcp_call,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let report_slot = memory::out(report_out, "report_out");
            let call_slot = memory::out(call_out, "call_out");
            let (report_slot, call_slot) = (report_slot?, call_slot?);
            let verifier = memory::handle(verifier, "verifier")?;
            let message = memory::bytes(message, message_len, "message")?;
            let verified = verify_request(message, verifier, instant(at_unix_ms)?)?;
            hand_out(verified, report_slot, call_slot)
        })
    }
}

/// Verifies the params of a "tools/call" request by themselves, for servers that get
/// no more than those from their framework. What the call comes to is then signed
/// with signet_mcp_sign_result().
///
/// @param verifier    the verifier, by whose limits params are read
/// @param params      the JSON text of the params; borrowed for the call
/// @param params_len  its length in bytes
/// @param at_unix_ms  the time in milliseconds since 1970-01-01T00:00:00Z, or
///                    SIGNET_NOW
/// @param[out] report_out  what was found; owned by the caller, also on failure
/// @param[out] call_out    the call, without an id, owned by the caller; NULL when it
///                         is refused or carries no receipt
/// @param[out] error_out   details of a failure, or NULL if not wanted
/// @return as signet_mcp_verify_request()
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_mcp_verify_params(
    verifier: *const signet_verifier,
    params: *const u8,
    params_len: usize,
    at_unix_ms: i64,
    report_out: *mut *mut signet_report,
    call_out: *mut *mut signet_mcp_call,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let report_slot = memory::out(report_out, "report_out");
            let call_slot = memory::out(call_out, "call_out");
            let (report_slot, call_slot) = (report_slot?, call_slot?);
            let verifier = memory::handle(verifier, "verifier")?;
            let params = memory::bytes(params, params_len, "params")?;
            let verified = verify_params(params, verifier, instant(at_unix_ms)?)?;
            hand_out(verified, report_slot, call_slot)
        })
    }
}

fn hand_out(
    verified: VerifiedRequest,
    report_slot: &mut *mut signet_report,
    call_slot: &mut *mut signet_mcp_call,
) -> Result<(), Failure> {
    if let Some(call) = verified.call {
        *call_slot = signet_mcp_call::into_raw(call);
    }
    report_into(report_slot, verified.report)
}

pub(super) fn beyond() -> Error {
    Error::new(
        ErrorKind::InvalidArgument,
        "index",
        "it is not below the number of elements",
    )
}

/// The limits of messages, where 0 means the default.
pub(super) fn message_limits(max_len: u64, max_depth: u32, max_batch: u32) -> MessageLimits {
    let or = |value: u64, default: usize| match value {
        0 => default,
        value => usize::try_from(value).unwrap_or(usize::MAX),
    };
    let defaults = MessageLimits::default();
    MessageLimits {
        max_len: or(max_len, defaults.max_len),
        max_depth: or(u64::from(max_depth), defaults.max_depth),
        max_batch: or(u64::from(max_batch), defaults.max_batch),
    }
}

/// The caller's options as the core takes them, but for the signer.
struct Asked<'a> {
    said: RequestOptions<'a>,
    policy: Option<PolicyCheck<'a>>,
    fulfils: Vec<String>,
}

impl<'a> Asked<'a> {
    /// # Safety
    ///
    /// As for [`options::read`]; what is pointed to is live or readable for all of
    /// `'a`.
    unsafe fn read(given: *const signet_mcp_request_options) -> Result<Asked<'a>, Failure> {
        // SAFETY: the same contract.
        let given = unsafe { options::read(given, "options")? };
        let known = SIGNET_SIGN_HASH_ONLY | SIGNET_SIGN_AT | SIGNET_SIGN_REPLACE;
        options::check_flags(given.flags, known, "options")?;
        let has = |flag: u32| given.flags & flag != 0;
        let defaults = RequestOptions::default();
        // SAFETY: readable or live, says the header.
        let (said, policy, fulfils) = unsafe {
            let transport =
                memory::optional_text(given.transport, given.transport_len, "transport")?;
            let said = RequestOptions {
                target: memory::text(given.target, given.target_len, "target")?,
                transport: transport.unwrap_or(defaults.transport),
                session: memory::optional_text(given.session, given.session_len, "session")?,
                trace_id: memory::optional_text(given.trace_id, given.trace_id_len, "trace_id")?,
                parent_receipt_id: memory::optional_text(
                    given.parent_receipt_id,
                    given.parent_receipt_id_len,
                    "parent_receipt_id",
                )?,
                expires_at: memory::optional_text(
                    given.expires_at,
                    given.expires_at_len,
                    "expires_at",
                )?,
                hash_only: has(SIGNET_SIGN_HASH_ONLY),
                existing: match has(SIGNET_SIGN_REPLACE) {
                    true => Existing::Replace,
                    false => Existing::Refuse,
                },
                time: has(SIGNET_SIGN_AT)
                    .then(|| Instant::from_unix_millis(given.now_unix_ms))
                    .transpose()?,
                limits: message_limits(given.max_len, given.max_depth, given.max_batch),
                ..defaults
            };
            (
                said,
                signet_policy::borrow(given.policy),
                memory::bytes(given.fulfils, given.fulfils_len, "fulfils")?,
            )
        };
        Ok(Asked {
            said,
            policy: policy.map(|policy| PolicyCheck {
                policy: policy.policy(),
                counters: Some(policy.counters()),
                fulfils: &[],
            }),
            fulfils: option_text::texts(fulfils, "fulfils")?,
        })
    }

    fn options<'o>(&self, signer: Signer<'o>, fulfils: &'o [&'o str]) -> RequestOptions<'o>
    where
        'a: 'o,
    {
        RequestOptions {
            signer,
            policy: self.policy.map(|check| PolicyCheck { fulfils, ..check }),
            ..self.said
        }
    }
}
