//! Chains of delegations, and receipts that rest on one.

use crate::authority::any_version::{Trust, verify_chain};
use crate::authority::authorized::{SignAuthorizedOptions, sign_authorized};
use crate::authority::chain::Chain;
use crate::encoding::jcs::Limits;
use crate::encoding::record::Reading;
use crate::ffi::boundary::run;
use crate::ffi::buffer::signet_buffer;
use crate::ffi::delegation::signet_delegation;
use crate::ffi::error::signet_error;
use crate::ffi::handle::Handle;
use crate::ffi::keypair::signet_keypair;
use crate::ffi::memory;
use crate::ffi::public_key::signet_public_key;
use crate::ffi::receipt::{ReceiptCore, signet_receipt};
use crate::ffi::receipt_options::{
    SIGNET_SIGN_AT, SIGNET_SIGN_FIXED_NONCE, SIGNET_SIGN_HASH_ONLY, read_lasting_sign_options,
    signet_sign_options,
};
use crate::ffi::receipt_verify::{Asked, keys, signet_verify_options};
use crate::ffi::status::signet_status;
use crate::receipt::Action;

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
