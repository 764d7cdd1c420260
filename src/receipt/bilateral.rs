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
use crate::receipt::{Expiry, Field, OutcomeStatus, Receipt, Response, VerifyOptions, body};

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
/// The receipt's own signature must hold under the key it names; whether that
/// key is to be trusted is for the caller to decide before this.
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
    let agent = PublicKey::from_bytes(&agent_receipt.signer_key_bytes()?)?;
    agent
        .verify(&agent_receipt.signed_body(), &agent_receipt.signature()?)
        .map_err(|error| error.within("agent receipt"))?;
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
        let canonical = jcs::canonicalize_exactly(extensions, &Limits::default())
            .map_err(|error| error.within("extensions"))?;
        let member = [b"\"extensions\":", canonical.as_slice(), b","].concat();
        receipt.splice(before_nonce..before_nonce, member);
    }
    Receipt::from_canonical(receipt, Reading::Strict)
}

/// What to hold a co-signed receipt to.
#[derive(Clone, Copy, Debug)]
pub struct BilateralOptions<'a> {
    /// The servers that are trusted to co-sign.
    pub servers: &'a [&'a PublicKey],
    /// The agents that are trusted to sign. Empty: any agent whose receipt holds
    /// under the key it names, and the answer says that none was trusted.
    pub agents: &'a [&'a PublicKey],
    /// How long after the agent the server may have signed, in milliseconds;
    /// `None` for any time.
    pub window_millis: Option<u64>,
    /// The session that the call must belong to.
    pub session: Option<&'a str>,
    /// The id that the call must have.
    pub call_id: Option<&'a str>,
    /// How the expiry of the agent's receipt is judged.
    pub expiry: Expiry,
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
    /// Replays are not seen here; a verifier with a replay store sees them. The
    /// `extensions` are under no signature.
    pub fn verify_bilateral<'k>(
        &self,
        options: &BilateralOptions<'k>,
    ) -> Result<BilateralSigners<'k>> {
        let Some(agent_receipt) = self.agent_receipt() else {
            return Err(Error::new(
                ErrorKind::ReceiptVersion,
                "receipt",
                "only a receipt of version 3 is co-signed",
            ));
        };
        let server = self.named_server(options.servers)?;
        let signature = self.signature()?;
        server.verify(&self.signed_body(), &signature)?;
        let agent_receipt = agent_receipt?;
        let agent = verify_agent(&agent_receipt, options)?;
        if self.reading == Reading::Strict {
            self.check_id(&signature)?;
            if let Some(status) = self.text(Field::OutcomeStatus) {
                OutcomeStatus::parse(status)?;
            }
            refuse_same_key(&agent_receipt.signer_key_bytes()?, server.as_bytes())?;
        }
        self.check_window(&agent_receipt, options.window_millis)?;
        check_binding(
            "session",
            agent_receipt.text(Field::Session),
            options.session,
        )?;
        check_binding(
            "call_id",
            agent_receipt.text(Field::CallId),
            options.call_id,
        )?;
        Ok(BilateralSigners { server, agent })
    }

    fn named_server<'k>(&self, trusted: &[&'k PublicKey]) -> Result<&'k PublicKey> {
        let named = self
            .required_text(Field::ServerPublicKey)
            .strip_prefix(key_text::ED25519_PREFIX)
            .and_then(|encoded| base64::decode_array::<PUBLIC_KEY_LEN>(encoded.as_bytes()));
        let Some(named) = named else {
            return Err(Error::new(
                ErrorKind::ReceiptInvalid,
                "receipt server",
                "member \"pubkey\" must be \"ed25519:\" and the standard base64 of 32 bytes",
            ));
        };
        if let Some(key) = trusted.iter().find(|key| *key.as_bytes() == *named) {
            return Ok(key);
        }
        Err(Error::new(
            match trusted {
                [_] => ErrorKind::KeyMismatch,
                _ => ErrorKind::SignerUntrusted,
            },
            "receipt server",
            "the key that the receipt names is not a trusted server's",
        ))
    }

    fn check_window(&self, agent_receipt: &Receipt, window_millis: Option<u64>) -> Result<()> {
        let signed = agent_receipt.time()?;
        let answered = Instant::parse(self.required_text(Field::TimeResponse))
            .map_err(|error| error.within("receipt ts_response"))?;
        let outside = |detail| {
            Err(Error::new(
                ErrorKind::TimeOutOfWindow,
                "receipt ts_response",
                detail,
            ))
        };
        if answered < signed {
            return outside("it lies before the agent's signature");
        }
        // Whole seconds count, as in the published Signet.
        let seconds = signed.millis_until(answered) / 1000;
        match window_millis {
            Some(window) if u64::try_from(seconds).is_ok_and(|s| s > window / 1000) => {
                outside("it lies too long after the agent's signature")
            }
            _ => Ok(()),
        }
    }
}

/// Holds the agent's receipt to the trusted agents, or to itself.
fn verify_agent<'k>(
    receipt: &Receipt,
    options: &BilateralOptions<'k>,
) -> Result<Option<&'k PublicKey>> {
    let inside = |error: Error| error.within("agent_receipt");
    if !options.agents.is_empty() {
        let key = receipt.verify_agent(&VerifyOptions {
            trusted: options.agents,
            expiry: options.expiry,
        });
        return key.map(Some).map_err(inside);
    }
    let named = PublicKey::from_bytes(&receipt.signer_key_bytes()?).map_err(inside)?;
    let itself = [&named];
    let options = VerifyOptions {
        trusted: &itself,
        expiry: options.expiry,
    };
    receipt.verify_agent(&options).map_err(inside)?;
    Ok(None)
}

/// One key on both sides would let one party testify for itself.
fn refuse_same_key(agent: &[u8; PUBLIC_KEY_LEN], server: &[u8; PUBLIC_KEY_LEN]) -> Result<()> {
    if agent != server {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::KeyMismatch,
        "receipt server",
        "agent and server have the same key, so nobody else has seen the call",
    ))
}

fn check_binding(member: &'static str, stated: Option<&str>, expected: Option<&str>) -> Result<()> {
    match expected {
        Some(expected) if stated.unwrap_or_default() != expected => Err(Error::new(
            ErrorKind::BindingMismatch,
            "agent_receipt action",
            format!("member \"{member}\" is not the expected one"),
        )),
        _ => Ok(()),
    }
}
