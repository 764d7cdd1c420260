//! Version 3: a server co-signs an agent's receipt with the hash of what it
//! answered and what became of the call.

use crate::crypto::ed25519::{PUBLIC_KEY_LEN, PublicKey};
use crate::crypto::random;
use crate::encoding::jcs::{self, Limits};
use crate::encoding::object::ObjectWriter;
use crate::encoding::record::Reading;
use crate::encoding::rfc3339::Instant;
use crate::encoding::{base64, key_text};
use crate::error::{Error, ErrorKind, Result};
use crate::identity::KeyPair;
use crate::receipt::id::{self, NONCE_LEN};
use crate::receipt::{Expiry, Field, MAX_PARAMS_DEPTH, Receipt, Response, VerifyOptions, body};

/// What a server says when it co-signs.
#[derive(Clone, Copy, Debug, Default)]
pub struct CoSignOptions<'a> {
    /// The name the server gives itself.
    pub server_name: &'a str,
    /// When it co-signs; the system clock when absent.
    pub time: Option<Instant>,
    /// Anything the server wants to add **without signing it**, as JSON.
    pub extensions: Option<&'a [u8]>,
    /// The nonce; random when absent, and given for reproducible tests only.
    pub nonce: Option<[u8; NONCE_LEN]>,
}

/// Co-signs an agent's receipt (version 1 or 4).
///
/// What no verifier would accept is not co-signed: the agent's receipt must be
/// sound under the key it names, which must be another than the server's
/// ([`ErrorKind::SameSigner`]), and must not be dated after the co-signature
/// ([`ErrorKind::TimeOutOfWindow`]). Whether that key is to be trusted, whether
/// the receipt has expired and whether a delegation allows the call is for the
/// caller to decide before this; a refusal is co-signed too.
pub fn co_sign(
    server: &KeyPair,
    agent_receipt: &Receipt,
    response: &Response<'_>,
    options: &CoSignOptions<'_>,
) -> Result<Receipt> {
    if !matches!(agent_receipt.version(), 1 | 4) {
        return Err(Error::new(
            ErrorKind::ReceiptVersion,
            "agent receipt",
            "only receipts of version 1 and 4 can be co-signed",
        ));
    }
    if agent_receipt.reading() == Reading::Forensic {
        return Err(Error::new(
            ErrorKind::InvalidArgument,
            "agent receipt",
            "it was read forensically; read it strictly before putting a name under it",
        ));
    }
    let within = |error: Error| error.within("agent receipt");
    let named = agent_receipt.signer_key_bytes().map_err(within)?;
    let agent = PublicKey::from_bytes(&named).map_err(within)?;
    let itself = VerifyOptions {
        trusted: &[&agent],
        expiry: Expiry::Ignored,
    };
    agent_receipt.verify_agent(&itself).map_err(within)?;
    agent_receipt.refuse_decision().map_err(within)?;
    refuse_same_key(agent.as_bytes(), server.public_key().as_bytes())?;
    let nonce = match options.nonce {
        Some(nonce) => nonce,
        None => random::bytes()?,
    };
    let time = options.time.unwrap_or_else(Instant::now);

    let mut body = Vec::with_capacity(agent_receipt.json().len() + 512);
    body.extend_from_slice(b"{\"agent_receipt\":");
    body.extend_from_slice(agent_receipt.json());
    body.push(b',');
    let before_nonce = body.len();
    body.extend_from_slice(b"\"nonce\":\"");
    id::append_nonce(&mut body, &nonce);
    body.extend_from_slice(b"\",\"response\":");
    response.append_to(&mut body)?;
    body.extend_from_slice(b",\"server\":");
    let mut object = ObjectWriter::new(&mut body);
    object.text("name", options.server_name);
    object.text("pubkey", &key_text::prefixed(server.public_key()));
    object.end();
    body.push(b',');
    let before_time = body.len();
    body.extend_from_slice(b"\"ts_response\":\"");
    time.append_to(&mut body);
    body.extend_from_slice(b"\",\"v\":3}");

    let mut receipt = body::finish(server, &body, before_nonce, before_time)?;
    if let Some(extensions) = options.extensions {
        let limits = Limits {
            max_depth: MAX_PARAMS_DEPTH,
            ..Limits::default()
        };
        let canonical = jcs::canonicalize_exactly(extensions, &limits)
            .map_err(|error| error.within("extensions"))?;
        let member = [b"\"extensions\":", canonical.as_slice(), b","].concat();
        receipt.splice(before_nonce..before_nonce, member);
    }
    body::check_len(&receipt, agent_receipt.travelling_params().len())?;
    let receipt = Receipt::from_canonical(receipt, Reading::Strict)?;
    receipt.check_window(agent_receipt, None)?;
    Ok(receipt)
}

