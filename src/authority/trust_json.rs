//! A trust bundle as JSON text, whatever it was written in, and what it says of
//! its keys at a time.

use crate::authority::document::{self, Format, Meaning, Node, Value};
use crate::authority::trust::{SUBJECT, Section, TrustBundle};
use crate::encoding::jcs::{self, Limits};
use crate::encoding::object::ObjectWriter;
use crate::encoding::rfc3339::Instant;
use crate::encoding::{key_text, text};
use crate::error::Result;

impl TrustBundle {
    /// The JSON text of a trust bundle: JSON as it is given, YAML converted
    /// without loss. What is no valid trust bundle is refused, as by
    /// [`TrustBundle::parse`].
    pub fn to_json(given: &[u8], format: Format) -> Result<Vec<u8>> {
        TrustBundle::parse(given, format)?;
        if format == Format::Json {
            return Ok(given.to_vec());
        }
        let tree = document::parse(given, format, SUBJECT)?;
        let mut out = Vec::with_capacity(given.len().saturating_mul(2));
        append(&mut out, &tree, false);
        out.push(b'\n');
        // What was valid must still be.
        TrustBundle::parse(&out, Format::Json)?;
        Ok(out)
    }

    /// [`TrustBundle::to_json`] in canonical form (RFC 8785): equal for every
    /// spelling of one document, and so what to hash and to compare.
    pub fn to_canonical_json(given: &[u8], format: Format) -> Result<Vec<u8>> {
        let json = TrustBundle::to_json(given, format)?;
        let limits = Limits {
            max_len: usize::MAX,
            ..Limits::default()
        };
        jcs::canonicalize_exactly(&json, &limits).map_err(|error| {
            let detail = format!("it has no canonical form: {}", error.detail());
            SUBJECT.error(detail, None)
        })
    }

    /// The keys of the given sections and what each was worth at a time, as
    /// canonical JSON: an array of `{"comment"?, "created_at", "disabled_from"?,
    /// "expires_at"?, "id", "name", "owner", "pubkey", "revoked_from"?, "section",
    /// "status"}` in the order of the document, where `status` is `active`,
    /// `disabled`, `revoked` or `expired`.
    pub fn list_json(&self, sections: &[Section], at: Instant) -> Vec<u8> {
        let mut out = vec![b'['];
        let entries = sections
            .iter()
            .flat_map(|&section| self.keys(section).iter().map(move |key| (section, key)));
        for (index, (section, key)) in entries.enumerate() {
            if index > 0 {
                out.push(b',');
            }
            let mut object = ObjectWriter::new(&mut out);
            let mut text = |name: &str, value: Option<&str>| {
                if let Some(value) = value {
                    object.text(name, value);
                }
            };
            let time = |time: Option<Instant>| time.map(Instant::to_text);
            text("comment", key.comment.as_deref());
            text("created_at", Some(&key.created_at.to_text()));
            text("disabled_from", time(key.disabled_from).as_deref());
            text("expires_at", time(key.expires_at).as_deref());
            text("id", Some(&key.id));
            text("name", Some(&key.name));
            text("owner", Some(&key.owner));
            text("pubkey", Some(&key_text::prefixed(&key.key)));
            text("revoked_from", time(key.revoked_from).as_deref());
            text("section", Some(section.as_text()));
            text("status", Some(key.status_at(at).as_text()));
            object.end();
        }
        out.push(b']');
        out
    }
}

/// Writes a value. Everything in a trust bundle is a text, even where YAML reads
/// a number or a date, but for the version and what is null.
fn append(out: &mut Vec<u8>, node: &Node, is_version: bool) {
    match &node.value {
        Value::Scalar(scalar) => match &scalar.meaning {
            Meaning::Null => out.extend_from_slice(b"null"),
            Meaning::Number { json, .. } if is_version => out.extend_from_slice(json.as_bytes()),
            _ => text::append_string(out, &scalar.text),
        },
        Value::List(list) => {
            out.push(b'[');
            for (index, element) in list.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                append(out, element, false);
            }
            out.push(b']');
        }
        Value::Object(members) => {
            out.push(b'{');
            for (index, member) in members.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                text::append_string(out, &member.name);
                out.push(b':');
                append(out, &member.value, member.name == "version");
            }
            out.push(b'}');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const YAML: &str = "
version: 1
bundle_id: 2026
org: \"o\\u00e9\"
env: prod
generated_at: 2026-06-01T00:00:00Z
agents:
  - id: a1
    name: agent   # a comment
    owner: ~1
    pubkey: \"ed25519:asQu4R4uTkuhAG83Af6o+Yqwzhkgm2C2DRXQXKa2+/4=\"
    status: revoked
    created_at: 2026-01-01T00:00:00Z
    revoked_at: 2026-02-01T00:00:00Z
    comment: null
";

    #[test]
    fn yaml_becomes_json_that_says_the_same_v19() {
        let json = TrustBundle::to_json(YAML.as_bytes(), Format::Yaml).unwrap();
        let value: serde_json::Value = serde_json::from_slice(&json).unwrap();
        assert_eq!(value["version"], 1);
        assert_eq!(value["bundle_id"], "2026");
        assert_eq!(value["agents"][0]["comment"], serde_json::Value::Null);
        let (yaml, json) = (
            TrustBundle::parse(YAML.as_bytes(), Format::Yaml).unwrap(),
            TrustBundle::parse(&json, Format::Json).unwrap(),
        );
        assert_eq!(
            format!("{:?}", yaml.keys(Section::Agents)),
            format!("{:?}", json.keys(Section::Agents))
        );
        assert_eq!(yaml.org(), json.org());
        assert!(signet_reads(&value));
    }

    fn signet_reads(value: &serde_json::Value) -> bool {
        let read: std::result::Result<signet_core::TrustBundle, _> =
            serde_json::from_value(value.clone());
        read.is_ok()
    }

    #[test]
    fn every_spelling_has_one_canonical_form_and_one_list() {
        let json = TrustBundle::to_json(YAML.as_bytes(), Format::Yaml).unwrap();
        let canonical = TrustBundle::to_canonical_json(YAML.as_bytes(), Format::Yaml).unwrap();
        assert_eq!(
            TrustBundle::to_canonical_json(&json, Format::Json).unwrap(),
            canonical
        );
        let bundle = TrustBundle::parse(&canonical, Format::Json).unwrap();
        for (at, status) in [
            ("2026-01-31T00:00:00Z", "active"),
            ("2026-02-01T00:00:00Z", "revoked"),
        ] {
            let list = bundle.list_json(&Section::ALL, Instant::parse(at).unwrap());
            let value: serde_json::Value = serde_json::from_slice(&list).unwrap();
            assert_eq!(value[0]["status"], status);
            assert_eq!(value[0]["section"], "agents");
            assert_eq!(value[0]["name"], "agent");
            assert_eq!(value.as_array().map(Vec::len), Some(1));
            assert_eq!(jcs::canonicalize(&list, &Limits::default()).unwrap(), list);
        }
        assert_eq!(bundle.list_json(&[Section::Roots], Instant::now()), b"[]");
    }

    #[test]
    fn json_stays_as_it_is_and_nonsense_is_refused() {
        let json = TrustBundle::to_json(YAML.as_bytes(), Format::Yaml).unwrap();
        assert_eq!(TrustBundle::to_json(&json, Format::Json).unwrap(), json);
        assert!(TrustBundle::to_json(b"version: 1", Format::Yaml).is_err());
        assert!(TrustBundle::to_json(YAML.as_bytes(), Format::Json).is_err());
    }
}
