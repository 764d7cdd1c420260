//! The audit log: append, read, query.

use std::ffi::c_void;
use std::ops::ControlFlow;
use std::path::Path;

use crate::error::{Error, ErrorKind};
use crate::ffi::boundary::{Failure, quietly, run, silently};
use crate::ffi::buffer::signet_buffer;
use crate::ffi::error::signet_error;
use crate::ffi::handle::Handle;
use crate::ffi::json::SIGNET_HASH_LEN;
use crate::ffi::keypair::signet_keypair;
use crate::ffi::log_options::{read_log_options, signet_log_options};
use crate::ffi::log_record::signet_log_record;
use crate::ffi::memory;
use crate::ffi::status::signet_status;
use crate::log::{Appended, Log, QueryText, Record, StoredRecord, recovery_json};

/// The audit log of a home folder, open for appending and reading:
/// "<home>/audit/YYYY-MM-DD.jsonl", a hash chain in the format of the published
/// Signet, whose programs may append to the same folder at the same time. Any
/// number of threads may use it at once, and any number of processes may open
/// it; a handle does not survive fork. Owned by the caller.
pub struct signet_log {
    _private: [u8; 0],
}

impl Handle for signet_log {
    type Core = Log;
}

/// The answer to an append. This struct never grows.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct signet_log_entry {
    /// The number of the record in the log, from 0.
    pub index: u64,
    /// The hash that seals the record and everything before it.
    pub record_hash: [u8; SIGNET_HASH_LEN],
    /// 1 if the record is on the disk already, else 0.
    pub durable: u32,
    /// 0.
    pub reserved: u32,
}

/// Is shown a record. The record belongs to the library and lives until the
/// callback returns. The log may be used from inside. It must not unwind.
///
/// @param record     the record
/// @param user_data  what was given with the callback
/// @return 0 to go on; anything else stops, and the call returns
///         SIGNET_ERR_STOPPED
pub type signet_log_callback =
    Option<unsafe extern "C" fn(record: *const signet_log_record, user_data: *mut c_void) -> i32>;

/// Opens the audit log of a home folder; the folders are made when absent. Only
/// what was written since the last head is read. A torn end is set aside, never
/// discarded; signet_log_recovery() tells.
///
/// @param home         the folder's path, UTF-8; borrowed for the call
/// @param home_len     its length in bytes
/// @param control_key  signs the log's own records about torn ends and damage;
///                     NULL: they are only noted beside the log
/// @param log_key      signs checkpoints; not an agent's key, because whoever acts
///                     must not vouch for what was recorded. NULL: no checkpoints
/// @param options      options, or NULL
/// @param[out] log_out    the log; owned by the caller
/// @param[out] error_out  details of a failure, or NULL if not wanted
/// @return SIGNET_OK, SIGNET_ERR_IO, SIGNET_ERR_LOG_BUSY, SIGNET_ERR_LOG_DAMAGED,
///         SIGNET_ERR_NETWORK_FILE_SYSTEM, SIGNET_ERR_SIGNER_FAILED,
///         SIGNET_ERR_INVALID_ARGUMENT, SIGNET_ERR_UNSUPPORTED,
///         SIGNET_ERR_NULL_ARGUMENT
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_log_open(
    home: *const u8,
    home_len: usize,
    control_key: *const signet_keypair,
    log_key: *const signet_keypair,
    options: *const signet_log_options,
    log_out: *mut *mut signet_log,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let out = memory::out(log_out, "log_out")?;
            let home = memory::text(home, home_len, "home")?;
            let mut options = read_log_options(options)?;
            options.control_key = signet_keypair::share(control_key);
            options.log_key = signet_keypair::share(log_key);
            *out = signet_log::into_raw(Log::open(Path::new(home), options)?);
            Ok(())
        })
    }
}

/// Appends a receipt, or another record of the published formats.
///
/// With SIGNET_LOG_SYNC, SIGNET_OK means that the record is on the disk. After
/// SIGNET_ERR_SYNC_FAILED it may be in the log or not; after every other error
/// it is not. Threads that append at the same time share one sync.
///
/// @param log         the log
/// @param record      the JSON text; borrowed for the call
/// @param record_len  its length in bytes
/// @param[out] entry_out  where the record stands
/// @param[out] error_out  details of a failure, or NULL if not wanted
/// @return SIGNET_OK, SIGNET_ERR_JSON_…, SIGNET_ERR_RECORD_INVALID,
///         SIGNET_ERR_TOO_LARGE, SIGNET_ERR_IO, SIGNET_ERR_SYNC_FAILED,
///         SIGNET_ERR_LOG_BUSY, SIGNET_ERR_LOG_DAMAGED, SIGNET_ERR_LOG_CLOSED,
///         SIGNET_ERR_NULL_ARGUMENT
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_log_append(
    log: *const signet_log,
    record: *const u8,
    record_len: usize,
    entry_out: *mut signet_log_entry,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let out = memory::out_value(entry_out, "entry_out")?;
            let log = memory::handle(log, "log")?;
            let record = memory::bytes(record, record_len, "record")?;
            *out = log.append_json(record)?.into();
            Ok(())
        })
    }
}

