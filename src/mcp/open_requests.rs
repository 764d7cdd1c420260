//! The requests that wait for their response, by id.
//!
//! A response names the request that it answers by its id alone. While two
//! requests with one id are under way, nobody can tell which of them a response
//! is to, and evidence would be bound to the wrong one. So an id that is open
//! is not opened again, whatever the methods are.
//!
//! A client takes the first response that it can read. A server that answers before
//! it was asked, or in a way that only some readers read, could thus tell the client
//! one thing and have another in evidence. Requests to which something may have been
//! said before are therefore in doubt, and their responses no evidence.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::encoding::jcs::{self, Limits};
use crate::encoding::rfc3339::Instant;
use crate::error::{Error, ErrorKind, Result};
use crate::mcp::message::{Kind, Message, invalid};
use crate::mcp::open_call::OpenCall;

/// How many requests may be open unless the caller says otherwise.
pub const DEFAULT_MAX_OPEN: usize = 65_536;

/// How many bytes the messages of open requests may have together: a call is kept
/// until it is answered, and whoever never answers must not fill the memory.
const MAX_OPEN_LEN: usize = 256 << 20;

/// How many responses to nothing are remembered. After more every request is in
/// doubt.
const MAX_UNASKED: usize = 65_536;

/// A request that nobody has answered.
#[derive(Clone, Debug)]
pub struct Unanswered {
    /// Its id, byte for byte as it came: a JSON string or number.
    pub id: Vec<u8>,
    /// The call, where it was one of a tool that a gate let through.
    pub call: Option<OpenCall>,
    /// Whether something else may have answered it before: then nobody can tell
    /// which of the two the client took for the response.
    pub is_in_doubt: bool,
}

/// The open requests of one connection. A gate that has it in its options adds
/// to it what it forwards; whoever sees the responses takes from it.
#[derive(Debug)]
pub struct OpenRequests {
    max: usize,
    max_len: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    by_id: HashMap<Vec<u8>, Open>,
    /// The keys of `by_id` in the order in which they were opened.
    by_age: BTreeMap<u64, Vec<u8>>,
    next: u64,
    /// The length of all messages that are open.
    len: usize,
    closed: bool,
    /// What was answered and not asked.
    unasked: HashSet<Vec<u8>>,
    /// Whether some of that had a text for its id, or a number: there are clients
    /// to which `"1"` and `1` are the same.
    unasked_text: bool,
    unasked_number: bool,
    /// Whether more was answered than could be remembered.
    unasked_too_often: bool,
}

#[derive(Debug)]
struct Open {
    number: u64,
    len: usize,
    since: Instant,
    /// Whether it goes on, so that it can have been answered.
    goes_on: bool,
    request: Unanswered,
}

impl Default for OpenRequests {
    fn default() -> OpenRequests {
        OpenRequests::new(DEFAULT_MAX_OPEN)
    }
}

