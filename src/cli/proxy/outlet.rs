//! The way back to the client: one writer, whoever has something to say.
//!
//! Responses of the server and answers of the proxy meet here and never mix
//! within a line. What waits is bounded: whoever brings more waits too, and only
//! that one.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How much may wait to be written, besides the line that goes over it.
const MAX_WAITING: usize = 4 << 20;

/// A queue of output with one writer.
#[derive(Debug, Default)]
pub struct Outlet {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    ready: VecDeque<Vec<u8>>,
    /// Whole lines that came in the middle of one that comes in parts.
    held: VecDeque<Vec<u8>>,
    waiting: usize,
    in_parts: bool,
    /// Whether what was said last had no line end.
    unended: bool,
    closed: bool,
    gone: bool,
}

impl Outlet {
    /// Says whole lines, each with its end. After a text without one they begin
    /// a new line.
    pub fn say(&self, lines: Vec<u8>) {
        let mut state = self.room();
        match state.in_parts {
            true => state.hold(lines),
            false => state.ready(lines),
        }
        self.changed.notify_all();
    }

    /// Says the next part of a line.
    pub fn say_part(&self, part: Vec<u8>) {
        let mut state = self.room();
        state.in_parts = true;
        state.ready(part);
        self.changed.notify_all();
    }

    /// The line that came in parts is over.
    pub fn end_parts(&self) {
        let mut state = self.state();
        state.in_parts = false;
        let held = std::mem::take(&mut state.held);
        for lines in held {
            state.waiting = state.waiting.saturating_sub(lines.len());
            state.ready(lines);
        }
        self.changed.notify_all();
    }

    /// Nothing more will be said.
    pub fn close(&self) {
        self.end_parts();
        self.state().closed = true;
        self.changed.notify_all();
    }

    /// Whether everything has been written, or never will be.
    pub fn is_drained(&self) -> bool {
        let state = self.state();
        state.gone || state.waiting == 0
    }

    /// Writes until [`Outlet::close`]. An error means that nobody reads; then
    /// whatever is said vanishes.
    pub fn run(&self, mut out: impl Write) -> io::Result<()> {
        loop {
            let lines = {
                let mut state = self.state();
                loop {
                    if !state.ready.is_empty() {
                        break;
                    }
                    if state.closed {
                        return Ok(());
                    }
                    state = self.wait(state);
                }
                std::mem::take(&mut state.ready)
            };
            for text in lines {
                let written = write_all(&mut out, &text);
                let mut state = self.state();
                state.waiting = state.waiting.saturating_sub(text.len());
                if let Err(error) = written {
                    state.gone = true;
                    state.ready.clear();
                    state.held.clear();
                    state.waiting = 0;
                    self.changed.notify_all();
                    return Err(error);
                }
                self.changed.notify_all();
            }
        }
    }

    fn room(&self) -> MutexGuard<'_, State> {
        let mut state = self.state();
        while state.waiting > MAX_WAITING && !state.gone {
            state = self.wait(state);
        }
        state
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        self.changed
            .wait(state)
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn ready(&mut self, mut text: Vec<u8>) {
        if self.gone || text.is_empty() {
            return;
        }
        if self.unended && !self.in_parts {
            text.insert(0, b'\n');
        }
        self.unended = text.last() != Some(&b'\n');
        self.waiting = self.waiting.saturating_add(text.len());
        self.ready.push_back(text);
    }

    fn hold(&mut self, text: Vec<u8>) {
        if !self.gone {
            self.waiting = self.waiting.saturating_add(text.len());
            self.held.push_back(text);
        }
    }
}

/// Writes everything, also where somebody has made the pipe non-blocking.
fn write_all(out: &mut impl Write, mut text: &[u8]) -> io::Result<()> {
    while !text.is_empty() {
        match out.write(text) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(count) => text = text.get(count..).unwrap_or(&[]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                std::thread::sleep(Duration::from_millis(1));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(say: impl FnOnce(&Outlet)) -> String {
        let outlet = Outlet::default();
        say(&outlet);
        outlet.close();
        let mut out = Vec::new();
        outlet.run(&mut out).unwrap();
        assert!(outlet.is_drained());
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn lines_wait_for_the_end_of_one_that_comes_in_parts() {
        let text = written(|outlet| {
            outlet.say(b"a\n".to_vec());
            outlet.say_part(b"lo".to_vec());
            outlet.say(b"b\n".to_vec());
            outlet.say_part(b"ng".to_vec());
            outlet.say_part(b"\n".to_vec());
            outlet.end_parts();
            outlet.say(b"c\n".to_vec());
        });
        assert_eq!(text, "a\nlong\nb\nc\n");
    }

    #[test]
    fn after_half_a_line_a_new_one_begins() {
        let text = written(|outlet| {
            outlet.say(b"half".to_vec());
            outlet.say(b"a\n".to_vec());
            outlet.say_part(b"lo".to_vec());
            outlet.say(b"b\n".to_vec());
        });
        assert_eq!(text, "half\na\nlo\nb\n");
    }

    #[test]
    fn when_nobody_reads_nobody_waits() {
        struct Gone;
        impl Write for Gone {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let outlet = Outlet::default();
        outlet.say(b"a\n".to_vec());
        assert!(outlet.run(Gone).is_err());
        for _ in 0..20 {
            outlet.say(vec![b'x'; 1 << 20]);
        }
        assert!(outlet.is_drained());
    }
}
