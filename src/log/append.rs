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
use crate::log::line::RecordHash;
use crate::log::store::Store;
use crate::log::{Appended, Record};

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

    /// Appends records next to each other and in order.
    pub fn append(&self, records: &[Record]) -> Result<Vec<Appended>> {
        if records.is_empty() {
            return Ok(Vec::new());
        }
        let Some(ticket) = self.queue_up(records) else {
            return self.lead_alone(records);
        };
        loop {
            let mut state = lock(&ticket.state);
            loop {
                match std::mem::replace(&mut *state, State::Waiting) {
                    State::Done(outcome) => return outcome.map(appended),
                    State::Lead => break,
                    State::Waiting => {
                        state = ticket
                            .changed
                            .wait(state)
                            .unwrap_or_else(PoisonError::into_inner);
                    }
                }
            }
            drop(state);
            self.lead();
        }
    }

    /// Takes a place in the queue, or the lead: then there is no ticket.
    fn queue_up(&self, records: &[Record]) -> Option<Arc<Ticket>> {
        let mut queue = lock(&self.queue);
        if !queue.leading && queue.waiting.is_empty() {
            queue.leading = true;
            return None;
        }
        let ticket = Arc::new(Ticket {
            records: records
                .iter()
                .map(|record| record.json().to_vec())
                .collect(),
            state: Mutex::new(State::Waiting),
            changed: Condvar::new(),
        });
        queue.waiting.push_back(Arc::clone(&ticket));
        Some(ticket)
    }

    /// Commits what nobody else waits with.
    fn lead_alone(&self, records: &[Record]) -> Result<Vec<Appended>> {
        // However the commit ends, the lead is handed on.
        let _guard = Answering {
            group: self,
            batch: Vec::new(),
            outcome: None,
        };
        let records: Vec<&[u8]> = records.iter().map(Record::json).collect();
        commit(&mut self.store(), &records).map(appended)
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
        let records: Vec<&[u8]> = guard
            .batch
            .iter()
            .flat_map(|ticket| ticket.records.iter().map(Vec::as_slice))
            .collect();
        let outcome = commit(&mut self.store(), &records);
        guard.outcome = Some(outcome);
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
        {
            let mut queue = lock(&self.group.queue);
            match queue.waiting.front() {
                Some(next) => next.set(State::Lead),
                None => queue.leading = false,
            }
        }
        if self.batch.is_empty() {
            return;
        }
        let outcome = self.outcome.take().unwrap_or_else(|| {
            Err(Error::new(
                ErrorKind::SyncFailed,
                "log",
                "the thread that was writing has failed",
            ))
        });
        let mut taken = 0;
        for ticket in self.batch.drain(..) {
            let count = ticket.records.len();
            let share = outcome.as_ref().map_err(Error::clone).map(|placed| Placed {
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

fn commit(store: &mut Store, records: &[&[u8]]) -> Result<Placed> {
    let placed = store.append(records)?;
    let durable = store.settle()?;
    Ok(Placed {
        first: placed.first,
        hashes: placed.hashes,
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
