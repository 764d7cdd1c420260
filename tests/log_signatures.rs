//! The signatures of a log's records: every kind of record is judged by all the
//! keys that it rests on, and what cannot be judged is never called fine.

#[path = "support/every_kind.rs"]
mod every_kind;

use every_kind::signing::{
    agent, body_of, crafted, crafted_by, id_of, name_of, paid, stranger, value_of,
};
use every_kind::{
    DAY, PAY, SIGNED, action, bare, bundle_of, chain_from, chained, co_signed_by, compound,
    delegated_by, denial, every_kind, params_key, places, root, sealed, server, text, trusting,
    value, verified, written,
};
use serde_json::{Value, json};
use signet::authority::Format;
use signet::authority::chain::Chain;
use signet::authority::trust::TrustBundle;
use signet::encoding::base64;
use signet::identity::KeyPair;
use signet::log::{
    Equation, Finding, FindingKind, KeyCutoff, ParamsKey, Report, SignatureMode, SignaturePolicy,
    Verdict, VerifyOptions, verify_disk,
};
use signet::receipt::Receipt;

const MODES: [SignatureMode; 3] = [
    SignatureMode::OneByOne,
    SignatureMode::Batch(Equation::Strict),
    SignatureMode::Batch(Equation::Cofactored),
];

fn of(receipt: &Receipt) -> Vec<u8> {
    receipt.json().to_vec()
}

/// Judges bare records, on any number of threads and in every mode alike.
#[track_caller]
fn judged(records: &[Vec<u8>], policy: &SignaturePolicy<'_>) -> (Report, Vec<Finding>) {
    let disk = bare(records);
    let mut answers = Vec::new();
    for mode in MODES {
        for threads in [1, 3] {
            let mut findings = Vec::new();
            let options = VerifyOptions {
                signatures: Some(SignaturePolicy { mode, ..*policy }),
                threads,
                ..VerifyOptions::default()
            };
            let report = verify_disk(&disk, &options, &mut findings).unwrap();
            answers.push((report, findings));
        }
    }
    let first = answers.swap_remove(0);
    assert!(answers.iter().all(|answer| *answer == first), "{answers:?}");
    first
}

#[test]
fn every_kind_of_record_verifies_against_the_keys_that_it_rests_on() {
    let records = every_kind();
    let (key, whole) = (params_key(), bundle_of(&[&agent()], ""));
    let with_bundle = SignaturePolicy {
        bundle: Some(&whole),
        params_keys: &[&key],
        ..SignaturePolicy::default()
    };
    let whoever = SignaturePolicy {
        params_keys: &[&key],
        ..SignaturePolicy::default()
    };
    let check = |policy: &SignaturePolicy<'_>| {
        let (report, findings) = judged(&records, policy);
        assert_eq!(report.verdict, Verdict::Ok, "{findings:?}");
        assert_eq!((report.signatures_valid, report.unsigned), (SIGNED, 1));
        assert_eq!((report.unverifiable, report.signatures_failed), (0, 0));
        assert!(findings.is_empty());
    };
    trusting(|policy| check(&policy));
    check(&with_bundle);
    check(&whoever);
    // One set of keys for agents and servers.
    let (agent, server, root) = (agent(), server(), root());
    check(&SignaturePolicy {
        trusted: Some(&[agent.public_key(), server.public_key()]),
        roots: Some(&[root.public_key()]),
        ..whoever
    });
}

#[test]
fn every_changed_member_of_every_kind_of_record_is_noticed() {
    let records = every_kind();
    let mut tried = 0;
    for (index, record) in records.iter().enumerate() {
        if *record == denial() {
            continue;
        }
        for changed in changes(&value(record)) {
            let mut forged = records.clone();
            forged[index] = text(&changed);
            // The chain is made anew, as anybody can.
            let disk = bare(&forged);
            let (report, findings) = trusting(|policy| verified(&disk, Some(policy)));
            let fine = report.verdict == Verdict::Ok && report.signatures_valid == SIGNED;
            assert!(!fine, "{changed} {findings:?}");
            tried += 1;
        }
    }
    assert!(tried > 250, "{tried}");
}

