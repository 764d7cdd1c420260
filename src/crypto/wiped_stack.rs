//! Running what handles secrets, and wiping the stack it ran on.
//!
//! Types that wipe themselves wipe one place. When such a value is returned,
//! passed on or put in a box, the bytes at its former place stay on the stack
//! until something happens to overwrite them. Therefore everything that reads,
//! derives or writes a secret key runs in here, and only lets boxes out.

use zeroize::Zeroize;

/// More than the frames with a secret in them reach down: those of the key
/// derivation and of the curve are the deepest.
const WORDS: usize = 4 * 1024;

/// Runs `work` and then wipes the stack below the caller.
///
/// The result itself is not wiped: a secret in it must be in a box.
pub fn run<T>(work: impl FnOnce() -> T) -> T {
    let result = on_frames_of_its_own(work);
    wipe();
    result
}

#[inline(never)]
fn on_frames_of_its_own<T>(work: impl FnOnce() -> T) -> T {
    work()
}

/// Its frame begins where that of the work began.
#[inline(never)]
fn wipe() {
    let mut area = [0_u64; WORDS];
    // Volatile writes, which no optimiser leaves out.
    area.zeroize();
    std::hint::black_box(&area);
}
