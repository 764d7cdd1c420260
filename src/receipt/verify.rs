//! Verifying receipts that the agent alone signed: versions 1 and 2.

use crate::crypto::digest;
use crate::crypto::ed25519::{PUBLIC_KEY_LEN, PublicKey, SignatureBytes};
use crate::encoding::record::Reading;
use crate::encoding::rfc3339::Instant;
use crate::encoding::{base64, hex, key_text};
use crate::error::{Error, ErrorKind, Result};
use crate::receipt::{Field, Receipt, id};

/// What to hold a receipt to.
#[derive(Clone, Copy, Debug)]
pub struct VerifyOptions<'a> {
    /// The keys that are trusted to sign.
    pub trusted: &'a [&'a PublicKey],
    /// Whether and against which time the expiry is judged.
    pub expiry: Expiry,
}

/// How the `exp` member is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expiry {
    /// The receipt must not have expired at this instant.
    JudgedAt(Instant),
    /// Evidence keeps its worth after its expiry: do not look.
    Ignored,
}

impl Receipt {
    /// Verifies the receipt and answers the trusted key that signed it.
    ///
    /// The signature must verify strictly under the key that the receipt names,
    /// and that key must be a trusted one. The id must derive from the signature,
    /// `params_hash` must be that of the params, the timestamps must be
    /// timestamps, and an attested policy decision must be `allow`. A receipt
    /// with an authority's decision is refused as unsupported, because a decision
    /// is worth what its authority is: see [`Verifier`](crate::verifier::Verifier).
    /// A receipt that was read forensically is held to its signature and expiry
    /// alone, as the published Signet does.
    ///
    /// Versions 3 and 4 stand on more than the agent's key, so this refuses them
    /// ([`ErrorKind::ReceiptVersion`]): see [`Receipt::verify_bilateral`] and
    /// [`verify_authorized`](crate::authority::authorized::verify_authorized).
    pub fn verify<'k>(&self, options: &VerifyOptions<'k>) -> Result<&'k PublicKey> {
        self.check_agent_verifies_alone()?;
        let signer = self.verify_agent(options)?;
        self.refuse_decision()?;
        Ok(signer)
    }

    /// [`Receipt::verify`] for a caller who owns the signed bytes.
    pub(crate) fn verify_body<'k>(
        &self,
        options: &VerifyOptions<'k>,
        body: &[u8],
    ) -> Result<&'k PublicKey> {
        self.check_agent_verifies_alone()?;
        let signer = self.verify_agent_body(options, body)?;
        self.refuse_decision()?;
        Ok(signer)
    }

    /// Holds the agent's own signature and claims to the trusted keys.
    /// In version 4 that leaves open whether the agent was allowed to act; and
    /// an authority's decision is left to be checked.
    pub(crate) fn verify_agent<'k>(&self, options: &VerifyOptions<'k>) -> Result<&'k PublicKey> {
        self.verify_agent_body(options, &self.signed_body())
    }

    fn check_agent_verifies_alone(&self) -> Result<()> {
        match self.version {
            1 | 2 => Ok(()),
            _ => Err(Error::new(
                ErrorKind::ReceiptVersion,
                "receipt",
                "versions 3 and 4 are verified with the keys of the server and the roots",
            )),
        }
    }

    /// [`Receipt::verify_agent`] for a caller who owns the signed bytes.
    pub(crate) fn verify_agent_body<'k>(
        &self,
        options: &VerifyOptions<'k>,
        body: &[u8],
    ) -> Result<&'k PublicKey> {
        let signature = self.signature()?;
        let signer = match self.reading {
            Reading::Strict => self.named_key(options.trusted)?,
            Reading::Forensic => self.any_key(options.trusted, body)?,
        };
        signer.verify(body, &signature)?;
        if self.reading == Reading::Strict {
            self.check_signed_claims(&signature)?;
        }
        self.check_expiry(options.expiry)?;
        Ok(signer)
    }

    /// Everything that the agent's part of a receipt is held to besides its
    /// signature and its expiry.
    pub(crate) fn check_signed_claims(&self, signature: &SignatureBytes) -> Result<()> {
        self.check_id(signature)?;
        self.check_params_hash()?;
        self.check_claims()?;
        self.check_compound_claims()
    }

    /// The public key that the receipt names as its signer's, unchecked.
    pub fn signer_key_bytes(&self) -> Result<[u8; PUBLIC_KEY_LEN]> {
        let text = self.required_text(Field::SignerPublicKey);
        let bytes = text
            .strip_prefix(key_text::ED25519_PREFIX)
            .and_then(|encoded| base64::decode_array::<PUBLIC_KEY_LEN>(encoded.as_bytes()));
        match bytes {
            Some(bytes) => Ok(*bytes),
            None => Err(Error::new(
                ErrorKind::ReceiptInvalid,
                "receipt signer",
                "member \"pubkey\" must be \"ed25519:\" and the standard base64 of 32 bytes",
            )),
        }
    }

    fn named_key<'k>(&self, trusted: &[&'k PublicKey]) -> Result<&'k PublicKey> {
        let named = self.signer_key_bytes()?;
        if let Some(key) = trusted.iter().find(|key| *key.as_bytes() == named) {
            return Ok(key);
        }
        Err(match trusted {
            [_] => Error::new(
                ErrorKind::KeyMismatch,
                "receipt signer",
                "the receipt names another key than the one it is checked against",
            ),
            _ => Error::new(
                ErrorKind::SignerUntrusted,
                "receipt signer",
                "the key that the receipt names is not among the trusted keys",
            ),
        })
    }

    /// The trusted key under which the signature verifies, whatever key the
    /// receipt names.
    fn any_key<'k>(&self, trusted: &[&'k PublicKey], body: &[u8]) -> Result<&'k PublicKey> {
        let signature = self.signature()?;
        let signer = trusted
            .iter()
            .copied()
            .find(|key| key.verify(body, &signature).is_ok());
        signer.ok_or_else(|| {
            Error::new(
                ErrorKind::SignatureInvalid,
                "receipt signature",
                "it verifies under none of the trusted keys",
            )
        })
    }

    pub(super) fn check_id(&self, signature: &SignatureBytes) -> Result<()> {
        let mut derived = Vec::with_capacity(40);
        id::append_receipt_id(&mut derived, signature);
        if self.required_text(Field::Id).as_bytes() == derived {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::IdMismatch,
            "receipt",
            "member \"id\" does not derive from the signature",
        ))
    }

    pub(super) fn check_params_hash(&self) -> Result<()> {
        let stated = self.required_text(Field::ParamsHash);
        let stated = stated
            .strip_prefix("sha256:")
            .and_then(|digits| hex::decode::<{ digest::SHA256_LEN }>(digits.as_bytes()));
        let params = self.travelling_params();
        // Without params any well-formed hash stands for what is not disclosed.
        let sound = match stated {
            Some(hash) => params == b"null" || hash == digest::sha256(params),
            None => false,
        };
        if sound {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::ParamsHashMismatch,
            "receipt action",
            "member \"params_hash\" is not the hash of the params",
        ))
    }

    fn check_claims(&self) -> Result<()> {
        self.time()?;
        self.check_nonce()?;
        match self.text(Field::PolicyDecision) {
            None | Some("allow") => Ok(()),
            Some(_) => Err(Error::new(
                ErrorKind::ReceiptInvalid,
                "receipt policy",
                "member \"decision\" must be \"allow\": nothing else is ever signed",
            )),
        }
    }

    /// Refuses a decision that nobody here has checked. A receipt that was read
    /// forensically is held to its signature alone.
    pub(crate) fn refuse_decision(&self) -> Result<()> {
        if self.reading == Reading::Forensic || self.value(Field::AuthorizationDecision).is_none() {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Unsupported,
            "receipt authz_decision",
            "the decision of an authority is checked by a verifier only",
        ))
    }

    pub(super) fn check_nonce(&self) -> Result<()> {
        if self.required_text(Field::Nonce).is_empty() {
            return Err(Error::new(
                ErrorKind::ReceiptInvalid,
                "receipt",
                "member \"nonce\" is empty",
            ));
        }
        Ok(())
    }

    /// What version 2 says besides: a response, not before the request.
    fn check_compound_claims(&self) -> Result<()> {
        let Some(responded) = self.response_time()? else {
            return Ok(());
        };
        self.check_content_hash()?;
        if responded < self.time()? {
            return Err(Error::new(
                ErrorKind::TimeOutOfWindow,
                "receipt ts_response",
                "it lies before the request",
            ));
        }
        Ok(())
    }

    fn check_expiry(&self, expiry: Expiry) -> Result<()> {
        let (Expiry::JudgedAt(now), Some(text)) = (expiry, self.text(Field::Expiry)) else {
            return Ok(());
        };
        let expires = Instant::parse(text).map_err(|error| error.within("receipt exp"))?;
        if now > expires {
            return Err(Error::new(
                ErrorKind::Expired,
                "receipt",
                "it has passed its expiry time",
            ));
        }
        Ok(())
    }
}
