//! Recorded runs of the published command line: what it signs is signed here byte
//! for byte, what it verifies or refuses is verified or refused here, or refused
//! for a documented reason.

#[path = "support/recorded.rs"]
mod recorded;

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use recorded::{Deviation, assert_documented, assert_needed, cases, clock, file, name, row};
use serde_json::{Value, json};
use signet::authority::Format;
use signet::authority::any_version::{self, Expectations, Trust};
use signet::authority::authorized::{SignAuthorizedOptions, sign_authorized};
use signet::authority::chain::Chain;
use signet::authority::delegation::{self, Delegation, Grant, GrantOptions};
use signet::authority::policy::{Call, Evaluation, Policy};
use signet::authority::scope::Scope;
use signet::authority::trust::TrustBundle;
use signet::crypto::ed25519::PublicKey;
use signet::encoding::jcs::{self, Limits};
use signet::encoding::record::Reading;
use signet::encoding::rfc3339::Instant;
use signet::encoding::{hex, key_text};
use signet::identity::{KeyPair, Keystore};
use signet::log::ParamsKey;
use signet::receipt::{Action, ActionOptions, Receipt, SignOptions, Signer, sign};
use signet::verifier::{Evidence, FileNoncesOptions, ReplayStore, Verifier, VerifierOptions};
use signet::{Error, ErrorKind, Result};

/// Runs that are about arguments, files and streams, and nothing of ours.
const OF_THE_SHELL: &[&str] = &[
    "version",
    "no-arguments",
    "unknown-command",
    "sign/env-missing",
    "sign/params-missing",
    "sign/hash-only-and-encrypt",
    "sign/locked-key-no-passphrase",
    "sign/empty-passphrase",
    "sign/policy-missing",
    "identity/*",
    "verify/key-reference-is-an-existing-file",
    "verify/no-key",
    "verify/both",
    "verify/missing-file",
    "verify/no-file",
    "verify/chain-with-receipt",
    "verify/chain-empty",
    "delegate/create-bad-ttl*",
    "delegate/create-ttl-and-expires",
    "delegate/verify-chain-without-roots",
    "explore/*",
    "quickstart",
];

const STRICTER: &[Deviation] = &[
    Deviation {
        cases: &["verify/v2-by-key", "verify/v2-trust-bundle"],
        kind: ErrorKind::TimestampInvalid,
        always: false,
        reason: "The times of a request and its response must be RFC 3339 date-times.",
    },
    Deviation {
        cases: &["verify/v4-by-key"],
        kind: ErrorKind::ChainRootUntrusted,
        always: true,
        reason: "A version 4 receipt is never verified on the agent's key alone.",
    },
    Deviation {
        cases: &["verify/v3-nonce-store-ignored-with-pubkey"],
        kind: ErrorKind::Replayed,
        always: true,
        reason: "A receipt that was presented before, unless the memory is switched off.",
    },
    Deviation {
        cases: &["delegate/verify-single-token-ignores-roots"],
        kind: ErrorKind::ChainRootUntrusted,
        always: true,
        reason: "A single token, too, is only good from one of the roots that are given.",
    },
];

/// Runs that the published Signet refuses, we do not, and why.
const HONEST: &[(&str, &str)] = &[(
    "sign/unsafe-integer",
    "libsignet signs them all without loss",
)];

struct Run<'a> {
    case: &'a Value,
    file: &'a Value,
    store: &'a Keystore,
}

