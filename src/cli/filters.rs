//! Which records a command is about: `--since`, `--tool`, `--signer`.

use clap::Args;
use signet::log::{LogFolder, Query};

use crate::context::Context;
use crate::failure::Failure;
use crate::time_spans::time_ago;

/// The flags that choose records.
#[derive(Args, Clone, Debug, Default)]
pub struct Filters {
    /// Only records of this time until now, as in 24h or 7d
    #[arg(long, value_name = "DURATION", allow_hyphen_values = true)]
    pub since: Option<String>,
    /// Only calls of tools with this text in their name
    #[arg(long)]
    pub tool: Option<String>,
    /// Only records of the signer of this name
    #[arg(long, value_name = "NAME")]
    pub signer: Option<String>,
}

impl Filters {
    /// The query for the log.
    pub fn query(&self, context: &Context) -> Result<Query<'_>, Failure> {
        let since = self.since.as_deref();
        Ok(Query {
            since: since
                .map(|text| time_ago(text, context.now()))
                .transpose()?,
            tool: self.tool.as_deref(),
            signer: self.signer.as_deref(),
            ..Query::default()
        })
    }
}

/// The log of the home folder for reading; `None` when there is none yet.
pub fn log_of(context: &Context) -> Result<Option<LogFolder>, Failure> {
    let audit = context.home().join("audit");
    match audit.symlink_metadata() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        _ => Ok(Some(LogFolder::open(&audit)?)),
    }
}
