//! From an MCP `tools/call` request to the action that a receipt states.

use crate::encoding::jcs::{self, Limits, Numbers};
use crate::encoding::object::ObjectWriter;
use crate::encoding::{members, text};
use crate::error::{Error, ErrorKind, Result};

/// The action of a JSON-RPC 2.0 request with the method `tools/call` (Model
/// Context Protocol): the tool is `params.name`, the params are
/// `params.arguments` byte for byte or `{}`, and `call_id` is the request's id,
/// `n:` before a number and `s:` before a string; a notification has none.
///
/// The request is read as strictly as everything that is signed.
pub fn action_from_tools_call(
    request: &[u8],
    target: &str,
    transport: &str,
    limits: &Limits,
) -> Result<Vec<u8>> {
    // Only a text that every parser reads alike may be cut by offsets.
    jcs::append_canonical(&mut Vec::new(), request, limits, Numbers::Rounded)
        .map_err(|error| error.within("request"))?;
    let root = members::root(request);
    let value = |start: usize, name: &str| members::find(request, start, name);

    if text_of(request, value(root, "method")).as_deref() != Some("tools/call") {
        return Err(malformed("member \"method\" must be \"tools/call\""));
    }
    let params = value(root, "params").ok_or_else(|| malformed("member \"params\" is missing"))?;
    let tool = text_of(request, value(params.start, "name"))
        .ok_or_else(|| malformed("member \"params.name\" must be a string"))?;
    let arguments = value(params.start, "arguments").and_then(|range| request.get(range));

    let mut action = Vec::with_capacity(request.len() + 64);
    let mut object = ObjectWriter::new(&mut action);
    if let Some(call_id) = value(root, "id").and_then(|range| call_id(request.get(range)?)) {
        object.text("call_id", &call_id);
    }
    object.member("params", Some(arguments.unwrap_or(b"{}")));
    object.text("target", target);
    object.text("tool", &tool);
    object.text("transport", transport);
    object.end();
    Ok(action)
}

/// The call id that stands for a JSON-RPC id: requests 7 and "7" are different.
/// `null` and what cannot be an id have none.
pub(crate) fn call_id(id: &[u8]) -> Option<String> {
    match id.first()? {
        b'"' => {
            let inside = id.get(1..id.len().saturating_sub(1))?;
            Some(format!("s:{}", text::unescape(inside)))
        }
        b'-' | b'0'..=b'9' => Some(format!("n:{}", String::from_utf8_lossy(id))),
        _ => None,
    }
}

fn text_of(json: &[u8], range: Option<std::ops::Range<usize>>) -> Option<String> {
    members::string_at(json, range?).map(std::borrow::Cow::into_owned)
}

fn malformed(detail: &'static str) -> Error {
    Error::new(ErrorKind::InvalidArgument, "request", detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn action(request: &str) -> Result<String> {
        action_from_tools_call(
            request.as_bytes(),
            "mcp://files",
            "stdio",
            &Limits::default(),
        )
        .map(|action| String::from_utf8(action).unwrap())
    }

    #[test]
    fn the_arguments_keep_every_byte() {
        assert_eq!(
            action(
                r#"{"jsonrpc":"2.0","id":7,"method":"tools/call",
                    "params":{"name":"rm","arguments":{ "b":9007199254740993, "a":"\u00e9" }}}"#
            )
            .unwrap(),
            r#"{"call_id":"n:7","params":{ "b":9007199254740993, "a":"\u00e9" },"target":"mcp://files","tool":"rm","transport":"stdio"}"#
        );
    }

    #[test]
    fn ids_of_every_kind() {
        let with_id = |id: &str| {
            action(&format!(
                r#"{{"id":{id},"method":"tools/call","params":{{"name":"t"}}}}"#
            ))
            .unwrap()
        };
        assert!(with_id("7").starts_with(r#"{"call_id":"n:7","params":{},"#));
        assert!(with_id(r#""7\n""#).starts_with(r#"{"call_id":"s:7\n","#));
        assert!(with_id("null").starts_with(r#"{"params":{},"#));
    }

    #[test]
    fn other_messages_are_refused() {
        for request in [
            "[]",
            "{}",
            r#"{"method":"tools/list"}"#,
            r#"{"method":"tools/call"}"#,
            r#"{"method":"tools/call","params":[]}"#,
            r#"{"method":"tools/call","params":{"name":1}}"#,
        ] {
            assert_eq!(
                action(request).unwrap_err().kind(),
                ErrorKind::InvalidArgument,
                "{request}"
            );
        }
        let twice = r#"{"method":"tools/call","params":{"name":"a","name":"b"}}"#;
        assert_eq!(
            action(twice).unwrap_err().kind(),
            ErrorKind::JsonDuplicateMember
        );
    }
}
