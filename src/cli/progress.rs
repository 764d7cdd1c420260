//! A bar on the terminal while a long log is read. Nothing is shown when standard
//! error is no terminal, or when it would be over before anybody had read it.

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use signet::log::LogFolder;

/// From how many records on there is a bar.
const LONG: u64 = 20_000;

/// How far a verification is.
#[derive(Debug)]
pub struct Progress {
    bar: Option<ProgressBar>,
}

impl Progress {
    /// Over all records of a log.
    pub fn over(log: &LogFolder) -> Progress {
        if !std::io::stderr().is_terminal() {
            return Progress { bar: None };
        }
        let bar = log.len().ok().filter(|records| *records >= LONG).map(|len| {
            let bar = ProgressBar::with_draw_target(Some(len), ProgressDrawTarget::stderr());
            let style = "{bar:40} {human_pos}/{human_len} records, {eta} left";
            match ProgressStyle::with_template(style) {
                Ok(style) => bar.with_style(style),
                Err(_) => bar,
            }
        });
        Progress { bar }
    }

    /// So many records are done.
    pub fn at(&self, records: u64) {
        if let Some(bar) = &self.bar {
            bar.set_position(records);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
