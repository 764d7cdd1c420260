//! Reading a gate's options from JSON.

use crate::encoding::jcs::Limits;
use crate::encoding::option_text::{self, Given};
use crate::error::{Error, ErrorKind, Result};
use crate::mcp::gate::{GateOptions, GateParts, GateSigning, StorageFailure};
use crate::mcp::message::MessageLimits;
use crate::mcp::request::Existing;

const MEMBERS: &str = "allow_line_breaks, existing, fulfils, hash_only, limits, name, owner, \
    session, storage_failure, target, transport";

pub(super) fn read(json: &[u8], parts: GateParts) -> Result<GateOptions> {
    if parts.key.is_none() && parts.policy.is_some() {
        return Err(Error::new(
            ErrorKind::InvalidArgument,
            "policy",
            "a gate asks it before it signs, and there is no key; a verifier has its own",
        ));
    }
    let mut options = GateOptions {
        verifier: parts.verifier,
        counters: parts.counters,
        signing: None,
        ..GateOptions::default()
    };
    if let Some(key) = parts.key {
        options.signing = Some(GateSigning {
            key,
            name: String::new(),
            owner: String::new(),
            target: String::new(),
            transport: "stdio".to_owned(),
            session: None,
            policy: parts.policy,
            hash_only: false,
            existing: Existing::Refuse,
        });
    }
    for given in option_text::read(json, &Limits::default())? {
        read_member(&mut options, &given)?;
    }
    Ok(options)
}

fn read_member(options: &mut GateOptions, given: &Given<'_>) -> Result<()> {
    match given.name.as_str() {
        "fulfils" => options.fulfils = given.list(Given::text_owned)?,
        "limits" => options.limits = read_limits(given)?,
        "allow_line_breaks" => options.allow_line_breaks = given.truth()?,
        "storage_failure" => {
            options.storage_failure = match &*given.text()? {
                "refuse" => StorageFailure::Refuse,
                "forward" => StorageFailure::Forward,
                _ => return Err(given.refuse("it must be \"refuse\" or \"forward\"")),
            };
        }
        "name" | "owner" | "target" | "transport" | "session" | "hash_only" | "existing" => {
            let signing = options.signing.as_mut().ok_or_else(|| {
                given.refuse("it says how to sign, and there is no key to sign with")
            })?;
            read_signing(signing, given)?;
        }
        _ => return Err(given.unknown(MEMBERS)),
    }
    Ok(())
}

fn read_signing(signing: &mut GateSigning, given: &Given<'_>) -> Result<()> {
    match given.name.as_str() {
        "name" => signing.name = given.text_owned()?,
        "owner" => signing.owner = given.text_owned()?,
        "target" => signing.target = given.text_owned()?,
        "transport" => signing.transport = given.text_owned()?,
        "session" => signing.session = Some(given.text_owned()?),
        "hash_only" => signing.hash_only = given.truth()?,
        _ => {
            signing.existing = match &*given.text()? {
                "refuse" => Existing::Refuse,
                "replace" => Existing::Replace,
                _ => return Err(given.refuse("it must be \"refuse\" or \"replace\"")),
            };
        }
    }
    Ok(())
}

fn read_limits(given: &Given<'_>) -> Result<MessageLimits> {
    let mut limits = MessageLimits::default();
    for inside in given.object()? {
        match inside.name.as_str() {
            "max_len" => limits.max_len = inside.size()?,
            "max_depth" => limits.max_depth = inside.size()?,
            "max_batch" => limits.max_batch = inside.size()?,
            _ => return Err(inside.unknown("max_batch, max_depth, max_len")),
        }
    }
    Ok(limits)
}
