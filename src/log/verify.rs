//! Verifying a log: every link, every hash, and on request every signature.
//!
//! The log is read once, in pieces of whole lines, with memory that does not
//! depend on its length. Pieces are checked on as many threads as the caller
//! lends; findings come out in the order of the log, on the caller's thread.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError, mpsc};

use crate::authority::trust::TrustBundle;
use crate::crypto::ed25519::PublicKey;
use crate::crypto::ed25519_batch::Equation;
use crate::error::{Error, ErrorKind, Result};
use crate::log::disk::{Disk, Folder};
use crate::log::line::RecordHash;
use crate::log::merge::Merge;
use crate::log::piece::{BATCH_PIECE_LEN, Checked, Local, PIECE_LEN, Piece, Pieces};
use crate::log::range;
use crate::log::read::Start;
use crate::log::recover::Position;
use crate::log::sealed_params::ParamsKey;
use crate::log::staleness::ExpectedCadence;
use crate::log::verdict::Verdict;
use crate::tlog::tree::TreeHead;

/// What to verify.
#[derive(Clone, Copy, Debug, Default)]
pub struct VerifyOptions<'a> {
    /// The first record to look at.
    pub first: u64,
    /// How many records to look at; all when absent.
    pub limit: Option<u64>,
    /// Verify signatures too, by these rules.
    pub signatures: Option<SignaturePolicy<'a>>,
    /// A tree head that is trusted, from a checkpoint that was kept elsewhere:
    /// the log must be a continuation of it. The newest checkpoint beside the
    /// log is held against it anyway.
    ///
    /// With `first` at its size only what came after it is looked at. Records
    /// before `first` are then known by their hashes alone: as the log's tiles
    /// have them, when those lead to the trusted root, or as the lines state
    /// them. Either way they must make the trusted tree, and the record before
    /// `first` must be its last leaf. Whether a line before `first` still has the
    /// content of its hash is not looked at.
    pub trusted_head: Option<TreeHead>,
    /// How often checkpoints were promised, when the log is to be held to it.
    /// Only judged when it is verified to its end.
    pub cadence: Option<ExpectedCadence<'a>>,
    /// How many threads to use; 0 and 1 mean the caller's own.
    pub threads: usize,
}

/// Which signatures count.
///
/// Without keys of any kind every receipt is held to the keys that it names
/// itself, which proves integrity and nothing about who. What the log states about
/// itself (removed segments, set-aside bytes, damage, a segment that was left) is
/// signed with its control key. Unless `control_keys` are given that is an agent's
/// here, and so any agent can state it.
#[derive(Clone, Copy, Debug, Default)]
pub struct SignaturePolicy<'a> {
    /// The keys that may sign, at any time: those of agents and, unless
    /// `servers` are given, of servers. An agent that acts on a delegation need
    /// not be among them.
    pub trusted: Option<&'a [&'a PublicKey]>,
    /// The keys that may co-sign.
    pub servers: Option<&'a [&'a PublicKey]>,
    /// The keys that may delegate. When `trusted` is given and these are not, no
    /// delegated action is called fine: else any agent could allow itself
    /// anything.
    pub roots: Option<&'a [&'a PublicKey]>,
    /// The keys that may sign, co-sign and delegate, each as of the time of the
    /// record: a key that is revoked today was the right one yesterday. Besides
    /// those above, which count for keys that it does not list.
    pub bundle: Option<&'a TrustBundle>,
    /// Keys that count up to a place in the log only, whatever times records
    /// state: who has stolen a key can date back, but not write earlier.
    pub cutoffs: &'a [KeyCutoff<'a>],
    /// How signatures are verified.
    pub mode: SignatureMode,
    /// The keys that open encrypted params. A record that none of them opens
    /// cannot be judged, and is never called fine.
    pub params_keys: &'a [&'a ParamsKey],
    /// The keys that may speak for the log: only what they sign explains that
    /// records are missing from the beginning, and a statement of the log about
    /// itself by any other key is [`FindingKind::SignerUntrusted`], whoever else
    /// trusts that key. They need not be among the keys above and may sign nothing
    /// but such statements; what `bundle` and `cutoffs` say of them counts.
    ///
    /// Without them the removal of records is believed of whoever has signed it,
    /// who is named in [`Report::pruned_by`]: a trusted agent that can write to the
    /// folder can then delete records and sign for it.
    pub control_keys: Option<&'a [&'a PublicKey]>,
}

