//! The stdio transport: a message a line, read as strictly as everything that is
//! signed.
//!
//! The SDK keeps arguments as a tree of JSON values, which rounds numbers and knows
//! nothing of how they were written. They therefore pass through it as their own text,
//! in the one member [`TEXT`], and the tools read that.

use std::borrow::Cow;
use std::io::{self, BufRead, Read, Write};

use rmcp::RoleServer;
use rmcp::model::{ErrorCode, ErrorData, JsonRpcMessage};
use rmcp::service::{RxJsonRpcMessage, TxJsonRpcMessage};
use rmcp::transport::Transport;
use serde_json::{Value, json};
use signet::Error;
use signet::mcp::{self, Addressee, Kind, MessageLimits, Wire};
use tokio::sync::mpsc;

/// The member in which the text of the arguments travels through the SDK.
pub const TEXT: &str = "text";

/// How many lines are read ahead of the server.
const READ_AHEAD: usize = 8;

/// Standard input and standard output.
pub struct Stdio {
    lines: mpsc::Receiver<Line>,
    limits: MessageLimits,
}

/// What stood between two line feeds.
enum Line {
    Text(Vec<u8>),
    /// More than a message may be long; it was not kept.
    TooLong,
}

impl Stdio {
    /// Begins to read. The thread ends with the program: a read that is under way
    /// cannot be called off.
    pub fn start() -> Stdio {
        let limits = MessageLimits::default();
        let (sender, lines) = mpsc::channel(READ_AHEAD);
        std::thread::spawn(move || read_lines(io::stdin().lock(), limits.max_len, &sender));
        Stdio { lines, limits }
    }
}

impl Transport<RoleServer> for Stdio {
    type Error = io::Error;

    fn name() -> Cow<'static, str> {
        "stdio".into()
    }

    fn send(
        &mut self,
        message: TxJsonRpcMessage<RoleServer>,
    ) -> impl Future<Output = io::Result<()>> + Send + 'static {
        std::future::ready(write(&message))
    }

    async fn receive(&mut self) -> Option<RxJsonRpcMessage<RoleServer>> {
        loop {
            let answer = match self.lines.recv().await? {
                Line::Text(line) if line.trim_ascii().is_empty() => continue,
                Line::Text(line) => match parse(&line, &self.limits) {
                    Ok(message) => return Some(message),
                    Err(Some(answer)) => answer,
                    Err(None) => continue,
                },
                Line::TooLong => {
                    let limit = self.limits.max_len;
                    let message = format!("message: longer than {limit} bytes");
                    refusal(
                        &message,
                        "too_large",
                        ErrorCode::INVALID_REQUEST,
                        Value::Null,
                    )
                }
            };
            write(&answer).ok()?;
        }
    }

    async fn close(&mut self) -> io::Result<()> {
        self.lines.close();
        Ok(())
    }
}

/// Reads lines until the input ends, or nobody waits for them.
fn read_lines(mut input: impl BufRead, max_len: usize, sender: &mpsc::Sender<Line>) {
    loop {
        let mut line = Vec::new();
        let limit = (max_len as u64).saturating_add(1);
        let whole = match (&mut input).take(limit).read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return,
            Ok(_) => line.ends_with(b"\n"),
        };
        let line = match whole {
            true => Line::Text(line),
            false if line.len() > max_len => match input.skip_until(b'\n') {
                Ok(_) => Line::TooLong,
                Err(_) => return,
            },
            false => Line::Text(line),
        };
        if sender.blocking_send(line).is_err() {
            return;
        }
    }
}

/// The message of a line; otherwise what is answered, if anything is.
fn parse(
    line: &[u8],
    limits: &MessageLimits,
) -> Result<RxJsonRpcMessage<RoleServer>, Option<Value>> {
    let wire = Wire::read(line, limits).map_err(|error| Some(malformed(&error, Value::Null)))?;
    if wire.is_batch() {
        let message = "message: batches are not taken";
        let code = ErrorCode::INVALID_REQUEST;
        return Err(Some(refusal(message, "message_invalid", code, Value::Null)));
    }
    let message = match wire.messages().pop() {
        Some(Ok(message)) => message,
        Some(Err(refused)) => {
            return Err(id_of(refused.addressee).map(|id| malformed(&refused.error, id)));
        }
        None => return Err(None),
    };
    let id = id_of(message.addressee());
    let unusable = || {
        let text = "message: it is none that the protocol knows";
        let refused = |id| refusal(text, "message_invalid", ErrorCode::INVALID_REQUEST, id);
        id.clone().map(refused)
    };
    let mut value: Value = serde_json::from_slice(message.text()).map_err(|_| unusable())?;
    if let Some(call) = message.tool_call() {
        let text = String::from_utf8_lossy(call.arguments().unwrap_or(b"{}"));
        value["params"]["arguments"] = json!({ TEXT: text });
    }
    let read: RxJsonRpcMessage<RoleServer> =
        serde_json::from_value(value).map_err(|_| unusable())?;
    // An id that the SDK cannot take would make a notification of a request.
    match (message.kind(), &read) {
        (Kind::Request, JsonRpcMessage::Request(_)) => Ok(read),
        (Kind::Request, _) => Err(unusable()),
        _ => Ok(read),
    }
}

fn id_of(addressee: Addressee<'_>) -> Option<Value> {
    match addressee {
        Addressee::Id(id) => Some(serde_json::from_slice(id).unwrap_or(Value::Null)),
        Addressee::Unknown => Some(Value::Null),
        Addressee::Nobody => None,
    }
}

fn malformed(error: &Error, id: Value) -> Value {
    let code = match error.kind() {
        signet::ErrorKind::MessageInvalid | signet::ErrorKind::TooLarge => mcp::INVALID_REQUEST,
        _ => mcp::PARSE_ERROR,
    };
    refusal(
        &error.to_string(),
        &error.kind().code(),
        ErrorCode(code),
        id,
    )
}

fn refusal(message: &str, code: &str, number: ErrorCode, id: Value) -> Value {
    let error = ErrorData::new(number, message.to_owned(), Some(json!({ "code": code })));
    json!({ "jsonrpc": "2.0", "id": id, "error": error })
}

/// Writes a message and its line feed at once. The lock keeps lines whole.
fn write(message: &impl serde::Serialize) -> io::Result<()> {
    let mut line = serde_json::to_vec(message)?;
    line.push(b'\n');
    let mut out = io::stdout().lock();
    out.write_all(&line)?;
    out.flush()
}
