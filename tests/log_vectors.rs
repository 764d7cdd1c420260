//! The audit folders that the published Signet wrote, and those that were then
//! altered: our verdict is its verdict, or a stricter one for a reason that the
//! documentation gives. And what its filters find, ours find.

#[path = "support/memory_disk.rs"]
mod memory_disk;
#[path = "support/recorded.rs"]
mod recorded;

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::Arc;

use memory_disk::MemoryDisk;
use recorded::{Deviation, assert_documented, assert_needed, cases, file, key, name, row};
use serde_json::Value;
use signet::ErrorKind;
use signet::crypto::ed25519::PublicKey;
use signet::encoding::rfc3339::Instant;
use signet::identity::KeyPair;
use signet::log::{
    Anchoring, Finding, FindingKind, Log, LogOptions, ParamsKey, Query, Report, SignaturePolicy,
    Verdict, VerifyOptions, verify_disk,
};

/// The files of a case on a disk.
fn disk_of(case: &Value) -> MemoryDisk {
    let disk = MemoryDisk::default();
    for (name, content) in case["files"].as_object().unwrap() {
        disk.write(name, content.as_str().unwrap().as_bytes());
    }
    disk
}

fn judged(disk: &MemoryDisk, signatures: Option<SignaturePolicy<'_>>) -> (Report, Vec<Finding>) {
    let mut findings = Vec::new();
    let options = VerifyOptions {
        signatures,
        threads: 2,
        ..VerifyOptions::default()
    };
    let report = verify_disk(disk, &options, &mut findings).unwrap();
    (report, findings)
}

/// Where the chain is judged more strictly.
const CHAIN: &[Deviation] = &[Deviation {
    cases: &["one-day/no-final-newline"],
    kind: ErrorKind::LogTorn,
    always: true,
    reason: "A last line without its line feed was cut by a crash.",
}];

#[test]
fn chains_are_judged_as_recorded_or_more_strictly() {
    let file = file("audit_logs");
    let mut needed = vec![0; CHAIN.len()];
    let (mut fine, mut broken) = (0, 0);
    for case in cases(&file)
        .iter()
        .filter(|case| case.get("expect").is_some())
    {
        let recorded = &case["expect"]["verify_chain"];
        let intact = recorded["value"]["valid"] == true;
        let (report, findings) = judged(&disk_of(case), None);
        let ok = report.verdict == Verdict::Ok;
        if let Some(row) = row(CHAIN, case) {
            assert!(intact && !ok, "{}", name(case));
            let refused = report.verdict.outcome(None).unwrap_err();
            assert_eq!(refused.kind(), CHAIN[row].kind);
            needed[row] += 1;
            continue;
        }
        assert_eq!(ok, intact, "{} {findings:?}", name(case));
        // Nothing vouches for any of them.
        assert_eq!(report.anchoring(), Anchoring::Unanchored);
        if ok {
            assert_eq!(report.records, recorded["value"]["total_records"]);
            fine += 1;
            continue;
        }
        broken += 1;
        // They stop at the first break, and so does its place agree.
        let first = findings
            .iter()
            .find(|finding| finding.kind.verdict() != Verdict::Ok)
            .unwrap();
        if let Some(place) = recorded["value"]["break_point"].as_object() {
            assert_eq!(place["file"], first.file, "{}", name(case));
            assert_eq!(place["line"], first.line, "{}", name(case));
        } else {
            let text = recorded["message"].as_str().unwrap();
            let place = format!("{}:{}:", first.file, first.line);
            assert!(text.contains(&place), "{} {place} {text}", name(case));
        }
    }
    assert!(fine > 30 && broken > 30, "{fine} {broken}");
    assert_needed(CHAIN, &needed);
    assert_documented(CHAIN);
}