/// From which place on a key counts for nothing.
#[derive(Clone, Copy, Debug)]
pub struct KeyCutoff<'a> {
    /// The key, of an agent, a server, a root or anybody who delegates.
    pub key: &'a PublicKey,
    /// The first record, from 0, for which it no longer counts.
    pub from: u64,
}

/// How signatures are verified.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SignatureMode {
    /// Each by itself, as [`PublicKey::verify`] does.
    #[default]
    OneByOne,
    /// Those of versions 1 and 2 some hundreds at a time; when some of them are
    /// wrong, each of these by itself. With [`Equation::Strict`] the answers are
    /// the same; with [`Equation::Cofactored`] it is faster still, but accepts
    /// signatures that only a key's own holder can make, see
    /// [`ed25519_batch`](crate::crypto::ed25519_batch).
    Batch(Equation),
}

/// What kind of thing was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FindingKind {
    /// The record names another predecessor than the one before it.
    LinkBroken,
    /// The record names the predecessor of an earlier record.
    Forked,
    /// The record does not have the hash that it states.
    HashMismatch,
    /// The line is no record.
    Unparsable,
    /// The last line has no line feed.
    Torn,
    /// Records are missing from the end.
    Truncated,
    /// The last record is not the one that is remembered.
    Replaced,
    /// The line has members that no hash covers. The record itself is sound.
    Unauthenticated,
    /// An object in the line has two members of one name. The record itself is
    /// sound for readers to whom the last one counts.
    Ambiguous,
    /// The signature, or something that derives from it, is wrong.
    SignatureInvalid,
    /// The signature is by a key that is not trusted.
    SignerUntrusted,
    /// The signature cannot be judged: an unknown version.
    SignatureUnverifiable,
    /// The params are encrypted and none of the keys opens them, so the signature
    /// cannot be judged.
    ParamsSealed,
    /// The delegation that the record rests on does not hold, or does not allow
    /// the action.
    DelegationInvalid,
    /// The delegation holds, but no roots are trusted that it could lead from.
    DelegationUnverifiable,
    /// Something that was found and noted when the log was open.
    Incident,
    /// Records before the first one were removed, and a signed record of the log
    /// says so.
    Pruned,
    /// Whole segments are missing from the beginning, and no record explains it.
    BeginningMissing,
    /// Records before the first one are missing, and the record of the log that says
    /// that they were removed is signed by a key that may not speak for the log.
    RemovalUntrusted,
    /// The newest checkpoint is older than was promised.
    Stale,
}

