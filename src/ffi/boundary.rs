//! The border itself: every entry point runs inside one of these functions, so
//! that no panic crosses into C and every outcome is reported the same way.

use std::any::Any;
use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;

use crate::error::Error;
use crate::ffi::error::{ErrorDetail, signet_error};
use crate::ffi::handle::Handle;
use crate::ffi::status::signet_status;

/// Why an entry point failed. Texts are written only when they are asked for.
pub(super) enum Failure {
    /// A pointer that must not be NULL was.
    Null(&'static str),
    /// The core refused.
    Core(Error),
    /// The core panicked: a bug in the library.
    Panic(String),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        Failure::Core(error)
    }
}

impl Failure {
    fn status(&self) -> signet_status {
        match self {
            Failure::Null(_) => signet_status::SIGNET_ERR_NULL_ARGUMENT,
            Failure::Core(error) => error.kind().into(),
            Failure::Panic(_) => signet_status::SIGNET_ERR_INTERNAL,
        }
    }

    fn into_detail(self) -> ErrorDetail {
        let status = self.status();
        let (message, position, place) = match self {
            Failure::Null(name) => (format!("argument \"{name}\": must not be NULL"), None, None),
            Failure::Core(error) => (error.to_string(), error.position(), error.place()),
            Failure::Panic(text) => (
                format!("internal error: {text} (please report this as a bug)"),
                None,
                None,
            ),
        };
        ErrorDetail {
            status,
            message: one_line(message),
            position,
            place,
        }
    }
}

/// Runs the body of a fallible entry point and reports its outcome the C way.
///
/// # Safety
///
/// `error_out` is NULL or writable.
pub(super) unsafe fn run(
    error_out: *mut *mut signet_error,
    body: impl FnOnce() -> Result<(), Failure>,
) -> signet_status {
    match catch(body) {
        Ok(Ok(())) => {
            // SAFETY: NULL or writable, says the caller.
            if let Some(slot) = unsafe { error_out.as_mut() } {
                *slot = ptr::null_mut();
            }
            signet_status::SIGNET_OK
        }
        // SAFETY: the same contract.
        Ok(Err(failure)) => unsafe { fail(error_out, failure) },
        // SAFETY: the same contract.
        Err(panic) => unsafe { fail(error_out, Failure::Panic(said(panic))) },
    }
}

/// Reports a failure: once, for all entry points.
///
/// # Safety
///
/// As for [`run`].
#[cold]
#[inline(never)]
unsafe fn fail(error_out: *mut *mut signet_error, failure: Failure) -> signet_status {
    let status = failure.status();
    // SAFETY: NULL or writable, says the caller.
    if let Some(slot) = unsafe { error_out.as_mut() } {
        *slot = ptr::null_mut();
        // Only here is the message written, and only if it is wanted.
        *slot =
            guarded(|| signet_error::into_raw(failure.into_detail())).unwrap_or(ptr::null_mut());
    }
    status
}

/// Runs the body of an entry point that cannot fail; `otherwise` answers for a
/// NULL handle and for a panic.
pub(super) fn quietly<T>(otherwise: T, body: impl FnOnce() -> Option<T>) -> T {
    match guarded(body) {
        Ok(Some(value)) => value,
        _ => otherwise,
    }
}

/// Runs the body of an entry point that answers nothing.
pub(super) fn silently(body: impl FnOnce()) {
    // There is nobody to tell about a panic.
    let _ = guarded(body);
}

/// Runs `body`; a panic becomes its message.
fn guarded<T>(body: impl FnOnce() -> T) -> Result<T, String> {
    catch(body).map_err(said)
}

/// Runs `body` and catches its panic.
fn catch<T>(body: impl FnOnce() -> T) -> Result<T, Box<dyn Any + Send>> {
    // Every core type is immutable or behind a lock that a panic poisons, so
    // nothing half-changed is seen afterwards.
    catch_unwind(AssertUnwindSafe(body))
}

/// What a panic said.
#[cold]
#[inline(never)]
fn said(payload: Box<dyn Any + Send>) -> String {
    let text = describe(&*payload);
    // The payload's own destructor may panic; forgetting it always would leak.
    if let Err(second) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        std::mem::forget(second);
    }
    text
}

fn describe(payload: &(dyn Any + Send)) -> String {
    let text: Cow<'_, str> = match (
        payload.downcast_ref::<&str>(),
        payload.downcast_ref::<String>(),
    ) {
        (Some(text), _) => Cow::Borrowed(text),
        (_, Some(text)) => Cow::Borrowed(text),
        _ => Cow::Borrowed("a panic without a message"),
    };
    text.into_owned()
}

/// Messages are one line, whatever the operating system or a panic wrote.
fn one_line(message: String) -> String {
    if message.contains(['\n', '\r']) {
        return message.replace(['\n', '\r'], " ");
    }
    message
}
