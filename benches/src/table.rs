//! The one table that is printed.

use crate::race::Race;

/// One comparison.
pub struct Row {
    operation: String,
    ours: String,
    baseline: String,
    ratio: f64,
    bar: Option<f64>,
}

impl Row {
    /// Candidate 0 of a race against another, which is called `name`; the ratio
    /// must not exceed the bar, where there is one.
    pub fn of(race: &Race, operation: &str, other: usize, name: &str, bar: Option<f64>) -> Row {
        Row::of_ratio(race, operation, 0, other, name, bar)
    }

    /// The same for any two candidates.
    pub fn of_ratio(
        race: &Race,
        operation: &str,
        ours: usize,
        other: usize,
        name: &str,
        bar: Option<f64>,
    ) -> Row {
        Row {
            operation: operation.to_owned(),
            ours: time(race.nanos(ours)),
            baseline: format!("{name} {}", time(race.nanos(other))),
            ratio: race.ratio(ours, other),
            bar,
        }
    }

    /// Two nanosecond figures that were not raced.
    pub fn of_times(operation: &str, ours: f64, name: &str, other: f64, bar: Option<f64>) -> Row {
        Row {
            operation: operation.to_owned(),
            ours: time(ours),
            baseline: format!("{name} {}", time(other)),
            ratio: ours / other,
            bar,
        }
    }

    /// Medians whose ratio was taken round by round.
    pub fn of_medians(
        operation: &str,
        ours: f64,
        name: &str,
        other: f64,
        ratio: f64,
        bar: Option<f64>,
    ) -> Row {
        Row {
            ratio,
            ..Row::of_times(operation, ours, name, other, bar)
        }
    }

    /// A candidate of a race against a limit in nanoseconds.
    pub fn of_limit(race: &Race, operation: &str, ours: usize, limit: f64) -> Row {
        Row::of_times(operation, race.nanos(ours), "limit", limit, Some(1.0))
    }

    /// Two sizes in bytes.
    pub fn of_sizes(operation: &str, bytes: u64, name: &str, other: u64) -> Row {
        Row {
            operation: operation.to_owned(),
            ours: format!("{bytes} B"),
            baseline: format!("{name} {other} B"),
            ratio: bytes as f64 / other as f64,
            bar: None,
        }
    }

    /// A size in bytes against a limit.
    pub fn of_size(operation: &str, bytes: u64, limit: u64) -> Row {
        Row {
            operation: operation.to_owned(),
            ours: format!("{bytes} B"),
            baseline: format!("limit {limit} B"),
            ratio: bytes as f64 / limit as f64,
            bar: Some(1.0),
        }
    }
}

/// Prints the rows as a Markdown table, aligned, and how many bars were met.
pub fn print(rows: &[Row]) {
    let header = ["operation", "ours", "baseline", "ratio", "bar", "met"];
    let mut lines: Vec<[String; 6]> = vec![header.map(str::to_owned)];
    lines.extend(rows.iter().map(cells));
    let widths: Vec<usize> = (0..header.len())
        .map(|column| {
            let cells = lines.iter().map(|line| line[column].chars().count());
            cells.max().unwrap_or(0)
        })
        .collect();
    for (place, line) in lines.iter().enumerate() {
        let padded = line.iter().zip(&widths);
        let padded: Vec<String> = padded
            .map(|(cell, width)| format!("{cell:width$}"))
            .collect();
        println!("| {} |", padded.join(" | "));
        if place == 0 {
            let rule: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
            println!("| {} |", rule.join(" | "));
        }
    }
    let judged = rows.iter().filter(|row| row.bar.is_some()).count();
    let met = rows.iter().filter(|row| is_met(row) == Some(true)).count();
    println!("\n{met} of {judged} bars met.");
}

fn cells(row: &Row) -> [String; 6] {
    [
        row.operation.clone(),
        row.ours.clone(),
        row.baseline.clone(),
        ratio(row.ratio),
        row.bar.map_or(String::new(), |bar| format!("≤ {bar}")),
        match is_met(row) {
            Some(true) => "yes".to_owned(),
            Some(false) => "NO".to_owned(),
            None => String::new(),
        },
    ]
}

fn is_met(row: &Row) -> Option<bool> {
    row.bar.map(|bar| row.ratio <= bar)
}

fn ratio(ratio: f64) -> String {
    match ratio {
        ratio if ratio < 0.01 => format!("{ratio:.5}"),
        ratio => format!("{ratio:.2}"),
    }
}

fn time(nanos: f64) -> String {
    match nanos {
        nanos if nanos < 100.0 => format!("{nanos:.1} ns"),
        nanos if nanos >= 10_000_000.0 => format!("{:.2} ms", nanos / 1e6),
        nanos => format!("{:.2} µs", nanos / 1000.0),
    }
}
