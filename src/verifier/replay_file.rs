//! Used nonces in a file: for many processes, and across restarts.
//!
//! Three files stand side by side. `<path>` is a nonce file of the published
//! Signet, `<path>.journal` is ours, and `<path>.lock` is the one that the
//! published Rust package takes its `flock` on, so that all take turns.
//!
//! The journal is the truth: a use is one line appended to it and synced before
//! anybody acts on it, which costs the same however many there are. Every
//! process keeps an index of the journal in memory and reads what others have
//! appended. What published programs write to `<path>` is read whenever that
//! file has changed. They see our nonces when we write the file: by
//! [`FileNonces::export`], when the journal is compacted and the file is there,
//! or, with [`FileNoncesOptions::share_at_once`], before every answer.
//!
//! Whatever cannot be read, written or understood is a refusal, never an empty
//! store.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::crypto::ed25519::PublicKey;
use crate::encoding::rfc3339::Instant;
use crate::error::Result;
use crate::verifier::replay::{DEFAULT_CAPACITY, NonceStore, NonceUse};
use crate::verifier::replay_disk::{
    Stamp, failed, id_of, private, read_bounded, refuse, replace, take_lock,
};
use crate::verifier::replay_journal::{self as journal, Event};
use crate::verifier::replay_published::{self as published, PublishedForm, Time};
use crate::verifier::replay_table::{NonceTable, remembered};

/// Before every time: nothing has ended yet.
const AT_OPENING: i64 = i64::MIN;
/// How long the published Signet remembers a nonce.
const PUBLISHED_LIFETIME_MILLIS: i64 = 3_600_000;
/// The largest journal that is read.
const MAX_JOURNAL_LEN: u64 = 1 << 30;
/// How much of a journal is read at once.
const PART_LEN: u64 = 1 << 20;
/// A journal with fewer outdated lines than this is left alone.
const SPARE_LINES: u64 = 4096;
/// How often a nonce file is looked at again that somebody may be writing.
const LOOKS: u32 = 4;

/// How a nonce file is kept.
#[derive(Clone, Copy, Debug)]
pub struct FileNoncesOptions {
    /// How many nonces are remembered: 262,144.
    pub capacity: usize,
    /// How long a nonce is remembered at least after its use: 0 s, that is until
    /// it ends; 3600 s where the published file is there. All who share a file
    /// remember as long as the most careful of them.
    pub lifetime_seconds: u64,
    /// Whether a use is made durable before it is answered: yes. Without, a
    /// crash of the machine may bring back what was used just before.
    pub sync: bool,
    /// Whether the published file is written before every answer, for published
    /// programs that run at the same time: no. It costs as much as there are
    /// nonces.
    pub share_at_once: bool,
    /// The form of a published file that is not there yet.
    pub form: PublishedForm,
}

impl Default for FileNoncesOptions {
    fn default() -> FileNoncesOptions {
        FileNoncesOptions {
            capacity: DEFAULT_CAPACITY,
            lifetime_seconds: 0,
            sync: true,
            share_at_once: false,
            form: PublishedForm::default(),
        }
    }
}

/// Used nonces in a file. See the module's text for which files there are.
#[derive(Debug)]
pub struct FileNonces {
    path: PathBuf,
    options: FileNoncesOptions,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    table: NonceTable,
    journal: Option<Arc<Journal>>,
    /// The end of the last whole line that was read or appended.
    read_to: u64,
    /// The lines of the journal, those of them that mattered when they were
    /// read, and how many those were when it was read from the start.
    lines: u64,
    live_lines: u64,
    live_at_start: u64,
    /// How long nonces are kept at least: what was asked for or, where that is
    /// more, what the journal states.
    lifetime: i64,
    stated_lifetime: i64,
    form: PublishedForm,
    /// The published file as it was read or written last.
    published: Option<Stamp>,
}

#[derive(Debug)]
struct Journal {
    file: File,
    id: (u64, u64),
    /// The end of the last whole line.
    written: AtomicU64,
    synced: Mutex<Synced>,
}

#[derive(Debug)]
enum Synced {
    UpTo(u64),
    /// The disk did not confirm, and may have dropped what it had.
    Failed,
}

/// A published file as it was read.
struct PublishedFile {
    stamp: Stamp,
    form: Option<PublishedForm>,
    found: Vec<published::Found>,
}

