//! Where passphrases come from: `--passphrase-file`, the environment, or the
//! terminal, in this order. They are wiped from memory and never shown.

use std::fs::File;
use std::io::Read;
use std::path::PathBuf;

use rpassword::prompt_password;
use zeroize::Zeroizing;

use crate::failure::{Failure, Outcome};

/// How much is read of a file with a passphrase, in bytes.
const MAX_FILE_LEN: usize = 4096;

const VARIABLE: &str = "SIGNET_PASSPHRASE";

/// A passphrase, wiped when it is dropped.
pub type Passphrase = Zeroizing<String>;

/// The sources of passphrases.
#[derive(Clone, Debug)]
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

    /// The passphrase that opens the key of that name where nobody may be asked,
    /// if there is one.
    pub fn without_asking(&self, name: &str) -> Result<Option<Passphrase>, Failure> {
        self.given(&[&variable_of(name), VARIABLE])
    }

    /// The file of `--passphrase-file`.
    pub fn file(&self) -> Option<&std::path::Path> {
        self.file.as_deref()
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
    let failed = |error| Failure::file("passphrase file", path, &error);
    // With all its room from the start, so that no copy is left behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_FILE_LEN));
    File::open(path)
        .and_then(|file| file.take(MAX_FILE_LEN as u64).read_to_end(&mut bytes))
        .map_err(failed)?;
    let line = bytes.split(|&byte| byte == b'\n').next().unwrap_or(&[]);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let wrong = |what: &str| unusable(format!("passphrase file '{}' {what}", path.display()));
    match std::str::from_utf8(line) {
        Ok("") => Err(wrong("begins with an empty line")),
        Ok(_) if line.len() == MAX_FILE_LEN => Err(wrong("has too long a first line")),
        Ok(line) => Ok(Zeroizing::new(line.to_owned())),
        Err(_) => Err(wrong("is not UTF-8")),
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
