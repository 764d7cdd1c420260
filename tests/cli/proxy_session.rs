//! A proxy that runs: one end of its pipes, and what it left behind.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant as Moment};

use serde_json::Value;
use signet::encoding::rfc3339::Instant;
use signet::identity::{Keystore, NewIdentity, Protection};
use signet::log::{SignaturePolicy, Verdict, VerifyOptions, verify_folder};

use crate::program::Place;

/// Nothing here takes that long.
const PATIENCE: Duration = Duration::from_secs(60);

/// A place with the identities `agent` and `server`, and the servers in Python.
pub fn place() -> Place {
    let place = Place::new();
    for (name, seed) in [("agent", [1; 32]), ("server", [2; 32])] {
        import(&place, name, &seed, Protection::Unencrypted);
    }
    place.write("child.py", include_str!("proxy_servers/child.py"));
    place.write(
        "misbehaving.py",
        include_str!("proxy_servers/misbehaving.py"),
    );
    place
}

/// Puts an identity into the home.
pub fn import(place: &Place, name: &str, seed: &[u8; 32], protection: Protection<'_>) {
    let store = Keystore::open(place.home()).unwrap();
    let created = Instant::parse("2026-01-02T03:04:05.678Z").unwrap();
    let identity = NewIdentity::new(protection, created).with_owner("org");
    store.import(name, seed, &identity).unwrap();
}

/// The target that records, with `agent` and `server`.
pub const RECORDING: [&str; 6] = [
    "--target",
    "python3 child.py seen.txt",
    "--key",
    "agent",
    "--server-key",
    "server",
];

/// A server that misbehaves in this way, with `agent` and a new key.
pub fn misbehaving(way: &str) -> [String; 4] {
    let target = format!("python3 misbehaving.py {way}");
    ["--target".into(), target, "--key".into(), "agent".into()]
}

/// A running proxy. Killed when dropped, so that a failed test leaves nothing.
pub struct Session {
    pub child: Child,
    input: Option<ChildStdin>,
    lines: Receiver<Vec<u8>>,
    errors: Option<JoinHandle<String>>,
}

/// How a proxy ended.
pub struct Ended {
    pub status: ExitStatus,
    /// The rest of its standard output.
    pub lines: Vec<String>,
    /// Its standard error.
    pub errors: String,
}

impl Ended {
    pub fn code(&self) -> i32 {
        self.status.code().unwrap_or(-1)
    }

    pub fn values(&self) -> Vec<Value> {
        let values = self.lines.iter();
        values
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}

impl Session {
    pub fn start<S: AsRef<OsStr>>(place: &Place, args: impl IntoIterator<Item = S>) -> Session {
        Session::start_with(place, args, &[])
    }

    pub fn start_with<S: AsRef<OsStr>>(
        place: &Place,
        args: impl IntoIterator<Item = S>,
        environment: &[(&str, &str)],
    ) -> Session {
        let mut command = Command::new(env!("CARGO_BIN_EXE_signet"));
        command.arg("proxy").args(args);
        Session::run(place, command, environment)
    }

