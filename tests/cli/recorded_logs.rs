//! Homes for the tests about logs: recorded ones, and ones made with the library.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::{Value, json};
use signet::encoding::key_text;
use signet::identity::{KeyPair, Keystore, NewIdentity, Protection};
use signet::log::{Log, LogOptions, ParamsKey};
use signet::receipt::{Action, ActionOptions, Receipt, SignOptions, Signer, sign};

use crate::program::Place;
use crate::recorded;

/// A run of our program: exit code, standard output, standard error.
pub type Ran = (i64, String, String);

/// Runs our program with any arguments.
pub fn run(place: &Place, args: &[&str]) -> Ran {
    run_with(place, args, &[])
}

/// Runs our program with an environment.
pub fn run_with(place: &Place, args: &[&str], environment: &[(&str, &str)]) -> Ran {
    let mut command = place.signet();
    command.args(args).envs(environment.iter().copied());
    let output = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (
        output.status.code().unwrap_or(-1).into(),
        text(&output.stdout),
        text(&output.stderr),
    )
}

/// Writes files below a folder, for their owner only.
pub fn write_files(folder: &Path, files: &Value) {
    for (name, text) in files.as_object().into_iter().flatten() {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text.as_str().unwrap()).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
}

/// A home with the recorded log of every kind of record, nine of them.
pub fn mixed() -> Place {
    let place = Place::new();
    write_files(
        &place.home().join("audit"),
        &recorded::file("audit_filters")["files"],
    );
    place
}

/// A home with a recorded log of `audit_logs`.
pub fn recorded_log(name: &str) -> Place {
    let file = recorded::file("audit_logs");
    let case = recorded::cases(&file)
        .iter()
        .find(|case| case["name"] == name);
    let case = case.unwrap_or_else(|| panic!("no {name}"));
    let place = Place::new();
    write_files(&place.home().join("audit"), &case["files"]);
    write_files(&place.home().join("keys"), &case["keys"]);
    place
}

/// The trust bundle that the recorded logs are verified with.
pub fn trust_text() -> String {
    recorded::file("bundles")["trust_bundle"]
        .as_str()
        .unwrap()
        .to_owned()
}

/// A home with an identity, whose log is written with the library.
pub struct OwnLog {
    pub place: Place,
    pub pair: KeyPair,
    pub log: Log,
}

impl OwnLog {
    /// With the identity `bot`, under this passphrase if there is one.
    pub fn new(passphrase: Option<&str>) -> OwnLog {
        let place = Place::new();
        let store = Keystore::open(place.home()).unwrap();
        let protection = match passphrase {
            Some(passphrase) => Protection::Passphrase(passphrase),
            None => Protection::Unencrypted,
        };
        let now = signet::encoding::rfc3339::Instant::now();
        let pair = store
            .create("bot", &NewIdentity::new(protection, now))
            .unwrap();
        let log = Log::open(&place.home(), LogOptions::default()).unwrap();
        OwnLog { place, pair, log }
    }

    pub fn receipt(&self, tool: &str) -> Receipt {
        let action = json!({"tool": tool, "params": {"n": 1, "token": "s3cr3t"}, "target": "t"});
        let action = Action::parse(action.to_string().as_bytes(), &ActionOptions::default());
        let signer = Signer {
            name: "bot",
            owner: "me",
        };
        sign(
            &self.pair,
            &action.unwrap(),
            &signer,
            &SignOptions::default(),
        )
        .unwrap()
    }

    pub fn call(&self, tool: &str) {
        self.log.append(&self.receipt(tool)).unwrap();
    }

    pub fn sealed_call(&self, tool: &str) {
        let key = ParamsKey::of(&self.pair).unwrap();
        self.log
            .append_record(&key.seal(&self.receipt(tool)).unwrap())
            .unwrap();
    }

    pub fn denial(&self) {
        let record = json!({"type": "policy_violation", "action": {"tool": "rm", "params_hash": "sha256:00", "target": "t"},
            "agent": "bot", "policy": "p", "policy_hash": "sha256:00", "matched_rules": ["no"], "decision": "deny",
            "reason": "never", "ts": signet::encoding::rfc3339::Instant::now().to_text()});
        self.log.append_json(record.to_string().as_bytes()).unwrap();
    }

    /// A trust bundle in YAML that knows the identity as an agent.
    pub fn trust(&self) -> String {
        format!(
            "version: 1\nbundle_id: tb\norg: o\nenv: prod\ngenerated_at: 2026-01-01T00:00:00Z\nagents:\n  - id: bot\n    \
             name: bot\n    owner: o\n    pubkey: \"{}\"\n    created_at: 2020-01-01T00:00:00Z\n    status: active\n",
            key_text::prefixed(self.pair.public_key())
        )
    }

    /// The lines of the log.
    pub fn lines(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.segment()).unwrap();
        text.lines().map(str::to_owned).collect()
    }

    /// The one segment.
    pub fn segment(&self) -> std::path::PathBuf {
        let _ = self.log.sync();
        let entries = std::fs::read_dir(self.place.home().join("audit")).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        names.retain(|path| {
            path.extension()
                .is_some_and(|extension| extension == "jsonl")
        });
        names.pop().unwrap()
    }
}
