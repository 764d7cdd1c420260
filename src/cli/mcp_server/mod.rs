//! `signet mcp`: the library as tools for a model, over the stdio transport of the
//! Model Context Protocol.
//!
//! Whoever calls these tools is a model, and what it was made to say may come from
//! anywhere. So what it may do is decided by the flags, before the first message:
//! which key signs, whose signatures count, whether keys are made. No argument of a
//! tool names a file, and no answer holds a secret.

mod arguments;
mod catalog;
mod log_tools;
mod service;
mod signing_tools;
mod wire;

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use signet::authority::policy::{Enforcer, RateLimits};
use signet::encoding::base64;
use signet::identity::KeyPair;
use signet::log::LogOptions;
use zeroize::Zeroizing;

use crate::context::Context;
use crate::documents;
use crate::failure::{Done, Failure, Outcome};
use crate::own_memory;
use crate::passphrase::Passphrase;

use log_tools::LogTools;
use service::Service;
use signing_tools::{KeyMaker, SigningKey};

/// The variable that holds the secret key of the published tools server.
const SECRET_VARIABLE: &str = "SIGNET_SECRET_KEY";
/// Stands for the name of keys that are yet to be made where a passphrase is asked.
const NEW_KEYS: &str = "new-keys";

/// The flags of the tools server.
#[derive(Args, Debug)]
pub struct Command {
    /// The identity that signs [default: the secret in SIGNET_SECRET_KEY; without
    /// either nothing is signed]
    #[arg(long, value_name = "NAME", conflicts_with = "read_only")]
    key: Option<String>,
    /// Only sign what this policy allows
    #[arg(long, value_name = "FILE", conflicts_with = "read_only")]
    policy: Option<PathBuf>,
    /// The target of calls that name none
    #[arg(long, value_name = "URI", default_value = "mcp://local")]
    target: String,
    /// Sign without appending to the log
    #[arg(long)]
    no_log: bool,
    /// Whose receipts are good when the caller names no key
    #[arg(long, value_name = "FILE")]
    trust_bundle: Option<PathBuf>,
    /// The identity that signs the log's checkpoints; allows proofs
    #[arg(
        long,
        alias = "log-key",
        value_name = "NAME",
        conflicts_with = "read_only"
    )]
    log_key_name: Option<String>,
    /// Allow making identities
    #[arg(long, conflicts_with = "read_only")]
    allow_keygen: bool,
    /// Keep the secrets of new identities without a passphrase
    #[arg(long, requires = "allow_keygen")]
    unencrypted: bool,
    /// Nothing is signed, made or written
    #[arg(long)]
    read_only: bool,
}

impl Command {
    /// Serves until standard input ends.
    pub fn run(self, context: &Context) -> Done {
        own_memory::close();
        let service = self.service(context)?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .map_err(|error| failed(format!("the server cannot start: {error}")))?;
        runtime.block_on(service::serve(service))
    }

    fn service(self, context: &Context) -> Result<Service, Failure> {
        let signing_key = self.signing_key(context)?;
        let log_key = match &self.log_key_name {
            Some(name) => Some(context.unlock(name)?),
            None => None,
        };
        if let (Some(signer), Some(log_key)) = (&signing_key, &log_key)
            && signer.pair.public_key() == log_key.public_key()
        {
            return Err(Failure::usage(
                "--log-key-name is the key that signs: whoever acts must not vouch for what was recorded",
            ));
        }
        if let Some(path) = &self.trust_bundle {
            // It is read anew for each receipt; a mistake in it is told now.
            documents::trust_bundle(path)?;
        }
        let key_maker = match self.allow_keygen {
            true => Some(KeyMaker::new(self.new_passphrase(context)?)),
            false => None,
        };
        let log = LogTools::new(
            context.clone(),
            LogOptions {
                log_key,
                repair_automatically: !self.read_only,
                ..LogOptions::default()
            },
            self.read_only,
        );
        let enforcer = match &self.policy {
            Some(path) => {
                let policy = documents::policy(path)?;
                // Whoever starts the server anew does not begin at nothing.
                let counters = match self.no_log {
                    true => RateLimits::new(),
                    false => log.count_calls(&policy)?,
                };
                Some(Enforcer::with_counters(policy, counters))
            }
            None => None,
        };
        Ok(Service {
            context: context.clone(),
            signing_key,
            enforcer,
            target: self.target,
            record: !self.no_log,
            trust_bundle: self.trust_bundle,
            key_maker,
            log,
        })
    }

    fn signing_key(&self, context: &Context) -> Result<Option<SigningKey>, Failure> {
        if self.read_only {
            return Ok(None);
        }
        if let Some(name) = &self.key {
            let pair = context.unlock(name)?;
            let owner = context.keystore()?.info(name)?.owner;
            return Ok(Some(SigningKey {
                pair,
                identity: Some((name.clone(), owner.unwrap_or_default())),
            }));
        }
        let Some(pair) = secret_of_environment()? else {
            return Ok(None);
        };
        Ok(Some(SigningKey {
            pair: Arc::new(pair),
            identity: None,
        }))
    }

    fn new_passphrase(&self, context: &Context) -> Result<Option<Passphrase>, Failure> {
        match self.unencrypted {
            true => Ok(None),
            false => context.passphrases.new_for(NEW_KEYS).map(Some),
        }
    }
}

/// The key pair of `SIGNET_SECRET_KEY`: base64 of a seed, or of seed and public key.
fn secret_of_environment() -> Result<Option<KeyPair>, Failure> {
    let text = match std::env::var(SECRET_VARIABLE).map(Zeroizing::new) {
        Ok(text) => text,
        Err(std::env::VarError::NotPresent) => return Ok(None),
        Err(std::env::VarError::NotUnicode(_)) => return Err(no_secret()),
    };
    let bytes = base64::decode(text.trim().as_bytes())
        .map(Zeroizing::new)
        .ok_or_else(no_secret)?;
    Ok(Some(KeyPair::from_secret_bytes(&bytes)?))
}

fn no_secret() -> Failure {
    Failure::new(
        Outcome::Failed,
        "key_invalid",
        format!("{SECRET_VARIABLE} is not the base64 of a secret key"),
    )
}

fn failed(message: String) -> Failure {
    Failure::new(Outcome::Failed, "io", message)
}
