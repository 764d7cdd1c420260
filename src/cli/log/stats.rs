//! `signet log stats`: what is in the log, in numbers. It judges nothing.

use std::fmt::Write as _;
use std::ops::ControlFlow;
use std::path::PathBuf;

use clap::Args;
use comfy_table::{CellAlignment, Table, presets};
use serde_json::{Value, json};
use signet::encoding::{base64, rfc3339::Instant};
use signet::log::{LogFolder, RecordView, Survey};

use crate::context::Context;
use crate::failure::Done;
use crate::progress::Progress;
use crate::tally::Tally;
use crate::terminal::{answer, answer_line, plain};

use super::existing_folder;

/// How many tools and signers a table shows.
const SHOWN: usize = 20;

/// What `log stats` takes.
#[derive(Args, Debug)]
pub struct Command {
    /// An audit folder that somebody handed over, in place of that of the home
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
}

/// What was counted.
#[derive(Debug, Default)]
struct Counted {
    first_time: Option<Instant>,
    last_time: Option<Instant>,
    kinds: Tally,
    tools: Tally,
    signers: Tally,
}

impl Command {
    /// Runs it.
    pub fn run(self, context: &Context) -> Done {
        let log = LogFolder::open(&existing_folder(context, self.folder.as_deref())?)?;
        let progress = Progress::over(&log);
        let mut counted = Counted::default();
        let survey = log.survey(|record| {
            counted.add(&record.view());
            progress.at(record.index + 1);
            ControlFlow::Continue(())
        })?;
        drop(progress);
        match context.json {
            true => answer_line(as_json(&survey, &counted).to_string()),
            false => answer(as_text(&survey, &counted)),
        }
    }
}

impl Counted {
    fn add(&mut self, record: &RecordView<'_>) {
        self.kinds.add(kind_of(record));
        if let Some(tool) = record.tool() {
            self.tools.add(&tool);
        }
        if let Some(signer) = record.signer() {
            self.signers.add(&signer);
        }
        if let Some(time) = record.time() {
            self.first_time = Some(self.first_time.map_or(time, |first| first.min(time)));
            self.last_time = self.last_time.max(Some(time));
        }
    }
}

fn kind_of(record: &RecordView<'_>) -> &'static str {
    match (record.is_violation(), record.version()) {
        (true, _) => "denied",
        (false, Some(1)) => "v1",
        (false, Some(2)) => "v2",
        (false, Some(3)) => "v3",
        (false, Some(4)) => "v4",
        (false, _) => "unknown",
    }
}

fn as_json(survey: &Survey, counted: &Counted) -> Value {
    let outline = &survey.outline;
    json!({
        "records": survey.records,
        "first": survey.first,
        "unreadable": survey.unreadable,
        "torn": survey.torn,
        "durable": outline.durable,
        "segments": outline.segments,
        "bytes": outline.bytes,
        "first_time": counted.first_time.map(Instant::to_text),
        "last_time": counted.last_time.map(Instant::to_text),
        "tree": survey.tree.map(|tree| json!({
            "size": tree.size,
            "root": base64::encode(&tree.root),
        })),
        "checkpoint": outline.checkpoint.as_ref().map(|checkpoint| json!({
            "origin": checkpoint.origin(),
            "size": checkpoint.head().size,
            "root": base64::encode(&checkpoint.head().root),
        })),
        "kinds": counted.kinds.to_json(),
        "tools": counted.tools.to_json(),
        "other_tools": counted.tools.others(),
        "signers": counted.signers.to_json(),
        "other_signers": counted.signers.others(),
    })
}

fn as_text(survey: &Survey, counted: &Counted) -> String {
    let outline = &survey.outline;
    let time = |time: Option<Instant>| time.map_or_else(|| "-".to_owned(), Instant::to_text);
    let mut text = String::new();
    let mut row = |name: &str, value: String| {
        let _ = writeln!(text, "{name:<12}{value}");
    };
    row(
        "records",
        match survey.first {
            0 => survey.records.to_string(),
            first => format!("{}, numbered from {first}", survey.records),
        },
    );
    if survey.unreadable > 0 {
        row(
            "unreadable",
            format!("{} lines are no records", survey.unreadable),
        );
    }
    if survey.torn {
        row(
            "torn",
            "part of a record stands at the end; see `signet log repair`".to_owned(),
        );
    }
    row(
        "durable",
        outline
            .durable
            .map_or_else(|| "not remembered".to_owned(), |count| count.to_string()),
    );
    row(
        "segments",
        format!("{}, {} bytes", outline.segments, outline.bytes),
    );
    row("first time", time(counted.first_time));
    row("last time", time(counted.last_time));
    row(
        "tree",
        survey.tree.map_or_else(
            || "not known: records are missing from the beginning".to_owned(),
            |tree| format!("{} records, root {}", tree.size, base64::encode(&tree.root)),
        ),
    );
    row(
        "checkpoint",
        outline.checkpoint.as_ref().map_or_else(
            || "none".to_owned(),
            |checkpoint| {
                format!(
                    "{} records, by {} (not verified)",
                    checkpoint.head().size,
                    plain(checkpoint.origin())
                )
            },
        ),
    );
    for (title, tally) in [
        ("kind", &counted.kinds),
        ("tool", &counted.tools),
        ("signer", &counted.signers),
    ] {
        if let Some(table) = table(title, tally) {
            let _ = write!(text, "\n{}\n", table.trim_fmt());
        }
    }
    text
}

fn table(title: &str, tally: &Tally) -> Option<Table> {
    let (ranked, mut others) = (tally.by_count(), tally.others());
    if ranked.is_empty() {
        return None;
    }
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header([title, "records"]);
    for (place, (name, count)) in ranked.into_iter().enumerate() {
        match place < SHOWN {
            true => drop(table.add_row([plain(name).as_ref(), &count.to_string()])),
            false => others += count,
        }
    }
    if others > 0 {
        table.add_row(["(others)", &others.to_string()]);
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    if let Some(column) = table.column_mut(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    Some(table)
}
