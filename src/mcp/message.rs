//! Reading JSON-RPC 2.0 messages off the wire, so that what is looked at here is
//! what any other reader will see.
//!
//! A message that two programs read differently can be signed as one call and
//! run as another. So nothing is repaired and nothing is guessed: the text is
//! read by the strict reader of everything that is signed, names that some
//! readers take for one another are refused, and the places of all values are
//! kept, so that a message is passed on as the bytes that it came as.

use std::borrow::Cow;
use std::ops::Range;

use crate::encoding::jcs::{self, Limits, Numbers};
use crate::encoding::members;
use crate::error::{Error, ErrorKind, Result};
use crate::mcp::look_alike;
use crate::mcp::tool_call::ToolCall;

/// The method of the requests that are signed.
pub const TOOLS_CALL: &str = "tools/call";

/// How many messages one batch may hold unless the caller says otherwise.
pub const DEFAULT_MAX_BATCH: usize = 1000;

/// What a reader of messages is willing to take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessageLimits {
    /// The length of the whole text in bytes; what is written for the other side
    /// is held to it too.
    pub max_len: usize,
    /// The nesting of arrays and objects, the batch included.
    pub max_depth: usize,
    /// How many messages one batch may hold; with 0 batches are refused, of which the
    /// Model Context Protocol has none since its version of 2025-06-18.
    pub max_batch: usize,
}

impl Default for MessageLimits {
    fn default() -> MessageLimits {
        MessageLimits {
            max_len: jcs::DEFAULT_MAX_LEN,
            max_depth: jcs::DEFAULT_MAX_DEPTH,
            max_batch: DEFAULT_MAX_BATCH,
        }
    }
}

impl MessageLimits {
    /// The limits of a JSON text.
    pub(super) fn of_text(&self) -> Limits {
        Limits {
            max_len: self.max_len,
            max_depth: self.max_depth,
        }
    }

    /// Refuses a text that has grown beyond what the other side would read with
    /// the same limits.
    pub(super) fn check_written(&self, text: &[u8]) -> Result<()> {
        if text.len() <= self.max_len {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::TooLarge,
            "message",
            format!(
                "{} bytes with its receipt where the limit is {}",
                text.len(),
                self.max_len
            ),
        ))
    }
}

/// A text off the wire that has passed the strict reader: one message, or a batch
/// of them.
pub struct Wire<'a> {
    text: &'a [u8],
    root: usize,
}

impl<'a> Wire<'a> {
    /// Reads a text.
    ///
    /// Refused as a whole: invalid UTF-8 and byte order marks
    /// ([`ErrorKind::JsonEncoding`]), whatever is no JSON
    /// ([`ErrorKind::JsonSyntax`]), a name twice in one object
    /// ([`ErrorKind::JsonDuplicateMember`]), half a surrogate pair
    /// ([`ErrorKind::JsonLoneSurrogate`]), NaN, infinities and numbers that
    /// overflow a double ([`ErrorKind::JsonNumber`]), nesting and sizes over the
    /// limits ([`ErrorKind::JsonTooDeep`], [`ErrorKind::TooLarge`]), and an empty
    /// batch, or any where none are taken ([`ErrorKind::MessageInvalid`]). Whether each of the messages is
    /// one is for [`Wire::messages`] to say.
    pub fn read(text: &'a [u8], limits: &MessageLimits) -> Result<Wire<'a>> {
        let (mut read, limits_of_text) = (Vec::new(), limits.of_text());
        jcs::append_canonical(&mut read, text, &limits_of_text, Numbers::Rounded)
            .map_err(|error| error.within("message"))?;
        let wire = Wire {
            text,
            root: members::root(text),
        };
        if wire.is_batch() {
            if limits.max_batch == 0 {
                return Err(invalid("a batch, and batches are not taken here"));
            }
            let beyond = limits.max_batch.saturating_add(1);
            match members::elements(text, wire.root).take(beyond).count() {
                0 => return Err(invalid("a batch without a message")),
                count if count > limits.max_batch => {
                    return Err(Error::new(
                        ErrorKind::TooLarge,
                        "message",
                        format!("a batch of more than {} messages", limits.max_batch),
                    ));
                }
                _ => {}
            }
        }
        Ok(wire)
    }

    /// The text as it came.
    pub fn text(&self) -> &'a [u8] {
        self.text
    }

