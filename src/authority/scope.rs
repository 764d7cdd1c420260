//! Scopes: what a delegation lets its delegate do.
//!
//! Tools and targets are compared byte for byte. There are no patterns, no
//! prefixes and no normalisation, so that two implementations cannot read one
//! scope in two ways; for the same reason a `*` beside other names, which is a
//! wildcard to one reader and a name to another, is refused.

use crate::encoding::jcs::{self, Limits};
use crate::encoding::object::ObjectWriter;
use crate::encoding::record::{self, Kind, Reading, Record, Rule, Slots};
use crate::encoding::rfc3339::Instant;
use crate::encoding::{members, text};
use crate::error::{Error, ErrorKind, Result};

/// The names of tools or targets that a scope covers.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Names {
    /// All of them: `["*"]`.
    Any,
    /// These. An empty list covers nothing.
    Listed(Vec<String>),
}

impl Names {
    /// Whether a name is covered.
    pub fn cover(&self, name: &str) -> bool {
        match self {
            Names::Any => true,
            Names::Listed(names) => names.iter().any(|listed| listed == name),
        }
    }

    fn of(names: Vec<String>, what: &'static str) -> Result<Names> {
        match names.iter().filter(|name| *name == "*").count() {
            0 => Ok(Names::Listed(names)),
            1 if names.len() == 1 => Ok(Names::Any),
            _ => Err(invalid(format!(
                "the wildcard in {what} stands beside other names"
            ))),
        }
    }

    fn append_to(&self, object: &mut ObjectWriter<'_>, name: &str) {
        match self {
            Names::Any => object.texts(name, &["*"]),
            Names::Listed(names) => object.texts(name, names),
        }
    }

    /// A name that `self` covers and `parent` does not.
    fn beyond<'a>(&'a self, parent: &Names) -> Option<&'a str> {
        match (self, parent) {
            (_, Names::Any) => None,
            (Names::Any, Names::Listed(_)) => Some("*"),
            (Names::Listed(names), Names::Listed(allowed)) => {
                let allowed: std::collections::HashSet<&String> = allowed.iter().collect();
                names
                    .iter()
                    .find(|name| !allowed.contains(name))
                    .map(|name| &**name)
            }
        }
    }
}

/// What a delegation grants: the part that its signature covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    tools: Names,
    targets: Names,
    max_depth: u32,
    /// As written, and what it means.
    expires: Option<(String, Instant)>,
}

const CONSTRAINT: Record = Record {
    what: "scope constraint",
    rules: &[
        Rule::optional("amount", Kind::Text),
        Rule::optional("currency", Kind::Text),
        Rule::optional("max_calls", Kind::Integer),
        Rule::required("type", Kind::Text),
    ],
};

/// The scope of a token, whose slots are those of the token.
pub(super) const SCOPE: Record = Record {
    what: "delegation scope",
    rules: &[
        Rule::optional("budget", Kind::Present).into_slot(Slot::Budget as usize),
        Rule::optional("constraints", Kind::Records(&CONSTRAINT))
            .into_slot(Slot::Constraints as usize),
        Rule::optional("expires", Kind::Text).into_slot(Slot::Expires as usize),
        Rule::required("max_depth", Kind::Integer).into_slot(Slot::MaxDepth as usize),
        Rule::required("targets", Kind::Texts).into_slot(Slot::Targets as usize),
        Rule::required("tools", Kind::Texts).into_slot(Slot::Tools as usize),
    ],
};

/// Where the values of a scope stand; a token goes on counting.
#[derive(Clone, Copy)]
#[repr(usize)]
pub(super) enum Slot {
    Budget,
    Constraints,
    Expires,
    MaxDepth,
    Targets,
    Tools,
}

/// How many slots a scope has.
pub(super) const SCOPE_SLOTS: usize = Slot::Tools as usize + 1;

