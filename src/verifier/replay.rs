//! Remembering what was used, so that nothing is accepted twice.
//!
//! A store answers one question in one step: was this used before, and if not,
//! is it used now? Two racing copies of a receipt therefore never both pass. A
//! store never forgets what could still be presented: when it has no room it
//! refuses, because whoever could push a nonce out could present it again.

use std::fmt;

use crate::crypto::ed25519::PublicKey;
use crate::encoding::rfc3339::Instant;
use crate::error::Result;

/// How many nonces are remembered unless told otherwise: 262,144. With the
/// default age limit that is room for 600 calls a second.
pub const DEFAULT_CAPACITY: usize = 1 << 18;

/// Something that is used up by a call.
#[derive(Clone, Copy, Debug)]
pub struct NonceUse<'a> {
    /// Whose nonce it is. `None` when the nonce alone counts, whoever used it.
    pub signer: Option<&'a PublicKey>,
    /// The nonce.
    pub nonce: &'a str,
    /// Until when it could be presented again: it is remembered at least so long.
    pub keep_until: Instant,
    /// How often it may be used: once, for the nonce of a receipt.
    pub max_uses: u64,
}

/// A memory of used nonces.
///
/// [`MemoryNonces`](crate::verifier::MemoryNonces) and
/// [`FileNonces`](crate::verifier::FileNonces) are two; implement it to share
/// nonces in another way. An implementation that cannot tell must refuse.
pub trait NonceStore: Send + Sync + fmt::Debug {
    /// Uses all of `uses`, or none of them.
    ///
    /// When none is used up, `judge` is asked whether to go on, and then every
    /// one is recorded, durably if the store is durable, before this returns
    /// `Ok`. Nobody else uses any of them meanwhile. The error of `judge` is
    /// handed on, and nothing is recorded.
    ///
    /// [`ErrorKind::Replayed`](crate::ErrorKind::Replayed) when one is used up,
    /// at its index; [`ErrorKind::ReplayStoreFull`](crate::ErrorKind) when there
    /// is no room; [`ErrorKind::ReplayStoreFailed`](crate::ErrorKind) when the
    /// store cannot tell or cannot record.
    fn use_up(
        &self,
        uses: &[NonceUse<'_>],
        now: Instant,
        judge: &mut dyn FnMut() -> Result<()>,
    ) -> Result<()>;

    /// Uses one nonce once, with nothing else to judge.
    fn use_once(
        &self,
        signer: Option<&PublicKey>,
        nonce: &str,
        keep_until: Instant,
        now: Instant,
    ) -> Result<()> {
        let one = NonceUse {
            signer,
            nonce,
            keep_until,
            max_uses: 1,
        };
        self.use_up(&[one], now, &mut || Ok(()))
    }
}
