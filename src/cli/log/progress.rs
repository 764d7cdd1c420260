//! Progress of what takes long: a bar on standard error, and only on a terminal.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// What takes less is over before anybody wonders.
const PATIENCE: Duration = Duration::from_secs(1);

/// A bar that appears when somebody may wonder.
#[derive(Debug)]
pub struct Progress {
    began: Instant,
    /// How much there is to do, as far as anybody knows.
    total: Option<u64>,
    bar: Option<ProgressBar>,
    quiet: bool,
}

impl Progress {
    /// Of about `total` records.
    pub fn new(total: Option<u64>) -> Progress {
        Progress {
            began: Instant::now(),
            total: total.filter(|total| *total > 0),
            bar: None,
            quiet: !std::io::stderr().is_terminal(),
        }
    }

    /// So many are done.
    pub fn show(&mut self, records: u64) {
        if self.quiet || self.began.elapsed() < PATIENCE {
            return;
        }
        let total = self.total;
        let bar = self.bar.get_or_insert_with(|| started(total));
        // The log may have grown meanwhile.
        if total.is_some_and(|total| records > total) {
            bar.set_length(records);
        }
        bar.set_position(records);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn started(total: Option<u64>) -> ProgressBar {
    let (bar, template) = match total {
        Some(total) => (
            ProgressBar::new(total),
            "verifying {wide_bar} {human_pos} of {human_len} records, {per_sec}, {eta} left",
        ),
        None => (
            ProgressBar::new_spinner(),
            "verifying {human_pos} records, {per_sec}",
        ),
    };
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
