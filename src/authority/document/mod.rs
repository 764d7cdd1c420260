//! Documents that people write (policies, trust bundles) as one typed tree,
//! whether they came as JSON or as YAML.
//!
//! The schemas on top of the tree are closed, because in a security document a
//! misspelt key must never mean "no condition": every place keeps its line and
//! column, so that the error can point at the mistake.

mod cursor;
mod json;
mod yaml;

use crate::error::{Error, ErrorKind, Place, Result};

pub(super) use cursor::Cursor;

/// The longest document that is read, in bytes: 4 MiB.
pub const MAX_LEN: usize = 4 << 20;
/// The deepest nesting of lists and objects in a document.
pub const MAX_DEPTH: usize = 64;
/// The most values that a document may hold once its aliases are expanded.
pub const MAX_NODES: usize = 250_000;

/// How a document is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// JSON, read as strictly as everything that is signed.
    Json,
    /// YAML 1.2 with the core schema.
    Yaml,
}

impl Format {
    /// The format that the extension of a file name announces: `.json`, `.yaml`
    /// or `.yml`, in lower case.
    pub fn of_file_name(name: &str) -> Option<Format> {
        match name.rsplit_once('.')?.1 {
            "json" => Some(Format::Json),
            "yaml" | "yml" => Some(Format::Yaml),
            _ => None,
        }
    }

    /// The format of a text without a name: JSON when it starts with a brace and
    /// reads as JSON, YAML otherwise.
    pub fn of_text(text: &[u8]) -> Format {
        let is_json = text.trim_ascii_start().starts_with(b"{") && json::is_json(text);
        if is_json { Format::Json } else { Format::Yaml }
    }
}

/// What a document is, for its errors.
#[derive(Clone, Copy, Debug)]
pub(super) struct Subject {
    /// What to call it.
    pub what: &'static str,
    /// The kind of every error about it.
    pub kind: ErrorKind,
}

impl Subject {
    /// An error about the document as a whole, or a place in it.
    pub fn error(&self, detail: impl Into<String>, place: Option<Place>) -> Error {
        let error = Error::new(self.kind, self.what, detail.into());
        match place {
            Some(place) => error.at_place(place),
            None => error,
        }
    }
}

impl Subject {
    /// An error about a document that is larger inside than it may be.
    fn overflows(&self, place: Place) -> Error {
        let detail = format!(
            "it holds more than {MAX_NODES} values, or too much text, counting every alias"
        );
        self.error(detail, Some(place))
            .into_kind(ErrorKind::TooLarge)
    }
}

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub place: Place,
    pub value: Value,
}

#[derive(Clone, Debug)]
pub(super) enum Value {
    Scalar(Scalar),
    List(Vec<Node>),
    Object(Vec<Member>),
}

/// A member of an object.
#[derive(Clone, Debug)]
pub(super) struct Member {
    pub name: String,
    pub place: Place,
    pub value: Node,
}

/// A scalar: the text as written (without quotes and escapes), and what it means.
#[derive(Clone, Debug)]
pub(super) struct Scalar {
    pub text: String,
    pub meaning: Meaning,
    /// Whether the text may stand for itself where a text is expected, as
    /// unquoted YAML scalars do.
    pub bare: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    Null,
    Bool(bool),
    /// A number, as JSON text.
    Number {
        json: String,
        integer: bool,
    },
    /// An infinity or a NaN of YAML.
    NotFinite,
    Text,
}

/// Reads a document into its tree.
pub(super) fn parse(text: &[u8], format: Format, subject: Subject) -> Result<Node> {
    if text.len() > MAX_LEN {
        return Err(Error::new(
            ErrorKind::TooLarge,
            subject.what,
            format!("{} bytes given where the limit is {MAX_LEN}", text.len()),
        ));
    }
    match format {
        Format::Json => json::parse(text, subject),
        Format::Yaml => yaml::parse(text, subject),
    }
}

/// Refuses a second member of one name. Members come in any number, so they are
/// compared in sorted order.
fn refuse_duplicates(members: &[Member], subject: Subject) -> Result<()> {
    let mut order: Vec<&Member> = members.iter().collect();
    order.sort_by(|left, right| left.name.cmp(&right.name));
    for pair in order.windows(2) {
        if pair[0].name == pair[1].name {
            return Err(subject.error(
                format!("a second member named {}", quoted(&pair[1].name)),
                Some(pair[1].place),
            ));
        }
    }
    Ok(())
}

/// A text from the document as it may stand in an error: quoted, and short.
pub(super) fn quoted(text: &str) -> String {
    let mut shown: String = text.chars().take(40).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    format!("{shown:?}")
}
