//! What the proxy says about itself, on standard error.
//!
//! It must never hold up the traffic: a client that does not read standard error
//! fills its pipe, and whoever writes there then waits for ever. So a thread of
//! its own writes, and what it cannot keep up with is counted and dropped.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use crate::terminal::comment;
use crate::terminal::plain;

/// How many notices may wait.
const MAX_WAITING: usize = 1024;

/// How long to wait for the last notices to be written.
const PATIENCE: Duration = Duration::from_secs(1);

/// Where to say things.
#[derive(Debug)]
pub struct Notices {
    json: bool,
    verbose: bool,
    queue: SyncSender<Option<String>>,
    dropped: AtomicU64,
    done: std::sync::Mutex<Receiver<()>>,
}

impl Notices {
    /// Starts the writer; in JSON lines if asked.
    pub fn start(json: bool, verbose: bool) -> Notices {
        let (queue, waiting) = sync_channel::<Option<String>>(MAX_WAITING);
        let (done_sender, done) = sync_channel(1);
        std::thread::spawn(move || {
            while let Ok(Some(line)) = waiting.recv() {
                comment(line);
            }
            let _ = done_sender.send(());
        });
        Notices {
            json,
            verbose,
            queue,
            dropped: AtomicU64::new(0),
            done: std::sync::Mutex::new(done),
        }
    }

    /// Says something. The event is a stable word for programs.
    pub fn say(&self, event: &'static str, text: impl AsRef<str>) {
        let line = match self.json {
            true => serde_json::json!({ "event": event, "message": text.as_ref() }).to_string(),
            false => format!("[signet proxy] {}", plain(text.as_ref())),
        };
        if self.queue.try_send(Some(line)).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Says something about a single call that went well, where that was asked
    /// for.
    pub fn detail(&self, event: &'static str, text: impl FnOnce() -> String) {
        if self.verbose {
            self.say(event, text());
        }
    }

    /// Has everything written that was said, if somebody reads it.
    pub fn finish(&self) {
        let dropped = self.dropped.load(Ordering::Relaxed);
        if dropped > 0 {
            self.say(
                "dropped",
                format!("{dropped} lines like these were dropped"),
            );
        }
        // A full queue means that nobody reads.
        if self.queue.try_send(None).is_ok()
            && let Ok(done) = self.done.lock()
        {
            let _ = done.recv_timeout(PATIENCE);
        }
    }
}
