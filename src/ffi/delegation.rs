//! Delegations, chains of them, and receipts that rest on a chain.

use crate::authority::any_version::{Trust, verify_chain, verify_delegation};
use crate::authority::authorized::{SignAuthorizedOptions, sign_authorized};
use crate::authority::chain::Chain;
use crate::authority::delegation::{Delegation, Grant, GrantOptions, Unsigned, sign};
use crate::authority::scope::Scope;
use crate::encoding::jcs::Limits;
use crate::encoding::record::Reading;
use crate::encoding::rfc3339::Instant;
use crate::encoding::{key_text, text};
use crate::ffi::boundary::{Failure, quietly, run, silently};
use crate::ffi::buffer::signet_buffer;
use crate::ffi::error::signet_error;
use crate::ffi::handle::Handle;
use crate::ffi::json::{SIGNET_PARSE_FORENSIC, signet_parse_options};
use crate::ffi::keypair::signet_keypair;
use crate::ffi::memory;
use crate::ffi::options::{self, Options};
use crate::ffi::public_key::signet_public_key;
use crate::ffi::receipt::{ReceiptCore, signet_receipt};
use crate::ffi::receipt_options::{
    SIGNET_NONCE_LEN, SIGNET_SIGN_AT, SIGNET_SIGN_FIXED_NONCE, SIGNET_SIGN_HASH_ONLY,
    read_lasting_sign_options, signet_sign_options,
};
use crate::ffi::receipt_verify::{Asked, keys, signet_verify_options};
use crate::ffi::status::signet_status;
use crate::receipt::Action;

/// A signed statement that one key lets another act within a scope. Having one
/// says that its shape is right; only signet_delegation_verify() says that its
/// signature is, and only signet_chain_verify() that there was anything to
/// delegate. Immutable; any thread may use it at any time. Owned by the caller.
pub struct signet_delegation {
    _private: [u8; 0],
}

/// A delegation and its texts.
pub(super) struct DelegationCore {
    delegation: Delegation,
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

/// What else may be said when delegating. Initialise with
/// SIGNET_DELEGATION_OPTIONS_INIT or signet_delegation_options_init(); NULL means
/// all defaults. What is pointed to is borrowed for the call.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct signet_delegation_options {
    /// sizeof(signet_delegation_options).
    pub struct_size: u32,
    /// SIGNET_SIGN_AT, SIGNET_SIGN_FIXED_NONCE.
    pub flags: u32,
    /// With SIGNET_SIGN_AT: milliseconds since 1970-01-01T00:00:00Z.
    pub now_unix_ms: i64,
    /// With SIGNET_SIGN_FIXED_NONCE: the nonce.
    pub nonce: [u8; SIGNET_NONCE_LEN],
    /// The scope that the delegator holds itself, as JSON: the new one must narrow
    /// it. NULL with length 0: left to whoever verifies.
    pub parent_scope: *const u8,
    /// Its length in bytes.
    pub parent_scope_len: usize,
    /// The principal of who delegates ("user://domain/path"), or NULL.
    pub delegator_principal: *const u8,
    /// Its length in bytes.
    pub delegator_principal_len: usize,
    /// The principal of the delegate, or NULL.
    pub delegate_principal: *const u8,
    /// Its length in bytes.
    pub delegate_principal_len: usize,
    /// "scope.budget", any JSON text, or NULL. NO SIGNATURE COVERS IT.
    pub unsigned_budget: *const u8,
    /// Its length in bytes.
    pub unsigned_budget_len: usize,
    /// "scope.constraints", a JSON array, or NULL. NO SIGNATURE COVERS IT.
    pub unsigned_constraints: *const u8,
    /// Its length in bytes.
    pub unsigned_constraints_len: usize,
    /// "correlation_id", any text, or NULL. NO SIGNATURE COVERS IT.
    pub unsigned_correlation_id: *const u8,
    /// Its length in bytes.
    pub unsigned_correlation_id_len: usize,
}

// SAFETY: repr(C), starts with u32; integers and pointers, no padding.
unsafe impl Options for signet_delegation_options {}

/// Fills in the defaults. NULL is ignored.
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_delegation_options_init(
    options_out: *mut signet_delegation_options,
) {
    // SAFETY: NULL or writable, says the header.
    silently(|| unsafe { options::init(options_out) });
}

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

