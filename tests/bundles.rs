//! Evidence bundles: what is handed over verifies, and nothing that was left
//! out, exchanged or vouched for by nobody is called fine.

#[path = "support/recorded_bundles.rs"]
mod recorded_bundles;
#[path = "support/signing.rs"]
mod signing;
#[path = "support/vectors.rs"]
mod vectors;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use recorded_bundles::{recorded, recorded_receipt, recorded_trust};
use serde_json::{Value, json};
use signet::authority::Format;
use signet::authority::trust::TrustBundle;
use signet::encoding::key_text;
use signet::encoding::rfc3339::Instant;
use signet::error::ErrorKind;
use signet::identity::KeyPair;
use signet::log::{
    BundleFindingKind, BundleOptions, BundleReport, BundleTrust, Clock, FindingKind, Log,
    LogOptions, ParamsKey, Query, TrustSource, Verdict, verify_bundle,
};
use signing::{agent, signed, stranger};
use tempfile::TempDir;

const DENIAL: &[u8] = br#"{"type":"policy_violation","agent":"deploy-bot","action":{"tool":"rm","params_hash":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","target":""},"policy":"p","policy_hash":"sha256:00","matched_rules":[],"decision":"deny","reason":"no","ts":"2026-06-15T12:00:01.000Z"}"#;

#[derive(Debug)]
struct OnTheDay;

impl Clock for OnTheDay {
    fn now(&self) -> Instant {
        signing::clock()
    }

    fn pause(&self, _: u64) {}
}

fn exporter() -> KeyPair {
    KeyPair::from_seed(&[42; 32])
}

/// A trust bundle in YAML that knows the agent.
fn trusting(entry: &str) -> String {
    format!(
        "version: 1\nbundle_id: tb\norg: o\nenv: prod\ngenerated_at: 2026-07-01T00:00:00Z\n\
         agents:\n  - id: a\n    name: deploy-bot\n    owner: o\n    pubkey: \"{}\"\n    \
         created_at: 2026-01-01T00:00:00Z\n    {entry}\n",
        key_text::prefixed(agent().public_key())
    )
}

fn parsed(yaml: &str) -> TrustBundle {
    TrustBundle::parse(yaml.as_bytes(), Format::Yaml).unwrap()
}

