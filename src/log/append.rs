//! Group commit: many threads append, one of them does the work.
//!
//! A thread that finds nobody at work becomes the leader: it takes everything
//! that is queued, writes it with one write, syncs once, and answers all. Then
//! it hands the lead to the thread that has waited longest. While a sync runs
//! the next batch gathers; waiting for the disk is all the lingering there is.
//! The library starts no thread of its own.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crate::error::{Error, ErrorKind, Result};
use crate::log::Appended;
use crate::log::line::RecordHash;
use crate::log::store::Store;

/// How many records and bytes go into one write.
const MAX_BATCH_RECORDS: usize = 4096;
const MAX_BATCH_BYTES: usize = 4 << 20;

/// The queue before a store.
#[derive(Debug)]
pub(super) struct GroupCommit {
    store: Mutex<Store>,
    queue: Mutex<Queue>,
}

#[derive(Debug, Default)]
struct Queue {
    waiting: VecDeque<Arc<Ticket>>,
    leading: bool,
}

/// Records that wait for being written, all or none of them.
#[derive(Debug)]
struct Ticket {
    records: Vec<Vec<u8>>,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
enum State {
    Waiting,
    /// This thread shall lead now.
    Lead,
    Done(Result<Placed>),
}

/// Where the records of a ticket have got.
#[derive(Clone, Debug)]
struct Placed {
    first: u64,
    hashes: Vec<RecordHash>,
    durable: bool,
}

impl GroupCommit {
    pub fn new(store: Store) -> GroupCommit {
        GroupCommit {
            store: Mutex::new(store),
            queue: Mutex::new(Queue::default()),
        }
    }

    /// The store, between two batches.
    pub fn store(&self) -> MutexGuard<'_, Store> {
        lock(&self.store)
    }

    /// Appends records in canonical JSON, next to each other and in order.
    pub fn append(&self, records: Vec<Vec<u8>>) -> Result<Vec<Appended>> {
        if records.is_empty() {
            return Ok(Vec::new());
        }
        let ticket = Arc::new(Ticket {
            records,
            state: Mutex::new(State::Waiting),
            changed: Condvar::new(),
        });
        let mut lead = {
            let mut queue = lock(&self.queue);
            queue.waiting.push_back(Arc::clone(&ticket));
            !std::mem::replace(&mut queue.leading, true)
        };
        loop {
            if lead {
                self.lead();
            }
            let mut state = lock(&ticket.state);
            loop {
                match std::mem::replace(&mut *state, State::Waiting) {
                    State::Done(outcome) => return outcome.map(appended),
                    State::Lead => {
                        lead = true;
                        break;
                    }
                    State::Waiting => {
                        state = ticket
                            .changed
                            .wait(state)
                            .unwrap_or_else(PoisonError::into_inner);
                    }
                }
            }
        }
    }

    /// Commits one batch and hands the lead on.
    fn lead(&self) {
        let batch = self.take_batch();
        // Should anything below ever panic, nobody must wait for ever.
        let mut guard = Answering {
            group: self,
            batch,
            outcome: None,
        };
        let mut store = self.store();
        guard.outcome = Some(commit(&mut store, &guard.batch));
    }

    fn take_batch(&self) -> Vec<Arc<Ticket>> {
        let mut queue = lock(&self.queue);
        let mut batch = Vec::new();
        let (mut records, mut bytes) = (0_usize, 0_usize);
        while let Some(ticket) = queue.waiting.front() {
            records += ticket.records.len();
            bytes += ticket.records.iter().map(Vec::len).sum::<usize>();
            let full = records > MAX_BATCH_RECORDS || bytes > MAX_BATCH_BYTES;
            if full && !batch.is_empty() {
                break;
            }
            batch.extend(queue.waiting.pop_front());
        }
        batch
    }
}

/// Answers a batch and hands the lead on, however the commit ends.
struct Answering<'a> {
    group: &'a GroupCommit,
    batch: Vec<Arc<Ticket>>,
    outcome: Option<Result<Placed>>,
}

impl Drop for Answering<'_> {
    fn drop(&mut self) {
        let outcome = self.outcome.take().unwrap_or_else(|| {
            Err(Error::new(
                ErrorKind::SyncFailed,
                "log",
                "the thread that was writing has failed",
            ))
        });
        {
            let mut queue = lock(&self.group.queue);
            match queue.waiting.front() {
                Some(next) => next.set(State::Lead),
                None => queue.leading = false,
            }
        }
        let mut taken = 0;
        for ticket in self.batch.drain(..) {
            let count = ticket.records.len();
            let share = outcome.clone().map(|placed| Placed {
                first: placed.first + taken as u64,
                hashes: placed
                    .hashes
                    .get(taken..taken + count)
                    .unwrap_or(&[])
                    .to_vec(),
                durable: placed.durable,
            });
            taken += count;
            ticket.set(State::Done(share));
        }
    }
}

impl Ticket {
    fn set(&self, new: State) {
        *lock(&self.state) = new;
        self.changed.notify_one();
    }
}

fn commit(store: &mut Store, batch: &[Arc<Ticket>]) -> Result<Placed> {
    let records: Vec<&[u8]> = batch
        .iter()
        .flat_map(|ticket| ticket.records.iter().map(Vec::as_slice))
        .collect();
    let (first, hashes) = store.append(&records)?;
    let durable = store.settle()?;
    Ok(Placed {
        first,
        hashes,
        durable,
    })
}

fn appended(placed: Placed) -> Vec<Appended> {
    (placed.first..)
        .zip(placed.hashes)
        .map(|(index, record_hash)| Appended {
            index,
            record_hash,
            durable: placed.durable,
        })
        .collect()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