/// The value with each of its leaves changed or removed, one at a time.
fn changes(value: &Value) -> Vec<Value> {
    let mut found = Vec::new();
    match value {
        Value::Object(members) => {
            for (name, inner) in members {
                for changed in changes(inner) {
                    let mut whole = value.clone();
                    whole[name] = changed;
                    found.push(whole);
                }
                // `null` and an absent member of params that were not disclosed
                // mean the same.
                if !(name == "params" && inner.is_null()) {
                    let mut without = value.clone();
                    without.as_object_mut().unwrap().remove(name);
                    found.push(without);
                }
            }
        }
        Value::Array(elements) => {
            for (at, inner) in elements.iter().enumerate() {
                for changed in changes(inner) {
                    let mut whole = value.clone();
                    whole[at] = changed;
                    found.push(whole);
                }
            }
        }
        Value::String(text) => found.push(json!(format!("{text}x"))),
        Value::Number(number) => found.push(json!(number.as_f64().unwrap() + 1.0)),
        Value::Bool(flag) => found.push(json!(!flag)),
        Value::Null => found.push(json!(0)),
    }
    found
}

#[test]
fn garbage_under_a_trusted_name_is_never_fine_v1() {
    let wire = r#"{"tool":"wire_transfer","params":{"to":"me"}}"#;
    let genuine = params_key()
        .seal(&every_kind::signing::signed(wire))
        .unwrap();
    let mut unknown_kid = value(genuine.json());
    let garbage = [0x42; 64];
    unknown_kid["sig"] = json!(format!("ed25519:{}", base64::encode(&garbage)));
    unknown_kid["id"] = json!(id_of(&garbage));
    let own_kid = unknown_kid.clone();
    unknown_kid["action"]["params_encrypted"]["kid"] = json!(name_of(&stranger()));
    let agent = agent();
    let trusted = SignaturePolicy {
        trusted: Some(&[agent.public_key()]),
        ..SignaturePolicy::default()
    };
    // A kid that is nobody's is wrong on its face; the signer's own cannot be
    // judged without the key, and then counts for nothing.
    let (report, findings) = judged(&[of(&paid("1")), text(&unknown_kid)], &trusted);
    assert_eq!(report.verdict, Verdict::Tampered);
    assert_eq!(places(&findings), [(1, FindingKind::SignatureInvalid)]);
    let (report, findings) = judged(&[of(&paid("1")), text(&own_kid)], &trusted);
    assert_eq!(report.verdict, Verdict::Unverifiable);
    assert_eq!((report.signatures_valid, report.unverifiable), (1, 1));
    assert_eq!(places(&findings), [(1, FindingKind::ParamsSealed)]);
    assert!(report.verdict.outcome(report.first_bad).is_err());
    // With the key it is what it is. So is it on its face when the id is not
    // made for it.
    let key = params_key();
    let opening = SignaturePolicy {
        params_keys: &[&key],
        ..trusted
    };
    let (report, findings) = judged(&[text(&own_kid)], &opening);
    assert_eq!(report.verdict, Verdict::Tampered);
    assert_eq!(places(&findings), [(0, FindingKind::SignatureInvalid)]);
    let mut wrong_id = own_kid;
    wrong_id["id"] = json!("rec_00000000000000000000000000000000");
    let (report, _) = judged(&[text(&wrong_id)], &trusted);
    assert_eq!(report.verdict, Verdict::Tampered);
}

#[test]
fn what_needs_no_key_is_judged_in_sealed_records_too_v1() {
    // Whoever signed it, an untrusted signer is one.
    let stranger = stranger();
    let theirs = SignaturePolicy {
        trusted: Some(&[stranger.public_key()]),
        ..SignaturePolicy::default()
    };
    let (report, findings) = judged(&[sealed("1")], &theirs);
    assert_eq!(report.verdict, Verdict::Tampered);
    assert_eq!(places(&findings), [(0, FindingKind::SignerUntrusted)]);
    // Nor does sealing hide a delegation by a rogue root.
    let rogue = params_key().seal(&delegated_by(&stranger)).unwrap();
    let (report, findings) = trusting(|policy| {
        let without_key = SignaturePolicy {
            params_keys: &[],
            ..policy
        };
        judged(&[rogue.json().to_vec()], &without_key)
    });
    assert_eq!(report.verdict, Verdict::Tampered);
    assert_eq!(places(&findings), [(0, FindingKind::SignerUntrusted)]);
}

