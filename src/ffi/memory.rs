//! Raw pointers in, safe values out. NULL becomes a failure that names its
//! argument; nothing here keeps a pointer.

use std::slice;

use crate::error::{Error, ErrorKind};
use crate::ffi::boundary::Failure;
use crate::ffi::handle::Handle;

/// Bytes that the caller lends. NULL is fine when `len` is 0.
///
/// # Safety
///
/// `data` is NULL or points to `len` readable bytes for all of `'a`.
pub(super) unsafe fn bytes<'a>(
    data: *const u8,
    len: usize,
    name: &'static str,
) -> Result<&'a [u8], Failure> {
    if len == 0 {
        return Ok(&[]);
    }
    if data.is_null() {
        return Err(Failure::Null(name));
    }
    if isize::try_from(len).is_err() {
        return Err(invalid(name, "its length is beyond the address space"));
    }
    // SAFETY: not NULL, not longer than an allocation can be, readable says the caller.
    Ok(unsafe { slice::from_raw_parts(data, len) })
}

/// A text that the caller lends: UTF-8, not terminated.
///
/// # Safety
///
/// As for [`bytes`].
pub(super) unsafe fn text<'a>(
    data: *const u8,
    len: usize,
    name: &'static str,
) -> Result<&'a str, Failure> {
    // SAFETY: the same contract.
    let bytes = unsafe { bytes(data, len, name)? };
    std::str::from_utf8(bytes).map_err(|_| invalid(name, "it must be valid UTF-8"))
}

/// Bytes that the caller may lend: none for NULL.
///
/// # Safety
///
/// As for [`bytes`].
pub(super) unsafe fn optional_bytes<'a>(
    data: *const u8,
    len: usize,
    name: &'static str,
) -> Result<Option<&'a [u8]>, Failure> {
    // SAFETY: the same contract.
    let bytes = unsafe { bytes(data, len, name)? };
    Ok((!data.is_null()).then_some(bytes))
}

/// A text that the caller may lend: none for NULL.
///
/// # Safety
///
/// As for [`bytes`].
pub(super) unsafe fn optional_text<'a>(
    data: *const u8,
    len: usize,
    name: &'static str,
) -> Result<Option<&'a str>, Failure> {
    // SAFETY: the same contract.
    let text = unsafe { text(data, len, name)? };
    Ok((!data.is_null()).then_some(text))
}

/// `N` bytes that the caller lends.
///
/// # Safety
///
/// `data` is NULL or points to `N` readable bytes for all of `'a`.
pub(super) unsafe fn array<'a, const N: usize>(
    data: *const u8,
    name: &'static str,
) -> Result<&'a [u8; N], Failure> {
    // SAFETY: readable for N bytes, says the caller.
    unsafe { data.cast::<[u8; N]>().as_ref() }.ok_or(Failure::Null(name))
}

/// The value behind a handle that the caller lends.
///
/// # Safety
///
/// `handle` is NULL or live for all of `'a`.
pub(super) unsafe fn handle<'a, H: Handle>(
    handle: *const H,
    name: &'static str,
) -> Result<&'a H::Core, Failure> {
    // SAFETY: the same contract.
    unsafe { H::borrow(handle) }.ok_or(Failure::Null(name))
}

/// Handles that the caller lends as an array of pointers.
///
/// # Safety
///
/// `handles` is NULL or points to `len` pointers, each NULL or live for all of
/// `'a`.
pub(super) unsafe fn handles<'a, H: Handle>(
    handles: *const *const H,
    len: usize,
    name: &'static str,
) -> Result<Vec<&'a H::Core>, Failure> {
    // SAFETY: the same contract.
    let pointers = unsafe { elements(handles, len, name)? };
    pointers
        .iter()
        // SAFETY: each is NULL or live, says the caller.
        .map(|pointer| unsafe { handle(*pointer, name) })
        .collect()
}

