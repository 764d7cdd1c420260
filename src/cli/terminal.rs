//! What is printed: answers on standard output, comments on standard error,
//! colours only where somebody looks.

use std::borrow::Cow;
use std::io::{self, IsTerminal, Write};

use anstream::{stderr, stdout};
use clap::ValueEnum;

use crate::failure::{Failure, Outcome};

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ColorChoice {
    /// On a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    /// Even into a file or a pipe
    Always,
    /// Nowhere
    Never,
}

impl ColorChoice {
    /// Makes it hold for everything that is printed from here on.
    pub fn apply(self) {
        match self {
            ColorChoice::Auto => anstream::ColorChoice::Auto,
            ColorChoice::Always => anstream::ColorChoice::Always,
            ColorChoice::Never => anstream::ColorChoice::Never,
        }
        .write_global();
    }
}

/// Prints an answer as it stands. Whoever closes the pipe has read enough: that
/// ends the command without a complaint.
pub fn answer(text: impl AsRef<[u8]>) -> Result<(), Failure> {
    let mut out = stdout().lock();
    let written = out.write_all(text.as_ref()).and_then(|()| out.flush());
    match written {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => std::process::exit(0),
        Err(error) => Err(Failure::new(
            Outcome::Failed,
            "io",
            format!("standard output: {error}"),
        )),
    }
}

/// Prints a line of the answer.
pub fn answer_line(text: impl AsRef<str>) -> Result<(), Failure> {
    answer(format!("{}\n", text.as_ref()))
}

/// A text of somebody else's for a line of ours: what would steer a terminal, or
/// turn the line around, is shown as an escape.
pub fn plain(text: &str) -> Cow<'_, str> {
    let steers = |c: char| {
        c.is_control()
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if !text.contains(steers) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match steers(c) {
            true => out.extend(c.escape_default()),
            false => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// The first characters of a text, at most so many.
pub fn start_of(text: &str, characters: usize) -> &str {
    match text.char_indices().nth(characters) {
        Some((end, _)) => text.get(..end).unwrap_or(text),
        None => text,
    }
}

/// Says something beside the answer. That nobody listens is no failure.
pub fn comment(text: impl AsRef<str>) {
    let _ = writeln!(stderr().lock(), "{}", text.as_ref());
}

/// Asks whether to go on. Without somebody to ask that is an error, so that a
/// script never waits for an answer.
pub fn confirmed(question: &str) -> Result<bool, Failure> {
    if !io::stdin().is_terminal() {
        return Err(Failure::usage("no terminal to ask on").with_advice("Give --yes."));
    }
    let _ = write!(stderr().lock(), "{question} [y/N] ");
    let mut answer = String::new();
    io::stdin()
        .read_line(&mut answer)
        .map_err(|error| Failure::new(Outcome::Failed, "io", format!("standard input: {error}")))?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_does_not_steer_the_terminal() {
        assert_eq!(plain("bot \u{e9}"), "bot \u{e9}");
        assert_eq!(plain("a\u{1b}[2Jb\n\u{202e}c"), "a\\u{1b}[2Jb\\n\\u{202e}c");
        assert_eq!(start_of("äöü", 2), "äö");
        assert_eq!(start_of("ä", 2), "ä");
    }
}