/// A log with six calls, a denial and a call with sealed params.
fn log() -> (TempDir, Log) {
    let home = tempfile::tempdir().unwrap();
    let options = LogOptions {
        clock: Arc::new(OnTheDay),
        ..LogOptions::default()
    };
    let log = Log::open(home.path(), options).unwrap();
    for tool in ["read", "write", "read", "write", "read", "write"] {
        log.append(&signed(&format!(r#"{{"tool":"{tool}"}}"#)))
            .unwrap();
    }
    log.append_json(DENIAL).unwrap();
    let key = ParamsKey::of(&agent()).unwrap();
    let secret = signed(r#"{"tool":"pay","params":{"pin":"4711"}}"#);
    log.append_record(&key.seal(&secret).unwrap()).unwrap();
    (home, log)
}

struct Made {
    home: TempDir,
    folder: PathBuf,
}

fn made(query: &Query<'_>, trust: Option<&str>) -> Made {
    let (home, log) = log();
    let folder = home.path().join("evidence");
    let exporter = exporter();
    let options = BundleOptions {
        exporter: Some(&exporter),
        exporter_name: "ops",
        generated_at: signing::clock(),
        host: Some("h1"),
        trust_bundle: trust.map(|text| (text.as_bytes(), Format::Yaml)),
    };
    log.write_bundle(&folder, query, &options).unwrap();
    Made { home, folder }
}

fn judged(folder: &Path, bundle: Option<&TrustBundle>) -> BundleReport {
    let key = ParamsKey::of(&agent()).unwrap();
    let exporter = *exporter().public_key();
    verify_bundle(
        folder,
        &BundleTrust {
            exporters: &[&exporter],
            bundle,
            params_keys: &[&key],
        },
    )
    .unwrap()
}

fn has(report: &BundleReport, kind: BundleFindingKind) -> bool {
    report.findings.iter().any(|finding| finding.kind == kind)
}

fn edit(path: &Path, change: impl FnOnce(&mut Value)) {
    let mut value: Value = vectors::json(path);
    change(&mut value);
    fs::write(path, value.to_string()).unwrap();
}

#[test]
fn a_whole_log_restores_denials_and_sealed_params_included_d13_v20() {
    let bundle = made(&Query::default(), None);
    let trust = parsed(&trusting("status: active"));
    let report = judged(&bundle.folder, Some(&trust));
    assert_eq!(report.verdict, Verdict::Ok, "{:?}", report.findings);
    report.outcome().unwrap();
    assert_eq!(
        (report.records, report.signatures_valid, report.unsigned),
        (8, 7, 1)
    );
    assert_eq!(report.trust, TrustSource::Given);
    assert_eq!(report.exporter, Some(*exporter().public_key()));
    assert!(report.manifest.statement.as_ref().unwrap().is_whole_log());
    // Without the key that opens the params one record cannot be judged.
    let exporter = *exporter().public_key();
    let without = BundleTrust {
        exporters: &[&exporter],
        bundle: Some(&trust),
        params_keys: &[],
    };
    let report = verify_bundle(&bundle.folder, &without).unwrap();
    assert_eq!(
        (report.verdict, report.unverifiable),
        (Verdict::Unverifiable, 1)
    );
    let kind = report.outcome().unwrap_err().kind();
    assert_eq!(kind, ErrorKind::BundleUnverifiable);
    // Nobody else can read it.
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&bundle.folder), 0o700);
    for entry in fs::read_dir(&bundle.folder).unwrap() {
        assert_eq!(mode(&entry.unwrap().path()), 0o600);
    }
}

#[test]
fn dropping_records_and_rewriting_the_manifest_needs_a_key_v4() {
    let bundle = made(&Query::default(), None);
    let trust = parsed(&trusting("status: active"));
    let records = bundle.folder.join("records.jsonl");
    let text = fs::read_to_string(&records).unwrap();
    let kept: Vec<&str> = text.lines().take(2).collect();
    let kept = kept.join("\n") + "\n";
    fs::write(&records, &kept).unwrap();
    fs::remove_file(bundle.folder.join("hash-summary.txt")).unwrap();
    let tip: Value = serde_json::from_str(kept.lines().last().unwrap()).unwrap();
    let manifest = bundle.folder.join("manifest.json");
    edit(&manifest, |manifest| {
        let hash = signet::crypto::digest::sha256(kept.as_bytes());
        manifest["records_sha256"] = json!(signet::encoding::hex::encode(&hash));
        manifest["record_count"] = json!(2);
        manifest["chain_tip_record_hash"] = tip["record_hash"].clone();
        manifest["latest_ts"] = manifest["earliest_ts"].clone();
        manifest["host"] = json!("auditor-approved");
        manifest["generated_at"] = json!("2031-01-01T00:00:00Z");
    });
    let report = judged(&bundle.folder, Some(&trust));
    assert!(has(&report, BundleFindingKind::ManifestSignature));
    assert_eq!(
        report.outcome().unwrap_err().kind(),
        ErrorKind::BundleTampered
    );
    // Taking the signature away does not help, wholly or in part.
    edit(&manifest, |manifest| {
        manifest.as_object_mut().unwrap().remove("signature");
    });
    assert_eq!(
        judged(&bundle.folder, Some(&trust)).verdict,
        Verdict::Tampered
    );
    edit(&manifest, |manifest| {
        manifest.as_object_mut().unwrap().remove("evidence");
    });
    let report = judged(&bundle.folder, Some(&trust));
    assert!(has(&report, BundleFindingKind::Unsigned));
    assert_eq!(
        report.outcome().unwrap_err().kind(),
        ErrorKind::BundleUnverifiable
    );
}

#[test]
fn every_signed_member_is_covered() {
    let bundle = made(&Query::default(), Some(&trusting("status: active")));
    let manifest = bundle.folder.join("manifest.json");
    let genuine = fs::read(&manifest).unwrap();
    assert_eq!(judged(&bundle.folder, None).verdict, Verdict::Ok);
    let names: Vec<String> = vectors::json(&manifest)
        .as_object()
        .unwrap()
        .keys()
        .cloned()
        .collect();
    assert_eq!(names.len(), 13);
    for name in names.iter().filter(|name| *name != "format_version") {
        edit(&manifest, |manifest| {
            manifest[name] = match &manifest[name] {
                Value::Bool(claimed) => json!(!claimed),
                Value::Number(_) => json!(7),
                Value::Object(object) => {
                    let mut object = object.clone();
                    object["log_record_count"] = json!(99);
                    Value::Object(object)
                }
                Value::String(text) if name == "signature" => {
                    json!(text.replacen("ed25519:", "ed25519:A", 1))
                }
                _ => json!("other"),
            };
        });
        let report = judged(&bundle.folder, None);
        assert_eq!(report.verdict, Verdict::Tampered, "{name}");
        assert!(has(&report, BundleFindingKind::ManifestSignature), "{name}");
        fs::write(&manifest, &genuine).unwrap();
    }
    edit(&manifest, |manifest| manifest["claim"] = json!("approved"));
    assert_eq!(judged(&bundle.folder, None).verdict, Verdict::Tampered);
}

#[test]
fn a_filtered_bundle_restores_and_says_what_is_missing_v18() {
    let query = Query {
        tool: Some("write"),
        ..Query::default()
    };
    let bundle = made(&query, None);
    let trust = parsed(&trusting("status: active"));
    let report = judged(&bundle.folder, Some(&trust));
    assert_eq!(report.verdict, Verdict::Ok, "{:?}", report.findings);
    assert_eq!((report.records, report.gaps), (3, 2));
    assert!(has(&report, BundleFindingKind::Gap));
    let statement = report.manifest.statement.as_ref().unwrap();
    assert!(!statement.is_whole_log());
    assert_eq!((statement.first_index, statement.last_index), (1, 5));
    assert_eq!((statement.gaps, statement.log_record_count), (2, 8));
    // One more gap than the exporter has signed.
    let records = bundle.folder.join("records.jsonl");
    let text = fs::read_to_string(&records).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    fs::write(&records, format!("{}\n{}\n", lines[0], lines[2])).unwrap();
    assert_eq!(
        judged(&bundle.folder, Some(&trust)).verdict,
        Verdict::Tampered
    );
    // The newest records only are no gap.
    let newest = Query {
        limit: Some(2),
        ..Query::default()
    };
    let report = judged(&made(&newest, None).folder, Some(&trust));
    assert_eq!(
        (report.verdict, report.records, report.gaps),
        (Verdict::Ok, 2, 0)
    );
}

#[test]
fn a_trust_bundle_in_yaml_travels_as_json_v19() {
    let yaml = trusting("status: active");
    let bundle = made(&Query::default(), Some(&yaml));
    let path = bundle.folder.join("trust-bundle.json");
    // The published Signet reads it.
    signet_core::load_trust_bundle(&path).unwrap();
    let report = judged(&bundle.folder, None);
    assert_eq!(report.verdict, Verdict::Ok, "{:?}", report.findings);
    assert_eq!(report.trust, TrustSource::Embedded);
    // It is worth what the exporter is worth.
    let report = verify_bundle(&bundle.folder, &BundleTrust::default()).unwrap();
    assert_eq!(report.verdict, Verdict::Unverifiable);
    assert!(has(&report, BundleFindingKind::SelfVouched));
    let stranger = *stranger().public_key();
    let trust = BundleTrust {
        exporters: &[&stranger],
        ..BundleTrust::default()
    };
    let report = verify_bundle(&bundle.folder, &trust).unwrap();
    assert!(has(&report, BundleFindingKind::ExporterUntrusted));
    assert!(report.outcome().is_err());
    // And it cannot be exchanged.
    let other = TrustBundle::to_json(yaml.replace("org: o", "org: p").as_bytes(), Format::Yaml);
    fs::write(&path, other.unwrap()).unwrap();
    assert_eq!(judged(&bundle.folder, None).verdict, Verdict::Tampered);
}

#[test]
fn keys_are_judged_as_of_the_time_of_the_record_v17() {
    let bundle = made(&Query::default(), None);
    for (entry, verdict) in [
        ("status: active", Verdict::Ok),
        (
            "status: revoked\n    revoked_at: 2026-06-20T00:00:00Z",
            Verdict::Ok,
        ),
        (
            "status: disabled\n    disabled_at: 2026-06-20T00:00:00Z",
            Verdict::Ok,
        ),
        (
            "status: revoked\n    revoked_at: 2026-06-10T00:00:00Z",
            Verdict::Tampered,
        ),
        (
            "status: disabled\n    disabled_at: 2026-06-10T00:00:00Z",
            Verdict::Tampered,
        ),
        (
            "status: active\n    expires_at: 2026-06-20T00:00:00Z",
            Verdict::Ok,
        ),
        (
            "status: active\n    expires_at: 2026-06-10T00:00:00Z",
            Verdict::Tampered,
        ),
    ] {
        let report = judged(&bundle.folder, Some(&parsed(&trusting(entry))));
        assert_eq!(report.verdict, verdict, "{entry}");
    }
}

/// Records of the other versions, appended to a log and exported.
fn bundle_of(receipts: &[Value]) -> Made {
    let home = tempfile::tempdir().unwrap();
    let log = Log::open(home.path(), LogOptions::default()).unwrap();
    for receipt in receipts {
        log.append_json(receipt.to_string().as_bytes()).unwrap();
    }
    let folder = home.path().join("evidence");
    let exporter = exporter();
    let options = BundleOptions {
        exporter: Some(&exporter),
        exporter_name: "ops",
        generated_at: signing::clock(),
        host: None,
        trust_bundle: None,
    };
    log.write_bundle(&folder, &Query::default(), &options)
        .unwrap();
    Made { home, folder }
}

#[test]
fn the_agent_of_a_co_signed_receipt_is_looked_up_too_v5() {
    let bundle = bundle_of(&[recorded_receipt(3)]);
    for section in ["agents", "servers"] {
        let trust = recorded_trust(|trust| trust[section] = json!([]));
        let report = judged(&bundle.folder, Some(&trust));
        let untrusted = BundleFindingKind::Record(FindingKind::SignerUntrusted);
        assert!(has(&report, untrusted), "{section}: {:?}", report.findings);
        assert_eq!(report.verdict, Verdict::Tampered);
    }
}

#[test]
fn a_delegated_action_is_not_fine_on_the_agents_key_v6() {
    let genuine = recorded_receipt(4);
    let bundle = bundle_of(std::slice::from_ref(&genuine));
    let trust = recorded_trust(|trust| trust["roots"] = json!([]));
    let report = judged(&bundle.folder, Some(&trust));
    assert_eq!(report.verdict, Verdict::Tampered);
    // A rogue root under the name of the trusted one.
    let mut rogue = genuine;
    rogue["authorization"]["chain"][0]["delegator"]["pubkey"] =
        json!(key_text::prefixed(stranger().public_key()));
    let report = judged(&bundle_of(&[rogue]).folder, Some(&recorded_trust(|_| {})));
    assert_ne!(report.verdict, Verdict::Ok);
    assert_eq!(report.signatures_valid, 0);
}

fn unpacked(files: &Value) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files.as_object().unwrap() {
        fs::write(folder.path().join(name), content.as_str().unwrap()).unwrap();
    }
    folder
}

/// What we say of the bundles that the published Signet was given, and why.
/// Nothing there is signed, so the best verdict is that it cannot be judged.
#[test]
fn recorded_bundles_are_judged_more_strictly_and_for_a_reason() {
    use BundleFindingKind::{Mismatch, Record, SelfVouched, Unsigned};
    let expected = |name: &str| match name {
        "restore/records-edited"
        | "restore/empty-records"
        | "restore/count-wrong"
        | "restore/tip-wrong"
        | "restore/sha-upper"
        // The published Signet does not look at these.
        | "restore/start-wrong"
        | "restore/times-wrong"
        | "restore/hash-summary-edited"
        | "restore/blank-lines-added"
        // Cut without redoing what the published Signet does not look at.
        | "restore/tail-cut-manifest-rewritten"
        | "restore/head-cut-manifest-rewritten"
        | "restore/middle-cut-manifest-rewritten" => (Verdict::Tampered, Mismatch),
        "restore/records-edited-sha-fixed" => {
            (Verdict::Tampered, Record(FindingKind::HashMismatch))
        }
        "restore/untrusted-agent" | "restore/embedded-trust-overridden" => {
            (Verdict::Tampered, Record(FindingKind::SignerUntrusted))
        }
        "restore/rewritten-history" | "restore/rewritten-history-with-trust-bundle" => {
            (Verdict::Tampered, Record(FindingKind::SignatureInvalid))
        }
        "restore/wholly-forged-with-own-trust-bundle" => (Verdict::Tampered, SelfVouched),
        _ => (Verdict::Unverifiable, Unsigned),
    };
    let refused = |name: &str| match name {
        "restore/format-2" => Some(ErrorKind::Unsupported),
        "restore/format-string"
        | "restore/manifest-missing-host"
        | "restore/no-manifest"
        | "restore/no-records"
        | "restore/claims-trust-bundle-but-missing" => Some(ErrorKind::BundleInvalid),
        _ => None,
    };
    let file = vectors::json(&vectors::own("prismer/bundles.json"));
    let exporter = *exporter().public_key();
    let mut seen = 0;
    for case in file["cases"].as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        if !name.starts_with("restore/") {
            continue;
        }
        seen += 1;
        let folder = unpacked(&case["bundle"]);
        let given = case
            .get("trust_bundle")
            .and_then(Value::as_str)
            .map(|text| {
                TrustBundle::parse(text.as_bytes(), Format::of_text(text.as_bytes())).unwrap()
            });
        let trust = BundleTrust {
            exporters: &[&exporter],
            bundle: given.as_ref(),
            params_keys: &[],
        };
        let report = verify_bundle(folder.path(), &trust);
        if let Some(kind) = refused(name) {
            assert_eq!(report.unwrap_err().kind(), kind, "{name}");
            continue;
        }
        let report = report.unwrap();
        let (verdict, kind) = expected(name);
        assert_eq!(report.verdict, verdict, "{name}: {:?}", report.findings);
        assert!(has(&report, kind), "{name}: {:?}", report.findings);
        assert!(has(&report, Unsigned), "{name}");
        // Stricter than the published Signet, never laxer.
        assert!(report.outcome().is_err());
        let published = case["cli"]["exit"].as_i64().unwrap();
        if published == 0 && kind == Unsigned {
            assert_eq!(report.signatures_failed, 0, "{name}");
        }
    }
    assert_eq!(seen, 30);
}