/// Texts that the caller lends as arrays of pointers and lengths.
///
/// # Safety
///
/// `data` is NULL or points to `count` pointers, `lens` to as many lengths; each
/// pointer is NULL or readable for its length for all of `'a`.
pub(super) unsafe fn slices<'a>(
    data: *const *const u8,
    lens: *const usize,
    count: usize,
    data_name: &'static str,
    lens_name: &'static str,
) -> Result<Vec<&'a [u8]>, Failure> {
    // SAFETY: the same contract, for each of the two arrays.
    let (data, lens) = unsafe {
        (
            elements(data, count, data_name)?,
            elements(lens, count, lens_name)?,
        )
    };
    data.iter()
        .zip(lens)
        // SAFETY: readable for its length, says the caller.
        .map(|(data, len)| unsafe { bytes(*data, *len, data_name) })
        .collect()
}

/// Elements of an array that the caller lends.
///
/// # Safety
///
/// `data` is NULL or points to `count` readable elements for all of `'a`.
pub(super) unsafe fn elements<'a, T>(
    data: *const T,
    count: usize,
    name: &'static str,
) -> Result<&'a [T], Failure> {
    if count == 0 {
        return Ok(&[]);
    }
    if data.is_null() {
        return Err(Failure::Null(name));
    }
    if isize::try_from(count.saturating_mul(size_of::<T>())).is_err() {
        return Err(invalid(name, "its length is beyond the address space"));
    }
    // SAFETY: not NULL, not longer than an allocation can be, readable says the caller.
    Ok(unsafe { slice::from_raw_parts(data, count) })
}

/// Where `count` elements go. They stay untouched unless the call succeeds.
///
/// # Safety
///
/// `out` is NULL or writable for `count` elements for all of `'a`.
pub(super) unsafe fn out_slice<'a, T>(
    out: *mut T,
    count: usize,
    name: &'static str,
) -> Result<&'a mut [T], Failure> {
    if count == 0 {
        return Ok(&mut []);
    }
    if out.is_null() {
        return Err(Failure::Null(name));
    }
    if isize::try_from(count.saturating_mul(size_of::<T>())).is_err() {
        return Err(invalid(name, "its length is beyond the address space"));
    }
    // SAFETY: not NULL, not longer than an allocation can be, writable says the caller.
    Ok(unsafe { slice::from_raw_parts_mut(out, count) })
}

/// Where a handle goes. It is set to NULL before anything can fail.
///
/// # Safety
///
/// `out` is NULL or writable for all of `'a`.
pub(super) unsafe fn out<'a, H: Handle>(
    out: *mut *mut H,
    name: &'static str,
) -> Result<&'a mut *mut H, Failure> {
    // SAFETY: writable, says the caller.
    let slot = unsafe { out.as_mut() }.ok_or(Failure::Null(name))?;
    *slot = std::ptr::null_mut();
    Ok(slot)
}

/// Where one number or struct goes. It stays untouched unless the call succeeds.
///
/// # Safety
///
/// `out` is NULL or writable for all of `'a`.
pub(super) unsafe fn out_value<'a, T>(
    out: *mut T,
    name: &'static str,
) -> Result<&'a mut T, Failure> {
    // SAFETY: writable, says the caller.
    unsafe { out.as_mut() }.ok_or(Failure::Null(name))
}

/// Where `N` bytes go. They stay untouched unless the call succeeds.
///
/// # Safety
///
/// `out` is NULL or writable for `N` bytes for all of `'a`.
pub(super) unsafe fn out_array<'a, const N: usize>(
    out: *mut u8,
    name: &'static str,
) -> Result<&'a mut [u8; N], Failure> {
    // SAFETY: writable for N bytes, says the caller.
    unsafe { out.cast::<[u8; N]>().as_mut() }.ok_or(Failure::Null(name))
}

/// Answers a view into an immutable handle: its length through `len_out`, its
/// first byte as the result; NULL and 0 when there is nothing.
///
/// # Safety
///
/// `len_out` is NULL or writable.
pub(super) unsafe fn view(bytes: Option<&[u8]>, len_out: *mut usize) -> *const u8 {
    // SAFETY: NULL or writable, says the caller.
    if let Some(len) = unsafe { len_out.as_mut() } {
        *len = bytes.map_or(0, <[u8]>::len);
    }
    bytes.map_or(std::ptr::null(), <[u8]>::as_ptr)
}

/// A failure about one argument.
pub(super) fn invalid(name: &'static str, detail: &'static str) -> Failure {
    Failure::Core(Error::new(ErrorKind::InvalidArgument, name, detail))
}
