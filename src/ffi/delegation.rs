//! Delegations: one key lets another act within a scope.

use crate::authority::any_version::verify_delegation;
use crate::authority::delegation::{Delegation, Grant, sign};
use crate::authority::scope::Scope;
use crate::encoding::key_text;
use crate::ffi::boundary::{quietly, run, silently};
use crate::ffi::delegation_options::{Said, signet_delegation_options};
use crate::ffi::error::signet_error;
use crate::ffi::handle::Handle;
use crate::ffi::json::{SIGNET_PARSE_FORENSIC, signet_parse_options};
use crate::ffi::keypair::signet_keypair;
use crate::ffi::memory;
use crate::ffi::public_key::signet_public_key;
use crate::ffi::receipt_verify::{Asked, signet_verify_options};
use crate::ffi::status::signet_status;

/// A signed statement that one key lets another act within a scope. Having one
/// says that its shape is right; only signet_delegation_verify() says that its
/// signature is, and only signet_chain_verify() that there was anything to
/// delegate. Immutable; any thread may use it at any time. Owned by the caller.
pub struct signet_delegation {
    _private: [u8; 0],
}

/// A delegation and its texts.
pub(super) struct DelegationCore {
    pub(super) delegation: Delegation,
    texts: Texts,
}

struct Texts {
    id: String,
    delegator_key: String,
    delegator_name: String,
    delegator_principal: Option<String>,
    delegate_key: String,
    delegate_name: String,
    delegate_principal: Option<String>,
    issued_at: String,
    nonce: String,
    scope: Vec<u8>,
}

impl DelegationCore {
    fn new(delegation: Delegation) -> DelegationCore {
        let own = |text: Option<std::borrow::Cow<'_, str>>| text.map(|text| text.into_owned());
        let texts = Texts {
            id: delegation.id().into_owned(),
            delegator_key: key_text::prefixed(delegation.delegator()),
            delegator_name: delegation.delegator_name().into_owned(),
            delegator_principal: own(delegation.delegator_principal()),
            delegate_key: key_text::prefixed(delegation.delegate()),
            delegate_name: delegation.delegate_name().into_owned(),
            delegate_principal: own(delegation.delegate_principal()),
            issued_at: delegation.issued_at_text().into_owned(),
            nonce: delegation.nonce().into_owned(),
            scope: delegation.scope().json(),
        };
        DelegationCore { delegation, texts }
    }

    fn field(&self, field: i32) -> Option<&[u8]> {
        let texts = &self.texts;
        let unsigned = self.delegation.unsigned();
        match field {
            SIGNET_DELEGATION_ID => Some(texts.id.as_bytes()),
            SIGNET_DELEGATION_DELEGATOR_KEY => Some(texts.delegator_key.as_bytes()),
            SIGNET_DELEGATION_DELEGATOR_NAME => Some(texts.delegator_name.as_bytes()),
            SIGNET_DELEGATION_DELEGATOR_PRINCIPAL => {
                texts.delegator_principal.as_deref().map(str::as_bytes)
            }
            SIGNET_DELEGATION_DELEGATE_KEY => Some(texts.delegate_key.as_bytes()),
            SIGNET_DELEGATION_DELEGATE_NAME => Some(texts.delegate_name.as_bytes()),
            SIGNET_DELEGATION_DELEGATE_PRINCIPAL => {
                texts.delegate_principal.as_deref().map(str::as_bytes)
            }
            SIGNET_DELEGATION_ISSUED_AT => Some(texts.issued_at.as_bytes()),
            SIGNET_DELEGATION_EXPIRES => self.delegation.scope().expires_text().map(str::as_bytes),
            SIGNET_DELEGATION_NONCE => Some(texts.nonce.as_bytes()),
            SIGNET_DELEGATION_SCOPE => Some(&texts.scope),
            SIGNET_DELEGATION_UNSIGNED_BUDGET => unsigned.budget,
            SIGNET_DELEGATION_UNSIGNED_CONSTRAINTS => unsigned.constraints,
            SIGNET_DELEGATION_UNSIGNED_CORRELATION_ID => unsigned.correlation_id,
            _ => None,
        }
    }
}

impl Handle for signet_delegation {
    type Core = DelegationCore;
}

