//! The audit log: receipts in a hash chain, on disk, for good.
//!
//! The lines are those of the published Signet, byte for byte: its programs and
//! this library read, verify and append to the same folder at the same time.
//! The engine is another one. An append costs the same at any length of the
//! log, is on the disk when it is acknowledged, and survives being killed at
//! any moment; a torn end is set aside and recorded, never a reason to stop;
//! and what is missing or changed below the last durable record is told from
//! the traces of a crash.
//!
//! The only truth is the lines ([`line`]) of the segments ([`segment`]). What
//! stands in `.log/` beside them makes things fast or remembers what happened,
//! and can be made again.

mod append;
mod bundle;
mod bundle_manifest;
mod bundle_read;
mod bundle_report;
mod control;
pub mod disk;
pub mod evidence;
mod folder;
mod gate_evidence;
mod head;
mod incident;
pub mod line;
mod lock;
mod merge;
mod mount;
mod options;
mod past_calls;
mod piece;
mod pruned;
mod query;
mod query_text;
mod range;
mod read;
mod record;
mod recover;
mod repair;
mod sealed_params;
pub mod segment;
mod signature;
mod sparse_index;
mod staleness;
mod store;
mod survey;
mod tree;
mod verdict;
mod verify;

pub use crate::crypto::ed25519_batch::Equation;
pub use bundle::BundleOptions;
pub use bundle_manifest::{Manifest, Statement};
pub use bundle_read::{
    BundleFinding, BundleFindingKind, BundleReport, BundleTrust, MAX_LISTED_FINDINGS, TrustSource,
    verify_bundle,
};
pub use control::{BREAK_TOOL, PRUNE_TOOL, RECOVER_TOOL, ROTATE_TOOL};
pub use folder::LogFolder;
pub use incident::Incident;
pub use options::{CheckpointCadence, DEFAULT_MAX_SEGMENT_LEN, Durability, LogOptions, Sharing};
pub use past_calls::Turn;
pub use pruned::PrunedSegment;
pub use query::Query;
pub use query_text::QueryText;
pub use read::StoredRecord;
pub use record::{DEFAULT_MAX_RECORD_LEN, Record, RecordView};
pub use repair::{RepairPlan, plan_repair, repair};
pub use sealed_params::{OpenedReceipt, PARAMS_KEY_LEN, ParamsKey, SealedParams};
pub use staleness::ExpectedCadence;
pub use store::PrunePlan;
pub use survey::{Outline, Survey};
pub use verdict::{Quarantined, Recovery, Verdict, recovery_json};
pub use verify::{
    Anchoring, Finding, FindingKind, KeyCutoff, Remover, Report, SignatureMode, SignaturePolicy,
    VerifyOptions, Watcher, verify_disk, verify_folder,
};

use std::fmt;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::crypto::digest::sha256;
use crate::crypto::ed25519::PublicKey;
use crate::encoding::hex;
use crate::encoding::rfc3339::Instant;
use crate::error::{Error, ErrorKind, Result};
use crate::identity::KeyPair;
use crate::receipt::Receipt;
use crate::tlog::note::Note;
use crate::tlog::tiled_tree::ConsistencyProof;
use crate::tlog::tlog_proof::TlogProof;
use crate::tlog::tree::{TreeHead, leaf_hash};
use crate::tlog::verifier_key::{SignatureType, VerifierKey};

use append::GroupCommit;
use disk::{Disk, Folder};
use line::RecordHash;
use store::Store;
use tree::LogKey;

/// The log's clock: which day it is, and how to wait.
pub trait Clock: Send + Sync + fmt::Debug {
    /// The time.
    fn now(&self) -> Instant;
    /// Waits; 0 means to let others go first.
    fn pause(&self, micros: u64);
}

/// The system's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Instant {
        Instant::now()
    }

    fn pause(&self, micros: u64) {
        match micros {
            0 => std::thread::yield_now(),
            micros => std::thread::sleep(std::time::Duration::from_micros(micros)),
        }
    }
}

/// The answer to an append.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Appended {
    /// The number of the record, from 0.
    pub index: u64,
    /// The hash that seals it and everything before it.
    pub record_hash: RecordHash,
    /// Whether it is on the disk already.
    pub durable: bool,
}