    pub fn run(place: &Place, mut command: Command, environment: &[(&str, &str)]) -> Session {
        let mut child = command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", place.path())
            .env("SIGNET_HOME", "home")
            .envs(environment.iter().copied())
            .current_dir(place.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = channel();
        thread::spawn(move || {
            loop {
                let mut line = Vec::new();
                if output.read_until(b'\n', &mut line).unwrap_or(0) == 0 {
                    return;
                }
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        let mut errors = child.stderr.take().unwrap();
        let errors = thread::spawn(move || {
            let mut text = Vec::new();
            let _ = errors.read_to_end(&mut text);
            String::from_utf8_lossy(&text).into_owned()
        });
        Session {
            input: child.stdin.take(),
            child,
            lines,
            errors: Some(errors),
        }
    }

    pub fn send(&mut self, line: impl AsRef<[u8]>) {
        let mut bytes = line.as_ref().to_vec();
        bytes.push(b'\n');
        self.send_raw(bytes);
    }

    pub fn send_raw(&mut self, bytes: impl AsRef<[u8]>) {
        let input = self.input.as_mut().unwrap();
        input.write_all(bytes.as_ref()).unwrap();
        input.flush().unwrap();
    }

    /// The pipe itself, for a thread that writes much.
    pub fn take_input(&mut self) -> ChildStdin {
        self.input.take().unwrap()
    }

    /// The next line of the output, with its end.
    pub fn next_raw(&mut self) -> Vec<u8> {
        self.lines.recv_timeout(PATIENCE).expect("a line in time")
    }

    pub fn next(&mut self) -> Value {
        serde_json::from_slice(&self.next_raw()).unwrap()
    }

    /// Sends a line and takes the next one that comes back.
    pub fn ask(&mut self, line: impl AsRef<[u8]>) -> Value {
        self.send(line);
        self.next()
    }

    pub fn signal(&self, name: &str) {
        signal(self.child.id(), name);
    }

    /// Stops talking and waits for the end.
    pub fn end(mut self) -> Ended {
        self.input.take();
        self.wait()
    }

    /// Waits for the end.
    pub fn wait(mut self) -> Ended {
        let start = Moment::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(start.elapsed() < PATIENCE, "the proxy does not end");
            thread::sleep(Duration::from_millis(5));
        };
        self.input.take();
        let mut lines = Vec::new();
        while let Ok(line) = self.lines.recv_timeout(PATIENCE) {
            let text = String::from_utf8(line).unwrap();
            lines.push(text.strip_suffix('\n').unwrap_or(&text).to_owned());
        }
        let errors = self.errors.take().unwrap().join().unwrap();
        Ended {
            status,
            lines,
            errors,
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn signal(process: u32, name: &str) {
    let sent = Command::new("kill")
        .args([format!("-{name}"), process.to_string()])
        .status()
        .unwrap();
    assert!(sent.success());
}

pub fn call(id: impl std::fmt::Display, tool: &str) -> String {
    call_with(id, tool, "{}")
}

pub fn call_with(id: impl std::fmt::Display, tool: &str, arguments: &str) -> String {
    format!(
        r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"{tool}","arguments":{arguments}}}}}"#
    )
}

pub fn ping(id: impl std::fmt::Display) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"ping"}}"#)
}

/// The lines that the recording server got.
pub fn seen(place: &Place) -> Vec<String> {
    let text = std::fs::read(place.path().join("seen.txt")).unwrap_or_default();
    let text = String::from_utf8_lossy(&text).into_owned();
    text.split_inclusive('\n')
        .map(|line| line.strip_suffix('\n').unwrap_or(line).to_owned())
        .collect()
}

/// The records of the log, in order.
pub fn audit(place: &Place) -> Vec<Value> {
    let Ok(folder) = std::fs::read_dir(place.home().join("audit")) else {
        return Vec::new();
    };
    let mut files: Vec<_> = folder
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension() == Some(OsStr::new("jsonl")))
        .collect();
    files.sort();
    files.iter().flat_map(|path| records(path)).collect()
}

fn records(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap();
    let lines = text.lines();
    lines
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["receipt"].take())
        .collect()
}

/// What each record of the log is.
pub fn kinds(place: &Place) -> Vec<String> {
    audit(place).iter().map(kind).collect()
}

pub fn kind(record: &Value) -> String {
    match record["v"].as_u64() {
        Some(3) => {
            let status = record["response"]["outcome"]["status"].as_str();
            format!("v3:{}", status.unwrap_or("?"))
        }
        Some(version) => format!("v{version}"),
        None => record["type"]
            .as_str()
            .unwrap_or("policy_violation")
            .to_owned(),
    }
}

/// Asserts that the chain and every signature of the log hold; how many.
#[track_caller]
pub fn verified(place: &Place) -> u64 {
    let options = VerifyOptions {
        signatures: Some(SignaturePolicy::default()),
        ..VerifyOptions::default()
    };
    let report = verify_folder(&place.home().join("audit"), &options, &mut ()).unwrap();
    assert_eq!(report.verdict, Verdict::Ok, "{report:?}");
    assert_eq!(report.signatures_failed, 0);
    report.signatures_valid
}