impl FileNonces {
    /// Opens the store at `path`, which is made when it is not there; its folder
    /// must be.
    ///
    /// [`ErrorKind::ReplayStoreFailed`](crate::ErrorKind::ReplayStoreFailed) when
    /// a file cannot be read, written or understood. Whoever deletes the files to start anew should refuse older
    /// receipts with
    /// [`VerifierOptions::not_before`](crate::verifier::VerifierOptions::not_before).
    pub fn open(path: &Path, options: FileNoncesOptions) -> Result<FileNonces> {
        let lifetime = i64::try_from(options.lifetime_seconds.saturating_mul(1000));
        let store = FileNonces {
            path: path.to_owned(),
            options,
            state: Mutex::new(State {
                table: NonceTable::new(options.capacity),
                journal: None,
                read_to: 0,
                lines: 0,
                live_lines: 0,
                live_at_start: 0,
                lifetime: lifetime.unwrap_or(i64::MAX / 4),
                stated_lifetime: i64::MIN,
                form: options.form,
                published: None,
            }),
        };
        let mut state = store.state();
        let lock = take_lock(&store.beside(".lock"))?;
        if path.exists() {
            // Published programs use it, and remember for an hour.
            state.lifetime = state.lifetime.max(PUBLISHED_LIFETIME_MILLIS);
        }
        let asked = state.lifetime;
        store.refresh_journal(&mut state, AT_OPENING)?;
        // Looked at now, taken in when the time is known.
        store.read_published(None)?;
        if asked > state.stated_lifetime {
            let mut line = Vec::new();
            journal::append(&mut line, &Event::Lifetime(asked));
            store.append(&mut state, &line, AT_OPENING)?;
        }
        let end = state.read_to;
        let journal = state.journal.clone();
        drop(lock);
        drop(state);
        store.sync(journal.as_deref(), end)?;
        Ok(store)
    }