    /// Whether this is a batch, an array of messages.
    pub fn is_batch(&self) -> bool {
        self.text.get(self.root) == Some(&b'[')
    }

    /// The messages, in order. One that is none is answered as [`Malformed`].
    pub fn messages(&self) -> Vec<std::result::Result<Message<'a>, Malformed<'a>>> {
        if !self.is_batch() {
            let end = self.text.trim_ascii_end().len();
            return vec![self.message(self.root..end)];
        }
        let places = members::elements(self.text, self.root);
        places.map(|place| self.message(place)).collect()
    }

    /// The message, where there is exactly one.
    pub fn single(&self) -> Result<Message<'a>> {
        if self.is_batch() {
            return Err(invalid("a batch, where one message is expected"));
        }
        match self.messages().pop() {
            Some(message) => message.map_err(|malformed| malformed.error),
            None => Err(invalid("no message")),
        }
    }

    /// The text with other messages at these places, which stand in order.
    pub(super) fn with_changed<'t>(
        &self,
        changed: impl IntoIterator<Item = (Range<usize>, &'t [u8])>,
    ) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.text.len() + 1024);
        let mut copied = 0;
        for (place, text) in changed {
            out.extend_from_slice(self.text.get(copied..place.start).unwrap_or(&[]));
            out.extend_from_slice(text);
            copied = place.end;
        }
        out.extend_from_slice(self.text.get(copied..).unwrap_or(&[]));
        out
    }

    fn message(&self, place: Range<usize>) -> std::result::Result<Message<'a>, Malformed<'a>> {
        let text = self.text.get(place.clone()).unwrap_or(&[]);
        Message::read(text, place.start)
    }
}

/// What a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// It wants an answer: it has a method and an id.
    Request,
    /// It has a method and no id, and is never answered.
    Notification,
    /// It answers a request of the other side.
    Response,
}

/// A message of JSON-RPC 2.0: a request, a notification or a response.
#[derive(Clone, Debug)]
pub struct Message<'w> {
    text: &'w [u8],
    offset: usize,
    kind: Kind,
    id: Option<&'w [u8]>,
    method: Option<Cow<'w, str>>,
    payload: Option<Payload>,
    call: Option<ToolCall<'w>>,
}

/// What a response carries, as places in its text.
#[derive(Clone, Debug)]
pub(super) enum Payload {
    /// What the call came to.
    Result(Range<usize>),
    /// How it failed, in terms of JSON-RPC.
    Error(Range<usize>),
}

/// Something that is no message.
#[derive(Clone, Debug)]
pub struct Malformed<'w> {
    /// Why not.
    pub error: Error,
    /// To whom to say so.
    pub addressee: Addressee<'w>,
    /// Whether somebody who is less strict may take it for a response.
    pub may_be_response: bool,
}

/// Which id the answer to a refused message carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Addressee<'w> {
    /// This one, byte for byte as it came.
    Id(&'w [u8]),
    /// `null`: none could be told.
    Unknown,
    /// None: notifications and responses are never answered.
    Nobody,
}

/// The members of a message, as they stand in its text.
#[derive(Default)]
struct Members {
    version: Option<Range<usize>>,
    id: Option<Range<usize>>,
    method: Option<Range<usize>>,
    params: Option<Range<usize>>,
    result: Option<Range<usize>>,
    error: Option<Range<usize>>,
}

const NAMES: &[&str] = &["jsonrpc", "id", "method", "params", "result", "error"];

