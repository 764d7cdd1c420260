//! Verifying the audit log.

use std::ffi::c_void;
use std::ops::ControlFlow;
use std::path::Path;

use crate::ffi::boundary::{Failure, run};
use crate::ffi::error::{SIGNET_NO_POSITION, signet_error};
use crate::ffi::json::SIGNET_HASH_LEN;
use crate::ffi::log::{signet_log, stopped};
use crate::ffi::log_verify_options::{Asked, signet_log_verify_options};
use crate::ffi::memory;
use crate::ffi::public_key::{SIGNET_PUBLIC_KEY_LEN, signet_public_key};
use crate::ffi::status::signet_status;
use crate::log::{Finding, FindingKind, Report, Watcher, verify_folder};

/// The record names another predecessor than the one before it.
pub const SIGNET_FINDING_LINK_BROKEN: i32 = 1;
/// The record names the predecessor of an earlier record.
pub const SIGNET_FINDING_FORKED: i32 = 2;
/// The record does not have the hash that it states.
pub const SIGNET_FINDING_HASH_MISMATCH: i32 = 3;
/// The line is no record.
pub const SIGNET_FINDING_UNPARSABLE: i32 = 4;
/// The last line has no line feed.
pub const SIGNET_FINDING_TORN: i32 = 5;
/// Records are missing from the end.
pub const SIGNET_FINDING_TRUNCATED: i32 = 6;
/// The last record is not the one that is remembered.
pub const SIGNET_FINDING_REPLACED: i32 = 7;
/// The line has members that no hash covers; the record itself is sound.
pub const SIGNET_FINDING_UNAUTHENTICATED: i32 = 8;
/// An object in the line has two members of one name.
pub const SIGNET_FINDING_AMBIGUOUS: i32 = 9;
/// The signature, or something that derives from it, is wrong.
pub const SIGNET_FINDING_SIGNATURE_INVALID: i32 = 10;
/// The signature is by a key that is not trusted.
pub const SIGNET_FINDING_SIGNER_UNTRUSTED: i32 = 11;
/// The signature cannot be judged: an unknown version.
pub const SIGNET_FINDING_SIGNATURE_UNVERIFIABLE: i32 = 12;
/// Something that was found and noted when the log was open.
pub const SIGNET_FINDING_INCIDENT: i32 = 13;
/// The params are encrypted and no key opens them, so the signature cannot be
/// judged.
pub const SIGNET_FINDING_PARAMS_SEALED: i32 = 14;
/// The delegation that the record rests on does not hold, or does not allow the
/// action.
pub const SIGNET_FINDING_DELEGATION_INVALID: i32 = 15;
/// The delegation holds, but no roots are trusted that it could lead from.
pub const SIGNET_FINDING_DELEGATION_UNVERIFIABLE: i32 = 16;
/// Records before the first one were removed, and a signed record of the log says
/// so. The log is fine.
pub const SIGNET_FINDING_PRUNED: i32 = 17;
/// Whole segments are missing from the beginning, and no record explains it.
pub const SIGNET_FINDING_BEGINNING_MISSING: i32 = 18;
/// The newest checkpoint is older than was promised.
pub const SIGNET_FINDING_STALE: i32 = 19;
/// Records before the first one are missing, and the record that says that they were
/// removed is signed by a key that may not speak for the log.
pub const SIGNET_FINDING_REMOVAL_UNTRUSTED: i32 = 20;

/// One thing that a verification found. It lives until the callback returns.
/// New members are only added at the end.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct signet_log_finding {
    /// A SIGNET_FINDING_… constant.
    pub kind: i32,
    /// 0.
    pub reserved: u32,
    /// The number of the record, from 0.
    pub index: u64,
    /// The line in the file, from 1; 0 when it is about no line.
    pub line: u64,
    /// The file, relative to the audit folder, UTF-8.
    pub file: *const u8,
    /// Its length in bytes.
    pub file_len: usize,
    /// The hash that would have been right: SIGNET_HASH_LEN bytes, or NULL.
    pub expected_hash: *const u8,
    /// The hash that stands there: SIGNET_HASH_LEN bytes, or NULL.
    pub actual_hash: *const u8,
    /// It in words, UTF-8.
    pub detail: *const u8,
    /// The length of the words in bytes.
    pub detail_len: usize,
}

