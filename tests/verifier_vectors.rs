//! The recorded requests and authority's decisions of the published Signet: each
//! gets the recorded answer, or another one for a reason in the tables.

#[path = "support/recorded.rs"]
mod recorded;

use recorded::{
    Deviation, assert_documented, assert_needed, cases, clock, file, name, row, vectors,
};
use serde_json::Value;
use signet::ErrorKind;
use signet::authority::trust::TrustBundle;
use signet::crypto::ed25519::PublicKey;
use signet::encoding::key_text;
use signet::encoding::members;
use signet::verifier::{
    Axis, Call, Check, Evidence, Remark, ReplayStore, Report, Unchecked, Verifier, VerifierOptions,
};

/// Requests that the published servers accept and we refuse.
const STRICTER: &[Deviation] = &[
    Deviation {
        cases: &["tampered-id"],
        kind: ErrorKind::IdMismatch,
        always: true,
        reason: "The id must derive from the signature.",
    },
    Deviation {
        cases: &["unknown-field"],
        kind: ErrorKind::UnknownMember,
        always: true,
        reason: "A member that the format does not define is refused, because no signature covers it.",
    },
    Deviation {
        cases: &["weak-key"],
        kind: ErrorKind::KeyWeak,
        always: true,
        reason: "A key of small order is refused, because anybody can sign for it.",
    },
    Deviation {
        cases: &["duplicate-argument-key"],
        kind: ErrorKind::JsonDuplicateMember,
        always: true,
        reason: "Arguments with two members of one name are refused, because the tool may read the other one.",
    },
    Deviation {
        cases: &["tool-name-missing", "tool-name-null"],
        kind: ErrorKind::ToolMismatch,
        always: true,
        reason: "A call must name the tool that the receipt was signed for.",
    },
    Deviation {
        cases: &["v4-receipt"],
        kind: ErrorKind::ChainRootUntrusted,
        always: true,
        reason: "A delegated call is only accepted from a trusted root.",
    },
    Deviation {
        cases: &["age/ts-no-zone"],
        kind: ErrorKind::TimestampInvalid,
        always: true,
        reason: "A time without a zone is no time.",
    },
    Deviation {
        cases: &["signet-false-unsigned-allowed"],
        kind: ErrorKind::ReceiptInvalid,
        always: true,
        reason: "What stands in the place of a receipt must be one, even where none is required.",
    },
    Deviation {
        cases: &["trust-bundle-otherwise-invalid"],
        kind: ErrorKind::TrustBundleInvalid,
        always: true,
        reason: "A trust bundle that breaks a rule of its format vouches for nobody.",
    },
];

/// Requests that some published server refuses, we do not, and why.
const HONEST: &[(&[&str], &str)] = &[
    (
        &["arguments-empty-vs-absent"],
        "No arguments, null and {} are the same arguments, as MCP reads them.",
    ),
    (
        &[
            "arguments-other-key-order",
            "arguments-not-in-sorted-order",
            "arguments-number-respelled",
        ],
        "Arguments are compared by what they mean, not by how they are written.",
    ),
    (
        &["trusted-key-without-prefix"],
        "A trusted key may be named with or without its prefix.",
    ),
];

struct Request {
    options: VerifierOptions,
    text: String,
}

fn member(json: &str, path: &[&str]) -> Option<std::ops::Range<usize>> {
    let mut found = members::root(json.as_bytes())..json.len();
    for name in path {
        found = members::find(json.as_bytes(), found.start, name)?;
    }
    Some(found)
}

