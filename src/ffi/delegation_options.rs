//! What may be said when delegating, besides who, whom and what.

use crate::authority::delegation::{GrantOptions, Unsigned};
use crate::authority::scope::Scope;
use crate::encoding::rfc3339::Instant;
use crate::encoding::text;
use crate::ffi::boundary::{Failure, silently};
use crate::ffi::memory;
use crate::ffi::options::{self, Options};
use crate::ffi::receipt_options::{SIGNET_NONCE_LEN, SIGNET_SIGN_AT, SIGNET_SIGN_FIXED_NONCE};

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

/// The caller's options as the core takes them.
pub(super) struct Said<'a> {
    time: Option<Instant>,
    nonce: Option<[u8; SIGNET_NONCE_LEN]>,
    pub(super) parent: Option<Scope>,
    pub(super) delegator_principal: Option<&'a str>,
    pub(super) delegate_principal: Option<&'a str>,
    budget: Option<&'a [u8]>,
    constraints: Option<&'a [u8]>,
    /// As JSON.
    correlation_id: Option<Vec<u8>>,
}

impl<'a> Said<'a> {
    /// # Safety
    ///
    /// As for [`options::read`]; the texts are readable for their lengths.
    pub(super) unsafe fn read(
        given: *const signet_delegation_options,
    ) -> Result<Said<'a>, Failure> {
        // SAFETY: the same contract.
        let given = unsafe { options::read(given, "options")? };
        let known = SIGNET_SIGN_AT | SIGNET_SIGN_FIXED_NONCE;
        options::check_flags(given.flags, known, "options")?;
        let has = |flag: u32| given.flags & flag != 0;
        // SAFETY: readable, says the header.
        let (parent, delegator, delegate, budget, constraints, correlation_id) = unsafe {
            (
                memory::optional_bytes(given.parent_scope, given.parent_scope_len, "parent_scope")?,
                memory::optional_text(
                    given.delegator_principal,
                    given.delegator_principal_len,
                    "delegator_principal",
                )?,
                memory::optional_text(
                    given.delegate_principal,
                    given.delegate_principal_len,
                    "delegate_principal",
                )?,
                memory::optional_bytes(
                    given.unsigned_budget,
                    given.unsigned_budget_len,
                    "unsigned_budget",
                )?,
                memory::optional_bytes(
                    given.unsigned_constraints,
                    given.unsigned_constraints_len,
                    "unsigned_constraints",
                )?,
                memory::optional_text(
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

    pub(super) fn grant_options(&self) -> GrantOptions<'_> {
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
