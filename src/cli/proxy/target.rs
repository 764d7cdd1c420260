//! The server behind the proxy: which program `--target` names, what it is called
//! in receipts, and what it gets to see of the environment.

use std::ffi::OsStr;

use crate::failure::Failure;

/// Programs that run another one, which is then what the target is called after.
const LAUNCHERS: &[&str] = &[
    "npx", "node", "python", "python3", "bun", "deno", "cargo", "go",
];

/// Words that mean something to a shell and nothing to a program.
const SHELL_WORDS: &[&str] = &["|", "||", "&", "&&", ";", "<", "<<", ">", ">>", "2>", "2>>"];

/// Never in the environment of a server, whatever was allowed.
const OWN_SECRETS: &[&str] = &["SIGNET_PASSPHRASE", "SIGNET_SECRET_KEY"];

/// Well-known credentials that no ending tells.
const CREDENTIALS: &[&str] = &[
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "GOOGLE_APPLICATION_CREDENTIALS",
];

const CREDENTIAL_ENDINGS: &[&str] = &["_API_KEY", "_TOKEN"];

/// What `--env-filter` takes for a credential besides.
const SECRET_WORDS: &[&str] = &[
    "SECRET",
    "PASSWORD",
    "PASSPHRASE",
    "PRIVATE_KEY",
    "CREDENTIAL",
];

/// A program and its arguments.
#[derive(Debug, PartialEq, Eq)]
pub struct Target {
    /// What to start.
    pub program: String,
    /// With what.
    pub arguments: Vec<String>,
    /// What receipts call it unless the user has another name for it.
    pub uri: String,
}

impl Target {
    /// Reads `--target`. With a shell the whole text is for that, and its first
    /// words only serve to name it.
    pub fn read(text: &str, with_shell: bool) -> Result<Target, Failure> {
        let words = words(text)?;
        let Some((program, arguments)) = words.split_first() else {
            return Err(Failure::usage("--target is empty: give it a command"));
        };
        let uri = uri_of(program, arguments);
        if with_shell {
            return Ok(Target {
                program: "sh".to_owned(),
                arguments: vec!["-c".to_owned(), text.to_owned()],
                uri,
            });
        }
        let is_shell = |word: &&String| {
            SHELL_WORDS.contains(&word.as_str()) || word.contains('`') || word.contains("$(")
        };
        if let Some(word) = words.iter().find(is_shell) {
            return Err(Failure::usage(format!(
                "--target: '{word}' is for a shell, and none is used"
            ))
            .with_advice("Give --shell to have the command run by sh."));
        }
        Ok(Target {
            program: program.clone(),
            arguments: arguments.to_vec(),
            uri,
        })
    }
}

/// The words of a command, as a shell would quote them and without anything else
/// that a shell does. Empty words are dropped.
fn words(text: &str) -> Result<Vec<String>, Failure> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match (quote, letter) {
            (Some(open), _) if letter == open => quote = None,
            (None, '\'' | '"') => quote = Some(letter),
            (Some('"'), '\\') => match letters.next_if(|next| "\"\\$`".contains(*next)) {
                Some(escaped) => word.push(escaped),
                None => word.push('\\'),
            },
            (None, '\\') => match letters.next() {
                Some(escaped) => word.push(escaped),
                None => {
                    return Err(Failure::usage("--target ends in a backslash"));
                }
            },
            (None, space) if space.is_whitespace() => {
                words.extend(Some(std::mem::take(&mut word)).filter(|word| !word.is_empty()));
            }
            _ => word.push(letter),
        }
    }
    if quote.is_some() {
        return Err(Failure::usage("--target: a quote is not closed"));
    }
    words.extend(Some(word).filter(|word| !word.is_empty()));
    Ok(words)
}

/// `mcp://` and the name of the program; of what a launcher launches, which is
/// its first argument that is no flag.
fn uri_of(program: &str, arguments: &[String]) -> String {
    let launched = arguments
        .iter()
        .find(|argument| !argument.starts_with('-'))
        .filter(|_| LAUNCHERS.contains(&base_name(program)));
    format!(
        "mcp://{}",
        base_name(launched.map_or(program, String::as_str))
    )
}

fn base_name(path: &str) -> &str {
    let last = path.trim_end_matches('/').rsplit('/').next();
    last.filter(|name| !name.is_empty()).unwrap_or(path)
}

/// Which variables of the environment a server does not get.
#[derive(Debug)]
pub struct EnvironmentFilter {
    /// Whether names that sound like secrets are withheld too.
    pub aggressive: bool,
    /// Names that pass nevertheless.
    pub allowed: Vec<String>,
}