/// The outcome of a verification. This struct never grows.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct signet_log_report {
    /// How many records were looked at.
    pub records: u64,
    /// How many findings there were, of every kind.
    pub findings: u64,
    /// The number of the first record with a finding that is not merely noted,
    /// or SIGNET_NO_POSITION.
    pub first_bad: u64,
    /// How many signatures are valid and by a trusted key.
    pub signatures_valid: u64,
    /// How many signatures are wrong or by an untrusted key.
    pub signatures_failed: u64,
    /// How many signatures could not be judged.
    pub unverifiable: u64,
    /// How many records have no signature by their nature: denied calls.
    pub unsigned_records: u64,
    /// The hash of the last record that was looked at.
    pub last_hash: [u8; SIGNET_HASH_LEN],
    /// How many records were removed from the beginning, as a signed record of the log
    /// says.
    pub pruned: u64,
    /// How many records the trusted checkpoint covers, when one was given and the log
    /// continues it; 0 otherwise. Whoever can write the log could have rewritten or
    /// removed what came after them, also where the outcome is SIGNET_OK.
    pub anchored: u64,
    /// How many records the log's own memory covers (its head and its newest
    /// checkpoint), when the log agrees with it; 0 when there is none. It lies beside
    /// the log, where who changes one can change the other. Where this and `anchored`
    /// are 0, nothing says that the end is the end.
    pub remembered: u64,
    /// The key that signed the record about the removal; zeros where `pruned` is 0.
    pub pruned_by: [u8; SIGNET_PUBLIC_KEY_LEN],
    /// 1 where that is a control key of the options; 0 where none were given, so that
    /// any agent could have removed the records and signed for it.
    pub pruned_by_control_key: u64,
}

/// Is told what a verification found. It must not unwind.
///
/// @param finding    what was found
/// @param user_data  what was given with the callback
/// @return 0 to go on; anything else stops, and the call returns
///         SIGNET_ERR_STOPPED
pub type signet_finding_callback =
    Option<unsafe extern "C" fn(finding: *const signet_log_finding, user_data: *mut c_void) -> i32>;

/// Is told how many records have been looked at. It must not unwind.
///
/// @param records    how many
/// @param user_data  what was given with the callback
/// @return 0 to go on; anything else stops, and the call returns
///         SIGNET_ERR_STOPPED
pub type signet_progress_callback =
    Option<unsafe extern "C" fn(records: u64, user_data: *mut c_void) -> i32>;

