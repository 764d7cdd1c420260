//! Servers of the two official MCP SDKs behind a gate: nothing is executed of
//! which there is no stored record. Without the gate the same messages execute,
//! which is why there is one.
//!
//! The SDKs are in the folder that the environment variable `SIGNET_MCP_SDKS` names
//! (`ffi-tests/mcp-sdks/install` makes it).

#[path = "support/damaged_messages.rs"]
mod damaged_messages;
#[path = "support/documents.rs"]
mod documents;
#[path = "support/hostile_messages.rs"]
mod hostile_messages;
#[path = "support/signing.rs"]
mod signing;
#[path = "support/vectors.rs"]
mod vectors;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex};

use documents::{Documents, first_seed, torture};
use serde_json::{Value, json};
use signet::authority::Format;
use signet::authority::policy::Policy;
use signet::mcp::{Evidence, Existing, Gate, GateOptions, GateSigning};
use signing::{agent, clock};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sdk {
    Python,
    TypeScript,
}

impl Sdk {
    /// A server, not started; `None` when the SDK is not here.
    fn command(self) -> Option<Command> {
        let Some(root) = std::env::var_os("SIGNET_MCP_SDKS").map(PathBuf::from) else {
            vectors::skip("SIGNET_MCP_SDKS is not set: see ffi-tests/mcp-sdks/install");
            return None;
        };
        let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("ffi-tests/mcp-sdks");
        let (folder, program, script, variable) = match self {
            Sdk::Python => ("python", "python3", "server.py", "PYTHONPATH"),
            Sdk::TypeScript => ("node", "node", "server.mjs", "MCP_SDK"),
        };
        let folder = root.join(folder);
        if !folder.exists() {
            vectors::skip(&format!("{} is not installed", folder.display()));
            return None;
        }
        let mut command = Command::new(program);
        command.arg(here.join(script)).env(variable, folder);
        Some(command)
    }
}

/// What was executed or recorded: tools with the argument `note`.
type Calls = BTreeMap<(String, String), i64>;

fn call_of(tool: &Value, note: &Value) -> (String, String) {
    (
        tool.as_str().unwrap_or_default().to_owned(),
        note.to_string(),
    )
}

/// A running server.
struct Server {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
    pings: u32,
}

