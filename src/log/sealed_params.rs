//! Params that only their owner can read in the log.
//!
//! The record is the receipt with `action.params` replaced by
//! `action.params_encrypted`; `params_hash`, id and signature stay those of the
//! receipt in clear. Whoever has the key puts the params back and verifies the
//! receipt as any other. Without the key nothing can be said about the
//! signature, and nothing good is.
//!
//! The format is that of the published Signet, with its two limits. The key
//! derives from the signing key, so whoever holds the signing key can read; but
//! not the other way round: a [`ParamsKey`] can be lent to an auditor, who then
//! reads and cannot sign. And `params_hash` is an unsalted hash beside the
//! ciphertext, so params that can be guessed can be confirmed: a PIN is not
//! hidden by this.

use std::borrow::Cow;
use std::fmt;
use std::ops::{Deref, Range};

use zeroize::Zeroizing;

use crate::crypto::ed25519::PublicKey;
use crate::crypto::{aead, hkdf, random};
use crate::encoding::jcs::{self, Limits, Numbers};
use crate::encoding::object::ObjectWriter;
use crate::encoding::record::Reading;
use crate::encoding::{base64, key_text, members};
use crate::error::{Error, ErrorKind, Result};
use crate::identity::KeyPair;
use crate::log::line::receipt_limits;
use crate::log::record::{Record, RecordView};
use crate::receipt::{self, MAX_PARAMS_DEPTH, Receipt};

/// The length of a key that opens params, in bytes.
pub const PARAMS_KEY_LEN: usize = aead::KEY_LEN;

const INFO: &[u8] = b"signet:audit:params:v1";
const SALT: [u8; 32] = [0; 32];
const ALGORITHM: &str = "xchacha20poly1305";
const SUBJECT: &str = "sealed params";

/// The key that seals and opens the params of one signer's records.
///
/// Deriving it takes the signing key once; sealing and opening then never touch
/// it. It opens params and cannot sign. Wiped when dropped.
pub struct ParamsKey {
    signer: PublicKey,
    key: Box<Zeroizing<[u8; PARAMS_KEY_LEN]>>,
}

impl ParamsKey {
    /// The key of a signer: HKDF-SHA-256 of the seed.
    ///
    /// [`ErrorKind::Unsupported`] for an external signer, whose seed is not here.
    pub fn of(pair: &KeyPair) -> Result<ParamsKey> {
        Ok(ParamsKey {
            signer: *pair.public_key(),
            key: hkdf::derive(pair.seed()?, &SALT, INFO)?,
        })
    }

    /// A key that its owner has lent: the bytes of [`ParamsKey::bytes`].
    pub fn from_bytes(signer: &PublicKey, key: &[u8; PARAMS_KEY_LEN]) -> ParamsKey {
        let mut own = Box::new(Zeroizing::new([0; PARAMS_KEY_LEN]));
        own.copy_from_slice(key);
        ParamsKey {
            signer: *signer,
            key: own,
        }
    }

    /// The secret bytes, to lend to somebody who may read. Whoever copies them
    /// is responsible for wiping the copy.
    pub fn bytes(&self) -> &[u8; PARAMS_KEY_LEN] {
        &self.key
    }

    /// The public key of the signer whose params this opens.
    pub fn signer(&self) -> &PublicKey {
        &self.signer
    }

    /// The record of a receipt of version 1, 2 or 4 with its params sealed.
    ///
    /// [`ErrorKind::KeyMismatch`] when another key signed the receipt, and
    /// [`ErrorKind::SealedParamsInvalid`] when it has no params in clear at its
    /// top level, as in version 3.
    pub fn seal(&self, receipt: &Receipt) -> Result<Record> {
        self.seal_with(receipt.json(), &random::bytes()?)
    }