/// Verifies an open log: every link of the chain, every hash, and on request
/// every signature. Anything but SIGNET_OK means: do not believe it as it is. That
/// records are missing from the end shows only as far as something remembers them:
/// see `anchored` and `remembered` in signet_log_report.
///
/// Memory does not grow with the log. Callbacks run on the calling thread, in
/// the order of the log.
///
/// @param log          the log
/// @param trusted      the keys that may sign; borrowed for the call. Where there are
///                     some, signatures are verified whatever the options say
/// @param trusted_len  how many there are
/// @param options      options, or NULL
/// @param on_finding   is told each finding; may be NULL
/// @param on_progress  is told how far it is; may be NULL
/// @param user_data    given to each call
/// @param[out] report_out  the outcome in numbers, written whenever the
///                     verification ran, also when it found damage
/// @param[out] error_out   details of a failure, or NULL if not wanted
/// @return SIGNET_OK; the gravest verdict: SIGNET_ERR_LOG_TAMPERED,
///         SIGNET_ERR_LOG_TRUNCATED, SIGNET_ERR_LOG_FORKED, SIGNET_ERR_LOG_TORN,
///         SIGNET_ERR_LOG_UNVERIFIABLE, SIGNET_ERR_LOG_STALE,
///         SIGNET_ERR_SYNC_FAILED; SIGNET_ERR_STOPPED, SIGNET_ERR_IO,
///         SIGNET_ERR_LOG_CLOSED, SIGNET_ERR_NOTE_INVALID and
///         SIGNET_ERR_NOTE_UNSIGNED for the checkpoint, SIGNET_ERR_INVALID_ARGUMENT,
///         SIGNET_ERR_UNSUPPORTED, SIGNET_ERR_NULL_ARGUMENT
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_log_verify(
    log: *const signet_log,
    trusted: *const *const signet_public_key,
    trusted_len: usize,
    options: *const signet_log_verify_options,
    on_finding: signet_finding_callback,
    on_progress: signet_progress_callback,
    user_data: *mut c_void,
    report_out: *mut signet_log_report,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let out = memory::out_value(report_out, "report_out")?;
            let log = memory::handle(log, "log")?;
            let asked = Asked::read(trusted, trusted_len, options)?;
            let mut told = Told::new(on_finding, on_progress, user_data);
            let report = log.verify(&asked.options(), &mut told)?;
            told.settle(&report, out)
        })
    }
}

/// Verifies the files of an audit folder without opening it for writing: nothing
/// is created, locked or repaired. For evidence that somebody hands over.
///
/// @param folder      the path of the audit folder ("<home>/audit"), UTF-8;
///                    borrowed for the call
/// @param folder_len  its length in bytes
/// @param trusted      as in signet_log_verify()
/// @param trusted_len  how many there are
/// @param options      options, or NULL
/// @param on_finding   is told each finding; may be NULL
/// @param on_progress  is told how far it is; may be NULL
/// @param user_data    given to each call
/// @param[out] report_out  the outcome in numbers, written whenever the
///                     verification ran, also when it found damage
/// @param[out] error_out   details of a failure, or NULL if not wanted
/// @return as signet_log_verify()
///
/// @since 0.1
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn signet_log_verify_folder(
    folder: *const u8,
    folder_len: usize,
    trusted: *const *const signet_public_key,
    trusted_len: usize,
    options: *const signet_log_verify_options,
    on_finding: signet_finding_callback,
    on_progress: signet_progress_callback,
    user_data: *mut c_void,
    report_out: *mut signet_log_report,
    error_out: *mut *mut signet_error,
) -> signet_status {
    // SAFETY: the header states these contracts for each pointer.
    unsafe {
        run(error_out, || {
            let out = memory::out_value(report_out, "report_out")?;
            let folder = memory::text(folder, folder_len, "folder")?;
            let asked = Asked::read(trusted, trusted_len, options)?;
            let mut told = Told::new(on_finding, on_progress, user_data);
            let report = verify_folder(Path::new(folder), &asked.options(), &mut told)?;
            told.settle(&report, out)
        })
    }
}

/// The caller's callbacks.
struct Told {
    on_finding: signet_finding_callback,
    on_progress: signet_progress_callback,
    user_data: *mut c_void,
}

impl Told {
    fn new(
        on_finding: signet_finding_callback,
        on_progress: signet_progress_callback,
        user_data: *mut c_void,
    ) -> Told {
        Told {
            on_finding,
            on_progress,
            user_data,
        }
    }

