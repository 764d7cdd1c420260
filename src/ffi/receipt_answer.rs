//! Receipts that speak of a response: with the agent's word for it (version 2),
//! or with a server's (version 3).

use crate::encoding::jcs::Limits;
use crate::encoding::rfc3339::Instant;
use crate::ffi::boundary::{Failure, run, silently};
use crate::ffi::error::signet_error;
use crate::ffi::handle::Handle;
use crate::ffi::keypair::signet_keypair;
use crate::ffi::memory;
use crate::ffi::options::{self, Options};
use crate::ffi::receipt::{ReceiptCore, signet_receipt};
use crate::ffi::receipt_options::{
    SIGNET_NONCE_LEN, SIGNET_SIGN_AT, SIGNET_SIGN_FIXED_NONCE, SIGNET_SIGN_HASH_ONLY,
    read_lasting_sign_options, signet_sign_options,
};
use crate::ffi::status::signet_status;
use crate::receipt::{
    Action, CoSignOptions, CompoundOptions, OutcomeText, Response, Signer, co_sign, sign_compound,
};

/// What a server may say besides. Initialise with SIGNET_CO_SIGN_OPTIONS_INIT or
/// signet_co_sign_options_init(); NULL means all defaults.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct signet_co_sign_options {
    /// sizeof(signet_co_sign_options).
    pub struct_size: u32,
    /// SIGNET_SIGN_AT, SIGNET_SIGN_FIXED_NONCE.
    pub flags: u32,
    /// With SIGNET_SIGN_AT: milliseconds since 1970-01-01T00:00:00Z.
    pub now_unix_ms: i64,
    /// With SIGNET_SIGN_FIXED_NONCE: the nonce.
    pub nonce: [u8; SIGNET_NONCE_LEN],
    /// The largest response text in bytes; 0 means 16 MiB.
    pub max_len: u64,
    /// Anything to add as "extensions", as JSON text; borrowed for the call. NO
    /// SIGNATURE COVERS IT. NULL with length 0: nothing.
    pub unsigned_extensions: *const u8,
    /// Its length in bytes.
    pub unsigned_extensions_len: usize,
}

// SAFETY: repr(C), starts with u32; integers and a pointer, no padding.
unsafe impl Options for signet_co_sign_options {}

/// Fills in the defaults. NULL is ignored.
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_co_sign_options_init(options_out: *mut signet_co_sign_options) {
    // SAFETY: NULL or writable, says the header.
    silently(|| unsafe { options::init(options_out) });
}

/// Signs a tool call and its response in one: a receipt of version 2. Of the
/// response only the hash is kept.
///
/// @param keypair           who signs
/// @param action            the action, as for signet_receipt_sign(); borrowed
/// @param action_len        its length in bytes
/// @param response          the response, any JSON text; borrowed for the call
/// @param response_len      its length in bytes
/// @param outcome           what became of the call, as JSON, see
///                          signet_receipt_co_sign(); NULL with length 0: unsaid
/// @param outcome_len       its length in bytes
/// @param requested_at      when the request went out, an RFC 3339 date-time, kept
///                          as given; borrowed for the call
/// @param requested_at_len  its length in bytes
/// @param responded_at      when the response came, not before the request; borrowed
/// @param responded_at_len  its length in bytes
/// @param name              the signer's name, any text; borrowed for the call
/// @param name_len          its length in bytes
/// @param owner             whom the signer works for, any text or empty; borrowed
/// @param owner_len         its length in bytes
/// @param options           options, or NULL; no expiry, and not SIGNET_SIGN_AT,
///                          because the times are given. max_len counts for
///                          action and response
/// @param[out] receipt_out  the receipt; owned by the caller
/// @param[out] error_out    details of a failure, or NULL if not wanted
/// @return as signet_receipt_sign(), and SIGNET_ERR_TIME_OUT_OF_WINDOW (the
///         response came before the request)
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_receipt_sign_compound(
    keypair: *const signet_keypair,
    action: *const u8,
    action_len: usize,
    response: *const u8,
    response_len: usize,
    outcome: *const u8,
    outcome_len: usize,
    requested_at: *const u8,
    requested_at_len: usize,
    responded_at: *const u8,
    responded_at_len: usize,
    name: *const u8,
    name_len: usize,
    owner: *const u8,
    owner_len: usize,
    options: *const signet_sign_options,
    receipt_out: *mut *mut signet_receipt,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let out = memory::out(receipt_out, "receipt_out")?;
            let keypair = memory::handle(keypair, "keypair")?;
            let action = memory::bytes(action, action_len, "action")?;
            let content = memory::bytes(response, response_len, "response")?;
            let outcome = read_outcome(outcome, outcome_len)?;
            let times = CompoundOptions {
                requested_at: memory::text(requested_at, requested_at_len, "requested_at")?,
                responded_at: memory::text(responded_at, responded_at_len, "responded_at")?,
                nonce: None,
            };
            let signer = Signer {
                name: memory::text(name, name_len, "name")?,
                owner: memory::text(owner, owner_len, "owner")?,
            };
            let known = SIGNET_SIGN_HASH_ONLY | SIGNET_SIGN_FIXED_NONCE;
            let (reading, saying) = read_lasting_sign_options(options, known)?;
            let response = Response {
                outcome: outcome.as_ref().map(OutcomeText::outcome),
                limits: reading.limits,
                ..Response::new(content)
            };
            let times = CompoundOptions {
                nonce: saying.nonce,
                ..times
            };
            let action = Action::parse(action, &reading)?;
            let receipt = sign_compound(keypair, &action, &response, &signer, &times)?;
            *out = signet_receipt::into_raw(ReceiptCore::new(receipt));
            Ok(())
        })
    }
}