impl Scope {
    /// A scope without expiry. A list that is exactly `["*"]` covers everything;
    /// a `*` beside other names is refused.
    pub fn new<T: Into<String>>(
        tools: impl IntoIterator<Item = T>,
        targets: impl IntoIterator<Item = T>,
        max_depth: u32,
    ) -> Result<Scope> {
        Ok(Scope {
            tools: Names::of(tools.into_iter().map(T::into).collect(), "tools")?,
            targets: Names::of(targets.into_iter().map(T::into).collect(), "targets")?,
            max_depth,
            expires: None,
        })
    }

    /// The same scope, ending at an RFC 3339 date-time (inclusive).
    pub fn expiring(mut self, expires: &str) -> Result<Scope> {
        self.expires = Some((expires.to_owned(), read_expiry(expires)?));
        Ok(self)
    }

    /// Reads a scope from JSON: `tools`, `targets`, `max_depth` and perhaps
    /// `expires`.
    ///
    /// `budget` and `constraints` are refused ([`ErrorKind::UnknownMember`]):
    /// no signature covers them in a token, so they limit nobody. See
    /// [`Unsigned`](super::delegation::Unsigned).
    pub fn parse(json: &[u8]) -> Result<Scope> {
        let canonical = jcs::canonicalize_exactly(json, &Limits::default())
            .map_err(|error| error.within("scope"))?;
        check_plain_integers(json, members::root(json), &["max_depth"])?;
        let mut slots = Slots::<SCOPE_SLOTS>::default();
        record::read(&canonical, &SCOPE, Reading::Strict, &mut slots).map_err(as_delegation)?;
        for slot in [Slot::Budget, Slot::Constraints] {
            if slots[slot as usize].of(&canonical).is_some() {
                return Err(Error::new(
                    ErrorKind::UnknownMember,
                    "delegation scope",
                    "no signature covers budget and constraints, so they would limit nobody",
                ));
            }
        }
        Scope::from_slots(&canonical, &slots)
    }

