//! Version 2: the agent signs the call and the hash of its response in one.

use crate::crypto::random;
use crate::encoding::record::Reading;
use crate::encoding::rfc3339::Instant;
use crate::encoding::text;
use crate::error::{Error, ErrorKind, Result};
use crate::identity::KeyPair;
use crate::receipt::id::{self, NONCE_LEN};
use crate::receipt::{Action, Receipt, Response, Signer, body, sign};

/// When the call was made and answered.
#[derive(Clone, Copy, Debug)]
pub struct CompoundOptions<'a> {
    /// When the request went out: an RFC 3339 date-time, kept as given.
    pub requested_at: &'a str,
    /// When the response came: an RFC 3339 date-time, kept as given.
    pub responded_at: &'a str,
    /// The nonce; random when absent, and given for reproducible tests only.
    pub nonce: Option<[u8; NONCE_LEN]>,
}

/// Signs a call together with its response, which cannot have come before it.
pub fn sign_compound(
    key: &KeyPair,
    action: &Action,
    response: &Response<'_>,
    signer: &Signer<'_>,
    options: &CompoundOptions<'_>,
) -> Result<Receipt> {
    let parse = |text, what| Instant::parse(text).map_err(|error| error.within(what));
    let requested = parse(options.requested_at, "time of the request")?;
    let responded = parse(options.responded_at, "time of the response")?;
    if responded < requested {
        return Err(Error::new(
            ErrorKind::TimeOutOfWindow,
            "time of the response",
            "it lies before the request",
        ));
    }
    let nonce = match options.nonce {
        Some(nonce) => nonce,
        None => random::bytes()?,
    };

    let mut body = Vec::with_capacity(action.json().len() + 512);
    body.extend_from_slice(b"{\"action\":");
    body.extend_from_slice(action.json());
    body.push(b',');
    let before_nonce = body.len();
    body.extend_from_slice(b"\"nonce\":\"");
    id::append_nonce(&mut body, &nonce);
    body.extend_from_slice(b"\",\"response\":");
    response.append_to(&mut body)?;
    body.push(b',');
    let before_signer = body.len();
    body.extend_from_slice(b"\"signer\":");
    sign::append_signer(&mut body, key, signer, sign::Claims::default());
    body.extend_from_slice(b",\"ts_request\":");
    text::append_string(&mut body, options.requested_at);
    body.extend_from_slice(b",\"ts_response\":");
    text::append_string(&mut body, options.responded_at);
    body.extend_from_slice(b",\"v\":2}");

    let receipt = body::finish(key, &body, before_nonce, before_signer)?;
    body::check_len(&receipt, action.json().len())?;
    Receipt::from_canonical(receipt, Reading::Strict)
}
