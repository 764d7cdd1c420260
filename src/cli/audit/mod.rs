//! `signet audit`: the records of the audit log, listed, verified, exported, or
//! handed over as evidence.

mod bundle;
mod export;
mod list;
mod restore;
mod signatures;

pub use export::open as open_params;
pub use list::append_record;
pub use signatures::Counts;

use std::path::PathBuf;

use clap::Args;
use signet::authority::trust::TrustBundle;
use signet::log::Query;

use crate::context::Context;
use crate::documents;
use crate::failure::{Done, Failure};
use crate::filters::{self, Filters};
use crate::terminal::comment;

/// Which records, and what to do with them.
#[derive(Args, Debug)]
pub struct Command {
    #[command(flatten)]
    filters: Filters,
    /// At most so many records, the newest
    #[arg(long, value_name = "N")]
    limit: Option<u64>,
    /// Verify every signature, and the log around it
    #[arg(long)]
    verify: bool,
    /// Keys of agents that may sign, separated by commas
    #[arg(long, value_name = "KEY", value_delimiter = ',')]
    trusted_agent_key: Vec<String>,
    /// Keys of servers that may co-sign, separated by commas
    #[arg(long, value_name = "KEY", value_delimiter = ',')]
    trusted_server_key: Vec<String>,
    /// Keys that may delegate, separated by commas
    #[arg(long, value_name = "KEY", value_delimiter = ',')]
    trusted_root_key: Vec<String>,
    /// The keys to trust, each as of the time of the record, in YAML or JSON
    #[arg(long, value_name = "FILE")]
    trust_bundle: Option<PathBuf>,
    /// Write the records into a JSON file
    #[arg(long, value_name = "FILE")]
    export: Option<PathBuf>,
    /// With --export: open encrypted params with the identities of this home
    #[arg(long)]
    decrypt_params: bool,
    /// Write the records as an evidence bundle into a new folder
    #[arg(long, value_name = "DIR")]
    bundle: Option<PathBuf>,
    /// With --bundle: put a copy of this trust bundle into it
    #[arg(long, value_name = "FILE")]
    include_trust_bundle: Option<PathBuf>,
    /// With --bundle: the identity that signs it [default: the first of this home
    /// that needs no passphrase, or the only one]. With --restore: the keys that
    /// may have signed it [default: the identities of this home]
    #[arg(long, value_name = "KEY", value_delimiter = ',')]
    exporter: Vec<String>,
    /// With --restore: accept a bundle that no trusted exporter has signed, such as
    /// those of the published Signet, when its records hold
    #[arg(long, requires = "restore")]
    allow_unsigned: bool,
    /// Verify an evidence bundle
    #[arg(long, value_name = "DIR", conflicts_with_all = ["bundle", "export", "verify"])]
    restore: Option<PathBuf>,
}

impl Command {
    /// Runs it.
    pub fn run(self, context: &Context) -> Done {
        self.check()?;
        if let Some(folder) = &self.restore {
            return restore::run(&self, folder, context);
        }
        let query = Query {
            limit: self.limit,
            ..self.filters.query(context)?
        };
        let log = filters::log_of(context)?;
        let log = log.as_ref();
        if self.verify {
            return signatures::run(&self, log, &query, context);
        }
        if let Some(folder) = &self.bundle {
            return bundle::run(&self, folder, log, &query, context);
        }
        if let Some(file) = &self.export {
            return export::run(log, &query, file, self.decrypt_params, context);
        }
        if self.names_trust() {
            comment("The trusted keys count with --verify and --restore; a list trusts nobody.");
        }
        list::run(log, &query, context)
    }

    fn check(&self) -> Done {
        let wrong = [
            (
                self.verify && self.export.is_some(),
                "--verify and --export are mutually exclusive",
            ),
            (
                self.verify && self.bundle.is_some(),
                "--verify and --bundle are mutually exclusive",
            ),
            (
                self.bundle.is_some() && self.export.is_some(),
                "--bundle and --export are mutually exclusive",
            ),
            (
                self.decrypt_params && self.export.is_none(),
                "--decrypt-params requires --export",
            ),
            (
                self.include_trust_bundle.is_some() && self.bundle.is_none(),
                "--include-trust-bundle requires --bundle",
            ),
            (
                !self.exporter.is_empty() && self.bundle.is_none() && self.restore.is_none(),
                "--exporter requires --bundle or --restore",
            ),
        ];
        match wrong.iter().find(|(is_wrong, _)| *is_wrong) {
            Some((_, message)) => Err(Failure::usage(*message)),
            None => Ok(()),
        }
    }

    fn names_trust(&self) -> bool {
        self.trust_bundle.is_some()
            || !self.trusted_agent_key.is_empty()
            || !self.trusted_server_key.is_empty()
            || !self.trusted_root_key.is_empty()
    }

    fn given_trust_bundle(&self) -> Result<Option<TrustBundle>, Failure> {
        let bundle = self.trust_bundle.as_deref();
        bundle.map(documents::named_trust_bundle).transpose()
    }
}
