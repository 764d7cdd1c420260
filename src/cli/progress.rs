//! Progress of what takes long: a bar on standard error, and only on a terminal.

use std::cell::OnceCell;
use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use signet::log::LogFolder;

/// What takes less is over before anybody wonders.
const PATIENCE: Duration = Duration::from_secs(1);

/// How far the reading of a log is.
#[derive(Debug)]
pub struct Progress {
    began: Instant,
    /// How many records there are, as far as the log remembers.
    total: Option<u64>,
    bar: OnceCell<ProgressBar>,
    is_watched: bool,
}

impl Progress {
    /// Over all records of a log.
    pub fn over(log: &LogFolder) -> Progress {
        let is_watched = std::io::stderr().is_terminal();
        let total = || log.outline().ok()?.durable.filter(|total| *total > 0);
        Progress {
            began: Instant::now(),
            total: is_watched.then(total).flatten(),
            bar: OnceCell::new(),
            is_watched,
        }
    }

    /// So many records are done.
    pub fn at(&self, records: u64) {
        if !self.is_watched || self.began.elapsed() < PATIENCE {
            return;
        }
        let bar = self.bar.get_or_init(|| started(self.total));
        // The log may be longer than it remembers.
        if self.total.is_some_and(|total| records > total) {
            bar.set_length(records);
        }
        bar.set_position(records);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = self.bar.get() {
            bar.finish_and_clear();
        }
    }
}

fn started(total: Option<u64>) -> ProgressBar {
    let (bar, template) = match total {
        Some(total) => (
            ProgressBar::new(total),
            "{bar:40} {human_pos}/{human_len} records, {per_sec}, {eta} left",
        ),
        None => (
            ProgressBar::new_spinner(),
            "{spinner} {human_pos} records, {per_sec}",
        ),
    };
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn progress(began: Instant, is_watched: bool) -> Progress {
        Progress {
            began,
            total: Some(10),
            bar: OnceCell::new(),
            is_watched,
        }
    }

    #[test]
    fn a_bar_appears_where_somebody_watches_what_takes_long() {
        let long_ago = Instant::now().checked_sub(PATIENCE).unwrap();
        // However slowly this test runs, it is still short then.
        let not_yet = Instant::now() + Duration::from_secs(3600);

        let long = progress(long_ago, true);
        long.at(4);
        let bar = long.bar.get().unwrap();
        assert_eq!((bar.position(), bar.length()), (4, Some(10)));
        long.at(12);
        assert_eq!((bar.position(), bar.length()), (12, Some(12)));

        for (began, is_watched) in [(not_yet, true), (long_ago, false)] {
            let none = progress(began, is_watched);
            none.at(4);
            assert!(none.bar.get().is_none(), "{is_watched}");
        }
    }
}
