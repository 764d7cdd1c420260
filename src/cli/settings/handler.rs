//! One hook of ours in a settings file, and how to tell it from those of others.

use crate::agent::Agent;

/// A hook that runs this program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handler {
    /// The event that it is for, `PostToolUse` for example.
    pub event: String,
    /// Which tools it is for; all of them when absent.
    pub matcher: Option<String>,
    /// The command line for a shell.
    pub command: String,
    /// After how many seconds the agent goes on without it.
    pub timeout: u32,
}

/// Words as a command line for a POSIX shell.
pub fn command_line<S: AsRef<str>>(words: impl IntoIterator<Item = S>) -> String {
    let quoted: Vec<String> = words.into_iter().map(|word| quote(word.as_ref())).collect();
    quoted.join(" ")
}

fn quote(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_@%+=:,./-".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// Whether a command line runs `signet hook AGENT`, wherever `signet` is.
pub fn is_ours(command: &str, agent: Agent) -> bool {
    let words = words(command);
    let program = words.first().map(|word| {
        let file = word.rsplit(['/', '\\']).next().unwrap_or_default();
        file.strip_suffix(".exe").unwrap_or(file)
    });
    program.is_some_and(|program| program == "signet")
        && words
            .windows(2)
            .any(|pair| matches!(pair, [hook, word] if hook == "hook" && word == agent.word()))
}

/// The words of a simple command line.
fn words(command: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut chars = command.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (None, ' ' | '\t' | '\n') => words.extend(word.take()),
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (Some(open), close) if open == close => quote = None,
            (None, '\\') => word.get_or_insert_default().extend(chars.next()),
            (Some('"'), '\\') => {
                let word = word.get_or_insert_default();
                // Between double quotes it stands for itself before anything else.
                match chars.next() {
                    Some(next) if "$`\"\\".contains(next) => word.push(next),
                    next => word.extend(['\\'].into_iter().chain(next)),
                }
            }
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_line_is_read_as_it_was_written() {
        for given in [
            vec!["/usr/bin/signet", "hook", "claude-code"],
            vec!["/a b/it's \"here\"/signet", "--home", "", "hook", "codex"],
            vec!["$x", "`y`", "\\", "a\nb", "ü"],
        ] {
            assert_eq!(words(&command_line(&given)), given);
        }
        assert_eq!(words(r#"  "a \" b"  c\ d "#), ["a \" b", "c d"]);
    }

    #[test]
    fn only_our_own_commands_are_ours() {
        let agent = Agent::ClaudeCode;
        for command in [
            "signet hook claude-code",
            "/usr/bin/signet --home '/a b' hook claude-code --strict",
            "\"C:\\Program Files\\signet.exe\" hook claude-code",
        ] {
            assert!(is_ours(command, agent), "{command}");
            assert!(!is_ours(command, Agent::Codex), "{command}");
        }
        for command in [
            "",
            "hook claude-code",
            "echo signet hook claude-code",
            "signet-lint hook claude-code",
            "/opt/signet/other hook claude-code",
            "signet audit 'hook claude-code'",
        ] {
            assert!(!is_ours(command, agent), "{command}");
        }
    }
}
