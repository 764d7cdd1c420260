//! Signing a version 1 receipt.

use crate::crypto::random;
use crate::encoding::object::ObjectWriter;
use crate::encoding::record::Reading;
use crate::encoding::rfc3339::Instant;
use crate::encoding::{base64, key_text, text};
use crate::error::{Error, ErrorKind, Result};
use crate::identity::KeyPair;
use crate::receipt::action::MAX_ENVELOPE_LEN;
use crate::receipt::id::{self, NONCE_LEN};
use crate::receipt::{Action, Receipt};

/// Who signs: the names that stand in the receipt beside the public key.
/// Names are claims of the signer; only the key is proved.
#[derive(Clone, Copy, Debug, Default)]
pub struct Signer<'a> {
    /// The agent's name.
    pub name: &'a str,
    /// Whom the agent works for; may be empty.
    pub owner: &'a str,
}

/// What may be said about a signature besides the action.
#[derive(Clone, Copy, Debug, Default)]
pub struct SignOptions<'a> {
    /// When the receipt expires: an RFC 3339 date-time, kept as given.
    pub expires_at: Option<&'a str>,
    /// The signing time; the system clock when absent.
    pub time: Option<Instant>,
    /// The nonce; random when absent. Reusing one makes replays undetectable:
    /// for reproducible tests only.
    pub nonce: Option<[u8; NONCE_LEN]>,
}

/// The length of the members `id` and `sig` with their commas: names and quotes,
/// then 36 and 96 characters.
const SIGNED_MEMBERS_LEN: usize = "\"id\":\"\",\"sig\":\"\",".len() + 36 + 96;

/// Signs an action.
///
/// The signature covers the canonical JSON of every member but `id` and `sig`.
pub fn sign(
    key: &KeyPair,
    action: &Action,
    signer: &Signer<'_>,
    options: &SignOptions<'_>,
) -> Result<Receipt> {
    if let Some(expiry) = options.expires_at {
        Instant::parse(expiry).map_err(|error| error.within("expiry"))?;
    }
    let nonce = match options.nonce {
        Some(nonce) => nonce,
        None => random::bytes()?,
    };
    let time = options.time.unwrap_or_else(Instant::now);

    // The receipt is the body with "id" and "sig" let in; both are written from
    // the same three pieces, whose order is the canonical one.
    let mut body = Vec::with_capacity(action.json().len() + 512);
    body.extend_from_slice(b"{\"action\":");
    body.extend_from_slice(action.json());
    body.push(b',');
    if let Some(expiry) = options.expires_at {
        body.extend_from_slice(b"\"exp\":");
        text::append_string(&mut body, expiry);
        body.push(b',');
    }
    let before_nonce = body.len();
    body.extend_from_slice(b"\"nonce\":\"");
    id::append_nonce(&mut body, &nonce);
    body.extend_from_slice(b"\",");
    let before_signer = body.len();
    body.extend_from_slice(b"\"signer\":");
    append_signer(&mut body, key, signer);
    body.extend_from_slice(b",\"ts\":\"");
    time.append_to(&mut body);
    body.extend_from_slice(b"\",\"v\":1}");

    if body.len() - action.json().len() + SIGNED_MEMBERS_LEN > MAX_ENVELOPE_LEN {
        return Err(Error::new(
            ErrorKind::TooLarge,
            "signer",
            format!(
                "name and owner must leave the receipt within {MAX_ENVELOPE_LEN} bytes beside the action"
            ),
        ));
    }
    let signature = key.sign(&body)?;

    let (head, rest) = body.split_at(before_nonce);
    let (middle, tail) = rest.split_at(before_signer - before_nonce);
    let mut receipt = Vec::with_capacity(body.len() + SIGNED_MEMBERS_LEN);
    receipt.extend_from_slice(head);
    receipt.extend_from_slice(b"\"id\":\"");
    id::append_receipt_id(&mut receipt, &signature);
    receipt.extend_from_slice(b"\",");
    receipt.extend_from_slice(middle);
    receipt.extend_from_slice(b"\"sig\":\"");
    receipt.extend_from_slice(key_text::ED25519_PREFIX.as_bytes());
    base64::append(&mut receipt, &signature);
    receipt.extend_from_slice(b"\",");
    receipt.extend_from_slice(tail);
    Receipt::from_measured(receipt, Reading::Strict, Some(action.params_len()))
}

fn append_signer(out: &mut Vec<u8>, key: &KeyPair, signer: &Signer<'_>) {
    let mut object = ObjectWriter::new(out);
    object.text("name", signer.name);
    object.text("owner", signer.owner);
    object.text("pubkey", &key_text::prefixed(key.public_key()));
    object.end();
}
