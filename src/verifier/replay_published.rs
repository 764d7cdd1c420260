//! The nonce files of the published Signet, read and written.
//!
//! Its Rust and Python programs keep a JSON object from nonce to the time of its
//! use, in RFC 3339; its TypeScript programs one from key, NUL and nonce (or the
//! nonce alone) to the time of its end, in milliseconds since 1970. Neither
//! understands the other's, and both take a file that they do not understand for
//! an empty one. We do not: see [`read`].

use std::collections::BTreeMap;

use crate::crypto::ed25519::PUBLIC_KEY_LEN;
use crate::encoding::jcs::{self, Limits, Numbers};
use crate::encoding::key_text::ED25519_PREFIX;
use crate::encoding::rfc3339::Instant;
use crate::encoding::{base64, members, text};
use crate::error::{Error, ErrorKind, Result};
use crate::verifier::replay_table::Signer;

/// The largest file that is read: room for a million nonces.
pub(super) const MAX_LEN: usize = 128 << 20;

/// Whose form a file has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PublishedForm {
    /// That of the published Rust and Python packages.
    #[default]
    RustPython,
    /// That of the published TypeScript packages.
    TypeScript,
}

/// An entry of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub signer: Option<[u8; PUBLIC_KEY_LEN]>,
    pub nonce: String,
    /// When it was used, or when it ends, in milliseconds since 1970.
    pub time: Time,
}

/// The time of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Time {
    UsedAt(i64),
    EndsAt(i64),
}

/// Reads a file, and answers its form; `None` when it has no entry to tell by.
///
/// Anything that is not wholly in one of the two forms is
/// [`ErrorKind::ReplayStoreFailed`].
pub(super) fn read(json: &[u8]) -> Result<(Option<PublishedForm>, Vec<Found>)> {
    let limits = Limits {
        max_len: MAX_LEN,
        max_depth: 1,
    };
    jcs::append_canonical(&mut Vec::new(), json, &limits, Numbers::Rounded)
        .map_err(|error| failed(format!("it is not a JSON object of nonces: {error}")))?;
    let root = members::root(json);
    if json.get(root) != Some(&b'{') {
        return Err(failed("it is not a JSON object of nonces"));
    }
    let mut form = None;
    let mut found = Vec::new();
    for member in members::members(json, root) {
        let name = text::unescape(member.name).into_owned();
        let value = json.get(member.value.clone()).unwrap_or_default();
        let (this_form, entry) = match members::string_at(json, member.value) {
            Some(time) => {
                let time = Instant::parse(&time)
                    .map_err(|_| failed("a nonce has a time that is no date-time"))?;
                let entry = Found {
                    signer: None,
                    nonce: name,
                    time: Time::UsedAt(time.unix_millis()),
                };
                (PublishedForm::RustPython, entry)
            }
            None => {
                let (signer, nonce) = split_key(&name);
                let entry = Found {
                    signer,
                    nonce: nonce.to_owned(),
                    time: Time::EndsAt(millis(value)?),
                };
                (PublishedForm::TypeScript, entry)
            }
        };
        if form.is_some_and(|form| form != this_form) {
            return Err(failed("it mixes times of use with times of ending"));
        }
        form = Some(this_form);
        found.push(entry);
    }
    Ok((form, found))
}

/// `ed25519:<key> NUL nonce`, or the nonce alone.
fn split_key(name: &str) -> (Option<[u8; PUBLIC_KEY_LEN]>, &str) {
    let Some((key, nonce)) = name.split_once('\0') else {
        return (None, name);
    };
    let encoded = key.strip_prefix(ED25519_PREFIX).unwrap_or(key);
    match base64::decode_array::<PUBLIC_KEY_LEN>(encoded.as_bytes()) {
        Some(key) => (Some(*key), nonce),
        // A key that we cannot read counts for every signer.
        None => (None, nonce),
    }
}

/// JavaScript's milliseconds, which may have a fraction or an exponent.
fn millis(value: &[u8]) -> Result<i64> {
    let number = std::str::from_utf8(value)
        .ok()
        .and_then(|text| text.parse::<f64>().ok())
        .filter(|number| number.abs() < 9e15);
    match number {
        Some(number) => Ok(number.ceil() as i64),
        None => Err(failed("a nonce has neither a date-time nor milliseconds")),
    }
}