    /// Takes the scope that was found in a canonical text.
    pub(super) fn from_slots<const N: usize>(text: &[u8], slots: &Slots<N>) -> Result<Scope> {
        let value = |slot: Slot| slots[slot as usize].of(text);
        let names = |slot| {
            let list = value(slot).unwrap_or(b"[]");
            members::elements(list, 0)
                .filter_map(|item| members::string_at(list, item))
                .map(|name| name.into_owned())
                .collect::<Vec<_>>()
        };
        let max_depth = value(Slot::MaxDepth)
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| digits.parse().ok())
            .ok_or_else(|| invalid("max_depth must be an integer below 2^32"))?;
        let scope = Scope::new(names(Slot::Tools), names(Slot::Targets), max_depth)?;
        match value(Slot::Expires).and_then(|text| members::string_at(text, 0..text.len())) {
            Some(expires) => scope.expiring(&expires),
            None => Ok(scope),
        }
    }

    /// The tools that may be called.
    pub fn tools(&self) -> &Names {
        &self.tools
    }

    /// The targets that they may be called on.
    pub fn targets(&self) -> &Names {
        &self.targets
    }

    /// How many further delegations may follow.
    pub fn max_depth(&self) -> u32 {
        self.max_depth
    }

    /// The expiry as it is written.
    pub fn expires_text(&self) -> Option<&str> {
        self.expires.as_ref().map(|(text, _)| text.as_str())
    }

    /// The last instant of the grant.
    pub fn expires(&self) -> Option<Instant> {
        self.expires.as_ref().map(|(_, time)| *time)
    }

    /// The scope as canonical JSON, as it stands in a token's signed body.
    pub fn json(&self) -> Vec<u8> {
        let mut out = Vec::new();
        let mut object = ObjectWriter::new(&mut out);
        self.append_members(&mut object);
        object.end();
        out
    }

    pub(super) fn append_members(&self, object: &mut ObjectWriter<'_>) {
        if let Some(expires) = self.expires_text() {
            object.text("expires", expires);
        }
        object.member("max_depth", Some(self.max_depth.to_string().as_bytes()));
        self.targets.append_to(object, "targets");
        self.tools.append_to(object, "tools");
    }

    /// Whether the scope grants nothing that `parent` does not: tools and targets
    /// within the parent's, strictly less depth, no later expiry.
    ///
    /// [`ErrorKind::ScopeWidened`] says what is wider;
    /// [`ErrorKind::DelegationDepthExceeded`] that the parent may not delegate.
    pub fn check_narrows(&self, parent: &Scope) -> Result<()> {
        for (what, child, parent) in [
            ("tool", &self.tools, &parent.tools),
            ("target", &self.targets, &parent.targets),
        ] {
            if let Some(name) = child.beyond(parent) {
                return Err(widened(format!(
                    "the {what} {} is not the parent's",
                    shown(name)
                )));
            }
        }
        if parent.max_depth == 0 {
            return Err(Error::new(
                ErrorKind::DelegationDepthExceeded,
                "delegation scope",
                "the parent's max_depth of 0 allows no further delegation",
            ));
        }
        if self.max_depth >= parent.max_depth {
            return Err(widened(format!(
                "max_depth {} is not less than the parent's {}",
                self.max_depth, parent.max_depth
            )));
        }
        match (self.expires(), parent.expires()) {
            (_, None) => Ok(()),
            (None, Some(_)) => Err(widened("the parent expires and the child does not")),
            (Some(child), Some(parent)) if child > parent => {
                Err(widened("it expires after the parent"))
            }
            _ => Ok(()),
        }
    }

    /// Whether a tool may be called on a target; [`ErrorKind::ScopeViolation`]
    /// says which of the two is outside.
    pub fn check_covers(&self, tool: &str, target: &str) -> Result<()> {
        for (what, names, name) in [
            ("tool", &self.tools, tool),
            ("target", &self.targets, target),
        ] {
            if !names.cover(name) {
                return Err(Error::new(
                    ErrorKind::ScopeViolation,
                    "action",
                    format!("the {what} {} is outside the delegated scope", shown(name)),
                ));
            }
        }
        Ok(())
    }

    /// What only a mistake would sign: a scope that grants nothing.
    pub(super) fn check_grants_something(&self) -> Result<()> {
        for (what, names) in [("tools", &self.tools), ("targets", &self.targets)] {
            if *names == Names::Listed(Vec::new()) {
                return Err(invalid(format!("{what} must not be empty")));
            }
        }
        Ok(())
    }
}

/// Integers of a record must be written as such: `1.0` and `1e0` are the same
/// number to a canonicaliser, and no integers to other readers.
pub(super) fn check_plain_integers(json: &[u8], start: usize, names: &[&str]) -> Result<()> {
    for member in members::members(json, start) {
        let value = json.get(member.value.clone()).unwrap_or(b"");
        if names.iter().any(|name| member.is_named(name))
            && value.first().is_some_and(|byte| !b"\"[{ntf".contains(byte))
            && !value.iter().all(u8::is_ascii_digit)
        {
            let name = text::unescape(member.name).into_owned();
            return Err(invalid(format!("{name} must be written as an integer")));
        }
    }
    Ok(())
}

/// An error of the record reader, as one about delegations.
pub(super) fn as_delegation(error: Error) -> Error {
    match error.kind() {
        ErrorKind::ReceiptInvalid => error.into_kind(ErrorKind::DelegationInvalid),
        _ => error,
    }
}

fn read_expiry(text: &str) -> Result<Instant> {
    Instant::parse(text).map_err(|_| invalid("expires is not an RFC 3339 date-time"))
}

fn invalid(detail: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(ErrorKind::DelegationInvalid, "delegation scope", detail)
}

fn widened(detail: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(ErrorKind::ScopeWidened, "delegation scope", detail)
}

/// A name as it may stand in an error: quoted, and short.
fn shown(name: &str) -> String {
    let short: String = name.chars().take(40).collect();
    format!("{short:?}")
}
