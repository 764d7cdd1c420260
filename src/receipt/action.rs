//! The action of a receipt: from the caller's JSON to the canonical text that
//! is signed.

use std::borrow::Cow;

use crate::crypto::digest;
use crate::encoding::jcs::{self, Limits, Measure};
use crate::encoding::object::ObjectWriter;
use crate::encoding::record::{Kind, Reading, Record, Rule, Slots};
use crate::encoding::{exact, hex, members, record};
use crate::error::{Error, ErrorKind, Result};

/// How deep params may nest. A log line wraps them in three levels, a bilateral
/// receipt in one more; deeper params could be signed and logged but never be
/// read back by software that reads 127 levels.
pub const MAX_PARAMS_DEPTH: usize = 123;

/// How much longer than its action a receipt can be: names, key, times, ids and
/// signature together. Whoever raises the limit for actions raises the one for
/// receipts by as much more.
pub const MAX_ENVELOPE_LEN: usize = 64 << 10;

/// The hash of `{}`, which stands for "no params".
const HASH_OF_NO_PARAMS: &str =
    "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
const HASH_PREFIX: &str = "sha256:";

/// How to read an action.
#[derive(Clone, Copy, Debug)]
pub struct ActionOptions {
    /// Keep only the hash of the params, so that the receipt does not disclose
    /// them.
    pub hash_only: bool,
    /// The largest action, as it is given and in canonical form. By default
    /// what leaves the receipt around it within the default limit of a reader.
    pub limits: Limits,
}

impl Default for ActionOptions {
    fn default() -> ActionOptions {
        ActionOptions {
            hash_only: false,
            limits: Limits {
                max_len: jcs::DEFAULT_MAX_LEN - MAX_ENVELOPE_LEN,
                ..Limits::default()
            },
        }
    }
}

/// A tool call, ready to be signed: canonical, with its `params_hash`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    canonical: Vec<u8>,
    params_len: usize,
}

impl Action {
    /// Reads an action from JSON: an object with `tool` and any of `params`,
    /// `params_hash`, `target`, `transport` (`stdio` when absent), `session`,
    /// `call_id`, `response_hash`, `trace_id`, `parent_receipt_id`.
    ///
    /// `params_hash` counts only where `params` is absent or null (a hash-only
    /// action); otherwise it is computed. Params with a number that a double
    /// would round are carried in a `$exact` wrapper.
    pub fn parse(json: &[u8], options: &ActionOptions) -> Result<Action> {
        let limits = Limits {
            max_len: options.limits.max_len.min(record::MAX_LEN / 8),
            // The action object itself is one level.
            max_depth: options.limits.max_depth.min(MAX_PARAMS_DEPTH + 1),
        };
        Action::read(json, options, &limits).map_err(|error| error.within("action"))
    }

    fn read(json: &[u8], options: &ActionOptions, limits: &Limits) -> Result<Action> {
        let mut given = Vec::new();
        let findings = jcs::append_measuring(&mut given, json, limits, Some(GIVEN_PARAMS))?;
        let mut slots = Slots::<{ Slot::COUNT }>::default();
        let (reading, measured) = (Reading::Strict, findings.measured);
        record::read_measured(&given, &GIVEN_ACTION, reading, &mut slots, measured)?;
        let value = |slot: Slot| slots[slot as usize].of(&given);

        let canonical_params = value(Slot::Params).unwrap_or(b"null");
        let wrapped;
        let params = if exact::needs_wrapper(canonical_params, &findings) {
            // Only params can hold a number: every other member is a string.
            wrapped = exact::wrap(given_text_of_params(json)?);
            wrapped.as_slice()
        } else {
            canonical_params
        };
        let params_hash = match (params, value(Slot::ParamsHash)) {
            (b"null", None | Some(b"\"\"")) => HASH_OF_NO_PARAMS.to_owned(),
            (b"null", Some(hash)) => checked_hash(hash)?,
            _ => hash_text(&digest::sha256(params)),
        };
        let params = if options.hash_only { b"null" } else { params };

        let mut canonical = Vec::with_capacity(given.len() + params.len() + 128);
        let mut object = ObjectWriter::new(&mut canonical);
        object.member("call_id", value(Slot::CallId));
        object.member("params", Some(params));
        object.text("params_hash", &params_hash);
        object.member("parent_receipt_id", value(Slot::ParentReceiptId));
        object.member("response_hash", value(Slot::ResponseHash));
        object.member("session", value(Slot::Session));
        object.member("target", Some(value(Slot::Target).unwrap_or(b"\"\"")));
        object.member("tool", value(Slot::Tool));
        object.member("trace_id", value(Slot::TraceId));
        object.member(
            "transport",
            Some(value(Slot::Transport).unwrap_or(b"\"stdio\"")),
        );
        object.end();
        if canonical.len() > limits.max_len {
            // Numbers and escapes can grow, and so can what is wrapped.
            return Err(Error::new(
                ErrorKind::TooLarge,
                "JSON",
                format!(
                    "{} bytes in canonical form where the limit is {}",
                    canonical.len(),
                    limits.max_len
                ),
            ));
        }
        Ok(Action {
            canonical,
            params_len: params.len(),
        })
    }

    /// The length of the params in the canonical text.
    pub(super) fn params_len(&self) -> usize {
        self.params_len
    }

    /// The canonical JSON text of the action.
    pub fn json(&self) -> &[u8] {
        &self.canonical
    }

