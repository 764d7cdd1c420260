//! The call that a policy judges: who wants to do what, with which params.

use std::borrow::Cow;

use crate::crypto::digest;
use crate::encoding::jcs::{self, Limits};
use crate::encoding::{exact, hex, members, text};
use crate::error::{Error, ErrorKind, Result};
use crate::receipt::{Action, Field, Receipt};

/// A call to be judged.
#[derive(Clone, Debug)]
pub struct Call<'a> {
    pub(super) tool: Cow<'a, str>,
    pub(super) agent: Cow<'a, str>,
    /// Whose calls are counted where a limit is per agent: the name, unless
    /// something better is known.
    pub(super) account: Option<Cow<'a, str>>,
    pub(super) target: Cow<'a, str>,
    pub(super) params: Params<'a>,
}

#[derive(Clone, Debug)]
pub(super) enum Params<'a> {
    /// There are none.
    None,
    /// There are some, but only their hash is known.
    Hidden,
    /// A list or a bare value.
    Nameless,
    /// An object.
    Named {
        /// Its text, in which equal values have equal texts.
        comparable: Cow<'a, [u8]>,
        /// The names, ascending, and where their values stand.
        members: Vec<(String, std::ops::Range<usize>)>,
    },
}

impl Params<'_> {
    /// The comparable text of a named param.
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        let Params::Named {
            comparable,
            members,
        } = self
        else {
            return None;
        };
        let place = members.binary_search_by(|(other, _)| other.as_str().cmp(name));
        comparable.get(members.get(place.ok()?)?.1.clone())
    }
}

impl<'a> Call<'a> {
    /// A call without params of `tool` by the agent of that name.
    pub fn new(tool: &'a str, agent: &'a str, target: &'a str) -> Call<'a> {
        Call {
            tool: Cow::Borrowed(tool),
            agent: Cow::Borrowed(agent),
            account: None,
            target: Cow::Borrowed(target),
            params: Params::None,
        }
    }

    /// The same call by the agent of another name: the one that somebody else
    /// than the agent knows it by.
    #[must_use]
    pub fn by_agent(mut self, name: impl Into<Cow<'a, str>>) -> Call<'a> {
        self.agent = name.into();
        self
    }

    /// The same call, to be counted under this where a rate limit is per agent:
    /// the text of the agent's key, for example. A name is the agent's own
    /// choice, and whoever takes another begins to count anew.
    #[must_use]
    pub fn counted_as(mut self, account: impl Into<Cow<'a, str>>) -> Call<'a> {
        self.account = Some(account.into());
        self
    }

    /// The same call with params: any JSON text.
    pub fn with_params(mut self, json: &[u8], limits: &Limits) -> Result<Call<'a>> {
        let comparable = jcs::comparable(json, limits).map_err(|error| error.within("params"))?;
        self.params = named_params(Cow::Owned(comparable));
        Ok(self)
    }

    /// The call that an action describes, by the agent of that name.
    ///
    /// The params of a hash-only action are hidden: see
    /// [`Call::disclosing`].
    pub fn of_action(action: &'a Action, agent: &'a str) -> Call<'a> {
        let json = action.json();
        let value = |name| members::find(json, 0, name).unwrap_or(0..0);
        let text = |name| members::string_at(json, value(name)).unwrap_or_default();
        Call {
            tool: text("tool"),
            agent: Cow::Borrowed(agent),
            account: None,
            target: text("target"),
            params: travelling_params(
                json.get(value("params")).unwrap_or(b"null"),
                &text("params_hash"),
            ),
        }
    }

    /// The call that a receipt records, by the agent that the receipt names.
    /// What the receipt says is only worth something once it is verified.
    pub fn of_receipt(receipt: &'a Receipt) -> Call<'a> {
        let text = |field| Cow::Borrowed(receipt.text(field).unwrap_or_default());
        Call {
            tool: text(Field::Tool),
            agent: text(Field::SignerName),
            account: None,
            target: text(Field::Target),
            params: travelling_params(receipt.travelling_params(), &text(Field::ParamsHash)),
        }
    }

    /// The same hash-only call with its params shown: `params` must hash to
    /// `params_hash` (`sha256:` and hex digits), or
    /// [`ErrorKind::ParamsHashMismatch`] is the answer.
    pub fn disclosing(self, params: &[u8], params_hash: &str, limits: &Limits) -> Result<Call<'a>> {
        let travelling = exact::travelling_form(params, limits)?;
        if hash_text(&travelling) != params_hash {
            return Err(Error::new(
                ErrorKind::ParamsHashMismatch,
                "params",
                "they are not what the action's params_hash is the hash of",
            ));
        }
        self.with_params(params, limits)
    }
}

/// The params of a receipt or an action, in the canonical form they travel in.
fn travelling_params<'a>(travelling: &'a [u8], params_hash: &str) -> Params<'a> {
    if travelling == b"null" {
        return match params_hash == hash_text(b"{}") {
            true => Params::None,
            false => Params::Hidden,
        };
    }
    match exact::original(travelling) {
        // Canonical JSON that needs no wrapper is comparable as it is.
        Cow::Borrowed(canonical) => named_params(Cow::Borrowed(canonical)),
        Cow::Owned(original) => {
            let limits = Limits {
                max_len: original.len(),
                max_depth: jcs::MAX_DEPTH,
            };
            match jcs::comparable(&original, &limits) {
                Ok(comparable) => named_params(Cow::Owned(comparable)),
                Err(_) => Params::Hidden,
            }
        }
    }
}

fn named_params(comparable: Cow<'_, [u8]>) -> Params<'_> {
    match comparable.first() {
        Some(b'{') => {
            let mut found: Vec<_> = members::members(&comparable, 0)
                .map(|member| (text::unescape(member.name).into_owned(), member.value))
                .collect();
            found.sort_by(|left, right| left.0.cmp(&right.0));
            Params::Named {
                comparable,
                members: found,
            }
        }
        _ if *comparable == *b"null" => Params::None,
        _ => Params::Nameless,
    }
}

fn hash_text(canonical: &[u8]) -> String {
    format!("sha256:{}", hex::encode(&digest::sha256(canonical)))
}