impl OpenRequests {
    /// None yet, and never more than `max`.
    pub fn new(max: usize) -> OpenRequests {
        OpenRequests {
            max,
            max_len: MAX_OPEN_LEN,
            state: Mutex::default(),
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.state().by_id.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Takes out the request that a response with this id answers; `None` when
    /// there is none, or none that has gone on, which leaves requests that it may
    /// pass for an answer to in doubt. The id is JSON text, and compared by value:
    /// `1.0` is `1`.
    pub fn answered(&self, id: &[u8]) -> Option<Unanswered> {
        let key = key_of(id)?;
        let mut state = self.state();
        if state.by_id.get(&key).is_some_and(|open| open.goes_on) {
            return state.take(&key);
        }
        state.answered_unasked(key);
        None
    }

    /// Leaves all requests in doubt that are open, because something was said that
    /// cannot be read here and may be an answer to any of them. Answers how many
    /// calls of tools were not in doubt before.
    pub fn doubt_all(&self) -> usize {
        let mut state = self.state();
        let mut calls = 0;
        for open in state.by_id.values_mut() {
            let was_in_doubt = std::mem::replace(&mut open.request.is_in_doubt, true);
            if !was_in_doubt && open.request.call.is_some() {
                calls += 1;
            }
        }
        calls
    }

    /// Takes out all that have been open since before `start`, the oldest first.
    /// Responses that come to them after all belong to nothing.
    pub fn expire(&self, start: Instant) -> Vec<Unanswered> {
        let mut state = self.state();
        let mut expired = Vec::new();
        while let Some((number, key)) = state.by_age.first_key_value() {
            let (number, key) = (*number, key.clone());
            let is_old = |open: &Open| open.since.millis_until(start) > 0;
            if state.by_id.get(&key).is_some_and(|open| !is_old(open)) {
                break;
            }
            expired.extend(state.take(&key));
            state.by_age.remove(&number);
        }
        expired
    }

    /// Takes out all, the oldest first. From here on every request is refused,
    /// because there is nobody left to answer it.
    pub fn close(&self) -> Vec<Unanswered> {
        let mut state = self.state();
        state.closed = true;
        let keys = std::mem::take(&mut state.by_age);
        let mut by_id = std::mem::take(&mut state.by_id);
        state.len = 0;
        keys.values()
            .filter_map(|key| Some(by_id.remove(key)?.request))
            .collect()
    }

    /// Opens a request; answers whether it did, which it does not for what is
    /// never answered. [`ErrorKind::MessageInvalid`] for an id that is open,
    /// [`ErrorKind::TooLarge`] when there are too many, [`ErrorKind::Stopped`]
    /// after [`OpenRequests::close`].
    pub(super) fn open(&self, message: &Message<'_>, now: Instant) -> Result<bool> {
        let mut state = self.state();
        if state.closed && message.kind() != Kind::Response {
            return Err(Error::new(
                ErrorKind::Stopped,
                "message",
                "the server has ended",
            ));
        }
        let (Kind::Request, Some(id)) = (message.kind(), message.id()) else {
            return Ok(false);
        };
        let Some(key) = key_of(id) else {
            return Ok(false);
        };
        if state.by_id.contains_key(&key) {
            return Err(invalid("a request with this id is still open"));
        }
        if state.by_id.len() >= self.max {
            return Err(Error::new(
                ErrorKind::TooLarge,
                "message",
                format!("{} requests wait for their responses already", self.max),
            ));
        }
        let len = state.len.saturating_add(message.text().len());
        if len > self.max_len {
            return Err(Error::new(
                ErrorKind::TooLarge,
                "message",
                format!(
                    "requests of {} bytes wait for their responses already",
                    state.len
                ),
            ));
        }
        state.len = len;
        let number = state.next;
        state.next = number.saturating_add(1);
        state.by_age.insert(number, key.clone());
        let request = Unanswered {
            id: id.to_vec(),
            call: None,
            is_in_doubt: state.is_in_doubt(&key),
        };
        state.by_id.insert(
            key,
            Open {
                number,
                len: message.text().len(),
                since: now,
                goes_on: false,
                request,
            },
        );
        Ok(true)
    }

    /// Says that an open request goes on, and which call it is.
    pub(super) fn goes_on(&self, id: &[u8], call: Option<&OpenCall>) {
        let Some(key) = key_of(id) else {
            return;
        };
        if let Some(open) = self.state().by_id.get_mut(&key) {
            open.goes_on = true;
            open.request.call = call.cloned();
        }
    }

    /// Takes out a request that does not go on after all.
    pub(super) fn stays(&self, id: &[u8]) {
        if let Some(key) = key_of(id) {
            self.state().take(&key);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere leaves entries behind that are still right.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn take(&mut self, key: &[u8]) -> Option<Unanswered> {
        let open = self.by_id.remove(key)?;
        self.by_age.remove(&open.number);
        self.len = self.len.saturating_sub(open.len);
        Some(open.request)
    }

    fn answered_unasked(&mut self, key: Vec<u8>) {
        let is_text = is_text(&key);
        for (other, open) in &mut self.by_id {
            open.request.is_in_doubt |= *other == key || self::is_text(other) != is_text;
        }
        match is_text {
            true => self.unasked_text = true,
            false => self.unasked_number = true,
        }
        match self.unasked.len() < MAX_UNASKED {
            true => drop(self.unasked.insert(key)),
            false => self.unasked_too_often = true,
        }
    }

    /// Whether a request that is opened now may have been answered already.
    fn is_in_doubt(&mut self, key: &[u8]) -> bool {
        let by_others = match is_text(key) {
            true => self.unasked_number,
            false => self.unasked_text,
        };
        self.unasked.remove(key) | by_others | self.unasked_too_often
    }
}

fn is_text(key: &[u8]) -> bool {
    key.first() == Some(&b'"')
}

/// What equal ids have in common; `None` for `null`, which is nobody's.
fn key_of(id: &[u8]) -> Option<Vec<u8>> {
    match id {
        b"null" => None,
        _ => jcs::comparable(id, &Limits::default()).ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mcp::message::{MessageLimits, Wire};

    fn now() -> Instant {
        Instant::parse("2026-01-02T03:04:05.678Z").unwrap()
    }

    fn open(requests: &OpenRequests, text: &str, at: Instant) -> Result<bool> {
        let wire = Wire::read(text.as_bytes(), &MessageLimits::default()).unwrap();
        requests.open(&wire.single().unwrap(), at)
    }

    /// Opens a request that goes on.
    fn pass(requests: &OpenRequests, id: &str, at: Instant) {
        assert!(open(requests, &request(id), at).unwrap());
        requests.goes_on(id.as_bytes(), None);
    }

    fn request(id: &str) -> String {
        format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"ping"}}"#)
    }

    #[test]
    fn an_id_is_open_once_however_it_is_spelled() {
        let requests = OpenRequests::default();
        assert!(open(&requests, &request("1"), now()).unwrap());
        for same in ["1", "1.0", "10e-1"] {
            let error = open(&requests, &request(same), now()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::MessageInvalid, "{same}");
        }
        for other in ["\"1\"", "9007199254740992", "9007199254740993"] {
            assert!(open(&requests, &request(other), now()).unwrap(), "{other}");
        }
        assert_eq!(requests.len(), 4);
        requests.goes_on(b"1", None);
        assert_eq!(requests.answered(b"1.0").unwrap().id, b"1");
        assert!(requests.answered(b"1").is_none());
        assert!(open(&requests, &request("1"), now()).unwrap(), "free again");
    }

    #[test]
    fn what_is_never_answered_is_not_open() {
        let requests = OpenRequests::default();
        for text in [
            r#"{"jsonrpc":"2.0","method":"ping"}"#,
            r#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#,
            r#"{"jsonrpc":"2.0","id":1,"result":{}}"#,
        ] {
            assert!(!open(&requests, text, now()).unwrap(), "{text}");
        }
        assert!(requests.is_empty());
        assert!(requests.answered(b"null").is_none());
    }

    #[test]
    fn the_oldest_expire_and_the_number_is_bounded() {
        let requests = OpenRequests::new(3);
        for (id, seconds) in [("1", 0), ("2", 10), ("3", 20)] {
            let at = now().plus_millis(seconds * 1000);
            pass(&requests, id, at);
        }
        let error = open(&requests, &request("4"), now()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TooLarge);
        requests.answered(b"2").unwrap();
        let expired = requests.expire(now().plus_millis(20_000));
        let ids: Vec<_> = expired.iter().map(|one| one.id.as_slice()).collect();
        assert_eq!(ids, [b"1"]);
        assert_eq!(requests.len(), 1);
    }

    #[test]
    fn after_the_end_nothing_is_opened() {
        let requests = OpenRequests::default();
        for id in ["7", "\"b\"", "3"] {
            open(&requests, &request(id), now()).unwrap();
        }
        let left = requests.close();
        let ids: Vec<_> = left.iter().map(|one| one.id.as_slice()).collect();
        assert_eq!(ids, [b"7".as_slice(), b"\"b\"", b"3"]);
        let error = open(&requests, &request("8"), now()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Stopped);
        assert!(!open(&requests, r#"{"jsonrpc":"2.0","id":1,"result":{}}"#, now()).unwrap());
    }

    #[test]
    fn what_is_answered_before_it_goes_on_is_in_doubt() {
        let requests = OpenRequests::default();
        open(&requests, &request("1"), now()).unwrap();
        assert!(requests.answered(b"1").is_none(), "it has not gone on");
        assert!(requests.answered(b"2").is_none(), "nobody has asked");
        pass(&requests, "3", now());
        requests.goes_on(b"1", None);
        pass(&requests, "2", now());
        for (id, is_in_doubt) in [("1", true), ("2", true), ("3", false)] {
            let request = requests.answered(id.as_bytes()).unwrap();
            assert_eq!(request.is_in_doubt, is_in_doubt, "{id}");
        }
        pass(&requests, "2", now());
        assert!(!requests.answered(b"2").unwrap().is_in_doubt, "a new one");
    }

    #[test]
    fn a_text_may_pass_for_a_number_and_a_number_for_a_text() {
        for (asked, said) in [("7", "\"7\""), ("\"7\"", "7"), ("7", "\"0x7\"")] {
            let requests = OpenRequests::default();
            pass(&requests, asked, now());
            assert!(requests.answered(said.as_bytes()).is_none());
            let request = requests.answered(asked.as_bytes()).unwrap();
            assert!(request.is_in_doubt, "{asked} and {said}");
            pass(&requests, asked, now());
            assert!(requests.answered(asked.as_bytes()).unwrap().is_in_doubt);
        }
    }

    #[test]
    fn doubt_is_about_what_is_open() {
        let requests = OpenRequests::default();
        pass(&requests, "1", now());
        assert_eq!(requests.doubt_all(), 0, "no call of a tool");
        pass(&requests, "2", now());
        assert!(requests.answered(b"1").unwrap().is_in_doubt);
        assert!(!requests.answered(b"2").unwrap().is_in_doubt);
    }

    #[test]
    fn what_stays_can_be_asked_again() {
        let requests = OpenRequests::default();
        open(&requests, &request("1"), now()).unwrap();
        requests.stays(b"1");
        pass(&requests, "1", now());
        assert!(!requests.answered(b"1").unwrap().is_in_doubt);
    }

    #[test]
    fn what_waits_is_bounded_in_bytes_too() {
        let requests = OpenRequests {
            max_len: 100,
            ..OpenRequests::default()
        };
        pass(&requests, "1", now());
        pass(&requests, "2", now());
        let error = open(&requests, &request("3"), now()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TooLarge);
        requests.answered(b"1").unwrap();
        pass(&requests, "3", now());
        requests.expire(now().plus_millis(1));
        pass(&requests, "4", now());
        requests.stays(b"4");
        assert_eq!(requests.state().len, 0);
    }
}