/// Appends records next to each other, in order, with one write and one sync:
/// all of them or, on an error, none.
///
/// @param log          the log
/// @param records      pointers to the JSON texts; borrowed for the call
/// @param record_lens  their lengths in bytes
/// @param count        how many there are
/// @param[out] entries_out  where they stand: an array of `count` entries
/// @param[out] error_out    details of a failure, or NULL if not wanted
/// @return as signet_log_append()
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_log_append_many(
    log: *const signet_log,
    records: *const *const u8,
    record_lens: *const usize,
    count: usize,
    entries_out: *mut signet_log_entry,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let out = memory::out_slice(entries_out, count, "entries_out")?;
            let log = memory::handle(log, "log")?;
            let texts = memory::slices(records, record_lens, count, "records", "record_lens")?;
            let parse = |text: &[u8]| Record::parse(text, log.max_record_len());
            let records = texts
                .into_iter()
                .map(parse)
                .collect::<Result<Vec<_>, _>>()?;
            for (entry, appended) in out.iter_mut().zip(log.append_many(&records)?) {
                *entry = appended.into();
            }
            Ok(())
        })
    }
}

/// Makes everything durable that has been appended.
///
/// @param log  the log
/// @param[out] durable_out  how many records are on the disk now
/// @param[out] error_out    details of a failure, or NULL if not wanted
/// @return SIGNET_OK, SIGNET_ERR_SYNC_FAILED, SIGNET_ERR_IO,
///         SIGNET_ERR_LOG_CLOSED, SIGNET_ERR_NULL_ARGUMENT
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_log_sync(
    log: *const signet_log,
    durable_out: *mut u64,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let out = memory::out_value(durable_out, "durable_out")?;
            *out = memory::handle(log, "log")?.sync()?;
            Ok(())
        })
    }
}

/// How many records this handle knows of; 0 for NULL. Others may have appended
/// more: see signet_log_refresh().
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_log_len(log: *const signet_log) -> u64 {
    // SAFETY: NULL or live, says the header.
    quietly(0, || Some(unsafe { signet_log::borrow(log) }?.len()))
}

/// Takes notice of what other processes have appended.
///
/// @param log  the log
/// @param[out] count_out  how many records there are
/// @param[out] error_out  details of a failure, or NULL if not wanted
/// @return SIGNET_OK, SIGNET_ERR_IO, SIGNET_ERR_LOG_BUSY, SIGNET_ERR_LOG_DAMAGED,
///         SIGNET_ERR_LOG_CLOSED, SIGNET_ERR_NULL_ARGUMENT
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_log_refresh(
    log: *const signet_log,
    count_out: *mut u64,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let out = memory::out_value(count_out, "count_out")?;
            *out = memory::handle(log, "log")?.refresh()?;
            Ok(())
        })
    }
}

/// Reads one record by its number.
///
/// @param log    the log
/// @param index  the number, from 0
/// @param[out] record_out  the record; owned by the caller
/// @param[out] error_out   details of a failure, or NULL if not wanted
/// @return SIGNET_OK, SIGNET_ERR_RECORD_NOT_FOUND, SIGNET_ERR_RECORD_INVALID,
///         SIGNET_ERR_IO, SIGNET_ERR_LOG_CLOSED, SIGNET_ERR_NULL_ARGUMENT
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_log_read(
    log: *const signet_log,
    index: u64,
    record_out: *mut *mut signet_log_record,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let out = memory::out(record_out, "record_out")?;
            let log = memory::handle(log, "log")?;
            *out = signet_log_record::into_raw(log.read(index)?);
            Ok(())
        })
    }
}

/// Shows the records from one on, oldest first.
///
/// @param log        the log
/// @param first      the number of the first record to show
/// @param visit      is shown each record; must not be NULL
/// @param user_data  given to each call
/// @param[out] error_out  details of a failure, or NULL if not wanted
/// @return SIGNET_OK, SIGNET_ERR_STOPPED, SIGNET_ERR_RECORD_INVALID,
///         SIGNET_ERR_IO, SIGNET_ERR_LOG_CLOSED, SIGNET_ERR_NULL_ARGUMENT
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_log_visit(
    log: *const signet_log,
    first: u64,
    visit: signet_log_callback,
    user_data: *mut c_void,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let log = memory::handle(log, "log")?;
            let mut visitor = Visitor::new(visit, user_data)?;
            log.for_each(first, |record| visitor.show(record))?;
            visitor.outcome()
        })
    }
}

