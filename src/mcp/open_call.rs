//! A call that has been signed or verified and waits for its response.

use crate::encoding::jcs::{self, Limits};
use crate::mcp::message::Message;
use crate::receipt::Receipt;

/// What a response is held to: the id of its request and the receipt.
///
/// One side keeps it from signing to verifying the response, the other from
/// verifying to signing it. It is made of messages that were checked, never of
/// what a caller says was in one.
#[derive(Clone, Debug)]
pub struct OpenCall {
    id: Option<Vec<u8>>,
    receipt: Receipt,
}

impl OpenCall {
    pub(super) fn new(message: &Message<'_>, receipt: Receipt) -> OpenCall {
        OpenCall {
            id: message.id().map(<[u8]>::to_vec),
            receipt,
        }
    }

    /// Of params that came without their message.
    pub(super) fn without_id(receipt: Receipt) -> OpenCall {
        OpenCall { id: None, receipt }
    }

    /// The id of the request, byte for byte as it came: a JSON string, number or
    /// `null`; `None` for a notification, which has no response, and for params
    /// that were verified by themselves.
    pub fn id(&self) -> Option<&[u8]> {
        self.id.as_deref()
    }

    /// The receipt of the call.
    pub fn receipt(&self) -> &Receipt {
        &self.receipt
    }

    /// Whether a response with this id may be to this call. `null` answers
    /// nobody in particular.
    pub(super) fn is_answered_by(&self, id: Option<&[u8]>) -> bool {
        let (Some(own), Some(id)) = (self.id(), id) else {
            return false;
        };
        own != b"null" && (own == id || same_value(own, id))
    }
}

/// Whether two ids are the same string or number, however they are spelled: a
/// server that reads `1.0` may well answer `1`.
fn same_value(left: &[u8], right: &[u8]) -> bool {
    let limits = Limits::default();
    match (
        jcs::comparable(left, &limits),
        jcs::comparable(right, &limits),
    ) {
        (Ok(left), Ok(right)) => left == right,
        _ => false,
    }
}