fn requested(case: &Value) -> Result<Request, ErrorKind> {
    let given = case["options"].as_object().unwrap();
    let mut options = VerifierOptions {
        require_trusted_signer: false,
        replay: ReplayStore::Off,
        ..VerifierOptions::default()
    };
    for (option, value) in given {
        match option.as_str() {
            "trusted_keys" => {
                options.require_trusted_signer = true;
                let keys = value.as_array().unwrap().iter();
                options.trusted_keys = keys
                    .map(|key| key_text::parse(key.as_str().unwrap()).unwrap())
                    .collect();
            }
            "trust_bundle" => {
                options.require_trusted_signer = true;
                let text = match value.as_str() {
                    Some(text) => text.to_owned(),
                    None => value.to_string(),
                };
                let format = signet::authority::Format::Yaml;
                let bundle = TrustBundle::parse(text.as_bytes(), format);
                options.trust_bundle = Some(bundle.map_err(|error| error.kind())?);
            }
            "max_age" => options.max_age_seconds = value.as_u64().unwrap(),
            "expected_target" => {
                options.targets = vec![value.as_str().unwrap().to_owned()];
                options.targets.retain(|target| !target.is_empty());
            }
            "require_signature" => options.require_signature = value.as_bool().unwrap(),
            other => panic!("the option {other} is new"),
        }
    }
    if case["repeated_with_nonce_cache"] == true {
        options.replay = ReplayStore::default();
    }
    Ok(Request {
        options,
        text: case["params"].as_str().unwrap().to_owned(),
    })
}

fn judged(verifier: &Verifier, text: &str, now: signet::encoding::rfc3339::Instant) -> Report {
    let slice = |path: &[&str]| member(text, path).map(|range| text[range].as_bytes());
    let tool = member(text, &["name"]).and_then(|at| members::string_at(text.as_bytes(), at));
    let call = Call {
        receipt: slice(&["_meta", "_signet"]),
        tool: tool.as_deref().unwrap_or_default(),
        arguments: slice(&["arguments"]),
        ..Call::default()
    };
    verifier.check_call(&call, now)
}

#[test]
fn every_recorded_request_gets_the_recorded_answer_or_another_for_a_reason() {
    let file = file("mcp_requests");
    let mut needed = vec![0; STRICTER.len()];
    let mut honest = vec![0; HONEST.len()];
    for case in cases(&file) {
        let name = name(case);
        let kinds: Vec<Option<ErrorKind>> = match requested(case) {
            Err(kind) => vec![Some(kind)],
            Ok(request) => {
                let verifier = Verifier::new(request.options).unwrap();
                let times = answers(case)
                    .first()
                    .map_or(1, |one| one.as_array().map_or(1, Vec::len));
                (0..times)
                    .map(|_| judged(&verifier, &request.text, clock(&file)).kind())
                    .collect()
            }
        };
        for (index, kind) in kinds.iter().enumerate() {
            let answers = answers(case);
            let accepted: Vec<bool> = answers
                .iter()
                .map(|answer| answer[index]["ok"].as_bool().unwrap_or(false))
                .collect();
            match kind {
                None if accepted.iter().all(|ok| *ok) => {}
                None => {
                    let found = HONEST.iter().position(|(cases, _)| cases.contains(&name));
                    honest[found.unwrap_or_else(|| panic!("{name} is accepted"))] += 1;
                }
                Some(_) if accepted.iter().all(|ok| !*ok) => {}
                Some(kind) => {
                    let row = row(STRICTER, case).unwrap_or_else(|| panic!("{name}: {kind:?}"));
                    assert_eq!(*kind, STRICTER[row].kind, "{name}");
                    needed[row] += 1;
                }
            }
        }
    }
    assert_needed(STRICTER, &needed);
    assert!(honest.iter().all(|times| *times > 0), "{honest:?}");
    assert_documented(STRICTER);
    let reasons: Vec<Deviation> = HONEST
        .iter()
        .map(|(cases, reason)| Deviation {
            cases,
            kind: ErrorKind::Unsupported,
            always: true,
            reason,
        })
        .collect();
    assert_documented(&reasons);
}

/// The recorded answers: those of all programs, or of each.
fn answers(case: &Value) -> Vec<&Value> {
    case["expect"].as_object().unwrap().values().collect()
}

fn key_of(file: &Value, name: &str) -> PublicKey {
    let text = file["home_files"][format!("keys/{name}.pub")]
        .as_str()
        .unwrap();
    let entry: Value = serde_json::from_str(text).unwrap();
    key_text::parse(entry["pubkey"].as_str().unwrap()).unwrap()
}

fn decision_verifier(file: &Value, authorities: Vec<PublicKey>, required: bool) -> Verifier {
    Verifier::new(VerifierOptions {
        trusted_keys: vec![key_of(file, "agent")],
        trusted_roots: vec![key_of(file, "root")],
        trusted_authorities: authorities,
        require_decision: required,
        ..VerifierOptions::default()
    })
    .unwrap()
}

