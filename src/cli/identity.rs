//! `signet identity`: make, list and export identities.

use clap::{Args, Subcommand};
use serde_json::json;
use signet::ErrorKind;
use signet::encoding::key_text;
use signet::identity::key_file::PublicFile;
use signet::identity::{
    IdentityInfo, KeyName, Keystore, NewIdentity, Protection, listing, principal,
};

use crate::context::Context;
use crate::failure::{Done, Failure};
use crate::terminal::plain;
use crate::terminal::{answer, answer_line, comment};

/// The commands about identities.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Print the public key file of an identity
    Export {
        /// The name in the keystore
        #[arg(long)]
        name: String,
    },
    /// Make an identity and print its public key
    Generate(Generate),
    /// List the identities of the home folder
    List,
}

/// What to make.
#[derive(Args, Debug)]
pub struct Generate {
    /// The name in the keystore: letters, digits, _ and -
    #[arg(long)]
    name: String,
    /// Whom it works for; stands in what it signs
    #[arg(long, default_value = "", hide_default_value = true)]
    owner: String,
    /// Who it is, as in agent://example/deploy-bot; stands in what it signs
    #[arg(long, value_name = "URI")]
    principal: Option<String>,
    /// Keep the secret in clear: whoever reads the file can sign with it
    #[arg(long)]
    unencrypted: bool,
}

impl Command {
    /// Runs it.
    pub fn run(self, context: &Context) -> Done {
        match self {
            Command::Export { name } => export(&name, context),
            Command::Generate(identity) => identity.run(context),
            Command::List => list(context),
        }
    }
}

impl Generate {
    fn run(self, context: &Context) -> Done {
        let store = context.keystore()?;
        // Nobody is asked for a passphrase that would not be used.
        KeyName::new(&self.name)?;
        if let Some(principal) = &self.principal {
            principal::check(principal)?;
        }
        refuse_taken(&store, &self.name)?;
        let passphrase = match self.unencrypted {
            true => None,
            false => Some(context.passphrases.new_for(&self.name)?),
        };
        let protection = match &passphrase {
            Some(passphrase) => Protection::Passphrase(passphrase),
            None => Protection::Unencrypted,
        };
        let mut identity = NewIdentity::new(protection, context.now());
        if !self.owner.is_empty() {
            identity = identity.with_owner(&self.owner);
        }
        if let Some(principal) = &self.principal {
            identity = identity.with_principal(principal);
        }
        let pair = store.create(&self.name, &identity)?;
        let key = pair.public_key();
        if context.json {
            return answer_line(
                json!({
                    "name": self.name,
                    "public_key": key_text::prefixed(key),
                    "did": key_text::did_key(key),
                    "secret": if self.unencrypted { "unencrypted" } else { "encrypted" },
                })
                .to_string(),
            );
        }
        comment(format!(
            "Identity '{}' created at {}",
            self.name,
            context.home().join("keys/").display()
        ));
        if let Some(principal) = &self.principal {
            comment(format!("Principal: {principal}"));
        }
        answer_line(key_text::bare(key))
    }
}

/// Prints the members that the format has, however the file spells them.
fn export(name: &str, context: &Context) -> Done {
    let text = context.keystore()?.export_public(name)?;
    let name = KeyName::new(name)?;
    answer_line(PublicFile::parse(text.as_bytes(), name)?.to_text(name))
}

fn refuse_taken(store: &Keystore, name: &str) -> Done {
    match store.info(name) {
        Err(error) if error.kind() == ErrorKind::KeyNotFound => Ok(()),
        // A damaged one has the name as well.
        _ => Err(Failure::from(signet::Error::new(
            ErrorKind::KeyExists,
            name.to_owned(),
            "it is already in the keystore",
        ))),
    }
}

fn list(context: &Context) -> Done {
    let store = context.keystore()?;
    if context.json {
        answer(listing::to_json(&store)?)?;
        return answer("\n");
    }
    let identities = store.list()?;
    if identities.is_empty() {
        let folder = context.home().join("keys/");
        return answer_line(format!("No keys found in {}", folder.display()));
    }
    let mut known = Vec::new();
    for identity in &identities {
        match &identity.info {
            Ok(info) => known.push(info),
            Err(error) => comment(format!("Warning: {}: {error}", identity.name)),
        }
    }
    answer(table(&known))
}

/// The table of the published Signet: principals have a column where there are
/// any.
fn table(identities: &[&IdentityInfo]) -> String {
    let has_principals = identities.iter().any(|info| info.principal.is_some());
    let row = |name: &str, owner: &str, principal: &str, created: &str| {
        let principal = match has_principals {
            true => format!("{principal:<40} "),
            false => String::new(),
        };
        format!("{name:<20} {owner:<20} {principal}{created}\n")
    };
    let mut text = row("NAME", "OWNER", "PRINCIPAL", "CREATED");
    text.push_str(&"-".repeat(if has_principals { 100 } else { 60 }));
    text.push('\n');
    for info in identities {
        text.push_str(&row(
            &info.name,
            &plain(info.owner.as_deref().unwrap_or_default()),
            &plain(info.principal.as_deref().unwrap_or_default()),
            &plain(info.created_at.as_deref().unwrap_or_default()),
        ));
    }
    text
}