    /// The name of the tool that is called.
    pub fn tool(&self) -> Cow<'_, str> {
        self.text("tool")
    }

    /// The server or resource that the call goes to; may be empty.
    pub fn target(&self) -> Cow<'_, str> {
        self.text("target")
    }

    /// `sha256:` and the hash of the canonical params.
    pub fn params_hash(&self) -> Cow<'_, str> {
        self.text("params_hash")
    }

    /// How the call goes to its target, for example `stdio`.
    pub fn transport(&self) -> Cow<'_, str> {
        self.text("transport")
    }

    fn text(&self, name: &str) -> Cow<'_, str> {
        let place = members::find(&self.canonical, 0, name);
        let text = place.and_then(|place| members::string_at(&self.canonical, place));
        text.unwrap_or_default()
    }
}

/// The JSON text of the params exactly as the caller gave it.
fn given_text_of_params(json: &[u8]) -> Result<&str> {
    let text = members::find(json, members::root(json), "params")
        .and_then(|range| json.get(range))
        .and_then(|text| std::str::from_utf8(text).ok());
    // The canonical form has just shown that there are params.
    text.ok_or_else(|| Error::new(ErrorKind::ReceiptInvalid, "params", "not found in the text"))
}

fn hash_text(hash: &[u8; digest::SHA256_LEN]) -> String {
    [HASH_PREFIX, &hex::encode(hash)].concat()
}

/// The text of a hash that a caller supplies instead of params.
fn checked_hash(value: &[u8]) -> Result<String> {
    let inside = value.get(1..value.len().saturating_sub(1)).unwrap_or(&[]);
    let digits = inside.strip_prefix(HASH_PREFIX.as_bytes());
    match digits.and_then(hex::decode::<{ digest::SHA256_LEN }>) {
        Some(hash) => Ok(hash_text(&hash)),
        None => Err(Error::new(
            ErrorKind::ReceiptInvalid,
            "params_hash",
            "it must be \"sha256:\" and 64 lower-case hex digits, or empty",
        )),
    }
}

#[derive(Clone, Copy)]
#[repr(usize)]
enum Slot {
    CallId,
    Params,
    ParamsHash,
    ParentReceiptId,
    ResponseHash,
    Session,
    Target,
    Tool,
    TraceId,
    Transport,
}

impl Slot {
    const COUNT: usize = Slot::Transport as usize + 1;
}

const fn given(name: &'static str, slot: Slot) -> Rule {
    Rule::optional(name, Kind::Text).into_slot(slot as usize)
}

const GIVEN_PARAMS: Measure = Measure {
    name: "params",
    depth: 1,
};

/// An action as a caller may give it.
const GIVEN_ACTION: Record = Record {
    what: "action",
    rules: &[
        given("call_id", Slot::CallId),
        Rule::optional(GIVEN_PARAMS.name, Kind::Measured).into_slot(Slot::Params as usize),
        given("params_hash", Slot::ParamsHash),
        given("parent_receipt_id", Slot::ParentReceiptId),
        given("response_hash", Slot::ResponseHash),
        given("session", Slot::Session),
        given("target", Slot::Target),
        Rule::required("tool", Kind::Text).into_slot(Slot::Tool as usize),
        given("trace_id", Slot::TraceId),
        given("transport", Slot::Transport),
    ],
};

#[cfg(test)]
mod tests {
    use super::*;

    fn action(json: &str) -> String {
        let action = Action::parse(json.as_bytes(), &ActionOptions::default()).unwrap();
        String::from_utf8(action.canonical).unwrap()
    }

    #[test]
    fn defaults_and_the_hash_are_filled_in() {
        assert_eq!(
            action(r#"{"tool":"t"}"#),
            format!(
                r#"{{"params":null,"params_hash":"{HASH_OF_NO_PARAMS}","target":"","tool":"t","transport":"stdio"}}"#
            )
        );
        assert!(action(r#"{"tool":"t","params":{}}"#).contains(HASH_OF_NO_PARAMS));
    }

    #[test]
    fn a_given_hash_counts_only_without_params() {
        let hash = format!("sha256:{}", "ab".repeat(32));
        let given = format!(r#"{{"tool":"t","params_hash":"{hash}"}}"#);
        assert!(action(&given).contains(&hash));
        let both = format!(r#"{{"tool":"t","params":{{}},"params_hash":"{hash}"}}"#);
        assert!(action(&both).contains(HASH_OF_NO_PARAMS));
        for bad in ["sha256:AB", "md5:00", "x"] {
            let given = format!(r#"{{"tool":"t","params_hash":"{bad}"}}"#);
            let refused = Action::parse(given.as_bytes(), &ActionOptions::default()).unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::ReceiptInvalid);
        }
    }

    #[test]
    fn a_number_too_long_for_a_double_travels_whole() {
        let text = action(r#"{"tool":"t","params": {"id": 9007199254740993 }}"#);
        assert!(
            text.contains(r#""params":{"$exact":"{\"id\": 9007199254740993 }"}"#),
            "{text}"
        );
    }

    #[test]
    fn params_that_no_log_reader_could_read_back_are_refused() {
        let nested = |depth: usize| {
            let (open, close) = ("[".repeat(depth), "]".repeat(depth));
            format!(r#"{{"tool":"t","params":{open}{close}}}"#)
        };
        let parse = |text: String| Action::parse(text.as_bytes(), &ActionOptions::default());
        assert!(parse(nested(MAX_PARAMS_DEPTH)).is_ok());
        let refused = parse(nested(MAX_PARAMS_DEPTH + 1)).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::JsonTooDeep);
    }
}
