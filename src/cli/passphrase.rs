//! Where passphrases come from: `--passphrase-file`, the environment, or the
//! terminal, in this order. They are wiped from memory and never shown.

use std::path::PathBuf;

use rpassword::prompt_password;
use zeroize::Zeroizing;

use crate::failure::{Failure, Outcome};

const VARIABLE: &str = "SIGNET_PASSPHRASE";

/// A passphrase, wiped when it is dropped.
pub type Passphrase = Zeroizing<String>;

/// The sources of passphrases.
#[derive(Debug)]
pub struct Passphrases {
    file: Option<PathBuf>,
}

impl Passphrases {
    /// With the file of `--passphrase-file`, if it was given.
    pub fn new(file: Option<PathBuf>) -> Passphrases {
        Passphrases { file }
    }

    /// The sources of the second key of a program: its own file, or else its own
    /// variable; `None` when it has neither and shares those of the first.
    pub fn for_second_key(file: Option<PathBuf>, name: &str) -> Option<Passphrases> {
        let has_own = file.is_some() || std::env::var_os(variable_of(name)).is_some();
        has_own.then_some(Passphrases { file })
    }

    /// The passphrase that opens the key of that name.
    ///
    /// `SIGNET_PASSPHRASE_<NAME>`, in capitals and with `_` for `-`, goes before
    /// `SIGNET_PASSPHRASE`, because two keys of one program seldom share one.
    pub fn existing(&self, name: &str) -> Result<Passphrase, Failure> {
        match self.given(&[&variable_of(name), VARIABLE])? {
            Some(passphrase) => Ok(passphrase),
            None => ask(&format!("Passphrase of {name}: ")),
        }
    }

    /// The passphrase for a new key; asked twice.
    pub fn new_for(&self, name: &str) -> Result<Passphrase, Failure> {
        if let Some(passphrase) = self.given(&[&variable_of(name), VARIABLE])? {
            return Ok(passphrase);
        }
        ask_twice(name)
    }

    fn given(&self, variables: &[&str]) -> Result<Option<Passphrase>, Failure> {
        if let Some(path) = &self.file {
            return read_file(path).map(Some);
        }
        for variable in variables {
            match std::env::var(variable).map(Zeroizing::new) {
                Ok(text) if text.is_empty() => {
                    return Err(unusable(format!("{variable} is set but empty")));
                }
                Ok(text) => return Ok(Some(text)),
                Err(std::env::VarError::NotPresent) => {}
                Err(std::env::VarError::NotUnicode(_)) => {
                    return Err(unusable(format!("{variable} is not UTF-8")));
                }
            }
        }
        Ok(None)
    }
}

/// Asks for a new passphrase on the terminal, twice.
pub fn ask_twice(name: &str) -> Result<Passphrase, Failure> {
    let first = ask(&format!("New passphrase of {name}: "))?;
    let second = ask("The same again: ")?;
    if first != second {
        return Err(unusable("the two passphrases differ".to_owned()));
    }
    Ok(first)
}

/// The first line of a file, without its line end.
pub fn read_file(path: &std::path::Path) -> Result<Passphrase, Failure> {
    let text = std::fs::read_to_string(path)
        .map(Zeroizing::new)
        .map_err(|error| Failure::file("passphrase file", path, &error))?;
    let line = text.lines().next().unwrap_or_default();
    match line.is_empty() {
        true => Err(unusable(format!(
            "passphrase file '{}' begins with an empty line",
            path.display()
        ))),
        false => Ok(Zeroizing::new(line.to_owned())),
    }
}

fn ask(prompt: &str) -> Result<Passphrase, Failure> {
    let passphrase = prompt_password(prompt).map(Zeroizing::new).map_err(|_| {
        Failure::new(
            Outcome::Failed,
            "passphrase_required",
            "no terminal to ask for the passphrase on",
        )
        .with_advice("Set SIGNET_PASSPHRASE, or give --passphrase-file.")
    })?;
    match passphrase.is_empty() {
        true => Err(unusable("the passphrase is empty".to_owned())),
        false => Ok(passphrase),
    }
}

fn variable_of(name: &str) -> String {
    format!("{VARIABLE}_{}", name.to_ascii_uppercase().replace('-', "_"))
}

fn unusable(message: String) -> Failure {
    Failure::new(Outcome::Failed, "passphrase", message)
}
