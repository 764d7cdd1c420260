//! `signet log repair`: what a crash has left at the end of the log. Nothing is
//! changed unless somebody has said so.

use std::fmt::Write as _;

use clap::Args;
use serde_json::{Value, json};
use signet::log::{LogOptions, Recovery, RepairPlan, Verdict, plan_repair, recovery_json, repair};

use crate::context::Context;
use crate::failure::{Done, Failure, Outcome};
use crate::terminal::{answer, answer_line, plain};

use super::existing_folder;

/// What `log repair` takes.
#[derive(Args, Debug)]
#[command(
    after_help = "Exit code: 0 when there is nothing (left) to do, 1 when there is, or when \
the log has damage that no repair mends."
)]
pub struct Command {
    /// Do what is shown without it
    #[arg(long)]
    yes: bool,
    /// Sign a record about the repair with this identity, into the log itself; it
    /// should be no agent's
    #[arg(long, value_name = "NAME", requires = "yes")]
    control_key: Option<String>,
}

impl Command {
    /// Runs it.
    pub fn run(self, context: &Context) -> Done {
        let audit = existing_folder(context, None)?;
        let plan = plan_repair(&audit)?;
        if !self.yes || (plan.is_empty() && plan.verdict == Verdict::Ok) {
            match context.json {
                true => answer_line(String::from_utf8_lossy(&plan.to_json()))?,
                false => answer(told(&plan))?,
            }
            return judged(plan.verdict == Verdict::Ok && plan.is_empty());
        }
        let options = LogOptions {
            control_key: self
                .control_key
                .as_deref()
                .map(|name| context.unlock(name))
                .transpose()?,
            ..LogOptions::default()
        };
        let recovery = repair(context.home(), &plan, options)?;
        match context.json {
            true => answer_line(done_json(&plan, &recovery)?)?,
            false => answer(done(&plan, &recovery))?,
        }
        // A torn end is mended; other damage stays.
        judged(matches!(recovery.verdict, Verdict::Ok | Verdict::Torn))
    }
}

fn judged(fine: bool) -> Done {
    match fine {
        true => Ok(()),
        false => Err(Failure::said(Outcome::Invalid)),
    }
}

fn told(plan: &RepairPlan) -> String {
    let place = format!("{} at byte {}", plain(&plan.segment), plan.offset);
    let mut text = match (plan.verdict, plan.is_empty()) {
        (Verdict::Ok, true) => {
            return "Nothing to repair: the end of the log is whole.\n".to_owned();
        }
        (verdict, _) => format!("{}: record {}, {place}\n", verdict.name(), plan.index),
    };
    if plan.complete_line {
        text.push_str("would add the missing line feed after a whole record\n");
    }
    if plan.set_aside > 0 {
        let _ = writeln!(
            text,
            "would move {} bytes that are no record into .log/quarantine",
            plan.set_aside
        );
    }
    match plan.is_empty() {
        true => text.push_str(
            "No repair mends this: the log stays as it is. `signet log verify` shows what is wrong.\n",
        ),
        false => text.push_str("Nothing is changed yet; --yes does it.\n"),
    }
    text
}

fn done(plan: &RepairPlan, recovery: &Recovery) -> String {
    let mut text = String::new();
    if plan.complete_line {
        text.push_str("added the missing line feed\n");
    }
    for incident in &recovery.incidents {
        if let Some(kept) = &incident.quarantined {
            let _ = writeln!(
                text,
                "moved {} bytes to audit/{}",
                kept.len,
                plain(&kept.file)
            );
        }
    }
    match recovery.verdict {
        Verdict::Ok | Verdict::Torn => text.push_str("Repaired; the log goes on from here.\n"),
        verdict => {
            let _ = writeln!(
                text,
                "{}: this damage stays, and is noted. `signet log verify` shows it.",
                verdict.name()
            );
        }
    }
    text
}

fn done_json(plan: &RepairPlan, recovery: &Recovery) -> Result<String, Failure> {
    let read = |text: Vec<u8>| {
        serde_json::from_slice::<Value>(&text)
            .map_err(|error| Failure::new(Outcome::Failed, "internal", error.to_string()))
    };
    Ok(json!({
        "plan": read(plan.to_json())?,
        "recovery": read(recovery_json(recovery))?,
    })
    .to_string())
}