    /// [`ParamsKey::seal`], from the receipt's JSON text. The receipt is not
    /// verified.
    pub fn seal_json(&self, receipt: &[u8]) -> Result<Record> {
        let mut canonical = Zeroizing::new(Vec::with_capacity(receipt.len().saturating_mul(2)));
        jcs::append_canonical(&mut canonical, receipt, &receipt_limits(), Numbers::Rounded)
            .map_err(|error| error.within("receipt"))?;
        self.seal_with(&canonical, &random::bytes()?)
    }

    fn seal_with(&self, receipt: &[u8], nonce: &[u8; aead::NONCE_LEN]) -> Result<Record> {
        let places = Places::of(receipt)?;
        let Some(params) = &places.params else {
            return Err(invalid("the receipt has no params in clear"));
        };
        if places.envelope.is_some() {
            return Err(both());
        }
        if places.signer != key_text::prefixed(&self.signer) {
            return Err(another_key());
        }
        let text = receipt.get(params.value.clone()).unwrap_or(&[]);
        let ciphertext = aead::seal(&self.key, nonce, &places.aad(), text)?;
        let mut sealed = receipt.get(..params.start).unwrap_or(&[]).to_vec();
        sealed.extend_from_slice(b"\"params_encrypted\":");
        let mut object = ObjectWriter::new(&mut sealed);
        object.text("alg", ALGORITHM);
        object.text("ciphertext", &base64::encode(&ciphertext));
        object.text("kid", &places.signer);
        object.text("nonce", &base64::encode(nonce));
        object.member("v", Some(b"1"));
        object.end();
        sealed.extend_from_slice(receipt.get(params.value.end..).unwrap_or(&[]));
        Record::parse(&sealed, sealed.len())
    }

    /// Opens a record and rebuilds its receipt, which then verifies as it did
    /// before it was sealed. Opening does not verify it.
    ///
    /// [`ErrorKind::KeyMismatch`] when the params are another signer's,
    /// [`ErrorKind::SealedParamsAltered`] when they, the id, the signer or the
    /// time are not what was sealed, [`ErrorKind::SealedParamsInvalid`] when
    /// the record has the wrong form.
    pub fn open(&self, record: &[u8]) -> Result<OpenedReceipt> {
        let sealed = SealedParams::parse(record)?;
        // What is wrong with the receipt beside its params is told before
        // anything is decrypted; and the text no longer changes afterwards.
        let blank = sealed.in_clear()?;
        let params = sealed.decrypt(self)?;
        let mut text = fill(blank.json(), &params)?;
        let receipt = Receipt::from_canonical(std::mem::take(&mut *text), Reading::Strict)?;
        Ok(OpenedReceipt(receipt))
    }

    /// [`ParamsKey::open`], to the receipt's canonical JSON text.
    pub fn open_json(&self, record: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        let sealed = SealedParams::parse(record)?;
        let params = sealed.decrypt(self)?;
        fill(&sealed.blank(), &params)
    }
}

impl fmt::Debug for ParamsKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ParamsKey({:?})", self.signer)
    }
}

/// A receipt whose params were sealed in the log. Its text is wiped when
/// dropped.
#[derive(Debug)]
pub struct OpenedReceipt(Receipt);

impl OpenedReceipt {
    /// [`Receipt::verify`], leaving no copy of the params behind.
    pub fn verify<'k>(&self, options: &receipt::VerifyOptions<'k>) -> Result<&'k PublicKey> {
        let body = Zeroizing::new(self.signed_body());
        self.verify_body(options, &body)
    }

    /// [`Receipt::verify_agent`], leaving no copy of the params behind.
    pub(super) fn verify_agent<'k>(
        &self,
        options: &receipt::VerifyOptions<'k>,
    ) -> Result<&'k PublicKey> {
        let body = Zeroizing::new(self.signed_body());
        self.verify_agent_body(options, &body)
    }
}

impl Deref for OpenedReceipt {
    type Target = Receipt;

    fn deref(&self) -> &Receipt {
        &self.0
    }
}

impl Drop for OpenedReceipt {
    fn drop(&mut self) {
        self.0.wipe();
    }
}

