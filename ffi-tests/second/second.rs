//! Another Rust library in the same program: it brings its own copy of the
//! standard library, allocates, and panics.

use std::collections::BTreeMap;

/// The sum of the bytes, by way of the allocator.
///
/// # Safety
///
/// `bytes` points to `len` readable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn second_sum(bytes: *const u8, len: usize) -> u64 {
    // SAFETY: says the caller.
    let bytes = unsafe { std::slice::from_raw_parts(bytes, len) };
    let mut counts = BTreeMap::new();
    for byte in bytes {
        *counts.entry(*byte).or_insert(0u64) += 1;
    }
    counts.iter().map(|(byte, count)| u64::from(*byte) * count).sum()
}

/// 1 when a panic was caught in here.
#[unsafe(no_mangle)]
pub extern "C" fn second_panic() -> i32 {
    std::panic::set_hook(Box::new(|_| {}));
    i32::from(std::panic::catch_unwind(|| panic!("of the second library")).is_err())
}