#[test]
fn a_key_of_another_signer_opens_nothing_and_one_key_serves_all_records() {
    let records: Vec<_> = (0..40).map(|n| sealed(&n.to_string())).collect();
    let (own, other) = (params_key(), ParamsKey::of(&stranger()).unwrap());
    for (keys, verdict) in [
        (&[&other, &own][..], Verdict::Ok),
        (&[&other], Verdict::Unverifiable),
    ] {
        let (report, _) = trusting(|policy| {
            let policy = SignaturePolicy {
                params_keys: keys,
                ..policy
            };
            judged(&records, &policy)
        });
        assert_eq!(report.verdict, verdict);
    }
}

#[test]
fn the_agent_of_a_co_signed_record_must_be_trusted_too_v5() {
    let rogue = KeyPair::from_seed(&[66; 32]);
    let mut body = body_of(&paid("1"));
    body["signer"]["pubkey"] = json!(name_of(&rogue));
    let by_rogue = text(&crafted_by(&rogue, &body));
    let limits = signet::encoding::jcs::Limits::default();
    let by_rogue = Receipt::parse(
        &by_rogue,
        signet::encoding::record::Reading::Strict,
        &limits,
    )
    .unwrap();
    let records = [
        of(&co_signed_by(&server(), &by_rogue)),
        of(&co_signed_by(&server(), &paid("1"))),
        of(&co_signed_by(&stranger(), &paid("1"))),
    ];
    let bundle = bundle_of(&[&agent()], "");
    let with_bundle = SignaturePolicy {
        bundle: Some(&bundle),
        ..SignaturePolicy::default()
    };
    let check = |policy: &SignaturePolicy<'_>| {
        let (report, findings) = judged(&records, policy);
        assert_eq!(report.verdict, Verdict::Tampered);
        assert_eq!((report.signatures_valid, report.signatures_failed), (1, 2));
        let untrusted = FindingKind::SignerUntrusted;
        assert_eq!(places(&findings), [(0, untrusted), (2, untrusted)]);
    };
    trusting(|policy| check(&policy));
    check(&with_bundle);
    // A server's key does not make an agent, nor the other way round.
    let (agent, server) = (agent(), server());
    let confused = SignaturePolicy {
        trusted: Some(&[server.public_key()]),
        servers: Some(&[agent.public_key()]),
        ..SignaturePolicy::default()
    };
    let (report, _) = judged(&records, &confused);
    assert_eq!(report.signatures_valid, 0);
}

/// A version 4 receipt by the agent for any chain and action.
fn crafted_on(chain: &Chain, action_text: &str, ts: &str) -> Value {
    let mut body = body_of(&delegated_by(&root()));
    body["action"] = value(action(action_text).json());
    body["ts"] = json!(ts);
    let root = chain.links()[0].delegator();
    body["authorization"] = json!({
        "chain_hash": chain.hash(),
        "root_pubkey": signet::encoding::key_text::prefixed(root),
    });
    let mut receipt = crafted(&body);
    receipt["authorization"]["chain"] = value(chain.json());
    receipt
}

