//! `signet claude audit` and `signet codex audit`: the calls of the last hour.

use std::ops::ControlFlow;

use clap::Args;
use serde_json::json;
use signet::log::{Query, RecordView};

use crate::agent::Agent;
use crate::context::Context;
use crate::failure::Done;
use crate::filters;
use crate::hook;
use crate::terminal::plain;
use crate::terminal::{answer, answer_line, comment};

const HOUR_MILLIS: i64 = 3_600_000;

/// What to show.
#[derive(Args, Clone, Debug)]
pub struct Audit {
    /// Only the calls that this identity signed [default: codex-agent for Codex]
    #[arg(long, value_name = "NAME")]
    key: Option<String>,
}

impl Audit {
    pub(super) fn run(self, agent: Agent, context: &Context) -> Done {
        // The published command shows the calls of every signer.
        let usual = (agent == Agent::Codex).then_some(agent.key());
        let query = Query {
            since: Some(context.now().plus_millis(-HOUR_MILLIS)),
            signer: self.key.as_deref().or(usual),
            ..Query::default()
        };
        let mut rows = Vec::new();
        // Looking changes nothing, and needs no more than to read.
        if let Some(log) = filters::log_of(context)? {
            log.query(&query, |record| {
                rows.push(Row::of(&record.view()));
                ControlFlow::Continue(())
            })?;
        }
        if let Ok(kept) = std::fs::metadata(hook::unlogged_path(context.home()))
            && kept.len() > 0
        {
            let path = hook::unlogged_path(context.home());
            comment(format!(
                "Some calls are not in the log yet, but in {}; the next call takes them along.",
                path.display()
            ));
        }
        if context.json {
            let rows: Vec<_> = rows.iter().map(Row::json).collect();
            return answer_line(json!(rows).to_string());
        }
        if rows.is_empty() {
            return answer_line("No signed tool calls in the last hour.");
        }
        answer(table(&rows))
    }
}

#[derive(Default)]
struct Row {
    time: String,
    tool: String,
    target: String,
    signer: String,
    session: String,
    id: String,
    is_violation: bool,
}

impl Row {
    fn of(record: &RecordView<'_>) -> Row {
        let text =
            |found: Option<std::borrow::Cow<'_, str>>| found.unwrap_or_default().into_owned();
        Row {
            time: text(record.time_text()),
            tool: text(record.tool()),
            target: text(record.target()),
            signer: text(record.signer()),
            session: text(record.session()),
            id: text(record.id()),
            is_violation: record.is_violation(),
        }
    }

    fn json(&self) -> serde_json::Value {
        json!({
            "ts": self.time,
            "tool": self.tool,
            "target": self.target,
            "signer": self.signer,
            "session": self.session,
            "id": self.id,
            "violation": self.is_violation,
        })
    }
}

fn table(rows: &[Row]) -> String {
    let mut text = format!(
        "{:<30} {:<15} {:<30}\n{}\n",
        "TIME",
        "TOOL",
        "TARGET",
        "-".repeat(75)
    );
    for row in rows {
        let [time, tool, target] = [&row.time, &row.tool, &row.target].map(|text| plain(text));
        text.push_str(&format!("{time:<30} {tool:<15} {target}\n"));
    }
    text.push_str(&format!("\n{} signed tool calls\n", rows.len()));
    text
}