impl<'a> Run<'a> {
    fn name(&self) -> &'a str {
        name(self.case)
    }

    /// The value behind an option, `@file` and environment resolved.
    fn option(&self, wanted: &str) -> Option<&'a str> {
        let args = self.case["args"].as_array().unwrap();
        let mut args = args.iter().map(|arg| arg.as_str().unwrap());
        args.find(|arg| *arg == wanted)?;
        args.next()
    }

    fn is_given(&self, wanted: &str) -> bool {
        let args = self.case["args"].as_array().unwrap();
        args.iter().any(|arg| arg == wanted)
    }

    fn environment(&self, name: &str) -> Option<&'a str> {
        self.case["env"][name].as_str()
    }

    fn option_or_environment(&self, option: &str, from: &str) -> &'a str {
        let given = self.option(option);
        given
            .or_else(|| self.environment(self.option(from)?))
            .unwrap()
    }

    fn file_text(&self, name: &str) -> &'a str {
        let text = self.case["files"][name].as_str();
        text.unwrap_or_else(|| panic!("{}: no {name}", self.name()))
    }

    fn now(&self) -> Instant {
        clock(self.file)
    }

    /// The key that an option names: an identity, a file or a text.
    fn key(&self, option: &str) -> PublicKey {
        let named = self.option(option).unwrap();
        if named.ends_with(".pub") {
            let written: Value = serde_json::from_str(self.file_text(named)).unwrap();
            return key_text::parse(written["pubkey"].as_str().unwrap()).unwrap();
        }
        match self.store.public_key(named) {
            Ok(key) => key,
            Err(_) => key_text::parse(named).unwrap(),
        }
    }

    fn signer(&self, option: &str) -> Result<KeyPair> {
        let passphrase = self.environment("SIGNET_PASSPHRASE");
        self.store.load(self.option(option).unwrap(), passphrase)
    }

    fn policy(&self) -> Option<Policy> {
        let text = self.file_text(self.option("--policy")?);
        Some(Policy::parse(text.as_bytes(), Format::Yaml).unwrap())
    }

    fn logged(&self) -> Option<Value> {
        let text = self.case["audit_after"]["2026-06-15.jsonl"].as_str()?;
        let line: Value = serde_json::from_str(text).unwrap();
        Some(line["receipt"].clone())
    }

    fn printed(&self) -> Option<Value> {
        serde_json::from_str(self.case["stdout"].as_str().unwrap()).ok()
    }

    fn action(&self) -> Result<Action> {
        let params = match self.option("--params") {
            Some(given) if given.starts_with('@') => self.file_text(&given[1..]),
            Some(given) => given,
            None if self.is_given("--params-from-env") => {
                self.option_or_environment("--params", "--params-from-env")
            }
            None => "{}",
        };
        let mut action = json!({
            "tool": self.option_or_environment("--tool", "--tool-from-env"),
            "target": self.option("--target").unwrap(),
        });
        for (option, member) in [
            ("--session", "session"),
            ("--call-id", "call_id"),
            ("--trace-id", "trace_id"),
            ("--parent-receipt-id", "parent_receipt_id"),
        ] {
            if let Some(value) = self.option(option) {
                action[member] = json!(value);
            }
        }
        let rest = action.to_string();
        let text = format!("{{\"params\":{params},{}", &rest[1..]);
        let options = ActionOptions {
            hash_only: self.is_given("--hash-only"),
            ..ActionOptions::default()
        };
        Action::parse(text.as_bytes(), &options)
    }
}