fn past(verifier: &Verifier, text: &str, file: &Value) -> Report {
    let evidence = Evidence {
        receipt: text.as_bytes(),
        ..Evidence::default()
    };
    verifier.check_evidence(&evidence, clock(file))
}

#[test]
fn recorded_receipts_of_0_11_verify_or_are_refused_as_recorded() {
    let file = file("v0_11");
    let anybody = decision_verifier(&file, Vec::new(), false);
    let named = decision_verifier(&file, vec![key_of(&file, "mid")], true);
    let (mut accepted, mut refused) = (0, 0);
    for case in cases(&file) {
        let name = name(case);
        if !name.starts_with("receipt/") && !name.starts_with("receipt-v4/with") {
            continue;
        }
        let Some(exit) = case["verify"]["signet-0.11.0"]["exit"].as_i64() else {
            continue;
        };
        let text = case["text"].as_str().unwrap();
        let report = past(&anybody, text, &file);
        // A decision that denies, in a receipt all the same.
        if name == "receipt/deny-decision-embedded" {
            assert_eq!(report.kind(), Some(ErrorKind::PolicyDenied), "{name}");
            continue;
        }
        assert_eq!(report.is_ok(), exit == 0, "{name}: {:?}", report.reason());
        if exit == 0 {
            accepted += 1;
        } else {
            refused += 1;
        }
        // No decision of an unnamed authority is ever called fine.
        assert_ne!(*report.check(Axis::Decision), Check::Passed, "{name}");
        let required = past(&named, text, &file);
        if !text.contains("authz_decision") {
            let missing = [Some(ErrorKind::DecisionRequired), report.kind()];
            assert!(missing.contains(&required.kind()), "{name}");
        }
    }
    assert!(accepted >= 5 && refused >= 30, "{accepted} {refused}");
}

#[test]
fn a_recorded_decision_counts_only_from_an_authority_that_is_named_g9() {
    let file = file("v0_11");
    let text = |wanted: &str| {
        let case = cases(&file).iter().find(|case| name(case) == wanted);
        case.unwrap()["text"].as_str().unwrap().to_owned()
    };
    let with_decision = text("receipt/with-decision");
    let nobody = past(
        &decision_verifier(&file, Vec::new(), false),
        &with_decision,
        &file,
    );
    assert!(nobody.is_ok());
    let unchecked = Check::NotChecked(Unchecked::NotConfigured);
    assert_eq!(*nobody.check(Axis::Decision), unchecked);
    assert!(nobody.remarks().contains(&Remark::PrincipalClaimed));
    let other = decision_verifier(&file, vec![key_of(&file, "root")], false);
    let other = past(&other, &with_decision, &file);
    assert_eq!(other.kind(), Some(ErrorKind::SignerUntrusted));
    // It may be used twice, which evidence of the past does not show.
    let named = past(
        &decision_verifier(&file, vec![key_of(&file, "mid")], true),
        &with_decision,
        &file,
    );
    assert!(named.is_ok(), "{:?}", named.reason());
    let part = Check::NotChecked(Unchecked::NotEnforced);
    assert_eq!(*named.check(Axis::Decision), part);
    for remark in [
        Remark::ConstraintsNotEnforced,
        Remark::ObligationsNotEnforced,
    ] {
        assert!(named.remarks().contains(&remark));
    }
    let without_limits = text("receipt/one-step-policy-authority");
    let named = decision_verifier(&file, vec![key_of(&file, "mid")], true);
    let report = past(&named, &without_limits, &file);
    assert_eq!(*report.check(Axis::Decision), Check::Passed);
    for (case, kind) in [
        ("receipt/deny-decision-embedded", ErrorKind::PolicyDenied),
        (
            "receipt/agent-is-its-own-authority",
            ErrorKind::SignerUntrusted,
        ),
        ("receipt/decision-stripped", ErrorKind::SignatureInvalid),
    ] {
        let report = past(&named, &text(case), &file);
        assert_eq!(report.kind(), Some(kind), "{case}: {:?}", report.reason());
    }
}