/// A record with sealed params whose form has been checked.
#[derive(Debug)]
pub struct SealedParams<'a> {
    record: Cow<'a, [u8]>,
    /// The member `params_encrypted`, name and value.
    place: Range<usize>,
    aad: Vec<u8>,
    signer: String,
    nonce: [u8; aead::NONCE_LEN],
    ciphertext: Vec<u8>,
}

impl<'a> SealedParams<'a> {
    /// Checks the form of a record without opening it.
    ///
    /// Everything that can be said without the key is said here: the params must
    /// not stand beside their sealed copy, and `kid` must be the signer's key,
    /// so that nobody hides a record behind a key that is nowhere.
    pub fn parse(record: &'a [u8]) -> Result<SealedParams<'a>> {
        let canonical = jcs::canonicalize_exactly(record, &receipt_limits())
            .map_err(|error| error.within("record"))?;
        let record = match canonical == record {
            true => Cow::Borrowed(record),
            false => Cow::Owned(canonical),
        };
        let places = Places::of(&record)?;
        let Some(envelope) = &places.envelope else {
            return Err(invalid("the record has no params_encrypted"));
        };
        if places.params.is_some() {
            return Err(both());
        }
        let (mut nonce, mut ciphertext) = (None, None);
        let (mut algorithm, mut version, mut kid) = (None, None, None);
        for member in members::members(&record, envelope.value.start) {
            let text = || members::string_at(&record, member.value.clone());
            match member.name {
                b"alg" => algorithm = text(),
                b"ciphertext" => ciphertext = text(),
                b"kid" => kid = text(),
                b"nonce" => nonce = text(),
                b"v" => version = record.get(member.value.clone()),
                _ => return Err(invalid("params_encrypted has a member that is not known")),
            }
        }
        match version {
            Some(b"1") => {}
            Some(version) if version.iter().all(u8::is_ascii_digit) => {
                return Err(unsupported("the version of params_encrypted is not known"));
            }
            _ => return Err(invalid("params_encrypted has no integer v")),
        }
        match algorithm.as_deref() {
            Some(ALGORITHM) => {}
            Some(_) => {
                return Err(unsupported(
                    "the algorithm of params_encrypted is not known",
                ));
            }
            None => return Err(invalid("params_encrypted has no alg")),
        }
        if kid.as_deref() != Some(places.signer.as_ref()) {
            return Err(invalid(
                "the kid of params_encrypted is not the signer's key",
            ));
        }
        let nonce = nonce
            .and_then(|text| base64::decode_array::<{ aead::NONCE_LEN }>(text.as_bytes()))
            .ok_or_else(|| invalid("the nonce of params_encrypted is not base64 of 24 bytes"))?;
        let ciphertext = ciphertext
            .and_then(|text| base64::decode(text.as_bytes()))
            .ok_or_else(|| invalid("the ciphertext of params_encrypted is not base64"))?;
        let place = envelope.start..envelope.value.end;
        let (aad, signer) = (places.aad(), places.signer.into_owned());
        Ok(SealedParams {
            aad,
            signer,
            place,
            nonce: *nonce,
            ciphertext,
            record,
        })
    }

    /// The signer's public key, whose [`ParamsKey`] opens this; as it stands in
    /// the receipt.
    pub fn signer(&self) -> &str {
        &self.signer
    }

    /// The receipt as far as it stands in clear, with `null` for params. Its
    /// signature cannot be verified.
    pub(super) fn in_clear(&self) -> Result<Receipt> {
        Receipt::from_canonical(self.blank(), Reading::Strict)
    }

    /// The record with `null` for params.
    fn blank(&self) -> Vec<u8> {
        let mut text = self.record.get(..self.place.start).unwrap_or(&[]).to_vec();
        text.extend_from_slice(b"\"params\":null");
        text.extend_from_slice(self.record.get(self.place.end..).unwrap_or(&[]));
        text
    }

    fn decrypt(&self, key: &ParamsKey) -> Result<Zeroizing<Vec<u8>>> {
        if self.signer != key_text::prefixed(&key.signer) {
            return Err(another_key());
        }
        let params =
            aead::open(&key.key, &self.nonce, &self.aad, &self.ciphertext).ok_or_else(|| {
                Error::new(
                    ErrorKind::SealedParamsAltered,
                    SUBJECT,
                    "they, or the id, signer or time they are bound to, are not what was sealed",
                )
            })?;
        let limits = Limits {
            max_len: params.len(),
            max_depth: MAX_PARAMS_DEPTH,
        };
        let mut canonical = Zeroizing::new(Vec::with_capacity(params.len().saturating_mul(2)));
        let found = jcs::append_canonical(&mut canonical, &params, &limits, Numbers::Published);
        match found {
            Ok(_) if *canonical == *params => Ok(params),
            _ => Err(invalid("what was sealed is not canonical JSON")),
        }
    }
}

/// Puts params where `null` stands for them.
fn fill(blank: &[u8], params: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
    let place = members::find(blank, 0, "action")
        .and_then(|action| members::find(blank, action.start, "params"))
        .ok_or_else(|| invalid("the record has no action"))?;
    let mut text = Zeroizing::new(Vec::with_capacity(blank.len().saturating_add(params.len())));
    text.extend_from_slice(blank.get(..place.start).unwrap_or(&[]));
    text.extend_from_slice(params);
    text.extend_from_slice(blank.get(place.end..).unwrap_or(&[]));
    Ok(text)
}

/// Where the members are that sealing is about, in a canonical receipt.
struct Places<'a> {
    params: Option<members::Member<'a>>,
    envelope: Option<members::Member<'a>>,
    id: Cow<'a, str>,
    signer: Cow<'a, str>,
    time: Cow<'a, str>,
}