/// An audit log that is open for appending and reading, by any number of
/// threads.
#[derive(Debug)]
pub struct Log {
    group: GroupCommit,
    disk: Arc<dyn Disk>,
    max_record_len: usize,
    log_key: Option<Arc<KeyPair>>,
    origin: Option<String>,
    process: u32,
    closed: AtomicBool,
}

impl Log {
    /// Opens the log of a home folder: the files of `<home>/audit`. The folders
    /// are made when absent.
    ///
    /// Reads what has been written since the newest head, usually nothing. What
    /// was found is in [`Log::recovery`]; a torn end has been set aside.
    ///
    /// Fails with [`ErrorKind::NetworkFileSystem`] on a file system of another
    /// machine unless `allow_network_file_system` is set.
    pub fn open(home: &Path, options: LogOptions) -> Result<Log> {
        if !options.allow_network_file_system {
            mount::refuse_remote(&home.join("audit"))?;
        }
        Log::open_on(Arc::new(Folder::of_home(home)?), options)
    }

    /// Opens the log on a disk of any kind.
    pub fn open_on(disk: Arc<dyn Disk>, options: LogOptions) -> Result<Log> {
        let max_record_len = options.max_record_len;
        let (log_key, origin) = (options.log_key.clone(), options.origin.clone());
        let store = Store::open(Arc::clone(&disk), options)?;
        Ok(Log {
            group: GroupCommit::new(store),
            disk,
            max_record_len,
            log_key,
            origin,
            process: std::process::id(),
            closed: AtomicBool::new(false),
        })
    }

    /// What opening the log, and reading what others wrote since, came upon.
    pub fn recovery(&self) -> Recovery {
        self.group.store().recovery().clone()
    }

    /// Appends a receipt.
    ///
    /// On success with [`Durability::Sync`] the record is on the disk. On
    /// [`ErrorKind::SyncFailed`] it may be in the log or not; on every other
    /// error it is not.
    pub fn append(&self, receipt: &Receipt) -> Result<Appended> {
        self.append_record(&Record::of_receipt(receipt, self.max_record_len)?)
    }

    /// Appends a record of any kind from its JSON text.
    pub fn append_json(&self, json: &[u8]) -> Result<Appended> {
        self.append_record(&Record::parse(json, self.max_record_len)?)
    }

    /// Appends a record.
    pub fn append_record(&self, record: &Record) -> Result<Appended> {
        let appended = self.append_many(std::slice::from_ref(record))?;
        appended
            .first()
            .copied()
            .ok_or_else(|| Error::new(ErrorKind::RecordInvalid, "record", "nothing was appended"))
    }

    /// Appends records next to each other, in order, with one write: all of
    /// them or, on an error, none.
    pub fn append_many(&self, records: &[Record]) -> Result<Vec<Appended>> {
        self.check_usable()?;
        for record in records {
            if record.json().len() > self.max_record_len {
                return Err(Error::new(
                    ErrorKind::TooLarge,
                    "record",
                    format!(
                        "{} bytes given where the limit is {}",
                        record.json().len(),
                        self.max_record_len
                    ),
                ));
            }
        }
        self.group.append(records)
    }

    /// Makes everything durable that has been appended; answers how many
    /// records are.
    pub fn sync(&self) -> Result<u64> {
        self.check_usable()?;
        let mut store = self.group.store();
        store.sync_now()?;
        Ok(store.durable_count())
    }

    /// Goes on in a new segment, durably; answers whether there was one to leave.
    /// It stays where it is while traces of published programs are in today's.
    ///
    /// Fails with [`ErrorKind::InvalidArgument`] unless the log was opened with
    /// [`Sharing::Alone`].
    pub fn rotate(&self) -> Result<bool> {
        self.check_usable()?;
        self.group.store().rotate()
    }

    /// What [`Log::prune`] would remove: the segments of days before that of
    /// `before` (UTC), verified once more. Never the newest segment; nothing is
    /// changed.
    ///
    /// Fails with [`ErrorKind::LogTampered`] when they are damaged.
    pub fn plan_prune(&self, before: Instant) -> Result<PrunePlan> {
        self.check_usable()?;
        self.group.store().plan_prune(before)
    }