/// Makes a chain, the JSON array of delegations from the root to the agent, out
/// of its links.
///
/// @param links      the delegations, root first; borrowed for the call
/// @param links_len  how many there are
/// @param[out] chain_out  the chain; owned by the caller
/// @param[out] error_out  details of a failure, or NULL if not wanted
/// @return SIGNET_OK, SIGNET_ERR_INVALID_ARGUMENT, SIGNET_ERR_NULL_ARGUMENT
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_chain_join(
    links: *const *const signet_delegation,
    links_len: usize,
    chain_out: *mut *mut signet_buffer,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let out = memory::out(chain_out, "chain_out")?;
            let links = memory::handles(links, links_len, "links")?;
            let links = links.into_iter().map(|core| core.delegation.clone());
            *out = signet_buffer::into_raw(Chain::of(links.collect()).json().to_vec());
            Ok(())
        })
    }
}

/// Verifies a chain from a trusted root to its end, at a time: that each link
/// verifies, is by the key that the link before names, and narrows it.
///
/// The position of an error is the index of the link, counted from the root.
///
/// @param chain      the chain, a JSON array of delegations, root first; borrowed
/// @param chain_len  its length in bytes
/// @param roots      the keys that may delegate in the first place; borrowed. Those
///                   of the options and of their bundle count too
/// @param roots_len  how many there are
/// @param options    the time, the tolerated difference between clocks, and the
///                   length, or NULL; the other members are for receipts
/// @param[out] scope_out  what the key at the end may do, as JSON: {"tools",
///                        "targets", "max_depth", "expires"?}; owned by the caller
/// @param[out] error_out  details of a failure, or NULL if not wanted
/// @return SIGNET_OK; SIGNET_ERR_CHAIN_EMPTY, SIGNET_ERR_CHAIN_TOO_LONG,
///         SIGNET_ERR_CHAIN_ROOT_UNTRUSTED, SIGNET_ERR_CHAIN_BROKEN,
///         SIGNET_ERR_SCOPE_WIDENED, SIGNET_ERR_DELEGATION_DEPTH_EXCEEDED; for a
///         link SIGNET_ERR_SIGNATURE_INVALID, SIGNET_ERR_ID_MISMATCH,
///         SIGNET_ERR_DELEGATION_EXPIRED, SIGNET_ERR_DELEGATION_NOT_YET_VALID;
///         for a root of the bundle SIGNET_ERR_KEY_DISABLED,
///         SIGNET_ERR_KEY_REVOKED, SIGNET_ERR_KEY_EXPIRED; for the text what
///         signet_delegation_parse() says; SIGNET_ERR_INVALID_ARGUMENT,
///         SIGNET_ERR_UNSUPPORTED, SIGNET_ERR_NULL_ARGUMENT
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_chain_verify(
    chain: *const u8,
    chain_len: usize,
    roots: *const *const signet_public_key,
    roots_len: usize,
    options: *const signet_verify_options,
    scope_out: *mut *mut signet_buffer,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let out = memory::out(scope_out, "scope_out")?;
            let chain = memory::bytes(chain, chain_len, "chain")?;
            let mut roots = keys(roots, roots_len, "roots")?;
            let asked = Asked::read(options)?;
            roots.extend(&asked.roots);
            let trust = Trust {
                roots: &roots,
                ..asked.trust()
            };
            let chain = Chain::parse(chain, Reading::Strict, &Limits::default())?;
            let scope = verify_chain(&chain, &trust, &asked.expected)?;
            *out = signet_buffer::into_raw(scope.json());
            Ok(())
        })
    }
}

/// Signs a tool call on the authority of a chain: a receipt of version 4. What
/// the chain does not allow is not signed. The owner in the receipt is the root's
/// name. Verify with signet_receipt_verify() and the roots in its options.
///
/// @param keypair     who signs: the delegate of the last link
/// @param action      the action, as for signet_receipt_sign(); borrowed
/// @param action_len  its length in bytes
/// @param name        the signer's name, any text; borrowed for the call
/// @param name_len    its length in bytes
/// @param chain       the chain, a JSON array of delegations, root first; borrowed
/// @param chain_len   its length in bytes
/// @param options     options, or NULL; no expiry: that of the delegations counts
/// @param[out] receipt_out  the receipt; owned by the caller
/// @param[out] error_out    details of a failure, or NULL if not wanted; its
///                          position is the index of the link
/// @return as signet_chain_verify(), and SIGNET_ERR_CHAIN_DELEGATE_MISMATCH,
///         SIGNET_ERR_SCOPE_VIOLATION, and what signet_receipt_sign() answers;
///         whether anybody trusts the root is not asked
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_receipt_sign_authorized(
    keypair: *const signet_keypair,
    action: *const u8,
    action_len: usize,
    name: *const u8,
    name_len: usize,
    chain: *const u8,
    chain_len: usize,
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
            let name = memory::text(name, name_len, "name")?;
            let chain = memory::bytes(chain, chain_len, "chain")?;
            let known = SIGNET_SIGN_HASH_ONLY | SIGNET_SIGN_AT | SIGNET_SIGN_FIXED_NONCE;
            let (reading, saying) = read_lasting_sign_options(options, known)?;
            let saying = SignAuthorizedOptions {
                time: saying.time,
                nonce: saying.nonce,
            };
            let action = Action::parse(action, &reading)?;
            let chain = Chain::parse(chain, Reading::Strict, &Limits::default())?;
            let receipt = sign_authorized(keypair, &action, name, &chain, &saying)?;
            *out = signet_receipt::into_raw(ReceiptCore::new(receipt));
            Ok(())
        })
    }
}