impl FindingKind {
    /// The name in reports: upper case, stable.
    pub fn name(self) -> &'static str {
        match self {
            FindingKind::LinkBroken => "LINK_BROKEN",
            FindingKind::Forked => "FORKED",
            FindingKind::HashMismatch => "HASH_MISMATCH",
            FindingKind::Unparsable => "UNPARSABLE",
            FindingKind::Torn => "TORN",
            FindingKind::Truncated => "TRUNCATED",
            FindingKind::Replaced => "REPLACED",
            FindingKind::Unauthenticated => "UNAUTHENTICATED",
            FindingKind::Ambiguous => "AMBIGUOUS",
            FindingKind::SignatureInvalid => "SIGNATURE_INVALID",
            FindingKind::SignerUntrusted => "SIGNER_UNTRUSTED",
            FindingKind::SignatureUnverifiable => "SIGNATURE_UNVERIFIABLE",
            FindingKind::ParamsSealed => "PARAMS_SEALED",
            FindingKind::DelegationInvalid => "DELEGATION_INVALID",
            FindingKind::DelegationUnverifiable => "DELEGATION_UNVERIFIABLE",
            FindingKind::Incident => "INCIDENT",
            FindingKind::Pruned => "PRUNED",
            FindingKind::BeginningMissing => "BEGINNING_MISSING",
            FindingKind::RemovalUntrusted => "REMOVAL_UNTRUSTED",
            FindingKind::Stale => "STALE",
        }
    }

    /// What a finding of this kind means for the log.
    pub fn verdict(self) -> Verdict {
        match self {
            FindingKind::LinkBroken
            | FindingKind::HashMismatch
            | FindingKind::Unparsable
            | FindingKind::Replaced
            | FindingKind::SignatureInvalid
            | FindingKind::SignerUntrusted
            | FindingKind::DelegationInvalid
            | FindingKind::RemovalUntrusted => Verdict::Tampered,
            FindingKind::Forked => Verdict::Forked,
            FindingKind::Torn => Verdict::Torn,
            FindingKind::Truncated => Verdict::Truncated,
            FindingKind::SignatureUnverifiable
            | FindingKind::BeginningMissing
            | FindingKind::ParamsSealed
            | FindingKind::DelegationUnverifiable => Verdict::Unverifiable,
            // An incident counts by its own verdict.
            FindingKind::Unauthenticated
            | FindingKind::Ambiguous
            | FindingKind::Incident
            | FindingKind::Pruned => Verdict::Ok,
            FindingKind::Stale => Verdict::Stale,
        }
    }
}

/// One thing that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The segment.
    pub file: String,
    /// The line, from 1; 0 when it is about no line.
    pub line: u64,
    /// The record, from 0.
    pub index: u64,
    /// What it is.
    pub kind: FindingKind,
    /// The hash that would have been right.
    pub expected: Option<RecordHash>,
    /// The hash that stands there.
    pub actual: Option<RecordHash>,
    /// It in words.
    pub detail: String,
}

/// The outcome of a verification.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The gravest verdict.
    pub verdict: Verdict,
    /// How many records were looked at.
    pub records: u64,
    /// How many records were removed from the beginning, as a signed record of
    /// the log says.
    pub pruned: u64,
    /// Who signed that record; present whenever records were removed.
    pub pruned_by: Option<Remover>,
    /// How many findings there were, of every kind.
    pub findings: u64,
    /// The first record with a finding that is not merely noted.
    pub first_bad: Option<u64>,
    /// How many signatures are valid and, if keys were given, trusted.
    pub signatures_valid: u64,
    /// How many records have no signature by their nature: denied calls.
    pub unsigned: u64,
    /// How many signatures could not be judged.
    pub unverifiable: u64,
    /// How many signatures are wrong or by an untrusted key.
    pub signatures_failed: u64,
    /// The hash of the last record that was looked at.
    pub last: RecordHash,
    /// How many records the trusted head covers, when the log was found to
    /// continue it; 0 otherwise. Whoever can write the log could have rewritten
    /// or removed what came after it.
    pub anchored: u64,
    /// How many records the log's own memory covers (its head and its newest
    /// checkpoint), when the log was found to agree; 0 when there is none. It
    /// lies beside the log, where who changes one can change the other.
    pub remembered: u64,
    /// Whether the watcher stopped it.
    pub stopped: bool,
}

impl Report {
    /// What vouches for the log being whole.
    pub fn anchoring(&self) -> Anchoring {
        match (self.anchored, self.remembered) {
            (0, 0) => Anchoring::Unanchored,
            (0, _) => Anchoring::OwnMemory,
            (size, _) => Anchoring::TrustedHead { size },
        }
    }
}