    /// Removes whole segments from the beginning of the log, for good; answers
    /// where the signed receipt about it stands. The numbers of the records that
    /// are left do not change, and what proves them stays.
    ///
    /// A verification says that records were removed, by which record of the log
    /// and by whose key. The published Signet knows nothing of this and reports
    /// the first record that is left as a break in the chain.
    ///
    /// Fails with [`ErrorKind::InvalidArgument`] without a control key and when
    /// the plan is not what would be removed now, and with
    /// [`ErrorKind::LogTampered`] as planning does.
    pub fn prune(&self, plan: &PrunePlan) -> Result<Appended> {
        self.check_usable()?;
        let placed = self.group.store().prune(plan)?;
        Ok(Appended {
            index: placed.first,
            record_hash: placed.hashes.first().copied().unwrap_or_default(),
            durable: true,
        })
    }

    /// The largest record that is taken, in bytes of JSON.
    pub fn max_record_len(&self) -> usize {
        self.max_record_len
    }

    /// How many records this handle knows of.
    pub fn len(&self) -> u64 {
        self.group.store().end().count
    }

    /// Whether this handle knows of no record.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The hash of the newest record that this handle knows of; 32 zero bytes in
    /// an empty log.
    pub fn last_hash(&self) -> RecordHash {
        self.group.store().end().last
    }

    /// Takes notice of what other processes have appended; answers how many
    /// records there are.
    pub fn refresh(&self) -> Result<u64> {
        self.check_usable()?;
        let mut store = self.group.store();
        store.refresh()?;
        Ok(store.end().count)
    }

    /// Reads one record.
    pub fn read(&self, index: u64) -> Result<StoredRecord> {
        let mut found = None;
        self.for_each(index, |record| {
            // The first one that is left, when this one was removed.
            found = (record.index == index).then(|| record.clone());
            ControlFlow::Break(())
        })?;
        found.ok_or_else(|| {
            Error::new(
                ErrorKind::RecordNotFound,
                "log",
                "it has no record of this index",
            )
            .at(index)
        })
    }

    /// Shows the records from `first` on, oldest first, until the visitor stops.
    pub fn for_each(
        &self,
        first: u64,
        mut visit: impl FnMut(&StoredRecord) -> ControlFlow<()>,
    ) -> Result<()> {
        let (end, start) = self.snapshot(first)?;
        read::forwards(self.disk.as_ref(), &start, &end, first, &mut visit)
    }

    /// Shows the records that a query matches until the visitor stops.
    pub fn query(
        &self,
        query: &Query<'_>,
        mut visit: impl FnMut(&StoredRecord) -> ControlFlow<()>,
    ) -> Result<()> {
        let (end, start) = self.snapshot(0)?;
        query::run(self.disk.as_ref(), &start, &end, query, &mut visit)
    }

    /// The numbers of the records with this receipt id, oldest first: one, unless
    /// a receipt was appended again. At most `limit` of them.
    ///
    /// Reads the log up to the last of them.
    pub fn find(&self, id: &str, limit: usize) -> Result<Vec<u64>> {
        let (end, start) = self.snapshot(0)?;
        query::numbers_of(self.disk.as_ref(), &start, &end, id, limit)
    }

    /// Verifies the log, or a part of it.
    pub fn verify(&self, options: &VerifyOptions<'_>, watcher: &mut dyn Watcher) -> Result<Report> {
        let (end, start) = self.snapshot(options.first)?;
        verify::run(self.disk.as_ref(), &start, Some(&end), options, watcher)
    }

    /// The head of the Merkle tree over all records, which are made durable.
    pub fn tree_head(&self) -> Result<TreeHead> {
        self.check_usable()?;
        self.group.store().tree_head()
    }

    /// Signs the tree over all records as a C2SP checkpoint and keeps it as the
    /// newest one.
    ///
    /// Fails with [`ErrorKind::InvalidArgument`] without a log key, and with
    /// [`ErrorKind::LogDamaged`] when the log does not continue its newest
    /// checkpoint.
    pub fn checkpoint(&self) -> Result<Note> {
        self.check_usable()?;
        let key = self.key()?;
        Ok(self.group.store().checkpoint(&key)?.0)
    }

    /// The public key that verifies this log's checkpoints and proofs.
    pub fn verifier_key(&self) -> Result<VerifierKey> {
        Ok(self.key()?.verifier().clone())
    }

