//! From the client to the server: every line goes through the gate.

use std::io::{Read, Write};
use std::process::ChildStdin;
use std::sync::{Mutex, MutexGuard, PoisonError};

use signet::mcp::{Gate, Ruling, Verdict, refusal};
use signet::receipt::Field;
use signet::{Error, ErrorKind};

use crate::proxy::lines::{Lines, Piece, is_blank};
use crate::proxy::session::Event;
use crate::proxy::shared::Shared;

/// The server's standard input, which whoever ends the session closes.
#[derive(Debug)]
pub struct ServerInput(Mutex<Option<ChildStdin>>);

impl ServerInput {
    /// Of a server.
    pub fn new(input: Option<ChildStdin>) -> ServerInput {
        ServerInput(Mutex::new(input))
    }

    /// Closes it, unless a write is stuck in it.
    pub fn close(&self) {
        if let Ok(mut input) = self.0.try_lock() {
            input.take();
        }
    }

    fn write(&self, bytes: &[u8]) -> std::io::Result<()> {
        match self.lock().as_mut() {
            Some(input) => input.write_all(bytes),
            None => Err(std::io::ErrorKind::BrokenPipe.into()),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<ChildStdin>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Passes on what the client says until it stops or the server hears no more.
pub fn pass(source: impl Read, gate: &Gate, shared: &Shared) -> Event {
    let limit = gate.options().limits.max_len;
    let mut lines = Lines::new(source, limit);
    loop {
        let pieces = match lines.next_portion() {
            Ok(Some(pieces)) => pieces,
            Ok(None) => break,
            Err(error) => {
                shared
                    .notices
                    .say("client", format!("the client cannot be read: {error}"));
                break;
            }
        };
        shared.expire();
        let mut to_server = Vec::new();
        let mut to_client = Vec::new();
        let texts: Vec<&[u8]> = pieces.iter().filter_map(message_of).collect();
        let mut verdicts = gate
            .judge_many(&texts, shared.now(), &shared.keeper)
            .into_iter();
        for piece in &pieces {
            match piece {
                Piece::Line { text, ended } if is_blank(text) => {
                    push_line(&mut to_server, text, *ended);
                }
                Piece::Line { ended, .. } => {
                    // A verdict for each; without one nothing goes on.
                    let Some(verdict) = verdicts.next() else {
                        break;
                    };
                    report(&verdict, shared);
                    if let Some(forward) = &verdict.forward {
                        push_line(&mut to_server, forward, *ended);
                    }
                    if let Some(answer) = &verdict.answer {
                        push_line(&mut to_client, answer, true);
                    }
                }
                Piece::LongPart(_) => {}
                Piece::LongEnd { .. } => {
                    let error = Error::new(
                        ErrorKind::TooLarge,
                        "message",
                        format!("more bytes than the limit of {limit}"),
                    );
                    shared.notices.say("refused", format!("refused: {error}"));
                    push_line(&mut to_client, &refusal(&error), true);
                }
            }
        }
        if !to_client.is_empty() {
            shared.outlet.say(to_client);
        }
        if !to_server.is_empty() && shared.input.write(&to_server).is_err() {
            return Event::ServerDeaf;
        }
    }
    shared.input.lock().take();
    Event::ClientSilent
}

fn message_of(piece: &Piece) -> Option<&[u8]> {
    match piece {
        Piece::Line { text, .. } if !is_blank(text) => Some(text),
        _ => None,
    }
}

fn push_line(out: &mut Vec<u8>, text: &[u8], ended: bool) {
    out.extend_from_slice(text);
    if ended {
        out.push(b'\n');
    }
}

fn report(verdict: &Verdict, shared: &Shared) {
    if let Some(error) = &verdict.storage_error {
        shared.storage_failed("call", error);
    }
    for message in &verdict.messages {
        match (&message.call, &message.error) {
            (Some(call), _) => {
                shared.count_signed();
                if verdict.storage_error.is_none() {
                    shared.storage_works();
                }
                let receipt = call.receipt();
                shared.notices.detail("signed", || {
                    let text = |field| receipt.text(field).unwrap_or_default();
                    format!("signed: {} ({})", text(Field::Tool), text(Field::Id))
                });
            }
            (None, Some(error)) => {
                let (event, word) = match message.ruling {
                    Ruling::AskHuman => ("approval", "needs approval"),
                    _ => ("refused", "refused"),
                };
                let reason = message.evaluation.as_ref();
                let reason = reason.map(|evaluation| evaluation.reason.as_str());
                match (error.kind(), reason) {
                    // The cause was said.
                    (ErrorKind::EvidenceNotStored, _) => {}
                    (ErrorKind::PolicyDenied | ErrorKind::ApprovalRequired, Some(reason)) => {
                        shared.notices.say(event, format!("{word}: {reason}"));
                    }
                    _ => shared.notices.say(event, format!("{word}: {error}")),
                }
            }
            (None, None) => {}
        }
    }
}
