//! The key that vouches for the log: an identity of the keystore that no agent
//! uses, because whoever acts must not vouch for what was recorded.

use std::sync::Arc;

use clap::Args;
use signet::ErrorKind;
use signet::log::{Log, LogOptions, verifier_key_of};
use signet::tlog::verifier_key::VerifierKey;

use crate::context::Context;
use crate::failure::Failure;

/// The flags about the log's key.
#[derive(Args, Clone, Debug)]
pub struct LogKey {
    /// The identity that signs checkpoints; no agent may use it
    #[arg(
        long = "log-key-name",
        visible_alias = "key",
        value_name = "NAME",
        default_value = "log"
    )]
    name: String,
    /// The name of the log in its checkpoints, commonly a URL without scheme; it
    /// must stay the same [default: derived from the key]
    #[arg(
        long,
        value_name = "NAME",
        env = "SIGNET_LOG_ORIGIN",
        hide_env_values = true
    )]
    origin: Option<String>,
}

impl LogKey {
    /// What verifies the checkpoints; needs no passphrase.
    pub fn verifier(&self, context: &Context) -> Result<VerifierKey, Failure> {
        let public = match context.keystore()?.public_key(&self.name) {
            Err(error) if error.kind() == ErrorKind::KeyNotFound => {
                return Err(Failure::from(error).with_advice(format!(
                    "`signet identity generate --name {}` makes a key for the log; no agent may use it.",
                    self.name
                )));
            }
            found => found?,
        };
        Ok(verifier_key_of(&public, self.origin.as_deref())?)
    }

    /// The log of the home folder with this key. Refuses to make one, and to
    /// repair one on the way.
    pub fn open_log(&self, context: &Context) -> Result<Log, Failure> {
        crate::log::existing_folder(context, None)?;
        // Before the passphrase is asked for.
        self.verifier(context)?;
        let pair = context.unlock(&self.name)?;
        context.log(LogOptions {
            log_key: Some(Arc::clone(&pair)),
            origin: self.origin.clone(),
            repair_automatically: false,
            ..LogOptions::default()
        })
    }
}