impl<'a> Places<'a> {
    fn of(receipt: &'a [u8]) -> Result<Places<'a>> {
        let view = RecordView::new(receipt);
        let version = members::find(receipt, 0, "v").and_then(|range| receipt.get(range));
        if !matches!(version, Some(b"1" | b"2" | b"4")) {
            return Err(invalid(
                "only receipts of version 1, 2 and 4 have params to seal",
            ));
        }
        let action = members::find(receipt, 0, "action")
            .ok_or_else(|| invalid("the receipt has no action"))?;
        let (mut params, mut envelope) = (None, None);
        for member in members::members(receipt, action.start) {
            match member.name {
                b"params" => params = Some(member),
                b"params_encrypted" => envelope = Some(member),
                _ => {}
            }
        }
        let signer = members::find(receipt, 0, "signer")
            .and_then(|signer| members::find(receipt, signer.start, "pubkey"))
            .and_then(|range| members::string_at(receipt, range));
        let (Some(id), Some(signer), Some(time)) = (view.id(), signer, view.time_text()) else {
            return Err(invalid(
                "the receipt lacks its id, its signer's key or its time",
            ));
        };
        Ok(Places {
            params,
            envelope,
            id,
            signer,
            time,
        })
    }

    /// What the ciphertext is bound to.
    fn aad(&self) -> Vec<u8> {
        let mut aad = Vec::new();
        let mut object = ObjectWriter::new(&mut aad);
        object.text("receipt_id", &self.id);
        object.text("signer_pubkey", &self.signer);
        object.text("ts", &self.time);
        object.end();
        aad
    }
}

fn invalid(detail: &'static str) -> Error {
    Error::new(ErrorKind::SealedParamsInvalid, SUBJECT, detail)
}

fn both() -> Error {
    invalid("params stand in clear and encrypted side by side")
}

fn unsupported(detail: &'static str) -> Error {
    Error::new(ErrorKind::Unsupported, SUBJECT, detail)
}

fn another_key() -> Error {
    Error::new(
        ErrorKind::KeyMismatch,
        SUBJECT,
        "they are those of another signer than the key given",
    )
}