impl EnvironmentFilter {
    /// Whether a variable of this name is withheld. Case does not matter.
    pub fn withholds(&self, name: &OsStr) -> bool {
        let name = name.to_string_lossy().to_ascii_uppercase();
        if OWN_SECRETS.contains(&name.as_str()) || name.starts_with("SIGNET_PASSPHRASE_") {
            return true;
        }
        if self
            .allowed
            .iter()
            .any(|allowed| allowed.eq_ignore_ascii_case(&name))
        {
            return false;
        }
        CREDENTIALS.contains(&name.as_str())
            || CREDENTIAL_ENDINGS.iter().any(|end| name.ends_with(end))
            || self.aggressive && SECRET_WORDS.iter().any(|word| name.contains(word))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Vec<String> {
        words(text).unwrap()
    }

    #[test]
    fn words_are_quoted_as_in_a_shell() {
        for (text, expected) in [
            ("a  b\tc\nd", vec!["a", "b", "c", "d"]),
            (r#"a "b c" 'd e' f\ g"#, vec!["a", "b c", "d e", "f g"]),
            (r#"x""y '' "" z"#, vec!["xy", "z"]),
            (r#""a\"b\\c\$d\`e\n""#, vec![r#"a"b\c$d`e\n"#]),
            (r"'a\b'", vec![r"a\b"]),
            ("a;b $HOME *.py 2>&1", vec!["a;b", "$HOME", "*.py", "2>&1"]),
            ("   ", vec![]),
        ] {
            assert_eq!(split(text), expected, "{text}");
        }
        for text in ["a 'b", "a \"b", "a\\"] {
            assert!(words(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_for_a_shell_needs_one() {
        for text in [
            "a ; b", "a && b", "a || b", "a | b", "a & b", "a > b", "a >> b", "a < b", "a << b",
            "a 2> b", "a 2>> b", "a `b`", "a $(b)", "a '|'", r"a \|",
        ] {
            assert!(Target::read(text, false).is_err(), "{text}");
            let target = Target::read(text, true).unwrap();
            assert_eq!(target.program, "sh");
            assert_eq!(target.arguments, ["-c", text]);
            assert_eq!(target.uri, "mcp://a");
        }
        assert!(Target::read(" ", false).is_err());
        let target = Target::read("python3 -u 'my server.py' x", false).unwrap();
        assert_eq!(target.program, "python3");
        assert_eq!(target.arguments, ["-u", "my server.py", "x"]);
    }

    #[test]
    fn a_target_is_called_after_what_is_launched() {
        for (text, uri) in [
            ("/usr/bin/server -v", "mcp://server"),
            ("npx @scope/server-x@1.2", "mcp://server-x@1.2"),
            ("npx -y @scope/server-x /data", "mcp://server-x"),
            ("python3 -m server", "mcp://server"),
            ("/usr/bin/node ./dist/index.js", "mcp://index.js"),
            ("npx", "mcp://npx"),
            ("python3 -", "mcp://python3"),
            ("uvx server", "mcp://uvx"),
            ("npx foo/", "mcp://foo"),
        ] {
            assert_eq!(Target::read(text, false).unwrap().uri, uri, "{text}");
        }
    }

    #[test]
    fn secrets_are_withheld_and_ours_always() {
        let filter = |aggressive: bool, allowed: &[&str]| EnvironmentFilter {
            aggressive,
            allowed: allowed.iter().map(|name| (*name).to_owned()).collect(),
        };
        let plain = filter(false, &[]);
        for name in [
            "SIGNET_PASSPHRASE",
            "SIGNET_PASSPHRASE_AGENT",
            "signet_secret_key",
            "OPENAI_API_KEY",
            "my_token",
            "X_ACCESS_TOKEN",
            "AWS_SECRET_ACCESS_KEY",
        ] {
            assert!(plain.withholds(OsStr::new(name)), "{name}");
        }
        for name in ["PATH", "DB_PASSWORD", "SIGNET_HOME", "TOKENS", "API_KEY"] {
            assert!(!plain.withholds(OsStr::new(name)), "{name}");
        }
        let wide = filter(
            true,
            &["my_TOKEN", "SIGNET_PASSPHRASE", "SIGNET_PASSPHRASE_A"],
        );
        for name in ["DB_PASSWORD", "X_PRIVATE_KEY_1", "a_secret", "CREDENTIALS"] {
            assert!(wide.withholds(OsStr::new(name)), "{name}");
        }
        assert!(wide.withholds(OsStr::new("SIGNET_PASSPHRASE")));
        assert!(wide.withholds(OsStr::new("SIGNET_PASSPHRASE_A")));
        assert!(!wide.withholds(OsStr::new("MY_TOKEN")));
    }
}