impl Server {
    fn start(sdk: Sdk, executed: &Path) -> Option<Server> {
        let mut child = sdk
            .command()?
            .env("EXECUTED", executed)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the server runs");
        let stdin = child.stdin.take().expect("a pipe");
        let stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut server = Server {
            child,
            stdin,
            stdout,
            pings: 0,
        };
        let hello = json!({"jsonrpc": "2.0", "id": "hello", "method": "initialize", "params": {
            "protocolVersion": "2025-06-18", "capabilities": {},
            "clientInfo": {"name": "test", "version": "1"}}});
        server.send(hello.to_string().as_bytes());
        assert!(server.answered("hello"), "no answer from the server");
        server.send(br#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#);
        Some(server)
    }

    fn send(&mut self, message: &[u8]) {
        let line = [message, b"\n"].concat();
        // Whether it still listens is told by the next ping.
        let _ = self
            .stdin
            .write_all(&line)
            .and_then(|()| self.stdin.flush());
    }

    /// Waits until everything that was sent has been looked at; whether the
    /// server is still there.
    fn catch_up(&mut self) -> bool {
        self.pings += 1;
        let id = format!("ping {}", self.pings);
        let ping = json!({"jsonrpc": "2.0", "id": id, "method": "ping"});
        self.send(ping.to_string().as_bytes());
        self.answered(&id)
    }

    fn answered(&mut self, id: &str) -> bool {
        let mut line = Vec::new();
        loop {
            line.clear();
            match self.stdout.read_until(b'\n', &mut line) {
                Ok(0) | Err(_) => return false,
                Ok(_) => {}
            }
            let answer: Value = serde_json::from_slice(&line).unwrap_or_default();
            if answer["id"] == id {
                return true;
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A gate that signs for the agent, and what it has recorded.
struct Guard {
    gate: Gate,
    recorded: Mutex<Calls>,
}

impl Guard {
    fn new(policy: Option<&str>) -> Guard {
        let policy = policy
            .map(|text| Arc::new(Policy::parse(text.as_bytes(), Format::Yaml).expect("a policy")));
        let gate = Gate::new(GateOptions {
            signing: Some(GateSigning {
                key: Arc::new(agent()),
                name: "agent".into(),
                owner: String::new(),
                target: "mcp://bank".into(),
                transport: "stdio".into(),
                session: None,
                policy,
                hash_only: false,
                existing: Existing::Refuse,
            }),
            ..GateOptions::default()
        });
        Guard {
            gate: gate.expect("a gate"),
            recorded: Mutex::default(),
        }
    }

    fn passed(&self, message: &[u8]) -> Option<Vec<u8>> {
        let store = |evidence: &[Evidence<'_>]| {
            for one in evidence {
                if let Evidence::Receipt(receipt) = one {
                    let receipt: Value = serde_json::from_slice(receipt.json()).expect("JSON");
                    let action = &receipt["action"];
                    let call = call_of(&action["tool"], &action["params"]["note"]);
                    *self.recorded.lock().unwrap().entry(call).or_default() += 1;
                }
            }
            Ok(())
        };
        self.gate.judge(message, clock(), &store).forward
    }
}

fn executed(path: &Path) -> Calls {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let mut calls = Calls::new();
    for line in text.lines() {
        let call: Value = serde_json::from_str(line).unwrap_or_default();
        *calls.entry(call_of(&call[0], &call[1])).or_default() += 1;
    }
    calls
}

fn honest(note: &str) -> Vec<u8> {
    json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call",
        "params": {"name": "echo", "arguments": {"note": note}}})
    .to_string()
    .into_bytes()
}

/// Messages that each SDK executes and no strict reader takes.
fn executed_by(sdk: Sdk) -> Vec<Vec<u8>> {
    let mut arguments = vec![
        r#"{"a":1e999}"#.to_owned(),
        format!(r#"{{"a":{}{}}}"#, "[".repeat(130), "]".repeat(130)),
        r#"{"a":1,"a":2}"#.to_owned(),
    ];
    match sdk {
        Sdk::Python => arguments.push(r#"{"a":NaN}"#.to_owned()),
        Sdk::TypeScript => arguments.push(r#"{"a":"\ud83d"}"#.to_owned()),
    }
    let calls = arguments.iter();
    calls.map(|text| hostile_messages::call(text)).collect()
}

fn hostile_messages_execute_without_the_gate_and_not_behind_it(sdk: Sdk) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("executed");
    let Some(mut server) = Server::start(sdk, &path) else {
        return;
    };
    let open = executed_by(sdk);
    for message in &open {
        server.send(message);
        assert!(server.catch_up());
    }
    let ran: i64 = executed(&path).values().sum();
    assert_eq!(ran, open.len() as i64, "the attack is none on {sdk:?}");
    drop(server);
    std::fs::remove_file(&path).unwrap();

    let rules =
        "{version: 1, default_action: deny, rules: [{id: r, match: {tool: echo}, action: allow}]}";
    let guard = Guard::new(Some(rules));
    let mut server = Server::start(sdk, &path).unwrap();
    let hostile = hostile_messages::all().into_iter().map(|one| one.1);
    for message in hostile.chain(open) {
        if let Some(passed) = guard.passed(&message) {
            server.send(&passed);
        }
    }
    let passed = guard.passed(&honest("control")).expect("an honest call");
    server.send(&passed);
    assert!(server.catch_up());
    let control = call_of(&json!("echo"), &json!("control"));
    assert_eq!(executed(&path), Calls::from([(control, 1)]));
    assert_eq!(*guard.recorded.lock().unwrap(), executed(&path));
}

#[test]
fn hostile_messages_execute_in_python_without_the_gate_and_not_behind_it_e1_e2_e3() {
    hostile_messages_execute_without_the_gate_and_not_behind_it(Sdk::Python);
}

#[test]
fn hostile_messages_execute_in_typescript_without_the_gate_and_not_behind_it_e1_e2_e3() {
    hostile_messages_execute_without_the_gate_and_not_behind_it(Sdk::TypeScript);
}

fn what_is_executed_was_recorded(sdk: Sdk) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("executed");
    let guard = Guard::new(None);
    let Some(mut server) = Server::start(sdk, &path) else {
        return;
    };
    let mut random = Documents::new(first_seed());
    for round in 0..1500 * torture() {
        let call = honest(&format!("note {round}"));
        let message = damaged_messages::damaged(&mut random, call, &honest("second"));
        let Some(passed) = guard.passed(&message) else {
            continue;
        };
        server.send(&passed);
        if round % 50 == 0 && !server.catch_up() {
            server = Server::start(sdk, &path).expect("it was there");
        }
    }
    server.catch_up();
    let (executed, recorded) = (executed(&path), guard.recorded.lock().unwrap());
    for (call, times) in &executed {
        let stored = recorded.get(call).copied().unwrap_or(0);
        assert!(
            *times <= stored,
            "{sdk:?}: {call:?} {times} times, {stored} recorded"
        );
    }
    let sum = |calls: &Calls| calls.values().sum::<i64>();
    assert!(
        sum(&executed) > 200,
        "{} of {}",
        sum(&executed),
        sum(&recorded)
    );
}

#[test]
fn what_the_python_sdk_executes_was_recorded() {
    what_is_executed_was_recorded(Sdk::Python);
}

#[test]
fn what_the_typescript_sdk_executes_was_recorded() {
    what_is_executed_was_recorded(Sdk::TypeScript);
}
