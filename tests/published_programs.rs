//! Our folders and bundles before the published programs themselves, and theirs
//! before us: what each accepts, what only they accept, and what they reject of
//! their own and we can read.

#[path = "support/published.rs"]
mod published;
#[path = "support/recorded_bundles.rs"]
mod recorded_bundles;
#[path = "support/signing.rs"]
mod signing;
#[path = "support/vectors.rs"]
mod vectors;

use std::fs;
use std::path::{Path, PathBuf};

use published::{Cli, Said, python};
use recorded_bundles::{recorded_receipt, recorded_trust, recorded_trust_text};
use serde_json::{Value, json};
use signet::authority::Format;
use signet::authority::trust::TrustBundle;
use signet::crypto::ed25519::PublicKey;
use signet::encoding::key_text;
use signet::encoding::rfc3339::Instant;
use signet::identity::{KeyPair, Keystore};
use signet::log::{
    BundleFindingKind, BundleOptions, BundleReport, BundleTrust, FindingKind, Log, LogOptions,
    ParamsKey, Query, SignaturePolicy, Verdict, VerifyOptions, verify_bundle, verify_folder,
};
use signet::receipt::{Action, ActionOptions, Receipt, SignOptions, Signer, sign};
use tempfile::TempDir;

const POLICY: &str = "version: 1\nname: p\ndefault_action: allow\nrules:\n  - id: no-rm\n    \
                      match: {tool: rm}\n    action: deny\n    reason: never\n";

/// A home folder with the identity `bot`, which the published tool has made.
struct Home {
    folder: TempDir,
    cli: Cli,
    bot: KeyPair,
}

