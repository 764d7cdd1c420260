//! Home folders: a user's `$HOME` with `.signet` inside, the same key in all of
//! them, and as many records as wanted.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use signet::identity::KeyPair;
use signet::log::{DEFAULT_MAX_RECORD_LEN, Durability, Log, LogOptions, Record};
use signet::receipt::{Action, ActionOptions, SignOptions, Signer, sign};

use crate::inputs;

/// The identity that signs.
pub const KEY: &str = "claude-agent";

/// A user's home.
#[derive(Clone, Debug)]
pub struct Home(PathBuf);

impl Home {
    /// With a key that is not encrypted, made by this program.
    pub fn new(program: &Path, folder: PathBuf) -> Home {
        fs::create_dir_all(&folder).expect("a folder");
        let home = Home(folder);
        let mut command = Command::new(program);
        command.args(["identity", "generate", "--name", KEY, "--unencrypted"]);
        home.enter(&mut command);
        let output = command.output().expect("the program runs");
        assert!(output.status.success(), "{output:?}");
        home
    }

    /// Another with the same key.
    pub fn with_same_key(&self, folder: PathBuf) -> Home {
        let home = Home(folder);
        fs::create_dir_all(home.keys()).expect("a folder");
        for name in [format!("{KEY}.key"), format!("{KEY}.pub")] {
            fs::copy(self.keys().join(&name), home.keys().join(&name)).expect("copied");
        }
        home
    }

    /// Puts so many records into the log.
    pub fn fill(&self, count: usize) {
        let options = LogOptions {
            durability: Durability::None,
            ..LogOptions::default()
        };
        let log = Log::open(&self.signet(), options).expect("the log opens");
        let batch = vec![sample(); 2048];
        let mut left = count;
        while left > 0 {
            let now = left.min(batch.len());
            log.append_many(&batch[..now]).expect("appended");
            left -= now;
        }
        log.close().expect("closed");
    }

    /// Takes over the records of another log, as files that anybody could have
    /// written.
    pub fn take_records_of(&self, other: &Home) {
        fs::create_dir_all(self.audit()).expect("a folder");
        for path in segments(&other.audit()) {
            let name = path.file_name().expect("a name");
            fs::copy(&path, self.audit().join(name)).expect("copied");
        }
    }

    /// How many records the log has.
    pub fn record_count(&self) -> usize {
        let lines = |path: PathBuf| {
            let text = fs::read(path).expect("a segment");
            text.iter().filter(|byte| **byte == b'\n').count()
        };
        segments(&self.audit()).into_iter().map(lines).sum()
    }

    /// Has a command live here.
    pub fn enter(&self, command: &mut Command) {
        command.env("HOME", &self.0).env_remove("SIGNET_HOME");
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.0
    }

    fn signet(&self) -> PathBuf {
        self.0.join(".signet")
    }

    fn keys(&self) -> PathBuf {
        self.signet().join("keys")
    }

    fn audit(&self) -> PathBuf {
        self.signet().join("audit")
    }
}

fn segments(audit: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(audit).expect("a log");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths
        .filter(|path| path.extension().is_some_and(|ending| ending == "jsonl"))
        .collect()
}

/// What an earlier call has left: a line of about 1,000 bytes.
fn sample() -> Record {
    let options = ActionOptions::default();
    let json = inputs::action(&inputs::prose(300));
    let action = Action::parse(json.as_bytes(), &options).expect("an action");
    let signer = Signer {
        name: KEY,
        owner: "",
    };
    let pair = KeyPair::from_seed(&[7; 32]);
    let receipt = sign(&pair, &action, &signer, &SignOptions::default()).expect("signed");
    Record::of_receipt(&receipt, DEFAULT_MAX_RECORD_LEN).expect("a record")
}
