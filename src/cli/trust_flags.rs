//! `--trusted-roots` and `--trust-bundle`: the keys that delegations may start
//! from.

use std::path::PathBuf;

use clap::Args;
use signet::authority::trust::TrustBundle;
use signet::crypto::ed25519::PublicKey;

use crate::context::Context;
use crate::failure::Failure;
use crate::{documents, key_reference};

/// The flags.
#[derive(Args, Debug)]
pub struct RootFlags {
    /// Keys that delegations may start from: names, .pub files or keys, with
    /// commas between them
    #[arg(long, value_name = "KEYS", value_delimiter = ',')]
    trusted_roots: Vec<String>,
    /// A trust bundle with the roots (YAML or JSON)
    #[arg(long, value_name = "FILE")]
    trust_bundle: Option<PathBuf>,
}

/// What they name.
#[derive(Debug)]
pub struct Roots {
    /// The keys that were named.
    pub keys: Vec<PublicKey>,
    /// The bundle.
    pub bundle: Option<TrustBundle>,
}

impl RootFlags {
    /// The keys and the bundle. What is named and cannot be read is an error.
    pub fn read(&self, context: &Context) -> Result<Roots, Failure> {
        let bundle = self.trust_bundle.as_deref().map(documents::trust_bundle);
        Ok(Roots {
            keys: key_reference::resolve_all(&self.trusted_roots, context)?,
            bundle: bundle.transpose()?,
        })
    }

    /// The same, where something must be trusted.
    pub fn require(&self, context: &Context) -> Result<Roots, Failure> {
        if self.trusted_roots.iter().all(|text| text.trim().is_empty())
            && self.trust_bundle.is_none()
        {
            return Err(Failure::usage(
                "--trusted-roots or --trust-bundle is needed: a chain is worth what its root is",
            ));
        }
        self.read(context)
    }
}