/// The text of a file, by and by.
#[derive(Debug, Default)]
pub(super) struct Writer {
    entries: BTreeMap<String, i64>,
}

impl Writer {
    /// Adds an entry. Where an earlier one has its name, the later time stays.
    pub fn add(
        &mut self,
        form: PublishedForm,
        signer: Signer<'_>,
        nonce: &str,
        used_at: i64,
        keep_until: i64,
    ) {
        let (name, time) = match (form, signer) {
            (PublishedForm::RustPython, _) => (nonce.to_owned(), used_at),
            (PublishedForm::TypeScript, None) => (nonce.to_owned(), keep_until),
            (PublishedForm::TypeScript, Some(key)) => {
                let key = base64::encode(key);
                (format!("{ED25519_PREFIX}{key}\0{nonce}"), keep_until)
            }
        };
        let entry = self.entries.entry(name).or_insert(time);
        *entry = time.max(*entry);
    }

    /// The JSON text.
    pub fn finish(self, form: PublishedForm) -> Vec<u8> {
        let mut out = vec![b'{'];
        for (name, time) in &self.entries {
            if out.len() > 1 {
                out.push(b',');
            }
            text::append_string(&mut out, name);
            out.push(b':');
            match form {
                PublishedForm::RustPython => text::append_string(&mut out, &date_time(*time)),
                PublishedForm::TypeScript => {
                    // Larger ones are no exact number to JavaScript.
                    let millis = time.clamp(&0, &9_007_199_254_740_991);
                    out.extend_from_slice(millis.to_string().as_bytes());
                }
            }
        }
        out.push(b'}');
        out
    }
}

/// With `+00:00`, which older Python versions need.
fn date_time(millis: i64) -> String {
    let text = Instant::from_unix_millis(millis.clamp(0, 253_402_300_799_999))
        .map(Instant::to_text)
        .unwrap_or_default();
    text.replace('Z', "+00:00")
}

fn failed(detail: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(ErrorKind::ReplayStoreFailed, "nonce file", detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_are_read_and_written() {
        let key = base64::encode(&[7; 32]);
        for (form, text) in [
            (
                PublishedForm::RustPython,
                r#"{"rnd_1":"2026-06-15T12:00:00.000+00:00","rnd_2":"2026-06-15T11:30:00.500+00:00"}"#
                    .to_owned(),
            ),
            (
                PublishedForm::TypeScript,
                format!(r#"{{"ed25519:{key}\u0000rnd_1":1781524800000,"rnd_2":1781524800500}}"#),
            ),
        ] {
            let (found_form, found) = read(text.as_bytes()).unwrap();
            assert_eq!(found_form, Some(form));
            let mut writer = Writer::default();
            for one in &found {
                let (Time::UsedAt(time) | Time::EndsAt(time)) = one.time;
                writer.add(form, one.signer.as_ref(), &one.nonce, time, time);
            }
            assert_eq!(String::from_utf8(writer.finish(form)).unwrap(), text);
        }
        assert_eq!(read(b" {} ").unwrap(), (None, Vec::new()));
    }

    #[test]
    fn what_is_not_wholly_understood_is_refused_r4() {
        for text in [
            "",
            "null",
            "[]",
            "{",
            r#"{"a":"2026-06-15T11"}"#,
            r#"{"a":"2026-06-15T11:00:00"}"#,
            r#"{"a":"2026-06-15T11:00:00Z"#,
            r#"{"a":"2026-06-15T11:00:00Z","b":1781524800000}"#,
            r#"{"a":"2026-06-15T11:00:00Z","a":"2026-06-15T11:00:00Z"}"#,
            r#"{"a":true}"#,
            r#"{"a":null}"#,
            r#"{"a":{}}"#,
            r#"{"a":1e300}"#,
            "{\"a\":\"2026-06-15T11:00:00Z\"}x",
        ] {
            let refused = read(text.as_bytes()).unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::ReplayStoreFailed, "{text}");
        }
    }
}
