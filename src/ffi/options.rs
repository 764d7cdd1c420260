//! Option structs that can grow: the first member is the size that the caller
//! was compiled with.

use std::mem::MaybeUninit;

use crate::error::{Error, ErrorKind};
use crate::ffi::boundary::Failure;

/// Marks a struct whose first member is `uint32_t struct_size`, and for which
/// all bytes zero mean "as if NULL had been given".
///
/// # Safety
///
/// The type is `repr(C)`, starts with a `u32`, has no padding before its last
/// member ends that matters, and is valid for every bit pattern.
pub(super) unsafe trait Options: Copy {}

/// Fills in an option struct: zero, which means the defaults, and its size.
///
/// # Safety
///
/// `out` is NULL or writable.
pub(super) unsafe fn init<O: Options>(out: *mut O) {
    if !out.is_null() {
        // SAFETY: writable says the caller; the trait says that it starts with
        // a u32 and that zero bytes are a value.
        unsafe {
            out.write_bytes(0, 1);
            out.cast::<u32>().write(size_of::<O>() as u32);
        }
    }
}

/// Reads an option struct of the caller's size. Members that the caller does
/// not know are zero; a tail that we do not know must be zero.
///
/// # Safety
///
/// `given` is NULL or points to as many readable bytes as its first member says.
pub(super) unsafe fn read<O: Options>(given: *const O, name: &'static str) -> Result<O, Failure> {
    let mut options = MaybeUninit::<O>::zeroed();
    if !given.is_null() {
        // SAFETY: the first member is readable, says the caller.
        let size = unsafe { given.cast::<u32>().read() } as usize;
        if size < size_of::<u32>() {
            return Err(Failure::Core(Error::new(
                ErrorKind::InvalidArgument,
                name,
                "member \"struct_size\" must be the size of the struct",
            )));
        }
        let known = size.min(size_of::<O>());
        // SAFETY: `known` bytes are readable, and the destination has as many.
        unsafe {
            std::ptr::copy_nonoverlapping(
                given.cast::<u8>(),
                options.as_mut_ptr().cast::<u8>(),
                known,
            );
        }
        for place in known..size {
            // SAFETY: within the size that the caller stated.
            if unsafe { given.cast::<u8>().add(place).read() } != 0 {
                return Err(Failure::Core(Error::new(
                    ErrorKind::Unsupported,
                    name,
                    "a member is set that this version of the library does not know",
                )));
            }
        }
    }
    // SAFETY: zeroed, then overwritten with bytes; the trait allows any of them.
    Ok(unsafe { options.assume_init() })
}

/// Refuses flag bits that have no meaning here.
pub(super) fn check_flags(flags: u32, known: u32, name: &'static str) -> Result<(), Failure> {
    if flags & !known == 0 {
        return Ok(());
    }
    Err(Failure::Core(Error::new(
        ErrorKind::Unsupported,
        name,
        "member \"flags\" has a bit that this version of the library does not know",
    )))
}

/// Refuses a value in a member that has no meaning yet.
pub(super) fn check_reserved(reserved: u32, name: &'static str) -> Result<(), Failure> {
    if reserved == 0 {
        return Ok(());
    }
    Err(Failure::Core(Error::new(
        ErrorKind::Unsupported,
        name,
        "member \"reserved\" must be 0",
    )))
}
