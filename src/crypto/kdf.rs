//! Argon2id (RFC 9106): from a passphrase to a key.
//!
//! The cost parameters usually come out of a file that somebody else may have
//! written, so they are checked against limits before a byte is allocated, and
//! running out of memory is an error instead of the end of the process.

use argon2::{Algorithm, Argon2, Block, Params, Version};
use zeroize::Zeroizing;

use crate::error::{Error, ErrorKind, Result};

/// The length of a derived key in bytes.
pub const DERIVED_KEY_LEN: usize = 32;
/// The shortest salt that RFC 9106 allows, in bytes.
pub const MIN_SALT_LEN: usize = 8;

/// The cost of one derivation: the `kdf_params` of a key file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KdfParams {
    /// Passes over the memory (`t`), at least 1.
    pub passes: u32,
    /// Memory in KiB (`m`), at least 8 for each lane.
    pub memory_kib: u32,
    /// Lanes (`p`), at least 1. They are computed one after the other.
    pub lanes: u32,
}

impl Default for KdfParams {
    /// Three passes over 64 MiB in one lane: what the published Signet writes,
    /// and near the second recommendation of RFC 9106 section 4.
    fn default() -> KdfParams {
        KdfParams {
            passes: 3,
            memory_kib: 65_536,
            lanes: 1,
        }
    }
}

impl KdfParams {
    /// Whether the cost reaches the weakest line of the OWASP password storage
    /// table: at least 7 MiB, and 35 MiB when each pass is counted anew.
    /// Cheaper files are read, but never written.
    pub fn is_strong_enough(&self) -> bool {
        self.memory_kib >= 7 * 1024 && self.work_kib() >= 35 * 1024
    }

    /// Memory times passes, in KiB: what the time of a derivation grows with.
    pub fn work_kib(&self) -> u64 {
        u64::from(self.memory_kib).saturating_mul(u64::from(self.passes))
    }

    /// Whether RFC 9106 section 3.1 defines Argon2id for these numbers.
    pub fn is_defined(&self) -> bool {
        self.passes >= 1
            && (1..0x0100_0000).contains(&self.lanes)
            && u64::from(self.memory_kib) >= u64::from(self.lanes).saturating_mul(8)
    }
}

/// The most that one derivation may cost.
///
/// A process that opens key files which others can write sets these to what it
/// can spare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KdfLimits {
    /// Most passes.
    pub max_passes: u32,
    /// Most memory in KiB.
    pub max_memory_kib: u32,
    /// Most lanes.
    pub max_lanes: u32,
    /// Most memory times passes, in KiB.
    pub max_work_kib: u64,
}

impl Default for KdfLimits {
    /// 1 GiB, 64 passes, 16 lanes, and 4 GiB when each pass is counted anew:
    /// room for four passes over 1 GiB, the costliest setting in common use, which
    /// takes a few seconds.
    fn default() -> KdfLimits {
        KdfLimits {
            max_passes: 64,
            max_memory_kib: 1 << 20,
            max_lanes: 16,
            max_work_kib: 4 << 20,
        }
    }
}

impl KdfLimits {
    /// Refuses, with [`ErrorKind::KdfLimit`], what costs more than allowed.
    pub fn check(&self, params: &KdfParams) -> Result<()> {
        let within = params.passes <= self.max_passes
            && params.memory_kib <= self.max_memory_kib
            && params.lanes <= self.max_lanes
            && params.work_kib() <= self.max_work_kib;
        if within {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::KdfLimit,
            "kdf_params",
            format!(
                "{} passes over {} KiB in {} lanes cost more than the limits allow",
                params.passes, params.memory_kib, params.lanes
            ),
        ))
    }
}

/// Derives a key with Argon2id, version 0x13.
///
/// The salt has at least [`MIN_SALT_LEN`] bytes. Fails with
/// [`ErrorKind::KdfLimit`] when the parameters exceed `limits` or the memory
/// cannot be had, and with [`ErrorKind::InvalidArgument`] when Argon2 is not
/// defined for them. The working memory is wiped.
pub fn argon2id(
    passphrase: &[u8],
    salt: &[u8],
    params: &KdfParams,
    limits: &KdfLimits,
) -> Result<Zeroizing<[u8; DERIVED_KEY_LEN]>> {
    limits.check(params)?;
    let undefined = |_| {
        Error::new(
            ErrorKind::InvalidArgument,
            "kdf_params",
            "argon2id is not defined for these parameters, this salt or this passphrase",
        )
    };
    let checked = Params::new(
        params.memory_kib,
        params.passes,
        params.lanes,
        Some(DERIVED_KEY_LEN),
    )
    .map_err(undefined)?;
    let mut memory = allocate(checked.block_count())?;
    let mut key = Zeroizing::new([0; DERIVED_KEY_LEN]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, checked)
        .hash_password_into_with_memory(passphrase, salt, key.as_mut_slice(), memory.as_mut_slice())
        .map_err(undefined)?;
    Ok(key)
}

