//! The requests that wait for their response, by id.
//!
//! A response names the request that it answers by its id alone. While two
//! requests with one id are under way, nobody can tell which of them a response
//! is to, and evidence would be bound to the wrong one. So an id that is open
//! is not opened again, whatever the methods are.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::encoding::jcs::{self, Limits};
use crate::encoding::rfc3339::Instant;
use crate::error::{Error, ErrorKind, Result};
use crate::mcp::message::{Kind, Message, invalid};
use crate::mcp::open_call::OpenCall;

/// How many requests may be open unless the caller says otherwise.
pub const DEFAULT_MAX_OPEN: usize = 65_536;

/// A request that nobody has answered.
#[derive(Clone, Debug)]
pub struct Unanswered {
    /// Its id, byte for byte as it came: a JSON string or number.
    pub id: Vec<u8>,
    /// The call, where it was one of a tool that a gate let through.
    pub call: Option<OpenCall>,
}

/// The open requests of one connection. A gate that has it in its options adds
/// to it what it forwards; whoever sees the responses takes from it.
#[derive(Debug)]
pub struct OpenRequests {
    max: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    by_id: HashMap<Vec<u8>, Open>,
    /// The keys of `by_id` in the order in which they were opened.
    by_age: BTreeMap<u64, Vec<u8>>,
    next: u64,
    closed: bool,
}

#[derive(Debug)]
struct Open {
    number: u64,
    since: Instant,
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
    /// there is none. The id is JSON text, and compared by value: `1.0` is `1`.
    pub fn answered(&self, id: &[u8]) -> Option<Unanswered> {
        let key = key_of(id)?;
        let mut state = self.state();
        let open = state.by_id.remove(&key)?;
        state.by_age.remove(&open.number);
        Some(open.request)
    }

    /// Takes out all that have been open since before `start`, the oldest first.
    /// Responses that come to them after all belong to nothing.
    pub fn expire(&self, start: Instant) -> Vec<Unanswered> {
        let mut state = self.state();
        let mut expired = Vec::new();
        while let Some(oldest) = state.by_age.first_entry() {
            let key = oldest.get().clone();
            let is_old = |open: &Open| open.since.millis_until(start) > 0;
            if state.by_id.get(&key).is_some_and(|open| !is_old(open)) {
                break;
            }
            state.by_age.pop_first();
            expired.extend(state.by_id.remove(&key).map(|open| open.request));
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
        let number = state.next;
        state.next = number.saturating_add(1);
        state.by_age.insert(number, key.clone());
        let request = Unanswered {
            id: id.to_vec(),
            call: None,
        };
        state.by_id.insert(
            key,
            Open {
                number,
                since: now,
                request,
            },
        );
        Ok(true)
    }

    /// Says which call an open request is.
    pub(super) fn is_call(&self, call: &OpenCall) {
        let Some(key) = call.id().and_then(key_of) else {
            return;
        };
        if let Some(open) = self.state().by_id.get_mut(&key) {
            open.request.call = Some(call.clone());
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere leaves entries behind that are still right.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
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
            open(&requests, &request(id), at).unwrap();
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
}