/// The caller's options as the core takes them.
struct Said<'a> {
    time: Option<Instant>,
    nonce: Option<[u8; SIGNET_NONCE_LEN]>,
    parent: Option<Scope>,
    delegator_principal: Option<&'a str>,
    delegate_principal: Option<&'a str>,
    budget: Option<&'a [u8]>,
    constraints: Option<&'a [u8]>,
    /// As JSON.
    correlation_id: Option<Vec<u8>>,
}

impl<'a> Said<'a> {
    /// # Safety
    ///
    /// As for [`options::read`]; the texts are readable for their lengths.
    unsafe fn read(given: *const signet_delegation_options) -> Result<Said<'a>, Failure> {
        // SAFETY: the same contract.
        let given = unsafe { options::read(given, "options")? };
        let known = SIGNET_SIGN_AT | SIGNET_SIGN_FIXED_NONCE;
        options::check_flags(given.flags, known, "options")?;
        let has = |flag: u32| given.flags & flag != 0;
        // SAFETY: readable, says the header.
        let (parent, delegator, delegate, budget, constraints, correlation_id) = unsafe {
            (
                optional_bytes(given.parent_scope, given.parent_scope_len, "parent_scope")?,
                optional_text(
                    given.delegator_principal,
                    given.delegator_principal_len,
                    "delegator_principal",
                )?,
                optional_text(
                    given.delegate_principal,
                    given.delegate_principal_len,
                    "delegate_principal",
                )?,
                optional_bytes(
                    given.unsigned_budget,
                    given.unsigned_budget_len,
                    "unsigned_budget",
                )?,
                optional_bytes(
                    given.unsigned_constraints,
                    given.unsigned_constraints_len,
                    "unsigned_constraints",
                )?,
                optional_text(
                    given.unsigned_correlation_id,
                    given.unsigned_correlation_id_len,
                    "unsigned_correlation_id",
                )?,
            )
        };
        let parent = parent.map(Scope::parse).transpose();
        Ok(Said {
            time: has(SIGNET_SIGN_AT)
                .then(|| Instant::from_unix_millis(given.now_unix_ms))
                .transpose()?,
            nonce: has(SIGNET_SIGN_FIXED_NONCE).then_some(given.nonce),
            parent: parent.map_err(|error| error.within("parent"))?,
            delegator_principal: delegator,
            delegate_principal: delegate,
            budget,
            constraints,
            correlation_id: correlation_id.map(|id| {
                let mut json = Vec::new();
                text::append_string(&mut json, id);
                json
            }),
        })
    }

    fn grant_options(&self) -> GrantOptions<'_> {
        GrantOptions {
            time: self.time,
            nonce: self.nonce,
            unsigned: Unsigned {
                budget: self.budget,
                constraints: self.constraints,
                correlation_id: self.correlation_id.as_deref(),
            },
        }
    }
}

/// # Safety
///
/// As for [`memory::bytes`].
unsafe fn optional_bytes<'a>(
    data: *const u8,
    len: usize,
    name: &'static str,
) -> Result<Option<&'a [u8]>, Failure> {
    // SAFETY: the same contract.
    let bytes = unsafe { memory::bytes(data, len, name)? };
    Ok((!data.is_null()).then_some(bytes))
}

/// # Safety
///
/// As for [`memory::bytes`].
unsafe fn optional_text<'a>(
    data: *const u8,
    len: usize,
    name: &'static str,
) -> Result<Option<&'a str>, Failure> {
    // SAFETY: the same contract.
    let text = unsafe { memory::text(data, len, name)? };
    Ok((!data.is_null()).then_some(text))
}