/// The working memory. A plain allocation would abort the process when the
/// system has none left.
fn allocate(blocks: usize) -> Result<Zeroizing<Vec<Block>>> {
    let mut memory = Zeroizing::new(Vec::new());
    memory.try_reserve_exact(blocks).map_err(|_| {
        Error::new(
            ErrorKind::KdfLimit,
            "kdf_params",
            format!("the system has no {blocks} KiB of memory for the key derivation"),
        )
    })?;
    memory.resize(blocks, Block::new());
    Ok(memory)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoding::hex;

    fn derive(passes: u32, memory_kib: u32, lanes: u32) -> String {
        let params = KdfParams {
            passes,
            memory_kib,
            lanes,
        };
        let key = argon2id(b"password", b"somesalt", &params, &KdfLimits::default()).unwrap();
        hex::encode(key.as_slice())
    }

    #[test]
    fn the_known_answers_of_the_reference_implementation() {
        // phc-winner-argon2, src/test.c, Argon2id version 0x13.
        assert_eq!(
            derive(2, 256, 1),
            "9dfeb910e80bad0311fee20f9c0e2b12c17987b4cac90c2ef54d5b3021c68bfe"
        );
        assert_eq!(
            derive(2, 256, 2),
            "6d093c501fd5999645e0ea3bf620d7b8be7fd2db59c20d9fff9539da2bf57037"
        );
        assert_eq!(
            derive(2, 65_536, 1),
            "09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7"
        );
    }

    #[test]
    fn every_limit_is_enforced_on_its_own() {
        let limits = KdfLimits::default();
        let fine = KdfParams::default();
        limits.check(&fine).unwrap();
        for params in [
            KdfParams { passes: 65, ..fine },
            KdfParams {
                memory_kib: (1 << 20) + 1,
                passes: 1,
                ..fine
            },
            KdfParams { lanes: 17, ..fine },
            KdfParams {
                memory_kib: 1 << 20,
                passes: 5,
                ..fine
            },
            KdfParams {
                memory_kib: u32::MAX,
                passes: u32::MAX,
                lanes: u32::MAX,
            },
        ] {
            let error = argon2id(b"x", b"somesalt", &params, &limits).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::KdfLimit, "{params:?}");
        }
    }

    #[test]
    fn undefined_parameters_are_errors() {
        let limits = KdfLimits {
            max_lanes: u32::MAX,
            ..KdfLimits::default()
        };
        for (passes, memory_kib, lanes, salt) in [
            (0, 64, 1, &b"somesalt"[..]),
            (1, 0, 1, b"somesalt"),
            (1, 7, 1, b"somesalt"),
            (1, 64, 0, b"somesalt"),
            (1, 64, 9, b"somesalt"),
            (1, 1 << 20, 1 << 24, b"somesalt"),
            (1, 64, 1, b"7 bytes"),
        ] {
            let params = KdfParams {
                passes,
                memory_kib,
                lanes,
            };
            let error = argon2id(b"x", salt, &params, &limits).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{params:?}");
            assert_eq!(params.is_defined(), salt.len() < 8, "{params:?}");
        }
    }

    #[test]
    fn memory_that_the_system_lacks_is_an_error() {
        let error = allocate(usize::MAX / 2048).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::KdfLimit);
    }

    #[test]
    fn the_floor_is_the_owasp_table() {
        for (passes, mib) in [(1, 46), (2, 19), (3, 12), (4, 9), (5, 7), (3, 64)] {
            let params = KdfParams {
                passes,
                memory_kib: mib * 1024,
                lanes: 1,
            };
            assert!(params.is_strong_enough(), "{params:?}");
        }
        for (passes, memory_kib) in [(3, 8), (1, 19 * 1024), (4, 7 * 1024), (10_000, 1024)] {
            let params = KdfParams {
                passes,
                memory_kib,
                lanes: 1,
            };
            assert!(!params.is_strong_enough(), "{params:?}");
        }
    }
}