/// Who states that records were removed from the beginning of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Remover {
    /// The key that signed the statement.
    pub key: PublicKey,
    /// Whether that is one of the [`SignaturePolicy::control_keys`]. Otherwise none
    /// were given, and any key could have stated it.
    pub is_control_key: bool,
}

/// What vouches for a log being whole. A chain of hashes shows what was changed
/// in the middle; that the end is missing, only a memory of it shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchoring {
    /// Nothing: records may be missing from the end, or all may have been
    /// written anew.
    Unanchored,
    /// What the log keeps beside itself.
    OwnMemory,
    /// The trusted head, for its records and no further.
    TrustedHead {
        /// How many records it covers.
        size: u64,
    },
}

impl std::fmt::Display for Anchoring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Anchoring::Unanchored => f.write_str("UNANCHORED"),
            Anchoring::OwnMemory => f.write_str("anchored by its own memory only"),
            Anchoring::TrustedHead { size } => write!(f, "anchored up to {size} records"),
        }
    }
}

/// Is told what a verification finds, and may stop it.
pub trait Watcher {
    /// Something was found.
    fn finding(&mut self, finding: &Finding) -> ControlFlow<()>;
    /// So many records have been looked at.
    fn progress(&mut self, records: u64) -> ControlFlow<()> {
        let _ = records;
        ControlFlow::Continue(())
    }
}

/// Whoever only wants the report.
impl Watcher for () {
    fn finding(&mut self, _: &Finding) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

/// Whoever wants all findings.
impl Watcher for Vec<Finding> {
    fn finding(&mut self, finding: &Finding) -> ControlFlow<()> {
        self.push(finding.clone());
        ControlFlow::Continue(())
    }
}

/// Verifies an audit folder without opening it for writing: nothing is created,
/// locked or repaired. What the log remembers of its own end is taken into
/// account when it is there.
pub fn verify_folder(
    audit: &Path,
    options: &VerifyOptions<'_>,
    watcher: &mut dyn Watcher,
) -> Result<Report> {
    verify_disk(&Folder::existing(audit)?, options, watcher)
}

/// [`verify_folder`] for a log that is kept on a disk of any kind.
pub fn verify_disk(
    disk: &dyn Disk,
    options: &VerifyOptions<'_>,
    watcher: &mut dyn Watcher,
) -> Result<Report> {
    run(disk, &Start::default(), None, options, watcher)
}

/// Verifies from `start`, which is at or before the first record asked for, to
/// `end`, or to whatever the files hold.
pub(super) fn run(
    disk: &dyn Disk,
    start: &Start,
    end: Option<&Position>,
    options: &VerifyOptions<'_>,
    watcher: &mut dyn Watcher,
) -> Result<Report> {
    let beginning = range::beginning(disk, start, end, options)?;
    let mut merge = Merge::new(disk, &beginning, end, options, watcher)?;
    if beginning.is_there {
        let pieces = Pieces::new(disk, &beginning.start, end, piece_len(options))?;
        match options.threads {
            0 | 1 => on_this_thread(pieces, options, &mut merge)?,
            threads => on_threads(pieces, threads.min(MOST_THREADS), options, &mut merge)?,
        }
    }
    let to_the_end = options.limit.is_none() || !beginning.is_there;
    if !merge.report.stopped && to_the_end {
        merge.compare_length_with_memory(disk)?;
        if let Some(cadence) = &options.cadence {
            merge.tell_staleness(disk, cadence)?;
        }
    }
    if !beginning.is_there && !merge.explains_the_absence() {
        return Err(range::absent(options.first));
    }
    merge.tell_incidents(disk)?;
    Ok(merge.report)
}

fn piece_len(options: &VerifyOptions<'_>) -> usize {
    let batched = |policy: SignaturePolicy<'_>| policy.mode != SignatureMode::OneByOne;
    match options.signatures.is_some_and(batched) {
        true => BATCH_PIECE_LEN,
        false => PIECE_LEN,
    }
}

fn on_this_thread(
    mut pieces: Pieces<'_>,
    options: &VerifyOptions<'_>,
    merge: &mut Merge<'_>,
) -> Result<()> {
    let mut local = Local::new(options.signatures.as_ref());
    while let Some(piece) = pieces.next_piece(local.buffer())? {
        if merge.take(local.check(piece)).is_break() {
            break;
        }
    }
    Ok(())
}

/// More threads than any machine has use for, and few enough to be counted with.
const MOST_THREADS: usize = 256;

/// What the threads share: the pieces to come, and how far the merging is.
struct Work<'d> {
    pieces: Pieces<'d>,
    next: u64,
    merged: u64,
}