/// Shows the records that a query matches.
///
/// The query is a JSON object with any of "since" and "until" (RFC 3339
/// date-times), "tool" (a part of the name), "signer", "target", "session",
/// "trace", "decision", "limit" (at most so many, the newest) and "newest_first"
/// (true or false; oldest first otherwise). An unknown member is an error. Empty
/// text matches everything.
///
/// @param log        the log
/// @param query      the query; borrowed for the call
/// @param query_len  its length in bytes
/// @param visit      is shown each record; must not be NULL
/// @param user_data  given to each call
/// @param[out] error_out  details of a failure, or NULL if not wanted
/// @return SIGNET_OK, SIGNET_ERR_STOPPED, SIGNET_ERR_JSON_…,
///         SIGNET_ERR_UNKNOWN_MEMBER, SIGNET_ERR_RECEIPT_INVALID,
///         SIGNET_ERR_TIMESTAMP_INVALID, SIGNET_ERR_INVALID_ARGUMENT,
///         SIGNET_ERR_RECORD_INVALID, SIGNET_ERR_IO, SIGNET_ERR_LOG_CLOSED,
///         SIGNET_ERR_NULL_ARGUMENT
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_log_query(
    log: *const signet_log,
    query: *const u8,
    query_len: usize,
    visit: signet_log_callback,
    user_data: *mut c_void,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let log = memory::handle(log, "log")?;
            let query = QueryText::parse(memory::bytes(query, query_len, "query")?)?;
            let mut visitor = Visitor::new(visit, user_data)?;
            log.query(&query.query(), |record| visitor.show(record))?;
            visitor.outcome()
        })
    }
}

/// What opening the log, and reading what others wrote since, came upon: a JSON
/// object with "verdict" ("OK", "TORN", "TAMPERED", "TRUNCATED", "FORKED", …),
/// "index" where it is about a record, "incidents" and "rescanned".
///
/// @param log  the log
/// @param[out] json_out   the JSON text; owned by the caller
/// @param[out] error_out  details of a failure, or NULL if not wanted
/// @return SIGNET_OK, SIGNET_ERR_NULL_ARGUMENT
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_log_recovery(
    log: *const signet_log,
    json_out: *mut *mut signet_buffer,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let out = memory::out(json_out, "json_out")?;
            let log = memory::handle(log, "log")?;
            *out = signet_buffer::into_raw(recovery_json(&log.recovery()));
            Ok(())
        })
    }
}

/// Closes a log: what was appended is made durable (except with
/// SIGNET_LOG_NONE), and opening it again will read nothing. The handle still has
/// to be freed; freeing alone closes too, but cannot tell of a failure.
///
/// @param log  the log
/// @param[out] error_out  details of a failure, or NULL if not wanted
/// @return SIGNET_OK, SIGNET_ERR_SYNC_FAILED, SIGNET_ERR_IO,
///         SIGNET_ERR_LOG_CLOSED, SIGNET_ERR_NULL_ARGUMENT
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_log_close(
    log: *const signet_log,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe { run(error_out, || Ok(memory::handle(log, "log")?.close()?)) }
}

/// Closes and releases a log. NULL is ignored.
///
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_log_free(log: *mut signet_log) {
    // SAFETY: NULL or live and not used afterwards, says the header.
    silently(|| unsafe { signet_log::release(log) });
}

impl From<Appended> for signet_log_entry {
    fn from(appended: Appended) -> signet_log_entry {
        signet_log_entry {
            index: appended.index,
            record_hash: appended.record_hash,
            durable: u32::from(appended.durable),
            reserved: 0,
        }
    }
}

/// A callback that is shown records, and whether it has asked to stop.
struct Visitor {
    visit: unsafe extern "C" fn(*const signet_log_record, *mut c_void) -> i32,
    user_data: *mut c_void,
    stopped: bool,
}

impl Visitor {
    fn new(visit: signet_log_callback, user_data: *mut c_void) -> Result<Visitor, Failure> {
        Ok(Visitor {
            visit: visit.ok_or(Failure::Null("visit"))?,
            user_data,
            stopped: false,
        })
    }

    fn show(&mut self, record: &StoredRecord) -> ControlFlow<()> {
        let shown = std::ptr::from_ref(record).cast::<signet_log_record>();
        // SAFETY: the header states what the callback gets.
        self.stopped = unsafe { (self.visit)(shown, self.user_data) } != 0;
        match self.stopped {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }

    fn outcome(&self) -> Result<(), Failure> {
        match self.stopped {
            false => Ok(()),
            true => Err(stopped()),
        }
    }
}

pub(super) fn stopped() -> Failure {
    Failure::Core(Error::new(
        ErrorKind::Stopped,
        "callback",
        "it asked to stop",
    ))
}