impl<'w> Message<'w> {
    fn read(text: &'w [u8], offset: usize) -> std::result::Result<Message<'w>, Malformed<'w>> {
        let mut found = Members::default();
        let mut shape = match text.first() {
            Some(b'{') => Ok(()),
            _ => Err(invalid("it must be an object")),
        };
        for member in members::members(text, 0) {
            let place = match look_alike::known(member.name, NAMES) {
                Ok(None) => continue,
                Ok(Some(name)) => match name {
                    "jsonrpc" => &mut found.version,
                    "id" => &mut found.id,
                    "method" => &mut found.method,
                    "params" => &mut found.params,
                    "result" => &mut found.result,
                    _ => &mut found.error,
                },
                Err(error) => {
                    shape = shape.and(Err(error));
                    continue;
                }
            };
            *place = Some(member.value);
        }
        let id = found.id.clone().and_then(|range| text.get(range));
        let has_id = matches!(id, Some([b'"' | b'-' | b'0'..=b'9' | b'n', ..]));
        let addressee = match (id, &found) {
            (Some(b"null"), _) => Addressee::Unknown,
            (Some(id), _) if has_id => Addressee::Id(id),
            (
                None,
                Members {
                    method: Some(_), ..
                },
            ) => Addressee::Nobody,
            _ => Addressee::Unknown,
        };
        let is_response =
            found.method.is_none() && (found.result.is_some() || found.error.is_some());
        let addressee = if is_response {
            Addressee::Nobody
        } else {
            addressee
        };
        let has_look_alike = shape.is_err() && text.first() == Some(&b'{');
        let has_payload = found.result.is_some() || found.error.is_some();
        let may_be_response = has_look_alike || found.id.is_some() && has_payload;
        shape
            .and_then(|()| Message::of_members(text, offset, &found, id, has_id))
            .map_err(|error| Malformed {
                error,
                addressee,
                may_be_response,
            })
    }

    fn of_members(
        text: &'w [u8],
        offset: usize,
        found: &Members,
        id: Option<&'w [u8]>,
        has_id: bool,
    ) -> Result<Message<'w>> {
        let string = |range: &Option<Range<usize>>| members::string_at(text, range.clone()?);
        if string(&found.version).as_deref() != Some("2.0") {
            return Err(invalid("member \"jsonrpc\" must be \"2.0\""));
        }
        if id.is_some() && !has_id {
            return Err(invalid("member \"id\" must be a string, a number or null"));
        }
        let method = string(&found.method);
        let (kind, payload) = match (found, &method) {
            (
                Members {
                    method: Some(_), ..
                },
                None,
            ) => return Err(invalid("member \"method\" must be a string")),
            (
                Members {
                    result: None,
                    error: None,
                    ..
                },
                Some(method),
            ) => {
                look_alike::check_method(method)?;
                let kind = match id {
                    Some(_) => Kind::Request,
                    None => Kind::Notification,
                };
                (kind, None)
            }
            (
                Members {
                    result: Some(result),
                    error: None,
                    params: None,
                    ..
                },
                None,
            ) if has_id => (Kind::Response, Some(Payload::Result(result.clone()))),
            (
                Members {
                    result: None,
                    error: Some(error),
                    params: None,
                    ..
                },
                None,
            ) if has_id => (Kind::Response, Some(Payload::Error(error.clone()))),
            _ => {
                return Err(invalid(
                    "it must have a method, or an id and one of result and error",
                ));
            }
        };
        let call = match method.as_deref() {
            Some(TOOLS_CALL) => Some(ToolCall::read(text, found.params.clone())?),
            _ => None,
        };
        Ok(Message {
            text,
            offset,
            kind,
            id,
            method,
            payload,
            call,
        })
    }

    /// The message as it came, without white space around it.
    pub fn text(&self) -> &'w [u8] {
        self.text
    }

    /// Where it stands in the text that was read.
    pub(super) fn place(&self) -> Range<usize> {
        self.offset..self.offset + self.text.len()
    }

    /// What it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The id byte for byte as it came: a JSON string, number or `null`; `None`
    /// in a notification.
    pub fn id(&self) -> Option<&'w [u8]> {
        self.id
    }

    /// The method of a request or a notification.
    pub fn method(&self) -> Option<&str> {
        self.method.as_deref()
    }

    /// What it calls, when its method is `tools/call`.
    pub fn tool_call(&self) -> Option<&ToolCall<'w>> {
        self.call.as_ref()
    }

    /// What a response carries.
    pub(super) fn payload(&self) -> Option<&Payload> {
        self.payload.as_ref()
    }

    /// The id that an answer to this message carries.
    pub fn addressee(&self) -> Addressee<'w> {
        match (self.kind, self.id) {
            (Kind::Request, Some(b"null")) => Addressee::Unknown,
            (Kind::Request, Some(id)) => Addressee::Id(id),
            _ => Addressee::Nobody,
        }
    }
}

