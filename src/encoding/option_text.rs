//! Reading options from JSON objects.
//!
//! The schemas are closed: a member that is not known is an error, because a
//! misspelt requirement would otherwise be a requirement that nobody makes.
//! `null` stands for an absent member, and an absent member for its default.

use std::borrow::Cow;
use std::ops::Range;

use crate::crypto::ed25519::PublicKey;
use crate::encoding::jcs::{self, Limits, Numbers};
use crate::encoding::{key_text, members, text};
use crate::error::{Error, ErrorKind, Result};

/// Reads the members of an options object, those that are not `null`. `limits`
/// are those of the whole text; no text at all is an object without a member.
pub fn read<'a>(json: &'a [u8], limits: &Limits) -> Result<Vec<Given<'a>>> {
    if json.is_empty() {
        return Ok(Vec::new());
    }
    jcs::append_canonical(&mut Vec::new(), json, limits, Numbers::Rounded)
        .map_err(|error| error.within("options"))?;
    let root = members::root(json);
    if json.get(root) != Some(&b'{') {
        return Err(refuse("options", "they must be a JSON object"));
    }
    Ok(members_of(json, root, "options"))
}

/// Reads an array of strings, which is the whole of an option.
#[cfg(feature = "capi")]
pub fn texts(json: &[u8], name: &str) -> Result<Vec<String>> {
    if json.is_empty() {
        return Ok(Vec::new());
    }
    jcs::append_canonical(&mut Vec::new(), json, &Limits::default(), Numbers::Rounded)
        .map_err(|error| error.within(name))?;
    let root = members::root(json);
    let whole = Given {
        json,
        name: name.to_owned(),
        path: name.to_owned(),
        value: root..json.trim_ascii_end().len(),
    };
    whole.list(Given::text_owned)
}

/// A member and its value.
pub struct Given<'a> {
    json: &'a [u8],
    /// Its name.
    pub name: String,
    /// The name with those of the objects around it, for errors.
    path: String,
    value: Range<usize>,
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
    /// Its name with those of the objects around it.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Whether it has this name.
    pub fn is(&self, name: &str) -> bool {
        self.name == name
    }

    /// Its value as it stands in the text.
    pub fn text_value(&self) -> &'a [u8] {
        self.json.get(self.value.clone()).unwrap_or_default()
    }

    /// Its value, a string.
    pub fn text(&self) -> Result<Cow<'a, str>> {
        members::string_at(self.json, self.value.clone())
            .ok_or_else(|| self.refuse("it must be a string"))
    }

    /// The same, to be kept.
    pub fn text_owned(&self) -> Result<String> {
        self.text().map(Cow::into_owned)
    }

    /// Its value, `true` or `false`.
    pub fn truth(&self) -> Result<bool> {
        match self.text_value() {
            b"true" => Ok(true),
            b"false" => Ok(false),
            _ => Err(self.refuse("it must be true or false")),
        }
    }

    /// Its value, a whole number that is not negative.
    pub fn whole(&self) -> Result<u64> {
        let digits = std::str::from_utf8(self.text_value()).ok();
        let number = digits.filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
        number
            .and_then(|digits| digits.parse().ok())
            .ok_or_else(|| self.refuse("it must be a whole number, not negative"))
    }

    /// The same, as a size.
    pub fn size(&self) -> Result<usize> {
        usize::try_from(self.whole()?).map_err(|_| self.refuse("it is too large"))
    }

    /// Each element of its value, an array.
    pub fn list<T>(&self, each: impl Fn(&Given<'a>) -> Result<T>) -> Result<Vec<T>> {
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

    /// Its value, an array of public keys.
    pub fn keys(&self) -> Result<Vec<PublicKey>> {
        self.list(|key| key_text::parse(&key.text()?).map_err(|error| error.within(&key.path)))
    }

    /// The members of its value, an object.
    pub fn object(&self) -> Result<Vec<Given<'a>>> {
        match self.text_value().first() {
            Some(b'{') => Ok(members_of(self.json, self.value.start, &self.path)),
            _ => Err(self.refuse("it must be an object")),
        }
    }

    /// Refuses members of it that are none of `known`.
    pub fn only(&self, inside: &[Given<'_>], known: &[&str]) -> Result<()> {
        match inside
            .iter()
            .find(|one| !known.iter().any(|name| one.is(name)))
        {
            Some(stranger) => Err(stranger.unknown(&known.join(", "))),
            None => Ok(()),
        }
    }

    /// The error about a member that is not known.
    pub fn unknown(&self, known: &str) -> Error {
        self.refuse(&format!("there is no such option; there are {known}"))
    }

    /// An error about it.
    pub fn refuse(&self, detail: &str) -> Error {
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