/// Co-signs an agent's receipt (version 1 or 4) together with the response and
/// what became of the call: a receipt of version 3. Of the response only the hash
/// is kept.
///
/// The agent's receipt must be sound under the key it names, which must not be
/// the server's own. Whether that agent is to be trusted and whether its receipt
/// has expired is for the server to have decided before; a refusal is co-signed
/// too.
///
/// The outcome is {"status", "reason"?, "error"?}, where status is "verified",
/// "rejected", "requires_approval", "executed" or "failed".
///
/// @param server         who co-signs
/// @param agent_receipt  the agent's receipt, not read with SIGNET_PARSE_FORENSIC
/// @param response       the response, any JSON text; borrowed for the call
/// @param response_len   its length in bytes
/// @param outcome        what became of the call, as JSON; borrowed for the call.
///                       NULL with length 0: unsaid
/// @param outcome_len    its length in bytes
/// @param name           the server's name, any text; borrowed for the call
/// @param name_len       its length in bytes
/// @param options        options, or NULL
/// @param[out] receipt_out  the receipt; owned by the caller
/// @param[out] error_out    details of a failure, or NULL if not wanted
/// @return SIGNET_OK; SIGNET_ERR_JSON_… or SIGNET_ERR_TOO_LARGE for texts;
///         SIGNET_ERR_RECEIPT_INVALID or SIGNET_ERR_UNKNOWN_MEMBER for the
///         outcome; SIGNET_ERR_SAME_SIGNER, SIGNET_ERR_RECEIPT_VERSION,
///         SIGNET_ERR_TIME_OUT_OF_WINDOW (the agent's receipt is dated later), and
///         what signet_receipt_verify() says of the agent's receipt;
///         SIGNET_ERR_SIGNER_FAILED, SIGNET_ERR_RANDOMNESS,
///         SIGNET_ERR_INVALID_ARGUMENT, SIGNET_ERR_UNSUPPORTED,
///         SIGNET_ERR_NULL_ARGUMENT
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_receipt_co_sign(
    server: *const signet_keypair,
    agent_receipt: *const signet_receipt,
    response: *const u8,
    response_len: usize,
    outcome: *const u8,
    outcome_len: usize,
    name: *const u8,
    name_len: usize,
    options: *const signet_co_sign_options,
    receipt_out: *mut *mut signet_receipt,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let out = memory::out(receipt_out, "receipt_out")?;
            let server = memory::handle(server, "server")?;
            let agent_receipt = memory::handle(agent_receipt, "agent_receipt")?;
            let content = memory::bytes(response, response_len, "response")?;
            let outcome = read_outcome(outcome, outcome_len)?;
            let name = memory::text(name, name_len, "name")?;
            let (limits, saying) = read_co_sign_options(options)?;
            let response = Response {
                content,
                outcome: outcome.as_ref().map(OutcomeText::outcome),
                limits,
            };
            let saying = CoSignOptions {
                server_name: name,
                ..saying
            };
            let receipt = co_sign(server, &agent_receipt.receipt, &response, &saying)?;
            *out = signet_receipt::into_raw(ReceiptCore::new(receipt));
            Ok(())
        })
    }
}

/// # Safety
///
/// As for [`memory::bytes`].
unsafe fn read_outcome(outcome: *const u8, len: usize) -> Result<Option<OutcomeText>, Failure> {
    // SAFETY: the same contract.
    let json = unsafe { memory::bytes(outcome, len, "outcome")? };
    let given = (!outcome.is_null()).then(|| OutcomeText::parse(json));
    Ok(given.transpose()?)
}

/// # Safety
///
/// As for [`options::read`]; the extensions are readable for their length.
unsafe fn read_co_sign_options<'a>(
    given: *const signet_co_sign_options,
) -> Result<(Limits, CoSignOptions<'a>), Failure> {
    // SAFETY: the same contract.
    let options = unsafe { options::read(given, "options")? };
    let known = SIGNET_SIGN_AT | SIGNET_SIGN_FIXED_NONCE;
    options::check_flags(options.flags, known, "options")?;
    let has = |flag: u32| options.flags & flag != 0;
    // SAFETY: readable, says the header.
    let extensions = unsafe {
        memory::bytes(
            options.unsigned_extensions,
            options.unsigned_extensions_len,
            "unsigned_extensions",
        )?
    };
    let mut limits = Limits::default();
    if options.max_len != 0 {
        limits.max_len = usize::try_from(options.max_len).unwrap_or(usize::MAX);
    }
    let saying = CoSignOptions {
        server_name: "",
        time: has(SIGNET_SIGN_AT)
            .then(|| Instant::from_unix_millis(options.now_unix_ms))
            .transpose()?,
        extensions: (!options.unsigned_extensions.is_null()).then_some(extensions),
        nonce: has(SIGNET_SIGN_FIXED_NONCE).then_some(options.nonce),
    };
    Ok((limits, saying))
}
