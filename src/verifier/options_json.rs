//! Reading a verifier's options from JSON.

use std::borrow::Cow;
use std::path::PathBuf;

use crate::authority::policy::Policy;
use crate::authority::trust::TrustBundle;
use crate::authority::{Format, MAX_LEN};
use crate::encoding::jcs::Limits;
use crate::encoding::option_text::{self, Given};
use crate::encoding::rfc3339::Instant;
use crate::error::Result;
use crate::verifier::{
    DEFAULT_CAPACITY, FileNoncesOptions, PublishedForm, ReplayStore, VerifierOptions,
};

const MEMBERS: &str = "allow_hash_only, call_id, clock_skew_seconds, limits, max_age_seconds, \
    max_chain_links, not_before, policy, replay, require_decision, require_delegation, \
    require_signature, require_trusted_signer, response_window_seconds, revoked, session, targets, \
    trust_bundle, trusted_authorities, trusted_keys, trusted_roots, trusted_servers";

pub(super) fn read(json: &[u8]) -> Result<VerifierOptions> {
    let limits = Limits {
        // A policy and a trust bundle, as texts within this one.
        max_len: MAX_LEN.saturating_mul(4).saturating_add(1 << 20),
        ..Limits::default()
    };
    let mut options = VerifierOptions::default();
    for given in option_text::read(json, &limits)? {
        read_member(&mut options, &given)?;
    }
    Ok(options)
}

fn read_member(options: &mut VerifierOptions, given: &Given<'_>) -> Result<()> {
    match given.name.as_str() {
        "trusted_keys" => options.trusted_keys = given.keys()?,
        "trusted_servers" => options.trusted_servers = given.keys()?,
        "trusted_roots" => options.trusted_roots = given.keys()?,
        "trusted_authorities" => options.trusted_authorities = given.keys()?,
        "trust_bundle" => {
            let (text, format) = document(given)?;
            let bundle = TrustBundle::parse(&text, format);
            options.trust_bundle = Some(bundle.map_err(|error| error.within("options"))?);
        }
        "policy" => {
            let (text, format) = document(given)?;
            let policy = Policy::parse(&text, format);
            options.policy = Some(policy.map_err(|error| error.within("options"))?);
        }
        "revoked" => {
            for revoked in given.object()? {
                let since = Instant::parse(&revoked.text()?);
                let since = since.map_err(|error| error.within(revoked.path()))?;
                options.revoked.insert(revoked.name, since);
            }
        }
        "max_age_seconds" => options.max_age_seconds = given.whole()?,
        "clock_skew_seconds" => options.clock_skew_seconds = given.whole()?,
        "response_window_seconds" => {
            let seconds = given.whole()?;
            options.response_window_seconds = Some(seconds).filter(|seconds| *seconds > 0);
        }
        "not_before" => {
            let time = Instant::parse(&given.text()?);
            options.not_before = Some(time.map_err(|error| error.within(given.path()))?);
        }
        "targets" => options.targets = given.list(Given::text_owned)?,
        "session" => options.session = Some(given.text_owned()?),
        "call_id" => options.call_id = Some(given.text_owned()?),
        "require_signature" => options.require_signature = given.truth()?,
        "require_trusted_signer" => options.require_trusted_signer = given.truth()?,
        "require_delegation" => options.require_delegation = given.truth()?,
        "require_decision" => options.require_decision = given.truth()?,
        "allow_hash_only" => options.allow_hash_only = given.truth()?,
        "max_chain_links" => options.max_chain_links = given.size()?,
        "replay" => options.replay = read_replay(given)?,
        "limits" => options.limits = read_limits(given)?,
        _ => return Err(given.unknown(MEMBERS)),
    }
    Ok(())
}

fn read_replay(given: &Given<'_>) -> Result<ReplayStore> {
    let named = |store: &str| match store {
        "memory" => Ok(ReplayStore::default()),
        "off" => Ok(ReplayStore::Off),
        _ => Err(given.refuse("it must be \"memory\", \"off\" or an object with a store")),
    };
    if given.text_value().starts_with(b"\"") {
        return named(&given.text()?);
    }
    let inside = given.object()?;
    let find = |name: &str| inside.iter().find(|one| one.is(name));
    let store = match find("store") {
        Some(store) => store.text_owned()?,
        None => return Err(given.refuse("member \"store\" is missing")),
    };
    match store.as_str() {
        "memory" => {
            given.only(&inside, &["store", "capacity"])?;
            let capacity = find("capacity").map_or(Ok(DEFAULT_CAPACITY), Given::size)?;
            Ok(ReplayStore::Memory { capacity })
        }
        "file" => {
            const KNOWN: &[&str] = &[
                "store",
                "path",
                "capacity",
                "lifetime_seconds",
                "sync",
                "share_at_once",
                "form",
            ];
            given.only(&inside, KNOWN)?;
            let path = match find("path") {
                Some(path) => path.text_owned()?,
                None => return Err(given.refuse("member \"path\" is missing")),
            };
            let defaults = FileNoncesOptions::default();
            let truth = |name, default| find(name).map_or(Ok(default), Given::truth);
            Ok(ReplayStore::File {
                path: PathBuf::from(path),
                options: FileNoncesOptions {
                    capacity: find("capacity").map_or(Ok(defaults.capacity), Given::size)?,
                    lifetime_seconds: find("lifetime_seconds").map_or(Ok(0), Given::whole)?,
                    sync: truth("sync", defaults.sync)?,
                    share_at_once: truth("share_at_once", defaults.share_at_once)?,
                    form: find("form").map_or(Ok(defaults.form), read_form)?,
                },
            })
        }
        other => {
            given.only(&inside, &["store"])?;
            named(other)
        }
    }
}

fn read_form(given: &Given<'_>) -> Result<PublishedForm> {
    match &*given.text()? {
        "rust_python" => Ok(PublishedForm::RustPython),
        "typescript" => Ok(PublishedForm::TypeScript),
        _ => Err(given.refuse("it must be \"rust_python\" or \"typescript\"")),
    }
}

fn read_limits(given: &Given<'_>) -> Result<Limits> {
    let mut limits = Limits::default();
    for inside in given.object()? {
        if inside.is("max_len") {
            limits.max_len = inside.size()?;
        } else if inside.is("max_depth") {
            limits.max_depth = inside.size()?;
        } else {
            return Err(inside.unknown("max_depth, max_len"));
        }
    }
    Ok(limits)
}

/// A document: an object, or a string with JSON or YAML in it.
fn document<'a>(given: &Given<'a>) -> Result<(Cow<'a, [u8]>, Format)> {
    match given.text_value().first() {
        Some(b'{') => Ok((Cow::Borrowed(given.text_value()), Format::Json)),
        Some(b'"') => Ok((Cow::Owned(given.text_owned()?.into_bytes()), Format::Yaml)),
        _ => Err(given.refuse("it must be an object, or a string that holds JSON or YAML")),
    }
}
