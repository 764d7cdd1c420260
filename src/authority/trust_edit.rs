//! Changing a trust bundle: taking a key out of use, and putting another in its
//! place.
//!
//! Evidence is judged as of its time, so what a bundle once said of a key is kept:
//! a revocation is not taken back, no date of one moves later, and the bundle
//! itself never becomes older.

use crate::authority::document::{self, Format, Meaning, Node, Value};
use crate::authority::trust::{SUBJECT, Section, TrustBundle};
use crate::crypto::ed25519::PublicKey;
use crate::encoding::rfc3339::Instant;
use crate::encoding::{key_text, text};
use crate::error::{Error, ErrorKind, Result};

/// The key that follows another.
#[derive(Clone, Copy, Debug)]
pub struct Successor<'a> {
    /// The id of the new entry.
    pub id: &'a str,
    /// The new key.
    pub key: PublicKey,
    /// The name; that of the old entry when absent.
    pub name: Option<&'a str>,
    /// The owner; that of the old entry when absent.
    pub owner: Option<&'a str>,
    /// Until when the old key stays active beside the new one; when absent it is
    /// disabled at once.
    pub overlap_until: Option<Instant>,
}

/// A trust bundle that can be changed. Every change leaves a valid bundle.
#[derive(Clone, Debug)]
pub struct TrustBundleEditor {
    head: Members,
    sections: [Vec<Members>; 3],
    generated_at: Instant,
}

