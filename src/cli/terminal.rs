//! What is printed: answers on standard output, comments on standard error,
//! colours only where somebody looks.

use std::borrow::Cow;
use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};

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

/// Whether somebody who read the answer has gone.
static NOBODY_READS: AtomicBool = AtomicBool::new(false);

/// Whether whoever read the answer has read enough, so that there is no use in
/// more of it.
pub fn nobody_reads() -> bool {
    NOBODY_READS.load(Ordering::Relaxed)
}

/// Prints an answer as it stands. Whoever closes the pipe has read enough: that is
/// no complaint, and what the exit code says is as true as before.
///
/// On a terminal the characters that steer one and that JSON leaves as they are
/// become escapes of JSON, with which a text of JSON is still the same.
pub fn answer(text: impl AsRef<[u8]>) -> Result<(), Failure> {
    if nobody_reads() {
        return Ok(());
    }
    match write_out(text.as_ref()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
            NOBODY_READS.store(true, Ordering::Relaxed);
            Ok(())
        }
        written => written.map_err(|error| unheard(&error)),
    }
}

/// Prints a line that must be heard: that nobody reads it is an error, too.
pub fn answer_surely(line: &str) -> Result<(), Failure> {
    write_out(format!("{line}\n").as_bytes()).map_err(|error| unheard(&error))
}

fn write_out(text: &[u8]) -> io::Result<()> {
    let shown = match io::stdout().is_terminal() {
        true => std::str::from_utf8(text)
            .ok()
            .map(|text| escaped(text, steers_from_json)),
        false => None,
    };
    let bytes = shown.as_deref().map_or(text, str::as_bytes);
    // Byte for byte: whoever strips escapes of a terminal also strips characters
    // that a signature covers.
    let mut out = io::stdout().lock();
    out.write_all(bytes).and_then(|()| out.flush())
}

/// Prints an answer with colours of its own, where they are wanted.
pub fn answer_in_colour(text: &str) -> Result<(), Failure> {
    match anstream::AutoStream::choice(&io::stdout()) {
        anstream::ColorChoice::Never => answer(anstream::adapter::strip_str(text).to_string()),
        _ => answer(text),
    }
}

fn unheard(error: &io::Error) -> Failure {
    Failure::new(Outcome::Failed, "io", format!("standard output: {error}"))
}

/// Prints a line of the answer.
pub fn answer_line(text: impl AsRef<str>) -> Result<(), Failure> {
    answer(format!("{}\n", text.as_ref()))
}

/// A text of somebody else's for a line of ours: what would steer a terminal, or
/// turn the line around, is shown as an escape.
pub fn plain(text: &str) -> Cow<'_, str> {
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

/// Whether a character moves the cursor, changes the terminal or turns a line
/// around.
pub fn steers(c: char) -> bool {
    c.is_control() || turns_around(c)
}

fn turns_around(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// What steers a terminal and may stand in a text of JSON.
fn steers_from_json(c: char) -> bool {
    matches!(c, '\u{7f}'..='\u{9f}') || turns_around(c)
}

/// Says something beside the answer, over as many lines as it has. That nobody
/// listens is no failure.
///
/// Nothing in it steers the terminal, wherever it came from: a tool's name, the
/// reason of a policy, the words of a server.
pub fn comment(text: impl AsRef<str>) {
    let steers_here = |c| steers(c) && c != '\n' && c != '\t';
    let _ = writeln!(
        io::stderr().lock(),
        "{}",
        escaped(text.as_ref(), steers_here)
    );
}

/// The text with escapes of JSON for these characters.
fn escaped(text: &str, is_escaped: impl Fn(char) -> bool + Copy) -> Cow<'_, str> {
    if !text.contains(is_escaped) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match is_escaped(c) {
            true => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            false => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// Asks whether to go on. Without somebody to ask that is an error, so that a
/// script never waits for an answer.
pub fn confirmed(question: &str) -> Result<bool, Failure> {
    if !io::stdin().is_terminal() {
        return Err(Failure::usage("no terminal to ask on").with_advice("Give --yes."));
    }
    let _ = write!(io::stderr().lock(), "{question} [y/N] ");
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
