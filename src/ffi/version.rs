//! Which library this is.

use std::ffi::c_char;

use crate::ffi::boundary::quietly;

/// The version of the binary interface. It is raised only when a program that
/// was compiled against an older header would break.
pub const SIGNET_ABI_VERSION: u32 = 0;

/// The ABI version of the library that is loaded: compare it with
/// SIGNET_ABI_VERSION before anything else.
///
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn signet_abi_version() -> u32 {
    quietly(0, || Some(SIGNET_ABI_VERSION))
}

/// The release as one number, major * 1000000 + minor * 1000 + patch: compare
/// it with SIGNET_VERSION_NUMBER.
///
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn signet_version_number() -> u32 {
    quietly(0, || Some(VERSION_NUMBER))
}

/// The release as NUL-terminated text such as "0.1.0". It lives as long as the
/// library.
///
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn signet_version_string() -> *const c_char {
    quietly(std::ptr::null(), || {
        Some(concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast())
    })
}

const VERSION_NUMBER: u32 = number(env!("CARGO_PKG_VERSION_MAJOR")) * 1_000_000
    + number(env!("CARGO_PKG_VERSION_MINOR")) * 1_000
    + number(env!("CARGO_PKG_VERSION_PATCH"));

const fn number(text: &str) -> u32 {
    let digits = text.as_bytes();
    let (mut value, mut at) = (0, 0);
    while at < digits.len() {
        value = value * 10 + (digits[at] - b'0') as u32;
        at += 1;
    }
    value
}
