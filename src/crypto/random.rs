//! Random bytes from the operating system: the one seam for randomness.
//!
//! No state is cached, so a process that forks cannot repeat a nonce.

use crate::error::{Error, ErrorKind, Result};

/// Fills `out` with random bytes.
pub fn fill(out: &mut [u8]) -> Result<()> {
    getrandom::fill(out).map_err(|cause| {
        Error::new(
            ErrorKind::Randomness,
            "random number generator",
            cause.to_string(),
        )
    })
}

/// `N` random bytes.
pub fn bytes<const N: usize>() -> Result<[u8; N]> {
    let mut out = [0; N];
    fill(&mut out)?;
    Ok(out)
}
