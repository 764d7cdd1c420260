//! Where the proxy keeps its evidence: the audit log, and for as long as that
//! takes nothing, what has been signed about responses and is owed to it.
//!
//! A call whose evidence cannot be kept does not go to the server. A response has
//! already happened: it goes to the client in any case, and its evidence waits
//! here. Whatever waits is stored before the next call is let through.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError, RwLock};

use signet::authority::policy::{Policy, RateLimits};
use signet::encoding::rfc3339::Instant;
use signet::log::{Log, LogOptions, Record};
use signet::mcp::{Evidence, EvidenceStore};
use signet::receipt::Receipt;
use signet::{Error, ErrorKind, Result};

/// How many bytes of records may wait.
const MAX_OWED: usize = 32 << 20;

/// Keeps evidence.
#[derive(Debug)]
pub struct Keeper {
    /// `None`: nothing is to be kept.
    place: Option<Place>,
    owed: Mutex<Owed>,
}

#[derive(Debug)]
struct Place {
    home: PathBuf,
    options: LogOptions,
    /// Opened as soon as it can be.
    log: RwLock<Option<Log>>,
}

#[derive(Debug, Default)]
struct Owed {
    records: Vec<Record>,
    bytes: usize,
    lost: u64,
}

impl Keeper {
    /// Keeps nothing.
    pub fn of_nothing() -> Keeper {
        Keeper {
            place: None,
            owed: Mutex::default(),
        }
    }

    /// Keeps everything in the log of this home. It is opened now; a failure is
    /// answered together with a keeper that tries again each time.
    pub fn new(home: PathBuf, options: LogOptions) -> (Keeper, Result<()>) {
        let place = Place {
            home,
            options,
            log: RwLock::new(None),
        };
        let opened = place.with_log(|_| Ok(()));
        let keeper = Keeper {
            place: Some(place),
            owed: Mutex::default(),
        };
        (keeper, opened)
    }

    /// The counters of the policy's rate limits, with the calls that the log holds:
    /// whoever connects anew does not begin at nothing.
    pub fn count_calls(&self, policy: &Policy, now: Instant) -> Result<RateLimits> {
        let limited = |_: &&Place| policy.longest_window_seconds().is_some();
        let Some(place) = self.place.as_ref().filter(limited) else {
            return Ok(RateLimits::new());
        };
        let mut counters = RateLimits::new();
        place.with_log(|log| {
            counters = log.count_calls(policy, now)?;
            Ok(())
        })?;
        Ok(counters)
    }

    /// Stores what was signed about responses. When it fails it waits to be
    /// stored with the next.
    pub fn keep_responses(&self, receipts: &[Receipt]) -> Result<()> {
        let Some(place) = &self.place else {
            return Ok(());
        };
        let mut new = Vec::with_capacity(receipts.len());
        let mut first_error = None;
        for receipt in receipts {
            match Record::of_receipt(receipt, place.options.max_record_len) {
                Ok(record) => new.push(record),
                Err(error) => first_error = first_error.or(Some(error)),
            }
        }
        let mut owed = self.owed();
        owed.add(new);
        owed.settle(place)?;
        first_error.map_or(Ok(()), Err)
    }

    /// Makes durable what is in the log, and stores what waits.
    pub fn sync(&self) -> Result<()> {
        let Some(place) = &self.place else {
            return Ok(());
        };
        self.owed().settle(place)?;
        place.with_log(|log| log.sync().map(drop))
    }

    /// Closes the log; answers how many records have found no place in it.
    pub fn close(&self) -> (u64, Result<()>) {
        let Some(place) = &self.place else {
            return (0, Ok(()));
        };
        let mut owed = self.owed();
        let settled = owed.settle(place);
        let lost = owed.lost.saturating_add(owed.records.len() as u64);
        (lost, settled.and_then(|()| place.with_log(Log::close)))
    }

    fn owed(&self) -> std::sync::MutexGuard<'_, Owed> {
        self.owed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl EvidenceStore for Keeper {
    fn store(&self, evidence: &[Evidence<'_>]) -> Result<()> {
        let Some(place) = &self.place else {
            return Ok(());
        };
        self.owed().settle(place)?;
        place.with_log(|log| log.store(evidence))
    }
}

impl Place {
    fn with_log(&self, act: impl FnOnce(&Log) -> Result<()>) -> Result<()> {
        {
            let log = self.log.read().unwrap_or_else(PoisonError::into_inner);
            if let Some(log) = log.as_ref() {
                return act(log);
            }
        }
        let mut log = self.log.write().unwrap_or_else(PoisonError::into_inner);
        match log.as_ref() {
            Some(log) => act(log),
            None => {
                let opened = Log::open(&self.home, self.options.clone())?;
                act(log.insert(opened))
            }
        }
    }
}

impl Owed {
    fn add(&mut self, records: Vec<Record>) {
        for record in records {
            let bytes = self.bytes.saturating_add(record.json().len());
            if bytes > MAX_OWED && !self.records.is_empty() {
                self.lost = self.lost.saturating_add(1);
                continue;
            }
            self.bytes = bytes;
            self.records.push(record);
        }
    }

    fn settle(&mut self, place: &Place) -> Result<()> {
        if self.records.is_empty() {
            return Ok(());
        }
        let stored = place.with_log(|log| log.append_many(&self.records).map(drop));
        // What the disk has not confirmed may be in the log all the same: it is
        // not appended a second time.
        let is_written = |error: &Error| error.kind() == ErrorKind::SyncFailed;
        if stored.as_ref().err().is_none_or(is_written) {
            self.records.clear();
            self.bytes = 0;
        }
        stored
    }
}
