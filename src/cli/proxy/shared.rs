//! What the threads of the proxy share: the ways in and out, the evidence, what is
//! open, and what has been counted.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use signet::Error;
use signet::encoding::rfc3339::Instant;
use signet::mcp::OpenRequests;

use crate::proxy::keeper::Keeper;
use crate::proxy::notices::Notices;
use crate::proxy::outlet::Outlet;
use crate::proxy::requests::ServerInput;

/// How long a request may be open.
const MAX_OPEN_MILLIS: i64 = 30 * 60 * 1000;

/// What all parts of the proxy share.
#[derive(Debug)]
pub struct Shared {
    /// Standard error.
    pub notices: Notices,
    /// Where evidence goes.
    pub keeper: Keeper,
    /// What waits for its response.
    pub open: Arc<OpenRequests>,
    /// The way to the client.
    pub outlet: Outlet,
    /// The way to the server.
    pub input: ServerInput,
    clock: fn() -> Instant,
    signed: AtomicU64,
    co_signed: AtomicU64,
    progress: AtomicU64,
    /// Whether a response went through that could not be read.
    has_unread: AtomicBool,
    /// Whether storing failed the last time.
    is_failing: AtomicBool,
}

impl Shared {
    /// With nothing done so far.
    pub fn new(
        notices: Notices,
        keeper: Keeper,
        open: Arc<OpenRequests>,
        input: ServerInput,
        clock: fn() -> Instant,
    ) -> Shared {
        Shared {
            notices,
            keeper,
            open,
            outlet: Outlet::default(),
            input,
            clock,
            signed: AtomicU64::new(0),
            co_signed: AtomicU64::new(0),
            progress: AtomicU64::new(0),
            has_unread: AtomicBool::new(false),
            is_failing: AtomicBool::new(false),
        }
    }

    /// The time.
    pub fn now(&self) -> Instant {
        (self.clock)()
    }

    /// Forgets requests that nobody has answered for too long.
    pub fn expire(&self) {
        let expired = self.open.expire(self.now().plus_millis(-MAX_OPEN_MILLIS));
        if !expired.is_empty() {
            self.notices.say(
                "warning",
                format!(
                    "{} requests had no response in 30 minutes; later ones will not be co-signed",
                    expired.len()
                ),
            );
        }
    }

    /// A call went on.
    pub fn count_signed(&self) {
        self.signed.fetch_add(1, Ordering::Relaxed);
    }

    /// Responses were co-signed.
    pub fn count_co_signed(&self, count: usize) {
        self.co_signed.fetch_add(count as u64, Ordering::Relaxed);
    }

    /// Output of the server has come.
    pub fn made_progress(&self) {
        self.progress.fetch_add(1, Ordering::Relaxed);
    }

    /// A number that grows with the output of the server.
    pub fn progress(&self) -> u64 {
        self.progress.load(Ordering::Relaxed)
    }

    /// What was signed, in words.
    pub fn tally(&self) -> String {
        format!(
            "{} signed, {} co-signed",
            self.signed.load(Ordering::Relaxed),
            self.co_signed.load(Ordering::Relaxed)
        )
    }

    /// Whether a response went through that may have been to anything.
    pub fn has_unread(&self) -> bool {
        self.has_unread.load(Ordering::Relaxed)
    }

    /// A response goes through that may be to anything.
    pub fn unread_response(&self, why: &str) {
        self.has_unread.store(true, Ordering::Relaxed);
        self.notices.say(
            "warning",
            format!("a line of the server went on unsigned, because it cannot be read: {why}"),
        );
    }

    /// Something went through that some client may take for the response to any of
    /// the open calls.
    pub fn doubt_open_calls(&self) {
        let calls = self.open.doubt_all();
        if calls > 0 {
            self.notices.say(
                "warning",
                format!(
                    "it may have answered {calls} open calls, whose responses will go on unsigned"
                ),
            );
        }
    }

    /// Evidence could not be stored. Said once, until it can be again.
    pub fn storage_failed(&self, of: &str, error: &Error) {
        let text = || format!("the evidence of a {of} could not be stored: {error}");
        match self.is_failing.swap(true, Ordering::Relaxed) {
            false => self.notices.say("storage", text()),
            true => self.notices.detail("storage", text),
        }
    }

    /// Evidence has been stored.
    pub fn storage_works(&self) {
        if self.is_failing.swap(false, Ordering::Relaxed) {
            self.notices.say("storage", "evidence can be stored again");
        }
    }
}
