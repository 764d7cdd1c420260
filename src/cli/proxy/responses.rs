//! From the server to the client: every line goes on as it came, and what answers
//! an open call is co-signed first.

use std::io::Read;
use std::sync::Arc;

use signet::identity::KeyPair;
use signet::mcp::{
    Kind, Message, MessageLimits, OpenCall, ResponseOptions, Wire, witness_response,
};
use signet::receipt::{Field, Receipt};

use crate::proxy::lines::{Lines, Piece, is_blank};
use crate::proxy::shared::Shared;

/// The name under which responses are co-signed.
pub const SERVER_NAME: &str = "signet-proxy";

/// Co-signs responses.
#[derive(Debug)]
pub struct Witness {
    /// With this key.
    pub key: Arc<KeyPair>,
    /// The largest messages that are read.
    pub limits: MessageLimits,
}

/// Passes on what the server says until it stops.
pub fn pass(source: impl Read, witness: &Witness, shared: &Shared) {
    let mut lines = Lines::new(source, witness.limits.max_len);
    loop {
        let pieces = match lines.next_portion() {
            Ok(Some(pieces)) => pieces,
            Ok(None) => return,
            Err(error) => {
                shared
                    .notices
                    .say("server", format!("the server cannot be read: {error}"));
                return;
            }
        };
        shared.made_progress();
        let mut receipts = Vec::new();
        for piece in &pieces {
            match piece {
                Piece::Line { text, .. } if !is_blank(text) => {
                    witness.look_at(text, shared, &mut receipts);
                }
                Piece::LongEnd { .. } => {
                    shared.unread_response("longer than a message may be");
                    shared.doubt_open_calls();
                }
                _ => {}
            }
        }
        witness.keep(&receipts, shared);
        pass_on(pieces, shared);
    }
}

/// Hands the pieces to the client, whole lines of one portion at once.
fn pass_on(pieces: Vec<Piece>, shared: &Shared) {
    let mut whole = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Line { text, ended } => {
                whole.extend_from_slice(&text);
                if ended {
                    whole.push(b'\n');
                }
                continue;
            }
            other => {
                if !whole.is_empty() {
                    shared.outlet.say(std::mem::take(&mut whole));
                }
                match other {
                    Piece::LongPart(part) => shared.outlet.say_part(part),
                    Piece::LongEnd { ended } => {
                        if ended {
                            shared.outlet.say_part(b"\n".to_vec());
                        }
                        shared.outlet.end_parts();
                    }
                    Piece::Line { .. } => {}
                }
            }
        }
    }
    if !whole.is_empty() {
        shared.outlet.say(whole);
    }
}

fn tool_of(call: &OpenCall) -> &str {
    call.receipt().text(Field::Tool).unwrap_or_default()
}

/// Whether some reader of JSON may find a message in the text. What servers print
/// by mistake seldom looks like one.
fn may_be_json(text: &[u8]) -> bool {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let mut letters = text.iter().filter(|byte| !byte.is_ascii_whitespace());
    match letters.next() {
        Some(b'{') => true,
        // A log line may well begin with a word in brackets.
        Some(b'[') => matches!(letters.next(), Some(b'{' | b'[')),
        _ => false,
    }
}

impl Witness {
    /// Stores what was signed. The responses go on whatever comes of it: the
    /// calls have been made, and who does not hear so makes them again.
    pub fn keep(&self, receipts: &[Receipt], shared: &Shared) {
        if receipts.is_empty() {
            return;
        }
        shared.count_co_signed(receipts.len());
        if let Err(error) = shared.keeper.keep_responses(receipts) {
            shared.storage_failed("response", &error);
        }
    }

    /// Signs what answers open calls.
    fn look_at(&self, text: &[u8], shared: &Shared, receipts: &mut Vec<Receipt>) {
        let wire = match Wire::read(text, &self.limits) {
            Ok(wire) => wire,
            Err(error) => {
                shared.unread_response(error.detail());
                if may_be_json(text) {
                    shared.doubt_open_calls();
                }
                return;
            }
        };
        for message in wire.messages() {
            let message = match message {
                Ok(message) => message,
                Err(malformed) => {
                    if malformed.may_be_response {
                        shared.unread_response(malformed.error.detail());
                        shared.doubt_open_calls();
                    }
                    continue;
                }
            };
            let (Kind::Response, Some(id)) = (message.kind(), message.id()) else {
                continue;
            };
            let Some(request) = shared.open.answered(id) else {
                shared.notices.say(
                    "warning",
                    "a response of the server went on unsigned, because nothing was asked with its id",
                );
                continue;
            };
            match request.call {
                Some(call) if request.is_in_doubt => shared.notices.say(
                    "warning",
                    format!(
                        "the response of {} went on unsigned: another may have come before it",
                        tool_of(&call)
                    ),
                ),
                Some(call) => receipts.extend(self.sign(&call, &message, shared)),
                None => {}
            }
        }
    }

    /// Signs one response.
    pub fn sign(&self, call: &OpenCall, message: &Message<'_>, shared: &Shared) -> Option<Receipt> {
        let options = ResponseOptions {
            server_name: SERVER_NAME,
            outcome: None,
            time: Some(shared.now()),
            limits: self.limits,
        };
        let tool = || tool_of(call);
        match witness_response(&self.key, call, message, &options) {
            Ok(receipt) => {
                shared.notices.detail("co_signed", || {
                    let id = receipt.text(Field::Id).unwrap_or_default();
                    format!("co-signed: {} ({id})", tool())
                });
                Some(receipt)
            }
            Err(error) => {
                shared.notices.say(
                    "warning",
                    format!("the response of {} could not be signed: {error}", tool()),
                );
                None
            }
        }
    }
}
