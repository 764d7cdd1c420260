//! What every command needs: the home folder, how to ask for passphrases, and how
//! to answer.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use clap::builder::{OsStringValueParser, TypedValueParser as _};
use signet::ErrorKind;
use signet::encoding::rfc3339::Instant;
use signet::identity::{KeyPair, Keystore};
use signet::log::{Log, LogOptions};

use crate::failure::Failure;
use crate::passphrase::Passphrases;
use crate::terminal::ColorChoice;

/// The flags that every command takes.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Everywhere")]
pub struct Global {
    /// The home folder, with keys/ and audit/ [default: ~/.signet]
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        env = "SIGNET_HOME",
        hide_env_values = true,
        // Set and empty is as good as not set.
        value_parser = OsStringValueParser::new().map(PathBuf::from)
    )]
    pub home: Option<PathBuf>,
    /// Answer in JSON on standard output, and errors in JSON on standard error
    #[arg(long, global = true)]
    pub json: bool,
    /// When to use colours
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: ColorChoice,
    /// Read the passphrase from the first line of a file
    #[arg(long, global = true, value_name = "FILE")]
    pub passphrase_file: Option<PathBuf>,
}

/// Made once from the flags and the environment, then passed to the command.
#[derive(Clone, Debug)]
pub struct Context {
    home: PathBuf,
    /// Whether to answer in JSON.
    pub json: bool,
    /// Where passphrases come from.
    pub passphrases: Passphrases,
}

impl Context {
    /// Of the flags.
    pub fn new(global: Global) -> Result<Context, Failure> {
        let home = match global.home.filter(|home| !home.as_os_str().is_empty()) {
            Some(home) => home,
            None => std::env::home_dir()
                .ok_or_else(|| {
                    Failure::usage("the home folder is not known: set HOME, SIGNET_HOME or --home")
                })?
                .join(".signet"),
        };
        global.color.apply();
        Ok(Context {
            home,
            json: global.json,
            passphrases: Passphrases::new(global.passphrase_file),
        })
    }

    /// The home folder.
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// The keys of the home folder.
    pub fn keystore(&self) -> Result<Keystore, Failure> {
        Ok(Keystore::open(&self.home)?)
    }

    /// The key of that name; asks for its passphrase only when it has one.
    pub fn unlock(&self, name: &str) -> Result<Arc<KeyPair>, Failure> {
        self.unlock_with(name, &self.passphrases)
    }

    /// The same with other sources of passphrases.
    pub fn unlock_with(&self, name: &str, from: &Passphrases) -> Result<Arc<KeyPair>, Failure> {
        let store = self.keystore()?;
        match store.load(name, None) {
            Ok(pair) => Ok(Arc::new(pair)),
            Err(error) if error.kind() == ErrorKind::PassphraseRequired => {
                let passphrase = from.existing(name)?;
                Ok(Arc::new(store.load(name, Some(&passphrase))?))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The log of the home folder, opened for appending.
    pub fn log(&self, options: LogOptions) -> Result<Log, Failure> {
        Ok(Log::open(&self.home, options)?)
    }

    /// The time. The only clock of the commands.
    pub fn now(&self) -> Instant {
        Context::clock()
    }

    /// The time that `--at` gives, RFC 3339, or else the time.
    pub fn at_or_now(&self, at: Option<&str>) -> Result<Instant, Failure> {
        match at {
            Some(at) => Ok(Instant::parse(at).map_err(|error| error.within("--at"))?),
            None => Ok(self.now()),
        }
    }

    /// The same clock for whoever works on while the context is elsewhere.
    pub fn clock() -> Instant {
        Instant::now()
    }
}
