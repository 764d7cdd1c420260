//! Running the built `signet` in a folder of its own.

use std::path::{Path, PathBuf};

use assert_cmd::Command;
use assert_cmd::assert::Assert;

use crate::recorded::vectors::skip;

/// A folder with a home in it, in which `signet` runs; removed when dropped.
pub struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    /// An empty one.
    pub fn new() -> Place {
        Place {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// One with the unencrypted identity `agent`.
    pub fn with_agent() -> Place {
        let place = Place::new();
        place.ok(["identity", "generate", "--name", "agent", "--unencrypted"]);
        place
    }

    /// The working folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The home folder, `home` below it.
    pub fn home(&self) -> PathBuf {
        self.path().join("home")
    }

    /// Writes a file into the working folder.
    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        std::fs::write(self.path().join(name), text).unwrap();
    }

    /// Writes a file into the home folder, readable by nobody else.
    pub fn home_file(&self, path: &str, text: &str) {
        use std::os::unix::fs::PermissionsExt as _;
        let path = self.home().join(path);
        for folder in [self.home().as_path(), path.parent().unwrap()] {
            std::fs::create_dir_all(folder).unwrap();
            std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700)).unwrap();
        }
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    }

    /// The program, in the working folder, with nothing of the environment that
    /// the tests run in but the search path.
    pub fn signet(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_signet"));
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.path())
            .env("SIGNET_HOME", "home")
            .current_dir(self.path());
        command
    }

    /// The same away from the terminal that the tests may run on, so that nothing
    /// can be asked.
    pub fn without_terminal(&self) -> Command {
        let mut command = Command::new("setsid");
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.path())
            .env("SIGNET_HOME", "home")
            .current_dir(self.path())
            .args(["--wait", env!("CARGO_BIN_EXE_signet")]);
        command
    }

    /// Runs it.
    pub fn run<'a>(&self, args: impl IntoIterator<Item = &'a str>) -> Assert {
        self.signet().args(args).assert()
    }

    /// Runs it, which must succeed; its standard output.
    pub fn ok<'a>(&self, args: impl IntoIterator<Item = &'a str>) -> String {
        let done = self.run(args).success();
        String::from_utf8(done.get_output().stdout.clone()).unwrap()
    }

    /// Runs it, which must exit with that code; its standard error.
    pub fn fails<'a>(&self, code: i32, args: impl IntoIterator<Item = &'a str>) -> String {
        let done = self.run(args).code(code);
        String::from_utf8(done.get_output().stderr.clone()).unwrap()
    }
}

impl Place {
    /// One with unencrypted identities of these names.
    pub fn with_identities(names: &[&str]) -> Place {
        let place = Place::new();
        for name in names {
            place.identity(name);
        }
        place
    }

    /// Makes an unencrypted identity.
    pub fn identity(&self, name: &str) {
        let store = signet::identity::Keystore::open(self.home()).unwrap();
        let (plain, now) = (
            signet::identity::keystore::Protection::Unencrypted,
            signet::encoding::rfc3339::Instant::now(),
        );
        let identity = signet::identity::keystore::NewIdentity::new(plain, now);
        store.create(name, &identity).unwrap();
    }

    /// Gives an identity a principal.
    pub fn principal(&self, name: &str, principal: &str) {
        let path = self.home().join(format!("keys/{name}.pub"));
        let text = std::fs::read(&path).unwrap();
        let mut file: serde_json::Value = serde_json::from_slice(&text).unwrap();
        file["principal"] = principal.into();
        std::fs::write(path, file.to_string()).unwrap();
    }

    /// The records of the log, in order.
    pub fn log_lines(&self) -> Vec<serde_json::Value> {
        let text = self.log_text();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// The lines of all days of the log, in order.
    pub fn log_text(&self) -> String {
        let entries = std::fs::read_dir(self.home().join("audit"));
        let paths = entries.into_iter().flatten();
        let mut days: Vec<_> = paths
            .map(|entry| entry.unwrap().path())
            .filter(|path| {
                path.extension()
                    .is_some_and(|extension| extension == "jsonl")
            })
            .collect();
        days.sort();
        days.iter()
            .map(|day| std::fs::read_to_string(day).unwrap())
            .collect()
    }

    /// The published program on the same home folder; `None` when it is not here,
    /// which has then been said.
    pub fn published(&self) -> Option<Command> {
        let mut command = Command::new(published()?);
        command
            .env_clear()
            .env("HOME", self.path())
            .env("SIGNET_HOME", "home")
            .current_dir(self.path());
        Some(command)
    }
}

/// The published program, from the folder that the environment variable
/// `SIGNET_PUBLISHED` names; `None` when it is not here, which has then been said.
pub fn published() -> Option<PathBuf> {
    let Some(root) = std::env::var_os("SIGNET_PUBLISHED") else {
        skip("SIGNET_PUBLISHED is not set");
        return None;
    };
    let program = std::path::absolute(Path::new(&root).join("bin/signet")).unwrap();
    assert!(program.exists(), "{} does not exist", program.display());
    Some(program)
}
