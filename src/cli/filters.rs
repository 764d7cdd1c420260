//! Which records a command is about: `--since`, `--tool`, `--signer`.

use clap::Args;
use signet::encoding::rfc3339::Instant;
use signet::log::{LogFolder, Query};

use crate::context::Context;
use crate::failure::Failure;

const HOUR_MILLIS: i64 = 3_600_000;

/// The flags that choose records.
#[derive(Args, Clone, Debug, Default)]
pub struct Filters {
    /// Only records of this time until now, as in 24h or 7d
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
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

/// `<number>h` or `<number>d` before `now`; a negative number lies ahead.
fn time_ago(text: &str, now: Instant) -> Result<Instant, Failure> {
    let wrong = |detail: &str| Failure::usage(format!("--since '{text}': {detail}"));
    let trimmed = text.trim();
    let unit = trimmed.chars().next_back();
    let millis = match unit {
        Some('h') => HOUR_MILLIS,
        Some('d') => 24 * HOUR_MILLIS,
        _ => return Err(wrong("a number and h or d, as in 24h or 7d")),
    };
    let digits = trimmed.get(..trimmed.len() - 1).unwrap_or_default();
    let number: i64 = digits
        .parse()
        .map_err(|_| wrong("a whole number before the unit, as in 24h or 7d"))?;
    let ago = number
        .checked_mul(millis)
        .and_then(i64::checked_neg)
        .ok_or_else(|| wrong("more time than there has been"))?;
    Ok(now.plus_millis(ago))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_counted_back_and_nothing_panics() {
        let now = Instant::parse("2026-03-03T12:00:00Z").unwrap();
        let at = |text| time_ago(text, now).map(|time| time.to_text()).ok();
        assert_eq!(at("24h").unwrap(), "2026-03-02T12:00:00.000Z");
        assert_eq!(at(" 2d ").unwrap(), "2026-03-01T12:00:00.000Z");
        assert_eq!(at("-1h").unwrap(), "2026-03-03T13:00:00.000Z");
        for wrong in [
            "",
            "h",
            "2 h",
            "1m",
            "1.5h",
            "1é",
            "9999999999999999999h",
            "9223372036854775807d",
            "-9223372036854775808h",
        ] {
            assert!(time_ago(wrong, now).is_err(), "{wrong}");
        }
        // Beyond all records, not an error.
        assert!(time_ago("2562047788015h", now).is_ok());
    }
}
