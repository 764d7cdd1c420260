//! The tools about keys and receipts: make a key, sign, verify, hash.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use signet::authority::any_version::{self, Expectations, Trust};
use signet::crypto::ed25519::PublicKey;
use signet::crypto::random;
use signet::encoding::jcs::Limits;
use signet::encoding::object::ObjectWriter;
use signet::encoding::record::Reading;
use signet::encoding::{hex, key_text};
use signet::identity::keystore::{NewIdentity, Protection};
use signet::identity::{KeyName, KeyPair};
use signet::log::{Appended, line};
use signet::receipt::{Action, ActionOptions, Receipt, SignOptions, Signer};

use crate::context::Context;
use crate::documents;
use crate::failure::{Failure, Outcome};
use crate::passphrase::Passphrase;

use super::arguments::{Arguments, refuse};
use super::service::{Answer, Service};

/// What receipts of this server say of how the call travelled, as those of the
/// published tools server do.
const TRANSPORT: &str = "mcp";
/// Who signs with a key that has no name, unless the caller says.
const UNNAMED: &str = "agent";
/// How many identities one run of the server makes: a model in a loop must not fill
/// the keystore.
const MAX_NEW_KEYS: usize = 32;

/// The key that signs.
pub struct SigningKey {
    /// The pair.
    pub pair: Arc<KeyPair>,
    /// The name and owner that its receipts say; any that the caller says when it
    /// came out of the environment.
    pub identity: Option<(String, String)>,
}

impl SigningKey {
    /// What stands in the receipt beside the key. A key of the keystore speaks in its
    /// own name only.
    fn signer(&self, arguments: &Arguments<'_>) -> Result<(String, String), Failure> {
        let name = arguments.text("signer_name")?;
        let owner = arguments.text("signer_owner")?;
        let Some((own_name, own_owner)) = &self.identity else {
            let name = name.map_or_else(|| UNNAMED.to_owned(), |name| name.into_owned());
            return Ok((name, owner.unwrap_or_default().into_owned()));
        };
        if name.is_some_and(|name| name != own_name.as_str()) {
            return Err(refuse("signer_name", "the server signs in another name"));
        }
        if owner.is_some_and(|owner| owner != own_owner.as_str()) {
            return Err(refuse("signer_owner", "the server signs for another owner"));
        }
        Ok((own_name.clone(), own_owner.clone()))
    }
}

/// Signs a call and appends the receipt to the log: what could not be recorded is
/// not answered.
pub fn sign(
    key: &SigningKey,
    arguments: &Arguments<'_>,
    service: &Service,
) -> Result<Answer, Failure> {
    let (name, owner) = key.signer(arguments)?;
    let signer = Signer {
        name: &name,
        owner: &owner,
    };
    let action = action(arguments, &service.target)?;
    let reading = ActionOptions {
        hash_only: arguments.truth("hash_only")?,
        ..ActionOptions::default()
    };
    let options = SignOptions {
        time: Some(service.context.now()),
        ..SignOptions::default()
    };
    let receipt = match &service.enforcer {
        None => {
            let action = Action::parse(&action, &reading)?;
            signet::receipt::sign(&key.pair, &action, &signer, &options)?
        }
        Some(enforcer) => {
            let (ruling, receipt) =
                enforcer.sign(&key.pair, &action, &reading, &signer, &options)?;
            if let (Some(violation), true) = (ruling.violation(), service.record) {
                service.log.append(violation)?;
            }
            receipt?
        }
    };
    let place = match service.record {
        true => Some(service.log.append(receipt.json())?),
        false => None,
    };
    answer(&receipt, place)
}

fn answer(receipt: &Receipt, place: Option<Appended>) -> Result<Answer, Failure> {
    let mut structured = json!({ "receipt": tree(receipt.json())? });
    if let Some(place) = place {
        structured["log"] =
            json!({ "index": place.index, "record_hash": line::hash_text(&place.record_hash) });
    }
    Ok(Answer {
        structured,
        // The bytes that were signed: what a caller hands on.
        text: Some(String::from_utf8_lossy(receipt.json()).into_owned()),
    })
}

fn action(arguments: &Arguments<'_>, target: &str) -> Result<Vec<u8>, Failure> {
    let mut json = Vec::new();
    let mut object = ObjectWriter::new(&mut json);
    for name in [
        "tool",
        "session",
        "call_id",
        "trace_id",
        "parent_receipt_id",
    ] {
        if let Some(text) = arguments.text(name)? {
            object.text(name, &text);
        }
    }
    object.member("params", arguments.value("params"));
    let given = arguments.text("target")?;
    object.text("target", given.as_deref().unwrap_or(target));
    object.text("transport", TRANSPORT);
    object.end();
    Ok(json)
}