#[test]
fn bundles_that_the_published_signet_built_and_rejects_itself_are_read_v18_v19_v20() {
    let trust = recorded_trust(|_| {});
    for (name, has_gaps) in [
        ("build/full", false),
        ("build/with-trust-bundle", false),
        ("build/last-two", false),
        ("build/tool-filter-not-contiguous", true),
        ("build/mixed-kinds", false),
        ("build/yaml-trust-bundle", false),
    ] {
        let folder = unpacked(&recorded(name)["bundle"]);
        for given in [None, Some(&trust)] {
            let options = BundleTrust {
                bundle: given,
                ..BundleTrust::default()
            };
            let report = verify_bundle(folder.path(), &options).unwrap();
            assert!(has(&report, BundleFindingKind::Unsigned), "{name}");
            assert_eq!(report.gaps > 0, has_gaps, "{name}");
            // The YAML one is read, and knows nobody.
            let knows_nobody = name == "build/yaml-trust-bundle" && given.is_none();
            let (verdict, untrusted) = match knows_nobody {
                true => (Verdict::Tampered, report.records),
                false => (Verdict::Unverifiable, 0),
            };
            assert_eq!(report.verdict, verdict, "{name}: {:?}", report.findings);
            assert_eq!(report.signatures_failed, untrusted, "{name}");
        }
    }
}

