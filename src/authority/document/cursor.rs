//! Walking a document under a closed schema.
//!
//! A [`Cursor`] knows its path from the root, so that every error says where it
//! is twice: as a path (`rules[3].match.tool`) and as line and column.

use crate::authority::document::{Meaning, Member, Node, Scalar, Subject, Value, quoted};
use crate::error::{Error, Place, Result};

/// A value of a document, and how one gets there.
#[derive(Clone, Copy)]
pub(in crate::authority) struct Cursor<'a> {
    node: &'a Node,
    subject: Subject,
    from: Option<(&'a Cursor<'a>, Step<'a>)>,
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Member(&'a str),
    Index(usize),
}

impl<'a> Cursor<'a> {
    /// The whole document.
    pub fn root(node: &'a Node, subject: Subject) -> Cursor<'a> {
        Cursor {
            node,
            subject,
            from: None,
        }
    }

    /// The value itself, for what the schema leaves free.
    pub fn node(&self) -> &'a Node {
        self.node
    }

    /// The object at the cursor, which may have no members but `allowed` ones.
    pub fn object(&self, allowed: &'static [&'static str]) -> Result<Members<'_>> {
        let members = self.free_object()?;
        for member in members.list {
            if !allowed.contains(&member.name.as_str()) {
                let detail = format!(
                    "unknown member {} (known here: {})",
                    quoted(&member.name),
                    allowed.join(", ")
                );
                return Err(self.error(&detail, member.place));
            }
        }
        Ok(members)
    }

    /// The object at the cursor, whatever its members are.
    pub fn free_object(&self) -> Result<Members<'_>> {
        match &self.node.value {
            Value::Object(list) => Ok(Members { of: self, list }),
            _ => Err(self.refuse("it must be an object")),
        }
    }

    /// The elements of the list at the cursor.
    pub fn list(&self) -> Result<impl ExactSizeIterator<Item = Cursor<'_>>> {
        match &self.node.value {
            Value::List(items) => Ok(items
                .iter()
                .enumerate()
                .map(|(index, node)| self.step(node, Step::Index(index)))),
            _ => Err(self.refuse("it must be a list")),
        }
    }

    /// The text at the cursor. An unquoted YAML scalar stands for itself, number
    /// or not.
    pub fn text(&self) -> Result<&'a str> {
        match self.scalar() {
            Some(scalar) if scalar.bare || scalar.meaning == Meaning::Text => Ok(&scalar.text),
            _ => Err(self.refuse("it must be a text")),
        }
    }

    /// The text at the cursor, which must be one even to a reader that does not
    /// expect a text: an unquoted number is none.
    pub fn strict_text(&self) -> Result<&'a str> {
        match self.scalar() {
            Some(scalar) if scalar.meaning == Meaning::Text => Ok(&scalar.text),
            _ => Err(self.refuse("it must be a text; put quotes around it")),
        }
    }

    /// The integer at the cursor, from 0 to `max`.
    pub fn integer(&self, max: u64) -> Result<u64> {
        let value = match self.scalar().map(|scalar| &scalar.meaning) {
            Some(Meaning::Number {
                json,
                integer: true,
            }) => json.parse::<u64>().ok(),
            _ => None,
        };
        match value.filter(|&value| value <= max) {
            Some(value) => Ok(value),
            None => Err(self.refuse(&format!("it must be an integer from 0 to {max}"))),
        }
    }

    /// The number at the cursor, as JSON text.
    pub fn number(&self) -> Result<&'a str> {
        match self.scalar().map(|scalar| &scalar.meaning) {
            Some(Meaning::Number { json, .. }) => Ok(json),
            Some(Meaning::NotFinite) => {
                Err(self
                    .refuse("it must be a finite number: nothing compares with NaN or an infinity"))
            }
            _ => Err(self.refuse("it must be a number")),
        }
    }

    /// Whether the value is the truth value `true` or `false`; `None` when it is
    /// neither.
    pub fn boolean(&self) -> Option<bool> {
        match self.scalar()?.meaning {
            Meaning::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// Whether the value is null.
    pub fn is_null(&self) -> bool {
        self.scalar()
            .is_some_and(|scalar| scalar.meaning == Meaning::Null)
    }

    /// Whether nothing is written where a value would stand, as YAML allows: an
    /// empty list to everybody. A null that is written is none.
    pub fn is_left_out(&self) -> bool {
        self.is_null()
            && self
                .scalar()
                .is_some_and(|scalar| scalar.bare && scalar.text.is_empty())
    }

    /// An error about the value at the cursor.
    pub fn refuse(&self, detail: &str) -> Error {
        self.error(detail, self.node.place)
    }

    fn error(&self, detail: &str, place: Place) -> Error {
        let mut path = String::new();
        self.append_path(&mut path);
        let detail = match path.as_str() {
            "" => detail.to_owned(),
            path => format!("{path}: {detail}"),
        };
        self.subject.error(detail, Some(place))
    }

    fn append_path(&self, path: &mut String) {
        let Some((parent, step)) = self.from else {
            return;
        };
        parent.append_path(path);
        match step {
            Step::Index(index) => path.push_str(&format!("[{index}]")),
            Step::Member(name) => {
                if !path.is_empty() {
                    path.push('.');
                }
                path.extend(name.chars().take(40).flat_map(char::escape_debug));
            }
        }
    }

    fn scalar(&self) -> Option<&'a Scalar> {
        match &self.node.value {
            Value::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    fn step<'b>(&'b self, node: &'b Node, step: Step<'b>) -> Cursor<'b> {
        Cursor {
            node,
            subject: self.subject,
            from: Some((self, step)),
        }
    }
}

/// The members of an object.
#[derive(Clone, Copy)]
pub(in crate::authority) struct Members<'a> {
    of: &'a Cursor<'a>,
    list: &'a [Member],
}

impl<'a> Members<'a> {
    /// A member, when there is one. Null is a value here: what it means is the
    /// schema's to say.
    pub fn get(&self, name: &str) -> Option<Cursor<'a>> {
        let member = self.list.iter().find(|member| member.name == name)?;
        Some(self.of.step(&member.value, Step::Member(&member.name)))
    }

    /// A member that must be there.
    pub fn required(&self, name: &str) -> Result<Cursor<'a>> {
        self.get(name).ok_or_else(|| {
            self.of
                .refuse(&format!("the member {} is missing", quoted(name)))
        })
    }

    /// The text of a member that may be absent or null.
    pub fn optional_text(&self, name: &str) -> Result<Option<&'a str>> {
        match self.get(name).filter(|value| !value.is_null()) {
            Some(value) => value.text().map(Some),
            None => Ok(None),
        }
    }

    /// Every member, in the order of the document.
    pub fn all(&self) -> impl ExactSizeIterator<Item = (&'a str, Cursor<'a>)> {
        let of = self.of;
        self.list.iter().map(move |member| {
            let cursor = of.step(&member.value, Step::Member(&member.name));
            (member.name.as_str(), cursor)
        })
    }
}
