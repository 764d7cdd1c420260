//! Used nonces in memory: for one process, until it ends.

use std::sync::{Mutex, PoisonError};

use crate::crypto::ed25519::PublicKey;
use crate::encoding::rfc3339::Instant;
use crate::error::Result;
use crate::verifier::replay::{DEFAULT_CAPACITY, NonceStore, NonceUse};
use crate::verifier::replay_table::NonceTable;

/// Used nonces in memory.
///
/// They are forgotten when the process ends. A receipt that was used just before
/// a restart could be used once more after it: give
/// [`VerifierOptions::not_before`](crate::verifier::VerifierOptions::not_before),
/// or keep nonces in a file.
#[derive(Debug)]
pub struct MemoryNonces {
    table: Mutex<NonceTable>,
}

impl Default for MemoryNonces {
    fn default() -> MemoryNonces {
        MemoryNonces::new(DEFAULT_CAPACITY)
    }
}

impl MemoryNonces {
    /// Room for `capacity` nonces. One takes about 100 bytes.
    pub fn new(capacity: usize) -> MemoryNonces {
        MemoryNonces {
            table: Mutex::new(NonceTable::new(capacity)),
        }
    }

    /// How many nonces are remembered.
    pub fn len(&self) -> usize {
        self.table
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl NonceStore for MemoryNonces {
    fn use_up(
        &self,
        uses: &[NonceUse<'_>],
        now: Instant,
        judge: &mut dyn FnMut() -> Result<()>,
    ) -> Result<()> {
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        table.check(uses, now)?;
        judge()?;
        for one in uses {
            let signer = one.signer.map(PublicKey::as_bytes);
            let end = one.keep_until.unix_millis();
            table.add(signer, one.nonce, end, end);
        }
        Ok(())
    }
}