/// The members of an object whose values are texts, in the order in which they
/// are written.
#[derive(Clone, Debug, Default)]
struct Members(Vec<(&'static str, String)>);

const HEAD: [&str; 6] = [
    "bundle_id",
    "org",
    "env",
    "generated_at",
    "description",
    "source",
];
const ENTRY: [&str; 10] = [
    "id",
    "name",
    "owner",
    "pubkey",
    "status",
    "created_at",
    "expires_at",
    "disabled_at",
    "revoked_at",
    "comment",
];

impl TrustBundleEditor {
    /// Reads a trust bundle, as [`TrustBundle::parse`] does.
    pub fn parse(given: &[u8], format: Format) -> Result<TrustBundleEditor> {
        let bundle = TrustBundle::parse(given, format)?;
        let tree = document::parse(given, format, SUBJECT)?;
        let section = |section: Section| match member(&tree, section.as_text()) {
            Some(Node {
                value: Value::List(entries),
                ..
            }) => entries
                .iter()
                .map(|entry| Members::of(entry, &ENTRY))
                .collect(),
            _ => Vec::new(),
        };
        Ok(TrustBundleEditor {
            head: Members::of(&tree, &HEAD),
            sections: Section::ALL.map(section),
            generated_at: bundle.generated_at(),
        })
    }

    /// Disables an entry from `at` on. One that is disabled already stays so from
    /// the earlier of the two times.
    ///
    /// [`ErrorKind::KeyNotFound`] when there is no such entry,
    /// [`ErrorKind::KeyRevoked`] when it is revoked, which says more.
    pub fn disable(&mut self, section: Section, id: &str, at: Instant) -> Result<()> {
        let entry = self.entry(section, id)?;
        if entry.get("status") == Some("revoked") {
            return Err(Error::new(
                ErrorKind::KeyRevoked,
                "trust bundle",
                format!(
                    "the entry {} is revoked, and that is not taken back",
                    document::quoted(id)
                ),
            ));
        }
        entry.set("status", "disabled".to_owned());
        entry.set_time_at_latest("disabled_at", at);
        self.changed(at);
        Ok(())
    }

    /// Revokes an entry from `at` on; [`ErrorKind::KeyNotFound`]. One that is
    /// revoked already stays so from the earlier of the two times; since when one
    /// was disabled is kept.
    pub fn revoke(&mut self, section: Section, id: &str, at: Instant) -> Result<()> {
        let entry = self.entry(section, id)?;
        entry.set("status", "revoked".to_owned());
        entry.set_time_at_latest("revoked_at", at);
        self.changed(at);
        Ok(())
    }

    /// Puts a new key beside or in the place of an active one.
    ///
    /// [`ErrorKind::KeyNotFound`] when there is no such entry,
    /// [`ErrorKind::InvalidArgument`] when it is not active or the overlap ends
    /// before it begins, [`ErrorKind::KeyExists`] when the section has the id or
    /// the key already. An overlap never lets the old key live longer than it
    /// would have.
    pub fn rotate(
        &mut self,
        section: Section,
        id: &str,
        successor: &Successor<'_>,
        at: Instant,
    ) -> Result<()> {
        let refuse = |kind, detail: String| Err(Error::new(kind, "trust bundle", detail));
        let pubkey = key_text::prefixed(&successor.key);
        let old = self.entry(section, id)?.clone();
        if old.get("status") != Some("active") {
            let detail = format!("the entry {} is not active", document::quoted(id));
            return refuse(ErrorKind::InvalidArgument, detail);
        }
        if successor.overlap_until.is_some_and(|until| until <= at) {
            let detail = "the overlap must end after the rotation".to_owned();
            return refuse(ErrorKind::InvalidArgument, detail);
        }
        for entry in &self.sections[section as usize] {
            let same_key = entry
                .get("pubkey")
                .and_then(|text| key_text::parse(text).ok())
                .is_some_and(|key| key == successor.key);
            if entry.get("id") == Some(successor.id) || same_key {
                let detail = format!(
                    "{} has this id or key already: {}",
                    section.as_text(),
                    document::quoted(entry.get("id").unwrap_or_default())
                );
                return refuse(ErrorKind::KeyExists, detail);
            }
        }
        let inherited = |given: Option<&str>, name| {
            let text = given.or_else(|| old.get(name)).unwrap_or_default();
            text.to_owned()
        };
        let new = Members(vec![
            ("id", successor.id.to_owned()),
            ("name", inherited(successor.name, "name")),
            ("owner", inherited(successor.owner, "owner")),
            ("pubkey", pubkey),
            ("status", "active".to_owned()),
            ("created_at", time_text(at)),
            ("comment", format!("rotated from {id}")),
        ]);
        let old = self.entry(section, id)?;
        match successor.overlap_until {
            Some(until) => old.set_time_at_latest("expires_at", until),
            None => {
                old.set("status", "disabled".to_owned());
                old.set_time_at_latest("disabled_at", at);
            }
        }
        self.sections[section as usize].push(new);
        self.changed(at);
        Ok(())
    }

    /// The bundle as text. [`ErrorKind::TrustBundleInvalid`] when a change has
    /// made it invalid, such as an empty name.
    pub fn to_text(&self, format: Format) -> Result<Vec<u8>> {
        let text = match format {
            Format::Json => self.to_json(),
            Format::Yaml => self.to_yaml(),
        };
        // What is written must say what was meant.
        let written = TrustBundleEditor::parse(text.as_bytes(), format)?;
        if written.to_json() != self.to_json() {
            return Err(SUBJECT.error("it has a text that cannot be written", None));
        }
        Ok(text.into_bytes())
    }

    fn entry(&mut self, section: Section, id: &str) -> Result<&mut Members> {
        let entries = self.sections[section as usize].iter_mut();
        let mut found = entries.filter(|entry| entry.get("id") == Some(id));
        found.next().ok_or_else(|| {
            Error::new(
                ErrorKind::KeyNotFound,
                "trust bundle",
                format!(
                    "{} has no entry {}",
                    section.as_text(),
                    document::quoted(id)
                ),
            )
        })
    }

    fn changed(&mut self, at: Instant) {
        if at > self.generated_at {
            self.generated_at = at;
            self.head.set("generated_at", time_text(at));
        }
    }

    fn to_json(&self) -> String {
        let mut out = "{\n  \"version\": 1".to_owned();
        self.head.append_json(&mut out, ",\n  ");
        for section in Section::ALL {
            out.push_str(&format!(",\n  \"{}\": [", section.as_text()));
            let entries = &self.sections[section as usize];
            for (index, entry) in entries.iter().enumerate() {
                out.push_str(if index > 0 { ",\n    {" } else { "\n    {" });
                let mut members = String::new();
                entry.append_json(&mut members, ",\n      ");
                out.push_str(members.strip_prefix(',').unwrap_or_default());
                out.push_str("\n    }");
            }
            out.push_str(if entries.is_empty() { "]" } else { "\n  ]" });
        }
        out.push_str("\n}");
        out
    }

    fn to_yaml(&self) -> String {
        let mut out = "version: 1\n".to_owned();
        for (name, value) in &self.head.0 {
            out.push_str(&format!("{name}: {}\n", yaml_scalar(value)));
        }
        for section in Section::ALL {
            let entries = &self.sections[section as usize];
            let empty = if entries.is_empty() { " []" } else { "" };
            out.push_str(&format!("{}:{empty}\n", section.as_text()));
            for entry in entries {
                for (index, (name, value)) in entry.0.iter().enumerate() {
                    let lead = if index == 0 { "- " } else { "  " };
                    out.push_str(&format!("{lead}{name}: {}\n", yaml_scalar(value)));
                }
            }
        }
        out
    }
}

impl Members {
    /// The texts of an object that is known to be valid, in the order of `names`.
    fn of(node: &Node, names: &[&'static str]) -> Members {
        let texts = names.iter().filter_map(|name| {
            let Value::Scalar(scalar) = &member(node, name)?.value else {
                return None;
            };
            (scalar.meaning != Meaning::Null || !scalar.bare).then(|| (*name, scalar.text.clone()))
        });
        Members(texts.collect())
    }

    fn get(&self, name: &str) -> Option<&str> {
        let mut found = self.0.iter().filter(|(member, _)| *member == name);
        found.next().map(|(_, value)| value.as_str())
    }

    /// Puts a member into its place among the members of an entry or the head.
    fn set(&mut self, name: &'static str, value: String) {
        if let Some(member) = self.0.iter_mut().find(|(member, _)| *member == name) {
            member.1 = value;
            return;
        }
        let order = |name: &str| ENTRY.iter().position(|known| *known == name);
        let place = self
            .0
            .iter()
            .position(|(member, _)| order(member) > order(name));
        self.0.insert(place.unwrap_or(self.0.len()), (name, value));
    }

    fn set_time_at_latest(&mut self, name: &'static str, time: Instant) {
        let there = self.get(name).and_then(|text| Instant::parse(text).ok());
        if there.is_none_or(|there| time < there) {
            self.set(name, time_text(time));
        }
    }

    fn append_json(&self, out: &mut String, lead: &str) {
        for (name, value) in &self.0 {
            out.push_str(&format!("{lead}\"{name}\": {}", text::quoted(value)));
        }
    }
}

fn member<'a>(node: &'a Node, name: &str) -> Option<&'a Node> {
    let Value::Object(members) = &node.value else {
        return None;
    };
    let mut found = members.iter().filter(|member| member.name == name);
    found.next().map(|member| &member.value)
}

/// A time as bundles have it: without a fraction where there is none.
fn time_text(time: Instant) -> String {
    time.to_text().replace(".000Z", "Z")
}

/// A text as a YAML scalar: bare where every reader takes it for that text.
fn yaml_scalar(value: &str) -> String {
    let is_bare = Instant::parse(value).is_ok() || is_bare(value);
    if is_bare {
        value.to_owned()
    } else if value.chars().any(char::is_control) {
        text::quoted(value)
    } else {
        format!("'{}'", value.replace('\'', "''"))
    }
}

fn is_bare(value: &str) -> bool {
    // What readers of YAML 1.1 or 1.2 take for something other than a text.
    const WORDS: [&str; 9] = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"];
    let first_is_letter = value.starts_with(|c: char| c.is_ascii_alphabetic());
    let plain = |c: char| c.is_alphanumeric() || " _./:@+=,()-".contains(c);
    first_is_letter
        && value.chars().all(plain)
        && !value.contains(": ")
        && !value.ends_with([' ', ':'])
        && !WORDS.contains(&value.to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_survives_both_forms() {
        for value in [
            "agent",
            "yes",
            "No",
            "null",
            "~",
            "1",
            "1.5",
            "0x1f",
            "2026-01-01",
            "true",
            "-",
            "- a",
            "a: b",
            "a #b",
            "#a",
            "it's",
            "\"",
            " lead",
            "trail ",
            "a:",
            "*a",
            "&a",
            "!a",
            "{a}",
            "line\nbreak",
            "tab\there",
            "\u{85}",
            "\u{2028}",
            "\u{feff}a",
            "\u{e9}\u{1f511}",
            "ed25519:AA+/=",
            "@a",
            "%a",
            "`a",
            "|",
            ">",
            "?",
            "a,b",
            "[",
            "\u{7}",
        ] {
            let scalar = yaml_scalar(value);
            let bundle = format!(
                "version: 1\nbundle_id: b\norg: o\nenv: prod\n\
                 generated_at: 2026-06-01T00:00:00Z\ndescription: {scalar}\n"
            );
            let editor = TrustBundleEditor::parse(bundle.as_bytes(), Format::Yaml)
                .unwrap_or_else(|error| panic!("{value:?} as {scalar}: {error}"));
            for format in [Format::Yaml, Format::Json] {
                let text = editor.to_text(format).unwrap();
                let read = TrustBundle::parse(&text, format).unwrap();
                assert_eq!(read.description(), Some(value), "{scalar}");
            }
        }
    }
}
