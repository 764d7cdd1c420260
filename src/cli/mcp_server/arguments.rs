//! The arguments of a tool, read from the text that the model wrote.
//!
//! Numbers keep every digit, because what is signed is made of them: a tree of JSON
//! values would have rounded them.

use std::borrow::Cow;
use std::ops::Range;

use rmcp::model::JsonObject;
use signet::encoding::{members, text};
use signet::{Error, ErrorKind};

use crate::failure::Failure;

/// The arguments of one call: a JSON object of which every member is known.
pub struct Arguments<'a> {
    json: &'a [u8],
    members: Vec<(String, Range<usize>)>,
}

impl<'a> Arguments<'a> {
    /// Reads a text that the strict reader has taken, against the tool's schema:
    /// members that it does not know and members that it misses are refused.
    pub fn read(json: &'a [u8], schema: &JsonObject) -> Result<Arguments<'a>, Failure> {
        let root = members::root(json);
        if json.get(root) != Some(&b'{') {
            return Err(refuse("arguments", "they must be a JSON object"));
        }
        let known = schema.get("properties").and_then(|all| all.as_object());
        let mut found = Vec::new();
        for member in members::members(json, root) {
            let name = text::unescape(member.name).into_owned();
            if !known.is_some_and(|known| known.contains_key(&name)) {
                return Err(refuse(&name, "there is no such argument"));
            }
            found.push((name, member.value));
        }
        let arguments = Arguments {
            json,
            members: found,
        };
        let required = schema.get("required").and_then(|names| names.as_array());
        for name in required
            .into_iter()
            .flatten()
            .filter_map(|name| name.as_str())
        {
            if arguments.place(name).is_none() {
                return Err(refuse(name, "it is required"));
            }
        }
        Ok(arguments)
    }

    /// All of them, as JSON text.
    pub fn json(&self) -> &'a [u8] {
        self.json
    }

    /// The JSON text of one.
    pub fn value(&self, name: &str) -> Option<&'a [u8]> {
        self.json.get(self.place(name)?)
    }

    /// One that is a string. Here and below `null` stands for an absent one.
    pub fn text(&self, name: &str) -> Result<Option<Cow<'a, str>>, Failure> {
        let Some(place) = self
            .place(name)
            .filter(|_| self.value(name) != Some(b"null"))
        else {
            return Ok(None);
        };
        match members::string_at(self.json, place) {
            Some(text) => Ok(Some(text)),
            None => Err(refuse(name, "it must be a string")),
        }
    }

    /// One that is true or false; false when it is absent.
    pub fn truth(&self, name: &str) -> Result<bool, Failure> {
        match self.value(name) {
            None | Some(b"null" | b"false") => Ok(false),
            Some(b"true") => Ok(true),
            Some(_) => Err(refuse(name, "it must be true or false")),
        }
    }

    /// One that is a whole number.
    pub fn whole(&self, name: &str) -> Result<Option<u64>, Failure> {
        let Some(digits) = self.value(name).filter(|digits| *digits != b"null") else {
            return Ok(None);
        };
        let number = std::str::from_utf8(digits)
            .ok()
            .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
            .and_then(|digits| digits.parse().ok());
        match number {
            Some(number) => Ok(Some(number)),
            None => Err(refuse(name, "it must be a whole number, not negative")),
        }
    }

    fn place(&self, name: &str) -> Option<Range<usize>> {
        let found = self.members.iter().find(|member| member.0 == name);
        found.map(|member| member.1.clone())
    }
}

/// An argument that cannot be used.
pub fn refuse(name: &str, detail: &'static str) -> Failure {
    // The name may be the model's: keep the message a line, and short.
    let shown: String = name
        .chars()
        .take(100)
        .map(|char| if char.is_control() { ' ' } else { char })
        .collect();
    Error::new(
        ErrorKind::InvalidArgument,
        format!("argument {shown}"),
        detail,
    )
    .into()
}