#[test]
fn a_delegated_action_is_checked_up_to_a_trusted_root_v6() {
    let noon = every_kind::NOON;
    let cases = [
        // A rogue root for `read`, and the action `pay`: what was tried first.
        (
            crafted_on(&chain_from(&stranger(), &["read"]), PAY, noon),
            FindingKind::SignerUntrusted,
        ),
        (
            crafted_on(&chain_from(&stranger(), &["pay"]), PAY, noon),
            FindingKind::SignerUntrusted,
        ),
        // The right root, but for something else.
        (
            crafted_on(&chain_from(&root(), &["read"]), PAY, noon),
            FindingKind::DelegationInvalid,
        ),
        // The agent as its own root.
        (
            crafted_on(&chain_from(&agent(), &["pay"]), PAY, noon),
            FindingKind::SignerUntrusted,
        ),
        // Dated before the delegation was issued.
        (
            crafted_on(
                &chain_from(&root(), &["pay"]),
                PAY,
                "2026-06-15T11:00:00.000Z",
            ),
            FindingKind::DelegationInvalid,
        ),
    ];
    let bundle = bundle_of(&[&agent()], "");
    for (forged, kind) in &cases {
        let records = [of(&delegated_by(&root())), text(forged)];
        let check = |policy: &SignaturePolicy<'_>| {
            let (report, findings) = judged(&records, policy);
            assert_eq!(report.verdict, Verdict::Tampered, "{forged}");
            assert_eq!(report.signatures_valid, 1);
            assert_eq!(places(&findings), [(1, *kind)], "{findings:?}");
        };
        trusting(|policy| check(&policy));
        check(&SignaturePolicy {
            bundle: Some(&bundle),
            ..SignaturePolicy::default()
        });
    }
    // With the agent's key trusted and no roots given, nobody knows.
    let agent = agent();
    let no_roots = SignaturePolicy {
        trusted: Some(&[agent.public_key()]),
        ..SignaturePolicy::default()
    };
    let (report, findings) = judged(&[of(&delegated_by(&root()))], &no_roots);
    assert_eq!(report.verdict, Verdict::Unverifiable);
    assert_eq!(
        places(&findings),
        [(0, FindingKind::DelegationUnverifiable)]
    );
    // What is out of scope is so under any root.
    let (report, _) = judged(&[text(&cases[0].0)], &no_roots);
    assert_eq!(report.verdict, Verdict::Tampered);
    let (report, _) = judged(&[text(&cases[0].0)], &SignaturePolicy::default());
    assert_eq!(report.verdict, Verdict::Tampered);
}

#[test]
fn forged_policies_and_expiries_are_refused_in_every_version_v10() {
    let policy = json!({
        "decision": "allow", "matched_rules": ["all"], "policy_hash": "sha256:0",
        "policy_name": "forged", "reason": "",
    });
    let forged = [
        ("policy", policy),
        ("exp", json!("2000-01-01T00:00:00Z")),
        ("exp", json!("2999-01-01T00:00:00Z")),
    ];
    let honest = [paid("1"), compound(), delegated_by(&root())];
    for receipt in &honest {
        for (name, member) in &forged {
            let mut receipt = value_of(receipt);
            receipt[name] = member.clone();
            let (report, findings) = trusting(|policy| judged(&[text(&receipt)], &policy));
            assert_eq!(report.verdict, Verdict::Tampered);
            assert_eq!(places(&findings), [(0, FindingKind::SignatureInvalid)]);
        }
    }
}

#[test]
fn a_denial_is_counted_apart_and_nothing_else_passes_for_one_d13() {
    let (report, findings) = trusting(|policy| judged(&[of(&paid("1")), denial()], &policy));
    assert_eq!(report.verdict, Verdict::Ok);
    assert_eq!((report.signatures_valid, report.unsigned), (1, 1));
    assert!(findings.is_empty());
    // What somebody would rather not have signed.
    let mut cases = vec![value_of(&paid("1")), value(&denial()), value(&denial())];
    cases[0]["type"] = json!("policy_violation");
    cases[1]["decision"] = json!("allow");
    cases[2]["sig"] = json!("ed25519:AAAA");
    let mut stripped = value_of(&paid("1"));
    stripped["type"] = json!("policy_violation");
    stripped["decision"] = json!("deny");
    stripped.as_object_mut().unwrap().remove("sig");
    cases.push(stripped);
    for case in cases {
        let (report, _) = trusting(|policy| judged(&[text(&case)], &policy));
        assert_eq!(report.verdict, Verdict::Tampered, "{case}");
        assert_eq!((report.unsigned, report.signatures_failed), (0, 1));
    }
}