/// "id": "del_" and 32 hex digits derived from the signature.
pub const SIGNET_DELEGATION_ID: i32 = 1;
/// "delegator.pubkey": "ed25519:" and the base64 of the key that delegates.
pub const SIGNET_DELEGATION_DELEGATOR_KEY: i32 = 2;
/// "delegator.name": the name that it gives itself.
pub const SIGNET_DELEGATION_DELEGATOR_NAME: i32 = 3;
/// "delegator.principal": whom it claims to speak for.
pub const SIGNET_DELEGATION_DELEGATOR_PRINCIPAL: i32 = 4;
/// "delegate.pubkey": "ed25519:" and the base64 of the key delegated to.
pub const SIGNET_DELEGATION_DELEGATE_KEY: i32 = 5;
/// "delegate.name": the name that the delegator gives it.
pub const SIGNET_DELEGATION_DELEGATE_NAME: i32 = 6;
/// "delegate.principal": whom the delegator takes it for.
pub const SIGNET_DELEGATION_DELEGATE_PRINCIPAL: i32 = 7;
/// "issued_at": when it was issued, an RFC 3339 date-time.
pub const SIGNET_DELEGATION_ISSUED_AT: i32 = 8;
/// "scope.expires": its last instant, an RFC 3339 date-time.
pub const SIGNET_DELEGATION_EXPIRES: i32 = 9;
/// "nonce": "rnd_" and 32 hex digits.
pub const SIGNET_DELEGATION_NONCE: i32 = 10;
/// "scope", as far as it is signed, as JSON: {"tools", "targets", "max_depth",
/// "expires"?}.
pub const SIGNET_DELEGATION_SCOPE: i32 = 11;
/// "scope.budget", as JSON. NO SIGNATURE COVERS IT: it limits nobody.
pub const SIGNET_DELEGATION_UNSIGNED_BUDGET: i32 = 12;
/// "scope.constraints", as JSON. NO SIGNATURE COVERS IT: it limits nobody.
pub const SIGNET_DELEGATION_UNSIGNED_CONSTRAINTS: i32 = 13;
/// "correlation_id", as JSON with its quotes. NO SIGNATURE COVERS IT.
pub const SIGNET_DELEGATION_UNSIGNED_CORRELATION_ID: i32 = 14;

/// Delegates: signs that another key may act within a scope.
///
/// The scope is {"tools", "targets", "max_depth", "expires"?}: names of tools and
/// targets, compared byte for byte, where ["*"] alone means all; how many further
/// delegations may follow; and its last instant, an RFC 3339 date-time. "budget"
/// and "constraints" are refused in it, because no signature would cover them.
///
/// @param keypair            who delegates
/// @param name               its name, not empty; borrowed for the call
/// @param name_len           its length in bytes
/// @param delegate           the key that is delegated to
/// @param delegate_name      its name, not empty; borrowed for the call
/// @param delegate_name_len  its length in bytes
/// @param scope              the scope as JSON text; borrowed for the call
/// @param scope_len          its length in bytes
/// @param options            options, or NULL
/// @param[out] delegation_out  the delegation; owned by the caller
/// @param[out] error_out       details of a failure, or NULL if not wanted
/// @return SIGNET_OK; SIGNET_ERR_JSON_… for texts; SIGNET_ERR_DELEGATION_INVALID
///         or SIGNET_ERR_UNKNOWN_MEMBER for names and scope;
///         SIGNET_ERR_SCOPE_WIDENED or SIGNET_ERR_DELEGATION_DEPTH_EXCEEDED when
///         it does not narrow the parent scope; SIGNET_ERR_PRINCIPAL_INVALID,
///         SIGNET_ERR_SIGNER_FAILED, SIGNET_ERR_RANDOMNESS, SIGNET_ERR_TOO_LARGE,
///         SIGNET_ERR_INVALID_ARGUMENT, SIGNET_ERR_UNSUPPORTED,
///         SIGNET_ERR_NULL_ARGUMENT
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_delegation_sign(
    keypair: *const signet_keypair,
    name: *const u8,
    name_len: usize,
    delegate: *const signet_public_key,
    delegate_name: *const u8,
    delegate_name_len: usize,
    scope: *const u8,
    scope_len: usize,
    options: *const signet_delegation_options,
    delegation_out: *mut *mut signet_delegation,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let out = memory::out(delegation_out, "delegation_out")?;
            let keypair = memory::handle(keypair, "keypair")?;
            let name = memory::text(name, name_len, "name")?;
            let delegate = memory::handle(delegate, "delegate")?;
            let delegate_name = memory::text(delegate_name, delegate_name_len, "delegate_name")?;
            let scope = Scope::parse(memory::bytes(scope, scope_len, "scope")?)?;
            let said = Said::read(options)?;
            let grant = Grant {
                delegator_name: name,
                delegator_principal: said.delegator_principal,
                delegate: &delegate.key,
                delegate_name,
                delegate_principal: said.delegate_principal,
                scope: &scope,
                parent: said.parent.as_ref(),
            };
            let delegation = sign(keypair, &grant, &said.grant_options())?;
            *out = signet_delegation::into_raw(DelegationCore::new(delegation));
            Ok(())
        })
    }
}

