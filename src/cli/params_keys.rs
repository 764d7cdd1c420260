//! The keys of this home that open encrypted params in the log.
//!
//! Only the identities are unlocked whose records are in question, each once. One
//! that cannot be unlocked is said, and its records stay closed: nothing that
//! could not be read is called fine.

use std::collections::HashSet;
use std::ops::ControlFlow;

use signet::encoding::key_text;
use signet::log::{LogFolder, ParamsKey, Query, SealedParams};

use crate::context::Context;
use crate::failure::Failure;
use crate::terminal::comment;

/// The keys for the sealed records that a query matches.
pub fn for_records(
    log: &LogFolder,
    query: &Query<'_>,
    context: &Context,
) -> Result<Vec<ParamsKey>, Failure> {
    let mut signers = HashSet::new();
    log.query(query, |record| {
        if record.view().has_encrypted_params()
            && let Ok(sealed) = SealedParams::parse(&record.receipt)
            && !signers.contains(sealed.signer())
        {
            signers.insert(sealed.signer().to_owned());
        }
        ControlFlow::Continue(())
    })?;
    for_signers(&signers, context)
}

/// The keys of these signers, given as `ed25519:` texts, as far as they are in
/// the keystore and can be unlocked.
pub fn for_signers(
    signers: &HashSet<String>,
    context: &Context,
) -> Result<Vec<ParamsKey>, Failure> {
    let mut keys = Vec::new();
    if signers.is_empty() {
        return Ok(keys);
    }
    for identity in context.keystore()?.list()? {
        let Ok(info) = &identity.info else { continue };
        let named = info.public_key.as_ref().map(key_text::prefixed);
        if !named.is_some_and(|key| signers.contains(&key)) {
            continue;
        }
        let opened = context
            .unlock(&identity.name)
            .and_then(|pair| Ok(ParamsKey::of(&pair)?));
        match opened {
            Ok(key) => keys.push(key),
            Err(failure) => comment(format!(
                "The encrypted params of '{}' stay closed: {}",
                identity.name,
                failure.report(false).trim_end().replace('\n', " ")
            )),
        }
    }
    Ok(keys)
}