/// Verifies a receipt of any version.
pub fn verify(arguments: &Arguments<'_>, service: &Service) -> Result<Answer, Failure> {
    let text;
    let json = match arguments.value("receipt_json").unwrap_or_default() {
        object @ [b'{', ..] => object,
        _ => {
            let given = arguments.text("receipt_json")?;
            text = given.ok_or_else(|| refuse("receipt_json", "it is required"))?;
            text.as_bytes()
        }
    };
    let key = match arguments.text("public_key")? {
        Some(text) => Some(public_key(&text, &service.context)?),
        None => None,
    };
    let keys: Vec<&PublicKey> = key.iter().collect();
    let bundle = match (&service.trust_bundle, &key) {
        (Some(path), None) => Some(documents::trust_bundle(path)?),
        (None, None) => {
            return Err(refuse(
                "public_key",
                "it is required, because the server has no trust bundle",
            ));
        }
        (_, Some(_)) => None,
    };
    let trust = Trust {
        agents: &keys,
        any_co_signed_agent: key.is_some(),
        servers: &keys,
        roots: &keys,
        bundle: bundle.as_ref(),
    };
    let verified = Receipt::parse(json, Reading::Strict, &Limits::default()).and_then(|receipt| {
        any_version::verify(&receipt, &trust, &Expectations::at(service.context.now()))
    });
    let mut answer = match verified {
        Ok(verified) => {
            let said = tree(&verified.json())?;
            let mut answer = json!({ "valid": true });
            for name in ["version", "agent", "agent_trusted", "server", "root"] {
                if let Some(value) = said.get(name) {
                    answer[name] = value.clone();
                }
            }
            answer
        }
        Err(error) => {
            json!({ "valid": false, "code": error.kind().code(), "message": error.to_string() })
        }
    };
    answer["trust"] = match key {
        Some(_) => "public_key".into(),
        None => "trust_bundle".into(),
    };
    Ok(answer.into())
}

/// A key that the model names: never by a file.
fn public_key(text: &str, context: &Context) -> Result<PublicKey, Failure> {
    match KeyName::new(text) {
        Ok(_) => Ok(context.keystore()?.public_key(text)?),
        Err(_) => Ok(key_text::parse(text).map_err(|error| error.within("argument public_key"))?),
    }
}

/// The hash that receipts state of a content.
pub fn content_hash(arguments: &Arguments<'_>) -> Result<Answer, Failure> {
    let content = arguments.value("content").unwrap_or_default();
    let hash = signet::receipt::content_hash(content, &Limits::default())?;
    Ok(json!({ "hash": hash }).into())
}

/// Makes identities.
pub struct KeyMaker {
    passphrase: Option<Passphrase>,
    made: AtomicUsize,
}

impl KeyMaker {
    /// Encrypts their secrets under the passphrase; without one they are kept as
    /// they are.
    pub fn new(passphrase: Option<Passphrase>) -> KeyMaker {
        KeyMaker {
            passphrase,
            made: AtomicUsize::new(0),
        }
    }

    /// Makes one; answers what is public of it.
    pub fn generate(
        &self,
        arguments: &Arguments<'_>,
        context: &Context,
    ) -> Result<Answer, Failure> {
        let name = match arguments.text("name")? {
            Some(name) => name.into_owned(),
            None => format!("key-{}", hex::encode(&random::bytes::<8>()?)),
        };
        let owner = arguments.text("owner")?;
        if self.made.fetch_add(1, Ordering::Relaxed) >= MAX_NEW_KEYS {
            return Err(Failure::new(
                Outcome::Failed,
                "not_allowed",
                format!("this server has made {MAX_NEW_KEYS} identities, as many as it makes"),
            ));
        }
        let protection = match &self.passphrase {
            Some(passphrase) => Protection::Passphrase(passphrase),
            None => Protection::Unencrypted,
        };
        let mut identity = NewIdentity::new(protection, context.now());
        if let Some(owner) = &owner {
            identity = identity.with_owner(owner);
        }
        let pair = context.keystore()?.create(&name, &identity)?;
        let key = pair.public_key();
        Ok(json!({
            "name": name,
            "public_key": key_text::prefixed(key),
            "did": key_text::did_key(key),
        })
        .into())
    }
}

/// A record's text for a client that wants JSON values.
pub fn tree(json: &[u8]) -> Result<Value, Failure> {
    serde_json::from_slice(json).map_err(|_| {
        Failure::new(
            Outcome::Failed,
            "record_invalid",
            "a record that is no JSON value of this size",
        )
    })
}