/// Reads a delegation from JSON text. Its shape is checked, its signature is not.
///
/// @param json      the text; borrowed for the call
/// @param json_len  its length in bytes
/// @param options   limits and SIGNET_PARSE_FORENSIC, or NULL
/// @param[out] delegation_out  the delegation; owned by the caller
/// @param[out] error_out       details of a failure, or NULL if not wanted
/// @return SIGNET_OK; SIGNET_ERR_JSON_… or SIGNET_ERR_TOO_LARGE for the text;
///         SIGNET_ERR_DELEGATION_INVALID, SIGNET_ERR_UNKNOWN_MEMBER,
///         SIGNET_ERR_KEY_INVALID, SIGNET_ERR_KEY_WEAK or
///         SIGNET_ERR_TIMESTAMP_INVALID for its members;
///         SIGNET_ERR_UNSUPPORTED, SIGNET_ERR_INVALID_ARGUMENT,
///         SIGNET_ERR_NULL_ARGUMENT
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_delegation_parse(
    json: *const u8,
    json_len: usize,
    options: *const signet_parse_options,
    delegation_out: *mut *mut signet_delegation,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let out = memory::out(delegation_out, "delegation_out")?;
            let json = memory::bytes(json, json_len, "json")?;
            let options = signet_parse_options::read(options, SIGNET_PARSE_FORENSIC)?;
            let reading = options.reading();
            let delegation = Delegation::parse(json, reading, &options.limits())?;
            *out = signet_delegation::into_raw(DelegationCore::new(delegation));
            Ok(())
        })
    }
}

/// Verifies a delegation at a time: its signature, its id, and that it has been
/// issued and has not expired. Where the options name roots or a bundle, its
/// delegator must be a trusted root; otherwise nothing says that there was
/// anything to delegate.
///
/// @param delegation  the delegation
/// @param options     the time, the tolerated difference between clocks, and the
///                    roots, or NULL; the other members are for receipts
/// @param[out] error_out  details of a failure, or NULL if not wanted
/// @return as signet_chain_verify()
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_delegation_verify(
    delegation: *const signet_delegation,
    options: *const signet_verify_options,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let delegation = memory::handle(delegation, "delegation")?;
            let asked = Asked::read(options)?;
            verify_delegation(&delegation.delegation, &asked.trust(), &asked.expected)?;
            Ok(())
        })
    }
}

/// The delegation as canonical JSON (RFC 8785): what to store and to send. The
/// text belongs to the delegation and lives until it is freed. NULL for NULL.
///
/// @param delegation  the delegation
/// @param[out] len_out  the length in bytes; may be NULL
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_delegation_json(
    delegation: *const signet_delegation,
    len_out: *mut usize,
) -> *const u8 {
    quietly(std::ptr::null(), || {
        // SAFETY: NULL or live, says the header.
        let delegation = unsafe { signet_delegation::borrow(delegation) };
        let json = delegation.map(|core| core.delegation.json());
        // SAFETY: NULL or writable, says the header.
        Some(unsafe { memory::view(json, len_out) })
    })
}

/// A field of a delegation: UTF-8 text, JSON where the constant says so. The text
/// belongs to the delegation and lives until it is freed.
///
/// @param delegation  the delegation; NULL gives NULL
/// @param field       a SIGNET_DELEGATION_… constant; another number gives NULL
/// @param[out] len_out  the length in bytes; may be NULL
/// @return the text, or NULL if the delegation has no such field
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_delegation_text(
    delegation: *const signet_delegation,
    field: i32,
    len_out: *mut usize,
) -> *const u8 {
    quietly(std::ptr::null(), || {
        // SAFETY: NULL or live, says the header.
        let delegation = unsafe { signet_delegation::borrow(delegation) };
        let text = delegation.and_then(|core| core.field(field));
        // SAFETY: NULL or writable, says the header.
        Some(unsafe { memory::view(text, len_out) })
    })
}

/// Releases a delegation. NULL is ignored.
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_delegation_free(delegation: *mut signet_delegation) {
    // SAFETY: NULL or live and not used afterwards, says the header.
    silently(|| unsafe { signet_delegation::release(delegation) });
}