/// An error about the shape of a message.
pub(super) fn invalid(detail: impl Into<Cow<'static, str>>) -> Error {
    Error::new(ErrorKind::MessageInvalid, "message", detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Wire<'_> {
        Wire::read(text.as_bytes(), &MessageLimits::default()).unwrap()
    }

    #[test]
    fn every_kind_is_told_by_its_members() {
        for (text, kind, id) in [
            (
                r#"{"jsonrpc":"2.0","id":7,"method":"ping"}"#,
                Kind::Request,
                Some("7"),
            ),
            (
                r#"{"method":"x","id":null,"jsonrpc":"2.0"}"#,
                Kind::Request,
                Some("null"),
            ),
            (
                r#"{"jsonrpc":"2.0","method":"n","params":[1]}"#,
                Kind::Notification,
                None,
            ),
            (
                r#" {"jsonrpc":"2.0","id":"a\u0062","result":{}} "#,
                Kind::Response,
                Some(r#""a\u0062""#),
            ),
            (
                r#"{"jsonrpc":"2.0","id":123456789012345678901234567890,"error":{"code":1}}"#,
                Kind::Response,
                Some("123456789012345678901234567890"),
            ),
        ] {
            let wire = read(text);
            let message = wire.single().unwrap();
            assert_eq!(message.kind(), kind, "{text}");
            assert_eq!(message.id(), id.map(str::as_bytes), "{text}");
            assert_eq!(message.text(), text.trim().as_bytes());
        }
    }

    #[test]
    fn a_batch_is_read_element_by_element() {
        let wire =
            read(r#"[ {"jsonrpc":"2.0","method":"n"} ,1, {"jsonrpc":"2.0","id":1,"method":"m"}]"#);
        assert!(wire.is_batch());
        let messages = wire.messages();
        assert_eq!(messages.len(), 3);
        assert_eq!(messages[0].as_ref().unwrap().kind(), Kind::Notification);
        let malformed = messages[1].as_ref().unwrap_err();
        assert_eq!(malformed.error.kind(), ErrorKind::MessageInvalid);
        assert_eq!(malformed.addressee, Addressee::Unknown);
        assert_eq!(messages[2].as_ref().unwrap().id(), Some(b"1".as_slice()));
        assert_eq!(wire.single().unwrap_err().kind(), ErrorKind::MessageInvalid);
    }

    #[test]
    fn batches_are_bounded() {
        let limits = MessageLimits {
            max_batch: 2,
            ..MessageLimits::default()
        };
        assert!(Wire::read(b"[1,2]", &limits).is_ok());
        let kind = |text: &[u8]| Wire::read(text, &limits).err().map(|error| error.kind());
        assert_eq!(kind(b"[1,2,3]"), Some(ErrorKind::TooLarge));
        assert_eq!(kind(b"[]"), Some(ErrorKind::MessageInvalid));
    }

    #[test]
    fn where_no_batches_are_taken_none_is_however_short() {
        let limits = MessageLimits {
            max_batch: 0,
            ..MessageLimits::default()
        };
        let request = br#"{"jsonrpc":"2.0","id":1,"method":"m"}"#;
        assert!(Wire::read(request, &limits).is_ok());
        for batch in [b"[]".to_vec(), [b"[", &request[..], b"]"].concat()] {
            let refused = Wire::read(&batch, &limits).err().unwrap();
            assert_eq!(refused.kind(), ErrorKind::MessageInvalid);
        }
    }

    #[test]
    fn who_is_told_of_a_refusal() {
        for (text, addressee) in [
            ("1", Addressee::Unknown),
            (r#"{"foo":1}"#, Addressee::Unknown),
            (r#"{"id":1,"method":"m"}"#, Addressee::Id(b"1")),
            (r#"{"method":"m"}"#, Addressee::Nobody),
            (
                r#"{"jsonrpc":"2.0","id":{},"method":"m"}"#,
                Addressee::Unknown,
            ),
            (
                r#"{"jsonrpc":"2.0","id":"x","method":1}"#,
                Addressee::Id(b"\"x\""),
            ),
            (
                r#"{"jsonrpc":"2.0","id":1,"result":1,"error":1}"#,
                Addressee::Nobody,
            ),
            (
                r#"{"jsonrpc":"2.0","id":1,"result":1,"method":"m"}"#,
                Addressee::Id(b"1"),
            ),
            (
                r#"{"jsonrpc":"2.0","ID":1,"method":"m"}"#,
                Addressee::Nobody,
            ),
        ] {
            let wire = read(text);
            let malformed = wire.messages().pop().unwrap().unwrap_err();
            assert_eq!(malformed.addressee, addressee, "{text}");
        }
    }
}