/// The home folder of the recorded runs.
fn home(file: &Value, folder: &Path) -> Keystore {
    let keys = folder.join("keys");
    std::fs::create_dir(&keys).unwrap();
    for (path, text) in file["home_files"].as_object().unwrap() {
        let path = folder.join(path);
        std::fs::write(&path, text.as_str().unwrap()).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
    Keystore::open(folder).unwrap()
}

fn canonical(value: &Value) -> Vec<u8> {
    jcs::canonicalize(value.to_string().as_bytes(), &Limits::default()).unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

fn nonce(value: &Value) -> [u8; 16] {
    let text = value["nonce"].as_str().unwrap();
    let digits = text.strip_prefix("rnd_").unwrap();
    hex::decode(digits.as_bytes()).unwrap()
}

/// Signs what a run signs, with its nonce where it has printed one.
fn signed(run: &Run<'_>) -> Result<()> {
    let key = run.signer("--key")?;
    let named = run.option("--key").unwrap();
    let owner = run.store.info(named)?.owner.unwrap_or_default();
    let action = run.action()?;
    let evaluation: Option<Evaluation> = run.policy().map(|policy| {
        let call = Call::of_action(&action, named);
        policy.evaluate(&call, run.now(), None)
    });
    if let Some(evaluation) = &evaluation
        && let Err(error) = evaluation.require_allowed()
    {
        let record = evaluation.violation(&action, named, run.now()).unwrap();
        if let Some(logged) = run.logged() {
            assert_eq!(text(&record), text(&canonical(&logged)));
        }
        return Err(error);
    }
    let expected = run.printed().or_else(|| run.logged());
    let attestation = evaluation.map(|evaluation| {
        let mut ours: Value = serde_json::from_slice(&evaluation.attestation().unwrap()).unwrap();
        // 0.10 gives no reason for what is allowed; 0.11 and we do.
        ours["reason"] = json!("");
        ours.to_string().into_bytes()
    });
    let receipt = sign(
        &key,
        &action,
        &Signer {
            name: named,
            owner: &owner,
        },
        &SignOptions {
            time: Some(run.now()),
            nonce: expected.as_ref().map(nonce),
            policy: attestation.as_deref(),
            ..SignOptions::default()
        },
    )?;
    let Some(expected) = expected else {
        return Ok(());
    };
    assert_eq!(text(receipt.json()), text(&canonical(&expected)));
    if run.is_given("--encrypt-params") {
        let logged = canonical(&run.logged().unwrap());
        let opened = ParamsKey::of(&key)?.open(&logged)?;
        assert_eq!(opened.json(), receipt.json());
    }
    Ok(())
}

/// Verifies what a run verifies.
fn verified(run: &Run<'_>, folder: &Path) -> Result<()> {
    let text = run.file_text("r.json").as_bytes();
    let nonce_file = run.option("--nonce-store").map(|file| folder.join(file));
    let by_key = run.option("--pubkey").map(|_| run.key("--pubkey"));
    if let (Some(key), None) = (&by_key, &nonce_file) {
        let receipt = Receipt::parse(text, Reading::Strict, &Limits::default())?;
        let trust = Trust {
            agents: &[key],
            servers: &[key],
            any_co_signed_agent: true,
            ..Trust::default()
        };
        return any_version::verify(&receipt, &trust, &Expectations::at(run.now())).map(|_| ());
    }
    let bundle = run
        .option("--trust-bundle")
        .map(|file| TrustBundle::parse(run.file_text(file).as_bytes(), Format::Json).unwrap());
    let mut options = VerifierOptions {
        trusted_servers: by_key.into_iter().collect(),
        trust_bundle: bundle,
        replay: ReplayStore::Off,
        ..VerifierOptions::default()
    };
    if by_key.is_some() {
        options.trusted_keys = vec![run.store.public_key("agent")?];
    }
    if let Some(path) = nonce_file {
        if let Some(before) = run.case["files"]["n.json"].as_str() {
            std::fs::write(&path, before).unwrap();
        }
        options.replay = ReplayStore::File {
            path,
            options: FileNoncesOptions::default(),
        };
    }
    let evidence = Evidence {
        receipt: text,
        ..Evidence::default()
    };
    let report = Verifier::new(options)?.check_receipt(&evidence, run.now());
    report.require_ok()
}

fn chain(text: &str) -> Result<Chain> {
    Chain::parse(text.as_bytes(), Reading::Strict, &Limits::default())
}

/// Does what a run does about delegations.
fn delegated(run: &Run<'_>) -> Result<()> {
    let args = run.case["args"].as_array().unwrap();
    let roots: Vec<PublicKey> = run
        .option("--trusted-roots")
        .map(|_| run.key("--trusted-roots"))
        .into_iter()
        .collect();
    let roots: Vec<&PublicKey> = roots.iter().collect();
    let trust = Trust {
        roots: &roots,
        ..Trust::default()
    };
    let expected = Expectations::at(run.now());
    match args[1].as_str().unwrap() {
        "create" => {
            let list = |option: &str| -> Vec<String> {
                let given = run.option(option).unwrap_or("*").split(',');
                let given = given.map(|name| name.trim().to_owned());
                given.filter(|name| !name.is_empty()).collect()
            };
            let depth = run.option("--max-depth").unwrap_or("0").parse().unwrap();
            let mut scope = Scope::new(list("--tools"), list("--targets"), depth)?;
            let printed = run.printed();
            if let Some(expires) = printed
                .as_ref()
                .and_then(|token| token["scope"]["expires"].as_str())
            {
                scope = scope.expiring(expires)?;
            }
            let parent = run
                .option("--parent-scope")
                .map(|file| Scope::parse(run.file_text(file).as_bytes()).unwrap());
            let token = delegation::sign(
                &run.signer("--from")?,
                &Grant {
                    delegator_name: run.option("--from").unwrap(),
                    delegator_principal: None,
                    delegate: &run.key("--to"),
                    delegate_name: run.option("--to-name").unwrap(),
                    delegate_principal: None,
                    scope: &scope,
                    parent: parent.as_ref(),
                },
                &GrantOptions {
                    time: Some(run.now()),
                    nonce: printed.as_ref().map(nonce),
                    ..GrantOptions::default()
                },
            )?;
            assert_eq!(text(token.json()), text(&canonical(&printed.unwrap())));
            Ok(())
        }
        "sign" => {
            let chain = chain(run.file_text("chain.json"))?;
            let printed = run.printed().unwrap();
            let receipt = sign_authorized(
                &run.signer("--key")?,
                &run.action()?,
                run.option("--key").unwrap(),
                &chain,
                &SignAuthorizedOptions {
                    time: Some(run.now()),
                    nonce: Some(nonce(&printed)),
                },
            )?;
            assert_eq!(text(receipt.json()), text(&canonical(&printed)));
            Ok(())
        }
        "verify" => {
            let text = run.file_text("t.json").as_bytes();
            let token = Delegation::parse(text, Reading::Strict, &Limits::default())?;
            any_version::verify_delegation(&token, &trust, &expected)
        }
        "verify-auth" => {
            let text = run.file_text("r.json").as_bytes();
            let receipt = Receipt::parse(text, Reading::Strict, &Limits::default())?;
            if receipt.version() != 4 {
                return Err(Error::new(
                    ErrorKind::ReceiptVersion,
                    "receipt",
                    "it rests on no delegation",
                ));
            }
            any_version::verify(&receipt, &trust, &expected).map(|_| ())
        }
        other => panic!("{other}"),
    }
}

fn is_of_the_shell(name: &str) -> bool {
    OF_THE_SHELL
        .iter()
        .any(|pattern| recorded::matches(pattern, name))
}

#[test]
fn every_recorded_run_goes_as_recorded_or_is_refused_for_a_reason() {
    let file = file("cli");
    let home_folder = tempfile::tempdir().unwrap();
    let store = home(&file, home_folder.path());
    let mut needed = vec![0; STRICTER.len()];
    let (mut accepted, mut refused) = (0, 0);
    for case in cases(&file) {
        let name = name(case);
        if is_of_the_shell(name) {
            continue;
        }
        let run = Run {
            case,
            file: &file,
            store: &store,
        };
        let folder = tempfile::tempdir().unwrap();
        let answer = match name.split('/').next().unwrap() {
            "sign" => signed(&run),
            "verify" => verified(&run, folder.path()),
            "delegate" => delegated(&run),
            other => panic!("{other}"),
        };
        let there = case["exit"] == 0;
        if let Some(at) = row(STRICTER, case) {
            assert!(there, "{name}");
            let kind = answer.map_err(|error| error.kind());
            assert_eq!(kind, Err(STRICTER[at].kind), "{name}");
            needed[at] += 1;
            continue;
        }
        let honest = HONEST.iter().any(|(case, _)| *case == name);
        assert_eq!(answer.is_ok(), there || honest, "{name}: {answer:?}");
        match there {
            true => accepted += 1,
            false => refused += 1,
        }
    }
    assert_needed(STRICTER, &needed);
    assert!(accepted >= 22 && refused >= 18, "{accepted} {refused}");
}

#[test]
fn the_compatibility_document_gives_every_reason() {
    assert_documented(STRICTER);
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/compatibility.md");
    let document = std::fs::read_to_string(path).unwrap();
    for (_, reason) in HONEST {
        assert!(document.contains(reason), "{reason}");
    }
}