fn on_threads(
    pieces: Pieces<'_>,
    threads: usize,
    options: &VerifyOptions<'_>,
    merge: &mut Merge<'_>,
) -> Result<()> {
    let work = Mutex::new(Work {
        pieces,
        next: 0,
        merged: 0,
    });
    let advanced = Condvar::new();
    let stop = AtomicBool::new(false);
    // Nobody runs further ahead of the slowest than this.
    let ahead = 2 * threads as u64;
    std::thread::scope(|scope| {
        let (sender, receiver) = mpsc::sync_channel::<(u64, Result<Checked>)>(threads);
        let mut workers = Vec::new();
        for _ in 0..threads {
            let sender = sender.clone();
            let started = std::thread::Builder::new().spawn_scoped(scope, || {
                let sender = sender;
                let mut local = Local::new(options.signatures.as_ref());
                while let Some((number, piece)) =
                    next_piece(&work, &advanced, &stop, ahead, &mut local)
                {
                    let checked = piece.map(|piece| local.check(piece));
                    let failed = checked.is_err();
                    if sender.send((number, checked)).is_err() || failed {
                        break;
                    }
                }
            });
            match started {
                Ok(worker) => workers.push(worker),
                // Fewer do as well.
                Err(_) if !workers.is_empty() => break,
                Err(cause) => return Err(Error::new(ErrorKind::Io, "thread", cause.to_string())),
            }
        }
        drop(sender);
        let mut early = BTreeMap::new();
        let mut wanted = 0;
        let mut outcome = Ok(());
        'merging: while let Ok((number, checked)) = receiver.recv() {
            early.insert(number, checked);
            while let Some(checked) = early.remove(&wanted) {
                wanted += 1;
                let go_on = match checked {
                    Ok(checked) => merge.take(checked).is_continue(),
                    Err(error) => {
                        outcome = Err(error);
                        false
                    }
                };
                lock(&work).merged = wanted;
                advanced.notify_all();
                if !go_on {
                    break 'merging;
                }
            }
        }
        // The threads that wait for a place in the channel see it closed.
        stop.store(true, Ordering::SeqCst);
        drop(receiver);
        // Those that wait for the merging must see the order to stop: taking
        // the lock puts this after their look at it.
        drop(lock(&work));
        advanced.notify_all();
        // The scope waits for what the threads run, not for their end in the system.
        for worker in workers {
            if let Err(panic) = worker.join() {
                std::panic::resume_unwind(panic);
            }
        }
        outcome
    })
}

/// The next piece and its number, once the merging is near enough.
fn next_piece(
    work: &Mutex<Work<'_>>,
    advanced: &Condvar,
    stop: &AtomicBool,
    ahead: u64,
    local: &mut Local<'_>,
) -> Option<(u64, Result<Piece>)> {
    let mut work = lock(work);
    while work.next >= work.merged + ahead && !stop.load(Ordering::SeqCst) {
        work = advanced.wait(work).unwrap_or_else(PoisonError::into_inner);
    }
    if stop.load(Ordering::SeqCst) {
        return None;
    }
    let piece = work.pieces.next_piece(local.buffer()).transpose()?;
    let number = work.next;
    work.next += 1;
    Some((number, piece))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