/// The published restore, step by step as its format is documented.
fn published_accepts(folder: &Path) -> bool {
    let manifest = vectors::json(&folder.join("manifest.json"));
    let text = |name: &str| manifest[name].as_str().unwrap().to_owned();
    for name in ["producer", "generated_at", "host", "chain_start_prev_hash"] {
        text(name);
    }
    let records = fs::read(folder.join("records.jsonl")).unwrap();
    let hash = signet::encoding::hex::encode(&signet::crypto::digest::sha256(&records));
    let mut tip: Option<String> = None;
    let mut count = 0;
    for line in std::str::from_utf8(&records).unwrap().lines() {
        let record: Value = serde_json::from_str(line).unwrap();
        let (previous, stated) = (&record["prev_hash"], &record["record_hash"]);
        let computed =
            signet_core::audit::compute_record_hash(&record["receipt"], previous.as_str().unwrap());
        if tip.is_some_and(|tip| previous != &json!(tip)) || &json!(computed.unwrap()) != stated {
            return false;
        }
        tip = Some(stated.as_str().unwrap().to_owned());
        count += 1;
    }
    manifest["format_version"] == 1
        && hash == text("records_sha256")
        && tip == Some(text("chain_tip_record_hash"))
        && manifest["record_count"] == count
        && manifest["has_trust_bundle"] == folder.join("trust-bundle.json").exists()
}

