//! What an agent tells a hook on standard input: one JSON object.
//!
//! It is read as the agent's own JSON reader would: what cannot be signed as it
//! stands (a lone surrogate, two members of one name, a nesting of thousands) is
//! still a call that happened, or is about to.

use std::io::Read;
use std::ops::Range;

use signet::encoding::members;

/// The largest input that is read, in bytes. An agent sends the answer of the
/// tool along, which may be a whole file.
const MAX_LEN: u64 = 256 << 20;

/// The members that answer the tool's response, in the order of their standing:
/// the documented one first.
const RESPONSES: [&str; 3] = ["tool_response", "tool_output", "tool_result"];

/// When the hook runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The call is about to be made.
    Before,
    /// The call was made, with success or without.
    After,
    /// Something that is not about one tool call.
    Other,
}

/// An input that is one JSON object.
#[derive(Debug)]
pub struct Input {
    text: Vec<u8>,
    root: usize,
    event: Event,
    has_failed: bool,
}

impl Input {
    /// Reads all of it; the error is what is wrong with it.
    pub fn read(mut from: impl Read) -> Result<Input, String> {
        let mut text = Vec::new();
        from.by_ref()
            .take(MAX_LEN + 1)
            .read_to_end(&mut text)
            .map_err(|error| format!("standard input: {error}"))?;
        if text.len() as u64 > MAX_LEN {
            // An agent that still writes must not find the pipe closed.
            let _ = std::io::copy(&mut from, &mut std::io::sink());
            return Err(format!("more than {MAX_LEN} bytes"));
        }
        Input::parse(text)
    }

    fn parse(mut text: Vec<u8>) -> Result<Input, String> {
        if text.starts_with(b"\xef\xbb\xbf") {
            text.drain(..3);
        }
        if std::str::from_utf8(&text).is_err() {
            // The agents' own readers put the replacement character there, too.
            text = String::from_utf8_lossy(&text).into_owned().into_bytes();
        }
        if text.trim_ascii().is_empty() {
            return Err("standard input is empty".to_owned());
        }
        serde_json::from_slice::<serde::de::IgnoredAny>(&text)
            .map_err(|error| format!("not JSON: {error}"))?;
        let root = members::root(&text);
        if text.get(root) != Some(&b'{') {
            return Err("not a JSON object".to_owned());
        }
        let mut input = Input {
            text,
            root,
            event: Event::Other,
            has_failed: false,
        };
        (input.event, input.has_failed) = input.find_event();
        if input.event != Event::Other && input.tool().is_empty() {
            return Err("it has no tool_name".to_owned());
        }
        Ok(input)
    }

    fn find_event(&self) -> (Event, bool) {
        match self.string("hook_event_name").as_deref() {
            Some("PreToolUse") => (Event::Before, false),
            Some("PostToolUse") => (Event::After, false),
            Some("PostToolUseFailure") => (Event::After, true),
            Some(_) => (Event::Other, false),
            // What has an answer has happened; a call without one is yet to come.
            None if self.response().is_some() => (Event::After, false),
            None if self.find("tool_name").is_some() => (Event::Before, false),
            None => (Event::Other, false),
        }
    }

    /// When the hook runs.
    pub fn event(&self) -> Event {
        self.event
    }

    /// Whether the agent says that the call failed.
    pub fn has_failed(&self) -> bool {
        self.has_failed
    }

    /// The tool that is called.
    pub fn tool(&self) -> String {
        self.string("tool_name").unwrap_or_default()
    }

    /// The JSON text of the tool's params.
    pub fn params(&self) -> &str {
        self.text_of("tool_input").unwrap_or("{}")
    }

    /// The JSON text of what the tool answered, or of how it failed.
    pub fn response(&self) -> Option<&str> {
        let answered = RESPONSES.iter().find_map(|name| self.text_of(name));
        answered.or_else(|| self.text_of("error"))
    }

    /// The session of the agent.
    pub fn session(&self) -> Option<String> {
        self.string("session_id")
    }

    /// The agent's own number of the call.
    pub fn call_id(&self) -> Option<String> {
        self.string("tool_use_id")
    }

    /// What the call belongs to: the turn of Codex, the prompt of Claude Code.
    pub fn turn(&self) -> Option<String> {
        self.string("turn_id").or_else(|| self.string("prompt_id"))
    }

    /// How long the call took, in milliseconds.
    pub fn duration_millis(&self) -> Option<i64> {
        self.text_of("duration_ms")?.parse().ok()
    }

    /// A member's value that is a string with something in it.
    fn string(&self, name: &str) -> Option<String> {
        let text = members::string_at(&self.text, self.find(name)?)?;
        (!text.is_empty()).then(|| text.into_owned())
    }

    fn text_of(&self, name: &str) -> Option<&str> {
        let text = std::str::from_utf8(self.text.get(self.find(name)?)?).ok()?;
        (text != "null").then_some(text)
    }

    /// The last member of that name, as the readers of the agents have it.
    fn find(&self, name: &str) -> Option<Range<usize>> {
        members::members(&self.text, self.root)
            .filter(|member| member.is_named(name))
            .last()
            .map(|member| member.value)
    }
}