/// What to hold a co-signed receipt to.
#[derive(Clone, Copy, Debug)]
pub struct BilateralOptions<'a> {
    /// The servers that are trusted to co-sign.
    pub servers: &'a [&'a PublicKey],
    /// The agents that are trusted to sign. Empty: any agent whose receipt holds
    /// under the key it names, and the answer says that none was trusted.
    pub agents: &'a [&'a PublicKey],
    /// How many whole seconds after the agent the server may have signed; `None`
    /// for any time. The published Signet takes 300.
    pub window_seconds: Option<u64>,
    /// Against which time the co-signature itself is judged; `None` not to look,
    /// as with evidence that is older.
    pub freshness: Option<Freshness>,
    /// The session that the call must belong to.
    pub session: Option<&'a str>,
    /// The id that the call must have.
    pub call_id: Option<&'a str>,
    /// How the expiry of the agent's receipt is judged.
    pub expiry: Expiry,
}

/// How old a co-signature may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Freshness {
    /// The verifier's time.
    pub at: Instant,
    /// How many seconds ago the server may have signed.
    pub max_age_seconds: u64,
    /// By how many seconds the clocks of server and verifier may differ: the
    /// co-signature may be that much older, and dated that much later.
    pub skew_seconds: u64,
}

/// Who signed a co-signed receipt.
#[derive(Clone, Copy, Debug)]
pub struct BilateralSigners<'k> {
    /// The trusted server.
    pub server: &'k PublicKey,
    /// The trusted agent; `None` when no agents were given to trust.
    pub agent: Option<&'k PublicKey>,
}