#[test]
fn the_published_signet_accepts_our_bundles_without_gaps() {
    let bundle = made(&Query::default(), Some(&trusting("status: active")));
    assert!(published_accepts(&bundle.folder));
    // The step by step agrees with what was recorded of the program itself.
    assert!(published_accepts(
        unpacked(&recorded("restore/untouched")["bundle"]).path()
    ));
    assert!(published_accepts(
        unpacked(&recorded("restore/manifest-extra-field")["bundle"]).path()
    ));
    assert!(!published_accepts(
        unpacked(&recorded("restore/tip-wrong")["bundle"]).path()
    ));
    let summary = fs::read_to_string(bundle.folder.join("hash-summary.txt")).unwrap();
    assert_eq!(summary.lines().count(), 7);
}

#[test]
fn the_report_as_json_says_what_the_report_says() {
    let bundle = made(&Query::default(), Some(&trusting("status: active")));
    let report = judged(&bundle.folder, None);
    let said: Value = serde_json::from_slice(&report.to_json()).unwrap();
    assert_eq!(
        said["exporter"],
        key_text::prefixed(exporter().public_key())
    );
    assert_eq!(
        (&said["verdict"], &said["trust"]),
        (&json!("OK"), &json!("embedded"))
    );
    assert_eq!(
        (&said["records"], &said["unsigned"]),
        (&json!(8), &json!(1))
    );
    assert_eq!(said["signatures_valid"], 7);
    assert_eq!(said["whole_log"], true);
    // The manifest is that of the file, but for its signature.
    let mut file = vectors::json(&bundle.folder.join("manifest.json"));
    file.as_object_mut().unwrap().remove("signature");
    assert_eq!(said["manifest"], file);
    // Findings come with their lines, and what nobody vouches for is not named.
    let records = bundle.folder.join("records.jsonl");
    let text = fs::read_to_string(&records).unwrap();
    fs::write(&records, text.replacen("\"write\"", "\"wrong\"", 1)).unwrap();
    let report = verify_bundle(&bundle.folder, &BundleTrust::default()).unwrap();
    let said: Value = serde_json::from_slice(&report.to_json()).unwrap();
    assert!(said.get("exporter").is_none());
    assert_eq!(said["whole_log"], false);
    let findings = said["findings"].as_array().unwrap();
    assert_eq!(said["findings_count"], findings.len());
    let kinds: Vec<_> = findings
        .iter()
        .map(|finding| (finding["kind"].as_str().unwrap(), finding["line"].as_u64()))
        .collect();
    assert!(kinds.contains(&("HASH_MISMATCH", Some(2))), "{kinds:?}");
    assert!(kinds.contains(&("SELF_VOUCHED", None)), "{kinds:?}");
    assert!(kinds.contains(&("MISMATCH", None)), "{kinds:?}");
}