    /// One file that proves the record at `index`, to be verified offline with
    /// [`TlogProof::verify`] over the 32 bytes of its record hash. It carries a
    /// checkpoint over all records, made when it is needed, and what leads from
    /// the receipt to that hash, see [`evidence::ProofNotes`].
    ///
    /// Fails as [`Log::checkpoint`] does, with [`ErrorKind::RecordNotFound`], and
    /// with [`ErrorKind::LogDamaged`] when the record is not the one that is in
    /// the tree.
    pub fn prove(&self, index: u64) -> Result<TlogProof> {
        let key = self.key()?;
        let record = self.read(index)?;
        let (note, proof) = {
            let mut store = self.group.store();
            let (note, head) = store.checkpoint(&key)?;
            (note, store.prove_inclusion(&head, index)?)
        };
        if proof.leaf_hash != leaf_hash(&record.record_hash) {
            return Err(tree::rewritten(index));
        }
        let notes = evidence::ProofNotes::of(&record).to_json();
        TlogProof::new(index, proof.path, note, Some(notes))
    }

    /// The proof that the log of `old_size` records is the beginning of this one.
    pub fn prove_consistency(&self, old_size: u64) -> Result<ConsistencyProof> {
        self.check_usable()?;
        let mut store = self.group.store();
        let head = store.tree_head()?;
        store.prove_consistency(&head, old_size)
    }

    fn key(&self) -> Result<LogKey<'_>> {
        match &self.log_key {
            Some(pair) => LogKey::new(pair, self.origin.as_deref()),
            None => Err(Error::new(
                ErrorKind::InvalidArgument,
                "log key",
                "the log was opened without one, so it cannot sign checkpoints",
            )),
        }
    }

    /// Closes the log: syncs, and leaves a head, so that the next opening reads
    /// nothing.
    pub fn close(&self) -> Result<()> {
        self.check_usable()?;
        if self.closed.swap(true, Ordering::SeqCst) {
            return Ok(());
        }
        self.group.store().close()
    }

    /// Lets go of the log without making durable what its [`Durability`] has not,
    /// for a program that appends a record or two and ends. Nothing is lost unless
    /// the machine stops; the next opening reads what no head covers, at most a few
    /// hundred records. With a log key it is the same as [`Log::close`], which signs.
    pub fn leave(&self) -> Result<()> {
        self.check_usable()?;
        if self.closed.swap(true, Ordering::SeqCst) {
            return Ok(());
        }
        self.group.store().leave()
    }

    /// The end of the log now, and a place at or before record `first` to read
    /// from.
    fn snapshot(&self, first: u64) -> Result<(recover::Position, read::Start)> {
        self.check_usable()?;
        let mut store = self.group.store();
        store.refresh()?;
        Ok((store.end().clone(), store.start_near(first)))
    }

    fn check_usable(&self) -> Result<()> {
        if self.process != std::process::id() {
            return Err(Error::new(
                ErrorKind::LogClosed,
                "log",
                "it was opened before a fork; open it again in this process",
            ));
        }
        if self.closed.load(Ordering::SeqCst) {
            return Err(Error::new(ErrorKind::LogClosed, "log", "it is closed"));
        }
        Ok(())
    }
}

/// The verifier key of the log whose checkpoints are signed with this key.
/// `origin` is that of [`LogOptions`].
///
/// Fails as [`VerifierKey::new`] does.
pub fn verifier_key_of(log_key: &PublicKey, origin: Option<&str>) -> Result<VerifierKey> {
    let name = match origin {
        Some(origin) => origin.to_owned(),
        None => origin_of(log_key),
    };
    VerifierKey::new(&name, SignatureType::Ed25519, *log_key)
}

/// The name of a log that was given none.
pub fn default_origin(log_key: &KeyPair) -> String {
    origin_of(log_key.public_key())
}

fn origin_of(log_key: &PublicKey) -> String {
    let digest = sha256(log_key.as_bytes());
    let (start, _) = digest.split_at(8);
    format!("signet.log/{}", hex::encode(start))
}

impl Drop for Log {
    fn drop(&mut self) {
        if self.process == std::process::id() {
            let _ = self.close();
        }
    }
}
