//! What is sent back for a message that is not let through: the error response
//! of JSON-RPC 2.0 section 5.1, in canonical JSON.
//!
//! What the published Signet's proxy refuses too has exactly the bytes of its
//! answer. Every other refusal names its [`ErrorKind::code`] in `data.code`.

use crate::encoding::object::ObjectWriter;
use crate::error::{Error, ErrorKind};
use crate::mcp::message::Addressee;

/// JSON-RPC: the text is no JSON that can be relied on.
pub const PARSE_ERROR: i32 = -32700;
/// JSON-RPC: the message is refused.
pub const INVALID_REQUEST: i32 = -32600;
/// JSON-RPC: the message may be fine, and something here failed.
pub const INTERNAL_ERROR: i32 = -32603;

/// The error response to a text that is refused unread, as one that is too long
/// to be read: what a [`Gate`](crate::mcp::Gate) would answer. Its id is `null`.
pub fn refusal(error: &Error) -> Vec<u8> {
    response(Addressee::Unknown, error, None).unwrap_or_default()
}

/// An error response to the request with this id, which is JSON text as
/// [`OpenCall::id`](crate::mcp::OpenCall::id) has it.
pub fn error_response(id: &[u8], code: i32, message: &str) -> Vec<u8> {
    let mut inside = Vec::new();
    let mut object = ObjectWriter::new(&mut inside);
    object.member("code", Some(code.to_string().as_bytes()));
    object.text("message", message);
    object.end();
    enveloped(id, &inside)
}

/// The error response to a refused message; `None` when nobody is to be told.
///
/// `reason` is a policy's, where a policy refused; it is used as it stands.
pub(super) fn response(
    addressee: Addressee<'_>,
    error: &Error,
    reason: Option<&str>,
) -> Option<Vec<u8>> {
    let id = match addressee {
        Addressee::Id(id) => id,
        Addressee::Unknown => b"null",
        Addressee::Nobody => return None,
    };
    let mut inside = Vec::new();
    let mut object = ObjectWriter::new(&mut inside);
    object.member("code", Some(code(error.kind()).to_string().as_bytes()));
    if !is_published(error.kind()) {
        let mut data = Vec::new();
        let mut member = ObjectWriter::new(&mut data);
        member.text("code", &error.kind().code());
        member.end();
        object.member("data", Some(&data));
    }
    object.text("message", &message(error, reason));
    object.end();

    Some(enveloped(id, &inside))
}

fn enveloped(id: &[u8], error: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut object = ObjectWriter::new(&mut out);
    object.member("error", Some(error));
    object.member("id", Some(id));
    object.text("jsonrpc", "2.0");
    object.end();
    out
}

fn code(kind: ErrorKind) -> i32 {
    match kind {
        ErrorKind::JsonSyntax
        | ErrorKind::JsonEncoding
        | ErrorKind::JsonDuplicateMember
        | ErrorKind::JsonLoneSurrogate
        | ErrorKind::JsonNumber
        | ErrorKind::JsonTooDeep => PARSE_ERROR,
        ErrorKind::EvidenceNotStored
        | ErrorKind::SignerFailed
        | ErrorKind::Stopped
        | ErrorKind::Randomness
        | ErrorKind::ReplayStoreFull
        | ErrorKind::ReplayStoreFailed
        | ErrorKind::Io => INTERNAL_ERROR,
        _ => INVALID_REQUEST,
    }
}

/// Whether the published proxy refuses this too, in these words.
fn is_published(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::PolicyDenied | ErrorKind::ApprovalRequired | ErrorKind::MessageInvalid
    )
}

fn message(error: &Error, reason: Option<&str>) -> String {
    let reason = reason.unwrap_or(error.detail());
    match error.kind() {
        ErrorKind::PolicyDenied => format!("policy violation: {reason}"),
        ErrorKind::ApprovalRequired => format!("requires approval: {reason}"),
        ErrorKind::MessageInvalid => error.detail().to_owned(),
        // What failed in here is nobody's business out there.
        kind if code(kind) == INTERNAL_ERROR => match kind {
            ErrorKind::EvidenceNotStored => "the call could not be recorded".to_owned(),
            ErrorKind::Stopped => error.detail().to_owned(),
            _ => "the call could not be signed or checked".to_owned(),
        },
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(addressee: Addressee<'_>, kind: ErrorKind, reason: Option<&str>) -> String {
        let error = Error::new(kind, "message", "a detail");
        String::from_utf8(response(addressee, &error, reason).unwrap()).unwrap()
    }

    #[test]
    fn the_answers_byte_for_byte() {
        assert_eq!(
            text(Addressee::Id(b"1"), ErrorKind::PolicyDenied, Some("never")),
            r#"{"error":{"code":-32600,"message":"policy violation: never"},"id":1,"jsonrpc":"2.0"}"#
        );
        assert_eq!(
            text(
                Addressee::Id(b"\"\\u0061\""),
                ErrorKind::ApprovalRequired,
                Some("ask \"me\"")
            ),
            r#"{"error":{"code":-32600,"message":"requires approval: ask \"me\""},"id":"\u0061","jsonrpc":"2.0"}"#
        );
        assert_eq!(
            text(Addressee::Unknown, ErrorKind::JsonSyntax, None),
            r#"{"error":{"code":-32700,"data":{"code":"json_syntax"},"message":"message: a detail"},"id":null,"jsonrpc":"2.0"}"#
        );
        assert_eq!(
            text(
                Addressee::Id(b"12345678901234567890123"),
                ErrorKind::EvidenceNotStored,
                None
            ),
            r#"{"error":{"code":-32603,"data":{"code":"evidence_not_stored"},"message":"the call could not be recorded"},"id":12345678901234567890123,"jsonrpc":"2.0"}"#
        );
        assert_eq!(
            error_response(b"\"\\u0061\"", -32000, "gone \"away\""),
            br#"{"error":{"code":-32000,"message":"gone \"away\""},"id":"\u0061","jsonrpc":"2.0"}"#
        );
        let error = Error::new(ErrorKind::JsonSyntax, "message", "x");
        assert_eq!(
            refusal(&error),
            response(Addressee::Unknown, &error, None).unwrap()
        );
        assert_eq!(response(Addressee::Nobody, &error, None), None);
    }
}