#[test]
fn a_bundle_is_there_whole_or_not_at_all() {
    let bundle = made(&Query::default(), None);
    let left: Vec<_> = fs::read_dir(bundle.home.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert!(
        left.iter()
            .all(|name| !name.to_string_lossy().ends_with(".part")),
        "{left:?}"
    );
    let (home, log) = log();
    let exporter = exporter();
    let options = BundleOptions {
        exporter: Some(&exporter),
        exporter_name: "",
        generated_at: signing::clock(),
        host: None,
        trust_bundle: None,
    };
    let refused = |folder: &Path, query: &Query<'_>, options: &BundleOptions<'_>| {
        log.write_bundle(folder, query, options).unwrap_err().kind()
    };
    let all = Query::default();
    assert_eq!(
        refused(&bundle.folder, &all, &options),
        ErrorKind::InvalidArgument
    );
    let nothing = Query {
        tool: Some("nobody calls this"),
        ..all
    };
    let folder = home.path().join("new");
    assert_eq!(
        refused(&folder, &nothing, &options),
        ErrorKind::RecordNotFound
    );
    let bad = BundleOptions {
        trust_bundle: Some((b"{}", Format::Json)),
        ..options
    };
    assert_eq!(refused(&folder, &all, &bad), ErrorKind::TrustBundleInvalid);
    assert!(!folder.exists());
    fs::create_dir(&folder).unwrap();
    log.write_bundle(&folder, &all, &options).unwrap();
    assert!(folder.join("manifest.json").exists());
}