/// Where records are refused, or not called fine, that the published Signet counts
/// as valid.
const SIGNATURES: &[Deviation] = &[
    Deviation {
        cases: &["one-day/change-2nd/receipt.id"],
        kind: ErrorKind::IdMismatch,
        always: false,
        reason: "The id must derive from the signature.",
    },
    Deviation {
        cases: &["one-day/unsigned-additions"],
        kind: ErrorKind::UnknownMember,
        always: false,
        reason: "A member that the format does not define is refused, because no signature covers it.",
    },
    Deviation {
        cases: &["encrypted/altered/envelope-extra-field"],
        kind: ErrorKind::SealedParamsInvalid,
        always: true,
        reason: "`params` beside `params_encrypted`, and members in it that are not known.",
    },
    Deviation {
        cases: &["dates/*"],
        kind: ErrorKind::TimestampInvalid,
        always: false,
        reason: "The times of a request and its response must be RFC 3339 date-times.",
    },
];

/// Where a record is, and whether it is a failure or just not fine.
type Places = BTreeSet<(String, u64)>;

fn places_of(list: &Value) -> Places {
    let entries = list.as_array().unwrap().iter();
    entries
        .map(|entry| {
            let file = entry["file"].as_str().unwrap().to_owned();
            (file, entry["line"].as_u64().unwrap())
        })
        .collect()
}

/// The records that are not fine for their signatures.
fn refused(findings: &[Finding]) -> Places {
    let of_signature = findings.iter().filter(|finding| {
        matches!(
            finding.kind,
            FindingKind::SignatureInvalid
                | FindingKind::SignatureUnverifiable
                | FindingKind::SignerUntrusted
                | FindingKind::ParamsSealed
                | FindingKind::DelegationInvalid
                | FindingKind::DelegationUnverifiable
        )
    });
    of_signature
        .map(|finding| (finding.file.clone(), finding.line))
        .collect()
}

/// The records of denied calls, which are unsigned by nature.
fn denials(case: &Value) -> Places {
    let mut found = Places::new();
    for (file, content) in case["files"].as_object().unwrap() {
        for (number, line) in content.as_str().unwrap().lines().enumerate() {
            if line.contains("\"policy_violation\"") {
                found.insert((file.clone(), number as u64 + 1));
            }
        }
    }
    found
}

fn keys_of(trusted: &Value, role: &str) -> Option<Vec<PublicKey>> {
    let names = trusted[role].as_array()?.iter();
    Some(
        names
            .map(|name| *key(name.as_str().unwrap()).public_key())
            .collect(),
    )
}

#[test]
fn signatures_are_judged_as_recorded_or_more_strictly() {
    let file = file("audit_logs");
    let agent: KeyPair = key("agent");
    let params_key = ParamsKey::of(&agent).unwrap();
    let mut needed = vec![0; SIGNATURES.len()];
    let mut compared = 0;
    for case in cases(&file)
        .iter()
        .filter(|case| case.get("expect").is_some())
    {
        let (agents, servers) = (
            keys_of(&case["trusted"], "agents"),
            keys_of(&case["trusted"], "servers"),
        );
        let agents: Option<Vec<&PublicKey>> = agents.as_ref().map(|keys| keys.iter().collect());
        let servers: Option<Vec<&PublicKey>> = servers.as_ref().map(|keys| keys.iter().collect());
        // The published Signet finds the key that opens params in the home.
        let keys: &[&ParamsKey] = match case["keys"].as_object() {
            Some(files) if files["agent.key"].to_string().contains("seed") => &[&params_key],
            _ => &[],
        };
        let root = key("root");
        let any = SignaturePolicy {
            params_keys: keys,
            ..SignaturePolicy::default()
        };
        let trusting = SignaturePolicy {
            trusted: agents.as_deref(),
            servers: servers.as_deref(),
            roots: Some(&[root.public_key()]),
            ..any
        };
        for (which, policy) in [
            ("verify_signatures", any),
            ("verify_signatures_trusted", trusting),
        ] {
            let recorded = &case["expect"][which];
            let Some(result) = recorded["result"].as_str() else {
                continue;
            };
            let (report, findings) = judged(&disk_of(case), Some(policy));
            if result == "reject" {
                assert_ne!(report.verdict, Verdict::Ok, "{}", name(case));
                continue;
            }
            compared += 1;
            let ours = refused(&findings);
            let value = &recorded["value"];
            let failures = places_of(&value["failures"]);
            // A denied call has no signature by its nature.
            let theirs: Places = failures.difference(&denials(case)).cloned().collect();
            let missed: Vec<_> = theirs.difference(&ours).collect();
            assert!(missed.is_empty(), "{} {which} {missed:?}", name(case));
            // Encrypted params that they could not open are a warning to them.
            let warned = places_of(&value["warnings"]);
            let extra: Vec<_> = ours
                .difference(&theirs)
                .filter(|place| !warned.contains(*place))
                .collect();
            if !extra.is_empty() {
                match row(SIGNATURES, case) {
                    Some(row) => needed[row] += 1,
                    None => panic!("{} {which} {findings:?}", name(case)),
                }
            }
            if !ours.is_empty() {
                assert_ne!(report.verdict, Verdict::Ok);
            }
        }
    }
    assert!(compared > 80, "{compared}");
    assert_needed(SIGNATURES, &needed);
    assert_documented(SIGNATURES);
}

