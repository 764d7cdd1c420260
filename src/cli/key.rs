//! `signet key`: what becomes of a key after it was made.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::json;
use signet::ErrorKind;
use signet::encoding::key_text;
use signet::identity::{Protection, SecretState};

use crate::context::Context;
use crate::failure::{Done, Failure};
use crate::key_reference;
use crate::passphrase;
use crate::terminal::{answer_line, comment, confirmed};

/// The commands about keys.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Print the did:key of a public key
    Did {
        /// The name of an identity, a .pub file, or the key itself
        #[arg(value_name = "NAME|KEY")]
        key: String,
    },
    /// Change, add or remove the passphrase of a key
    Passwd(Passwd),
    /// Remove a key for good
    Rm {
        /// The name in the keystore
        name: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

/// Which passphrase to change, and how.
#[derive(Args, Debug)]
pub struct Passwd {
    /// The name in the keystore
    name: String,
    /// Keep the secret in clear from now on
    #[arg(long, conflicts_with = "new_passphrase_file")]
    remove: bool,
    /// Read the new passphrase from the first line of a file
    #[arg(long, value_name = "FILE")]
    new_passphrase_file: Option<PathBuf>,
}

impl Command {
    /// Runs it.
    pub fn run(self, context: &Context) -> Done {
        match self {
            Command::Did { key } => did(&key, context),
            Command::Passwd(change) => change.run(context),
            Command::Rm { name, yes } => remove(&name, yes, context),
        }
    }
}

fn did(key: &str, context: &Context) -> Done {
    let key = key_reference::resolve(key, context)?;
    let did = key_text::did_key(&key);
    if context.json {
        let answer = json!({ "did": did, "public_key": key_text::prefixed(&key) });
        return answer_line(answer.to_string());
    }
    answer_line(did)
}

impl Passwd {
    fn run(self, context: &Context) -> Done {
        let store = context.keystore()?;
        let was_encrypted = match store.info(&self.name)?.secret {
            SecretState::Encrypted(_) => true,
            SecretState::Unencrypted => false,
            // Says that there is only the public half.
            SecretState::Missing => return Ok(store.load(&self.name, None).map(drop)?),
        };
        let current = match was_encrypted {
            true => {
                let current = context.passphrases.existing(&self.name)?;
                // Nobody thinks of a new passphrase when the old one is wrong.
                store.load(&self.name, Some(&current))?;
                Some(current)
            }
            false => None,
        };
        let new = match (&self.new_passphrase_file, self.remove) {
            (_, true) => None,
            (Some(path), _) => Some(passphrase::read_file(path)?),
            (None, _) => Some(self.ask()?),
        };
        let protection = match &new {
            Some(new) => Protection::Passphrase(new),
            None => Protection::Unencrypted,
        };
        let current = current.as_ref().map(|current| current.as_str());
        store.change_passphrase(&self.name, current, protection)?;
        if context.json {
            let secret = if self.remove {
                "unencrypted"
            } else {
                "encrypted"
            };
            let answer = json!({ "name": self.name, "secret": secret });
            return answer_line(answer.to_string());
        }
        comment(match (was_encrypted, self.remove) {
            (true, false) => format!("The passphrase of '{}' is changed.", self.name),
            (false, false) => format!("'{}' now has a passphrase.", self.name),
            (true, true) => format!("'{}' no longer has a passphrase.", self.name),
            (false, true) => format!("'{}' has no passphrase.", self.name),
        });
        Ok(())
    }

    fn ask(&self) -> Result<passphrase::Passphrase, Failure> {
        passphrase::ask_twice(&self.name).map_err(|failure| {
            failure.with_advice("Give --new-passphrase-file where there is no terminal.")
        })
    }
}

fn remove(name: &str, yes: bool, context: &Context) -> Done {
    let store = context.keystore()?;
    // A damaged key can be removed, one that is not there cannot.
    if let Err(error) = store.info(name)
        && matches!(
            error.kind(),
            ErrorKind::KeyNotFound | ErrorKind::KeyNameInvalid
        )
    {
        return Err(error.into());
    }
    if !yes
        && !confirmed(&format!(
            "Remove '{name}' for good? What is sealed for it can then never be opened."
        ))?
    {
        return Err(Failure::usage(format!("'{name}' was not removed")));
    }
    store.delete(name)?;
    if context.json {
        return answer_line(json!({ "removed": name }).to_string());
    }
    comment(format!("'{name}' is removed."));
    Ok(())
}