    fn settle(&self, report: &Report, out: &mut signet_log_report) -> Result<(), Failure> {
        *out = signet_log_report {
            records: report.records,
            findings: report.findings,
            first_bad: report.first_bad.unwrap_or(SIGNET_NO_POSITION),
            signatures_valid: report.signatures_valid,
            signatures_failed: report.signatures_failed,
            unverifiable: report.unverifiable,
            unsigned_records: report.unsigned,
            last_hash: report.last,
            pruned: report.pruned,
            anchored: report.anchored,
            remembered: report.remembered,
            pruned_by: report
                .pruned_by
                .map_or([0; SIGNET_PUBLIC_KEY_LEN], |remover| {
                    *remover.key.as_bytes()
                }),
            pruned_by_control_key: report
                .pruned_by
                .is_some_and(|remover| remover.is_control_key)
                .into(),
        };
        match report.stopped {
            true => Err(stopped()),
            false => Ok(report.verdict.outcome(report.first_bad)?),
        }
    }
}

impl Watcher for Told {
    fn finding(&mut self, finding: &Finding) -> ControlFlow<()> {
        let Some(callback) = self.on_finding else {
            return ControlFlow::Continue(());
        };
        let hash = |hash: &Option<[u8; SIGNET_HASH_LEN]>| {
            hash.as_ref().map_or(std::ptr::null(), |hash| hash.as_ptr())
        };
        let shown = signet_log_finding {
            kind: kind_number(finding.kind),
            reserved: 0,
            index: finding.index,
            line: finding.line,
            file: finding.file.as_ptr(),
            file_len: finding.file.len(),
            expected_hash: hash(&finding.expected),
            actual_hash: hash(&finding.actual),
            detail: finding.detail.as_ptr(),
            detail_len: finding.detail.len(),
        };
        // SAFETY: the header states what the callback gets.
        flow(unsafe { callback(&raw const shown, self.user_data) })
    }

    fn progress(&mut self, records: u64) -> ControlFlow<()> {
        let Some(callback) = self.on_progress else {
            return ControlFlow::Continue(());
        };
        // SAFETY: the header states what the callback gets.
        flow(unsafe { callback(records, self.user_data) })
    }
}

fn flow(answer: i32) -> ControlFlow<()> {
    match answer {
        0 => ControlFlow::Continue(()),
        _ => ControlFlow::Break(()),
    }
}

fn kind_number(kind: FindingKind) -> i32 {
    match kind {
        FindingKind::LinkBroken => SIGNET_FINDING_LINK_BROKEN,
        FindingKind::Forked => SIGNET_FINDING_FORKED,
        FindingKind::HashMismatch => SIGNET_FINDING_HASH_MISMATCH,
        FindingKind::Unparsable => SIGNET_FINDING_UNPARSABLE,
        FindingKind::Torn => SIGNET_FINDING_TORN,
        FindingKind::Truncated => SIGNET_FINDING_TRUNCATED,
        FindingKind::Replaced => SIGNET_FINDING_REPLACED,
        FindingKind::Unauthenticated => SIGNET_FINDING_UNAUTHENTICATED,
        FindingKind::Ambiguous => SIGNET_FINDING_AMBIGUOUS,
        FindingKind::SignatureInvalid => SIGNET_FINDING_SIGNATURE_INVALID,
        FindingKind::SignerUntrusted => SIGNET_FINDING_SIGNER_UNTRUSTED,
        FindingKind::SignatureUnverifiable => SIGNET_FINDING_SIGNATURE_UNVERIFIABLE,
        FindingKind::Incident => SIGNET_FINDING_INCIDENT,
        FindingKind::ParamsSealed => SIGNET_FINDING_PARAMS_SEALED,
        FindingKind::DelegationInvalid => SIGNET_FINDING_DELEGATION_INVALID,
        FindingKind::DelegationUnverifiable => SIGNET_FINDING_DELEGATION_UNVERIFIABLE,
        FindingKind::Pruned => SIGNET_FINDING_PRUNED,
        FindingKind::BeginningMissing => SIGNET_FINDING_BEGINNING_MISSING,
        FindingKind::Stale => SIGNET_FINDING_STALE,
        FindingKind::RemovalUntrusted => SIGNET_FINDING_REMOVAL_UNTRUSTED,
    }
}
