//! Reading a verifier's options from JSON.
//!
//! The schema is closed: a member that is not known is an error, because a
//! misspelt requirement would otherwise be a requirement that nobody makes.
//! `null` stands for an absent member, and an absent member for its default.

use std::borrow::Cow;
use std::ops::Range;
use std::path::PathBuf;

use crate::authority::policy::Policy;
use crate::authority::trust::TrustBundle;
use crate::authority::{Format, MAX_LEN};
use crate::crypto::ed25519::PublicKey;
use crate::encoding::jcs::{self, Limits, Numbers};
use crate::encoding::rfc3339::Instant;
use crate::encoding::{key_text, members, text};
use crate::error::{Error, ErrorKind, Result};
use crate::verifier::{
    DEFAULT_CAPACITY, FileNoncesOptions, PublishedForm, ReplayStore, VerifierOptions,
};

/// A member and its value.
struct Given<'a> {
    json: &'a [u8],
    name: String,
    /// The name with those of the objects around it, for errors.
    path: String,
    value: Range<usize>,
}

const MEMBERS: &str = "allow_hash_only, call_id, clock_skew_seconds, limits, max_age_seconds, \
    max_chain_links, not_before, policy, replay, require_decision, require_delegation, \
    require_signature, require_trusted_signer, response_window_seconds, session, targets, \
    trust_bundle, trusted_authorities, trusted_keys, trusted_roots, trusted_servers";

pub(super) fn read(json: &[u8]) -> Result<VerifierOptions> {
    let limits = Limits {
        // A policy and a trust bundle, as texts within this one.
        max_len: MAX_LEN.saturating_mul(4).saturating_add(1 << 20),
        ..Limits::default()
    };
    jcs::append_canonical(&mut Vec::new(), json, &limits, Numbers::Rounded)
        .map_err(|error| error.within("options"))?;
    let root = members::root(json);
    if json.get(root) != Some(&b'{') {
        return Err(refuse("options", "they must be a JSON object"));
    }
    let mut options = VerifierOptions::default();
    for given in members_of(json, root, "options") {
        read_member(&mut options, &given)?;
    }
    options.check()?;
    Ok(options)
}

fn read_member(options: &mut VerifierOptions, given: &Given<'_>) -> Result<()> {
    match given.name.as_str() {
        "trusted_keys" => options.trusted_keys = given.keys()?,
        "trusted_servers" => options.trusted_servers = given.keys()?,
        "trusted_roots" => options.trusted_roots = given.keys()?,
        "trusted_authorities" => options.trusted_authorities = given.keys()?,
        "trust_bundle" => {
            let (text, format) = given.document()?;
            let bundle = TrustBundle::parse(&text, format);
            options.trust_bundle = Some(bundle.map_err(|error| error.within("options"))?);
        }
        "policy" => {
            let (text, format) = given.document()?;
            let policy = Policy::parse(&text, format);
            options.policy = Some(policy.map_err(|error| error.within("options"))?);
        }
        "max_age_seconds" => options.max_age_seconds = given.whole()?,
        "clock_skew_seconds" => options.clock_skew_seconds = given.whole()?,
        "response_window_seconds" => {
            let seconds = given.whole()?;
            options.response_window_seconds = Some(seconds).filter(|seconds| *seconds > 0);
        }
        "not_before" => {
            let time = Instant::parse(&given.text()?);
            options.not_before = Some(time.map_err(|error| error.within(&given.path))?);
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

/// The members of an object that are not `null`.
fn members_of<'a>(json: &'a [u8], start: usize, path: &str) -> Vec<Given<'a>> {
    members::members(json, start)
        .map(|member| {
            let name = text::unescape(member.name).into_owned();
            Given {
                json,
                path: format!("{path}.{name}"),
                name,
                value: member.value,
            }
        })
        .filter(|given| given.text_value() != b"null")
        .collect()
}

impl<'a> Given<'a> {
    fn is(&self, name: &str) -> bool {
        self.name == name
    }

    fn text_value(&self) -> &'a [u8] {
        self.json.get(self.value.clone()).unwrap_or_default()
    }

    fn text(&self) -> Result<Cow<'a, str>> {
        members::string_at(self.json, self.value.clone())
            .ok_or_else(|| self.refuse("it must be a string"))
    }

    fn text_owned(&self) -> Result<String> {
        self.text().map(Cow::into_owned)
    }

    fn truth(&self) -> Result<bool> {
        match self.text_value() {
            b"true" => Ok(true),
            b"false" => Ok(false),
            _ => Err(self.refuse("it must be true or false")),
        }
    }

    fn whole(&self) -> Result<u64> {
        let digits = std::str::from_utf8(self.text_value()).ok();
        let number = digits.filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
        number
            .and_then(|digits| digits.parse().ok())
            .ok_or_else(|| self.refuse("it must be a whole number, not negative"))
    }

    fn size(&self) -> Result<usize> {
        usize::try_from(self.whole()?).map_err(|_| self.refuse("it is too large"))
    }

    fn list<T>(&self, each: impl Fn(&Given<'a>) -> Result<T>) -> Result<Vec<T>> {
        if !self.text_value().starts_with(b"[") {
            return Err(self.refuse("it must be an array"));
        }
        members::elements(self.json, self.value.start)
            .enumerate()
            .map(|(index, value)| {
                each(&Given {
                    json: self.json,
                    name: index.to_string(),
                    path: format!("{}[{index}]", self.path),
                    value,
                })
            })
            .collect()
    }

    fn keys(&self) -> Result<Vec<PublicKey>> {
        self.list(|key| key_text::parse(&key.text()?).map_err(|error| error.within(&key.path)))
    }

    fn object(&self) -> Result<Vec<Given<'a>>> {
        match self.text_value().first() {
            Some(b'{') => Ok(members_of(self.json, self.value.start, &self.path)),
            _ => Err(self.refuse("it must be an object")),
        }
    }

    /// A document: an object, or a string with JSON or YAML in it.
    fn document(&self) -> Result<(Cow<'a, [u8]>, Format)> {
        match self.text_value().first() {
            Some(b'{') => Ok((Cow::Borrowed(self.text_value()), Format::Json)),
            Some(b'"') => Ok((Cow::Owned(self.text_owned()?.into_bytes()), Format::Yaml)),
            _ => Err(self.refuse("it must be an object, or a string that holds JSON or YAML")),
        }
    }

    fn only(&self, inside: &[Given<'_>], known: &[&str]) -> Result<()> {
        match inside
            .iter()
            .find(|one| !known.iter().any(|name| one.is(name)))
        {
            Some(stranger) => Err(stranger.unknown(&known.join(", "))),
            None => Ok(()),
        }
    }

    fn unknown(&self, known: &str) -> Error {
        self.refuse(&format!("there is no such option; there are {known}"))
    }

    fn refuse(&self, detail: &str) -> Error {
        refuse(&self.path, detail)
    }
}

fn refuse(name: &str, detail: &str) -> Error {
    // A name comes from the input: keep the message a line.
    let shown: String = name
        .chars()
        .take(100)
        .map(|char| if char.is_control() { ' ' } else { char })
        .collect();
    Error::new(ErrorKind::InvalidArgument, shown, detail.to_owned())
}