#[test]
fn a_decision_is_used_up_by_the_calls_that_it_allows_g10() {
    let file = file("v0_11");
    let text = |wanted: &str| {
        let case = cases(&file).iter().find(|case| name(case) == wanted);
        case.unwrap()["text"].as_str().unwrap().to_owned()
    };
    let agent: Value =
        serde_json::from_str(file["home_files"]["keys/agent.key"].as_str().unwrap()).unwrap();
    let seed = signet::encoding::base64::decode_array(agent["seed"].as_str().unwrap().as_bytes());
    let agent = signet::identity::KeyPair::from_seed(&seed.unwrap());
    for (case, limit) in [
        ("receipt/with-decision", 2),
        ("receipt/one-step-policy-authority", 1),
    ] {
        let verifier = decision_verifier(&file, vec![key_of(&file, "mid")], true);
        let mut body: Value = serde_json::from_str(&text(case)).unwrap();
        body.as_object_mut()
            .unwrap()
            .retain(|name, _| name != "id" && name != "sig");
        let arguments = body["action"]["params"].to_string();
        for attempt in 0..5 {
            body["nonce"] = format!("rnd_{attempt:032x}").into();
            let receipt = signing::crafted_by(&agent, &body).to_string();
            let call = Call {
                receipt: Some(receipt.as_bytes()),
                tool: "deploy",
                arguments: Some(arguments.as_bytes()),
                ..Call::default()
            };
            let report = verifier.check_call(&call, clock(&file));
            if attempt < limit {
                assert!(report.is_ok(), "{case} {attempt}: {:?}", report.reason());
                assert_eq!(*report.check(Axis::Decision), Check::Passed);
            } else {
                assert_eq!(
                    report.kind(),
                    Some(ErrorKind::DecisionUsedUp),
                    "{case} {attempt}"
                );
            }
        }
    }
}

#[path = "support/signing.rs"]
mod signing;

#[test]
fn the_live_package_and_we_agree_about_a_decision() {
    let (their_key, their_public) = signet_core::generate_keypair();
    let (authority_key, authority_public) = signet_core::generate_keypair();
    let action: signet_core::Action = serde_json::from_value(serde_json::json!({
        "tool":"pay","params":{"amount":10},"params_hash":"","target":"","transport":"STDIO"
    }))
    .unwrap();
    let agent = "agent://prismer/deploy-bot";
    let decision = signet_core::authorize(
        &authority_key,
        "service://prismer/authority",
        agent,
        &signet_core::CanonicalIntent::from_action(&action).unwrap(),
        signet_core::DecisionType::Allow,
        serde_json::from_value(
            serde_json::json!({"type":"approval","approver":"user://prismer/alice"}),
        )
        .unwrap(),
        Vec::new(),
        Vec::new(),
        None,
        None,
    )
    .unwrap();
    let sign = || {
        let signed = signet_core::sign_with_decision(
            &their_key,
            &action,
            "bot",
            "owner",
            Some(agent),
            &decision,
            None,
            None,
        );
        serde_json::to_string(&signed.unwrap()).unwrap()
    };
    let key = |bytes: &[u8; 32]| PublicKey::from_bytes(bytes).unwrap();
    let options = |authorities| VerifierOptions {
        trusted_keys: vec![key(their_public.as_bytes())],
        trusted_authorities: authorities,
        ..VerifierOptions::default()
    };
    let verifier = Verifier::new(options(vec![key(authority_public.as_bytes())])).unwrap();
    let now = signet::encoding::rfc3339::Instant::now();
    for attempt in 0..2 {
        let receipt = sign();
        signet_core::verify_any(&receipt, &their_public).unwrap();
        let call = Call {
            receipt: Some(receipt.as_bytes()),
            tool: "pay",
            arguments: Some(br#"{"amount":10}"#),
            ..Call::default()
        };
        let report = verifier.check_call(&call, now);
        let expected = [None, Some(ErrorKind::DecisionUsedUp)][attempt];
        assert_eq!(report.kind(), expected, "{:?}", report.reason());
    }
    let _ = vectors::own("prismer");
}
