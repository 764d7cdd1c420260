//! Whether the arguments of a call are those that were signed.
//!
//! They are compared by what they mean: members in any order, numbers by exact
//! value however they are spelled. What two parsers could read differently
//! (duplicate members, `1e999`, half a surrogate pair) is refused.

use crate::crypto::digest;
use crate::encoding::jcs::{self, Limits};
use crate::encoding::{exact, hex};
use crate::error::{Error, ErrorKind, Result};
use crate::receipt::{Field, Receipt};

/// How a receipt holds its params.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Disclosure {
    /// As they are, or there are none.
    Open,
    /// Only their hash is there.
    Hidden,
}

/// How a receipt holds its params.
pub(super) fn disclosure(receipt: &Receipt) -> Disclosure {
    let hash = receipt.text(Field::ParamsHash).unwrap_or_default();
    match receipt.travelling_params() {
        b"null" if hash != hash_text(b"{}") => Disclosure::Hidden,
        _ => Disclosure::Open,
    }
}

/// Whether the arguments of a call, any JSON text, are the params that a receipt
/// was signed for. No arguments, `null` and `{}` are one.
///
/// [`ErrorKind::ArgumentsMismatch`], and the errors of reading JSON.
pub(super) fn check_arguments(
    receipt: &Receipt,
    arguments: Option<&[u8]>,
    limits: &Limits,
) -> Result<()> {
    let within = |error: Error| error.within("arguments");
    let arguments = match arguments.map(<[u8]>::trim_ascii) {
        None | Some(b"null") => b"{}",
        Some(arguments) => arguments,
    };
    if disclosure(receipt) == Disclosure::Hidden {
        let travelling = exact::travelling_form(arguments, limits).map_err(within)?;
        let stated = receipt.text(Field::ParamsHash).unwrap_or_default();
        return match hash_text(&travelling) == stated {
            true => Ok(()),
            false => Err(mismatch("params_hash is not the hash of the arguments")),
        };
    }
    let params = receipt.params();
    let params = match &*params {
        b"null" => b"{}",
        params => params,
    };
    let given = jcs::comparable(arguments, limits).map_err(within)?;
    // What was signed once was within the limits of then, whatever they were.
    let wide = Limits {
        max_len: params.len(),
        max_depth: jcs::MAX_DEPTH,
    };
    match jcs::comparable(params, &wide) {
        Ok(signed) if signed == given => Ok(()),
        _ => Err(mismatch("the signed params are others than the arguments")),
    }
}

fn hash_text(canonical: &[u8]) -> String {
    format!("sha256:{}", hex::encode(&digest::sha256(canonical)))
}

fn mismatch(detail: &'static str) -> Error {
    Error::new(ErrorKind::ArgumentsMismatch, "arguments", detail)
}