#[test]
fn what_the_published_signet_refuses_to_append_is_refused() {
    let file = file("audit_logs");
    for case in file["append_errors"].as_array().unwrap() {
        let disk = MemoryDisk::default();
        let log = Log::open_on(Arc::new(disk), LogOptions::default()).unwrap();
        let record = case["record"].as_str().unwrap();
        assert!(log.append_json(record.as_bytes()).is_err(), "{record}");
        assert!(log.is_empty());
    }
}

/// Where ours find other records, and which.
const FILTERS: &[(&str, &[u64], &str)] = &[
    ("library/{\"limit\": 0}", &[], "A limit of 0 finds nothing."),
    (
        "library/since-stops-at-first-older-record",
        &[1, 2, 4],
        "A record that is older than asked for does not hide newer ones before it.",
    ),
];

#[test]
fn filters_find_what_they_found_or_more_where_records_were_hidden() {
    let file = file("audit_filters");
    let mut needed = 0;
    let mut compared = 0;
    for case in cases(&file) {
        let Some(expected) = case["expect_record_numbers"].as_array() else {
            continue;
        };
        compared += 1;
        let files = match case.get("files") {
            Some(_) => case,
            None => &file,
        };
        let log = Log::open_on(Arc::new(disk_of(files)), LogOptions::default()).unwrap();
        let filter = &case["filter"];
        let since = filter["since_at"].as_str();
        let query = Query {
            since: since.map(|text| Instant::parse(text).unwrap()),
            tool: filter["tool"].as_str(),
            signer: filter["signer"].as_str(),
            limit: filter["limit"].as_u64(),
            ..Query::default()
        };
        let mut found = Vec::new();
        let mut visit = |index: u64| {
            found.push(index + 1);
            ControlFlow::Continue(())
        };
        log.query(&query, |record| visit(record.index)).unwrap();
        let recorded: Vec<u64> = expected.iter().map(|n| n.as_u64().unwrap()).collect();
        let row = FILTERS.iter().find(|(which, ..)| *which == name(case));
        match row {
            Some((_, ours, _)) => {
                assert_eq!(found, *ours, "{}", name(case));
                assert_ne!(found, recorded);
                needed += 1;
            }
            None => assert_eq!(found, recorded, "{}", name(case)),
        }
        // Newest first is the same in the other order.
        let mut newest_first = Vec::new();
        let query = Query {
            newest_first: true,
            ..query
        };
        log.query(&query, |record| {
            newest_first.push(record.index + 1);
            ControlFlow::Continue(())
        })
        .unwrap();
        newest_first.reverse();
        assert_eq!(newest_first, found, "{}", name(case));
    }
    assert!(compared >= 19, "{compared}");
    assert_eq!(needed, FILTERS.len());
    let documented: Vec<Deviation> = FILTERS
        .iter()
        .map(|(_, _, reason)| Deviation {
            cases: &[],
            kind: ErrorKind::RecordNotFound,
            always: true,
            reason,
        })
        .collect();
    assert_documented(&documented);
}