#[test]
fn a_rotated_key_still_vouches_for_its_past_v17() {
    let record = [of(&paid("1")), sealed("2")];
    let key = params_key();
    let judge = |more: &str| {
        let bundle = bundle_of(&[&agent()], more);
        let policy = SignaturePolicy {
            bundle: Some(&bundle),
            params_keys: &[&key],
            ..SignaturePolicy::default()
        };
        judged(&record, &policy).0
    };
    for (status, member) in [
        ("disabled", "disabled_at"),
        ("revoked", "revoked_at"),
        ("active", "expires_at"),
    ] {
        let since =
            |time: &str| judge(&format!(r#","status":"{status}","{member}":"{time}""#)).verdict;
        assert_eq!(since("2026-06-15T12:00:01Z"), Verdict::Ok, "{member}");
        assert_eq!(since("2026-06-15T11:59:59Z"), Verdict::Tampered, "{member}");
    }
    // And so do a root and a server that were replaced since.
    let replaced = |section: &str, time: &str| {
        let bundle = bundle_text(section, time);
        let policy = SignaturePolicy {
            bundle: Some(&bundle),
            ..SignaturePolicy::default()
        };
        let records = [
            of(&delegated_by(&root())),
            of(&co_signed_by(&server(), &paid("1"))),
        ];
        judged(&records, &policy).0.signatures_valid
    };
    for section in ["roots", "servers"] {
        assert_eq!(replaced(section, "2026-06-16T00:00:00Z"), 2, "{section}");
        assert_eq!(replaced(section, "2026-06-15T00:00:00Z"), 1, "{section}");
    }
}

/// The usual bundle, with a key of one section revoked at a time.
fn bundle_text(section: &str, revoked_at: &str) -> TrustBundle {
    let entry = |own: &str, key: &KeyPair| {
        let status = match own == section {
            true => format!(r#""status":"revoked","revoked_at":"{revoked_at}""#),
            false => r#""status":"active""#.to_owned(),
        };
        format!(
            r#""{own}":[{{"id":"i","name":"n","owner":"o","pubkey":"{}","created_at":"2026-01-01T00:00:00Z",{status}}}]"#,
            name_of(key)
        )
    };
    let text = format!(
        r#"{{"version":1,"bundle_id":"b","org":"o","env":"prod","generated_at":"2026-12-01T00:00:00Z",{},{},{}}}"#,
        entry("agents", &agent()),
        entry("servers", &server()),
        entry("roots", &root()),
    );
    TrustBundle::parse(text.as_bytes(), Format::Json).unwrap()
}

#[test]
fn a_stolen_key_gains_nothing_by_dating_back_v17() {
    let records: Vec<_> = (0..6).map(|n| of(&paid(&n.to_string()))).collect();
    let (agent, root, server) = (agent(), root(), server());
    let judge = |records: &[Vec<u8>], cutoffs: &[KeyCutoff<'_>]| {
        trusting(|policy| judged(records, &SignaturePolicy { cutoffs, ..policy }))
    };
    let (report, findings) = judge(
        &records,
        &[KeyCutoff {
            key: agent.public_key(),
            from: 4,
        }],
    );
    assert_eq!(report.verdict, Verdict::Tampered);
    assert_eq!((report.signatures_valid, report.signatures_failed), (4, 2));
    let untrusted = FindingKind::SignerUntrusted;
    assert_eq!(places(&findings), [(4, untrusted), (5, untrusted)]);
    // Whoever a record rests on: the server, the root, the agent inside.
    let records = [
        of(&co_signed_by(&server, &paid("1"))),
        of(&delegated_by(&root)),
        of(&co_signed_by(&server, &delegated_by(&root))),
    ];
    for (key, expected) in [
        (&server, vec![0, 2]),
        (&root, vec![1, 2]),
        (&agent, vec![0, 1, 2]),
    ] {
        let cutoff = KeyCutoff {
            key: key.public_key(),
            from: 0,
        };
        let (_, findings) = judge(&records, &[cutoff]);
        let found: Vec<_> = findings.iter().map(|found| found.index).collect();
        assert_eq!(found, expected);
        let later = KeyCutoff { from: 3, ..cutoff };
        assert_eq!(judge(&records, &[later]).0.verdict, Verdict::Ok);
    }
}

#[test]
fn unhashed_meta_is_reported_wherever_it_is_edited_v16() {
    let disk = written(&every_kind());
    let lines = String::from_utf8(disk.read(DAY)).unwrap();
    let with = |meta: &str| {
        let from = "{\"receipt\"";
        let copy = disk.copy();
        let edited = lines.replace(from, &format!("{{\"meta\":{meta},\"receipt\""));
        copy.write(DAY, edited.as_bytes());
        let (report, findings) = trusting(|policy| verified(&copy, Some(policy)));
        let kinds: Vec<_> = findings.iter().map(|found| found.kind).collect();
        (report, kinds)
    };
    let (honest, kinds) = with(r#"{"tool_response":"ok"}"#);
    let (edited, _) = with(r#"{"tool_response":"forged"}"#);
    // Neither is told from the other, because nothing can; so both are reported
    // for every line, and never count as part of the record.
    for report in [&honest, &edited] {
        assert_eq!(report.findings, every_kind().len() as u64);
        assert_eq!(report.signatures_valid, SIGNED);
    }
    let noted = FindingKind::Unauthenticated;
    assert!(kinds.iter().all(|kind| *kind == noted), "{kinds:?}");
}

#[test]
fn unknown_versions_are_never_fine() {
    let mut unknown = value_of(&paid("1"));
    unknown["v"] = json!(9);
    let (report, findings) = trusting(|policy| judged(&[text(&unknown)], &policy));
    assert_eq!(report.verdict, Verdict::Unverifiable);
    assert_eq!(places(&findings), [(0, FindingKind::SignatureUnverifiable)]);
}

#[test]
fn a_batch_that_fails_names_the_records_that_are_wrong() {
    let mut records: Vec<_> = (0..700).map(|n| of(&paid(&n.to_string()))).collect();
    let mut wrong = Vec::new();
    for index in [0, 3, 250, 251, 699] {
        let mut forged = value(&records[index]);
        let mut garbage = [index as u8; 64];
        garbage[63] = 0;
        forged["sig"] = json!(format!("ed25519:{}", base64::encode(&garbage)));
        forged["id"] = json!(id_of(&garbage));
        records[index] = text(&forged);
        wrong.push((index as u64, FindingKind::SignatureInvalid));
    }
    let (report, findings) = trusting(|policy| judged(&records, &policy));
    assert_eq!(places(&findings), wrong);
    assert_eq!(
        (report.signatures_valid, report.signatures_failed),
        (695, 5)
    );
    // An honest record in another's place is still what it was.
    assert_eq!(chained(&records).len(), bare(&records).read(DAY).len());
}

#[test]
fn listed_keys_count_besides_a_bundle_and_never_against_it() {
    let rogue = stranger();
    let mut body = body_of(&paid("1"));
    body["signer"]["pubkey"] = json!(name_of(&rogue));
    let by_rogue = text(&crafted_by(&rogue, &body));
    let records = [of(&paid("1")), by_rogue];
    let bundle = bundle_of(&[&agent()], "");
    let trusted = [rogue.public_key()];
    let both = SignaturePolicy {
        trusted: Some(&trusted),
        bundle: Some(&bundle),
        ..SignaturePolicy::default()
    };
    let (report, findings) = judged(&records, &both);
    assert_eq!(report.verdict, Verdict::Ok, "{findings:?}");
    let alone = SignaturePolicy {
        bundle: Some(&bundle),
        ..SignaturePolicy::default()
    };
    assert_eq!(judged(&records, &alone).0.signatures_valid, 1);
    // A key that the bundle calls revoked is not saved by a list.
    let revoked = bundle_of(
        &[&agent()],
        r#","status":"revoked","revoked_at":"2026-06-01T00:00:00Z""#,
    );
    let agent = agent();
    let trusted = [agent.public_key(), rogue.public_key()];
    let listed = SignaturePolicy {
        trusted: Some(&trusted),
        bundle: Some(&revoked),
        ..SignaturePolicy::default()
    };
    let (report, findings) = judged(&records, &listed);
    assert_eq!(places(&findings), [(0, FindingKind::SignerUntrusted)]);
    assert_eq!(report.signatures_valid, 1);
}