impl Receipt {
    /// Verifies a version 3 receipt: the server's signature, the agent's
    /// signature inside, and that the two belong together.
    ///
    /// A co-signed version 4 receipt is refused here
    /// ([`ErrorKind::ReceiptVersion`]), because its agent acts on a delegation
    /// that has to be checked too: see
    /// [`verify_authorized_bilateral`](crate::authority::authorized::verify_authorized_bilateral).
    /// Replays are not seen; a verifier with a replay store sees them. The
    /// `extensions` are under no signature.
    pub fn verify_bilateral<'k>(
        &self,
        options: &BilateralOptions<'k>,
    ) -> Result<BilateralSigners<'k>> {
        if self.co_signed()?.version() == 4 {
            return Err(Error::new(
                ErrorKind::ReceiptVersion,
                "receipt agent_receipt",
                "version 4 is verified with the roots of its delegation",
            ));
        }
        let signers = self.verify_co_signature(options)?;
        self.co_signed()?.refuse_decision()?;
        Ok(signers)
    }

    /// The agent's receipt in one of version 3; an error in other versions.
    pub(crate) fn co_signed(&self) -> Result<&Receipt> {
        self.agent_receipt().ok_or_else(|| {
            Error::new(
                ErrorKind::ReceiptVersion,
                "receipt",
                "only a receipt of version 3 is co-signed",
            )
        })
    }

    /// Holds both signatures and what connects them to the options. Leaves open
    /// whether a delegation lets the agent act, and an authority's decision.
    pub(crate) fn verify_co_signature<'k>(
        &self,
        options: &BilateralOptions<'k>,
    ) -> Result<BilateralSigners<'k>> {
        let agent_receipt = self.co_signed()?;
        let server = self.named_server(options.servers)?;
        let signature = self.signature()?;
        server.verify(&self.signed_body(), &signature)?;
        let agent =
            verify_agent(agent_receipt, options).map_err(|error| error.within("agent_receipt"))?;
        if self.reading() == Reading::Strict {
            self.check_id(&signature)?;
            self.check_nonce()?;
            self.check_content_hash()?;
            refuse_same_key(&agent_receipt.signer_key_bytes()?, server.as_bytes())?;
        }
        self.check_window(agent_receipt, options.window_seconds)?;
        if let Some(freshness) = options.freshness {
            self.check_freshness(freshness)?;
        }
        agent_receipt.check_binding("session", Field::Session, options.session)?;
        agent_receipt.check_binding("call_id", Field::CallId, options.call_id)?;
        Ok(BilateralSigners { server, agent })
    }

    /// The public key that the receipt names as its server's, unchecked; an error
    /// in versions other than 3.
    pub fn server_key_bytes(&self) -> Result<[u8; PUBLIC_KEY_LEN]> {
        self.co_signed()?;
        let named = self
            .required_text(Field::ServerPublicKey)
            .strip_prefix(key_text::ED25519_PREFIX)
            .and_then(|encoded| base64::decode_array::<PUBLIC_KEY_LEN>(encoded.as_bytes()));
        named.map(|named| *named).ok_or_else(|| {
            Error::new(
                ErrorKind::ReceiptInvalid,
                "receipt server",
                "member \"pubkey\" must be \"ed25519:\" and the standard base64 of 32 bytes",
            )
        })
    }

    /// Holds a member of the action, which counts as empty when it is absent, to
    /// the text that is expected.
    pub(crate) fn check_binding(
        &self,
        member: &'static str,
        field: Field,
        expected: Option<&str>,
    ) -> Result<()> {
        match expected {
            Some(expected) if self.text(field).unwrap_or_default() != expected => Err(Error::new(
                ErrorKind::BindingMismatch,
                "receipt action",
                format!("member \"{member}\" is not the expected one"),
            )),
            _ => Ok(()),
        }
    }

    fn named_server<'k>(&self, trusted: &[&'k PublicKey]) -> Result<&'k PublicKey> {
        let named = self.server_key_bytes()?;
        if let Some(key) = trusted.iter().find(|key| *key.as_bytes() == named) {
            return Ok(key);
        }
        Err(untrusted(
            trusted,
            "receipt server",
            "the key that the receipt names is not a trusted server's",
        ))
    }

    fn check_window(&self, agent_receipt: &Receipt, window_seconds: Option<u64>) -> Result<()> {
        let signed = agent_receipt.time()?;
        let answered = self.co_signing_time()?;
        if answered < signed {
            return outside("it lies before the agent's signature");
        }
        // Whole seconds count, as in the published Signet.
        let seconds = u64::try_from(signed.millis_until(answered) / 1000).unwrap_or(0);
        match window_seconds {
            Some(window) if seconds > window => {
                outside("it lies too long after the agent's signature")
            }
            _ => Ok(()),
        }
    }

    fn check_freshness(&self, freshness: Freshness) -> Result<()> {
        let answered = self.co_signing_time()?;
        let millis = |seconds: u64| i64::try_from(seconds.saturating_mul(1000)).unwrap_or(i64::MAX);
        let skew = millis(freshness.skew_seconds);
        let age = answered.millis_until(freshness.at);
        if age < skew.saturating_neg() {
            return outside("it lies after the verifier's time");
        }
        if age > millis(freshness.max_age_seconds).saturating_add(skew) {
            return outside("it lies too long before the verifier's time");
        }
        Ok(())
    }

    fn co_signing_time(&self) -> Result<Instant> {
        let time = self.response_time()?;
        // The format requires the member.
        time.ok_or_else(|| Error::new(ErrorKind::TimestampInvalid, "receipt ts_response", "absent"))
    }
}

/// Holds the agent's receipt to the trusted agents, or to itself. The key that
/// the receipt names is the one that counts, in both readings.
fn verify_agent<'k>(
    receipt: &Receipt,
    options: &BilateralOptions<'k>,
) -> Result<Option<&'k PublicKey>> {
    let named = receipt.signer_key_bytes()?;
    let mut agents = options.agents.iter().copied();
    let trusted = agents.find(|key| *key.as_bytes() == named);
    if trusted.is_none() && !options.agents.is_empty() {
        return Err(untrusted(
            options.agents,
            "receipt signer",
            "the key that the receipt names is not a trusted agent's",
        ));
    }
    let key = match trusted {
        Some(key) => *key,
        None => PublicKey::from_bytes(&named)?,
    };
    receipt.verify_agent(&VerifyOptions {
        trusted: &[&key],
        expiry: options.expiry,
    })?;
    Ok(trusted)
}

fn untrusted(trusted: &[&PublicKey], subject: &'static str, detail: &'static str) -> Error {
    let kind = match trusted {
        [_] => ErrorKind::KeyMismatch,
        _ => ErrorKind::SignerUntrusted,
    };
    Error::new(kind, subject, detail)
}

fn outside(detail: &'static str) -> Result<()> {
    Err(Error::new(
        ErrorKind::TimeOutOfWindow,
        "receipt ts_response",
        detail,
    ))
}

/// One key on both sides would let one party testify for itself.
fn refuse_same_key(agent: &[u8; PUBLIC_KEY_LEN], server: &[u8; PUBLIC_KEY_LEN]) -> Result<()> {
    if agent != server {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::SameSigner,
        "receipt server",
        "agent and server have the same key, so nobody else has seen the call",
    ))
}
