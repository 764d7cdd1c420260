//! Finishing and opening receipts: what lies under the signature.
//!
//! A receipt is its signed body with `id` and `sig` let in. Both directions cut
//! the one canonical text, so what is verified is what was written.

use crate::crypto::ed25519::SignatureBytes;
use crate::encoding::{base64, jcs, key_text};
use crate::error::{Error, ErrorKind, Result};
use crate::identity::KeyPair;
use crate::receipt::action::MAX_ENVELOPE_LEN;
use crate::receipt::{Field, Receipt, id};

/// Members that no signature covers, in the order of the canonical text. Each is
/// followed by another member of its object, whose comma goes with it.
const UNSIGNED: [(Field, &str); 4] = [
    (Field::Chain, "chain"),
    (Field::Extensions, "extensions"),
    (Field::Id, "id"),
    (Field::Signature, "sig"),
];

impl Receipt {
    /// The bytes under the signature: the canonical text without `id`, `sig`,
    /// `extensions`, and the delegations of a chain, for which its hash stands.
    pub fn signed_body(&self) -> Vec<u8> {
        let mut body = Vec::with_capacity(self.canonical.len());
        for part in self.signed_parts() {
            body.extend_from_slice(part);
        }
        body
    }

    /// [`Receipt::signed_body`] in pieces, for whoever hashes them.
    pub(crate) fn signed_parts(&self) -> impl Iterator<Item = &[u8]> {
        let text = &self.canonical;
        let unsigned = UNSIGNED.into_iter().filter_map(|(field, name)| {
            let span = self.slots[field as usize];
            let left_out = span.of(text).is_some() && self.is_own(field);
            left_out.then(|| (span.start().saturating_sub(name.len() + 3), span.end() + 1))
        });
        let mut kept = 0;
        let end = (text.len(), text.len());
        unsigned.chain([end]).map(move |(start, end)| {
            let part = text.get(kept..start).unwrap_or(&[]);
            kept = end;
            part
        })
    }

    /// Whether a field is the receipt's own: the chain of an embedded receipt is
    /// signed with it.
    fn is_own(&self, field: Field) -> bool {
        field != Field::Chain || self.version == 4
    }
}

/// Refuses a receipt that a reader with default limits, or with limits raised as
/// much as for the action, would refuse.
pub(super) fn check_len(receipt: &[u8], action_len: usize) -> Result<()> {
    let limit = jcs::DEFAULT_MAX_LEN.max(action_len.saturating_add(MAX_ENVELOPE_LEN));
    if receipt.len() <= limit {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::TooLarge,
        "receipt",
        format!("{} bytes where readers take {limit}", receipt.len()),
    ))
}

/// Signs a body and lets `id` and `sig` in. The two places are where the members
/// belong in canonical order: `id` at the first, `sig` at the second.
pub(super) fn finish(
    key: &KeyPair,
    body: &[u8],
    before_nonce: usize,
    before_signer: usize,
) -> Result<Vec<u8>> {
    let signature = key.sign(body)?;
    let (head, rest) = body.split_at(before_nonce);
    let (middle, tail) = rest.split_at(before_signer - before_nonce);
    let mut receipt = Vec::with_capacity(body.len() + SIGNED_MEMBERS_LEN);
    receipt.extend_from_slice(head);
    receipt.extend_from_slice(b"\"id\":\"");
    id::append_receipt_id(&mut receipt, &signature);
    receipt.extend_from_slice(b"\",");
    receipt.extend_from_slice(middle);
    append_signature(&mut receipt, &signature);
    receipt.extend_from_slice(tail);
    Ok(receipt)
}

/// The length of the members `id` and `sig` with their commas: names and quotes,
/// then 36 and 96 characters.
pub(super) const SIGNED_MEMBERS_LEN: usize = "\"id\":\"\",\"sig\":\"\",".len() + 36 + 96;

fn append_signature(out: &mut Vec<u8>, signature: &SignatureBytes) {
    out.extend_from_slice(b"\"sig\":\"");
    out.extend_from_slice(key_text::ED25519_PREFIX.as_bytes());
    base64::append(out, signature);
    out.extend_from_slice(b"\",");
}