    /// How many nonces are remembered, as far as this process has seen.
    pub fn len(&self) -> usize {
        self.state().table.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Writes the published file, in the form that it has, so that published
    /// programs know every nonce that still matters. Published files of Rust and
    /// Python name no signer: there, a nonce counts whoever used it.
    pub fn export(&self, now: Instant) -> Result<()> {
        let now = now.unix_millis();
        let mut state = self.state();
        let _lock = take_lock(&self.beside(".lock"))?;
        self.refresh(&mut state, now)?;
        self.write_published(&mut state, now)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn beside(&self, suffix: &str) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        name.push(suffix);
        PathBuf::from(name)
    }

    /// Takes in what others have written. The lock is held.
    fn refresh(&self, state: &mut State, now: i64) -> Result<()> {
        self.refresh_journal(state, now)?;
        self.import(state, now)
    }

    fn refresh_journal(&self, state: &mut State, now: i64) -> Result<()> {
        let path = self.beside(".journal");
        match fs::symlink_metadata(&path) {
            Ok(metadata) => {
                let journal = state.journal.as_ref();
                if journal.is_some_and(|journal| journal.id == id_of(&metadata)) {
                    self.read_on(state, &path, metadata.len(), now)?;
                } else {
                    self.load(state, &path, now)?;
                }
            }
            Err(cause) if cause.kind() == io::ErrorKind::NotFound && state.journal.is_none() => {
                self.write_journal(state, now)?;
            }
            Err(cause) => return Err(failed(&path, &cause)),
        }
        Ok(())
    }

    /// Opens a journal that is new to us. What was forgotten stays forgotten.
    fn load(&self, state: &mut State, path: &Path, now: i64) -> Result<()> {
        let file = private()
            .append(true)
            .open(path)
            .map_err(|cause| failed(path, &cause))?;
        let mut header = [0; journal::HEADER.len()];
        let found = file.read_exact_at(&mut header, 0);
        if found.is_err() || header != journal::HEADER {
            return Err(refuse(path, "it is no journal of nonces"));
        }
        let metadata = file.metadata().map_err(|cause| failed(path, &cause))?;
        let mut table = NonceTable::new(self.options.capacity);
        table.has_forgotten(state.table.forgotten());
        let before = std::mem::replace(&mut state.table, table);
        let former = state.journal.take();
        state.read_to = journal::HEADER.len() as u64;
        state.lines = 0;
        state.live_lines = 0;
        state.journal = Some(Arc::new(Journal {
            id: id_of(&metadata),
            file,
            written: AtomicU64::new(state.read_to),
            synced: Mutex::new(Synced::UpTo(0)),
        }));
        let loaded = self.read_on(state, path, metadata.len(), now);
        let complete = loaded.and_then(|()| match before.is_kept_by(&state.table, now) {
            true => Ok(()),
            false => Err(refuse(
                path,
                "it was replaced by one that lacks used nonces",
            )),
        });
        if complete.is_err() {
            // To be found out again by the next call.
            (state.table, state.journal) = (before, former);
        }
        state.live_at_start = state.live_lines;
        complete
    }

    /// Reads the journal from where we know it to `len`, and cuts off what a
    /// crash has left of a line.
    fn read_on(&self, state: &mut State, path: &Path, len: u64, now: i64) -> Result<()> {
        let Some(journal) = state.journal.clone() else {
            return Ok(());
        };
        if len < state.read_to || len > MAX_JOURNAL_LEN {
            return Err(refuse(path, "it was cut, or is larger than any journal"));
        }
        let mut part = Vec::new();
        let mut at = state.read_to;
        while at < len {
            let room = (len - at).min(PART_LEN) as usize;
            let kept = part.len();
            part.resize(kept + room, 0);
            let fresh = part.get_mut(kept..).unwrap_or_default();
            journal
                .file
                .read_exact_at(fresh, at)
                .map_err(|cause| failed(path, &cause))?;
            at += room as u64;
            let consumed = self
                .take_in(state, &part, now)
                .map_err(|e| e.within(&path.display().to_string()))?;
            part.drain(..consumed);
        }
        if !part.is_empty() {
            journal
                .file
                .set_len(state.read_to)
                .map_err(|cause| failed(path, &cause))?;
        }
        journal.written.store(state.read_to, Ordering::Release);
        Ok(())
    }

    /// Takes in the whole lines that a part starts with.
    fn take_in(&self, state: &mut State, part: &[u8], now: i64) -> Result<usize> {
        let State {
            table,
            lifetime,
            stated_lifetime,
            lines,
            live_lines,
            ..
        } = state;
        let consumed = journal::read(part, state.read_to, &mut |event, _| {
            *lines += 1;
            match event {
                Event::Lifetime(millis) => {
                    *stated_lifetime = millis.max(*stated_lifetime);
                    *lifetime = millis.max(*lifetime);
                }
                Event::Forgotten(end) => table.has_forgotten(end),
                Event::Used {
                    end,
                    used_at,
                    signer,
                    nonce,
                } => {
                    let keep_until = end.max(used_at.saturating_add(*lifetime));
                    if keep_until < now {
                        table.has_forgotten(end);
                    } else {
                        table.add(signer.as_ref(), &nonce, end, keep_until);
                        *live_lines += 1;
                    }
                }
            }
            Ok(())
        })?;
        state.read_to += consumed as u64;
        Ok(consumed)
    }

    /// Appends whole lines in one write, and takes them in. What cannot be
    /// written whole is cut off again.
    fn append(&self, state: &mut State, lines: &[u8], now: i64) -> Result<()> {
        let path = self.beside(".journal");
        let Some(journal) = state.journal.clone() else {
            return Err(refuse(&path, "it is not open"));
        };
        if let Err(cause) = (&journal.file).write_all(lines) {
            let _ = journal.file.set_len(state.read_to);
            return Err(failed(&path, &cause));
        }
        self.take_in(state, lines, now)?;
        journal.written.store(state.read_to, Ordering::Release);
        Ok(())
    }

    /// Returns once everything up to `end` is on the disk. Threads that come
    /// while one is syncing share the next sync.
    fn sync(&self, journal: Option<&Journal>, end: u64) -> Result<()> {
        let Some(journal) = journal.filter(|_| self.options.sync) else {
            return Ok(());
        };
        let path = self.beside(".journal");
        let mut synced = journal
            .synced
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        match *synced {
            Synced::UpTo(done) if done >= end => return Ok(()),
            Synced::UpTo(_) => {}
            Synced::Failed => return Err(refuse(&path, "the disk has failed to confirm it")),
        }
        let written = journal.written.load(Ordering::Acquire);
        match journal.file.sync_data() {
            Ok(()) => {
                *synced = Synced::UpTo(written);
                Ok(())
            }
            Err(cause) => {
                *synced = Synced::Failed;
                Err(failed(&path, &cause))
            }
        }
    }

    /// Takes in what published programs have used, when their file has changed.
    fn import(&self, state: &mut State, now: i64) -> Result<()> {
        let Some(published) = self.read_published(state.published)? else {
            return Ok(());
        };
        state.form = published.form.unwrap_or(state.form);
        let mut lines = Vec::new();
        for one in &published.found {
            let (end, used_at) = match one.time {
                Time::UsedAt(time) => (time.saturating_add(state.lifetime), time),
                // How long it is kept after its use is not known: let it be now.
                Time::EndsAt(time) => (time, now),
            };
            let nonce = remembered(&one.nonce);
            let keep_until = end.max(used_at.saturating_add(state.lifetime));
            if keep_until < now || state.table.uses(one.signer.as_ref(), &nonce) > 0 {
                continue;
            }
            journal::append_used(&mut lines, end, used_at, one.signer.as_ref(), &nonce);
        }
        if !lines.is_empty() {
            self.append(state, &lines, now)?;
        }
        state.published = Some(published.stamp);
        Ok(())
    }

    /// The published file, unless it is absent or as `known`. One that is not
    /// understood may be half written, so it is looked at again.
    fn read_published(&self, known: Option<Stamp>) -> Result<Option<PublishedFile>> {
        let mut look = 0;
        loop {
            look += 1;
            let stamp = match fs::metadata(&self.path) {
                Ok(metadata) => Stamp::of(&metadata),
                Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(None),
                Err(cause) => return Err(failed(&self.path, &cause)),
            };
            if known == Some(stamp) {
                return Ok(None);
            }
            let text = read_bounded(&self.path, published::MAX_LEN)
                .map_err(|cause| failed(&self.path, &cause))?;
            match published::read(&text) {
                Ok((form, found)) => return Ok(Some(PublishedFile { stamp, form, found })),
                Err(error) if look == LOOKS => {
                    return Err(error.within(&self.path.display().to_string()));
                }
                Err(_) => std::thread::sleep(Duration::from_millis(2)),
            }
        }
    }

    /// Writes the published file anew.
    fn write_published(&self, state: &mut State, now: i64) -> Result<()> {
        let mut writer = published::Writer::default();
        let form = state.form;
        let lifetime = state.lifetime;
        self.each_line(state, &mut |event, _| {
            if let Event::Used {
                end,
                used_at,
                signer,
                nonce,
            } = event
                && end.max(used_at.saturating_add(lifetime)) >= now
            {
                writer.add(form, signer.as_ref(), &nonce, used_at, end);
            }
        })?;
        let text = writer.finish(form);
        replace(
            &self.path,
            &self.beside(".tmp"),
            &[&text],
            self.options.sync,
        )?;
        let metadata = fs::metadata(&self.path).map_err(|cause| failed(&self.path, &cause))?;
        state.published = Some(Stamp::of(&metadata));
        Ok(())
    }

    /// Writes the journal anew, without what no longer matters.
    fn write_journal(&self, state: &mut State, now: i64) -> Result<()> {
        let mut text = journal::HEADER.to_vec();
        journal::append(&mut text, &Event::Lifetime(state.lifetime));
        let mut forgotten = state.table.forgotten();
        let mut lines = Vec::new();
        let lifetime = state.lifetime;
        self.each_line(state, &mut |event, line| {
            let Event::Used { end, used_at, .. } = event else {
                return;
            };
            if end.max(used_at.saturating_add(lifetime)) < now {
                forgotten = forgotten.max(end);
            } else {
                lines.extend_from_slice(line);
                lines.push(b'\n');
            }
        })?;
        if forgotten > i64::MIN {
            journal::append(&mut text, &Event::Forgotten(forgotten));
        }
        let path = self.beside(".journal");
        replace(&path, &self.beside(".journal.tmp"), &[&text, &lines], true)?;
        self.load(state, &path, now)
    }

    /// Makes the journal short again. The use is recorded already, so that a
    /// failure is no reason to refuse it; the next use tries again.
    fn compact(&self, state: &mut State, now: i64) {
        let compacted = self.write_journal(state, now);
        if compacted.is_ok() && self.path.exists() {
            let _ = self.write_published(state, now);
        }
    }

    /// Calls `each` for every line that is known.
    fn each_line(&self, state: &State, each: &mut dyn FnMut(Event<'_>, &[u8])) -> Result<()> {
        let Some(journal) = &state.journal else {
            return Ok(());
        };
        let path = self.beside(".journal");
        let start = journal::HEADER.len() as u64;
        let mut text = vec![0; usize::try_from(state.read_to - start).unwrap_or(0)];
        journal
            .file
            .read_exact_at(&mut text, start)
            .map_err(|cause| failed(&path, &cause))?;
        journal::read(&text, start, &mut |event, line| {
            each(event, line);
            Ok(())
        })
        .map(drop)
        .map_err(|error| error.within(&path.display().to_string()))
    }
}

impl NonceStore for FileNonces {
    fn use_up(
        &self,
        uses: &[NonceUse<'_>],
        now: Instant,
        judge: &mut dyn FnMut() -> Result<()>,
    ) -> Result<()> {
        let mut state = self.state();
        let lock = take_lock(&self.beside(".lock"))?;
        self.refresh(&mut state, now.unix_millis())?;
        state.table.check(uses, now)?;
        judge()?;
        let now = now.unix_millis();
        let mut lines = Vec::new();
        for one in uses {
            let signer = one.signer.map(PublicKey::as_bytes);
            let (end, used_at) = (one.keep_until.unix_millis(), now);
            journal::append_used(&mut lines, end, used_at, signer, &remembered(one.nonce));
        }
        self.append(&mut state, &lines, now)?;
        let (journal, end) = (state.journal.clone(), state.read_to);
        if self.options.share_at_once {
            self.write_published(&mut state, now)?;
        }
        let needed = state.live_at_start.max(state.table.len() as u64);
        if state.lines > needed.saturating_mul(2).saturating_add(SPARE_LINES) {
            self.compact(&mut state, now);
        }
        drop(lock);
        drop(state);
        self.sync(journal.as_deref(), end)
    }
}