impl Home {
    fn new() -> Option<Home> {
        let folder = tempfile::tempdir().unwrap();
        let cli = Cli::on(folder.path())?;
        cli.run("identity generate --name bot --unencrypted", &[])
            .accepted("");
        let bot = Keystore::open(folder.path()).unwrap();
        let bot = bot.load("bot", None).unwrap();
        fs::write(folder.path().join("policy.yaml"), POLICY).unwrap();
        let home = Home { folder, cli, bot };
        fs::write(home.path("trust.yaml"), home.trust()).unwrap();
        Some(home)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// What their `sign` appends to the log.
    fn they_sign(&self, tool: &str, more: &str) {
        let line = format!("sign --key bot --tool {tool} --params {{\"n\":1}} --target t {more}");
        self.cli.run(&line, &[]).accepted("");
    }

    /// What their `sign` appends when a policy denies the call.
    fn they_deny(&self) {
        let line = "sign --key bot --tool rm --params {} --target t --policy";
        self.cli
            .run(line, &[&self.path("policy.yaml")])
            .refused("no-rm");
    }

    fn log(&self) -> Log {
        Log::open(self.folder.path(), LogOptions::default()).unwrap()
    }

    fn receipt(&self, tool: &str) -> Receipt {
        let action = format!(r#"{{"tool":"{tool}","params":{{"n":1,"text":"é"}}}}"#);
        let action = Action::parse(action.as_bytes(), &ActionOptions::default()).unwrap();
        let signer = Signer {
            name: "bot",
            owner: "",
        };
        sign(&self.bot, &action, &signer, &SignOptions::default()).unwrap()
    }

    fn params_key(&self) -> ParamsKey {
        ParamsKey::of(&self.bot).unwrap()
    }

    /// A log of ours with six calls.
    fn our_calls(&self) -> Log {
        let log = self.log();
        for tool in ["read", "write", "read", "write", "read", "write"] {
            log.append(&self.receipt(tool)).unwrap();
        }
        log
    }

    /// A trust bundle in YAML that knows the identity.
    fn trust(&self) -> String {
        format!(
            "version: 1\nbundle_id: tb\norg: o\nenv: prod\ngenerated_at: 2026-01-01T00:00:00Z\n\
             agents:\n  - id: bot\n    name: bot\n    owner: o\n    pubkey: \"{}\"\n    \
             created_at: 2020-01-01T00:00:00Z\n    status: active\n",
            key_text::prefixed(self.bot.public_key())
        )
    }

    fn write(&self, log: &Log, name: &str, query: &Query<'_>, trust: Option<&str>) -> PathBuf {
        let folder = self.path(name);
        write_bundle(log, &folder, query, trust);
        folder
    }

    /// Their `audit --restore` of a folder, with these arguments.
    fn they_restore(&self, folder: &Path) -> Said {
        self.cli.run("audit --restore", &[folder])
    }

    /// Our verdict when the exporter, the agent and the params key are known.
    fn judged(&self, folder: &Path) -> BundleReport {
        let trust = TrustBundle::parse(self.trust().as_bytes(), Format::Yaml).unwrap();
        judged(folder, Some(&trust), &[&self.params_key()])
    }
}

fn exporter() -> KeyPair {
    KeyPair::from_seed(&[42; 32])
}

fn write_bundle(log: &Log, folder: &Path, query: &Query<'_>, trust: Option<&str>) {
    let options = BundleOptions {
        exporter: Some(&exporter()),
        exporter_name: "ops",
        generated_at: Instant::now(),
        host: None,
        trust_bundle: trust.map(|text| (text.as_bytes(), Format::of_text(text.as_bytes()))),
    };
    log.write_bundle(folder, query, &options).unwrap();
}

fn judged(folder: &Path, bundle: Option<&TrustBundle>, keys: &[&ParamsKey]) -> BundleReport {
    let exporter = *exporter().public_key();
    let trust = BundleTrust {
        exporters: &[&exporter],
        bundle,
        params_keys: keys,
    };
    verify_bundle(folder, &trust).unwrap()
}

fn has(report: &BundleReport, kind: BundleFindingKind) -> bool {
    report.findings.iter().any(|finding| finding.kind == kind)
}

/// Our verdict on an audit folder.
fn verified(home: &Path, trusted: &PublicKey, key: &ParamsKey) -> (Verdict, u64, u64) {
    let options = VerifyOptions {
        signatures: Some(SignaturePolicy {
            trusted: Some(&[trusted]),
            params_keys: &[key],
            ..SignaturePolicy::default()
        }),
        ..VerifyOptions::default()
    };
    let mut findings = Vec::new();
    let report = verify_folder(&home.join("audit"), &options, &mut findings).unwrap();
    (report.verdict, report.signatures_valid, report.unsigned)
}

#[test]
fn the_published_programs_accept_our_folder() {
    let Some(home) = Home::new() else { return };
    let log = home.our_calls();
    let sealed = home.params_key().seal(&home.receipt("pay")).unwrap();
    log.append_record(&sealed).unwrap();
    log.close().unwrap();
    home.cli
        .run("verify --chain", &[])
        .accepted("7 records verified");
    home.cli.run("audit", &[]).accepted("write");
    home.cli
        .run("audit --verify --trusted-agent-key bot", &[])
        .accepted("7/7 signatures valid");
    home.cli
        .run("audit --verify --trust-bundle", &[&home.path("trust.yaml")])
        .accepted("7/7 signatures valid");

    let folder = home.folder.path().to_str().unwrap();
    let program = "import sys, signet_auth as s\n\
                   chain = s.audit_verify_chain(sys.argv[1])\n\
                   said = s.audit_verify_signatures(sys.argv[1], tool='e', \
                   trusted_agent_keys=[sys.argv[2]])\n\
                   print(chain.valid, chain.total_records, said.valid, said.total)";
    let key = key_text::prefixed(home.bot.public_key());
    if let Some(said) = python(program, &[folder, &key]) {
        // The names with an "e": read and write.
        said.accepted("True 7 6 6");
    }
}

#[test]
fn both_append_to_one_folder_and_both_verify_it() {
    let Some(home) = Home::new() else { return };
    let log = home.log();
    for round in 0..3 {
        home.they_sign("read", "");
        log.append(&home.receipt("write")).unwrap();
        home.they_sign("pay", "--encrypt-params");
        assert_eq!(log.refresh().unwrap(), 3 * (round + 1));
    }
    log.close().unwrap();
    home.cli
        .run("verify --chain", &[])
        .accepted("9 records verified");
    home.cli
        .run("audit --verify --trusted-agent-key bot", &[])
        .accepted("9/9 signatures valid");
    let (verdict, valid, _) = verified(
        home.folder.path(),
        home.bot.public_key(),
        &home.params_key(),
    );
    assert_eq!((verdict, valid), (Verdict::Ok, 9));
}

#[test]
fn our_bundle_is_restored_by_the_published_cli() {
    let Some(home) = Home::new() else { return };
    let log = home.our_calls();
    let folder = home.write(&log, "whole", &Query::default(), None);
    home.they_restore(&folder).accepted("Bundle valid");
    let trust = home.path("trust.yaml");
    home.cli
        .run(
            "audit --trust-bundle",
            &[&trust, "--restore".as_ref(), &folder],
        )
        .accepted("6/6 verified");
    // The newest of them, which follow one another, are no less good.
    let newest = Query {
        limit: Some(2),
        ..Query::default()
    };
    let folder = home.write(&log, "newest", &newest, Some(&home.trust()));
    home.they_restore(&folder).accepted("2/2 verified");
    assert_eq!(home.judged(&folder).verdict, Verdict::Ok);
    // A changed byte is refused by both.
    let records = folder.join("records.jsonl");
    let text = fs::read_to_string(&records).unwrap();
    fs::write(&records, text.replacen("write", "wrote", 1)).unwrap();
    home.they_restore(&folder).refused("records.jsonl");
    assert_eq!(home.judged(&folder).verdict, Verdict::Tampered);
}

#[test]
fn a_bundle_of_the_published_cli_is_read_and_its_missing_signature_said() {
    let Some(home) = Home::new() else { return };
    for tool in ["read", "write", "read"] {
        home.they_sign(tool, "");
    }
    let folder = home.path("theirs");
    home.cli.run("audit --bundle", &[&folder]).accepted("");
    home.they_restore(&folder).accepted("Bundle valid");
    let report = home.judged(&folder);
    assert_eq!((report.records, report.signatures_valid), (3, 3));
    assert!(has(&report, BundleFindingKind::Unsigned));
    // Nothing else is wrong with it: the verdict is about the signature alone.
    assert_eq!(report.findings.len(), 1, "{:?}", report.findings);
    assert_eq!(report.verdict, Verdict::Unverifiable);
    let said = report.outcome().unwrap_err().to_string();
    assert!(said.contains("nobody has signed the manifest"), "{said}");
}

#[test]
fn a_cut_bundle_satisfies_the_published_cli_and_not_us_v4() {
    let Some(home) = Home::new() else { return };
    let log = home.our_calls();
    let folder = home.write(&log, "cut", &Query::default(), Some(&home.trust()));
    let records = folder.join("records.jsonl");
    let text = fs::read_to_string(&records).unwrap();
    let kept: Vec<&str> = text.lines().take(2).collect();
    let kept = kept.join("\n") + "\n";
    fs::write(&records, &kept).unwrap();
    let tip: Value = serde_json::from_str(kept.lines().last().unwrap()).unwrap();
    let path = folder.join("manifest.json");
    let mut manifest = vectors::json(&path);
    let hash = signet::crypto::digest::sha256(kept.as_bytes());
    manifest["records_sha256"] = json!(signet::encoding::hex::encode(&hash));
    manifest["record_count"] = json!(2);
    manifest["chain_tip_record_hash"] = tip["record_hash"].clone();
    manifest["host"] = json!("auditor-approved");
    manifest["generated_at"] = json!("2031-01-01T00:00:00Z");
    fs::write(&path, manifest.to_string()).unwrap();
    let said = home.they_restore(&folder);
    said.accepted("2/2 verified");
    said.accepted("auditor-approved");
    let report = home.judged(&folder);
    assert_eq!(report.verdict, Verdict::Tampered);
    assert!(has(&report, BundleFindingKind::ManifestSignature));
}

#[test]
fn an_untrusted_agent_behind_a_trusted_server_satisfies_the_published_cli_and_not_us_v5() {
    let Some(home) = Home::new() else { return };
    let log = home.log();
    let receipt = recorded_receipt(3).to_string();
    log.append_json(receipt.as_bytes()).unwrap();
    let nobody = |trust: &mut Value| trust["agents"] = json!([]);
    let folder = home.path("co-signed");
    write_bundle(
        &log,
        &folder,
        &Query::default(),
        Some(&recorded_trust_text(nobody)),
    );
    home.they_restore(&folder).accepted("1/1 verified");
    for given in [None, Some(&recorded_trust(nobody))] {
        let report = judged(&folder, given, &[]);
        assert_eq!(report.verdict, Verdict::Tampered, "{:?}", report.findings);
        let untrusted = BundleFindingKind::Record(FindingKind::SignerUntrusted);
        assert!(has(&report, untrusted));
        assert_eq!(report.signatures_valid, 0);
    }
}

#[test]
fn filtered_bundles_are_rejected_by_the_published_cli_and_judged_by_us_v18() {
    let Some(home) = Home::new() else { return };
    let log = home.our_calls();
    let theirs = home.path("theirs");
    home.cli
        .run("audit --tool write --bundle", &[&theirs])
        .accepted("");
    home.they_restore(&theirs).refused("chain break at line 2");
    let report = home.judged(&theirs);
    assert_eq!((report.verdict, report.gaps), (Verdict::Unverifiable, 2));
    assert!(has(&report, BundleFindingKind::Unsigned));
    assert_eq!(report.signatures_valid, 3);
    // In ours the exporter has signed how many gaps there are.
    let query = Query {
        tool: Some("write"),
        ..Query::default()
    };
    let ours = home.write(&log, "ours", &query, Some(&home.trust()));
    home.they_restore(&ours).refused("chain break at line 2");
    let report = home.judged(&ours);
    assert_eq!(report.verdict, Verdict::Ok, "{:?}", report.findings);
    assert_eq!((report.records, report.gaps), (3, 2));
    assert!(!report.is_whole_log());
}

#[test]
fn a_yaml_trust_bundle_survives_the_journey_v19() {
    let Some(home) = Home::new() else { return };
    let log = home.our_calls();
    let theirs = home.path("theirs");
    let trust = home.path("trust.yaml");
    home.cli
        .run(
            "audit --include-trust-bundle",
            &[&trust, "--bundle".as_ref(), &theirs],
        )
        .accepted("");
    home.they_restore(&theirs).refused("trust");
    // We read it where they put it, and hold the records to it.
    let report = judged(&theirs, None, &[]);
    assert_eq!(report.signatures_valid, 6, "{:?}", report.findings);
    assert_eq!(report.verdict, Verdict::Unverifiable);
    assert!(has(&report, BundleFindingKind::SelfVouched));
    // Ours travels as JSON, which they read.
    let ours = home.write(&log, "ours", &Query::default(), Some(&home.trust()));
    home.they_restore(&ours).accepted("6/6 verified");
    let report = judged(&ours, None, &[]);
    assert_eq!(report.verdict, Verdict::Ok, "{:?}", report.findings);
}

#[test]
fn encrypted_params_in_a_bundle_verify_for_who_has_the_key_v20() {
    let Some(home) = Home::new() else { return };
    home.they_sign("read", "");
    home.they_sign("pay", "--encrypt-params");
    let theirs = home.path("theirs");
    home.cli.run("audit --bundle", &[&theirs]).accepted("");
    let trust = home.path("trust.yaml");
    let restored = |folder: &Path| {
        let paths = [&trust, Path::new("--restore"), folder];
        home.cli.run("audit --trust-bundle", &paths)
    };
    restored(&theirs).refused("missing field `params`");
    let report = home.judged(&theirs);
    assert_eq!(report.signatures_valid, 2, "{:?}", report.findings);
    assert_eq!(report.findings.len(), 1);
    assert!(has(&report, BundleFindingKind::Unsigned));

    let ours = home.write(&home.log(), "ours", &Query::default(), None);
    restored(&ours).refused("missing field `params`");
    let report = home.judged(&ours);
    assert_eq!(report.verdict, Verdict::Ok, "{:?}", report.findings);
    // Without the key it is not called fine, and not called forged.
    let trust = TrustBundle::parse(home.trust().as_bytes(), Format::Yaml).unwrap();
    let report = judged(&ours, Some(&trust), &[]);
    assert_eq!(report.verdict, Verdict::Unverifiable);
    assert_eq!((report.signatures_valid, report.unverifiable), (1, 1));
}

#[test]
fn after_a_denial_only_the_published_verification_fails_d13() {
    let Some(home) = Home::new() else { return };
    home.they_sign("read", "");
    home.they_deny();
    let log = home.log();
    log.append(&home.receipt("write")).unwrap();
    home.cli
        .run("verify --chain", &[])
        .accepted("3 records verified");
    home.cli
        .run("audit --verify --trusted-agent-key bot", &[])
        .refused("missing signer.pubkey");
    let judged = verified(
        home.folder.path(),
        home.bot.public_key(),
        &home.params_key(),
    );
    assert_eq!(judged, (Verdict::Ok, 2, 1));

    let theirs = home.path("theirs");
    home.cli.run("audit --bundle", &[&theirs]).accepted("");
    let ours = home.write(&log, "ours", &Query::default(), None);
    let trust = home.path("trust.yaml");
    for folder in [&theirs, &ours] {
        let paths = [&trust, Path::new("--restore"), folder];
        home.cli.run("audit --trust-bundle", &paths).refused("");
        let report = home.judged(folder);
        assert_eq!((report.signatures_valid, report.unsigned), (2, 1));
        assert_eq!(report.signatures_failed, 0);
    }
    assert_eq!(home.judged(&ours).verdict, Verdict::Ok);
}

/// Whatever is chosen from a log with every kind of record of two programs: what we
/// write verifies, every time.
#[test]
fn filters_encryption_denials_and_yaml_together_always_round_trip() {
    let Some(home) = Home::new() else { return };
    let log = home.log();
    for _ in 0..3 {
        home.they_sign("read", "");
        home.they_sign("pay", "--encrypt-params");
        home.they_deny();
        log.append(&home.receipt("write")).unwrap();
        let sealed = home.params_key().seal(&home.receipt("pay")).unwrap();
        log.append_record(&sealed).unwrap();
    }
    let all = Query::default();
    let queries = [
        all,
        Query {
            tool: Some("pay"),
            ..all
        },
        Query {
            tool: Some("r"),
            ..all
        },
        Query {
            signer: Some("bot"),
            ..all
        },
        Query {
            decision: Some("deny"),
            ..all
        },
        Query {
            limit: Some(4),
            newest_first: true,
            ..all
        },
    ];
    let mut written = 0;
    for (number, query) in queries.iter().enumerate() {
        for trust in [None, Some(home.trust())] {
            let name = format!("bundle-{number}-{}", trust.is_some());
            let folder = home.write(&log, &name, query, trust.as_deref());
            let report = home.judged(&folder);
            assert_eq!(report.verdict, Verdict::Ok, "{name}: {:?}", report.findings);
            assert_eq!(report.signatures_failed + report.unverifiable, 0, "{name}");
            assert_eq!(report.signatures_valid + report.unsigned, report.records);
            if trust.is_some() {
                let report = judged(&folder, None, &[&home.params_key()]);
                assert_eq!(report.verdict, Verdict::Ok, "{name}: {:?}", report.findings);
            }
            written += 1;
        }
    }
    assert_eq!(written, 12);
}
