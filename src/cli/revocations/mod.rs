//! `signet revocations`: the list of what was taken back.

use clap::{Args, Subcommand};
use signet::authority::revocation::{Artifact, Line, Revocation, survey};

use crate::context::Context;
use crate::failure::{Done, Failure};
use crate::revocation_list;
use crate::terminal::{answer_line, comment, plain};
use crate::whole_file::Held;

/// The commands about the list.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Read every record of the list, and say which lines are none
    Check(Check),
}

/// The flags of `check`.
#[derive(Args, Debug)]
pub struct Check {
    /// Remove the lines that are no records; needs --yes
    #[arg(long)]
    prune: bool,
    /// Remove them without asking
    #[arg(long)]
    yes: bool,
}

impl Command {
    /// Runs it.
    pub fn run(self, context: &Context) -> Done {
        match self {
            Command::Check(command) => command.run(context),
        }
    }
}

impl Check {
    /// Runs it.
    pub fn run(self, context: &Context) -> Done {
        const WHAT: &str = "revocations";
        let path = revocation_list::path(context);
        let exists = path
            .try_exists()
            .map_err(|error| Failure::file(WHAT, &path, &error))?;
        if !exists {
            comment(format!(
                "No revocation file at {} — nothing to check",
                path.display()
            ));
            return match context.json {
                true => answer_line("[]"),
                false => Ok(()),
            };
        }
        let mut file = Held::existing(WHAT, &path)?;
        let text = file.read(WHAT)?;
        let lines: Vec<Line<'_>> = survey(&text).collect();
        show(&lines, context)?;
        let malformed: Vec<String> = lines
            .iter()
            .filter(|line| line.record.is_err())
            .map(|line| line.number.to_string())
            .collect();
        if malformed.is_empty() {
            return match context.json {
                true => Ok(()),
                false => answer_line(format!(
                    "\nAll {} revocation records are well-formed.",
                    lines.len()
                )),
            };
        }
        let numbers = malformed.join(", ");
        let count = malformed.len();
        match (self.prune, self.yes) {
            (false, _) => {
                comment(format!(
                    "\n{count} malformed line(s): {numbers}. Re-run with --prune --yes to remove \
                     them (deleting revocation evidence is a human decision)."
                ));
                Ok(())
            }
            (true, false) => Err(Failure::usage(
                "--prune removes evidence: give --yes as well when that is what you want",
            )),
            (true, true) => {
                file.replace(WHAT, &kept(&lines))?;
                comment(format!(
                    "Pruned {count} malformed line(s): {numbers}; {} record(s) kept.",
                    lines.len().saturating_sub(count)
                ));
                Ok(())
            }
        }
    }
}

fn show(lines: &[Line<'_>], context: &Context) -> Done {
    if context.json {
        let lines: Vec<serde_json::Value> = lines.iter().map(as_json).collect();
        return answer_line(serde_json::Value::from(lines).to_string());
    }
    for line in lines {
        match &line.record {
            Ok(record) => answer_line(format!(
                "line {}: OK  {} {} (revoked_at {} by {})",
                line.number,
                word(record),
                record.artifact_id(),
                record.revoked_at().to_text(),
                record.revoked_by()
            ))?,
            Err(error) => comment(format!(
                "line {}: MALFORMED — {}",
                line.number,
                plain(&error.to_string())
            )),
        }
    }
    Ok(())
}

fn as_json(line: &Line<'_>) -> serde_json::Value {
    match &line.record {
        Ok(record) => serde_json::json!({
            "line": line.number,
            "ok": true,
            "artifact_type": record.artifact().as_text(),
            "artifact_id": record.artifact_id(),
            "revoked_at": record.revoked_at().to_text(),
            "revoked_by": record.revoked_by(),
            "reason": record.reason(),
        }),
        Err(error) => serde_json::json!({
            "line": line.number,
            "ok": false,
            "message": error.to_string(),
        }),
    }
}

fn word(record: &Revocation) -> &'static str {
    match record.artifact() {
        Artifact::DelegationToken => "token",
        Artifact::AuthorizationDecision => "decision",
    }
}

/// The lines that are records, byte for byte.
fn kept(lines: &[Line<'_>]) -> Vec<u8> {
    let records = lines.iter().filter(|line| line.record.is_ok());
    records
        .flat_map(|line| [line.text, b"\n"].concat())
        .collect()
}
